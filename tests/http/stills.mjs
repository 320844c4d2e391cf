// SPDX-License-Identifier: GPL-3.0-or-later
//
// Small stills of the less common kinds, made with ffmpeg or by hand.
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { jpeg } from './photo.mjs';

/** What ffmpeg writes under a name that ends with @extension. */
export function still(extension, { size = '64x48', source = 'testsrc', frames = 1, more = [] } = {}) {
  const folder = mkdtempSync(join(tmpdir(), 'ambrotype-still-'));
  const path = join(folder, `x.${extension}`);
  execFileSync('ffmpeg', ['-v', 'error', '-f', 'lavfi', '-i', `${source}=size=${size}:rate=10`, '-frames:v', String(frames), ...more, '-y', path]);
  const bytes = readFileSync(path);
  rmSync(folder, { recursive: true });
  return bytes;
}

export const movingGif = () => still('gif', { frames: 5 });
export const movingPng = () => still('apng', { frames: 5, more: ['-plays', '0', '-f', 'apng'] });

/** A TIFF directory, little-endian: [tag, type, value] of one number (3 short, 4 long) or a text (2). */
function directory(at, entries, next = 0) {
  const texts = [];
  let room = at + 2 + entries.length * 12 + 4;
  const rows = entries.map(([tag, type, value]) => {
    const row = Buffer.alloc(12);
    row.writeUInt16LE(tag, 0);
    row.writeUInt16LE(type, 2);
    row.writeUInt32LE(type === 2 ? value.length + 1 : 1, 4);
    if (type === 2) {
      const text = Buffer.from(`${value}\0`.padEnd(Math.max(6, (value.length + 2) & ~1), '\0'));
      row.writeUInt32LE(room, 8);
      texts.push(text);
      room += text.length;
    } else {
      row.writeUInt32LE(value, 8);
    }
    return row;
  });
  const head = Buffer.alloc(2);
  head.writeUInt16LE(entries.length);
  const tail = Buffer.alloc(4);
  tail.writeUInt32LE(next);
  return Buffer.concat([head, ...rows, tail, ...texts]);
}

/** A CR2 without sensor data: a large JPEG as the strip of its first directory, turned to the right. */
export function cr2(preview = jpeg({ width: 2000, height: 1504 })) {
  const head = Buffer.from('II*\0\x10\0\0\0CR\x02\0\0\0\0\0', 'latin1');
  const entries = (at) => [
    [0x0103, 3, 6],
    [0x010f, 2, 'Canon'],
    [0x0110, 2, 'Canon of tests'],
    [0x0111, 4, at],
    [0x0112, 3, 6],
    [0x0117, 4, preview.length],
  ];
  const size = directory(16, entries(0)).length;
  return Buffer.concat([head, directory(16, entries(16 + size)), preview]);
}
