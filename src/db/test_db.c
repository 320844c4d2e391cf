/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Unit tests of the db room, on real files. A patched VFS fails fsync where a test asks for it. */
#include <errno.h>
#include <glib.h>
#include <glib/gstdio.h>
#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/error.h"
#include "base/id.h"
#include "db/internal.h"

/* ---- a VFS whose fsync fails on demand ---- */

static volatile int syncs_to_fail;
static sqlite3_vfs vfs;
static sqlite3_vfs *real_vfs;
static sqlite3_io_methods patched;
static const sqlite3_io_methods *real_methods;

static int failing_sync(sqlite3_file *file, int flags)
{
    if (syncs_to_fail > 0) {
        syncs_to_fail--;
        return SQLITE_IOERR_FSYNC;
    }
    return real_methods->xSync(file, flags);
}

static int patching_open(sqlite3_vfs *self, const char *name, sqlite3_file *file, int flags, int *ret_flags)
{
    int code = real_vfs->xOpen(real_vfs, name, file, flags, ret_flags);
    if (code == SQLITE_OK && file->pMethods && (flags & SQLITE_OPEN_WAL)) {
        if (!real_methods) {
            real_methods = file->pMethods;
            patched = *real_methods;
            patched.xSync = failing_sync;
        }
        if (file->pMethods == real_methods)
            file->pMethods = &patched;
    }
    return code;
}

static void install_vfs(void)
{
    real_vfs = sqlite3_vfs_find(NULL);
    vfs = *real_vfs;
    vfs.zName = "failing";
    vfs.pNext = NULL;
    vfs.xOpen = patching_open;
    g_assert_cmpint(sqlite3_vfs_register(&vfs, 1), ==, SQLITE_OK);
}

/* ---- one database a test ---- */

struct fixture {
    char *dir;
    char *copies;
    char *target;
    struct db *db;
};

static const struct db_migration first[] = {
    {1, "first",
     "CREATE TABLE t (id INTEGER PRIMARY KEY, n INTEGER, d REAL, s TEXT, b BLOB) STRICT;"
     "CREATE TABLE u (name TEXT NOT NULL UNIQUE CHECK (name <> 'bad')) STRICT;"
     "CREATE TABLE child (t_id INTEGER NOT NULL REFERENCES t (id)) STRICT;"
     "CREATE TABLE late (t_id INTEGER REFERENCES t (id) DEFERRABLE INITIALLY DEFERRED) STRICT;"},
};

static void setup(struct fixture *fixture, gconstpointer data)
{
    GError *error = NULL;
    fixture->dir = g_dir_make_tmp("ambrotype-db-XXXXXX", &error);
    g_assert_no_error(error);
    fixture->copies = g_build_filename(fixture->dir, "copies", NULL);
    fixture->target = g_strdup_printf("sqlite:%s/test.db", fixture->dir);
    fixture->db = db_open(fixture->target, &error);
    g_assert_no_error(error);
    db_migrate(fixture->db, first, 1, fixture->copies, &error);
    g_assert_no_error(error);
}

static void remove_tree(const char *path)
{
    g_autoptr(GDir) dir = g_dir_open(path, 0, NULL);
    for (const char *name; dir && (name = g_dir_read_name(dir));) {
        g_autofree char *child = g_build_filename(path, name, NULL);
        remove_tree(child);
    }
    g_remove(path);
}

static void teardown(struct fixture *fixture, gconstpointer data)
{
    db_close(fixture->db);
    remove_tree(fixture->dir);
    g_free(fixture->dir);
    g_free(fixture->copies);
    g_free(fixture->target);
}

static int64_t count_in(struct db_conn *conn, const char *sql)
{
    g_autoptr(GError) error = NULL;
    DB_ROWS struct db_rows *rows = db_query_once(conn, &error, sql, "");
    g_assert_no_error(error);
    g_assert_true(db_next(rows, &error));
    return db_int(rows, 0);
}

static int64_t count(struct fixture *fixture, const char *sql)
{
    g_autoptr(GError) error = NULL;
    DB_READ struct db_conn *conn = db_read_begin(fixture->db, &error);
    g_assert_no_error(error);
    return count_in(conn, sql);
}

/* A piece that runs one statement. */
static bool run_sql(struct db_conn *conn, void *data, GError **error)
{
    DB_ROWS struct db_rows *rows = db_query_once(conn, error, data, "");
    if (!rows)
        return false;
    GError *failure = NULL;
    while (db_next(rows, &failure))
        ;
    if (failure)
        g_propagate_error(error, failure);
    return !failure;
}

static void write_ok(struct fixture *fixture, const char *sql)
{
    g_autoptr(GError) error = NULL;
    db_write(fixture->db, run_sql, (void *)sql, &error);
    g_assert_no_error(error);
}

static void write_fails(struct fixture *fixture, const char *sql, enum err_kind kind)
{
    g_autoptr(GError) error = NULL;
    g_assert_false(db_write(fixture->db, run_sql, (void *)sql, &error));
    g_assert_cmpint(err_kind(error), ==, kind);
    g_assert_cmpint(error->domain, ==, ERR_DOMAIN);
    g_assert_null(strstr(error->message, "INSERT"));
}

/* ---- values ---- */

