/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Packets of Engine.IO 4 and, inside its messages, Socket.IO 5, one a WebSocket text message. Only what a client may
 * send to this server is read: to it a client says that it is there, and nothing else that would be looked at. What we
 * send is written here as well.
 *
 *   Engine.IO:  type digit, then the payload:  "3" pong, "4…" message
 *   Socket.IO:  type digit, attachments "1-", namespace "/name,", acknowledgement "12", JSON:  "40", "42["event",{}]"
 *
 * Threads: any. */
#pragma once

#include <glib.h>
#include <stdbool.h>
#include <stddef.h>

enum socket_io_kind {
    SOCKET_IO_CLOSE, /* Engine.IO: the client leaves */
    SOCKET_IO_PING,  /* with a payload to be given back, as in "2probe" */
    SOCKET_IO_PONG,
    SOCKET_IO_NOTHING,    /* to be passed over */
    SOCKET_IO_CONNECT,    /* to a namespace */
    SOCKET_IO_DISCONNECT, /* from it */
    SOCKET_IO_EVENT,      /* also acknowledgements: nobody here waits for one */
};

/** Views into the text that was read. */
struct socket_io_packet {
    enum socket_io_kind kind;
    const char *space; /* of a message: the namespace with its slash; NULL: the main one */
    size_t space_size;
    const char *payload; /* what follows, not looked into */
    size_t payload_size;
};

/** Reads @text, which need not be terminated. False where it is no packet that a client may send: one with binary
 *  attachments, or one that only servers send, is none. */
bool socket_io_read(const char *text, size_t size, struct socket_io_packet *ret_packet);

/* What the server sends; free with g_bytes_unref(). */

/** "0{…}": the transport is open. */
GBytes *socket_io_open(const char *sid, unsigned ping_interval_ms, unsigned ping_timeout_ms, size_t max_payload_bytes);
GBytes *socket_io_ping(void);
/** "3" with the ping's payload. */
GBytes *socket_io_pong(const struct socket_io_packet *ping);
/** "40{"sid"}": welcome in the main namespace. */
GBytes *socket_io_connected(const char *sid);
/** "44/name,{"message"}": there is no such namespace. */
GBytes *socket_io_refused(const struct socket_io_packet *connect, const char *message);
GBytes *socket_io_disconnect(void);
/** "42["name",json]"; @json NULL: an event without an argument. */
GBytes *socket_io_event(const char *name, const char *json);
