/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Unit tests of the job queue: order, one row a subject, retry by the clock, failure, recovery, the budget that kinds
 * share, pausing, cancelling. Nothing sleeps: the jobs themselves say when they ran. */
#include <glib.h>
#include <glib/gstdio.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/error.h"
#include "db/db.h"
#include "jobs/jobs.h"
#include "jobs/pick.h"

/* As the migrations of the catalog make it, a room that this test may not use. */
static const struct db_migration schema[] = {
    {1, "jobs",
     "CREATE TABLE jobs (id INTEGER PRIMARY KEY, kind TEXT NOT NULL, subject INTEGER NOT NULL,"
     " priority INTEGER NOT NULL, state TEXT NOT NULL CHECK (state IN ('waiting', 'active', 'failed')),"
     " rerun INTEGER NOT NULL, attempts INTEGER NOT NULL, not_before_us INTEGER NOT NULL, lease_us INTEGER NOT NULL,"
     " error TEXT, created_us INTEGER NOT NULL, updated_us INTEGER NOT NULL, sort INTEGER NOT NULL DEFAULT 0,"
     " progress INTEGER NOT NULL DEFAULT 0, UNIQUE (kind, subject)) STRICT;"
     "CREATE INDEX jobs_to_pick ON jobs (state, kind, priority, sort, id);"
     "CREATE TABLE job_pauses (name TEXT PRIMARY KEY, since_us INTEGER NOT NULL) STRICT, WITHOUT ROWID;"},
};

/* What the job under test does and what it saw. */
struct fixture {
    char *dir;
    struct db *db;
    GMutex lock; /* guards all below */
    GCond changed;
    GArray *ran;            /* int64_t subjects in the order of their runs */
    unsigned failures_left; /* so many runs fail first */
    enum err_kind failure;
    unsigned given_up;
    bool is_gated;          /* a job waits until the gate opens */
    bool has_left;          /* a job has returned */
    unsigned n_now, n_most; /* jobs that run at this moment; most of them at any */
    GString *kinds;         /* a letter a run: the kind's first */
    bool obeys;             /* a gated job ends when it is cancelled */
    unsigned last_attempt;
};

static const int64_t noon_us = INT64_C(1700000000000000);

static void set_up(struct fixture *f, gconstpointer unused)
{
    g_autoptr(GError) error = NULL;
    f->dir = g_dir_make_tmp("ambrotype-jobs-XXXXXX", &error);
    g_autofree char *target = g_strdup_printf("sqlite:%s/test.db", f->dir);
    f->db = db_open(target, &error);
    g_assert_no_error(error);
    g_assert_true(db_migrate(f->db, schema, G_N_ELEMENTS(schema), f->dir, &error));
    g_mutex_init(&f->lock);
    g_cond_init(&f->changed);
    f->ran = g_array_new(FALSE, FALSE, sizeof(int64_t));
    f->kinds = g_string_new(NULL);
    f->failure = ERR_IO;
    clock_set_for_test(noon_us);
}

static void tear_down(struct fixture *f, gconstpointer unused)
{
    clock_set_for_test(-1);
    db_close(f->db);
    const char *argv[] = {"rm", "-rf", "--", f->dir, NULL};
    g_spawn_sync(NULL, (char **)argv, NULL, G_SPAWN_SEARCH_PATH, NULL, NULL, NULL, NULL, NULL, NULL);
    g_free(f->dir);
    g_array_unref(f->ran);
    g_string_free(f->kinds, TRUE);
    g_mutex_clear(&f->lock);
    g_cond_clear(&f->changed);
}

static bool run_kind(char letter, struct fixture *f, int64_t subject, GError **error)
{
    g_mutex_lock(&f->lock);
    g_array_append_val(f->ran, subject);
    g_string_append_c(f->kinds, letter);
    f->n_now++;
    f->n_most = MAX(f->n_most, f->n_now);
    f->last_attempt = jobs_now_attempt();
    g_cond_broadcast(&f->changed);
    bool is_cancelled = false;
    while (f->is_gated && !is_cancelled) {
        if (f->obeys) {
            g_mutex_unlock(&f->lock);
            is_cancelled = jobs_now_cancelled(NULL);
            g_thread_yield();
            g_mutex_lock(&f->lock);
        } else {
            g_cond_wait(&f->changed, &f->lock);
        }
    }
    bool fails = f->failures_left > 0;
    f->failures_left -= fails;
    f->has_left = true;
    f->n_now--;
    g_cond_broadcast(&f->changed);
    g_mutex_unlock(&f->lock);
    if (is_cancelled)
        return err_set(error, ERR_CANCELLED, "It did not work.");
    return !fails || err_set(error, f->failure, "It did not work.");
}

