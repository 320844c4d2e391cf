/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * TIFF, BMP and camera RAW through the worker: every variety shows the same four quarters. */
#include <string.h>

#include <tiffio.h>

#include "media/test_asking.h"
#include "media/test_pictures.h"
#include "media/test_pictures_raw.h"

static void expect_quarters(const struct result *result)
{
    expect_colour(result->preview, 0.1, 0.1, red);
    expect_colour(result->preview, 0.9, 0.1, green);
    expect_colour(result->preview, 0.1, 0.9, blue);
    expect_colour(result->preview, 0.9, 0.9, white);
}

/* Red's channel alone. */
static void expect_gray_quarters(const struct result *result)
{
    expect_colour(result->preview, 0.1, 0.1, white);
    expect_colour(result->preview, 0.9, 0.1, black);
    expect_colour(result->preview, 0.1, 0.9, black);
    expect_colour(result->preview, 0.9, 0.9, white);
}

static void expect_ok(const struct result *result, const char *mime)
{
    g_assert_no_error(result->error);
    if (result->reply.outcome != MEDIA_OK)
        g_error("outcome %d: %s", (int)result->reply.outcome, result->reply.reason);
    g_assert_cmpstr(result->reply.mime, ==, mime);
    expect_derivatives(result);
}

/* ---- TIFF ---- */

static void test_tiff(void)
{
    static const struct picture_tiff rows[] = {
        {.kind = TIFF_KIND_RGB},
        {.kind = TIFF_KIND_RGB, .is_big_endian = true, .bits = 16},
        {.kind = TIFF_KIND_RGB, .is_big = true, .compression = COMPRESSION_LZW},
        {.kind = TIFF_KIND_RGB, .is_tiled = true, .compression = COMPRESSION_ADOBE_DEFLATE},
        {.kind = TIFF_KIND_RGB, .is_separate = true, .compression = COMPRESSION_PACKBITS},
        {.kind = TIFF_KIND_RGB, .is_separate = true, .is_tiled = true, .bits = 16},
        {.kind = TIFF_KIND_RGB, .has_second_page = true},
        {.kind = TIFF_KIND_PALETTE},
        {.kind = TIFF_KIND_PALETTE, .bits = 4},
        {.kind = TIFF_KIND_PALETTE, .bits = 2, .is_tiled = true},
        {.kind = TIFF_KIND_CMYK},
        {.kind = TIFF_KIND_CMYK, .is_separate = true},
        {.kind = TIFF_KIND_CMYK, .is_tiled = true, .bits = 16},
        {.kind = TIFF_KIND_YCBCR, .compression = COMPRESSION_JPEG},
        {.kind = TIFF_KIND_YCBCR, .compression = COMPRESSION_JPEG, .is_tiled = true},
        {.kind = TIFF_KIND_LAB},
        {.kind = TIFF_KIND_LAB, .is_tiled = true},
        {.kind = TIFF_KIND_GRAY},
        {.kind = TIFF_KIND_GRAY, .bits = 16, .is_big_endian = true},
        {.kind = TIFF_KIND_GRAY, .bits = 4},
        {.kind = TIFF_KIND_GRAY, .bits = 1, .compression = COMPRESSION_CCITTFAX4},
        {.kind = TIFF_KIND_WHITE_IS_ZERO, .bits = 1, .compression = COMPRESSION_CCITTFAX3},
        {.kind = TIFF_KIND_WHITE_IS_ZERO, .bits = 2},
        {.kind = TIFF_KIND_WHITE_IS_ZERO, .is_tiled = true},
    };
    struct worker_process *worker = start(256);
    for (size_t i = 0; i < G_N_ELEMENTS(rows); i++) {
        RESULT_AUTO struct result result;
        struct picture_tiff wanted = rows[i];
        wanted.width_px = 150;
        wanted.height_px = 110;
        g_autofree char *name = g_strdup_printf("variety-%zu.tif", i);
        g_test_message("%s", name);
        ask_bytes(&worker, name, picture_tiff(&wanted), &result);
        expect_ok(&result, "image/tiff");
        g_assert_cmpint(result.reply.width_px, ==, 150);
        g_assert_cmpint(result.reply.height_px, ==, 110);
        g_assert_cmpstr(result.reply.make, ==, "Test");
        if (wanted.kind == TIFF_KIND_GRAY || wanted.kind == TIFF_KIND_WHITE_IS_ZERO)
            expect_gray_quarters(&result);
        else if (wanted.kind == TIFF_KIND_LAB) /* the display that libtiff thinks of has another green */
            expect_colour(result.preview, 0.1, 0.1, red);
        else
            expect_quarters(&result);
    }
    worker_end(worker, NULL);
}

