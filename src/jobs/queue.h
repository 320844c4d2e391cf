/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * The queue's table: all SQL on `jobs` and `job_pauses`. Private to the room. queue_peek() and queue_next_due() read,
 * the rest writes. What others may call is in jobs.h. */
#pragma once

#include <glib.h>
#include <stdbool.h>
#include <stdint.h>

struct db_conn;

/** A job that this process works on. */
struct claim {
    int64_t id; /* 0: none */
    int64_t subject;
    int64_t attempts; /* this one included */
    int64_t priority;
};

/** What became of a claim. */
enum claim_end {
    CLAIM_DONE,
    CLAIM_RETRY,  /* again, not before a time */
    CLAIM_RETURN, /* given back as if it had not been tried */
    CLAIM_FAILED, /* stays as failed */
};

/** Is a job of @kind due (and the kind not paused)? Of what priority is the best? */
bool queue_peek(struct db_conn *conn, const char *kind, int64_t now_us, bool *ret_due, int64_t *ret_priority,
                GError **error);

/** Takes the best job of @kind that is due; ret_claim->id is 0 where there is none. */
bool queue_claim(struct db_conn *conn, const char *kind, int64_t now_us, struct claim *ret_claim, GError **error);

/** Ends @claim. @reason: the message to keep (NULL for done). A job that was added again meanwhile waits anew. */
bool queue_settle(struct db_conn *conn, const struct claim *claim, enum claim_end end, int64_t not_before_us,
                  const char *reason, GError **error);

/** How far an active job has come. */
bool queue_progress(struct db_conn *conn, int64_t id, int64_t done_permille, GError **error);

/** Makes what an earlier process left active wait again; those of @kind tried @too_often times become failed. */
bool queue_recover(struct db_conn *conn, const char *kind, int64_t too_often, GError **error);

/** When the next job that is not due yet will be; INT64_MAX where none is. */
bool queue_next_due(struct db_conn *conn, int64_t now_us, int64_t *ret_due_us, GError **error);
