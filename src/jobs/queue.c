/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "jobs/queue.h"

#include <string.h>

#include "base/clock.h"
#include "base/error.h"
#include "db/db.h"
#include "jobs/jobs.h"

/* For the day when several servers share one queue: whose lease has passed may be taken over. */
static const int64_t lease_length_us = 15 * 60 * G_USEC_PER_SEC;

/* Above this a file is large: hardly any photo is, most videos are. */
static const int64_t large_bytes = INT64_C(64) << 20;

static const char add_sql[] =
    "INSERT INTO jobs (kind, subject, priority, sort, state, rerun, attempts, not_before_us, lease_us, error,"
    " created_us, updated_us) VALUES (?1, ?2, ?3, ?4, 'waiting', 0, 0, 0, 0, NULL, ?5, ?5)"
    " ON CONFLICT (kind, subject) DO UPDATE SET"
    "  priority = max(priority, excluded.priority),"
    "  sort = CASE excluded.sort WHEN 0 THEN sort ELSE excluded.sort END,"
    "  rerun = CASE state WHEN 'active' THEN 1 ELSE 0 END,"
    "  attempts = CASE state WHEN 'failed' THEN 0 ELSE attempts END,"
    "  not_before_us = CASE state WHEN 'failed' THEN 0 ELSE not_before_us END,"
    "  error = CASE state WHEN 'failed' THEN NULL ELSE error END,"
    "  state = CASE state WHEN 'failed' THEN 'waiting' ELSE state END,"
    "  updated_us = excluded.updated_us";

#define BEST                                                                                                           \
    " FROM jobs WHERE kind = ?1 AND state = 'waiting' AND not_before_us <= ?2"                                         \
    " AND NOT EXISTS (SELECT 1 FROM job_pauses WHERE name = ?1)"                                                       \
    " ORDER BY priority DESC, sort DESC, id DESC LIMIT 1"

static const char peek_sql[] = "SELECT priority" BEST;

static const char best_sql[] = "SELECT id, subject, attempts, priority" BEST;

static const char take_sql[] = "UPDATE jobs SET state = 'active', rerun = 0, progress = 0, attempts = attempts + 1,"
                               " lease_us = ?2, updated_us = ?3 WHERE id = ?1";

static const char progress_sql[] = "UPDATE jobs SET progress = ?2, lease_us = ?3, updated_us = ?4 WHERE id = ?1"
                                   " AND state = 'active'";

static const char done_sql[] = "DELETE FROM jobs WHERE id = ?1 AND rerun = 0";

static const char again_sql[] = "UPDATE jobs SET state = 'waiting', rerun = 0, attempts = 0, not_before_us = 0,"
                                " lease_us = 0, error = NULL, updated_us = ?2 WHERE id = ?1 AND rerun = 1";

static const char retry_sql[] = "UPDATE jobs SET state = 'waiting', not_before_us = ?2, lease_us = 0, error = ?3,"
                                " updated_us = ?4 WHERE id = ?1";

static const char return_sql[] =
    "UPDATE jobs SET state = 'waiting', attempts = max(attempts - 1, 0), not_before_us = 0,"
    " lease_us = 0, updated_us = ?2 WHERE id = ?1";

static const char failed_sql[] = "UPDATE jobs SET state = 'failed', not_before_us = 0, lease_us = 0, error = ?2,"
                                 " updated_us = ?3 WHERE id = ?1";

static const char poison_sql[] = "UPDATE jobs SET state = 'failed', rerun = 0, lease_us = 0, updated_us = ?3,"
                                 " error = 'The server ended several times while it worked on this.'"
                                 " WHERE kind = ?1 AND state = 'active' AND attempts >= ?2";

static const char recover_sql[] = "UPDATE jobs SET state = 'waiting', rerun = 0, not_before_us = 0, lease_us = 0,"
                                  " updated_us = ?2 WHERE kind = ?1 AND state = 'active'";

static const char due_sql[] = "SELECT min(not_before_us) FROM jobs WHERE not_before_us > 0 AND not_before_us > ?1"
                              " AND state = 'waiting'";

#define COUNT(state) "(SELECT count(*) FROM jobs WHERE state = '" state "' AND (?1 IS NULL OR kind = ?1))"
static const char count_sql[] = "SELECT " COUNT("waiting") ", " COUNT("active") ", " COUNT(
    "failed") ", (SELECT count(*) FROM jobs WHERE not_before_us > 0 AND not_before_us > ?2 AND state = 'waiting'"
              " AND (?1 IS NULL OR kind = ?1))";

