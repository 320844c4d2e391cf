/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * The program `ambrotype`: finds the command and runs it. */
#include <locale.h>
#include <signal.h>
#include <stdio.h>
#include <sys/stat.h>

#include "cli/backup.h"
#include "cli/cli.h"

static const struct cli_command commands[] = {
    {"serve", "", "run the server", cmd_serve},
    {"user", "add|list|passwd|quality|delete", "accounts", cmd_user},
    {"key", "add|list|delete", "API keys", cmd_key},
    {"backup", "login|add|run|status|quality|…", "back up this computer's photos", cmd_backup},
    {"verify", "", "read every stored byte again and compare", cmd_verify},
    {"export", "TARGET", "write everything back out as ordinary files", cmd_export},
    {"jobs", "pause|resume|list-failed|…", "what the server has still to do", cmd_jobs},
    {"pack", "", "keep JPEG originals as lossless JPEG XL", cmd_pack},
    {"unpack", "", "bring packed originals back into the form in which they came", cmd_unpack},
    {"routes", NULL, NULL, cmd_routes},
    {"openapi", NULL, NULL, cmd_openapi},
};

int main(int argc, char **argv)
{
    /* What this program makes is private to the account it runs as: photos, catalog, keys. */
    umask(077);
    setlocale(LC_CTYPE, "");
    signal(SIGPIPE, SIG_IGN);
    if (argc == 2 && g_str_equal(argv[1], "--version")) {
        puts("ambrotype " AMBROTYPE_VERSION);
        return CLI_OK;
    }
    return cli_dispatch("", commands, G_N_ELEMENTS(commands), argc, argv);
}
