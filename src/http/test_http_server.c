/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * The server as clients meet it: a real one on a free port, spoken to over raw sockets. */
#include <arpa/inet.h>
#include <glib.h>
#include <netinet/in.h>
#include <string.h>
#include <sys/socket.h>
#include <zlib.h>

#include "base/error.h"
#include "base/io.h"
#include "base/log.h"
#include "http/test_peer.h"
#include "http/test_site.h"

static void test_keep_alive_and_pipeline(void)
{
    struct http_server *server = site_start();
    AUTO_FD int fd = peer_dial(server);
    peer_expect(fd, GET("/echo/a%20b?q=x+y%C3%A9"), 200, "\"id\":\"a b\",\"q\":\"x y\xc3\xa9\"");
    peer_expect(fd, "GET /echo HTTP/1.1\r\n" HOST "Cookie: a=1; c=\"two\"\r\n\r\n", 200, "\"cookie\":\"two\"");
    g_assert_true(peer_say(fd, GET("/echo/1") GET("/silent") "POST /echo HTTP/1.1\r\n" HOST
                                                             "Content-Length: 5\r\n\r\nhello" GET("/echo/4")));
    const int statuses[] = {200, 500, 200, 200};
    for (unsigned i = 0; i < G_N_ELEMENTS(statuses); i++) {
        struct reply reply = peer_hear(fd, true);
        g_assert_cmpint(reply.status, ==, statuses[i]);
        g_autofree char *id = reply_header(&reply, "X-Correlation-ID");
        g_assert_cmpuint(strlen(id), ==, 16);
        reply_assert_header(&reply, "X-Content-Type-Options", "nosniff");
        reply_assert_header(&reply, "Referrer-Policy", "same-origin");
        reply_clear(&reply);
    }
    site_stop(server);
}

static void test_routes_and_methods(void)
{
    struct http_server *server = site_start();
    AUTO_FD int fd = peer_dial(server);
    peer_expect(fd, GET("/nothing"), 404, "\"message\":\"There is nothing at this address.\"");
    g_assert_true(peer_say(fd, "DELETE /echo HTTP/1.1\r\n" HOST "\r\n"));
    struct reply reply = peer_hear(fd, true);
    g_assert_cmpint(reply.status, ==, 405);
    reply_assert_header(&reply, "Allow", "GET, POST, HEAD, OPTIONS");
    reply_clear(&reply);
    g_assert_true(peer_say(fd, "OPTIONS /echo HTTP/1.1\r\n" HOST "\r\n"));
    reply = peer_hear(fd, true);
    g_assert_cmpint(reply.status, ==, 204);
    reply_assert_header(&reply, "Allow", "GET, POST, HEAD, OPTIONS");
    reply_clear(&reply);
    peer_expect(fd, "OPTIONS * HTTP/1.1\r\n" HOST "\r\n", 204, "");
    peer_expect(fd, "HEAD /echo/1 HTTP/1.1\r\n" HOST "\r\n", 200, "");
    peer_expect(fd, "HEAD /file HTTP/1.1\r\n" HOST "\r\n", 200, "");
    peer_expect(fd, "GET http://localhost/echo/7?q=1 HTTP/1.1\r\n" HOST "\r\n", 200, "\"id\":\"7\",\"q\":\"1\"");
    peer_expect(fd, "HEAD /pull HTTP/1.1\r\n" HOST "\r\n", 200, "");
    peer_expect(fd, GET("/echo/1"), 200, "");
    peer_expect(fd, "HEAD /pull-chunked HTTP/1.1\r\n" HOST "\r\n", 200, "");
    peer_assert_closed(fd); /* and no chunk came */
    site_stop(server);
}

