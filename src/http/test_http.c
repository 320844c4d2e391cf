/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Unit tests of what the HTTP room parses: tables of inputs and what they mean. */
#include <glib.h>
#include <netinet/in.h>
#include <string.h>

#include "base/error.h"
#include "http/cookie.h"
#include "http/header_value.h"
#include "http/negotiate.h"
#include "http/proxy.h"
#include "http/query.h"
#include "http/range.h"
#include "http/router.h"

/* ---- queries, cookies, header values ---- */

static void test_percent_decoding_is_strict(void)
{
    static const struct {
        const char *text;
        bool plus;
        const char *want;
    } rows[] = {
        {"", false, ""},
        {"a%20b+c", false, "a b+c"},
        {"a%20b+c", true, "a b c"},
        {"%C3%a9", false, "\xc3\xa9"},
        {"\xc3\xa9", false, "\xc3\xa9"},
        {"%", false, NULL},
        {"%4", false, NULL},
        {"%4g", false, NULL},
        {"%%41", false, NULL},
        {"%00", false, NULL},
        {"%ff", false, NULL},
        {"%C3", false, NULL},
        {"%ED%A0%80", false, NULL}, /* a surrogate */
        {"%C0%AF", false, NULL},    /* an overlong slash */
    };
    for (size_t i = 0; i < G_N_ELEMENTS(rows); i++) {
        g_autofree char *got = percent_decode(rows[i].text, strlen(rows[i].text), rows[i].plus);
        g_assert_cmpstr(got, ==, rows[i].want);
    }
    g_autofree char *encoded = percent_encode("a-b_c.~ /\xc3\xa9\"");
    g_assert_cmpstr(encoded, ==, "a-b_c.~%20%2F%C3%A9%22");
}

static void test_query(void)
{
    struct query *query = query_parse("a=1&b&a=2&&c=x%3Dy=z&=v&d=", NULL);
    g_assert_cmpstr(query_get(query, "a"), ==, "1");
    g_assert_cmpstr(query_get_nth(query, "a", 1), ==, "2");
    g_assert_null(query_get_nth(query, "a", 2));
    g_assert_cmpstr(query_get(query, "b"), ==, "");
    g_assert_cmpstr(query_get(query, "c"), ==, "x=y=z");
    g_assert_cmpstr(query_get(query, "d"), ==, "");
    g_assert_null(query_get(query, "e"));
    query_free(query);
    g_assert_null(query_get(NULL, "a"));
    g_autofree char *many = g_strnfill(600, 'x');
    for (unsigned i = 1; i < 600; i += 2)
        many[i] = '&';
    g_autoptr(GError) error = NULL;
    g_assert_null(query_parse(many, &error));
    g_assert_true(err_is(error, ERR_LIMIT));
    g_clear_error(&error);
    g_assert_null(query_parse("a=%f", &error));
    g_assert_true(err_is(error, ERR_INVALID));
}

static void test_cookies(void)
{
    static const struct {
        const char *header;
        const char *want;
    } rows[] = {
        {NULL, NULL},
        {"", NULL},
        {"t=1", "1"},
        {"a=2; t=1; b=3", "1"},
        {"t=\"x y\"", "x y"},
        {"t = 1 ;", "1"},
        {"tt=1; xt=2", NULL},
        {"t=1; t=2", "1"},
        {"t", NULL},
        {"t=", ""},
        {"t=a=b", "a=b"},
        {";;t=1", "1"},
        {"T=1", NULL},
        {"a=\"x; t=1", "1"},
        {"t=\"unclosed", "\"unclosed"},
    };
    for (size_t i = 0; i < G_N_ELEMENTS(rows); i++) {
        g_autofree char *got = cookie_get(rows[i].header, "t");
        g_assert_cmpstr(got, ==, rows[i].want);
    }
    g_assert_true(cookie_is_valid("a_b", "x-y.z=/+"));
    g_assert_false(cookie_is_valid("a b", "x"));
    g_assert_false(cookie_is_valid("", "x"));
    g_assert_false(cookie_is_valid("a", "x;y"));
    g_assert_false(cookie_is_valid("a", "x\r\ny"));
    g_assert_false(cookie_is_valid("a", "\xc3\xa9"));
}

