/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * `ambrotype backup`: signing in, folders, and the run. backup_status.c tells how it stands. */
#include "cli/backup.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/error.h"
#include "cli/backup_private.h"
#include "cli/cli.h"
#include "client/meter.h"
#include "client/remote_calls.h"
#include "client/run.h"

bool backup_open(const char *dir, struct backup_client *ret_client, GError **error)
{
    struct backup_client client = {0};
    if (!client_place_open(dir, &client.place, error))
        return false;
    client.state = state_open(client.place.state_dir, error);
    if (!client.state) {
        client_place_clear(&client.place);
        return false;
    }
    *ret_client = client;
    return true;
}

void backup_close(struct backup_client *client)
{
    state_close(client->state);
    client_place_clear(&client->place);
}

/* Runs @act on the opened state. */
static int with_client(const char *dir, int (*act)(struct backup_client *client, void *data), void *data)
{
    struct backup_client client;
    g_autoptr(GError) error = NULL;
    if (!backup_open(dir, &client, &error))
        return cli_fail(error);
    int code = act(&client, data);
    backup_close(&client);
    return code;
}

/* ---- login ---- */

struct login {
    char *server; /* as typed, without slashes at the end */
    char *email;
    char *key_file;
    struct cli_password_source password;
};

static char *ask_email(GError **error)
{
    char line[512];
    FILE *terminal = fopen("/dev/tty", "r+e");
    if (!terminal) {
        err_set(error, ERR_INVALID, "Say whose account with --email ADDRESS, or give an API key with --key-file FILE.");
        return NULL;
    }
    fputs("E-mail: ", terminal);
    fflush(terminal);
    char *got = fgets(line, sizeof line, terminal);
    fclose(terminal);
    if (!got) {
        err_set(error, ERR_INVALID, "No e-mail address was given.");
        return NULL;
    }
    return g_strdup(g_strstrip(line));
}

/* An API key for this computer alone, so that neither password nor session need be kept; else the session's token. */
static void choose_secret(struct client_account *account, char *token)
{
    g_autoptr(GError) error = NULL;
    struct remote *remote = remote_new(account->api, token, true, NULL);
    g_autofree char *name = g_strdup_printf("%s backup", g_get_host_name());
    if (remote && remote_make_key(remote, name, &account->secret, &error)) {
        remote_logout(remote, NULL);
        g_free(token);
    } else {
        account->secret = token;
        account->is_token = true;
    }
    remote_free(remote);
}

static bool sign_in_by_password(struct login *login, struct client_account *account, GError **error)
{
    if (!login->email && !(login->email = ask_email(error)))
        return false;
    char *password = cli_password(&login->password, false, error);
    if (!password)
        return false;
    char *token = NULL;
    g_autoptr(GError) reason = NULL;
    bool done = remote_login(account->api, login->email, password, &token, &reason);
    cli_password_free(password);
    if (!done && err_is(reason, ERR_UNAUTHENTICATED))
        return err_set(error, ERR_UNAUTHENTICATED, "E-mail or password are wrong.");
    if (!done) {
        g_propagate_error(error, g_steal_pointer(&reason));
        return false;
    }
    choose_secret(account, token);
    return true;
}

static bool sign_in_by_key(const struct login *login, struct client_account *account, GError **error)
{
    const struct cli_password_source source = {.file = login->key_file};
    account->secret = cli_password(&source, false, error);
    return account->secret != NULL;
}

/* Whose the secret is; a key that may not ask that is named by itself. */
static bool identify(struct client_account *account, GError **error)
{
    g_autofree char *user = NULL;
    g_autoptr(GError) reason = NULL;
    struct remote *remote = remote_new(account->api, account->secret, account->is_token, error);
    if (!remote)
        return false;
    bool done = remote_whoami(remote, &user, &account->who, &reason);
    remote_free(remote);
    if (!done && err_is(reason, ERR_UNAUTHENTICATED))
        return err_set(error, ERR_UNAUTHENTICATED, "The server does not know this key.");
    if (!done && !err_is(reason, ERR_FORBIDDEN)) {
        g_propagate_error(error, g_steal_pointer(&reason));
        return false;
    }
    /* The user's id says it all: it is random, and stays when the server gets another address. */
    account->identity = done ? g_strdup(user) : g_compute_checksum_for_string(G_CHECKSUM_SHA256, account->secret, -1);
    return true;
}

