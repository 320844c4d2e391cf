/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * A sync stream under way (see sync.c): which steps it takes (sync_steps.c), and how it goes through them
 * (sync_stream.c). Used by one thread at a time. */
#pragma once

#include <glib.h>
#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "base/id.h"
#include "base/json.h"
#include "catalog/sync.h"

struct db;
struct db_conn;
struct db_rows;

#define SYNC_RESET "SyncResetV1"

/* Kinds that a phone asks for, in the order of the stream (people, faces, texts and edits: there are none). The
 * numbers stand in the database, as bits. */
enum sync_request {
    SYNC_ASKS_AUTH_USERS = 0,
    SYNC_ASKS_USERS = 1,
    SYNC_ASKS_PARTNERS = 2,
    SYNC_ASKS_ASSETS = 3,
    SYNC_ASKS_STACKS = 4,
    SYNC_ASKS_PARTNER_ASSETS = 5,
    SYNC_ASKS_PARTNER_STACKS = 6,
    SYNC_ASKS_ALBUM_ASSETS = 7,
    SYNC_ASKS_ALBUMS = 8,
    SYNC_ASKS_ALBUM_USERS = 9,
    SYNC_ASKS_ALBUM_TO_ASSETS = 10,
    SYNC_ASKS_EXIF = 11,
    SYNC_ASKS_ALBUM_EXIF = 12,
    SYNC_ASKS_PARTNER_EXIF = 13,
    SYNC_ASKS_MEMORIES = 14,
    SYNC_ASKS_MEMORY_TO_ASSETS = 15,
    SYNC_ASKS_USER_METADATA = 16,
    SYNC_ASKS_ASSET_METADATA = 17,
};

/* ---- steps ---- */

enum step_kind {
    STEP_ROWS,      /* what is gone, new or changed since the checkpoint */
    STEP_UNORDERED, /* what follows from all that happened since the last stream that came to its end; in no order, so
                     * it comes until the next one does */
    STEP_BACKFILL,  /* what grants opened to view that are newer than the checkpoint of `main` */
    STEP_CHANGED,   /* of what the checkpoint of `main` says has arrived */
};

struct stream;
struct step {
    enum sync_request request;
    enum step_kind kind;
    const char *entity; /* the type of its lines, and of its checkpoint */
    enum sync_part part;
    void (*write)(struct stream *stream, const struct step *step); /* the lines of the row at hand */
    const char *main;
    enum sync_grants by;    /* of BACKFILL, and of the ROWS that it belongs to */
    const char *stands_for; /* before the first row SyncAckV1 says of this entity that all has arrived */
};

enum { SYNC_MAX_STEPS = 64 };
extern const struct step sync_steps[];
extern const size_t sync_n_steps;

/** The bits of the kinds named in the NULL-terminated @types that this server knows. */
int64_t sync_requests(const char *const *types);
/** Is it a type of lines, or SyncCompleteV1? */
bool sync_is_entity(const char *name);

/* ---- streams ---- */

struct position {
    int64_t change_id; /* of the checkpoint; 0: none */
    int64_t extra;
};

struct stream {
    struct db_conn *conn;
    int64_t user_id;
    struct uuid user;
    int64_t requests;       /* bits of enum sync_request */
    int64_t until_us;       /* monotonic */
    int64_t last_change_id; /* of the snapshot */
    bool has_partners;      /* who share with the user */
    bool is_reset, is_complete;

    struct position positions[SYNC_MAX_STEPS]; /* by step */
    struct position complete;                  /* SyncCompleteV1: its `extra` are the kinds that it was said of */

    size_t step;
    struct db_rows *rows; /* of the step, or NULL */
    bool has_written;     /* a row of the step */
    GArray *grants;       /* struct sync_grant, those of a backfill; NULL: not read */
    guint grant;

    /* The line at the end of `text` still lacks its acknowledgement: whether the next one has the same change id must
     * be known first. */
    bool is_line_open;
    struct sync_checkpoint line; /* what the acknowledgement will say */
    int64_t *row_change_id;      /* where in `line` that of the row stands; NULL: it is of no row */
    GString *text;               /* what is not taken yet */
};

/** A stream from a snapshot of @db, from the checkpoints of @session_id on. Free with stream_free(). */
struct stream *stream_new(struct db *db, int64_t session_id, int64_t user_id, const struct uuid *user, int64_t requests,
                          GError **error);
void stream_free(void *stream);

/** As http_answer_pull() wants it: the next bytes. */
ssize_t stream_pull(void *stream, char *buffer, size_t max);

/** A line of type @entity for the row at hand, whose change id is @change_id; the caller writes the fields of its data
 *  and calls line_end(). */
struct json line_begin(struct stream *stream, const char *entity, int64_t change_id);
void line_end(struct json *json);

/** The text of an acknowledgement, and back. False where it makes no sense. @ret_checkpoint's entity points to
 *  @ret_parts, which the caller frees. */
void sync_ack_format(const struct sync_checkpoint *checkpoint, GString *text);
bool sync_ack_parse(const char *text, struct sync_checkpoint *ret_checkpoint, char ***ret_parts);
