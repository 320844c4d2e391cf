/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "worker/pieces.h"

#include <string.h>

struct pieces {
    unsigned depth; /* of the samples that come */
    unsigned colours, step;
    bool has_alpha, is_premultiplied;
    unsigned factor; /* squares of this side become one pixel */
    uint64_t n_added;
    struct picture out; /* 16 bits deep where factor > 1 */
};

enum { FACTOR_MAX = 64 };

struct pieces *pieces_new(unsigned width_px, unsigned height_px, enum rows_layout layout, unsigned depth,
                          bool is_premultiplied, struct extent wanted, GError **error)
{
    unsigned factor = MIN(width_px / (2 * wanted.width_px), height_px / (2 * wanted.height_px));
    factor = CLAMP(factor, 1, FACTOR_MAX);
    bool is_gray = layout == ROWS_GRAY || layout == ROWS_GRAY_ALPHA;
    struct picture out;
    if (!picture_new(is_gray ? PICTURE_GRAY : PICTURE_RGB, width_px / factor, height_px / factor,
                     factor > 1 ? 16 : depth, false, &out, error))
        return NULL;
    for (unsigned i = 0; i < out.n_planes; i++)
        memset(out.planes[i].data, 0xff, out.planes[i].stride_bytes * out.height_px);
    struct pieces *pieces = g_new0(struct pieces, 1);
    *pieces = (struct pieces){
        .depth = depth,
        .colours = out.n_planes,
        .step = layout,
        .has_alpha = layout == ROWS_GRAY_ALPHA || layout == ROWS_RGB_ALPHA,
        .is_premultiplied = is_premultiplied,
        .factor = factor,
        .out = out,
    };
    return pieces;
}

uint64_t pieces_count(const struct pieces *pieces)
{
    return pieces->n_added;
}

bool pieces_may_repeat(const struct pieces *pieces)
{
    return pieces->factor == 1;
}

static inline uint32_t value_at(const struct pieces *pieces, const void *samples, size_t at)
{
    return pieces->depth > 8 ? ((const uint16_t *)samples)[at] : ((const uint8_t *)samples)[at];
}

/* How far the colour is from white, after it was laid on white: white less alpha times white less colour. */
static inline uint32_t darkness_at(const struct pieces *pieces, const void *samples, size_t pixel, unsigned channel)
{
    uint32_t white = pieces->depth > 8 ? 65535 : 255;
    uint32_t value = value_at(pieces, samples, pixel * pieces->step + channel);
    if (!pieces->has_alpha)
        return white - value;
    uint32_t alpha = value_at(pieces, samples, pixel * pieces->step + pieces->colours);
    if (pieces->is_premultiplied)
        return alpha > value ? alpha - value : 0;
    return (uint32_t)(((uint64_t)(white - value) * alpha + white / 2) / white);
}

static void set_stripe(struct pieces *pieces, unsigned channel, size_t x, size_t y, size_t count, const void *samples)
{
    uint8_t *row = pieces->out.planes[channel].data + y * pieces->out.planes[channel].stride_bytes;
    for (size_t i = 0; i < count; i++) {
        uint32_t darkness = darkness_at(pieces, samples, i, channel);
        if (pieces->depth > 8)
            ((uint16_t *)(void *)row)[x + i] = (uint16_t)(65535 - darkness);
        else
            row[x + i] = (uint8_t)(255 - darkness);
    }
}

/* Each pixel takes its share of darkness off the white at once, so that no sums have to be kept. The shares of one
 * square are rounded down after adding 0, 1, 2 … n - 1: of n equal values they then add up to exactly that value
 * (Hermite's identity), and never to more than white. */
static void average_stripe(struct pieces *pieces, unsigned channel, size_t x, size_t y, size_t count,
                           const void *samples)
{
    unsigned factor = pieces->factor, area = factor * factor;
    const struct plane *plane = &pieces->out.planes[channel];
    if (y / factor >= plane->height_px)
        return;
    uint16_t *row = (uint16_t *)(void *)(plane->data + y / factor * plane->stride_bytes);
    for (size_t i = 0; i < count && (x + i) / factor < plane->width_px; i++) {
        uint32_t darkness = darkness_at(pieces, samples, i, channel);
        uint32_t share = y % factor * factor + (x + i) % factor;
        uint32_t wide = pieces->depth > 8 ? darkness : darkness * 257;
        row[(x + i) / factor] = (uint16_t)(row[(x + i) / factor] - (wide + share) / area);
    }
}

void pieces_add(struct pieces *pieces, size_t x, size_t y, size_t count, const void *samples)
{
    size_t width = (size_t)pieces->out.width_px * pieces->factor,
           height = (size_t)pieces->out.height_px * pieces->factor;
    pieces->n_added += count;
    if (x >= width || y >= height)
        return;
    count = MIN(count, width - x);
    for (unsigned channel = 0; channel < pieces->colours; channel++) {
        if (pieces->factor > 1)
            average_stripe(pieces, channel, x, y, count, samples);
        else
            set_stripe(pieces, channel, x, y, count, samples);
    }
}

void pieces_finish(struct pieces *pieces, struct picture *ret_picture)
{
    *ret_picture = pieces->out;
    pieces->out = (struct picture){0};
    pieces_free(pieces);
}

void pieces_free(struct pieces *pieces)
{
    if (!pieces)
        return;
    picture_clear(&pieces->out);
    g_free(pieces);
}
