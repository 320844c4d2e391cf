// SPDX-License-Identifier: GPL-3.0-or-later
//
// /api/backup: what a device reports, what the ledger believes of it, and what people read.
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { randomUUID } from 'node:crypto';
import { startServer } from './server.mjs';
import { jpeg, sha1 } from './photo.mjs';

let server, me;
before(async () => {
  server = await startServer();
  me = await server.signUp();
});
after(() => server.stop());

const ask = (method, path, json) => server.request(`/api/backup/devices${path}`, { method, session: me, json });
async function device(name = 'Desk') {
  const id = randomUUID();
  const { status, body } = await ask('PUT', `/${id}`, { name, kind: 'computer', os: 'Debian 12', client: 'test 1.0' });
  assert.equal(status, 200, JSON.stringify(body));
  return id;
}
const card = async (id) => (await ask('GET', '')).body.find((one) => one.id === id);
const report = (id, items, gone) => ask('POST', `/${id}/items`, { items, ...(gone ? { gone } : {}) });
const item = (key, state, more = {}) => ({ key, name: key, size: 1000, modifiedAt: '2024-08-01T10:00:00.000Z', state, ...more });

describe('a device', () => {
  test('is registered by the id that its client made, renamed and forgotten', async () => {
    const id = await device('Old name');
    const { body } = await ask('PUT', `/${id}`, { name: 'New name', kind: 'computer' });
    assert.deepEqual([body.id, body.name], [id, 'New name']);
    assert.equal((await card(id)).name, 'New name');
    assert.equal((await ask('DELETE', `/${id}`)).status, 204);
    assert.equal(await card(id), undefined);
    assert.equal((await ask('DELETE', `/${id}`)).status, 404);
  });

  test('has every field of its card', async () => {
    const one = await card(await device());
    assert.deepEqual(Object.keys(one).sort(), ['activity', 'bytes', 'client', 'counts', 'createdAt', 'guess', 'headline', 'id', 'kind', 'lastContactAt', 'lastStoredAt', 'lastVerifiedAt', 'limits', 'name', 'oldestVerifiedAt', 'os', 'quality', 'qualityInForce', 'reasons', 'reports', 'saved', 'state']);
    assert.deepEqual(Object.keys(one.counts).sort(), ['corrupt', 'gone', 'missing', 'seen', 'skipped', 'stored', 'total', 'uploading', 'verified', 'waiting']);
    assert.equal(one.state, 'empty');
    assert.equal(one.activity, null);
  });

  test('says what it does', async () => {
    const id = await device();
    await report(id, [item('a', 'seen'), item('b', 'seen')]);
    const status = { activity: 'uploading', done: 1, total: 2, bytesPerSecond: 18_000_000, secondsLeft: 180 };
    assert.equal((await ask('PUT', `/${id}/status`, status)).status, 204);
    const one = await card(id);
    assert.equal(one.state, 'backing-up');
    assert.match(one.headline, /^Backing up: 1 of 2/);
    assert.deepEqual({ ...one.activity, at: undefined }, { ...status, reason: null, at: undefined });
    for (const wrong of [{ ...status, activity: 'dancing' }, { ...status, done: -1 }, { activity: 'idle' }, { ...status, reason: 'mood' }]) {
      assert.equal((await ask('PUT', `/${id}/status`, wrong)).status, 400, JSON.stringify(wrong));
    }
    assert.equal((await ask('PUT', `/${randomUUID()}/status`, status)).status, 404);
  });

  test('whose registration makes no sense is refused with the places', async () => {
    const { status, body } = await ask('PUT', `/${randomUUID()}`, { name: '', kind: 'toaster' });
    assert.equal(status, 400);
    assert.deepEqual(body.errors.map((error) => error.path).sort(), ['kind', 'name']);
    assert.equal((await ask('PUT', '/not-a-uuid', { name: 'x', kind: 'phone' })).status, 400);
  });
});

