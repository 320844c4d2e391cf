// SPDX-License-Identifier: GPL-3.0-or-later
//
// The one place that talks to the server (uploads excepted, see upload/). Sign-in is by cookie, so nothing is kept here.

import type {
  Album,
  AlbumEdit,
  AlbumRole,
  Asset,
  AssetEdit,
  AssetsEdit,
  AssetStatistics,
  AuthStatus,
  BackupPreferences,
  Device,
  DeviceItems,
  DownloadPlan,
  LinkEdit,
  MediaTypes,
  Memory,
  Outcome,
  Partner,
  Person,
  Problems,
  Proof,
  Quality,
  QualityChoice,
  Queue,
  QueueJob,
  QueueName,
  SearchAnswer,
  SearchWish,
  SearchWord,
  ServerAbout,
  ServerConfig,
  SharedLink,
  Stack,
  Tag,
  TimeBucket,
  TimeBucketAssets,
  UploadCheck,
  User,
  VideoState,
} from './types';

/** An answer that is not a success. `message` is the server's own sentence; status 0: the server was not reached. */
export class ApiError extends Error {
  constructor(
    readonly status: number,
    message: string,
  ) {
    super(message);
  }
}

/** Says the server of what is in the locked folder while that is locked. */
const LOCKED = 'Elevated permission is required';
export const isLocked = (error: unknown): boolean => error instanceof ApiError && error.status === 401 && error.message === LOCKED;

/** "key=…" or "slug=…" of the shared link by which all is asked for; '' for who is signed in. */
let link = '';

/** From now on everything is asked for by this shared link. */
export function askByLink(query: string): void {
  link = query;
}

const byLink = (path: string): string => (link === '' ? path : `${path}${path.includes('?') ? '&' : '?'}${link}`);

let whenSignedOut: () => void = () => {};

/** @handler runs when the server says 401 to a request of someone who was signed in. */
export function onSignedOut(handler: () => void): void {
  whenSignedOut = handler;
}

export function isAbort(error: unknown): boolean {
  return error instanceof DOMException && error.name === 'AbortError';
}

interface Options {
  method?: string;
  json?: unknown;
  signal?: AbortSignal | undefined;
  /** a 401 is an ordinary answer here: sign-in, and the question who is signed in */
  mayBeStranger?: boolean;
}

async function ask<T>(path: string, options: Options = {}): Promise<T> {
  const response = await request(path, options);
  if (response.status === 204) return undefined as T;
  return (await response.json()) as T;
}

async function request(path: string, options: Options): Promise<Response> {
  const init: RequestInit = { method: options.method ?? 'GET', signal: options.signal ?? null };
  if (options.json !== undefined) {
    init.headers = { 'content-type': 'application/json' };
    init.body = JSON.stringify(options.json);
  }
  let response: Response;
  try {
    response = await fetch(byLink(path), init);
  } catch (error) {
    if (isAbort(error)) throw error;
    throw new ApiError(0, '');
  }
  if (!response.ok) {
    const message = await messageOf(response);
    if (response.status === 401 && !options.mayBeStranger && message !== LOCKED) whenSignedOut();
    throw new ApiError(response.status, message);
  }
  return response;
}

async function messageOf(response: Response): Promise<string> {
  try {
    return readMessage(await response.text());
  } catch {
    return '';
  }
}

/** The sentence in an error's body, or ''. One that fails validation tells the first place and what is wrong there. */
export function readMessage(body: string): string {
  try {
    const { message, errors } = JSON.parse(body) as { message?: unknown; errors?: { path?: string; message?: string }[] };
    const first = Array.isArray(errors) ? errors[0] : undefined;
    const sentence = Array.isArray(message) ? message.join(' ') : typeof message === 'string' ? message : '';
    return first?.path && first.message ? `${sentence}: ${first.path} ${first.message}` : sentence;
  } catch {
    return '';
  }
}

type Signal = AbortSignal | undefined;

/** What an administrator wants of an account; what is absent stays as it is. */
export interface UserWishes {
  name: string;
  email: string;
  password?: string;
  quotaSizeInBytes: number | null;
  isAdmin: boolean;
  shouldChangePassword: boolean;
}

