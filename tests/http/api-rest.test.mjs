// SPDX-License-Identifier: GPL-3.0-or-later
//
// Sessions of other devices, secrets of keys, folders, copying what an asset has, work that is asked for; and honest
// answers about what this server has not.
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { readdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { startServer } from './server.mjs';
import { jpeg } from './photo.mjs';

let server, me, other;
before(async () => {
  server = await startServer();
  me = await server.signUp();
  other = await server.addUser();
});
after(() => server.stop());

const ask = (path, method = 'GET', json, session = me) => server.request(`/api/${path}`, { method, json, session });
const isIn = async (token) => (await server.request('/api/users/me', { headers: { 'x-immich-user-token': token } })).status === 200;
const upload = async (options = {}) => (await server.upload(options.bytes ?? jpeg(), { session: me, ...options })).body.id;

describe('a session that a session opens', () => {
  test('is one of its own, of the device that was named', async () => {
    const { status, body } = await ask('sessions', 'POST', { deviceType: 'Chromecast', deviceOS: 'Cast', duration: 3600 });
    assert.equal(status, 201);
    assert.deepEqual([body.deviceType, body.deviceOS, body.current, body.appVersion], ['Chromecast', 'Cast', false, null]);
    assert.ok(Math.abs(Date.parse(body.expiresAt) - Date.now() - 3600_000) < 60_000);
    assert.ok(await isIn(body.token));
    assert.equal((await ask(`sessions/${body.id}`, 'DELETE')).status, 204);
    assert.ok(!(await isIn(body.token)));
  });

  test('ends with the one that opened it, and after its time', async () => {
    const parent = await server.login(me);
    const child = (await ask('sessions', 'POST', {}, parent)).body;
    assert.equal(child.expiresAt, undefined);
    const short = (await ask('sessions', 'POST', { duration: 1 }, parent)).body;
    await server.until(async () => !(await isIn(short.token)), { what: 'the end of a second' });
    const grandchild = await server.request('/api/sessions', { method: 'POST', json: {}, headers: { 'x-immich-user-token': child.token } });
    assert.ok(await isIn(grandchild.body.token));
    await ask('auth/logout', 'POST', {}, parent);
    assert.deepEqual([await isIn(child.token), await isIn(grandchild.body.token)], [false, false]);
  });

  test('cannot be had with a key, which has fewer rights', async () => {
    const key = (await ask('api-keys', 'POST', { permissions: ['session.create', 'user.update'] })).body.secret;
    assert.equal((await server.request('/api/sessions', { method: 'POST', json: {}, key })).status, 403);
    assert.equal((await server.request('/api/users/me', { method: 'PUT', json: { password: 'taken over' }, key })).status, 403);
  });

  test('is locked from elsewhere', async () => {
    await ask('auth/pin-code', 'POST', { pinCode: '123456' });
    const phone = await server.login(me);
    await ask('auth/session/unlock', 'POST', { pinCode: '123456' }, phone);
    const id = (await ask('sessions', 'GET', undefined, phone)).body.find((session) => session.current).id;
    assert.equal((await ask(`sessions/${id}/lock`, 'POST', undefined, other)).status, 400);
    assert.equal((await ask('auth/status', 'GET', undefined, phone)).body.isElevated, true);
    assert.equal((await ask(`sessions/${id}/lock`, 'POST')).status, 204);
    assert.equal((await ask('auth/status', 'GET', undefined, phone)).body.isElevated, false);
  });
});

describe('a key', () => {
  test('gets another secret, and the one before is worth nothing', async () => {
    const key = (await ask('api-keys', 'POST', { name: 'k', permissions: ['user.read'] })).body;
    const { status, body } = await ask(`api-keys/${key.id}/rotate`, 'POST');
    assert.deepEqual([status, body.id, body.permissions], [201, key.id, ['user.read']]);
    assert.equal((await server.request('/api/users/me', { key: key.secret })).status, 401);
    assert.equal((await server.request('/api/users/me', { key: body.secret })).status, 200);
    assert.equal((await ask(`api-keys/${key.id}/rotate`, 'POST', undefined, other)).status, 400);
  });

  test('cannot get hold of a stronger one', async () => {
    const strong = (await ask('api-keys', 'POST', { permissions: ['all'] })).body;
    const weak = (await ask('api-keys', 'POST', { permissions: ['apiKey.rotate', 'user.read'] })).body;
    const refused = await server.request(`/api/api-keys/${strong.id}/rotate`, { method: 'POST', key: weak.secret });
    assert.equal(refused.status, 400);
    assert.equal((await server.request('/api/users/me', { key: strong.secret })).status, 200); // nothing was done
    assert.equal((await server.request(`/api/api-keys/${weak.id}/rotate`, { method: 'POST', key: weak.secret })).status, 201);
  });
});

describe('folders', () => {
  test('are those that originalPath names', async () => {
    const id = await upload({ bytes: jpeg({ exif: { date: '2021:03:04 12:00:00' } }), name: 'b.jpg' });
    const second = await upload({ bytes: jpeg({ exif: { date: '2021:03:05 12:00:00' } }), name: 'a.jpg' });
    const hidden = await upload({ bytes: jpeg({ exif: { date: '2021:04:05 12:00:00' } }), fields: { visibility: 'archive' } });
    const path = await server.until(async () => {
      const paths = await Promise.all([id, second, hidden].map(async (one) => (await ask(`assets/${one}`)).body.originalPath));
      return paths.every((one) => one.includes('/')) && paths[0];
    }, { what: 'its place below browse/' });
    const folder = path.slice(0, path.lastIndexOf('/'));
    assert.deepEqual((await ask('view/folder/unique-paths')).body, [folder]);
    for (const spelling of [folder, `/${folder}/`]) {
      const { body } = await ask(`view/folder?path=${encodeURIComponent(spelling)}`);
      assert.deepEqual(body.map((asset) => asset.id), [second, id]);
    }
    const parent = folder.slice(0, folder.lastIndexOf('/'));
    assert.deepEqual((await ask(`view/folder?path=${encodeURIComponent(parent)}`)).body, []);
    assert.deepEqual((await ask('view/folder/unique-paths', 'GET', undefined, other)).body, []);
    assert.deepEqual((await ask(`view/folder?path=${encodeURIComponent(folder)}`, 'GET', undefined, other)).body, []);
    assert.equal((await ask('view/folder')).status, 400);
  });
});

describe('what an asset has', () => {
  const xmp = '<x:xmpmeta xmlns:x="adobe:ns:meta/"><rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#"><rdf:Description xmlns:dc="http://purl.org/dc/elements/1.1/"><dc:description><rdf:Alt><rdf:li xml:lang="x-default">copied words</rdf:li></rdf:Alt></dc:description></rdf:Description></rdf:RDF></x:xmpmeta>';

  test('goes over to another one: albums, favourite, side file, stack', async () => {
    const source = await upload({ fields: { isFavorite: 'true', sidecarData: new Blob([xmp]) } });
    const target = await upload();
    const album = (await ask('albums', 'POST', { albumName: 'A', assetIds: [source] })).body;
    assert.equal((await ask('assets/copy', 'PUT', { sourceId: source, targetId: target })).status, 204);
    assert.equal((await ask(`albums/${album.id}`)).body.assetCount, 2);
    const copied = await server.until(async () => {
      const { body } = await ask(`assets/${target}`);
      return body.exifInfo.description === 'copied words' && body;
    }, { what: 'the words of the side file' });
    assert.equal(copied.isFavorite, true);
    assert.equal((await ask('assets/copy', 'PUT', { sourceId: source, targetId: target })).status, 204); // again: nothing
    assert.equal((await ask(`albums/${album.id}`)).body.assetCount, 2);
  });

  test('goes into shared links, but never out of the locked folder', async () => {
    const [source, target, locked] = [await upload(), await upload(), await upload({ fields: { visibility: 'locked' } })];
    const link = (await ask('shared-links', 'POST', { type: 'INDIVIDUAL', assetIds: [source] })).body;
    const shown = async () => (await ask(`shared-links/${link.id}`)).body.assets.map((asset) => asset.id).sort();
    assert.equal((await ask('assets/copy', 'PUT', { sourceId: source, targetId: target, sharedLinks: false })).status, 204);
    assert.deepEqual(await shown(), [source]);
    assert.equal((await ask('assets/copy', 'PUT', { sourceId: source, targetId: target })).status, 204);
    assert.deepEqual(await shown(), [source, target].sort());
    const outside = await server.login(me);
    assert.equal((await ask('assets/copy', 'PUT', { sourceId: source, targetId: locked }, outside)).status, 400);
    assert.equal((await ask('assets/jobs', 'POST', { assetIds: [locked], name: 'refresh-metadata' }, outside)).status, 400);
    await ask('auth/session/unlock', 'POST', { pinCode: '123456' }, outside);
    assert.equal((await ask('assets/copy', 'PUT', { sourceId: source, targetId: locked }, outside)).status, 204);
    assert.deepEqual(await shown(), [source, target].sort());
    assert.equal((await ask('assets/jobs', 'POST', { assetIds: [locked], name: 'refresh-metadata' }, outside)).status, 204);
  });

  test('stays where it is not wished, and with others', async () => {
    const source = await upload({ fields: { isFavorite: 'true' } });
    const target = await upload();
    const theirs = (await server.upload(jpeg(), { session: other })).body.id;
    assert.equal((await ask('assets/copy', 'PUT', { sourceId: source, targetId: target, favorite: false })).status, 204);
    assert.equal((await ask(`assets/${target}`)).body.isFavorite, false);
    for (const [sourceId, targetId] of [[source, theirs], [theirs, target]]) {
      const { status, body } = await ask('assets/copy', 'PUT', { sourceId, targetId });
      assert.deepEqual([status, body.message], [400, 'Not found or no asset.copy access']);
    }
    assert.equal((await ask('assets/copy', 'PUT', { sourceId: source, targetId: source })).status, 400);
  });
});

describe('work that is asked for', () => {
  const thumbnail = (id) => server.request(`/api/assets/${id}/thumbnail`, { session: me, raw: true });

  test('makes a picture again', async () => {
    const id = await upload();
    await server.until(async () => (await thumbnail(id)).status === 200, { what: 'the picture' });
    const derived = join(server.data, 'derived');
    const before_ = (await readdir(derived, { recursive: true })).length;
    for (const folder of await readdir(derived)) await rm(join(derived, folder), { recursive: true });
    assert.equal((await ask('assets/jobs', 'POST', { assetIds: [id], name: 'regenerate-thumbnail' })).status, 204);
    await server.until(async () => (await readdir(derived)).length > 0, { what: 'the picture anew' });
    assert.ok(before_ > 0);
    assert.equal((await ask('assets/jobs', 'POST', { assetIds: [id], name: 'refresh-metadata' })).status, 204);
    assert.equal((await ask('assets/jobs', 'POST', { assetIds: [id], name: 'transcode-video' })).status, 204);
  });

  test('is refused where there is nobody to do it, or it is another one\'s photo', async () => {
    const id = await upload();
    assert.deepEqual((await ask('assets/jobs', 'POST', { assetIds: [id], name: 'refresh-faces' })).body.errors.map((error) => error.path), ['name']);
    assert.equal((await ask('assets/jobs', 'POST', { assetIds: [id], name: 'regenerate-thumbnail' }, other)).status, 400);
    assert.deepEqual((await ask(`assets/${id}/ocr`)).body, []);
    assert.equal((await ask(`assets/${id}/ocr`, 'GET', undefined, other)).status, 400);
  });
});

describe('what there is nothing behind', () => {
  test('is said to be so, and nothing is accepted that would be lost', async () => {
    assert.equal((await ask('users/me/license')).status, 404);
    assert.equal((await ask('users/me/license', 'PUT', { licenseKey: 'a', activationKey: 'b' })).status, 400);
    assert.equal((await ask('users/me/license', 'DELETE')).status, 204);
    assert.deepEqual((await ask('notifications')).body, []);
    assert.equal((await ask('notifications', 'PUT', { ids: ['00000000-0000-4000-8000-000000000000'] })).status, 400);
    assert.deepEqual((await ask('oauth/authorize', 'POST', { redirectUri: 'app.immich:///oauth-callback' })).body.message, 'OAuth is not enabled');
    assert.equal((await ask('admin/config', 'PUT', (await ask('admin/config')).body)).status, 400);
    assert.equal((await ask('system-metadata/admin-onboarding', 'POST', { isOnboarded: false })).status, 400);
    assert.equal((await ask('admin/config', 'GET', undefined, other)).status, 403);
  });

  test('but who has been shown around is remembered, and told to phones', async () => {
    assert.deepEqual((await ask('users/me/onboarding')).body, { isOnboarded: true });
    assert.equal((await ask('users/me/onboarding', 'DELETE')).status, 204);
    assert.deepEqual((await ask('users/me/onboarding')).body, { isOnboarded: false });
    const answer = await fetch(`${server.url}/api/sync/stream`, {
      method: 'POST', headers: { 'content-type': 'application/json', cookie: me.cookie }, body: JSON.stringify({ types: ['UserMetadataV1'] }) });
    const lines = (await answer.text()).trimEnd().split('\n').map((line) => JSON.parse(line).data);
    assert.deepEqual(lines.find((line) => line.key === 'onboarding').value, { isOnboarded: false });
    assert.deepEqual((await ask('users/me/onboarding', 'PUT', { isOnboarded: true })).body, { isOnboarded: true });
  });
});
