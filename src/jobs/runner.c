/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * The runner: `parallel` threads a kind. Each ends its job and takes the next in one transaction, so that a busy queue
 * costs one commit a job, shared with whoever else writes at that moment. */
#include "jobs/jobs.h"

#include "base/clock.h"
#include "base/error.h"
#include "db/db.h"
#include "jobs/queue.h"

enum {
    DEFAULT_ATTEMPTS = 2,
    /* A job that was active when the process ended may have ended it: so often it is tried again all the same. */
    CRASHES_FORGIVEN = 5,
    IDLE_LOOK_S = 60,   /* jobs may also be added by another process, which cannot wake us */
    DB_TROUBLE_S = 5,   /* pause after the queue itself could not be read or written */
    FIRST_PAUSE_S = 30, /* doubled with each further attempt */
    LONGEST_PAUSE_S = 3600,
};

struct jobs {
    struct db *db;
    struct jobs_kind *kinds; /* names owned */
    size_t n_kinds;
    GPtrArray *threads;
    gint ref_count; /* atomic: the owner and each thread */

    GMutex lock; /* guards all below */
    GCond changed;
    guint64 wakes; /* rises with each jobs_wake() */
    unsigned n_running;
    unsigned n_in_db;
    bool is_stopping;
    bool is_abandoned; /* the database may be closed: threads that come back from a job must not touch it */
};

struct runner {
    struct jobs *jobs;
    const struct jobs_kind *kind;
};

/* The end of the last job and the begin of the next. */
struct turn {
    const struct jobs_kind *kind;
    struct claim last; /* id 0: none to end */
    enum claim_end end;
    int64_t not_before_us;
    char *reason;
    bool want_next;
    struct claim next;
};

static void jobs_unref(struct jobs *jobs)
{
    if (!g_atomic_int_dec_and_test(&jobs->ref_count))
        return;
    for (size_t i = 0; i < jobs->n_kinds; i++)
        g_free((char *)jobs->kinds[i].name);
    g_free(jobs->kinds);
    g_ptr_array_unref(jobs->threads);
    g_mutex_clear(&jobs->lock);
    g_cond_clear(&jobs->changed);
    g_free(jobs);
}

static bool turn_work(struct db_conn *conn, void *data, GError **error)
{
    struct turn *turn = data;
    turn->next = (struct claim){0};
    if (turn->last.id && !queue_settle(conn, &turn->last, turn->end, turn->not_before_us, turn->reason, error))
        return false;
    return !turn->want_next || queue_claim(conn, turn->kind->name, clock_now_us(), &turn->next, error);
}

/* Runs @turn unless the runner was abandoned; false when it was, or the database would not. */
static bool take_turn(struct jobs *jobs, struct turn *turn)
{
    g_mutex_lock(&jobs->lock);
    bool may = !jobs->is_abandoned;
    turn->want_next = !jobs->is_stopping;
    jobs->n_in_db += may;
    g_mutex_unlock(&jobs->lock);
    if (!may)
        return false;
    bool ok = db_write(jobs->db, turn_work, turn, NULL);
    g_mutex_lock(&jobs->lock);
    jobs->n_in_db--;
    g_cond_broadcast(&jobs->changed);
    g_mutex_unlock(&jobs->lock);
    if (ok) {
        turn->last = turn->next;
        g_clear_pointer(&turn->reason, g_free);
    }
    return ok;
}

static int64_t pause_us(int64_t attempts)
{
    int64_t pause_s = FIRST_PAUSE_S;
    for (int64_t i = 1; i < attempts && pause_s < LONGEST_PAUSE_S; i++)
        pause_s *= 2;
    return MIN(pause_s, LONGEST_PAUSE_S) * G_USEC_PER_SEC;
}

static bool is_stopping(struct jobs *jobs)
{
    g_mutex_lock(&jobs->lock);
    bool stopping = jobs->is_stopping;
    g_mutex_unlock(&jobs->lock);
    return stopping;
}

/* Works on turn->last and writes down what became of it. */
static void run_job(struct jobs *jobs, struct turn *turn)
{
    const struct jobs_kind *kind = turn->kind;
    g_autoptr(GError) problem = NULL;
    if (kind->run(turn->last.subject, kind->data, &problem)) {
        turn->end = CLAIM_DONE;
        return;
    }
    if (!problem)
        err_set(&problem, ERR_INTERNAL, "The job failed without a reason.");
    turn->reason = g_strdup(problem->message);
    if (is_stopping(jobs) && err_info(problem)->retry) {
        turn->end = CLAIM_RETURN;
    } else if (err_info(problem)->retry && turn->last.attempts < kind->max_attempts) {
        turn->end = CLAIM_RETRY;
        turn->not_before_us = clock_now_us() + pause_us(turn->last.attempts);
    } else {
        turn->end = CLAIM_FAILED;
        /* Before the row says so: after a crash in between it is told again, which is better than never. */
        if (kind->give_up)
            kind->give_up(turn->last.subject, problem, kind->data);
    }
}

