/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "catalog/albums.h"

#include <string.h>

#include "base/clock.h"
#include "base/error.h"
#include "catalog/assets.h"
#include "db/db.h"

static const char missing[] = "There is no such album.";

const char *album_role_name(enum album_role role)
{
    static const char *const names[] = {"owner", "editor", "viewer"};
    return names[role];
}

void album_clear(struct album *album)
{
    g_free(album->name);
    g_free(album->description);
    *album = (struct album){0};
}

/* ---- looking ---- */

/* What an album shows of itself: the chosen asset unless it lies in the trash, else the newest. */
#define COLUMNS                                                                                                        \
    "SELECT b.id, b.uuid, b.owner_id, b.name, b.description,"                                                          \
    " coalesce((SELECT t.uuid FROM assets t WHERE t.id = b.thumbnail_asset_id AND NOT t.is_trashed),"                  \
    "  (SELECT t.uuid FROM album_assets m JOIN assets t ON t.id = m.asset_id WHERE m.album_id = b.id"                  \
    "   AND NOT t.is_trashed ORDER BY t.local_us DESC, t.id DESC LIMIT 1)),"                                           \
    " b.is_activity_enabled, b.is_ascending, b.created_us, b.updated_us, count(a.id), coalesce(min(a.local_us), 0),"   \
    " coalesce(max(a.local_us), 0), coalesce(max(a.updated_us), 0) FROM albums b"                                      \
    " LEFT JOIN album_assets c ON c.album_id = b.id LEFT JOIN assets a ON a.id = c.asset_id AND NOT a.is_trashed"

static void read_album(struct db_rows *rows, struct album *ret_album)
{
    struct album album = {
        .id = db_int(rows, 0),
        .owner_id = db_int(rows, 2),
        .name = g_strdup(db_text(rows, 3)),
        .description = g_strdup(db_text(rows, 4)),
        .is_activity_enabled = db_int(rows, 6),
        .is_ascending = db_int(rows, 7),
        .created_us = db_int(rows, 8),
        .updated_us = db_int(rows, 9),
        .n_assets = db_int(rows, 10),
        .first_us = db_int(rows, 11),
        .last_us = db_int(rows, 12),
        .last_asset_change_us = db_int(rows, 13),
    };
    db_blob_exact(rows, 1, album.uuid.bytes, sizeof album.uuid.bytes);
    album.has_thumbnail = db_blob_exact(rows, 5, album.thumbnail.bytes, sizeof album.thumbnail.bytes);
    *ret_album = album;
}

bool albums_find(struct db_conn *conn, int64_t owner_id, const struct uuid *uuid, struct album *ret_album,
                 GError **error)
{
    DB_ROWS struct db_rows *rows = db_query(conn, error, COLUMNS " WHERE b.owner_id = ?1 AND b.uuid = ?2 GROUP BY b.id",
                                            "ib", owner_id, uuid->bytes, sizeof uuid->bytes);
    if (!rows || !db_next_required(rows, error, missing))
        return false;
    read_album(rows, ret_album);
    return true;
}

static const void *bytes_of(const struct uuid *uuid)
{
    return uuid ? uuid->bytes : NULL;
}

bool albums_list(struct db_conn *conn, const struct album_filter *filter, albums_each *each, void *data, GError **error)
{
    DB_ROWS struct db_rows *rows = db_query(
        conn, error,
        COLUMNS " WHERE b.owner_id = ?1 AND (?2 IS NULL OR b.uuid = ?2) AND (?3 IS NULL OR b.name = ?3)"
                " AND (?4 IS NULL OR EXISTS (SELECT 1 FROM album_assets m JOIN assets t ON t.id = m.asset_id"
                "  WHERE m.album_id = b.id AND t.uuid = ?4)) GROUP BY b.id ORDER BY b.created_us DESC, b.id DESC",
        "ibtb", filter->owner_id, bytes_of(filter->uuid), sizeof(struct uuid), filter->name, bytes_of(filter->asset),
        sizeof(struct uuid));
    GError *problem = NULL;
    if (!rows)
        return false;
    for (bool more = true; more && db_next(rows, &problem);) {
        ALBUM_AUTO struct album album;
        read_album(rows, &album);
        more = each(&album, data);
    }
    if (problem)
        g_propagate_error(error, problem);
    return !problem;
}

