/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Turns and colours through the worker: four quarters of known colours in every container that says how it is to be
 * turned, and in every way that colours are stated. */
#include <string.h>

#include <tiffio.h>

#include "media/test_asking.h"
#include "media/test_pictures.h"
#include "media/test_pictures_more.h"
#include "media/test_pictures_raw.h"

/* Where the file's first row and column are seen (CIPA DC-008, tag 274), as the corners of its two upper quarters. */
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

/* Multiples of 64: others libheif wraps into a grid of one turned tile, whose turn it then gets wrong itself. */
enum { WIDTH = 128, HEIGHT = 64 };

static void expect_turned(const struct result *result, unsigned orientation, unsigned width, unsigned height)
{
    g_assert_no_error(result->error);
    if (result->reply.outcome != MEDIA_OK)
        g_error("outcome %d: %s", (int)result->reply.outcome, result->reply.reason);
    expect_derivatives(result);
    g_assert_cmpint(result->reply.width_px, ==, orientation >= 5 ? height : width);
    g_assert_cmpint(result->reply.height_px, ==, orientation >= 5 ? width : height);
    expect_colour(result->preview, corners[orientation].red_x, corners[orientation].red_y, red);
    expect_colour(result->preview, corners[orientation].green_x, corners[orientation].green_y, green);
    expect_colour(result->preview, 1 - corners[orientation].red_x, 1 - corners[orientation].red_y, white);
}

static GBytes *make_jpeg(unsigned orientation, GBytes *exif)
{
    g_autoptr(GBytes) plain = picture_jpeg(WIDTH, HEIGHT, 0);
    return picture_jpeg_with_exif(plain, exif);
}

static GBytes *make_png(unsigned orientation, GBytes *exif)
{
    return picture_png_with(&(struct picture_png){.width_px = WIDTH, .height_px = HEIGHT, .exif = exif});
}

static GBytes *make_webp(unsigned orientation, GBytes *exif)
{
    return picture_webp(WIDTH, HEIGHT, exif);
}

static GBytes *make_tiff(unsigned orientation, GBytes *exif)
{
    return picture_tiff(&(struct picture_tiff){.width_px = WIDTH, .height_px = HEIGHT, .orientation = orientation});
}

/* What libtiff converts, it must not turn. */
static GBytes *make_lab_tiff(unsigned orientation, GBytes *exif)
{
    return picture_tiff(&(struct picture_tiff){.width_px = WIDTH,
                                               .height_px = HEIGHT,
                                               .orientation = orientation,
                                               .kind = TIFF_KIND_YCBCR,
                                               .compression = COMPRESSION_JPEG,
                                               .is_tiled = true});
}

static GBytes *make_heic(unsigned orientation, GBytes *exif)
{
    return picture_heic(
        &(struct picture_heic){.width_px = WIDTH, .height_px = HEIGHT, .orientation = orientation, .exif = exif});
}

static GBytes *make_alpha_heic(unsigned orientation, GBytes *exif)
{
    return picture_heic(&(struct picture_heic){
        .width_px = WIDTH, .height_px = HEIGHT, .orientation = orientation, .exif = exif, .has_alpha = true});
}

static GBytes *make_avif(unsigned orientation, GBytes *exif)
{
    return picture_avif(WIDTH, HEIGHT, orientation, exif);
}

static GBytes *make_jxl(unsigned orientation, GBytes *exif)
{
    return picture_jxl(&(struct picture_jxl){
        .width_px = WIDTH, .height_px = HEIGHT, .orientation = orientation, .is_lossless = true, .is_container = true});
}

/* Where a container has a turn of its own (HEIC, AVIF, JPEG XL) the EXIF in it says the same, as phones write it: it
 * must be paid once. */
