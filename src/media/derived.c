/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "media/derived.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/error.h"
#include "base/io.h"

enum { MAGIC_SIZE = 12 };

static const struct {
    const char *suffix, *type;
    const char *magic, *mask; /* of the first MAGIC_SIZE bytes; '.' in the mask: any byte */
} kinds[] = {
    [MEDIA_THUMBNAIL] = {".thumbnail.webp", "image/webp", "RIFF\0\0\0\0WEBP", "xxxx....xxxx"},
    [MEDIA_PREVIEW] = {".preview.jpg", "image/jpeg", "\xff\xd8\xff\0\0\0\0\0\0\0\0\0", "xxx........."},
    [MEDIA_PLAYBACK] = {".playback.mp4", "video/mp4", "\0\0\0\0ftyp\0\0\0\0", "....xxxx...."},
};

static bool has_magic(const uint8_t *bytes, size_t size, enum media_derivative which)
{
    for (size_t i = 0; i < MAGIC_SIZE; i++)
        if (kinds[which].mask[i] == 'x' && (i >= size || bytes[i] != (uint8_t)kinds[which].magic[i]))
            return false;
    return true;
}

/* "ab/cd", and the name in it. */
static void place(const struct blob_id *id, enum media_derivative which, char **ret_outer, char **ret_inner,
                  char **ret_name)
{
    g_autofree char *hex = hex_encode(id->sha256, SHA256_SIZE);
    *ret_outer = g_strndup(hex, 2);
    *ret_inner = g_strndup(hex + 2, 2);
    *ret_name = g_strconcat(hex, kinds[which].suffix, NULL);
}

static char *relative_path(const struct blob_id *id, enum media_derivative which)
{
    g_autofree char *outer = NULL, *inner = NULL, *name = NULL;
    place(id, which, &outer, &inner, &name);
    return g_strdup_printf("%s/%s/%s", outer, inner, name);
}

/* As io_open_dir(), which syncs what it makes: that would keep uploads waiting for the disk, and for nothing. */
static int open_folder(int dir_fd, const char *name, GError **error)
{
    int fd = mkdirat(dir_fd, name, 0700) == 0 || errno == EEXIST
                 ? openat(dir_fd, name, O_RDONLY | O_DIRECTORY | O_CLOEXEC | O_NOFOLLOW)
                 : -1;
    if (fd < 0)
        err_set_errno(error, errno, name, "The folder of the thumbnails could not be opened.");
    return fd;
}

