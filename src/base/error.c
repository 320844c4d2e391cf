/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "base/error.h"

#include <errno.h>

struct err_private {
    char *detail;
};
/* GLib's extended errors want the typedef by this name. */
typedef struct err_private ErrPrivate;

static void err_private_init(ErrPrivate *private)
{
    private->detail = NULL;
}

static void err_private_copy(const ErrPrivate *from, ErrPrivate *to)
{
    to->detail = g_strdup(from->detail);
}

static void err_private_clear(ErrPrivate *private)
{
    g_free(private->detail);
}

G_DEFINE_EXTENDED_ERROR(Err, err)

static const struct err_info info[ERR_N_KINDS] = {
    [ERR_INVALID] = {"invalid", 400, G_LOG_LEVEL_INFO, false},
    [ERR_NOT_FOUND] = {"not-found", 404, G_LOG_LEVEL_INFO, false},
    [ERR_EXISTS] = {"exists", 409, G_LOG_LEVEL_INFO, false},
    [ERR_FORBIDDEN] = {"forbidden", 403, G_LOG_LEVEL_INFO, false},
    [ERR_UNAUTHENTICATED] = {"unauthenticated", 401, G_LOG_LEVEL_INFO, false},
    [ERR_CONFLICT] = {"conflict", 409, G_LOG_LEVEL_INFO, false},
    [ERR_LIMIT] = {"limit", 413, G_LOG_LEVEL_INFO, false},
    [ERR_UNSUPPORTED] = {"unsupported", 415, G_LOG_LEVEL_INFO, false},
    [ERR_CORRUPT] = {"corrupt", 500, G_LOG_LEVEL_CRITICAL, false},
    [ERR_BUSY] = {"busy", 429, G_LOG_LEVEL_INFO, true},
    [ERR_TIMEOUT] = {"timeout", 408, G_LOG_LEVEL_INFO, true},
    [ERR_CANCELLED] = {"cancelled", 499, G_LOG_LEVEL_INFO, true},
    [ERR_IO] = {"io", 500, G_LOG_LEVEL_CRITICAL, true},
    [ERR_FULL] = {"full", 507, G_LOG_LEVEL_CRITICAL, true},
    [ERR_UNCERTAIN] = {"uncertain", 500, G_LOG_LEVEL_CRITICAL, true},
    [ERR_WORKER_DIED] = {"worker-died", 500, G_LOG_LEVEL_WARNING, true},
    [ERR_INTERNAL] = {"internal", 500, G_LOG_LEVEL_CRITICAL, false},
};

enum err_kind err_kind(const GError *error)
{
    if (!error || error->domain != ERR_DOMAIN || error->code < 0 || error->code >= ERR_N_KINDS)
        return ERR_INTERNAL;
    return (enum err_kind)error->code;
}

const struct err_info *err_info(const GError *error)
{
    return &info[err_kind(error)];
}

bool err_is(const GError *error, enum err_kind kind)
{
    return error && error->domain == ERR_DOMAIN && error->code == (int)kind;
}

G_GNUC_PRINTF(4, 0)
static bool set_va(GError **error, enum err_kind kind, const char *detail, const char *format, va_list args)
{
    if (!error)
        return false;
    g_return_val_if_fail(*error == NULL, false);
    *error = g_error_new_valist(ERR_DOMAIN, (int)kind, format, args);
    if (detail)
        err_get_private(*error)->detail = g_strdup(detail);
    return false;
}

bool err_set(GError **error, enum err_kind kind, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    set_va(error, kind, NULL, format, args);
    va_end(args);
    return false;
}

bool err_set_detail(GError **error, enum err_kind kind, const char *detail, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    set_va(error, kind, detail, format, args);
    va_end(args);
    return false;
}

bool err_set_errno(GError **error, int saved_errno, const char *path, const char *format, ...)
{
    enum err_kind kind = (saved_errno == ENOSPC || saved_errno == EDQUOT) ? ERR_FULL : ERR_IO;
    g_autofree char *detail =
        path ? g_strdup_printf("%s: %s", path, g_strerror(saved_errno)) : g_strdup(g_strerror(saved_errno));
    va_list args;
    va_start(args, format);
    set_va(error, kind, detail, format, args);
    va_end(args);
    return false;
}

const char *err_detail(const GError *error)
{
    if (!error || error->domain != ERR_DOMAIN)
        return NULL;
    return err_get_private(error)->detail;
}
