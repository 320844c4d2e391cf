// SPDX-License-Identifier: GPL-3.0-or-later
//
// What is searched for, as the address holds it: /search?q=sea&from=2023-05-01&favorite=1.

import type { SearchWish } from '../api/types';

const TEXTS = ['q', 'name', 'description', 'from', 'until', 'make', 'model', 'lens', 'country', 'state', 'city', 'type', 'rating', 'album', 'tag'] as const;
const FLAGS = ['favorite', 'moving', 'loose'] as const;

export type QueryKey = (typeof TEXTS)[number] | (typeof FLAGS)[number];

/** q: words found anywhere; from, until: days, "2023-05-01"; type: "photo" or "video"; rating: "1" to "5", "-1" or "none"; album, tag:
 *  their ids; moving: Live Photos and motion photos; loose: in no album. */
export type Query = Partial<Record<(typeof TEXTS)[number], string> & Record<(typeof FLAGS)[number], boolean>>;

export function parse(search: string): Query {
  const given = new URLSearchParams(search);
  const query: Query = {};
  for (const key of TEXTS) {
    const text = given.get(key)?.trim();
    if (text) query[key] = text;
  }
  for (const key of FLAGS) if (given.get(key) === '1') query[key] = true;
  return query;
}

/** '' for a query of nothing. */
export function print(query: Query): string {
  const set = new URLSearchParams();
  for (const key of TEXTS) if (query[key]) set.set(key, query[key]);
  for (const key of FLAGS) if (query[key]) set.set(key, '1');
  const text = set.toString();
  return text && `?${text}`;
}

export const pathTo = (query: Query): string => `/search${print(query)}`;

/** Days are those of whoever asks. */
function instant(day: string | undefined, clock: string): string | undefined {
  const ms = day ? Date.parse(`${day}T${clock}`) : NaN;
  return Number.isNaN(ms) ? undefined : new Date(ms).toISOString();
}

export function toWish(query: Query): SearchWish {
  const all = {
    text: query.q,
    originalFileName: query.name,
    description: query.description,
    takenAfter: instant(query.from, '00:00:00'),
    takenBefore: instant(query.until, '23:59:59.999'),
    make: query.make,
    model: query.model,
    lensModel: query.lens,
    country: query.country,
    state: query.state,
    city: query.city,
    type: query.type === 'photo' ? 'IMAGE' : query.type === 'video' ? 'VIDEO' : undefined,
    isFavorite: query.favorite,
    isMotion: query.moving,
    isNotInAlbum: query.loose,
    rating: query.rating === 'none' ? null : query.rating ? Number(query.rating) : undefined,
    albumIds: query.album ? [query.album] : undefined,
    tagIds: query.tag ? [query.tag] : undefined,
  };
  return Object.fromEntries(Object.entries(all).filter(([, value]) => value !== undefined)) as SearchWish;
}
