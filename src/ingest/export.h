/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Export: everything back out as ordinary files, TARGET/<user>/2024/2024-08/IMG_1234.jpg, with the capture time as
 * their date and sidecars beside them (IMG_1234.jpg.xmp). What lies in the trash goes to TARGET/<user>/Trash/….
 *
 * Each file is hashed while it is copied and takes its name only when it is right. It may be run again: a file that is
 * there with the same bytes is left alone; a different one of that name is never touched, the export takes " (2)".
 * Works beside the running server.
 *
 * Threads: runs on the caller's thread; callbacks come on it, too. */
#pragma once

#include <glib.h>
#include <stdbool.h>
#include <stdint.h>

struct db;
struct store;

struct export_options {
    const char *target; /* a folder, made if missing; not inside the data folder */
    int64_t owner_id;   /* 0: everybody */
    /** Told after each asset. May be NULL. False ends the run (ERR_CANCELLED). */
    bool (*progress)(int64_t done_assets, int64_t done_bytes, void *data);
    /** One asset could not be written (missing or damaged in the store, a name the target cannot hold). May be NULL. */
    void (*failed)(const char *path, const GError *reason, void *data);
    void *data;
};

struct export_report {
    int64_t written; /* files, sidecars included */
    int64_t present; /* were there already */
    int64_t failed;
    int64_t bytes; /* written */
};

/** Exports; durable on return. False with @error where the run could not be done (target unwritable or full, database);
 *  assets that failed are counted. */
bool export_run(struct db *db, struct store *store, const struct export_options *options,
                struct export_report *ret_report, GError **error);
