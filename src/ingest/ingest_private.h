/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * The inside of ingest, shared by the files of this room only. */
#pragma once

#include <glib.h>
#include <stdbool.h>
#include <stdint.h>

#include "catalog/quality.h"
#include "ingest/ingest.h"
#include "store/store.h"

struct db_conn;

struct ingest {
    struct db *db;
    struct store *store;
    void (*wake)(void *data);
    void *wake_data;
    int64_t reserve_bytes; /* negative: by the size of the disk */
    struct quality_limits limits;

    GMutex lock;      /* guards the two below */
    GHashTable *busy; /* struct uuid *: resumables that a request has open */
    GQueue *parked;   /* struct upload *: resumables at rest with their hashes in memory, oldest first */
};

struct upload {
    struct ingest *ingest;
    struct stage *stage;
    int64_t space_checked_bytes; /* size of the stage when the free space was last looked at */

    /* Of resumable ones: */
    bool is_resumable;
    bool is_guarded;
    struct uuid id;
    int64_t owner_id;
    int64_t length_bytes;  /* -1: not announced */
    int64_t durable_bytes; /* as the table has it */
    int64_t parked_us;     /* when it came to rest */
};

/** ERR_FULL unless @more_bytes (negative: not known) fit and the reserve stays. */
bool ingest_check_space(struct ingest *ingest, int64_t more_bytes, GError **error);

/** The resumable half of ingest_finish(), in its transaction and after it. */
bool resumable_record_result(struct db_conn *conn, const struct upload *upload, const struct ingest_result *result,
                             GError **error);
/** Its stage is consumed. @done false: its row goes, there is nothing to go on with. Frees @upload. */
void resumable_finished(struct upload *upload, bool done);
/** It was not taken, but may be later: as ingest_park(). Frees @upload. */
void resumable_rest(struct upload *upload);
/** Ends the request's hold without recording anything. Frees @upload. */
void resumable_abandon(struct upload *upload);
/** Removes expired ones; @ret_ids (of struct uuid) those whose files must stay. */
bool resumable_expire(struct ingest *ingest, GArray *ret_ids, GError **error);
/** Frees what rests in memory. */
void resumable_free_parked(struct ingest *ingest);
/** After each write: records a long part on the way. */
bool resumable_after_write(struct upload *upload, GError **error);
/** Before each write: ERR_INVALID where @size more would be longer than announced. */
bool resumable_check_length(const struct upload *upload, size_t size, GError **error);
