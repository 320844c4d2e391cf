/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * One WebSocket, as its own file (framing, sending) and the set of all of them (waiting) see it. */
#pragma once

#include <glib.h>
#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>
#include <wslay/wslay.h>

#include "http/sockets.h"

struct websocket {
    struct sockets *sockets;
    struct websocket_line line;
    const struct websocket_events *events;
    void *data;

    /* The sockets' thread alone. */
    wslay_event_context_ptr frames;
    GByteArray *early;  /* not read yet; NULL: nothing */
    size_t turn_bytes;  /* may still be read in this turn */
    bool is_ended;      /* let go; freed once no event of epoll can name it any more */
    bool is_cut;        /* the peer left, or the line is broken */
    bool is_leaving;    /* asked to close: only a matter of patience now */
    bool has_moved;     /* something went out since the last tick */
    uint32_t waits_for; /* as epoll was told */
    GList timer;        /* in the queue of ticks, of those that leave in that of goodbyes; its data is this socket */
    int64_t due_us;

    /* Under the lock of the set. */
    GQueue outbox; /* GBytes * */
    size_t outbox_bytes;
    int close_code;   /* 0: not asked to close */
    bool is_overfull; /* the peer takes too little: to be dropped */
    bool is_marked;   /* in the set's queue of those that have something to do */
    GList mark;
};

/* websocket.c; all on the sockets' thread. False: the socket is at its end, and *ret_orderly says which one. */

struct websocket *websocket_new(struct sockets *sockets, const struct websocket_line *line,
                                const struct websocket_events *events, void *data);
/** The line must have been let go, and nobody may know the socket any more. */
void websocket_free(struct websocket *socket);
/** Reads what is there, within a share. */
bool websocket_read(struct websocket *socket, bool *ret_orderly);
/** Sends what the peer takes at this moment. */
bool websocket_write(struct websocket *socket, bool *ret_orderly);
bool websocket_wants_read(const struct websocket *socket);
bool websocket_wants_write(const struct websocket *socket);

/* sockets.c */

/** The next message to send, or NULL; *ret_close_code then says whether it is time to say goodbye. */
GBytes *sockets_take_message(struct websocket *socket, int *ret_close_code);
