/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * What body_parse() takes, as JSON Schema: the same table of fields, seen from outside. */
#include "api/body.h"
#include "api/openapi.h"
#include "api/schema.h"
#include "base/json.h"

static void write_number(struct json *json, const struct body_field *field, const char *kind)
{
    schema_write_kind(json, kind, field->knows_null);
    if (field->min != 0 || field->max != 0) {
        json_int(json, "minimum", field->min);
        json_int(json, "maximum", field->max);
    }
}

/* The reader counts bytes, JSON Schema characters, of which there are no more. */
static void write_text(struct json *json, const struct body_field *field)
{
    schema_write_kind(json, "string", field->knows_null);
    if (field->min > 0)
        json_int(json, "minLength", field->min);
    json_int(json, "maxLength", field->max > 0 ? field->max : BODY_DEFAULT_MAX);
}

static void write_format(struct json *json, const struct body_field *field, const char *format)
{
    schema_write_kind(json, "string", field->knows_null);
    json_text(json, "format", format);
}

static void write_list(struct json *json, const struct body_field *field)
{
    static const struct body_field text = {.kind = BODY_TEXT}, uuid = {.kind = BODY_UUID}, number = {.kind = BODY_INT};
    schema_write_kind(json, "array", field->knows_null);
    if (field->min > 0)
        json_int(json, "minItems", field->min);
    json_int(json, "maxItems", field->max);
    if (field->kind == BODY_OBJECTS)
        openapi_write_shape(json, "items", field->inner);
    else
        openapi_write_field(json, "items",
                            field->kind == BODY_TEXTS  ? &text
                            : field->kind == BODY_INTS ? &number
                                                       : &uuid);
}

static void write_refused(struct json *json)
{
    json_text(json, "description", "Known, and refused: this server cannot do it.");
    json_begin_object(json, "not");
    json_end(json);
}

void openapi_write_field(struct json *json, const char *key, const struct body_field *field)
{
    if (field->kind == BODY_OBJECT) {
        openapi_write_shape(json, key, field->inner);
        return;
    }
    json_begin_object(json, key);
    switch (field->kind) {
    case BODY_TEXT:
        write_text(json, field);
        break;
    case BODY_CHOICE:
        schema_write_words(json, field->choices, field->knows_null);
        break;
    case BODY_BOOL:
        schema_write_kind(json, "boolean", false);
        break;
    case BODY_INT:
        write_number(json, field, "integer");
        break;
    case BODY_NUMBER:
        write_number(json, field, "number");
        break;
    case BODY_TIME:
        write_format(json, field, "date-time");
        break;
    case BODY_UUID:
        write_format(json, field, "uuid");
        break;
    case BODY_TEXTS:
    case BODY_UUIDS:
    case BODY_INTS:
    case BODY_OBJECTS:
        write_list(json, field);
        break;
    case BODY_REFUSED:
        write_refused(json);
        break;
    case BODY_JSON:
        schema_write_kind(json, "object", false);
        break;
    case BODY_OBJECT:
        break;
    }
    json_end(json);
}

void openapi_write_shape(struct json *json, const char *key, const struct body_shape *shape)
{
    json_begin_object(json, key);
    json_text(json, "type", "object");
    json_begin_object(json, "properties");
    for (size_t i = 0; i < shape->n_fields; i++)
        openapi_write_field(json, shape->fields[i].name, &shape->fields[i]);
    json_end(json);
    json_begin_array(json, "required");
    for (size_t i = 0; i < shape->n_fields; i++)
        if (shape->fields[i].is_required)
            json_text(json, NULL, shape->fields[i].name);
    json_end(json);
    json_end(json);
}
