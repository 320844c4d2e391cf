// SPDX-License-Identifier: GPL-3.0-or-later
//
// What clients want to have kept with an asset: at the upload, as the iPhone app does it, and by /api/assets/metadata.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { randomUUID } from 'node:crypto';
import { startServer } from './server.mjs';
import { jpeg } from './photo.mjs';

let server, me, other;
before(async () => {
  server = await startServer();
  me = await server.signUp();
  other = await server.addUser();
});
after(() => server.stop());

const cloud = { iCloudId: 'A1B2/001', createdAt: '2024-08-01T10:00:00.000Z', latitude: '1.5', longitude: '-2' };
const ask = (path, method = 'GET', json, session = me) => server.request(`/api/assets/${path}`, { method, json, session });
const kept = async (id) => (await ask(`${id}/metadata`)).body.map(({ key, value }) => ({ key, value }));

test('the field of an upload is kept, also of a photo that is there already', async () => {
  const photo = jpeg();
  const fields = { metadata: JSON.stringify([{ key: 'mobile-app', value: cloud }]) };
  const { body } = await server.upload(photo, { session: me, fields });
  assert.deepEqual(await kept(body.id), [{ key: 'mobile-app', value: cloud }]);
  const changed = { ...cloud, adjustmentTime: '2024-08-02T10:00:00.000Z' };
  await server.upload(photo, { session: me, fields: { metadata: JSON.stringify([{ key: 'mobile-app', value: changed }]) } });
  assert.deepEqual(await kept(body.id), [{ key: 'mobile-app', value: changed }]);
});

test('a field that makes no sense refuses the upload, and nothing is kept', async () => {
  for (const metadata of ['{', '{}', '{},{}', '[1]', '[{"key":"a"}]', '[{"key":"","value":{}}]', '[{"key":"a","value":"text"}]', '[],"items":[]', `[{"key":"${'a'.repeat(65)}","value":{}}]`]) {
    const { status, body } = await server.upload(jpeg(), { session: me, fields: { metadata } });
    assert.equal(status, 400, metadata);
    assert.deepEqual(body.errors.map((error) => error.path), ['metadata'], metadata);
  }
  assert.equal((await server.upload(jpeg(), { session: me, fields: { metadata: '[]' } })).status, 201);
});

test('keys are written, read and dropped one by one and in bulk', async () => {
  const ids = [];
  for (let i = 0; i < 2; i++) ids.push((await server.upload(jpeg(), { session: me })).body.id);
  const put = await ask(`${ids[0]}/metadata`, 'PUT', { items: [{ key: 'a', value: { n: 1 } }, { key: 'b', value: { deep: { list: [1, 'x', null] } } }] });
  assert.deepEqual([put.status, put.body.map((item) => item.key)], [200, ['a', 'b']]);
  assert.ok(put.body.every((item) => !Number.isNaN(Date.parse(item.updatedAt)) && item.assetId === undefined));
  assert.deepEqual((await ask(`${ids[0]}/metadata/b`)).body.value, { deep: { list: [1, 'x', null] } });
  assert.equal((await ask(`${ids[0]}/metadata/c`)).status, 400);
  const bulk = await ask('metadata', 'PUT', { items: ids.map((assetId) => ({ assetId, key: 'a', value: { n: 2 } })) });
  assert.deepEqual(bulk.body.map((item) => [item.assetId, item.key, item.value]), ids.map((id) => [id, 'a', { n: 2 }]));
  assert.equal((await ask(`${ids[0]}/metadata/b`, 'DELETE')).status, 204);
  assert.deepEqual(await kept(ids[0]), [{ key: 'a', value: { n: 2 } }]);
  assert.equal((await ask('metadata', 'DELETE', { items: ids.map((assetId) => ({ assetId, key: 'a' })) })).status, 204);
  for (const id of ids) assert.deepEqual(await kept(id), []);
});

test('what belongs to others is neither read nor written, and then nothing is', async () => {
  const mine = (await server.upload(jpeg(), { session: me })).body.id;
  const theirs = (await server.upload(jpeg(), { session: other })).body.id;
  for (const id of [theirs, randomUUID()]) {
    assert.equal((await ask(`${id}/metadata`)).body.message, 'Not found or no asset.read access');
    assert.equal((await ask(`${id}/metadata`, 'PUT', { items: [{ key: 'a', value: {} }] })).status, 400);
    const bulk = await ask('metadata', 'PUT', { items: [{ assetId: mine, key: 'a', value: {} }, { assetId: id, key: 'a', value: {} }] });
    assert.deepEqual([bulk.status, bulk.body.message], [400, 'Not found or no asset.update access']);
  }
  assert.deepEqual(await kept(mine), []);
});

test('of what is locked away only an unlocked session learns', async () => {
  const id = (await server.upload(jpeg(), { session: me, fields: { visibility: 'locked', metadata: JSON.stringify([{ key: 'a', value: {} }]) } })).body.id;
  assert.equal((await ask(`${id}/metadata`)).status, 400);
  assert.equal((await ask(`${id}/metadata`, 'PUT', { items: [{ key: 'b', value: {} }] })).status, 400);
  await server.request('/api/auth/pin-code', { method: 'POST', session: me, json: { pinCode: '123456' } });
  await server.request('/api/auth/session/unlock', { method: 'POST', session: me, json: { pinCode: '123456' } });
  assert.deepEqual(await kept(id), [{ key: 'a', value: {} }]);
});
