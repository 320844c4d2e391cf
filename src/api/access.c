/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "api/access.h"

#include <string.h>

#include "base/error.h"
#include "db/db.h"

static const struct source {
    enum access_place place;
    const char *name;
    enum access_kind kind;
} sources[] = {
    {ACCESS_QUERY, "key", ACCESS_SHARE},
    {ACCESS_HEADER, "x-immich-share-key", ACCESS_SHARE},
    {ACCESS_QUERY, "slug", ACCESS_SHARE},
    {ACCESS_HEADER, "x-immich-share-slug", ACCESS_SHARE},
    {ACCESS_HEADER, "x-immich-user-token", ACCESS_SESSION},
    {ACCESS_HEADER, "x-immich-session-token", ACCESS_SESSION},
    {ACCESS_QUERY, "sessionKey", ACCESS_SESSION},
    {ACCESS_HEADER, "Authorization", ACCESS_SESSION},
    {ACCESS_COOKIE, "immich_access_token", ACCESS_SESSION},
    {ACCESS_HEADER, "x-api-key", ACCESS_KEY},
    {ACCESS_QUERY, "apiKey", ACCESS_KEY},
};

/* The token of "Bearer TOKEN" (RFC 6750; the scheme in any case), or NULL: a proxy's Basic is not for us. */
static const char *bearer(const char *value)
{
    static const char scheme[] = "bearer ";
    if (g_ascii_strncasecmp(value, scheme, strlen(scheme)) != 0)
        return NULL;
    const char *token = value + strlen(scheme);
    while (*token == ' ')
        token++;
    return token;
}

struct access_offer access_pick(access_read *read, void *data)
{
    for (size_t i = 0; i < G_N_ELEMENTS(sources); i++) {
        const struct source *source = &sources[i];
        const char *value = read(data, source->place, source->name);
        if (value && source->place == ACCESS_HEADER && strcmp(source->name, "Authorization") == 0)
            value = bearer(value);
        if (value && *value)
            return (struct access_offer){source->kind, value, source->place == ACCESS_COOKIE};
    }
    return (struct access_offer){.kind = ACCESS_NOBODY};
}

static bool same_origin(const char *origin, const char *own)
{
    if (!own || !*own)
        return false;
    size_t length = strlen(own);
    while (length > 0 && own[length - 1] == '/')
        length--;
    return strlen(origin) == length && g_ascii_strncasecmp(origin, own, length) == 0;
}

bool access_is_same_site(const char *fetch_site, const char *origin, const char *own_origin, const char *external)
{
    /* The browser's own word comes first: behind a proxy that rewrites Host, our idea of the origin may be off. */
    if (fetch_site)
        return strcmp(fetch_site, "same-origin") == 0 || strcmp(fetch_site, "none") == 0;
    return !origin || same_origin(origin, own_origin) || same_origin(origin, external);
}

bool access_is_safe(const char *method)
{
    return strcmp(method, "GET") == 0 || strcmp(method, "HEAD") == 0 || strcmp(method, "OPTIONS") == 0;
}

void access_free(struct access *access)
{
    if (!access)
        return;
    user_clear(&access->user);
    session_clear(&access->session);
    key_clear(&access->key);
    g_free(access);
}

struct access *access_check(struct db *db, const struct access_offer *offer, int64_t idle_us, GError **error)
{
    if (offer->kind == ACCESS_NOBODY)
        return err_set(error, ERR_UNAUTHENTICATED, "Authentication required"), NULL;
    if (offer->kind == ACCESS_SHARE)
        return err_set(error, ERR_UNAUTHENTICATED, "Invalid share key"), NULL;
    DB_READ struct db_conn *conn = db_read_begin(db, error);
    if (!conn)
        return NULL;
    struct access *access = g_new0(struct access, 1);
    access->kind = offer->kind;
    access->is_cookie = offer->is_cookie;
    bool is_known = offer->kind == ACCESS_SESSION ? sessions_find(conn, offer->secret, idle_us, &access->session,
                                                                  &access->user, &access->must_touch, error)
                                                  : keys_find(conn, offer->secret, &access->key, &access->user, error);
    if (is_known)
        return access;
    access_free(access);
    return NULL;
}

bool access_require(const struct access *access, const char *permission, GError **error)
{
    if (access->kind != ACCESS_KEY || permission_allows(access->key.permissions, permission))
        return true;
    return err_set(error, ERR_FORBIDDEN, "Missing required permission: %s", permission);
}
