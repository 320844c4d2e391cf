/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * /api/assets: what is known of one asset, its proof, numbers, and which files of a list are here already. */
#include "catalog/assets.h"
#include "api/details.h"
#include "api/dto.h"
#include "api/known.h"
#include "api/motion.h"
#include "api/resources.h"
#include "api/statistics.h"
#include "base/error.h"
#include "base/media_type.h"
#include "catalog/asset_still.h"
#include "catalog/blobs.h"
#include "catalog/ledger.h"
#include "db/db.h"

/* The asset that the path names, if it is the caller's. */
static bool find_asset(struct call *call, struct db_conn *conn, struct asset *ret_asset, GError **error)
{
    struct uuid id;
    if (!call_uuid(call, "id", &id, error))
        return false;
    if (asset_find(conn, call->who->user.id, &id, ret_asset, error))
        return call_check_visible(call, ret_asset->visibility, "asset.read", error);
    call_hide_missing(error, "asset.read");
    return false;
}

/* What the caller may see, be it another's or the video inside of a motion photo. */
static bool find_any(struct call *call, struct db_conn *conn, struct asset *ret_asset, GError **error)
{
    struct uuid id;
    GError *problem = NULL;
    struct viewer viewer = call_viewer(call);
    if (!call_uuid(call, "id", &id, error))
        return false;
    bool is_there = grants_find_asset(conn, &viewer, ASSET_MAY_READ, &id, ret_asset, &problem);
    if (!is_there && err_is(problem, ERR_NOT_FOUND)) {
        g_clear_error(&problem);
        is_there = motion_find(call, conn, &id, ret_asset, &problem);
    }
    if (is_there)
        return call_check_visible(call, ret_asset->visibility, "asset.read", error);
    g_propagate_error(error, problem);
    call_hide_missing(error, "asset.read");
    return false;
}

bool handle_assets_get(struct call *call, GError **error)
{
    DB_READ struct db_conn *conn = db_read_begin(call->api->config.db, error);
    ASSET_AUTO struct asset asset = {0};
    if (!conn || !find_any(call, conn, &asset, error))
        return false;
    GString *text = g_string_new(NULL);
    struct json json = json_to(text);
    dto_asset(&json, NULL, &asset);
    return call_answer(call, 200, text);
}

bool handle_assets_statistics(struct call *call, GError **error)
{
    return statistics_answer(call, call->who->user.id, error);
}

/* ---- proof ---- */

static void write_hex(struct json *json, const char *key, const uint8_t *bytes, size_t size)
{
    g_autofree char *hex = hex_encode(bytes, size);
    json_text(json, key, hex);
}

static bool write_origin(const struct device *device, const struct item *item, void *data)
{
    struct json *json = data;
    json_begin_object(json, NULL);
    dto_uuid(json, "id", &device->uuid);
    json_text(json, "name", device->name);
    json_text(json, "key", item->key);
    json_text(json, "state", item_state_name(item->state));
    json_end(json);
    return true;
}

/* The name says one kind, the content is another: told, and nothing else. */
static void write_mismatch(struct json *json, const struct asset *asset)
{
    g_autofree char *named = NULL, *content = NULL;
    if (!media_type_differs(asset->file_name, asset->mime_type, &named, &content)) {
        json_nil(json, "mismatch");
        return;
    }
    g_autofree char *note = g_strdup_printf("The name says %s, the content is %s.", named, content);
    json_begin_object(json, "mismatch");
    json_text(json, "name", named);
    json_text(json, "content", content);
    json_text(json, "note", note);
    json_end(json);
}

static void write_proof(struct json *json, const struct asset *asset, bool has_gain_map)
{
    enum blob_check check = (enum blob_check)asset->verify;
    write_hex(json, "sha256", asset->digest.id.sha256, SHA256_SIZE);
    write_hex(json, "sha1", asset->digest.sha1, SHA1_SIZE);
    json_int(json, "size", asset->digest.size_bytes);
    json_time(json, "storedAt", asset->stored_us);
    if (asset->verified_us > 0)
        json_time(json, "verifiedAt", asset->verified_us);
    else
        json_nil(json, "verifiedAt");
    json_text(json, "verifyResult", blob_check_name(check));
    json_int(json, "copies", check == BLOB_MISSING || check == BLOB_CORRUPT ? 0 : 1);
    json_begin_object(json, "media");
    json_text(json, "state", media_state_name(asset->media_state));
    json_text(json, "reason", asset->media_state == MEDIA_FAILED ? asset->media_reason : NULL);
    json_end(json);
    write_mismatch(json, asset);
    json_bool(json, "gainMap", has_gain_map);
    json_text(json, "dateSource", asset->date_source);
    json_text(json, "motion", asset->has_live_video ? "live-photo" : asset->has_motion ? "motion-photo" : NULL);
}

