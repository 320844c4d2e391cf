/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Albums of one owner. Putting an asset into an album never moves or copies it; deleting an album leaves its assets.
 * Album, membership and contents carry change ids for the sync stream, and deletes leave rows in `changes`. The schema
 * knows editors and viewers; who shares an album with others joins with the functions for it, so far the owner alone
 * has a row. Assets in the locked folder are in no album.
 *
 * Threads: as catalog.h. */
#pragma once

#include <glib.h>
#include <stdbool.h>
#include <stdint.h>

#include "base/id.h"

struct db_conn;

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

/** The album of this owner. ERR_NOT_FOUND, also for another owner's. */
bool albums_find(struct db_conn *conn, int64_t owner_id, const struct uuid *uuid, struct album *ret_album,
                 GError **error);

struct album_filter {
    int64_t owner_id;
    const struct uuid *uuid;  /* NULL: all */
    const struct uuid *asset; /* NULL: all; else those that hold it */
    const char *name;         /* NULL: all */
};
/** The one created last first. False from @each ends it. */
typedef bool albums_each(const struct album *album, void *data);
bool albums_list(struct db_conn *conn, const struct album_filter *filter, albums_each *each, void *data,
                 GError **error);
bool albums_count(struct db_conn *conn, int64_t owner_id, int64_t *ret_count, GError **error);

/** What a person changes; only what is set. */
struct album_change {
    const char *name, *description; /* NULL: as it is */
    const struct uuid *thumbnail;   /* NULL: as it is; an asset of the album */
    bool set_activity, is_activity_enabled;
    bool set_order, is_ascending;
};
/** Writes. ERR_NOT_FOUND; ERR_INVALID where the thumbnail is not in the album. */
bool albums_change(struct db_conn *conn, int64_t owner_id, const struct uuid *uuid, const struct album_change *change,
                   GError **error);

/** Writes: deletes the album; its assets stay. ERR_NOT_FOUND. */
bool albums_delete(struct db_conn *conn, int64_t owner_id, const struct uuid *uuid, GError **error);

enum album_outcome { ALBUM_DONE, ALBUM_DUPLICATE, ALBUM_NOT_FOUND, ALBUM_NO_PERMISSION };

/** Writes: puts assets of the owner into an album, or takes them out; @ret_outcomes says what became of each of the @n.
 *  Give at most ASSETS_BATCH in a transaction. ERR_NOT_FOUND where there is no such album. */
bool albums_add(struct db_conn *conn, int64_t owner_id, const struct uuid *uuid, const struct uuid *assets, size_t n,
                enum album_outcome *ret_outcomes, GError **error);
bool albums_remove(struct db_conn *conn, int64_t owner_id, const struct uuid *uuid, const struct uuid *assets, size_t n,
                   enum album_outcome *ret_outcomes, GError **error);

/* ---- for the room itself ---- */

/** Writes: takes the asset out of all albums, as its owner wishes it locked away. */
bool albums_forget_asset(struct db_conn *conn, int64_t asset_id, GError **error);

/** Writes, before an asset is deleted: albums that it stands for get another one. */
bool albums_replace_thumbnail(struct db_conn *conn, int64_t asset_id, GError **error);

/** Writes: all albums of an account that is deleted. */
bool albums_delete_owned(struct db_conn *conn, int64_t owner_id, GError **error);
