/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "api/api.h"

#include <string.h>

#include "api/agent.h"
#include "api/asset_events.h"
#include "api/call.h"
#include "api/events.h"
#include "api/link_tokens.h"
#include "api/operation.h"
#include "base/error.h"
#include "base/log.h"
#include "catalog/devices.h"
#include "catalog/throttle.h"
#include "db/db.h"
#include "media/media.h"

enum { DEFAULT_TRASH_DAYS = 30, DEFAULT_USER_DELETE_DAYS = 7, DEFAULT_SESSION_DAYS = 400 };

static const struct api_route *row_of(const struct http_request *request)
{
    return http_route(request)->info;
}

/* ---- before: who is this, and may they? ---- */

static const char *read_place(void *data, enum access_place place, const char *name)
{
    struct http_request *request = data;
    switch (place) {
    case ACCESS_HEADER:
        return http_header(request, name);
    case ACCESS_QUERY:
        return http_query(request, name);
    case ACCESS_COOKIE:
        return http_cookie(request, name);
    }
    return NULL;
}

int64_t api_session_idle_us(const struct api_config *config)
{
    return config->session_days * INT64_C(86400000000);
}

static void free_access(void *access)
{
    access_free(access);
}

static bool is_foreign(struct http_request *request)
{
    return !access_is_same_site(http_header(request, "Sec-Fetch-Site"), http_header(request, "Origin"),
                                http_origin(request), call_api(request)->config.external_domain);
}

static bool is_forged(struct http_request *request, const struct access_offer *offer, const struct api_route *row)
{
    if (access_is_safe(http_method(request)) || !(offer->is_cookie || row->who == API_PUBLIC))
        return false;
    return is_foreign(request);
}

/* A link opens the few addresses that are made for it, with its password where it has one. */
static bool check_link(struct http_request *request, const struct access *access, const struct api_route *row,
                       GError **error)
{
    if (row->who != API_LINK && row->who != API_LINK_LOGIN)
        return err_set(error, ERR_FORBIDDEN, "Forbidden");
    return row->who == API_LINK_LOGIN || link_tokens_open(http_cookie(request, LINK_COOKIE), &access->link) ||
           err_set(error, ERR_UNAUTHENTICATED, "Password required");
}

static bool check_who(struct http_request *request, const struct access *access, const struct api_route *row,
                      GError **error)
{
    if (access->kind == ACCESS_SHARE)
        return check_link(request, access, row, error);
    if (row->permission && !access_require(access, row->permission, error))
        return false;
    if (row->who == API_ADMIN && !access->user.is_admin)
        return err_set(error, ERR_FORBIDDEN, "Only an administrator may do this.");
    return true;
}

static bool before(struct http_request *request, GError **error)
{
    const struct api_route *row = row_of(request);
    struct access_offer offer = {.kind = ACCESS_NOBODY};
    if (!row->handle)
        return err_set(error, ERR_NOT_FOUND, "There is nothing at this address.");
    if (row->who != API_PUBLIC)
        offer = access_pick(read_place, request);
    if (is_forged(request, &offer, row))
        return err_set(error, ERR_FORBIDDEN, "The request came from a page of another site and was refused.");
    if (row->who == API_PUBLIC)
        return true;
    const struct api_config *config = &call_api(request)->config;
    struct access *access = access_check(config->db, &offer, api_session_idle_us(config), error);
    if (!access)
        return false;
    http_set(request, HTTP_SLOT_AUTH, access, free_access);
    return check_who(request, access, row, error);
}

/* ---- the same, for a handler that decides itself ---- */

/* Of a phone, its card knows of the contact, too. */
static bool touch_session(struct db_conn *conn, void *data, GError **error)
{
    const struct session *session = data;
    int64_t device_id;
    return sessions_touch(conn, session->id, session->app_version, error) &&
           (!session->app_version || devices_for_session(conn, session, &device_id, error));
}

/* "Last seen" is a convenience: a disk that refuses it must not refuse the request. */
static void touch(struct call *call, const struct access *who)
{
    g_autoptr(GError) error = NULL;
    if (!who->must_touch)
        return;
    struct agent agent = agent_parse(http_header(call->request, "User-Agent"), NULL, NULL);
    struct session seen = who->session; /* a view */
    if (agent.app_version)              /* the app may have been updated */
        seen.app_version = agent.app_version;
    if (!call_write(call, touch_session, &seen, &error))
        log_error("session.touch", error);
    agent_clear(&agent);
}

bool call_is_foreign(struct call *call)
{
    return access_pick(read_place, call->request).is_cookie && is_foreign(call->request);
}

struct access *call_identify(struct call *call, const char *permission, GError **error)
{
    const struct api_config *config = &call->api->config;
    struct access_offer offer = access_pick(read_place, call->request);
    struct access *who = access_check(config->db, &offer, api_session_idle_us(config), error);
    if (!who)
        return NULL;
    bool may =
        who->kind == ACCESS_SHARE ? err_set(error, ERR_FORBIDDEN, "Forbidden") : access_require(who, permission, error);
    if (may) {
        touch(call, who);
        return who;
    }
    access_free(who);
    return NULL;
}

