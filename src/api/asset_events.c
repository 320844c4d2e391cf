/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "api/asset_events.h"

#include "api/call.h"
#include "api/dto.h"
#include "api/dto_sync.h"
#include "api/events.h"
#include "base/error.h"
#include "base/log.h"
#include "catalog/sync.h"
#include "db/db.h"

/* ---- what they carry ---- */

static void send_response(struct api *api, const char *name, const struct asset *asset)
{
    g_autoptr(GString) text = g_string_new(NULL);
    struct json json = json_to(text);
    dto_asset(&json, NULL, asset);
    events_send(api->events, &(struct event){.user_id = asset->owner_id, .name = name, .json = text->str});
}

/* What the sync stream would send, so that a phone need not ask. */
static void send_ready(struct api *api, const struct asset *asset)
{
    g_autoptr(GString) text = g_string_new(NULL);
    struct json json = json_to(text);
    struct sync_asset sync_asset;
    struct sync_exif sync_exif;
    dto_sync_of(asset, &sync_asset, &sync_exif);
    json_begin_object(&json, NULL);
    json_begin_object(&json, "asset");
    dto_sync_asset_fields(&json, &sync_asset, &asset->owner_uuid);
    json_end(&json);
    json_begin_object(&json, "exif");
    dto_sync_exif_fields(&json, &sync_exif);
    json_end(&json);
    json_end(&json);
    events_send(api->events, &(struct event){.user_id = asset->owner_id,
                                             .name = "AssetUploadReadyV2",
                                             .json = text->str,
                                             .for_sessions_only = true});
}

/* ---- after a look ---- */

/* What is locked away is told like in the sync stream, to the sessions that may ask for that, and in no other event:
 * they may not see it otherwise before somebody gives the PIN. */
static void tell_look(struct api *api, const struct asset *asset, bool is_first)
{
    if (is_first)
        send_ready(api, asset);
    if (asset->visibility != ASSET_LOCKED)
        send_response(api, is_first ? "on_upload_success" : "on_asset_update", asset);
    /* The motion half of a live photo, which nobody shows by itself. */
    if (is_first && asset->has_live_video)
        events_send_id(api->events, asset->owner_id, "on_asset_hidden", &asset->live_video);
}

void asset_events_looked(int64_t asset_id, int64_t owner_id, bool is_first, void *data)
{
    struct api *api = data;
    g_autoptr(GError) error = NULL;
    ASSET_AUTO struct asset asset = {0};
    if (!events_has(api->events, owner_id))
        return;
    DB_READ struct db_conn *conn = db_read_begin(api->config.db, &error);
    if (conn && asset_find_id(conn, asset_id, &asset, &error))
        tell_look(api, &asset, is_first);
    else if (!err_is(error, ERR_NOT_FOUND))
        log_error("events.asset", error);
}

/* ---- after a request ---- */

void asset_events_changed(struct call *call, const struct uuid *ids, size_t n)
{
    int64_t owner_id = call->who->user.id;
    g_autoptr(GError) error = NULL;
    if (!events_has(call->api->events, owner_id))
        return;
    DB_READ struct db_conn *conn = db_read_begin(call->api->config.db, &error);
    for (size_t i = 0; conn && i < MIN(n, ASSET_EVENTS_MAX); i++) {
        ASSET_AUTO struct asset asset = {0};
        if (asset_find(conn, owner_id, &ids[i], &asset, NULL) && asset.visibility != ASSET_LOCKED)
            send_response(call->api, "on_asset_update", &asset);
    }
}

void asset_events_moved(struct call *call, enum asset_move move, const struct uuid *ids, size_t n)
{
    struct events *events = call->api->events;
    int64_t owner_id = call->who->user.id;
    if (!events_has(events, owner_id))
        return;
    if (move == MOVE_TO_TRASH)
        events_send_ids(events, owner_id, "on_asset_trash", ids, n);
    else if (move == MOVE_OUT_OF_TRASH)
        events_send_ids(events, owner_id, "on_asset_restore", ids, n);
    for (size_t i = 0; move == MOVE_AWAY && i < n; i++)
        events_send_id(events, owner_id, "on_asset_delete", &ids[i]);
}
