/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Unit tests of what the client remembers, and of hashing. */
#include <fcntl.h>
#include <glib/gstdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/error.h"
#include "client/account.h"
#include "client/send.h"
#include "client/state.h"

struct fixture {
    char *dir;
    struct state *state;
};

static void setup(struct fixture *f, gconstpointer data)
{
    g_autoptr(GError) error = NULL;
    f->dir = g_dir_make_tmp("ambrotype-state-XXXXXX", NULL);
    f->state = state_open(f->dir, &error);
    g_assert_no_error(error);
}

static void reopen(struct fixture *f)
{
    state_close(f->state);
    f->state = state_open(f->dir, NULL);
    g_assert_nonnull(f->state);
}

static void teardown(struct fixture *f, gconstpointer data)
{
    const char *const words[] = {"rm", "-rf", "--", f->dir, NULL};
    state_close(f->state);
    g_spawn_sync(NULL, (char **)words, NULL, G_SPAWN_SEARCH_PATH, NULL, NULL, NULL, NULL, NULL, NULL);
    g_free(f->dir);
}

static void test_damaged(struct fixture *f, gconstpointer data)
{
    g_autoptr(GError) error = NULL;
    g_autofree char *path = g_build_filename(f->dir, "backup.db", NULL);
    g_autofree char *garbage = g_strnfill(5000, 'x');
    state_close(g_steal_pointer(&f->state));
    g_assert_true(g_file_set_contents(path, garbage, -1, NULL));
    g_assert_null(state_open(f->dir, &error));
    g_assert_error(error, ERR_DOMAIN, ERR_CORRUPT);
    g_assert_nonnull(strstr(error->message, path));
    g_assert_nonnull(strstr(error->message, "photos on the server are not concerned"));
}

static void test_folders(struct fixture *f, gconstpointer data)
{
    g_autoptr(GError) error = NULL;
    g_assert_true(state_add_folder(f->state, "/b", NULL));
    g_assert_true(state_add_folder(f->state, "/a\xff", NULL));
    g_assert_true(state_add_folder(f->state, "/b", NULL));
    g_autoptr(GPtrArray) folders = state_folders(f->state, NULL);
    g_assert_cmpuint(folders->len, ==, 2);
    g_assert_cmpstr(g_ptr_array_index(folders, 0), ==, "/b");
    g_assert_cmpstr(g_ptr_array_index(folders, 1), ==, "/a\xff");
    g_assert_false(state_remove_folder(f->state, "/c", &error));
    g_assert_true(err_is(error, ERR_NOT_FOUND));
    g_assert_true(state_remove_folder(f->state, "/b", NULL));
}

static struct saved_item sample(const char *path)
{
    return (struct saved_item){.path = (char *)path,
                               .key = (char *)"key",
                               .mark = {1, 2, 3, 4},
                               .has_sha1 = true,
                               .sha1 = {1, 2, 3},
                               .state = SAVED_STORED};
}

static void test_items(struct fixture *f, gconstpointer data)
{
    struct saved_item a = sample("/p/\xfe.jpg"), b = sample("/p/b.jpg");
    b.has_sha1 = false;
    b.state = SAVED_SKIPPED;
    b.reason = (char *)"refused";
    b.note = (char *)"because";
    const struct saved_item *const both[] = {&a, &b};
    g_assert_true(state_save(f->state, both, 2, NULL));
    g_assert_true(state_set_upload(f->state, a.path, "/uploads/x", NULL));
    reopen(f);
    g_autoptr(GHashTable) items = state_items(f->state, NULL);
    g_assert_cmpuint(g_hash_table_size(items), ==, 2);
    const struct saved_item *x = g_hash_table_lookup(items, a.path), *y = g_hash_table_lookup(items, b.path);
    g_assert_true(file_mark_equal(&x->mark, &a.mark));
    g_assert_cmpmem(x->sha1, SHA1_SIZE, a.sha1, SHA1_SIZE);
    g_assert_cmpstr(x->upload_url, ==, "/uploads/x");
    g_assert_false(y->has_sha1);
    g_assert_cmpstr(y->reason, ==, "refused");
    g_assert_cmpstr(y->note, ==, "because");
    struct state_counts counts;
    g_assert_true(state_counts(f->state, &counts, NULL));
    g_assert_cmpint(counts.total, ==, 2);
    g_assert_cmpint(counts.stored, ==, 1);
    g_assert_cmpint(counts.skipped, ==, 1);
    const char *const gone[] = {b.path};
    g_assert_true(state_forget(f->state, gone, 1, NULL));
    g_assert_true(state_counts(f->state, &counts, NULL));
    g_assert_cmpint(counts.total, ==, 1);
}

