/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "api/schema.h"

#include <glib.h>
#include <string.h>

#include "base/json.h"

#define REFERENCE "#/components/schemas/"

const struct schema *schema_find(const char *name)
{
    for (size_t i = 0; schemas[i]; i++)
        for (const struct schema *schema = schemas[i]; schema->name; schema++)
            if (strcmp(schema->name, name) == 0)
                return schema;
    return NULL;
}

void schema_write_kind(struct json *json, const char *kind, bool or_null)
{
    if (!or_null) {
        json_text(json, "type", kind);
        return;
    }
    json_begin_array(json, "type");
    json_text(json, NULL, kind);
    json_text(json, NULL, "null");
    json_end(json);
}

void schema_write_words(struct json *json, const char *const *words, bool or_null)
{
    schema_write_kind(json, "string", or_null);
    json_begin_array(json, "enum");
    for (; *words; words++)
        json_text(json, NULL, *words);
    if (or_null)
        json_nil(json, NULL);
    json_end(json);
}

void schema_write(struct json *json, const char *key, const struct schema *schema)
{
    if (schema->write) {
        schema->write(json, key);
    } else if (schema->words) {
        json_begin_object(json, key);
        schema_write_words(json, schema->words, false);
        json_end(json);
    } else {
        schema_write_type(json, key, schema->type);
    }
}

/* ---- the notation ---- */

/* @text at each @separator that stands outside of brackets and quotes, without spaces around; free with
 * g_ptr_array_unref(). */
static GPtrArray *split(const char *text, char separator)
{
    GPtrArray *parts = g_ptr_array_new_with_free_func(g_free);
    const char *start = text;
    unsigned depth = 0;
    bool is_quoted = false;
    for (const char *at = text;; at++) {
        if (*at == '\'')
            is_quoted = !is_quoted;
        else if (*at && !is_quoted && strchr("[{<", *at))
            depth++;
        else if (*at && !is_quoted && strchr("]}>", *at) && depth > 0)
            depth--;
        if (*at && (depth > 0 || is_quoted || *at != separator))
            continue;
        char *part = g_strstrip(g_strndup(start, (gsize)(at - start)));
        if (*part)
            g_ptr_array_add(parts, part);
        else
            g_free(part);
        if (!*at)
            return parts;
        start = at + 1;
    }
}

/* What stands between the brackets @open and @close, or NULL where @text is no such thing. Free with g_free(). */
static char *inside(const char *text, char open, char close)
{
    size_t length = strlen(text);
    return length >= 2 && text[0] == open && text[length - 1] == close ? g_strndup(text + 1, length - 2) : NULL;
}

void schema_each_member(const char *members, schema_take *take, void *data)
{
    g_autoptr(GPtrArray) parts = split(members, ';');
    for (guint i = 0; i < parts->len; i++) {
        g_auto(GStrv) halves = g_strsplit(parts->pdata[i], ":", 2);
        const char *name = g_strstrip(halves[0]);
        size_t length = strlen(name);
        bool is_optional = length > 0 && name[length - 1] == '?';
        if (is_optional)
            halves[0][length - 1] = '\0';
        take(name, halves[1] ? halves[1] : "", is_optional, data);
    }
}

static void write_property(const char *name, const char *type, bool is_optional, void *data)
{
    schema_write_type(data, name, type);
}

static void write_required(const char *name, const char *type, bool is_optional, void *data)
{
    if (!is_optional)
        json_text(data, NULL, name);
}

static void write_members(struct json *json, const char *members)
{
    json_begin_object(json, "properties");
    schema_each_member(members, write_property, json);
    json_end(json);
    json_begin_array(json, "required");
    schema_each_member(members, write_required, json);
    json_end(json);
}

static bool write_plain(struct json *json, const char *word, bool or_null)
{
    static const struct {
        const char *word, *kind, *format;
    } plain[] = {
        {"text", "string", NULL},   {"uuid", "string", "uuid"},    {"time", "string", "date-time"},
        {"date", "string", "date"}, {"int", "integer", "int64"},   {"number", "number", NULL},
        {"bool", "boolean", NULL},  {"bytes", "string", "binary"},
    };
    for (size_t i = 0; i < G_N_ELEMENTS(plain); i++) {
        if (strcmp(plain[i].word, word) != 0)
            continue;
        schema_write_kind(json, plain[i].kind, or_null);
        if (plain[i].format)
            json_text(json, "format", plain[i].format);
        return true;
    }
    return strcmp(word, "any") == 0; /* the empty schema */
}

static bool write_container(struct json *json, const char *type, bool or_null)
{
    g_autofree char *items = inside(type, '[', ']'), *members = inside(type, '{', '}'),
                    *values = inside(type, '<', '>');
    if (!items && !members && !values)
        return false;
    schema_write_kind(json, items ? "array" : "object", or_null);
    if (items)
        schema_write_type(json, "items", items);
    else if (members)
        write_members(json, members);
    else
        schema_write_type(json, "additionalProperties", values);
    return true;
}

static bool is_name(const char *type)
{
    return g_ascii_isupper(*type) && type[strspn(type, G_CSET_A_2_Z G_CSET_a_2_z G_CSET_DIGITS)] == '\0';
}

/* The one type that it is, besides null; into an open object. */
static void write_one(struct json *json, const char *type, bool or_null)
{
    if (write_plain(json, type, or_null) || write_container(json, type, or_null))
        return;
    if (is_name(type)) {
        g_autofree char *reference = g_strconcat(REFERENCE, type, NULL);
        json_text(json, "$ref", reference);
    } else {
        json_begin_object(json, "not");
        json_end(json);
    }
}

static void write_several(struct json *json, const GPtrArray *types, bool or_null)
{
    json_begin_array(json, "oneOf");
    for (guint i = 0; i < types->len; i++)
        schema_write_type(json, NULL, types->pdata[i]);
    if (or_null) {
        json_begin_object(json, NULL);
        json_text(json, "type", "null");
        json_end(json);
    }
    json_end(json);
}

static bool is_word(const char *type)
{
    size_t length = strlen(type);
    return length >= 2 && type[0] == '\'' && type[length - 1] == '\'';
}

/* All of them in quotes: then without, as a NULL-terminated vector. */
static bool take_words(GPtrArray *types)
{
    for (guint i = 0; i < types->len; i++)
        if (!is_word(types->pdata[i]))
            return false;
    for (guint i = 0; i < types->len; i++) {
        char *word = inside(types->pdata[i], '\'', '\'');
        g_free(types->pdata[i]);
        types->pdata[i] = word;
    }
    g_ptr_array_add(types, NULL);
    return true;
}

void schema_write_type(struct json *json, const char *key, const char *type)
{
    g_autoptr(GPtrArray) types = split(type, '|');
    bool or_null = false;
    for (guint i = types->len; i-- > 0;)
        if (strcmp(types->pdata[i], "null") == 0)
            or_null = g_ptr_array_remove_index(types, i);
    json_begin_object(json, key);
    if (types->len > 0 && take_words(types))
        schema_write_words(json, (const char *const *)types->pdata, or_null);
    else if (types->len > 1 || (types->len == 1 && or_null && is_name(types->pdata[0])))
        write_several(json, types, or_null);
    else
        write_one(json, types->len == 1 ? types->pdata[0] : "", or_null);
    json_end(json);
}
