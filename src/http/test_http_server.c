/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * The server as clients meet it: a real one on a free port, spoken to over raw sockets. */
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <glib.h>
#include <netinet/in.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>
#include <zlib.h>

#include "base/error.h"
#include "base/io.h"
#include "base/log.h"
#include "http/http.h"
#include "http/multipart.h"

enum { TIMEOUT_S = 1, MAX_HEADER_BYTES = 4096, MAX_BODY_BYTES = 100 * 1000, BIG_BYTES = 64 * 1024 * 1024 };

/* ---- what the routes note, and how tests steer them ---- */

static GMutex lock;
static GCond changed;
static unsigned contexts_made; /* under lock, as all here */
static unsigned contexts_freed;
static unsigned handled;
static bool hold;        /* /hold waits while it is set */
static unsigned holding; /* requests that wait there */
static guint64 pulled_bytes;
static unsigned pulls_freed;

static void wait_for(const unsigned *counter, unsigned value)
{
    int64_t deadline_us = g_get_monotonic_time() + 10 * G_USEC_PER_SEC;
    g_mutex_lock(&lock);
    while (*counter != value && g_cond_wait_until(&changed, &lock, deadline_us))
        ;
    g_assert_cmpuint(*counter, ==, value);
    g_mutex_unlock(&lock);
}

static void bump(unsigned *counter)
{
    g_mutex_lock(&lock);
    (*counter)++;
    g_cond_broadcast(&changed);
    g_mutex_unlock(&lock);
}

/* ---- routes ---- */

static bool before(struct http_request *request, GError **error)
{
    http_set(request, HTTP_SLOT_AUTH, g_strdup("somebody"), g_free);
    if (http_header(request, "X-Stranger"))
        return err_set(error, ERR_UNAUTHENTICATED, "Sign in first.");
    return true;
}

static void handle_echo(struct http_request *request)
{
    bump(&handled);
    g_assert_cmpstr(http_get(request, HTTP_SLOT_AUTH), ==, "somebody");
    GBytes *body = http_body(request);
    GString *text = g_string_new(NULL);
    g_string_append_printf(text, "{\"path\":\"%s\",\"id\":\"%s\",\"q\":\"%s\",\"cookie\":\"%s\",\"remote\":\"%s\",",
                           http_path(request), http_param(request, "id") ? http_param(request, "id") : "",
                           http_query(request, "q") ? http_query(request, "q") : "",
                           http_cookie(request, "c") ? http_cookie(request, "c") : "", http_remote(request));
    g_string_append_printf(text, "\"origin\":\"%s\",\"body\":\"%.*s\"}", http_origin(request),
                           (int)MIN(g_bytes_get_size(body), 20), (const char *)g_bytes_get_data(body, NULL));
    http_answer_json(request, 200, text);
}

static void handle_large_json(struct http_request *request)
{
    GString *text = g_string_new("\"");
    for (unsigned i = 0; i < 1000; i++)
        g_string_append(text, "many words ");
    g_string_append_c(text, '"');
    http_answer_json(request, 200, text);
}

static void handle_silent(struct http_request *request)
{
}

static void handle_headers(struct http_request *request)
{
    http_add_header(request, "X-Good", "yes");
    http_add_header(request, "X-Bad", "a\r\nX-Injected: 1");
    http_add_header(request, "X Bad", "a");
    http_set_cookie(request, "token", "abc", (struct http_cookie_options){3600, true, true});
    http_set_cookie(request, "evil", "a; Domain=x", (struct http_cookie_options){3600, true, true});
    http_set_cookie(request, "old", "", (struct http_cookie_options){-1, false, false});
    http_answer_empty(request, 204);
}

static void handle_hold(struct http_request *request)
{
    g_mutex_lock(&lock);
    holding++;
    g_cond_broadcast(&changed);
    while (hold)
        g_cond_wait(&changed, &lock);
    g_mutex_unlock(&lock);
    http_answer_json(request, 200, g_string_new("\"held\""));
}

struct upload {
    guint64 size;
    guint32 sum;
};

static void upload_free(gpointer data)
{
    g_free(data);
    bump(&contexts_freed);
}

static bool begin_upload(struct http_request *request, GError **error)
{
    if (http_header(request, "X-Refuse"))
        return err_set(error, ERR_FULL, "The server is full.");
    http_set(request, HTTP_SLOT_ROUTE, g_new0(struct upload, 1), upload_free);
    bump(&contexts_made);
    return true;
}

static bool write_upload(struct http_request *request, const void *bytes, size_t size, GError **error)
{
    struct upload *upload = http_get(request, HTTP_SLOT_ROUTE);
    const char *limit = http_query(request, "fail-after");
    upload->size += size;
    upload->sum = (guint32)crc32(upload->sum, bytes, (uInt)size);
    if (limit && upload->size > g_ascii_strtoull(limit, NULL, 10))
        return err_set(error, ERR_FULL, "The server became full.");
    return true;
}

static void handle_upload(struct http_request *request)
{
    bump(&handled);
    const struct upload *upload = http_get(request, HTTP_SLOT_ROUTE);
    GString *text = g_string_new(NULL);
    g_string_printf(text, "%" G_GUINT64_FORMAT " %u", upload->size, upload->sum);
    http_answer_json(request, 201, text);
}

static const char file_text[] = "0123456789abcdefghijklmnopqrstuvwxyz";

static void handle_file(struct http_request *request)
{
    g_autofree char *path = NULL;
    AUTO_FD int fd = g_file_open_tmp("ambrotype-http-XXXXXX", &path, NULL);
    g_assert_cmpint(fd, >=, 0);
    g_assert_true(io_write_all(fd, file_text, sizeof file_text - 1, NULL));
    unlink(path);
    struct http_file file = {
        .fd = io_steal_fd(&fd),
        .size_bytes = sizeof file_text - 1,
        .type = "text/plain",
        .etag = "tag",
        .modified_us = INT64_C(784111777000000),
        .cache_control = "private",
        .disposition = "attachment",
        .file_name = "Stra\xc3\x9f"
                     "e \"1\".txt",
    };
    http_answer_file(request, &file);
}

