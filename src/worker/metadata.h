/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * What the EXIF, XMP and IPTC blocks of a photo say, read from memory by exiv2 whatever container they lay in. Each tag
 * is asked for by itself: a file that lacks one still gives the others. Threads: one. */
#pragma once

#include <glib.h>
#include <stdbool.h>

#include "media/protocol.h"

/** Loads what exiv2 loads lazily, and silences it. Once, before anything else of this header. */
void metadata_warm(void);

/** Fills the facts of @reply that come from metadata; each block may be NULL and may be nonsense. @xmp_extended is
 * asked for what @xmp does not have. */
void metadata_read(GBytes *exif, GBytes *xmp, GBytes *xmp_extended, GBytes *iptc, struct media_reply *reply);
