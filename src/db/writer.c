/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * The one writer. Callers of db_write() queue a piece and sleep; the writer thread takes all pieces that wait (up to a
 * bound), runs each under a savepoint inside one transaction, commits once, and wakes them. */
#include <errno.h>

#include "base/clock.h"
#include "base/error.h"
#include "base/fault.h"
#include "base/id.h"
#include "db/internal.h"

enum { BATCH_PIECES_MAX = 128, BATCH_TIME_MAX_US = 50000 };

/* Lives on the stack of the caller, who sleeps until is_done. */
struct piece {
    db_work *work;
    void *data;
    GError *error;   /* why it failed; of the writer until is_done */
    bool is_relaxed; /* its commit need not be on the disk */
    bool is_done;    /* guarded by db->write_lock */
    GCond done;
};

/* ---- one piece ---- */

/* Runs @piece under a savepoint. On failure its error is set and its changes are undone; where the failure ended the
 * whole transaction (a full disk can), the caller sees that by in_transaction(). */
static bool run_piece(struct db_conn *conn, struct piece *piece)
{
    if (!db_exec(conn, &piece->error, "SAVEPOINT piece", ""))
        return false;
    bool ok = piece->work(conn, piece->data, &piece->error);
    if (ok && conn->driver->owes_keys(conn->raw))
        ok = err_set_detail(&piece->error, ERR_CONFLICT, "deferred foreign keys", "The change contradicts other data.");
    if (!ok && !piece->error)
        err_set(&piece->error, ERR_INTERNAL, "A piece of work failed without a reason.");
    if (!conn->driver->in_transaction(conn->raw)) {
        if (ok)
            err_set(&piece->error, ERR_INTERNAL, "A piece of work ended its transaction.");
        return false;
    }
    if (!ok)
        db_exec(conn, NULL, "ROLLBACK TO piece", "");
    GError *release = NULL;
    if (!db_exec(conn, &release, "RELEASE piece", "")) {
        if (ok)
            piece->error = release;
        else
            g_error_free(release);
        return false;
    }
    return ok;
}

/* ---- one batch ---- */

static void fail_piece(struct piece *piece, const GError *reason)
{
    if (!piece->error)
        piece->error = g_error_copy(reason);
}

static void fail_all(GPtrArray *batch, GError *reason)
{
    for (guint i = 0; i < batch->len; i++)
        fail_piece(batch->pdata[i], reason);
    g_error_free(reason);
}

/* The next piece for a batch; a relaxed one takes no piece that must be durable. */
static struct piece *take_queued(struct db *db, bool relaxed)
{
    g_mutex_lock(&db->write_lock);
    struct piece *piece = g_queue_peek_head(&db->queue);
    if (piece && (piece->is_relaxed || !relaxed))
        g_queue_pop_head(&db->queue);
    else
        piece = NULL;
    g_mutex_unlock(&db->write_lock);
    return piece;
}

/* Is all that waits relaxed? */
static bool is_relaxed(struct db *db)
{
    g_mutex_lock(&db->write_lock);
    bool relaxed = true;
    for (GList *link = db->queue.head; link && relaxed; link = link->next)
        relaxed = ((const struct piece *)link->data)->is_relaxed;
    g_mutex_unlock(&db->write_lock);
    return relaxed;
}

/* Takes pieces off the queue as they come and runs them, until the queue is empty or a bound is reached. @live gets
 * those that are to be committed; @seen all. False when the transaction was lost on the way. */
static bool run_queued(struct db *db, bool relaxed, GPtrArray *seen, GPtrArray *live)
{
    int64_t begun_us = g_get_monotonic_time();
    while (seen->len < BATCH_PIECES_MAX && g_get_monotonic_time() - begun_us < BATCH_TIME_MAX_US) {
        struct piece *piece = take_queued(db, relaxed);
        if (!piece)
            return true;
        g_ptr_array_add(seen, piece);
        if (run_piece(db->writer, piece))
            g_ptr_array_add(live, piece);
        else if (!db->writer->driver->in_transaction(db->writer->raw))
            return false;
    }
    return true;
}

