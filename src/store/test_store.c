/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Unit tests of the store: commits, damage, holds, stages over restarts, the walk, browse links. */
#include <fcntl.h>
#include <glib.h>
#include <glib/gstdio.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/error.h"
#include "base/io.h"
#include "store/store_private.h"

struct fixture {
    char *dir;
    struct store *store;
};

static void set_up(struct fixture *f, gconstpointer unused)
{
    g_autoptr(GError) error = NULL;
    f->dir = g_dir_make_tmp("ambrotype-store-XXXXXX", &error);
    g_assert_no_error(error);
    f->store = store_open(f->dir, &error);
    g_assert_no_error(error);
}

static void reopen(struct fixture *f)
{
    g_autoptr(GError) error = NULL;
    store_close(f->store);
    f->store = store_open(f->dir, &error);
    g_assert_no_error(error);
}

static void remove_tree(const char *path)
{
    const char *argv[] = {"rm", "-rf", "--", path, NULL};
    g_spawn_sync(NULL, (char **)argv, NULL, G_SPAWN_SEARCH_PATH, NULL, NULL, NULL, NULL, NULL, NULL);
}

static void tear_down(struct fixture *f, gconstpointer unused)
{
    store_close(f->store);
    remove_tree(f->dir);
    g_free(f->dir);
}

/* The one way out of the store. */
static bool unlink_blob(struct store *store, const struct blob_id *id, GError **error)
{
    struct store_hold *hold = store_hold_take(store, id);
    bool ok = store_hold_unlink(hold, error);
    store_hold_free(hold);
    return ok;
}

static struct stage *staged(struct store *store, const char *text)
{
    g_autoptr(GError) error = NULL;
    struct stage *stage = stage_begin(store, false, &error);
    g_assert_no_error(error);
    g_assert_true(stage_write(stage, text, strlen(text), &error));
    return stage;
}

static struct blob_digest commit_text(struct store *store, const char *text, bool *ret_new)
{
    g_autoptr(GError) error = NULL;
    struct blob_digest digest;
    g_assert_true(stage_commit(staged(store, text), &digest, ret_new, &error));
    g_assert_no_error(error);
    return digest;
}

static char *blob_file(const struct fixture *f, const struct blob_id *id)
{
    g_autofree char *name = blob_name(id);
    return g_strdup_printf("%s/store/%.2s/%.2s/%s", f->dir, name, name + 2, name);
}

static unsigned staging_count(const struct fixture *f)
{
    g_autofree char *path = g_build_filename(f->dir, "staging", NULL);
    g_autoptr(GDir) dir = g_dir_open(path, 0, NULL);
    unsigned count = 0;
    while (g_dir_read_name(dir))
        count++;
    return count;
}

static void damage(const char *path, const char *text)
{
    g_chmod(path, 0600);
    g_assert_true(g_file_set_contents(path, text, -1, NULL));
    g_chmod(path, 0400);
}

