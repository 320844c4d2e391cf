/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * /api/assets/{id}/sidecar: the XMP file beside an asset. */
#include "api/resources.h"
#include "base/encode.h"
#include "base/error.h"
#include "catalog/assets.h"
#include "db/db.h"
#include "ingest/ingest.h"
#include "store/store.h"

static bool find(struct call *call, const char *permission, struct asset *ret_asset, GError **error)
{
    struct uuid id;
    if (!call_uuid(call, "id", &id, error))
        return false;
    DB_READ struct db_conn *conn = db_read_begin(call->api->config.db, error);
    if (conn && asset_find(conn, call->who->user.id, &id, ret_asset, error))
        return call_check_visible(call, ret_asset->visibility, permission, error);
    call_hide_missing(error, permission);
    return false;
}

bool handle_asset_sidecar_get(struct call *call, GError **error)
{
    ASSET_AUTO struct asset asset = {0};
    if (!find(call, "asset.download", &asset, error))
        return false;
    if (!asset.has_sidecar)
        return err_set(error, ERR_NOT_FOUND, "This photo or video has no side file.");
    int64_t size_bytes;
    int fd = store_open_blob(call->api->config.store, &asset.sidecar, &size_bytes, error);
    if (fd < 0)
        return false;
    g_autofree char *etag = hex_encode(asset.sidecar.sha256, SHA256_SIZE);
    g_autofree char *name = g_strconcat(asset.file_name, ".xmp", NULL);
    const struct http_file file = {
        .fd = fd,
        .size_bytes = size_bytes,
        .type = "application/octet-stream", /* somebody's XML is nothing that a browser should open */
        .etag = etag,
        .cache_control = "private, no-cache",
        .disposition = "attachment",
        .file_name = name,
    };
    http_answer_file(call->request, &file);
    return true;
}

bool handle_asset_sidecar_put(struct call *call, GError **error)
{
    struct uuid id;
    bool changed;
    gsize size = 0;
    GBytes *body = http_body(call->request);
    const void *bytes = body ? g_bytes_get_data(body, &size) : NULL;
    ASSET_AUTO struct asset asset = {0};
    if (!call_uuid(call, "id", &id, error) || !find(call, "asset.update", &asset, error))
        return false;
    if (!ingest_sidecar(call->api->config.ingest, call->who->user.id, &id, bytes, size, &changed, error)) {
        call_hide_missing(error, "asset.update");
        return false;
    }
    return call_answer_empty(call, 204);
}

const struct operation asset_sidecar_operations[] = {
    {"getAssetSidecar", ANSWERS_BYTES("application/octet-stream")},
    {"putAssetSidecar", .body_type = "bytes", .body_media = "application/octet-stream", ANSWERS_NOTHING},
    {.name = NULL},
};
