/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "media/test_asking.h"

#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "base/io.h"
#include "media/test_pictures.h"

const char *worker_path;
const int red[3] = {255, 0, 0}, green[3] = {0, 255, 0}, blue[3] = {0, 0, 255}, white[3] = {255, 255, 255},
          black[3] = {0, 0, 0};

void result_clear(struct result *result)
{
    media_reply_clear(&result->reply);
    g_clear_pointer(&result->thumbnail, g_bytes_unref);
    g_clear_pointer(&result->preview, g_bytes_unref);
    g_clear_error(&result->error);
}

static GBytes *read_all(int fd)
{
    off_t size = lseek(fd, 0, SEEK_END);
    g_assert_cmpint(size, >=, 0);
    guint8 *bytes = g_malloc((gsize)size + 1);
    g_assert_cmpint(io_pread_full(fd, bytes, (size_t)size, 0, NULL), ==, size);
    return g_bytes_new_take(bytes, (gsize)size);
}

static void keep(const char *name, GBytes *bytes, const char *suffix)
{
    const char *folder = g_getenv("AMBROTYPE_KEEP");
    if (!folder)
        return;
    g_autofree char *base = g_path_get_basename(name);
    g_autofree char *path = g_strconcat(folder, "/", base, suffix, NULL);
    g_file_set_contents(path, g_bytes_get_data(bytes, NULL), (gssize)g_bytes_get_size(bytes), NULL);
}

void ask(struct worker_process **worker, const char *name, const void *bytes, size_t size, unsigned limit_s,
         struct result *ret_result)
{
    ask_job(worker, MEDIA_JOB_PHOTO, name, bytes, size, limit_s, ret_result);
}

void ask_job(struct worker_process **worker, enum media_job job, const char *name, const void *bytes, size_t size,
             unsigned limit_s, struct result *ret_result)
{
    AUTO_FD int input = memfd_create("input", MFD_CLOEXEC);
    AUTO_FD int thumbnail = memfd_create("thumbnail", MFD_CLOEXEC);
    AUTO_FD int preview = memfd_create("preview", MFD_CLOEXEC);
    g_assert_true(io_write_all(input, bytes, size, NULL));
    struct media_request request = {
        .job = job,
        .file_name = (char *)name,
        .size_bytes = (int64_t)size,
        .max_pixels = INT64_C(1000000000),
        .cpu_s = limit_s,
    };
    struct result result = {0};
    media_reply_init(&result.reply);
    int fds[MEDIA_PHOTO_FDS] = {input, thumbnail, preview};
    const struct worker_watch watch = {.deadline_us = g_get_monotonic_time() + (limit_s + 60) * G_USEC_PER_SEC};
    if (!worker_ask(*worker, &request, fds, MEDIA_PHOTO_FDS, &watch, &result.reply, &result.error)) {
        worker_end(g_steal_pointer(worker), &result.signal);
    } else {
        result.thumbnail = read_all(thumbnail);
        result.preview = read_all(preview);
        if (result.reply.outcome <= MEDIA_DAMAGED) {
            keep(name, result.thumbnail, ".thumbnail.webp");
            keep(name, result.preview, ".preview.jpg");
        }
    }
    *ret_result = result;
}

struct worker_process *start(unsigned memory_mb)
{
    g_autoptr(GError) error = NULL;
    struct worker_process *worker = worker_start(worker_path, memory_mb, &error);
    g_assert_no_error(error);
    g_assert_true(worker_greet(worker, &error));
    return worker;
}

void ask_bytes(struct worker_process **worker, const char *name, GBytes *bytes, struct result *ret_result)
{
    gsize size;
    const void *start = g_bytes_get_data(bytes, &size);
    ask(worker, name, start, size, 60, ret_result);
    g_bytes_unref(bytes);
}

void expect_derivatives(const struct result *result)
{
    const struct media_reply *reply = &result->reply;
    g_assert_cmpint(reply->preview_bytes, ==, g_bytes_get_size(result->preview));
    g_assert_cmpint(reply->thumbnail_bytes, ==, g_bytes_get_size(result->thumbnail));
    g_assert_cmpmem(g_bytes_get_data(result->preview, NULL), 3, "\xff\xd8\xff", 3);
    g_assert_cmpmem(g_bytes_get_data(result->thumbnail, NULL), 4, "RIFF", 4);
    int64_t shorter = MIN(reply->width_px, reply->height_px);
    g_assert_cmpint(MIN(reply->preview_width_px, reply->preview_height_px), ==, MIN(1440, shorter));
    g_assert_cmpint(MIN(reply->thumbnail_width_px, reply->thumbnail_height_px), ==, MIN(250, shorter));
    g_assert_cmpint(reply->preview_width_px > reply->preview_height_px, ==, reply->width_px > reply->height_px);
}

void expect_colour(GBytes *jpeg, double x, double y, const int wanted[3])
{
    int rgb[3], width, height;
    picture_pixel(jpeg, x, y, rgb, &width, &height);
    for (unsigned i = 0; i < 3; i++)
        if (ABS(rgb[i] - wanted[i]) > 24)
            g_error("at %.2f %.2f: %d %d %d, wanted %d %d %d", x, y, rgb[0], rgb[1], rgb[2], wanted[0], wanted[1],
                    wanted[2]);
}