static void test_bad_requests(void)
{
    static const struct {
        const char *request;
        int status;
    } rows[] = {
        {GET("/echo/%zz"), 400},
        {GET("/echo/%"), 400},
        {GET("/echo/%00"), 400},
        {GET("/echo/%ff"), 400},
        {GET("/echo/../large"), 400},
        {GET("/echo/%2e%2e/large"), 400},
        {GET("/echo?q=%ff"), 400},
        {GET("/echo?q=%0"), 400},
        {GET("/echo?q=a b"), 400},
        {GET("/echo#x"), 400},
        {GET("echo"), 400},
        {"GET /echo HTTP/1.1\r\n\r\n", 400},
        {"GET /echo HTTP/1.1\r\n" HOST HOST "\r\n", 400},
        {"GET /echo HTTP/1.1\r\nHost: a/b\r\n\r\n", 400},
        {"GET /echo HTTP/1.1\r\nno colon\r\n" HOST "\r\n", 400},
        {"GET /echo HTTP/1.1\r\n" HOST "X Y: 1\r\n\r\n", 400},
        {"GET /echo HTTP/1.1\r\n" HOST "Content-Length: 3\r\n\r\nabc", 400},
        {"POST /echo HTTP/1.1\r\n" HOST "Content-Length: 3\r\nContent-Length: 4\r\n\r\nabcd", 400},
        {"POST /echo HTTP/1.1\r\n" HOST "Content-Length: -3\r\n\r\nabc", 400},
        {"POST /echo HTTP/1.1\r\n" HOST "Content-Length: 3x\r\n\r\nabc", 400},
        {"POST /echo HTTP/1.1\r\n" HOST "Content-Length: 99999999999999999999999\r\n\r\nabc", 413},
        {"POST /echo HTTP/1.1\r\n" HOST "Content-Length: 3\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n0\r\n\r\n",
         400},
        {"POST /echo HTTP/1.1\r\n" HOST "Transfer-Encoding: gzip\r\n\r\nabc", 400},
        {"POST /echo HTTP/1.1\r\n" HOST "Transfer-Encoding: chunked\r\n\r\nxyz\r\n", 400},
        {"POST /echo HTTP/1.1\r\n" HOST "Content-Length: 100001\r\n\r\nabc", 413},
    };
    struct http_server *server = site_start();
    for (size_t i = 0; i < G_N_ELEMENTS(rows); i++)
        peer_expect_alone(server, rows[i].request, rows[i].status, "");
    g_assert_cmpuint(site.handled, ==, 0);
    peer_expect_alone(server, GET("/echo"), 200, "");
    site_stop(server);
}

static void test_sizes_of_heads(void)
{
    struct http_server *server = site_start();
    g_autofree char *long_text = g_strnfill(200 * 1000, 'x');
    g_autofree char *target = g_strdup_printf("GET /echo?q=%.9000s HTTP/1.1\r\n" HOST "\r\n", long_text);
    peer_expect_alone(server, target, 414, "");
    g_autofree char *header = g_strdup_printf("GET /echo HTTP/1.1\r\n" HOST "X: %.5000s\r\n\r\n", long_text);
    peer_expect_alone(server, header, 431, "");
    /* Many small parts, where libmicrohttpd makes a record of each. */
    g_autoptr(GString) many = g_string_new("GET /echo?a");
    while (many->len < 3900)
        g_string_append(many, "&a");
    g_string_append(many, " HTTP/1.1\r\n" HOST "\r\n");
    peer_expect_alone(server, many->str, 413, "too many parts");
    g_string_assign(many, "GET /echo HTTP/1.1\r\n" HOST);
    while (many->len < 30000)
        g_string_append(many, "a:\r\n");
    g_string_append(many, "\r\n");
    peer_expect_alone(server, many->str, 431, "");
    g_string_assign(many, "GET /echo HTTP/1.1\r\n" HOST "Cookie: a");
    while (many->len < 3900)
        g_string_append(many, ";a");
    g_string_append(many, "\r\n\r\n");
    peer_expect_alone(server, many->str, 431, "");
    /* So long that libmicrohttpd's own memory ends: it answers in its own words. */
    AUTO_FD int fd = peer_dial(server);
    peer_say(fd, "GET /echo HTTP/1.1\r\n" HOST "X: ");
    peer_say(fd, long_text);
    struct reply reply = peer_hear_head(fd);
    g_assert_cmpint(reply.status, ==, 431);
    reply_clear(&reply);
    site_stop(server);
}

