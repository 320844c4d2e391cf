/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "http/watch.h"

#include <glib.h>
#include <stdbool.h>
#include <sys/socket.h>

/* What must arrive of a body in each timeout. */
enum { MIN_PROGRESS_BYTES = 256 };
static const int64_t FAREWELL_US = G_USEC_PER_SEC / 2;

struct watch_entry {
    struct watch *watch;
    GList link;
    int fd;
    int64_t deadline_us; /* monotonic; 0: none */
    size_t window_bytes; /* of the body since the deadline was set */
};

struct watch {
    GMutex lock; /* guards all that follows and all entries */
    GCond changed;
    GQueue entries;
    bool stopping;
    int64_t timeout_us;
    int64_t tick_us;
    GThread *thread;
};

/* Shutting the socket down wakes its network thread, which sees the end of input and closes. The lock keeps the
 * descriptor from being closed and given to somebody else meanwhile. */
static void cut_overdue(struct watch *watch, int64_t now_us)
{
    for (GList *item = watch->entries.head; item; item = item->next) {
        struct watch_entry *entry = item->data;
        if (entry->deadline_us > 0 && entry->deadline_us <= now_us) {
            shutdown(entry->fd, SHUT_RDWR);
            entry->deadline_us = 0;
        }
    }
}

static gpointer watch_run(gpointer data)
{
    struct watch *watch = data;
    g_mutex_lock(&watch->lock);
    while (!watch->stopping) {
        if (watch->entries.length == 0) {
            g_cond_wait(&watch->changed, &watch->lock);
        } else {
            g_cond_wait_until(&watch->changed, &watch->lock, g_get_monotonic_time() + watch->tick_us);
            cut_overdue(watch, g_get_monotonic_time());
        }
    }
    g_mutex_unlock(&watch->lock);
    return NULL;
}

struct watch *watch_new(unsigned timeout_s)
{
    struct watch *watch = g_new0(struct watch, 1);
    g_mutex_init(&watch->lock);
    g_cond_init(&watch->changed);
    g_queue_init(&watch->entries);
    watch->timeout_us = timeout_s * G_USEC_PER_SEC;
    watch->tick_us = MIN(watch->timeout_us / 4, G_USEC_PER_SEC);
    watch->thread = g_thread_new("http-watch", watch_run, watch);
    return watch;
}

void watch_free(struct watch *watch)
{
    g_mutex_lock(&watch->lock);
    watch->stopping = true;
    g_cond_signal(&watch->changed);
    g_mutex_unlock(&watch->lock);
    g_thread_join(watch->thread);
    g_assert(watch->entries.length == 0);
    g_mutex_clear(&watch->lock);
    g_cond_clear(&watch->changed);
    g_free(watch);
}

struct watch_entry *watch_add(struct watch *watch, int fd)
{
    struct watch_entry *entry = g_new0(struct watch_entry, 1);
    entry->watch = watch;
    entry->fd = fd;
    entry->link.data = entry;
    entry->deadline_us = g_get_monotonic_time() + watch->timeout_us;
    g_mutex_lock(&watch->lock);
    g_queue_push_tail_link(&watch->entries, &entry->link);
    if (watch->entries.length == 1)
        g_cond_signal(&watch->changed);
    g_mutex_unlock(&watch->lock);
    return entry;
}

void watch_remove(struct watch_entry *entry)
{
    g_mutex_lock(&entry->watch->lock);
    g_queue_unlink(&entry->watch->entries, &entry->link);
    g_mutex_unlock(&entry->watch->lock);
    g_free(entry);
}

/* @after_us 0: none. */
static void set_deadline_after(struct watch_entry *entry, int64_t after_us)
{
    int64_t deadline_us = after_us > 0 ? g_get_monotonic_time() + after_us : 0;
    g_mutex_lock(&entry->watch->lock);
    entry->deadline_us = deadline_us;
    entry->window_bytes = 0;
    g_mutex_unlock(&entry->watch->lock);
}

static void set_deadline(struct watch_entry *entry, unsigned timeouts)
{
    set_deadline_after(entry, timeouts * entry->watch->timeout_us);
}

void watch_body(struct watch_entry *entry)
{
    set_deadline(entry, 1);
}

void watch_progress(struct watch_entry *entry, size_t size)
{
    /* window_bytes is touched by the connection's network thread only; the deadline is what the lock guards. */
    entry->window_bytes += MIN(size, MIN_PROGRESS_BYTES);
    if (entry->window_bytes >= MIN_PROGRESS_BYTES)
        set_deadline(entry, 1);
}

void watch_pause(struct watch_entry *entry)
{
    set_deadline(entry, 0);
}

void watch_idle(struct watch_entry *entry)
{
    set_deadline(entry, 2);
}

void watch_farewell(struct watch_entry *entry)
{
    set_deadline_after(entry, FAREWELL_US);
}
