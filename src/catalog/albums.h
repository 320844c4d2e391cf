/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Albums: of one owner, shown to the accounts that the owner shares them with (grants.h says who may do what). Putting
 * an asset into an album never moves or copies it; deleting an album leaves its assets. Album, membership and contents
 * carry change ids for the sync stream, and deletes leave rows in `changes` for each member. Assets in the locked
 * folder are in no album.
 *
 * Threads: as catalog.h. */
#pragma once

#include <glib.h>
#include <stdbool.h>
#include <stdint.h>

#include "base/id.h"

struct db_conn;
struct viewer;

enum { ALBUM_NAME_MAX = 1000, ALBUM_DESCRIPTION_MAX = 16384 };

/* The numbers stand in the database. */
enum album_role { ALBUM_OWNER = 0, ALBUM_EDITOR = 1, ALBUM_VIEWER = 2 };

/** "owner", "editor", "viewer". */
const char *album_role_name(enum album_role role);

/** One album with what is counted over its assets outside of the trash. Owned strings: album_clear(). */
struct album {
    int64_t id;
    struct uuid uuid;
    int64_t owner_id;
    char *name;
    char *description; /* never NULL */
    bool has_thumbnail;
    struct uuid thumbnail; /* of the asset that stands for it: the chosen one, else the newest */
    bool is_activity_enabled;
    bool is_ascending;
    int64_t created_us, updated_us;
    int64_t n_assets;
    int64_t first_us, last_us;    /* local times of the oldest and the newest asset, where there is one */
    int64_t last_asset_change_us; /* the same for changes of assets */
    enum album_role role;         /* of the one who asked */
    bool is_shared;               /* others than the owner see it */
};
void album_clear(struct album *album);
#define ALBUM_AUTO __attribute__((cleanup(album_clear)))

struct album_new {
    int64_t owner_id;
    const char *name;        /* 1 … ALBUM_NAME_MAX bytes */
    const char *description; /* NULL: none */
};
/** Writes an empty album. */
bool albums_create(struct db_conn *conn, const struct album_new *wanted, struct uuid *ret_uuid, GError **error);

/** The album, if @viewer may read it. ERR_NOT_FOUND. */
bool albums_find(struct db_conn *conn, const struct viewer *viewer, const struct uuid *uuid, struct album *ret_album,
                 GError **error);

struct album_filter {
    int64_t user_id;          /* who may see them */
    int is_owned, is_shared;  /* their own; seen by others than the owner; -1: both */
    const struct uuid *uuid;  /* NULL: all */
    const struct uuid *asset; /* NULL: all; else those that hold it */
    const char *name;         /* NULL: all */
};
/** The one created last first. False from @each ends it. */
typedef bool albums_each(const struct album *album, void *data);
bool albums_list(struct db_conn *conn, const struct album_filter *filter, albums_each *each, void *data,
                 GError **error);

struct album_counts {
    int64_t owned;
    int64_t shared;     /* with others, or by others with the account */
    int64_t not_shared; /* owned ones that nobody else sees */
};
bool albums_count(struct db_conn *conn, int64_t user_id, struct album_counts *ret_counts, GError **error);

/** Calls @each with the accounts that see the album: the owner first, then @viewer_id, then by name. False from @each
 *  ends it. */
typedef bool albums_each_member(int64_t user_id, enum album_role role, void *data);
bool albums_members(struct db_conn *conn, int64_t album_id, int64_t viewer_id, albums_each_member *each, void *data,
                    GError **error);

/** Calls @each with whose assets are in the album (outside of the trash), who has most first. */
typedef void albums_each_contributor(const struct uuid *user, int64_t n_assets, void *data);
bool albums_contributors(struct db_conn *conn, int64_t album_id, albums_each_contributor *each, void *data,
                         GError **error);

/** What a person changes; only what is set. */
struct album_change {
    const char *name, *description; /* NULL: as it is */
    const struct uuid *thumbnail;   /* NULL: as it is; an asset of the album */
    bool set_activity, is_activity_enabled;
    bool set_order, is_ascending;
};
/** Writes. ERR_NOT_FOUND; ERR_INVALID where the thumbnail is not in the album. */
bool albums_change(struct db_conn *conn, int64_t user_id, const struct uuid *uuid, const struct album_change *change,
                   GError **error);

/** Writes: deletes the album; its assets stay. ERR_NOT_FOUND. */
bool albums_delete(struct db_conn *conn, int64_t user_id, const struct uuid *uuid, GError **error);

enum album_outcome { ALBUM_DONE, ALBUM_DUPLICATE, ALBUM_NOT_FOUND, ALBUM_NO_PERMISSION };

/** Writes: puts assets of the account into an album, or takes assets out (its own; of everybody where the album is its
 *  own); @ret_outcomes says what became of each of the @n. Give at most ASSETS_BATCH in a transaction. ERR_NOT_FOUND
 *  where there is no album that it may change so. */
bool albums_add(struct db_conn *conn, int64_t user_id, const struct uuid *uuid, const struct uuid *assets, size_t n,
                enum album_outcome *ret_outcomes, GError **error);
bool albums_remove(struct db_conn *conn, int64_t user_id, const struct uuid *uuid, const struct uuid *assets, size_t n,
                   enum album_outcome *ret_outcomes, GError **error);

/* ---- sharing ---- */

struct album_share {
    struct uuid user;
    enum album_role role; /* not ALBUM_OWNER */
};
/** Writes: shows the album of @user_id to others. ERR_NOT_FOUND; ERR_INVALID for accounts that there are not, or that
 *  see it already: then nobody joins. */
bool albums_share(struct db_conn *conn, int64_t user_id, const struct uuid *uuid, const struct album_share *shares,
                  size_t n, GError **error);
/** Writes: another role for a member. ERR_NOT_FOUND, ERR_INVALID. */
bool albums_set_role(struct db_conn *conn, int64_t user_id, const struct uuid *uuid, const struct album_share *share,
                     GError **error);
/** Writes: @member sees the album no more, as the owner wishes or the member itself; what it has put in stays in.
 *  ERR_NOT_FOUND; ERR_INVALID for the owner, and for who is no member. */
bool albums_unshare(struct db_conn *conn, int64_t user_id, const struct uuid *uuid, const struct uuid *member,
                    GError **error);

/* ---- for the room itself ---- */

/** Writes: takes the asset out of all albums: it is deleted, or its owner wishes it locked away. */
bool albums_forget_asset(struct db_conn *conn, int64_t asset_id, GError **error);

/** Writes: the account is deleted: its albums are, and it leaves those of others. */
bool albums_forget_user(struct db_conn *conn, int64_t user_id, GError **error);
