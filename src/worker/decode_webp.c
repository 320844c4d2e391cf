/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * WebP: a still picture, or the first of an animation that shows anything, on its white canvas. Large ones are shrunk
 * by the decoder itself while it writes. */
#include <stdlib.h>
#include <string.h>

#include <webp/decode.h>
#include <webp/demux.h>

#include "base/error.h"
#include "worker/photo.h"
#include "worker/rows.h"

struct webp_state {
    WebPDemuxer *demuxer;
    WebPIterator frame;
    bool has_frame;
    WebPBitstreamFeatures features; /* of the first picture */
};

static bool fail(GError **error)
{
    return err_set(error, ERR_CORRUPT, "The file is damaged: its picture cannot be read.");
}

static GBytes *chunk(const WebPDemuxer *demuxer, const char fourcc[4])
{
    WebPChunkIterator found;
    GBytes *bytes = NULL;
    if (WebPDemuxGetChunk(demuxer, fourcc, 1, &found))
        bytes = g_bytes_new(found.chunk.bytes, found.chunk.size);
    WebPDemuxReleaseChunkIterator(&found);
    return bytes;
}

/* How long all frames take, once round. */
static int64_t duration_ms(const WebPDemuxer *demuxer)
{
    enum { FRAMES_MAX = 100000 };
    WebPIterator frame;
    int64_t sum = 0;
    if (WebPDemuxGetFrame(demuxer, 1, &frame)) {
        do
            sum += MAX(frame.duration, 0);
        while (frame.frame_num < FRAMES_MAX && WebPDemuxNextFrame(&frame));
        WebPDemuxReleaseIterator(&frame);
    }
    return sum;
}

static bool open_webp(struct photo *photo, GError **error)
{
    struct webp_state *state = photo->state = g_new0(struct webp_state, 1);
    WebPData data = {photo->bytes, photo->size};
    WebPDemuxState progress;
    state->demuxer = WebPDemuxPartial(&data, &progress);
    if (!state->demuxer)
        return fail(error);
    state->has_frame = WebPDemuxGetFrame(state->demuxer, 1, &state->frame);
    if (!state->has_frame ||
        WebPGetFeatures(state->frame.fragment.bytes, state->frame.fragment.size, &state->features) != VP8_STATUS_OK)
        return fail(error);
    photo->width_px = photo->raw_width_px = WebPDemuxGetI(state->demuxer, WEBP_FF_CANVAS_WIDTH);
    photo->height_px = photo->raw_height_px = WebPDemuxGetI(state->demuxer, WEBP_FF_CANVAS_HEIGHT);
    photo->frames = MAX(1, WebPDemuxGetI(state->demuxer, WEBP_FF_FRAME_COUNT));
    if (photo->frames > 1)
        photo->duration_ms = duration_ms(state->demuxer);
    photo->exif = chunk(state->demuxer, "EXIF");
    photo->xmp = chunk(state->demuxer, "XMP ");
    photo->icc = chunk(state->demuxer, "ICCP");
    if (photo->width_px == 0 || photo->height_px == 0)
        return fail(error);
    /* Lossless (and transparent) ones are held whole, four bytes a pixel; so is what we take out, unless shrunk. */
    uint64_t pixels = (uint64_t)photo->width_px * photo->height_px;
    photo->memory_bytes = pixels * (state->features.format == 1 && !state->features.has_alpha ? 1 : 8);
    return true;
}

/* The size to have decoded: half, a third, … of the picture, but at least twice the preview. */
static struct extent decoded_extent(const struct photo *photo)
{
    const struct webp_state *state = photo->state;
    unsigned width = (unsigned)state->features.width, height = (unsigned)state->features.height;
    bool is_whole = width == photo->width_px && height == photo->height_px;
    unsigned factor = is_whole ? MIN(width / (2 * photo->wanted.width_px), height / (2 * photo->wanted.height_px)) : 1;
    factor = MAX(factor, 1);
    return (struct extent){width / factor, height / factor};
}

