/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "base/fault.h"

#ifdef AMBROTYPE_FAULTS
#include <errno.h>
#include <glib.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* Guards counts. */
static GMutex lock;
static GHashTable *counts;

static guint64 count_pass(const char *name)
{
    g_mutex_lock(&lock);
    if (!counts)
        counts = g_hash_table_new(g_str_hash, g_str_equal);
    guint64 n = GPOINTER_TO_SIZE(g_hash_table_lookup(counts, name)) + 1;
    g_hash_table_insert(counts, (gpointer)name, GSIZE_TO_POINTER(n));
    g_mutex_unlock(&lock);
    return n;
}

static int act(const char *action)
{
    if (strcmp(action, "kill") == 0)
        kill(getpid(), SIGKILL);
    else if (strcmp(action, "stop") == 0)
        kill(getpid(), SIGSTOP);
    else if (strcmp(action, "eio") == 0)
        return EIO;
    else if (strcmp(action, "enospc") == 0)
        return ENOSPC;
    else if (strcmp(action, "edquot") == 0)
        return EDQUOT;
    else
        g_error("AMBROTYPE_FAULT: unknown action %s", action);
    return 0;
}

int64_t fault_number(const char *name, int64_t otherwise)
{
    const char *text = g_getenv(name);
    gint64 number = otherwise;
    return text && g_ascii_string_to_signed(text, 10, 1, G_MAXINT64, &number, NULL) ? number : otherwise;
}

int fault_here(const char *name)
{
    const char *plan = getenv("AMBROTYPE_FAULT");
    if (!plan || !*plan)
        return 0;
    g_auto(GStrv) faults = g_strsplit(plan, ",", -1);
    for (char **fault = faults; *fault; fault++) {
        char *colon = strchr(*fault, ':');
        if (!colon || (size_t)(colon - *fault) != strlen(name) || !g_str_has_prefix(*fault, name))
            continue;
        char *at = strchr(colon, '@');
        if (at) {
            *at = '\0';
            if (count_pass(name) != g_ascii_strtoull(at + 1, NULL, 10))
                continue;
        }
        return act(colon + 1);
    }
    return 0;
}
#endif
