/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "search/parts.h"

#include <string.h>

#include "base/error.h"

enum {
    FEW = 20000,    /* rows that are looked up and sorted rather than found on the way through the timeline */
    GRAMS_MAX = 60, /* of a longer text the first ones will do */
    LETTERS = 3,    /* of a stretch */
};

/* "abcd" → "abc" AND "bcd", quoted as the index takes it; NULL for less than three letters. */
static char *match_of(const char *text)
{
    if (!text || g_utf8_strlen(text, -1) < LETTERS)
        return NULL;
    GString *match = g_string_new(NULL);
    const char *end = g_utf8_offset_to_pointer(text, LETTERS);
    for (unsigned i = 0; i < GRAMS_MAX; i++) {
        g_string_append(match, i > 0 ? " AND \"" : "\"");
        for (const char *at = text; at < end; at++) {
            if (*at == '"')
                g_string_append_c(match, '"');
            g_string_append_c(match, *at);
        }
        g_string_append_c(match, '"');
        if (!*end)
            break;
        text = g_utf8_next_char(text);
        end = g_utf8_next_char(end);
    }
    return g_string_free(match, FALSE);
}

static bool are_few(struct db_conn *conn, enum search_text where, const char *match, bool *ret_few, GError **error)
{
#define COUNT(table) "SELECT count(*) FROM (SELECT 1 FROM " table " WHERE " table " MATCH ?1 LIMIT ?2)"
    static const char *const counts[] = {COUNT("asset_names"), COUNT("asset_descriptions")};
#undef COUNT
    DB_ROWS struct db_rows *rows = db_query(conn, error, counts[where], "ti", match, (int64_t)FEW + 1);
    if (!rows || !db_next_required(rows, error, "The database answers nothing."))
        return false;
    *ret_few = db_int(rows, 0) <= FEW;
    return true;
}

bool parts_drive(struct db_conn *conn, struct query *query, enum search_text where, const char *text, GError **error)
{
    static const char *const tables[] = {"asset_names", "asset_descriptions"};
    g_autofree char *match = match_of(text);
    bool are_few_enough = false;
    if (!match || query->driver)
        return true;
    if (!are_few(conn, where, match, &are_few_enough, error))
        return false;
    if (!are_few_enough)
        return true;
    const struct db_value value = {.kind = DB_TEXT, .bytes = query_keep(query, g_steal_pointer(&match))};
    g_array_append_val(query->values, value);
    query->driver = g_strdup_printf("(SELECT rowid AS id FROM %s WHERE %s MATCH ?%u)", tables[where], tables[where],
                                    query->values->len);
    return true;
}