bool albums_count(struct db_conn *conn, int64_t owner_id, int64_t *ret_count, GError **error)
{
    DB_ROWS struct db_rows *rows =
        db_query(conn, error, "SELECT count(*) FROM albums WHERE owner_id = ?1", "i", owner_id);
    if (!rows || !db_next_required(rows, error, missing))
        return false;
    *ret_count = db_int(rows, 0);
    return true;
}

/* The row id of the owner's album. */
static bool find_row(struct db_conn *conn, int64_t owner_id, const struct uuid *uuid, int64_t *ret_id, GError **error)
{
    DB_ROWS struct db_rows *rows = db_query(conn, error, "SELECT id FROM albums WHERE owner_id = ?1 AND uuid = ?2",
                                            "ib", owner_id, uuid->bytes, sizeof uuid->bytes);
    if (!rows || !db_next_required(rows, error, missing))
        return false;
    *ret_id = db_int(rows, 0);
    return true;
}

/* ---- making and changing ---- */

bool albums_create(struct db_conn *conn, const struct album_new *wanted, struct uuid *ret_uuid, GError **error)
{
    int64_t change_id, user_change_id, id;
    struct uuid uuid = uuid_v4();
    if (!*wanted->name || strlen(wanted->name) > ALBUM_NAME_MAX)
        return err_set(error, ERR_INVALID, "An album has a name of at most %d bytes.", ALBUM_NAME_MAX);
    if (!db_change_id(conn, &change_id, error) || !db_change_id(conn, &user_change_id, error) ||
        !db_exec(conn, error,
                 "INSERT INTO albums (uuid, owner_id, name, description, created_us, updated_us, create_id, update_id)"
                 " VALUES (?1, ?2, ?3, ?4, ?5, ?5, ?6, ?6)",
                 "bittii", uuid.bytes, sizeof uuid.bytes, wanted->owner_id, wanted->name,
                 wanted->description ? wanted->description : "", clock_now_us(), change_id) ||
        !find_row(conn, wanted->owner_id, &uuid, &id, error) ||
        !db_exec(conn, error,
                 "INSERT INTO album_users (album_id, user_id, role, create_id, update_id) VALUES (?1, ?2, ?3, ?4, ?4)",
                 "iiii", id, wanted->owner_id, (int64_t)ALBUM_OWNER, user_change_id))
        return false;
    *ret_uuid = uuid;
    return true;
}

/* The album itself changed, also where only its contents did. */
static bool touch(struct db_conn *conn, int64_t id, GError **error)
{
    int64_t change_id;
    return db_change_id(conn, &change_id, error) &&
           db_exec(conn, error, "UPDATE albums SET updated_us = ?2, update_id = ?3 WHERE id = ?1", "iii", id,
                   clock_now_us(), change_id);
}

static bool change_thumbnail(struct db_conn *conn, int64_t id, const struct uuid *asset, GError **error)
{
    return db_exec(conn, error,
                   "UPDATE albums SET thumbnail_asset_id = t.id FROM (SELECT a.id FROM assets a JOIN album_assets m"
                   " ON m.asset_id = a.id WHERE m.album_id = ?1 AND a.uuid = ?2) AS t WHERE albums.id = ?1",
                   "ib", id, asset->bytes, sizeof asset->bytes) &&
           (db_changed(conn) > 0 || err_set(error, ERR_INVALID, "This photo is not in the album."));
}

