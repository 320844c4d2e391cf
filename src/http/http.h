/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * The HTTP server: requests in, answers out. It knows nothing of photos. Behind it stands libmicrohttpd; nothing of it
 * shows here.
 *
 * Life of a request:
 *   headers read → route found (404, 405 with Allow) → `before` of the server (who is this? may answer) → body:
 *     HTTP_BODY_NONE    a body is refused (413/400)
 *     HTTP_BODY_BUFFER  read whole, up to route->max_body_bytes (413), then http_body()
 *     HTTP_BODY_STREAM  route->begin(), then route->write() for each piece as it comes
 *   → route->handle() → answer.
 * `before`, begin and write run on a network thread and must not block for longer than a local disk write; handle()
 * runs on a thread of a bounded pool and may block (fsync, database, password hash).
 * Whatever way a request ends, its context is freed by the function given with it, on any thread, exactly once.
 *
 * Answering before the body is read is allowed in before, begin and write (a refusal): a rest of the body up to 64 KiB
 * is drained and the connection goes on; with a larger one the answer goes out at once and the connection closes
 * (lingering, so that a client who is still sending gets to read it).
 *
 * A client who leaves, or whose body ends before its announced length, ends the request without handle(). Slow clients
 * are cut off: headers must be whole after header_timeout_s, and each such time must bring at least 256 bytes of a
 * body.
 *
 * Errors as an answer are JSON: {"message", "error", "statusCode", "correlationId"}; header X-Correlation-ID of every
 * answer is the id that the log shows. The server logs each request as "http.request" (reads that went well: at debug).
 */
#pragma once

#include <glib.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct http_server;
struct http_request;

enum http_body_kind { HTTP_BODY_NONE, HTTP_BODY_BUFFER, HTTP_BODY_STREAM };

struct http_route {
    const char *method;  /* "GET" also answers HEAD, unless a HEAD route exists */
    const char *pattern; /* "/api/assets/{id}/original"; a last part "{*rest}" takes all that follows */
    void (*handle)(struct http_request *request);
    enum http_body_kind body;
    size_t max_body_bytes; /* BUFFER: 0 means the server's default */
    /* STREAM only. false with @error answers the error and ends the request. */
    bool (*begin)(struct http_request *request, GError **error);
    bool (*write)(struct http_request *request, const void *bytes, size_t size, GError **error);
    const void *info; /* the table owner's own row (permission, operation name) */
};

struct http_config {
    const char *listen; /* "127.0.0.1:2283", "[::1]:0"; port 0 takes a free one */
    const struct http_route *routes;
    size_t n_routes;
    /** Runs once headers are read and the route is known. false with @error answers it. May be NULL. */
    bool (*before)(struct http_request *request, GError **error);
    void *data;                /* http_data() */
    unsigned network_threads;  /* 0: 2 */
    unsigned handler_threads;  /* 0: 8 */
    unsigned max_connections;  /* 0: 1024 */
    unsigned max_per_address;  /* 0: no limit of its own */
    unsigned header_timeout_s; /* 0: 20. Also the longest silence inside a body. */
    size_t max_header_bytes;   /* 0: 32 KiB */
    size_t max_body_bytes;     /* BUFFER default; 0: 10 MiB */
    /* NULL-terminated addresses or CIDR blocks whose X-Forwarded-For, -Proto and -Host count; may be NULL */
    const char *const *trusted_proxies;
    /* PEM files for HTTPS, the server's own certificate first in its chain; both NULL: HTTP. One pair a process. */
    const char *tls_cert, *tls_key;
};

/** Starts listening and serving. NULL with @error (address in use, bad address). The config's strings are copied, its
 *  routes must outlive the server. */
struct http_server *http_server_start(const struct http_config *config, GError **error);
/** The address in use, with its real port, as "http://127.0.0.1:2283". Owned by the server. */
const char *http_server_url(const struct http_server *server);
/** Reads the two files of the configuration again, for connections from now on. On failure what was shown goes on being
 *  shown. ERR_INVALID; ERR_UNSUPPORTED for a server without them. */
bool http_server_reload_tls(struct http_server *server, GError **error);
/** Stops accepting, lets running requests finish for up to @grace_s seconds, cuts the others off, frees everything.
 *  A handle() that runs is always waited for. */
void http_server_stop(struct http_server *server, unsigned grace_s);

/* ---- the request ---- */