/* What High quality made of the file: its hash and size are then those of what is stored. */
static bool write_reduction(struct db_conn *conn, struct json *json, const struct asset *asset, GError **error)
{
    REDUCTION_AUTO struct asset_reduction reduction = {0};
    if (!asset_reduction_find(conn, asset->id, &reduction, error))
        return false;
    json_begin_object(json, "quality");
    json_text(json, "state", asset_quality_name(reduction.quality));
    json_text(json, "note", reduction.note);
    if (reduction.original_bytes > 0)
        json_int(json, "originalSize", reduction.original_bytes);
    else
        json_nil(json, "originalSize");
    json_end(json);
    return true;
}

bool handle_assets_proof(struct call *call, GError **error)
{
    DB_READ struct db_conn *conn = db_read_begin(call->api->config.db, error);
    ASSET_AUTO struct asset asset = {0};
    bool has_gain_map = false;
    if (!conn || !find_asset(call, conn, &asset, error) ||
        !asset_still_has_gain_map(conn, asset.id, &has_gain_map, error))
        return false;
    g_autoptr(GString) text = g_string_new(NULL);
    struct json json = json_to(text);
    json_begin_object(&json, NULL);
    write_proof(&json, &asset, has_gain_map);
    if (!details_write(&json, conn, &asset, error) || !write_reduction(conn, &json, &asset, error))
        return false;
    json_begin_array(&json, "devices");
    if (!ledger_origins(conn, asset.id, write_origin, &json, error))
        return false;
    json_end(&json);
    json_end(&json);
    return call_answer(call, 200, g_steal_pointer(&text));
}

/* ---- bulk check ---- */

enum { MAX_CHECKS = 10000 };

struct check_item {
    const char *id, *checksum;
};
static const struct body_field check_item_fields[] = {
    {.name = "id", .kind = BODY_TEXT, .offset = offsetof(struct check_item, id), .is_required = true},
    {.name = "checksum",
     .kind = BODY_TEXT,
     .offset = offsetof(struct check_item, checksum),
     .is_required = true,
     .max = 64},
};
static const struct body_shape check_item_shape = BODY_SHAPE(struct check_item, check_item_fields);

struct check {
    struct body_list assets;
};
static const struct body_field check_fields[] = {
    {.name = "assets",
     .kind = BODY_OBJECTS,
     .offset = offsetof(struct check, assets),
     .is_required = true,
     .max = MAX_CHECKS,
     .inner = &check_item_shape},
};
static const struct body_shape check_shape = BODY_SHAPE(struct check, check_fields);

static void write_check(struct json *json, const char *id, const struct asset_known *known, bool is_wanted)
{
    json_begin_object(json, NULL);
    json_text(json, "id", id);
    if (is_wanted) {
        json_text(json, "action", "accept");
    } else {
        json_text(json, "action", "reject");
        json_text(json, "reason", "duplicate");
        dto_uuid(json, "assetId", &known->uuid);
        json_bool(json, "isTrashed", known->as == ASSET_TOMBSTONE || known->is_trashed);
    }
    json_end(json);
}

static bool write_checks(struct call *call, struct db_conn *conn, const struct check *check, struct json *json,
                         GError **error)
{
    const struct check_item *items = check->assets.items;
    for (size_t i = 0; i < check->assets.n; i++) {
        uint8_t sha1[SHA1_SIZE];
        struct asset_known known;
        if (!hash_decode(items[i].checksum, sha1, SHA1_SIZE)) {
            g_autofree char *path = g_strdup_printf("assets.%zu.checksum", i);
            return call_problem(call, error, path, "must be a SHA-1 in hex or base64");
        }
        bool is_wanted;
        if (!known_wanted(conn, call->who->user.id, sha1, &known, &is_wanted, error))
            return false;
        write_check(json, items[i].id, &known, is_wanted);
    }
    return true;
}

bool handle_assets_check(struct call *call, GError **error)
{
    struct check check;
    if (!call_body(call, &check_shape, &check, error))
        return false;
    DB_READ struct db_conn *conn = db_read_begin(call->api->config.db, error);
    if (!conn)
        return false;
    g_autoptr(GString) text = g_string_new(NULL);
    struct json json = json_to(text);
    json_begin_object(&json, NULL);
    json_begin_array(&json, "results");
    if (!write_checks(call, conn, &check, &json, error))
        return false;
    json_end(&json);
    json_end(&json);
    return call_answer(call, 200, g_steal_pointer(&text));
}

const struct operation assets_operations[] = {
    {"checkBulkUpload", .body = &check_shape, ANSWERS(200, "AssetBulkUploadCheckResponseDto")},
    {"getAssetStatistics", .query = &statistics_query, ANSWERS(200, "AssetStatsResponseDto")},
    {"getAssetInfo", ANSWERS(200, "AssetResponseDto")},
    {"getAssetProof", ANSWERS(200, "AssetProof")},
    {.name = NULL},
};
