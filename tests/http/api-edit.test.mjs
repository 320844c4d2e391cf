// SPDX-License-Identifier: GPL-3.0-or-later
//
// PUT and PATCH of assets: what a person changes wins over the file, and reaches the phones.
import assert from 'node:assert/strict';
import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { jpeg } from './photo.mjs';
import { startServer } from './server.mjs';

let server;
let account;
before(async () => {
  server = await startServer();
  account = await server.signUp();
});
after(() => server?.stop());

const upload = async (options) => (await server.upload(jpeg(options), { session: account })).body.id;
const idle = () => server.cli(['jobs', '--data', server.data, '--wait']);
const put = (id, json, method = 'PUT') => server.request(`/api/assets/${id}`, { method, json, session: account });
const putAll = (json) => server.request('/api/assets', { method: 'PUT', json, session: account });
const get = async (id) => (await server.request(`/api/assets/${id}`, { session: account })).body;

test('one asset: favourite, archive, description, rating and place, one at a time and back', async () => {
  const id = await upload();
  const first = await put(id, { isFavorite: true, visibility: 'archive', description: 'Grüße <b>', rating: 4, latitude: 52.5, longitude: 13.4 });
  assert.equal(first.status, 200);
  const { exifInfo } = first.body;
  assert.deepEqual([first.body.isFavorite, first.body.isArchived, exifInfo.description, exifInfo.rating, exifInfo.latitude, exifInfo.longitude],
    [true, true, 'Grüße <b>', 4, 52.5, 13.4]);
  const second = await put(id, { rating: null, description: '', visibility: 'timeline' }, 'PATCH');
  assert.deepEqual([second.body.isFavorite, second.body.isArchived, second.body.exifInfo.description, second.body.exifInfo.rating], [true, false, '', null]);
});

test('a date with a zone sets the instant, the wall clock and the zone, and moves the file below browse', async () => {
  const id = await upload({ exif: { date: '2024:08:01 12:00:00', offset: '+02:00' } });
  await idle();
  const { body } = await put(id, { dateTimeOriginal: '1999-12-31T23:30:00.000-03:30' });
  assert.deepEqual([body.fileCreatedAt, body.localDateTime, body.exifInfo.timeZone], ['2000-01-01T03:00:00.000Z', '1999-12-31T23:30:00.000Z', 'UTC-3:30']);
  const months = await readdir(join(server.data, 'browse', 'first@example.org', '1999'));
  assert.deepEqual(months, ['1999-12']);
});

test('many: a shift of the time and another zone for the same instant', async () => {
  const ids = [await upload({ exif: { date: '2024:08:01 12:00:00', offset: '+02:00' } }), await upload({ exif: { date: '2024:01:01 12:00:00', offset: '+00:00' } })];
  await idle();
  assert.equal((await putAll({ ids, dateTimeRelative: 90 })).status, 204);
  assert.equal((await get(ids[0])).localDateTime, '2024-08-01T13:30:00.000Z');
  assert.equal((await get(ids[1])).fileCreatedAt, '2024-01-01T13:30:00.000Z');
  assert.equal((await putAll({ ids, timeZone: 'Asia/Tokyo' })).status, 204);
  const moved = await get(ids[1]);
  assert.deepEqual([moved.fileCreatedAt, moved.localDateTime, moved.exifInfo.timeZone], ['2024-01-01T13:30:00.000Z', '2024-01-01T22:30:00.000Z', 'Asia/Tokyo']);
  assert.equal((await putAll({ ids, isFavorite: true })).status, 204);
  assert.ok((await get(ids[0])).isFavorite && (await get(ids[1])).isFavorite);
});

test('bad values and strangers change nothing', async () => {
  const id = await upload();
  await idle();
  const before_ = await get(id);
  for (const wrong of [{ rating: 0 }, { rating: 6 }, { rating: 2.5 }, { latitude: 91, longitude: 0 }, { latitude: 1 }, { visibility: 'everywhere' },
    { dateTimeOriginal: 'yesterday' }, { isFavorite: 'yes' }, { livePhotoVideoId: id }])
    assert.equal((await put(id, wrong)).status, 400, JSON.stringify(wrong));
  // A zone is a name, never a path: the file behind it would be read unconfined.
  for (const path of ['../../../etc/passwd', '/etc/passwd', 'Europe/../../../../etc/hostname', './UTC', 'Europe/Berlin\0x', 'Europe\\Berlin', ' UTC', '.'])
    assert.equal((await putAll({ ids: [id], timeZone: path })).status, 400, path);
  for (const wrong of [{ ids: [id], timeZone: 'Mars/Olympus' }, { ids: [id], dateTimeRelative: 'x' }, { isFavorite: true }, { ids: ['x'] }])
    assert.equal((await putAll(wrong)).status, 400, JSON.stringify(wrong));
  const stranger = await server.addUser();
  const theirs = (await server.upload(jpeg(), { session: stranger })).body.id;
  assert.equal((await server.request(`/api/assets/${id}`, { method: 'PUT', json: { isFavorite: true }, session: stranger })).status, 400);
  assert.equal((await putAll({ ids: [id, theirs], isFavorite: true })).status, 400);
  assert.deepEqual(await get(id), before_);
});
