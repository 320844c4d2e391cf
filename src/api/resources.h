/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * The handlers that routes.c names, one block a file. Each follows the rules of call.h: it answers and returns true, or
 * returns false with @error. Threads: the handler pool; begin and write on network threads. */
#pragma once

#include "api/call.h"
#include "api/operation.h"

#define API_HANDLER(name) bool name(struct call *call, GError **error)

/* What the operations of each file take and answer (operation.h). */
extern const struct operation absent_operations[];
extern const struct operation activities_operations[];
extern const struct operation admin_user_edit_operations[];
extern const struct operation admin_users_operations[];
extern const struct operation album_sharing_operations[];
extern const struct operation albums_operations[];
extern const struct operation api_keys_operations[];
extern const struct operation asset_app_data_operations[];
extern const struct operation asset_chores_operations[];
extern const struct operation asset_edit_operations[];
extern const struct operation asset_files_operations[];
extern const struct operation asset_sidecar_operations[];
extern const struct operation assets_operations[];
extern const struct operation auth_operations[];
extern const struct operation backup_operations[];
extern const struct operation backup_items_operations[];
extern const struct operation config_documents_operations[];
extern const struct operation download_operations[];
extern const struct operation folders_operations[];
extern const struct operation link_archive_operations[];
extern const struct operation link_visit_operations[];
extern const struct operation locked_operations[];
extern const struct operation map_operations[];
extern const struct operation memories_operations[];
extern const struct operation openapi_operations[];
extern const struct operation partners_operations[];
extern const struct operation people_operations[];
extern const struct operation preferences_operations[];
extern const struct operation problems_operations[];
extern const struct operation profile_image_operations[];
extern const struct operation quality_operations[];
extern const struct operation queues_operations[];
extern const struct operation search_operations[];
extern const struct operation server_operations[];
extern const struct operation sessions_operations[];
extern const struct operation shared_links_operations[];
extern const struct operation socket_io_operations[];
extern const struct operation stacks_operations[];
extern const struct operation sync_operations[];
extern const struct operation tags_operations[];
extern const struct operation timeline_operations[];
extern const struct operation trash_operations[];
extern const struct operation upload_operations[];
extern const struct operation uploads_operations[];
extern const struct operation users_operations[];
extern const struct operation video_operations[];

/* auth.c */
API_HANDLER(handle_auth_login);
API_HANDLER(handle_auth_logout);
API_HANDLER(handle_auth_validate);
API_HANDLER(handle_auth_sign_up);
API_HANDLER(handle_auth_change_password);

/* locked.c */
API_HANDLER(handle_auth_status);
API_HANDLER(handle_pin_setup);
API_HANDLER(handle_pin_change);
API_HANDLER(handle_pin_reset);
API_HANDLER(handle_session_unlock);
API_HANDLER(handle_session_lock);

/* users.c, preferences.c */
API_HANDLER(handle_users_get_me);
API_HANDLER(handle_users_put_me);
API_HANDLER(handle_users_list);
API_HANDLER(handle_users_get);
API_HANDLER(handle_onboarding_get);
API_HANDLER(handle_onboarding_put);
API_HANDLER(handle_onboarding_delete);
API_HANDLER(handle_preferences_get);
API_HANDLER(handle_preferences_put);

/* admin_users.c, admin_user_edit.c */
API_HANDLER(handle_admin_users_list);
API_HANDLER(handle_admin_users_get);
API_HANDLER(handle_admin_users_statistics);
API_HANDLER(handle_admin_users_sessions);
API_HANDLER(handle_admin_users_get_preferences);
API_HANDLER(handle_admin_users_put_preferences);
API_HANDLER(handle_admin_users_create);
API_HANDLER(handle_admin_users_put);
API_HANDLER(handle_admin_users_delete);
API_HANDLER(handle_admin_users_restore);

/* asset_app_data.c */
API_HANDLER(handle_app_data_list);
API_HANDLER(handle_app_data_get);
API_HANDLER(handle_app_data_put);
API_HANDLER(handle_app_data_delete);
API_HANDLER(handle_app_data_put_many);
API_HANDLER(handle_app_data_delete_many);

/* api_keys.c */
API_HANDLER(handle_api_keys_list);
API_HANDLER(handle_api_keys_create);
API_HANDLER(handle_api_keys_get_mine);
API_HANDLER(handle_api_keys_get);
API_HANDLER(handle_api_keys_put);
API_HANDLER(handle_api_keys_delete);
API_HANDLER(handle_api_keys_rotate);

/* sessions.c */
API_HANDLER(handle_sessions_get);
API_HANDLER(handle_sessions_delete_all);
API_HANDLER(handle_sessions_delete_one);

