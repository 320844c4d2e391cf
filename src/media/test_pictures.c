/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "media/test_pictures.h"

#include <gif_lib.h>
#include <stdlib.h>
#include <string.h>
#include <turbojpeg.h>
#include <zlib.h>

#include <webp/encode.h>
#include <webp/mux.h>

static const guint8 quarters[4][3] = {{255, 0, 0}, {0, 255, 0}, {0, 0, 255}, {255, 255, 255}};

static void append_be(GByteArray *out, guint32 value, unsigned size)
{
    for (unsigned i = size; i-- > 0;) {
        guint8 byte = (guint8)(value >> (8 * i));
        g_byte_array_append(out, &byte, 1);
    }
}

GBytes *picture_jpeg(unsigned width_px, unsigned height_px, unsigned orientation)
{
    g_autofree guint8 *rgb = g_malloc((gsize)width_px * height_px * 3);
    for (unsigned y = 0; y < height_px; y++)
        for (unsigned x = 0; x < width_px; x++)
            memcpy(rgb + ((gsize)y * width_px + x) * 3, quarters[2 * (y >= height_px / 2) + (x >= width_px / 2)], 3);
    tjhandle encoder = tjInitCompress();
    unsigned char *file = NULL;
    unsigned long size = 0;
    g_assert_cmpint(
        tjCompress2(encoder, rgb, (int)width_px, 0, (int)height_px, TJPF_RGB, &file, &size, TJSAMP_444, 95, 0), ==, 0);
    tjDestroy(encoder);
    GByteArray *out = g_byte_array_new();
    g_byte_array_append(out, file, 2);
    if (orientation) {
        guint8 exif[] = {0xff, 0xe1, 0, 34, 'E', 'x', 'i', 'f', 0, 0, 'M', 'M', 0, '*', 0,
                         0,    0,    8, 0,  1,   1,   18,  0,   3, 0, 0,   0,   1, 0,   (guint8)orientation,
                         0,    0,    0, 0,  0,   0};
        g_byte_array_append(out, exif, sizeof(exif));
    }
    g_byte_array_append(out, file + 2, (guint)size - 2);
    tjFree(file);
    return g_byte_array_free_to_bytes(out);
}

GBytes *picture_jpeg_even(unsigned width_px, unsigned height_px, const guint8 rgb[3])
{
    g_autofree guint8 *pixels = g_malloc((gsize)width_px * height_px * 3);
    for (gsize i = 0; i < (gsize)width_px * height_px; i++)
        memcpy(pixels + i * 3, rgb, 3);
    tjhandle encoder = tjInitCompress();
    unsigned char *file = NULL;
    unsigned long size = 0;
    g_assert_cmpint(
        tjCompress2(encoder, pixels, (int)width_px, 0, (int)height_px, TJPF_RGB, &file, &size, TJSAMP_444, 95, 0), ==,
        0);
    tjDestroy(encoder);
    GBytes *bytes = g_bytes_new(file, size);
    tjFree(file);
    return bytes;
}

/* ---- PNG by hand: libpng would not write what must not be ---- */

static void append_chunk(GByteArray *out, const char type[4], const void *bytes, gsize size)
{
    append_be(out, (guint32)size, 4);
    g_byte_array_append(out, (const guint8 *)type, 4);
    if (size > 0)
        g_byte_array_append(out, bytes, (guint)size);
    uLong crc = crc32(crc32(0, (const Bytef *)type, 4), bytes, (uInt)size);
    append_be(out, (guint32)crc, 4);
}

static GBytes *deflate_rows(gsize row_bytes, unsigned n_rows)
{
    g_autofree guint8 *row = g_malloc0(row_bytes);
    guint8 block[65536];
    GByteArray *out = g_byte_array_new();
    z_stream stream = {0};
    g_assert_cmpint(deflateInit(&stream, 1), ==, Z_OK);
    for (unsigned y = 0; y <= n_rows; y++) {
        stream.next_in = row;
        stream.avail_in = y < n_rows ? (uInt)row_bytes : 0;
        do {
            stream.next_out = block;
            stream.avail_out = sizeof(block);
            deflate(&stream, y < n_rows ? Z_NO_FLUSH : Z_FINISH);
            g_byte_array_append(out, block, (guint)(sizeof(block) - stream.avail_out));
        } while (stream.avail_out == 0);
    }
    deflateEnd(&stream);
    return g_byte_array_free_to_bytes(out);
}

