/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * JPEG. Large ones are decoded by TurboJPEG straight to planes at a DCT scale that leaves four thirds of the preview or
 * more, others at full size in strips that are shrunk at once: no RGB on the way. What has no such planes (CMYK, RGB,
 * rare subsamplings) goes row by row (decode_jpeg_rows.h).
 *
 * Memory: planes of at most sixteen ninths of the preview, and for a progressive file all coefficients, two
 * bytes each, since every scan changes them (T.81, annex G): 3 bytes a pixel at 4:2:0, 6 at 4:4:4. */
#include <string.h>
#include <turbojpeg.h>

#include "base/error.h"
#include "worker/decode_jpeg_rows.h"
#include "worker/jpeg_markers.h"
#include "worker/photo.h"

struct jpeg_state {
    tjhandle decoder;
    bool has_planes;
    int subsampling;
    bool is_gray, is_buffered, has_end;
};

#define DAMAGE_ENDS_EARLY "The file is damaged: it ends early, so that the lower part of the picture is missing."
#define DAMAGE_DATA "The file is damaged: parts of the picture may be missing or wrong."

static bool open_jpeg(struct photo *photo, GError **error)
{
    struct jpeg_state *state = photo->state = g_new0(struct jpeg_state, 1);
    struct jpeg_markers markers;
    jpeg_markers_read(photo, &markers);
    state->is_buffered = markers.is_buffered;
    state->has_end = markers.has_end;
    state->decoder = tjInitDecompress();
    if (!state->decoder)
        return err_set(error, ERR_INTERNAL, "The JPEG decoder could not be started.");
    int width = 0, height = 0, subsampling = -1, colorspace = -1;
    if (tjDecompressHeader3(state->decoder, photo->bytes, photo->size, &width, &height, &subsampling, &colorspace) ==
        0) {
        state->is_gray = colorspace == TJCS_GRAY;
        state->has_planes = state->is_gray || colorspace == TJCS_YCbCr;
        state->subsampling = subsampling;
    } else if (!jpeg_rows_extent(photo->bytes, photo->size, &width, &height, error)) {
        return false;
    }
    photo->width_px = photo->raw_width_px = (unsigned)width;
    photo->height_px = photo->raw_height_px = (unsigned)height;
    photo->frames = 1;
    uint64_t pixels = (uint64_t)width * (uint64_t)height;
    unsigned components = state->is_gray ? 1 : state->has_planes && subsampling == TJSAMP_420 ? 2 : 4;
    photo->memory_bytes = state->is_buffered ? pixels * components * 2 : 0;
    return true;
}

/* The smallest DCT scale that keeps four thirds of the preview; 8/8 where none does. (At 1× of it, butteraugli tells
 * the difference from a full decode; from 4/3× on it does not.) 3/8 and 5/8 to 7/8 have no vector code: all of it is
 * faster. */
static int scale_eighths(const struct photo *photo)
{
    for (int eighths = 1; eighths < 8; eighths *= 2) {
        tjscalingfactor factor = {eighths, 8};
        if (3 * (int64_t)TJSCALED((int64_t)photo->width_px, factor) >= 4 * (int64_t)photo->wanted.width_px &&
            3 * (int64_t)TJSCALED((int64_t)photo->height_px, factor) >= 4 * (int64_t)photo->wanted.height_px)
            return eighths;
    }
    return 8;
}

