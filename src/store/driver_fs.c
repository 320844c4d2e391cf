/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Blobs as files: store/ab/cd/<sha256>, packed ones with ".jxl" behind it, mode 0400. A commit is one link(2) out of
 * staging/: the name appears whole or not at all, and never takes the place of another file. */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/error.h"
#include "base/fault.h"
#include "base/io.h"
#include "store/store_private.h"

enum {
    HEX_SIZE = 2 * SHA256_SIZE,
    PATH_SIZE = 3 + 3 + HEX_SIZE + 4 + 1, /* "ab/cd/", the name, ".jxl", NUL */
    N_FIRST = 256,
    N_LEAVES = 65536,
};

static const char *const suffixes[BLOB_N_FORMS] = {[BLOB_PLAIN] = "", [BLOB_PACKED] = ".jxl"};

struct fs_backend {
    struct blob_backend base;
    int store_fd;
    gint may_link; /* atomic; 0 once the file system has refused a hard link */
    /* Folders whose own names are known to be on disk (atomic bits). One that this process found or made is not known
     * until its parent was synced once: the one who made it may not have come to that yet. */
    guint first_durable[N_FIRST / 32];
    guint leaf_durable[N_LEAVES / 32];
};

static struct fs_backend *fs_of(struct blob_backend *backend)
{
    return (struct fs_backend *)backend; /* base is its first member */
}

static bool bit_is_set(const guint *bits, unsigned i)
{
    return g_atomic_int_get((const gint *)&bits[i / 32]) & (gint)(1u << (i % 32));
}

static void bit_set(guint *bits, unsigned i)
{
    g_atomic_int_or(&bits[i / 32], 1u << (i % 32));
}

static void blob_path(const struct blob_id *id, enum blob_form form, char ret_path[PATH_SIZE])
{
    g_autofree char *name = blob_name(id);
    snprintf(ret_path, PATH_SIZE, "%.2s/%.2s/%s%s", name, name + 2, name, suffixes[form]);
}

/* Opens folder @name, making it where it is missing; its durability is sync_folders()'s work. */
static int enter(int dir_fd, const char *name, GError **error)
{
    int fd = openat(dir_fd, name, O_RDONLY | O_DIRECTORY | O_CLOEXEC | O_NOFOLLOW);
    if (fd < 0 && errno == ENOENT && (mkdirat(dir_fd, name, 0700) == 0 || errno == EEXIST))
        fd = openat(dir_fd, name, O_RDONLY | O_DIRECTORY | O_CLOEXEC | O_NOFOLLOW);
    if (fd < 0)
        err_set_errno(error, errno, name, "A folder of the store could not be opened.");
    return fd;
}

static bool sync_folders(struct fs_backend *fs, const struct blob_id *id, int first_fd, int leaf_fd, GError **error)
{
    int fault = FAULT("store.fsync-dir");
    if (fault)
        return err_set_errno(error, fault, NULL, "Making a folder durable failed.");
    unsigned first = id->sha256[0], leaf = first << 8 | id->sha256[1];
    if (!io_sync_dir(leaf_fd, error))
        return false;
    if (!bit_is_set(fs->leaf_durable, leaf) && !io_sync_dir(first_fd, error))
        return false;
    bit_set(fs->leaf_durable, leaf);
    if (!bit_is_set(fs->first_durable, first) && !io_sync_dir(fs->store_fd, error))
        return false;
    bit_set(fs->first_durable, first);
    return true;
}

/* Are the bytes of the blob that is there the right ones? They are read, not only counted: the answer to the one who
 * uploads them now is a promise, and the good bytes are at hand just now. @ret_gone: it is there no more, as it has
 * just been packed. */
