/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "api/dto.h"

#include "base/clock.h"
#include "catalog/assets.h"
#include "catalog/keys.h"
#include "catalog/sessions.h"
#include "catalog/tags.h"
#include "catalog/users.h"

/* ---- where 0 means unknown ---- */

void dto_int_or_null(struct json *json, const char *key, int64_t value)
{
    if (value > 0)
        json_int(json, key, value);
    else
        json_nil(json, key);
}

void dto_double_or_null(struct json *json, const char *key, bool is_known, double value)
{
    if (is_known)
        json_double(json, key, value);
    else
        json_nil(json, key);
}

void dto_time_or_null(struct json *json, const char *key, bool is_known, int64_t us)
{
    if (is_known)
        json_time(json, key, us);
    else
        json_nil(json, key);
}

void dto_uuid(struct json *json, const char *key, const struct uuid *id)
{
    char text[UUID_TEXT_SIZE];
    json_text(json, key, uuid_format(id, text));
}

void dto_uuid_or_null(struct json *json, const char *key, const struct uuid *id)
{
    if (id)
        dto_uuid(json, key, id);
    else
        json_nil(json, key);
}

void dto_profile_image_path(struct json *json, const char *key, const struct user *user)
{
    char id[UUID_TEXT_SIZE];
    g_autofree char *path =
        user->has_profile_image ? g_strdup_printf("profile/%s.jpg", uuid_format(&user->uuid, id)) : NULL;
    json_text(json, key, path ? path : "");
}

void dto_other_user_fields(struct json *json, const struct user *user)
{
    dto_uuid(json, "id", &user->uuid);
    json_text(json, "email", user->email);
    json_text(json, "name", user->name);
    json_text(json, "avatarColor", user->avatar_color);
    dto_profile_image_path(json, "profileImagePath", user);
    json_time(json, "profileChangedAt", user->profile_changed_us);
}

static const char *status_of(const struct user *user)
{
    if (!user->is_removed)
        return "active";
    return user->purge_us <= clock_now_us() ? "removing" : "deleted";
}

void dto_user(struct json *json, const char *key, const struct user *user)
{
    json_begin_object(json, key);
    dto_other_user_fields(json, user);
    json_text(json, "storageLabel", user->storage_label);
    json_bool(json, "shouldChangePassword", user->should_change_password);
    json_bool(json, "isAdmin", user->is_admin);
    json_time(json, "createdAt", user->created_us);
    json_time(json, "updatedAt", user->updated_us);
    dto_time_or_null(json, "deletedAt", user->is_removed, user->removed_us);
    json_text(json, "oauthId", "");
    if (user->quota_bytes >= 0)
        json_int(json, "quotaSizeInBytes", user->quota_bytes);
    else
        json_nil(json, "quotaSizeInBytes");
    json_int(json, "quotaUsageInBytes", user->usage_bytes);
    json_text(json, "status", status_of(user));
    json_nil(json, "license");
    /* Groups of accounts that share recognised people: here everybody is a group of their own. */
    dto_uuid(json, "clusterGroupId", &user->uuid);
    json_end(json);
}

void dto_other_user(struct json *json, const char *key, const struct user *user)
{
    json_begin_object(json, key);
    dto_other_user_fields(json, user);
    json_end(json);
}

void dto_session(struct json *json, const char *key, const struct session *session, bool is_current)
{
    json_begin_object(json, key);
    dto_session_fields(json, session, is_current);
    json_end(json);
}

void dto_session_fields(struct json *json, const struct session *session, bool is_current)
{
    dto_uuid(json, "id", &session->uuid);
    json_time(json, "createdAt", session->created_us);
    json_time(json, "updatedAt", session->updated_us);
    if (session->expires_us > 0)
        json_time(json, "expiresAt", session->expires_us);
    json_bool(json, "current", is_current);
    json_text(json, "deviceType", session->device_type);
    json_text(json, "deviceOS", session->device_os);
    json_text(json, "appVersion", session->app_version);
    json_bool(json, "isPendingSyncReset", session->is_pending_sync_reset);
}

void dto_api_key_fields(struct json *json, const struct api_key *api_key)
{
    dto_uuid(json, "id", &api_key->uuid);
    json_text(json, "name", api_key->name);
    json_time(json, "createdAt", api_key->created_us);
    json_time(json, "updatedAt", api_key->updated_us);
    json_begin_array(json, "permissions");
    g_auto(GStrv) names = g_strsplit(api_key->permissions, ",", -1);
    for (char **name = names; *name; name++)
        json_text(json, NULL, *name);
    json_end(json);
}

void dto_api_key(struct json *json, const char *key, const struct api_key *api_key)
{
    json_begin_object(json, key);
    dto_api_key_fields(json, api_key);
    json_end(json);
}

/* ---- assets ---- */