static bool bind_every_type(struct db_conn *conn, void *data, GError **error)
{
    int64_t number = INT64_MIN;
    double real = 0.1;
    static const char insert[] = "INSERT INTO t VALUES (?1, ?2, ?3, ?4, ?5)";
    return db_exec(conn, error, insert, "iIDtb", (int64_t)1, &number, &real, "Grüße", "a\0b", (size_t)3) &&
           db_exec(conn, error, insert, "iIDtb", (int64_t)2, NULL, NULL, NULL, NULL, (size_t)0) &&
           db_exec(conn, error, insert, "inntb", (int64_t)3, "", "", (size_t)0) && db_changed(conn) == 1;
}

static void test_binds_every_type(struct fixture *fixture, gconstpointer data)
{
    g_autoptr(GError) error = NULL;
    db_write(fixture->db, bind_every_type, NULL, &error);
    g_assert_no_error(error);
    DB_READ struct db_conn *conn = db_read_begin(fixture->db, &error);
    DB_ROWS struct db_rows *rows =
        db_query(conn, &error, "SELECT n, d, s, b FROM t WHERE id <= ?1 ORDER BY id", "i", (int64_t)3);
    g_assert_no_error(error);
    g_assert_true(db_next(rows, &error));
    g_assert_cmpint(db_int(rows, 0), ==, INT64_MIN);
    g_assert_cmpfloat(db_double(rows, 1), ==, 0.1);
    g_assert_cmpstr(db_text(rows, 2), ==, "Grüße");
    char blob[3], untouched[2] = "x";
    g_assert_true(db_blob_exact(rows, 3, blob, 3));
    g_assert_cmpmem(blob, 3, "a\0b", 3);
    g_assert_false(db_blob_exact(rows, 3, untouched, 2));
    g_assert_cmpstr(untouched, ==, "x");
    g_assert_true(db_next(rows, &error));
    for (int i = 0; i < 4; i++)
        g_assert_true(db_is_null(rows, i));
    g_assert_null(db_text(rows, 2));
    g_assert_true(db_next(rows, &error));
    size_t size = 9;
    g_assert_nonnull(db_blob(rows, 3, &size)); /* empty is not NULL */
    g_assert_cmpuint(size, ==, 0);
    g_assert_false(db_next(rows, &error));
    g_assert_false(db_next(rows, &error)); /* stays at the end */
    g_assert_no_error(error);
}

static void test_cursor_of_same_statement_nests(struct fixture *fixture, gconstpointer data)
{
    write_ok(fixture, "INSERT INTO t (id) VALUES (1), (2)");
    static const char sql[] = "SELECT id FROM t ORDER BY id";
    g_autoptr(GError) error = NULL;
    DB_READ struct db_conn *conn = db_read_begin(fixture->db, &error);
    DB_ROWS struct db_rows *outer = db_query(conn, &error, sql, "");
    g_assert_true(db_next(outer, &error));
    {
        DB_ROWS struct db_rows *inner = db_query(conn, &error, sql, "");
        g_assert_true(db_next(inner, &error));
        g_assert_cmpint(db_int(inner, 0), ==, 1);
    }
    g_assert_true(db_next(outer, &error));
    g_assert_cmpint(db_int(outer, 0), ==, 2);
}

/* ---- errors ---- */

static void test_errors_by_kind(struct fixture *fixture, gconstpointer data)
{
    write_ok(fixture, "INSERT INTO u VALUES ('a')");
    write_fails(fixture, "INSERT INTO u VALUES ('a')", ERR_EXISTS);
    write_fails(fixture, "INSERT INTO u VALUES ('bad')", ERR_CONFLICT);
    write_fails(fixture, "INSERT INTO child VALUES (77)", ERR_CONFLICT);
    write_fails(fixture, "INSERT INTO late VALUES (77)", ERR_CONFLICT);
    write_fails(fixture, "INSERT INTO t (n) VALUES ('text')", ERR_INTERNAL);
    write_fails(fixture, "INSERT INTO nowhere VALUES (1)", ERR_INTERNAL);
    write_fails(fixture, "COMMIT", ERR_INTERNAL);
    g_assert_cmpint(count(fixture, "SELECT count(*) FROM u"), ==, 1);
    g_assert_cmpint(count(fixture, "SELECT count(*) FROM late"), ==, 0);
    g_autoptr(GError) error = NULL;
    DB_READ struct db_conn *conn = db_read_begin(fixture->db, &error);
    DB_ROWS struct db_rows *rows = db_query(conn, &error, "SELECT 1 FROM t WHERE id = 404", "");
    g_assert_false(db_next_required(rows, &error, "No such photo."));
    g_assert_true(err_is(error, ERR_NOT_FOUND));
    g_assert_cmpstr(error->message, ==, "No such photo.");
    g_clear_error(&error);
    g_assert_false(db_exec(conn, &error, "DELETE FROM t", "")); /* a reader cannot write */
    g_assert_nonnull(error);
}