static void handle_static(struct http_request *request)
{
    struct http_file meta = {.fd = -1, .type = "text/html", .etag = "page"};
    http_answer_static(request, file_text, sizeof file_text - 1, &meta);
}

static void handle_page(struct http_request *request)
{
    static char page[8000];
    struct http_file meta = {.fd = -1, .type = "text/html; charset=utf-8", .etag = "page"};
    http_answer_static(request, page, sizeof page, &meta);
}

/* A multipart upload as the API does it: the parser lives in the route's slot. */
struct form {
    struct multipart *parser;
    GString *note;
};

static void form_free(gpointer data)
{
    struct form *form = data;
    multipart_free(form->parser);
    g_string_free(form->note, TRUE);
    g_free(form);
    bump(&contexts_freed);
}

static bool form_begin_part(void *data, const struct multipart_part *part, GError **error)
{
    struct form *form = data;
    g_string_append_printf(form->note, "%s%s=", part->file_name ? "file " : "", part->name);
    return true;
}

static bool form_data(void *data, const void *bytes, size_t size, GError **error)
{
    struct form *form = data;
    g_string_append_len(form->note, bytes, (gssize)size);
    return true;
}

static bool form_end_part(void *data, GError **error)
{
    struct form *form = data;
    g_string_append_c(form->note, ';');
    return true;
}

static bool begin_form(struct http_request *request, GError **error)
{
    static const struct multipart_callbacks callbacks = {form_begin_part, form_data, form_end_part};
    struct form *form = g_new0(struct form, 1);
    form->note = g_string_new("\"");
    http_set(request, HTTP_SLOT_ROUTE, form, form_free);
    bump(&contexts_made);
    form->parser = multipart_new(http_header(request, "Content-Type"), &callbacks, form, NULL, error);
    return form->parser != NULL;
}

static bool write_form(struct http_request *request, const void *bytes, size_t size, GError **error)
{
    struct form *form = http_get(request, HTTP_SLOT_ROUTE);
    return multipart_feed(form->parser, bytes, size, error);
}

static void handle_form(struct http_request *request)
{
    struct form *form = http_get(request, HTTP_SLOT_ROUTE);
    g_autoptr(GError) error = NULL;
    if (!multipart_finish(form->parser, &error)) {
        http_answer_error(request, error);
        return;
    }
    http_answer_json(request, 201, g_string_new(g_string_append_c(form->note, '"')->str));
}

static ssize_t pull_big(void *data, char *buffer, size_t max)
{
    guint64 *left = data;
    size_t size = MIN(max, *left);
    memset(buffer, 'x', size);
    *left -= size;
    g_mutex_lock(&lock);
    pulled_bytes += size;
    g_mutex_unlock(&lock);
    return (ssize_t)size;
}

static ssize_t pull_broken(void *data, char *buffer, size_t max)
{
    guint64 *left = data;
    if (*left == 0)
        return -1;
    return pull_big(data, buffer, max);
}

static void pull_free(gpointer data)
{
    g_free(data);
    bump(&pulls_freed);
}

static void answer_pull(struct http_request *request, int64_t announced, guint64 real, http_pull *pull)
{
    guint64 *left = g_new(guint64, 1);
    *left = real;
    http_answer_pull(request, 200, "application/octet-stream", announced, pull, left, pull_free);
}

static void handle_pull(struct http_request *request)
{
    answer_pull(request, BIG_BYTES, BIG_BYTES, pull_big);
}

static void handle_pull_chunked(struct http_request *request)
{
    answer_pull(request, -1, 100000, pull_big);
}

static void handle_pull_broken(struct http_request *request)
{
    answer_pull(request, -1, 100000, pull_broken);
}

static const struct http_route routes[] = {
    {.method = "GET", .pattern = "/echo", .handle = handle_echo},
    {.method = "GET", .pattern = "/echo/{id}", .handle = handle_echo},
    {.method = "POST", .pattern = "/echo", .handle = handle_echo, .body = HTTP_BODY_BUFFER},
    {.method = "GET", .pattern = "/large", .handle = handle_large_json},
    {.method = "GET", .pattern = "/silent", .handle = handle_silent},
    {.method = "GET", .pattern = "/headers", .handle = handle_headers},
    {.method = "GET", .pattern = "/hold", .handle = handle_hold},
    {.method = "GET", .pattern = "/file", .handle = handle_file},
    {.method = "GET", .pattern = "/static", .handle = handle_static},
    {.method = "GET", .pattern = "/pull", .handle = handle_pull},
    {.method = "GET", .pattern = "/pull-chunked", .handle = handle_pull_chunked},
    {.method = "GET", .pattern = "/pull-broken", .handle = handle_pull_broken},
    {.method = "GET", .pattern = "/page", .handle = handle_page},
    {.method = "POST",
     .pattern = "/form",
     .handle = handle_form,
     .body = HTTP_BODY_STREAM,
     .begin = begin_form,
     .write = write_form},
    {.method = "PUT",
     .pattern = "/upload",
     .handle = handle_upload,
     .body = HTTP_BODY_STREAM,
     .begin = begin_upload,
     .write = write_upload},
};

/* ---- the server of a test ---- */

static struct http_server *start_with(const char *const *trusted_proxies, unsigned max_per_address)
{
    struct http_config config = {
        .listen = "127.0.0.1:0",
        .routes = routes,
        .n_routes = G_N_ELEMENTS(routes),
        .before = before,
        .header_timeout_s = TIMEOUT_S,
        .max_header_bytes = MAX_HEADER_BYTES,
        .max_body_bytes = MAX_BODY_BYTES,
        .trusted_proxies = trusted_proxies,
        .max_per_address = max_per_address,
    };
    g_mutex_lock(&lock);
    contexts_made = contexts_freed = handled = holding = pulls_freed = 0;
    pulled_bytes = 0;
    hold = false;
    g_mutex_unlock(&lock);
    g_autoptr(GError) error = NULL;
    struct http_server *server = http_server_start(&config, &error);
    g_assert_no_error(error);
    return server;
}

