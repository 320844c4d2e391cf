/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "catalog/asset_copy.h"

#include "base/error.h"
#include "catalog/albums.h"
#include "catalog/assets.h"
#include "catalog/blobs.h"
#include "catalog/shared_links.h"
#include "catalog/stacks.h"
#include "db/db.h"

static bool note_album(const struct album *album, void *data)
{
    g_array_append_val((GArray *)data, album->uuid);
    return true;
}

static bool copy_albums(struct db_conn *conn, const struct asset_copy *copy, GError **error)
{
    g_autoptr(GArray) albums = g_array_new(FALSE, FALSE, sizeof(struct uuid));
    const struct album_filter filter = {
        .user_id = copy->owner_id, .is_owned = -1, .is_shared = -1, .asset = &copy->source};
    if (!albums_list(conn, &filter, note_album, albums, error))
        return false;
    for (guint i = 0; i < albums->len; i++) {
        g_autoptr(GError) reason = NULL;
        enum album_outcome outcome;
        /* Of albums that the owner only looks at the target stays out. */
        if (!albums_add(conn, copy->owner_id, &g_array_index(albums, struct uuid, i), &copy->target, 1, &outcome,
                        &reason) &&
            !err_is(reason, ERR_NOT_FOUND)) {
            g_propagate_error(error, g_steal_pointer(&reason));
            return false;
        }
    }
    return true;
}

static bool copy_sidecar(struct db_conn *conn, const struct asset *source, int64_t target_id, int64_t *ret_look_id,
                         GError **error)
{
    struct blob blob;
    bool changed;
    if (!blobs_find(conn, &source->sidecar, &blob, error) ||
        !asset_set_sidecar(conn, target_id, &blob.digest, &changed, error))
        return false;
    *ret_look_id = changed ? target_id : 0;
    return true;
}

static bool find(struct db_conn *conn, const struct asset_copy *copy, const struct uuid *id, struct asset *ret_asset,
                 GError **error)
{
    if (!asset_find(conn, copy->owner_id, id, ret_asset, error))
        return false;
    return copy->with_locked || ret_asset->visibility != ASSET_LOCKED ||
           err_set(error, ERR_NOT_FOUND, "There is no such photo or video.");
}

bool asset_copy(struct db_conn *conn, const struct asset_copy *copy, int64_t *ret_look_id, GError **error)
{
    ASSET_AUTO struct asset source = {0}, target = {0};
    if (uuid_equal(&copy->source, &copy->target))
        return err_set(error, ERR_INVALID, "Source and target id must be distinct");
    if (!find(conn, copy, &copy->source, &source, error) || !find(conn, copy, &copy->target, &target, error))
        return false;
    bool is_shown = source.visibility != ASSET_LOCKED && target.visibility != ASSET_LOCKED;
    const struct asset_change favorite = {.set_favorite = true, .is_favorite = source.is_favorite};
    *ret_look_id = 0;
    return (!copy->albums || !is_shown || copy_albums(conn, copy, error)) &&
           (!copy->favorite || asset_change(conn, copy->owner_id, &copy->target, &favorite, error)) &&
           (!copy->sidecar || !source.has_sidecar || copy_sidecar(conn, &source, target.id, ret_look_id, error)) &&
           (!copy->stack || !is_shown || stacks_copy(conn, source.id, target.id, error)) &&
           (!copy->links || !is_shown || shared_links_copy_asset(conn, source.id, target.id, error));
}
