/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * /api/socket.io: live events, by Socket.IO 5 over Engine.IO 4 over WebSocket, and by no other transport. To the server
 * a client says nothing but that it is there.
 *
 *   server  0{"sid",…}    the transport is open
 *   client  40            may I?
 *   server  40{"sid"}     welcome; then 42["on_server_version",…], and events as they come
 *   server  2, client 3   every WEBSOCKET_TICK_S seconds
 *
 * Who comes without good credentials is let in to be told so, as that is where clients listen: 42["error",…], 41. */
#include <string.h>

#include "api/events.h"
#include "api/operation.h"
#include "api/resources.h"
#include "api/socket_io_packet.h"
#include "base/error.h"
#include "http/websocket.h"

/* What clients are told: after how much silence they may believe that the server is gone. A client that has not
 * answered a ping when the next one is due is dropped. */
enum { PING_INTERVAL_MS = WEBSOCKET_TICK_S * 1000, PING_TIMEOUT_MS = 20 * 1000 };

/* One connection. Its callbacks run on the sockets' thread. */
struct line {
    struct api *api;
    struct access *who; /* NULL: bad credentials */
    struct event_member *member;
    bool awaits_pong;
};

static void send(struct websocket *socket, GBytes *packet)
{
    websocket_send(socket, packet);
    g_bytes_unref(packet);
}

/* An id that says nothing: this server keeps no state that a client could come back to. */
static char *new_sid(void)
{
    char text[UUID_TEXT_SIZE];
    struct uuid id = uuid_v4();
    return g_strdup(uuid_format(&id, text));
}

static void on_open(struct websocket *socket, void *data)
{
    g_autofree char *sid = new_sid();
    send(socket, socket_io_open(sid, PING_INTERVAL_MS, PING_TIMEOUT_MS, WEBSOCKET_MESSAGE_BYTES));
}

static void turn_away(struct websocket *socket, const char *reason)
{
    g_autoptr(GString) text = g_string_new(NULL);
    struct json json = json_to(text);
    json_text(&json, NULL, reason);
    send(socket, socket_io_event("error", text->str));
    send(socket, socket_io_disconnect());
    websocket_close(socket, WEBSOCKET_POLICY);
}

static void connect_client(struct line *line, struct websocket *socket)
{
    g_autofree char *sid = new_sid();
    g_autoptr(GError) error = NULL;
    if (line->member)
        return;
    send(socket, socket_io_connected(sid));
    if (line->who)
        line->member = events_join(line->api->events, line->who, socket, &error);
    if (!line->member) {
        turn_away(socket, error ? error->message : "unauthorized");
        return;
    }
    /* The session may have ended since the request: from here on nobody forgets to say so. */
    events_check_member(line->member);
    g_autofree char *version = server_version_json();
    send(socket, socket_io_event("on_server_version", version));
}

static void on_packet(struct line *line, struct websocket *socket, const struct socket_io_packet *packet)
{
    switch (packet->kind) {
    case SOCKET_IO_CLOSE:
        websocket_close(socket, WEBSOCKET_NORMAL);
        break;
    case SOCKET_IO_PING:
        send(socket, socket_io_pong(packet));
        break;
    case SOCKET_IO_PONG:
        line->awaits_pong = false;
        break;
    case SOCKET_IO_CONNECT:
        if (packet->space)
            send(socket, socket_io_refused(packet, "Invalid namespace"));
        else
            connect_client(line, socket);
        break;
    case SOCKET_IO_DISCONNECT:
        if (!packet->space)
            events_leave(g_steal_pointer(&line->member));
        break;
    case SOCKET_IO_EVENT:
    case SOCKET_IO_NOTHING:
        break;
    }
}

static void on_text(struct websocket *socket, const char *text, size_t size, void *data)
{
    struct socket_io_packet packet;
    if (socket_io_read(text, size, &packet))
        on_packet(data, socket, &packet);
    else
        websocket_close(socket, WEBSOCKET_POLICY);
}

static void on_tick(struct websocket *socket, void *data)
{
    struct line *line = data;
    if (line->awaits_pong || !line->member) {
        websocket_close(socket, WEBSOCKET_POLICY);
        return;
    }
    events_check_member(line->member);
    line->awaits_pong = true;
    send(socket, socket_io_ping());
}

static void on_gone(void *data)
{
    struct line *line = data;
    events_leave(line->member);
    access_free(line->who);
    g_free(line);
}

/* ---- the request ---- */

struct handshake {
    const char *transport, *version;
};
static const struct body_field query_fields[] = {
    {.name = "transport", .kind = BODY_TEXT, .offset = offsetof(struct handshake, transport)},
    {.name = "EIO", .kind = BODY_TEXT, .offset = offsetof(struct handshake, version)},
};
static const struct body_shape query_shape = BODY_SHAPE(struct handshake, query_fields);

static bool check_transport(struct call *call, GError **error)
{
    struct handshake asked;
    if (!call_query(call, &query_shape, &asked, error))
        return false;
    if (!asked.transport || strcmp(asked.transport, "websocket") != 0)
        return err_set(error, ERR_INVALID,
                       "Live events come over WebSocket only: connect with the transport \"websocket\".");
    return (asked.version && strcmp(asked.version, "4") == 0) ||
           err_set(error, ERR_INVALID, "Only version 4 of Engine.IO is spoken here.");
}

bool handle_socket_io(struct call *call, GError **error)
{
    static const struct websocket_events events = {on_open, on_text, on_tick, on_gone};
    g_autoptr(GError) reason = NULL;
    if (!check_transport(call, error))
        return false;
    if (call_is_foreign(call))
        return err_set(error, ERR_FORBIDDEN, "The request came from a page of another site and was refused.");
    struct access *who = call_identify(call, EVENTS_PERMISSION, &reason);
    if (!who && !err_is(reason, ERR_UNAUTHENTICATED) && !err_is(reason, ERR_FORBIDDEN)) {
        g_propagate_error(error, g_steal_pointer(&reason));
        return false;
    }
    struct line *line = g_new0(struct line, 1);
    *line = (struct line){.api = call->api, .who = who};
    return http_answer_websocket(call->request, &events, line, error);
}

const struct operation socket_io_operations[] = {
    {"connectLiveEvents", .query = &query_shape, ANSWERS(101, NULL)},
    {.name = NULL},
};
