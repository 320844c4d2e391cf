/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * The worker program through its own protocol, as the server drives it. Arguments: the program, and the hostile one. */
#include <errno.h>
#include <fcntl.h>
#include <locale.h>
#include <signal.h>
#include <string.h>
#include <sys/wait.h>

#include "base/error.h"
#include "base/io.h"
#include "media/test_asking.h"
#include "media/test_pictures.h"

/* ---- made pictures ---- */

/* Where the first row and column of the file are seen (CIPA DC-008, tag 274), as the corners of its two upper quarters.
 */
static void test_orientations(void)
{
    static const struct {
        double red_x, red_y, green_x, green_y;
    } corners[9] = {{0},
                    {0.1, 0.1, 0.9, 0.1},
                    {0.9, 0.1, 0.1, 0.1},
                    {0.9, 0.9, 0.1, 0.9},
                    {0.1, 0.9, 0.9, 0.9},
                    {0.1, 0.1, 0.1, 0.9},
                    {0.9, 0.1, 0.9, 0.9},
                    {0.9, 0.9, 0.9, 0.1},
                    {0.1, 0.9, 0.1, 0.1}};
    struct worker_process *worker = start(256);
    for (unsigned orientation = 1; orientation <= 8; orientation++) {
        RESULT_AUTO struct result result;
        ask_bytes(&worker, "turned.jpg", picture_jpeg(64, 48, orientation), &result);
        g_assert_no_error(result.error);
        g_assert_cmpint(result.reply.outcome, ==, MEDIA_OK);
        g_assert_cmpint(result.reply.orientation, ==, orientation);
        g_assert_cmpint(result.reply.width_px, ==, orientation >= 5 ? 48 : 64);
        g_assert_cmpint(result.reply.height_px, ==, orientation >= 5 ? 64 : 48);
        g_assert_cmpint(result.reply.raw_width_px, ==, 64);
        g_assert_cmpint(result.reply.preview_width_px, ==, result.reply.width_px);
        expect_colour(result.preview, corners[orientation].red_x, corners[orientation].red_y, red);
        expect_colour(result.preview, corners[orientation].green_x, corners[orientation].green_y, green);
    }
    worker_end(worker, NULL);
}

static void test_sizes(void)
{
    static const struct {
        unsigned width, height, preview_width, preview_height, thumbnail_width, thumbnail_height;
    } sizes[] = {
        {4000, 3000, 1920, 1440, 333, 250}, {3000, 4000, 1440, 1920, 250, 333}, {1, 1, 1, 1, 1, 1},
        {100, 80, 100, 80, 100, 80},        {20000, 100, 8192, 41, 2000, 10},   {3, 5000, 3, 5000, 1, 2000},
        {1439, 2000, 1439, 2000, 250, 347},
    };
    struct worker_process *worker = start(256);
    for (size_t i = 0; i < G_N_ELEMENTS(sizes); i++) {
        RESULT_AUTO struct result result;
        ask_bytes(&worker, "sized.jpg", picture_jpeg(sizes[i].width, sizes[i].height, 0), &result);
        g_assert_no_error(result.error);
        g_assert_cmpint(result.reply.outcome, ==, MEDIA_OK);
        g_assert_cmpint(result.reply.preview_width_px, ==, sizes[i].preview_width);
        g_assert_cmpint(result.reply.preview_height_px, ==, sizes[i].preview_height);
        g_assert_cmpint(result.reply.thumbnail_width_px, ==, sizes[i].thumbnail_width);
        g_assert_cmpint(result.reply.thumbnail_height_px, ==, sizes[i].thumbnail_height);
    }
    worker_end(worker, NULL);
}