static void test_foreign_file_is_corrupt(void)
{
    g_autoptr(GError) error = NULL;
    g_autofree char *dir = g_dir_make_tmp("ambrotype-db-XXXXXX", NULL);
    g_autofree char *path = g_build_filename(dir, "x.db", NULL);
    g_autofree char *target = g_strconcat("sqlite:", path, NULL);
    g_file_set_contents(path,
                        "This is a letter to my aunt, and no database at all. This is a letter to my aunt, and no "
                        "database at all; but longer than a header.",
                        -1, NULL);
    g_assert_null(db_open(target, &error));
    g_assert_true(err_is(error, ERR_CORRUPT));
    g_clear_error(&error);
    g_assert_null(db_open("oracle:there", &error));
    g_assert_true(err_is(error, ERR_UNSUPPORTED));
    remove_tree(dir);
}

static void test_files_are_private(struct fixture *fixture, gconstpointer data)
{
    write_ok(fixture, "INSERT INTO t (id) VALUES (1)");
    for (const char *const *name = (const char *const[]){"test.db", "test.db-wal", "test.db-shm", NULL}; *name;
         name++) {
        g_autofree char *path = g_build_filename(fixture->dir, *name, NULL);
        struct stat status;
        g_assert_cmpint(stat(path, &status), ==, 0);
        g_assert_cmpint(status.st_mode & 0777, ==, 0600);
    }
}

/* ---- the writer ---- */

struct gate {
    GMutex lock;
    GCond change;
    bool entered, open;
};

static bool wait_at_gate(struct db_conn *conn, void *data, GError **error)
{
    struct gate *gate = data;
    g_mutex_lock(&gate->lock);
    gate->entered = true;
    g_cond_broadcast(&gate->change);
    while (!gate->open)
        g_cond_wait(&gate->change, &gate->lock);
    g_mutex_unlock(&gate->lock);
    return true;
}

struct call {
    struct fixture *fixture;
    db_work *work;
    void *data;
    bool ok;
    GError *error;
};

static gpointer call_write(gpointer data)
{
    struct call *call = data;
    call->ok = db_write(call->fixture->db, call->work, call->data, &call->error);
    return NULL;
}

enum { CALLS = 20 };

/* Runs @calls so that all of them wait in the queue at the same time. */
static void call_together(struct fixture *fixture, struct call *calls)
{
    struct gate gate = {0};
    struct call keeper = {.fixture = fixture, .work = wait_at_gate, .data = &gate};
    GThread *keeper_thread = g_thread_new("keeper", call_write, &keeper);
    g_mutex_lock(&gate.lock);
    while (!gate.entered)
        g_cond_wait(&gate.change, &gate.lock);
    g_mutex_unlock(&gate.lock);
    GThread *threads[CALLS];
    for (int i = 0; i < CALLS; i++) {
        threads[i] = g_thread_new("call", call_write, &calls[i]);
        for (guint queued = 0; queued != (guint)i + 1; g_thread_yield()) { /* so that the order is that of @calls */
            g_mutex_lock(&fixture->db->write_lock);
            queued = g_queue_get_length(&fixture->db->queue);
            g_mutex_unlock(&fixture->db->write_lock);
        }
    }
    g_mutex_lock(&gate.lock);
    gate.open = true;
    g_cond_broadcast(&gate.change);
    g_mutex_unlock(&gate.lock);
    for (int i = 0; i < CALLS; i++)
        g_thread_join(threads[i]);
    g_thread_join(keeper_thread);
    g_assert_true(keeper.ok);
}

static void test_pieces_share_a_commit(struct fixture *fixture, gconstpointer data)
{
    struct call calls[CALLS];
    for (int i = 0; i < CALLS; i++)
        calls[i] = (struct call){.fixture = fixture, .work = run_sql, .data = (void *)"INSERT INTO t (n) VALUES (5)"};
    guint64 before = db_commits(fixture->db);
    call_together(fixture, calls);
    for (int i = 0; i < CALLS; i++)
        g_assert_true(calls[i].ok);
    g_assert_cmpint(count(fixture, "SELECT count(*) FROM t"), ==, CALLS);
    g_assert_cmpuint(db_commits(fixture->db) - before, <=, 2); /* the keeper's, and one for all others */
}

/* A commit that would ask the disk to sync meets the fault that waits for it; a relaxed one does not ask. */
static void test_relaxed_write_asks_for_no_sync(struct fixture *fixture, gconstpointer data)
{
    g_autoptr(GError) error = NULL;
    write_ok(fixture, "INSERT INTO t (n) VALUES (1)"); /* the WAL is there */
    syncs_to_fail = 1;
    g_assert_true(db_write_relaxed(fixture->db, run_sql, (void *)"INSERT INTO t (n) VALUES (2)", &error));
    g_assert_no_error(error);
    g_assert_cmpint(syncs_to_fail, ==, 1);
    g_assert_cmpint(count(fixture, "SELECT count(*) FROM t"), ==, 2); /* everybody sees it */
    g_assert_false(db_write(fixture->db, run_sql, (void *)"INSERT INTO t (n) VALUES (3)", &error));
    g_assert_cmpint(syncs_to_fail, ==, 0);
    write_ok(fixture, "INSERT INTO t (n) VALUES (4)");
    g_assert_cmpint(count(fixture, "SELECT sum(n) FROM t"), ==, 7);
}

