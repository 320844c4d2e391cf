/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Unit tests of the parts of the API that need no server: the order of credentials, requests from other sites, JSON
 * bodies, tus headers, word lists. */
#include <glib.h>
#include <string.h>

#include "api/access.h"
#include "api/agent.h"
#include "api/body.h"
#include "api/tus_headers.h"
#include "api/words.h"
#include "base/error.h"
#include "base/json.h"

/* ---- access ---- */

struct given {
    enum access_place place;
    const char *name, *value;
};

/* A request that carries the credentials of a list, ended by a NULL name. */
static const char *read_given(void *data, enum access_place place, const char *name)
{
    for (const struct given *given = data; given->name; given++)
        if (given->place == place && g_ascii_strcasecmp(given->name, name) == 0)
            return given->value;
    return NULL;
}

static void test_credentials_are_taken_in_the_order_of_the_immich_api(void)
{
    static const struct given all[] = {
        {ACCESS_QUERY, "key", "share"},
        {ACCESS_HEADER, "x-immich-user-token", "user-token"},
        {ACCESS_HEADER, "x-immich-session-token", "session-token"},
        {ACCESS_QUERY, "sessionKey", "session-key"},
        {ACCESS_HEADER, "Authorization", "Bearer bearer"},
        {ACCESS_COOKIE, "immich_access_token", "cookie"},
        {ACCESS_HEADER, "x-api-key", "api-key"},
        {ACCESS_QUERY, "apiKey", "api-key-query"},
        {0, NULL, NULL},
    };
    static const char *const wanted[] = {"share",  "user-token", "session-token", "session-key",
                                         "bearer", "cookie",     "api-key",       "api-key-query"};
    for (size_t i = 0; i < G_N_ELEMENTS(wanted); i++) {
        struct access_offer offer = access_pick(read_given, (void *)(all + i));
        g_assert_cmpstr(offer.secret, ==, wanted[i]);
        g_assert_cmpint(offer.kind, ==, i == 0 ? ACCESS_SHARE : i < 6 ? ACCESS_SESSION : ACCESS_KEY);
        g_assert_cmpint(offer.is_cookie, ==, i == 5);
    }
    g_assert_cmpint(access_pick(read_given, (void *)(all + 8)).kind, ==, ACCESS_NOBODY);
}

static void test_empty_and_foreign_credentials_are_none(void)
{
    static const struct given basic[] = {{ACCESS_HEADER, "Authorization", "Basic dXNlcjpwYXNz"},
                                         {ACCESS_COOKIE, "immich_access_token", ""},
                                         {ACCESS_HEADER, "x-api-key", "key"},
                                         {0, NULL, NULL}};
    struct access_offer offer = access_pick(read_given, (void *)basic);
    g_assert_cmpint(offer.kind, ==, ACCESS_KEY);
    static const struct given lower[] = {{ACCESS_HEADER, "Authorization", "bearer   t"}, {0, NULL, NULL}};
    g_assert_cmpstr(access_pick(read_given, (void *)lower).secret, ==, "t");
}

static void test_requests_of_other_sites_are_told_apart(void)
{
    static const char own[] = "http://photos.local:2283", external[] = "https://photos.example.org/";
    g_assert_true(access_is_same_site(NULL, NULL, own, NULL)); /* no browser */
    g_assert_true(access_is_same_site("same-origin", "https://rewritten.example", own, NULL));
    g_assert_true(access_is_same_site("none", NULL, own, NULL));
    g_assert_false(access_is_same_site("cross-site", own, own, NULL));
    g_assert_false(access_is_same_site("same-site", NULL, own, NULL));
    g_assert_true(access_is_same_site(NULL, "http://photos.local:2283", own, NULL));
    g_assert_false(access_is_same_site(NULL, "http://photos.local:22833", own, NULL));
    g_assert_false(access_is_same_site(NULL, "null", own, external));
    g_assert_true(access_is_same_site(NULL, "https://photos.example.org", own, external));
    g_assert_false(access_is_same_site(NULL, "https://photos.example.org.evil", own, external));
    g_assert_true(access_is_safe("GET") && access_is_safe("HEAD"));
    g_assert_false(access_is_safe("POST") || access_is_safe("PUT") || access_is_safe("DELETE"));
}

