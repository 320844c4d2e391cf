/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * One small database interface: connections, statements, transactions, migrations. It knows no table: the SQL lives in
 * the room that owns the table. The driver behind it is chosen by the target's scheme ("sqlite:"; PostgreSQL joins
 * later behind the same functions), see driver.h.
 *
 * Reading: any number of threads, each with its own snapshot (db_read_begin() … db_read_end()).
 * Writing: db_write() hands a piece of work to the one writer, which runs all pieces that wait, each under a savepoint
 * of its own, and commits them together (group commit): uploads that finish at the same time share one fsync. A piece
 * that fails is undone alone. When db_write() returns true, the piece is durable.
 *
 * Placeholders are ?1, ?2, …; values are passed by a string of types, one letter each:
 *   i int64_t · d double · t const char * (NULL: SQL NULL) · b const void *, size_t (NULL: SQL NULL) · n (no argument)
 * NULL I const int64_t * (NULL: SQL NULL) · D const double * (NULL: SQL NULL) Text and blobs must live until the call
 * returns (db_exec) or the rows are freed (db_query).
 *
 * Statements are prepared once a connection and cached by the *address* of their text: pass string literals or other
 * text that lives as long as the program, never text built on the fly (db_query_once() is for that).
 *
 * Errors: ERR_BUSY, ERR_IO, ERR_FULL, ERR_CORRUPT, ERR_EXISTS (a UNIQUE constraint), ERR_CONFLICT (a foreign key or
 * CHECK), ERR_UNCERTAIN (the commit's outcome is unknown), ERR_INTERNAL (SQL that does not compile). SQL text only in
 * the detail. */
#pragma once

#include <glib.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct db;
struct db_conn;
struct db_rows;

/** Opens (and makes, if missing, with mode 0600) the database at @target, such as "sqlite:/srv/photos/ambrotype.db".
 *  NULL with @error on failure.
 *
 *  "sqlite-ro:PATH" opens one for reading only, also where its folder cannot be written (a snapshot, a read-only mount,
 *  a failing disk): as it stands where SQLite can do that; else, as then no process can have it open, with immutable=1,
 *  which disregards a WAL. Where a WAL with content lies there, that would hide committed changes: then database and
 * WAL are copied to a private folder below TMPDIR, which db_close() removes, and the copy is read. Nothing is made or
 *  changed, db_write() answers ERR_FORBIDDEN. */
struct db *db_open(const char *target, GError **error);

/** Was @db opened for reading only? */
bool db_is_read_only(const struct db *db);

/** Waits for running work, closes all connections. NULL is fine. */
void db_close(struct db *db);

/* ---- reading ---- */

/** Takes a connection with a read snapshot of its own; blocks while all are in use. Every other call of this header
 *  may then be made with it on this thread. NULL with @error on failure. */
struct db_conn *db_read_begin(struct db *db, GError **error);

/** As db_read_begin() for an answer that goes out at its client's pace: a connection beside the pool, which such a one
 *  must not empty. It does not wait: ERR_BUSY where too many are open. It may be used on one thread after another. */
struct db_conn *db_stream_begin(struct db *db, GError **error);

/** Ends the snapshot and gives the connection back. NULL is fine. */
void db_read_end(struct db_conn *conn);

/** `DB_READ struct db_conn *conn = db_read_begin(db, error);` ends itself. */
#define DB_READ __attribute__((cleanup(db_auto_read_end)))
void db_auto_read_end(struct db_conn **conn);

/* ---- writing ---- */

/** A piece of work inside a write transaction. It may run a second time when the first commit had to be undone, so it
 *  must have no effect but through @conn and its own outputs. False with @error undoes it. It must not call db_write().
 */
typedef bool db_work(struct db_conn *conn, void *data, GError **error);

/** Runs @work in a transaction and returns when it is durable (true), or undone (false with @error). Blocks; call it
 *  from a thread that may wait. ERR_FORBIDDEN where the database was opened for reading only. */
bool db_write(struct db *db, db_work *work, void *data, GError **error);

/** As db_write(), for what can be found out or done again after a power cut, as the outcome of a job: when it returns
 *  true, the piece is committed and everybody sees it, but perhaps not on the disk yet. What is written later never
 *  survives without it. Pieces of db_write() that wait at the same time make it durable; else it spares an fsync, for
 *  which they would have to wait. */
bool db_write_relaxed(struct db *db, db_work *work, void *data, GError **error);

/** How many transactions the writer has committed since db_open(): beside the number of pieces it tells how well they
 *  share. */
guint64 db_commits(struct db *db);

/* ---- statements ---- */

/** Runs a statement that returns no rows (rows are ignored). */
bool db_exec(struct db_conn *conn, GError **error, const char *sql, const char *types, ...);

/** Rows that the last db_exec() of this connection changed. */
int64_t db_changed(struct db_conn *conn);

/** Runs a query; step it with db_next(). NULL with @error on failure. Free with db_rows_free(); at most one cursor of
 *  the same statement is open at a time on a connection. */
struct db_rows *db_query(struct db_conn *conn, GError **error, const char *sql, const char *types, ...);

/** As db_query() for SQL built at run time: not cached. */
struct db_rows *db_query_once(struct db_conn *conn, GError **error, const char *sql, const char *types, ...);

/** A value for db_query_values(). */
enum db_kind { DB_INT, DB_TEXT, DB_BLOB };
struct db_value {
    enum db_kind kind;
    int64_t number;
    const void *bytes; /* of a text (with its NUL) or blob */
    size_t size;       /* of a blob */
};

/** As db_query_once() for a statement whose number of placeholders is not known before: @values in their order. */
struct db_rows *db_query_values(struct db_conn *conn, GError **error, const char *sql, const struct db_value *values,
                                size_t n_values);

/** The next row: true. At the end or on an error: false; tell them apart by @error. */
bool db_next(struct db_rows *rows, GError **error);

/** As db_next() for a query that must find a row: none sets ERR_NOT_FOUND with @missing as its message. */
bool db_next_required(struct db_rows *rows, GError **error, const char *missing);

/** Columns of the current row, counted from 0. Text and blobs are valid until the next db_next(). A NULL gives 0, NULL.
 */
bool db_is_null(struct db_rows *rows, int column);
int64_t db_int(struct db_rows *rows, int column);
double db_double(struct db_rows *rows, int column);
const char *db_text(struct db_rows *rows, int column);
const void *db_blob(struct db_rows *rows, int column, size_t *ret_size);
/** Copies a blob of exactly @size bytes into @ret_bytes; false (output untouched) for NULL or another size. */
bool db_blob_exact(struct db_rows *rows, int column, void *ret_bytes, size_t size);

/** NULL is fine. */
void db_rows_free(struct db_rows *rows);
#define DB_ROWS __attribute__((cleanup(db_auto_rows_free)))
void db_auto_rows_free(struct db_rows **rows);

/* ---- change ids ---- */

/** The next change id inside a write transaction (see base/id.h): rises over all tables, over restarts and when the
 *  clock steps back. Committed in the order it was given. */
bool db_change_id(struct db_conn *conn, int64_t *ret_change_id, GError **error);

/** The last change id that the snapshot of @conn knows; 0 in a fresh database. All rows of the snapshot have this one
 *  or a smaller one, all that come later a larger one. */
bool db_last_change_id(struct db_conn *conn, int64_t *ret_change_id, GError **error);

/* ---- migrations and copies ---- */

struct db_migration {
    int version; /* rising; gaps are fine */
    const char *name;
    const char *sql; /* any number of statements */
};

/** Brings the schema up to the last of @migrations (in order of version), each in a transaction of its own. Before the
 *  first that has to run on a database that is not empty, a verified copy goes to folder @copies_dir. A database newer
 *  than the last migration is refused with ERR_CONFLICT: an older program must not touch it.
 *  Of a database opened for reading only the version is compared: any other is ERR_CONFLICT. */
bool db_migrate(struct db *db, const struct db_migration *migrations, size_t n_migrations, const char *copies_dir,
                GError **error);

/** A consistent copy of the whole database as file @path, made while it is in use, made durable and checked
 *  (integrity and foreign keys) before it takes its name. */
bool db_copy(struct db *db, const char *path, GError **error);
