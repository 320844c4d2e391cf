/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "api/body.h"

#include <jansson.h>
#include <string.h>

#include "base/clock.h"
#include "base/error.h"
#include "base/json.h"

struct body {
    json_t *root;     /* owns the texts */
    GPtrArray *lists; /* owns the items of lists, and texts that were made */
};

struct body_problems {
    GPtrArray *pairs; /* path, message, path, message, … */
};

const char body_null[] = "";

/* ---- problems ---- */

struct body_problems *body_problems_new(void)
{
    struct body_problems *problems = g_new0(struct body_problems, 1);
    problems->pairs = g_ptr_array_new_with_free_func(g_free);
    return problems;
}

void body_problems_free(struct body_problems *problems)
{
    if (!problems)
        return;
    g_ptr_array_unref(problems->pairs);
    g_free(problems);
}

void body_problem(struct body_problems *problems, const char *path, const char *format, ...)
{
    if (problems->pairs->len >= 2 * BODY_MAX_PROBLEMS)
        return;
    va_list args;
    va_start(args, format);
    g_ptr_array_add(problems->pairs, g_strdup(path));
    g_ptr_array_add(problems->pairs, g_strdup_vprintf(format, args));
    va_end(args);
}

bool body_problems_any(const struct body_problems *problems)
{
    return problems->pairs->len > 0;
}

void body_problems_write(const struct body_problems *problems, struct json *json)
{
    json_begin_object(json, NULL);
    json_text(json, "message", "Validation failed");
    json_begin_array(json, "errors");
    for (guint i = 0; i + 1 < problems->pairs->len; i += 2) {
        json_begin_object(json, NULL);
        json_text(json, "path", problems->pairs->pdata[i]);
        json_text(json, "message", problems->pairs->pdata[i + 1]);
        json_end(json);
    }
    json_end(json);
    json_end(json);
}

/* ---- fields ---- */

/* One object on the way down: where it stands, and whom to tell. */
struct reading {
    struct body *body;
    struct body_problems *problems;
    GString *path;
};

static void read_object(struct reading *reading, json_t *object, const struct body_shape *shape, void *into);

static void read_text(struct reading *reading, json_t *value, const struct body_field *field, const char **into)
{
    const char *path = reading->path->str;
    if (!json_is_string(value)) {
        body_problem(reading->problems, path, "must be text");
        return;
    }
    int64_t length = (int64_t)json_string_length(value);
    int64_t max = field->max > 0 ? field->max : BODY_DEFAULT_MAX;
    if (length < field->min && field->min == 1)
        body_problem(reading->problems, path, "must not be empty");
    else if (length < field->min)
        body_problem(reading->problems, path, "must have at least %" G_GINT64_FORMAT " characters", field->min);
    else if (length > max)
        body_problem(reading->problems, path, "must have at most %" G_GINT64_FORMAT " bytes", max);
    *into = json_string_value(value);
}

static void read_choice(struct reading *reading, json_t *value, const struct body_field *field, const char **into)
{
    const char *text = json_string_value(value);
    for (const char *const *choice = field->choices; text && *choice; choice++)
        if (strcmp(*choice, text) == 0) {
            *into = *choice;
            return;
        }
    g_autofree char *all = g_strjoinv(", ", (char **)field->choices);
    body_problem(reading->problems, reading->path->str, "must be one of: %s", all);
}

static void read_bool(struct reading *reading, json_t *value, struct body_bool *into)
{
    if (json_is_boolean(value))
        *into = (struct body_bool){true, json_is_true(value)};
    else
        body_problem(reading->problems, reading->path->str, "must be true or false");
}

static void read_int(struct reading *reading, json_t *value, const struct body_field *field, struct body_int *into)
{
    if (!json_is_integer(value)) {
        body_problem(reading->problems, reading->path->str, "must be a whole number");
        return;
    }
    int64_t number = json_integer_value(value);
    bool is_bounded = field->min != 0 || field->max != 0;
    if (is_bounded && (number < field->min || number > field->max))
        body_problem(reading->problems, reading->path->str, "must be from %" G_GINT64_FORMAT " to %" G_GINT64_FORMAT,
                     field->min, field->max);
    *into = (struct body_int){.is_set = true, .value = number};
}

static void read_number(struct reading *reading, json_t *value, const struct body_field *field,
                        struct body_number *into)
{
    double number = json_number_value(value);
    bool is_bounded = field->min != 0 || field->max != 0;
    if (!json_is_number(value))
        body_problem(reading->problems, reading->path->str, "must be a number");
    else if (is_bounded && (number < (double)field->min || number > (double)field->max))
        body_problem(reading->problems, reading->path->str, "must be from %" G_GINT64_FORMAT " to %" G_GINT64_FORMAT,
                     field->min, field->max);
    *into = (struct body_number){true, number};
}

