/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Albums: who may see them. */
#include "base/clock.h"
#include "base/error.h"
#include "catalog/album_private.h"
#include "catalog/albums.h"
#include "catalog/grants.h"
#include "catalog/users.h"
#include "db/db.h"

/* ---- telling phones ---- */

static GArray *member_ids(struct db_conn *conn, int64_t album_id, GError **error)
{
    DB_ROWS struct db_rows *rows =
        db_query(conn, error, "SELECT user_id FROM album_users WHERE album_id = ?1", "i", album_id);
    g_autoptr(GArray) ids = g_array_new(FALSE, FALSE, sizeof(int64_t));
    GError *problem = NULL;
    if (!rows)
        return NULL;
    while (db_next(rows, &problem)) {
        int64_t id = db_int(rows, 0);
        g_array_append_val(ids, id);
    }
    if (!problem)
        return g_steal_pointer(&ids);
    g_propagate_error(error, problem);
    return NULL;
}

static bool tell_one(struct db_conn *conn, int64_t album_id, int64_t user_id, const char *entity,
                     const struct uuid *other, GError **error)
{
    int64_t change_id;
    return db_change_id(conn, &change_id, error) &&
           db_exec(conn, error,
                   "INSERT INTO changes (id, entity, owner_id, key1, key2, at_us)"
                   " SELECT ?1, ?2, ?3, uuid, ?4, ?5 FROM albums WHERE id = ?6",
                   "itibii", change_id, entity, user_id, other ? other->bytes : NULL, sizeof(struct uuid),
                   clock_now_us(), album_id);
}

bool album_tell(struct db_conn *conn, int64_t album_id, const char *entity, const struct uuid *other, GError **error)
{
    g_autoptr(GArray) ids = member_ids(conn, album_id, error);
    for (guint i = 0; ids && i < ids->len; i++)
        if (!tell_one(conn, album_id, g_array_index(ids, int64_t, i), entity, other, error))
            return false;
    return ids != NULL;
}

/* ---- looking ---- */

bool albums_members(struct db_conn *conn, int64_t album_id, int64_t viewer_id, albums_each_member *each, void *data,
                    GError **error)
{
    DB_ROWS struct db_rows *rows = db_query(conn, error,
                                            "SELECT u.id, m.role FROM album_users m JOIN users u ON u.id = m.user_id"
                                            " WHERE m.album_id = ?1 ORDER BY m.role <> 0, u.id <> ?2, u.name, u.id",
                                            "ii", album_id, viewer_id);
    GError *problem = NULL;
    if (!rows)
        return false;
    bool more = true;
    while (more && db_next(rows, &problem))
        more = each(db_int(rows, 0), (enum album_role)db_int(rows, 1), data);
    if (problem)
        g_propagate_error(error, problem);
    return !problem;
}

static bool find_role(struct db_conn *conn, int64_t album_id, int64_t user_id, enum album_role *ret_role,
                      GError **error)
{
    DB_ROWS struct db_rows *rows = db_query(
        conn, error, "SELECT role FROM album_users WHERE album_id = ?1 AND user_id = ?2", "ii", album_id, user_id);
    GError *problem = NULL;
    if (!rows)
        return false;
    if (!db_next(rows, &problem)) {
        if (!problem)
            return err_set(error, ERR_INVALID, "Album not shared with user");
        g_propagate_error(error, problem);
        return false;
    }
    *ret_role = (enum album_role)db_int(rows, 0);
    return true;
}

/* ---- sharing ---- */

bool album_join(struct db_conn *conn, int64_t album_id, int64_t user_id, enum album_role role, GError **error)
{
    int64_t change_id;
    return db_change_id(conn, &change_id, error) &&
           db_exec(
               conn, error,
               "INSERT INTO album_users (album_id, user_id, role, create_id, update_id) VALUES (?1, ?2, ?3, ?4, ?4)",
               "iiii", album_id, user_id, (int64_t)role, change_id);
}

/* An account that is or may become a member. */
static bool find_user(struct db_conn *conn, const struct uuid *uuid, bool is_new, int64_t *ret_id, GError **error)
{
    USER_AUTO struct user user = {0};
    GError *problem = NULL;
    bool is_there = users_find_uuid(conn, uuid, &user, &problem);
    if (is_there && !(is_new && user.is_removed)) {
        *ret_id = user.id;
        return true;
    }
    if (problem && !err_is(problem, ERR_NOT_FOUND)) {
        g_propagate_error(error, problem);
        return false;
    }
    g_clear_error(&problem);
    return err_set(error, ERR_INVALID, "User not found");
}

