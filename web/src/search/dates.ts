// SPDX-License-Identifier: GPL-3.0-or-later
//
// Dates that a person types into the search field: "2023", "May 2023", "3 May 2023", "2023-05", "5.2023", "2023年5月".

import { locale } from '../messages/index.svelte';

/** Days, both included. */
export interface Period {
  from: string;
  until: string;
}

const FIRST_YEAR = 1826; // of the oldest photograph there is
const LAST_YEAR = 2200;

const two = (n: number): string => String(n).padStart(2, '0');

function period(year: number, month?: number, day?: number): Period | undefined {
  if (year < FIRST_YEAR || year > LAST_YEAR) return undefined;
  if (month === undefined) return { from: `${year}-01-01`, until: `${year}-12-31` };
  const last = new Date(Date.UTC(year, month, 0)).getUTCDate();
  if (month < 1 || month > 12 || (day !== undefined && (day < 1 || day > last))) return undefined;
  return { from: `${year}-${two(month)}-${two(day ?? 1)}`, until: `${year}-${two(month)}-${two(day ?? last)}` };
}

/** 1 to 12, of a name in the page's language or in English, long or short; undefined for other words. */
function monthOf(word: string): number | undefined {
  const plain = (text: string) => text.toLocaleLowerCase().replace(/\.$/, '');
  for (const tag of [locale(), 'en'])
    for (const style of ['long', 'short'] as const) {
      const formatter = new Intl.DateTimeFormat(tag, { month: style, timeZone: 'UTC' });
      for (let month = 1; month <= 12; month++) if (plain(formatter.format(Date.UTC(2024, month - 1))) === plain(word)) return month;
    }
  return undefined;
}

const WRITTEN: { pattern: RegExp; order: readonly ('year' | 'month' | 'day')[] }[] = [
  { pattern: /^(\d{4})年(?:(\d{1,2})月(?:(\d{1,2})日)?)?$/, order: ['year', 'month', 'day'] },
  { pattern: /^(\d{4})(?:[-/.](\d{1,2})(?:[-/.](\d{1,2}))?)?$/, order: ['year', 'month', 'day'] },
  { pattern: /^(?:(\d{1,2})\.\s?)?(\d{1,2})[./]\s?(\d{4})$/, order: ['day', 'month', 'year'] },
  { pattern: /^(?:(\d{1,2})\.?\s+)?(\p{L}+\.?)\s+(\d{4})$/u, order: ['day', 'month', 'year'] },
];

/** The period that @text names as a whole; undefined where it names none. */
export function readPeriod(text: string): Period | undefined {
  for (const { pattern, order } of WRITTEN) {
    const found = pattern.exec(text.trim());
    if (!found) continue;
    const part = (name: 'year' | 'month' | 'day') => found[order.indexOf(name) + 1];
    const month = part('month');
    const number = month === undefined ? undefined : /^\d/.test(month) ? Number(month) : monthOf(month);
    if (month !== undefined && number === undefined) continue;
    const day = part('day');
    return period(Number(part('year')), number, day === undefined ? undefined : Number(day));
  }
  return undefined;
}
