/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Unit tests of the pool: whatever happens to workers, no lease waits for ever. A hang is the failure that these tests
 * look for; nothing sleeps. */
#include <signal.h>
#include <sys/resource.h>

#include "base/error.h"
#include "media/pool.h"

static const char *worker_path;

enum { LEASES = 8, ROUNDS = 5 };

struct crowd {
    struct pool *pool;
    bool is_fit; /* are workers given back as fit? */
    gint served, failed;
};

static struct pool *make(const char *path, unsigned workers, enum worker_manners manners)
{
    const struct pool_config config = {.worker_path = path,
                                       .workers = workers,
                                       .memory_mb = 256,
                                       .idle_s = 60,
                                       .files_per_worker = 100,
                                       .manners = manners};
    return pool_new(&config);
}

static gpointer lease_often(gpointer data)
{
    struct crowd *crowd = data;
    for (unsigned i = 0; i < ROUNDS; i++) {
        g_autoptr(GError) error = NULL;
        struct worker_process *worker = pool_lease(crowd->pool, i % 2 == 1, &error);
        if (worker) {
            g_atomic_int_inc(&crowd->served);
            pool_return(crowd->pool, worker, crowd->is_fit, NULL);
        } else {
            g_assert_nonnull(error);
            g_atomic_int_inc(&crowd->failed);
        }
    }
    return NULL;
}

/* All come back. */
static void let_in(struct crowd *crowd)
{
    GThread *threads[LEASES];
    for (unsigned i = 0; i < LEASES; i++)
        threads[i] = g_thread_new("lease", lease_often, crowd);
    for (unsigned i = 0; i < LEASES; i++)
        g_thread_join(threads[i]);
    pool_free(crowd->pool);
}

static void test_no_program_fails_every_lease(void)
{
    struct crowd crowd = {.pool = make("/nowhere/ambrotype-media", 2, WORKER_POLITE)};
    let_in(&crowd);
    g_assert_cmpint(crowd.failed, ==, LEASES * ROUNDS);
}

static void test_program_that_ends_at_once_fails_every_lease(void)
{
    struct crowd crowd = {.pool = make("/bin/false", 3, WORKER_POLITE)};
    let_in(&crowd);
    g_assert_cmpint(crowd.failed, ==, LEASES * ROUNDS);
}

static void test_workers_that_fail_keep_nobody_waiting(void)
{
    struct crowd crowd = {.pool = make(worker_path, 2, WORKER_POLITE)};
    let_in(&crowd);
    g_assert_cmpint(crowd.served, ==, LEASES * ROUNDS);
}

static void test_fit_workers_go_round(void)
{
    struct crowd crowd = {.pool = make(worker_path, 2, WORKER_POLITE), .is_fit = true};
    let_in(&crowd);
    g_assert_cmpint(crowd.served, ==, LEASES * ROUNDS);
}

static void test_fresh_means_another_process(void)
{
    struct pool *pool = make(worker_path, 1, WORKER_POLITE);
    struct worker_process *worker = pool_lease(pool, false, NULL);
    pid_t first = worker->pid;
    pool_return(pool, worker, true, NULL);
    worker = pool_lease(pool, false, NULL);
    g_assert_cmpint(worker->pid, ==, first);
    pool_return(pool, worker, true, NULL);
    worker = pool_lease(pool, true, NULL);
    g_assert_cmpint(worker->pid, !=, first);
    pool_return(pool, worker, true, NULL);
    pool_free(pool);
}

static void test_workers_have_manners(void)
{
    static const struct {
        enum worker_manners manners;
        int nice;
    } rows[] = {{WORKER_POLITE, 10}, {WORKER_IDLE, 19}};
    for (size_t i = 0; i < G_N_ELEMENTS(rows); i++) {
        struct pool *pool = make(worker_path, 1, rows[i].manners);
        struct worker_process *worker = pool_lease(pool, false, NULL);
        g_assert_cmpint(getpriority(PRIO_PROCESS, (id_t)worker->pid), >=, rows[i].nice);
        pool_return(pool, worker, true, NULL);
        pool_free(pool);
    }
}

static gpointer lease_once(gpointer data)
{
    struct crowd *crowd = data;
    g_autoptr(GError) error = NULL;
    g_atomic_int_inc(&crowd->served);
    g_assert_null(pool_lease(crowd->pool, false, &error));
    g_assert_error(error, ERR_DOMAIN, ERR_CANCELLED);
    return NULL;
}

static gpointer free_pool(gpointer data)
{
    pool_free(data);
    return NULL;
}

/* Whether the lease waits already or is only about to: it is told that the pool closes. */
static void test_closing_ends_the_waiting(void)
{
    struct crowd crowd = {.pool = make(worker_path, 1, WORKER_POLITE)};
    struct worker_process *worker = pool_lease(crowd.pool, false, NULL);
    GThread *waiting = g_thread_new("lease", lease_once, &crowd);
    while (g_atomic_int_get(&crowd.served) == 0)
        g_thread_yield();
    GThread *closing = g_thread_new("free", free_pool, crowd.pool);
    g_thread_join(waiting);
    pool_return(crowd.pool, worker, true, NULL); /* until then the pool is there */
    g_thread_join(closing);
}

int main(int argc, char **argv)
{
    signal(SIGPIPE, SIG_IGN);
    g_test_init(&argc, &argv, NULL);
    g_assert_cmpint(argc, >=, 2);
    worker_path = argv[1];
    g_test_add_func("/pool/no-program-fails-every-lease", test_no_program_fails_every_lease);
    g_test_add_func("/pool/program-that-ends-at-once-fails-every-lease",
                    test_program_that_ends_at_once_fails_every_lease);
    g_test_add_func("/pool/workers-that-fail-keep-nobody-waiting", test_workers_that_fail_keep_nobody_waiting);
    g_test_add_func("/pool/fit-workers-go-round", test_fit_workers_go_round);
    g_test_add_func("/pool/fresh-means-another-process", test_fresh_means_another_process);
    g_test_add_func("/pool/workers-have-manners", test_workers_have_manners);
    g_test_add_func("/pool/closing-ends-the-waiting", test_closing_ends_the_waiting);
    return g_test_run();
}
