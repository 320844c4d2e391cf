/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * The finished picture (YCbCr 4:2:0 or gray, 8 bits, full range) as files. They carry no metadata: a shared thumbnail
 * must not tell the place. Threads: one. */
#pragma once

#include "worker/picture.h"

/** Writes a JPEG (quality 80, not progressive) to @fd; @ret_bytes its size. */
bool encode_jpeg(const struct picture *picture, int fd, int64_t *ret_bytes, GError **error);

/** Writes a WebP (quality 80) to @fd; @ret_bytes its size. */
bool encode_webp(const struct picture *picture, int fd, int64_t *ret_bytes, GError **error);

/** The picture as interleaved RGB, from malloc. NULL with @error. */
uint8_t *picture_to_rgb(const struct picture *picture, GError **error);
