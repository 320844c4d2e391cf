/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Committed blobs: holds, reading, verifying, unlinking, over the driver. */
#include <errno.h>
#include <fcntl.h>
#include <openssl/evp.h>
#include <string.h>
#include <unistd.h>

#include "base/error.h"
#include "base/io.h"
#include "store/store_private.h"

enum { READ_BLOCK_BYTES = 1 << 20 };

char *blob_name(const struct blob_id *id)
{
    return hex_encode(id->sha256, sizeof id->sha256);
}

void store_live_add(struct store *store, const struct uuid *id)
{
    g_mutex_lock(&store->lock);
    g_hash_table_add(store->live, g_memdup2(id, sizeof *id));
    g_mutex_unlock(&store->lock);
}

void store_live_remove(struct store *store, const struct uuid *id)
{
    g_mutex_lock(&store->lock);
    g_hash_table_remove(store->live, id);
    g_mutex_unlock(&store->lock);
}

bool store_is_live(struct store *store, const struct uuid *id)
{
    g_mutex_lock(&store->lock);
    bool is_live = g_hash_table_contains(store->live, id);
    g_mutex_unlock(&store->lock);
    return is_live;
}

void store_hold_add(struct store *store, const struct blob_id *id)
{
    g_mutex_lock(&store->lock);
    struct holders *holders = g_hash_table_lookup(store->holds, id);
    if (!holders) {
        holders = g_new0(struct holders, 1);
        g_hash_table_insert(store->holds, g_memdup2(id, sizeof *id), holders);
    }
    holders->now++;
    holders->ever++;
    g_mutex_unlock(&store->lock);
}

void store_hold_remove(struct store *store, const struct blob_id *id)
{
    g_mutex_lock(&store->lock);
    struct holders *holders = g_hash_table_lookup(store->holds, id);
    if (--holders->now == 0)
        g_hash_table_remove(store->holds, id);
    g_mutex_unlock(&store->lock);
}

int store_open_blob(struct store *store, const struct blob_id *id, int64_t *ret_size, GError **error)
{
    return store->backend->driver->open(store->backend, id, ret_size, error);
}

bool store_has(struct store *store, const struct blob_id *id, int64_t size_bytes)
{
    return store->backend->driver->has(store->backend, id, size_bytes);
}

bool store_walk(struct store *store, store_each *each, store_stray *stray, void *data, GError **error)
{
    return store->backend->driver->walk(store->backend, each, stray, data, error);
}

/* Ends the walk at the first blob; tells by *data that there was one. */
static bool stop_at_first(const struct blob_id *id, int64_t size_bytes, void *data, GError **error)
{
    *(bool *)data = true;
    return err_set(error, ERR_CANCELLED, "One is enough.");
}

bool store_is_empty(struct store *store, bool *ret_empty, GError **error)
{
    bool some = false;
    GError *problem = NULL;
    bool ok = store_walk(store, stop_at_first, NULL, &some, &problem);
    if (!ok && !some) {
        g_propagate_error(error, problem);
        return false;
    }
    g_clear_error(&problem);
    *ret_empty = !some;
    return true;
}

bool store_hash_fd(int fd, uint8_t ret_sha256[SHA256_SIZE], int64_t *ret_size_bytes, GError **error)
{
    g_autofree char *block = g_malloc(READ_BLOCK_BYTES);
    EVP_MD_CTX *context = EVP_MD_CTX_new();
    if (!context || EVP_DigestInit_ex(context, EVP_sha256(), NULL) != 1)
        g_error("OpenSSL cannot make a hash context");
    int64_t size_bytes = 0;
    ssize_t got;
    while ((got = io_pread_full(fd, block, READ_BLOCK_BYTES, size_bytes, error)) > 0) {
        EVP_DigestUpdate(context, block, (size_t)got);
        size_bytes += got;
    }
    uint8_t sha256[SHA256_SIZE];
    bool ok = got == 0 && EVP_DigestFinal_ex(context, sha256, NULL) == 1;
    EVP_MD_CTX_free(context);
    if (!ok)
        return false;
    memcpy(ret_sha256, sha256, sizeof sha256);
    *ret_size_bytes = size_bytes;
    return true;
}

bool store_verify(struct store *store, const struct blob_id *id, int64_t expected_size, GError **error)
{
    int64_t size_bytes;
    AUTO_FD int fd = store_open_blob(store, id, &size_bytes, error);
    if (fd < 0)
        return false;
    g_autofree char *name = blob_name(id);
    if (size_bytes != expected_size)
        return err_set_detail(error, ERR_CORRUPT, name,
                              "The stored file has %" G_GINT64_FORMAT " bytes instead of %" G_GINT64_FORMAT ".",
                              size_bytes, expected_size);
    /* Clean pages of the cache are dropped (dirty ones never: they are not on disk yet), and dropped again afterwards,
     * so that reading the whole library does not push out what people are looking at. */
    (void)posix_fadvise(fd, 0, 0, POSIX_FADV_DONTNEED);
    (void)posix_fadvise(fd, 0, 0, POSIX_FADV_SEQUENTIAL);
    struct blob_id found;
    bool ok = store_hash_fd(fd, found.sha256, &size_bytes, error);
    (void)posix_fadvise(fd, 0, 0, POSIX_FADV_DONTNEED);
    if (!ok)
        return false;
    if (size_bytes != expected_size || memcmp(&found, id, sizeof found) != 0)
        return err_set_detail(error, ERR_CORRUPT, name, "The stored file is damaged: its bytes have changed.");
    return true;
}
