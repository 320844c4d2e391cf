/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Unit tests of the job queue: order, one row a subject, retry by the clock, failure, recovery. Nothing sleeps: the
 * jobs themselves say when they ran. */
#include <glib.h>
#include <glib/gstdio.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/error.h"
#include "db/db.h"
#include "jobs/jobs.h"

/* As the first migration of the catalog makes it, a room that this test may not use. */
static const struct db_migration schema[] = {
    {1, "jobs",
     "CREATE TABLE jobs (id INTEGER PRIMARY KEY, kind TEXT NOT NULL, subject INTEGER NOT NULL,"
     " priority INTEGER NOT NULL, state TEXT NOT NULL CHECK (state IN ('waiting', 'active', 'failed')),"
     " rerun INTEGER NOT NULL, attempts INTEGER NOT NULL, not_before_us INTEGER NOT NULL, lease_us INTEGER NOT NULL,"
     " error TEXT, created_us INTEGER NOT NULL, updated_us INTEGER NOT NULL, UNIQUE (kind, subject)) STRICT;"},
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
    bool is_gated; /* a job waits until the gate opens */
    bool has_left; /* a job has returned */
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
    g_mutex_clear(&f->lock);
    g_cond_clear(&f->changed);
}

static bool run(int64_t subject, void *data, GError **error)
{
    struct fixture *f = data;
    g_mutex_lock(&f->lock);
    g_array_append_val(f->ran, subject);
    g_cond_broadcast(&f->changed);
    while (f->is_gated)
        g_cond_wait(&f->changed, &f->lock);
    bool fails = f->failures_left > 0;
    f->failures_left -= fails;
    f->has_left = true;
    g_cond_broadcast(&f->changed);
    g_mutex_unlock(&f->lock);
    return !fails || err_set(error, f->failure, "It did not work.");
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

struct add {
    int64_t subject;
    enum jobs_priority priority;
};

static bool add_work(struct db_conn *conn, void *data, GError **error)
{
    const struct add *add = data;
    return jobs_add(conn, "media", add->subject, add->priority, error);
}

static void add(struct fixture *f, int64_t subject, enum jobs_priority priority)
{
    g_autoptr(GError) error = NULL;
    struct add wanted = {subject, priority};
    g_assert_true(db_write(f->db, add_work, &wanted, &error));
    g_assert_no_error(error);
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
    return g_test_run();
}
