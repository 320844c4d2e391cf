// SPDX-License-Identifier: GPL-3.0-or-later
//
// Links that show an album or a list of photos to whoever has them.
import assert from 'node:assert/strict';
import http from 'node:http';
import { after, before, test } from 'node:test';
import {
  addAssetsToAlbum, addSharedLinkAssets, createAlbum, createSharedLink, createStack, deleteAlbum, downloadArchive, getAlbumInfo, getAllSharedLinks, getAssetInfo, getDownloadInfo,
  getMySharedLink, getSharedLinkById, getTimeBucket, getTimeBuckets, removeSharedLink, removeSharedLinkAssets, searchAssets, updateSharedLink,
} from '@immich/sdk';
import { film } from './moving.mjs';
import { jpeg, sha256 } from './photo.mjs';
import { delay, setCookies, startServer } from './server.mjs';

let server;
let me;

before(async () => {
  server = await startServer();
  me = await server.signUp();
});
after(() => server.stop());

const as = (session = me) => ({ baseUrl: `${server.url}/api`, headers: { 'x-immich-user-token': session.accessToken } });
const visitor = () => ({ baseUrl: `${server.url}/api` });
const create = (sharedLinkCreateDto, session = me) => createSharedLink({ sharedLinkCreateDto }, as(session));
const EXIF = { date: '2024:08:01 12:00:00', offset: '+02:00', make: 'Acme', model: 'One', position: [47.3, 8.5] };

async function store(bytes = jpeg(), name = 'photo.jpg', fields = {}, session = me) {
  const { status, body } = await server.upload(bytes, { session, name, fields });
  assert.equal(status, 201, JSON.stringify(body));
  return body.id;
}

const newAlbum = async (assetIds, albumName = 'Sea') => (await createAlbum({ createAlbumDto: { albumName, assetIds } }, as())).id;
/** The status of GET with the link's key. */
const look = async (path, link, options = {}) => (await server.request(`/api/${path}${path.includes('?') ? '&' : '?'}key=${link.key}`, options)).status;
const ready = (id) => server.until(async () => (await server.request(`/api/assets/${id}/thumbnail`, { session: me })).status === 200, { what: 'a thumbnail' });

