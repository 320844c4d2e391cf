/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * The server over libmicrohttpd: start, stop, and the way of a request through its phases, one function a step.
 *
 * Facts of libmicrohttpd 0.9.75 that shape this file (from its source):
 *   - It calls on_access() once after the headers, once for each body piece, once at the end of the request. An answer
 *     queued in the first call closes the connection afterwards; so whoever has no body to refuse is answered in the
 *     last call. Within the body no answer can be queued at all: there we write it to the socket ourselves.
 *   - While a connection is suspended its socket is not looked at: a client who leaves is noticed when the answer is
 *     sent, and the request cannot end before handle() has returned.
 *   - MHD_stop_daemon() aborts the program if a connection is still suspended; so stopping waits for the pool first.
 *   - MHD_quiesce_daemon() can race with its own threads into an abort; on_accept() refuses new clients instead. */
#include <errno.h>
#include <netdb.h>
#include <netinet/in.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/error.h"
#include "base/io.h"
#include "base/log.h"
#include "http/listen.h"
#include "http/private.h"

enum {
    DEFAULT_NETWORK_THREADS = 2,
    DEFAULT_HANDLER_THREADS = 8,
    DEFAULT_CONNECTIONS = 1024,
    DEFAULT_TIMEOUT_S = 20,
    DEFAULT_HEADER_BYTES = 32 * 1024,
    DEFAULT_BODY_BYTES = 10 * 1024 * 1024,
    /* Memory of a connection above its headers: pieces of uploads and of pulled answers. */
    IO_BYTES = 96 * 1024,
    /* A client that takes nothing of its answer for so long (a paused video, say) is let go. */
    ANSWER_STALL_S = 120,
};

/* ---- the pool ---- */

/* Runs handle() on a thread of the pool. After the resume the request may be gone at any moment. */
static void handle_request(gpointer data, gpointer server_data)
{
    struct http_request *request = data;
    struct http_server *server = server_data;
    log_set_request(request->id);
    request->match.route->handle(request);
    if (!answer_is_set(request)) {
        g_autoptr(GError) error = NULL;
        err_set_detail(&error, ERR_INTERNAL, "the handler did not answer", "The server made a mistake.");
        http_answer_error(request, error);
    }
    log_set_request(NULL);
    MHD_resume_connection(request->connection);
    g_mutex_lock(&server->lock);
    server->handling--;
    g_cond_broadcast(&server->changed);
    g_mutex_unlock(&server->lock);
}

