/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Blobs in their packed form: which form is read, what is let go and what is not, and that nothing but the right bytes
 * ever comes out. What packs here is a stand-in: the bytes backwards. */
#include <fcntl.h>
#include <glib.h>
#include <glib/gstdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/error.h"
#include "base/io.h"
#include "store/store_private.h"

struct fixture {
    char *dir;
    struct store *store;
    gint unpacked; /* atomic: how often */
    unsigned sleep_ms;
};

static int turn_round(int packed_fd, int64_t packed_bytes, void *data, GError **error)
{
    struct fixture *f = data;
    g_atomic_int_inc(&f->unpacked);
    g_usleep(f->sleep_ms * 1000);
    g_autofree char *bytes = g_malloc((gsize)packed_bytes + 1);
    if (io_pread_full(packed_fd, bytes, (size_t)packed_bytes, 0, error) != packed_bytes)
        return -1;
    bytes[packed_bytes] = '\0';
    if (strstr(bytes, "broken")) {
        err_set(error, ERR_CORRUPT, "It cannot be unpacked.");
        return -1;
    }
    g_strreverse(bytes);
    AUTO_FD int fd = memfd_create("original", MFD_CLOEXEC);
    return io_write_all(fd, bytes, (size_t)packed_bytes, error) ? io_steal_fd(&fd) : -1;
}

static void set_up(struct fixture *f, gconstpointer unused)
{
    g_autoptr(GError) error = NULL;
    f->dir = g_dir_make_tmp("ambrotype-packed-XXXXXX", &error);
    f->store = store_open(f->dir, &error);
    g_assert_no_error(error);
    store_set_unpacker(f->store, turn_round, f, 10);
}

static void tear_down(struct fixture *f, gconstpointer unused)
{
    store_close(f->store);
    const char *argv[] = {"rm", "-rf", "--", f->dir, NULL};
    g_spawn_sync(NULL, (char **)argv, NULL, G_SPAWN_SEARCH_PATH, NULL, NULL, NULL, NULL, NULL, NULL);
    g_free(f->dir);
}

static struct stage *staged(struct fixture *f, const char *text)
{
    struct stage *stage = stage_begin(f->store, false, NULL);
    g_assert_true(stage_write(stage, text, strlen(text), NULL));
    return stage;
}

static struct blob_digest commit(struct fixture *f, const char *text)
{
    struct blob_digest digest;
    bool is_new;
    g_assert_true(stage_commit(staged(f, text), &digest, &is_new, NULL));
    return digest;
}

/* Adds the packed form @packed, and lets the plain one go. */
static void pack(struct fixture *f, const struct blob_id *id, const char *packed, bool drop)
{
    g_autoptr(GError) error = NULL;
    struct store_hold *hold = store_hold_take(f->store, id);
    g_assert_true(store_hold_pack(hold, staged(f, packed), &error));
    g_assert_no_error(error);
    if (drop)
        g_assert_true(store_hold_drop(hold, BLOB_PLAIN, &error));
    g_assert_no_error(error);
    store_hold_free(hold);
}

/* The blob as store_open_blob() gives it, or NULL with @error. */
static char *read_blob(struct fixture *f, const struct blob_id *id, GError **error)
{
    int64_t size_bytes;
    AUTO_FD int fd = store_open_blob(f->store, id, &size_bytes, error);
    if (fd < 0)
        return NULL;
    char *text = g_malloc0((gsize)size_bytes + 2);
    g_assert_cmpint(io_pread_full(fd, text, (size_t)size_bytes + 1, 0, NULL), ==, size_bytes);
    g_assert_cmpint(write(fd, "x", 1), <, 0); /* nobody can change what is handed out */
    return text;
}

static void expect(struct fixture *f, const struct blob_id *id, const char *wanted)
{
    g_autoptr(GError) error = NULL;
    g_autofree char *text = read_blob(f, id, &error);
    g_assert_no_error(error);
    g_assert_cmpstr(text, ==, wanted);
}

