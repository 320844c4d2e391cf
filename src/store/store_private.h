/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * The inside of a store, shared by the files of this room only. */
#pragma once

#include <glib.h>
#include <stdbool.h>

#include "store/driver.h"
#include "store/store.h"

/** Who holds one blob. The row stands while there is anybody. */
struct holders {
    unsigned now;
    unsigned ever; /* since the row began */
};

struct store {
    char *path; /* for details of errors */
    struct uuid identity;
    bool is_beside; /* opened without the lock: reads only */
    int data_fd, lock_fd, store_fd, staging_fd, derived_fd, browse_fd;
    struct blob_backend *backend;
    struct unpacked *unpacked; /* who unpacks, and what was unpacked lately; NULL: nobody does */

    GMutex lock;       /* guards the two tables and the meeting of holds with unlinks */
    GHashTable *live;  /* struct uuid * -> itself: stages that this process has open or whose blob is held */
    GHashTable *holds; /* struct blob_id * -> struct holders * */
};

/** The stage @id belongs to somebody now, or no more. */
void store_live_add(struct store *store, const struct uuid *id);
void store_live_remove(struct store *store, const struct uuid *id);
bool store_is_live(struct store *store, const struct uuid *id);

/** Removes the name of a stage that nobody needs any more. */
void store_forget_stage(struct store *store, const struct uuid *id);

/** The hold of one counted by store_hold_add() already; @stage_id: its trace in staging/, NULL: none. */
struct store_hold *store_hold_new(struct store *store, const struct blob_id *id, const struct uuid *stage_id);

/** The blob that is held. */
const struct blob_id *store_hold_blob(const struct store_hold *hold);

/** Counts holders of @id. */
void store_hold_add(struct store *store, const struct blob_id *id);
void store_hold_remove(struct store *store, const struct blob_id *id);

/** Reads all of @fd from its beginning. @ret_sha256 its hash, @ret_size_bytes its length. */
bool store_hash_fd(int fd, uint8_t ret_sha256[SHA256_SIZE], int64_t *ret_size_bytes, GError **error);

/* ---- rebuilt originals (unpacked.c) ---- */

struct unpacked;

/** Ends it; no call is under way. NULL is fine. */
void unpacked_free(struct unpacked *unpacked);

/** Unpacks the file behind @packed_fd, compares with @id, past what is kept. The descriptor, or -1. */
int unpacked_make(struct unpacked *unpacked, const struct blob_id *id, int packed_fd, int64_t packed_bytes,
                  int64_t *ret_size_bytes, GError **error);

/** The same out of what is kept, or kept from now on; who asks for a blob that is being unpacked waits for it. */
int unpacked_open(struct unpacked *unpacked, const struct blob_id *id, int packed_fd, int64_t packed_bytes,
                  int64_t *ret_size_bytes, GError **error);

/** Keeps nothing of @id any more. */
void unpacked_forget(struct unpacked *unpacked, const struct blob_id *id);

/** For hash tables with struct blob_id * as key. */
guint blob_id_hash(gconstpointer key);
gboolean blob_id_same(gconstpointer a, gconstpointer b);

/** The hex name of a blob. Free with g_free(). */
char *blob_name(const struct blob_id *id);
