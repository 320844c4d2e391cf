/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * /api/albums: looking at albums, what is in them, making and changing them. */
#include "catalog/albums.h"
#include "api/album_events.h"
#include "api/album_sharing.h"
#include "api/album_write.h"
#include "api/dto.h"
#include "api/resources.h"
#include "api/words.h"
#include "base/error.h"
#include "catalog/assets.h"
#include "db/db.h"

enum { MAX_IDS = 100000, MAX_ALBUMS = 1000 };

/* ---- looking ---- */

struct listing {
    struct call *call;
    struct db_conn *conn;
    struct json json;
    GError *problem;
};

static bool write_one(const struct album *album, void *data)
{
    struct listing *listing = data;
    return album_write(listing->call, listing->conn, &listing->json, album, false, &listing->problem);
}

static int flag_of(const struct body_bool *flag)
{
    return flag->is_set ? flag->value : -1;
}

static bool answer_list(struct call *call, const struct album_filter *filter, GError **error)
{
    DB_READ struct db_conn *conn = db_read_begin(call->api->config.db, error);
    if (!conn)
        return false;
    g_autoptr(GString) text = g_string_new(NULL);
    struct listing listing = {call, conn, json_to(text), NULL};
    json_begin_array(&listing.json, NULL);
    if (!albums_list(conn, filter, write_one, &listing, error))
        return false;
    if (listing.problem) {
        g_propagate_error(error, listing.problem);
        return false;
    }
    json_end(&listing.json);
    return call_answer(call, 200, g_steal_pointer(&text));
}

struct list_query {
    struct body_uuid id, asset;
    struct body_bool is_owned, is_shared;
    const char *name;
};
static const struct body_field list_fields[] = {
    {.name = "id", .kind = BODY_UUID, .offset = offsetof(struct list_query, id)},
    {.name = "assetId", .kind = BODY_UUID, .offset = offsetof(struct list_query, asset)},
    {.name = "isOwned", .kind = BODY_BOOL, .offset = offsetof(struct list_query, is_owned)},
    {.name = "isShared", .kind = BODY_BOOL, .offset = offsetof(struct list_query, is_shared)},
    {.name = "name", .kind = BODY_TEXT, .offset = offsetof(struct list_query, name)},
};
static const struct body_shape list_query = BODY_SHAPE(struct list_query, list_fields);

bool handle_albums_list(struct call *call, GError **error)
{
    struct list_query query;
    if (!call_query(call, &list_query, &query, error))
        return false;
    const struct album_filter filter = {
        .user_id = call->who->user.id,
        .name = query.name,
        .uuid = query.id.is_set ? &query.id.value : NULL,
        .asset = query.asset.is_set ? &query.asset.value : NULL,
        .is_owned = flag_of(&query.is_owned),
        .is_shared = flag_of(&query.is_shared),
    };
    return answer_list(call, &filter, error);
}

bool handle_albums_statistics(struct call *call, GError **error)
{
    struct album_counts counts;
    DB_READ struct db_conn *conn = db_read_begin(call->api->config.db, error);
    if (!conn || !albums_count(conn, call->who->user.id, &counts, error))
        return false;
    GString *text = g_string_new(NULL);
    struct json json = json_to(text);
    json_begin_object(&json, NULL);
    json_int(&json, "owned", counts.owned);
    json_int(&json, "shared", counts.shared);
    json_int(&json, "notShared", counts.not_shared);
    json_end(&json);
    return call_answer(call, 200, text);
}

bool handle_albums_get(struct call *call, GError **error)
{
    struct uuid id;
    return call_uuid(call, "id", &id, error) && album_answer(call, 200, &id, error);
}

/* ---- contents ---- */

struct contents {
    int64_t user_id;
    const struct uuid *album, *assets;
    size_t n;
    bool (*work)(struct db_conn *conn, int64_t user_id, const struct uuid *album, const struct uuid *assets, size_t n,
                 enum album_outcome *ret_outcomes, GError **error);
    enum album_outcome *outcomes;
};

static bool change_some(struct db_conn *conn, void *data, GError **error)
{
    const struct contents *contents = data;
    return contents->work(conn, contents->user_id, contents->album, contents->assets, contents->n, contents->outcomes,
                          error);
}

/* In pieces, so that uploads get their turn at the writer. ERR_NOT_FOUND where the caller may not change this album. */
static bool change_pieces(struct call *call, const struct contents *whole, GError **error)
{
    size_t done = 0;
    do {
        struct contents piece = *whole;
        piece.assets += done;
        piece.outcomes += done;
        piece.n = MIN(whole->n - done, ASSETS_BATCH);
        if (!call_write(call, change_some, &piece, error))
            return false;
        done += piece.n;
    } while (done < whole->n);
    album_events_changed(call, whole->album);
    return true;
}

static bool change_contents(struct call *call, const struct contents *whole, const char *permission, GError **error)
{
    if (change_pieces(call, whole, error))
        return true;
    call_hide_missing(error, permission);
    return false;
}

