/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "api/link_upload.h"

#include "api/album_events.h"
#include "base/clock.h"
#include "base/error.h"
#include "base/text.h"
#include "catalog/albums.h"
#include "db/db.h"
#include "ingest/ingest.h"

bool link_upload_owner(const struct access *who, int64_t *ret_owner_id, GError **error)
{
    if (who->kind == ACCESS_SHARE && !who->link.allow_upload)
        return err_set(error, ERR_FORBIDDEN, "This link does not allow uploads");
    *ret_owner_id = who->kind == ACCESS_SHARE ? who->link.owner_id : who->user.id;
    return true;
}

static bool find_again(struct call *call, struct shared_link *ret_link, GError **error)
{
    DB_READ struct db_conn *conn = db_read_begin(call->api->config.db, error);
    if (!conn || shared_links_find_secret(conn, call->who->link.key, NULL, ret_link, error))
        return conn;
    if (error && err_is(*error, ERR_NOT_FOUND)) {
        g_clear_error(error);
        err_set(error, ERR_UNAUTHENTICATED, "Invalid share key");
    }
    return false;
}

bool link_upload_check(struct call *call, GError **error)
{
    struct access now = {.kind = ACCESS_SHARE};
    int64_t owner_id;
    bool done = find_again(call, &now.link, error);
    if (done && shared_link_is_over(&now.link, clock_now_us()))
        done = err_set(error, ERR_UNAUTHENTICATED, "This link has expired");
    if (done && g_strcmp0(now.link.password_hash, call->who->link.password_hash) != 0)
        done = err_set(error, ERR_UNAUTHENTICATED, "Password required");
    done = done && link_upload_owner(&now, &owner_id, error);
    shared_link_clear(&now.link);
    return done;
}

bool link_upload_narrow(struct ingest_offer *offer, GError **error)
{
    g_autofree char *extension = text_extension(offer->file_name);
    if (g_str_equal(extension, ".xmp"))
        return err_set(error, ERR_UNSUPPORTED, "A link takes photos and videos alone.");
    offer->is_favorite = false;
    offer->visibility = NULL;
    offer->live_photo_video = NULL;
    offer->sidecar = NULL;
    offer->sidecar_size = 0;
    offer->original_sha1 = NULL;
    offer->is_deliberate = true;
    return true;
}

struct show_work {
    const struct shared_link *link;
    const struct uuid *asset_id;
};

static bool show_work(struct db_conn *conn, void *data, GError **error)
{
    const struct show_work *work = data;
    const struct shared_link *link = work->link;
    enum album_outcome outcome;
    return link->album_id ? albums_add(conn, link->owner_id, &link->album_uuid, work->asset_id, 1, &outcome, error)
                          : shared_links_add(conn, link, work->asset_id, 1, &outcome, error);
}

bool link_upload_show(struct call *call, const struct uuid *asset_id, GError **error)
{
    const struct shared_link *link = &call->who->link;
    struct show_work work = {link, asset_id};
    if (!call_write(call, show_work, &work, error))
        return false;
    if (link->album_id)
        album_events_changed(call, &link->album_uuid);
    return true;
}
