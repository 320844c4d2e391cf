/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * A lossy JPEG XL with a smaller picture, the same orientation and the same metadata boxes. */
#include <string.h>

#include <jxl/decode.h>
#include <jxl/encode.h>

#include "base/error.h"
#include "worker/reduce.h"
#include "worker/tiff_edit.h"

enum { EFFORT = 4, STEP_BYTES = 256 << 10, PRIMARIES_DISPLAY_P3 = 12 };
static const float distance = 1.2F;

/* Boxes beside the picture that this does not carry: other pictures, proofs of origin. */
static bool has_strange_box(const struct photo *photo)
{
    static const char names[][5] = {"JXL ", "ftyp", "jxll", "jxli", "jxlc", "jxlp", "Exif", "xml ", "brob", "jbrd"};
    if (photo->size < 12 || memcmp(photo->bytes + 4, "JXL ", 4) != 0)
        return false; /* a picture alone */
    for (size_t at = 0; at + 8 <= photo->size;) {
        const uint8_t *head = photo->bytes + at;
        size_t size = (size_t)head[0] << 24 | (size_t)head[1] << 16 | (size_t)head[2] << 8 | head[3];
        bool is_known = false;
        for (size_t i = 0; i < G_N_ELEMENTS(names); i++)
            is_known = is_known || memcmp(head + 4, names[i], 4) == 0;
        if (!is_known || size == 1)
            return true;
        if (size == 0)
            return false;
        if (size < 8 || size > photo->size - at)
            return true;
        at += size;
    }
    return false;
}

static const char *keep(const struct photo *photo)
{
    JxlBasicInfo info = {0};
    JxlDecoder *decoder = JxlDecoderCreate(NULL);
    bool ok = decoder && JxlDecoderSubscribeEvents(decoder, JXL_DEC_BASIC_INFO) == JXL_DEC_SUCCESS &&
              JxlDecoderSetInput(decoder, photo->bytes, photo->size) == JXL_DEC_SUCCESS &&
              JxlDecoderProcessInput(decoder) == JXL_DEC_BASIC_INFO &&
              JxlDecoderGetBasicInfo(decoder, &info) == JXL_DEC_SUCCESS;
    JxlDecoderDestroy(decoder);
    if (!ok)
        return "Its parts cannot be found.";
    if (info.num_extra_channels > 0)
        return "It has more than colours, such as transparency.";
    if (info.bits_per_sample > 8)
        return "Its colours have more than 8 bits, which would be lost.";
    if (info.uses_original_profile)
        return "It is lossless, or a JPEG that can be brought back from it.";
    return has_strange_box(photo) ? "It holds parts that cannot be carried over." : NULL;
}

static bool set_colour(JxlEncoder *encoder, const struct picture *small)
{
    if (small->icc) {
        size_t size;
        const uint8_t *bytes = g_bytes_get_data(small->icc, &size);
        return JxlEncoderSetICCProfile(encoder, bytes, size) == JXL_ENC_SUCCESS;
    }
    JxlColorEncoding colour;
    JxlColorEncodingSetToSRGB(&colour, small->kind == PICTURE_GRAY);
    if (small->kind != PICTURE_GRAY && small->primaries != 2)
        colour.primaries = small->primaries == PRIMARIES_DISPLAY_P3 ? JXL_PRIMARIES_P3 : (JxlPrimaries)small->primaries;
    if (small->transfer != 2)
        colour.transfer_function = (JxlTransferFunction)small->transfer;
    return JxlEncoderSetColorEncoding(encoder, &colour) == JXL_ENC_SUCCESS;
}

static bool add_box(JxlEncoder *encoder, const char type[4], const uint8_t *bytes, size_t size)
{
    return JxlEncoderAddBox(encoder, type, bytes, size, JXL_FALSE) == JXL_ENC_SUCCESS;
}

