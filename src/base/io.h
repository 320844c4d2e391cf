/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * File descriptors: whole reads and writes, durable folders, descriptors that close themselves. All set an error of
 * ERR_IO or ERR_FULL with the errno in the detail.
 *
 * Threads: any. */
#pragma once

#include <glib.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

/** `AUTO_FD int fd = -1;`: closed at the end of its scope unless negative. */
#define AUTO_FD __attribute__((cleanup(io_auto_close)))
void io_auto_close(int *fd);

/** Takes the descriptor out of an AUTO_FD variable, which becomes -1. */
int io_steal_fd(int *fd);

/** Writes all of @bytes, also after short writes and EINTR. */
bool io_write_all(int fd, const void *bytes, size_t size, GError **error);

/** Reads until @size bytes are there or the file ends; the count, or -1 with @error. */
ssize_t io_read_full(int fd, void *buffer, size_t size, GError **error);

/** As io_read_full() at @offset, without moving the descriptor's place. */
ssize_t io_pread_full(int fd, void *buffer, size_t size, int64_t offset, GError **error);

/** Makes the entries of folder @fd durable: fsync(2) on the folder (needed after link, rename, mkdir). */
bool io_sync_dir(int fd, GError **error);

/** Makes folder @name below @dir_fd with mode 0700 if it is missing and opens it (O_DIRECTORY | O_CLOEXEC, no link is
 *  followed). A folder made here is durable on return. The descriptor, or -1. */
int io_open_dir(int dir_fd, const char *name, GError **error);

/** Replaces file @name below @dir_fd with @bytes, durably and as a whole (temporary file, fdatasync, rename, folder
 *  sync); mode 0600. */
bool io_replace_file(int dir_fd, const char *name, const void *bytes, size_t size, GError **error);