static void test_tiff_transparency(void)
{
    struct worker_process *worker = start(256);
    for (unsigned tiled = 0; tiled < 2; tiled++) {
        RESULT_AUTO struct result result;
        const struct picture_tiff wanted = {
            .width_px = 100, .height_px = 80, .is_transparent = true, .is_tiled = tiled, .bits = tiled ? 16 : 8};
        ask_bytes(&worker, "glass.tif", picture_tiff(&wanted), &result);
        expect_ok(&result, "image/tiff");
        expect_colour(result.preview, 0.1, 0.1, red);
        expect_colour(result.preview, 0.9, 0.1, white);
    }
    worker_end(worker, NULL);
}

static void test_tiff_cut(void)
{
    const struct picture_tiff wanted = {.width_px = 400, .height_px = 400};
    g_autoptr(GBytes) whole = picture_tiff(&wanted);
    /* The directory is at the end: what is cut out is the middle. */
    gsize size;
    const guint8 *bytes = g_bytes_get_data(whole, &size);
    struct worker_process *worker = start(256);
    RESULT_AUTO struct result head, broken;
    ask_bytes(&worker, "head.tif", g_bytes_new(bytes, size / 2), &head);
    g_assert_no_error(head.error);
    g_assert_cmpint(head.reply.outcome, ==, MEDIA_BROKEN);
    const struct picture_tiff packed = {.width_px = 400, .height_px = 400, .compression = COMPRESSION_ADOBE_DEFLATE};
    g_autoptr(GBytes) good = picture_tiff(&packed);
    g_autofree guint8 *bad = g_memdup2(g_bytes_get_data(good, &size), g_bytes_get_size(good));
    memset(bad + size / 3, 0x55, 64);
    ask(&worker, "spoiled.tif", bad, size, 60, &broken);
    g_assert_no_error(broken.error);
    g_assert_cmpint(broken.reply.outcome, ==, MEDIA_DAMAGED);
    expect_colour(broken.preview, 0.1, 0.02, red);
    worker_end(worker, NULL);
}

/* ---- BMP ---- */

static void test_bmp(void)
{
    static const struct picture_bmp rows[] = {
        {.bits = 8},
        {.bits = 24},
        {.bits = 24, .height_px = -1},
        {.bits = 32},
        {.bits = 16},
        {.bits = 16, .has_masks = true},
        {.bits = 4},
        {.bits = 8, .is_rle = true},
        {.bits = 4, .is_rle = true},
        {.bits = 24, .is_core = true},
        {.bits = 8, .is_core = true},
        {.bits = 4, .is_core = true},
    };
    struct worker_process *worker = start(256);
    for (size_t i = 0; i < G_N_ELEMENTS(rows); i++) {
        RESULT_AUTO struct result result;
        struct picture_bmp wanted = rows[i];
        wanted.width_px = 101;
        wanted.height_px = wanted.height_px < 0 ? -77 : 77;
        g_autofree char *name = g_strdup_printf("variety-%zu.bmp", i);
        g_test_message("%s", name);
        ask_bytes(&worker, name, picture_bmp(&wanted), &result);
        expect_ok(&result, "image/bmp");
        g_assert_cmpint(result.reply.width_px, ==, 101);
        g_assert_cmpint(result.reply.height_px, ==, 77);
        expect_quarters(&result);
    }
    RESULT_AUTO struct result ink, glass;
    ask_bytes(&worker, "ink.bmp", picture_bmp(&(struct picture_bmp){.width_px = 65, .height_px = 40, .bits = 1}), &ink);
    expect_ok(&ink, "image/bmp");
    expect_colour(ink.preview, 0.1, 0.1, black);
    expect_colour(ink.preview, 0.9, 0.9, white);
    const struct picture_bmp masked = {.width_px = 65, .height_px = 40, .bits = 32, .has_masks = true};
    ask_bytes(&worker, "glass.bmp", picture_bmp(&masked), &glass);
    expect_ok(&glass, "image/bmp");
    expect_colour(glass.preview, 0.1, 0.1, red);
    expect_colour(glass.preview, 0.9, 0.1, white);
    worker_end(worker, NULL);
}

