/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Unit tests of the multipart parser: a table of bodies, each fed in pieces of every size. */
#include <glib.h>
#include <string.h>

#include "base/error.h"
#include "http/multipart.h"

struct record {
    GString *text;
};

static bool on_begin(void *data, const struct multipart_part *part, GError **error)
{
    struct record *record = data;
    if (strcmp(part->name, "stop") == 0)
        return err_set(error, ERR_FULL, "Stopped.");
    g_string_append_printf(record->text, "%s|%s|%s:", part->name, part->file_name ? part->file_name : "-",
                           part->type ? part->type : "-");
    return true;
}

static bool on_data(void *data, const void *bytes, size_t size, GError **error)
{
    struct record *record = data;
    g_string_append_len(record->text, bytes, (gssize)size);
    return true;
}

static bool on_end(void *data, GError **error)
{
    struct record *record = data;
    g_string_append_c(record->text, ';');
    return true;
}

static const struct multipart_callbacks callbacks = {on_begin, on_data, on_end};
static const struct multipart_limits limits = {3, 100, 10};

/* What the parser said, and at its end the kind of its error, if any. */
static char *parse(const char *content_type, const char *body, size_t size, size_t piece)
{
    struct record record = {.text = g_string_new(NULL)};
    g_autoptr(GError) error = NULL;
    struct multipart *parser = multipart_new(content_type, &callbacks, &record, &limits, &error);
    bool good = parser != NULL;
    for (size_t at = 0; good && at < size; at += piece)
        good = multipart_feed(parser, body + at, MIN(piece, size - at), &error);
    good = good && multipart_finish(parser, &error);
    g_assert_true(good == !error);
    if (error)
        g_string_append_printf(record.text, "!%s", err_info(error)->name);
    multipart_free(parser);
    return g_string_free(record.text, FALSE);
}

#define TYPE "multipart/form-data; boundary=b"
#define PART(parameters) "--b\r\nContent-Disposition: form-data; " parameters "\r\n\r\n"

static void test_bodies(void)
{
    static const struct {
        const char *content_type;
        const char *body;
        const char *want;
    } rows[] = {
        {TYPE, PART("name=a") "1\r\n" PART("name=\"f\"; filename=\"x.jpg\"") "\xff\r\n--\r\r\n--c\r\n--b--\r\n",
         "a|-|-:1;f|x.jpg|-:\xff\r\n--\r\r\n--c;"},
        {TYPE, "preamble\r\n" PART("name=a") "\r\n--b--epilogue\r\n--b\r\n", "a|-|-:;"},
        {TYPE, "--b--", ""},
        {TYPE, "--b \t\r\nContent-Type: text/plain\r\ncontent-disposition:form-data;name=a\r\n\r\n1\r\n--b--",
         "a|-|text/plain:1;"},
        {"Multipart/Form-Data; charset=x; boundary=\"b c\"",
         "--b c\r\nContent-Disposition: form-data; name=a\r\n\r\n1\r\n--b c--", "a|-|-:1;"},
        {TYPE, PART("name=f; filename=\"%22a%22\\\"b\\\"%0D%0A%41\"") "\r\n--b--", "f|\"a\"\"b\"\r\n%41|-:;"},
        {TYPE, PART("name=f; filename=old; filename*=UTF-8''%e2%82%ac%2f..") "\r\n--b--", "f|\xe2\x82\xac/..|-:;"},
        {TYPE, PART("name=f; filename=\"C:\\dir\\x.jpg\"") "\r\n--b--", "f|C:\\dir\\x.jpg|-:;"},
        {TYPE, PART("name=f; filename=\"\"") "\r\n--b--", "f||-:;"},
        {TYPE, PART("name=f; filename=\"\xff\xc3\xa9\"") "\r\n--b--", "f|\xef\xbf\xbd\xc3\xa9|-:;"},
        {TYPE, PART("name=f; filename=x") "123456789012345\r\n--b--", "f|x|-:123456789012345;"},
        {TYPE, PART("name=a") "1234567890\r\n--b--", "a|-|-:1234567890;"},
        /* what is wrong */
        {NULL, "", "!unsupported"},
        {"multipart/mixed; boundary=b", "", "!unsupported"},
        {"multipart/form-data", "", "!invalid"},
        {"multipart/form-data; boundary=", "", "!invalid"},
        {"multipart/form-data; boundary=0123456789012345678901234567890123456789012345678901234567890123456789x", "",
         "!invalid"},
        {TYPE, "", "!invalid"},
        {TYPE, "--b", "!invalid"},
        {TYPE, "--b-", "!invalid"},
        {TYPE, PART("name=f; filename=x") "abc", "f|x|-:abc!invalid"},
        {TYPE, PART("name=f; filename=x") "abc\r\n--", "f|x|-:abc!invalid"},
        {TYPE, PART("name=f; filename=x") "abc\r\n--b\r\nContent-", "f|x|-:abc;!invalid"},
        {TYPE, PART("name=f; filename=x") "abc\r\n--bc\r\n--b--", "f|x|-:abc;!invalid"},
        {TYPE, "--b\r\n\r\nx\r\n--b--", "!invalid"},
        {TYPE, "--b\r\nContent-Disposition: attachment; name=a\r\n\r\nx\r\n--b--", "!invalid"},
        {TYPE, "--b\r\nnonsense\r\n\r\nx\r\n--b--", "!invalid"},
        {TYPE, PART("filename=x") "x\r\n--b--", "!invalid"},
        {TYPE, PART("name=a\r\nContent-Transfer-Encoding: base64") "eA==\r\n--b--", "!unsupported"},
        {TYPE, PART("name=a\r\nContent-Disposition: form-data; name=b") "\r\n--b--", "!invalid"},
        {TYPE, PART("name=stop") "x\r\n--b--", "!full"},
        {TYPE, PART("name=a") "\r\n" PART("name=a") "\r\n" PART("name=a") "\r\n" PART("name=a") "\r\n--b--",
         "a|-|-:;a|-|-:;a|-|-:;!limit"},
        {TYPE,
         "--b\r\nX: 01234567890123456789012345678901234567890123456789012345678901234567890123456789012345678901234567"
         "890123456789\r\n\r\n",
         "!limit"},
    };
    for (size_t i = 0; i < G_N_ELEMENTS(rows); i++) {
        for (size_t piece = 1; piece <= strlen(rows[i].body) + 1; piece++) {
            g_autofree char *got = parse(rows[i].content_type, rows[i].body, strlen(rows[i].body), piece);
            g_assert_cmpstr(got, ==, rows[i].want);
        }
    }
}

