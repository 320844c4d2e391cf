/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "catalog/albums.h"

#include <string.h>

#include "base/clock.h"
#include "base/error.h"
#include "catalog/album_private.h"
#include "catalog/grants.h"
#include "db/db.h"

const char album_missing[] = "There is no such album.";

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

/* Of what an album holds, the asset of this alias is shown: no counter, date or cover tells of others. */
#define SHOWN(alias) "(NOT " alias ".is_trashed AND " alias ".visibility IN (0, 1))"

/* What an album shows of itself to account ?1: the chosen asset if it is shown, else the newest. */
#define COLUMNS                                                                                                        \
    "SELECT b.id, b.uuid, b.owner_id, b.name, b.description,"                                                          \
    " coalesce((SELECT t.uuid FROM assets t WHERE t.id = b.thumbnail_asset_id AND " SHOWN(                             \
        "t") "),"                                                                                                      \
             "  (SELECT t.uuid FROM album_assets m JOIN assets t ON t.id = m.asset_id WHERE m.album_id = b.id"         \
             "   AND " SHOWN("t") " ORDER BY t.local_us DESC, t.id DESC LIMIT 1)),"                                    \
                                  " b.is_activity_enabled, b.is_ascending, b.created_us, b.updated_us, count(a.id), "  \
                                  "coalesce(min(a.local_us), 0),"                                                      \
                                  " coalesce(max(a.local_us), 0), coalesce(max(a.updated_us), 0),"                     \
                                  " coalesce((SELECT r.role FROM album_users r WHERE r.album_id = b.id AND r.user_id " \
                                  "= ?1), 2), " SHARED " FROM albums b LEFT JOIN album_assets c ON c.album_id = b.id"  \
                                  " LEFT JOIN assets a ON a.id = c.asset_id AND " SHOWN("a")
#define SHARED "EXISTS (SELECT 1 FROM album_users o WHERE o.album_id = b.id AND o.user_id <> b.owner_id)"

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
        .role = (enum album_role)db_int(rows, 14),
        .is_shared = db_int(rows, 15),
    };
    db_blob_exact(rows, 1, album.uuid.bytes, sizeof album.uuid.bytes);
    album.has_thumbnail = db_blob_exact(rows, 5, album.thumbnail.bytes, sizeof album.thumbnail.bytes);
    *ret_album = album;
}

