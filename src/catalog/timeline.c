/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "catalog/timeline.h"

#include <stdio.h>

#include "base/error.h"
#include "db/db.h"

static const int64_t DAY_US = INT64_C(86400000000);

static unsigned visibilities_of(const struct timeline_filter *filter)
{
    return filter->visibilities ? filter->visibilities : (1u << ASSET_TIMELINE | 1u << ASSET_ARCHIVE);
}

/* Partners show what lies in their timeline; of their favourites nothing is told. */
static bool partners_count_in(const struct timeline_filter *filter)
{
    return filter->with_partners && !filter->is_trashed && filter->is_favorite != 1 &&
           (visibilities_of(filter) & 1u << ASSET_TIMELINE);
}

/* The owner ?1, and who shows them their timeline in their own. */
#define MINE_AND_PARTNERS                                                                                              \
    "(SELECT ?1 UNION ALL SELECT shared_by_id FROM partners WHERE shared_with_id = ?1 AND in_timeline)"

/* In an album that several people fill: others' favourites, trash and what they hide are nobody's business. */
#define FAVORITE_OF(wanted, viewer) "(" wanted " < 0 OR (a.is_favorite AND a.owner_id = " viewer ") = " wanted ")"
#define SHOWN_TO(viewer) "(a.owner_id = " viewer " OR (NOT a.is_trashed AND a.visibility IN (0, 1)))"

/* ---- months ---- */

/* Of all there are counters; what is in one album is counted. */
static struct db_rows *months_of_album(struct db_conn *conn, const struct timeline_filter *filter, GError **error)
{
#define MONTHS(order)                                                                                                  \
    "SELECT CASE ?2 WHEN 0 THEN a.month ELSE a.upload_month END AS m, count(*) FROM album_assets c"                    \
    " JOIN assets a ON a.id = c.asset_id WHERE c.album_id = ?1 AND a.is_trashed = ?3 AND ((?4 >> a.visibility) & 1)"   \
    " AND " FAVORITE_OF("?5", "?6") " AND " SHOWN_TO("?6") " GROUP BY m ORDER BY m " order
    return db_query(conn, error, filter->ascending ? MONTHS("ASC") : MONTHS("DESC"), "iiiiii", filter->album_id,
                    (int64_t)filter->by_upload, (int64_t)filter->is_trashed, (int64_t)visibilities_of(filter),
                    (int64_t)filter->is_favorite, filter->owner_id);
#undef MONTHS
}

static struct db_rows *months_of_owner(struct db_conn *conn, const struct timeline_filter *filter, GError **error)
{
#define MONTHS(order)                                                                                                  \
    "SELECT month, sum(assets) AS n FROM timeline_months WHERE owner_id = ?1 AND basis = ?2 AND is_trashed = ?3"       \
    " AND ((?4 >> visibility) & 1) AND (?5 < 0 OR is_favorite = ?5) GROUP BY month HAVING n > 0 ORDER BY month " order
    return db_query(conn, error, filter->ascending ? MONTHS("ASC") : MONTHS("DESC"), "iiiii", filter->owner_id,
                    (int64_t)filter->by_upload, (int64_t)filter->is_trashed, (int64_t)visibilities_of(filter),
                    (int64_t)filter->is_favorite);
#undef MONTHS
}

static struct db_rows *months_with_partners(struct db_conn *conn, const struct timeline_filter *filter, GError **error)
{
#define MONTHS(order)                                                                                                  \
    "SELECT month, sum(assets) AS n FROM timeline_months WHERE owner_id IN " MINE_AND_PARTNERS " AND basis = ?2"       \
    " AND is_trashed = ?3 AND CASE owner_id WHEN ?1 THEN ((?4 >> visibility) & 1) AND (?5 < 0 OR is_favorite = ?5)"    \
    " ELSE visibility = 0 END GROUP BY month HAVING n > 0 ORDER BY month " order
    return db_query(conn, error, filter->ascending ? MONTHS("ASC") : MONTHS("DESC"), "iiiii", filter->owner_id,
                    (int64_t)filter->by_upload, (int64_t)filter->is_trashed, (int64_t)visibilities_of(filter),
                    (int64_t)filter->is_favorite);
#undef MONTHS
}

