// SPDX-License-Identifier: GPL-3.0-or-later
//
// /api/sync: what the phone apps learn, and that a model of the app survives random histories.
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { after, before, test } from 'node:test';
import { promisify } from 'node:util';
import { jpeg, sha1 } from './photo.mjs';
import { startServer } from './server.mjs';

const ALL_TYPES = ['AuthUsersV1', 'UsersV1', 'AssetsV2', 'AssetExifsV1', 'AssetEditsV1', 'AssetMetadataV1', 'PartnersV1', 'PartnerAssetsV2',
  'PartnerAssetExifsV1', 'AlbumsV2', 'AlbumUsersV1', 'AlbumAssetsV2', 'AlbumAssetExifsV1', 'AlbumToAssetsV1', 'MemoriesV1',
  'MemoryToAssetsV1', 'StacksV1', 'PartnerStacksV1', 'UserMetadataV1', 'PeopleV1', 'AssetFacesV2', 'AssetOcrV1'];
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

const kinds = (lines) => lines.map((line) => line.type);
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

test('a phone that was away for more than 30 days begins anew', async () => {
  const [phone, other, unfinished] = [await server.login(account), await server.login(account), await server.login(account)];
  for (const one of [phone, other]) await ack(one, (await stream(one)).lines.map((line) => line.ack));
  await ack(unfinished, [(await stream(unfinished)).lines[0].ack]);
  const idOf = async (session) => (await server.request('/api/sessions', { session })).body.find((one) => one.current).id.replaceAll('-', '');
  const away = [await idOf(phone), await idOf(unfinished)];
  await server.stop({ keep: true });
  const age = `import sqlite3, sys
with sqlite3.connect(sys.argv[1]) as db:
    for session in sys.argv[2:]:
        db.execute("UPDATE sync_checkpoints SET acked_us = acked_us - 2592060000000 WHERE session_id = (SELECT id FROM sessions WHERE uuid = ?)", (bytes.fromhex(session),))`;
  await promisify(execFile)('python3', ['-c', age, `${server.data}/ambrotype.db`, ...away]);
  await server.start();
  for (const one of [phone, unfinished]) assert.deepEqual(kinds((await stream(one)).lines), ['SyncResetV1']);
  assert.deepEqual(kinds((await stream(other)).lines), ['SyncCompleteV1']);
  await ack(phone, ['SyncResetV1|reset']);
  assert.ok(kinds((await stream(phone)).lines).includes('UserV1'));
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
    'AssetV2|00000000-0000-4000-8000-000000000000',
    'AssetV2|01890000-0000-7000-8000-000000000000|x', 'SyncAckV1|01890000-0000-7000-8000-000000000000'])
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

/** A phone that has everything, and what it learns each time it asks: the lines but for the last, all acknowledged. */
async function upToDate(person) {
  const phone = await server.login(person);
  const learn = async () => {
    const { lines } = await stream(phone, { types: ALL_TYPES });
    assert.equal(lines.at(-1).type, 'SyncCompleteV1');
    assert.equal((await ack(phone, lines.map((line) => line.ack))).status, 204);
    return lines.slice(0, -1).filter((line) => line.type !== 'UserV1' && line.type !== 'AuthUserV1' && line.type !== 'UserMetadataV1');
  };
  await learn();
  return { phone, learn };
}
const call = (session, method, path, json) => server.request(`/api${path}`, { method, json, session });

