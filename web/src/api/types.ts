// SPDX-License-Identifier: GPL-3.0-or-later
//
// What the server answers, by the names that this page has for it; document.ts has the fields.

import type { Device, QueuesResponseLegacyDto } from './document';

export type {
  AssetBulkUploadCheckResponseDto as UploadCheck,
  AssetProof as Proof,
  AssetProofFace as Face,
  AssetResponseDto as Asset,
  AssetStatsResponseDto as AssetStatistics,
  BackupItem as DeviceItem,
  BackupItems as DeviceItems,
  BackupPreferences,
  Device,
  DeviceActivity,
  DeviceReason,
  DeviceState,
  ExifResponseDto as Exif,
  ItemState,
  Problem,
  Problems,
  Quality,
  QualitySaved,
  QueueJobResponseDto as QueueJob,
  QueueResponseLegacyDto as Queue,
  ServerAboutResponseDto as ServerAbout,
  ServerConfigDto as ServerConfig,
  ServerMediaTypesResponseDto as MediaTypes,
  TimeBucketAssetResponseDto as TimeBucketAssets,
  TimeBucketsResponseDto as TimeBucket,
  UserAdminResponseDto as User,
  VideoState,
} from './document';

/** The queues behind which there is work of this server; the others of the Immich API stay empty. */
export type QueueName = Extract<
  keyof QueuesResponseLegacyDto,
  'thumbnailGeneration' | 'videoConversion' | 'backgroundTask' | 'storageTemplateMigration'
>;

/** In which quality something backs up; `account`: a device has no choice of its own. */
export type QualityChoice = Device['quality'];
