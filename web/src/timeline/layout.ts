// SPDX-License-Identifier: GPL-3.0-or-later
//
// Where each photo of a section stands: justified rows under day headings. Pure geometry in CSS pixels.
//
// A day that does not fill one row shares its line with the next such days, so that a library with few photos a day
// does not become a column of single pictures.

import type { Photo } from './library.svelte';

export interface Metrics {
  width: number;
  rowHeight: number;
  gap: number;
  heading: number;
  dayGap: number;
  /** a day is never narrower than its heading needs */
  minDayWidth: number;
}

export interface Tile {
  photo: Photo;
  x: number;
  y: number;
  width: number;
  height: number;
}

export interface Day {
  key: string;
  x: number;
  y: number;
  width: number;
  bottom: number;
  tiles: Tile[];
}

export interface SectionLayout {
  height: number;
  days: Day[];
}

const MIN_RATIO = 0.4;
const MAX_RATIO = 4;

export function metricsFor(width: number): Metrics {
  const narrow = width < 600;
  return {
    width,
    rowHeight: narrow ? 116 : width < 1000 ? 190 : 226,
    gap: narrow ? 2 : 4,
    heading: narrow ? 44 : 52,
    dayGap: narrow ? 10 : 20,
    minDayWidth: narrow ? 112 : 150,
  };
}

export function layoutSection(photos: readonly Photo[], metrics: Metrics): SectionLayout {
  const days: Day[] = [];
  let lineTop = 0;
  let lineX = 0;
  let lineBottom = 0;
  const newLine = () => {
    lineTop = lineBottom;
    lineX = 0;
  };
  for (const group of groupByDay(photos)) {
    const natural = naturalWidth(group, metrics);
    const width = Math.min(Math.max(natural, metrics.minDayWidth), metrics.width);
    const isShort = natural <= metrics.width;
    if (lineX > 0 && (!isShort || lineX + width > metrics.width)) newLine();
    const top = lineTop + metrics.heading;
    const tiles = isShort ? shortRow(group, lineX, top, metrics) : justifiedRows(group, top, metrics);
    const last = tiles[tiles.length - 1] as Tile;
    const bottom = last.y + last.height;
    days.push({ key: (group[0] as Photo).day, x: lineX, y: lineTop, width: isShort ? width : metrics.width, bottom, tiles });
    lineBottom = Math.max(lineBottom, bottom + metrics.dayGap);
    if (isShort) lineX += width + metrics.dayGap;
    else newLine();
  }
  return { height: lineBottom, days };
}

/** Height of a section whose photos are not known yet. */
export function estimateHeight(count: number, metrics: Metrics): number {
  const perRow = Math.max(1, metrics.width / (metrics.rowHeight * 1.35));
  const days = Math.max(1, count / 12);
  return Math.ceil(count / perRow) * (metrics.rowHeight + metrics.gap) + days * (metrics.heading + metrics.dayGap);
}

function groupByDay(photos: readonly Photo[]): Photo[][] {
  const groups: Photo[][] = [];
  let open: Photo[] | undefined;
  for (const photo of photos) {
    if (open && (open[0] as Photo).day === photo.day) open.push(photo);
    else groups.push((open = [photo]));
  }
  return groups;
}

const shown = (photo: Photo): number => Math.min(MAX_RATIO, Math.max(MIN_RATIO, photo.ratio));

function naturalWidth(photos: readonly Photo[], { rowHeight, gap }: Metrics): number {
  return photos.reduce((sum, photo) => sum + shown(photo) * rowHeight, 0) + gap * (photos.length - 1);
}

function shortRow(photos: readonly Photo[], left: number, y: number, { rowHeight, gap }: Metrics): Tile[] {
  let x = left;
  return photos.map((photo) => {
    const width = shown(photo) * rowHeight;
    const tile = { photo, x, y, width, height: rowHeight };
    x += width + gap;
    return tile;
  });
}

function justifiedRows(photos: readonly Photo[], top: number, metrics: Metrics): Tile[] {
  const tiles: Tile[] = [];
  let y = top;
  for (let start = 0; start < photos.length; ) {
    const row = takeRow(photos, start, metrics);
    let x = 0;
    for (const photo of photos.slice(start, row.end)) {
      const width = shown(photo) * row.height;
      tiles.push({ photo, x, y, width, height: row.height });
      x += width + metrics.gap;
    }
    y += row.height + metrics.gap;
    start = row.end;
  }
  return tiles;
}

/** Takes photos until the row that fills the width is as near to the wished height as it gets. */
function takeRow(photos: readonly Photo[], start: number, { width, rowHeight, gap }: Metrics): { end: number; height: number } {
  let sum = 0;
  for (let end = start; end < photos.length; end++) {
    const before = end > start ? (width - gap * (end - start - 1)) / sum : Infinity;
    sum += shown(photos[end] as Photo);
    const height = (width - gap * (end - start)) / sum;
    if (height > rowHeight) continue;
    return before - rowHeight < rowHeight - height ? { end, height: before } : { end: end + 1, height };
  }
  return { end: photos.length, height: Math.min(rowHeight, (width - gap * (photos.length - start - 1)) / sum) };
}

/** The tiles of @day between two heights; tiles are in order from top to bottom. */
export function tilesBetween(day: Day, top: number, bottom: number): Tile[] {
  let first = firstIndex(day.tiles.length, (i) => (day.tiles[i] as Tile).y + (day.tiles[i] as Tile).height > top);
  const tiles: Tile[] = [];
  for (; first < day.tiles.length && (day.tiles[first] as Tile).y < bottom; first++) tiles.push(day.tiles[first] as Tile);
  return tiles;
}

/** The first index below @n for which @is holds, where it holds for all that follow it; @n if for none. */
export function firstIndex(n: number, is: (index: number) => boolean): number {
  let low = 0;
  let high = n;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (is(middle)) high = middle;
    else low = middle + 1;
  }
  return low;
}
