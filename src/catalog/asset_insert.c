/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Assets: coming in, and the words of their enums. */
#include <string.h>

#include "base/clock.h"
#include "base/error.h"
#include "catalog/asset_private.h"
#include "catalog/asset_words.h"
#include "catalog/assets.h"
#include "catalog/blobs.h"
#include "catalog/stacks.h"
#include "db/db.h"

static const char *const type_names[] = {"IMAGE", "VIDEO", "AUDIO", "OTHER"};
static const char *const visibility_names[] = {"timeline", "archive", "hidden", "locked"};
static const char *const media_state_names[] = {"waiting", "ready", "failed"};

const char *asset_type_name(enum asset_type type)
{
    return type_names[type];
}

const char *asset_visibility_name(enum asset_visibility visibility)
{
    return visibility_names[visibility];
}

bool asset_visibility_parse(const char *name, enum asset_visibility *ret_visibility)
{
    for (size_t i = 0; name && i < G_N_ELEMENTS(visibility_names); i++) {
        if (strcmp(name, visibility_names[i]) == 0) {
            *ret_visibility = (enum asset_visibility)i;
            return true;
        }
    }
    return false;
}

const char *media_state_name(enum media_state state)
{
    return media_state_names[state];
}

int64_t asset_clamp_time(int64_t us)
{
    /* 0001-01-01 … 9999-12-31: beyond it a month has no name. */
    return CLAMP(us, INT64_C(-62135596800000000), INT64_C(253402300799999999));
}

bool asset_live_video(struct db_conn *conn, int64_t owner_id, const struct uuid *uuid, int64_t *ret_id, GError **error)
{
    DB_ROWS struct db_rows *rows =
        db_query(conn, error, "SELECT id FROM assets WHERE uuid = ?1 AND owner_id = ?2 AND type = ?3", "bii",
                 uuid->bytes, sizeof uuid->bytes, owner_id, (int64_t)ASSET_VIDEO);
    GError *failure = NULL;
    if (!rows)
        return false;
    if (db_next(rows, &failure)) {
        *ret_id = db_int(rows, 0);
        return true;
    }
    if (failure)
        g_propagate_error(error, failure);
    else
        err_set(error, ERR_INVALID, "The motion half of the live photo is no video of this user.");
    return false;
}

bool asset_hide(struct db_conn *conn, int64_t id, GError **error)
{
    int64_t change_id;
    return stacks_leave(conn, id, error) && db_change_id(conn, &change_id, error) &&
           db_exec(conn, error,
                   "UPDATE assets SET visibility = ?2, updated_us = ?3, update_id = ?4 WHERE id = ?1 AND visibility IN "
                   "(0, 1)",
                   "iiii", id, (int64_t)ASSET_HIDDEN, clock_now_us(), change_id);
}

/* The rows that an asset needs before its own. */
struct parts {
    int64_t blob_id;
    int64_t sidecar_id; /* 0: none */
    int64_t live_id;    /* 0: none */
    int64_t change_id;
};

static bool make_parts(struct db_conn *conn, const struct asset_new *asset, struct parts *parts, GError **error)
{
    if (!blobs_add(conn, &asset->digest, &parts->blob_id, error))
        return false;
    if (asset->sidecar && !blobs_add(conn, asset->sidecar, &parts->sidecar_id, error))
        return false;
    if (asset->live_video && !asset_live_video(conn, asset->owner_id, asset->live_video, &parts->live_id, error))
        return false;
    return db_change_id(conn, &parts->change_id, error);
}

/* The hash by which phones and clients know the file. */
static const uint8_t *asset_sha1(const struct asset_new *asset)
{
    return asset->original_sha1 ? asset->original_sha1 : asset->digest.sha1;
}

/* A program that knows no more than the file's own time sends it as both. */
static const char *first_source(const struct asset_new *asset)
{
    return asset->taken_us == asset->modified_us ? DATE_SOURCE_FILE_TIME : DATE_SOURCE_CLIENT;
}

static bool insert_asset(struct db_conn *conn, const struct asset_new *asset, const struct parts *parts,
                         const struct uuid *uuid, int64_t *ret_id, GError **error)
{
    static const char sql[] =
        "INSERT INTO assets (uuid, owner_id, blob_id, sidecar_blob_id, device_id, sha1, size_bytes, file_name, "
        "mime_type,"
        " type, visibility, is_favorite, taken_us, local_us, modified_us, uploaded_us, updated_us, date_source,"
        " create_id, update_id, quality, quality_note, original_bytes, reduced_sha1)"
        " VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?13, ?14, ?15, ?15, ?16, ?17, ?17, ?18,"
        " ?19, ?20, ?21)"
        " RETURNING id";
    DB_ROWS struct db_rows *rows = db_query(
        conn, error, sql, "biiIIbittiiiiiitiitIb", uuid->bytes, sizeof uuid->bytes, asset->owner_id, parts->blob_id,
        parts->sidecar_id ? &parts->sidecar_id : NULL, asset->device_id ? &asset->device_id : NULL, asset_sha1(asset),
        (size_t)SHA1_SIZE, asset->digest.size_bytes, asset->file_name, asset->mime_type, (int64_t)asset->type,
        (int64_t)asset->visibility, (int64_t)asset->is_favorite, asset_clamp_time(asset->taken_us),
        asset_clamp_time(asset->modified_us), clock_now_us(), first_source(asset), parts->change_id,
        (int64_t)asset->quality, asset->quality_note, asset->original_sha1 ? &asset->original_bytes : NULL,
        asset->original_sha1 ? asset->digest.sha1 : NULL, (size_t)SHA1_SIZE);
    if (!rows || !db_next_required(rows, error, "The asset was not written."))
        return false;
    *ret_id = db_int(rows, 0);
    return true;
}

