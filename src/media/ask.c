/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "media/ask.h"

#include <signal.h>
#include <string.h>
#include <sys/stat.h>

#include "base/error.h"
#include "base/io.h"
#include "jobs/jobs.h"

#define SIGNAL "signal " /* begins the detail of a death by one */

static const char *how_it_ended(int signal)
{
    switch (signal) {
    case SIGSYS:
        return "The file made its decoder do something forbidden; it was stopped.";
    case SIGXCPU:
        return "Working on this file took longer than the time limit.";
    case SIGABRT:
    case SIGTRAP: /* GLib's way to end for lack of memory */
        return "The decoder gave up on this file: it is damaged, or needs more memory than is allowed.";
    default:
        return "The decoder crashed on this file.";
    }
}

/* What the job's error says when a worker broke off: the signal tells more than the silent socket. */
static void explain_death(GError **problem, int signal)
{
    if (signal == 0 || !err_is(*problem, ERR_WORKER_DIED))
        return;
    g_autofree char *detail = g_strdup_printf(SIGNAL "%d", signal);
    g_clear_error(problem);
    err_set_detail(problem, ERR_WORKER_DIED, detail, "%s", how_it_ended(signal));
}

bool media_ask(const struct job_context *context, enum media_lane lane, struct media_request *request, const int *fds,
               unsigned n_fds, const struct ask_options *options, struct media_reply *ret_reply, GError **error)
{
    unsigned limit_s = options && options->time_limit_s ? options->time_limit_s : context->time_limit_s;
    if (request->cpu_s <= 0)
        request->cpu_s = limit_s;
    struct worker_process *worker = pool_lease(context->pools[lane], jobs_now_attempt() > 1, error);
    if (!worker)
        return false;
    struct worker_watch watch = {
        .deadline_us = g_get_monotonic_time() + (int64_t)limit_s * G_USEC_PER_SEC,
        .progress = options && options->progress ? options->progress : jobs_now_progress,
        .is_cancelled = options && options->is_cancelled ? options->is_cancelled : jobs_now_cancelled,
        .data = options ? options->data : NULL,
    };
    GError *problem = NULL;
    int signal = 0;
    bool ok = worker_ask(worker, request, fds, n_fds, &watch, ret_reply, &problem);
    pool_return(context->pools[lane], worker, ok, &signal);
    if (ok)
        return true;
    explain_death(&problem, signal);
    /* A malformed answer is the worker's failure, not the store's: the file may have taken it over. */
    if (err_is(problem, ERR_CORRUPT)) {
        g_autofree char *detail = g_strdup(err_detail(problem));
        g_clear_error(&problem);
        err_set_detail(&problem, ERR_WORKER_DIED, detail, "The decoder answered nonsense about this file.");
    }
    g_propagate_error(error, problem);
    return false;
}

bool media_ran_out_of_memory(const GError *error)
{
    static const int deaths[] = {SIGABRT, SIGTRAP, SIGSEGV, SIGBUS, SIGKILL}; /* of programs that got no memory */
    const char *detail = err_detail(error);
    gint64 signal = 0;
    if (!err_is(error, ERR_WORKER_DIED) || !detail || !g_str_has_prefix(detail, SIGNAL) ||
        !g_ascii_string_to_signed(detail + strlen(SIGNAL), 10, 1, 64, &signal, NULL))
        return false;
    for (size_t i = 0; i < G_N_ELEMENTS(deaths); i++)
        if (signal == deaths[i])
            return true;
    return false;
}

GBytes *media_take_output(int fd, int64_t announced_bytes, int64_t max_bytes, GError **error)
{
    struct stat status;
    if (fstat(fd, &status) != 0 || announced_bytes < 0 || status.st_size != announced_bytes ||
        announced_bytes > max_bytes) {
        err_set_detail(error, ERR_WORKER_DIED, "size of an output", "The decoder answered nonsense about this file.");
        return NULL;
    }
    g_autofree uint8_t *bytes = g_malloc((gsize)announced_bytes);
    ssize_t got = io_pread_full(fd, bytes, (size_t)announced_bytes, 0, error);
    if (got < 0)
        return NULL;
    return g_bytes_new_take(g_steal_pointer(&bytes), (gsize)got);
}
