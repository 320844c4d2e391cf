/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * The configuration: which source wins, and that wrong values are refused with the key and the place named. */
#include <glib.h>
#include <glib/gstdio.h>
#include <string.h>

#include "base/error.h"
#include "cli/config.h"

static char *write_file(const char *content)
{
    char *path = NULL;
    int fd = g_file_open_tmp("ambrotype-config-XXXXXX", &path, NULL);
    g_assert_cmpint(fd, >=, 0);
    g_close(fd, NULL);
    g_assert_true(g_file_set_contents(path, content, -1, NULL));
    return path;
}

static void assert_refused(const char *content, const char *word)
{
    g_autofree char *path = write_file(content);
    g_autoptr(GError) error = NULL;
    struct config config = {0};
    g_assert_false(config_load(path, NULL, 0, &config, &error));
    g_assert_true(err_is(error, ERR_INVALID));
    g_assert_nonnull(strstr(error->message, word));
    g_assert_null(config.data);
    g_unlink(path);
}

static void test_later_source_wins(void)
{
    g_autofree char *path = write_file("[server]\nlisten=file:1\ndata=from-file\nworkers=3\n"
                                       "trusted-proxies=10.0.0.1, 10.0.0.2\n");
    g_setenv("AMBROTYPE_LISTEN", "environment:2", TRUE);
    g_setenv("AMBROTYPE_DATA", "from-environment", TRUE);
    const struct config_override overrides[] = {{"data", "from-command-line"}, {"listen", NULL}};
    g_autoptr(GError) error = NULL;
    struct config config;
    g_assert_true(config_load(path, overrides, G_N_ELEMENTS(overrides), &config, &error));
    g_assert_no_error(error);
    g_assert_cmpstr(config.data, ==, "from-command-line");
    g_assert_cmpstr(config.listen, ==, "environment:2");
    g_assert_cmpint(config.workers, ==, 3);
    g_assert_cmpint(config.stop_seconds, ==, 20);
    g_assert_cmpuint(g_strv_length(config.trusted_proxies), ==, 2);
    config_clear(&config);
    g_assert_null(config.data);
    g_unsetenv("AMBROTYPE_LISTEN");
    g_unsetenv("AMBROTYPE_DATA");
    g_unlink(path);
}

static void test_defaults_and_limits(void)
{
    g_autofree char *path = write_file("[server]\nmax-upload-mb=5000\ntrash-days=7\nsession-days=14\n"
                                       "login-message=Ask Ann; she knows, really.\n");
    g_autoptr(GError) error = NULL;
    struct config config;
    g_assert_true(config_load(NULL, NULL, 0, &config, &error));
    g_assert_cmpint(config.max_upload_mb, ==, 0);
    g_assert_cmpint(config.trash_days, ==, 30);
    g_assert_cmpint(config.session_days, ==, 400);
    g_assert_cmpstr(config.login_message, ==, "");
    config_clear(&config);
    g_assert_true(config_load(path, NULL, 0, &config, &error));
    g_assert_cmpint(config.max_upload_mb, ==, 5000);
    g_assert_cmpint(config.trash_days, ==, 7);
    g_assert_cmpint(config.session_days, ==, 14);
    g_assert_cmpstr(config.login_message, ==, "Ask Ann; she knows, really.");
    config_clear(&config);
    g_unlink(path);
    assert_refused("[server]\ntrash-days=0\n", "trash-days");
    assert_refused("[server]\nsession-days=0\n", "session-days");
    assert_refused("[server]\nmax-upload-mb=-1\n", "max-upload-mb");
}

static void test_wrong_values_are_named(void)
{
    assert_refused("[server]\nlisteen=x\n", "listeen");
    assert_refused("[other]\nlisten=x\n", "other");
    assert_refused("[server]\nworkers=many\n", "workers");
    assert_refused("[server]\nworkers=65\n", "64");
    assert_refused("[server]\nlog-level=loud\n", "log-level");
    assert_refused("listen=x\n", "cannot be read");
}

static void test_environment_is_checked_too(void)
{
    g_setenv("AMBROTYPE_MAX_CONNECTIONS", "1", TRUE);
    g_autoptr(GError) error = NULL;
    struct config config = {0};
    g_assert_false(config_load(NULL, NULL, 0, &config, &error));
    g_assert_nonnull(strstr(error->message, "AMBROTYPE_MAX_CONNECTIONS"));
    g_unsetenv("AMBROTYPE_MAX_CONNECTIONS");
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/cli/config/later-source-wins", test_later_source_wins);
    g_test_add_func("/cli/config/defaults-and-limits", test_defaults_and_limits);
    g_test_add_func("/cli/config/wrong-values-are-named", test_wrong_values_are_named);
    g_test_add_func("/cli/config/environment-is-checked", test_environment_is_checked_too);
    return g_test_run();
}
