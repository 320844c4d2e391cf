/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * JPEG XL through libjxl. A first pass over the file decodes no pixel: it finds the size, the colours, the metadata
 * boxes (also brotli-compressed ones) and the number of frames. The second has the first frame handed over in stripes,
 * which are averaged as they come. The codestream's own orientation counts, EXIF's does not (ISO/IEC 18181-2); it is
 * left as a turn that is still owed, so that it is paid at preview size. No threads: one job is one core. */
#include <stdlib.h>
#include <string.h>

#include <jxl/decode.h>

#include "base/error.h"
#include "worker/photo.h"
#include "worker/pieces.h"

struct jxl_state {
    JxlDecoder *decoder;
    JxlBasicInfo info;
    bool has_info, has_colour;
    unsigned primaries, transfer; /* of the pixels as decoded … */
    GBytes *icc;                  /* … or their profile */
    uint64_t ticks;               /* how long the frames of an animation stay, together */
    GByteArray *box;              /* the metadata box that is being read … */
    GBytes **box_target;          /* … and whose it becomes; NULL: none */
    struct pieces *pieces;
};

enum { METADATA_MAX_BYTES = 16 << 20, BOX_STEP_BYTES = 64 << 10, EXIF_PREFIX_BYTES = 4 };
enum { PRIMARIES_DISPLAY_P3 = 12, UNSPECIFIED = 2 };

/* libjxl 0.7 holds every channel of the whole picture as 32 bits, lossy or not, and up to a quarter on top (measured);
 * nothing in its interface makes it work in bands. */
enum { CHANNEL_BYTES = 5 };

static bool fail_damaged(GError **error)
{
    return err_set(error, ERR_CORRUPT, "The file is damaged: its picture cannot be read.");
}

/* ---- metadata boxes ---- */

/* The rest of the box's buffer was not written; what was is the box. */
static void end_box(struct photo *photo)
{
    struct jxl_state *state = photo->state;
    size_t unused = JxlDecoderReleaseBoxBuffer(state->decoder);
    if (!state->box_target)
        return;
    size_t size = state->box->len - MIN(unused, state->box->len), skip = 0;
    const uint8_t *bytes = state->box->data;
    /* An Exif box begins with the offset of the TIFF header behind it. */
    if (state->box_target == &photo->exif && size >= EXIF_PREFIX_BYTES) {
        size_t offset = (size_t)bytes[0] << 24 | (size_t)bytes[1] << 16 | (size_t)bytes[2] << 8 | bytes[3];
        skip = EXIF_PREFIX_BYTES + MIN(offset, size - EXIF_PREFIX_BYTES);
    }
    if (size > skip)
        *state->box_target = g_bytes_new(bytes + skip, size - skip);
    state->box_target = NULL;
}

static void begin_box(struct photo *photo)
{
    struct jxl_state *state = photo->state;
    JxlBoxType type;
    if (JxlDecoderGetBoxType(state->decoder, type, JXL_TRUE) != JXL_DEC_SUCCESS)
        return;
    GBytes **target = memcmp(type, "Exif", 4) == 0 ? &photo->exif : memcmp(type, "xml ", 4) == 0 ? &photo->xmp : NULL;
    if (!target || *target)
        return;
    state->box_target = target;
    g_byte_array_set_size(state->box, BOX_STEP_BYTES);
    JxlDecoderSetBoxBuffer(state->decoder, state->box->data, state->box->len);
}

/* The box is larger than what there is room for. One that is too large by far is passed over. */
static void grow_box(struct jxl_state *state)
{
    size_t unused = JxlDecoderReleaseBoxBuffer(state->decoder);
    size_t used = state->box->len - MIN(unused, state->box->len);
    if (state->box->len >= METADATA_MAX_BYTES) {
        state->box_target = NULL;
        return;
    }
    g_byte_array_set_size(state->box, MIN(state->box->len * 2, METADATA_MAX_BYTES));
    JxlDecoderSetBoxBuffer(state->decoder, state->box->data + used, state->box->len - used);
}

/* ---- colour ---- */

static GBytes *read_icc(const JxlDecoder *decoder, JxlColorProfileTarget target)
{
    size_t size = 0;
    if (JxlDecoderGetICCProfileSize(decoder, NULL, target, &size) != JXL_DEC_SUCCESS || size == 0 ||
        size > METADATA_MAX_BYTES)
        return NULL;
    g_autofree uint8_t *bytes = g_malloc(size);
    if (JxlDecoderGetColorAsICCProfile(decoder, NULL, target, bytes, size) != JXL_DEC_SUCCESS)
        return NULL;
    return g_bytes_new_take(g_steal_pointer(&bytes), size);
}