static struct http_server *start(void)
{
    return start_with(NULL, 0);
}

static void stop(struct http_server *server)
{
    http_server_stop(server, 5);
    g_assert_cmpuint(contexts_made, ==, contexts_freed);
}

/* ---- the client of a test ---- */

static int dial(const struct http_server *server)
{
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    const char *port = strrchr(http_server_url(server), ':') + 1;
    address.sin_port = htons((uint16_t)g_ascii_strtoull(port, NULL, 10));
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    g_assert_cmpint(fd, >=, 0);
    g_assert_cmpint(connect(fd, (struct sockaddr *)&address, sizeof address), ==, 0);
    struct timeval patience = {.tv_sec = 10};
    g_assert_cmpint(setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience), ==, 0);
    return fd;
}

/* True if all went out: a server that has answered may close on us. */
static bool say_bytes(int fd, const void *bytes, size_t size)
{
    const char *at = bytes;
    while (size > 0) {
        ssize_t sent = send(fd, at, size, MSG_NOSIGNAL);
        if (sent < 0)
            return false;
        at += sent;
        size -= (size_t)sent;
    }
    return true;
}

static bool say(int fd, const char *text)
{
    return say_bytes(fd, text, strlen(text));
}

struct reply {
    int status;
    char *head;
    GString *body;
};

static void reply_clear(struct reply *reply)
{
    g_free(reply->head);
    g_string_free(reply->body, TRUE);
}

/* The value of a header of @reply, or NULL. Free with g_free(). */
static char *reply_header(const struct reply *reply, const char *name)
{
    g_auto(GStrv) lines = g_strsplit(reply->head, "\r\n", -1);
    size_t size = strlen(name);
    for (char **line = lines; *line; line++)
        if (g_ascii_strncasecmp(*line, name, size) == 0 && (*line)[size] == ':')
            return g_strstrip(g_strdup(*line + size + 1));
    return NULL;
}

static void assert_header(const struct reply *reply, const char *name, const char *value)
{
    g_autofree char *found = reply_header(reply, name);
    g_assert_cmpstr(found, ==, value);
}

static void read_exactly(int fd, GString *text, size_t size)
{
    size_t old = text->len;
    g_string_set_size(text, old + size);
    for (size_t have = 0; have < size;) {
        ssize_t got = recv(fd, text->str + old + have, size - have, 0);
        g_assert_cmpint(got, >, 0);
        have += (size_t)got;
    }
}

static char *read_line(int fd)
{
    g_autoptr(GString) line = g_string_new(NULL);
    while (!g_str_has_suffix(line->str, "\r\n"))
        read_exactly(fd, line, 1);
    g_string_truncate(line, line->len - 2);
    return g_string_free(g_steal_pointer(&line), FALSE);
}

static void read_chunks(int fd, GString *body)
{
    for (;;) {
        g_autofree char *line = read_line(fd);
        size_t size = g_ascii_strtoull(line, NULL, 16);
        read_exactly(fd, body, size);
        g_autofree char *end = read_line(fd);
        g_assert_cmpstr(end, ==, "");
        if (size == 0)
            return;
    }
}

static struct reply hear_head(int fd)
{
    g_autoptr(GString) head = g_string_new(NULL);
    while (!g_str_has_suffix(head->str, "\r\n\r\n"))
        read_exactly(fd, head, 1);
    struct reply reply = {.body = g_string_new(NULL)};
    g_assert_true(g_str_has_prefix(head->str, "HTTP/1.1 "));
    reply.status = (int)g_ascii_strtoll(head->str + 9, NULL, 10);
    reply.head = g_string_free(g_steal_pointer(&head), FALSE);
    return reply;
}

static struct reply hear_body(int fd, bool has_body)
{
    struct reply reply = hear_head(fd);
    g_autofree char *length = reply_header(&reply, "Content-Length");
    g_autofree char *encoding = reply_header(&reply, "Transfer-Encoding");
    if (has_body && encoding)
        read_chunks(fd, reply.body);
    else if (has_body && length && reply.status != 304)
        read_exactly(fd, reply.body, g_ascii_strtoull(length, NULL, 10));
    return reply;
}

static struct reply hear(int fd)
{
    return hear_body(fd, true);
}

/* The server has closed, in whatever way, and said nothing more. */
static void assert_closed(int fd)
{
    char byte;
    ssize_t got = recv(fd, &byte, 1, 0);
    g_assert_true(got == 0 || (got < 0 && errno == ECONNRESET));
}

static void expect(int fd, const char *request, int status, const char *part)
{
    g_assert_true(say(fd, request));
    struct reply reply = hear_body(fd, !g_str_has_prefix(request, "HEAD "));
    if (reply.status != status || !strstr(reply.body->str, part))
        g_error("%.200s\n→ %s%s", request, reply.head, reply.body->str);
    reply_clear(&reply);
}

/* One request on a connection of its own. */
static void expect_alone(const struct http_server *server, const char *request, int status, const char *part)
{
    AUTO_FD int fd = dial(server);
    expect(fd, request, status, part);
}

#define HOST "Host: localhost\r\n"
#define GET(path) "GET " path " HTTP/1.1\r\n" HOST "\r\n"

/* ---- tests ---- */

