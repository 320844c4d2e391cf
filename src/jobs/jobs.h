/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * The durable job queue and its runner. A job is a row in the database: a kind, a subject (the row id of what it works
 * on) and a priority. It is added in the transaction that makes it needed, so that neither can be there without the
 * other; it is leased while it runs, so that a crash gives it back; it ends by being deleted (done) or by keeping its
 * error (failed), never silently.
 *
 * Order: highest priority first, then newest first. One job of a kind and subject at most: adding it again while it
 * waits changes nothing, while it runs makes it run once more.
 *
 * Threads: jobs_add() on the writer's thread (it has a db_conn); the rest any. */
#pragma once

#include <glib.h>
#include <stdbool.h>
#include <stdint.h>

struct db;
struct db_conn;
struct jobs;

enum jobs_priority { JOBS_LATER = 0, JOBS_REWORK = 10, JOBS_UPLOAD = 20 };

struct jobs_kind {
    const char *name;
    unsigned parallel;     /* how many of this kind at once; 0: 1 */
    unsigned max_attempts; /* 0: 2 */
    /** Does the work; blocks. true: done. false: failed with @error; tried again after a pause while err_info()->retry
     *  and attempts are left, otherwise @give_up is called and the job stays as failed with the message. */
    bool (*run)(int64_t subject, void *data, GError **error);
    /** Told once that the job failed for good (may be NULL). */
    void (*give_up)(int64_t subject, const GError *reason, void *data);
    void *data;
};

/** Adds a job inside a write transaction. */
bool jobs_add(struct db_conn *conn, const char *kind, int64_t subject, enum jobs_priority priority, GError **error);

/** Starts the runner over @kinds (copied); jobs leased by an earlier process are given back first. */
struct jobs *jobs_start(struct db *db, const struct jobs_kind *kinds, size_t n_kinds, GError **error);

/** There may be new jobs: look now. Cheap. */
void jobs_wake(struct jobs *jobs);

/** Lets running jobs finish for up to @grace_s seconds, then leaves them to the lease. NULL is fine. */
void jobs_stop(struct jobs *jobs, unsigned grace_s);

/** Did the job of this kind and subject fail for good? Adding it again would run it again. */
bool jobs_has_failed(struct db_conn *conn, const char *kind, int64_t subject, bool *ret_failed, GError **error);

struct jobs_counts {
    int64_t waiting, active, failed;
};
/** Counts of one kind (NULL: all), from the database. */
bool jobs_count(struct db_conn *conn, const char *kind, struct jobs_counts *ret_counts, GError **error);