static void test_a_key_needs_its_permission_and_a_session_none(void)
{
    g_autoptr(GError) error = NULL;
    struct access key = {.kind = ACCESS_KEY, .key = {.permissions = (char *)"asset.read,asset.view"}};
    g_assert_true(access_require(&key, "asset.view", &error));
    g_assert_false(access_require(&key, "asset.upload", &error));
    g_assert_cmpstr(error->message, ==, "Missing required permission: asset.upload");
    g_assert_cmpint(err_info(error)->http_status, ==, 403);
    struct access session = {.kind = ACCESS_SESSION};
    g_assert_true(access_require(&session, "asset.upload", NULL));
}

/* ---- bodies ---- */

struct point {
    const char *name;
    struct body_int size;
};
static const struct body_field point_fields[] = {
    {.name = "name",
     .kind = BODY_TEXT,
     .offset = offsetof(struct point, name),
     .is_required = true,
     .min = 1,
     .max = 8},
    {.name = "size", .kind = BODY_INT, .offset = offsetof(struct point, size), .min = 0, .max = 100},
};
static const struct body_shape point_shape = BODY_SHAPE(struct point, point_fields);

static const char *const colours[] = {"red", "green", NULL};
struct sample {
    const char *text, *colour;
    struct body_bool flag;
    struct body_int at;
    struct body_uuid id;
    struct body_list names, ids, points;
    struct point centre;
};
static const struct body_field sample_fields[] = {
    {.name = "text", .kind = BODY_TEXT, .offset = offsetof(struct sample, text), .is_required = true},
    {.name = "colour", .kind = BODY_CHOICE, .offset = offsetof(struct sample, colour), .choices = colours},
    {.name = "flag", .kind = BODY_BOOL, .offset = offsetof(struct sample, flag)},
    {.name = "at", .kind = BODY_TIME, .offset = offsetof(struct sample, at)},
    {.name = "id", .kind = BODY_UUID, .offset = offsetof(struct sample, id)},
    {.name = "names", .kind = BODY_TEXTS, .offset = offsetof(struct sample, names), .max = 3},
    {.name = "ids", .kind = BODY_UUIDS, .offset = offsetof(struct sample, ids), .max = 3},
    {.name = "points",
     .kind = BODY_OBJECTS,
     .offset = offsetof(struct sample, points),
     .max = 3,
     .inner = &point_shape},
    {.name = "centre", .kind = BODY_OBJECT, .offset = offsetof(struct sample, centre), .inner = &point_shape},
};
static const struct body_shape sample_shape = BODY_SHAPE(struct sample, sample_fields);

static void test_body_reads_every_kind(void)
{
    static const char text[] =
        "{\"text\":\"t\\u00e4\",\"colour\":\"green\",\"flag\":true,\"at\":\"1970-01-01T00:00:01Z\","
        "\"id\":\"0F8FAD5B-d9cb-469f-a165-70867728950e\",\"names\":[\"a\",\"b\"],\"ids\":[],"
        "\"points\":[{\"name\":\"p\",\"size\":7}],\"centre\":{\"name\":\"c\"},\"unknown\":[1]}";
    struct sample sample;
    g_autoptr(GError) error = NULL;
    BODY_AUTO struct body *body = body_parse(text, strlen(text), &sample_shape, &sample, NULL, &error);
    g_assert_no_error(error);
    g_assert_nonnull(body);
    g_assert_cmpstr(sample.text, ==, "t\xc3\xa4");
    g_assert_cmpstr(sample.colour, ==, "green");
    g_assert_true(sample.flag.is_set && sample.flag.value);
    g_assert_cmpint(sample.at.value, ==, 1000000);
    g_assert_true(sample.id.is_set);
    g_assert_cmpuint(sample.names.n, ==, 2);
    g_assert_cmpstr(((const char **)sample.names.items)[1], ==, "b");
    g_assert_true(sample.ids.is_set);
    g_assert_cmpuint(sample.ids.n, ==, 0);
    g_assert_cmpint(((struct point *)sample.points.items)[0].size.value, ==, 7);
    g_assert_cmpstr(sample.centre.name, ==, "c");
    g_assert_false(sample.centre.size.is_set);
}

