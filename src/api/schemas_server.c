/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "api/schemas.h"
#include "base/json.h"
#include "media/kinds.h"

/* Each queue by its name. */
static void write_queues(struct json *json, const char *key)
{
    json_begin_object(json, key);
    schema_write_kind(json, "object", false);
    json_begin_object(json, "properties");
    for (const char *const *name = media_queues; *name; name++)
        schema_write_type(json, *name, "QueueResponseLegacyDto");
    json_end(json);
    json_begin_array(json, "required");
    for (const char *const *name = media_queues; *name; name++)
        json_text(json, NULL, *name);
    json_end(json);
    json_end(json);
}

static void write_queue_name(struct json *json, const char *key)
{
    json_begin_object(json, key);
    schema_write_words(json, media_queues, false);
    json_end(json);
}

const struct schema schemas_server[] = {
    {"WellKnownDto", .type = "{api: {endpoint: text}}"},
    {"ServerPingResponse", .type = "{res: 'pong'}"},
    {"ServerVersionResponseDto", .type = "{major: int; minor: int; patch: int; prerelease: int|null}"},
    {"ServerFeaturesDto",
     .type = "{configFile: bool; duplicateDetection: bool; email: bool; facialRecognition: bool; importFaces: bool; "
             "map: bool;"
             " oauth: bool; oauthAutoLaunch: bool; ocr: bool; passwordLogin: bool; realtimeTranscoding: bool;"
             " reverseGeocoding: bool; search: bool; sidecar: bool; smartSearch: bool; trash: bool}"},
    {"ServerConfigDto",
     .type =
         "{externalDomain: text; isInitialized: bool; isOnboarded: bool; loginPageMessage: text; maintenanceMode: bool;"
         " mapDarkStyleUrl: text; mapLightStyleUrl: text; minFaces: int; oauthButtonText: text; publicUsers: bool;"
         " trashDays: int; userDeleteDelay: int}"},
    {"ServerMediaTypesResponseDto",
     .type = "{image: [text]; video: [text]; sidecar: [text]; withoutPictures?: [text]}"},
    {"ServerAboutResponseDto",
     .type = "{version: text; versionUrl: text; licensed: bool; repository: text; build: text}"},
    {"ServerStorageResponseDto", .type = "{diskSize: text; diskSizeRaw: int; diskUse: text; diskUseRaw: int; "
                                         "diskAvailable: text; diskAvailableRaw: int;"
                                         " diskUsagePercentage: number}"},
    {"ServerStatsResponseDto", .type = "{photos: int; videos: int; usage: int; usagePhotos: int; usageVideos: int;"
                                       " usageByUser: [UsageByUserDto]}"},
    {"UsageByUserDto", .type = "{userId: uuid; userName: text; photos: int; videos: int; usage: int; usagePhotos: int;"
                               " usageVideos: int; quotaSizeInBytes: int|null}"},
    {"PackedOriginals", .type = "{originals: int; originalBytes: int; packedBytes: int; savedBytes: int; kept: int}"},

    {"QueueName", .write = write_queue_name},
    {"QueueStatisticsDto",
     .type = "{active: int; completed: int; delayed: int; failed: int; paused: int; waiting: int}"},
    {"QueueResponseDto", .type = "{name: QueueName; isPaused: bool; statistics: QueueStatisticsDto}"},
    {"QueueStatusLegacyDto", .type = "{isActive: bool; isPaused: bool}"},
    {"QueueResponseLegacyDto", .type = "{jobCounts: QueueStatisticsDto; queueStatus: QueueStatusLegacyDto}"},
    {"QueuesResponseLegacyDto", .write = write_queues},
    {"QueueJobResponseDto",
     .type =
         "{id: text; name: text; timestamp: int; data: {kind: text; state: text; id: uuid|null; fileName: text|null;"
         " ownerName: text|null; reason: text|null; attempts: int; progress: number}}"},
    {.name = NULL},
};
