// SPDX-License-Identifier: GPL-3.0-or-later
//
// /api/sync: what the phone apps learn, and that a model of the app survives random histories.
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { after, before, test } from 'node:test';
import { promisify } from 'node:util';
import { jpeg, sha1 } from './photo.mjs';
import { startServer } from './server.mjs';

const TYPES = ['AuthUsersV1', 'UsersV1', 'AssetsV2', 'AssetExifsV1', 'UserMetadataV1', 'AlbumsV2', 'StacksV1'];

let server;
let account;
before(async () => {
  server = await startServer();
  account = await server.signUp();
});
after(() => server?.stop());

/** The lines of one stream. */
async function stream(session, body = { types: TYPES }) {
  const response = await fetch(`${server.url}/api/sync/stream`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', 'x-immich-user-token': session.accessToken },
    body: JSON.stringify(body),
  });
  const text = await response.text();
  if (response.status !== 200) return { status: response.status, text };
  assert.match(response.headers.get('content-type'), /^application\/jsonlines\+json/);
  assert.ok(text.endsWith('\n'), 'the last line ends too');
  return { status: 200, lines: text.trimEnd().split('\n').map((line) => JSON.parse(line)) };
}

const ack = (session, acks) => server.request('/api/sync/ack', { method: 'POST', json: { acks }, session });

test('a first stream has everything in the order of the keys, and ends by saying so', async () => {
  const photo = jpeg();
  const { body } = await server.upload(photo, { session: account, name: 'first.jpg' });
  await server.cli(['jobs', '--data', server.data, '--wait']);
  const { lines } = await stream(account);
  assert.deepEqual(lines.map((line) => line.type),
    ['AuthUserV1', 'UserV1', 'AssetV2', 'AssetExifV1', 'UserMetadataV1', 'UserMetadataV1', 'SyncCompleteV1']);
  const asset = lines[2].data;
  assert.equal(asset.id, body.id);
  assert.equal(asset.checksum, Buffer.from(sha1(photo), 'hex').toString('base64'));
  assert.deepEqual(Object.keys(asset).sort(), ['checksum', 'createdAt', 'deletedAt', 'duration', 'fileCreatedAt',
    'fileModifiedAt', 'height', 'id', 'isEdited', 'isFavorite', 'libraryId', 'livePhotoVideoId', 'localDateTime',
    'originalFileName', 'ownerId', 'stackId', 'thumbhash', 'type', 'visibility', 'width']);
  assert.ok(asset.width > 0 && asset.thumbhash);
  assert.equal(lines[3].data.assetId, body.id);
  assert.equal(Object.keys(lines[3].data).length, 25);
  assert.match(lines[2].ack, /^AssetV2\|[0-9a-f-]{36}$/);
});

test('what was acknowledged does not come again; what changed does', async () => {
  const phone = await server.login(account);
  const first = (await stream(phone)).lines;
  assert.equal((await ack(phone, first.map((line) => line.ack))).status, 204);
  assert.deepEqual((await stream(phone)).lines.map((line) => line.type), ['SyncCompleteV1']);
  const id = first.find((line) => line.type === 'AssetV2').data.id;
  await server.request('/api/assets', { method: 'DELETE', json: { ids: [id] }, session: account });
  const trashed = (await stream(phone)).lines.filter((line) => line.type.startsWith('Asset'));
  assert.deepEqual(trashed.map((line) => [line.type, line.data.id]), [['AssetV2', id]]);
  assert.ok(trashed[0].data.deletedAt);
  await ack(phone, trashed.map((line) => line.ack));
  await server.request('/api/assets', { method: 'DELETE', json: { ids: [id], force: true }, session: account });
  const gone = (await stream(phone)).lines.filter((line) => line.type.startsWith('Asset'));
  assert.deepEqual(gone.map((line) => [line.type, line.data]), [['AssetDeleteV1', { assetId: id }]]);
});

test('a session that is to begin anew is told so, once it is acknowledged', async () => {
  const phone = await server.login(account);
  const lines = (await stream(phone)).lines;
  await ack(phone, lines.map((line) => line.ack));
  const { body: sessions } = await server.request('/api/sessions', { session: phone });
  const mine = sessions.find((one) => one.current);
  const flagged = await server.request(`/api/sessions/${mine.id}`, { method: 'PUT', json: { isPendingSyncReset: true }, session: phone });
  assert.equal(flagged.body.isPendingSyncReset, true);
  assert.deepEqual((await stream(phone)).lines, [{ type: 'SyncResetV1', data: {}, ack: 'SyncResetV1|reset' }]);
  await ack(phone, ['SyncResetV1|reset']);
  assert.equal((await stream(phone)).lines.length, lines.length);
});

test('acknowledgements are listed and forgotten by type', async () => {
  const phone = await server.login(account);
  await ack(phone, (await stream(phone)).lines.map((line) => line.ack));
  const list = async () => (await server.request('/api/sync/ack', { session: phone })).body.map((one) => one.type);
  const all = await list();
  assert.ok(all.includes('UserV1') && all.includes('SyncCompleteV1'));
  const forgotten = await server.request('/api/sync/ack', { method: 'DELETE', json: { types: ['UserV1', 'AlbumV1'] }, session: phone });
  assert.equal(forgotten.status, 204);
  assert.deepEqual(await list(), all.filter((type) => type !== 'UserV1'));
  await server.request('/api/sync/ack', { method: 'DELETE', json: {}, session: phone });
  assert.deepEqual(await list(), []);
});

test('strangers, keys, old apps and nonsense are refused', async () => {
  assert.equal((await stream({ accessToken: 'nobody' })).status, 401);
  const { body: key } = await server.request('/api/api-keys', { method: 'POST', json: { name: 'k', permissions: ['all'] }, session: account });
  const byKey = await fetch(`${server.url}/api/sync/stream`, {
    method: 'POST', headers: { 'content-type': 'application/json', 'x-api-key': key.secret }, body: JSON.stringify({ types: TYPES }),
  });
  assert.equal(byKey.status, 403);
  await byKey.text();
  assert.equal((await stream(account, { types: ['AssetsV1'] })).status, 400);
  assert.equal((await stream(account, {})).status, 400);
  for (const nonsense of ['', '|', 'AssetV2', 'AssetV2|x', 'NoSuchV1|01890000-0000-7000-8000-000000000000',
    'AssetV2|00000000-0000-4000-8000-000000000000'])
    assert.equal((await ack(account, [nonsense])).status, 400, nonsense);
  const stranger = await server.request(`/api/sessions/00000000-0000-4000-8000-000000000000`,
    { method: 'PUT', json: { isPendingSyncReset: true }, session: account });
  assert.equal(stranger.status, 400);
});

test('one account learns nothing of another one’s photos', async () => {
  const other = await server.addUser();
  const { body } = await server.upload(jpeg(), { session: other });
  const mine = (await stream(await server.login(account))).lines;
  assert.ok(!JSON.stringify(mine).includes(body.id));
  const theirs = (await stream(other)).lines;
  assert.deepEqual(theirs.filter((line) => line.type === 'AssetV2').map((line) => line.data.id), [body.id]);
});

test('a model of the app equals a fresh one after random histories', async () => {
  const histories = process.env.PHONE_HISTORIES ?? '12';
  const phone = await server.addUser();
  const { stdout } = await promisify(execFile)('python3', ['tests/phone/phone.py', server.url, phone.email, phone.password,
    '--histories', histories], { maxBuffer: 1 << 24 }).catch((error) => assert.fail(`${error.stdout}${error.stderr}`));
  assert.match(stdout, new RegExp(`^${histories} histories went well`));
});
