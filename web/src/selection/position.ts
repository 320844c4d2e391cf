// SPDX-License-Identifier: GPL-3.0-or-later

export interface Position {
  latitude: number;
  longitude: number;
}

const PART = /([NSEW])?\s*([-−+]?\d{1,3}(?:\.\d+)?)\s*°?\s*(?:(\d{1,2}(?:\.\d+)?)\s*[′'’]\s*)?(?:(\d{1,2}(?:\.\d+)?)\s*(?:″|"|''|”)\s*)?([NSEW])?/giu;

/** A position as maps write it: "48.8584, 2.2945", "48° 51′ 30″ N 2° 17′ 40″ E", or the address of a map that has both
 *  numbers after an @ or a #. Undefined where it is none. */
export function readPosition(text: string): Position | undefined {
  const inLink = /[@#/=](-?\d{1,2}\.\d+)[,/](-?\d{1,3}\.\d+)/.exec(text);
  if (inLink) return within(Number(inLink[1]), Number(inLink[2]));
  const parts = [...text.trim().matchAll(PART)];
  const [first, second] = parts;
  if (parts.length !== 2 || !first || !second) return undefined;
  const rest = text.replace(PART, '').replace(/[\s,;]/g, '');
  if (rest !== '') return undefined;
  return within(degrees(first), degrees(second));
}

function degrees([, before, whole = '', minutes = '0', seconds = '0', after]: RegExpMatchArray): number {
  const number = Number(whole.replace('−', '-'));
  const size = Math.abs(number) + Number(minutes) / 60 + Number(seconds) / 3600;
  const isNegative = whole.startsWith('-') || whole.startsWith('−') || /[SW]/i.test(before ?? after ?? '');
  return isNegative ? -size : size;
}

function within(latitude: number, longitude: number): Position | undefined {
  return Math.abs(latitude) <= 90 && Math.abs(longitude) <= 180 ? { latitude, longitude } : undefined;
}
