/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * /api/config, /api/public/config, /api/admin/config, /api/system-config: what this server is set to, in the words of
 * the Immich API. It is set by its own file of configuration (docs/server.md), so that nothing can be changed here;
 * most of what stands here says that there is no such thing. The defaults are the same: there is but one setting of
 * each. */
#include "api/resources.h"
#include "base/error.h"

/* Who reads it; each sees what the one before sees, and more. */
enum reader { FOR_ALL, FOR_USERS, FOR_ADMINS };

#define CRON "\"cronExpression\":\"0 02 * * *\""
#define OFF "{\"enabled\":false}"

/* ---- what clients may go by ---- */

static void write_server(struct json *json, const struct api_config *config, enum reader reader)
{
    json_begin_object(json, "server");
    json_text(json, "loginPageMessage", config->login_message ? config->login_message : "");
    if (reader >= FOR_USERS) {
        json_text(json, "externalDomain", config->external_domain ? config->external_domain : "");
        json_bool(json, "publicUsers", false);
    }
    json_end(json);
}

static void write_everybodys(struct json *json, const struct api_config *config, enum reader reader)
{
    write_server(json, config, reader);
    json_raw(json, "passwordLogin", "{\"enabled\":true}");
    json_raw(json, "theme", "{\"customCss\":\"\"}");
    if (reader < FOR_ADMINS)
        json_raw(json, "oauth", "{\"autoLaunch\":false,\"buttonText\":\"\",\"enabled\":false}");
}

static void write_trash(struct json *json, const struct api_config *config)
{
    json_begin_object(json, "trash");
    json_int(json, "days", config->trash_days);
    json_bool(json, "enabled", true);
    json_end(json);
    json_begin_object(json, "user");
    json_int(json, "deleteDelay", config->user_delete_days);
    json_end(json);
    json_raw(json, "map", "{\"darkStyle\":\"\",\"enabled\":false,\"lightStyle\":\"\"}");
    json_raw(json, "reverseGeocoding", OFF);
}

static void write_users(struct json *json, const struct api_config *config)
{
    write_trash(json, config);
    json_raw(json, "ffmpeg", "{\"realtime\":{\"enabled\":false,\"resolutions\":[],\"videoCodecs\":[]}}");
    json_raw(json, "image",
             "{\"fullsize\":{\"enabled\":false},\"preview\":{\"size\":1440},\"thumbnail\":{\"size\":250}}");
    json_raw(json, "machineLearning",
             "{\"clip\":" OFF ",\"duplicateDetection\":" OFF ",\"enabled\":false,"
             "\"facialRecognition\":{\"enabled\":false,\"minFaces\":3},\"ocr\":" OFF "}");
}

/* ---- what administrators see besides ---- */

static void write_media(struct json *json)
{
    json_raw(json, "ffmpeg",
             "{\"accel\":\"disabled\",\"accelDecode\":false,\"acceptedAudioCodecs\":[\"aac\",\"mp3\",\"opus\"],"
             "\"acceptedContainers\":[\"mp4\",\"mov\",\"webm\"],\"acceptedVideoCodecs\":[\"h264\"],\"bframes\":-1,"
             "\"cqMode\":\"auto\",\"crf\":23,\"gopSize\":0,\"maxBitrate\":\"0\",\"preferredHwDevice\":\"auto\","
             "\"preset\":\"veryfast\",\"realtime\":{\"enabled\":false,\"resolutions\":[],\"videoCodecs\":[]},"
             "\"refs\":0,\"targetAudioCodec\":\"aac\",\"targetResolution\":\"1080\",\"targetVideoCodec\":\"h264\","
             "\"temporalAQ\":false,\"threads\":0,\"tonemap\":\"hable\",\"transcode\":\"required\",\"twoPass\":false}");
    json_raw(json, "image",
             "{\"colorspace\":\"srgb\",\"extractEmbedded\":false,"
             "\"fullsize\":{\"enabled\":false,\"format\":\"jpeg\",\"quality\":80},"
             "\"preview\":{\"format\":\"jpeg\",\"quality\":80,\"size\":1440},"
             "\"thumbnail\":{\"format\":\"webp\",\"quality\":80,\"size\":250}}");
}

static void write_jobs(struct json *json)
{
    static const char *const queues[] = {
        "backgroundTask",  "editor",   "faceDetection",      "integrityCheck", "library", "migration",
        "notifications",   "ocr",      "metadataExtraction", "search",         "sidecar", "smartSearch",
        "videoConversion", "workflow", "thumbnailGeneration"};
    json_begin_object(json, "job");
    for (size_t i = 0; i < G_N_ELEMENTS(queues); i++)
        json_raw(json, queues[i], "{\"concurrency\":1}");
    json_end(json);
}

