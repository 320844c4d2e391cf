/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "cli/progress.h"

#include <glib.h>
#include <signal.h>
#include <stdio.h>
#include <unistd.h>

#include "base/text.h"

enum { REDRAW_US = 100000 };

static volatile sig_atomic_t is_stopped;

static void on_stop(int signal)
{
    is_stopped = 1;
}

void cli_progress_begin(struct cli_progress *progress, const char *verb, int64_t total)
{
    /* One Ctrl-C asks; a second one is the default again, for the impatient. */
    const struct sigaction action = {.sa_handler = on_stop, .sa_flags = (int)SA_RESETHAND};
    sigaction(SIGINT, &action, NULL);
    sigaction(SIGTERM, &action, NULL);
    *progress = (struct cli_progress){
        .verb = verb,
        .total = total,
        .began_us = g_get_monotonic_time(),
        .is_terminal = isatty(STDERR_FILENO),
    };
}

bool cli_progress_step(struct cli_progress *progress, int64_t done, int64_t done_bytes)
{
    int64_t now = g_get_monotonic_time();
    if (!progress->is_terminal || now - progress->shown_us < REDRAW_US)
        return !is_stopped;
    progress->shown_us = now;
    int64_t rate = done_bytes * G_USEC_PER_SEC / MAX(now - progress->began_us, 1);
    g_autofree char *size = text_size((guint64)done_bytes);
    g_autofree char *speed = text_size((guint64)rate);
    /* Work that moves no bytes has no rate worth showing. */
    g_autofree char *flow = done_bytes > 0 ? g_strdup_printf(", %s, %s/s", size, speed) : g_strdup("");
    g_autofree char *of =
        progress->total > 0 ? g_strdup_printf(" of %" G_GINT64_FORMAT, progress->total) : g_strdup("");
    fprintf(stderr, "\r\033[K%s %" G_GINT64_FORMAT "%s%s", progress->verb, done, of, flow);
    fflush(stderr);
    return !is_stopped;
}

void cli_progress_clear(struct cli_progress *progress)
{
    if (progress->is_terminal)
        fputs("\r\033[K", stderr);
    progress->shown_us = 0;
}

void cli_progress_end(struct cli_progress *progress)
{
    cli_progress_clear(progress);
    signal(SIGINT, SIG_DFL);
    signal(SIGTERM, SIG_DFL);
}
