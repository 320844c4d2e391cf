/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Where photos were taken, for a map. Nothing in the trash, nothing hidden and nothing locked.
 *
 * Threads: as catalog.h. */
#pragma once

#include <glib.h>
#include <stdbool.h>
#include <stdint.h>

#include "base/id.h"

struct db_conn;
struct db_rows;

struct marker_filter {
    int64_t owner_id;
    bool with_archive;      /* also what is archived */
    int is_favorite;        /* -1: both; of others' favourites nothing is told */
    int64_t from_us, to_us; /* taken between these instants, both included */
    bool with_partners;     /* also what partners show in the owner's timeline */
    bool with_albums;       /* also what others have put into albums that the owner may see */
    int64_t album_id;       /* 0: none; else only what is in this album (may they read it? the caller has asked) */
};

struct marker {
    struct uuid asset;
    double latitude, longitude;
    const char *city, *state, *country; /* NULL: unknown; until the next markers_next() */
};

/** Opens them; step with markers_next(), end with db_rows_free(). NULL with @error. */
struct db_rows *markers_open(struct db_conn *conn, const struct marker_filter *filter, GError **error);

/** As db_next(). */
bool markers_next(struct db_rows *rows, struct marker *ret_marker, GError **error);

/** Calls @each with each city that at least @at_least photos in the owner's timeline were taken in, those with the most
 *  first, and the row id of its newest photo; at most @limit. */
typedef void markers_each_city(const char *city, int64_t asset_id, void *data);
bool markers_cities(struct db_conn *conn, int64_t owner_id, int64_t at_least, int64_t limit, markers_each_city *each,
                    void *data, GError **error);
