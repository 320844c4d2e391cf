// SPDX-License-Identifier: GPL-3.0-or-later
//
// Scrolling through a timeline that may be tens of millions of pixels high and whose heights are partly guesses.
//
// There are two coordinates. *Virtual*: all sections one below the other, from 0 to `total`. *Real*: the scrollTop of the
// element. `shift` is the difference. When a section above the view turns out higher than guessed, everything below it
// moves in virtual space; the view stays where it is because `shift` takes the difference, and scrollTop is left alone
// (setting it would break the swing of a finger). Once the scrolling rests, shift is brought back into range. The same
// difference keeps the element below the height that browsers can represent.

import { untrack } from 'svelte';
import { estimateHeight, firstIndex, layoutSection, metricsFor } from './layout';
import type { Metrics, SectionLayout, Tile } from './layout';
import type { Library, Photo, Section } from './library.svelte';

const MAX_CANVAS_PX = 8_000_000;
const REST_MS = 180;

export interface DrawnSection extends Section {
  top: number;
  height: number;
  layout: SectionLayout | undefined;
}

interface Geometry {
  sections: readonly Section[];
  tops: number[];
  heights: number[];
  total: number;
  layouts: ReadonlyMap<number, SectionLayout>;
}

export class TimelineScroll {
  element = $state.raw<HTMLElement | undefined>();
  /** virtual position of the upper edge of the view */
  top = $state(0);
  height = $state(800);
  shift = $state(0);
  /** height of what stands above the first section */
  lead = $state(0);
  #metrics = $state.raw<Metrics>(metricsFor(1200));
  #geometry = $state.raw<Geometry>({ sections: [], tops: [], heights: [], total: 0, layouts: new Map() });
  /** Heights of sections that were laid out once, for as long as width and photos are the same. */
  #known = new Map<string, number>();
  #layouts = new WeakMap<readonly Photo[], { metrics: Metrics; layout: SectionLayout }>();
  /** How real heights compare to guessed ones in this library. */
  #guessed = 0;
  #measured = 0;
  #rest: ReturnType<typeof setTimeout> | undefined;

