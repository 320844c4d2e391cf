/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "http/sockets.h"

#include <errno.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include "base/error.h"
#include "base/io.h"
#include "base/log.h"
#include "http/websocket_private.h"

enum {
    MAX_READY = 64,
    MESSAGE_COST = 64, /* of a queued message beside its bytes */
    GOODBYE_MS = 1000, /* how long the peer's own goodbye is waited for */
    FOREVER_MS = -1,
};

struct sockets {
    GMutex lock;        /* guards all that says so here and in struct websocket */
    GQueue arrived;     /* struct websocket *: the thread does not know them yet; under lock */
    GQueue marked;      /* links are `mark` of those that have something to send, or to be dropped; under lock */
    bool is_stopping;   /* under lock */
    GThread *thread;    /* NULL before the first socket; under lock */
    unsigned count;     /* of all sockets; under lock */
    int64_t skipped_us; /* under lock */
    int epoll_fd;
    int event_fd; /* wakes the thread */

    /* The thread's own. Each socket is in one of them, in the order of their due times. */
    GQueue ticks;
    GQueue goodbyes;
    GQueue ended; /* struct websocket *, to be freed */
};

/* ---- called from any thread ---- */

static void wake(struct sockets *sockets)
{
    if (eventfd_write(sockets->event_fd, 1) < 0)
        g_assert(errno == EAGAIN); /* it is signalled already */
}

/* Under the lock. */
static void mark(struct websocket *socket)
{
    if (socket->is_marked)
        return;
    socket->is_marked = true;
    g_queue_push_tail_link(&socket->sockets->marked, &socket->mark);
    if (socket->sockets->marked.length == 1)
        wake(socket->sockets);
}

void websocket_send(struct websocket *socket, GBytes *text)
{
    struct sockets *sockets = socket->sockets;
    size_t cost = g_bytes_get_size(text) + MESSAGE_COST;
    g_mutex_lock(&sockets->lock);
    if (socket->outbox_bytes + cost > WEBSOCKET_OUTBOX_BYTES) {
        socket->is_overfull = true;
        g_queue_clear_full(&socket->outbox, (GDestroyNotify)g_bytes_unref);
    } else if (!socket->is_overfull && socket->close_code == 0) {
        g_queue_push_tail(&socket->outbox, g_bytes_ref(text));
        socket->outbox_bytes += cost;
    }
    mark(socket);
    g_mutex_unlock(&sockets->lock);
}

void websocket_close(struct websocket *socket, int code)
{
    g_mutex_lock(&socket->sockets->lock);
    if (socket->close_code == 0)
        socket->close_code = code;
    mark(socket);
    g_mutex_unlock(&socket->sockets->lock);
}

unsigned sockets_count(struct sockets *sockets)
{
    g_mutex_lock(&sockets->lock);
    unsigned count = sockets->count;
    g_mutex_unlock(&sockets->lock);
    return count;
}

void sockets_skip_time(struct sockets *sockets, int64_t us)
{
    g_mutex_lock(&sockets->lock);
    sockets->skipped_us += us;
    g_mutex_unlock(&sockets->lock);
    wake(sockets);
}

/* ---- called by a socket, on the thread ---- */

static int64_t now(struct sockets *sockets)
{
    g_mutex_lock(&sockets->lock);
    int64_t skipped_us = sockets->skipped_us;
    g_mutex_unlock(&sockets->lock);
    return g_get_monotonic_time() + skipped_us;
}

GBytes *sockets_take_message(struct websocket *socket, int *ret_close_code)
{
    g_mutex_lock(&socket->sockets->lock);
    GBytes *message = g_queue_pop_head(&socket->outbox);
    if (message)
        socket->outbox_bytes -= g_bytes_get_size(message) + MESSAGE_COST;
    *ret_close_code = socket->close_code;
    g_mutex_unlock(&socket->sockets->lock);
    return message;
}

static void set_timer(struct websocket *socket, GQueue *from, GQueue *to, int64_t after_us)
{
    if (from)
        g_queue_unlink(from, &socket->timer);
    socket->due_us = now(socket->sockets) + after_us;
    g_queue_push_tail_link(to, &socket->timer);
}

/* ---- the thread ---- */

