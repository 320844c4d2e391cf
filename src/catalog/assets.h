/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Assets: one photo or video of one owner. Unique per owner by the SHA-1 of the file that came, trash included. Every
 * row carries create_id and update_id (base/id.h) for the sync stream; so does its exif row. Counters (usage of the
 * owner, months of the timeline) follow by triggers in the same transaction.
 *
 * A person's delete goes: trash → deleted for good, which leaves a *tombstone* (owner, hashes, the id it had). While a
 * tombstone stands, automatic uploads of the same bytes are told "duplicate" with the old id, so that a phone does not
 * bring back what its owner threw away; a deliberate upload (web page, an explicit flag) may store the bytes again, and
 * asset_insert() then removes the tombstone. asset_known() tells the cases apart.
 *
 * Threads: as catalog.h. */
#pragma once

#include <glib.h>
#include <stdbool.h>
#include <stdint.h>

#include "base/encode.h"
#include "base/id.h"
#include "catalog/media_facts.h"
#include "catalog/quality.h"
#include "store/store.h"

struct db_conn;

/* The numbers stand in the database. */
enum asset_type { ASSET_IMAGE = 0, ASSET_VIDEO = 1, ASSET_AUDIO = 2, ASSET_OTHER = 3 };
enum asset_visibility { ASSET_TIMELINE = 0, ASSET_ARCHIVE = 1, ASSET_HIDDEN = 2, ASSET_LOCKED = 3 };
enum media_state { MEDIA_WAITING = 0, MEDIA_READY = 1, MEDIA_FAILED = 2 };

/** "IMAGE", "VIDEO", "AUDIO", "OTHER". */
const char *asset_type_name(enum asset_type type);
/** "timeline", "archive", "hidden", "locked"; the other way false for other words (and NULL). */
const char *asset_visibility_name(enum asset_visibility visibility);
bool asset_visibility_parse(const char *name, enum asset_visibility *ret_visibility);
/** "waiting", "ready", "failed". */
const char *media_state_name(enum media_state state);

/* ---- coming in ---- */

/** A new asset from ingest. The blob is durable in the store. Strings are the caller's. */
struct asset_new {
    int64_t owner_id;
    struct blob_digest digest;
    const uint8_t *original_sha1; /* of the file that @digest was made of before it came, or NULL: as it was */
    int64_t original_bytes;       /* with @original_sha1 */
    enum asset_quality quality;
    const char *quality_note;          /* or NULL */
    const struct blob_digest *sidecar; /* XMP, durable in the store; NULL: none */
    int64_t device_id;                 /* 0: none */
    const char *file_name;             /* valid UTF-8, not empty */
    const char *mime_type;             /* by extension; NULL: unknown */
    enum asset_type type;
    enum asset_visibility visibility;
    bool is_favorite;
    int64_t taken_us; /* capture time by the client's word (fileCreatedAt); local time is the same until facts come */
    int64_t modified_us;           /* file's own time (fileModifiedAt) */
    const struct uuid *live_video; /* NULL, or the motion half: a video of the same owner, which becomes hidden */
};

/** What asset_insert() made. */
struct asset_made {
    int64_t id;
    struct uuid uuid;
};

/** Writes blob, asset and exif row. ERR_EXISTS where the owner has these bytes (use asset_known() first),
 *  ERR_INVALID where @live_video is no video of this owner. Removes a tombstone of these bytes. */
bool asset_insert(struct db_conn *conn, const struct asset_new *asset, struct asset_made *ret_made, GError **error);

/** Writes: @sidecar (XMP, durable in the store) becomes the asset's; the one it had is doomed unless another asset has
 *  it. The same again changes nothing; else the caller has the file looked into again. */
bool asset_set_sidecar(struct db_conn *conn, int64_t asset_id, const struct blob_digest *sidecar, bool *ret_changed,
                       GError **error);

/** Writes: what a client says with a still that is here already: @video is its motion half. Passed over where somebody
 *  decided before, or where @video is no video of this owner. */
