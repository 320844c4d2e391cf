// SPDX-License-Identifier: GPL-3.0-or-later
//
// A DNG as a camera might write it: uncompressed samples of a Bayer sensor (DNG specification 1.4), and beside them a JPEG
// as the camera's own preview, if one is given.
const SHORT = 3, LONG = 4, BYTE = 1, ASCII = 2, SRATIONAL = 10;
const SIZES = { [BYTE]: 1, [ASCII]: 1, [SHORT]: 2, [LONG]: 4, [SRATIONAL]: 8 };

function encode(type, values) {
  if (type === ASCII) return Buffer.from(`${values}\0`);
  const out = Buffer.alloc(values.length * SIZES[type]);
  values.forEach((value, i) => {
    if (type === BYTE) out.writeUInt8(value, i);
    else if (type === SHORT) out.writeUInt16LE(value, i * 2);
    else if (type === LONG) out.writeUInt32LE(value, i * 4);
    else {
      out.writeInt32LE(Math.round(value * 10000), i * 8);
      out.writeInt32LE(10000, i * 8 + 4);
    }
  });
  return out;
}

// One directory at @offset: entries, then what is too long for them.
function directory(offset, entries) {
  const head = Buffer.alloc(2 + entries.length * 12 + 4);
  const tail = [];
  let at = offset + head.length;
  head.writeUInt16LE(entries.length, 0);
  entries.sort((a, b) => a[0] - b[0]).forEach(([tag, type, values], i) => {
    const bytes = encode(type, values), entry = 2 + i * 12;
    head.writeUInt16LE(tag, entry);
    head.writeUInt16LE(type, entry + 2);
    head.writeUInt32LE(bytes.length / SIZES[type], entry + 4);
    if (bytes.length <= 4) return bytes.copy(head, entry + 8);
    head.writeUInt32LE(at, entry + 8);
    const padded = Buffer.concat([bytes, Buffer.alloc(bytes.length % 2)]);
    tail.push(padded);
    at += padded.length;
  });
  return Buffer.concat([head, ...tail]);
}

// Smooth colours with the noise of a sensor, made without chance so that each run is alike.
function sensor(width, height) {
  const samples = new Uint16Array(width * height);
  let random = 1;
  for (let y = 0, i = 0; y < height; y++)
    for (let x = 0; x < width; x++, i++) {
      random = (Math.imul(random, 1664525) + 1013904223) >>> 0;
      const light = 9000 + 5000 * Math.sin(x / 97) * Math.cos(y / 61) + ((x & 1) === (y & 1) ? 0 : 2500);
      samples[i] = light + (random >>> 22);
    }
  return Buffer.from(samples.buffer);
}

export function rawPhoto(width, height, preview) {
  const pixels = sensor(width, height);
  const whole = 8 + pixels.length, rawEntries = [
    [254, LONG, [0]], [256, LONG, [width]], [257, LONG, [height]], [258, SHORT, [16]], [259, SHORT, [1]], [262, SHORT, [32803]],
    [273, LONG, [8]], [277, SHORT, [1]], [278, LONG, [height]], [279, LONG, [pixels.length]],
    [33421, SHORT, [2, 2]], [33422, BYTE, [0, 1, 1, 2]], [50717, LONG, [16383]],
  ];
  const camera = [
    [271, ASCII, 'Ambrotype'], [272, ASCII, 'Bench'], [274, SHORT, [1]], [306, ASCII, '2024:08:13 12:34:56'],
    [50706, BYTE, [1, 4, 0, 0]], [50708, ASCII, 'Ambrotype Bench'], [50778, SHORT, [21]],
    [50721, SRATIONAL, [0.7, -0.2, -0.1, -0.4, 1.2, 0.2, -0.1, 0.2, 0.6]],
  ];
  const head = Buffer.from('II*\0\0\0\0\0', 'latin1');
  if (!preview) {
    head.writeUInt32LE(whole, 4);
    return Buffer.concat([head, pixels, directory(whole, [...rawEntries, ...camera])]);
  }
  const padded = Buffer.concat([preview, Buffer.alloc(preview.length % 2)]);
  const rawAt = whole + padded.length, rawDirectory = directory(rawAt, rawEntries), at = rawAt + rawDirectory.length;
  head.writeUInt32LE(at, 4);
  const own = [
    [254, LONG, [1]], [256, LONG, [1600]], [257, LONG, [1200]], [258, SHORT, [8, 8, 8]], [259, SHORT, [7]], [262, SHORT, [6]], [277, SHORT, [3]],
    [273, LONG, [whole]], [279, LONG, [preview.length]], [330, LONG, [rawAt]],
  ];
  return Buffer.concat([head, pixels, padded, rawDirectory, directory(at, [...own, ...camera])]);
}
