/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <string.h>

#include <avif/avif.h>
#include <libheif/heif.h>

#include "media/test_pictures_more.h"

static const guint8 quarters[4][3] = {{255, 0, 0}, {0, 255, 0}, {0, 0, 255}, {255, 255, 255}};

/* What the leak sanitizer asks for: x265, which only these tests use, forgets a part of each encoder. */
const char *__lsan_default_suppressions(void);
const char *__lsan_default_suppressions(void)
{
    return "leak:libx265";
}

/* ---- HEIC ---- */

static void check(struct heif_error result)
{
    if (result.code != heif_error_Ok)
        g_error("libheif: %s", result.message);
}

static struct heif_error append(struct heif_context *context, const void *bytes, size_t size, void *data)
{
    g_byte_array_append(data, bytes, (guint)size);
    return (struct heif_error){heif_error_Ok, heif_suberror_Unspecified, "ok"};
}

/* @only: all of this quarter, or -1. */
static struct heif_image *rgb_image(const struct picture_heic *wanted, int only)
{
    struct heif_image *image;
    int width = (int)wanted->width_px, height = (int)wanted->height_px, stride;
    unsigned channels = wanted->has_alpha ? 4 : 3;
    check(heif_image_create(width, height, heif_colorspace_RGB,
                            wanted->has_alpha ? heif_chroma_interleaved_RGBA : heif_chroma_interleaved_RGB, &image));
    check(heif_image_add_plane(image, heif_channel_interleaved, width, height, 8));
    guint8 *data = heif_image_get_plane(image, heif_channel_interleaved, &stride);
    for (int y = 0; y < height; y++)
        for (int x = 0; x < width; x++) {
            const guint8 *rgb = quarters[only >= 0 ? only : 2 * (y >= height / 2) + (x >= width / 2)];
            memcpy(data + y * stride + x * (int)channels, rgb, 3);
            if (wanted->has_alpha)
                data[y * stride + x * 4 + 3] = x >= width / 2 ? 0 : 255;
        }
    return image;
}

/* Gray of 10 bits, code 512 of PQ: about 93 cd/m². */
static struct heif_image *pq_image(const struct picture_heic *wanted)
{
    static const enum heif_channel channels[3] = {heif_channel_Y, heif_channel_Cb, heif_channel_Cr};
    struct heif_image *image;
    int width = (int)wanted->width_px, height = (int)wanted->height_px, stride;
    check(heif_image_create(width, height, heif_colorspace_YCbCr, heif_chroma_420, &image));
    for (unsigned i = 0; i < 3; i++) {
        int w = i ? width / 2 : width, h = i ? height / 2 : height;
        check(heif_image_add_plane(image, channels[i], w, h, 10));
        guint8 *data = heif_image_get_plane(image, channels[i], &stride);
        for (int y = 0; y < h; y++)
            for (int x = 0; x < w; x++)
                ((guint16 *)(void *)(data + y * stride))[x] = 512;
    }
    struct heif_color_profile_nclx *nclx = heif_nclx_color_profile_alloc();
    nclx->color_primaries = heif_color_primaries_ITU_R_BT_2020_2_and_2100_0;
    nclx->transfer_characteristics = heif_transfer_characteristic_ITU_R_BT_2100_0_PQ;
    nclx->matrix_coefficients = heif_matrix_coefficients_ITU_R_BT_2020_2_non_constant_luminance;
    nclx->full_range_flag = 1;
    check(heif_image_set_nclx_color_profile(image, nclx));
    heif_nclx_color_profile_free(nclx);
    return image;
}

static void add_blue(struct heif_context *context, const struct picture_heic *wanted, struct heif_encoder *encoder)
{
    struct heif_image_handle *handle;
    struct heif_image *image = rgb_image(wanted, 2);
    check(heif_context_encode_image(context, image, encoder, NULL, &handle));
    heif_image_handle_release(handle);
    heif_image_release(image);
}

static GBytes *encode(const struct picture_heic *wanted, int only)
{
    struct heif_context *context = heif_context_alloc();
    struct heif_encoder *encoder;
    struct heif_image_handle *handle, *thumbnail = NULL;
    check(heif_context_get_encoder_for_format(context, heif_compression_HEVC, &encoder));
    heif_encoder_set_lossy_quality(encoder, 90);
    heif_encoder_set_parameter_string(encoder, "preset", "ultrafast");
    if (wanted->is_second)
        add_blue(context, wanted, encoder);
    struct heif_image *image = wanted->is_pq ? pq_image(wanted) : rgb_image(wanted, only);
    struct heif_encoding_options *options = heif_encoding_options_alloc();
    options->macOS_compatibility_workaround_no_nclx_profile = 0; /* or there would be no colours */
    if (wanted->orientation)
        options->image_orientation = (enum heif_orientation)wanted->orientation;
    check(heif_context_encode_image(context, image, encoder, options, &handle));
    check(heif_context_set_primary_image(context, handle));
    if (wanted->has_thumbnail)
        check(heif_context_encode_thumbnail(context, image, handle, encoder, options, 64, &thumbnail));
    if (wanted->exif)
        check(heif_context_add_exif_metadata(context, handle, g_bytes_get_data(wanted->exif, NULL),
                                             (int)g_bytes_get_size(wanted->exif)));
    GByteArray *out = g_byte_array_new();
    check(heif_context_write(context, &(struct heif_writer){1, append}, out));
    heif_encoding_options_free(options);
    if (thumbnail)
        heif_image_handle_release(thumbnail);
    heif_image_handle_release(handle);
    heif_image_release(image);
    heif_encoder_release(encoder);
    heif_context_free(context);
    return g_byte_array_free_to_bytes(out);
}