static void read_null(const struct body_field *field, void *into)
{
    if (field->kind == BODY_INT || field->kind == BODY_TIME)
        ((struct body_int *)into)->is_null = true;
    else if (field->kind == BODY_UUID)
        ((struct body_uuid *)into)->is_null = true;
    else if (field->kind == BODY_UUIDS)
        ((struct body_list *)into)->is_null = true;
    else if (field->kind == BODY_TEXT || field->kind == BODY_CHOICE)
        *(const char **)into = body_null;
}

static void read_json(struct reading *reading, json_t *value, const struct body_field *field, const char **into)
{
    if (!json_is_object(value)) {
        body_problem(reading->problems, reading->path->str, "must be an object");
        return;
    }
    char *dumped = json_dumps(value, JSON_COMPACT);
    char *text = g_strdup(dumped);
    free(dumped);
    g_ptr_array_add(reading->body->lists, text);
    if (strlen(text) > (size_t)field->max)
        body_problem(reading->problems, reading->path->str, "must have at most %" G_GINT64_FORMAT " bytes", field->max);
    *into = text;
}

static void read_time(struct reading *reading, json_t *value, struct body_int *into)
{
    int64_t us;
    if (json_is_string(value) && iso_parse(json_string_value(value), &us))
        *into = (struct body_int){.is_set = true, .value = us};
    else
        body_problem(reading->problems, reading->path->str, "must be a date and time in ISO 8601");
}

static bool read_uuid(struct reading *reading, json_t *value, struct uuid *into)
{
    if (json_is_string(value) && uuid_parse_v4(json_string_value(value), into))
        return true;
    body_problem(reading->problems, reading->path->str, "must be a UUID (version 4)");
    return false;
}

static size_t item_size(const struct body_field *field)
{
    switch (field->kind) {
    case BODY_TEXTS:
        return sizeof(const char *);
    case BODY_UUIDS:
        return sizeof(struct uuid);
    case BODY_INTS:
        return sizeof(int64_t);
    default:
        return field->inner->size;
    }
}

static void read_whole(struct reading *reading, json_t *value, int64_t *into)
{
    if (json_is_integer(value))
        *into = json_integer_value(value);
    else
        body_problem(reading->problems, reading->path->str, "must be a whole number");
}

static void read_item(struct reading *reading, json_t *value, const struct body_field *field, void *into)
{
    static const struct body_field any_text = {.kind = BODY_TEXT};
    if (field->kind == BODY_TEXTS)
        read_text(reading, value, &any_text, into);
    else if (field->kind == BODY_UUIDS)
        read_uuid(reading, value, into);
    else if (field->kind == BODY_INTS)
        read_whole(reading, value, into);
    else
        read_object(reading, value, field->inner, into);
}

static void read_list(struct reading *reading, json_t *value, const struct body_field *field, struct body_list *into)
{
    if (!json_is_array(value)) {
        body_problem(reading->problems, reading->path->str, "must be a list");
        return;
    }
    size_t n = json_array_size(value);
    if (n > (size_t)field->max) {
        body_problem(reading->problems, reading->path->str, "must have at most %" G_GINT64_FORMAT " items", field->max);
        return;
    }
    if (n < (size_t)field->min)
        body_problem(reading->problems, reading->path->str, "must have at least %" G_GINT64_FORMAT " items",
                     field->min);
    size_t each = item_size(field);
    char *items = g_malloc0_n(n + 1, each);
    g_ptr_array_add(reading->body->lists, items);
    *into = (struct body_list){.is_set = true, .items = items, .n = n};
    size_t length = reading->path->len;
    for (size_t i = 0; i < n && reading->problems->pairs->len < 2 * BODY_MAX_PROBLEMS; i++) {
        g_string_append_printf(reading->path, ".%zu", i);
        read_item(reading, json_array_get(value, i), field, items + i * each);
        g_string_truncate(reading->path, length);
    }
}

