// SPDX-License-Identifier: GPL-3.0-or-later
//
// Short words at the edge of the window about what was just done, with a way to undo it.

import { t } from '../messages/index.svelte';
import { sentence } from './errors';

export interface Toast {
  id: number;
  words: string;
  isFailure: boolean;
  undo: (() => Promise<void>) | undefined;
}

const SHOWN_MS = 8000;
const MOST = 3;
let toasts = $state.raw<readonly Toast[]>([]);
let count = 0;
const timers = new Map<number, ReturnType<typeof setTimeout>>();

export const shown = {
  get toasts(): readonly Toast[] {
    return toasts;
  },
};

export function dismiss(id: number): void {
  clearTimeout(timers.get(id));
  timers.delete(id);
  toasts = toasts.filter((toast) => toast.id !== id);
}

/** Looked at or touched: it stays until it is let go. */
export function keep(id: number): void {
  clearTimeout(timers.get(id));
}
export function letGo(id: number): void {
  keep(id);
  timers.set(
    id,
    setTimeout(() => dismiss(id), SHOWN_MS),
  );
}

function show(words: string, isFailure: boolean, undo?: () => Promise<void>): void {
  const toast = { id: ++count, words, isFailure, undo };
  for (const old of toasts.filter((other, i) => !other.undo || i <= toasts.length - MOST)) dismiss(old.id);
  toasts = [...toasts, toast];
  letGo(toast.id);
}

/** Says what was done. @undo takes it back; what it throws is told of. */
export function tell(words: string, undo?: () => Promise<void>): void {
  show(words, false, undo);
}

export function tellFailure(error: unknown): void {
  show(sentence(error), true);
}

export async function undo(toast: Toast): Promise<void> {
  dismiss(toast.id);
  try {
    await toast.undo?.();
    tell(t().toasts.undone);
  } catch (error) {
    tellFailure(error);
  }
}

/** As undo() of the last thing that can be undone. */
export function undoLast(): void {
  const last = [...toasts].reverse().find((toast) => toast.undo);
  if (last) void undo(last);
}

/** Does @work; a failure is told of. Whether it went well. */
export async function attempt(work: () => Promise<unknown>): Promise<boolean> {
  try {
    await work();
    return true;
  } catch (error) {
    tellFailure(error);
    return false;
  }
}
