/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "api/link_write.h"

#include "api/album_write.h"
#include "api/dto.h"
#include "catalog/albums.h"
#include "catalog/assets.h"
#include "catalog/shared_links.h"
#include "db/db.h"

struct listing {
    struct viewer viewer;
    struct db_conn *conn;
    struct json *json;
    GError *problem;
};

static bool write_asset(int64_t asset_id, void *data)
{
    struct listing *listing = data;
    ASSET_AUTO struct asset asset = {0};
    if (!asset_find_id(listing->conn, asset_id, &asset, &listing->problem))
        return false;
    grants_mask(&listing->viewer, &asset);
    dto_asset(listing->json, NULL, &asset);
    return true;
}

static bool write_assets(struct call *call, struct db_conn *conn, struct json *json, const struct shared_link *link,
                         GError **error)
{
    struct listing listing = {call_viewer(call), conn, json, NULL};
    json_begin_array(json, "assets");
    bool done = link->album_id || shared_links_assets(conn, link->id, write_asset, &listing, error);
    json_end(json);
    if (!listing.problem)
        return done;
    g_propagate_error(error, listing.problem);
    return false;
}

static bool write_album(struct call *call, struct db_conn *conn, struct json *json, const struct shared_link *link,
                        GError **error)
{
    struct viewer viewer = call_viewer(call);
    ALBUM_AUTO struct album album = {0};
    g_autoptr(GString) text = g_string_new(NULL);
    struct json inner = json_to(text);
    if (!albums_find(conn, &viewer, &link->album_uuid, &album, error) ||
        !album_write(call, conn, &inner, &album, false, error))
        return false;
    json_raw(json, "album", text->str);
    return true;
}

bool link_write(struct call *call, struct db_conn *conn, struct json *json, const struct shared_link *link,
                GError **error)
{
    g_autofree char *key = base64url_encode(link->key, sizeof link->key);
    json_begin_object(json, NULL);
    dto_uuid(json, "id", &link->uuid);
    dto_uuid(json, "userId", &link->owner_uuid);
    json_text(json, "type", link->album_id ? "ALBUM" : "INDIVIDUAL");
    json_text(json, "key", key);
    json_text(json, "slug", link->slug);
    json_text(json, "description", link->description);
    json_text(json, "password", link->password_hash ? LINK_PASSWORD_SHOWN : NULL);
    dto_time_or_null(json, "expiresAt", link->expires_us != 0, link->expires_us);
    json_bool(json, "allowUpload", link->allow_upload);
    json_bool(json, "allowDownload", link->allow_download);
    json_bool(json, "showMetadata", link->show_metadata);
    json_time(json, "createdAt", link->created_us);
    if (!write_assets(call, conn, json, link, error) || (link->album_id && !write_album(call, conn, json, link, error)))
        return false;
    json_end(json);
    return true;
}

bool link_answer(struct call *call, int status, const struct shared_link *link, GError **error)
{
    DB_READ struct db_conn *conn = db_read_begin(call->api->config.db, error);
    g_autoptr(GString) text = g_string_new(NULL);
    struct json json = json_to(text);
    return conn && link_write(call, conn, &json, link, error) && call_answer(call, status, g_steal_pointer(&text));
}
