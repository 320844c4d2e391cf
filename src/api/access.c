/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "api/access.h"

#include <string.h>

#include "base/clock.h"
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
            return (struct access_offer){
                .kind = source->kind,
                .secret = value,
                .is_cookie = source->place == ACCESS_COOKIE,
                .is_slug = strstr(source->name, "slug") != NULL,
            };
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
    shared_link_clear(&access->link);
    g_free(access);
}

static bool find_link(struct db_conn *conn, const struct access_offer *offer, struct shared_link *ret_link,
                      GError **error)
{
    uint8_t key[LINK_KEY_BYTES];
    GError *problem = NULL;
    bool is_key = !offer->is_slug && shared_link_parse_key(offer->secret, key);
    bool is_known = (is_key || offer->is_slug) &&
                    shared_links_find_secret(conn, is_key ? key : NULL, offer->secret, ret_link, &problem);
    if (problem && !err_is(problem, ERR_NOT_FOUND)) {
        g_propagate_error(error, problem);
        return false;
    }
    g_clear_error(&problem);
    if (!is_known)
        return err_set(error, ERR_UNAUTHENTICATED, "Invalid share key");
    return !shared_link_is_over(ret_link, clock_now_us()) ||
           err_set(error, ERR_UNAUTHENTICATED, "This link has expired");
}

static bool find_who(struct db_conn *conn, const struct access_offer *offer, int64_t idle_us, struct access *access,
                     GError **error)
{
    if (offer->kind == ACCESS_SHARE)
        return find_link(conn, offer, &access->link, error);
    if (offer->kind == ACCESS_KEY)
        return keys_find(conn, offer->secret, &access->key, &access->user, error);
    return sessions_find(conn, offer->secret, idle_us, &access->session, &access->user, &access->must_touch, error);
}

struct access *access_check(struct db *db, const struct access_offer *offer, int64_t idle_us, GError **error)
{
    if (offer->kind == ACCESS_NOBODY)
        return err_set(error, ERR_UNAUTHENTICATED, "Authentication required"), NULL;
    DB_READ struct db_conn *conn = db_read_begin(db, error);
    if (!conn)
        return NULL;
    struct access *access = g_new0(struct access, 1);
    access->kind = offer->kind;
    access->is_cookie = offer->is_cookie;
    if (find_who(conn, offer, idle_us, access, error))
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
