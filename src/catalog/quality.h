/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * In which quality an account or a device backs up, and what that made of each file.
 *
 * *Original* keeps every byte. With *High quality* photos above 16 megapixels and videos above 1080p are made smaller:
 * by our own client before it sends them, else by the server after it has stored them (the upload contract is the same
 * for both: at any instant the original or the smaller file is there, whole). The file that came stays the asset's
 * identity: assets.sha1 is its hash, so that nobody sends it again.
 *
 * Threads: as catalog.h. */
#pragma once

#include <glib.h>
#include <stdbool.h>
#include <stdint.h>

#include "base/encode.h"
#include "base/id.h"
#include "store/store.h"

struct db_conn;

/* The numbers stand in the database. */
enum quality { QUALITY_ORIGINAL = 0, QUALITY_HIGH = 1 };

/** "original", "high"; the other way false for other words (and NULL). */
const char *quality_name(enum quality quality);
bool quality_parse(const char *name, enum quality *ret_quality);

/* ---- who wants what ---- */

bool quality_of_account(struct db_conn *conn, int64_t owner_id, enum quality *ret_quality, GError **error);
/** The device's own choice: @ret_own false where it has none and follows its account. Device 0 has none. */
bool quality_of_device(struct db_conn *conn, int64_t device_id, bool *ret_own, enum quality *ret_quality,
                       GError **error);
/** What counts for uploads of @device_id (0: none) of this owner: the device's choice, else the account's. */
bool quality_in_force(struct db_conn *conn, int64_t owner_id, int64_t device_id, enum quality *ret_quality,
                      GError **error);

/** Write. What is stored already stays as it is. */
bool quality_set_account(struct db_conn *conn, int64_t owner_id, enum quality quality, GError **error);
/** @quality NULL: as the account says. ERR_NOT_FOUND. */
bool quality_set_device(struct db_conn *conn, int64_t owner_id, const struct uuid *device, const enum quality *quality,
                        GError **error);

/* ---- limits ---- */

/** 0: none. */
struct quality_limits {
    int64_t photo_bytes, photo_pixels, video_bytes;
};
/** What High quality takes: 75 MB or 100 megapixels a photo, 10 GB a video. */
extern const struct quality_limits quality_high_limits;

/** The limits in force: those of @quality, and those that the administrator sets, whichever is lower. */
struct quality_limits quality_limits_for(enum quality quality, const struct quality_limits *administrator);

/** Does a file of this size pass? Else @ret_note (free with g_free()) is the limit for people: "75 MB". */
bool quality_takes(const struct quality_limits *limits, bool is_video, int64_t size_bytes, char **ret_note);

/** "75 MB", "10 GB". Free with g_free(). */
char *quality_limit_text(int64_t bytes);

/* ---- what was done ---- */

enum asset_quality {
    ASSET_AS_IT_CAME = 0, /* Original */
    ASSET_TO_REDUCE = 1,  /* High quality, not looked at yet */
    ASSET_REDUCED = 2,    /* a smaller file is stored */
    ASSET_KEPT = 3,       /* High quality, and there was nothing to gain: the note says why */
};
/** "original", "waiting", "reduced", "kept". */
const char *asset_quality_name(enum asset_quality quality);

struct asset_reduction {
    enum asset_quality quality;
    char *note;             /* or NULL; free with asset_reduction_clear() */
    int64_t original_bytes; /* of the file that came; of ASSET_REDUCED only, else 0 */
    bool has_original_sha256;
    uint8_t original_sha256[SHA256_SIZE];
};
void asset_reduction_clear(struct asset_reduction *reduction);
#define REDUCTION_AUTO __attribute__((cleanup(asset_reduction_clear)))
/** ERR_NOT_FOUND. */
bool asset_reduction_find(struct db_conn *conn, int64_t asset_id, struct asset_reduction *ret_reduction,
                          GError **error);

/** A smaller file for an asset, durable in the store, read again and right. */
struct asset_reduced {
    int64_t asset_id;
    int64_t blob_id; /* the blob it is made of: another one by now is ERR_CONFLICT */
    struct blob_digest digest;
    int width_px, height_px; /* as shown */
    const char *note;
    int64_t verified_us;
};
/** Writes: the asset's bytes are the smaller file's, the blob it had is doomed unless somebody else has it. Only of
 *  ASSET_TO_REDUCE: else ERR_CONFLICT. ERR_NOT_FOUND where it is gone. */
bool asset_reduce(struct db_conn *conn, const struct asset_reduced *reduced, GError **error);

/** Writes: there is nothing to gain. @note may be NULL. Nothing happens unless it is ASSET_TO_REDUCE. */
bool asset_keep(struct db_conn *conn, int64_t asset_id, const char *note, GError **error);

/** Writes: @digest, durable in the store, takes the place of a reduced asset's bytes, which are lost. It may be the
 * file that came (then it is to be reduced again), or another smaller one (@note). */
bool asset_replace_lost(struct db_conn *conn, int64_t asset_id, const struct blob_digest *digest, const char *note,
                        GError **error);

/** What High quality has saved of an owner's library, or of one device (0: all). */
struct quality_saved {
    int64_t files, bytes;
};
bool quality_saved(struct db_conn *conn, int64_t owner_id, int64_t device_id, struct quality_saved *ret_saved,
                   GError **error);
