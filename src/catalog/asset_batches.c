/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Assets: trash, restoring and deleting of many. Each call is one piece of work of bounded size: whoever has more goes
 * on in the next transaction, so that uploads never wait long for the writer. */
#include "base/error.h"
#include "catalog/assets.h"
#include "db/db.h"

bool assets_check_owned(struct db_conn *conn, int64_t owner_id, bool with_locked, const struct uuid *ids, size_t n,
                        GError **error)
{
    for (size_t i = 0; i < n; i++) {
        DB_ROWS struct db_rows *rows =
            db_query(conn, error, "SELECT 1 FROM assets WHERE uuid = ?1 AND owner_id = ?2 AND (?3 OR visibility <> ?4)",
                     "biii", ids[i].bytes, sizeof ids[i].bytes, owner_id, (int64_t)with_locked, (int64_t)ASSET_LOCKED);
        if (!rows || !db_next_required(rows, error, "There is no such photo or video."))
            return false;
    }
    return true;
}

static bool move_one(struct db_conn *conn, int64_t owner_id, enum asset_move move, const struct uuid *id,
                     GPtrArray *paths, GError **error)
{
    switch (move) {
    case MOVE_TO_TRASH:
        return asset_trash(conn, owner_id, id, error);
    case MOVE_OUT_OF_TRASH:
        return asset_restore(conn, owner_id, id, error);
    case MOVE_AWAY:
        return asset_delete(conn, owner_id, id, paths, error);
    }
    g_assert_not_reached();
}

bool assets_move(struct db_conn *conn, int64_t owner_id, enum asset_move move, const struct uuid *ids, size_t n,
                 GPtrArray *ret_browse_paths, GError **error)
{
    for (size_t i = 0; i < n; i++) {
        GError *failure = NULL;
        if (move_one(conn, owner_id, move, &ids[i], ret_browse_paths, &failure))
            continue;
        /* A motion half may have gone with its still just now. */
        if (!err_is(failure, ERR_NOT_FOUND)) {
            g_propagate_error(error, failure);
            return false;
        }
        g_error_free(failure);
    }
    return true;
}

/* ---- whole sets ---- */

struct found {
    int64_t owner_id;
    struct uuid uuid;
};

/* The rows (owner, uuid) of a query. Consumes @rows. */
static GArray *read_found(struct db_rows *rows, GError **error)
{
    DB_ROWS struct db_rows *own = rows;
    if (!own)
        return NULL;
    g_autoptr(GArray) list = g_array_new(FALSE, FALSE, sizeof(struct found));
    GError *failure = NULL;
    while (db_next(own, &failure)) {
        struct found found = {.owner_id = db_int(own, 0)};
        db_blob_exact(own, 1, found.uuid.bytes, sizeof found.uuid.bytes);
        g_array_append_val(list, found);
    }
    if (!failure)
        return g_steal_pointer(&list);
    g_propagate_error(error, failure);
    return NULL;
}

/* Moves all of @list (owned here). @ids may be NULL. */
static bool move_found(struct db_conn *conn, GArray *list, enum asset_move move, GPtrArray *paths, GArray *ids,
                       unsigned *ret_moved, GError **error)
{
    g_autoptr(GArray) own = list;
    if (!own)
        return false;
    for (guint i = 0; i < own->len; i++) {
        const struct found *found = &g_array_index(own, struct found, i);
        if (!assets_move(conn, found->owner_id, move, &found->uuid, 1, paths, error))
            return false;
        if (ids)
            g_array_append_val(ids, found->uuid);
    }
    *ret_moved = own->len;
    return true;
}

static GArray *list_trash(struct db_conn *conn, int64_t owner_id, int64_t before_us, unsigned limit, GError **error)
{
    return read_found(db_query(conn, error,
                               "SELECT owner_id, uuid FROM assets WHERE trashed_us IS NOT NULL AND trashed_us < ?2"
                               " AND (?1 = 0 OR owner_id = ?1) LIMIT ?3",
                               "iii", owner_id, before_us, (int64_t)limit),
                      error);
}

bool assets_empty_trash(struct db_conn *conn, int64_t owner_id, int64_t before_us, unsigned limit,
                        GPtrArray *ret_browse_paths, GArray *ret_ids, unsigned *ret_deleted, GError **error)
{
    return move_found(conn, list_trash(conn, owner_id, before_us, limit, error), MOVE_AWAY, ret_browse_paths, ret_ids,
                      ret_deleted, error);
}

bool assets_restore_trash(struct db_conn *conn, int64_t owner_id, unsigned limit, GArray *ret_ids,
                          unsigned *ret_restored, GError **error)
{
    return move_found(conn, list_trash(conn, owner_id, INT64_MAX, limit, error), MOVE_OUT_OF_TRASH, NULL, ret_ids,
                      ret_restored, error);
}

bool assets_delete_owned(struct db_conn *conn, int64_t owner_id, unsigned limit, GPtrArray *ret_browse_paths,
                         unsigned *ret_deleted, GError **error)
{
    GArray *list = read_found(db_query(conn, error, "SELECT owner_id, uuid FROM assets WHERE owner_id = ?1 LIMIT ?2",
                                       "ii", owner_id, (int64_t)limit),
                              error);
    return move_found(conn, list, MOVE_AWAY, ret_browse_paths, NULL, ret_deleted, error);
}
