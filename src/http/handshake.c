/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "http/handshake.h"

#include <string.h>

#include "base/error.h"
#include "http/private.h"
#include "http/websocket.h"

enum { KEY_CHARS = 24 };

/* ---- its parts ---- */

char *handshake_accept(const char *key)
{
    static const char guid[] = "258EAFA5-E914-47DA-95CA-C5AB0DC85B11"; /* RFC 6455, section 1.3 */
    guint8 digest[20];
    gsize size = sizeof digest;
    g_autoptr(GChecksum) checksum = g_checksum_new(G_CHECKSUM_SHA1);
    g_checksum_update(checksum, (const guchar *)key, -1);
    g_checksum_update(checksum, (const guchar *)guid, -1);
    g_checksum_get_digest(checksum, digest, &size);
    return g_base64_encode(digest, size);
}

bool handshake_key_is_valid(const char *key)
{
    static const char digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    return key && strlen(key) == KEY_CHARS && strspn(key, digits) == KEY_CHARS - 2 &&
           strcmp(key + KEY_CHARS - 2, "==") == 0;
}

bool handshake_list_has(const char *list, const char *token)
{
    g_auto(GStrv) parts = g_strsplit(list ? list : "", ",", -1);
    for (char **part = parts; *part; part++)
        if (g_ascii_strcasecmp(g_strstrip(*part), token) == 0)
            return true;
    return false;
}

/* ---- a request ---- */

static bool check(struct http_request *request, GError **error)
{
    if (strcmp(request->method, "GET") != 0 || !handshake_list_has(http_header(request, "Upgrade"), "websocket") ||
        !handshake_list_has(http_header(request, "Connection"), "upgrade"))
        return err_set(error, ERR_INVALID,
                       "This address speaks WebSocket only; a proxy in between must let it through.");
    if (!handshake_key_is_valid(http_header(request, "Sec-WebSocket-Key")))
        return err_set(error, ERR_INVALID, "The Sec-WebSocket-Key of the request is not valid.");
    if (g_atomic_int_get(&request->server->draining))
        return err_set(error, ERR_BUSY, "The server is about to stop.");
    return true;
}

static bool knows_version(struct http_request *request)
{
    const char *version = http_header(request, "Sec-WebSocket-Version");
    if (version && strcmp(version, "13") == 0)
        return true;
    g_autoptr(GError) refused = NULL;
    err_set(&refused, ERR_UNSUPPORTED, "Only version 13 of the WebSocket protocol is spoken here.");
    http_add_header(request, "Sec-WebSocket-Version", "13");
    http_answer_error_status(request, 426, refused);
    return false;
}

bool http_answer_websocket(struct http_request *request, const struct websocket_events *events, void *data,
                           GError **error)
{
    bool is_sound = check(request, error);
    if (!is_sound || !knows_version(request)) {
        events->gone(data);
        return is_sound;
    }
    g_autofree char *accept = handshake_accept(http_header(request, "Sec-WebSocket-Key"));
    answer_websocket(request, events, data);
    http_add_header(request, "Upgrade", "websocket");
    http_add_header(request, "Sec-WebSocket-Accept", accept);
    return true;
}

/* ---- after the answer, on a network thread and on the sockets' ---- */

struct upgraded {
    struct http_request *request; /* lives until the connection has ended */
    struct MHD_UpgradeResponseHandle *handle;
};

/* Over TLS libmicrohttpd sends what is under way as long as the client takes it, and where the goodbye comes at the
 * wrong moment it waits for the client's next word: so there is a deadline. */
static void let_go(void *data, bool is_orderly)
{
    g_autofree struct upgraded *upgraded = data;
    if (is_orderly)
        watch_farewell(upgraded->request->entry);
    else
        exchange_cut(upgraded->request);
    MHD_upgrade_action(upgraded->handle, MHD_UPGRADE_ACTION_CLOSE); /* the request may be gone now */
}

void handshake_upgraded(void *data, struct MHD_Connection *connection, void *context, const char *early,
                        size_t early_size, MHD_socket fd, struct MHD_UpgradeResponseHandle *handle)
{
    struct http_request *request = context;
    struct upgraded *upgraded = g_new0(struct upgraded, 1);
    *upgraded = (struct upgraded){request, handle};
    /* Over TLS @fd is a pair of sockets inside of the process, and libmicrohttpd 0.9.75 does not close its end of it
     * when the client leaves. */
    int socket_fd = MHD_get_connection_info(connection, MHD_CONNECTION_INFO_CONNECTION_FD)->connect_fd;
    const struct websocket_line line = {.fd = fd,
                                        .network_fd = socket_fd == fd ? -1 : socket_fd,
                                        .let_go = let_go,
                                        .owner = upgraded,
                                        .early = early,
                                        .early_size = early_size};
    void *socket_data = g_steal_pointer(&request->answer.socket_data);
    sockets_add(request->server->sockets, &line, request->answer.socket_events, socket_data);
}
