/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "search/search.h"

#include <string.h>

#include "base/error.h"
#include "catalog/assets.h"
#include "db/db.h"
#include "search/parts.h"
#include "search/query.h"
#include "search/tree.h"

enum { WORDS_MAX = 20 };

static void add_time(struct query *query, const char *condition, const struct search_time *time)
{
    if (time->is_set)
        query_add_int(query, condition, time->us);
}

static void add_exif(struct query *query, const char *condition, const char *text)
{
    query->needs_exif |= text != NULL;
    query_add_text(query, condition, text);
}

static const char *part_pattern(struct query *query, const char *text)
{
    return query_pattern(query, text, false, false);
}

static void add_times(struct query *query, const struct search_filter *filter)
{
    add_time(query, "a.taken_us >= %s", &filter->taken_after);
    add_time(query, "a.taken_us <= %s", &filter->taken_before);
    add_time(query, "a.uploaded_us >= %s", &filter->created_after);
    add_time(query, "a.uploaded_us <= %s", &filter->created_before);
    add_time(query, "a.updated_us >= %s", &filter->updated_after);
    add_time(query, "a.updated_us <= %s", &filter->updated_before);
    add_time(query, "a.trashed_us >= %s", &filter->trashed_after);
    add_time(query, "a.trashed_us <= %s", &filter->trashed_before);
}

/* What only the owner (?1) is told of a photo, its folder and keywords among it, finds nobody else's: who may ask
 * whether a folder begins with "a" soon knows its name, in which the owner's address may stand. */
static void add_words(struct query *query, const struct search_filter *filter)
{
    query_add_text(query, "a.file_name LIKE %s ESCAPE '\\'", part_pattern(query, filter->file_name));
    query_add_text(query, "(a.owner_id = ?1 AND a.browse_path LIKE %s ESCAPE '\\')", part_pattern(query, filter->path));
    add_exif(query, "e.description LIKE %s ESCAPE '\\'", part_pattern(query, filter->description));
    add_exif(query, "e.city = %s", filter->city);
    add_exif(query, "e.state = %s", filter->state);
    add_exif(query, "e.country = %s", filter->country);
    add_exif(query, "e.make = %s", filter->make);
    add_exif(query, "e.model = %s", filter->model);
    add_exif(query, "e.lens = %s", filter->lens);
    if (filter->set_rating) {
        query->needs_exif = true;
        query_add_int(query, "coalesce(e.rating, 0) = %s", filter->rating);
    }
}

/* Each word somewhere. What is unknown is NULL, and NULL in a row of ORs is as good as false. */
static void add_anywhere(struct query *query, const char *text)
{
    static const char condition[] =
        "(a.file_name LIKE %s ESCAPE '\\' OR e.description LIKE %s ESCAPE '\\' OR e.city LIKE %s ESCAPE '\\'"
        " OR e.state LIKE %s ESCAPE '\\' OR e.country LIKE %s ESCAPE '\\' OR e.make LIKE %s ESCAPE '\\'"
        " OR e.model LIKE %s ESCAPE '\\' OR e.lens LIKE %s ESCAPE '\\' OR (a.owner_id = ?1 AND (EXISTS (SELECT 1"
        " FROM asset_keywords k WHERE k.asset_id = a.id AND k.keyword LIKE %s ESCAPE '\\') OR EXISTS (SELECT 1"
        " FROM tag_assets x JOIN tags t ON t.id = x.tag_id WHERE x.asset_id = a.id AND t.value LIKE %s ESCAPE '\\'))))";
    g_auto(GStrv) words = g_strsplit_set(text ? text : "", " \t\r\n", WORDS_MAX);
    for (char **word = words; *word; word++)
        if (**word)
            add_exif(query, condition, part_pattern(query, *word));
}

static void add_flags(struct query *query, const struct search_filter *filter)
{
    if (filter->type >= 0)
        query_add_int(query, "a.type = %s", filter->type);
    if (filter->is_favorite >= 0)
        query_add_int(query, "(a.is_favorite AND a.owner_id = ?1) = %s", filter->is_favorite);
    if (filter->is_motion >= 0) {
        query->needs_exif = true;
        query_add_int(query, "(a.live_video_id IS NOT NULL OR e.is_motion_photo) = %s", filter->is_motion);
    }
    if (filter->is_stacked_as_one)
        query_add_int(query, "(a.is_behind AND a.owner_id = ?1) = %s", 0);
    if (filter->is_not_in_album)
        query_add_int(query, "EXISTS (SELECT 1 FROM album_assets c WHERE c.asset_id = a.id) = %s", 0);
    for (size_t i = 0; i < filter->n_albums; i++)
        query_add_bytes(query,
                        "a.id IN (SELECT c.asset_id FROM album_assets c JOIN albums b ON b.id = c.album_id"
                        " WHERE b.uuid = %s)",
                        filter->albums[i].bytes, sizeof filter->albums[i].bytes);
}

