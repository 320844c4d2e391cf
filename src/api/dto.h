/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Writes what the catalog knows as the objects of the Immich API 3.2.2: every required field, with its nullability.
 * @key as in base/json.h.
 *
 * Threads: any. */
#pragma once

#include "base/id.h"
#include "base/json.h"

struct api_key;
struct asset;
struct asset_exif;
struct session;
struct tag;
struct user;

void dto_uuid(struct json *json, const char *key, const struct uuid *id);

/* null for what is not known: numbers that are 0 then, and whatever the caller says of the others. */
void dto_uuid_or_null(struct json *json, const char *key, const struct uuid *id);
void dto_int_or_null(struct json *json, const char *key, int64_t value);
void dto_double_or_null(struct json *json, const char *key, bool is_known, double value);
void dto_time_or_null(struct json *json, const char *key, bool is_known, int64_t us);

/** UserAdminResponseDto: what a person sees of their own account, and an administrator of all. */
void dto_user(struct json *json, const char *key, const struct user *user);

/** Not a path that anybody can open: clients only look whether there is one. */
void dto_profile_image_path(struct json *json, const char *key, const struct user *user);

/** UserResponseDto: what others see of an account. */
void dto_other_user(struct json *json, const char *key, const struct user *user);
/** Its fields alone, into an object that is open already. */
void dto_other_user_fields(struct json *json, const struct user *user);

/** SessionResponseDto; @is_current: the session that asks. */
void dto_session(struct json *json, const char *key, const struct session *session, bool is_current);

/** Its fields alone, into an object that is open already. */
void dto_session_fields(struct json *json, const struct session *session, bool is_current);

/** ApiKeyResponseDto. */
void dto_api_key(struct json *json, const char *key, const struct api_key *api_key);
/** Its fields alone, into an object that is open already. */
void dto_api_key_fields(struct json *json, const struct api_key *api_key);

/** The fields of an exifInfo, into an object that is open already. */
void dto_exif_fields(struct json *json, const struct asset_exif *exif, int64_t taken_us, int64_t size_bytes);

/** TagResponseDto. */
void dto_tag(struct json *json, const char *key, const struct tag *tag);

/** AssetResponseDto with its exifInfo, tags and stack. */
void dto_asset(struct json *json, const char *key, const struct asset *asset);
