/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "api/album_write.h"

#include "api/dto.h"
#include "catalog/shared_links.h"
#include "db/db.h"

struct members {
    struct db_conn *conn;
    bool is_for_link; /* the visitor is told the owner's name, and nothing of the others */
    struct json *json;
    GError *problem;
};

static bool write_member(int64_t user_id, enum album_role role, void *data)
{
    struct members *members = data;
    USER_AUTO struct user user = {0};
    if (members->is_for_link && role != ALBUM_OWNER)
        return true;
    if (!users_find_id(members->conn, user_id, &user, &members->problem))
        return false;
    if (members->is_for_link)
        *user.email = '\0';
    json_begin_object(members->json, NULL);
    dto_other_user(members->json, "user", &user);
    json_text(members->json, "role", album_role_name(role));
    json_end(members->json);
    return true;
}

static bool write_members(struct call *call, struct db_conn *conn, struct json *json, const struct album *album,
                          GError **error)
{
    struct members members = {conn, call->who->kind == ACCESS_SHARE, json, NULL};
    json_begin_array(json, "albumUsers");
    bool done = albums_members(conn, album->id, call->who->user.id, write_member, &members, error);
    json_end(json);
    if (!members.problem)
        return done;
    g_propagate_error(error, members.problem);
    return false;
}

static void write_contributor(const struct uuid *user, int64_t n_assets, void *data)
{
    struct json *json = data;
    json_begin_object(json, NULL);
    dto_uuid(json, "userId", user);
    json_int(json, "assetCount", n_assets);
    json_end(json);
}

static bool write_contributors(struct db_conn *conn, struct json *json, const struct album *album, GError **error)
{
    json_begin_array(json, "contributorCounts");
    bool done = albums_contributors(conn, album->id, write_contributor, json, error);
    json_end(json);
    return done;
}

static void write_contents(struct json *json, const struct album *album, bool hides_times)
{
    json_int(json, "assetCount", album->n_assets);
    if (album->n_assets == 0 || hides_times)
        return;
    json_time(json, "startDate", album->first_us);
    json_time(json, "endDate", album->last_us);
    json_time(json, "lastModifiedAssetTimestamp", album->last_asset_change_us);
}

bool album_write(struct call *call, struct db_conn *conn, struct json *json, const struct album *album,
                 bool with_contributors, GError **error)
{
    bool has_link, is_for_link = call->who->kind == ACCESS_SHARE;
    if (!shared_links_show_album(conn, album->id, &has_link, error))
        return false;
    json_begin_object(json, NULL);
    dto_uuid(json, "id", &album->uuid);
    json_text(json, "albumName", album->name);
    json_text(json, "description", album->description);
    dto_uuid_or_null(json, "albumThumbnailAssetId", album->has_thumbnail ? &album->thumbnail : NULL);
    json_bool(json, "shared", album->is_shared);
    json_bool(json, "hasSharedLink", has_link);
    json_bool(json, "isActivityEnabled", album->is_activity_enabled);
    json_text(json, "order", album->is_ascending ? "asc" : "desc");
    json_time(json, "createdAt", album->created_us);
    json_time(json, "updatedAt", album->updated_us);
    write_contents(json, album, call_hides_metadata(call));
    if (!write_members(call, conn, json, album, error) ||
        (with_contributors && !is_for_link && !write_contributors(conn, json, album, error)))
        return false;
    json_end(json);
    return true;
}

bool album_answer(struct call *call, int status, const struct uuid *id, GError **error)
{
    struct viewer viewer = call_viewer(call);
    ALBUM_AUTO struct album album = {0};
    DB_READ struct db_conn *conn = db_read_begin(call->api->config.db, error);
    if (!conn)
        return false;
    if (!albums_find(conn, &viewer, id, &album, error)) {
        call_hide_missing(error, album_right_name(ALBUM_MAY_READ));
        return false;
    }
    g_autoptr(GString) text = g_string_new(NULL);
    struct json json = json_to(text);
    return album_write(call, conn, &json, &album, true, error) && call_answer(call, status, g_steal_pointer(&text));
}
