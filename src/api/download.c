/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * /api/download: many originals at once. First the client asks into how many archives they go (info), then for each of
 * them (archive). */
#include "api/download.h"

#include "api/archive.h"
#include "api/dto.h"
#include "api/preferences.h"
#include "api/resources.h"
#include "base/error.h"
#include "catalog/blobs.h"
#include "catalog/downloads.h"
#include "db/db.h"

enum { MAX_IDS = 100000, ARCHIVE_NAME_MAX_BYTES = 200 };
#define PERMISSION "asset.download"

/* A file that the caller may download. */
static bool find_file(struct call *call, struct db_conn *conn, const struct uuid *id, struct asset_file *ret_file,
                      GError **error)
{
    struct viewer viewer = call_viewer(call);
    if (grants_find_file(conn, &viewer, ASSET_MAY_DOWNLOAD, id, ret_file, error))
        return call_check_visible(call, ret_file->visibility, PERMISSION, error);
    call_hide_missing(error, PERMISSION);
    return false;
}

/* ---- into how many archives ---- */

struct plan {
    struct json json;
    int64_t limit_bytes;
    bool with_embedded;
    bool is_open; /* an archive is begun in json */
    int64_t bytes, total_bytes;
};

static void close_archive(struct plan *plan)
{
    if (!plan->is_open)
        return;
    json_end(&plan->json);
    json_int(&plan->json, "size", plan->bytes);
    json_end(&plan->json);
    plan->total_bytes += plan->bytes;
    plan->bytes = 0;
    plan->is_open = false;
}

static void plan_file(struct plan *plan, const struct download_file *file)
{
    if (!plan->is_open) {
        json_begin_object(&plan->json, NULL);
        json_begin_array(&plan->json, "assetIds");
        plan->is_open = true;
    }
    dto_uuid(&plan->json, NULL, &file->id);
    plan->bytes += file->size_bytes;
}

static bool plan_item(const struct download_item *item, void *data)
{
    struct plan *plan = data;
    bool with_embedded = item->has_embedded && plan->with_embedded;
    int64_t bytes = item->file.size_bytes + (item->has_live ? item->live.size_bytes : 0) +
                    (with_embedded ? item->embedded.size_bytes : 0);
    /* Halves stay together; what is larger than the limit goes alone. */
    if (plan->bytes > 0 && bytes > plan->limit_bytes - plan->bytes)
        close_archive(plan);
    plan_file(plan, &item->file);
    if (item->has_live)
        plan_file(plan, &item->live);
    if (with_embedded)
        plan_file(plan, &item->embedded);
    return true;
}

struct wish {
    struct body_list assets;
    struct body_uuid album, user;
    struct body_int limit;
};

static bool plan_assets(struct call *call, struct db_conn *conn, const struct wish *wish, struct plan *plan,
                        GError **error)
{
    const struct uuid *ids = wish->assets.items;
    for (size_t i = 0; i < wish->assets.n; i++) {
        ASSET_FILE_AUTO struct asset_file file = {0};
        struct download_item item = {0};
        if (!find_file(call, conn, &ids[i], &file, error))
            return false;
        if (file.is_motion_part)
            item.file = (struct download_file){ids[i], file.size_bytes};
        else if (!downloads_asset(conn, file.id, &item, error))
            return false;
        plan_item(&item, plan);
    }
    return true;
}

static bool plan_album(struct call *call, struct db_conn *conn, const struct uuid *id, struct plan *plan,
                       GError **error)
{
    struct viewer viewer = call_viewer(call);
    struct album_grant grant;
    bool may = !viewer.link || viewer.link->allow_download || err_set(error, ERR_NOT_FOUND, "No downloads.");
    if (may && grants_album(conn, &viewer, ALBUM_MAY_READ, id, &grant, error))
        return downloads_album(conn, grant.album_id, plan_item, plan, error);
    call_hide_missing(error, "album.download");
    return false;
}

static bool plan_user(struct call *call, struct db_conn *conn, const struct uuid *id, struct plan *plan, GError **error)
{
    struct viewer viewer = call_viewer(call);
    int64_t owner_id;
    if (grants_timeline(conn, &viewer, id, &owner_id, error))
        return downloads_owner(conn, owner_id, owner_id != viewer.user_id, plan_item, plan, error);
    call_hide_missing(error, "timeline.download");
    return false;
}

