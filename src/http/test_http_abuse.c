/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * The server against clients that are refused, slow, gone or too many, and when it has to stop. */
#include <glib.h>
#include <poll.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/io.h"
#include "base/log.h"
#include "http/test_peer.h"
#include "http/test_site.h"

static void test_refusal_before_the_body(void)
{
    struct http_server *server = site_start();
    AUTO_FD int fd = peer_dial(server);
    /* A small body is read away: the connection lives on. */
    peer_expect(fd, "PUT /upload HTTP/1.1\r\n" HOST "X-Refuse: 1\r\nContent-Length: 5\r\n\r\nhello", 507, "full");
    peer_expect(fd, "POST /echo HTTP/1.1\r\n" HOST "X-Stranger: 1\r\nContent-Length: 5\r\n\r\nhello", 401, "Sign in");
    peer_expect(fd, GET("/echo"), 200, "");
    /* A big one is not waited for. */
    peer_expect(fd, "PUT /upload HTTP/1.1\r\n" HOST "X-Refuse: 1\r\nContent-Length: 10000000000\r\n\r\nhello", 507,
                "full");
    peer_assert_closed(fd);
    /* A client who asks first is told before it sends. */
    AUTO_FD int polite = peer_dial(server);
    peer_expect(polite,
                "PUT /upload HTTP/1.1\r\n" HOST "X-Stranger: 1\r\nContent-Length: 5\r\nExpect: 100-continue\r\n\r\n",
                401, "Sign in");
    AUTO_FD int welcome = peer_dial(server);
    peer_say(welcome, "PUT /upload HTTP/1.1\r\n" HOST "Content-Length: 5\r\nExpect: 100-continue\r\n\r\n");
    struct reply reply = peer_hear_head(welcome);
    g_assert_cmpint(reply.status, ==, 100);
    reply_clear(&reply);
    peer_expect(welcome, "hello", 201, "5 ");
    site_stop(server);
}

/* A client who writes megabytes before it reads gets the answer, not a reset. */
static void test_refused_client_that_goes_on_sending(void)
{
    struct http_server *server = site_start();
    g_autofree char *data = g_strnfill(3 * 1000 * 1000, 'd');
    AUTO_FD int fd = peer_dial(server);
    peer_say(fd, "PUT /upload HTTP/1.1\r\n" HOST "X-Refuse: 1\r\nContent-Length: 3000000\r\n\r\n");
    g_assert_true(peer_say(fd, data));
    struct reply reply = peer_hear(fd, true);
    g_assert_cmpint(reply.status, ==, 507);
    reply_clear(&reply);
    AUTO_FD int other = peer_dial(server);
    peer_say(other, "PUT /upload?fail-after=1000000 HTTP/1.1\r\n" HOST "Content-Length: 90000000\r\n\r\n");
    g_assert_true(peer_say(other, data));
    reply = peer_hear(other, true);
    g_assert_cmpint(reply.status, ==, 507);
    reply_assert_header(&reply, "Connection", "close");
    g_assert_nonnull(strstr(reply.body->str, "became full"));
    reply_clear(&reply);
    peer_assert_closed(other);
    site_stop(server);
}

static void test_refusal_within_the_body(void)
{
    struct http_server *server = site_start();
    AUTO_FD int fd = peer_dial(server);
    g_autofree char *data = g_strnfill(110 * 1000, 'd');
    /* The rest is small: read away, then the answer, and the connection lives on. */
    peer_say(fd, "PUT /upload?fail-after=1000 HTTP/1.1\r\n" HOST "Content-Length: 60000\r\n\r\n");
    peer_expect(fd, data + 50000, 507, "became full");
    peer_expect(fd, GET("/echo"), 200, "");
    /* A chunked body that grows beyond the limit of a buffered route. */
    peer_say(fd, "POST /echo HTTP/1.1\r\n" HOST "Transfer-Encoding: chunked\r\n\r\n1adb0\r\n");
    peer_say(fd, data);
    peer_expect(fd, "\r\n0\r\n\r\n", 413, "too large");
    peer_expect(fd, GET("/echo"), 200, "");
    g_assert_cmpuint(site.handled, ==, 2);
    site_stop(server);
}

