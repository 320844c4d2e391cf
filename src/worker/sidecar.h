/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * XMP that stands beside a file (IMG.jpg.xmp, IMG.xmp), or in a container of video: what is stated there. Needs no
 * exiv2, so that the video program has it too. Threads: one. */
#pragma once

#include <glib.h>

#include "media/protocol.h"

enum { SIDECAR_MAX_BYTES = 4 << 20 };

/** Reads side file @sidecar_fd over the facts of @reply, which are those of the file: what it states wins, field by
 * field (capture time with its zone, place, camera, exposure, description, rating, keywords, faces, projection, burst).
 * The orientation stays the file's: it is a matter of the pixels. @stored_width_px and @stored_height_px as in
 * faces_read(). Sets reply->sidecar. */
void sidecar_read(int sidecar_fd, unsigned stored_width_px, unsigned stored_height_px, struct media_reply *reply);

/** The same of bytes. */
void sidecar_apply(GBytes *sidecar, unsigned stored_width_px, unsigned stored_height_px, struct media_reply *reply);

/** Fills what @reply does not say yet from @xmp, a packet inside the file. Does not touch reply->sidecar. */
void sidecar_fill_gaps(GBytes *xmp, struct media_reply *reply);
