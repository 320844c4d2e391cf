/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * The data folder: its identity, its lock, its sub-folders. */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include "base/error.h"
#include "base/fault.h"
#include "base/io.h"
#include "store/store_private.h"

/* The first line of the identity file: what it is, the version of the layout, the id. A program that finds another
 * version must not touch the folder. */
#define IDENTITY_FORMAT "ambrotype-library 1 %s\n"
#define IDENTITY_PREFIX "ambrotype-library 1 "
enum { IDENTITY_SIZE = sizeof IDENTITY_PREFIX - 1 + UUID_TEXT_SIZE };

static guint uuid_hash(gconstpointer key)
{
    guint hash;
    memcpy(&hash, ((const struct uuid *)key)->bytes, sizeof hash);
    return hash;
}

static gboolean uuid_same(gconstpointer a, gconstpointer b)
{
    return uuid_equal(a, b);
}

guint blob_id_hash(gconstpointer key)
{
    guint hash;
    memcpy(&hash, ((const struct blob_id *)key)->sha256, sizeof hash);
    return hash;
}

gboolean blob_id_same(gconstpointer a, gconstpointer b)
{
    return memcmp(a, b, sizeof(struct blob_id)) == 0;
}

static struct store *store_new(const char *path)
{
    struct store *store = g_new0(struct store, 1);
    store->path = g_strdup(path);
    store->data_fd = store->lock_fd = store->store_fd = store->staging_fd = store->derived_fd = store->browse_fd = -1;
    g_mutex_init(&store->lock);
    store->live = g_hash_table_new_full(uuid_hash, uuid_same, g_free, NULL);
    store->holds = g_hash_table_new_full(blob_id_hash, blob_id_same, g_free, g_free);
    return store;
}

void store_close(struct store *store)
{
    if (!store)
        return;
    unpacked_free(store->unpacked);
    if (store->backend)
        store->backend->driver->close(store->backend);
    io_auto_close(&store->browse_fd);
    io_auto_close(&store->derived_fd);
    io_auto_close(&store->staging_fd);
    io_auto_close(&store->store_fd);
    io_auto_close(&store->data_fd);
    io_auto_close(&store->lock_fd); /* last: the next owner may come in now */
    g_hash_table_destroy(store->live);
    g_hash_table_destroy(store->holds);
    g_mutex_clear(&store->lock);
    g_free(store->path);
    g_free(store);
}

static void auto_store_close(struct store **store)
{
    store_close(*store);
}
#define STORE_AUTO __attribute__((cleanup(auto_store_close)))

/* What may lie in a data folder before its identity does: the lock, an identity half written by a start that was cut
 * off, and what mkfs puts into a mount point. */
static bool is_harmless_name(const char *name)
{
    return strcmp(name, ".") == 0 || strcmp(name, "..") == 0 || strcmp(name, "lock") == 0 ||
           strcmp(name, "lost+found") == 0 || g_str_has_prefix(name, ".identity.");
}

