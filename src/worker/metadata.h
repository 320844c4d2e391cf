/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * What the EXIF, XMP and IPTC blocks of a photo say, read from memory whatever container they lay in. Each tag is asked
 * for by itself: a file that lacks one still gives the others. Threads: one. */
#pragma once

#include <glib.h>

#include "media/protocol.h"

/** Loads what libraries load lazily. Once, before anything else of this header. */
void metadata_warm(void);

/** Each block may be NULL and may be nonsense. */
struct metadata_blocks {
    GBytes *exif, *xmp, *iptc;
    GBytes *xmp_extended;                       /* asked for what @xmp does not have */
    unsigned stored_width_px, stored_height_px; /* of the pixels, before any turn; 0: unknown */
};

/** Fills the facts of @reply that come from metadata. */
void metadata_read(const struct metadata_blocks *blocks, struct media_reply *reply);
