/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Unit tests of rate, time left and the line of progress. */
#include <string.h>

#include "client/meter.h"

enum { SECOND_US = 1000000 };

static void test_rate_steady(void)
{
    struct rate rate = {0};
    g_assert_cmpint(rate_per_second(&rate), ==, -1);
    g_assert_cmpint(rate_seconds_left(&rate, 100), ==, -1);
    for (int i = 1; i <= 10; i++)
        rate_sample(&rate, i * 5000000, i * (int64_t)SECOND_US);
    g_assert_cmpint(ABS(rate_per_second(&rate) - 5000000), <, 10);
    g_assert_cmpint(ABS(rate_seconds_left(&rate, 50000000) - 10), <=, 1);
    g_assert_cmpint(rate_seconds_left(&rate, 0), ==, 0);
}

/* After a standstill of a half-life the rate has halved; it does not jump to nought. */
static void test_rate_smooth(void)
{
    struct rate rate = {0};
    for (int i = 1; i <= 200; i++)
        rate_sample(&rate, i * 1000000, i * (int64_t)SECOND_US);
    for (int i = 1; i <= 10; i++)
        rate_sample(&rate, 200 * 1000000, (200 + i) * (int64_t)SECOND_US);
    g_assert_cmpint(rate_per_second(&rate), >, 480000);
    g_assert_cmpint(rate_per_second(&rate), <, 520000);
}

/* Bytes that have to be sent again never make it negative, and a crawl has no time left that means anything. */
static void test_rate_odd(void)
{
    struct rate rate = {0};
    rate_sample(&rate, 1000, SECOND_US);
    rate_sample(&rate, 0, 2 * SECOND_US);
    g_assert_cmpint(rate_per_second(&rate), ==, 0);
    g_assert_cmpint(rate_seconds_left(&rate, 1000), ==, -1);
}

static void test_words(void)
{
    static const struct {
        int64_t seconds;
        const char *text;
    } rows[] = {{0, "0 s"},    {59, "59 s"},  {60, "1 min"},       {89, "1 min"},     {90, "2 min"},
                {3570, "1 h"}, {3600, "1 h"}, {3900, "1 h 5 min"}, {200000, "2 days"}};
    for (size_t i = 0; i < G_N_ELEMENTS(rows); i++) {
        g_autofree char *text = meter_duration(rows[i].seconds);
        g_assert_cmpstr(text, ==, rows[i].text);
    }
    g_autofree char *a = meter_count(999), *b = meter_count(4312), *c = meter_count(1234567);
    g_assert_cmpstr(a, ==, "999");
    g_assert_cmpstr(b, ==, "4,312");
    g_assert_cmpstr(c, ==, "1,234,567");
}

static const struct meter_view half = {
    .phase = METER_WORKING,
    .items_done = 1234,
    .items_total = 4312,
    .bytes_done = 5000000000,
    .bytes_total = 10000000000,
    .bytes_per_second = 18000000,
    .seconds_left = 278,
};

static void test_line_fits(void)
{
    for (size_t width = 10; width <= 200; width++) {
        g_autofree char *line = meter_line(&half, width);
        g_assert_cmpuint(strlen(line), <=, width);
        g_assert_true(g_str_is_ascii(line)); /* one byte a column */
        g_assert_true(width < 20 || !g_str_has_suffix(line, ","));
    }
    g_autofree char *narrow = meter_line(&half, 59);
    g_assert_nonnull(strstr(narrow, "-] 1,234 of 4,312, 5.0 of 10.0 GB, 5 min left"));
    g_autofree char *wide = meter_line(&half, 100);
    g_assert_nonnull(strstr(wide, "] 1,234 of 4,312, 5.0 GB of 10.0 GB, 18.0 MB/s, 5 min left"));
    g_assert_nonnull(strstr(wide, "#---"));
}

/* A terminal of 60 columns has room for a bar and the time left, also in a large library and while it waits. */
static void test_line_narrow(void)
{
    struct meter_view view = half;
    view.items_done = 123456;
    view.items_total = 1234567;
    view.bytes_total = 12345678901234;
    view.seconds_left = 7500;
    g_autofree char *line = meter_line(&view, 59);
    g_assert_true(g_str_has_prefix(line, "[-"));
    g_assert_nonnull(strstr(line, "123,456 of 1,234,567, 2 h 5 min left"));
    view = half;
    view.phase = METER_WAITING;
    g_autofree char *waiting = meter_line(&view, 59);
    g_assert_true(g_str_has_prefix(waiting, "[#"));
    g_assert_nonnull(strstr(waiting, "1,234 of 4,312, waiting for connection"));
}

static void test_line_phases(void)
{
    struct meter_view view = {.phase = METER_SCANNING, .items_done = 77};
    g_autofree char *scanning = meter_line(&view, 79);
    g_assert_cmpstr(scanning, ==, "Looking for photos and videos: 77 so far");
    view = half;
    view.phase = METER_WAITING;
    g_autofree char *waiting = meter_line(&view, 79);
    g_assert_nonnull(strstr(waiting, "waiting for connection"));
    g_assert_null(strstr(waiting, "left"));
    struct meter_view nothing = {.phase = METER_WORKING, .bytes_per_second = -1, .seconds_left = -1};
    g_autofree char *empty = meter_line(&nothing, 79);
    g_assert_nonnull(strstr(empty, "0 of 0"));
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/client/meter/rate-steady", test_rate_steady);
    g_test_add_func("/client/meter/rate-smooth", test_rate_smooth);
    g_test_add_func("/client/meter/rate-odd", test_rate_odd);
    g_test_add_func("/client/meter/words", test_words);
    g_test_add_func("/client/meter/line-fits", test_line_fits);
    g_test_add_func("/client/meter/line-narrow", test_line_narrow);
    g_test_add_func("/client/meter/line-phases", test_line_phases);
    return g_test_run();
}
