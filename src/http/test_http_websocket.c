/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * WebSockets: the handshake, frames as they should be and as they should not, peers who are slow, gone or rude. The
 * frames are written and read byte by byte here, by RFC 6455 and not by the library that the server uses. */
#include <glib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/io.h"
#include "base/log.h"
#include "http/handshake.h"
#include "http/private.h"
#include "http/test_peer.h"
#include "http/test_site.h"

#define KEY "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n"
#define UPGRADE "Upgrade: websocket\r\nConnection: keep-alive, Upgrade\r\n"
#define SOCKET "GET /socket HTTP/1.1\r\n" HOST
#define WELCOME SOCKET UPGRADE KEY "Sec-WebSocket-Version: 13\r\n\r\n"

enum { FIN = 0x80, CONTINUATION = 0, TEXT = 1, BINARY = 2, CLOSE = 8, PING = 9, PONG = 10 };

/* ---- frames ---- */

static void append_frame(GString *bytes, int head, const char *payload, size_t size, bool is_masked)
{
    static const char key[4] = {'\x12', '\x34', '\x56', '\x78'};
    char mask = is_masked ? '\x80' : 0;
    g_string_append_c(bytes, (char)head);
    if (size < 126) {
        g_string_append_c(bytes, (char)(mask | (char)size));
    } else {
        g_string_append_c(bytes, (char)(mask | 126));
        g_string_append_c(bytes, (char)(size >> 8));
        g_string_append_c(bytes, (char)size);
    }
    if (is_masked)
        g_string_append_len(bytes, key, sizeof key);
    for (size_t i = 0; i < size; i++)
        g_string_append_c(bytes, is_masked ? (char)(payload[i] ^ key[i % 4]) : payload[i]);
}

static bool say_bytes(int fd, const GString *bytes)
{
    return send(fd, bytes->str, bytes->len, MSG_NOSIGNAL) == (ssize_t)bytes->len;
}

static void say_frame(int fd, int head, const char *payload)
{
    g_autoptr(GString) bytes = g_string_new(NULL);
    append_frame(bytes, head, payload, strlen(payload), true);
    g_assert_true(say_bytes(fd, bytes));
}

static void read_exactly(int fd, void *buffer, size_t size)
{
    for (size_t have = 0; have < size;) {
        ssize_t got = recv(fd, (char *)buffer + have, size - have, 0);
        g_assert_cmpint(got, >, 0);
        have += (size_t)got;
    }
}

/* The next frame of the server, which is never masked and here never in fragments. */
static GString *hear_frame(int fd, int kind)
{
    unsigned char head[4];
    read_exactly(fd, head, 2);
    g_assert_cmpint(head[0], ==, FIN | kind);
    g_assert_cmpint(head[1], <, 127);
    size_t size = head[1];
    if (size == 126) {
        read_exactly(fd, head + 2, 2);
        size = (size_t)head[2] << 8 | head[3];
    }
    GString *payload = g_string_new(NULL);
    g_string_set_size(payload, size);
    read_exactly(fd, payload->str, size);
    return payload;
}

static void expect_text(int fd, const char *text)
{
    g_autoptr(GString) payload = hear_frame(fd, TEXT);
    g_assert_cmpstr(payload->str, ==, text);
}

/* @code 0: without one. */
static void expect_close(int fd, unsigned code)
{
    g_autoptr(GString) payload = hear_frame(fd, CLOSE);
    g_assert_cmpuint(payload->len, ==, code ? 2 : 0);
    if (code)
        g_assert_cmpuint((unsigned)(guchar)payload->str[0] << 8 | (guchar)payload->str[1], ==, code);
}

static int dial_socket(const struct http_server *server)
{
    int fd = peer_dial(server);
    peer_say(fd, WELCOME);
    struct reply reply = peer_hear_head(fd);
    g_assert_cmpint(reply.status, ==, 101);
    reply_assert_header(&reply, "Sec-WebSocket-Accept", "s3pPLMBiTxaQ9kYGzzhZRbK+xOo="); /* RFC 6455, section 1.3 */
    reply_assert_header(&reply, "Upgrade", "websocket");
    reply_assert_header(&reply, "Connection", "Upgrade");
    reply_clear(&reply);
    expect_text(fd, "hello");
    return fd;
}

/* Waits until no socket is open. */
static void wait_until_gone(void)
{
    g_mutex_lock(&site.lock);
    unsigned made = site.contexts_made;
    g_mutex_unlock(&site.lock);
    site_wait_for(&site.contexts_freed, made);
}

/* ---- the handshake ---- */

