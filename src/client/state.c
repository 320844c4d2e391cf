/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "client/state.h"

#include <string.h>

#include "base/clock.h"
#include "base/error.h"
#include "db/db.h"

struct state {
    struct db *db;
};

/* Paths are blobs: file systems take bytes that no text column may hold. */
static const struct db_migration migrations[] = {
    {1, "folders and files",
     "CREATE TABLE setting (name TEXT PRIMARY KEY, value TEXT NOT NULL) STRICT, WITHOUT ROWID;"
     "CREATE TABLE folder (id INTEGER PRIMARY KEY, path BLOB NOT NULL UNIQUE, added_us INTEGER NOT NULL) STRICT;"
     "CREATE TABLE item ("
     "  path BLOB PRIMARY KEY, key TEXT NOT NULL,"
     "  size INTEGER NOT NULL, mtime_ns INTEGER NOT NULL, ctime_ns INTEGER NOT NULL, inode INTEGER NOT NULL,"
     "  sha1 BLOB CHECK (sha1 IS NULL OR length(sha1) = 20),"
     "  state INTEGER NOT NULL CHECK (state BETWEEN 0 AND 3),"
     "  reason TEXT, note TEXT, upload_url TEXT"
     ") STRICT, WITHOUT ROWID;"},
    {3, "side files",
     "CREATE TABLE side_file ("
     "  path BLOB PRIMARY KEY, size INTEGER NOT NULL, mtime_ns INTEGER NOT NULL, ctime_ns INTEGER NOT NULL,"
     "  inode INTEGER NOT NULL"
     ") STRICT, WITHOUT ROWID;"},
};

void saved_item_free(struct saved_item *item)
{
    if (!item)
        return;
    g_free(item->path);
    g_free(item->key);
    g_free(item->reason);
    g_free(item->note);
    g_free(item->upload_url);
    g_free(item);
}

static void free_saved(void *item)
{
    saved_item_free(item);
}

/* "The database is damaged" would be read as that of the photos. */
static void tell_damage(const char *dir, GError *problem, GError **error)
{
    if (!err_is(problem, ERR_CORRUPT)) {
        g_propagate_error(error, problem);
        return;
    }
    err_set_detail(
        error, ERR_CORRUPT, err_detail(problem),
        "What this computer remembers of its backups is damaged; the photos on the server are not concerned. "
        "Move %s/backup.db away, and add the folders again with `ambrotype backup add DIR`.",
        dir);
    g_clear_error(&problem);
}

struct state *state_open(const char *dir, GError **error)
{
    g_autofree char *target = g_strdup_printf("sqlite:%s/backup.db", dir);
    g_autofree char *copies = g_build_filename(dir, "copies", NULL);
    GError *problem = NULL;
    struct db *db = db_open(target, &problem);
    if (!db || !db_migrate(db, migrations, G_N_ELEMENTS(migrations), copies, &problem)) {
        db_close(db);
        tell_damage(dir, problem, error);
        return NULL;
    }
    struct state *state = g_new0(struct state, 1);
    state->db = db;
    return state;
}

void state_close(struct state *state)
{
    if (!state)
        return;
    db_close(state->db);
    g_free(state);
}

/* ---- settings ---- */

static bool read_setting(struct db_conn *conn, const char *name, char **ret_value, GError **error)
{
    g_autoptr(GError) reason = NULL;
    DB_ROWS struct db_rows *rows = db_query(conn, error, "SELECT value FROM setting WHERE name = ?1", "t", name);
    if (!rows)
        return false;
    char *value = db_next(rows, &reason) ? g_strdup(db_text(rows, 0)) : NULL;
    if (reason) {
        g_propagate_error(error, g_steal_pointer(&reason));
        return false;
    }
    *ret_value = value;
    return true;
}

static bool write_setting(struct db_conn *conn, const char *name, const char *value, GError **error)
{
    if (!value)
        return db_exec(conn, error, "DELETE FROM setting WHERE name = ?1", "t", name);
    return db_exec(conn, error,
                   "INSERT INTO setting (name, value) VALUES (?1, ?2) ON CONFLICT DO UPDATE SET value = excluded.value",
                   "tt", name, value);
}

char *state_get(struct state *state, const char *name, GError **error)
{
    char *value = NULL;
    DB_READ struct db_conn *conn = db_read_begin(state->db, error);
    return conn && read_setting(conn, name, &value, error) ? value : NULL;
}

struct setting_work {
    const char *name, *value;
    struct uuid device;
};

static bool set_work(struct db_conn *conn, void *data, GError **error)
{
    const struct setting_work *work = data;
    return write_setting(conn, work->name, work->value, error);
}

bool state_set(struct state *state, const char *name, const char *value, GError **error)
{
    struct setting_work work = {.name = name, .value = value};
    return db_write(state->db, set_work, &work, error);
}

static bool device_work(struct db_conn *conn, void *data, GError **error)
{
    struct setting_work *work = data;
    g_autofree char *known = NULL;
    if (!read_setting(conn, "device", &known, error))
        return false;
    if (known && uuid_parse(known, &work->device))
        return true;
    char text[UUID_TEXT_SIZE];
    work->device = uuid_v4();
    return write_setting(conn, "device", uuid_format(&work->device, text), error);
}