static void test_header_values(void)
{
    static const struct {
        const char *value;
        const char *want;
    } rows[] = {
        {"form-data; name=x", "x"},
        {"form-data; NAME = \"x y\" ; a=b", "x y"},
        {"form-data; name=\"a;b\"", "a;b"},
        {"form-data; other=\"; name=no\"; name=yes", "yes"},
        {"form-data; flag; name=yes", "yes"},
        {"form-data; name=\"a\\\"b\\\\c\\d\"", "a\"b\\c\\d"},
        {"form-data; name=\"open", NULL},
        {"form-data; name=\"x\"y", NULL},
        {"form-data; filename=x", NULL},
        {"form-data", NULL},
        {"form-data; name=", ""},
        {"form-data;;; name=x", "x"},
    };
    for (size_t i = 0; i < G_N_ELEMENTS(rows); i++) {
        g_autofree char *got = header_value_parameter(rows[i].value, "name");
        g_assert_cmpstr(got, ==, rows[i].want);
    }
    g_autofree char *main = header_value_main(" Form-Data ; x=y");
    g_assert_cmpstr(main, ==, "form-data");
    g_autofree char *euro = header_value_extended("a; f*=utf-8'en'%e2%82%ac; f=x", "f");
    g_assert_cmpstr(euro, ==, "\xe2\x82\xac");
    g_assert_null(header_value_extended("a; f*=iso-8859-1''%e4", "f"));
    g_assert_null(header_value_extended("a; f*=utf-8''%e4", "f"));
    g_assert_null(header_value_extended("a; f*=utf-8", "f"));
}

static void test_gzip_negotiation(void)
{
    static const struct {
        const char *value;
        bool want;
    } rows[] = {
        {NULL, false},       {"", false},
        {"gzip", true},      {"br, GZIP;q=0.5", true},
        {"gzip;q=0", false}, {"gzip; q=0.0, *", false},
        {"*", true},         {"*;q=0", false},
        {"gzipped", false},  {",,gzip", true},
        {"identity", false}, {";q=1", false},
    };
    for (size_t i = 0; i < G_N_ELEMENTS(rows); i++)
        g_assert_cmpint(negotiate_gzip(rows[i].value), ==, rows[i].want);
}

/* ---- ranges and conditions ---- */

static void test_ranges(void)
{
    static const struct {
        const char *value;
        int64_t size;
        enum range_result want;
        int64_t first;
        int64_t last;
    } rows[] = {
        {NULL, 10, RANGE_WHOLE, 0, 0},
        {"bytes=0-0", 10, RANGE_PART, 0, 0},
        {"bytes=0-", 10, RANGE_PART, 0, 9},
        {"Bytes= 2-5 ", 10, RANGE_PART, 2, 5},
        {"bytes=2-50", 10, RANGE_PART, 2, 9},
        {"bytes=-3", 10, RANGE_PART, 7, 9},
        {"bytes=-30", 10, RANGE_PART, 0, 9},
        {"bytes=9-9", 10, RANGE_PART, 9, 9},
        {"bytes=10-", 10, RANGE_UNSATISFIED, 0, 0},
        {"bytes=-0", 10, RANGE_UNSATISFIED, 0, 0},
        {"bytes=0-", 0, RANGE_UNSATISFIED, 0, 0},
        {"bytes=-1", 0, RANGE_UNSATISFIED, 0, 0},
        {"bytes=99999999999999999999-", 10, RANGE_UNSATISFIED, 0, 0},
        {"bytes=0-99999999999999999999", 10, RANGE_PART, 0, 9},
        {"bytes=-99999999999999999999", 10, RANGE_PART, 0, 9},
        {"bytes=5-4", 10, RANGE_WHOLE, 0, 0},
        {"bytes=0-1,3-4", 10, RANGE_WHOLE, 0, 0},
        {"bytes=-", 10, RANGE_WHOLE, 0, 0},
        {"bytes=", 10, RANGE_WHOLE, 0, 0},
        {"bytes=a-b", 10, RANGE_WHOLE, 0, 0},
        {"bytes=1-2x", 10, RANGE_WHOLE, 0, 0},
        {"bytes=+1-2", 10, RANGE_WHOLE, 0, 0},
        {"items=0-1", 10, RANGE_WHOLE, 0, 0},
        {"bytes 0-1", 10, RANGE_WHOLE, 0, 0},
    };
    for (size_t i = 0; i < G_N_ELEMENTS(rows); i++) {
        int64_t first = 0;
        int64_t last = 0;
        g_assert_cmpint(range_parse(rows[i].value, rows[i].size, &first, &last), ==, rows[i].want);
        g_assert_cmpint(first, ==, rows[i].first);
        g_assert_cmpint(last, ==, rows[i].last);
    }
}