bool albums_change(struct db_conn *conn, int64_t owner_id, const struct uuid *uuid, const struct album_change *change,
                   GError **error)
{
    int64_t id, activity = change->is_activity_enabled, ascending = change->is_ascending;
    if (!find_row(conn, owner_id, uuid, &id, error))
        return false;
    if (change->name && (!*change->name || strlen(change->name) > ALBUM_NAME_MAX))
        return err_set(error, ERR_INVALID, "An album has a name of at most %d bytes.", ALBUM_NAME_MAX);
    if (change->thumbnail && !change_thumbnail(conn, id, change->thumbnail, error))
        return false;
    return db_exec(conn, error,
                   "UPDATE albums SET name = coalesce(?2, name), description = coalesce(?3, description),"
                   " is_activity_enabled = coalesce(?4, is_activity_enabled), is_ascending = coalesce(?5, is_ascending)"
                   " WHERE id = ?1",
                   "ittII", id, change->name, change->description, change->set_activity ? &activity : NULL,
                   change->set_order ? &ascending : NULL) &&
           touch(conn, id, error);
}

/* ---- deleting ---- */

/* For each that may see the album: it is gone. */
static bool tell_members(struct db_conn *conn, int64_t id, GError **error)
{
    g_autoptr(GArray) members = g_array_new(FALSE, FALSE, sizeof(int64_t));
    {
        DB_ROWS struct db_rows *rows =
            db_query(conn, error, "SELECT user_id FROM album_users WHERE album_id = ?1", "i", id);
        GError *problem = NULL;
        if (!rows)
            return false;
        while (db_next(rows, &problem)) {
            int64_t user_id = db_int(rows, 0);
            g_array_append_val(members, user_id);
        }
        if (problem) {
            g_propagate_error(error, problem);
            return false;
        }
    }
    for (guint i = 0; i < members->len; i++) {
        int64_t change_id;
        if (!db_change_id(conn, &change_id, error) ||
            !db_exec(conn, error,
                     "INSERT INTO changes (id, entity, owner_id, key1, at_us)"
                     " SELECT ?1, 'album', ?2, uuid, ?3 FROM albums WHERE id = ?4",
                     "iiii", change_id, g_array_index(members, int64_t, i), clock_now_us(), id))
            return false;
    }
    return true;
}

bool albums_delete(struct db_conn *conn, int64_t owner_id, const struct uuid *uuid, GError **error)
{
    int64_t id;
    return find_row(conn, owner_id, uuid, &id, error) && tell_members(conn, id, error) &&
           db_exec(conn, error, "DELETE FROM albums WHERE id = ?1", "i", id);
}

bool albums_delete_owned(struct db_conn *conn, int64_t owner_id, GError **error)
{
    return db_exec(conn, error, "DELETE FROM album_users WHERE user_id = ?1", "i", owner_id) &&
           db_exec(conn, error, "DELETE FROM albums WHERE owner_id = ?1", "i", owner_id);
}

/* ---- contents ---- */

struct member {
    int64_t asset_id;
    enum asset_visibility visibility;
    bool is_in;
};

