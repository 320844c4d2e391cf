/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * The content-addressed blob store: bytes under the SHA-256 of themselves, written once, read-only, never renamed and
 * never rewritten. Two drivers are meant (file system; S3 later) behind this one interface. The name of a blob *is* its
 * check, so that a scrub needs no database.
 *
 * A blob comes in by way of a stage: a file in staging/ that grows by stage_write() while it is hashed, and is then
 * either committed (durable under its hash when the call returns) or dropped. Stages that outlive the process
 * (resumable uploads) are named by their id and reopened; all others are swept at start.
 *
 * Threads: a store may be used by any number of threads; a stage by one at a time. */
#pragma once

#include <glib.h>
#include <stdbool.h>
#include <stdint.h>

#include "base/encode.h"
#include "base/id.h"

struct store;
struct stage;

struct blob_id {
    uint8_t sha256[SHA256_SIZE];
};

struct blob_digest {
    struct blob_id id;
    uint8_t sha1[SHA1_SIZE];
    int64_t size_bytes;
};

/** Opens the store in data folder @data_dir (made with mode 0700 if missing): identity, store/, staging/, derived/,
 *  browse/, backups/. Takes a lock, so that two servers never share a data folder (ERR_BUSY). */
struct store *store_open(const char *data_dir, GError **error);
void store_close(struct store *store);

/** As store_open() without the lock and without making anything: for commands that run beside the server (verify,
 *  export). A folder that is no data folder gives ERR_NOT_FOUND. Of the sub-folders only store/ must be there, as in a
 *  copy of a library. */
struct store *store_open_beside(const char *data_dir, GError **error);

/** The library's id, made with the store. */
struct uuid store_identity(const struct store *store);

/** Is there not a single blob? (One look, not a walk.) */
bool store_is_empty(struct store *store, bool *ret_empty, GError **error);

/** Free bytes for us on the store's file system, and its size. */
bool store_space(struct store *store, int64_t *ret_free_bytes, int64_t *ret_total_bytes, GError **error);

/* ---- staging ---- */

/** A new stage, swept at the next start unless @keep (then it is found again by its id, until dropped). */
struct stage *stage_begin(struct store *store, bool keep, GError **error);

/** Reopens a kept stage: cut to @durable_bytes. Quick however much there is: the bytes are read and hashed again by the
 *  first stage_digest(). ERR_NOT_FOUND where it is gone or shorter. */
struct stage *stage_reopen(struct store *store, const struct uuid *id, int64_t durable_bytes, GError **error);

struct uuid stage_id(const struct stage *stage);
int64_t stage_size(const struct stage *stage);

/** The first bytes, at most STAGE_HEAD_SIZE of them: enough to see what kind of file it is. Owned by @stage. */
enum { STAGE_HEAD_SIZE = 64 };
const void *stage_head(const struct stage *stage, size_t *ret_size);

bool stage_write(struct stage *stage, const void *bytes, size_t size, GError **error);

/** Remembers this place; stage_undo() cuts the stage back to it (a part whose checksum was wrong). One mark at a time.
 */
bool stage_mark(struct stage *stage, GError **error);
bool stage_undo(struct stage *stage, GError **error);

/** Makes what was written so far durable (kept stages, between the parts of a resumable upload). */
bool stage_sync(struct stage *stage, GError **error);

/** The hashes of what was written so far; more may follow. After stage_reopen() this reads the file: not for a network
 *  thread. */
bool stage_digest(struct stage *stage, struct blob_digest *ret_digest, GError **error);

/** Makes the bytes durable under their hash: fdatasync, link into store/, folders synced (shared among stages that
 *  commit at the same time). Where the blob exists already it is read again: right, it stays; damaged, these bytes
 *  take its place. Ends the stage: consumed also on failure. @ret_new: was the blob not there before? */
bool stage_commit(struct stage *stage, struct blob_digest *ret_digest, bool *ret_new, GError **error);

/** A committed blob that the catalog does not know yet. While it is held, nobody else can unlink it, and its name
 *  in staging/ stays, so that a crash before the catalog knows it leaves a trace (store_unfinished()). */
