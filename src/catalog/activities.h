/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * What the members of an album say of it and of its assets: comments, and likes, of which each member has one for each
 * thing. They go with the album, with their author's account, and when the asset leaves the album. Who may read and
 * write them the caller has found out (grants.h).
 *
 * Threads: as catalog.h. */
#pragma once

#include <glib.h>
#include <stdbool.h>
#include <stdint.h>

#include "base/id.h"

struct db_conn;

enum { ACTIVITY_COMMENT_MAX = 10000 };

/** One. Owned strings: activity_clear(). */
struct activity {
    struct uuid uuid;
    struct uuid album;
    bool has_asset;
    struct uuid asset;
    int64_t user_id;
    char *comment; /* NULL: a like */
    int64_t created_us;
};
void activity_clear(struct activity *activity);
#define ACTIVITY_AUTO __attribute__((cleanup(activity_clear)))

enum activity_kind { ACTIVITY_ANY, ACTIVITY_COMMENTS, ACTIVITY_LIKES };

struct activity_filter {
    int64_t album_id;
    const struct uuid *asset; /* of this one; NULL: of all and of the album, ... */
    bool of_album_alone;      /* ... or not of assets */
    const struct uuid *user;  /* by this one; NULL: by all */
    enum activity_kind kind;
};

/** Calls @each, the oldest first; nothing of assets in the trash. False from @each ends it. */
typedef bool activities_each(const struct activity *activity, void *data);
bool activities_list(struct db_conn *conn, const struct activity_filter *filter, activities_each *each, void *data,
                     GError **error);

struct activity_new {
    int64_t album_id, user_id;
    const struct uuid *asset; /* NULL: of the album */
    const char *comment;      /* NULL: a like */
};
/** Writes. A like that is there already is found: @ret_new is false then. ERR_NOT_FOUND where the album has no such
 *  asset. */
bool activities_add(struct db_conn *conn, const struct activity_new *wanted, struct uuid *ret_uuid, bool *ret_new,
                    GError **error);

/** ERR_NOT_FOUND. */
bool activities_find(struct db_conn *conn, const struct uuid *uuid, struct activity *ret_activity, GError **error);

/** Writes: deletes one that @user_id wrote, or that is said in an album of theirs. ERR_NOT_FOUND. */
bool activities_delete(struct db_conn *conn, int64_t user_id, const struct uuid *uuid, GError **error);

/** How many there are, of the asset or (NULL) of the album with all of its assets. */
bool activities_count(struct db_conn *conn, int64_t album_id, const struct uuid *asset, int64_t *ret_comments,
                      int64_t *ret_likes, GError **error);
