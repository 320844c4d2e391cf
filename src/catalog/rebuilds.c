/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "catalog/rebuilds.h"

#include "base/error.h"
#include "db/db.h"

bool rebuild_begin(struct db_conn *conn, int64_t owner_id, bool is_all, GError **error)
{
    return db_exec(conn, error,
                   "INSERT INTO rebuilds (owner_id, is_all, is_trashed, day, taken_us, asset_id)"
                   " VALUES (?1, ?2, 0, ?3, ?3, ?3) ON CONFLICT (owner_id) DO UPDATE SET"
                   " is_all = max(is_all, excluded.is_all), is_trashed = 0, day = excluded.day,"
                   " taken_us = excluded.taken_us, asset_id = excluded.asset_id",
                   "iii", owner_id, (int64_t)is_all, INT64_MAX);
}

bool rebuild_find(struct db_conn *conn, int64_t owner_id, struct rebuild *ret_rebuild, bool *ret_found, GError **error)
{
    DB_ROWS struct db_rows *rows =
        db_query(conn, error, "SELECT is_all, is_trashed, day, taken_us, asset_id FROM rebuilds WHERE owner_id = ?1",
                 "i", owner_id);
    GError *problem = NULL;
    if (!rows)
        return false;
    bool found = db_next(rows, &problem);
    if (problem) {
        g_propagate_error(error, problem);
        return false;
    }
    if (found)
        *ret_rebuild = (struct rebuild){owner_id,        db_int(rows, 0) != 0, db_int(rows, 1) != 0,
                                        db_int(rows, 2), db_int(rows, 3),      db_int(rows, 4)};
    *ret_found = found;
    return true;
}

bool rebuild_move(struct db_conn *conn, const struct rebuild *from, const struct rebuild *to, GError **error)
{
    return db_exec(conn, error,
                   "UPDATE rebuilds SET is_trashed = ?2, day = ?3, taken_us = ?4, asset_id = ?5 WHERE owner_id = ?1"
                   " AND is_trashed = ?6 AND asset_id = ?7 AND is_all = ?8",
                   "iiiiiiii", to->owner_id, (int64_t)to->is_trashed, to->day, to->taken_us, to->asset_id,
                   (int64_t)from->is_trashed, from->asset_id, (int64_t)from->is_all);
}

bool rebuild_end(struct db_conn *conn, const int64_t *owner_id, GError **error)
{
    return db_exec(conn, error, "DELETE FROM rebuilds WHERE ?1 IS NULL OR owner_id = ?1", "I", owner_id);
}

/* One stretch of the index assets_timeline, read backwards. */
#define AFTER " a.owner_id = ?1 AND a.is_trashed = ?2 AND (a.day, a.taken_us, a.id) < (?3, ?4, ?5)"

bool rebuild_page(struct db_conn *conn, const struct rebuild *rebuild, unsigned limit, rebuild_each *each, void *data,
                  GError **error)
{
    DB_ROWS struct db_rows *rows =
        db_query(conn, error,
                 "SELECT a.id, a.day, a.taken_us, a.size_bytes, b.sha256, a.media_state, a.thumbhash IS NOT NULL"
                 " FROM assets a JOIN blobs b ON b.id = a.blob_id WHERE" AFTER
                 " ORDER BY a.day DESC, a.taken_us DESC, a.id DESC LIMIT ?6",
                 "iiiiii", rebuild->owner_id, (int64_t)rebuild->is_trashed, rebuild->day, rebuild->taken_us,
                 rebuild->asset_id, (int64_t)limit);
    GError *problem = NULL;
    if (!rows)
        return false;
    while (db_next(rows, &problem)) {
        struct rebuild_asset asset = {
            .id = db_int(rows, 0),
            .day = db_int(rows, 1),
            .taken_us = db_int(rows, 2),
            .size_bytes = db_int(rows, 3),
            .media_state = (enum media_state)db_int(rows, 5),
            .had_picture = db_int(rows, 6) != 0,
        };
        db_blob_exact(rows, 4, asset.blob.sha256, sizeof asset.blob.sha256);
        if (!each(&asset, data))
            break;
    }
    if (problem)
        g_propagate_error(error, problem);
    return !problem;
}

bool rebuild_owners(struct db_conn *conn, rebuild_owner *each, void *data, GError **error)
{
    DB_ROWS struct db_rows *rows =
        db_query(conn, error, "SELECT id FROM users u WHERE EXISTS (SELECT 1 FROM assets WHERE owner_id = u.id)", "");
    GError *problem = NULL;
    if (!rows)
        return false;
    while (db_next(rows, &problem))
        if (!each(db_int(rows, 0), data, error))
            return false;
    if (problem)
        g_propagate_error(error, problem);
    return !problem;
}

bool rebuild_left(struct db_conn *conn, int64_t *ret_left, GError **error)
{
    DB_ROWS struct db_rows *rows = db_query(
        conn, error,
        "SELECT coalesce(sum((SELECT count(*) FROM assets a WHERE a.owner_id = r.owner_id AND (a.is_trashed > "
        "r.is_trashed"
        " OR (a.is_trashed = r.is_trashed AND (a.day, a.taken_us, a.id) < (r.day, r.taken_us, r.asset_id))))), 0)"
        " FROM rebuilds r",
        "");
    if (!rows || !db_next_required(rows, error, "The rebuilds could not be read."))
        return false;
    *ret_left = db_int(rows, 0);
    return true;
}