static void test_failing_piece_hurts_no_neighbour(struct fixture *fixture, gconstpointer data)
{
    struct call calls[CALLS];
    for (int i = 0; i < CALLS; i++) {
        const char *sql = i % 2 ? "INSERT INTO child VALUES (404)" : "INSERT INTO t (n) VALUES (6)";
        calls[i] = (struct call){.fixture = fixture, .work = run_sql, .data = (void *)sql};
    }
    call_together(fixture, calls);
    for (int i = 0; i < CALLS; i++) {
        g_assert_cmpint(calls[i].ok, ==, i % 2 == 0);
        if (i % 2)
            g_assert_true(err_is(calls[i].error, ERR_CONFLICT));
        g_clear_error(&calls[i].error);
    }
    g_assert_cmpint(count(fixture, "SELECT count(*) FROM t WHERE n = 6"), ==, CALLS / 2);
    g_assert_cmpint(count(fixture, "SELECT count(*) FROM child"), ==, 0);
}

/* Writes and fails after that: nothing of it may stay. */
static bool half_a_piece(struct db_conn *conn, void *data, GError **error)
{
    return db_exec(conn, error, "INSERT INTO t (n) VALUES (7)", "") &&
           err_set(error, ERR_INVALID, "I changed my mind.");
}

/* Ends the transaction from below, as a full disk can: the neighbours must be run again and be stored. */
static bool lose_transaction(struct db_conn *conn, void *data, GError **error)
{
    conn->driver->rollback(conn->raw);
    return err_set(error, ERR_FULL, "The disk is full.");
}

static void test_failed_piece_is_undone_whole(struct fixture *fixture, gconstpointer data)
{
    g_autoptr(GError) error = NULL;
    g_assert_false(db_write(fixture->db, half_a_piece, NULL, &error));
    g_assert_true(err_is(error, ERR_INVALID));
    g_assert_cmpint(count(fixture, "SELECT count(*) FROM t"), ==, 0);
}

static void test_lost_transaction_runs_neighbours_again(struct fixture *fixture, gconstpointer data)
{
    struct call calls[CALLS];
    for (int i = 0; i < CALLS; i++) {
        calls[i] = (struct call){.fixture = fixture, .work = run_sql, .data = (void *)"INSERT INTO t (n) VALUES (8)"};
        if (i == 7 || i == 12)
            calls[i].work = lose_transaction;
    }
    call_together(fixture, calls);
    for (int i = 0; i < CALLS; i++) {
        g_assert_cmpint(calls[i].ok, ==, i != 7 && i != 12);
        g_clear_error(&calls[i].error);
    }
    g_assert_cmpint(count(fixture, "SELECT count(*) FROM t"), ==, CALLS - 2);
}

static void test_full_database_is_full(struct fixture *fixture, gconstpointer data)
{
    write_ok(fixture, "INSERT INTO t (id) VALUES (1)");
    write_ok(fixture, "PRAGMA max_page_count=20");
    write_fails(fixture,
                "WITH RECURSIVE c (x) AS (SELECT 1 UNION ALL SELECT x + 1 FROM c WHERE x < 500)"
                " INSERT INTO t (s) SELECT hex(randomblob(500)) FROM c",
                ERR_FULL);
    g_assert_cmpint(count(fixture, "SELECT count(*) FROM t"), ==, 1);
    write_ok(fixture, "PRAGMA max_page_count=100000");
    write_ok(fixture, "INSERT INTO t (id) VALUES (2)"); /* and it lives on */
}

static void test_failed_sync_is_surely_undone(struct fixture *fixture, gconstpointer data)
{
    write_ok(fixture, "INSERT INTO t (id) VALUES (1)");
    syncs_to_fail = 1;
    write_fails(fixture, "INSERT INTO t (id) VALUES (2)", ERR_IO);
    g_assert_cmpint(syncs_to_fail, ==, 0);
    /* What a crash now would recover from the WAL: read a copy of both files, as after a power cut. */
    g_autofree char *cut = g_build_filename(fixture->dir, "cut.db", NULL);
    for (const char *const *suffix = (const char *const[]){"", "-wal", NULL}; *suffix; suffix++) {
        g_autofree char *from = g_strconcat(fixture->dir, "/test.db", *suffix, NULL);
        g_autofree char *to = g_strconcat(cut, *suffix, NULL);
        g_autofree char *bytes = NULL;
        gsize size;
        /* Reading by another descriptor and closing it would drop SQLite's POSIX locks; nobody else uses them here. */
        g_assert_true(g_file_get_contents(from, &bytes, &size, NULL));
        g_assert_true(g_file_set_contents(to, bytes, (gssize)size, NULL));
    }
    g_autoptr(GError) error = NULL;
    g_autofree char *target = g_strconcat("sqlite:", cut, NULL);
    struct fixture after = {.db = db_open(target, &error)};
    g_assert_no_error(error);
    g_assert_cmpint(count(&after, "SELECT count(*) FROM t"), ==, 1);
    db_close(after.db);
    write_ok(fixture, "INSERT INTO t (id) VALUES (2)");
}

static void test_twice_failed_sync_is_uncertain(struct fixture *fixture, gconstpointer data)
{
    write_ok(fixture, "INSERT INTO t (id) VALUES (1)");
    syncs_to_fail = 2;
    write_fails(fixture, "INSERT INTO t (id) VALUES (2)", ERR_UNCERTAIN);
    g_assert_cmpint(syncs_to_fail, ==, 0);
    write_ok(fixture, "INSERT OR REPLACE INTO t (id) VALUES (2)");
    g_assert_cmpint(count(fixture, "SELECT count(*) FROM t"), ==, 2);
}