static void test_cut_jpeg_is_damaged(void)
{
    g_autoptr(GBytes) whole = picture_jpeg(1600, 1200, 0);
    struct worker_process *worker = start(256);
    RESULT_AUTO struct result result;
    ask_bytes(&worker, "cut.jpg", g_bytes_new_from_bytes(whole, 0, g_bytes_get_size(whole) * 6 / 10), &result);
    g_assert_no_error(result.error);
    g_assert_cmpint(result.reply.outcome, ==, MEDIA_DAMAGED);
    g_assert_nonnull(strstr(result.reply.reason, "ends early"));
    expect_derivatives(&result);
    expect_colour(result.preview, 0.1, 0.1, red);
    RESULT_AUTO struct result head;
    ask_bytes(&worker, "head.jpg", g_bytes_new_from_bytes(whole, 0, 100), &head);
    g_assert_no_error(head.error);
    g_assert_cmpint(head.reply.outcome, ==, MEDIA_BROKEN);
    worker_end(worker, NULL);
}

static void test_no_picture(void)
{
    struct worker_process *worker = start(256);
    static const char text[] = "Dear diary, this is no photo.\n";
    RESULT_AUTO struct result words, nothing;
    ask(&worker, "notes.jpg", text, strlen(text), 10, &words);
    g_assert_no_error(words.error);
    g_assert_cmpint(words.reply.outcome, ==, MEDIA_BROKEN);
    g_assert_nonnull(words.reply.reason);
    ask(&worker, "empty.jpg", "", 0, 10, &nothing);
    g_assert_no_error(nothing.error);
    g_assert_cmpint(nothing.reply.outcome, ==, MEDIA_BROKEN);
    worker_end(worker, NULL);
}

static void test_png_bomb_in_little_memory(void)
{
    struct worker_process *worker = start(160);
    RESULT_AUTO struct result bomb, interlaced, endless;
    ask_bytes(&worker, "bomb.png", picture_png(30000, 30000, 30000, false), &bomb);
    g_assert_no_error(bomb.error);
    g_assert_cmpint(bomb.reply.outcome, ==, MEDIA_OK);
    g_assert_cmpint(bomb.reply.width_px, ==, 30000);
    expect_derivatives(&bomb);
    expect_colour(bomb.preview, 0.5, 0.5, black);
    g_test_message("bomb: %.0f ms, peak %.0f MB", (double)bomb.reply.cpu_us / 1000,
                   (double)bomb.reply.peak_memory_bytes / 1e6);
    /* Interlaced it would need all its pixels at once. */
    ask_bytes(&worker, "interlaced.png", picture_png(30000, 30000, 10, true), &interlaced);
    g_assert_no_error(interlaced.error);
    /* A sanitizer build has no memory limit to be held against. */
    if (worker->hello.confinement & CONFINED_MEMORY)
        g_assert_cmpint(interlaced.reply.outcome, ==, MEDIA_TOO_LARGE);
    ask_bytes(&worker, "endless.png", picture_png(60000, 60000, 1, false), &endless);
    g_assert_no_error(endless.error);
    g_assert_cmpint(endless.reply.outcome, ==, MEDIA_TOO_LARGE);
    g_assert_nonnull(strstr(endless.reply.reason, "60000"));
    worker_end(worker, NULL);
}

static void test_cut_png_is_damaged(void)
{
    struct worker_process *worker = start(256);
    RESULT_AUTO struct result result;
    ask_bytes(&worker, "cut.png", picture_png(400, 400, 200, false), &result);
    g_assert_no_error(result.error);
    g_assert_cmpint(result.reply.outcome, ==, MEDIA_DAMAGED);
    expect_colour(result.preview, 0.5, 0.2, black);
    expect_colour(result.preview, 0.5, 0.9, white);
    worker_end(worker, NULL);
}

static void test_transparency_lies_on_white(void)
{
    struct worker_process *worker = start(256);
    RESULT_AUTO struct result result;
    ask_bytes(&worker, "clear.png", picture_png_transparent(300, 200), &result);
    g_assert_no_error(result.error);
    g_assert_cmpint(result.reply.outcome, ==, MEDIA_OK);
    expect_colour(result.preview, 0.5, 0.5, white);
    worker_end(worker, NULL);
}

