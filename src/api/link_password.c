/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "api/link_password.h"

#include "base/error.h"
#include "base/log.h"
#include "catalog/passwords.h"
#include "catalog/throttle.h"

/* Longer than the least that a password hash takes. */
static char *padded(const char *password)
{
    return g_strconcat("shared-link:", password, NULL);
}

char *link_password_hash(const char *password, GError **error)
{
    g_autofree char *text = padded(password);
    return password_hash(text, error);
}

bool link_password_check(struct call *call, const char *password, GError **error)
{
    const struct shared_link *link = &call->who->link;
    char id[UUID_TEXT_SIZE];
    g_autofree char *account = g_strconcat("link:", uuid_format(&link->uuid, id), NULL), *text = padded(password);
    const char *address = http_remote(call->request);
    if (!link->password_hash)
        return err_set(error, ERR_INVALID, "Shared link is not password protected");
    if (!call_check_throttle(call, account, error))
        return false;
    if (password_verify(link->password_hash, text)) {
        throttle_passed(call->api->throttle, account, address);
        return true;
    }
    throttle_failed(call->api->throttle, account, address);
    log_event(G_LOG_LEVEL_WARNING, "auth.link-password-refused", "address", address, NULL);
    return err_set(error, ERR_UNAUTHENTICATED, "Invalid password");
}
