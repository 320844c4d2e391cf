/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Percent-encoding and query strings, strictly: what does not decode to UTF-8 without NUL is refused, never guessed.
 *
 * Threads: any. */
#pragma once

#include <glib.h>
#include <stdbool.h>
#include <stddef.h>

struct query;

/** Decodes percent-encoding (RFC 3986, section 2.1) of @size bytes; with @plus_is_space also `+`. Free with g_free().
 *  NULL for a broken escape, NUL or invalid UTF-8. */
char *percent_decode(const char *text, size_t size, bool plus_is_space);

/** Encodes all but the unreserved characters of RFC 3986, section 2.3. Free with g_free(). */
char *percent_encode(const char *text);

/** Parses `a=1&b&c=x%20y` (application/x-www-form-urlencoded). @text may be NULL. ERR_INVALID for a part that does not
 *  decode, ERR_LIMIT for more than 256 of them. */
struct query *query_parse(const char *text, GError **error);
void query_free(struct query *query);

/** The first value of @name, "" where it has none; NULL if absent. Owned by @query; NULL gives NULL. */
const char *query_get(const struct query *query, const char *name);
/** The value of number @index (from 0) of @name, or NULL past the last: names that stand several times. */
const char *query_get_nth(const struct query *query, const char *name, unsigned index);
