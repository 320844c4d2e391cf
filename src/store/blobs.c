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

int store_open_form(struct store *store, const struct blob_id *id, enum blob_form form, int64_t *ret_size,
                    GError **error)
{
    return store->backend->driver->open(store->backend, id, form, ret_size, error);
}

bool store_has(struct store *store, const struct blob_id *id, int64_t size_bytes)
{
    return store->backend->driver->has(store->backend, id, BLOB_PLAIN, size_bytes);
}

bool store_has_packed(struct store *store, const struct blob_id *id, int64_t packed_bytes)
{
    return store->backend->driver->has(store->backend, id, BLOB_PACKED, packed_bytes);
}

/* The descriptor of the first form that is there, the plain one first. A blob changes its form by gaining the new one
 * before it loses the old one, so a second look at the plain form finds what was unpacked between the first two. */
static int open_some_form(struct store *store, const struct blob_id *id, enum blob_form *ret_form, int64_t *ret_size,
                          GError **error)
{
    static const enum blob_form looks[] = {BLOB_PLAIN, BLOB_PACKED, BLOB_PLAIN};
    GError *problem = NULL;
    for (size_t i = 0; i < G_N_ELEMENTS(looks); i++) {
        g_clear_error(&problem);
        int fd = store_open_form(store, id, looks[i], ret_size, &problem);
        if (fd >= 0) {
            *ret_form = looks[i];
            return fd;
        }
        if (!err_is(problem, ERR_NOT_FOUND))
            break;
    }
    g_propagate_error(error, problem);
    return -1;
}

static bool can_unpack(struct store *store, GError **error)
{
    return store->unpacked ||
           err_set(error, ERR_UNSUPPORTED,
                   "The stored file is packed, and the program that unpacks it (ambrotype-media) was not found.");
}

int store_open_blob(struct store *store, const struct blob_id *id, int64_t *ret_size, GError **error)
{
    enum blob_form form;
    int64_t size_bytes;
    AUTO_FD int fd = open_some_form(store, id, &form, &size_bytes, error);
    if (fd < 0)
        return -1;
    if (form == BLOB_PLAIN) {
        *ret_size = size_bytes;
        return io_steal_fd(&fd);
    }
    return can_unpack(store, error) ? unpacked_open(store->unpacked, id, fd, size_bytes, ret_size, error) : -1;
}

bool store_walk(struct store *store, store_each *each, store_stray *stray, void *data, GError **error)
{
    return store->backend->driver->walk(store->backend, each, stray, data, error);
}

/* Ends the walk at the first blob; tells by *data that there was one. */
static bool stop_at_first(const struct blob_id *id, enum blob_form form, int64_t size_bytes, void *data, GError **error)
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

bool store_fd_hash(int fd, struct blob_id *ret_id, GError **error)
{
    int64_t size_bytes;
    return store_hash_fd(fd, ret_id->sha256, &size_bytes, error);
}

bool store_fd_matches(int fd, const struct blob_id *id, int64_t size_bytes, bool *ret_matches, GError **error)
{
    struct blob_id found;
    int64_t found_bytes;
    if (!store_hash_fd(fd, found.sha256, &found_bytes, error))
        return false;
    *ret_matches = found_bytes == size_bytes && memcmp(&found, id, sizeof found) == 0;
    return true;
}

static bool check_size(const char *name, int64_t size_bytes, int64_t expected_size, GError **error)
{
    return size_bytes == expected_size ||
           err_set_detail(error, ERR_CORRUPT, name,
                          "The stored file has %" G_GINT64_FORMAT " bytes instead of %" G_GINT64_FORMAT ".", size_bytes,
                          expected_size);
}

static bool verify_plain(const struct blob_id *id, int fd, int64_t expected_size, const char *name, GError **error)
{
    bool matches = false;
    if (!store_fd_matches(fd, id, expected_size, &matches, error))
        return false;
    return matches || err_set_detail(error, ERR_CORRUPT, name, "The stored file is damaged: its bytes have changed.");
}

static bool verify_packed(struct store *store, const struct blob_id *id, int fd, int64_t packed_bytes,
                          int64_t expected_size, const char *name, GError **error)
{
    int64_t size_bytes;
    AUTO_FD int original =
        can_unpack(store, error) ? unpacked_make(store->unpacked, id, fd, packed_bytes, &size_bytes, error) : -1;
    return original >= 0 && check_size(name, size_bytes, expected_size, error);
}

bool store_verify(struct store *store, const struct blob_id *id, int64_t expected_size, GError **error)
{
    enum blob_form form;
    int64_t size_bytes;
    AUTO_FD int fd = open_some_form(store, id, &form, &size_bytes, error);
    if (fd < 0)
        return false;
    g_autofree char *name = blob_name(id);
    if (form == BLOB_PLAIN && !check_size(name, size_bytes, expected_size, error))
        return false;
    /* Clean pages of the cache are dropped (dirty ones never: they are not on disk yet), and dropped again afterwards,
     * so that reading the whole library does not push out what people are looking at. */
    (void)posix_fadvise(fd, 0, 0, POSIX_FADV_DONTNEED);
    (void)posix_fadvise(fd, 0, 0, POSIX_FADV_SEQUENTIAL);
    bool ok = form == BLOB_PLAIN ? verify_plain(id, fd, expected_size, name, error)
                                 : verify_packed(store, id, fd, size_bytes, expected_size, name, error);
    (void)posix_fadvise(fd, 0, 0, POSIX_FADV_DONTNEED);
    return ok;
}
