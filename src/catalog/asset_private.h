/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * What the asset_*.c files share. */
#pragma once

#include <glib.h>
#include <stdbool.h>
#include <stdint.h>

#include "base/id.h"

struct db_conn;

/* Bits of exif.edited: what a person set by hand. */
enum { EDITED_TAKEN = 1, EDITED_DESCRIPTION = 2, EDITED_RATING = 4, EDITED_POSITION = 8 };

/* @us inside of the years that have names (0001 … 9999). */
int64_t asset_clamp_time(int64_t us);

/* The row id of the video @uuid of this owner; ERR_INVALID where it is none. */
bool asset_live_video(struct db_conn *conn, int64_t owner_id, const struct uuid *uuid, int64_t *ret_id, GError **error);

/* Writes: dooms a blob (0: none) that no asset refers to any more. */
bool asset_doom_blob(struct db_conn *conn, int64_t blob_id, GError **error);

/* Writes: takes the motion half of a live photo out of timeline and archive. */
bool asset_hide(struct db_conn *conn, int64_t id, GError **error);
