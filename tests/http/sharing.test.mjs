// SPDX-License-Identifier: GPL-3.0-or-later
//
// Sharing with other accounts of the server: albums and partners, and what each then sees. Who may call what at all
// stands in authorisation.test.mjs.
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { jpeg } from './photo.mjs';
import { startServer } from './server.mjs';

let server, ann, bob, cat;
before(async () => {
  server = await startServer();
  ann = await server.signUp({ email: 'ann@example.org', name: 'Ann' });
  bob = await server.addUser({ email: 'bob@example.org', name: 'Bob' });
  cat = await server.addUser({ email: 'cat@example.org', name: 'Cat' });
});
after(() => server?.stop());

const send = (session, method, path, json) => server.request(`/api${path}`, { method, json, session });
const get = (session, path) => send(session, 'GET', path);
/** The body of an answer that must be good. */
async function ok(session, method, path, json) {
  const { status, body } = await send(session, method, path, json);
  assert.ok(status >= 200 && status < 300, `${method} ${path}: ${status} ${JSON.stringify(body)}`);
  return body;
}
async function photo(session, fields = {}, name = 'photo.jpg') {
  const { status, body } = await server.upload(jpeg(), { session, fields, name });
  assert.equal(status, 201);
  return body.id;
}
/** What comes of each way to look at asset @id. */
async function looks(session, id) {
  const paths = ['', '/original', '/thumbnail', '/video/playback', '/proof'];
  return Promise.all(paths.map(async (path) => (await get(session, `/assets/${id}${path}`)).status));
}
const found = async (session, wish) => (await ok(session, 'POST', '/search/metadata', wish)).assets.items;
const inTimeline = async (session, query) => {
  const months = await ok(session, 'GET', `/timeline/buckets?${query}`);
  const buckets = await Promise.all(months.map((month) => ok(session, 'GET', `/timeline/bucket?${query}&timeBucket=${month.timeBucket}`)));
  assert.deepEqual(months.map((month) => month.count), buckets.map((bucket) => bucket.id.length));
  return buckets.flatMap((bucket) => bucket.id.map((id, i) => ({ id, ownerId: bucket.ownerId[i], isFavorite: bucket.isFavorite[i] })));
};
const ready = () => server.cli(['jobs', '--wait']);

