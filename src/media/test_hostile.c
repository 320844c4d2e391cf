/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Hostile files: pictures of every format and videos of several, cut off, with bits turned over, and with headers that
 * claim the largest pictures that their format can name. Each must end in a picture or in a reason, within the memory
 * that the worker was given, and leave nothing behind. Arguments: the programs for photos and for videos. */
#include <errno.h>
#include <glib/gstdio.h>
#include <locale.h>
#include <signal.h>
#include <string.h>
#include <sys/wait.h>

#include "base/error.h"
#include "media/test_asking.h"
#include "media/test_pictures.h"

enum { MEMORY_MB = 256, FLIPPED = 6, LIMIT_S = 60 };

/* What is not private memory that can be limited: the pages of forty libraries and of the file. */
#define MEMORY_BYTES_MAX ((INT64_C(256) + 96) << 20)

static const char *photo_program, *video_program;

/* ---- attacks ---- */

struct attack {
    struct worker_process *worker;
    enum media_job job;
    unsigned n_asked, n_pictures, n_reasons, n_deaths;
    int64_t peak_bytes;
};

static void attack(struct attack *attack, const char *name, const guint8 *bytes, gsize size)
{
    RESULT_AUTO struct result result;
    ask_job(&attack->worker, attack->job, name, bytes, size, LIMIT_S, &result);
    attack->n_asked++;
    if (!attack->worker) {
        /* The decoder gave up, or was stopped: a job that fails alone. */
        if (!err_is(result.error, ERR_WORKER_DIED))
            g_error("%s: %s", name, result.error->message);
        if (result.signal == SIGSYS)
            g_error("%s: a decoder makes a system call that the filter forbids", name);
        attack->n_deaths++;
        attack->worker = start(MEMORY_MB);
        return;
    }
    attack->peak_bytes = MAX(attack->peak_bytes, result.reply.peak_memory_bytes);
    if (attack->worker->hello.confinement & CONFINED_MEMORY && result.reply.peak_memory_bytes > MEMORY_BYTES_MAX)
        g_error("%s: took %" G_GINT64_FORMAT " MB", name, result.reply.peak_memory_bytes >> 20);
    if (result.reply.outcome == MEDIA_OK || result.reply.outcome == MEDIA_DAMAGED) {
        /* Not expect_derivatives(): what a header claims and what is shown may differ in size here. */
        g_assert_cmpint(result.reply.preview_bytes, ==, g_bytes_get_size(result.preview));
        g_assert_cmpint(result.reply.thumbnail_bytes, ==, g_bytes_get_size(result.thumbnail));
        g_assert_cmpmem(g_bytes_get_data(result.preview, NULL), 3, "\xff\xd8\xff", 3);
        g_assert_cmpmem(g_bytes_get_data(result.thumbnail, NULL), 4, "RIFF", 4);
        attack->n_pictures++;
    }
    if (result.reply.outcome != MEDIA_OK) {
        g_assert_nonnull(result.reply.reason);
        attack->n_reasons++;
    }
}

/* Numbers that look like chance and are the same in every run. */
static guint32 next_random(guint32 *state)
{
    *state = *state * 1664525 + 1013904223;
    return *state >> 8;
}

static void mutate(struct attack *attacks, const char *name, const guint8 *bytes, gsize size)
{
    attack(attacks, name, bytes, size);
    for (unsigned quarter = 1; quarter < 4; quarter++)
        attack(attacks, name, bytes, size * quarter / 4);
    guint32 random = (guint32)size;
    for (unsigned round = 0; round < FLIPPED; round++) {
        g_autofree guint8 *copy = g_memdup2(bytes, size);
        for (unsigned n = 0; n < 1u << round; n++)
            copy[next_random(&random) % size] ^= (guint8)(1 << (next_random(&random) % 8));
        attack(attacks, name, copy, size);
    }
}

