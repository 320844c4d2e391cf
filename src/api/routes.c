/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * The one table of what this server answers. Operations are named as @immich/sdk 3.2.2 names them. PATCH stands beside
 * PUT where the Immich server takes both. A row without a handler is no resource: 404. */
#include "api/resources.h"

enum { SMALL_BODY = 64 * 1024 };

#define BODILESS(method, pattern, operation, who, permission, handler)                                                 \
    {                                                                                                                  \
        method, pattern, operation, who, permission, handler, HTTP_BODY_NONE, 0, NULL, NULL                            \
    }
#define READ(pattern, operation, who, permission, handler) BODILESS("GET", pattern, operation, who, permission, handler)
#define JSON(method, pattern, operation, who, permission, handler, max)                                                \
    {                                                                                                                  \
        method, pattern, operation, who, permission, handler, HTTP_BODY_BUFFER, max, NULL, NULL                        \
    }
#define NOTHING(method, pattern) JSON(method, pattern, "-", API_PUBLIC, NULL, NULL, 0)

/* clang-format off */
const struct api_route api_routes[] = {
    /* signing in */
    JSON("POST",  "/api/auth/login",           "login",               API_PUBLIC, NULL, handle_auth_login, SMALL_BODY),
    JSON("POST",  "/api/auth/admin-sign-up",   "signUpAdmin",         API_PUBLIC, NULL, handle_auth_sign_up, SMALL_BODY),
    JSON("POST",  "/api/auth/logout",          "logout",              API_USER, NULL, handle_auth_logout, SMALL_BODY),
    JSON("POST",  "/api/auth/validateToken",   "validateAccessToken", API_USER, NULL, handle_auth_validate, SMALL_BODY),
    JSON("POST",  "/api/auth/change-password", "changePassword",      API_USER, "auth.changePassword", handle_auth_change_password, SMALL_BODY),
    READ("/api/auth/status",                   "getAuthStatus",       API_USER, NULL, handle_auth_status),

    JSON("POST",  "/api/auth/pin-code",        "setupPinCode",        API_USER, "pinCode.create", handle_pin_setup, SMALL_BODY),
    JSON("PUT",   "/api/auth/pin-code",        "changePinCode",       API_USER, "pinCode.update", handle_pin_change, SMALL_BODY),
    JSON("DELETE", "/api/auth/pin-code",       "resetPinCode",        API_USER, "pinCode.delete", handle_pin_reset, SMALL_BODY),
    JSON("POST",  "/api/auth/session/unlock",  "unlockAuthSession",   API_USER, NULL, handle_session_unlock, SMALL_BODY),
    JSON("POST",  "/api/auth/session/lock",    "lockAuthSession",     API_USER, NULL, handle_session_lock, SMALL_BODY),

    /* one's own account */
    READ("/api/users/me",                      "getMyUser",           API_USER, "user.read", handle_users_get_me),
    JSON("PUT",   "/api/users/me",             "updateMyUser",        API_USER, "user.update", handle_users_put_me, SMALL_BODY),
    READ("/api/users/me/preferences",          "getMyPreferences",    API_USER, "userPreference.read", handle_preferences_get),
    JSON("PUT",   "/api/users/me/preferences", "updateMyPreferences", API_USER, "userPreference.update", handle_preferences_put, SMALL_BODY),
    {"POST", "/api/users/profile-image", "createProfileImage", API_USER, "userProfileImage.create", handle_profile_image_create, HTTP_BODY_STREAM, 0, profile_image_begin, profile_image_write},
    BODILESS("DELETE", "/api/users/profile-image", "deleteProfileImage", API_USER, "userProfileImage.delete", handle_profile_image_delete),
    READ("/api/users/{id}/profile-image",      "getProfileImage",     API_USER, "userProfileImage.read", handle_profile_image_get),
    READ("/api/users/me/onboarding",           "getUserOnboarding",   API_USER, "userOnboarding.read", handle_onboarding_get),
    JSON("PUT",   "/api/users/me/onboarding",  "setUserOnboarding",   API_USER, "userOnboarding.update", handle_onboarding_put, SMALL_BODY),
    BODILESS("DELETE", "/api/users/me/onboarding", "deleteUserOnboarding", API_USER, "userOnboarding.delete", handle_onboarding_delete),
    READ("/api/api-keys",                      "getApiKeys",          API_USER, "apiKey.read", handle_api_keys_list),
    JSON("POST",  "/api/api-keys",             "createApiKey",        API_USER, "apiKey.create", handle_api_keys_create, SMALL_BODY),
    READ("/api/api-keys/me",                   "getMyApiKey",         API_USER, NULL, handle_api_keys_get_mine),
    READ("/api/api-keys/{id}",                 "getApiKey",           API_USER, "apiKey.read", handle_api_keys_get),
    JSON("PUT",   "/api/api-keys/{id}",        "updateApiKey",        API_USER, "apiKey.update", handle_api_keys_put, SMALL_BODY),
    JSON("PATCH", "/api/api-keys/{id}",        "updateApiKey",        API_USER, "apiKey.update", handle_api_keys_put, SMALL_BODY),
    BODILESS("DELETE", "/api/api-keys/{id}",   "deleteApiKey",        API_USER, "apiKey.delete", handle_api_keys_delete),
    JSON("POST",  "/api/api-keys/{id}/rotate", "rotateApiKey",        API_USER, "apiKey.rotate", handle_api_keys_rotate, SMALL_BODY),
    JSON("POST",  "/api/sessions",             "createSession",       API_USER, "session.create", handle_sessions_create, SMALL_BODY),
    JSON("POST",  "/api/sessions/{id}/lock",   "lockSession",         API_USER, "session.lock", handle_sessions_lock, SMALL_BODY),
    READ("/api/sessions",                      "getSessions",         API_USER, "session.read", handle_sessions_get),
    BODILESS("DELETE", "/api/sessions",        "deleteAllSessions",   API_USER, "session.delete", handle_sessions_delete_all),
    BODILESS("DELETE", "/api/sessions/{id}",   "deleteSession",       API_USER, "session.delete", handle_sessions_delete_one),

    JSON("PUT",   "/api/sessions/{id}",        "updateSession",       API_USER, "session.update", handle_sessions_put_one, SMALL_BODY),
    JSON("PATCH", "/api/sessions/{id}",        "updateSession",       API_USER, "session.update", handle_sessions_put_one, SMALL_BODY),

    /* accounts of everybody */
    READ("/api/admin/users",                   "searchUsersAdmin",    API_ADMIN, "adminUser.read", handle_admin_users_list),
    JSON("POST",  "/api/admin/users",          "createUserAdmin",     API_ADMIN, "adminUser.create", handle_admin_users_create, SMALL_BODY),
    READ("/api/admin/users/{id}",              "getUserAdmin",        API_ADMIN, "adminUser.read", handle_admin_users_get),
    JSON("PUT",   "/api/admin/users/{id}",     "updateUserAdmin",     API_ADMIN, "adminUser.update", handle_admin_users_put, SMALL_BODY),
    JSON("PATCH", "/api/admin/users/{id}",     "updateUserAdmin",     API_ADMIN, "adminUser.update", handle_admin_users_put, SMALL_BODY),
    JSON("DELETE", "/api/admin/users/{id}",    "deleteUserAdmin",     API_ADMIN, "adminUser.delete", handle_admin_users_delete, SMALL_BODY),
    JSON("POST",  "/api/admin/users/{id}/restore", "restoreUserAdmin", API_ADMIN, "adminUser.delete", handle_admin_users_restore, SMALL_BODY),
    READ("/api/admin/users/{id}/preferences",  "getUserPreferencesAdmin", API_ADMIN, "adminUser.read", handle_admin_users_get_preferences),
    JSON("PUT",   "/api/admin/users/{id}/preferences", "updateUserPreferencesAdmin", API_ADMIN, "adminUser.update", handle_admin_users_put_preferences, SMALL_BODY),
    JSON("PATCH", "/api/admin/users/{id}/preferences", "updateUserPreferencesAdmin", API_ADMIN, "adminUser.update", handle_admin_users_put_preferences, SMALL_BODY),
    READ("/api/admin/users/{id}/statistics",   "getUserStatisticsAdmin", API_ADMIN, "adminUser.read", handle_admin_users_statistics),
    READ("/api/admin/users/{id}/sessions",     "getUserSessionsAdmin", API_ADMIN, "adminSession.read", handle_admin_users_sessions),

    /* what there is nothing behind */
    READ("/api/users/me/license",              "getUserLicense",      API_USER, "userLicense.read", handle_license_get),
    JSON("PUT",   "/api/users/me/license",     "setUserLicense",      API_USER, "userLicense.update", handle_license_put, SMALL_BODY),
    BODILESS("DELETE", "/api/users/me/license", "deleteUserLicense",  API_USER, "userLicense.delete", handle_license_delete),
    READ("/api/server/license",                "getServerLicense",    API_ADMIN, "serverLicense.read", handle_license_get),
    JSON("PUT",   "/api/server/license",       "setServerLicense",    API_ADMIN, "serverLicense.update", handle_license_put, SMALL_BODY),
    BODILESS("DELETE", "/api/server/license",  "deleteServerLicense", API_ADMIN, "serverLicense.delete", handle_license_delete),
    READ("/api/notifications",                 "getNotifications",    API_USER, "notification.read", handle_notifications_list),
    JSON("PUT",   "/api/notifications",        "updateNotifications", API_USER, "notification.update", handle_notifications_change, SMALL_BODY),
    JSON("DELETE", "/api/notifications",       "deleteNotifications", API_USER, "notification.delete", handle_notifications_change, SMALL_BODY),
    READ("/api/notifications/{id}",            "getNotification",     API_USER, "notification.read", handle_notification_missing),
    JSON("PUT",   "/api/notifications/{id}",   "updateNotification",  API_USER, "notification.update", handle_notification_missing, SMALL_BODY),
    JSON("DELETE", "/api/notifications/{id}",  "deleteNotification",  API_USER, "notification.delete", handle_notification_missing, SMALL_BODY),
    JSON("POST",  "/api/oauth/authorize",      "startOAuth",          API_PUBLIC, NULL, handle_oauth, SMALL_BODY),
    JSON("POST",  "/api/oauth/callback",       "finishOAuth",         API_PUBLIC, NULL, handle_oauth, SMALL_BODY),
    JSON("POST",  "/api/oauth/link",           "linkOAuthAccount",    API_USER, NULL, handle_oauth, SMALL_BODY),
    JSON("POST",  "/api/oauth/unlink",         "unlinkOAuthAccount",  API_USER, NULL, handle_oauth, SMALL_BODY),
    READ("/api/oauth/mobile-redirect",         "redirectOAuthToMobile", API_PUBLIC, NULL, handle_oauth),
    READ("/api/server/apk-links",              "getApkLinks",         API_USER, "server.apkLinks", handle_server_apk_links),
    READ("/api/server/version-check",          "getVersionCheck",     API_USER, "server.versionCheck", handle_server_version_check),
    READ("/api/server/version-history",        "getVersionHistory",   API_USER, NULL, handle_server_version_history),
    READ("/api/system-metadata/admin-onboarding", "getAdminOnboarding", API_ADMIN, "systemMetadata.read", handle_admin_onboarding_get),
    JSON("POST",  "/api/system-metadata/admin-onboarding", "updateAdminOnboarding", API_ADMIN, "systemMetadata.update", handle_admin_onboarding_post, SMALL_BODY),
    READ("/api/system-metadata/reverse-geocoding-state", "getReverseGeocodingState", API_ADMIN, "systemMetadata.read", handle_reverse_geocoding_state),
    READ("/api/system-metadata/version-check-state", "getVersionCheckState", API_ADMIN, "systemMetadata.read", handle_server_version_check),

    /* what the server is set to */
    READ("/api/public/config",                 "getPublicConfig",     API_PUBLIC, NULL, handle_config_public),
    READ("/api/public/config/defaults",        "getPublicConfigDefaults", API_PUBLIC, NULL, handle_config_public),
    READ("/api/config",                        "getUserConfig",       API_USER, "userConfig.read", handle_config_user),
    READ("/api/config/defaults",               "getUserConfigDefaults", API_USER, "userConfig.read", handle_config_user),
    READ("/api/admin/config",                  "getAdminConfig",      API_ADMIN, "adminConfig.read", handle_config_admin),
    READ("/api/admin/config/defaults",         "getAdminConfigDefaults", API_ADMIN, "adminConfig.read", handle_config_admin),
    JSON("PUT",   "/api/admin/config",         "updateAdminConfig",   API_ADMIN, "adminConfig.update", handle_config_put, SMALL_BODY),
    READ("/api/system-config",                 "getConfig",           API_ADMIN, "systemConfig.read", handle_config_admin),
    READ("/api/system-config/defaults",        "getConfigDefaults",   API_ADMIN, "systemConfig.read", handle_config_admin),
    READ("/api/system-config/storage-template-options", "getStorageTemplateOptions", API_ADMIN, "systemConfig.read", handle_config_template_options),
    JSON("PUT",   "/api/system-config",        "updateConfig",        API_ADMIN, "systemConfig.update", handle_config_put, SMALL_BODY),

    /* albums */
    READ("/api/albums",                        "getAllAlbums",        API_USER, "album.read", handle_albums_list),
    JSON("POST",  "/api/albums",               "createAlbum",         API_USER, "album.create", handle_albums_create, 0),
    READ("/api/albums/statistics",             "getAlbumStatistics",  API_USER, "album.statistics", handle_albums_statistics),
    JSON("PUT",   "/api/albums/assets",        "addAssetsToAlbums",   API_USER, "albumAsset.create", handle_albums_add_to_many, 0),
    READ("/api/albums/{id}",                   "getAlbumInfo",        API_LINK, "album.read", handle_albums_get),
    JSON("PUT",   "/api/albums/{id}",          "updateAlbumInfo",     API_USER, "album.update", handle_albums_put, SMALL_BODY),
    JSON("PATCH", "/api/albums/{id}",          "updateAlbumInfo",     API_USER, "album.update", handle_albums_put, SMALL_BODY),
    BODILESS("DELETE", "/api/albums/{id}",     "deleteAlbum",         API_USER, "album.delete", handle_albums_delete),
    JSON("PUT",   "/api/albums/{id}/assets",   "addAssetsToAlbum",    API_USER, "albumAsset.create", handle_albums_add_assets, 0),
    JSON("DELETE", "/api/albums/{id}/assets",  "removeAssetFromAlbum", API_USER, "albumAsset.delete", handle_albums_remove_assets, 0),
    JSON("PUT",   "/api/albums/{id}/users",    "addUsersToAlbum",     API_USER, "albumUser.create", handle_album_users_add, SMALL_BODY),
    JSON("PUT",   "/api/albums/{id}/user/{userId}", "updateAlbumUser", API_USER, "albumUser.update", handle_album_users_put, SMALL_BODY),
    BODILESS("DELETE", "/api/albums/{id}/user/{userId}", "removeUserFromAlbum", API_USER, "albumUser.delete", handle_album_users_delete),

    /* others: their accounts, and partners */
    READ("/api/users",                         "searchUsers",         API_USER, "user.read", handle_users_list),
    READ("/api/users/{id}",                    "getUser",             API_USER, "user.read", handle_users_get),
    READ("/api/partners",                      "getPartners",         API_USER, "partner.read", handle_partners_list),
    JSON("POST",  "/api/partners",             "createPartner",       API_USER, "partner.create", handle_partners_create, SMALL_BODY),
    JSON("POST",  "/api/partners/{id}",        "createPartnerDeprecated", API_USER, "partner.create", handle_partners_create_by_path, SMALL_BODY),
    JSON("PUT",   "/api/partners/{id}",        "updatePartner",       API_USER, "partner.update", handle_partners_put, SMALL_BODY),
    BODILESS("DELETE", "/api/partners/{id}",   "removePartner",       API_USER, "partner.delete", handle_partners_delete),

    /* what is said of them */
    READ("/api/activities",                    "getActivities",       API_USER, "activity.read", handle_activities_list),
    READ("/api/activities/statistics",         "getActivityStatistics", API_USER, "activity.statistics", handle_activities_statistics),
    JSON("POST",  "/api/activities",           "createActivity",      API_USER, "activity.create", handle_activities_create, SMALL_BODY),
    BODILESS("DELETE", "/api/activities/{id}", "deleteActivity",      API_USER, "activity.delete", handle_activities_delete),

    /* links that show an album or a list to whoever has them: API_LINK marks what they open */
    READ("/api/shared-links",                  "getAllSharedLinks",   API_USER, "sharedLink.read", handle_shared_links_list),
    JSON("POST",  "/api/shared-links",         "createSharedLink",    API_USER, "sharedLink.create", handle_shared_links_create, 0),
    READ("/api/shared-links/me",               "getMySharedLink",     API_LINK, NULL, handle_shared_links_me),
    READ("/api/shared-links/me/archive",       "downloadSharedLink",  API_LINK, NULL, handle_shared_links_archive),
    JSON("POST",  "/api/shared-links/login",   "sharedLinkLogin",     API_LINK_LOGIN, NULL, handle_shared_links_login, SMALL_BODY),
    READ("/api/shared-links/{id}",             "getSharedLinkById",   API_USER, "sharedLink.read", handle_shared_links_get),
    JSON("PATCH", "/api/shared-links/{id}",    "updateSharedLink",    API_USER, "sharedLink.update", handle_shared_links_patch, SMALL_BODY),
    BODILESS("DELETE", "/api/shared-links/{id}", "removeSharedLink",  API_USER, "sharedLink.delete", handle_shared_links_delete),
    JSON("PUT",   "/api/shared-links/{id}/assets", "addSharedLinkAssets", API_USER, "sharedLink.update", handle_shared_links_add_assets, 0),
    JSON("DELETE", "/api/shared-links/{id}/assets", "removeSharedLinkAssets", API_USER, "sharedLink.update", handle_shared_links_remove_assets, 0),

    /* stacks, tags, memories */
    READ("/api/stacks",                        "searchStacks",        API_USER, "stack.read", handle_stacks_list),
    JSON("POST",  "/api/stacks",               "createStack",         API_USER, "stack.create", handle_stacks_create, 0),
    JSON("DELETE", "/api/stacks",              "deleteStacks",        API_USER, "stack.delete", handle_stacks_delete_many, 0),
    READ("/api/stacks/{id}",                   "getStack",            API_USER, "stack.read", handle_stacks_get),
    JSON("PUT",   "/api/stacks/{id}",          "updateStack",         API_USER, "stack.update", handle_stacks_put, SMALL_BODY),
    JSON("PATCH", "/api/stacks/{id}",          "updateStack",         API_USER, "stack.update", handle_stacks_put, SMALL_BODY),
    BODILESS("DELETE", "/api/stacks/{id}",     "deleteStack",         API_USER, "stack.delete", handle_stacks_delete),
    BODILESS("DELETE", "/api/stacks/{id}/assets/{assetId}", "removeAssetFromStack", API_USER, "stack.update", handle_stacks_remove_asset),
    READ("/api/tags",                          "getAllTags",          API_USER, "tag.read", handle_tags_list),
    JSON("POST",  "/api/tags",                 "createTag",           API_USER, "tag.create", handle_tags_create, SMALL_BODY),
    JSON("PUT",   "/api/tags",                 "upsertTags",          API_USER, "tag.create", handle_tags_upsert, 0),
    JSON("PUT",   "/api/tags/assets",          "bulkTagAssets",       API_USER, "tag.asset", handle_tags_put_on_many, 0),
    READ("/api/tags/{id}",                     "getTagById",          API_USER, "tag.read", handle_tags_get),
    JSON("PUT",   "/api/tags/{id}",            "updateTag",           API_USER, "tag.update", handle_tags_put, SMALL_BODY),
    JSON("PATCH", "/api/tags/{id}",            "updateTag",           API_USER, "tag.update", handle_tags_put, SMALL_BODY),
    BODILESS("DELETE", "/api/tags/{id}",       "deleteTag",           API_USER, "tag.delete", handle_tags_delete),
    JSON("PUT",   "/api/tags/{id}/assets",     "tagAssets",           API_USER, "tag.asset", handle_tags_put_on, 0),
    JSON("DELETE", "/api/tags/{id}/assets",    "untagAssets",         API_USER, "tag.asset", handle_tags_take_off, 0),
    READ("/api/memories",                      "searchMemories",      API_USER, "memory.read", handle_memories_list),
    JSON("POST",  "/api/memories",             "createMemory",        API_USER, "memory.create", handle_memories_create, 0),
    READ("/api/memories/statistics",           "memoriesStatistics",  API_USER, "memory.statistics", handle_memories_statistics),
    READ("/api/memories/{id}",                 "getMemory",           API_USER, "memory.read", handle_memories_get),
    JSON("PUT",   "/api/memories/{id}",        "updateMemory",        API_USER, "memory.update", handle_memories_put, SMALL_BODY),
    JSON("PATCH", "/api/memories/{id}",        "updateMemory",        API_USER, "memory.update", handle_memories_put, SMALL_BODY),
    BODILESS("DELETE", "/api/memories/{id}",   "deleteMemory",        API_USER, "memory.delete", handle_memories_delete),
    JSON("PUT",   "/api/memories/{id}/assets", "addMemoryAssets",     API_USER, "memoryAsset.create", handle_memories_add_assets, 0),
    JSON("DELETE", "/api/memories/{id}/assets", "removeMemoryAssets", API_USER, "memoryAsset.delete", handle_memories_remove_assets, 0),

    /* finding */
    JSON("POST",  "/api/search/metadata",      "searchAssets",        API_LINK, "asset.read", handle_search_metadata, SMALL_BODY),
    JSON("POST",  "/api/search/random",        "searchRandom",        API_USER, "asset.read", handle_search_random, SMALL_BODY),
    JSON("POST",  "/api/search/large-assets",  "searchLargeAssets",   API_USER, "asset.read", handle_search_large, SMALL_BODY),
    JSON("POST",  "/api/search/statistics",    "searchAssetStatistics", API_USER, "asset.statistics", handle_search_statistics, SMALL_BODY),
    READ("/api/search/explore",                "getExploreData",      API_USER, "asset.read", handle_search_explore),
    READ("/api/search/cities",                 "getAssetsByCity",     API_USER, "asset.read", handle_search_cities),
    READ("/api/search/places",                 "searchPlaces",        API_USER, "asset.read", handle_search_places),
    READ("/api/search/person",                 "searchPerson",        API_USER, "person.read", handle_search_person),
    JSON("POST",  "/api/search/smart",         "searchSmart",         API_USER, "asset.read", handle_search_smart, SMALL_BODY),
    READ("/api/map/markers",                   "getMapMarkers",       API_USER, "map.read", handle_map_markers),
    READ("/api/map/reverse-geocode",           "reverseGeocode",      API_USER, "map.search", handle_map_reverse_geocode),
    READ("/api/albums/{id}/map-markers",       "getAlbumMapMarkers",  API_LINK, "album.read", handle_album_map_markers),

    /* what needs recognition, of which there is none */
    READ("/api/people",                        "getAllPeople",        API_USER, "person.read", handle_people_list),
    JSON("POST",  "/api/people",               "createPerson",        API_USER, "person.create", handle_people_create, SMALL_BODY),
    JSON("PUT",   "/api/people",               "updatePeople",        API_USER, "person.update", handle_people_put, SMALL_BODY),
    JSON("DELETE", "/api/people",              "deletePeople",        API_USER, "person.delete", handle_people_delete, SMALL_BODY),
    JSON("POST",  "/api/people/merge",         "mergePeople",         API_USER, "person.merge", handle_people_merge, SMALL_BODY),
    READ("/api/people/{id}",                   "getPerson",           API_USER, "person.read", handle_person_get),
    JSON("PUT",   "/api/people/{id}",          "updatePerson",        API_USER, "person.update", handle_person_put, SMALL_BODY),
    JSON("PATCH", "/api/people/{id}",          "updatePerson",        API_USER, "person.update", handle_person_put, SMALL_BODY),
    BODILESS("DELETE", "/api/people/{id}",     "deletePerson",        API_USER, "person.delete", handle_person_delete),
    READ("/api/people/{id}/statistics",        "getPersonStatistics", API_USER, "person.statistics", handle_person_get),
    READ("/api/people/{id}/thumbnail",         "getPersonThumbnail",  API_USER, "person.read", handle_person_get),
    JSON("POST",  "/api/people/{id}/merge",    "mergePersonLegacy",   API_USER, "person.merge", handle_person_merge, SMALL_BODY),
    JSON("PUT",   "/api/people/{id}/reassign", "reassignFaces",       API_USER, "person.reassign", handle_person_put, SMALL_BODY),
    READ("/api/faces",                         "getFaces",            API_USER, "face.read", handle_faces_list),
    JSON("POST",  "/api/faces",                "createFace",          API_USER, "face.create", handle_faces_create, SMALL_BODY),
    JSON("PUT",   "/api/faces/{id}",           "reassignFacesById",   API_USER, "face.update", handle_face_put, SMALL_BODY),
    JSON("DELETE", "/api/faces/{id}",          "deleteFace",          API_USER, "face.delete", handle_face_delete, SMALL_BODY),
    READ("/api/duplicates",                    "getAssetDuplicates",  API_USER, "duplicate.read", handle_duplicates_list),
    JSON("DELETE", "/api/duplicates",          "deleteDuplicates",    API_USER, "duplicate.delete", handle_duplicates_delete, SMALL_BODY),
    JSON("POST",  "/api/duplicates/resolve",   "resolveDuplicates",   API_USER, "duplicate.delete", handle_duplicates_resolve, SMALL_BODY),
    BODILESS("DELETE", "/api/duplicates/{id}", "deleteDuplicate",     API_USER, "duplicate.delete", handle_duplicate_delete),

    READ("/api/search/suggestions",            "getSearchSuggestions", API_USER, "asset.read", handle_search_suggestions),

    /* what the phone apps hold */
    JSON("POST",  "/api/sync/stream",          "getSyncStream",       API_USER, "sync.stream", handle_sync_stream, SMALL_BODY),
    READ("/api/sync/ack",                      "getSyncAck",          API_USER, "syncCheckpoint.read", handle_sync_get_acks),
    JSON("POST",  "/api/sync/ack",             "sendSyncAck",         API_USER, "syncCheckpoint.update", handle_sync_send_acks, 0),
    JSON("DELETE", "/api/sync/ack",            "deleteSyncAck",       API_USER, "syncCheckpoint.delete", handle_sync_delete_acks, SMALL_BODY),

    /* live events: WebSocket */
    READ("/api/socket.io/",                    "connectLiveEvents",   API_PUBLIC, NULL, handle_socket_io),
    READ("/api/socket.io",                     "connectLiveEvents",   API_PUBLIC, NULL, handle_socket_io),

    /* the server */
    READ("/.well-known/immich",                "getWellKnown",        API_PUBLIC, NULL, handle_server_well_known),
    READ("/api/openapi.json",                  "getApiDocument",      API_PUBLIC, NULL, handle_openapi),
    READ("/api/server/ping",                   "pingServer",          API_PUBLIC, NULL, handle_server_ping),
    READ("/api/server/version",                "getServerVersion",    API_PUBLIC, NULL, handle_server_version),
    READ("/api/server/features",               "getServerFeatures",   API_PUBLIC, NULL, handle_server_features),
    READ("/api/server/config",                 "getServerConfig",     API_PUBLIC, NULL, handle_server_config),
    READ("/api/server/media-types",            "getSupportedMediaTypes", API_PUBLIC, NULL, handle_server_media_types),
    READ("/api/server/about",                  "getAboutInfo",        API_USER, "server.about", handle_server_about),
    READ("/api/server/storage",                "getStorage",          API_USER, "server.storage", handle_server_storage),
    READ("/api/server/packed",                 "getPackedOriginals",  API_ADMIN, "server.statistics", handle_server_packed),
    READ("/api/server/statistics",             "getServerStatistics", API_ADMIN, "server.statistics", handle_server_statistics),

    /* assets */
    {"POST", "/api/assets", "uploadAsset", API_LINK, "asset.upload", handle_upload, HTTP_BODY_STREAM, 0, upload_begin, upload_write},
    JSON("PUT",   "/api/assets",               "updateAssets",        API_USER, "asset.update", handle_assets_put_many, 0),
    JSON("PATCH", "/api/assets",               "updateAssets",        API_USER, "asset.update", handle_assets_put_many, 0),
    JSON("PUT",   "/api/assets/{id}",          "updateAsset",         API_USER, "asset.update", handle_assets_put_one, SMALL_BODY),
    JSON("PATCH", "/api/assets/{id}",          "updateAsset",         API_USER, "asset.update", handle_assets_put_one, SMALL_BODY),
    JSON("DELETE", "/api/assets",              "deleteAssets",        API_USER, "asset.delete", handle_assets_delete, 0),
    JSON("POST",  "/api/assets/bulk-upload-check", "checkBulkUpload", API_USER, "asset.upload", handle_assets_check, 0),
    READ("/api/assets/statistics",             "getAssetStatistics",  API_USER, "asset.statistics", handle_assets_statistics),
    READ("/api/assets/{id}",                   "getAssetInfo",        API_LINK, "asset.read", handle_assets_get),
    READ("/api/assets/{id}/original",          "downloadAsset",       API_LINK, "asset.download", handle_asset_original),
    READ("/api/assets/{id}/video",             "getVideoState",       API_LINK, "asset.view", handle_video_state),
    READ("/api/assets/{id}/video/playback",    "playAssetVideo",      API_LINK, "asset.view", handle_video_playback),
    READ("/api/assets/{id}/thumbnail",         "viewAsset",           API_LINK, "asset.view", handle_asset_thumbnail),
    READ("/api/assets/{id}/proof",             "getAssetProof",       API_USER, "asset.read", handle_assets_proof),
    READ("/api/assets/{id}/sidecar",           "getAssetSidecar",     API_USER, "asset.download", handle_asset_sidecar_get),
    JSON("PUT",   "/api/assets/{id}/sidecar",  "putAssetSidecar",     API_USER, "asset.upload", handle_asset_sidecar_put, 1024 * 1024),
    JSON("PUT",   "/api/assets/metadata",      "updateBulkAssetMetadata", API_USER, "asset.update", handle_app_data_put_many, 0),
    JSON("DELETE", "/api/assets/metadata",     "deleteBulkAssetMetadata", API_USER, "asset.update", handle_app_data_delete_many, 0),
    READ("/api/assets/{id}/metadata",          "getAssetMetadata",    API_USER, "asset.read", handle_app_data_list),
    JSON("PUT",   "/api/assets/{id}/metadata", "updateAssetMetadata", API_USER, "asset.update", handle_app_data_put, 0),
    READ("/api/assets/{id}/metadata/{key}",    "getAssetMetadataByKey", API_USER, "asset.read", handle_app_data_get),
    BODILESS("DELETE", "/api/assets/{id}/metadata/{key}", "deleteAssetMetadata", API_USER, "asset.update", handle_app_data_delete),
    JSON("PUT",   "/api/assets/copy",          "copyAsset",           API_USER, "asset.copy", handle_assets_copy, SMALL_BODY),
    JSON("POST",  "/api/assets/jobs",          "runAssetJobs",        API_USER, "job.create", handle_assets_jobs, 0),
    READ("/api/assets/{id}/ocr",               "getAssetOcr",         API_USER, "asset.read", handle_asset_ocr),
    READ("/api/assets/{id}/edits",             "getAssetEdits",       API_USER, "asset.edit.get", handle_asset_edits_get),
    JSON("PUT",   "/api/assets/{id}/edits",    "editAsset",           API_USER, "asset.edit.create", handle_asset_edits_put, SMALL_BODY),
    BODILESS("DELETE", "/api/assets/{id}/edits", "removeAssetEdits",  API_USER, "asset.edit.delete", handle_asset_edits_delete),
    READ("/api/view/folder",                   "getAssetsByOriginalPath", API_USER, "folder.read", handle_folders_get),
    READ("/api/view/folder/unique-paths",      "getUniqueOriginalPaths", API_USER, "folder.read", handle_folders_list),
    READ("/api/timeline/buckets",              "getTimeBuckets",      API_LINK, "asset.read", handle_timeline_buckets),
    READ("/api/timeline/bucket",               "getTimeBucket",       API_LINK, "asset.read", handle_timeline_bucket),
    JSON("POST",  "/api/trash/restore/assets", "restoreAssets",       API_USER, "asset.delete", handle_trash_restore_assets, 0),
    JSON("POST",  "/api/trash/restore",        "restoreTrash",        API_USER, "asset.delete", handle_trash_restore, SMALL_BODY),
    JSON("POST",  "/api/trash/empty",          "emptyTrash",          API_USER, "asset.delete", handle_trash_empty, SMALL_BODY),

    /* many at once */
    JSON("POST",  "/api/download/info",        "getDownloadInfo",     API_LINK, "asset.download", handle_download_info, 0),
    JSON("POST",  "/api/download/archive",     "downloadArchive",     API_LINK, "asset.download", handle_download_archive, 0),

    /* resumable upload */
    BODILESS("OPTIONS", "/api/uploads",        "getUploadOptions",    API_PUBLIC, NULL, handle_uploads_options),
    JSON("POST",  "/api/uploads",              "createUpload",        API_USER, "asset.upload", handle_uploads_create, SMALL_BODY),
    BODILESS("HEAD", "/api/uploads/{id}",      "getUpload",           API_USER, "asset.upload", handle_uploads_head),
    {"PATCH", "/api/uploads/{id}", "appendUpload", API_USER, "asset.upload", handle_uploads_patch, HTTP_BODY_STREAM, 0, uploads_patch_begin, uploads_patch_write},
    BODILESS("DELETE", "/api/uploads/{id}",    "deleteUpload",        API_USER, "asset.upload", handle_uploads_delete),

    /* the ledger */
    READ("/api/backup/preferences",            "getBackupPreferences", API_USER, "asset.read", handle_backup_get_preferences),
    JSON("PUT",   "/api/backup/preferences",   "setBackupPreferences", API_USER, "asset.upload", handle_backup_put_preferences, SMALL_BODY),
    READ("/api/backup/devices",                "getBackupDevices",    API_USER, "asset.read", handle_backup_list_devices),
    JSON("PUT",   "/api/backup/devices/{id}",  "registerBackupDevice", API_USER, "asset.upload", handle_backup_put_device, SMALL_BODY),
    BODILESS("DELETE", "/api/backup/devices/{id}", "forgetBackupDevice", API_USER, "asset.upload", handle_backup_delete_device),
    JSON("PUT",   "/api/backup/devices/{id}/status", "setBackupStatus", API_USER, "asset.upload", handle_backup_put_status, SMALL_BODY),
    JSON("POST",  "/api/backup/devices/{id}/items", "reportBackupItems", API_USER, "asset.upload", handle_backup_report_items, 0),
    READ("/api/backup/devices/{id}/items",     "getBackupItems",      API_USER, "asset.read", handle_backup_list_items),

    /* what the server has still to do, and what did not work */
    READ("/api/jobs",                          "getQueuesLegacy",     API_ADMIN, "job.read", handle_jobs_list),
    JSON("PUT",   "/api/jobs/{name}",          "runQueueCommandLegacy", API_ADMIN, "job.create", handle_jobs_put, SMALL_BODY),
    READ("/api/queues",                        "getQueues",           API_ADMIN, "queue.read", handle_queues_list),
    READ("/api/queues/{name}",                 "getQueue",            API_ADMIN, "queue.read", handle_queues_get),
    JSON("PUT",   "/api/queues/{name}",        "updateQueue",         API_ADMIN, "queue.update", handle_queues_put, SMALL_BODY),
    JSON("PATCH", "/api/queues/{name}",        "updateQueue",         API_ADMIN, "queue.update", handle_queues_put, SMALL_BODY),
    READ("/api/queues/{name}/jobs",            "getQueueJobs",        API_ADMIN, "queueJob.read", handle_queues_jobs),
    JSON("DELETE", "/api/queues/{name}/jobs",  "emptyQueue",          API_ADMIN, "queueJob.delete", handle_queues_empty, SMALL_BODY),
    READ("/api/problems",                      "getProblems",         API_ADMIN, "queueJob.read", handle_problems_list),
    JSON("POST",  "/api/problems/retry",       "retryProblems",       API_ADMIN, "queueJob.create", handle_problems_retry, SMALL_BODY),

    /* the rest of /api is nothing; the rest of all is the page */
    NOTHING("GET", "/api/{*rest}"),
    NOTHING("POST", "/api/{*rest}"),
    NOTHING("PUT", "/api/{*rest}"),
    NOTHING("PATCH", "/api/{*rest}"),
    NOTHING("DELETE", "/api/{*rest}"),
    READ("/",                                  "getPage",             API_PUBLIC, NULL, handle_web_page),
    READ("/{*rest}",                           "getPage",             API_PUBLIC, NULL, handle_web_page),
};
/* clang-format on */
const size_t api_n_routes = G_N_ELEMENTS(api_routes);
