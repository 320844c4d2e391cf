/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "media/test_video.h"

#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "base/io.h"

char *folder;
bool (*cancel_by)(void *data);
static char *ffmpeg;

/* ---- making videos ---- */

/* Runs ffmpeg with @arguments (split at blanks) and the path of a new file @name. */
GBytes *make(const char *name, const char *arguments)
{
    g_autofree char *path = g_build_filename(folder, name, NULL);
    g_autofree char *words = g_strdup_printf("-v error -y -nostdin %s", arguments);
    g_auto(GStrv) split = g_strsplit(words, " ", -1);
    GPtrArray *argv = g_ptr_array_new();
    g_ptr_array_add(argv, ffmpeg);
    for (char **word = split; *word; word++)
        if (**word)
            g_ptr_array_add(argv, *word);
    g_ptr_array_add(argv, path);
    g_ptr_array_add(argv, NULL);
    int status = 0;
    g_autofree char *complaints = NULL;
    g_autoptr(GError) error = NULL;
    g_spawn_sync(NULL, (char **)argv->pdata, NULL, G_SPAWN_DEFAULT, NULL, NULL, NULL, &complaints, &status, &error);
    g_ptr_array_free(argv, TRUE);
    g_assert_no_error(error);
    if (status != 0)
        g_error("ffmpeg %s: %s", arguments, complaints);
    char *bytes = NULL;
    gsize size = 0;
    g_assert_true(g_file_get_contents(path, &bytes, &size, &error));
    return g_bytes_new_take(bytes, size);
}

bool have_ffmpeg(void)
{
    if (!ffmpeg)
        g_test_skip("There is no ffmpeg here.");
    return ffmpeg != NULL;
}

void look(struct worker_process **worker, const char *name, GBytes *bytes, struct result *ret_result)
{
    gsize size;
    const void *start_of = g_bytes_get_data(bytes, &size);
    ask_job(worker, MEDIA_JOB_VIDEO, name, start_of, size, 60, ret_result);
}

void expect_quarters(GBytes *jpeg)
{
    expect_colour(jpeg, 0.25, 0.25, red);
    expect_colour(jpeg, 0.75, 0.25, green);
    expect_colour(jpeg, 0.25, 0.75, blue);
    expect_colour(jpeg, 0.75, 0.75, white);
}

/* ---- converting ---- */

void converted_clear(struct converted *converted)
{
    media_reply_clear(&converted->reply);
    g_clear_pointer(&converted->bytes, g_bytes_unref);
    g_clear_error(&converted->error);
}

static void note_progress(int64_t done_permille, void *data)
{
    int64_t *last = data;
    g_assert_cmpint(done_permille, >, *last);
    *last = done_permille;
}

void convert(struct worker_process **worker, const char *name, GBytes *bytes, struct media_request request,
             struct converted *ret_converted)
{
    AUTO_FD int input = memfd_create("input", MFD_CLOEXEC);
    AUTO_FD int output = memfd_create("output", MFD_CLOEXEC);
    g_assert_true(io_write_all(input, g_bytes_get_data(bytes, NULL), g_bytes_get_size(bytes), NULL));
    request.job = MEDIA_JOB_CONVERT;
    request.file_name = (char *)name;
    request.size_bytes = (int64_t)g_bytes_get_size(bytes);
    request.max_pixels = INT64_C(1000000000);
    request.cpu_s = 60;
    int64_t last = 0;
    const struct worker_watch watch = {.deadline_us = g_get_monotonic_time() + 120 * G_USEC_PER_SEC,
                                       .progress = note_progress,
                                       .is_cancelled = cancel_by,
                                       .data = &last};
    int fds[MEDIA_CONVERT_FDS] = {input, output};
    struct converted made = {0};
    media_reply_init(&made.reply);
    if (!worker_ask(*worker, &request, fds, MEDIA_CONVERT_FDS, &watch, &made.reply, &made.error)) {
        worker_end(g_steal_pointer(worker), &made.signal);
    } else {
        off_t size = lseek(output, 0, SEEK_END);
        guint8 *copy = g_malloc((gsize)size + 1);
        g_assert_cmpint(io_pread_full(output, copy, (size_t)size, 0, NULL), ==, size);
        made.bytes = g_bytes_new_take(copy, (gsize)size);
        const char *keep = g_getenv("AMBROTYPE_KEEP");
        g_autofree char *path = keep ? g_strconcat(keep, "/", name, ".playback.mp4", NULL) : NULL;
        if (path)
            g_file_set_contents(path, (const char *)copy, (gssize)size, NULL);
    }
    *ret_converted = made;
}

/* Does the index stand before the pictures? */
bool is_fast_start(GBytes *mp4)
{
    gsize size, at = 0;
    const uint8_t *bytes = g_bytes_get_data(mp4, &size);
    while (at + 8 <= size) {
        gsize box = (gsize)bytes[at] << 24 | (gsize)bytes[at + 1] << 16 | (gsize)bytes[at + 2] << 8 | bytes[at + 3];
        if (memcmp(bytes + at + 4, "moov", 4) == 0)
            return true;
        if (memcmp(bytes + at + 4, "mdat", 4) == 0 || box < 8)
            return false;
        at += box;
    }
    return false;
}

void begin_videos(void)
{
    ffmpeg = g_find_program_in_path("ffmpeg");
    folder = g_dir_make_tmp("ambrotype-video-XXXXXX", NULL);
}

void end_videos(void)
{
    const char *command[] = {"rm", "-rf", folder, NULL};
    g_spawn_sync(NULL, (char **)command, NULL, G_SPAWN_SEARCH_PATH, NULL, NULL, NULL, NULL, NULL, NULL);
    g_free(folder);
    g_free(ffmpeg);
}