static bool plan_wish(struct call *call, const struct wish *wish, struct plan *plan, GError **error)
{
    DB_READ struct db_conn *conn = db_read_begin(call->api->config.db, error);
    if (!conn)
        return false;
    if (wish->assets.is_set)
        return plan_assets(call, conn, wish, plan, error);
    if (wish->album.is_set)
        return plan_album(call, conn, &wish->album.value, plan, error);
    if (wish->user.is_set)
        return plan_user(call, conn, &wish->user.value, plan, error);
    return call_problem(call, error, "assetIds", "one of assetIds, albumId and userId is required");
}

static const struct body_field info_fields[] = {
    {.name = "assetIds", .kind = BODY_UUIDS, .offset = offsetof(struct wish, assets), .max = MAX_IDS},
    {.name = "albumId", .kind = BODY_UUID, .offset = offsetof(struct wish, album)},
    {.name = "userId", .kind = BODY_UUID, .offset = offsetof(struct wish, user)},
    {.name = "archiveSize",
     .kind = BODY_INT,
     .offset = offsetof(struct wish, limit),
     .min = 1,
     .max = INT64_C(9007199254740991)},
};
static const struct body_shape info_shape = BODY_SHAPE(struct wish, info_fields);

bool handle_download_info(struct call *call, GError **error)
{
    struct wish wish;
    if (!call_body(call, &info_shape, &wish, error))
        return false;
    const char *stored = call->who->user.preferences;
    g_autoptr(GString) text = g_string_new(NULL);
    struct plan plan = {
        .json = json_to(text),
        .limit_bytes = wish.limit.is_set ? wish.limit.value : preferences_number(stored, "download", "archiveSize"),
        .with_embedded = preferences_number(stored, "download", "includeEmbeddedVideos") != 0,
    };
    json_begin_object(&plan.json, NULL);
    json_begin_array(&plan.json, "archives");
    if (!plan_wish(call, &wish, &plan, error))
        return false;
    close_archive(&plan);
    json_end(&plan.json);
    json_int(&plan.json, "totalSize", plan.total_bytes);
    json_end(&plan.json);
    return call_answer(call, 201, g_steal_pointer(&text));
}

/* ---- one of them ---- */

struct order {
    struct body_list assets;
    const char *name;
    struct body_bool edited; /* originals are what there is */
};

static bool is_damaged(struct db_conn *conn, const struct asset_file *file)
{
    struct blob blob;
    return blobs_find(conn, &file->blob, &blob, NULL) && blob.check == BLOB_CORRUPT;
}

bool download_add(struct call *call, struct db_conn *conn, const struct uuid *id, struct archive *archive,
                  GError **error)
{
    ASSET_FILE_AUTO struct asset_file file = {0};
    if (!find_file(call, conn, id, &file, error))
        return false;
    archive_add(archive, &file, is_damaged(conn, &file));
    return true;
}

void download_answer(struct call *call, struct archive *archive, const char *name)
{
    g_autofree char *file_name = g_strconcat(name && *name ? name : "Ambrotype", ".zip", NULL);
    http_add_attachment(call->request, file_name);
    http_add_header(call->request, "Cache-Control", "no-store");
    http_answer_slow_pull(call->request, 200, "application/octet-stream", archive_measure(archive), archive_pull,
                          archive, archive_free);
}

static bool collect(struct call *call, const struct order *order, struct archive *archive, GError **error)
{
    DB_READ struct db_conn *conn = db_read_begin(call->api->config.db, error);
    const struct uuid *ids = order->assets.items;
    for (size_t i = 0; conn && i < order->assets.n; i++) {
        if (!download_add(call, conn, &ids[i], archive, error))
            return false;
    }
    return conn;
}

static const struct body_field archive_fields[] = {
    {.name = "assetIds",
     .kind = BODY_UUIDS,
     .offset = offsetof(struct order, assets),
     .is_required = true,
     .max = MAX_IDS},
    {.name = "archiveName", .kind = BODY_TEXT, .offset = offsetof(struct order, name), .max = ARCHIVE_NAME_MAX_BYTES},
    {.name = "edited", .kind = BODY_BOOL, .offset = offsetof(struct order, edited)},
};
static const struct body_shape archive_shape = BODY_SHAPE(struct order, archive_fields);

bool handle_download_archive(struct call *call, GError **error)
{
    struct order order;
    if (!call_body(call, &archive_shape, &order, error))
        return false;
    struct archive *archive = archive_new(call->api->config.store);
    if (!collect(call, &order, archive, error)) {
        archive_free(archive);
        return false;
    }
    download_answer(call, archive, order.name);
    return true;
}

const struct operation download_operations[] = {
    {"getDownloadInfo", .body = &info_shape, ANSWERS(201, "DownloadResponseDto")},
    {"downloadArchive", .body = &archive_shape, ANSWERS_BYTES("application/octet-stream")},
    {.name = NULL},
};
