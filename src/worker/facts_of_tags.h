/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * From tags to facts, one function a kind of fact (capture time has capture_time.h). Each fills its members of a reply
 * that media_reply_init() or media_reply_clear() left empty. Threads: one. */
#pragma once

#include <glib.h>
#include <math.h>

#include "media/protocol.h"
#include "worker/charset.h"
#include "worker/tags.h"

/** The first of several tags that has text, or a number; @names ends with NULL. NULL, NAN where none has. */
char *tags_first_text(const struct tags *tags, const char *const *names);
double tags_first_number(const struct tags *tags, const char *const *names);

/** make, model, lens, exposure_time, f_number, iso, focal_length_mm, focal_35mm. camera.c */
void camera_read(const struct tags *tags, struct media_reply *reply);
/** orientation. camera.c */
void orientation_read(const struct tags *tags, struct media_reply *reply);

/** latitude, longitude, altitude_m. place.c */
void place_read(const struct tags *tags, struct media_reply *reply);

/** description, rating (0: said to have none), projection. words.c */
void words_read(const struct tags *tags, struct media_reply *reply);

/** keywords. keywords.c */
void keywords_read(const struct tags *tags, struct media_reply *reply);

/** faces, turned upright by reply->orientation where they are told of the stored pixels; @stored_width_px and
 *  @stored_height_px (0: unknown) tell that of some programs which mean the upright picture. faces.c */
void faces_read(const struct tags *tags, unsigned stored_width_px, unsigned stored_height_px,
                struct media_reply *reply);

/** content_id, burst_id. maker_note.c */
void maker_note_read(const struct tags *tags, struct media_reply *reply);
