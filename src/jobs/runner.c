/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * The runner: as many threads as jobs may run at once, each for any kind. A thread ends its job and takes the next in
 * one transaction, so that a busy queue costs one commit a job, shared with whoever else writes at that moment. */
#include "jobs/jobs.h"

#include "base/clock.h"
#include "base/error.h"
#include "db/db.h"
#include "jobs/pick.h"
#include "jobs/queue.h"

enum {
    DEFAULT_ATTEMPTS = 2,
    /* A job that was active when the process ended may have ended it: so often it is tried again all the same. */
    CRASHES_FORGIVEN = 5,
    IDLE_LOOK_S = 5,    /* another process may have added jobs or resumed a kind; it cannot wake us */
    DB_TROUBLE_S = 5,   /* pause after the queue itself could not be read or written */
    FIRST_PAUSE_S = 30, /* doubled with each further attempt */
    LONGEST_PAUSE_S = 3600,
    /* While somebody waits for the machine a job is followed by a rest of so many times its length: measured by
     * bench/jobs.mjs on two cores, uploads are as quick then as without jobs (without the rest 0.83 times). */
    REST_TIMES = 3,
    LONGEST_REST_US = 2 * G_USEC_PER_SEC,
    PROGRESS_S = 2, /* between two writes of how far a job has come */
};

struct jobs {
    struct db *db;
    struct jobs_kind *kinds; /* names owned */
    size_t n_kinds;
    unsigned budget;
    GPtrArray *threads;
    gint ref_count; /* atomic: the owner and each thread */

    GMutex lock; /* guards all below */
    GCond changed;
    guint64 wakes;        /* rises with each jobs_wake() */
    GQueue current;       /* of struct current: the jobs that run */
    unsigned *n_started;  /* a kind: jobs that run or are just being taken */
    guint64 *n_done;      /* a kind */
    unsigned passed_over; /* of struct pick_state */
    unsigned n_foreground;
    int64_t rest_until_us; /* monotonic; of the foreground */
    bool is_held_back;     /* a job would have started, were it not for the foreground */
    unsigned n_alive;      /* threads */
    unsigned n_in_db;
    bool is_stopping;
    bool is_abandoned; /* the database may be closed: threads that come back from a job must not touch it */
};

/* A job that runs, as jobs_now_…() see it; on the stack of its thread. */
struct current {
    struct jobs *jobs;
    int kind;
    int64_t id;
    unsigned attempt;
    int64_t priority;
    int64_t written_us; /* monotonic: when its progress was written */
    bool is_cancelled;  /* under the lock of jobs */
};

static GPrivate current_of_thread;

/* The end of the last job and the begin of the next. */
struct turn {
    struct jobs *jobs;
    int last_kind;
    struct claim last; /* id 0: none to end */
    enum claim_end end;
    int64_t not_before_us;
    char *reason;
    bool want_next;
    int next_kind; /* PICK_NONE: none is counted as started */
    struct claim next;
};

static void jobs_unref(struct jobs *jobs)
{
    if (!g_atomic_int_dec_and_test(&jobs->ref_count))
        return;
    for (size_t i = 0; i < jobs->n_kinds; i++)
        g_free((char *)jobs->kinds[i].name);
    g_free(jobs->kinds);
    g_free(jobs->n_started);
    g_free(jobs->n_done);
    g_ptr_array_unref(jobs->threads);
    g_mutex_clear(&jobs->lock);
    g_cond_clear(&jobs->changed);
    g_free(jobs);
}

/* ---- the use of the database, which ends before the threads do ---- */

static bool db_enter(struct jobs *jobs)
{
    g_mutex_lock(&jobs->lock);
    bool may = !jobs->is_abandoned;
    jobs->n_in_db += may;
    g_mutex_unlock(&jobs->lock);
    return may;
}

static void db_leave(struct jobs *jobs)
{
    g_mutex_lock(&jobs->lock);
    jobs->n_in_db--;
    g_cond_broadcast(&jobs->changed);
    g_mutex_unlock(&jobs->lock);
}

/* ---- choosing ---- */

