/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * A small real library (store and database in a temporary folder, one user, one device) for the tests and benchmarks
 * of ingest. */
#pragma once

#include <glib.h>
#include <stdbool.h>
#include <stdint.h>

#include "ingest/ingest.h"
#include "store/store.h"

struct db;

struct library {
    char *dir;
    struct store *store;
    struct db *db;
    struct ingest *ingest;
    int64_t owner_id, device_id;
};

/** A new one below the system's temporary folder (or @parent). */
void library_new(struct library *library, const char *parent);
/** Opens the library in @dir as a starting server would, user and device made if missing. */
void library_open(struct library *library, const char *dir);
/** Closes it; the folder stays. */
void library_close(struct library *library);
/** Closes it and removes the folder. */
void library_remove(struct library *library);

/** An offer of @name for the library's user and device. */
struct ingest_offer library_offer(const struct library *library, const char *name);

/** Uploads @size bytes as @name. */
bool library_upload(struct library *library, const char *name, const void *bytes, size_t size,
                    struct ingest_result *ret_result, GError **error);

/** How many files lie in sub-folder @name of the data folder, at any depth. */
unsigned library_count_files(const struct library *library, const char *name);
/** One number by SQL. */
int64_t library_number(const struct library *library, const char *sql);
