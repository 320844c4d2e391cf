// SPDX-License-Identifier: GPL-3.0-or-later
//
// The timeline's data: which months there are, and the photos of those that are being looked at. The timeline and the
// viewer share it, so that the viewer knows a photo's neighbours.
//
// Small months that follow each other form one *section*, the unit that is loaded, laid out and dropped.

import { api, isAbort } from '../api/client';
import type { TimeBucket, TimeBucketAssets } from '../api/types';

export interface Photo {
  id: string;
  ratio: number;
  isImage: boolean;
  isFavorite: boolean;
  thumbhash: string | null;
  /** wall clock of the camera, in milliseconds as if it were UTC */
  localMs: number;
  day: string;
  durationMs: number | null;
  /** of the video that moves it */
  liveId: string | null;
}

export interface Section {
  index: number;
  months: TimeBucket[];
  count: number;
}

const SMALL_SECTION = 30;
const MAX_MONTHS = 12;

let buckets = $state.raw<TimeBucket[] | undefined>();
let sections = $state.raw<Section[]>([]);
/** Photos of loaded sections by section index. Replaced whole at every change. */
let loaded = $state.raw<ReadonlyMap<number, readonly Photo[]>>(new Map());
let failed = $state.raw<ReadonlySet<number>>(new Set());
let loadError = $state.raw<unknown>();
/** Rises with every reload: what was asked for before it is no longer wanted. */
let generation = 0;
const running = new Map<number, { promise: Promise<void>; abort: AbortController }>();

export const library = {
  get buckets() {
    return buckets;
  },
  get sections() {
    return sections;
  },
  get loaded() {
    return loaded;
  },
  get failed() {
    return failed;
  },
  get error() {
    return loadError;
  },
};

/** Asks again which months there are, and for the photos of the sections that are loaded. What is shown stays until the
 *  new is there. */
export async function reload(): Promise<void> {
  const mine = ++generation;
  for (const { abort } of running.values()) abort.abort();
  running.clear();
  try {
    const fresh = await api.buckets();
    if (mine !== generation) return;
    const wanted = new Set([...loaded.keys()].flatMap((index) => sections[index]?.months.map((month) => month.timeBucket) ?? []));
    const next = makeSections(fresh);
    const keep = next.filter((section) => section.months.some((month) => wanted.has(month.timeBucket)));
    const photos = await Promise.all(keep.map((section) => fetchSection(section)));
    if (mine !== generation) return;
    loaded = new Map(keep.map((section, i) => [section.index, photos[i] as Photo[]]));
    failed = new Set();
    sections = next;
    buckets = fresh;
    loadError = undefined;
  } catch (error) {
    if (mine === generation) loadError = error;
  }
}

function makeSections(months: readonly TimeBucket[]): Section[] {
  const made: Section[] = [];
  for (const month of months) {
    if (month.count <= 0) continue;
    const open = made[made.length - 1];
    if (open && open.count + month.count <= SMALL_SECTION && open.months.length < MAX_MONTHS) {
      open.months.push(month);
      open.count += month.count;
    } else {
      made.push({ index: made.length, months: [month], count: month.count });
    }
  }
  return made;
}

async function fetchSection(section: Section, signal?: AbortSignal): Promise<Photo[]> {
  const answers = await Promise.all(section.months.map((month) => api.bucket(month.timeBucket, signal)));
  // One group a day, newest first, whatever the zones of the photos; inside a day the server's order stays.
  return answers.flatMap(toPhotos).sort((a, b) => (a.day === b.day ? 0 : a.day < b.day ? 1 : -1));
}

function toPhotos(bucket: TimeBucketAssets): Photo[] {
  return bucket.id.map((id, i) => {
    const localMs = Date.parse(`${bucket.fileCreatedAt[i]}Z`) + (bucket.localOffsetHours[i] ?? 0) * 3_600_000;
    return {
      id,
      ratio: bucket.ratio[i] || 1,
      isImage: bucket.isImage[i] ?? true,
      isFavorite: bucket.isFavorite[i] ?? false,
      thumbhash: bucket.thumbhash[i] ?? null,
      localMs,
      day: new Date(localMs).toISOString().slice(0, 10),
      durationMs: bucket.duration[i] ?? null,
      liveId: bucket.livePhotoVideoId[i] ?? null,
    };
  });
}

