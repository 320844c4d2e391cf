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

enum { MEMORY_MB = 1024, VIDEO_MEMORY_MB = 2048, LIMIT_S = 300, BLOCK_BYTES = 256 << 10, FILES_A_WORKER = 100 };
#define MAX_PIXELS INT64_C(1000000000)

/* One of the two programs. */
struct maker {
    char *program; /* NULL: not installed */
    unsigned memory_mb;
    GMutex lock; /* guards the worker */
    struct worker_process *worker;
};

struct reducer {
    struct maker photos, videos;
};

void reduced_clear(struct reduced *reduced)
{
    io_auto_close(&reduced->fd);
    g_free(reduced->note);
    reduced->note = NULL;
}

static void maker_begin(struct maker *maker, const char *name, unsigned memory_mb)
{
    maker->program = worker_find(name);
    maker->memory_mb = memory_mb;
    g_mutex_init(&maker->lock);
}

static void maker_end(struct maker *maker)
{
    worker_end(maker->worker, NULL);
    g_mutex_clear(&maker->lock);
    g_free(maker->program);
}

struct reducer *reducer_new(void)
{
    struct reducer *reducer = g_new0(struct reducer, 1);
    maker_begin(&reducer->photos, "ambrotype-media", MEMORY_MB);
    maker_begin(&reducer->videos, "ambrotype-video", VIDEO_MEMORY_MB);
    if (reducer->photos.program || reducer->videos.program)
        return reducer;
    reducer_free(reducer);
    return NULL;
}

void reducer_free(struct reducer *reducer)
{
    if (!reducer)
        return;
    maker_end(&reducer->photos);
    maker_end(&reducer->videos);
    g_free(reducer);
}

/* ---- asking ---- */

static bool is_stopped(void *data)
{
    return remote_is_stopped();
}

static void drop_worker(struct maker *maker)
{
    worker_end(g_steal_pointer(&maker->worker), NULL);
}

/* One of an ended thread is dead, and one that has done much starts afresh. */
static bool have_worker(struct maker *maker, GError **error)
{
    struct worker_process *worker = maker->worker;
    if (worker && (worker->n_files >= FILES_A_WORKER || !worker_is_alive(worker)))
        drop_worker(maker);
    if (!maker->worker)
        maker->worker = worker_start(maker->program, maker->memory_mb, error);
    return maker->worker != NULL;
}

static bool ask(struct maker *maker, const struct media_request *request, const int *fds, unsigned n_fds,
                struct media_reply *ret_reply)
{
    g_autoptr(GError) error = NULL;
    const struct worker_watch watch = {
        .deadline_us = g_get_monotonic_time() + request->cpu_s * G_USEC_PER_SEC,
        .is_cancelled = is_stopped,
    };
    if (have_worker(maker, &error) && worker_ask(maker->worker, request, fds, n_fds, &watch, ret_reply, &error))
        return true;
    drop_worker(maker);
    return false;
}

/* What a worker says of the picture or video in @fd, which it gets for reading only. */
static bool look(struct maker *maker, enum media_job job, int fd, int64_t size_bytes, struct media_reply *ret_reply)
{
    g_autofree char *path = g_strdup_printf("/proc/self/fd/%d", fd);
    AUTO_FD int input = open(path, O_RDONLY | O_CLOEXEC);
    AUTO_FD int thumbnail = memfd_create("thumbnail", MFD_CLOEXEC);
    AUTO_FD int preview = memfd_create("preview", MFD_CLOEXEC);
    if (input < 0 || thumbnail < 0 || preview < 0)
        return false;
    const int fds[MEDIA_PHOTO_FDS] = {input, thumbnail, preview};
    const struct media_request request = {
        .job = job,
        .size_bytes = size_bytes,
        .max_pixels = MAX_PIXELS,
        .cpu_s = LIMIT_S,
    };
    return ask(maker, &request, fds, MEDIA_PHOTO_FDS, ret_reply);
}

/* ---- the smaller file ---- */

/* The SHA-1 of the file @from, which has @size_bytes, copied to @to (-1: nowhere) on the way. */
static bool hash_file(int from, int64_t size_bytes, int to, uint8_t ret_sha1[SHA1_SIZE])
{
    g_autofree uint8_t *block = g_malloc(BLOCK_BYTES);
    struct stat status;
    EVP_MD_CTX *digest = EVP_MD_CTX_new();
    bool ok = digest && fstat(from, &status) == 0 && status.st_size == size_bytes &&
              EVP_DigestInit_ex(digest, EVP_sha1(), NULL) == 1;
    for (int64_t at = 0; ok && at < size_bytes;) {
        ssize_t got = io_pread_full(from, block, (size_t)MIN(BLOCK_BYTES, size_bytes - at), at, NULL);
        ok = got > 0 && (to < 0 || io_write_all(to, block, (size_t)got, NULL)) &&
             EVP_DigestUpdate(digest, block, (size_t)got) == 1;
        at += got;
    }
    ok = ok && EVP_DigestFinal_ex(digest, ret_sha1, NULL) == 1;
    EVP_MD_CTX_free(digest);
    return ok;
}

