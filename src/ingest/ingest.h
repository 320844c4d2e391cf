/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * The one way in. Every protocol that takes bytes from a person (multipart upload, resumable upload, later WebDAV, a
 * watched folder, imports) ends in this family of functions, so that the promise is kept in one place:
 *
 *   no accepted byte is ever lost; a crash at any instant leaves the whole asset or none.
 *
 * begin → write… → finish | abandon. Order of finish: lengths and checksums compared → bytes durable in the store →
 * one transaction (asset, ledger, change, jobs) → only then the result. Memory of an upload is constant.
 *
 * Threads: an upload is used by one thread at a time; any number of uploads at once. finish() blocks on the disk. */
#pragma once

#include <glib.h>
#include <stdbool.h>
#include <stdint.h>

#include "base/encode.h"
#include "base/id.h"

struct app_data;
struct db;
struct quality_limits;
struct store;
struct ingest;
struct upload;

/** The kind of job (jobs.h) that each new asset makes, its subject the asset's row id. The media room runs it. */
#define INGEST_JOB "media"

/** The kind of job, its subject a blob's row id, that packs a blob of which bytes came again though it was packed. */
#define INGEST_PACK_JOB "pack"

struct ingest *ingest_new(struct db *db, struct store *store);

/** Parks what is open. No upload is in use any more. NULL is fine. */
void ingest_free(struct ingest *ingest);

/** Space that uploads leave free on the disk, for the database and for people; negative: 1 % of it, at most 1 GB. */
void ingest_set_reserve(struct ingest *ingest, int64_t reserve_bytes);

/** Limits that the administrator sets on photos and videos (quality.h); none where this is not called. */
void ingest_set_limits(struct ingest *ingest, const struct quality_limits *limits);
const struct quality_limits *ingest_limits(const struct ingest *ingest);

/** Called (on the thread of finish) after each new asset is durable: wakes the job runner. */
void ingest_on_stored(struct ingest *ingest, void (*wake)(void *data), void *data);

/** What is known of a file beside its bytes. Strings are the caller's and may be freed after finish(). */
struct ingest_offer {
    int64_t owner_id;      /* users.id */
    int64_t device_id;     /* devices.id: whose ledger this goes into */
    const char *item_key;  /* the item on that device (its path there); NULL: the file name */
    const char *file_name; /* as sent; made valid and kept for display and browse/ */
    int64_t created_us;    /* the client's word for the capture time; until metadata says better */
    int64_t modified_us;
    bool is_favorite;
    const char *visibility;              /* "timeline", "archive", "hidden", "locked"; NULL: timeline */
    const struct uuid *live_photo_video; /* NULL or an asset of the same owner */
    int64_t announced_bytes;             /* -1: not announced */
    const uint8_t *announced_sha1;       /* SHA1_SIZE bytes or NULL */
    const uint8_t *announced_sha256;     /* SHA256_SIZE bytes or NULL */
    const void *sidecar; /* XMP sent with the file, or NULL: kept as a blob of its own; of an asset that is there
                            already it takes the place of the one it has */
    size_t sidecar_size;
    const uint8_t *original_sha1; /* SHA1_SIZE bytes: the client made the bytes smaller, of a file with this hash, which
                                     is what the asset is known by from then on; or NULL */
    int64_t original_bytes;       /* with @original_sha1: the size of that file */
    const char *quality_note;     /* with @original_sha1: what was done, for people; or NULL */
    const struct app_data *app_data; /* @n_app_data items that the client wants to have kept with the asset
                                        (asset_app_data.h), also of one that is there already */
    size_t n_app_data;
    bool is_deliberate; /* a person chose this very file: it is stored again though its owner once deleted it for good;
                           else (automatic backup) such a file is answered as a duplicate and stays deleted */
};

enum ingest_outcome { INGEST_CREATED, INGEST_DUPLICATE };

struct ingest_result {
    enum ingest_outcome outcome;
    struct uuid asset_id;
    bool is_trashed; /* of a duplicate */
};

/** Is the file of @offer, by its announced SHA-1, known for its owner? Then @ret_known is true, the ledger has it and
 *  @ret_result is what ingest_finish() would say: no byte has to be sent. Without an announced SHA-1: not known. */
bool ingest_known(struct ingest *ingest, const struct ingest_offer *offer, bool *ret_known,
                  struct ingest_result *ret_result, GError **error);

