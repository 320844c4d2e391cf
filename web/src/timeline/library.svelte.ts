// SPDX-License-Identifier: GPL-3.0-or-later
//
// What a grid of photos shows: which buckets (months, or pages of a search) there are, and the photos of those that are
// being looked at. A grid and the viewer over it share one, so that the viewer knows a photo's neighbours.
//
// Small buckets that follow each other form one *section*, the unit that is loaded, laid out and dropped.

import { isAbort } from '../api/client';
import type { Asset, TimeBucket, Visibility } from '../api/types';

export interface Photo {
  id: string;
  ownerId: string;
  ratio: number;
  isImage: boolean;
  isFavorite: boolean;
  isTrashed: boolean;
  /** when it came into the trash, where that is known */
  trashedMs: number | null;
  visibility: Visibility;
  thumbhash: string | null;
  /** wall clock of the camera, in milliseconds as if it were UTC */
  localMs: number;
  /** by which it is grouped, as "2024-08-03" */
  day: string;
  durationMs: number | null;
  /** of the video that moves it */
  liveId: string | null;
  /** how many it stands for as the first of a stack; 0: for itself */
  stackSize: number;
}

/** Where the photos of a library come from. */
export interface Source {
  /** the oldest day first */
  readonly isAscending?: boolean;
  buckets(signal?: AbortSignal): Promise<TimeBucket[]>;
  photos(timeBucket: string, signal?: AbortSignal): Promise<Photo[]>;
  /** The words of a bucket; '' where it has none. */
  label(timeBucket: string): string;
  /** Whether @asset, if it is in the library at all, would stand in this bucket. */
  holds(timeBucket: string, asset: Asset): boolean;
  /** Whether a photo that was changed still belongs here. */
  keeps(photo: Photo): boolean;
}

export interface Section {
  index: number;
  months: TimeBucket[];
  count: number;
}

export interface Place {
  section: number;
  at: number;
  photo: Photo;
}

const SMALL_SECTION = 30;
const MAX_MONTHS = 12;
/** How often it is tried again when a reload comes in between, which begins everything anew. */
const TRIES = 10;
const REFRESH_MS = 1200;
const REFRESH_EVERY_MS = 6000;

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

export class Library {
  #buckets = $state.raw<TimeBucket[] | undefined>();
  #sections = $state.raw<Section[]>([]);
  /** Photos of loaded sections by section index. Replaced whole at every change. */
  #loaded = $state.raw<ReadonlyMap<number, readonly Photo[]>>(new Map());
  #failed = $state.raw<ReadonlySet<number>>(new Set());
  #error = $state.raw<unknown>();
  /** Rises with every reload: what was asked for before it is no longer wanted. */
  #generation = 0;
  #running = new Map<number, { promise: Promise<void>; abort: AbortController }>();
  /** Sections that the viewer waits for at this moment, and how often: not to be dropped, however far the grid is. */
  #held = new Map<number, number>();
  #isStale = false;
  #refreshTimer: ReturnType<typeof setTimeout> | undefined;
  #lastRefresh = 0;

  #source = $state.raw() as Source;

  constructor(source: Source) {
    this.#source = source;
  }

  get source(): Source {
    return this.#source;
  }

  get buckets() {
    return this.#buckets;
  }
  get sections() {
    return this.#sections;
  }
  get loaded() {
    return this.#loaded;
  }
  get failed() {
    return this.#failed;
  }
  get error() {
    return this.#error;
  }
  /** How many there are altogether. */
  get count(): number {
    return this.#sections.reduce((sum, section) => sum + section.count, 0);
  }

