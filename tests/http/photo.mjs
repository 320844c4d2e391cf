// SPDX-License-Identifier: GPL-3.0-or-later
//
// Small real photos for the tests, made here so that each one is different and its bytes are known: grey JPEGs of 8×8
// blocks, with EXIF where asked, and PNGs.
import * as zlib from 'node:zlib';
import { createCipheriv, createHash } from 'node:crypto';

let counter = 0;

export const sha1 = (bytes) => createHash('sha1').update(bytes).digest('hex');
export const sha256 = (bytes) => createHash('sha256').update(bytes).digest('hex');

/**
 * A decodable baseline JPEG that no call made before, in this process or another.
 * @param {object} [options]
 * @param {number} [options.width] rounded up to 8
 * @param {number} [options.height] rounded up to 8
 * @param {(x: number, y: number) => number} [options.grey] 0…255 of the block at x, y
 * @param {{date?: string, offset?: string, orientation?: number, make?: string, model?: string,
 *        position?: [number, number], makerNote?: Buffer}} [options.exif] date as "2024:08:01 12:00:00", offset as "+02:00", position as
 *        degrees north and east
 * @param {number} [options.bytes] at least this long: padded with comment segments
 * @param {string} [options.comment] instead of the unique one, where the same bytes are wanted again
 */
export function jpeg({ width = 64, height = 48, grey, exif, bytes = 0, comment } = {}) {
  const columns = Math.ceil(width / 8);
  const rows = Math.ceil(height / 8);
  const seed = ++counter;
  const shade = grey ?? ((x, y) => (x * 31 + y * 17 + seed * 7) % 256);
  const name = comment ?? `${process.pid}.${seed}.${process.hrtime.bigint()}`;
  const segments = [
    Buffer.from([0xff, 0xd8]),
    segment(0xe0, Buffer.from('JFIF\0\x01\x01\0\0\x01\0\x01\0\0', 'latin1')),
    ...(exif ? [segment(0xe1, Buffer.concat([Buffer.from('Exif\0\0', 'latin1'), exifBlock(exif)]))] : []),
    segment(0xfe, Buffer.from(name)),
    // Every coefficient is quantised by 8, so that a block's only one is its grey minus 128.
    segment(0xdb, Buffer.concat([Buffer.from([0]), Buffer.alloc(64, 8)])),
    segment(0xc0, Buffer.from([8, (rows * 8) >> 8, (rows * 8) & 255, (columns * 8) >> 8, (columns * 8) & 255, 1, 1, 0x11, 0])),
    // DC: the categories 0…11, each a code of four bits. AC: only "end of block", one bit.
    segment(0xc4, Buffer.from([0x00, 0, 0, 0, 12, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, ...Array(12).keys()])),
    segment(0xc4, Buffer.from([0x10, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0x00])),
  ];
  const tail = Buffer.concat([segment(0xda, Buffer.from([1, 1, 0x00, 0, 63, 0])), scan(columns, rows, shade), Buffer.from([0xff, 0xd9])]);
  let size = segments.reduce((sum, part) => sum + part.length, tail.length);
  for (let n = 0; size < bytes; n++) {
    const pad = segment(0xfe, filler(Math.min(65533, Math.max(bytes - size - 4, 16)), `${name}#${n}`));
    segments.push(pad);
    size += pad.length;
  }
  return Buffer.concat([...segments, tail]);
}

/** @size bytes that no other seed gives and nothing can compress. */
function filler(size, seed) {
  const key = createHash('sha256').update(seed).digest();
  return createCipheriv('aes-128-ctr', key.subarray(0, 16), key.subarray(16)).update(Buffer.alloc(size));
}

function segment(marker, payload) {
  const head = Buffer.from([0xff, marker, 0, 0]);
  head.writeUInt16BE(payload.length + 2, 2);
  return Buffer.concat([head, payload]);
}

function scan(columns, rows, shade) {
  let bits = '';
  let previous = 0;
  for (let y = 0; y < rows; y++) {
    for (let x = 0; x < columns; x++) {
      const value = Math.max(0, Math.min(255, Math.round(shade(x, y)))) - 128;
      const difference = value - previous;
      previous = value;
      const category = difference === 0 ? 0 : 32 - Math.clz32(Math.abs(difference));
      bits += category.toString(2).padStart(4, '0');
      if (category > 0) {
        const magnitude = difference > 0 ? difference : difference + (1 << category) - 1;
        bits += magnitude.toString(2).padStart(category, '0');
      }
      bits += '0';
    }
  }
  bits = bits.padEnd(Math.ceil(bits.length / 8) * 8, '1');
  const out = [];
  for (let at = 0; at < bits.length; at += 8) {
    const byte = parseInt(bits.slice(at, at + 8), 2);
    out.push(byte);
    if (byte === 0xff) out.push(0);
  }
  return Buffer.from(out);
}

/** A little-endian TIFF block: IFD0 with make, model and orientation, an EXIF IFD with the date and its offset, and a
 *  GPS IFD with the position. */
