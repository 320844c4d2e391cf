/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "base/text.h"

#include <string.h>

char *text_utf8(const char *bytes, size_t size)
{
    return g_utf8_make_valid(bytes, (gssize)strnlen(bytes, size));
}

static const char *last_component(const char *name)
{
    const char *last = name;
    for (const char *c = name; *c; c++) {
        if (*c == '/' || *c == '\\')
            last = c + 1;
    }
    return last;
}

/* Where the extension starts: the last dot that is not the first character; the end where there is none. */
static const char *extension_start(const char *name)
{
    const char *dot = strrchr(name, '.');
    return dot && dot != name ? dot : name + strlen(name);
}

/* The longest prefix of @text of at most @max bytes that ends at a character. */
static size_t utf8_prefix(const char *text, size_t max)
{
    size_t length = strlen(text);
    if (length <= max)
        return length;
    while (max > 0 && ((unsigned char)text[max] & 0xc0) == 0x80)
        max--;
    return max;
}

char *text_file_name(const char *name, size_t max_bytes)
{
    g_autofree char *valid = text_utf8(name, strlen(name));
    const char *base = last_component(valid);
    g_autoptr(GString) clean = g_string_new(NULL);
    for (const char *c = base; *c; c = g_utf8_next_char(c)) {
        gunichar character = g_utf8_get_char(c);
        g_string_append_unichar(clean, g_unichar_iscntrl(character) ? 0xfffd : character);
    }
    if (clean->len == 0 || strcmp(clean->str, ".") == 0 || strcmp(clean->str, "..") == 0)
        return g_strdup("unnamed");
    if (clean->len <= max_bytes)
        return g_strdup(clean->str);
    const char *extension = extension_start(clean->str);
    size_t extension_size = strlen(extension);
    /* An "extension" of half the name is no extension. */
    if (extension_size > 16 || extension_size >= max_bytes)
        return g_strndup(clean->str, utf8_prefix(clean->str, max_bytes));
    g_autofree char *stem = g_strndup(clean->str, (gsize)(extension - clean->str));
    stem[utf8_prefix(stem, max_bytes - extension_size)] = '\0';
    return g_strconcat(stem, extension, NULL);
}

char *text_extension(const char *name)
{
    return g_ascii_strdown(extension_start(last_component(name)), -1);
}

char *text_size(guint64 bytes)
{
    return g_format_size_full(bytes, G_FORMAT_SIZE_DEFAULT);
}
