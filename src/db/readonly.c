/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Where to read an SQLite database in WAL mode whose folder cannot be written. There are three ways:
 *
 * 1. As it stands. SQLite can do that where -wal and -shm lie beside the file, which is so whenever a process has the
 *    database open (a live folder that is mounted a second time, read-only), and its locks then work as ever.
 * 2. immutable=1: neither locks nor the WAL are looked at. Right only where no WAL with content lies there; and as a
 *    process that writes has both files of 1 there, nobody does.
 * 3. A private copy, where a WAL has content but no -shm to go with it: immutable=1 would hide what was committed
 *    last. */
#include <errno.h>
#include <fcntl.h>
#include <glib/gstdio.h>
#include <sqlite3.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/error.h"
#include "base/io.h"
#include "db/driver.h"

enum { BLOCK_BYTES = 1 << 16 };
static const char copy_name[] = "copy.db", copy_wal_name[] = "copy.db-wal";

/* The URI of file @path with @query; an absolute path, so that nothing of it is taken for a host. */
static char *uri_of(const char *path, const char *query)
{
    g_autofree char *absolute = g_canonicalize_filename(path, NULL);
    g_autofree char *escaped = g_uri_escape_bytes((const guint8 *)absolute, strlen(absolute), "/");
    return g_strconcat("file://", escaped, "?", query, NULL);
}

/* Can the database at @uri be read? What it then says of its content is for the real connection to find. */
static bool is_readable(const char *uri)
{
    sqlite3 *db = NULL;
    int code = sqlite3_open_v2(uri, &db, SQLITE_OPEN_READONLY | SQLITE_OPEN_URI, NULL);
    if (code == SQLITE_OK)
        code = sqlite3_exec(db, "SELECT 1 FROM sqlite_schema LIMIT 1", NULL, NULL, NULL);
    sqlite3_close(db);
    return (code & 0xff) != SQLITE_CANTOPEN && (code & 0xff) != SQLITE_READONLY;
}

static bool has_content(const char *path)
{
    struct stat status;
    return stat(path, &status) == 0 && status.st_size > 0;
}

static bool copy_bytes(int from, int to, GError **error)
{
    g_autofree char *block = g_malloc(BLOCK_BYTES);
    ssize_t got;
    while ((got = io_read_full(from, block, BLOCK_BYTES, error)) > 0) {
        if (!io_write_all(to, block, (size_t)got, error))
            return false;
    }
    return got == 0;
}

static bool copy_file(const char *path, const char *folder, const char *name, GError **error)
{
    g_autofree char *target = g_build_filename(folder, name, NULL);
    AUTO_FD int from = open(path, O_RDONLY | O_CLOEXEC);
    if (from < 0)
        return err_set_errno(error, errno, path, "The database could not be read.");
    AUTO_FD int to = open(target, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
    if (to < 0)
        return err_set_errno(error, errno, target, "A copy of the database for reading could not be made.");
    return copy_bytes(from, to, error);
}

/* Makes the copy in a new folder below TMPDIR; its path, or NULL with @error. */
static char *make_copy(const char *place, const char *wal, GError **error)
{
    g_autofree char *folder = g_build_filename(g_get_tmp_dir(), "ambrotype-read-XXXXXX", NULL);
    if (!g_mkdtemp_full(folder, 0700)) {
        err_set_errno(error, errno, folder, "A folder for a copy of the database could not be made.");
        return NULL;
    }
    GError *failure = NULL;
    if (copy_file(place, folder, copy_name, &failure) && copy_file(wal, folder, copy_wal_name, &failure))
        return g_steal_pointer(&folder);
    sqlite_readonly_forget(folder);
    g_prefix_error(&failure, "The database cannot be read where it is, and copying it to the folder for temporary "
                             "files (TMPDIR) failed: ");
    g_propagate_error(error, failure);
    return NULL;
}

char *sqlite_readonly_settle(const char *place, char **ret_folder, GError **error)
{
    g_autofree char *plain = uri_of(place, "mode=ro");
    if (is_readable(plain))
        return g_steal_pointer(&plain);
    g_autofree char *dir = g_path_get_dirname(place), *wal = g_strconcat(place, "-wal", NULL);
    /* A folder that can be written might be written by others at any time: then the plain way says what is wrong. */
    if (access(place, R_OK) != 0 || access(dir, W_OK) == 0)
        return g_steal_pointer(&plain);
    if (!has_content(wal))
        return uri_of(place, "immutable=1");
    g_autofree char *folder = make_copy(place, wal, error);
    if (!folder)
        return NULL;
    g_autofree char *copy = g_build_filename(folder, copy_name, NULL);
    *ret_folder = g_steal_pointer(&folder);
    return uri_of(copy, "mode=ro");
}

void sqlite_readonly_forget(const char *folder)
{
    static const char *const names[] = {copy_name, copy_wal_name, "copy.db-shm"};
    for (size_t i = 0; i < G_N_ELEMENTS(names); i++) {
        g_autofree char *path = g_build_filename(folder, names[i], NULL);
        unlink(path);
    }
    rmdir(folder); /* what cannot be removed stays private */
}