/* The numbers that libjxl gives primaries and transfer functions are those of ISO/IEC 23091-2, but for custom ones. */
static bool as_code_points(const JxlColorEncoding *colour, unsigned *ret_primaries, unsigned *ret_transfer)
{
    bool is_gray = colour->color_space == JXL_COLOR_SPACE_GRAY;
    bool is_srgb = colour->transfer_function == JXL_TRANSFER_FUNCTION_SRGB ||
                   colour->transfer_function == JXL_TRANSFER_FUNCTION_709;
    bool is_known = is_srgb || colour->transfer_function == JXL_TRANSFER_FUNCTION_PQ ||
                    colour->transfer_function == JXL_TRANSFER_FUNCTION_HLG ||
                    colour->transfer_function == JXL_TRANSFER_FUNCTION_LINEAR;
    if (colour->white_point != JXL_WHITE_POINT_D65 || !is_known || colour->color_space > JXL_COLOR_SPACE_GRAY ||
        (is_gray && !is_srgb) || (!is_gray && colour->primaries == JXL_PRIMARIES_CUSTOM))
        return false;
    *ret_transfer = (unsigned)colour->transfer_function;
    *ret_primaries = is_gray                                 ? UNSPECIFIED
                     : colour->primaries == JXL_PRIMARIES_P3 ? PRIMARIES_DISPLAY_P3
                                                             : (unsigned)colour->primaries;
    return true;
}

static void read_colour(struct photo *photo)
{
    struct jxl_state *state = photo->state;
    JxlColorEncoding colour;
    state->has_colour = true;
    state->primaries = state->transfer = UNSPECIFIED;
    if (JxlDecoderGetColorAsEncodedProfile(state->decoder, NULL, JXL_COLOR_PROFILE_TARGET_DATA, &colour) !=
            JXL_DEC_SUCCESS ||
        !as_code_points(&colour, &state->primaries, &state->transfer))
        state->icc = read_icc(state->decoder, JXL_COLOR_PROFILE_TARGET_DATA);
    /* A profile that the file really has, for its name. */
    if (JxlDecoderGetColorAsEncodedProfile(state->decoder, NULL, JXL_COLOR_PROFILE_TARGET_ORIGINAL, &colour) !=
        JXL_DEC_SUCCESS)
        photo->icc = read_icc(state->decoder, JXL_COLOR_PROFILE_TARGET_ORIGINAL);
}

/* ---- headers ---- */

static bool start(struct photo *photo, int events, GError **error)
{
    struct jxl_state *state = photo->state;
    JxlDecoderDestroy(state->decoder);
    state->decoder = JxlDecoderCreate(NULL);
    bool ok = state->decoder && JxlDecoderSubscribeEvents(state->decoder, events) == JXL_DEC_SUCCESS &&
              JxlDecoderSetKeepOrientation(state->decoder, JXL_TRUE) == JXL_DEC_SUCCESS &&
              JxlDecoderSetDecompressBoxes(state->decoder, JXL_TRUE) == JXL_DEC_SUCCESS &&
              JxlDecoderSetInput(state->decoder, photo->bytes, photo->size) == JXL_DEC_SUCCESS;
    return ok || err_set(error, ERR_INTERNAL, "The JPEG XL decoder could not be started.");
}

static uint64_t frame_ticks(const JxlDecoder *decoder)
{
    JxlFrameHeader header;
    return JxlDecoderGetFrameHeader(decoder, &header) == JXL_DEC_SUCCESS ? header.duration : 0;
}

/* To the end of the file, or as far as it can be read. */
static void walk(struct photo *photo)
{
    struct jxl_state *state = photo->state;
    for (;;) {
        switch (JxlDecoderProcessInput(state->decoder)) {
        case JXL_DEC_BASIC_INFO:
            state->has_info = JxlDecoderGetBasicInfo(state->decoder, &state->info) == JXL_DEC_SUCCESS;
            break;
        case JXL_DEC_COLOR_ENCODING:
            read_colour(photo);
            break;
        case JXL_DEC_FRAME:
            photo->frames++;
            state->ticks += frame_ticks(state->decoder);
            break;
        case JXL_DEC_BOX:
            end_box(photo);
            begin_box(photo);
            break;
        case JXL_DEC_BOX_NEED_MORE_OUTPUT:
            grow_box(state);
            break;
        case JXL_DEC_SUCCESS:
            end_box(photo);
            return;
        default: /* a cut or damaged file: a box that is not complete is none */
            JxlDecoderReleaseBoxBuffer(state->decoder);
            state->box_target = NULL;
            return;
        }
    }
}

static bool has_black(const struct jxl_state *state)
{
    for (uint32_t i = 0; i < state->info.num_extra_channels; i++) {
        JxlExtraChannelInfo extra;
        if (JxlDecoderGetExtraChannelInfo(state->decoder, i, &extra) == JXL_DEC_SUCCESS &&
            extra.type == JXL_CHANNEL_BLACK)
            return true;
    }
    return false;
}

/* 8 bits suffice for what is shown in 8 bits; the transfer functions below spread them too thin. */
static bool is_deep(const struct jxl_state *state)
{
    if (state->icc)
        return state->info.bits_per_sample > 8;
    return state->transfer == JXL_TRANSFER_FUNCTION_PQ || state->transfer == JXL_TRANSFER_FUNCTION_HLG ||
           state->transfer == JXL_TRANSFER_FUNCTION_LINEAR;
}

