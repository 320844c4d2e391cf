/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * What a PNG's chunks say that libpng 1.6 does not read: animation (acTL, fcTL) and coded colours (cICP), and the
 * numbers of gAMA and cHRM beside sRGB, which decide together. A walk over the heads of all chunks. Threads: one. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct png_chunks {
    unsigned frames;     /* of an animation; 0: none */
    int64_t duration_ms; /* of all frames */
    bool has_cicp, has_srgb, has_gamma, has_primaries;
    unsigned primaries, transfer; /* of cICP: code points of ISO/IEC 23091-2 */
    double gamma;                 /* of the file: 0.45455 is usual */
    double white_xy[2], rgb_xy[6];
};

void png_chunks_read(const uint8_t *bytes, size_t size, struct png_chunks *ret_chunks);
