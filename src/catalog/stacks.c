/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Everything that changes who is in a stack, or whether members lie in the trash, ends in settle(): it makes the rows
 * of the stack and of its members agree again. */
#include "catalog/stacks.h"

#include "base/clock.h"
#include "base/error.h"
#include "catalog/assets.h"
#include "db/db.h"

static const char missing[] = "There is no such stack.";

static bool ended_well(GError *failure, GError **error)
{
    if (failure)
        g_propagate_error(error, failure);
    return !failure;
}

/* ---- looking ---- */

static void read_stack(struct db_rows *rows, struct stack *ret_stack)
{
    ret_stack->id = db_int(rows, 0);
    db_blob_exact(rows, 1, ret_stack->uuid.bytes, sizeof ret_stack->uuid.bytes);
    db_blob_exact(rows, 2, ret_stack->primary.bytes, sizeof ret_stack->primary.bytes);
}

#define SELECT "SELECT s.id, s.uuid, p.uuid FROM stacks s JOIN assets p ON p.id = s.primary_asset_id"

bool stacks_find(struct db_conn *conn, int64_t owner_id, const struct uuid *uuid, struct stack *ret_stack,
                 GError **error)
{
    DB_ROWS struct db_rows *rows = db_query(conn, error, SELECT " WHERE s.uuid = ?1 AND s.owner_id = ?2", "bi",
                                            uuid->bytes, sizeof uuid->bytes, owner_id);
    if (!rows || !db_next_required(rows, error, missing))
        return false;
    read_stack(rows, ret_stack);
    return true;
}

bool stacks_list(struct db_conn *conn, int64_t owner_id, const struct uuid *primary, stacks_each *each, void *data,
                 GError **error)
{
    DB_ROWS struct db_rows *rows =
        db_query(conn, error, SELECT " WHERE s.owner_id = ?1 AND (?2 IS NULL OR p.uuid = ?2) ORDER BY s.id", "ib",
                 owner_id, primary ? primary->bytes : NULL, sizeof primary->bytes);
    GError *failure = NULL;
    if (!rows)
        return false;
    for (bool more = true; more && db_next(rows, &failure);) {
        struct stack stack;
        read_stack(rows, &stack);
        more = each(&stack, data);
    }
    return ended_well(failure, error);
}

/* All members as they stand in the trash or not, the primary first. Consumes @rows. */
static GArray *read_ids(struct db_rows *rows, GError **error)
{
    DB_ROWS struct db_rows *own = rows;
    g_autoptr(GArray) ids = g_array_new(FALSE, FALSE, sizeof(int64_t));
    GError *failure = NULL;
    if (!own)
        return NULL;
    while (db_next(own, &failure)) {
        int64_t id = db_int(own, 0);
        g_array_append_val(ids, id);
    }
    return ended_well(failure, error) ? g_steal_pointer(&ids) : NULL;
}

GArray *stacks_members(struct db_conn *conn, int64_t stack_id, GError **error)
{
    return read_ids(db_query(conn, error,
                             "SELECT a.id FROM assets a JOIN stacks s ON s.id = a.stack_id"
                             " JOIN assets p ON p.id = s.primary_asset_id"
                             " WHERE a.stack_id = ?1 AND (p.is_trashed OR NOT a.is_trashed)"
                             " ORDER BY a.id <> s.primary_asset_id, a.local_us, a.id",
                             "i", stack_id),
                    error);
}

static GArray *all_members(struct db_conn *conn, int64_t stack_id, GError **error)
{
    return read_ids(db_query(conn, error,
                             "SELECT a.id FROM assets a JOIN stacks s ON s.id = a.stack_id WHERE a.stack_id = ?1"
                             " ORDER BY a.id <> s.primary_asset_id, a.local_us, a.id",
                             "i", stack_id),
                    error);
}

/* What a change of stacks needs to know of an asset. */
struct member {
    int64_t id;
    int64_t stack_id; /* 0: none */
    bool is_primary;
    bool is_trashed;
    enum asset_visibility visibility;
};