static void expect_error(struct fixture *f, const struct blob_id *id, enum err_kind kind)
{
    g_autoptr(GError) error = NULL;
    g_autofree char *text = read_blob(f, id, &error);
    g_assert_null(text);
    g_assert_true(err_is(error, kind));
}

static unsigned count_names(struct fixture *f, const char *folder)
{
    g_autofree char *path = g_build_filename(f->dir, folder, NULL);
    g_autoptr(GDir) dir = g_dir_open(path, 0, NULL);
    unsigned count = 0;
    while (g_dir_read_name(dir))
        count++;
    return count;
}

static void test_comes_back_whole(struct fixture *f, gconstpointer unused)
{
    struct blob_digest digest = commit(f, "abcd");
    pack(f, &digest.id, "dcba", false);
    expect(f, &digest.id, "abcd");
    g_assert_cmpint(f->unpacked, ==, 0); /* while both are there, the plain one is read */
    struct store_hold *hold = store_hold_take(f->store, &digest.id);
    g_assert_true(store_hold_drop(hold, BLOB_PLAIN, NULL));
    store_hold_free(hold);
    g_assert_false(store_has(f->store, &digest.id, 4));
    g_assert_true(store_has_packed(f->store, &digest.id, 4));
    g_assert_true(store_has_packed(f->store, &digest.id, -1));
    g_assert_false(store_has_packed(f->store, &digest.id, 5));
    expect(f, &digest.id, "abcd");
    expect(f, &digest.id, "abcd");
    g_assert_cmpint(f->unpacked, ==, 1); /* the second reader gets what the first one left */
    g_assert_true(store_verify(f->store, &digest.id, 4, NULL));
    g_assert_cmpint(f->unpacked, ==, 2); /* but never verify */
    g_assert_cmpuint(count_names(f, "staging"), ==, 0);
    g_assert_cmpuint(count_names(f, "derived"), ==, 0);
    struct stat status;
    int64_t size_bytes;
    AUTO_FD int fd = store_open_form(f->store, &digest.id, BLOB_PACKED, &size_bytes, NULL);
    g_assert_cmpint(fstat(fd, &status), ==, 0);
    g_assert_cmpint(status.st_mode & 07777, ==, 0400);
}

static void test_wrong_bytes_never_come_out(struct fixture *f, gconstpointer unused)
{
    g_autoptr(GError) error = NULL;
    struct blob_digest one = commit(f, "one!"), two = commit(f, "two!");
    pack(f, &one.id, "eno", true); /* something else */
    pack(f, &two.id, "broken", true);
    expect_error(f, &one.id, ERR_CORRUPT);
    expect_error(f, &one.id, ERR_CORRUPT);
    expect_error(f, &two.id, ERR_CORRUPT);
    g_assert_false(store_verify(f->store, &one.id, 4, &error));
    g_assert_true(err_is(error, ERR_CORRUPT));
    g_clear_error(&error);
    /* The right bytes come again: they are what is read from now on. */
    struct blob_digest again = commit(f, "one!");
    g_assert_cmpmem(&again.id, sizeof again.id, &one.id, sizeof one.id);
    expect(f, &one.id, "one!");
    g_assert_true(store_verify(f->store, &one.id, 4, &error));
}

static void test_last_form_is_never_dropped(struct fixture *f, gconstpointer unused)
{
    g_autoptr(GError) error = NULL;
    struct blob_digest digest = commit(f, "abcd");
    struct store_hold *hold = store_hold_take(f->store, &digest.id);
    g_assert_false(store_hold_drop(hold, BLOB_PLAIN, &error));
    g_assert_true(err_is(error, ERR_NOT_FOUND));
    g_clear_error(&error);
    g_assert_true(store_hold_drop(hold, BLOB_PACKED, &error)); /* was not there */
    g_assert_true(store_hold_pack(hold, staged(f, "dcba"), &error));
    g_assert_true(store_hold_drop(hold, BLOB_PLAIN, &error));
    g_assert_false(store_hold_drop(hold, BLOB_PACKED, &error));
    store_hold_free(hold);
    expect(f, &digest.id, "abcd");
}