void *http_data(const struct http_request *request);
const struct http_route *http_route(const struct http_request *request);
const char *http_request_id(const struct http_request *request);
const char *http_method(const struct http_request *request);
const char *http_path(const struct http_request *request);
/** A {name} of the pattern, percent-decoded. Never NULL for a name that the pattern has. */
const char *http_param(const struct http_request *request, const char *name);
/** A query value, decoded; NULL if absent, "" if without a value. The first where it stands several times. */
const char *http_query(const struct http_request *request, const char *name);
/** Value number @index (from 0) of a name that stands several times, or NULL past the last. */
const char *http_query_nth(const struct http_request *request, const char *name, unsigned index);
/** A request header, or NULL. Names in any case. */
const char *http_header(const struct http_request *request, const char *name);
const char *http_cookie(const struct http_request *request, const char *name);
/** The whole body of a BUFFER route; empty, never NULL. Owned by the request. */
GBytes *http_body(struct http_request *request);
/** Announced length, 0 where there is no body, -1 where it is not known (chunked). */
int64_t http_content_length(const struct http_request *request);
/** The client's address as text, behind trusted proxies the forwarded one. */
const char *http_remote(const struct http_request *request);
/** Did the request come by HTTPS (here or at a trusted proxy)? */
bool http_is_secure(const struct http_request *request);
/** Scheme and authority for absolute URLs, "https://photos.example.org". */
const char *http_origin(const struct http_request *request);

/** The caller's own state of this request; @destroy (may be NULL) runs when the request ends. One slot for `before`
 *  (HTTP_SLOT_AUTH), one for what was read of the query (HTTP_SLOT_QUERY) and one for the route (HTTP_SLOT_ROUTE). */
enum http_slot { HTTP_SLOT_AUTH, HTTP_SLOT_QUERY, HTTP_SLOT_ROUTE, HTTP_N_SLOTS };
void http_set(struct http_request *request, enum http_slot slot, void *value, GDestroyNotify destroy);
void *http_get(const struct http_request *request, enum http_slot slot);

/* ---- the answer: headers first, then exactly one answer ---- */

void http_add_header(struct http_request *request, const char *name, const char *value);

struct http_cookie_options {
    int64_t max_age_s; /* negative: expire it now */
    bool http_only;
    bool secure;
};
/** Path=/, SameSite=Lax, host-only. */
void http_set_cookie(struct http_request *request, const char *name, const char *value,
                     struct http_cookie_options options);

void http_answer_empty(struct http_request *request, int status);
/** Takes @json; type application/json; charset=utf-8. Compressed with gzip when large and accepted. */
void http_answer_json(struct http_request *request, int status, GString *json);
/** Answers @error by its kind (base/error.h) and logs it. */
void http_answer_error(struct http_request *request, const GError *error);
/** As http_answer_error() with @status instead of that of the kind. */
void http_answer_error_status(struct http_request *request, int status, const GError *error);

struct http_file {
    int fd; /* taken */
    int64_t size_bytes;
    int64_t start_bytes;       /* where it begins in @fd: part of a file can be answered as if it were a file */
    const char *type;          /* media type */
    const char *etag;          /* without quotes; strong; may be NULL */
    int64_t modified_us;       /* 0: no Last-Modified */
    const char *cache_control; /* may be NULL */
    const char *disposition;   /* "inline" or "attachment", or NULL for no header */
    const char *file_name;     /* for the disposition, any UTF-8 (RFC 6266, filename*) */
};
/** 200, 206, 304, 412 or 416 as the request's Range, If-Range, If-None-Match … ask (RFC 9110, sections 13 and 14). */
void http_answer_file(struct http_request *request, const struct http_file *file);

/** Bytes that live as long as the program (embedded pages), same conditions as http_answer_file(); @meta's fd and size
 *  are not looked at. Text types are compressed with gzip where accepted, once: the server keeps the packed bytes. */
void http_answer_static(struct http_request *request, const void *bytes, size_t size, const struct http_file *meta);

/** A body pulled piece by piece: @pull fills @buffer and answers the count, 0 at the end, negative to cut the
 *  connection off. It runs on a network thread. @size_bytes negative: not known (chunked). @destroy runs on any thread,
 * possibly after the slots of the request were emptied: @data must own what it needs. */
typedef ssize_t http_pull(void *data, char *buffer, size_t max);
void http_answer_pull(struct http_request *request, int status, const char *type, int64_t size_bytes, http_pull *pull,
                      void *data, GDestroyNotify destroy);
/** As http_answer_pull(), for a @pull that may block (disk, a worker): or whose bytes cost much: it runs on a few
 * threads of low priority, one after another, for one block of PULL_BLOCK_BYTES at a time. While the client takes its
 * time with one no thread is held, and no more than that block is in memory. */
enum { PULL_BLOCK_BYTES = 256 * 1024 };
void http_answer_slow_pull(struct http_request *request, int status, const char *type, int64_t size_bytes,
                           http_pull *pull, void *data, GDestroyNotify destroy);
/** Content-Disposition: attachment with @file_name, any UTF-8 (RFC 6266). */
void http_add_attachment(struct http_request *request, const char *file_name);