static void test_client_leaves_amid_upload(void)
{
    struct http_server *server = site_start();
    for (unsigned i = 0; i < 10; i++) {
        AUTO_FD int fd = peer_dial(server);
        peer_say(fd, "PUT /upload HTTP/1.1\r\n" HOST "Content-Length: 100000\r\n\r\nhello");
        site_wait_for(&site.contexts_made, i + 1);
    }
    site_wait_for(&site.contexts_freed, 10);
    g_assert_cmpuint(site.handled, ==, 0);
    site_stop(server);
}

/* The client is gone while handle() runs: the request must live until it has returned. */
static void test_client_leaves_while_handled(void)
{
    struct http_server *server = site_start();
    site.hold = true;
    for (unsigned i = 0; i < 4; i++) {
        AUTO_FD int fd = peer_dial(server);
        peer_say(fd, GET("/hold"));
        site_wait_for(&site.holding, i + 1);
    }
    site_release();
    peer_expect_alone(server, GET("/echo"), 200, "");
    site_stop(server);
}

/* Clients who send a byte now and then hold no connection for long, and nobody else up. */
static void test_slow_clients_are_cut(void)
{
    enum { N = 12 };
    static const char *const begins[] = {"", "GET /echo HTTP/1.1\r\nHost: localhost\r\nX: ",
                                         "PUT /upload HTTP/1.1\r\n" HOST "Content-Length: 100000\r\n\r\n"};
    struct http_server *server = site_start();
    int fds[N];
    for (unsigned i = 0; i < N; i++) {
        fds[i] = peer_dial(server);
        peer_say(fds[i], begins[i % G_N_ELEMENTS(begins)]);
    }
    int64_t started_us = g_get_monotonic_time();
    unsigned open = N;
    while (open > 0) {
        g_assert_cmpint(g_get_monotonic_time() - started_us, <, 60 * SITE_TIMEOUT_S * G_USEC_PER_SEC);
        open = 0;
        for (unsigned i = 0; i < N; i++) {
            struct pollfd poll_fd = {fds[i], POLLIN, 0};
            bool closed = poll(&poll_fd, 1, 0) > 0;
            if (!closed && i % G_N_ELEMENTS(begins) > 0)
                peer_say(fds[i], "x");
            open += !closed;
        }
        peer_expect_alone(server, GET("/echo"), 200, "");
        g_usleep(100 * 1000);
    }
    g_assert_cmpint(g_get_monotonic_time() - started_us, >, SITE_TIMEOUT_S * G_USEC_PER_SEC / 2);
    for (unsigned i = 0; i < N; i++)
        close(fds[i]);
    site_stop(server);
}

/* But a client whose handler takes longer than the timeout is not cut, nor one that sends slowly but steadily. */
static void test_patience_where_it_is_due(void)
{
    struct http_server *server = site_start();
    site.hold = true;
    AUTO_FD int waiting = peer_dial(server);
    peer_say(waiting, GET("/hold"));
    AUTO_FD int sending = peer_dial(server);
    peer_say(sending, "PUT /upload HTTP/1.1\r\n" HOST "Content-Length: 30000\r\n\r\n");
    g_autofree char *piece = g_strnfill(1000, 'p');
    for (unsigned i = 0; i < 30; i++) {
        g_assert_true(peer_say(sending, piece));
        g_usleep(100 * 1000);
    }
    peer_expect(sending, "", 201, "30000 ");
    site_release();
    peer_expect(waiting, "", 200, "held");
    site_stop(server);
}

static void test_limit_per_address(void)
{
    struct http_server *server = site_start_with(NULL, 3);
    int fds[3];
    for (unsigned i = 0; i < 3; i++) {
        fds[i] = peer_dial(server);
        peer_expect(fds[i], GET("/echo"), 200, "");
    }
    AUTO_FD int fourth = peer_dial(server);
    peer_say(fourth, GET("/echo"));
    peer_assert_closed(fourth);
    for (unsigned i = 0; i < 3; i++)
        close(fds[i]);
    site_stop(server);
}

static gpointer stop_in_thread(gpointer server)
{
    http_server_stop(server, 5);
    return NULL;
}

