/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "media/side_file.h"

#include "base/error.h"
#include "base/log.h"
#include "catalog/assets.h"
#include "store/store.h"

int side_file_add(struct store *store, const struct asset *asset, struct media_request *request, int *fds,
                  unsigned *n_fds)
{
    if (!asset->has_sidecar)
        return -1;
    int64_t size_bytes;
    g_autoptr(GError) problem = NULL;
    int fd = store_open_blob(store, &asset->sidecar, &size_bytes, &problem);
    if (fd < 0) {
        log_error("media.sidecar", problem);
        return -1;
    }
    fds[(*n_fds)++] = fd;
    request->sidecar = 1;
    return fd;
}
