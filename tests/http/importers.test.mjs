// SPDX-License-Identifier: GPL-3.0-or-later
//
// What immich-go, ImmichFrame and immich-kiosk are documented to ask, in their order and with the keys that docs/phones.md
// tells people to make. The programs themselves are not here: these are their requests, and what they read of the answers.
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { runProgram, startServer } from './server.mjs';
import { jpeg, sha1 } from './photo.mjs';

let server, me, offered;
before(async () => {
  server = await startServer();
  me = await server.signUp();
  const { stdout } = await runProgram(['routes']);
  offered = new Set(stdout.trim().split('\n').map((line) => line.split('\t').slice(0, 2).join(' ')));
});
after(() => server.stop());

/** Asks with an API key; any answer but a good one fails. */
async function ask(key, method, path, json) {
  const { status, body } = await server.request(`/api${path}`, { method, key, json });
  assert.ok(status >= 200 && status < 300, `${method} ${path}: ${status} ${JSON.stringify(body)}`);
  return body;
}

/** A key made as people are told to. */
async function keyOf(permissions) {
  const words = ['key', 'add', '--user', me.email, ...permissions.flatMap((one) => ['-p', one])];
  const { code, stdout, stderr } = await server.cli(words);
  assert.equal(code, 0, stderr);
  return /([A-Za-z0-9_-]{43})/.exec(stdout)[1];
}