static void test_commit_gives_the_bytes_back(struct fixture *f, gconstpointer unused)
{
    bool is_new = false;
    struct blob_digest digest = commit_text(f->store, "abc", &is_new);
    g_assert_true(is_new);
    g_assert_cmpint(digest.size_bytes, ==, 3);
    g_autofree char *sha256 = hex_encode(digest.id.sha256, SHA256_SIZE);
    g_autofree char *sha1 = hex_encode(digest.sha1, SHA1_SIZE);
    /* FIPS 180-2, appendices A.1 and B.1 */
    g_assert_cmpstr(sha256, ==, "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
    g_assert_cmpstr(sha1, ==, "a9993e364706816aba3e25717850c26c9cd0d89d");
    int64_t size_bytes;
    AUTO_FD int fd = store_open_blob(f->store, &digest.id, &size_bytes, NULL);
    char bytes[8] = "";
    g_assert_cmpint(io_read_full(fd, bytes, sizeof bytes, NULL), ==, 3);
    g_assert_cmpstr(bytes, ==, "abc");
    struct stat status;
    g_assert_cmpint(fstat(fd, &status), ==, 0);
    g_assert_cmpint(status.st_mode & 07777, ==, 0400);
    g_assert_cmpint(status.st_nlink, ==, 1);
    g_assert_cmpuint(staging_count(f), ==, 0);
    g_assert_true(store_verify(f->store, &digest.id, 3, NULL));
    g_assert_true(store_has(f->store, &digest.id, 3));
    g_assert_false(store_has(f->store, &digest.id, 4));
}

static void test_same_bytes_are_one_blob(struct fixture *f, gconstpointer unused)
{
    bool first, second;
    struct blob_digest a = commit_text(f->store, "same", &first), b = commit_text(f->store, "same", &second);
    g_assert_true(first);
    g_assert_false(second);
    g_assert_cmpmem(&a, sizeof a.id, &b, sizeof b.id);
    g_assert_cmpuint(staging_count(f), ==, 0);
}

static void test_good_bytes_heal_a_damaged_blob(struct fixture *f, gconstpointer unused)
{
    const char *damaged[] = {"sama", "too long", ""};
    for (unsigned i = 0; i < G_N_ELEMENTS(damaged); i++) {
        g_autoptr(GError) error = NULL;
        bool is_new;
        struct blob_digest digest = commit_text(f->store, "same", &is_new);
        g_autofree char *path = blob_file(f, &digest.id);
        damage(path, damaged[i]);
        g_assert_false(store_verify(f->store, &digest.id, 4, &error));
        g_assert_error(error, ERR_DOMAIN, ERR_CORRUPT);
        commit_text(f->store, "same", &is_new);
        g_assert_false(is_new);
        g_assert_true(store_verify(f->store, &digest.id, 4, NULL));
    }
    g_assert_cmpuint(staging_count(f), ==, 0);
}

enum { N_THREADS = 8, N_ROUNDS = 40 };

static gpointer commit_many(gpointer data)
{
    unsigned n_new = 0;
    for (unsigned i = 0; i < N_ROUNDS; i++) {
        g_autofree char *text = g_strdup_printf("content %u", i);
        bool is_new;
        commit_text(data, text, &is_new);
        n_new += is_new;
    }
    return GUINT_TO_POINTER(n_new);
}

static bool count_blob(const struct blob_id *id, enum blob_form form, int64_t size_bytes, void *data, GError **error)
{
    (*(unsigned *)data)++;
    return true;
}

static void test_threads_commit_the_same(struct fixture *f, gconstpointer unused)
{
    GThread *threads[N_THREADS];
    for (unsigned i = 0; i < N_THREADS; i++)
        threads[i] = g_thread_new("commit", commit_many, f->store);
    unsigned n_new = 0, n_blobs = 0;
    for (unsigned i = 0; i < N_THREADS; i++)
        n_new += GPOINTER_TO_UINT(g_thread_join(threads[i]));
    g_assert_cmpuint(n_new, ==, N_ROUNDS);
    g_assert_true(store_walk(f->store, count_blob, NULL, &n_blobs, NULL));
    g_assert_cmpuint(n_blobs, ==, N_ROUNDS);
    g_assert_cmpuint(staging_count(f), ==, 0);
    g_assert_cmpuint(g_hash_table_size(f->store->live), ==, 0);
    g_assert_cmpuint(g_hash_table_size(f->store->holds), ==, 0);
}

static void test_hold_keeps_the_blob(struct fixture *f, gconstpointer unused)
{
    g_autoptr(GError) error = NULL;
    struct blob_digest digest;
    bool is_new;
    struct store_hold *first, *second;
    g_assert_true(stage_commit_hold(staged(f->store, "held"), &digest, &is_new, &first, NULL));
    g_assert_true(stage_commit_hold(staged(f->store, "held"), &digest, &is_new, &second, NULL));
    g_assert_false(unlink_blob(f->store, &digest.id, &error));
    g_assert_error(error, ERR_DOMAIN, ERR_BUSY);
    g_clear_error(&error);
    g_assert_false(store_hold_unlink(first, &error));
    g_assert_error(error, ERR_DOMAIN, ERR_BUSY);
    g_clear_error(&error);
    store_hold_free(first);
    /* Alone again, but the other may have brought rows. */
    g_assert_false(store_hold_unlink(second, &error));
    g_assert_error(error, ERR_DOMAIN, ERR_BUSY);
    store_hold_free(second);
    struct store_hold *third = store_hold_take(f->store, &digest.id);
    g_assert_true(store_hold_unlink(third, NULL));
    g_assert_false(store_has(f->store, &digest.id, 4));
    store_hold_free(third);
    g_assert_true(unlink_blob(f->store, &digest.id, NULL)); /* gone already is fine */
}

static bool note_unfinished(const struct blob_id *id, struct store_hold *hold, void *data, GError **error)
{
    *(struct blob_id *)data = *id;
    return true;
}

static void test_crash_after_commit_leaves_a_trace(struct fixture *f, gconstpointer unused)
{
    struct blob_digest digest;
    bool is_new;
    struct store_hold *hold;
    unsigned swept = 9;
    struct blob_id found = {0};
    g_assert_true(stage_commit_hold(staged(f->store, "no row yet"), &digest, &is_new, &hold, NULL));
    /* Seen from this process it is work under way. */
    g_assert_true(store_unfinished(f->store, note_unfinished, &found, NULL));
    g_assert_true(store_sweep(f->store, NULL, 0, &swept, NULL));
    g_assert_cmpuint(swept, ==, 0);
    g_assert_cmpuint(staging_count(f), ==, 1);
    g_assert_cmpint(found.sha256[0], ==, 0);
    g_free(hold); /* as a crash: nothing is put away */
    reopen(f);
    g_assert_true(store_unfinished(f->store, note_unfinished, &found, NULL));
    g_assert_cmpmem(&found, sizeof found, &digest.id, sizeof digest.id);
    g_assert_true(store_sweep(f->store, NULL, 0, &swept, NULL));
    g_assert_cmpuint(swept, ==, 1);
}

static void test_kept_stage_goes_on_after_restart(struct fixture *f, gconstpointer unused)
{
    g_autoptr(GError) error = NULL;
    struct stage *stage = stage_begin(f->store, true, NULL);
    g_autofree char *left = g_build_filename(f->dir, "staging", "11111111-1111-4111-8111-111111111111", NULL);
    g_assert_true(g_file_set_contents(left, "x", 1, NULL));
    struct uuid id = stage_id(stage);
    g_assert_true(stage_write(stage, "first,", 6, NULL) && stage_sync(stage, NULL));
    g_assert_true(stage_write(stage, "lost", 4, NULL));
    stage_park(stage);
    reopen(f);
    unsigned swept;
    g_assert_true(store_sweep(f->store, &id, 1, &swept, NULL));
    g_assert_cmpuint(swept, ==, 1);
    g_assert_null(stage_reopen(f->store, &id, 11, &error));
    g_assert_error(error, ERR_DOMAIN, ERR_NOT_FOUND);
    stage = stage_reopen(f->store, &id, 6, NULL);
    g_assert_true(stage_mark(stage, NULL) && stage_write(stage, "wrong", 5, NULL) && stage_undo(stage, NULL));
    g_assert_cmpint(stage_size(stage), ==, 6);
    g_assert_true(stage_write(stage, "second", 6, NULL));
    struct blob_digest whole, parts;
    bool is_new;
    g_assert_true(stage_commit(stage, &parts, &is_new, NULL));
    whole = commit_text(f->store, "first,second", &is_new);
    g_assert_false(is_new);
    g_assert_cmpmem(&whole.id, sizeof whole.id, &parts.id, sizeof parts.id);
}

/* Gigabytes may lie there, and it is opened on a network thread: the file is read when its digest is asked for. That
 * shows in that the digest is of what the file holds then. */
static void test_reopened_stage_is_read_at_its_digest(struct fixture *f, gconstpointer unused)
{
    struct stage *stage = stage_begin(f->store, true, NULL);
    struct uuid id = stage_id(stage);
    char name[UUID_TEXT_SIZE];
    g_autofree char *path = g_build_filename(f->dir, "staging", uuid_format(&id, name), NULL);
    g_assert_true(stage_write(stage, "first,", 6, NULL) && stage_sync(stage, NULL));
    stage_park(stage);
    stage = stage_reopen(f->store, &id, 6, NULL);
    g_assert_nonnull(stage);
    size_t head_size;
    g_assert_cmpmem(stage_head(stage, &head_size), head_size, "first,", 6);
    FILE *file = fopen(path, "r+");
    g_assert_true(file && fputs("FIRST", file) >= 0 && fclose(file) == 0);
    g_assert_true(stage_write(stage, "second", 6, NULL));
    struct blob_digest whole, parts;
    bool is_new;
    g_assert_true(stage_commit(stage, &parts, &is_new, NULL));
    whole = commit_text(f->store, "FIRST,second", &is_new);
    g_assert_false(is_new);
    g_assert_cmpmem(&whole, sizeof whole, &parts, sizeof parts);
}

static void test_only_one_server_and_only_a_library(struct fixture *f, gconstpointer unused)
{
    g_autoptr(GError) error = NULL;
    g_assert_null(store_open(f->dir, &error));
    g_assert_error(error, ERR_DOMAIN, ERR_BUSY);
    g_clear_error(&error);
    struct uuid id = store_identity(f->store), again;
    bool is_empty = false;
    g_assert_true(store_is_empty(f->store, &is_empty, NULL));
    g_assert_true(is_empty);
    commit_text(f->store, "one", &is_empty);
    struct store *beside = store_open_beside(f->dir, &error);
    g_assert_no_error(error);
    again = store_identity(beside);
    g_assert_true(uuid_equal(&id, &again));
    g_assert_true(store_is_empty(beside, &is_empty, NULL));
    g_assert_false(is_empty);
    struct blob_id none = {0};
    g_assert_false(unlink_blob(beside, &none, &error));
    g_assert_error(error, ERR_DOMAIN, ERR_FORBIDDEN);
    g_clear_error(&error);
    store_close(beside);
    static const char *const made_again[] = {"staging", "derived", "browse", "backups"};
    for (size_t i = 0; i < G_N_ELEMENTS(made_again); i++) { /* as in a copy of the library */
        g_autofree char *folder = g_build_filename(f->dir, made_again[i], NULL);
        remove_tree(folder);
    }
    beside = store_open_beside(f->dir, &error);
    g_assert_no_error(error);
    g_assert_true(store_is_empty(beside, &is_empty, NULL));
    g_assert_false(is_empty);
    g_assert_true(store_browse_unlink(beside, "2024/a.jpg", &error));
    g_assert_no_error(error);
    store_close(beside);
    g_autofree char *inside = g_build_filename(f->dir, "store", NULL), *missing = g_build_filename(f->dir, "no", NULL);
    g_assert_null(store_open(inside, &error)); /* not empty, no identity */
    g_assert_error(error, ERR_DOMAIN, ERR_CONFLICT);
    g_clear_error(&error);
    g_assert_null(store_open_beside(missing, &error));
    g_assert_error(error, ERR_DOMAIN, ERR_NOT_FOUND);
}

struct seen {
    struct blob_id last;
    unsigned n_blobs, n_strays;
};

static bool see_blob(const struct blob_id *id, enum blob_form form, int64_t size_bytes, void *data, GError **error)
{
    struct seen *seen = data;
    g_assert_true(seen->n_blobs == 0 || memcmp(&seen->last, id, sizeof *id) < 0);
    seen->last = *id;
    seen->n_blobs++;
    return true;
}

static void see_stray(const char *path, void *data)
{
    ((struct seen *)data)->n_strays++;
}

static void test_walk_is_sorted_and_names_strays(struct fixture *f, gconstpointer unused)
{
    bool is_new;
    for (unsigned i = 0; i < 50; i++) {
        g_autofree char *text = g_strdup_printf("%u", i);
        commit_text(f->store, text, &is_new);
    }
    struct blob_digest one = commit_text(f->store, "abc", &is_new);
    g_autofree char *path = blob_file(f, &one.id), *misplaced = g_strconcat(path, ".tmp", NULL);
    g_autofree char *top = g_build_filename(f->dir, "store", "README", NULL);
    g_assert_true(g_file_set_contents(misplaced, "x", 1, NULL) && g_file_set_contents(top, "x", 1, NULL));
    struct seen seen = {0};
    g_assert_true(store_walk(f->store, see_blob, see_stray, &seen, NULL));
    g_assert_cmpuint(seen.n_blobs, ==, 51);
    g_assert_cmpuint(seen.n_strays, ==, 2);
}

static void test_verify_tells_missing(struct fixture *f, gconstpointer unused)
{
    g_autoptr(GError) error = NULL;
    struct blob_id none = {{1, 2, 3}};
    g_assert_false(store_verify(f->store, &none, 1, &error));
    g_assert_error(error, ERR_DOMAIN, ERR_NOT_FOUND);
}

static void test_browse_names(struct fixture *f, gconstpointer unused)
{
    g_autoptr(GError) error = NULL;
    bool is_new;
    struct blob_digest a = commit_text(f->store, "a", &is_new), b = commit_text(f->store, "b", &is_new);
    g_autofree char *first = NULL, *again = NULL, *second = NULL, *bad = NULL;
    g_assert_true(store_browse_link(f->store, &a.id, "me/2024/2024-08/IMG.jpg", &first, NULL));
    g_assert_true(store_browse_link(f->store, &a.id, "me/2024/2024-08/IMG.jpg", &again, NULL));
    g_assert_true(store_browse_link(f->store, &b.id, "me/2024/2024-08/IMG.jpg", &second, NULL));
    g_assert_cmpstr(first, ==, "me/2024/2024-08/IMG.jpg");
    g_assert_cmpstr(again, ==, first);
    g_assert_cmpstr(second, ==, "me/2024/2024-08/IMG (2).jpg");
    const char *evil[] = {"../x", "a/../../x", "/etc/x", "a//b", ""};
    for (unsigned i = 0; i < G_N_ELEMENTS(evil); i++) {
        g_assert_false(store_browse_link(f->store, &a.id, evil[i], &bad, &error));
        g_assert_error(error, ERR_DOMAIN, ERR_INVALID);
        g_clear_error(&error);
    }
    g_assert_true(store_browse_unlink(f->store, first, NULL) && store_browse_unlink(f->store, second, NULL));
    g_assert_true(store_browse_unlink(f->store, second, NULL));
    g_autofree char *folder = g_build_filename(f->dir, "browse", "me", NULL);
    g_assert_false(g_file_test(folder, G_FILE_TEST_EXISTS));
    g_assert_true(store_verify(f->store, &a.id, 1, NULL));
}

static void test_without_hard_links(struct fixture *f, gconstpointer unused)
{
    g_autoptr(GError) error = NULL;
    blob_fs_forbid_links(f->store->backend);
    bool is_new;
    struct blob_digest digest = commit_text(f->store, "moved", &is_new);
    g_assert_true(is_new);
    commit_text(f->store, "moved", &is_new);
    g_assert_false(is_new);
    g_assert_true(store_verify(f->store, &digest.id, 5, NULL));
    g_assert_cmpuint(staging_count(f), ==, 0);
    g_autofree char *path = NULL;
    g_assert_false(store_browse_link(f->store, &digest.id, "x.jpg", &path, &error));
    g_assert_error(error, ERR_DOMAIN, ERR_UNSUPPORTED);
}

static void test_permissions(struct fixture *f, gconstpointer unused)
{
    static const char *const names[] = {"store", "staging", "derived", "browse", "backups"};
    for (unsigned i = 0; i < G_N_ELEMENTS(names); i++) {
        g_autofree char *path = g_build_filename(f->dir, names[i], NULL);
        struct stat status;
        g_assert_cmpint(stat(path, &status), ==, 0);
        g_assert_cmpint(status.st_mode & 0777, ==, 0700);
    }
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
#define ADD(name, test) g_test_add("/store/" name, struct fixture, NULL, set_up, test, tear_down)
    ADD("commit-gives-the-bytes-back", test_commit_gives_the_bytes_back);
    ADD("same-bytes-are-one-blob", test_same_bytes_are_one_blob);
    ADD("good-bytes-heal-a-damaged-blob", test_good_bytes_heal_a_damaged_blob);
    ADD("threads-commit-the-same", test_threads_commit_the_same);
    ADD("hold-keeps-the-blob", test_hold_keeps_the_blob);
    ADD("crash-after-commit-leaves-a-trace", test_crash_after_commit_leaves_a_trace);
    ADD("kept-stage-goes-on-after-restart", test_kept_stage_goes_on_after_restart);
    ADD("reopened-stage-is-read-at-its-digest", test_reopened_stage_is_read_at_its_digest);
    ADD("only-one-server-and-only-a-library", test_only_one_server_and_only_a_library);
    ADD("walk-is-sorted-and-names-strays", test_walk_is_sorted_and_names_strays);
    ADD("verify-tells-missing", test_verify_tells_missing);
    ADD("browse-names", test_browse_names);
    ADD("without-hard-links", test_without_hard_links);
    ADD("permissions", test_permissions);
    return g_test_run();
}
