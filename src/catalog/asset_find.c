/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Assets: looking at them, and their numbers. */
#include <string.h>

#include "base/error.h"
#include "catalog/asset_private.h"
#include "catalog/assets.h"
#include "catalog/tags.h"
#include "db/db.h"

static const char missing[] = "There is no such photo or video.";

/* Order matters: read_asset() and read_exif() count the columns. */
#define ASSET_COLUMNS                                                                                                  \
    "a.id, a.uuid, a.owner_id, u.uuid, a.blob_id, b.sha256, a.sha1, b.size_bytes, s.sha256, coalesce(a.device_id, 0)," \
    " a.file_name, a.mime_type, a.type, a.visibility, a.is_favorite, a.trashed_us, a.taken_us, a.local_us,"            \
    " a.modified_us, a.uploaded_us, a.updated_us, a.date_source, a.width_px, a.height_px, a.duration_ms, a.thumbhash," \
    " v.uuid, a.media_state, a.media_reason, a.browse_path, b.stored_us, b.verify, b.verified_us, a.create_id,"        \
    " a.update_id, a.projection"
enum { ASSET_N_COLUMNS = 36 };
#define EXIF_COLUMNS                                                                                                   \
    ", e.description, e.raw_width_px, e.raw_height_px, e.orientation, e.has_taken, e.modified_us, e.time_zone,"        \
    " e.latitude, e.longitude, e.altitude_m, e.city, e.state, e.country, e.make, e.model, e.lens, e.f_number,"         \
    " e.focal_length_mm, e.iso, e.exposure_time, e.profile, e.live_id, e.is_motion_photo, e.fps, e.rating"
enum { EXIF_N_COLUMNS = 25 };
#define MOTION_COLUMNS ", m.uuid, m.offset_bytes, m.size_bytes"
enum { MOTION_N_COLUMNS = 3 };
#define STACK_COLUMNS                                                                                                  \
    ", k.uuid, p.uuid, (SELECT count(*) FROM assets o WHERE o.stack_id = a.stack_id AND NOT o.is_trashed),"            \
    " EXISTS (SELECT 1 FROM tag_assets t WHERE t.asset_id = a.id)"
#define FROM                                                                                                           \
    " FROM assets a JOIN users u ON u.id = a.owner_id JOIN blobs b ON b.id = a.blob_id JOIN exif e ON e.asset_id = "   \
    "a.id"                                                                                                             \
    " LEFT JOIN blobs s ON s.id = a.sidecar_blob_id LEFT JOIN assets v ON v.id = a.live_video_id"                      \
    " LEFT JOIN motion_parts m ON m.asset_id = a.id LEFT JOIN stacks k ON k.id = a.stack_id"                           \
    " LEFT JOIN assets p ON p.id = k.primary_asset_id"
#define SELECT "SELECT " ASSET_COLUMNS EXIF_COLUMNS MOTION_COLUMNS STACK_COLUMNS FROM

static void exif_clear(struct asset_exif *exif)
{
    char **const texts[] = {&exif->description, &exif->time_zone, &exif->projection,    &exif->city,
                            &exif->state,       &exif->country,   &exif->make,          &exif->model,
                            &exif->lens,        &exif->profile,   &exif->exposure_time, &exif->live_id};
    for (size_t i = 0; i < G_N_ELEMENTS(texts); i++)
        g_free(*texts[i]);
}

void asset_clear(struct asset *asset)
{
    exif_clear(&asset->exif);
    g_free(asset->file_name);
    g_free(asset->mime_type);
    g_free(asset->media_reason);
    g_free(asset->browse_path);
    g_clear_pointer(&asset->tags, g_ptr_array_unref);
    *asset = (struct asset){0};
}

void asset_clear_metadata(struct asset *asset)
{
    exif_clear(&asset->exif);
    asset->exif = (struct asset_exif){0};
    g_free(asset->file_name);
    asset->file_name = g_strdup("");
    asset->taken_us = asset->local_us = asset->modified_us = asset->uploaded_us = asset->updated_us = 0;
}