struct store_hold;

/** As stage_commit(), and holds the blob until store_hold_free(). What ingest uses. */
bool stage_commit_hold(struct stage *stage, struct blob_digest *ret_digest, bool *ret_new, struct store_hold **ret_hold,
                       GError **error);

/** Ends a hold once the rows are durable (or the blob is unlinked again). NULL is fine. */
void store_hold_free(struct store_hold *hold);

/** As store_hold_free(), but leaves the trace for store_unfinished(): the catalog could not be asked. */
void store_hold_leave(struct store_hold *hold);

/** Holds blob @id, which may or may not be there, to take it out. How a blob leaves the store safely: hold it, look in
 *  a snapshot of what is *committed* that nothing refers to it, store_hold_unlink(). Rows come only with a hold, so
 * none can come in between; and a look inside a write transaction would not do, because group commit may yet undo a
 * delete that it sees. Never NULL. */
struct store_hold *store_hold_take(struct store *store, const struct blob_id *id);

/** Unlinks the held blob; one that is gone already is fine. ERR_BUSY where somebody else holds it, or did so for a time
 *  since this hold began: rows may have come with them. ERR_FORBIDDEN for a store opened beside the server, which
 * cannot know the holds. */
bool store_hold_unlink(struct store_hold *hold, GError **error);

/** Deletes the stage and its file. NULL is fine. */
void stage_drop(struct stage *stage);

/** Closes the stage but keeps its file for stage_reopen() (only kept ones). */
void stage_park(struct stage *stage);

/** Calls @each for every blob that a stage left behind by a crash was linked to, holding it: its rows may be missing.
 *  Before store_sweep(), which forgets the trace. */
typedef bool store_unfinished_each(const struct blob_id *id, struct store_hold *hold, void *data, GError **error);
bool store_unfinished(struct store *store, store_unfinished_each *each, void *data, GError **error);

/** Deletes all stages but those in @keep (array of struct uuid) and those open in this process; @ret_swept how many. At
 *  start and at any later time. */
bool store_sweep(struct store *store, const struct uuid *keep, size_t n_keep, unsigned *ret_swept, GError **error);

/* ---- blobs ---- */

/** Opens a blob for reading; @ret_size its size. The descriptor, or -1 with ERR_NOT_FOUND or ERR_IO. */
int store_open_blob(struct store *store, const struct blob_id *id, int64_t *ret_size, GError **error);

/** Reads the whole blob again and compares its hash. ERR_NOT_FOUND missing, ERR_CORRUPT differing, ERR_IO unreadable.
 *  Reads past the page cache where the system allows it, so that it is the disk that is asked. */
bool store_verify(struct store *store, const struct blob_id *id, int64_t expected_size, GError **error);

/** Is the blob there with @size_bytes? A look at the folder, not at the bytes. */
bool store_has(struct store *store, const struct blob_id *id, int64_t size_bytes);

/** Calls @each for every blob in the order of their names. @each answering false ends it (returns false, error set by
 *  @each). Files that are not named like blobs are passed to @stray if it is not NULL. */
typedef bool store_each(const struct blob_id *id, int64_t size_bytes, void *data, GError **error);
typedef void store_stray(const char *path, void *data);
bool store_walk(struct store *store, store_each *each, store_stray *stray, void *data, GError **error);

/* ---- folders beside the blobs ---- */

/** Descriptors of DATA/derived, DATA/browse and DATA itself; owned by the store. */
int store_derived_dir(const struct store *store);
int store_browse_dir(const struct store *store);
int store_data_dir(const struct store *store);

/** Hard-links blob @id as @path below browse/ (folders are made; components come from text_file_name()). A taken name
 *  gets " (2)", " (3)", … before its extension; @ret_path the name taken, free with g_free(). */
bool store_browse_link(struct store *store, const struct blob_id *id, const char *path, char **ret_path,
                       GError **error);
bool store_browse_unlink(struct store *store, const char *path, GError **error);