static void test_turns(void)
{
    static const struct {
        const char *name;
        GBytes *(*make)(unsigned orientation, GBytes *exif);
        bool is_clear; /* its right half */
    } rows[] = {
        {"jpg", make_jpeg, false},       {"png", make_png, false},       {"webp", make_webp, false},
        {"tif", make_tiff, false},       {"tiff", make_lab_tiff, false}, {"heic", make_heic, false},
        {"heif", make_alpha_heic, true}, {"avif", make_avif, false},     {"jxl", make_jxl, false},
    };
    struct worker_process *worker = start(256);
    for (size_t i = 0; i < G_N_ELEMENTS(rows); i++)
        for (unsigned orientation = 1; orientation <= 8; orientation++) {
            g_autoptr(GBytes) exif = picture_exif(orientation, false);
            g_autofree char *name = g_strdup_printf("turned-%u.%s", orientation, rows[i].name);
            RESULT_AUTO struct result result;
            g_test_message("%s", name);
            ask_bytes(&worker, name, rows[i].make(orientation, exif), &result);
            if (!rows[i].is_clear) {
                expect_turned(&result, orientation, WIDTH, HEIGHT);
                continue;
            }
            g_assert_no_error(result.error);
            g_assert_cmpint(result.reply.outcome, ==, MEDIA_OK);
            g_assert_cmpint(result.reply.width_px, ==, orientation >= 5 ? HEIGHT : WIDTH);
            expect_colour(result.preview, corners[orientation].red_x, corners[orientation].red_y, red);
            expect_colour(result.preview, corners[orientation].green_x, corners[orientation].green_y, white);
        }
    worker_end(worker, NULL);
}

/* ---- HEIC from tiles ---- */

static void test_heic_grid(void)
{
    struct worker_process *worker = start(256);
    for (unsigned orientation = 1; orientation <= 8; orientation++) {
        const struct picture_heic wanted = {
            .width_px = 64, .height_px = 64, .orientation = orientation, .columns = 4, .rows = 2};
        RESULT_AUTO struct result result;
        ask_bytes(&worker, "grid.heic", picture_heic(&wanted), &result);
        g_assert_cmpstr(result.reply.mime, ==, "image/heic");
        expect_turned(&result, orientation, 254, 128);
    }
    worker_end(worker, NULL);
}

/* Bursts and the like: the primary picture is shown, whichever comes first. */
static void test_heic_of_several(void)
{
    struct worker_process *worker = start(256);
    const struct picture_heic wanted = {.width_px = WIDTH, .height_px = HEIGHT, .orientation = 8, .is_second = true};
    RESULT_AUTO struct result result;
    ask_bytes(&worker, "burst.heic", picture_heic(&wanted), &result);
    expect_turned(&result, 8, WIDTH, HEIGHT);
    g_assert_cmpint(result.reply.frames, ==, 1);
    worker_end(worker, NULL);
}

/* A large grid passes through a canvas of half its size. */
static void test_heic_grid_is_shrunk(void)
{
    struct worker_process *worker = start(256);
    const struct picture_heic wanted = {.width_px = 1024, .height_px = 1024, .columns = 6, .rows = 6};
    RESULT_AUTO struct result result;
    ask_bytes(&worker, "large.heic", picture_heic(&wanted), &result);
    expect_turned(&result, 1, 6142, 6144);
    g_test_message("38 megapixels: %.0f ms, peak %.0f MB", (double)result.reply.cpu_us / 1000,
                   (double)result.reply.peak_memory_bytes / 1e6);
    /* The whole canvas alone would be 57 MB. A sanitizer's own memory counts, too. */
    if (worker->hello.confinement & CONFINED_MEMORY)
        g_assert_cmpint(result.reply.peak_memory_bytes, <, 100000000);
    worker_end(worker, NULL);
}

