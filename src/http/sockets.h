/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * All open WebSockets of a server, and the thread that serves them (started with the first one). It waits for their
 * descriptors, for what other threads have to send, and for time to pass.
 *
 * Threads: any, but for what says otherwise. */
#pragma once

#include <glib.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "http/websocket.h"

struct sockets;

/** A connection that speaks WebSocket from now on. */
struct websocket_line {
    int fd; /* stays @owner's; never waited for */
    /* The connection beneath @fd, where that is another descriptor and does not tell when the peer leaves; or -1. */
    int network_fd;
    /** The socket is done with @fd. @is_orderly: both sides have said goodbye, what is under way should still arrive.
     *  On the sockets' thread, or within sockets_add(). */
    void (*let_go)(void *owner, bool is_orderly);
    void *owner;
    const void *early; /* what the peer sent along with its request; copied */
    size_t early_size;
};

/** NULL with @error where the system has no descriptors left. */
struct sockets *sockets_new(GError **error);
/** Says goodbye to all sockets (1001) and waits until they are gone, at most a second or so. New ones are let go at
 *  once. */
void sockets_stop(struct sockets *sockets);
/** sockets_stop(), then frees. NULL is fine. */
void sockets_free(struct sockets *sockets);

/** Opens a socket on @line. */
void sockets_add(struct sockets *sockets, const struct websocket_line *line, const struct websocket_events *events,
                 void *data);

/** How many are open. */
unsigned sockets_count(struct sockets *sockets);

/** For tests: as if @us had passed for ticks and patience. */
void sockets_skip_time(struct sockets *sockets, int64_t us);