  /** What is here may be old: it is asked for anew when it is next looked at. */
  outdate(): void {
    this.#isStale = true;
  }
  /** To be called when a grid begins to show this. */
  look(): void {
    if (!this.#buckets || this.#isStale) void this.reload();
  }

  /** From now on it shows what another source has. */
  ask(source: Source): void {
    this.#source = source;
    this.#buckets = undefined;
    this.#sections = [];
    this.#loaded = new Map();
    this.#error = undefined;
    void this.reload();
  }

  /** Asks again which buckets there are, and for the photos of the sections that are loaded. What is shown stays until the
   *  new is there. */
  async reload(): Promise<void> {
    const mine = ++this.#generation;
    this.#isStale = false;
    for (const { abort } of this.#running.values()) abort.abort();
    this.#running.clear();
    try {
      const fresh = await this.source.buckets();
      if (mine !== this.#generation) return;
      const wanted = new Set([...this.#loaded.keys()].flatMap((index) => this.#sections[index]?.months.map((month) => month.timeBucket) ?? []));
      const next = makeSections(fresh);
      const keep = next.filter((section) => section.months.some((month) => wanted.has(month.timeBucket)));
      const photos = await Promise.all(keep.map((section) => this.#fetch(section)));
      if (mine !== this.#generation) return;
      this.#loaded = new Map(keep.map((section, i) => [section.index, photos[i] as Photo[]]));
      this.#failed = new Set();
      this.#sections = next;
      this.#buckets = fresh;
      this.#error = undefined;
    } catch (error) {
      if (mine === this.#generation) this.#error = error;
    }
  }

  async #fetch(section: Section, signal?: AbortSignal): Promise<Photo[]> {
    const answers = await Promise.all(section.months.map((month) => this.source.photos(month.timeBucket, signal)));
    // One group a day, whatever the zones of the photos; inside a day the server's order stays.
    const sign = this.source.isAscending ? -1 : 1;
    return answers.flat().sort((a, b) => (a.day === b.day ? 0 : a.day < b.day ? sign : -sign));
  }

  /** Loads a section unless it is there or on its way. Never rejects: a failure stands in `failed`. */
  loadSection(index: number): Promise<void> {
    const section = this.#sections[index];
    if (!section || this.#loaded.has(index)) return Promise.resolve();
    const already = this.#running.get(index);
    if (already) return already.promise;
    const abort = new AbortController();
    const mine = this.#generation;
    const promise = this.#fetch(section, abort.signal)
      .then((photos) => {
        if (mine !== this.#generation) return;
        this.#loaded = new Map(this.#loaded).set(index, photos);
        if (this.#failed.has(index)) this.#failed = new Set([...this.#failed].filter((other) => other !== index));
      })
      .catch((error: unknown) => {
        if (!isAbort(error) && mine === this.#generation) this.#failed = new Set(this.#failed).add(index);
      })
      .finally(() => {
        if (this.#running.get(index)?.abort === abort) this.#running.delete(index);
      });
    this.#running.set(index, { promise, abort });
    return promise;
  }

  /** Forgets what @isFarAway says and nobody waits for: stops requests under way for it and drops the photos. */
  dropSections(isFarAway: (index: number) => boolean): void {
    const isFar = (index: number) => !this.#held.has(index) && isFarAway(index);
    for (const [index, { abort }] of this.#running) {
      if (isFar(index)) {
        abort.abort();
        this.#running.delete(index);
      }
    }
    if ([...this.#loaded.keys()].some(isFar)) this.#loaded = new Map([...this.#loaded].filter(([index]) => !isFar(index)));
  }

  /** The server has something new. Asked for soon, and not oftener than every few seconds. */
  refreshSoon(): void {
    if (!this.#buckets || this.#refreshTimer !== undefined) return;
    const wait = Math.max(REFRESH_MS, this.#lastRefresh + REFRESH_EVERY_MS - Date.now());
    this.#refreshTimer = setTimeout(() => {
      this.#refreshTimer = undefined;
      this.#lastRefresh = Date.now();
      void this.reload();
    }, wait);
  }

  /** Shows at once what the server was told of some photos; those that no longer belong here go. */
  change(ids: ReadonlySet<string>, change: (photo: Photo) => Photo): void {
    const gone = new Map<number, number>();
    const loaded = new Map(this.#loaded);
    for (const [index, photos] of this.#loaded) {
      if (!photos.some((photo) => ids.has(photo.id))) continue;
      const rest = photos.map((photo) => (ids.has(photo.id) ? change(photo) : photo)).filter((photo) => this.source.keeps(photo));
      if (rest.length < photos.length) gone.set(index, photos.length - rest.length);
      loaded.set(index, rest);
    }
    this.#loaded = loaded;
    if (gone.size === 0) return;
    this.#sections = this.#sections.map((section) => ({ ...section, count: section.count - (gone.get(section.index) ?? 0) }));
    void this.reload();
  }

  find(id: string): Place | undefined {
    for (const [section, photos] of this.#loaded) {
      const at = photos.findIndex((photo) => photo.id === id);
      if (at >= 0) return { section, at, photo: photos[at] as Photo };
    }
    return undefined;
  }

  /** As find(), after loading the bucket that would hold @asset. */
  async locate(asset: Asset): Promise<Place | undefined> {
    for (let tries = 0; tries < TRIES; tries++) {
      if (!this.#buckets) await this.reload();
      const section = this.#sections.find(({ months }) => months.some(({ timeBucket }) => this.source.holds(timeBucket, asset)));
      const photos = section && (await this.#photosOf(section.index));
      const place = this.find(asset.id);
      if (place || photos || (this.#buckets && !section) || (section && this.#failed.has(section.index))) return place;
    }
    return undefined;
  }

  /** The photos of a section. Undefined where there is no such section or it cannot be loaded. */
  async #photosOf(index: number): Promise<readonly Photo[] | undefined> {
    this.#held.set(index, (this.#held.get(index) ?? 0) + 1);
    try {
      for (let tries = 0; tries < TRIES && this.#sections[index]; tries++) {
        const photos = this.#loaded.get(index);
        if (photos) return photos;
        await this.loadSection(index);
        if (this.#failed.has(index)) return undefined;
      }
      return this.#loaded.get(index);
    } finally {
      const others = (this.#held.get(index) ?? 1) - 1;
      if (others > 0) this.#held.set(index, others);
      else this.#held.delete(index);
    }
  }

  /** The next (1) or previous (-1) photo in order, loading the section beyond an edge. */
  async neighbour(place: Place, step: 1 | -1): Promise<Photo | undefined> {
    const photos = await this.#photosOf(place.section);
    if (!photos) return undefined;
    const at = photos.findIndex((photo) => photo.id === place.photo.id);
    const inside = photos[(at >= 0 ? at : place.at) + step];
    if (inside) return inside;
    return (await this.#photosOf(place.section + step))?.at(step === 1 ? 0 : -1);
  }

  /** All photos from one to another, both included, whichever comes first; loads what lies between. Empty where one of
   *  them is not loaded. */
  async between(one: string, other: string): Promise<Photo[]> {
    const ends = [this.find(one), this.find(other)];
    const [from, until] = ends.sort((a, b) => (a && b ? a.section - b.section || a.at - b.at : 0));
    if (!from || !until) return [];
    const all: Photo[] = [];
    for (let index = from.section; index <= until.section; index++) {
      const photos = (await this.#photosOf(index)) ?? [];
      const first = index === from.section ? photos.findIndex((photo) => photo.id === from.photo.id) : 0;
      const last = index === until.section ? photos.findIndex((photo) => photo.id === until.photo.id) : photos.length - 1;
      if (first >= 0 && last >= 0) all.push(...photos.slice(first, last + 1));
    }
    return all;
  }

  /** Everything that is loaded, in order. */
  allLoaded(): Photo[] {
    return [...this.#loaded].sort(([a], [b]) => a - b).flatMap(([, photos]) => photos);
  }
}
