/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * WebSockets (RFC 6455), the server's end: a handler answers a request with one instead of with a body, and from then
 * on text goes both ways. Framing is wslay's; the handshake, the limits and the waiting are here. No extensions, no
 * subprotocols.
 *
 * One thread of its own serves all open sockets of a server, so that an idle one costs memory alone. It calls the
 * functions of struct websocket_events, which must not block for longer than a look into the database.
 *
 * What is sent is queued and goes out as the peer takes it. A peer who lets more than WEBSOCKET_OUTBOX_BYTES pile up,
 * or takes nothing of what waits between two ticks, is dropped: no reader can make the server's memory grow.
 *
 * Threads: websocket_send() and websocket_close() on any, until `gone` was called. */
#pragma once

#include <glib.h>
#include <stdbool.h>
#include <stddef.h>

struct http_request;
struct websocket;

enum {
    WEBSOCKET_TICK_S = 25,
    WEBSOCKET_OUTBOX_BYTES = 4 * 1024 * 1024, /* what several peers are sent is there once */
    WEBSOCKET_MESSAGE_BYTES = 16 * 1024,      /* a longer message of the peer's ends the socket (1009) */
};

/* Why a socket is closed (RFC 6455, section 7.4.1). */
enum { WEBSOCKET_NORMAL = 1000, WEBSOCKET_GOING_AWAY = 1001, WEBSOCKET_UNSUPPORTED = 1003, WEBSOCKET_POLICY = 1008 };

/** All run on the sockets' thread, but for `gone`, which may run on any; none of them may be NULL. */
struct websocket_events {
    void (*open)(struct websocket *socket, void *data);
    /** A whole text message, valid UTF-8, not terminated. None comes after websocket_close(). */
    void (*text)(struct websocket *socket, const char *text, size_t size, void *data);
    /** Every WEBSOCKET_TICK_S seconds. */
    void (*tick)(struct websocket *socket, void *data);
    /** Exactly once and last, also where the socket never opened: frees @data. */
    void (*gone)(void *data);
};

/** Answers @request, a GET, with a WebSocket whose life @events are told of with @data (not NULL, taken in any case);
 *  @events must outlive the server. ERR_INVALID where the request is no WebSocket handshake, ERR_BUSY while the server
 *  is about to stop; a version other than 13 is answered here (426). Whether the request's Origin may do this is the
 *  caller's to check first. */
bool http_answer_websocket(struct http_request *request, const struct websocket_events *events, void *data,
                           GError **error);

/** Queues a text message; @text is shared with whoever else sends it. */
void websocket_send(struct websocket *socket, GBytes *text);

/** Says goodbye with @code after what is queued, and ends the socket whether the peer answers or not. */
void websocket_close(struct websocket *socket, int code);