static void test_animations_show_the_first_picture(void)
{
    struct worker_process *worker = start(256);
    RESULT_AUTO struct result gif, webp;
    ask_bytes(&worker, "two.gif", picture_gif(320, 200), &gif);
    g_assert_no_error(gif.error);
    g_assert_cmpint(gif.reply.outcome, ==, MEDIA_OK);
    g_assert_cmpstr(gif.reply.mime, ==, "image/gif");
    g_assert_cmpint(gif.reply.frames, ==, 2);
    expect_colour(gif.preview, 0.5, 0.5, red);
    ask_bytes(&worker, "two.webp", picture_webp_animation(320, 200), &webp);
    g_assert_no_error(webp.error);
    g_assert_cmpint(webp.reply.outcome, ==, MEDIA_OK);
    g_assert_cmpint(webp.reply.frames, ==, 2);
    expect_colour(webp.preview, 0.5, 0.5, red);
    worker_end(worker, NULL);
}

/* ---- confinement ---- */

static void test_hello(void)
{
    struct worker_process *worker = start(256);
    int64_t holds = worker->hello.confinement;
    g_test_message("confinement %x, landlock %d", (unsigned)holds, (int)worker->hello.landlock_abi);
    g_assert_true(holds & CONFINED_LIMITS);
    g_assert_true(holds & CONFINED_NO_NEW_PRIVILEGES);
    if (!(holds & CONFINED_RELAXED)) {
        g_assert_true(holds & CONFINED_SECCOMP);
        g_assert_true(holds & CONFINED_MEMORY);
    }
    g_assert_cmpint(worker->hello.landlock_abi > 0, ==, (holds & CONFINED_LANDLOCK) != 0);
    worker_end(worker, NULL);
}

/* ---- an attacker inside: ambrotype-media-hostile, the real worker with src/worker/misbehave.c in it ---- */

static const char *hostile_path;

static struct worker_process *start_hostile(void)
{
    const char *usual = worker_path;
    worker_path = hostile_path;
    struct worker_process *worker = start(256);
    worker_path = usual;
    return worker;
}

static void expect_no_child_left(void)
{
    g_assert_cmpint(waitpid(-1, NULL, WNOHANG), ==, -1);
    g_assert_cmpint(errno, ==, ECHILD);
}

static void expect_death(const char *command, int wanted_signal)
{
    struct worker_process *worker = start_hostile();
    bool relaxed = worker->hello.confinement & CONFINED_RELAXED;
    RESULT_AUTO struct result result;
    ask(&worker, command, "x", 1, 10, &result);
    g_assert_null(worker);
    g_assert_error(result.error, ERR_DOMAIN, ERR_WORKER_DIED);
    if (!relaxed)
        g_assert_cmpint(result.signal, ==, wanted_signal);
}

/* Every attempt of src/worker/escape.c in the middle of a job: it ends the worker, or is refused. */
static void test_escapes(void)
{
    struct worker_process *worker = start_hostile();
    if (worker->hello.confinement & CONFINED_RELAXED) {
        worker_end(worker, NULL);
        g_test_skip("a sanitizer build has no system call filter");
        return;
    }
    unsigned n = 0, n_killed = 0;
    for (bool more = true; more; n++) {
        g_autofree char *command = g_strdup_printf("misbehave:escape-%u", n);
        RESULT_AUTO struct result result;
        ask(&worker, command, "x", 1, 10, &result);
        if (!worker) {
            g_assert_error(result.error, ERR_DOMAIN, ERR_WORKER_DIED);
            if (result.signal != SIGSYS &&
                result.signal != SIGSEGV) /* the entry of 32-bit programs, where there is none */
                g_error("%s: signal %d", command, result.signal);
            worker = start_hostile();
            n_killed++;
        } else if (result.reply.outcome == MEDIA_TOO_LARGE) {
            more = false;
        } else if (result.reply.outcome != MEDIA_UNSUPPORTED) {
            g_error("%s was not refused: %s", command, result.reply.reason);
        }
    }
    g_test_message("%u attempts, %u of them deadly", n - 1, n_killed);
    g_assert_cmpint(n_killed, >=, 100);
    worker_end(worker, NULL);
    expect_no_child_left();
}