static void test_bodies(void)
{
    struct http_server *server = site_start();
    AUTO_FD int fd = peer_dial(server);
    peer_expect(fd,
                "POST /echo HTTP/1.1\r\n" HOST
                "Transfer-Encoding: chunked\r\n\r\n3\r\nhel\r\n2;x=y\r\nlo\r\n0\r\nTrailer: "
                "1\r\n\r\n",
                200, "\"body\":\"hello\"");
    peer_expect(fd, "POST /echo HTTP/1.1\r\n" HOST "Content-Length: 0\r\n\r\n", 200, "\"body\":\"\"");
    peer_expect(fd, "PUT /upload HTTP/1.1\r\n" HOST "Transfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\n\r\n", 201,
                "5 907060870");
    peer_expect(fd, "PUT /upload HTTP/1.1\r\n" HOST "Content-Length: 0\r\n\r\n", 201, "0 0");
    g_autofree char *data = g_strnfill(5 * 1000 * 1000, 'd');
    g_assert_true(peer_say(fd, "PUT /upload HTTP/1.1\r\n" HOST "Content-Length: 5000000\r\n\r\n"));
    peer_expect(fd, data, 201, "5000000 ");
    g_assert_cmpuint(site.contexts_made, ==, 3);
    site_stop(server);
}

/* Asks for @path as @query ("?slow" or "") has it answered. */
static void ask_pull(int fd, const char *path, const void *query)
{
    g_autofree char *text = g_strconcat("GET ", path, (const char *)query, " HTTP/1.1\r\n" HOST "\r\n", NULL);
    g_assert_true(peer_say(fd, text));
}

static void test_pull_waits_for_the_reader(const void *query)
{
    struct http_server *server = site_start();
    AUTO_FD int fd = peer_dial(server);
    ask_pull(fd, "/pull", query);
    struct reply reply = peer_hear_head(fd);
    reply_assert_header(&reply, "Content-Length", "67108864");
    reply_clear(&reply);
    g_usleep(300 * 1000);
    g_mutex_lock(&site.lock);
    guint64 unread = site.pulled_bytes; /* what sockets hold; far less than the whole */
    g_mutex_unlock(&site.lock);
    g_assert_cmpuint(unread, <, SITE_PULL_BYTES / 4);
    g_autofree char *buffer = g_malloc(1024 * 1024);
    guint64 total = 0;
    while (total < SITE_PULL_BYTES) {
        ssize_t got = recv(fd, buffer, 1024 * 1024, 0);
        g_assert_cmpint(got, >, 0);
        total += (guint64)got;
        g_mutex_lock(&site.lock);
        guint64 ahead = site.pulled_bytes - total;
        g_mutex_unlock(&site.lock);
        g_assert_cmpuint(ahead, <, SITE_PULL_BYTES / 4);
    }
    peer_expect(fd, GET("/echo"), 200, "");
    /* One that is never read to its end frees its data all the same. */
    ask_pull(fd, "/pull", query);
    close(io_steal_fd(&fd));
    site_wait_for(&site.pulls_freed, 2);
    site_stop(server);
}

static void test_pull_of_unknown_size(const void *query)
{
    struct http_server *server = site_start();
    AUTO_FD int fd = peer_dial(server);
    ask_pull(fd, "/pull-chunked", query);
    struct reply reply = peer_hear(fd, true);
    g_assert_cmpuint(reply.body->len, ==, 100000);
    reply_clear(&reply);
    ask_pull(fd, "/pull-broken", query);
    reply = peer_hear_head(fd);
    reply_clear(&reply);
    g_autofree char *buffer = g_malloc(200000);
    size_t total = 0;
    for (ssize_t got; (got = recv(fd, buffer + total, 200000 - total, 0)) > 0;)
        total += (size_t)got;
    g_assert_cmpint(memcmp(buffer + total - 5, "0\r\n\r\n", 5), !=, 0); /* no regular end: the client knows */
    site_stop(server);
}

/* More clients than the pool has threads, none of whom reads: a thread is held by none. */
static void test_slow_pulls_hold_no_thread(void)
{
    struct http_server *server = site_start();
    int fds[12];
    for (size_t i = 0; i < G_N_ELEMENTS(fds); i++)
        ask_pull(fds[i] = peer_dial(server), "/pull", "?slow");
    g_usleep(200 * 1000);
    AUTO_FD int other = peer_dial(server);
    peer_expect(other, GET("/echo"), 200, "");
    for (size_t i = 0; i < G_N_ELEMENTS(fds); i++)
        close(fds[i]);
    site_wait_for(&site.pulls_freed, G_N_ELEMENTS(fds));
    site_stop(server);
}

