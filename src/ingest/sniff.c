/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "ingest/sniff.h"

#include <glib.h>
#include <string.h>

/* Bytes at a fixed place that give a format away. */
struct magic {
    size_t offset;
    const char *bytes;
    size_t size;
    const char *name; /* of a file of that kind, for media_type_of() */
};

static const struct magic plain[] = {
    {0, "\xff\xd8\xff", 3, "x.jpg"},
    {0, "\x89PNG\r\n\x1a\n", 8, "x.png"},
    {0, "GIF87a", 6, "x.gif"},
    {0, "GIF89a", 6, "x.gif"},
    {0, "\xff\x0a", 2, "x.jxl"},
    {0, "\0\0\0\x0cJXL \r\n\x87\n", 12, "x.jxl"},
    {0, "II*\0", 4, "x.tif"},
    {0, "MM\0*", 4, "x.tif"},
    {0, "FUJIFILMCCD-RAW", 15, "x.raf"},
    {0, "\x1a\x45\xdf\xa3", 4, "x.mkv"},
};

/* After "RIFF" and a length. */
static const struct magic riff[] = {
    {8, "WEBP", 4, "x.webp"},
    {8, "AVI ", 4, "x.avi"},
};

/* Major brands of the ISO base media format (ISO/IEC 14496-12, section 4.3), after a length and "ftyp". */
static const struct magic brands[] = {
    {8, "heic", 4, "x.heic"}, {8, "heix", 4, "x.heic"}, {8, "mif1", 4, "x.heif"}, {8, "avif", 4, "x.avif"},
    {8, "avis", 4, "x.avif"}, {8, "crx ", 4, "x.cr3"},  {8, "qt  ", 4, "x.mov"},  {8, "3gp", 3, "x.3gp"},
    {8, "M4V", 3, "x.m4v"},   {8, "mp4", 3, "x.mp4"},   {8, "iso", 3, "x.mp4"},   {8, "avc1", 4, "x.mp4"},
};

static const struct media_type *look_up(const struct magic *rows, size_t n_rows, const char *bytes, size_t size)
{
    for (size_t i = 0; i < n_rows; i++) {
        if (size >= rows[i].offset + rows[i].size && memcmp(bytes + rows[i].offset, rows[i].bytes, rows[i].size) == 0)
            return media_type_of(rows[i].name);
    }
    return NULL;
}

const struct media_type *sniff_media_type(const void *bytes, size_t size)
{
    const char *text = bytes;
    if (size >= 12 && memcmp(text + 4, "ftyp", 4) == 0)
        return look_up(brands, G_N_ELEMENTS(brands), text, size);
    if (size >= 12 && memcmp(text, "RIFF", 4) == 0)
        return look_up(riff, G_N_ELEMENTS(riff), text, size);
    return look_up(plain, G_N_ELEMENTS(plain), text, size);
}
