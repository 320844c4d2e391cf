/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * What kind of file the first bytes show, for files whose names say nothing or lie about photo and video; what a file
 * really is, the media worker finds out. Private to the room. Threads: any. */
#pragma once

#include <stdbool.h>
#include <stddef.h>

#include "base/media_type.h"

/** Is it a drawing (SVG), by its name or its first bytes? These can contain programs and are not taken. */
bool sniff_is_drawing(const char *file_name, const void *bytes, size_t size);

/** The row of the kind that @bytes begin as, or NULL. 64 bytes are enough. Static. */
const struct media_type *sniff_media_type(const void *bytes, size_t size);
