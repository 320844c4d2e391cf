/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "api/socket_io_packet.h"

#include <string.h>

#include "base/json.h"

/* The digits that begin a packet, by the two protocols. */
enum { EIO_OPEN, EIO_CLOSE, EIO_PING, EIO_PONG, EIO_MESSAGE, EIO_UPGRADE, EIO_NOOP };
enum { SIO_CONNECT, SIO_DISCONNECT, SIO_EVENT, SIO_ACK, SIO_CONNECT_ERROR, SIO_BINARY_EVENT, SIO_BINARY_ACK };

/* ---- reading ---- */

struct cursor {
    const char *at, *end;
};

/* The digit that stands there, or -1. */
static int take_digit(struct cursor *cursor)
{
    return cursor->at < cursor->end && g_ascii_isdigit(*cursor->at) ? *cursor->at++ - '0' : -1;
}

/* "/name," or, at the end of the text, "/name". */
static void take_space(struct cursor *cursor, struct socket_io_packet *packet)
{
    if (cursor->at == cursor->end || *cursor->at != '/')
        return;
    const char *comma = memchr(cursor->at, ',', (size_t)(cursor->end - cursor->at));
    packet->space = cursor->at;
    packet->space_size = (size_t)((comma ? comma : cursor->end) - cursor->at);
    cursor->at = comma ? comma + 1 : cursor->end;
    if (packet->space_size == 1) /* "/" is the main one, spelled out */
        packet->space = NULL, packet->space_size = 0;
}

static bool read_message(struct cursor *cursor, struct socket_io_packet *packet)
{
    static const enum socket_io_kind kinds[] = {
        [SIO_CONNECT] = SOCKET_IO_CONNECT,
        [SIO_DISCONNECT] = SOCKET_IO_DISCONNECT,
        [SIO_EVENT] = SOCKET_IO_EVENT,
        [SIO_ACK] = SOCKET_IO_EVENT,
    };
    int type = take_digit(cursor);
    if (type < 0 || type > SIO_ACK)
        return false;
    packet->kind = kinds[type];
    take_space(cursor, packet);
    while (type >= SIO_EVENT && take_digit(cursor) >= 0)
        ;
    packet->payload = cursor->at;
    packet->payload_size = (size_t)(cursor->end - cursor->at);
    return true;
}

bool socket_io_read(const char *text, size_t size, struct socket_io_packet *ret_packet)
{
    static const enum socket_io_kind kinds[] = {
        [EIO_CLOSE] = SOCKET_IO_CLOSE,     [EIO_PING] = SOCKET_IO_PING, [EIO_PONG] = SOCKET_IO_PONG,
        [EIO_UPGRADE] = SOCKET_IO_NOTHING, /* of a client that came by another transport; none does */
        [EIO_NOOP] = SOCKET_IO_NOTHING,
    };
    struct cursor cursor = {text, text + size};
    struct socket_io_packet packet = {0};
    int type = take_digit(&cursor);
    if (type <= EIO_OPEN || type > EIO_NOOP)
        return false;
    if (type == EIO_MESSAGE) {
        if (!read_message(&cursor, &packet))
            return false;
    } else {
        packet.kind = kinds[type];
        packet.payload = cursor.at;
        packet.payload_size = (size_t)(cursor.end - cursor.at);
    }
    *ret_packet = packet;
    return true;
}

/* ---- writing ---- */

static GBytes *with_object(GString *text, const char *key, const char *value)
{
    struct json json = json_to(text);
    json_begin_object(&json, NULL);
    json_text(&json, key, value);
    json_end(&json);
    return g_string_free_to_bytes(text);
}

GBytes *socket_io_open(const char *sid, unsigned ping_interval_ms, unsigned ping_timeout_ms, size_t max_payload_bytes)
{
    GString *text = g_string_new("0");
    struct json json = json_to(text);
    json_begin_object(&json, NULL);
    json_text(&json, "sid", sid);
    json_begin_array(&json, "upgrades");
    json_end(&json);
    json_int(&json, "pingInterval", ping_interval_ms);
    json_int(&json, "pingTimeout", ping_timeout_ms);
    json_int(&json, "maxPayload", (int64_t)max_payload_bytes);
    json_end(&json);
    return g_string_free_to_bytes(text);
}

GBytes *socket_io_ping(void)
{
    return g_bytes_new_static("2", 1);
}

GBytes *socket_io_pong(const struct socket_io_packet *ping)
{
    GString *text = g_string_new("3");
    g_string_append_len(text, ping->payload, (gssize)ping->payload_size);
    return g_string_free_to_bytes(text);
}

GBytes *socket_io_connected(const char *sid)
{
    return with_object(g_string_new("40"), "sid", sid);
}

GBytes *socket_io_refused(const struct socket_io_packet *connect, const char *message)
{
    GString *text = g_string_new("44");
    g_string_append_len(text, connect->space, (gssize)connect->space_size);
    g_string_append_c(text, ',');
    return with_object(text, "message", message);
}

GBytes *socket_io_disconnect(void)
{
    return g_bytes_new_static("41", 2);
}

GBytes *socket_io_event(const char *name, const char *json)
{
    GString *text = g_string_new("42");
    struct json writer = json_to(text);
    json_begin_array(&writer, NULL);
    json_text(&writer, NULL, name);
    if (json)
        json_raw(&writer, NULL, json);
    json_end(&writer);
    return g_string_free_to_bytes(text);
}
