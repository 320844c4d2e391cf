/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "api/schemas.h"

const struct schema schemas_organise[] = {
    {"StackResponseDto", .type = "{id: uuid; primaryAssetId: uuid; assets: [AssetResponseDto]}"},
    {"TagBulkAssetsResponseDto", .type = "{count: int}"},
    {"MemoryResponseDto",
     .type = "{id: uuid; ownerId: uuid; type: 'on_this_day'; data: {year: int}; memoryAt: time; showAt?: time;"
             " hideAt?: time; seenAt?: time; deletedAt?: time; isSaved: bool; createdAt: time; updatedAt: time;"
             " assets: [AssetResponseDto]}"},
    {"MemoryStatisticsResponseDto", .type = "{total: int}"},
    {"MapMarkerResponseDto",
     .type = "{id: uuid; lat: number; lon: number; city: text|null; state: text|null; country: text|null}"},
    {"MapReverseGeocodeResponseDto", .type = "{city: text|null; state: text|null; country: text|null}"},
    {"PlacesResponseDto",
     .type = "{name: text; latitude: number; longitude: number; admin1name?: text; admin2name?: text}"},
    {"SearchExploreResponseDto", .type = "{fieldName: text; items: [{value: text; data: AssetResponseDto}]}"},
    {"PeopleResponseDto", .type = "{people: [PersonResponseDto]; total: int; hidden: int; hasNextPage?: bool}"},
    {"PersonStatisticsResponseDto", .type = "{assets: int}"},
    {"AssetFaceResponseDto",
     .type = "{id: uuid; imageWidth: int; imageHeight: int; boundingBoxX1: int; boundingBoxX2: int; boundingBoxY1: int;"
             " boundingBoxY2: int; person: PersonResponseDto|null; sourceType?: 'machine-learning'|'exif'|'manual'}"},
    {"DuplicateResponseDto", .type = "{duplicateId: uuid; assets: [AssetResponseDto]; suggestedKeepAssetIds: [uuid]}"},
    {.name = NULL},
};