static void write_absent(struct json *json)
{
    json_raw(json, "integrityChecks",
             "{\"checksumFiles\":{" CRON ",\"enabled\":false,\"percentageLimit\":1,\"timeLimit\":3600000},"
             "\"missingFiles\":{" CRON ",\"enabled\":false},\"untrackedFiles\":{" CRON ",\"enabled\":false}}");
    json_raw(json, "library", "{\"scan\":{" CRON ",\"enabled\":false},\"watch\":" OFF "}");
    json_raw(json, "machineLearning",
             "{\"availabilityChecks\":{\"enabled\":false,\"interval\":30000,\"timeout\":2000},"
             "\"clip\":{\"enabled\":false,\"modelName\":\"\"},"
             "\"duplicateDetection\":{\"enabled\":false,\"maxDistance\":0.01},\"enabled\":false,"
             "\"facialRecognition\":{\"enabled\":false,\"maxDistance\":0.5,\"minFaces\":3,\"minScore\":0.7,"
             "\"modelName\":\"\"},\"ocr\":{\"enabled\":false,\"maxResolution\":736,\"minDetectionScore\":0.5,"
             "\"minRecognitionScore\":0.8,\"modelName\":\"\"},\"urls\":[]}");
    json_raw(json, "newVersionCheck", "{\"channel\":\"stable\",\"enabled\":false}");
    json_raw(json, "notifications",
             "{\"smtp\":{\"enabled\":false,\"from\":\"\",\"replyTo\":\"\",\"transport\":{\"host\":\"\","
             "\"ignoreCert\":false,\"password\":\"\",\"port\":587,\"secure\":false,\"username\":\"\"}}}");
    json_raw(
        json, "oauth",
        "{\"allowInsecureRequests\":false,\"autoLaunch\":false,\"autoRegister\":false,\"buttonText\":\"\","
        "\"clientId\":\"\",\"clientSecret\":\"\",\"defaultStorageQuota\":null,\"enabled\":false,"
        "\"endSessionEndpoint\":\"\",\"issuerUrl\":\"\",\"mobileOverrideEnabled\":false,\"mobileRedirectUri\":\"\","
        "\"profileSigningAlgorithm\":\"none\",\"prompt\":\"\",\"roleClaim\":\"\",\"scope\":\"openid\","
        "\"signingAlgorithm\":\"RS256\",\"storageLabelClaim\":\"\",\"storageQuotaClaim\":\"\",\"timeout\":30000,"
        "\"tokenEndpointAuthMethod\":\"client_secret_post\"}");
    json_raw(json, "templates",
             "{\"email\":{\"albumInviteTemplate\":\"\",\"albumUpdateTemplate\":\"\",\"welcomeTemplate\":\"\"}}");
}

static void write_admins(struct json *json, const struct api_config *config)
{
    write_trash(json, config);
    write_media(json);
    write_jobs(json);
    write_absent(json);
    json_raw(json, "backup", "{\"database\":{" CRON ",\"enabled\":false,\"keepLastAmount\":10}}");
    json_raw(json, "logging", "{\"enabled\":true,\"level\":\"log\"}");
    json_raw(json, "metadata", "{\"faces\":{\"import\":true}}");
    json_raw(json, "nightlyTasks",
             "{\"clusterNewFaces\":false,\"databaseCleanup\":true,\"generateMemories\":true,\"missingThumbnails\":true,"
             "\"startTime\":\"00:00\",\"syncQuotaUsage\":true}");
    json_raw(json, "storageTemplate",
             "{\"enabled\":false,\"hashVerificationEnabled\":true,\"template\":\"{{y}}/{{y}}-{{MM}}/{{filename}}\"}");
}

static bool answer(struct call *call, enum reader reader)
{
    const struct api_config *config = &call->api->config;
    GString *text = g_string_new(NULL);
    struct json json = json_to(text);
    json_begin_object(&json, NULL);
    write_everybodys(&json, config, reader);
    if (reader == FOR_USERS)
        write_users(&json, config);
    else if (reader == FOR_ADMINS)
        write_admins(&json, config);
    json_end(&json);
    return call_answer(call, 200, text);
}

bool handle_config_public(struct call *call, GError **error)
{
    return answer(call, FOR_ALL);
}

bool handle_config_user(struct call *call, GError **error)
{
    return answer(call, FOR_USERS);
}

bool handle_config_admin(struct call *call, GError **error)
{
    return answer(call, FOR_ADMINS);
}

bool handle_config_put(struct call *call, GError **error)
{
    return err_set(error, ERR_INVALID,
                   "This server is set by its configuration file, and cannot be changed from here.");
}

/* Folders and names below browse/ cannot be chosen: there is one form of each. */
bool handle_config_template_options(struct call *call, GError **error)
{
    return call_answer(
        call, 200,
        g_string_new("{\"dayOptions\":[],\"hourOptions\":[],\"minuteOptions\":[],\"monthOptions\":[\"MM\"],"
                     "\"presetOptions\":[\"{{y}}/{{y}}-{{MM}}/{{filename}}\"],\"secondOptions\":[],"
                     "\"weekOptions\":[],\"yearOptions\":[\"y\"]}"));
}

const struct operation config_documents_operations[] = {
    {"getPublicConfig", ANSWERS(200, "PublicConfigDto")},
    {"getPublicConfigDefaults", ANSWERS(200, "PublicConfigDto")},
    {"getUserConfig", ANSWERS(200, "UserConfigDto")},
    {"getUserConfigDefaults", ANSWERS(200, "UserConfigDto")},
    {"getAdminConfig", ANSWERS(200, "AdminConfigDto")},
    {"getAdminConfigDefaults", ANSWERS(200, "AdminConfigDto")},
    {"updateAdminConfig", .body_type = "AdminConfigDto", ANSWERS(200, "AdminConfigDto")},
    {"getConfig", ANSWERS(200, "AdminConfigDto")},
    {"getConfigDefaults", ANSWERS(200, "AdminConfigDto")},
    {"updateConfig", .body_type = "AdminConfigDto", ANSWERS(200, "AdminConfigDto")},
    {"getStorageTemplateOptions", ANSWERS(200, "SystemConfigTemplateStorageOptionDto")},
    {.name = NULL},
};