static void test_keep_alive_and_pipeline(void)
{
    struct http_server *server = start();
    AUTO_FD int fd = dial(server);
    expect(fd, GET("/echo/a%20b?q=x+y%C3%A9"), 200, "\"id\":\"a b\",\"q\":\"x y\xc3\xa9\"");
    expect(fd, "GET /echo HTTP/1.1\r\n" HOST "Cookie: a=1; c=\"two\"\r\n\r\n", 200, "\"cookie\":\"two\"");
    g_assert_true(say(fd, GET("/echo/1") GET("/silent") "POST /echo HTTP/1.1\r\n" HOST
                                                        "Content-Length: 5\r\n\r\nhello" GET("/echo/4")));
    const int statuses[] = {200, 500, 200, 200};
    for (unsigned i = 0; i < G_N_ELEMENTS(statuses); i++) {
        struct reply reply = hear(fd);
        g_assert_cmpint(reply.status, ==, statuses[i]);
        g_autofree char *id = reply_header(&reply, "X-Correlation-ID");
        g_assert_cmpuint(strlen(id), ==, 16);
        assert_header(&reply, "X-Content-Type-Options", "nosniff");
        assert_header(&reply, "Referrer-Policy", "same-origin");
        reply_clear(&reply);
    }
    stop(server);
}

static void test_routes_and_methods(void)
{
    struct http_server *server = start();
    AUTO_FD int fd = dial(server);
    expect(fd, GET("/nothing"), 404, "\"message\":\"There is nothing at this address.\"");
    g_assert_true(say(fd, "DELETE /echo HTTP/1.1\r\n" HOST "\r\n"));
    struct reply reply = hear(fd);
    g_assert_cmpint(reply.status, ==, 405);
    assert_header(&reply, "Allow", "GET, POST, HEAD, OPTIONS");
    reply_clear(&reply);
    g_assert_true(say(fd, "OPTIONS /echo HTTP/1.1\r\n" HOST "\r\n"));
    reply = hear(fd);
    g_assert_cmpint(reply.status, ==, 204);
    assert_header(&reply, "Allow", "GET, POST, HEAD, OPTIONS");
    reply_clear(&reply);
    expect(fd, "OPTIONS * HTTP/1.1\r\n" HOST "\r\n", 204, "");
    expect(fd, "HEAD /echo/1 HTTP/1.1\r\n" HOST "\r\n", 200, "");
    expect(fd, "HEAD /file HTTP/1.1\r\n" HOST "\r\n", 200, "");
    expect(fd, "GET http://localhost/echo/7?q=1 HTTP/1.1\r\n" HOST "\r\n", 200, "\"id\":\"7\",\"q\":\"1\"");
    expect(fd, "HEAD /pull HTTP/1.1\r\n" HOST "\r\n", 200, "");
    expect(fd, GET("/echo/1"), 200, "");
    expect(fd, "HEAD /pull-chunked HTTP/1.1\r\n" HOST "\r\n", 200, "");
    assert_closed(fd); /* and no chunk came */
    stop(server);
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
    struct http_server *server = start();
    for (size_t i = 0; i < G_N_ELEMENTS(rows); i++)
        expect_alone(server, rows[i].request, rows[i].status, "");
    g_assert_cmpuint(handled, ==, 0);
    expect_alone(server, GET("/echo"), 200, "");
    stop(server);
}

static void test_sizes_of_heads(void)
{
    struct http_server *server = start();
    g_autofree char *long_text = g_strnfill(200 * 1000, 'x');
    g_autofree char *target = g_strdup_printf("GET /echo?q=%.9000s HTTP/1.1\r\n" HOST "\r\n", long_text);
    expect_alone(server, target, 414, "");
    g_autofree char *header = g_strdup_printf("GET /echo HTTP/1.1\r\n" HOST "X: %.5000s\r\n\r\n", long_text);
    expect_alone(server, header, 431, "");
    /* Many small parts, where libmicrohttpd makes a record of each. */
    g_autoptr(GString) many = g_string_new("GET /echo?a");
    while (many->len < 3900)
        g_string_append(many, "&a");
    g_string_append(many, " HTTP/1.1\r\n" HOST "\r\n");
    expect_alone(server, many->str, 413, "too many parts");
    g_string_assign(many, "GET /echo HTTP/1.1\r\n" HOST);
    while (many->len < 30000)
        g_string_append(many, "a:\r\n");
    g_string_append(many, "\r\n");
    expect_alone(server, many->str, 431, "");
    g_string_assign(many, "GET /echo HTTP/1.1\r\n" HOST "Cookie: a");
    while (many->len < 3900)
        g_string_append(many, ";a");
    g_string_append(many, "\r\n\r\n");
    expect_alone(server, many->str, 431, "");
    /* So long that libmicrohttpd's own memory ends: it answers in its own words. */
    AUTO_FD int fd = dial(server);
    say(fd, "GET /echo HTTP/1.1\r\n" HOST "X: ");
    say(fd, long_text);
    struct reply reply = hear_head(fd);
    g_assert_cmpint(reply.status, ==, 431);
    reply_clear(&reply);
    stop(server);
}

static void test_bodies(void)
{
    struct http_server *server = start();
    AUTO_FD int fd = dial(server);
    expect(fd,
           "POST /echo HTTP/1.1\r\n" HOST "Transfer-Encoding: chunked\r\n\r\n3\r\nhel\r\n2;x=y\r\nlo\r\n0\r\nTrailer: "
           "1\r\n\r\n",
           200, "\"body\":\"hello\"");
    expect(fd, "POST /echo HTTP/1.1\r\n" HOST "Content-Length: 0\r\n\r\n", 200, "\"body\":\"\"");
    expect(fd, "PUT /upload HTTP/1.1\r\n" HOST "Transfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\n\r\n", 201,
           "5 907060870");
    expect(fd, "PUT /upload HTTP/1.1\r\n" HOST "Content-Length: 0\r\n\r\n", 201, "0 0");
    g_autofree char *data = g_strnfill(5 * 1000 * 1000, 'd');
    g_assert_true(say(fd, "PUT /upload HTTP/1.1\r\n" HOST "Content-Length: 5000000\r\n\r\n"));
    expect(fd, data, 201, "5000000 ");
    g_assert_cmpuint(contexts_made, ==, 3);
    stop(server);
}

