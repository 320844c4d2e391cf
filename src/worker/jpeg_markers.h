/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * The marker segments of a JPEG file up to its first scan (ITU-T T.81, annex B): where EXIF, XMP, IPTC and the colour
 * profile lie. Threads: any. */
#pragma once

#include "worker/photo.h"

struct jpeg_markers {
    bool is_buffered; /* progressive: the decoder has to hold all coefficients */
    bool has_end;     /* is the last marker in its place? (Bytes may follow it.) */
};

/** Fills exif, xmp, xmp_extended, iptc, icc and tail of @photo with what is there; damaged segments are passed over. */
void jpeg_markers_read(struct photo *photo, struct jpeg_markers *ret_markers);
