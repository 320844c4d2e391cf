// SPDX-License-Identifier: GPL-3.0-or-later
//
// What the search field offers while a person types: dates, places, cameras and albums that there are, and the words
// themselves.

import { api } from '../api/client';
import type { Album, SearchWord, Tag } from '../api/types';
import * as format from '../app/format';
import { t } from '../messages/index.svelte';
import { pathOf } from '../tags/names';
import type { IconName } from '../ui/Icon.svelte';
import { readPeriod } from './dates';
import { pathTo } from './query';
import { recent } from './recent';

export interface Suggestion {
  icon: IconName;
  words: string;
  /** what kind of thing it is */
  kind: string;
  /** where it leads */
  path: string;
}

interface Named<Key extends string> {
  key: Key;
  name: string;
}

export interface Known {
  places: Named<'city' | 'state' | 'country'>[];
  cameras: Named<'make' | 'model' | 'lens'>[];
  albums: Album[];
  tags: Tag[];
}

const FRESH_MS = 60_000;
const MOST = 4;

let known: Promise<Known> | undefined;
let knownAt = 0;

/** Asks for the words that there are, unless that was done a moment ago. */
export function learn(): Promise<Known> {
  if (!known || Date.now() - knownAt > FRESH_MS) {
    knownAt = Date.now();
    known = load();
    known.catch(() => (known = undefined));
  }
  return known;
}

async function load(): Promise<Known> {
  const words = async <Key extends string>(type: SearchWord, key: Key): Promise<Named<Key>[]> => (await api.searchWords(type)).map((name) => ({ key, name }));
  const [cities, states, countries, models, makes, lenses, albums, tags] = await Promise.all([
    words('city', 'city'),
    words('state', 'state'),
    words('country', 'country'),
    words('camera-model', 'model'),
    words('camera-make', 'make'),
    words('camera-lens-model', 'lens'),
    api.albums(),
    api.tags(),
  ]);
  return { places: [...cities, ...states, ...countries], cameras: [...models, ...makes, ...lenses], albums, tags };
}

export function suggest(text: string, { places, cameras, albums, tags }: Known): Suggestion[] {
  const typed = text.trim();
  if (!typed) return recent().map(asText);
  const wanted = typed.toLocaleLowerCase();
  const fitting = <T>(all: readonly T[], name: (one: T) => string): T[] => all.filter((one) => name(one).toLocaleLowerCase().includes(wanted)).slice(0, MOST);
  const period = readPeriod(typed);
  const kinds = t().search.kinds;
  return [
    ...(period ? [{ icon: 'clock' as const, words: format.period(period.from, period.until), kind: kinds.date, path: pathTo({ ...period }) }] : []),
    asText(typed),
    ...fitting(albums, (album) => album.albumName).map((album) => ({ icon: 'album' as const, words: album.albumName, kind: kinds.album, path: `/albums/${album.id}` })),
    ...fitting(tags, (tag) => tag.value).map((tag) => ({ icon: 'tag' as const, words: pathOf(tag), kind: kinds.tag, path: `/tags/${tag.id}` })),
    ...fitting(places, ({ name }) => name).map(({ key, name }) => ({ icon: 'place' as const, words: name, kind: kinds.place, path: pathTo({ [key]: name }) })),
    ...fitting(cameras, ({ name }) => name).map(({ key, name }) => ({ icon: 'camera' as const, words: name, kind: kinds.camera, path: pathTo({ [key]: name }) })),
  ];
}

const asText = (words: string): Suggestion => ({ icon: 'search', words, kind: '', path: pathTo({ q: words }) });
