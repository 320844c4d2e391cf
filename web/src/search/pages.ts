// SPDX-License-Identifier: GPL-3.0-or-later
//
// What a search found, newest first, page by page.

import { api } from '../api/client';
import type { SearchWish } from '../api/types';
import { toPhoto } from '../timeline/assets';
import type { Source } from '../timeline/library.svelte';

const PAGE = 200;

export function pages(wish: SearchWish): Source {
  return {
    buckets: async (signal) => {
      const { total } = await api.searchCount(wish, signal);
      return Array.from({ length: Math.ceil(total / PAGE) }, (_, page) => ({ timeBucket: String(page + 1), count: Math.min(PAGE, total - page * PAGE) }));
    },
    photos: async (page, signal) => (await api.search(wish, Number(page), PAGE, signal)).assets.items.map(toPhoto),
    label: () => '',
    // Where a photo stands among what was found only the server could tell: it is looked for among the first.
    holds: (page) => page === '1',
    keeps: (photo) => !photo.isTrashed && photo.visibility !== 'locked' && (!wish.isFavorite || photo.isFavorite),
  };
}

/** Of who asks for nothing. */
export const nothing: Source = { buckets: () => Promise.resolve([]), photos: () => Promise.resolve([]), label: () => '', holds: () => false, keeps: () => true };