static enum MHD_Result dispatch(struct http_request *request)
{
    struct http_server *server = request->server;
    watch_pause(request->entry);
    g_mutex_lock(&server->lock);
    bool take = !server->closed;
    server->handling += take;
    g_mutex_unlock(&server->lock);
    if (!take)
        return MHD_NO;
    request->phase = PHASE_HANDLING;
    MHD_suspend_connection(request->connection);
    g_thread_pool_push(server->pool, request, NULL);
    return MHD_YES;
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

/* Answers amid a body and ends the connection. Nothing else is under way in this direction, so that the few bytes fit
 * into the socket's empty buffer; if they do not, the client sees a closed connection. */
static enum MHD_Result answer_and_cut(struct http_request *request)
{
    int fd = socket_of(request);
    g_autoptr(GString) message = answer_to_message(request);
    if (message && send(fd, message->str, message->len, MSG_DONTWAIT | MSG_NOSIGNAL) == (ssize_t)message->len)
        linger_add(request->server->linger, fd);
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

/* ---- what libmicrohttpd calls, all on network threads ---- */

/* libmicrohttpd would now cut the query into records of the connection's memory, and when that ends (thousands of `&`)
 * 0.9.75 forgets the headers it has read and waits for more. @target is its own buffer, and we read the query from our
 * copy: so it is shown an empty one. */
static void hide_query(const char *target)
{
    char *mark = target ? (char *)(uintptr_t)strchr(target, '?') : NULL;
    if (mark)
        mark[1] = '\0';
}

static void *on_first_line(void *data, const char *target, struct MHD_Connection *connection)
{
    struct http_server *server = data;
    struct http_request *request = request_new(server, connection, target);
    hide_query(target);
    g_mutex_lock(&server->lock);
    server->active++;
    g_mutex_unlock(&server->lock);
    return request;
}

static enum MHD_Result on_access(void *data, struct MHD_Connection *connection, const char *url, const char *method,
                                 const char *version, const char *upload, size_t *upload_size, void **context)
{
    struct http_request *request = *context;
    if (!request)
        return MHD_NO;
    enum MHD_Result result = MHD_YES;
    log_set_request(request->id);
    if (request->phase == PHASE_HEADERS) {
        result = on_head(request, method, version);
    } else if (*upload_size > 0) {
        size_t size = *upload_size;
        *upload_size = 0;
        result = on_piece(request, upload, size);
    } else {
        result = on_end(request);
    }
    log_set_request(NULL);
    return result;
}

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

static void on_completed(void *data, struct MHD_Connection *connection, void **context,
                         enum MHD_RequestTerminationCode how)
{
    struct http_server *server = data;
    struct http_request *request = *context;
    if (!request)
        return;
    *context = NULL;
    log_set_request(request->id);
    log_access(request, how);
    if (request->linger && how == MHD_REQUEST_TERMINATED_COMPLETED_OK)
        linger_add(server->linger, socket_of(request));
    watch_idle(request->entry);
    request_free(request);
    log_set_request(NULL);
    g_mutex_lock(&server->lock);
    server->active--;
    g_cond_broadcast(&server->changed);
    g_mutex_unlock(&server->lock);
}

static void on_connection(void *data, struct MHD_Connection *connection, void **context,
                          enum MHD_ConnectionNotificationCode what)
{
    struct http_server *server = data;
    if (what == MHD_CONNECTION_NOTIFY_STARTED)
        *context = watch_add(server->watch,
                             MHD_get_connection_info(connection, MHD_CONNECTION_INFO_CONNECTION_FD)->connect_fd);
    else
        watch_remove(*context);
}

static enum MHD_Result on_accept(void *data, const struct sockaddr *address, socklen_t size)
{
    const struct http_server *server = data;
    return g_atomic_int_get(&server->draining) ? MHD_NO : MHD_YES;
}

/* Paths and queries are decoded by router.c and query.c, from the target as it was sent. */
static size_t leave_escaped(void *data, struct MHD_Connection *connection, char *text)
{
    return strlen(text);
}

/* ---- start and stop ---- */

static void server_free(struct http_server *server)
{
    if (server->pool)
        g_thread_pool_free(server->pool, FALSE, TRUE);
    g_clear_pointer(&server->watch, watch_free);
    g_clear_pointer(&server->linger, linger_free);
    g_hash_table_unref(server->packed);
    router_free(server->router);
    proxy_list_free(server->proxies);
    g_mutex_clear(&server->lock);
    g_cond_clear(&server->changed);
    g_free(server->url);
    g_free(server);
}

static unsigned or_default(unsigned value, unsigned fallback)
{
    return value > 0 ? value : fallback;
}

/* Takes @fd when it succeeds. */
static struct MHD_Daemon *start_daemon(struct http_server *server, const struct http_config *config, int fd)
{
    unsigned threads = or_default(config->network_threads, DEFAULT_NETWORK_THREADS);
    unsigned timeout_s = or_default(config->header_timeout_s, DEFAULT_TIMEOUT_S);
    unsigned flags = MHD_USE_EPOLL_INTERNAL_THREAD | MHD_USE_INTERNAL_POLLING_THREAD | MHD_ALLOW_SUSPEND_RESUME;
    /* A pool of one is no pool to libmicrohttpd; it asks for the option to be absent then. */
    struct MHD_OptionItem pool[] = {
        {threads > 1 ? MHD_OPTION_THREAD_POOL_SIZE : MHD_OPTION_END, (intptr_t)threads, NULL},
        {MHD_OPTION_END, 0, NULL}};
    return MHD_start_daemon(
        flags, 0, on_accept, server, on_access, server, MHD_OPTION_LISTEN_SOCKET, fd, MHD_OPTION_ARRAY, pool,
        MHD_OPTION_CONNECTION_LIMIT, or_default(config->max_connections, DEFAULT_CONNECTIONS),
        MHD_OPTION_PER_IP_CONNECTION_LIMIT, config->max_per_address, MHD_OPTION_CONNECTION_MEMORY_LIMIT,
        server->max_header_bytes + IO_BYTES, MHD_OPTION_CONNECTION_TIMEOUT, MAX(3 * timeout_s, ANSWER_STALL_S),
        MHD_OPTION_URI_LOG_CALLBACK, on_first_line, server, MHD_OPTION_NOTIFY_COMPLETED, on_completed, server,
        MHD_OPTION_NOTIFY_CONNECTION, on_connection, server, MHD_OPTION_UNESCAPE_CALLBACK, leave_escaped, server,
        MHD_OPTION_STRICT_FOR_CLIENT, 0, MHD_OPTION_END);
}

static struct http_server *server_new(const struct http_config *config, GError **error)
{
    struct http_server *server = g_new0(struct http_server, 1);
    g_mutex_init(&server->lock);
    g_cond_init(&server->changed);
    server->packed = g_hash_table_new_full(NULL, NULL, NULL, (GDestroyNotify)g_bytes_unref);
    server->before = config->before;
    server->data = config->data;
    server->max_header_bytes = config->max_header_bytes > 0 ? config->max_header_bytes : DEFAULT_HEADER_BYTES;
    server->max_body_bytes = config->max_body_bytes > 0 ? config->max_body_bytes : DEFAULT_BODY_BYTES;
    server->watch = watch_new(or_default(config->header_timeout_s, DEFAULT_TIMEOUT_S));
    server->linger = linger_new();
    server->proxies = proxy_list_new(config->trusted_proxies, error);
    server->router = server->proxies ? router_new(config->routes, config->n_routes, error) : NULL;
    if (server->router)
        server->pool = g_thread_pool_new(
            handle_request, server, (int)or_default(config->handler_threads, DEFAULT_HANDLER_THREADS), FALSE, error);
    if (!server->pool) {
        server_free(server);
        return NULL;
    }
    return server;
}

struct http_server *http_server_start(const struct http_config *config, GError **error)
{
    struct http_server *server = server_new(config, error);
    if (!server)
        return NULL;
    AUTO_FD int fd = listen_open(config->listen, &server->url, error);
    if (fd >= 0) {
        server->daemon = start_daemon(server, config, fd);
        if (server->daemon) {
            io_steal_fd(&fd);
            return server;
        }
        err_set(error, ERR_IO, "The HTTP server could not be started.");
    }
    server_free(server);
    return NULL;
}

const char *http_server_url(const struct http_server *server)
{
    return server->url;
}

void http_server_stop(struct http_server *server, unsigned grace_s)
{
    if (!server)
        return;
    int64_t deadline_us = g_get_monotonic_time() + grace_s * G_USEC_PER_SEC;
    g_atomic_int_set(&server->draining, 1);
    g_mutex_lock(&server->lock);
    while (server->active > 0 && g_cond_wait_until(&server->changed, &server->lock, deadline_us))
        ;
    server->closed = true;
    while (server->handling > 0) /* a thread cannot be taken back: handle() is waited for beyond the grace, too */
        g_cond_wait(&server->changed, &server->lock);
    g_mutex_unlock(&server->lock);
    MHD_stop_daemon(server->daemon);
    server_free(server);
}