static bool open_jxl(struct photo *photo, GError **error)
{
    struct jxl_state *state = photo->state = g_new0(struct jxl_state, 1);
    state->box = g_byte_array_new();
    if (!start(photo, JXL_DEC_BASIC_INFO | JXL_DEC_COLOR_ENCODING | JXL_DEC_FRAME | JXL_DEC_BOX, error))
        return false;
    JxlDecoderCloseInput(state->decoder);
    walk(photo);
    if (!state->has_info || !state->has_colour || state->info.xsize == 0 || state->info.ysize == 0)
        return fail_damaged(error);
    if (has_black(state))
        return err_set(error, ERR_UNSUPPORTED,
                       "Pictures of JPEG XL files in printing inks cannot be made yet. The file itself is safe.");
    photo->width_px = photo->raw_width_px = state->info.xsize;
    photo->height_px = photo->raw_height_px = state->info.ysize;
    photo->frames = MAX(photo->frames, 1);
    if (state->info.have_animation && state->info.animation.tps_numerator > 0)
        photo->duration_ms = (int64_t)((double)state->ticks * 1000 * state->info.animation.tps_denominator /
                                       state->info.animation.tps_numerator);
    photo->is_upright = true;
    photo->turn = state->info.orientation;
    uint64_t channels = (uint64_t)state->info.num_color_channels + state->info.num_extra_channels;
    unsigned out_bytes = state->info.num_color_channels * (is_deep(state) ? 2 : 1);
    photo->memory_bytes = (uint64_t)photo->width_px * photo->height_px * (channels * CHANNEL_BYTES + out_bytes);
    return true;
}

/* ---- pixels ---- */

static void on_stripe(void *data, size_t x, size_t y, size_t count, const void *pixels)
{
    pieces_add(data, x, y, count, pixels);
}

static bool set_output(struct photo *photo, GError **error)
{
    struct jxl_state *state = photo->state;
    bool has_alpha = state->info.alpha_bits > 0, is_gray = state->info.num_color_channels == 1, deep = is_deep(state);
    enum rows_layout layout = (is_gray ? ROWS_GRAY : ROWS_RGB) + has_alpha;
    JxlPixelFormat format = {
        .num_channels = layout,
        .data_type = deep ? JXL_TYPE_UINT16 : JXL_TYPE_UINT8,
        .endianness = JXL_NATIVE_ENDIAN,
    };
    if (state->pieces)
        return fail_damaged(error); /* asked twice for one frame */
    state->pieces = pieces_new(photo->width_px, photo->height_px, layout, deep ? 16 : 8,
                               state->info.alpha_premultiplied, photo->wanted, error);
    if (!state->pieces)
        return false;
    return JxlDecoderSetImageOutCallback(state->decoder, &format, on_stripe, state->pieces) == JXL_DEC_SUCCESS ||
           err_set(error, ERR_INTERNAL, "The JPEG XL decoder could not be started.");
}

/* The file ends within the frame, or its data are wrong: is there something to show? */
static bool accept_partial(struct photo *photo, bool ends_early, GError **error)
{
    struct jxl_state *state = photo->state;
    if (ends_early && state->pieces && pieces_may_repeat(state->pieces))
        JxlDecoderFlushImage(state->decoder);
    if (!state->pieces || pieces_count(state->pieces) == 0)
        return fail_damaged(error);
    photo->damage =
        g_strdup(ends_early ? "The file is damaged: it ends early, so that parts of the picture are missing."
                            : "The file is damaged: parts of the picture may be missing or wrong.");
    return true;
}

static bool read_frame(struct photo *photo, GError **error)
{
    struct jxl_state *state = photo->state;
    for (;;) {
        JxlDecoderStatus status = JxlDecoderProcessInput(state->decoder);
        switch (status) {
        case JXL_DEC_NEED_IMAGE_OUT_BUFFER:
            if (!set_output(photo, error))
                return false;
            break;
        case JXL_DEC_FULL_IMAGE:
            return true;
        default:
            return accept_partial(photo, status == JXL_DEC_NEED_MORE_INPUT, error);
        }
    }
}

static bool decode_jxl(struct photo *photo, struct picture *ret_picture, GError **error)
{
    struct jxl_state *state = photo->state;
    bool ok = start(photo, JXL_DEC_FULL_IMAGE, error) && read_frame(photo, error);
    /* Its working memory is not needed while the picture is shrunk. */
    g_clear_pointer(&state->decoder, JxlDecoderDestroy);
    if (!ok)
        return false;
    pieces_finish(g_steal_pointer(&state->pieces), ret_picture);
    ret_picture->icc = state->icc ? g_bytes_ref(state->icc) : NULL;
    ret_picture->primaries = state->primaries;
    ret_picture->transfer = state->transfer;
    return true;
}

static void close_jxl(struct photo *photo)
{
    struct jxl_state *state = photo->state;
    JxlDecoderDestroy(state->decoder);
    pieces_free(state->pieces);
    g_clear_pointer(&state->icc, g_bytes_unref);
    g_byte_array_unref(state->box);
    g_free(state);
}

const struct decoder jxl_decoder = {"image/jxl", open_jxl, decode_jxl, close_jxl};
