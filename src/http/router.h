/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Finds the route of a path in a tree of path segments. The most specific pattern wins: at each segment a literal
 * before a {name}, and {*rest} last; the method is looked at only then (405, not another pattern).
 *
 * Threads: a router does not change after router_new(), any number may use it. */
#pragma once

#include <glib.h>
#include <stdbool.h>

#include "http/http.h"

struct router;

enum { ROUTER_MAX_PARAMS = 8, ROUTER_MAX_SEGMENTS = 64 };

struct router_match {
    const struct http_route *route; /* NULL: no such method here, see @allow */
    char *allow;                    /* "GET, HEAD, OPTIONS" of the pattern found; NULL: no pattern fits (404) */
    unsigned n_params;
    const char *names[ROUTER_MAX_PARAMS]; /* owned by the router */
    char *values[ROUTER_MAX_PARAMS];
};

/** ERR_INTERNAL for a pattern that is malformed or stands twice with the same method. @routes must outlive it. */
struct router *router_new(const struct http_route *routes, size_t n_routes, GError **error);
void router_free(struct router *router);

/** Looks up @path (raw, as sent, without the query), decoding segment by segment. False with ERR_INVALID where it does
 *  not decode, has `.` or `..` segments, or is no absolute path. True: @ret_match is filled; clear it. */
bool router_find(const struct router *router, const char *method, const char *path, struct router_match *ret_match,
                 GError **error);
void router_match_clear(struct router_match *match);
