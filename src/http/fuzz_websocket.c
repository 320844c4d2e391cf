/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Fuzz target: what a client sends over an open WebSocket, through wslay and all that is ours around it. The first byte
 * of the input says how much of the rest came along with the request. */
#include <glib.h>
#include <stdint.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "http/sockets.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static GMutex lock;
static GCond changed;
static bool is_gone; /* under lock */

static void on_open(struct websocket *socket, void *data)
{
    g_autoptr(GBytes) hello = g_bytes_new_static("hello", 5);
    websocket_send(socket, hello);
}

static void on_text(struct websocket *socket, const char *text, size_t size, void *data)
{
    g_assert_cmpuint(size, <=, WEBSOCKET_MESSAGE_BYTES);
    g_assert_true(size == 0 || g_utf8_validate_len(text, size, NULL) || memchr(text, 0, size));
    g_autoptr(GBytes) echo = g_bytes_new(text, size);
    websocket_send(socket, echo);
    if (size > 0 && text[0] == 'x')
        websocket_close(socket, WEBSOCKET_NORMAL);
}

static void on_tick(struct websocket *socket, void *data)
{
}

static void on_gone(void *data)
{
    g_mutex_lock(&lock);
    is_gone = true;
    g_cond_signal(&changed);
    g_mutex_unlock(&lock);
}

static void let_go(void *owner, bool is_orderly)
{
    close(GPOINTER_TO_INT(owner));
}

static void wait_until_gone(void)
{
    g_mutex_lock(&lock);
    while (!is_gone)
        g_cond_wait(&changed, &lock);
    is_gone = false;
    g_mutex_unlock(&lock);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const struct websocket_events events = {on_open, on_text, on_tick, on_gone};
    static struct sockets *sockets;
    static int owner;
    int ends[2];
    if (!sockets)
        sockets = sockets_new(NULL);
    if (size == 0 || size > 32 * 1024 || socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends) < 0)
        return 0;
    size_t early = MIN(data[0], size - 1);
    const struct websocket_line line = {.fd = ends[0],
                                        .network_fd = -1,
                                        .let_go = let_go,
                                        .owner = GINT_TO_POINTER(ends[0]),
                                        .early = data + 1,
                                        .early_size = early};
    sockets_add(sockets, &line, &events, &owner);
    const uint8_t *rest = data + 1 + early;
    /* The end of the line ends the socket, if nothing did before: then it may be closed on us already. */
    if (send(ends[1], rest, size - 1 - early, MSG_NOSIGNAL) >= 0)
        shutdown(ends[1], SHUT_WR);
    wait_until_gone();
    close(ends[1]);
    return 0;
}