bool timeline_months(struct db_conn *conn, const struct timeline_filter *filter, timeline_each_month *each, void *data,
                     GError **error)
{
    DB_ROWS struct db_rows *rows = filter->album_id            ? months_of_album(conn, filter, error)
                                   : partners_count_in(filter) ? months_with_partners(conn, filter, error)
                                                               : months_of_owner(conn, filter, error);
    if (!rows)
        return false;
    GError *failure = NULL;
    while (db_next(rows, &failure))
        each((int)db_int(rows, 0), db_int(rows, 1), data);
    if (failure)
        g_propagate_error(error, failure);
    return !failure;
}

bool timeline_month_parse(const char *text, int *ret_month)
{
    int digits[10];
    for (int i = 0; i < 10; i++) {
        char c = text ? text[i] : '\0';
        bool dash = i == 4 || i == 7;
        if (c == '\0' || (dash ? c != '-' : !g_ascii_isdigit(c)))
            return false;
        digits[i] = c - '0';
    }
    if (text[10] != '\0' && text[10] != 'T')
        return false;
    int year = digits[0] * 1000 + digits[1] * 100 + digits[2] * 10 + digits[3];
    int month = digits[5] * 10 + digits[6];
    if (year < 1 || month < 1 || month > 12)
        return false;
    *ret_month = year * 10000 + month * 100 + 1;
    return true;
}

/* Days since 1970 of the first of @month and of the next one. */
static void days_of(int month, int64_t *ret_first, int64_t *ret_next)
{
    g_autoptr(GDateTime) first = g_date_time_new_utc(month / 10000, month / 100 % 100, 1, 0, 0, 0);
    g_autoptr(GDateTime) next = first ? g_date_time_add_months(first, 1) : NULL;
    *ret_first = first ? g_date_time_to_unix(first) / 86400 : 0;
    *ret_next = next ? g_date_time_to_unix(next) / 86400 : *ret_first + (first ? 31 : 0);
}

/* ---- one month ---- */

/* All of it stands in the index assets_timeline, but for the place. */
#define COLUMNS                                                                                                        \
    "SELECT a.uuid, a.type, a.visibility, a.is_favorite, a.is_trashed, a.width_px, a.height_px, a.taken_us,"           \
    " a.local_us, a.uploaded_us, a.duration_ms, a.thumbhash, a.projection, a.live_uuid, a.owner_id, "
#define NO_PLACE COLUMNS "NULL, NULL, NULL, NULL FROM "
#define PLACE COLUMNS "e.city, e.country, e.latitude, e.longitude FROM "
#define EXIF " JOIN exif e ON e.asset_id = a.id"
#define OWNED "assets a"
#define IN_ALBUM "album_assets c JOIN assets a ON a.id = c.asset_id"
#define FILTERED " AND a.is_trashed = ?2 AND ((?3 >> a.visibility) & 1)"
#define OF_OWNER " WHERE a.owner_id = ?1" FILTERED " AND (?4 < 0 OR a.is_favorite = ?4)"
#define OF_PARTNERS                                                                                                    \
    " WHERE a.owner_id IN " MINE_AND_PARTNERS " AND a.is_trashed = ?2 AND CASE a.owner_id WHEN ?1 THEN"                \
    " ((?3 >> a.visibility) & 1) AND (?4 < 0 OR a.is_favorite = ?4) ELSE a.visibility = 0 END"