static bool add_metadata(JxlEncoder *encoder, const struct photo *photo, const struct picture *small)
{
    size_t size = 0;
    bool ok = true;
    if (photo->exif) {
        const uint8_t *bytes = g_bytes_get_data(photo->exif, &size);
        g_autofree uint8_t *box = g_malloc0(size + 4); /* the TIFF header follows at once */
        memcpy(box + 4, bytes, size);
        tiff_set_extent(box + 4, size, small->width_px, small->height_px);
        ok = add_box(encoder, "Exif", box, size + 4);
    }
    if (ok && photo->xmp) {
        const uint8_t *bytes = g_bytes_get_data(photo->xmp, &size);
        ok = add_box(encoder, "xml ", bytes, size);
    }
    return ok;
}

static bool add_frame(JxlEncoder *encoder, const struct picture *small)
{
    JxlEncoderFrameSettings *settings = JxlEncoderFrameSettingsCreate(encoder, NULL);
    JxlPixelFormat format = {.num_channels = small->n_planes, .data_type = JXL_TYPE_UINT8};
    size_t size = (size_t)small->width_px * small->height_px * small->n_planes;
    g_autofree uint8_t *pixels = g_try_malloc(size);
    for (unsigned y = 0; pixels && y < small->height_px; y++)
        for (unsigned x = 0; x < small->width_px; x++)
            for (unsigned c = 0; c < small->n_planes; c++)
                pixels[((size_t)y * small->width_px + x) * small->n_planes + c] =
                    small->planes[c].data[y * small->planes[c].stride_bytes + x];
    return pixels && settings && JxlEncoderSetFrameDistance(settings, distance) == JXL_ENC_SUCCESS &&
           JxlEncoderFrameSettingsSetOption(settings, JXL_ENC_FRAME_SETTING_EFFORT, EFFORT) == JXL_ENC_SUCCESS &&
           JxlEncoderAddImageFrame(settings, &format, pixels, size) == JXL_ENC_SUCCESS;
}

static bool begin(JxlEncoder *encoder, const struct photo *photo, const struct picture *small)
{
    JxlBasicInfo info;
    JxlEncoderInitBasicInfo(&info);
    info.xsize = small->width_px;
    info.ysize = small->height_px;
    info.bits_per_sample = 8;
    info.num_color_channels = small->n_planes;
    info.orientation = (JxlOrientation)CLAMP(photo->turn, 1, 8);
    info.uses_original_profile = JXL_FALSE;
    bool has_boxes = photo->exif || photo->xmp;
    return (!has_boxes || (JxlEncoderUseContainer(encoder, JXL_TRUE) == JXL_ENC_SUCCESS &&
                           JxlEncoderUseBoxes(encoder) == JXL_ENC_SUCCESS)) &&
           JxlEncoderSetBasicInfo(encoder, &info) == JXL_ENC_SUCCESS && set_colour(encoder, small) &&
           (!has_boxes || add_metadata(encoder, photo, small)) && add_frame(encoder, small);
}

static bool finish(JxlEncoder *encoder, GByteArray *out)
{
    JxlEncoderCloseInput(encoder);
    for (size_t used = 0;;) {
        g_byte_array_set_size(out, (guint)used + STEP_BYTES);
        uint8_t *next = out->data + used;
        size_t room = STEP_BYTES;
        JxlEncoderStatus status = JxlEncoderProcessOutput(encoder, &next, &room);
        used = (size_t)(next - out->data);
        g_byte_array_set_size(out, (guint)used);
        if (status != JXL_ENC_NEED_MORE_OUTPUT)
            return status == JXL_ENC_SUCCESS;
    }
}

static GByteArray *write_jxl(const struct photo *photo, const struct picture *small, GError **error)
{
    if (small->kind != PICTURE_RGB && small->kind != PICTURE_GRAY)
        return err_set(error, ERR_UNSUPPORTED, "Its colours are written in a rare way."), NULL;
    g_autoptr(GByteArray) out = g_byte_array_new();
    JxlEncoder *encoder = JxlEncoderCreate(NULL);
    bool ok = encoder && begin(encoder, photo, small) && finish(encoder, out);
    if (encoder)
        JxlEncoderDestroy(encoder);
    if (ok)
        return g_steal_pointer(&out);
    return err_set(error, ERR_UNSUPPORTED, "Its picture cannot be made smaller."), NULL;
}

const struct reducer jxl_reducer = {&jxl_decoder, keep, false, write_jxl};