static void begin(struct attack *attacks, const char *program, enum media_job job)
{
    worker_path = program;
    *attacks = (struct attack){.worker = start(MEMORY_MB), .job = job};
}

static void end(struct attack *attacks)
{
    g_test_message("%u files: %u pictures, %u reasons, %u deaths, at most %" G_GINT64_FORMAT " MB", attacks->n_asked,
                   attacks->n_pictures, attacks->n_reasons, attacks->n_deaths, attacks->peak_bytes >> 20);
    worker_end(attacks->worker, NULL);
    g_assert_cmpint(waitpid(-1, NULL, WNOHANG), ==, -1);
    g_assert_cmpint(errno, ==, ECHILD);
}

/* ---- photos: the seeds of the fuzzer, which are small files of every format ---- */

static void each_seed(struct attack *attacks, void (*act)(struct attack *, const char *, const guint8 *, gsize))
{
    g_autoptr(GError) error = NULL;
    g_autoptr(GDir) folder = g_dir_open(SOURCE_ROOT "/fuzz/corpus/photo", 0, &error);
    g_assert_no_error(error);
    for (const char *name; (name = g_dir_read_name(folder));) {
        g_autofree char *path = g_build_filename(SOURCE_ROOT "/fuzz/corpus/photo", name, NULL);
        g_autofree char *bytes = NULL;
        gsize size = 0;
        g_assert_true(g_file_get_contents(path, &bytes, &size, &error));
        act(attacks, name, (const guint8 *)bytes, size);
    }
}

static void test_photos(void)
{
    struct attack attacks;
    begin(&attacks, photo_program, MEDIA_JOB_PHOTO);
    each_seed(&attacks, mutate);
    g_assert_cmpint(attacks.n_pictures, >=, 60);
    g_assert_cmpint(attacks.n_reasons, >=, 60);
    end(&attacks);
}

/* ---- bombs: headers that claim the largest picture of their format ---- */

/* Where a header has its size: found by what stands before it, written as @bytes. */
static const struct bomb {
    const char *format; /* how the names of the seeds begin */
    const char *before;
    gsize before_size, skip;
    const char *bytes;
    gsize size;
} bombs[] = {
    {"jpeg", "\xff\xc0\0\x11\x08", 5, 0, "\xff\xdc\xff\xdc", 4},
    {"jpeg", "\xff\xc2\0\x11\x08", 5, 0, "\xff\xdc\xff\xdc", 4},
    {"jpeg", "\xff\xc0\0\x0b\x08", 5, 0, "\xff\xdc\xff\xdc", 4},
    {"png", "IHDR", 4, 0, "\x00\x00\x75\x30\x00\x00\x75\x30", 8},
    {"png", "IHDR", 4, 0, "\x7f\xff\xff\xff\x00\x00\x00\x01", 8},
    {"gif", "GIF89a", 6, 0, "\xff\xff\xff\xff", 4},
    {"gif", ",\0\0\0\0", 5, 0, "\xff\xff\xff\xff", 4},
    {"webp", "\x9d\x01\x2a", 3, 0, "\xff\x3f\xff\x3f", 4},
    {"webp", "VP8L", 4, 5, "\xff\xff\xff\x0f", 4},
    {"webp", "VP8X", 4, 8, "\xff\x3f\x00\xff\x3f\x00", 6},
    {"heic", "ispe\0\0\0\0", 8, 0, "\x00\x00\x75\x30\x00\x00\x75\x30", 8},
    {"avif", "ispe\0\0\0\0", 8, 0, "\x00\x00\x75\x30\x00\x00\x75\x30", 8},
};

static const guint8 *find(const guint8 *bytes, gsize size, const char *wanted, gsize wanted_size)
{
    return memmem(bytes, size, wanted, wanted_size);
}

