/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "media/worker_process.h"

#include <errno.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <spawn.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/error.h"
#include "base/io.h"

/* Loading forty libraries takes 20 ms; a loaded machine may take a while longer. */
enum { GREET_LIMIT_S = 30, CANCEL_LOOK_MS = 200 };

char *worker_find(const char *name)
{
    g_autofree char *self = g_file_read_link("/proc/self/exe", NULL);
    g_autofree char *folder = self ? g_path_get_dirname(self) : g_strdup(".");
    /* Beside us; where an installation puts it; where a build tree does. */
    static const char *const places[] = {".", "../libexec/ambrotype", "../worker", "src/worker", "../.."};
    for (size_t i = 0; i < G_N_ELEMENTS(places); i++) {
        g_autofree char *path = g_build_filename(folder, places[i], name, NULL);
        if (g_file_test(path, G_FILE_TEST_IS_EXECUTABLE))
            return g_canonicalize_filename(path, NULL);
    }
    return NULL;
}

/* A child with an empty environment, default signals, and nothing but the socket. */
static int spawn(const char *path, int socket, char *memory, pid_t *ret_pid)
{
    char *const arguments[] = {(char *)path, memory, NULL};
    char *const environment[] = {NULL};
    posix_spawn_file_actions_t actions;
    posix_spawnattr_t attributes;
    sigset_t none, all;
    sigemptyset(&none);
    sigfillset(&all);
    posix_spawn_file_actions_init(&actions);
    posix_spawnattr_init(&attributes);
    posix_spawn_file_actions_adddup2(&actions, socket, PROTOCOL_WORKER_FD);
    posix_spawnattr_setsigmask(&attributes, &none);
    posix_spawnattr_setsigdefault(&attributes, &all);
    /* A group of its own: Ctrl-C at the terminal is the server's to handle. */
    posix_spawnattr_setpgroup(&attributes, 0);
    posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF | POSIX_SPAWN_SETPGROUP);
    int result = posix_spawn(ret_pid, path, &actions, &attributes, arguments, environment);
    posix_spawn_file_actions_destroy(&actions);
    posix_spawnattr_destroy(&attributes);
    return result;
}

/* As linux/ioprio.h, which not every installation has. */
enum { IOPRIO_WHO_PROCESS = 1, IOPRIO_CLASS_BE = 2, IOPRIO_CLASS_IDLE = 3, IOPRIO_CLASS_SHIFT = 13, IOPRIO_LOWEST = 7 };

void worker_set_manners(const struct worker_process *worker, enum worker_manners manners)
{
    if (manners == WORKER_PROMPT)
        return;
    bool idle = manners == WORKER_IDLE;
    const struct sched_param none = {0};
    int io = idle ? IOPRIO_CLASS_IDLE << IOPRIO_CLASS_SHIFT : IOPRIO_CLASS_BE << IOPRIO_CLASS_SHIFT | IOPRIO_LOWEST;
    (void)setpriority(PRIO_PROCESS, (id_t)worker->pid, idle ? 19 : 10);
    (void)sched_setscheduler(worker->pid, idle ? SCHED_IDLE : SCHED_BATCH, &none);
    (void)syscall(SYS_ioprio_set, IOPRIO_WHO_PROCESS, worker->pid, io);
}

struct worker_process *worker_start(const char *path, unsigned memory_mb, GError **error)
{
    int pair[2];
    if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair) != 0) {
        err_set_errno(error, errno, NULL, "A media worker could not be started.");
        return NULL;
    }
    AUTO_FD int ours = pair[0];
    AUTO_FD int theirs = pair[1];
    g_autofree char *memory = g_strdup_printf("%u", memory_mb);
    pid_t pid;
    int result = spawn(path, theirs, memory, &pid);
    if (result != 0) {
        err_set_errno(error, result, path, "A media worker could not be started.");
        return NULL;
    }
    struct worker_process *worker = g_new0(struct worker_process, 1);
    worker->pid = pid;
    worker->socket = io_steal_fd(&ours);
    return worker;
}

