/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "base/clock.h"
#include "base/error.h"
#include "catalog/sync.h"
#include "db/db.h"

bool sync_checkpoints(struct db_conn *conn, int64_t session_id, sync_each_checkpoint *each, void *data, GError **error)
{
    DB_ROWS struct db_rows *rows = db_query(
        conn, error,
        "SELECT entity, change_id, extra, acked_us FROM sync_checkpoints WHERE session_id = ?1 ORDER BY entity", "i",
        session_id);
    GError *problem = NULL;
    if (!rows)
        return false;
    while (db_next(rows, &problem)) {
        struct sync_checkpoint checkpoint = {db_text(rows, 0), db_int(rows, 1), db_int(rows, 2), db_int(rows, 3)};
        if (!each(&checkpoint, data))
            break;
    }
    if (problem)
        g_propagate_error(error, problem);
    return !problem;
}

/* The order of acknowledgements is the phone's word: after it lost its database it acknowledges smaller ids again. */
bool sync_ack(struct db_conn *conn, int64_t session_id, const struct sync_checkpoint *checkpoint, GError **error)
{
    return db_exec(conn, error,
                   "INSERT INTO sync_checkpoints (session_id, entity, change_id, extra, acked_us)"
                   " VALUES (?1, ?2, ?3, ?4, ?5) ON CONFLICT (session_id, entity) DO UPDATE SET"
                   " change_id = excluded.change_id, extra = excluded.extra, acked_us = excluded.acked_us",
                   "itiii", session_id, checkpoint->entity, checkpoint->change_id, checkpoint->extra, clock_now_us());
}

bool sync_forget(struct db_conn *conn, int64_t session_id, const char *entity, GError **error)
{
    if (entity)
        return db_exec(conn, error, "DELETE FROM sync_checkpoints WHERE session_id = ?1 AND entity = ?2", "it",
                       session_id, entity) &&
               db_exec(conn, error,
                       "UPDATE sync_checkpoints SET extra = 0 WHERE session_id = ?1 AND entity = '" SYNC_COMPLETE "'",
                       "i", session_id);
    return db_exec(conn, error, "DELETE FROM sync_checkpoints WHERE session_id = ?1", "i", session_id) &&
           db_exec(conn, error, "UPDATE sessions SET is_pending_sync_reset = 0 WHERE id = ?1", "i", session_id);
}

bool sync_want_reset(struct db_conn *conn, int64_t user_id, const struct uuid *session, bool wanted, GError **error)
{
    return db_exec(conn, error, "UPDATE sessions SET is_pending_sync_reset = ?3 WHERE user_id = ?1 AND uuid = ?2",
                   "ibi", user_id, session->bytes, sizeof session->bytes, (int64_t)wanted) &&
           (db_changed(conn) > 0 || err_set(error, ERR_NOT_FOUND, "There is no such session."));
}
