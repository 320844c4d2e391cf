/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "api/motion.h"

#include <string.h>

#include "base/error.h"
#include "base/io.h"
#include "catalog/assets.h"
#include "store/store.h"

/* The SHA-1 of a stretch of @fd, which is a few megabytes long. */
static bool hash_stretch(int fd, int64_t offset, int64_t size, uint8_t ret_sha1[SHA1_SIZE], GError **error)
{
    enum { PIECE_BYTES = 64 << 10 };
    g_autofree uint8_t *piece = g_malloc(PIECE_BYTES);
    g_autoptr(GChecksum) checksum = g_checksum_new(G_CHECKSUM_SHA1);
    while (size > 0) {
        ssize_t got = io_pread_full(fd, piece, (size_t)MIN(size, PIECE_BYTES), offset, error);
        if (got < 0)
            return false;
        if (got == 0)
            return err_set(error, ERR_CORRUPT, "The original is shorter than it was when its video was found.");
        g_checksum_update(checksum, piece, got);
        offset += got;
        size -= got;
    }
    gsize length = SHA1_SIZE;
    g_checksum_get_digest(checksum, ret_sha1, &length);
    return true;
}

bool motion_find(struct call *call, struct db_conn *conn, const struct uuid *id, struct asset *ret_asset,
                 GError **error)
{
    ASSET_AUTO struct asset asset = {0};
    struct viewer viewer = call_viewer(call);
    if (!grants_find_motion(conn, &viewer, ASSET_MAY_READ, id, &asset, error))
        return false;
    int64_t size;
    AUTO_FD int fd = store_open_blob(call->api->config.store, &asset.digest.id, &size, error);
    if (fd < 0 || !hash_stretch(fd, asset.motion_offset, asset.motion_bytes, asset.digest.sha1, error))
        return false;
    *ret_asset = asset;
    asset = (struct asset){0};
    return true;
}
