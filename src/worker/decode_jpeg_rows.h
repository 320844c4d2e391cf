/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * JPEG through libjpeg, for what TurboJPEG does not do: the files that have no YCbCr planes (CMYK and YCCK of print,
 * RGB, rare subsamplings), and planes that are shrunk while they are decoded. Threads: one. */
#pragma once

#include "worker/photo.h"

/** Width and height by the file's header. ERR_CORRUPT. */
bool jpeg_rows_extent(const uint8_t *bytes, size_t size, int *ret_width_px, int *ret_height_px, GError **error);

/** Decodes at @eighths/8 of the size. @ret_warning: what the decoder complained about last, or NULL. */
bool jpeg_rows_decode(const struct photo *photo, int eighths, struct picture *ret_picture, char **ret_warning,
                      GError **error);

/** Decodes the YCbCr or gray planes at full size, a few rows at a time, into a picture that has the size of the preview
 *  already: chroma halved where no colour is to be converted. @ret_warning as above. */
bool jpeg_strips_decode(const struct photo *photo, struct picture *ret_picture, char **ret_warning, GError **error);