static void test_refusal_before_the_body(void)
{
    struct http_server *server = start();
    AUTO_FD int fd = dial(server);
    /* A small body is read away: the connection lives on. */
    expect(fd, "PUT /upload HTTP/1.1\r\n" HOST "X-Refuse: 1\r\nContent-Length: 5\r\n\r\nhello", 507, "full");
    expect(fd, "POST /echo HTTP/1.1\r\n" HOST "X-Stranger: 1\r\nContent-Length: 5\r\n\r\nhello", 401, "Sign in");
    expect(fd, GET("/echo"), 200, "");
    /* A big one is not waited for. */
    expect(fd, "PUT /upload HTTP/1.1\r\n" HOST "X-Refuse: 1\r\nContent-Length: 10000000000\r\n\r\nhello", 507, "full");
    assert_closed(fd);
    /* A client who asks first is told before it sends. */
    AUTO_FD int polite = dial(server);
    expect(polite, "PUT /upload HTTP/1.1\r\n" HOST "X-Stranger: 1\r\nContent-Length: 5\r\nExpect: 100-continue\r\n\r\n",
           401, "Sign in");
    AUTO_FD int welcome = dial(server);
    say(welcome, "PUT /upload HTTP/1.1\r\n" HOST "Content-Length: 5\r\nExpect: 100-continue\r\n\r\n");
    struct reply reply = hear_head(welcome);
    g_assert_cmpint(reply.status, ==, 100);
    reply_clear(&reply);
    expect(welcome, "hello", 201, "5 ");
    stop(server);
}

/* A client who writes megabytes before it reads gets the answer, not a reset. */
static void test_refused_client_that_goes_on_sending(void)
{
    struct http_server *server = start();
    g_autofree char *data = g_strnfill(3 * 1000 * 1000, 'd');
    AUTO_FD int fd = dial(server);
    say(fd, "PUT /upload HTTP/1.1\r\n" HOST "X-Refuse: 1\r\nContent-Length: 3000000\r\n\r\n");
    g_assert_true(say(fd, data));
    struct reply reply = hear(fd);
    g_assert_cmpint(reply.status, ==, 507);
    reply_clear(&reply);
    AUTO_FD int other = dial(server);
    say(other, "PUT /upload?fail-after=1000000 HTTP/1.1\r\n" HOST "Content-Length: 90000000\r\n\r\n");
    g_assert_true(say(other, data));
    reply = hear(other);
    g_assert_cmpint(reply.status, ==, 507);
    assert_header(&reply, "Connection", "close");
    g_assert_nonnull(strstr(reply.body->str, "became full"));
    reply_clear(&reply);
    assert_closed(other);
    stop(server);
}

static void test_refusal_within_the_body(void)
{
    struct http_server *server = start();
    AUTO_FD int fd = dial(server);
    g_autofree char *data = g_strnfill(110 * 1000, 'd');
    /* The rest is small: read away, then the answer, and the connection lives on. */
    say(fd, "PUT /upload?fail-after=1000 HTTP/1.1\r\n" HOST "Content-Length: 60000\r\n\r\n");
    expect(fd, data + 50000, 507, "became full");
    expect(fd, GET("/echo"), 200, "");
    /* A chunked body that grows beyond the limit of a buffered route. */
    say(fd, "POST /echo HTTP/1.1\r\n" HOST "Transfer-Encoding: chunked\r\n\r\n1adb0\r\n");
    say(fd, data);
    expect(fd, "\r\n0\r\n\r\n", 413, "too large");
    expect(fd, GET("/echo"), 200, "");
    g_assert_cmpuint(handled, ==, 2);
    stop(server);
}

static void test_client_leaves_amid_upload(void)
{
    struct http_server *server = start();
    for (unsigned i = 0; i < 10; i++) {
        AUTO_FD int fd = dial(server);
        say(fd, "PUT /upload HTTP/1.1\r\n" HOST "Content-Length: 100000\r\n\r\nhello");
        wait_for(&contexts_made, i + 1);
    }
    wait_for(&contexts_freed, 10);
    g_assert_cmpuint(handled, ==, 0);
    stop(server);
}

/* The client is gone while handle() runs: the request must live until it has returned. */
static void test_client_leaves_while_handled(void)
{
    struct http_server *server = start();
    hold = true;
    for (unsigned i = 0; i < 4; i++) {
        AUTO_FD int fd = dial(server);
        say(fd, GET("/hold"));
        wait_for(&holding, i + 1);
    }
    g_mutex_lock(&lock);
    hold = false;
    g_cond_broadcast(&changed);
    g_mutex_unlock(&lock);
    expect_alone(server, GET("/echo"), 200, "");
    stop(server);
}

/* Clients who send a byte now and then hold no connection for long, and nobody else up. */
static void test_slow_clients_are_cut(void)
{
    enum { N = 12 };
    static const char *const begins[] = {"", "GET /echo HTTP/1.1\r\nHost: localhost\r\nX: ",
                                         "PUT /upload HTTP/1.1\r\n" HOST "Content-Length: 100000\r\n\r\n"};
    struct http_server *server = start();
    int fds[N];
    for (unsigned i = 0; i < N; i++) {
        fds[i] = dial(server);
        say(fds[i], begins[i % G_N_ELEMENTS(begins)]);
    }
    int64_t started_us = g_get_monotonic_time();
    unsigned open = N;
    while (open > 0) {
        g_assert_cmpint(g_get_monotonic_time() - started_us, <, 4 * TIMEOUT_S * G_USEC_PER_SEC);
        open = 0;
        for (unsigned i = 0; i < N; i++) {
            struct pollfd poll_fd = {fds[i], POLLIN, 0};
            bool closed = poll(&poll_fd, 1, 0) > 0;
            if (!closed && i % G_N_ELEMENTS(begins) > 0)
                say(fds[i], "x");
            open += !closed;
        }
        expect_alone(server, GET("/echo"), 200, "");
        g_usleep(100 * 1000);
    }
    g_assert_cmpint(g_get_monotonic_time() - started_us, >, TIMEOUT_S * G_USEC_PER_SEC / 2);
    for (unsigned i = 0; i < N; i++)
        close(fds[i]);
    stop(server);
}