static void test_files(void)
{
    static const struct {
        const char *headers;
        int status;
        const char *body;
        const char *range;
    } rows[] = {
        {"", 200, site_text, NULL},
        {"Range: bytes=0-3\r\n", 206, "0123", "bytes 0-3/36"},
        {"Range: bytes=-2\r\n", 206, "yz", "bytes 34-35/36"},
        {"Range: bytes=30-99\r\n", 206, "uvwxyz", "bytes 30-35/36"},
        {"Range: bytes=36-\r\n", 416, "", "bytes */36"},
        {"Range: bytes=0-1,4-5\r\n", 200, site_text, NULL},
        {"Range: bytes=0-3\r\nIf-Range: \"tag\"\r\n", 206, "0123", "bytes 0-3/36"},
        {"Range: bytes=0-3\r\nIf-Range: \"other\"\r\n", 200, site_text, NULL},
        {"If-None-Match: \"x\", W/\"tag\"\r\n", 304, "", NULL},
        {"If-Modified-Since: Sun, 06 Nov 1994 08:49:37 GMT\r\n", 304, "", NULL},
        {"If-Unmodified-Since: Sun, 06 Nov 1994 08:49:36 GMT\r\n", 412, "", NULL},
        {"If-Match: \"x\"\r\n", 412, "", NULL},
    };
    struct http_server *server = site_start();
    AUTO_FD int fd = peer_dial(server);
    for (size_t i = 0; i < G_N_ELEMENTS(rows); i++) {
        g_autofree char *request = g_strdup_printf("GET /file HTTP/1.1\r\n" HOST "%s\r\n", rows[i].headers);
        peer_say(fd, request);
        struct reply reply = peer_hear(fd, true);
        g_assert_cmpint(reply.status, ==, rows[i].status);
        g_assert_cmpstr(reply.body->str, ==, rows[i].body);
        reply_assert_header(&reply, "Content-Range", rows[i].range);
        reply_assert_header(&reply, "ETag", "\"tag\"");
        reply_assert_header(&reply, "Last-Modified", "Sun, 06 Nov 1994 08:49:37 GMT");
        reply_clear(&reply);
    }
    peer_say(fd, "HEAD /file HTTP/1.1\r\n" HOST "Range: bytes=0-3\r\n\r\n");
    struct reply reply = peer_hear_head(fd);
    g_assert_cmpint(reply.status, ==, 200);
    reply_assert_header(&reply, "Content-Length", "36");
    reply_assert_header(&reply, "Accept-Ranges", "bytes");
    reply_assert_header(&reply, "Content-Disposition",
                        "attachment; filename=\"Strasse _1_.txt\"; filename*=UTF-8''Stra%C3%9Fe%20%221%22.txt");
    reply_clear(&reply);
    peer_expect(fd, GET("/static"), 200, site_text);
    peer_expect(fd, "GET /static HTTP/1.1\r\n" HOST "Range: bytes=1-2\r\n\r\n", 206, "12");
    site_stop(server);
}

static void test_gzip_where_accepted(void)
{
    struct http_server *server = site_start();
    AUTO_FD int fd = peer_dial(server);
    peer_say(fd, "GET /large HTTP/1.1\r\n" HOST "Accept-Encoding: br, gzip\r\n\r\n");
    struct reply reply = peer_hear(fd, true);
    reply_assert_header(&reply, "Content-Encoding", "gzip");
    reply_assert_header(&reply, "Vary", "Accept-Encoding");
    g_assert_cmpuint(reply.body->len, <, 1000);
    char plain[20000];
    z_stream stream = {.next_in = (Bytef *)reply.body->str,
                       .avail_in = (uInt)reply.body->len,
                       .next_out = (Bytef *)plain,
                       .avail_out = sizeof plain};
    g_assert_cmpint(inflateInit2(&stream, MAX_WBITS + 16), ==, Z_OK);
    g_assert_cmpint(inflate(&stream, Z_FINISH), ==, Z_STREAM_END);
    g_assert_cmpuint(stream.total_out, ==, 11002);
    inflateEnd(&stream);
    reply_clear(&reply);
    peer_say(fd, "GET /large HTTP/1.1\r\n" HOST "Accept-Encoding: gzip;q=0\r\n\r\n");
    reply = peer_hear(fd, true);
    reply_assert_header(&reply, "Content-Encoding", NULL);
    reply_assert_header(&reply, "Vary", "Accept-Encoding");
    g_assert_cmpuint(reply.body->len, ==, 11002);
    reply_clear(&reply);
    site_stop(server);
}

