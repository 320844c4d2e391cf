/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Unit tests of the API's own document: the notation of types, and that the document is whole: every row of the table
 * of routes stands in it once, says what it takes and answers, and refers to nothing that is not there. */
#include <glib.h>
#include <jansson.h>
#include <string.h>

#include "api/openapi.h"
#include "api/operation.h"
#include "api/resources.h"
#include "api/schema.h"
#include "base/json.h"

/* ---- the notation ---- */

static void assert_type(const char *type, const char *wanted)
{
    GString *text = g_string_new(NULL);
    struct json json = json_to(text);
    schema_write_type(&json, NULL, type);
    g_assert_cmpstr(text->str, ==, wanted);
    g_string_free(text, TRUE);
}

static void test_types_are_written_as_json_schema(void)
{
    assert_type("text", "{\"type\":\"string\"}");
    assert_type("uuid|null", "{\"type\":[\"string\",\"null\"],\"format\":\"uuid\"}");
    assert_type("any", "{}");
    assert_type(" 'a' | 'b;c' ", "{\"type\":\"string\",\"enum\":[\"a\",\"b;c\"]}");
    assert_type("'a'|null", "{\"type\":[\"string\",\"null\"],\"enum\":[\"a\",null]}");
    assert_type("[int|null]", "{\"type\":\"array\",\"items\":{\"type\":[\"integer\",\"null\"],\"format\":\"int64\"}}");
    assert_type("<bool>", "{\"type\":\"object\",\"additionalProperties\":{\"type\":\"boolean\"}}");
    assert_type("UserLicense", "{\"$ref\":\"#/components/schemas/UserLicense\"}");
    assert_type("UserLicense|null",
                "{\"oneOf\":[{\"$ref\":\"#/components/schemas/UserLicense\"},{\"type\":\"null\"}]}");
    assert_type(
        "{a: [{b: int}]|null; c?: text}",
        "{\"type\":\"object\",\"properties\":{\"a\":{\"type\":[\"array\",\"null\"],\"items\":{\"type\":\"object\","
        "\"properties\":{\"b\":{\"type\":\"integer\",\"format\":\"int64\"}},\"required\":[\"b\"]}},"
        "\"c\":{\"type\":\"string\"}},\"required\":[\"a\"]}");
}

static void test_what_is_no_type_matches_nothing(void)
{
    static const char *const wrong[] = {"", "txt", "[text", "text]", "'a", "null", "Some Name"};
    for (size_t i = 0; i < G_N_ELEMENTS(wrong); i++)
        assert_type(wrong[i], "{\"not\":{}}");
}

/* ---- the document ---- */

static json_t *load(void)
{
    GString *text = openapi_make();
    json_error_t reason;
    json_t *root = json_loads(text->str, JSON_REJECT_DUPLICATES, &reason);
    if (!root)
        g_error("the document is no JSON: %s at %d", reason.text, reason.position);
    g_string_free(text, TRUE);
    return root;
}

static bool is_api(const struct api_route *row)
{
    return row->handle && !g_str_has_prefix(row->pattern, "/{") && strcmp(row->pattern, "/") != 0;
}

static json_t *operation_at(json_t *root, const struct api_route *row)
{
    g_autofree char *method = g_ascii_strdown(row->method, -1);
    return json_object_get(json_object_get(json_object_get(root, "paths"), row->pattern), method);
}

static void test_every_row_stands_in_it_once(void)
{
    json_t *root = load();
    size_t n_rows = 0, n_shown = 0;
    for (size_t i = 0; i < api_n_routes; i++) {
        if (!is_api(&api_routes[i]))
            continue;
        n_rows++;
        json_t *shown = operation_at(root, &api_routes[i]);
        const char *twin_of = json_string_value(json_object_get(shown, "x-ambrotype-twin-of"));
        const char *id = twin_of ? twin_of : json_string_value(json_object_get(shown, "operationId"));
        g_assert_cmpstr(id, ==, api_routes[i].operation);
    }
    const char *path;
    json_t *methods;
    json_object_foreach(json_object_get(root, "paths"), path, methods) n_shown += json_object_size(methods);
    g_assert_cmpuint(n_shown, ==, n_rows);
    json_decref(root);
}