/* The kind whose best job is to start, PICK_NONE where none is. @take counts it as started. */
static bool choose(struct jobs *jobs, struct db_conn *conn, bool take, int *ret_kind, GError **error)
{
    g_autofree struct pick_kind *kinds = g_new0(struct pick_kind, jobs->n_kinds);
    int64_t now_us = clock_now_us();
    for (size_t i = 0; i < jobs->n_kinds; i++) {
        kinds[i].rank = jobs->kinds[i].rank;
        kinds[i].parallel = jobs->kinds[i].parallel;
        if (!queue_peek(conn, jobs->kinds[i].name, now_us, &kinds[i].is_due, &kinds[i].priority, error))
            return false;
    }
    g_mutex_lock(&jobs->lock);
    for (size_t i = 0; i < jobs->n_kinds; i++)
        kinds[i].running = jobs->n_started[i];
    bool is_foreground = jobs->n_foreground > 0;
    struct pick_state state = {.budget = jobs->budget,
                               .is_foreground = is_foreground,
                               .is_resting = is_foreground && g_get_monotonic_time() < jobs->rest_until_us,
                               .passed_over = jobs->passed_over};
    int picked = pick(kinds, jobs->n_kinds, &state);
    if (picked == PICK_NONE && state.is_foreground) {
        struct pick_state alone = {.budget = state.budget, .passed_over = state.passed_over};
        jobs->is_held_back |= pick(kinds, jobs->n_kinds, &alone) != PICK_NONE;
    }
    if (take && picked != PICK_NONE) {
        jobs->n_started[picked]++;
        jobs->passed_over = pick_passed_over(kinds, jobs->n_kinds, &state, picked);
    }
    g_mutex_unlock(&jobs->lock);
    *ret_kind = picked;
    return true;
}

/* A place is free: of the budget, which this thread itself uses next, or of a kind that was full, for which another
 * thread may rest. */
static void give_back(struct jobs *jobs, int kind)
{
    if (kind == PICK_NONE)
        return;
    g_mutex_lock(&jobs->lock);
    bool was_full = jobs->n_started[kind]-- >= jobs->kinds[kind].parallel;
    if (was_full && (jobs->kinds[kind].parallel < jobs->budget || jobs->kinds[kind].rank == JOBS_WHEN_IDLE)) {
        jobs->wakes++;
        g_cond_broadcast(&jobs->changed);
    }
    g_mutex_unlock(&jobs->lock);
}

/* ---- turns ---- */

/* Where one job starts another may: the thread that is woken looks, and wakes the next one if it finds one. */
static void wake_one(struct jobs *jobs)
{
    g_mutex_lock(&jobs->lock);
    jobs->wakes++;
    g_cond_signal(&jobs->changed);
    g_mutex_unlock(&jobs->lock);
}

static bool turn_work(struct db_conn *conn, void *data, GError **error)
{
    struct turn *turn = data;
    give_back(turn->jobs, turn->next_kind); /* of a first run that was undone */
    turn->next_kind = PICK_NONE;
    turn->next = (struct claim){0};
    if (turn->last.id && !queue_settle(conn, &turn->last, turn->end, turn->not_before_us, turn->reason, error))
        return false;
    if (!turn->want_next)
        return true;
    if (!choose(turn->jobs, conn, true, &turn->next_kind, error))
        return false;
    return turn->next_kind == PICK_NONE ||
           queue_claim(conn, turn->jobs->kinds[turn->next_kind].name, clock_now_us(), &turn->next, error);
}

/* Runs @turn unless the runner was abandoned; false when it was, or the database would not. */
static bool take_turn(struct jobs *jobs, struct turn *turn)
{
    if (!db_enter(jobs))
        return false;
    g_mutex_lock(&jobs->lock);
    turn->want_next = !jobs->is_stopping;
    g_mutex_unlock(&jobs->lock);
    bool ok = db_write_relaxed(jobs->db, turn_work, turn, NULL);
    db_leave(jobs);
    if (!ok || turn->next.id == 0) {
        give_back(jobs, turn->next_kind);
        turn->next_kind = PICK_NONE;
    }
    if (ok) {
        turn->last = turn->next;
        turn->last_kind = turn->next_kind;
        turn->next_kind = PICK_NONE;
        g_clear_pointer(&turn->reason, g_free);
    }
    if (ok && turn->last.id)
        wake_one(jobs);
    return ok;
}