#ifdef AMBROTYPE_FAULTS
static void test_fault_points(struct fixture *fixture, gconstpointer data)
{
    g_setenv("AMBROTYPE_FAULT", "db.before-commit:enospc", TRUE);
    write_fails(fixture, "INSERT INTO t (id) VALUES (1)", ERR_FULL);
    g_setenv("AMBROTYPE_FAULT", "db.before-commit:eio", TRUE);
    write_fails(fixture, "INSERT INTO t (id) VALUES (1)", ERR_IO);
    g_assert_cmpint(count(fixture, "SELECT count(*) FROM t"), ==, 0);
    g_setenv("AMBROTYPE_FAULT", "db.after-commit:eio", TRUE);
    write_fails(fixture, "INSERT INTO t (id) VALUES (1)", ERR_UNCERTAIN);
    g_assert_cmpint(count(fixture, "SELECT count(*) FROM t"), ==, 1);
    g_unsetenv("AMBROTYPE_FAULT");
}

/* ---- a process that is killed around its commit; run by the tests below in a process of its own ---- */

#define VICTIM "/db/writer/killed/subprocess/victim"
#define VICTIM_TARGET "AMBROTYPE_TEST_TARGET"

static bool two_tables(struct db_conn *conn, void *data, GError **error)
{
    int64_t change_id;
    return db_change_id(conn, &change_id, error) &&
           db_exec(conn, error, "INSERT INTO t (n) VALUES (?1)", "i", change_id) &&
           db_exec(conn, error, "INSERT INTO u (name) VALUES ('both')", "");
}

static void killed_victim(void)
{
    g_autoptr(GError) error = NULL;
    struct db *db = db_open(g_getenv(VICTIM_TARGET), &error);
    g_assert_no_error(error);
    g_print("writes now\n");
    fflush(stdout);
    db_write(db, two_tables, NULL, &error);
    exit(0); /* not reached: the parent would see that it lives */
}

/* Kills a writer at @fault; @rows: what both tables must have after the next start. */
static void check_killed(struct fixture *fixture, const char *fault, int64_t rows)
{
    g_autoptr(GError) error = NULL;
    db_close(fixture->db);
    g_setenv(VICTIM_TARGET, fixture->target, TRUE);
    g_setenv("AMBROTYPE_FAULT", fault, TRUE);
    g_test_trap_subprocess(VICTIM, 0, 0);
    g_unsetenv("AMBROTYPE_FAULT");
    g_assert_false(g_test_trap_has_passed());
    g_test_trap_assert_stdout("*writes now*");
    fixture->db = db_open(fixture->target, &error);
    g_assert_no_error(error);
    g_assert_cmpint(count(fixture, "SELECT count(*) FROM t"), ==, rows);
    g_assert_cmpint(count(fixture, "SELECT count(*) FROM u"), ==, rows);
    write_ok(fixture, "INSERT INTO u (name) VALUES ('after')");
    g_autofree char *copy = g_build_filename(fixture->dir, "copy.db", NULL);
    db_copy(fixture->db, copy, &error); /* it checks the whole */
    g_assert_no_error(error);
}

static void test_killed_before_commit_leaves_nothing(struct fixture *fixture, gconstpointer data)
{
    check_killed(fixture, "db.before-commit:kill", 0);
}

static void test_killed_after_commit_leaves_all(struct fixture *fixture, gconstpointer data)
{
    check_killed(fixture, "db.after-commit:kill", 1);
}
#endif

/* ---- reading ---- */

static void test_snapshot_stands_still(struct fixture *fixture, gconstpointer data)
{
    write_ok(fixture, "INSERT INTO t (id) VALUES (1)");
    g_autoptr(GError) error = NULL;
    DB_READ struct db_conn *conn = db_read_begin(fixture->db, &error);
    g_assert_no_error(error);
    write_ok(fixture, "INSERT INTO t (id) VALUES (2)"); /* before the first query of the reader */
    g_assert_cmpint(count_in(conn, "SELECT count(*) FROM t"), ==, 1);
    g_assert_cmpint(count(fixture, "SELECT count(*) FROM t"), ==, 2);
    g_assert_cmpint(count_in(conn, "SELECT count(*) FROM t"), ==, 1);
}

static gpointer read_once(gpointer data)
{
    struct fixture *fixture = data;
    for (int i = 0; i < 20; i++)
        g_assert_cmpint(count(fixture, "SELECT count(*) FROM t"), ==, 0);
    return NULL;
}

static void test_more_threads_than_readers(struct fixture *fixture, gconstpointer data)
{
    GThread *threads[3 * READERS_MAX];
    for (size_t i = 0; i < G_N_ELEMENTS(threads); i++)
        threads[i] = g_thread_new("reader", read_once, fixture);
    for (size_t i = 0; i < G_N_ELEMENTS(threads); i++)
        g_thread_join(threads[i]);
    g_assert_cmpuint(fixture->db->n_readers, <=, READERS_MAX);
    g_assert_cmpuint(fixture->db->n_idle, ==, fixture->db->n_readers);
}

