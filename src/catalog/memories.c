/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Memories: looking at them, making, changing and deleting them. Those that the server makes: memories_make.c. */
#include "catalog/memories.h"

#include "base/clock.h"
#include "base/error.h"
#include "catalog/assets.h"
#include "db/db.h"

static const char missing[] = "There is no such memory.";

static bool ended_well(GError *failure, GError **error)
{
    if (failure)
        g_propagate_error(error, failure);
    return !failure;
}

static const int64_t *not_zero(const int64_t *number)
{
    return *number ? number : NULL;
}

/* ---- looking ---- */

#define COLUMNS                                                                                                        \
    "SELECT id, uuid, year, memory_at_us, show_at_us, hide_at_us, seen_at_us, deleted_us, is_saved, created_us,"       \
    " updated_us FROM memories"

static void read_memory(struct db_rows *rows, struct memory *ret_memory)
{
    *ret_memory = (struct memory){
        .id = db_int(rows, 0),
        .year = db_int(rows, 2),
        .memory_at_us = db_int(rows, 3),
        .show_at_us = db_int(rows, 4),
        .hide_at_us = db_int(rows, 5),
        .seen_at_us = db_int(rows, 6),
        .deleted_us = db_int(rows, 7),
        .is_saved = db_int(rows, 8),
        .created_us = db_int(rows, 9),
        .updated_us = db_int(rows, 10),
    };
    db_blob_exact(rows, 1, ret_memory->uuid.bytes, sizeof ret_memory->uuid.bytes);
}

bool memories_find(struct db_conn *conn, int64_t owner_id, const struct uuid *uuid, struct memory *ret_memory,
                   GError **error)
{
    DB_ROWS struct db_rows *rows = db_query(conn, error, COLUMNS " WHERE uuid = ?1 AND owner_id = ?2", "bi",
                                            uuid->bytes, sizeof uuid->bytes, owner_id);
    if (!rows || !db_next_required(rows, error, missing))
        return false;
    read_memory(rows, ret_memory);
    return true;
}

#define FILTERED                                                                                                       \
    " WHERE owner_id = ?1 AND (?2 IS NULL OR uuid = ?2) AND (NOT ?3 OR (coalesce(show_at_us, ?4) <= ?4"                \
    " AND coalesce(hide_at_us, ?4) >= ?4)) AND (?5 < 0 OR is_saved = ?5) AND (deleted_us IS NOT NULL) = ?6"            \
    " AND (?7 < 0 OR (coalesce(show_at_us, 0) > ?8) = ?7)"
#define FILTER_TYPES "ibiiiiii"
#define FILTER_VALUES(filter)                                                                                          \
    (filter)->owner_id, (filter)->uuid ? (filter)->uuid->bytes : NULL, sizeof(struct uuid),                            \
        (int64_t)(filter)->set_for, (filter)->for_us, (int64_t)(filter)->is_saved, (int64_t)(filter)->is_trashed,      \
        (int64_t)(filter)->is_upcoming, (filter)->now_us

bool memories_list(struct db_conn *conn, const struct memory_filter *filter, enum memory_order order, int64_t offset,
                   int64_t limit, memories_each *each, void *data, GError **error)
{
#define LIST(by) COLUMNS FILTERED " ORDER BY " by " LIMIT ?9 OFFSET ?10"
    static const char *const lists[] = {
        [MEMORIES_NEWEST] = LIST("memory_at_us DESC, id DESC"),
        [MEMORIES_OLDEST] = LIST("memory_at_us, id"),
        [MEMORIES_RANDOM] = LIST("random()"),
    };
#undef LIST
    DB_ROWS struct db_rows *rows =
        db_query(conn, error, lists[order], FILTER_TYPES "ii", FILTER_VALUES(filter), limit, offset);
    GError *failure = NULL;
    if (!rows)
        return false;
    for (bool more = true; more && db_next(rows, &failure);) {
        struct memory memory;
        read_memory(rows, &memory);
        more = each(&memory, data);
    }
    return ended_well(failure, error);
}

bool memories_count(struct db_conn *conn, const struct memory_filter *filter, int64_t *ret_count, GError **error)
{
    DB_ROWS struct db_rows *rows =
        db_query(conn, error, "SELECT count(*) FROM memories" FILTERED, FILTER_TYPES, FILTER_VALUES(filter));
    if (!rows || !db_next_required(rows, error, "The database answers nothing."))
        return false;
    *ret_count = db_int(rows, 0);
    return true;
}

