/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * GET /api/shared-links/me/archive: all that a link shows as one ZIP archive, by an address that a browser can simply
 * follow. */
#include "api/archive.h"
#include "api/download.h"
#include "api/resources.h"
#include "base/error.h"
#include "catalog/albums.h"
#include "catalog/downloads.h"
#include "db/db.h"

struct packing {
    struct call *call;
    struct db_conn *conn;
    struct archive *archive;
    GError *problem;
};

static bool pack_item(const struct download_item *item, void *data)
{
    struct packing *packing = data;
    const struct download_file *const files[] = {&item->file, item->has_live ? &item->live : NULL};
    for (size_t i = 0; i < G_N_ELEMENTS(files) && !packing->problem; i++)
        if (files[i])
            download_add(packing->call, packing->conn, &files[i]->id, packing->archive, &packing->problem);
    return !packing->problem;
}

static bool pack_asset(int64_t asset_id, void *data)
{
    struct packing *packing = data;
    struct download_item item;
    return downloads_asset(packing->conn, asset_id, &item, &packing->problem) && pack_item(&item, packing);
}

static bool pack_all(struct call *call, struct archive *archive, char **ret_name, GError **error)
{
    const struct shared_link *link = &call->who->link;
    struct viewer viewer = call_viewer(call);
    ALBUM_AUTO struct album album = {0};
    DB_READ struct db_conn *conn = db_read_begin(call->api->config.db, error);
    struct packing packing = {call, conn, archive, NULL};
    bool done = conn && (link->album_id ? albums_find(conn, &viewer, &link->album_uuid, &album, error) &&
                                              downloads_album(conn, album.id, pack_item, &packing, error)
                                        : shared_links_assets(conn, link->id, pack_asset, &packing, error));
    *ret_name = g_strdup(link->album_id ? album.name : link->slug);
    if (packing.problem)
        g_propagate_error(error, packing.problem);
    return done && !packing.problem;
}

bool handle_shared_links_archive(struct call *call, GError **error)
{
    if (call->who->kind != ACCESS_SHARE)
        return err_set(error, ERR_FORBIDDEN, "Forbidden");
    if (!call->who->link.allow_download)
        return err_set(error, ERR_INVALID, "Not found or no asset.download access");
    struct archive *archive = archive_new(call->api->config.store);
    g_autofree char *name = NULL;
    if (!pack_all(call, archive, &name, error)) {
        archive_free(archive);
        return false;
    }
    download_answer(call, archive, name);
    return true;
}

const struct operation link_archive_operations[] = {
    {"downloadSharedLink", ANSWERS_BYTES("application/octet-stream")},
    {.name = NULL},
};
