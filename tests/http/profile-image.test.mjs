// SPDX-License-Identifier: GPL-3.0-or-later
//
// /api/users/profile-image: pictures of people, made by a worker, shown to everybody with an account.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { startServer } from './server.mjs';
import { jpeg } from './photo.mjs';

let server, me, other;
before(async () => {
  server = await startServer();
  me = await server.signUp();
  other = await server.addUser();
});
after(() => server.stop());

function send(file, { session = me, field = 'file' } = {}) {
  const form = new FormData();
  form.append('before', 'x');
  if (file) form.append(field, new Blob([file]), 'me.jpg');
  return server.request('/api/users/profile-image', { method: 'POST', body: form, session });
}
const look = (id, options = {}) => server.request(`/api/users/${id}/profile-image`, { session: other, raw: true, ...options });
const user = async (session = me) => (await server.request('/api/users/me', { session })).body;
async function lines(session) {
  const answer = await fetch(`${server.url}/api/sync/stream`, {
    method: 'POST', headers: { 'content-type': 'application/json', cookie: session.cookie }, body: JSON.stringify({ types: ['UsersV1'] }) });
  const all = (await answer.text()).trimEnd().split('\n').map((line) => JSON.parse(line));
  await server.request('/api/sync/ack', { method: 'POST', session, json: { acks: all.map((line) => line.ack) } });
  return all.filter((line) => line.type === 'UserV1').map((line) => [line.data.id, line.data.hasProfileImage]);
}

/** Width and height of a baseline JPEG. */
function sizeOf(bytes) {
  const at = bytes.indexOf(Buffer.from([0xff, 0xc0]));
  return [bytes.readUInt16BE(at + 7), bytes.readUInt16BE(at + 5)];
}

test('a picture becomes a small square, which others see too', async () => {
  await lines(other);
  assert.equal((await look(me.userId)).status, 404);
  const before_ = await user();
  const photo = jpeg({ width: 1600, height: 1200, exif: { position: [47.5, 8.5], orientation: 6 } });
  const { status, body } = await send(photo);
  assert.equal(status, 201);
  assert.equal(body.userId, me.userId);
  assert.notEqual(body.profileImagePath, '');
  const after_ = await user();
  assert.deepEqual([after_.profileImagePath, after_.profileChangedAt], [body.profileImagePath, body.profileChangedAt]);
  assert.ok(after_.profileChangedAt > before_.profileChangedAt);
  const seen = await look(me.userId);
  assert.deepEqual([seen.status, seen.headers.get('content-type')], [200, 'image/jpeg']);
  assert.deepEqual(sizeOf(seen.body), [320, 320]);
  assert.ok(!seen.body.includes('Exif'), 'the place is not told');
  assert.deepEqual(await lines(other), [[me.userId, true]]);
  assert.equal((await look(me.userId, { headers: { 'if-none-match': seen.headers.get('etag') } })).status, 304);
  assert.equal((await look(me.userId, { session: undefined })).status, 401);
});

test('another one takes its place, and it can be taken away', async () => {
  const first = (await look(me.userId)).headers.get('etag');
  assert.equal((await send(jpeg({ width: 100, height: 80 }))).status, 201);
  const second = await look(me.userId);
  assert.notEqual(second.headers.get('etag'), first);
  assert.deepEqual(sizeOf(second.body), [80, 80]);
  assert.equal((await server.request('/api/users/profile-image', { method: 'DELETE', session: me })).status, 204);
  assert.equal((await look(me.userId)).status, 404);
  assert.equal((await user()).profileImagePath, '');
  assert.deepEqual(await lines(other), [[me.userId, false]]);
  assert.equal((await server.request('/api/users/profile-image', { method: 'DELETE', session: me })).status, 204);
});

test('what is no picture is refused with a sentence, and changes nothing', async () => {
  assert.equal((await send(jpeg())).status, 201);
  const { profileChangedAt } = await user();
  for (const [file, field] of [[Buffer.from('no picture'), 'file'], [null], [Buffer.alloc(0), 'file'], [jpeg(), 'other'], [Buffer.from('<svg xmlns="http://www.w3.org/2000/svg"/>'), 'file']]) {
    const { status, body } = await send(file, { field });
    assert.equal(status, 400, `${file}`.slice(0, 20));
    assert.ok(body.message.length > 5);
  }
  assert.equal((await server.request('/api/users/profile-image', { method: 'POST', session: me, json: {} })).status, 415);
  assert.equal((await user()).profileChangedAt, profileChangedAt);
});

test('too large a file is refused while it comes', async () => {
  const { status } = await send(Buffer.alloc((64 << 20) + 1));
  assert.equal(status, 413);
});
