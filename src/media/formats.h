/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * What the workers of this installation can show, as they say themselves when they start. Nobody is asked before
 * somebody wants to know. Threads: any. */
#pragma once

#include "media/ask.h"

struct formats {
    GMutex lock;
    char *shown; /* guarded by lock: media types of both programs, each between commas; NULL: not asked yet */
};

void formats_init(struct formats *formats);
void formats_clear(struct formats *formats);

/** Asks a worker of each program, once; may start them (some 30 ms each). */
bool formats_ask(struct formats *formats, const struct job_context *context, GError **error);

/** Is @mime among them? False before formats_ask(). */
bool formats_has(struct formats *formats, const char *mime);
