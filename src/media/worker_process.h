/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * One worker process as the server holds it: started, asked, ended. Threads: a worker by one at a time; it must be
 * started on a thread that lives as long as the worker may (the kernel kills the child with the thread that made it,
 * so that no worker outlives a server that dies). */
#pragma once

#include <glib.h>
#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "media/protocol.h"

struct worker_process {
    pid_t pid;
    int socket;
    uint32_t last_job_id;
    unsigned n_files;
    bool is_ready; /* its hello is read */
    struct protocol_hello hello;
};

/** Where program @name lies: beside this one, or where an installation or a build tree puts it. NULL where it is not
 *  found; free with g_free(). */
char *worker_find(const char *name);

/** Starts program @path with @memory_mb as its limit. NULL with ERR_IO. End with worker_end(). */
struct worker_process *worker_start(const char *path, unsigned memory_mb, GError **error);

/** How a worker stands back behind who waits for the machine. */
enum worker_manners {
    WORKER_POLITE, /* nice 10, batch: a tenth of a busy core beside who is not */
    WORKER_PROMPT, /* somebody waits for it: as any other process */
    WORKER_IDLE,   /* what processor and disk time nobody else wants */
};

/** To be told right after its start; a system that refuses is none the worse. */
void worker_set_manners(const struct worker_process *worker, enum worker_manners manners);

/** Waits for the hello of a fresh worker (nothing to do for others). ERR_WORKER_DIED, ERR_TIMEOUT, ERR_CORRUPT, and
 *  ERR_CONFLICT where it speaks another version. */
bool worker_greet(struct worker_process *worker, GError **error);

/** Is an idle worker still there? (It says nothing unasked, so anything to read from it is its end.) */
bool worker_is_alive(const struct worker_process *worker);

/** How a question is watched over. */
struct worker_watch {
    int64_t deadline_us;                                 /* monotonic */
    void (*progress)(int64_t done_permille, void *data); /* may be NULL */
    bool (*is_cancelled)(void *data);                    /* several times a second; may be NULL */
    void *data;
};

/** Has the worker do @request on @fds and waits for its answer. After any error (ERR_CANCELLED is one) the worker is of
 *  no further use: end it. Clear @ret_reply with media_reply_clear(). */
bool worker_ask(struct worker_process *worker, const struct media_request *request, const int *fds, unsigned n_fds,
                const struct worker_watch *watch, struct media_reply *ret_reply, GError **error);

/** Kills the process if it still lives, takes its exit, frees. @ret_signal (may be NULL): the signal that had ended it
 *  before we did, or 0. NULL is fine. */
void worker_end(struct worker_process *worker, int *ret_signal);
