/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Developing the sensor's data of a camera RAW file (LibRaw), for files without a preview that is large enough: at half
 * size, where four sensor pixels become one, unless that would be smaller than what is wanted. Threads: one. */
#pragma once

#include "worker/picture.h"

struct raw_develop;

/** Reads the headers. NULL with ERR_UNSUPPORTED, ERR_CORRUPT, ERR_LIMIT. @bytes must outlive it. */
struct raw_develop *raw_develop_open(const uint8_t *bytes, size_t size, GError **error);
void raw_develop_close(struct raw_develop *develop);

/** The size of the full picture as stored; how it is to be turned (an EXIF number); what developing will take. */
struct extent raw_develop_extent(const struct raw_develop *develop);
unsigned raw_develop_turn(const struct raw_develop *develop);
uint64_t raw_develop_memory(const struct raw_develop *develop);

/** A JPEG that the library finds in places of makers' own (maker notes), or NULL. Valid until close. */
const uint8_t *raw_develop_preview(struct raw_develop *develop, size_t *ret_size);

/** Reads the sensor's data; the file is not looked at after it. */
bool raw_develop_unpack(struct raw_develop *develop, GError **error);

/** What was unpacked as a picture: sRGB, 8 bits, not turned, at least @wanted where the sensor has that. To be called
 * once. */
bool raw_develop_picture(struct raw_develop *develop, struct extent wanted, struct picture *ret_picture,
                         GError **error);

/** Has the library say how many threads it may use (one), before the worker locks itself in. */
void raw_develop_warm(void);
