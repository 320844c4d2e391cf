/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * One media job from its row to its end: see media.h. Threads: any; blocks. */
#pragma once

#include "media/ask.h"

bool job_run(const struct job_context *context, int64_t asset_id, GError **error);

/** After the last attempt: the reason goes to the asset, which still gets its date and its place in browse/. */
void job_give_up(const struct job_context *context, int64_t asset_id, const GError *reason);