test('an album is shown to whoever has its link', async () => {
  const bytes = jpeg({ exif: EXIF });
  const id = await store(bytes, 'IMG_1.jpg', { isFavorite: 'true' });
  const other = await store();
  await ready(id);
  const album = await newAlbum([id]);
  const link = await create({ type: 'ALBUM', albumId: album, description: 'For Grandma' });
  assert.equal(link.type, 'ALBUM');
  assert.equal(link.userId, me.userId);
  assert.equal(Buffer.from(link.key, 'base64url').length, 50);
  assert.deepEqual([link.password, link.slug, link.expiresAt, link.assets], [null, null, null, []]);
  assert.deepEqual([link.allowUpload, link.allowDownload, link.showMetadata], [true, true, true]);
  assert.equal(link.album.id, album);
  const mine = await getMySharedLink({ key: link.key }, visitor());
  assert.equal(mine.id, link.id);
  assert.equal(mine.album.albumName, 'Sea');
  const hex = Buffer.from(link.key, 'base64url').toString('hex');
  assert.equal((await getMySharedLink({ key: hex }, visitor())).id, link.id);
  const shown = await getAlbumInfo({ id: album, key: link.key }, visitor());
  assert.equal(shown.hasSharedLink, true);
  assert.deepEqual(shown.albumUsers.map(({ user, role }) => [user.name, user.email, role]), [['First', '', 'owner']]);
  const asset = await getAssetInfo({ id, key: link.key }, visitor());
  assert.equal(asset.isFavorite, false);
  assert.equal(asset.originalFileName, 'IMG_1.jpg');
  assert.equal(asset.exifInfo.make, 'Acme');
  const original = await server.request(`/api/assets/${id}/original?key=${link.key}`, { raw: true });
  assert.ok(original.body.equals(bytes));
  assert.equal(await look(`assets/${id}/thumbnail`, link), 200);
  assert.deepEqual(await getTimeBuckets({ albumId: album, key: link.key }, visitor()), [{ timeBucket: '2024-08-01', count: 1 }]);
  const bucket = await getTimeBucket({ albumId: album, key: link.key, timeBucket: '2024-08-01' }, visitor());
  assert.deepEqual(bucket.id, [id]);
  assert.deepEqual(bucket.isFavorite, [false]);
  const found = await searchAssets({ key: link.key, metadataSearchDto: { albumIds: [album] } }, visitor());
  assert.deepEqual(found.assets.items.map((one) => one.id), [id]);
  const info = await getDownloadInfo({ key: link.key, downloadInfoDto: { albumId: album } }, visitor());
  assert.deepEqual(info.archives.map((one) => one.assetIds), [[id]]);
  const archive = await downloadArchive({ key: link.key, downloadArchiveDto: { assetIds: [id] } }, visitor());
  assert.ok(archive.size > bytes.length);
  const all = await server.request(`/api/shared-links/me/archive?key=${link.key}`, { raw: true });
  assert.equal(all.body.length, archive.size);
  assert.match(all.headers.get('content-disposition'), /^attachment; filename="Sea.zip"/);
  // By headers as well, and whoever is signed in beside the link is nobody else.
  assert.equal((await server.request('/api/shared-links/me', { headers: { 'x-immich-share-key': link.key } })).status, 200);
  assert.equal(await look(`assets/${other}`, link), 400);
  assert.equal(await look(`assets/${other}`, link, { session: me }), 400);
  for (const path of [`assets/${other}/original`, `assets/${other}/thumbnail`, `assets/${other}/video/playback`, 'timeline/buckets']) assert.equal(await look(path, link), 400, path);
  for (const json of [{ assetIds: [other] }, { userId: me.userId }]) assert.equal(await look('download/info', link, { method: 'POST', json }), 400);
  assert.equal(await look('download/archive', link, { method: 'POST', json: { assetIds: [id, other] } }), 400);
  assert.equal(await look('search/metadata', link, { method: 'POST', json: {} }), 400);
  for (const more of [{ originalPath: 'First' }, { tagIds: [id] }, { personIds: [id] }]) assert.equal(await look('search/metadata', link, { method: 'POST', json: { albumIds: [album], ...more } }), 403);
  // All else is closed.
  for (const path of ['albums', 'users/me', 'shared-links', 'assets/statistics', `assets/${id}/proof`, `assets/${id}/sidecar`, 'sessions']) assert.equal(await look(path, link), 403, path);
  for (const [method, path, json] of [['PUT', `assets/${id}`, { isFavorite: false }], ['DELETE', 'assets', { ids: [id] }], ['PUT', `albums/${album}`, { albumName: 'x' }], ['PUT', `albums/${album}/assets`, { ids: [other] }]])
    assert.equal(await look(path, link, { method, json }), 403, path);
});

test('what is in the trash or under lock is not shown, nor what left the album', async () => {
  const ids = [await store(), await store(), await store()];
  const album = await newAlbum(ids);
  const link = await create({ type: 'ALBUM', albumId: album });
  const seen = async () => (await searchAssets({ key: link.key, metadataSearchDto: { albumIds: [album], withDeleted: true } }, visitor())).assets.items.length;
  assert.equal(await seen(), 3);
  await server.request('/api/assets', { method: 'DELETE', json: { ids: [ids[0]] }, session: me });
  await server.request('/api/assets', { method: 'PUT', json: { ids: [ids[1]], visibility: 'locked' }, session: me });
  await server.request(`/api/albums/${album}/assets`, { method: 'DELETE', json: { ids: [ids[2]] }, session: me });
  assert.equal(await seen(), 0);
  for (const id of ids) assert.equal(await look(`assets/${id}/original`, link), 400);
});