describe('albums', () => {
  let album, hers;
  before(async () => {
    hers = await photo(ann, { isFavorite: 'true' });
    await ready();
  });

  test('a new album is shared with whom it names, and shows them what is in it', async () => {
    assert.deepEqual(await looks(bob, hers), [400, 400, 400, 400, 400]);
    album = await ok(ann, 'POST', '/albums', { albumName: 'Sea', assetIds: [hers], albumUsers: [{ userId: bob.userId, role: 'viewer' }] });
    assert.deepEqual(album.albumUsers.map(({ user, role }) => [user.name, role]), [['Ann', 'owner'], ['Bob', 'viewer']]);
    assert.equal(album.shared, true);
    assert.deepEqual(album.contributorCounts, [{ userId: ann.userId, assetCount: 1 }]);
    assert.deepEqual(await looks(bob, hers), [200, 200, 200, 404, 400], 'the proof is for the owner; a photo is no video');
    assert.deepEqual(await looks(cat, hers), [400, 400, 400, 400, 400]);
    const { body: seen } = await get(bob, `/assets/${hers}`);
    assert.deepEqual([seen.ownerId, seen.isFavorite, seen.originalPath], [ann.userId, false, 'photo.jpg']);
    assert.equal((await get(ann, `/assets/${hers}`)).body.isFavorite, true);
  });

  test('members find it in lists, timeline, search and downloads', async () => {
    const mine = await ok(bob, 'GET', `/albums/${album.id}`);
    assert.deepEqual([mine.assetCount, mine.albumThumbnailAssetId], [1, hers]);
    const lists = ['', '?isOwned=true', '?isOwned=false', '?isShared=true', '?isShared=false', `?assetId=${hers}`];
    const lengths = async (who) => Promise.all(lists.map(async (query) => (await ok(who, 'GET', `/albums${query}`)).length));
    assert.deepEqual(await lengths(ann), [1, 1, 0, 1, 0, 1]);
    assert.deepEqual(await lengths(bob), [1, 0, 1, 1, 0, 1]);
    assert.deepEqual(await lengths(cat), [0, 0, 0, 0, 0, 0]);
    assert.deepEqual(await ok(ann, 'GET', '/albums/statistics'), { owned: 1, shared: 1, notShared: 0 });
    assert.deepEqual(await ok(bob, 'GET', '/albums/statistics'), { owned: 0, shared: 1, notShared: 0 });
    assert.deepEqual(await inTimeline(bob, `albumId=${album.id}`), [{ id: hers, ownerId: ann.userId, isFavorite: false }]);
    assert.deepEqual(await inTimeline(bob, `albumId=${album.id}&isFavorite=true`), []);
    assert.deepEqual((await found(bob, { albumIds: [album.id] })).map((one) => [one.id, one.isFavorite]), [[hers, false]]);
    assert.deepEqual(await found(bob, { albumIds: [album.id], isFavorite: true }), []);
    assert.equal((await found(ann, { albumIds: [album.id], originalPath: 'ann@' })).length, 1);
    assert.deepEqual(await found(bob, { albumIds: [album.id], originalPath: 'ann@' }), [], 'the folder is not told, so it is not guessed');
    assert.deepEqual(await found(bob, {}), []);
    assert.equal((await send(cat, 'POST', '/search/metadata', { albumIds: [album.id] })).status, 400);
    assert.equal((await get(cat, `/timeline/buckets?albumId=${album.id}`)).status, 400);
    assert.deepEqual((await ok(bob, 'POST', '/download/info', { albumId: album.id })).archives[0].assetIds, [hers]);
    assert.equal((await send(cat, 'POST', '/download/info', { albumId: album.id })).status, 400);
  });

  test('what its owner hides, locks or throws away is not shown', async () => {
    for (const [json, seen] of [[{ visibility: 'archive' }, 200], [{ visibility: 'hidden' }, 400], [{ visibility: 'timeline' }, 200]]) {
      await ok(ann, 'PUT', `/assets/${hers}`, json);
      assert.equal((await get(bob, `/assets/${hers}`)).status, seen, json.visibility);
    }
    await ok(ann, 'DELETE', '/assets', { ids: [hers] });
    assert.deepEqual(await looks(bob, hers), [400, 400, 400, 400, 400]);
    assert.deepEqual(await inTimeline(bob, `albumId=${album.id}&isTrashed=true`), []);
    assert.deepEqual(await found(bob, { albumIds: [album.id], withDeleted: true }), []);
    assert.equal((await inTimeline(ann, `albumId=${album.id}&isTrashed=true`)).length, 1);
    await ok(ann, 'POST', '/trash/restore/assets', { ids: [hers] });
    assert.equal((await get(bob, `/assets/${hers}`)).status, 200);
  });

  test('a viewer changes nothing, an editor adds and removes their own', async () => {
    const his = await photo(bob);
    const refused = await send(bob, 'PUT', `/albums/${album.id}/assets`, { ids: [his] });
    assert.deepEqual([refused.status, refused.body.message], [400, 'Not found or no albumAsset.create access']);
    await ok(ann, 'PUT', `/albums/${album.id}/user/${bob.userId}`, { role: 'editor' });
    assert.equal((await ok(bob, 'GET', `/albums/${album.id}`)).albumUsers[1].role, 'editor');
    const added = await ok(bob, 'PUT', `/albums/${album.id}/assets`, { ids: [his, hers, await photo(cat)] });
    assert.deepEqual(added.map((one) => one.error), [undefined, 'duplicate', 'no_permission']);
    assert.deepEqual(await looks(ann, his), await looks(bob, hers));
    assert.deepEqual((await ok(ann, 'GET', `/albums/${album.id}`)).contributorCounts.map((one) => one.assetCount), [1, 1]);
    const removed = await ok(bob, 'DELETE', `/albums/${album.id}/assets`, { ids: [his, hers] });
    assert.deepEqual(removed.map((one) => one.error), [undefined, 'no_permission']);
    assert.equal((await get(ann, `/assets/${his}`)).status, 400);
    for (const [method, path, json] of [['PATCH', '', { albumName: 'Mine' }], ['DELETE', ''], ['PUT', '/users', { albumUsers: [{ userId: cat.userId }] }]])
      assert.equal((await send(bob, method, `/albums/${album.id}${path}`, json)).status, 400, `${method} ${path}`);
    await ok(bob, 'PUT', `/albums/${album.id}/assets`, { ids: [his] });
    assert.deepEqual((await ok(ann, 'DELETE', `/albums/${album.id}/assets`, { ids: [his] }))[0].success, true, 'the owner removes everything');
    assert.equal((await send(bob, 'DELETE', '/assets', { ids: [hers] })).status, 400);
    assert.equal((await send(bob, 'PUT', `/assets/${hers}`, { description: 'x' })).status, 400);
  });

  test('many albums at once: those that one may not add to take nothing, the others do', async () => {
    const [his, own] = [await photo(bob), await ok(bob, 'POST', '/albums', { albumName: 'Own' })];
    const add = (who, albumIds) => ok(who, 'PUT', '/albums/assets', { albumIds, assetIds: [his] });
    assert.deepEqual(await add(cat, [album.id]), { success: false, error: 'no_permission' });
    assert.deepEqual(await add(ann, [album.id]), { success: false, error: 'no_permission' }, 'the photo is not hers');
    const hidden = await ok(ann, 'POST', '/albums', { albumName: 'Hidden' });
    assert.deepEqual(await add(bob, [hidden.id, own.id, album.id]), { success: true });
    const counts = async (who, ...albums) => Promise.all(albums.map(async ({ id }) => (await ok(who, 'GET', `/albums/${id}`)).assetCount));
    assert.deepEqual(await counts(bob, own, album), [1, 2]);
    assert.deepEqual(await counts(ann, hidden), [0]);
    await ok(bob, 'DELETE', `/albums/${own.id}`);
    await ok(ann, 'DELETE', `/albums/${hidden.id}`);
  });

  test('members come and go', async () => {
    const more = await ok(ann, 'PUT', `/albums/${album.id}/users`, { albumUsers: [{ userId: cat.userId }] });
    assert.deepEqual(more.albumUsers.map(({ user, role }) => [user.name, role]), [['Ann', 'owner'], ['Bob', 'editor'], ['Cat', 'editor']]);
    assert.deepEqual((await ok(cat, 'GET', `/albums/${album.id}`)).albumUsers.map(({ user }) => user.name), ['Ann', 'Cat', 'Bob'], 'the owner, oneself, the others');
    const nobody = '00000000-0000-4000-8000-000000000000';
    for (const [json, message] of [
      [{ albumUsers: [{ userId: cat.userId }] }, 'User already added'],
      [{ albumUsers: [{ userId: nobody }] }, 'User not found'],
      [{ albumUsers: [] }, 'Validation failed'],
      [{ albumUsers: [{ userId: cat.userId, role: 'king' }] }, 'Validation failed'],
    ])
      assert.equal((await send(ann, 'PUT', `/albums/${album.id}/users`, json)).body.message, message);
    assert.equal((await send(ann, 'PUT', `/albums/${album.id}/user/${cat.userId}`, { role: 'owner' })).status, 400);
    assert.equal((await send(ann, 'DELETE', `/albums/${album.id}/user/me`)).body.message, 'Cannot remove album owner');
    assert.equal((await send(bob, 'DELETE', `/albums/${album.id}/user/${cat.userId}`)).body.message, 'Not found or no album.share access');
    assert.equal((await send(cat, 'DELETE', `/albums/${album.id}/user/me`)).status, 204);
    assert.equal((await get(cat, `/albums/${album.id}`)).status, 400);
    assert.equal((await send(ann, 'DELETE', `/albums/${album.id}/user/${bob.userId}`)).status, 204);
    assert.deepEqual(await looks(bob, hers), [400, 400, 400, 400, 400]);
    assert.equal((await ok(ann, 'GET', `/albums/${album.id}`)).shared, false);
    assert.equal((await send(ann, 'DELETE', `/albums/${album.id}/user/${bob.userId}`)).body.message, 'Album not shared with user');
  });

  test('an album that cannot be shared as asked is not made', async () => {
    const before = (await ok(ann, 'GET', '/albums')).length;
    const json = { albumName: 'Never', albumUsers: [{ userId: bob.userId }, { userId: '00000000-0000-4000-8000-000000000000', role: 'viewer' }] };
    assert.equal((await send(ann, 'POST', '/albums', json)).body.message, 'User not found');
    assert.equal((await ok(ann, 'GET', '/albums')).length, before);
    assert.deepEqual(await ok(bob, 'GET', '/albums'), []);
  });
});

