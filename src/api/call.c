/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "api/call.h"

#include <string.h>

#include "api/operation.h"
#include "base/error.h"
#include "base/log.h"
#include "catalog/throttle.h"
#include "db/db.h"

struct api *call_api(const struct http_request *request)
{
    return http_data(request);
}

const struct access *call_who(const struct http_request *request)
{
    static const struct access nobody = {.kind = ACCESS_NOBODY};
    const struct access *who = http_get(request, HTTP_SLOT_AUTH);
    return who ? who : &nobody;
}

struct viewer call_viewer(const struct call *call)
{
    const struct access *who = call->who;
    return (struct viewer){.user_id = who->user.id, .link = who->kind == ACCESS_SHARE ? &who->link : NULL};
}

bool call_hides_metadata(const struct call *call)
{
    return call->who->kind == ACCESS_SHARE && !call->who->link.show_metadata;
}

bool call_problem(struct call *call, GError **error, const char *path, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    g_autofree char *message = g_strdup_vprintf(format, args);
    va_end(args);
    if (!call->problems)
        call->problems = body_problems_new();
    body_problem(call->problems, path, "%s", message);
    if (error && *error)
        return false;
    return err_set(error, ERR_INVALID, "%s: %s.", path, message);
}

/* A page of another site can send text/plain and form bodies without asking first (CORS, "simple requests"); JSON it
 * cannot. */
bool call_check_json(struct call *call, GError **error)
{
    const char *type = http_header(call->request, "Content-Type");
    if (!type)
        return true;
    g_autofree char *plain = g_ascii_strdown(type, (gssize)strcspn(type, "; \t"));
    if (strcmp(plain, "application/json") == 0 || g_str_has_suffix(plain, "+json"))
        return true;
    return err_set(error, ERR_UNSUPPORTED, "The body must be sent as application/json.");
}

bool call_check_throttle(struct call *call, const char *account, GError **error)
{
    const char *address = http_remote(call->request);
    if (throttle_check(call->api->throttle, account, address, error))
        return true;
    g_autofree char *seconds = g_strdup_printf("%u", throttle_wait_s(call->api->throttle, account, address));
    http_add_header(call->request, "Retry-After", seconds);
    return false;
}

static void free_body(void *body)
{
    body_free(body);
}

void call_check_declared(struct call *call, const char *what, const struct body_shape *shape,
                         const struct body_shape *declared)
{
    const struct operation *operation = call->operation;
    if (operation && shape != declared)
        log_event(G_LOG_LEVEL_WARNING, "api.undeclared", "operation", operation->name, "what", what, NULL);
}

bool call_body(struct call *call, const struct body_shape *shape, void *into, GError **error)
{
    call_check_declared(call, "body", shape, call->operation ? call->operation->body : NULL);
    if (!call_check_json(call, error))
        return false;
    GBytes *bytes = http_body(call->request);
    gsize size;
    const void *json = g_bytes_get_data(bytes, &size);
    struct body *body = body_parse(json ? json : "", size, shape, into, &call->problems, error);
    if (!body)
        return false;
    http_set(call->request, HTTP_SLOT_ROUTE, body, free_body);
    return true;
}

bool call_uuid(struct call *call, const char *name, struct uuid *ret_id, GError **error)
{
    if (uuid_parse_v4(http_param(call->request, name), ret_id))
        return true;
    return call_problem(call, error, name, "must be a UUID (version 4)");
}

bool call_answer(struct call *call, int status, GString *json)
{
    http_add_header(call->request, "Cache-Control", "no-store"); /* private, and old in a moment */
    http_answer_json(call->request, status, json);
    return true;
}

bool call_answer_empty(struct call *call, int status)
{
    http_answer_empty(call->request, status);
    return true;
}

bool call_write(struct call *call, call_work *work, void *data, GError **error)
{
    return db_write(call->api->config.db, work, data, error);
}

void call_hide_missing(GError **error, const char *permission)
{
    if (!error || !err_is(*error, ERR_NOT_FOUND))
        return;
    g_clear_error(error);
    err_set(error, ERR_INVALID, "Not found or no %s access", permission);
}
