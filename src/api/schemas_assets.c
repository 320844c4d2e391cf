/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "api/schemas.h"

const struct schema schemas_assets[] = {
    {"AssetResponseDto",
     .type =
         "{id: uuid; ownerId: uuid; owner?: UserResponseDto; type: AssetTypeEnum; originalPath: text;"
         " originalFileName: text; originalMimeType?: text; checksum: text; thumbhash: text|null; fileCreatedAt: time;"
         " fileModifiedAt: time; localDateTime: time; createdAt: time; updatedAt: time; isFavorite: bool;"
         " isArchived: bool; isTrashed: bool; isOffline: bool; isEdited: bool; hasMetadata: bool; resized?: bool;"
         " visibility: AssetVisibility; duration: int|null; width: int|null; height: int|null; libraryId: uuid|null;"
         " duplicateId: uuid|null; livePhotoVideoId: uuid|null; exifInfo?: ExifResponseDto; people?: "
         "[PersonResponseDto];"
         " tags?: [TagResponseDto]; stack?: AssetStackResponseDto|null}"},
    {"AssetTypeEnum", .type = "'IMAGE'|'VIDEO'|'AUDIO'|'OTHER'"},
    {"ExifResponseDto",
     .type =
         "{make: text|null; model: text|null; exifImageWidth: int|null; exifImageHeight: int|null;"
         " fileSizeInByte: int|null; orientation: text|null; dateTimeOriginal: time|null; modifyDate: time|null;"
         " timeZone: text|null; lensModel: text|null; fNumber: number|null; focalLength: number|null; iso: int|null;"
         " exposureTime: text|null; latitude: number|null; longitude: number|null; city: text|null; state: text|null;"
         " country: text|null; description: text|null; projectionType: text|null; rating: int|null}"},
    {"PersonResponseDto", .type = "{id: uuid; name: text; birthDate: date|null; thumbnailPath: text; isHidden: bool;"
                                  " isFavorite?: bool; color?: text; updatedAt?: time}"},
    {"TagResponseDto",
     .type = "{id: uuid; name: text; value: text; parentId?: uuid; color?: text; createdAt: time; updatedAt: time}"},
    {"AssetStackResponseDto", .type = "{id: uuid; primaryAssetId: uuid; assetCount: int}"},

    {"AssetMediaCreateDto",
     .type = "{assetData: bytes; fileCreatedAt: time; fileModifiedAt: time; filename?: text; isFavorite?: bool;"
             " visibility?: AssetVisibility; livePhotoVideoId?: uuid; sidecarData?: bytes; deviceId?: text;"
             " deviceAssetId?: text; metadata?: [{key: text; value: <any>}]; originalChecksum?: text; originalSize?: "
             "int; qualityNote?: text}"},
    {"DownloadResponseDto", .type = "{totalSize: int; archives: [DownloadArchiveInfo]}"},
    {"DownloadArchiveInfo", .type = "{size: int; assetIds: [uuid]}"},
    {"AssetMediaResponseDto", .type = "{id: uuid; status: 'created'|'duplicate'}"},
    {"AssetBulkUploadCheckResponseDto", .type = "{results: [AssetBulkUploadCheckResult]}"},
    {"AssetBulkUploadCheckResult",
     .type = "{id: text; action: 'accept'|'reject'; reason?: 'duplicate'|'unsupported-format'; assetId?: uuid;"
             " isTrashed?: bool}"},
    {"AssetStatsResponseDto", .type = "{images: int; videos: int; total: int}"},
    {"TrashResponseDto", .type = "{count: int}"},

    /* Ours: what is known of one asset beyond the Immich API (docs/architecture.md). */
    {"AssetProof",
     .type = "{sha256: text; sha1: text; size: int; storedAt: time; verifiedAt: time|null; verifyResult: text|null;"
             " copies: int; media: {state: 'waiting'|'ready'|'failed'; reason: text|null}; dateSource: text;"
             " quality: {state: 'original'|'waiting'|'reduced'|'kept'; note: text|null; originalSize: int|null};"
             " zoneSource: text|null; keywords: [text]; faces: [AssetProofFace]; burst: {id: text; size: int}|null;"
             " altitude: number|null; focalLength35mm: int|null; sidecar: 'none'|'waiting'|'read'|'unreadable';"
             " motion: 'live-photo'|'motion-photo'|null; mismatch: {name: text; content: text; note: text}|null;"
             " gainMap: bool; devices: [{id: uuid; name: text; key: text; state: ItemState}]}"},
    {"AssetProofFace", .type = "{name: text|null; x: number; y: number; width: number; height: number}"},
    {"VideoState", .type = "{state: 'unknown'|'original'|'conversion'|'waiting'|'converting'|'failed'; progress: int;"
                           " reason: text|null; videoCodec: text|null; audioCodec: text|null}"},

    {"TimeBucketsResponseDto", .type = "{timeBucket: date; count: int}"},
    /* What belongs to one photo stands at the same index of each list. */
    {"TimeBucketAssetResponseDto",
     .type = "{id: [uuid]; ownerId: [uuid]; ratio: [number]; isFavorite: [bool]; visibility: [AssetVisibility];"
             " isTrashed: [bool]; isImage: [bool]; thumbhash: [text|null]; createdAt: [time]; fileCreatedAt: [text];"
             " localOffsetHours: [number]; duration: [int|null]; projectionType: [text|null]; livePhotoVideoId: "
             "[uuid|null];"
             " city?: [text|null]; country?: [text|null]; latitude?: [number|null]; longitude?: [number|null];"
             " stack?: [[text]|null]; trashedAt?: [time|null]}"},

    {"SearchResponseDto", .type = "{albums: SearchAlbumResponseDto; assets: SearchAssetResponseDto}"},
    {"SearchAlbumResponseDto",
     .type = "{total: int; count: int; items: [AlbumResponseDto]; facets: [SearchFacetResponseDto]}"},
    {"SearchAssetResponseDto",
     .type = "{total: int; count: int; items: [AssetResponseDto]; facets: [SearchFacetResponseDto];"
             " nextPage: text|null; nextCursor: text|null}"},
    {"SearchFacetResponseDto", .type = "{fieldName: text; counts: [{count: int; value: text}]}"},
    {"SearchStatisticsResponseDto", .type = "{total: int}"},
    {.name = NULL},
};