#define OF_ALBUM " WHERE c.album_id = ?1" FILTERED " AND " FAVORITE_OF("?4", "?7") " AND " SHOWN_TO("?7")
#define BY_DAY " AND a.day >= ?5 AND a.day < ?6 ORDER BY "
#define BY_UPLOAD " AND a.uploaded_us >= ?5 AND a.uploaded_us < ?6 ORDER BY "
#define DAY_DOWN BY_DAY "a.day DESC, a.taken_us DESC, a.id DESC"
#define DAY_UP BY_DAY "a.day, a.taken_us, a.id"
#define UPLOAD_DOWN BY_UPLOAD "a.uploaded_us DESC, a.id DESC"
#define UPLOAD_UP BY_UPLOAD "a.uploaded_us, a.id"
#define ORDERS(from)                                                                                                   \
    {                                                                                                                  \
        {from DAY_DOWN, from DAY_UP}, {from UPLOAD_DOWN, from UPLOAD_UP},                                              \
    }

enum bucket_of { BUCKET_OF_OWNER, BUCKET_OF_PARTNERS, BUCKET_OF_ALBUM };

/* [whose][with_place][by_upload][ascending] */
static const char *const bucket_sql[3][2][2][2] = {
    [BUCKET_OF_OWNER] = {ORDERS(NO_PLACE OWNED OF_OWNER), ORDERS(PLACE OWNED EXIF OF_OWNER)},
    [BUCKET_OF_PARTNERS] = {ORDERS(NO_PLACE OWNED OF_PARTNERS), ORDERS(PLACE OWNED EXIF OF_PARTNERS)},
    [BUCKET_OF_ALBUM] = {ORDERS(NO_PLACE IN_ALBUM OF_ALBUM), ORDERS(PLACE IN_ALBUM EXIF OF_ALBUM)},
};

struct db_rows *timeline_bucket(struct db_conn *conn, const struct timeline_filter *filter, int month, GError **error)
{
    int64_t first, next;
    days_of(month, &first, &next);
    int64_t unit = filter->by_upload ? DAY_US : 1;
    enum bucket_of of = filter->album_id            ? BUCKET_OF_ALBUM
                        : partners_count_in(filter) ? BUCKET_OF_PARTNERS
                                                    : BUCKET_OF_OWNER;
    bool in_album = of == BUCKET_OF_ALBUM;
    return db_query(conn, error, bucket_sql[of][filter->with_place][filter->by_upload][filter->ascending],
                    in_album ? "iiiiiii" : "iiiiii", in_album ? filter->album_id : filter->owner_id,
                    (int64_t)filter->is_trashed, (int64_t)visibilities_of(filter), (int64_t)filter->is_favorite,
                    first * unit, next * unit, filter->owner_id);
}

bool timeline_next(struct db_rows *rows, struct timeline_item *ret_item, GError **error)
{
    if (!db_next(rows, error))
        return false;
    struct timeline_item item = {
        .type = (enum asset_type)db_int(rows, 1),
        .visibility = (enum asset_visibility)db_int(rows, 2),
        .is_favorite = db_int(rows, 3),
        .is_trashed = db_int(rows, 4),
        .width_px = (int)db_int(rows, 5),
        .height_px = (int)db_int(rows, 6),
        .taken_us = db_int(rows, 7),
        .local_us = db_int(rows, 8),
        .uploaded_us = db_int(rows, 9),
        .duration_ms = db_int(rows, 10),
        .projection = db_text(rows, 12),
        .owner_id = db_int(rows, 14),
        .city = db_text(rows, 15),
        .country = db_text(rows, 16),
        .has_position = !db_is_null(rows, 17),
        .latitude = db_double(rows, 17),
        .longitude = db_double(rows, 18),
    };
    db_blob_exact(rows, 0, item.uuid.bytes, sizeof item.uuid.bytes);
    item.thumbhash = db_blob(rows, 11, &item.thumbhash_size);
    item.has_live_video = db_blob_exact(rows, 13, item.live_video.bytes, sizeof item.live_video.bytes);
    *ret_item = item;
    return true;
}
