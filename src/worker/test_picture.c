/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Pictures in memory: planes do not run into each other, and are shrunk in strips as well as at once. */
#include <glib.h>
#include <string.h>

#include "worker/colour.h"
#include "worker/picture.h"

static void assert_even(const struct plane *plane, unsigned value)
{
    for (unsigned y = 0; y < plane->height_px; y++)
        for (unsigned x = 0; x < plane->width_px; x++)
            g_assert_cmpuint(plane->data[y * plane->stride_bytes + x], ==, value);
}

/* The last pair of luma rows of a picture of odd height once overwrote the first chroma rows: previews had a band of
 * wrong colour at their top. */
static void test_odd_height_keeps_its_colours(void)
{
    static const struct extent sizes[] = {{64, 63}, {63, 64}, {33, 1}, {1, 33}, {31, 31}, {8192, 91}};
    for (size_t i = 0; i < G_N_ELEMENTS(sizes); i++) {
        g_autoptr(GError) error = NULL;
        PICTURE_AUTO struct picture red = {0}, made = {0};
        g_assert_true(picture_new(PICTURE_RGB, sizes[i].width_px, sizes[i].height_px, 8, false, &red, &error));
        g_assert_no_error(error);
        for (unsigned plane = 0; plane < 3; plane++)
            memset(red.planes[plane].data, plane == 0 ? 255 : 0,
                   red.planes[plane].stride_bytes * red.planes[plane].height_px);
        red.primaries = 1;
        red.transfer = 13;
        g_assert_true(colour_to_srgb(&red, &made, &error));
        g_assert_no_error(error);
        /* JFIF: red is Y 76, Cb 85, Cr 255. */
        assert_even(&made.planes[0], 76);
        assert_even(&made.planes[1], 85);
        assert_even(&made.planes[2], 255);
    }
}

static void fill(const struct picture *picture)
{
    for (unsigned i = 0; i < picture->n_planes; i++)
        for (unsigned y = 0; y < picture->planes[i].height_px; y++)
            for (unsigned x = 0; x < picture->planes[i].width_px; x++)
                picture->planes[i].data[y * picture->planes[i].stride_bytes + x] =
                    (uint8_t)(x * (i + 1) + y * 3 + (x ^ y));
}

static void assert_same(const struct picture *a, const struct picture *b)
{
    for (unsigned i = 0; i < a->n_planes; i++) {
        g_assert_cmpuint(a->planes[i].width_px, ==, b->planes[i].width_px);
        g_assert_cmpuint(a->planes[i].height_px, ==, b->planes[i].height_px);
        for (unsigned y = 0; y < a->planes[i].height_px; y++)
            g_assert_cmpmem(a->planes[i].data + y * a->planes[i].stride_bytes, a->planes[i].width_px,
                            b->planes[i].data + y * b->planes[i].stride_bytes, b->planes[i].width_px);
    }
}

static void feed(struct shrinker *shrinker, const struct picture *from, unsigned strip)
{
    for (unsigned y = 0; y < from->height_px; y += strip)
        for (unsigned i = 0; i < from->n_planes; i++) {
            unsigned at = i ? y / 2 : y, rows = i ? strip / 2 : strip;
            if (at < from->planes[i].height_px)
                shrinker_add(shrinker, i, from->planes[i].data + at * from->planes[i].stride_bytes,
                             from->planes[i].stride_bytes, MIN(rows, from->planes[i].height_px - at));
        }
}

static void test_strips_are_as_good_as_the_whole(void)
{
    static const struct {
        struct extent from, to;
        bool chroma_halved;
    } rows[] = {
        {{217, 181}, {100, 83}, true}, {{217, 181}, {100, 83}, false}, {{64, 48}, {64, 48}, true},
        {{64, 48}, {64, 48}, false},   {{33, 1}, {10, 1}, true},       {{1000, 16}, {100, 2}, true},
    };
    for (size_t i = 0; i < G_N_ELEMENTS(rows); i++) {
        g_autoptr(GError) error = NULL;
        PICTURE_AUTO struct picture from = {0}, whole = {0}, strips = {0};
        g_assert_true(
            picture_new(PICTURE_YCBCR, rows[i].from.width_px, rows[i].from.height_px, 8, true, &from, &error));
        fill(&from);
        g_assert_true(picture_scale(&from, rows[i].to, rows[i].chroma_halved, &whole, &error));
        /* One that is given up half way must not spoil the next. */
        struct shrinker *broken = shrinker_new(&from, rows[i].to, rows[i].chroma_halved, &error);
        shrinker_add(broken, 0, from.planes[0].data, from.planes[0].stride_bytes, MIN(8, from.height_px - 1));
        shrinker_free(broken);
        struct shrinker *shrinker = shrinker_new(&from, rows[i].to, rows[i].chroma_halved, &error);
        feed(shrinker, &from, 16);
        g_assert_true(shrinker_finish(shrinker, &strips, &error));
        g_assert_no_error(error);
        assert_same(&whole, &strips);
    }
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/worker/picture/odd-height-keeps-its-colours", test_odd_height_keeps_its_colours);
    g_test_add_func("/worker/picture/strips-are-as-good-as-the-whole", test_strips_are_as_good_as_the_whole);
    return g_test_run();
}
