// SPDX-License-Identifier: GPL-3.0-or-later
//
// Numbers, sizes and times as people of the page's language write them.

import { locale, t } from '../messages/index.svelte';

const made = new Map<string, Intl.DateTimeFormat | Intl.NumberFormat | Intl.RelativeTimeFormat>();

/** Formatters are dear to make and cheap to use: one of each kind and language. */
function cached<T extends Intl.DateTimeFormat | Intl.NumberFormat | Intl.RelativeTimeFormat>(key: string, make: (tag: string) => T): T {
  const tag = locale();
  const whole = `${tag} ${key}`;
  let formatter = made.get(whole) as T | undefined;
  if (!formatter) made.set(whole, (formatter = make(tag)));
  return formatter;
}

export function number(value: number, digits = 0): string {
  return cached(`n${digits}`, (tag) => new Intl.NumberFormat(tag, { maximumFractionDigits: digits })).format(value);
}

export function percent(part: number): string {
  return cached('percent', (tag) => new Intl.NumberFormat(tag, { style: 'percent', maximumFractionDigits: 0 })).format(part);
}

/** Of a video: "0:07", "1:02:30". */
export function length(ms: number): string {
  const seconds = Math.round(ms / 1000);
  const [hours, minutes] = [Math.floor(seconds / 3600), Math.floor(seconds / 60) % 60];
  const two = (part: number) => String(part).padStart(2, '0');
  return hours > 0 ? `${hours}:${two(minutes)}:${two(seconds % 60)}` : `${minutes}:${two(seconds % 60)}`;
}

const UNITS = ['byte', 'kilobyte', 'megabyte', 'gigabyte', 'terabyte', 'petabyte'] as const;

/** "3.4 MB": powers of 1000, as disks and browsers count. */
export function size(bytes: number): string {
  let unit = 0;
  let value = bytes;
  while (value >= 999.5 && unit < UNITS.length - 1) {
    value /= 1000;
    unit++;
  }
  const digits = unit > 0 && value < 9.95 ? 1 : 0;
  const name = UNITS[unit] as string;
  return cached(`size ${name} ${digits}`, (tag) =>
    new Intl.NumberFormat(tag, { style: 'unit', unit: name, unitDisplay: unit === 0 ? 'long' : 'short', maximumFractionDigits: digits }),
  ).format(value);
}

const STEPS: [Intl.RelativeTimeFormatUnit, number][] = [
  ['year', 365 * 86400],
  ['month', 30 * 86400],
  ['day', 86400],
  ['hour', 3600],
  ['minute', 60],
];

/** "2 hours ago" of an ISO instant. */
export function ago(iso: string, now = Date.now()): string {
  const seconds = (Date.parse(iso) - now) / 1000;
  const step = STEPS.find(([, length]) => Math.abs(seconds) >= length);
  if (!step) return t().time.justNow;
  return cached('ago', (tag) => new Intl.RelativeTimeFormat(tag, { numeric: 'always' })).format(Math.trunc(seconds / step[1]), step[0]);
}

const date = (key: string, options: Intl.DateTimeFormatOptions) => cached(key, (tag) => new Intl.DateTimeFormat(tag, options));

/** An instant in the time of whoever reads it. */
export function moment(iso: string): string {
  return date('moment', { dateStyle: 'medium', timeStyle: 'short' }).format(Date.parse(iso));
}

/** The day of an instant where the reader is, as "2024-08-03". */
export function localDay(iso: string): string {
  const at = new Date(iso);
  return new Date(Date.UTC(at.getFullYear(), at.getMonth(), at.getDate())).toISOString().slice(0, 10);
}

/* Wall clocks of cameras: milliseconds as if the clock had shown UTC. They are never moved to the reader's zone. */

export function wallDate(ms: number): string {
  return date('wall date', { timeZone: 'UTC', weekday: 'long', day: 'numeric', month: 'long', year: 'numeric' }).format(ms);
}

export function wallTime(ms: number): string {
  return date('wall time', { timeZone: 'UTC', hour: 'numeric', minute: '2-digit', second: '2-digit' }).format(ms);
}

export function wallMoment(ms: number): string {
  return date('wall moment', { timeZone: 'UTC', dateStyle: 'long', timeStyle: 'short' }).format(ms);
}

/** From one wall clock (ISO) to another: "3 Aug 2023 – 1 May 2024", and no longer than it must be. */
export function span(from: string, until: string): string {
  const formatter = date('span', { timeZone: 'UTC', day: 'numeric', month: 'short', year: 'numeric' });
  const [first, last] = [Date.parse(from), Date.parse(until)];
  return first <= last ? formatter.formatRange(first, last) : formatter.formatRange(last, first);
}

/** As span() of two days, and shorter where they are the ends of a month or a year: "June 2022", "2022". */
export function period(from: string, until: string): string {
  const month = from.slice(0, 7);
  const end = new Date(Date.UTC(Number(from.slice(0, 4)), Number(from.slice(5, 7)), 0)).toISOString().slice(0, 10);
  if (from === `${month}-01` && until === end) return date('month', MONTH).format(Date.parse(from));
  if (from.endsWith('-01-01') && until === `${from.slice(0, 4)}-12-31`) return date('year', { timeZone: 'UTC', year: 'numeric' }).format(Date.parse(from));
  return span(from, until);
}

const MONTH: Intl.DateTimeFormatOptions = { timeZone: 'UTC', month: 'long', year: 'numeric' };

export function month(bucket: string): string {
  return date('month', MONTH).format(Date.parse(bucket));
}

/** The heading of a day: "Today", "Yesterday", "Sat, 3 August" and the year where it is not this one. */
export function day(key: string, now = new Date()): string {
  const today = Date.UTC(now.getFullYear(), now.getMonth(), now.getDate());
  const ms = Date.parse(key);
  if (ms === today) return t().timeline.today;
  if (ms === today - 86_400_000) return t().timeline.yesterday;
  const base: Intl.DateTimeFormatOptions = { timeZone: 'UTC', weekday: 'short', day: 'numeric', month: 'short' };
  if (new Date(ms).getUTCFullYear() === now.getFullYear()) return date('day', base).format(ms);
  return date('day year', { ...base, year: 'numeric' }).format(ms);
}
