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

/** How the bytes of a blob lie in the store. */
enum blob_form {
    BLOB_PLAIN,  /* as they came: <sha256> */
    BLOB_PACKED, /* as JPEG XL out of which they come back bit by bit: <sha256>.jxl */
    BLOB_N_FORMS
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

/** Unlinks the held blob, in all its forms; one that is gone already is fine. ERR_BUSY where somebody else holds it, or
 * did so for a time since this hold began: rows may have come with them. ERR_FORBIDDEN for a store opened beside the
 * server, which cannot know the holds. */
bool store_hold_unlink(struct store_hold *hold, GError **error);

/** Deletes the stage and its file. NULL is fine. */
void stage_drop(struct stage *stage);

/** Makes what was written durable, forgets what the page cache has of it, and opens it for reading: what is read there
 *  is what the disk has. The descriptor, or -1. */
int stage_read_back(struct stage *stage, GError **error);

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

/** Opens a blob for reading; @ret_size its size. The descriptor, or -1 with ERR_NOT_FOUND or ERR_IO. This is the one
 *  door to an original: of a packed one it answers the original bytes, unpacked by store_set_unpacker()'s function
 * (which blocks for as long as that takes), hashed and compared before anybody sees them (ERR_CORRUPT), and kept for a
 * while for the next who asks. */
int store_open_blob(struct store *store, const struct blob_id *id, int64_t *ret_size, GError **error);

/** Opens the file of one form as it lies there. ERR_NOT_FOUND where the blob has not this form. */
int store_open_form(struct store *store, const struct blob_id *id, enum blob_form form, int64_t *ret_size,
                    GError **error);

/** Reads the whole blob again and compares its hash; a packed one is unpacked for that. ERR_NOT_FOUND missing,
 *  ERR_CORRUPT differing, ERR_IO unreadable, ERR_UNSUPPORTED where there is nobody to unpack it. Reads past the page
 *  cache where the system allows it, so that it is the disk that is asked. */
bool store_verify(struct store *store, const struct blob_id *id, int64_t expected_size, GError **error);

/** The SHA-256 of all that is behind @fd, from its beginning; and whether that is blob @id of @size_bytes. */
bool store_fd_hash(int fd, struct blob_id *ret_id, GError **error);
bool store_fd_matches(int fd, const struct blob_id *id, int64_t size_bytes, bool *ret_matches, GError **error);

/** Is the blob there as it came, with @size_bytes (negative: any)? A look at the folder, not at the
 *  bytes. */
bool store_has(struct store *store, const struct blob_id *id, int64_t size_bytes);

/** Is its packed form there, with @packed_bytes (negative: any)? */
bool store_has_packed(struct store *store, const struct blob_id *id, int64_t packed_bytes);

/** Calls @each for every file of a blob in the order of their names: twice in a row for one that has both forms. @each
 *  answering false ends it (returns false, error set by @each). Files that are not named like blobs are passed to
 *  @stray if it is not NULL. */
typedef bool store_each(const struct blob_id *id, enum blob_form form, int64_t size_bytes, void *data, GError **error);
typedef void store_stray(const char *path, void *data);
bool store_walk(struct store *store, store_each *each, store_stray *stray, void *data, GError **error);

/* ---- packed blobs ----
 *
 * A blob keeps its identity, the SHA-256 of its original bytes, whichever form it has. While it changes from one to the
 * other it has both, and after a crash it may go on having both: that is a legal state, in which the plain form is what
 * is read. The form that is no longer wanted goes last, when the other is durable. The store packs and unpacks nothing
 * itself (it links no codec); what a packed file is worth, the hash of what comes out of it says. */

/** Unpacks the file behind @packed_fd: a descriptor of the original bytes, which nobody may be able to change any more,
 *  at their whole length; or -1 with @error. On any thread; blocks. */
typedef int store_unpack(int packed_fd, int64_t packed_bytes, void *data, GError **error);

/** Who unpacks, and how many bytes of rebuilt originals are kept for the next reader (0: none; at least the last one
 *  otherwise). Before the store is used by others; NULL at the end. Without, packed blobs cannot be read
 *  (ERR_UNSUPPORTED). */
void store_set_unpacker(struct store *store, store_unpack *unpack, void *data, int64_t keep_bytes);

/** Makes the bytes of @stage the packed form of the held blob, durably, instead of one that is there. That they are
 *  worth it the caller has proven: stage_read_back(), unpack, compare. Consumes @stage also on failure. */
bool store_hold_pack(struct store_hold *hold, struct stage *stage, GError **error);

/** Unlinks one form of the held blob. ERR_NOT_FOUND where the other is not there: the last one is never let go by this
 *  way. A form that is gone already is fine. */
bool store_hold_drop(struct store_hold *hold, enum blob_form form, GError **error);

/* ---- folders beside the blobs ---- */

/** Descriptors of DATA/derived, DATA/browse and DATA itself; owned by the store. */
int store_derived_dir(const struct store *store);
int store_browse_dir(const struct store *store);
int store_data_dir(const struct store *store);

/** Makes DATA/derived anew where it was deleted while it is in use; its descriptor keeps its number. */
bool store_derived_renew(struct store *store, GError **error);

/** Hard-links blob @id as @path below browse/ (folders are made; components come from text_file_name()). A taken name
 *  gets " (2)", " (3)", … before its extension; one of a packed blob ends with ".jxl" behind its own extension, as the
 *  file is one; @ret_path the name taken, free with g_free(). */
bool store_browse_link(struct store *store, const struct blob_id *id, const char *path, char **ret_path,
                       GError **error);
/** Has @path, as store_browse_link() gave it, stand for blob @id, which is not packed, from now on, at one stroke;
 * doing it again changes nothing. */
bool store_browse_replace(struct store *store, const struct blob_id *id, const char *path, GError **error);
bool store_browse_unlink(struct store *store, const char *path, GError **error);
