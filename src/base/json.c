/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "base/json.h"

#include <math.h>
#include <string.h>

#include "base/clock.h"

struct json json_to(GString *out)
{
    return (struct json){.out = out};
}

static void append_quoted(GString *out, const char *text)
{
    g_string_append_c(out, '"');
    const char *plain = text;
    for (const char *c = text;; c++) {
        unsigned char byte = (unsigned char)*c;
        if (byte >= 0x20 && byte != '"' && byte != '\\')
            continue;
        g_string_append_len(out, plain, c - plain);
        if (byte == 0)
            break;
        plain = c + 1;
        if (byte == '"' || byte == '\\')
            g_string_append_printf(out, "\\%c", byte);
        else if (byte == '\n')
            g_string_append(out, "\\n");
        else
            g_string_append_printf(out, "\\u%04x", byte);
    }
    g_string_append_c(out, '"');
}

static void begin_value(struct json *json, const char *key)
{
    if (json->depth > 0) {
        bool *some = &json->some[json->depth - 1];
        if (*some)
            g_string_append_c(json->out, ',');
        *some = true;
        g_assert((key != NULL) == (json->closer[json->depth - 1] == '}'));
    }
    if (key) {
        append_quoted(json->out, key);
        g_string_append_c(json->out, ':');
    }
}

static void open_container(struct json *json, const char *key, char opener, char closer)
{
    begin_value(json, key);
    g_assert(json->depth < JSON_DEPTH);
    json->some[json->depth] = false;
    json->closer[json->depth] = closer;
    json->depth++;
    g_string_append_c(json->out, opener);
}

void json_begin_object(struct json *json, const char *key)
{
    open_container(json, key, '{', '}');
}

void json_begin_array(struct json *json, const char *key)
{
    open_container(json, key, '[', ']');
}

void json_end(struct json *json)
{
    g_assert(json->depth > 0);
    json->depth--;
    g_string_append_c(json->out, json->closer[json->depth]);
}

void json_raw(struct json *json, const char *key, const char *raw)
{
    begin_value(json, key);
    g_string_append(json->out, raw);
}

void json_text(struct json *json, const char *key, const char *value)
{
    if (!value) {
        json_nil(json, key);
        return;
    }
    begin_value(json, key);
    append_quoted(json->out, value);
}

void json_int(struct json *json, const char *key, int64_t value)
{
    begin_value(json, key);
    g_string_append_printf(json->out, "%" G_GINT64_FORMAT, value);
}

void json_bool(struct json *json, const char *key, bool value)
{
    json_raw(json, key, value ? "true" : "false");
}

void json_nil(struct json *json, const char *key)
{
    json_raw(json, key, "null");
}

void json_double(struct json *json, const char *key, double value)
{
    if (!isfinite(value)) {
        json_nil(json, key);
        return;
    }
    char text[G_ASCII_DTOSTR_BUF_SIZE];
    g_ascii_formatd(text, sizeof text, "%.15g", value);
    if (g_ascii_strtod(text, NULL) != value)
        g_ascii_dtostr(text, sizeof text, value);
    json_raw(json, key, text);
}

void json_time(struct json *json, const char *key, int64_t us)
{
    char text[ISO_TEXT_SIZE];
    json_text(json, key, iso_format(us, text));
}

void json_base64(struct json *json, const char *key, const void *bytes, size_t size)
{
    g_autofree char *text = bytes ? g_base64_encode(bytes, size) : NULL;
    json_text(json, key, text);
}