/* What claims 900 megapixels in a few bytes costs a few bytes' work. */
static void test_bmp_bombs(void)
{
    struct worker_process *worker = start(256);
    for (unsigned rle = 0; rle < 2; rle++) {
        const struct picture_bmp small = {.width_px = 64, .height_px = 64, .bits = 8, .is_rle = rle};
        g_autoptr(GBytes) bytes = picture_bmp(&small);
        gsize size;
        g_autofree guint8 *bomb = g_memdup2(g_bytes_get_data(bytes, &size), g_bytes_get_size(bytes));
        memcpy(bomb + 18, "\x30\x75\0\0\x30\x75\0\0", 8); /* 30,000 × 30,000 */
        RESULT_AUTO struct result result;
        ask(&worker, "bomb.bmp", bomb, size, 60, &result);
        g_assert_no_error(result.error);
        g_assert_cmpint(result.reply.outcome, ==, MEDIA_BROKEN);
        g_assert_nonnull(result.reply.reason);
    }
    worker_end(worker, NULL);
}

/* ---- camera RAW ---- */

static void expect_camera(const struct result *result, const char *make)
{
    g_assert_cmpstr(result->reply.make, ==, make);
    g_assert_cmpint(result->reply.orientation, ==, 6);
    /* 2024-08-13 12:34:56 */
    g_assert_cmpint(result->reply.local_us, ==, INT64_C(1723552496) * G_USEC_PER_SEC);
    /* Turned clockwise: what lay left below is left above. */
    expect_colour(result->preview, 0.1, 0.1, blue);
    expect_colour(result->preview, 0.9, 0.1, red);
    g_assert_cmpint(result->reply.width_px, ==, 1500);
    g_assert_cmpint(result->reply.height_px, ==, 2000);
}

static void test_raw_previews(void)
{
    static const struct {
        GBytes *(*make_file)(GBytes *jpeg);
        const char *name, *mime, *make;
    } rows[] = {
        {picture_cr2, "x.cr2", "image/x-canon-cr2", "Canon"},
        {picture_cr3, "x.cr3", "image/x-canon-cr3", "Canon"},
        {picture_nef, "x.nef", "image/x-nikon-nef", "NIKON CORPORATION"},
        {picture_orf, "x.orf", "image/x-olympus-orf", "OLYMPUS CORPORATION"},
        {picture_rw2, "x.rw2", "image/x-panasonic-rw2", "Panasonic"},
    };
    g_autoptr(GBytes) jpeg = picture_jpeg(2000, 1500, 0), turned = picture_jpeg(2000, 1500, 6);
    struct worker_process *worker = start(256);
    for (size_t i = 0; i < G_N_ELEMENTS(rows); i++) {
        RESULT_AUTO struct result result;
        g_test_message("%s", rows[i].name);
        ask_bytes(&worker, rows[i].name, rows[i].make_file(jpeg), &result);
        expect_ok(&result, rows[i].mime);
        expect_camera(&result, rows[i].make);
    }
    RESULT_AUTO struct result raf;
    ask_bytes(&worker, "x.raf", picture_raf(turned), &raf);
    expect_ok(&raf, "image/x-fuji-raf");
    g_assert_cmpint(raf.reply.orientation, ==, 6);
    expect_colour(raf.preview, 0.1, 0.1, blue);
    worker_end(worker, NULL);
}