/* The picture with planes as TurboJPEG wants them: chroma sizes follow its own rounding. */
static bool new_planes(const struct jpeg_state *state, int width, int height, struct picture *ret_picture,
                       GError **error)
{
    struct picture made = {.kind = state->is_gray ? PICTURE_GRAY : PICTURE_YCBCR, .depth = 8, .is_full_range = true};
    made.width_px = (unsigned)width;
    made.height_px = (unsigned)height;
    made.n_planes = state->is_gray ? 1 : 3;
    made.primaries = made.transfer = made.matrix = 2;
    size_t offsets[3], total = 0;
    for (unsigned i = 0; i < made.n_planes; i++) {
        made.planes[i].width_px = (unsigned)tjPlaneWidth((int)i, width, state->subsampling);
        made.planes[i].height_px = (unsigned)tjPlaneHeight((int)i, height, state->subsampling);
        made.planes[i].stride_bytes = ((size_t)made.planes[i].width_px + 31) / 32 * 32;
        offsets[i] = total;
        total += made.planes[i].stride_bytes * made.planes[i].height_px;
    }
    uint8_t *buffer = picture_buffer(total + 64, error);
    if (!buffer)
        return false;
    memset(buffer, 0x80, total + 64); /* gray, where a damaged file writes nothing */
    for (unsigned i = 0; i < made.n_planes; i++)
        made.planes[i].data = buffer + offsets[i];
    /* TurboJPEG fills up to whole samples of chroma; scaled along, the column too many would shift the picture. */
    made.planes[0].width_px = made.width_px;
    made.planes[0].height_px = made.height_px;
    made.owner = buffer;
    made.free_owner = free;
    *ret_picture = made;
    return true;
}

/* What a warning of the decoder means for the picture. Bytes between segments are common and harmless. */
static void note_warning(struct photo *photo, const struct jpeg_state *state, const char *warning)
{
    if (!state->has_end)
        photo->damage = g_strdup(DAMAGE_ENDS_EARLY);
    else if (warning && !strstr(warning, "extraneous bytes"))
        photo->damage = g_strdup(DAMAGE_DATA);
}

static bool decode_planes(struct photo *photo, int eighths, struct picture *ret_picture, GError **error)
{
    struct jpeg_state *state = photo->state;
    tjscalingfactor factor = {eighths, 8};
    int width = TJSCALED((int)photo->width_px, factor), height = TJSCALED((int)photo->height_px, factor);
    PICTURE_AUTO struct picture picture = {0};
    if (!new_planes(state, width, height, &picture, error))
        return false;
    unsigned char *planes[3] = {picture.planes[0].data, picture.planes[1].data, picture.planes[2].data};
    int strides[3];
    for (unsigned i = 0; i < 3; i++)
        strides[i] = (int)picture.planes[i].stride_bytes;
    bool clean = tjDecompressToYUVPlanes(state->decoder, photo->bytes, photo->size, planes, width, strides, height,
                                         TJFLAG_LIMITSCANS) == 0;
    const char *message = clean ? NULL : tjGetErrorStr2(state->decoder);
    if (!clean && tjGetErrorCode(state->decoder) != TJERR_WARNING) {
        bool memory = message && strstr(message, "memory");
        return err_set_detail(error, memory ? ERR_LIMIT : ERR_CORRUPT, message,
                              memory ? "This picture needs more memory than the server allows for one file."
                                     : "The file is damaged: its picture cannot be read.");
    }
    note_warning(photo, state, message);
    picture.icc = photo->icc ? g_bytes_ref(photo->icc) : NULL;
    *ret_picture = picture;
    picture = (struct picture){0};
    return true;
}

static bool decode_jpeg(struct photo *photo, struct picture *ret_picture, GError **error)
{
    struct jpeg_state *state = photo->state;
    int eighths = scale_eighths(photo);
    bool is_shrunk = photo->wanted.width_px < photo->width_px;
    if (state->has_planes && (eighths < 8 || !is_shrunk))
        return decode_planes(photo, eighths, ret_picture, error);
    g_autofree char *warning = NULL;
    if (!(state->has_planes ? jpeg_strips_decode(photo, ret_picture, &warning, error)
                            : jpeg_rows_decode(photo, eighths, ret_picture, &warning, error)))
        return false;
    note_warning(photo, state, warning);
    ret_picture->icc = photo->icc ? g_bytes_ref(photo->icc) : NULL;
    return true;
}

static void close_jpeg(struct photo *photo)
{
    struct jpeg_state *state = photo->state;
    if (state->decoder)
        tjDestroy(state->decoder);
    g_free(state);
}

const struct decoder jpeg_decoder = {"image/jpeg", open_jpeg, decode_jpeg, close_jpeg};
