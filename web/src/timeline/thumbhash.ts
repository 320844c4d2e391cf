// SPDX-License-Identifier: GPL-3.0-or-later
//
// Paints the few bytes that stand for a photo until its thumbnail is there.

import { thumbHashToRGBA } from 'thumbhash';

/** Draws @base64 on @canvas, resizing it. Nothing happens where the hash is none. */
export function paintThumbhash(canvas: HTMLCanvasElement, base64: string): void {
  try {
    const bytes = Uint8Array.from(atob(base64), (char) => char.charCodeAt(0));
    if (bytes.length < 5) return;
    const { w, h, rgba } = thumbHashToRGBA(bytes);
    canvas.width = w;
    canvas.height = h;
    canvas.getContext('2d')?.putImageData(new ImageData(new Uint8ClampedArray(rgba), w, h), 0, 0);
  } catch {
    // Not base64 or cut short: the plain placeholder stays.
  }
}
