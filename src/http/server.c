/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * The server over libmicrohttpd: start, stop, and what libmicrohttpd calls. What it calls for a request goes on in
 * exchange.c.
 *
 * Two facts of libmicrohttpd 0.9.75 (from its source): MHD_stop_daemon() aborts the program if a connection is still
 * suspended, so stopping waits for the pool first; and MHD_quiesce_daemon() can race with its own threads into an
 * abort, so on_accept() refuses new clients instead. */
#include <string.h>
#include <sys/socket.h>

#include "base/error.h"
#include "base/io.h"
#include "base/log.h"
#include "http/listen.h"
#include "http/private.h"
#include "http/tls.h"

enum {
    DEFAULT_NETWORK_THREADS = 2,
    DEFAULT_HANDLER_THREADS = 8,
    SLOW_THREADS = 2, /* for long answers: few, so that they leave the machine to others; not shared with handlers */
    DEFAULT_CONNECTIONS = 1024,
    DEFAULT_TIMEOUT_S = 20,
    DEFAULT_HEADER_BYTES = 32 * 1024,
    DEFAULT_BODY_BYTES = 10 * 1024 * 1024,
    /* Memory of a connection above its headers: pieces of uploads and of pulled answers. */
    IO_BYTES = 96 * 1024,
    /* A client that takes nothing of its answer for so long (a paused video, say) is let go. */
    ANSWER_STALL_S = 120,
};

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
    log_set_request(request->id);
    enum MHD_Result result = exchange_step(request, method, version, upload, upload_size);
    log_set_request(NULL);
    return result;
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
    exchange_end(request, how);
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
    if (server->slow_pool)
        g_thread_pool_free(server->slow_pool, FALSE, TRUE);
    g_clear_pointer(&server->watch, watch_free);
    g_clear_pointer(&server->linger, linger_free);
    g_clear_pointer(&server->sockets, sockets_free);
    g_hash_table_unref(server->packed);
    router_free(server->router);
    proxy_list_free(server->proxies);
    g_mutex_clear(&server->lock);
    g_cond_clear(&server->changed);
    g_free(server->url);
    g_free(server->tls_cert);
    g_free(server->tls_key);
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
    unsigned flags =
        MHD_USE_EPOLL_INTERNAL_THREAD | MHD_USE_INTERNAL_POLLING_THREAD | MHD_ALLOW_SUSPEND_RESUME | MHD_ALLOW_UPGRADE;
    /* A pool of one is no pool to libmicrohttpd; it asks for the option to be absent then. */
    struct MHD_OptionItem pool[] = {
        {threads > 1 ? MHD_OPTION_THREAD_POOL_SIZE : MHD_OPTION_END, (intptr_t)threads, NULL},
        {MHD_OPTION_END, 0, NULL}};
    struct MHD_OptionItem tls[] = {{MHD_OPTION_HTTPS_CERT_CALLBACK, 0, (void *)tls_retrieve},
                                   {MHD_OPTION_HTTPS_PRIORITIES, 0, (void *)TLS_PRIORITIES},
                                   {MHD_OPTION_END, 0, NULL}};
    static struct MHD_OptionItem none[] = {{MHD_OPTION_END, 0, NULL}};
    if (server->tls_cert)
        flags |= MHD_USE_TLS;
    return MHD_start_daemon(
        flags, 0, on_accept, server, on_access, server, MHD_OPTION_LISTEN_SOCKET, fd, MHD_OPTION_ARRAY, pool,
        MHD_OPTION_ARRAY, server->tls_cert ? tls : none, MHD_OPTION_CONNECTION_LIMIT,
        or_default(config->max_connections, DEFAULT_CONNECTIONS), MHD_OPTION_PER_IP_CONNECTION_LIMIT,
        config->max_per_address, MHD_OPTION_CONNECTION_MEMORY_LIMIT, server->max_header_bytes + IO_BYTES,
        MHD_OPTION_CONNECTION_TIMEOUT, MAX(3 * timeout_s, ANSWER_STALL_S), MHD_OPTION_URI_LOG_CALLBACK, on_first_line,
        server, MHD_OPTION_NOTIFY_COMPLETED, on_completed, server, MHD_OPTION_NOTIFY_CONNECTION, on_connection, server,
        MHD_OPTION_UNESCAPE_CALLBACK, leave_escaped, server, MHD_OPTION_STRICT_FOR_CLIENT, 0, MHD_OPTION_END);
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
    server->tls_cert = g_strdup(config->tls_cert);
    server->tls_key = g_strdup(config->tls_key);
    server->proxies = proxy_list_new(config->trusted_proxies, error);
    server->sockets = server->proxies ? sockets_new(error) : NULL;
    server->router = server->sockets ? router_new(config->routes, config->n_routes, error) : NULL;
    if (server->router)
        server->pool = g_thread_pool_new(
            exchange_work, server, (int)or_default(config->handler_threads, DEFAULT_HANDLER_THREADS), FALSE, error);
    /* Exclusive: GLib's shared threads go to other pools afterwards, with the low priority of these. */
    if (server->pool)
        server->slow_pool = g_thread_pool_new(exchange_work, server, SLOW_THREADS, TRUE, error);
    if (!server->slow_pool) {
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
    bool sound = !server->tls_cert || tls_load(server->tls_cert, server->tls_key, error);
    AUTO_FD int fd = sound ? listen_open(config->listen, server->tls_cert ? "https" : "http", &server->url, error) : -1;
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

bool http_server_reload_tls(struct http_server *server, GError **error)
{
    if (!server->tls_cert)
        return err_set(error, ERR_UNSUPPORTED, "The server has no certificate.");
    return tls_load(server->tls_cert, server->tls_key, error);
}

void http_server_stop(struct http_server *server, unsigned grace_s)
{
    if (!server)
        return;
    int64_t deadline_us = g_get_monotonic_time() + grace_s * G_USEC_PER_SEC;
    g_atomic_int_set(&server->draining, 1);
    sockets_stop(server->sockets);
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
