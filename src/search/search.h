/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Finding assets by what is known of them: dates, camera, place, names, albums. A filter becomes one SQL statement made
 * of the parts that are set, each value a placeholder; nothing of what a person typed stands in the SQL itself.
 *
 * The room reads the catalog's tables and writes none. Threads: as catalog.h. */
#pragma once

#include <glib.h>
#include <stdbool.h>
#include <stdint.h>

#include "base/encode.h"
#include "base/id.h"

struct db_conn;

/** An end of a period; not set: open. */
struct search_time {
    bool is_set;
    int64_t us;
};

enum search_trash { SEARCH_WITHOUT_TRASH, SEARCH_WITH_TRASH, SEARCH_ONLY_TRASH };

/** All that is set must hold. Texts and lists are the caller's. */
struct search_filter {
    int64_t owner_id;      /* whose; with albums who looks into them: of others' assets no more is found than they
                              may see (catalog/grants.h). May they read the albums? The caller has asked */
    unsigned visibilities; /* set of 1u << enum asset_visibility; 0: timeline and archive */
    enum search_trash trash;
    const struct uuid *id;
    const uint8_t *sha1;                        /* SHA1_SIZE bytes */
    const char *file_name, *path, *description; /* a part of it, upper or lower case (ASCII) alike */
    const char *text;                           /* words; each is a part of what people would look for: the name of the
                                                   file, description, place, camera, keywords */
    int type;                                   /* enum asset_type; -1: all */
    int is_favorite, is_motion;                 /* -1: both */
    bool is_not_in_album;
    const struct uuid *albums; /* in all of these */
    size_t n_albums;
    const struct uuid *tags; /* of the owner: has all of these, or ones below them */
    size_t n_tags;
    bool is_untagged;
    bool is_stacked_as_one; /* without those that stand behind the primary of their stack */
    struct search_time taken_after, taken_before, created_after, created_before; /* after: inclusive */
    struct search_time updated_after, updated_before, trashed_after, trashed_before;
    const char *city, *state, *country, *make, *model, *lens; /* exactly */
    bool set_rating;
    int rating; /* 0: not rated */
};

enum search_order { SEARCH_NEWEST, SEARCH_OLDEST, SEARCH_RANDOM };

/** Row ids (int64_t) of at most @limit assets from @offset on; free with g_array_unref(). NULL with @error. */
GArray *search_assets(struct db_conn *conn, const struct search_filter *filter, enum search_order order, int64_t offset,
                      int64_t limit, GError **error);

bool search_count(struct db_conn *conn, const struct search_filter *filter, int64_t *ret_count, GError **error);

enum search_word { SEARCH_COUNTRY, SEARCH_STATE, SEARCH_CITY, SEARCH_MAKE, SEARCH_MODEL, SEARCH_LENS };

/** Calls @each with the values of @word that the matching assets have, in alphabetical order; with @with_none also once
 *  with NULL where one has none. */
typedef void search_each_word(const char *word, void *data);
bool search_words(struct db_conn *conn, const struct search_filter *filter, enum search_word word, bool with_none,
                  search_each_word *each, void *data, GError **error);
