/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "cli/cli.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/error.h"

int cli_fail(const GError *error)
{
    const char *detail = err_detail(error);
    fprintf(stderr, "ambrotype: %s\n", error->message);
    if (detail)
        fprintf(stderr, "  (%s)\n", detail);
    return CLI_FAILED;
}

int cli_usage(const char *command, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    g_autofree char *message = g_strdup_vprintf(format, args);
    va_end(args);
    fprintf(stderr, "ambrotype: %s\nTry `ambrotype %s --help`.\n", message, command);
    return CLI_USAGE;
}

bool cli_parse(int *argc, char ***argv, const char *help, const char *about, const GOptionEntry *entries)
{
    g_autoptr(GError) error = NULL;
    g_autoptr(GOptionContext) context = g_option_context_new(NULL);
    g_option_context_add_main_entries(context, entries, NULL);
    g_option_context_set_summary(context, about);
    g_option_context_set_help_enabled(context, FALSE);

    gboolean wants_help = FALSE;
    const GOptionEntry help_entry[] = {{"help", 'h', 0, G_OPTION_ARG_NONE, &wants_help, "Show this help", NULL},
                                       G_OPTION_ENTRY_NULL};
    g_option_context_add_main_entries(context, help_entry, NULL);
    if (!g_option_context_parse(context, argc, argv, &error)) {
        fprintf(stderr, "ambrotype: %s\nUsage: ambrotype %s\n", error->message, help);
        return false;
    }
    if (wants_help) {
        /* GLib's own two lines of usage know only argv[0], which here is a subcommand's word. */
        g_autofree char *text = g_option_context_get_help(context, TRUE, NULL);
        const char *body = strstr(text, "\n\n");
        printf("Usage: ambrotype %s%s", help, body ? body : "\n");
        exit(CLI_OK);
    }
    return true;
}

static void print_commands(FILE *out, const char *parent, const struct cli_command *commands, size_t n_commands)
{
    fprintf(out, "Usage: ambrotype %s%sCOMMAND [OPTION…]\n\n", parent, *parent ? " " : "");
    for (size_t i = 0; i < n_commands; i++) {
        if (!commands[i].summary)
            continue;
        g_autofree char *words = g_strjoin(" ", commands[i].name, commands[i].arguments, NULL);
        fprintf(out, "  %-44s %s\n", words, commands[i].summary);
    }
    fprintf(out, "\n`ambrotype %s%sCOMMAND --help` tells the options of each.\n", parent, *parent ? " " : "");
}

int cli_dispatch(const char *parent, const struct cli_command *commands, size_t n_commands, int argc, char **argv)
{
    if (argc < 2) {
        print_commands(stderr, parent, commands, n_commands);
        return CLI_USAGE;
    }
    if (g_str_equal(argv[1], "--help") || g_str_equal(argv[1], "-h") || g_str_equal(argv[1], "help")) {
        print_commands(stdout, parent, commands, n_commands);
        return CLI_OK;
    }
    for (size_t i = 0; i < n_commands; i++) {
        if (g_str_equal(argv[1], commands[i].name))
            return commands[i].run(argc - 1, argv + 1);
    }
    fprintf(stderr, "ambrotype: there is no command `%s`.\n\n", argv[1]);
    print_commands(stderr, parent, commands, n_commands);
    return CLI_USAGE;
}

char *cli_default_data(void)
{
    const char *data = g_getenv("AMBROTYPE_DATA");
    return g_strdup(data && *data ? data : "data");
}
