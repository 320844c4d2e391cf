// SPDX-License-Identifier: GPL-3.0-or-later
//
// Files as they are served: originals with ranges and conditions, thumbnails, the page; and the timeline in order.
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { readdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { startServer } from './server.mjs';
import { jpeg, sha256 } from './photo.mjs';

let server, me, id;
const bytes = jpeg({ bytes: 100_000 });
before(async () => {
  server = await startServer();
  me = await server.signUp();
  id = (await server.upload(bytes, { session: me, name: 'ü "quoted".jpg' })).body.id;
});
after(() => server.stop());

const get = (path, headers = {}, method = 'GET') => server.request(path, { method, session: me, headers, raw: true });
const original = (headers, method) => get(`/api/assets/${id}/original`, headers, method);
const pictured = (asset = id) => server.until(async () => (await server.request(`/api/assets/${asset}`, { session: me })).body.thumbhash, { what: 'the thumbnail' });

describe('an original', () => {
  test('carries what caches and browsers need, and nothing that could run', async () => {
    const { status, headers } = await original();
    assert.equal(status, 200);
    assert.equal(headers.get('content-type'), 'image/jpeg');
    assert.equal(headers.get('etag'), `"${sha256(bytes)}"`);
    assert.match(headers.get('cache-control'), /^private, max-age=86400, no-transform/);
    assert.match(headers.get('content-disposition'), /^inline;.*filename\*=UTF-8''%C3%BC/);
    assert.match(headers.get('content-security-policy'), /sandbox/);
    assert.equal(headers.get('x-content-type-options'), 'nosniff');
    assert.ok(headers.get('last-modified'));
    assert.match((await get(`/api/assets/${id}/original?download`)).headers.get('content-disposition'), /^attachment;/);
  });

  test('is served in ranges', async () => {
    const part = await original({ range: 'bytes=10-19' });
    assert.deepEqual([part.status, part.headers.get('content-range')], [206, `bytes 10-19/${bytes.length}`]);
    assert.ok(part.body.equals(bytes.subarray(10, 20)));
    assert.ok((await original({ range: 'bytes=-5' })).body.equals(bytes.subarray(-5)));
    assert.equal((await original({ range: `bytes=${bytes.length}-` })).status, 416);
    assert.equal((await original({ range: 'bytes=0-9', 'if-range': '"another"' })).status, 200);
    const only = await original({}, 'HEAD');
    assert.deepEqual([only.status, only.headers.get('content-length'), only.body.length], [200, String(bytes.length), 0]);
  });

  test('is not sent again to who has it', async () => {
    assert.equal((await original({ 'if-none-match': `"${sha256(bytes)}"` })).status, 304);
  });

  test('named as a page is served as the picture it is', async () => {
    const evil = await server.upload(jpeg(), { session: me, name: 'page.html' });
    assert.equal(evil.status, 201);
    const { headers } = await get(`/api/assets/${evil.body.id}/original`);
    assert.equal(headers.get('content-type'), 'image/jpeg');
  });
});

describe('a thumbnail', () => {
  test('comes in two sizes, and at full size as the original where browsers show it', async () => {
    await pictured();
    const small = await get(`/api/assets/${id}/thumbnail`);
    assert.deepEqual([small.status, small.headers.get('content-type')], [200, 'image/webp']);
    const preview = await get(`/api/assets/${id}/thumbnail?size=preview&c=anything`);
    assert.deepEqual([preview.status, preview.headers.get('content-type')], [200, 'image/jpeg']);
    const etag = small.headers.get('etag');
    assert.match(etag, /^"[^"]+"$/);
    assert.equal((await get(`/api/assets/${id}/thumbnail`, { 'if-none-match': etag })).status, 304);
    assert.ok((await get(`/api/assets/${id}/thumbnail?size=fullsize`)).body.equals(bytes));
    assert.equal((await get(`/api/assets/${id}/thumbnail?size=enormous`)).status, 400);
  });

  test('of a file that cannot be read is 404 with the reason in the proof, and the file is kept', async () => {
    const broken = jpeg().subarray(0, 60);
    const { status, body } = await server.upload(broken, { session: me, name: 'broken.jpg' });
    assert.equal(status, 201);
    const media = await server.until(async () => {
      const proof = (await server.request(`/api/assets/${body.id}/proof`, { session: me })).body;
      return proof.media.state === 'failed' && proof.media;
    }, { what: 'the failure' });
    assert.ok(media.reason.length > 5);
    const answer = await server.request(`/api/assets/${body.id}/thumbnail`, { session: me });
    assert.deepEqual([answer.status, typeof answer.body.message], [404, 'string']);
    assert.ok(broken.equals(await server.original(body.id, { session: me })));
  });

  test('is made again when derived/ was deleted', async () => {
    await pictured();
    await rm(join(server.data, 'derived'), { recursive: true });
    await server.stop({ keep: true });
    await server.start();
    assert.equal((await get(`/api/assets/${id}/thumbnail`)).status, 404);
    await server.until(async () => (await get(`/api/assets/${id}/thumbnail`)).status === 200, { what: 'the new thumbnail' });
  });
});

describe('an original that is lost', () => {
  test('is an error of the server, and is healed by sending the file again', async () => {
    const lost = jpeg();
    const { body } = await server.upload(lost, { session: me });
    const name = sha256(lost);
    await rm(join(server.data, 'store', name.slice(0, 2), name.slice(2, 4), name), { force: true });
    const answer = await server.request(`/api/assets/${body.id}/original`, { session: me });
    assert.deepEqual([answer.status, /missing/.test(answer.body.message)], [500, true]);
    const again = await server.upload(lost, { session: me });
    assert.deepEqual([again.status, again.body], [200, { id: body.id, status: 'duplicate' }]);
    assert.ok(lost.equals(await server.original(body.id, { session: me })));
  });
});

describe('the timeline', () => {
  let owner;
  const add = async (created, fields = {}) => (await server.upload(jpeg(), { session: owner, fields: { fileCreatedAt: created, ...fields } })).body.id;
  const ask = async (path) => (await server.request(`/api/timeline/${path}`, { session: owner })).body;

  test('has months, newest first, and in each the newest photo first', async () => {
    owner = await server.addUser();
    const june = await add('2024-06-30T23:59:59.000Z');
    const july = [await add('2024-07-01T00:00:00.000Z'), await add('2024-07-15T08:00:00.000Z'), await add('2024-07-15T09:00:00.000Z')];
    const archived = await add('2023-01-01T00:00:00.000Z', { visibility: 'archive' });
    const hidden = await add('2022-01-01T00:00:00.000Z', { visibility: 'hidden' });
    assert.deepEqual(await ask('buckets?visibility=timeline'), [{ timeBucket: '2024-07-01', count: 3 }, { timeBucket: '2024-06-01', count: 1 }]);
    assert.deepEqual((await ask('bucket?timeBucket=2024-07-01')).id, [july[2], july[1], july[0]]);
    assert.deepEqual((await ask('bucket?timeBucket=2024-07-01&order=asc')).id, july);
    assert.deepEqual((await ask('bucket?timeBucket=2024-06-01T00:00:00.000Z')).id, [june]);
    assert.deepEqual(await ask('buckets?visibility=archive'), [{ timeBucket: '2023-01-01', count: 1 }]);
    assert.deepEqual((await ask('bucket?timeBucket=2023-01-01&visibility=archive')).id, [archived]);
    assert.deepEqual((await ask('bucket?timeBucket=2022-01-01&visibility=hidden')).id, [hidden]);
    assert.equal((await ask('buckets')).some((bucket) => bucket.timeBucket.startsWith('2022')), false);
  });

  test('keeps to favourites, and finds nothing by what is not there yet', async () => {
    const favourite = await add('2021-05-05T00:00:00.000Z', { isFavorite: 'true' });
    assert.deepEqual(await ask('buckets?isFavorite=true'), [{ timeBucket: '2021-05-01', count: 1 }]);
    assert.deepEqual((await ask('bucket?timeBucket=2021-05-01&isFavorite=true')).id, [favourite]);
    assert.deepEqual(await ask(`buckets?tagId=${favourite}`), []);
  });

  test('tells where a photo was taken to who asks', async () => {
    const placed = jpeg({ exif: { date: '2019:03:03 12:00:00', position: [48.5, -9.25] } });
    const { body } = await server.upload(placed, { session: owner });
    const plain = await add('2019-03-04T00:00:00.000Z');
    await server.until(async () => (await server.request(`/api/assets/${body.id}`, { session: owner })).body.exifInfo?.latitude != null, { what: 'the position' });
    const month = await ask('bucket?timeBucket=2019-03-01&withCoordinates=true');
    assert.deepEqual([month.id, month.latitude, month.longitude], [[plain, body.id], [null, 48.5], [null, -9.25]]);
    const without = await ask('bucket?timeBucket=2019-03-01');
    assert.deepEqual([without.latitude, without.longitude, without.city, without.country], [undefined, undefined, [null, null], [null, null]]);
  });

  test('shows the trash only to who asks for it', async () => {
    const id = await add('2018-02-02T00:00:00.000Z');
    assert.equal((await server.request('/api/assets', { method: 'DELETE', session: owner, json: { ids: [id] } })).status, 204);
    assert.equal((await ask('buckets')).some((bucket) => bucket.timeBucket === '2018-02-01'), false);
    assert.deepEqual((await ask('bucket?timeBucket=2018-02-01')).id, []);
    assert.deepEqual(await ask('buckets?isTrashed=true'), [{ timeBucket: '2018-02-01', count: 1 }]);
    const trash = await ask('bucket?timeBucket=2018-02-01&isTrashed=true');
    assert.deepEqual([trash.id, trash.isTrashed], [[id], [true]]);
  });

  test('goes by the day of the upload where that is asked for, and passes over what it does not know', async () => {
    const other = await server.addUser();
    const first = (await server.upload(jpeg(), { session: other, fields: { fileCreatedAt: '2020-02-02T00:00:00.000Z' } })).body.id;
    const second = (await server.upload(jpeg(), { session: other, fields: { fileCreatedAt: '2001-02-02T00:00:00.000Z' } })).body.id;
    const get = async (path) => (await server.request(`/api/timeline/${path}`, { session: other })).body;
    const months = await get('buckets?orderBy=createdAt&withPartners=true&somethingNew=1');
    assert.equal(months.reduce((sum, month) => sum + month.count, 0), 2);
    const ids = [];
    for (const { timeBucket } of months) ids.push(...(await get(`bucket?timeBucket=${timeBucket}&orderBy=createdAt&withStacked=true&somethingNew=1`)).id);
    assert.deepEqual(ids, [second, first]);
  });

  test('says what it cannot read', async () => {
    for (const query of ['bucket', 'bucket?timeBucket=2024', 'bucket?timeBucket=2024-13-01', 'buckets?order=up', 'buckets?isTrashed=perhaps', 'buckets?visibility=x', 'buckets?userId=7', 'buckets?orderBy=size', 'bucket?timeBucket=2024-07-01&withCoordinates=perhaps']) {
      const { status, body } = await server.request(`/api/timeline/${query}`, { session: owner });
      assert.equal(status, 400, query);
      assert.equal(body.message, 'Validation failed', query);
    }
  });
});

describe('the trash', () => {
  test('forgets for good with force: the file is gone, and an app does not bring it back', async () => {
    const thrown = jpeg();
    const { body } = await server.upload(thrown, { session: me });
    const json = { ids: [body.id], force: true };
    assert.equal((await server.request('/api/assets', { method: 'DELETE', session: me, json })).status, 204);
    assert.equal((await server.request(`/api/assets/${body.id}`, { session: me })).status, 400);
    assert.deepEqual((await server.upload(thrown, { session: me })).body, { id: body.id, status: 'duplicate' });
  });

  const browsed = async (name) => (await readdir(join(server.data, 'browse'), { recursive: true })).filter((path) => path.endsWith(name));

  test('takes the link below browse/ with it, one by one, all together and with the account', async () => {
    const other = await server.addUser();
    const names = ['one.jpg', 'two.jpg', 'three.jpg'].map((name) => `leaves-${name}`);
    const ids = [];
    for (const name of names) ids.push((await server.upload(jpeg(), { session: other, name })).body.id);
    for (const name of names) await server.until(async () => (await browsed(name)).length === 1, { what: `the link of ${name}` });
    const away = async (json) => assert.equal((await server.request('/api/assets', { method: 'DELETE', session: other, json })).status, 204);
    await away({ ids: [ids[0]], force: true });
    assert.deepEqual([(await browsed(names[0])).length, (await browsed(names[1])).length], [0, 1]);
    await away({ ids: [ids[1]] });
    assert.equal((await browsed(names[1])).length, 1);
    assert.deepEqual((await server.request('/api/trash/empty', { method: 'POST', session: other })).body, { count: 1 });
    assert.equal((await browsed(names[1])).length, 0);
    const refused = await server.cli(['user', 'delete', '--email', other.email]);
    assert.deepEqual([refused.code, (await browsed(names[2])).length], [1, 1]);
    const { code, stderr } = await server.cli(['user', 'delete', '--email', other.email, '--with-photos']);
    assert.deepEqual([code, stderr, (await browsed(names[2])).length], [0, '', 0]);
    assert.equal((await server.request('/api/users/me', { session: other })).status, 401);
  });

  test('takes all or nothing', async () => {
    const { body } = await server.upload(jpeg(), { session: me });
    const json = { ids: [body.id, '0f8fad5b-d9cb-469f-a165-70867728950e'] };
    assert.equal((await server.request('/api/assets', { method: 'DELETE', session: me, json })).status, 400);
    assert.equal((await server.request(`/api/assets/${body.id}`, { session: me })).body.isTrashed, false);
    const wrong = await server.request('/api/assets', { method: 'DELETE', session: me, json: { ids: ['x'] } });
    assert.deepEqual(wrong.body.errors.map((error) => error.path), ['ids.0']);
  });
});
