/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "catalog/asset_folders.h"

#include "db/db.h"

bool folders_list(struct db_conn *conn, int64_t owner_id, folders_each *each, void *data, GError **error)
{
    /* rtrim() takes off all that is no slash, so what is left ends with the last one; that goes too. */
    DB_ROWS struct db_rows *rows = db_query(
        conn, error,
        "SELECT DISTINCT rtrim(rtrim(browse_path, replace(browse_path, '/', '')), '/') AS folder FROM assets"
        " WHERE owner_id = ?1 AND browse_path IS NOT NULL AND visibility = 0 AND NOT is_trashed ORDER BY folder",
        "i", owner_id);
    GError *problem = NULL;
    if (!rows)
        return false;
    while (db_next(rows, &problem))
        each(db_text(rows, 0), data);
    if (problem)
        g_propagate_error(error, problem);
    return !problem;
}

GArray *folders_assets(struct db_conn *conn, int64_t owner_id, const char *path, GError **error)
{
    /* '0' follows '/': what begins with the folder's path is one stretch of the index. */
    DB_ROWS struct db_rows *rows =
        db_query(conn, error,
                 "SELECT id FROM assets WHERE owner_id = ?1 AND browse_path > ?2 || '/' AND browse_path < ?2 || '0'"
                 " AND instr(substr(browse_path, length(?2) + 2), '/') = 0 AND visibility = 0 AND NOT is_trashed"
                 " ORDER BY browse_path",
                 "it", owner_id, path);
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
