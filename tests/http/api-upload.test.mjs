// SPDX-License-Identifier: GPL-3.0-or-later
//
// POST /api/assets and what becomes of the file: good ones, known ones, and every bad one that the issue names.
import assert from 'node:assert/strict';
import { after, before, beforeEach, describe, test } from 'node:test';
import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { randomUUID } from 'node:crypto';
import { startServer } from './server.mjs';
import { jpeg, sha1, sha256 } from './photo.mjs';

let server, me;
before(async () => {
  server = await startServer();
  me = await server.signUp();
});
after(() => server.stop());

const BOUNDARY = 'ambrotype-test-boundary';
/** A multipart body by hand, in this order: [name, value, {fileName, type}?]. */
function multipart(parts) {
  const pieces = [];
  for (const [name, value, { fileName, type } = {}] of parts) {
    const disposition = Buffer.concat([Buffer.from(`Content-Disposition: form-data; name="${name}"`), ...(fileName === undefined ? [] : [Buffer.from('; filename="'), Buffer.from(fileName), Buffer.from('"')])]);
    pieces.push(Buffer.from(`--${BOUNDARY}\r\n`), disposition, Buffer.from(`${type ? `\r\nContent-Type: ${type}` : ''}\r\n\r\n`), Buffer.from(value), Buffer.from('\r\n'));
  }
  return Buffer.concat([...pieces, Buffer.from(`--${BOUNDARY}--\r\n`)]);
}
const send = (body, headers = {}) => server.request('/api/assets', {
  method: 'POST', body, session: me, headers: { 'content-type': `multipart/form-data; boundary=${BOUNDARY}`, ...headers },
});
const dates = [['fileCreatedAt', '2024-08-01T10:00:00.000Z'], ['fileModifiedAt', '2024-08-01T10:00:00.000Z']];
const total = async () => (await server.request('/api/assets/statistics', { session: me })).body.total;
const staged = () => readdir(join(server.data, 'staging'));
const asset = async (id) => (await server.request(`/api/assets/${id}`, { session: me })).body;

describe('a good file', () => {
  test('is stored and given back byte for byte', async () => {
    const bytes = jpeg({ bytes: 300_000 });
    const { status, body } = await server.upload(bytes, { session: me });
    assert.deepEqual([status, body.status], [201, 'created']);
    assert.ok(bytes.equals(await server.original(body.id, { session: me })));
    const known = await asset(body.id);
    assert.equal(known.checksum, Buffer.from(sha1(bytes), 'hex').toString('base64'));
    assert.equal(known.exifInfo.fileSizeInByte, bytes.length);
    assert.equal(known.originalFileName, 'photo.jpg');
    const proof = (await server.request(`/api/assets/${body.id}/proof`, { session: me })).body;
    assert.deepEqual([proof.sha256, proof.sha1, proof.size], [sha256(bytes), sha1(bytes), bytes.length]);
    assert.equal(proof.devices.length, 1);
  });

  test('may come before its fields', async () => {
    const { status } = await send(multipart([['assetData', jpeg(), { fileName: 'a.jpg' }], ...dates, ['isFavorite', 'true']]));
    assert.equal(status, 201);
  });

  test('may come between its fields, as the Immich CLI sends it', async () => {
    const { status, body } = await send(multipart([...dates, ['fileSize', '1'], ['isFavorite', 'true'], ['assetData', jpeg(), { fileName: 'a.jpg' }], ['visibility', 'archive'], ['sidecarData', '<x:xmpmeta xmlns:x="adobe:ns:meta/"/>', { fileName: 'a.jpg.xmp' }]]));
    assert.equal(status, 201);
    const known = await asset(body.id);
    assert.deepEqual([known.isFavorite, known.visibility, known.isArchived], [true, 'archive', true]);
  });

  test('with fields of older clients and dates without zone is taken', async () => {
    const { status, body } = await send(multipart([['deviceAssetId', 'x-1'], ['deviceId', 'some phone'], ['duration', '0:00:00.000000'], ['fileCreatedAt', '2024-08-01T10:00:00'], ['fileModifiedAt', '2024-08-01T12:00:00+02:00'], ['metadata', '[]'], ['assetData', jpeg(), { fileName: 'a.jpg', type: 'application/octet-stream' }]]));
    assert.equal(status, 201);
    const known = await asset(body.id);
    assert.deepEqual([known.fileCreatedAt, known.fileModifiedAt], ['2024-08-01T10:00:00.000Z', '2024-08-01T10:00:00.000Z']);
  });

  test('takes its name from the field where there is one', async () => {
    const { body } = await send(multipart([...dates, ['assetData', jpeg(), { fileName: 'upload.tmp' }], ['filename', 'IMG_0001.JPG']]));
    assert.equal((await asset(body.id)).originalFileName, 'IMG_0001.JPG');
  });

  test('goes into the ledger of the registered device that it names', async () => {
    const device = randomUUID();
    await server.request(`/api/backup/devices/${device}`, { method: 'PUT', session: me, json: { name: 'Desk', kind: 'computer' } });
    const { body } = await server.upload(jpeg(), { session: me, fields: { deviceId: device, deviceAssetId: 'holiday/a.jpg' } });
    const items = (await server.request(`/api/backup/devices/${device}/items`, { session: me })).body.items;
    assert.deepEqual(items.map((item) => [item.key, item.state, item.assetId]), [['holiday/a.jpg', 'stored', body.id]]);
  });
});

