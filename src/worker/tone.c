/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "worker/tone.h"

#include <glib.h>
#include <math.h>

#include "worker/hdr.h"

enum { LUMA_STEPS = 64, CHROMA_STEPS = 32, LUMA_NODES = LUMA_STEPS + 1, CHROMA_NODES = CHROMA_STEPS + 1 };
enum { LUMA_SHIFT = 4, CHROMA_SHIFT = 5 }; /* 1024 codes over the steps */
enum { TRANSFER_PQ = 16, MATRIX_BT709 = 1, MATRIX_BT2020 = 9, MATRIX_BT2020_CL = 10 };
enum { USUAL_PEAK_NITS = 1000, LEAST_PEAK_NITS = 300 };

/* 1/64 of an 8-bit code. */
struct node {
    int16_t luma, cb, cr;
};

struct tone {
    struct node nodes[LUMA_NODES][CHROMA_NODES][CHROMA_NODES];
};

/* SMPTE ST 2084, equation 5.2: cd/m² → coded value. */
static double pq_code(double nits)
{
    const double m1 = 2610.0 / 16384, m2 = 2523.0 / 4096 * 128, c1 = 3424.0 / 4096, c2 = 2413.0 / 4096 * 32,
                 c3 = 2392.0 / 4096 * 32;
    double power = pow(nits / 10000, m1);
    return pow((c1 + c2 * power) / (1 + c3 * power), m2);
}

static void to_rgb(unsigned matrix, double luma, double cb, double cr, float ret_rgb[3])
{
    double kr = 0.299, kb = 0.114;
    if (matrix == MATRIX_BT709)
        kr = 0.2126, kb = 0.0722;
    else if (matrix == MATRIX_BT2020 || matrix == MATRIX_BT2020_CL)
        kr = 0.2627, kb = 0.0593;
    double kg = 1 - kr - kb;
    ret_rgb[0] = (float)(luma + 2 * (1 - kr) * cr);
    ret_rgb[1] = (float)(luma - 2 * kb * (1 - kb) / kg * cb - 2 * kr * (1 - kr) / kg * cr);
    ret_rgb[2] = (float)(luma + 2 * (1 - kb) * cb);
}

static struct node to_node(const uint8_t rgb[3])
{
    const double kr = 0.2126, kb = 0.0722;
    double red = rgb[0] / 255.0, green = rgb[1] / 255.0, blue = rgb[2] / 255.0;
    double luma = kr * red + (1 - kr - kb) * green + kb * blue;
    double cb = (blue - luma) / (2 * (1 - kb)), cr = (red - luma) / (2 * (1 - kr));
    return (struct node){(int16_t)lrint((16 + 219 * luma) * 64), (int16_t)lrint((128 + 224 * cb) * 64),
                         (int16_t)lrint((128 + 224 * cr) * 64)};
}

struct tone *tone_new(unsigned primaries, unsigned transfer, unsigned matrix, unsigned peak_nits)
{
    struct tone *tone = g_new(struct tone, 1);
    struct hdr *hdr = hdr_new(primaries, transfer);
    if (hdr_is_bright(hdr)) {
        double nits = peak_nits ? CLAMP(peak_nits, LEAST_PEAK_NITS, 10000) : USUAL_PEAK_NITS;
        float code = transfer == TRANSFER_PQ ? (float)pq_code(nits) : 1;
        hdr_measure_row(hdr, (float[]){code, code, code}, 1);
    }
    for (int y = 0; y < LUMA_NODES; y++)
        for (int b = 0; b < CHROMA_NODES; b++)
            for (int r = 0; r < CHROMA_NODES; r++) {
                float rgb[3];
                uint8_t bytes[3];
                to_rgb(matrix, ((y << LUMA_SHIFT) - 64) / 876.0, ((b << CHROMA_SHIFT) - 512) / 896.0,
                       ((r << CHROMA_SHIFT) - 512) / 896.0, rgb);
                hdr_row(hdr, rgb, 1, bytes);
                tone->nodes[y][b][r] = to_node(bytes);
            }
    hdr_free(hdr);
    return tone;
}

