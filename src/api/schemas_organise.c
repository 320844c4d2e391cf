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
    {.name = NULL},
};
