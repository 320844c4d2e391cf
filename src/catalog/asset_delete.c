/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Assets: trash, restoring, and deleting for good. */
#include "base/clock.h"
#include "base/error.h"
#include "catalog/albums.h"
#include "catalog/asset_private.h"
#include "catalog/asset_words.h"
#include "catalog/assets.h"
#include "catalog/ledger.h"
#include "catalog/stacks.h"
#include "catalog/tags.h"
#include "db/db.h"

/* What deleting needs to know of a row. */
struct victim {
    int64_t id;
    int64_t owner_id;
    struct uuid uuid;
    int64_t blob_id;
    int64_t sidecar_id;    /* 0: none */
    int64_t live_video_id; /* 0: none */
    char *browse_path;
};

static void victim_clear(struct victim *victim)
{
    g_free(victim->browse_path);
}
#define VICTIM_AUTO __attribute__((cleanup(victim_clear)))

#define VICTIM_COLUMNS                                                                                                 \
    "id, owner_id, uuid, blob_id, coalesce(sidecar_blob_id, 0), coalesce(live_video_id, 0), browse_path"

static bool read_victim(struct db_rows *rows, struct victim *ret_victim, GError **error)
{
    if (!rows || !db_next_required(rows, error, "There is no such photo or video."))
        return false;
    struct victim victim = {
        .id = db_int(rows, 0),
        .owner_id = db_int(rows, 1),
        .blob_id = db_int(rows, 3),
        .sidecar_id = db_int(rows, 4),
        .live_video_id = db_int(rows, 5),
        .browse_path = g_strdup(db_text(rows, 6)),
    };
    db_blob_exact(rows, 2, victim.uuid.bytes, sizeof victim.uuid.bytes);
    *ret_victim = victim;
    return true;
}

static bool find_victim(struct db_conn *conn, int64_t owner_id, const struct uuid *uuid, struct victim *ret_victim,
                        GError **error)
{
    DB_ROWS struct db_rows *rows =
        db_query(conn, error, "SELECT " VICTIM_COLUMNS " FROM assets WHERE uuid = ?1 AND owner_id = ?2", "bi",
                 uuid->bytes, sizeof uuid->bytes, owner_id);
    return read_victim(rows, ret_victim, error);
}

/* One number from a query over one id. */
static bool ask(struct db_conn *conn, const char *sql, int64_t id, int64_t *ret_number, GError **error)
{
    DB_ROWS struct db_rows *rows = db_query(conn, error, sql, "i", id);
    if (!rows || !db_next_required(rows, error, "The database answers nothing."))
        return false;
    *ret_number = db_int(rows, 0);
    return true;
}

/* ---- trash ---- */

static bool set_trashed(struct db_conn *conn, int64_t id, bool trashed, GError **error)
{
    int64_t change_id, now_us = clock_now_us();
    return db_change_id(conn, &change_id, error) &&
           db_exec(
               conn, error,
               "UPDATE assets SET trashed_us = ?2, updated_us = ?3, update_id = ?4 WHERE id = ?1 AND is_trashed <> ?5",
               "iIiii", id, trashed ? &now_us : NULL, now_us, change_id, (int64_t)trashed);
}

static bool move(struct db_conn *conn, int64_t owner_id, const struct uuid *uuid, bool trashed, GError **error)
{
    VICTIM_AUTO struct victim victim = {0};
    int64_t others = 0;
    if (!find_victim(conn, owner_id, uuid, &victim, error) || !set_trashed(conn, victim.id, trashed, error) ||
        !stacks_settle(conn, victim.id, error))
        return false;
    /* The other half may have come while this one lay in the trash. */
    if (victim.live_video_id == 0)
        return trashed || asset_pair(conn, victim.id, error);
    /* The motion half goes along, into the trash only when no other still outside of it needs the half. */
    if (trashed && !ask(conn, "SELECT count(*) FROM assets WHERE live_video_id = ?1 AND NOT is_trashed",
                        victim.live_video_id, &others, error))
        return false;
    return others > 0 || set_trashed(conn, victim.live_video_id, trashed, error);
}

bool asset_trash(struct db_conn *conn, int64_t owner_id, const struct uuid *uuid, GError **error)
{
    return move(conn, owner_id, uuid, true, error);
}

bool asset_restore(struct db_conn *conn, int64_t owner_id, const struct uuid *uuid, GError **error)
{
    return move(conn, owner_id, uuid, false, error);
}

/* ---- for good ---- */

/* Stored items become skipped with the server's own reason; those that the device no longer has have nothing to tell.
 */
