/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * `ambrotype key`: API keys for programs, on the machine of the server. */
#include <stdio.h>

#include "base/clock.h"
#include "base/error.h"
#include "catalog/keys.h"
#include "catalog/users.h"
#include "cli/cli.h"
#include "db/db.h"
#include "store/store.h"

struct key_options {
    char *data;
    char *email;
    char *name;
    char *id;
    char **permissions;
};

static void options_clear(struct key_options *options)
{
    g_free(options->data);
    g_free(options->email);
    g_free(options->name);
    g_free(options->id);
    g_strfreev(options->permissions);
}

struct key_work {
    const struct key_options *options;
    const char *permissions;
    struct uuid id;
    char *secret;
    struct api_key key;
};

static bool add_key(struct db_conn *conn, void *data, GError **error)
{
    struct key_work *work = data;
    USER_AUTO struct user user = {0};
    g_clear_pointer(&work->secret, g_free); /* of a first run that was undone */
    key_clear(&work->key);
    return users_find_email(conn, work->options->email, &user, error) &&
           keys_create(conn, user.id, work->options->name, work->permissions, &work->secret, &work->key, error);
}

static int add(const struct key_options *options, struct cli_data *data)
{
    g_autoptr(GError) error = NULL;
    g_autofree char *permissions = options->permissions ? g_strjoinv(",", options->permissions) : g_strdup("all");
    struct key_work work = {.options = options, .permissions = permissions};
    if (!db_write(data->db, add_key, &work, &error))
        return cli_fail(error);
    /* The secret alone on standard output, so that a script can take it; words for people beside it. */
    fprintf(stderr, "API key \"%s\" of %s, permissions: %s. The secret is shown only now:\n", work.key.name,
            options->email, work.key.permissions);
    printf("%s\n", work.secret);
    g_free(work.secret);
    key_clear(&work.key);
    return CLI_OK;
}

static bool print_key(const struct api_key *key, void *unused)
{
    char id[UUID_TEXT_SIZE], since[ISO_TEXT_SIZE];
    printf("%s  %-24s since %.10s  %s\n", uuid_format(&key->uuid, id), key->name, iso_format(key->created_us, since),
           key->permissions);
    return true;
}

static int list(const struct key_options *options, struct cli_data *data)
{
    g_autoptr(GError) error = NULL;
    USER_AUTO struct user user = {0};
    DB_READ struct db_conn *conn = db_read_begin(data->db, &error);
    if (!conn || !users_find_email(conn, options->email, &user, &error) ||
        !keys_list(conn, user.id, print_key, NULL, &error))
        return cli_fail(error);
    return CLI_OK;
}

static bool delete_key(struct db_conn *conn, void *data, GError **error)
{
    const struct key_work *work = data;
    USER_AUTO struct user user = {0};
    return users_find_email(conn, work->options->email, &user, error) && keys_delete(conn, user.id, &work->id, error);
}

static int delete (const struct key_options *options, struct cli_data *data)
{
    g_autoptr(GError) error = NULL;
    struct key_work work = {.options = options};
    if (!options->id || !uuid_parse(options->id, &work.id))
        return cli_usage("key delete", "say which key with --id ID; `ambrotype key list` shows the ids.");
    if (!db_write(data->db, delete_key, &work, &error))
        return cli_fail(error);
    printf("Deleted key %s.\n", options->id);
    return CLI_OK;
}

static int run(int argc, char **argv, const char *command, const char *help, const char *about,
               int (*act)(const struct key_options *options, struct cli_data *data))
{
    struct key_options options = {0};
    const GOptionEntry entries[] = {
        {"data", 'd', 0, G_OPTION_ARG_FILENAME, &options.data, "The data folder (data)", "DIR"},
        {"user", 'u', 0, G_OPTION_ARG_STRING, &options.email, "Whose key: the account's e-mail address", "EMAIL"},
        {"name", 'n', 0, G_OPTION_ARG_STRING, &options.name, "add: what the key is for", "NAME"},
        {"permission", 'p', 0, G_OPTION_ARG_STRING_ARRAY, &options.permissions,
         "add: a permission such as asset.upload, may be given again (all)", "NAME"},
        {"id", 0, 0, G_OPTION_ARG_STRING, &options.id, "delete: the key's id", "ID"},
        G_OPTION_ENTRY_NULL,
    };
    int exit_code = CLI_USAGE;
    if (cli_parse(&argc, &argv, help, about, entries)) {
        g_autofree char *data_dir = options.data ? g_strdup(options.data) : cli_default_data();
        g_autoptr(GError) error = NULL;
        struct cli_data data = {0};
        if (!options.email) {
            exit_code = cli_usage(command, "say whose key with --user EMAIL.");
        } else if (!cli_data_open(data_dir, &data, &error)) {
            exit_code = cli_fail(error);
        } else {
            exit_code = act(&options, &data);
            cli_data_close(&data);
        }
    }
    options_clear(&options);
    return exit_code;
}

static int run_add(int argc, char **argv)
{
    return run(argc, argv, "key add", "key add --user EMAIL [--name NAME] [--permission NAME…]",
               "Makes an API key and prints its secret once.", add);
}

static int run_list(int argc, char **argv)
{
    return run(argc, argv, "key list", "key list --user EMAIL", "Lists an account's API keys.", list);
}

static int run_delete(int argc, char **argv)
{
    return run(argc, argv, "key delete", "key delete --user EMAIL --id ID", "Deletes an API key.", delete);
}

int cmd_key(int argc, char **argv)
{
    static const struct cli_command commands[] = {
        {"add", NULL, "make an API key", run_add},
        {"list", NULL, "list the API keys of an account", run_list},
        {"delete", NULL, "delete an API key", run_delete},
    };
    return cli_dispatch("key", commands, G_N_ELEMENTS(commands), argc, argv);
}
