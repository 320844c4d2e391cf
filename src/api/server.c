/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * /api/server and /.well-known/immich: what this server is and can. */
#include <math.h>

#include "api/dto.h"
#include "api/resources.h"
#include "base/error.h"
#include "base/log.h"
#include "base/media_type.h"
#include "base/text.h"
#include "catalog/blob_pack.h"
#include "catalog/library.h"
#include "db/db.h"
#include "media/media.h"
#include "store/store.h"

static GString *begin(struct json *ret_json)
{
    GString *text = g_string_new(NULL);
    *ret_json = json_to(text);
    json_begin_object(ret_json, NULL);
    return text;
}

bool handle_server_well_known(struct call *call, GError **error)
{
    return call_answer(call, 200, g_string_new("{\"api\":{\"endpoint\":\"/api\"}}"));
}

bool handle_server_ping(struct call *call, GError **error)
{
    return call_answer(call, 200, g_string_new("{\"res\":\"pong\"}"));
}

static GString *version(void)
{
    struct json json;
    GString *text = begin(&json);
    json_int(&json, "major", API_MAJOR);
    json_int(&json, "minor", API_MINOR);
    json_int(&json, "patch", API_PATCH);
    json_nil(&json, "prerelease");
    json_end(&json);
    return text;
}

char *server_version_json(void)
{
    return g_string_free(version(), FALSE);
}

bool handle_server_version(struct call *call, GError **error)
{
    return call_answer(call, 200, version());
}

bool handle_server_features(struct call *call, GError **error)
{
    static const struct {
        const char *name;
        bool is_here;
    } features[] = {
        {"configFile", false},
        {"duplicateDetection", false},
        {"email", false},
        {"facialRecognition", false},
        {"importFaces", false},
        {"map", false},
        {"oauth", false},
        {"oauthAutoLaunch", false},
        {"ocr", false},
        {"passwordLogin", true},
        {"realtimeTranscoding", false},
        {"reverseGeocoding", false},
        {"search", true},
        {"sidecar", true},
        {"smartSearch", false},
        {"trash", true},
    };
    struct json json;
    GString *text = begin(&json);
    for (size_t i = 0; i < G_N_ELEMENTS(features); i++)
        json_bool(&json, features[i].name, features[i].is_here);
    json_end(&json);
    return call_answer(call, 200, text);
}

bool handle_server_config(struct call *call, GError **error)
{
    const struct api_config *config = &call->api->config;
    DB_READ struct db_conn *conn = db_read_begin(config->db, error);
    int64_t users;
    if (!conn || !users_count(conn, &users, error))
        return false;
    struct json json;
    GString *text = begin(&json);
    json_text(&json, "externalDomain", config->external_domain ? config->external_domain : "");
    json_bool(&json, "isInitialized", users > 0);
    json_bool(&json, "isOnboarded", users > 0);
    json_text(&json, "loginPageMessage", config->login_message ? config->login_message : "");
    json_bool(&json, "maintenanceMode", false);
    json_text(&json, "mapDarkStyleUrl", "");
    json_text(&json, "mapLightStyleUrl", "");
    json_int(&json, "minFaces", 3);
    json_text(&json, "oauthButtonText", "");
    json_bool(&json, "publicUsers", false);
    json_int(&json, "trashDays", config->trash_days);
    json_int(&json, "userDeleteDelay", config->user_delete_days);
    json_end(&json);
    return call_answer(call, 200, text);
}

/* ---- media types ---- */

static void write_extensions(struct json *json, const char *key, enum media_class wanted)
{
    json_begin_array(json, key);
    for (size_t i = 0; i < media_n_types; i++)
        if (media_types[i].class == wanted)
            json_text(json, NULL, media_types[i].extension);
    json_end(json);
}

/* Everything in the lists above is taken and kept; clients upload what stands there. Of these, this installation can
 * make no pictures, because a library lacks the codec or nobody has written a reader. */
static void write_without_pictures(struct json *json, struct media *media)
{
    json_begin_array(json, "withoutPictures");
    for (size_t i = 0; i < media_n_types; i++)
        if (media_types[i].class != MEDIA_CLASS_SIDECAR && !media_shows(media, media_types[i].mime))
            json_text(json, NULL, media_types[i].extension);
    json_end(json);
}

bool handle_server_media_types(struct call *call, GError **error)
{
    struct json json;
    struct media *media = call->api->config.media;
    g_autoptr(GError) problem = NULL;
    bool knows = media && media_ask_formats(media, &problem);
    if (problem)
        log_error("media.formats", problem);
    GString *text = begin(&json);
    write_extensions(&json, "image", MEDIA_CLASS_IMAGE);
    write_extensions(&json, "video", MEDIA_CLASS_VIDEO);
    write_extensions(&json, "sidecar", MEDIA_CLASS_SIDECAR);
    if (knows)
        write_without_pictures(&json, media);
    json_end(&json);
    return call_answer(call, 200, text);
}

