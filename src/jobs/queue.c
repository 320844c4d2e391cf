/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "jobs/queue.h"

#include "base/clock.h"
#include "base/error.h"
#include "db/db.h"
#include "jobs/jobs.h"

/* For the day when several servers share one queue: whose lease has passed may be taken over. */
static const int64_t lease_length_us = 15 * 60 * G_USEC_PER_SEC;

static const char add_sql[] =
    "INSERT INTO jobs (kind, subject, priority, state, rerun, attempts, not_before_us, lease_us, error, created_us,"
    " updated_us) VALUES (?1, ?2, ?3, 'waiting', 0, 0, 0, 0, NULL, ?4, ?4)"
    " ON CONFLICT (kind, subject) DO UPDATE SET"
    "  priority = max(priority, excluded.priority),"
    "  rerun = CASE state WHEN 'active' THEN 1 ELSE 0 END,"
    "  attempts = CASE state WHEN 'failed' THEN 0 ELSE attempts END,"
    "  not_before_us = CASE state WHEN 'failed' THEN 0 ELSE not_before_us END,"
    "  error = CASE state WHEN 'failed' THEN NULL ELSE error END,"
    "  state = CASE state WHEN 'failed' THEN 'waiting' ELSE state END,"
    "  updated_us = excluded.updated_us";

static const char best_sql[] =
    "SELECT id, subject, attempts FROM jobs WHERE kind = ?1 AND state = 'waiting' AND not_before_us <= ?2"
    " ORDER BY priority DESC, id DESC LIMIT 1";

static const char take_sql[] = "UPDATE jobs SET state = 'active', rerun = 0, attempts = attempts + 1, lease_us = ?2,"
                               " updated_us = ?3 WHERE id = ?1";

static const char done_sql[] = "DELETE FROM jobs WHERE id = ?1 AND rerun = 0";

static const char again_sql[] = "UPDATE jobs SET state = 'waiting', rerun = 0, attempts = 0, not_before_us = 0,"
                                " lease_us = 0, error = NULL, updated_us = ?2 WHERE id = ?1 AND rerun = 1";

static const char retry_sql[] = "UPDATE jobs SET state = 'waiting', not_before_us = ?2, lease_us = 0, error = ?3,"
                                " updated_us = ?4 WHERE id = ?1";

static const char return_sql[] =
    "UPDATE jobs SET state = 'waiting', attempts = max(attempts - 1, 0), not_before_us = 0,"
    " lease_us = 0, updated_us = ?2 WHERE id = ?1";

static const char failed_sql[] = "UPDATE jobs SET state = 'failed', lease_us = 0, error = ?2, updated_us = ?3"
                                 " WHERE id = ?1";

static const char poison_sql[] = "UPDATE jobs SET state = 'failed', rerun = 0, lease_us = 0, updated_us = ?3,"
                                 " error = 'The server ended several times while it worked on this.'"
                                 " WHERE kind = ?1 AND state = 'active' AND attempts >= ?2";

static const char recover_sql[] = "UPDATE jobs SET state = 'waiting', rerun = 0, not_before_us = 0, lease_us = 0,"
                                  " updated_us = ?2 WHERE kind = ?1 AND state = 'active'";

static const char due_sql[] = "SELECT min(not_before_us) FROM jobs WHERE kind = ?1 AND state = 'waiting'";

static const char count_sql[] = "SELECT coalesce(sum(state = 'waiting'), 0), coalesce(sum(state = 'active'), 0),"
                                " coalesce(sum(state = 'failed'), 0) FROM jobs WHERE ?1 IS NULL OR kind = ?1";

static const char is_failed_sql[] = "SELECT 1 FROM jobs WHERE kind = ?1 AND subject = ?2 AND state = 'failed'";

bool jobs_add(struct db_conn *conn, const char *kind, int64_t subject, enum jobs_priority priority, GError **error)
{
    return db_exec(conn, error, add_sql, "tiii", kind, subject, (int64_t)priority, clock_now_us());
}

bool jobs_has_failed(struct db_conn *conn, const char *kind, int64_t subject, bool *ret_failed, GError **error)
{
    DB_ROWS struct db_rows *rows = db_query(conn, error, is_failed_sql, "ti", kind, subject);
    GError *problem = NULL;
    if (!rows)
        return false;
    bool found = db_next(rows, &problem);
    if (problem) {
        g_propagate_error(error, problem);
        return false;
    }
    *ret_failed = found;
    return true;
}

bool queue_claim(struct db_conn *conn, const char *kind, int64_t now_us, struct claim *ret_claim, GError **error)
{
    struct claim claim = {0};
    {
        DB_ROWS struct db_rows *rows = db_query(conn, error, best_sql, "ti", kind, now_us);
        GError *problem = NULL;
        if (!rows)
            return false;
        if (db_next(rows, &problem))
            claim = (struct claim){db_int(rows, 0), db_int(rows, 1), db_int(rows, 2) + 1};
        if (problem) {
            g_propagate_error(error, problem);
            return false;
        }
    }
    if (claim.id && !db_exec(conn, error, take_sql, "iii", claim.id, now_us + lease_length_us, now_us))
        return false;
    *ret_claim = claim;
    return true;
}

bool queue_settle(struct db_conn *conn, const struct claim *claim, enum claim_end end, int64_t not_before_us,
                  const char *reason, GError **error)
{
    int64_t now_us = clock_now_us();
    /* Wanted again while it ran: what it did then is not the last word, however it ended. */
    if (!db_exec(conn, error, again_sql, "ii", claim->id, now_us))
        return false;
    if (db_changed(conn) > 0)
        return true;
    switch (end) {
    case CLAIM_DONE:
        return db_exec(conn, error, done_sql, "i", claim->id);
    case CLAIM_RETRY:
        return db_exec(conn, error, retry_sql, "iiti", claim->id, not_before_us, reason, now_us);
    case CLAIM_RETURN:
        return db_exec(conn, error, return_sql, "ii", claim->id, now_us);
    case CLAIM_FAILED:
        return db_exec(conn, error, failed_sql, "iti", claim->id, reason, now_us);
    }
    g_assert_not_reached();
}

bool queue_recover(struct db_conn *conn, const char *kind, int64_t too_often, GError **error)
{
    int64_t now_us = clock_now_us();
    return db_exec(conn, error, poison_sql, "tii", kind, too_often, now_us) &&
           db_exec(conn, error, recover_sql, "ti", kind, now_us);
}

bool queue_next_due(struct db_conn *conn, const char *kind, int64_t *ret_due_us, GError **error)
{
    DB_ROWS struct db_rows *rows = db_query(conn, error, due_sql, "t", kind);
    if (!rows || !db_next_required(rows, error, "The queue could not be read."))
        return false;
    *ret_due_us = db_is_null(rows, 0) ? INT64_MAX : db_int(rows, 0);
    return true;
}

bool jobs_count(struct db_conn *conn, const char *kind, struct jobs_counts *ret_counts, GError **error)
{
    DB_ROWS struct db_rows *rows = db_query(conn, error, count_sql, "t", kind);
    if (!rows || !db_next_required(rows, error, "The queue could not be read."))
        return false;
    *ret_counts = (struct jobs_counts){db_int(rows, 0), db_int(rows, 1), db_int(rows, 2)};
    return true;
}
