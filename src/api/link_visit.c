/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * /api/shared-links/me and /login: what a visitor asks of the link by which they come. */
#include "api/link_password.h"
#include "api/link_tokens.h"
#include "api/link_write.h"
#include "api/resources.h"
#include "base/error.h"

static bool check_visitor(struct call *call, GError **error)
{
    return call->who->kind == ACCESS_SHARE || err_set(error, ERR_FORBIDDEN, "Forbidden");
}

bool handle_shared_links_me(struct call *call, GError **error)
{
    return check_visitor(call, error) && link_answer(call, 200, &call->who->link, error);
}

static const struct body_field login_fields[] = {
    {.name = "password", .kind = BODY_TEXT, .is_required = true, .min = 1, .max = LINK_PASSWORD_MAX}};
static const struct body_shape login_shape = BODY_SHAPE(const char *, login_fields);

bool handle_shared_links_login(struct call *call, GError **error)
{
    const char *password;
    if (!check_visitor(call, error) || !call_body(call, &login_shape, &password, error) ||
        !link_password_check(call, password, error))
        return false;
    g_autofree char *cookie = link_tokens_add(http_cookie(call->request, LINK_COOKIE), &call->who->link);
    struct http_cookie_options options = {
        .max_age_s = LINK_TOKEN_S, .http_only = true, .secure = http_is_secure(call->request)};
    http_set_cookie(call->request, LINK_COOKIE, cookie, options);
    return link_answer(call, 201, &call->who->link, error);
}

const struct operation link_visit_operations[] = {
    {"getMySharedLink", ANSWERS(200, "SharedLinkResponseDto")},
    {"sharedLinkLogin", .body = &login_shape, ANSWERS(201, "SharedLinkResponseDto")},
    {.name = NULL},
};
