/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * A client for tests that says over a raw socket exactly what it is told, and fails the test when it does not hear what
 * it must. Threads: any, each with its own socket. */
#pragma once

#include <glib.h>
#include <stdbool.h>
#include <stddef.h>

#include "http/http.h"

#define HOST "Host: localhost\r\n"
#define GET(path) "GET " path " HTTP/1.1\r\n" HOST "\r\n"

struct reply {
    int status;
    char *head;
    GString *body;
};

/** A new connection to @server; reads on it give up after 10 s. Close it. */
int peer_dial(const struct http_server *server);

/** Sends it all. False when that failed: a server that has answered may close on us. */
bool peer_say(int fd, const char *text);

/** Reads status line and headers; the body is left. Clear the reply. */
struct reply peer_hear_head(int fd);
/** Reads a whole answer, of a HEAD request where @has_body is false. */
struct reply peer_hear(int fd, bool has_body);
void reply_clear(struct reply *reply);

/** The value of the first header @name of @reply must be @value (NULL: there is none). */
void reply_assert_header(const struct reply *reply, const char *name, const char *value);
/** That value, or NULL. Free with g_free(). */
char *reply_header(const struct reply *reply, const char *name);

/** The server has closed, in whatever way, and said nothing more. */
void peer_assert_closed(int fd);

/** Says @request; the answer must have @status and @part in its body. */
void peer_expect(int fd, const char *request, int status, const char *part);
/** The same on a connection of its own. */
void peer_expect_alone(const struct http_server *server, const char *request, int status, const char *part);
