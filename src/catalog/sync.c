/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "catalog/sync.h"

#include "db/db.h"

#define USER_COLUMNS                                                                                                   \
    "update_id, uuid, name, email, avatar_color, profile_changed_us, is_admin, storage_label, quota_bytes,"            \
    " usage_bytes, preferences, removed_us, has_profile_image, is_onboarded"

/* Every statement takes the owner as ?1 and the checkpoint as ?2, and starts with the change id. */
static const char *const statements[SYNC_N_PARTS] = {
    [SYNC_OWN_USER] = "SELECT " USER_COLUMNS " FROM users WHERE id = ?1 AND update_id > ?2",
    [SYNC_USERS] =
        "SELECT " USER_COLUMNS " FROM users WHERE ?1 = ?1 AND update_id > ?2 AND deleted_us IS NULL ORDER BY update_id",
    [SYNC_GONE_USERS] = "SELECT id, key1 FROM changes WHERE ?1 = ?1 AND entity = 'user' AND id > ?2 ORDER BY id",
    [SYNC_GONE_ASSETS] =
        "SELECT id, key1 FROM changes WHERE owner_id = ?1 AND entity = 'asset' AND id > ?2 ORDER BY id",
    [SYNC_ASSETS] = "SELECT a.update_id, a.uuid, a.file_name, a.type, a.visibility, a.sha1, a.thumbhash, a.taken_us,"
                    " a.local_us, a.modified_us, a.uploaded_us, a.duration_ms, a.width_px, a.height_px, a.is_favorite,"
                    " a.trashed_us, a.live_uuid FROM assets a"
                    " WHERE a.owner_id = ?1 AND a.update_id > ?2 ORDER BY a.update_id",
    [SYNC_EXIF] = "SELECT e.update_id, a.uuid, e.description, e.raw_width_px, e.raw_height_px, a.size_bytes,"
                  " e.orientation, e.has_taken, a.taken_us, e.modified_us, e.time_zone, e.latitude, e.longitude,"
                  " a.projection, e.city, e.state, e.country, e.make, e.model, e.lens, e.f_number, e.focal_length_mm,"
                  " e.iso, e.exposure_time, e.profile, e.rating, e.fps FROM exif e JOIN assets a ON a.id = e.asset_id"
                  " WHERE e.owner_id = ?1 AND e.update_id > ?2 ORDER BY e.update_id",
    [SYNC_GONE_ALBUMS] =
        "SELECT id, key1 FROM changes WHERE owner_id = ?1 AND entity = 'album' AND id > ?2 ORDER BY id",
    [SYNC_ALBUMS] = "SELECT b.update_id, b.uuid, b.name, b.description, b.created_us, b.updated_us, t.uuid,"
                    " b.is_activity_enabled, b.is_ascending FROM album_users m JOIN albums b ON b.id = m.album_id"
                    " LEFT JOIN assets t ON t.id = b.thumbnail_asset_id"
                    " WHERE m.user_id = ?1 AND b.update_id > ?2 ORDER BY b.update_id",
    [SYNC_ALBUM_USERS] = "SELECT o.update_id, b.uuid, u.uuid, o.role FROM album_users m"
                         " JOIN albums b ON b.id = m.album_id JOIN album_users o ON o.album_id = b.id"
                         " JOIN users u ON u.id = o.user_id WHERE m.user_id = ?1 AND o.update_id > ?2"
                         " ORDER BY o.update_id",
    [SYNC_GONE_ALBUM_ASSETS] = "SELECT id, key1, key2, 0 FROM changes WHERE owner_id = ?1 AND entity = 'album_asset'"
                               " AND id > ?2 ORDER BY id",
    /* CROSS JOIN keeps the order of the tables: by change, so that a phone which is up to date costs nothing. */
    [SYNC_ALBUM_ASSETS] = "SELECT c.update_id, b.uuid, a.uuid, 0 FROM album_assets c"
                          " CROSS JOIN album_users m ON m.album_id = c.album_id AND m.user_id = ?1"
                          " CROSS JOIN albums b ON b.id = c.album_id CROSS JOIN assets a ON a.id = c.asset_id"
                          " WHERE c.update_id > ?2 ORDER BY c.update_id",
};

struct db_rows *sync_open(struct db_conn *conn, enum sync_part part, int64_t owner_id, int64_t after, GError **error)
{
    return db_query(conn, error, statements[part], "ii", owner_id, after);
}

/* Only a reader that counts its columns can be this plain: all the statements above stand beside their readers. */