static void read_value(struct reading *reading, json_t *value, const struct body_field *field, void *into)
{
    switch (field->kind) {
    case BODY_TEXT:
        read_text(reading, value, field, into);
        break;
    case BODY_CHOICE:
        read_choice(reading, value, field, into);
        break;
    case BODY_BOOL:
        read_bool(reading, value, into);
        break;
    case BODY_INT:
        read_int(reading, value, field, into);
        break;
    case BODY_NUMBER:
        read_number(reading, value, field, into);
        break;
    case BODY_TIME:
        read_time(reading, value, into);
        break;
    case BODY_UUID: {
        struct body_uuid *uuid = into;
        uuid->is_set = read_uuid(reading, value, &uuid->value);
        break;
    }
    case BODY_OBJECT:
        read_object(reading, value, field->inner, into);
        break;
    case BODY_REFUSED:
        body_problem(reading->problems, reading->path->str, "is not supported by this server");
        break;
    case BODY_JSON:
        read_json(reading, value, field, into);
        break;
    case BODY_TEXTS:
    case BODY_UUIDS:
    case BODY_INTS:
    case BODY_OBJECTS:
        read_list(reading, value, field, into);
        break;
    }
}

static void read_object(struct reading *reading, json_t *object, const struct body_shape *shape, void *into)
{
    size_t length = reading->path->len;
    if (!json_is_object(object)) {
        body_problem(reading->problems, reading->path->str, "must be an object");
        return;
    }
    for (size_t i = 0; i < shape->n_fields; i++) {
        const struct body_field *field = &shape->fields[i];
        json_t *value = json_object_get(object, field->name);
        if (length > 0)
            g_string_append_c(reading->path, '.');
        g_string_append(reading->path, field->name);
        if (value && !json_is_null(value))
            read_value(reading, value, field, (char *)into + field->offset);
        else if (value && field->knows_null)
            read_null(field, (char *)into + field->offset);
        else if (field->is_required)
            body_problem(reading->problems, reading->path->str, "is missing");
        g_string_truncate(reading->path, length);
    }
}

/* ---- the whole ---- */

/* jansson takes 2,048 levels, each a frame of its recursion; nothing that we read needs more than a few. */
static bool is_too_deep(const char *json, size_t size)
{
    unsigned depth = 0;
    bool in_text = false;
    for (size_t i = 0; i < size; i++) {
        char c = json[i];
        if (in_text && c == '\\')
            i++;
        else if (c == '"')
            in_text = !in_text;
        else if (!in_text && (c == '{' || c == '[') && ++depth > BODY_DEPTH)
            return true;
        else if (!in_text && (c == '}' || c == ']') && depth > 0)
            depth--;
    }
    return false;
}

json_t *body_load(const void *json, size_t size, GError **error)
{
    if (size == 0)
        return err_set(error, ERR_INVALID, "The body is empty: a JSON object is expected."), NULL;
    if (is_too_deep(json, size))
        return err_set(error, ERR_INVALID, "The JSON of the body is nested too deep."), NULL;
    json_error_t reason;
    json_t *root = json_loadb(json, size, JSON_REJECT_DUPLICATES, &reason);
    if (!root) {
        err_set_detail(error, ERR_INVALID, reason.text, "The body is not valid JSON (line %d, column %d).", reason.line,
                       reason.column);
        return NULL;
    }
    if (!json_is_object(root)) {
        json_decref(root);
        return err_set(error, ERR_INVALID, "The body must be a JSON object."), NULL;
    }
    return root;
}

struct body *body_parse(const void *json, size_t size, const struct body_shape *shape, void *ret_struct,
                        struct body_problems **ret_problems, GError **error)
{
    memset(ret_struct, 0, shape->size);
    json_t *root = body_load(json, size, error);
    return root ? body_read(root, shape, ret_struct, ret_problems, error) : NULL;
}

struct body *body_read(json_t *root, const struct body_shape *shape, void *ret_struct,
                       struct body_problems **ret_problems, GError **error)
{
    memset(ret_struct, 0, shape->size);
    struct body *body = g_new0(struct body, 1);
    body->root = root;
    body->lists = g_ptr_array_new_with_free_func(g_free);

    g_autoptr(GString) path = g_string_new(NULL);
    struct reading reading = {body, body_problems_new(), path};
    read_object(&reading, root, shape, ret_struct);
    if (!body_problems_any(reading.problems)) {
        body_problems_free(reading.problems);
        return body;
    }
    err_set(error, ERR_INVALID, "%s: %s.", (char *)reading.problems->pairs->pdata[0],
            (char *)reading.problems->pairs->pdata[1]);
    if (ret_problems)
        *ret_problems = reading.problems;
    else
        body_problems_free(reading.problems);
    body_free(body);
    memset(ret_struct, 0, shape->size);
    return NULL;
}

void body_free(struct body *body)
{
    if (!body)
        return;
    json_decref(body->root);
    g_ptr_array_unref(body->lists);
    g_free(body);
}

void body_auto_free(struct body **body)
{
    body_free(*body);
}
