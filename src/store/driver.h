/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * What lies below the store: where committed blobs live. Staging, hashing, holds and verification are the same for all
 * drivers (they need a local folder); a driver only takes finished files, gives bytes back and forgets them. `fs` is
 * the one there is (driver_fs.c); S3 joins behind the same functions.
 *
 * Private to the store. Threads: all functions from any thread. */
#pragma once

#include <glib.h>
#include <stdbool.h>
#include <stdint.h>

#include "store/store.h"

struct blob_backend {
    const struct blob_driver *driver;
};

struct blob_driver {
    const char *name;

    /** Makes file @name of folder @dir_fd (open as @fd, fdatasync done, hash and size known) the blob of @digest,
     *  durably. It may or may not leave the name behind. A blob that is there already is read again and kept if it is
     *  right, else replaced. @is_new (false before) becomes true as soon as the blob has its name, also when a later
     * step fails: the caller then unlinks it, if nobody else came to rely on it. */
    bool (*put)(struct blob_backend *backend, int dir_fd, const char *name, const struct blob_digest *digest,
                bool *is_new, GError **error);
    /** Makes that file the packed form of blob @id, durably, in place of one that is there. */
    bool (*put_packed)(struct blob_backend *backend, int dir_fd, const char *name, const struct blob_id *id,
                       GError **error);
    int (*open)(struct blob_backend *backend, const struct blob_id *id, enum blob_form form, int64_t *ret_size_bytes,
                GError **error);
    /** @size_bytes negative: any. */
    bool (*has)(struct blob_backend *backend, const struct blob_id *id, enum blob_form form, int64_t size_bytes);
    /** Gone already is fine. */
    bool (*unlink)(struct blob_backend *backend, const struct blob_id *id, enum blob_form form, GError **error);
    bool (*walk)(struct blob_backend *backend, store_each *each, store_stray *stray, void *data, GError **error);
    void (*close)(struct blob_backend *backend);

    /* Only of drivers whose blobs are local files; NULL elsewhere. */
    /** linkat() of this form of the blob to @name in folder @dir_fd: 0 or an errno. */
    int (*link_out)(struct blob_backend *backend, const struct blob_id *id, enum blob_form form, int dir_fd,
                    const char *name);
};

/** The file system driver over folder @store_fd (duplicated). */
struct blob_backend *blob_fs_open(int store_fd, GError **error);

/** Tests only: behave as on a file system without hard links. */
void blob_fs_forbid_links(struct blob_backend *backend);