static bool log_in(struct backup_client *client, struct login *login, struct client_account *account, GError **error)
{
    account->server = g_strdup(login->server);
    return remote_discover(login->server, &account->api, error) &&
           (login->key_file ? sign_in_by_key(login, account, error) : sign_in_by_password(login, account, error)) &&
           identify(account, error) && state_bind(client->state, account->identity, error) &&
           client_account_save(&client->place, account, error);
}

static bool is_plain(const char *server)
{
    return g_str_has_prefix(server, "http://") && !g_str_has_prefix(server, "http://127.") &&
           !g_str_has_prefix(server, "http://localhost") && !g_str_has_prefix(server, "http://[::1]");
}

static int act_login(struct backup_client *client, void *data)
{
    struct login *login = data;
    struct client_account account = {0};
    g_autoptr(GError) error = NULL;
    int code = CLI_OK;
    if (!log_in(client, login, &account, &error)) {
        code = cli_fail(error);
    } else {
        printf("Signed in at %s%s%s.\n", account.server, account.who ? " as " : "", account.who ? account.who : "");
        if (is_plain(account.server))
            puts("Warning: http:// is not encrypted; others in the network can read what is sent.");
    }
    client_account_clear(&account);
    return code;
}

static int run_login(int argc, char **argv)
{
    g_autofree char *dir = NULL;
    struct login login = {0};
    const GOptionEntry entries[] = {
        {"email", 'e', 0, G_OPTION_ARG_STRING, &login.email, "The account's e-mail address", "ADDRESS"},
        {"key-file", 0, 0, G_OPTION_ARG_FILENAME, &login.key_file, "Sign in with the API key in FILE instead", "FILE"},
        STATE_ENTRY(dir),
        CLI_PASSWORD_ENTRIES(&login.password),
        G_OPTION_ENTRY_NULL};
    int code = CLI_USAGE;
    if (cli_parse(&argc, &argv, "backup login URL [--email E] [--password-stdin|--password-file F|--key-file F]",
                  "Signs this computer in at a server. The password is not kept.", entries)) {
        if (argc != 2) {
            code = cli_usage("backup login", "name the server's address, such as https://photos.example.org.");
        } else {
            login.server = g_strdup(argv[1]);
            while (g_str_has_suffix(login.server, "/"))
                login.server[strlen(login.server) - 1] = '\0';
            code = with_client(dir, act_login, &login);
        }
    }
    g_free(login.server);
    g_free(login.email);
    g_free(login.key_file);
    g_free(login.password.file);
    return code;
}

static int act_logout(struct backup_client *client, void *data)
{
    g_autoptr(GError) error = NULL;
    struct client_account account = {0};
    if (client_account_load(&client->place, &account, &error) && account.is_token) {
        struct remote *remote = remote_new(account.api, account.secret, true, NULL);
        if (remote)
            remote_logout(remote, NULL); /* also when the server is away, the sign-in here is forgotten */
        remote_free(remote);
    }
    bool was_key = account.secret && !account.is_token;
    client_account_clear(&account);
    g_clear_error(&error);
    if (!client_account_delete(&client->place, &error))
        return cli_fail(error);
    printf("Signed out.%s\n", was_key ? " The key itself is valid until `ambrotype key delete` on the server." : "");
    return CLI_OK;
}

/* ---- folders ---- */

/* What @path says of the others: covered by one, or covering some. */
static bool add_one(struct backup_client *client, const char *path, GError **error)
{
    g_autofree char *real = realpath(path, NULL);
    g_autoptr(GPtrArray) folders = state_folders(client->state, error);
    if (!folders)
        return false;
    if (!real)
        return err_set_errno(error, errno, path, "This folder cannot be opened.");
    if (!g_file_test(real, G_FILE_TEST_IS_DIR))
        return err_set(error, ERR_INVALID, "%s is no folder.", path);
    for (guint i = 0; i < folders->len; i++) {
        const char *folder = g_ptr_array_index(folders, i);
        if (scan_is_below(real, folder)) {
            printf("%s is backed up already%s%s.\n", real, strcmp(real, folder) == 0 ? "" : ", as part of ",
                   strcmp(real, folder) == 0 ? "" : folder);
            return true;
        }
    }
    for (guint i = 0; i < folders->len; i++) {
        const char *folder = g_ptr_array_index(folders, i);
        if (scan_is_below(folder, real) && !state_remove_folder(client->state, folder, error))
            return false;
    }
    if (!state_add_folder(client->state, real, error))
        return false;
    printf("Added %s.\n", real);
    return true;
}

