/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Stacks: some assets of one owner, shown as one by their primary; bursts, brackets, a RAW beside its JPEG. An asset is
 * in one stack at most, a stack has two members or more. The primary is the one that was chosen, unless that lies in
 * the trash and another member does not; so a stack never hides what is not in the trash behind what is; nor does one
 * in the archive stand behind one in the timeline. Members in the trash stay members. Assets in the locked folder, and
 * the motion halves of live photos, are in no stack.
 *
 * Stacks carry change ids for the sync stream, and so do the members that join or leave; deletes leave rows in
 * `changes`.
 *
 * Threads: as catalog.h. */
#pragma once

#include <glib.h>
#include <stdbool.h>
#include <stdint.h>

#include "base/id.h"

struct db_conn;

enum { STACK_MAX = 1000 }; /* members */

struct stack {
    int64_t id;
    struct uuid uuid;
    struct uuid primary;
};

/** Writes a stack of these @n assets of the owner, the first as its primary. The primary of another stack brings that
 *  stack along; another member only leaves its own. ERR_NOT_FOUND where one is not there, not this owner's, or locked
 *  away; ERR_INVALID for less than two different ones, for the video half of a live photo, and above STACK_MAX. */
bool stacks_create(struct db_conn *conn, int64_t owner_id, const struct uuid *assets, size_t n, struct uuid *ret_uuid,
                   GError **error);

/** ERR_NOT_FOUND, also for another owner's. */
bool stacks_find(struct db_conn *conn, int64_t owner_id, const struct uuid *uuid, struct stack *ret_stack,
                 GError **error);

/** All of an owner (with @primary: the one that this asset is the primary of), the oldest first. False from @each ends
 *  it. */
typedef bool stacks_each(const struct stack *stack, void *data);
bool stacks_list(struct db_conn *conn, int64_t owner_id, const struct uuid *primary, stacks_each *each, void *data,
                 GError **error);

/** Row ids (int64_t) of the members outside of the trash, the primary first; free with g_array_unref(). Where all lie
 * in the trash: all. NULL with @error. */
GArray *stacks_members(struct db_conn *conn, int64_t stack_id, GError **error);

/** Writes: @asset becomes the primary. ERR_INVALID where it is not in the stack, or in the trash. */
bool stacks_choose(struct db_conn *conn, int64_t owner_id, const struct uuid *uuid, const struct uuid *asset,
                   GError **error);

/** Writes: takes @asset out; a stack that had two is no more. ERR_NOT_FOUND; ERR_INVALID where the asset is not in the
 *  stack, or is its primary. */
bool stacks_take_out(struct db_conn *conn, int64_t owner_id, const struct uuid *uuid, const struct uuid *asset,
                     GError **error);

/** Writes: the stack is no more, its assets stay. ERR_NOT_FOUND. */
bool stacks_delete(struct db_conn *conn, int64_t owner_id, const struct uuid *uuid, GError **error);

/** Writes: @target joins the stack of @source, with the stack it is in itself; both row ids of one owner. Nothing where
 *  @source is in none. */
bool stacks_copy(struct db_conn *conn, int64_t source_id, int64_t target_id, GError **error);

/* ---- for the room itself ---- */

/** Writes: the asset leaves its stack, if it is in one: before it is deleted, or as it is locked away. */
bool stacks_leave(struct db_conn *conn, int64_t asset_id, GError **error);

/** Writes, after the asset went into the trash or the archive, or came out: its stack may need another primary, and
 *  who stands behind whom (assets.is_behind) may have changed. */
bool stacks_settle(struct db_conn *conn, int64_t asset_id, GError **error);