test('a list of photos is a link of its own', async () => {
  const [a, b, c] = [await store(jpeg(), 'a.jpg', { fileCreatedAt: '2024-01-01T00:00:00Z' }), await store(jpeg(), 'b.jpg', { fileCreatedAt: '2024-01-02T00:00:00Z' }), await store()];
  const link = await create({ type: 'INDIVIDUAL', assetIds: [b, a], allowUpload: false });
  assert.deepEqual(link.assets.map((one) => one.id), [a, b]);
  assert.equal(link.album, undefined);
  assert.equal(await look(`assets/${a}/original`, link), 200);
  assert.equal(await look(`assets/${c}/original`, link), 400);
  const added = await addSharedLinkAssets({ id: link.id, assetIdsDto: { assetIds: [c, a, link.id] } }, as());
  assert.deepEqual(added, [{ assetId: c, success: true }, { assetId: a, success: false, error: 'duplicate' }, { assetId: link.id, success: false, error: 'no_permission' }]);
  assert.equal(await look(`assets/${c}/original`, link), 200);
  const removed = await removeSharedLinkAssets({ id: link.id, assetIdsDto: { assetIds: [a, a] } }, as());
  assert.deepEqual(removed.map((one) => one.error), [undefined, 'not_found']);
  assert.equal(await look(`assets/${a}/original`, link), 400);
  const album = await create({ type: 'ALBUM', albumId: await newAlbum([a]) });
  const wrong = await server.request(`/api/shared-links/${album.id}/assets`, { method: 'PUT', json: { assetIds: [b] }, session: me });
  assert.deepEqual([wrong.status, wrong.body.message], [400, 'Invalid shared link type']);
});

test('both halves of a Live Photo are shown', async () => {
  const motion = await store(film(), 'live.mp4', { visibility: 'hidden' });
  const still = await store(jpeg(), 'live.jpg', { livePhotoVideoId: motion });
  const link = await create({ type: 'INDIVIDUAL', assetIds: [still] });
  assert.equal(await look(`assets/${motion}/video/playback`, link), 200);
  assert.equal(await look(`assets/${motion}`, link), 200);
  const { body } = await server.request(`/api/shared-links/me/archive?key=${link.key}`, { raw: true });
  for (const name of ['live.jpg', 'live.mp4']) assert.ok(body.includes(name));
});

test('without downloads nobody gets an original', async () => {
  const bytes = jpeg();
  const id = await store(bytes);
  await ready(id);
  const album = await newAlbum([id]);
  const link = await create({ type: 'ALBUM', albumId: album, allowDownload: false });
  assert.equal(await look(`assets/${id}`, link), 200);
  assert.equal(await look(`assets/${id}/original`, link), 400);
  assert.equal(await look('download/info', link, { method: 'POST', json: { albumId: album } }), 400);
  assert.equal(await look('download/archive', link, { method: 'POST', json: { assetIds: [id] } }), 400);
  assert.equal(await look('shared-links/me/archive', link), 400);
  const whole = await server.request(`/api/assets/${id}/thumbnail?size=fullsize&key=${link.key}`, { raw: true });
  assert.equal(whole.status, 200);
  assert.notEqual(sha256(whole.body), sha256(bytes));
  await updateSharedLink({ id: link.id, sharedLinkEditDto: { allowDownload: true } }, as());
  assert.equal(await look(`assets/${id}/original`, link), 200);
});

