/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * The video that a phone has put into its photo's file (Google, Samsung and their like): where it lies. What the file
 * says of the place is only a hint; an MP4 must really stand there, whole. Nothing is copied. The rule in words:
 * docs/moving-photos.md. Threads: any. */
#pragma once

#include "worker/photo.h"

/** Fills motion_offset and motion_bytes of @reply where @photo, which open() has read, carries a video. */
void motion_read(const struct photo *photo, struct media_reply *reply);

/** How long the MP4 (ISO/IEC 14496-12) is that begins at @bytes: its boxes one after the other, up to @size or to the
 *  first thing that is no box of a film. 0 where none stands there, or not whole. */
size_t motion_film_bytes(const uint8_t *bytes, size_t size);

/** What an XMP packet says of a video behind the picture. */
struct motion_hint {
    bool is_off;             /* the file asks not to be treated as a motion photo */
    uint64_t from_end_bytes; /* where it begins, counted from the end of the file; 0: not said */
};

/** Reads what Google's namespaces say (GCamera:MotionPhoto, GCamera:MicroVideoOffset, Container:Directory). Nonsense
 * says nothing. */
struct motion_hint motion_hint_read(const char *xmp, size_t size);
