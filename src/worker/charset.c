/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "worker/charset.h"

#include <glib.h>
#include <string.h>

enum { REPLACEMENT = 0xfffd };

/* 0x80 … 0x9f of Windows-1252; 0: not assigned. */
static const uint16_t windows_1252[32] = {0x20ac, 0,      0x201a, 0x0192, 0x201e, 0x2026, 0x2020, 0x2021,
                                          0x02c6, 0x2030, 0x0160, 0x2039, 0x0152, 0,      0x017d, 0,
                                          0,      0x2018, 0x2019, 0x201c, 0x201d, 0x2022, 0x2013, 0x2014,
                                          0x02dc, 0x2122, 0x0161, 0x203a, 0x0153, 0,      0x017e, 0x0178};

static gunichar from_windows(unsigned char byte)
{
    if (byte < 0x80 || byte >= 0xa0)
        return byte;
    return windows_1252[byte - 0x80] ? windows_1252[byte - 0x80] : REPLACEMENT;
}

/* Is any character of more than one byte whole? A text of another encoding has hardly ever one by chance. */
static bool looks_like_utf8(const char *bytes, size_t size)
{
    for (size_t at = 0; at < size; at++) {
        if ((unsigned char)bytes[at] < 0xc2)
            continue;
        gunichar c = g_utf8_get_char_validated(bytes + at, (gssize)(size - at));
        if (c != (gunichar)-1 && c != (gunichar)-2)
            return true;
    }
    return false;
}

char *charset_decode(const void *data, size_t size)
{
    const char *bytes = data;
    size = strnlen(bytes, size);
    if (g_utf8_validate_len(bytes, size, NULL))
        return g_strndup(bytes, size);
    bool is_utf8 = looks_like_utf8(bytes, size);
    GString *text = g_string_sized_new(size * 2);
    for (size_t at = 0; at < size;) {
        gunichar c = is_utf8 ? g_utf8_get_char_validated(bytes + at, (gssize)(size - at))
                             : from_windows((unsigned char)bytes[at]);
        bool is_bad = c == (gunichar)-1 || c == (gunichar)-2;
        g_string_append_unichar(text, is_bad ? REPLACEMENT : c);
        at += is_utf8 && !is_bad ? (size_t)g_unichar_to_utf8(c, NULL) : 1;
    }
    return g_string_free(text, FALSE);
}

static unsigned unit_at(const unsigned char *bytes, size_t at, bool is_big)
{
    return is_big ? (unsigned)bytes[at] << 8 | bytes[at + 1] : (unsigned)bytes[at + 1] << 8 | bytes[at];
}

char *charset_utf16(const void *data, size_t size, bool is_big)
{
    const unsigned char *bytes = data;
    GString *text = g_string_new(NULL);
    size_t at = 0;
    if (size >= 2 && (unit_at(bytes, 0, true) == 0xfeff || unit_at(bytes, 0, true) == 0xfffe)) {
        is_big = bytes[0] == 0xfe;
        at = 2;
    }
    for (; at + 2 <= size; at += 2) {
        unsigned unit = unit_at(bytes, at, is_big), next = at + 4 <= size ? unit_at(bytes, at + 2, is_big) : 0;
        if (unit == 0)
            break;
        if (unit >= 0xd800 && unit < 0xdc00 && next >= 0xdc00 && next < 0xe000) {
            g_string_append_unichar(text, 0x10000 + ((unit - 0xd800) << 10) + (next - 0xdc00));
            at += 2;
        } else {
            g_string_append_unichar(text, unit >= 0xd800 && unit < 0xe000 ? REPLACEMENT : unit);
        }
    }
    return g_string_free(text, FALSE);
}

static bool is_control(gunichar c)
{
    return c < 0x20 || (c >= 0x7f && c < 0xa0);
}

char *charset_clean(const char *source, size_t max_bytes)
{
    g_autofree char *trimmed = g_strstrip(g_strdup(source));
    GString *text = g_string_new(NULL);
    for (const char *at = trimmed; *at; at = g_utf8_next_char(at)) {
        gunichar c = *at == '\t' ? ' ' : g_utf8_get_char(at);
        if (is_control(c) && c != '\n')
            continue;
        if (text->len + (size_t)g_unichar_to_utf8(c, NULL) > max_bytes)
            break;
        g_string_append_unichar(text, c);
    }
    char *clean = g_strstrip(g_string_free(text, FALSE));
    if (*clean)
        return clean;
    g_free(clean);
    return NULL;
}