describe('partners', () => {
  let hers, archived, his;
  before(async () => {
    [hers, archived, his] = [await photo(ann, { isFavorite: 'true' }), await photo(ann, { visibility: 'archive' }), await photo(bob)];
    await ready();
  });
  const timelineOf = (who) => inTimeline(bob, `userId=${who.userId}&visibility=timeline`);

  test('a partner sees the timeline and nothing else', async () => {
    assert.deepEqual(await looks(bob, hers), [400, 400, 400, 400, 400]);
    assert.equal((await get(bob, `/timeline/buckets?userId=${ann.userId}&visibility=timeline`)).status, 400);
    const made = await ok(ann, 'POST', '/partners', { sharedWithId: bob.userId });
    assert.deepEqual([made.id, made.inTimeline], [bob.userId, false]);
    assert.deepEqual(await looks(bob, hers), [200, 200, 200, 404, 400]);
    assert.deepEqual(await looks(bob, archived), [400, 400, 400, 400, 400]);
    assert.deepEqual(await looks(ann, his), [400, 400, 400, 400, 400], 'one way');
    const shown = await timelineOf(ann);
    assert.ok(shown.some((one) => one.id === hers) && shown.every((one) => one.ownerId === ann.userId && !one.isFavorite && one.id !== archived));
    for (const query of ['visibility=archive', 'visibility=locked', 'isTrashed=true', 'isFavorite=true'])
      assert.ok([400, 401].includes((await get(bob, `/timeline/buckets?userId=${ann.userId}&${query}`)).status), query);
    assert.deepEqual((await ok(bob, 'POST', '/download/info', { userId: ann.userId })).archives.flatMap((one) => one.assetIds).sort(), shown.map((one) => one.id).sort());
  });

  test('both sides are told who it is', async () => {
    const lists = async (who) => Promise.all(['shared-by', 'shared-with'].map(async (direction) => (await ok(who, 'GET', `/partners?direction=${direction}`)).map((one) => one.name)));
    assert.deepEqual(await lists(ann), [['Bob'], []]);
    assert.deepEqual(await lists(bob), [[], ['Ann']]);
    for (const query of ['', '?direction=both']) assert.equal((await get(ann, `/partners${query}`)).status, 400);
  });

  test('their photos are part of the timeline if one wishes', async () => {
    const mixed = async () => (await inTimeline(bob, 'withPartners=true&visibility=timeline')).filter((one) => [hers, archived, his].includes(one.id));
    assert.deepEqual((await mixed()).map((one) => one.id), [his]);
    assert.equal((await ok(bob, 'PUT', `/partners/${ann.userId}`, { inTimeline: true })).inTimeline, true);
    assert.deepEqual((await mixed()).map((one) => [one.id, one.ownerId, one.isFavorite]).sort(), [[hers, ann.userId, false], [his, bob.userId, false]].sort());
    assert.ok((await inTimeline(bob, 'visibility=timeline')).every((one) => one.ownerId === bob.userId));
    assert.equal((await send(ann, 'PUT', `/partners/${bob.userId}`, { inTimeline: true })).status, 400, 'whose timeline it is decides');
    assert.equal((await send(bob, 'PUT', `/partners/${ann.userId}`, {})).status, 400);
  });

  test('mistakes, and the end', async () => {
    for (const [id, message] of [[bob.userId, 'Partner already exists'], [ann.userId, 'Nobody is their own partner'], ['00000000-0000-4000-8000-000000000000', 'User not found']]) {
      assert.deepEqual((await send(ann, 'POST', '/partners', { sharedWithId: id })).body.message, message);
      assert.deepEqual((await send(ann, 'POST', `/partners/${id}`)).body.message, message);
    }
    assert.equal((await send(bob, 'DELETE', `/partners/${ann.userId}`)).body.message, 'Partner not found');
    assert.equal((await send(ann, 'DELETE', `/partners/${bob.userId}`)).status, 204);
    assert.deepEqual(await looks(bob, hers), [400, 400, 400, 400, 400]);
    assert.equal((await get(bob, `/timeline/buckets?userId=${ann.userId}`)).status, 400);
  });
});