test('without metadata nothing tells what, when and where', async () => {
  const bytes = jpeg({ exif: EXIF });
  const id = await store(bytes, 'Secret party.jpg');
  const video = await store(film({ seconds: 2 }), 'Secret film.mp4');
  await ready(id);
  await ready(video);
  const album = await newAlbum([id, video]);
  const link = await create({ type: 'ALBUM', albumId: album, showMetadata: false });
  assert.equal(link.allowDownload, false); // an original would tell all
  const answers = [
    await getAssetInfo({ id, key: link.key }, visitor()),
    await getTimeBuckets({ albumId: album, key: link.key }, visitor()),
    await getTimeBucket({ albumId: album, key: link.key, timeBucket: '1970-01-01', withCoordinates: true }, visitor()),
    await searchAssets({ key: link.key, metadataSearchDto: { albumIds: [album], withExif: true, order: 'asc' } }, visitor()),
    await getAlbumInfo({ id: album, key: link.key }, visitor()),
    await getMySharedLink({ key: link.key }, visitor()),
  ];
  const { id: ids } = answers[2];
  assert.equal(ids.length, 2);
  delete answers[4].createdAt, delete answers[4].updatedAt, delete answers[5].createdAt, delete answers[5].album.createdAt, delete answers[5].album.updatedAt;
  const text = JSON.stringify(answers);
  for (const secret of ['Secret', '2024-08-01', 'Acme', '"latitude":4', '47.3', 'first@']) assert.ok(!text.includes(secret), `${secret} in ${text}`);
  assert.deepEqual(answers[1], [{ timeBucket: '1970-01-01', count: 2 }]);
  assert.deepEqual((await getTimeBucket({ albumId: album, key: link.key, timeBucket: '2024-08-01' }, visitor())).id, []);
  for (const more of [{ make: 'Acme' }, { takenAfter: '2020-01-01T00:00:00Z' }, { originalFileName: 'Secret' }])
    assert.equal(await look('search/metadata', link, { method: 'POST', json: { albumIds: [album], ...more } }), 403);
  assert.equal(await look(`assets/${id}/original`, link), 400);
  const { status, headers } = await server.request(`/api/assets/${id}/thumbnail?size=preview&key=${link.key}`, { raw: true });
  assert.deepEqual([status, headers.get('last-modified'), headers.get('content-disposition')], [200, null, null]);
  assert.match(headers.get('etag'), /^"[0-9a-f]{32}"$/); // nothing in it that can be read, such as when the picture was made
  assert.ok(!headers.get('etag').includes(sha256(bytes).slice(0, 8)));
  assert.equal(await look(`assets/${video}/video/playback`, link), 403); // the original, which browsers could play
  const list = await create({ type: 'INDIVIDUAL', assetIds: [id], showMetadata: false });
  assert.ok(!JSON.stringify((await getMySharedLink({ key: list.key }, visitor())).assets).includes('Secret'));
  assert.ok(JSON.stringify((await getSharedLinkById({ id: list.id }, as())).assets).includes('Secret')); // its owner knows
});

test('nothing that only the owner is told can be searched for, or is told beside a photo', async () => {
  const [shown, hidden] = [await store(jpeg({ exif: EXIF })), await store(jpeg({ exif: EXIF }))];
  await ready(shown);
  await ready(hidden);
  const stack = await createStack({ stackCreateDto: { assetIds: [hidden, shown] } }, as());
  const album = await newAlbum([shown]);
  const link = await create({ type: 'ALBUM', albumId: album });
  const found = async (more, opts, key) => (await searchAssets({ key, metadataSearchDto: { albumIds: [album], ...more } }, opts)).assets.items;
  const { originalPath } = await getAssetInfo({ id: shown }, as());
  assert.equal((await found({ originalPath }, as())).length, 1);
  for (const part of [originalPath, 'first@']) assert.equal(await look('search/metadata', link, { method: 'POST', json: { albumIds: [album], originalPath: part } }), 403, part);
  const month = { albumId: album, timeBucket: '2024-08-01', withStacked: true };
  assert.deepEqual((await getTimeBucket(month, as())).stack, [[stack.id, '2']]);
  const answers = [
    await getAssetInfo({ id: shown, key: link.key }, visitor()),
    await getTimeBucket({ ...month, key: link.key }, visitor()),
    // Who stands behind another is shown, as of the stack nothing is told.
    await found({ withStacked: false }, visitor(), link.key),
  ];
  assert.deepEqual([answers[0].stack, answers[1].stack, answers[2].map((one) => one.id)], [null, [null], [shown]]);
  for (const secret of [hidden, stack.id]) assert.ok(!JSON.stringify(answers).includes(secret));
});