#define MEMBER                                                                                                         \
    "SELECT id, coalesce(stack_id, 0), EXISTS (SELECT 1 FROM stacks s WHERE s.primary_asset_id = assets.id),"          \
    " is_trashed, visibility FROM assets WHERE "

static bool read_member(struct db_rows *rows, struct member *ret_member, GError **error)
{
    if (!rows || !db_next_required(rows, error, "There is no such photo or video."))
        return false;
    *ret_member = (struct member){db_int(rows, 0), db_int(rows, 1), db_int(rows, 2), db_int(rows, 3),
                                  (enum asset_visibility)db_int(rows, 4)};
    return true;
}

static bool find_member(struct db_conn *conn, int64_t owner_id, const struct uuid *uuid, struct member *ret_member,
                        GError **error)
{
    DB_ROWS struct db_rows *rows =
        db_query(conn, error, MEMBER "uuid = ?1 AND owner_id = ?2", "bi", uuid->bytes, sizeof uuid->bytes, owner_id);
    return read_member(rows, ret_member, error);
}

static bool find_member_id(struct db_conn *conn, int64_t id, struct member *ret_member, GError **error)
{
    DB_ROWS struct db_rows *rows = db_query(conn, error, MEMBER "id = ?1", "i", id);
    return read_member(rows, ret_member, error);
}

/* ---- rows ---- */

/* @stack_id NULL: in none. Behind whom it stands is settled later. */
static bool set_stack(struct db_conn *conn, int64_t asset_id, const int64_t *stack_id, GError **error)
{
    int64_t change_id;
    return db_change_id(conn, &change_id, error) &&
           db_exec(conn, error,
                   "UPDATE assets SET stack_id = ?2, is_behind = 0, updated_us = ?3, update_id = ?4 WHERE id = ?1",
                   "iIii", asset_id, stack_id, clock_now_us(), change_id);
}

static bool set_stack_of_all(struct db_conn *conn, const GArray *assets, const int64_t *stack_id, GError **error)
{
    for (guint i = 0; i < assets->len; i++)
        if (!set_stack(conn, g_array_index(assets, int64_t, i), stack_id, error))
            return false;
    return true;
}

/* Its members are in none, then. */
static bool dissolve(struct db_conn *conn, int64_t stack_id, GError **error)
{
    g_autoptr(GArray) members = all_members(conn, stack_id, error);
    int64_t change_id;
    return members && set_stack_of_all(conn, members, NULL, error) && db_change_id(conn, &change_id, error) &&
           db_exec(conn, error,
                   "INSERT INTO changes (id, entity, owner_id, key1, at_us)"
                   " SELECT ?1, 'stack', owner_id, uuid, ?2 FROM stacks WHERE id = ?3",
                   "iii", change_id, clock_now_us(), stack_id) &&
           db_exec(conn, error, "DELETE FROM stacks WHERE id = ?1", "i", stack_id);
}

/* ---- settling ---- */

/* Who shall be the primary; how many members there are. */
static bool pick_primary(struct db_conn *conn, int64_t stack_id, int64_t *ret_primary, int64_t *ret_members,
                         GError **error)
{
    DB_ROWS struct db_rows *rows =
        db_query(conn, error,
                 "SELECT a.id, count(*) OVER () FROM assets a JOIN stacks s ON s.id = a.stack_id WHERE a.stack_id = ?1"
                 " ORDER BY a.is_trashed, a.id <> s.chosen_asset_id, a.id <> s.primary_asset_id, a.visibility,"
                 " a.local_us, a.id LIMIT 1",
                 "i", stack_id);
    GError *failure = NULL;
    if (!rows)
        return false;
    *ret_members = 0;
    if (db_next(rows, &failure)) {
        *ret_primary = db_int(rows, 0);
        *ret_members = db_int(rows, 1);
    }
    return ended_well(failure, error);
}

