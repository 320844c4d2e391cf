// SPDX-License-Identifier: GPL-3.0-or-later
//
// /api/admin/users: making, changing, deleting accounts, bringing them back, and what quotas do.
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { randomUUID } from 'node:crypto';
import { readdir } from 'node:fs/promises';
import { startServer } from './server.mjs';
import { jpeg } from './photo.mjs';

let server, me;
before(async () => {
  server = await startServer();
  me = await server.signUp();
});
after(() => server.stop());

const ask = (path, method = 'GET', json, session = me) => server.request(`/api/admin/users${path}`, { method, json, session });
let made = 0;
async function make(fields = {}) {
  const { status, body } = await ask('', 'POST', { email: `made${++made}@example.org`, name: 'Made', password: 'a password here', ...fields });
  assert.equal(status, 201, JSON.stringify(body));
  return body;
}
const signIn = (user, password = 'a password here') => server.login({ email: user.email, password });

describe('making and changing', () => {
  test('an account is made with all that can be said of it', async () => {
    const user = await make({ quotaSizeInBytes: 1000, storageLabel: 'label', isAdmin: true, avatarColor: 'green', shouldChangePassword: false, pinCode: '123456', notify: true });
    assert.deepEqual([user.quotaSizeInBytes, user.storageLabel, user.isAdmin, user.avatarColor, user.shouldChangePassword, user.status, user.deletedAt],
      [1000, 'label', true, 'green', false, 'active', null]);
    const session = await signIn(user);
    assert.equal((await server.request('/api/auth/status', { session })).body.pinCode, true);
    assert.deepEqual((await ask(`/${user.id}`)).body, user);
    assert.equal((await make()).shouldChangePassword, true);
    await ask(`/${user.id}`, 'PUT', { isAdmin: false });
  });

  test('what is wrong is told with its place', async () => {
    const places = async (json) => (await ask('', 'POST', json)).body.errors.map((error) => error.path);
    assert.deepEqual(await places({}), ['email', 'name', 'password']);
    assert.deepEqual(await places({ email: 'no address', name: 'x', password: 'long enough' }), ['email']);
    assert.deepEqual(await places({ email: 'a@b', name: 'x', password: 'short', quotaSizeInBytes: -1 }), ['password', 'quotaSizeInBytes']);
    assert.deepEqual(await places({ email: me.email.toUpperCase(), name: 'x', password: 'long enough' }), ['email']);
    assert.deepEqual(await places({ email: 'a@b', name: 'x', password: 'long enough', pinCode: '12' }), ['pinCode']);
    await make({ storageLabel: 'taken' });
    assert.deepEqual(await places({ email: 'c@d', name: 'x', password: 'long enough', storageLabel: 'taken' }), ['storageLabel']);
  });

  test('changes touch what they name, and null takes away', async () => {
    const user = await make({ quotaSizeInBytes: 1000, storageLabel: 'before' });
    const renamed = (await ask(`/${user.id}`, 'PATCH', { name: 'After', email: 'after@example.org' })).body;
    assert.deepEqual([renamed.name, renamed.email, renamed.quotaSizeInBytes, renamed.storageLabel], ['After', 'after@example.org', 1000, 'before']);
    const freed = (await ask(`/${user.id}`, 'PUT', { quotaSizeInBytes: null, storageLabel: null })).body;
    assert.deepEqual([freed.quotaSizeInBytes, freed.storageLabel], [null, null]);
  });

  test('another password ends the sessions, another PIN locks', async () => {
    const user = await make({ pinCode: '123456' });
    const session = await signIn(user);
    const { body } = await ask(`/${user.id}`, 'PUT', { password: 'quite another one', shouldChangePassword: true });
    assert.equal(body.shouldChangePassword, true);
    assert.equal((await server.request('/api/users/me', { session })).status, 401);
    const anew = await signIn(user, 'quite another one');
    assert.equal((await ask(`/${user.id}`, 'PUT', { pinCode: null })).status, 200);
    assert.equal((await server.request('/api/auth/status', { session: anew })).body.pinCode, false);
  });

  test('the last administrator stays one', async () => {
    const { status, body } = await ask(`/${me.userId}`, 'PUT', { isAdmin: false });
    assert.equal(status, 400);
    assert.match(body.message, /last administrator/);
    assert.equal((await ask(`/${me.userId}`, 'DELETE', {})).status, 403);
  });

  test('nobody else may', async () => {
    const session = await signIn(await make());
    for (const [path, method, json] of [['', 'GET'], ['', 'POST', {}], [`/${me.userId}`, 'GET'], [`/${me.userId}`, 'PUT', { isAdmin: false }], [`/${me.userId}`, 'DELETE', {}]]) {
      assert.equal((await ask(path, method, json, session)).status, 403, `${method} ${path}`);
    }
    const { status, body } = await ask(`/${randomUUID()}`);
    assert.deepEqual([status, body.message], [400, 'User not found']);
  });

  test('preferences, numbers and sessions of others are to be had', async () => {
    const user = await make();
    const session = await signIn(user);
    await server.upload(jpeg(), { session });
    assert.deepEqual((await ask(`/${user.id}/statistics`)).body, { images: 1, videos: 0, total: 1 });
    assert.equal((await ask(`/${user.id}/statistics?visibility=locked`)).status, 403);
    assert.equal((await ask(`/${user.id}/sessions`)).body.length, 1);
    assert.equal((await ask(`/${user.id}/preferences`, 'PUT', { tags: { enabled: true } })).body.tags.enabled, true);
    assert.equal((await server.request('/api/users/me/preferences', { session })).body.tags.enabled, true);
    assert.equal((await ask(`/${user.id}/preferences`)).body.tags.enabled, true);
  });
});

