/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Unit tests of ignore patterns: tables of gitignore(5), and git itself as the judge where it is installed. */
#include <glib/gstdio.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>

#include "client/ignore.h"

struct row {
    const char *text, *path; /* a path that ends in '/' is a folder */
    enum ignore_verdict verdict;
};

#define NO IGNORE_SILENT
#define OUT IGNORE_EXCLUDE
#define IN IGNORE_INCLUDE

static const struct row rows[] = {
    {"", "a.jpg", NO},
    {"# a.jpg\n", "a.jpg", NO},
    {"\\#a.jpg", "#a.jpg", OUT},
    {"\\!a.jpg", "!a.jpg", OUT},
    {"a.jpg", "a.jpg", OUT},
    {"a.jpg", "x/a.jpg", OUT},
    {"a.jpg", "aa.jpg", NO},
    {"a.jpg\r\n", "a.jpg", OUT},
    {"\xef\xbb\xbf"
     "a.jpg\n",
     "a.jpg", OUT},
    {"a.jpg   ", "a.jpg", OUT},
    {"a.jpg\\ ", "a.jpg ", OUT},
    {"a.jpg\\ ", "a.jpg", NO},
    {"*.jpg\n!b.jpg", "b.jpg", IN},
    {"!b.jpg\n*.jpg", "b.jpg", OUT},
    {"/a.jpg", "a.jpg", OUT},
    {"/a.jpg", "x/a.jpg", NO},
    {"x/a.jpg", "x/a.jpg", OUT},
    {"x/a.jpg", "y/x/a.jpg", NO},
    {"x/", "x/", OUT},
    {"x/", "x", NO},
    {"x/", "y/x/", OUT},
    {"/x/", "y/x/", NO},
    {"*", "x/y.jpg", OUT},
    {"x/*", "x/y/z", NO},
    {"x/*", "x/y", OUT},
    {"x/*/z", "x/y/z", OUT},
    {"x/*/z", "x/z", NO},
    {"?.jpg", "ab.jpg", NO},
    {"?.jpg", "a.jpg", OUT},
    {"x?y", "x/y", NO},
    {"**/foo", "foo", OUT},
    {"**/foo", "a/b/foo", OUT},
    {"**/foo/bar", "a/foo/bar", OUT},
    {"**/foo/bar", "foo/bar", OUT},
    {"**/foo/bar", "afoo/bar", NO},
    {"abc/**", "abc/x/y", OUT},
    {"abc/**", "abc/", NO},
    {"a/**/b", "a/b", OUT},
    {"a/**/b", "a/x/b", OUT},
    {"a/**/b", "a/x/y/b", OUT},
    {"a/**/b", "ab", NO},
    {"a/**/b", "a/xb", NO},
    {"a/**/**/b", "a/b", OUT},
    {"**", "a/b", OUT},
    {"[ab].jpg", "b.jpg", OUT},
    {"[!ab].jpg", "b.jpg", NO},
    {"[^ab].jpg", "c.jpg", OUT},
    {"[a-c]1", "b1", OUT},
    {"[a-c]1", "d1", NO},
    {"[]]x", "]x", OUT},
    {"[!]]x", "]x", NO},
    {"[a-]x", "-x", OUT},
    {"[\\]]x", "]x", OUT},
    {"[[:digit:]]x", "7x", OUT},
    {"[[:digit:]]x", "ax", NO},
    {"[[:upper:][:digit:]]x", "Ax", OUT},
    {"[[:nonsense:]]x", "ax", NO},
    {"[ab", "[ab", NO},
    {"a[/]b", "a/b", NO},
    {"a\\*b", "a*b", OUT},
    {"a\\*b", "axb", NO},
    {"a\\", "a", NO},
    {"/", "a", NO},
    {"!", "a", NO},
    {"\xff.jpg", "\xff.jpg", OUT},
    {"?.jpg", "\xff.jpg", OUT},
    {" a", " a", OUT},
};

