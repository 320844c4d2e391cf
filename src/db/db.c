/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Opening, closing, and the pool of reading connections. */
#include <string.h>

#include "base/error.h"
#include "db/internal.h"

static const struct driver *const drivers[] = {&sqlite_driver};

/* The driver of @target's scheme, which may have "-ro" behind it; @ret_place what follows. */
static const struct driver *driver_of(const char *target, bool *ret_read_only, const char **ret_place)
{
    for (size_t i = 0; i < G_N_ELEMENTS(drivers); i++) {
        size_t length = strlen(drivers[i]->scheme);
        if (strncmp(target, drivers[i]->scheme, length) != 0)
            continue;
        const char *rest = target + length;
        bool read_only = g_str_has_prefix(rest, "-ro:");
        if (read_only)
            rest += strlen("-ro");
        if (rest[0] == ':' && rest[1]) {
            *ret_read_only = read_only;
            *ret_place = rest + 1;
            return drivers[i];
        }
    }
    return NULL;
}

/* Reads once, so that what cannot be read fails here and not later. */
static bool start_read_only(struct db *db, GError **error)
{
    char *place = db->driver->settle(db->place, &db->copy_folder, error);
    if (!place)
        return false;
    g_free(db->place);
    db->place = place;
    struct db_conn *conn = db_read_begin(db, error);
    db_read_end(conn);
    return conn != NULL;
}

struct db *db_open(const char *target, GError **error)
{
    const char *place = NULL;
    bool read_only = false;
    const struct driver *driver = driver_of(target, &read_only, &place);
    if (!driver) {
        err_set(error, ERR_UNSUPPORTED, "There is no driver for the database \"%s\".", target);
        return NULL;
    }
    struct db *db = g_new0(struct db, 1);
    db->driver = driver;
    db->place = g_strdup(place);
    db->is_read_only = read_only;
    g_mutex_init(&db->read_lock);
    g_cond_init(&db->read_free);
    g_mutex_init(&db->write_lock);
    g_cond_init(&db->write_wanted);
    if (!(read_only ? start_read_only(db, error) : writer_start(db, error))) {
        db_close(db);
        return NULL;
    }
    return db;
}

void db_close(struct db *db)
{
    if (!db)
        return;
    g_mutex_lock(&db->read_lock);
    while (db->n_idle < db->n_readers || db->n_streams > 0)
        g_cond_wait(&db->read_free, &db->read_lock);
    for (unsigned i = 0; i < db->n_idle; i++)
        conn_close(db->idle[i]);
    for (unsigned i = 0; i < db->n_idle_streams; i++)
        conn_close(db->idle_streams[i]);
    g_mutex_unlock(&db->read_lock);
    /* The writer goes last: SQLite then folds the WAL into the database file. */
    writer_stop(db);
    g_mutex_clear(&db->read_lock);
    g_cond_clear(&db->read_free);
    g_mutex_clear(&db->write_lock);
    g_cond_clear(&db->write_wanted);
    if (db->copy_folder)
        db->driver->forget(db->copy_folder);
    g_free(db->copy_folder);
    g_free(db->place);
    g_free(db);
}

bool db_is_read_only(const struct db *db)
{
    return db->is_read_only;
}

static void reader_left(struct db *db, unsigned *count)
{
    g_mutex_lock(&db->read_lock);
    (*count)--;
    g_cond_broadcast(&db->read_free);
    g_mutex_unlock(&db->read_lock);
}

/* An idle connection, or a new one while there may be more. */
static struct db_conn *reader_take(struct db *db, GError **error)
{
    struct db_conn *conn = NULL;
    g_mutex_lock(&db->read_lock);
    while (db->n_idle == 0 && db->n_readers == READERS_MAX)
        g_cond_wait(&db->read_free, &db->read_lock);
    if (db->n_idle > 0)
        conn = db->idle[--db->n_idle];
    else
        db->n_readers++;
    g_mutex_unlock(&db->read_lock);
    if (conn)
        return conn;
    conn = conn_open(db, false, error);
    if (!conn)
        reader_left(db, &db->n_readers);
    return conn;
}

struct db_conn *db_read_begin(struct db *db, GError **error)
{
    struct db_conn *conn = reader_take(db, error);
    if (!conn)
        return NULL;
    if (conn->driver->begin_read(conn->raw, error))
        return conn;
    conn_close(conn);
    reader_left(db, &db->n_readers);
    return NULL;
}

struct db_conn *db_stream_begin(struct db *db, GError **error)
{
    g_mutex_lock(&db->read_lock);
    bool may = db->n_streams < STREAMS_MAX;
    db->n_streams += may;
    struct db_conn *conn = may && db->n_idle_streams > 0 ? db->idle_streams[--db->n_idle_streams] : NULL;
    g_mutex_unlock(&db->read_lock);
    if (!may) {
        err_set(error, ERR_BUSY, "Too many devices are being brought up to date at the moment. Try again in a minute.");
        return NULL;
    }
    if (!conn)
        conn = conn_open(db, false, error);
    if (conn && conn->driver->begin_read(conn->raw, error)) {
        conn->is_stream = true;
        return conn;
    }
    conn_close(conn);
    reader_left(db, &db->n_streams);
    return NULL;
}

static void end_stream(struct db *db, struct db_conn *conn)
{
    g_mutex_lock(&db->read_lock);
    bool keep = db->n_idle_streams < STREAMS_KEPT;
    if (keep)
        db->idle_streams[db->n_idle_streams++] = conn;
    g_mutex_unlock(&db->read_lock);
    if (!keep)
        conn_close(conn);
    reader_left(db, &db->n_streams);
}

void db_read_end(struct db_conn *conn)
{
    if (!conn)
        return;
    struct db *db = conn->db;
    conn->driver->end_read(conn->raw);
    if (conn->is_stream) {
        end_stream(db, conn);
        return;
    }
    g_mutex_lock(&db->read_lock);
    db->idle[db->n_idle++] = conn;
    g_cond_signal(&db->read_free);
    g_mutex_unlock(&db->read_lock);
}

void db_auto_read_end(struct db_conn **conn)
{
    db_read_end(*conn);
    *conn = NULL;
}