static int64_t pause_us(int64_t attempts)
{
    int64_t pause_s = FIRST_PAUSE_S;
    for (int64_t i = 1; i < attempts && pause_s < LONGEST_PAUSE_S; i++)
        pause_s *= 2;
    return MIN(pause_s, LONGEST_PAUSE_S) * G_USEC_PER_SEC;
}

/* What is to become of a job that failed with @problem. */
static void judge(struct turn *turn, bool was_cancelled, const GError *problem)
{
    struct jobs *jobs = turn->jobs;
    const struct jobs_kind *kind = &jobs->kinds[turn->last_kind];
    g_mutex_lock(&jobs->lock);
    bool is_stopping = jobs->is_stopping;
    g_mutex_unlock(&jobs->lock);
    bool may_help = err_info(problem)->retry && !was_cancelled;
    turn->reason = g_strdup(problem->message);
    if (is_stopping && may_help) {
        turn->end = CLAIM_RETURN;
    } else if (may_help && turn->last.attempts < kind->max_attempts) {
        turn->end = CLAIM_RETRY;
        turn->not_before_us = clock_now_us() + pause_us(turn->last.attempts);
    } else {
        turn->end = CLAIM_FAILED;
        /* Before the row says so: after a crash in between it is told again, which is better than never. */
        if (kind->give_up)
            kind->give_up(turn->last.subject, problem, kind->data);
    }
}

/* Works on turn->last and says what became of it. */
static void run_job(struct jobs *jobs, struct turn *turn)
{
    const struct jobs_kind *kind = &jobs->kinds[turn->last_kind];
    struct current current = {.jobs = jobs,
                              .kind = turn->last_kind,
                              .id = turn->last.id,
                              .attempt = (unsigned)turn->last.attempts,
                              .priority = turn->last.priority};
    g_autoptr(GError) problem = NULL;
    g_mutex_lock(&jobs->lock);
    g_queue_push_tail(&jobs->current, &current);
    g_mutex_unlock(&jobs->lock);
    g_private_set(&current_of_thread, &current);
    int64_t begun_us = g_get_monotonic_time();
    bool ok = kind->run(turn->last.subject, kind->data, &problem);
    g_private_set(&current_of_thread, NULL);
    g_mutex_lock(&jobs->lock);
    g_queue_remove(&jobs->current, &current);
    int64_t now_us = g_get_monotonic_time();
    jobs->rest_until_us = now_us + MIN((now_us - begun_us) * REST_TIMES, LONGEST_REST_US);
    jobs->n_done[turn->last_kind] += ok;
    g_mutex_unlock(&jobs->lock);
    if (ok) {
        turn->end = CLAIM_DONE;
    } else {
        if (!problem)
            err_set(&problem, ERR_INTERNAL, "The job failed without a reason.");
        judge(turn, current.is_cancelled, problem);
    }
    give_back(jobs, turn->last_kind);
}

/* ---- rest ---- */

/* How long the rest lasts that keeps a job from starting; INT64_MAX where none does. */
static int64_t rest_us(struct jobs *jobs)
{
    g_mutex_lock(&jobs->lock);
    int64_t left_us = jobs->rest_until_us - g_get_monotonic_time();
    bool is_held_back = jobs->is_held_back;
    g_mutex_unlock(&jobs->lock);
    return is_held_back && left_us > 0 ? left_us : INT64_MAX;
}

/* Is the budget used up, so that nothing could start whatever waits? Then there is no need to ask the database: each
 * upload wakes a thread here. Who ends a job looks for the next one itself. */
static bool is_full(struct jobs *jobs)
{
    unsigned usual = 0;
    g_mutex_lock(&jobs->lock);
    for (size_t i = 0; i < jobs->n_kinds; i++)
        usual += jobs->kinds[i].rank < JOBS_WHEN_IDLE ? jobs->n_started[i] : 0;
    bool is_foreground = jobs->n_foreground > 0;
    bool full = usual >= (is_foreground ? MAX(jobs->budget / 2, 1) : jobs->budget);
    jobs->is_held_back |= full && usual < jobs->budget;
    g_mutex_unlock(&jobs->lock);
    return full;
}

