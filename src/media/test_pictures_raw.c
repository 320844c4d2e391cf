/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "media/test_pictures_raw.h"

#include <string.h>

static const guint8 quarters[4][3] = {{255, 0, 0}, {0, 255, 0}, {0, 0, 255}, {255, 255, 255}};

static void put_le(GByteArray *out, guint64 value, unsigned size)
{
    for (unsigned i = 0; i < size; i++) {
        guint8 byte = (guint8)(value >> (8 * i));
        g_byte_array_append(out, &byte, 1);
    }
}

static void put_be(GByteArray *out, guint64 value, unsigned size)
{
    for (unsigned i = size; i-- > 0;) {
        guint8 byte = (guint8)(value >> (8 * i));
        g_byte_array_append(out, &byte, 1);
    }
}

static void put_bytes(GByteArray *out, const void *bytes, gsize size)
{
    g_byte_array_append(out, bytes, (guint)size);
}

static void patch_le(GByteArray *out, gsize at, guint64 value, unsigned size)
{
    for (unsigned i = 0; i < size; i++)
        out->data[at + i] = (guint8)(value >> (8 * i));
}

/* ---- BMP ---- */

static unsigned quarter_at(int width, int height, int x, int y)
{
    return 2 * (y >= height / 2) + (x >= width / 2);
}

static void put_bmp_head(GByteArray *out, const struct picture_bmp *wanted, unsigned n_colours)
{
    unsigned compression = wanted->is_rle ? wanted->bits == 8 ? 1 : 2 : wanted->has_masks ? 3 : 0;
    unsigned head = wanted->is_core ? 12 : wanted->has_masks ? 108 : 40;
    put_bytes(out, "BM", 2);
    put_le(out, 0, 4);
    put_le(out, 0, 4);
    put_le(out, 14 + head + n_colours * (wanted->is_core ? 3 : 4), 4);
    put_le(out, head, 4);
    put_le(out, (guint32)wanted->width_px, wanted->is_core ? 2 : 4);
    put_le(out, (guint32)wanted->height_px, wanted->is_core ? 2 : 4);
    put_le(out, 1, 2);
    put_le(out, wanted->bits, 2);
    if (wanted->is_core)
        return;
    put_le(out, compression, 4);
    for (unsigned i = 0; i < 3; i++)
        put_le(out, 0, 4);
    put_le(out, n_colours, 4);
    put_le(out, 0, 4);
    static const guint32 masks[2][4] = {{0xf800, 0x07e0, 0x001f, 0}, {0x00ff0000, 0xff00, 0xff, 0xff000000}};
    for (unsigned i = 0; wanted->has_masks && i < 17; i++)
        put_le(out, i < 4 ? masks[wanted->bits == 32][i] : 0, 4);
}

static void put_bmp_pixel(GByteArray *out, const struct picture_bmp *wanted, unsigned quarter, bool is_right)
{
    const guint8 *rgb = quarters[quarter];
    if (wanted->bits == 8)
        put_le(out, quarter, 1);
    else if (wanted->bits == 16 && wanted->has_masks)
        put_le(out, (guint16)(rgb[0] >> 3 << 11 | rgb[1] >> 2 << 5 | rgb[2] >> 3), 2);
    else if (wanted->bits == 16)
        put_le(out, (guint16)(rgb[0] >> 3 << 10 | rgb[1] >> 3 << 5 | rgb[2] >> 3), 2);
    else if (wanted->bits == 24)
        put_le(out, (guint32)rgb[0] << 16 | (guint32)rgb[1] << 8 | rgb[2], 3);
    else
        put_le(out,
               (guint32)rgb[0] << 16 | (guint32)rgb[1] << 8 | rgb[2] |
                   (wanted->has_masks && !is_right ? 255u << 24 : 0),
               4);
}

static void put_bmp_row(GByteArray *out, const struct picture_bmp *wanted, int y)
{
    int width = wanted->width_px, height = ABS(wanted->height_px);
    gsize begin = out->len;
    for (int x = 0; x < width && wanted->bits >= 8; x++)
        put_bmp_pixel(out, wanted, quarter_at(width, height, x, y), x >= width / 2);
    for (int x = 0; x < width && wanted->bits < 8; x += 8 / (int)wanted->bits) {
        unsigned byte = 0;
        for (int i = 0; i < 8 / (int)wanted->bits; i++) {
            unsigned index = quarter_at(width, height, MIN(x + i, width - 1), y);
            byte = byte << wanted->bits | (wanted->bits == 1 ? index == 3 : index);
        }
        put_le(out, byte, 1);
    }
    while ((out->len - begin) % 4)
        put_le(out, 0, 1);
}

