// SPDX-License-Identifier: GPL-3.0-or-later
//
// Choosing photos of a grid by pointer: a mouse that draws over them, a finger that is held on one and then draws. At the
// edges the grid scrolls on by itself.

import type { Selection } from './selection.svelte';

const DRAW_PX = 6;
const HOLD_MS = 350;
const EDGE_PX = 72;
const SCROLL_PX = 18;

interface Options {
  selection: Selection;
  /** whether a mouse chooses wherever it draws, not only from a check mark on */
  isChoosing: () => boolean;
}

interface Point {
  x: number;
  y: number;
}

const idOf = (target: EventTarget | null) => (target instanceof Element ? target.closest<HTMLElement>('[data-id]')?.dataset['id'] : undefined);
const checkOf = (target: EventTarget | null) => (target instanceof Element ? target.closest<HTMLElement>('[data-check]')?.dataset['check'] : undefined);

/** An attachment of the element that scrolls. */
export function choosing({ selection, isChoosing }: Options): (scroller: HTMLElement) => () => void {
  return (scroller) => {
    let from: (Point & { id: string; isTouch: boolean }) | undefined;
    let at: Point = { x: 0, y: 0 };
    let isDrawing = false;
    let hasDrawn = false;
    let timer: ReturnType<typeof setTimeout> | undefined;
    let frame = 0;
    let last = '';

    const begin = (id: string) => {
      const photo = selection.library.find(id)?.photo;
      if (!photo) return;
      isDrawing = true;
      last = id;
      selection.toggle(photo);
      if (navigator.userActivation?.hasBeenActive) navigator.vibrate?.(12);
      frame = requestAnimationFrame(scrollOn);
    };
    const reach = () => {
      const under = document.elementFromPoint(at.x, at.y);
      const id = checkOf(under) ?? idOf(under);
      if (id === undefined || id === last) return;
      last = id;
      void selection.extend(id);
    };
    const scrollOn = () => {
      if (!isDrawing) return;
      const box = scroller.getBoundingClientRect();
      const over = Math.min(at.y - box.top - EDGE_PX, 0) || Math.max(at.y - box.bottom + EDGE_PX, 0);
      if (over !== 0) {
        scroller.scrollTop += Math.max(-1, Math.min(1, over / EDGE_PX)) * SCROLL_PX;
        reach();
      }
      frame = requestAnimationFrame(scrollOn);
    };
    const end = () => {
      clearTimeout(timer);
      cancelAnimationFrame(frame);
      hasDrawn = isDrawing;
      // A mouse's click comes in the same breath; a finger's is prevented by ontouchend.
      if (isDrawing && !from?.isTouch) {
        addEventListener('click', swallow, { capture: true, once: true });
        setTimeout(() => removeEventListener('click', swallow, { capture: true }));
      }
      isDrawing = false;
      from = undefined;
    };
    const swallow = (event: MouseEvent) => {
      event.preventDefault();
      event.stopPropagation();
    };

    const onpointerdown = (event: PointerEvent) => {
      const isTouch = event.pointerType !== 'mouse';
      const check = checkOf(event.target);
      const id = check ?? idOf(event.target);
      end();
      if (event.button !== 0 || !event.isPrimary || id === undefined || (!isTouch && check === undefined && !isChoosing())) return;
      at = { x: event.clientX, y: event.clientY };
      from = { ...at, id, isTouch };
      if (isTouch) timer = setTimeout(() => begin(id), HOLD_MS);
    };
    const onpointermove = (event: PointerEvent) => {
      if (!from || !event.isPrimary) return;
      at = { x: event.clientX, y: event.clientY };
      const isFar = Math.hypot(at.x - from.x, at.y - from.y) > DRAW_PX;
      if (!isDrawing && isFar && from.isTouch) end(); // it scrolls
      else if (!isDrawing && isFar) begin(from.id);
      if (isDrawing) reach();
    };
    // A finger that draws does not scroll, and its long press is no question for the browser's menu.
    const ontouchmove = (event: TouchEvent) => {
      if (isDrawing && event.cancelable) event.preventDefault();
    };
    const ontouchend = (event: TouchEvent) => {
      if (hasDrawn && event.cancelable) event.preventDefault();
      hasDrawn = false;
    };
    const oncontextmenu = (event: MouseEvent) => {
      if (from?.isTouch) event.preventDefault();
    };

    scroller.addEventListener('pointerdown', onpointerdown);
    scroller.addEventListener('touchmove', ontouchmove, { passive: false });
    scroller.addEventListener('touchend', ontouchend, { passive: false });
    scroller.addEventListener('contextmenu', oncontextmenu);
    addEventListener('pointermove', onpointermove);
    addEventListener('pointerup', end);
    addEventListener('pointercancel', end);
    return () => {
      end();
      scroller.removeEventListener('pointerdown', onpointerdown);
      scroller.removeEventListener('touchmove', ontouchmove);
      scroller.removeEventListener('touchend', ontouchend);
      scroller.removeEventListener('contextmenu', oncontextmenu);
      removeEventListener('pointermove', onpointermove);
      removeEventListener('pointerup', end);
      removeEventListener('pointercancel', end);
    };
  };
}
