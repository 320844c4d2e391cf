/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * /api/albums/{id}/users and /user/{userId}: with whom an album is shared. */
#include "api/album_sharing.h"

#include <string.h>

#include "api/album_events.h"
#include "api/album_write.h"
#include "api/resources.h"
#include "base/error.h"
#include "db/db.h"

/* In the order of enum album_role. */
static const char *const words_role[] = {"owner", "editor", "viewer", NULL};

static enum album_role role_of(const char *word)
{
    enum album_role role = ALBUM_EDITOR;
    for (int i = 0; word && words_role[i]; i++)
        if (strcmp(words_role[i], word) == 0)
            role = (enum album_role)i;
    return role;
}

struct one_user {
    const char *role;
    struct body_uuid id;
};
static const struct body_field user_fields[] = {
    {.name = "userId", .kind = BODY_UUID, .offset = offsetof(struct one_user, id), .is_required = true},
    {.name = "role", .kind = BODY_CHOICE, .offset = offsetof(struct one_user, role), .choices = words_role},
};
const struct body_shape album_user_shape = BODY_SHAPE(struct one_user, user_fields);

struct album_share *album_shares(const struct body_list *users, const struct uuid *except, size_t *ret_n)
{
    const struct one_user *given = users->items;
    struct album_share *shares = g_new0(struct album_share, users->n + 1);
    size_t n = 0;
    for (size_t i = 0; i < users->n; i++)
        if (!except || !uuid_equal(&given[i].id.value, except))
            shares[n++] = (struct album_share){given[i].id.value, role_of(given[i].role)};
    *ret_n = n;
    return shares;
}

struct sharing {
    int64_t user_id;
    struct uuid album;
    const struct album_share *shares;
    size_t n;
};

/* ---- with more ---- */

struct newcomers {
    struct body_list users;
};

static bool share_work(struct db_conn *conn, void *data, GError **error)
{
    const struct sharing *sharing = data;
    return albums_share(conn, sharing->user_id, &sharing->album, sharing->shares, sharing->n, error);
}

static const struct body_field newcomers_fields[] = {{.name = "albumUsers",
                                                      .kind = BODY_OBJECTS,
                                                      .offset = offsetof(struct newcomers, users),
                                                      .is_required = true,
                                                      .max = ALBUM_USERS_MAX,
                                                      .inner = &album_user_shape}};
static const struct body_shape newcomers_shape = BODY_SHAPE(struct newcomers, newcomers_fields);

bool handle_album_users_add(struct call *call, GError **error)
{
    struct newcomers given;
    struct sharing sharing = {.user_id = call->who->user.id};
    if (!call_uuid(call, "id", &sharing.album, error) || !call_body(call, &newcomers_shape, &given, error))
        return false;
    if (given.users.n == 0)
        return call_problem(call, error, "albumUsers", "must have at least one item");
    g_autofree struct album_share *shares = album_shares(&given.users, NULL, &sharing.n);
    sharing.shares = shares;
    if (call_write(call, share_work, &sharing, error)) {
        album_events_changed(call, &sharing.album);
        return album_answer(call, 200, &sharing.album, error);
    }
    call_hide_missing(error, album_right_name(ALBUM_MAY_SHARE));
    return false;
}

/* ---- another role ---- */

struct new_role {
    const char *role;
};

static bool role_work(struct db_conn *conn, void *data, GError **error)
{
    const struct sharing *sharing = data;
    return albums_set_role(conn, sharing->user_id, &sharing->album, sharing->shares, error);
}

static const struct body_field role_fields[] = {{.name = "role",
                                                 .kind = BODY_CHOICE,
                                                 .offset = offsetof(struct new_role, role),
                                                 .is_required = true,
                                                 .choices = words_role}};
static const struct body_shape role_shape = BODY_SHAPE(struct new_role, role_fields);

bool handle_album_users_put(struct call *call, GError **error)
{
    struct new_role given;
    struct album_share share;
    struct sharing sharing = {.user_id = call->who->user.id, .shares = &share, .n = 1};
    if (!call_uuid(call, "id", &sharing.album, error) || !call_uuid(call, "userId", &share.user, error) ||
        !call_body(call, &role_shape, &given, error))
        return false;
    share.role = role_of(given.role);
    if (call_write(call, role_work, &sharing, error)) {
        album_events_changed(call, &sharing.album);
        return call_answer_empty(call, 204);
    }
    call_hide_missing(error, album_right_name(ALBUM_MAY_SHARE));
    return false;
}

/* ---- no more ---- */

static bool unshare_work(struct db_conn *conn, void *data, GError **error)
{
    const struct sharing *sharing = data;
    return albums_unshare(conn, sharing->user_id, &sharing->album, &sharing->shares->user, error);
}

bool handle_album_users_delete(struct call *call, GError **error)
{
    struct album_share share = {.user = call->who->user.uuid};
    struct sharing sharing = {.user_id = call->who->user.id, .shares = &share, .n = 1};
    bool is_me = strcmp(http_param(call->request, "userId"), "me") == 0;
    if (!call_uuid(call, "id", &sharing.album, error) || (!is_me && !call_uuid(call, "userId", &share.user, error)))
        return false;
    g_autoptr(GArray) audience = album_events_audience(call, &sharing.album);
    if (call_write(call, unshare_work, &sharing, error)) {
        album_events_tell(call, audience, &sharing.album);
        return call_answer_empty(call, 204);
    }
    call_hide_missing(error, album_right_name(ALBUM_MAY_SHARE));
    return false;
}

const struct operation album_sharing_operations[] = {
    {"addUsersToAlbum", .body = &newcomers_shape, ANSWERS(200, "AlbumResponseDto")},
    {"updateAlbumUser", .body = &role_shape, ANSWERS_NOTHING},
    {"removeUserFromAlbum", .params = "userId: uuid|'me'", ANSWERS_NOTHING},
    {.name = NULL},
};
