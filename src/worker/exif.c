/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "worker/exif.h"

#include <string.h>

#include <gexiv2/gexiv2.h>

enum { TIFF_SEARCH_BYTES = 64 };

/* Containers put different things in front of the TIFF block: "Exif\0\0", a length, both. */
static const uint8_t *find_tiff(GBytes *exif, size_t *ret_size)
{
    size_t size = 0;
    const uint8_t *bytes = exif ? g_bytes_get_data(exif, &size) : NULL;
    for (size_t at = 0; at + 8 <= size && at < TIFF_SEARCH_BYTES; at++)
        if (memcmp(bytes + at, "II*\0", 4) == 0 || memcmp(bytes + at, "MM\0*", 4) == 0) {
            *ret_size = size - at;
            return bytes + at;
        }
    return NULL;
}

static char *text(void *block, const char *name)
{
    return gexiv2_metadata_try_get_tag_string(block, name, NULL);
}

static GBytes *raw(void *block, const char *name)
{
    return gexiv2_metadata_try_get_tag_raw(block, name, NULL);
}

void exif_read(GBytes *exif, struct tags *tags)
{
    size_t size = 0;
    const uint8_t *tiff = find_tiff(exif, &size);
    if (!tiff || size > G_MAXINT)
        return;
    GExiv2Metadata *metadata = gexiv2_metadata_new();
    if (!gexiv2_metadata_from_app1_segment(metadata, tiff, (glong)size, NULL)) {
        g_object_unref(metadata);
        return;
    }
    const struct tags_exif block = {metadata, text, raw, g_object_unref, tiff[0] == 'M'};
    tags_set_exif(tags, &block);
}

void exif_warm(void)
{
    gexiv2_initialize();
    gexiv2_log_set_level(GEXIV2_LOG_LEVEL_MUTE);
    /* The smallest EXIF block there is: parsers build their tables on first use, and exiv2's texts in UCS-2 make glibc
     * look for its converters. */
    static const uint8_t bytes[] = {'I', 'I', '*', 0, 8, 0,   0, 0, 1, 0, 0x9c, 0x9c, 1,
                                    0,   4,   0,   0, 0, 'a', 0, 0, 0, 0, 0,    0,    0};
    g_autoptr(GBytes) block = g_bytes_new_static(bytes, sizeof(bytes));
    struct tags *tags = tags_new(NULL, NULL, NULL);
    exif_read(block, tags);
    g_free(tags_text(tags, "Exif.Image.XPComment"));
    /* The first error has exiv2 look where its translations lie. */
    g_free(tags_text(tags, "Exif.Image.NoSuchTag"));
    tags_free(tags);
}