  constructor(readonly library: Library) {
    $effect.pre(() => {
      const { sections, loaded } = library;
      const metrics = this.#metrics;
      const lead = this.lead;
      untrack(() => this.#measure(sections, loaded, metrics, lead));
    });
  }

  get total(): number {
    return this.#geometry.total + 24;
  }
  get canvasHeight(): number {
    return Math.max(0, Math.min(this.total - this.shift, MAX_CANVAS_PX));
  }
  /** What is drawn: the view and some of what lies around it. */
  get from(): number {
    return this.top - this.height * 0.6;
  }
  get until(): number {
    return this.top + this.height * 1.6;
  }

  /** Attachment of the scrolling element. */
  attach = (element: HTMLElement): (() => void) => untrack(() => this.#attach(element));

  #attach(element: HTMLElement): () => void {
    this.element = element;
    const resized = () => {
      const style = getComputedStyle(element);
      const width = element.clientWidth - parseFloat(style.paddingLeft) - parseFloat(style.paddingRight);
      this.height = element.clientHeight;
      if (width > 0 && width !== this.#metrics.width) this.#metrics = metricsFor(width);
    };
    const observer = new ResizeObserver(resized);
    observer.observe(element);
    resized();
    const onscroll = () => this.#scrolled();
    element.addEventListener('scroll', onscroll, { passive: true });
    this.to(this.top);
    return () => {
      observer.disconnect();
      element.removeEventListener('scroll', onscroll);
      clearTimeout(this.#rest);
      this.element = undefined;
    };
  }

  /** Sections that lie between two virtual heights. */
  sectionsBetween(from: number, until: number): DrawnSection[] {
    const { sections, tops, heights, layouts } = this.#geometry;
    const drawn: DrawnSection[] = [];
    let index = firstIndex(tops.length, (i) => (tops[i] as number) + (heights[i] as number) > from);
    for (; index < tops.length && (tops[index] as number) < until; index++) {
      drawn.push({ ...(sections[index] as Section), top: tops[index] as number, height: heights[index] as number, layout: layouts.get(index) });
    }
    return drawn;
  }

  /** Puts the upper edge of the view at a virtual height. */
  to(top: number): void {
    const wanted = Math.max(0, Math.min(top, this.total - this.height));
    this.top = wanted;
    if (!this.element) return;
    this.shift = this.total <= MAX_CANVAS_PX ? 0 : Math.round(Math.max(0, Math.min(wanted - MAX_CANVAS_PX / 2, this.total - MAX_CANVAS_PX)));
    // The canvas must have its new height before the browser accepts the position.
    const canvas = this.element.querySelector<HTMLElement>('.canvas');
    if (canvas) canvas.style.height = `${this.canvasHeight}px`;
    this.element.scrollTop = wanted - this.shift;
  }

  #scrolled(): void {
    const element = this.element as HTMLElement;
    this.top = element.scrollTop + this.shift;
    clearTimeout(this.#rest);
    const atEdge = element.scrollTop <= 0 || element.scrollTop + this.height >= this.canvasHeight - 1;
    if (this.top < 0 || (atEdge && this.shift !== 0)) this.#rebase();
    else this.#rest = setTimeout(() => this.#rebase(), REST_MS);
  }

  #rebase(): void {
    const element = this.element;
    if (!element) return;
    const isNearEnd = element.scrollTop < this.height * 20 || element.scrollTop > MAX_CANVAS_PX - this.height * 20;
    if (this.total > MAX_CANVAS_PX ? isNearEnd : this.shift !== 0) this.to(this.top);
  }

  /** Lays out what is loaded, guesses the rest, and keeps the view on what it shows. */
  #measure(sections: readonly Section[], loaded: ReadonlyMap<number, readonly Photo[]>, metrics: Metrics, lead: number): void {
    const anchor = this.#anchor();
    const layouts = new Map<number, SectionLayout>();
    for (const [index, photos] of loaded) {
      const section = sections[index];
      if (section && photos.length > 0) layouts.set(index, this.#layout(section, photos, metrics));
    }
    const correction = this.#guessed > 0 ? this.#measured / this.#guessed : 1;
    const tops: number[] = [];
    const heights: number[] = [];
    let total = lead;
    for (const section of sections) {
      const height =
        layouts.get(section.index)?.height ??
        this.#known.get(knownKey(section, metrics)) ??
        Math.round(estimateHeight(section.count, metrics) * correction);
      tops.push(total);
      heights.push(height);
      total += height;
    }
    this.#geometry = { sections, tops, heights, total, layouts };
    if (anchor) this.#restore(anchor);
  }

  #layout(section: Section, photos: readonly Photo[], metrics: Metrics): SectionLayout {
    const cached = this.#layouts.get(photos);
    if (cached && cached.metrics === metrics) return cached.layout;
    const layout = layoutSection(photos, metrics);
    this.#layouts.set(photos, { metrics, layout });
    const key = knownKey(section, metrics);
    if (!this.#known.has(key)) {
      this.#guessed += estimateHeight(section.count, metrics);
      this.#measured += layout.height;
    }
    this.#known.set(key, layout.height);
    return layout;
  }

  /** What the view shows at its upper edge: a photo if one is known there, else a point of a section. */
  #anchor(): Anchor | undefined {
    const { sections, tops, heights, layouts } = this.#geometry;
    if (tops.length === 0 || this.top <= 0) return undefined;
    const index = firstIndex(tops.length, (i) => (tops[i] as number) + (heights[i] as number) > this.top);
    if (index >= tops.length) return undefined;
    const inside = this.top - (tops[index] as number);
    const bucket = sections[index]?.months[0]?.timeBucket;
    for (const day of layouts.get(index)?.days ?? []) {
      const tile = day.tiles.find((candidate) => candidate.y + candidate.height > inside);
      if (tile) return { bucket, fraction: inside / (heights[index] as number), id: tile.photo.id, offset: inside - tile.y, index };
    }
    return { bucket, fraction: inside / (heights[index] as number), index };
  }

