/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * How a video can be played, and what it is coded with: one row for each asset that was looked at and is a video.
 * Threads: as catalog.h. */
#pragma once

#include <glib.h>
#include <stdbool.h>
#include <stdint.h>

#include "catalog/assets.h"

struct db_conn;

/* The numbers stand in the database. */
enum video_playback {
    VIDEO_ORIGINAL = 1,   /* browsers play the original */
    VIDEO_CONVERSION = 2, /* they need a conversion, which is made or will be */
    VIDEO_UNPLAYABLE = 3, /* no conversion can be made: the reason says why */
};

/** Owned strings: video_row_clear(). */
struct video_row {
    enum video_playback playback;
    char *reason; /* of VIDEO_UNPLAYABLE */
    char *video_codec, *audio_codec;
};
void video_row_clear(struct video_row *row);
#define VIDEO_ROW_AUTO __attribute__((cleanup(video_row_clear)))

/** ERR_NOT_FOUND where the asset is no video, or was not looked at yet. */
bool video_find(struct db_conn *conn, int64_t asset_id, struct video_row *ret_row, GError **error);

/** Writes what a look told; strings stay the caller's. */
bool video_set(struct db_conn *conn, int64_t asset_id, const struct video_row *row, GError **error);

/** Writes how it can be played, and why not (NULL with the others). */
bool video_set_playback(struct db_conn *conn, int64_t asset_id, enum video_playback playback, const char *reason,
                        GError **error);

/** Writes what an asset is by its content, where its name said otherwise. A change that clients see. */
bool asset_set_type(struct db_conn *conn, int64_t asset_id, enum asset_type type, GError **error);
