/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * What the files of this room share. No other header shows libmicrohttpd.
 *
 * A request belongs to one thread at a time: the network thread of its connection, or, between dispatch and resume,
 * one thread of the handler pool. It needs no lock of its own. */
#pragma once

#include <glib.h>
#include <microhttpd.h>
#include <stdbool.h>
#include <stdint.h>

#include "http/http.h"
#include "http/linger.h"
#include "http/proxy.h"
#include "http/query.h"
#include "http/router.h"
#include "http/sockets.h"
#include "http/watch.h"

enum {
    MAX_TARGET_BYTES = 8 * 1024,
    /* A refused body up to this size is read and thrown away, so that the connection lives on. */
    MAX_DRAIN_BYTES = 64 * 1024,
    GZIP_FROM_BYTES = 1024,
};

struct http_server {
    struct MHD_Daemon *daemon;
    struct router *router;
    struct proxy_list *proxies;
    struct watch *watch;
    struct linger_set *linger;
    struct sockets *sockets;
    GThreadPool *pool;
    GThreadPool *slow_pool; /* the next blocks of slow pulls: threads of its own, behind all others */
    bool (*before)(struct http_request *request, GError **error);
    void *data;
    char *url;
    char *tls_cert, *tls_key; /* NULL: HTTP */
    size_t max_header_bytes;
    size_t max_body_bytes;

    GMutex lock;
    GCond changed;
    unsigned active;    /* requests between their first line and their end; under lock */
    unsigned handling;  /* requests in the handler pool; under lock */
    bool closed;        /* no more work for the pool; under lock */
    GHashTable *packed; /* const void * of a static answer → GBytes * in gzip format; under lock */
    gint draining;      /* atomic: take no new connection, end keep-alive */
};

enum answer_kind { ANSWER_NONE, ANSWER_BYTES, ANSWER_FILE, ANSWER_PULL, ANSWER_WEBSOCKET };

/* An answer that is decided but not yet sent. */
struct answer {
    enum answer_kind kind;
    int status;
    GPtrArray *headers; /* name, value, name, value … */
    GBytes *bytes;      /* ANSWER_BYTES */
    int fd;             /* ANSWER_FILE */
    int64_t offset;
    int64_t size_bytes; /* of the body; -1: not known */
    http_pull *pull;    /* ANSWER_PULL */
    void *pull_data;
    GDestroyNotify pull_destroy;
    bool pull_is_slow;
    const struct websocket_events *socket_events; /* ANSWER_WEBSOCKET */
    void *socket_data;                            /* NULL once it is the socket's */
};

struct slow_pull;

enum http_phase {
    PHASE_HEADERS,  /* the first line was seen */
    PHASE_BODY,     /* body pieces go to the buffer or to route->write */
    PHASE_DRAIN,    /* the answer is decided, the rest of the body is thrown away */
    PHASE_HANDLING, /* handle() is queued or runs; the connection is suspended */
    PHASE_ANSWERED, /* libmicrohttpd has the answer */
};

struct http_request {
    struct http_server *server;
    struct MHD_Connection *connection;
    struct watch_entry *entry;
    enum http_phase phase;
    int64_t started_us; /* monotonic */
    char id[17];
    char *target; /* as sent */
    char *method;
    char *path; /* decoded */
    struct query *query;
    struct router_match match;
    char *remote;
    char *origin;
    bool secure;
    GPtrArray *cookies; /* values handed out, owned here */
    int64_t content_length;
    size_t max_body_bytes;
    uint64_t received_bytes;
    GByteArray *buffer;
    GBytes *body;
    bool linger; /* the answer goes out before the body was read */
    struct answer answer;
    struct slow_pull *slow; /* PHASE_ANSWERED: whose next block the pool makes; owned by libmicrohttpd's answer */
    struct {
        void *value;
        GDestroyNotify destroy;
    } slots[HTTP_N_SLOTS];
};

/* request.c */

/** A request from its raw target (NULL: no target was sent). */
struct http_request *request_new(struct http_server *server, struct MHD_Connection *connection, const char *target);
void request_free(struct http_request *request);
bool request_is_chunked(const struct http_request *request);

/* head.c */

/** Reads and checks what the headers say, finds the route. False with @error; where the route's method is missing the
 *  answer is set already and @error is not. */
bool request_read_head(struct http_request *request, const char *method, const char *version, GError **error);

/* exchange.c */

/** Work of a request for the pool (GFunc): handle(), or the next block of a slow pull. */
void exchange_work(gpointer request, gpointer server);
/** Suspends the connection and gives @request to the pool; false, with nothing done, where the server is stopping. */
bool exchange_dispatch(struct http_request *request);
/** One call of libmicrohttpd for @request: MHD_NO closes the connection. */
enum MHD_Result exchange_step(struct http_request *request, const char *method, const char *version, const char *upload,
                              size_t *upload_size);
/** The request is over, in whatever way: writes the access log, frees it. */
void exchange_end(struct http_request *request, enum MHD_RequestTerminationCode how);
/** Ends the connection without another word; it is still libmicrohttpd's to close. */
void exchange_cut(const struct http_request *request);

/* slow_pull.c */

/** libmicrohttpd's object for the answer of a slow pull, which it takes over; NULL, with nothing taken, when memory is
 *  short. */
struct MHD_Response *slow_pull_response(struct http_request *request);
/** Makes the next block. On a thread of the pool, while the connection is suspended. */
void slow_pull_fill(struct slow_pull *slow);

/* handshake.c */

/** MHD_UpgradeHandler: the connection of @context, a request, becomes a WebSocket. */
void handshake_upgraded(void *data, struct MHD_Connection *connection, void *context, const char *early,
                        size_t early_size, MHD_socket fd, struct MHD_UpgradeResponseHandle *handle);

/* answer.c */

bool answer_is_set(const struct http_request *request);
/** Takes @bytes. */
void answer_bytes(struct http_request *request, int status, const char *type, GBytes *bytes);
/** Sends @size_bytes (> 0) of @fd (taken) from @offset. */
void answer_file_part(struct http_request *request, int status, int fd, int64_t offset, int64_t size_bytes);
/** Sends 101; then the connection is a socket of @events with @data (taken). */
void answer_websocket(struct http_request *request, const struct websocket_events *events, void *data);
/** Makes libmicrohttpd's object of the decided answer; NULL when memory is short. The answer keeps nothing. */
struct MHD_Response *answer_to_response(struct http_request *request);
/** The decided answer as the bytes of a whole HTTP/1.1 message with Connection: close; NULL for files and pulls. */
GString *answer_to_message(struct http_request *request);
void answer_clear(struct answer *answer);
/** @bytes in gzip format (RFC 1952) at @level, or NULL where that is not smaller. */
GBytes *answer_gzip(const void *bytes, size_t size, int level);
