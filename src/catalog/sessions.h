/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Signed-in sessions. The token is 32 random bytes as base64url text, given once; only its SHA-256 is stored, so that a
 * copy of the database signs nobody in.
 *
 * Threads: as catalog.h. */
#pragma once

#include <glib.h>
#include <stdbool.h>
#include <stdint.h>

#include "base/id.h"
#include "catalog/users.h"

struct db_conn;

/** One session. Owned strings: session_clear(). */
struct session {
    int64_t id;
    struct uuid uuid;
    int64_t user_id;
    char *device_type; /* "Chrome", "Pixel 7", … or "" */
    char *device_os;   /* "Windows", "Android", … or "" */
    char *app_version; /* of the phone app, or NULL */
    int64_t created_us;
    int64_t updated_us;
    int64_t expires_us; /* 0: never */
    bool is_pending_sync_reset;
    int64_t pin_until_us; /* until then it sees what is locked; 0 or past: it does not */
};
void session_clear(struct session *session);
#define SESSION_AUTO __attribute__((cleanup(session_clear)))

struct session_new {
    int64_t user_id;
    const char *device_type; /* NULL: "" */
    const char *device_os;   /* NULL: "" */
    const char *app_version; /* NULL: none */
    int64_t expires_us;      /* 0: never */
    int64_t parent_id;       /* the session that opens it and with which it ends; 0: none */
};

/** Writes a session. @ret_token is the secret for the cookie; free with g_free(). @ret_session may be NULL. */
bool sessions_create(struct db_conn *conn, const struct session_new *wanted, char **ret_token,
                     struct session *ret_session, GError **error);

/* A session ends at its expires_us, and when nobody used it for @idle_us (0: never by that). "Used" is known to the
 * hour, see sessions_touch(). */

/** The session of @token and its user. ERR_UNAUTHENTICATED "Invalid user token" for unknown, ended or malformed ones.
 *  @ret_touch: the session was last seen over an hour ago; call sessions_touch() in a write when convenient. */
bool sessions_find(struct db_conn *conn, const char *token, int64_t idle_us, struct session *ret_session,
                   struct user *ret_user, bool *ret_touch, GError **error);

/** Writes "seen now"; @app_version (may be NULL: unchanged) as the app may have been updated. */
bool sessions_touch(struct db_conn *conn, int64_t id, const char *app_version, GError **error);

/** Newest contact first; without those that have ended. False from @each ends it. */
typedef bool sessions_each(const struct session *session, void *data);
bool sessions_list(struct db_conn *conn, int64_t user_id, int64_t idle_us, sessions_each *each, void *data,
                   GError **error);

/** Writes: removes those that have ended, at most @limit. @ret_dropped how many. */
bool sessions_drop_ended(struct db_conn *conn, int64_t idle_us, unsigned limit, unsigned *ret_dropped, GError **error);

/** Writes. ERR_NOT_FOUND where the user has no such session. */
bool sessions_delete(struct db_conn *conn, int64_t user_id, const struct uuid *uuid, GError **error);

/** Writes: the session does not see any more what is locked. ERR_NOT_FOUND where the user has no such session. */
bool sessions_lock(struct db_conn *conn, int64_t user_id, const struct uuid *uuid, GError **error);

/** Writes: all sessions of the user but @keep_session_id (0: all). */
bool sessions_delete_others(struct db_conn *conn, int64_t user_id, int64_t keep_session_id, GError **error);
