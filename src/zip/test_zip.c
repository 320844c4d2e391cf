/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Unit tests of the zip room: the bytes of small archives field by field, and archives past the limits of plain ZIP
 * read by the programs that people have (holes in the file stand for gigabytes). */
#include <fcntl.h>
#include <glib.h>
#include <glib/gstdio.h>
#include <string.h>
#include <unistd.h>

#include "base/io.h"
#include "zip/zip.h"

#define AT_US (INT64_C(1722500400) * G_USEC_PER_SEC) /* 2024-08-01 08:20:00 UTC */
#define GIB (UINT64_C(1) << 30)

/* ---- an archive in memory ---- */

static uint64_t number(const GByteArray *bytes, size_t at, unsigned n)
{
    uint64_t value = 0;
    g_assert_cmpuint(at + n, <=, bytes->len);
    for (unsigned i = 0; i < n; i++)
        value |= (uint64_t)bytes->data[at + i] << 8 * i;
    return value;
}

static void add(struct zip *zip, const char *name, const char *text, GByteArray *out)
{
    struct zip_entry entry = {name, AT_US, strlen(text)};
    zip_begin(zip, &entry, out);
    zip_bytes(zip, text, strlen(text));
    g_byte_array_append(out, (const guint8 *)text, (guint)strlen(text));
    zip_end(zip, out);
    g_assert_cmpuint(zip_size(zip), ==, out->len);
}

static void test_fields(void)
{
    struct zip *zip = zip_new();
    g_autoptr(GByteArray) out = g_byte_array_new();
    add(zip, "Zürich.jpg", "123456789", out);
    guint central = out->len;
    zip_finish(zip, out);
    g_assert_cmpuint(zip_size(zip), ==, out->len);
    zip_free(zip);
    g_assert_cmpmem(out->data, 4, "PK\x03\x04", 4);
    g_assert_cmphex(number(out, 6, 2), ==, 0x0808); /* descriptor, UTF-8 */
    g_assert_cmpuint(number(out, 8, 2), ==, 0);     /* stored */
    g_assert_cmphex(number(out, 10, 4), ==, 44u << 25 | 8u << 21 | 1u << 16 | 8u << 11 | 20u << 5);
    g_assert_cmpuint(number(out, 14, 4) + number(out, 18, 4) + number(out, 22, 4), ==, 0);
    g_assert_cmpuint(number(out, 26, 2), ==, strlen("Zürich.jpg"));
    g_assert_cmpuint(number(out, 28, 2), ==, 9);
    g_assert_cmpmem(out->data + 30, 11, "Zürich.jpg", 11);
    g_assert_cmpuint(number(out, 46, 4), ==, AT_US / G_USEC_PER_SEC);
    g_assert_cmpmem(out->data + 50, 13, "123456789PK\x07\x08", 13);
    g_assert_cmphex(number(out, 63, 4), ==, 0xcbf43926); /* the check value of CRC-32 */
    g_assert_cmpuint(number(out, 67, 4), ==, 9);
    g_assert_cmpuint(central, ==, 75);
    g_assert_cmpmem(out->data + central, 4, "PK\x01\x02", 4);
    g_assert_cmphex(number(out, central + 16, 4), ==, 0xcbf43926);
    g_assert_cmphex(number(out, central + 38, 4) >> 16, ==, 0100644);
    g_assert_cmpuint(out->len, ==, central + 46 + 11 + 9 + 22);
    g_assert_cmpmem(out->data + out->len - 22, 4, "PK\x05\x06", 4);
    g_assert_cmpuint(number(out, out->len - 12, 2), ==, 1);
    g_assert_cmpuint(number(out, out->len - 6, 4), ==, central);
}

static void test_times_at_the_edges(void)
{
    static const struct {
        int64_t s;
        uint32_t dos;
        bool has_unix;
    } cases[] = {
        {0, 0x00210000, true},
        {INT64_C(-3000000000), 0x00210000, false},
        {INT64_C(9000000000), 0xff9fbf7d, false},
    };
    for (size_t i = 0; i < G_N_ELEMENTS(cases); i++) {
        struct zip *zip = zip_new();
        g_autoptr(GByteArray) out = g_byte_array_new();
        struct zip_entry entry = {"a", cases[i].s * G_USEC_PER_SEC, 0};
        zip_begin(zip, &entry, out);
        g_assert_cmphex(number(out, 10, 4), ==, cases[i].dos);
        g_assert_cmpuint(number(out, 28, 2), ==, cases[i].has_unix ? 9 : 0);
        zip_free(zip);
    }
}