bool state_device(struct state *state, struct uuid *ret_device, GError **error)
{
    struct setting_work work = {0};
    if (!db_write(state->db, device_work, &work, error))
        return false;
    *ret_device = work.device;
    return true;
}

static bool bind_work(struct db_conn *conn, void *data, GError **error)
{
    const struct setting_work *work = data;
    g_autofree char *known = NULL;
    if (!read_setting(conn, "account", &known, error))
        return false;
    if (g_strcmp0(known, work->value) == 0)
        return true;
    return write_setting(conn, "account", work->value, error) && write_setting(conn, "device", NULL, error) &&
           write_setting(conn, "last_run", NULL, error) && write_setting(conn, "last_words", NULL, error) &&
           db_exec(conn, error, "DELETE FROM side_file", "") &&
           db_exec(conn, error, "UPDATE item SET state = 0, reason = NULL, note = NULL, upload_url = NULL", "");
}

bool state_bind(struct state *state, const char *account, GError **error)
{
    struct setting_work work = {.value = account};
    return db_write(state->db, bind_work, &work, error);
}

/* ---- folders ---- */

static char *copy_blob(struct db_rows *rows, int column)
{
    size_t size = 0;
    const char *bytes = db_blob(rows, column, &size);
    return g_strndup(bytes ? bytes : "", size);
}

GPtrArray *state_folders(struct state *state, GError **error)
{
    g_autoptr(GError) reason = NULL;
    g_autoptr(GPtrArray) folders = g_ptr_array_new_with_free_func(g_free);
    DB_READ struct db_conn *conn = db_read_begin(state->db, error);
    if (!conn)
        return NULL;
    DB_ROWS struct db_rows *rows = db_query(conn, error, "SELECT path FROM folder ORDER BY id", "");
    if (!rows)
        return NULL;
    while (db_next(rows, &reason))
        g_ptr_array_add(folders, copy_blob(rows, 0));
    if (reason) {
        g_propagate_error(error, g_steal_pointer(&reason));
        return NULL;
    }
    return g_steal_pointer(&folders);
}

static bool add_work(struct db_conn *conn, void *data, GError **error)
{
    const char *path = data;
    return db_exec(conn, error, "INSERT INTO folder (path, added_us) VALUES (?1, ?2) ON CONFLICT DO NOTHING", "bi",
                   path, strlen(path), clock_now_us());
}

bool state_add_folder(struct state *state, const char *path, GError **error)
{
    return db_write(state->db, add_work, (void *)path, error);
}

static bool remove_work(struct db_conn *conn, void *data, GError **error)
{
    const char *path = data;
    if (!db_exec(conn, error, "DELETE FROM folder WHERE path = ?1", "b", path, strlen(path)))
        return false;
    return db_changed(conn) > 0 || err_set(error, ERR_NOT_FOUND, "This folder is not among those that are backed up.");
}

bool state_remove_folder(struct state *state, const char *path, GError **error)
{
    return db_write(state->db, remove_work, (void *)path, error);
}

/* ---- files ---- */

static struct saved_item *read_item(struct db_rows *rows)
{
    struct saved_item *item = g_new0(struct saved_item, 1);
    item->path = copy_blob(rows, 0);
    item->key = g_strdup(db_text(rows, 1));
    item->mark = (struct file_mark){.size_bytes = db_int(rows, 2),
                                    .mtime_ns = db_int(rows, 3),
                                    .ctime_ns = db_int(rows, 4),
                                    .inode = db_int(rows, 5)};
    item->has_sha1 = db_blob_exact(rows, 6, item->sha1, SHA1_SIZE);
    item->state = (enum saved_state)db_int(rows, 7);
    item->reason = g_strdup(db_text(rows, 8));
    item->note = g_strdup(db_text(rows, 9));
    item->upload_url = g_strdup(db_text(rows, 10));
    return item;
}

GHashTable *state_items(struct state *state, GError **error)
{
    g_autoptr(GError) reason = NULL;
    g_autoptr(GHashTable) items = g_hash_table_new_full(g_str_hash, g_str_equal, NULL, free_saved);
    DB_READ struct db_conn *conn = db_read_begin(state->db, error);
    if (!conn)
        return NULL;
    DB_ROWS struct db_rows *rows = db_query(conn, error,
                                            "SELECT path, key, size, mtime_ns, ctime_ns, inode, sha1, state, reason,"
                                            " note, upload_url FROM item",
                                            "");
    if (!rows)
        return NULL;
    while (db_next(rows, &reason)) {
        struct saved_item *item = read_item(rows);
        g_hash_table_replace(items, item->path, item);
    }
    if (reason) {
        g_propagate_error(error, g_steal_pointer(&reason));
        return NULL;
    }
    return g_steal_pointer(&items);
}

struct items_work {
    const struct saved_item *const *items;
    const char *const *paths;
    size_t n;
};

