/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "media/browse.h"

#include <string.h>

#include "base/error.h"
#include "base/text.h"
#include "catalog/assets.h"
#include "catalog/users.h"
#include "db/db.h"
#include "store/store.h"

enum { NAME_MAX_BYTES = 200 };

struct placement {
    int64_t asset_id;
    const char *path;
};

static bool note_path(struct db_conn *conn, void *data, GError **error)
{
    const struct placement *placement = data;
    return asset_set_browse_path(conn, placement->asset_id, placement->path, error);
}

static bool load(struct db *db, int64_t asset_id, struct asset *ret_asset, struct user *ret_owner, GError **error)
{
    DB_READ struct db_conn *conn = db_read_begin(db, error);
    return conn && asset_find_id(conn, asset_id, ret_asset, error) &&
           users_find_id(conn, ret_asset->owner_id, ret_owner, error);
}

/* "<account>/2024/2024-08": the account's label or address as one path component. */
static char *folder_of(const struct asset *asset, const struct user *owner)
{
    g_autofree char *account =
        text_file_name(owner->storage_label ? owner->storage_label : owner->email, NAME_MAX_BYTES);
    g_autoptr(GDateTime) local = g_date_time_new_from_unix_utc(asset->local_us / G_USEC_PER_SEC);
    g_autofree char *month = local ? g_date_time_format(local, "%Y/%Y-%m") : g_strdup("undated");
    return g_strconcat(account, "/", month, NULL);
}

static bool is_in_folder(const char *path, const char *folder)
{
    size_t length = strlen(folder);
    return path && g_str_has_prefix(path, folder) && path[length] == '/' && !strchr(path + length + 1, '/');
}

static bool move_to(struct db *db, struct store *store, const struct asset *asset, const char *folder, GError **error)
{
    g_autofree char *name = text_file_name(asset->file_name, NAME_MAX_BYTES);
    g_autofree char *wanted = g_strconcat(folder, "/", name, NULL);
    g_autofree char *path = NULL;
    if (!store_browse_link(store, &asset->digest.id, wanted, &path, error))
        return false;
    if (asset->browse_path && g_str_equal(path, asset->browse_path)) /* it is what it must be */
        return true;
    struct placement placement = {asset->id, path};
    if (!db_write_relaxed(db, note_path, &placement, error)) {
        store_browse_unlink(store, path, NULL);
        return false;
    }
    return !asset->browse_path || store_browse_unlink(store, asset->browse_path, error);
}

/* browse/ is a convenience: a file system without hard links is no reason to call a photo failed. */
static bool tolerate(bool ok, GError *problem, GError **error)
{
    if (!ok && !err_is(problem, ERR_NOT_FOUND) && !err_is(problem, ERR_UNSUPPORTED) && !err_is(problem, ERR_LIMIT)) {
        g_propagate_error(error, problem);
        return false;
    }
    g_clear_error(&problem);
    return true;
}

bool browse_place(struct db *db, struct store *store, int64_t asset_id, GError **error)
{
    ASSET_AUTO struct asset asset = {0};
    USER_AUTO struct user owner = {0};
    GError *problem = NULL;
    bool ok = load(db, asset_id, &asset, &owner, &problem);
    if (ok) {
        g_autofree char *folder = folder_of(&asset, &owner);
        ok = is_in_folder(asset.browse_path, folder) || move_to(db, store, &asset, folder, &problem);
    }
    return tolerate(ok, problem, error);
}

bool browse_renew(struct db *db, struct store *store, int64_t asset_id, GError **error)
{
    ASSET_AUTO struct asset asset = {0};
    USER_AUTO struct user owner = {0};
    GError *problem = NULL;
    bool ok = load(db, asset_id, &asset, &owner, &problem);
    if (ok && asset.browse_path) {
        g_autofree char *folder = g_path_get_dirname(asset.browse_path);
        ok = move_to(db, store, &asset, folder, &problem);
    }
    return tolerate(ok, problem, error);
}

bool browse_swap(struct db *db, struct store *store, int64_t asset_id, GError **error)
{
    ASSET_AUTO struct asset asset = {0};
    USER_AUTO struct user owner = {0};
    GError *problem = NULL;
    bool ok = load(db, asset_id, &asset, &owner, &problem);
    /* The name of a packed file says so; the new one is not packed yet. */
    if (ok && asset.browse_path && g_str_has_suffix(asset.browse_path, ".jxl") &&
        !g_str_has_suffix(asset.file_name, ".jxl"))
        return browse_renew(db, store, asset_id, error);
    if (ok && asset.browse_path)
        ok = store_browse_replace(store, &asset.digest.id, asset.browse_path, &problem);
    return tolerate(ok, problem, error);
}