static bool check_is_fresh(const struct store *store, GError **error)
{
    AUTO_FD int fd = openat(store->data_fd, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    DIR *dir = fd < 0 ? NULL : fdopendir(fd);
    if (!dir)
        return err_set_errno(error, errno, store->path, "The data folder could not be read.");
    io_steal_fd(&fd);
    const struct dirent *entry;
    bool fresh = true;
    while (fresh && (entry = readdir(dir)))
        fresh = is_harmless_name(entry->d_name);
    g_autofree char *found = fresh ? NULL : g_strdup(entry->d_name);
    closedir(dir);
    if (fresh)
        return true;
    return err_set_detail(error, ERR_CONFLICT, found,
                          "The folder %s is not empty and is no Ambrotype library. Choose an empty folder, or the one "
                          "that holds the library.",
                          store->path);
}

/* False without error in @error: there is no identity file. */
static bool read_identity(struct store *store, GError **error)
{
    AUTO_FD int fd = openat(store->data_fd, "identity", O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
    if (fd < 0 && errno == ENOENT)
        return false;
    if (fd < 0)
        return err_set_errno(error, errno, "identity", "The identity of the library could not be read.");
    char text[IDENTITY_SIZE + 1] = "";
    if (io_read_full(fd, text, IDENTITY_SIZE, error) < 0)
        return false;
    g_strchomp(text);
    if (!g_str_has_prefix(text, IDENTITY_PREFIX))
        return err_set_detail(error, ERR_CONFLICT, text,
                              "The library in %s was made by another version of this program.", store->path);
    if (!uuid_parse(text + strlen(IDENTITY_PREFIX), &store->identity))
        return err_set_detail(error, ERR_CORRUPT, text, "The identity file in %s is damaged.", store->path);
    return true;
}

static bool make_identity(struct store *store, GError **error)
{
    if (!check_is_fresh(store, error))
        return false;
    struct uuid id = uuid_v4();
    char text[UUID_TEXT_SIZE];
    g_autofree char *line = g_strdup_printf(IDENTITY_FORMAT, uuid_format(&id, text));
    if (!io_replace_file(store->data_fd, "identity", line, strlen(line), error))
        return false;
    store->identity = id;
    return true;
}

static bool take_lock(struct store *store, GError **error)
{
    store->lock_fd = openat(store->data_fd, "lock", O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);
    if (store->lock_fd < 0)
        return err_set_errno(error, errno, store->path, "The lock of the data folder could not be opened.");
    if (flock(store->lock_fd, LOCK_EX | LOCK_NB) == 0)
        return true;
    if (errno == EWOULDBLOCK)
        return err_set(error, ERR_BUSY, "Another Ambrotype server uses the data folder %s.", store->path);
    return err_set_errno(error, errno, store->path, "The data folder could not be locked.");
}

/* With O_NOFOLLOW a sub-folder that is a link is refused; a data folder that is one is the administrator's choice. */
static bool open_data_dir(struct store *store, bool make, GError **error)
{
    if (make && mkdir(store->path, 0700) == 0) {
        g_autofree char *parent = g_path_get_dirname(store->path);
        AUTO_FD int parent_fd = open(parent, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
        if (parent_fd >= 0 && !io_sync_dir(parent_fd, error))
            return false;
    } else if (make && errno != EEXIST) {
        return err_set_errno(error, errno, store->path, "The data folder %s could not be made.", store->path);
    }
    store->data_fd = open(store->path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (store->data_fd >= 0)
        return true;
    if (errno == ENOENT || errno == ENOTDIR)
        return err_set(error, ERR_NOT_FOUND, "There is no library in %s.", store->path);
    return err_set_errno(error, errno, store->path, "The data folder %s could not be opened.", store->path);
}

/* Beside the server nothing is made, and only store/ must be there: a copy of a library need not hold what can be made
 * again. */
static bool open_sub(const struct store *store, const char *name, bool is_needed, int *ret_fd, GError **error)
{
    int fd = store->is_beside ? openat(store->data_fd, name, O_RDONLY | O_DIRECTORY | O_CLOEXEC | O_NOFOLLOW)
                              : io_open_dir(store->data_fd, name, error);
    if (fd < 0 && !store->is_beside)
        return false;
    if (fd < 0 && (is_needed || errno != ENOENT))
        return err_set_errno(error, errno, name, "The folder %s of the library %s could not be opened.", name,
                             store->path);
    *ret_fd = fd;
    return true;
}

static bool open_subs(struct store *store, GError **error)
{
    AUTO_FD int backups_fd = -1;
    if (!open_sub(store, "store", true, &store->store_fd, error) ||
        !open_sub(store, "staging", false, &store->staging_fd, error) ||
        !open_sub(store, "derived", false, &store->derived_fd, error) ||
        !open_sub(store, "browse", false, &store->browse_fd, error) ||
        !open_sub(store, "backups", false, &backups_fd, error))
        return false;
    return (store->backend = blob_fs_open(store->store_fd, error)) != NULL;
}

struct store *store_open(const char *data_dir, GError **error)
{
    STORE_AUTO struct store *store = store_new(data_dir);
    if (!open_data_dir(store, true, error) || !take_lock(store, error))
        return NULL;
    GError *problem = NULL;
    if (!read_identity(store, &problem)) {
        if (problem) {
            g_propagate_error(error, problem);
            return NULL;
        }
        if (!make_identity(store, error))
            return NULL;
    }
    if (!open_subs(store, error))
        return NULL;
    return g_steal_pointer(&store);
}

struct store *store_open_beside(const char *data_dir, GError **error)
{
    STORE_AUTO struct store *store = store_new(data_dir);
    store->is_beside = true;
    GError *problem = NULL;
    if (!open_data_dir(store, false, error))
        return NULL;
    if (!read_identity(store, &problem)) {
        if (problem)
            g_propagate_error(error, problem);
        else
            err_set(error, ERR_NOT_FOUND, "There is no library in %s.", data_dir);
        return NULL;
    }
    if (!open_subs(store, error))
        return NULL;
    return g_steal_pointer(&store);
}

struct uuid store_identity(const struct store *store)
{
    return store->identity;
}

int store_derived_dir(const struct store *store)
{
    return store->derived_fd;
}

bool store_derived_renew(struct store *store, GError **error)
{
    AUTO_FD int fd = io_open_dir(store->data_fd, "derived", error);
    return fd >= 0 && (dup3(fd, store->derived_fd, O_CLOEXEC) >= 0 ||
                       err_set_errno(error, errno, "derived", "The folder of the thumbnails could not be opened."));
}

int store_browse_dir(const struct store *store)
{
    return store->browse_fd;
}

int store_data_dir(const struct store *store)
{
    return store->data_fd;
}

bool store_space(struct store *store, int64_t *ret_free_bytes, int64_t *ret_total_bytes, GError **error)
{
    struct statvfs space;
    if (fstatvfs(store->data_fd, &space) != 0)
        return err_set_errno(error, errno, store->path, "The free space could not be read.");
    *ret_free_bytes = (int64_t)space.f_bavail * (int64_t)space.f_frsize;
    *ret_total_bytes = (int64_t)space.f_blocks * (int64_t)space.f_frsize;
    return true;
}
