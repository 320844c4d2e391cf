/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Migrations and verified copies. The version stands in db_state, beside the last change id. */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/error.h"
#include "base/io.h"
#include "db/internal.h"

enum { COPIES_KEPT = 10 };

/* ---- versions ---- */

static bool make_state(struct db_conn *conn, GError **error)
{
    static const char sql[] = "CREATE TABLE IF NOT EXISTS db_state ("
                              " id INTEGER PRIMARY KEY CHECK (id = 1),"
                              " version INTEGER NOT NULL,"
                              " change_id INTEGER NOT NULL) STRICT;"
                              "INSERT OR IGNORE INTO db_state VALUES (1, 0, 0)";
    return conn->driver->run(conn->raw, sql, error);
}

static bool get_version(struct db_conn *conn, int *ret_version, GError **error)
{
    DB_ROWS struct db_rows *rows = db_query(conn, error, "SELECT version FROM db_state WHERE id = 1", "");
    if (!rows || !db_next_required(rows, error, "The database has not been prepared."))
        return false;
    *ret_version = (int)db_int(rows, 0);
    return true;
}

struct begin {
    bool was_empty;
    int version;
};

static bool begin_work(struct db_conn *conn, void *data, GError **error)
{
    struct begin *begin = data;
    return conn->driver->is_empty(conn->raw, &begin->was_empty, error) && make_state(conn, error) &&
           get_version(conn, &begin->version, error);
}

/* Another process may have done it since the version was read: then there is nothing to do. */
static bool migrate_work(struct db_conn *conn, void *data, GError **error)
{
    const struct db_migration *migration = data;
    int version = 0;
    if (!get_version(conn, &version, error))
        return false;
    if (version >= migration->version)
        return true;
    return conn->driver->run(conn->raw, migration->sql, error) && conn->driver->check_keys(conn->raw, error) &&
           db_exec(conn, error, "UPDATE db_state SET version = ?1 WHERE id = 1", "i", (int64_t)migration->version);
}

/* ---- copies ---- */

static int compare_names(gconstpointer a, gconstpointer b)
{
    return strcmp(*(const char *const *)a, *(const char *const *)b);
}

/* Copies are named copy-<time>-v<version>.db, so that the order of names is that of time. */
static bool is_copy_name(const char *name)
{
    return g_str_has_prefix(name, "copy-") && g_str_has_suffix(name, ".db");
}

static void drop_old_copies(const char *dir)
{
    g_autoptr(GDir) folder = g_dir_open(dir, 0, NULL);
    if (!folder)
        return;
    g_autoptr(GPtrArray) names = g_ptr_array_new_with_free_func(g_free);
    for (const char *name; (name = g_dir_read_name(folder));) {
        if (is_copy_name(name))
            g_ptr_array_add(names, g_strdup(name));
    }
    g_ptr_array_sort(names, compare_names);
    for (guint i = 0; i + COPIES_KEPT < names->len; i++) {
        g_autofree char *path = g_build_filename(dir, names->pdata[i], NULL);
        unlink(path); /* one that stays only takes room */
    }
}

bool db_copy(struct db *db, const char *path, GError **error)
{
    g_autofree char *folder = g_path_get_dirname(path);
    AUTO_FD int dir = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (dir < 0)
        return err_set_errno(error, errno, folder, "The folder for copies of the database could not be opened.");
    g_autofree char *partial = g_strconcat(path, ".partial", NULL);
    unlink(partial); /* of a copy that was cut off */
    if (!db->driver->copy(db->place, db->is_read_only ? ACCESS_READ_ONLY : ACCESS_READ, partial, error))
        return false;
    if (rename(partial, path) != 0) {
        int saved_errno = errno;
        unlink(partial);
        return err_set_errno(error, saved_errno, path, "The copy of the database could not take its name.");
    }
    return io_sync_dir(dir, error);
}

static bool copy_before(struct db *db, const char *dir, int version, GError **error)
{
    g_autoptr(GDateTime) now = g_date_time_new_from_unix_utc(clock_now_us() / G_USEC_PER_SEC);
    g_autofree char *time = g_date_time_format(now, "%Y%m%dT%H%M%SZ");
    AUTO_FD int fd = io_open_dir(AT_FDCWD, dir, error);
    if (fd < 0)
        return false;
    g_autofree char *name = g_strdup_printf("copy-%s-v%d.db", time, version);
    g_autofree char *path = g_build_filename(dir, name, NULL);
    if (!db_copy(db, path, error))
        return false;
    drop_old_copies(dir);
    return true;
}

/* ---- all of it ---- */

static bool check_order(const struct db_migration *migrations, size_t n_migrations, GError **error)
{
    for (size_t i = 0; i < n_migrations; i++) {
        if (migrations[i].version <= (i > 0 ? migrations[i - 1].version : 0))
            return err_set_detail(error, ERR_INTERNAL, migrations[i].name, "The migrations are not in order.");
    }
    return true;
}

static bool run_migration(struct db *db, const struct db_migration *migration, GError **error)
{
    GError *failure = NULL;
    if (db_write(db, migrate_work, (void *)migration, &failure))
        return true;
    g_prefix_error(&failure, "The database could not be brought to version %d (%s): ", migration->version,
                   migration->name);
    g_propagate_error(error, failure);
    return false;
}

static bool refuse_newer(int version, int last, GError **error)
{
    return err_set(error, ERR_CONFLICT,
                   "The database is of version %d, newer than this program knows (%d). Use the newer program; a "
                   "database is never taken back.",
                   version, last);
}

static bool compare_version(struct db *db, int last, GError **error)
{
    DB_READ struct db_conn *conn = db_read_begin(db, error);
    int version = 0;
    if (!conn || !get_version(conn, &version, error))
        return false;
    if (version > last)
        return refuse_newer(version, last, error);
    return version == last ||
           err_set(error, ERR_CONFLICT,
                   "The database is of version %d and this program works with %d. It cannot be brought there, as it is "
                   "open for reading only: use the program that wrote it, or a copy that can be written.",
                   version, last);
}

bool db_migrate(struct db *db, const struct db_migration *migrations, size_t n_migrations, const char *copies_dir,
                GError **error)
{
    struct begin begin = {0};
    if (!check_order(migrations, n_migrations, error))
        return false;
    int last = n_migrations > 0 ? migrations[n_migrations - 1].version : 0;
    if (db_is_read_only(db))
        return compare_version(db, last, error);
    if (!db_write(db, begin_work, &begin, error))
        return false;
    if (begin.version > last)
        return refuse_newer(begin.version, last, error);
    if (begin.version == last)
        return true;
    /* Version 0 with tables: a database that somebody else made deserves its copy as well. */
    if (!begin.was_empty && !copy_before(db, copies_dir, begin.version, error))
        return false;
    for (size_t i = 0; i < n_migrations; i++) {
        if (migrations[i].version > begin.version && !run_migration(db, &migrations[i], error))
            return false;
    }
    return true;
}