describe('a known file', () => {
  test('is a duplicate, by any client', async () => {
    const bytes = jpeg();
    const first = await server.upload(bytes, { session: me });
    const again = await server.upload(bytes, { session: me, name: 'other.jpg' });
    assert.deepEqual([again.status, again.body], [200, { id: first.body.id, status: 'duplicate' }]);
  });

  test('is a duplicate before its body is read, where the checksum is announced', async () => {
    const bytes = jpeg();
    const first = await server.upload(bytes, { session: me, announce: true });
    assert.equal(first.status, 201);
    for (const announced of [sha1(bytes), Buffer.from(sha1(bytes), 'hex').toString('base64')]) {
      const head = `POST /api/assets HTTP/1.1\r\nHost: x\r\nCookie: ${me.cookie}\r\nx-immich-checksum: ${announced}\r\nContent-Type: multipart/form-data; boundary=b\r\nContent-Length: 100000000\r\n\r\n`;
      const answer = await server.rawExchange([head]);
      assert.equal(answer.status, 200);
      assert.ok(answer.body.includes(first.body.id), answer.body);
    }
  });

  test('is told as such by the bulk check, in hex and base64, whatever the ids', async () => {
    const bytes = jpeg();
    const { body } = await server.upload(bytes, { session: me });
    const fresh = sha1(jpeg());
    const { status, body: check } = await server.request('/api/assets/bulk-upload-check', {
      method: 'POST', session: me,
      json: { assets: [{ id: 'ä/1.jpg', checksum: sha1(bytes) }, { id: '2', checksum: Buffer.from(sha1(bytes), 'hex').toString('base64') }, { id: '3', checksum: fresh }] },
    });
    assert.equal(status, 200);
    assert.deepEqual(check.results, [
      { id: 'ä/1.jpg', action: 'reject', reason: 'duplicate', assetId: body.id, isTrashed: false },
      { id: '2', action: 'reject', reason: 'duplicate', assetId: body.id, isTrashed: false },
      { id: '3', action: 'accept' },
    ]);
  });

  test('is a duplicate also from the trash, and of another person it is new', async () => {
    const bytes = jpeg();
    const { body } = await server.upload(bytes, { session: me });
    assert.equal((await server.request('/api/assets', { method: 'DELETE', session: me, json: { ids: [body.id] } })).status, 204);
    const again = await server.upload(bytes, { session: me });
    assert.deepEqual([again.status, again.body.id], [200, body.id]);
    const other = await server.addUser();
    const theirs = await server.upload(bytes, { session: other });
    assert.equal(theirs.status, 201);
    assert.notEqual(theirs.body.id, body.id);
    assert.ok(bytes.equals(await server.original(theirs.body.id, { session: other })));
  });
});

