// SPDX-License-Identifier: GPL-3.0-or-later

/** Whether a key goes into a field, where it means a letter and no command. */
export function isTyping(event: KeyboardEvent): boolean {
  const target = event.target;
  return target instanceof HTMLElement && (target.isContentEditable || target.matches('input:not([type=checkbox], [type=radio], [type=range]), textarea, select'));
}

/** Whether a window lies over the page, to which keys belong. */
export const isCovered = (): boolean => document.querySelector('dialog[open]') !== null;
