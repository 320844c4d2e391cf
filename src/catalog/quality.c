/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "catalog/quality.h"

#include <string.h>

#include "base/clock.h"
#include "base/error.h"
#include "catalog/asset_private.h"
#include "catalog/blobs.h"
#include "db/db.h"

static const char *const names[] = {"original", "high"};
static const char *const asset_names[] = {"original", "waiting", "reduced", "kept"};
static const char no_device[] = "There is no such device.";
static const char no_asset[] = "There is no such photo or video.";

const char *quality_name(enum quality quality)
{
    return names[quality];
}

bool quality_parse(const char *name, enum quality *ret_quality)
{
    for (size_t i = 0; name && i < G_N_ELEMENTS(names); i++) {
        if (strcmp(name, names[i]) == 0) {
            *ret_quality = (enum quality)i;
            return true;
        }
    }
    return false;
}

const char *asset_quality_name(enum asset_quality quality)
{
    return asset_names[quality];
}

/* ---- who wants what ---- */

bool quality_of_account(struct db_conn *conn, int64_t owner_id, enum quality *ret_quality, GError **error)
{
    DB_ROWS struct db_rows *rows = db_query(conn, error, "SELECT quality FROM users WHERE id = ?1", "i", owner_id);
    if (!rows || !db_next_required(rows, error, "There is no such account."))
        return false;
    *ret_quality = (enum quality)db_int(rows, 0);
    return true;
}

bool quality_of_device(struct db_conn *conn, int64_t device_id, bool *ret_own, enum quality *ret_quality,
                       GError **error)
{
    GError *failure = NULL;
    DB_ROWS struct db_rows *rows =
        db_query(conn, error, "SELECT quality FROM devices WHERE id = ?1 AND quality IS NOT NULL", "i", device_id);
    if (!rows)
        return false;
    *ret_own = db_next(rows, &failure);
    if (*ret_own)
        *ret_quality = (enum quality)db_int(rows, 0);
    if (failure)
        g_propagate_error(error, failure);
    return !failure;
}

bool quality_in_force(struct db_conn *conn, int64_t owner_id, int64_t device_id, enum quality *ret_quality,
                      GError **error)
{
    bool is_own = false;
    if (device_id != 0 && !quality_of_device(conn, device_id, &is_own, ret_quality, error))
        return false;
    return is_own || quality_of_account(conn, owner_id, ret_quality, error);
}

bool quality_set_account(struct db_conn *conn, int64_t owner_id, enum quality quality, GError **error)
{
    return db_exec(conn, error, "UPDATE users SET quality = ?2 WHERE id = ?1", "ii", owner_id, (int64_t)quality) &&
           (db_changed(conn) > 0 || err_set(error, ERR_NOT_FOUND, "There is no such account."));
}

bool quality_set_device(struct db_conn *conn, int64_t owner_id, const struct uuid *device, const enum quality *quality,
                        GError **error)
{
    int64_t number = quality ? (int64_t)*quality : 0;
    return db_exec(conn, error, "UPDATE devices SET quality = ?3 WHERE owner_id = ?1 AND uuid = ?2", "ibI", owner_id,
                   device->bytes, sizeof device->bytes, quality ? &number : NULL) &&
           (db_changed(conn) > 0 || err_set(error, ERR_NOT_FOUND, no_device));
}

/* ---- limits ---- */

const struct quality_limits quality_high_limits = {75000000, 100000000, INT64_C(10000000000)};

static int64_t lower(int64_t a, int64_t b)
{
    return a == 0 || (b != 0 && b < a) ? b : a;
}

struct quality_limits quality_limits_for(enum quality quality, const struct quality_limits *administrator)
{
    struct quality_limits limits = *administrator;
    if (quality == QUALITY_HIGH) {
        limits.photo_bytes = lower(limits.photo_bytes, quality_high_limits.photo_bytes);
        limits.photo_pixels = lower(limits.photo_pixels, quality_high_limits.photo_pixels);
        limits.video_bytes = lower(limits.video_bytes, quality_high_limits.video_bytes);
    }
    return limits;
}

char *quality_limit_text(int64_t bytes)
{
    if (bytes % 1000000000 == 0)
        return g_strdup_printf("%" G_GINT64_FORMAT " GB", bytes / 1000000000);
    return bytes % 1000000 == 0 ? g_strdup_printf("%" G_GINT64_FORMAT " MB", bytes / 1000000)
                                : g_strdup_printf("%" G_GINT64_FORMAT " bytes", bytes);
}

bool quality_takes(const struct quality_limits *limits, bool is_video, int64_t size_bytes, char **ret_note)
{
    int64_t limit = is_video ? limits->video_bytes : limits->photo_bytes;
    if (limit == 0 || size_bytes <= limit)
        return true;
    *ret_note = quality_limit_text(limit);
    return false;
}

/* ---- what was done ---- */

void asset_reduction_clear(struct asset_reduction *reduction)
{
    g_free(reduction->note);
    *reduction = (struct asset_reduction){0};
}

bool asset_reduction_find(struct db_conn *conn, int64_t asset_id, struct asset_reduction *ret_reduction, GError **error)
{
    DB_ROWS struct db_rows *rows =
        db_query(conn, error, "SELECT quality, quality_note, original_bytes, original_sha256 FROM assets WHERE id = ?1",
                 "i", asset_id);
    if (!rows || !db_next_required(rows, error, no_asset))
        return false;
    struct asset_reduction found = {
        .quality = (enum asset_quality)db_int(rows, 0),
        .note = g_strdup(db_text(rows, 1)),
        .original_bytes = db_int(rows, 2),
    };
    found.has_original_sha256 = db_blob_exact(rows, 3, found.original_sha256, SHA256_SIZE);
    *ret_reduction = found;
    return true;
}

