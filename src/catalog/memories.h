/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Memories: photos of an owner to be shown again. The server makes those of "this day in an earlier year" itself, some
 * days ahead, because phones learn of them by the sync stream; each is shown on one day. What is not saved goes after
 * MEMORY_DAYS. Photos in the archive, the trash or the locked folder are shown by none.
 *
 * Rows carry change ids for the sync stream; deletes leave rows in `changes`. Days are counted since 1970, and are
 * those of UTC: a phone compares them with its own calendar's day written as if it were UTC.
 *
 * Threads: as catalog.h. */
#pragma once

#include <glib.h>
#include <stdbool.h>
#include <stdint.h>

#include "base/id.h"
#include "catalog/bulk.h"

struct db_conn;

enum {
    MEMORY_DAYS = 30,      /* what is not saved is kept that long */
    MEMORY_DAYS_AHEAD = 3, /* made so many days before they are shown */
    MEMORY_PHOTOS = 20     /* at most, of those that the server makes */
};

struct memory {
    int64_t id;
    struct uuid uuid;
    int64_t year;
    int64_t memory_at_us;
    int64_t show_at_us, hide_at_us, seen_at_us, deleted_us; /* 0: none */
    bool is_saved;
    int64_t created_us, updated_us;
};

struct memory_new {
    int64_t owner_id;
    int64_t year;
    int64_t memory_at_us;
    int64_t show_at_us, hide_at_us, seen_at_us; /* 0: none */
    bool is_saved;
};
/** Writes one without photos. */
bool memories_create(struct db_conn *conn, const struct memory_new *wanted, struct uuid *ret_uuid, GError **error);

/** ERR_NOT_FOUND, also for another owner's. */
bool memories_find(struct db_conn *conn, int64_t owner_id, const struct uuid *uuid, struct memory *ret_memory,
                   GError **error);

enum memory_order { MEMORIES_NEWEST, MEMORIES_OLDEST, MEMORIES_RANDOM }; /* by memory_at_us */

struct memory_filter {
    int64_t owner_id;
    const struct uuid *uuid; /* NULL: all */
    bool set_for;            /* shown at this instant */
    int64_t for_us;
    int is_saved;    /* -1: both */
    int is_upcoming; /* shown from a later instant than @now_us on; -1: both */
    int64_t now_us;
    bool is_trashed;
};
/** At most @limit (negative: all) from @offset on. False from @each ends it. */
typedef bool memories_each(const struct memory *memory, void *data);
bool memories_list(struct db_conn *conn, const struct memory_filter *filter, enum memory_order order, int64_t offset,
                   int64_t limit, memories_each *each, void *data, GError **error);
bool memories_count(struct db_conn *conn, const struct memory_filter *filter, int64_t *ret_count, GError **error);

/** Row ids (int64_t) of the photos that it shows, in the order they were taken; free with g_array_unref(). NULL with
 *  @error. */
GArray *memories_assets(struct db_conn *conn, int64_t memory_id, GError **error);

/** What a person changes; only what is set. */
struct memory_change {
    bool set_saved, is_saved;
    bool set_seen;
    int64_t seen_at_us;
    bool set_memory_at;
    int64_t memory_at_us;
};
/** Writes. ERR_NOT_FOUND. */
bool memories_change(struct db_conn *conn, int64_t owner_id, const struct uuid *uuid,
                     const struct memory_change *change, GError **error);

/** Writes: the memory goes, its photos stay. ERR_NOT_FOUND. */
bool memories_delete(struct db_conn *conn, int64_t owner_id, const struct uuid *uuid, GError **error);

/** Write: put photos into a memory, or take them out. Such as are locked away are refused. */
bulk_work memories_add, memories_remove;

/* ---- by itself ---- */

/** Calls @each with every account. False from @each ends it. */
typedef bool memories_each_owner(int64_t owner_id, void *data);
bool memories_owners(struct db_conn *conn, memories_each_owner *each, void *data, GError **error);

/** Writes the memories of one owner that are shown on @day, one for each earlier year that has photos of that day;
 * those made before, also if they were deleted meanwhile, are not made again. */
bool memories_make(struct db_conn *conn, int64_t owner_id, int64_t day, unsigned *ret_made, GError **error);

/** Writes: deletes up to @limit that are not saved and were made before @before_us. */
bool memories_drop_old(struct db_conn *conn, int64_t before_us, unsigned limit, unsigned *ret_dropped, GError **error);

/* ---- for the room itself ---- */

/** Writes: takes the asset out of all memories, as its owner wishes it locked away. */
bool memories_forget_asset(struct db_conn *conn, int64_t asset_id, GError **error);

/** Writes: all memories of an account that is deleted. */
bool memories_delete_owned(struct db_conn *conn, int64_t owner_id, GError **error);