static const char date[] = "Sun, 06 Nov 1994 08:49:37 GMT";
static const char before_date[] = "Sun, 06 Nov 1994 08:49:36 GMT";
static const int64_t date_us = INT64_C(784111777000000);

static void test_conditions(void)
{
    static const struct {
        struct conditions conditions;
        enum condition_result want;
    } rows[] = {
        {{.method = "GET"}, CONDITION_PASS},
        {{.method = "GET", .if_none_match = "\"tag\""}, CONDITION_NOT_MODIFIED},
        {{.method = "HEAD", .if_none_match = "\"a\" , W/\"tag\""}, CONDITION_NOT_MODIFIED},
        {{.method = "GET", .if_none_match = "*"}, CONDITION_NOT_MODIFIED},
        {{.method = "GET", .if_none_match = "\"other\""}, CONDITION_PASS},
        {{.method = "GET", .if_none_match = "tag"}, CONDITION_PASS},
        {{.method = "GET", .if_none_match = "\"tag"}, CONDITION_PASS},
        {{.method = "PUT", .if_none_match = "\"tag\""}, CONDITION_FAILED},
        /* If-Modified-Since is ignored beside If-None-Match. */
        {{.method = "GET", .if_none_match = "\"other\"", .if_modified_since = date}, CONDITION_PASS},
        {{.method = "GET", .if_modified_since = date}, CONDITION_NOT_MODIFIED},
        {{.method = "GET", .if_modified_since = before_date}, CONDITION_PASS},
        {{.method = "GET", .if_modified_since = "yesterday"}, CONDITION_PASS},
        {{.method = "PUT", .if_modified_since = date}, CONDITION_PASS},
        {{.method = "GET", .if_match = "\"tag\""}, CONDITION_PASS},
        {{.method = "GET", .if_match = "*"}, CONDITION_PASS},
        {{.method = "GET", .if_match = "W/\"tag\""}, CONDITION_FAILED},
        {{.method = "GET", .if_match = "\"a\",\"b\""}, CONDITION_FAILED},
        {{.method = "GET", .if_unmodified_since = date}, CONDITION_PASS},
        {{.method = "GET", .if_unmodified_since = before_date}, CONDITION_FAILED},
        {{.method = "GET", .if_match = "\"tag\"", .if_unmodified_since = before_date}, CONDITION_PASS},
    };
    struct validator validator = {"tag", date_us + 400000}; /* fractions do not count */
    for (size_t i = 0; i < G_N_ELEMENTS(rows); i++)
        g_assert_cmpint(conditions_check(&rows[i].conditions, &validator), ==, rows[i].want);
}

static void test_if_range(void)
{
    static const struct {
        const char *value;
        bool want;
    } rows[] = {
        {NULL, true}, {"\"tag\"", true},    {"W/\"tag\"", false}, {"\"other\"", false},
        {date, true}, {before_date, false}, {"tag", false},       {"*", false},
    };
    struct validator validator = {"tag", date_us};
    for (size_t i = 0; i < G_N_ELEMENTS(rows); i++) {
        struct conditions conditions = {.method = "GET", .if_range = rows[i].value};
        g_assert_cmpint(conditions_allow_range(&conditions, &validator), ==, rows[i].want);
    }
}