/* ---- the handlers' frame ---- */

static void answer_problems(struct http_request *request, const struct body_problems *problems)
{
    GString *text = g_string_new(NULL);
    struct json json = json_to(text);
    body_problems_write(problems, &json);
    http_answer_json(request, 400, text);
}

static void handle(struct http_request *request)
{
    struct api *api = call_api(request);
    struct call call = {
        .api = api,
        .request = request,
        .who = call_who(request),
        .operation = api->operations[row_of(request) - api_routes],
    };
    g_autoptr(GError) error = NULL;
    touch(&call, call.who);
    if (!row_of(request)->handle(&call, &error)) {
        if (call.problems)
            answer_problems(request, call.problems);
        else
            http_answer_error(request, error);
    }
    body_problems_free(call.problems);
}

/* ---- life ---- */

static void copy_config(struct api_config *config, const struct api_config *from)
{
    *config = *from;
    config->external_domain = g_strdup(from->external_domain && *from->external_domain ? from->external_domain : NULL);
    config->login_message = g_strdup(from->login_message);
    config->trash_days = from->trash_days ? from->trash_days : DEFAULT_TRASH_DAYS;
    config->user_delete_days = from->user_delete_days ? from->user_delete_days : DEFAULT_USER_DELETE_DAYS;
    config->session_days = from->session_days ? from->session_days : DEFAULT_SESSION_DAYS;
    config->listen = NULL; /* http has its own copies */
    config->trusted_proxies = NULL;
    config->tls_cert = config->tls_key = NULL;
}

static struct http_route *make_routes(void)
{
    struct http_route *routes = g_new0(struct http_route, api_n_routes);
    for (size_t i = 0; i < api_n_routes; i++) {
        const struct api_route *row = &api_routes[i];
        routes[i] = (struct http_route){
            .method = row->method,
            .pattern = row->pattern,
            .handle = handle,
            .body = row->body,
            .max_body_bytes = row->max_body_bytes,
            .begin = row->begin,
            .write = row->write,
            .info = row,
        };
    }
    return routes;
}

static const struct operation **find_operations(void)
{
    const struct operation **operations = g_new0(const struct operation *, api_n_routes);
    for (size_t i = 0; i < api_n_routes; i++)
        operations[i] = operation_find(api_routes[i].operation, NULL);
    return operations;
}

static void free_api(struct api *api)
{
    throttle_free(api->throttle);
    events_free(api->events);
    g_free(api->routes);
    g_free(api->operations);
    g_free((char *)api->config.external_domain);
    g_free((char *)api->config.login_message);
    g_free(api);
}

struct api *api_start(const struct api_config *config, GError **error)
{
    struct api *api = g_new0(struct api, 1);
    copy_config(&api->config, config);
    api->throttle = throttle_new();
    api->events = events_new(config->db, api_session_idle_us(&api->config));
    api->routes = make_routes();
    api->operations = find_operations();
    struct http_config http = {
        .listen = config->listen,
        .routes = api->routes,
        .n_routes = api_n_routes,
        .before = before,
        .data = api,
        .max_connections = config->max_connections,
        .max_per_address = config->max_per_address,
        .header_timeout_s = config->header_timeout_s,
        .trusted_proxies = config->trusted_proxies,
        .tls_cert = config->tls_cert && *config->tls_cert ? config->tls_cert : NULL,
        .tls_key = config->tls_key && *config->tls_key ? config->tls_key : NULL,
    };
    api->server = http_server_start(&http, error);
    if (!api->server) {
        free_api(api);
        return NULL;
    }
    if (config->media)
        media_on_looked(config->media, asset_events_looked, api);
    return api;
}

const char *api_url(const struct api *api)
{
    return http_server_url(api->server);
}

bool api_reload_tls(struct api *api, GError **error)
{
    return http_server_reload_tls(api->server, error);
}

void api_stop(struct api *api, unsigned grace_s)
{
    if (!api)
        return;
    if (api->config.media)
        media_on_looked(api->config.media, NULL, NULL);
    http_server_stop(api->server, grace_s);
    free_api(api);
}

void api_print_routes(FILE *out)
{
    static const char *const who[] = {[API_PUBLIC] = "public",
                                      [API_LINK] = "link",
                                      [API_LINK_LOGIN] = "link",
                                      [API_USER] = "user",
                                      [API_ADMIN] = "admin"};
    for (size_t i = 0; i < api_n_routes; i++) {
        const struct api_route *row = &api_routes[i];
        if (!row->handle)
            continue;
        fprintf(out, "%s\t%s\t%s\t%s\t%s\n", row->method, row->pattern, row->operation,
                row->permission ? row->permission : "-", who[row->who]);
    }
}
