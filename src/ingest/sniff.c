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
    {0, "II+\0\x08\0\0\0", 8, "x.tif"},
    {0, "MM\0+\0\x08\0\0", 8, "x.tif"},
    {0, "IIU\0", 4, "x.rw2"},
    {0, "IIRO", 4, "x.orf"},
    {0, "IIRS", 4, "x.orf"},
    {0, "MMOR", 4, "x.orf"},
    {0, "FUJIFILMCCD-RAW", 15, "x.raf"},
    {0, "FOVb", 4, "x.x3f"},
    {0, "\0MRM", 4, "x.mrw"},
    {6, "HEAPCCDR", 8, "x.crw"},
    {0, "8BPS", 4, "x.psd"},
    {0, "\0\0\0\x0cjP  \r\n\x87\n", 12, "x.jp2"},
    {0, "\x1a\x45\xdf\xa3", 4, "x.mkv"},
    {0, "FLV\x01", 4, "x.flv"},
    {0, "\x30\x26\xb2\x75\x8e\x66\xcf\x11", 8, "x.wmv"},
    {0, "\0\0\x01\xba", 4, "x.mpg"},
    {0, "\0\0\x01\xb3", 4, "x.mpg"},
    {0, "\x06\x0e\x2b\x34", 4, "x.mxf"},
};

/* After "RIFF" and a length. */
static const struct magic riff[] = {
    {8, "WEBP", 4, "x.webp"},
    {8, "AVI ", 4, "x.avi"},
};

/* Major brands of the ISO base media format (ISO/IEC 14496-12, section 4.3), after a length and "ftyp". */
static const struct magic brands[] = {
    {8, "heic", 4, "x.heic"}, {8, "heix", 4, "x.heic"}, {8, "hevc", 4, "x.heic"}, {8, "heim", 4, "x.heic"},
    {8, "heis", 4, "x.heic"}, {8, "mif1", 4, "x.heif"}, {8, "msf1", 4, "x.heif"}, {8, "mif2", 4, "x.heif"},
    {8, "avif", 4, "x.avif"}, {8, "avis", 4, "x.avif"}, {8, "crx ", 4, "x.cr3"},  {8, "qt  ", 4, "x.mov"},
    {8, "3gp", 3, "x.3gp"},   {8, "3g2", 3, "x.3g2"},   {8, "M4V", 3, "x.m4v"},   {8, "mp4", 3, "x.mp4"},
    {8, "iso", 3, "x.mp4"},   {8, "avc1", 4, "x.mp4"},  {8, "dash", 4, "x.mp4"},  {8, "MSNV", 4, "x.mp4"},
    {8, "XAVC", 4, "x.mp4"},
};

static const struct media_type *look_up(const struct magic *rows, size_t n_rows, const char *bytes, size_t size)
{
    for (size_t i = 0; i < n_rows; i++) {
        if (size >= rows[i].offset + rows[i].size && memcmp(bytes + rows[i].offset, rows[i].bytes, rows[i].size) == 0)
            return media_type_of(rows[i].name);
    }
    return NULL;
}

/* "BM" begins many a text: the length of the second head and its one plane tell. */
static bool is_bmp(const unsigned char *bytes, size_t size)
{
    if (size < 30 || memcmp(bytes, "BM", 2) != 0 || memcmp(bytes + 15, "\0\0\0", 3) != 0)
        return false;
    const unsigned char *planes = bytes + (bytes[14] == 12 ? 22 : 26);
    return bytes[14] >= 12 && bytes[14] <= 124 && planes[0] == 1 && planes[1] == 0;
}

bool sniff_is_drawing(const char *file_name, const void *bytes, size_t size)
{
    const char *dot = strrchr(file_name, '.');
    if (dot && (g_ascii_strcasecmp(dot, ".svg") == 0 || g_ascii_strcasecmp(dot, ".svgz") == 0))
        return true;
    return memmem(bytes, size, "<svg", 4) != NULL;
}

const struct media_type *sniff_media_type(const void *bytes, size_t size)
{
    const char *text = bytes;
    if (size >= 12 && memcmp(text + 4, "ftyp", 4) == 0)
        return look_up(brands, G_N_ELEMENTS(brands), text, size);
    if (size >= 12 && memcmp(text, "RIFF", 4) == 0)
        return look_up(riff, G_N_ELEMENTS(riff), text, size);
    if (is_bmp(bytes, size))
        return media_type_of("x.bmp");
    return look_up(plain, G_N_ELEMENTS(plain), text, size);
}