/* ---- quality ---- */

static bool is_quality(const char *word)
{
    return strcmp(word, "original") == 0 || strcmp(word, "high") == 0 || strcmp(word, "account") == 0;
}

/* Kept until a server was told: now, where this computer is signed in and the server there, else with the next run. */
static int choose_quality(struct backup_client *client, const char *word)
{
    g_autoptr(GError) error = NULL;
    struct client_account account = {0};
    struct remote_terms terms = {0};
    struct uuid device;
    if (!state_set(client->state, STATE_QUALITY, word, &error))
        return cli_fail(error);
    bool is_told = client_account_load(&client->place, &account, NULL) &&
                   state_bind(client->state, account.identity, NULL) && state_device(client->state, &device, NULL);
    struct remote *remote = is_told ? remote_new(account.api, account.secret, account.is_token, NULL) : NULL;
    is_told = remote && remote_register(remote, &device, word, &terms, NULL) &&
              state_set(client->state, STATE_QUALITY, NULL, NULL);
    remote_free(remote);
    client_account_clear(&account);
    const char *name = strcmp(word, "high") == 0       ? "High quality"
                       : strcmp(word, "original") == 0 ? "Original quality"
                       : terms.is_high_quality         ? "the quality of its account: High quality"
                                                       : "the quality of its account";
    printf("This computer backs up in %s%s. What is stored already stays as it is.\n", name,
           is_told ? "" : " from the next run on");
    return CLI_OK;
}

static int act_quality(struct backup_client *client, void *data)
{
    return choose_quality(client, data);
}

static int run_quality(int argc, char **argv)
{
    g_autofree char *dir = NULL;
    const GOptionEntry entries[] = {STATE_ENTRY(dir), G_OPTION_ENTRY_NULL};
    if (!cli_parse(&argc, &argv, "backup quality original|high|account",
                   "Chooses in which quality this computer backs up: every byte, or photos above 16 megapixels made "
                   "smaller; or as the account says.",
                   entries))
        return CLI_USAGE;
    if (argc != 2 || !is_quality(argv[1]))
        return cli_usage("backup quality", "say original, high or account.");
    return with_client(dir, act_quality, argv[1]);
}

struct adding {
    char **paths;
    char *quality; /* or NULL */
};

static int act_add(struct backup_client *client, void *data)
{
    const struct adding *adding = data;
    int code = CLI_OK;
    for (char **path = adding->paths; *path; path++) {
        g_autoptr(GError) error = NULL;
        if (!add_one(client, *path, &error))
            code = cli_fail(error);
    }
    return adding->quality && code == CLI_OK ? choose_quality(client, adding->quality) : code;
}

static int act_list(struct backup_client *client, void *data)
{
    g_autoptr(GError) error = NULL;
    g_autoptr(GPtrArray) folders = state_folders(client->state, &error);
    if (!folders)
        return cli_fail(error);
    for (guint i = 0; i < folders->len; i++)
        puts(g_ptr_array_index(folders, i));
    if (folders->len == 0)
        fputs("Backup is off: no folders were added. Begin with `ambrotype backup add DIR`.\n", stderr);
    return CLI_OK;
}

static int act_remove(struct backup_client *client, void *data)
{
    int code = CLI_OK;
    for (char **path = data; *path; path++) {
        g_autoptr(GError) error = NULL;
        g_autofree char *real = realpath(*path, NULL);
        g_autofree char *plain = real ? NULL : g_canonicalize_filename(*path, NULL); /* its disk may be gone */
        const char *folder = real ? real : plain;
        if (!state_remove_folder(client->state, folder, &error))
            code = cli_fail(error);
        else
            printf("%s is not backed up any more. What was backed up stays on the server.\n", folder);
    }
    return code;
}

