/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Originals rebuilt out of packed blobs. What was asked for lately stays for the next reader (a video player and a
 * download manager ask for one file in many ranges), in files of derived/ that have no name: they go with their last
 * descriptor, whatever way the process ends, and nobody can find or change one. Only what has the blob's own hash is
 * ever kept or handed out. */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/error.h"
#include "base/io.h"
#include "store/store_private.h"

enum { COPY_BLOCK_BYTES = 1 << 20, KEPT_MAX = 256 };

struct rebuilt {
    struct blob_id id;
    unsigned users; /* the table, and who waits */
    bool is_making;
    int fd; /* the bytes; -1 while they are made, or where that failed */
    int64_t size_bytes;
    GError *problem; /* why there are none */
};

struct unpacked {
    store_unpack *unpack;
    void *data;
    int folder_fd; /* the store's; -1: nothing is kept */
    int64_t keep_bytes;

    GMutex lock; /* guards all below and what the rebuilt ones hold */
    GCond changed;
    GHashTable *rebuilt; /* struct blob_id * -> struct rebuilt *, which owns the key */
    GQueue *kept;        /* struct rebuilt *, the one asked for longest ago first */
    int64_t kept_bytes;
};

static void rebuilt_unref(void *data)
{
    struct rebuilt *rebuilt = data;
    if (--rebuilt->users > 0)
        return;
    io_auto_close(&rebuilt->fd);
    g_clear_error(&rebuilt->problem);
    g_free(rebuilt);
}

void store_set_unpacker(struct store *store, store_unpack *unpack, void *data, int64_t keep_bytes)
{
    unpacked_free(g_steal_pointer(&store->unpacked));
    if (!unpack)
        return;
    struct unpacked *unpacked = g_new0(struct unpacked, 1);
    unpacked->unpack = unpack;
    unpacked->data = data;
    /* A store opened beside the server may lie on a disk that cannot be written, and is read once. */
    unpacked->folder_fd = store->is_beside || keep_bytes <= 0 ? -1 : store->derived_fd;
    unpacked->keep_bytes = keep_bytes;
    g_mutex_init(&unpacked->lock);
    g_cond_init(&unpacked->changed);
    unpacked->rebuilt = g_hash_table_new_full(blob_id_hash, blob_id_same, NULL, rebuilt_unref);
    unpacked->kept = g_queue_new();
    store->unpacked = unpacked;
}

void unpacked_free(struct unpacked *unpacked)
{
    if (!unpacked)
        return;
    g_queue_free(unpacked->kept);
    g_hash_table_destroy(unpacked->rebuilt);
    g_cond_clear(&unpacked->changed);
    g_mutex_clear(&unpacked->lock);
    g_free(unpacked);
}

/* Another descriptor of @fd's file that has a place of its own and cannot write: the next who gets it is a client's
 * answer or a worker that may have been taken over. */
static int reopen(int fd, GError **error)
{
    char path[32];
    snprintf(path, sizeof path, "/proc/self/fd/%d", fd);
    int own = open(path, O_RDONLY | O_CLOEXEC);
    if (own < 0)
        err_set_errno(error, errno, path, "A rebuilt original could not be opened.");
    return own;
}

int unpacked_make(struct unpacked *unpacked, const struct blob_id *id, int packed_fd, int64_t packed_bytes,
                  int64_t *ret_size_bytes, GError **error)
{
    AUTO_FD int fd = unpacked->unpack(packed_fd, packed_bytes, unpacked->data, error);
    struct blob_id found;
    int64_t size_bytes;
    if (fd < 0 || !store_hash_fd(fd, found.sha256, &size_bytes, error))
        return -1;
    if (memcmp(&found, id, sizeof found) != 0) {
        g_autofree char *name = blob_name(id);
        err_set_detail(error, ERR_CORRUPT, name,
                       "The stored file is damaged: what it unpacks to is not what was packed.");
        return -1;
    }
    int own = reopen(fd, error);
    if (own >= 0)
        *ret_size_bytes = size_bytes;
    return own;
}

/* A nameless file of derived/ with the bytes of @fd, or -1: then they stay where they are. */
static int move_to_disk(const struct unpacked *unpacked, int fd, int64_t size_bytes)
{
    struct uuid random = uuid_v4();
    char unique[UUID_TEXT_SIZE];
    g_autofree char *name = g_strdup_printf(".%s", uuid_format(&random, unique));
    AUTO_FD int to = openat(unpacked->folder_fd, name, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0600);
    if (to < 0)
        return -1;
    unlinkat(unpacked->folder_fd, name, 0);
    g_autofree char *block = g_malloc(COPY_BLOCK_BYTES);
    int64_t at = 0;
    ssize_t got;
    while ((got = io_pread_full(fd, block, COPY_BLOCK_BYTES, at, NULL)) > 0 &&
           io_write_all(to, block, (size_t)got, NULL))
        at += got;
    return at == size_bytes ? io_steal_fd(&to) : -1;
}

