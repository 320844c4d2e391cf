/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * The HTTP API: the Immich API 3.2.2 as far as this program has it, our own paths beside it (docs/architecture.md) and
 * the web page. This header is all that the rest of the program sees of the room: start it with what it needs, stop it.
 *
 * Inside, one file a resource: parse, check permission, call the domain, answer. routes.c holds the one table.
 *
 * Threads: api_start() and api_stop() on the main thread; requests run on the threads of `http`. */
#pragma once

#include <glib.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

struct api;
struct db;
struct ingest;
struct jobs;
struct media;
struct store;

/** What the API stands on and how it behaves. Pointers must outlive the api; strings are copied. */
struct api_config {
    struct db *db;
    struct store *store;
    struct ingest *ingest;
    struct media *media; /* may be NULL: then no derivatives are made, those that are there are served */
    struct jobs *jobs;   /* may be NULL: nothing is woken */

    const char *listen;                 /* as struct http_config */
    const char *const *trusted_proxies; /* as struct http_config; may be NULL */
    const char *external_domain;        /* "https://photos.example.org"; NULL or "": the address of the request */
    const char *login_message;          /* shown on the page where people sign in; may be NULL */

    const char *tls_cert, *tls_key; /* as struct http_config; may be NULL or "" */

    unsigned trash_days;       /* how long deleted assets stay; 0: 30 */
    unsigned user_delete_days; /* how long deleted accounts can be brought back; 0: 7 */
    unsigned session_days;     /* a session that was not used for so long has ended; 0: 400 */
    int64_t max_upload_bytes;  /* of one file; 0: no limit but the disk */
    unsigned max_connections;  /* 0: http's default */
    unsigned max_per_address;  /* 0: no limit of its own */
    unsigned header_timeout_s; /* 0: http's default */
};

/** Starts serving. NULL with @error (address in use, bad address). */
struct api *api_start(const struct api_config *config, GError **error);

/** The address in use with its real port, as "http://127.0.0.1:2283". Owned by @api. */
const char *api_url(const struct api *api);

/** As http_server_reload_tls(). */
bool api_reload_tls(struct api *api, GError **error);

/** Stops accepting, lets running requests finish for up to @grace_s seconds, frees everything. NULL is fine. */
void api_stop(struct api *api, unsigned grace_s);

/** Writes the API's description, an OpenAPI document, and a newline. */
void api_print_document(FILE *out);

/** Writes the table of routes, one a line: method, pattern, operation, permission ("-": none), who ("public", "user",
 *  "admin"), divided by tabs. For tests and for the documentation. */
void api_print_routes(FILE *out);