/* ---- change ids ---- */

static bool take_change_id(struct db_conn *conn, void *data, GError **error)
{
    return db_change_id(conn, data, error);
}

static bool take_change_id_and_fail(struct db_conn *conn, void *data, GError **error)
{
    return db_change_id(conn, data, error) && err_set(error, ERR_INVALID, "No.");
}

static void test_change_ids_rise_over_restarts(struct fixture *fixture, gconstpointer data)
{
    g_autoptr(GError) error = NULL;
    clock_set_for_test(INT64_C(1790000000000000));
    int64_t one = 0, lost = 0, two = 0, three = 0;
    g_assert_true(db_write(fixture->db, take_change_id, &one, NULL));
    g_assert_false(db_write(fixture->db, take_change_id_and_fail, &lost, NULL));
    g_assert_true(db_write(fixture->db, take_change_id, &two, NULL));
    db_close(fixture->db);
    clock_set_for_test(INT64_C(1780000000000000)); /* back by months */
    fixture->db = db_open(fixture->target, &error);
    g_assert_no_error(error);
    g_assert_true(db_write(fixture->db, take_change_id, &three, NULL));
    clock_set_for_test(-1);
    g_assert_cmpint(change_id_ms(one), ==, INT64_C(1790000000000));
    g_assert_cmpint(one, <, two);
    g_assert_cmpint(two, <, three);
    DB_READ struct db_conn *conn = db_read_begin(fixture->db, &error);
    g_assert_false(db_change_id(conn, &one, &error));
    g_assert_true(err_is(error, ERR_INTERNAL));
}

/* ---- migrations ---- */

static guint count_copies(struct fixture *fixture)
{
    g_autoptr(GDir) dir = g_dir_open(fixture->copies, 0, NULL);
    guint n = 0;
    for (const char *name; dir && (name = g_dir_read_name(dir));) {
        g_assert_true(g_str_has_suffix(name, ".db"));
        n++;
    }
    return n;
}

static const struct db_migration second[] = {{1, "first", ""}, {2, "second", "ALTER TABLE t ADD COLUMN extra TEXT"}};
static const struct db_migration broken[] = {
    {1, "first", ""},
    {2, "second", "ALTER TABLE t ADD COLUMN extra TEXT"},
    {3, "third", "CREATE TABLE w (a INTEGER) STRICT; INSERT INTO w VALUES (1); CREATE TABLE t (x INTEGER)"},
};

static void test_migrates_with_a_copy(struct fixture *fixture, gconstpointer data)
{
    g_autoptr(GError) error = NULL;
    g_assert_cmpuint(count_copies(fixture), ==, 0); /* the first one found the database empty */
    write_ok(fixture, "INSERT INTO t (n) VALUES (42)");
    g_assert_true(db_migrate(fixture->db, second, 2, fixture->copies, &error));
    g_assert_no_error(error);
    g_assert_cmpuint(count_copies(fixture), ==, 1);
    g_assert_true(db_migrate(fixture->db, second, 2, fixture->copies, &error)); /* nothing to do */
    g_assert_cmpuint(count_copies(fixture), ==, 1);
    g_assert_cmpint(count(fixture, "SELECT count(*) FROM t WHERE extra IS NULL"), ==, 1);
    g_autoptr(GDir) dir = g_dir_open(fixture->copies, 0, NULL);
    g_autofree char *target = g_strdup_printf("sqlite:%s/%s", fixture->copies, g_dir_read_name(dir));
    struct fixture copy = {.db = db_open(target, &error)};
    g_assert_no_error(error);
    g_assert_cmpint(count(&copy, "SELECT n FROM t"), ==, 42);
    g_assert_cmpint(count(&copy, "SELECT version FROM db_state"), ==, 1);
    db_close(copy.db);
}

static void test_newer_database_is_refused(struct fixture *fixture, gconstpointer data)
{
    g_autoptr(GError) error = NULL;
    g_assert_true(db_migrate(fixture->db, second, 2, fixture->copies, &error));
    g_assert_false(db_migrate(fixture->db, first, 1, fixture->copies, &error));
    g_assert_true(err_is(error, ERR_CONFLICT));
    g_assert_cmpint(count(fixture, "SELECT version FROM db_state"), ==, 2);
}

static void test_failed_migration_leaves_old_version(struct fixture *fixture, gconstpointer data)
{
    g_autoptr(GError) error = NULL;
    g_assert_false(db_migrate(fixture->db, broken, 3, fixture->copies, &error));
    g_assert_nonnull(strstr(error->message, "version 3 (third)"));
    g_assert_cmpint(count(fixture, "SELECT version FROM db_state"), ==, 2);
    g_assert_cmpint(count(fixture, "SELECT count(*) FROM sqlite_schema WHERE name = 'w'"), ==, 0);
}

static void test_no_migration_without_its_copy(struct fixture *fixture, gconstpointer data)
{
    g_autoptr(GError) error = NULL;
    g_file_set_contents(fixture->copies, "in the way", -1, NULL);
    g_assert_false(db_migrate(fixture->db, second, 2, fixture->copies, &error));
    g_assert_cmpint(count(fixture, "SELECT version FROM db_state"), ==, 1);
}

