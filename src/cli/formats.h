/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Says in the log which kinds of files this installation can make no pictures of: asked of the workers a moment after
 * the start, so that nobody waits for it. */
#pragma once

struct formats_look;
struct media;

/** Begins to look. End with formats_end(), before media_stop(). */
struct formats_look *formats_begin(struct media *media);

/** NULL is fine. */
void formats_end(struct formats_look *look);