static void read_exif(struct db_rows *rows, struct asset_exif *exif)
{
    int at = ASSET_N_COLUMNS;
    exif->projection = g_strdup(db_text(rows, at - 1));
    exif->description = g_strdup(db_text(rows, at));
    exif->raw_width_px = (int)db_int(rows, at + 1);
    exif->raw_height_px = (int)db_int(rows, at + 2);
    exif->orientation = (int)db_int(rows, at + 3);
    exif->has_taken = db_int(rows, at + 4);
    exif->has_modified = !db_is_null(rows, at + 5);
    exif->modified_us = db_int(rows, at + 5);
    exif->time_zone = g_strdup(db_text(rows, at + 6));
    exif->has_position = !db_is_null(rows, at + 7);
    exif->latitude = db_double(rows, at + 7);
    exif->longitude = db_double(rows, at + 8);
    exif->has_altitude = !db_is_null(rows, at + 9);
    exif->altitude_m = db_double(rows, at + 9);
    exif->city = g_strdup(db_text(rows, at + 10));
    exif->state = g_strdup(db_text(rows, at + 11));
    exif->country = g_strdup(db_text(rows, at + 12));
    exif->make = g_strdup(db_text(rows, at + 13));
    exif->model = g_strdup(db_text(rows, at + 14));
    exif->lens = g_strdup(db_text(rows, at + 15));
    exif->f_number = db_double(rows, at + 16);
    exif->focal_length_mm = db_double(rows, at + 17);
    exif->iso = (int)db_int(rows, at + 18);
    exif->exposure_time = g_strdup(db_text(rows, at + 19));
    exif->profile = g_strdup(db_text(rows, at + 20));
    exif->live_id = g_strdup(db_text(rows, at + 21));
    exif->is_motion_photo = db_int(rows, at + 22);
    exif->fps = db_double(rows, at + 23);
    exif->has_rating = !db_is_null(rows, at + 24);
    exif->rating = (int)db_int(rows, at + 24);
}

static void read_thumbhash(struct db_rows *rows, int column, struct asset *asset)
{
    size_t size = 0;
    const void *bytes = db_blob(rows, column, &size);
    if (!bytes || size > sizeof asset->thumbhash)
        return;
    memcpy(asset->thumbhash, bytes, size);
    asset->thumbhash_size = size;
}

static void read_motion(struct db_rows *rows, struct asset *asset)
{
    int at = ASSET_N_COLUMNS + EXIF_N_COLUMNS;
    asset->has_motion = db_blob_exact(rows, at, asset->motion.bytes, sizeof asset->motion.bytes);
    asset->motion_offset = db_int(rows, at + 1);
    asset->motion_bytes = db_int(rows, at + 2);
}

static bool read_stack_and_tags(struct db_conn *conn, struct db_rows *rows, struct asset *asset, GError **error)
{
    int at = ASSET_N_COLUMNS + EXIF_N_COLUMNS + MOTION_N_COLUMNS;
    asset->has_stack = db_blob_exact(rows, at, asset->stack.bytes, sizeof asset->stack.bytes) &&
                       db_blob_exact(rows, at + 1, asset->stack_primary.bytes, sizeof asset->stack_primary.bytes);
    asset->stack_size = db_int(rows, at + 2);
    if (db_int(rows, at + 3))
        asset->tags = tags_of_asset(conn, asset->id, error);
    return asset->tags || !db_int(rows, at + 3);
}