static void test_unlinked_in_all_forms(struct fixture *f, gconstpointer unused)
{
    struct blob_digest digest = commit(f, "abcd");
    pack(f, &digest.id, "dcba", true);
    expect(f, &digest.id, "abcd"); /* kept for the next reader, who must not get it */
    commit(f, "abcd");
    struct store_hold *hold = store_hold_take(f->store, &digest.id);
    g_assert_true(store_hold_unlink(hold, NULL));
    store_hold_free(hold);
    expect_error(f, &digest.id, ERR_NOT_FOUND);
    bool is_empty = false;
    g_assert_true(store_is_empty(f->store, &is_empty, NULL));
    g_assert_true(is_empty);
}

static void test_nobody_unpacks(struct fixture *f, gconstpointer unused)
{
    g_autoptr(GError) error = NULL;
    struct blob_digest digest = commit(f, "abcd");
    pack(f, &digest.id, "dcba", true);
    store_set_unpacker(f->store, NULL, NULL, 0);
    expect_error(f, &digest.id, ERR_UNSUPPORTED);
    g_assert_false(store_verify(f->store, &digest.id, 4, &error));
    g_assert_true(err_is(error, ERR_UNSUPPORTED));
}

static void test_read_beside(struct fixture *f, gconstpointer unused)
{
    g_autoptr(GError) error = NULL;
    struct blob_digest digest = commit(f, "abcd");
    pack(f, &digest.id, "dcba", true);
    struct store *own = f->store;
    f->store = store_open_beside(f->dir, &error);
    g_assert_no_error(error);
    store_set_unpacker(f->store, turn_round, f, 10);
    expect(f, &digest.id, "abcd");
    expect(f, &digest.id, "abcd");
    g_assert_cmpint(f->unpacked, ==, 2); /* it may not write, so nothing is kept */
    struct store_hold *hold = store_hold_take(f->store, &digest.id);
    g_assert_false(store_hold_drop(hold, BLOB_PACKED, &error));
    g_assert_true(err_is(error, ERR_FORBIDDEN));
    store_hold_free(hold);
    store_close(f->store);
    f->store = own;
}

/* Ten bytes are kept: two of four. */
static void test_keeps_what_was_asked_for_last(struct fixture *f, gconstpointer unused)
{
    struct blob_digest a = commit(f, "aaa1"), b = commit(f, "bbb1"), c = commit(f, "ccc1"),
                       large = commit(f, "0123456789a");
    pack(f, &a.id, "1aaa", true);
    pack(f, &b.id, "1bbb", true);
    pack(f, &c.id, "1ccc", true);
    pack(f, &large.id, "a9876543210", true);
    expect(f, &a.id, "aaa1");
    expect(f, &b.id, "bbb1");
    expect(f, &a.id, "aaa1");
    g_assert_cmpint(f->unpacked, ==, 2);
    expect(f, &c.id, "ccc1"); /* b goes, which was asked for longest ago */
    expect(f, &a.id, "aaa1");
    g_assert_cmpint(f->unpacked, ==, 3);
    expect(f, &b.id, "bbb1");
    g_assert_cmpint(f->unpacked, ==, 4);
    expect(f, &large.id, "0123456789a"); /* more than there is room for: stays until the next comes */
    expect(f, &large.id, "0123456789a");
    g_assert_cmpint(f->unpacked, ==, 5);
    expect(f, &a.id, "aaa1");
    g_assert_cmpint(f->unpacked, ==, 6);
}

struct reader {
    struct fixture *fixture;
    struct blob_id id;
};

static gpointer read_thread(gpointer data)
{
    struct reader *reader = data;
    expect(reader->fixture, &reader->id, "abcd");
    return NULL;
}

static void test_unpacked_once_for_all_who_wait(struct fixture *f, gconstpointer unused)
{
    struct blob_digest digest = commit(f, "abcd");
    pack(f, &digest.id, "dcba", true);
    f->sleep_ms = 100;
    struct reader reader = {f, digest.id};
    GThread *threads[8];
    for (size_t i = 0; i < G_N_ELEMENTS(threads); i++)
        threads[i] = g_thread_new("reader", read_thread, &reader);
    for (size_t i = 0; i < G_N_ELEMENTS(threads); i++)
        g_thread_join(threads[i]);
    g_assert_cmpint(f->unpacked, ==, 1);
}