/* The first column of all rows. Consumes @rows. */
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

GArray *memories_assets(struct db_conn *conn, int64_t memory_id, GError **error)
{
    return read_ids(db_query(conn, error,
                             "SELECT a.id FROM memory_assets m JOIN assets a ON a.id = m.asset_id"
                             " WHERE m.memory_id = ?1 AND a.visibility = ?2 AND NOT a.is_trashed"
                             " ORDER BY a.local_us, a.id",
                             "ii", memory_id, (int64_t)ASSET_TIMELINE),
                    error);
}

/* ---- making and changing ---- */

bool memories_create(struct db_conn *conn, const struct memory_new *wanted, struct uuid *ret_uuid, GError **error)
{
    struct uuid uuid = uuid_v4();
    int64_t change_id;
    if (!db_change_id(conn, &change_id, error) ||
        !db_exec(conn, error,
                 "INSERT INTO memories (uuid, owner_id, type, year, memory_at_us, show_at_us, hide_at_us, seen_at_us,"
                 " is_saved, created_us, updated_us, create_id, update_id)"
                 " VALUES (?1, ?2, 0, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?9, ?10, ?10)",
                 "biiiIIIiii", uuid.bytes, sizeof uuid.bytes, wanted->owner_id, wanted->year, wanted->memory_at_us,
                 not_zero(&wanted->show_at_us), not_zero(&wanted->hide_at_us), not_zero(&wanted->seen_at_us),
                 (int64_t)wanted->is_saved, clock_now_us(), change_id))
        return false;
    *ret_uuid = uuid;
    return true;
}

bool memories_change(struct db_conn *conn, int64_t owner_id, const struct uuid *uuid,
                     const struct memory_change *change, GError **error)
{
    int64_t change_id, is_saved = change->is_saved;
    return db_change_id(conn, &change_id, error) &&
           db_exec(conn, error,
                   "UPDATE memories SET is_saved = coalesce(?3, is_saved), seen_at_us = coalesce(?4, seen_at_us),"
                   " memory_at_us = coalesce(?5, memory_at_us), updated_us = ?6, update_id = ?7"
                   " WHERE uuid = ?1 AND owner_id = ?2",
                   "biIIIii", uuid->bytes, sizeof uuid->bytes, owner_id, change->set_saved ? &is_saved : NULL,
                   change->set_seen ? &change->seen_at_us : NULL, change->set_memory_at ? &change->memory_at_us : NULL,
                   clock_now_us(), change_id) &&
           (db_changed(conn) > 0 || err_set(error, ERR_NOT_FOUND, missing));
}

static bool touch(struct db_conn *conn, int64_t id, GError **error)
{
    int64_t change_id;
    return db_change_id(conn, &change_id, error) &&
           db_exec(conn, error, "UPDATE memories SET updated_us = ?2, update_id = ?3 WHERE id = ?1", "iii", id,
                   clock_now_us(), change_id);
}

/* ---- deleting ---- */

static bool delete_one(struct db_conn *conn, int64_t id, GError **error)
{
    int64_t change_id;
    return db_change_id(conn, &change_id, error) &&
           db_exec(conn, error,
                   "INSERT INTO changes (id, entity, owner_id, key1, at_us)"
                   " SELECT ?1, 'memory', owner_id, uuid, ?2 FROM memories WHERE id = ?3",
                   "iii", change_id, clock_now_us(), id) &&
           db_exec(conn, error, "DELETE FROM memories WHERE id = ?1", "i", id);
}

bool memories_delete(struct db_conn *conn, int64_t owner_id, const struct uuid *uuid, GError **error)
{
    struct memory memory;
    return memories_find(conn, owner_id, uuid, &memory, error) && delete_one(conn, memory.id, error);
}

bool memories_drop_old(struct db_conn *conn, int64_t before_us, unsigned limit, unsigned *ret_dropped, GError **error)
{
    g_autoptr(GArray) old =
        read_ids(db_query(conn, error, "SELECT id FROM memories WHERE created_us < ?1 AND NOT is_saved LIMIT ?2", "ii",
                          before_us, (int64_t)limit),
                 error);
    for (guint i = 0; old && i < old->len; i++)
        if (!delete_one(conn, g_array_index(old, int64_t, i), error))
            return false;
    if (!old || !db_exec(conn, error, "DELETE FROM memories_made WHERE day < ?1 / 86400000000", "i", before_us))
        return false;
    *ret_dropped = old->len;
    return true;
}

