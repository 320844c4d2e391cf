/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "api/schemas.h"

const struct schema schemas_links[] = {
    {"SharedLinkResponseDto", .type = "{id: uuid; userId: uuid; type: SharedLinkType; key: text; slug: text|null;"
                                      " description: text|null; password: text|null; expiresAt: time|null;"
                                      " allowUpload: bool; allowDownload: bool; showMetadata: bool; createdAt: time;"
                                      " assets: [AssetResponseDto]; album?: AlbumResponseDto}"},
    {"SharedLinkType", .type = "'ALBUM'|'INDIVIDUAL'"},
    {"AssetIdsResponseDto", .type = "{assetId: uuid; success: bool; error?: AssetIdErrorReason}"},
    {"AssetIdErrorReason", .type = "'duplicate'|'no_permission'|'not_found'"},
    {"ActivityResponseDto", .type = "{id: uuid; type: ReactionType; assetId: uuid|null; comment: text|null;"
                                    " createdAt: time; user: UserResponseDto}"},
    {"ReactionType", .type = "'comment'|'like'"},
    {"ActivityStatisticsResponseDto", .type = "{comments: int; likes: int}"},
    {.name = NULL},
};