test('a link runs out', async () => {
  const id = await store();
  const link = await create({ type: 'INDIVIDUAL', assetIds: [id], expiresAt: new Date(Date.now() + 1500).toISOString() });
  assert.equal(await look('shared-links/me', link), 200);
  await delay(1600);
  const { status, body } = await server.request(`/api/shared-links/me?key=${link.key}`);
  assert.deepEqual([status, body.message], [401, 'This link has expired']);
  assert.equal(await look(`assets/${id}/original`, link), 401);
  const again = await updateSharedLink({ id: link.id, sharedLinkEditDto: { expiresAt: null } }, as());
  assert.equal(again.expiresAt, null);
  assert.equal(await look(`assets/${id}/original`, link), 200);
});

test('a password is asked for, once a day', async () => {
  const id = await store();
  const link = await create({ type: 'INDIVIDUAL', assetIds: [id], password: 'sea' });
  assert.notEqual(link.password, 'sea');
  assert.ok(link.password);
  const refused = await server.request(`/api/shared-links/me?key=${link.key}`);
  assert.deepEqual([refused.status, refused.body.message], [401, 'Password required']);
  assert.equal(await look(`assets/${id}/original`, link), 401);
  const login = (password, { on = link, cookie } = {}) => server.request(`/api/shared-links/login?key=${on.key}`, { method: 'POST', json: { password }, headers: cookie ? { cookie } : {} });
  const wrong = await login('see');
  assert.deepEqual([wrong.status, wrong.body.message], [401, 'Invalid password']);
  const right = await login('sea');
  assert.equal(right.status, 201);
  assert.equal(right.body.id, link.id);
  const [line] = setCookies(right.headers);
  assert.match(line, /^immich_shared_link_token=[^;]+; Path=\/; Max-Age=86400; SameSite=Lax; HttpOnly$/);
  const cookie = line.split(';')[0];
  const opened = (on, value) => look('shared-links/me', on, { headers: { cookie: value } });
  assert.equal(await opened(link, cookie), 200);
  assert.equal(await look(`assets/${id}/original`, link, { headers: { cookie } }), 200);
  for (const bad of ['immich_shared_link_token=', 'immich_shared_link_token=9999999999.aa', cookie.replace(/.$/, (last) => (last === '0' ? '1' : '0'))]) assert.equal(await opened(link, bad), 401, bad);
  // A token opens its own link alone, and the cookie holds those of several.
  const second = await create({ type: 'INDIVIDUAL', assetIds: [id], password: 'sea' });
  assert.equal(await opened(second, cookie), 401);
  const both = setCookies((await login('sea', { on: second, cookie })).headers)[0].split(';')[0];
  assert.equal(await opened(link, both), 200);
  assert.equal(await opened(second, both), 200);
  // What stands for the password, sent back, changes nothing; another password ends the tokens; none opens the link.
  await updateSharedLink({ id: link.id, sharedLinkEditDto: { password: link.password, description: 'x' } }, as());
  assert.equal(await opened(link, cookie), 200);
  await updateSharedLink({ id: link.id, sharedLinkEditDto: { password: 'ocean' } }, as());
  assert.equal(await opened(link, cookie), 401);
  assert.equal((await login('sea')).status, 401);
  assert.equal((await login('ocean')).status, 201);
  assert.equal((await updateSharedLink({ id: link.id, sharedLinkEditDto: { password: null } }, as())).password, null);
  assert.equal(await look('shared-links/me', link), 200);
  assert.equal((await login('x')).status, 400);
});

test('who guesses a password has to wait', async () => {
  const link = await create({ type: 'INDIVIDUAL', assetIds: [await store()], password: 'right' });
  let status;
  for (let i = 0; i < 12 && status !== 503 && status !== 429; i++)
    ({ status } = await server.request(`/api/shared-links/login?key=${link.key}`, { method: 'POST', json: { password: `guess ${i}` } }));
  assert.ok(status === 503 || status === 429, `answered ${status}`);
});

