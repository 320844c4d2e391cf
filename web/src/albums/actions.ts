// SPDX-License-Identifier: GPL-3.0-or-later
//
// What is done with albums from more than one place. All of it throws what the server refuses.

import { api } from '../api/client';
import type { Album } from '../api/types';
import * as format from '../app/format';
import { t } from '../messages/index.svelte';
import { tell } from '../ui/toasts.svelte';

/** Adds, and says how many; what the album had already is told apart, and stays when the addition is undone. */
export async function add(album: Album, ids: string[]): Promise<void> {
  const outcomes = await api.addToAlbum(album.id, ids);
  const added = outcomes.filter(({ success }) => success).map(({ id }) => id);
  if (added.length === 0) tell(t().albums.hadAll(album.albumName));
  else
    tell(t().albums.added(format.number(added.length), added.length, album.albumName), async () => {
      await api.removeFromAlbum(album.id, added);
    });
}

export async function create(albumName: string, assetIds: string[]): Promise<Album> {
  const album = await api.createAlbum({ albumName, assetIds });
  tell(t().albums.created(album.albumName), async () => {
    await api.deleteAlbum(album.id);
  });
  return album;
}