static bool is_intact(int leaf_fd, const char *name, const struct blob_digest *digest, bool *ret_intact, bool *ret_gone,
                      GError **error)
{
    AUTO_FD int fd = openat(leaf_fd, name, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
    struct stat status;
    *ret_gone = fd < 0 && errno == ENOENT;
    *ret_intact = false;
    if (*ret_gone)
        return true;
    if (fd < 0 || fstat(fd, &status) != 0)
        return err_set_errno(error, errno, name, "A stored file could not be opened.");
    if (!S_ISREG(status.st_mode) || status.st_size != digest->size_bytes)
        return true;
    struct blob_id found;
    int64_t size_bytes;
    GError *unreadable = NULL;
    if (store_hash_fd(fd, found.sha256, &size_bytes, &unreadable))
        *ret_intact = size_bytes == digest->size_bytes && memcmp(&found, &digest->id, sizeof found) == 0;
    g_clear_error(&unreadable); /* a bad sector under the old bytes is damage, too */
    return true;
}

static bool refuses_links(int error_number)
{
    return error_number == EPERM || error_number == EOPNOTSUPP || error_number == ENOSYS || error_number == EMLINK;
}

/* 0, or the errno. Without hard links the staged file itself moves: RENAME_NOREPLACE keeps the promise that a blob is
 * never replaced by accident; what is lost is only the trace in staging/. */
static int give_name(struct fs_backend *fs, int dir_fd, const char *staged, int leaf_fd, const char *name)
{
    int fault = FAULT("store.link");
    if (fault)
        return fault;
    if (g_atomic_int_get(&fs->may_link)) {
        if (linkat(dir_fd, staged, leaf_fd, name, 0) == 0)
            return 0;
        if (!refuses_links(errno))
            return errno;
        g_atomic_int_set(&fs->may_link, 0);
    }
    if (renameat2(dir_fd, staged, leaf_fd, name, RENAME_NOREPLACE) == 0)
        return 0;
    if (errno != EINVAL && errno != ENOSYS)
        return errno;
    /* A file system with neither. The name is that of the content, so whoever comes first puts the same bytes. */
    struct stat status;
    if (fstatat(leaf_fd, name, &status, AT_SYMLINK_NOFOLLOW) == 0)
        return EEXIST;
    return renameat(dir_fd, staged, leaf_fd, name) == 0 ? 0 : errno;
}

static bool place(struct fs_backend *fs, int dir_fd, const char *staged, int leaf_fd, const struct blob_digest *digest,
                  bool *is_new, GError **error)
{
    g_autofree char *name = blob_name(&digest->id);
    bool intact = false, gone = true;
    while (gone) {
        int failure = give_name(fs, dir_fd, staged, leaf_fd, name);
        if (failure == 0) {
            *is_new = true;
            return true;
        }
        if (failure != EEXIST)
            return err_set_errno(error, failure, name, "The upload could not be put into the store.");
        if (!is_intact(leaf_fd, name, digest, &intact, &gone, error))
            return false;
    }
    if (!intact && renameat(dir_fd, staged, leaf_fd, name) != 0)
        return err_set_errno(error, errno, name, "A damaged stored file could not be replaced.");
    return true;
}

/* The two folders of @id, made where they are missing. */
static bool enter_both(struct fs_backend *fs, const struct blob_id *id, int *ret_first_fd, int *ret_leaf_fd,
                       GError **error)
{
    char path[PATH_SIZE];
    blob_path(id, BLOB_PLAIN, path);
    path[2] = path[5] = '\0'; /* "ab", "cd" */
    AUTO_FD int first_fd = enter(fs->store_fd, path, error);
    AUTO_FD int leaf_fd = first_fd < 0 ? -1 : enter(first_fd, path + 3, error);
    if (leaf_fd < 0)
        return false;
    *ret_first_fd = io_steal_fd(&first_fd);
    *ret_leaf_fd = io_steal_fd(&leaf_fd);
    return true;
}

static bool fs_put(struct blob_backend *backend, int dir_fd, const char *staged, const struct blob_digest *digest,
                   bool *is_new, GError **error)
{
    struct fs_backend *fs = fs_of(backend);
    AUTO_FD int first_fd = -1;
    AUTO_FD int leaf_fd = -1;
    return enter_both(fs, &digest->id, &first_fd, &leaf_fd, error) &&
           place(fs, dir_fd, staged, leaf_fd, digest, is_new, error) &&
           sync_folders(fs, &digest->id, first_fd, leaf_fd, error);
}

/* A rename, since a packed file that is there already is one that nobody came to vouch for. */
static bool fs_put_packed(struct blob_backend *backend, int dir_fd, const char *staged, const struct blob_id *id,
                          GError **error)
{
    struct fs_backend *fs = fs_of(backend);
    AUTO_FD int first_fd = -1;
    AUTO_FD int leaf_fd = -1;
    if (!enter_both(fs, id, &first_fd, &leaf_fd, error))
        return false;
    g_autofree char *plain = blob_name(id);
    g_autofree char *name = g_strconcat(plain, suffixes[BLOB_PACKED], NULL);
    int fault = FAULT("store.pack.link");
    if (!fault && renameat(dir_fd, staged, leaf_fd, name) != 0)
        fault = errno;
    if (fault)
        return err_set_errno(error, fault, name, "The packed file could not be put into the store.");
    return sync_folders(fs, id, first_fd, leaf_fd, error);
}

static int fs_open(struct blob_backend *backend, const struct blob_id *id, enum blob_form form, int64_t *ret_size_bytes,
                   GError **error)
{
    char path[PATH_SIZE];
    blob_path(id, form, path);
    /* Without waiting: who can write to the store may have laid a pipe there. */
    AUTO_FD int fd = openat(fs_of(backend)->store_fd, path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK);
    struct stat status;
    if (fd < 0 && (errno == ENOENT || errno == ENOTDIR)) {
        err_set_detail(error, ERR_NOT_FOUND, path, "The stored file is missing.");
        return -1;
    }
    if (fd < 0 || fstat(fd, &status) != 0) {
        err_set_errno(error, errno, path, "The stored file could not be opened.");
        return -1;
    }
    if (!S_ISREG(status.st_mode)) {
        err_set_detail(error, ERR_CORRUPT, path, "What lies in the store under this name is no file.");
        return -1;
    }
    *ret_size_bytes = status.st_size;
    return io_steal_fd(&fd);
}

static bool fs_has(struct blob_backend *backend, const struct blob_id *id, enum blob_form form, int64_t size_bytes)
{
    char path[PATH_SIZE];
    blob_path(id, form, path);
    struct stat status;
    return fstatat(fs_of(backend)->store_fd, path, &status, AT_SYMLINK_NOFOLLOW) == 0 && S_ISREG(status.st_mode) &&
           (size_bytes < 0 || status.st_size == size_bytes);
}

static bool fs_unlink(struct blob_backend *backend, const struct blob_id *id, enum blob_form form, GError **error)
{
    char path[PATH_SIZE];
    blob_path(id, form, path);
    /* Not synced: a power cut that brings the file back leaves a blob that nobody refers to, which verify names. */
    if (unlinkat(fs_of(backend)->store_fd, path, 0) == 0 || errno == ENOENT)
        return true;
    return err_set_errno(error, errno, path, "A stored file could not be deleted.");
}

static int fs_link_out(struct blob_backend *backend, const struct blob_id *id, enum blob_form form, int dir_fd,
                       const char *name)
{
    struct fs_backend *fs = fs_of(backend);
    if (!g_atomic_int_get(&fs->may_link))
        return EOPNOTSUPP;
    char path[PATH_SIZE];
    blob_path(id, form, path);
    return linkat(fs->store_fd, path, dir_fd, name, 0) == 0 ? 0 : errno;
}

/* ---- walking ---- */

struct walk {
    store_each *each;
    store_stray *stray;
    void *data;
};

static int by_name(gconstpointer a, gconstpointer b)
{
    return strcmp(*(char *const *)a, *(char *const *)b);
}

/* The names in folder @fd, sorted; NULL with @error. */
static GPtrArray *list(int fd, const char *path, GError **error)
{
    AUTO_FD int own = openat(fd, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    DIR *dir = own < 0 ? NULL : fdopendir(own);
    if (!dir) {
        err_set_errno(error, errno, path, "A folder of the store could not be read.");
        return NULL;
    }
    io_steal_fd(&own);
    GPtrArray *names = g_ptr_array_new_with_free_func(g_free);
    const struct dirent *entry;
    errno = 0;
    while ((entry = readdir(dir))) {
        if (strcmp(entry->d_name, ".") != 0 && strcmp(entry->d_name, "..") != 0)
            g_ptr_array_add(names, g_strdup(entry->d_name));
    }
    int failure = errno;
    closedir(dir);
    if (failure) {
        g_ptr_array_unref(names);
        err_set_errno(error, failure, path, "A folder of the store could not be read.");
        return NULL;
    }
    g_ptr_array_sort(names, by_name);
    return names;
}

static bool is_hex_name(const char *name, size_t length)
{
    return strlen(name) == length && strspn(name, "0123456789abcdef") == length;
}

static void tell_stray(const struct walk *walk, const char *path)
{
    if (walk->stray)
        walk->stray(path, walk->data);
}

/* Is @name, in the folder @leaf_path, that of a blob? Its first 64 digits then are its id. */
static bool parse_name(const char *leaf_path, const char *name, struct blob_id *ret_id, enum blob_form *ret_form)
{
    g_autofree char *digits = g_strndup(name, HEX_SIZE);
    if (!is_hex_name(digits, HEX_SIZE) || name[0] != leaf_path[0] || name[1] != leaf_path[1] ||
        name[2] != leaf_path[3] || name[3] != leaf_path[4] || !hex_decode(digits, ret_id->sha256, SHA256_SIZE))
        return false;
    for (unsigned form = 0; form < BLOB_N_FORMS; form++) {
        if (strcmp(name + HEX_SIZE, suffixes[form]) == 0) {
            *ret_form = (enum blob_form)form;
            return true;
        }
    }
    return false;
}

static bool walk_file(const struct walk *walk, int leaf_fd, const char *leaf_path, const char *name, GError **error)
{
    struct blob_id id;
    enum blob_form form;
    struct stat status;
    g_autofree char *path = g_strdup_printf("%s/%s", leaf_path, name);
    if (fstatat(leaf_fd, name, &status, AT_SYMLINK_NOFOLLOW) != 0)
        return errno == ENOENT || err_set_errno(error, errno, path, "A stored file could not be looked at.");
    if (S_ISREG(status.st_mode) && parse_name(leaf_path, name, &id, &form))
        return walk->each(&id, form, status.st_size, walk->data, error);
    tell_stray(walk, path);
    return true;
}

static bool walk_leaf(const struct walk *walk, int leaf_fd, const char *path, GError **error)
{
    g_autoptr(GPtrArray) names = list(leaf_fd, path, error);
    if (!names)
        return false;
    for (unsigned i = 0; i < names->len; i++) {
        if (!walk_file(walk, leaf_fd, path, names->pdata[i], error))
            return false;
    }
    return true;
}

/* @depth 0: store/ itself, 1: store/ab, 2: store/ab/cd. */
static bool walk_dir(const struct walk *walk, int fd, const char *path, int depth, GError **error)
{
    if (depth == 2)
        return walk_leaf(walk, fd, path, error);
    g_autoptr(GPtrArray) names = list(fd, path, error);
    if (!names)
        return false;
    for (unsigned i = 0; i < names->len; i++) {
        const char *name = names->pdata[i];
        g_autofree char *below = depth == 0 ? g_strdup(name) : g_strdup_printf("%s/%s", path, name);
        AUTO_FD int sub = -1;
        if (is_hex_name(name, 2))
            sub = openat(fd, name, O_RDONLY | O_DIRECTORY | O_CLOEXEC | O_NOFOLLOW);
        if (!is_hex_name(name, 2) || (sub < 0 && (errno == ENOTDIR || errno == ELOOP))) {
            tell_stray(walk, below);
            continue;
        }
        if (sub < 0)
            return err_set_errno(error, errno, below, "A folder of the store could not be opened.");
        if (!walk_dir(walk, sub, below, depth + 1, error))
            return false;
    }
    return true;
}

static bool fs_walk(struct blob_backend *backend, store_each *each, store_stray *stray, void *data, GError **error)
{
    struct walk walk = {each, stray, data};
    return walk_dir(&walk, fs_of(backend)->store_fd, "", 0, error);
}

static void fs_close(struct blob_backend *backend)
{
    struct fs_backend *fs = fs_of(backend);
    io_auto_close(&fs->store_fd);
    g_free(fs);
}

static const struct blob_driver fs_driver = {
    .name = "fs",
    .put = fs_put,
    .put_packed = fs_put_packed,
    .open = fs_open,
    .has = fs_has,
    .unlink = fs_unlink,
    .walk = fs_walk,
    .close = fs_close,
    .link_out = fs_link_out,
};

struct blob_backend *blob_fs_open(int store_fd, GError **error)
{
    int own = fcntl(store_fd, F_DUPFD_CLOEXEC, 3);
    if (own < 0) {
        err_set_errno(error, errno, "store", "The store could not be opened.");
        return NULL;
    }
    struct fs_backend *fs = g_new0(struct fs_backend, 1);
    fs->base.driver = &fs_driver;
    fs->store_fd = own;
    fs->may_link = 1;
    return &fs->base;
}

void blob_fs_forbid_links(struct blob_backend *backend)
{
    g_atomic_int_set(&fs_of(backend)->may_link, 0);
}
