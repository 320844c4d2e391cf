/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * What kind of file the first bytes show. Only asked for files whose names say nothing; what a file really is, the
 * media worker finds out. Private to the room. Threads: any. */
#pragma once

#include <stddef.h>

#include "base/media_type.h"

/** The row of the kind that @bytes begin as, or NULL. 64 bytes are enough. Static. */
const struct media_type *sniff_media_type(const void *bytes, size_t size);