static void test_parts_of_the_handshake(void)
{
    g_assert_true(handshake_key_is_valid("dGhlIHNhbXBsZSBub25jZQ=="));
    g_assert_false(handshake_key_is_valid(NULL));
    g_assert_false(handshake_key_is_valid("dGhlIHNhbXBsZSBub25jZQ="));
    g_assert_false(handshake_key_is_valid("dGhlIHNhbXBsZSBub25jZQ==="));
    g_assert_false(handshake_key_is_valid("dGhlIHNhbXBsZSBub25j!Q=="));
    g_assert_true(handshake_list_has("keep-alive,UPGRADE ", "upgrade"));
    g_assert_false(handshake_list_has("upgrades", "upgrade"));
    g_assert_false(handshake_list_has(NULL, "upgrade"));
}

static void test_handshakes_that_are_none(void)
{
    struct http_server *server = site_start();
    AUTO_FD int fd = peer_dial(server);
    peer_expect(fd, GET("/socket"), 400, "WebSocket");
    peer_expect(fd, SOCKET UPGRADE "Sec-WebSocket-Version: 13\r\n\r\n", 400, "Sec-WebSocket-Key");
    peer_expect(fd, SOCKET "Upgrade: h2c\r\nConnection: Upgrade\r\n" KEY "Sec-WebSocket-Version: 13\r\n\r\n", 400,
                "WebSocket");
    peer_expect(fd, SOCKET "Upgrade: websocket\r\n" KEY "Sec-WebSocket-Version: 13\r\n\r\n", 400, "proxy");
    peer_expect(fd, "HEAD /socket HTTP/1.1\r\n" HOST UPGRADE KEY "Sec-WebSocket-Version: 13\r\n\r\n", 400, "");
    peer_say(fd, SOCKET UPGRADE KEY "Sec-WebSocket-Version: 8\r\n\r\n");
    struct reply reply = peer_hear(fd, true);
    g_assert_cmpint(reply.status, ==, 426);
    reply_assert_header(&reply, "Sec-WebSocket-Version", "13");
    reply_clear(&reply);
    peer_expect(fd, GET("/echo"), 200, ""); /* the connection goes on as it was */
    wait_until_gone();
    g_assert_cmpuint(sockets_count(server->sockets), ==, 0);
    site_stop(server);
}

/* ---- talking ---- */

static void test_text_goes_both_ways(void)
{
    struct http_server *server = site_start();
    AUTO_FD int fd = dial_socket(server);
    say_frame(fd, FIN | TEXT, "one");
    expect_text(fd, "one");
    say_frame(fd, FIN | TEXT, "");
    expect_text(fd, "");
    /* In fragments, with a ping between them. */
    say_frame(fd, TEXT, "t");
    say_frame(fd, FIN | PING, "are you there?");
    say_frame(fd, CONTINUATION, "w");
    say_frame(fd, FIN | CONTINUATION, "o \xc3\xa4");
    g_autoptr(GString) pong = hear_frame(fd, PONG);
    g_assert_cmpstr(pong->str, ==, "are you there?");
    expect_text(fd, "two \xc3\xa4");
    g_autofree char *largest = g_strnfill(WEBSOCKET_MESSAGE_BYTES, 'x');
    say_frame(fd, FIN | TEXT, largest);
    expect_text(fd, largest);
    g_assert_cmpuint(sockets_count(server->sockets), ==, 1);
    say_frame(fd, FIN | CLOSE, "\x03\xe8");
    expect_close(fd, 1000);
    peer_assert_closed(fd);
    wait_until_gone();
    site_stop(server);
}

/* A client need not wait for our 101. */
static void test_frames_right_behind_the_request(void)
{
    struct http_server *server = site_start();
    AUTO_FD int fd = peer_dial(server);
    g_autoptr(GString) bytes = g_string_new(WELCOME);
    append_frame(bytes, FIN | TEXT, "early", 5, true);
    append_frame(bytes, FIN | TEXT, "bird", 4, true);
    g_string_append_c(bytes, (char)(FIN | TEXT)); /* and the begin of another one */
    g_assert_true(say_bytes(fd, bytes));
    struct reply reply = peer_hear_head(fd);
    g_assert_cmpint(reply.status, ==, 101);
    reply_clear(&reply);
    expect_text(fd, "hello");
    expect_text(fd, "early");
    expect_text(fd, "bird");
    g_string_truncate(bytes, 0);
    append_frame(bytes, FIN | TEXT, "worm", 4, true);
    g_string_erase(bytes, 0, 1);
    g_assert_true(say_bytes(fd, bytes));
    expect_text(fd, "worm");
    site_stop(server);
}

