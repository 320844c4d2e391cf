/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "catalog/asset_beside.h"

#include <string.h>

#include "base/error.h"
#include "base/media_type.h"
#include "db/db.h"

/* What stands before ".xmp". */
static char *without_extension(const char *name)
{
    const char *dot = strrchr(name, '.');
    return g_strndup(name, dot ? (size_t)(dot - name) : strlen(name));
}

/* "IMG.jpg" of "IMG.jpg.xmp": the whole name of its photo. */
static bool is_whole_name(const char *stem)
{
    const struct media_type *type = media_type_of(stem);
    return type && type->class != MEDIA_CLASS_SIDECAR;
}

static bool is_known(const GArray *assets, int64_t id)
{
    for (guint i = 0; i < assets->len; i++)
        if (g_array_index(assets, struct asset_beside, i).id == id)
            return true;
    return false;
}

/* Of rows of id, uuid and name or key. Of those that only begin like @stem (which is lengthened by a dot) it takes what
 * has no second dot behind it. */
static bool take_rows(struct db_rows *rows, const char *stem, bool is_whole, GHashTable *names, GArray *assets,
                      GError **error)
{
    GError *failure = NULL;
    while (db_next(rows, &failure)) {
        struct asset_beside beside = {.id = db_int(rows, 0)};
        const char *name = db_text(rows, 2);
        size_t length = strlen(stem);
        if (!is_whole &&
            (strlen(name) <= length + 1 || strchr(name + length + 1, '.') || strchr(name + length + 1, '/')))
            continue;
        if (is_known(assets, beside.id))
            continue;
        db_blob_exact(rows, 1, beside.uuid.bytes, sizeof beside.uuid.bytes);
        g_array_append_val(assets, beside);
        g_hash_table_add(names, g_utf8_casefold(name, -1));
    }
    if (failure)
        g_propagate_error(error, failure);
    return !failure;
}

/* "." and the character behind it: all keys between begin with stem and dot. */
static bool find_in_ledger(struct db_conn *conn, int64_t device_id, const char *stem, bool is_whole, GHashTable *names,
                           GArray *assets, GError **error)
{
    g_autofree char *from = g_strconcat(stem, is_whole ? "" : ".", NULL);
    g_autofree char *to = g_strconcat(stem, is_whole ? "" : "/", NULL);
    DB_ROWS struct db_rows *rows =
        db_query(conn, error,
                 "SELECT a.id, a.uuid, i.key FROM ledger_items i JOIN assets a ON a.id = i.asset_id"
                 " WHERE i.device_id = ?1 AND i.key >= ?2 AND (i.key < ?3 OR i.key = ?2) ORDER BY i.key LIMIT 100",
                 "itt", device_id, from, to);
    return rows && take_rows(rows, stem, is_whole, names, assets, error);
}

static bool find_by_name(struct db_conn *conn, int64_t owner_id, const char *stem, bool is_whole, GHashTable *names,
                         GArray *assets, GError **error)
{
    DB_ROWS struct db_rows *rows =
        db_query(conn, error,
                 "SELECT id, uuid, file_name FROM assets WHERE owner_id = ?1 AND trashed_us IS NULL AND"
                 " lower(substr(file_name, 1, length(?2))) = lower(?2) AND"
                 " (length(file_name) = length(?2) OR (?3 = 0 AND substr(file_name, length(?2) + 1, 1) = '.'))"
                 " ORDER BY id LIMIT 100",
                 "iti", owner_id, stem, (int64_t)is_whole);
    return rows && take_rows(rows, stem, is_whole, names, assets, error);
}

bool assets_beside(struct db_conn *conn, int64_t owner_id, int64_t device_id, const char *key, const char *name,
                   GArray *ret_assets, GError **error)
{
    g_autofree char *stem = without_extension(name);
    g_autofree char *key_stem = without_extension(key ? key : "");
    bool is_whole = is_whole_name(stem);
    g_autoptr(GHashTable) names = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
    if (device_id && key && !find_in_ledger(conn, device_id, key_stem, is_whole, names, ret_assets, error))
        return false;
    if (ret_assets->len > 0)
        return true;
    if (!find_by_name(conn, owner_id, stem, is_whole, names, ret_assets, error))
        return false;
    if (ret_assets->len == 0)
        return err_set(
            error, ERR_INVALID,
            "%s is a side file, and the photo or video it belongs to is not here. Upload that first, or both "
            "together.",
            name);
    /* Raw and JPEG of one shot have two names; two photos of one name are two. */
    if (g_hash_table_size(names) < ret_assets->len)
        return err_set(
            error, ERR_CONFLICT,
            "%s is a side file, and there are several photos of that name. Upload it together with its photo.", name);
    return true;
}
