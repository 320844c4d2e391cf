/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "worker/rows.h"

#include <stdlib.h>
#include <string.h>

struct rows {
    unsigned width_px, height_px, depth;
    enum rows_layout layout;
    unsigned channels; /* that are left after transparency */
    unsigned factor;   /* this many rows and columns become one */
    unsigned n_added;  /* rows */
    uint32_t *sums;    /* one output row: sum of factor × factor samples a channel (factor > 1) */
    struct picture out;
};

/* 16 bits × 64 × 64 is 28 bits: a sum never overflows. */
enum { FACTOR_MAX = 64 };

struct rows *rows_new(unsigned width_px, unsigned height_px, enum rows_layout layout, unsigned depth,
                      struct extent wanted, GError **error)
{
    unsigned factor = MIN(width_px / (2 * wanted.width_px), height_px / (2 * wanted.height_px));
    factor = CLAMP(factor, 1, FACTOR_MAX);
    bool gray = layout == ROWS_GRAY || layout == ROWS_GRAY_ALPHA;
    enum picture_kind kind = gray ? PICTURE_GRAY : layout == ROWS_CMYK ? PICTURE_CMYK : PICTURE_RGB;
    struct picture out;
    if (!picture_new(kind, width_px / factor, height_px / factor, depth, false, &out, error))
        return NULL;
    for (unsigned i = 0; i < out.n_planes; i++) /* white, for rows that never come */
        memset(out.planes[i].data, kind == PICTURE_CMYK ? 0 : 0xff, out.planes[i].stride_bytes * out.height_px);
    struct rows *rows = g_new0(struct rows, 1);
    *rows = (struct rows){
        .width_px = width_px,
        .height_px = height_px,
        .depth = depth,
        .layout = layout,
        .channels = out.n_planes,
        .factor = factor,
        .out = out,
    };
    if (factor > 1)
        rows->sums = g_new0(uint32_t, (size_t)out.width_px * out.n_planes);
    return rows;
}

unsigned rows_count(const struct rows *rows)
{
    return rows->n_added;
}

/* Sample @channel of pixel @x, on white where the layout has transparency. */
static inline unsigned sample_at(const struct rows *rows, const void *samples, size_t x, unsigned channel)
{
    bool has_alpha = rows->layout == ROWS_GRAY_ALPHA || rows->layout == ROWS_RGB_ALPHA;
    size_t step = rows->channels + has_alpha, at = x * step + channel, alpha_at = x * step + rows->channels;
    if (rows->depth > 8) {
        const uint16_t *wide = samples;
        if (!has_alpha)
            return wide[at];
        uint32_t alpha = wide[alpha_at];
        return ((uint64_t)wide[at] * alpha + 65535u * (uint64_t)(65535 - alpha) + 32767) / 65535;
    }
    const uint8_t *narrow = samples;
    if (!has_alpha)
        return narrow[at];
    unsigned alpha = narrow[alpha_at];
    return (narrow[at] * alpha + 255 * (255 - alpha) + 127) / 255;
}

static inline void put_sample(const struct rows *rows, unsigned channel, unsigned x, unsigned y, unsigned value)
{
    uint8_t *row = rows->out.planes[channel].data + y * rows->out.planes[channel].stride_bytes;
    if (rows->depth > 8)
        ((uint16_t *)(void *)row)[x] = (uint16_t)value;
    else
        row[x] = (uint8_t)value;
}

static void add_to_sums(struct rows *rows, const void *samples)
{
    for (unsigned channel = 0; channel < rows->channels; channel++) {
        uint32_t *sum = rows->sums + (size_t)channel * rows->out.width_px;
        for (unsigned x = 0; x < rows->out.width_px; x++) {
            uint32_t add = 0;
            for (unsigned i = 0; i < rows->factor; i++)
                add += sample_at(rows, samples, (size_t)x * rows->factor + i, channel);
            sum[x] += add;
        }
    }
}

static void flush_sums(struct rows *rows, unsigned y)
{
    uint32_t area = rows->factor * rows->factor;
    for (unsigned channel = 0; channel < rows->channels; channel++) {
        uint32_t *sum = rows->sums + (size_t)channel * rows->out.width_px;
        for (unsigned x = 0; x < rows->out.width_px; x++)
            put_sample(rows, channel, x, y, (sum[x] + area / 2) / area);
    }
    memset(rows->sums, 0, sizeof(*rows->sums) * rows->out.width_px * rows->channels);
}

void rows_add(struct rows *rows, const void *samples)
{
    unsigned y = rows->n_added / rows->factor;
    if (rows->n_added >= rows->height_px)
        return;
    rows->n_added++;
    if (y >= rows->out.height_px)
        return;
    if (rows->factor > 1) {
        add_to_sums(rows, samples);
        if (rows->n_added % rows->factor == 0)
            flush_sums(rows, y);
        return;
    }
    for (unsigned channel = 0; channel < rows->channels; channel++)
        for (unsigned x = 0; x < rows->out.width_px; x++)
            put_sample(rows, channel, x, y, sample_at(rows, samples, x, channel));
}

void rows_finish(struct rows *rows, struct picture *ret_picture)
{
    *ret_picture = rows->out;
    rows->out = (struct picture){0};
    rows_free(rows);
}

void rows_free(struct rows *rows)
{
    if (!rows)
        return;
    picture_clear(&rows->out);
    g_free(rows->sums);
    g_free(rows);
}