static GBytes *png(unsigned width_px, unsigned height_px, guint8 depth, guint8 type, bool is_interlaced, GBytes *data)
{
    GByteArray *out = g_byte_array_new();
    g_byte_array_append(out, (const guint8 *)"\x89PNG\r\n\x1a\n", 8);
    g_autoptr(GByteArray) header = g_byte_array_new();
    append_be(header, width_px, 4);
    append_be(header, height_px, 4);
    guint8 rest[5] = {depth, type, 0, 0, is_interlaced};
    g_byte_array_append(header, rest, sizeof(rest));
    append_chunk(out, "IHDR", header->data, header->len);
    append_chunk(out, "IDAT", g_bytes_get_data(data, NULL), g_bytes_get_size(data));
    append_chunk(out, "IEND", NULL, 0);
    g_bytes_unref(data);
    return g_byte_array_free_to_bytes(out);
}

GBytes *picture_png(unsigned width_px, unsigned height_px, unsigned written_rows, bool is_interlaced)
{
    return png(width_px, height_px, 1, 0, is_interlaced, deflate_rows(1 + ((gsize)width_px + 7) / 8, written_rows));
}

GBytes *picture_png_transparent(unsigned width_px, unsigned height_px)
{
    return png(width_px, height_px, 8, 6, false, deflate_rows(1 + (gsize)width_px * 4, height_px));
}

/* ---- animations ---- */

static int append_gif(GifFileType *gif, const GifByteType *bytes, int size)
{
    g_byte_array_append(gif->UserData, bytes, (guint)size);
    return size;
}

GBytes *picture_gif(unsigned width_px, unsigned height_px)
{
    GByteArray *out = g_byte_array_new();
    int code = 0;
    GifFileType *gif = EGifOpen(out, append_gif, &code);
    GifColorType colours[2] = {{255, 0, 0}, {0, 0, 255}};
    ColorMapObject *map = GifMakeMapObject(2, colours);
    int width = (int)width_px, height = (int)height_px;
    EGifSetGifVersion(gif, true);
    g_assert_cmpint(EGifPutScreenDesc(gif, width, height, 8, 0, map), ==, GIF_OK);
    g_autofree GifPixelType *row = g_malloc(width_px);
    for (int picture = 0; picture < 2; picture++) {
        g_assert_cmpint(EGifPutImageDesc(gif, 0, 0, width, height, false, NULL), ==, GIF_OK);
        memset(row, picture, width_px);
        for (int y = 0; y < height; y++)
            g_assert_cmpint(EGifPutLine(gif, row, width), ==, GIF_OK);
    }
    GifFreeMapObject(map);
    EGifCloseFile(gif, &code);
    return g_byte_array_free_to_bytes(out);
}

static void add_frame(WebPAnimEncoder *encoder, unsigned width_px, unsigned height_px, guint32 argb, int at_ms)
{
    WebPPicture picture;
    g_assert_true(WebPPictureInit(&picture));
    picture.width = (int)width_px;
    picture.height = (int)height_px;
    picture.use_argb = 1;
    g_assert_true(WebPPictureAlloc(&picture));
    for (unsigned y = 0; y < height_px; y++)
        for (unsigned x = 0; x < width_px; x++)
            picture.argb[(int)y * picture.argb_stride + (int)x] = argb;
    g_assert_true(WebPAnimEncoderAdd(encoder, &picture, at_ms, NULL));
    WebPPictureFree(&picture);
}

GBytes *picture_webp_animation(unsigned width_px, unsigned height_px)
{
    WebPAnimEncoder *encoder = WebPAnimEncoderNew((int)width_px, (int)height_px, NULL);
    add_frame(encoder, width_px, height_px, 0xffff0000, 0);
    add_frame(encoder, width_px, height_px, 0xff0000ff, 100);
    g_assert_true(WebPAnimEncoderAdd(encoder, NULL, 200, NULL));
    WebPData file;
    WebPDataInit(&file);
    g_assert_true(WebPAnimEncoderAssemble(encoder, &file));
    GBytes *bytes = g_bytes_new(file.bytes, file.size);
    WebPDataClear(&file);
    WebPAnimEncoderDelete(encoder);
    return bytes;
}

/* ---- looking ---- */

void picture_pixel(GBytes *jpeg, double x, double y, int ret_rgb[3], int *ret_width_px, int *ret_height_px)
{
    gsize size;
    const guint8 *bytes = g_bytes_get_data(jpeg, &size);
    int subsampling, colorspace, width, height;
    tjhandle decoder = tjInitDecompress();
    g_assert_cmpint(tjDecompressHeader3(decoder, bytes, size, &width, &height, &subsampling, &colorspace), ==, 0);
    g_autofree guint8 *rgb = g_malloc((gsize)width * (gsize)height * 3);
    g_assert_cmpint(tjDecompress2(decoder, bytes, size, rgb, width, 0, height, TJPF_RGB, 0), ==, 0);
    tjDestroy(decoder);
    const guint8 *pixel = rgb + ((gsize)(y * (height - 1)) * (gsize)width + (gsize)(x * (width - 1))) * 3;
    for (unsigned i = 0; i < 3; i++)
        ret_rgb[i] = pixel[i];
    *ret_width_px = width;
    *ret_height_px = height;
}