static bool save_work(struct db_conn *conn, void *data, GError **error)
{
    const struct items_work *work = data;
    for (size_t i = 0; i < work->n; i++) {
        const struct saved_item *item = work->items[i];
        if (!db_exec(conn, error,
                     "INSERT OR REPLACE INTO item (path, key, size, mtime_ns, ctime_ns, inode, sha1, state, reason,"
                     " note, upload_url) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11)",
                     "btiiiibittt", item->path, strlen(item->path), item->key, item->mark.size_bytes,
                     item->mark.mtime_ns, item->mark.ctime_ns, item->mark.inode, item->has_sha1 ? item->sha1 : NULL,
                     (size_t)SHA1_SIZE, (int64_t)item->state, item->reason, item->note, item->upload_url))
            return false;
    }
    return true;
}

bool state_save(struct state *state, const struct saved_item *const *items, size_t n_items, GError **error)
{
    struct items_work work = {.items = items, .n = n_items};
    return n_items == 0 || db_write(state->db, save_work, &work, error);
}

struct upload_work {
    const char *path, *url;
};

static bool upload_work(struct db_conn *conn, void *data, GError **error)
{
    const struct upload_work *work = data;
    return db_exec(conn, error, "UPDATE item SET upload_url = ?2 WHERE path = ?1", "bt", work->path, strlen(work->path),
                   work->url);
}

bool state_set_upload(struct state *state, const char *path, const char *upload_url, GError **error)
{
    struct upload_work work = {path, upload_url};
    return db_write(state->db, upload_work, &work, error);
}

static bool forget_work(struct db_conn *conn, void *data, GError **error)
{
    const struct items_work *work = data;
    for (size_t i = 0; i < work->n; i++)
        if (!db_exec(conn, error, "DELETE FROM item WHERE path = ?1", "b", work->paths[i], strlen(work->paths[i])) ||
            !db_exec(conn, error, "DELETE FROM side_file WHERE path = ?1", "b", work->paths[i], strlen(work->paths[i])))
            return false;
    return true;
}

bool state_forget(struct state *state, const char *const *paths, size_t n_paths, GError **error)
{
    struct items_work work = {.paths = paths, .n = n_paths};
    return n_paths == 0 || db_write(state->db, forget_work, &work, error);
}

/* ---- side files ---- */

GHashTable *state_side_files(struct state *state, GError **error)
{
    g_autoptr(GError) reason = NULL;
    g_autoptr(GHashTable) marks = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, g_free);
    DB_READ struct db_conn *conn = db_read_begin(state->db, error);
    DB_ROWS struct db_rows *rows =
        conn ? db_query(conn, error, "SELECT path, size, mtime_ns, ctime_ns, inode FROM side_file", "") : NULL;
    if (!rows)
        return NULL;
    while (db_next(rows, &reason)) {
        size_t size = 0;
        const void *path = db_blob(rows, 0, &size);
        struct file_mark mark = {db_int(rows, 1), db_int(rows, 2), db_int(rows, 3), db_int(rows, 4)};
        g_hash_table_replace(marks, g_strndup(path, size), g_memdup2(&mark, sizeof mark));
    }
    if (reason) {
        g_propagate_error(error, g_steal_pointer(&reason));
        return NULL;
    }
    return g_steal_pointer(&marks);
}

struct side_file_work {
    const char *path;
    const struct file_mark *mark;
};

static bool side_file_work(struct db_conn *conn, void *data, GError **error)
{
    const struct side_file_work *work = data;
    return db_exec(conn, error,
                   "INSERT INTO side_file VALUES (?1, ?2, ?3, ?4, ?5) ON CONFLICT DO UPDATE SET size = excluded.size,"
                   " mtime_ns = excluded.mtime_ns, ctime_ns = excluded.ctime_ns, inode = excluded.inode",
                   "biiii", work->path, strlen(work->path), work->mark->size_bytes, work->mark->mtime_ns,
                   work->mark->ctime_ns, work->mark->inode);
}

bool state_set_side_file(struct state *state, const char *path, const struct file_mark *mark, GError **error)
{
    struct side_file_work work = {path, mark};
    return db_write(state->db, side_file_work, &work, error);
}

bool state_counts(struct state *state, struct state_counts *ret_counts, GError **error)
{
    DB_READ struct db_conn *conn = db_read_begin(state->db, error);
    if (!conn)
        return false;
    DB_ROWS struct db_rows *rows = db_query(
        conn, error,
        "SELECT count(*), coalesce(sum(state = 3), 0), coalesce(sum(state = 1), 0), coalesce(sum(state = 2), 0),"
        " coalesce(sum(state = 0), 0), coalesce(sum(size), 0), coalesce(sum(size) FILTER (WHERE state = 3), 0)"
        " FROM item",
        "");
    if (!rows || !db_next_required(rows, error, "The counts could not be read."))
        return false;
    *ret_counts = (struct state_counts){db_int(rows, 0), db_int(rows, 1), db_int(rows, 2), db_int(rows, 3),
                                        db_int(rows, 4), db_int(rows, 5), db_int(rows, 6)};
    return true;
}
