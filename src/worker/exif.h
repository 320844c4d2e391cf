/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * EXIF blocks for tags.h, read by exiv2 (with the maker notes that it knows). Threads: one. */
#pragma once

#include "worker/tags.h"

/** Has the tags "Exif.…" read from @exif: a TIFF block, whatever its container put before it. NULL and nonsense leave
 *  @tags without. */
void exif_read(GBytes *exif, struct tags *tags);

/** Loads what exiv2 loads lazily, and silences it. Once, before the worker locks itself in. */
void exif_warm(void);