static bool run(int64_t subject, void *data, GError **error)
{
    return run_kind('m', data, subject, error);
}

static bool run_second(int64_t subject, void *data, GError **error)
{
    return run_kind('v', data, subject, error);
}

static bool run_idle(int64_t subject, void *data, GError **error)
{
    return run_kind('p', data, subject, error);
}

static void give_up(int64_t subject, const GError *reason, void *data)
{
    struct fixture *f = data;
    g_mutex_lock(&f->lock);
    g_assert_cmpstr(reason->message, ==, "It did not work.");
    f->given_up++;
    g_cond_broadcast(&f->changed);
    g_mutex_unlock(&f->lock);
}

static struct jobs *start(struct fixture *f)
{
    g_autoptr(GError) error = NULL;
    struct jobs_kind kind = {.name = "media", .run = run, .give_up = give_up, .data = f};
    struct jobs *jobs = jobs_start(f->db, &kind, 1, &error);
    g_assert_no_error(error);
    return jobs;
}

/* Three kinds of three ranks that share a budget of one. */
static struct jobs *start_three(struct fixture *f)
{
    g_autoptr(GError) error = NULL;
    const struct jobs_kind kinds[] = {
        {.name = "pack", .rank = JOBS_WHEN_IDLE, .run = run_idle, .give_up = give_up, .data = f},
        {.name = "video", .rank = JOBS_SECOND, .run = run_second, .give_up = give_up, .data = f},
        {.name = "media", .run = run, .give_up = give_up, .data = f},
    };
    struct jobs *jobs = jobs_start(f->db, kinds, G_N_ELEMENTS(kinds), &error);
    g_assert_no_error(error);
    return jobs;
}

struct add {
    int64_t subject;
    enum jobs_priority priority;
    const char *kind;
    int64_t taken_us, size_bytes;
};

static bool add_work(struct db_conn *conn, void *data, GError **error)
{
    const struct add *add = data;
    if (add->taken_us)
        return jobs_add_file(conn, "media", add->subject, add->priority, add->taken_us, add->size_bytes, error);
    return jobs_add(conn, add->kind ? add->kind : "media", add->subject, add->priority, error);
}

static void add(struct fixture *f, int64_t subject, enum jobs_priority priority)
{
    g_autoptr(GError) error = NULL;
    struct add wanted = {.subject = subject, .priority = priority};
    g_assert_true(db_write(f->db, add_work, &wanted, &error));
    g_assert_no_error(error);
}

static void add_of(struct fixture *f, const char *kind, int64_t subject, enum jobs_priority priority)
{
    struct add wanted = {.subject = subject, .priority = priority, .kind = kind};
    g_assert_true(db_write(f->db, add_work, &wanted, NULL));
}

static void add_file(struct fixture *f, int64_t subject, int64_t taken_us, int64_t size_bytes)
{
    struct add wanted = {.subject = subject, .priority = JOBS_UPLOAD, .taken_us = taken_us, .size_bytes = size_bytes};
    g_assert_true(db_write(f->db, add_work, &wanted, NULL));
}

static struct jobs_counts counts(struct fixture *f)
{
    struct jobs_counts counted;
    DB_READ struct db_conn *conn = db_read_begin(f->db, NULL);
    g_assert_true(jobs_count(conn, "media", &counted, NULL));
    return counted;
}

static void wait_for_runs(struct fixture *f, unsigned n)
{
    g_mutex_lock(&f->lock);
    while (f->ran->len < n)
        g_cond_wait(&f->changed, &f->lock);
    g_mutex_unlock(&f->lock);
}

static int64_t nth(struct fixture *f, unsigned i)
{
    return g_array_index(f->ran, int64_t, i);
}

static void set_gate(struct fixture *f, bool gated)
{
    g_mutex_lock(&f->lock);
    f->is_gated = gated;
    g_cond_broadcast(&f->changed);
    g_mutex_unlock(&f->lock);
}

