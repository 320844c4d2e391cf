// SPDX-License-Identifier: GPL-3.0-or-later
//
// Clients that misbehave on the wire: they dribble, stall, promise less than they send or more. They are cut off or
// answered; meanwhile everybody else is served, and nothing of theirs stays.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { delay, startServer } from '../http/server.mjs';
import { jpeg } from '../http/photo.mjs';
import { stagedFiles, visibleAssets } from './library.mjs';

const TIMEOUT_S = 2;
// What a dribbler would take if nobody cut it off, several times what is allowed: no slow machine mixes them up.
const DRIBBLE_MS = 50 * TIMEOUT_S * 1000;
const SLOW_CLIENTS = 60;
const boundary = 'a-boundary-that-is-not-in-the-photo';

let server;
let session;

before(async () => {
  server = await startServer({ env: { AMBROTYPE_HEADER_TIMEOUT_SECONDS: String(TIMEOUT_S) } });
  session = await server.signUp();
});

after(async () => {
  await server.stop();
});

const head = (method, path, headers) =>
  `${method} ${path} HTTP/1.1\r\nHost: test\r\nCookie: ${session.cookie}\r\n${headers.map((line) => `${line}\r\n`).join('')}\r\n`;

function multipart(photo) {
  const fields = { fileCreatedAt: '2024-08-01T10:00:00.000Z', fileModifiedAt: '2024-08-01T10:00:00.000Z' };
  const parts = Object.entries(fields).map(([name, value]) => `--${boundary}\r\nContent-Disposition: form-data; name="${name}"\r\n\r\n${value}\r\n`);
  return Buffer.concat([
    Buffer.from(`${parts.join('')}--${boundary}\r\nContent-Disposition: form-data; name="assetData"; filename="a.jpg"\r\nContent-Type: image/jpeg\r\n\r\n`),
    photo,
    Buffer.from(`\r\n--${boundary}--\r\n`),
  ]);
}

const uploadHead = (length) => head('POST', '/api/assets', [`Content-Type: multipart/form-data; boundary=${boundary}`, `Content-Length: ${length}`]);

/** While @work runs: ping and an upload are answered. */
async function servedMeanwhile(work) {
  let over = false;
  const end = work().finally(() => (over = true));
  let asked = 0;
  while (!over) {
    assert.equal((await server.request('/api/server/ping')).status, 200);
    assert.equal((await server.upload(jpeg(), { session })).status, 201);
    if (!over) asked++;
    await Promise.race([end.catch(() => {}), delay(200)]);
  }
  assert.ok(asked >= 1, 'nobody else was served while they were there');
  return end;
}

const dribble = (text, ms) => [...text].flatMap((byte) => [byte, ms]);

test(`${SLOW_CLIENTS} clients send their headers byte by byte`, async () => {
  const slow = () =>
    Promise.all(Array.from({ length: SLOW_CLIENTS }, () => server.rawExchange(dribble(`GET / HTTP/1.1\r\nHost: test\r\nX-Slow: ${'and so on, for ever '.repeat(10)}\r\n`, 500), { timeoutMs: 1000 })));
  const began = Date.now();
  await servedMeanwhile(slow);
  assert.ok(Date.now() - began < DRIBBLE_MS, 'dribbling clients were served for too long');
});

test('a body that trickles is cut off and leaves nothing', async () => {
  const before = (await visibleAssets(server, session)).length;
  const body = multipart(jpeg({ bytes: 50_000 }));
  const pieces = [uploadHead(body.length), body.subarray(0, 1000), ...Array.from({ length: 400 }, (_, i) => [body.subarray(1000 + i, 1001 + i), 300]).flat()];
  const began = Date.now();
  const answer = await server.rawExchange(pieces, { timeoutMs: 1000 });
  assert.ok(Date.now() - began < DRIBBLE_MS, 'the trickle went on');
  assert.ok(answer === null || answer.status === 408, `answered ${answer?.status}`);
  await server.until(async () => (await stagedFiles(server)).length === 0, { what: 'an empty staging folder' });
  assert.equal((await visibleAssets(server, session)).length, before);
});

test('a client that goes away in the middle leaves nothing', async () => {
  const before = (await visibleAssets(server, session)).length;
  const body = multipart(jpeg({ bytes: 500_000 }));
  for (let i = 1; i <= 10; i++) {
    await server.rawExchange([uploadHead(body.length), body.subarray(0, (body.length * i) / 11), 20], { timeoutMs: 1 });
  }
  await server.until(async () => (await stagedFiles(server)).length === 0, { what: 'an empty staging folder' });
  assert.equal((await visibleAssets(server, session)).length, before);
});

test('a body larger than announced: the rest is no part of the photo', async () => {
  const before = (await visibleAssets(server, session)).length;
  const body = multipart(jpeg({ bytes: 30_000 }));
  // Announced too short, the form is cut off before its end: refused, and what follows is no request.
  const answer = await server.rawExchange([uploadHead(body.length - 5000), body], { timeoutMs: 5000 });
  assert.equal(answer?.status, 400);
  assert.match(answer.body, /"message":"[^"]+"/);
  await server.until(async () => (await stagedFiles(server)).length === 0, { what: 'an empty staging folder' });
  assert.equal((await visibleAssets(server, session)).length, before);
});

test('a resumable part larger than what is left is refused and the upload can go on', async () => {
  const photo = jpeg({ bytes: 20_000 });
  const tus = { 'tus-resumable': '1.0.0' };
  const begun = await server.request('/api/uploads', {
    method: 'POST', session, headers: { ...tus, 'upload-length': String(photo.length), 'upload-metadata': `filename ${Buffer.from('a.jpg').toString('base64')}` },
  });
  assert.equal(begun.status, 201, JSON.stringify(begun.body));
  const path = begun.headers.get('location');
  const part = (from, body) =>
    server.request(path, { method: 'PATCH', session, headers: { ...tus, 'upload-offset': String(from), 'content-type': 'application/offset+octet-stream' }, body });
  const tooMuch = await part(0, Buffer.concat([photo, Buffer.from('more')]));
  assert.ok([400, 413].includes(tooMuch.status), `answered ${tooMuch.status}`);
  const { headers } = await server.request(path, { method: 'HEAD', session, headers: tus });
  const offset = Number(headers.get('upload-offset'));
  assert.equal(offset, 0);
  const rest = await part(0, photo);
  assert.equal(rest.status, 204, JSON.stringify(rest.body));
  assert.deepEqual(await server.original(rest.headers.get('x-ambrotype-asset-id'), { session }), photo);
});
