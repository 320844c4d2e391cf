/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * A download of many files as one ZIP archive, made while it is sent (zip/zip.h): one block is in memory at a time,
 * and packed originals are unpacked as their turn comes.
 *
 * What is known to be missing from the store before the first byte is told in a text inside of the archive, and so is
 * what the last verification found damaged. What fails afterwards (the file vanishes or ends early, a packed one does
 * not unpack) cuts the connection: the archive is then shorter than its Content-Length, and no client takes it for
 * whole.
 *
 * Threads: one at a time. */
#pragma once

#include <glib.h>
#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

struct asset_file;
struct store;

struct archive;

/** @store must outlive it. */
struct archive *archive_new(struct store *store);
void archive_free(void *archive);

/** Adds a file; @is_damaged: as the last verification found. */
void archive_add(struct archive *archive, const struct asset_file *file, bool is_damaged);

/** After the last archive_add(): looks which files are there. How long the archive will be. */
int64_t archive_measure(struct archive *archive);

/** http_pull of the archive's bytes; blocks. */
ssize_t archive_pull(void *archive, char *buffer, size_t max);
