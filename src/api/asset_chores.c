/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * /api/assets/copy, /api/assets/jobs, /api/assets/{id}/ocr: what importers and people have done to assets. */
#include <string.h>

#include "api/dto.h"
#include "api/resources.h"
#include "base/error.h"
#include "catalog/asset_copy.h"
#include "db/db.h"
#include "jobs/jobs.h"
#include "media/convert_job.h"
#include "media/media.h"

enum { JOBS_IDS_MAX = 10000 };

/* ---- copy ---- */

struct copy_body {
    struct body_uuid source, target;
    struct body_bool albums, favorite, sidecar, stack, shared_links;
};
#define COPY_BOOL(field_name, member)                                                                                  \
    {                                                                                                                  \
        .name = field_name, .kind = BODY_BOOL, .offset = offsetof(struct copy_body, member)                            \
    }
#define COPY_UUID(field_name, member)                                                                                  \
    {                                                                                                                  \
        .name = field_name, .kind = BODY_UUID, .offset = offsetof(struct copy_body, member), .is_required = true       \
    }
static const struct body_field copy_fields[] = {COPY_UUID("sourceId", source),         COPY_UUID("targetId", target),
                                                COPY_BOOL("albums", albums),           COPY_BOOL("favorite", favorite),
                                                COPY_BOOL("sidecar", sidecar),         COPY_BOOL("stack", stack),
                                                COPY_BOOL("sharedLinks", shared_links)};
static const struct body_shape copy_shape = BODY_SHAPE(struct copy_body, copy_fields);

/* What is not said is wished. */
static bool is_wished(const struct body_bool *wish)
{
    return !wish->is_set || wish->value;
}

static bool copy_work(struct db_conn *conn, void *data, GError **error)
{
    int64_t look_id;
    return asset_copy(conn, data, &look_id, error) && (look_id == 0 || media_request(conn, look_id, error));
}

bool handle_assets_copy(struct call *call, GError **error)
{
    struct copy_body given;
    if (!call_body(call, &copy_shape, &given, error))
        return false;
    struct asset_copy copy = {
        .owner_id = call->who->user.id,
        .source = given.source.value,
        .target = given.target.value,
        .albums = is_wished(&given.albums),
        .favorite = is_wished(&given.favorite),
        .sidecar = is_wished(&given.sidecar),
        .stack = is_wished(&given.stack),
        .links = is_wished(&given.shared_links),
        .with_locked = call_is_unlocked(call),
    };
    if (!call_write(call, copy_work, &copy, error)) {
        call_hide_missing(error, "asset.copy");
        return false;
    }
    jobs_wake(call->api->config.jobs);
    return call_answer_empty(call, 204);
}

/* ---- jobs ---- */

struct jobs_body {
    struct body_list ids;
    const char *name;
};
static const char *const job_names[] = {"regenerate-thumbnail", "refresh-metadata", "transcode-video", "refresh-faces",
                                        NULL};
static const struct body_field jobs_fields[] = {
    {.name = "assetIds",
     .kind = BODY_UUIDS,
     .offset = offsetof(struct jobs_body, ids),
     .is_required = true,
     .max = JOBS_IDS_MAX},
    {.name = "name",
     .kind = BODY_CHOICE,
     .offset = offsetof(struct jobs_body, name),
     .is_required = true,
     .choices = job_names},
};
static const struct body_shape jobs_shape = BODY_SHAPE(struct jobs_body, jobs_fields);

struct jobs_work {
    int64_t owner_id;
    const struct uuid *ids;
    size_t n;
    bool transcodes, with_locked;
};

/* One job looks into the file and makes its pictures. A conversion that is there stays; one that is missing is made. */
static bool add_job(struct db_conn *conn, const struct jobs_work *work, const struct uuid *id, GError **error)
{
    ASSET_AUTO struct asset asset = {0};
    if (!asset_find(conn, work->owner_id, id, &asset, error))
        return false;
    if (asset.visibility == ASSET_LOCKED && !work->with_locked)
        return err_set(error, ERR_NOT_FOUND, "There is no such photo or video.");
    if (work->transcodes && asset.type != ASSET_VIDEO)
        return true;
    return jobs_add_file(conn, work->transcodes ? CONVERT_NOW_JOB : MEDIA_JOB, asset.id, JOBS_UPLOAD, asset.taken_us,
                         asset.digest.size_bytes, error);
}