bool memories_delete_owned(struct db_conn *conn, int64_t owner_id, GError **error)
{
    return db_exec(conn, error, "DELETE FROM memories WHERE owner_id = ?1", "i", owner_id) &&
           db_exec(conn, error, "DELETE FROM memories_made WHERE owner_id = ?1", "i", owner_id);
}

/* ---- photos ---- */

/* Not to be there is an answer, not an error: asset_id is 0 then. */
struct member {
    int64_t asset_id;
    bool is_in;
};
static bool find_member(struct db_conn *conn, int64_t owner_id, int64_t memory_id, const struct uuid *asset,
                        struct member *ret_member, GError **error)
{
    DB_ROWS struct db_rows *rows = db_query(
        conn, error,
        "SELECT id, EXISTS (SELECT 1 FROM memory_assets WHERE memory_id = ?3 AND asset_id = assets.id) FROM assets"
        " WHERE uuid = ?1 AND owner_id = ?2 AND visibility <> ?4",
        "biii", asset->bytes, sizeof asset->bytes, owner_id, memory_id, (int64_t)ASSET_LOCKED);
    GError *failure = NULL;
    if (!rows)
        return false;
    *ret_member = (struct member){0};
    if (db_next(rows, &failure))
        *ret_member = (struct member){db_int(rows, 0), db_int(rows, 1)};
    return ended_well(failure, error);
}

static bool add_one(struct db_conn *conn, int64_t memory_id, int64_t asset_id, GError **error)
{
    int64_t change_id;
    return db_change_id(conn, &change_id, error) &&
           db_exec(conn, error,
                   "INSERT INTO memory_assets (memory_id, asset_id, create_id, update_id) VALUES (?1, ?2, ?3, ?3)",
                   "iii", memory_id, asset_id, change_id);
}

static bool remove_one(struct db_conn *conn, int64_t memory_id, int64_t asset_id, GError **error)
{
    int64_t change_id;
    return db_change_id(conn, &change_id, error) &&
           db_exec(conn, error,
                   "INSERT INTO changes (id, entity, owner_id, key1, key2, at_us) SELECT ?1, 'memory_asset',"
                   " m.owner_id, m.uuid, a.uuid, ?2 FROM memories m, assets a WHERE m.id = ?3 AND a.id = ?4",
                   "iiii", change_id, clock_now_us(), memory_id, asset_id) &&
           db_exec(conn, error, "DELETE FROM memory_assets WHERE memory_id = ?1 AND asset_id = ?2", "ii", memory_id,
                   asset_id);
}

static bool each_asset(struct db_conn *conn, const struct bulk *bulk, bool is_adding, enum bulk_outcome *ret_outcomes,
                       GError **error)
{
    struct memory memory;
    unsigned n_done = 0;
    if (!memories_find(conn, bulk->owner_id, bulk->into, &memory, error))
        return false;
    for (size_t i = 0; i < bulk->n; i++) {
        struct member member;
        if (!find_member(conn, bulk->owner_id, memory.id, &bulk->assets[i], &member, error))
            return false;
        if (is_adding)
            ret_outcomes[i] = !member.asset_id ? BULK_NO_PERMISSION : member.is_in ? BULK_DUPLICATE : BULK_DONE;
        else
            ret_outcomes[i] = member.is_in ? BULK_DONE : BULK_NOT_FOUND;
        if (ret_outcomes[i] == BULK_DONE && ++n_done &&
            !(is_adding ? add_one : remove_one)(conn, memory.id, member.asset_id, error))
            return false;
    }
    return n_done == 0 || touch(conn, memory.id, error);
}

bool memories_add(struct db_conn *conn, const struct bulk *bulk, enum bulk_outcome *ret_outcomes, GError **error)
{
    return each_asset(conn, bulk, true, ret_outcomes, error);
}

bool memories_remove(struct db_conn *conn, const struct bulk *bulk, enum bulk_outcome *ret_outcomes, GError **error)
{
    return each_asset(conn, bulk, false, ret_outcomes, error);
}

bool memories_forget_asset(struct db_conn *conn, int64_t asset_id, GError **error)
{
    g_autoptr(GArray) ids = read_ids(
        db_query(conn, error, "SELECT memory_id FROM memory_assets WHERE asset_id = ?1", "i", asset_id), error);
    for (guint i = 0; ids && i < ids->len; i++)
        if (!remove_one(conn, g_array_index(ids, int64_t, i), asset_id, error) ||
            !touch(conn, g_array_index(ids, int64_t, i), error))
            return false;
    return ids != NULL;
}
