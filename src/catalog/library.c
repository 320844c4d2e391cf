/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "catalog/library.h"

#include "db/db.h"

struct usage {
    struct db_conn *conn;
    library_each_usage *each;
    void *data;
    GError *error;
};

static bool each_user(const struct user *user, void *data)
{
    struct usage *usage = data;
    struct asset_filter filter = {.owner_id = user->id, .is_favorite = -1, .is_trashed = -1};
    struct asset_statistics statistics;
    return asset_statistics(usage->conn, &filter, &statistics, &usage->error) &&
           usage->each(user, &statistics, usage->data);
}

bool library_usage(struct db_conn *conn, library_each_usage *each, void *data, GError **error)
{
    struct usage usage = {.conn = conn, .each = each, .data = data};
    if (!users_list_all(conn, each_user, &usage, error))
        return false;
    if (usage.error)
        g_propagate_error(error, usage.error);
    return !usage.error;
}

bool library_drop_changes(struct db_conn *conn, int64_t before_us, unsigned limit, unsigned *ret_dropped,
                          GError **error)
{
    /* Change ids rise with time, so the oldest stand first. */
    if (!db_exec(conn, error,
                 "DELETE FROM changes WHERE id IN (SELECT id FROM changes ORDER BY id LIMIT ?2) AND at_us < ?1", "ii",
                 before_us, (int64_t)limit))
        return false;
    *ret_dropped = (unsigned)db_changed(conn);
    return true;
}

bool library_drop_gone_links(struct db_conn *conn, int64_t before_us, unsigned limit, unsigned *ret_dropped,
                             GError **error)
{
    if (!db_exec(conn, error,
                 "DELETE FROM album_assets_gone WHERE (change_id, album_uuid, asset_uuid) IN"
                 " (SELECT change_id, album_uuid, asset_uuid FROM album_assets_gone ORDER BY 1, 2, 3 LIMIT ?2)"
                 " AND at_us < ?1",
                 "ii", before_us, (int64_t)limit))
        return false;
    *ret_dropped = (unsigned)db_changed(conn);
    return true;
}
