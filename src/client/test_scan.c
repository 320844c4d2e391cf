/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Unit tests of the scan, on trees that each test makes. */
#include <fcntl.h>
#include <glib/gstdio.h>
#include <string.h>
#include <unistd.h>

#include "client/scan.h"

struct tree {
    char *dir;
};

static void setup(struct tree *tree, gconstpointer data)
{
    g_autofree char *made = g_dir_make_tmp("ambrotype-scan-XXXXXX", NULL);
    tree->dir = realpath(made, NULL);
}

static void teardown(struct tree *tree, gconstpointer data)
{
    const char *const words[] = {"chmod", "-R", "u+rwx", tree->dir, NULL};
    const char *const remove[] = {"rm", "-rf", "--", tree->dir, NULL};
    g_spawn_sync(NULL, (char **)words, NULL, G_SPAWN_SEARCH_PATH, NULL, NULL, NULL, NULL, NULL, NULL);
    g_spawn_sync(NULL, (char **)remove, NULL, G_SPAWN_SEARCH_PATH, NULL, NULL, NULL, NULL, NULL, NULL);
    free(tree->dir);
}

static char *put(struct tree *tree, const char *name, const char *text)
{
    char *path = g_build_filename(tree->dir, name, NULL);
    g_autofree char *parent = g_path_get_dirname(path);
    g_mkdir_with_parents(parent, 0700);
    int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
    g_assert_cmpint(fd, >=, 0);
    g_assert_cmpint(write(fd, text, strlen(text)), ==, (ssize_t)strlen(text));
    close(fd);
    return path;
}

static void put_all(struct tree *tree, const char *const *names)
{
    for (; *names; names++)
        g_free(put(tree, *names, "x"));
}

static struct scan *scan_tree(struct tree *tree)
{
    struct scan *scan = scan_new();
    g_assert_true(scan_add(scan, tree->dir, NULL, NULL));
    return scan;
}

static struct scan_item *find(struct tree *tree, struct scan *scan, const char *name)
{
    g_autofree char *path = g_build_filename(tree->dir, name, NULL);
    for (guint i = 0; i < scan->items->len; i++) {
        struct scan_item *item = g_ptr_array_index(scan->items, i);
        if (strcmp(item->path, path) == 0)
            return item;
    }
    return NULL;
}

/* The items are exactly these. */
static void assert_items(struct tree *tree, struct scan *scan, const char *const *names)
{
    guint n = 0;
    for (; names[n]; n++)
        if (!find(tree, scan, names[n]))
            g_error("%s was not found", names[n]);
    g_assert_cmpuint(scan->items->len, ==, n);
}

static void test_by_name(struct tree *tree, gconstpointer data)
{
    put_all(tree, (const char *const[]){"a.JPG", "b/c.heic", "b/d/e.mp4", "notes.txt", "b/noext", ".hidden.jpg",
                                        ".thumbnails/t.jpg", "@eaDir/s.jpg", "b/#recycle/r.jpg", NULL});
    struct scan *scan = scan_tree(tree);
    assert_items(tree, scan, (const char *const[]){"a.JPG", "b/c.heic", "b/d/e.mp4", NULL});
    g_assert_cmpint(scan->n_other, ==, 2);
    g_assert_cmpint(scan->n_hidden, ==, 4);
    g_assert_cmpint(scan->bytes, ==, 3);
    scan_free(scan);
}

static void test_ignore_files(struct tree *tree, gconstpointer data)
{
    g_free(put(tree, ".ambrotypeignore", "Screenshots/\n*.png\n!keep.png\n!.camera/\n"));
    g_free(put(tree, "b/.ambrotypeignore", "/only-here.jpg\n!again.png\n"));
    put_all(tree, (const char *const[]){"a.jpg", "a.png", "keep.png", "Screenshots/s.jpg", "b/only-here.jpg",
                                        "b/c/only-here.jpg", "b/again.png", "b/x.png", ".camera/c.jpg", NULL});
    struct scan *scan = scan_tree(tree);
    assert_items(tree, scan,
                 (const char *const[]){"a.jpg", "keep.png", "b/c/only-here.jpg", "b/again.png", ".camera/c.jpg", NULL});
    g_assert_cmpint(scan->n_ignored, ==, 4);
    g_assert_cmpint(scan->n_hidden, ==, 0);
    scan_free(scan);
}