static bool set_primary(struct db_conn *conn, int64_t stack_id, int64_t primary_id, GError **error)
{
    int64_t change_id;
    return db_change_id(conn, &change_id, error) &&
           db_exec(conn, error,
                   "UPDATE stacks SET primary_asset_id = ?2, updated_us = ?3, update_id = ?4"
                   " WHERE id = ?1 AND primary_asset_id <> ?2",
                   "iiii", stack_id, primary_id, clock_now_us(), change_id) &&
           /* One that is a member no longer is nobody's choice. */
           db_exec(conn, error,
                   "UPDATE stacks SET chosen_asset_id = ?2 WHERE id = ?1 AND NOT EXISTS"
                   " (SELECT 1 FROM assets a WHERE a.id = chosen_asset_id AND a.stack_id = ?1)",
                   "ii", stack_id, primary_id) &&
           /* One in the archive does not stand behind one in the timeline: nobody would see it there. */
           db_exec(
               conn, error,
               "UPDATE assets SET is_behind = NOT is_behind FROM (SELECT visibility AS shown FROM assets WHERE id = ?2)"
               " WHERE stack_id = ?1 AND is_behind <> (id <> ?2 AND visibility = shown)",
               "ii", stack_id, primary_id);
}

static bool settle(struct db_conn *conn, int64_t stack_id, GError **error)
{
    int64_t primary_id = 0, n_members = 0;
    if (!pick_primary(conn, stack_id, &primary_id, &n_members, error))
        return false;
    return n_members < 2 ? dissolve(conn, stack_id, error) : set_primary(conn, stack_id, primary_id, error);
}

bool stacks_settle(struct db_conn *conn, int64_t asset_id, GError **error)
{
    struct member member;
    return find_member_id(conn, asset_id, &member, error) &&
           (member.stack_id == 0 || settle(conn, member.stack_id, error));
}

static bool leave(struct db_conn *conn, const struct member *member, GError **error)
{
    return member->stack_id == 0 || (set_stack(conn, member->id, NULL, error) && settle(conn, member->stack_id, error));
}

bool stacks_leave(struct db_conn *conn, int64_t asset_id, GError **error)
{
    struct member member;
    return find_member_id(conn, asset_id, &member, error) && leave(conn, &member, error);
}

/* ---- making ---- */

static bool is_in(const GArray *ids, int64_t id)
{
    for (guint i = 0; i < ids->len; i++)
        if (g_array_index(ids, int64_t, i) == id)
            return true;
    return false;
}

/* Adds @member, and what it is the primary of, to @ids; none of them is in a stack then. */
static bool gather(struct db_conn *conn, const struct member *member, GArray *ids, GError **error)
{
    if (is_in(ids, member->id))
        return true;
    if (!member->is_primary) {
        g_array_append_val(ids, member->id);
        return leave(conn, member, error);
    }
    g_autoptr(GArray) members = all_members(conn, member->stack_id, error);
    if (!members || !dissolve(conn, member->stack_id, error))
        return false;
    g_array_append_vals(ids, members->data, members->len);
    return true;
}

static bool gather_all(struct db_conn *conn, int64_t owner_id, const struct uuid *assets, size_t n, GArray *ids,
                       GError **error)
{
    for (size_t i = 0; i < n && ids->len <= STACK_MAX; i++) {
        struct member member;
        if (!find_member(conn, owner_id, &assets[i], &member, error))
            return false;
        if (member.visibility == ASSET_LOCKED)
            return err_set(error, ERR_NOT_FOUND, "There is no such photo or video.");
        if (member.visibility == ASSET_HIDDEN)
            return err_set(error, ERR_INVALID, "The video of a live photo cannot be in a stack.");
        if (!gather(conn, &member, ids, error))
            return false;
    }
    if (n < 2 || ids->len < 2)
        return err_set(error, ERR_INVALID, "A stack needs at least two photos or videos.");
    return ids->len <= STACK_MAX || err_set(error, ERR_INVALID, "A stack has room for %d photos.", STACK_MAX);
}