/* But a client whose handler takes longer than the timeout is not cut, nor one that sends slowly but steadily. */
static void test_patience_where_it_is_due(void)
{
    struct http_server *server = start();
    hold = true;
    AUTO_FD int waiting = dial(server);
    say(waiting, GET("/hold"));
    AUTO_FD int sending = dial(server);
    say(sending, "PUT /upload HTTP/1.1\r\n" HOST "Content-Length: 24000\r\n\r\n");
    g_autofree char *piece = g_strnfill(1000, 'p');
    for (unsigned i = 0; i < 24; i++) {
        g_assert_true(say(sending, piece));
        g_usleep(100 * 1000);
    }
    expect(sending, "", 201, "24000 ");
    g_mutex_lock(&lock);
    hold = false;
    g_cond_broadcast(&changed);
    g_mutex_unlock(&lock);
    expect(waiting, "", 200, "held");
    stop(server);
}

static void test_limit_per_address(void)
{
    struct http_server *server = start_with(NULL, 3);
    int fds[3];
    for (unsigned i = 0; i < 3; i++) {
        fds[i] = dial(server);
        expect(fds[i], GET("/echo"), 200, "");
    }
    AUTO_FD int fourth = dial(server);
    say(fourth, GET("/echo"));
    assert_closed(fourth);
    for (unsigned i = 0; i < 3; i++)
        close(fds[i]);
    stop(server);
}

static void test_pull_waits_for_the_reader(void)
{
    struct http_server *server = start();
    AUTO_FD int fd = dial(server);
    say(fd, GET("/pull"));
    struct reply reply = hear_head(fd);
    assert_header(&reply, "Content-Length", "67108864");
    reply_clear(&reply);
    g_usleep(300 * 1000);
    g_mutex_lock(&lock);
    guint64 unread = pulled_bytes; /* what sockets hold; far less than the whole */
    g_mutex_unlock(&lock);
    g_assert_cmpuint(unread, <, BIG_BYTES / 4);
    g_autofree char *buffer = g_malloc(1024 * 1024);
    guint64 total = 0;
    while (total < BIG_BYTES) {
        ssize_t got = recv(fd, buffer, 1024 * 1024, 0);
        g_assert_cmpint(got, >, 0);
        total += (guint64)got;
        g_mutex_lock(&lock);
        guint64 ahead = pulled_bytes - total;
        g_mutex_unlock(&lock);
        g_assert_cmpuint(ahead, <, BIG_BYTES / 4);
    }
    expect(fd, GET("/echo"), 200, "");
    /* One that is never read to its end frees its data all the same. */
    say(fd, GET("/pull"));
    close(io_steal_fd(&fd));
    wait_for(&pulls_freed, 2);
    stop(server);
}

static void test_pull_of_unknown_size(void)
{
    struct http_server *server = start();
    AUTO_FD int fd = dial(server);
    say(fd, GET("/pull-chunked"));
    struct reply reply = hear(fd);
    g_assert_cmpuint(reply.body->len, ==, 100000);
    reply_clear(&reply);
    say(fd, GET("/pull-broken"));
    reply = hear_head(fd);
    reply_clear(&reply);
    g_autofree char *buffer = g_malloc(200000);
    size_t total = 0;
    for (ssize_t got; (got = recv(fd, buffer + total, 200000 - total, 0)) > 0;)
        total += (size_t)got;
    g_assert_cmpint(memcmp(buffer + total - 5, "0\r\n\r\n", 5), !=, 0); /* no regular end: the client knows */
    stop(server);
}

static void test_files(void)
{
    static const struct {
        const char *headers;
        int status;
        const char *body;
        const char *range;
    } rows[] = {
        {"", 200, file_text, NULL},
        {"Range: bytes=0-3\r\n", 206, "0123", "bytes 0-3/36"},
        {"Range: bytes=-2\r\n", 206, "yz", "bytes 34-35/36"},
        {"Range: bytes=30-99\r\n", 206, "uvwxyz", "bytes 30-35/36"},
        {"Range: bytes=36-\r\n", 416, "", "bytes */36"},
        {"Range: bytes=0-1,4-5\r\n", 200, file_text, NULL},
        {"Range: bytes=0-3\r\nIf-Range: \"tag\"\r\n", 206, "0123", "bytes 0-3/36"},
        {"Range: bytes=0-3\r\nIf-Range: \"other\"\r\n", 200, file_text, NULL},
        {"If-None-Match: \"x\", W/\"tag\"\r\n", 304, "", NULL},
        {"If-Modified-Since: Sun, 06 Nov 1994 08:49:37 GMT\r\n", 304, "", NULL},
        {"If-Unmodified-Since: Sun, 06 Nov 1994 08:49:36 GMT\r\n", 412, "", NULL},
        {"If-Match: \"x\"\r\n", 412, "", NULL},
    };
    struct http_server *server = start();
    AUTO_FD int fd = dial(server);
    for (size_t i = 0; i < G_N_ELEMENTS(rows); i++) {
        g_autofree char *request = g_strdup_printf("GET /file HTTP/1.1\r\n" HOST "%s\r\n", rows[i].headers);
        say(fd, request);
        struct reply reply = hear(fd);
        g_assert_cmpint(reply.status, ==, rows[i].status);
        g_assert_cmpstr(reply.body->str, ==, rows[i].body);
        assert_header(&reply, "Content-Range", rows[i].range);
        assert_header(&reply, "ETag", "\"tag\"");
        assert_header(&reply, "Last-Modified", "Sun, 06 Nov 1994 08:49:37 GMT");
        reply_clear(&reply);
    }
    say(fd, "HEAD /file HTTP/1.1\r\n" HOST "Range: bytes=0-3\r\n\r\n");
    struct reply reply = hear_head(fd);
    g_assert_cmpint(reply.status, ==, 200);
    assert_header(&reply, "Content-Length", "36");
    assert_header(&reply, "Accept-Ranges", "bytes");
    assert_header(&reply, "Content-Disposition",
                  "attachment; filename=\"Strasse _1_.txt\"; filename*=UTF-8''Stra%C3%9Fe%20%221%22.txt");
    reply_clear(&reply);
    expect(fd, GET("/static"), 200, file_text);
    expect(fd, "GET /static HTTP/1.1\r\n" HOST "Range: bytes=1-2\r\n\r\n", 206, "12");
    stop(server);
}

