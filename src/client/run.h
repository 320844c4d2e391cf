/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * One run of the backup: scan, hash what is new, ask what is wanted, send it, and have the server's ledger confirm
 * every item. Nothing counts as stored before the ledger has said so in this run.
 *
 * How it goes on after an interruption: each step is remembered before the next is taken (client/state.h): a hash when
 * it is made, the address of a resumable upload when it is given, "stored" when the ledger has confirmed it. Whatever
 * was not written is done again, and the server takes nothing twice.
 *
 * Threads: backup_run() is called by one thread and starts its own: some that hash, some that send. The caller's thread
 * alone writes the state of items and talks to the ledger. */
#pragma once

#include <glib.h>
#include <stdbool.h>
#include <stdint.h>

#include "client/account.h"
#include "client/send.h"
#include "client/state.h"

struct backup_options {
    unsigned n_hashers;  /* 0: 2 */
    unsigned n_senders;  /* 0: 4 */
    int64_t patience_us; /* how long an outage in the midst of the run is waited for */
    bool is_quiet;       /* no progress */
    bool is_verbose;     /* a line for every file */
};

/** What came of a run. */
struct backup_result {
    enum send_end end;                              /* END_SENT: it went through; else one of those from END_FULL on */
    char *end_note;                                 /* words of the server about it, or NULL */
    int64_t total;                                  /* items found */
    int64_t sent, there, skipped, waiting, deleted; /* deleted: the owner deleted them on the server for good */
    int64_t failed;     /* of `skipped`: what a person wants and is not backed up: missing, unreadable, refused */
    int64_t emptied;    /* folders that held photos and hold none any more */
    int64_t unchanged;  /* of `there`: not even read, as they had been stored before */
    int64_t healed;     /* of `there`: sent again, as the server had lost them */
    int64_t confirmed;  /* by the ledger */
    int64_t side_files; /* new or changed ones sent for photos that were stored */
    int64_t bytes_sent;
    int64_t bytes_saved; /* by High quality */
};
void backup_result_clear(struct backup_result *result);

/** Runs and tells on standard output what it skipped. False with @error when it could not even begin (no connection, no
 *  state); else @ret_result. */
bool backup_run(struct state *state, const struct client_account *account, const struct backup_options *options,
                struct backup_result *ret_result, GError **error);

/** What a person reads about an end that is no success, and what to do; never NULL. */
const char *backup_end_text(enum send_end end);
const char *backup_end_advice(enum send_end end);
