/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Blobs as the catalog knows them: which bytes are referred to, when they were stored, when they were last read again
 * and with what result; and how bytes that nobody refers to any more leave the store.
 *
 * Leaving safely: deleting the last reference makes a blob "doomed" (its row goes, its hash waits in doomed_blobs).
 * Only blobs_reap() unlinks: it holds the blob (store_hold), looks once more for references in what is *committed*, and
 * unlinks; bytes that an upload holds at that moment are left for the next round. Never inside a transaction: one that
 * failed afterwards would bring back a row whose bytes are gone.
 *
 * Threads: as catalog.h. */
#pragma once

#include <glib.h>
#include <stdbool.h>
#include <stdint.h>

#include "base/id.h"
#include "store/store.h"

struct db;
struct db_conn;

enum blob_check { BLOB_UNCHECKED, BLOB_OK, BLOB_MISSING, BLOB_CORRUPT };

/** "ok", "missing", "corrupt"; NULL for BLOB_UNCHECKED. */
const char *blob_check_name(enum blob_check check);

/** How far packing (blob_pack.h) has come with a blob. The numbers stand in the database. */
enum blob_pack {
    BLOB_PACK_NONE = 0, /* it lies in the store as it came */
    BLOB_PACK_DONE = 1,
    BLOB_PACK_KEPT = 2, /* tried; it stays as it came */
};

struct blob {
    int64_t id; /* row id, rises in order of storing */
    struct blob_digest digest;
    int64_t stored_us;
    enum blob_check check; /* result of the last verification */
    int64_t verified_us;   /* time of it; 0: never */
    enum blob_pack pack;
    int64_t packed_bytes; /* of BLOB_PACK_DONE: length of the packed file */
};

/** Writes the row of a blob that is durable in the store, or finds it; takes it off the doomed. @ret_id its row id. */
bool blobs_add(struct db_conn *conn, const struct blob_digest *digest, int64_t *ret_id, GError **error);

/** ERR_NOT_FOUND. */
bool blobs_find(struct db_conn *conn, const struct blob_id *id, struct blob *ret_blob, GError **error);

/** Does any asset or sidecar refer to the blob? */
bool blob_is_referenced(struct db_conn *conn, const struct blob_id *id, bool *ret_referenced, GError **error);

/** Takes a blob out of the store that no row ever came to refer to: its transaction failed, or a crash came between
 *  store and catalog. (Blobs that lose their last reference leave by blobs_reap().) Unlinks blob @id of @hold unless
 *  something refers to it, which is fine, too. ERR_BUSY where another upload holds or held it beside @hold: leave the
 *  trace, and look again later. Why this is safe beside uploads of the same bytes: see store_hold_take(). It writes
 *  nothing into the database, so it works also where that is what failed. Not inside a transaction. */
bool blobs_release(struct db *db, const struct blob_id *id, struct store_hold *hold, GError **error);

/** Who wants to know that a blob is gone (to remove what was derived from it). */
struct blobs_reaper {
    void (*gone)(const struct blob_id *id, void *data); /* on the caller's thread; may be NULL */
    void *data;
};

/** In the server only (it owns the store's lock): unlinks up to @limit doomed blobs that still have no reference
 *  and that no upload holds. @reaper may be NULL. @ret_reaped how many; call again at once while it equals @limit, else
 *  later. Not inside a transaction. */
bool blobs_reap(struct db *db, struct store *store, unsigned limit, const struct blobs_reaper *reaper,
                unsigned *ret_reaped, GError **error);

/* ---- verification ---- */

/** Up to @limit blobs with a row id above @after_id, in order. Returns how many are in @ret_blobs, or -1 with @error.
 */
int blobs_page(struct db_conn *conn, int64_t after_id, struct blob *ret_blobs, unsigned limit, GError **error);

/** The same by SHA-256 order, for a merge with store_walk(): above @after (NULL: from the first). */
int blobs_page_by_hash(struct db_conn *conn, const struct blob_id *after, struct blob *ret_blobs, unsigned limit,
                       GError **error);

struct blob_result {
    int64_t id;
    enum blob_check check;
    int64_t verified_us;
};
/** Writes the results, also into the ledger's items of these blobs. A blob deleted meanwhile is passed over. */
bool blobs_record_verified(struct db_conn *conn, const struct blob_result *results, size_t n_results, GError **error);

/** Calls @each for every asset of a blob (for messages: whose photo is it?). False from @each ends it. */
struct blob_use {
    struct uuid asset_id;
    const char *owner_email;
    const char *file_name;
    bool is_sidecar;
    bool is_trashed;
};
typedef bool blobs_each_use(const struct blob_use *use, void *data);
bool blobs_uses(struct db_conn *conn, int64_t blob_id, blobs_each_use *each, void *data, GError **error);

/** One verify run. */
struct verification {
    int64_t started_us;
    int64_t finished_us; /* 0: did not finish */
    double sample;       /* part of the blobs that was asked for, 0 … 1 */
    int64_t checked, ok, missing, corrupt;
    int64_t unknown; /* blobs of the store that the catalog does not know */
    int64_t stray;   /* files of the store that are no blobs */
};
/** Writes the begin of a run; its @ret_id goes to verifications_finish(). */
bool verifications_begin(struct db_conn *conn, double sample, int64_t *ret_id, GError **error);
bool verifications_finish(struct db_conn *conn, int64_t id, const struct verification *result, GError **error);
/** The newest run, ERR_NOT_FOUND where there was none. */
bool verifications_last(struct db_conn *conn, struct verification *ret_last, GError **error);