static void test_highest_priority_then_newest(struct fixture *f, gconstpointer unused)
{
    add(f, 1, JOBS_LATER);
    add(f, 2, JOBS_UPLOAD);
    add(f, 3, JOBS_UPLOAD);
    add(f, 4, JOBS_REWORK);
    struct jobs *jobs = start(f);
    wait_for_runs(f, 4);
    jobs_stop(jobs, 60);
    const int64_t expected[] = {3, 2, 4, 1};
    for (unsigned i = 0; i < 4; i++)
        g_assert_cmpint(nth(f, i), ==, expected[i]);
    struct jobs_counts now = counts(f);
    g_assert_cmpint(now.waiting + now.active + now.failed, ==, 0);
}

static void test_one_row_a_subject(struct fixture *f, gconstpointer unused)
{
    add(f, 7, JOBS_LATER);
    add(f, 7, JOBS_UPLOAD);
    g_assert_cmpint(counts(f).waiting, ==, 1);
    struct jobs *jobs = start(f);
    wait_for_runs(f, 1);
    jobs_stop(jobs, 60);
    g_assert_cmpuint(f->ran->len, ==, 1);
}

static void test_added_while_it_runs_runs_again(struct fixture *f, gconstpointer unused)
{
    f->is_gated = true;
    struct jobs *jobs = start(f);
    add(f, 7, JOBS_UPLOAD);
    jobs_wake(jobs);
    wait_for_runs(f, 1);
    g_assert_cmpint(counts(f).active, ==, 1);
    add(f, 7, JOBS_UPLOAD);
    add(f, 7, JOBS_UPLOAD);
    set_gate(f, false);
    wait_for_runs(f, 2);
    jobs_stop(jobs, 60);
    g_assert_cmpuint(f->ran->len, ==, 2);
    g_assert_cmpint(counts(f).waiting, ==, 0);
}

static void test_retry_waits_for_the_clock(struct fixture *f, gconstpointer unused)
{
    f->failures_left = 1;
    add(f, 7, JOBS_UPLOAD);
    struct jobs *jobs = start(f);
    wait_for_runs(f, 1);
    while (counts(f).waiting == 0) /* until the failure is written down */
        g_thread_yield();
    jobs_wake(jobs); /* not yet due: no run */
    clock_set_for_test(noon_us + 31 * G_USEC_PER_SEC);
    jobs_wake(jobs);
    wait_for_runs(f, 2);
    jobs_stop(jobs, 60);
    g_assert_cmpuint(f->ran->len, ==, 2);
    g_assert_cmpuint(f->given_up, ==, 0);
    g_assert_cmpuint(f->last_attempt, ==, 2);
    struct jobs_counts now = counts(f);
    g_assert_cmpint(now.waiting + now.active + now.failed, ==, 0);
}

static void test_fails_for_good(struct fixture *f, gconstpointer unused)
{
    f->failures_left = 1;
    f->failure = ERR_INVALID; /* trying again would not help */
    add(f, 7, JOBS_UPLOAD);
    struct jobs *jobs = start(f);
    g_mutex_lock(&f->lock);
    while (f->given_up == 0)
        g_cond_wait(&f->changed, &f->lock);
    g_mutex_unlock(&f->lock);
    jobs_stop(jobs, 60);
    g_assert_cmpint(counts(f).failed, ==, 1);
    g_assert_cmpuint(f->given_up, ==, 1);
    /* Asked for again, it is tried again. */
    add(f, 7, JOBS_REWORK);
    g_assert_cmpint(counts(f).waiting, ==, 1);
    jobs = start(f);
    wait_for_runs(f, 2);
    jobs_stop(jobs, 60);
    g_assert_cmpint(counts(f).failed, ==, 0);
}

static bool crash_work(struct db_conn *conn, void *data, GError **error)
{
    return db_exec(conn, error, "UPDATE jobs SET state = 'active', attempts = ?1", "i", (int64_t)GPOINTER_TO_INT(data));
}

static void test_crashed_job_is_given_back(struct fixture *f, gconstpointer unused)
{
    add(f, 7, JOBS_UPLOAD);
    g_assert_true(db_write(f->db, crash_work, GINT_TO_POINTER(1), NULL));
    struct jobs *jobs = start(f);
    wait_for_runs(f, 1);
    jobs_stop(jobs, 60);
    g_assert_cmpint(counts(f).waiting, ==, 0);
}

static void test_job_that_kills_the_server_ends(struct fixture *f, gconstpointer unused)
{
    add(f, 7, JOBS_UPLOAD);
    g_assert_true(db_write(f->db, crash_work, GINT_TO_POINTER(7), NULL));
    jobs_stop(start(f), 60);
    g_assert_cmpuint(f->ran->len, ==, 0);
    g_assert_cmpint(counts(f).failed, ==, 1);
}

