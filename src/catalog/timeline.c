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

/* Where stacks are shown as one, who stands behind another is left out. But where more is asked for than what the
 * timeline shows, whatever matches is shown: its primary may not match. */
static bool hides_behind(const struct timeline_filter *filter)
{
    return filter->with_stacked && !filter->is_trashed && filter->is_favorite != 1 && !filter->album_id &&
           !filter->tag_id && !filter->has_box;
}

enum timeline_of { OF_OWNER, OF_PARTNERS, OF_ALBUM };

static enum timeline_of whose(const struct timeline_filter *filter)
{
    return filter->album_id ? OF_ALBUM : partners_count_in(filter) ? OF_PARTNERS : OF_OWNER;
}

/* ---- conditions ----
 *
 * On assets a; of an album on its contents c, too. The values: ?1 the owner or the album, ?2 trashed, ?3 visibilities,
 * ?4 favourite, ?5 and ?6 the statement's own, ?7 who looks, ?8 the tag, ?9 … ?12 the box. */

#define FILTERED "a.is_trashed = ?2 AND ((?3 >> a.visibility) & 1)"
static const char *const conditions[] = {
    [OF_OWNER] = " WHERE a.owner_id = ?1 AND " FILTERED " AND (?4 < 0 OR a.is_favorite = ?4)",
    [OF_PARTNERS] = " WHERE a.owner_id IN " MINE_AND_PARTNERS " AND a.is_trashed = ?2 AND CASE a.owner_id WHEN ?1 THEN"
                    " ((?3 >> a.visibility) & 1) AND (?4 < 0 OR a.is_favorite = ?4) ELSE a.visibility = 0 END",
    /* Several people fill it: others' favourites, trash and what they hide are nobody's business. */
    [OF_ALBUM] = " WHERE c.album_id = ?1 AND " FILTERED " AND (?4 < 0 OR (a.is_favorite AND a.owner_id = ?7) = ?4)"
                 " AND (a.owner_id = ?7 OR (NOT a.is_trashed AND a.visibility IN (0, 1)))",
};
static const char *const sources[] = {
    [OF_OWNER] = " FROM assets a",
    [OF_PARTNERS] = " FROM assets a",
    [OF_ALBUM] = " FROM album_assets c JOIN assets a ON a.id = c.asset_id",
};
/* A tag stands for those below it, too. */
static const char tagged[] =
    " AND a.id IN (WITH RECURSIVE below (id) AS (SELECT ?8 UNION ALL SELECT t.id FROM tags t JOIN below b"
    " ON t.parent_id = b.id) SELECT x.asset_id FROM tag_assets x JOIN below b ON b.id = x.tag_id)";
/* A box whose west lies east of its east goes around the back of the earth. */
static const char boxed[] =
    " AND EXISTS (SELECT 1 FROM exif g WHERE g.asset_id = a.id AND g.latitude BETWEEN ?10 AND ?12"
    " AND CASE WHEN ?9 <= ?11 THEN g.longitude BETWEEN ?9 AND ?11 ELSE g.longitude >= ?9 OR g.longitude <= ?11 END)";

static void add_conditions(GString *sql, const struct timeline_filter *filter)
{
    g_string_append(sql, conditions[whose(filter)]);
    if (hides_behind(filter))
        g_string_append(sql, " AND NOT a.is_behind");
    if (filter->tag_id)
        g_string_append(sql, tagged);
    if (filter->has_box)
        g_string_append(sql, boxed);
}

/* The values of a statement's own. */
struct span {
    size_t n_values; /* how many it asks for at least, with those before */
    int64_t fifth, sixth;
};

/* Runs @sql with as many values as it has. There are few such texts, so that each may be kept for good. */
static struct db_rows *run(struct db_conn *conn, const struct timeline_filter *filter, const GString *sql,
                           struct span span, GError **error)
{
    char types[] = "iiiiiiiidddd";
    types[filter->has_box ? 12 : filter->tag_id ? 8 : filter->album_id ? 7 : span.n_values] = '\0';
    return db_query(conn, error, g_intern_string(sql->str), types,
                    filter->album_id ? filter->album_id : filter->owner_id, (int64_t)filter->is_trashed,
                    (int64_t)visibilities_of(filter), (int64_t)filter->is_favorite, span.fifth, span.sixth,
                    filter->owner_id, filter->tag_id, filter->west, filter->south, filter->east, filter->north);
}

/* ---- months ---- */

