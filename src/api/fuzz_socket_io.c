/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Fuzz target: the packets that a Socket.IO client sends. What was read is used as the server would. */
#include <glib.h>
#include <stdint.h>
#include <string.h>

#include "api/socket_io_packet.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check_view(const char *view, size_t view_size, const char *text, size_t size)
{
    g_assert_true(view >= text && view + view_size <= text + size);
}

static void use(const struct socket_io_packet *packet)
{
    if (packet->kind == SOCKET_IO_PING) {
        g_autoptr(GBytes) pong = socket_io_pong(packet);
        g_assert_cmpuint(g_bytes_get_size(pong), ==, packet->payload_size + 1);
    }
    if (packet->kind == SOCKET_IO_CONNECT && packet->space) {
        g_autoptr(GBytes) refusal = socket_io_refused(packet, "no");
        g_assert_cmpuint(g_bytes_get_size(refusal), >, packet->space_size + 3);
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    const char *text = (const char *)data;
    struct socket_io_packet packet;
    if (!socket_io_read(text, size, &packet))
        return 0;
    check_view(packet.payload, packet.payload_size, text, size);
    if (packet.space) {
        check_view(packet.space, packet.space_size, text, size);
        g_assert_true(packet.space[0] == '/' && packet.space_size > 1);
    }
    use(&packet);
    return 0;
}
