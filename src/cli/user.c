/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * `ambrotype user`: accounts, on the machine of the server, beside the running server. */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "base/clock.h"
#include "base/error.h"
#include "base/text.h"
#include "catalog/assets.h"
#include "catalog/passwords.h"
#include "catalog/quality.h"
#include "catalog/users.h"
#include "cli/cli.h"
#include "db/db.h"
#include "store/store.h"

/* What the subcommands share: which folder, which account. */
struct user_options {
    char *data;
    char *email;
    char *name;
    gboolean is_admin;
    gboolean force;
    struct cli_password_source password;
};

static void options_clear(struct user_options *options)
{
    g_free(options->data);
    g_free(options->email);
    g_free(options->name);
    g_free(options->password.file);
}

#define DATA_ENTRY(options)                                                                                            \
    {                                                                                                                  \
        "data", 'd', 0, G_OPTION_ARG_FILENAME, &(options)->data, "The data folder (data)", "DIR"                       \
    }
#define EMAIL_ENTRY(options)                                                                                           \
    {                                                                                                                  \
        "email", 'e', 0, G_OPTION_ARG_STRING, &(options)->email, "The account's e-mail address", "ADDRESS"             \
    }

/* Opens the folder that was named, after the e-mail that most subcommands need was looked for. */
static int begin(const char *command, struct user_options *options, bool needs_email, struct cli_data *ret_data)
{
    if (needs_email && !options->email)
        return cli_usage(command, "say whose account with --email ADDRESS.");
    g_autofree char *data_dir = options->data ? g_strdup(options->data) : cli_default_data();
    g_autoptr(GError) error = NULL;
    if (!cli_data_open(data_dir, ret_data, &error))
        return cli_fail(error);
    return CLI_OK;
}

struct add_work {
    const struct user_new *wanted;
    struct user *ret_user;
};

static bool add_user(struct db_conn *conn, void *data, GError **error)
{
    struct add_work *work = data;
    user_clear(work->ret_user); /* of a first run that was undone */
    int64_t count = 0;
    if (!users_count(conn, &count, error))
        return false;
    return count == 0 ? users_create_first(conn, work->wanted, work->ret_user, error)
                      : users_create(conn, work->wanted, work->ret_user, error);
}

static int add(struct user_options *options, struct cli_data *data)
{
    g_autoptr(GError) error = NULL;
    if (!user_email_is_valid(options->email))
        return cli_usage("user add", "\"%s\" is not an e-mail address.", options->email);
    char *password = cli_password(&options->password, true, &error);
    if (!password)
        return cli_fail(error);
    g_autofree char *hash = password_hash(password, &error);
    cli_password_free(password);
    if (!hash)
        return cli_fail(error);
    /* Others see the name, also who opens a shared link; the address is not for them. */
    g_autofree char *before_at = g_strndup(options->email, strcspn(options->email, "@"));
    const struct user_new wanted = {
        .email = options->email,
        .name = options->name ? options->name : before_at,
        .password_hash = hash,
        .is_admin = options->is_admin,
        .quota_bytes = -1,
    };
    USER_AUTO struct user user = {0};
    struct add_work work = {&wanted, &user};
    if (!db_write(data->db, add_user, &work, &error))
        return cli_fail(error);
    printf("Added %s%s.\n", user.email, user.is_admin ? " as administrator" : "");
    return CLI_OK;
}

static int run_add(int argc, char **argv)
{
    struct user_options options = {0};
    const GOptionEntry entries[] = {
        DATA_ENTRY(&options),
        EMAIL_ENTRY(&options),
        {"name", 'n', 0, G_OPTION_ARG_STRING, &options.name, "Name that others see (what stands before the @)", "NAME"},
        {"admin", 0, 0, G_OPTION_ARG_NONE, &options.is_admin, "An administrator; the first account always is", NULL},
        CLI_PASSWORD_ENTRIES(&options.password),
        G_OPTION_ENTRY_NULL,
    };
    struct cli_data data = {0};
    int exit_code = CLI_USAGE;
    if (cli_parse(&argc, &argv, "user add --email ADDRESS [--name NAME] [--admin] [--password-file FILE]",
                  "Adds an account. The password is asked for, or read from a file or standard input.", entries))
        exit_code = begin("user add", &options, true, &data);
    if (exit_code == CLI_OK) {
        exit_code = add(&options, &data);
        cli_data_close(&data);
    }
    options_clear(&options);
    return exit_code;
}

