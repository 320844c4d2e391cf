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

/** Anything else that a person knows better; it may move photos to other days. */
export function edit(library: Library, photos: readonly Photo[], wish: AssetsEdit): Promise<boolean> {
  return attempt(async () => {
    await api.editAssets(idsOf(photos), wish);
    reloadAll(library);
    tell(t().actions.changed(...counted(photos)));
  });
}

function save(href: string): void {
  const link = document.createElement('a');
  link.href = href;
  link.download = '';
  link.click();
}

/** The originals, each as a file of its own. */
export function download(photos: readonly Photo[]): void {
  for (const photo of photos) save(`${originalUrl(photo.id)}?download`);
}
