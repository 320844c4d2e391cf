/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Fuzz target of Range, the conditional headers, HTTP dates and parametrised header values. Input: up to six lines, one
 * a header. */
#include <glib.h>
#include <stdint.h>
#include <string.h>

#include "http/header_value.h"
#include "http/negotiate.h"
#include "http/range.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check_range(const char *value, int64_t size)
{
    int64_t first = -7;
    int64_t last = -7;
    if (range_parse(value, size, &first, &last) == RANGE_PART) {
        g_assert_cmpint(first, >=, 0);
        g_assert_cmpint(first, <=, last);
        g_assert_cmpint(last, <, size);
    } else {
        g_assert_cmpint(first, ==, -7);
        g_assert_cmpint(last, ==, -7);
    }
}

static void check_date(const char *text)
{
    int64_t us;
    int64_t again;
    char written[HTTP_DATE_SIZE];
    if (text && http_date_parse(text, &us) && us >= 0) {
        g_assert_true(http_date_parse(http_date_format(us, written), &again));
        g_assert_cmpint(us, ==, again);
    }
}

static void check_values(const char *text)
{
    g_autofree char *main = header_value_main(text);
    g_autofree char *parameter = header_value_parameter(text, "filename");
    g_autofree char *extended = header_value_extended(text, "filename");
    g_assert_cmpuint(strlen(main), <=, strlen(text));
    g_assert_true(!parameter || strlen(parameter) <= strlen(text));
    negotiate_gzip(text);
    g_assert_true(!extended || g_utf8_validate(extended, -1, NULL));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    g_autofree char *text = g_strndup((const char *)data, size);
    g_auto(GStrv) lines = g_strsplit(text, "\n", 6);
    const char *line[6] = {NULL};
    for (guint i = 0; i < 6 && lines[i]; i++)
        line[i] = lines[i];
    static const int64_t sizes[] = {0, 1, 1000, G_MAXINT64};
    for (size_t i = 0; i < G_N_ELEMENTS(sizes); i++)
        check_range(line[0], sizes[i]);
    struct conditions conditions = {"GET", line[1], line[2], line[3], line[4], line[5]};
    struct validator validator = {"etag", INT64_C(784111777000000)};
    conditions_check(&conditions, &validator);
    conditions_allow_range(&conditions, &validator);
    check_date(line[3]);
    if (line[0])
        check_values(line[0]);
    return 0;
}