static void test_links(struct tree *tree, gconstpointer data)
{
    g_autofree char *folder_link = g_build_filename(tree->dir, "b", "up", NULL);
    g_autofree char *file_link = g_build_filename(tree->dir, "link.jpg", NULL);
    g_autofree char *dead_link = g_build_filename(tree->dir, "dead.jpg", NULL);
    put_all(tree, (const char *const[]){"a.jpg", "b/c.jpg", NULL});
    g_assert_cmpint(symlink("..", folder_link), ==, 0);
    g_assert_cmpint(symlink("a.jpg", file_link), ==, 0);
    g_assert_cmpint(symlink("nowhere", dead_link), ==, 0);
    struct scan *scan = scan_tree(tree);
    assert_items(tree, scan, (const char *const[]){"a.jpg", "b/c.jpg", "link.jpg", "dead.jpg", NULL});
    g_assert_cmpint(scan->n_links, ==, 1);
    g_assert_cmpuint(scan->words->len, ==, 1);
    g_assert_cmpint(find(tree, scan, "dead.jpg")->problem, ==, SCAN_UNREADABLE);
    g_assert_cmpint(find(tree, scan, "link.jpg")->problem, ==, SCAN_FINE);
    scan_free(scan);
}

static void test_problems(struct tree *tree, gconstpointer data)
{
    g_free(put(tree, "empty.jpg", ""));
    g_autofree char *closed = put(tree, "closed/inside.jpg", "x");
    g_autofree char *folder = g_build_filename(tree->dir, "closed", NULL);
    g_autofree char *pipe = g_build_filename(tree->dir, "pipe.jpg", NULL);
    g_assert_cmpint(mkfifo(pipe, 0600), ==, 0);
    g_assert_cmpint(chmod(folder, 0), ==, 0);
    struct scan *scan = scan_tree(tree);
    g_assert_cmpint(find(tree, scan, "empty.jpg")->problem, ==, SCAN_EMPTY);
    g_assert_null(find(tree, scan, "pipe.jpg"));
    if (geteuid() == 0) { /* root reads everything */
        g_assert_nonnull(find(tree, scan, "closed/inside.jpg"));
    } else {
        g_assert_true(find(tree, scan, "closed")->is_dir);
        g_assert_true(scan_is_lost(scan, closed));
        g_assert_false(scan_is_lost(scan, pipe));
    }
    scan_free(scan);
}

static void test_missing_root(struct tree *tree, gconstpointer data)
{
    g_autofree char *missing = g_build_filename(tree->dir, "missing", NULL);
    g_autofree char *below = g_build_filename(missing, "a.jpg", NULL);
    struct scan *scan = scan_new();
    g_assert_true(scan_add(scan, missing, NULL, NULL));
    g_assert_cmpuint(scan->items->len, ==, 1);
    g_assert_true(scan_is_lost(scan, below));
    g_assert_true(find(tree, scan, "missing")->is_missing);
    g_assert_false(scan_is_lost(scan, tree->dir));
    scan_free(scan);
}

