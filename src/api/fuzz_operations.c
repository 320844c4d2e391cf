/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Fuzz target: the JSON bodies of the real operations, each read by the table that it declares. Input: the name of an
 * operation, a line feed, the body. The reader itself, with every kind of field, is fuzz_json_body's. */
#include <glib.h>
#include <stdint.h>
#include <string.h>

#include "api/body.h"
#include "api/operation.h"
#include "base/json.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void read_body(const struct body_shape *shape, const void *json, size_t size)
{
    g_autofree void *into = g_malloc0(shape->size + 1);
    struct body_problems *problems = NULL;
    g_autoptr(GError) error = NULL;
    struct body *body = body_parse(json, size, shape, into, &problems, &error);
    g_assert_true((body != NULL) == (error == NULL));
    if (problems) {
        g_autoptr(GString) text = g_string_new(NULL);
        struct json writer = json_to(text);
        body_problems_write(problems, &writer);
        g_assert_true(g_utf8_validate(text->str, -1, NULL));
    }
    body_problems_free(problems);
    body_free(body);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    const uint8_t *feed = size > 0 ? memchr(data, '\n', size) : NULL;
    if (!feed)
        return 0;
    g_autofree char *name = g_strndup((const char *)data, (gsize)(feed - data));
    const struct operation *operation = operation_find(name, NULL);
    const uint8_t *json = feed + 1;
    size_t json_size = size - (size_t)(json - data);
    if (operation && operation->body)
        read_body(operation->body, json, json_size);
    if (operation && operation->query && operation->query->size > 0)
        read_body(operation->query, json, json_size);
    return 0;
}