static uint8_t *decode_frame(const struct photo *photo, struct extent extent, bool *ret_is_partial, GError **error)
{
    const struct webp_state *state = photo->state;
    WebPDecoderConfig config;
    if (!WebPInitDecoderConfig(&config))
        return err_set(error, ERR_INTERNAL, "The WebP decoder could not be started."), NULL;
    uint64_t size = (uint64_t)extent.width_px * extent.height_px * 4;
    uint8_t *pixels = picture_buffer(size, error);
    if (!pixels)
        return NULL;
    memset(pixels, 0xff, size);
    config.options.use_scaling = extent.width_px != (unsigned)state->features.width;
    config.options.scaled_width = (int)extent.width_px;
    config.options.scaled_height = (int)extent.height_px;
    config.output.colorspace = MODE_RGBA;
    config.output.is_external_memory = 1;
    config.output.u.RGBA.rgba = pixels;
    config.output.u.RGBA.stride = (int)extent.width_px * 4;
    config.output.u.RGBA.size = size;
    /* The incremental decoder, so that a file that ends early still shows what is there. */
    WebPIDecoder *decoder = WebPIDecode(NULL, 0, &config);
    VP8StatusCode status = decoder ? WebPIUpdate(decoder, state->frame.fragment.bytes, state->frame.fragment.size)
                                   : VP8_STATUS_OUT_OF_MEMORY;
    int last_y = 0;
    bool some = decoder && WebPIDecGetRGB(decoder, &last_y, NULL, NULL, NULL) && last_y > 0;
    WebPIDelete(decoder);
    if (status == VP8_STATUS_OK || (status == VP8_STATUS_SUSPENDED && some)) {
        *ret_is_partial = status != VP8_STATUS_OK;
        return pixels;
    }
    free(pixels);
    if (status == VP8_STATUS_OUT_OF_MEMORY)
        err_set(error, ERR_LIMIT, "This picture needs more memory than the server allows for one file.");
    else
        fail(error);
    return NULL;
}

/* A frame that is smaller than its canvas: laid at its place, white around it. */
static void add_rows_on_canvas(const struct photo *photo, const uint8_t *pixels, struct rows *rows)
{
    const struct webp_state *state = photo->state;
    size_t width = (size_t)state->features.width;
    g_autofree uint8_t *row = g_malloc((size_t)photo->width_px * 4);
    for (unsigned y = 0; y < photo->height_px; y++) {
        memset(row, 0xff, (size_t)photo->width_px * 4);
        int from = (int)y - state->frame.y_offset;
        if (from >= 0 && from < state->features.height && state->frame.x_offset >= 0 &&
            state->frame.x_offset + width <= photo->width_px)
            memcpy(row + (size_t)state->frame.x_offset * 4, pixels + (size_t)from * width * 4, width * 4);
        rows_add(rows, row);
    }
}

static bool shows_something(const uint8_t *pixels, struct extent extent)
{
    for (size_t i = 0; i < (size_t)extent.width_px * extent.height_px; i++)
        if (pixels[i * 4 + 3] != 0)
            return true;
    return false;
}

/* To the next frame, where there is one whose head can be read. */
static bool step(struct webp_state *state)
{
    enum { LOOKED_AT_MAX = 20 };
    return state->frame.frame_num < LOOKED_AT_MAX && WebPDemuxNextFrame(&state->frame) &&
           WebPGetFeatures(state->frame.fragment.bytes, state->frame.fragment.size, &state->features) == VP8_STATUS_OK;
}

/* The first frame that shows something; some animations begin with nothing. */
static uint8_t *decode_shown(struct photo *photo, struct extent *ret_extent, GError **error)
{
    struct webp_state *state = photo->state;
    for (;;) {
        bool is_partial = false;
        struct extent extent = decoded_extent(photo);
        uint8_t *pixels = decode_frame(photo, extent, &is_partial, error);
        if (!pixels)
            return NULL;
        *ret_extent = extent;
        if (is_partial)
            photo->damage = g_strdup("The file is damaged: it ends early, so that a part of the picture is missing.");
        if (is_partial || shows_something(pixels, extent) || !step(state))
            return pixels;
        free(pixels);
    }
}

static bool decode_webp(struct photo *photo, struct picture *ret_picture, GError **error)
{
    const struct webp_state *state = photo->state;
    struct extent extent;
    uint8_t *pixels = decode_shown(photo, &extent, error);
    if (!pixels)
        return false;
    bool is_whole =
        (unsigned)state->features.width == photo->width_px && (unsigned)state->features.height == photo->height_px;
    struct rows *rows = is_whole ? rows_new(extent.width_px, extent.height_px, ROWS_RGB_ALPHA, 8, photo->wanted, error)
                                 : rows_new(photo->width_px, photo->height_px, ROWS_RGB_ALPHA, 8, photo->wanted, error);
    if (rows && is_whole)
        for (unsigned y = 0; y < extent.height_px; y++)
            rows_add(rows, pixels + (size_t)y * extent.width_px * 4);
    else if (rows)
        add_rows_on_canvas(photo, pixels, rows);
    free(pixels);
    if (!rows)
        return false;
    rows_finish(rows, ret_picture);
    ret_picture->icc = photo->icc ? g_bytes_ref(photo->icc) : NULL;
    return true;
}

static void close_webp(struct photo *photo)
{
    struct webp_state *state = photo->state;
    if (state->has_frame)
        WebPDemuxReleaseIterator(&state->frame);
    WebPDemuxDelete(state->demuxer);
    g_free(state);
}

const struct decoder webp_decoder = {"image/webp", open_webp, decode_webp, close_webp};
