/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Unit tests of the table of file kinds. */
#include <glib.h>
#include <string.h>

#include "base/media_type.h"

static void test_names_find_their_row(void)
{
    g_assert_cmpstr(media_type_of("IMG_0001.HEIC")->mime, ==, "image/heic");
    g_assert_cmpstr(media_type_of("a/b.c/clip.3gp")->mime, ==, "video/3gpp");
    g_assert_cmpint(media_type_of("photo.jpg.xmp")->class, ==, MEDIA_CLASS_SIDECAR);
    g_assert_null(media_type_of("notes.txt"));
    g_assert_null(media_type_of("page.svg"));
    g_assert_null(media_type_of("jpg"));
    g_assert_null(media_type_of(""));
}

/* The finder searches by halves: a row out of order would be lost. */
static void test_every_row_is_found(void)
{
    for (size_t i = 0; i < media_n_types; i++) {
        g_autofree char *name = g_strconcat("x", media_types[i].extension, NULL);
        g_assert_true(media_type_of(name) == &media_types[i]);
    }
}

static void test_only_images_and_videos_are_harmless(void)
{
    g_assert_true(media_type_is_harmless("image/jpeg") && media_type_is_harmless("video/quicktime"));
    g_assert_false(media_type_is_harmless("text/html") || media_type_is_harmless("image/svg+xml") ||
                   media_type_is_harmless("application/rdf+xml") || media_type_is_harmless(NULL));
    g_assert_true(media_type_is_web("image/webp"));
    g_assert_false(media_type_is_web("image/heic") || media_type_is_web("text/html") || media_type_is_web(NULL));
}

static void expect_note(const char *name, const char *mime, const char *wanted)
{
    g_autofree char *named = NULL, *content = NULL;
    bool differs = media_type_differs(name, mime, &named, &content);
    g_autofree char *note = differs ? g_strdup_printf("%s, %s", named, content) : NULL;
    g_assert_cmpstr(note, ==, wanted);
}

static void test_lying_names_are_told(void)
{
    expect_note("IMG_0001.JPG", "image/heic", "JPEG, HEIC");
    expect_note("x.png", "image/webp", "PNG, WebP");
    expect_note("x.tif", "image/x-canon-cr2", "TIFF, CR2");
    expect_note("x.jpg", "video/mp4", "JPEG, MP4 video");
    expect_note("x.jpeg", "image/jpeg", NULL);
    expect_note("x.heif", "image/heic", NULL);
    expect_note("x.mov", "video/mp4", NULL);
    expect_note("x.nrw", "image/x-nikon-nef", NULL);
    expect_note("x.iiq", "image/x-raw", NULL);
    expect_note("x", "image/jpeg", NULL);
    expect_note("x.jpg", NULL, NULL);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/media-type/names", test_names_find_their_row);
    g_test_add_func("/media-type/order", test_every_row_is_found);
    g_test_add_func("/media-type/lying-names", test_lying_names_are_told);
    g_test_add_func("/media-type/harmless", test_only_images_and_videos_are_harmless);
    return g_test_run();
}