/* The left half as runs, the right one pixel by pixel; one row in eight is left out by a jump. */
static void put_bmp_runs(GByteArray *out, const struct picture_bmp *wanted, int y)
{
    int width = wanted->width_px, height = ABS(wanted->height_px), left = width / 2;
    for (int x = 0; x < left;) {
        int count = MIN(left - x, 255);
        unsigned index = quarter_at(width, height, 0, y);
        put_le(out, (unsigned)count, 1);
        put_le(out, wanted->bits == 8 ? index : index << 4 | index, 1);
        x += count;
    }
    for (int x = left; x < width;) {
        int count = MIN(width - x, 200);
        unsigned index = quarter_at(width, height, width - 1, y);
        put_le(out, 0, 1);
        put_le(out, (unsigned)MAX(count, 3), 1);
        int bytes = wanted->bits == 8 ? MAX(count, 3) : (MAX(count, 3) + 1) / 2;
        for (int i = 0; i < bytes + bytes % 2; i++)
            put_le(out, wanted->bits == 8 ? index : index << 4 | index, 1);
        x += count;
    }
    put_le(out, 0, 2);
}

GBytes *picture_bmp(const struct picture_bmp *wanted)
{
    static const guint8 black[3] = {0, 0, 0};
    GByteArray *out = g_byte_array_new();
    unsigned n_colours = wanted->bits <= 8 ? wanted->bits == 1 ? 2 : wanted->is_core ? 1u << wanted->bits : 4 : 0;
    put_bmp_head(out, wanted, n_colours);
    for (unsigned i = 0; i < n_colours; i++) {
        const guint8 *rgb = wanted->bits == 1 ? i ? quarters[3] : black : quarters[i % 4];
        put_le(out, (guint32)rgb[0] << 16 | (guint32)rgb[1] << 8 | rgb[2], wanted->is_core ? 3 : 4);
    }
    int height = ABS(wanted->height_px);
    for (int i = 0; i < height; i++) {
        int y = wanted->height_px < 0 ? i : height - 1 - i;
        if (wanted->is_rle)
            put_bmp_runs(out, wanted, y);
        else
            put_bmp_row(out, wanted, y);
    }
    if (wanted->is_rle)
        put_le(out, 0x0100, 2);
    return g_byte_array_free_to_bytes(out);
}

/* ---- directories, little-endian ---- */

enum { BYTE = 1, ASCII = 2, SHORT = 3, LONG = 4, RATIONAL = 5, UNDEFINED = 7, SRATIONAL = 10 };

struct dir {
    GByteArray *entries, *values; /* values: what is larger than four bytes, with offsets counted from 0 */
    GArray *places;               /* in @entries: offsets into values */
    unsigned n_entries;
};

static struct dir dir_new(void)
{
    return (struct dir){g_byte_array_new(), g_byte_array_new(), g_array_new(FALSE, FALSE, sizeof(guint)), 0};
}

static void dir_put(struct dir *dir, unsigned tag, unsigned type, unsigned count, const void *bytes, gsize size)
{
    guint8 inside[4] = {0};
    put_le(dir->entries, tag, 2);
    put_le(dir->entries, type, 2);
    put_le(dir->entries, count, 4);
    dir->n_entries++;
    if (size <= 4) {
        memcpy(inside, bytes, size);
        put_bytes(dir->entries, inside, 4);
        return;
    }
    guint place = dir->entries->len;
    g_array_append_val(dir->places, place);
    put_le(dir->entries, dir->values->len, 4);
    put_bytes(dir->values, bytes, size);
    if (dir->values->len % 2)
        put_le(dir->values, 0, 1);
}

static void dir_number(struct dir *dir, unsigned tag, unsigned type, guint32 value)
{
    guint8 bytes[4] = {(guint8)value, (guint8)(value >> 8), (guint8)(value >> 16), (guint8)(value >> 24)};
    dir_put(dir, tag, type, 1, bytes, type == SHORT ? 2 : 4);
}

static void dir_text(struct dir *dir, unsigned tag, const char *text)
{
    dir_put(dir, tag, ASCII, (unsigned)strlen(text) + 1, text, strlen(text) + 1);
}