/* How long there is nothing to do, in microseconds; by the queue's own word. */
static int64_t idle_us(struct jobs *jobs, const struct jobs_kind *kind)
{
    int64_t due_us;
    g_mutex_lock(&jobs->lock);
    bool may = !jobs->is_abandoned;
    jobs->n_in_db += may;
    g_mutex_unlock(&jobs->lock);
    if (!may)
        return 0;
    bool known = false;
    {
        DB_READ struct db_conn *conn = db_read_begin(jobs->db, NULL);
        known = conn && queue_next_due(conn, kind->name, &due_us, NULL);
    }
    g_mutex_lock(&jobs->lock);
    jobs->n_in_db--;
    g_cond_broadcast(&jobs->changed);
    g_mutex_unlock(&jobs->lock);
    if (!known)
        return DB_TROUBLE_S * G_USEC_PER_SEC;
    return CLAMP(due_us - clock_now_us(), 0, IDLE_LOOK_S * G_USEC_PER_SEC);
}

/* Waits for a wake later than @seen, the end, or @wait_us. @seen NULL: wakes do not count. False at the end. */
static bool rest(struct jobs *jobs, guint64 *seen, int64_t wait_us)
{
    gint64 until = g_get_monotonic_time() + wait_us;
    g_mutex_lock(&jobs->lock);
    while (!jobs->is_stopping && (!seen || jobs->wakes == *seen)) {
        if (!g_cond_wait_until(&jobs->changed, &jobs->lock, until))
            break;
    }
    if (seen)
        *seen = jobs->wakes;
    bool go_on = !jobs->is_stopping;
    g_mutex_unlock(&jobs->lock);
    return go_on;
}

static gpointer runner_main(gpointer data)
{
    struct runner *runner = data;
    struct jobs *jobs = runner->jobs;
    struct turn turn = {.kind = runner->kind};
    guint64 seen;
    g_mutex_lock(&jobs->lock);
    seen = jobs->wakes;
    g_mutex_unlock(&jobs->lock);
    for (;;) {
        if (!take_turn(jobs, &turn)) {
            /* What became of the last job is not written: again, until it is or the process ends (then the lease
             * brings the job back). */
            if (!rest(jobs, NULL, DB_TROUBLE_S * G_USEC_PER_SEC))
                break;
        } else if (turn.last.id) {
            run_job(jobs, &turn);
        } else if (!rest(jobs, &seen, idle_us(jobs, turn.kind))) {
            break;
        }
    }
    g_free(turn.reason);
    g_mutex_lock(&jobs->lock);
    jobs->n_running--;
    g_cond_broadcast(&jobs->changed);
    g_mutex_unlock(&jobs->lock);
    jobs_unref(jobs);
    g_free(runner);
    return NULL;
}

static bool recover_work(struct db_conn *conn, void *data, GError **error)
{
    const struct jobs *jobs = data;
    for (size_t i = 0; i < jobs->n_kinds; i++) {
        const struct jobs_kind *kind = &jobs->kinds[i];
        if (!queue_recover(conn, kind->name, kind->max_attempts + CRASHES_FORGIVEN, error))
            return false;
    }
    return true;
}

static void start_threads(struct jobs *jobs, const struct jobs_kind *kind)
{
    for (unsigned i = 0; i < kind->parallel; i++) {
        struct runner *runner = g_new0(struct runner, 1);
        *runner = (struct runner){jobs, kind};
        g_atomic_int_inc(&jobs->ref_count);
        g_ptr_array_add(jobs->threads, g_thread_new("jobs", runner_main, runner));
    }
}

struct jobs *jobs_start(struct db *db, const struct jobs_kind *kinds, size_t n_kinds, GError **error)
{
    struct jobs *jobs = g_new0(struct jobs, 1);
    jobs->db = db;
    jobs->ref_count = 1;
    jobs->threads = g_ptr_array_new();
    g_mutex_init(&jobs->lock);
    g_cond_init(&jobs->changed);
    jobs->kinds = g_new0(struct jobs_kind, n_kinds);
    jobs->n_kinds = n_kinds;
    for (size_t i = 0; i < n_kinds; i++) {
        struct jobs_kind *kind = &jobs->kinds[i];
        *kind = kinds[i];
        kind->name = g_strdup(kinds[i].name);
        kind->parallel = MAX(kind->parallel, 1);
        kind->max_attempts = kind->max_attempts ? kind->max_attempts : DEFAULT_ATTEMPTS;
        jobs->n_running += kind->parallel;
    }
    if (!db_write(db, recover_work, jobs, error)) {
        jobs_unref(jobs);
        return NULL;
    }
    for (size_t i = 0; i < n_kinds; i++)
        start_threads(jobs, &jobs->kinds[i]);
    return jobs;
}

void jobs_wake(struct jobs *jobs)
{
    g_mutex_lock(&jobs->lock);
    jobs->wakes++;
    g_cond_broadcast(&jobs->changed);
    g_mutex_unlock(&jobs->lock);
}

void jobs_stop(struct jobs *jobs, unsigned grace_s)
{
    if (!jobs)
        return;
    gint64 until = g_get_monotonic_time() + (gint64)grace_s * G_USEC_PER_SEC;
    g_mutex_lock(&jobs->lock);
    jobs->is_stopping = true;
    g_cond_broadcast(&jobs->changed);
    while (jobs->n_running > 0 && g_cond_wait_until(&jobs->changed, &jobs->lock, until))
        ;
    jobs->is_abandoned = true;
    while (jobs->n_in_db > 0)
        g_cond_wait(&jobs->changed, &jobs->lock);
    bool all_ended = jobs->n_running == 0;
    g_mutex_unlock(&jobs->lock);
    for (unsigned i = 0; i < jobs->threads->len; i++) {
        if (all_ended)
            g_thread_join(jobs->threads->pdata[i]);
        else
            g_thread_unref(jobs->threads->pdata[i]);
    }
    jobs_unref(jobs);
}