static void inflate(struct attack *attacks, const char *name, const guint8 *bytes, gsize size)
{
    for (gsize i = 0; i < G_N_ELEMENTS(bombs); i++) {
        const struct bomb *bomb = &bombs[i];
        const guint8 *found =
            g_str_has_prefix(name, bomb->format) ? find(bytes, size, bomb->before, bomb->before_size) : NULL;
        gsize at = found ? (gsize)(found - bytes) + bomb->before_size + bomb->skip : 0;
        if (!found || at + bomb->size > size)
            continue;
        g_autofree guint8 *copy = g_memdup2(bytes, size);
        memcpy(copy + at, bomb->bytes, bomb->size);
        attack(attacks, name, copy, size);
    }
}

static void test_bombs(void)
{
    struct attack attacks;
    begin(&attacks, photo_program, MEDIA_JOB_PHOTO);
    each_seed(&attacks, inflate);
    g_assert_cmpint(attacks.n_asked, >=, 20);
    /* And the worker still makes pictures. */
    g_autoptr(GBytes) good = picture_jpeg(64, 48, 1);
    unsigned n_pictures = attacks.n_pictures;
    attack(&attacks, "good.jpg", g_bytes_get_data(good, NULL), g_bytes_get_size(good));
    g_assert_cmpint(attacks.n_pictures, ==, n_pictures + 1);
    end(&attacks);
}

/* ---- videos, made here by ffmpeg ---- */

static const char *const videos[][2] = {
    {"a.mp4", "-c:v libx264 -pix_fmt yuv420p"},
    {"a.webm", "-c:v libvpx-vp9 -cpu-used 8 -deadline realtime"},
    {"a.avi", "-c:v mjpeg -q:v 9"},
    {"a.mts", "-c:v mpeg2video -f mpegts"},
    {"a.mov", "-c:v prores_ks"},
};

static GBytes *make_video(const char *ffmpeg, const char *folder, size_t which)
{
    g_autoptr(GError) error = NULL;
    g_autofree char *path = g_build_filename(folder, videos[which][0], NULL);
    g_autofree char *line =
        g_strdup_printf("%s -v error -nostdin -f lavfi -i testsrc=size=64x48:rate=10:duration=0.5 %s %s", ffmpeg,
                        videos[which][1], path);
    int status = 0;
    g_assert_true(g_spawn_command_line_sync(line, NULL, NULL, &status, &error));
    g_assert_cmpint(status, ==, 0);
    char *bytes = NULL;
    gsize size = 0;
    g_assert_true(g_file_get_contents(path, &bytes, &size, &error));
    g_assert_cmpint(g_remove(path), ==, 0);
    return g_bytes_new_take(bytes, size);
}

static void test_videos(void)
{
    g_autofree char *ffmpeg = g_find_program_in_path("ffmpeg");
    if (!ffmpeg) {
        g_test_skip("There is no ffmpeg here.");
        return;
    }
    g_autofree char *folder = g_dir_make_tmp("ambrotype-hostile-XXXXXX", NULL);
    struct attack attacks;
    begin(&attacks, video_program, MEDIA_JOB_VIDEO);
    for (size_t i = 0; i < G_N_ELEMENTS(videos); i++) {
        g_autoptr(GBytes) bytes = make_video(ffmpeg, folder, i);
        mutate(&attacks, videos[i][0], g_bytes_get_data(bytes, NULL), g_bytes_get_size(bytes));
    }
    g_assert_cmpint(g_rmdir(folder), ==, 0);
    g_assert_cmpint(attacks.n_pictures, >=, G_N_ELEMENTS(videos));
    end(&attacks);
}

int main(int argc, char **argv)
{
    setlocale(LC_ALL, "C");
    signal(SIGPIPE, SIG_IGN);
    g_test_init(&argc, &argv, NULL);
    g_assert_cmpint(argc, ==, 3);
    photo_program = argv[1];
    video_program = argv[2];
    g_test_add_func("/hostile/photos", test_photos);
    g_test_add_func("/hostile/bombs", test_bombs);
    g_test_add_func("/hostile/videos", test_videos);
    return g_test_run();
}
