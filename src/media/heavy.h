/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Files that need more memory than a usual worker may take: they go to the heavy lane, one at a time, so that one large
 * limit holds for the whole server and not for each worker. Threads: any; blocks. */
#pragma once

#include "media/ask.h"

/** As media_ask() in LANE_PHOTO; where the worker says that the file needs more memory, or dies for lack of it, once
 *  more in LANE_HEAVY. From @fds[@n_inputs] on they are outputs: files that the caller made, emptied before the second
 *  try. A file that is too much even there gives MEDIA_TOO_LARGE, or ERR_LIMIT, with the limit in its reason. */
bool media_ask_roomy(const struct job_context *context, struct media_request *request, const int *fds, unsigned n_fds,
                     unsigned n_inputs, const struct ask_options *options, struct media_reply *ret_reply,
                     GError **error);
