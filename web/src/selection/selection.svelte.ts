// SPDX-License-Identifier: GPL-3.0-or-later
//
// Which photos of a grid are chosen. One photo at a time by toggle(); from the last one that was chosen on by extend(),
// for Shift and for dragging: what the same range took in before and leaves out now goes back to what it was.

import { SvelteMap } from 'svelte/reactivity';
import type { Library, Photo } from '../timeline/library.svelte';

export class Selection {
  readonly #chosen = new SvelteMap<string, Photo>();
  #anchor: string | undefined;
  /** does the range choose, or take out of the choice */
  #takes = true;
  /** the choice before the range */
  #before: readonly Photo[] = [];
  #latest = 0;

  constructor(readonly library: Library) {}

  get size(): number {
    return this.#chosen.size;
  }
  get photos(): Photo[] {
    return [...this.#chosen.values()];
  }
  has(id: string): boolean {
    return this.#chosen.has(id);
  }

  clear(): void {
    this.#latest++;
    this.#anchor = undefined;
    this.#chosen.clear();
  }

  toggle(photo: Photo): void {
    if (this.#chosen.has(photo.id)) this.#chosen.delete(photo.id);
    else this.#chosen.set(photo.id, photo);
    this.anchorAt(photo.id);
  }

  /** Photos may have changed since they were chosen, or gone from where they were. */
  refresh(): void {
    const known = new Map(this.library.allLoaded().map((photo) => [photo.id, photo]));
    for (const [id, photo] of [...this.#chosen]) {
      const now = known.get(id);
      if (now && now !== photo) this.#chosen.set(id, now);
    }
  }

  /** All of them, or none if all are chosen. */
  toggleAll(photos: readonly Photo[]): void {
    const isWhole = photos.every((photo) => this.#chosen.has(photo.id));
    for (const photo of photos) {
      if (isWhole) this.#chosen.delete(photo.id);
      else this.#chosen.set(photo.id, photo);
    }
    if (photos[0]) this.anchorAt(photos[0].id);
  }

  /** From here extend() reaches, doing what was done to this photo. */
  anchorAt(id: string): void {
    this.#latest++;
    this.#anchor = id;
    this.#takes = this.#chosen.has(id);
    this.#before = this.photos;
  }

  /** The range now goes from the anchor to @id; without an anchor it begins at @from. */
  async extend(id: string, from = id): Promise<void> {
    if (this.#anchor === undefined || !this.library.find(this.#anchor)) {
      const start = this.library.find(from)?.photo;
      if (!start) return;
      this.#chosen.set(start.id, start);
      this.anchorAt(start.id);
    }
    const mine = ++this.#latest;
    const range = await this.library.between(this.#anchor as string, id);
    if (mine !== this.#latest) return;
    const wanted = new Map(this.#before.map((photo) => [photo.id, photo]));
    for (const photo of range) {
      if (this.#takes) wanted.set(photo.id, photo);
      else wanted.delete(photo.id);
    }
    for (const chosen of [...this.#chosen.keys()]) if (!wanted.has(chosen)) this.#chosen.delete(chosen);
    for (const [chosen, photo] of wanted) if (!this.#chosen.has(chosen)) this.#chosen.set(chosen, photo);
  }
}
