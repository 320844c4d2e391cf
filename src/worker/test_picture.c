/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Pictures in memory: planes do not run into each other. */
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

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/worker/picture/odd-height-keeps-its-colours", test_odd_height_keeps_its_colours);
    return g_test_run();
}
