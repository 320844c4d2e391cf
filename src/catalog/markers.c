/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "catalog/markers.h"

#include "db/db.h"

#define SELECT "SELECT a.uuid, e.latitude, e.longitude, e.city, e.state, e.country FROM "
/* The values: ?1 the owner, ?2 the archive too, ?3 favourite, ?4 and ?5 from and to, ?6 partners, ?7 albums, ?8 one
 * album. */
#define PLACED " AND e.latitude IS NOT NULL AND a.taken_us BETWEEN ?4 AND ?5 AND coalesce(?6, ?7, ?8) IS NOT NULL"
#define OWN "a.owner_id = ?1 AND a.is_trashed = 0 AND a.visibility BETWEEN 0 AND ?2 AND (?3 < 0 OR a.is_favorite = ?3)"
#define OTHERS "a.owner_id <> ?1 AND a.is_trashed = 0 AND ?3 < 1"

static const char of_owner[] = SELECT "assets a JOIN exif e ON e.asset_id = a.id WHERE " OWN PLACED;
/* Somebody may show a photo in both ways: UNION tells it once. */
static const char of_all[] =
    SELECT "(SELECT a.id FROM assets a WHERE " OWN " UNION SELECT a.id FROM assets a WHERE ?6 AND " OTHERS
           " AND a.visibility = 0"
           " AND a.owner_id IN (SELECT shared_by_id FROM partners WHERE shared_with_id = ?1 AND in_timeline)"
           " UNION SELECT a.id FROM album_users m JOIN album_assets c ON c.album_id = m.album_id JOIN assets a"
           " ON a.id = c.asset_id WHERE ?7 AND m.user_id = ?1 AND " OTHERS " AND a.visibility BETWEEN 0 AND 1) w"
           " CROSS JOIN assets a ON a.id = w.id JOIN exif e ON e.asset_id = a.id WHERE 1" PLACED;
static const char of_album[] =
    SELECT "album_assets c JOIN assets a ON a.id = c.asset_id JOIN exif e ON e.asset_id = a.id WHERE c.album_id = ?8"
           " AND a.is_trashed = 0 AND a.visibility BETWEEN 0 AND 1 AND coalesce(?1, ?2, ?3) IS NOT NULL" PLACED;

struct db_rows *markers_open(struct db_conn *conn, const struct marker_filter *filter, GError **error)
{
    bool is_all = filter->with_partners || filter->with_albums;
    return db_query(conn, error,
                    filter->album_id ? of_album
                    : is_all         ? of_all
                                     : of_owner,
                    "iiiiiiii", filter->owner_id, (int64_t)filter->with_archive, (int64_t)filter->is_favorite,
                    filter->from_us, filter->to_us, (int64_t)filter->with_partners, (int64_t)filter->with_albums,
                    filter->album_id);
}

bool markers_next(struct db_rows *rows, struct marker *ret_marker, GError **error)
{
    if (!db_next(rows, error))
        return false;
    *ret_marker = (struct marker){
        .latitude = db_double(rows, 1),
        .longitude = db_double(rows, 2),
        .city = db_text(rows, 3),
        .state = db_text(rows, 4),
        .country = db_text(rows, 5),
    };
    db_blob_exact(rows, 0, ret_marker->asset.bytes, sizeof ret_marker->asset.bytes);
    return true;
}

bool markers_cities(struct db_conn *conn, int64_t owner_id, int64_t at_least, int64_t limit, markers_each_city *each,
                    void *data, GError **error)
{
    DB_ROWS struct db_rows *rows =
        db_query(conn, error,
                 "SELECT e.city, a.id, max(a.taken_us), count(*) AS n FROM exif e JOIN assets a ON a.id = e.asset_id"
                 " WHERE e.owner_id = ?1 AND e.city IS NOT NULL AND a.trashed_us IS NULL AND a.visibility = 0"
                 " GROUP BY e.city HAVING n >= ?2 ORDER BY n DESC, e.city LIMIT ?3",
                 "iii", owner_id, at_least, limit);
    GError *failure = NULL;
    if (!rows)
        return false;
    while (db_next(rows, &failure))
        each(db_text(rows, 0), db_int(rows, 1), data);
    if (failure)
        g_propagate_error(error, failure);
    return !failure;
}