static bool jobs_work(struct db_conn *conn, void *data, GError **error)
{
    const struct jobs_work *work = data;
    for (size_t i = 0; i < work->n; i++)
        if (!add_job(conn, work, &work->ids[i], error))
            return false;
    return true;
}

bool handle_assets_jobs(struct call *call, GError **error)
{
    struct jobs_body given;
    if (!call_body(call, &jobs_shape, &given, error))
        return false;
    if (strcmp(given.name, "refresh-faces") == 0)
        return call_problem(call, error, "name", "names work that this server does not do: it recognises no faces");
    struct jobs_work work = {.owner_id = call->who->user.id,
                             .ids = given.ids.items,
                             .n = given.ids.n,
                             .with_locked = call_is_unlocked(call),
                             .transcodes = strcmp(given.name, "transcode-video") == 0};
    if (!call_write(call, jobs_work, &work, error)) {
        call_hide_missing(error, "asset.update");
        return false;
    }
    jobs_wake(call->api->config.jobs);
    return call_answer_empty(call, 204);
}

/* ---- text in pictures ---- */

/* The id of an asset on which the caller has @right. */
static bool find_asset(struct call *call, enum asset_right right, struct uuid *ret_id, GError **error)
{
    ASSET_FILE_AUTO struct asset_file file = {0};
    if (!call_uuid(call, "id", ret_id, error))
        return false;
    DB_READ struct db_conn *conn = db_read_begin(call->api->config.db, error);
    struct viewer viewer = call_viewer(call);
    if (!conn || !grants_find_file(conn, &viewer, right, ret_id, &file, error)) {
        call_hide_missing(error, asset_right_name(right));
        return false;
    }
    return call_check_visible(call, file.visibility, asset_right_name(right), error);
}

/* None is recognised here. */
bool handle_asset_ocr(struct call *call, GError **error)
{
    struct uuid id;
    return find_asset(call, ASSET_MAY_READ, &id, error) && call_answer(call, 200, g_string_new("[]"));
}

/* ---- edits of pictures: none are made here ---- */

bool handle_asset_edits_get(struct call *call, GError **error)
{
    struct uuid id;
    if (!find_asset(call, ASSET_MAY_READ, &id, error))
        return false;
    GString *text = g_string_new(NULL);
    struct json json = json_to(text);
    json_begin_object(&json, NULL);
    dto_uuid(&json, "assetId", &id);
    json_begin_array(&json, "edits");
    json_end(&json);
    json_end(&json);
    return call_answer(call, 200, text);
}

bool handle_asset_edits_put(struct call *call, GError **error)
{
    struct uuid id;
    return find_asset(call, ASSET_MAY_EDIT, &id, error) &&
           err_set(error, ERR_INVALID,
                   "This server does not crop, turn or mirror pictures: it shows them as they came.");
}

bool handle_asset_edits_delete(struct call *call, GError **error)
{
    struct uuid id;
    return find_asset(call, ASSET_MAY_EDIT, &id, error) && call_answer_empty(call, 204);
}

const struct operation asset_chores_operations[] = {
    {"copyAsset", .body = &copy_shape, ANSWERS_NOTHING},
    {"runAssetJobs", .body = &jobs_shape, ANSWERS_NOTHING},
    {"getAssetOcr", ANSWERS(200, "[AssetOcrResponseDto]")},
    {"getAssetEdits", ANSWERS(200, "AssetEditsResponseDto")},
    {"editAsset", .body_type = "AssetEditsCreateDto", ANSWERS(200, "AssetEditsResponseDto")},
    {"removeAssetEdits", ANSWERS_NOTHING},
    {.name = NULL},
};