static bool print_user(const struct user *user, void *unused)
{
    char since[ISO_TEXT_SIZE];
    g_autofree char *size = text_size((guint64)user->usage_bytes);
    bool is_removed = user->is_removed;
    printf("%-32s %-24s %-6s %10s  %s %.10s\n", user->email, user->name, user->is_admin ? "admin" : "", size,
           is_removed ? "goes on" : "since", iso_format(is_removed ? user->purge_us : user->created_us, since));
    return true;
}

static int run_list(int argc, char **argv)
{
    struct user_options options = {0};
    const GOptionEntry entries[] = {DATA_ENTRY(&options), G_OPTION_ENTRY_NULL};
    struct cli_data data = {0};
    int exit_code = CLI_USAGE;
    if (cli_parse(&argc, &argv, "user list [--data DIR]", "Lists the accounts.", entries))
        exit_code = begin("user list", &options, false, &data);
    if (exit_code == CLI_OK) {
        g_autoptr(GError) error = NULL;
        DB_READ struct db_conn *conn = db_read_begin(data.db, &error);
        if (!conn || !users_list_all(conn, print_user, NULL, &error))
            exit_code = cli_fail(error);
        db_auto_read_end(&conn);
        cli_data_close(&data);
    }
    options_clear(&options);
    return exit_code;
}

struct password_work {
    const char *email;
    const char *password_hash;
};

static bool set_password(struct db_conn *conn, void *data, GError **error)
{
    const struct password_work *work = data;
    USER_AUTO struct user user = {0};
    return users_find_email(conn, work->email, &user, error) &&
           users_set_password(conn, user.id, work->password_hash, false, 0, error);
}

static int passwd(struct user_options *options, struct cli_data *data)
{
    g_autoptr(GError) error = NULL;
    char *password = cli_password(&options->password, true, &error);
    g_autofree char *hash = password ? password_hash(password, &error) : NULL;
    cli_password_free(password);
    struct password_work work = {.email = options->email, .password_hash = hash};
    if (!hash || !db_write(data->db, set_password, &work, &error))
        return cli_fail(error);
    printf("The password of %s is set; all its sessions are signed out.\n", options->email);
    return CLI_OK;
}

static int run_passwd(int argc, char **argv)
{
    struct user_options options = {0};
    const GOptionEntry entries[] = {DATA_ENTRY(&options), EMAIL_ENTRY(&options),
                                    CLI_PASSWORD_ENTRIES(&options.password), G_OPTION_ENTRY_NULL};
    struct cli_data data = {0};
    int exit_code = CLI_USAGE;
    if (cli_parse(&argc, &argv, "user passwd --email ADDRESS [--password-file FILE]",
                  "Sets the password of an account and signs all its sessions out.", entries))
        exit_code = begin("user passwd", &options, true, &data);
    if (exit_code == CLI_OK) {
        exit_code = passwd(&options, &data);
        cli_data_close(&data);
    }
    options_clear(&options);
    return exit_code;
}

/* ---- bringing back ---- */

static bool restore_user(struct db_conn *conn, void *data, GError **error)
{
    USER_AUTO struct user user = {0};
    return users_find_email(conn, data, &user, error) && users_restore(conn, user.id, error);
}

static int restore(char *email, struct cli_data *data)
{
    g_autoptr(GError) error = NULL;
    if (!db_write(data->db, restore_user, email, &error))
        return cli_fail(error);
    printf("%s can sign in again.\n", email);
    return CLI_OK;
}

static int run_restore(int argc, char **argv)
{
    struct user_options options = {0};
    const GOptionEntry entries[] = {DATA_ENTRY(&options), EMAIL_ENTRY(&options), G_OPTION_ENTRY_NULL};
    struct cli_data data = {0};
    int exit_code = CLI_USAGE;
    if (cli_parse(&argc, &argv, "user restore --email ADDRESS",
                  "Brings back an account that an administrator deleted on the web page or from a program.", entries))
        exit_code = begin("user restore", &options, true, &data);
    if (exit_code == CLI_OK) {
        exit_code = restore(options.email, &data);
        cli_data_close(&data);
    }
    options_clear(&options);
    return exit_code;
}

/* ---- quality ---- */

struct quality_work {
    const char *email;
    enum quality quality;
};

static bool set_quality(struct db_conn *conn, void *data, GError **error)
{
    const struct quality_work *work = data;
    USER_AUTO struct user user = {0};
    return users_find_email(conn, work->email, &user, error) &&
           quality_set_account(conn, user.id, work->quality, error);
}

