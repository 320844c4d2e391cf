/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "worker/png_chunks.h"

#include <string.h>

enum { CHUNKS_MAX = 1000000, FRAMES_MAX = 100000 };

static uint32_t be(const uint8_t *at, unsigned size)
{
    uint32_t value = 0;
    for (unsigned i = 0; i < size; i++)
        value = value << 8 | at[i];
    return value;
}

/* fcTL (APNG): delay as a fraction of a second; a denominator of 0 means 100. Nothing is shown for less than 10 ms. */
static void add_frame(const uint8_t *body, struct png_chunks *chunks)
{
    uint32_t numerator = be(body + 20, 2), denominator = be(body + 22, 2);
    int64_t ms = (int64_t)numerator * 1000 / (denominator ? denominator : 100);
    if (chunks->frames >= FRAMES_MAX)
        return;
    chunks->frames++;
    chunks->duration_ms += ms < 10 ? 100 : ms;
}

static void take_chunk(const uint8_t *type, const uint8_t *body, size_t size, struct png_chunks *chunks)
{
    if (memcmp(type, "fcTL", 4) == 0 && size == 26) {
        add_frame(body, chunks);
    } else if (memcmp(type, "cICP", 4) == 0 && size == 4) {
        chunks->has_cicp = body[2] == 0; /* RGB: no matrix */
        chunks->primaries = body[0];
        chunks->transfer = body[1];
    } else if (memcmp(type, "sRGB", 4) == 0 && size == 1) {
        chunks->has_srgb = true;
    } else if (memcmp(type, "gAMA", 4) == 0 && size == 4) {
        chunks->gamma = be(body, 4) / 100000.0;
        chunks->has_gamma = chunks->gamma > 0.05 && chunks->gamma < 5;
    } else if (memcmp(type, "cHRM", 4) == 0 && size == 32) {
        double xy[8];
        for (unsigned i = 0; i < 8; i++)
            xy[i] = be(body + 4 * i, 4) / 100000.0;
        memcpy(chunks->white_xy, xy, sizeof(chunks->white_xy));
        memcpy(chunks->rgb_xy, xy + 2, sizeof(chunks->rgb_xy));
        chunks->has_primaries = true;
        for (unsigned i = 1; i < 8; i += 2)
            chunks->has_primaries = chunks->has_primaries && xy[i] > 0.001 && xy[i] < 1 && xy[i - 1] < 1;
    }
}

void png_chunks_read(const uint8_t *bytes, size_t size, struct png_chunks *ret_chunks)
{
    struct png_chunks chunks = {0};
    size_t at = 8;
    for (unsigned n = 0; n < CHUNKS_MAX && at < size && size - at >= 12; n++) {
        size_t length = be(bytes + at, 4);
        if (length > size - at - 12 || memcmp(bytes + at + 4, "IEND", 4) == 0)
            break;
        take_chunk(bytes + at + 4, bytes + at + 8, length, &chunks);
        at += 12 + length;
    }
    *ret_chunks = chunks;
}
