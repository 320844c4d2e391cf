/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Connections, statements with their cache, values and rows. */
#include <string.h>

#include "base/error.h"
#include "db/internal.h"

enum { VALUES_MAX = 99 };

struct db_rows {
    struct statement *statement;
    bool is_done;
};

/* ---- connections ---- */

static void statement_free(struct statement *statement)
{
    statement->conn->driver->finish(statement->raw);
    g_free(statement);
}

static void statement_free_data(gpointer data)
{
    statement_free(data);
}

struct db_conn *conn_open(struct db *db, bool writer, GError **error)
{
    enum access access = writer ? ACCESS_WRITE : db->is_read_only ? ACCESS_READ_ONLY : ACCESS_READ;
    struct driver_conn *raw = db->driver->connect(db->place, access, error);
    if (!raw)
        return NULL;
    struct db_conn *conn = g_new0(struct db_conn, 1);
    conn->db = db;
    conn->driver = db->driver;
    conn->raw = raw;
    conn->is_writer = writer;
    conn->statements = g_hash_table_new_full(g_direct_hash, g_direct_equal, NULL, statement_free_data);
    return conn;
}

void conn_close(struct db_conn *conn)
{
    if (!conn)
        return;
    g_hash_table_unref(conn->statements);
    conn->driver->disconnect(conn->raw);
    g_free(conn);
}

/* ---- statements ---- */

static struct statement *prepare(struct db_conn *conn, const char *sql, bool cached, GError **error)
{
    struct driver_stmt *raw = conn->driver->prepare(conn->raw, sql, cached, error);
    if (!raw)
        return NULL;
    struct statement *statement = g_new0(struct statement, 1);
    statement->conn = conn;
    statement->raw = raw;
    statement->cached = cached;
    statement->in_use = true;
    return statement;
}

static struct statement *statement_take(struct db_conn *conn, const char *sql, GError **error)
{
    struct statement *statement = g_hash_table_lookup(conn->statements, sql);
    if (!statement) {
        statement = prepare(conn, sql, true, error);
        if (statement)
            g_hash_table_insert(conn->statements, (gpointer)sql, statement);
        return statement;
    }
    /* A second cursor over the same text, such as in a recursion, gets a statement of its own. */
    if (statement->in_use)
        return prepare(conn, sql, false, error);
    statement->in_use = true;
    return statement;
}

static void statement_give_back(struct statement *statement)
{
    if (!statement->cached) {
        statement_free(statement);
        return;
    }
    statement->conn->driver->reset(statement->raw);
    statement->in_use = false;
}

/* ---- values ---- */

static void value_int(struct value *value, const int64_t *number)
{
    value->type = number ? VALUE_INT : VALUE_NULL;
    value->i = number ? *number : 0;
}

static void value_double(struct value *value, const double *number)
{
    value->type = number ? VALUE_DOUBLE : VALUE_NULL;
    value->d = number ? *number : 0;
}

static void value_bytes(struct value *value, enum value_type type, const void *bytes, size_t size)
{
    value->type = bytes ? type : VALUE_NULL;
    value->bytes = bytes;
    value->size = size;
}

/* Reads one argument by its letter. By pointer, because a va_list handed on by value may not be used
 * afterwards (C17, 7.16). */
static bool take_value(char letter, va_list *args, struct value *ret_value)
{
    struct value value = {0};
    switch (letter) {
    case 'i': {
        int64_t number = va_arg(*args, int64_t);
        value_int(&value, &number);
        break;
    }
    case 'd': {
        double number = va_arg(*args, double);
        value_double(&value, &number);
        break;
    }
    case 'I':
        value_int(&value, va_arg(*args, const int64_t *));
        break;
    case 'D':
        value_double(&value, va_arg(*args, const double *));
        break;
    case 't':
        value_bytes(&value, VALUE_TEXT, va_arg(*args, const char *), 0);
        break;
    case 'b': {
        const void *bytes = va_arg(*args, const void *);
        size_t size = va_arg(*args, size_t);
        value_bytes(&value, VALUE_BLOB, bytes, size);
        break;
    }
    case 'n':
        break;
    default:
        return false;
    }
    *ret_value = value;
    return true;
}

static bool bind_all(struct statement *statement, const char *sql, const char *types, va_list *args, GError **error)
{
    const struct driver *driver = statement->conn->driver;
    size_t count = strlen(types);
    if (count > VALUES_MAX)
        return err_set_detail(error, ERR_INTERNAL, sql, "A database statement has too many values.");
    for (size_t i = 0; i < count; i++) {
        struct value value;
        if (!take_value(types[i], args, &value))
            return err_set_detail(error, ERR_INTERNAL, sql, "A database statement has a value of no known type.");
        if (!driver->bind(statement->raw, (int)i + 1, &value, error))
            return false;
    }
    return true;
}

