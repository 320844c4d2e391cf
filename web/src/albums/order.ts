// SPDX-License-Identifier: GPL-3.0-or-later

import type { Album, AlbumRole, User } from '../api/types';
import { locale } from '../messages/index.svelte';

/** touched: by what was last done with it; taken: by its newest photo */
export type AlbumOrder = 'touched' | 'name' | 'taken' | 'created' | 'size';

const newest = (key: (album: Album) => string) => (a: Album, b: Album) => (key(a) < key(b) ? 1 : key(a) > key(b) ? -1 : 0);

const touched = (album: Album): string =>
  album.lastModifiedAssetTimestamp && album.lastModifiedAssetTimestamp > album.updatedAt ? album.lastModifiedAssetTimestamp : album.updatedAt;

const compare: Record<AlbumOrder, (a: Album, b: Album) => number> = {
  touched: newest(touched),
  name: (a, b) => a.albumName.localeCompare(b.albumName, locale(), { numeric: true }),
  taken: newest((album) => album.endDate ?? ''),
  created: newest((album) => album.createdAt),
  size: (a, b) => b.assetCount - a.assetCount,
};

export const sorted = (albums: readonly Album[], order: AlbumOrder): Album[] => [...albums].sort(compare[order]);

/** What @user is in an album. */
export const roleIn = (album: Album, user: User | undefined): AlbumRole | undefined => album.albumUsers.find((member) => member.user.id === user?.id)?.role;

export const mayAdd = (album: Album, user: User | undefined): boolean => ['owner', 'editor'].includes(roleIn(album, user) ?? '');