static void test_odd_names(struct tree *tree, gconstpointer data)
{
    put_all(tree, (const char *const[]){"\xff.jpg", "\xfe.jpg", "new\nline.jpg", NULL});
    struct scan *scan = scan_tree(tree);
    g_assert_cmpuint(scan->items->len, ==, 3);
    const char *a = find(tree, scan, "\xff.jpg")->key, *b = find(tree, scan, "\xfe.jpg")->key;
    g_assert_true(g_utf8_validate(a, -1, NULL));
    g_assert_true(g_utf8_validate(b, -1, NULL));
    g_assert_cmpstr(a, !=, b);
    scan_free(scan);
    g_autofree char *filler = g_strnfill(6000, 'a');
    g_autofree char *long_key = scan_key(filler);
    g_assert_cmpuint(strlen(long_key), <=, 4096);
}

static void test_odd_dates(struct tree *tree, gconstpointer data)
{
    const struct timespec ages[2][2] = {{{13569465600, 0}, {13569465600, 0}}, {{-13569465600, 5}, {-13569465600, 5}}};
    g_autofree char *future = put(tree, "future.jpg", "x"), *past = put(tree, "past.jpg", "x");
    g_assert_cmpint(utimensat(AT_FDCWD, future, ages[0], 0), ==, 0);
    g_assert_cmpint(utimensat(AT_FDCWD, past, ages[1], 0), ==, 0);
    struct scan *scan = scan_tree(tree);
    g_assert_cmpint(find(tree, scan, "future.jpg")->mark.mtime_ns, >, G_MAXINT64 - INT64_C(3000000000));
    g_assert_cmpint(find(tree, scan, "past.jpg")->mark.mtime_ns, <, 0); /* ext4 keeps no year before 1901 */
    scan_free(scan);
}

static void test_sidecars(struct tree *tree, gconstpointer data)
{
    put_all(tree, (const char *const[]){"a.jpg", "a.jpg.xmp", "b.cr2", "b.XMP", "c.jpg", "alone.xmp", NULL});
    g_autofree char *of_a = g_build_filename(tree->dir, "a.jpg.xmp", NULL);
    g_autofree char *of_b = g_build_filename(tree->dir, "b.XMP", NULL);
    struct scan *scan = scan_tree(tree);
    assert_items(tree, scan, (const char *const[]){"a.jpg", "b.cr2", "c.jpg", NULL});
    g_assert_cmpstr(find(tree, scan, "a.jpg")->sidecar, ==, of_a);
    g_assert_cmpstr(find(tree, scan, "b.cr2")->sidecar, ==, of_b);
    g_assert_null(find(tree, scan, "c.jpg")->sidecar);
    g_assert_cmpint(scan->n_alone, ==, 1);
    scan_free(scan);
}

static void test_deep(struct tree *tree, gconstpointer data)
{
    g_autoptr(GString) name = g_string_new(NULL);
    for (int i = 0; i < 150; i++)
        g_string_append(name, "d/");
    g_string_append(name, "a.jpg");
    put_all(tree, (const char *const[]){name->str, NULL});
    struct scan *scan = scan_tree(tree);
    g_assert_nonnull(find(tree, scan, name->str));
    scan_free(scan);
}

static void test_below(void)
{
    g_assert_true(scan_is_below("/a/b", "/a"));
    g_assert_true(scan_is_below("/a", "/a"));
    g_assert_false(scan_is_below("/ab", "/a"));
    g_assert_true(scan_is_below("/a", "/"));
}

int main(int argc, char **argv)
{
    static const struct {
        const char *name;
        void (*test)(struct tree *, gconstpointer);
    } tests[] = {
        {"by-name", test_by_name},     {"ignore-files", test_ignore_files}, {"links", test_links},
        {"problems", test_problems},   {"missing-root", test_missing_root}, {"odd-names", test_odd_names},
        {"odd-dates", test_odd_dates}, {"sidecars", test_sidecars},         {"deep", test_deep},
    };
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/client/scan/below", test_below);
    for (size_t i = 0; i < G_N_ELEMENTS(tests); i++) {
        g_autofree char *name = g_strconcat("/client/scan/", tests[i].name, NULL);
        g_test_add(name, struct tree, NULL, setup, tests[i].test, teardown);
    }
    return g_test_run();
}