/* A box anywhere in @heic, by its name: with its head. */
static const guint8 *find_box(GBytes *heic, const char *type, gsize *ret_size)
{
    gsize size;
    const guint8 *bytes = g_bytes_get_data(heic, &size), *at = memmem(bytes, size, type, 4);
    g_assert_nonnull(at);
    at -= 4;
    *ret_size = (gsize)at[0] << 24 | (gsize)at[1] << 16 | (gsize)at[2] << 8 | at[3];
    return at;
}

gsize picture_heic_data(GBytes *heic, gsize *ret_size)
{
    const guint8 *box = find_box(heic, "mdat", ret_size);
    *ret_size -= 8;
    return (gsize)(box - (const guint8 *)g_bytes_get_data(heic, NULL)) + 8;
}

/* ---- a grid by hand ---- */

static void put_be(GByteArray *out, guint64 value, unsigned size)
{
    for (unsigned i = size; i-- > 0;) {
        guint8 byte = (guint8)(value >> (8 * i));
        g_byte_array_append(out, &byte, 1);
    }
}

static guint begin(GByteArray *out, const char *type, gint64 version)
{
    guint at = out->len;
    put_be(out, 0, 4);
    g_byte_array_append(out, (const guint8 *)type, 4);
    if (version >= 0)
        put_be(out, (guint64)version << 24, 4);
    return at;
}

static void end(GByteArray *out, guint at)
{
    guint32 size = GUINT32_TO_BE(out->len - at);
    memcpy(out->data + at, &size, 4);
}

static void put_info(GByteArray *out, unsigned id, const char *type)
{
    guint box = begin(out, "infe", 2);
    put_be(out, id, 2);
    put_be(out, 0, 2);
    g_byte_array_append(out, (const guint8 *)type, 5);
    end(out, box);
}

/* Item 1 is the grid, 2 … its tiles: properties 1 hvcC, 2 ispe of a tile, 3 ispe of all, 4 irot, 5 imir. */
static void put_properties(GByteArray *out, const struct picture_heic *wanted, GBytes *tile, unsigned n_tiles)
{
    static const guint8 angles[9] = {0, 0, 0, 2, 0, 1, 3, 1, 1}, mirrors[9] = {0, 0, 2, 0, 1, 1, 0, 2, 0};
    gsize size;
    guint iprp = begin(out, "iprp", -1), ipco = begin(out, "ipco", -1);
    const guint8 *codec = find_box(tile, "hvcC", &size);
    g_byte_array_append(out, codec, (guint)size);
    for (unsigned whole = 0; whole < 2; whole++) {
        guint ispe = begin(out, "ispe", 0);
        put_be(out, wanted->width_px * (whole ? wanted->columns : 1) - (whole ? 2 : 0), 4);
        put_be(out, wanted->height_px * (whole ? wanted->rows : 1), 4);
        end(out, ispe);
    }
    guint box = begin(out, "irot", -1);
    put_be(out, angles[wanted->orientation], 1);
    end(out, box);
    box = begin(out, "imir", -1);
    put_be(out, mirrors[wanted->orientation] == 2, 1);
    end(out, box);
    end(out, ipco);
    guint ipma = begin(out, "ipma", 0);
    put_be(out, n_tiles + 1, 4);
    put_be(out, 1, 2);
    put_be(out, mirrors[wanted->orientation] ? 3 : 2, 1);
    put_be(out, 0x0384, 2);
    if (mirrors[wanted->orientation])
        put_be(out, 0x85, 1);
    for (unsigned i = 0; i < n_tiles; i++) {
        put_be(out, i + 2, 2);
        put_be(out, 0x028102, 3);
    }
    end(out, ipma);
    end(out, iprp);
}

static void put_places(GByteArray *out, unsigned n_tiles, GArray *ret_places)
{
    guint iloc = begin(out, "iloc", 1);
    put_be(out, 0x4400, 2);
    put_be(out, n_tiles + 1, 2);
    for (unsigned i = 0; i <= n_tiles; i++) {
        put_be(out, i + 1, 2);
        put_be(out, i == 0, 2); /* the grid lies in idat */
        put_be(out, 0, 2);
        put_be(out, 1, 2);
        guint place = out->len;
        g_array_append_val(ret_places, place);
        put_be(out, 0, 4);
        put_be(out, i == 0 ? 8 : 0, 4);
    }
    end(out, iloc);
}

