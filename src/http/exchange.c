/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * The way of one request through its phases, one function a step.
 *
 * Facts of libmicrohttpd 0.9.75 that shape this file (from its source):
 *   - It calls exchange_step() once after the headers, once for each body piece, once at the end of the request. An
 *     answer queued in the first call closes the connection afterwards; so whoever has no body to refuse is answered in
 *     the last call. Within the body no answer can be queued at all: there we write it to the socket ourselves.
 *   - While a connection is suspended its socket is not looked at: a client who leaves is noticed when the answer is
 *     sent, and the request cannot end before handle() has returned. */
#include <string.h>
#include <sys/socket.h>

#include "base/error.h"
#include "base/log.h"
#include "http/private.h"
#include "http/tls.h"

/* ---- the pool ---- */

static void handle(struct http_request *request)
{
    request->match.route->handle(request);
    if (answer_is_set(request))
        return;
    g_autoptr(GError) error = NULL;
    err_set_detail(&error, ERR_INTERNAL, "the handler did not answer", "The server made a mistake.");
    http_answer_error(request, error);
}

/* On a thread of the pool. After the resume the request may be gone at any moment. */
void exchange_work(gpointer data, gpointer server_data)
{
    struct http_request *request = data;
    struct http_server *server = server_data;
    log_set_request(request->id);
    if (request->phase == PHASE_ANSWERED)
        slow_pull_fill(request->slow);
    else
        handle(request);
    log_set_request(NULL);
    MHD_resume_connection(request->connection);
    g_mutex_lock(&server->lock);
    server->handling--;
    g_cond_broadcast(&server->changed);
    g_mutex_unlock(&server->lock);
}

bool exchange_dispatch(struct http_request *request)
{
    struct http_server *server = request->server;
    g_mutex_lock(&server->lock);
    bool take = !server->closed;
    server->handling += take;
    g_mutex_unlock(&server->lock);
    if (!take)
        return false;
    MHD_suspend_connection(request->connection);
    g_thread_pool_push(request->phase == PHASE_ANSWERED ? server->slow_pool : server->pool, request, NULL);
    return true;
}

static enum MHD_Result dispatch(struct http_request *request)
{
    watch_pause(request->entry);
    request->phase = PHASE_HANDLING;
    return exchange_dispatch(request) ? MHD_YES : MHD_NO;
}

/* ---- answers ---- */

static enum MHD_Result send_answer(struct http_request *request)
{
    watch_pause(request->entry);
    struct MHD_Response *response = answer_to_response(request);
    if (!response)
        return MHD_NO;
    request->phase = PHASE_ANSWERED;
    enum MHD_Result result = MHD_queue_response(request->connection, (unsigned)request->answer.status, response);
    MHD_destroy_response(response);
    return result;
}

static int socket_of(const struct http_request *request)
{
    return MHD_get_connection_info(request->connection, MHD_CONNECTION_INFO_CONNECTION_FD)->connect_fd;
}

void exchange_cut(const struct http_request *request)
{
    shutdown(socket_of(request), SHUT_RDWR);
}

/* All of @message at once, without waiting. */
static bool send_now(const struct http_request *request, const GString *message)
{
    if (!request->server->tls_cert)
        return send(socket_of(request), message->str, message->len, MSG_DONTWAIT | MSG_NOSIGNAL) ==
               (ssize_t)message->len;
    const union MHD_ConnectionInfo *info =
        MHD_get_connection_info(request->connection, MHD_CONNECTION_INFO_GNUTLS_SESSION);
    return info && gnutls_record_send(info->tls_session, message->str, message->len) == (ssize_t)message->len;
}

/* Answers amid a body and ends the connection. Nothing else is under way in this direction, so that the few bytes fit
 * into the socket's empty buffer; if they do not, the client sees a closed connection. */
static enum MHD_Result answer_and_cut(struct http_request *request)
{
    g_autoptr(GString) message = answer_to_message(request);
    if (message && send_now(request, message))
        linger_add(request->server->linger, socket_of(request));
    return MHD_NO;
}

static bool expects_continue(const struct http_request *request)
{
    const char *expect = http_header(request, "Expect");
    return expect && g_ascii_strcasecmp(expect, "100-continue") == 0;
}

/* The answer is decided before the body: a small body is read and forgotten, so that the connection can go on; for a
 * large one, or one that waits for our 100, the answer goes out now. */
static enum MHD_Result refuse_body(struct http_request *request)
{
    if (!request_is_chunked(request) && request->content_length <= MAX_DRAIN_BYTES && !expects_continue(request)) {
        request->phase = PHASE_DRAIN;
        watch_body(request->entry);
        return MHD_YES;
    }
    request->linger = true;
    return send_answer(request);
}

