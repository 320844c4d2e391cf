// SPDX-License-Identifier: GPL-3.0-or-later
//
// Who may do what: strangers, other people, API keys, pages of other sites, guessers of passwords.
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { randomUUID } from 'node:crypto';
import { runProgram, setCookies, startServer } from './server.mjs';
import { jpeg } from './photo.mjs';

let server, me, other;
before(async () => {
  server = await startServer();
  me = await server.signUp();
  other = await server.addUser();
});
after(() => server.stop());

/** The rows of the server's own table of routes. */
async function routes() {
  const { code, stdout } = await runProgram(['routes']);
  assert.equal(code, 0);
  return stdout.trim().split('\n').map((line) => {
    const [method, pattern, operation, permission, who] = line.split('\t');
    return { method, pattern, operation, permission, who, path: pattern.replace(/\{\w+\}/g, randomUUID()) };
  });
}

/** A body that the route would take, so that only the missing credentials stand in the way. */
const somethingFor = (method) => (method === 'GET' || method === 'HEAD' || method === 'DELETE' ? {} : { json: {} });

describe('strangers', () => {
  test('get 401 from every route that is not public', async () => {
    const guarded = (await routes()).filter((route) => route.who !== 'public');
    assert.ok(guarded.length >= 40, `only ${guarded.length} guarded routes`);
    for (const route of guarded) {
      const { status, body } = await server.request(route.path, { method: route.method, ...somethingFor(route.method) });
      assert.equal(status, 401, `${route.method} ${route.pattern}`);
      if (route.method !== 'HEAD') assert.equal(body.message, 'Authentication required', `${route.method} ${route.pattern}`);
    }
  });

  test('find only the routes public that must be', async () => {
    const open = (await routes()).filter((route) => route.who === 'public').map((route) => `${route.method} ${route.pattern}`);
    // Who comes to socket.io without a good credential is let in, to be told so where clients listen (live.test.mjs).
    assert.deepEqual(open.sort(), [
      'GET /', 'GET /.well-known/immich', 'GET /api/oauth/mobile-redirect', 'GET /api/openapi.json', 'GET /api/public/config', 'GET /api/public/config/defaults', 'GET /api/server/config', 'GET /api/server/features', 'GET /api/server/media-types',
      'GET /api/server/ping', 'GET /api/server/version', 'GET /api/socket.io', 'GET /api/socket.io/', 'GET /{*rest}', 'OPTIONS /api/uploads', 'POST /api/auth/admin-sign-up', 'POST /api/auth/login',
      'POST /api/oauth/authorize', 'POST /api/oauth/callback',
    ]);
  });

  test('are told what was wrong with their credential', async () => {
    const wrong = [
      [{ headers: { 'x-immich-user-token': 'x' } }, 'Invalid user token'],
      [{ headers: { authorization: 'Bearer x' } }, 'Invalid user token'],
      [{ headers: { cookie: 'immich_access_token=x' } }, 'Invalid user token'],
      [{ key: 'x' }, 'Invalid API key'],
      [{ headers: { 'x-immich-share-key': 'x' } }, 'Invalid share key'],
      [{ headers: { authorization: 'Basic eDp5' } }, 'Authentication required'],
    ];
    for (const [options, message] of wrong) {
      const { status, body } = await server.request('/api/users/me', options);
      assert.deepEqual([status, body.message], [401, message]);
    }
  });

  test('cannot sign up once there is an account', async () => {
    const json = { email: 'second@example.org', password: 'long enough for all', name: 'Second' };
    const { status, body } = await server.request('/api/auth/admin-sign-up', { method: 'POST', json });
    assert.deepEqual([status, body.message], [400, 'The server already has an admin']);
  });

  test('get 404 for what is no resource, whatever the method', async () => {
    for (const method of ['GET', 'POST', 'PUT', 'PATCH', 'DELETE']) {
      const { status, body } = await server.request('/api/no/such/thing', { method, ...somethingFor(method) });
      assert.equal(status, 404, method);
      assert.ok(body.message);
    }
  });
});

