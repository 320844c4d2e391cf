/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * /api/view/folder: one's photos by their folders below browse/, as `originalPath` of an asset names them. */
#include <string.h>

#include "api/dto.h"
#include "api/resources.h"
#include "base/error.h"
#include "catalog/asset_folders.h"
#include "db/db.h"

static void write_folder(const char *path, void *data)
{
    json_text(data, NULL, path);
}

bool handle_folders_list(struct call *call, GError **error)
{
    DB_READ struct db_conn *conn = db_read_begin(call->api->config.db, error);
    g_autoptr(GString) text = g_string_new(NULL);
    struct json json = json_to(text);
    json_begin_array(&json, NULL);
    if (!conn || !folders_list(conn, call->who->user.id, write_folder, &json, error))
        return false;
    json_end(&json);
    return call_answer(call, 200, g_steal_pointer(&text));
}

/* Without slashes at its ends, which some clients send. Free with g_free(). */
static char *plain_path(const char *path)
{
    char *plain = g_strdup(path + strspn(path, "/"));
    for (size_t length = strlen(plain); length > 0 && plain[length - 1] == '/'; length--)
        plain[length - 1] = '\0';
    return plain;
}

static const struct body_field folder_fields[] = {{.name = "path", .kind = BODY_TEXT, .is_required = true}};
static const struct body_shape folder_query = BODY_SHAPE(const char *, folder_fields);

bool handle_folders_get(struct call *call, GError **error)
{
    const char *wanted;
    if (!call_query(call, &folder_query, &wanted, error))
        return false;
    g_autofree char *path = plain_path(wanted);
    DB_READ struct db_conn *conn = db_read_begin(call->api->config.db, error);
    g_autoptr(GArray) ids = conn ? folders_assets(conn, call->who->user.id, path, error) : NULL;
    if (!ids)
        return false;
    g_autoptr(GString) text = g_string_new(NULL);
    struct json json = json_to(text);
    json_begin_array(&json, NULL);
    for (guint i = 0; i < ids->len; i++) {
        ASSET_AUTO struct asset asset = {0};
        if (!asset_find_id(conn, g_array_index(ids, int64_t, i), &asset, error))
            return false;
        dto_asset(&json, NULL, &asset);
    }
    json_end(&json);
    return call_answer(call, 200, g_steal_pointer(&text));
}

const struct operation folders_operations[] = {
    {"getUniqueOriginalPaths", ANSWERS(200, "[text]")},
    {"getAssetsByOriginalPath", .query = &folder_query, ANSWERS(200, "[AssetResponseDto]")},
    {.name = NULL},
};
