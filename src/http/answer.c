/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Answers: what a caller decides is kept in the request (struct answer) until its network thread sends it. */
#include <string.h>
#include <unistd.h>
#include <zlib.h>

#include "base/clock.h"
#include "base/error.h"
#include "base/json.h"
#include "base/log.h"
#include "http/cookie.h"
#include "http/negotiate.h"
#include "http/private.h"

enum { QUICK_BLOCK_BYTES = 64 * 1024 };

void answer_clear(struct answer *answer)
{
    if (answer->kind == ANSWER_FILE)
        close(answer->fd);
    if (answer->kind == ANSWER_PULL && answer->pull_destroy)
        answer->pull_destroy(answer->pull_data);
    if (answer->kind == ANSWER_WEBSOCKET && answer->socket_data)
        answer->socket_events->gone(answer->socket_data);
    g_clear_pointer(&answer->bytes, g_bytes_unref);
    g_clear_pointer(&answer->headers, g_ptr_array_unref);
    *answer = (struct answer){.fd = -1};
}

bool answer_is_set(const struct http_request *request)
{
    return request->answer.kind != ANSWER_NONE;
}

/* ---- headers ---- */

static bool is_field_name(const char *name)
{
    return *name && name[strspn(name, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_")] == '\0';
}

static bool is_field_value(const char *value)
{
    for (const char *c = value; *c; c++)
        if ((*c > 0 && *c < ' ') || *c == 0x7f)
            return false;
    return *value != '\0';
}

void http_add_header(struct http_request *request, const char *name, const char *value)
{
    if (!is_field_name(name) || !is_field_value(value)) {
        /* A line break here would let its writer invent headers: the header is left out, the answer stays good. */
        log_event(G_LOG_LEVEL_WARNING, "http.bad-header", "name", name, NULL);
        return;
    }
    if (!request->answer.headers)
        request->answer.headers = g_ptr_array_new_with_free_func(g_free);
    g_ptr_array_add(request->answer.headers, g_strdup(name));
    g_ptr_array_add(request->answer.headers, g_strdup(value));
}

void http_set_cookie(struct http_request *request, const char *name, const char *value,
                     struct http_cookie_options options)
{
    if (!cookie_is_valid(name, value)) {
        log_event(G_LOG_LEVEL_WARNING, "http.bad-cookie", "name", name, NULL);
        return;
    }
    g_autofree char *text = g_strdup_printf("%s=%s; Path=/; Max-Age=%" G_GINT64_FORMAT "; SameSite=Lax%s%s", name,
                                            value, MAX(options.max_age_s, 0), options.http_only ? "; HttpOnly" : "",
                                            options.secure ? "; Secure" : "");
    http_add_header(request, "Set-Cookie", text);
}

/* ---- the decision ---- */

/* Takes the answer's place; false, with the fault in the log, if there is one already. */
static bool claim(struct http_request *request, enum answer_kind kind, int status, int64_t size_bytes)
{
    if (answer_is_set(request)) {
        log_event(G_LOG_LEVEL_CRITICAL, "http.answered-twice", "path", request->path, NULL);
        return false;
    }
    request->answer.kind = kind;
    request->answer.status = status;
    request->answer.size_bytes = size_bytes;
    return true;
}

void answer_bytes(struct http_request *request, int status, const char *type, GBytes *bytes)
{
    if (!claim(request, ANSWER_BYTES, status, (int64_t)g_bytes_get_size(bytes))) {
        g_bytes_unref(bytes);
        return;
    }
    request->answer.bytes = bytes;
    if (type)
        http_add_header(request, "Content-Type", type);
}

void answer_file_part(struct http_request *request, int status, int fd, int64_t offset, int64_t size_bytes)
{
    if (!claim(request, ANSWER_FILE, status, size_bytes)) {
        close(fd);
        return;
    }
    request->answer.fd = fd;
    request->answer.offset = offset;
}

void http_answer_empty(struct http_request *request, int status)
{
    answer_bytes(request, status, NULL, g_bytes_new_static("", 0));
}

GBytes *answer_gzip(const void *bytes, size_t size, int level)
{
    z_stream stream = {0};
    if (size > G_MAXINT32 || deflateInit2(&stream, level, Z_DEFLATED, MAX_WBITS + 16, 8, Z_DEFAULT_STRATEGY) != Z_OK)
        return NULL;
    g_autofree Bytef *out = g_malloc(size);
    stream.next_in = (Bytef *)(uintptr_t)bytes;
    stream.avail_in = (uInt)size;
    stream.next_out = out;
    stream.avail_out = (uInt)size;
    int result = deflate(&stream, Z_FINISH);
    size_t packed = stream.total_out;
    deflateEnd(&stream);
    return result == Z_STREAM_END ? g_bytes_new_take(g_realloc(g_steal_pointer(&out), packed), packed) : NULL;
}

void http_answer_json(struct http_request *request, int status, GString *json)
{
    GBytes *bytes = NULL;
    if (json->len >= GZIP_FROM_BYTES) {
        http_add_header(request, "Vary", "Accept-Encoding");
        if (negotiate_gzip(http_header(request, "Accept-Encoding")))
            bytes = answer_gzip(json->str, json->len, 1);
        if (bytes)
            http_add_header(request, "Content-Encoding", "gzip");
    }
    if (bytes)
        g_string_free(json, TRUE);
    else
        bytes = g_string_free_to_bytes(json);
    answer_bytes(request, status, "application/json; charset=utf-8", bytes);
}

void http_answer_error(struct http_request *request, const GError *error)
{
    http_answer_error_status(request, err_info(error)->http_status, error);
}

void http_answer_error_status(struct http_request *request, int status, const GError *error)
{
    log_error("http.error", error);
    GString *text = g_string_new(NULL);
    struct json json = json_to(text);
    json_begin_object(&json, NULL);
    g_autofree char *message = g_utf8_make_valid(error->message, -1);
    json_text(&json, "message", message);
    json_text(&json, "error", MHD_get_reason_phrase_for((unsigned)status));
    json_int(&json, "statusCode", status);
    json_text(&json, "correlationId", request->id);
    json_end(&json);
    http_answer_json(request, status, text);
}

void http_answer_pull(struct http_request *request, int status, const char *type, int64_t size_bytes, http_pull *pull,
                      void *data, GDestroyNotify destroy)
{
    if (!claim(request, ANSWER_PULL, status, size_bytes)) {
        if (destroy)
            destroy(data);
        return;
    }
    request->answer.pull = pull;
    request->answer.pull_data = data;
    request->answer.pull_destroy = destroy;
    if (type)
        http_add_header(request, "Content-Type", type);
}

void http_answer_slow_pull(struct http_request *request, int status, const char *type, int64_t size_bytes,
                           http_pull *pull, void *data, GDestroyNotify destroy)
{
    http_answer_pull(request, status, type, size_bytes, pull, data, destroy);
    request->answer.pull_is_slow = request->answer.pull_data == data;
}

void answer_websocket(struct http_request *request, const struct websocket_events *events, void *data)
{
    if (!claim(request, ANSWER_WEBSOCKET, 101, 0)) {
        events->gone(data);
        return;
    }
    request->answer.socket_events = events;
    request->answer.socket_data = data;
}

/* ---- to the wire ---- */

/* libmicrohttpd keeps the stream as long as the response object lives: longer than the request. */
struct stream {
    http_pull *pull;
    void *data;
    GDestroyNotify destroy;
};

static ssize_t stream_read(void *data, uint64_t position, char *buffer, size_t max)
{
    struct stream *stream = data;
    ssize_t got = stream->pull(stream->data, buffer, max);
    if (got == 0)
        return MHD_CONTENT_READER_END_OF_STREAM;
    return got < 0 ? MHD_CONTENT_READER_END_WITH_ERROR : got;
}

static void stream_free(void *data)
{
    struct stream *stream = data;
    if (stream->destroy)
        stream->destroy(stream->data);
    g_free(stream);
}

static void unref_bytes(void *bytes)
{
    g_bytes_unref(bytes);
}

static struct MHD_Response *response_of_pull(struct answer *answer)
{
    struct stream *stream = g_new0(struct stream, 1);
    *stream = (struct stream){answer->pull, answer->pull_data, answer->pull_destroy};
    uint64_t size = answer->size_bytes < 0 ? MHD_SIZE_UNKNOWN : (uint64_t)answer->size_bytes;
    struct MHD_Response *response =
        MHD_create_response_from_callback(size, QUICK_BLOCK_BYTES, stream_read, stream, stream_free);
    if (response)
        answer->kind = ANSWER_NONE;
    else
        g_free(stream);
    return response;
}

/* The body's object; what it needs moves from the answer into it. */
static struct MHD_Response *response_of(struct http_request *request)
{
    struct answer *answer = &request->answer;
    struct MHD_Response *response = NULL;
    if (answer->kind == ANSWER_PULL && answer->pull_is_slow) {
        response = slow_pull_response(request);
    } else if (answer->kind == ANSWER_PULL) {
        response = response_of_pull(answer);
    } else if (answer->kind == ANSWER_FILE) {
        response =
            MHD_create_response_from_fd_at_offset64((uint64_t)answer->size_bytes, answer->fd, (uint64_t)answer->offset);
        if (response)
            answer->kind = ANSWER_NONE;
    } else if (answer->kind == ANSWER_WEBSOCKET) {
        response = MHD_create_response_for_upgrade(handshake_upgraded, NULL);
    } else {
        gsize size;
        const void *data = g_bytes_get_data(answer->bytes, &size);
        response = MHD_create_response_from_buffer_with_free_callback_cls(size, (void *)(uintptr_t)(data ? data : ""),
                                                                          unref_bytes, answer->bytes);
        if (response)
            answer->bytes = NULL;
    }
    return response;
}

/* Headers that every answer has. */
static const char *const common_headers[] = {"X-Content-Type-Options", "nosniff", "Referrer-Policy", "same-origin"};

struct MHD_Response *answer_to_response(struct http_request *request)
{
    struct MHD_Response *response = response_of(request);
    if (!response)
        return NULL;
    MHD_add_response_header(response, "X-Correlation-ID", request->id);
    for (size_t i = 0; i < G_N_ELEMENTS(common_headers); i += 2)
        MHD_add_response_header(response, common_headers[i], common_headers[i + 1]);
    const GPtrArray *headers = request->answer.headers;
    for (guint i = 0; headers && i < headers->len; i += 2)
        MHD_add_response_header(response, headers->pdata[i], headers->pdata[i + 1]);
    if (g_atomic_int_get(&request->server->draining) && request->answer.kind != ANSWER_WEBSOCKET)
        MHD_add_response_header(response, "Connection", "close");
    /* libmicrohttpd 0.9.75 ends a chunked body also where HEAD has none, which the client would take for the begin of
     * its next answer: no chunks then, and the connection closes. */
    if (request->answer.size_bytes < 0 && strcmp(request->method, "HEAD") == 0)
        MHD_set_response_options(response, MHD_RF_HTTP_1_0_COMPATIBLE_STRICT, MHD_RO_END);
    return response;
}

GString *answer_to_message(struct http_request *request)
{
    const struct answer *answer = &request->answer;
    if (answer->kind != ANSWER_BYTES)
        return NULL;
    GString *text = g_string_new(NULL);
    g_string_printf(text, "HTTP/1.1 %d %s\r\nConnection: close\r\nX-Correlation-ID: %s\r\nContent-Length: %zu\r\n",
                    answer->status, MHD_get_reason_phrase_for((unsigned)answer->status), request->id,
                    g_bytes_get_size(answer->bytes));
    for (size_t i = 0; i < G_N_ELEMENTS(common_headers); i += 2)
        g_string_append_printf(text, "%s: %s\r\n", common_headers[i], common_headers[i + 1]);
    for (guint i = 0; answer->headers && i < answer->headers->len; i += 2)
        g_string_append_printf(text, "%s: %s\r\n", (char *)answer->headers->pdata[i],
                               (char *)answer->headers->pdata[i + 1]);
    g_string_append(text, "\r\n");
    gsize size;
    const char *body = g_bytes_get_data(answer->bytes, &size);
    g_string_append_len(text, body ? body : "", (gssize)size);
    return text;
}