static void test_original_cannot_be_written(void)
{
    struct worker_process *worker = start_hostile();
    AUTO_FD int original = open(hostile_path, O_RDONLY | O_CLOEXEC);
    AUTO_FD int nothing = open("/dev/null", O_RDWR | O_CLOEXEC);
    char command[] = "misbehave:write-original";
    const int fds[MEDIA_PHOTO_FDS] = {original, nothing, nothing};
    const struct media_request request = {.job = MEDIA_JOB_PHOTO, .file_name = command, .max_pixels = 1, .cpu_s = 10};
    const struct worker_watch watch = {.deadline_us = g_get_monotonic_time() + 60 * G_USEC_PER_SEC};
    struct media_reply reply;
    g_autoptr(GError) error = NULL;
    g_assert_true(worker_ask(worker, &request, fds, MEDIA_PHOTO_FDS, &watch, &reply, &error));
    g_assert_cmpint(reply.outcome, ==, MEDIA_UNSUPPORTED);
    media_reply_clear(&reply);
    worker_end(worker, NULL);
}

static void test_crash_memory_and_time(void)
{
    expect_death("misbehave:crash", SIGABRT);
    struct worker_process *worker = start_hostile();
    bool is_limited = worker->hello.confinement & CONFINED_MEMORY; /* not in a sanitizer build */
    if (is_limited)
        expect_death("misbehave:memory", SIGTRAP); /* GLib's own end when an allocation fails */
    RESULT_AUTO struct result spinning, garbage;
    ask(&worker, "misbehave:spin", "x", 1, 1, &spinning);
    g_assert_error(spinning.error, ERR_DOMAIN, ERR_WORKER_DIED);
    g_assert_cmpint(spinning.signal, ==, SIGXCPU);
    worker = start_hostile();
    ask(&worker, "misbehave:garbage", "x", 1, 10, &garbage);
    g_assert_error(garbage.error, ERR_DOMAIN, ERR_CORRUPT);
    expect_no_child_left();
}

/* What is shipped knows no such commands. */
static void test_the_real_worker_obeys_no_commands(void)
{
    struct worker_process *worker = start(256);
    RESULT_AUTO struct result result;
    ask(&worker, "misbehave:crash", "x", 1, 10, &result);
    g_assert_no_error(result.error);
    g_assert_cmpint(result.reply.outcome, ==, MEDIA_BROKEN);
    worker_end(worker, NULL);
}

int main(int argc, char **argv)
{
    setlocale(LC_ALL, "C");
    signal(SIGPIPE, SIG_IGN);
    g_test_init(&argc, &argv, NULL);
    g_assert_cmpint(argc, >=, 3);
    worker_path = argv[1];
    hostile_path = argv[2];
    g_test_add_func("/worker/hello", test_hello);
    g_test_add_func("/worker/orientations", test_orientations);
    g_test_add_func("/worker/sizes", test_sizes);
    g_test_add_func("/worker/cut-jpeg-is-damaged", test_cut_jpeg_is_damaged);
    g_test_add_func("/worker/no-picture", test_no_picture);
    g_test_add_func("/worker/png-bomb-in-little-memory", test_png_bomb_in_little_memory);
    g_test_add_func("/worker/cut-png-is-damaged", test_cut_png_is_damaged);
    g_test_add_func("/worker/transparency-lies-on-white", test_transparency_lies_on_white);
    g_test_add_func("/worker/animations-show-the-first-picture", test_animations_show_the_first_picture);
    g_test_add_func("/worker/escapes", test_escapes);
    g_test_add_func("/worker/original-cannot-be-written", test_original_cannot_be_written);
    g_test_add_func("/worker/crash-memory-and-time", test_crash_memory_and_time);
    g_test_add_func("/worker/the-real-worker-obeys-no-commands", test_the_real_worker_obeys_no_commands);
    format_tests_add();
    turn_tests_add();
    jxl_tests_add();
    reduce_tests_add();
    corpus_tests_add();
    return g_test_run();
}
