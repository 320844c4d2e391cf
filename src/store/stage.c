/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Stages: files in staging/ that are hashed while they grow. */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <openssl/evp.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/error.h"
#include "base/fault.h"
#include "base/io.h"
#include "store/store_private.h"

enum {
    /* The kernel is told to begin writing back each time this much is new, so that the fdatasync at the end waits for
     * the last piece and not for the whole file. */
    WRITE_BACK_BYTES = 4 << 20,
    REHASH_BLOCK_BYTES = 1 << 20,
};

struct hashes {
    EVP_MD_CTX *sha1, *sha256;
};

struct stage {
    struct store *store;
    struct uuid id;
    char name[UUID_TEXT_SIZE];
    int fd;
    int64_t size_bytes;
    int64_t written_back_bytes;
    bool is_kept;
    bool is_entry_durable; /* is its name in staging/ on disk? Only kept stages need that */
    bool has_failed;       /* a write failed: what follows would have a hole */
    char head[STAGE_HEAD_SIZE];
    struct hashes hashes;
    int64_t hashed_bytes; /* so far goes what hashes know; less than the size in a stage that was opened again */
    struct hashes marked; /* as they were at the mark, or NULLs */
    int64_t marked_bytes, marked_hashed_bytes;
};

static EVP_MD_CTX *hash_new(const EVP_MD *kind)
{
    EVP_MD_CTX *context = EVP_MD_CTX_new();
    if (!context || EVP_DigestInit_ex(context, kind, NULL) != 1)
        g_error("OpenSSL cannot make a hash context");
    return context;
}

static void hashes_free(struct hashes *hashes)
{
    EVP_MD_CTX_free(hashes->sha1);
    EVP_MD_CTX_free(hashes->sha256);
    *hashes = (struct hashes){0};
}

static EVP_MD_CTX *hash_copy(const EVP_MD_CTX *context)
{
    EVP_MD_CTX *copy = EVP_MD_CTX_new();
    if (!copy || EVP_MD_CTX_copy_ex(copy, context) != 1)
        g_error("OpenSSL cannot copy a hash context");
    return copy;
}

/* EVP_DigestUpdate() of SHA-1 and SHA-256 cannot fail but by a bug; a wrong hash would be worse than an end. */
static void hashes_update(struct hashes *hashes, const void *bytes, size_t size)
{
    if (EVP_DigestUpdate(hashes->sha1, bytes, size) != 1 || EVP_DigestUpdate(hashes->sha256, bytes, size) != 1)
        g_error("OpenSSL cannot hash");
}

/* Counts bytes that are in the file now. */
static void take_in(struct stage *stage, const void *bytes, size_t size)
{
    if (stage->size_bytes < STAGE_HEAD_SIZE)
        memcpy(stage->head + stage->size_bytes, bytes, MIN(size, (size_t)(STAGE_HEAD_SIZE - stage->size_bytes)));
    /* Behind a beginning that is not hashed yet the rest waits with it for catch_up(). */
    if (stage->hashed_bytes == stage->size_bytes) {
        hashes_update(&stage->hashes, bytes, size);
        stage->hashed_bytes += (int64_t)size;
    }
    stage->size_bytes += (int64_t)size;
}

static struct stage *stage_new(struct store *store, const struct uuid *id, bool keep)
{
    struct stage *stage = g_new0(struct stage, 1);
    stage->store = store;
    stage->id = *id;
    uuid_format(id, stage->name);
    stage->fd = -1;
    stage->is_kept = keep;
    stage->hashes = (struct hashes){hash_new(EVP_sha1()), hash_new(EVP_sha256())};
    store_live_add(store, id);
    return stage;
}

static void stage_free(struct stage *stage)
{
    io_auto_close(&stage->fd);
    hashes_free(&stage->hashes);
    hashes_free(&stage->marked);
    g_free(stage);
}

/* Frees what stays in memory; the file is left as it is. */
static void stage_close(struct stage *stage)
{
    store_live_remove(stage->store, &stage->id);
    stage_free(stage);
}

struct stage *stage_begin(struct store *store, bool keep, GError **error)
{
    struct uuid id = uuid_v4();
    struct stage *stage = stage_new(store, &id, keep);
    int fault = FAULT("store.begin");
    if (!fault) {
        stage->fd = openat(store->staging_fd, stage->name, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0600);
        fault = stage->fd < 0 ? errno : 0;
    }
    if (!fault)
        return stage;
    err_set_errno(error, fault, stage->name, "The upload could not be begun: the server's disk refused a new file.");
    stage_close(stage);
    return NULL;
}

static bool gone(GError **error)
{
    return err_set(error, ERR_NOT_FOUND, "The upload is gone. Begin again.");
}