/* A command that takes folders, at least @min of them. */
static int run_folders(int argc, char **argv, const char *help, const char *about, int min,
                       int (*act)(struct backup_client *client, void *data))
{
    g_autofree char *dir = NULL;
    const GOptionEntry entries[] = {STATE_ENTRY(dir), G_OPTION_ENTRY_NULL};
    if (!cli_parse(&argc, &argv, help, about, entries))
        return CLI_USAGE;
    if (argc - 1 < min)
        return cli_usage("backup", "name a folder.");
    if (min == 0 && argc > 1)
        return cli_usage("backup", "this command takes no arguments.");
    return with_client(dir, act, argv + 1);
}

static int run_add(int argc, char **argv)
{
    g_autofree char *dir = NULL, *quality = NULL;
    const GOptionEntry entries[] = {
        {"quality", 0, 0, G_OPTION_ARG_STRING, &quality, "original, high, or account: as the account says", "QUALITY"},
        STATE_ENTRY(dir),
        G_OPTION_ENTRY_NULL};
    if (!cli_parse(&argc, &argv, "backup add DIR… [--quality original|high]", "Adds folders, with all below them.",
                   entries))
        return CLI_USAGE;
    if (argc < 2)
        return cli_usage("backup", "name a folder.");
    if (quality && !is_quality(quality))
        return cli_usage("backup add", "--quality takes original, high or account.");
    struct adding adding = {argv + 1, quality};
    return with_client(dir, act_add, &adding);
}

static int run_list(int argc, char **argv)
{
    return run_folders(argc, argv, "backup list", "Shows the folders that are backed up.", 0, act_list);
}

static int run_remove(int argc, char **argv)
{
    return run_folders(argc, argv, "backup remove DIR…", "Forgets folders; deletes nothing.", 1, act_remove);
}

static int run_logout(int argc, char **argv)
{
    return run_folders(argc, argv, "backup logout", "Forgets the sign-in of this computer.", 0, act_logout);
}

/* ---- the run ---- */

static void on_signal(int signal)
{
    remote_stop();
}

/* One Ctrl-C asks for an orderly end; a second one is the default again, for the impatient. */
static void catch_signals(void)
{
    const struct sigaction action = {.sa_handler = on_signal, .sa_flags = (int)SA_RESETHAND};
    sigaction(SIGINT, &action, NULL);
    sigaction(SIGTERM, &action, NULL);
}

static void print_result(const struct backup_result *result)
{
    g_autofree char *sent = meter_count(result->sent);
    g_autofree char *there = meter_count(result->there);
    g_autofree char *skipped = meter_count(result->skipped);
    g_autofree char *confirmed = meter_count(result->confirmed);
    g_autofree char *bytes = meter_size(result->bytes_sent);
    printf("Stored %s new (%s), %s %s there already, %s skipped", sent, bytes, there,
           result->there == 1 ? "was" : "were", skipped);
    if (result->side_files > 0)
        printf(", %" G_GINT64_FORMAT " %s", result->side_files, result->side_files == 1 ? "side file" : "side files");
    if (result->bytes_saved > 0) {
        g_autofree char *saved = meter_size(result->bytes_saved);
        printf(", %s saved by High quality", saved);
    }
    if (result->healed > 0)
        printf(", %" G_GINT64_FORMAT " sent again that the server had lost", result->healed);
    if (result->waiting > 0)
        printf(", %" G_GINT64_FORMAT " waiting", result->waiting);
    if (result->deleted > 0)
        printf(", %" G_GINT64_FORMAT " not sent as you deleted them on the server", result->deleted);
    printf("; %s%s item%s confirmed by the server.\n",
           result->confirmed == result->sent + result->there && result->confirmed > 1 ? "all " : "", confirmed,
           result->confirmed == 1 ? "" : "s");
}

static void remember(struct backup_client *client, const char *words)
{
    char time[ISO_TEXT_SIZE];
    state_set(client->state, "last_run", iso_format(clock_now_us(), time), NULL);
    state_set(client->state, "last_words", words, NULL);
}

/* Words about an error that kept a run from beginning. */
static int fail_run(struct backup_client *client, const GError *error)
{
    enum send_end end = send_end_of(error);
    if (end == END_NO_CONNECTION && !err_is(error, ERR_BUSY)) {
        remember(client, "no-connection");
        fprintf(stderr, "%s: %s %s\n", backup_end_text(end), error->message, backup_end_advice(end));
        return CLI_FAILED;
    }
    if (end == END_SIGNED_OUT && err_is(error, ERR_UNAUTHENTICATED)) {
        remember(client, "signed-out");
        fprintf(stderr, "%s. %s\n", backup_end_text(end), backup_end_advice(end));
        return CLI_FAILED;
    }
    return cli_fail(error);
}