static void test_dates(void)
{
    static const char *const forms[] = {date, "Sunday, 06-Nov-94 08:49:37 GMT", "Sun Nov  6 08:49:37 1994"};
    static const char *const bad[] = {"",
                                      "Sun, 06 Nov 1994 08:49:37",
                                      "Sun, 06 Nov 1994 08:49:37 GMT+1",
                                      "Sun, 31 Feb 1994 08:49:37 GMT",
                                      "Sun, 06 Foo 1994 08:49:37 GMT",
                                      "Sun, 06 Nov 1994 25:49:37 GMT",
                                      "1994-11-06T08:49:37Z"};
    for (size_t i = 0; i < G_N_ELEMENTS(forms); i++) {
        int64_t us = 0;
        g_assert_true(http_date_parse(forms[i], &us));
        g_assert_cmpint(us, ==, date_us);
    }
    for (size_t i = 0; i < G_N_ELEMENTS(bad); i++) {
        int64_t us = 1;
        g_assert_false(http_date_parse(bad[i], &us));
        g_assert_cmpint(us, ==, 1);
    }
    char text[HTTP_DATE_SIZE];
    g_assert_cmpstr(http_date_format(date_us, text), ==, date);
}

/* ---- routes ---- */

static void no_handler(struct http_request *request)
{
}

static void test_router(void)
{
    static const struct http_route routes[] = {
        {.method = "GET", .pattern = "/", .handle = no_handler},
        {.method = "GET", .pattern = "/{*rest}", .handle = no_handler},
        {.method = "GET", .pattern = "/api/assets/{id}", .handle = no_handler},
        {.method = "PUT", .pattern = "/api/assets/{key}", .handle = no_handler},
        {.method = "GET", .pattern = "/api/assets/{id}/original", .handle = no_handler},
        {.method = "GET", .pattern = "/api/assets/statistics", .handle = no_handler},
        {.method = "GET", .pattern = "/api/assets/statistics/more/deep", .handle = no_handler},
        {.method = "GET", .pattern = "/api/{*path}", .handle = no_handler},
        {.method = "OPTIONS", .pattern = "/api/assets/statistics", .handle = no_handler},
    };
    static const struct {
        const char *method;
        const char *path;
        const char *pattern; /* NULL: 404 or 405 */
        const char *param;
        const char *allow;
    } rows[] = {
        {"GET", "/", "/", NULL, NULL},
        {"HEAD", "/", "/", NULL, NULL},
        {"GET", "/index.html", "/{*rest}", "index.html", NULL},
        {"GET", "/a//b%2Fc", "/{*rest}", "a//b/c", NULL},
        {"GET", "/api/assets/7", "/api/assets/{id}", "7", NULL},
        {"PUT", "/api/assets/a%2fb", "/api/assets/{key}", "a/b", NULL},
        {"GET", "/api/assets/statistics", "/api/assets/statistics", NULL, NULL},
        {"GET", "/api/assets/statistics/original", "/api/assets/{id}/original", "statistics", NULL},
        {"GET", "/api/assets/7/original", "/api/assets/{id}/original", "7", NULL},
        {"GET", "/api/assets/", "/api/{*path}", "assets/", NULL},
        {"GET", "/api/assets/7/other", "/api/{*path}", "assets/7/other", NULL},
        {"POST", "/api/assets/7", NULL, NULL, "GET, PUT, HEAD, OPTIONS"},
        {"POST", "/api/assets/statistics", NULL, NULL, "GET, OPTIONS, HEAD"},
    };
    g_autoptr(GError) error = NULL;
    struct router *router = router_new(routes, G_N_ELEMENTS(routes), &error);
    g_assert_no_error(error);
    for (size_t i = 0; i < G_N_ELEMENTS(rows); i++) {
        struct router_match match;
        g_assert_true(router_find(router, rows[i].method, rows[i].path, &match, NULL));
        g_assert_cmpstr(match.route ? match.route->pattern : NULL, ==, rows[i].pattern);
        g_assert_cmpstr(match.n_params > 0 ? match.values[0] : NULL, ==, rows[i].param);
        g_assert_cmpstr(match.allow, ==, rows[i].allow);
        router_match_clear(&match);
    }
    router_free(router);
}