test('a slug is a key that people can read', async () => {
  const id = await store();
  const link = await create({ type: 'INDIVIDUAL', assetIds: [id], slug: 'Zürich-2024' });
  assert.equal((await getMySharedLink({ slug: 'Zürich-2024' }, visitor())).id, link.id);
  assert.equal((await server.request(`/api/assets/${id}/original?slug=${encodeURIComponent('Zürich-2024')}`)).status, 200);
  assert.equal((await server.request('/api/shared-links/me', { headers: { 'x-immich-share-slug': 'nothing' } })).status, 401);
  const post = (json) => server.request('/api/shared-links', { method: 'POST', json: { type: 'INDIVIDUAL', assetIds: [id], ...json }, session: me });
  const taken = await post({ slug: 'Zürich-2024' });
  assert.deepEqual([taken.status, taken.body.message], [400, 'Shared link with this slug already exists']);
  assert.equal((await post({ slug: 'a/b' })).status, 400);
  assert.equal((await post({ slug: '' })).body.slug, null);
  await updateSharedLink({ id: link.id, sharedLinkEditDto: { slug: null } }, as());
  assert.equal((await server.request(`/api/shared-links/me?slug=${encodeURIComponent('Zürich-2024')}`)).status, 401);
});

test('visitors add photos where they may', async () => {
  const album = await newAlbum([await store()]);
  const link = await create({ type: 'ALBUM', albumId: album });
  const put = async (on, bytes, fields = {}, name = 'guest.jpg') => {
    const form = new FormData();
    for (const [field, value] of Object.entries({ fileCreatedAt: '2024-08-01T10:00:00Z', fileModifiedAt: '2024-08-01T10:00:00Z', ...fields })) form.append(field, value, ...(value instanceof Blob ? ['side.xmp'] : []));
    form.append('assetData', new Blob([bytes]), name);
    return server.request(`/api/assets?key=${on.key}`, { method: 'POST', body: form });
  };
  const bytes = jpeg();
  const { status, body } = await put(link, bytes, { isFavorite: 'true', visibility: 'archive' });
  assert.equal(status, 201, JSON.stringify(body));
  const mine = await getAssetInfo({ id: body.id }, as());
  assert.equal(mine.ownerId, me.userId);
  assert.deepEqual([mine.isFavorite, mine.visibility], [false, 'timeline']);
  assert.equal(await look(`assets/${body.id}`, link), 200);
  assert.equal((await put(link, bytes)).status, 200);
  // What the owner has already is shown, too; and a side file changes nothing of it.
  const own = jpeg();
  const ownId = await store(own, 'own.jpg');
  const xmp = new Blob(['<x:xmpmeta xmlns:x="adobe:ns:meta/"><rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#"/></x:xmpmeta>']);
  assert.equal((await put(link, own, { sidecarData: xmp })).body.id, ownId);
  assert.equal(await look(`assets/${ownId}`, link), 200);
  assert.equal((await server.request(`/api/assets/${ownId}/sidecar`, { session: me })).status, 404);
  assert.equal((await put(link, Buffer.from('<x:xmpmeta xmlns:x="adobe:ns:meta/"/>'), {}, 'own.jpg.xmp')).status, 415);
  // A video of the album does not become a motion half by a visitor's word.
  const video = await store(film({ seconds: 3 }), 'film.mp4');
  await addAssetsToAlbum({ id: album, bulkIdsDto: { ids: [video] } }, as());
  await put(link, jpeg(), { livePhotoVideoId: video });
  assert.equal((await getAssetInfo({ id: video }, as())).visibility, 'timeline');
  const list = await create({ type: 'INDIVIDUAL', assetIds: [ownId] });
  const added = await put(list, jpeg());
  assert.equal(added.status, 201);
  assert.ok((await getMySharedLink({ key: list.key }, visitor())).assets.some((one) => one.id === added.body.id));
  const closed = await create({ type: 'ALBUM', albumId: album, allowUpload: false });
  const refused = await put(closed, jpeg());
  assert.deepEqual([refused.status, refused.body.message], [403, 'This link does not allow uploads']);
});