export const api = {
  config: () => ask<ServerConfig>('/api/server/config'),
  about: () => ask<ServerAbout>('/api/server/about'),
  mediaTypes: () => ask<MediaTypes>('/api/server/media-types'),
  me: () => ask<User>('/api/users/me', { mayBeStranger: true }),
  statistics: () => ask<AssetStatistics>('/api/assets/statistics'),

  signUp: (account: { email: string; password: string; name: string }) =>
    ask<User>('/api/auth/admin-sign-up', { method: 'POST', json: account, mayBeStranger: true }),
  login: (email: string, password: string) =>
    ask<unknown>('/api/auth/login', { method: 'POST', json: { email, password }, mayBeStranger: true }),
  logout: () => ask<unknown>('/api/auth/logout', { method: 'POST', mayBeStranger: true }),

  buckets: (query: string, signal?: Signal) => ask<TimeBucket[]>(`/api/timeline/buckets?${query}`, { signal }),
  bucket: (query: string, timeBucket: string, signal?: Signal) =>
    ask<TimeBucketAssets>(`/api/timeline/bucket?${query}&timeBucket=${encodeURIComponent(timeBucket)}`, { signal }),

  asset: (id: string, signal?: Signal) => ask<Asset>(`/api/assets/${encodeURIComponent(id)}`, { signal }),
  editAsset: (id: string, edit: AssetEdit) => ask<Asset>(`/api/assets/${encodeURIComponent(id)}`, { method: 'PUT', json: edit }),
  editAssets: (ids: string[], edit: AssetsEdit) => ask<void>('/api/assets', { method: 'PUT', json: { ids, ...edit } }),
  /** @force: for good; without it into the trash */
  deleteAssets: (ids: string[], force = false) => ask<void>('/api/assets', { method: 'DELETE', json: { ids, force } }),
  restoreAssets: (ids: string[]) => ask<unknown>('/api/trash/restore/assets', { method: 'POST', json: { ids } }),
  restoreTrash: () => ask<{ count: number }>('/api/trash/restore', { method: 'POST', json: {} }),
  emptyTrash: () => ask<{ count: number }>('/api/trash/empty', { method: 'POST', json: {} }),
  video: (id: string, signal?: Signal) => ask<VideoState>(`/api/assets/${encodeURIComponent(id)}/video`, { signal }),
  proof: (id: string, signal?: Signal) => ask<Proof>(`/api/assets/${encodeURIComponent(id)}/proof`, { signal }),
  uploadCheck: (id: string, checksum: string) =>
    ask<UploadCheck>('/api/assets/bulk-upload-check', { method: 'POST', json: { assets: [{ id, checksum }] } }),

  albums: (filter: { assetId?: string; isShared?: string } = {}, signal?: Signal) => ask<Album[]>(`/api/albums?${new URLSearchParams(filter)}`, { signal }),
  album: (id: string, signal?: Signal) => ask<Album>(`/api/albums/${encodeURIComponent(id)}`, { signal }),
  createAlbum: (album: { albumName: string; assetIds?: string[] }) => ask<Album>('/api/albums', { method: 'POST', json: album }),
  editAlbum: (id: string, edit: AlbumEdit) => ask<Album>(`/api/albums/${encodeURIComponent(id)}`, { method: 'PATCH', json: edit }),
  deleteAlbum: (id: string) => ask<void>(`/api/albums/${encodeURIComponent(id)}`, { method: 'DELETE' }),
  addToAlbum: (id: string, ids: string[]) => ask<Outcome[]>(`/api/albums/${encodeURIComponent(id)}/assets`, { method: 'PUT', json: { ids } }),
  removeFromAlbum: (id: string, ids: string[]) =>
    ask<Outcome[]>(`/api/albums/${encodeURIComponent(id)}/assets`, { method: 'DELETE', json: { ids } }),

  tags: (signal?: Signal) => ask<Tag[]>('/api/tags', { signal }),
  /** Those with these paths ("trips/2024"), made where there were none. */
  upsertTags: (tags: string[]) => ask<Tag[]>('/api/tags', { method: 'PUT', json: { tags } }),
  tagAssets: (tagIds: string[], assetIds: string[]) => ask<{ count: number }>('/api/tags/assets', { method: 'PUT', json: { tagIds, assetIds } }),
  untagAssets: (id: string, ids: string[]) => ask<Outcome[]>(`/api/tags/${encodeURIComponent(id)}/assets`, { method: 'DELETE', json: { ids } }),
  renameTag: (id: string, name: string) => ask<Tag>(`/api/tags/${encodeURIComponent(id)}`, { method: 'PUT', json: { name } }),
  deleteTag: (id: string) => ask<void>(`/api/tags/${encodeURIComponent(id)}`, { method: 'DELETE' }),

  stack: (id: string, signal?: Signal) => ask<Stack>(`/api/stacks/${encodeURIComponent(id)}`, { signal }),
  /** The first of them stands for the others. */
  createStack: (assetIds: string[]) => ask<Stack>('/api/stacks', { method: 'POST', json: { assetIds } }),
  setPrimary: (id: string, primaryAssetId: string) => ask<Stack>(`/api/stacks/${encodeURIComponent(id)}`, { method: 'PUT', json: { primaryAssetId } }),
  deleteStack: (id: string) => ask<void>(`/api/stacks/${encodeURIComponent(id)}`, { method: 'DELETE' }),

  /** Those to be shown on a day ("2024-08-03"). */
  memoriesOf: (day: string, signal?: Signal) => ask<Memory[]>(`/api/memories?for=${day}T12:00:00.000Z`, { signal }),
  memory: (id: string, signal?: Signal) => ask<Memory>(`/api/memories/${encodeURIComponent(id)}`, { signal }),
  editMemory: (id: string, edit: { isSaved?: boolean; seenAt?: string }) => ask<Memory>(`/api/memories/${encodeURIComponent(id)}`, { method: 'PUT', json: edit }),
  deleteMemory: (id: string) => ask<void>(`/api/memories/${encodeURIComponent(id)}`, { method: 'DELETE' }),

  people: () => ask<Person[]>('/api/users'),
  addToAlbumMembers: (id: string, albumUsers: { userId: string; role: AlbumRole }[]) =>
    ask<Album>(`/api/albums/${encodeURIComponent(id)}/users`, { method: 'PUT', json: { albumUsers } }),
  setAlbumRole: (id: string, userId: string, role: AlbumRole) =>
    ask<void>(`/api/albums/${encodeURIComponent(id)}/user/${encodeURIComponent(userId)}`, { method: 'PUT', json: { role } }),
  /** @userId: "me" leaves */
  leaveAlbum: (id: string, userId: string) => ask<void>(`/api/albums/${encodeURIComponent(id)}/user/${encodeURIComponent(userId)}`, { method: 'DELETE' }),

  links: (albumId?: string, signal?: Signal) => ask<SharedLink[]>(`/api/shared-links${albumId ? `?albumId=${encodeURIComponent(albumId)}` : ''}`, { signal }),
  createLink: (of: { albumId: string } | { assetIds: string[] }, edit: LinkEdit) =>
    ask<SharedLink>('/api/shared-links', { method: 'POST', json: { type: 'albumId' in of ? 'ALBUM' : 'INDIVIDUAL', ...of, ...edit } }),
  editLink: (id: string, edit: LinkEdit) => ask<SharedLink>(`/api/shared-links/${encodeURIComponent(id)}`, { method: 'PATCH', json: edit }),
  deleteLink: (id: string) => ask<void>(`/api/shared-links/${encodeURIComponent(id)}`, { method: 'DELETE' }),

  /** shared-by: who sees mine; shared-with: whose I see */
  partners: (direction: 'shared-by' | 'shared-with', signal?: Signal) => ask<Partner[]>(`/api/partners?direction=${direction}`, { signal }),
  addPartner: (sharedWithId: string) => ask<Partner>('/api/partners', { method: 'POST', json: { sharedWithId } }),
  setPartner: (id: string, inTimeline: boolean) => ask<Partner>(`/api/partners/${encodeURIComponent(id)}`, { method: 'PUT', json: { inTimeline } }),
  removePartner: (id: string) => ask<void>(`/api/partners/${encodeURIComponent(id)}`, { method: 'DELETE' }),

  /** Of one of the archives of a plan; the body comes as it is read. */
  archive: (assetIds: string[]) => request('/api/download/archive', { method: 'POST', json: { assetIds } }),
  downloadPlan: (assetIds: string[]) => ask<DownloadPlan>('/api/download/info', { method: 'POST', json: { assetIds } }),

  search: (wish: SearchWish, page: number, size: number, signal?: Signal) =>
    ask<SearchAnswer>('/api/search/metadata', { method: 'POST', json: { ...wish, page, size }, signal }),
  searchCount: (wish: SearchWish, signal?: Signal) => ask<{ total: number }>('/api/search/statistics', { method: 'POST', json: wish, signal }),
  searchWords: (type: SearchWord, within: { country?: string; state?: string; make?: string; model?: string } = {}, signal?: Signal) =>
    ask<string[]>(`/api/search/suggestions?${new URLSearchParams({ type, ...within })}`, { signal }),

  authStatus: () => ask<AuthStatus>('/api/auth/status'),
  setPin: (pinCode: string) => ask<void>('/api/auth/pin-code', { method: 'POST', json: { pinCode } }),
  changePin: (proof: { pinCode?: string; password?: string }, newPinCode: string) =>
    ask<void>('/api/auth/pin-code', { method: 'PUT', json: { ...proof, newPinCode } }),
  unlock: (pinCode: string) => ask<void>('/api/auth/session/unlock', { method: 'POST', json: { pinCode } }),
  lock: () => ask<void>('/api/auth/session/lock', { method: 'POST', json: {} }),

  queues: (signal?: Signal) => ask<Record<QueueName, Queue>>('/api/jobs', { signal }),
  queueCommand: (name: QueueName, command: 'start' | 'pause' | 'resume' | 'empty', force = false) =>
    ask<Queue>(`/api/jobs/${name}`, { method: 'PUT', json: { command, force } }),
  activeJobs: (name: QueueName, signal?: Signal) => ask<QueueJob[]>(`/api/queues/${name}/jobs?status=active`, { signal }),
  problems: (cursor?: string, signal?: Signal) => ask<Problems>(`/api/problems?limit=50${cursor ? `&cursor=${cursor}` : ''}`, { signal }),
  /** @ids absent: all of them */
  retryProblems: (ids?: string[]) => ask<{ retried: number }>('/api/problems/retry', { method: 'POST', json: ids ? { ids } : {} }),

  users: (signal?: Signal) => ask<User[]>('/api/admin/users?withDeleted=true', { signal }),
  addUser: (wishes: UserWishes) => ask<User>('/api/admin/users', { method: 'POST', json: wishes }),
  changeUser: (id: string, wishes: UserWishes) => ask<User>(`/api/admin/users/${encodeURIComponent(id)}`, { method: 'PUT', json: wishes }),
  removeUser: (id: string) => ask<User>(`/api/admin/users/${encodeURIComponent(id)}`, { method: 'DELETE', json: {} }),
  restoreUser: (id: string) => ask<User>(`/api/admin/users/${encodeURIComponent(id)}/restore`, { method: 'POST' }),

  link: () => ask<SharedLink>('/api/shared-links/me'),
  openLink: (password: string) => ask<SharedLink>('/api/shared-links/login', { method: 'POST', json: { password } }),
  /** Of the album that a link shows, a page (from 1) of its photos. */
  linkPage: (albumId: string, order: 'asc' | 'desc', page: number) =>
    ask<SearchAnswer>('/api/search/metadata', { method: 'POST', json: { albumIds: [albumId], order, page, size: 500 } }),

  devices: (signal?: Signal) => ask<Device[]>('/api/backup/devices', { signal }),
  forgetDevice: (id: string) => ask<void>(`/api/backup/devices/${encodeURIComponent(id)}`, { method: 'DELETE' }),
  setDeviceQuality: ({ id, name, kind, os, client }: Device, quality: QualityChoice) =>
    ask<Device>(`/api/backup/devices/${id}`, { method: 'PUT', json: { name, kind, ...(os ? { os } : {}), ...(client ? { client } : {}), quality } }),
  backupPreferences: () => ask<BackupPreferences>('/api/backup/preferences'),
  setQuality: (quality: Quality) => ask<BackupPreferences>('/api/backup/preferences', { method: 'PUT', json: { quality } }),
  deviceItems: (id: string, filter: { state?: string; q?: string; cursor?: string }, signal?: Signal) => {
    const query = new URLSearchParams({ limit: '50' });
    for (const [name, value] of Object.entries(filter)) if (value) query.set(name, value);
    return ask<DeviceItems>(`/api/backup/devices/${encodeURIComponent(id)}/items?${query}`, { signal });
  },
};

export const thumbnailUrl = (id: string, version = '') => assetUrl(id, 'thumbnail', { size: 'thumbnail', c: version });
export const previewUrl = (id: string, version = '') => assetUrl(id, 'thumbnail', { size: 'preview', c: version });
export const originalUrl = (id: string) => assetUrl(id, 'original', {});

/** What plays: the original or a conversion of it. */
export const playbackUrl = (id: string) => assetUrl(id, 'video/playback', {});

/** @version only makes the address new when the picture is: browsers keep thumbnails for a day. */
function assetUrl(id: string, what: string, query: Record<string, string>): string {
  const set = Object.entries(query).filter(([, value]) => value !== '');
  const text = new URLSearchParams(set).toString();
  return byLink(`/api/assets/${encodeURIComponent(id)}/${what}${text ? `?${text}` : ''}`);
}

/** All that a shared link shows, as one archive. */
export const linkArchiveUrl = () => byLink('/api/shared-links/me/archive');
/** Where files go to. */
export const uploadUrl = () => byLink('/api/assets');