static bool insert(struct db_conn *conn, int64_t owner_id, const struct uuid *uuid, const GArray *ids, GError **error)
{
    int64_t change_id, stack_id = 0, primary_id = g_array_index(ids, int64_t, 0);
    if (!db_change_id(conn, &change_id, error))
        return false;
    {
        DB_ROWS struct db_rows *rows =
            db_query(conn, error,
                     "INSERT INTO stacks (uuid, owner_id, primary_asset_id, chosen_asset_id, created_us, updated_us,"
                     " create_id, update_id) VALUES (?1, ?2, ?3, ?3, ?4, ?4, ?5, ?5) RETURNING id",
                     "biiii", uuid->bytes, sizeof uuid->bytes, owner_id, primary_id, clock_now_us(), change_id);
        if (!rows || !db_next_required(rows, error, "The stack was not written."))
            return false;
        stack_id = db_int(rows, 0);
    }
    return set_stack_of_all(conn, ids, &stack_id, error) && settle(conn, stack_id, error);
}

bool stacks_create(struct db_conn *conn, int64_t owner_id, const struct uuid *assets, size_t n, struct uuid *ret_uuid,
                   GError **error)
{
    struct uuid uuid = uuid_v4();
    g_autoptr(GArray) ids = g_array_new(FALSE, FALSE, sizeof(int64_t));
    if (!gather_all(conn, owner_id, assets, n, ids, error) || !insert(conn, owner_id, &uuid, ids, error))
        return false;
    *ret_uuid = uuid;
    return true;
}

bool stacks_copy(struct db_conn *conn, int64_t source_id, int64_t target_id, GError **error)
{
    struct member source, target;
    if (!find_member_id(conn, source_id, &source, error) || !find_member_id(conn, target_id, &target, error))
        return false;
    if (source.stack_id == 0 || source.stack_id == target.stack_id || target.visibility >= ASSET_HIDDEN)
        return true;
    g_autoptr(GArray) joining = g_array_new(FALSE, FALSE, sizeof(int64_t));
    /* As if it were the primary: its whole stack comes along. */
    target.is_primary = target.stack_id != 0;
    return gather(conn, &target, joining, error) && set_stack_of_all(conn, joining, &source.stack_id, error) &&
           settle(conn, source.stack_id, error);
}

/* ---- changing ---- */

static bool find_in(struct db_conn *conn, int64_t owner_id, const struct uuid *uuid, const struct uuid *asset,
                    struct member *ret_member, GError **error)
{
    struct stack stack;
    GError *failure = NULL;
    if (!stacks_find(conn, owner_id, uuid, &stack, error))
        return false;
    if (find_member(conn, owner_id, asset, ret_member, &failure) && ret_member->stack_id == stack.id)
        return true;
    if (!failure || err_is(failure, ERR_NOT_FOUND)) {
        g_clear_error(&failure);
        return err_set(error, ERR_INVALID, "This photo is not in the stack.");
    }
    return ended_well(failure, error);
}

bool stacks_choose(struct db_conn *conn, int64_t owner_id, const struct uuid *uuid, const struct uuid *asset,
                   GError **error)
{
    struct member member;
    if (!find_in(conn, owner_id, uuid, asset, &member, error))
        return false;
    if (member.is_trashed)
        return err_set(error, ERR_INVALID, "A photo in the trash cannot stand for its stack.");
    return db_exec(conn, error, "UPDATE stacks SET chosen_asset_id = ?2 WHERE id = ?1", "ii", member.stack_id,
                   member.id) &&
           settle(conn, member.stack_id, error);
}

bool stacks_take_out(struct db_conn *conn, int64_t owner_id, const struct uuid *uuid, const struct uuid *asset,
                     GError **error)
{
    struct member member;
    if (!find_in(conn, owner_id, uuid, asset, &member, error))
        return false;
    if (member.is_primary)
        return err_set(error, ERR_INVALID, "The primary photo cannot be taken out of its stack.");
    return leave(conn, &member, error);
}

bool stacks_delete(struct db_conn *conn, int64_t owner_id, const struct uuid *uuid, GError **error)
{
    struct stack stack;
    return stacks_find(conn, owner_id, uuid, &stack, error) && dissolve(conn, stack.id, error);
}
