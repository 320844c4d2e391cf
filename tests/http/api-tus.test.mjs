// SPDX-License-Identifier: GPL-3.0-or-later
//
// Resumable uploads: tus-js-client as a browser or program would use it, and the protocol by hand where a client would
// not make the mistake.
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { execFileSync } from 'node:child_process';
import { createHash, randomUUID } from 'node:crypto';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import * as tus from 'tus-js-client';
import { startServer } from './server.mjs';
import { jpeg, sha1 } from './photo.mjs';

let server, me, other;
before(async () => {
  server = await startServer();
  me = await server.signUp();
  other = await server.addUser();
});
after(() => server.stop());

const metadataOf = (values) => Object.entries(values).map(([key, value]) => `${key} ${Buffer.from(value).toString('base64')}`).join(',');
const TUS = { 'tus-resumable': '1.0.0' };
const dates = { fileCreatedAt: '2024-08-01T10:00:00.000Z', fileModifiedAt: '2024-08-01T10:00:00.000Z' };

async function create(length, metadata = {}, { session = me, headers = {} } = {}) {
  const answer = await server.request('/api/uploads', {
    method: 'POST', session, headers: { ...TUS, 'upload-length': String(length), 'upload-metadata': metadataOf({ filename: 'big.jpg', ...dates, ...metadata }), ...headers },
  });
  return { ...answer, path: answer.headers.get('location') };
}
const patch = (path, offset, bytes, { session = me, headers = {} } = {}) => server.request(path, {
  method: 'PATCH', session, body: bytes, headers: { ...TUS, 'upload-offset': String(offset), 'content-type': 'application/offset+octet-stream', ...headers },
});
const head = (path, session = me) => server.request(path, { method: 'HEAD', session, headers: TUS });
const sum = (bytes, algorithm = 'sha1') => `${algorithm} ${createHash(algorithm).update(bytes).digest('base64')}`;

describe('with tus-js-client', () => {
  /** Uploads and answers {url, id, status} of the last response. */
  const upload = (bytes, options = {}) => new Promise((done, fail) => {
    let last;
    const task = new tus.Upload(bytes, {
      endpoint: `${server.url}/api/uploads`,
      headers: { authorization: `Bearer ${me.accessToken}` },
      chunkSize: 100_000,
      retryDelays: null,
      metadata: { filename: 'big.jpg', ...dates, checksum: sha1(bytes) },
      onAfterResponse: (request, response) => (last = response),
      onError: fail,
      onSuccess: () => done({ url: task.url, id: last.getHeader('X-Ambrotype-Asset-Id'), status: last.getHeader('X-Ambrotype-Status') }),
      ...options,
    });
    task.start();
  });

  test('a file in several parts arrives whole', async () => {
    const bytes = jpeg({ bytes: 750_000 });
    const { id, status } = await upload(bytes);
    assert.equal(status, 'created');
    assert.ok(bytes.equals(await server.original(id, { session: me })));
    const again = await upload(bytes);
    assert.deepEqual([again.id, again.status], [id, 'duplicate']);
  });

  test('an upload that was broken off goes on where it was, also after a restart of the server', async () => {
    const bytes = jpeg({ bytes: 900_000 });
    const { path } = await create(bytes.length, { checksum: sha1(bytes) });
    assert.equal((await patch(path, 0, bytes.subarray(0, 350_000))).status, 204);
    await server.stop({ keep: true });
    await server.start();
    const requests = [];
    const { id, status } = await upload(bytes, {
      endpoint: undefined, uploadUrl: `${server.url}${path}`, onBeforeRequest: (request) => requests.push(`${request.getMethod()} ${request.getHeader('Upload-Offset') ?? ''}`),
    });
    assert.equal(requests[0], 'HEAD ');
    assert.equal(requests[1], 'PATCH 350000');
    assert.equal(status, 'created');
    assert.ok(bytes.equals(await server.original(id, { session: me })));
  });
});

