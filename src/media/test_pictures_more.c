/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "media/test_pictures_more.h"

#include <gif_lib.h>
#include <string.h>
#include <zlib.h>

#include <webp/encode.h>
#include <webp/mux.h>

static const guint8 quarters[4][3] = {{255, 0, 0}, {0, 255, 0}, {0, 0, 255}, {255, 255, 255}};

static void put_be(GByteArray *out, guint32 value, unsigned size)
{
    for (unsigned i = size; i-- > 0;) {
        guint8 byte = (guint8)(value >> (8 * i));
        g_byte_array_append(out, &byte, 1);
    }
}

static void put_entry(GByteArray *out, unsigned tag, unsigned type, unsigned count, guint32 value)
{
    put_be(out, tag, 2);
    put_be(out, type, 2);
    put_be(out, count, 4);
    put_be(out, value, 4);
}

GBytes *picture_exif(unsigned orientation, bool is_adobe_rgb)
{
    enum { SHORT = 3, LONG = 4, ASCII = 2, EXIF_AT = 38, INTEROP_AT = EXIF_AT + 30 };
    GByteArray *out = g_byte_array_new();
    g_byte_array_append(out, (const guint8 *)"MM\0*", 4);
    put_be(out, 8, 4);
    put_be(out, 2, 2);
    put_entry(out, 0x0112, SHORT, orientation ? 1 : 0, orientation << 16);
    put_entry(out, 0x8769, LONG, 1, EXIF_AT);
    put_be(out, 0, 4);
    put_be(out, 2, 2);
    put_entry(out, 0xa001, SHORT, 1, (is_adobe_rgb ? 0xffffu : 1u) << 16);
    put_entry(out, 0xa005, LONG, 1, INTEROP_AT);
    put_be(out, 0, 4);
    put_be(out, 1, 2);
    put_entry(out, 1, ASCII, 4, is_adobe_rgb ? 0x52303300 : 0x52393800);
    put_be(out, 0, 4);
    return g_byte_array_free_to_bytes(out);
}

GBytes *picture_jpeg_with_exif(GBytes *jpeg, GBytes *exif)
{
    gsize size, exif_size;
    const guint8 *bytes = g_bytes_get_data(jpeg, &size), *block = g_bytes_get_data(exif, &exif_size);
    GByteArray *out = g_byte_array_new();
    g_byte_array_append(out, bytes, 2);
    put_be(out, 0xffe1, 2);
    put_be(out, (guint32)(exif_size + 8), 2);
    g_byte_array_append(out, (const guint8 *)"Exif\0\0", 6);
    g_byte_array_append(out, block, (guint)exif_size);
    g_byte_array_append(out, bytes + 2, (guint)size - 2);
    return g_byte_array_free_to_bytes(out);
}

/* ---- PNG ---- */

static void put_chunk(GByteArray *out, const char *type, const guint8 *bytes, gsize size)
{
    put_be(out, (guint32)size, 4);
    guint begin = out->len;
    g_byte_array_append(out, (const guint8 *)type, 4);
    if (size > 0)
        g_byte_array_append(out, bytes, (guint)size);
    put_be(out, (guint32)crc32(0, out->data + begin, out->len - begin), 4);
}

static GByteArray *png_data(const struct picture_png *wanted, bool is_blue)
{
    g_autoptr(GByteArray) rows = g_byte_array_new();
    for (unsigned y = 0; y < wanted->height_px; y++) {
        put_be(rows, 0, 1);
        for (unsigned x = 0; x < wanted->width_px; x++)
            for (unsigned i = 0; i < 3; i++) {
                unsigned quarter = is_blue ? 2 : 2 * (y >= wanted->height_px / 2) + (x >= wanted->width_px / 2);
                put_be(rows, wanted->is_even ? wanted->colour[i] : quarters[quarter][i] * 257u, 2);
            }
    }
    uLongf size = compressBound(rows->len);
    GByteArray *out = g_byte_array_new();
    g_byte_array_set_size(out, (guint)size);
    g_assert_cmpint(compress(out->data, &size, rows->data, rows->len), ==, Z_OK);
    g_byte_array_set_size(out, (guint)size);
    return out;
}

static void put_numbers(GByteArray *out, const char *type, const double *numbers, unsigned count)
{
    g_autoptr(GByteArray) body = g_byte_array_new();
    for (unsigned i = 0; i < count; i++)
        put_be(body, (guint32)(numbers[i] * 100000 + 0.5), 4);
    put_chunk(out, type, body->data, body->len);
}

/* fcTL: @number in the sequence; a whole picture for a tenth of a second. */
static void put_frame_head(GByteArray *out, const struct picture_png *wanted, unsigned number)
{
    g_autoptr(GByteArray) body = g_byte_array_new();
    put_be(body, number, 4);
    put_be(body, wanted->width_px, 4);
    put_be(body, wanted->height_px, 4);
    put_be(body, 0, 4);
    put_be(body, 0, 4);
    put_be(body, 1, 2);
    put_be(body, 10, 2);
    put_be(body, 0, 2);
    put_chunk(out, "fcTL", body->data, body->len);
}

static void put_frames(GByteArray *out, const struct picture_png *wanted)
{
    for (unsigned i = 1; i < wanted->n_frames; i++) {
        g_autoptr(GByteArray) data = png_data(wanted, true), body = g_byte_array_new();
        put_frame_head(out, wanted, 2 * i - 1);
        put_be(body, 2 * i, 4);
        g_byte_array_append(body, data->data, data->len);
        put_chunk(out, "fdAT", body->data, body->len);
    }
}

