// SPDX-License-Identifier: GPL-3.0-or-later
//
// What the navigation leads to, in groups. Rooms for everybody; the server's own is for administrators.

import { t } from '../messages/index.svelte';
import type { IconName } from '../ui/Icon.svelte';
import { roomPath } from './router.svelte';
import type { Room } from './router.svelte';

export interface Place {
  room: Room;
  icon: IconName;
  isForAdmins?: boolean;
}

export const groups: readonly (readonly Place[])[] = [
  [
    { room: 'photos', icon: 'photos' },
    { room: 'recent', icon: 'recent' },
    { room: 'albums', icon: 'album' },
    { room: 'sharing', icon: 'people' },
    { room: 'favorites', icon: 'heart' },
    { room: 'tags', icon: 'tag' },
  ],
  [
    { room: 'archive', icon: 'archive' },
    { room: 'locked', icon: 'lock' },
    { room: 'trash', icon: 'trash' },
  ],
  [
    { room: 'backup', icon: 'shield' },
    { room: 'server', icon: 'app', isForAdmins: true },
  ],
];

/** On a phone at hand; the others behind "More". */
export const atHand: readonly Place[] = [
  { room: 'photos', icon: 'photos' },
  { room: 'albums', icon: 'album' },
  { room: 'search', icon: 'search' },
  { room: 'backup', icon: 'shield' },
];

export const pathOf = (room: Room): string => roomPath({ room, id: undefined, photo: undefined, query: '' });

export function nameOf(room: Room): string {
  const names: Record<Room, () => string> = {
    photos: () => t().timeline.title,
    recent: () => t().collections.recent.title,
    albums: () => t().albums.title,
    sharing: () => t().sharing.title,
    tags: () => t().tags.title,
    memories: () => t().memories.title,
    partners: () => t().sharing.title,
    favorites: () => t().collections.favorites.title,
    archive: () => t().collections.archive.title,
    locked: () => t().locked.title,
    trash: () => t().trash.title,
    search: () => t().search.title,
    backup: () => t().backup.title,
    server: () => t().server.title,
  };
  return names[room]();
}
