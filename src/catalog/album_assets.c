/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Albums: what is in them. */
#include "base/clock.h"
#include "base/error.h"
#include "catalog/album_private.h"
#include "catalog/albums.h"
#include "catalog/assets.h"
#include "catalog/grants.h"
#include "db/db.h"

struct member {
    int64_t asset_id, owner_id;
    enum asset_visibility visibility;
    bool is_in;
};

/* Not to be there is an answer, not an error: asset_id is 0 then. */
static bool find_member(struct db_conn *conn, int64_t album_id, const struct uuid *asset, struct member *ret_member,
                        GError **error)
{
    DB_ROWS struct db_rows *rows =
        db_query(conn, error,
                 "SELECT id, owner_id, visibility, EXISTS (SELECT 1 FROM album_assets WHERE album_id = ?2"
                 " AND asset_id = assets.id) FROM assets WHERE uuid = ?1",
                 "bi", asset->bytes, sizeof asset->bytes, album_id);
    GError *problem = NULL;
    if (!rows)
        return false;
    *ret_member = (struct member){0};
    if (db_next(rows, &problem)) {
        ret_member->asset_id = db_int(rows, 0);
        ret_member->owner_id = db_int(rows, 1);
        ret_member->visibility = (enum asset_visibility)db_int(rows, 2);
        ret_member->is_in = db_int(rows, 3);
    }
    if (problem)
        g_propagate_error(error, problem);
    return !problem;
}

static bool add_member(struct db_conn *conn, int64_t album_id, int64_t asset_id, GError **error)
{
    int64_t change_id;
    return db_change_id(conn, &change_id, error) &&
           db_exec(conn, error,
                   "INSERT INTO album_assets (album_id, asset_id, create_id, update_id) VALUES (?1, ?2, ?3, ?3)", "iii",
                   album_id, asset_id, change_id) &&
           db_exec(conn, error, "UPDATE albums SET thumbnail_asset_id = coalesce(thumbnail_asset_id, ?2) WHERE id = ?1",
                   "ii", album_id, asset_id);
}

/* An album that @asset_id stands for gets its newest other one. */
static bool replace_thumbnail(struct db_conn *conn, int64_t album_id, int64_t asset_id, GError **error)
{
    return db_exec(conn, error,
                   "UPDATE albums SET thumbnail_asset_id = (SELECT m.asset_id FROM album_assets m"
                   " JOIN assets a ON a.id = m.asset_id WHERE m.album_id = albums.id AND m.asset_id <> ?2"
                   " ORDER BY a.is_trashed, a.local_us DESC, a.id DESC LIMIT 1)"
                   " WHERE thumbnail_asset_id = ?2 AND id = ?1",
                   "ii", album_id, asset_id);
}

bool album_lose(struct db_conn *conn, int64_t album_id, int64_t asset_id, GError **error)
{
    int64_t change_id;
    return db_change_id(conn, &change_id, error) &&
           db_exec(conn, error,
                   "INSERT INTO album_assets_gone (change_id, album_uuid, asset_uuid, at_us)"
                   " SELECT ?1, b.uuid, a.uuid, ?2 FROM album_assets c JOIN albums b ON b.id = c.album_id"
                   " JOIN assets a ON a.id = c.asset_id WHERE c.album_id = ?3 AND (?4 = 0 OR c.asset_id = ?4)",
                   "iiii", change_id, clock_now_us(), album_id, asset_id);
}

static bool remove_member(struct db_conn *conn, int64_t album_id, int64_t asset_id, GError **error)
{
    return replace_thumbnail(conn, album_id, asset_id, error) && album_lose(conn, album_id, asset_id, error) &&
           db_exec(conn, error, "DELETE FROM album_assets WHERE album_id = ?1 AND asset_id = ?2", "ii", album_id,
                   asset_id);
}

