/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * The worker program through its own protocol, as the server drives it. The first argument is the program. */
#include <locale.h>
#include <signal.h>
#include <string.h>

#include "base/error.h"
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
    g_assert_cmpint(argc, >=, 2);
    worker_path = argv[1];
    g_test_add_func("/worker/hello", test_hello);
    g_test_add_func("/worker/orientations", test_orientations);
    g_test_add_func("/worker/sizes", test_sizes);
    g_test_add_func("/worker/cut-jpeg-is-damaged", test_cut_jpeg_is_damaged);
    g_test_add_func("/worker/no-picture", test_no_picture);
    g_test_add_func("/worker/png-bomb-in-little-memory", test_png_bomb_in_little_memory);
    g_test_add_func("/worker/cut-png-is-damaged", test_cut_png_is_damaged);
    g_test_add_func("/worker/transparency-lies-on-white", test_transparency_lies_on_white);
    g_test_add_func("/worker/animations-show-the-first-picture", test_animations_show_the_first_picture);
    g_test_add_func("/worker/the-real-worker-obeys-no-commands", test_the_real_worker_obeys_no_commands);
    format_tests_add();
    turn_tests_add();
    jxl_tests_add();
    reduce_tests_add();
    portrait_tests_add();
    corpus_tests_add();
    return g_test_run();
}