static const char look_sql[] = "SELECT state, priority FROM jobs WHERE kind = ?1 AND subject = ?2";

static const char list_sql[] = "SELECT id, kind, subject, state, error, attempts, progress, created_us, updated_us"
                               " FROM jobs WHERE state = ?2 AND (?1 IS NULL OR kind = ?1) AND (?3 = 0 OR id < ?3)"
                               " ORDER BY id DESC LIMIT ?4";

static const char wait_again_sql[] = "UPDATE jobs SET state = 'waiting', attempts = 0, not_before_us = 0, error = NULL,"
                                     " updated_us = ?3 WHERE state = 'failed' AND (?1 IS NULL OR kind = ?1)"
                                     " AND (?2 = 0 OR id = ?2)";

static const char forget_sql[] = "DELETE FROM jobs WHERE id IN"
                                 " (SELECT id FROM jobs WHERE kind = ?1 AND state = ?2 LIMIT ?3)";

/* Is there a row? */
static bool exists(struct db_rows *rows, bool *ret_found, GError **error)
{
    DB_ROWS struct db_rows *own = rows;
    GError *problem = NULL;
    if (!own)
        return false;
    bool found = db_next(own, &problem);
    if (problem) {
        g_propagate_error(error, problem);
        return false;
    }
    *ret_found = found;
    return true;
}

/* ---- adding ---- */

static bool add(struct db_conn *conn, const char *kind, int64_t subject, int64_t priority, int64_t sort, GError **error)
{
    return db_exec(conn, error, add_sql, "tiiii", kind, subject, priority, sort, clock_now_us());
}

bool jobs_add(struct db_conn *conn, const char *kind, int64_t subject, enum jobs_priority priority, GError **error)
{
    return add(conn, kind, subject, (int64_t)priority, 0, error);
}

bool jobs_add_file(struct db_conn *conn, const char *kind, int64_t subject, enum jobs_priority priority,
                   int64_t taken_us, int64_t size_bytes, GError **error)
{
    return add(conn, kind, subject, (int64_t)priority - (size_bytes > large_bytes ? 1 : 0), taken_us, error);
}

bool jobs_look(struct db_conn *conn, const char *kind, int64_t subject, enum jobs_state *ret_state,
               int64_t *ret_priority, GError **error)
{
    static const char *const states[] = {
        [JOBS_WAITING] = "waiting", [JOBS_ACTIVE] = "active", [JOBS_FAILED] = "failed"};
    DB_ROWS struct db_rows *rows = db_query(conn, error, look_sql, "ti", kind, subject);
    GError *problem = NULL;
    if (!rows)
        return false;
    bool found = db_next(rows, &problem);
    if (problem) {
        g_propagate_error(error, problem);
        return false;
    }
    enum jobs_state state = JOBS_NONE;
    for (size_t i = JOBS_WAITING; found && i < G_N_ELEMENTS(states); i++)
        if (g_str_equal(states[i], db_text(rows, 0)))
            state = (enum jobs_state)i;
    *ret_state = state;
    *ret_priority = found ? db_int(rows, 1) : 0;
    return true;
}

/* ---- the runner's ---- */

bool queue_peek(struct db_conn *conn, const char *kind, int64_t now_us, bool *ret_due, int64_t *ret_priority,
                GError **error)
{
    DB_ROWS struct db_rows *rows = db_query(conn, error, peek_sql, "ti", kind, now_us);
    GError *problem = NULL;
    if (!rows)
        return false;
    bool found = db_next(rows, &problem);
    if (problem) {
        g_propagate_error(error, problem);
        return false;
    }
    *ret_due = found;
    *ret_priority = found ? db_int(rows, 0) : 0;
    return true;
}