static bool read_asset(struct db_conn *conn, struct db_rows *rows, struct asset *ret_asset, GError **error)
{
    ASSET_AUTO struct asset asset = {
        .id = db_int(rows, 0),
        .owner_id = db_int(rows, 2),
        .blob_id = db_int(rows, 4),
        .device_id = db_int(rows, 9),
        .file_name = g_strdup(db_text(rows, 10)),
        .mime_type = g_strdup(db_text(rows, 11)),
        .type = (enum asset_type)db_int(rows, 12),
        .visibility = (enum asset_visibility)db_int(rows, 13),
        .is_favorite = db_int(rows, 14),
        .is_trashed = !db_is_null(rows, 15),
        .trashed_us = db_int(rows, 15),
        .taken_us = db_int(rows, 16),
        .local_us = db_int(rows, 17),
        .modified_us = db_int(rows, 18),
        .uploaded_us = db_int(rows, 19),
        .updated_us = db_int(rows, 20),
        .date_source = g_intern_string(db_text(rows, 21)),
        .width_px = (int)db_int(rows, 22),
        .height_px = (int)db_int(rows, 23),
        .duration_ms = db_int(rows, 24),
        .media_state = (enum media_state)db_int(rows, 27),
        .media_reason = g_strdup(db_text(rows, 28)),
        .browse_path = g_strdup(db_text(rows, 29)),
        .stored_us = db_int(rows, 30),
        .verify = (int)db_int(rows, 31),
        .verified_us = db_int(rows, 32),
        .create_id = db_int(rows, 33),
        .update_id = db_int(rows, 34),
    };
    db_blob_exact(rows, 1, asset.uuid.bytes, sizeof asset.uuid.bytes);
    db_blob_exact(rows, 3, asset.owner_uuid.bytes, sizeof asset.owner_uuid.bytes);
    db_blob_exact(rows, 5, asset.digest.id.sha256, SHA256_SIZE);
    db_blob_exact(rows, 6, asset.digest.sha1, SHA1_SIZE);
    asset.digest.size_bytes = db_int(rows, 7);
    asset.has_sidecar = db_blob_exact(rows, 8, asset.sidecar.sha256, SHA256_SIZE);
    asset.has_live_video = db_blob_exact(rows, 26, asset.live_video.bytes, sizeof asset.live_video.bytes);
    read_thumbhash(rows, 25, &asset);
    read_exif(rows, &asset.exif);
    read_motion(rows, &asset);
    if (!read_stack_and_tags(conn, rows, &asset, error))
        return false;
    *ret_asset = asset;
    asset = (struct asset){0};
    return true;
}

bool asset_find(struct db_conn *conn, int64_t owner_id, const struct uuid *uuid, struct asset *ret_asset,
                GError **error)
{
    DB_ROWS struct db_rows *rows = db_query(conn, error, SELECT " WHERE a.uuid = ?1 AND a.owner_id = ?2", "bi",
                                            uuid->bytes, sizeof uuid->bytes, owner_id);
    return rows && db_next_required(rows, error, missing) && read_asset(conn, rows, ret_asset, error);
}

bool asset_find_id(struct db_conn *conn, int64_t id, struct asset *ret_asset, GError **error)
{
    DB_ROWS struct db_rows *rows = db_query(conn, error, SELECT " WHERE a.id = ?1", "i", id);
    return rows && db_next_required(rows, error, missing) && read_asset(conn, rows, ret_asset, error);
}

void asset_file_clear(struct asset_file *file)
{
    g_free(file->file_name);
    g_free(file->mime_type);
    *file = (struct asset_file){0};
}

bool asset_find_file(struct db_conn *conn, int64_t owner_id, const struct uuid *uuid, struct asset_file *ret_file,
                     GError **error)
{
    DB_ROWS struct db_rows *rows =
        db_query(conn, error,
                 "SELECT a.id, b.sha256, a.size_bytes, a.file_name, a.mime_type, a.modified_us, a.type, a.media_state,"
                 " a.visibility FROM assets a JOIN blobs b ON b.id = a.blob_id WHERE a.uuid = ?1 AND a.owner_id = ?2",
                 "bi", uuid->bytes, sizeof uuid->bytes, owner_id);
    GError *failure = NULL;
    if (!rows)
        return false;
    if (!db_next(rows, &failure)) {
        if (!failure)
            return asset_find_motion_file(conn, owner_id, uuid, ret_file, error);
        g_propagate_error(error, failure);
        return false;
    }
    struct asset_file file = {
        .id = db_int(rows, 0),
        .size_bytes = db_int(rows, 2),
        .file_name = g_strdup(db_text(rows, 3)),
        .mime_type = g_strdup(db_text(rows, 4)),
        .modified_us = db_int(rows, 5),
        .type = (enum asset_type)db_int(rows, 6),
        .media_state = (enum media_state)db_int(rows, 7),
        .visibility = (enum asset_visibility)db_int(rows, 8),
    };
    db_blob_exact(rows, 1, file.blob.sha256, SHA256_SIZE);
    *ret_file = file;
    return true;
}