test('who is shown a timeline gets what was there before, and forgets it when that ends', async () => {
  const [one, other] = [await server.addUser(), await server.addUser()];
  const photos = [];
  for (let i = 0; i < 2; i++) photos.push((await server.upload(jpeg(), { session: one, fields: { isFavorite: 'true' } })).body.id);
  await server.cli(['jobs', '--data', server.data, '--wait']);
  const { phone, learn } = await upToDate(other);
  assert.deepEqual(await learn(), []);
  await call(one, 'POST', '/partners', { sharedWithId: other.userId });
  const first = await learn();
  assert.deepEqual(kinds(first), ['PartnerV1', 'PartnerAssetBackfillV2', 'PartnerAssetBackfillV2', 'SyncAckV1', 'SyncAckV1',
    'PartnerAssetExifBackfillV1', 'PartnerAssetExifBackfillV1', 'SyncAckV1']);
  assert.deepEqual(first[0].data, { sharedById: one.userId, sharedWithId: other.userId, inTimeline: false });
  assert.deepEqual(first.slice(1, 3).map((line) => line.data.id).sort(), [...photos].sort()); // in the order in which their jobs ended
  assert.ok(first.slice(1, 3).every((line) => line.data.ownerId === one.userId && line.data.isFavorite === false));
  assert.match(first[1].ack, /^PartnerAssetBackfillV2\|[0-9a-f-]{36}\|[0-9a-f-]{36}$/);
  assert.match(first[3].ack, /^PartnerAssetBackfillV2\|[0-9a-f-]{36}\|complete$/);
  assert.deepEqual(await learn(), []);
  await call(one, 'PUT', '/assets', { ids: [photos[0]], visibility: 'archive' });
  assert.deepEqual((await learn()).map((line) => [line.type, line.data.assetId]), [['PartnerAssetDeleteV1', photos[0]]]);
  await call(one, 'PUT', '/assets', { ids: [photos[0]], visibility: 'timeline' });
  assert.deepEqual(kinds(await learn()), ['PartnerAssetV2', 'PartnerAssetExifV1']);
  await call(one, 'DELETE', `/partners/${other.userId}`);
  const gone = await learn();
  assert.deepEqual(kinds(gone), ['PartnerDeleteV1', 'PartnerAssetDeleteV1', 'PartnerAssetDeleteV1']);
  assert.deepEqual(gone.slice(1).map((line) => line.data.assetId).sort(), [...photos].sort());
  assert.deepEqual(await learn(), []);
  assert.equal((await call(phone, 'GET', `/assets/${photos[0]}`)).status, 400);
});

test('who joins an album gets all of it, and forgets it when they leave', async () => {
  const [one, other] = [await server.addUser(), await server.addUser()];
  const { body: photo } = await server.upload(jpeg(), { session: one });
  const { body: second } = await server.upload(jpeg(), { session: one });
  await server.cli(['jobs', '--data', server.data, '--wait']);
  const { body: album } = await call(one, 'POST', '/albums', { albumName: 'Sea', assetIds: [photo.id] });
  const { learn } = await upToDate(other);
  await call(one, 'PUT', `/albums/${album.id}/users`, { albumUsers: [{ userId: other.userId, role: 'viewer' }] });
  const first = await learn();
  assert.deepEqual(kinds(first), ['AlbumAssetBackfillV2', 'SyncAckV1', 'AlbumV2', 'AlbumUserBackfillV1', 'SyncAckV1', 'AlbumUserV1',
    'AlbumToAssetBackfillV1', 'SyncAckV1', 'AlbumAssetExifBackfillV1', 'SyncAckV1']);
  assert.equal(first[2].data.thumbnailAssetId, photo.id);
  assert.deepEqual(first[5].data, { albumId: album.id, userId: other.userId, role: 'viewer' });
  await call(one, 'PUT', `/albums/${album.id}/assets`, { ids: [second.id] });
  const more = await learn();
  assert.deepEqual(kinds(more), ['SyncAckV1', 'AlbumAssetCreateV2', 'AlbumV2', 'AlbumToAssetV1', 'SyncAckV1', 'AlbumAssetExifCreateV1']);
  assert.match(more[0].ack, /^AlbumAssetUpdateV2\|[0-9a-f-]{36}$/);
  await call(one, 'PUT', '/assets', { ids: [second.id], description: 'waves' });
  assert.deepEqual(kinds(await learn()), ['AlbumAssetUpdateV2', 'AlbumAssetExifUpdateV1']);
  await call(one, 'PUT', `/albums/${album.id}/user/${other.userId}`, { role: 'editor' });
  assert.deepEqual(kinds(await learn()), ['AlbumUserV1']);
  await call(one, 'DELETE', `/albums/${album.id}/assets`, { ids: [second.id] });
  assert.deepEqual(kinds(await learn()), ['PartnerAssetDeleteV1', 'AlbumV2', 'AlbumToAssetDeleteV1']);
  await call(other, 'DELETE', `/albums/${album.id}/user/me`);
  const gone = await learn();
  assert.deepEqual(gone.map((line) => [line.type, line.data]), [['PartnerAssetDeleteV1', { assetId: photo.id }],
    ['AlbumDeleteV1', { albumId: album.id }]]);
  assert.deepEqual(await learn(), []);
});

