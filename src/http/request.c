/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * A request as the server's callers see it. What its first line and headers say is read in head.c. */
#include <string.h>

#include "base/encode.h"
#include "base/id.h"
#include "http/cookie.h"
#include "http/private.h"

struct http_request *request_new(struct http_server *server, struct MHD_Connection *connection, const char *target)
{
    struct http_request *request = g_new0(struct http_request, 1);
    request->server = server;
    request->connection = connection;
    request->entry = MHD_get_connection_info(connection, MHD_CONNECTION_INFO_SOCKET_CONTEXT)->socket_context;
    request->started_us = g_get_monotonic_time();
    struct uuid id = uuid_v4();
    g_autofree char *hex = hex_encode(id.bytes, (sizeof request->id - 1) / 2);
    g_strlcpy(request->id, hex, sizeof request->id);
    request->target = g_strndup(target ? target : "", MAX_TARGET_BYTES + 1);
    request->content_length = -1;
    request->answer.fd = -1;
    return request;
}

void request_free(struct http_request *request)
{
    for (unsigned i = HTTP_N_SLOTS; i-- > 0;) /* the route's state may lean on who is signed in: it goes first */
        http_set(request, (enum http_slot)i, NULL, NULL);
    answer_clear(&request->answer);
    router_match_clear(&request->match);
    query_free(request->query);
    g_free(request->target);
    g_free(request->method);
    g_free(request->path);
    g_free(request->remote);
    g_free(request->origin);
    g_clear_pointer(&request->cookies, g_ptr_array_unref);
    g_clear_pointer(&request->buffer, g_byte_array_unref);
    g_clear_pointer(&request->body, g_bytes_unref);
    g_free(request);
}

bool request_is_chunked(const struct http_request *request)
{
    return request->content_length < 0;
}

/* ---- what callers ask ---- */

void *http_data(const struct http_request *request)
{
    return request->server->data;
}

const struct http_route *http_route(const struct http_request *request)
{
    return request->match.route;
}

const char *http_request_id(const struct http_request *request)
{
    return request->id;
}

const char *http_method(const struct http_request *request)
{
    return request->method;
}

const char *http_path(const struct http_request *request)
{
    return request->path;
}

const char *http_param(const struct http_request *request, const char *name)
{
    for (unsigned i = 0; i < request->match.n_params; i++)
        if (strcmp(request->match.names[i], name) == 0)
            return request->match.values[i];
    return NULL;
}

const char *http_query(const struct http_request *request, const char *name)
{
    return query_get(request->query, name);
}

const char *http_query_nth(const struct http_request *request, const char *name, unsigned index)
{
    return query_get_nth(request->query, name, index);
}

const char *http_header(const struct http_request *request, const char *name)
{
    return MHD_lookup_connection_value(request->connection, MHD_HEADER_KIND, name);
}

/* Cookie headers may stand several times; each is looked through. */
struct cookie_search {
    const char *name;
    char *value;
};

static enum MHD_Result search_cookie(void *data, enum MHD_ValueKind kind, const char *name, const char *value)
{
    struct cookie_search *search = data;
    if (g_ascii_strcasecmp(name, "Cookie") == 0)
        search->value = cookie_get(value, search->name);
    return search->value ? MHD_NO : MHD_YES;
}

const char *http_cookie(const struct http_request *request, const char *name)
{
    struct cookie_search search = {name, NULL};
    MHD_get_connection_values(request->connection, MHD_HEADER_KIND, search_cookie, &search);
    if (!search.value)
        return NULL;
    /* Only the list of handed-out values changes: for the caller the request stays what it was. */
    struct http_request *keeper = (struct http_request *)request;
    if (!keeper->cookies)
        keeper->cookies = g_ptr_array_new_with_free_func(g_free);
    g_ptr_array_add(keeper->cookies, search.value);
    return search.value;
}

GBytes *http_body(struct http_request *request)
{
    if (!request->body && request->buffer)
        request->body = g_byte_array_free_to_bytes(g_steal_pointer(&request->buffer));
    if (!request->body)
        request->body = g_bytes_new_static("", 0);
    return request->body;
}

int64_t http_content_length(const struct http_request *request)
{
    return request->content_length;
}

const char *http_remote(const struct http_request *request)
{
    return request->remote;
}

bool http_is_secure(const struct http_request *request)
{
    return request->secure;
}

const char *http_origin(const struct http_request *request)
{
    return request->origin;
}

void http_set(struct http_request *request, enum http_slot slot, void *value, GDestroyNotify destroy)
{
    void *old = request->slots[slot].value;
    GDestroyNotify destroy_old = request->slots[slot].destroy;
    request->slots[slot].value = value;
    request->slots[slot].destroy = destroy;
    if (old && destroy_old)
        destroy_old(old);
}

void *http_get(const struct http_request *request, enum http_slot slot)
{
    return request->slots[slot].value;
}
