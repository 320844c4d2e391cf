/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Tags: words of an owner for photos, as a tree. The value of a tag is its path ("trips/2024/sea"), so that no part of
 * it holds a "/". Keywords of files become tags; whatever a person says stays when the file is read again: tags that
 * were put on or taken off, deleted or renamed. A tag that nothing but keywords made goes with its last photo.
 *
 * Threads: as catalog.h. */
#pragma once

#include <glib.h>
#include <stdbool.h>
#include <stdint.h>

#include "base/id.h"
#include "catalog/bulk.h"

struct db_conn;

enum { TAG_NAME_MAX = 500, TAG_VALUE_MAX = 2000, TAG_COLOR_MAX = 20 };

/** Owned strings: tag_clear(). */
struct tag {
    int64_t id;
    struct uuid uuid;
    char *name;
    char *value;
    char *color; /* NULL: none */
    bool has_parent;
    struct uuid parent;
    int64_t created_us, updated_us;
};
void tag_clear(struct tag *tag);
#define TAG_AUTO __attribute__((cleanup(tag_clear)))

/** All of an owner, by value. False from @each ends it. */
typedef bool tags_each(const struct tag *tag, void *data);
bool tags_list(struct db_conn *conn, int64_t owner_id, tags_each *each, void *data, GError **error);

/** Those of an asset, by value: struct tag *. Free with g_ptr_array_unref(). NULL with @error. */
GPtrArray *tags_of_asset(struct db_conn *conn, int64_t asset_id, GError **error);

/** ERR_NOT_FOUND, also for another owner's. */
bool tags_find(struct db_conn *conn, int64_t owner_id, const struct uuid *uuid, struct tag *ret_tag, GError **error);

struct tag_new {
    int64_t owner_id;
    const char *name;          /* 1 … TAG_NAME_MAX bytes, without "/" */
    const struct uuid *parent; /* NULL: none */
    const char *color;         /* or NULL */
};
/** Writes. ERR_EXISTS; ERR_NOT_FOUND where there is no such parent; ERR_INVALID for the name. */
bool tags_create(struct db_conn *conn, const struct tag_new *wanted, struct uuid *ret_uuid, GError **error);

/** Writes what is missing of the path @value; ERR_INVALID where it is none. */
bool tags_upsert(struct db_conn *conn, int64_t owner_id, const char *value, struct uuid *ret_uuid, GError **error);

/** Writes. @color is NULL for none. */
bool tags_set_color(struct db_conn *conn, int64_t owner_id, const struct uuid *uuid, const char *color, GError **error);

/** Writes: another name, and so another value of it and of all below. Call tags_detach() before. ERR_EXISTS. */
bool tags_rename(struct db_conn *conn, int64_t owner_id, const struct uuid *uuid, const char *name, GError **error);

/** How far a tags_detach() has come; zero to begin. */
struct tag_progress {
    int64_t tag_id, asset_id;
    bool is_done;
};
/** Writes, for at most @limit photos a call: that they have the tag, or one below it, is a person's word from now on,
 *  and a keyword of their file does not make it again. */
bool tags_detach(struct db_conn *conn, int64_t owner_id, const struct uuid *uuid, unsigned limit,
                 struct tag_progress *progress, GError **error);

/** Writes: takes the tag, and those below it, off at most @limit photos; none left: deletes them and sets @ret_done. */
bool tags_delete(struct db_conn *conn, int64_t owner_id, const struct uuid *uuid, unsigned limit, bool *ret_done,
                 GError **error);

/** Write: put the tag on assets, or take it off. */
bulk_work tags_put_on, tags_take_off;

/* ---- for the room itself ---- */

/** Writes: the tags of an asset as its keywords say, which were just read. */
bool tags_read_keywords(struct db_conn *conn, int64_t asset_id, GError **error);

/** Writes, before an asset is deleted. */
bool tags_forget_asset(struct db_conn *conn, int64_t asset_id, GError **error);

/** Writes: all tags of an account that is deleted; no asset of it is left. */
bool tags_delete_owned(struct db_conn *conn, int64_t owner_id, GError **error);
