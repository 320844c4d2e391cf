/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Fuzz target: the reader of JSON bodies, with a shape that has every kind of field. What was read is then used as a
 * handler would: every text is walked to its end. */
#include <glib.h>
#include <stdint.h>
#include <string.h>

#include "api/body.h"
#include "base/json.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

struct item {
    const char *key, *state;
    struct body_int size, modified;
};
static const char *const states[] = {"seen", "stored", NULL};
static const struct body_field item_fields[] = {
    {.name = "key", .kind = BODY_TEXT, .offset = offsetof(struct item, key), .is_required = true, .min = 1, .max = 64},
    {.name = "state", .kind = BODY_CHOICE, .offset = offsetof(struct item, state), .choices = states},
    {.name = "size", .kind = BODY_INT, .offset = offsetof(struct item, size), .min = 0, .max = INT64_MAX},
    {.name = "modifiedAt", .kind = BODY_TIME, .offset = offsetof(struct item, modified)},
};
static const struct body_shape item_shape = BODY_SHAPE(struct item, item_fields);

struct report {
    struct item first;
    struct body_list items, gone, ids;
    struct body_bool flag;
    struct body_uuid id;
};
static const struct body_field report_fields[] = {
    {.name = "first", .kind = BODY_OBJECT, .offset = offsetof(struct report, first), .inner = &item_shape},
    {.name = "items", .kind = BODY_OBJECTS, .offset = offsetof(struct report, items), .max = 8, .inner = &item_shape},
    {.name = "gone", .kind = BODY_TEXTS, .offset = offsetof(struct report, gone), .max = 8},
    {.name = "ids", .kind = BODY_UUIDS, .offset = offsetof(struct report, ids), .max = 8},
    {.name = "flag", .kind = BODY_BOOL, .offset = offsetof(struct report, flag)},
    {.name = "id", .kind = BODY_UUID, .offset = offsetof(struct report, id)},
};
static const struct body_shape report_shape = BODY_SHAPE(struct report, report_fields);

static void use(const struct report *report)
{
    const struct item *items = report->items.items;
    for (size_t i = 0; i < report->items.n; i++)
        g_assert_true(items[i].key && strlen(items[i].key) <= 64 && g_utf8_validate(items[i].key, -1, NULL));
    const char **gone = report->gone.items;
    for (size_t i = 0; i < report->gone.n; i++)
        g_assert_true(g_utf8_validate(gone[i], -1, NULL));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct report report;
    struct body_problems *problems = NULL;
    struct body *body = body_parse(data, size, &report_shape, &report, &problems, NULL);
    if (body)
        use(&report);
    if (problems) {
        g_autoptr(GString) text = g_string_new(NULL);
        struct json json = json_to(text);
        body_problems_write(problems, &json);
        g_assert_true(g_utf8_validate(text->str, -1, NULL));
    }
    body_problems_free(problems);
    body_free(body);
    return 0;
}