describe('a report', () => {
  test('of "stored" is believed only where the server has the bytes', async () => {
    const id = await device();
    const bytes = jpeg();
    const { body: asset } = await server.upload(bytes, { session: me });
    const { status, body } = await report(id, [
      item('mine.jpg', 'stored', { checksum: sha1(bytes) }), item('base64.jpg', 'stored', { checksum: Buffer.from(sha1(bytes), 'hex').toString('base64') }),
      item('invented.jpg', 'stored', { checksum: sha1('never sent') }), item('bare.jpg', 'stored'),
    ]);
    assert.equal(status, 200);
    assert.deepEqual(body.results, [
      { key: 'mine.jpg', state: 'stored', assetId: asset.id }, { key: 'base64.jpg', state: 'stored', assetId: asset.id },
      { key: 'invented.jpg', state: 'seen' }, { key: 'bare.jpg', state: 'seen' },
    ]);
  });

  test('is kept item by item, and can be searched and paged', async () => {
    const id = await device();
    await report(id, [item('one.jpg', 'seen'), item('two.jpg', 'waiting', { reason: 'no-connection' }), item('three.mov', 'skipped', { reason: 'too-large', note: '12 GB' })]);
    const list = async (query = '') => (await ask('GET', `/${id}/items${query}`)).body;
    assert.deepEqual((await list()).items.map((one) => one.key), ['one.jpg', 'two.jpg', 'three.mov']);
    assert.deepEqual(Object.keys((await list()).items[0]).sort(), ['assetId', 'checksum', 'isGone', 'key', 'modifiedAt', 'name', 'note', 'problem', 'reason', 'reasonText', 'size', 'state', 'storedAt', 'updatedAt', 'verifiedAt']);
    const [skipped] = (await list('?state=skipped')).items;
    assert.deepEqual([skipped.key, skipped.reason, skipped.note], ['three.mov', 'too-large', '12 GB']);
    assert.ok(skipped.reasonText.length > 5);
    assert.deepEqual((await list('?reason=no-connection')).items.map((one) => one.key), ['two.jpg']);
    assert.deepEqual((await list('?q=THREE')).items.map((one) => one.key), ['three.mov']);
    const first = await list('?limit=2');
    assert.deepEqual(first.items.map((one) => one.key), ['one.jpg', 'two.jpg']);
    const second = await list(`?limit=2&cursor=${first.nextCursor}`);
    assert.deepEqual([second.items.map((one) => one.key), second.nextCursor], [['three.mov'], null]);
    const one = await card(id);
    assert.deepEqual([one.counts.total, one.counts.waiting, one.counts.skipped, one.counts.seen], [3, 1, 1, 1]);
    assert.deepEqual(one.reasons.map((reason) => [reason.state, reason.reason, reason.count, reason.example]).sort(), [['skipped', 'too-large', 1, 'three.mov'], ['waiting', 'no-connection', 1, 'two.jpg']]);
    for (const query of ['?state=lost', '?limit=0', '?limit=1001', '?limit=x', '?cursor=-1']) assert.equal((await ask('GET', `/${id}/items${query}`)).status, 400, query);
  });

  test('of what is gone drops what was never stored and marks the rest', async () => {
    const id = await device();
    const bytes = jpeg();
    await server.upload(bytes, { session: me, fields: { deviceId: id, deviceAssetId: 'kept.jpg' } });
    await report(id, [item('lost.jpg', 'seen')]);
    assert.equal((await report(id, [], ['kept.jpg', 'lost.jpg', 'unknown.jpg'])).status, 200);
    const { items } = (await ask('GET', `/${id}/items`)).body;
    assert.deepEqual(items.map((one) => [one.key, one.isGone, one.state]), [['kept.jpg', true, 'stored']]);
  });

  test('makes the card complete once all is stored', async () => {
    const id = await device();
    const bytes = jpeg();
    await server.upload(bytes, { session: me, fields: { deviceId: id, deviceAssetId: 'a.jpg' } });
    const one = await card(id);
    assert.equal(one.state, 'complete');
    assert.match(one.headline, /^Backup complete: /);
    assert.deepEqual([one.counts.total, one.counts.stored, one.bytes.stored], [1, 1, bytes.length]);
  });

  test('that makes no sense is refused whole, with the place', async () => {
    const id = await device();
    const paths = async (items, gone) => {
      const { status, body } = await report(id, items, gone);
      assert.equal(status, 400, JSON.stringify(body));
      return (body.errors ?? []).map((error) => error.path);
    };
    assert.deepEqual(await paths([item('a', 'seen'), item('', 'seen')]), ['items.1.key']);
    assert.deepEqual(await paths([item('a', 'verified')]), ['items.0.state']);
    assert.deepEqual(await paths([item('a', 'seen', { size: -1 })]), ['items.0.size']);
    assert.deepEqual(await paths([item('a', 'seen', { checksum: 'zz' })]), ['items.0.checksum']);
    assert.deepEqual(await paths([item('a', 'seen', { modifiedAt: 'now' })]), ['items.0.modifiedAt']);
    assert.deepEqual(await paths(Array(1001).fill(item('a', 'seen'))), ['items']);
    await paths([item('a', 'skipped')]); // without a reason
    await paths([item('a', 'waiting', { reason: 'mood' })]);
    assert.equal((await card(id)).counts.total, 0);
    assert.equal((await report(randomUUID(), [])).status, 404);
  });
});