static int finish_run(struct backup_client *client, const struct backup_result *result)
{
    print_result(result);
    remember(client, result->end == END_NO_CONNECTION ? "no-connection" : result->end == END_SENT ? "" : "ended");
    if (result->end == END_SENT && result->waiting == 0 && result->failed == 0 && result->emptied == 0)
        return CLI_OK;
    if (result->end == END_SENT) {
        fputs("Not everything is backed up; the reasons are above.\n", stderr);
        return CLI_FAILED;
    }
    fprintf(stderr, "%s.%s%s %s\n", backup_end_text(result->end), result->end_note ? " " : "",
            result->end_note ? result->end_note : "", backup_end_advice(result->end));
    return CLI_FAILED;
}

static int act_run(struct backup_client *client, void *data)
{
    g_autoptr(GError) error = NULL;
    struct client_account account = {0};
    struct backup_result result = {0};
    AUTO_FD int lock = client_place_lock(&client->place, &error);
    if (lock < 0 || !client_account_load(&client->place, &account, &error))
        return cli_fail(error);
    catch_signals();
    int code;
    if (state_bind(client->state, account.identity, &error) &&
        backup_run(client->state, &account, data, &result, &error))
        code = finish_run(client, &result);
    else
        code = fail_run(client, error);
    backup_result_clear(&result);
    client_account_clear(&account);
    return code;
}

static int run_run(int argc, char **argv)
{
    g_autofree char *dir = NULL;
    gboolean is_quiet = FALSE, is_verbose = FALSE;
    int patience_s = 600, jobs = 0;
    const GOptionEntry entries[] = {
        {"verbose", 'v', 0, G_OPTION_ARG_NONE, &is_verbose, "A line for each file", NULL},
        {"quiet", 'q', 0, G_OPTION_ARG_NONE, &is_quiet, "No progress", NULL},
        {"retry-for", 0, 0, G_OPTION_ARG_INT, &patience_s, "Wait so long for a lost connection (600)", "SECONDS"},
        {"uploads", 0, 0, G_OPTION_ARG_INT, &jobs, "Files that are sent at once (4)", "N"},
        STATE_ENTRY(dir),
        G_OPTION_ENTRY_NULL};
    if (!cli_parse(&argc, &argv, "backup run [--verbose]", "Backs up what is new or changed, then ends.", entries))
        return CLI_USAGE;
    if (argc > 1 || patience_s < 0 || jobs < 0 || jobs > 64)
        return cli_usage("backup run", "it takes no arguments, --retry-for 0 or more, --uploads 1 to 64.");
    struct backup_options options = {.is_quiet = is_quiet,
                                     .is_verbose = is_verbose,
                                     .patience_us = (int64_t)patience_s * G_USEC_PER_SEC,
                                     .n_senders = (unsigned)jobs};
    return with_client(dir, act_run, &options);
}

/* ---- dispatch ---- */

static int run_status(int argc, char **argv)
{
    g_autofree char *dir = NULL;
    gboolean as_json = FALSE;
    const GOptionEntry entries[] = {
        {"json", 0, 0, G_OPTION_ARG_NONE, &as_json, "For programs", NULL}, STATE_ENTRY(dir), G_OPTION_ENTRY_NULL};
    if (!cli_parse(&argc, &argv, "backup status [--json]", "How the backup of this computer stands.", entries))
        return CLI_USAGE;
    if (argc > 1)
        return cli_usage("backup status", "it takes no arguments.");
    return with_client(dir, backup_status, &as_json);
}

int cmd_backup(int argc, char **argv)
{
    static const struct cli_command commands[] = {
        {"login", "URL", "sign this computer in at a server", run_login},
        {"logout", "", "forget the sign-in", run_logout},
        {"add", "DIR…", "back up folders, with all below them", run_add},
        {"quality", "original|high|account", "in which quality this computer backs up", run_quality},
        {"list", "", "the folders", run_list},
        {"remove", "DIR…", "back up a folder no more; deletes nothing", run_remove},
        {"run", "", "back up what is new or changed", run_run},
        {"status", "[--json]", "how the backup stands", run_status},
    };
    return cli_dispatch("backup", commands, G_N_ELEMENTS(commands), argc, argv);
}