static void test_body_tells_every_mistake_with_its_path(void)
{
    static const char text[] = "{\"text\":null,\"colour\":\"blue\",\"flag\":1,\"at\":\"yesterday\",\"id\":\"x\","
                               "\"names\":[1,\"a\"],\"ids\":{},\"points\":[{\"name\":\"\",\"size\":101}],\"centre\":3}";
    struct sample sample;
    g_autoptr(GError) error = NULL;
    struct body_problems *problems = NULL;
    g_assert_null(body_parse(text, strlen(text), &sample_shape, &sample, &problems, &error));
    g_assert_true(err_is(error, ERR_INVALID));
    g_autoptr(GString) out = g_string_new(NULL);
    struct json json = json_to(out);
    body_problems_write(problems, &json);
    body_problems_free(problems);
    g_assert_true(g_str_has_prefix(out->str, "{\"message\":\"Validation failed\",\"errors\":["
                                             "{\"path\":\"text\",\"message\":\"is missing\"}"));
    static const char *const paths[] = {"colour",        "flag",          "at",    "id", "names.0", "ids",
                                        "points.0.name", "points.0.size", "centre"};
    for (size_t i = 0; i < G_N_ELEMENTS(paths); i++) {
        g_autofree char *wanted = g_strdup_printf("{\"path\":\"%s\",", paths[i]);
        g_assert_nonnull(strstr(out->str, wanted));
    }
    g_assert_null(sample.text); /* nothing half-read */
}

static void test_body_refuses_what_is_no_object(void)
{
    g_autofree char *brackets = g_strnfill(BODY_DEPTH + 1, '[');
    g_autofree char *nested = g_strconcat("{\"text\":", brackets, NULL);
    const char *const wrong[] = {"",
                                 "[]",
                                 "null",
                                 "{\"text\":\"a\",\"text\":\"b\"}",
                                 "{\"text\":\"\xff\"}",
                                 "{\"text\":\"a\\u0000b\"}",
                                 "{\"text\":\"a\"} x",
                                 nested};
    for (size_t i = 0; i < G_N_ELEMENTS(wrong); i++) {
        struct sample sample;
        struct body_problems *problems = NULL;
        g_autoptr(GError) error = NULL;
        g_assert_null(body_parse(wrong[i], strlen(wrong[i]), &sample_shape, &sample, &problems, &error));
        g_assert_true(err_is(error, ERR_INVALID));
        g_assert_null(problems);
    }
}

static void test_body_brackets_inside_text_are_not_depth(void)
{
    static const char text[] = "{\"text\":\"[[[[[[[[[[[[[[[[[[[[[[\\\"[[[[\"}";
    struct sample sample;
    BODY_AUTO struct body *body = body_parse(text, strlen(text), &sample_shape, &sample, NULL, NULL);
    g_assert_nonnull(body);
}

/* ---- tus ---- */

static void test_tus_counts(void)
{
    int64_t bytes = -7;
    g_assert_true(tus_count("Upload-Length", "0", &bytes, NULL));
    g_assert_cmpint(bytes, ==, 0);
    g_assert_true(tus_count("Upload-Length", "9223372036854775807", &bytes, NULL));
    static const char *const wrong[] = {"", "-1", "+1", " 1", "1 ", "0x10", "9223372036854775808", "1.0", NULL};
    for (size_t i = 0; i < G_N_ELEMENTS(wrong); i++) {
        g_autoptr(GError) error = NULL;
        g_assert_false(tus_count("Upload-Length", wrong[i], &bytes, &error));
        g_assert_nonnull(strstr(error->message, "Upload-Length"));
    }
    g_assert_cmpint(bytes, ==, INT64_MAX);
}

static void test_tus_checksums(void)
{
    struct tus_checksum checksum;
    g_assert_true(tus_checksum_parse("sha1 2jmj7l5rSw0yVb/vlWAYkK/YBwk=", &checksum, NULL));
    g_assert_false(checksum.is_sha256);
    g_assert_cmpint(checksum.bytes[0], ==, 0xda);
    g_autoptr(GError) error = NULL;
    g_assert_false(tus_checksum_parse("md5 1B2M2Y8AsgTpgAmY7PhCfg==", &checksum, &error));
    g_assert_true(err_is(error, ERR_UNSUPPORTED));
    g_clear_error(&error);
    g_assert_false(tus_checksum_parse("sha1 2jmj", &checksum, &error));
    g_assert_true(err_is(error, ERR_INVALID));
}