bool jobs_find(struct db_conn *conn, const char *kind, int64_t subject, struct jobs_standing *ret_standing,
               GError **error)
{
    DB_ROWS struct db_rows *rows = db_query(
        conn, error, "SELECT state, progress, error FROM jobs WHERE kind = ?1 AND subject = ?2", "ti", kind, subject);
    GError *problem = NULL;
    if (!rows)
        return false;
    struct jobs_standing standing = {.state = JOBS_NONE};
    if (db_next(rows, &problem)) {
        const char *state = db_text(rows, 0);
        standing.state = strcmp(state, "active") == 0   ? JOBS_ACTIVE
                         : strcmp(state, "failed") == 0 ? JOBS_FAILED
                                                        : JOBS_WAITING;
        standing.progress_permille = db_int(rows, 1);
        standing.error = standing.state == JOBS_FAILED ? g_strdup(db_text(rows, 2)) : NULL;
    }
    if (problem) {
        g_propagate_error(error, problem);
        return false;
    }
    *ret_standing = standing;
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
            claim = (struct claim){db_int(rows, 0), db_int(rows, 1), db_int(rows, 2) + 1, db_int(rows, 3)};
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

bool queue_progress(struct db_conn *conn, int64_t id, int64_t done_permille, GError **error)
{
    int64_t now_us = clock_now_us();
    return db_exec(conn, error, progress_sql, "iiii", id, CLAMP(done_permille, 0, 1000), now_us + lease_length_us,
                   now_us);
}

bool queue_recover(struct db_conn *conn, const char *kind, int64_t too_often, GError **error)
{
    int64_t now_us = clock_now_us();
    return db_exec(conn, error, poison_sql, "tii", kind, too_often, now_us) &&
           db_exec(conn, error, recover_sql, "ti", kind, now_us);
}

bool queue_next_due(struct db_conn *conn, int64_t now_us, int64_t *ret_due_us, GError **error)
{
    DB_ROWS struct db_rows *rows = db_query(conn, error, due_sql, "i", now_us);
    if (!rows || !db_next_required(rows, error, "The queue could not be read."))
        return false;
    *ret_due_us = db_is_null(rows, 0) ? INT64_MAX : db_int(rows, 0);
    return true;
}

/* ---- looking and steering ---- */

bool jobs_count(struct db_conn *conn, const char *kind, struct jobs_counts *ret_counts, GError **error)
{
    DB_ROWS struct db_rows *rows = db_query(conn, error, count_sql, "ti", kind, clock_now_us());
    if (!rows || !db_next_required(rows, error, "The queue could not be read."))
        return false;
    *ret_counts = (struct jobs_counts){db_int(rows, 0), db_int(rows, 1), db_int(rows, 2), db_int(rows, 3)};
    return true;
}

bool jobs_list(struct db_conn *conn, const char *kind, const char *state, int64_t before_id, unsigned limit,
               jobs_each *each, void *data, GError **error)
{
    DB_ROWS struct db_rows *rows = db_query(conn, error, list_sql, "ttii", kind, state, before_id, (int64_t)limit);
    GError *problem = NULL;
    if (!rows)
        return false;
    while (db_next(rows, &problem)) {
        const struct jobs_row row = {
            .id = db_int(rows, 0),
            .kind = db_text(rows, 1),
            .subject = db_int(rows, 2),
            .state = db_text(rows, 3),
            .error = db_text(rows, 4),
            .attempts = db_int(rows, 5),
            .progress_permille = db_int(rows, 6),
            .created_us = db_int(rows, 7),
            .updated_us = db_int(rows, 8),
        };
        if (!each(&row, data))
            break;
    }
    if (problem)
        g_propagate_error(error, problem);
    return !problem;
}

bool jobs_pause(struct db_conn *conn, const char *name, GError **error)
{
    return db_exec(conn, error, "INSERT INTO job_pauses (name, since_us) VALUES (?1, ?2) ON CONFLICT DO NOTHING", "ti",
                   name, clock_now_us());
}

bool jobs_resume(struct db_conn *conn, const char *name, GError **error)
{
    return db_exec(conn, error, "DELETE FROM job_pauses WHERE name = ?1", "t", name);
}

bool jobs_is_paused(struct db_conn *conn, const char *name, bool *ret_paused, GError **error)
{
    return exists(db_query(conn, error, "SELECT 1 FROM job_pauses WHERE name = ?1", "t", name), ret_paused, error);
}

bool jobs_retry(struct db_conn *conn, const char *kind, int64_t id, int64_t *ret_n, GError **error)
{
    if (!db_exec(conn, error, wait_again_sql, "tii", kind, id, clock_now_us()))
        return false;
    *ret_n = db_changed(conn);
    return true;
}

bool jobs_forget(struct db_conn *conn, const char *kind, bool failed, unsigned limit, int64_t *ret_n, GError **error)
{
    if (!db_exec(conn, error, forget_sql, "tti", kind, failed ? "failed" : "waiting", (int64_t)limit))
        return false;
    *ret_n = db_changed(conn);
    return true;
}
