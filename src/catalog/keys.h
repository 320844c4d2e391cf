/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * API keys: for programs. The secret is 32 random bytes as base64url text, shown once; its SHA-256 is stored. A key
 * carries a list of permissions by the names of the Immich API ("asset.upload"), or "all".
 *
 * Threads: as catalog.h. */
#pragma once

#include <glib.h>
#include <stdbool.h>
#include <stdint.h>

#include "base/id.h"
#include "catalog/users.h"

struct db_conn;

enum { KEY_NAME_MAX = 255 };

/** One key. Owned strings: key_clear(). */
struct api_key {
    int64_t id;
    struct uuid uuid;
    int64_t user_id;
    char *name;
    char *permissions; /* comma-separated names, never empty */
    int64_t created_us;
    int64_t updated_us;
};
void key_clear(struct api_key *key);
#define KEY_AUTO __attribute__((cleanup(key_clear)))

/** Writes a key. @permissions: comma-separated; ERR_INVALID when empty or a name has other than [A-Za-z0-9.-]. @name
 *  NULL or "": "API Key". @ret_secret is shown once; free with g_free(). @ret_key may be NULL. */
bool keys_create(struct db_conn *conn, int64_t user_id, const char *name, const char *permissions, char **ret_secret,
                 struct api_key *ret_key, GError **error);

/** ERR_UNAUTHENTICATED "Invalid API key" where @secret is none. */
bool keys_find(struct db_conn *conn, const char *secret, struct api_key *ret_key, struct user *ret_user,
               GError **error);

bool keys_find_uuid(struct db_conn *conn, int64_t user_id, const struct uuid *uuid, struct api_key *ret_key,
                    GError **error);

/** In order of creation. False from @each ends it. */
typedef bool keys_each(const struct api_key *key, void *data);
bool keys_list(struct db_conn *conn, int64_t user_id, keys_each *each, void *data, GError **error);

/** Writes; NULL leaves a field. ERR_NOT_FOUND. @ret_key may be NULL. */
bool keys_change(struct db_conn *conn, int64_t user_id, const struct uuid *uuid, const char *name,
                 const char *permissions, struct api_key *ret_key, GError **error);
/** Writes: another secret takes the place of the key's, which is worth nothing any more. As keys_create().
 * ERR_NOT_FOUND. */
bool keys_rotate(struct db_conn *conn, int64_t user_id, const struct uuid *uuid, char **ret_secret,
                 struct api_key *ret_key, GError **error);
bool keys_delete(struct db_conn *conn, int64_t user_id, const struct uuid *uuid, GError **error);

/** Does the comma-separated @list hold @needed, or "all"? Exact names: "asset.read" does not give "asset". */
bool permission_allows(const char *list, const char *needed);
