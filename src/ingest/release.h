/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Taking a blob out of the store that no row ever came to refer to: its transaction failed, or a crash came between
 * store and catalog. (Blobs that lose their last reference leave by way of blobs_reap() in the catalog.)
 *
 * Why this is safe beside uploads of the same bytes: all rows are written on the one writer's thread, where this runs,
 * too, so the look for references and the unlink are one step to them. And an upload that has found the blob in the
 * store but has no row yet holds it (stage_commit_hold()), which the store checks under its own lock.
 *
 * Threads: any; blocks on the database. Private to the room. */
#pragma once

#include <glib.h>
#include <stdbool.h>

#include "store/store.h"

struct db;

/** Unlinks the blob of @hold (or, without one, @id) unless something refers to it or another upload holds it. Both are
 *  fine and not told. */
bool release_blob(struct db *db, struct store *store, const struct blob_id *id, struct store_hold *hold,
                  GError **error);