static bool share_one(struct db_conn *conn, const struct album_grant *grant, const struct album_share *share,
                      GError **error)
{
    int64_t user_id;
    GError *problem = NULL;
    if (share->role == ALBUM_OWNER)
        return err_set(error, ERR_INVALID, "An album has one owner");
    if (!find_user(conn, &share->user, true, &user_id, error))
        return false;
    if (album_join(conn, grant->album_id, user_id, share->role, &problem))
        return true;
    if (!err_is(problem, ERR_EXISTS)) {
        g_propagate_error(error, problem);
        return false;
    }
    g_error_free(problem);
    return err_set(error, ERR_INVALID, "User already added");
}

bool albums_share(struct db_conn *conn, int64_t user_id, const struct uuid *uuid, const struct album_share *shares,
                  size_t n, GError **error)
{
    struct album_grant grant;
    if (!grants_album(conn, &(struct viewer){.user_id = user_id}, ALBUM_MAY_SHARE, uuid, &grant, error))
        return false;
    for (size_t i = 0; i < n; i++)
        if (!share_one(conn, &grant, &shares[i], error))
            return false;
    return n == 0 || album_touch(conn, grant.album_id, error);
}

bool albums_set_role(struct db_conn *conn, int64_t user_id, const struct uuid *uuid, const struct album_share *share,
                     GError **error)
{
    struct album_grant grant;
    enum album_role role;
    int64_t member_id, change_id;
    if (!grants_album(conn, &(struct viewer){.user_id = user_id}, ALBUM_MAY_SHARE, uuid, &grant, error) ||
        !find_user(conn, &share->user, false, &member_id, error) ||
        !find_role(conn, grant.album_id, member_id, &role, error))
        return false;
    if (role == ALBUM_OWNER || share->role == ALBUM_OWNER)
        return err_set(error, ERR_INVALID, "An album has one owner");
    return db_change_id(conn, &change_id, error) &&
           db_exec(
               conn, error,
               "UPDATE album_users SET role = ?3, update_id = ?4 WHERE album_id = ?1 AND user_id = ?2 AND role <> ?3",
               "iiii", grant.album_id, member_id, (int64_t)share->role, change_id);
}

/* For the one who is no member any more the whole album is gone, for the others a member. */
static bool leave(struct db_conn *conn, int64_t album_id, int64_t user_id, const struct uuid *user, GError **error)
{
    return db_exec(conn, error, "DELETE FROM album_users WHERE album_id = ?1 AND user_id = ?2", "ii", album_id,
                   user_id) &&
           tell_one(conn, album_id, user_id, "album", NULL, error) &&
           album_tell(conn, album_id, "album_user", user, error) && album_touch(conn, album_id, error);
}

bool albums_unshare(struct db_conn *conn, int64_t user_id, const struct uuid *uuid, const struct uuid *member,
                    GError **error)
{
    struct album_grant grant;
    enum album_role role;
    int64_t member_id;
    if (!grants_album(conn, &(struct viewer){.user_id = user_id}, ALBUM_MAY_READ, uuid, &grant, error) ||
        !find_user(conn, member, false, &member_id, error))
        return false;
    if (member_id != user_id &&
        !grants_album(conn, &(struct viewer){.user_id = user_id}, ALBUM_MAY_SHARE, uuid, &grant, error))
        return false;
    if (!find_role(conn, grant.album_id, member_id, &role, error))
        return false;
    if (role == ALBUM_OWNER)
        return err_set(error, ERR_INVALID, "Cannot remove album owner");
    return leave(conn, grant.album_id, member_id, member, error);
}

/* ---- an account goes ---- */

/* An album of which the account is a member, with its owner; 0: none. */
static bool next_membership(struct db_conn *conn, int64_t user_id, int64_t *ret_album_id, enum album_role *ret_role,
                            struct uuid *ret_user, GError **error)
{
    DB_ROWS struct db_rows *rows = db_query(
        conn, error,
        "SELECT m.album_id, m.role, u.uuid FROM album_users m JOIN users u ON u.id = m.user_id WHERE m.user_id = ?1"
        " LIMIT 1",
        "i", user_id);
    GError *problem = NULL;
    if (!rows)
        return false;
    *ret_album_id = 0;
    if (db_next(rows, &problem)) {
        *ret_album_id = db_int(rows, 0);
        *ret_role = (enum album_role)db_int(rows, 1);
        db_blob_exact(rows, 2, ret_user->bytes, sizeof ret_user->bytes);
    }
    if (problem)
        g_propagate_error(error, problem);
    return !problem;
}

bool albums_forget_user(struct db_conn *conn, int64_t user_id, GError **error)
{
    for (;;) {
        int64_t album_id;
        enum album_role role;
        struct uuid user;
        if (!next_membership(conn, user_id, &album_id, &role, &user, error))
            return false;
        if (album_id == 0)
            return true;
        if (role == ALBUM_OWNER ? !album_delete(conn, album_id, error) : !leave(conn, album_id, user_id, &user, error))
            return false;
    }
}
