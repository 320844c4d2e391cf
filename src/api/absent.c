/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Parts of the Immich API behind which this server has nothing: licences, notifications, sign-in by OAuth, news of
 * versions. Reads say so; what would have to be kept is refused. */
#include "api/resources.h"
#include "base/error.h"
#include "db/db.h"

static bool answer_text(struct call *call, const char *json)
{
    return call_answer(call, 200, g_string_new(json));
}

/* ---- licences: nothing is sold here ---- */

bool handle_license_get(struct call *call, GError **error)
{
    return err_set(error, ERR_NOT_FOUND, "There is no licence: this server needs none.");
}

bool handle_license_put(struct call *call, GError **error)
{
    return err_set(error, ERR_INVALID, "Invalid license key: this server needs no licence.");
}

bool handle_license_delete(struct call *call, GError **error)
{
    return call_answer_empty(call, 204);
}

/* ---- notifications: none are made ---- */

bool handle_notifications_list(struct call *call, GError **error)
{
    return answer_text(call, "[]");
}

bool handle_notification_missing(struct call *call, GError **error)
{
    struct uuid id;
    return call_uuid(call, "id", &id, error) && err_set(error, ERR_INVALID, "Not found or no notification.read access");
}

static const struct body_field ids_fields[] = {{.name = "ids", .kind = BODY_UUIDS, .is_required = true, .max = 1000}};
static const struct body_shape ids_shape = BODY_SHAPE(struct body_list, ids_fields);

bool handle_notifications_change(struct call *call, GError **error)
{
    struct body_list ids;
    if (!call_body(call, &ids_shape, &ids, error))
        return false;
    return ids.n == 0 ? call_answer_empty(call, 204)
                      : err_set(error, ERR_INVALID, "Not found or no notification.update access");
}

/* ---- OAuth ---- */

bool handle_oauth(struct call *call, GError **error)
{
    return err_set(error, ERR_INVALID, "OAuth is not enabled");
}

/* ---- the server ---- */

/* The apps come from their stores. */
bool handle_server_apk_links(struct call *call, GError **error)
{
    return answer_text(call, "{\"arm64v8a\":\"\",\"armeabiv7a\":\"\",\"universal\":\"\",\"x86_64\":\"\"}");
}

/* The server asks nobody whether there is a newer one. */
bool handle_server_version_check(struct call *call, GError **error)
{
    return answer_text(call, "{\"checkedAt\":null,\"releaseVersion\":null}");
}

/* Which versions ran here before is not written down. */
bool handle_server_version_history(struct call *call, GError **error)
{
    return answer_text(call, "[]");
}

/* There is no tour through the settings: who signed up is through it. */
bool handle_admin_onboarding_get(struct call *call, GError **error)
{
    return answer_text(call, "{\"isOnboarded\":true}");
}

static const struct body_field onboarding_fields[] = {{.name = "isOnboarded", .kind = BODY_BOOL, .is_required = true}};
static const struct body_shape onboarding_shape = BODY_SHAPE(struct body_bool, onboarding_fields);

bool handle_admin_onboarding_post(struct call *call, GError **error)
{
    struct body_bool is_onboarded;
    if (!call_body(call, &onboarding_shape, &is_onboarded, error))
        return false;
    return is_onboarded.value ? call_answer_empty(call, 204)
                              : call_problem(call, error, "isOnboarded", "cannot be taken back on this server");
}

bool handle_reverse_geocoding_state(struct call *call, GError **error)
{
    return answer_text(call, "{\"lastImportFileName\":null,\"lastUpdate\":null}");
}

/* Of what is always refused, the answer is what it would be. */
const struct operation absent_operations[] = {
    {"getUserLicense", ANSWERS(200, "UserLicense")},
    {"setUserLicense", .body_type = "LicenseKeyDto", ANSWERS(200, "UserLicense")},
    {"deleteUserLicense", ANSWERS_NOTHING},
    {"getServerLicense", ANSWERS(200, "UserLicense")},
    {"setServerLicense", .body_type = "LicenseKeyDto", ANSWERS(200, "UserLicense")},
    {"deleteServerLicense", ANSWERS_NOTHING},
    {"getNotifications", ANSWERS(200, "[NotificationDto]")},
    {"getNotification", ANSWERS(200, "NotificationDto")},
    {"updateNotification", .body_type = "{readAt?: time|null}", ANSWERS(200, "NotificationDto")},
    {"deleteNotification", ANSWERS_NOTHING},
    {"updateNotifications", .body = &ids_shape, ANSWERS_NOTHING},
    {"deleteNotifications", .body = &ids_shape, ANSWERS_NOTHING},
    {"startOAuth", .body_type = "<any>", ANSWERS(201, "<any>")},
    {"finishOAuth", .body_type = "<any>", ANSWERS(201, "LoginResponseDto")},
    {"linkOAuthAccount", .body_type = "<any>", ANSWERS(200, "UserAdminResponseDto")},
    {"unlinkOAuthAccount", ANSWERS(200, "UserAdminResponseDto")},
    {"redirectOAuthToMobile", .answers = {{307, NULL, NULL}}},
    {"getApkLinks", ANSWERS(200, "ServerApkLinksDto")},
    {"getVersionCheck", ANSWERS(200, "VersionCheckStateResponseDto")},
    {"getVersionHistory", ANSWERS(200, "[ServerVersionHistoryResponseDto]")},
    {"getAdminOnboarding", ANSWERS(200, "OnboardingResponseDto")},
    {"updateAdminOnboarding", .body = &onboarding_shape, ANSWERS_NOTHING},
    {"getReverseGeocodingState", ANSWERS(200, "ReverseGeocodingStateResponseDto")},
    {"getVersionCheckState", ANSWERS(200, "VersionCheckStateResponseDto")},
    {.name = NULL},
};
