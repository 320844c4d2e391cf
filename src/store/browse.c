/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * browse/: names for people, as hard links to the blobs. It can be lost and made again, so nothing here is synced
 * beyond what making folders does. */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/error.h"
#include "base/io.h"
#include "store/store_private.h"

enum { MAX_SAME_NAME = 10000 };

/* The components of @path; NULL with ERR_INVALID where one could lead elsewhere. */
static char **split(const char *path, GError **error)
{
    g_auto(GStrv) parts = g_strsplit(path, "/", -1);
    bool ok = parts[0] != NULL;
    for (char **part = parts; ok && *part; part++)
        ok = **part && strcmp(*part, ".") != 0 && strcmp(*part, "..") != 0;
    if (ok)
        return g_steal_pointer(&parts);
    err_set_detail(error, ERR_INVALID, path, "This is no path below the browse folder.");
    return NULL;
}

/* The folder that holds the last of @parts, made on the way if @make. */
static int enter_folders(struct store *store, char **parts, bool make, GError **error)
{
    AUTO_FD int fd = fcntl(store->browse_fd, F_DUPFD_CLOEXEC, 3);
    if (fd < 0) {
        err_set_errno(error, errno, "browse", "The browse folder could not be opened.");
        return -1;
    }
    for (; parts[1]; parts++) {
        AUTO_FD int below =
            make ? io_open_dir(fd, *parts, error) : openat(fd, *parts, O_RDONLY | O_DIRECTORY | O_CLOEXEC | O_NOFOLLOW);
        if (below < 0) {
            if (!make && errno == ENOENT)
                err_set(error, ERR_NOT_FOUND, "There is no such browse folder.");
            else if (!make)
                err_set_errno(error, errno, *parts, "A browse folder could not be opened.");
            return -1;
        }
        io_auto_close(&fd);
        fd = io_steal_fd(&below);
    }
    return io_steal_fd(&fd);
}

/* "IMG.jpg" as "IMG (2).jpg". */
static char *numbered(const char *name, unsigned n)
{
    const char *dot = strrchr(name, '.');
    size_t stem = dot && dot != name ? (size_t)(dot - name) : strlen(name);
    return g_strdup_printf("%.*s (%u)%s", (int)stem, name, n, name + stem);
}

/* Does @name of @dir_fd stand for this form of the blob already (this was asked for before)? */
static bool is_same(struct store *store, const struct blob_id *id, enum blob_form form, int dir_fd, const char *name)
{
    int64_t size_bytes;
    AUTO_FD int fd = store_open_form(store, id, form, &size_bytes, NULL);
    struct stat blob, there;
    return fd >= 0 && fstat(fd, &blob) == 0 && fstatat(dir_fd, name, &there, AT_SYMLINK_NOFOLLOW) == 0 &&
           blob.st_dev == there.st_dev && blob.st_ino == there.st_ino;
}

static bool set_link_error(int failure, const char *path, GError **error)
{
    if (failure == ENOENT)
        return err_set_detail(error, ERR_NOT_FOUND, path, "The stored file is missing.");
    if (failure == EPERM || failure == EOPNOTSUPP || failure == ENOSYS || failure == EXDEV)
        return err_set_detail(error, ERR_UNSUPPORTED, path, "The server's file system has no hard links.");
    if (failure == EMLINK)
        return err_set_detail(error, ERR_LIMIT, path, "The stored file has as many names as the file system allows.");
    return err_set_errno(error, failure, path, "A browse link could not be made.");
}

/* The blob under the first free one of the names that @name leads to; 0 or an errno. */
static int link_form(struct store *store, const struct blob_id *id, enum blob_form form, int dir_fd, const char *name,
                     char **ret_name)
{
    const char *suffix = form == BLOB_PACKED ? ".jxl" : "";
    for (unsigned n = 1; n < MAX_SAME_NAME; n++) {
        g_autofree char *stem = n == 1 ? g_strdup(name) : numbered(name, n);
        g_autofree char *candidate = g_strconcat(stem, suffix, NULL);
        int failure = store->backend->driver->link_out(store->backend, id, form, dir_fd, candidate);
        if (failure == 0 || (failure == EEXIST && is_same(store, id, form, dir_fd, candidate))) {
            *ret_name = g_steal_pointer(&candidate);
            return 0;
        }
        if (failure != EEXIST)
            return failure;
    }
    return EEXIST;
}

