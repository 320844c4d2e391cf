// SPDX-License-Identifier: GPL-3.0-or-later
//
// What can be done with photos, in a grid or in the viewer: the server is told, what is shown follows at once, and a word
// says so, with a way back where there is one. Each answers whether it was done.

import { api, originalUrl } from '../api/client';
import type { AssetsEdit } from '../api/types';
import * as format from '../app/format';
import { t } from '../messages/index.svelte';
import type { Library, Photo } from '../timeline/library.svelte';
import { changed, reloadAll } from '../timeline/shelf.svelte';
import { confirm } from '../ui/confirm.svelte';
import { attempt, tell } from '../ui/toasts.svelte';

const idsOf = (photos: readonly Photo[]) => photos.map((photo) => photo.id);
const counted = (photos: readonly Photo[]): [string, number] => [format.number(photos.length), photos.length];

interface Step {
  ask: () => Promise<unknown>;
  /** what it does to a photo */
  change: (photo: Photo) => Photo;
  words: string;
  /** takes it back */
  undo?: () => Promise<unknown>;
}

function take(library: Library, photos: readonly Photo[], { ask, change, words, undo }: Step): Promise<boolean> {
  return attempt(async () => {
    await ask();
    changed(library, photos, change);
    tell(words, undo && (async () => {
      await undo();
      reloadAll(library);
    }));
  });
}

/** Favourites, all of them; or none, if all are. */
export function favorite(library: Library, photos: readonly Photo[]): Promise<boolean> {
  const isFavorite = !photos.every((photo) => photo.isFavorite);
  const others = photos.filter((photo) => photo.isFavorite !== isFavorite);
  const edit = (value: boolean) => api.editAssets(idsOf(others), { isFavorite: value });
  return take(library, others, {
    ask: () => edit(isFavorite),
    change: (photo) => ({ ...photo, isFavorite }),
    words: isFavorite ? t().actions.favorited(...counted(others)) : t().actions.unfavorited(...counted(others)),
    undo: () => edit(!isFavorite),
  });
}

/** Into the archive; out of it, if all are there. */
export function archive(library: Library, photos: readonly Photo[]): Promise<boolean> {
  const visibility = photos.every((photo) => photo.visibility === 'archive') ? 'timeline' : 'archive';
  const others = photos.filter((photo) => photo.visibility !== visibility);
  return take(library, others, {
    ask: () => api.editAssets(idsOf(others), { visibility }),
    change: (photo) => ({ ...photo, visibility }),
    words: visibility === 'archive' ? t().actions.archived(...counted(others)) : t().actions.unarchived(...counted(others)),
    undo: () => api.editAssets(idsOf(others), { visibility: visibility === 'archive' ? 'timeline' : 'archive' }),
  });
}

export function trash(library: Library, photos: readonly Photo[]): Promise<boolean> {
  return take(library, photos, {
    ask: () => api.deleteAssets(idsOf(photos)),
    change: (photo) => ({ ...photo, isTrashed: true }),
    words: t().actions.trashed(...counted(photos)),
    undo: () => api.restoreAssets(idsOf(photos)),
  });
}

export function restore(library: Library, photos: readonly Photo[]): Promise<boolean> {
  return take(library, photos, {
    ask: () => api.restoreAssets(idsOf(photos)),
    change: (photo) => ({ ...photo, isTrashed: false }),
    words: t().actions.restored(...counted(photos)),
    undo: () => api.deleteAssets(idsOf(photos)),
  });
}

/** For good, after a question. */
export async function destroy(library: Library, photos: readonly Photo[]): Promise<boolean> {
  const sure = await confirm(t().actions.destroyTitle(...counted(photos)), t().actions.destroyWords, t().actions.destroy);
  if (!sure) return false;
  return take(library, photos, {
    ask: () => api.deleteAssets(idsOf(photos), true),
    // No library keeps what is gone.
    change: (photo) => ({ ...photo, isTrashed: !photo.isTrashed }),
    words: t().actions.destroyed(...counted(photos)),
  });
}

/** Into the locked folder, after a question; out of it, if that is where they are. */
export async function lock(library: Library, photos: readonly Photo[]): Promise<boolean> {
  const isLocked = photos.every((photo) => photo.visibility === 'locked');
  if (!isLocked && !(await confirm(t().actions.lockTitle(...counted(photos)), t().actions.lockWords, t().actions.lock))) return false;
  const visibility = isLocked ? 'timeline' : 'locked';
  return take(library, photos, {
    ask: () => api.editAssets(idsOf(photos), { visibility }),
    change: (photo) => ({ ...photo, visibility }),
    words: isLocked ? t().actions.unlocked(...counted(photos)) : t().actions.locked(...counted(photos)),
  });
}

/** The first of them stands for the others. */
export function stack(library: Library, photos: readonly Photo[]): Promise<boolean> {
  return attempt(async () => {
    const made = await api.createStack(idsOf(photos));
    reloadAll(library);
    tell(t().stacks.stacked(...counted(photos)), async () => {
      await api.deleteStack(made.id);
      reloadAll(library);
    });
  });
}

/** Anything else that a person knows better; it may move photos to other days. */
export function edit(library: Library, photos: readonly Photo[], wish: AssetsEdit): Promise<boolean> {
  return attempt(async () => {
    await api.editAssets(idsOf(photos), wish);
    reloadAll(library);
    tell(t().actions.changed(...counted(photos)));
  });
}

function save(href: string, name = ''): void {
  const link = document.createElement('a');
  link.href = href;
  link.download = name;
  link.click();
}

/** Above this an archive is written to the disk as it comes, where the browser can do that. */
const LARGE_BYTES = 256 * 1024 * 1024;

interface Picker {
  showSaveFilePicker?: (options: { suggestedName: string }) => Promise<{ createWritable(): Promise<WritableStream<Uint8Array>> }>;
}

async function saveArchive(assetIds: string[], bytes: number, name: string): Promise<void> {
  const { showSaveFilePicker } = window as Picker;
  const file = bytes > LARGE_BYTES && showSaveFilePicker ? await showSaveFilePicker({ suggestedName: name }) : undefined;
  const response = await api.archive(assetIds);
  if (file && response.body) {
    await response.body.pipeTo(await file.createWritable());
    return;
  }
  const address = URL.createObjectURL(await response.blob());
  save(address, name);
  setTimeout(() => URL.revokeObjectURL(address), 60_000);
}

/** The originals: of one the file, of many as ZIP archives. */
export function download(photos: readonly Photo[]): Promise<boolean> {
  return attempt(async () => {
    const [only] = photos;
    if (only && photos.length === 1) {
      save(`${originalUrl(only.id)}?download`);
      return;
    }
    const { archives, totalSize } = await api.downloadPlan(idsOf(photos));
    tell(t().actions.downloading(format.size(totalSize)));
    const day = format.localDay(new Date().toISOString());
    for (const [n, { assetIds, size }] of archives.entries()) {
      await saveArchive(assetIds, size, `photos ${day}${archives.length > 1 ? ` ${n + 1}` : ''}.zip`);
    }
  });
}
