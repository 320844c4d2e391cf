// SPDX-License-Identifier: GPL-3.0-or-later
//
// Uploads of this page: a queue over the server's resumable path (tus), three files at a time. A file that broke off
// goes on where it was, also after the page was closed, when the same file is chosen again.

import { Upload } from 'tus-js-client';
import type { DetailedError } from 'tus-js-client';
import { api, readMessage } from '../api/client';
import { refreshSoon } from '../timeline/shelf.svelte';
import { t } from '../messages/index.svelte';
import { sha1Hex } from './sha1';

const PARALLEL = 3;
const CHUNK_BYTES = 16 * 1024 * 1024;
const RETRY_DELAYS_MS = [0, 1000, 3000, 6000, 12_000, 30_000];

export type UploadState =
  | 'waiting'
  | 'checking'
  | 'uploading'
  | 'finishing'
  | 'stored'
  | 'duplicate'
  | 'failed'
  | 'skipped'
  | 'cancelled';

const NONE: ReadonlySet<string> = new Set();
const ENDED: ReadonlySet<UploadState> = new Set(['stored', 'duplicate', 'failed', 'skipped', 'cancelled']);

export interface Picked {
  file: File;
  /** path below what was chosen, with its name */
  path: string;
}

let lastId = 0;

export class UploadItem {
  readonly id = ++lastId;
  readonly file: File;
  readonly path: string;
  state = $state<UploadState>('waiting');
  sent = $state(0);
  message = $state('');
  assetId = $state<string | undefined>();
  tus: Upload | undefined;

  constructor({ file, path }: Picked) {
    this.file = file;
    this.path = path;
  }

  get hasEnded(): boolean {
    return ENDED.has(this.state);
  }
}

let items = $state.raw<readonly UploadItem[]>([]);
let knownTypes: Promise<ReadonlySet<string>> | undefined;

const summary = $derived.by(() => {
  let ended = 0;
  let failed = 0;
  let sentBytes = 0;
  let totalBytes = 0;
  for (const item of items) {
    if (item.state === 'skipped' || item.state === 'cancelled') {
      ended++;
      continue;
    }
    totalBytes += item.file.size;
    sentBytes += item.hasEnded ? item.file.size : item.sent;
    if (item.hasEnded) ended++;
    if (item.state === 'failed') failed++;
  }
  return { ended, failed, total: items.length, isActive: ended < items.length, share: totalBytes > 0 ? sentBytes / totalBytes : 1 };
});

export const uploads = {
  get items() {
    return items;
  },
  get summary() {
    return summary;
  },
};

export function fromInput(files: FileList | null): Picked[] {
  return [...(files ?? [])].map((file) => ({ file, path: file.webkitRelativePath || file.name }));
}

/** Puts files into the queue. What the server does not keep is listed as skipped, not silently left out. */
export async function enqueue(picked: readonly Picked[]): Promise<void> {
  if (picked.length === 0) return;
  const known = await extensions();
  const added = picked.map((pick) => {
    const item = new UploadItem(pick);
    if (known.size > 0 && !known.has(extensionOf(pick.file.name))) skip(item, t().upload.unsupported);
    else if (pick.file.size === 0) skip(item, t().upload.empty);
    return item;
  });
  items = [...items, ...added];
  pump();
}

function skip(item: UploadItem, message: string): void {
  item.state = 'skipped';
  item.message = message;
}

/** Extensions of photos, videos and their side files that the server knows, with their dot. Empty where it cannot be asked: then it
 *  judges each file itself. */
function extensions(): Promise<ReadonlySet<string>> {
  knownTypes ??= api.mediaTypes().then(
    ({ image, video, sidecar }) => {
      const known = image.concat(video, sidecar);
      return new Set(known);
    },
    () => {
      knownTypes = undefined;
      return NONE;
    },
  );
  return knownTypes;
}

function extensionOf(name: string): string {
  const dot = name.lastIndexOf('.');
  return dot < 0 ? '' : name.slice(dot).toLowerCase();
}

/** XMP files go after all others: the server puts each to the photo of its name. */
function isSideFile(item: UploadItem): boolean {
  return extensionOf(item.file.name) === '.xmp';
}