/* ---- the folder ---- */

struct seen {
    unsigned plain, packed, strays;
};

static bool see(const struct blob_id *id, enum blob_form form, int64_t size_bytes, void *data, GError **error)
{
    struct seen *seen = data;
    seen->plain += form == BLOB_PLAIN;
    seen->packed += form == BLOB_PACKED;
    return true;
}

static void see_stray(const char *path, void *data)
{
    ((struct seen *)data)->strays++;
}

static void test_walk_knows_both_forms(struct fixture *f, gconstpointer unused)
{
    struct blob_digest a = commit(f, "abcd"), b = commit(f, "efgh");
    commit(f, "ijkl");
    pack(f, &a.id, "dcba", true);
    pack(f, &b.id, "hgfe", false);
    g_autofree char *name = blob_name(&a.id);
    g_autofree char *other = g_strdup_printf("%s/store/%.2s/%.2s/%s.png", f->dir, name, name + 2, name);
    g_assert_true(g_file_set_contents(other, "x", 1, NULL));
    struct seen seen = {0};
    g_assert_true(store_walk(f->store, see, see_stray, &seen, NULL));
    g_assert_cmpuint(seen.plain, ==, 2);
    g_assert_cmpuint(seen.packed, ==, 2);
    g_assert_cmpuint(seen.strays, ==, 1);
}

static void test_browse_shows_what_lies_there(struct fixture *f, gconstpointer unused)
{
    struct blob_digest a = commit(f, "abcd"), b = commit(f, "efgh");
    g_autofree char *plain = NULL, *packed = NULL, *again = NULL, *second = NULL;
    g_assert_true(store_browse_link(f->store, &a.id, "ada/IMG_1.jpg", &plain, NULL));
    g_assert_cmpstr(plain, ==, "ada/IMG_1.jpg");
    pack(f, &a.id, "dcba", true);
    pack(f, &b.id, "hgfe", true);
    g_assert_true(store_browse_link(f->store, &a.id, "ada/IMG_1.jpg", &packed, NULL));
    g_assert_cmpstr(packed, ==, "ada/IMG_1.jpg.jxl");
    g_assert_true(store_browse_link(f->store, &a.id, "ada/IMG_1.jpg", &again, NULL));
    g_assert_cmpstr(again, ==, "ada/IMG_1.jpg.jxl");
    g_assert_true(store_browse_link(f->store, &b.id, "ada/IMG_1.jpg", &second, NULL));
    g_assert_cmpstr(second, ==, "ada/IMG_1 (2).jpg.jxl");
    g_autofree char *path = g_build_filename(f->dir, "browse", packed, NULL);
    g_autofree char *text = NULL;
    g_assert_true(g_file_get_contents(path, &text, NULL, NULL));
    g_assert_cmpstr(text, ==, "dcba");
}

static void add(const char *name, void (*test)(struct fixture *, gconstpointer))
{
    g_test_add(name, struct fixture, NULL, set_up, test, tear_down);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    add("/packed/comes-back-whole", test_comes_back_whole);
    add("/packed/wrong-bytes-never-come-out", test_wrong_bytes_never_come_out);
    add("/packed/last-form-is-never-dropped", test_last_form_is_never_dropped);
    add("/packed/unlinked-in-all-forms", test_unlinked_in_all_forms);
    add("/packed/nobody-unpacks", test_nobody_unpacks);
    add("/packed/read-beside", test_read_beside);
    add("/packed/keeps-what-was-asked-for-last", test_keeps_what_was_asked_for_last);
    add("/packed/unpacked-once-for-all-who-wait", test_unpacked_once_for_all_who_wait);
    add("/packed/walk-knows-both-forms", test_walk_knows_both_forms);
    add("/packed/browse-shows-what-lies-there", test_browse_shows_what_lies_there);
    return g_test_run();
}