describe('a bad upload leaves nothing', () => {
  let count;
  beforeEach(async () => (count = await total()));
  const nothingLeft = async () => {
    assert.equal(await total(), count, 'an asset more');
    await server.until(async () => (await staged()).length === 0, { what: 'an empty staging folder' });
    assert.equal((await server.request('/api/server/ping')).status, 200);
  };

  test('empty file', async () => {
    const { status, body } = await server.upload(Buffer.alloc(0), { session: me });
    assert.equal(status, 400);
    assert.match(body.message, /empty/);
    await nothingLeft();
  });

  test('wrong checksum', async () => {
    const { status, body } = await server.upload(jpeg(), { session: me, headers: { 'x-immich-checksum': sha1('something else') } });
    assert.equal(status, 400);
    assert.match(body.message, /checksum/);
    assert.equal((await server.upload(jpeg(), { session: me, headers: { 'x-immich-checksum': 'nonsense' } })).status, 400);
    await nothingLeft();
  });

  test('missing fields, each named', async () => {
    const { status, body } = await send(multipart([['isFavorite', 'perhaps'], ['visibility', 'somewhere'], ['livePhotoVideoId', '7']]));
    assert.equal(status, 400);
    assert.equal(body.message, 'Validation failed');
    assert.deepEqual(body.errors.map((error) => error.path).sort(), ['assetData', 'fileCreatedAt', 'fileModifiedAt', 'isFavorite', 'livePhotoVideoId', 'visibility']);
    await nothingLeft();
  });

  test('dates that are none', async () => {
    const { status, body } = await server.upload(jpeg(), { session: me, fields: { fileCreatedAt: 'yesterday' } });
    assert.equal(status, 400);
    assert.deepEqual(body.errors.map((error) => error.path), ['fileCreatedAt']);
    await nothingLeft();
  });

  test('two files', async () => {
    const { status, body } = await send(multipart([...dates, ['assetData', jpeg(), { fileName: 'a.jpg' }], ['assetData', jpeg(), { fileName: 'b.jpg' }]]));
    assert.equal(status, 400);
    assert.match(body.message, /one file/);
    await nothingLeft();
  });

  test('no photo at all', async () => {
    const { status, body } = await server.upload(Buffer.from('just words'), { session: me, name: 'notes.txt' });
    assert.equal(status, 400);
    assert.match(body.message, /not a photo or video/);
    await nothingLeft();
  });

  test('a live photo video of nobody', async () => {
    const { status } = await server.upload(jpeg(), { session: me, fields: { livePhotoVideoId: randomUUID() } });
    assert.equal(status, 400);
    await nothingLeft();
  });

  test('no form at all', async () => {
    assert.equal((await server.request('/api/assets', { method: 'POST', session: me, json: {} })).status, 415);
    assert.equal((await send(Buffer.from('nothing of the kind'))).status, 400);
    await nothingLeft();
  });

  test('fields and sidecars without end', async () => {
    const long = await send(multipart([...dates, ['deviceAssetId', 'x'.repeat(200_000)], ['assetData', jpeg(), { fileName: 'a.jpg' }]]));
    assert.equal(long.status, 413);
    const sidecar = await send(multipart([...dates, ['assetData', jpeg(), { fileName: 'a.jpg' }], ['sidecarData', Buffer.alloc(1_200_000, 32), { fileName: 'a.xmp' }]]));
    assert.equal(sidecar.status, 413);
    assert.match(sidecar.body.message, /sidecar/);
    await nothingLeft();
  });

  test('a body that is cut off', async () => {
    const whole = multipart([...dates, ['assetData', jpeg({ bytes: 200_000 }), { fileName: 'a.jpg' }]]);
    const head = `POST /api/assets HTTP/1.1\r\nHost: x\r\nCookie: ${me.cookie}\r\nContent-Type: multipart/form-data; boundary=${BOUNDARY}\r\nContent-Length: ${whole.length}\r\n\r\n`;
    await server.rawExchange([head, whole.subarray(0, 150_000), 100], { timeoutMs: 200 });
    await nothingLeft();
  });

  test('a body that ends without its closing boundary', async () => {
    const whole = multipart([...dates, ['assetData', jpeg(), { fileName: 'a.jpg' }]]);
    const { status } = await send(whole.subarray(0, whole.length - BOUNDARY.length - 8));
    assert.equal(status, 400);
    await nothingLeft();
  });
});

describe('an odd name', () => {
  const named = async (fileName) => {
    const bytes = jpeg();
    const { status, body } = await send(multipart([...dates, ['assetData', bytes, { fileName }]]));
    assert.equal(status, 201, JSON.stringify(body));
    assert.ok(bytes.equals(await server.original(body.id, { session: me })));
    return (await asset(body.id)).originalFileName;
  };

  test('of 4 kB is cut and keeps its extension', async () => {
    const name = await named(`${'n'.repeat(4096)}.jpg`);
    assert.match(name, /^n+\.jpg$/);
    assert.ok(Buffer.byteLength(name) <= 255);
  });

  test('that climbs is only its last part', async () => {
    assert.equal(await named('../../../../etc/cron.d/photo.jpg'), 'photo.jpg');
    assert.equal(await named('..\\\\..\\\\windows\\\\photo.jpg'), 'photo.jpg');
    assert.equal(await named('..'), 'unnamed');
  });

  test('with a line break or another control character has none in the end', async () => {
    const { body } = await send(multipart([...dates, ['filename', 'a\r\nSet-Cookie: b=c\t\u0000.jpg'], ['assetData', jpeg(), { fileName: 'x.jpg' }]]));
    const { headers } = await server.request(`/api/assets/${body.id}/original`, { session: me, raw: true });
    assert.equal(headers.get('set-cookie'), null);
    // eslint-disable-next-line no-control-regex
    assert.doesNotMatch((await asset(body.id)).originalFileName, /[\x00-\x1f]/);
  });

  test('that is not UTF-8 is made valid', async () => {
    const name = await named(Buffer.from([0x66, 0xff, 0xfe, 0x2e, 0x6a, 0x70, 0x67]));
    assert.equal(name, 'f\ufffd\ufffd.jpg');
  });

  test('in other scripts comes back as it was', async () => {
    assert.equal(await named('写真 ñ 🌊.jpg'), '写真 ñ 🌊.jpg');
  });
});
