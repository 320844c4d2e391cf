/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * /api/shared-links: what an account does with its links. */
#include "catalog/shared_links.h"

#include <string.h>

#include "api/dto.h"
#include "api/link_password.h"
#include "api/link_write.h"
#include "api/resources.h"
#include "base/error.h"
#include "db/db.h"

enum { MAX_IDS = 100000 };

/* ---- looking ---- */

struct listing {
    struct call *call;
    struct db_conn *conn;
    struct json json;
    GError *problem;
};

static bool write_one(const struct shared_link *link, void *data)
{
    struct listing *listing = data;
    return link_write(listing->call, listing->conn, &listing->json, link, &listing->problem);
}

struct list_query {
    struct body_uuid id, album;
};
static const struct body_field list_fields[] = {
    {.name = "id", .kind = BODY_UUID, .offset = offsetof(struct list_query, id)},
    {.name = "albumId", .kind = BODY_UUID, .offset = offsetof(struct list_query, album)},
};
static const struct body_shape list_query = BODY_SHAPE(struct list_query, list_fields);

bool handle_shared_links_list(struct call *call, GError **error)
{
    struct list_query query;
    if (!call_query(call, &list_query, &query, error))
        return false;
    const struct uuid *id = query.id.is_set ? &query.id.value : NULL;
    const struct uuid *album = query.album.is_set ? &query.album.value : NULL;
    DB_READ struct db_conn *conn = db_read_begin(call->api->config.db, error);
    if (!conn)
        return false;
    g_autoptr(GString) text = g_string_new(NULL);
    struct listing listing = {call, conn, json_to(text), NULL};
    json_begin_array(&listing.json, NULL);
    if (!shared_links_list(conn, call->who->user.id, id, album, write_one, &listing, error))
        return false;
    if (listing.problem) {
        g_propagate_error(error, listing.problem);
        return false;
    }
    json_end(&listing.json);
    return call_answer(call, 200, g_steal_pointer(&text));
}

static bool find_link(struct call *call, const struct uuid *id, const char *permission, struct shared_link *ret_link,
                      GError **error)
{
    DB_READ struct db_conn *conn = db_read_begin(call->api->config.db, error);
    if (conn && shared_links_find(conn, call->who->user.id, id, ret_link, error))
        return true;
    call_hide_missing(error, permission);
    return false;
}

static bool answer_link(struct call *call, int status, const struct uuid *id, GError **error)
{
    SHARED_LINK_AUTO struct shared_link link = {0};
    return find_link(call, id, "sharedLink.read", &link, error) && link_answer(call, status, &link, error);
}

bool handle_shared_links_get(struct call *call, GError **error)
{
    struct uuid id;
    return call_uuid(call, "id", &id, error) && answer_link(call, 200, &id, error);
}

/* ---- what people wish ---- */

struct wish {
    const char *type, *slug, *description, *password;
    struct body_uuid album;
    struct body_list assets;
    struct body_int expires;
    struct body_bool upload, download, metadata;
};

/* An empty text is none, as null is. */
#define TEXT(field_name, member, longest)                                                                              \
    {                                                                                                                  \
        .name = field_name, .kind = BODY_TEXT, .offset = offsetof(struct wish, member), .max = longest,                \
        .knows_null = true                                                                                             \
    }
#define FLAG(field_name, member)                                                                                       \
    {                                                                                                                  \
        .name = field_name, .kind = BODY_BOOL, .offset = offsetof(struct wish, member)                                 \
    }
#define SHARED_FIELDS                                                                                                  \
    TEXT("slug", slug, 4 * LINK_SLUG_MAX), TEXT("description", description, LINK_DESCRIPTION_MAX),                     \
        TEXT("password", password, LINK_PASSWORD_MAX),                                                                 \
        {.name = "expiresAt", .kind = BODY_TIME, .offset = offsetof(struct wish, expires), .knows_null = true},        \
        FLAG("allowUpload", upload), FLAG("allowDownload", download), FLAG("showMetadata", metadata)

static const char *const types[] = {"ALBUM", "INDIVIDUAL", NULL};
static const struct body_field create_fields[] = {
    {.name = "type", .kind = BODY_CHOICE, .offset = offsetof(struct wish, type), .is_required = true, .choices = types},
    {.name = "albumId", .kind = BODY_UUID, .offset = offsetof(struct wish, album)},
    {.name = "assetIds", .kind = BODY_UUIDS, .offset = offsetof(struct wish, assets), .max = MAX_IDS},
    SHARED_FIELDS,
};
static const struct body_shape create_shape = BODY_SHAPE(struct wish, create_fields);
static const struct body_field edit_fields[] = {SHARED_FIELDS};
static const struct body_shape edit_shape = BODY_SHAPE(struct wish, edit_fields);

static const char *text_or_none(const char *text)
{
    return text && *text ? text : NULL;
}