/* The answer is decided within the body. */
static enum MHD_Result refuse_rest(struct http_request *request)
{
    if (!request_is_chunked(request) && request->content_length - (int64_t)request->received_bytes > MAX_DRAIN_BYTES)
        return answer_and_cut(request);
    request->phase = PHASE_DRAIN;
    g_clear_pointer(&request->buffer, g_byte_array_unref);
    request->received_bytes = 0;
    return MHD_YES;
}

/* ---- the phases ---- */

static bool begin_body(struct http_request *request, GError **error)
{
    const struct http_route *route = request->match.route;
    if (route->body == HTTP_BODY_BUFFER)
        request->buffer = g_byte_array_new();
    return route->body != HTTP_BODY_STREAM || route->begin(request, error);
}

static enum MHD_Result on_head(struct http_request *request, const char *method, const char *version)
{
    g_autoptr(GError) error = NULL;
    struct http_server *server = request->server;
    bool good = request_read_head(request, method, version, &error) &&
                (!server->before || server->before(request, &error)) && !answer_is_set(request) &&
                begin_body(request, &error);
    if (error && !answer_is_set(request))
        http_answer_error(request, error);
    if (answer_is_set(request))
        return refuse_body(request);
    if (!good)
        return MHD_NO;
    request->phase = PHASE_BODY;
    if (request->content_length != 0)
        watch_body(request->entry);
    return MHD_YES;
}

static bool take_piece(struct http_request *request, const char *bytes, size_t size, GError **error)
{
    const struct http_route *route = request->match.route;
    if (route->body == HTTP_BODY_STREAM)
        return route->write(request, bytes, size, error);
    if (size > request->max_body_bytes - request->buffer->len)
        return err_set(error, ERR_LIMIT, "The request is too large.");
    g_byte_array_append(request->buffer, (const guint8 *)bytes, (guint)size);
    return true;
}

static enum MHD_Result on_piece(struct http_request *request, const char *bytes, size_t size)
{
    watch_progress(request->entry, size);
    request->received_bytes += size;
    if (request->phase == PHASE_DRAIN)
        return request->received_bytes > MAX_DRAIN_BYTES ? answer_and_cut(request) : MHD_YES;
    g_autoptr(GError) error = NULL;
    if (!take_piece(request, bytes, size, &error) && !answer_is_set(request) && error)
        http_answer_error(request, error);
    return answer_is_set(request) ? refuse_rest(request) : MHD_YES;
}

static enum MHD_Result on_end(struct http_request *request)
{
    switch (request->phase) {
    case PHASE_BODY:
        return dispatch(request);
    case PHASE_DRAIN:
    case PHASE_HANDLING:
        return send_answer(request);
    case PHASE_HEADERS:
    case PHASE_ANSWERED:
        break;
    }
    return MHD_NO;
}

enum MHD_Result exchange_step(struct http_request *request, const char *method, const char *version, const char *upload,
                              size_t *upload_size)
{
    if (request->phase == PHASE_HEADERS)
        return on_head(request, method, version);
    size_t size = *upload_size;
    *upload_size = 0; /* all of it is taken, whatever comes of it */
    return size > 0 ? on_piece(request, upload, size) : on_end(request);
}

/* ---- the end ---- */

static void log_access(const struct http_request *request, enum MHD_RequestTerminationCode how)
{
    bool whole = how == MHD_REQUEST_TERMINATED_COMPLETED_OK;
    bool is_read = request->method && (strcmp(request->method, "GET") == 0 || strcmp(request->method, "HEAD") == 0);
    g_autofree char *path =
        request->path ? g_strdup(request->path) : g_strndup(request->target, strcspn(request->target, "?"));
    g_autofree char *status = g_strdup_printf("%d", request->answer.status);
    g_autofree char *bytes = g_strdup_printf("%" G_GINT64_FORMAT, request->answer.size_bytes);
    g_autofree char *received = g_strdup_printf("%" G_GUINT64_FORMAT, request->received_bytes);
    g_autofree char *ms = g_strdup_printf("%.1f", (double)(g_get_monotonic_time() - request->started_us) / 1000);
    g_autofree char *valid_path = g_utf8_make_valid(path, -1);
    /* A page of thumbnails is hundreds of reads: those that went well are for whoever turns the log up. */
    GLogLevelFlags level = whole && is_read && request->answer.status < 400 ? G_LOG_LEVEL_DEBUG : G_LOG_LEVEL_INFO;
    log_event(level, "http.request", "method", request->method, "path", valid_path, "status", status, "bytes", bytes,
              "received", received, "ms", ms, "from", request->remote, "end", whole ? NULL : "cut-off", NULL);
}

void exchange_end(struct http_request *request, enum MHD_RequestTerminationCode how)
{
    log_access(request, how);
    if (request->linger && how == MHD_REQUEST_TERMINATED_COMPLETED_OK)
        linger_add(request->server->linger, socket_of(request));
    watch_idle(request->entry);
    request_free(request);
}