/* Not to be there is an answer, not an error: asset_id is 0 then. */
static bool find_member(struct db_conn *conn, int64_t owner_id, int64_t album_id, const struct uuid *asset,
                        struct member *ret_member, GError **error)
{
    DB_ROWS struct db_rows *rows = db_query(
        conn, error,
        "SELECT id, visibility, EXISTS (SELECT 1 FROM album_assets WHERE album_id = ?3 AND asset_id = assets.id)"
        " FROM assets WHERE uuid = ?1 AND owner_id = ?2",
        "bii", asset->bytes, sizeof asset->bytes, owner_id, album_id);
    GError *problem = NULL;
    if (!rows)
        return false;
    *ret_member = (struct member){0};
    if (db_next(rows, &problem))
        *ret_member = (struct member){db_int(rows, 0), (enum asset_visibility)db_int(rows, 1), db_int(rows, 2) != 0};
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

/* An album that @asset_id stands for (0: each of them) gets its newest other one. */
static bool replace_thumbnail(struct db_conn *conn, int64_t album_id, int64_t asset_id, GError **error)
{
    int64_t change_id;
    return db_change_id(conn, &change_id, error) &&
           db_exec(conn, error,
                   "UPDATE albums SET update_id = ?3, thumbnail_asset_id = (SELECT m.asset_id FROM album_assets m"
                   " JOIN assets a ON a.id = m.asset_id WHERE m.album_id = albums.id AND m.asset_id <> ?2"
                   " ORDER BY a.is_trashed, a.local_us DESC, a.id DESC LIMIT 1)"
                   " WHERE thumbnail_asset_id = ?2 AND (?1 = 0 OR id = ?1)",
                   "iii", album_id, asset_id, change_id);
}

static bool remove_member(struct db_conn *conn, int64_t album_id, int64_t asset_id, GError **error)
{
    int64_t change_id;
    return replace_thumbnail(conn, album_id, asset_id, error) && db_change_id(conn, &change_id, error) &&
           db_exec(conn, error,
                   "INSERT INTO changes (id, entity, owner_id, key1, key2, at_us) SELECT ?1, 'album_asset', b.owner_id,"
                   " b.uuid, a.uuid, ?2 FROM albums b, assets a WHERE b.id = ?3 AND a.id = ?4",
                   "iiii", change_id, clock_now_us(), album_id, asset_id) &&
           db_exec(conn, error, "DELETE FROM album_assets WHERE album_id = ?1 AND asset_id = ?2", "ii", album_id,
                   asset_id);
}

bool albums_add(struct db_conn *conn, int64_t owner_id, const struct uuid *uuid, const struct uuid *assets, size_t n,
                enum album_outcome *ret_outcomes, GError **error)
{
    int64_t id;
    unsigned added = 0;
    if (!find_row(conn, owner_id, uuid, &id, error))
        return false;
    for (size_t i = 0; i < n; i++) {
        struct member member;
        if (!find_member(conn, owner_id, id, &assets[i], &member, error))
            return false;
        ret_outcomes[i] = member.is_in                                            ? ALBUM_DUPLICATE
                          : !member.asset_id || member.visibility == ASSET_LOCKED ? ALBUM_NO_PERMISSION
                                                                                  : ALBUM_DONE;
        if (ret_outcomes[i] == ALBUM_DONE && ++added && !add_member(conn, id, member.asset_id, error))
            return false;
    }
    return added == 0 || touch(conn, id, error);
}

bool albums_remove(struct db_conn *conn, int64_t owner_id, const struct uuid *uuid, const struct uuid *assets, size_t n,
                   enum album_outcome *ret_outcomes, GError **error)
{
    int64_t id;
    unsigned removed = 0;
    if (!find_row(conn, owner_id, uuid, &id, error))
        return false;
    for (size_t i = 0; i < n; i++) {
        struct member member;
        if (!find_member(conn, owner_id, id, &assets[i], &member, error))
            return false;
        ret_outcomes[i] = member.is_in ? ALBUM_DONE : ALBUM_NOT_FOUND;
        if (member.is_in && ++removed && !remove_member(conn, id, member.asset_id, error))
            return false;
    }
    return removed == 0 || touch(conn, id, error);
}

bool albums_replace_thumbnail(struct db_conn *conn, int64_t asset_id, GError **error)
{
    return replace_thumbnail(conn, 0, asset_id, error);
}

bool albums_forget_asset(struct db_conn *conn, int64_t asset_id, GError **error)
{
    for (;;) {
        int64_t album_id = 0;
        {
            DB_ROWS struct db_rows *rows =
                db_query(conn, error, "SELECT album_id FROM album_assets WHERE asset_id = ?1 LIMIT 1", "i", asset_id);
            GError *problem = NULL;
            if (!rows)
                return false;
            if (db_next(rows, &problem))
                album_id = db_int(rows, 0);
            if (problem) {
                g_propagate_error(error, problem);
                return false;
            }
        }
        if (album_id == 0)
            return true;
        if (!remove_member(conn, album_id, asset_id, error) || !touch(conn, album_id, error))
            return false;
    }
}
