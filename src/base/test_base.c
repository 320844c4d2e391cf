/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Unit tests of the base room: errors, ids, encodings, time, text, JSON writer, file helpers. */
#include <errno.h>
#include <fcntl.h>
#include <glib.h>
#include <glib/gstdio.h>
#include <math.h>
#include <string.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/encode.h"
#include "base/error.h"
#include "base/id.h"
#include "base/io.h"
#include "base/json.h"
#include "base/text.h"

static void test_error_keeps_detail_from_message(void)
{
    g_autoptr(GError) error = NULL;
    g_assert_false(err_set_errno(&error, ENOSPC, "/data/store/ab", "The photo could not be stored."));
    g_assert_true(err_is(error, ERR_FULL));
    g_assert_cmpint(err_info(error)->http_status, ==, 507);
    g_assert_cmpstr(error->message, ==, "The photo could not be stored.");
    g_assert_nonnull(strstr(err_detail(error), "/data/store/ab"));
    g_autoptr(GError) copy = g_error_copy(error);
    g_assert_cmpstr(err_detail(copy), ==, err_detail(error));
}

static void test_error_of_foreign_domain_is_internal(void)
{
    g_autoptr(GError) error = g_error_new_literal(G_FILE_ERROR, G_FILE_ERROR_NOENT, "x");
    g_assert_cmpint(err_kind(error), ==, ERR_INTERNAL);
    g_assert_null(err_detail(error));
}

static void test_uuid_round_trip(void)
{
    char text[UUID_TEXT_SIZE];
    struct uuid id = uuid_v4();
    struct uuid again;
    g_assert_true(uuid_parse_v4(uuid_format(&id, text), &again));
    g_assert_true(uuid_equal(&id, &again));
    g_assert_false(uuid_parse("0f8fad5b-d9cb-469f-a165-70867728950", &again));
    g_assert_false(uuid_parse("0f8fad5b-d9cb-469f-a165-70867728950eX", &again));
    g_assert_false(uuid_parse("0f8fad5b_d9cb-469f-a165-70867728950e", &again));
    g_assert_false(uuid_parse_v4("01890a5d-ac96-774b-bcce-b302099a8057", &again)); /* version 7 */
    g_assert_false(uuid_parse(NULL, &again));
}

static void test_change_ids_rise_and_sort_as_text(void)
{
    int64_t now = INT64_C(1790000000000000);
    int64_t first = change_id_next(0, now);
    int64_t second = change_id_next(first, now);
    int64_t third = change_id_next(second, now - 5000000); /* the clock stepped back */
    g_assert_cmpint(first, <, second);
    g_assert_cmpint(second, <, third);
    g_assert_cmpint(change_id_ms(first), ==, now / 1000);
    int64_t last = third;
    for (int i = 0; i < 70000; i++) { /* past 16 bits of counter */
        int64_t next = change_id_next(last, now);
        struct uuid a = change_id_uuid(last), b = change_id_uuid(next);
        g_assert_cmpint(memcmp(a.bytes, b.bytes, 16), <, 0);
        g_assert_cmpint(change_id_from_uuid(&b), ==, next);
        last = next;
    }
    struct uuid random = uuid_v4();
    g_assert_cmpint(change_id_from_uuid(&random), ==, -1);
}

static void test_hashes_decode_from_hex_and_base64(void)
{
    uint8_t sha1[SHA1_SIZE];
    g_assert_true(hash_decode("da39a3ee5e6b4b0d3255bfef95601890afd80709", sha1, sizeof sha1));
    g_autofree char *hex = hex_encode(sha1, sizeof sha1);
    g_assert_cmpstr(hex, ==, "da39a3ee5e6b4b0d3255bfef95601890afd80709");
    uint8_t again[SHA1_SIZE];
    g_assert_true(hash_decode("2jmj7l5rSw0yVb/vlWAYkK/YBwk=", again, sizeof again));
    g_assert_cmpmem(sha1, sizeof sha1, again, sizeof again);
    g_assert_true(hash_decode("2jmj7l5rSw0yVb/vlWAYkK/YBwk", again, sizeof again));
    g_assert_false(hash_decode("2jmj7l5rSw0yVb/vlWAYkK/YBw==", again, sizeof again));
    g_assert_false(hash_decode("da39a3ee5e6b4b0d3255bfef95601890afd8070g", again, sizeof again));
    g_assert_false(hash_decode("", again, sizeof again));
    g_assert_false(hash_decode(NULL, again, sizeof again));
}

static void test_base64url_has_no_padding(void)
{
    g_autofree char *text = base64url_encode("\xff\xef\xbe\x01", 4);
    g_assert_cmpstr(text, ==, "_---AQ");
}

