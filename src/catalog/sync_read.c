/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * The rows of the statements in sync.c, column by column. */
#include "catalog/sync.h"
#include "db/db.h"

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
    asset.has_stack = db_blob_exact(rows, 17, asset.stack.bytes, sizeof asset.stack.bytes);
    asset.has_owner = db_blob_exact(rows, 18, asset.owner.bytes, sizeof asset.owner.bytes);
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
    struct sync_link link = {.change_id = db_int(rows, 0), .number = (int)db_int(rows, 3)};
    db_blob_exact(rows, 1, link.one.bytes, sizeof link.one.bytes);
    db_blob_exact(rows, 2, link.other.bytes, sizeof link.other.bytes);
    *ret_link = link;
}

void sync_read_stack(struct db_rows *rows, struct sync_stack *ret_stack)
{
    struct sync_stack stack = {
        .change_id = db_int(rows, 0), .created_us = db_int(rows, 4), .updated_us = db_int(rows, 5)};
    db_blob_exact(rows, 1, stack.uuid.bytes, sizeof stack.uuid.bytes);
    db_blob_exact(rows, 2, stack.owner.bytes, sizeof stack.owner.bytes);
    db_blob_exact(rows, 3, stack.primary.bytes, sizeof stack.primary.bytes);
    *ret_stack = stack;
}

void sync_read_memory(struct db_rows *rows, struct sync_memory *ret_memory)
{
    struct sync_memory memory = {
        .change_id = db_int(rows, 0),
        .year = db_int(rows, 2),
        .is_saved = db_int(rows, 3),
        .memory_at_us = db_int(rows, 4),
        .created_us = db_int(rows, 5),
        .updated_us = db_int(rows, 6),
        .show_at_us = db_int(rows, 7),
        .hide_at_us = db_int(rows, 8),
        .seen_at_us = db_int(rows, 9),
        .deleted_us = db_int(rows, 10),
    };
    db_blob_exact(rows, 1, memory.uuid.bytes, sizeof memory.uuid.bytes);
    *ret_memory = memory;
}

void sync_read_app_data(struct db_rows *rows, struct sync_app_data *ret_data)
{
    struct sync_app_data data = {.change_id = db_int(rows, 0), .key = db_text(rows, 2), .value = db_text(rows, 3)};
    db_blob_exact(rows, 1, data.asset.bytes, sizeof data.asset.bytes);
    *ret_data = data;
}