static void test_stop_does_not_wait_for_ever(struct fixture *f, gconstpointer unused)
{
    f->is_gated = true;
    add(f, 7, JOBS_UPLOAD);
    struct jobs *jobs = start(f);
    wait_for_runs(f, 1);
    jobs_stop(jobs, 0);
    /* The row waits for the next start; the thread, once its job returns, must not touch the database. */
    g_assert_cmpint(counts(f).active, ==, 1);
    set_gate(f, false);
    g_mutex_lock(&f->lock);
    while (!f->has_left)
        g_cond_wait(&f->changed, &f->lock);
    g_mutex_unlock(&f->lock);
    g_assert_cmpint(counts(f).active, ==, 1);
}

static void test_newest_capture_first_large_last(struct fixture *f, gconstpointer unused)
{
    add_file(f, 1, 3000, 100);
    add_file(f, 2, 5000, INT64_C(5) << 30);
    add_file(f, 3, 2000, 100);
    add_file(f, 4, 4000, 100);
    struct jobs *jobs = start(f);
    wait_for_runs(f, 4);
    jobs_stop(jobs, 60);
    const int64_t expected[] = {4, 1, 3, 2};
    for (unsigned i = 0; i < 4; i++)
        g_assert_cmpint(nth(f, i), ==, expected[i]);
}

/* ---- kinds that share the cores ---- */

static void test_kinds_share_one_budget(struct fixture *f, gconstpointer unused)
{
    for (int64_t i = 1; i <= 20; i++) {
        add_of(f, "media", i, JOBS_UPLOAD);
        add_of(f, "video", i, JOBS_UPLOAD);
        add_of(f, "pack", i, JOBS_LOOKED_AT);
    }
    struct jobs *jobs = start_three(f);
    wait_for_runs(f, 60);
    jobs_stop(jobs, 60);
    g_assert_cmpuint(f->n_most, ==, 1);
    /* Photos first, each ninth turn a video; what is for idle time comes last, whatever its priority. */
    g_assert_cmpstr(f->kinds->str, ==, "mmmmmmmmvmmmmmmmmvmmmmvvvvvvvvvvvvvvvvvvpppppppppppppppppppp");
}

static void test_idle_work_blocks_nobody(struct fixture *f, gconstpointer unused)
{
    f->is_gated = true;
    add_of(f, "pack", 1, JOBS_LATER);
    struct jobs *jobs = start_three(f);
    wait_for_runs(f, 1);
    add_of(f, "media", 2, JOBS_UPLOAD);
    jobs_wake(jobs);
    wait_for_runs(f, 2); /* while the other still runs */
    set_gate(f, false);
    jobs_stop(jobs, 60);
    g_assert_cmpstr(f->kinds->str, ==, "pm");
}