bool asset_offer_live_video(struct db_conn *conn, int64_t asset_id, const struct uuid *video, GError **error);

enum asset_known_as {
    ASSET_UNKNOWN,   /* take it */
    ASSET_PRESENT,   /* the owner has it; perhaps in the trash */
    ASSET_TOMBSTONE, /* the owner deleted it for good */
};
struct asset_known {
    enum asset_known_as as;
    int64_t id;       /* 0 unless ASSET_PRESENT */
    struct uuid uuid; /* of the asset, or the one it had */
    bool is_trashed;
    int verify; /* of ASSET_PRESENT: enum blob_check of the last verification of its bytes */
};
/** Does the owner have (or had) a file of this SHA-1, or what High quality made of one? Not to be there is an answer,
 * not an error. For a bulk check call it once a hash under one db_read_begin(): about 7 µs each in a library of 50,000.
 */
bool asset_known(struct db_conn *conn, int64_t owner_id, const uint8_t sha1[SHA1_SIZE], struct asset_known *ret_known,
                 GError **error);

/* ---- looking ---- */

/** What the metadata said; unknown as in media_facts.h. Owned by its asset. */
struct asset_exif {
    char *description; /* NULL: none */
    int raw_width_px, raw_height_px;
    int orientation;
    bool has_taken; /* false: no date in the file (dateTimeOriginal is then null) */
    bool has_modified;
    int64_t modified_us;
    char *time_zone;
    bool has_position;
    double latitude, longitude;
    bool has_altitude;
    double altitude_m;
    char *projection;
    char *city, *state, *country;
    char *make, *model, *lens;
    double f_number, focal_length_mm;
    int iso;
    char *exposure_time;
    char *profile;
    char *live_id;
    bool is_motion_photo;
    double fps;
    bool has_rating;
    int rating;
};

/** One asset whole. Owned strings: asset_clear(). */
struct asset {
    int64_t id;
    struct uuid uuid;
    int64_t owner_id;
    struct uuid owner_uuid;
    int64_t blob_id;
    struct blob_digest digest; /* of the stored file; but sha1 is that of the file that came (quality.h) */
    bool has_sidecar;
    struct blob_id sidecar;
    int64_t device_id; /* 0: none */
    char *file_name;
    char *mime_type; /* NULL: unknown */
    enum asset_type type;
    enum asset_visibility visibility;
    bool is_favorite;
    bool is_trashed;
    int64_t trashed_us; /* 0 unless in the trash */
    int64_t taken_us, local_us, modified_us;
    int64_t uploaded_us; /* createdAt of the API */
    int64_t updated_us;
    const char *date_source; /* a DATE_SOURCE_…; static */
    int width_px, height_px;
    int64_t duration_ms;
    uint8_t thumbhash[THUMBHASH_MAX];
    size_t thumbhash_size; /* 0: none yet */
    bool has_live_video;
    struct uuid live_video;
    bool has_stack;
    struct uuid stack, stack_primary;
    int64_t stack_size;                  /* members outside of the trash */
    GPtrArray *tags;                     /* struct tag *, by value; NULL: none */
    bool has_motion;                     /* its own file carries a video, ... */
    struct uuid motion;                  /* ... known to clients by this id (asset_find_motion()) ... */
    int64_t motion_offset, motion_bytes; /* ... and lying here */
    enum media_state media_state;
    char *media_reason; /* of MEDIA_FAILED: a sentence for people */
    char *browse_path;  /* below browse/, or NULL */
    int64_t stored_us;  /* blob durable since */
    int verify;         /* enum blob_check of the blob */
    int64_t verified_us;
    int64_t create_id, update_id;
    struct asset_exif exif;
};
void asset_clear(struct asset *asset);
/** The video that moves this still: its motion half, or the one inside of its file. NULL: none. */
static inline const struct uuid *asset_live_id(const struct asset *asset)
{
    return asset->has_live_video ? &asset->live_video : asset->has_motion ? &asset->motion : NULL;
}
#define ASSET_AUTO __attribute__((cleanup(asset_clear)))