static bool write_file(int dir_fd, const char *name, GBytes *bytes, GError **error)
{
    struct uuid random = uuid_v4();
    char unique[UUID_TEXT_SIZE];
    g_autofree char *temporary = g_strdup_printf(".%s", uuid_format(&random, unique));
    AUTO_FD int fd = openat(dir_fd, temporary, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
    if (fd < 0)
        return err_set_errno(error, errno, name, "A thumbnail could not be stored.");
    bool ok = io_write_all(fd, g_bytes_get_data(bytes, NULL), g_bytes_get_size(bytes), error);
    if (ok && renameat(dir_fd, temporary, dir_fd, name) != 0)
        ok = err_set_errno(error, errno, name, "A thumbnail could not be stored.");
    if (!ok)
        unlinkat(dir_fd, temporary, 0);
    return ok;
}

bool derived_write(struct store *store, const struct blob_id *id, enum media_derivative which, GBytes *bytes,
                   GError **error)
{
    GError *problem = NULL;
    size_t size;
    const uint8_t *start = g_bytes_get_data(bytes, &size);
    if (!has_magic(start, size, which))
        return err_set_detail(error, ERR_CORRUPT, kinds[which].suffix,
                              "The media worker made something that is no picture.");
    g_autofree char *outer = NULL, *inner = NULL, *name = NULL;
    place(id, which, &outer, &inner, &name);
    AUTO_FD int outer_fd = open_folder(store_derived_dir(store), outer, &problem);
    if (outer_fd < 0 && store_derived_renew(store, NULL)) { /* the whole folder may have been deleted under us */
        g_clear_error(&problem);
        outer_fd = open_folder(store_derived_dir(store), outer, &problem);
    }
    AUTO_FD int inner_fd = outer_fd >= 0 ? open_folder(outer_fd, inner, &problem) : -1;
    if (problem)
        g_propagate_error(error, problem);
    return inner_fd >= 0 && write_file(inner_fd, name, bytes, error);
}

bool derived_has(struct store *store, const struct blob_id *id, enum media_derivative which)
{
    g_autofree char *path = relative_path(id, which);
    return faccessat(store_derived_dir(store), path, F_OK, 0) == 0;
}

bool derived_has_folder(struct store *store, const struct blob_id *id)
{
    g_autofree char *outer = g_strdup_printf("%02x", id->sha256[0]);
    return faccessat(store_derived_dir(store), outer, F_OK, 0) == 0;
}

/* ---- piece by piece ---- */

#define TEMPORARY_PREFIX ".making-"

bool derived_file_begin(struct store *store, struct derived_file *ret_file, GError **error)
{
    struct uuid random = uuid_v4();
    char unique[UUID_TEXT_SIZE];
    g_autofree char *temporary = g_strconcat(TEMPORARY_PREFIX, uuid_format(&random, unique), NULL);
    int fd = openat(store_derived_dir(store), temporary, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
    if (fd < 0)
        return err_set_errno(error, errno, temporary, "A converted video could not be stored.");
    *ret_file = (struct derived_file){fd, g_steal_pointer(&temporary)};
    return true;
}

bool derived_file_keep(struct store *store, struct derived_file *file, const struct blob_id *id,
                       enum media_derivative which, int64_t announced_bytes, GError **error)
{
    struct stat status;
    uint8_t start[MAGIC_SIZE];
    ssize_t got = io_pread_full(file->fd, start, sizeof(start), 0, error);
    if (got < 0)
        return false;
    if (fstat(file->fd, &status) != 0 || status.st_size != announced_bytes || !has_magic(start, (size_t)got, which))
        return err_set_detail(error, ERR_WORKER_DIED, kinds[which].suffix,
                              "The converter answered nonsense about this file.");
    g_autofree char *outer = NULL, *inner = NULL, *name = NULL;
    place(id, which, &outer, &inner, &name);
    AUTO_FD int outer_fd = io_open_dir(store_derived_dir(store), outer, error);
    AUTO_FD int inner_fd = outer_fd >= 0 ? io_open_dir(outer_fd, inner, error) : -1;
    if (inner_fd < 0)
        return false;
    /* It took minutes to make: unlike a thumbnail it is worth being durable before it has its name. */
    if (fdatasync(file->fd) != 0 || renameat(store_derived_dir(store), file->temporary, inner_fd, name) != 0)
        return err_set_errno(error, errno, name, "A converted video could not be stored.");
    g_clear_pointer(&file->temporary, g_free);
    return true;
}

void derived_file_clear(struct store *store, struct derived_file *file)
{
    io_auto_close(&file->fd);
    file->fd = -1;
    if (file->temporary)
        unlinkat(store_derived_dir(store), file->temporary, 0);
    g_clear_pointer(&file->temporary, g_free);
}

void derived_sweep(struct store *store)
{
    int fd = openat(store_derived_dir(store), ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    DIR *dir = fd >= 0 ? fdopendir(fd) : NULL;
    if (!dir) {
        io_auto_close(&fd);
        return;
    }
    for (struct dirent *entry; (entry = readdir(dir));)
        if (g_str_has_prefix(entry->d_name, TEMPORARY_PREFIX))
            unlinkat(fd, entry->d_name, 0);
    closedir(dir);
}

/* ---- looking ---- */

/* What the picture is made of never changes, how it is made may: the size and time tell. They go in as a hash with an
 * id that outsiders do not know, as the time is about that of the upload, which a link may not tell. */
static char *etag_of(const struct blob_id *id, enum media_derivative which, const struct stat *status)
{
    g_autofree char *hex = hex_encode(id->sha256, SHA256_SIZE);
    g_autofree char *made =
        g_strdup_printf("%s-%u-%llx-%llx", hex, (unsigned)which, (unsigned long long)status->st_size,
                        (unsigned long long)status->st_mtim.tv_sec);
    g_autofree char *hash = g_compute_checksum_for_string(G_CHECKSUM_SHA256, made, -1);
    return g_strdup_printf("\"%.32s\"", hash);
}

int media_derivative_open(struct store *store, const struct blob_id *id, enum media_derivative which,
                          int64_t *ret_size_bytes, const char **ret_type, char **ret_etag, GError **error)
{
    g_autofree char *path = relative_path(id, which);
    AUTO_FD int fd = openat(store_derived_dir(store), path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
    struct stat status;
    uint8_t start[MAGIC_SIZE];
    if (fd < 0 && errno != ENOENT) {
        err_set_errno(error, errno, path, "A thumbnail could not be opened.");
        return -1;
    }
    /* These files are not synced: one that a power cut left empty or torn counts as missing. */
    ssize_t got = fd >= 0 ? io_pread_full(fd, start, sizeof(start), 0, NULL) : -1;
    if (got < 0 || !has_magic(start, (size_t)got, which) || fstat(fd, &status) != 0) {
        err_set(error, ERR_NOT_FOUND, "The picture is not made yet.");
        return -1;
    }
    *ret_etag = etag_of(id, which, &status);
    *ret_size_bytes = status.st_size;
    *ret_type = kinds[which].type;
    return io_steal_fd(&fd);
}

bool media_derivative_remove(struct store *store, const struct blob_id *id, GError **error)
{
    for (size_t i = 0; i < G_N_ELEMENTS(kinds); i++) {
        g_autofree char *path = relative_path(id, (enum media_derivative)i);
        if (unlinkat(store_derived_dir(store), path, 0) != 0 && errno != ENOENT)
            return err_set_errno(error, errno, path, "A thumbnail could not be removed.");
    }
    return true;
}
