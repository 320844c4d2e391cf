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

/** Counts holders of @id. */
void store_hold_add(struct store *store, const struct blob_id *id);
void store_hold_remove(struct store *store, const struct blob_id *id);

/** Reads all of @fd from its beginning. @ret_sha256 its hash, @ret_size_bytes its length. */
bool store_hash_fd(int fd, uint8_t ret_sha256[SHA256_SIZE], int64_t *ret_size_bytes, GError **error);

/** The hex name of a blob. Free with g_free(). */
char *blob_name(const struct blob_id *id);
