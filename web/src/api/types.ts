// SPDX-License-Identifier: GPL-3.0-or-later
//
// What the server answers, by the names that this page has for it; document.ts has the fields.

import type { AssetVisibility, Device, QueuesResponseLegacyDto } from './document';

export type {
  AlbumResponseDto as Album,
  AlbumUserRole as AlbumRole,
  AssetBulkUploadCheckResponseDto as UploadCheck,
  AssetProof as Proof,
  AssetProofFace as Face,
  AssetResponseDto as Asset,
  AssetStatsResponseDto as AssetStatistics,
  AssetVisibility as Visibility,
  AuthStatusResponseDto as AuthStatus,
  BackupItem as DeviceItem,
  BackupItems as DeviceItems,
  BackupPreferences,
  BulkIdResponseDto as Outcome,
  Device,
  DeviceActivity,
  DeviceReason,
  DeviceState,
  DownloadResponseDto as DownloadPlan,
  ExifResponseDto as Exif,
  ItemState,
  MemoryResponseDto as Memory,
  PartnerResponseDto as Partner,
  Problem,
  Problems,
  Quality,
  QualitySaved,
  QueueJobResponseDto as QueueJob,
  QueueResponseLegacyDto as Queue,
  SearchResponseDto as SearchAnswer,
  ServerAboutResponseDto as ServerAbout,
  ServerConfigDto as ServerConfig,
  ServerMediaTypesResponseDto as MediaTypes,
  SharedLinkResponseDto as SharedLink,
  StackResponseDto as Stack,
  TagResponseDto as Tag,
  TimeBucketAssetResponseDto as TimeBucketAssets,
  TimeBucketsResponseDto as TimeBucket,
  UserAdminResponseDto as User,
  UserResponseDto as Person,
  VideoState,
} from './document';

/** The queues behind which there is work of this server; the others of the Immich API stay empty. */
export type QueueName = Extract<
  keyof QueuesResponseLegacyDto,
  'thumbnailGeneration' | 'videoConversion' | 'backgroundTask' | 'storageTemplateMigration'
>;

/** In which quality something backs up; `account`: a device has no choice of its own. */
export type QualityChoice = Device['quality'];

/** What a person changes of photos; what is left out stays. */
export interface AssetEdit {
  isFavorite?: boolean;
  visibility?: AssetVisibility;
  description?: string;
  rating?: number | null;
  /** ISO 8601, with its offset where it is known */
  dateTimeOriginal?: string;
  latitude?: number;
  longitude?: number;
}

/** Of many at once. */
export interface AssetsEdit extends AssetEdit {
  /** minutes */
  dateTimeRelative?: number;
  timeZone?: string;
}

export interface AlbumEdit {
  albumName?: string;
  description?: string;
  albumThumbnailAssetId?: string;
  isActivityEnabled?: boolean;
  order?: 'asc' | 'desc';
}

/** What is searched for: all that is set must hold. */
export interface SearchWish {
  /** words, each anywhere in what is known */
  text?: string;
  originalFileName?: string;
  description?: string;
  takenAfter?: string;
  takenBefore?: string;
  make?: string;
  model?: string;
  lensModel?: string;
  city?: string;
  state?: string;
  country?: string;
  type?: 'IMAGE' | 'VIDEO';
  isFavorite?: boolean;
  isMotion?: boolean;
  isNotInAlbum?: boolean;
  rating?: number | null;
  albumIds?: string[];
  tagIds?: string[];
}

/** Of what there are words to search by. */
export type SearchWord = 'country' | 'state' | 'city' | 'camera-make' | 'camera-model' | 'camera-lens-model';

/** What a person says of a shared link. */
export interface LinkEdit {
  slug?: string | null;
  description?: string | null;
  /** null: none; left out: as it was */
  password?: string | null;
  expiresAt?: string | null;
  allowUpload?: boolean;
  allowDownload?: boolean;
  showMetadata?: boolean;
}