/* Only what is one's own is put in: what others show is not shown on. */
static enum album_outcome judge_new(const struct member *member, int64_t user_id)
{
    if (member->is_in)
        return ALBUM_DUPLICATE;
    return member->owner_id == user_id && member->visibility != ASSET_LOCKED ? ALBUM_DONE : ALBUM_NO_PERMISSION;
}

bool albums_add(struct db_conn *conn, int64_t user_id, const struct uuid *uuid, const struct uuid *assets, size_t n,
                enum album_outcome *ret_outcomes, GError **error)
{
    struct album_grant grant;
    unsigned added = 0;
    if (!grants_album(conn, &(struct viewer){.user_id = user_id}, ALBUM_MAY_ADD, uuid, &grant, error))
        return false;
    for (size_t i = 0; i < n; i++) {
        struct member member;
        if (!find_member(conn, grant.album_id, &assets[i], &member, error))
            return false;
        ret_outcomes[i] = judge_new(&member, user_id);
        if (ret_outcomes[i] == ALBUM_DONE && ++added && !add_member(conn, grant.album_id, member.asset_id, error))
            return false;
    }
    return added == 0 || album_touch(conn, grant.album_id, error);
}

bool albums_remove(struct db_conn *conn, int64_t user_id, const struct uuid *uuid, const struct uuid *assets, size_t n,
                   enum album_outcome *ret_outcomes, GError **error)
{
    struct album_grant grant;
    unsigned removed = 0;
    if (!grants_album(conn, &(struct viewer){.user_id = user_id}, ALBUM_MAY_REMOVE, uuid, &grant, error))
        return false;
    for (size_t i = 0; i < n; i++) {
        struct member member;
        if (!find_member(conn, grant.album_id, &assets[i], &member, error))
            return false;
        bool may = grant.role == ALBUM_OWNER || member.owner_id == user_id;
        ret_outcomes[i] = !member.is_in ? ALBUM_NOT_FOUND : may ? ALBUM_DONE : ALBUM_NO_PERMISSION;
        if (ret_outcomes[i] == ALBUM_DONE && ++removed && !remove_member(conn, grant.album_id, member.asset_id, error))
            return false;
    }
    return removed == 0 || album_touch(conn, grant.album_id, error);
}

/* The first album that holds the asset; 0: none. */
static bool first_album(struct db_conn *conn, int64_t asset_id, int64_t *ret_album_id, GError **error)
{
    DB_ROWS struct db_rows *rows =
        db_query(conn, error, "SELECT album_id FROM album_assets WHERE asset_id = ?1 LIMIT 1", "i", asset_id);
    GError *problem = NULL;
    if (!rows)
        return false;
    *ret_album_id = db_next(rows, &problem) ? db_int(rows, 0) : 0;
    if (problem)
        g_propagate_error(error, problem);
    return !problem;
}

bool albums_forget_asset(struct db_conn *conn, int64_t asset_id, GError **error)
{
    for (;;) {
        int64_t album_id;
        if (!first_album(conn, asset_id, &album_id, error))
            return false;
        if (album_id == 0)
            return true;
        if (!remove_member(conn, album_id, asset_id, error) || !album_touch(conn, album_id, error))
            return false;
    }
}

bool albums_contributors(struct db_conn *conn, int64_t album_id, albums_each_contributor *each, void *data,
                         GError **error)
{
    DB_ROWS struct db_rows *rows =
        db_query(conn, error,
                 "SELECT u.uuid, count(*) AS n FROM album_assets m JOIN assets a ON a.id = m.asset_id AND"
                 " NOT a.is_trashed AND a.visibility IN (0, 1) JOIN users u ON u.id = a.owner_id WHERE m.album_id = ?1 "
                 "GROUP BY u.id"
                 " ORDER BY n DESC, u.id",
                 "i", album_id);
    GError *problem = NULL;
    if (!rows)
        return false;
    while (db_next(rows, &problem)) {
        struct uuid user;
        db_blob_exact(rows, 0, user.bytes, sizeof user.bytes);
        each(&user, db_int(rows, 1), data);
    }
    if (problem)
        g_propagate_error(error, problem);
    return !problem;
}
