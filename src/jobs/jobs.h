/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * The durable job queue and its runner. A job is a row in the database: a kind, a subject (the row id of what it works
 * on) and a priority. It is added in the transaction that makes it needed, so that neither can be there without the
 * other; it is leased while it runs, so that a crash gives it back; it ends by being deleted (done) or by keeping its
 * error (failed), never silently.
 *
 * Order: highest priority first, then the rank of the kind, then newest first. One job of a kind and subject at most:
 * adding it again while it waits changes nothing but its priority, while it runs makes it run once more.
 * All kinds share one budget of cores (pick.h has the rules; docs/jobs.md tells them to people).
 *
 * Threads: what takes a db_conn and writes on the writer's thread; jobs_now_…() on the thread that runs a job; the rest
 * any. */
#pragma once

#include <glib.h>
#include <stdbool.h>
#include <stdint.h>

struct db;
struct db_conn;
struct jobs;

enum jobs_priority {
    JOBS_LATER = 0,
    JOBS_REFILL = 5, /* puts more work into the queue once what is there is under way */
    JOBS_REWORK = 10,
    JOBS_UPLOAD = 20,
    JOBS_LOOKED_AT = 30, /* somebody sees a gap at this moment */
};

enum jobs_rank {
    JOBS_FIRST,     /* quick work that people wait for */
    JOBS_SECOND,    /* of the same priority after the first ones, but never starved by them */
    JOBS_WHEN_IDLE, /* starts only while nothing of the other ranks waits */
};

struct jobs_kind {
    const char *name;
    unsigned parallel;     /* how many of this kind at once; 0: 1. The largest of the first two ranks is the budget */
    unsigned max_attempts; /* 0: 2 */
    enum jobs_rank rank;
    /** Does the work; blocks. true: done. false: failed with @error; tried again after a pause while err_info()->retry
     *  and attempts are left, otherwise @give_up is called and the job stays as failed with the message. */
    bool (*run)(int64_t subject, void *data, GError **error);
    /** Told once that the job failed for good (may be NULL). */
    void (*give_up)(int64_t subject, const GError *reason, void *data);
    void *data;
};

/* ---- adding ---- */

/** Adds a job inside a write transaction. */
bool jobs_add(struct db_conn *conn, const char *kind, int64_t subject, enum jobs_priority priority, GError **error);

/** As jobs_add() for work on a photo or video: within a priority those taken last go first, and large files (which take
 *  long) after all others. */
bool jobs_add_file(struct db_conn *conn, const char *kind, int64_t subject, enum jobs_priority priority,
                   int64_t taken_us, int64_t size_bytes, GError **error);

enum jobs_state { JOBS_NONE, JOBS_WAITING, JOBS_ACTIVE, JOBS_FAILED };
/** What of the job of this kind and subject? One that failed for good would run again if it were added. @ret_priority
 * is 0 where there is none. */
bool jobs_look(struct db_conn *conn, const char *kind, int64_t subject, enum jobs_state *ret_state,
               int64_t *ret_priority, GError **error);

/** How the job of this kind and subject stands. */
struct jobs_standing {
    enum jobs_state state;
    int64_t progress_permille;
    char *error; /* of a failed one; free with g_free() */
};
bool jobs_find(struct db_conn *conn, const char *kind, int64_t subject, struct jobs_standing *ret_standing,
               GError **error);

/* ---- running ---- */

/** Starts the runner over @kinds (copied); jobs leased by an earlier process are given back first. */
struct jobs *jobs_start(struct db *db, const struct jobs_kind *kinds, size_t n_kinds, GError **error);

/** There may be new jobs: look now. Cheap. NULL is fine. */
void jobs_wake(struct jobs *jobs);

/** Between begin and end somebody waits for the machine (an upload is coming in): half of the budget rests meanwhile,
 *  never all of it. Cheap; calls may overlap. NULL is fine. */
void jobs_foreground_begin(struct jobs *jobs);
void jobs_foreground_end(struct jobs *jobs);

/** Has jobs of @kind that run at this moment end as soon as they ask jobs_now_cancelled(); they become failed. */
void jobs_cancel(struct jobs *jobs, const char *kind);

/** How many jobs of @kind (NULL: all) were done since jobs_start(). */
uint64_t jobs_done(struct jobs *jobs, const char *kind);

/** Lets running jobs finish for up to @grace_s seconds (those of idle time are cancelled at once), then leaves them to
 *  the lease. NULL is fine. */
void jobs_stop(struct jobs *jobs, unsigned grace_s);

/** About the job that runs on this thread. On a thread that runs none nothing is kept, nothing cancelled, attempt 0.
 *  The shapes are those of struct ask_options (media/ask.h); the last argument is not used. */
void jobs_now_progress(int64_t done_permille, void *unused);
bool jobs_now_cancelled(void *unused);
/** 1 for the first attempt. */
unsigned jobs_now_attempt(void);
/** Its priority, for work that it hands over to another kind; @otherwise on a thread that runs none. */
enum jobs_priority jobs_now_priority(enum jobs_priority otherwise);

/* ---- looking and steering, also from beside the server ---- */

struct jobs_counts {
    int64_t waiting, active, failed;
    int64_t delayed; /* of the waiting: not due yet */
};
/** Counts of one kind (NULL: all), from the database. */
bool jobs_count(struct db_conn *conn, const char *kind, struct jobs_counts *ret_counts, GError **error);

/** A row as people see it; strings are valid during the call of @each. */
struct jobs_row {
    int64_t id;
    const char *kind;
    int64_t subject;
    const char *state; /* "waiting", "active", "failed" */
    const char *error; /* of a failed one, or of the attempt before; may be NULL */
    int64_t attempts, progress_permille;
    int64_t created_us, updated_us;
};
typedef bool jobs_each(const struct jobs_row *row, void *data);
/** Calls @each for at most @limit jobs of @kind (NULL: all) in @state with an id below @before_id (0: from the newest),
 *  newest first. False from @each ends it. */
bool jobs_list(struct db_conn *conn, const char *kind, const char *state, int64_t before_id, unsigned limit,
               jobs_each *each, void *data, GError **error);

/** Writes: no job of the kind (or name of a queue) starts any more, also after a restart; running ones end as usual. */
bool jobs_pause(struct db_conn *conn, const char *name, GError **error);
bool jobs_resume(struct db_conn *conn, const char *name, GError **error);
bool jobs_is_paused(struct db_conn *conn, const char *name, bool *ret_paused, GError **error);

/** Writes: failed jobs of @kind (NULL: all) wait again; @id 0: all of them. */
bool jobs_retry(struct db_conn *conn, const char *kind, int64_t id, int64_t *ret_n, GError **error);

/** Writes: forgets up to @limit waiting (or failed) jobs of @kind. What they were for is not done. */
bool jobs_forget(struct db_conn *conn, const char *kind, bool failed, unsigned limit, int64_t *ret_n, GError **error);