GBytes *picture_png_with(const struct picture_png *wanted)
{
    GByteArray *out = g_byte_array_new();
    g_autoptr(GByteArray) head = g_byte_array_new(), data = png_data(wanted, false);
    g_byte_array_append(out, (const guint8 *)"\x89PNG\r\n\x1a\n", 8);
    put_be(head, wanted->width_px, 4);
    put_be(head, wanted->height_px, 4);
    put_be(head, 16, 1);
    put_be(head, 2, 1);
    put_be(head, 0, 3);
    put_chunk(out, "IHDR", head->data, head->len);
    if (wanted->cicp)
        put_chunk(out, "cICP", wanted->cicp, 4);
    if (wanted->gamma > 0)
        put_numbers(out, "gAMA", &wanted->gamma, 1);
    if (wanted->primaries[0] > 0)
        put_numbers(out, "cHRM", wanted->primaries, 8);
    if (wanted->exif)
        put_chunk(out, "eXIf", g_bytes_get_data(wanted->exif, NULL), g_bytes_get_size(wanted->exif));
    if (wanted->n_frames > 0) {
        const guint8 control[8] = {0, 0, 0, (guint8)wanted->n_frames};
        put_chunk(out, "acTL", control, sizeof(control));
        put_frame_head(out, wanted, 0);
    }
    put_chunk(out, "IDAT", data->data, data->len);
    put_frames(out, wanted);
    put_chunk(out, "IEND", NULL, 0);
    return g_byte_array_free_to_bytes(out);
}

/* ---- WebP ---- */

static void webp_begin(WebPPicture *picture, unsigned width_px, unsigned height_px)
{
    g_assert_true(WebPPictureInit(picture));
    picture->width = (int)width_px;
    picture->height = (int)height_px;
    picture->use_argb = 1;
    g_assert_true(WebPPictureAlloc(picture));
}

GBytes *picture_webp(unsigned width_px, unsigned height_px, GBytes *exif)
{
    WebPPicture picture;
    WebPConfig config;
    WebPMemoryWriter file;
    webp_begin(&picture, width_px, height_px);
    for (unsigned y = 0; y < height_px; y++)
        for (unsigned x = 0; x < width_px; x++) {
            const guint8 *rgb = quarters[2 * (y >= height_px / 2) + (x >= width_px / 2)];
            picture.argb[(int)y * picture.argb_stride + (int)x] =
                0xff000000u | (guint32)rgb[0] << 16 | (guint32)rgb[1] << 8 | rgb[2];
        }
    g_assert_true(WebPConfigInit(&config));
    config.lossless = 1;
    WebPMemoryWriterInit(&file);
    picture.writer = WebPMemoryWrite;
    picture.custom_ptr = &file;
    g_assert_true(WebPEncode(&config, &picture));
    WebPPictureFree(&picture);
    WebPMux *mux = WebPMuxCreate(&(WebPData){file.mem, file.size}, 1);
    if (exif)
        WebPMuxSetChunk(mux, "EXIF", &(WebPData){g_bytes_get_data(exif, NULL), g_bytes_get_size(exif)}, 1);
    WebPData whole;
    g_assert_cmpint(WebPMuxAssemble(mux, &whole), ==, WEBP_MUX_OK);
    GBytes *bytes = g_bytes_new(whole.bytes, whole.size);
    WebPDataClear(&whole);
    WebPMuxDelete(mux);
    WebPMemoryWriterClear(&file);
    return bytes;
}

/* ---- animations that begin with nothing ---- */

static void add_even(WebPAnimEncoder *encoder, unsigned width_px, unsigned height_px, guint32 argb, int at_ms)
{
    WebPPicture picture;
    webp_begin(&picture, width_px, height_px);
    for (unsigned y = 0; y < height_px; y++)
        for (unsigned x = 0; x < width_px; x++)
            picture.argb[(int)y * picture.argb_stride + (int)x] = argb;
    g_assert_true(WebPAnimEncoderAdd(encoder, &picture, at_ms, NULL));
    WebPPictureFree(&picture);
}

GBytes *picture_webp_late(unsigned width_px, unsigned height_px)
{
    WebPAnimEncoder *encoder = WebPAnimEncoderNew((int)width_px, (int)height_px, NULL);
    add_even(encoder, width_px, height_px, 0, 0);
    add_even(encoder, width_px, height_px, 0xffff0000, 200);
    g_assert_true(WebPAnimEncoderAdd(encoder, NULL, 500, NULL));
    WebPData file;
    WebPDataInit(&file);
    g_assert_true(WebPAnimEncoderAssemble(encoder, &file));
    GBytes *bytes = g_bytes_new(file.bytes, file.size);
    WebPDataClear(&file);
    WebPAnimEncoderDelete(encoder);
    return bytes;
}

static int append_gif(GifFileType *gif, const GifByteType *bytes, int size)
{
    g_byte_array_append(gif->UserData, bytes, (guint)size);
    return size;
}

GBytes *picture_gif_late(unsigned width_px, unsigned height_px)
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
        /* Index 1 is transparent; the first picture is all of it. */
        const GifByteType control[4] = {picture ? 0 : 1, picture ? 30 : 20, 0, 1};
        g_assert_cmpint(EGifPutExtension(gif, GRAPHICS_EXT_FUNC_CODE, 4, control), ==, GIF_OK);
        g_assert_cmpint(EGifPutImageDesc(gif, 0, 0, width, height, false, NULL), ==, GIF_OK);
        memset(row, 1 - picture, width_px);
        for (int y = 0; y < height; y++)
            g_assert_cmpint(EGifPutLine(gif, row, width), ==, GIF_OK);
    }
    GifFreeMapObject(map);
    EGifCloseFile(gif, &code);
    return g_byte_array_free_to_bytes(out);
}
