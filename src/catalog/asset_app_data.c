/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "catalog/asset_app_data.h"

#include <string.h>

#include "base/clock.h"
#include "base/error.h"
#include "db/db.h"

static bool check_lengths(const char *key, const char *value, GError **error)
{
    if (!*key || strlen(key) > APP_DATA_KEY_MAX)
        return err_set(error, ERR_INVALID, "A key of an asset's metadata has 1 to %d bytes.", APP_DATA_KEY_MAX);
    return strlen(value) <= APP_DATA_VALUE_MAX ||
           err_set(error, ERR_INVALID, "The metadata under %s is longer than %d bytes.", key, APP_DATA_VALUE_MAX);
}

/* Room for one key more? The key that is written over counts as the one that goes. */
static bool check_room(struct db_conn *conn, int64_t asset_id, const char *key, GError **error)
{
    DB_ROWS struct db_rows *rows = db_query(
        conn, error, "SELECT count(*) FROM asset_app_data WHERE asset_id = ?1 AND key <> ?2", "it", asset_id, key);
    if (!rows || !db_next_required(rows, error, "The database answers nothing."))
        return false;
    return db_int(rows, 0) < APP_DATA_KEYS_MAX ||
           err_set(error, ERR_LIMIT, "An asset keeps metadata under at most %d keys.", APP_DATA_KEYS_MAX);
}

bool app_data_set(struct db_conn *conn, int64_t asset_id, const char *key, const char *value, GError **error)
{
    int64_t change_id;
    return check_lengths(key, value, error) && check_room(conn, asset_id, key, error) &&
           db_change_id(conn, &change_id, error) &&
           db_exec(
               conn, error,
               "INSERT INTO asset_app_data (asset_id, owner_id, key, value, updated_us, create_id, update_id)"
               " SELECT id, owner_id, ?2, ?3, ?4, ?5, ?5 FROM assets WHERE id = ?1"
               " ON CONFLICT (asset_id, key) DO UPDATE SET value = excluded.value, updated_us = excluded.updated_us,"
               " update_id = excluded.update_id",
               "ittii", asset_id, key, value, clock_now_us(), change_id);
}

bool app_data_drop(struct db_conn *conn, int64_t asset_id, const char *key, GError **error)
{
    int64_t change_id;
    return db_change_id(conn, &change_id, error) &&
           db_exec(conn, error,
                   "INSERT INTO changes (id, entity, owner_id, key1, key2, at_us)"
                   " SELECT ?3, 'asset_metadata', a.owner_id, a.uuid, CAST(d.key AS BLOB), ?4"
                   " FROM asset_app_data d JOIN assets a ON a.id = d.asset_id WHERE d.asset_id = ?1 AND d.key = ?2",
                   "itii", asset_id, key, change_id, clock_now_us()) &&
           db_exec(conn, error, "DELETE FROM asset_app_data WHERE asset_id = ?1 AND key = ?2", "it", asset_id, key);
}

bool app_data_list(struct db_conn *conn, int64_t asset_id, const char *key, app_data_each *each, void *data,
                   GError **error)
{
    DB_ROWS struct db_rows *rows = db_query(conn, error,
                                            "SELECT key, value, updated_us FROM asset_app_data"
                                            " WHERE asset_id = ?1 AND (?2 IS NULL OR key = ?2) ORDER BY key",
                                            "it", asset_id, key);
    GError *problem = NULL;
    if (!rows)
        return false;
    while (db_next(rows, &problem)) {
        struct app_data item = {db_text(rows, 0), db_text(rows, 1), db_int(rows, 2)};
        each(&item, data);
    }
    if (problem)
        g_propagate_error(error, problem);
    return !problem;
}