bool asset_insert(struct db_conn *conn, const struct asset_new *asset, struct asset_made *ret_made, GError **error)
{
    struct parts parts = {0};
    struct asset_made made = {.uuid = uuid_v4()};
    if (!make_parts(conn, asset, &parts, error) || !insert_asset(conn, asset, &parts, &made.uuid, &made.id, error) ||
        !db_exec(conn, error, "INSERT INTO exif (asset_id, owner_id, create_id, update_id) VALUES (?1, ?2, ?3, ?3)",
                 "iii", made.id, asset->owner_id, parts.change_id) ||
        !asset_words_in(conn, made.id, error) || !tombstone_drop(conn, asset->owner_id, asset_sha1(asset), error) ||
        (parts.live_id && !asset_claim(conn, made.id, parts.live_id, error)))
        return false;
    *ret_made = made;
    return true;
}

static bool sidecar_of(struct db_conn *conn, int64_t asset_id, int64_t *ret_blob_id, GError **error)
{
    DB_ROWS struct db_rows *rows =
        db_query(conn, error, "SELECT coalesce(sidecar_blob_id, 0) FROM assets WHERE id = ?1", "i", asset_id);
    if (!rows || !db_next_required(rows, error, "There is no such photo or video."))
        return false;
    *ret_blob_id = db_int(rows, 0);
    return true;
}

bool asset_set_sidecar(struct db_conn *conn, int64_t asset_id, const struct blob_digest *sidecar, bool *ret_changed,
                       GError **error)
{
    int64_t old_id, new_id, change_id;
    if (!sidecar_of(conn, asset_id, &old_id, error) || !blobs_add(conn, sidecar, &new_id, error))
        return false;
    *ret_changed = new_id != old_id;
    if (new_id == old_id)
        return true;
    return db_change_id(conn, &change_id, error) &&
           db_exec(conn, error, "UPDATE assets SET sidecar_blob_id = ?2, updated_us = ?3, update_id = ?4 WHERE id = ?1",
                   "iiii", asset_id, new_id, clock_now_us(), change_id) &&
           asset_doom_blob(conn, old_id, error);
}

static bool known_tombstone(struct db_conn *conn, int64_t owner_id, const uint8_t sha1[SHA1_SIZE],
                            struct asset_known *known, GError **error)
{
    DB_ROWS struct db_rows *rows =
        db_query(conn, error, "SELECT uuid FROM tombstones WHERE owner_id = ?1 AND sha1 = ?2", "ib", owner_id, sha1,
                 (size_t)SHA1_SIZE);
    GError *failure = NULL;
    if (!rows)
        return false;
    if (db_next(rows, &failure)) {
        known->as = ASSET_TOMBSTONE;
        db_blob_exact(rows, 0, known->uuid.bytes, sizeof known->uuid.bytes);
    }
    if (failure)
        g_propagate_error(error, failure);
    return !failure;
}

bool asset_known(struct db_conn *conn, int64_t owner_id, const uint8_t sha1[SHA1_SIZE], struct asset_known *ret_known,
                 GError **error)
{
    struct asset_known known = {.as = ASSET_UNKNOWN};
    GError *failure = NULL;
    {
        DB_ROWS struct db_rows *rows =
            db_query(conn, error,
                     "SELECT a.id, a.uuid, a.is_trashed, b.verify FROM assets a JOIN blobs b ON b.id = a.blob_id"
                     " WHERE a.id = coalesce((SELECT id FROM assets WHERE owner_id = ?1 AND sha1 = ?2),"
                     " (SELECT id FROM assets WHERE owner_id = ?1 AND reduced_sha1 = ?2 LIMIT 1))",
                     "ib", owner_id, sha1, (size_t)SHA1_SIZE);
        if (!rows)
            return false;
        if (db_next(rows, &failure)) {
            known.as = ASSET_PRESENT;
            known.id = db_int(rows, 0);
            known.is_trashed = db_int(rows, 2);
            known.verify = (int)db_int(rows, 3);
            db_blob_exact(rows, 1, known.uuid.bytes, sizeof known.uuid.bytes);
        }
    }
    if (failure) {
        g_propagate_error(error, failure);
        return false;
    }
    if (known.as == ASSET_UNKNOWN && !known_tombstone(conn, owner_id, sha1, &known, error))
        return false;
    *ret_known = known;
    return true;
}

bool tombstone_drop(struct db_conn *conn, int64_t owner_id, const uint8_t sha1[SHA1_SIZE], GError **error)
{
    return db_exec(conn, error, "DELETE FROM tombstones WHERE owner_id = ?1 AND sha1 = ?2", "ib", owner_id, sha1,
                   (size_t)SHA1_SIZE);
}
