// SPDX-License-Identifier: GPL-3.0-or-later
//
// What was searched for last in this browser, until who did signs out.

const KEY = 'ambrotype.searches';
const MOST = 6;

export function recent(): string[] {
  try {
    const list: unknown = JSON.parse(localStorage.getItem(KEY) ?? '[]');
    return Array.isArray(list) ? list.filter((text) => typeof text === 'string') : [];
  } catch {
    return [];
  }
}

export function remember(text: string): void {
  localStorage.setItem(KEY, JSON.stringify([text, ...recent().filter((other) => other !== text)].slice(0, MOST)));
}

export function forget(): void {
  localStorage.removeItem(KEY);
}
