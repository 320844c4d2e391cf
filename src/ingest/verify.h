/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Verification: reads the store again and compares it with the catalog, both ways. Every blob of the catalog is looked
 * for; of the part that was asked for the bytes are read from the disk and hashed. Then every file of the store is
 * looked up in the catalog. The results go into the catalog and from there into the ledger ("verified");
 * with a database opened for reading only they are told and not written.
 *
 * Works beside the running server: what comes or goes meanwhile is looked at twice before it is called an error.
 *
 * Threads: runs on the caller's thread for as long as it takes; callbacks come on it, too. */
#pragma once

#include <glib.h>
#include <stdbool.h>
#include <stdint.h>

#include "catalog/blobs.h"

struct db;
struct store;

enum verify_kind {
    VERIFY_MISSING, /* the catalog has it, the store has not */
    VERIFY_CORRUPT, /* its bytes or its length differ, or it cannot be read */
    VERIFY_UNKNOWN, /* the store has it, the catalog has not: harmless, but nobody's */
    VERIFY_STRAY,   /* a file in store/ that is no blob */
};

/** Something that is not as it must be. Valid during the call. */
struct verify_finding {
    enum verify_kind kind;
    const char *name;     /* SHA-256 in hex; of a stray its path below store/ */
    int64_t blob_id;      /* row id for blobs_uses(); 0 where the catalog has none */
    const GError *reason; /* of missing and corrupt ones */
};

struct verify_options {
    double sample; /* part of the blobs whose bytes are read, 0 … 1 */
    /** Told now and then; @done_bytes of those read. May be NULL. False ends the run (ERR_CANCELLED). */
    bool (*progress)(int64_t done_blobs, int64_t done_bytes, void *data);
    /** May be NULL. */
    void (*found)(const struct verify_finding *finding, void *data);
    void *data;
};

/** Verifies. @ret_result has the counts: all is well where missing and corrupt are 0. False with @error only where the
 *  run itself could not be done (database, folder unreadable, ended by progress). */
bool verify_run(struct db *db, struct store *store, const struct verify_options *options,
                struct verification *ret_result, GError **error);
