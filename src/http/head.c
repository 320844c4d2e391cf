/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * What the first line and the headers of a request say, read and checked before anything else is done for it. */
#include <string.h>

#include "base/error.h"
#include "http/private.h"

/* What headers say about the body and the host, with their repetitions: where two of them disagree, a proxy before us
 * may have read the request otherwise than we do, and it is refused (RFC 9112, section 6.3). */
struct head_facts {
    unsigned n_length;
    unsigned n_host;
    unsigned n_encoding;
    bool bad_length;
    bool bad_encoding;
    bool bad_text;
    int64_t length;
};

static void note_length(struct head_facts *facts, const char *value)
{
    guint64 length;
    if (!g_ascii_string_to_unsigned(value, 10, 0, G_MAXINT64, &length, NULL) ||
        (facts->n_length > 0 && facts->length != (int64_t)length))
        facts->bad_length = true;
    else
        facts->length = (int64_t)length;
    facts->n_length++;
}

static enum MHD_Result note_header(void *data, enum MHD_ValueKind kind, const char *name, const char *value)
{
    struct head_facts *facts = data;
    value = value ? value : "";
    if (g_ascii_strcasecmp(name, "Content-Length") == 0) {
        note_length(facts, value);
    } else if (g_ascii_strcasecmp(name, "Transfer-Encoding") == 0) {
        facts->n_encoding++;
        facts->bad_encoding |= g_ascii_strcasecmp(value, "chunked") != 0;
    } else if (g_ascii_strcasecmp(name, "Host") == 0) {
        facts->n_host++;
    }
    for (const char *c = name; *c; c++)
        facts->bad_text |= *c <= ' ' || *c == 0x7f;
    for (const char *c = value; *c; c++)
        facts->bad_text |= (*c > 0 && *c < ' ' && *c != '\t') || *c == 0x7f;
    return MHD_YES;
}

static bool read_framing(struct http_request *request, const char *version, GError **error)
{
    struct head_facts facts = {.length = -1};
    MHD_get_connection_values(request->connection, MHD_HEADER_KIND, note_header, &facts);
    if (facts.bad_text)
        return err_set(error, ERR_INVALID, "A header of the request is not valid.");
    if (facts.n_host > 1 || (facts.n_host == 0 && strcmp(version, "HTTP/1.0") != 0))
        return err_set(error, ERR_INVALID, "The request must have exactly one Host header.");
    if (facts.bad_length)
        return err_set(error, ERR_INVALID, "The Content-Length of the request is not valid.");
    if (facts.bad_encoding || facts.n_encoding > 1 || (facts.n_encoding > 0 && facts.n_length > 0))
        return err_set(error, ERR_INVALID, "The Transfer-Encoding of the request is not valid.");
    request->content_length = facts.n_encoding > 0 ? -1 : MAX(facts.length, 0);
    return true;
}

/* The lines of one header, in their order. A proxy may add its line below one that its client invented, so the last
 * counts, and X-Forwarded-For is read from its end over all of them. */
struct line_search {
    const char *name;
    GPtrArray *values; /* const char *, of the connection */
};

static enum MHD_Result note_line(void *data, enum MHD_ValueKind kind, const char *name, const char *value)
{
    const struct line_search *search = data;
    if (g_ascii_strcasecmp(name, search->name) == 0 && value)
        g_ptr_array_add(search->values, (char *)(uintptr_t)value);
    return MHD_YES;
}

static GPtrArray *header_lines(const struct http_request *request, const char *name)
{
    struct line_search search = {name, g_ptr_array_new()};
    MHD_get_connection_values(request->connection, MHD_HEADER_KIND, note_line, &search);
    return search.values;
}

/* All lines as one list (RFC 9110, section 5.3). Free with g_free(). */
static char *joined_header(const struct http_request *request, const char *name)
{
    g_autoptr(GPtrArray) lines = header_lines(request, name);
    g_ptr_array_add(lines, NULL);
    return g_strjoinv(",", (char **)lines->pdata);
}

/* The first element of the last line; NULL where there is none. Free with g_free(). */
static char *nearest_value(const struct http_request *request, const char *name)
{
    g_autoptr(GPtrArray) lines = header_lines(request, name);
    const char *line = lines->len > 0 ? lines->pdata[lines->len - 1] : NULL;
    return line ? g_strstrip(g_strndup(line, strcspn(line, ","))) : NULL;
}

