/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * What earlier processes left in staging/. */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/error.h"
#include "base/io.h"
#include "store/store_private.h"

/* The names of staging/ that no stage of this process has. */
static GPtrArray *left_behind(struct store *store, GError **error)
{
    AUTO_FD int fd = openat(store->staging_fd, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    DIR *dir = fd < 0 ? NULL : fdopendir(fd);
    if (!dir) {
        err_set_errno(error, errno, "staging", "The folder of uploads could not be read.");
        return NULL;
    }
    io_steal_fd(&fd);
    GPtrArray *names = g_ptr_array_new_with_free_func(g_free);
    const struct dirent *entry;
    while ((entry = readdir(dir))) {
        struct uuid id;
        bool is_dots = strcmp(entry->d_name, ".") == 0 || strcmp(entry->d_name, "..") == 0;
        if (!is_dots && !(uuid_parse(entry->d_name, &id) && store_is_live(store, &id)))
            g_ptr_array_add(names, g_strdup(entry->d_name));
    }
    closedir(dir);
    return names;
}

static bool is_kept(const char *name, const struct uuid *keep, size_t n_keep)
{
    struct uuid id;
    if (!uuid_parse(name, &id))
        return false;
    for (size_t i = 0; i < n_keep; i++) {
        if (uuid_equal(&id, &keep[i]))
            return true;
    }
    return false;
}

bool store_sweep(struct store *store, const struct uuid *keep, size_t n_keep, unsigned *ret_swept, GError **error)
{
    g_autoptr(GPtrArray) names = left_behind(store, error);
    if (!names)
        return false;
    unsigned swept = 0;
    for (unsigned i = 0; i < names->len; i++) {
        const char *name = names->pdata[i];
        if (is_kept(name, keep, n_keep))
            continue;
        /* A folder is none of ours: it stays, and is no reason not to start. */
        if (unlinkat(store->staging_fd, name, 0) == 0)
            swept++;
        else if (errno != ENOENT && errno != EISDIR && errno != EPERM)
            return err_set_errno(error, errno, name, "A left-over upload could not be removed.");
    }
    *ret_swept = swept;
    return true;
}

/* A name of staging/ with a second link was committed. Which blob it is says only its hash. */
static bool look(struct store *store, const char *name, store_unfinished_each *each, void *data, GError **error)
{
    AUTO_FD int fd = openat(store->staging_fd, name, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK);
    struct stat status;
    if (fd < 0 || fstat(fd, &status) != 0 || !S_ISREG(status.st_mode) || status.st_nlink < 2)
        return true;
    struct blob_id id;
    int64_t size_bytes;
    if (!store_hash_fd(fd, id.sha256, &size_bytes, error))
        return false;
    if (!store_has(store, &id, size_bytes))
        return true;
    struct store_hold *hold = store_hold_take(store, &id);
    bool ok = each(&id, hold, data, error);
    store_hold_free(hold);
    return ok;
}

bool store_unfinished(struct store *store, store_unfinished_each *each, void *data, GError **error)
{
    g_autoptr(GPtrArray) names = left_behind(store, error);
    if (!names)
        return false;
    for (unsigned i = 0; i < names->len; i++) {
        if (!look(store, names->pdata[i], each, data, error))
            return false;
    }
    return true;
}
