/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * What the files of a run share. A task travels: the run's own thread → a thread that hashes → back → a thread that
 * sends → back. Only who holds it writes to it; `report` belongs to the run's thread always. */
#pragma once

#include <glib.h>

#include "client/meter.h"
#include "client/reduce.h"
#include "client/remote_calls.h"
#include "client/run.h"

enum report { REPORT_NONE, REPORT_SEEN, REPORT_UPLOADING, REPORT_END };

struct task {
    const struct scan_item *item;
    struct file_mark mark;
    bool has_sha1;
    uint8_t sha1[SHA1_SIZE];
    char *upload_url;
    enum send_end end;
    char *note;
    unsigned n_sent;       /* how often it was sent in this run */
    int64_t counted_bytes; /* of it that the meter has already */
    bool is_counted;       /* as done, by the meter */
    int64_t sent_bytes;    /* 0: of the file itself */
    bool was_sent;         /* by this run, not there before */
    bool is_unchanged;
    bool was_lost; /* the server had it and lost it */
    bool is_settled;
    enum report report; /* waiting to be told to the ledger */
};

enum event_kind { EVENT_HASHED, EVENT_BEGUN, EVENT_SENT };
struct event {
    enum event_kind kind;
    struct task *task;
};

struct run {
    struct state *state;
    const struct client_account *account;
    struct backup_options options;
    struct backup_result *result;
    struct remote *remote; /* of the run's own thread */
    struct uuid device;
    struct remote_terms terms;
    struct reducer *reducer; /* NULL: Original, or the program is not installed */
    struct meter *meter;
    struct scan *scan;
    GHashTable *saved;   /* path → struct saved_item, as it was at the start */
    GHashTable *lost;    /* keys of what the server had and has no more */
    GPtrArray *tasks;    /* struct task, owned */
    GPtrArray *to_check; /* hashed, not asked about yet */
    GPtrArray *to_report;
    GPtrArray *changing; /* for the second try */
    GPtrArray *gone;     /* struct saved_item of saved */
    GAsyncQueue *to_hash, *to_send, *events;
    int64_t checked_us, reported_us, status_us; /* monotonic: when last */
    gint end;                                   /* enum send_end, atomic: 0 while it goes on */
    int64_t n_open;                             /* tasks that are not settled */
};

/* The first end counts. Any thread. */
void run_end(struct run *run, enum send_end end, const char *note);
bool run_is_ending(struct run *run);

/* Threads of a run. */
GPtrArray *run_start_workers(struct run *run);
void run_join_workers(struct run *run, GPtrArray *threads);

/* plan.c: what is to be done, from scan and state. */
bool run_scan(struct run *run, GError **error);
void run_plan(struct run *run);

/* report.c: the ledger. */
void run_report(struct run *run, struct task *task, enum report report);
/* Tells everything that waits, settles tasks by the answers. */
void run_flush(struct run *run);
void run_tell_gone(struct run *run);
void run_tell_status(struct run *run, const char *activity, const char *reason);
/* Counts @task as done for the progress: the server has it or it needs nothing more. The ledger's word comes later. */
void run_count_done(struct run *run, struct task *task);
/* The end of a task that needs no answer of the ledger (or got none). */
void run_settle(struct run *run, struct task *task);
void run_save(struct run *run, struct task *const *tasks, size_t n, enum saved_state state);

/* Words of an end for the ledger: "stored", "waiting", "skipped". */
const char *run_end_state(enum send_end end);
const char *run_end_reason(enum send_end end);
