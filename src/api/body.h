/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Reads the JSON body of a request into a struct, as a table of fields says, and tells every problem with its path, so
 * that a client learns of all its mistakes at once. Members that the table does not name are ignored (clients of other
 * versions send more than we know); members that stand twice, invalid UTF-8, NUL inside text and nesting deeper than
 * BODY_DEPTH are refused before anything is built.
 *
 *     struct login { const char *email, *password; };
 *     static const struct body_field fields[] = {
 *         {.name = "email", .kind = BODY_TEXT, .offset = offsetof(struct login, email), .is_required = true, .max =
 * 320}, …
 *     };
 *     static const struct body_shape shape = BODY_SHAPE(struct login, fields);
 *
 * Threads: any; a body is used by one thread at a time. */
#pragma once

#include <glib.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/id.h"

struct json;

enum {
    BODY_DEPTH = 16,
    BODY_MAX_PROBLEMS = 20, /* more are not told */
    BODY_DEFAULT_MAX = 4096 /* bytes of a text where its field says nothing */
};

/** What a member is read as; in brackets the type of the struct's member at its offset. */
enum body_kind {
    BODY_TEXT,    /* [const char *] NULL where absent */
    BODY_CHOICE,  /* [const char *] one of @choices */
    BODY_BOOL,    /* [struct body_bool] */
    BODY_INT,     /* [struct body_int] @min … @max */
    BODY_NUMBER,  /* [struct body_number] @min … @max; not only whole ones */
    BODY_TIME,    /* [struct body_int] ISO 8601 text, microseconds UTC */
    BODY_UUID,    /* [struct body_uuid] version 4 */
    BODY_TEXTS,   /* [struct body_list] items: const char *; at most @max items, of BODY_DEFAULT_MAX bytes each */
    BODY_UUIDS,   /* [struct body_list] items: struct uuid; at most @max items */
    BODY_INTS,    /* [struct body_list] items: int64_t, of any size; at most @max items */
    BODY_OBJECT,  /* [the struct of @inner itself]; absent leaves it zero */
    BODY_REFUSED, /* [anything] a wish that is understood but cannot be met: to ignore it would mislead */
    BODY_OBJECTS, /* [struct body_list] items: structs of @inner; at most @max items */
    BODY_JSON,    /* [const char *] an object of any kind, as JSON text of at most @max bytes */
};

struct body_bool {
    bool is_set, value;
};
struct body_int {
    bool is_set;
    int64_t value;
    bool is_null; /* of a field with `knows_null`: the member is there, as null; is_set is then false */
};
struct body_number {
    bool is_set;
    double value;
};
struct body_uuid {
    bool is_set;
    struct uuid value;
    bool is_null; /* as above */
};
/** @items ends with one more that is all zero: a list of texts is also a NULL-terminated vector. */
struct body_list {
    bool is_set;
    void *items;
    size_t n;
    bool is_null; /* as above, of BODY_UUIDS */
};

struct body_shape;
/** What a text with @knows_null is where null was sent: an empty one, known by its address. */
extern const char body_null[];

/** null counts as absent: refused where the member is required. With @knows_null (BODY_INT, BODY_TIME, BODY_UUID,
 *  BODY_UUIDS, BODY_TEXT, BODY_CHOICE) it is a value of its own. */
struct body_field {
    const char *name;
    enum body_kind kind;
    size_t offset;
    bool is_required;
    int64_t min, max;           /* text: bytes; numbers: value (both 0: any); lists: items */
    const char *const *choices; /* BODY_CHOICE: NULL-terminated */
    bool knows_null;
    const struct body_shape *inner;
};
struct body_shape {
    size_t size;
    const struct body_field *fields;
    size_t n_fields;
};
#define BODY_SHAPE(type, table)                                                                                        \
    {                                                                                                                  \
        sizeof(type), (table), G_N_ELEMENTS(table)                                                                     \
    }

struct body;

/** Parses @json by @shape into @ret_struct (shape->size bytes, zeroed first), whose pointers live as long as the body.
 *  NULL with ERR_INVALID where the JSON or its contents are wrong; @ret_problems (may be NULL) then receives what is
 *  wrong, free with body_problems_free(), or NULL where the text is no JSON object at all. @ret_struct is then zero. */
struct body_problems;
struct body *body_parse(const void *json, size_t size, const struct body_shape *shape, void *ret_struct,
                        struct body_problems **ret_problems, GError **error);
/** NULL is fine. */
void body_free(struct body *body);
#define BODY_AUTO __attribute__((cleanup(body_auto_free)))
void body_auto_free(struct body **body);

struct json_t;
/** As body_parse() of the object @root, which is taken. */
struct body *body_read(struct json_t *root, const struct body_shape *shape, void *ret_struct,
                       struct body_problems **ret_problems, GError **error);
/** Parses @json (untrusted) with the limits above; it is an object. NULL with ERR_INVALID. json_decref() it. */
struct json_t *body_load(const void *json, size_t size, GError **error);

/** A list of mistakes in a request: where and what. */
struct body_problems *body_problems_new(void);
void body_problems_free(struct body_problems *problems);
/** Adds one; those over BODY_MAX_PROBLEMS are dropped. @path is "assets.0.checksum". */
void body_problem(struct body_problems *problems, const char *path, const char *format, ...) G_GNUC_PRINTF(3, 4);
bool body_problems_any(const struct body_problems *problems);
/** The answer of the Immich API to a request that fails validation: {"message", "errors": [{"path", "message"}]}. */
void body_problems_write(const struct body_problems *problems, struct json *json);
