/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * What a phone has to learn: rows of the catalog that changed after a checkpoint, in the order of their change ids, and
 * the checkpoints themselves. A phone asks with a session; for each kind of entity the session has one checkpoint, the
 * change id up to which everything has arrived. The order of the kinds, and their names, are the API's business.
 *
 * A phone holds all assets of its own account, and of others those that it may see as grants.h says: a partner's, and
 * what is in albums that it is a member of. Change ids alone do not tell it of those: a photo may be old when it gets
 * to see it. What a grant (an album, a partner) opens to view is read from before the grant; what the phone is to
 * forget is found by what happened since it last had everything.
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

/* GONE: what was deleted. LOST: assets of others (sync_read_gone()) that the phone may hold and is to forget, by what
 * happened after `after`; in no order. BEFORE: what grant `grant` opened to view, of what changed between `after` and
 * `until`. */
enum sync_part {
    SYNC_OWN_USER,      /* the account itself: sync_read_user() */
    SYNC_GONE_USERS,    /* sync_read_gone() */
    SYNC_USERS,         /* all accounts, also removed ones: sync_read_user() */
    SYNC_GONE_PARTNERS, /* of both sides: sync_read_link(), who shared and with whom */
    SYNC_PARTNERS,      /* of both sides: the same, `number` is whether in the timeline */
    SYNC_GONE_ASSETS,   /* sync_read_gone() */
    SYNC_ASSETS,        /* all of the account, also hidden, locked and trashed ones: sync_read_asset() */
    SYNC_GONE_STACKS,   /* sync_read_gone() */
    SYNC_STACKS,        /* sync_read_stack() */
    SYNC_LOST_DELETED,  /* deleted by partners */
    SYNC_LOST_HIDDEN,   /* put into the trash, the archive or the locked folder */
    SYNC_LOST_PARTNERS, /* of who shares no more */
    SYNC_LOST_ALBUMS,   /* in albums that the account is a member of no more */
    SYNC_LOST_LINKS,    /* taken out of albums, deleted, or of albums that are deleted */
    SYNC_PARTNER_ASSETS_BEFORE,
    SYNC_PARTNER_ASSETS, /* sync_read_asset() */
    SYNC_LOST_STACKS,    /* dissolved by partners, or of who shares no more */
    SYNC_PARTNER_STACKS_BEFORE,
    SYNC_PARTNER_STACKS,       /* sync_read_stack() */
    SYNC_ALBUM_ASSETS_BEFORE,  /* of others in albums: sync_read_asset() */
    SYNC_ALBUM_ASSETS_TURNED,  /* of others in an album, whose stack is to be seen or no more: the same, in no order */
    SYNC_ALBUM_ASSETS_CHANGED, /* of others, in an album since `until` or before: the same */
    SYNC_ALBUM_ASSETS_NEW,     /* of others, by when they came into an album: the same */
    SYNC_GONE_ALBUMS,          /* sync_read_gone() */
    SYNC_ALBUMS,               /* those that the user may see: sync_read_album() */
    SYNC_GONE_ALBUM_USERS,     /* sync_read_link(): the album, and who left it */
    SYNC_ALBUM_USERS_BEFORE,
    SYNC_ALBUM_USERS, /* who may see these: the same, `number` is the role */
    SYNC_GONE_LINKS,  /* sync_read_link(): the album, and the asset */
    SYNC_LINKS_BEFORE,
    SYNC_LINKS,             /* what is in albums: the same */
    SYNC_EXIF,              /* of SYNC_ASSETS: sync_read_exif() */
    SYNC_ALBUM_EXIF_BEFORE, /* and so on: of the assets above */
    SYNC_ALBUM_EXIF_CHANGED,
    SYNC_ALBUM_EXIF_NEW,
    SYNC_PARTNER_EXIF_BEFORE,
    SYNC_PARTNER_EXIF,
    SYNC_GONE_MEMORIES,      /* sync_read_gone() */
    SYNC_MEMORIES,           /* of the account: sync_read_memory() */
    SYNC_GONE_MEMORY_ASSETS, /* sync_read_link(): the memory, and the asset */
    SYNC_MEMORY_ASSETS,      /* the same */
    SYNC_GONE_APP_DATA,      /* sync_read_app_data(), without value */
    SYNC_APP_DATA,           /* what apps keep with assets of the account: the same */
    SYNC_N_PARTS
};

