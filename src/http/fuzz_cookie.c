/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Fuzz target: the Cookie header. Input: the name of the wanted cookie, a line feed, the header. What is found must be
 * a part of it, and what may be written as a cookie must be read as the same again. */
#include <glib.h>
#include <stdint.h>
#include <string.h>

#include "http/cookie.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check_written(const char *name, const char *value)
{
    if (!cookie_is_valid(name, value))
        return;
    g_autofree char *header = g_strdup_printf("other=\"a=b\"; %s=%s; last=1", name, value);
    g_autofree char *read = cookie_get(header, name);
    bool is_ours = strcmp(name, "other") != 0;
    g_assert_nonnull(read);
    if (is_ours)
        g_assert_cmpstr(read, ==, value);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    g_autofree char *text = g_strndup((const char *)data, size);
    char *feed = strchr(text, '\n');
    const char *header = feed ? feed + 1 : "";
    if (feed)
        *feed = '\0';
    g_autofree char *value = cookie_get(header, text);
    if (value) {
        g_assert_nonnull(strstr(header, value));
        g_assert_null(strchr(value, ';'));
    }
    check_written(text, header);
    return 0;
}
