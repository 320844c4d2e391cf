/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "catalog/asset_words.h"

#include "db/db.h"

bool asset_words_in(struct db_conn *conn, int64_t asset_id, GError **error)
{
    return db_exec(conn, error,
                   "INSERT INTO asset_names (rowid, file_name) SELECT id, file_name FROM assets WHERE id = ?1", "i",
                   asset_id);
}

bool asset_words_before_description(struct db_conn *conn, int64_t asset_id, GError **error)
{
    return db_exec(conn, error,
                   "INSERT INTO asset_descriptions (asset_descriptions, rowid, description) SELECT 'delete', asset_id,"
                   " description FROM exif WHERE asset_id = ?1 AND description IS NOT NULL",
                   "i", asset_id);
}

bool asset_words_after_description(struct db_conn *conn, int64_t asset_id, GError **error)
{
    return db_exec(conn, error,
                   "INSERT INTO asset_descriptions (rowid, description) SELECT asset_id, description FROM exif"
                   " WHERE asset_id = ?1 AND description IS NOT NULL",
                   "i", asset_id);
}

bool asset_words_out(struct db_conn *conn, int64_t asset_id, GError **error)
{
    return asset_words_before_description(conn, asset_id, error) &&
           db_exec(conn, error,
                   "INSERT INTO asset_names (asset_names, rowid, file_name)"
                   " SELECT 'delete', id, file_name FROM assets WHERE id = ?1",
                   "i", asset_id);
}
