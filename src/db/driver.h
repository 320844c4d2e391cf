/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * What a database driver gives to this room: one table of functions. SQLite is the first (sqlite.c); PostgreSQL joins
 * as a second table. Nothing outside src/db includes this.
 *
 * A connection and its statements are used by one thread at a time; the room sees to that. Errors carry their kind
 * already (see db.h); messages are sentences for people, SQL stands in the detail. */
#pragma once

#include <glib.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct driver_conn;
struct driver_stmt;

enum value_type { VALUE_NULL, VALUE_INT, VALUE_DOUBLE, VALUE_TEXT, VALUE_BLOB };

struct value {
    enum value_type type;
    int64_t i;
    double d;
    const void *bytes; /* text or blob; lives until the statement is reset */
    size_t size;       /* of a blob */
};

enum step { STEP_ROW, STEP_DONE, STEP_FAILED };

enum commit_outcome {
    COMMIT_DONE,    /* durable */
    COMMIT_UNDONE,  /* surely not done; nothing is left open */
    COMMIT_UNKNOWN, /* may come back after a crash; nothing is left open */
};

/* What a connection is for. */
enum access {
    ACCESS_WRITE,     /* makes what is missing */
    ACCESS_READ,      /* beside a writer of this process */
    ACCESS_READ_ONLY, /* of a database that is opened for reading only: @place is an answer of settle() */
};

struct driver {
    const char *scheme; /* "sqlite" */

    /** A connection to @place (the target without its scheme). */
    struct driver_conn *(*connect)(const char *place, enum access access, GError **error);
    void (*disconnect)(struct driver_conn *conn);

    /** Runs any number of statements without parameters or rows. */
    bool (*run)(struct driver_conn *conn, const char *script, GError **error);

    /** @keep: the statement will be used many times. */
    struct driver_stmt *(*prepare)(struct driver_conn *conn, const char *sql, bool keep, GError **error);
    bool (*bind)(struct driver_stmt *stmt, int index, const struct value *value, GError **error);
    enum step (*step)(struct driver_stmt *stmt, GError **error);
    /** Ends the run of the statement and forgets its values. */
    void (*reset)(struct driver_stmt *stmt);
    void (*finish)(struct driver_stmt *stmt);

    bool (*is_null)(struct driver_stmt *stmt, int column);
    int64_t (*get_int)(struct driver_stmt *stmt, int column);
    double (*get_double)(struct driver_stmt *stmt, int column);
    const char *(*get_text)(struct driver_stmt *stmt, int column);
    const void *(*get_blob)(struct driver_stmt *stmt, int column, size_t *ret_size);

    int64_t (*changed)(struct driver_conn *conn);

    /** A read snapshot that stands from now on. */
    bool (*begin_read)(struct driver_conn *conn, GError **error);
    void (*end_read)(struct driver_conn *conn);

    bool (*begin_write)(struct driver_conn *conn, GError **error);
    /** From the next transaction on: must a commit be on the disk before it returns, or only ordered (after a power cut
     *  the last ones may be missing, all of what came before the first missing one is there)? Every later durable
     *  commit makes the earlier ones durable too. */
    bool (*set_durable)(struct driver_conn *conn, bool durable, GError **error);
    enum commit_outcome (*commit)(struct driver_conn *conn, GError **error);
    void (*rollback)(struct driver_conn *conn);
    /** Is a transaction open? Some errors end it from below. */
    bool (*in_transaction)(struct driver_conn *conn);
    /** Would a commit fail because deferred foreign keys are broken? */
    bool (*owes_keys)(struct driver_conn *conn);

    /** Has the database no table at all? */
    bool (*is_empty)(struct driver_conn *conn, bool *ret_empty, GError **error);
    /** ERR_CORRUPT where rows refer to what is not there. */
    bool (*check_keys)(struct driver_conn *conn, GError **error);
    /** Writes a checked copy of the database at @place as file @path, which must not be there; durable but for its
     *  folder entry. */
    bool (*copy)(const char *place, enum access access, const char *path, GError **error);

    /** Finds where the database at @place is to be read when it may not be written: the place for ACCESS_READ_ONLY
     *  (g_free()), or NULL with @error. Where that takes a copy, @ret_folder is its folder: give it to forget() when
     *  all connections are closed, then g_free(). */
    char *(*settle)(const char *place, char **ret_folder, GError **error);
    void (*forget)(const char *folder);
};

extern const struct driver sqlite_driver;

/* settle() and forget() of sqlite_driver, see readonly.c. */
char *sqlite_readonly_settle(const char *place, char **ret_folder, GError **error);
void sqlite_readonly_forget(const char *folder);
