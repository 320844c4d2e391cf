/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * What a search asks for, from the request to the filter and the page of search/search.h.
 *
 * Threads: as handlers. */
#pragma once

#include "api/search_rules.h"
#include "base/encode.h"

struct search_wish_order {
    const char *field, *direction;
};

struct search_wish {
    const char *checksum, *file_name, *path, *description, *type, *visibility, *order, *ocr;
    const char *city, *state, *country, *make, *model, *lens;
    const char *text;                                       /* ours */
    const char *preview_path, *thumbnail_path, *video_path; /* names that nothing has here */
    struct body_uuid id, library;
    struct body_bool is_favorite, is_motion, is_not_in_album, is_offline, with_deleted, with_stacked;
    struct body_bool with_exif, with_people; /* what is known is always told */
    struct body_list albums, people, tags;
    struct body_int taken_after, taken_before, created_after, created_before;
    struct body_int updated_after, updated_before, trashed_after, trashed_before;
    struct body_int rating, page, size;
    struct body_int min_bytes; /* of large ones */
    struct search_rules rules;
    const char *cursor;
    struct search_wish_order order_by;
};

struct search_asked {
    struct search_wish wish;
    struct search_filter filter;
    struct search_tree tree;
    struct search_page page;
    struct search_place place; /* that page.after points to */
    uint8_t sha1[SHA1_SIZE];
    bool matches_nothing; /* it asks for what this server knows nothing of */
};
void search_asked_clear(struct search_asked *asked);
#define SEARCH_ASKED_AUTO __attribute__((cleanup(search_asked_clear)))

extern const struct body_shape search_shape, search_large_shape;

/** Reads the body by search_shape, or the query by search_large_shape, into @ret_asked, which is all zero. */
bool search_read_body(struct call *call, struct search_asked *ret_asked, GError **error);
bool search_read_query(struct call *call, struct search_asked *ret_asked, GError **error);

/** ERR_FORBIDDEN for what a shared link may not be searched by. */
bool search_check_link(struct call *call, const struct search_asked *asked, GError **error);

/** The text by which the page behind @place is asked for. Free with g_free(). */
char *search_cursor(const struct search_page *page, const struct search_place *place);
