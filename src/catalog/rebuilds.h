/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Rebuilds: the places in the owners' timelines that the making again of derivatives has reached. One row an owner
 * while it lasts; the order is that in which people look: newest first, the trash last. The work itself is media's.
 *
 * Threads: as catalog.h. */
#pragma once

#include <glib.h>
#include <stdbool.h>
#include <stdint.h>

#include "catalog/assets.h"

struct rebuild {
    int64_t owner_id;
    bool is_all;                     /* false: only what is missing */
    bool is_trashed;                 /* it has reached the trash */
    int64_t day, taken_us, asset_id; /* of the last photo that was looked at */
};

/** Writes: begins at the newest photo of the owner, or begins anew (what was to be made all stays so). */
bool rebuild_begin(struct db_conn *conn, int64_t owner_id, bool is_all, GError **error);
/** @ret_found: is one under way? */
bool rebuild_find(struct db_conn *conn, int64_t owner_id, struct rebuild *ret_rebuild, bool *ret_found, GError **error);
/** Writes: moves on to the place in @rebuild, unless it was begun anew from another than @from meanwhile. */
bool rebuild_move(struct db_conn *conn, const struct rebuild *from, const struct rebuild *to, GError **error);
/** Writes: it has ended; NULL: all have. */
bool rebuild_end(struct db_conn *conn, const int64_t *owner_id, GError **error);

/** What is needed of a photo to know whether it lacks something. */
struct rebuild_asset {
    int64_t id, day, taken_us, size_bytes;
    struct blob_id blob;
    enum media_state media_state;
    bool had_picture; /* a thumbhash tells it */
};
/** Calls @each for up to @limit photos after the place in @rebuild. False from @each ends it. */
typedef bool rebuild_each(const struct rebuild_asset *asset, void *data);
bool rebuild_page(struct db_conn *conn, const struct rebuild *rebuild, unsigned limit, rebuild_each *each, void *data,
                  GError **error);

/** Calls @each for every owner of photos. */
typedef bool rebuild_owner(int64_t owner_id, void *data, GError **error);
bool rebuild_owners(struct db_conn *conn, rebuild_owner *each, void *data, GError **error);

/** How many photos the rebuilds under way still have before them. */
bool rebuild_left(struct db_conn *conn, int64_t *ret_left, GError **error);
