/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * The live event on_album_update, to all who see an album: their phones then ask for what is new. Threads: any. */
#pragma once

#include <glib.h>

struct call;
struct uuid;

/** Album @id is not what it was (or is new). After the commit. */
void album_events_changed(struct call *call, const struct uuid *id);

/** Row ids of the accounts that see album @id at this moment, for a change after which some of them do not. Free with
 *  g_array_unref(). */
GArray *album_events_audience(struct call *call, const struct uuid *id);
/** As album_events_changed(), to these. */
void album_events_tell(struct call *call, const GArray *audience, const struct uuid *id);