/* Runs the pieces of @live again after their transaction was lost, without the ones that fail now. */
static bool run_again(struct db *db, GPtrArray *live)
{
    g_autoptr(GPtrArray) again = g_ptr_array_new();
    for (guint i = 0; i < live->len; i++)
        g_ptr_array_add(again, live->pdata[i]);
    g_ptr_array_set_size(live, 0);
    for (guint i = 0; i < again->len; i++) {
        if (run_piece(db->writer, again->pdata[i])) {
            g_ptr_array_add(live, again->pdata[i]);
        } else if (!db->writer->driver->in_transaction(db->writer->raw)) {
            for (guint rest = i + 1; rest < again->len; rest++)
                g_ptr_array_add(live, again->pdata[rest]);
            return false;
        }
    }
    return true;
}

static GError *fault_error(const char *name, int number)
{
    GError *error = NULL;
    err_set_errno(&error, number, name, "The database could not be written.");
    return error;
}

static enum commit_outcome commit(struct db_conn *conn, GError **error)
{
    int fault = FAULT("db.before-commit");
    if (fault) {
        g_propagate_error(error, fault_error("db.before-commit", fault));
        conn->driver->rollback(conn->raw);
        return COMMIT_UNDONE;
    }
    if (!change_id_save(conn, error)) {
        conn->driver->rollback(conn->raw);
        return COMMIT_UNDONE;
    }
    enum commit_outcome outcome = conn->driver->commit(conn->raw, error);
    fault = FAULT("db.after-commit");
    if (fault && outcome == COMMIT_DONE) {
        g_propagate_error(error, fault_error("db.after-commit", fault));
        return COMMIT_UNKNOWN;
    }
    return outcome;
}

static GError *outcome_error(enum commit_outcome outcome, GError *cause)
{
    if (outcome != COMMIT_UNKNOWN)
        return cause;
    GError *error = NULL;
    err_set_detail(&error, ERR_UNCERTAIN, err_detail(cause),
                   "It is not known whether the change was stored. Look before you repeat it.");
    g_error_free(cause);
    return error;
}

static bool begin(struct db_conn *conn, bool relaxed, GError **error)
{
    change_id_forget(conn);
    if (conn->is_relaxed != relaxed) {
        if (!conn->driver->set_durable(conn->raw, !relaxed, error))
            return false;
        conn->is_relaxed = relaxed;
    }
    return conn->driver->begin_write(conn->raw, error);
}

/* One transaction over what is queued. Every piece of @seen has its outcome afterwards. */
static void run_batch(struct db *db, GPtrArray *seen)
{
    struct db_conn *conn = db->writer;
    g_autoptr(GPtrArray) live = g_ptr_array_new();
    GError *error = NULL;
    bool relaxed = is_relaxed(db);
    if (!begin(conn, relaxed, &error)) {
        g_mutex_lock(&db->write_lock);
        for (struct piece *piece; seen->len < BATCH_PIECES_MAX && (piece = g_queue_pop_head(&db->queue));)
            g_ptr_array_add(seen, piece);
        g_mutex_unlock(&db->write_lock);
        fail_all(seen, error);
        return;
    }
    bool standing = run_queued(db, relaxed, seen, live);
    /* Each round that loses its transaction has failed a piece at least, so this ends. */
    while (!standing && live->len > 0) {
        if (!begin(conn, relaxed, &error)) {
            fail_all(live, error);
            return;
        }
        standing = run_again(db, live);
    }
    if (!standing)
        return;
    if (live->len == 0) {
        conn->driver->rollback(conn->raw);
        return;
    }
    enum commit_outcome outcome = commit(conn, &error);
    if (outcome != COMMIT_DONE) {
        fail_all(live, outcome_error(outcome, error));
        return;
    }
    g_mutex_lock(&db->write_lock);
    db->commits++;
    g_mutex_unlock(&db->write_lock);
}

/* ---- the thread ---- */

static void wake(struct db *db, GPtrArray *seen)
{
    g_mutex_lock(&db->write_lock);
    for (guint i = 0; i < seen->len; i++) {
        struct piece *piece = seen->pdata[i];
        piece->is_done = true;
        g_cond_signal(&piece->done); /* under the lock: the piece is gone as soon as its caller sees is_done */
    }
    g_mutex_unlock(&db->write_lock);
}

