/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "search/query.h"

#include <string.h>

void query_begin(struct query *query)
{
    *query = (struct query){
        .where = g_string_new(NULL),
        .values = g_array_new(FALSE, TRUE, sizeof(struct db_value)),
        .texts = g_ptr_array_new_with_free_func(g_free),
        .joiner = " WHERE ",
    };
}

void query_clear(struct query *query)
{
    g_string_free(query->where, TRUE);
    g_array_unref(query->values);
    g_ptr_array_unref(query->texts);
    g_free(query->driver);
}

/* The first condition of a group has nothing to be joined to. */
static void join(struct query *query)
{
    static const char *const all = " AND ";
    g_string_append(query->where, query->joiner);
    if (strcmp(query->joiner, " WHERE ") == 0)
        query->joiner = all;
}

struct query_group query_group_begin(struct query *query, const char *joiner)
{
    join(query);
    struct query_group group = {query->joiner, query->where->len};
    query->joiner = joiner;
    g_string_append_c(query->where, '(');
    return group;
}

void query_group_end(struct query *query, struct query_group group)
{
    /* "(… AND …": the joiner in front of the first one is taken out. */
    gsize first = group.start + 1;
    if (query->where->len == first)
        g_string_append_c(query->where, '1');
    else
        g_string_erase(query->where, (gssize)first, (gssize)strlen(query->joiner));
    g_string_append_c(query->where, ')');
    query->joiner = group.outer;
}

void query_add(struct query *query, const char *condition, const struct db_value *values, size_t n_values)
{
    guint first = query->values->len;
    g_auto(GStrv) parts = g_strsplit(condition, "%s", -1);
    g_array_append_vals(query->values, values, (guint)n_values);
    join(query);
    g_string_append(query->where, parts[0]);
    for (guint i = 1; parts[i]; i++)
        g_string_append_printf(query->where, "?%u%s", first + (n_values > 1 ? i : 1), parts[i]);
}

void query_add_int(struct query *query, const char *condition, int64_t value)
{
    query_add(query, condition, &(struct db_value){.kind = DB_INT, .number = value}, 1);
}

void query_add_text(struct query *query, const char *condition, const char *text)
{
    if (text)
        query_add(query, condition, &(struct db_value){.kind = DB_TEXT, .bytes = text}, 1);
}

void query_add_bytes(struct query *query, const char *condition, const void *bytes, size_t size)
{
    if (bytes)
        query_add(query, condition, &(struct db_value){.kind = DB_BLOB, .bytes = bytes, .size = size}, 1);
}

const char *query_keep(struct query *query, char *text)
{
    g_ptr_array_add(query->texts, text);
    return text;
}

const char *query_pattern(struct query *query, const char *text, bool at_start, bool at_end)
{
    if (!text)
        return NULL;
    GString *pattern = g_string_new(at_start ? NULL : "%");
    for (const char *at = text; *at; at++) {
        if (strchr("%_\\", *at))
            g_string_append_c(pattern, '\\');
        g_string_append_c(pattern, *at);
    }
    if (!at_end)
        g_string_append_c(pattern, '%');
    return query_keep(query, g_string_free(pattern, FALSE));
}
