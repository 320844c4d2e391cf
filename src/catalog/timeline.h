/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * The timeline: months with their counts, and one month in order. Months are those of the camera's wall clock
 * (local_us), or of the upload when by_upload is set (UTC). Newest first unless ascending: by local day, within it by
 * instant, within that by order of storing.
 *
 * Threads: as catalog.h. */
#pragma once

#include <glib.h>
#include <stdbool.h>
#include <stdint.h>

#include "base/id.h"
#include "catalog/assets.h"

struct db_conn;
struct db_rows;

struct timeline_filter {
    int64_t owner_id; /* whose timeline; with an album who looks at it: of others' assets no more is found than
                         they may see (grants.h) */
    int64_t album_id; /* 0: all; else what is in this album */
    int64_t tag_id;   /* 0: all; else what has this tag, or one below it */
    bool has_box;     /* only what lies in it: degrees */
    double west, south, east, north;
    bool with_stacked;  /* show stacks as one, by their primaries, and tell their size. In albums, among favourites, by
                           tag and by box all that matches is shown, as its primary may not match */
    bool with_partners; /* also what partners show in the owner's timeline; not in albums, nor of favourites */
    unsigned visibilities; /* set of 1u << enum asset_visibility; 0: timeline and archive, as upstream's default */
    int is_favorite;       /* -1: both */
    bool is_trashed;
    bool by_upload;
    bool ascending;
    bool with_place; /* read city, country and position too; without it they are unknown (it costs a look-up a row) */
};

/** Calls @each for every month that has assets; @month is year * 10000 + month * 100 + 1, such as 20240801. */
typedef void timeline_each_month(int month, int64_t count, void *data);
bool timeline_months(struct db_conn *conn, const struct timeline_filter *filter, timeline_each_month *each, void *data,
                     GError **error);

/** "2024-08-01" as the API names a bucket ("2024-08-01T00:00:00.000Z" is taken as well) to 20240801. False for others.
 */
bool timeline_month_parse(const char *text, int *ret_month);

/** One asset of a bucket. Pointers live until the next timeline_next(). */
struct timeline_item {
    struct uuid uuid;
    int64_t owner_id;
    enum asset_type type;
    enum asset_visibility visibility;
    bool is_favorite; /* only its owner is to know */
    bool is_trashed;
    int width_px, height_px; /* 0: unknown */
    int64_t taken_us, local_us, uploaded_us;
    int64_t duration_ms;      /* 0: none */
    const uint8_t *thumbhash; /* NULL: none yet */
    size_t thumbhash_size;
    const char *projection; /* NULL: flat */
    bool has_live_video;
    struct uuid live_video;
    const char *city, *country; /* NULL: unknown */
    bool has_position;
    double latitude, longitude;
    int64_t stack_size; /* with_stacked: assets outside of the trash in its stack, or 0 */
    struct uuid stack;  /* where there is one */
    int64_t trashed_us; /* is_trashed: when it came there; else 0 */
};

/** Opens the assets of @month; step with timeline_next(), end with db_rows_free() (or DB_ROWS). NULL with @error. */
struct db_rows *timeline_bucket(struct db_conn *conn, const struct timeline_filter *filter, int month, GError **error);

/** As db_next(): false at the end or with @error. */
bool timeline_next(struct db_rows *rows, struct timeline_item *ret_item, GError **error);
