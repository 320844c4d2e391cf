// SPDX-License-Identifier: GPL-3.0-or-later
//
// What the server answers, as far as this page reads it. Names are those of the wire.

export interface ServerConfig {
  isInitialized: boolean;
  loginPageMessage: string;
}

export interface ServerAbout {
  /** of the Immich API */
  version: string;
  /** of the program */
  build: string;
}

export interface MediaTypes {
  image: string[];
  video: string[];
  sidecar: string[];
  /** endings of files that are kept, but of which this installation makes no pictures; absent where it could not be asked */
  withoutPictures?: string[];
}

export interface Queue {
  jobCounts: { active: number; waiting: number; delayed: number; failed: number; paused: number; completed: number };
  queueStatus: { isActive: boolean; isPaused: boolean };
}

/** The queues behind which there is work of this server; the others of the Immich API stay empty. */
export type QueueName = 'thumbnailGeneration' | 'videoConversion' | 'backgroundTask' | 'storageTemplateMigration';

export interface QueueJob {
  id: string;
  data: { kind: string; state: string; fileName: string | null; progress: number };
}

export interface Problem {
  id: string;
  kind: string;
  assetId: string | null;
  fileName: string | null;
  ownerName: string | null;
  reason: string | null;
  at: string;
}

export interface Problems {
  files: number;
  items: Problem[];
  nextCursor: string | null;
}

export interface User {
  id: string;
  email: string;
  name: string;
  isAdmin: boolean;
  quotaSizeInBytes: number | null;
  quotaUsageInBytes: number | null;
}

export interface AssetStatistics {
  images: number;
  videos: number;
  total: number;
}

export interface TimeBucket {
  timeBucket: string;
  count: number;
}

/** One month as parallel arrays: what belongs to one photo stands at the same index of each. */
export interface TimeBucketAssets {
  id: string[];
  ratio: number[];
  isFavorite: boolean[];
  isImage: boolean[];
  thumbhash: (string | null)[];
  fileCreatedAt: string[];
  localOffsetHours: number[];
  duration: (number | null)[];
  livePhotoVideoId: (string | null)[];
}

export interface Exif {
  make: string | null;
  model: string | null;
  lensModel: string | null;
  exifImageWidth: number | null;
  exifImageHeight: number | null;
  fileSizeInByte: number | null;
  dateTimeOriginal: string | null;
  timeZone: string | null;
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
}

/** How a video stands for the player of a browser. */
export interface VideoState {
  state: 'unknown' | 'original' | 'conversion' | 'waiting' | 'converting' | 'failed';
  /** percent, of `converting` */
  progress: number;
  /** a sentence, of `failed` */
  reason: string | null;
  videoCodec: string | null;
  audioCodec: string | null;
}

export interface Asset {
  id: string;
  type: 'IMAGE' | 'VIDEO' | 'AUDIO' | 'OTHER';
  originalFileName: string;
  originalMimeType?: string;
  thumbhash: string | null;
  fileCreatedAt: string;
  localDateTime: string;
  isFavorite: boolean;
  isTrashed: boolean;
  duration: number | null;
  livePhotoVideoId: string | null;
  width: number | null;
  height: number | null;
  exifInfo?: Exif;
}

/** Left upper corner and size, as parts of the upright picture. */
export interface Face {
  name: string | null;
  x: number;
  y: number;
  width: number;
  height: number;
}

export interface Proof {
  sha256: string;
  sha1: string;
  size: number;
  storedAt: string;
  verifiedAt: string | null;
  verifyResult: string | null;
  copies: number;
  media: { state: 'waiting' | 'ready' | 'failed'; reason: string | null };
  dateSource: string;
  /** what High quality made of the file; sha1 stays that of the file that came, sha256 and size are those of what is stored */
  quality: { state: 'original' | 'waiting' | 'reduced' | 'kept'; note: string | null; originalSize: number | null };
  zoneSource: string | null;
  /** as the file has them; parts of a path divided by "|" */
  keywords: string[];
  faces: Face[];
  burst: { id: string; size: number } | null;
  altitude: number | null;
  focalLength35mm: number | null;
  sidecar: 'none' | 'waiting' | 'read' | 'unreadable';
  motion: 'live-photo' | 'motion-photo' | null;
  /** where the file's name says another kind than its content is */
  mismatch: { name: string; content: string } | null;
  gainMap: boolean;
  devices: { id: string; name: string; key: string; state: ItemState }[];
}

export type ItemState = 'seen' | 'waiting' | 'skipped' | 'uploading' | 'stored' | 'verified' | 'missing' | 'corrupt';

export type DeviceState =
  | 'complete'
  | 'backing-up'
  | 'waiting'
  | 'off'
  | 'skipped'
  | 'stale'
  | 'full'
  | 'problem'
  | 'empty';

export interface DeviceActivity {
  activity: 'idle' | 'scanning' | 'uploading' | 'waiting' | 'off';
  reason: string | null;
  done: number;
  total: number;
  bytesPerSecond: number | null;
  secondsLeft: number | null;
  at: string;
}

export interface DeviceReason {
  state: ItemState;
  reason: string;
  text: string;
  count: number;
  example: string | null;
}

/** In which quality something backs up; `account`: a device has no choice of its own. */
export type Quality = 'original' | 'high';
export type QualityChoice = Quality | 'account';

export interface QualitySaved {
  files: number;
  bytes: number;
}

export interface BackupPreferences {
  quality: Quality;
  saved: QualitySaved;
}

export interface Device {
  id: string;
  name: string;
  kind: 'computer' | 'phone' | 'browser' | 'app';
  os: string | null;
  client: string | null;
  createdAt: string;
  lastContactAt: string | null;
  state: DeviceState;
  headline: string;
  counts: Record<ItemState | 'total' | 'gone', number>;
  bytes: { total: number; stored: number };
  lastStoredAt: string | null;
  lastVerifiedAt: string | null;
  oldestVerifiedAt: string | null;
  reasons: DeviceReason[];
  activity: DeviceActivity | null;
  quality: QualityChoice;
  qualityInForce: Quality;
  saved: QualitySaved;
}

export interface DeviceItem {
  key: string;
  name: string;
  size: number;
  modifiedAt: string;
  state: ItemState;
  reason: string | null;
  reasonText: string | null;
  note: string | null;
  /** stored, but no picture of it, or only a part, could be made: why */
  problem: string | null;
  assetId: string | null;
  storedAt: string | null;
  verifiedAt: string | null;
  isGone: boolean;
}

export interface DeviceItems {
  items: DeviceItem[];
  nextCursor: string | null;
}

export interface UploadCheck {
  results: { id: string; action: 'accept' | 'reject'; reason?: string; assetId?: string; isTrashed?: boolean }[];
}
