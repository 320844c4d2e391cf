/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "catalog/asset_still.h"

#include "db/db.h"

bool asset_still_set(struct db_conn *conn, int64_t asset_id, bool has_gain_map, GError **error)
{
    return db_exec(conn, error, "UPDATE exif SET has_gain_map = ?2 WHERE asset_id = ?1", "ii", asset_id,
                   (int64_t)has_gain_map);
}

bool asset_still_has_gain_map(struct db_conn *conn, int64_t asset_id, bool *ret_has, GError **error)
{
    DB_ROWS struct db_rows *rows =
        db_query(conn, error, "SELECT has_gain_map FROM exif WHERE asset_id = ?1", "i", asset_id);
    if (!rows || !db_next_required(rows, error, "There is no such photo or video."))
        return false;
    *ret_has = db_int(rows, 0) != 0;
    return true;
}