/* How long there is nothing to do, in microseconds; by the queue's own word. */
static int64_t idle_us(struct jobs *jobs)
{
    int64_t due_us = INT64_MAX;
    int next = PICK_NONE;
    if (is_full(jobs))
        return IDLE_LOOK_S * G_USEC_PER_SEC;
    if (!db_enter(jobs))
        return 0;
    bool known = false;
    {
        DB_READ struct db_conn *conn = db_read_begin(jobs->db, NULL);
        known = conn && choose(jobs, conn, false, &next, NULL) && queue_next_due(conn, clock_now_us(), &due_us, NULL);
    }
    db_leave(jobs);
    if (!known)
        return DB_TROUBLE_S * G_USEC_PER_SEC;
    if (next != PICK_NONE)
        return 0;
    int64_t wait_us = CLAMP(due_us - clock_now_us(), 0, IDLE_LOOK_S * G_USEC_PER_SEC);
    return MIN(wait_us, rest_us(jobs));
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

/* Rests until there is something to start, or may be. False at the end. */
static bool rest_until_due(struct jobs *jobs, guint64 *seen)
{
    for (;;) {
        int64_t wait_us = idle_us(jobs);
        if (!rest(jobs, seen, wait_us))
            return false;
        if (wait_us == 0)
            return true;
    }
}

static gpointer runner_main(gpointer data)
{
    struct jobs *jobs = data;
    struct turn turn = {.jobs = jobs, .next_kind = PICK_NONE};
    g_mutex_lock(&jobs->lock);
    guint64 seen = jobs->wakes;
    g_mutex_unlock(&jobs->lock);
    for (;;) {
        if (!take_turn(jobs, &turn)) {
            /* What became of the last job is not written: again, until it is or the process ends (then the lease
             * brings the job back). */
            if (!rest(jobs, NULL, DB_TROUBLE_S * G_USEC_PER_SEC))
                break;
        } else if (turn.last.id) {
            run_job(jobs, &turn);
        } else if (!rest_until_due(jobs, &seen)) {
            break;
        }
    }
    g_free(turn.reason);
    g_mutex_lock(&jobs->lock);
    jobs->n_alive--;
    g_cond_broadcast(&jobs->changed);
    g_mutex_unlock(&jobs->lock);
    jobs_unref(jobs);
    return NULL;
}

/* ---- start ---- */

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

/* What runs in idle time takes no place of the budget once it runs, so it needs threads of its own. */
static void copy_kinds(struct jobs *jobs, const struct jobs_kind *kinds, size_t n_kinds)
{
    unsigned n_idle = 0;
    jobs->kinds = g_new0(struct jobs_kind, n_kinds);
    jobs->n_kinds = n_kinds;
    jobs->n_started = g_new0(unsigned, n_kinds);
    jobs->n_done = g_new0(guint64, n_kinds);
    for (size_t i = 0; i < n_kinds; i++) {
        struct jobs_kind *kind = &jobs->kinds[i];
        *kind = kinds[i];
        kind->name = g_strdup(kinds[i].name);
        kind->parallel = MAX(kind->parallel, 1);
        kind->max_attempts = kind->max_attempts ? kind->max_attempts : DEFAULT_ATTEMPTS;
        if (kind->rank < JOBS_WHEN_IDLE)
            jobs->budget = MAX(jobs->budget, kind->parallel);
        else
            n_idle += kind->parallel;
    }
    jobs->budget = MAX(jobs->budget, 1);
    jobs->n_alive = jobs->budget + MIN(n_idle, jobs->budget);
}

struct jobs *jobs_start(struct db *db, const struct jobs_kind *kinds, size_t n_kinds, GError **error)
{
    struct jobs *jobs = g_new0(struct jobs, 1);
    jobs->db = db;
    jobs->ref_count = 1;
    jobs->threads = g_ptr_array_new();
    g_mutex_init(&jobs->lock);
    g_cond_init(&jobs->changed);
    g_queue_init(&jobs->current);
    copy_kinds(jobs, kinds, n_kinds);
    if (!db_write(db, recover_work, jobs, error)) {
        jobs_unref(jobs);
        return NULL;
    }
    unsigned n_threads = jobs->n_alive;
    for (unsigned i = 0; i < n_threads; i++) {
        g_atomic_int_inc(&jobs->ref_count);
        g_ptr_array_add(jobs->threads, g_thread_new("jobs", runner_main, jobs));
    }
    return jobs;
}

void jobs_stop(struct jobs *jobs, unsigned grace_s)
{
    if (!jobs)
        return;
    gint64 until = g_get_monotonic_time() + (gint64)grace_s * G_USEC_PER_SEC;
    g_mutex_lock(&jobs->lock);
    jobs->is_stopping = true;
    g_cond_broadcast(&jobs->changed);
    while (jobs->n_alive > 0 && g_cond_wait_until(&jobs->changed, &jobs->lock, until))
        ;
    jobs->is_abandoned = true;
    while (jobs->n_in_db > 0)
        g_cond_wait(&jobs->changed, &jobs->lock);
    bool all_ended = jobs->n_alive == 0;
    g_mutex_unlock(&jobs->lock);
    for (unsigned i = 0; i < jobs->threads->len; i++) {
        if (all_ended)
            g_thread_join(jobs->threads->pdata[i]);
        else
            g_thread_unref(jobs->threads->pdata[i]);
    }
    jobs_unref(jobs);
}

/* ---- from outside ---- */

void jobs_wake(struct jobs *jobs)
{
    if (jobs)
        wake_one(jobs);
}

void jobs_foreground_begin(struct jobs *jobs)
{
    if (!jobs)
        return;
    g_mutex_lock(&jobs->lock);
    jobs->n_foreground++;
    g_mutex_unlock(&jobs->lock);
}

void jobs_foreground_end(struct jobs *jobs)
{
    if (!jobs)
        return;
    g_mutex_lock(&jobs->lock);
    if (--jobs->n_foreground == 0 && jobs->is_held_back) {
        jobs->is_held_back = false;
        jobs->wakes++;
        g_cond_broadcast(&jobs->changed);
    }
    g_mutex_unlock(&jobs->lock);
}

void jobs_cancel(struct jobs *jobs, const char *kind)
{
    g_mutex_lock(&jobs->lock);
    for (GList *link = jobs->current.head; link; link = link->next) {
        struct current *current = link->data;
        current->is_cancelled |= g_str_equal(jobs->kinds[current->kind].name, kind);
    }
    g_mutex_unlock(&jobs->lock);
}

uint64_t jobs_done(struct jobs *jobs, const char *kind)
{
    uint64_t n = 0;
    g_mutex_lock(&jobs->lock);
    for (size_t i = 0; i < jobs->n_kinds; i++)
        n += !kind || g_str_equal(jobs->kinds[i].name, kind) ? jobs->n_done[i] : 0;
    g_mutex_unlock(&jobs->lock);
    return n;
}

/* ---- from inside a job ---- */

struct progress {
    int64_t id, permille;
};

static bool progress_work(struct db_conn *conn, void *data, GError **error)
{
    const struct progress *progress = data;
    return queue_progress(conn, progress->id, progress->permille, error);
}

void jobs_now_progress(int64_t done_permille, void *unused)
{
    struct current *current = g_private_get(&current_of_thread);
    int64_t now_us = g_get_monotonic_time();
    if (!current || (current->written_us && now_us - current->written_us < PROGRESS_S * G_USEC_PER_SEC))
        return;
    struct progress progress = {current->id, done_permille};
    if (!db_enter(current->jobs))
        return;
    db_write_relaxed(current->jobs->db, progress_work, &progress,
                     NULL); /* only a number for people: the next one comes soon */
    db_leave(current->jobs);
    current->written_us = now_us;
}

bool jobs_now_cancelled(void *unused)
{
    struct current *current = g_private_get(&current_of_thread);
    if (!current)
        return false;
    struct jobs *jobs = current->jobs;
    g_mutex_lock(&jobs->lock);
    bool is_cancelled = current->is_cancelled || jobs->is_abandoned ||
                        (jobs->is_stopping && jobs->kinds[current->kind].rank == JOBS_WHEN_IDLE);
    g_mutex_unlock(&jobs->lock);
    return is_cancelled;
}

unsigned jobs_now_attempt(void)
{
    const struct current *current = g_private_get(&current_of_thread);
    return current ? current->attempt : 0;
}

enum jobs_priority jobs_now_priority(enum jobs_priority otherwise)
{
    const struct current *current = g_private_get(&current_of_thread);
    return current ? (enum jobs_priority)current->priority : otherwise;
}