  #restore(anchor: Anchor): void {
    const { sections, tops, heights } = this.#geometry;
    const tile = anchor.id === undefined ? undefined : this.#place(anchor.id);
    let top: number;
    if (tile) {
      top = tile.top + (anchor.offset ?? 0);
    } else {
      const same = sections.findIndex((section) => section.months[0]?.timeBucket === anchor.bucket);
      const index = same >= 0 ? same : Math.min(anchor.index, tops.length - 1);
      top = (tops[index] ?? 0) + anchor.fraction * (heights[index] ?? 0);
    }
    const move = Math.round(top - this.top);
    if (move === 0) return;
    this.shift += move;
    this.top += move;
    clearTimeout(this.#rest);
    this.#rest = setTimeout(() => this.#rebase(), REST_MS);
  }

  /** Virtual place of a loaded photo. */
  #place(id: string): { top: number; bottom: number; tile: Tile; index: number } | undefined {
    const section = this.library.find(id)?.section;
    const layout = section === undefined ? undefined : this.#geometry.layouts.get(section);
    if (section === undefined || !layout) return undefined;
    for (const day of layout.days) {
      const tile = day.tiles.find((candidate) => candidate.photo.id === id);
      if (!tile) continue;
      const top = (this.#geometry.tops[section] as number) + tile.y;
      return { top, bottom: top + tile.height, tile, index: section };
    }
    return undefined;
  }

  /** Scrolls as little as brings a photo into view, or to its middle when it is far. */
  reveal(id: string): void {
    const place = this.#place(id);
    if (!place) return;
    const heading = this.#metrics.heading;
    if (place.top - heading >= this.top && place.bottom <= this.top + this.height) return;
    const isFar = place.bottom < this.top - this.height || place.top > this.top + 2 * this.height;
    if (isFar) this.to(place.top - (this.height - (place.bottom - place.top)) / 2);
    else if (place.top - heading < this.top) this.to(place.top - heading);
    else this.to(place.bottom - this.height + 8);
  }

  /** The photo that an arrow key leads to from @id, or undefined. */
  stepFrom(id: string, key: string): string | undefined {
    const place = this.#place(id);
    if (!place) return undefined;
    const { layouts } = this.#geometry;
    const around = [place.index - 1, place.index, place.index + 1].flatMap((index) =>
      (layouts.get(index)?.days ?? []).flatMap((day) => day.tiles.map((tile) => ({ tile, top: (this.#geometry.tops[index] as number) + tile.y }))),
    );
    const at = around.findIndex(({ tile }) => tile.photo.id === id);
    if (key === 'ArrowRight') return around[at + 1]?.tile.photo.id;
    if (key === 'ArrowLeft') return around[at - 1]?.tile.photo.id;
    if (key !== 'ArrowDown' && key !== 'ArrowUp') return undefined;
    const down = key === 'ArrowDown';
    const beyond = around.filter(({ top }) => (down ? top > place.top + 1 : top < place.top - 1));
    if (beyond.length === 0) return undefined;
    const row = down ? Math.min(...beyond.map(({ top }) => top)) : Math.max(...beyond.map(({ top }) => top));
    const middle = place.tile.x + place.tile.width / 2;
    const distance = (tile: Tile) => Math.abs(tile.x + tile.width / 2 - middle);
    return beyond
      .filter(({ top }) => Math.abs(top - row) < 2)
      .reduce((best, other) => (distance(other.tile) < distance(best.tile) ? other : best)).tile.photo.id;
  }

  /** Virtual height at which a month begins, as well as it is known. */
  monthTops(): { bucket: string; top: number; count: number }[] {
    const { sections, tops, heights } = this.#geometry;
    return sections.flatMap((section) => {
      let before = 0;
      return section.months.map((month) => {
        const top = (tops[section.index] ?? 0) + (before / section.count) * (heights[section.index] ?? 0);
        before += month.count;
        return { bucket: month.timeBucket, top, count: month.count };
      });
    });
  }
}

interface Anchor {
  bucket: string | undefined;
  fraction: number;
  index: number;
  id?: string;
  offset?: number;
}

const knownKey = (section: Section, metrics: Metrics): string => `${section.months[0]?.timeBucket} ${section.count} ${metrics.width}`;
