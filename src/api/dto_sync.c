/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "api/dto_sync.h"

#include "api/dto.h"
#include "catalog/sync.h"

void dto_sync_asset_fields(struct json *json, const struct sync_asset *asset, const struct uuid *owner)
{
    dto_uuid(json, "id", &asset->uuid);
    dto_uuid(json, "ownerId", owner);
    json_text(json, "originalFileName", asset->file_name);
    json_text(json, "type", asset_type_name(asset->type));
    json_base64(json, "checksum", asset->sha1, sizeof asset->sha1);
    json_base64(json, "thumbhash", asset->thumbhash, asset->thumbhash_size);
    json_time(json, "fileCreatedAt", asset->taken_us);
    json_time(json, "fileModifiedAt", asset->modified_us);
    json_time(json, "createdAt", asset->uploaded_us);
    json_time(json, "localDateTime", asset->local_us);
    dto_int_or_null(json, "duration", asset->duration_ms);
    dto_int_or_null(json, "width", asset->width_px);
    dto_int_or_null(json, "height", asset->height_px);
    json_bool(json, "isFavorite", asset->is_favorite);
    json_text(json, "visibility", asset_visibility_name(asset->visibility));
    json_bool(json, "isEdited", false);
    dto_time_or_null(json, "deletedAt", asset->is_trashed, asset->trashed_us);
    dto_uuid_or_null(json, "livePhotoVideoId", asset->has_live_video ? &asset->live_video : NULL);
    dto_uuid_or_null(json, "stackId", asset->has_stack ? &asset->stack : NULL);
    json_nil(json, "libraryId");
}

void dto_sync_exif_fields(struct json *json, const struct sync_exif *row)
{
    dto_uuid(json, "assetId", &row->asset);
    dto_exif_fields(json, &row->exif, row->taken_us, row->size_bytes);
    json_text(json, "profileDescription", row->exif.profile);
    dto_double_or_null(json, "fps", row->exif.fps > 0, row->exif.fps);
}

void dto_sync_exif_of(const struct asset *asset, struct sync_exif *ret_exif)
{
    *ret_exif = (struct sync_exif){
        .change_id = asset->update_id,
        .asset = asset->uuid,
        .exif = asset->exif,
        .taken_us = asset->taken_us,
        .size_bytes = asset->digest.size_bytes,
    };
}
