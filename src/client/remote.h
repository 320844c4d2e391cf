/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * One conversation with the server over HTTP (libcurl): requests, uploads streamed from files, answers. It knows the
 * transport, not the API: that is remote_calls.h.
 *
 * Error kinds that callers tell apart: ERR_IO and ERR_TIMEOUT no connection · ERR_BUSY the server cannot now (5xx, 429,
 * 423, 408) · ERR_FULL 507 · ERR_UNAUTHENTICATED 401 · ERR_FORBIDDEN 403 · ERR_NOT_FOUND 404 · ERR_CONFLICT 409 ·
 * ERR_LIMIT 413 · ERR_UNSUPPORTED 415, or TLS that cannot be trusted · ERR_INVALID other 4xx, the message is the
 * server's · ERR_CORRUPT an answer that is not of this API (a redirect, a page of a hotel's network):
 * it counts as no connection · ERR_CANCELLED remote_stop() · ERR_EXISTS a file changed
 * under the upload.
 *
 * Threads: a struct remote belongs to one thread at a time; remote_stop() may be called anywhere, also in a signal
 * handler. */
#pragma once

#include <glib.h>
#include <jansson.h>
#include <stdbool.h>
#include <stdint.h>

struct remote;

/** @api: base address without a slash at the end. @secret NULL: not signed in. NULL with @error. Free with
 *  remote_free(). */
struct remote *remote_new(const char *api, const char *secret, bool is_token, GError **error);
void remote_free(struct remote *remote);

/** Told how many more bytes of a file were handed to the network (negative: they have to be sent again). */
typedef void remote_sent(int64_t bytes, void *data);
void remote_on_sent(struct remote *remote, remote_sent *sent, void *data);

/** Ends what all conversations do now with ERR_CANCELLED, and what they begin; those with remote_set_last_words(true)
 *  go on, with short time limits. */
void remote_stop(void);
bool remote_is_stopped(void);
void remote_set_last_words(struct remote *remote, bool is_last_words);
/** For tests. */
void remote_unstop(void);

/** Part of a form; value or file, never both. */
struct remote_field {
    const char *name;
    const char *value;
    const void *bytes; /* with @size: a small file from memory */
    size_t size;
};

struct remote_request {
    const char *method;
    const char *path;           /* below the base address, with its slash; or an absolute URL of the same server */
    const char *const *headers; /* "Name: value", …, NULL; or NULL */
    json_t *json;               /* body; not taken over; or NULL */
    int fd;                     /* body from this file, where length > 0 */
    int64_t offset, length;
    const struct remote_field *form; /* multipart/form-data: these, and the file as part @file_field behind them */
    size_t n_form;
    const char *file_field;
    bool is_anonymous; /* without the secret */
};

/** What came back. Owned: remote_answer_clear(). */
struct remote_answer {
    int status;
    json_t *json;    /* NULL where the body was none */
    bool is_foreign; /* a body that is no JSON: some other program answered on the way */
    char *message;   /* "message" of an error body, or NULL */
    char *location;
    char *asset_id;        /* X-Ambrotype-Asset-Id */
    char *outcome;         /* X-Ambrotype-Status */
    int64_t upload_offset; /* -1: not said */
    int retry_after_s;     /* -1: not said */
};
void remote_answer_clear(struct remote_answer *answer);
#define REMOTE_ANSWER_AUTO __attribute__((cleanup(remote_answer_clear)))

/** Sends and reads the answer, once. True for every answer that came, whatever its status. @ret_answer must be zero. */
bool remote_send(struct remote *remote, const struct remote_request *request, struct remote_answer *ret_answer,
                 GError **error);

/** As remote_send(), and an answer of 400 and above is an error by its kind. @ret_answer is set also then. */
bool remote_ask(struct remote *remote, const struct remote_request *request, struct remote_answer *ret_answer,
                GError **error);

/** Runs @attempt until it succeeds, fails for good, or @patience_us have passed since it first failed for want of a
 *  connection or because the server was busy. Pauses double from half a second to 30, with jitter, and heed
 *  Retry-After. */
typedef bool remote_attempt(void *data, GError **error);
bool remote_persist(struct remote *remote, int64_t patience_us, remote_attempt *attempt, void *data, GError **error);

/** Called when remote_persist() begins to wait for the server. */
typedef void remote_outage(void *data);
void remote_on_outage(struct remote *remote, remote_outage *outage, void *data);

/** Is it the connection, not the request? */
bool remote_is_outage(const GError *error);
