/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * What the server does for order's sake, at start and every hour: leftovers of uploads, the trash after its days,
 * sessions that have ended, blobs nobody refers to, old change records; and the memories of the days to come. Each step
 * logs its failure and leaves the others alone; nothing here is needed for correctness, only for room.
 *
 * Threads: the main thread of the server. */
#pragma once

struct db;
struct ingest;
struct store;

enum { CHANGES_DAYS = 31 };

struct upkeep {
    struct db *db;
    struct store *store;
    struct ingest *ingest;
    unsigned trash_days;   /* assets in the trash for longer are deleted for good */
    unsigned session_days; /* sessions not used for longer end */
};

void upkeep(const struct upkeep *upkeep);
