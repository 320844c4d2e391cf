/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * What the files of this room share: the server's state, one request on its way through it, the row of the table of
 * routes, and the few steps that most handlers take. Not for other rooms.
 *
 * A handler answers exactly once and returns true, or sets an error and returns false; the error is then answered (as
 * a validation error with its paths where call->problems says so).
 *
 * Threads: handlers run on the handler pool and may block; `begin` and `write` on network threads. */
#pragma once

#include <glib.h>
#include <stdbool.h>

#include "api/access.h"
#include "api/api.h"
#include "api/body.h"
#include "base/json.h"
#include "catalog/assets.h"
#include "catalog/grants.h"
#include "http/http.h"

struct events;
struct operation;
struct throttle;

/* The version of the Immich API that is spoken, not of this program: apps choose by it what they ask for, so it must
 * never name one whose parts are not here. */
#define API_MAJOR 3
#define API_MINOR 2
#define API_PATCH 2
#define API_IMMICH_VERSION G_STRINGIFY(API_MAJOR) "." G_STRINGIFY(API_MINOR) "." G_STRINGIFY(API_PATCH)

struct api {
    struct api_config config; /* its strings are owned here */
    struct throttle *throttle;
    struct events *events;
    struct http_route *routes;           /* made from api_routes */
    const struct operation **operations; /* of each of them */
    struct http_server *server;
};

struct call {
    struct api *api;
    struct http_request *request;
    const struct access *who; /* kind ACCESS_NOBODY on public routes */
    const struct operation *operation;
    struct body_problems *problems;
};

enum api_who {
    API_PUBLIC,     /* anybody; credentials are not looked at */
    API_LINK,       /* who is signed in; and who has a shared link, for what it shows (call_viewer()) */
    API_LINK_LOGIN, /* the same, also without the link's password */
    API_USER,       /* who is signed in, by session or key */
    API_ADMIN,      /* an administrator */
};

struct api_route {
    const char *method;
    const char *pattern;
    const char *operation; /* as @immich/sdk calls it; our own paths have names of the same style */
    enum api_who who;
    const char *permission; /* that an API key needs; NULL: none */
    bool (*handle)(struct call *call, GError **error);
    enum http_body_kind body;
    size_t max_body_bytes;
    bool (*begin)(struct http_request *request, GError **error);
    bool (*write)(struct http_request *request, const void *bytes, size_t size, GError **error);
};

/** The one table (routes.c). */
extern const struct api_route api_routes[];
extern const size_t api_n_routes;

/** After how much disuse a session ends. */
int64_t api_session_idle_us(const struct api_config *config);

/** The api behind a request, for begin and write. */
struct api *call_api(const struct http_request *request);
/** Who asks, once `before` has run; never NULL. */
const struct access *call_who(const struct http_request *request);

/** Who asks, for grants.h: an account, or a shared link. */
struct viewer call_viewer(const struct call *call);
/** Does a shared link ask that tells nothing of what, when and where? */
bool call_hides_metadata(const struct call *call);

/* For a handler of a public route that looks at credentials itself. */

/** Comes the request from a page of another site, with the cookie that the browser adds by itself? */
bool call_is_foreign(struct call *call);
/** Who asks, whom an API key must allow @permission. NULL with ERR_UNAUTHENTICATED, ERR_FORBIDDEN or what the database
 *  says. Free with access_free(). */
struct access *call_identify(struct call *call, const char *permission, GError **error);

/** Notes a mistake in the request (see body_problem()) and sets @error; false. */
bool call_problem(struct call *call, GError **error, const char *path, const char *format, ...) G_GNUC_PRINTF(4, 5);

/** ERR_UNSUPPORTED where the body was sent as something else than JSON. */
bool call_check_json(struct call *call, GError **error);

/** ERR_BUSY with Retry-After while somebody who guesses at the secrets of @account has to wait. */
bool call_check_throttle(struct call *call, const char *account, GError **error);

/** Reads the JSON body by @shape, which must be the one that the operation declares, into @into, whose pointers live as
 *  long as the request. */
bool call_body(struct call *call, const struct body_shape *shape, void *into, GError **error);

/** As call_body() of the query: what stands there once, and of lists what stands there several times; names that
 *  @shape lacks are ignored (call_query.c). */
bool call_query(struct call *call, const struct body_shape *shape, void *into, GError **error);

/** A programmer forgot something: @shape is not @declared, so that the API's document tells something else than what is
 *  read. Logged, as the request itself is sound; the tests fail where they see it. */
void call_check_declared(struct call *call, const char *what, const struct body_shape *shape,
                         const struct body_shape *declared);

/** The UUID (version 4) of path parameter @name. */
bool call_uuid(struct call *call, const char *name, struct uuid *ret_id, GError **error);

/** Answers @status with the text that @json writes to. */
bool call_answer(struct call *call, int status, GString *json);
bool call_answer_empty(struct call *call, int status);

/** Runs @work in a write transaction of the api's database. */
typedef bool call_work(struct db_conn *conn, void *data, GError **error);
bool call_write(struct call *call, call_work *work, void *data, GError **error);

/* What is locked away is seen by a session that gave the PIN within the last quarter of an hour (locked.c). */
bool call_is_unlocked(struct call *call);
/** ERR_UNAUTHENTICATED "Elevated permission is required" for others. */
bool call_require_unlocked(struct call *call, GError **error);
/** ERR_INVALID, as if it were not there, for an asset of @visibility that the caller may not see now. */
bool call_check_visible(struct call *call, enum asset_visibility visibility, const char *permission, GError **error);

/** The hash of a PIN that is to be set, for pins_set(). Free with g_free(). */
char *call_pin_hash(const char *pin, GError **error);

/** Turns ERR_NOT_FOUND in @error into what the Immich API says: ERR_INVALID "Not found or no @permission access". */
void call_hide_missing(GError **error, const char *permission);
