/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "base/io.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/error.h"
#include "base/id.h"

void io_auto_close(int *fd)
{
    if (*fd >= 0)
        close(*fd);
    *fd = -1;
}

int io_steal_fd(int *fd)
{
    int stolen = *fd;
    *fd = -1;
    return stolen;
}

bool io_write_all(int fd, const void *bytes, size_t size, GError **error)
{
    const char *at = bytes;
    while (size > 0) {
        ssize_t done = write(fd, at, size);
        if (done < 0 && errno == EINTR)
            continue;
        if (done < 0)
            return err_set_errno(error, errno, NULL, "Writing to the disk failed.");
        at += done;
        size -= (size_t)done;
    }
    return true;
}

/* One loop for both readers: offset < 0 reads at the descriptor's own place. */
static ssize_t read_loop(int fd, void *buffer, size_t size, int64_t offset, GError **error)
{
    size_t have = 0;
    while (have < size) {
        char *at = (char *)buffer + have;
        ssize_t got = offset < 0 ? read(fd, at, size - have) : pread(fd, at, size - have, offset + (int64_t)have);
        if (got < 0 && errno == EINTR)
            continue;
        if (got < 0) {
            err_set_errno(error, errno, NULL, "Reading from the disk failed.");
            return -1;
        }
        if (got == 0)
            break;
        have += (size_t)got;
    }
    return (ssize_t)have;
}

ssize_t io_read_full(int fd, void *buffer, size_t size, GError **error)
{
    return read_loop(fd, buffer, size, -1, error);
}

ssize_t io_pread_full(int fd, void *buffer, size_t size, int64_t offset, GError **error)
{
    return read_loop(fd, buffer, size, offset, error);
}

bool io_sync_dir(int fd, GError **error)
{
    if (fsync(fd) != 0)
        return err_set_errno(error, errno, NULL, "Making a folder durable failed.");
    return true;
}

int io_open_dir(int dir_fd, const char *name, GError **error)
{
    bool made = mkdirat(dir_fd, name, 0700) == 0;
    if (!made && errno != EEXIST) {
        err_set_errno(error, errno, name, "A folder could not be made.");
        return -1;
    }
    AUTO_FD int fd = openat(dir_fd, name, O_RDONLY | O_DIRECTORY | O_CLOEXEC | O_NOFOLLOW);
    if (fd < 0) {
        err_set_errno(error, errno, name, "A folder could not be opened.");
        return -1;
    }
    if (made && dir_fd >= 0 && !io_sync_dir(dir_fd, error))
        return -1;
    return io_steal_fd(&fd);
}

bool io_replace_file(int dir_fd, const char *name, const void *bytes, size_t size, GError **error)
{
    struct uuid random = uuid_v4();
    char unique[UUID_TEXT_SIZE];
    g_autofree char *temporary = g_strdup_printf(".%s.%s", name, uuid_format(&random, unique));
    AUTO_FD int fd = openat(dir_fd, temporary, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
    if (fd < 0)
        return err_set_errno(error, errno, temporary, "A file could not be made.");
    bool ok = io_write_all(fd, bytes, size, error);
    if (ok && fdatasync(fd) != 0)
        ok = err_set_errno(error, errno, temporary, "Making a file durable failed.");
    if (ok && renameat(dir_fd, temporary, dir_fd, name) != 0)
        ok = err_set_errno(error, errno, name, "A file could not be replaced.");
    if (!ok) {
        unlinkat(dir_fd, temporary, 0);
        return false;
    }
    /* AT_FDCWD cannot be synced; callers that need the entry durable pass a real folder. */
    return dir_fd < 0 || io_sync_dir(dir_fd, error);
}
