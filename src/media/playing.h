/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * What a player of a video is to be given at this moment, and asking for what is not there yet. Threads: any. */
#pragma once

#include <glib.h>
#include <stdbool.h>
#include <stdint.h>

struct blob_id;
struct db;
struct store;

enum playing_state {
    PLAYING_UNKNOWN,    /* nobody has looked at the video yet */
    PLAYING_ORIGINAL,   /* browsers play the original */
    PLAYING_CONVERSION, /* they play the derivative MEDIA_PLAYBACK, which is there */
    PLAYING_WAITING,    /* they need a conversion, which is not begun ... */
    PLAYING_CONVERTING, /* ... or under way */
    PLAYING_FAILED,     /* there is none to be had */
};
/** "unknown", "original", "conversion", "waiting", "converting", "failed". */
const char *playing_state_name(enum playing_state state);

/** Owned strings: playing_clear(). */
struct playing {
    enum playing_state state;
    int64_t progress_permille; /* of PLAYING_CONVERTING */
    char *reason;              /* of PLAYING_FAILED: a sentence for people */
    char *video_codec, *audio_codec;
};
void playing_clear(struct playing *playing);
#define PLAYING_AUTO __attribute__((cleanup(playing_clear)))

/** How asset @asset_id (a video, or a motion photo) with original @blob stands. */
bool playing_find(struct db *db, struct store *store, int64_t asset_id, const struct blob_id *blob,
                  struct playing *ret_playing, GError **error);

/** Somebody wants to see it: a conversion that waits comes before other work, one that is missing is asked for. In a
 *  transaction of its own; nothing where @playing says that there is no need. jobs_wake() afterwards. */
bool playing_want(struct db *db, int64_t asset_id, const struct playing *playing, GError **error);