/** May a file of this size be taken, by the quality that counts for owner and device of @offer? Else ERR_LIMIT with the
 *  sentence, and the ledger has the item as skipped. What the owner has already always may. */
bool ingest_check_limits(struct ingest *ingest, const struct ingest_offer *offer, int64_t size_bytes, GError **error);

/** Begins an upload. ERR_FULL where the disk has no room for @expected_bytes (-1: not known) and a reserve. */
struct upload *ingest_begin(struct ingest *ingest, int64_t expected_bytes, GError **error);
bool ingest_write(struct upload *upload, const void *bytes, size_t size, GError **error);

/** Stores it. An XMP file goes to the asset it stands beside, by the names (catalog/asset_beside.h): INGEST_DUPLICATE
 * with the asset's id; ERR_INVALID, ERR_CONFLICT where there is none, or which is not clear. Other errors:
 * ERR_INVALID (empty, shorter or longer than announced, checksum differs, a media type that is not accepted, an unknown
 * visibility or live photo), ERR_LIMIT (ingest_check_limits()), ERR_FULL (disk; quota: message "Quota has been
 * exceeded!"), ERR_CONFLICT (the owner has other bytes of the same SHA-1), ERR_IO, ERR_UNCERTAIN. Consumes @upload in
 * every case; a resumable one stays, to be finished again, where the same bytes may be taken later (full, busy). */
bool ingest_finish(struct upload *upload, const struct ingest_offer *offer, struct ingest_result *ret_result,
                   GError **error);
/** Makes @bytes (XMP, at most 1 MB) the side file of an asset that is there; the one before is let go. *ret_changed: it
 *  was not the same already, and the asset is looked into again. ERR_NOT_FOUND, ERR_INVALID (empty), ERR_LIMIT, ERR_IO,
 *  ERR_UNCERTAIN. */
bool ingest_sidecar(struct ingest *ingest, int64_t owner_id, const struct uuid *asset_id, const void *bytes,
                    size_t size, bool *ret_changed, GError **error);

/** Ends it without storing; a resumable one stands again where its last part ended. NULL is fine. */
void ingest_abandon(struct upload *upload);

/* ---- resumable: the same upload, over several requests and restarts ---- */

/** A begun resumable upload as the database knows it. */
struct ingest_resumable {
    struct uuid id;
    int64_t owner_id;
    int64_t device_id;
    int64_t length_bytes; /* announced; -1 while deferred */
    int64_t offset_bytes; /* durable */
    int64_t expires_us;   /* set by create; moved on by each part; a day after it is finished */
    char *metadata;       /* the tus Upload-Metadata header as sent */
    bool is_done;         /* finished: result is set */
    struct ingest_result result;
};
void ingest_resumable_clear(struct ingest_resumable *resumable);

/** Begins one of @wanted's owner, device (0: none), length and metadata (@wanted keeps it). ERR_FULL, ERR_INVALID. */
bool ingest_resumable_create(struct ingest *ingest, const struct ingest_resumable *wanted,
                             struct ingest_resumable *ret_resumable, GError **error);
/** ERR_NOT_FOUND for another owner's or an expired one. */
bool ingest_resumable_find(struct ingest *ingest, int64_t owner_id, const struct uuid *id,
                           struct ingest_resumable *ret_resumable, GError **error);
/** Takes the upload for one writer: ERR_CONFLICT where @offset_bytes is not its end, ERR_BUSY where another request has
 *  it. Then ingest_write(), then ingest_park() or ingest_finish(). */
struct upload *ingest_resumable_open(struct ingest *ingest, int64_t owner_id, const struct uuid *id,
                                     int64_t offset_bytes, GError **error);
/** The part that comes now has a checksum of its own: nothing of it counts before ingest_park() (else a long part is
 *  recorded every 64 MB). Before the first ingest_write(). */
void ingest_guard_part(struct upload *upload);
/** Ends a part and the use of @upload, also on failure: durable, the offset recorded. @undo true goes back to where the
 * part began (its checksum was wrong). */
bool ingest_park(struct upload *upload, bool undo, int64_t *ret_offset_bytes, GError **error);
bool ingest_resumable_delete(struct ingest *ingest, int64_t owner_id, const struct uuid *id, GError **error);

/** At start and daily: drops expired resumables, unlinks blobs that a crash left between store and catalog, and sweeps
 *  staging. @ret_swept: files removed. */
bool ingest_sweep(struct ingest *ingest, unsigned *ret_swept, GError **error);
