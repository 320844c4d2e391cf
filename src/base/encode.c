/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "base/encode.h"

#include <string.h>

char *hex_encode(const void *bytes, size_t size)
{
    static const char digits[] = "0123456789abcdef";
    const uint8_t *in = bytes;
    char *text = g_malloc(size * 2 + 1);
    for (size_t i = 0; i < size; i++) {
        text[2 * i] = digits[in[i] >> 4];
        text[2 * i + 1] = digits[in[i] & 15];
    }
    text[size * 2] = '\0';
    return text;
}

bool hex_decode(const char *text, void *ret_bytes, size_t size)
{
    if (!text || strnlen(text, size * 2 + 1) != size * 2)
        return false;
    for (size_t i = 0; i < size * 2; i++) {
        if (!g_ascii_isxdigit(text[i]))
            return false;
    }
    uint8_t *out = ret_bytes;
    for (size_t i = 0; i < size; i++)
        out[i] = (uint8_t)(g_ascii_xdigit_value(text[2 * i]) << 4 | g_ascii_xdigit_value(text[2 * i + 1]));
    return true;
}

bool base64_decode_exact(const char *text, void *ret_bytes, size_t size)
{
    size_t padded = (size + 2) / 3 * 4;
    size_t bare = (size * 4 + 2) / 3;
    if (!text)
        return false;
    size_t length = strnlen(text, padded + 1);
    if (length != padded && length != bare)
        return false;
    for (size_t i = 0; i < length; i++) {
        bool pad = i >= bare && text[i] == '=';
        if (!g_ascii_isalnum(text[i]) && text[i] != '+' && text[i] != '/' && !pad)
            return false;
    }
    g_autofree char *full = g_strnfill(padded, '=');
    memcpy(full, text, length);
    gsize got = 0;
    g_autofree guchar *bytes = g_base64_decode(full, &got);
    if (got != size)
        return false;
    memcpy(ret_bytes, bytes, size);
    return true;
}

char *base64url_encode(const void *bytes, size_t size)
{
    char *text = g_base64_encode(bytes, size);
    for (char *c = text; *c; c++) {
        if (*c == '+')
            *c = '-';
        else if (*c == '/')
            *c = '_';
        else if (*c == '=')
            *c = '\0'; /* padding only ends the text */
    }
    return text;
}

bool hash_decode(const char *text, void *ret_bytes, size_t size)
{
    return hex_decode(text, ret_bytes, size) || base64_decode_exact(text, ret_bytes, size);
}
