/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "api/link_tokens.h"

#include <openssl/crypto.h>
#include <string.h>

#include "base/clock.h"
#include "base/encode.h"
#include "catalog/shared_links.h"

/* Tokens are SECONDS.MAC, divided by colons: characters that a cookie may have (RFC 6265, section 4.1.1). */
enum { TOKENS_MAX = 8 };

/* Nobody outside knows the hash, and its salt makes another of the same password. */
static char *token_until(const struct shared_link *link, int64_t until_s)
{
    g_autofree char *what = g_strdup_printf("%" G_GINT64_FORMAT " %" G_GINT64_FORMAT, link->id, until_s);
    const char *key = link->password_hash;
    g_autofree char *mac =
        g_compute_hmac_for_string(G_CHECKSUM_SHA256, (const guchar *)key, strlen(key), what, (gssize)strlen(what));
    return g_strdup_printf("%" G_GINT64_FORMAT ".%s", until_s, mac);
}

static int64_t now_s(void)
{
    return clock_now_us() / G_USEC_PER_SEC;
}

static bool opens(const char *token, const struct shared_link *link)
{
    gint64 until_s;
    g_autofree char *number = g_strndup(token, strcspn(token, "."));
    if (!g_ascii_string_to_signed(number, 10, now_s() + 1, now_s() + LINK_TOKEN_S, &until_s, NULL))
        return false;
    g_autofree char *expected = token_until(link, until_s);
    return strlen(token) == strlen(expected) && CRYPTO_memcmp(token, expected, strlen(expected)) == 0;
}

bool link_tokens_open(const char *cookie, const struct shared_link *link)
{
    if (!link->password_hash)
        return true;
    g_auto(GStrv) tokens = g_strsplit(cookie ? cookie : "", ":", TOKENS_MAX + 1);
    for (char **token = tokens; *token; token++)
        if (opens(*token, link))
            return true;
    return false;
}

char *link_tokens_add(const char *cookie, const struct shared_link *link)
{
    g_autofree char *token = token_until(link, now_s() + LINK_TOKEN_S);
    g_auto(GStrv) old = g_strsplit(cookie ? cookie : "", ":", TOKENS_MAX);
    GString *value = g_string_new(token);
    for (unsigned i = 0; i + 1 < TOKENS_MAX && old[i] && !strchr(old[i], ':'); i++)
        if (strspn(old[i], "0123456789abcdef.") == strlen(old[i]) && *old[i])
            g_string_append_printf(value, ":%s", old[i]);
    return g_string_free(value, FALSE);
}