test('who else is there is no secret, but no more than that', async () => {
  const all = await ok(bob, 'GET', '/users');
  assert.deepEqual(all.map((one) => one.name), ['Ann', 'Bob', 'Cat']);
  assert.deepEqual(Object.keys(all[0]).sort(), ['avatarColor', 'email', 'id', 'name', 'profileChangedAt', 'profileImagePath']);
  assert.deepEqual(await ok(bob, 'GET', `/users/${ann.userId}`), all[0]);
  assert.equal((await get(bob, '/users/00000000-0000-4000-8000-000000000000')).status, 400);
});

test('an account that is deleted leaves albums and partners', async () => {
  const dan = await server.addUser({ email: 'dan@example.org', name: 'Dan' });
  const his = await photo(dan);
  const [anns, dans] = [await ok(ann, 'POST', '/albums', { albumName: 'A', albumUsers: [{ userId: dan.userId, role: 'editor' }] }),
    await ok(dan, 'POST', '/albums', { albumName: 'D', assetIds: [his], albumUsers: [{ userId: ann.userId, role: 'viewer' }] })];
  await ok(dan, 'PUT', `/albums/${anns.id}/assets`, { ids: [his] });
  await ok(dan, 'POST', '/partners', { sharedWithId: ann.userId });
  await ok(ann, 'POST', '/partners', { sharedWithId: dan.userId });
  const { code, stderr } = await server.cli(['user', 'delete', '--email', 'dan@example.org', '--with-photos']);
  assert.equal(code, 0, stderr);
  const left = await ok(ann, 'GET', `/albums/${anns.id}`);
  assert.deepEqual([left.assetCount, left.albumUsers.length, left.shared], [0, 1, false]);
  assert.equal((await get(ann, `/albums/${dans.id}`)).status, 400);
  for (const direction of ['shared-by', 'shared-with']) assert.deepEqual(await ok(ann, 'GET', `/partners?direction=${direction}`), []);
  assert.deepEqual((await ok(ann, 'GET', '/users')).map((one) => one.name), ['Ann', 'Bob', 'Cat']);
});
