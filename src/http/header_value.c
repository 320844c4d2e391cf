/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "http/header_value.h"

#include <glib.h>
#include <string.h>

#include "http/query.h"

char *header_value_main(const char *value)
{
    g_autofree char *main = g_strndup(value, strcspn(value, ";"));
    return g_ascii_strdown(g_strstrip(main), -1);
}

/* Reads a quoted string after its opening quote; *@at moves behind the closing one. NULL if that is missing. */
static char *read_quoted(const char **at)
{
    g_autoptr(GString) text = g_string_new(NULL);
    const char *c = *at;
    for (; *c && *c != '"'; c++) {
        if (*c == '\\' && (c[1] == '"' || c[1] == '\\'))
            c++;
        g_string_append_c(text, *c);
    }
    if (*c != '"')
        return NULL;
    *at = c + 1;
    return g_string_free(g_steal_pointer(&text), FALSE);
}

/* Reads a parameter's value after its `=`; *@at moves to the `;` that follows, or the end. */
static char *read_value(const char **at)
{
    *at += strspn(*at, " \t");
    g_autofree char *text = NULL;
    if (**at == '"') {
        (*at)++;
        text = read_quoted(at);
        *at += strspn(*at, " \t");
        if (!text || (**at != ';' && **at != '\0'))
            return NULL;
    } else {
        size_t size = strcspn(*at, ";");
        text = g_strchomp(g_strndup(*at, size));
        *at += size;
    }
    return g_steal_pointer(&text);
}

char *header_value_parameter(const char *value, const char *name)
{
    const char *at = value + strcspn(value, ";");
    while (*at == ';') {
        at++;
        at += strspn(at, " \t");
        size_t size = strcspn(at, "=;");
        const char *its_name = at;
        at += size;
        while (size > 0 && (its_name[size - 1] == ' ' || its_name[size - 1] == '\t'))
            size--;
        if (*at != '=')
            continue; /* a parameter without value: skipped */
        at++;
        g_autofree char *text = read_value(&at);
        if (!text)
            return NULL;
        if (size == strlen(name) && g_ascii_strncasecmp(its_name, name, size) == 0)
            return g_steal_pointer(&text);
    }
    return NULL;
}

char *header_value_extended(const char *value, const char *name)
{
    g_autofree char *star = g_strconcat(name, "*", NULL);
    g_autofree char *text = header_value_parameter(value, star);
    char *language = text ? strchr(text, '\'') : NULL;
    char *encoded = language ? strchr(language + 1, '\'') : NULL;
    if (!encoded || g_ascii_strncasecmp(text, "UTF-8'", 6) != 0)
        return NULL;
    return percent_decode(encoded + 1, strlen(encoded + 1), false);
}
