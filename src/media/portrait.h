/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Pictures of people, by a worker: what stands behind media_portrait(). Threads: any; blocks. */
#pragma once

#include "media/ask.h"

/** As media_portrait(). */
GBytes *portrait_make(const struct job_context *context, int input_fd, int64_t size_bytes, GError **error);