static void test_nothing_at_all(void)
{
    struct zip *zip = zip_new();
    g_autoptr(GByteArray) out = g_byte_array_new();
    zip_finish(zip, out);
    g_assert_cmpuint(out->len, ==, 22);
    zip_free(zip);
}

/* ---- names ---- */

static void test_names(void)
{
    static const struct {
        const char *wanted, *given;
    } cases[] = {
        {"a.jpg", "a.jpg"},
        {"a.jpg", "a (1).jpg"},
        {"A.JPG", "A (2).JPG"},
        {"a (1).jpg", "a (1) (1).jpg"},
        {"b (1).jpg", "b (1).jpg"},
        {"b.jpg", "b.jpg"},
        {"b.jpg", "b (2).jpg"}, /* (1) was given away */
        {"../../etc/passwd", "passwd"},
        {"C:\\Photos\\c.jpg", "c.jpg"},
        {"..", "unnamed"},
        {"", "unnamed (1)"},
        {".hidden", ".hidden"},
        {".hidden", ".hidden (1)"},
        {"Z\xc3\xbcrich.jpg", "Z\xc3\xbcrich.jpg"},
        {"Zu\xcc\x88rich.jpg", "Zu\xcc\x88rich (1).jpg"}, /* the same to macOS */
    };
    struct zip_names *names = zip_names_new();
    for (size_t i = 0; i < G_N_ELEMENTS(cases); i++) {
        g_autofree char *given = zip_names_take(names, cases[i].wanted);
        g_assert_cmpstr(given, ==, cases[i].given);
    }
    zip_names_free(names);
}

static void test_many_of_one_name(void)
{
    struct zip_names *names = zip_names_new();
    g_autofree char *last = NULL;
    for (unsigned i = 0; i < 70000; i++) {
        g_free(last);
        last = zip_names_take(names, "IMG_0001.JPG");
    }
    g_assert_cmpstr(last, ==, "IMG_0001 (69999).JPG");
    zip_names_free(names);
}

/* ---- past the limits of plain ZIP ---- */

struct large {
    char *path;
    int fd;
    struct zip *zip;
    GByteArray *out;
};

static void large_open(struct large *large)
{
    GError *error = NULL;
    large->fd = g_file_open_tmp("zip-XXXXXX.zip", &large->path, &error);
    g_assert_no_error(error);
    large->zip = zip_new();
    large->out = g_byte_array_new();
}

static void large_flush(struct large *large)
{
    g_assert_cmpint(write(large->fd, large->out->data, large->out->len), ==, large->out->len);
    g_byte_array_set_size(large->out, 0);
}

/* An entry of zeros, of which the file has a hole. */
static void large_hole(struct large *large, const char *name, uint64_t size)
{
    struct zip_entry entry = {name, AT_US, size};
    zip_begin(large->zip, &entry, large->out);
    large_flush(large);
    zip_skip(large->zip, size);
    g_assert_cmpint(lseek(large->fd, (off_t)size, SEEK_CUR), >, 0);
    zip_end(large->zip, large->out);
    large_flush(large);
}

static void large_text(struct large *large, const char *name, const char *text)
{
    struct zip_entry entry = {name, AT_US, strlen(text)};
    zip_begin(large->zip, &entry, large->out);
    zip_bytes(large->zip, text, strlen(text));
    g_byte_array_append(large->out, (const guint8 *)text, (guint)strlen(text));
    zip_end(large->zip, large->out);
    large_flush(large);
}

static void large_finish(struct large *large)
{
    zip_finish(large->zip, large->out);
    large_flush(large);
    g_assert_cmpint(lseek(large->fd, 0, SEEK_CUR), ==, zip_size(large->zip));
}

