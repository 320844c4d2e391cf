/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "search/search.h"

#include <string.h>

#include "base/error.h"
#include "catalog/assets.h"
#include "db/db.h"

enum { WORDS_MAX = 20 };

/* The statement on its way: text, the values of its placeholders, and whether metadata is looked at. */
struct query {
    GString *where;
    GArray *values; /* struct db_value */
    GPtrArray *texts;
    bool needs_exif;
};

static void query_begin(struct query *query)
{
    query->where = g_string_new(" WHERE ");
    query->values = g_array_new(FALSE, TRUE, sizeof(struct db_value));
    query->texts = g_ptr_array_new_with_free_func(g_free);
    query->needs_exif = false;
}

static void query_clear(struct query *query)
{
    g_string_free(query->where, TRUE);
    g_array_unref(query->values);
    g_ptr_array_unref(query->texts);
}
#define QUERY_AUTO __attribute__((cleanup(query_clear)))

/* Wherever @condition has a %s the placeholder of @value comes to stand. */
static void add(struct query *query, const char *condition, struct db_value value)
{
    g_array_append_val(query->values, value);
    g_autofree char *mark = g_strdup_printf("?%u", query->values->len);
    if (query->values->len > 1)
        g_string_append(query->where, " AND ");
    g_auto(GStrv) parts = g_strsplit(condition, "%s", -1);
    g_autofree char *joined = g_strjoinv(mark, parts);
    g_string_append(query->where, joined);
}

static void add_int(struct query *query, const char *condition, int64_t value)
{
    add(query, condition, (struct db_value){.kind = DB_INT, .number = value});
}

static void add_text(struct query *query, const char *condition, const char *text)
{
    if (text)
        add(query, condition, (struct db_value){.kind = DB_TEXT, .bytes = text});
}

static void add_bytes(struct query *query, const char *condition, const void *bytes, size_t size)
{
    if (bytes)
        add(query, condition, (struct db_value){.kind = DB_BLOB, .bytes = bytes, .size = size});
}

static void add_time(struct query *query, const char *condition, const struct search_time *time)
{
    if (time->is_set)
        add_int(query, condition, time->us);
}

static void add_exif(struct query *query, const char *condition, const char *text)
{
    query->needs_exif |= text != NULL;
    add_text(query, condition, text);
}

/* A part of a text: what stands for itself in LIKE is escaped. */
static const char *part_pattern(struct query *query, const char *text)
{
    if (!text)
        return NULL;
    GString *pattern = g_string_new("%");
    for (const char *at = text; *at; at++) {
        if (strchr("%_\\", *at))
            g_string_append_c(pattern, '\\');
        g_string_append_c(pattern, *at);
    }
    g_string_append_c(pattern, '%');
    char *owned = g_string_free(pattern, FALSE);
    g_ptr_array_add(query->texts, owned);
    return owned;
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
    add_text(query, "a.file_name LIKE %s ESCAPE '\\'", part_pattern(query, filter->file_name));
    add_text(query, "(a.owner_id = ?1 AND a.browse_path LIKE %s ESCAPE '\\')", part_pattern(query, filter->path));
    add_exif(query, "e.description LIKE %s ESCAPE '\\'", part_pattern(query, filter->description));
    add_exif(query, "e.city = %s", filter->city);
    add_exif(query, "e.state = %s", filter->state);
    add_exif(query, "e.country = %s", filter->country);
    add_exif(query, "e.make = %s", filter->make);
    add_exif(query, "e.model = %s", filter->model);
    add_exif(query, "e.lens = %s", filter->lens);
    if (filter->set_rating) {
        query->needs_exif = true;
        add_int(query, "coalesce(e.rating, 0) = %s", filter->rating);
    }
}

/* Each word somewhere. What is unknown is NULL, and NULL in a row of ORs is as good as false. */
static void add_anywhere(struct query *query, const char *text)
{
    static const char condition[] =
        "(a.file_name LIKE %s ESCAPE '\\' OR e.description LIKE %s ESCAPE '\\' OR e.city LIKE %s ESCAPE '\\'"
        " OR e.state LIKE %s ESCAPE '\\' OR e.country LIKE %s ESCAPE '\\' OR e.make LIKE %s ESCAPE '\\'"
        " OR e.model LIKE %s ESCAPE '\\' OR e.lens LIKE %s ESCAPE '\\' OR (a.owner_id = ?1 AND EXISTS (SELECT 1"
        " FROM asset_keywords k WHERE k.asset_id = a.id AND k.keyword LIKE %s ESCAPE '\\')))";
    g_auto(GStrv) words = g_strsplit_set(text ? text : "", " \t\r\n", WORDS_MAX);
    for (char **word = words; *word; word++)
        if (**word)
            add_exif(query, condition, part_pattern(query, *word));
}

