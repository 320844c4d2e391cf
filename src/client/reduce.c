/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "client/reduce.h"

#include <errno.h>
#include <fcntl.h>
#include <openssl/evp.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/error.h"
#include "base/io.h"
#include "client/remote.h"
#include "media/reduce_words.h"
#include "media/worker_process.h"

enum { MEMORY_MB = 1024, LIMIT_S = 300, BLOCK_BYTES = 256 << 10, FILES_A_WORKER = 100 };
#define MAX_PIXELS INT64_C(1000000000)

struct reducer {
    char *program;
    GMutex lock; /* guards the worker */
    struct worker_process *worker;
};

void reduced_clear(struct reduced *reduced)
{
    io_auto_close(&reduced->fd);
    g_free(reduced->note);
    reduced->note = NULL;
}

struct reducer *reducer_new(void)
{
    g_autofree char *program = worker_find("ambrotype-media");
    if (!program)
        return NULL;
    struct reducer *reducer = g_new0(struct reducer, 1);
    reducer->program = g_steal_pointer(&program);
    g_mutex_init(&reducer->lock);
    return reducer;
}

void reducer_free(struct reducer *reducer)
{
    if (!reducer)
        return;
    worker_end(reducer->worker, NULL);
    g_mutex_clear(&reducer->lock);
    g_free(reducer->program);
    g_free(reducer);
}

/* ---- asking ---- */

static bool is_stopped(void *data)
{
    return remote_is_stopped();
}

/* One of an ended thread is dead, and one that has done much starts afresh. */
static bool have_worker(struct reducer *reducer, GError **error)
{
    struct worker_process *worker = reducer->worker;
    if (worker && (worker->n_files >= FILES_A_WORKER || !worker_is_alive(worker)))
        worker_end(g_steal_pointer(&reducer->worker), NULL);
    if (!reducer->worker)
        reducer->worker = worker_start(reducer->program, MEMORY_MB, error);
    return reducer->worker != NULL;
}

static bool ask(struct reducer *reducer, const struct media_request *request, const int *fds, unsigned n_fds,
                struct media_reply *ret_reply)
{
    g_autoptr(GError) error = NULL;
    const struct worker_watch watch = {
        .deadline_us = g_get_monotonic_time() + (int64_t)LIMIT_S * G_USEC_PER_SEC,
        .is_cancelled = is_stopped,
    };
    if (have_worker(reducer, &error) && worker_ask(reducer->worker, request, fds, n_fds, &watch, ret_reply, &error))
        return true;
    worker_end(g_steal_pointer(&reducer->worker), NULL);
    return false;
}

/* ---- the smaller file ---- */

/* Copied out of the worker's reach, and hashed on the way. */
static bool copy_out(int from, int64_t size_bytes, struct reduced *reduced)
{
    g_autofree uint8_t *block = g_malloc(BLOCK_BYTES);
    AUTO_FD int to = memfd_create("smaller", MFD_CLOEXEC);
    struct stat status;
    EVP_MD_CTX *digest = EVP_MD_CTX_new();
    bool ok = to >= 0 && digest && fstat(from, &status) == 0 && status.st_size == size_bytes &&
              EVP_DigestInit_ex(digest, EVP_sha1(), NULL) == 1;
    for (int64_t at = 0; ok && at < size_bytes;) {
        ssize_t got = io_pread_full(from, block, (size_t)MIN(BLOCK_BYTES, size_bytes - at), at, NULL);
        ok = got > 0 && io_write_all(to, block, (size_t)got, NULL) && EVP_DigestUpdate(digest, block, (size_t)got) == 1;
        at += got;
    }
    ok = ok && EVP_DigestFinal_ex(digest, reduced->sha1, NULL) == 1;
    EVP_MD_CTX_free(digest);
    if (ok) {
        reduced->fd = io_steal_fd(&to);
        reduced->size_bytes = size_bytes;
    }
    return ok;
}

/* Decoded by a worker, and of the same date, place, camera, identifiers? The worker may only read it. */
static bool is_right(struct reducer *reducer, const struct reduced *reduced, const struct media_reply *made)
{
    g_autofree char *path = g_strdup_printf("/proc/self/fd/%d", reduced->fd);
    AUTO_FD int input = open(path, O_RDONLY | O_CLOEXEC);
    AUTO_FD int thumbnail = memfd_create("thumbnail", MFD_CLOEXEC);
    AUTO_FD int preview = memfd_create("preview", MFD_CLOEXEC);
    if (input < 0 || thumbnail < 0 || preview < 0)
        return false;
    const int fds[MEDIA_PHOTO_FDS] = {input, thumbnail, preview};
    const struct media_request request = {
        .job = MEDIA_JOB_PHOTO,
        .size_bytes = reduced->size_bytes,
        .max_pixels = MAX_PIXELS,
        .cpu_s = LIMIT_S,
    };
    struct media_reply reply;
    if (!ask(reducer, &request, fds, MEDIA_PHOTO_FDS, &reply))
        return false;
    g_autofree char *difference =
        reply.outcome == MEDIA_OK ? reduce_photo_difference(made, &reply) : g_strdup("broken");
    media_reply_clear(&reply);
    return !difference;
}

static void take(struct reducer *reducer, const struct media_reply *made, int output_fd, int64_t size_bytes,
                 int64_t max_pixels, struct reduced *reduced)
{
    bool has_size = made->raw_width_px != MEDIA_NO_INT && made->raw_height_px != MEDIA_NO_INT;
    reduced->is_too_large = max_pixels > 0 && has_size && made->raw_width_px > max_pixels / made->raw_height_px;
    if (reduced->is_too_large || made->outcome != MEDIA_OK || made->output_bytes == MEDIA_NO_INT ||
        made->output_bytes > (double)size_bytes * REDUCE_GAIN_AT_MOST)
        return;
    if (copy_out(output_fd, made->output_bytes, reduced) && is_right(reducer, reduced, made))
        reduced->note = reduce_photo_text(made, size_bytes);
    else
        io_auto_close(&reduced->fd);
}

void reducer_reduce(struct reducer *reducer, int fd, const char *name, int64_t max_pixels, struct reduced *ret_reduced)
{
    struct reduced reduced = REDUCED_NONE;
    struct stat status;
    AUTO_FD int output = memfd_create("reduced", MFD_CLOEXEC);
    if (output >= 0 && fstat(fd, &status) == 0) {
        const int fds[MEDIA_REDUCE_FDS] = {fd, output};
        const struct media_request request = {
            .job = MEDIA_JOB_REDUCE_PHOTO,
            .file_name = (char *)name,
            .size_bytes = status.st_size,
            .max_pixels = MAX_PIXELS,
            .cpu_s = LIMIT_S,
            .reduce_pixels = reduce_photo_pixels(),
        };
        struct media_reply made;
        g_mutex_lock(&reducer->lock);
        if (ask(reducer, &request, fds, MEDIA_REDUCE_FDS, &made)) {
            take(reducer, &made, output, status.st_size, max_pixels, &reduced);
            media_reply_clear(&made);
        }
        g_mutex_unlock(&reducer->lock);
    }
    *ret_reduced = reduced;
}