void sync_read_user(struct db_rows *rows, struct sync_user *ret_user)
{
    *ret_user = (struct sync_user){
        .change_id = db_int(rows, 0),
        .name = db_text(rows, 2),
        .email = db_text(rows, 3),
        .avatar_color = db_text(rows, 4),
        .profile_changed_us = db_int(rows, 5),
        .is_admin = db_int(rows, 6),
        .storage_label = db_text(rows, 7),
        .quota_bytes = db_is_null(rows, 8) ? -1 : db_int(rows, 8),
        .usage_bytes = db_int(rows, 9),
        .preferences = db_text(rows, 10),
        .is_removed = !db_is_null(rows, 11),
        .removed_us = db_int(rows, 11),
        .has_profile_image = db_int(rows, 12),
        .is_onboarded = db_int(rows, 13),
    };
    db_blob_exact(rows, 1, ret_user->uuid.bytes, sizeof ret_user->uuid.bytes);
}

void sync_read_gone(struct db_rows *rows, struct sync_gone *ret_gone)
{
    ret_gone->change_id = db_int(rows, 0);
    db_blob_exact(rows, 1, ret_gone->uuid.bytes, sizeof ret_gone->uuid.bytes);
}

void sync_read_asset(struct db_rows *rows, struct sync_asset *ret_asset)
{
    struct sync_asset asset = {
        .change_id = db_int(rows, 0),
        .file_name = db_text(rows, 2),
        .type = (enum asset_type)db_int(rows, 3),
        .visibility = (enum asset_visibility)db_int(rows, 4),
        .taken_us = db_int(rows, 7),
        .local_us = db_int(rows, 8),
        .modified_us = db_int(rows, 9),
        .uploaded_us = db_int(rows, 10),
        .duration_ms = db_int(rows, 11),
        .width_px = db_int(rows, 12),
        .height_px = db_int(rows, 13),
        .is_favorite = db_int(rows, 14),
        .is_trashed = !db_is_null(rows, 15),
        .trashed_us = db_int(rows, 15),
    };
    db_blob_exact(rows, 1, asset.uuid.bytes, sizeof asset.uuid.bytes);
    db_blob_exact(rows, 5, asset.sha1, sizeof asset.sha1);
    asset.thumbhash = db_blob(rows, 6, &asset.thumbhash_size);
    asset.has_live_video = db_blob_exact(rows, 16, asset.live_video.bytes, sizeof asset.live_video.bytes);
    *ret_asset = asset;
}

void sync_read_exif(struct db_rows *rows, struct sync_exif *ret_exif)
{
    struct sync_exif row = {
        .change_id = db_int(rows, 0),
        .size_bytes = db_int(rows, 5),
        .taken_us = db_int(rows, 8),
        .exif =
            {
                .description = (char *)db_text(rows, 2),
                .raw_width_px = (int)db_int(rows, 3),
                .raw_height_px = (int)db_int(rows, 4),
                .orientation = (int)db_int(rows, 6),
                .has_taken = db_int(rows, 7),
                .has_modified = !db_is_null(rows, 9),
                .modified_us = db_int(rows, 9),
                .time_zone = (char *)db_text(rows, 10),
                .has_position = !db_is_null(rows, 11),
                .latitude = db_double(rows, 11),
                .longitude = db_double(rows, 12),
                .projection = (char *)db_text(rows, 13),
                .city = (char *)db_text(rows, 14),
                .state = (char *)db_text(rows, 15),
                .country = (char *)db_text(rows, 16),
                .make = (char *)db_text(rows, 17),
                .model = (char *)db_text(rows, 18),
                .lens = (char *)db_text(rows, 19),
                .f_number = db_double(rows, 20),
                .focal_length_mm = db_double(rows, 21),
                .iso = (int)db_int(rows, 22),
                .exposure_time = (char *)db_text(rows, 23),
                .profile = (char *)db_text(rows, 24),
                .has_rating = !db_is_null(rows, 25),
                .rating = (int)db_int(rows, 25),
                .fps = db_double(rows, 26),
            },
    };
    db_blob_exact(rows, 1, row.asset.bytes, sizeof row.asset.bytes);
    *ret_exif = row;
}

void sync_read_album(struct db_rows *rows, struct sync_album *ret_album)
{
    struct sync_album album = {
        .change_id = db_int(rows, 0),
        .name = db_text(rows, 2),
        .description = db_text(rows, 3),
        .created_us = db_int(rows, 4),
        .updated_us = db_int(rows, 5),
        .is_activity_enabled = db_int(rows, 7),
        .is_ascending = db_int(rows, 8),
    };
    db_blob_exact(rows, 1, album.uuid.bytes, sizeof album.uuid.bytes);
    album.has_thumbnail = db_blob_exact(rows, 6, album.thumbnail.bytes, sizeof album.thumbnail.bytes);
    *ret_album = album;
}

void sync_read_link(struct db_rows *rows, struct sync_link *ret_link)
{
    struct sync_link link = {.change_id = db_int(rows, 0), .role = (int)db_int(rows, 3)};
    db_blob_exact(rows, 1, link.album.bytes, sizeof link.album.bytes);
    db_blob_exact(rows, 2, link.other.bytes, sizeof link.other.bytes);
    *ret_link = link;
}