static void test_field_too_long(void)
{
    static const char body[] = PART("name=a") "12345678901\r\n--b--";
    for (size_t piece = 1; piece < sizeof body; piece++) {
        g_autofree char *got = parse(TYPE, body, sizeof body - 1, piece);
        g_assert_true(g_str_has_suffix(got, "!limit"));
    }
}

/* It hid the end of the headers: the file was taken for more of them, and the end was said to be missing. */
static void test_nul_in_headers(void)
{
    static const struct multipart_callbacks none = {0};
    static const char body[] = "--b\r\nContent-Disposition: form-data; name=f; filename=\"a\0b.jpg\"\r\n\r\nx\r\n--b--";
    g_autoptr(GError) error = NULL;
    struct multipart *parser = multipart_new("multipart/form-data; boundary=b", &none, NULL, NULL, NULL);
    g_assert_false(multipart_feed(parser, body, sizeof body - 1, &error));
    g_assert_error(error, ERR_DOMAIN, ERR_INVALID);
    multipart_free(parser);
}

static bool count_begin(void *data, const struct multipart_part *part, GError **error)
{
    return true;
}

static bool count_data(void *data, const void *bytes, size_t size, GError **error)
{
    *(guint64 *)data += size;
    return true;
}

static bool count_end(void *data, GError **error)
{
    return true;
}

/* A large file of line ends: the worst that the search for a boundary can meet must stay quick. */
static void test_large_file_of_near_misses(void)
{
    enum { PIECES = 512 };
    static const struct multipart_callbacks counting = {count_begin, count_data, count_end};
    g_autoptr(GString) piece = g_string_new(NULL);
    while (piece->len < 64 * 1024)
        g_string_append(piece, "\r\n--0123456789\r\n-\r");
    guint64 count = 0;
    struct multipart *parser =
        multipart_new("multipart/form-data; boundary=0123456789x", &counting, &count, NULL, NULL);
    static const char head[] = "--0123456789x\r\nContent-Disposition: form-data; name=f; filename=f\r\n\r\n";
    static const char tail[] = "\r\n--0123456789x--\r\n";
    g_assert_true(multipart_feed(parser, head, sizeof head - 1, NULL));
    int64_t started_us = g_get_monotonic_time();
    for (unsigned i = 0; i < PIECES; i++)
        g_assert_true(multipart_feed(parser, piece->str, piece->len, NULL));
    g_assert_cmpint(g_get_monotonic_time() - started_us, <, 120 * G_USEC_PER_SEC);
    g_assert_true(multipart_feed(parser, tail, sizeof tail - 1, NULL));
    g_assert_true(multipart_finish(parser, NULL));
    g_assert_cmpuint(count, ==, PIECES * piece->len);
    multipart_free(parser);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/http/multipart/bodies", test_bodies);
    g_test_add_func("/http/multipart/field-too-long", test_field_too_long);
    g_test_add_func("/http/multipart/nul-in-headers", test_nul_in_headers);
    g_test_add_func("/http/multipart/large-file-of-near-misses", test_large_file_of_near_misses);
    return g_test_run();
}
