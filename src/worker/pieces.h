/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * A picture that arrives in stripes in any order, each pixel once (JPEG XL). As with rows.h, squares of pixels are
 * averaged at once into a picture that is still at least twice the wanted size, and transparency is laid on white; but
 * no order is needed, and no more memory than the result takes. Threads: one. */
#pragma once

#include "worker/picture.h"
#include "worker/rows.h"

struct pieces;

/** As rows_new(), for all layouts but ROWS_CMYK. @is_premultiplied: the colours are already weighed by their alpha. */
struct pieces *pieces_new(unsigned width_px, unsigned height_px, enum rows_layout layout, unsigned depth,
                          bool is_premultiplied, struct extent wanted, GError **error);

/** @count pixels from place @x, @y on; what lies outside is ignored. */
void pieces_add(struct pieces *pieces, size_t x, size_t y, size_t count, const void *samples);

/** How many pixels have come. */
uint64_t pieces_count(const struct pieces *pieces);

/** May a pixel come again (then better)? Not where several were averaged into one. */
bool pieces_may_repeat(const struct pieces *pieces);

/** The picture; pixels that never came are white. Ends @pieces. */
void pieces_finish(struct pieces *pieces, struct picture *ret_picture);
void pieces_free(struct pieces *pieces);
