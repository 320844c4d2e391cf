/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * What the asset_*.c files share. */
#pragma once

#include <glib.h>
#include <stdbool.h>
#include <stdint.h>

#include "base/id.h"
#include "catalog/media_facts.h"

struct asset;
struct db_conn;

/* Leaves of @asset what a picture is, without what, when and where: no name, all times 0, no exif. */
void asset_clear_metadata(struct asset *asset);

/* Bits of exif.edited: what a person set by hand. */
enum { EDITED_TAKEN = 1, EDITED_DESCRIPTION = 2, EDITED_RATING = 4, EDITED_POSITION = 8 };

/* @us inside of the years that have names (0001 … 9999). */
int64_t asset_clamp_time(int64_t us);

/* The row id of the video @uuid of this owner; ERR_INVALID where it is none. */
bool asset_live_video(struct db_conn *conn, int64_t owner_id, const struct uuid *uuid, int64_t *ret_id, GError **error);

/* Writes: dooms a blob (0: none) that no asset refers to any more. */
bool asset_doom_blob(struct db_conn *conn, int64_t blob_id, GError **error);

/* Writes: the motion part of a photo as @facts say, or that it has none. */
bool asset_motion_apply(struct db_conn *conn, int64_t asset_id, const struct media_facts *facts, GError **error);

/* Why a still has its motion half, or none. Numbers stand in the database. */
enum live_by { LIVE_BY_NOTHING = 0, LIVE_BY_WORD = 1, LIVE_BY_ID = 2, LIVE_BY_NAME = 3 };

/* Writes: looks for the other half of a photo or video whose facts, names or place (trash) have changed, and for the
 * best match among all that carry its identifier. What a client or a person said stays. */
bool asset_pair(struct db_conn *conn, int64_t id, GError **error);
/* Its last resort, by names. */
bool asset_pair_by_name(struct db_conn *conn, int64_t id, GError **error);

/* Writes: @video is the motion half of @still, as a client or a person said. Stills that had it by a match look for
 * another. */
bool asset_claim(struct db_conn *conn, int64_t still, int64_t video, GError **error);
/* Writes: @still has no motion half, as a person said; what was one is visible again. */
bool asset_unpair(struct db_conn *conn, int64_t still, GError **error);

/* Writes: @video becomes the motion half of @still: hidden, and in the trash if that is. */
bool asset_marry(struct db_conn *conn, int64_t still, int64_t video, enum live_by by, GError **error);

/* Writes: the motion half of @still is locked as its stills are, else hidden. */
bool asset_lock_half(struct db_conn *conn, int64_t still, GError **error);

/* A name without its last extension, in one case. Free with g_free(). */
char *asset_stem(const char *file_name);

/* Writes: takes the motion half of a live photo out of timeline and archive. */
bool asset_hide(struct db_conn *conn, int64_t id, GError **error);