bool albums_find(struct db_conn *conn, const struct viewer *viewer, const struct uuid *uuid, struct album *ret_album,
                 GError **error)
{
    struct album_grant grant;
    if (!grants_album(conn, viewer, ALBUM_MAY_READ, uuid, &grant, error))
        return false;
    DB_ROWS struct db_rows *rows =
        db_query(conn, error, COLUMNS " WHERE b.id = ?2 GROUP BY b.id", "ii", viewer->user_id, grant.album_id);
    if (!rows || !db_next_required(rows, error, album_missing))
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
    DB_ROWS struct db_rows *rows =
        db_query(conn, error,
                 COLUMNS " WHERE b.id IN (SELECT i.album_id FROM album_users i WHERE i.user_id = ?1)"
                         " AND (?2 IS NULL OR b.uuid = ?2) AND (?3 IS NULL OR b.name = ?3)"
                         " AND (?4 IS NULL OR EXISTS (SELECT 1 FROM album_assets m JOIN assets t ON t.id = m.asset_id"
                         "  WHERE m.album_id = b.id AND t.uuid = ?4)) AND (?5 < 0 OR (b.owner_id = ?1) = ?5)"
                         " AND (?6 < 0 OR " SHARED " = ?6) GROUP BY b.id ORDER BY b.created_us DESC, b.id DESC",
                 "ibtbii", filter->user_id, bytes_of(filter->uuid), sizeof(struct uuid), filter->name,
                 bytes_of(filter->asset), sizeof(struct uuid), (int64_t)filter->is_owned, (int64_t)filter->is_shared);
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

bool albums_count(struct db_conn *conn, int64_t user_id, struct album_counts *ret_counts, GError **error)
{
    DB_ROWS struct db_rows *rows =
        db_query(conn, error,
                 "SELECT count(*) FILTER (WHERE is_owned), count(*) FILTER (WHERE is_shared),"
                 " count(*) FILTER (WHERE is_owned AND NOT is_shared)"
                 " FROM (SELECT b.owner_id = ?1 AS is_owned, " SHARED " AS is_shared FROM album_users i"
                 " JOIN albums b ON b.id = i.album_id WHERE i.user_id = ?1)",
                 "i", user_id);
    if (!rows || !db_next_required(rows, error, album_missing))
        return false;
    *ret_counts = (struct album_counts){db_int(rows, 0), db_int(rows, 1), db_int(rows, 2)};
    return true;
}

/* ---- making and changing ---- */

static bool find_made(struct db_conn *conn, const struct uuid *uuid, int64_t *ret_id, GError **error)
{
    DB_ROWS struct db_rows *rows =
        db_query(conn, error, "SELECT id FROM albums WHERE uuid = ?1", "b", uuid->bytes, sizeof uuid->bytes);
    if (!rows || !db_next_required(rows, error, album_missing))
        return false;
    *ret_id = db_int(rows, 0);
    return true;
}

bool albums_create(struct db_conn *conn, const struct album_new *wanted, struct uuid *ret_uuid, GError **error)
{
    int64_t change_id, id;
    struct uuid uuid = uuid_v4();
    if (!*wanted->name || strlen(wanted->name) > ALBUM_NAME_MAX)
        return err_set(error, ERR_INVALID, "An album has a name of at most %d bytes.", ALBUM_NAME_MAX);
    if (!db_change_id(conn, &change_id, error) ||
        !db_exec(conn, error,
                 "INSERT INTO albums (uuid, owner_id, name, description, created_us, updated_us, create_id, update_id)"
                 " VALUES (?1, ?2, ?3, ?4, ?5, ?5, ?6, ?6)",
                 "bittii", uuid.bytes, sizeof uuid.bytes, wanted->owner_id, wanted->name,
                 wanted->description ? wanted->description : "", clock_now_us(), change_id) ||
        !find_made(conn, &uuid, &id, error) || !album_join(conn, id, wanted->owner_id, ALBUM_OWNER, error))
        return false;
    *ret_uuid = uuid;
    return true;
}

bool album_touch(struct db_conn *conn, int64_t id, GError **error)
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

bool albums_change(struct db_conn *conn, int64_t user_id, const struct uuid *uuid, const struct album_change *change,
                   GError **error)
{
    struct album_grant grant;
    int64_t activity = change->is_activity_enabled, ascending = change->is_ascending;
    if (!grants_album(conn, &(struct viewer){.user_id = user_id}, ALBUM_MAY_EDIT, uuid, &grant, error))
        return false;
    if (change->name && (!*change->name || strlen(change->name) > ALBUM_NAME_MAX))
        return err_set(error, ERR_INVALID, "An album has a name of at most %d bytes.", ALBUM_NAME_MAX);
    if (change->thumbnail && !change_thumbnail(conn, grant.album_id, change->thumbnail, error))
        return false;
    return db_exec(conn, error,
                   "UPDATE albums SET name = coalesce(?2, name), description = coalesce(?3, description),"
                   " is_activity_enabled = coalesce(?4, is_activity_enabled), is_ascending = coalesce(?5, is_ascending)"
                   " WHERE id = ?1",
                   "ittII", grant.album_id, change->name, change->description, change->set_activity ? &activity : NULL,
                   change->set_order ? &ascending : NULL) &&
           album_touch(conn, grant.album_id, error);
}

/* ---- deleting ---- */

bool album_delete(struct db_conn *conn, int64_t album_id, GError **error)
{
    return album_tell(conn, album_id, "album", NULL, error) && album_lose(conn, album_id, 0, error) &&
           db_exec(conn, error, "DELETE FROM albums WHERE id = ?1", "i", album_id);
}

bool albums_delete(struct db_conn *conn, int64_t user_id, const struct uuid *uuid, GError **error)
{
    struct album_grant grant;
    return grants_album(conn, &(struct viewer){.user_id = user_id}, ALBUM_MAY_DELETE, uuid, &grant, error) &&
           album_delete(conn, grant.album_id, error);
}