/** The asset of this owner, trash included. ERR_NOT_FOUND, also for another owner's. */
bool asset_find(struct db_conn *conn, int64_t owner_id, const struct uuid *uuid, struct asset *ret_asset,
                GError **error);
/** By row id (jobs). */
bool asset_find_id(struct db_conn *conn, int64_t id, struct asset *ret_asset, GError **error);

/** Just enough to answer with a file, for the hot path of thumbnails and originals. Owned strings: asset_file_clear().
 */
struct asset_file {
    int64_t id;
    struct blob_id blob;
    int64_t size_bytes;
    char *file_name;
    char *mime_type; /* NULL: unknown */
    int64_t modified_us;
    enum asset_type type;
    enum media_state media_state;
    enum asset_visibility visibility;
    bool is_motion_part;  /* a stretch of the blob: ... */
    int64_t offset_bytes; /* ... from here on, size_bytes long */
};
void asset_file_clear(struct asset_file *file);
#define ASSET_FILE_AUTO __attribute__((cleanup(asset_file_clear)))
bool asset_find_file(struct db_conn *conn, int64_t owner_id, const struct uuid *uuid, struct asset_file *ret_file,
                     GError **error);

/* The video inside of a motion photo. Clients see it as the hidden video that `livePhotoVideoId` names. */
#define MOTION_MIME "video/mp4"
/** As asset_find(), of the video @part: the photo's facts with the type, name and size of the video. Its digest is the
 *  photo's but for the size. */
bool asset_find_motion(struct db_conn *conn, int64_t owner_id, const struct uuid *part, struct asset *ret_asset,
                       GError **error);
/** As asset_find_file(), of the video that has the id @uuid or lies in the photo of that id. */
bool asset_find_motion_file(struct db_conn *conn, int64_t owner_id, const struct uuid *uuid,
                            struct asset_file *ret_file, GError **error);
/** "IMG_1.jpg" → "IMG_1.mp4". Free with g_free(). */
char *motion_file_name(const char *file_name);

/** Calls @each for all assets of an owner (0: of everybody) with a row id above @after_id, by row id, trash included:
 * for export and rebuilds; read in pages of @limit, so that no snapshot grows old. False from @each ends it. */
typedef bool assets_each(const struct asset *asset, void *data);
bool assets_page(struct db_conn *conn, int64_t owner_id, int64_t after_id, unsigned limit, assets_each *each,
                 void *data, GError **error);

/* ---- metadata ---- */

/** Writes what the worker found and sets MEDIA_READY. What a person edited (asset_change()) stays. Bumps the update ids
 *  of asset and exif, and pairs the halves of a live photo (docs/moving-photos.md). ERR_NOT_FOUND where the asset is
 * gone meanwhile (nothing to do then). */
bool asset_media_apply(struct db_conn *conn, int64_t asset_id, const struct media_facts *facts, GError **error);

/** Writes MEDIA_FAILED with @reason, a sentence for people. The original stays as it is. */
bool asset_media_fail(struct db_conn *conn, int64_t asset_id, const char *reason, GError **error);

/** Writes the place below browse/ (NULL: none). Not a change that clients see. */
bool asset_set_browse_path(struct db_conn *conn, int64_t asset_id, const char *path, GError **error);

/** What a person changes; only what is set. */
struct asset_change {
    bool set_favorite, is_favorite;
    bool set_visibility;
    enum asset_visibility visibility;
    bool set_taken; /* date source becomes "person" */
    int64_t taken_us, local_us;
    const char *time_zone; /* with set_taken; NULL: unknown */
    bool set_description;
    const char *description; /* NULL: none */
    bool set_rating, has_rating;
    int rating;
    bool set_position;
    double latitude, longitude;
    bool set_live_video;
    const struct uuid *live_video; /* NULL: unpair; either stays whatever the files say */
};
/** Writes. ERR_NOT_FOUND, ERR_INVALID (rating, position, live video). */
bool asset_change(struct db_conn *conn, int64_t owner_id, const struct uuid *uuid, const struct asset_change *change,
                  GError **error);

