/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "catalog/grants.h"

#include "base/error.h"
#include "catalog/asset_private.h"
#include "catalog/shared_links.h"
#include "db/db.h"

static const char no_asset[] = "There is no such photo or video.";
static const char no_album[] = "There is no such album.";

const char *asset_right_name(enum asset_right right)
{
    static const char *const names[] = {"asset.read", "asset.view", "asset.download", "asset.update"};
    return names[right];
}

/* ?1 the id: it names an asset, a motion half (then its stills decide as well) or the video inside of a photo. 0, 1, 2:
 * timeline, archive, hidden. */
#define CANDIDATES                                                                                                     \
    "WITH candidates (id) AS ("                                                                                        \
    " SELECT id FROM assets WHERE uuid = ?1"                                                                           \
    " UNION ALL SELECT asset_id FROM motion_parts WHERE uuid = ?1"                                                     \
    " UNION ALL SELECT s.id FROM assets v JOIN assets s ON s.live_video_id = v.id WHERE v.uuid = ?1"                   \
    "  AND v.visibility = 2)"

/* ?2 the account, ?3 may others than the owner have this right? */
static const char owner_sql[] =
    CANDIDATES " SELECT a.owner_id FROM candidates c JOIN assets a ON a.id = c.id WHERE a.owner_id = ?2"
               " OR (?3 AND a.visibility IN (0, 1) AND NOT a.is_trashed AND ("
               "  EXISTS (SELECT 1 FROM album_assets h JOIN album_users m ON m.album_id = h.album_id AND m.user_id = ?2"
               "   WHERE h.asset_id = a.id)"
               "  OR (a.visibility = 0 AND EXISTS (SELECT 1 FROM partners p WHERE p.shared_by_id = a.owner_id"
               "   AND p.shared_with_id = ?2)))) LIMIT 1";

static bool grants_by_link(struct db_conn *conn, const struct shared_link *link, enum asset_right right,
                           const struct uuid *uuid, int64_t *ret_owner_id, GError **error)
{
    if (right == ASSET_MAY_EDIT || (right == ASSET_MAY_DOWNLOAD && !link->allow_download))
        return err_set(error, ERR_NOT_FOUND, "%s", no_asset);
    DB_ROWS struct db_rows *rows =
        db_query(conn, error,
                 CANDIDATES " SELECT a.owner_id FROM candidates c JOIN assets a ON a.id = c.id"
                            " WHERE a.visibility IN (0, 1) AND NOT a.is_trashed AND ("
                            "  EXISTS (SELECT 1 FROM album_assets h WHERE h.asset_id = a.id AND h.album_id = ?2)"
                            "  OR EXISTS (SELECT 1 FROM shared_link_assets s WHERE s.asset_id = a.id AND s.link_id = ?3"
                            "   AND ?2 = 0)) LIMIT 1",
                 "bii", uuid->bytes, sizeof uuid->bytes, link->album_id, link->id);
    if (!rows || !db_next_required(rows, error, no_asset))
        return false;
    *ret_owner_id = db_int(rows, 0);
    return true;
}

bool grants_asset(struct db_conn *conn, const struct viewer *viewer, enum asset_right right, const struct uuid *uuid,
                  int64_t *ret_owner_id, GError **error)
{
    if (viewer->link)
        return grants_by_link(conn, viewer->link, right, uuid, ret_owner_id, error);
    DB_ROWS struct db_rows *rows = db_query(conn, error, owner_sql, "bii", uuid->bytes, sizeof uuid->bytes,
                                            viewer->user_id, (int64_t)(right != ASSET_MAY_EDIT));
    if (!rows || !db_next_required(rows, error, no_asset))
        return false;
    *ret_owner_id = db_int(rows, 0);
    return true;
}

/* Is it worth to ask what others let the viewer see? Sets @error if not. */
static bool may_ask_others(GError *failure, GError **error)
{
    if (!err_is(failure, ERR_NOT_FOUND)) {
        g_propagate_error(error, failure);
        return false;
    }
    g_error_free(failure);
    return true;
}

bool grants_find_asset(struct db_conn *conn, const struct viewer *viewer, enum asset_right right,
                       const struct uuid *uuid, struct asset *ret_asset, GError **error)
{
    GError *failure = NULL;
    int64_t owner_id;
    if (asset_find(conn, viewer->user_id, uuid, ret_asset, &failure))
        return true;
    if (!may_ask_others(failure, error) || !grants_asset(conn, viewer, right, uuid, &owner_id, error) ||
        !asset_find(conn, owner_id, uuid, ret_asset, error))
        return false;
    grants_mask(viewer, ret_asset);
    return true;
}