static void test_packed_pages(void)
{
    struct http_server *server = site_start();
    AUTO_FD int fd = peer_dial(server);
    peer_expect(fd, GET("/page"), 200, "");
    for (unsigned i = 0; i < 2; i++) {
        peer_say(fd, "GET /page HTTP/1.1\r\n" HOST "Accept-Encoding: gzip\r\n\r\n");
        struct reply reply = peer_hear(fd, true);
        g_assert_cmpint(reply.status, ==, 200);
        reply_assert_header(&reply, "Content-Encoding", "gzip");
        reply_assert_header(&reply, "ETag", "\"page-gz\"");
        g_assert_cmpuint(reply.body->len, <, 200);
        reply_clear(&reply);
    }
    peer_expect(fd, "GET /page HTTP/1.1\r\n" HOST "Accept-Encoding: gzip\r\nIf-None-Match: \"page-gz\"\r\n\r\n", 304,
                "");
    peer_expect(fd, "GET /page HTTP/1.1\r\n" HOST "If-None-Match: \"page-gz\"\r\n\r\n", 200, "");
    site_stop(server);
}

static void test_forms(void)
{
    struct http_server *server = site_start();
    AUTO_FD int fd = peer_dial(server);
    static const char head[] = "POST /form HTTP/1.1\r\n" HOST "Content-Type: multipart/form-data; boundary=b\r\n";
    g_autofree char *good = g_strconcat(
        head,
        "Content-Length: 151\r\n\r\n"
        "--b\r\nContent-Disposition: form-data; name=\"deviceId\"\r\n\r\nphone\r\n"
        "--b\r\nContent-Disposition: form-data; name=\"assetData\"; filename=\"a.jpg\"\r\n\r\nJPEG\r\n--b--\r\n",
        NULL);
    peer_expect(fd, good, 201, "\"deviceId=phone;file assetData=JPEG;\"");
    g_autofree char *cut = g_strconcat(head, "Content-Length: 8\r\n\r\n--b\r\nabc", NULL);
    peer_expect(fd, cut, 400, "The upload ended before its end.");
    g_autofree char *wrong = g_strconcat(head, "Content-Length: 8\r\n\r\n--b-oops", NULL);
    peer_expect(fd, wrong, 400, "not valid form data");
    peer_expect(fd, "POST /form HTTP/1.1\r\n" HOST "Content-Type: text/plain\r\nContent-Length: 2\r\n\r\nhi", 415,
                "multipart");
    site_stop(server);
}

static void test_headers_cannot_be_injected(void)
{
    struct http_server *server = site_start();
    AUTO_FD int fd = peer_dial(server);
    peer_say(fd, GET("/headers"));
    struct reply reply = peer_hear(fd, true);
    g_assert_cmpint(reply.status, ==, 204);
    reply_assert_header(&reply, "X-Good", "yes");
    reply_assert_header(&reply, "X-Bad", NULL);
    reply_assert_header(&reply, "X-Injected", NULL);
    reply_assert_header(&reply, "Set-Cookie", "token=abc; Path=/; Max-Age=3600; SameSite=Lax; HttpOnly; Secure");
    g_assert_null(strstr(reply.head, "evil"));
    g_assert_nonnull(strstr(reply.head, "Set-Cookie: old=; Path=/; Max-Age=0; SameSite=Lax\r\n"));
    reply_clear(&reply);
    site_stop(server);
}

static void test_forwarded_headers_only_of_trusted_proxies(void)
{
    static const char request[] = "GET /echo HTTP/1.1\r\n" HOST "X-Forwarded-For: 1.1.1.1, 192.0.2.7\r\n"
                                  "X-Forwarded-Proto: https\r\nX-Forwarded-Host: photos.example.org\r\n\r\n";
    struct http_server *server = site_start();
    peer_expect_alone(server, request, 200, "\"remote\":\"127.0.0.1\",\"origin\":\"http://localhost\"");
    site_stop(server);
    static const char *const proxies[] = {"127.0.0.0/8", NULL};
    server = site_start_with(proxies, 0);
    peer_expect_alone(server, request, 200, "\"remote\":\"192.0.2.7\",\"origin\":\"https://photos.example.org\"");
    /* A proxy that adds a line of its own below the client's invention. */
    peer_expect_alone(server,
                      "GET /echo HTTP/1.1\r\n" HOST "X-Forwarded-For: 6.6.6.6\r\nX-Forwarded-For: 192.0.2.7\r\n"
                      "X-Forwarded-Host: evil.example\r\nX-Forwarded-Host: photos.example.org\r\n\r\n",
                      200, "\"remote\":\"192.0.2.7\",\"origin\":\"http://photos.example.org\"");
    site_stop(server);
}

