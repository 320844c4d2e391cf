/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "media/pool.h"

#include "base/error.h"

struct idle_worker {
    struct worker_process *process;
    int64_t since_us; /* monotonic */
};

/* A lease that is not served yet; on the stack of its thread. What it waits for is handed to it by name: a thing that
 * lies there for whoever comes first may be taken by another, and then somebody waits for ever. */
struct waiter {
    bool is_served;
    struct worker_process *process;
    GError *error;
};

struct pool {
    char *worker_path;
    unsigned workers, memory_mb, files_per_worker;
    enum worker_manners manners;
    int64_t idle_us;
    GThread *keeper;
    GMutex lock; /* guards all below */
    GCond changed;
    GQueue idle;      /* of struct idle_worker, the longest idle first */
    GQueue retired;   /* of struct worker_process: to be ended */
    GQueue waiters;   /* of struct waiter, the longest waiting first */
    unsigned n_alive; /* idle, leased or being started */
    bool is_closing;
};

/* ---- handing over ---- */

static void serve(struct pool *pool, struct worker_process *process, GError *error)
{
    struct waiter *waiter = g_queue_pop_head(&pool->waiters);
    *waiter = (struct waiter){true, process, error};
    g_cond_broadcast(&pool->changed);
}

/* A worker that is free: to who waits longest, else to the idle ones. */
static void put_free(struct pool *pool, struct worker_process *process)
{
    if (!g_queue_is_empty(&pool->waiters)) {
        serve(pool, process, NULL);
        return;
    }
    struct idle_worker *idle = g_new(struct idle_worker, 1);
    *idle = (struct idle_worker){process, g_get_monotonic_time()};
    g_queue_push_tail(&pool->idle, idle);
    g_cond_broadcast(&pool->changed);
}

/* ---- the keeper: starts, and ends what is idle too long ---- */

static void start_one(struct pool *pool)
{
    GError *error = NULL;
    pool->n_alive++;
    g_mutex_unlock(&pool->lock);
    struct worker_process *process = worker_start(pool->worker_path, pool->memory_mb, &error);
    if (process)
        worker_set_manners(process, pool->manners);
    g_mutex_lock(&pool->lock);
    if (process) {
        put_free(pool, process);
        return;
    }
    pool->n_alive--;
    /* Each failed start fails one lease, so that none is tried for ever and none forgotten. */
    if (!g_queue_is_empty(&pool->waiters))
        serve(pool, NULL, error);
    else
        g_clear_error(&error);
}

/* Moves workers that were idle too long (all, when closing) to the retired ones. When the next one is due. */
static int64_t retire_idle(struct pool *pool)
{
    for (struct idle_worker *idle; (idle = g_queue_peek_head(&pool->idle));) {
        int64_t due_us = idle->since_us + pool->idle_us;
        if (!pool->is_closing && due_us > g_get_monotonic_time())
            return due_us;
        g_queue_push_tail(&pool->retired, idle->process);
        g_free(g_queue_pop_head(&pool->idle));
        pool->n_alive--;
    }
    return -1;
}

static void end_retired(struct pool *pool)
{
    struct worker_process *process = g_queue_pop_head(&pool->retired);
    g_mutex_unlock(&pool->lock);
    worker_end(process, NULL);
    g_mutex_lock(&pool->lock);
}

static void *keep(void *data)
{
    struct pool *pool = data;
    g_mutex_lock(&pool->lock);
    for (;;) {
        int64_t due_us = retire_idle(pool);
        if (!g_queue_is_empty(&pool->retired))
            end_retired(pool);
        else if (pool->is_closing && pool->n_alive == 0)
            break;
        else if (!pool->is_closing && !g_queue_is_empty(&pool->waiters) && pool->n_alive < pool->workers)
            start_one(pool);
        else if (due_us >= 0)
            g_cond_wait_until(&pool->changed, &pool->lock, due_us);
        else
            g_cond_wait(&pool->changed, &pool->lock);
    }
    g_mutex_unlock(&pool->lock);
    return NULL;
}

/* ---- from outside ---- */