/* Another account: hashes stay, what was said of the server does not, and the device is a new one. */
static void test_other_account(struct fixture *f, gconstpointer data)
{
    struct saved_item item = sample("/a.jpg");
    const struct saved_item *const one[] = {&item};
    struct uuid first, same, other;
    g_assert_true(state_bind(f->state, "one", NULL));
    g_assert_true(state_device(f->state, &first, NULL));
    g_assert_true(state_save(f->state, one, 1, NULL));
    g_assert_true(state_bind(f->state, "one", NULL));
    reopen(f);
    g_assert_true(state_device(f->state, &same, NULL));
    g_assert_true(uuid_equal(&first, &same));
    g_assert_true(state_bind(f->state, "two", NULL));
    g_assert_true(state_device(f->state, &other, NULL));
    g_assert_false(uuid_equal(&first, &other));
    g_autoptr(GHashTable) items = state_items(f->state, NULL);
    const struct saved_item *kept = g_hash_table_lookup(items, item.path);
    g_assert_cmpint(kept->state, ==, SAVED_HASHED);
    g_assert_true(kept->has_sha1);
}

static void test_account_file(struct fixture *f, gconstpointer data)
{
    g_autoptr(GError) error = NULL;
    struct client_place place;
    struct client_account read = {0};
    const struct client_account account = {.server = (char *)"https://a.example.org",
                                           .api = (char *)"https://a.example.org/api",
                                           .secret = (char *)"s;e\\c\nret",
                                           .identity = (char *)"me"};
    g_assert_true(client_place_open(f->dir, &place, NULL));
    g_assert_false(client_account_load(&place, &read, &error));
    g_assert_true(err_is(error, ERR_NOT_FOUND));
    g_assert_true(client_account_save(&place, &account, NULL));
    g_assert_true(client_account_load(&place, &read, NULL));
    g_assert_cmpstr(read.secret, ==, account.secret);
    g_assert_null(read.who);
    g_autofree char *path = g_build_filename(f->dir, "client.conf", NULL);
    struct stat stat_of;
    g_assert_cmpint(stat(path, &stat_of), ==, 0);
    g_assert_cmpint(stat_of.st_mode & 0777, ==, 0600);
    client_account_clear(&read);
    g_assert_true(client_account_delete(&place, NULL));
    g_assert_true(client_account_delete(&place, NULL));
    client_place_clear(&place);
}

static void test_lock(struct fixture *f, gconstpointer data)
{
    g_autoptr(GError) error = NULL;
    struct client_place place;
    g_assert_true(client_place_open(f->dir, &place, NULL));
    int lock = client_place_lock(&place, NULL);
    g_assert_cmpint(lock, >=, 0);
    g_assert_cmpint(client_place_lock(&place, &error), ==, -1);
    g_assert_true(err_is(error, ERR_BUSY));
    close(lock);
    lock = client_place_lock(&place, NULL);
    g_assert_cmpint(lock, >=, 0);
    close(lock);
    client_place_clear(&place);
}

static void test_hash(struct fixture *f, gconstpointer data)
{
    g_autofree char *path = g_build_filename(f->dir, "a.jpg", NULL);
    g_autofree char *note = NULL;
    uint8_t sha1[SHA1_SIZE];
    struct file_mark mark;
    g_assert_cmpint(send_hash(path, sha1, &mark, &note), ==, END_GONE);
    g_assert_true(g_file_set_contents(path, "abc", 3, NULL));
    g_assert_cmpint(send_hash(path, sha1, &mark, &note), ==, END_THERE);
    g_autofree char *hex = hex_encode(sha1, SHA1_SIZE); /* FIPS 180, "abc" */
    g_assert_cmpstr(hex, ==, "a9993e364706816aba3e25717850c26c9cd0d89d");
    g_assert_cmpint(mark.size_bytes, ==, 3);
    g_assert_true(g_file_set_contents(path, "", 0, NULL));
    g_assert_cmpint(send_hash(path, sha1, &mark, &note), ==, END_EMPTY);
    g_assert_cmpint(g_unlink(path), ==, 0);
    g_assert_cmpint(mkfifo(path, 0600), ==, 0);
    g_assert_cmpint(send_hash(path, sha1, &mark, &note), ==, END_GONE); /* and does not hang */
}

int main(int argc, char **argv)
{
    static const struct {
        const char *name;
        void (*test)(struct fixture *, gconstpointer);
    } tests[] = {
        {"damaged", test_damaged},
        {"folders", test_folders},
        {"items", test_items},
        {"other-account", test_other_account},
        {"account-file", test_account_file},
        {"lock", test_lock},
        {"hash", test_hash},
    };
    g_test_init(&argc, &argv, NULL);
    for (size_t i = 0; i < G_N_ELEMENTS(tests); i++) {
        g_autofree char *name = g_strconcat("/client/state/", tests[i].name, NULL);
        g_test_add(name, struct fixture, NULL, setup, tests[i].test, teardown);
    }
    return g_test_run();
}