API_HANDLER(handle_sessions_put_one);
API_HANDLER(handle_sessions_create);
API_HANDLER(handle_sessions_lock);

/* profile_image.c */
bool profile_image_begin(struct http_request *request, GError **error);
bool profile_image_write(struct http_request *request, const void *bytes, size_t size, GError **error);
API_HANDLER(handle_profile_image_create);
API_HANDLER(handle_profile_image_delete);
API_HANDLER(handle_profile_image_get);

/* asset_chores.c, folders.c */
API_HANDLER(handle_assets_copy);
API_HANDLER(handle_assets_jobs);
API_HANDLER(handle_asset_ocr);
API_HANDLER(handle_asset_edits_get);
API_HANDLER(handle_asset_edits_put);
API_HANDLER(handle_asset_edits_delete);
API_HANDLER(handle_folders_list);
API_HANDLER(handle_folders_get);

/* absent.c */
API_HANDLER(handle_license_get);
API_HANDLER(handle_license_put);
API_HANDLER(handle_license_delete);
API_HANDLER(handle_notifications_list);
API_HANDLER(handle_notification_missing);
API_HANDLER(handle_notifications_change);
API_HANDLER(handle_oauth);
API_HANDLER(handle_server_apk_links);
API_HANDLER(handle_server_version_check);
API_HANDLER(handle_server_version_history);
API_HANDLER(handle_admin_onboarding_get);
API_HANDLER(handle_admin_onboarding_post);
API_HANDLER(handle_reverse_geocoding_state);

/* config_documents.c */
API_HANDLER(handle_config_public);
API_HANDLER(handle_config_user);
API_HANDLER(handle_config_admin);
API_HANDLER(handle_config_put);
API_HANDLER(handle_config_template_options);

/* albums.c */
API_HANDLER(handle_albums_list);
API_HANDLER(handle_albums_create);
API_HANDLER(handle_albums_statistics);
API_HANDLER(handle_albums_get);
API_HANDLER(handle_albums_put);
API_HANDLER(handle_albums_delete);
API_HANDLER(handle_albums_add_assets);
API_HANDLER(handle_albums_remove_assets);
API_HANDLER(handle_albums_add_to_many);

/* album_sharing.c */
API_HANDLER(handle_album_users_add);
API_HANDLER(handle_album_users_put);
API_HANDLER(handle_album_users_delete);

/* partners.c */
API_HANDLER(handle_partners_list);
API_HANDLER(handle_partners_create);
API_HANDLER(handle_partners_create_by_path);
API_HANDLER(handle_partners_put);
API_HANDLER(handle_partners_delete);

/* shared_links.c, link_visit.c, link_archive.c */
API_HANDLER(handle_shared_links_list);
API_HANDLER(handle_shared_links_get);
API_HANDLER(handle_shared_links_create);
API_HANDLER(handle_shared_links_patch);
API_HANDLER(handle_shared_links_delete);
API_HANDLER(handle_shared_links_add_assets);
API_HANDLER(handle_shared_links_remove_assets);
API_HANDLER(handle_shared_links_me);
API_HANDLER(handle_shared_links_archive);
API_HANDLER(handle_shared_links_login);

/* activities.c */
API_HANDLER(handle_activities_list);
API_HANDLER(handle_activities_statistics);
API_HANDLER(handle_activities_create);
API_HANDLER(handle_activities_delete);

/* download.c */
API_HANDLER(handle_download_info);
API_HANDLER(handle_download_archive);

/* stacks.c */
API_HANDLER(handle_stacks_list);
API_HANDLER(handle_stacks_create);
API_HANDLER(handle_stacks_delete_many);
API_HANDLER(handle_stacks_get);
API_HANDLER(handle_stacks_put);
API_HANDLER(handle_stacks_delete);
API_HANDLER(handle_stacks_remove_asset);

/* tags.c */
API_HANDLER(handle_tags_list);
API_HANDLER(handle_tags_create);
API_HANDLER(handle_tags_upsert);
API_HANDLER(handle_tags_get);
API_HANDLER(handle_tags_put);
API_HANDLER(handle_tags_delete);
API_HANDLER(handle_tags_put_on);
API_HANDLER(handle_tags_take_off);
API_HANDLER(handle_tags_put_on_many);

/* memories.c */
API_HANDLER(handle_memories_list);
API_HANDLER(handle_memories_create);
API_HANDLER(handle_memories_statistics);
API_HANDLER(handle_memories_get);
API_HANDLER(handle_memories_put);
API_HANDLER(handle_memories_delete);
API_HANDLER(handle_memories_add_assets);
API_HANDLER(handle_memories_remove_assets);