static bool leave_ledger(struct db_conn *conn, int64_t id, GError **error)
{
    return db_exec(conn, error, "DELETE FROM ledger_items WHERE asset_id = ?1 AND is_gone", "i", id) &&
           db_exec(conn, error,
                   "UPDATE ledger_items SET state = ?2, reason = ?3, note = NULL, asset_id = NULL, verify = 0,"
                   " verified_us = NULL, stored_us = NULL, updated_us = ?4 WHERE asset_id = ?1 AND state = ?5",
                   "iitii", id, (int64_t)ITEM_SKIPPED, REASON_DELETED, clock_now_us(), (int64_t)ITEM_STORED);
}

static bool leave_tombstone(struct db_conn *conn, const struct victim *victim, int64_t change_id, GError **error)
{
    int64_t now_us = clock_now_us();
    return db_exec(conn, error,
                   "INSERT OR REPLACE INTO tombstones (owner_id, sha1, sha256, uuid, deleted_us)"
                   " SELECT a.owner_id, a.sha1, b.sha256, a.uuid, ?2 FROM assets a JOIN blobs b ON b.id = a.blob_id"
                   " WHERE a.id = ?1",
                   "ii", victim->id, now_us) &&
           db_exec(conn, error,
                   "INSERT INTO changes (id, entity, owner_id, key1, at_us) VALUES (?1, 'asset', ?2, ?3, ?4)", "iibi",
                   change_id, victim->owner_id, victim->uuid.bytes, sizeof victim->uuid.bytes, now_us);
}

bool asset_doom_blob(struct db_conn *conn, int64_t blob_id, GError **error)
{
    int64_t uses;
    if (blob_id == 0)
        return true;
    if (!ask(conn,
             "SELECT EXISTS (SELECT 1 FROM assets WHERE blob_id = ?1) + EXISTS (SELECT 1 FROM assets WHERE "
             "sidecar_blob_id = ?1)",
             blob_id, &uses, error))
        return false;
    if (uses > 0)
        return true;
    return db_exec(conn, error,
                   "INSERT OR REPLACE INTO doomed_blobs (sha256, doomed_us) SELECT sha256, ?2 FROM blobs WHERE id = ?1",
                   "ii", blob_id, clock_now_us()) &&
           db_exec(conn, error, "DELETE FROM blobs WHERE id = ?1", "i", blob_id);
}

/* Deletes one row and what hangs on it, but not its motion half. */
static bool delete_one(struct db_conn *conn, struct victim *victim, GPtrArray *paths, GError **error)
{
    int64_t change_id;
    if (!albums_forget_asset(conn, victim->id, error) || !stacks_leave(conn, victim->id, error) ||
        !tags_forget_asset(conn, victim->id, error) || !asset_words_out(conn, victim->id, error) ||
        !db_change_id(conn, &change_id, error) || !leave_ledger(conn, victim->id, error) ||
        !leave_tombstone(conn, victim, change_id, error))
        return false;
    if (!db_exec(conn, error,
                 "UPDATE assets SET live_video_id = NULL, live_by = 0, update_id = ?2 WHERE live_video_id = ?1", "ii",
                 victim->id, change_id) ||
        !db_exec(conn, error, "DELETE FROM assets WHERE id = ?1", "i", victim->id) ||
        !db_exec(conn, error, "UPDATE users SET update_id = ?2 WHERE id = ?1", "ii", victim->owner_id, change_id))
        return false;
    if (paths && victim->browse_path)
        g_ptr_array_add(paths, g_steal_pointer(&victim->browse_path));
    return asset_doom_blob(conn, victim->blob_id, error) && asset_doom_blob(conn, victim->sidecar_id, error);
}

/* The motion half of a still that is gone: goes too, unless another still uses it or somebody made it visible. */
static bool delete_motion_half(struct db_conn *conn, int64_t video_id, GPtrArray *paths, GError **error)
{
    int64_t idle;
    if (!ask(conn,
             "SELECT EXISTS (SELECT 1 FROM assets WHERE id = ?1 AND visibility IN (2, 3))"
             " AND NOT EXISTS (SELECT 1 FROM assets WHERE live_video_id = ?1)",
             video_id, &idle, error))
        return false;
    if (!idle)
        return true;
    VICTIM_AUTO struct victim video = {0};
    {
        DB_ROWS struct db_rows *rows =
            db_query(conn, error, "SELECT " VICTIM_COLUMNS " FROM assets WHERE id = ?1", "i", video_id);
        if (!read_victim(rows, &video, error))
            return false;
    }
    return delete_one(conn, &video, paths, error);
}

bool asset_delete(struct db_conn *conn, int64_t owner_id, const struct uuid *uuid, GPtrArray *ret_browse_paths,
                  GError **error)
{
    VICTIM_AUTO struct victim victim = {0};
    if (!find_victim(conn, owner_id, uuid, &victim, error) || !delete_one(conn, &victim, ret_browse_paths, error))
        return false;
    return victim.live_video_id == 0 || delete_motion_half(conn, victim.live_video_id, ret_browse_paths, error);
}
