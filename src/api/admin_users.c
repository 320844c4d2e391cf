/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * /api/admin/users: the accounts of everybody, for administrators; who there is and what they have. Their photos are
 * not to be seen here. admin_user_edit.c makes, changes and deletes accounts. */
#include "api/admin_users.h"

#include "api/dto.h"
#include "api/preferences.h"
#include "api/resources.h"
#include "api/statistics.h"
#include "base/error.h"
#include "db/db.h"

bool admin_find_user(struct call *call, struct user *ret_user, GError **error)
{
    struct uuid id;
    g_autoptr(GError) reason = NULL;
    if (!call_uuid(call, "id", &id, error))
        return false;
    DB_READ struct db_conn *conn = db_read_begin(call->api->config.db, error);
    if (!conn)
        return false;
    if (users_find_uuid(conn, &id, ret_user, &reason))
        return true;
    if (err_is(reason, ERR_NOT_FOUND))
        return err_set(error, ERR_INVALID, "User not found");
    g_propagate_error(error, g_steal_pointer(&reason));
    return false;
}

bool admin_answer_user(struct call *call, int status, const struct user *user)
{
    GString *text = g_string_new(NULL);
    struct json json = json_to(text);
    dto_user(&json, NULL, user);
    return call_answer(call, status, text);
}

struct listing {
    struct json json;
    struct body_uuid wanted; /* not set: all */
};

struct search {
    struct body_uuid id;
    struct body_bool with_deleted;
};
static const struct body_field search_fields[] = {
    {.name = "id", .kind = BODY_UUID, .offset = offsetof(struct search, id)},
    {.name = "withDeleted", .kind = BODY_BOOL, .offset = offsetof(struct search, with_deleted)},
};
static const struct body_shape search_query = BODY_SHAPE(struct search, search_fields);

static bool write_user(const struct user *user, void *data)
{
    struct listing *listing = data;
    if (!listing->wanted.is_set || uuid_equal(&user->uuid, &listing->wanted.value))
        dto_user(&listing->json, NULL, user);
    return true;
}

bool handle_admin_users_list(struct call *call, GError **error)
{
    struct search wanted;
    if (!call_query(call, &search_query, &wanted, error))
        return false;
    struct listing listing = {.wanted = wanted.id};
    DB_READ struct db_conn *conn = db_read_begin(call->api->config.db, error);
    g_autoptr(GString) text = g_string_new(NULL);
    listing.json = json_to(text);
    json_begin_array(&listing.json, NULL);
    if (!conn || !(wanted.with_deleted.value ? users_list_all(conn, write_user, &listing, error)
                                             : users_list(conn, write_user, &listing, error)))
        return false;
    json_end(&listing.json);
    return call_answer(call, 200, g_steal_pointer(&text));
}

bool handle_admin_users_get(struct call *call, GError **error)
{
    USER_AUTO struct user user = {0};
    return admin_find_user(call, &user, error) && admin_answer_user(call, 200, &user);
}

bool handle_admin_users_statistics(struct call *call, GError **error)
{
    USER_AUTO struct user user = {0};
    return admin_find_user(call, &user, error) && statistics_answer(call, user.id, error);
}

bool handle_admin_users_sessions(struct call *call, GError **error)
{
    USER_AUTO struct user user = {0};
    return admin_find_user(call, &user, error) && sessions_answer(call, user.id, error);
}

bool handle_admin_users_get_preferences(struct call *call, GError **error)
{
    USER_AUTO struct user user = {0};
    return admin_find_user(call, &user, error) && preferences_answer(call, &user);
}

bool handle_admin_users_put_preferences(struct call *call, GError **error)
{
    USER_AUTO struct user user = {0};
    return admin_find_user(call, &user, error) && preferences_change(call, user.id, error);
}

const struct operation admin_users_operations[] = {
    {"searchUsersAdmin", .query = &search_query, ANSWERS(200, "[UserAdminResponseDto]")},
    {"getUserAdmin", ANSWERS(200, "UserAdminResponseDto")},
    {"getUserStatisticsAdmin", .query = &statistics_query, ANSWERS(200, "AssetStatsResponseDto")},
    {"getUserSessionsAdmin", ANSWERS(200, "[SessionResponseDto]")},
    {"getUserPreferencesAdmin", ANSWERS(200, "UserPreferencesResponseDto")},
    {"updateUserPreferencesAdmin", .body_type = "UserPreferencesUpdateDto", ANSWERS(200, "UserPreferencesResponseDto")},
    {.name = NULL},
};