static void test_stop_lets_requests_finish(void)
{
    struct http_server *server = site_start();
    site.hold = true;
    AUTO_FD int busy = peer_dial(server);
    peer_say(busy, GET("/hold"));
    AUTO_FD int uploading = peer_dial(server);
    peer_say(uploading, "PUT /upload HTTP/1.1\r\n" HOST "Content-Length: 10\r\n\r\nhello");
    AUTO_FD int idle = peer_dial(server);
    peer_expect(idle, GET("/echo"), 200, "");
    site_wait_for(&site.holding, 1);
    site_wait_for(&site.contexts_made, 1);
    GThread *stopper = g_thread_new("stop", stop_in_thread, server);
    for (bool refused = false; !refused;) { /* newcomers are turned away as soon as it begins */
        AUTO_FD int late = peer_dial(server);
        char byte;
        peer_say(late, GET("/echo"));
        refused = recv(late, &byte, 1, 0) <= 0;
    }
    peer_say(uploading, "world");
    struct reply reply = peer_hear(uploading, true);
    g_assert_cmpint(reply.status, ==, 201);
    reply_assert_header(&reply, "Connection", "close");
    reply_clear(&reply);
    site_release();
    peer_expect(busy, "", 200, "held");
    g_thread_join(stopper);
    peer_assert_closed(idle);
    g_assert_cmpuint(site.contexts_freed, ==, 1);
}

/* What does not finish in time is cut off; its context is freed. */
static void test_stop_does_not_wait_for_ever(void)
{
    struct http_server *server = site_start();
    AUTO_FD int fd = peer_dial(server);
    peer_say(fd, "PUT /upload HTTP/1.1\r\n" HOST "Content-Length: 10\r\n\r\nhello");
    site_wait_for(&site.contexts_made, 1);
    http_server_stop(server, 0);
    g_assert_cmpuint(site.contexts_freed, ==, 1);
    peer_assert_closed(fd);
}

static gpointer hammer(gpointer data)
{
    const struct http_server *server = data;
    for (unsigned i = 0; i < 100; i++) {
        AUTO_FD int fd = peer_dial(server);
        peer_expect(fd, GET("/echo"), 200, "");
        peer_expect(fd, "PUT /upload HTTP/1.1\r\n" HOST "Content-Length: 5\r\n\r\nhello", 201, "5 ");
        if (i % 3 == 0)
            peer_say(fd, "PUT /upload HTTP/1.1\r\n" HOST "Content-Length: 50\r\n\r\nhello");
        if (i % 3 == 1)
            peer_say(fd, GET("/file") GET("/large") GET("/pull"));
    }
    return NULL;
}

static void test_many_at_once(void)
{
    struct http_server *server = site_start();
    GThread *threads[6];
    for (unsigned i = 0; i < G_N_ELEMENTS(threads); i++)
        threads[i] = g_thread_new("hammer", hammer, server);
    for (unsigned i = 0; i < G_N_ELEMENTS(threads); i++)
        g_thread_join(threads[i]);
    site_stop(server);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    log_set_level(G_LOG_LEVEL_ERROR);
    g_test_add_func("/http/server/refusal-before-the-body", test_refusal_before_the_body);
    g_test_add_func("/http/server/refused-client-that-goes-on-sending", test_refused_client_that_goes_on_sending);
    g_test_add_func("/http/server/refusal-within-the-body", test_refusal_within_the_body);
    g_test_add_func("/http/server/client-leaves-amid-upload", test_client_leaves_amid_upload);
    g_test_add_func("/http/server/client-leaves-while-handled", test_client_leaves_while_handled);
    g_test_add_func("/http/server/slow-clients-are-cut", test_slow_clients_are_cut);
    g_test_add_func("/http/server/patience-where-it-is-due", test_patience_where_it_is_due);
    g_test_add_func("/http/server/limit-per-address", test_limit_per_address);
    g_test_add_func("/http/server/stop-lets-requests-finish", test_stop_lets_requests_finish);
    g_test_add_func("/http/server/stop-does-not-wait-for-ever", test_stop_does_not_wait_for_ever);
    g_test_add_func("/http/server/many-at-once", test_many_at_once);
    return g_test_run();
}