/* Appends the directory; where it lies. @next: what the chain goes on with. */
static guint32 dir_end(struct dir *dir, GByteArray *out, guint32 next)
{
    if (out->len % 2)
        put_le(out, 0, 1);
    guint32 at = out->len, values = at + 2 + dir->entries->len + 4;
    put_le(out, dir->n_entries, 2);
    for (guint i = 0; i < dir->places->len; i++) {
        guint place = g_array_index(dir->places, guint, i);
        guint32 offset = 0;
        memcpy(&offset, dir->entries->data + place, 4);
        patch_le(dir->entries, place, GUINT32_FROM_LE(offset) + values, 4);
    }
    put_bytes(out, dir->entries->data, dir->entries->len);
    put_le(out, next, 4);
    put_bytes(out, dir->values->data, dir->values->len);
    g_byte_array_unref(dir->entries);
    g_byte_array_unref(dir->values);
    g_array_unref(dir->places);
    return at;
}

static GByteArray *tiff_begin(const char magic[4])
{
    GByteArray *out = g_byte_array_new();
    put_bytes(out, magic, 4);
    put_le(out, 0, 4); /* of the first directory: patched */
    return out;
}

static guint32 put_exif(GByteArray *out)
{
    struct dir dir = dir_new();
    dir_text(&dir, 0x9003, "2024:08:13 12:34:56");
    return dir_end(&dir, out, 0);
}

static guint32 put_jpeg(GByteArray *out, GBytes *jpeg)
{
    guint32 at = out->len;
    put_bytes(out, g_bytes_get_data(jpeg, NULL), g_bytes_get_size(jpeg));
    return at;
}

static GBytes *tiff_end(GByteArray *out, guint32 first)
{
    patch_le(out, 4, first, 4);
    return g_byte_array_free_to_bytes(out);
}

/* ---- DNG ---- */

/* Four rows of four bytes each, as numbers over 10000. */
static void dir_rationals(struct dir *dir, unsigned tag, unsigned type, const gint32 *values, unsigned count)
{
    g_autoptr(GByteArray) bytes = g_byte_array_new();
    for (unsigned i = 0; i < count; i++) {
        put_le(bytes, (guint32)values[i], 4);
        put_le(bytes, 10000, 4);
    }
    dir_put(dir, tag, type, count, bytes->data, bytes->len);
}

static guint32 put_mosaic(GByteArray *out, const struct picture_dng *wanted)
{
    if (out->len % 2)
        put_le(out, 0, 1);
    guint32 at = out->len;
    unsigned width = wanted->sensor_width_px, height = wanted->sensor_height_px;
    gsize size = (gsize)width * height * 2;
    g_byte_array_set_size(out, (guint)(at + size));
    for (unsigned y = 0; y < height; y++)
        for (unsigned x = 0; x < width; x++) {
            const guint8 *rgb = quarters[quarter_at((int)width, (int)height, (int)x, (int)y)];
            guint value = rgb[y % 2 ? x % 2 ? 2 : 1 : x % 2 ? 1 : 0] * 200u;
            out->data[at + 2 * ((gsize)y * width + x)] = (guint8)value;
            out->data[at + 2 * ((gsize)y * width + x) + 1] = (guint8)(value >> 8);
        }
    return at;
}

static guint32 put_preview_dir(GByteArray *out, GBytes *jpeg)
{
    guint32 at = put_jpeg(out, jpeg);
    struct dir dir = dir_new();
    dir_number(&dir, 0x00fe, LONG, 1);
    dir_number(&dir, 0x0103, SHORT, 7);
    dir_number(&dir, 0x0106, SHORT, 6);
    dir_number(&dir, 0x0111, LONG, at);
    dir_number(&dir, 0x0117, LONG, (guint32)g_bytes_get_size(jpeg));
    return dir_end(&dir, out, 0);
}