bool handle_server_about(struct call *call, GError **error)
{
    struct json json;
    GString *text = begin(&json);
    json_text(&json, "version", "v" API_IMMICH_VERSION);
    json_text(&json, "versionUrl", "");
    json_bool(&json, "licensed", false);
    json_text(&json, "repository", "ambrotype");
    json_text(&json, "build", AMBROTYPE_VERSION);
    json_end(&json);
    return call_answer(call, 200, text);
}

/* ---- numbers ---- */

struct totals {
    struct json json; /* of the list per user */
    struct asset_statistics sum;
};

static bool write_usage(const struct user *user, const struct asset_statistics *statistics, void *data)
{
    struct totals *totals = data;
    struct json *json = &totals->json;
    json_begin_object(json, NULL);
    dto_uuid(json, "userId", &user->uuid);
    json_text(json, "userName", user->name);
    json_int(json, "photos", statistics->images);
    json_int(json, "videos", statistics->videos);
    json_int(json, "usage", statistics->total_bytes);
    json_int(json, "usagePhotos", statistics->image_bytes);
    json_int(json, "usageVideos", statistics->video_bytes);
    if (user->quota_bytes >= 0)
        json_int(json, "quotaSizeInBytes", user->quota_bytes);
    else
        json_nil(json, "quotaSizeInBytes");
    json_end(json);
    totals->sum.images += statistics->images;
    totals->sum.videos += statistics->videos;
    totals->sum.total_bytes += statistics->total_bytes;
    totals->sum.image_bytes += statistics->image_bytes;
    totals->sum.video_bytes += statistics->video_bytes;
    return true;
}

bool handle_server_statistics(struct call *call, GError **error)
{
    DB_READ struct db_conn *conn = db_read_begin(call->api->config.db, error);
    if (!conn)
        return false;
    g_autoptr(GString) users = g_string_new(NULL);
    struct totals totals = {.json = json_to(users)};
    json_begin_array(&totals.json, NULL);
    if (!library_usage(conn, write_usage, &totals, error))
        return false;
    json_end(&totals.json);
    struct json json;
    GString *text = begin(&json);
    json_int(&json, "photos", totals.sum.images);
    json_int(&json, "videos", totals.sum.videos);
    json_int(&json, "usage", totals.sum.total_bytes);
    json_int(&json, "usagePhotos", totals.sum.image_bytes);
    json_int(&json, "usageVideos", totals.sum.video_bytes);
    json_raw(&json, "usageByUser", users->str);
    json_end(&json);
    return call_answer(call, 200, text);
}

/* A path of our own: the answers of the Immich API have no fields that its clients do not know. */
bool handle_server_packed(struct call *call, GError **error)
{
    DB_READ struct db_conn *conn = db_read_begin(call->api->config.db, error);
    struct blobs_pack_figures packed;
    if (!conn || !blobs_pack_figures(conn, &packed, error))
        return false;
    struct json json;
    GString *text = begin(&json);
    json_int(&json, "originals", packed.packed);
    json_int(&json, "originalBytes", packed.original_bytes);
    json_int(&json, "packedBytes", packed.packed_bytes);
    json_int(&json, "savedBytes", packed.original_bytes - packed.packed_bytes);
    json_int(&json, "kept", packed.kept);
    json_end(&json);
    return call_answer(call, 200, text);
}

static void write_size(struct json *json, const char *text_key, const char *raw_key, int64_t bytes)
{
    g_autofree char *text = text_size((guint64)bytes);
    json_text(json, text_key, text);
    json_int(json, raw_key, bytes);
}

bool handle_server_storage(struct call *call, GError **error)
{
    int64_t free_bytes, total_bytes;
    if (!store_space(call->api->config.store, &free_bytes, &total_bytes, error))
        return false;
    int64_t used_bytes = total_bytes - free_bytes;
    double percentage = total_bytes > 0 ? round(10000.0 * (double)used_bytes / (double)total_bytes) / 100 : 0;
    struct json json;
    GString *text = begin(&json);
    write_size(&json, "diskSize", "diskSizeRaw", total_bytes);
    write_size(&json, "diskUse", "diskUseRaw", used_bytes);
    write_size(&json, "diskAvailable", "diskAvailableRaw", free_bytes);
    json_double(&json, "diskUsagePercentage", percentage);
    json_end(&json);
    return call_answer(call, 200, text);
}

const struct operation server_operations[] = {
    {"getWellKnown", ANSWERS(200, "WellKnownDto")},
    {"pingServer", ANSWERS(200, "ServerPingResponse")},
    {"getServerVersion", ANSWERS(200, "ServerVersionResponseDto")},
    {"getServerFeatures", ANSWERS(200, "ServerFeaturesDto")},
    {"getServerConfig", ANSWERS(200, "ServerConfigDto")},
    {"getSupportedMediaTypes", ANSWERS(200, "ServerMediaTypesResponseDto")},
    {"getAboutInfo", ANSWERS(200, "ServerAboutResponseDto")},
    {"getStorage", ANSWERS(200, "ServerStorageResponseDto")},
    {"getPackedOriginals", ANSWERS(200, "PackedOriginals")},
    {"getServerStatistics", ANSWERS(200, "ServerStatsResponseDto")},
    {.name = NULL},
};
