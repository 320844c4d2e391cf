/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Reading a password from a terminal without echo, from a file, or from standard input. */
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <termios.h>
#include <unistd.h>

#include "base/error.h"
#include "cli/cli.h"

enum { MAX_PASSWORD_BYTES = 1024 };

void cli_password_free(char *password)
{
    if (password)
        explicit_bzero(password, strlen(password));
    g_free(password);
}

/* The first line of @in, without its end. */
static char *read_line(FILE *in, GError **error)
{
    char line[MAX_PASSWORD_BYTES + 2];
    if (!fgets(line, sizeof line, in)) {
        err_set(error, ERR_INVALID, "No password was given: the input is empty.");
        return NULL;
    }
    size_t length = strcspn(line, "\r\n");
    char *password = NULL;
    if (length > MAX_PASSWORD_BYTES)
        err_set(error, ERR_LIMIT, "The password is longer than %d bytes.", MAX_PASSWORD_BYTES);
    else if (!g_utf8_validate(line, (gssize)length, NULL))
        err_set(error, ERR_INVALID, "The password is not valid UTF-8 text.");
    else
        password = g_strndup(line, length);
    explicit_bzero(line, sizeof line);
    return password;
}

static char *ask(FILE *terminal, const char *prompt, GError **error)
{
    struct termios shown;
    int fd = fileno(terminal);
    if (tcgetattr(fd, &shown) != 0) {
        err_set_errno(error, errno, "/dev/tty", "The terminal cannot be used to ask for a password.");
        return NULL;
    }
    struct termios hidden = shown;
    hidden.c_lflag &= ~(tcflag_t)ECHO;
    fputs(prompt, terminal);
    fflush(terminal);
    tcsetattr(fd, TCSAFLUSH, &hidden);
    char *password = read_line(terminal, error);
    tcsetattr(fd, TCSAFLUSH, &shown);
    fputc('\n', terminal);
    fflush(terminal);
    return password;
}

static char *ask_on_terminal(bool is_new, GError **error)
{
    FILE *terminal = fopen("/dev/tty", "r+e");
    if (!terminal) {
        err_set(error, ERR_INVALID,
                "There is no terminal to ask for the password: use --password-stdin or "
                "--password-file.");
        return NULL;
    }
    char *password = ask(terminal, is_new ? "New password: " : "Password: ", error);
    if (password && is_new) {
        char *again = ask(terminal, "The same again: ", error);
        if (again && strcmp(password, again) != 0)
            err_set(error, ERR_INVALID, "The two passwords differ.");
        if (!again || strcmp(password, again) != 0) {
            cli_password_free(password);
            password = NULL;
        }
        cli_password_free(again);
    }
    fclose(terminal);
    return password;
}

char *cli_password(const struct cli_password_source *source, bool is_new, GError **error)
{
    if (source->from_stdin)
        return read_line(stdin, error);
    if (!source->file)
        return ask_on_terminal(is_new, error);
    FILE *file = fopen(source->file, "re");
    if (!file) {
        err_set_errno(error, errno, source->file, "The password file cannot be read.");
        return NULL;
    }
    char *password = read_line(file, error);
    fclose(file);
    return password;
}
