// SPDX-License-Identifier: GPL-3.0-or-later

import type { Tag } from '../api/types';
import { locale } from '../messages/index.svelte';

/** "trips › 2024 › sea" */
export const pathOf = (tag: Tag): string => tag.value.replaceAll('/', ' › ');

export const byPath = (tags: readonly Tag[]): Tag[] => [...tags].sort((a, b) => a.value.localeCompare(b.value, locale(), { numeric: true }));

/** What a person typed, as the path of a tag: parts divided by / or ›; '' where nothing is left. */
export function readPath(text: string): string {
  return text
    .split(/[/›]/)
    .map((part) => part.trim())
    .filter(Boolean)
    .join('/');
}
