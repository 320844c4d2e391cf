/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * The SQLite driver: WAL with synchronous=FULL (a commit is on the disk when it returns), foreign keys, and small
 * caches: the operating system's page cache already holds the file, and idle memory is a promise of this program. */
#include <errno.h>
#include <fcntl.h>
#include <sqlite3.h>
#include <string.h>
#include <unistd.h>

#include "base/error.h"
#include "base/io.h"
#include "db/driver.h"

enum { BUSY_TIMEOUT_MS = 15000, WRITER_CACHE_KIB = 4096, READER_CACHE_KIB = 1024 };

/* driver_conn is a sqlite3 and driver_stmt a sqlite3_stmt under the names that driver.h knows. */
static sqlite3 *handle(struct driver_conn *conn)
{
    return (sqlite3 *)conn;
}

static sqlite3_stmt *of(struct driver_stmt *stmt)
{
    return (sqlite3_stmt *)stmt;
}

/* ---- errors ---- */

static enum err_kind kind_of_constraint(int extended)
{
    switch (extended) {
    case SQLITE_CONSTRAINT_UNIQUE:
    case SQLITE_CONSTRAINT_PRIMARYKEY:
    case SQLITE_CONSTRAINT_ROWID:
        return ERR_EXISTS;
    case SQLITE_CONSTRAINT_DATATYPE:
    case SQLITE_CONSTRAINT_NOTNULL:
        return ERR_INTERNAL;
    default:
        return ERR_CONFLICT;
    }
}

static enum err_kind kind_of(int extended, int system_errno)
{
    switch (extended & 0xff) {
    case SQLITE_CONSTRAINT:
        return kind_of_constraint(extended);
    case SQLITE_BUSY:
    case SQLITE_LOCKED:
    case SQLITE_NOMEM:
        return ERR_BUSY;
    case SQLITE_FULL:
        return ERR_FULL;
    case SQLITE_IOERR:
        return system_errno == ENOSPC || system_errno == EDQUOT ? ERR_FULL : ERR_IO;
    case SQLITE_CANTOPEN:
    case SQLITE_READONLY:
    case SQLITE_PERM:
        return ERR_IO;
    case SQLITE_CORRUPT:
    case SQLITE_NOTADB:
        return ERR_CORRUPT;
    case SQLITE_INTERRUPT:
        return ERR_CANCELLED;
    case SQLITE_TOOBIG:
        return ERR_LIMIT;
    default:
        return ERR_INTERNAL;
    }
}

static const char *sentence_of(enum err_kind kind)
{
    switch (kind) {
    case ERR_EXISTS:
        return "It is there already.";
    case ERR_CONFLICT:
        return "The change contradicts other data.";
    case ERR_BUSY:
        return "The database is busy. Try again later.";
    case ERR_FULL:
        return "The disk of the database is full.";
    case ERR_IO:
        return "The database could not be read or written.";
    case ERR_CORRUPT:
        return "The database is damaged.";
    case ERR_CANCELLED:
        return "The work was cancelled.";
    case ERR_LIMIT:
        return "A value is too large for the database.";
    default:
        return "The database refused a statement.";
    }
}

/* Sets @error from the last failure of @db (may be NULL when even opening failed). */
static bool fail(sqlite3 *db, int code, const char *sql, GError **error)
{
    int extended = db ? sqlite3_extended_errcode(db) : code;
    if ((extended & 0xff) != (code & 0xff))
        extended = code;
    enum err_kind kind = kind_of(extended, db ? sqlite3_system_errno(db) : 0);
    g_autofree char *detail = g_strdup_printf("SQLite %d: %s%s%s", extended, db ? sqlite3_errmsg(db) : "",
                                              sql ? "; in: " : "", sql ? sql : "");
    return err_set_detail(error, kind, detail, "%s", sentence_of(kind));
}

/* ---- connections ---- */

static bool run(struct driver_conn *conn, const char *script, GError **error)
{
    int code = sqlite3_exec(handle(conn), script, NULL, NULL, NULL);
    return code == SQLITE_OK || fail(handle(conn), code, script, error);
}

static void disconnect(struct driver_conn *conn)
{
    sqlite3_close(handle(conn));
}

/* Makes the file with mode 0600 (the -wal and -shm files take their mode from it), and its folder entry durable:
 * SQLite syncs the entry of the WAL, but not that of the database itself. */