static void test_heic_damage(void)
{
    struct worker_process *worker = start(256);
    /* One of eight tiles. */
    const struct picture_heic grid = {.width_px = 64, .height_px = 64, .columns = 4, .rows = 2};
    g_autoptr(GBytes) whole = picture_heic(&grid);
    gsize size, data_size, at = picture_heic_data(whole, &data_size);
    g_autofree guint8 *bytes = g_memdup2(g_bytes_get_data(whole, &size), g_bytes_get_size(whole));
    memset(bytes + at, 0xff, 16); /* length and head of its first unit */
    RESULT_AUTO struct result holed, replaced;
    ask(&worker, "holed.heic", bytes, size, 60, &holed);
    g_assert_no_error(holed.error);
    g_assert_cmpint(holed.reply.outcome, ==, MEDIA_DAMAGED);
    g_assert_nonnull(strstr(holed.reply.reason, "of the 8 parts"));
    expect_colour(holed.preview, 0.95, 0.1, green);
    expect_colour(holed.preview, 0.95, 0.9, white);
    /* The main picture, but not the small one beside it. */
    const struct picture_heic pair = {.width_px = 256, .height_px = 192, .orientation = 6, .has_thumbnail = true};
    g_autoptr(GBytes) both = picture_heic(&pair);
    g_autofree guint8 *cut = g_memdup2(g_bytes_get_data(both, &size), g_bytes_get_size(both));
    at = picture_heic_data(both, &data_size);
    memset(cut + at, 0xff, 16);
    ask(&worker, "replaced.heic", cut, size, 60, &replaced);
    g_assert_no_error(replaced.error);
    g_assert_cmpint(replaced.reply.outcome, ==, MEDIA_DAMAGED);
    g_assert_nonnull(strstr(replaced.reply.reason, "small one"));
    g_assert_cmpint(replaced.reply.width_px, ==, 192);
    g_assert_cmpint(replaced.reply.preview_height_px, <, 100);
    expect_colour(replaced.preview, corners[6].red_x, corners[6].red_y, red);
    worker_end(worker, NULL);
}

/* ---- colours ---- */

/* Code 512 of PQ is 93 cd/m²; paper white is 203: sRGB 0.46 → 180. */
static void test_pq(void)
{
    static const int gray[3] = {180, 180, 180};
    static const guint8 pq[4] = {9, 16, 0, 1};
    struct worker_process *worker = start(256);
    RESULT_AUTO struct result heic, png;
    ask_bytes(&worker, "pq.heic", picture_heic(&(struct picture_heic){.width_px = 64, .height_px = 64, .is_pq = true}),
              &heic);
    g_assert_no_error(heic.error);
    g_assert_cmpint(heic.reply.outcome, ==, MEDIA_OK);
    expect_colour(heic.preview, 0.5, 0.5, gray);
    const struct picture_png even = {
        .width_px = 64, .height_px = 64, .cicp = pq, .is_even = true, .colour = {32799, 32799, 32799}};
    ask_bytes(&worker, "pq.png", picture_png_with(&even), &png);
    g_assert_no_error(png.error);
    g_assert_cmpint(png.reply.outcome, ==, MEDIA_OK);
    expect_colour(png.preview, 0.5, 0.5, gray);
    worker_end(worker, NULL);
}

/* The green of Display P3 and of Adobe RGB lies outside of sRGB: a half-strong one, inside, shows the conversion. */
static void test_png_numbers(void)
{
    static const guint8 p3[4] = {12, 13, 0, 1};
    struct worker_process *worker = start(256);
    /* P3 (100, 200, 100) is (45, 203, 86) in sRGB, by the matrices of both. */
    static const int wanted_p3[3] = {45, 203, 86};
    RESULT_AUTO struct result by_points, by_numbers, linear;
    struct picture_png png = {
        .width_px = 64, .height_px = 64, .cicp = p3, .is_even = true, .colour = {100 * 257, 200 * 257, 100 * 257}};
    ask_bytes(&worker, "p3.png", picture_png_with(&png), &by_points);
    g_assert_no_error(by_points.error);
    expect_colour(by_points.preview, 0.5, 0.5, wanted_p3);
    png.cicp = NULL;
    png.gamma = 0.45455;
    memcpy(png.primaries, (double[8]){0.3127, 0.3290, 0.680, 0.320, 0.265, 0.690, 0.150, 0.060}, sizeof(png.primaries));
    ask_bytes(&worker, "numbers.png", picture_png_with(&png), &by_numbers);
    g_assert_no_error(by_numbers.error);
    expect_colour(by_numbers.preview, 0.5, 0.5, wanted_p3);
    /* Linear light of a half is sRGB 188. */
    static const int wanted_linear[3] = {188, 188, 188};
    const struct picture_png half = {
        .width_px = 64, .height_px = 64, .gamma = 1, .is_even = true, .colour = {32768, 32768, 32768}};
    ask_bytes(&worker, "linear.png", picture_png_with(&half), &linear);
    g_assert_no_error(linear.error);
    expect_colour(linear.preview, 0.5, 0.5, wanted_linear);
    worker_end(worker, NULL);
}