/* ---- going ---- */

/** Writes: into the trash, with its motion half. Already there: nothing. ERR_NOT_FOUND. */
bool asset_trash(struct db_conn *conn, int64_t owner_id, const struct uuid *uuid, GError **error);
bool asset_restore(struct db_conn *conn, int64_t owner_id, const struct uuid *uuid, GError **error);

/** Writes: deletes for good, trashed or not, with its motion half unless another still uses that: tombstone, row in
 *  `changes`, ledger items become skipped ("deleted"), blobs without reference doomed. @ret_browse_paths (may be NULL)
 *  collects paths below browse/ to unlink after the commit; the array's own free function is g_free. */
bool asset_delete(struct db_conn *conn, int64_t owner_id, const struct uuid *uuid, GPtrArray *ret_browse_paths,
                  GError **error);

/* Of many (asset_batches.c). Give at most ASSETS_BATCH in a transaction and go on in the next one: uploads wait for the
 * same writer. */
enum { ASSETS_BATCH = 500 };

/** ERR_NOT_FOUND where one of @ids is not this owner's, or is locked away and @with_locked does not say that such ones
 *  count. Reads. */
bool assets_check_owned(struct db_conn *conn, int64_t owner_id, bool with_locked, const struct uuid *ids, size_t n,
                        GError **error);

enum asset_move { MOVE_TO_TRASH, MOVE_OUT_OF_TRASH, MOVE_AWAY };
/** Writes: asset_trash(), asset_restore() or asset_delete() of each; those that are not there (any more) are passed
 * over.
 *  @ret_browse_paths as in asset_delete(). */
bool assets_move(struct db_conn *conn, int64_t owner_id, enum asset_move move, const struct uuid *ids, size_t n,
                 GPtrArray *ret_browse_paths, GError **error);

/** Writes: deletes for good what lies in the trash since before @before_us, at most @limit; of one owner or of all (0).
 *  There may be more where @ret_deleted equals @limit. @ret_ids (may be NULL) collects their struct uuid. */
bool assets_empty_trash(struct db_conn *conn, int64_t owner_id, int64_t before_us, unsigned limit,
                        GPtrArray *ret_browse_paths, GArray *ret_ids, unsigned *ret_deleted, GError **error);
/** Writes: takes up to @limit out of the owner's trash; @ret_ids as above. */
bool assets_restore_trash(struct db_conn *conn, int64_t owner_id, unsigned limit, GArray *ret_ids,
                          unsigned *ret_restored, GError **error);
/** Writes: deletes up to @limit of all that an owner has for good. */
bool assets_delete_owned(struct db_conn *conn, int64_t owner_id, unsigned limit, GPtrArray *ret_browse_paths,
                         unsigned *ret_deleted, GError **error);

/** Writes: removes a tombstone, if there is one. */
bool tombstone_drop(struct db_conn *conn, int64_t owner_id, const uint8_t sha1[SHA1_SIZE], GError **error);

/* ---- numbers ---- */

struct asset_filter {
    int64_t owner_id;      /* 0: everybody */
    unsigned visibilities; /* set of 1u << enum asset_visibility; 0: all */
    int is_favorite;       /* -1: both */
    int is_trashed;        /* -1: both */
};
struct asset_statistics {
    int64_t images, videos, total;
    int64_t image_bytes, video_bytes, total_bytes;
};
/** From maintained counters: a fraction of a millisecond also at a million assets. */
bool asset_statistics(struct db_conn *conn, const struct asset_filter *filter, struct asset_statistics *ret_statistics,
                      GError **error);
/** How many assets wait for the media worker, and how many failed (owner_id 0: everybody). */
bool asset_media_counts(struct db_conn *conn, int64_t owner_id, int64_t *ret_waiting, int64_t *ret_failed,
                        GError **error);