/* Copied out of the worker's reach. */
static bool copy_out(int from, int64_t size_bytes, struct reduced *reduced)
{
    AUTO_FD int to = memfd_create("smaller", MFD_CLOEXEC);
    if (to < 0 || !hash_file(from, size_bytes, to, reduced->sha1))
        return false;
    reduced->fd = io_steal_fd(&to);
    reduced->size_bytes = size_bytes;
    return true;
}

/* Decoded by a worker, and of the same date, place, camera, identifiers? */
static bool is_right(struct reducer *reducer, const struct reduced *reduced, const struct media_reply *made)
{
    struct media_reply reply;
    if (!look(&reducer->photos, MEDIA_JOB_PHOTO, reduced->fd, reduced->size_bytes, &reply))
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
    if (reducer->photos.program && output >= 0 && fstat(fd, &status) == 0) {
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
        g_mutex_lock(&reducer->photos.lock);
        if (ask(&reducer->photos, &request, fds, MEDIA_REDUCE_FDS, &made)) {
            take(reducer, &made, output, status.st_size, max_pixels, &reduced);
            media_reply_clear(&made);
        }
        g_mutex_unlock(&reducer->photos.lock);
    }
    *ret_reduced = reduced;
}

/* ---- videos ---- */

/* @made: what a look told of the original; its output_… of what was made. The worker that wrote @output ends before
 * anything of it is believed: then nobody can write to it any more. */
static bool convert(struct maker *maker, int fd, const char *name, int64_t size_bytes, int output,
                    struct media_reply *made)
{
    const int fds[MEDIA_CONVERT_FDS] = {fd, output};
    const struct media_request request = {
        .job = MEDIA_JOB_CONVERT,
        .file_name = (char *)name,
        .size_bytes = size_bytes,
        .max_pixels = MAX_PIXELS,
        .cpu_s = reduce_video_limit_s(made->duration_ms),
        .convert_short_px = reduce_video_short_px(),
        .convert_long_px = REDUCE_VIDEO_LONG_PX,
        .convert_always = 1,
        .convert_metadata = 1,
    };
    struct media_reply reply;
    if (!ask(maker, &request, fds, MEDIA_CONVERT_FDS, &reply))
        return false;
    drop_worker(maker);
    bool ok = reply.outcome == MEDIA_OK && reply.output_bytes != MEDIA_NO_INT &&
              reply.output_bytes <= (double)size_bytes * REDUCE_GAIN_AT_MOST;
    made->output_bytes = reply.output_bytes;
    made->output_width_px = reply.output_width_px;
    made->output_height_px = reply.output_height_px;
    media_reply_clear(&reply);
    return ok;
}

static bool is_right_video(struct maker *maker, int fd, const struct media_reply *made)
{
    struct media_reply reply;
    if (!look(maker, MEDIA_JOB_VIDEO, fd, made->output_bytes, &reply))
        return false;
    g_autofree char *difference =
        reply.outcome == MEDIA_OK ? reduce_video_difference(made, &reply) : g_strdup("broken");
    media_reply_clear(&reply);
    return !difference;
}

static void make_video(struct maker *maker, int fd, const char *name, int64_t size_bytes, struct reduced *reduced)
{
    struct media_reply made;
    if (!look(maker, MEDIA_JOB_VIDEO, fd, size_bytes, &made))
        return;
    AUTO_FD int output = -1;
    bool is_large = made.outcome == MEDIA_OK && MIN(made.width_px, made.height_px) > reduce_video_short_px();
    if (is_large)
        output = open(g_get_tmp_dir(), O_TMPFILE | O_RDWR | O_CLOEXEC, 0600);
    if (output >= 0 && convert(maker, fd, name, size_bytes, output, &made) && is_right_video(maker, output, &made) &&
        hash_file(output, made.output_bytes, -1, reduced->sha1)) {
        reduced->fd = io_steal_fd(&output);
        reduced->size_bytes = made.output_bytes;
        reduced->note = reduce_video_text(&made, size_bytes);
    }
    media_reply_clear(&made);
}

void reducer_reduce_video(struct reducer *reducer, int fd, const char *name, struct reduced *ret_reduced)
{
    struct reduced reduced = REDUCED_NONE;
    struct stat status;
    if (reducer->videos.program && fstat(fd, &status) == 0) {
        g_mutex_lock(&reducer->videos.lock);
        make_video(&reducer->videos, fd, name, status.st_size, &reduced);
        g_mutex_unlock(&reducer->videos.lock);
    }
    *ret_reduced = reduced;
}