static bool check_slug(struct call *call, const struct wish *wish, GError **error)
{
    return !text_or_none(wish->slug) || shared_link_slug_is_valid(wish->slug) ||
           call_problem(call, error, "slug", "must be of letters, digits, - and _ alone, at most %d bytes",
                        LINK_SLUG_MAX);
}

/* ---- making ---- */

struct create_work {
    struct call *call;
    const struct wish *wish;
    struct shared_link_new wanted;
    struct uuid id;
};

static bool create_work(struct db_conn *conn, void *data, GError **error)
{
    struct create_work *work = data;
    struct viewer viewer = call_viewer(work->call);
    struct album_grant grant = {0};
    const struct wish *wish = work->wish;
    bool may = wish->album.is_set
                   ? grants_album(conn, &viewer, ALBUM_MAY_SHARE, &wish->album.value, &grant, error)
                   : assets_check_owned(conn, viewer.user_id, false, wish->assets.items, wish->assets.n, error);
    work->wanted.album_id = grant.album_id;
    return may && shared_links_create(conn, &work->wanted, &work->id, error);
}

struct list_work {
    const struct shared_link *link;
    const struct uuid *assets;
    size_t n;
    enum album_outcome *outcomes;
    bool (*change)(struct db_conn *conn, const struct shared_link *link, const struct uuid *assets, size_t n,
                   enum album_outcome *ret_outcomes, GError **error);
};

static bool list_work(struct db_conn *conn, void *data, GError **error)
{
    const struct list_work *work = data;
    return work->change(conn, work->link, work->assets, work->n, work->outcomes, error);
}

/* In pieces, so that uploads get their turn at the writer. */
static bool change_list(struct call *call, struct list_work whole, GError **error)
{
    for (size_t done = 0; done < whole.n; done += ASSETS_BATCH) {
        struct list_work piece = whole;
        piece.assets += done;
        piece.outcomes += done;
        piece.n = MIN(whole.n - done, ASSETS_BATCH);
        if (!call_write(call, list_work, &piece, error))
            return false;
    }
    return true;
}

static bool fill_list(struct call *call, const struct create_work *made, GError **error)
{
    const struct body_list *assets = &made->wish->assets;
    SHARED_LINK_AUTO struct shared_link link = {0};
    g_autofree enum album_outcome *outcomes = g_new0(enum album_outcome, assets->n + 1);
    struct list_work work = {&link, assets->items, assets->n, outcomes, shared_links_add};
    return find_link(call, &made->id, "sharedLink.read", &link, error) && change_list(call, work, error);
}

static bool check_create(struct call *call, struct wish *wish, GError **error)
{
    bool is_album = strcmp(wish->type, "ALBUM") == 0;
    if (is_album && !wish->album.is_set)
        return call_problem(call, error, "albumId", "is missing");
    if (!is_album && wish->assets.n == 0)
        return call_problem(call, error, "assetIds", "is missing");
    /* What the other kind would have is passed over. */
    if (is_album)
        wish->assets = (struct body_list){0};
    else
        wish->album.is_set = false;
    return check_slug(call, wish, error);
}

static bool explain_taken(GError **error)
{
    if (error && err_is(*error, ERR_EXISTS)) {
        g_clear_error(error);
        err_set(error, ERR_INVALID, "Shared link with this slug already exists");
    }
    return false;
}

bool handle_shared_links_create(struct call *call, GError **error)
{
    struct wish wish;
    g_autofree char *hash = NULL;
    if (!call_body(call, &create_shape, &wish, error) || !check_create(call, &wish, error) ||
        (text_or_none(wish.password) && !(hash = link_password_hash(wish.password, error))))
        return false;
    struct create_work work = {
        .call = call,
        .wish = &wish,
        .wanted = {.owner_id = call->who->user.id,
                   .slug = text_or_none(wish.slug),
                   .description = text_or_none(wish.description),
                   .password_hash = hash,
                   .expires_us = wish.expires.value,
                   .allow_upload = wish.upload.is_set ? wish.upload.value : true,
                   .allow_download = wish.download.is_set ? wish.download.value : true,
                   .show_metadata = wish.metadata.is_set ? wish.metadata.value : true},
    };
    if (call_write(call, create_work, &work, error))
        return fill_list(call, &work, error) && answer_link(call, 201, &work.id, error);
    call_hide_missing(error, wish.album.is_set ? "album.share" : "asset.share");
    return explain_taken(error);
}

/* ---- changing ---- */

struct change_work {
    int64_t user_id;
    struct uuid id;
    struct shared_link_change change;
};

static bool change_work(struct db_conn *conn, void *data, GError **error)
{
    const struct change_work *work = data;
    return shared_links_change(conn, work->user_id, &work->id, &work->change, error);
}

