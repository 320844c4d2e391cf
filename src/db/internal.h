/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * What the files of this room share: the database, its connections and the queue of the writer. */
#pragma once

#include <glib.h>
#include <stdbool.h>

#include "db/db.h"
#include "db/driver.h"

/* A few suffice: a read takes microseconds to milliseconds, and each costs memory. */
enum { READERS_MAX = 6 };
/* Streams that go at their client's pace; each costs a connection and keeps the WAL from being folded in. */
enum { STREAMS_MAX = 32 };
/* Connections of streams that ended are kept for the next ones: opening one and preparing what phones ask takes longer
 * than to tell a phone that it is up to date. */
enum { STREAMS_KEPT = 2 };

struct db_conn {
    struct db *db;
    const struct driver *driver;
    struct driver_conn *raw;
    GHashTable *statements; /* address of the SQL text → struct statement, owned */
    bool is_writer;
    bool is_relaxed; /* of the writer: commits are not synced at the moment */
    bool is_stream;  /* of db_stream_begin(): beside the readers */
    /* Of the writer, inside a batch: */
    bool change_id_loaded;
    int64_t change_id;       /* last one given */
    int64_t change_id_saved; /* as the table has it */
};

/* A prepared statement in the cache of its connection. */
struct statement {
    struct db_conn *conn;
    struct driver_stmt *raw;
    bool in_use;
    bool cached;
};

struct db {
    const struct driver *driver;
    char *place;
    bool is_read_only;
    char *copy_folder; /* of a read-only database that had to be copied, or NULL */

    GMutex read_lock;                  /* guards the six below */
    GCond read_free;                   /* a reader came back */
    struct db_conn *idle[READERS_MAX]; /* a stack: the warmest is taken first */
    unsigned n_idle, n_readers;        /* n_readers counts idle and lent ones */
    struct db_conn *idle_streams[STREAMS_KEPT];
    unsigned n_idle_streams, n_streams; /* n_streams counts lent ones */

    GMutex write_lock;  /* guards queue, stopping, commits, and the outcome of each piece */
    GCond write_wanted; /* the queue is not empty, or stopping */
    GQueue queue;       /* struct piece, owned by the waiting callers */
    bool stopping;
    guint64 commits; /* since the start; for tests and statistics */
    GThread *writer_thread;
    struct db_conn *writer; /* the writer thread's own */
};

struct db_conn *conn_open(struct db *db, bool writer, GError **error);
void conn_close(struct db_conn *conn);

/* Starts and ends the writer thread; ending runs what is queued first. */
bool writer_start(struct db *db, GError **error);
void writer_stop(struct db *db);

/* Forgets what the batch knew of change ids; and writes the last one given, if any, before the commit. */
void change_id_forget(struct db_conn *conn);
bool change_id_save(struct db_conn *conn, GError **error);
