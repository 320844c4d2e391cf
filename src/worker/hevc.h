/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * One HEVC picture of a HEIF file, straight through libde265: as it is coded. libheif 1.15 makes RGB of every picture
 * at full size, whatever it is asked for, which costs a quarter of the time and twice the memory. Threads: one; no
 * threads of its own. */
#pragma once

#include <glib.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "worker/picture.h"

/** Decodes @data, units that are each preceded by their length, with the parameter sets of @config, the body of an hvcC
 *  box. @ret_is_whole is false where the decoder complained, or the data end early: then the picture has holes. Colour
 * is that of the bitstream. ERR_CORRUPT without any picture, ERR_LIMIT, ERR_UNSUPPORTED (the caller asks libheif). */
bool hevc_decode(const uint8_t *config, size_t config_size, const uint8_t *data, size_t size,
                 struct picture *ret_picture, bool *ret_is_whole, GError **error);
