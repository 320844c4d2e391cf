/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * ThumbHash (evanw.github.io/thumbhash): a picture in about 25 bytes, shown blurred while the real one loads. Our own
 * writing of the published format. Opaque pictures only. Threads: any. */
#pragma once

#include <stddef.h>
#include <stdint.h>

enum { THUMBHASH_SIDE_MAX = 100, THUMBHASH_BYTES_MAX = 25 };

/** Hashes @rgb (interleaved, sides at most THUMBHASH_SIDE_MAX) into @ret_hash and returns its size. */
size_t thumbhash(const uint8_t *rgb, unsigned width_px, unsigned height_px, uint8_t ret_hash[THUMBHASH_BYTES_MAX]);