bool db_exec(struct db_conn *conn, GError **error, const char *sql, const char *types, ...)
{
    struct statement *statement = statement_take(conn, sql, error);
    if (!statement)
        return false;
    va_list args;
    va_start(args, types);
    bool ok = bind_all(statement, sql, types, &args, error);
    va_end(args);
    enum step step = STEP_ROW;
    while (ok && step == STEP_ROW)
        step = conn->driver->step(statement->raw, error);
    statement_give_back(statement);
    return ok && step == STEP_DONE;
}

int64_t db_changed(struct db_conn *conn)
{
    return conn->driver->changed(conn->raw);
}

static struct db_rows *query(struct statement *statement, const char *sql, const char *types, va_list *args,
                             GError **error)
{
    if (!bind_all(statement, sql, types, args, error)) {
        statement_give_back(statement);
        return NULL;
    }
    struct db_rows *rows = g_new0(struct db_rows, 1);
    rows->statement = statement;
    return rows;
}

struct db_rows *db_query(struct db_conn *conn, GError **error, const char *sql, const char *types, ...)
{
    struct statement *statement = statement_take(conn, sql, error);
    if (!statement)
        return NULL;
    va_list args;
    va_start(args, types);
    struct db_rows *rows = query(statement, sql, types, &args, error);
    va_end(args);
    return rows;
}

struct db_rows *db_query_once(struct db_conn *conn, GError **error, const char *sql, const char *types, ...)
{
    struct statement *statement = prepare(conn, sql, false, error);
    if (!statement)
        return NULL;
    va_list args;
    va_start(args, types);
    struct db_rows *rows = query(statement, sql, types, &args, error);
    va_end(args);
    return rows;
}

struct db_rows *db_query_values(struct db_conn *conn, GError **error, const char *sql, const struct db_value *values,
                                size_t n_values)
{
    static const enum value_type types[] = {[DB_INT] = VALUE_INT, [DB_TEXT] = VALUE_TEXT, [DB_BLOB] = VALUE_BLOB};
    struct statement *statement = prepare(conn, sql, false, error);
    if (!statement)
        return NULL;
    for (size_t i = 0; i < n_values; i++) {
        const struct value value = {types[values[i].kind], values[i].number, 0, values[i].bytes, values[i].size};
        if (!conn->driver->bind(statement->raw, (int)i + 1, &value, error)) {
            statement_give_back(statement);
            return NULL;
        }
    }
    struct db_rows *rows = g_new0(struct db_rows, 1);
    rows->statement = statement;
    return rows;
}

/* ---- rows ---- */

bool db_next(struct db_rows *rows, GError **error)
{
    if (rows->is_done)
        return false;
    enum step step = rows->statement->conn->driver->step(rows->statement->raw, error);
    rows->is_done = step != STEP_ROW;
    return step == STEP_ROW;
}

bool db_next_required(struct db_rows *rows, GError **error, const char *missing)
{
    GError *failure = NULL;
    if (db_next(rows, &failure))
        return true;
    if (!failure)
        return err_set(error, ERR_NOT_FOUND, "%s", missing);
    g_propagate_error(error, failure);
    return false;
}

bool db_is_null(struct db_rows *rows, int column)
{
    return rows->statement->conn->driver->is_null(rows->statement->raw, column);
}

int64_t db_int(struct db_rows *rows, int column)
{
    return rows->statement->conn->driver->get_int(rows->statement->raw, column);
}

double db_double(struct db_rows *rows, int column)
{
    return rows->statement->conn->driver->get_double(rows->statement->raw, column);
}

const char *db_text(struct db_rows *rows, int column)
{
    return rows->statement->conn->driver->get_text(rows->statement->raw, column);
}

const void *db_blob(struct db_rows *rows, int column, size_t *ret_size)
{
    return rows->statement->conn->driver->get_blob(rows->statement->raw, column, ret_size);
}

bool db_blob_exact(struct db_rows *rows, int column, void *ret_bytes, size_t size)
{
    size_t got = 0;
    const void *bytes = db_blob(rows, column, &got);
    if (!bytes || got != size)
        return false;
    memcpy(ret_bytes, bytes, size);
    return true;
}

void db_rows_free(struct db_rows *rows)
{
    if (!rows)
        return;
    statement_give_back(rows->statement);
    g_free(rows);
}

void db_auto_rows_free(struct db_rows **rows)
{
    db_rows_free(*rows);
    *rows = NULL;
}
