/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "catalog/downloads.h"

#include "db/db.h"

#define SELECT                                                                                                         \
    "SELECT a.uuid, a.size_bytes, v.uuid, v.size_bytes, m.uuid, m.size_bytes FROM assets a"                            \
    " LEFT JOIN assets v ON v.id = a.live_video_id LEFT JOIN motion_parts m ON m.asset_id = a.id"

static bool read_file(struct db_rows *rows, int column, struct download_file *ret_file)
{
    ret_file->size_bytes = db_int(rows, column + 1);
    return db_blob_exact(rows, column, ret_file->id.bytes, sizeof ret_file->id.bytes);
}

static struct download_item read_item(struct db_rows *rows)
{
    struct download_item item = {0};
    read_file(rows, 0, &item.file);
    item.has_live = read_file(rows, 2, &item.live);
    item.has_embedded = read_file(rows, 4, &item.embedded);
    return item;
}

bool downloads_asset(struct db_conn *conn, int64_t asset_id, struct download_item *ret_item, GError **error)
{
    DB_ROWS struct db_rows *rows = db_query(conn, error, SELECT " WHERE a.id = ?1", "i", asset_id);
    if (!rows || !db_next_required(rows, error, "There is no such photo or video."))
        return false;
    *ret_item = read_item(rows);
    return true;
}

static bool each_row(struct db_rows *rows, downloads_each *each, void *data, GError **error)
{
    GError *failure = NULL;
    for (bool more = true; more && db_next(rows, &failure);) {
        struct download_item item = read_item(rows);
        more = each(&item, data);
    }
    if (failure)
        g_propagate_error(error, failure);
    return !failure;
}

bool downloads_album(struct db_conn *conn, int64_t album_id, downloads_each *each, void *data, GError **error)
{
    DB_ROWS struct db_rows *rows =
        db_query(conn, error,
                 SELECT " JOIN album_assets c ON c.asset_id = a.id WHERE c.album_id = ?1 AND NOT a.is_trashed"
                        " AND a.visibility IN (0, 1)"
                        " ORDER BY a.local_us, a.id",
                 "i", album_id);
    return rows && each_row(rows, each, data, error);
}

bool downloads_owner(struct db_conn *conn, int64_t owner_id, bool is_partner, downloads_each *each, void *data,
                     GError **error)
{
    DB_ROWS struct db_rows *rows =
        db_query(conn, error,
                 SELECT " WHERE a.owner_id = ?1 AND NOT a.is_trashed AND a.visibility <= ?2 ORDER BY a.local_us, a.id",
                 "ii", owner_id, (int64_t)(is_partner ? 0 : 1));
    return rows && each_row(rows, each, data, error);
}