bool handle_shared_links_patch(struct call *call, GError **error)
{
    struct wish wish;
    struct change_work work = {.user_id = call->who->user.id};
    g_autofree char *hash = NULL;
    if (!call_uuid(call, "id", &work.id, error) || !call_body(call, &edit_shape, &wish, error) ||
        !check_slug(call, &wish, error))
        return false;
    /* What stands for the password comes back from forms that were not touched. */
    bool sets_password = wish.password && strcmp(wish.password, LINK_PASSWORD_SHOWN) != 0;
    if (sets_password && *wish.password && !(hash = link_password_hash(wish.password, error)))
        return false;
    work.change = (struct shared_link_change){
        .set_slug = wish.slug != NULL,
        .slug = text_or_none(wish.slug),
        .set_description = wish.description != NULL,
        .description = text_or_none(wish.description),
        .set_password = sets_password,
        .password_hash = hash,
        .set_expiry = wish.expires.is_set || wish.expires.is_null,
        .expires_us = wish.expires.value,
        .set_upload = wish.upload.is_set,
        .allow_upload = wish.upload.value,
        .set_download = wish.download.is_set,
        .allow_download = wish.download.value,
        .set_metadata = wish.metadata.is_set,
        .show_metadata = wish.metadata.value,
    };
    if (call_write(call, change_work, &work, error))
        return answer_link(call, 200, &work.id, error);
    call_hide_missing(error, "sharedLink.update");
    return explain_taken(error);
}

static bool delete_work(struct db_conn *conn, void *data, GError **error)
{
    const struct change_work *work = data;
    return shared_links_delete(conn, work->user_id, &work->id, error);
}

bool handle_shared_links_delete(struct call *call, GError **error)
{
    struct change_work work = {.user_id = call->who->user.id};
    if (!call_uuid(call, "id", &work.id, error))
        return false;
    if (call_write(call, delete_work, &work, error))
        return call_answer_empty(call, 204);
    call_hide_missing(error, "sharedLink.delete");
    return false;
}

/* ---- the list ---- */

static void write_outcome(struct json *json, const struct uuid *id, enum album_outcome outcome)
{
    static const char *const words[] = {NULL, "duplicate", "not_found", "no_permission"};
    json_begin_object(json, NULL);
    dto_uuid(json, "assetId", id);
    json_bool(json, "success", outcome == ALBUM_DONE);
    if (outcome != ALBUM_DONE)
        json_text(json, "error", words[outcome]);
    json_end(json);
}

static const struct body_field assets_fields[] = {
    {.name = "assetIds", .kind = BODY_UUIDS, .is_required = true, .max = MAX_IDS}};
static const struct body_shape assets_shape = BODY_SHAPE(struct body_list, assets_fields);

static bool answer_list(struct call *call, bool is_adding, GError **error)
{
    struct body_list assets;
    struct uuid id;
    SHARED_LINK_AUTO struct shared_link link = {0};
    if (!call_uuid(call, "id", &id, error) || !call_body(call, &assets_shape, &assets, error) ||
        !find_link(call, &id, "sharedLink.update", &link, error))
        return false;
    if (link.album_id)
        return err_set(error, ERR_INVALID, "Invalid shared link type");
    g_autofree enum album_outcome *outcomes = g_new0(enum album_outcome, assets.n + 1);
    struct list_work work = {&link, assets.items, assets.n, outcomes,
                             is_adding ? shared_links_add : shared_links_remove};
    if (!change_list(call, work, error))
        return false;
    GString *text = g_string_new(NULL);
    struct json json = json_to(text);
    json_begin_array(&json, NULL);
    for (size_t i = 0; i < assets.n; i++)
        write_outcome(&json, &work.assets[i], outcomes[i]);
    json_end(&json);
    return call_answer(call, 200, text);
}

bool handle_shared_links_add_assets(struct call *call, GError **error)
{
    return answer_list(call, true, error);
}

bool handle_shared_links_remove_assets(struct call *call, GError **error)
{
    return answer_list(call, false, error);
}

const struct operation shared_links_operations[] = {
    {"getAllSharedLinks", .query = &list_query, ANSWERS(200, "[SharedLinkResponseDto]")},
    {"createSharedLink", .body = &create_shape, ANSWERS(201, "SharedLinkResponseDto")},
    {"getSharedLinkById", ANSWERS(200, "SharedLinkResponseDto")},
    {"updateSharedLink", .body = &edit_shape, ANSWERS(200, "SharedLinkResponseDto")},
    {"removeSharedLink", ANSWERS_NOTHING},
    {"addSharedLinkAssets", .body = &assets_shape, ANSWERS(200, "[AssetIdsResponseDto]")},
    {"removeSharedLinkAssets", .body = &assets_shape, ANSWERS(200, "[AssetIdsResponseDto]")},
    {.name = NULL},
};
