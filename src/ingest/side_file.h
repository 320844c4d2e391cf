/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * XMP files beside photos and videos: the bytes into the store, and onto the asset, which is then looked into again.
 * Private to the room, but for what ingest.h declares. Threads: as ingest.h. */
#pragma once

#include <glib.h>
#include <stdbool.h>

#include "store/store.h"

struct db_conn;
struct ingest;

enum { SIDE_FILE_MAX_BYTES = 1024 * 1024 };

/** Makes @bytes a blob of the store, held until store_hold_free(). */
bool side_file_keep(struct ingest *ingest, const void *bytes, size_t size, struct blob_digest *ret_digest,
                    struct store_hold **ret_hold, GError **error);

/** Writes: the blob is the side file of the asset. One that is new to it has it looked into again: *ret_changed. */
bool side_file_record(struct db_conn *conn, const struct blob_digest *sidecar, int64_t asset_id, bool *ret_changed,
                      GError **error);