static void test_gzip_where_accepted(void)
{
    struct http_server *server = start();
    AUTO_FD int fd = dial(server);
    say(fd, "GET /large HTTP/1.1\r\n" HOST "Accept-Encoding: br, gzip\r\n\r\n");
    struct reply reply = hear(fd);
    assert_header(&reply, "Content-Encoding", "gzip");
    assert_header(&reply, "Vary", "Accept-Encoding");
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
    say(fd, "GET /large HTTP/1.1\r\n" HOST "Accept-Encoding: gzip;q=0\r\n\r\n");
    reply = hear(fd);
    assert_header(&reply, "Content-Encoding", NULL);
    assert_header(&reply, "Vary", "Accept-Encoding");
    g_assert_cmpuint(reply.body->len, ==, 11002);
    reply_clear(&reply);
    stop(server);
}

static void test_packed_pages(void)
{
    struct http_server *server = start();
    AUTO_FD int fd = dial(server);
    expect(fd, GET("/page"), 200, "");
    for (unsigned i = 0; i < 2; i++) {
        say(fd, "GET /page HTTP/1.1\r\n" HOST "Accept-Encoding: gzip\r\n\r\n");
        struct reply reply = hear(fd);
        g_assert_cmpint(reply.status, ==, 200);
        assert_header(&reply, "Content-Encoding", "gzip");
        assert_header(&reply, "ETag", "\"page-gz\"");
        g_assert_cmpuint(reply.body->len, <, 200);
        reply_clear(&reply);
    }
    expect(fd, "GET /page HTTP/1.1\r\n" HOST "Accept-Encoding: gzip\r\nIf-None-Match: \"page-gz\"\r\n\r\n", 304, "");
    expect(fd, "GET /page HTTP/1.1\r\n" HOST "If-None-Match: \"page-gz\"\r\n\r\n", 200, "");
    stop(server);
}

static void test_forms(void)
{
    struct http_server *server = start();
    AUTO_FD int fd = dial(server);
    static const char head[] = "POST /form HTTP/1.1\r\n" HOST "Content-Type: multipart/form-data; boundary=b\r\n";
    g_autofree char *good = g_strconcat(
        head,
        "Content-Length: 151\r\n\r\n"
        "--b\r\nContent-Disposition: form-data; name=\"deviceId\"\r\n\r\nphone\r\n"
        "--b\r\nContent-Disposition: form-data; name=\"assetData\"; filename=\"a.jpg\"\r\n\r\nJPEG\r\n--b--\r\n",
        NULL);
    expect(fd, good, 201, "\"deviceId=phone;file assetData=JPEG;\"");
    g_autofree char *cut = g_strconcat(head, "Content-Length: 8\r\n\r\n--b\r\nabc", NULL);
    expect(fd, cut, 400, "The upload ended before its end.");
    g_autofree char *wrong = g_strconcat(head, "Content-Length: 8\r\n\r\n--b-oops", NULL);
    expect(fd, wrong, 400, "not valid form data");
    expect(fd, "POST /form HTTP/1.1\r\n" HOST "Content-Type: text/plain\r\nContent-Length: 2\r\n\r\nhi", 415,
           "multipart");
    stop(server);
}

static void test_headers_cannot_be_injected(void)
{
    struct http_server *server = start();
    AUTO_FD int fd = dial(server);
    say(fd, GET("/headers"));
    struct reply reply = hear(fd);
    g_assert_cmpint(reply.status, ==, 204);
    assert_header(&reply, "X-Good", "yes");
    assert_header(&reply, "X-Bad", NULL);
    assert_header(&reply, "X-Injected", NULL);
    assert_header(&reply, "Set-Cookie", "token=abc; Path=/; Max-Age=3600; SameSite=Lax; HttpOnly; Secure");
    g_assert_null(strstr(reply.head, "evil"));
    g_assert_nonnull(strstr(reply.head, "Set-Cookie: old=; Path=/; Max-Age=0; SameSite=Lax\r\n"));
    reply_clear(&reply);
    stop(server);
}

static void test_forwarded_headers_only_of_trusted_proxies(void)
{
    static const char request[] = "GET /echo HTTP/1.1\r\n" HOST "X-Forwarded-For: 1.1.1.1, 192.0.2.7\r\n"
                                  "X-Forwarded-Proto: https\r\nX-Forwarded-Host: photos.example.org\r\n\r\n";
    struct http_server *server = start();
    expect_alone(server, request, 200, "\"remote\":\"127.0.0.1\",\"origin\":\"http://localhost\"");
    stop(server);
    static const char *const proxies[] = {"127.0.0.0/8", NULL};
    server = start_with(proxies, 0);
    expect_alone(server, request, 200, "\"remote\":\"192.0.2.7\",\"origin\":\"https://photos.example.org\"");
    stop(server);
}

static gpointer stop_in_thread(gpointer server)
{
    http_server_stop(server, 5);
    return NULL;
}