/* Of all there are counters. Those of who stands behind another in a stack are taken off. */
static struct db_rows *count_by_counters(struct db_conn *conn, const struct timeline_filter *filter, GError **error)
{
#define OWN " WHERE owner_id = ?1 AND ((?3 >> visibility) & 1) AND (?4 < 0 OR is_favorite = ?4) AND basis = ?5"
#define ALL                                                                                                            \
    " WHERE owner_id IN " MINE_AND_PARTNERS " AND basis = ?5 AND CASE owner_id WHEN ?1 THEN"                           \
    " ((?3 >> visibility) & 1) AND (?4 < 0 OR is_favorite = ?4) ELSE visibility = 0 END"
    const char *of = whose(filter) == OF_OWNER ? OWN : ALL;
    g_autoptr(GString) sql = g_string_new("SELECT month, sum(n) AS total FROM (SELECT month, assets AS n FROM"
                                          " timeline_months");
    g_string_append_printf(sql, "%s AND is_trashed = ?2", of);
    if (hides_behind(filter))
        g_string_append_printf(sql, " UNION ALL SELECT month, -assets FROM timeline_behind%s", of);
    g_string_append_printf(sql, ") GROUP BY month HAVING total > 0 ORDER BY month %s",
                           filter->ascending ? "ASC" : "DESC");
    return run(conn, filter, sql, (struct span){5, filter->by_upload, 0}, error);
#undef OWN
#undef ALL
}

/* What is in one album, has one tag, or lies in a box is counted. */
static struct db_rows *count_by_rows(struct db_conn *conn, const struct timeline_filter *filter, GError **error)
{
    g_autoptr(GString) sql = g_string_new("SELECT CASE ?5 WHEN 0 THEN a.month ELSE a.upload_month END AS m, count(*)");
    g_string_append(sql, sources[whose(filter)]);
    add_conditions(sql, filter);
    g_string_append_printf(sql, " GROUP BY m ORDER BY m %s", filter->ascending ? "ASC" : "DESC");
    return run(conn, filter, sql, (struct span){5, filter->by_upload, 0}, error);
}

bool timeline_months(struct db_conn *conn, const struct timeline_filter *filter, timeline_each_month *each, void *data,
                     GError **error)
{
    bool is_counted = !filter->album_id && !filter->tag_id && !filter->has_box;
    DB_ROWS struct db_rows *rows =
        is_counted ? count_by_counters(conn, filter, error) : count_by_rows(conn, filter, error);
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

/* All of it stands in the index assets_timeline, but for the place, and the stacks of those that are in one. */
static const char columns[] =
    "SELECT a.uuid, a.type, a.visibility, a.is_favorite, a.is_trashed, a.width_px, a.height_px, a.taken_us, a.local_us,"
    " a.uploaded_us, a.duration_ms, a.thumbhash, a.projection, a.live_uuid, a.owner_id";

/* [by_upload][ascending] */
static const char *const orders[2][2] = {
    {" AND a.day >= ?5 AND a.day < ?6 ORDER BY a.day DESC, a.taken_us DESC, a.id DESC",
     " AND a.day >= ?5 AND a.day < ?6 ORDER BY a.day, a.taken_us, a.id"},
    {" AND a.uploaded_us >= ?5 AND a.uploaded_us < ?6 ORDER BY a.uploaded_us DESC, a.id DESC",
     " AND a.uploaded_us >= ?5 AND a.uploaded_us < ?6 ORDER BY a.uploaded_us, a.id"},
};

struct db_rows *timeline_bucket(struct db_conn *conn, const struct timeline_filter *filter, int month, GError **error)
{
    int64_t first, next;
    days_of(month, &first, &next);
    int64_t unit = filter->by_upload ? DAY_US : 1;
    g_autoptr(GString) sql = g_string_new(columns);
    g_string_append(sql,
                    filter->with_place ? ", e.city, e.country, e.latitude, e.longitude" : ", NULL, NULL, NULL, NULL");
    g_string_append(sql,
                    filter->with_stacked
                        ? ", k.uuid, (SELECT count(*) FROM assets o WHERE o.stack_id = a.stack_id AND NOT o.is_trashed)"
                        : ", NULL, 0");
    g_string_append(sql, filter->is_trashed ? ", a.trashed_us" : ", NULL");
    g_string_append(sql, sources[whose(filter)]);
    if (filter->with_place)
        g_string_append(sql, " JOIN exif e ON e.asset_id = a.id");
    if (filter->with_stacked)
        g_string_append(sql, " LEFT JOIN stacks k ON k.id = a.stack_id");
    add_conditions(sql, filter);
    g_string_append(sql, orders[filter->by_upload][filter->ascending]);
    return run(conn, filter, sql, (struct span){6, first * unit, next * unit}, error);
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
        .stack_size = db_int(rows, 20),
        .trashed_us = db_int(rows, 21),
    };
    db_blob_exact(rows, 19, item.stack.bytes, sizeof item.stack.bytes);
    db_blob_exact(rows, 0, item.uuid.bytes, sizeof item.uuid.bytes);
    item.thumbhash = db_blob(rows, 11, &item.thumbhash_size);
    item.has_live_video = db_blob_exact(rows, 13, item.live_video.bytes, sizeof item.live_video.bytes);
    *ret_item = item;
    return true;
}
