/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <string.h>

#include <tiffio.h>

#include "media/test_pictures_raw.h"

static const guint8 quarters[4][3] = {{255, 0, 0}, {0, 255, 0}, {0, 0, 255}, {255, 255, 255}};

/* ---- libtiff into memory ---- */

struct output {
    GByteArray *bytes;
    toff_t at;
};

static tmsize_t read_back(thandle_t data, void *to, tmsize_t size)
{
    struct output *output = data;
    size_t take = MIN((size_t)size, output->at < output->bytes->len ? output->bytes->len - (size_t)output->at : 0);
    memcpy(to, output->bytes->data + output->at, take);
    output->at += take;
    return (tmsize_t)take;
}

static tmsize_t append(thandle_t data, void *from, tmsize_t size)
{
    struct output *output = data;
    if (output->at + (toff_t)size > output->bytes->len)
        g_byte_array_set_size(output->bytes, (guint)(output->at + (toff_t)size));
    memcpy(output->bytes->data + output->at, from, (size_t)size);
    output->at += (toff_t)size;
    return size;
}

static toff_t go_to(thandle_t data, toff_t offset, int whence)
{
    struct output *output = data;
    output->at = whence == SEEK_SET ? offset : whence == SEEK_CUR ? output->at + offset : output->bytes->len + offset;
    return output->at;
}

static int close_it(thandle_t data)
{
    return 0;
}

static toff_t size_of(thandle_t data)
{
    return ((struct output *)data)->bytes->len;
}

/* ---- samples ---- */

static unsigned quarter_of(const struct picture_tiff *wanted, unsigned x, unsigned y)
{
    return 2 * (y >= wanted->height_px / 2) + (x >= wanted->width_px / 2);
}

static unsigned samples_of(const struct picture_tiff *wanted)
{
    switch (wanted->kind) {
    case TIFF_KIND_GRAY:
    case TIFF_KIND_WHITE_IS_ZERO:
    case TIFF_KIND_PALETTE:
        return 1;
    case TIFF_KIND_CMYK:
        return 4;
    default:
        return wanted->is_transparent ? 4 : 3;
    }
}

/* A sample as 8 bits. */
static guint8 value_at(const struct picture_tiff *wanted, unsigned x, unsigned y, unsigned sample)
{
    /* CIE L*a*b* of the quarters under D50. */
    static const gint8 lab[4][3] = {
        {54 * 255 / 100 - 256, 81, 70}, {88 * 255 / 100 - 256, -79, 81}, {75, 68, -112}, {-1, 0, 0}};
    unsigned quarter = quarter_of(wanted, x, y);
    const guint8 *rgb = quarters[quarter];
    switch (wanted->kind) {
    case TIFF_KIND_GRAY:
        return rgb[0];
    case TIFF_KIND_WHITE_IS_ZERO:
        return (guint8)(255 - rgb[0]);
    case TIFF_KIND_PALETTE:
        return (guint8)quarter;
    case TIFF_KIND_CMYK:
        return sample < 3 ? (guint8)(255 - rgb[sample]) : 0;
    case TIFF_KIND_LAB:
        return (guint8)lab[quarter][sample];
    default:
        return sample < 3 ? rgb[sample] : x >= wanted->width_px / 2 ? 0 : 255;
    }
}

static void put_sample(guint8 *row, unsigned index, unsigned bits, guint8 value, bool is_index)
{
    if (bits == 16)
        ((guint16 *)(void *)row)[index] = (guint16)(value * 257);
    else if (bits == 8)
        row[index] = value;
    else
        row[index * bits / 8] |= (guint8)((is_index ? value : value >> (8 - bits)) << (8 - bits - index * bits % 8));
}

/* A rectangle of the picture from @x0, @y0 on, samples @first … @first + @n interleaved. */
static void fill(const struct picture_tiff *wanted, unsigned x0, unsigned y0, unsigned width, unsigned height,
                 unsigned first, unsigned n, size_t row_bytes, guint8 *to)
{
    memset(to, 0, row_bytes * height);
    for (unsigned y = 0; y < height; y++)
        for (unsigned x = 0; x < width; x++)
            for (unsigned sample = 0; sample < n; sample++)
                put_sample(to + y * row_bytes, x * n + sample, wanted->bits ? wanted->bits : 8,
                           value_at(wanted, MIN(x0 + x, wanted->width_px - 1), MIN(y0 + y, wanted->height_px - 1),
                                    first + sample),
                           wanted->kind == TIFF_KIND_PALETTE);
}

static void write_tiles(TIFF *tiff, const struct picture_tiff *wanted, unsigned tile)
{
    unsigned samples = samples_of(wanted), planes = wanted->is_separate ? samples : 1;
    g_autofree guint8 *block = g_malloc((gsize)TIFFTileSize(tiff));
    for (unsigned plane = 0; plane < planes; plane++)
        for (unsigned y = 0; y < wanted->height_px; y += tile)
            for (unsigned x = 0; x < wanted->width_px; x += tile) {
                fill(wanted, x, y, tile, tile, wanted->is_separate ? plane : 0, wanted->is_separate ? 1 : samples,
                     (size_t)TIFFTileRowSize(tiff), block);
                g_assert_cmpint(TIFFWriteTile(tiff, block, x, y, 0, (guint16)plane), >=, 0);
            }
}