describe('immich-go', () => {
  let key;
  const jobs = ['thumbnailGeneration', 'metadataExtraction', 'videoConversion', 'faceDetection', 'smartSearch'];
  const photos = [0, 1, 2].map((i) => ({ name: `IMG_000${i}.jpg`, bytes: jpeg({ exif: { date: `2023:05:0${i + 1} 10:00:00` } }) }));
  const ids = [];

  /** The whole library, page by page, as its own index wants it. */
  async function index() {
    const all = [];
    for (const visibility of ['archive', 'timeline', 'hidden']) {
      for (const trashed of [{}, { trashedAfter: '0001-01-01T00:00:00.000Z' }]) {
        for (let page = '1'; page; ) {
          const { assets } = await ask(key, 'POST', '/search/metadata', { page: Number(page), size: 2, withExif: true, visibility, ...trashed });
          assert.ok(assets.nextPage === null || typeof assets.nextPage === 'string', 'the next page is a number in quotes');
          all.push(...assets.items);
          page = assets.nextPage;
        }
      }
    }
    return all;
  }

  const upload = (photo, more = {}) => server.upload(photo.bytes, {
    key, name: photo.name, announce: true,
    fields: { deviceAssetId: `${photo.name}-${photo.bytes.length}`, deviceId: 'immich-go', duration: '00:00:00.000000', fileCreatedAt: '2023-05-01T10:00:00Z', fileModifiedAt: '2023-05-01T10:00:00Z', ...more },
  });

  test('finds out where it is', async () => {
    key = await keyOf(['all']);
    assert.deepEqual(await ask(key, 'GET', '/server/ping'), { res: 'pong' });
    assert.equal((await ask(key, 'GET', '/users/me')).email, me.email);
    const types = await ask(key, 'GET', '/server/media-types');
    assert.ok(types.image.includes('.jpg') && types.sidecar.includes('.xmp'));
    assert.match((await ask(key, 'GET', '/server/about')).version, /^v\d+\.\d+\.\d+$/);
    assert.equal(typeof (await ask(key, 'GET', '/assets/statistics')).total, 'number');
    assert.deepEqual(await index(), []);
  });

  test('pauses the jobs, uploads, and lets them go on', async () => {
    const queues = await ask(key, 'GET', '/jobs');
    for (const name of jobs) assert.equal(queues[name].queueStatus.isPaused, false, name);
    for (const name of jobs) assert.equal((await ask(key, 'PUT', `/jobs/${name}`, { command: 'pause', force: false })).queueStatus.isPaused, true, name);
    for (const photo of photos) {
      const { status, body } = await upload(photo);
      assert.deepEqual([status, body.status], [201, 'created']);
      ids.push(body.id);
    }
    const again = await upload(photos[0]); // before the body, by the header with its checksum
    assert.deepEqual([again.status, again.body], [200, { id: ids[0], status: 'duplicate' }]);
    for (const name of jobs) await ask(key, 'PUT', `/jobs/${name}`, { command: 'resume', force: false });
    await server.until(async () => (await index()).every((asset) => asset.thumbhash), { what: 'the pictures' });
  });

  test('knows what is there by checksum, and by name and size', async () => {
    const found = new Map((await index()).map((asset) => [asset.checksum, asset]));
    assert.equal(found.size, 3);
    for (const { name, bytes } of photos) {
      const asset = found.get(Buffer.from(sha1(bytes), 'hex').toString('base64'));
      assert.deepEqual([asset.originalFileName, asset.exifInfo.fileSizeInByte, asset.isTrashed, asset.duration], [name, bytes.length, false, null]);
      assert.match(asset.exifInfo.dateTimeOriginal, /^2023-05-0/);
    }
  });

  test('puts them into albums, and says more of them', async () => {
    const made = await ask(key, 'POST', '/albums', { albumName: 'Takeout', description: 'from elsewhere' });
    assert.deepEqual((await ask(key, 'PUT', `/albums/${made.id}/assets`, { ids })).map((one) => one.success), [true, true, true]);
    assert.equal((await ask(key, 'GET', '/albums')).find((one) => one.albumName === 'Takeout').assetCount, 3);
    assert.equal((await ask(key, 'GET', `/albums/${made.id}`)).id, made.id);
    await ask(key, 'PUT', `/assets/${ids[0]}`, { description: 'words', rating: 4, latitude: 47.5, longitude: 8.5, isFavorite: true });
    await ask(key, 'PUT', '/assets', { ids: [ids[1]], visibility: 'archive' });
    const one = await ask(key, 'GET', `/assets/${ids[0]}`);
    assert.deepEqual([one.exifInfo.description, one.exifInfo.rating, one.isFavorite], ['words', 4, true]);
    assert.ok((await server.original(ids[0], { key })).equals(photos[0].bytes));
  });

  test('tags and stacks them', async (t) => {
    if (!offered.has('PUT /api/tags') || !offered.has('POST /api/stacks')) return t.skip('this server has no tags and stacks yet');
    const tags = await ask(key, 'PUT', '/tags', { tags: ['immich-go/2023', 'People/Marie'] });
    assert.deepEqual(tags.map((tag) => tag.value), ['immich-go/2023', 'People/Marie']);
    assert.ok((await ask(key, 'PUT', `/tags/${tags[0].id}/assets`, { ids })).every((one) => one.success));
    assert.equal((await ask(key, 'PUT', '/tags/assets', { tagIds: [tags[1].id], assetIds: [ids[0]] })).count, 1);
    assert.ok((await ask(key, 'GET', '/tags')).some((tag) => tag.value === 'immich-go/2023'));
    const stack = await ask(key, 'POST', '/stacks', { assetIds: [ids[2], ids[0]] });
    assert.equal(stack.primaryAssetId, ids[2]);
  });

  test('replaces a worse copy by a better one', async () => {
    const better = { name: photos[0].name, bytes: jpeg({ exif: { date: '2023:05:01 10:00:00' }, bytes: 5000 }) };
    const { body } = await upload(better);
    await ask(key, 'PUT', '/assets/copy', { sourceId: ids[0], targetId: body.id });
    await ask(key, 'DELETE', '/assets', { ids: [ids[0]], force: false });
    const after_ = await ask(key, 'GET', `/assets/${body.id}`);
    assert.equal(after_.isFavorite, true);
    assert.equal((await ask(key, 'GET', '/albums')).find((one) => one.albumName === 'Takeout').assetCount, 3); // the new one, and not what lies in the trash
    assert.ok((await index()).some((asset) => asset.id === ids[0] && asset.isTrashed));
    const trashed = await upload(photos[0]);
    assert.deepEqual([trashed.status, trashed.body.id], [200, ids[0]]);
  });

  test('asks for suggestions and people, and takes an album away', async (t) => {
    assert.deepEqual(await ask(key, 'GET', '/search/suggestions?type=country'), []);
    const album = (await ask(key, 'GET', '/albums')).find((one) => one.albumName === 'Takeout');
    await ask(key, 'DELETE', `/albums/${album.id}`);
    if (!offered.has('GET /api/people')) return t.skip('this server has no people yet');
    assert.deepEqual((await ask(key, 'GET', '/people?withHidden=true')).people, []);
  });
});