bool assets_page(struct db_conn *conn, int64_t owner_id, int64_t after_id, unsigned limit, assets_each *each,
                 void *data, GError **error)
{
    /* By row id in both cases: the unary plus keeps SQLite from reading an owner's assets in the order of an index. */
    static const char all[] = SELECT " WHERE a.id > ?1 AND ?2 = 0 ORDER BY a.id LIMIT ?3";
    static const char one[] = SELECT " WHERE a.id > ?1 AND +a.owner_id = ?2 ORDER BY a.id LIMIT ?3";
    DB_ROWS struct db_rows *rows =
        db_query(conn, error, owner_id ? one : all, "iii", after_id, owner_id, (int64_t)limit);
    if (!rows)
        return false;
    GError *failure = NULL;
    for (bool more = true; more && db_next(rows, &failure);) {
        ASSET_AUTO struct asset asset = {0};
        more = read_asset(conn, rows, &asset, &failure) && each(&asset, data);
    }
    if (failure)
        g_propagate_error(error, failure);
    return !failure;
}

/* ---- numbers ---- */

bool asset_statistics(struct db_conn *conn, const struct asset_filter *filter, struct asset_statistics *ret_statistics,
                      GError **error)
{
    DB_ROWS struct db_rows *rows = db_query(
        conn, error,
        "SELECT type, sum(assets), sum(bytes) FROM timeline_months WHERE basis = 0 AND (?1 = 0 OR owner_id = ?1)"
        " AND (?2 = 0 OR ((?2 >> visibility) & 1)) AND (?3 < 0 OR is_favorite = ?3) AND (?4 < 0 OR is_trashed = ?4)"
        " GROUP BY type",
        "iiii", filter->owner_id, (int64_t)filter->visibilities, (int64_t)filter->is_favorite,
        (int64_t)filter->is_trashed);
    if (!rows)
        return false;
    struct asset_statistics statistics = {0};
    GError *failure = NULL;
    while (db_next(rows, &failure)) {
        int64_t assets = db_int(rows, 1), bytes = db_int(rows, 2);
        if (db_int(rows, 0) == ASSET_IMAGE) {
            statistics.images = assets;
            statistics.image_bytes = bytes;
        } else if (db_int(rows, 0) == ASSET_VIDEO) {
            statistics.videos = assets;
            statistics.video_bytes = bytes;
        }
        statistics.total += assets;
        statistics.total_bytes += bytes;
    }
    if (failure) {
        g_propagate_error(error, failure);
        return false;
    }
    *ret_statistics = statistics;
    return true;
}

bool asset_media_counts(struct db_conn *conn, int64_t owner_id, int64_t *ret_waiting, int64_t *ret_failed,
                        GError **error)
{
    DB_ROWS struct db_rows *rows =
        db_query(conn, error,
                 "SELECT count(*) FILTER (WHERE media_state = 0), count(*) FILTER (WHERE media_state = 2) FROM assets"
                 " WHERE media_state <> 1 AND (?1 = 0 OR owner_id = ?1)",
                 "i", owner_id);
    if (!rows || !db_next_required(rows, error, "The database answers nothing."))
        return false;
    *ret_waiting = db_int(rows, 0);
    *ret_failed = db_int(rows, 1);
    return true;
}