void tone_free(struct tone *tone)
{
    g_free(tone);
}

/* The four neighbours in chroma and their weights, of 1024 together. */
struct cell {
    unsigned b, r;
    int weights[4];
};

static struct cell find_cell(unsigned cb, unsigned cr)
{
    enum { UNIT = 1 << CHROMA_SHIFT };
    unsigned b = MIN(cb >> CHROMA_SHIFT, CHROMA_STEPS - 1), r = MIN(cr >> CHROMA_SHIFT, CHROMA_STEPS - 1);
    int in_b = (int)(cb - (b << CHROMA_SHIFT)), in_r = (int)(cr - (r << CHROMA_SHIFT));
    return (struct cell){
        b, r, {(UNIT - in_b) * (UNIT - in_r), (UNIT - in_b) * in_r, in_b * (UNIT - in_r), in_b * in_r}};
}

#define MIX(member, y)                                                                                                 \
    (tone->nodes[y][cell->b][cell->r].member * cell->weights[0] +                                                      \
     tone->nodes[y][cell->b][cell->r + 1].member * cell->weights[1] +                                                  \
     tone->nodes[y][cell->b + 1][cell->r].member * cell->weights[2] +                                                  \
     tone->nodes[y][cell->b + 1][cell->r + 1].member * cell->weights[3])

/* Between two nodes of luma, from 1/65536 of a code (1024 × 64) to a byte. */
static inline uint8_t between(int64_t low, int64_t high, unsigned in_y)
{
    enum { UNIT = 1 << LUMA_SHIFT, SHIFT = 16 + LUMA_SHIFT };
    int64_t sum = low * (int64_t)(UNIT - in_y) + high * (int64_t)in_y;
    int64_t value = (sum + (INT64_C(1) << (SHIFT - 1))) >> SHIFT;
    return (uint8_t)CLAMP(value, 0, 255);
}

static inline uint8_t luma_at(const struct tone *tone, const struct cell *cell, unsigned luma)
{
    unsigned y = MIN(luma >> LUMA_SHIFT, LUMA_STEPS - 1);
    return between(MIX(luma, y), MIX(luma, y + 1), luma - (y << LUMA_SHIFT));
}

static inline unsigned code_at(const AVFrame *frame, int plane, int x, int y)
{
    const uint16_t *row = (const uint16_t *)(const void *)(frame->data[plane] + (ptrdiff_t)y * frame->linesize[plane]);
    return MIN(row[x], 1023u);
}

static void apply_block(const struct tone *tone, const AVFrame *from, AVFrame *to, int x, int y)
{
    const struct cell made = find_cell(code_at(from, 1, x, y), code_at(from, 2, x, y)), *cell = &made;
    unsigned sum = 0, n = 0;
    for (int down = 0; down < 2 && 2 * y + down < from->height; down++)
        for (int right = 0; right < 2 && 2 * x + right < from->width; right++, n++) {
            unsigned luma = code_at(from, 0, 2 * x + right, 2 * y + down);
            to->data[0][(ptrdiff_t)(2 * y + down) * to->linesize[0] + 2 * x + right] = luma_at(tone, cell, luma);
            sum += luma;
        }
    unsigned mean = sum / n, step = MIN(mean >> LUMA_SHIFT, LUMA_STEPS - 1), in_y = mean - (step << LUMA_SHIFT);
    to->data[1][(ptrdiff_t)y * to->linesize[1] + x] = between(MIX(cb, step), MIX(cb, step + 1), in_y);
    to->data[2][(ptrdiff_t)y * to->linesize[2] + x] = between(MIX(cr, step), MIX(cr, step + 1), in_y);
}

void tone_apply(const struct tone *tone, const AVFrame *from, AVFrame *to)
{
    for (int y = 0; y < (from->height + 1) / 2; y++)
        for (int x = 0; x < (from->width + 1) / 2; x++)
            apply_block(tone, from, to, x, y);
}
