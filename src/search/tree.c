/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "search/tree.h"

#include <string.h>

/* What a field is in SQL. Lists of ids are subqueries that a row of %s completes. */
struct column {
    const char *sql;
    bool is_exif;
};
static const struct column columns[] = {
    [SEARCH_ID] = {"a.uuid", false},
    [SEARCH_LIBRARY] = {"NULL", false}, /* there are none */
    [SEARCH_TYPE] = {"a.type", false},
    [SEARCH_VISIBILITY] = {"a.visibility", false},
    [SEARCH_IS_FAVORITE] = {"(a.is_favorite AND a.owner_id = ?1)", false},
    [SEARCH_IS_OFFLINE] = {"0", false},
    [SEARCH_IS_MOTION] = {"(a.live_video_id IS NOT NULL OR e.is_motion_photo)", true},
    [SEARCH_HAS_ALBUMS] = {"EXISTS (SELECT 1 FROM album_assets x JOIN album_users m ON m.album_id = x.album_id"
                           " WHERE x.asset_id = a.id AND m.user_id = ?1)",
                           false},
    [SEARCH_HAS_PEOPLE] = {"0", false}, /* nobody is recognised */
    [SEARCH_HAS_TAGS] = {"EXISTS (SELECT 1 FROM tag_assets x JOIN tags t ON t.id = x.tag_id"
                         " WHERE x.asset_id = a.id AND t.owner_id = ?1)",
                         false},
    [SEARCH_IN_CITY] = {"e.city", true},
    [SEARCH_IN_STATE] = {"e.state", true},
    [SEARCH_IN_COUNTRY] = {"e.country", true},
    [SEARCH_OF_MAKE] = {"e.make", true},
    [SEARCH_OF_MODEL] = {"e.model", true},
    [SEARCH_OF_LENS] = {"e.lens", true},
    [SEARCH_DESCRIPTION] = {"e.description", true},
    [SEARCH_FILE_NAME] = {"a.file_name", false},
    [SEARCH_PATH] = {"CASE a.owner_id WHEN ?1 THEN coalesce(a.browse_path, a.file_name) END", false},
    [SEARCH_NOTHING] = {"NULL", false},
    [SEARCH_RATING] = {"e.rating", true},
    [SEARCH_SIZE] = {"a.size_bytes", false},
    [SEARCH_TAKEN] = {"a.taken_us", false},
    [SEARCH_CREATED] = {"a.uploaded_us", false},
    [SEARCH_UPDATED] = {"a.updated_us", false},
    [SEARCH_TRASHED] = {"a.trashed_us", false},
    [SEARCH_CHECKSUM] = {"a.sha1", false},
    [SEARCH_ALBUMS] = {"(SELECT x.asset_id FROM album_assets x JOIN albums b ON b.id = x.album_id WHERE b.uuid IN (%s)"
                       " AND EXISTS (SELECT 1 FROM album_users m WHERE m.album_id = b.id AND m.user_id = ?1))",
                       false},
    [SEARCH_PEOPLE] = {"(SELECT 0 WHERE 0 IN (%s))", false},
    [SEARCH_TAGS] = {"(WITH RECURSIVE below (id) AS (SELECT t.id FROM tags t WHERE t.owner_id = ?1 AND t.uuid IN (%s)"
                     " UNION SELECT t.id FROM tags t JOIN below b ON t.parent_id = b.id)"
                     " SELECT x.asset_id FROM tag_assets x JOIN below b ON b.id = x.tag_id)",
                     false},
};

/* "%s, %s, %s" */
static char *marks(size_t n)
{
    GString *text = g_string_new(NULL);
    for (size_t i = 0; i < n; i++)
        g_string_append(text, i > 0 ? ", %s" : "%s");
    return g_string_free(text, FALSE);
}

static void add_list(struct query *query, const char *sql, const char *operator,
                     const struct search_condition * condition)
{
    g_autofree char *list = marks(condition->n);
    g_autofree char *text = g_strdup_printf("%s %s (%s)", sql, operator, list);
    query_add(query, text, condition->values, condition->n);
}

/* a.id in the assets of these ids: of all of them together, or of each. */
static void add_ids(struct query *query, const char *sql, const char *operator, const struct db_value * values,
                    size_t n)
{
    g_auto(GStrv) parts = g_strsplit(sql, "%s", 2);
    g_autofree char *list = marks(n);
    g_autofree char *text = g_strdup_printf("a.id %s %s%s%s", operator, parts[0], list, parts[1]);
    query_add(query, text, values, n);
}

static void add_pattern(struct query *query, const char *sql, const struct search_condition *condition)
{
    enum search_op op = condition->op;
    g_autofree char *text = g_strdup_printf("%s %s %%s ESCAPE '\\'", sql, op == SEARCH_LACKS ? "NOT LIKE" : "LIKE");
    query_add_text(query, text,
                   query_pattern(query, condition->values[0].bytes, op == SEARCH_STARTS, op == SEARCH_ENDS));
}

static void add_condition(struct query *query, const struct search_condition *condition)
{
    static const char *const operators[] = {
        [SEARCH_EQ] = "=",
        [SEARCH_NE] = "<>",
        [SEARCH_LT] = "<",
        [SEARCH_LE] = "<=",
        [SEARCH_GT] = ">",
        [SEARCH_GE] = ">=",
        [SEARCH_AMONG] = "IN",
        [SEARCH_NOT_AMONG] = "NOT IN",
        [SEARCH_IS_NULL] = "IS NULL",
        [SEARCH_NOT_NULL] = "IS NOT NULL",
    };
    const struct column *column = &columns[condition->field];
    query->needs_exif |= column->is_exif;
    g_autofree char *text = NULL;
    switch (condition->op) {
    case SEARCH_AMONG:
    case SEARCH_NOT_AMONG:
        add_list(query, column->sql, operators[condition->op], condition);
        break;
    case SEARCH_IS_NULL:
    case SEARCH_NOT_NULL:
        text = g_strdup_printf("%s %s", column->sql, operators[condition->op]);
        query_add(query, text, NULL, 0);
        break;
    case SEARCH_HAS:
    case SEARCH_LACKS:
    case SEARCH_STARTS:
    case SEARCH_ENDS:
        add_pattern(query, column->sql, condition);
        break;
    case SEARCH_ANY:
    case SEARCH_NONE:
        add_ids(query, column->sql, condition->op == SEARCH_ANY ? "IN" : "NOT IN", condition->values, condition->n);
        break;
    case SEARCH_ALL:
        for (size_t i = 0; i < condition->n; i++)
            add_ids(query, column->sql, "IN", &condition->values[i], 1);
        break;
    default:
        text = g_strdup_printf("%s %s %%s", column->sql, operators[condition->op]);
        query_add(query, text, condition->values, 1);
    }
}

static void add_branch(struct query *query, const struct search_branch *branch)
{
    struct query_group group = query_group_begin(query, " AND ");
    for (size_t i = 0; i < branch->n; i++)
        add_condition(query, &branch->conditions[i]);
    query_group_end(query, group);
}

void tree_add(struct query *query, const struct search_filter *filter)
{
    if (filter->all.n > 0)
        add_branch(query, &filter->all);
    if (filter->n_any == 0)
        return;
    struct query_group group = query_group_begin(query, " OR ");
    for (size_t i = 0; i < filter->n_any; i++)
        add_branch(query, &filter->any[i]);
    query_group_end(query, group);
}
