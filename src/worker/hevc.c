/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "worker/hevc.h"

#include <libde265/de265.h>

#include "base/error.h"

static uint32_t big_endian(const uint8_t *at, unsigned n_bytes)
{
    uint32_t value = 0;
    for (unsigned i = 0; i < n_bytes; i++)
        value = value << 8 | at[i];
    return value;
}

/* The parameter sets (ISO/IEC 14496-15, 8.3.3.1): arrays of units with 16 bits of length each. */
static bool push_config(de265_decoder_context *decoder, const uint8_t *config, size_t size, unsigned *ret_length_bytes)
{
    enum { HEADER = 23 };
    if (size < HEADER)
        return false;
    *ret_length_bytes = (config[21] & 3u) + 1;
    size_t at = HEADER;
    for (unsigned arrays = config[22]; arrays > 0; arrays--) {
        if (size - at < 3)
            return false;
        unsigned n_units = big_endian(config + at + 1, 2);
        at += 3;
        for (; n_units > 0; n_units--) {
            if (size - at < 2 || big_endian(config + at, 2) > size - at - 2)
                return false;
            size_t unit = big_endian(config + at, 2);
            de265_push_NAL(decoder, config + at + 2, (int)unit, 0, NULL);
            at += 2 + unit;
        }
    }
    return true;
}

/* What there is of a cut unit is tried. */
static bool push_data(de265_decoder_context *decoder, const uint8_t *data, size_t size, unsigned length_bytes)
{
    while (size > length_bytes) {
        size_t unit = big_endian(data, length_bytes), rest = size - length_bytes;
        de265_push_NAL(decoder, data + length_bytes, (int)MIN(MIN(unit, rest), (size_t)G_MAXINT), 0, NULL);
        if (unit > rest)
            return false;
        data += length_bytes + unit;
        size = rest - unit;
    }
    return size == 0;
}

static de265_error run(de265_decoder_context *decoder)
{
    int more = 1;
    de265_error result = de265_flush_data(decoder);
    /* There is more for as long as a picture waits to be taken. */
    while (more && result == DE265_OK && !de265_peek_next_picture(decoder))
        result = de265_decode(decoder, &more);
    return result;
}

static void free_decoder(void *decoder)
{
    de265_free_decoder(decoder);
}

static bool take_planes(const struct de265_image *image, struct picture *ret_picture)
{
    enum de265_chroma chroma = de265_get_chroma_format(image);
    int depth = de265_get_bits_per_pixel(image, 0);
    struct picture picture = {
        .kind = chroma == de265_chroma_mono ? PICTURE_GRAY : PICTURE_YCBCR,
        .depth = (unsigned)CLAMP(depth, 0, 17),
        .n_planes = chroma == de265_chroma_mono ? 1 : 3,
        .primaries = (unsigned)de265_get_image_colour_primaries(image),
        .transfer = (unsigned)de265_get_image_transfer_characteristics(image),
        .matrix = (unsigned)de265_get_image_matrix_coefficients(image),
        .is_full_range = de265_get_image_full_range_flag(image),
    };
    for (int i = 0; i < (int)picture.n_planes; i++) {
        int stride = 0, width = de265_get_image_width(image, i), height = de265_get_image_height(image, i);
        const uint8_t *data = de265_get_image_plane(image, i, &stride);
        if (!data || stride <= 0 || width <= 0 || height <= 0 || de265_get_bits_per_pixel(image, i) != depth)
            return false;
        picture.planes[i] = (struct plane){(uint8_t *)data, (size_t)stride, (unsigned)width, (unsigned)height};
    }
    picture.width_px = picture.planes[0].width_px;
    picture.height_px = picture.planes[0].height_px;
    *ret_picture = picture;
    return depth >= 8 && depth <= 16;
}

static bool decode(de265_decoder_context *decoder, const uint8_t *config, size_t config_size, const uint8_t *data,
                   size_t size, struct picture *ret_picture, bool *ret_is_whole, GError **error)
{
    unsigned length_bytes;
    if (!push_config(decoder, config, config_size, &length_bytes))
        return err_set(error, ERR_CORRUPT, "The file is damaged: its picture cannot be read.");
    bool is_whole = push_data(decoder, data, size, length_bytes);
    de265_error result = run(decoder);
    if (result == DE265_ERROR_OUT_OF_MEMORY)
        return err_set(error, ERR_LIMIT, "This picture needs more memory than the server allows for one file.");
    const struct de265_image *image = de265_peek_next_picture(decoder);
    if (!image)
        return err_set_detail(error, ERR_CORRUPT, de265_get_error_text(result),
                              "The file is damaged: its picture cannot be read.");
    if (!take_planes(image, ret_picture))
        return err_set(error, ERR_UNSUPPORTED,
                       "Pictures of this variety of HEIF cannot be made yet. The file itself is safe.");
    *ret_is_whole = is_whole && result == DE265_OK && de265_get_warning(decoder) == DE265_OK;
    return true;
}

bool hevc_decode(const uint8_t *config, size_t config_size, const uint8_t *data, size_t size,
                 struct picture *ret_picture, bool *ret_is_whole, GError **error)
{
    de265_decoder_context *decoder = de265_new_decoder();
    if (!decoder)
        return err_set(error, ERR_LIMIT, "This picture needs more memory than the server allows for one file.");
    struct picture picture;
    if (!decode(decoder, config, config_size, data, size, &picture, ret_is_whole, error)) {
        de265_free_decoder(decoder);
        return false;
    }
    picture.owner = decoder;
    picture.free_owner = free_decoder;
    *ret_picture = picture;
    return true;
}
