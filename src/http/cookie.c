/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "http/cookie.h"

#include <glib.h>
#include <string.h>

static bool is_blank(char c)
{
    return c == ' ' || c == '\t';
}

/* The bounds of @text[0..*size) without blanks around it. */
static const char *trim(const char *text, size_t *size)
{
    while (*size > 0 && is_blank(*text)) {
        text++;
        (*size)--;
    }
    while (*size > 0 && is_blank(text[*size - 1]))
        (*size)--;
    return text;
}

char *cookie_get(const char *header, const char *name)
{
    size_t wanted = strlen(name);
    while (header && *header) {
        size_t size = strcspn(header, ";");
        const char *equals = memchr(header, '=', size);
        if (equals) {
            size_t name_size = (size_t)(equals - header);
            size_t value_size = size - name_size - 1;
            const char *its_name = trim(header, &name_size);
            const char *value = trim(equals + 1, &value_size);
            if (name_size == wanted && memcmp(its_name, name, wanted) == 0) {
                if (value_size >= 2 && value[0] == '"' && value[value_size - 1] == '"')
                    return g_strndup(value + 1, value_size - 2);
                return g_strndup(value, value_size);
            }
        }
        header += size + (header[size] == ';');
    }
    return NULL;
}

static bool is_token_char(unsigned char c)
{
    return g_ascii_isalnum((char)c) || (c != 0 && strchr("!#$%&'*+-.^_`|~", c));
}

static bool is_cookie_octet(unsigned char c)
{
    return c > ' ' && c < 0x7f && c != '"' && c != ',' && c != ';' && c != '\\';
}

bool cookie_is_valid(const char *name, const char *value)
{
    if (!*name)
        return false;
    for (const char *c = name; *c; c++)
        if (!is_token_char((unsigned char)*c))
            return false;
    for (const char *c = value; *c; c++)
        if (!is_cookie_octet((unsigned char)*c))
            return false;
    return true;
}