describe('deleting', () => {
  const listed = async (query = '') => (await ask(query)).body.map((user) => user.id);

  test('closes an account at once, and can be taken back for a week', async () => {
    const user = await make();
    const session = await signIn(user);
    const key = (await server.request('/api/api-keys', { method: 'POST', session, json: { permissions: ['all'] } })).body.secret;
    const { body: photo } = await server.upload(jpeg(), { session });
    const { status, body } = await ask(`/${user.id}`, 'DELETE', {});
    assert.deepEqual([status, body.status], [200, 'deleted']);
    assert.ok(body.deletedAt);
    assert.equal((await server.request('/api/server/config')).body.userDeleteDelay, 7);
    assert.equal((await server.request('/api/users/me', { session })).status, 401);
    assert.equal((await server.request('/api/users/me', { key })).status, 401);
    const refused = await server.request('/api/auth/login', { method: 'POST', json: { email: user.email, password: 'a password here' } });
    assert.deepEqual([refused.status, refused.body.message], [401, 'Incorrect email or password']);
    assert.ok(!(await listed()).includes(user.id));
    assert.ok((await listed('?withDeleted=true')).includes(user.id));
    assert.deepEqual(await listed(`?withDeleted=true&id=${user.id}`), [user.id]);
    assert.equal((await ask('', 'POST', { email: user.email, name: 'x', password: 'long enough' })).status, 400); // the address waits, too

    const restored = await ask(`/${user.id}/restore`, 'POST');
    assert.deepEqual([restored.status, restored.body.status, restored.body.deletedAt], [200, 'active', null]);
    const again = await signIn(user);
    assert.equal((await server.request(`/api/assets/${photo.id}`, { session: again })).status, 200);
    assert.equal((await server.request('/api/users/me', { key })).status, 401);
  });

  test('is taken back by the command line, too', async () => {
    const user = await make();
    await ask(`/${user.id}`, 'DELETE', {});
    assert.match((await server.cli(['user', 'list'])).stdout, new RegExp(`${user.email} .*goes on 20`));
    assert.equal((await server.cli(['user', 'restore', '--email', user.email])).code, 0);
    await signIn(user);
  });

  test('phones of others learn of it, and of the end', async () => {
    const user = await make();
    const lines = async () => {
      const answer = await fetch(`${server.url}/api/sync/stream`, {
        method: 'POST', headers: { 'content-type': 'application/json', cookie: me.cookie }, body: JSON.stringify({ types: ['UsersV1'] }) });
      const all = (await answer.text()).trimEnd().split('\n').map((line) => JSON.parse(line));
      await server.request('/api/sync/ack', { method: 'POST', session: me, json: { acks: all.map((line) => line.ack) } });
      return all.filter((line) => line.type !== 'SyncCompleteV1').map((line) => [line.type, line.data.id ?? line.data.userId, Boolean(line.data.deletedAt)]);
    };
    await lines();
    await ask(`/${user.id}`, 'DELETE', {});
    assert.deepEqual(await lines(), [['UserV1', user.id, true]]);
    await ask(`/${user.id}`, 'DELETE', { force: true });
    await server.until(async () => (await ask(`/${user.id}`)).status === 400, { what: 'the end of the account' });
    assert.deepEqual(await lines(), [['UserDeleteV1', user.id, false]]);
  });

  test('by force takes the photos along, and frees the address', async () => {
    const user = await make({ storageLabel: 'leaving' });
    const session = await signIn(user);
    await server.upload(jpeg(), { session });
    await server.until(async () => (await readdir(`${server.data}/browse`)).includes('leaving'), { what: 'its folder' });
    assert.equal((await ask(`/${user.id}`, 'DELETE', { force: true })).body.status, 'removing');
    await server.until(async () => (await ask(`/${user.id}`)).status === 400, { what: 'the end of the account' });
    assert.equal((await ask(`/${user.id}/restore`, 'POST')).status, 400);
    await server.until(async () => !(await readdir(`${server.data}/browse`)).includes('leaving'), { what: 'the end of its folder' });
    await make({ email: user.email, storageLabel: 'leaving' });
  });
});