static GBytes *make_grid(const struct picture_heic *wanted)
{
    unsigned n_tiles = wanted->columns * wanted->rows;
    struct picture_heic one = {.width_px = wanted->width_px, .height_px = wanted->height_px};
    GByteArray *out = g_byte_array_new();
    g_autoptr(GPtrArray) tiles = g_ptr_array_new_with_free_func((GDestroyNotify)g_bytes_unref);
    g_autoptr(GArray) places = g_array_new(FALSE, FALSE, sizeof(guint));
    for (unsigned i = 0; i < n_tiles; i++) {
        bool right = i % wanted->columns >= wanted->columns / 2, below = i / wanted->columns >= wanted->rows / 2;
        g_ptr_array_add(tiles, encode(&one, 2 * below + right));
    }
    guint box = begin(out, "ftyp", -1);
    g_byte_array_append(out, (const guint8 *)"mif1\0\0\0\0mif1heic", 16);
    end(out, box);
    guint meta = begin(out, "meta", 0);
    box = begin(out, "hdlr", 0);
    g_byte_array_append(out, (const guint8 *)"\0\0\0\0pict\0\0\0\0\0\0\0\0\0\0\0\0", 21);
    end(out, box);
    box = begin(out, "pitm", 0);
    put_be(out, 1, 2);
    end(out, box);
    box = begin(out, "iinf", 0);
    put_be(out, n_tiles + 1, 2);
    for (unsigned i = 0; i <= n_tiles; i++)
        put_info(out, i + 1, i == 0 ? "grid" : "hvc1");
    end(out, box);
    guint iref = begin(out, "iref", 0);
    box = begin(out, "dimg", -1);
    put_be(out, 1, 2);
    put_be(out, n_tiles, 2);
    for (unsigned i = 0; i < n_tiles; i++)
        put_be(out, i + 2, 2);
    end(out, box);
    end(out, iref);
    put_properties(out, wanted, g_ptr_array_index(tiles, 0), n_tiles);
    put_places(out, n_tiles, places);
    box = begin(out, "idat", -1);
    put_be(out, 0, 2);
    put_be(out, wanted->rows - 1, 1);
    put_be(out, wanted->columns - 1, 1);
    put_be(out, wanted->width_px * wanted->columns - 2, 2);
    put_be(out, wanted->height_px * wanted->rows, 2);
    end(out, box);
    end(out, meta);
    box = begin(out, "mdat", -1);
    for (unsigned i = 0; i < n_tiles; i++) {
        GBytes *tile = g_ptr_array_index(tiles, i);
        gsize size, at = picture_heic_data(tile, &size);
        guint32 numbers[2] = {GUINT32_TO_BE(out->len), GUINT32_TO_BE((guint32)size)};
        memcpy(out->data + g_array_index(places, guint, i + 1), numbers, 8);
        g_byte_array_append(out, (const guint8 *)g_bytes_get_data(tile, NULL) + at, (guint)size);
    }
    end(out, box);
    return g_byte_array_free_to_bytes(out);
}

GBytes *picture_heic(const struct picture_heic *wanted)
{
    return wanted->columns ? make_grid(wanted) : encode(wanted, -1);
}

/* ---- AVIF ---- */

GBytes *picture_avif(unsigned width_px, unsigned height_px, unsigned orientation, GBytes *exif)
{
    static const guint8 angles[9] = {0, 0, 0, 2, 0, 1, 3, 1, 1}, mirrors[9] = {0, 0, 2, 0, 1, 1, 0, 2, 0};
    avifImage *image = avifImageCreate((int)width_px, (int)height_px, 8, AVIF_PIXEL_FORMAT_YUV444);
    avifRGBImage rgb;
    avifRGBImageSetDefaults(&rgb, image);
    rgb.format = AVIF_RGB_FORMAT_RGB;
    avifRGBImageAllocatePixels(&rgb);
    for (unsigned y = 0; y < height_px; y++)
        for (unsigned x = 0; x < width_px; x++)
            memcpy(rgb.pixels + y * rgb.rowBytes + x * 3, quarters[2 * (y >= height_px / 2) + (x >= width_px / 2)], 3);
    g_assert_cmpint(avifImageRGBToYUV(image, &rgb), ==, AVIF_RESULT_OK);
    avifRGBImageFreePixels(&rgb);
    if (exif)
        avifImageSetMetadataExif(image, g_bytes_get_data(exif, NULL), g_bytes_get_size(exif));
    image->transformFlags = (angles[orientation] ? AVIF_TRANSFORM_IROT : AVIF_TRANSFORM_NONE) |
                            (mirrors[orientation] ? AVIF_TRANSFORM_IMIR : AVIF_TRANSFORM_NONE);
    image->irot.angle = angles[orientation];
    image->imir.mode = mirrors[orientation] == 2;
    avifEncoder *encoder = avifEncoderCreate();
    encoder->speed = 10;
    avifRWData file = AVIF_DATA_EMPTY;
    g_assert_cmpint(avifEncoderWrite(encoder, image, &file), ==, AVIF_RESULT_OK);
    GBytes *bytes = g_bytes_new(file.data, file.size);
    avifRWDataFree(&file);
    avifEncoderDestroy(encoder);
    avifImageDestroy(image);
    return bytes;
}
