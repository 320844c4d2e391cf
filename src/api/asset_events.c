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

/* The row that the sync stream would send: the first one after the change before. */
static bool write_sync_asset(struct db_conn *conn, const struct asset *asset, struct json *json, GError **error)
{
    const struct sync_range range = {.user_id = asset->owner_id, .after = asset->update_id - 1, .until = INT64_MAX};
    struct sync_asset row;
    DB_ROWS struct db_rows *rows = sync_open(conn, SYNC_ASSETS, &range, error);
    if (!rows || !db_next_required(rows, error, "There is no such photo or video."))
        return false;
    sync_read_asset(rows, &row);
    dto_sync_asset_fields(json, &row, &asset->owner_uuid);
    return true;
}

/* So that a phone need not ask. */
static bool send_ready(struct api *api, struct db_conn *conn, const struct asset *asset, GError **error)
{
    g_autoptr(GString) text = g_string_new(NULL);
    struct json json = json_to(text);
    struct sync_exif exif;
    json_begin_object(&json, NULL);
    json_begin_object(&json, "asset");
    if (!write_sync_asset(conn, asset, &json, error))
        return false;
    json_end(&json);
    dto_sync_exif_of(asset, &exif);
    json_begin_object(&json, "exif");
    dto_sync_exif_fields(&json, &exif);
    json_end(&json);
    json_end(&json);
    events_send(api->events, &(struct event){.user_id = asset->owner_id,
                                             .name = "AssetUploadReadyV2",
                                             .json = text->str,
                                             .for_sessions_only = true});
    return true;
}

/* ---- after a look ---- */

/* What is locked away is told like in the sync stream, to the sessions that may ask for that, and in no other event:
 * they may not see it otherwise before somebody gives the PIN. */
static bool tell_look(struct api *api, struct db_conn *conn, const struct asset *asset, bool is_first, GError **error)
{
    if (is_first && !send_ready(api, conn, asset, error))
        return false;
    if (asset->visibility != ASSET_LOCKED)
        send_response(api, is_first ? "on_upload_success" : "on_asset_update", asset);
    /* The motion half of a live photo, which nobody shows by itself. */
    if (is_first && asset->has_live_video)
        events_send_id(api->events, asset->owner_id, "on_asset_hidden", &asset->live_video);
    return true;
}

void asset_events_looked(int64_t asset_id, int64_t owner_id, bool is_first, void *data)
{
    struct api *api = data;
    g_autoptr(GError) error = NULL;
    ASSET_AUTO struct asset asset = {0};
    if (!events_has(api->events, owner_id))
        return;
    DB_READ struct db_conn *conn = db_read_begin(api->config.db, &error);
    bool told = conn && asset_find_id(conn, asset_id, &asset, &error) && tell_look(api, conn, &asset, is_first, &error);
    if (!told && !err_is(error, ERR_NOT_FOUND))
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
