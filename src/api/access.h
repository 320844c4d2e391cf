/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Who is this, and may they? Runs before each request (on a network thread: one look into the database, no writes).
 *
 * Credentials are looked for in the order of the Immich API; the first that is there counts, even if it is wrong:
 * x-immich-user-token, x-immich-session-token, ?sessionKey=, Authorization: Bearer, cookie immich_access_token,
 * then the API key: x-api-key, ?apiKey=. The key or slug of a shared link (?key=, ?slug= or its headers) wins over all:
 * who has one is no account, whatever other credentials come with it.
 *
 * Threads: any. */
#pragma once

#include <glib.h>
#include <stdbool.h>
#include <stdint.h>

#include "catalog/keys.h"
#include "catalog/sessions.h"
#include "catalog/shared_links.h"
#include "catalog/users.h"

struct db;
struct http_request;

enum access_place { ACCESS_HEADER, ACCESS_QUERY, ACCESS_COOKIE };
enum access_kind { ACCESS_NOBODY, ACCESS_SHARE, ACCESS_SESSION, ACCESS_KEY };

/** The credential that counts. */
struct access_offer {
    enum access_kind kind;
    const char *secret; /* owned by the request */
    bool is_cookie;     /* a browser sends it by itself: the request may be forged by another site */
    bool is_slug;       /* of kind SHARE: @secret is a slug, not a key */
};

/** The value at @place named @name, or NULL; how access_pick() sees a request. */
typedef const char *access_read(void *data, enum access_place place, const char *name);

/** Picks the credential that counts; kind ACCESS_NOBODY where there is none. */
struct access_offer access_pick(access_read *read, void *data);

/** May a browser's request that changes something be trusted to come from our own page? @fetch_site and @origin are the
 *  headers Sec-Fetch-Site and Origin (NULL: not sent), @own_origin the server's own, @external the configured address
 *  (may be NULL). Requests without either header come from no browser. */
bool access_is_same_site(const char *fetch_site, const char *origin, const char *own_origin, const char *external);

/** Does @method only read? */
bool access_is_safe(const char *method);

/** Who asks. kind NOBODY on public routes without credentials: then user is all zero, as it is of kind SHARE: whose
 *  album a link shows is nobody that the visitor could act as. */
struct access {
    enum access_kind kind;
    bool is_cookie;
    struct user user;
    struct session session;  /* of kind SESSION */
    bool must_touch;         /* sessions_touch() is due */
    struct api_key key;      /* of kind KEY */
    struct shared_link link; /* of kind SHARE */
};
void access_free(struct access *access);

/** Checks the credential @offer against the database; a session that was not used for @idle_us (0: never) is none. NULL
 *  with ERR_UNAUTHENTICATED ("Invalid user token", …) or what the database says. The password of a link is the caller's
 *  to ask for. Free with access_free(). */
struct access *access_check(struct db *db, const struct access_offer *offer, int64_t idle_us, GError **error);

/** ERR_FORBIDDEN "Missing required permission: X" where @access is an API key without @permission. */
bool access_require(const struct access *access, const char *permission, GError **error);
