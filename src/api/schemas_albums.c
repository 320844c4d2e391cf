/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "api/schemas.h"

const struct schema schemas_albums[] = {
    {"AlbumResponseDto", .type =
                             "{id: uuid; albumName: text; description: text; albumThumbnailAssetId: uuid|null;"
                             " albumUsers: [AlbumUserResponseDto]; assetCount: int; shared: bool; hasSharedLink: bool;"
                             " isActivityEnabled: bool; order?: AssetOrder; createdAt: time; updatedAt: time; "
                             "startDate?: time; endDate?: time;"
                             " lastModifiedAssetTimestamp?: time; contributorCounts?: [ContributorCountResponseDto]}"},
    {"AlbumUserResponseDto", .type = "{user: UserResponseDto; role: AlbumUserRole}"},
    {"AlbumUserRole", .type = "'owner'|'editor'|'viewer'"},
    {"ContributorCountResponseDto", .type = "{userId: uuid; assetCount: int}"},
    {"AlbumStatisticsResponseDto", .type = "{owned: int; shared: int; notShared: int}"},
    {"AlbumsAddAssetsResponseDto", .type = "{success: bool; error?: BulkIdErrorReason}"},
    {.name = NULL},
};
