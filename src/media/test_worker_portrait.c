/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Pictures of people by the worker: the middle of a photo, upright, small and square. */
#include <sys/mman.h>
#include <unistd.h>

#include "base/io.h"
#include "media/test_asking.h"
#include "media/test_pictures.h"

/* The portrait of @photo, or NULL where none was made. */
static GBytes *make(GBytes *photo, struct media_reply *ret_reply)
{
    g_autoptr(GError) error = NULL;
    struct worker_process *worker = start(512);
    AUTO_FD int input = memfd_create("input", MFD_CLOEXEC);
    AUTO_FD int output = memfd_create("output", MFD_CLOEXEC);
    g_assert_true(io_write_all(input, g_bytes_get_data(photo, NULL), g_bytes_get_size(photo), NULL));
    struct media_request request = {.job = MEDIA_JOB_PORTRAIT,
                                    .size_bytes = (int64_t)g_bytes_get_size(photo),
                                    .max_pixels = INT64_C(1000000000),
                                    .cpu_s = 60};
    const struct worker_watch watch = {.deadline_us = g_get_monotonic_time() + 300 * G_USEC_PER_SEC};
    const int fds[MEDIA_PORTRAIT_FDS] = {input, output};
    worker_ask(worker, &request, fds, MEDIA_PORTRAIT_FDS, &watch, ret_reply, &error);
    g_assert_no_error(error);
    worker_end(worker, NULL);
    int64_t size = lseek(output, 0, SEEK_END);
    if (size == 0)
        return NULL;
    g_assert_cmpint(size, ==, ret_reply->output_bytes);
    guint8 *bytes = g_malloc((gsize)size);
    g_assert_cmpint(io_pread_full(output, bytes, (size_t)size, 0, NULL), ==, size);
    return g_bytes_new_take(bytes, (gsize)size);
}

static void expect_side(GBytes *jpeg, int side_px)
{
    int rgb[3], width_px, height_px;
    picture_pixel(jpeg, 0.5, 0.5, rgb, &width_px, &height_px);
    g_assert_cmpint(width_px, ==, side_px);
    g_assert_cmpint(height_px, ==, side_px);
}

/* Of red and green above, blue and white below, the middle holds parts of all four. */
static void test_middle(void)
{
    static const unsigned sizes[][2] = {{1000, 600}, {600, 1000}, {640, 640}, {5001, 801}};
    for (size_t i = 0; i < G_N_ELEMENTS(sizes); i++) {
        struct media_reply reply = {0};
        g_autoptr(GBytes) photo = picture_jpeg(sizes[i][0], sizes[i][1], 0);
        g_autoptr(GBytes) portrait = make(photo, &reply);
        g_assert_cmpint(reply.outcome, ==, MEDIA_OK);
        expect_side(portrait, 320);
        expect_colour(portrait, 0.1, 0.1, red);
        expect_colour(portrait, 0.9, 0.1, green);
        expect_colour(portrait, 0.1, 0.9, blue);
        expect_colour(portrait, 0.9, 0.9, white);
        media_reply_clear(&reply);
    }
}

static void test_upright(void)
{
    struct media_reply reply = {0};
    g_autoptr(GBytes) photo = picture_jpeg(1000, 600, 6); /* lies on its left side */
    g_autoptr(GBytes) portrait = make(photo, &reply);
    expect_side(portrait, 320);
    expect_colour(portrait, 0.9, 0.1, red);
    expect_colour(portrait, 0.1, 0.1, blue);
    media_reply_clear(&reply);
}

static void test_small_ones_are_not_enlarged(void)
{
    struct media_reply reply = {0};
    g_autoptr(GBytes) photo = picture_jpeg(65, 41, 0);
    g_autoptr(GBytes) portrait = make(photo, &reply);
    expect_side(portrait, 41);
    media_reply_clear(&reply);
}

static void test_what_is_no_picture(void)
{
    struct media_reply reply = {0};
    g_autoptr(GBytes) photo = g_bytes_new_static("%PDF-1.7 and more", 17);
    g_assert_null(make(photo, &reply));
    g_assert_cmpint(reply.outcome, ==, MEDIA_UNSUPPORTED);
    g_assert_nonnull(reply.reason);
    media_reply_clear(&reply);
}

void portrait_tests_add(void)
{
    g_test_add_func("/portrait/middle", test_middle);
    g_test_add_func("/portrait/upright", test_upright);
    g_test_add_func("/portrait/small", test_small_ones_are_not_enlarged);
    g_test_add_func("/portrait/nothing", test_what_is_no_picture);
}
