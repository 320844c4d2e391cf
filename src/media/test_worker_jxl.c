/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * The worker on made JPEG XL files: all that a codestream can say about how it is to be shown. */
#include <string.h>

#include "media/test_asking.h"
#include "media/test_pictures.h"

static void show(const char *name, const struct picture_jxl *wanted, struct result *ret_result)
{
    struct worker_process *worker = start(512);
    ask_bytes(&worker, name, picture_jxl(wanted), ret_result);
    g_assert_no_error(ret_result->error);
    g_assert_cmpint(ret_result->reply.outcome, ==, MEDIA_OK);
    g_assert_cmpstr(ret_result->reply.mime, ==, "image/jxl");
    expect_derivatives(ret_result);
    worker_end(worker, NULL);
}

static void expect_quarters(const struct result *result)
{
    expect_colour(result->preview, 0.1, 0.1, red);
    expect_colour(result->preview, 0.9, 0.1, green);
    expect_colour(result->preview, 0.1, 0.9, blue);
    expect_colour(result->preview, 0.9, 0.9, white);
}

static void test_lossless_and_lossy(void)
{
    RESULT_AUTO struct result lossless, lossy;
    show("lossless.jxl", &(struct picture_jxl){.width_px = 640, .height_px = 480, .is_lossless = true}, &lossless);
    expect_quarters(&lossless);
    show("lossy.jxl", &(struct picture_jxl){.width_px = 640, .height_px = 480}, &lossy);
    expect_quarters(&lossy);
}

/* The codestream's orientation is done once, although EXIF repeats it. */
static void test_orientation_and_boxes(void)
{
    struct picture_jxl wanted = {.width_px = 640, .height_px = 480, .orientation = 6, .is_container = true};
    RESULT_AUTO struct result result, stale;
    show("turned.jxl", &wanted, &result);
    g_assert_cmpint(result.reply.width_px, ==, 480);
    g_assert_cmpint(result.reply.height_px, ==, 640);
    g_assert_cmpint(result.reply.raw_width_px, ==, 640);
    g_assert_cmpint(result.reply.orientation, ==, 6);
    g_assert_cmpstr(result.reply.make, ==, "Test");
    g_assert_cmpint(result.reply.rating, ==, 4);
    expect_colour(result.preview, 0.9, 0.1, red);
    expect_colour(result.preview, 0.9, 0.9, green);
    /* Here EXIF's number is a leftover, and nobody must turn by it. */
    wanted.orientation = 1;
    show("stale.jxl", &wanted, &stale);
    g_assert_cmpint(stale.reply.width_px, ==, 640);
    g_assert_cmpint(stale.reply.raw_width_px, ==, 640);
    g_assert_cmpint(stale.reply.orientation, ==, MEDIA_NO_INT);
    expect_quarters(&stale);
}

static void test_gray_and_transparent(void)
{
    RESULT_AUTO struct result gray, clear;
    show("gray.jxl", &(struct picture_jxl){.width_px = 640, .height_px = 480, .is_gray = true}, &gray);
    expect_colour(gray.preview, 0.1, 0.1, white);
    expect_colour(gray.preview, 0.9, 0.1, black);
    show("clear.jxl", &(struct picture_jxl){.width_px = 640, .height_px = 480, .is_transparent = true}, &clear);
    expect_colour(clear.preview, 0.1, 0.1, red);
    expect_colour(clear.preview, 0.9, 0.1, white);
}

static void test_bright(void)
{
    RESULT_AUTO struct result result;
    show("bright.jxl", &(struct picture_jxl){.width_px = 640, .height_px = 480, .is_pq = true}, &result);
    expect_colour(result.preview, 0.9, 0.9, white);
    expect_colour(result.preview, 0.1, 0.1, red);
}

static void test_animation(void)
{
    RESULT_AUTO struct result result;
    show("moving.jxl", &(struct picture_jxl){.width_px = 320, .height_px = 200, .n_frames = 3}, &result);
    g_assert_cmpint(result.reply.frames, ==, 3);
    expect_quarters(&result);
}

/* So tall that squares of four pixels are averaged on the way, and the odd ones left out. */
static void test_averaged(void)
{
    struct worker_process *worker = start(512);
    RESULT_AUTO struct result result;
    ask_bytes(&worker, "tall.jxl",
              picture_jxl(&(struct picture_jxl){.width_px = 101, .height_px = 32801, .is_lossless = true}), &result);
    g_assert_no_error(result.error);
    g_assert_cmpint(result.reply.outcome, ==, MEDIA_OK);
    g_assert_cmpint(result.reply.preview_width_px, ==, 25);
    g_assert_cmpint(result.reply.preview_height_px, ==, 8192);
    expect_quarters(&result);
    worker_end(worker, NULL);
}

static void test_cut(void)
{
    g_autoptr(GBytes) file =
        picture_jxl(&(struct picture_jxl){.width_px = 800, .height_px = 600, .is_noisy = true, .is_lossless = true});
    struct worker_process *worker = start(512);
    for (gsize size = 1; size < g_bytes_get_size(file); size = size * 2 + 1) {
        RESULT_AUTO struct result result;
        ask_bytes(&worker, "cut.jxl", g_bytes_new_from_bytes(file, 0, size), &result);
        g_assert_no_error(result.error);
        g_assert_cmpint(result.reply.outcome, !=, MEDIA_OK);
        g_assert_nonnull(result.reply.reason);
    }
    RESULT_AUTO struct result most;
    ask_bytes(&worker, "most.jxl", g_bytes_new_from_bytes(file, 0, g_bytes_get_size(file) * 9 / 10), &most);
    g_assert_no_error(most.error);
    g_assert_cmpint(most.reply.outcome, ==, MEDIA_DAMAGED);
    expect_derivatives(&most);
    expect_colour(most.preview, 0.1, 0.1, red);
    worker_end(worker, NULL);
}

void jxl_tests_add(void)
{
    g_test_add_func("/worker/jxl/lossless-and-lossy", test_lossless_and_lossy);
    g_test_add_func("/worker/jxl/orientation-and-boxes", test_orientation_and_boxes);
    g_test_add_func("/worker/jxl/gray-and-transparent", test_gray_and_transparent);
    g_test_add_func("/worker/jxl/bright", test_bright);
    g_test_add_func("/worker/jxl/animation", test_animation);
    g_test_add_func("/worker/jxl/averaged", test_averaged);
    g_test_add_func("/worker/jxl/cut", test_cut);
}