function exifBlock({ date, offset, orientation, make, model, position, makerNote }) {
  const ascii = (tag, text) => ({ tag, type: 2, count: text.length + 1, bytes: Buffer.from(`${text}\0`, 'latin1') });
  const pointerTo = (tag) => ({ tag, type: 4, count: 1, bytes: Buffer.alloc(4) });
  const ifd0 = [];
  if (make) ifd0.push(ascii(0x010f, make));
  if (model) ifd0.push(ascii(0x0110, model));
  if (orientation) {
    const bytes = Buffer.alloc(2);
    bytes.writeUInt16LE(orientation);
    ifd0.push({ tag: 0x0112, type: 3, count: 1, bytes });
  }
  const exif = [];
  if (date) exif.push(ascii(0x9003, date));
  if (offset) exif.push(ascii(0x9011, offset));
  if (makerNote) exif.push({ tag: 0x927c, type: 7, count: makerNote.length, bytes: makerNote });
  const gps = position ? [ascii(1, position[0] < 0 ? 'S' : 'N'), degrees(2, position[0]), ascii(3, position[1] < 0 ? 'W' : 'E'), degrees(4, position[1])] : [];
  const others = [[pointerTo(0x8769), exif], [pointerTo(0x8825), gps]].filter(([, entries]) => entries.length > 0);
  ifd0.push(...others.map(([pointer]) => pointer));
  const ifdSize = (entries) => 2 + entries.length * 12 + 4 + entries.reduce((sum, e) => sum + (e.bytes.length > 4 ? e.bytes.length : 0), 0);
  let at = 8 + ifdSize(ifd0);
  const tail = others.map(([pointer, entries]) => {
    pointer.bytes.writeUInt32LE(at);
    const block = ifd(entries, at);
    at += block.length;
    return block;
  });
  return Buffer.concat([Buffer.from('II*\0\x08\0\0\0', 'latin1'), ifd(ifd0, 8), ...tail]);
}

/** Degrees, minutes and seconds as three fractions; the seconds in hundredths. */
function degrees(tag, value) {
  const hundredths = Math.round(Math.abs(value) * 360000);
  const bytes = Buffer.alloc(24);
  [Math.floor(hundredths / 360000), 1, Math.floor(hundredths / 6000) % 60, 1, hundredths % 6000, 100].forEach((n, i) => bytes.writeUInt32LE(n, i * 4));
  return { tag, type: 5, count: 3, bytes };
}

function ifd(entries, at) {
  const head = Buffer.alloc(2 + entries.length * 12 + 4);
  head.writeUInt16LE(entries.length, 0);
  const values = [];
  let valueAt = at + head.length;
  entries.forEach(({ tag, type, count, bytes }, i) => {
    const entry = 2 + i * 12;
    head.writeUInt16LE(tag, entry);
    head.writeUInt16LE(type, entry + 2);
    head.writeUInt32LE(count, entry + 4);
    if (bytes.length > 4) {
      head.writeUInt32LE(valueAt, entry + 8);
      values.push(bytes);
      valueAt += bytes.length;
    } else {
      bytes.copy(head, entry + 8);
    }
  });
  return Buffer.concat([head, ...values]);
}

/** A grey PNG of real pixels, unique as jpeg() is. */
export function png({ width = 64, height = 48 } = {}) {
  const seed = ++counter;
  const raw = Buffer.alloc((width + 1) * height);
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) raw[y * (width + 1) + 1 + x] = (x * 3 + y * 5 + seed) & 255;
  }
  const text = Buffer.from(`Comment\0${process.pid}.${seed}.${process.hrtime.bigint()}`, 'latin1');
  return pngFile(width, height, [pngChunk('tEXt', text), pngChunk('IDAT', zlib.deflateSync(raw))]);
}

/** A PNG that says it is @width by @height and holds a few bytes that would unfold to that many grey pixels. */
export function pngBomb(width = 30000, height = 30000) {
  return pngFile(width, height, [pngChunk('IDAT', zlib.deflateSync(Buffer.alloc((width + 1) * height), { level: 9 }))]);
}

function pngFile(width, height, chunks) {
  const header = Buffer.alloc(13);
  header.writeUInt32BE(width, 0);
  header.writeUInt32BE(height, 4);
  header[8] = 8; // bits a sample; the colour type 0 is grey
  return Buffer.concat([Buffer.from('\x89PNG\r\n\x1a\n', 'latin1'), pngChunk('IHDR', header), ...chunks, pngChunk('IEND', Buffer.alloc(0))]);
}

function pngChunk(type, data) {
  const body = Buffer.concat([Buffer.from(type, 'latin1'), data]);
  const out = Buffer.alloc(body.length + 8);
  out.writeUInt32BE(data.length, 0);
  body.copy(out, 4);
  out.writeUInt32BE(crc32(body), body.length + 4);
  return out;
}

let crcTable;
function crc32(bytes) {
  if (zlib.crc32) return zlib.crc32(bytes); // Node 20.15 and newer
  crcTable ??= Array.from({ length: 256 }, (_, n) => {
    let c = n;
    for (let k = 0; k < 8; k++) c = c & 1 ? 0xedb88320 ^ (c >>> 1) : c >>> 1;
    return c >>> 0;
  });
  let c = 0xffffffff;
  for (const byte of bytes) c = crcTable[(c ^ byte) & 255] ^ (c >>> 8);
  return (c ^ 0xffffffff) >>> 0;
}
