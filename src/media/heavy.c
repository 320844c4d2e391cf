/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "media/heavy.h"

#include <errno.h>
#include <unistd.h>

#include "base/error.h"

/* Would more memory help? Not where the picture has too many pixels for any. */
static bool wants_memory(const struct media_reply *reply, const struct media_request *request)
{
    if (reply->outcome != MEDIA_TOO_LARGE)
        return false;
    bool is_known = reply->raw_width_px > 0 && reply->raw_height_px > 0;
    return !is_known || reply->raw_width_px * reply->raw_height_px <= request->max_pixels;
}

/* The one before may have written into them. (A side file, the last of all, is an input.) */
static bool empty_outputs(const int *fds, unsigned n_fds, unsigned n_inputs, GError **error)
{
    for (unsigned i = n_inputs; i < n_fds; i++)
        if (ftruncate(fds[i], 0) != 0 || lseek(fds[i], 0, SEEK_SET) != 0)
            return err_set_errno(error, errno, "an output", "A media job could not be prepared.");
    return true;
}

/* What it says then is the last word: the largest worker was asked. */
static void explain(struct media_reply *reply, unsigned memory_mb)
{
    if (reply->outcome != MEDIA_TOO_LARGE || !reply->reason)
        return;
    char *reason = g_strdup_printf("%s The limit is %u MB (heavy-memory-mb).", reply->reason, memory_mb);
    g_free(reply->reason);
    reply->reason = reason;
}

static bool ask_heavy(const struct job_context *context, struct media_request *request, const int *fds, unsigned n_fds,
                      unsigned n_inputs, const struct ask_options *options, struct media_reply *ret_reply,
                      GError **error)
{
    unsigned memory_mb = pool_memory_mb(context->pools[LANE_HEAVY]);
    GError *problem = NULL;
    if (!empty_outputs(fds, request->sidecar == 1 ? n_fds - 1 : n_fds, n_inputs, error))
        return false;
    if (media_ask(context, LANE_HEAVY, request, fds, n_fds, options, ret_reply, &problem)) {
        explain(ret_reply, memory_mb);
        return true;
    }
    /* That was its second worker: no third one. */
    if (media_ran_out_of_memory(problem)) {
        g_autofree char *detail = g_strdup(err_detail(problem));
        g_clear_error(&problem);
        return err_set_detail(
            error, ERR_LIMIT, detail,
            "The decoder gave up on this file twice, also with %u MB of memory (heavy-memory-mb): it is "
            "damaged, or too large for this server.",
            memory_mb);
    }
    g_propagate_error(error, problem);
    return false;
}

bool media_ask_roomy(const struct job_context *context, struct media_request *request, const int *fds, unsigned n_fds,
                     unsigned n_inputs, const struct ask_options *options, struct media_reply *ret_reply,
                     GError **error)
{
    bool has_more = context->pools[LANE_HEAVY] &&
                    pool_memory_mb(context->pools[LANE_HEAVY]) > pool_memory_mb(context->pools[LANE_PHOTO]);
    GError *problem = NULL;
    struct media_reply reply;
    if (media_ask(context, LANE_PHOTO, request, fds, n_fds, options, &reply, &problem)) {
        if (!has_more || !wants_memory(&reply, request)) {
            *ret_reply = reply;
            return true;
        }
        media_reply_clear(&reply);
    } else if (!has_more || !media_ran_out_of_memory(problem)) {
        g_propagate_error(error, problem);
        return false;
    }
    g_clear_error(&problem);
    return ask_heavy(context, request, fds, n_fds, n_inputs, options, ret_reply, error);
}
