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
struct session;
struct user;

void dto_uuid(struct json *json, const char *key, const struct uuid *id);

/** UserAdminResponseDto: what a person sees of their own account, and an administrator of all. */
void dto_user(struct json *json, const char *key, const struct user *user);

/** SessionResponseDto; @is_current: the session that asks. */
void dto_session(struct json *json, const char *key, const struct session *session, bool is_current);

/** ApiKeyResponseDto. */
void dto_api_key(struct json *json, const char *key, const struct api_key *api_key);
/** Its fields alone, into an object that is open already. */
void dto_api_key_fields(struct json *json, const struct api_key *api_key);

/** AssetResponseDto with its exifInfo. */
void dto_asset(struct json *json, const char *key, const struct asset *asset);