test('of lines with one change id only the last is an acknowledgement of it', async () => {
  const phone = await server.login(account);
  const { lines } = await stream(phone, { types: ['UserMetadataV1'] });
  assert.deepEqual(kinds(lines), ['UserMetadataV1', 'UserMetadataV1', 'SyncCompleteV1']);
  await ack(phone, [lines[0].ack]);
  assert.deepEqual((await stream(phone, { types: ['UserMetadataV1'] })).lines.slice(0, 2), lines.slice(0, 2));
  await ack(phone, [lines[1].ack]);
  assert.deepEqual(kinds((await stream(phone, { types: ['UserMetadataV1'] })).lines), ['SyncCompleteV1']);
});

test('a kind that is asked for later, or anew, is sent from its beginning', async () => {
  const phone = await server.login(account);
  await server.upload(jpeg(), { session: account });
  const few = { types: ['AuthUsersV1', 'UsersV1'] };
  await ack(phone, (await stream(phone, few)).lines.map((line) => line.ack));
  assert.deepEqual(kinds((await stream(phone, few)).lines), ['SyncCompleteV1']);
  const more = { types: ['AuthUsersV1', 'UsersV1', 'AssetsV2'] };
  const { lines } = await stream(phone, more);
  assert.ok(kinds(lines).includes('AssetV2'));
  await ack(phone, lines.map((line) => line.ack));
  assert.deepEqual(kinds((await stream(phone, more)).lines), ['SyncCompleteV1']);
  await server.request('/api/sync/ack', { method: 'DELETE', json: { types: ['AssetV2'] }, session: phone });
  assert.deepEqual(kinds((await stream(phone, more)).lines), kinds(lines).filter((type) => type === 'AssetV2' || type === 'SyncCompleteV1'));
});

test('the document knows the types of all lines', async () => {
  const { body } = await server.request('/api/openapi.json');
  const known = body.components.schemas.SyncEntityType.enum;
  const model = await readFile('tests/phone/app.py', 'utf8');
  const used = new Set([...model.matchAll(/"(\w+(?:Delete|Backfill|Create|Update)?V[12])"/g)].map(([, type]) => type));
  assert.ok(used.size > 30);
  assert.deepEqual([...used].filter((type) => !known.includes(type)), []);
});

test('the model of the app survives random histories', async () => {
  const histories = process.env.PHONE_HISTORIES ?? '200';
  const other = await startServer();
  try {
    const admin = await other.signUp();
    for (const more of [['--workers', process.env.PHONE_WORKERS ?? '3'], ['--histories', '4', '--seed', '1000000', '--with-jobs']]) {
      const { stdout } = await promisify(execFile)('python3', ['tests/phone/phone.py', other.url, admin.email, admin.password,
        '--histories', histories, ...more], { maxBuffer: 1 << 24 }).catch((error) => assert.fail(`${error.stdout}${error.stderr}`));
      assert.match(stdout, /^\d+ histories went well/);
    }
  } finally {
    await other.stop();
  }
});
