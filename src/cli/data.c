/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Opening a data folder beside the server that may run on it: the catalog is shared through SQLite's own locks, the
 * store is only read. */
#include <unistd.h>

#include "base/error.h"
#include "catalog/catalog.h"
#include "cli/cli.h"
#include "db/db.h"
#include "media/media.h"
#include "store/store.h"

/* access(2) asks for the whole of it: modes, and a file system that is mounted read-only, which stops even root. */
static bool can_write(const char *data_dir, const char *catalog)
{
    return access(data_dir, W_OK) == 0 && access(catalog, W_OK) == 0;
}

/* The catalog must exist: making one is the server's work. Where the folder cannot be written (a snapshot, a failing
 * disk) it is opened for reading only, so that verify and export work on it. */
static struct db *open_catalog(const char *data_dir, GError **error)
{
    g_autofree char *path = g_build_filename(data_dir, "ambrotype.db", NULL);
    if (!g_file_test(path, G_FILE_TEST_IS_REGULAR)) {
        err_set_detail(error, ERR_NOT_FOUND, path,
                       "There is no catalog in %s yet: start the server once with `ambrotype serve --data %s`.",
                       data_dir, data_dir);
        return NULL;
    }
    g_autofree char *target = g_strconcat(can_write(data_dir, path) ? "sqlite:" : "sqlite-ro:", path, NULL);
    return db_open(target, error);
}

/* From an open store to an open library; ends both where that fails. */
static bool open_library(struct store *store, const char *data_dir, struct cli_data *ret_data, GError **error)
{
    struct db *db = open_catalog(data_dir, error);
    g_autofree char *copies = g_build_filename(data_dir, "backups", NULL);
    bool is_empty = false;
    struct uuid identity = store_identity(store);
    if (db && catalog_migrate(db, copies, error) && store_is_empty(store, &is_empty, error) &&
        catalog_check_identity(db, &identity, is_empty, error)) {
        *ret_data = (struct cli_data){.db = db, .store = store};
        return true;
    }
    db_close(db);
    store_close(store);
    return false;
}

bool cli_data_open(const char *data_dir, struct cli_data *ret_data, GError **error)
{
    struct store *store = store_open_beside(data_dir, error);
    return store && open_library(store, data_dir, ret_data, error);
}

bool cli_data_open_alone(const char *data_dir, struct cli_data *ret_data, GError **error)
{
    /* Opened beside first, as store_open() would make a library where there is none. */
    struct cli_data data = {0};
    if (!cli_data_open(data_dir, &data, error))
        return false;
    cli_data_close(&data);
    struct store *store = store_open(data_dir, error);
    return store && open_library(store, data_dir, ret_data, error);
}

bool cli_data_start_media(struct cli_data *data, GError **error)
{
    const char *worker = g_getenv("AMBROTYPE_WORKER");
    data->media =
        media_start(data->db, data->store, worker && *worker ? worker : NULL, &(const struct media_config){0}, error);
    return data->media != NULL;
}

void cli_data_close(struct cli_data *data)
{
    media_stop(data->media);
    db_close(data->db);
    store_close(data->store);
    *data = (struct cli_data){0};
}