/* What a camera took in Adobe RGB is not shown pale: 0, 255, 0 there is beyond sRGB's green, red is redder. */
static void test_adobe_rgb_by_exif(void)
{
    struct worker_process *worker = start(256);
    g_autoptr(GBytes) exif = picture_exif(1, true), usual = picture_exif(1, false);
    g_autoptr(GBytes) plain = picture_jpeg_even(64, 64, (guint8[3]){128, 200, 128});
    /* Adobe RGB (128, 200, 128) is (77, 201, 124) in sRGB. */
    static const int wanted[3] = {77, 201, 124}, as_it_is[3] = {128, 200, 128};
    RESULT_AUTO struct result adobe, srgb;
    ask_bytes(&worker, "_DSC0001.jpg", picture_jpeg_with_exif(plain, exif), &adobe);
    g_assert_no_error(adobe.error);
    expect_colour(adobe.preview, 0.5, 0.5, wanted);
    ask_bytes(&worker, "DSC_0001.jpg", picture_jpeg_with_exif(plain, usual), &srgb);
    g_assert_no_error(srgb.error);
    expect_colour(srgb.preview, 0.5, 0.5, as_it_is);
    worker_end(worker, NULL);
}

/* ---- animations ---- */

static void test_animations(void)
{
    struct worker_process *worker = start(256);
    RESULT_AUTO struct result gif, webp, png;
    ask_bytes(&worker, "late.gif", picture_gif_late(100, 80), &gif);
    g_assert_no_error(gif.error);
    g_assert_cmpint(gif.reply.frames, ==, 2);
    g_assert_cmpint(gif.reply.duration_ms, ==, 500);
    expect_colour(gif.preview, 0.5, 0.5, red);
    ask_bytes(&worker, "late.webp", picture_webp_late(100, 80), &webp);
    g_assert_no_error(webp.error);
    g_assert_cmpint(webp.reply.frames, ==, 2);
    g_assert_cmpint(webp.reply.duration_ms, ==, 500);
    expect_colour(webp.preview, 0.5, 0.5, red);
    ask_bytes(&worker, "moving.png",
              picture_png_with(&(struct picture_png){.width_px = 100, .height_px = 80, .n_frames = 3}), &png);
    g_assert_no_error(png.error);
    g_assert_cmpint(png.reply.outcome, ==, MEDIA_OK);
    g_assert_cmpint(png.reply.frames, ==, 3);
    g_assert_cmpint(png.reply.duration_ms, ==, 300);
    expect_colour(png.preview, 0.1, 0.1, red);
    worker_end(worker, NULL);
}

void turn_tests_add(void)
{
    g_test_add_func("/worker/turns", test_turns);
    g_test_add_func("/worker/heic/grid", test_heic_grid);
    g_test_add_func("/worker/heic/of-several", test_heic_of_several);
    g_test_add_func("/worker/heic/grid-is-shrunk", test_heic_grid_is_shrunk);
    g_test_add_func("/worker/heic/damage", test_heic_damage);
    g_test_add_func("/worker/colour/pq", test_pq);
    g_test_add_func("/worker/colour/png-numbers", test_png_numbers);
    g_test_add_func("/worker/colour/adobe-rgb-by-exif", test_adobe_rgb_by_exif);
    g_test_add_func("/worker/animations", test_animations);
}