static void end_socket(struct websocket *socket, bool is_orderly)
{
    struct sockets *sockets = socket->sockets;
    socket->is_ended = true;
    epoll_ctl(sockets->epoll_fd, EPOLL_CTL_DEL, socket->line.fd, NULL);
    if (socket->line.network_fd >= 0)
        epoll_ctl(sockets->epoll_fd, EPOLL_CTL_DEL, socket->line.network_fd, NULL);
    g_queue_unlink(socket->is_leaving ? &sockets->goodbyes : &sockets->ticks, &socket->timer);
    socket->line.let_go(socket->line.owner, is_orderly);
    socket->events->gone(socket->data); /* from here on nobody can mark it */
    g_mutex_lock(&sockets->lock);
    if (socket->is_marked)
        g_queue_unlink(&sockets->marked, &socket->mark);
    sockets->count--;
    g_mutex_unlock(&sockets->lock);
    g_queue_push_tail(&sockets->ended, socket);
}

static void free_ended(struct sockets *sockets)
{
    for (struct websocket *socket; (socket = g_queue_pop_head(&sockets->ended));)
        websocket_free(socket);
}

static void watch(struct websocket *socket, int operation, int fd, uint32_t events)
{
    struct epoll_event event = {.events = events, .data.ptr = socket};
    if (epoll_ctl(socket->sockets->epoll_fd, operation, fd, &event) < 0)
        log_event(G_LOG_LEVEL_WARNING, "http.websocket-not-watched", "reason", g_strerror(errno), NULL);
}

/* Tells epoll what the socket waits for now. */
static void wait_on(struct websocket *socket, int operation)
{
    uint32_t events = (websocket_wants_read(socket) ? EPOLLIN : 0) | (websocket_wants_write(socket) ? EPOLLOUT : 0);
    if (operation == EPOLL_CTL_ADD && socket->line.network_fd >= 0)
        watch(socket, operation, socket->line.network_fd, EPOLLRDHUP);
    if (operation == EPOLL_CTL_ADD || events != socket->waits_for)
        watch(socket, operation, socket->line.fd, events);
    socket->waits_for = events;
}

static void write_some(struct websocket *socket)
{
    bool is_orderly;
    if (websocket_write(socket, &is_orderly))
        wait_on(socket, EPOLL_CTL_MOD);
    else
        end_socket(socket, is_orderly);
}

static void on_ready(struct websocket *socket, uint32_t events)
{
    bool is_orderly = false;
    bool is_broken = events & EPOLLRDHUP || (events & (EPOLLHUP | EPOLLERR) && !websocket_wants_read(socket));
    if (socket->is_ended)
        return;
    bool goes_on = !is_broken && (events & ~(uint32_t)EPOLLOUT ? websocket_read(socket, &is_orderly)
                                                               : websocket_write(socket, &is_orderly));
    if (goes_on)
        wait_on(socket, EPOLL_CTL_MOD);
    else
        end_socket(socket, is_orderly);
}

/* The peer may have sent frames along with its request, of which epoll knows nothing. */
static void welcome(struct websocket *socket)
{
    struct sockets *sockets = socket->sockets;
    bool is_orderly = false;
    set_timer(socket, NULL, &sockets->ticks, WEBSOCKET_TICK_S * G_USEC_PER_SEC);
    wait_on(socket, EPOLL_CTL_ADD);
    socket->events->open(socket, socket->data);
    if (websocket_read(socket, &is_orderly))
        wait_on(socket, EPOLL_CTL_MOD);
    else
        end_socket(socket, is_orderly);
}

/* False when there is no reason to go on. */
static bool take_arrived(struct sockets *sockets)
{
    for (;;) {
        g_mutex_lock(&sockets->lock);
        struct websocket *socket = g_queue_pop_head(&sockets->arrived);
        bool go_on = !sockets->is_stopping || sockets->count > 0;
        g_mutex_unlock(&sockets->lock);
        if (!socket)
            return go_on;
        welcome(socket);
    }
}

static void begin_goodbye(struct websocket *socket)
{
    struct sockets *sockets = socket->sockets;
    socket->is_leaving = true;
    set_timer(socket, &sockets->ticks, &sockets->goodbyes, GOODBYE_MS * INT64_C(1000));
}

static void serve_marked(struct sockets *sockets)
{
    for (;;) {
        g_mutex_lock(&sockets->lock);
        GList *link = g_queue_pop_head_link(&sockets->marked);
        struct websocket *socket = link ? link->data : NULL;
        bool is_overfull = socket && socket->is_overfull;
        bool leaves = socket && socket->close_code != 0;
        if (socket)
            socket->is_marked = false;
        g_mutex_unlock(&sockets->lock);
        if (!socket)
            return;
        if (leaves && !socket->is_leaving)
            begin_goodbye(socket);
        if (is_overfull)
            end_socket(socket, false);
        else
            write_some(socket);
    }
}