static void test_the_server_says_goodbye(void)
{
    struct http_server *server = site_start();
    AUTO_FD int fd = dial_socket(server);
    say_frame(fd, FIN | TEXT, "leave");
    say_frame(fd, FIN | TEXT, "unheard");
    expect_text(fd, "farewell"); /* what was queued before goes first */
    expect_close(fd, 1008);
    say_frame(fd, FIN | CLOSE, "\x03\xf0");
    peer_assert_closed(fd);
    wait_until_gone();
    g_assert_cmpuint(site.handled, ==, 1);
    /* Who does not say goodbye in turn is not waited for. */
    AUTO_FD int rude = dial_socket(server);
    say_frame(rude, FIN | TEXT, "leave");
    expect_text(rude, "farewell");
    expect_close(rude, 1008);
    sockets_skip_time(server->sockets, 5 * G_USEC_PER_SEC);
    peer_assert_closed(rude);
    wait_until_gone();
    site_stop(server);
}

static void test_time_passes(void)
{
    struct http_server *server = site_start();
    AUTO_FD int first = dial_socket(server);
    AUTO_FD int second = dial_socket(server);
    for (unsigned i = 0; i < 3; i++) {
        sockets_skip_time(server->sockets, (WEBSOCKET_TICK_S + 1) * G_USEC_PER_SEC);
        expect_text(first, "tick");
        expect_text(second, "tick");
    }
    site_stop(server);
}

/* ---- peers who break the rules ---- */

static void expect_end(const struct http_server *server, const GString *frames, unsigned code)
{
    AUTO_FD int fd = dial_socket(server);
    g_assert_true(say_bytes(fd, frames));
    expect_close(fd, code);
    peer_assert_closed(fd);
    wait_until_gone();
}

static void test_rules_that_are_broken(void)
{
    static const struct {
        int head;
        const char *payload;
        bool is_masked;
        unsigned code;
    } cases[] = {
        {FIN | TEXT, "unmasked", false, 1002},
        {FIN | TEXT | 0x40, "a reserved bit", true, 1002},
        {FIN | 3, "a reserved opcode", true, 1002},
        {FIN | CONTINUATION, "of nothing", true, 1002},
        {PING, "a control frame in fragments", true, 0},
        {FIN | TEXT, "\xc3\x28", true, 1007},
        {FIN | BINARY, "bytes", true, 1003},
        {FIN | CLOSE, "\x03", true, 0},
    };
    struct http_server *server = site_start();
    for (size_t i = 0; i < G_N_ELEMENTS(cases); i++) {
        g_autoptr(GString) bytes = g_string_new(NULL);
        append_frame(bytes, cases[i].head, cases[i].payload, strlen(cases[i].payload), cases[i].is_masked);
        g_test_message("rule %zu", i);
        expect_end(server, bytes, cases[i].code);
    }
    /* Too long, in one frame and in several; it is refused at its first byte. */
    g_autofree char *half = g_strnfill(WEBSOCKET_MESSAGE_BYTES / 2 + 1, 'x');
    g_autoptr(GString) bytes = g_string_new(NULL);
    g_string_append_len(bytes, "\x81\xff\x00\x00\x00\x01\x00\x00\x00\x00____x", 15);
    expect_end(server, bytes, 1009);
    g_string_truncate(bytes, 0);
    append_frame(bytes, TEXT, half, strlen(half), true);
    append_frame(bytes, CONTINUATION, half, strlen(half), true);
    expect_end(server, bytes, 1009);
    g_assert_cmpuint(site.handled, ==, 0);
    site_stop(server);
}

static void test_a_peer_that_does_not_read(void)
{
    struct http_server *server = site_start();
    AUTO_FD int fd = dial_socket(server);
    say_frame(fd, FIN | TEXT, "flood");
    wait_until_gone(); /* 16 MB were to go out: it was dropped instead */
    AUTO_FD int other = dial_socket(server);
    /* Pings whose pongs nobody takes. */
    g_autoptr(GString) bytes = g_string_new(NULL);
    g_autofree char *payload = g_strnfill(125, 'p');
    for (unsigned i = 0; i < 500; i++)
        append_frame(bytes, FIN | PING, payload, 125, true);
    while (say_bytes(other, bytes))
        ;
    wait_until_gone();
    site_stop(server);
}