/* Hashes what was in the file when the stage was opened again, and what has followed since. */
static bool catch_up(struct stage *stage, GError **error)
{
    if (stage->hashed_bytes == stage->size_bytes)
        return true;
    g_autofree char *block = g_malloc(REHASH_BLOCK_BYTES);
    while (stage->hashed_bytes < stage->size_bytes) {
        size_t want = (size_t)MIN(stage->size_bytes - stage->hashed_bytes, REHASH_BLOCK_BYTES);
        ssize_t got = io_pread_full(stage->fd, block, want, stage->hashed_bytes, error);
        if (got < 0)
            return false;
        if ((size_t)got < want)
            return gone(error);
        hashes_update(&stage->hashes, block, want);
        stage->hashed_bytes += got;
    }
    return true;
}

static bool open_kept(struct stage *stage, int64_t durable_bytes, GError **error)
{
    stage->fd = openat(stage->store->staging_fd, stage->name, O_RDWR | O_CLOEXEC | O_NOFOLLOW);
    struct stat status;
    if (stage->fd < 0 && errno == ENOENT)
        return gone(error);
    if (stage->fd < 0 || fstat(stage->fd, &status) != 0)
        return err_set_errno(error, errno, stage->name, "The upload could not be opened.");
    if (status.st_size < durable_bytes)
        return gone(error);
    if (ftruncate(stage->fd, durable_bytes) != 0 || lseek(stage->fd, durable_bytes, SEEK_SET) < 0)
        return err_set_errno(error, errno, stage->name, "The upload could not be opened.");
    size_t head_size = (size_t)MIN(durable_bytes, STAGE_HEAD_SIZE);
    ssize_t got = io_pread_full(stage->fd, stage->head, head_size, 0, error);
    stage->size_bytes = durable_bytes;
    return got >= 0 && ((size_t)got == head_size || gone(error));
}

struct stage *stage_reopen(struct store *store, const struct uuid *id, int64_t durable_bytes, GError **error)
{
    g_return_val_if_fail(durable_bytes >= 0, NULL);
    struct stage *stage = stage_new(store, id, true);
    if (open_kept(stage, durable_bytes, error)) {
        stage->is_entry_durable = true; /* durable_bytes come from a stage_sync(), which made it so */
        return stage;
    }
    stage_close(stage);
    return NULL;
}

struct uuid stage_id(const struct stage *stage)
{
    return stage->id;
}

int64_t stage_size(const struct stage *stage)
{
    return stage->size_bytes;
}

static bool check_usable(const struct stage *stage, GError **error)
{
    if (!stage->has_failed)
        return true;
    return err_set(error, ERR_IO, "An earlier part of this upload could not be written.");
}

/* A hint; that it fails (not every file system has it) costs only time. */
static void write_back(struct stage *stage)
{
    int64_t fresh = stage->size_bytes - stage->written_back_bytes;
    if (fresh < WRITE_BACK_BYTES)
        return;
    (void)sync_file_range(stage->fd, stage->written_back_bytes, fresh, SYNC_FILE_RANGE_WRITE);
    stage->written_back_bytes = stage->size_bytes;
}

const void *stage_head(const struct stage *stage, size_t *ret_size)
{
    *ret_size = (size_t)MIN(stage->size_bytes, STAGE_HEAD_SIZE);
    return stage->head;
}

bool stage_write(struct stage *stage, const void *bytes, size_t size, GError **error)
{
    if (!check_usable(stage, error))
        return false;
    int fault = FAULT("store.write");
    bool ok = fault ? err_set_errno(error, fault, stage->name, "Writing to the disk failed.")
                    : io_write_all(stage->fd, bytes, size, error);
    if (!ok) {
        stage->has_failed = true;
        return false;
    }
    take_in(stage, bytes, size);
    write_back(stage);
    return true;
}

bool stage_mark(struct stage *stage, GError **error)
{
    if (!check_usable(stage, error))
        return false;
    hashes_free(&stage->marked);
    stage->marked = (struct hashes){hash_copy(stage->hashes.sha1), hash_copy(stage->hashes.sha256)};
    stage->marked_bytes = stage->size_bytes;
    stage->marked_hashed_bytes = stage->hashed_bytes;
    return true;
}

bool stage_undo(struct stage *stage, GError **error)
{
    g_return_val_if_fail(stage->marked.sha1, false);
    if (ftruncate(stage->fd, stage->marked_bytes) != 0 || lseek(stage->fd, stage->marked_bytes, SEEK_SET) < 0) {
        stage->has_failed = true;
        return err_set_errno(error, errno, stage->name, "The part could not be taken back.");
    }
    hashes_free(&stage->hashes);
    stage->hashes = stage->marked;
    stage->marked = (struct hashes){0};
    stage->size_bytes = stage->marked_bytes;
    stage->hashed_bytes = stage->marked_hashed_bytes;
    stage->written_back_bytes = MIN(stage->written_back_bytes, stage->size_bytes);
    stage->has_failed = false; /* what failed lay behind the mark and is cut off */
    return true;
}

static bool sync_file(struct stage *stage, GError **error)
{
    int fault = FAULT("store.fsync-file");
    if (!fault && fdatasync(stage->fd) != 0)
        fault = errno;
    if (!fault)
        return true;
    /* After a failed fsync the kernel may have dropped the pages and forgotten the error: the bytes cannot be trusted
     * any more, nor can a second fsync. */
    stage->has_failed = true;
    return err_set_errno(error, fault, stage->name, "The upload could not be made durable.");
}