void dto_exif_fields(struct json *json, const struct asset_exif *exif, int64_t taken_us, int64_t size_bytes)
{
    char orientation[2] = {(char)('0' + exif->orientation), 0};
    json_text(json, "make", exif->make);
    json_text(json, "model", exif->model);
    dto_int_or_null(json, "exifImageWidth", exif->raw_width_px);
    dto_int_or_null(json, "exifImageHeight", exif->raw_height_px);
    json_int(json, "fileSizeInByte", size_bytes);
    json_text(json, "orientation", exif->orientation > 0 && exif->orientation <= 8 ? orientation : NULL);
    dto_time_or_null(json, "dateTimeOriginal", exif->has_taken, taken_us);
    dto_time_or_null(json, "modifyDate", exif->has_modified, exif->modified_us);
    json_text(json, "timeZone", exif->time_zone);
    json_text(json, "lensModel", exif->lens);
    dto_double_or_null(json, "fNumber", exif->f_number > 0, exif->f_number);
    dto_double_or_null(json, "focalLength", exif->focal_length_mm > 0, exif->focal_length_mm);
    dto_int_or_null(json, "iso", exif->iso);
    json_text(json, "exposureTime", exif->exposure_time);
    dto_double_or_null(json, "latitude", exif->has_position, exif->latitude);
    dto_double_or_null(json, "longitude", exif->has_position, exif->longitude);
    json_text(json, "city", exif->city);
    json_text(json, "state", exif->state);
    json_text(json, "country", exif->country);
    json_text(json, "description", exif->description ? exif->description : "");
    json_text(json, "projectionType", exif->projection);
    if (exif->has_rating)
        json_int(json, "rating", exif->rating);
    else
        json_nil(json, "rating");
}

static void write_identity(struct json *json, const struct asset *asset)
{
    dto_uuid(json, "id", &asset->uuid);
    dto_uuid(json, "ownerId", &asset->owner_uuid);
    json_text(json, "type", asset_type_name(asset->type));
    /* The server's own folders are nobody's business: the place below browse/ says as much. */
    json_text(json, "originalPath", asset->browse_path ? asset->browse_path : asset->file_name);
    json_text(json, "originalFileName", asset->file_name);
    if (asset->mime_type)
        json_text(json, "originalMimeType", asset->mime_type);
    json_base64(json, "checksum", asset->digest.sha1, SHA1_SIZE);
    json_base64(json, "thumbhash", asset->thumbhash_size > 0 ? asset->thumbhash : NULL, asset->thumbhash_size);
}

static void write_times(struct json *json, const struct asset *asset)
{
    json_time(json, "fileCreatedAt", asset->taken_us);
    json_time(json, "fileModifiedAt", asset->modified_us);
    json_time(json, "localDateTime", asset->local_us);
    json_time(json, "createdAt", asset->uploaded_us);
    json_time(json, "updatedAt", asset->updated_us);
}

static void write_flags(struct json *json, const struct asset *asset)
{
    json_bool(json, "isFavorite", asset->is_favorite);
    json_bool(json, "isArchived", asset->visibility == ASSET_ARCHIVE);
    json_bool(json, "isTrashed", asset->is_trashed);
    json_bool(json, "isOffline", false);
    json_bool(json, "isEdited", false);
    json_bool(json, "hasMetadata", true);
    json_bool(json, "resized", asset->media_state == MEDIA_READY);
    json_text(json, "visibility", asset_visibility_name(asset->visibility));
}

void dto_tag(struct json *json, const char *key, const struct tag *tag)
{
    json_begin_object(json, key);
    dto_uuid(json, "id", &tag->uuid);
    if (tag->has_parent)
        dto_uuid(json, "parentId", &tag->parent);
    json_text(json, "name", tag->name);
    json_text(json, "value", tag->value);
    json_time(json, "createdAt", tag->created_us);
    json_time(json, "updatedAt", tag->updated_us);
    if (tag->color)
        json_text(json, "color", tag->color);
    json_end(json);
}

/* One that shows itself alone is none to look at. */
static void write_stack(struct json *json, const struct asset *asset)
{
    if (!asset->has_stack || asset->stack_size < 2) {
        json_nil(json, "stack");
        return;
    }
    json_begin_object(json, "stack");
    dto_uuid(json, "id", &asset->stack);
    dto_uuid(json, "primaryAssetId", &asset->stack_primary);
    json_int(json, "assetCount", asset->stack_size);
    json_end(json);
}

void dto_asset(struct json *json, const char *key, const struct asset *asset)
{
    json_begin_object(json, key);
    write_identity(json, asset);
    write_times(json, asset);
    write_flags(json, asset);
    dto_int_or_null(json, "duration", asset->duration_ms);
    dto_int_or_null(json, "width", asset->width_px);
    dto_int_or_null(json, "height", asset->height_px);
    json_nil(json, "libraryId");
    json_nil(json, "duplicateId");
    dto_uuid_or_null(json, "livePhotoVideoId", asset_live_id(asset));
    json_begin_object(json, "exifInfo");
    dto_exif_fields(json, &asset->exif, asset->taken_us, asset->digest.size_bytes);
    json_end(json);
    json_begin_array(json, "people");
    json_end(json);
    json_begin_array(json, "tags");
    for (guint i = 0; asset->tags && i < asset->tags->len; i++)
        dto_tag(json, NULL, asset->tags->pdata[i]);
    json_end(json);
    write_stack(json, asset);
    json_end(json);
}
