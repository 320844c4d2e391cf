// SPDX-License-Identifier: GPL-3.0-or-later
//
// The libraries that are in use at this moment. That of the timeline always is, so that coming back to it is instant.

import { api } from '../api/client';
import { Library } from './library.svelte';
import type { Photo } from './library.svelte';
import { months } from './months';

const sourceOf = (withPartners: boolean) => months({ visibility: 'timeline', withStacked: true, ...(withPartners ? { withPartners } : {}) });
export const timeline = new Library(sourceOf(false));

let hasPartners = false;

/** Asks whose photos stand in the timeline beside one's own, and shows them. */
export async function mixPartners(): Promise<void> {
  const partners = await api.partners('shared-with');
  const wanted = partners.some((partner) => partner.inTimeline);
  if (wanted || hasPartners) timeline.ask(sourceOf(wanted));
  hasPartners = wanted;
}

let shown = $state.raw<Library>(timeline);
const inUse = new Set<Library>([timeline]);

/** The one that the grid on the page shows. */
export const shelf = {
  get shown(): Library {
    return shown;
  },
};

/** An effect's body: @library is in use until what it returns is called. */
export function using(library: Library): () => void {
  inUse.add(library);
  shown = library;
  library.look();
  return () => {
    if (library !== timeline) inUse.delete(library);
  };
}

/** The server has something new. */
export function refreshSoon(): void {
  for (const library of inUse) library.refreshSoon();
}

/** The server was told to change @photos: it shows at once where they are looked at, and elsewhere when it is looked at. */
export function changed(here: Library, photos: readonly Photo[], change: (photo: Photo) => Photo): void {
  here.change(new Set(photos.map((photo) => photo.id)), change);
  for (const library of inUse) if (library !== here) library.outdate();
}

/** What is shown no longer is what the server has. */
export function reloadAll(here: Library): void {
  void here.reload();
  for (const library of inUse) if (library !== here) library.outdate();
}
