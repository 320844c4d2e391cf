/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Taking a blob out of the store that no row ever came to refer to: its transaction failed, or a crash came between
 * store and catalog. (Blobs that lose their last reference leave by way of blobs_reap() in the catalog.)
 *
 * Why this is safe beside uploads of the same bytes: see store_hold_take(). It writes nothing into the database, so it
 * works also where that is what failed.
 *
 * Threads: any; blocks on the database. Private to the room. */
#pragma once

#include <glib.h>
#include <stdbool.h>

#include "store/store.h"

struct db;

/** Unlinks the blob @id of @hold unless something refers to it, which is fine, too. ERR_BUSY where another upload holds
 *  or held it beside @hold: leave the trace, and look again later. */
bool release_blob(struct db *db, const struct blob_id *id, struct store_hold *hold, GError **error);