/** Loads a section unless it is there or on its way. Never rejects: a failure stands in `failed`. */
export function loadSection(index: number): Promise<void> {
  const section = sections[index];
  if (!section || loaded.has(index)) return Promise.resolve();
  const already = running.get(index);
  if (already) return already.promise;
  const abort = new AbortController();
  const mine = generation;
  const promise = fetchSection(section, abort.signal)
    .then((photos) => {
      if (mine !== generation) return;
      loaded = new Map(loaded).set(index, photos);
      if (failed.has(index)) failed = new Set([...failed].filter((other) => other !== index));
    })
    .catch((error: unknown) => {
      if (!isAbort(error) && mine === generation) failed = new Set(failed).add(index);
    })
    .finally(() => {
      if (running.get(index)?.abort === abort) running.delete(index);
    });
  running.set(index, { promise, abort });
  return promise;
}

/** Sections that the viewer waits for at this moment, and how often: not to be dropped, however far the timeline is. */
const held = new Map<number, number>();

/** Forgets what @isFarAway says and nobody waits for: stops requests under way for it and drops the photos. */
export function dropSections(isFarAway: (index: number) => boolean): void {
  const isFar = (index: number) => !held.has(index) && isFarAway(index);
  for (const [index, { abort }] of running) {
    if (isFar(index)) {
      abort.abort();
      running.delete(index);
    }
  }
  if ([...loaded.keys()].some(isFar)) loaded = new Map([...loaded].filter(([index]) => !isFar(index)));
}

const REFRESH_MS = 1200;
const REFRESH_EVERY_MS = 6000;
let refreshTimer: ReturnType<typeof setTimeout> | undefined;
let lastRefresh = 0;

/** The server has something new. Asked for soon, and not oftener than every few seconds. */
export function refreshSoon(): void {
  if (!buckets || refreshTimer !== undefined) return;
  const wait = Math.max(REFRESH_MS, lastRefresh + REFRESH_EVERY_MS - Date.now());
  refreshTimer = setTimeout(() => {
    refreshTimer = undefined;
    lastRefresh = Date.now();
    void reload();
  }, wait);
}

export interface Place {
  section: number;
  at: number;
  photo: Photo;
}

export function find(id: string): Place | undefined {
  for (const [section, photos] of loaded) {
    const at = photos.findIndex((photo) => photo.id === id);
    if (at >= 0) return { section, at, photo: photos[at] as Photo };
  }
  return undefined;
}

/** How often it is tried again when a reload comes in between, which begins everything anew. */
const TRIES = 10;

/** As find(), after loading the month of @localDateTime (an ISO wall clock). */
export async function locate(id: string, localDateTime: string): Promise<Place | undefined> {
  const month = localDateTime.slice(0, 7);
  for (let tries = 0; tries < TRIES; tries++) {
    if (!buckets) await reload();
    const section = sections.find((candidate) => candidate.months.some(({ timeBucket }) => timeBucket.startsWith(month)));
    const photos = section && (await photosOf(section.index));
    const place = find(id);
    if (place || photos || (buckets && !section) || (section && failed.has(section.index))) return place;
  }
  return undefined;
}

/** The photos of a section. Undefined where there is no such section or it cannot be loaded. */
async function photosOf(index: number): Promise<readonly Photo[] | undefined> {
  held.set(index, (held.get(index) ?? 0) + 1);
  try {
    for (let tries = 0; tries < TRIES && sections[index]; tries++) {
      const photos = loaded.get(index);
      if (photos) return photos;
      await loadSection(index);
      if (failed.has(index)) return undefined;
    }
    return loaded.get(index);
  } finally {
    const others = (held.get(index) ?? 1) - 1;
    if (others > 0) held.set(index, others);
    else held.delete(index);
  }
}

/** The next (1) or previous (-1) photo in timeline order, loading the section beyond an edge. */
export async function neighbour(place: Place, step: 1 | -1): Promise<Photo | undefined> {
  const photos = await photosOf(place.section);
  if (!photos) return undefined;
  const at = photos.findIndex((photo) => photo.id === place.photo.id);
  const inside = photos[(at >= 0 ? at : place.at) + step];
  if (inside) return inside;
  return (await photosOf(place.section + step))?.at(step === 1 ? 0 : -1);
}
