/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "catalog/keys.h"

#include <string.h>

#include "base/clock.h"
#include "base/error.h"
#include "catalog/secret.h"
#include "db/db.h"

enum { PERMISSIONS_MAX = 8192 };

#define COLUMNS "id, uuid, user_id, name, permissions, created_us, updated_us"

void key_clear(struct api_key *key)
{
    g_free(key->name);
    g_free(key->permissions);
    *key = (struct api_key){0};
}

static void read_key(struct db_rows *rows, struct api_key *ret_key)
{
    struct api_key key = {
        .id = db_int(rows, 0),
        .user_id = db_int(rows, 2),
        .name = g_strdup(db_text(rows, 3)),
        .permissions = g_strdup(db_text(rows, 4)),
        .created_us = db_int(rows, 5),
        .updated_us = db_int(rows, 6),
    };
    db_blob_exact(rows, 1, key.uuid.bytes, sizeof key.uuid.bytes);
    *ret_key = key;
}

static bool check_permissions(const char *list, GError **error)
{
    bool ok = list && *list && strnlen(list, PERMISSIONS_MAX + 1) <= PERMISSIONS_MAX;
    bool in_name = false;
    for (const char *c = list; ok && *c; c++) {
        bool comma = *c == ',';
        ok = comma ? in_name : g_ascii_isalnum(*c) || *c == '.' || *c == '-';
        in_name = !comma;
    }
    return (ok && in_name) ||
           err_set(error, ERR_INVALID, "Permissions are names such as asset.upload, or all, with commas between.");
}

static bool check_name(const char *name, GError **error)
{
    size_t length = strnlen(name, KEY_NAME_MAX + 1);
    return (length <= KEY_NAME_MAX && g_utf8_validate(name, (gssize)length, NULL)) ||
           err_set(error, ERR_INVALID, "The name of a key may have up to %d bytes of UTF-8.", KEY_NAME_MAX);
}

bool keys_create(struct db_conn *conn, int64_t user_id, const char *name, const char *permissions, char **ret_secret,
                 struct api_key *ret_key, GError **error)
{
    if (!name || !*name)
        name = "API Key";
    if (!check_name(name, error) || !check_permissions(permissions, error))
        return false;
    uint8_t hash[SHA256_SIZE];
    g_autofree char *secret = secret_new(hash);
    struct uuid uuid = uuid_v4();
    if (!db_exec(conn, error,
                 "INSERT INTO api_keys (uuid, user_id, secret_hash, name, permissions, created_us, updated_us)"
                 " VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?6)",
                 "bibtti", uuid.bytes, sizeof uuid.bytes, user_id, hash, sizeof hash, name, permissions,
                 clock_now_us()))
        return false;
    if (ret_key && !keys_find_uuid(conn, user_id, &uuid, ret_key, error))
        return false;
    *ret_secret = g_steal_pointer(&secret);
    return true;
}

bool keys_find(struct db_conn *conn, const char *secret, struct api_key *ret_key, struct user *ret_user, GError **error)
{
    uint8_t hash[SHA256_SIZE];
    if (!secret_hash(secret, hash))
        return err_set(error, ERR_UNAUTHENTICATED, "Invalid API key");
    KEY_AUTO struct api_key key = {0};
    DB_ROWS struct db_rows *rows =
        db_query(conn, error, "SELECT " COLUMNS " FROM api_keys WHERE secret_hash = ?1", "b", hash, sizeof hash);
    GError *failure = NULL;
    if (!rows)
        return false;
    if (!db_next(rows, &failure)) {
        if (failure)
            g_propagate_error(error, failure);
        else
            err_set(error, ERR_UNAUTHENTICATED, "Invalid API key");
        return false;
    }
    read_key(rows, &key);
    if (!users_find_id(conn, key.user_id, ret_user, error))
        return false;
    if (ret_user->is_removed)
        return user_clear(ret_user), err_set(error, ERR_UNAUTHENTICATED, "Invalid API key");
    *ret_key = key;
    key = (struct api_key){0};
    return true;
}

bool keys_find_uuid(struct db_conn *conn, int64_t user_id, const struct uuid *uuid, struct api_key *ret_key,
                    GError **error)
{
    DB_ROWS struct db_rows *rows =
        db_query(conn, error, "SELECT " COLUMNS " FROM api_keys WHERE user_id = ?1 AND uuid = ?2", "ib", user_id,
                 uuid->bytes, sizeof uuid->bytes);
    if (!rows || !db_next_required(rows, error, "There is no such API key."))
        return false;
    read_key(rows, ret_key);
    return true;
}

bool keys_list(struct db_conn *conn, int64_t user_id, keys_each *each, void *data, GError **error)
{
    DB_ROWS struct db_rows *rows =
        db_query(conn, error, "SELECT " COLUMNS " FROM api_keys WHERE user_id = ?1 ORDER BY id", "i", user_id);
    if (!rows)
        return false;
    GError *failure = NULL;
    for (bool more = true; more && db_next(rows, &failure);) {
        KEY_AUTO struct api_key key;
        read_key(rows, &key);
        more = each(&key, data);
    }
    if (failure)
        g_propagate_error(error, failure);
    return !failure;
}

bool keys_change(struct db_conn *conn, int64_t user_id, const struct uuid *uuid, const char *name,
                 const char *permissions, struct api_key *ret_key, GError **error)
{
    if ((name && !check_name(name, error)) || (permissions && !check_permissions(permissions, error)))
        return false;
    if (!db_exec(
            conn, error,
            "UPDATE api_keys SET name = coalesce(?3, name), permissions = coalesce(?4, permissions), updated_us = ?5"
            " WHERE user_id = ?1 AND uuid = ?2",
            "ibtti", user_id, uuid->bytes, sizeof uuid->bytes, name, permissions, clock_now_us()))
        return false;
    if (db_changed(conn) == 0)
        return err_set(error, ERR_NOT_FOUND, "There is no such API key.");
    return !ret_key || keys_find_uuid(conn, user_id, uuid, ret_key, error);
}

bool keys_rotate(struct db_conn *conn, int64_t user_id, const struct uuid *uuid, char **ret_secret,
                 struct api_key *ret_key, GError **error)
{
    uint8_t hash[SHA256_SIZE];
    g_autofree char *secret = secret_new(hash);
    if (!db_exec(conn, error, "UPDATE api_keys SET secret_hash = ?3, updated_us = ?4 WHERE user_id = ?1 AND uuid = ?2",
                 "ibbi", user_id, uuid->bytes, sizeof uuid->bytes, hash, sizeof hash, clock_now_us()) ||
        !keys_find_uuid(conn, user_id, uuid, ret_key, error))
        return false;
    *ret_secret = g_steal_pointer(&secret);
    return true;
}

bool keys_delete(struct db_conn *conn, int64_t user_id, const struct uuid *uuid, GError **error)
{
    return db_exec(conn, error, "DELETE FROM api_keys WHERE user_id = ?1 AND uuid = ?2", "ib", user_id, uuid->bytes,
                   sizeof uuid->bytes) &&
           (db_changed(conn) > 0 || err_set(error, ERR_NOT_FOUND, "There is no such API key."));
}

bool permission_allows(const char *list, const char *needed)
{
    size_t length = strlen(needed);
    for (const char *name = list; name && *name;) {
        size_t size = strcspn(name, ",");
        if ((size == length && strncmp(name, needed, size) == 0) || (size == 3 && strncmp(name, "all", 3) == 0))
            return true;
        name += size + (name[size] == ',');
    }
    return false;
}