static void test_router_refuses(void)
{
    static const char *const paths[] = {"", "x", "*", "/%", "/a/../b", "/a/%2E%2e/b", "/.", "/\xff"};
    static const struct http_route good[] = {{.method = "GET", .pattern = "/a", .handle = no_handler}};
    struct router *router = router_new(good, 1, NULL);
    for (size_t i = 0; i < G_N_ELEMENTS(paths); i++) {
        g_autoptr(GError) error = NULL;
        struct router_match match;
        g_assert_false(router_find(router, "GET", paths[i], &match, &error));
        g_assert_true(err_is(error, ERR_INVALID));
    }
    g_autofree char *deep = g_strnfill(ROUTER_MAX_SEGMENTS + 1, '/');
    struct router_match match;
    g_assert_false(router_find(router, "GET", deep, &match, NULL));
    router_free(router);
    static const struct http_route bad[] = {
        {.method = "GET", .pattern = "a", .handle = no_handler},
        {.method = "GET", .pattern = "/{}", .handle = no_handler},
        {.method = "GET", .pattern = "/{a", .handle = no_handler},
        {.method = "GET", .pattern = "/{*a}/b", .handle = no_handler},
    };
    for (size_t i = 0; i < G_N_ELEMENTS(bad); i++) {
        g_autoptr(GError) error = NULL;
        g_assert_null(router_new(&bad[i], 1, &error));
        g_assert_true(err_is(error, ERR_INTERNAL));
    }
    struct http_route twice[] = {good[0], good[0]};
    g_assert_null(router_new(twice, 2, NULL));
}

/* ---- proxies ---- */

static void test_proxies(void)
{
    static const char *const blocks[] = {"127.0.0.1", "10.0.0.0/8", "192.168.4.0/23", "fd00::/8", NULL};
    static const struct {
        const char *peer;
        const char *forwarded;
        const char *want;
    } rows[] = {
        {"127.0.0.1", "192.0.2.1", "192.0.2.1"},
        {"127.0.0.2", "192.0.2.1", "127.0.0.2"},
        {"127.0.0.1", NULL, "127.0.0.1"},
        {"127.0.0.1", "", "127.0.0.1"},
        {"127.0.0.1", "6.6.6.6, 192.0.2.1, 10.1.2.3", "192.0.2.1"},
        {"127.0.0.1", "10.1.2.3", "10.1.2.3"},
        {"127.0.0.1", "192.0.2.1, nonsense", "127.0.0.1"},
        {"127.0.0.1", "192.0.2.1:4711", "192.0.2.1"},
        {"127.0.0.1", "[2001:db8::1]:4711", "2001:db8::1"},
        {"fd12::1", "2001:db8::1", "2001:db8::1"},
        {"::ffff:10.1.1.1", "192.0.2.1", "192.0.2.1"},
        {"192.168.5.9", "192.0.2.1", "192.0.2.1"},
        {"192.168.6.9", "192.0.2.1", "192.168.6.9"},
    };
    struct proxy_list *list = proxy_list_new(blocks, NULL);
    for (size_t i = 0; i < G_N_ELEMENTS(rows); i++) {
        g_autofree char *client = proxy_client(list, rows[i].peer, rows[i].forwarded);
        g_assert_cmpstr(client, ==, rows[i].want);
    }
    proxy_list_free(list);
    static const char *const bad[] = {"", "localhost", "10.0.0.0/33", "::/129", "10.0.0.0/", "10.0.0.0/-1"};
    for (size_t i = 0; i < G_N_ELEMENTS(bad); i++) {
        const char *const one[] = {bad[i], NULL};
        g_autoptr(GError) error = NULL;
        g_assert_null(proxy_list_new(one, &error));
        g_assert_true(err_is(error, ERR_INVALID));
    }
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/http/percent-decoding-is-strict", test_percent_decoding_is_strict);
    g_test_add_func("/http/query", test_query);
    g_test_add_func("/http/cookies", test_cookies);
    g_test_add_func("/http/header-values", test_header_values);
    g_test_add_func("/http/gzip-negotiation", test_gzip_negotiation);
    g_test_add_func("/http/ranges", test_ranges);
    g_test_add_func("/http/conditions", test_conditions);
    g_test_add_func("/http/if-range", test_if_range);
    g_test_add_func("/http/dates", test_dates);
    g_test_add_func("/http/router", test_router);
    g_test_add_func("/http/router-refuses", test_router_refuses);
    g_test_add_func("/http/proxies", test_proxies);
    return g_test_run();
}
