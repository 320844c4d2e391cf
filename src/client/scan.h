/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Finds the photos and videos below folders. Nothing is opened but folders and ignore files: what a file is, its name
 * tells (base/media_type.h). Links to folders are not followed; links to files are taken as the files.
 *
 * Left out: what `.ambrotypeignore` files say (client/ignore.h), hidden files and folders, and the caches and bins of
 * other programs; a pattern such as `!.camera/` in an ignore file brings one of these back.
 *
 * Threads: one a scan. */
#pragma once

#include <glib.h>
#include <stdbool.h>
#include <stdint.h>
#include <sys/stat.h>

/* What tells that a file has not changed since: without reading it. The device number is left out on purpose: it
 * changes when a disk is plugged in again. */
struct file_mark {
    int64_t size_bytes;
    int64_t mtime_ns;
    int64_t ctime_ns;
    int64_t inode;
};
struct file_mark file_mark_of(const struct stat *stat);
bool file_mark_equal(const struct file_mark *a, const struct file_mark *b);

enum scan_problem { SCAN_FINE, SCAN_EMPTY, SCAN_UNREADABLE };

struct scan_item {
    char *path; /* absolute, bytes as the file system has them */
    char *key;  /* the same as valid UTF-8, different for different paths, at most 4096 bytes: its name in the ledger */
    struct file_mark mark;
    enum scan_problem problem;
    char *note;      /* of the problem, or NULL */
    bool is_dir;     /* an unreadable folder */
    bool is_missing; /* a root that is not there */
    char *sidecar;   /* path of the XMP file that belongs to it, or NULL */
};
void scan_item_free(struct scan_item *item);

struct scan {
    GPtrArray *items; /* struct scan_item, owned */
    GPtrArray *lost;  /* char *: folders that could not be read (roots too); what is below them is not known */
    GPtrArray *words; /* char *: sentences that a person should read (links not followed, bad ignore lines) */
    int64_t n_other;  /* files of other kinds */
    int64_t n_hidden; /* hidden, or in a folder of another program: counted once where a folder was left out */
    int64_t n_ignored;
    int64_t n_alone; /* XMP files that go with no photo */
    int64_t n_links; /* links to folders */
    int64_t bytes;   /* of the fine items */
};

/** Told while it goes on, about @n_items so far; false ends the scan early. */
typedef bool scan_told(int64_t n_items, void *data);

struct scan *scan_new(void);
void scan_free(struct scan *scan);

/** Adds what is below @root (absolute). A root that cannot be read stands in `lost` and is an item of its own. False
 *  only where @told ended it. */
bool scan_add(struct scan *scan, const char *root, scan_told *told, void *data);

/** Is @path one of the lost folders, or below one? */
bool scan_is_lost(const struct scan *scan, const char *path);

/** Is @path @folder itself or below it? Both absolute without a slash at the end. */
bool scan_is_below(const char *path, const char *folder);

/** The name of @path in the ledger (see scan_item.key). Free with g_free(). */
char *scan_key(const char *path);