describe('sessions', () => {
  test('come as three cookies with an age, secret where they must be', async () => {
    const { headers, body } = await server.request('/api/auth/login', { method: 'POST', json: { email: me.email, password: me.password } });
    const cookies = setCookies(headers);
    assert.equal(cookies.length, 3);
    for (const cookie of cookies) {
      assert.match(cookie, /; Max-Age=34560000(;|$)/);
      assert.match(cookie, /; Path=\/(;|$)/);
      assert.match(cookie, /; SameSite=Lax(;|$)/i);
      assert.doesNotMatch(cookie, /; Secure/i); // plain HTTP: a browser would drop them
      assert.doesNotMatch(cookie, /; Domain/i);
      assert.equal(/; HttpOnly/i.test(cookie), !cookie.startsWith('immich_is_authenticated='), cookie);
    }
    assert.ok(cookies[0].startsWith(`immich_access_token=${body.accessToken};`));
    assert.ok(cookies.some((cookie) => cookie.startsWith('immich_auth_type=password;')));
    assert.ok(cookies.some((cookie) => cookie.startsWith('immich_is_authenticated=true;')));
  });

  test('are Secure where a trusted proxy says HTTPS', async () => {
    const { headers } = await server.request('/api/auth/login', {
      method: 'POST', json: { email: me.email, password: me.password }, headers: { 'x-forwarded-proto': 'https' },
    });
    for (const cookie of setCookies(headers)) assert.match(cookie, /; Secure/i);
  });

  test('are taken as header, bearer, query and cookie', async () => {
    const ways = [
      ['', { headers: { 'x-immich-user-token': me.accessToken } }],
      ['', { headers: { 'x-immich-session-token': me.accessToken } }],
      ['', { headers: { authorization: `Bearer ${me.accessToken}` } }],
      ['', { headers: { cookie: `immich_access_token=${me.accessToken}` } }],
      [`?sessionKey=${me.accessToken}`, {}],
    ];
    for (const [query, options] of ways) {
      const { status, body } = await server.request(`/api/users/me${query}`, options);
      assert.equal(status, 200);
      assert.equal(body.id, me.userId);
    }
  });

  test('count before API keys, and a wrong one is not passed over', async () => {
    const { body } = await server.request('/api/api-keys', { method: 'POST', session: me, json: { permissions: ['all'] } });
    const { status } = await server.request('/api/users/me', { key: body.secret, headers: { authorization: 'Bearer wrong' } });
    assert.equal(status, 401);
  });

  test('remember the app they were opened by', async () => {
    const headers = { 'user-agent': 'immich-android/3.1.0', deviceModel: 'Pixel 7', deviceType: 'Android' };
    const { body } = await server.request('/api/auth/login', { method: 'POST', json: { email: me.email, password: me.password }, headers });
    const list = await server.request('/api/sessions', { headers: { authorization: `Bearer ${body.accessToken}` } });
    const mine = list.body.find((session) => session.current);
    assert.deepEqual([mine.deviceType, mine.deviceOS, mine.appVersion], ['Pixel 7', 'Android', '3.1.0']);
  });

  test('end by logout, which takes the cookies back', async () => {
    const session = await server.login({ email: other.email, password: other.password });
    assert.deepEqual((await server.request('/api/auth/validateToken', { method: 'POST', session })).body, { authStatus: true });
    const { status, headers, body } = await server.request('/api/auth/logout', { method: 'POST', session });
    assert.equal(status, 200);
    assert.equal(body.successful, true);
    assert.equal(setCookies(headers).length, 3);
    assert.equal((await server.request('/api/auth/validateToken', { method: 'POST', session })).status, 401);
  });

  test('can be listed and ended from another one, never another person\'s', async () => {
    const session = await server.login({ email: other.email, password: other.password });
    const list = await server.request('/api/sessions', { session });
    const mine = list.body.find((row) => row.current);
    assert.equal((await server.request(`/api/sessions/${mine.id}`, { method: 'DELETE', session: me })).status, 400);
    assert.equal((await server.request(`/api/sessions/${mine.id}`, { method: 'DELETE', session: other })).status, 204);
    assert.equal((await server.request('/api/users/me', { session })).status, 401);
  });

  test('end when the password changes, except the one that changed it', async () => {
    const person = await server.addUser();
    const second = await server.login({ email: person.email, password: person.password });
    const change = (json) => server.request('/api/auth/change-password', { method: 'POST', session: person, json });
    const wrong = await change({ password: 'not the old one', newPassword: 'a quite new one' });
    assert.deepEqual([wrong.status, wrong.body.message], [400, 'Wrong password']);
    assert.equal((await change({ password: person.password, newPassword: 'short' })).status, 400);
    const done = await change({ password: person.password, newPassword: 'a quite new one' });
    assert.equal(done.status, 200);
    assert.equal(done.body.id, person.userId);
    assert.equal((await server.request('/api/users/me', { session: person })).status, 200);
    assert.equal((await server.request('/api/users/me', { session: second })).status, 401);
    await server.login({ email: person.email, password: 'a quite new one' });
  });
});