bool store_browse_link(struct store *store, const struct blob_id *id, const char *path, char **ret_path, GError **error)
{
    if (!store->backend->driver->link_out)
        return err_set(error, ERR_UNSUPPORTED, "This store has no local files to link to.");
    g_auto(GStrv) parts = split(path, error);
    AUTO_FD int dir_fd = parts ? enter_folders(store, parts, true, error) : -1;
    if (dir_fd < 0)
        return false;
    char **last = parts + g_strv_length(parts) - 1;
    char *name = NULL;
    int failure = link_form(store, id, BLOB_PLAIN, dir_fd, *last, &name);
    if (failure == ENOENT)
        failure = link_form(store, id, BLOB_PACKED, dir_fd, *last, &name);
    if (failure == EEXIST)
        return err_set_detail(error, ERR_LIMIT, path, "Too many files have the same name.");
    if (failure != 0)
        return set_link_error(failure, path, error);
    g_free(*last);
    *last = name;
    *ret_path = g_strjoinv("/", parts);
    return true;
}

bool store_browse_replace(struct store *store, const struct blob_id *id, const char *path, GError **error)
{
    if (!store->backend->driver->link_out)
        return err_set(error, ERR_UNSUPPORTED, "This store has no local files to link to.");
    g_auto(GStrv) parts = split(path, error);
    AUTO_FD int dir_fd = parts ? enter_folders(store, parts, true, error) : -1;
    if (dir_fd < 0)
        return false;
    const char *name = parts[g_strv_length(parts) - 1];
    /* rename() does nothing where both names are of one file: the new one would stay. */
    if (is_same(store, id, BLOB_PLAIN, dir_fd, name))
        return true;
    struct uuid random = uuid_v4();
    char unique[UUID_TEXT_SIZE];
    g_autofree char *temporary = g_strdup_printf(".%s", uuid_format(&random, unique));
    int failure = store->backend->driver->link_out(store->backend, id, BLOB_PLAIN, dir_fd, temporary);
    if (failure != 0)
        return set_link_error(failure, path, error);
    if (renameat(dir_fd, temporary, dir_fd, name) == 0)
        return true;
    failure = errno;
    unlinkat(dir_fd, temporary, 0);
    return set_link_error(failure, path, error);
}

/* Removes folders that became empty, from the innermost out. */
static void prune(struct store *store, char **parts)
{
    for (unsigned n = g_strv_length(parts); n > 1; n--) {
        g_free(g_steal_pointer(&parts[n - 1]));
        g_autofree char *folder = g_strjoinv("/", parts);
        if (unlinkat(store->browse_fd, folder, AT_REMOVEDIR) != 0)
            return;
    }
}

bool store_browse_unlink(struct store *store, const char *path, GError **error)
{
    g_auto(GStrv) parts = split(path, error);
    if (!parts)
        return false;
    if (store->browse_fd < 0) /* a copy without browse/ */
        return true;
    GError *problem = NULL;
    AUTO_FD int dir_fd = enter_folders(store, parts, false, &problem);
    if (dir_fd < 0 && err_is(problem, ERR_NOT_FOUND)) {
        g_clear_error(&problem);
        return true;
    }
    if (dir_fd < 0) {
        g_propagate_error(error, problem);
        return false;
    }
    if (unlinkat(dir_fd, parts[g_strv_length(parts) - 1], 0) != 0 && errno != ENOENT)
        return err_set_errno(error, errno, path, "A browse link could not be removed.");
    prune(store, parts);
    return true;
}