static void test_only_newest_copies_stay(struct fixture *fixture, gconstpointer data)
{
    g_autoptr(GError) error = NULL;
    g_mkdir(fixture->copies, 0700);
    for (int i = 0; i < 14; i++) {
        g_autofree char *path = g_strdup_printf("%s/copy-20200101T0000%02dZ-v1.db", fixture->copies, i);
        g_file_set_contents(path, "old", -1, NULL);
    }
    g_assert_true(db_migrate(fixture->db, second, 2, fixture->copies, &error));
    g_assert_no_error(error);
    g_assert_cmpuint(count_copies(fixture), ==, 10);
    g_autofree char *oldest = g_strdup_printf("%s/copy-20200101T000004Z-v1.db", fixture->copies);
    g_assert_false(g_file_test(oldest, G_FILE_TEST_EXISTS));
}

static void test_copy_finds_broken_references(struct fixture *fixture, gconstpointer data)
{
    g_autoptr(GError) error = NULL;
    g_autofree char *path = g_build_filename(fixture->dir, "copy.db", NULL);
    g_assert_true(db_copy(fixture->db, path, &error));
    g_assert_no_error(error);
    g_assert_true(g_file_test(path, G_FILE_TEST_EXISTS));
    sqlite3 *raw = NULL;
    sqlite3_open(strchr(fixture->target, ':') + 1, &raw);
    g_assert_cmpint(sqlite3_exec(raw, "INSERT INTO child VALUES (404)", NULL, NULL, NULL), ==, SQLITE_OK);
    sqlite3_close(raw);
    g_autofree char *bad = g_build_filename(fixture->dir, "bad.db", NULL);
    g_assert_false(db_copy(fixture->db, bad, &error));
    g_assert_true(err_is(error, ERR_CORRUPT));
    g_assert_false(g_file_test(bad, G_FILE_TEST_EXISTS));
}

/* ---- folders that cannot be written ---- */

/* Root passes over modes, so for it the folder is mounted on itself, read-only. */
static bool make_unwritable(const char *dir)
{
    if (geteuid() != 0)
        return chmod(dir, 0500) == 0;
    if (mount(dir, dir, NULL, MS_BIND, NULL) != 0)
        return false;
    if (mount(NULL, dir, NULL, MS_REMOUNT | MS_BIND | MS_RDONLY, NULL) == 0)
        return true;
    umount2(dir, MNT_DETACH);
    return false;
}

static void make_writable(const char *dir)
{
    if (geteuid() == 0)
        g_assert_cmpint(umount2(dir, MNT_DETACH), ==, 0);
    else
        g_assert_cmpint(chmod(dir, 0700), ==, 0);
}

/* A folder with copies of the fixture's files that end with @suffixes; its name means something in a URI. */
static char *snapshot_of(struct fixture *fixture, const char *const suffixes[])
{
    char *dir = g_build_filename(fixture->dir, "a b?#%41", NULL);
    g_assert_cmpint(g_mkdir(dir, 0700), ==, 0);
    for (size_t i = 0; suffixes[i]; i++) {
        g_autofree char *from = g_strconcat(strchr(fixture->target, ':') + 1, suffixes[i], NULL);
        g_autofree char *to = g_strconcat(dir, "/test.db", suffixes[i], NULL);
        g_autofree char *bytes = NULL;
        size_t size = 0;
        g_assert_true(g_file_get_contents(from, &bytes, &size, NULL));
        g_assert_true(g_file_set_contents(to, bytes, (gssize)size, NULL));
    }
    return dir;
}

static struct db *open_read_only(const char *dir)
{
    g_autoptr(GError) error = NULL;
    g_autofree char *target = g_strdup_printf("sqlite-ro:%s/test.db", dir);
    struct db *db = db_open(target, &error);
    g_assert_no_error(error);
    g_assert_true(db_is_read_only(db));
    return db;
}

static void assert_reads_but_refuses(struct db *db, int64_t n)
{
    g_autoptr(GError) error = NULL;
    DB_READ struct db_conn *conn = db_read_begin(db, &error);
    g_assert_no_error(error);
    g_assert_cmpint(count_in(conn, "SELECT count(*) FROM t"), ==, n);
    g_assert_false(db_exec(conn, NULL, "INSERT INTO t (n) VALUES (9)", ""));
    g_assert_false(db_write(db, run_sql, (void *)"INSERT INTO t (n) VALUES (9)", &error));
    g_assert_error(error, ERR_DOMAIN, ERR_FORBIDDEN);
}

static void test_read_only_copies_a_wal(struct fixture *fixture, gconstpointer data)
{
    write_ok(fixture, "INSERT INTO t (n) VALUES (1)");
    g_autofree char *dir = snapshot_of(fixture, (const char *const[]){"", "-wal", NULL});
    if (!make_unwritable(dir)) {
        g_test_skip("no folder can be made unwritable here");
        return;
    }
    struct db *db = open_read_only(dir);
    g_assert_nonnull(db->copy_folder);
    g_autofree char *folder = g_strdup(db->copy_folder);
    struct stat status;
    g_assert_cmpint(stat(folder, &status), ==, 0);
    g_assert_cmpint(status.st_mode & 0777, ==, 0700);
    assert_reads_but_refuses(db, 1);
    db_close(db);
    g_assert_false(g_file_test(folder, G_FILE_TEST_EXISTS));
    make_writable(dir);
}