static void large_close(struct large *large)
{
    close(large->fd);
    g_unlink(large->path);
    g_free(large->path);
    zip_free(large->zip);
    g_byte_array_unref(large->out);
}

/* What a program says, or NULL where this machine has none of that name. */
static char *said_by(const char *const *argv)
{
    g_autofree char *found = g_find_program_in_path(argv[0]);
    char *out = NULL;
    g_autofree char *complaint = NULL;
    int status = 0;
    GError *error = NULL;
    if (!found) {
        g_test_message("no %s here", argv[0]);
        return NULL;
    }
    g_spawn_sync(NULL, (char **)argv, NULL, G_SPAWN_SEARCH_PATH, NULL, NULL, &out, &complaint, &status, &error);
    g_assert_no_error(error);
    if (status != 0)
        g_test_message("%s: %s%s", argv[0], out, complaint);
    g_assert_cmpint(status, ==, 0);
    return out;
}

static void assert_said(const char *const *argv, const char *expected)
{
    g_autofree char *said = said_by(argv);
    if (said)
        g_assert_cmpstr(said, ==, expected);
}

#define PYTHON_READ                                                                                                    \
    "import sys, zipfile; z = zipfile.ZipFile(sys.argv[1]);"                                                           \
    " print(len(z.infolist()), z.infolist()[0].file_size, z.read('last.txt').decode(), end='')"

static void test_more_than_4_gib(void)
{
    struct large large;
    large_open(&large);
    large_hole(&large, "video.mp4", 5 * GIB);
    large_hole(&large, "below.bin", UINT32_MAX - 1);
    large_text(&large, "last.txt", "the end");
    large_finish(&large);
    assert_said((const char *const[]){"unzip", "-p", large.path, "last.txt", NULL}, "the end");
    assert_said((const char *const[]){"unzip", "-Z1", large.path, NULL}, "video.mp4\nbelow.bin\nlast.txt\n");
    assert_said((const char *const[]){"bsdtar", "-xOf", large.path, "last.txt", NULL}, "the end");
    assert_said((const char *const[]){"python3", "-c", PYTHON_READ, large.path, NULL}, "3 5368709120 the end");
    large_close(&large);
}

static void test_more_than_65535_entries(void)
{
    struct large large;
    large_open(&large);
    for (unsigned i = 0; i < 65535; i++) {
        g_autofree char *name = g_strdup_printf("%u.jpg", i);
        large_text(&large, name, "x");
    }
    large_text(&large, "last.txt", "the end");
    large_finish(&large);
    assert_said((const char *const[]){"unzip", "-tqq", large.path, NULL}, "");
    assert_said((const char *const[]){"unzip", "-p", large.path, "last.txt", NULL}, "the end");
    assert_said((const char *const[]){"bsdtar", "-xOf", large.path, "last.txt", NULL}, "the end");
    assert_said((const char *const[]){"python3", "-c", PYTHON_READ, large.path, NULL}, "65536 1 the end");
    large_close(&large);
}

static void test_read_from_a_pipe(void)
{
    struct large large;
    large_open(&large);
    large_text(&large, "first.txt", "PK\x07\x08 is in here");
    large_text(&large, "last.txt", "the end");
    large_finish(&large);
    g_autofree char *command = g_strdup_printf("cat %s | bsdtar -xOf - last.txt", large.path);
    g_autofree char *bsdtar = g_find_program_in_path("bsdtar");
    if (bsdtar)
        assert_said((const char *const[]){"sh", "-c", command, NULL}, "the end");
    large_close(&large);
}

int main(int argc, char **argv)
{
    g_setenv("TZ", "UTC", TRUE);
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/zip/fields", test_fields);
    g_test_add_func("/zip/times-at-the-edges", test_times_at_the_edges);
    g_test_add_func("/zip/nothing-at-all", test_nothing_at_all);
    g_test_add_func("/zip/names", test_names);
    g_test_add_func("/zip/many-of-one-name", test_many_of_one_name);
    g_test_add_func("/zip/more-than-4-gib", test_more_than_4_gib);
    g_test_add_func("/zip/more-than-65535-entries", test_more_than_65535_entries);
    g_test_add_func("/zip/read-from-a-pipe", test_read_from_a_pipe);
    return g_test_run();
}
