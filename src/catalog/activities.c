/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "catalog/activities.h"

#include "base/clock.h"
#include "base/error.h"
#include "db/db.h"

static const char missing[] = "There is no such comment or like.";

void activity_clear(struct activity *activity)
{
    g_free(activity->comment);
    *activity = (struct activity){0};
}

#define SELECT                                                                                                         \
    "SELECT c.uuid, b.uuid, a.uuid, c.user_id, c.comment, c.created_us FROM activities c"                              \
    " JOIN albums b ON b.id = c.album_id JOIN users u ON u.id = c.user_id LEFT JOIN assets a ON a.id = c.asset_id"

/* Of the album itself, or of a photo a that its members see. */
#define SHOWN "(a.id IS NULL OR (NOT a.is_trashed AND a.visibility IN (0, 1)))"

static void read_activity(struct db_rows *rows, struct activity *ret_activity)
{
    struct activity activity = {
        .user_id = db_int(rows, 3),
        .comment = g_strdup(db_text(rows, 4)),
        .created_us = db_int(rows, 5),
    };
    db_blob_exact(rows, 0, activity.uuid.bytes, sizeof activity.uuid.bytes);
    db_blob_exact(rows, 1, activity.album.bytes, sizeof activity.album.bytes);
    activity.has_asset = db_blob_exact(rows, 2, activity.asset.bytes, sizeof activity.asset.bytes);
    *ret_activity = activity;
}

static const void *bytes_of(const struct uuid *uuid)
{
    return uuid ? uuid->bytes : NULL;
}

bool activities_list(struct db_conn *conn, const struct activity_filter *filter, activities_each *each, void *data,
                     GError **error)
{
    DB_ROWS struct db_rows *rows =
        db_query(conn, error,
                 SELECT " WHERE c.album_id = ?1 AND (?2 IS NULL OR a.uuid = ?2) AND (?3 = 0 OR c.asset_id IS NULL)"
                        " AND (?4 IS NULL OR u.uuid = ?4) AND (?5 = 0 OR (?5 = 1) = (c.comment IS NOT NULL))"
                        " AND " SHOWN " ORDER BY c.id",
                 "ibibi", filter->album_id, bytes_of(filter->asset), sizeof(struct uuid),
                 (int64_t)filter->of_album_alone, bytes_of(filter->user), sizeof(struct uuid), (int64_t)filter->kind);
    GError *problem = NULL;
    if (!rows)
        return false;
    for (bool more = true; more && db_next(rows, &problem);) {
        ACTIVITY_AUTO struct activity activity;
        read_activity(rows, &activity);
        more = each(&activity, data);
    }
    if (problem)
        g_propagate_error(error, problem);
    return !problem;
}

bool activities_find(struct db_conn *conn, const struct uuid *uuid, struct activity *ret_activity, GError **error)
{
    DB_ROWS struct db_rows *rows =
        db_query(conn, error, SELECT " WHERE c.uuid = ?1", "b", uuid->bytes, sizeof uuid->bytes);
    if (!rows || !db_next_required(rows, error, missing))
        return false;
    read_activity(rows, ret_activity);
    return true;
}

static bool find_asset(struct db_conn *conn, int64_t album_id, const struct uuid *uuid, int64_t *ret_id, GError **error)
{
    DB_ROWS struct db_rows *rows = db_query(conn, error,
                                            "SELECT a.id FROM assets a JOIN album_assets m ON m.asset_id = a.id"
                                            " WHERE a.uuid = ?1 AND m.album_id = ?2 AND " SHOWN,
                                            "bi", uuid->bytes, sizeof uuid->bytes, album_id);
    if (!rows || !db_next_required(rows, error, "The album has no such photo or video."))
        return false;
    *ret_id = db_int(rows, 0);
    return true;
}

static bool find_like(struct db_conn *conn, const struct activity_new *wanted, int64_t asset_id, struct uuid *ret_uuid,
                      GError **error)
{
    DB_ROWS struct db_rows *rows =
        db_query(conn, error,
                 "SELECT uuid FROM activities WHERE album_id = ?1 AND coalesce(asset_id, 0) = ?2 AND user_id = ?3"
                 " AND comment IS NULL",
                 "iii", wanted->album_id, asset_id, wanted->user_id);
    if (!rows || !db_next_required(rows, error, missing))
        return false;
    db_blob_exact(rows, 0, ret_uuid->bytes, sizeof ret_uuid->bytes);
    return true;
}

bool activities_add(struct db_conn *conn, const struct activity_new *wanted, struct uuid *ret_uuid, bool *ret_new,
                    GError **error)
{
    int64_t asset_id = 0;
    struct uuid uuid = uuid_v4();
    if (wanted->asset && !find_asset(conn, wanted->album_id, wanted->asset, &asset_id, error))
        return false;
    if (!db_exec(conn, error,
                 "INSERT INTO activities (uuid, album_id, asset_id, user_id, comment, created_us)"
                 " VALUES (?1, ?2, nullif(?3, 0), ?4, ?5, ?6) ON CONFLICT DO NOTHING",
                 "biiiti", uuid.bytes, sizeof uuid.bytes, wanted->album_id, asset_id, wanted->user_id, wanted->comment,
                 clock_now_us()))
        return false;
    *ret_new = db_changed(conn) > 0;
    *ret_uuid = uuid;
    return *ret_new || find_like(conn, wanted, asset_id, ret_uuid, error);
}

bool activities_delete(struct db_conn *conn, int64_t user_id, const struct uuid *uuid, GError **error)
{
    return db_exec(conn, error,
                   "DELETE FROM activities WHERE uuid = ?1 AND (user_id = ?2"
                   " OR album_id IN (SELECT id FROM albums WHERE owner_id = ?2))",
                   "bi", uuid->bytes, sizeof uuid->bytes, user_id) &&
           (db_changed(conn) > 0 || err_set(error, ERR_NOT_FOUND, missing));
}

bool activities_count(struct db_conn *conn, int64_t album_id, const struct uuid *asset, int64_t *ret_comments,
                      int64_t *ret_likes, GError **error)
{
    DB_ROWS struct db_rows *rows =
        db_query(conn, error,
                 "SELECT count(c.comment), count(*) - count(c.comment) FROM activities c LEFT JOIN assets a"
                 " ON a.id = c.asset_id WHERE c.album_id = ?1 AND (?2 IS NULL OR a.uuid = ?2)"
                 " AND " SHOWN,
                 "ib", album_id, bytes_of(asset), sizeof(struct uuid));
    if (!rows || !db_next_required(rows, error, missing))
        return false;
    *ret_comments = db_int(rows, 0);
    *ret_likes = db_int(rows, 1);
    return true;
}
