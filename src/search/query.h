/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * A search statement on its way: conditions that must all hold, and the values of their placeholders. Not for other
 * rooms. Threads: one at a time. */
#pragma once

#include <glib.h>
#include <stdbool.h>
#include <stdint.h>

#include "db/db.h"

struct query {
    GString *where;
    GArray *values; /* struct db_value */
    GPtrArray *texts;
    const char *joiner; /* what stands before the next condition; "" at the beginning of a group */
    bool needs_exif;
    char *driver; /* SQL of the row ids `id` that alone can match, or NULL: all assets */
};

void query_begin(struct query *query);
void query_clear(struct query *query);
#define QUERY_AUTO __attribute__((cleanup(query_clear)))

/** Between begin and end the conditions are joined by @joiner (" AND ", " OR ") and stand in parentheses. A group
 *  without any holds. */
struct query_group {
    const char *outer;
    gsize start;
};
struct query_group query_group_begin(struct query *query, const char *joiner);
void query_group_end(struct query *query, struct query_group group);

/** Adds @condition: wherever it has a %s the placeholder of the next of the @n_values comes to stand; of one value, at
 *  each. */
void query_add(struct query *query, const char *condition, const struct db_value *values, size_t n_values);
void query_add_int(struct query *query, const char *condition, int64_t value);
/** Nothing where @text or @bytes is NULL. */
void query_add_text(struct query *query, const char *condition, const char *text);
void query_add_bytes(struct query *query, const char *condition, const void *bytes, size_t size);

/** @text as a pattern of LIKE … ESCAPE '\', with "%" in front of it and after it as wished; lives as long as the query.
 *  NULL for NULL. */
const char *query_pattern(struct query *query, const char *text, bool at_start, bool at_end);

/** Keeps @text (owned here from now on). */
const char *query_keep(struct query *query, char *text);