static void add_tags(struct query *query, const struct search_filter *filter)
{
    for (size_t i = 0; i < filter->n_tags; i++)
        query_add_bytes(
            query,
            "a.id IN (WITH RECURSIVE below (id) AS (SELECT t.id FROM tags t WHERE t.owner_id = ?1 AND t.uuid = %s"
            " UNION ALL SELECT t.id FROM tags t JOIN below b ON t.parent_id = b.id)"
            " SELECT x.asset_id FROM tag_assets x JOIN below b ON b.id = x.tag_id)",
            filter->tags[i].bytes, sizeof filter->tags[i].bytes);
    if (filter->is_untagged)
        query_add_int(query, "EXISTS (SELECT 1 FROM tag_assets x WHERE x.asset_id = a.id) = %s", 0);
}

static void add_all(struct query *query, const struct search_filter *filter)
{
    unsigned shown = filter->visibilities ? filter->visibilities : (1u << ASSET_TIMELINE | 1u << ASSET_ARCHIVE);
    bool in_albums = filter->n_albums > 0;
    query_add_int(query,
                  in_albums ? "(a.owner_id = %s OR (NOT a.is_trashed AND a.visibility IN (0, 1)))" : "a.owner_id = %s",
                  filter->owner_id);
    if (filter->trash != SEARCH_WITH_TRASH)
        query_add_int(query, "a.is_trashed = %s", filter->trash == SEARCH_ONLY_TRASH);
    query_add_int(query, "((%s >> a.visibility) & 1)", shown);
    query_add_bytes(query, "a.uuid = %s", filter->id ? filter->id->bytes : NULL, sizeof(struct uuid));
    query_add_bytes(query, "a.sha1 = %s", filter->sha1, SHA1_SIZE);
    add_times(query, filter);
    add_words(query, filter);
    add_anywhere(query, filter->text);
    add_flags(query, filter);
    add_tags(query, filter);
    if (filter->min_bytes > 0)
        query_add_int(query, "a.size_bytes >= %s", filter->min_bytes);
    tree_add(query, filter);
}

/* The parts of texts that the index may find. One that must hold is enough: the others are looked at row by row. */
static bool drive(struct db_conn *conn, struct query *query, const struct search_filter *filter, GError **error)
{
    if (!parts_drive(conn, query, SEARCH_IN_FILE_NAME, filter->file_name, error) ||
        !parts_drive(conn, query, SEARCH_IN_DESCRIPTION, filter->description, error))
        return false;
    for (size_t i = 0; i < filter->all.n; i++) {
        const struct search_condition *condition = &filter->all.conditions[i];
        bool is_name = condition->field == SEARCH_FILE_NAME;
        bool is_part = condition->op == SEARCH_HAS || condition->op == SEARCH_STARTS || condition->op == SEARCH_ENDS;
        if (is_part && (is_name || condition->field == SEARCH_DESCRIPTION) &&
            !parts_drive(conn, query, is_name ? SEARCH_IN_FILE_NAME : SEARCH_IN_DESCRIPTION, condition->values[0].bytes,
                         error))
            return false;
    }
    return true;
}

/* "SELECT @what FROM … WHERE … @tail" with all values. */
static struct db_rows *run(struct db_conn *conn, struct query *query, const char *what, const char *tail,
                           GError **error)
{
    /* CROSS JOIN keeps the order: few rows lead to their assets. */
    g_autofree char *from = query->driver ? g_strdup_printf("%s w CROSS JOIN assets a ON a.id = w.id", query->driver)
                                          : g_strdup("assets a");
    g_autofree char *sql =
        g_strconcat("SELECT ", what, " FROM ", from, query->needs_exif ? " JOIN exif e ON e.asset_id = a.id" : "",
                    query->where->str, tail, NULL);
    return db_query_values(conn, error, sql, (const struct db_value *)(const void *)query->values->data,
                           query->values->len);
}

/* What results go by, as SQL, the second one where there are two. */
struct order {
    const char *keys[2];
    bool is_exif;
};
static const struct order orders[] = {
    [SEARCH_BY_DAY] = {{"a.day", "a.taken_us"}, false},
    [SEARCH_BY_TAKEN] = {{"a.taken_us", NULL}, false},
    [SEARCH_BY_LOCAL_TIME] = {{"a.local_us", NULL}, false},
    [SEARCH_BY_SIZE] = {{"a.size_bytes", NULL}, false},
    [SEARCH_BY_RATING] = {{"coalesce(e.rating, -2)", NULL}, true},
};

