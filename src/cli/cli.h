/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * What the commands of `ambrotype` share: exit codes, option parsing with one style of message, passwords, opening a
 * data folder beside a running server. Program code: it prints to people, once, in sentences.
 *
 * Threads: the main thread only. */
#pragma once

#include <glib.h>
#include <stdbool.h>
#include <stdint.h>

enum cli_exit {
    CLI_OK = 0,
    CLI_FAILED = 1, /* it was tried and did not work */
    CLI_USAGE = 2,  /* the words were off; nothing was tried */
    CLI_DAMAGE = 3, /* verify: something is missing or differs */
};

struct cli_command {
    const char *name;
    const char *arguments; /* for the overview: "add|list|passwd|delete" */
    const char *summary;
    int (*run)(int argc, char **argv); /* argv[0] is the command's own word */
};

int cmd_serve(int argc, char **argv);
int cmd_user(int argc, char **argv);
int cmd_key(int argc, char **argv);
int cmd_verify(int argc, char **argv);
int cmd_export(int argc, char **argv);
int cmd_jobs(int argc, char **argv);
int cmd_pack(int argc, char **argv);
int cmd_unpack(int argc, char **argv);
int cmd_routes(int argc, char **argv);
int cmd_openapi(int argc, char **argv);

/** Prints "ambrotype: MESSAGE" to standard error with the error's detail behind it, as this reader is the
 *  administrator, and answers CLI_FAILED. */
int cli_fail(const GError *error);

/** Prints "ambrotype: MESSAGE" and where help is; answers CLI_USAGE. */
int cli_usage(const char *command, const char *format, ...) G_GNUC_PRINTF(2, 3);

/** Parses @entries out of argv (which loses them). false after it has printed why; @help "serve [--data DIR]" is the
 *  line of usage. --help prints and ends the program with 0. */
bool cli_parse(int *argc, char ***argv, const char *help, const char *about, const GOptionEntry *entries);

/** Runs the one of @commands that argv[1] names; without one, or with an unknown one, prints what there is. */
int cli_dispatch(const char *parent, const struct cli_command *commands, size_t n_commands, int argc, char **argv);

/* ---- passwords: a prompt, a file or standard input; never the command line, which every process may read ---- */

struct cli_password_source {
    gboolean from_stdin;
    char *file; /* path, or NULL */
};

/** The option entries of a password source, ended: give them to cli_parse() through a group of its own. */
#define CLI_PASSWORD_ENTRIES(source)                                                                                   \
    {"password-stdin", 0, 0, G_OPTION_ARG_NONE, &(source)->from_stdin, "Read the password from standard input", NULL}, \
    {                                                                                                                  \
        "password-file", 0, 0, G_OPTION_ARG_FILENAME, &(source)->file, "Read the password from FILE", "FILE"           \
    }

/** The password: the first line of the file or of standard input, or asked on the terminal without echo, twice where
 *  @is_new. NULL with @error. Wipe and free with cli_password_free(). */
char *cli_password(const struct cli_password_source *source, bool is_new, GError **error);
void cli_password_free(char *password);

/* ---- the data folder ---- */

struct db;
struct media;
struct store;

/** A data folder opened beside the server that may be running on it. */
struct cli_data {
    struct db *db;
    struct store *store;
    struct media *media; /* NULL until cli_data_start_media() */
};

/** Opens @data_dir, which must be a data folder with a catalog of this program's version. Where it cannot be
 *  written the catalog is opened for reading only (db_is_read_only()), and every change answers ERR_FORBIDDEN. */
bool cli_data_open(const char *data_dir, struct cli_data *ret_data, GError **error);

/** As cli_data_open() as the one who may change the store: ERR_BUSY while a server runs on it. */
bool cli_data_open_alone(const char *data_dir, struct cli_data *ret_data, GError **error);

/** Gets ready to unpack (and pack) originals; a worker is started with the first. ERR_NOT_FOUND where the program
 *  ambrotype-media is missing: then packed originals cannot be read, all others can. */
bool cli_data_start_media(struct cli_data *data, GError **error);
void cli_data_close(struct cli_data *data);

/** The data folder when none is named: AMBROTYPE_DATA, else "./data". Free with g_free(). */
char *cli_default_data(void);
