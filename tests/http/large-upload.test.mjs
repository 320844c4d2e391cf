// SPDX-License-Identifier: GPL-3.0-or-later
//
// One very large file goes in and comes out, alone and inside of an archive, in memory that stays flat. 300 MB in each
// run; LARGE_UPLOAD_GB=10 takes the time, and the room on the disk, for ten gigabytes.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { request } from 'node:http';
import { test } from 'node:test';
import { startServer } from './server.mjs';

const SIZE = Math.round(Number(process.env.LARGE_UPLOAD_GB ?? 0.3) * 1e9);
const PIECE = 1 << 20;

/** Byte @offset of the file tells where it stands, so that a piece in the wrong place shows. */
function piece(offset, size) {
  const bytes = Buffer.alloc(size);
  for (let at = 0; at + 8 <= size; at += 4096) bytes.writeBigUInt64LE(BigInt(offset + at), at);
  return bytes;
}

const FLAT_KB = 32_000; // far less than the file

/** Looks at the server's memory while @work goes on: {value, peakKb} beyond what it was before. */
async function watched(server, work) {
  const resident = () => Number(/VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${server.pid}/status`, 'utf8'))[1]);
  const before = resident();
  let peakKb = 0;
  const timer = setInterval(() => (peakKb = Math.max(peakKb, resident() - before)), 50);
  try {
    return { value: await work(), peakKb };
  } finally {
    clearInterval(timer);
  }
}

/** Sends the pieces as fast as they are taken; the parsed answer. */
async function post(server, path, headers, size, next) {
  const { hostname, port } = new URL(server.url);
  const sent = request({ hostname, port, path, method: 'POST', headers: { ...headers, 'content-length': size } });
  const answered = new Promise((settle, fail) => {
    sent.on('error', fail);
    sent.on('response', async (response) => {
      let text = '';
      for await (const part of response) text += part;
      settle({ status: response.statusCode, body: JSON.parse(text) });
    });
  });
  for (let bytes; (bytes = next()); ) if (!sent.write(bytes)) await new Promise((go) => sent.once('drain', go));
  sent.end();
  return answered;
}

/** Reads an answer to its end, holding nothing of it: its length and its last bytes. */
async function drain(answer) {
  let length = 0;
  let tail = Buffer.alloc(0);
  for await (const part of answer.body) {
    length += part.length;
    tail = Buffer.concat([tail, part]).subarray(-200);
  }
  return { length, tail };
}

test(`a file of ${SIZE / 1e9} GB goes in and comes out`, { timeout: 1_800_000 }, async (t) => {
  const server = await startServer();
  t.after(() => server.stop());
  const me = await server.signUp();
  const boundary = 'x-large-x';
  const field = (name, value) => `--${boundary}\r\ncontent-disposition: form-data; name="${name}"\r\n\r\n${value}\r\n`;
  const head = Buffer.from(
    `${field('fileCreatedAt', '2024-08-01T10:00:00.000Z')}${field('fileModifiedAt', '2024-08-01T10:00:00.000Z')}--${boundary}\r\n` +
      'content-disposition: form-data; name="assetData"; filename="large.mov"\r\ncontent-type: video/quicktime\r\n\r\n',
  );
  const foot = Buffer.from(`\r\n--${boundary}--\r\n`);
  let at = -1;
  const next = () => {
    if (at < 0) return (at = 0), head;
    if (at < SIZE) {
      const bytes = piece(at, Math.min(PIECE, SIZE - at));
      at += bytes.length;
      return bytes;
    }
    return at++ === SIZE ? foot : null;
  };
  const started = performance.now();
  const headers = { cookie: me.cookie, 'content-type': `multipart/form-data; boundary=${boundary}` };
  const sent = await watched(server, () => post(server, '/api/assets', headers, head.length + SIZE + foot.length, next));
  const { status: code, body } = sent.value;
  const seconds = (performance.now() - started) / 1000;
  assert.equal(code, 201, JSON.stringify(body));
  t.diagnostic(`${(SIZE / 1e6 / seconds).toFixed(0)} MB/s, ${(sent.peakKb / 1000).toFixed(1)} MB of memory`);
  assert.ok(sent.peakKb < FLAT_KB, `the upload took ${sent.peakKb} kB`);

  const { body: asset } = await server.request(`/api/assets/${body.id}`, { session: me });
  assert.equal(asset.exifInfo.fileSizeInByte, SIZE);
  const first = Math.floor((SIZE * 0.7) / 4096) * 4096;
  const { status: part, body: bytes } = await server.request(`/api/assets/${body.id}/original`, { session: me, headers: { range: `bytes=${first}-${first + 8191}` }, raw: true });
  assert.equal(part, 206);
  const [one, two] = [bytes.readBigUInt64LE(0), bytes.readBigUInt64LE(4096)];
  assert.deepEqual([one, two], [BigInt(first), BigInt(first + 4096)]);

  const answer = await fetch(`${server.url}/api/download/archive`, { method: 'POST', headers: { cookie: me.cookie, 'content-type': 'application/json' }, body: JSON.stringify({ assetIds: [body.id] }) });
  const taken = await watched(server, () => drain(answer));
  const { length, tail } = taken.value;
  assert.equal(String(length), answer.headers.get('content-length'));
  assert.ok(length > SIZE);
  assert.equal(tail.includes(Buffer.from('PK\x06\x06', 'latin1')), SIZE > 0xffffffff); // ZIP64 where it must be
  assert.ok(taken.peakKb < FLAT_KB, `the download took ${taken.peakKb} kB`);
});