GBytes *picture_dng(const struct picture_dng *wanted)
{
    /* XYZ to camera: that of sRGB, so that the camera's colours are the picture's. */
    static const gint32 matrix[9] = {32406, -15372, -4986, -9689, 18758, 415, 557, -2040, 10570},
                        one[3] = {10000, 10000, 10000};
    GByteArray *out = tiff_begin("II*\0");
    guint32 preview = wanted->jpeg ? put_preview_dir(out, wanted->jpeg) : 0, exif = put_exif(out);
    guint32 data = put_mosaic(out, wanted);
    struct dir dir = dir_new();
    dir_number(&dir, 0x00fe, LONG, 0);
    dir_number(&dir, 0x0100, LONG, wanted->sensor_width_px);
    dir_number(&dir, 0x0101, LONG, wanted->sensor_height_px);
    dir_number(&dir, 0x0102, SHORT, 16);
    dir_number(&dir, 0x0103, SHORT, 1);
    dir_number(&dir, 0x0106, SHORT, 32803);
    dir_text(&dir, 0x010f, "Test");
    dir_text(&dir, 0x0110, "Maker of tests");
    dir_number(&dir, 0x0111, LONG, data);
    dir_number(&dir, 0x0112, SHORT, wanted->orientation ? wanted->orientation : 1);
    dir_number(&dir, 0x0115, SHORT, 1);
    dir_number(&dir, 0x0116, LONG, wanted->sensor_height_px);
    dir_number(&dir, 0x0117, LONG, wanted->sensor_width_px * wanted->sensor_height_px * 2);
    dir_number(&dir, 0x011c, SHORT, 1);
    if (preview)
        dir_number(&dir, 0x014a, LONG, preview);
    dir_put(&dir, 0x828d, SHORT, 2, "\2\0\2\0", 4);
    dir_put(&dir, 0x828e, BYTE, 4, "\0\1\1\2", 4);
    dir_number(&dir, 0x8769, LONG, exif);
    dir_put(&dir, 0xc612, BYTE, 4, "\1\4\0\0", 4);
    dir_text(&dir, 0xc614, "Maker of tests");
    dir_number(&dir, 0xc61d, LONG, 51000);
    dir_rationals(&dir, 0xc621, SRATIONAL, matrix, 9);
    dir_rationals(&dir, 0xc628, RATIONAL, one, 3);
    dir_number(&dir, 0xc65a, SHORT, 21);
    return tiff_end(out, dir_end(&dir, out, 0));
}

/* ---- makers ---- */

static void put_camera(struct dir *dir, const char *make, guint32 exif)
{
    dir_text(dir, 0x010f, make);
    dir_text(dir, 0x0110, "Maker of tests");
    dir_number(dir, 0x0112, SHORT, 6);
    dir_number(dir, 0x8769, LONG, exif);
}

/* The large JPEG as the one strip of the first directory, the sensor's data (not here) further down the chain. */
GBytes *picture_cr2(GBytes *jpeg)
{
    GByteArray *out = tiff_begin("II*\0");
    put_bytes(out, "CR\2\0\0\0\0\0", 8);
    guint32 exif = put_exif(out), at = put_jpeg(out, jpeg);
    struct dir raw = dir_new(), dir = dir_new();
    dir_number(&raw, 0x0103, SHORT, 6);
    dir_number(&raw, 0x0111, LONG, 16);
    guint32 next = dir_end(&raw, out, 0);
    dir_number(&dir, 0x0103, SHORT, 6);
    dir_number(&dir, 0x0111, LONG, at);
    dir_number(&dir, 0x0117, LONG, (guint32)g_bytes_get_size(jpeg));
    put_camera(&dir, "Canon", exif);
    return tiff_end(out, dir_end(&dir, out, next));
}

/* A small TIFF first, SubIFDs with the JPEG and the sensor's data. */
GBytes *picture_nef(GBytes *jpeg)
{
    GByteArray *out = tiff_begin("II*\0");
    guint32 exif = put_exif(out), at = put_jpeg(out, jpeg);
    struct dir preview = dir_new(), raw = dir_new(), dir = dir_new();
    dir_number(&preview, 0x0103, SHORT, 6);
    dir_number(&preview, 0x0201, LONG, at);
    dir_number(&preview, 0x0202, LONG, (guint32)g_bytes_get_size(jpeg));
    guint32 dirs[2] = {dir_end(&preview, out, 0), 0};
    dir_number(&raw, 0x0103, SHORT, 34713);
    dir_number(&raw, 0x0106, SHORT, 32803);
    dirs[1] = dir_end(&raw, out, 0);
    g_autoptr(GByteArray) offsets = g_byte_array_new();
    put_le(offsets, dirs[0], 4);
    put_le(offsets, dirs[1], 4);
    dir_put(&dir, 0x014a, LONG, 2, offsets->data, offsets->len);
    put_camera(&dir, "NIKON CORPORATION", exif);
    return tiff_end(out, dir_end(&dir, out, 0));
}

GBytes *picture_orf(GBytes *jpeg)
{
    GByteArray *out = tiff_begin("IIRO");
    guint32 exif = put_exif(out), at = put_jpeg(out, jpeg);
    struct dir dir = dir_new();
    put_camera(&dir, "OLYMPUS CORPORATION", exif);
    dir_number(&dir, 0x0201, LONG, at);
    dir_number(&dir, 0x0202, LONG, (guint32)g_bytes_get_size(jpeg));
    return tiff_end(out, dir_end(&dir, out, 0));
}