static bool is_host_text(const char *text)
{
    size_t size = strlen(text);
    return size > 0 && size < 262 &&
           strspn(text, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-._:[]%") == size;
}

static bool read_peer(struct http_request *request, GError **error)
{
    const union MHD_ConnectionInfo *info =
        MHD_get_connection_info(request->connection, MHD_CONNECTION_INFO_CLIENT_ADDRESS);
    g_autofree char *peer = proxy_address_text(info ? info->client_addr : NULL);
    g_autofree char *host = NULL;
    const struct proxy_list *proxies = request->server->proxies;
    request->secure = request->server->tls_cert != NULL;
    if (proxy_is_trusted(proxies, peer)) {
        g_autofree char *scheme = nearest_value(request, "X-Forwarded-Proto");
        request->secure |= scheme && g_ascii_strcasecmp(scheme, "https") == 0;
        g_autofree char *forwarded_for = joined_header(request, "X-Forwarded-For");
        host = nearest_value(request, "X-Forwarded-Host");
        request->remote = proxy_client(proxies, peer, forwarded_for);
    } else {
        request->remote = g_steal_pointer(&peer);
    }
    if (!host)
        host = g_strdup(http_header(request, "Host"));
    if (host && !is_host_text(host))
        return err_set(error, ERR_INVALID, "The Host of the request is not valid.");
    request->origin =
        host ? g_strdup_printf("%s://%s", request->secure ? "https" : "http", host) : g_strdup(request->server->url);
    return true;
}

/* The path in @target without its query, also of the absolute form `http://host/path` (RFC 9112, section 3.2.2). */
static char *target_path(const char *target, const char **ret_query)
{
    const char *path = target;
    if (g_ascii_strncasecmp(target, "http://", 7) == 0 || g_ascii_strncasecmp(target, "https://", 8) == 0)
        path = strchr(target, '/') + 2;
    if (path != target)
        path += strcspn(path, "/?");
    const char *mark = strchr(path, '?');
    *ret_query = mark ? mark + 1 : NULL;
    size_t size = mark ? (size_t)(mark - path) : strlen(path);
    return size == 0 && path != target ? g_strdup("/") : g_strndup(path, size);
}

static bool target_is_plain(const char *target)
{
    for (const char *c = target; *c; c++)
        if ((*c > 0 && *c <= ' ') || *c == 0x7f || *c == '#')
            return false;
    return true;
}

static bool read_target(struct http_request *request, GError **error)
{
    if (!target_is_plain(request->target))
        return err_set(error, ERR_INVALID, "The address of the request is not valid.");
    const char *query;
    g_autofree char *raw_path = target_path(request->target, &query);
    if (strcmp(request->method, "OPTIONS") == 0 && strcmp(raw_path, "*") == 0) {
        http_answer_empty(request, 204); /* asks about the server as a whole (RFC 9110, section 9.3.7) */
        return false;
    }
    request->path = percent_decode(raw_path, strlen(raw_path), false);
    if (!request->path)
        return err_set(error, ERR_INVALID, "The path of the address is not valid.");
    return router_find(request->server->router, request->method, raw_path, &request->match, error) &&
           (request->query = query_parse(query, error));
}

/* Answers for a path without a route for this method. */
static bool answer_no_route(struct http_request *request, GError **error)
{
    if (!request->match.allow)
        return err_set(error, ERR_NOT_FOUND, "There is nothing at this address.");
    http_add_header(request, "Allow", request->match.allow);
    if (strcmp(request->method, "OPTIONS") == 0) {
        http_answer_empty(request, 204);
        return false;
    }
    g_autoptr(GError) refused = NULL;
    err_set(&refused, ERR_INVALID, "This address does not take the method %s.", request->method);
    http_answer_error_status(request, 405, refused);
    return false;
}

static bool check_sizes(struct http_request *request)
{
    g_autoptr(GError) refused = NULL;
    if (strlen(request->target) > MAX_TARGET_BYTES) {
        err_set(&refused, ERR_LIMIT, "The address of the request is too long.");
        http_answer_error_status(request, 414, refused);
        return false;
    }
    const union MHD_ConnectionInfo *info =
        MHD_get_connection_info(request->connection, MHD_CONNECTION_INFO_REQUEST_HEADER_SIZE);
    if (info && info->header_size > request->server->max_header_bytes) {
        err_set(&refused, ERR_LIMIT, "The headers of the request are too large.");
        http_answer_error_status(request, 431, refused);
        return false;
    }
    return true;
}

static bool check_body_size(struct http_request *request, GError **error)
{
    const struct http_route *route = request->match.route;
    if (route->body == HTTP_BODY_NONE && (request->content_length > 0 || request_is_chunked(request)))
        return err_set(error, ERR_INVALID, "This address does not take a body.");
    request->max_body_bytes = route->max_body_bytes > 0 ? route->max_body_bytes : request->server->max_body_bytes;
    if (route->body == HTTP_BODY_BUFFER && request->content_length > (int64_t)request->max_body_bytes)
        return err_set(error, ERR_LIMIT, "The request is too large.");
    return true;
}

bool request_read_head(struct http_request *request, const char *method, const char *version, GError **error)
{
    request->method = g_utf8_make_valid(method, -1);
    if (!check_sizes(request) || !read_framing(request, version, error) || !read_peer(request, error) ||
        !read_target(request, error))
        return false;
    if (!request->match.route)
        return answer_no_route(request, error);
    return check_body_size(request, error);
}
