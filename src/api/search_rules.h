/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * The filter of a search as the Immich API 3.2 has it: fields with rules ({"rating": {"gte": 4}}), all of which must
 * hold, and branches, of which one must. It is read as a body (search_rules.c) and becomes conditions of
 * search/search.h (search_tree.c).
 *
 * Threads: as handlers. */
#pragma once

#include "api/call.h"
#include "search/search.h"

/* ---- rules, as they are read ---- */

struct text_rule {
    const char *eq, *ne, *like, *not_like, *starts, *ends;
    struct body_list in, not_in;
};
struct number_rule { /* and time */
    struct body_int eq, ne, lt, lte, gt, gte;
    struct body_list in, not_in;
};
struct flag_rule {
    struct body_bool eq;
};
struct id_rule {
    struct body_uuid eq, ne;
};
struct ids_rule {
    struct body_list any, all, none;
};

/* ---- the fields ----
 *
 * ROW(name in the API, member, kind of rule, its shape, how it becomes conditions, field of the search) */

#define SEARCH_FIELDS(ROW)                                                                                             \
    ROW("id", id, id_rule, id, add_id, SEARCH_ID)                                                                      \
    ROW("libraryId", library, id_rule, id_or_null, add_id, SEARCH_LIBRARY)                                             \
    ROW("type", type, text_rule, type, add_type, SEARCH_TYPE)                                                          \
    ROW("visibility", visibility, text_rule, visibility, add_visibility, SEARCH_VISIBILITY)                            \
    ROW("isFavorite", is_favorite, flag_rule, flag, add_flag, SEARCH_IS_FAVORITE)                                      \
    ROW("isOffline", is_offline, flag_rule, flag, add_flag, SEARCH_IS_OFFLINE)                                         \
    ROW("isMotion", is_motion, flag_rule, flag, add_flag, SEARCH_IS_MOTION)                                            \
    ROW("hasAlbums", has_albums, flag_rule, flag, add_flag, SEARCH_HAS_ALBUMS)                                         \
    ROW("hasPeople", has_people, flag_rule, flag, add_flag, SEARCH_HAS_PEOPLE)                                         \
    ROW("hasTags", has_tags, flag_rule, flag, add_flag, SEARCH_HAS_TAGS)                                               \
    ROW("city", city, text_rule, text_or_null, add_text, SEARCH_IN_CITY)                                               \
    ROW("state", state, text_rule, text_or_null, add_text, SEARCH_IN_STATE)                                            \
    ROW("country", country, text_rule, text_or_null, add_text, SEARCH_IN_COUNTRY)                                      \
    ROW("make", make, text_rule, text_or_null, add_text, SEARCH_OF_MAKE)                                               \
    ROW("model", model, text_rule, text_or_null, add_text, SEARCH_OF_MODEL)                                            \
    ROW("lensModel", lens, text_rule, text_or_null, add_text, SEARCH_OF_LENS)                                          \
    ROW("description", description, text_rule, pattern, add_text, SEARCH_DESCRIPTION)                                  \
    ROW("originalFileName", file_name, text_rule, pattern, add_text, SEARCH_FILE_NAME)                                 \
    ROW("originalPath", path, text_rule, pattern, add_text, SEARCH_PATH)                                               \
    ROW("encodedVideoPath", video_path, text_rule, text, add_text, SEARCH_NOTHING)                                     \
    ROW("ocr", ocr, text_rule, matches, add_text, SEARCH_NOTHING)                                                      \
    ROW("rating", rating, number_rule, number_or_null, add_number, SEARCH_RATING)                                      \
    ROW("fileSizeInBytes", size, number_rule, number, add_number, SEARCH_SIZE)                                         \
    ROW("takenAt", taken, number_rule, time, add_number, SEARCH_TAKEN)                                                 \
    ROW("createdAt", created, number_rule, time, add_number, SEARCH_CREATED)                                           \
    ROW("updatedAt", updated, number_rule, time, add_number, SEARCH_UPDATED)                                           \
    ROW("trashedAt", trashed, number_rule, time_or_null, add_number, SEARCH_TRASHED)                                   \
    ROW("checksum", checksum, text_rule, text, add_checksum, SEARCH_CHECKSUM)                                          \
    ROW("albumIds", albums, ids_rule, ids, add_ids, SEARCH_ALBUMS)                                                     \
    ROW("personIds", people, ids_rule, ids, add_ids, SEARCH_PEOPLE)                                                    \
    ROW("tagIds", tags, ids_rule, ids, add_ids, SEARCH_TAGS)

#define SEARCH_AS_MEMBER(name, member, rule, shape, add, field) struct rule member;
struct search_rules_branch {
    SEARCH_FIELDS(SEARCH_AS_MEMBER)
};
struct search_rules {
    struct search_rules_branch all;
    struct body_list any; /* struct search_rules_branch */
};

extern const struct body_shape search_rules_shape;

/** Types of assets, in the order of enum asset_type. */
extern const char *const search_types[];

/** The conditions, and what they need; all zero is fine to clear. */
struct search_tree {
    GPtrArray *owned;
    GPtrArray *lists; /* GArray * of struct search_condition: of the branches */
    GArray *all;      /* struct search_condition */
    GArray *branches; /* struct search_branch */
    bool names_visibility, names_trash, names_locked;
};
void search_tree_clear(struct search_tree *tree);

/** Adds that @field is not known. */
void search_tree_add_unknown(struct search_tree *tree, enum search_field field);

/** Makes the conditions of @rules, whose texts they go on using. A validation error where a value makes no sense. */
bool search_rules_read(struct call *call, const struct search_rules *rules, struct search_tree *ret_tree,
                       GError **error);
