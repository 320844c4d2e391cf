/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "media/pool.h"

#include "base/error.h"

struct idle_worker {
    struct worker_process *process;
    int64_t since_us; /* monotonic */
};

struct pool {
    char *worker_path;
    unsigned workers, memory_mb, files_per_worker;
    int64_t idle_us;
    GThread *keeper;
    GMutex lock; /* guards all below */
    GCond changed;
    GQueue idle;         /* of struct idle_worker, the longest idle first */
    GQueue retired;      /* of struct worker_process: to be ended */
    unsigned n_alive;    /* idle, leased or being started */
    unsigned n_wanted;   /* starts that leases wait for */
    GError *start_error; /* of the last start; handed to one waiting lease */
    bool is_closing;
};

/* ---- the keeper: starts, and ends what is idle too long ---- */

static void start_one(struct pool *pool)
{
    GError *error = NULL;
    pool->n_wanted--;
    g_mutex_unlock(&pool->lock);
    struct worker_process *process = worker_start(pool->worker_path, pool->memory_mb, &error);
    g_mutex_lock(&pool->lock);
    if (process) {
        struct idle_worker *idle = g_new(struct idle_worker, 1);
        *idle = (struct idle_worker){process, g_get_monotonic_time()};
        g_queue_push_tail(&pool->idle, idle);
    } else {
        pool->n_alive--;
        g_clear_error(&pool->start_error);
        pool->start_error = error;
    }
    g_cond_broadcast(&pool->changed);
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
        else if (pool->n_wanted > 0 && !pool->is_closing)
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
    pool->idle_us = (int64_t)config->idle_s * G_USEC_PER_SEC;
    g_mutex_init(&pool->lock);
    g_cond_init(&pool->changed);
    g_queue_init(&pool->idle);
    g_queue_init(&pool->retired);
    pool->keeper = g_thread_new("media-pool", keep, pool);
    return pool;
}

void pool_free(struct pool *pool)
{
    if (!pool)
        return;
    g_mutex_lock(&pool->lock);
    pool->is_closing = true;
    pool->n_alive -= pool->n_wanted; /* starts that will not happen */
    pool->n_wanted = 0;
    g_cond_broadcast(&pool->changed);
    g_mutex_unlock(&pool->lock);
    g_thread_join(pool->keeper);
    g_clear_error(&pool->start_error);
    g_mutex_clear(&pool->lock);
    g_cond_clear(&pool->changed);
    g_free(pool->worker_path);
    g_free(pool);
}

/* The one that was used last: the others may grow old and go. */
static struct worker_process *wait_for_worker(struct pool *pool, GError **error)
{
    bool asked = false;
    for (;;) {
        if (pool->is_closing) {
            err_set(error, ERR_CANCELLED, "The server is stopping.");
            return NULL;
        }
        struct idle_worker *idle = g_queue_pop_tail(&pool->idle);
        if (idle) {
            struct worker_process *process = idle->process;
            g_free(idle);
            return process;
        }
        if (asked && pool->start_error) {
            g_propagate_error(error, g_steal_pointer(&pool->start_error));
            return NULL;
        }
        if (!asked && pool->n_alive < pool->workers) {
            pool->n_alive++;
            pool->n_wanted++;
            asked = true;
            g_cond_broadcast(&pool->changed);
        }
        g_cond_wait(&pool->changed, &pool->lock);
    }
}

struct worker_process *pool_lease(struct pool *pool, GError **error)
{
    /* A worker may have ended while it was idle (killed by an administrator, by the kernel for lack of memory): that
     * costs a fresh start, not the job. */
    for (unsigned attempt = 0;; attempt++) {
        g_mutex_lock(&pool->lock);
        struct worker_process *worker = wait_for_worker(pool, error);
        g_mutex_unlock(&pool->lock);
        if (!worker)
            return NULL;
        bool is_used = worker->is_ready;
        if (is_used ? worker_is_alive(worker) : worker_greet(worker, error))
            return worker;
        pool_return(pool, worker, false, NULL);
        if (!is_used || attempt > pool->workers) {
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
    if (worker && worker->n_files < pool->files_per_worker) {
        struct idle_worker *idle = g_new(struct idle_worker, 1);
        *idle = (struct idle_worker){worker, g_get_monotonic_time()};
        g_queue_push_tail(&pool->idle, idle);
    } else {
        pool->n_alive--;
        if (worker)
            g_queue_push_tail(&pool->retired, worker);
    }
    g_cond_broadcast(&pool->changed);
    g_mutex_unlock(&pool->lock);
}