static void test_ids_of_operations_are_unique(void)
{
    json_t *root = load();
    g_autoptr(GHashTable) seen = g_hash_table_new(g_str_hash, g_str_equal);
    const char *path, *method;
    json_t *methods, *operation;
    json_object_foreach(json_object_get(root, "paths"), path, methods) json_object_foreach(
        methods, method,
        operation) if (!g_hash_table_add(seen, (void *)json_string_value(json_object_get(operation, "operationId"))))
        g_error("%s %s: its operationId stands twice", method, path);
    json_decref(root);
}

static void test_every_parameter_of_a_path_is_told(void)
{
    json_t *root = load();
    for (size_t i = 0; i < api_n_routes; i++) {
        if (!is_api(&api_routes[i]))
            continue;
        size_t n_wanted = 0, n_told = 0, k;
        for (const char *at = api_routes[i].pattern; (at = strchr(at, '{')); at++)
            n_wanted++;
        json_t *parameters = json_object_get(operation_at(root, &api_routes[i]), "parameters"), *parameter;
        json_array_foreach(parameters, k, parameter) n_told +=
            g_str_equal(json_string_value(json_object_get(parameter, "in")), "path");
        g_assert_cmpuint(n_told, ==, n_wanted);
    }
    json_decref(root);
}

/* Follows every "$ref"; a "not" is what a type that nobody can read becomes, but for fields that are refused. */
static void check_references(json_t *root, json_t *value)
{
    const char *key;
    json_t *member;
    size_t i;
    if (json_is_array(value))
        json_array_foreach(value, i, member) check_references(root, member);
    json_object_foreach(value, key, member)
    {
        if (strcmp(key, "not") == 0 && !json_object_get(value, "description"))
            g_error("a type cannot be read: see the notation in api/schema.h");
        if (strcmp(key, "$ref") != 0) {
            check_references(root, member);
            continue;
        }
        g_auto(GStrv) steps = g_strsplit(json_string_value(member), "/", -1);
        json_t *place = root;
        for (char **step = steps + 1; *step; step++)
            place = json_object_get(place, *step);
        if (!place)
            g_error("nobody declares %s: it belongs into a list of schemas*.c", json_string_value(member));
    }
}

static void test_it_refers_to_nothing_that_is_not_there(void)
{
    json_t *root = load();
    check_references(root, root);
    json_decref(root);
}

static void test_every_name_is_declared_once(void)
{
    for (size_t i = 0; schemas[i]; i++)
        for (const struct schema *schema = schemas[i]; schema->name; schema++)
            g_assert_true(schema_find(schema->name) == schema);
    for (size_t i = 0; i < operation_n_groups; i++)
        for (const struct operation *operation = operation_groups[i].operations; operation->name; operation++)
            g_assert_true(operation_find(operation->name, NULL) == operation);
}

static void test_every_row_says_what_it_takes_and_answers(void)
{
    for (size_t i = 0; i < api_n_routes; i++)
        if (is_api(&api_routes[i]) && !operation_find(api_routes[i].operation, NULL))
            g_error("%s is in api/routes.c, and in no list of operations: see api/operation.h",
                    api_routes[i].operation);
}

static void test_every_operation_has_a_row(void)
{
    for (size_t i = 0; i < operation_n_groups; i++)
        for (const struct operation *operation = operation_groups[i].operations; operation->name; operation++) {
            size_t k = 0;
            while (k < api_n_routes && strcmp(api_routes[k].operation, operation->name) != 0)
                k++;
            if (k == api_n_routes)
                g_error("operation %s has no row in api/routes.c", operation->name);
            g_assert_cmpint(operation->answers[0].status, !=, 0);
        }
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/schema/types", test_types_are_written_as_json_schema);
    g_test_add_func("/schema/wrong", test_what_is_no_type_matches_nothing);
    g_test_add_func("/openapi/rows", test_every_row_stands_in_it_once);
    g_test_add_func("/openapi/ids", test_ids_of_operations_are_unique);
    g_test_add_func("/openapi/parameters", test_every_parameter_of_a_path_is_told);
    g_test_add_func("/openapi/references", test_it_refers_to_nothing_that_is_not_there);
    g_test_add_func("/openapi/names", test_every_name_is_declared_once);
    g_test_add_func("/openapi/declared", test_every_row_says_what_it_takes_and_answers);
    g_test_add_func("/openapi/operations", test_every_operation_has_a_row);
    return g_test_run();
}