struct pool *pool_new(const struct pool_config *config)
{
    struct pool *pool = g_new0(struct pool, 1);
    pool->worker_path = g_strdup(config->worker_path);
    pool->workers = config->workers;
    pool->memory_mb = config->memory_mb;
    pool->files_per_worker = config->files_per_worker;
    pool->manners = config->manners;
    pool->idle_us = (int64_t)config->idle_s * G_USEC_PER_SEC;
    g_mutex_init(&pool->lock);
    g_cond_init(&pool->changed);
    g_queue_init(&pool->idle);
    g_queue_init(&pool->retired);
    g_queue_init(&pool->waiters);
    pool->keeper = g_thread_new("media-pool", keep, pool);
    return pool;
}

unsigned pool_memory_mb(const struct pool *pool)
{
    return pool->memory_mb;
}

static GError *closing(void)
{
    GError *error = NULL;
    err_set(&error, ERR_CANCELLED, "The server is stopping.");
    return error;
}

void pool_free(struct pool *pool)
{
    if (!pool)
        return;
    g_mutex_lock(&pool->lock);
    pool->is_closing = true;
    while (!g_queue_is_empty(&pool->waiters))
        serve(pool, NULL, closing());
    g_cond_broadcast(&pool->changed);
    g_mutex_unlock(&pool->lock);
    g_thread_join(pool->keeper);
    g_mutex_clear(&pool->lock);
    g_cond_clear(&pool->changed);
    g_free(pool->worker_path);
    g_free(pool);
}

/* The one that was used last: the others may grow old and go. NULL where none is idle. */
static struct worker_process *take_idle(struct pool *pool)
{
    struct idle_worker *idle = g_queue_pop_tail(&pool->idle);
    struct worker_process *process = idle ? idle->process : NULL;
    g_free(idle);
    return process;
}

/* All idle ones end, so that a new one can be started. */
static void retire_all_idle(struct pool *pool)
{
    for (struct worker_process *process; (process = take_idle(pool));) {
        g_queue_push_tail(&pool->retired, process);
        pool->n_alive--;
    }
}

static struct worker_process *wait_for_worker(struct pool *pool, bool fresh, GError **error)
{
    if (pool->is_closing) {
        g_propagate_error(error, closing());
        return NULL;
    }
    if (fresh)
        retire_all_idle(pool);
    struct worker_process *process = take_idle(pool);
    if (process)
        return process;
    struct waiter waiter = {0};
    g_queue_push_tail(&pool->waiters, &waiter);
    g_cond_broadcast(&pool->changed);
    while (!waiter.is_served)
        g_cond_wait(&pool->changed, &pool->lock);
    if (waiter.error)
        g_propagate_error(error, waiter.error);
    return waiter.process;
}

struct worker_process *pool_lease(struct pool *pool, bool fresh, GError **error)
{
    /* A worker may have ended while it was idle (killed by an administrator, by the kernel for lack of memory): that
     * costs a fresh start, not the job. */
    for (unsigned attempt = 0;; attempt++) {
        g_mutex_lock(&pool->lock);
        struct worker_process *worker = wait_for_worker(pool, fresh, error);
        g_mutex_unlock(&pool->lock);
        if (!worker)
            return NULL;
        bool is_used = worker->is_ready;
        if (!is_used && worker_greet(worker, error))
            return worker;
        bool may_try = is_used && attempt <= pool->workers;
        if (is_used && !(fresh && may_try) && worker_is_alive(worker))
            return worker;
        pool_return(pool, worker, false, NULL);
        if (!may_try) {
            if (is_used)
                err_set(error, ERR_WORKER_DIED, "The media workers end as soon as they are started.");
            return NULL;
        }
    }
}

void pool_return(struct pool *pool, struct worker_process *worker, bool is_fit, int *ret_signal)
{
    if (!is_fit)
        worker_end(g_steal_pointer(&worker), ret_signal);
    g_mutex_lock(&pool->lock);
    if (worker && worker->n_files < pool->files_per_worker && !pool->is_closing) {
        put_free(pool, worker);
    } else {
        pool->n_alive--;
        if (worker)
            g_queue_push_tail(&pool->retired, worker);
        g_cond_broadcast(&pool->changed);
    }
    g_mutex_unlock(&pool->lock);
}