bool worker_greet(struct worker_process *worker, GError **error)
{
    if (worker->is_ready)
        return true;
    struct protocol_frame frame;
    int64_t deadline_us = g_get_monotonic_time() + GREET_LIMIT_S * G_USEC_PER_SEC;
    if (!protocol_receive(worker->socket, deadline_us, &frame, error))
        return false;
    bool ok = frame.kind == PROTOCOL_HELLO ||
              err_set_detail(error, ERR_CORRUPT, "no hello", "The media worker's message was malformed.");
    ok = ok && protocol_hello_read(frame.payload->data, frame.payload->len, &worker->hello, error);
    protocol_frame_clear(&frame);
    if (!ok)
        return false;
    worker->is_ready = true;
    return worker->hello.version == PROTOCOL_VERSION ||
           err_set(error, ERR_CONFLICT, "The media worker is of another version than the server.");
}

bool worker_is_alive(const struct worker_process *worker)
{
    struct pollfd wanted = {.fd = worker->socket, .events = POLLIN};
    return poll(&wanted, 1, 0) == 0;
}

/* Waits until there is something to receive; between looks it asks whether anybody still wants it. */
static bool await_frame(const struct worker_process *worker, const struct worker_watch *watch, GError **error)
{
    struct pollfd wanted = {.fd = worker->socket, .events = POLLIN};
    while (watch->is_cancelled) {
        if (watch->is_cancelled(watch->data))
            return err_set(error, ERR_CANCELLED, "The work on this file was cancelled.");
        if (poll(&wanted, 1, CANCEL_LOOK_MS) != 0 ||
            (watch->deadline_us >= 0 && g_get_monotonic_time() >= watch->deadline_us))
            break;
    }
    return true;
}

/* Frames until the reply to @job_id. */
static bool await_reply(const struct worker_process *worker, uint32_t job_id, const struct worker_watch *watch,
                        struct media_reply *ret_reply, GError **error)
{
    for (;;) {
        struct protocol_frame frame;
        if (!await_frame(worker, watch, error) || !protocol_receive(worker->socket, watch->deadline_us, &frame, error))
            return false;
        bool is_ours = frame.job_id == job_id && frame.n_fds == 0;
        if (is_ours && frame.kind == PROTOCOL_PROGRESS) {
            struct media_progress progress;
            bool ok = media_progress_read(frame.payload->data, frame.payload->len, &progress, error);
            protocol_frame_clear(&frame);
            if (!ok)
                return false;
            if (watch->progress)
                watch->progress(progress.done_permille, watch->data);
            continue;
        }
        bool ok = is_ours && frame.kind == PROTOCOL_REPLY;
        if (ok)
            ok = media_reply_read(frame.payload->data, frame.payload->len, ret_reply, error);
        else
            err_set_detail(error, ERR_CORRUPT, "an unexpected frame", "The media worker's message was malformed.");
        protocol_frame_clear(&frame);
        return ok;
    }
}

bool worker_ask(struct worker_process *worker, const struct media_request *request, const int *fds, unsigned n_fds,
                const struct worker_watch *watch, struct media_reply *ret_reply, GError **error)
{
    if (!worker_greet(worker, error))
        return false;
    uint32_t job_id = ++worker->last_job_id;
    worker->n_files++;
    g_autoptr(GByteArray) payload = media_request_write(request);
    return protocol_send(worker->socket, PROTOCOL_REQUEST, job_id, payload, fds, n_fds, error) &&
           await_reply(worker, job_id, watch, ret_reply, error);
}

/* A worker that broke off is given a moment to be reaped by its own death, so that the cause can be told. */
static int take_exit(pid_t pid)
{
    int status = 0;
    for (unsigned waits = 0; waits < 20; waits++) {
        pid_t done = waitpid(pid, &status, WNOHANG);
        if (done == pid || (done < 0 && errno != EINTR))
            return done == pid && WIFSIGNALED(status) ? WTERMSIG(status) : 0;
        g_usleep(1000);
    }
    kill(pid, SIGKILL);
    while (waitpid(pid, &status, 0) < 0 && errno == EINTR)
        ;
    return 0;
}

void worker_end(struct worker_process *worker, int *ret_signal)
{
    if (!worker)
        return;
    close(worker->socket);
    int signal = take_exit(worker->pid);
    if (ret_signal)
        *ret_signal = signal;
    protocol_hello_clear(&worker->hello);
    g_free(worker);
}