/* Drops what was asked for longest ago until the rest has room; @newest stays in any case. */
static void make_room(struct unpacked *unpacked, const struct rebuilt *newest)
{
    while (unpacked->kept_bytes > unpacked->keep_bytes || unpacked->kept->length > KEPT_MAX) {
        struct rebuilt *oldest = g_queue_peek_head(unpacked->kept);
        if (oldest == newest)
            break;
        g_queue_pop_head(unpacked->kept);
        unpacked->kept_bytes -= oldest->size_bytes;
        g_hash_table_remove(unpacked->rebuilt, &oldest->id);
    }
}

/* What came of @rebuilt goes to the ones who wait; what failed, or lies in memory alone, ends with the last of them. */
static void settle(struct unpacked *unpacked, struct rebuilt *rebuilt, bool is_on_disk)
{
    rebuilt->is_making = false;
    bool is_known = g_hash_table_lookup(unpacked->rebuilt, &rebuilt->id) == rebuilt; /* not forgotten meanwhile */
    if (is_known && is_on_disk) {
        g_queue_push_tail(unpacked->kept, rebuilt);
        unpacked->kept_bytes += rebuilt->size_bytes;
        make_room(unpacked, rebuilt);
    } else if (is_known) {
        g_hash_table_remove(unpacked->rebuilt, &rebuilt->id);
    }
    g_cond_broadcast(&unpacked->changed);
}

static void make(struct unpacked *unpacked, struct rebuilt *rebuilt, int packed_fd, int64_t packed_bytes)
{
    g_mutex_unlock(&unpacked->lock); /* while it is being made, nobody else looks at what is set here */
    rebuilt->fd =
        unpacked_make(unpacked, &rebuilt->id, packed_fd, packed_bytes, &rebuilt->size_bytes, &rebuilt->problem);
    int on_disk = rebuilt->fd < 0 ? -1 : move_to_disk(unpacked, rebuilt->fd, rebuilt->size_bytes);
    if (on_disk >= 0) {
        io_auto_close(&rebuilt->fd);
        rebuilt->fd = on_disk;
    }
    g_mutex_lock(&unpacked->lock);
    settle(unpacked, rebuilt, on_disk >= 0);
}

int unpacked_open(struct unpacked *unpacked, const struct blob_id *id, int packed_fd, int64_t packed_bytes,
                  int64_t *ret_size_bytes, GError **error)
{
    if (unpacked->folder_fd < 0)
        return unpacked_make(unpacked, id, packed_fd, packed_bytes, ret_size_bytes, error);
    g_mutex_lock(&unpacked->lock);
    struct rebuilt *rebuilt = g_hash_table_lookup(unpacked->rebuilt, id);
    if (rebuilt) {
        rebuilt->users++;
        while (rebuilt->is_making)
            g_cond_wait(&unpacked->changed, &unpacked->lock);
        if (g_queue_remove(unpacked->kept, rebuilt))
            g_queue_push_tail(unpacked->kept, rebuilt);
    } else {
        rebuilt = g_new0(struct rebuilt, 1);
        *rebuilt = (struct rebuilt){.id = *id, .users = 2, .is_making = true, .fd = -1};
        g_hash_table_insert(unpacked->rebuilt, &rebuilt->id, rebuilt);
        make(unpacked, rebuilt, packed_fd, packed_bytes);
    }
    int fd = -1;
    if (rebuilt->problem)
        g_propagate_error(error, g_error_copy(rebuilt->problem));
    else if ((fd = reopen(rebuilt->fd, error)) >= 0)
        *ret_size_bytes = rebuilt->size_bytes;
    rebuilt_unref(rebuilt);
    g_mutex_unlock(&unpacked->lock);
    return fd;
}

void unpacked_forget(struct unpacked *unpacked, const struct blob_id *id)
{
    g_mutex_lock(&unpacked->lock);
    struct rebuilt *rebuilt = g_hash_table_lookup(unpacked->rebuilt, id);
    if (rebuilt && g_queue_remove(unpacked->kept, rebuilt))
        unpacked->kept_bytes -= rebuilt->size_bytes;
    if (rebuilt)
        g_hash_table_remove(unpacked->rebuilt, id);
    g_mutex_unlock(&unpacked->lock);
}