static const char *outcome_word(enum album_outcome outcome)
{
    static const char *const words[] = {NULL, "duplicate", "not_found", "no_permission"};
    return words[outcome];
}

struct ids {
    struct body_list ids;
};

static const struct body_field ids_fields[] = {
    {.name = "ids", .kind = BODY_UUIDS, .offset = offsetof(struct ids, ids), .is_required = true, .max = MAX_IDS}};
static const struct body_shape ids_shape = BODY_SHAPE(struct ids, ids_fields);

static bool answer_contents(struct call *call, bool is_adding, GError **error)
{
    struct ids given;
    struct uuid album;
    if (!call_uuid(call, "id", &album, error) || !call_body(call, &ids_shape, &given, error))
        return false;
    g_autofree enum album_outcome *outcomes = g_new0(enum album_outcome, given.ids.n + 1);
    const struct uuid *ids = given.ids.items;
    struct contents contents = {
        call->who->user.id, &album, ids, given.ids.n, is_adding ? albums_add : albums_remove, outcomes};
    if (!change_contents(call, &contents, is_adding ? "albumAsset.create" : "albumAsset.delete", error))
        return false;
    GString *text = g_string_new(NULL);
    struct json json = json_to(text);
    json_begin_array(&json, NULL);
    for (size_t i = 0; i < given.ids.n; i++) {
        json_begin_object(&json, NULL);
        dto_uuid(&json, "id", &ids[i]);
        json_bool(&json, "success", outcomes[i] == ALBUM_DONE);
        if (outcomes[i] != ALBUM_DONE)
            json_text(&json, "error", outcome_word(outcomes[i]));
        json_end(&json);
    }
    json_end(&json);
    return call_answer(call, 200, text);
}

bool handle_albums_add_assets(struct call *call, GError **error)
{
    return answer_contents(call, true, error);
}

bool handle_albums_remove_assets(struct call *call, GError **error)
{
    return answer_contents(call, false, error);
}

struct many {
    struct body_list albums, assets;
};
static const struct body_field many_fields[] = {
    {.name = "albumIds",
     .kind = BODY_UUIDS,
     .offset = offsetof(struct many, albums),
     .is_required = true,
     .max = MAX_ALBUMS},
    {.name = "assetIds",
     .kind = BODY_UUIDS,
     .offset = offsetof(struct many, assets),
     .is_required = true,
     .max = MAX_IDS},
};
static const struct body_shape many_shape = BODY_SHAPE(struct many, many_fields);

/* An album that the caller may not add to takes none of them; the others still do. */
static bool add_to_one(struct call *call, const struct contents *contents, bool *any, enum album_outcome *worst,
                       GError **error)
{
    GError *problem = NULL;
    if (!change_pieces(call, contents, &problem)) {
        *worst = ALBUM_NO_PERMISSION;
        if (!err_is(problem, ERR_NOT_FOUND)) {
            g_propagate_error(error, problem);
            return false;
        }
        g_error_free(problem);
        return true;
    }
    for (size_t k = 0; k < contents->n; k++) {
        *any |= contents->outcomes[k] == ALBUM_DONE;
        *worst = MAX(*worst, contents->outcomes[k]);
    }
    return true;
}

bool handle_albums_add_to_many(struct call *call, GError **error)
{
    struct many given;
    if (!call_body(call, &many_shape, &given, error))
        return false;
    g_autofree enum album_outcome *outcomes = g_new0(enum album_outcome, given.assets.n + 1);
    enum album_outcome worst = ALBUM_DUPLICATE;
    bool any = false;
    const struct uuid *albums = given.albums.items;
    for (size_t i = 0; i < given.albums.n; i++) {
        struct contents contents = {call->who->user.id, &albums[i], given.assets.items,
                                    given.assets.n,     albums_add, outcomes};
        if (!add_to_one(call, &contents, &any, &worst, error))
            return false;
    }
    GString *text = g_string_new(NULL);
    struct json json = json_to(text);
    json_begin_object(&json, NULL);
    json_bool(&json, "success", any);
    if (!any)
        json_text(&json, "error", outcome_word(worst));
    json_end(&json);
    return call_answer(call, 200, text);
}

/* ---- making, changing, deleting ---- */

struct wish {
    const char *name, *description, *order;
    struct body_uuid thumbnail;
    struct body_bool activity;
    struct body_list assets, users;
};

struct creation {
    struct album_new wanted;
    struct album_share *shares;
    size_t n_shares;
    struct uuid id;
};

static bool create_work(struct db_conn *conn, void *data, GError **error)
{
    struct creation *creation = data;
    return albums_create(conn, &creation->wanted, &creation->id, error) &&
           albums_share(conn, creation->wanted.owner_id, &creation->id, creation->shares, creation->n_shares, error);
}