describe('by hand', () => {
  test('the server says what it can', async () => {
    const { status, headers } = await server.request('/api/uploads', { method: 'OPTIONS' });
    assert.equal(status, 204);
    assert.equal(headers.get('tus-version'), '1.0.0');
    assert.deepEqual(headers.get('tus-extension').split(',').sort(), ['checksum', 'creation', 'expiration', 'termination']);
    assert.deepEqual(headers.get('tus-checksum-algorithm').split(',').sort(), ['sha1', 'sha256']);
  });

  test('a client of another version is turned away with ours', async () => {
    for (const headers of [{ 'tus-resumable': '0.2.2' }, { 'tus-resumable': '' }]) {
      const answer = await create(10, {}, { headers });
      assert.equal(answer.status, 412);
      assert.equal(answer.headers.get('tus-version'), '1.0.0');
      assert.equal(answer.headers.get('tus-resumable'), '1.0.0');
    }
  });

  test('an upload says where it stands, until when, and at the end what it became', async () => {
    const bytes = jpeg({ bytes: 50_000 });
    const { status, path, headers } = await create(bytes.length);
    assert.equal(status, 201);
    assert.match(path, /^\/api\/uploads\/[0-9a-f-]{36}$/);
    assert.ok(Date.parse(headers.get('upload-expires')) > Date.now() + 3600_000);
    const begun = await head(path);
    assert.deepEqual([begun.status, begun.headers.get('upload-offset'), begun.headers.get('upload-length'), begun.headers.get('cache-control')], [200, '0', String(bytes.length), 'no-store']);
    assert.equal(begun.headers.get('x-ambrotype-asset-id'), null);
    const part = await patch(path, 0, bytes.subarray(0, 20_000));
    assert.deepEqual([part.status, part.headers.get('upload-offset')], [204, '20000']);
    const done = await patch(path, 20_000, bytes.subarray(20_000));
    assert.deepEqual([done.status, done.headers.get('upload-offset'), done.headers.get('x-ambrotype-status')], [204, String(bytes.length), 'created']);
    const finished = await head(path);
    assert.equal(finished.headers.get('x-ambrotype-asset-id'), done.headers.get('x-ambrotype-asset-id'));
    assert.equal(finished.headers.get('upload-offset'), String(bytes.length));
    assert.equal((await patch(path, bytes.length, Buffer.from('x'))).status, 409);
  });

  test('its fields become those of the asset', async () => {
    const bytes = jpeg({ bytes: 2000 });
    const device = randomUUID();
    await server.request(`/api/backup/devices/${device}`, { method: 'PUT', session: me, json: { name: 'Desk', kind: 'computer' } });
    const { path } = await create(bytes.length, { filename: 'Zoë.jpg', isFavorite: 'true', visibility: 'archive', deviceId: device, itemKey: 'a/Zoë.jpg', checksum: sha1(bytes) });
    const { headers } = await patch(path, 0, bytes);
    const id = headers.get('x-ambrotype-asset-id');
    const asset = (await server.request(`/api/assets/${id}`, { session: me })).body;
    assert.deepEqual([asset.originalFileName, asset.isFavorite, asset.visibility, asset.fileModifiedAt], ['Zoë.jpg', true, 'archive', '2024-08-01T10:00:00.000Z']);
    const items = (await server.request(`/api/backup/devices/${device}/items`, { session: me })).body.items;
    assert.deepEqual(items.map((item) => [item.key, item.state, item.assetId]), [['a/Zoë.jpg', 'stored', id]]);
  });

  test('a wrong offset is a conflict and changes nothing', async () => {
    const bytes = jpeg({ bytes: 5000 });
    const { path } = await create(bytes.length);
    await patch(path, 0, bytes.subarray(0, 1000));
    for (const offset of [0, 999, 1001, 5000]) assert.equal((await patch(path, offset, Buffer.from('x'))).status, 409, String(offset));
    assert.equal((await head(path)).headers.get('upload-offset'), '1000');
    const done = await patch(path, 1000, bytes.subarray(1000));
    assert.ok(bytes.equals(await server.original(done.headers.get('x-ambrotype-asset-id'), { session: me })));
  });

  test('a part with a wrong checksum is undone, with the right one kept', async () => {
    const bytes = jpeg({ bytes: 5000 });
    const { path } = await create(bytes.length);
    const first = bytes.subarray(0, 3000);
    const wrong = await patch(path, 0, first, { headers: { 'upload-checksum': sum(Buffer.from('other')) } });
    assert.equal(wrong.status, 460);
    assert.equal((await head(path)).headers.get('upload-offset'), '0');
    assert.equal((await patch(path, 0, first, { headers: { 'upload-checksum': sum(first) } })).status, 204);
    const rest = bytes.subarray(3000);
    assert.equal((await patch(path, 3000, rest, { headers: { 'upload-checksum': 'md5 AAAA' } })).status, 400);
    assert.equal((await patch(path, 3000, rest, { headers: { 'upload-checksum': 'sha1 AAAA' } })).status, 400);
    const done = await patch(path, 3000, rest, { headers: { 'upload-checksum': sum(rest, 'sha256') } });
    assert.equal(done.headers.get('x-ambrotype-status'), 'created');
  });

  test('a file that differs from its announced checksum is refused at the end', async () => {
    const bytes = jpeg({ bytes: 3000 });
    const { path } = await create(bytes.length, { checksum: sha1('something else') });
    const { status, body } = await patch(path, 0, bytes);
    assert.equal(status, 400);
    assert.match(body.message, /checksum/);
  });

  test('more bytes than announced are refused', async () => {
    const { path } = await create(1000);
    assert.equal((await patch(path, 0, Buffer.alloc(1001))).status, 413);
    const chunked = await server.request(path, { method: 'PATCH', session: me, body: Readable.toWeb(Readable.from([Buffer.alloc(600), Buffer.alloc(600)])), headers: { ...TUS, 'upload-offset': '0', 'content-type': 'application/offset+octet-stream' } });
    assert.equal(chunked.status, 413);
  });

  test('while one request writes, another is locked out', async () => {
    const { path } = await create(1000);
    let goOn;
    const seen = new Promise((settle) => (goOn = settle));
    const slow = server.rawExchange([`PATCH ${path} HTTP/1.1\r\nHost: x\r\nConnection: close\r\nCookie: ${me.cookie}\r\nTus-Resumable: 1.0.0\r\nUpload-Offset: 0\r\nContent-Type: application/offset+octet-stream\r\nContent-Length: 500\r\n\r\n`, Buffer.alloc(100), seen, Buffer.alloc(400)]);
    const locked = await server.until(async () => {
      const answer = await patch(path, 777, Buffer.alloc(10)); // 409 until the slow one has it
      return answer.status === 423 && answer;
    }, { what: '423' });
    goOn();
    assert.ok(locked.body.message);
    assert.equal((await slow).status, 204);
    assert.equal((await head(path)).headers.get('upload-offset'), '500');
  });

  test('a connection that breaks keeps what arrived, but not half of a part with a checksum', async () => {
    const bytes = jpeg({ bytes: 9000 });
    for (const [extra, wanted] of [['', '4000'], [`Upload-Checksum: ${sum(bytes)}\r\n`, '0']]) {
      const { path } = await create(bytes.length);
      await server.rawExchange([`PATCH ${path} HTTP/1.1\r\nHost: x\r\nCookie: ${me.cookie}\r\nTus-Resumable: 1.0.0\r\nUpload-Offset: 0\r\n${extra}Content-Type: application/offset+octet-stream\r\nContent-Length: ${bytes.length}\r\n\r\n`, bytes.subarray(0, 4000), 200], { timeoutMs: 50 });
      await server.until(async () => (await patch(path, 12345, Buffer.from('x'))).status === 409, { what: 'the end of the broken request' });
      assert.equal((await head(path)).headers.get('upload-offset'), wanted);
    }
  });

  test('an upload can be given up', async () => {
    const { path } = await create(1000);
    assert.equal((await server.request(path, { method: 'DELETE', session: me, headers: TUS })).status, 204);
    assert.equal((await head(path)).status, 404);
    assert.equal((await server.request(path, { method: 'DELETE', session: me, headers: TUS })).status, 404);
  });

  test('is nobody else\'s', async () => {
    const { path } = await create(1000);
    assert.equal((await head(path, other)).status, 404);
    assert.equal((await patch(path, 0, Buffer.alloc(10), { session: other })).status, 404);
    assert.equal((await server.request(path, { method: 'DELETE', session: other, headers: TUS })).status, 404);
    assert.equal((await head(path)).headers.get('upload-offset'), '0');
  });

  test('what makes no sense is refused with the reason', async () => {
    const refused = async (expected, length, metadata, headers) => {
      const { status, body } = await create(length, metadata, { headers });
      assert.equal(status, 400, JSON.stringify(body));
      assert.match(body.message, expected);
    };
    await refused(/Upload-Length/, 'many');
    await refused(/Upload-Length/, '-1');
    await refused(/empty/, 0);
    await refused(/filename/, 10, {}, { 'upload-metadata': '' });
    await refused(/checksum/, 10, { checksum: 'x' });
    await refused(/deviceId/, 10, { deviceId: randomUUID() });
    await refused(/visibility/, 10, { visibility: 'nowhere' });
    const { path } = await create(10);
    assert.equal((await patch(path, 0, Buffer.alloc(10), { headers: { 'content-type': 'image/jpeg' } })).status, 415);
    assert.equal((await patch('/api/uploads/nonsense', 0, Buffer.alloc(10))).status, 404);
  });

  test('what a person threw away comes back when the page uploads it, not when a program does', async () => {
    const bytes = jpeg({ bytes: 3000 });
    const device = randomUUID();
    await server.request(`/api/backup/devices/${device}`, { method: 'PUT', session: me, json: { name: 'Desk', kind: 'computer' } });
    const send = async (metadata) => {
      const { path } = await create(bytes.length, metadata);
      return (await patch(path, 0, bytes)).headers;
    };
    const remove = (force) => server.request('/api/assets', { method: 'DELETE', session: me, json: { ids: [id], force } });
    const stands = async (of) => (await server.request(`/api/assets/${of}`, { session: me })).body.isTrashed;
    const id = (await send()).get('x-ambrotype-asset-id');

    await remove(false);
    assert.equal((await send({ deviceId: device })).get('x-ambrotype-status'), 'duplicate');
    assert.equal(await stands(id), true);
    assert.equal((await send()).get('x-ambrotype-status'), 'duplicate');
    assert.equal(await stands(id), false);

    await remove(true);
    const refused = await send({ deviceId: device });
    assert.deepEqual([refused.get('x-ambrotype-status'), refused.get('x-ambrotype-asset-id')], ['duplicate', id]);
    const back = await send();
    assert.equal(back.get('x-ambrotype-status'), 'created');
    assert.equal(await stands(back.get('x-ambrotype-asset-id')), false);
  });

  test('a text file is refused when it is complete', async () => {
    const { path } = await create(10, { filename: 'notes.txt' });
    const { status, body } = await patch(path, 0, Buffer.from('just words'));
    assert.equal(status, 400);
    assert.match(body.message, /not a photo or video/);
  });
});

test('a full quota is told when an upload begins, unless the owner has the file already', async () => {
  const poor = await server.addUser();
  const kept = jpeg();
  assert.equal((await server.upload(kept, { session: poor })).status, 201);
  // No command sets a quota yet; Python's own SQLite writes it beside the server.
  const sql = 'import sqlite3, sys; c = sqlite3.connect(sys.argv[1]); c.execute("UPDATE users SET quota_bytes = 1000 WHERE email = ?", (sys.argv[2],)); c.commit()';
  execFileSync('python3', ['-c', sql, join(server.data, 'ambrotype.db'), poor.email]);

  const refused = await create(2000, {}, { session: poor });
  assert.equal(refused.status, 507);
  assert.match(refused.body.message, /Quota has been exceeded/);
  assert.equal((await create(700, {}, { session: poor })).status, 201, 'what fits is taken');

  execFileSync('python3', ['-c', sql.replace('1000', '1'), join(server.data, 'ambrotype.db'), poor.email]);
  const { path } = await create(kept.length, { checksum: sha1(kept) }, { session: poor });
  const again = await patch(path, 0, kept, { session: poor });
  assert.equal(again.headers.get('x-ambrotype-status'), 'duplicate');
});
