/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * What a download of many holds: assets with the halves that belong to them, and their sizes. What lies in the trash
 * is part of it only where it is named.
 *
 * Threads: as catalog.h. */
#pragma once

#include <glib.h>
#include <stdbool.h>
#include <stdint.h>

#include "base/id.h"

struct db_conn;

struct download_file {
    struct uuid id;
    int64_t size_bytes;
};

struct download_item {
    struct download_file file;
    bool has_live;
    struct download_file live; /* the motion half, a file of its own */
    bool has_embedded;
    struct download_file embedded; /* the video inside of the file: its bytes are part of it already */
};
/** False ends the walk. */
typedef bool downloads_each(const struct download_item *item, void *data);

/** One asset by its row id. ERR_NOT_FOUND. */
bool downloads_asset(struct db_conn *conn, int64_t asset_id, struct download_item *ret_item, GError **error);

/** All that an album shows, by its row id, the newest last. */
bool downloads_album(struct db_conn *conn, int64_t album_id, downloads_each *each, void *data, GError **error);

/** All that the timeline and the archive of an account show, the newest last; of the timeline alone where
 *  @is_partner. */
bool downloads_owner(struct db_conn *conn, int64_t owner_id, bool is_partner, downloads_each *each, void *data,
                     GError **error);