/* Without a preview, or with one that is too small, the sensor's data are developed. */
static void test_raw_is_developed(void)
{
    g_autoptr(GBytes) small = picture_jpeg(320, 240, 0), large = picture_jpeg(2000, 1500, 0);
    struct worker_process *worker = start(512);
    RESULT_AUTO struct result bare, tiny, both;
    ask_bytes(&worker, "bare.dng", picture_dng(&(struct picture_dng){3200, 2400, 6, NULL}), &bare);
    expect_ok(&bare, "image/x-adobe-dng");
    g_test_message("developed: %.0f ms, peak %.0f MB", (double)bare.reply.cpu_us / 1000,
                   (double)bare.reply.peak_memory_bytes / 1e6);
    g_assert_cmpint(bare.reply.width_px, ==, 2400);
    g_assert_cmpint(bare.reply.height_px, ==, 3200);
    g_assert_cmpint(bare.reply.preview_width_px, ==, 1440);
    g_assert_cmpstr(bare.reply.make, ==, "Test");
    expect_colour(bare.preview, 0.1, 0.1, blue);
    expect_colour(bare.preview, 0.9, 0.1, red);
    expect_colour(bare.preview, 0.9, 0.9, green);
    ask_bytes(&worker, "tiny.dng", picture_dng(&(struct picture_dng){3200, 2400, 1, small}), &tiny);
    expect_ok(&tiny, "image/x-adobe-dng");
    g_assert_cmpint(tiny.reply.preview_height_px, ==, 1440);
    expect_quarters(&tiny);
    ask_bytes(&worker, "both.dng", picture_dng(&(struct picture_dng){3200, 2400, 1, large}), &both);
    expect_ok(&both, "image/x-adobe-dng");
    g_assert_cmpint(both.reply.width_px, ==, 3200);
    g_assert_cmpint(both.reply.preview_height_px, ==, 1440);
    expect_quarters(&both);
    worker_end(worker, NULL);
}

/* A cut RAW whose large preview is lost shows what is left and says so. */
static void test_raw_damage(void)
{
    g_autoptr(GBytes) small = picture_jpeg(320, 240, 0);
    g_autoptr(GBytes) whole = picture_dng(&(struct picture_dng){3200, 2400, 1, small});
    gsize size;
    g_autofree guint8 *bytes = g_memdup2(g_bytes_get_data(whole, &size), g_bytes_get_size(whole));
    struct worker_process *worker = start(512);
    RESULT_AUTO struct result result;
    /* The sensor's data claim to begin where the file ends. */
    for (gsize at = size - 1000; at + 12 < size; at++)
        if (memcmp(bytes + at, "\x11\x01\x04\0\x01\0\0\0", 8) == 0)
            memcpy(bytes + at + 8, "\xff\xff\xff\x7f", 4);
    ask(&worker, "broken.dng", bytes, size, 60, &result);
    g_assert_no_error(result.error);
    g_assert_cmpint(result.reply.outcome, ==, MEDIA_DAMAGED);
    g_assert_nonnull(strstr(result.reply.reason, "smaller one"));
    expect_quarters(&result);
    worker_end(worker, NULL);
}

static void test_drawings_are_not_shown(void)
{
    static const char svg[] = "<?xml version='1.0'?><svg xmlns='http://www.w3.org/2000/svg'><script>1</script></svg>";
    struct worker_process *worker = start(256);
    RESULT_AUTO struct result result;
    ask(&worker, "drawing.jpg", svg, strlen(svg), 10, &result);
    g_assert_no_error(result.error);
    g_assert_cmpint(result.reply.outcome, ==, MEDIA_UNSUPPORTED);
    g_assert_nonnull(strstr(result.reply.reason, "SVG"));
    worker_end(worker, NULL);
}

void format_tests_add(void)
{
    g_test_add_func("/worker/tiff", test_tiff);
    g_test_add_func("/worker/tiff-transparency", test_tiff_transparency);
    g_test_add_func("/worker/tiff-cut", test_tiff_cut);
    g_test_add_func("/worker/bmp", test_bmp);
    g_test_add_func("/worker/bmp-bombs", test_bmp_bombs);
    g_test_add_func("/worker/raw-previews", test_raw_previews);
    g_test_add_func("/worker/raw-is-developed", test_raw_is_developed);
    g_test_add_func("/worker/raw-damage", test_raw_damage);
    g_test_add_func("/worker/drawings-are-not-shown", test_drawings_are_not_shown);
}
