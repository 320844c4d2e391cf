/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * One WebSocket over wslay. It is handed one message at a time: its own queue copies, ours shares. */
#include <errno.h>
#include <string.h>
#include <sys/socket.h>

#include "http/websocket_private.h"

enum {
    TURN_BYTES = 64 * 1024, /* read of one peer before others get their turn */
    MAX_ANSWERS = 64,       /* pongs that wait for a peer who pings but does not read */
};

/* ---- what wslay calls ---- */

static ssize_t take_early(struct websocket *socket, uint8_t *buffer, size_t size)
{
    size_t taken = MIN(size, socket->early->len);
    memcpy(buffer, socket->early->data, taken);
    g_byte_array_remove_range(socket->early, 0, (guint)taken);
    if (socket->early->len == 0)
        g_clear_pointer(&socket->early, g_byte_array_unref);
    return (ssize_t)taken;
}

static ssize_t on_recv(wslay_event_context_ptr frames, uint8_t *buffer, size_t size, int flags, void *data)
{
    struct websocket *socket = data;
    if (socket->early)
        return take_early(socket, buffer, size);
    ssize_t got = -1;
    errno = EAGAIN;
    if (socket->turn_bytes > 0)
        got = recv(socket->line.fd, buffer, MIN(size, socket->turn_bytes), MSG_DONTWAIT);
    if (got > 0)
        socket->turn_bytes -= (size_t)got;
    else if (got < 0 && (errno == EAGAIN || errno == EINTR))
        wslay_event_set_error(frames, WSLAY_ERR_WOULDBLOCK);
    else
        socket->is_cut = true;
    if (socket->is_cut)
        wslay_event_set_error(frames, WSLAY_ERR_CALLBACK_FAILURE);
    return got > 0 ? got : -1;
}

static ssize_t on_send(wslay_event_context_ptr frames, const uint8_t *bytes, size_t size, int flags, void *data)
{
    struct websocket *socket = data;
    int more = flags & WSLAY_MSG_MORE ? MSG_MORE : 0;
    ssize_t sent = send(socket->line.fd, bytes, size, MSG_DONTWAIT | MSG_NOSIGNAL | more);
    if (sent > 0) {
        socket->has_moved = true;
        return sent;
    }
    bool wait = sent < 0 && (errno == EAGAIN || errno == EINTR);
    wslay_event_set_error(frames, wait ? WSLAY_ERR_WOULDBLOCK : WSLAY_ERR_CALLBACK_FAILURE);
    return -1;
}

static void on_message(wslay_event_context_ptr frames, const struct wslay_event_on_msg_recv_arg *message, void *data)
{
    struct websocket *socket = data;
    if (socket->is_leaving)
        return;
    if (message->opcode == WSLAY_TEXT_FRAME)
        socket->events->text(socket, message->msg ? (const char *)message->msg : "", message->msg_length, socket->data);
    else if (message->opcode == WSLAY_BINARY_FRAME)
        websocket_close(socket, WEBSOCKET_UNSUPPORTED);
}

/* ---- life ---- */

struct websocket *websocket_new(struct sockets *sockets, const struct websocket_line *line,
                                const struct websocket_events *events, void *data)
{
    static const struct wslay_event_callbacks callbacks = {
        .recv_callback = on_recv, .send_callback = on_send, .on_msg_recv_callback = on_message};
    struct websocket *socket = g_new0(struct websocket, 1);
    socket->sockets = sockets;
    socket->line = *line;
    socket->line.early = NULL;
    socket->events = events;
    socket->data = data;
    socket->timer.data = socket->mark.data = socket;
    if (line->early_size > 0)
        socket->early = g_byte_array_append(g_byte_array_new(), line->early, (guint)line->early_size);
    g_queue_init(&socket->outbox);
    if (wslay_event_context_server_init(&socket->frames, &callbacks, socket) != 0)
        g_error("out of memory"); /* as g_malloc() would end it */
    wslay_event_config_set_max_recv_msg_length(socket->frames, WEBSOCKET_MESSAGE_BYTES);
    return socket;
}

void websocket_free(struct websocket *socket)
{
    wslay_event_context_free(socket->frames);
    g_queue_clear_full(&socket->outbox, (GDestroyNotify)g_bytes_unref);
    g_clear_pointer(&socket->early, g_byte_array_unref);
    g_free(socket);
}

/* ---- moving bytes ---- */

bool websocket_wants_read(const struct websocket *socket)
{
    return wslay_event_want_read(socket->frames);
}

bool websocket_wants_write(const struct websocket *socket)
{
    return wslay_event_want_write(socket->frames);
}

/* Both goodbyes are said, or the peer broke the rules and was told so. */
static bool is_over(const struct websocket *socket)
{
    return !websocket_wants_read(socket) && !websocket_wants_write(socket);
}

bool websocket_read(struct websocket *socket, bool *ret_orderly)
{
    socket->turn_bytes = TURN_BYTES;
    *ret_orderly = false;
    /* Of what breaks the rules wslay has the peer told. */
    wslay_event_recv(socket->frames);
    return !socket->is_cut && websocket_write(socket, ret_orderly) &&
           wslay_event_get_queued_msg_count(socket->frames) <= MAX_ANSWERS;
}

/* Hands wslay the next message, or our goodbye. False: there is nothing, or goodbye is said. */
static bool feed(struct websocket *socket)
{
    int close_code;
    g_autoptr(GBytes) message = sockets_take_message(socket, &close_code);
    if (!message)
        return close_code != 0 && wslay_event_queue_close(socket->frames, (uint16_t)close_code, NULL, 0) == 0;
    gsize size;
    const void *text = g_bytes_get_data(message, &size);
    const struct wslay_event_msg framed = {WSLAY_TEXT_FRAME, text, size};
    return wslay_event_queue_msg(socket->frames, &framed) == 0;
}

bool websocket_write(struct websocket *socket, bool *ret_orderly)
{
    *ret_orderly = false;
    for (bool more = true; more;) {
        if (wslay_event_send(socket->frames) != 0)
            return false;
        more = wslay_event_get_queued_msg_count(socket->frames) == 0 && feed(socket);
    }
    *ret_orderly = is_over(socket);
    return !*ret_orderly;
}