function pump(): void {
  let running = items.filter((item) => item.tus !== undefined || item.state === 'checking').length;
  const arePhotosSent = items.every((item) => item.hasEnded || isSideFile(item));
  for (const item of items) {
    if (running >= PARALLEL) return;
    if (item.state !== 'waiting' || (isSideFile(item) && !arePhotosSent)) continue;
    running++;
    item.state = 'checking';
    void begin(item);
  }
}

async function begin(item: UploadItem): Promise<void> {
  let checksum: string | undefined;
  try {
    checksum = await sha1Hex(item.file);
    const known = checksum === undefined ? undefined : await alreadyThere(item, checksum);
    if (known !== undefined) {
      end(item, 'duplicate', known);
      return;
    }
  } catch {
    if (item.state === 'checking') fail(item, t().upload.unreadable);
    return;
  }
  if (item.state === 'checking') await send(item, checksum);
}

/** The id of the asset with these bytes if this account has it, and not in the trash. */
async function alreadyThere(item: UploadItem, checksum: string): Promise<string | undefined> {
  try {
    const [result] = (await api.uploadCheck(String(item.id), checksum)).results;
    if (result?.action !== 'reject' || result.assetId === undefined || result.isTrashed) return undefined;
    // What was deleted for good is also "known"; choosing it again here means that it is wanted back.
    return (await api.asset(result.assetId)).isTrashed ? undefined : result.assetId;
  } catch {
    return undefined; // a shortcut only: the upload itself will tell
  }
}

async function send(item: UploadItem, checksum: string | undefined): Promise<void> {
  const changedAt = new Date(item.file.lastModified).toISOString();
  const upload = new Upload(item.file, {
    endpoint: '/api/uploads',
    chunkSize: CHUNK_BYTES,
    retryDelays: RETRY_DELAYS_MS,
    removeFingerprintOnSuccess: true,
    metadata: {
      filename: item.file.name,
      fileCreatedAt: changedAt,
      fileModifiedAt: changedAt,
      itemKey: item.path,
      ...(checksum === undefined ? {} : { checksum }),
    },
    onProgress: (sent, total) => {
      item.sent = sent;
      item.state = total !== null && sent >= total ? 'finishing' : 'uploading';
    },
    onSuccess: ({ lastResponse }) => {
      const status = lastResponse.getHeader('X-Ambrotype-Status');
      end(item, status === 'duplicate' && !isSideFile(item) ? 'duplicate' : 'stored', lastResponse.getHeader('X-Ambrotype-Asset-Id'));
    },
    onError: (error) => fail(item, reasonOf(error)),
  });
  item.tus = upload;
  item.state = 'uploading';
  const [earlier] = await upload.findPreviousUploads().catch(() => []);
  if (earlier) upload.resumeFromPreviousUpload(earlier);
  if (item.tus === upload) upload.start();
}

function reasonOf(error: Error | DetailedError): string {
  const response = 'originalResponse' in error ? error.originalResponse : null;
  if (response && response.getStatus() !== 0) return readMessage(response.getBody()) || `${response.getStatus()}`;
  return 'originalRequest' in error && error.originalRequest ? t().upload.connection : t().upload.unreadable;
}

function end(item: UploadItem, state: 'stored' | 'duplicate', assetId: string | undefined): void {
  item.tus = undefined;
  item.sent = item.file.size;
  item.state = state;
  item.assetId = assetId;
  if (state === 'stored') refreshSoon();
  pump();
}

function fail(item: UploadItem, message: string): void {
  item.tus = undefined;
  item.state = 'failed';
  item.message = message;
  pump();
}

export function retry(item: UploadItem): void {
  if (item.state !== 'failed' && item.state !== 'cancelled') return;
  item.state = 'waiting';
  item.message = '';
  item.sent = 0;
  pump();
}

export function retryFailed(): void {
  for (const item of items) if (item.state === 'failed') retry(item);
}

/** Stops all that is under way; what has been sent is dropped on the server. */
export function cancelAll(): void {
  for (const item of items) {
    if (item.hasEnded) continue;
    item.state = 'cancelled';
    void item.tus?.abort(true).catch(() => {}); // not reached: the server lets it expire
    item.tus = undefined;
  }
}

/** Empties the list of what has ended. */
export function clearEnded(): void {
  items = items.filter((item) => !item.hasEnded);
}

addEventListener('beforeunload', (event) => {
  if (summary.isActive) event.preventDefault();
});