static void test_read_only_without_wal_takes_no_copy(struct fixture *fixture, gconstpointer data)
{
    g_autoptr(GError) error = NULL;
    static const struct db_migration other[] = {{1, "first", ""}, {2, "second", ""}};
    write_ok(fixture, "INSERT INTO t (n) VALUES (1)");
    db_close(fixture->db); /* folds the WAL in */
    g_autofree char *dir = snapshot_of(fixture, (const char *const[]){"", NULL});
    fixture->db = db_open(fixture->target, &error);
    g_assert_no_error(error);
    if (!make_unwritable(dir)) {
        g_test_skip("no folder can be made unwritable here");
        return;
    }
    struct db *db = open_read_only(dir);
    g_assert_null(db->copy_folder);
    assert_reads_but_refuses(db, 1);
    g_autofree char *copy = g_build_filename(fixture->dir, "copy.db", NULL);
    g_assert_true(db_copy(db, copy, &error));
    g_assert_true(db_migrate(db, first, 1, fixture->copies, &error));
    g_assert_no_error(error);
    g_assert_false(db_migrate(db, other, 2, fixture->copies, &error));
    g_assert_error(error, ERR_DOMAIN, ERR_CONFLICT);
    g_clear_error(&error);
    g_assert_false(db_migrate(db, NULL, 0, fixture->copies, &error));
    g_assert_error(error, ERR_DOMAIN, ERR_CONFLICT);
    db_close(db);
    make_writable(dir);
}

/* Another process writes through another mount: what it commits is seen, and nothing is copied. */
static void test_read_only_beside_a_writer(struct fixture *fixture, gconstpointer data)
{
    if (geteuid() != 0 || !make_unwritable(fixture->dir)) {
        g_test_skip("mounting a folder read-only needs root");
        return;
    }
    struct db *db = open_read_only(fixture->dir);
    g_assert_null(db->copy_folder);
    assert_reads_but_refuses(db, 0);
    write_ok(fixture, "INSERT INTO t (n) VALUES (1)"); /* its files were opened before the mount */
    assert_reads_but_refuses(db, 1);
    db_close(db);
    make_writable(fixture->dir);
}

static void test_read_only_makes_nothing(struct fixture *fixture, gconstpointer data)
{
    g_autoptr(GError) error = NULL;
    g_autofree char *target = g_strdup_printf("sqlite-ro:%s/none.db", fixture->dir);
    g_assert_null(db_open(target, &error));
    g_assert_error(error, ERR_DOMAIN, ERR_IO);
    g_assert_false(g_file_test(strchr(target, ':') + 1, G_FILE_TEST_EXISTS));
}

static void add(const char *name, void (*test)(struct fixture *, gconstpointer))
{
    g_test_add(name, struct fixture, NULL, setup, test, teardown);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    install_vfs();
    add("/db/values/every-type", test_binds_every_type);
    add("/db/values/cursor-nests", test_cursor_of_same_statement_nests);
    add("/db/errors/kinds", test_errors_by_kind);
    g_test_add_func("/db/errors/foreign-file", test_foreign_file_is_corrupt);
    add("/db/files-private", test_files_are_private);
    add("/db/writer/share-commit", test_pieces_share_a_commit);
    add("/db/write/relaxed-asks-for-no-sync", test_relaxed_write_asks_for_no_sync);
    add("/db/writer/failing-piece", test_failing_piece_hurts_no_neighbour);
    add("/db/writer/undone-whole", test_failed_piece_is_undone_whole);
    add("/db/writer/lost-transaction", test_lost_transaction_runs_neighbours_again);
    add("/db/writer/full", test_full_database_is_full);
    add("/db/writer/failed-sync", test_failed_sync_is_surely_undone);
    add("/db/writer/uncertain", test_twice_failed_sync_is_uncertain);
#ifdef AMBROTYPE_FAULTS
    add("/db/writer/fault-points", test_fault_points);
    g_test_add_func(VICTIM, killed_victim);
    add("/db/writer/killed/before-commit", test_killed_before_commit_leaves_nothing);
    add("/db/writer/killed/after-commit", test_killed_after_commit_leaves_all);
#endif
    add("/db/read/snapshot", test_snapshot_stands_still);
    add("/db/read/pool", test_more_threads_than_readers);
    add("/db/change-ids", test_change_ids_rise_over_restarts);
    add("/db/migrate/copy", test_migrates_with_a_copy);
    add("/db/migrate/newer", test_newer_database_is_refused);
    add("/db/migrate/failed", test_failed_migration_leaves_old_version);
    add("/db/migrate/no-copy", test_no_migration_without_its_copy);
    add("/db/migrate/keeps-newest", test_only_newest_copies_stay);
    add("/db/copy/broken-references", test_copy_finds_broken_references);
    add("/db/read-only/wal", test_read_only_copies_a_wal);
    add("/db/read-only/no-wal", test_read_only_without_wal_takes_no_copy);
    add("/db/read-only/beside-writer", test_read_only_beside_a_writer);
    add("/db/read-only/missing", test_read_only_makes_nothing);
    return g_test_run();
}