/** What is read: rows for @user_id with change ids above @after. */
struct sync_range {
    int64_t user_id;
    int64_t after, until;
    int64_t grant; /* row id of the album or the partner */
};

/** Rows of @part, the smallest change id first. Free with db_rows_free(); step with db_next(). The change id is
 *  sync_change_id() of the row. */
struct db_rows *sync_open(struct db_conn *conn, enum sync_part part, const struct sync_range *range, GError **error);
int64_t sync_change_id(struct db_rows *rows);

/** What opens assets of others to view. */
enum sync_grants {
    SYNC_BY_NOTHING,
    SYNC_BY_ALBUMS,   /* that the account has joined */
    SYNC_BY_PARTNERS, /* who share with the account */
};
struct sync_grant {
    int64_t create_id; /* the change id of when */
    int64_t id;        /* row id of the album or the partner */
};
/** Appends the struct sync_grant of @user_id from change id @from on to @grants, the oldest first. */
bool sync_grants(struct db_conn *conn, enum sync_grants by, int64_t user_id, int64_t from, GArray *grants,
                 GError **error);

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
    bool has_stack;
    struct uuid stack;
    bool has_owner; /* of another account's */
    struct uuid owner;
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

/** Two that belong together: an album and a user (with a role) or an asset; who shares and with whom. */
struct sync_link {
    int64_t change_id;
    struct uuid one, other;
    int number; /* enum album_role of a user in an album; whether a partner is in the timeline */
};
void sync_read_link(struct db_rows *rows, struct sync_link *ret_link);

struct sync_stack {
    int64_t change_id;
    struct uuid uuid, owner, primary;
    int64_t created_us, updated_us;
};
void sync_read_stack(struct db_rows *rows, struct sync_stack *ret_stack);

struct sync_memory {
    int64_t change_id;
    struct uuid uuid;
    int64_t year;
    bool is_saved;
    int64_t memory_at_us, created_us, updated_us;
    int64_t show_at_us, hide_at_us, seen_at_us, deleted_us; /* 0: none */
};
void sync_read_memory(struct db_rows *rows, struct sync_memory *ret_memory);

struct sync_app_data {
    int64_t change_id;
    struct uuid asset;
    const char *key;
    const char *value; /* JSON text; NULL of what is gone */
};
void sync_read_app_data(struct db_rows *rows, struct sync_app_data *ret_data);

/* ---- checkpoints ---- */

/** The checkpoint that a stream which came to its end leaves: all kinds that it had (bits of @extra) have arrived. */
#define SYNC_COMPLETE "SyncCompleteV1"

struct sync_checkpoint {
    const char *entity; /* at most SYNC_ENTITY_MAX bytes */
    int64_t change_id;
    int64_t extra; /* what else its last acknowledgement says, by the kind of entity; 0: nothing */
    int64_t acked_us;
};

/** All of a session, by name. False from @each ends it. */
typedef bool sync_each_checkpoint(const struct sync_checkpoint *checkpoint, void *data);
bool sync_checkpoints(struct db_conn *conn, int64_t session_id, sync_each_checkpoint *each, void *data, GError **error);

/** Writes: @checkpoint is the last of its entity that has arrived; its acked_us is now. */
bool sync_ack(struct db_conn *conn, int64_t session_id, const struct sync_checkpoint *checkpoint, GError **error);

/** Writes: forgets the checkpoint of @entity, and that it was part of a stream which came to its end (NULL: all of the
 *  session, and that it was to begin anew). */
bool sync_forget(struct db_conn *conn, int64_t session_id, const char *entity, GError **error);

/** Writes: the session begins anew at its next stream. ERR_NOT_FOUND where the user has no such session. */
bool sync_want_reset(struct db_conn *conn, int64_t user_id, const struct uuid *session, bool wanted, GError **error);
