// SPDX-License-Identifier: GPL-3.0-or-later
//
// Made from the server's OpenAPI document by web/api-types.mjs (make types): not to be edited.

export type AlbumResponseDto = {
  id: string;
  albumName: string;
  description: string;
  albumThumbnailAssetId: string | null;
  albumUsers: AlbumUserResponseDto[];
  assetCount: number;
  shared: boolean;
  hasSharedLink: boolean;
  isActivityEnabled: boolean;
  order?: AssetOrder;
  createdAt: string;
  updatedAt: string;
  startDate?: string;
  endDate?: string;
  lastModifiedAssetTimestamp?: string;
  contributorCounts?: ContributorCountResponseDto[];
};

export type AlbumUserResponseDto = {
  user: UserResponseDto;
  role: AlbumUserRole;
};

export type AlbumUserRole = 'owner' | 'editor' | 'viewer';

export type AssetBulkUploadCheckResponseDto = {
  results: AssetBulkUploadCheckResult[];
};

export type AssetBulkUploadCheckResult = {
  id: string;
  action: 'accept' | 'reject';
  reason?: 'duplicate' | 'unsupported-format';
  assetId?: string;
  isTrashed?: boolean;
};

export type AssetOrder = 'asc' | 'desc';

export type AssetProof = {
  sha256: string;
  sha1: string;
  size: number;
  storedAt: string;
  verifiedAt: string | null;
  verifyResult: string | null;
  copies: number;
  media: {
    state: 'waiting' | 'ready' | 'failed';
    reason: string | null;
  };
  dateSource: string;
  quality: {
    state: 'original' | 'waiting' | 'reduced' | 'kept';
    note: string | null;
    originalSize: number | null;
  };
  zoneSource: string | null;
  keywords: string[];
  faces: AssetProofFace[];
  burst: {
    id: string;
    size: number;
  } | null;
  altitude: number | null;
  focalLength35mm: number | null;
  sidecar: 'none' | 'waiting' | 'read' | 'unreadable';
  motion: 'live-photo' | 'motion-photo' | null;
  mismatch: {
    name: string;
    content: string;
    note: string;
  } | null;
  gainMap: boolean;
  devices: {
    id: string;
    name: string;
    key: string;
    state: ItemState;
  }[];
};

export type AssetProofFace = {
  name: string | null;
  x: number;
  y: number;
  width: number;
  height: number;
};

export type AssetResponseDto = {
  id: string;
  ownerId: string;
  owner?: UserResponseDto;
  type: AssetTypeEnum;
  originalPath: string;
  originalFileName: string;
  originalMimeType?: string;
  checksum: string;
  thumbhash: string | null;
  fileCreatedAt: string;
  fileModifiedAt: string;
  localDateTime: string;
  createdAt: string;
  updatedAt: string;
  isFavorite: boolean;
  isArchived: boolean;
  isTrashed: boolean;
  isOffline: boolean;
  isEdited: boolean;
  hasMetadata: boolean;
  resized?: boolean;
  visibility: AssetVisibility;
  duration: number | null;
  width: number | null;
  height: number | null;
  libraryId: string | null;
  duplicateId: string | null;
  livePhotoVideoId: string | null;
  exifInfo?: ExifResponseDto;
  people?: PersonResponseDto[];
  tags?: TagResponseDto[];
  stack?: AssetStackResponseDto | null;
};

export type AssetStackResponseDto = {
  id: string;
  primaryAssetId: string;
  assetCount: number;
};

export type AssetStatsResponseDto = {
  images: number;
  videos: number;
  total: number;
};

export type AssetTypeEnum = 'IMAGE' | 'VIDEO' | 'AUDIO' | 'OTHER';

export type AssetVisibility = 'archive' | 'timeline' | 'hidden' | 'locked';

export type AuthStatusResponseDto = {
  pinCode: boolean;
  password: boolean;
  isElevated: boolean;
  expiresAt?: string;
  pinExpiresAt?: string;
};

export type BackupItem = {
  key: string;
  name: string;
  size: number;
  modifiedAt: string;
  state: ItemState;
  reason: string | null;
  reasonText: string | null;
  note: string | null;
  problem: string | null;
  assetId: string | null;
  checksum: string | null;
  storedAt: string | null;
  verifiedAt: string | null;
  updatedAt: string;
  isGone: boolean;
};

export type BackupItems = {
  items: BackupItem[];
  nextCursor: string | null;
};

export type BackupPreferences = {
  quality: Quality;
  limits: QualityLimits;
  saved: QualitySaved;
};

export type BulkIdErrorReason = 'duplicate' | 'no_permission' | 'not_found' | 'unknown' | 'validation';

export type BulkIdResponseDto = {
  id: string;
  success: boolean;
  error?: BulkIdErrorReason;
};

export type ContributorCountResponseDto = {
  userId: string;
  assetCount: number;
};

