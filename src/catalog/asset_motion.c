/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Motion photos: the video inside of a photo's own file, which clients know as a hidden asset of its own. */
#include <string.h>

#include "base/error.h"
#include "catalog/asset_private.h"
#include "catalog/assets.h"
#include "db/db.h"

bool asset_motion_apply(struct db_conn *conn, int64_t asset_id, const struct media_facts *facts, GError **error)
{
    if (facts->motion_bytes <= 0)
        return db_exec(conn, error, "DELETE FROM motion_parts WHERE asset_id = ?1", "i", asset_id);
    struct uuid uuid = uuid_v4();
    return db_exec(conn, error,
                   "INSERT INTO motion_parts (asset_id, uuid, offset_bytes, size_bytes) VALUES (?1, ?2, ?3, ?4)"
                   " ON CONFLICT (asset_id) DO UPDATE SET offset_bytes = excluded.offset_bytes,"
                   " size_bytes = excluded.size_bytes",
                   "ibii", asset_id, uuid.bytes, sizeof uuid.bytes, facts->motion_offset, facts->motion_bytes);
}

char *motion_file_name(const char *file_name)
{
    const char *dot = strrchr(file_name, '.');
    int length = dot && dot != file_name ? (int)(dot - file_name) : (int)strlen(file_name);
    return g_strdup_printf("%.*s.mp4", length, file_name);
}

static bool photo_of(struct db_conn *conn, int64_t owner_id, const struct uuid *part, struct uuid *ret_photo,
                     GError **error)
{
    DB_ROWS struct db_rows *rows = db_query(
        conn, error,
        "SELECT a.uuid FROM motion_parts m JOIN assets a ON a.id = m.asset_id WHERE m.uuid = ?1 AND a.owner_id = ?2",
        "bi", part->bytes, sizeof part->bytes, owner_id);
    if (!rows || !db_next_required(rows, error, "There is no such photo or video."))
        return false;
    db_blob_exact(rows, 0, ret_photo->bytes, sizeof ret_photo->bytes);
    return true;
}

/* Hidden, unless its photo is under lock. */
static enum asset_visibility visibility_of(enum asset_visibility photo)
{
    return photo == ASSET_LOCKED ? ASSET_LOCKED : ASSET_HIDDEN;
}

static void replace_text(char **text, char *by)
{
    g_free(*text);
    *text = by;
}

bool asset_find_motion(struct db_conn *conn, int64_t owner_id, const struct uuid *part, struct asset *ret_asset,
                       GError **error)
{
    struct uuid photo;
    struct asset asset = {0};
    if (!photo_of(conn, owner_id, part, &photo, error) || !asset_find(conn, owner_id, &photo, &asset, error))
        return false;
    asset.uuid = *part;
    asset.type = ASSET_VIDEO;
    asset.visibility = visibility_of(asset.visibility);
    asset.is_favorite = false;
    asset.digest.size_bytes = asset.motion_bytes;
    asset.has_motion = asset.has_live_video = asset.has_stack = false;
    g_clear_pointer(&asset.tags, g_ptr_array_unref);
    replace_text(&asset.file_name, motion_file_name(asset.file_name));
    replace_text(&asset.mime_type, g_strdup(MOTION_MIME));
    replace_text(&asset.browse_path, NULL);
    *ret_asset = asset;
    return true;
}

bool asset_find_motion_file(struct db_conn *conn, int64_t owner_id, const struct uuid *uuid,
                            struct asset_file *ret_file, GError **error)
{
    DB_ROWS struct db_rows *rows =
        db_query(conn, error,
                 "SELECT a.id, b.sha256, m.size_bytes, a.file_name, a.modified_us, a.media_state, m.offset_bytes,"
                 " a.visibility"
                 " FROM assets a JOIN motion_parts m ON m.asset_id = a.id JOIN blobs b ON b.id = a.blob_id"
                 " WHERE a.owner_id = ?2 AND a.id IN (SELECT asset_id FROM motion_parts WHERE uuid = ?1"
                 " UNION ALL SELECT id FROM assets WHERE uuid = ?1)",
                 "bi", uuid->bytes, sizeof uuid->bytes, owner_id);
    if (!rows || !db_next_required(rows, error, "There is no such photo or video."))
        return false;
    struct asset_file file = {
        .id = db_int(rows, 0),
        .size_bytes = db_int(rows, 2),
        .file_name = motion_file_name(db_text(rows, 3)),
        .mime_type = g_strdup(MOTION_MIME),
        .modified_us = db_int(rows, 4),
        .type = ASSET_VIDEO,
        .media_state = (enum media_state)db_int(rows, 5),
        .visibility = visibility_of((enum asset_visibility)db_int(rows, 7)),
        .is_motion_part = true,
        .offset_bytes = db_int(rows, 6),
    };
    db_blob_exact(rows, 1, file.blob.sha256, SHA256_SIZE);
    *ret_file = file;
    return true;
}
