/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * What each operation of the table of routes takes and answers: declared once, beside its handler, and used twice: the
 * handler reads requests by it (call_body(), call_query()), and the API's document is made of it (openapi.h).
 *
 * A file of handlers ends with its list, and operation.c names the lists:
 *
 *     const struct operation albums_operations[] = {
 *         {"getAllAlbums", .query = &list_query, ANSWERS(200, "[AlbumResponseDto]")},
 *         {"createAlbum", .body = &create_shape, ANSWERS(201, "AlbumResponseDto")},
 *         {"deleteAlbum", ANSWERS_NOTHING},
 *         {.name = NULL},
 *     };
 *
 * Refusals (400 and above) are the same for all and need no word. Threads: any. */
#pragma once

#include <stdbool.h>
#include <stddef.h>

#include "api/body.h"

/** How an operation answers when it went well. */
struct operation_answer {
    int status;
    const char *type;  /* in the notation of schema.h; NULL: there is no body */
    const char *media; /* NULL: application/json */
};

struct operation {
    const char *name;                   /* that of its rows in the table of routes */
    const struct body_shape *query;     /* what call_query() reads; NULL: nothing */
    const struct body_shape *body;      /* what call_body() reads; NULL: nothing */
    bool may_lack_body;                 /* nothing may be sent instead */
    const char *body_type, *body_media; /* of a body that is read otherwise: as in an answer */
    const char *params;                 /* path parameters that are no UUIDs: "name: QueueName" */
    const char *headers;                /* that mean something to it: "x-immich-checksum?: text" */
    struct operation_answer answers[3]; /* until one without a status */
};

/* The usual ways to answer: JSON, nothing (204), a file. */
#define ANSWERS(status, type) .answers = {{status, type, NULL}}
#define ANSWERS_NOTHING ANSWERS(204, NULL)
#define ANSWERS_BYTES(media) .answers = {{200, "bytes", media}}

/** A list, and under which heading the document shows it. */
struct operation_group {
    const char *tag;
    const struct operation *operations; /* until one without a name */
};
extern const struct operation_group operation_groups[];
extern const size_t operation_n_groups;

/** The operation called @name, or NULL; @ret_tag (may be NULL) receives its heading. */
const struct operation *operation_find(const char *name, const char **ret_tag);