export type Device = {
  id: string;
  name: string;
  kind: 'computer' | 'phone' | 'browser' | 'app';
  os: string | null;
  client: string | null;
  createdAt: string;
  lastContactAt: string | null;
  state: DeviceState;
  headline: string;
  reports: boolean;
  guess: DeviceGuess | null;
  counts: DeviceCounts;
  bytes: {
    total: number;
    stored: number;
  };
  lastStoredAt: string | null;
  lastVerifiedAt: string | null;
  oldestVerifiedAt: string | null;
  reasons: DeviceReason[];
  activity: DeviceActivity | null;
  quality: 'account' | 'original' | 'high';
  qualityInForce: Quality;
  limits: QualityLimits;
  saved: QualitySaved;
};

export type DeviceActivity = {
  activity: 'idle' | 'scanning' | 'uploading' | 'waiting' | 'off';
  reason: string | null;
  done: number;
  total: number;
  bytesPerSecond: number | null;
  secondsLeft: number | null;
  at: string;
};

export type DeviceCounts = {
  total: number;
  seen: number;
  waiting: number;
  skipped: number;
  uploading: number;
  stored: number;
  verified: number;
  missing: number;
  corrupt: number;
  gone: number;
};

export type DeviceGuess = {
  guess: 'quiet' | 'nothing-sent' | 'nothing-new';
  days: number;
  text: string;
};

export type DeviceReason = {
  state: ItemState;
  reason: string;
  text: string;
  count: number;
  example: string | null;
};

export type DeviceState = 'complete' | 'backing-up' | 'waiting' | 'off' | 'skipped' | 'stale' | 'full' | 'problem' | 'empty';

export type DownloadArchiveInfo = {
  size: number;
  assetIds: string[];
};

export type DownloadResponseDto = {
  totalSize: number;
  archives: DownloadArchiveInfo[];
};

export type ExifResponseDto = {
  make: string | null;
  model: string | null;
  exifImageWidth: number | null;
  exifImageHeight: number | null;
  fileSizeInByte: number | null;
  orientation: string | null;
  dateTimeOriginal: string | null;
  modifyDate: string | null;
  timeZone: string | null;
  lensModel: string | null;
  fNumber: number | null;
  focalLength: number | null;
  iso: number | null;
  exposureTime: string | null;
  latitude: number | null;
  longitude: number | null;
  city: string | null;
  state: string | null;
  country: string | null;
  description: string | null;
  projectionType: string | null;
  rating: number | null;
};

export type ItemState = 'seen' | 'waiting' | 'skipped' | 'uploading' | 'stored' | 'verified' | 'missing' | 'corrupt';

export type MemoryResponseDto = {
  id: string;
  ownerId: string;
  type: 'on_this_day';
  data: {
    year: number;
  };
  memoryAt: string;
  showAt?: string;
  hideAt?: string;
  seenAt?: string;
  deletedAt?: string;
  isSaved: boolean;
  createdAt: string;
  updatedAt: string;
  assets: AssetResponseDto[];
};

export type PartnerResponseDto = {
  id: string;
  email: string;
  name: string;
  avatarColor: UserAvatarColor;
  profileImagePath: string;
  profileChangedAt: string;
  inTimeline?: boolean;
};

export type PersonResponseDto = {
  id: string;
  name: string;
  birthDate: string | null;
  thumbnailPath: string;
  isHidden: boolean;
  isFavorite?: boolean;
  color?: string;
  updatedAt?: string;
};

export type Problem = {
  id: string;
  kind: string;
  assetId: string | null;
  fileName: string | null;
  ownerName: string | null;
  reason: string | null;
  at: string;
};

export type Problems = {
  files: number;
  items: Problem[];
  nextCursor: string | null;
};

export type Quality = 'original' | 'high';

export type QualityLimits = {
  photoBytes: number | null;
  photoPixels: number | null;
  videoBytes: number | null;
};

export type QualitySaved = {
  files: number;
  bytes: number;
};

export type QueueJobResponseDto = {
  id: string;
  name: string;
  timestamp: number;
  data: {
    kind: string;
    state: string;
    id: string | null;
    fileName: string | null;
    ownerName: string | null;
    reason: string | null;
    attempts: number;
    progress: number;
  };
};

export type QueueResponseLegacyDto = {
  jobCounts: QueueStatisticsDto;
  queueStatus: QueueStatusLegacyDto;
};

export type QueueStatisticsDto = {
  active: number;
  completed: number;
  delayed: number;
  failed: number;
  paused: number;
  waiting: number;
};

export type QueueStatusLegacyDto = {
  isActive: boolean;
  isPaused: boolean;
};