static void tick(struct websocket *socket)
{
    struct sockets *sockets = socket->sockets;
    if (websocket_wants_write(socket) && !socket->has_moved) {
        end_socket(socket, false);
        return;
    }
    socket->has_moved = false;
    set_timer(socket, &sockets->ticks, &sockets->ticks, WEBSOCKET_TICK_S * G_USEC_PER_SEC);
    socket->events->tick(socket, socket->data);
}

static struct websocket *first_due(const GQueue *queue, int64_t now_us)
{
    struct websocket *socket = queue->head ? queue->head->data : NULL;
    return socket && socket->due_us <= now_us ? socket : NULL;
}

static void serve_timers(struct sockets *sockets)
{
    int64_t now_us = now(sockets);
    for (struct websocket *socket; (socket = first_due(&sockets->ticks, now_us));)
        tick(socket);
    for (struct websocket *socket; (socket = first_due(&sockets->goodbyes, now_us));)
        end_socket(socket, false);
}

static int wait_ms(struct sockets *sockets)
{
    int64_t due_us = INT64_MAX;
    const GQueue *queues[] = {&sockets->ticks, &sockets->goodbyes};
    for (size_t i = 0; i < G_N_ELEMENTS(queues); i++)
        if (queues[i]->head)
            due_us = MIN(due_us, ((struct websocket *)queues[i]->head->data)->due_us);
    if (due_us == INT64_MAX)
        return FOREVER_MS;
    return (int)(MAX(0, due_us - now(sockets)) / 1000 + 1);
}

static void close_all(struct sockets *sockets)
{
    g_mutex_lock(&sockets->lock);
    bool is_stopping = sockets->is_stopping;
    g_mutex_unlock(&sockets->lock);
    for (GList *item = is_stopping ? sockets->ticks.head : NULL; item; item = item->next)
        websocket_close(item->data, WEBSOCKET_GOING_AWAY);
}

static gpointer sockets_run(gpointer data)
{
    struct sockets *sockets = data;
    struct epoll_event ready[MAX_READY];
    while (take_arrived(sockets)) {
        close_all(sockets);
        serve_marked(sockets);
        int n = epoll_wait(sockets->epoll_fd, ready, MAX_READY, wait_ms(sockets));
        eventfd_t count;
        for (int i = 0; i < n; i++) {
            if (ready[i].data.ptr)
                on_ready(ready[i].data.ptr, ready[i].events);
            else if (eventfd_read(sockets->event_fd, &count) < 0 && errno != EAGAIN)
                return NULL;
        }
        serve_timers(sockets);
        free_ended(sockets);
    }
    free_ended(sockets);
    return NULL;
}

/* ---- life ---- */

struct sockets *sockets_new(GError **error)
{
    AUTO_FD int epoll_fd = epoll_create1(EPOLL_CLOEXEC);
    AUTO_FD int event_fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
    struct epoll_event event = {.events = EPOLLIN};
    if (epoll_fd < 0 || event_fd < 0 || epoll_ctl(epoll_fd, EPOLL_CTL_ADD, event_fd, &event) < 0) {
        err_set_errno(error, errno, "epoll", "The HTTP server could not be started.");
        return NULL;
    }
    struct sockets *sockets = g_new0(struct sockets, 1);
    g_mutex_init(&sockets->lock);
    sockets->epoll_fd = io_steal_fd(&epoll_fd);
    sockets->event_fd = io_steal_fd(&event_fd);
    return sockets;
}

void sockets_stop(struct sockets *sockets)
{
    g_mutex_lock(&sockets->lock);
    sockets->is_stopping = true;
    GThread *thread = g_steal_pointer(&sockets->thread);
    g_mutex_unlock(&sockets->lock);
    wake(sockets);
    if (thread)
        g_thread_join(thread);
}

void sockets_free(struct sockets *sockets)
{
    if (!sockets)
        return;
    sockets_stop(sockets);
    close(sockets->epoll_fd);
    close(sockets->event_fd);
    g_mutex_clear(&sockets->lock);
    g_free(sockets);
}

void sockets_add(struct sockets *sockets, const struct websocket_line *line, const struct websocket_events *events,
                 void *data)
{
    struct websocket *socket = websocket_new(sockets, line, events, data);
    g_mutex_lock(&sockets->lock);
    bool take = !sockets->is_stopping;
    if (take) {
        sockets->count++;
        g_queue_push_tail(&sockets->arrived, socket);
        if (!sockets->thread)
            sockets->thread = g_thread_new("http-sockets", sockets_run, sockets);
    }
    g_mutex_unlock(&sockets->lock);
    if (take) {
        wake(sockets);
        return;
    }
    line->let_go(line->owner, false);
    events->gone(data);
    websocket_free(socket);
}