describe('API keys', () => {
  const make = async (permissions, session = me) => (await server.request('/api/api-keys', { method: 'POST', session, json: { name: 'test', permissions } })).body;

  test('do what they are permitted and name what they lack', async () => {
    const key = await make(['asset.upload']);
    assert.equal((await server.upload(jpeg(), { key: key.secret })).status, 201);
    const { status, body } = await server.request('/api/assets/statistics', { key: key.secret });
    assert.deepEqual([status, body.message], [403, 'Missing required permission: asset.statistics']);
    assert.equal((await server.upload(jpeg(), { key: (await make(['asset.read'])).secret })).status, 403);
  });

  test('need their permission on every route that has one', async () => {
    const key = await make(['memory.read']);
    for (const route of (await routes()).filter((row) => !['-', 'memory.read'].includes(row.permission))) {
      const { status, body } = await server.request(route.path, { method: route.method, key: key.secret, ...somethingFor(route.method) });
      assert.equal(status, 403, `${route.method} ${route.pattern}`);
      if (route.method !== 'HEAD') assert.equal(body.message, `Missing required permission: ${route.permission}`);
    }
  });

  test('tell about themselves', async () => {
    const key = await make(['asset.read', 'asset.view']);
    const { body } = await server.request('/api/api-keys/me', { key: key.secret });
    assert.deepEqual([body.id, body.permissions], [key.id, ['asset.read', 'asset.view']]);
    assert.equal(body.secret, undefined);
  });

  test('give no more than they have', async () => {
    const key = await make(['apiKey.create', 'apiKey.update', 'asset.read']);
    const ask = (permissions) => server.request('/api/api-keys', { method: 'POST', key: key.secret, json: { permissions } });
    assert.equal((await ask(['asset.read'])).status, 201);
    assert.equal((await ask(['asset.read', 'asset.delete'])).status, 400);
    assert.equal((await ask(['all'])).status, 400);
    const self = await server.request(`/api/api-keys/${key.id}`, { method: 'PUT', key: key.secret, json: { permissions: ['all'] } });
    assert.equal(self.status, 400);
  });

  test('are changed and deleted by their owner alone, and then end', async () => {
    const key = await make(['all']);
    assert.equal((await server.request(`/api/api-keys/${key.id}`, { method: 'PUT', session: other, json: { name: 'mine' } })).status, 400);
    const renamed = await server.request(`/api/api-keys/${key.id}`, { method: 'PATCH', session: me, json: { name: 'renamed' } });
    assert.equal(renamed.body.name, 'renamed');
    assert.deepEqual(renamed.body.permissions, ['all']);
    assert.equal((await server.request(`/api/api-keys/${key.id}`, { method: 'DELETE', session: other })).status, 400);
    assert.equal((await server.request(`/api/api-keys/${key.id}`, { method: 'DELETE', session: me })).status, 204);
    assert.equal((await server.request('/api/users/me', { key: key.secret })).status, 401);
  });

  test('with words that are no permission are refused with the place', async () => {
    const { status, body } = await server.request('/api/api-keys', { method: 'POST', session: me, json: { permissions: ['asset.read', 'asset.fly'] } });
    assert.equal(status, 400);
    assert.deepEqual(body.errors.map((error) => error.path), ['permissions.1']);
  });
});

