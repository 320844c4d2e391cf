/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "api/schemas.h"

#include "api/words.h"

/* What many answers share. */
static const struct schema shared[] = {
    {"Refusal", .type = "{message: text; error?: text; statusCode?: int; correlationId?: text;"
                        " errors?: [{path: text; message: text}]}"},
    {"AssetOrder", .words = words_asset_order},
    {"AssetVisibility", .words = words_visibility},
    {"UserAvatarColor", .words = words_avatar_color},
    {"BulkIdErrorReason", .type = "'duplicate'|'no_permission'|'not_found'|'unknown'|'validation'"},
    {"BulkIdResponseDto", .type = "{id: uuid; success: bool; error?: BulkIdErrorReason}"},
    {.name = NULL},
};

const struct schema *const schemas[] = {
    shared,        schemas_accounts, schemas_admin,  schemas_albums, schemas_assets, schemas_backup,
    schemas_links, schemas_organise, schemas_server, schemas_sync,   NULL,
};