/* One message that does not fit into the line, and a peer that takes nothing of it. */
static void test_a_peer_that_stopped_reading(void)
{
    struct http_server *server = site_start();
    AUTO_FD int fd = peer_dial(server);
    int room = 4096;
    g_assert_cmpint(setsockopt(fd, SOL_SOCKET, SO_RCVBUF, &room, sizeof room), ==, 0);
    peer_say(fd, WELCOME);
    g_autofree char *words = g_strnfill(WEBSOCKET_MESSAGE_BYTES, 'w');
    g_autoptr(GString) bytes = g_string_new(NULL);
    append_frame(bytes, FIN | TEXT, words, strlen(words), true);
    /* The server echoes until its side of the line is full. */
    for (unsigned i = 0; i < 1000; i++)
        if (send(fd, bytes->str, bytes->len, MSG_NOSIGNAL | MSG_DONTWAIT) < (ssize_t)bytes->len)
            break;
    for (unsigned i = 0; i < 100 && sockets_count(server->sockets) > 0; i++) {
        sockets_skip_time(server->sockets, (WEBSOCKET_TICK_S + 1) * G_USEC_PER_SEC);
        g_usleep(20000);
    }
    wait_until_gone();
    site_stop(server);
}

static void test_peers_that_leave_amid_a_frame(void)
{
    struct http_server *server = site_start();
    for (unsigned i = 0; i < 20; i++) {
        AUTO_FD int fd = dial_socket(server);
        g_autoptr(GString) bytes = g_string_new(NULL);
        append_frame(bytes, FIN | TEXT, "half of a", 9, true);
        g_string_truncate(bytes, 1 + i % 14);
        say_bytes(fd, bytes);
        struct linger reset = {.l_onoff = 1};
        if (i % 2)
            setsockopt(fd, SOL_SOCKET, SO_LINGER, &reset, sizeof reset);
    }
    wait_until_gone();
    g_assert_cmpuint(sockets_count(server->sockets), ==, 0);
    site_stop(server);
}

/* ---- the end of the server ---- */

static void test_stop_says_goodbye(void)
{
    struct http_server *server = site_start();
    int fds[30];
    for (unsigned i = 0; i < G_N_ELEMENTS(fds); i++)
        fds[i] = dial_socket(server);
    say_frame(fds[1], FIN | TEXT, "flood"); /* of a peer that does not read */
    int64_t begun_us = g_get_monotonic_time();
    http_server_stop(server, 60);
    g_assert_cmpint(g_get_monotonic_time() - begun_us, <, 30 * G_USEC_PER_SEC);
    g_assert_cmpuint(site.contexts_made, ==, site.contexts_freed);
    expect_close(fds[0], 1001);
    for (unsigned i = 0; i < G_N_ELEMENTS(fds); i++)
        close(fds[i]);
}

static gpointer visit(gpointer server)
{
    for (unsigned i = 0; i < 40; i++) {
        AUTO_FD int fd = dial_socket(server);
        say_frame(fd, FIN | TEXT, "one");
        expect_text(fd, "one");
        if (i % 2) {
            say_frame(fd, FIN | TEXT, "leave");
            expect_text(fd, "farewell");
            expect_close(fd, 1008);
        }
        if (i % 3 == 0)
            say_frame(fd, FIN | CLOSE, "\x03\xe8");
    }
    return NULL;
}

static void test_many_come_and_go(void)
{
    struct http_server *server = site_start();
    GThread *threads[4];
    for (unsigned i = 0; i < G_N_ELEMENTS(threads); i++)
        threads[i] = g_thread_new("visitor", visit, server);
    for (unsigned i = 0; i < G_N_ELEMENTS(threads); i++)
        g_thread_join(threads[i]);
    wait_until_gone();
    site_stop(server);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    log_set_level(G_LOG_LEVEL_ERROR);
    g_test_add_func("/http/websocket/parts-of-the-handshake", test_parts_of_the_handshake);
    g_test_add_func("/http/websocket/handshakes-that-are-none", test_handshakes_that_are_none);
    g_test_add_func("/http/websocket/text-goes-both-ways", test_text_goes_both_ways);
    g_test_add_func("/http/websocket/frames-right-behind-the-request", test_frames_right_behind_the_request);
    g_test_add_func("/http/websocket/the-server-says-goodbye", test_the_server_says_goodbye);
    g_test_add_func("/http/websocket/time-passes", test_time_passes);
    g_test_add_func("/http/websocket/rules-that-are-broken", test_rules_that_are_broken);
    g_test_add_func("/http/websocket/a-peer-that-does-not-read", test_a_peer_that_does_not_read);
    g_test_add_func("/http/websocket/a-peer-that-stopped-reading", test_a_peer_that_stopped_reading);
    g_test_add_func("/http/websocket/peers-that-leave-amid-a-frame", test_peers_that_leave_amid_a_frame);
    g_test_add_func("/http/websocket/stop-says-goodbye", test_stop_says_goodbye);
    g_test_add_func("/http/websocket/many-come-and-go", test_many_come_and_go);
    return g_test_run();
}