static int choose_quality(const char *email, enum quality quality, struct cli_data *data)
{
    g_autoptr(GError) error = NULL;
    struct quality_work work = {email, quality};
    if (!db_write(data->db, set_quality, &work, &error))
        return cli_fail(error);
    printf(
        "%s backs up in %s quality, where a device has no choice of its own. What is stored already stays as it is.\n",
        email, quality == QUALITY_HIGH ? "High" : "Original");
    return CLI_OK;
}

static int run_quality(int argc, char **argv)
{
    struct user_options options = {0};
    const GOptionEntry entries[] = {DATA_ENTRY(&options), EMAIL_ENTRY(&options), G_OPTION_ENTRY_NULL};
    struct cli_data data = {0};
    int exit_code = CLI_USAGE;
    enum quality quality;
    if (cli_parse(&argc, &argv, "user quality original|high --email ADDRESS",
                  "Chooses in which quality an account backs up.", entries))
        exit_code = argc == 2 && quality_parse(argv[1], &quality) ? begin("user quality", &options, true, &data)
                                                                  : cli_usage("user quality", "say original or high.");
    if (exit_code == CLI_OK) {
        exit_code = choose_quality(options.email, quality, &data);
        cli_data_close(&data);
    }
    options_clear(&options);
    return exit_code;
}

struct delete_work {
    const char *email;
    struct user_deletion how;
    GPtrArray *browse_paths;
    bool is_done;
};

static bool delete_some(struct db_conn *conn, void *data, GError **error)
{
    struct delete_work *work = data;
    USER_AUTO struct user user = {0};
    g_ptr_array_set_size(work->browse_paths, 0); /* of a first run that was undone */
    return users_find_email(conn, work->email, &user, error) &&
           users_delete(conn, user.id, &work->how, work->browse_paths, &work->is_done, error);
}

/* The account's photos shall not stand in browse/ any longer. The rest goes on without a link that will not go. */
static void unlink_browse(struct store *store, GPtrArray *paths)
{
    for (guint i = 0; i < paths->len; i++) {
        const char *path = g_ptr_array_index(paths, i);
        g_autoptr(GError) error = NULL;
        if (!store_browse_unlink(store, path, &error) && !err_is(error, ERR_NOT_FOUND))
            fprintf(stderr, "ambrotype: browse/%s could not be removed: %s\n", path, error->message);
    }
    g_ptr_array_set_size(paths, 0);
}

static int delete_user(const struct user_options *options, struct cli_data *data)
{
    g_autoptr(GPtrArray) paths = g_ptr_array_new_with_free_func(g_free);
    struct delete_work work = {
        .email = options->email, .how = {.force = options->force, .limit = ASSETS_BATCH}, .browse_paths = paths};
    while (!work.is_done) {
        g_autoptr(GError) error = NULL;
        if (!db_write(data->db, delete_some, &work, &error))
            return cli_fail(error);
        unlink_browse(data->store, paths);
    }
    printf("Deleted %s.\n", options->email);
    return CLI_OK;
}

static int run_delete(int argc, char **argv)
{
    struct user_options options = {0};
    const GOptionEntry entries[] = {
        DATA_ENTRY(&options),
        EMAIL_ENTRY(&options),
        {"with-photos", 0, 0, G_OPTION_ARG_NONE, &options.force, "Delete the account's photos for good as well", NULL},
        G_OPTION_ENTRY_NULL,
    };
    struct cli_data data = {0};
    int exit_code = CLI_USAGE;
    if (cli_parse(&argc, &argv, "user delete --email ADDRESS [--with-photos]",
                  "Deletes an account. One that still has photos is kept, unless --with-photos is given.", entries))
        exit_code = begin("user delete", &options, true, &data);
    if (exit_code == CLI_OK) {
        exit_code = delete_user(&options, &data);
        cli_data_close(&data);
    }
    options_clear(&options);
    return exit_code;
}

int cmd_user(int argc, char **argv)
{
    static const struct cli_command commands[] = {
        {"add", NULL, "add an account", run_add},
        {"list", NULL, "list the accounts", run_list},
        {"passwd", NULL, "set the password of an account", run_passwd},
        {"quality", "original|high", "in which quality an account backs up", run_quality},
        {"delete", NULL, "delete an account", run_delete},
        {"restore", NULL, "bring back a deleted account, while it waits", run_restore},
    };
    return cli_dispatch("user", commands, G_N_ELEMENTS(commands), argc, argv);
}
