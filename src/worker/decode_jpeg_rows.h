/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * The JPEG files that have no YCbCr planes: CMYK and YCCK of print, RGB, rare subsamplings. Through libjpeg, row by
 * row. Threads: one. */
#pragma once

#include "worker/photo.h"

/** Width and height by the file's header. ERR_CORRUPT. */
bool jpeg_rows_extent(const uint8_t *bytes, size_t size, int *ret_width_px, int *ret_height_px, GError **error);

/** Decodes at @eighths/8 of the size. @ret_warning: what the decoder complained about last, or NULL. */
bool jpeg_rows_decode(const struct photo *photo, int eighths, struct picture *ret_picture, char **ret_warning,
                      GError **error);