/* The JPEG is the value of a tag. */
GBytes *picture_rw2(GBytes *jpeg)
{
    GByteArray *out = tiff_begin("IIU\0");
    guint32 exif = put_exif(out);
    struct dir dir = dir_new();
    dir_number(&dir, 0x0002, SHORT, 4);
    dir_number(&dir, 0x0003, SHORT, 4);
    dir_put(&dir, 0x002e, UNDEFINED, (unsigned)g_bytes_get_size(jpeg), g_bytes_get_data(jpeg, NULL),
            g_bytes_get_size(jpeg));
    put_camera(&dir, "Panasonic", exif);
    return tiff_end(out, dir_end(&dir, out, 0));
}

/* EXIF only in the JPEG: orientation as @jpeg has it. */
GBytes *picture_raf(GBytes *jpeg)
{
    GByteArray *out = g_byte_array_new();
    put_bytes(out, "FUJIFILMCCD-RAW 0201FF389501X-Test", 34);
    while (out->len < 84)
        put_le(out, 0, 1);
    put_be(out, 148, 4);
    put_be(out, g_bytes_get_size(jpeg), 4);
    while (out->len < 148)
        put_le(out, 0, 1);
    put_jpeg(out, jpeg);
    return g_byte_array_free_to_bytes(out);
}

/* ---- CR3 ---- */

static void box_begin(GByteArray *out, const char type[4], GArray *open)
{
    guint at = out->len;
    g_array_append_val(open, at);
    put_be(out, 0, 4);
    put_bytes(out, type, 4);
}

static void box_end(GByteArray *out, GArray *open)
{
    guint at = g_array_index(open, guint, open->len - 1);
    g_array_set_size(open, open->len - 1);
    guint32 size = GUINT32_TO_BE(out->len - at);
    memcpy(out->data + at, &size, 4);
}

static void put_cmt(GByteArray *out, GArray *open, const char *type, struct dir *dir)
{
    GByteArray *tiff = tiff_begin("II*\0");
    guint32 first = dir_end(dir, tiff, 0);
    g_autoptr(GBytes) bytes = tiff_end(tiff, first);
    box_begin(out, type, open);
    put_bytes(out, g_bytes_get_data(bytes, NULL), g_bytes_get_size(bytes));
    box_end(out, open);
}

/* moov: Canon's box with the metadata, and a track whose one sample is the JPEG in mdat. */
GBytes *picture_cr3(GBytes *jpeg)
{
    static const guint8 canon[16] = {0x85, 0xc0, 0xb6, 0x87, 0x82, 0x0f, 0x11, 0xe0,
                                     0x81, 0x11, 0xf4, 0xce, 0x46, 0x2b, 0x6a, 0x48};
    static const char *const path[] = {"trak", "mdia", "minf", "stbl"};
    GByteArray *out = g_byte_array_new();
    g_autoptr(GArray) open = g_array_new(FALSE, FALSE, sizeof(guint));
    box_begin(out, "ftyp", open);
    put_bytes(out, "crx \0\0\0\1crx isom", 16);
    box_end(out, open);
    box_begin(out, "moov", open);
    box_begin(out, "uuid", open);
    put_bytes(out, canon, sizeof(canon));
    struct dir main = dir_new(), exif = dir_new();
    dir_text(&main, 0x010f, "Canon");
    dir_number(&main, 0x0112, SHORT, 6);
    put_cmt(out, open, "CMT1", &main);
    dir_text(&exif, 0x9003, "2024:08:13 12:34:56");
    put_cmt(out, open, "CMT2", &exif);
    box_end(out, open);
    for (gsize i = 0; i < G_N_ELEMENTS(path); i++)
        box_begin(out, path[i], open);
    box_begin(out, "stsz", open);
    put_be(out, 0, 4);
    put_be(out, g_bytes_get_size(jpeg), 4);
    put_be(out, 1, 4);
    put_be(out, 0, 4);
    box_end(out, open);
    box_begin(out, "co64", open);
    put_be(out, 0, 4);
    put_be(out, 1, 4);
    gsize place = out->len;
    put_be(out, 0, 8);
    box_end(out, open);
    for (gsize i = 0; i < G_N_ELEMENTS(path) + 1; i++)
        box_end(out, open);
    box_begin(out, "mdat", open);
    guint64 at = GUINT64_TO_BE((guint64)out->len);
    memcpy(out->data + place, &at, 8);
    put_jpeg(out, jpeg);
    box_end(out, open);
    return g_byte_array_free_to_bytes(out);
}