/* The asset is of another blob now: what an earlier reading said of its items is that of the new one. */
static bool renew_items(struct db_conn *conn, int64_t asset_id, GError **error)
{
    return db_exec(conn, error,
                   "UPDATE ledger_items SET verify = b.verify, verified_us = b.verified_us FROM assets a JOIN blobs b"
                   " ON b.id = a.blob_id WHERE a.id = ?1 AND ledger_items.asset_id = ?1 AND ledger_items.state = 4",
                   "i", asset_id);
}

static bool find_blob(struct db_conn *conn, int64_t asset_id, int64_t *ret_blob_id, int64_t *ret_quality,
                      GError **error)
{
    DB_ROWS struct db_rows *rows =
        db_query(conn, error, "SELECT blob_id, quality FROM assets WHERE id = ?1", "i", asset_id);
    if (!rows || !db_next_required(rows, error, no_asset))
        return false;
    *ret_blob_id = db_int(rows, 0);
    *ret_quality = db_int(rows, 1);
    return true;
}

bool asset_reduce(struct db_conn *conn, const struct asset_reduced *reduced, GError **error)
{
    int64_t old_blob, quality, blob_id, change_id;
    int64_t width = reduced->width_px, height = reduced->height_px;
    if (!find_blob(conn, reduced->asset_id, &old_blob, &quality, error))
        return false;
    if (old_blob != reduced->blob_id || quality != ASSET_TO_REDUCE)
        return err_set(error, ERR_CONFLICT, "The photo or video has changed meanwhile.");
    if (!blobs_add(conn, &reduced->digest, &blob_id, error) || !db_change_id(conn, &change_id, error))
        return false;
    const struct blob_result result = {blob_id, BLOB_OK, reduced->verified_us};
    if (!blobs_record_verified(conn, &result, 1, error))
        return false;
    return db_exec(conn, error,
                   "UPDATE assets SET blob_id = ?2, size_bytes = ?3, reduced_sha1 = ?4, original_bytes = size_bytes,"
                   " original_sha256 = (SELECT sha256 FROM blobs WHERE id = ?5), quality = ?6, quality_note = ?7,"
                   " width_px = coalesce(?8, width_px), height_px = coalesce(?9, height_px), updated_us = ?10,"
                   " update_id = ?11 WHERE id = ?1",
                   "iiibiitIIii", reduced->asset_id, blob_id, reduced->digest.size_bytes, reduced->digest.sha1,
                   (size_t)SHA1_SIZE, old_blob, (int64_t)ASSET_REDUCED, reduced->note, width > 0 ? &width : NULL,
                   height > 0 ? &height : NULL, clock_now_us(), change_id) &&
           db_exec(conn, error, "UPDATE exif SET update_id = ?2 WHERE asset_id = ?1", "ii", reduced->asset_id,
                   change_id) &&
           renew_items(conn, reduced->asset_id, error) && asset_doom_blob(conn, old_blob, error);
}

bool asset_keep(struct db_conn *conn, int64_t asset_id, const char *note, GError **error)
{
    return db_exec(conn, error, "UPDATE assets SET quality = ?2, quality_note = ?3 WHERE id = ?1 AND quality = ?4",
                   "iiti", asset_id, (int64_t)ASSET_KEPT, note, (int64_t)ASSET_TO_REDUCE);
}

bool asset_replace_lost(struct db_conn *conn, int64_t asset_id, const struct blob_digest *digest, const char *note,
                        GError **error)
{
    int64_t old_blob, quality, blob_id, change_id;
    if (!find_blob(conn, asset_id, &old_blob, &quality, error) || !blobs_add(conn, digest, &blob_id, error) ||
        !db_change_id(conn, &change_id, error))
        return false;
    return db_exec(conn, error,
                   "UPDATE assets SET blob_id = ?2, size_bytes = ?3, updated_us = ?4, update_id = ?5,"
                   " reduced_sha1 = CASE WHEN sha1 = ?6 THEN NULL ELSE ?6 END,"
                   " original_bytes = CASE WHEN sha1 = ?6 THEN NULL ELSE coalesce(original_bytes, size_bytes) END,"
                   " original_sha256 = CASE WHEN sha1 = ?6 THEN NULL ELSE original_sha256 END,"
                   " quality = CASE WHEN sha1 = ?6 THEN ?7 ELSE ?8 END,"
                   " quality_note = CASE WHEN sha1 = ?6 THEN NULL ELSE ?9 END WHERE id = ?1",
                   "iiiiibiit", asset_id, blob_id, digest->size_bytes, clock_now_us(), change_id, digest->sha1,
                   (size_t)SHA1_SIZE, (int64_t)ASSET_TO_REDUCE, (int64_t)ASSET_REDUCED, note) &&
           renew_items(conn, asset_id, error) && (old_blob == blob_id || asset_doom_blob(conn, old_blob, error));
}

bool quality_saved(struct db_conn *conn, int64_t owner_id, int64_t device_id, struct quality_saved *ret_saved,
                   GError **error)
{
    DB_ROWS struct db_rows *rows = db_query(conn, error,
                                            "SELECT coalesce(sum(files), 0), coalesce(sum(bytes), 0) FROM quality_saved"
                                            " WHERE owner_id = ?1 AND (?2 = 0 OR device_id = ?2)",
                                            "ii", owner_id, device_id);
    if (!rows || !db_next_required(rows, error, "The database answers nothing."))
        return false;
    *ret_saved = (struct quality_saved){db_int(rows, 0), db_int(rows, 1)};
    return true;
}