/* map.c */
API_HANDLER(handle_map_markers);
API_HANDLER(handle_album_map_markers);
API_HANDLER(handle_map_reverse_geocode);
API_HANDLER(handle_search_places);
API_HANDLER(handle_search_cities);
API_HANDLER(handle_search_explore);

/* people.c */
API_HANDLER(handle_people_list);
API_HANDLER(handle_people_create);
API_HANDLER(handle_people_put);
API_HANDLER(handle_people_delete);
API_HANDLER(handle_people_merge);
API_HANDLER(handle_person_get);
API_HANDLER(handle_person_put);
API_HANDLER(handle_person_delete);
API_HANDLER(handle_person_merge);
API_HANDLER(handle_search_person);
API_HANDLER(handle_faces_list);
API_HANDLER(handle_faces_create);
API_HANDLER(handle_face_put);
API_HANDLER(handle_face_delete);
API_HANDLER(handle_search_smart);
API_HANDLER(handle_duplicates_list);
API_HANDLER(handle_duplicates_delete);
API_HANDLER(handle_duplicate_delete);
API_HANDLER(handle_duplicates_resolve);

/* search.c */
API_HANDLER(handle_search_metadata);
API_HANDLER(handle_search_random);
API_HANDLER(handle_search_large);
API_HANDLER(handle_search_statistics);
API_HANDLER(handle_search_suggestions);

/* sync.c */
API_HANDLER(handle_sync_stream);
API_HANDLER(handle_sync_get_acks);
API_HANDLER(handle_sync_send_acks);
API_HANDLER(handle_sync_delete_acks);

/* server.c */
API_HANDLER(handle_server_ping);
API_HANDLER(handle_server_version);
/** Its answer, as text; free with g_free(). */
char *server_version_json(void);
API_HANDLER(handle_server_features);
API_HANDLER(handle_server_config);
API_HANDLER(handle_server_media_types);
API_HANDLER(handle_server_about);
API_HANDLER(handle_server_statistics);
API_HANDLER(handle_server_packed);
API_HANDLER(handle_server_storage);
API_HANDLER(handle_server_well_known);

/* assets.c */
API_HANDLER(handle_assets_get);
API_HANDLER(handle_assets_statistics);
API_HANDLER(handle_assets_proof);
API_HANDLER(handle_asset_sidecar_get);
API_HANDLER(handle_asset_sidecar_put);
API_HANDLER(handle_assets_check);

/* asset_edit.c */
API_HANDLER(handle_assets_put_one);
API_HANDLER(handle_assets_put_many);

/* asset_files.c */
API_HANDLER(handle_asset_original);
API_HANDLER(handle_asset_thumbnail);

/* video.c */
API_HANDLER(handle_video_state);
API_HANDLER(handle_video_playback);

/* trash.c */
API_HANDLER(handle_assets_delete);
API_HANDLER(handle_trash_restore_assets);
API_HANDLER(handle_trash_empty);
API_HANDLER(handle_trash_restore);

/* upload.c: POST /api/assets */
bool upload_begin(struct http_request *request, GError **error);
bool upload_write(struct http_request *request, const void *bytes, size_t size, GError **error);
API_HANDLER(handle_upload);

/* timeline.c */
API_HANDLER(handle_timeline_buckets);
API_HANDLER(handle_timeline_bucket);

/* uploads.c: tus */
API_HANDLER(handle_uploads_options);
API_HANDLER(handle_uploads_create);
API_HANDLER(handle_uploads_head);
bool uploads_patch_begin(struct http_request *request, GError **error);
bool uploads_patch_write(struct http_request *request, const void *bytes, size_t size, GError **error);
API_HANDLER(handle_uploads_patch);
API_HANDLER(handle_uploads_delete);

/* backup.c, backup_items.c */
API_HANDLER(handle_backup_list_devices);
API_HANDLER(handle_backup_put_device);
API_HANDLER(handle_backup_delete_device);
API_HANDLER(handle_backup_put_status);
API_HANDLER(handle_backup_report_items);
API_HANDLER(handle_backup_list_items);

/* queues.c, problems.c */
API_HANDLER(handle_jobs_list);
API_HANDLER(handle_jobs_put);
API_HANDLER(handle_queues_list);
API_HANDLER(handle_queues_get);
API_HANDLER(handle_queues_put);
API_HANDLER(handle_queues_jobs);
API_HANDLER(handle_queues_empty);
API_HANDLER(handle_problems_list);
API_HANDLER(handle_problems_retry);

/* quality.c */
API_HANDLER(handle_backup_get_preferences);
API_HANDLER(handle_backup_put_preferences);

/* openapi.c */
API_HANDLER(handle_openapi);

/* socket_io.c: live events */
API_HANDLER(handle_socket_io);

/* web.c */
API_HANDLER(handle_web_page);