static gpointer writer_main(gpointer data)
{
    struct db *db = data;
    g_autoptr(GPtrArray) seen = g_ptr_array_new();
    for (;;) {
        g_mutex_lock(&db->write_lock);
        while (g_queue_is_empty(&db->queue) && !db->stopping)
            g_cond_wait(&db->write_wanted, &db->write_lock);
        bool end = g_queue_is_empty(&db->queue);
        g_mutex_unlock(&db->write_lock);
        if (end)
            return NULL;
        g_ptr_array_set_size(seen, 0);
        run_batch(db, seen);
        wake(db, seen);
    }
}

bool writer_start(struct db *db, GError **error)
{
    db->writer = conn_open(db, true, error);
    if (!db->writer)
        return false;
    g_queue_init(&db->queue);
    db->writer_thread = g_thread_new("db-writer", writer_main, db);
    return true;
}

void writer_stop(struct db *db)
{
    if (!db->writer)
        return;
    g_mutex_lock(&db->write_lock);
    db->stopping = true;
    g_cond_signal(&db->write_wanted);
    g_mutex_unlock(&db->write_lock);
    g_thread_join(db->writer_thread);
    conn_close(db->writer);
}

static bool write_piece(struct db *db, db_work *work, void *data, bool relaxed, GError **error)
{
    if (db->is_read_only)
        return err_set(error, ERR_FORBIDDEN, "Nothing can be changed: the database is open for reading only.");
    struct piece piece = {.work = work, .data = data, .is_relaxed = relaxed};
    g_cond_init(&piece.done);
    g_mutex_lock(&db->write_lock);
    bool open = !db->stopping;
    if (open) {
        g_queue_push_tail(&db->queue, &piece);
        g_cond_signal(&db->write_wanted);
        while (!piece.is_done)
            g_cond_wait(&piece.done, &db->write_lock);
    }
    g_mutex_unlock(&db->write_lock);
    g_cond_clear(&piece.done);
    if (!open)
        return err_set(error, ERR_CANCELLED, "The server is stopping.");
    if (!piece.error)
        return true;
    g_propagate_error(error, piece.error);
    return false;
}

bool db_write(struct db *db, db_work *work, void *data, GError **error)
{
    return write_piece(db, work, data, false, error);
}

bool db_write_relaxed(struct db *db, db_work *work, void *data, GError **error)
{
    return write_piece(db, work, data, true, error);
}

guint64 db_commits(struct db *db)
{
    g_mutex_lock(&db->write_lock);
    guint64 commits = db->commits;
    g_mutex_unlock(&db->write_lock);
    return commits;
}

/* ---- change ids ---- */

void change_id_forget(struct db_conn *conn)
{
    conn->change_id_loaded = false;
}

/* Read anew in every transaction: commands that run beside the server give ids too. */
bool db_last_change_id(struct db_conn *conn, int64_t *ret_change_id, GError **error)
{
    DB_ROWS struct db_rows *rows = db_query(conn, error, "SELECT change_id FROM db_state WHERE id = 1", "");
    if (!rows || !db_next_required(rows, error, "The database has not been prepared."))
        return false;
    *ret_change_id = db_int(rows, 0);
    return true;
}

static bool change_id_load(struct db_conn *conn, GError **error)
{
    if (!db_last_change_id(conn, &conn->change_id_saved, error))
        return false;
    conn->change_id = conn->change_id_saved;
    conn->change_id_loaded = true;
    return true;
}

bool db_change_id(struct db_conn *conn, int64_t *ret_change_id, GError **error)
{
    if (!conn->is_writer)
        return err_set(error, ERR_INTERNAL, "A change id was asked for outside of a write.");
    if (!conn->change_id_loaded && !change_id_load(conn, error))
        return false;
    conn->change_id = change_id_next(conn->change_id, clock_now_us());
    *ret_change_id = conn->change_id;
    return true;
}

bool change_id_save(struct db_conn *conn, GError **error)
{
    if (!conn->change_id_loaded || conn->change_id == conn->change_id_saved)
        return true;
    return db_exec(conn, error, "UPDATE db_state SET change_id = ?1 WHERE id = 1", "i", conn->change_id);
}