/* Behind the place where the last page ended. */
static void add_after(struct query *query, const struct search_filter *filter, const struct search_page *page)
{
    const struct order *order = &orders[page->by];
    bool has_two = order->keys[1] != NULL;
    struct db_value values[5];
    size_t n = 0;
    const char *way = page->is_ascending ? ">" : "<";
    g_autofree char *behind =
        has_two ? g_strdup_printf("(%s, %s, a.id) %s (%%s, %%s, %%s)", order->keys[0], order->keys[1], way)
                : g_strdup_printf("(%s, a.id) %s (%%s, %%s)", order->keys[0], way);
    g_autofree char *sql = filter->trash == SEARCH_WITH_TRASH
                               ? g_strdup_printf("(a.is_trashed > %%s OR (a.is_trashed = %%s AND %s))", behind)
                               : g_strdup(behind);
    if (filter->trash == SEARCH_WITH_TRASH)
        for (; n < 2; n++)
            values[n] = (struct db_value){.kind = DB_INT, .number = page->after->is_trashed};
    for (size_t i = 0; i < (has_two ? 2 : 1); i++)
        values[n++] = (struct db_value){.kind = DB_INT, .number = page->after->keys[i]};
    values[n++] = (struct db_value){.kind = DB_INT, .number = page->after->id};
    query->needs_exif |= order->is_exif;
    query_add(query, sql, values, n);
}

static char *order_of(struct query *query, const struct search_page *page)
{
    if (page->by == SEARCH_AT_RANDOM)
        return g_strdup("random()");
    const struct order *order = &orders[page->by];
    const char *way = page->is_ascending ? "" : " DESC";
    query->needs_exif |= order->is_exif;
    return order->keys[1]
               ? g_strdup_printf("a.is_trashed, %s%s, %s%s, a.id%s", order->keys[0], way, order->keys[1], way, way)
               : g_strdup_printf("a.is_trashed, %s%s, a.id%s", order->keys[0], way, way);
}

GArray *search_assets(struct db_conn *conn, const struct search_filter *filter, const struct search_page *page,
                      GError **error)
{
    QUERY_AUTO struct query query;
    query_begin(&query);
    add_all(&query, filter);
    if (page->after && page->by != SEARCH_AT_RANDOM)
        add_after(&query, filter, page);
    g_autofree char *order = order_of(&query, page);
    g_autofree char *tail = g_strdup_printf(" ORDER BY %s LIMIT %" G_GINT64_FORMAT " OFFSET %" G_GINT64_FORMAT, order,
                                            MAX(page->limit, 0), page->after ? 0 : MAX(page->offset, 0));
    if (!drive(conn, &query, filter, error))
        return NULL;
    DB_ROWS struct db_rows *rows = run(conn, &query, "a.id", tail, error);
    g_autoptr(GArray) ids = g_array_new(FALSE, FALSE, sizeof(int64_t));
    GError *problem = NULL;
    if (!rows)
        return NULL;
    while (db_next(rows, &problem)) {
        int64_t id = db_int(rows, 0);
        g_array_append_val(ids, id);
    }
    if (!problem)
        return g_steal_pointer(&ids);
    g_propagate_error(error, problem);
    return NULL;
}

bool search_place_of(struct db_conn *conn, int64_t asset_id, enum search_by by, struct search_place *ret_place,
                     GError **error)
{
    const struct order *order = &orders[by];
    g_autofree char *sql =
        g_strdup_printf("SELECT a.is_trashed, %s, %s FROM assets a JOIN exif e ON e.asset_id = a.id WHERE a.id = ?1",
                        order->keys[0], order->keys[1] ? order->keys[1] : "0");
    DB_ROWS struct db_rows *rows = db_query_once(conn, error, sql, "i", asset_id);
    if (!rows || !db_next_required(rows, error, "There is no such photo or video."))
        return false;
    *ret_place = (struct search_place){db_int(rows, 0), {db_int(rows, 1), db_int(rows, 2)}, asset_id};
    return true;
}

bool search_count(struct db_conn *conn, const struct search_filter *filter, int64_t *ret_count, GError **error)
{
    QUERY_AUTO struct query query;
    query_begin(&query);
    add_all(&query, filter);
    if (!drive(conn, &query, filter, error))
        return false;
    DB_ROWS struct db_rows *rows = run(conn, &query, "count(*)", "", error);
    if (!rows || !db_next_required(rows, error, "The database answers nothing."))
        return false;
    *ret_count = db_int(rows, 0);
    return true;
}

bool search_words(struct db_conn *conn, const struct search_filter *filter, enum search_word word, bool with_none,
                  search_each_word *each, void *data, GError **error)
{
    static const char *const columns[] = {"e.country", "e.state", "e.city", "e.make", "e.model", "e.lens"};
    QUERY_AUTO struct query query;
    query_begin(&query);
    add_all(&query, filter);
    query.needs_exif = true;
    g_autofree char *what = g_strconcat("DISTINCT ", columns[word], " AS w", NULL);
    DB_ROWS struct db_rows *rows = run(conn, &query, what, " ORDER BY w", error);
    GError *problem = NULL;
    if (!rows)
        return false;
    while (db_next(rows, &problem))
        if (with_none || !db_is_null(rows, 0))
            each(db_text(rows, 0), data);
    if (problem)
        g_propagate_error(error, problem);
    return !problem;
}