static void add_flags(struct query *query, const struct search_filter *filter)
{
    if (filter->type >= 0)
        add_int(query, "a.type = %s", filter->type);
    if (filter->is_favorite >= 0)
        add_int(query, "(a.is_favorite AND a.owner_id = ?1) = %s", filter->is_favorite);
    if (filter->is_motion >= 0) {
        query->needs_exif = true;
        add_int(query, "(a.live_video_id IS NOT NULL OR e.is_motion_photo) = %s", filter->is_motion);
    }
    if (filter->is_stacked_as_one)
        add_int(query, "(a.is_behind AND a.owner_id = ?1) = %s", 0);
    if (filter->is_not_in_album)
        add_int(query, "EXISTS (SELECT 1 FROM album_assets c WHERE c.asset_id = a.id) = %s", 0);
    for (size_t i = 0; i < filter->n_albums; i++)
        add_bytes(query,
                  "a.id IN (SELECT c.asset_id FROM album_assets c JOIN albums b ON b.id = c.album_id"
                  " WHERE b.uuid = %s)",
                  filter->albums[i].bytes, sizeof filter->albums[i].bytes);
}

static void add_tags(struct query *query, const struct search_filter *filter)
{
    for (size_t i = 0; i < filter->n_tags; i++)
        add_bytes(query,
                  "a.id IN (WITH RECURSIVE below (id) AS (SELECT t.id FROM tags t WHERE t.owner_id = ?1 AND t.uuid = %s"
                  " UNION ALL SELECT t.id FROM tags t JOIN below b ON t.parent_id = b.id)"
                  " SELECT x.asset_id FROM tag_assets x JOIN below b ON b.id = x.tag_id)",
                  filter->tags[i].bytes, sizeof filter->tags[i].bytes);
    if (filter->is_untagged)
        add_int(query, "EXISTS (SELECT 1 FROM tag_assets x WHERE x.asset_id = a.id) = %s", 0);
}

static void add_all(struct query *query, const struct search_filter *filter)
{
    unsigned shown = filter->visibilities ? filter->visibilities : (1u << ASSET_TIMELINE | 1u << ASSET_ARCHIVE);
    bool in_albums = filter->n_albums > 0;
    add_int(query, in_albums ? "(a.owner_id = %s OR (NOT a.is_trashed AND a.visibility IN (0, 1)))" : "a.owner_id = %s",
            filter->owner_id);
    if (filter->trash != SEARCH_WITH_TRASH)
        add_int(query, "a.is_trashed = %s", filter->trash == SEARCH_ONLY_TRASH);
    add_int(query, "((%s >> a.visibility) & 1)", shown);
    add_bytes(query, "a.uuid = %s", filter->id ? filter->id->bytes : NULL, sizeof(struct uuid));
    add_bytes(query, "a.sha1 = %s", filter->sha1, SHA1_SIZE);
    add_times(query, filter);
    add_words(query, filter);
    add_anywhere(query, filter->text);
    add_flags(query, filter);
    add_tags(query, filter);
}

/* "SELECT @what FROM … WHERE … @tail" with all values. */
static struct db_rows *run(struct db_conn *conn, struct query *query, const char *what, const char *tail,
                           GError **error)
{
    g_autofree char *sql =
        g_strconcat("SELECT ", what, " FROM assets a", query->needs_exif ? " JOIN exif e ON e.asset_id = a.id" : "",
                    query->where->str, tail, NULL);
    return db_query_values(conn, error, sql, (const struct db_value *)query->values->data, query->values->len);
}

GArray *search_assets(struct db_conn *conn, const struct search_filter *filter, enum search_order order, int64_t offset,
                      int64_t limit, GError **error)
{
    static const char *const orders[] = {
        [SEARCH_NEWEST] = "a.is_trashed, a.day DESC, a.taken_us DESC, a.id DESC",
        [SEARCH_OLDEST] = "a.is_trashed, a.day, a.taken_us, a.id",
        [SEARCH_RANDOM] = "random()",
    };
    QUERY_AUTO struct query query;
    query_begin(&query);
    add_all(&query, filter);
    g_autofree char *tail = g_strdup_printf(" ORDER BY %s LIMIT %" G_GINT64_FORMAT " OFFSET %" G_GINT64_FORMAT,
                                            orders[order], MAX(limit, 0), MAX(offset, 0));
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

bool search_count(struct db_conn *conn, const struct search_filter *filter, int64_t *ret_count, GError **error)
{
    QUERY_AUTO struct query query;
    query_begin(&query);
    add_all(&query, filter);
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