describe('a quota', () => {
  const message = 'Quota has been exceeded!';

  test('refuses what is too much by every way in, in the words that the apps know', async () => {
    const small = jpeg();
    const user = await make({ quotaSizeInBytes: small.length });
    const session = await signIn(user);
    assert.equal((await server.upload(small, { session })).status, 201);
    assert.equal((await server.upload(small, { session })).status, 200); // a duplicate costs nothing
    const refused = await server.upload(jpeg(), { session });
    assert.equal(refused.body.message, message);
    const motion = await server.upload(jpeg(), { session, fields: { visibility: 'hidden' } });
    assert.equal(motion.body.message, message);
    const metadata = `filename ${Buffer.from('a.jpg').toString('base64')}`;
    const resumable = await server.request('/api/uploads', { method: 'POST', session, headers: { 'tus-resumable': '1.0.0', 'upload-length': '5', 'upload-metadata': metadata } });
    assert.equal(resumable.body.message, message);
    assert.deepEqual((await server.request('/api/users/me', { session })).body.quotaUsageInBytes, small.length);
    await ask(`/${user.id}`, 'PUT', { quotaSizeInBytes: null });
    assert.equal((await server.upload(jpeg(), { session })).status, 201);
  });

  test('holds at the end of a resumable upload, when it was lowered meanwhile', async () => {
    const user = await make({ quotaSizeInBytes: 1000000 });
    const session = await signIn(user);
    const photo = jpeg();
    const tus = { 'tus-resumable': '1.0.0' };
    const { headers } = await server.request('/api/uploads', {
      method: 'POST', session, headers: { ...tus, 'upload-length': `${photo.length}`, 'upload-metadata': `filename ${Buffer.from('a.jpg').toString('base64')}` } });
    await ask(`/${user.id}`, 'PUT', { quotaSizeInBytes: 10 });
    const end = await server.request(headers.get('location'), {
      method: 'PATCH', session, body: photo, headers: { ...tus, 'upload-offset': '0', 'content-type': 'application/offset+octet-stream' } });
    assert.equal(end.body.message, message);
  });
});