static enum ignore_verdict ask(const char *text, const char *path)
{
    struct ignore *ignore = ignore_parse(text, strlen(text), NULL);
    g_autofree char *plain = g_strdup(path);
    size_t length = strlen(plain);
    bool is_dir = plain[length - 1] == '/';
    if (is_dir)
        plain[length - 1] = '\0';
    enum ignore_verdict verdict = ignore_match(ignore, plain, is_dir);
    ignore_free(ignore);
    return verdict;
}

static void test_table(void)
{
    for (size_t i = 0; i < G_N_ELEMENTS(rows); i++) {
        enum ignore_verdict verdict = ask(rows[i].text, rows[i].path);
        if (verdict != rows[i].verdict)
            g_test_message("pattern '%s', path '%s'", rows[i].text, rows[i].path);
        g_assert_cmpint(verdict, ==, rows[i].verdict);
    }
}

static void test_refused_lines(void)
{
    g_autofree char *longest = g_strnfill(IGNORE_LINE_MAX, 'a');
    g_autofree char *too_long = g_strnfill(IGNORE_LINE_MAX + 1, 'b');
    g_autofree char *text = g_strdup_printf("%s\n%s\n[x\n#[x\nc\n", longest, too_long);
    size_t refused = 0;
    struct ignore *ignore = ignore_parse(text, strlen(text), &refused);
    g_assert_cmpuint(refused, ==, 2);
    g_assert_cmpint(ignore_match(ignore, longest, false), ==, IGNORE_EXCLUDE);
    g_assert_cmpint(ignore_match(ignore, too_long, false), ==, IGNORE_SILENT);
    g_assert_cmpint(ignore_match(ignore, "c", false), ==, IGNORE_EXCLUDE);
    ignore_free(ignore);
}

/* Of all threads of this program: what a busy machine does meanwhile does not count. */
static int64_t cpu_us(void)
{
    struct timespec now;
    g_assert_cmpint(clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &now), ==, 0);
    return now.tv_sec * G_USEC_PER_SEC + now.tv_nsec / 1000;
}

/* What makes backtracking matchers run for years. */
static void test_no_pattern_hangs(void)
{
    g_autoptr(GString) text = g_string_new(NULL);
    for (int i = 0; i < 200; i++)
        g_string_append(text, "*a**/");
    g_string_append(text, "b");
    g_autofree char *path = g_strnfill(4000, 'a');
    struct ignore *ignore = ignore_parse(text->str, text->len, NULL);
    int64_t begin = cpu_us();
    g_assert_cmpint(ignore_match(ignore, path, false), ==, IGNORE_SILENT);
    g_assert_cmpint(cpu_us() - begin, <, 20 * G_USEC_PER_SEC);
    ignore_free(ignore);
}

/* ---- git as the judge ---- */

static bool run_git(const char *dir, const char *const *words, char **ret_out, int *ret_code)
{
    int status = 0;
    g_auto(GStrv) env = g_environ_setenv(g_get_environ(), "GIT_CONFIG_GLOBAL", "/dev/null", TRUE);
    bool ran = g_spawn_sync(dir, (char **)words, env, G_SPAWN_SEARCH_PATH | G_SPAWN_STDERR_TO_DEV_NULL, NULL, NULL,
                            ret_out, NULL, &status, NULL);
    *ret_code = ran && WIFEXITED(status) ? WEXITSTATUS(status) : -1;
    return ran;
}

/* git's own verdict: exit 0 and the pattern for a match, 1 for none. */
static enum ignore_verdict ask_git(const char *dir, const char *path)
{
    g_autofree char *out = NULL;
    g_autofree char *plain = g_strndup(path, strlen(path) - g_str_has_suffix(path, "/"));
    int code;
    const char *const words[] = {"git", "check-ignore", "--no-index", "-v", "--", plain, NULL};
    g_assert_true(run_git(dir, words, &out, &code));
    if (code == 1)
        return IGNORE_SILENT;
    g_assert_cmpint(code, ==, 0);
    const char *pattern = strchr(strchr(out, ':') + 1, ':') + 1; /* ".gitignore:LINE:PATTERN\tPATH" */
    return *pattern == '!' ? IGNORE_INCLUDE : IGNORE_EXCLUDE;
}

