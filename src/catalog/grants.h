/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Who may see what: the one place that decides it. An asset is its owner's; others have a right on it
 *
 *   - through an album of which they are a member, if it holds the asset and that lies in the timeline or the archive;
 *   - as a partner, with whom its owner shares the timeline, if it lies there;
 *   - by a shared link, if its album or its list holds the asset and that lies in the timeline or the archive: to read
 *     and to view, and to download where the link allows it.
 *
 * Nothing in the trash, nothing locked and nothing hidden is ever shown to others, but for the motion half of what they
 * may see, and the video inside of it. They read, view and download; only the owner edits. What they get is without
 * the owner's favourite, folder, tags and stack, whose other photos may be shown to nobody; a link that does not show
 * metadata tells nothing of what, when and where either.
 *
 * Threads: as catalog.h. */
#pragma once

#include <glib.h>
#include <stdbool.h>
#include <stdint.h>

#include "base/id.h"
#include "catalog/albums.h"
#include "catalog/assets.h"

struct db_conn;
struct shared_link;

/** Who asks. */
struct viewer {
    int64_t user_id;                /* an account; 0: none */
    const struct shared_link *link; /* instead of an account: who has this link; or NULL */
};

enum asset_right { ASSET_MAY_READ, ASSET_MAY_VIEW, ASSET_MAY_DOWNLOAD, ASSET_MAY_EDIT };
/** As the API calls it: "asset.read", "asset.view", "asset.download", "asset.update". */
const char *asset_right_name(enum asset_right right);

/** The account that owns asset @uuid (or the photo with the video of that id inside), if @viewer has @right on it.
 *  ERR_NOT_FOUND if not, or where there is none. */
bool grants_asset(struct db_conn *conn, const struct viewer *viewer, enum asset_right right, const struct uuid *uuid,
                  int64_t *ret_owner_id, GError **error);

/** As asset_find(), asset_find_motion() and asset_find_file(), for all whom grants_asset() lets. Whose own it is finds
 *  it in one look. */
bool grants_find_asset(struct db_conn *conn, const struct viewer *viewer, enum asset_right right,
                       const struct uuid *uuid, struct asset *ret_asset, GError **error);
bool grants_find_motion(struct db_conn *conn, const struct viewer *viewer, enum asset_right right,
                        const struct uuid *part, struct asset *ret_asset, GError **error);
bool grants_find_file(struct db_conn *conn, const struct viewer *viewer, enum asset_right right,
                      const struct uuid *uuid, struct asset_file *ret_file, GError **error);

/** The row id of account @owner, if @viewer may look at its timeline: it is their own, or a partner's (then only what
 * is not in the trash). ERR_NOT_FOUND. */
bool grants_timeline(struct db_conn *conn, const struct viewer *viewer, const struct uuid *owner, int64_t *ret_owner_id,
                     GError **error);

/** Takes out of @asset what only its owner is to know, where that is not @viewer. The finders above have done it. What
 *  a link does not tell is left empty: no name, all times 0, no exif. */
void grants_mask(const struct viewer *viewer, struct asset *asset);

/* ---- albums ---- */

/** A viewer reads; an editor also adds and removes assets of their own; the owner does everything. */
enum album_right {
    ALBUM_MAY_READ,
    ALBUM_MAY_ADD,
    ALBUM_MAY_REMOVE,
    ALBUM_MAY_EDIT,
    ALBUM_MAY_SHARE,
    ALBUM_MAY_DELETE,
};
/** "album.read", "albumAsset.create", "albumAsset.delete", "album.update", "album.share", "album.delete". */
const char *album_right_name(enum album_right right);

struct album_grant {
    int64_t album_id;
    enum album_role role; /* of the viewer */
};
/** ERR_NOT_FOUND where @viewer does not have @right on album @uuid, or there is none. */
bool grants_album(struct db_conn *conn, const struct viewer *viewer, enum album_right right, const struct uuid *uuid,
                  struct album_grant *ret_grant, GError **error);