test('an upload that is on its way when its link ends is refused', async () => {
  const kept = await store();
  const album = await newAlbum([kept]);
  const count = async () => (await server.request('/api/assets/statistics', { session: me })).body.total;
  /** Sends all but the end of an upload, does @meanwhile, sends the end. */
  const slowly = (link, meanwhile) => new Promise((settle, fail) => {
    const field = (name, value, more = '') => `--x\r\nContent-Disposition: form-data; name="${name}"${more}\r\n\r\n${value}\r\n`;
    const times = field('fileCreatedAt', '2024-08-01T00:00:00Z') + field('fileModifiedAt', '2024-08-01T00:00:00Z');
    const body = Buffer.concat([Buffer.from(times + field('assetData', '', '; filename="late.jpg"').slice(0, -2)), jpeg()]);
    const call = http.request(`${server.url}/api/assets?key=${link.key}`, { method: 'POST', headers: { 'content-type': 'multipart/form-data; boundary=x' } }, (answer) => answer.resume().on('end', () => settle(answer.statusCode)));
    call.on('error', fail);
    call.write(body, () => delay(100).then(meanwhile).then(() => call.end('\r\n--x--\r\n'), fail));
  });
  const edit = (sharedLinkEditDto) => (link) => updateSharedLink({ id: link.id, sharedLinkEditDto }, as());
  const ends = [
    [(link) => removeSharedLink({ id: link.id }, as()), 401],
    [edit({ expiresAt: '2020-01-01T00:00:00Z' }), 401],
    [edit({ password: 'new' }), 401],
    [edit({ allowUpload: false }), 403],
    [edit({ description: 'still good' }), 201],
  ];
  for (const wanted of [{ type: 'ALBUM', albumId: album }, { type: 'INDIVIDUAL', assetIds: [kept] }])
    for (const [end, status] of ends) {
      const before = await count();
      const link = await create(wanted);
      assert.equal(await slowly(link, () => end(link)), status, `${wanted.type} ${end}`);
      assert.equal(await count(), before + (status === 201));
    }
});

test('owners keep their links, and nobody else', async () => {
  const other = await server.addUser();
  const id = await store();
  const album = await newAlbum([id]);
  const link = await create({ type: 'ALBUM', albumId: album });
  assert.deepEqual((await getAllSharedLinks({ albumId: album }, as())).map((one) => one.id), [link.id]);
  assert.deepEqual((await getAllSharedLinks({ id: link.id }, as())).length, 1);
  assert.deepEqual(await getAllSharedLinks({}, as(other)), []);
  const refused = async (method, path, json) => {
    const { status, body } = await server.request(`/api/shared-links/${path}`, { method, json, session: other });
    assert.equal(status, 400, `${method} ${path}`);
    assert.match(body.message, /^Not found or no sharedLink\.\w+ access$/);
  };
  await refused('GET', link.id);
  await refused('PATCH', link.id, { description: 'x' });
  await refused('DELETE', link.id);
  await refused('PUT', `${link.id}/assets`, { assetIds: [id] });
  for (const json of [{ type: 'ALBUM', albumId: album }, { type: 'INDIVIDUAL', assetIds: [id] }, { type: 'ALBUM' }, { type: 'INDIVIDUAL' }, { type: 'ALL' }])
    assert.equal((await server.request('/api/shared-links', { method: 'POST', json, session: other })).status, 400, JSON.stringify(json));
  await removeSharedLink({ id: link.id }, as());
  const gone = await server.request(`/api/shared-links/me?key=${link.key}`);
  assert.deepEqual([gone.status, gone.body.message], [401, 'Invalid share key']);
  assert.equal((await getAlbumInfo({ id: album }, as())).hasSharedLink, false);
});

test('a link goes with its album and with its owner', async () => {
  const album = await newAlbum([await store()]);
  const link = await create({ type: 'ALBUM', albumId: album });
  await deleteAlbum({ id: album }, as());
  assert.equal(await look('shared-links/me', link), 401);
  const other = await server.addUser();
  const theirs = await create({ type: 'INDIVIDUAL', assetIds: [await store(jpeg(), 'x.jpg', {}, other)] }, other);
  assert.equal(await look('shared-links/me', theirs), 200);
  assert.equal((await server.cli(['user', 'delete', '--email', other.email, '--with-photos'])).code, 0);
  assert.equal(await look('shared-links/me', theirs), 401);
});