/* Would one of the folders above be left out? Then git answers for it, and we are never asked. */
static bool is_below_excluded(const char *text, const char *path)
{
    for (const char *slash = path; (slash = strchr(slash, '/')) && slash[1]; slash++) {
        g_autofree char *folder = g_strndup(path, (gsize)(slash + 1 - path));
        if (ask(text, folder) == IGNORE_EXCLUDE)
            return true;
    }
    return false;
}

static void make_path(const char *dir, const char *path)
{
    g_autofree char *full = g_build_filename(dir, path, NULL);
    g_autofree char *parent = g_path_get_dirname(full);
    if (g_str_has_suffix(path, "/")) {
        g_mkdir_with_parents(full, 0700);
    } else {
        g_mkdir_with_parents(parent, 0700);
        g_file_set_contents(full, "x", 1, NULL);
    }
}

static void remove_tree(const char *dir)
{
    const char *const words[] = {"rm", "-rf", "--", dir, NULL};
    g_spawn_sync(NULL, (char **)words, NULL, G_SPAWN_SEARCH_PATH, NULL, NULL, NULL, NULL, NULL, NULL);
}

static void compare_with_git(const char *text, const char *path)
{
    int code;
    g_autofree char *dir = g_dir_make_tmp("ambrotype-ignore-XXXXXX", NULL);
    g_autofree char *file = g_build_filename(dir, ".gitignore", NULL);
    const char *const words[] = {"git", "init", "-q", NULL};
    g_assert_true(run_git(dir, words, NULL, &code));
    g_assert_cmpint(code, ==, 0);
    g_file_set_contents(file, text, -1, NULL);
    make_path(dir, path);
    enum ignore_verdict git = ask_git(dir, path), own = ask(text, path);
    if (git != own)
        g_test_message("pattern '%s', path '%s': git %d, we %d", text, path, git, own);
    g_assert_cmpint(git, ==, own);
    remove_tree(dir);
}

static void test_against_git(void)
{
    g_autofree char *git = g_find_program_in_path("git");
    if (!git) {
        g_test_skip("git is not installed");
        return;
    }
    for (size_t i = 0; i < G_N_ELEMENTS(rows); i++) {
        bool is_text = g_utf8_validate(rows[i].path, -1, NULL);
        if (is_text && !is_below_excluded(rows[i].text, rows[i].path))
            compare_with_git(rows[i].text, rows[i].path);
    }
}

/* Patterns and paths by chance over a small alphabet, where special cases meet. The seed is GTest's (--seed). */
static void test_random_against_git(void)
{
    static const char *const pieces[] = {"a", "b", "*", "?", "/", "**/", "/**", "[ab]", "[!a]", "\\a", "!", "ab"};
    static const char *const names[] = {"a", "b", "ab", "ba", "aab"};
    g_autofree char *git = g_find_program_in_path("git");
    if (!git) {
        g_test_skip("git is not installed");
        return;
    }
    for (int round = 0; round < 150; round++) {
        g_autoptr(GString) text = g_string_new(NULL), path = g_string_new(NULL);
        for (int i = g_test_rand_int_range(1, 6); i > 0; i--)
            g_string_append(text, pieces[g_test_rand_int_range(0, G_N_ELEMENTS(pieces))]);
        for (int i = g_test_rand_int_range(1, 4); i > 0; i--)
            g_string_append_printf(path, "%s%s", path->len ? "/" : "", names[g_test_rand_int_range(0, 5)]);
        /* Without what git and its manual do not agree upon: stars in doubles that touch a name. */
        bool is_odd = g_regex_match_simple("[^/*]\\*\\*+|\\*\\*+[^/*]|//|\\*/\\*\\*", text->str, 0, 0);
        if (!is_odd && !is_below_excluded(text->str, path->str))
            compare_with_git(text->str, path->str);
    }
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/client/ignore/table", test_table);
    g_test_add_func("/client/ignore/refused-lines", test_refused_lines);
    g_test_add_func("/client/ignore/no-hang", test_no_pattern_hangs);
    g_test_add_func("/client/ignore/against-git", test_against_git);
    g_test_add_func("/client/ignore/random-against-git", test_random_against_git);
    return g_test_run();
}