static void write_rows(TIFF *tiff, const struct picture_tiff *wanted)
{
    unsigned samples = samples_of(wanted), planes = wanted->is_separate ? samples : 1;
    size_t row_bytes = (size_t)TIFFScanlineSize(tiff);
    g_autofree guint8 *row = g_malloc(row_bytes);
    for (unsigned plane = 0; plane < planes; plane++)
        for (unsigned y = 0; y < wanted->height_px; y++) {
            fill(wanted, 0, y, wanted->width_px, 1, wanted->is_separate ? plane : 0, wanted->is_separate ? 1 : samples,
                 row_bytes, row);
            g_assert_cmpint(TIFFWriteScanline(tiff, row, y, (guint16)plane), >=, 0);
        }
}

/* ---- fields ---- */

static void set_kind(TIFF *tiff, const struct picture_tiff *wanted)
{
    static const guint16 photometrics[] = {PHOTOMETRIC_RGB,     PHOTOMETRIC_MINISBLACK, PHOTOMETRIC_MINISWHITE,
                                           PHOTOMETRIC_PALETTE, PHOTOMETRIC_SEPARATED,  PHOTOMETRIC_YCBCR,
                                           PHOTOMETRIC_CIELAB};
    TIFFSetField(tiff, TIFFTAG_PHOTOMETRIC, photometrics[wanted->kind]);
    if (wanted->kind == TIFF_KIND_YCBCR && wanted->compression == COMPRESSION_JPEG)
        TIFFSetField(tiff, TIFFTAG_JPEGCOLORMODE, JPEGCOLORMODE_RGB);
    if (wanted->is_transparent)
        TIFFSetField(tiff, TIFFTAG_EXTRASAMPLES, 1, (guint16[]){EXTRASAMPLE_UNASSALPHA});
    if (wanted->kind != TIFF_KIND_PALETTE)
        return;
    guint16 map[3][256] = {{0}};
    for (unsigned quarter = 0; quarter < 4; quarter++)
        for (unsigned i = 0; i < 3; i++)
            map[i][quarter] = (guint16)(quarters[quarter][i] * 257);
    TIFFSetField(tiff, TIFFTAG_COLORMAP, map[0], map[1], map[2]);
}

static void set_fields(TIFF *tiff, const struct picture_tiff *wanted, unsigned tile)
{
    TIFFSetField(tiff, TIFFTAG_IMAGEWIDTH, wanted->width_px);
    TIFFSetField(tiff, TIFFTAG_IMAGELENGTH, wanted->height_px);
    TIFFSetField(tiff, TIFFTAG_BITSPERSAMPLE, wanted->bits ? wanted->bits : 8);
    TIFFSetField(tiff, TIFFTAG_SAMPLESPERPIXEL, samples_of(wanted));
    TIFFSetField(tiff, TIFFTAG_PLANARCONFIG, wanted->is_separate ? PLANARCONFIG_SEPARATE : PLANARCONFIG_CONTIG);
    TIFFSetField(tiff, TIFFTAG_COMPRESSION, wanted->compression ? wanted->compression : COMPRESSION_NONE);
    set_kind(tiff, wanted);
    if (wanted->orientation)
        TIFFSetField(tiff, TIFFTAG_ORIENTATION, wanted->orientation);
    if (wanted->is_tiled) {
        TIFFSetField(tiff, TIFFTAG_TILEWIDTH, tile);
        TIFFSetField(tiff, TIFFTAG_TILELENGTH, tile);
    } else {
        TIFFSetField(tiff, TIFFTAG_ROWSPERSTRIP, 16);
    }
    TIFFSetField(tiff, TIFFTAG_MAKE, "Test");
    if (wanted->icc)
        TIFFSetField(tiff, TIFFTAG_ICCPROFILE, (guint32)g_bytes_get_size(wanted->icc),
                     g_bytes_get_data(wanted->icc, NULL));
}

static void write_page(TIFF *tiff, const struct picture_tiff *wanted)
{
    enum { TILE = 64 };
    set_fields(tiff, wanted, TILE);
    if (wanted->is_tiled)
        write_tiles(tiff, wanted, TILE);
    else
        write_rows(tiff, wanted);
    g_assert_cmpint(TIFFWriteDirectory(tiff), ==, 1);
}

GBytes *picture_tiff(const struct picture_tiff *wanted)
{
    struct output output = {g_byte_array_new(), 0};
    char mode[4] = {'w', wanted->is_big_endian ? 'b' : 'l', wanted->is_big ? '8' : '4', 0};
    TIFF *tiff = TIFFClientOpen("memory", mode, &output, read_back, append, go_to, close_it, size_of, NULL, NULL);
    g_assert_nonnull(tiff);
    write_page(tiff, wanted);
    if (wanted->has_second_page) {
        struct picture_tiff second = {.width_px = wanted->width_px * 2, .height_px = 16, .kind = TIFF_KIND_GRAY};
        write_page(tiff, &second);
    }
    TIFFClose(tiff);
    return g_byte_array_free_to_bytes(output.bytes);
}
