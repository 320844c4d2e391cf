/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * The domain: users, sessions, keys, blobs, assets, devices and the ledger, changes. This room owns their tables and
 * all SQL about them (`jobs` and `uploads` stand in the same schema, but their SQL belongs to the rooms jobs and
 * ingest). This header is its beginning: schema and identity. One header a subject follows: users.h, sessions.h,
 * keys.h, passwords.h, throttle.h, blobs.h, assets.h, media_facts.h, timeline.h, devices.h, ledger.h, ledger_card.h.
 *
 * Most functions take a struct db_conn, so that callers put several of them into one snapshot (db_read_begin()) or one
 * transaction (db_write()); those that say "writes" belong inside db_write(). Each asks for what it needs only once.
 *
 * Threads: a connection by one thread at a time; all else any. */
#pragma once

#include <glib.h>
#include <stdbool.h>

#include "base/id.h"

struct db;

/** Brings the schema of @db to the version of this program (see db_migrate()); verified copies go to @copies_dir.
 *  ERR_CONFLICT when the database is newer than the program. */
bool catalog_migrate(struct db *db, const char *copies_dir, GError **error);

/** Compares the identity in the database with the store's. The first start, with both empty, writes it. ERR_CONFLICT,
 *  with what is wrong and what to do, when they differ, when the store has blobs and the database knows no library, or
 *  when the database has assets and the store is empty: a wrong mount must never look like a fresh install. A database
 *  opened for reading only must know its library (ERR_NOT_FOUND). */
bool catalog_check_identity(struct db *db, const struct uuid *store_identity, bool store_is_empty, GError **error);