bool stage_sync(struct stage *stage, GError **error)
{
    if (!check_usable(stage, error) || !sync_file(stage, error))
        return false;
    if (!stage->is_entry_durable && !io_sync_dir(stage->store->staging_fd, error))
        return false;
    stage->is_entry_durable = true;
    return true;
}

static void hash_peek(const EVP_MD_CTX *context, uint8_t *ret_hash)
{
    EVP_MD_CTX *copy = hash_copy(context);
    if (EVP_DigestFinal_ex(copy, ret_hash, NULL) != 1)
        g_error("OpenSSL cannot end a hash");
    EVP_MD_CTX_free(copy);
}

bool stage_digest(struct stage *stage, struct blob_digest *ret_digest, GError **error)
{
    if (!check_usable(stage, error) || !catch_up(stage, error))
        return false;
    struct blob_digest digest = {.size_bytes = stage->size_bytes};
    hash_peek(stage->hashes.sha256, digest.id.sha256);
    hash_peek(stage->hashes.sha1, digest.sha1);
    *ret_digest = digest;
    return true;
}

static bool put(struct stage *stage, const struct blob_digest *digest, bool *is_new, GError **error)
{
    /* Before the fdatasync, so that the mode goes to disk with the bytes. */
    if (fchmod(stage->fd, 0400) != 0)
        return err_set_errno(error, errno, stage->name, "The upload could not be made read-only.");
    if (!sync_file(stage, error))
        return false;
    struct blob_backend *backend = stage->store->backend;
    return backend->driver->put(backend, stage->store->staging_fd, stage->name, digest, is_new, error);
}

/* Takes back what a failed put() may have made, unless another upload of the same bytes has found it meanwhile: its own
 * folder sync decides over that one. */
static void unput(struct store *store, const struct blob_digest *digest)
{
    g_mutex_lock(&store->lock);
    const struct holders *holders = g_hash_table_lookup(store->holds, &digest->id);
    if (holders->now == 1)
        (void)store->backend->driver->unlink(store->backend, &digest->id, BLOB_PLAIN, NULL);
    g_mutex_unlock(&store->lock);
}

bool stage_commit_hold(struct stage *stage, struct blob_digest *ret_digest, bool *ret_new, struct store_hold **ret_hold,
                       GError **error)
{
    struct blob_digest digest;
    bool is_new = false;
    if (!stage_digest(stage, &digest, error)) {
        stage_drop(stage);
        return false;
    }
    /* The hold comes first: from here on nobody may unlink what put() finds or makes. */
    store_hold_add(stage->store, &digest.id);
    if (!put(stage, &digest, &is_new, error)) {
        if (is_new)
            unput(stage->store, &digest);
        store_hold_remove(stage->store, &digest.id);
        stage_drop(stage);
        return false;
    }
    struct store_hold *hold = store_hold_new(stage->store, &digest.id, &stage->id);
    stage_free(stage); /* not closed: the name stays live until the hold ends */
    (void)FAULT("store.after-commit");
    *ret_digest = digest;
    *ret_new = is_new;
    *ret_hold = hold;
    return true;
}

bool stage_commit(struct stage *stage, struct blob_digest *ret_digest, bool *ret_new, GError **error)
{
    struct store_hold *hold;
    if (!stage_commit_hold(stage, ret_digest, ret_new, &hold, error))
        return false;
    store_hold_free(hold);
    return true;
}

int stage_read_back(struct stage *stage, GError **error)
{
    if (!check_usable(stage, error) || !sync_file(stage, error))
        return -1;
    AUTO_FD int fd = openat(stage->store->staging_fd, stage->name, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
    if (fd < 0) {
        err_set_errno(error, errno, stage->name, "A file that was just written could not be opened.");
        return -1;
    }
    (void)posix_fadvise(fd, 0, 0, POSIX_FADV_DONTNEED);
    return io_steal_fd(&fd);
}

bool store_hold_pack(struct store_hold *hold, struct stage *stage, GError **error)
{
    struct store *store = stage->store;
    bool ok = check_usable(stage, error);
    /* Before the fdatasync, so that the mode goes to disk with the bytes. */
    if (ok && fchmod(stage->fd, 0400) != 0)
        ok = err_set_errno(error, errno, stage->name, "A packed file could not be made read-only.");
    ok = ok && sync_file(stage, error) &&
         store->backend->driver->put_packed(store->backend, store->staging_fd, stage->name, store_hold_blob(hold),
                                            error);
    stage_drop(stage); /* its name is gone already where that went well */
    return ok;
}

void stage_drop(struct stage *stage)
{
    if (!stage)
        return;
    store_forget_stage(stage->store, &stage->id);
    stage_free(stage);
}

void stage_park(struct stage *stage)
{
    g_return_if_fail(stage->is_kept);
    stage_close(stage);
}
