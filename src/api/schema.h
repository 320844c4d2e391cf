/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * What JSON looks like that this server answers: types with names, each declared once, in a notation that is read when
 * the API's document is made (openapi.h). Requests need none of it: their shapes (body.h) are the declaration.
 *
 *     text  uuid  time  date  int  number  bool  any  bytes      one value; int has 64 bits, time is ISO 8601
 *     'asc'|'desc'                                               one of these texts
 *     [T]                                                        a list
 *     {a: T; b?: T}                                              an object; b may be absent
 *     <T>                                                        an object with any names, each of type T
 *     T|null  A|B                                                or null; one of several
 *     AlbumResponseDto                                           a type of this name
 *
 * The tests hold every answer against the document (tests/http/answers.mjs), so that what is written and what is
 * declared cannot drift apart.
 *
 * Threads: any. */
#pragma once

#include <stdbool.h>
#include <stddef.h>

struct json;

/** A type with a name. Exactly one of the others is set. */
struct schema {
    const char *name;                                  /* as @immich/sdk 3.2.2 calls it, where it has one */
    const char *type;                                  /* in the notation above */
    const char *const *words;                          /* one of these texts: NULL-terminated */
    void (*write)(struct json *json, const char *key); /* writes JSON Schema itself */
};

/** All of them: lists that end with a row without a name; the list of lists ends with NULL. */
extern const struct schema *const schemas[];

/** The type of that name, or NULL. */
const struct schema *schema_find(const char *name);

/** Writes @schema as JSON Schema (2020-12, as OpenAPI 3.1 takes it). */
void schema_write(struct json *json, const char *key, const struct schema *schema);

/** As schema_write() for a @type in the notation above. A name that nobody declared becomes a reference to nowhere;
 * what cannot be read becomes {"not": {}}, which no answer matches. */
void schema_write_type(struct json *json, const char *key, const char *type);

/** "string" or whatever, and null beside it: {"type": "string"} or {"type": ["string", "null"]} into an open object. */
void schema_write_kind(struct json *json, const char *kind, bool or_null);

/** A closed list of texts, and null beside it, into an open object. */
void schema_write_words(struct json *json, const char *const *words, bool or_null);

/** Calls @take with the name and type of each member of @members ("a: T; b?: T", as between the braces of an object).
 */
typedef void schema_take(const char *name, const char *type, bool is_optional, void *data);
void schema_each_member(const char *members, schema_take *take, void *data);
