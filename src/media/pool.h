/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * The worker processes: started when a job needs one, kept while jobs come, ended when idle, after a number of files,
 * and after every failure. One thread of the pool starts and ends them all: the kernel ties a worker's life to the
 * thread that made it. Threads: any. */
#pragma once

#include <glib.h>
#include <stdbool.h>

#include "media/worker_process.h"

struct pool;

struct pool_config {
    const char *worker_path; /* copied */
    unsigned workers, memory_mb, idle_s, files_per_worker;
    enum worker_manners manners;
};

struct pool *pool_new(const struct pool_config *config);

/** Ends all workers, also leased ones at their return. No lease may begin any more. NULL is fine. */
void pool_free(struct pool *pool);

/** What each of its workers may take. */
unsigned pool_memory_mb(const struct pool *pool);

/** A worker that has said hello, for the caller alone; waits while all are leased, first come first served. @fresh: one
 *  that has not worked yet. NULL with @error (it could not be started; the pool is closing: ERR_CANCELLED). Give it
 * back with pool_return(). */
struct worker_process *pool_lease(struct pool *pool, bool fresh, GError **error);

/** @is_fit false: it failed, and is ended. @ret_signal (may be NULL): what had killed it, or 0. */
void pool_return(struct pool *pool, struct worker_process *worker, bool is_fit, int *ret_signal);