static bool make_file(const char *place, GError **error)
{
    AUTO_FD int fd = open(place, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
    if (fd < 0 && errno == EEXIST)
        return true;
    if (fd < 0)
        return err_set_errno(error, errno, place, "The database could not be made.");
    g_autofree char *folder = g_path_get_dirname(place);
    AUTO_FD int dir = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (dir < 0)
        return err_set_errno(error, errno, folder, "The folder of the database could not be opened.");
    return io_sync_dir(dir, error);
}

static struct driver_conn *open_with(const char *place, int how, const char *pragmas, GError **error)
{
    sqlite3 *db = NULL;
    int code = sqlite3_open_v2(place, &db, how | SQLITE_OPEN_NOMUTEX | SQLITE_OPEN_PRIVATECACHE, NULL);
    if (code != SQLITE_OK) {
        fail(db, code, place, error);
        sqlite3_close(db);
        return NULL;
    }
    sqlite3_extended_result_codes(db, 1);
    sqlite3_busy_timeout(db, BUSY_TIMEOUT_MS);
    /* Text that came from outside must never reach functions of the schema; double quotes never mean a string. */
    sqlite3_db_config(db, SQLITE_DBCONFIG_TRUSTED_SCHEMA, 0, NULL);
    sqlite3_db_config(db, SQLITE_DBCONFIG_DEFENSIVE, 1, NULL);
    sqlite3_db_config(db, SQLITE_DBCONFIG_DQS_DML, 0, NULL);
    sqlite3_db_config(db, SQLITE_DBCONFIG_DQS_DDL, 0, NULL);
    struct driver_conn *conn = (struct driver_conn *)db;
    if (!run(conn, pragmas, error)) {
        disconnect(conn);
        return NULL;
    }
    return conn;
}

/* temp_store stays at FILE: what a piece may have to undo is kept in memory up to 64 KB only, and a file beyond it.
 * (Measured: with MEMORY a piece of 5,000 assets took 55 MB, and releasing each statement walked all of that.) */
static struct driver_conn *connect_to(const char *place, enum access access, GError **error)
{
    bool writer = access == ACCESS_WRITE;
    if (writer && !make_file(place, error))
        return NULL;
    g_autofree char *pragmas = g_strdup_printf("PRAGMA foreign_keys=ON;"
                                               "PRAGMA synchronous=FULL;"
                                               "PRAGMA cache_size=-%d;"
                                               "%s",
                                               writer ? WRITER_CACHE_KIB : READER_CACHE_KIB,
                                               writer ? "PRAGMA journal_mode=WAL;"
                                                        "PRAGMA journal_size_limit=67108864;"
                                                      : "PRAGMA query_only=ON;");
    int how = access == ACCESS_READ_ONLY ? SQLITE_OPEN_READONLY | SQLITE_OPEN_URI : SQLITE_OPEN_READWRITE;
    return open_with(place, how, pragmas, error);
}

/* ---- statements ---- */

static struct driver_stmt *prepare(struct driver_conn *conn, const char *sql, bool keep, GError **error)
{
    sqlite3_stmt *stmt = NULL;
    int code = sqlite3_prepare_v3(handle(conn), sql, -1, keep ? SQLITE_PREPARE_PERSISTENT : 0, &stmt, NULL);
    if (code != SQLITE_OK) {
        fail(handle(conn), code, sql, error);
        return NULL;
    }
    if (!stmt)
        err_set_detail(error, ERR_INTERNAL, sql, "A database statement is empty.");
    return (struct driver_stmt *)stmt;
}

static bool bind(struct driver_stmt *stmt, int index, const struct value *value, GError **error)
{
    int code = SQLITE_MISUSE;
    switch (value->type) {
    case VALUE_NULL:
        code = sqlite3_bind_null(of(stmt), index);
        break;
    case VALUE_INT:
        code = sqlite3_bind_int64(of(stmt), index, value->i);
        break;
    case VALUE_DOUBLE:
        code = sqlite3_bind_double(of(stmt), index, value->d);
        break;
    case VALUE_TEXT:
        code = sqlite3_bind_text(of(stmt), index, value->bytes, -1, SQLITE_STATIC);
        break;
    case VALUE_BLOB:
        code = sqlite3_bind_blob64(of(stmt), index, value->bytes, value->size, SQLITE_STATIC);
        break;
    }
    return code == SQLITE_OK || fail(sqlite3_db_handle(of(stmt)), code, sqlite3_sql(of(stmt)), error);
}

static enum step step(struct driver_stmt *stmt, GError **error)
{
    int code = sqlite3_step(of(stmt));
    if (code == SQLITE_ROW)
        return STEP_ROW;
    if (code == SQLITE_DONE)
        return STEP_DONE;
    fail(sqlite3_db_handle(of(stmt)), code, sqlite3_sql(of(stmt)), error);
    return STEP_FAILED;
}

static void reset(struct driver_stmt *stmt)
{
    sqlite3_reset(of(stmt));
    sqlite3_clear_bindings(of(stmt));
}

static void finish(struct driver_stmt *stmt)
{
    sqlite3_finalize(of(stmt));
}

static bool is_null(struct driver_stmt *stmt, int column)
{
    return sqlite3_column_type(of(stmt), column) == SQLITE_NULL;
}

static int64_t get_int(struct driver_stmt *stmt, int column)
{
    return sqlite3_column_int64(of(stmt), column);
}

static double get_double(struct driver_stmt *stmt, int column)
{
    return sqlite3_column_double(of(stmt), column);
}

static const char *get_text(struct driver_stmt *stmt, int column)
{
    return (const char *)sqlite3_column_text(of(stmt), column);
}

static const void *get_blob(struct driver_stmt *stmt, int column, size_t *ret_size)
{
    const void *bytes = sqlite3_column_blob(of(stmt), column);
    *ret_size = (size_t)sqlite3_column_bytes(of(stmt), column);
    /* SQLite answers NULL for an empty blob too; here NULL means SQL NULL alone. */
    return bytes || is_null(stmt, column) ? bytes : "";
}

static int64_t changed(struct driver_conn *conn)
{
    return sqlite3_changes64(handle(conn));
}

/* ---- transactions ---- */

static bool in_transaction(struct driver_conn *conn)
{
    return !sqlite3_get_autocommit(handle(conn));
}

static void rollback(struct driver_conn *conn)
{
    if (in_transaction(conn))
        sqlite3_exec(handle(conn), "ROLLBACK", NULL, NULL, NULL);
}

static bool begin_read(struct driver_conn *conn, GError **error)
{
    /* BEGIN alone takes no snapshot yet; the first read does. */
    if (run(conn, "BEGIN; SELECT 1 FROM sqlite_schema LIMIT 1", error))
        return true;
    rollback(conn);
    return false;
}

static void end_read(struct driver_conn *conn)
{
    if (in_transaction(conn))
        sqlite3_exec(handle(conn), "COMMIT", NULL, NULL, NULL);
}

static bool begin_write(struct driver_conn *conn, GError **error)
{
    return run(conn, "BEGIN IMMEDIATE", error);
}

/* A commit in WAL mode is: frames written, the last one marked as commit, then fsync. A write that fails leaves no
 * whole commit frame: undone for sure. After a failed *fsync* the frames stand in the file, and recovery after a crash
 * could find them; they are gone only when another commit has overwritten them. So one is made here: where it succeeds,
 * the first is known to be undone. */
static enum commit_outcome commit(struct driver_conn *conn, GError **error)
{
    int code = sqlite3_exec(handle(conn), "COMMIT", NULL, NULL, NULL);
    if (code == SQLITE_OK)
        return COMMIT_DONE;
    fail(handle(conn), code, "COMMIT", error);
    rollback(conn);
    if (code != SQLITE_IOERR_FSYNC && code != SQLITE_IOERR_DIR_FSYNC)
        return COMMIT_UNDONE;
    static const char overwrite[] = "BEGIN IMMEDIATE; PRAGMA user_version=1; PRAGMA user_version=0; COMMIT";
    code = sqlite3_exec(handle(conn), overwrite, NULL, NULL, NULL);
    rollback(conn);
    return code == SQLITE_OK ? COMMIT_UNDONE : COMMIT_UNKNOWN;
}

/* In WAL mode NORMAL leaves out the fsync of a commit and nothing else: frames are appended in order, each with a
 * checksum over all before it, and the fsync of a later commit is one of the whole file. */
static bool set_durable(struct driver_conn *conn, bool durable, GError **error)
{
    return run(conn, durable ? "PRAGMA synchronous=FULL" : "PRAGMA synchronous=NORMAL", error);
}

static bool owes_keys(struct driver_conn *conn)
{
    int owed = 0, highest = 0;
    sqlite3_db_status(handle(conn), SQLITE_DBSTATUS_DEFERRED_FKS, &owed, &highest, 0);
    return owed != 0;
}

/* ---- looking at the whole ---- */

/* The first column of the first row as text, or NULL where there is no row; g_free(). False with @error on failure. */
static bool first_text(struct driver_conn *conn, const char *sql, char **ret_text, GError **error)
{
    struct driver_stmt *stmt = prepare(conn, sql, false, error);
    if (!stmt)
        return false;
    enum step got = step(stmt, error);
    if (got != STEP_FAILED)
        *ret_text = got == STEP_ROW ? g_strdup(get_text(stmt, 0)) : NULL;
    finish(stmt);
    return got != STEP_FAILED;
}

static bool is_empty(struct driver_conn *conn, bool *ret_empty, GError **error)
{
    g_autofree char *table = NULL;
    if (!first_text(conn, "SELECT name FROM sqlite_schema WHERE type = 'table' LIMIT 1", &table, error))
        return false;
    *ret_empty = !table;
    return true;
}

static bool check_keys(struct driver_conn *conn, GError **error)
{
    g_autofree char *table = NULL;
    if (!first_text(conn, "PRAGMA foreign_key_check", &table, error))
        return false;
    return !table || err_set_detail(error, ERR_CORRUPT, table, "The database refers to data that is not there.");
}

static bool check_whole(struct driver_conn *conn, GError **error)
{
    g_autofree char *verdict = NULL;
    if (!first_text(conn, "PRAGMA integrity_check(1)", &verdict, error))
        return false;
    if (g_strcmp0(verdict, "ok") != 0)
        return err_set_detail(error, ERR_CORRUPT, verdict, "The database is damaged.");
    return check_keys(conn, error);
}

/* One step over all pages: a single read snapshot, which in WAL mode neither waits for writers nor stops them. */
static bool copy_pages(struct driver_conn *from, struct driver_conn *to, GError **error)
{
    sqlite3_backup *backup = sqlite3_backup_init(handle(to), "main", handle(from), "main");
    if (!backup)
        return fail(handle(to), sqlite3_errcode(handle(to)), "backup", error);
    int code = sqlite3_backup_step(backup, -1);
    int end = sqlite3_backup_finish(backup);
    if (code == SQLITE_DONE && end == SQLITE_OK)
        return true;
    return fail(handle(to), end != SQLITE_OK ? end : code, "backup", error);
}

/* The copy becomes one plain file without WAL, is checked and synced. */
static bool copy_into(struct driver_conn *from, const char *path, int fd, GError **error)
{
    struct driver_conn *to =
        open_with(path, SQLITE_OPEN_READWRITE, "PRAGMA foreign_keys=ON; PRAGMA synchronous=FULL", error);
    if (!to)
        return false;
    bool ok = copy_pages(from, to, error) && run(to, "PRAGMA journal_mode=DELETE", error) && check_whole(to, error);
    disconnect(to);
    if (ok && fsync(fd) != 0)
        ok = err_set_errno(error, errno, path, "Making the copy of the database durable failed.");
    return ok;
}

static bool copy(const char *place, enum access access, const char *path, GError **error)
{
    AUTO_FD int fd = open(path, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
    if (fd < 0)
        return err_set_errno(error, errno, path, "The copy of the database could not be made.");
    struct driver_conn *from = connect_to(place, access, error);
    bool ok = from && copy_into(from, path, fd, error);
    if (from)
        disconnect(from);
    if (!ok)
        unlink(path);
    return ok;
}

const struct driver sqlite_driver = {
    .scheme = "sqlite",
    .connect = connect_to,
    .disconnect = disconnect,
    .run = run,
    .prepare = prepare,
    .bind = bind,
    .step = step,
    .reset = reset,
    .finish = finish,
    .is_null = is_null,
    .get_int = get_int,
    .get_double = get_double,
    .get_text = get_text,
    .get_blob = get_blob,
    .changed = changed,
    .begin_read = begin_read,
    .end_read = end_read,
    .begin_write = begin_write,
    .set_durable = set_durable,
    .commit = commit,
    .rollback = rollback,
    .in_transaction = in_transaction,
    .owes_keys = owes_keys,
    .is_empty = is_empty,
    .check_keys = check_keys,
    .copy = copy,
    .settle = sqlite_readonly_settle,
    .forget = sqlite_readonly_forget,
};