bool grants_find_motion(struct db_conn *conn, const struct viewer *viewer, enum asset_right right,
                        const struct uuid *part, struct asset *ret_asset, GError **error)
{
    GError *failure = NULL;
    int64_t owner_id;
    if (asset_find_motion(conn, viewer->user_id, part, ret_asset, &failure))
        return true;
    if (!may_ask_others(failure, error) || !grants_asset(conn, viewer, right, part, &owner_id, error) ||
        !asset_find_motion(conn, owner_id, part, ret_asset, error))
        return false;
    grants_mask(viewer, ret_asset);
    return true;
}

bool grants_find_file(struct db_conn *conn, const struct viewer *viewer, enum asset_right right,
                      const struct uuid *uuid, struct asset_file *ret_file, GError **error)
{
    GError *failure = NULL;
    int64_t owner_id;
    if (asset_find_file(conn, viewer->user_id, uuid, ret_file, &failure))
        return true;
    return may_ask_others(failure, error) && grants_asset(conn, viewer, right, uuid, &owner_id, error) &&
           asset_find_file(conn, owner_id, uuid, ret_file, error);
}

bool grants_timeline(struct db_conn *conn, const struct viewer *viewer, const struct uuid *owner, int64_t *ret_owner_id,
                     GError **error)
{
    DB_ROWS struct db_rows *rows =
        db_query(conn, error,
                 "SELECT u.id FROM users u WHERE u.uuid = ?1 AND (u.id = ?2 OR EXISTS (SELECT"
                 " 1 FROM partners p WHERE p.shared_by_id = u.id AND p.shared_with_id = ?2))",
                 "bi", owner->bytes, sizeof owner->bytes, viewer->user_id);
    if (!rows || !db_next_required(rows, error, "There is no such timeline."))
        return false;
    *ret_owner_id = db_int(rows, 0);
    return true;
}

void grants_mask(const struct viewer *viewer, struct asset *asset)
{
    if (asset->owner_id == viewer->user_id)
        return;
    asset->is_favorite = false;
    g_clear_pointer(&asset->browse_path, g_free);
    g_clear_pointer(&asset->tags, g_ptr_array_unref);
    asset->has_stack = false; /* its primary may be one that is shown to nobody */
    if (viewer->link && !viewer->link->show_metadata)
        asset_clear_metadata(asset);
}

/* ---- albums ---- */

const char *album_right_name(enum album_right right)
{
    static const char *const names[] = {"album.read",   "albumAsset.create", "albumAsset.delete",
                                        "album.update", "album.share",       "album.delete"};
    return names[right];
}

static bool role_has(enum album_role role, enum album_right right)
{
    static const enum album_right highest[] = {
        [ALBUM_OWNER] = ALBUM_MAY_DELETE, [ALBUM_EDITOR] = ALBUM_MAY_REMOVE, [ALBUM_VIEWER] = ALBUM_MAY_READ};
    return right <= highest[role];
}

bool grants_album(struct db_conn *conn, const struct viewer *viewer, enum album_right right, const struct uuid *uuid,
                  struct album_grant *ret_grant, GError **error)
{
    if (viewer->link) {
        if (viewer->link->album_id == 0 || !uuid_equal(uuid, &viewer->link->album_uuid) || right != ALBUM_MAY_READ)
            return err_set(error, ERR_NOT_FOUND, "%s", no_album);
        *ret_grant = (struct album_grant){viewer->link->album_id, ALBUM_VIEWER};
        return true;
    }
    DB_ROWS struct db_rows *rows =
        db_query(conn, error,
                 "SELECT b.id, m.role FROM albums b JOIN album_users m ON m.album_id = b.id AND m.user_id = ?2"
                 " WHERE b.uuid = ?1",
                 "bi", uuid->bytes, sizeof uuid->bytes, viewer->user_id);
    if (!rows || !db_next_required(rows, error, no_album))
        return false;
    struct album_grant grant = {db_int(rows, 0), (enum album_role)db_int(rows, 1)};
    if (!role_has(grant.role, right))
        return err_set(error, ERR_NOT_FOUND, "%s", no_album);
    *ret_grant = grant;
    return true;
}
