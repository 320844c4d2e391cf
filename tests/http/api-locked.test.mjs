// SPDX-License-Identifier: GPL-3.0-or-later
//
// The locked folder: what is in it is seen by a session that gave the PIN, and by nobody else.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { jpeg } from './photo.mjs';
import { startServer } from './server.mjs';

let server;
let owner;
let elsewhere;
let id;
before(async () => {
  server = await startServer();
  owner = await server.signUp();
  elsewhere = await server.login();
  id = (await server.upload(jpeg(), { session: owner })).body.id;
  await server.cli(['jobs', '--data', server.data, '--wait']);
  assert.equal((await put(owner, { visibility: 'locked' })).status, 200);
});
after(() => server?.stop());

const send = (path, method, json, session = owner) => server.request(`/api${path}`, { method, json, session });
const put = (session, json) => send(`/assets/${id}`, 'PUT', json, session);
const PIN = { pinCode: '271828' };

/** All ways to the locked photo, and what each answers. */
async function look(options) {
  const ways = [
    [`/api/assets/${id}`, {}], [`/api/assets/${id}/proof`, {}], [`/api/assets/${id}/original`, {}], [`/api/assets/${id}/thumbnail`, {}],
    [`/api/assets/${id}/sidecar`, {}], [`/api/assets/${id}/video/playback`, {}],
    ['/api/timeline/buckets?visibility=locked', {}], ['/api/timeline/bucket?visibility=locked&timeBucket=2024-08-01', {}],
    ['/api/assets/statistics?visibility=locked', {}], ['/api/search/metadata', { method: 'POST', json: { visibility: 'locked' } }],
    ['/api/assets', { method: 'PUT', json: { ids: [id], isFavorite: true } }],
  ];
  return Promise.all(ways.map(async ([path, more]) => [path, (await server.request(path, { ...options, ...more, raw: true })).status]));
}

const open = (seen) => seen.filter(([path, status]) => status < 400 && path).map(([path]) => path);

test('without the PIN no way leads to it: not for its owner, not by a key', async () => {
  assert.deepEqual(open(await look({ session: owner })), []);
  const key = (await send('/api-keys', 'POST', { name: 'k', permissions: ['all'] })).body.secret;
  assert.deepEqual(open(await look({ key })), []);
  const xmp = '<x:xmpmeta xmlns:x="adobe:ns:meta/"/>';
  const written = await server.request(`/api/assets/${id}/sidecar`, { method: 'PUT', body: xmp, session: owner, headers: { 'content-type': 'application/octet-stream' } });
  assert.equal(written.status, 400);
  for (const path of ['/assets', '/trash/restore/assets'])
    assert.equal((await send(path, path === '/assets' ? 'DELETE' : 'POST', { ids: [id], force: true })).status, 400);
});

test('the PIN opens it for this session alone, and locks again', async () => {
  assert.equal((await send('/auth/session/unlock', 'POST', PIN)).status, 400); // there is none yet
  assert.equal((await send('/auth/pin-code', 'POST', PIN)).status, 204);
  assert.equal((await send('/auth/pin-code', 'POST', PIN)).status, 400); // there is one
  assert.equal((await send('/auth/session/unlock', 'POST', PIN)).status, 204);
  const seen = await look({ session: owner });
  assert.equal(open(seen).length, seen.length - 2, JSON.stringify(seen)); // it has no side file and is no video
  assert.deepEqual(open(await look({ session: elsewhere })), []);
  assert.equal((await send('/auth/session/lock', 'POST', {})).status, 204);
  assert.deepEqual(open(await look({ session: owner })), []);
});

test('another PIN locks all sessions; the password helps who forgot it', async () => {
  assert.equal((await send('/auth/session/unlock', 'POST', PIN, elsewhere)).status, 204);
  assert.equal((await send('/auth/pin-code', 'PUT', { newPinCode: '314159', password: owner.password })).status, 204);
  assert.deepEqual(open(await look({ session: elsewhere })), []);
  assert.equal((await send('/auth/session/unlock', 'POST', PIN)).status, 400);
  assert.equal((await send('/auth/session/unlock', 'POST', { pinCode: '314159' })).status, 204);
  assert.equal((await put(owner, { visibility: 'timeline' })).status, 200);
  assert.equal((await send(`/assets/${id}`, 'GET', undefined, elsewhere)).status, 200);
});

test('PINs that are none are refused, and guesses must wait', async () => {
  for (const wrong of ['12345', '1234567', 'abcdef', '12 456'])
    assert.equal((await send('/auth/pin-code', 'PUT', { pinCode: '314159', newPinCode: wrong })).status, 400, wrong);
  const answers = [];
  for (let i = 0; i < 12; i++) answers.push((await send('/auth/session/unlock', 'POST', { pinCode: `00000${i % 10}` })).status);
  assert.ok(answers.includes(429) || answers.includes(503), answers.join());
});
