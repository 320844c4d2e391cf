// SPDX-License-Identifier: GPL-3.0-or-later
//
// What lets a photo of the grid move: a mouse that rests on it, or a finger that is held on it.

const REST_MS = 180;
const HOLD_MS = 350;

interface Holding {
  start: () => void;
  stop: () => void;
}

/** An attachment. A finger that was held does not also open the link it was held on. */
export function holding({ start, stop }: Holding): (element: HTMLElement) => () => void {
  return (element) => {
    let timer: ReturnType<typeof setTimeout> | undefined;
    let isTouched = false;
    let wasHeld = false;
    const isCalm = matchMedia('(prefers-reduced-motion: reduce)');
    const end = () => {
      clearTimeout(timer);
      stop();
    };
    const handlers: [string, (event: PointerEvent) => void][] = [
      ['pointerenter', (event) => {
        if (event.pointerType === 'mouse' && !isCalm.matches) timer = setTimeout(start, REST_MS);
      }],
      ['pointerdown', (event) => {
        wasHeld = false;
        isTouched = event.pointerType !== 'mouse';
        if (!isTouched) return;
        timer = setTimeout(() => {
          wasHeld = true;
          start();
        }, HOLD_MS);
      }],
      ['pointerup', () => isTouched && end()],
      ['pointercancel', end],
      ['pointerleave', end],
    ];
    const onclick = (event: MouseEvent) => {
      if (!wasHeld) return;
      wasHeld = false;
      event.preventDefault();
      event.stopImmediatePropagation();
    };
    // The browser's own menu for a link that is held.
    const oncontextmenu = (event: MouseEvent) => {
      if (isTouched) event.preventDefault();
    };
    for (const [name, handler] of handlers) element.addEventListener(name, handler as EventListener);
    element.addEventListener('click', onclick, { capture: true });
    element.addEventListener('contextmenu', oncontextmenu);
    return () => {
      clearTimeout(timer);
      for (const [name, handler] of handlers) element.removeEventListener(name, handler as EventListener);
      element.removeEventListener('click', onclick, { capture: true });
      element.removeEventListener('contextmenu', oncontextmenu);
    };
  };
}