static void test_listens_on_ipv6(void)
{
    struct http_config config = {.listen = "[::1]:0", .routes = site_routes, .n_routes = site_n_routes};
    AUTO_FD int probe = socket(AF_INET6, SOCK_STREAM | SOCK_CLOEXEC, 0);
    struct sockaddr_in6 address = {.sin6_family = AF_INET6, .sin6_addr = IN6ADDR_LOOPBACK_INIT};
    if (probe < 0 || bind(probe, (struct sockaddr *)&address, sizeof address) < 0) {
        g_test_skip("this machine has no IPv6");
        return;
    }
    g_autoptr(GError) error = NULL;
    struct http_server *server = http_server_start(&config, &error);
    g_assert_no_error(error);
    const char *url = http_server_url(server);
    g_assert_true(g_str_has_prefix(url, "http://[::1]:"));
    address.sin6_port = htons((uint16_t)g_ascii_strtoull(strrchr(url, ':') + 1, NULL, 10));
    AUTO_FD int fd = socket(AF_INET6, SOCK_STREAM | SOCK_CLOEXEC, 0);
    g_assert_cmpint(connect(fd, (struct sockaddr *)&address, sizeof address), ==, 0);
    peer_expect(fd, GET("/large"), 200, "words");
    http_server_stop(server, 5);
}

static void test_start_fails_clearly(void)
{
    static const char *const addresses[] = {"nonsense", "127.0.0.1", "127.0.0.1:99999", "::1:80", "256.0.0.1:80", NULL};
    struct http_config config = {.routes = site_routes, .n_routes = site_n_routes};
    for (unsigned i = 0; addresses[i]; i++) {
        g_autoptr(GError) error = NULL;
        config.listen = addresses[i];
        g_assert_null(http_server_start(&config, &error));
        g_assert_true(err_is(error, ERR_INVALID));
    }
    struct http_server *server = site_start();
    g_autoptr(GError) error = NULL;
    config.listen = http_server_url(server) + strlen("http://");
    g_assert_null(http_server_start(&config, &error));
    g_assert_true(err_is(error, ERR_IO));
    site_stop(server);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    log_set_level(G_LOG_LEVEL_ERROR);
    g_test_add_func("/http/server/keep-alive-and-pipeline", test_keep_alive_and_pipeline);
    g_test_add_func("/http/server/routes-and-methods", test_routes_and_methods);
    g_test_add_func("/http/server/bad-requests", test_bad_requests);
    g_test_add_func("/http/server/sizes-of-heads", test_sizes_of_heads);
    g_test_add_func("/http/server/bodies", test_bodies);
    g_test_add_data_func("/http/server/pull-waits-for-the-reader", "", test_pull_waits_for_the_reader);
    g_test_add_data_func("/http/server/pull-of-unknown-size", "", test_pull_of_unknown_size);
    g_test_add_data_func("/http/server/slow-pull-waits-for-the-reader", "?slow", test_pull_waits_for_the_reader);
    g_test_add_data_func("/http/server/slow-pull-of-unknown-size", "?slow", test_pull_of_unknown_size);
    g_test_add_func("/http/server/slow-pulls-hold-no-thread", test_slow_pulls_hold_no_thread);
    g_test_add_func("/http/server/files", test_files);
    g_test_add_func("/http/server/gzip-where-accepted", test_gzip_where_accepted);
    g_test_add_func("/http/server/packed-pages", test_packed_pages);
    g_test_add_func("/http/server/forms", test_forms);
    g_test_add_func("/http/server/headers-cannot-be-injected", test_headers_cannot_be_injected);
    g_test_add_func("/http/server/forwarded-headers", test_forwarded_headers_only_of_trusted_proxies);
    g_test_add_func("/http/server/listens-on-ipv6", test_listens_on_ipv6);
    g_test_add_func("/http/server/start-fails-clearly", test_start_fails_clearly);
    return g_test_run();
}
