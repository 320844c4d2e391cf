/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Fuzz target: query strings. What is decoded must be UTF-8, and must be the same again when it is written and read
 * once more. Input: up to four lines; the first is the query, the others are names to look for. */
#include <glib.h>
#include <stdint.h>
#include <string.h>

#include "http/query.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check_again(const char *name, const char *value)
{
    g_autofree char *encoded_name = percent_encode(name);
    g_autofree char *encoded_value = percent_encode(value);
    g_autofree char *text = g_strconcat(encoded_name, "=", encoded_value, NULL);
    struct query *query = query_parse(text, NULL);
    g_assert_cmpstr(query_get(query, name), ==, value);
    query_free(query);
}

static void look_for(const struct query *query, const char *name)
{
    const char *value;
    g_assert_true(query_get(query, name) == query_get_nth(query, name, 0));
    for (unsigned i = 0; (value = query_get_nth(query, name, i)); i++) {
        g_assert_true(g_utf8_validate(value, -1, NULL));
        check_again(name, value);
    }
}

static void check_decoding(const char *text)
{
    for (int plus = 0; plus < 2; plus++) {
        g_autofree char *decoded = percent_decode(text, strlen(text), plus);
        g_assert_true(!decoded || (g_utf8_validate(decoded, -1, NULL) && strlen(decoded) <= strlen(text)));
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    g_autofree char *text = g_strndup((const char *)data, size);
    g_auto(GStrv) lines = g_strsplit(text, "\n", 4);
    if (!lines[0])
        return 0;
    check_decoding(lines[0]);
    struct query *query = query_parse(lines[0], NULL);
    for (char **name = lines + 1; query && *name; name++)
        look_for(query, *name);
    if (query)
        look_for(query, "a");
    query_free(query);
    return 0;
}
