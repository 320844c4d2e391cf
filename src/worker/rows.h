/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * A picture that arrives row by row (PNG, GIF, WebP, unusual JPEG): rows are averaged into a picture that is still at
 * least twice the wanted size while they come, so that 900 megapixels pass through a few megabytes. Transparency is
 * laid on white here, before any averaging. Threads: one. */
#pragma once

#include "worker/picture.h"

struct rows;

/** What a sample row holds, interleaved, 8 bits each or 16 in the machine's order. */
enum rows_layout { ROWS_GRAY = 1, ROWS_GRAY_ALPHA = 2, ROWS_RGB = 3, ROWS_RGB_ALPHA = 4, ROWS_CMYK = 5 };

/** For a source of @width_px × @height_px that becomes at least @wanted. @depth 8 or 16. NULL with ERR_LIMIT. */
struct rows *rows_new(unsigned width_px, unsigned height_px, enum rows_layout layout, unsigned depth,
                      struct extent wanted, GError **error);

/** The next row, from above. Rows beyond the height are ignored. */
void rows_add(struct rows *rows, const void *samples);

/** How many rows have come. */
unsigned rows_count(const struct rows *rows);

/** The picture; rows that never came are white. Ends @rows. */
void rows_finish(struct rows *rows, struct picture *ret_picture);
void rows_free(struct rows *rows);
