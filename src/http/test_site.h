/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * The server that the tests of this room talk to: its routes, what they note, and how tests steer them. */
#pragma once

#include <glib.h>
#include <stdbool.h>

#include "http/http.h"

enum {
    SITE_TIMEOUT_S = 2, /* short, but longer than a loaded machine keeps a test waiting */
    SITE_MAX_HEADER_BYTES = 4096,
    SITE_MAX_BODY_BYTES = 100 * 1000,
    SITE_PULL_BYTES = 64 * 1024 * 1024, /* what /pull answers */
    SITE_FLOOD_BYTES = 16 * 1024,       /* of each message that a WebSocket sends who is told to flood */
    SITE_FLOOD_MESSAGES = 1000,
};

/** What happened since site_start(); under lock. */
struct site {
    GMutex lock;
    GCond changed;
    unsigned contexts_made; /* of /upload, /form and /socket */
    unsigned contexts_freed;
    unsigned handled;
    bool hold;        /* /hold waits while it is set */
    unsigned holding; /* requests that wait there */
    guint64 pulled_bytes;
    unsigned pulls_freed;
};
extern struct site site;

/** 36 bytes: what /file and /static answer. */
extern const char site_text[];

/** Starts the server on a free port; @trusted_proxies may be NULL, @max_per_address 0. */
struct http_server *site_start_with(const char *const *trusted_proxies, unsigned max_per_address);
struct http_server *site_start(void);
/** Stops it with a grace of 5 s; each context that was made must be freed. */
void site_stop(struct http_server *server);

/** Waits until @counter (one of site's) has @value; fails after 10 s. */
void site_wait_for(const unsigned *counter, unsigned value);
/** Lets the requests at /hold go on. */
void site_release(void);

/** The whole table, for a server with another configuration. */
extern const struct http_route site_routes[];
extern const size_t site_n_routes;