static void test_iso_times(void)
{
    char text[ISO_TEXT_SIZE];
    int64_t us = 0;
    g_assert_true(iso_parse("2024-02-29T23:59:59.987Z", &us));
    g_assert_cmpstr(iso_format(us, text), ==, "2024-02-29T23:59:59.987Z");
    g_assert_cmpstr(iso_format_bare(us, text), ==, "2024-02-29T23:59:59.987");
    bool has_zone;
    int offset_min;
    char zone[ZONE_TEXT_SIZE];
    g_assert_true(iso_parse_zoned("2024-08-13T12:00:00-03:30", &us, &has_zone, &offset_min));
    g_assert_true(has_zone);
    g_assert_cmpstr(zone_format(offset_min, zone), ==, "UTC-3:30");
    g_assert_true(iso_parse_zoned("2024-08-13T12:00:00Z", &us, &has_zone, &offset_min) && has_zone && offset_min == 0);
    g_assert_true(iso_parse_zoned("2024-08-13T12:00:00", &us, &has_zone, &offset_min) && !has_zone);
    g_assert_true(iso_parse_zoned("2024-08-13", &us, &has_zone, &offset_min) && !has_zone);
    g_assert_cmpstr(zone_format(0, zone), ==, "UTC");
    g_assert_cmpstr(zone_format(540, zone), ==, "UTC+9");
    g_assert_true(iso_parse("2024-08-13T12:00:00+02:00", &us));
    g_assert_cmpstr(iso_format(us, text), ==, "2024-08-13T10:00:00.000Z");
    g_assert_true(iso_parse("2024-08-13T12:00:00", &us));
    g_assert_cmpstr(iso_format(us, text), ==, "2024-08-13T12:00:00.000Z");
    g_assert_true(iso_parse("1969-12-31", &us));
    g_assert_cmpint(us, ==, -86400 * INT64_C(1000000));
    g_assert_cmpstr(iso_format(us - 1000, text), ==, "1969-12-30T23:59:59.999Z");
    g_assert_cmpstr(iso_format(INT64_MAX, text), ==, "9999-12-31T23:59:59.999Z");
    g_assert_false(iso_parse("yesterday", &us));
    g_assert_false(iso_parse("2024-13-01T00:00:00Z", &us));
    g_assert_false(iso_parse("", &us));
    g_assert_false(iso_parse(NULL, &us));
}

static void assert_file_name(const char *name, size_t max, const char *expected)
{
    g_autofree char *clean = text_file_name(name, max);
    g_assert_cmpstr(clean, ==, expected);
}

static void test_file_names_are_data(void)
{
    assert_file_name("../../etc/passwd", 255, "passwd");
    assert_file_name("C:\\Users\\x\\IMG 1.jpg", 255, "IMG 1.jpg");
    assert_file_name("..", 255, "unnamed");
    assert_file_name("a/", 255, "unnamed");
    assert_file_name("line\nbreak.jpg", 255,
                     "line\xef\xbf\xbd"
                     "break.jpg");
    assert_file_name("bad\xff.jpg", 255, "bad\xef\xbf\xbd.jpg");
    assert_file_name("\xc3\xa4\xc3\xa4\xc3\xa4.jpg", 9, "\xc3\xa4\xc3\xa4.jpg");
    g_autofree char *long_name = g_strnfill(4096, 'n');
    g_autofree char *cut = text_file_name(long_name, 200);
    g_assert_cmpuint(strlen(cut), ==, 200);
    g_autofree char *extension = text_extension("dir.d/IMG.JPG");
    g_assert_cmpstr(extension, ==, ".jpg");
    g_autofree char *none = text_extension("dir.d/.hidden");
    g_assert_cmpstr(none, ==, "");
}

static void test_json_writer(void)
{
    g_autoptr(GString) out = g_string_new(NULL);
    struct json json = json_to(out);
    json_begin_object(&json, NULL);
    json_text(&json, "a", "q\"\\\n\x01\xc3\xa4");
    json_begin_array(&json, "list");
    json_int(&json, NULL, INT64_MIN);
    json_double(&json, NULL, 0.1);
    json_double(&json, NULL, NAN);
    json_bool(&json, NULL, true);
    json_begin_object(&json, NULL);
    json_end(&json);
    json_end(&json);
    json_text(&json, "n", NULL);
    json_time(&json, "t", 0);
    json_base64(&json, "b", "\x01\x02", 2);
    json_end(&json);
    g_assert_cmpstr(
        out->str, ==,
        "{\"a\":\"q\\\"\\\\\\n\\u0001\xc3\xa4\",\"list\":[-9223372036854775808,0.1,null,true,{}],\"n\":null,"
        "\"t\":\"1970-01-01T00:00:00.000Z\",\"b\":\"AQI=\"}");
}

static void test_replace_file_is_whole_and_private(void)
{
    g_autofree char *dir = g_dir_make_tmp("ambrotype-base-XXXXXX", NULL);
    AUTO_FD int fd = open(dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    g_autoptr(GError) error = NULL;
    g_assert_true(io_replace_file(fd, "f", "one", 3, &error));
    g_assert_true(io_replace_file(fd, "f", "second", 6, &error));
    g_assert_no_error(error);
    g_autofree char *path = g_build_filename(dir, "f", NULL);
    g_autofree char *content = NULL;
    g_assert_true(g_file_get_contents(path, &content, NULL, NULL));
    g_assert_cmpstr(content, ==, "second");
    GStatBuf status;
    g_assert_cmpint(g_stat(path, &status), ==, 0);
    g_assert_cmpint(status.st_mode & 0777, ==, 0600);
    g_assert_false(io_replace_file(fd, "no/such", "x", 1, &error));
    g_assert_true(err_is(error, ERR_IO));
    g_unlink(path);
    g_rmdir(dir);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/base/error/detail-apart-from-message", test_error_keeps_detail_from_message);
    g_test_add_func("/base/error/foreign-domain-is-internal", test_error_of_foreign_domain_is_internal);
    g_test_add_func("/base/id/uuid-round-trip", test_uuid_round_trip);
    g_test_add_func("/base/id/change-ids-rise", test_change_ids_rise_and_sort_as_text);
    g_test_add_func("/base/encode/hash", test_hashes_decode_from_hex_and_base64);
    g_test_add_func("/base/encode/base64url", test_base64url_has_no_padding);
    g_test_add_func("/base/clock/iso", test_iso_times);
    g_test_add_func("/base/text/file-name", test_file_names_are_data);
    g_test_add_func("/base/json/writer", test_json_writer);
    g_test_add_func("/base/io/replace-file", test_replace_file_is_whole_and_private);
    return g_test_run();
}