static void test_stop_lets_requests_finish(void)
{
    struct http_server *server = start();
    hold = true;
    AUTO_FD int busy = dial(server);
    say(busy, GET("/hold"));
    AUTO_FD int uploading = dial(server);
    say(uploading, "PUT /upload HTTP/1.1\r\n" HOST "Content-Length: 10\r\n\r\nhello");
    AUTO_FD int idle = dial(server);
    expect(idle, GET("/echo"), 200, "");
    wait_for(&holding, 1);
    wait_for(&contexts_made, 1);
    GThread *stopper = g_thread_new("stop", stop_in_thread, server);
    for (bool refused = false; !refused;) { /* newcomers are turned away as soon as it begins */
        AUTO_FD int late = dial(server);
        char byte;
        say(late, GET("/echo"));
        refused = recv(late, &byte, 1, 0) <= 0;
    }
    say(uploading, "world");
    struct reply reply = hear(uploading);
    g_assert_cmpint(reply.status, ==, 201);
    assert_header(&reply, "Connection", "close");
    reply_clear(&reply);
    g_mutex_lock(&lock);
    hold = false;
    g_cond_broadcast(&changed);
    g_mutex_unlock(&lock);
    expect(busy, "", 200, "held");
    g_thread_join(stopper);
    assert_closed(idle);
    g_assert_cmpuint(contexts_freed, ==, 1);
}

/* What does not finish in time is cut off; its context is freed. */
static void test_stop_does_not_wait_for_ever(void)
{
    struct http_server *server = start();
    AUTO_FD int fd = dial(server);
    say(fd, "PUT /upload HTTP/1.1\r\n" HOST "Content-Length: 10\r\n\r\nhello");
    wait_for(&contexts_made, 1);
    http_server_stop(server, 0);
    g_assert_cmpuint(contexts_freed, ==, 1);
    assert_closed(fd);
}

static gpointer hammer(gpointer data)
{
    const struct http_server *server = data;
    for (unsigned i = 0; i < 100; i++) {
        AUTO_FD int fd = dial(server);
        expect(fd, GET("/echo"), 200, "");
        expect(fd, "PUT /upload HTTP/1.1\r\n" HOST "Content-Length: 5\r\n\r\nhello", 201, "5 ");
        if (i % 3 == 0)
            say(fd, "PUT /upload HTTP/1.1\r\n" HOST "Content-Length: 50\r\n\r\nhello");
        if (i % 3 == 1)
            say(fd, GET("/file") GET("/large") GET("/pull"));
    }
    return NULL;
}

static void test_many_at_once(void)
{
    struct http_server *server = start();
    GThread *threads[6];
    for (unsigned i = 0; i < G_N_ELEMENTS(threads); i++)
        threads[i] = g_thread_new("hammer", hammer, server);
    for (unsigned i = 0; i < G_N_ELEMENTS(threads); i++)
        g_thread_join(threads[i]);
    stop(server);
}

static void test_listens_on_ipv6(void)
{
    struct http_config config = {.listen = "[::1]:0", .routes = routes, .n_routes = G_N_ELEMENTS(routes)};
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
    expect(fd, GET("/large"), 200, "words");
    http_server_stop(server, 5);
}

static void test_start_fails_clearly(void)
{
    static const char *const addresses[] = {"nonsense", "127.0.0.1", "127.0.0.1:99999", "::1:80", "256.0.0.1:80", NULL};
    struct http_config config = {.routes = routes, .n_routes = G_N_ELEMENTS(routes)};
    for (unsigned i = 0; addresses[i]; i++) {
        g_autoptr(GError) error = NULL;
        config.listen = addresses[i];
        g_assert_null(http_server_start(&config, &error));
        g_assert_true(err_is(error, ERR_INVALID));
    }
    struct http_server *server = start();
    g_autoptr(GError) error = NULL;
    config.listen = http_server_url(server) + strlen("http://");
    g_assert_null(http_server_start(&config, &error));
    g_assert_true(err_is(error, ERR_IO));
    stop(server);
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
    g_test_add_func("/http/server/refusal-before-the-body", test_refusal_before_the_body);
    g_test_add_func("/http/server/refused-client-that-goes-on-sending", test_refused_client_that_goes_on_sending);
    g_test_add_func("/http/server/refusal-within-the-body", test_refusal_within_the_body);
    g_test_add_func("/http/server/client-leaves-amid-upload", test_client_leaves_amid_upload);
    g_test_add_func("/http/server/client-leaves-while-handled", test_client_leaves_while_handled);
    g_test_add_func("/http/server/slow-clients-are-cut", test_slow_clients_are_cut);
    g_test_add_func("/http/server/patience-where-it-is-due", test_patience_where_it_is_due);
    g_test_add_func("/http/server/limit-per-address", test_limit_per_address);
    g_test_add_func("/http/server/pull-waits-for-the-reader", test_pull_waits_for_the_reader);
    g_test_add_func("/http/server/pull-of-unknown-size", test_pull_of_unknown_size);
    g_test_add_func("/http/server/files", test_files);
    g_test_add_func("/http/server/gzip-where-accepted", test_gzip_where_accepted);
    g_test_add_func("/http/server/packed-pages", test_packed_pages);
    g_test_add_func("/http/server/forms", test_forms);
    g_test_add_func("/http/server/headers-cannot-be-injected", test_headers_cannot_be_injected);
    g_test_add_func("/http/server/forwarded-headers", test_forwarded_headers_only_of_trusted_proxies);
    g_test_add_func("/http/server/stop-lets-requests-finish", test_stop_lets_requests_finish);
    g_test_add_func("/http/server/stop-does-not-wait-for-ever", test_stop_does_not_wait_for_ever);
    g_test_add_func("/http/server/many-at-once", test_many_at_once);
    g_test_add_func("/http/server/listens-on-ipv6", test_listens_on_ipv6);
    g_test_add_func("/http/server/start-fails-clearly", test_start_fails_clearly);
    return g_test_run();
}
