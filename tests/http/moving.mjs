// SPDX-License-Identifier: GPL-3.0-or-later
//
// Moving photos for the tests, with the tags that phones write: both halves of a Live Photo, and motion photos of each
// kind. Videos are made by ffmpeg; the rest are bytes put together here.
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { jpeg } from './photo.mjs';

/**
 * A second of moving colours: H.264 (or another codec of ffmpeg's) without sound, small enough for many.
 * @param {object} [options] format: 'mp4' or 'mov'; tags: metadata of the container; seconds; size; codec
 */
export function film({ format = 'mp4', tags = {}, seconds = 1, size = '64x48', codec = 'libx264' } = {}) {
  const folder = mkdtempSync(join(tmpdir(), 'ambrotype-film-'));
  const file = join(folder, `film.${format}`);
  const metadata = Object.entries(tags).flatMap(([name, value]) => ['-metadata', `${name}=${value}`]);
  try {
    execFileSync('ffmpeg', ['-v', 'error', '-f', 'lavfi', '-i', `testsrc2=size=${size}:rate=10:duration=${seconds}`, '-c:v', codec, '-preset', 'ultrafast',
      '-pix_fmt', 'yuv420p', ...metadata, '-movflags', 'use_metadata_tags+faststart', file]);
    return readFileSync(file);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** The video half of a Live Photo. */
export const liveVideo = (identifier, { date = '2024-08-01T12:00:00+0200', seconds = 1 } = {}) =>
  film({ format: 'mov', seconds, tags: { 'com.apple.quicktime.content.identifier': identifier, 'com.apple.quicktime.creationdate': date } });

/** Its still, with Apple's maker note: a big-endian directory with one entry, offsets from the note's start. */
export function liveStill(identifier, { date = '2024:08:01 12:00:00', offset = '+02:00', ...more } = {}) {
  const head = Buffer.from('Apple iOS\0\0\x01MM', 'latin1');
  const entry = Buffer.alloc(2 + 12 + 4);
  const text = Buffer.from(`${identifier}\0`, 'latin1');
  entry.writeUInt16BE(1, 0);
  entry.writeUInt16BE(0x0011, 2); // ContentIdentifier
  entry.writeUInt16BE(2, 4); // text
  entry.writeUInt32BE(text.length, 6);
  entry.writeUInt32BE(head.length + entry.length, 10);
  return jpeg({ ...more, exif: { date, offset, make: 'Apple', model: 'iPhone 15', makerNote: Buffer.concat([head, entry, text]) } });
}

const packet = (attributes, inner = '') =>
  `<?xpacket begin="\ufeff" id="W5M0MpCehiHzreSzNTczkc9d"?><x:xmpmeta xmlns:x="adobe:ns:meta/"><rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#">` +
  `<rdf:Description xmlns:GCamera="http://ns.google.com/photos/1.0/camera/" ${attributes}>${inner}</rdf:Description></rdf:RDF></x:xmpmeta><?xpacket end="w"?>`;

function withXmp(photo, xmp) {
  const body = Buffer.concat([Buffer.from('http://ns.adobe.com/xap/1.0/\0', 'latin1'), Buffer.from(xmp)]);
  const head = Buffer.from([0xff, 0xe1, 0, 0]);
  head.writeUInt16BE(body.length + 2, 2);
  return Buffer.concat([photo.subarray(0, 2), head, body, photo.subarray(2)]);
}

/** As Pixel phones write it: a directory of what lies in the file, the video at its end. */
export function googlePhoto(video, photo = jpeg()) {
  const items = [['image/jpeg', 'Primary', 0], ['video/mp4', 'MotionPhoto', video.length]].map(([mime, semantic, length]) =>
    `<rdf:li rdf:parseType="Resource"><Container:Item Item:Mime="${mime}" Item:Semantic="${semantic}" Item:Length="${length}" Item:Padding="0"/></rdf:li>`);
  const directory = `<Container:Directory xmlns:Container="http://ns.google.com/photos/1.0/container/" xmlns:Item="http://ns.google.com/photos/1.0/container/item/">` +
    `<rdf:Seq>${items.join('')}</rdf:Seq></Container:Directory>`;
  const xmp = packet('GCamera:MotionPhoto="1" GCamera:MotionPhotoVersion="1" GCamera:MotionPhotoPresentationTimestampUs="500000"', directory);
  return Buffer.concat([withXmp(photo, xmp), video]);
}

/** As Google's older phones, and Xiaomi's, write it. */
export const microVideo = (video, photo = jpeg()) =>
  Buffer.concat([withXmp(photo, packet(`GCamera:MicroVideo="1" GCamera:MicroVideoVersion="1" GCamera:MicroVideoOffset="${video.length}"`)), video]);

/** As Samsung's phones write it: the video behind the picture, then a directory of such blocks. */
export function samsungPhoto(video, photo = jpeg()) {
  const name = Buffer.from('\0\0\x30\x0a\x10\0\0\0MotionPhoto_Data', 'latin1');
  const block = Buffer.concat([name, video]);
  const directory = Buffer.alloc(12 + 12);
  directory.write('SEFH', 0, 'latin1');
  directory.writeUInt32LE(106, 4);
  directory.writeUInt32LE(1, 8);
  directory.writeUInt16LE(0x0a30, 14);
  directory.writeUInt32LE(block.length, 16);
  directory.writeUInt32LE(block.length, 20);
  const tail = Buffer.alloc(8);
  tail.writeUInt32LE(directory.length, 0);
  tail.write('SEFT', 4, 'latin1');
  return Buffer.concat([photo, block, directory, tail]);
}

/** A box of its own in a file of the HEIF family (@photo: AVIF or HEIC). */
export function boxedPhoto(video, photo) {
  const head = Buffer.alloc(8);
  head.writeUInt32BE(8 + video.length, 0);
  head.write('mpvd', 4, 'latin1');
  return Buffer.concat([photo, head, video]);
}
