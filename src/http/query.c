/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "http/query.h"

#include <string.h>

#include "base/error.h"

enum { MAX_PAIRS = 256 };

struct pair {
    char *name;
    char *value;
};

struct query {
    GArray *pairs; /* struct pair */
};

char *percent_decode(const char *text, size_t size, bool plus_is_space)
{
    g_autoptr(GString) out = g_string_sized_new(size);
    for (size_t i = 0; i < size; i++) {
        char c = text[i];
        if (c == '%') {
            int high = size - i > 2 ? g_ascii_xdigit_value(text[i + 1]) : -1;
            int low = size - i > 2 ? g_ascii_xdigit_value(text[i + 2]) : -1;
            if (high < 0 || low < 0)
                return NULL;
            c = (char)(high << 4 | low);
            i += 2;
        } else if (c == '+' && plus_is_space) {
            c = ' ';
        }
        g_string_append_c(out, c);
    }
    if (!g_utf8_validate_len(out->str, out->len, NULL))
        return NULL; /* a NUL counts as invalid, too */
    return g_string_free(g_steal_pointer(&out), FALSE);
}

char *percent_encode(const char *text)
{
    return g_uri_escape_string(text, NULL, FALSE);
}

static void clear_pair(gpointer data)
{
    struct pair *pair = data;
    g_free(pair->name);
    g_free(pair->value);
}

static bool add_pair(GArray *pairs, const char *text, size_t size)
{
    const char *equals = memchr(text, '=', size);
    size_t name_size = equals ? (size_t)(equals - text) : size;
    g_autofree char *name = percent_decode(text, name_size, true);
    g_autofree char *value = equals ? percent_decode(equals + 1, size - name_size - 1, true) : g_strdup("");
    if (!name || !value)
        return false;
    struct pair pair = {g_steal_pointer(&name), g_steal_pointer(&value)};
    g_array_append_val(pairs, pair);
    return true;
}

struct query *query_parse(const char *text, GError **error)
{
    g_autoptr(GArray) pairs = g_array_new(FALSE, FALSE, sizeof(struct pair));
    g_array_set_clear_func(pairs, clear_pair);
    while (text && *text) {
        size_t size = strcspn(text, "&");
        if (pairs->len == MAX_PAIRS) {
            err_set(error, ERR_LIMIT, "The query has too many parts.");
            return NULL;
        }
        if (size > 0 && !add_pair(pairs, text, size)) {
            err_set(error, ERR_INVALID, "The query of the address is not valid.");
            return NULL;
        }
        text += size + (text[size] == '&');
    }
    struct query *query = g_new0(struct query, 1);
    query->pairs = g_steal_pointer(&pairs);
    return query;
}

void query_free(struct query *query)
{
    if (!query)
        return;
    g_array_unref(query->pairs);
    g_free(query);
}

const char *query_get_nth(const struct query *query, const char *name, unsigned index)
{
    for (guint i = 0; query && i < query->pairs->len; i++) {
        const struct pair *pair = &g_array_index(query->pairs, struct pair, i);
        if (strcmp(pair->name, name) == 0 && index-- == 0)
            return pair->value;
    }
    return NULL;
}

const char *query_get(const struct query *query, const char *name)
{
    return query_get_nth(query, name, 0);
}