describe('other people', () => {
  test('see nothing of an asset, and cannot tell whether it exists', async () => {
    const { body } = await server.upload(jpeg(), { session: me });
    for (const [method, path, permission, json] of [
      ['GET', '', 'asset.read'], ['GET', '/proof', 'asset.read'], ['GET', '/original', 'asset.download'], ['GET', '/thumbnail', 'asset.view'],
      ['DELETE', null, 'asset.delete', true],
    ]) {
      for (const id of [body.id, randomUUID()]) {
        const target = path === null ? '/api/assets' : `/api/assets/${id}${path}`;
        const answer = await server.request(target, { method, session: other, ...(json ? { json: { ids: [id] } } : {}) });
        assert.deepEqual([answer.status, answer.body.message], [400, `Not found or no ${permission} access`], `${method} ${path}`);
      }
    }
    assert.equal((await server.request(`/api/assets/${body.id}`, { session: me })).status, 200);
  });

  test('cannot ask for what only an administrator may know', async () => {
    assert.equal((await server.request('/api/server/statistics', { session: me })).status, 200);
    assert.equal((await server.request('/api/server/statistics', { session: other })).status, 403);
  });

  test('cannot use another one\'s timeline or devices', async () => {
    assert.equal((await server.request(`/api/timeline/buckets?userId=${me.userId}`, { session: other })).status, 400);
    const id = randomUUID();
    const json = { name: 'Desk', kind: 'computer' };
    assert.equal((await server.request(`/api/backup/devices/${id}`, { method: 'PUT', session: me, json })).status, 200);
    assert.equal((await server.request(`/api/backup/devices/${id}/items`, { session: other })).status, 404);
    assert.equal((await server.request(`/api/backup/devices/${id}`, { method: 'DELETE', session: other })).status, 404);
    // The same id is another device when another person registers it.
    assert.equal((await server.request(`/api/backup/devices/${id}`, { method: 'PUT', session: other, json: { ...json, name: 'Theirs' } })).status, 200);
    assert.equal((await server.request(`/api/backup/devices/${id}`, { method: 'DELETE', session: other })).status, 204);
    const mine = (await server.request('/api/backup/devices', { session: me })).body.filter((device) => device.id === id);
    assert.deepEqual(mine.map((device) => device.name), ['Desk']);
  });

  test('give the same answer for an id that is no UUID of version 4', async () => {
    for (const id of ['1', 'me', '01890a5d-ac96-774b-bcce-b302099a8057', '..%2f..%2fetc']) {
      const { status, body } = await server.request(`/api/assets/${id}`, { session: me });
      assert.equal(status, 400, id);
      assert.deepEqual(body.errors, [{ path: 'id', message: 'must be a UUID (version 4)' }]);
    }
  });
});

describe('pages of other sites', () => {
  const forge = (headers) => server.request('/api/auth/logout', { method: 'POST', headers: { cookie: me.cookie, ...headers } });

  test('cannot use the cookies of a browser', async () => {
    for (const headers of [{ origin: 'https://evil.example' }, { origin: 'null' }, { 'sec-fetch-site': 'cross-site' }, { 'sec-fetch-site': 'same-site' }]) {
      assert.equal((await forge(headers)).status, 403, JSON.stringify(headers));
    }
    assert.equal((await server.request('/api/users/me', { session: me })).status, 200);
  });

  test('cannot sign a browser in', async () => {
    const json = { email: me.email, password: me.password };
    assert.equal((await server.request('/api/auth/login', { method: 'POST', json, headers: { origin: 'https://evil.example' } })).status, 403);
    const plain = await server.request('/api/auth/login', { method: 'POST', body: JSON.stringify(json), headers: { 'content-type': 'text/plain' } });
    assert.equal(plain.status, 415);
  });

  test('do not keep our own page from working, nor programs with keys', async () => {
    const json = {};
    assert.equal((await server.request('/api/users/me', { method: 'PUT', json, session: me, headers: { origin: server.url } })).status, 200);
    assert.equal((await server.request('/api/users/me', { method: 'PUT', json, session: me, headers: { 'sec-fetch-site': 'same-origin' } })).status, 200);
    const headers = { origin: 'https://evil.example', authorization: `Bearer ${me.accessToken}` };
    assert.equal((await server.request('/api/users/me', { method: 'PUT', json, headers })).status, 200);
  });
});

describe('guessing passwords', () => {
  test('says the same for unknown people and wrong passwords', async () => {
    for (const email of [other.email, 'nobody@example.org']) {
      const { status, body } = await server.request('/api/auth/login', { method: 'POST', json: { email, password: 'wrong wrong' } });
      assert.deepEqual([status, body.message], [401, 'Incorrect email or password']);
    }
  });

  test('is slowed, in any spelling of the address', async () => {
    const guess = (email) => server.request('/api/auth/login', { method: 'POST', json: { email, password: 'wrong wrong' } });
    let slowed;
    for (let i = 0; i < 12 && !slowed; i++) {
      const answer = await guess(i % 2 ? 'Victim@example.org' : 'victim@example.org');
      if (answer.status === 429) slowed = answer;
      else assert.equal(answer.status, 401);
    }
    assert.ok(slowed, 'twelve guesses went through');
    assert.ok(Number(slowed.headers.get('retry-after')) >= 1);
    assert.match(slowed.body.message, /Try again in \d+ second/);
  });
});
