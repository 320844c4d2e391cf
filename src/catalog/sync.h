/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * What a phone has to learn: rows of the catalog that changed after a checkpoint, in the order of their change ids, and
 * the checkpoints themselves. A phone asks with a session; for each kind of entity the session has one checkpoint, the
 * change id up to which everything has arrived. The order of the kinds, and their names, are the API's business.
 *
 * Read with one snapshot a stream (db_stream_begin()): then no row can refer to one that the phone was not told of, and
 * all that comes later has a larger change id. Rows are read one by one; nothing is collected.
 *
 * Threads: as catalog.h. */
#pragma once

#include <glib.h>
#include <stdbool.h>
#include <stdint.h>

#include "base/encode.h"
#include "base/id.h"
#include "catalog/assets.h"

struct db_conn;
struct db_rows;

enum { SYNC_ENTITY_MAX = 40 };

/* ---- rows ---- */

enum sync_part {
    SYNC_OWN_USER,          /* the account itself: sync_read_user() */
    SYNC_USERS,             /* all accounts, also removed ones: sync_read_user() */
    SYNC_GONE_USERS,        /* deleted ones: sync_read_gone() */
    SYNC_GONE_ASSETS,       /* deleted for good: sync_read_gone() */
    SYNC_ASSETS,            /* all of the owner, also hidden, locked and trashed ones: sync_read_asset() */
    SYNC_EXIF,              /* of the same: sync_read_exif() */
    SYNC_GONE_ALBUMS,       /* sync_read_gone() */
    SYNC_ALBUMS,            /* those that the user may see: sync_read_album() */
    SYNC_ALBUM_USERS,       /* who may see these: sync_read_link() */
    SYNC_GONE_ALBUM_ASSETS, /* sync_read_link() */
    SYNC_ALBUM_ASSETS,      /* what is in these: sync_read_link() */
    SYNC_N_PARTS
};

/** Rows of @part of @owner_id with change ids above @after, the smallest first. Free with db_rows_free(); step with
 *  db_next(). */
struct db_rows *sync_open(struct db_conn *conn, enum sync_part part, int64_t owner_id, int64_t after, GError **error);

/* Views of the current row: their texts are valid until the next step. */

struct sync_user {
    int64_t change_id;
    struct uuid uuid;
    const char *name, *email, *avatar_color;
    int64_t profile_changed_us;
    bool is_admin;
    const char *storage_label; /* NULL: none */
    int64_t quota_bytes;       /* -1: none */
    int64_t usage_bytes;
    const char *preferences; /* JSON text, or NULL */
    bool is_removed;
    int64_t removed_us;
    bool has_profile_image, is_onboarded;
};
void sync_read_user(struct db_rows *rows, struct sync_user *ret_user);

struct sync_gone {
    int64_t change_id;
    struct uuid uuid;
};
void sync_read_gone(struct db_rows *rows, struct sync_gone *ret_gone);

struct sync_asset {
    int64_t change_id;
    struct uuid uuid;
    const char *file_name;
    enum asset_type type;
    enum asset_visibility visibility;
    uint8_t sha1[SHA1_SIZE];
    const void *thumbhash; /* NULL: none */
    size_t thumbhash_size;
    int64_t taken_us, local_us, modified_us, uploaded_us;
    int64_t duration_ms;         /* 0: none */
    int64_t width_px, height_px; /* 0: not known */
    bool is_favorite;
    bool is_trashed;
    int64_t trashed_us;
    bool has_live_video;
    struct uuid live_video;
};
void sync_read_asset(struct db_rows *rows, struct sync_asset *ret_asset);

struct sync_exif {
    int64_t change_id;
    struct uuid asset;
    struct asset_exif exif; /* its texts are views: no asset_clear() */
    int64_t taken_us;
    int64_t size_bytes;
};
void sync_read_exif(struct db_rows *rows, struct sync_exif *ret_exif);

struct sync_album {
    int64_t change_id;
    struct uuid uuid;
    const char *name, *description;
    int64_t created_us, updated_us;
    bool has_thumbnail;
    struct uuid thumbnail;
    bool is_activity_enabled, is_ascending;
};
void sync_read_album(struct db_rows *rows, struct sync_album *ret_album);

/** An album and a user (with a role) or an asset. */
struct sync_link {
    int64_t change_id;
    struct uuid album, other;
    int role; /* enum album_role, of a user */
};
void sync_read_link(struct db_rows *rows, struct sync_link *ret_link);

/* ---- checkpoints ---- */

struct sync_checkpoint {
    const char *entity; /* at most SYNC_ENTITY_MAX bytes */
    int64_t change_id;
    int64_t acked_us;
};

/** All of a session, by name. False from @each ends it. */
typedef bool sync_each_checkpoint(const struct sync_checkpoint *checkpoint, void *data);
bool sync_checkpoints(struct db_conn *conn, int64_t session_id, sync_each_checkpoint *each, void *data, GError **error);

/** Writes: @entity has arrived up to @change_id. */
bool sync_ack(struct db_conn *conn, int64_t session_id, const char *entity, int64_t change_id, GError **error);

/** Writes: forgets the checkpoint of @entity (NULL: all of the session, and that it was to begin anew). */
bool sync_forget(struct db_conn *conn, int64_t session_id, const char *entity, GError **error);

/** Writes: the session begins anew at its next stream. ERR_NOT_FOUND where the user has no such session. */
bool sync_want_reset(struct db_conn *conn, int64_t user_id, const struct uuid *session, bool wanted, GError **error);
