/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Queries are read as bodies are, by the same kind of table: their texts are made the JSON values that the table asks
 * for, and what cannot be made one stays a text, which the reader refuses with its own words. */
#include <jansson.h>

#include "api/call.h"
#include "api/operation.h"
#include "api/words.h"

static json_t *bool_or_text(const char *text)
{
    bool value;
    return word_bool(text, &value) ? json_boolean(value) : json_string(text);
}

static json_t *int_or_text(const char *text)
{
    gint64 value;
    return g_ascii_string_to_signed(text, 10, INT64_MIN, INT64_MAX, &value, NULL) ? json_integer(value)
                                                                                  : json_string(text);
}

static json_t *number_or_text(const char *text)
{
    char *end;
    double value = g_ascii_strtod(text, &end);
    json_t *number = *text && !*end ? json_real(value) : NULL; /* NULL also where it is not finite */
    return number ? number : json_string(text);
}

static json_t *list_of(struct call *call, const char *name)
{
    json_t *list = json_array();
    const char *text;
    for (unsigned i = 0; (text = http_query_nth(call->request, name, i)); i++)
        json_array_append_new(list, json_string(text));
    return list;
}

static json_t *value_of(struct call *call, const struct body_field *field, const char *text)
{
    switch (field->kind) {
    case BODY_BOOL:
        return bool_or_text(text);
    case BODY_INT:
        return int_or_text(text);
    case BODY_NUMBER:
        return number_or_text(text);
    case BODY_TEXTS:
    case BODY_UUIDS:
        return list_of(call, field->name);
    default:
        return json_string(text);
    }
}

static void free_body(void *body)
{
    body_free(body);
}

bool call_query(struct call *call, const struct body_shape *shape, void *into, GError **error)
{
    call_check_declared(call, "query", shape, call->operation ? call->operation->query : NULL);
    json_t *root = json_object();
    for (size_t i = 0; i < shape->n_fields; i++) {
        const char *text = http_query(call->request, shape->fields[i].name);
        if (text)
            json_object_set_new(root, shape->fields[i].name, value_of(call, &shape->fields[i], text));
    }
    struct body *body = body_read(root, shape, into, &call->problems, error);
    if (!body)
        return false;
    http_set(call->request, HTTP_SLOT_QUERY, body, free_body);
    return true;
}
