// SPDX-License-Identifier: GPL-3.0-or-later
//
// Photos above the size that High quality keeps: noisy as a camera's, so that scaling them down saves much. So that tests
// need not work on 16 megapixels, a build with fault points takes another size from its environment: SMALL.
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { jpeg } from './photo.mjs';

/** High quality scales photos to 120,000 pixels instead of 16 million, and videos to 180p instead of 1080p. */
export const SMALL = { AMBROTYPE_REDUCE_PIXELS: '120000', AMBROTYPE_REDUCE_SHORT_PX: '180' };

let plain; // made once: the same picture serves all

function picture() {
  plain ??= execFileSync('ffmpeg', ['-v', 'error', '-f', 'lavfi', '-i', 'testsrc2=s=720x480', '-vf', 'noise=alls=40:all_seed=7', '-frames:v', '1',
    '-pix_fmt', 'yuvj420p', '-q:v', '2', '-f', 'image2pipe', '-c:v', 'mjpeg', '-'], { maxBuffer: 64 << 20 });
  return plain;
}

/** The segments of a JPEG in front of its tables. */
function headOf(bytes) {
  let at = 2;
  while (bytes[at + 1] >= 0xe0) at += 2 + bytes.readUInt16BE(at + 2);
  return bytes.subarray(2, at);
}

/**
 * A colour JPEG of 720 × 480 pixels that no call made before, with EXIF as jpeg() takes it.
 * @param {object} [options]
 * @param {object} [options.exif] as of jpeg()
 * @param {Buffer} [options.video] appended as motion photos have it
 */
export function largePhoto({ exif = { date: '2024:08:01 12:00:00', offset: '+02:00', make: 'Acme', position: [52.5, 13.4] }, video } = {}) {
  const base = picture();
  const unique = jpeg({ exif });
  const comment = unique.subarray(unique.indexOf(Buffer.from([0xff, 0xfe])), unique.indexOf(Buffer.from([0xff, 0xdb])));
  const head = headOf(unique);
  const tables = base.indexOf(Buffer.from([0xff, 0xdb]));
  assert.ok(tables > 0);
  return Buffer.concat([base.subarray(0, 2), head.includes(comment) ? head : Buffer.concat([head, comment]), base.subarray(tables), ...(video ? [video] : [])]);
}

/** A MOV of one second, 480 × 272 pixels and many bytes, with date, place and camera as phones write them. */
export async function largeVideo() {
  const folder = await mkdtemp(join(tmpdir(), 'ambrotype-video-'));
  const path = join(folder, 'large.mov');
  execFileSync('ffmpeg', ['-v', 'error', '-f', 'lavfi', '-i', 'testsrc2=s=480x272:r=15:d=1', '-vf', `noise=alls=30:all_seed=${process.hrtime.bigint() % 100000n}`,
    '-c:v', 'libx264', '-preset', 'ultrafast', '-qp', '8', '-pix_fmt', 'yuv420p', '-movflags', 'use_metadata_tags',
    '-metadata', 'com.apple.quicktime.creationdate=2024-08-01T12:00:00+0200', '-metadata', 'com.apple.quicktime.location.ISO6709=+52.5000+013.4000/',
    '-metadata', 'com.apple.quicktime.make=Acme', '-metadata', 'com.apple.quicktime.content.identifier=11111111-2222-3333-4444-555555555555', path]);
  const bytes = await readFile(path);
  await rm(folder, { recursive: true });
  return bytes;
}

/** Width and height of a JPEG, from its frame header. */
export function jpegSize(bytes) {
  for (let at = 2; at < bytes.length; at += 2 + bytes.readUInt16BE(at + 2)) {
    const marker = bytes[at + 1];
    if (marker >= 0xc0 && marker <= 0xcf && ![0xc4, 0xc8, 0xcc].includes(marker)) return { width: bytes.readUInt16BE(at + 7), height: bytes.readUInt16BE(at + 5) };
  }
  return null;
}