static void test_pick(void)
{
    enum { N = 3, FIRST = 0, SECOND, IDLE };
    static const struct {
        unsigned running[N], parallel[N];
        int64_t priority[N]; /* 0: none is due */
        struct pick_state state;
        int expected;
    } rows[] = {
        {{0, 0, 0}, {2, 1, 1}, {0, 0, 0}, {2, false, .passed_over = 0}, PICK_NONE},
        {{0, 0, 0}, {2, 1, 1}, {20, 20, 20}, {2, false, .passed_over = 0}, FIRST},
        {{0, 0, 0}, {2, 1, 1}, {10, 20, 20}, {2, false, .passed_over = 0}, SECOND}, /* an upload before rework */
        {{0, 0, 0}, {2, 1, 1}, {20, 10, 0}, {2, false, .passed_over = PICK_FAIR_TURNS}, SECOND},
        {{0, 1, 0}, {2, 1, 1}, {20, 10, 0}, {2, false, .passed_over = PICK_FAIR_TURNS}, FIRST}, /* that kind is full */
        {{2, 0, 0}, {2, 1, 1}, {20, 20, 20}, {2, false, .passed_over = 0}, PICK_NONE},
        {{1, 1, 0}, {2, 1, 1}, {20, 20, 20}, {2, false, .passed_over = 0}, PICK_NONE},
        {{1, 0, 0}, {2, 1, 1}, {20, 20, 20}, {2, true, .passed_over = 0}, PICK_NONE}, /* half of it rests */
        {{0, 0, 0}, {2, 1, 1}, {20, 20, 20}, {2, true, .passed_over = 0}, FIRST},
        {{0, 0, 0}, {1, 1, 1}, {20, 0, 0}, {1, true, .passed_over = 0}, FIRST}, /* never all of it */
        {{0, 0, 0}, {2, 1, 1}, {20, 20, 0}, {2, true, .is_resting = true}, PICK_NONE},
        {{0, 0, 0}, {2, 1, 1}, {0, 0, 20}, {2, true, .is_resting = true}, PICK_NONE},
        {{0, 0, 0}, {2, 1, 1}, {20, JOBS_LOOKED_AT, 0}, {2, true, .is_resting = true}, SECOND}, /* no rest for that */
        {{0, 0, 0}, {2, 1, 1}, {0, 0, 20}, {2, false, .passed_over = 0}, IDLE},
        {{1, 0, 0}, {2, 1, 1}, {0, 0, 20}, {2, false, .passed_over = 0}, IDLE},
        {{2, 0, 0}, {2, 1, 1}, {0, 0, 20}, {2, false, .passed_over = 0}, PICK_NONE},
        {{0, 1, 0},
         {2, 1, 1},
         {0, 20, 30},
         {2, false, .passed_over = 0},
         PICK_NONE}, /* what is more urgent waits for its own kind */
        {{0, 0, 1}, {2, 1, 1}, {0, 0, 20}, {2, false, .passed_over = 0}, PICK_NONE},
        {{1, 0, 2},
         {2, 1, 2},
         {20, 0, 0},
         {2, false, .passed_over = 0},
         FIRST}, /* idle work takes no place of the others */
    };
    for (size_t i = 0; i < G_N_ELEMENTS(rows); i++) {
        struct pick_kind kinds[N] = {{.rank = JOBS_FIRST}, {.rank = JOBS_SECOND}, {.rank = JOBS_WHEN_IDLE}};
        for (unsigned k = 0; k < N; k++) {
            kinds[k].running = rows[i].running[k];
            kinds[k].parallel = rows[i].parallel[k];
            kinds[k].is_due = rows[i].priority[k] > 0;
            kinds[k].priority = rows[i].priority[k];
        }
        int picked = pick(kinds, N, &rows[i].state);
        if (picked != rows[i].expected)
            g_error("row %zu: picked %d instead of %d", i, picked, rows[i].expected);
    }
}

/* ---- by hand ---- */

static bool pause_work(struct db_conn *conn, void *data, GError **error)
{
    return jobs_pause(conn, data, error);
}

static bool resume_work(struct db_conn *conn, void *data, GError **error)
{
    return jobs_resume(conn, data, error);
}

static void test_paused_kind_rests_also_after_a_restart(struct fixture *f, gconstpointer unused)
{
    char media[] = "media";
    g_assert_true(db_write(f->db, pause_work, media, NULL));
    g_assert_true(db_write(f->db, pause_work, media, NULL)); /* twice is once */
    add_of(f, "media", 1, JOBS_LOOKED_AT);
    add_of(f, "video", 2, JOBS_LATER);
    for (unsigned round = 1; round <= 2; round++) {
        struct jobs *jobs = start_three(f);
        wait_for_runs(f, round);
        jobs_stop(jobs, 60);
        add_of(f, "video", 2 + round, JOBS_LATER);
    }
    g_assert_cmpstr(f->kinds->str, ==, "vv");
    g_assert_cmpint(counts(f).waiting, ==, 1);
    g_assert_true(db_write(f->db, resume_work, media, NULL));
    struct jobs *jobs = start_three(f);
    wait_for_runs(f, 4);
    jobs_stop(jobs, 60);
    g_assert_cmpstr(f->kinds->str, ==, "vvmv");
}

static void test_cancelled_job_fails_and_is_not_tried_again(struct fixture *f, gconstpointer unused)
{
    f->is_gated = f->obeys = true;
    add(f, 7, JOBS_UPLOAD);
    struct jobs *jobs = start(f);
    wait_for_runs(f, 1);
    jobs_cancel(jobs, "video"); /* not this one */
    jobs_cancel(jobs, "media");
    while (counts(f).failed == 0)
        g_thread_yield();
    jobs_stop(jobs, 60);
    g_assert_cmpuint(f->ran->len, ==, 1);
    g_assert_cmpuint(f->given_up, ==, 1);
    g_assert_false(jobs_now_cancelled(NULL)); /* this thread runs no job */
    g_assert_cmpuint(jobs_now_attempt(), ==, 0);
}