describe('a photo frame', () => {
  const permissions = ['asset.read', 'asset.view', 'asset.statistics', 'album.read', 'memory.read', 'tag.read', 'person.read', 'face.read', 'user.read', 'server.about'];
  let key, id, album;
  before(async () => {
    id = (await server.upload(jpeg({ exif: { date: '2022:07:01 12:00:00' } }), { session: me, fields: { isFavorite: 'true' } })).body.id;
    album = (await server.request('/api/albums', { method: 'POST', session: me, json: { albumName: 'Frame', assetIds: [id] } })).body;
    key = await keyOf(permissions);
    await server.until(async () => (await server.request(`/api/assets/${id}`, { session: me })).body.thumbhash, { what: 'the picture' });
  });

  test('that is ImmichFrame gets what it asks for', async (t) => {
    assert.deepEqual(await ask(key, 'GET', '/server/version'), { major: 3, minor: 2, patch: 2, prerelease: null });
    assert.ok((await ask(key, 'GET', '/assets/statistics')).images > 0);
    const search = { page: 1, size: 1000, type: 'IMAGE', withExif: true, withPeople: true };
    assert.ok((await ask(key, 'POST', '/search/metadata', { ...search, albumIds: [album.id] })).assets.items.some((asset) => asset.id === id));
    assert.ok((await ask(key, 'POST', '/search/metadata', { ...search, isFavorite: true })).assets.items.some((asset) => asset.id === id));
    const random = await ask(key, 'POST', '/search/random', { size: 250, type: 'IMAGE', visibility: 'timeline', withExif: true });
    assert.ok(random.length > 0);
    assert.ok((await ask(key, 'GET', '/albums')).some((one) => one.id === album.id));
    assert.equal((await ask(key, 'GET', `/assets/${id}`)).exifInfo.dateTimeOriginal.slice(0, 10), '2022-07-01');
    const picture = await server.request(`/api/assets/${id}/thumbnail?size=preview`, { key, raw: true });
    assert.deepEqual([picture.status, picture.headers.get('content-type')], [200, 'image/jpeg']);
    for (const path of ['/memories?for=2024-07-01', '/tags', `/faces?id=${id}`]) {
      if (offered.has(`GET /api${path.split('?')[0]}`)) assert.ok(Array.isArray(await ask(key, 'GET', path)), path);
      else t.diagnostic(`${path} is not offered yet`);
    }
  });

  test('that is immich-kiosk gets what it asks for besides', async (t) => {
    assert.equal((await ask(key, 'GET', '/server/about')).version, 'v3.2.2');
    assert.equal((await ask(key, 'GET', '/server/ping')).res, 'pong');
    assert.equal((await ask(key, 'GET', '/users/me')).email, me.email);
    assert.equal((await ask(key, 'GET', `/albums/${album.id}`)).assetCount, 1);
    const [asset] = (await ask(key, 'POST', '/search/metadata', { albumIds: [album.id] })).assets.items;
    assert.ok(asset.duration === null || Number.isInteger(asset.duration));
    if (offered.has('GET /api/people')) assert.equal((await ask(key, 'GET', '/people')).total, 0);
    else t.diagnostic('/people is not offered yet');
  });

  test('may do no more than look', async () => {
    for (const [method, path, json] of [['PUT', `/assets/${id}`, { isFavorite: false }], ['DELETE', '/assets', { ids: [id] }], ['POST', '/albums', { albumName: 'x' }], ['GET', `/assets/${id}/original`]]) {
      assert.equal((await server.request(`/api${path}`, { method, key, json })).status, 403, `${method} ${path}`);
    }
  });
});
