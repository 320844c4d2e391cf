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
#include "db/db.h"

/** An end of a period; not set: open. */
struct search_time {
    bool is_set;
    int64_t us;
};

enum search_trash { SEARCH_WITHOUT_TRASH, SEARCH_WITH_TRASH, SEARCH_ONLY_TRASH };

enum search_field {
    SEARCH_ID,
    SEARCH_LIBRARY,
    SEARCH_TYPE,
    SEARCH_VISIBILITY,
    SEARCH_IS_FAVORITE,
    SEARCH_IS_OFFLINE,
    SEARCH_IS_MOTION,
    SEARCH_HAS_ALBUMS,
    SEARCH_HAS_PEOPLE,
    SEARCH_HAS_TAGS,
    SEARCH_IN_CITY,
    SEARCH_IN_STATE,
    SEARCH_IN_COUNTRY,
    SEARCH_OF_MAKE,
    SEARCH_OF_MODEL,
    SEARCH_OF_LENS,
    SEARCH_DESCRIPTION,
    SEARCH_FILE_NAME,
    SEARCH_PATH,
    SEARCH_NOTHING, /* what no asset has: it is like NULL */
    SEARCH_RATING,
    SEARCH_SIZE,
    SEARCH_TAKEN,
    SEARCH_CREATED,
    SEARCH_UPDATED,
    SEARCH_TRASHED,
    SEARCH_CHECKSUM,
    /* sets, of which an asset is a member, by uuid */
    SEARCH_ALBUMS, /* of those that the owner may read */
    SEARCH_PEOPLE,
    SEARCH_TAGS, /* with those below them */
};

enum search_op {
    SEARCH_EQ, /* as in SQL: what is NULL is neither equal nor different */
    SEARCH_NE,
    SEARCH_LT,
    SEARCH_LE,
    SEARCH_GT,
    SEARCH_GE,
    SEARCH_AMONG,
    SEARCH_NOT_AMONG,
    SEARCH_IS_NULL,
    SEARCH_NOT_NULL,
    SEARCH_HAS, /* parts of texts, upper or lower case (ASCII) alike */
    SEARCH_LACKS,
    SEARCH_STARTS,
    SEARCH_ENDS,
    SEARCH_ANY, /* sets */
    SEARCH_ALL,
    SEARCH_NONE,
};

struct search_condition {
    enum search_field field;
    enum search_op op;
    const struct db_value *values; /* one, but for lists and sets */
    size_t n;
};

/** All of them must hold. */
struct search_branch {
    const struct search_condition *conditions;
    size_t n;
};

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
    int64_t min_bytes;
    struct search_branch all;
    const struct search_branch *any; /* and one of these, if there are any */
    size_t n_any;
};

/** What results go by; assets in the trash stand behind the others, equal ones go by their storing. */
enum search_by {
    SEARCH_BY_DAY, /* local day, then instant: as the timeline */
    SEARCH_BY_TAKEN,
    SEARCH_BY_LOCAL_TIME,
    SEARCH_BY_SIZE,
    SEARCH_BY_RATING, /* unrated ones as below all others */
    SEARCH_AT_RANDOM,
};

/** Where a page ended: the next one begins behind it, whatever came or went meanwhile. */
struct search_place {
    int64_t is_trashed;
    int64_t keys[2]; /* what the order goes by */
    int64_t id;
};

struct search_page {
    enum search_by by;
    bool is_ascending;
    const struct search_place *after; /* NULL: @offset counts */
    int64_t offset, limit;
};

/** Row ids (int64_t); free with g_array_unref(). NULL with @error. */
GArray *search_assets(struct db_conn *conn, const struct search_filter *filter, const struct search_page *page,
                      GError **error);

/** The place of an asset in the order @by (not at random). ERR_NOT_FOUND. */
bool search_place_of(struct db_conn *conn, int64_t asset_id, enum search_by by, struct search_place *ret_place,
                     GError **error);

bool search_count(struct db_conn *conn, const struct search_filter *filter, int64_t *ret_count, GError **error);

enum search_word { SEARCH_COUNTRY, SEARCH_STATE, SEARCH_CITY, SEARCH_MAKE, SEARCH_MODEL, SEARCH_LENS };

/** Calls @each with the values of @word that the matching assets have, in alphabetical order; with @with_none also once
 *  with NULL where one has none. */
typedef void search_each_word(const char *word, void *data);
bool search_words(struct db_conn *conn, const struct search_filter *filter, enum search_word word, bool with_none,
                  search_each_word *each, void *data, GError **error);
