/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "catalog/sessions.h"

#include "base/clock.h"
#include "base/error.h"
#include "catalog/secret.h"
#include "db/db.h"

static const int64_t TOUCH_AFTER_US = INT64_C(3600) * G_USEC_PER_SEC;

#define COLUMNS                                                                                                        \
    "id, uuid, user_id, device_type, device_os, app_version, created_us, updated_us, coalesce(expires_us, 0), "        \
    "is_pending_sync_reset, pin_until_us"

void session_clear(struct session *session)
{
    g_free(session->device_type);
    g_free(session->device_os);
    g_free(session->app_version);
    *session = (struct session){0};
}

static void read_session(struct db_rows *rows, struct session *ret_session)
{
    struct session session = {
        .id = db_int(rows, 0),
        .user_id = db_int(rows, 2),
        .device_type = g_strdup(db_text(rows, 3)),
        .device_os = g_strdup(db_text(rows, 4)),
        .app_version = g_strdup(db_text(rows, 5)),
        .created_us = db_int(rows, 6),
        .updated_us = db_int(rows, 7),
        .expires_us = db_int(rows, 8),
        .is_pending_sync_reset = db_int(rows, 9),
        .pin_until_us = db_int(rows, 10),
    };
    db_blob_exact(rows, 1, session.uuid.bytes, sizeof session.uuid.bytes);
    *ret_session = session;
}

/* The session of a token's hash. *@ret_found false where there is none. */
static bool find_hash(struct db_conn *conn, const uint8_t hash[SHA256_SIZE], struct session *ret_session,
                      bool *ret_found, GError **error)
{
    DB_ROWS struct db_rows *rows =
        db_query(conn, error, "SELECT " COLUMNS " FROM sessions WHERE token_hash = ?1", "b", hash, (size_t)SHA256_SIZE);
    GError *failure = NULL;
    if (!rows)
        return false;
    bool got = db_next(rows, &failure);
    if (failure) {
        g_propagate_error(error, failure);
        return false;
    }
    if (got)
        read_session(rows, ret_session);
    *ret_found = got;
    return true;
}

bool sessions_create(struct db_conn *conn, const struct session_new *wanted, char **ret_token,
                     struct session *ret_session, GError **error)
{
    uint8_t hash[SHA256_SIZE];
    g_autofree char *token = secret_new(hash);
    struct uuid uuid = uuid_v4();
    bool found = true;
    const int64_t *parent = wanted->parent_id ? &wanted->parent_id : NULL;
    if (!db_exec(conn, error,
                 "INSERT INTO sessions (uuid, user_id, token_hash, device_type, device_os, app_version, created_us,"
                 " updated_us, expires_us, parent_id) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?7, ?8, ?9)",
                 "bibtttiII", uuid.bytes, sizeof uuid.bytes, wanted->user_id, hash, sizeof hash,
                 wanted->device_type ? wanted->device_type : "", wanted->device_os ? wanted->device_os : "",
                 wanted->app_version, clock_now_us(), wanted->expires_us ? &wanted->expires_us : NULL, parent))
        return false;
    if (ret_session && !find_hash(conn, hash, ret_session, &found, error))
        return false;
    *ret_token = g_steal_pointer(&token);
    return true;
}

/* Sessions last used before this have ended. */
static int64_t seen_since(int64_t idle_us, int64_t now_us)
{
    return idle_us > 0 ? now_us - idle_us : INT64_MIN;
}

static bool has_ended(const struct session *session, int64_t idle_us, int64_t now_us)
{
    return (session->expires_us && session->expires_us <= now_us) || session->updated_us < seen_since(idle_us, now_us);
}

bool sessions_find(struct db_conn *conn, const char *token, int64_t idle_us, struct session *ret_session,
                   struct user *ret_user, bool *ret_touch, GError **error)
{
    uint8_t hash[SHA256_SIZE];
    SESSION_AUTO struct session session = {0};
    bool found = false;
    if (secret_hash(token, hash) && !find_hash(conn, hash, &session, &found, error))
        return false;
    int64_t now_us = clock_now_us();
    if (!found || has_ended(&session, idle_us, now_us))
        return err_set(error, ERR_UNAUTHENTICATED, "Invalid user token");
    if (!users_find_id(conn, session.user_id, ret_user, error))
        return false;
    if (ret_user->is_removed)
        return user_clear(ret_user), err_set(error, ERR_UNAUTHENTICATED, "Invalid user token");
    *ret_touch = now_us - session.updated_us > TOUCH_AFTER_US;
    *ret_session = session;
    session = (struct session){0};
    return true;
}

bool sessions_touch(struct db_conn *conn, int64_t id, const char *app_version, GError **error)
{
    return db_exec(conn, error,
                   "UPDATE sessions SET updated_us = ?2, app_version = coalesce(?3, app_version) WHERE id = ?1", "iit",
                   id, clock_now_us(), app_version);
}

bool sessions_list(struct db_conn *conn, int64_t user_id, int64_t idle_us, sessions_each *each, void *data,
                   GError **error)
{
    int64_t now_us = clock_now_us();
    DB_ROWS struct db_rows *rows =
        db_query(conn, error,
                 "SELECT " COLUMNS " FROM sessions WHERE user_id = ?1 AND coalesce(expires_us, ?2 + 1) > ?2"
                 " AND updated_us >= ?3 ORDER BY updated_us DESC, id DESC",
                 "iii", user_id, now_us, seen_since(idle_us, now_us));
    if (!rows)
        return false;
    GError *failure = NULL;
    for (bool more = true; more && db_next(rows, &failure);) {
        SESSION_AUTO struct session session;
        read_session(rows, &session);
        more = each(&session, data);
    }
    if (failure)
        g_propagate_error(error, failure);
    return !failure;
}

bool sessions_drop_ended(struct db_conn *conn, int64_t idle_us, unsigned limit, unsigned *ret_dropped, GError **error)
{
    int64_t now_us = clock_now_us();
    if (!db_exec(conn, error,
                 "DELETE FROM sessions WHERE id IN (SELECT id FROM sessions WHERE expires_us <= ?1 OR updated_us < ?2"
                 " LIMIT ?3)",
                 "iii", now_us, seen_since(idle_us, now_us), (int64_t)limit))
        return false;
    *ret_dropped = (unsigned)db_changed(conn);
    return true;
}

bool sessions_delete(struct db_conn *conn, int64_t user_id, const struct uuid *uuid, GError **error)
{
    return db_exec(conn, error, "DELETE FROM sessions WHERE user_id = ?1 AND uuid = ?2", "ib", user_id, uuid->bytes,
                   sizeof uuid->bytes) &&
           (db_changed(conn) > 0 || err_set(error, ERR_NOT_FOUND, "There is no such session."));
}

bool sessions_lock(struct db_conn *conn, int64_t user_id, const struct uuid *uuid, GError **error)
{
    return db_exec(conn, error, "UPDATE sessions SET pin_until_us = 0 WHERE user_id = ?1 AND uuid = ?2", "ib", user_id,
                   uuid->bytes, sizeof uuid->bytes) &&
           (db_changed(conn) > 0 || err_set(error, ERR_NOT_FOUND, "There is no such session."));
}

bool sessions_delete_others(struct db_conn *conn, int64_t user_id, int64_t keep_session_id, GError **error)
{
    return db_exec(conn, error, "DELETE FROM sessions WHERE user_id = ?1 AND id <> ?2", "ii", user_id, keep_session_id);
}
