/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * The lines of the sync stream: which types there are and what each carries. */
#include "api/schemas.h"
#include "base/json.h"

#include <glib.h>

static const struct line {
    const char *entity, *data;
} lines[] = {
    {"AuthUserV1", "SyncAuthUserV1"},
    {"UserV1", "SyncUserV1"},
    {"UserDeleteV1", "{userId: uuid}"},
    {"PartnerV1", "SyncPartnerV1"},
    {"PartnerDeleteV1", "{sharedById: uuid; sharedWithId: uuid}"},
    {"AssetV2", "SyncAssetV2"},
    {"AssetDeleteV1", "{assetId: uuid}"},
    {"StackV1", "SyncStackV1"},
    {"StackDeleteV1", "{stackId: uuid}"},
    {"PartnerAssetV2", "SyncAssetV2"},
    {"PartnerAssetBackfillV2", "SyncAssetV2"},
    {"PartnerAssetDeleteV1", "{assetId: uuid}"},
    {"PartnerStackV1", "SyncStackV1"},
    {"PartnerStackBackfillV1", "SyncStackV1"},
    {"PartnerStackDeleteV1", "{stackId: uuid}"},
    {"AlbumAssetCreateV2", "SyncAssetV2"},
    {"AlbumAssetUpdateV2", "SyncAssetV2"},
    {"AlbumAssetBackfillV2", "SyncAssetV2"},
    {"AlbumV2", "SyncAlbumV2"},
    {"AlbumDeleteV1", "{albumId: uuid}"},
    {"AlbumUserV1", "SyncAlbumUserV1"},
    {"AlbumUserBackfillV1", "SyncAlbumUserV1"},
    {"AlbumUserDeleteV1", "{albumId: uuid; userId: uuid}"},
    {"AlbumToAssetV1", "SyncAlbumToAssetV1"},
    {"AlbumToAssetBackfillV1", "SyncAlbumToAssetV1"},
    {"AlbumToAssetDeleteV1", "SyncAlbumToAssetV1"},
    {"AssetExifV1", "SyncAssetExifV1"},
    {"AlbumAssetExifCreateV1", "SyncAssetExifV1"},
    {"AlbumAssetExifUpdateV1", "SyncAssetExifV1"},
    {"AlbumAssetExifBackfillV1", "SyncAssetExifV1"},
    {"PartnerAssetExifV1", "SyncAssetExifV1"},
    {"PartnerAssetExifBackfillV1", "SyncAssetExifV1"},
    {"MemoryV1", "SyncMemoryV1"},
    {"MemoryDeleteV1", "{memoryId: uuid}"},
    {"MemoryToAssetV1", "SyncMemoryAssetV1"},
    {"MemoryToAssetDeleteV1", "SyncMemoryAssetV1"},
    {"UserMetadataV1", "SyncUserMetadataV1"},
    {"AssetMetadataV1", "SyncAssetMetadataV1"},
    {"AssetMetadataDeleteV1", "{assetId: uuid; key: text}"},
    {"SyncAckV1", "{}"},
    {"SyncCompleteV1", "{}"},
    {"SyncResetV1", "{}"},
};

static void write_entities(struct json *json, const char *key)
{
    json_begin_object(json, key);
    schema_write_kind(json, "string", false);
    json_begin_array(json, "enum");
    for (size_t i = 0; i < G_N_ELEMENTS(lines); i++)
        json_text(json, NULL, lines[i].entity);
    json_end(json);
    json_end(json);
}

static void write_line(struct json *json, const char *key)
{
    json_begin_object(json, key);
    json_begin_array(json, "oneOf");
    for (size_t i = 0; i < G_N_ELEMENTS(lines); i++) {
        g_autofree char *type = g_strdup_printf("{type: '%s'; data: %s; ack: text}", lines[i].entity, lines[i].data);
        schema_write_type(json, NULL, type);
    }
    json_end(json);
    json_end(json);
}

#define USER                                                                                                           \
    "id: uuid; name: text; email: text; avatarColor: UserAvatarColor|null; hasProfileImage: bool;"                     \
    " profileChangedAt: time; deletedAt: time|null"

const struct schema schemas_sync[] = {
    {"SyncLine", .write = write_line},
    {"SyncEntityType", .write = write_entities},
    {"SyncAckDto", .type = "{type: SyncEntityType; ack: text}"},
    {"SyncUserV1", .type = "{" USER "}"},
    {"SyncAuthUserV1", .type = "{" USER "; isAdmin: bool; oauthId: text; pinCode: text|null; storageLabel: text|null;"
                               " quotaSizeInBytes: int|null; quotaUsageInBytes: int}"},
    {"SyncAssetV2",
     .type =
         "{id: uuid; ownerId: uuid; originalFileName: text; type: AssetTypeEnum; checksum: text; thumbhash: text|null;"
         " fileCreatedAt: time|null; fileModifiedAt: time|null; createdAt: time|null; localDateTime: time|null;"
         " duration: int|null; width: int|null; height: int|null; isFavorite: bool; visibility: AssetVisibility;"
         " isEdited: bool; deletedAt: time|null; livePhotoVideoId: uuid|null; stackId: uuid|null; libraryId: "
         "uuid|null}"},
    {"SyncAssetExifV1",
     .type = "{assetId: uuid; description: text|null; exifImageWidth: int|null; exifImageHeight: int|null;"
             " fileSizeInByte: int|null; orientation: text|null; dateTimeOriginal: time|null; modifyDate: time|null;"
             " timeZone: text|null; latitude: number|null; longitude: number|null; projectionType: text|null;"
             " city: text|null; state: text|null; country: text|null; make: text|null; model: text|null; lensModel: "
             "text|null;"
             " fNumber: number|null; focalLength: number|null; iso: int|null; exposureTime: text|null;"
             " profileDescription: text|null; rating: int|null; fps: number|null}"},
    {"SyncAlbumV2", .type = "{id: uuid; name: text; description: text; createdAt: time; updatedAt: time;"
                            " thumbnailAssetId: uuid|null; isActivityEnabled: bool; order: AssetOrder}"},
    {"SyncAlbumUserV1", .type = "{albumId: uuid; userId: uuid; role: AlbumUserRole}"},
    {"SyncAlbumToAssetV1", .type = "{albumId: uuid; assetId: uuid}"},
    {"SyncPartnerV1", .type = "{sharedById: uuid; sharedWithId: uuid; inTimeline: bool}"},
    {"SyncStackV1", .type = "{id: uuid; ownerId: uuid; primaryAssetId: uuid; createdAt: time; updatedAt: time}"},
    {"SyncMemoryV1", .type =
                         "{id: uuid; ownerId: uuid; type: 'on_this_day'; data: {year: int}; isSaved: bool;"
                         " memoryAt: time; seenAt: time|null; showAt: time|null; hideAt: time|null; createdAt: time;"
                         " updatedAt: time; deletedAt: time|null}"},
    {"SyncMemoryAssetV1", .type = "{memoryId: uuid; assetId: uuid}"},
    {"SyncAssetMetadataV1", .type = "{assetId: uuid; key: text; value: <any>}"},
    {"SyncUserMetadataV1", .type = "{userId: uuid; key: 'preferences'|'license'|'onboarding'; value: <any>}"},
    {.name = NULL},
};