export type QueuesResponseLegacyDto = {
  thumbnailGeneration: QueueResponseLegacyDto;
  metadataExtraction: QueueResponseLegacyDto;
  videoConversion: QueueResponseLegacyDto;
  faceDetection: QueueResponseLegacyDto;
  facialRecognition: QueueResponseLegacyDto;
  smartSearch: QueueResponseLegacyDto;
  duplicateDetection: QueueResponseLegacyDto;
  backgroundTask: QueueResponseLegacyDto;
  storageTemplateMigration: QueueResponseLegacyDto;
  migration: QueueResponseLegacyDto;
  search: QueueResponseLegacyDto;
  sidecar: QueueResponseLegacyDto;
  library: QueueResponseLegacyDto;
  notifications: QueueResponseLegacyDto;
  backupDatabase: QueueResponseLegacyDto;
  ocr: QueueResponseLegacyDto;
  workflow: QueueResponseLegacyDto;
  integrityCheck: QueueResponseLegacyDto;
  editor: QueueResponseLegacyDto;
};

export type SearchAlbumResponseDto = {
  total: number;
  count: number;
  items: AlbumResponseDto[];
  facets: SearchFacetResponseDto[];
};

export type SearchAssetResponseDto = {
  total: number;
  count: number;
  items: AssetResponseDto[];
  facets: SearchFacetResponseDto[];
  nextPage: string | null;
  nextCursor: string | null;
};

export type SearchFacetResponseDto = {
  fieldName: string;
  counts: {
    count: number;
    value: string;
  }[];
};

export type SearchResponseDto = {
  albums: SearchAlbumResponseDto;
  assets: SearchAssetResponseDto;
};

export type SearchStatisticsResponseDto = {
  total: number;
};

export type ServerAboutResponseDto = {
  version: string;
  versionUrl: string;
  licensed: boolean;
  repository: string;
  build: string;
};

export type ServerConfigDto = {
  externalDomain: string;
  isInitialized: boolean;
  isOnboarded: boolean;
  loginPageMessage: string;
  maintenanceMode: boolean;
  mapDarkStyleUrl: string;
  mapLightStyleUrl: string;
  minFaces: number;
  oauthButtonText: string;
  publicUsers: boolean;
  trashDays: number;
  userDeleteDelay: number;
};

export type ServerMediaTypesResponseDto = {
  image: string[];
  video: string[];
  sidecar: string[];
  withoutPictures?: string[];
};

export type SharedLinkResponseDto = {
  id: string;
  userId: string;
  type: SharedLinkType;
  key: string;
  slug: string | null;
  description: string | null;
  password: string | null;
  expiresAt: string | null;
  allowUpload: boolean;
  allowDownload: boolean;
  showMetadata: boolean;
  createdAt: string;
  assets: AssetResponseDto[];
  album?: AlbumResponseDto;
};

export type SharedLinkType = 'ALBUM' | 'INDIVIDUAL';

export type StackResponseDto = {
  id: string;
  primaryAssetId: string;
  assets: AssetResponseDto[];
};

export type TagResponseDto = {
  id: string;
  name: string;
  value: string;
  parentId?: string;
  color?: string;
  createdAt: string;
  updatedAt: string;
};

export type TimeBucketAssetResponseDto = {
  id: string[];
  ownerId: string[];
  ratio: number[];
  isFavorite: boolean[];
  visibility: AssetVisibility[];
  isTrashed: boolean[];
  isImage: boolean[];
  thumbhash: (string | null)[];
  createdAt: string[];
  fileCreatedAt: string[];
  localOffsetHours: number[];
  duration: (number | null)[];
  projectionType: (string | null)[];
  livePhotoVideoId: (string | null)[];
  city?: (string | null)[];
  country?: (string | null)[];
  latitude?: (number | null)[];
  longitude?: (number | null)[];
  stack?: (string[] | null)[];
  trashedAt?: (string | null)[];
};

export type TimeBucketsResponseDto = {
  timeBucket: string;
  count: number;
};

export type UserAdminResponseDto = {
  id: string;
  email: string;
  name: string;
  avatarColor: UserAvatarColor;
  profileImagePath: string;
  profileChangedAt: string;
  storageLabel: string | null;
  shouldChangePassword: boolean;
  isAdmin: boolean;
  createdAt: string;
  updatedAt: string;
  deletedAt: string | null;
  oauthId: string;
  quotaSizeInBytes: number | null;
  quotaUsageInBytes: number | null;
  status: UserStatus;
  license: UserLicense | null;
  clusterGroupId: string;
};

export type UserAvatarColor = 'primary' | 'pink' | 'red' | 'yellow' | 'blue' | 'green' | 'purple' | 'orange' | 'gray' | 'amber';

export type UserLicense = {
  activatedAt: string;
  activationKey: string;
  licenseKey: string;
};

export type UserResponseDto = {
  id: string;
  email: string;
  name: string;
  avatarColor: UserAvatarColor;
  profileImagePath: string;
  profileChangedAt: string;
};

export type UserStatus = 'active' | 'removing' | 'deleted';

export type VideoState = {
  state: 'unknown' | 'original' | 'conversion' | 'waiting' | 'converting' | 'failed';
  progress: number;
  reason: string | null;
  videoCodec: string | null;
  audioCodec: string | null;
};
