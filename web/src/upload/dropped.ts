// SPDX-License-Identifier: GPL-3.0-or-later
//
// Files of a drop, folders opened all the way down.

import type { Picked } from './uploads.svelte';

/** Must be called inside the event: browsers forget the entries after it. */
export function fromDrop(transfer: DataTransfer): Promise<Picked[]> {
  const entries = [...transfer.items].filter((item) => item.kind === 'file').map((item) => item.webkitGetAsEntry());
  const plain = [...transfer.files];
  if (entries.every((entry) => entry === null)) return Promise.resolve(plain.map((file) => ({ file, path: file.name })));
  return Promise.all(entries.map((entry) => (entry ? open(entry) : []))).then((lists) => lists.flat());
}

async function open(entry: FileSystemEntry): Promise<Picked[]> {
  if (entry.isFile) {
    const file = await new Promise<File>((found, fail) => (entry as FileSystemFileEntry).file(found, fail));
    return [{ file, path: entry.fullPath.replace(/^\//, '') }];
  }
  const reader = (entry as FileSystemDirectoryEntry).createReader();
  const found: Picked[] = [];
  for (;;) {
    // It hands out a hundred or so at a time, and an empty list at the end.
    const some = await new Promise<FileSystemEntry[]>((got, fail) => reader.readEntries(got, fail));
    if (some.length === 0) return found;
    for (const child of some) found.push(...(await open(child)));
  }
}