static const struct body_field create_fields[] = {
    {.name = "albumName",
     .kind = BODY_TEXT,
     .offset = offsetof(struct wish, name),
     .is_required = true,
     .min = 1,
     .max = ALBUM_NAME_MAX},
    {.name = "description",
     .kind = BODY_TEXT,
     .offset = offsetof(struct wish, description),
     .max = ALBUM_DESCRIPTION_MAX},
    {.name = "assetIds", .kind = BODY_UUIDS, .offset = offsetof(struct wish, assets), .max = MAX_IDS},
    {.name = "albumUsers",
     .kind = BODY_OBJECTS,
     .offset = offsetof(struct wish, users),
     .max = ALBUM_USERS_MAX,
     .inner = &album_user_shape},
};
static const struct body_shape create_shape = BODY_SHAPE(struct wish, create_fields);

bool handle_albums_create(struct call *call, GError **error)
{
    struct wish wish;
    if (!call_body(call, &create_shape, &wish, error))
        return false;
    int64_t user_id = call->who->user.id;
    struct creation creation = {.wanted = {user_id, wish.name, wish.description}};
    g_autofree struct album_share *shares = album_shares(&wish.users, &call->who->user.uuid, &creation.n_shares);
    creation.shares = shares;
    if (!call_write(call, create_work, &creation, error))
        return false;
    g_autofree enum album_outcome *outcomes = g_new0(enum album_outcome, wish.assets.n + 1);
    struct contents contents = {user_id, &creation.id, wish.assets.items, wish.assets.n, albums_add, outcomes};
    album_events_changed(call, &creation.id);
    return (wish.assets.n == 0 || change_contents(call, &contents, "albumAsset.create", error)) &&
           album_answer(call, 201, &creation.id, error);
}

static bool change_work(struct db_conn *conn, void *data, GError **error)
{
    void **parts = data;
    return albums_change(conn, *(int64_t *)parts[0], parts[1], parts[2], error);
}

static const struct body_field change_fields[] = {
    {.name = "albumName", .kind = BODY_TEXT, .offset = offsetof(struct wish, name), .min = 1, .max = ALBUM_NAME_MAX},
    {.name = "description",
     .kind = BODY_TEXT,
     .offset = offsetof(struct wish, description),
     .max = ALBUM_DESCRIPTION_MAX},
    {.name = "albumThumbnailAssetId", .kind = BODY_UUID, .offset = offsetof(struct wish, thumbnail)},
    {.name = "isActivityEnabled", .kind = BODY_BOOL, .offset = offsetof(struct wish, activity)},
    {.name = "order", .kind = BODY_CHOICE, .offset = offsetof(struct wish, order), .choices = words_asset_order},
};
static const struct body_shape change_shape = BODY_SHAPE(struct wish, change_fields);

bool handle_albums_put(struct call *call, GError **error)
{
    struct wish wish;
    struct uuid id;
    if (!call_uuid(call, "id", &id, error) || !call_body(call, &change_shape, &wish, error))
        return false;
    struct album_change change = {
        .name = wish.name,
        .description = wish.description,
        .thumbnail = wish.thumbnail.is_set ? &wish.thumbnail.value : NULL,
        .set_activity = wish.activity.is_set,
        .is_activity_enabled = wish.activity.value,
        .set_order = wish.order,
        .is_ascending = wish.order && wish.order[0] == 'a',
    };
    int64_t user_id = call->who->user.id;
    void *parts[] = {&user_id, &id, &change};
    if (!call_write(call, change_work, parts, error)) {
        call_hide_missing(error, "album.update");
        return false;
    }
    album_events_changed(call, &id);
    return album_answer(call, 200, &id, error);
}

static bool delete_work(struct db_conn *conn, void *data, GError **error)
{
    void **parts = data;
    return albums_delete(conn, *(int64_t *)parts[0], parts[1], error);
}

bool handle_albums_delete(struct call *call, GError **error)
{
    struct uuid id;
    if (!call_uuid(call, "id", &id, error))
        return false;
    int64_t user_id = call->who->user.id;
    void *parts[] = {&user_id, &id};
    g_autoptr(GArray) audience = album_events_audience(call, &id);
    if (call_write(call, delete_work, parts, error)) {
        album_events_tell(call, audience, &id);
        return call_answer_empty(call, 204);
    }
    call_hide_missing(error, "album.delete");
    return false;
}

const struct operation albums_operations[] = {
    {"getAllAlbums", .query = &list_query, ANSWERS(200, "[AlbumResponseDto]")},
    {"createAlbum", .body = &create_shape, ANSWERS(201, "AlbumResponseDto")},
    {"getAlbumStatistics", ANSWERS(200, "AlbumStatisticsResponseDto")},
    {"addAssetsToAlbums", .body = &many_shape, ANSWERS(200, "AlbumsAddAssetsResponseDto")},
    {"getAlbumInfo", ANSWERS(200, "AlbumResponseDto")},
    {"updateAlbumInfo", .body = &change_shape, ANSWERS(200, "AlbumResponseDto")},
    {"deleteAlbum", ANSWERS_NOTHING},
    {"addAssetsToAlbum", .body = &ids_shape, ANSWERS(200, "[BulkIdResponseDto]")},
    {"removeAssetFromAlbum", .body = &ids_shape, ANSWERS(200, "[BulkIdResponseDto]")},
    {.name = NULL},
};
