/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * How an account ends: first it is removed, for a while; then, in steps, all of it is deleted for good. */
#include "base/clock.h"
#include "base/error.h"
#include "catalog/albums.h"
#include "catalog/assets.h"
#include "catalog/memories.h"
#include "catalog/partners.h"
#include "catalog/tags.h"
#include "catalog/user_private.h"
#include "catalog/users.h"
#include "db/db.h"

/* ---- removing ---- */

static bool run_all(struct db_conn *conn, const char *const *statements, size_t n, int64_t id, GError **error)
{
    for (size_t i = 0; i < n; i++) {
        if (!db_exec(conn, error, statements[i], "i", id))
            return false;
    }
    return true;
}

/* Nobody is signed in any more, nothing new begins. */
static bool sign_out(struct db_conn *conn, int64_t id, GError **error)
{
    static const char *const ends[] = {"DELETE FROM sessions WHERE user_id = ?1",
                                       "DELETE FROM api_keys WHERE user_id = ?1",
                                       "DELETE FROM uploads WHERE owner_id = ?1"};
    return run_all(conn, ends, G_N_ELEMENTS(ends), id, error);
}

static bool set_removed(struct db_conn *conn, int64_t id, const int64_t *since_us, const int64_t *purge_us,
                        GError **error)
{
    int64_t change_id;
    return db_change_id(conn, &change_id, error) &&
           db_exec(conn, error,
                   "UPDATE users SET removed_us = ?2, purge_us = ?3, updated_us = ?4, update_id = ?5 WHERE id = ?1",
                   "iIIii", id, since_us, purge_us, clock_now_us(), change_id);
}

bool users_remove(struct db_conn *conn, int64_t id, int64_t purge_us, GError **error)
{
    USER_AUTO struct user user = {0};
    if (!users_find_id(conn, id, &user, error) || (user.is_admin && !users_check_not_last_admin(conn, id, error)))
        return false;
    int64_t now_us = clock_now_us();
    int64_t since_us = user.is_removed ? user.removed_us : now_us;
    if (user.is_removed && user.purge_us <= now_us) /* under way: there is no way back */
        purge_us = user.purge_us;
    return set_removed(conn, id, &since_us, &purge_us, error) && sign_out(conn, id, error);
}

bool users_restore(struct db_conn *conn, int64_t id, GError **error)
{
    USER_AUTO struct user user = {0};
    if (!users_find_id(conn, id, &user, error))
        return false;
    if (!user.is_removed)
        return true;
    if (user.purge_us <= clock_now_us())
        return err_set(error, ERR_CONFLICT, "This account is being deleted already.");
    return set_removed(conn, id, NULL, NULL, error);
}

bool users_due(struct db_conn *conn, int64_t now_us, users_each_due *each, void *data, GError **error)
{
    DB_ROWS struct db_rows *rows = db_query(
        conn, error, "SELECT id FROM users WHERE purge_us <= ?1 AND deleted_us IS NULL ORDER BY id", "i", now_us);
    GError *problem = NULL;
    if (!rows)
        return false;
    while (db_next(rows, &problem))
        each(db_int(rows, 0), data);
    if (problem)
        g_propagate_error(error, problem);
    return !problem;
}

/* ---- deleting ---- */

static bool check_deletable(struct db_conn *conn, const struct user *user, bool force, GError **error)
{
    int64_t others, assets;
    if (!users_count_where(conn, "SELECT count(*) FROM users WHERE deleted_us IS NULL AND id <> ?1", user->id, &others,
                           error) ||
        !users_count_where(conn, "SELECT count(*) FROM assets WHERE owner_id = ?1", user->id, &assets, error))
        return false;
    if (user->is_admin && others > 0 && !users_check_not_last_admin(conn, user->id, error))
        return false;
    return assets == 0 || force ||
           err_set(error, ERR_CONFLICT,
                   "The user still has %" G_GINT64_FORMAT " photos and videos; they would be deleted too.", assets);
}

static bool disable(struct db_conn *conn, int64_t id, GError **error)
{
    static const char *const ends[] = {"DELETE FROM shared_links WHERE owner_id = ?1",
                                       "DELETE FROM activities WHERE user_id = ?1",
                                       "UPDATE users SET password_hash = '' WHERE id = ?1 AND password_hash <> ''"};
    return sign_out(conn, id, error) && run_all(conn, ends, G_N_ELEMENTS(ends), id, error);
}

static bool finish_deletion(struct db_conn *conn, const struct user *user, GError **error)
{
    static const char *const ends[] = {"DELETE FROM devices WHERE owner_id = ?1",
                                       "DELETE FROM tombstones WHERE owner_id = ?1",
                                       "DELETE FROM profile_images WHERE user_id = ?1"};
    int64_t change_id, now_us = clock_now_us();
    return db_change_id(conn, &change_id, error) && albums_forget_user(conn, user->id, error) &&
           partners_forget_user(conn, user->id, error) && tags_delete_owned(conn, user->id, error) &&
           memories_delete_owned(conn, user->id, error) && run_all(conn, ends, G_N_ELEMENTS(ends), user->id, error) &&
           db_exec(conn, error,
                   "UPDATE users SET deleted_us = ?2, updated_us = ?2, email_key = NULL, storage_label = NULL,"
                   " purge_us = NULL, has_profile_image = 0, update_id = ?3 WHERE id = ?1",
                   "iii", user->id, now_us, change_id) &&
           db_exec(conn, error,
                   "INSERT INTO changes (id, entity, owner_id, key1, at_us) VALUES (?1, 'user', ?2, ?3, ?4)", "iibi",
                   change_id, user->id, user->uuid.bytes, sizeof user->uuid.bytes, now_us);
}

bool users_delete(struct db_conn *conn, int64_t id, const struct user_deletion *how, GPtrArray *ret_browse_paths,
                  bool *ret_done, GError **error)
{
    USER_AUTO struct user user = {0};
    unsigned deleted;
    if (!users_find_id(conn, id, &user, error) || !check_deletable(conn, &user, how->force, error) ||
        !disable(conn, id, error) || !assets_delete_owned(conn, id, how->limit, ret_browse_paths, &deleted, error))
        return false;
    bool is_last = deleted < how->limit;
    if (is_last && !finish_deletion(conn, &user, error))
        return false;
    *ret_done = is_last;
    return true;
}
