/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <string.h>

#include <jxl/encode.h>

#include "media/test_pictures.h"

static const guint8 quarters[4][3] = {{255, 0, 0}, {0, 255, 0}, {0, 0, 255}, {255, 255, 255}};

static const guint8 exif[] = {0, 0,  0, 0,  'M', 'M', 0, '*', 0, 0, 0, 8, 0, 2, 1, 15, 0, 2, 0,   0,   0,   5,   0, 0,
                              0, 38, 1, 18, 0,   3,   0, 0,   0, 1, 0, 6, 0, 0, 0, 0,  0, 0, 'T', 'e', 's', 't', 0};
static const char xmp[] = "<x:xmpmeta xmlns:x='adobe:ns:meta/'><rdf:RDF xmlns:rdf='http://www.w3.org/1999/02/22-rdf-"
                          "syntax-ns#'><rdf:Description xmlns:xmp='http://ns.adobe.com/xap/1.0/' xmp:Rating='4'/>"
                          "</rdf:RDF></x:xmpmeta>";

/* One sample of frame @frame; 16 bits, from which 8 are taken. */
static guint8 sample_of(const struct picture_jxl *wanted, unsigned frame, unsigned x, unsigned y, unsigned channel,
                        unsigned n_colours)
{
    bool is_right = x >= wanted->width_px / 2, is_below = (y >= wanted->height_px / 2) != (frame > 0);
    if (channel == n_colours)
        return is_right ? 0 : 255;
    unsigned noise = wanted->is_noisy ? (x * x * 31 + y * 17 + x * y) >> 3 & 15 : 0;
    return quarters[2 * is_below + is_right][channel] ^ (guint8)noise;
}

static GByteArray *samples_of(const struct picture_jxl *wanted, unsigned frame, unsigned n_colours)
{
    unsigned n_channels = n_colours + wanted->is_transparent;
    GByteArray *samples = g_byte_array_new();
    for (unsigned y = 0; y < wanted->height_px; y++)
        for (unsigned x = 0; x < wanted->width_px; x++)
            for (unsigned channel = 0; channel < n_channels; channel++) {
                guint8 sample = sample_of(wanted, frame, x, y, channel, n_colours);
                guint8 both[2] = {sample, sample};
                g_byte_array_append(samples, both, wanted->is_pq ? 2 : 1);
            }
    return samples;
}

static void set_info(JxlEncoder *encoder, const struct picture_jxl *wanted)
{
    JxlBasicInfo info;
    JxlEncoderInitBasicInfo(&info);
    info.xsize = wanted->width_px;
    info.ysize = wanted->height_px;
    info.bits_per_sample = wanted->is_pq ? 16 : 8;
    info.num_color_channels = wanted->is_gray ? 1 : 3;
    info.uses_original_profile = wanted->is_lossless;
    info.orientation = (JxlOrientation)MAX(wanted->orientation, 1);
    if (wanted->is_transparent) {
        info.num_extra_channels = 1;
        info.alpha_bits = 8;
    }
    if (wanted->n_frames > 1) {
        info.have_animation = JXL_TRUE;
        info.animation.tps_numerator = 10;
        info.animation.tps_denominator = 1;
    }
    g_assert_cmpint(JxlEncoderSetBasicInfo(encoder, &info), ==, JXL_ENC_SUCCESS);
    JxlColorEncoding colour;
    JxlColorEncodingSetToSRGB(&colour, wanted->is_gray);
    if (wanted->is_pq) {
        colour.primaries = JXL_PRIMARIES_2100;
        colour.transfer_function = JXL_TRANSFER_FUNCTION_PQ;
    }
    g_assert_cmpint(JxlEncoderSetColorEncoding(encoder, &colour), ==, JXL_ENC_SUCCESS);
}

static void add_frame(JxlEncoder *encoder, const struct picture_jxl *wanted, unsigned frame)
{
    JxlEncoderFrameSettings *settings = JxlEncoderFrameSettingsCreate(encoder, NULL);
    JxlEncoderFrameSettingsSetOption(settings, JXL_ENC_FRAME_SETTING_EFFORT, 3);
    JxlEncoderSetFrameLossless(settings, wanted->is_lossless);
    if (wanted->n_frames > 1) {
        JxlFrameHeader header;
        JxlEncoderInitFrameHeader(&header);
        header.duration = 1;
        g_assert_cmpint(JxlEncoderSetFrameHeader(settings, &header), ==, JXL_ENC_SUCCESS);
    }
    unsigned n_colours = wanted->is_gray ? 1 : 3;
    g_autoptr(GByteArray) samples = samples_of(wanted, frame, n_colours);
    JxlPixelFormat format = {
        .num_channels = n_colours + wanted->is_transparent,
        .data_type = wanted->is_pq ? JXL_TYPE_UINT16 : JXL_TYPE_UINT8,
        .endianness = JXL_NATIVE_ENDIAN,
    };
    g_assert_cmpint(JxlEncoderAddImageFrame(settings, &format, samples->data, samples->len), ==, JXL_ENC_SUCCESS);
}

static GBytes *take_output(JxlEncoder *encoder)
{
    GByteArray *out = g_byte_array_new();
    JxlEncoderStatus status;
    do {
        guint8 block[4096], *next = block;
        size_t room = sizeof(block);
        status = JxlEncoderProcessOutput(encoder, &next, &room);
        g_assert_cmpint(status, !=, JXL_ENC_ERROR);
        g_byte_array_append(out, block, (guint)(next - block));
    } while (status == JXL_ENC_NEED_MORE_OUTPUT);
    return g_byte_array_free_to_bytes(out);
}

GBytes *picture_jxl(const struct picture_jxl *wanted)
{
    JxlEncoder *encoder = JxlEncoderCreate(NULL);
    if (wanted->is_container)
        g_assert_cmpint(JxlEncoderUseBoxes(encoder), ==, JXL_ENC_SUCCESS);
    set_info(encoder, wanted);
    for (unsigned frame = 0; frame < MAX(wanted->n_frames, 1); frame++)
        add_frame(encoder, wanted, frame);
    JxlEncoderCloseFrames(encoder);
    if (wanted->is_container) {
        g_assert_cmpint(JxlEncoderAddBox(encoder, "Exif", exif, sizeof(exif), JXL_TRUE), ==, JXL_ENC_SUCCESS);
        g_assert_cmpint(JxlEncoderAddBox(encoder, "xml ", (const uint8_t *)xmp, strlen(xmp), JXL_TRUE), ==,
                        JXL_ENC_SUCCESS);
    }
    JxlEncoderCloseInput(encoder);
    GBytes *file = take_output(encoder);
    JxlEncoderDestroy(encoder);
    return file;
}