static void test_idle_work_does_not_hold_up_the_stop(struct fixture *f, gconstpointer unused)
{
    f->is_gated = f->obeys = true;
    add_of(f, "pack", 7, JOBS_LATER);
    struct jobs *jobs = start_three(f);
    wait_for_runs(f, 1);
    jobs_stop(jobs, 600);
    struct jobs_counts now;
    DB_READ struct db_conn *conn = db_read_begin(f->db, NULL);
    g_assert_true(jobs_count(conn, "pack", &now, NULL));
    g_assert_cmpint(now.waiting, ==, 1); /* given back as if it had not been tried */
    g_assert_cmpuint(f->given_up, ==, 0);
}

struct steer {
    bool failed;
    int64_t n;
};

static bool retry_work(struct db_conn *conn, void *data, GError **error)
{
    struct steer *steer = data;
    return jobs_retry(conn, "media", 0, &steer->n, error);
}

static bool forget_work(struct db_conn *conn, void *data, GError **error)
{
    struct steer *steer = data;
    return jobs_forget(conn, "media", steer->failed, 10, &steer->n, error);
}

static bool see_row(const struct jobs_row *row, void *data)
{
    unsigned *n = data;
    g_assert_cmpstr(row->kind, ==, "media");
    g_assert_cmpstr(row->state, ==, "failed");
    g_assert_cmpstr(row->error, ==, "It did not work.");
    g_assert_cmpint(row->subject, ==, 7);
    return ++*n > 0;
}

static void test_failed_ones_are_listed_retried_and_forgotten(struct fixture *f, gconstpointer unused)
{
    struct steer steer = {0};
    f->failures_left = 2;
    f->failure = ERR_INVALID;
    add(f, 7, JOBS_UPLOAD);
    struct jobs *jobs = start(f);
    while (counts(f).failed == 0)
        g_thread_yield();
    jobs_stop(jobs, 60);
    unsigned seen = 0;
    {
        DB_READ struct db_conn *conn = db_read_begin(f->db, NULL);
        g_assert_true(jobs_list(conn, NULL, "failed", 0, 10, see_row, &seen, NULL));
        g_assert_true(jobs_list(conn, "media", "waiting", 0, 10, see_row, &seen, NULL));
    }
    g_assert_cmpuint(seen, ==, 1);
    g_assert_true(db_write(f->db, retry_work, &steer, NULL));
    g_assert_cmpint(steer.n, ==, 1);
    g_assert_cmpint(counts(f).waiting, ==, 1);
    g_assert_true(db_write(f->db, forget_work, &steer, NULL));
    g_assert_cmpint(steer.n, ==, 1);
    struct jobs_counts now = counts(f);
    g_assert_cmpint(now.waiting + now.active + now.failed, ==, 0);
    steer.failed = true;
    g_assert_true(db_write(f->db, forget_work, &steer, NULL));
    g_assert_cmpint(steer.n, ==, 0);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
#define ADD(name, test) g_test_add("/jobs/" name, struct fixture, NULL, set_up, test, tear_down)
    ADD("highest-priority-then-newest", test_highest_priority_then_newest);
    ADD("one-row-a-subject", test_one_row_a_subject);
    ADD("added-while-it-runs-runs-again", test_added_while_it_runs_runs_again);
    ADD("retry-waits-for-the-clock", test_retry_waits_for_the_clock);
    ADD("fails-for-good", test_fails_for_good);
    ADD("crashed-job-is-given-back", test_crashed_job_is_given_back);
    ADD("job-that-kills-the-server-ends", test_job_that_kills_the_server_ends);
    ADD("stop-does-not-wait-for-ever", test_stop_does_not_wait_for_ever);
    ADD("newest-capture-first-large-last", test_newest_capture_first_large_last);
    ADD("kinds-share-one-budget", test_kinds_share_one_budget);
    ADD("idle-work-blocks-nobody", test_idle_work_blocks_nobody);
    ADD("paused-kind-rests-also-after-a-restart", test_paused_kind_rests_also_after_a_restart);
    ADD("cancelled-job-fails-and-is-not-tried-again", test_cancelled_job_fails_and_is_not_tried_again);
    ADD("idle-work-does-not-hold-up-the-stop", test_idle_work_does_not_hold_up_the_stop);
    ADD("failed-ones-are-listed-retried-and-forgotten", test_failed_ones_are_listed_retried_and_forgotten);
    g_test_add_func("/jobs/pick", test_pick);
    return g_test_run();
}
