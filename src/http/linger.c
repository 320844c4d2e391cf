/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "http/linger.h"

#include <errno.h>
#include <fcntl.h>
#include <glib.h>
#include <poll.h>
#include <stdbool.h>
#include <stdint.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <unistd.h>

enum { MAX_LINGERING = 64, MAX_READ_BYTES = 4 * 1024 * 1024 };
static const int64_t linger_us = 2 * G_USEC_PER_SEC;

struct guest {
    int fd;
    int64_t deadline_us;
    size_t read_bytes;
};

struct linger_set {
    GMutex lock; /* guards new_guests, thread, stopping */
    GArray *new_guests;
    GThread *thread;
    bool stopping;
    gint count;     /* atomic: all guests, new ones included */
    int event_fd;   /* wakes the thread */
    GArray *guests; /* the thread's own */
};

struct linger_set *linger_new(void)
{
    struct linger_set *linger = g_new0(struct linger_set, 1);
    g_mutex_init(&linger->lock);
    linger->new_guests = g_array_new(FALSE, FALSE, sizeof(struct guest));
    linger->guests = g_array_new(FALSE, FALSE, sizeof(struct guest));
    linger->event_fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
    return linger;
}

/* Discards what came. False when the guest is done. Past its share the guest is no longer read: a client that never
 * stops sending is held by its own full window until the time is over. */
static bool discard(struct guest *guest)
{
    char scratch[16 * 1024];
    ssize_t got = recv(guest->fd, scratch, sizeof scratch, MSG_DONTWAIT);
    if (got < 0)
        return errno == EAGAIN || errno == EINTR;
    guest->read_bytes += (size_t)got;
    return got > 0;
}

static bool take_new(struct linger_set *linger)
{
    uint64_t count;
    if (read(linger->event_fd, &count, sizeof count) < 0 && errno != EAGAIN)
        return false;
    g_mutex_lock(&linger->lock);
    g_array_append_vals(linger->guests, linger->new_guests->data, linger->new_guests->len);
    g_array_set_size(linger->new_guests, 0);
    bool go_on = !linger->stopping;
    g_mutex_unlock(&linger->lock);
    return go_on;
}

static int wait_ms(const GArray *guests, int64_t now_us)
{
    int64_t wait_us = guests->len > 0 ? linger_us : -1000;
    for (guint i = 0; i < guests->len; i++)
        wait_us = MIN(wait_us, MAX(0, g_array_index(guests, struct guest, i).deadline_us - now_us));
    return wait_us < 0 ? -1 : (int)(wait_us / 1000 + 1);
}

static void serve_guests(struct linger_set *linger, const struct pollfd *polls)
{
    GArray *guests = linger->guests;
    int64_t now_us = g_get_monotonic_time();
    for (guint i = guests->len; i-- > 0;) {
        struct guest *guest = &g_array_index(guests, struct guest, i);
        bool stay = guest->deadline_us > now_us && (!polls[i].revents || discard(guest));
        if (!stay) {
            close(guest->fd);
            g_array_remove_index(guests, i);
            g_atomic_int_add(&linger->count, -1);
        }
    }
}

static gpointer linger_run(gpointer data)
{
    struct linger_set *linger = data;
    struct pollfd polls[MAX_LINGERING + 1];
    while (take_new(linger)) {
        guint n = linger->guests->len;
        for (guint i = 0; i < n; i++) {
            const struct guest *guest = &g_array_index(linger->guests, struct guest, i);
            bool listen = guest->read_bytes < MAX_READ_BYTES;
            polls[i] = (struct pollfd){listen ? guest->fd : -1, POLLIN, 0};
        }
        polls[n] = (struct pollfd){linger->event_fd, POLLIN, 0};
        if (poll(polls, n + 1, wait_ms(linger->guests, g_get_monotonic_time())) < 0 && errno != EINTR)
            break;
        serve_guests(linger, polls);
    }
    return NULL;
}

void linger_add(struct linger_set *linger, int fd)
{
    struct guest guest = {fcntl(fd, F_DUPFD_CLOEXEC, 0), g_get_monotonic_time() + linger_us, 0};
    if (guest.fd < 0)
        return;
    g_mutex_lock(&linger->lock);
    bool room = g_atomic_int_get(&linger->count) < MAX_LINGERING && !linger->stopping;
    if (room) {
        g_atomic_int_inc(&linger->count);
        g_array_append_val(linger->new_guests, guest);
        if (!linger->thread)
            linger->thread = g_thread_new("http-linger", linger_run, linger);
    }
    g_mutex_unlock(&linger->lock);
    if (!room)
        close(guest.fd);
    else if (eventfd_write(linger->event_fd, 1) < 0)
        g_assert(errno == EAGAIN); /* it is signalled already */
}

void linger_free(struct linger_set *linger)
{
    g_mutex_lock(&linger->lock);
    linger->stopping = true;
    g_mutex_unlock(&linger->lock);
    if (linger->thread) {
        (void)eventfd_write(linger->event_fd, 1);
        g_thread_join(linger->thread);
    }
    for (guint i = 0; i < linger->new_guests->len; i++)
        close(g_array_index(linger->new_guests, struct guest, i).fd);
    for (guint i = 0; i < linger->guests->len; i++)
        close(g_array_index(linger->guests, struct guest, i).fd);
    g_array_unref(linger->new_guests);
    g_array_unref(linger->guests);
    close(linger->event_fd);
    g_mutex_clear(&linger->lock);
    g_free(linger);
}