static void test_tus_metadata(void)
{
    struct tus_metadata metadata;
    g_autoptr(GError) error = NULL;
    /* filename "a b.jpg", isFavorite "true", checksum of nothing in hex, a key that is not ours, one without value */
    g_assert_true(tus_metadata_parse("filename YSBiLmpwZw==, isFavorite dHJ1ZQ==,filetype aW1hZ2UvanBlZw==,extra,"
                                     "checksum ZGEzOWEzZWU1ZTZiNGIwZDMyNTViZmVmOTU2MDE4OTBhZmQ4MDcwOQ==",
                                     &metadata, &error));
    g_assert_no_error(error);
    g_assert_cmpstr(metadata.file_name, ==, "a b.jpg");
    g_assert_true(metadata.is_favorite && metadata.has_checksum && !metadata.has_created && !metadata.has_device);
    g_assert_cmpint(metadata.sha1[0], ==, 0xda);
    tus_metadata_clear(&metadata);
    static const char *const wrong[] = {NULL,
                                        "",
                                        "filename",
                                        "filename YQ==,filename YQ==",
                                        "filename Y Q==",
                                        "filename YQ==,isFavorite eQ==",
                                        "filename YQ==,visibility eQ==",
                                        "filename YQ==,fileCreatedAt eQ==",
                                        "filename YQ==,deviceId eQ==",
                                        "filename YQ==,checksum eQ=="};
    for (size_t i = 0; i < G_N_ELEMENTS(wrong); i++) {
        g_clear_error(&error);
        g_assert_false(tus_metadata_parse(wrong[i], &metadata, &error));
        g_assert_true(err_is(error, ERR_INVALID));
    }
}

static void test_tus_dates(void)
{
    char text[TUS_DATE_SIZE];
    g_assert_cmpstr(tus_date(INT64_C(784111777000000), text), ==, "Sun, 06 Nov 1994 08:49:37 GMT");
    g_assert_cmpstr(tus_date(-1, text), ==, "Thu, 01 Jan 1970 00:00:00 GMT");
    g_assert_cmpstr(tus_date(INT64_MAX, text), ==, "Fri, 31 Dec 9999 23:59:59 GMT");
}

/* ---- words ---- */

static void test_permission_words(void)
{
    g_assert_true(word_is_permission("all") && word_is_permission("asset.upload") &&
                  word_is_permission("asset.edit.get") && word_is_permission("maintenance"));
    g_assert_false(word_is_permission("asset") || word_is_permission("asset.") || word_is_permission("asset.fly") ||
                   word_is_permission("assets.read") || word_is_permission("") ||
                   word_is_permission("asset.read update"));
}

/* ---- agents ---- */

static void test_agents_are_named_for_people(void)
{
    static const struct {
        const char *agent, *model, *type;
        const char *wanted_type, *wanted_os, *wanted_version;
    } cases[] = {
        {"Mozilla/5.0 (Windows NT 10.0) AppleWebKit/537.36 Chrome/130.0 Safari/537.36 Edg/130.0", NULL, NULL, "Edge",
         "Windows", NULL},
        {"Mozilla/5.0 (iPhone; CPU iPhone OS 18_0 like Mac OS X) Version/18.0 Safari/604.1", NULL, NULL, "Safari",
         "iOS", NULL},
        {"immich-ios/3.1.0", "iPhone 15", "iOS", "iPhone 15", "iOS", "3.1.0"},
        {"Immich_Android_2.7.5", "Pixel 8", "Android", "Pixel 8", "Android", "2.7.5"},
        {"curl/7.88", NULL, NULL, "", "", NULL},
        {NULL, "a\nb\xff", "X",
         "a\xef\xbf\xbd"
         "b\xef\xbf\xbd",
         "X", NULL},
    };
    for (size_t i = 0; i < G_N_ELEMENTS(cases); i++) {
        struct agent agent = agent_parse(cases[i].agent, cases[i].model, cases[i].type);
        g_assert_cmpstr(agent.type, ==, cases[i].wanted_type);
        g_assert_cmpstr(agent.os, ==, cases[i].wanted_os);
        g_assert_cmpstr(agent.app_version, ==, cases[i].wanted_version);
        agent_clear(&agent);
    }
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/access/order", test_credentials_are_taken_in_the_order_of_the_immich_api);
    g_test_add_func("/access/none", test_empty_and_foreign_credentials_are_none);
    g_test_add_func("/access/same-site", test_requests_of_other_sites_are_told_apart);
    g_test_add_func("/access/permission", test_a_key_needs_its_permission_and_a_session_none);
    g_test_add_func("/body/kinds", test_body_reads_every_kind);
    g_test_add_func("/body/mistakes", test_body_tells_every_mistake_with_its_path);
    g_test_add_func("/body/no-object", test_body_refuses_what_is_no_object);
    g_test_add_func("/body/brackets-in-text", test_body_brackets_inside_text_are_not_depth);
    g_test_add_func("/tus/counts", test_tus_counts);
    g_test_add_func("/tus/checksums", test_tus_checksums);
    g_test_add_func("/tus/metadata", test_tus_metadata);
    g_test_add_func("/tus/dates", test_tus_dates);
    g_test_add_func("/words/permissions", test_permission_words);
    g_test_add_func("/agent/names", test_agents_are_named_for_people);
    return g_test_run();
}
