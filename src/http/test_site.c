/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "http/test_site.h"

#include <string.h>
#include <unistd.h>
#include <zlib.h>

#include "base/error.h"
#include "base/io.h"
#include "http/multipart.h"
#include "http/websocket.h"

struct site site;

void site_wait_for(const unsigned *counter, unsigned value)
{
    int64_t deadline_us = g_get_monotonic_time() + 120 * G_USEC_PER_SEC;
    g_mutex_lock(&site.lock);
    while (*counter != value && g_cond_wait_until(&site.changed, &site.lock, deadline_us))
        ;
    g_assert_cmpuint(*counter, ==, value);
    g_mutex_unlock(&site.lock);
}

static void bump(unsigned *counter)
{
    g_mutex_lock(&site.lock);
    (*counter)++;
    g_cond_broadcast(&site.changed);
    g_mutex_unlock(&site.lock);
}

static bool before(struct http_request *request, GError **error)
{
    http_set(request, HTTP_SLOT_AUTH, g_strdup("somebody"), g_free);
    if (http_header(request, "X-Stranger"))
        return err_set(error, ERR_UNAUTHENTICATED, "Sign in first.");
    return true;
}

static void handle_echo(struct http_request *request)
{
    bump(&site.handled);
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
    g_mutex_lock(&site.lock);
    site.holding++;
    g_cond_broadcast(&site.changed);
    while (site.hold)
        g_cond_wait(&site.changed, &site.lock);
    g_mutex_unlock(&site.lock);
    http_answer_json(request, 200, g_string_new("\"held\""));
}

struct upload {
    guint64 size;
    guint32 sum;
};

static void upload_free(gpointer data)
{
    g_free(data);
    bump(&site.contexts_freed);
}

static bool begin_upload(struct http_request *request, GError **error)
{
    if (http_header(request, "X-Refuse"))
        return err_set(error, ERR_FULL, "The server is full.");
    http_set(request, HTTP_SLOT_ROUTE, g_new0(struct upload, 1), upload_free);
    bump(&site.contexts_made);
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
    bump(&site.handled);
    const struct upload *upload = http_get(request, HTTP_SLOT_ROUTE);
    GString *text = g_string_new(NULL);
    g_string_printf(text, "%" G_GUINT64_FORMAT " %u", upload->size, upload->sum);
    http_answer_json(request, 201, text);
}

const char site_text[] = "0123456789abcdefghijklmnopqrstuvwxyz";

static void handle_file(struct http_request *request)
{
    g_autofree char *path = NULL;
    AUTO_FD int fd = g_file_open_tmp("ambrotype-http-XXXXXX", &path, NULL);
    g_assert_cmpint(fd, >=, 0);
    g_assert_true(io_write_all(fd, site_text, sizeof site_text - 1, NULL));
    unlink(path);
    struct http_file file = {
        .fd = io_steal_fd(&fd),
        .size_bytes = sizeof site_text - 1,
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
    http_answer_static(request, site_text, sizeof site_text - 1, &meta);
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
    bump(&site.contexts_freed);
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
    bump(&site.contexts_made);
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
    g_mutex_lock(&site.lock);
    site.pulled_bytes += size;
    g_mutex_unlock(&site.lock);
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
    bump(&site.pulls_freed);
}

static void answer_pull(struct http_request *request, int64_t announced, guint64 real, http_pull *pull)
{
    guint64 *left = g_new(guint64, 1);
    *left = real;
    if (http_query(request, "slow"))
        http_answer_slow_pull(request, 200, "application/octet-stream", announced, pull, left, pull_free);
    else
        http_answer_pull(request, 200, "application/octet-stream", announced, pull, left, pull_free);
}

static void handle_pull(struct http_request *request)
{
    answer_pull(request, SITE_PULL_BYTES, SITE_PULL_BYTES, pull_big);
}

static void handle_pull_chunked(struct http_request *request)
{
    answer_pull(request, -1, 100000, pull_big);
}

static void handle_pull_broken(struct http_request *request)
{
    answer_pull(request, -1, 100000, pull_broken);
}

/* ---- a WebSocket ---- */

static void say(struct websocket *socket, const char *text)
{
    g_autoptr(GBytes) message = g_bytes_new(text, strlen(text));
    websocket_send(socket, message);
}

static void socket_open(struct websocket *socket, void *data)
{
    g_assert_cmpstr(data, ==, "socket");
    say(socket, "hello");
}

/* More than anybody may leave lying. */
static void socket_flood(struct websocket *socket)
{
    g_autofree char *words = g_strnfill(SITE_FLOOD_BYTES, 'f');
    g_autoptr(GBytes) message = g_bytes_new(words, SITE_FLOOD_BYTES);
    for (unsigned i = 0; i < SITE_FLOOD_MESSAGES; i++)
        websocket_send(socket, message);
}

static void socket_text(struct websocket *socket, const char *text, size_t size, void *data)
{
    g_autofree char *copy = g_strndup(text, size);
    bump(&site.handled);
    if (strcmp(copy, "flood") == 0) {
        socket_flood(socket);
    } else if (strcmp(copy, "leave") == 0) {
        say(socket, "farewell");
        websocket_close(socket, WEBSOCKET_POLICY);
        say(socket, "too late");
    } else {
        say(socket, copy);
    }
}

static void socket_tick(struct websocket *socket, void *data)
{
    say(socket, "tick");
}

static void socket_gone(void *data)
{
    g_free(data);
    bump(&site.contexts_freed);
}

static void handle_socket(struct http_request *request)
{
    static const struct websocket_events events = {socket_open, socket_text, socket_tick, socket_gone};
    g_autoptr(GError) error = NULL;
    bump(&site.contexts_made);
    if (!http_answer_websocket(request, &events, g_strdup("socket"), &error))
        http_answer_error(request, error);
}

const struct http_route site_routes[] = {
    {.method = "GET", .pattern = "/socket", .handle = handle_socket},
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
const size_t site_n_routes = G_N_ELEMENTS(site_routes);

struct http_server *site_start_with(const char *const *trusted_proxies, unsigned max_per_address)
{
    struct http_config config = {
        .listen = "127.0.0.1:0",
        .routes = site_routes,
        .n_routes = site_n_routes,
        .before = before,
        .header_timeout_s = SITE_TIMEOUT_S,
        .max_header_bytes = SITE_MAX_HEADER_BYTES,
        .max_body_bytes = SITE_MAX_BODY_BYTES,
        .trusted_proxies = trusted_proxies,
        .max_per_address = max_per_address,
    };
    g_mutex_lock(&site.lock);
    site.contexts_made = site.contexts_freed = site.handled = site.holding = site.pulls_freed = 0;
    site.pulled_bytes = 0;
    site.hold = false;
    g_mutex_unlock(&site.lock);
    g_autoptr(GError) error = NULL;
    struct http_server *server = http_server_start(&config, &error);
    g_assert_no_error(error);
    return server;
}

struct http_server *site_start(void)
{
    return site_start_with(NULL, 0);
}

void site_stop(struct http_server *server)
{
    http_server_stop(server, 5);
    g_assert_cmpuint(site.contexts_made, ==, site.contexts_freed);
}

void site_release(void)
{
    g_mutex_lock(&site.lock);
    site.hold = false;
    g_cond_broadcast(&site.changed);
    g_mutex_unlock(&site.lock);
}
