// SPDX-License-Identifier: GPL-3.0-or-later
//
// What the members of an album say of it.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { addAssetsToAlbum, addUsersToAlbum, createActivity, createAlbum, deleteActivity, getActivities, getAlbumInfo, getActivityStatistics, updateAlbumInfo } from '@immich/sdk';
import { jpeg } from './photo.mjs';
import { startServer } from './server.mjs';

let server;
let owner;
let member;
let stranger;
let album;
let photo;

before(async () => {
  server = await startServer();
  owner = await server.signUp();
  member = await server.addUser();
  stranger = await server.addUser();
  photo = (await server.upload(jpeg(), { session: owner })).body.id;
  album = (await createAlbum({ createAlbumDto: { albumName: 'Sea', assetIds: [photo] } }, as(owner))).id;
  await addUsersToAlbum({ id: album, addUsersDto: { albumUsers: [{ userId: member.userId, role: 'viewer' }] } }, as(owner));
});
after(() => server.stop());

const as = (session) => ({ baseUrl: `${server.url}/api`, headers: { 'x-immich-user-token': session.accessToken } });
const post = (session, json) => server.request('/api/activities', { method: 'POST', session, json });

test('members comment and like, and see what the others said', async () => {
  const like = await post(member, { albumId: album, type: 'like' });
  assert.equal(like.status, 201);
  assert.equal(like.body.user.id, member.userId);
  assert.equal(like.body.assetId, null);
  assert.equal(like.body.comment, null);
  const again = await post(member, { albumId: album, type: 'like' });
  assert.equal(again.status, 200);
  assert.equal(again.body.id, like.body.id);
  const said = await createActivity({ activityCreateDto: { albumId: album, assetId: photo, type: 'comment', comment: 'What a day! 🌊' } }, as(owner));
  assert.equal(said.comment, 'What a day! 🌊');
  assert.equal(said.assetId, photo);
  const all = await getActivities({ albumId: album }, as(member));
  assert.deepEqual(all.map((one) => one.id), [like.body.id, said.id]);
  const ask = async (more) => (await getActivities({ albumId: album, ...more }, as(owner))).map((one) => one.id);
  assert.deepEqual(await ask({ $type: 'comment' }), [said.id]);
  assert.deepEqual(await ask({ level: 'album' }), [like.body.id]);
  assert.deepEqual(await ask({ assetId: photo }), [said.id]);
  assert.deepEqual(await ask({ userId: member.userId }), [like.body.id]);
  assert.deepEqual(await getActivityStatistics({ albumId: album }, as(member)), { comments: 1, likes: 1 });
  assert.deepEqual(await getActivityStatistics({ albumId: album, assetId: photo }, as(member)), { comments: 1, likes: 0 });
});

test('what makes no sense is refused', async () => {
  for (const json of [
    { albumId: album, type: 'comment' },
    { albumId: album, type: 'comment', comment: '' },
    { albumId: album, type: 'like', comment: 'x' },
    { albumId: album, type: 'shout', comment: 'x' },
    { type: 'like' },
    { albumId: album, assetId: album, type: 'like' },
  ]) {
    assert.equal((await post(owner, json)).status, 400, JSON.stringify(json));
  }
  assert.equal((await server.request('/api/activities', { session: owner })).status, 400);
});

test('strangers neither read nor write', async () => {
  const refusal = { message: 'Not found or no activity.create access' };
  assert.equal((await post(stranger, { albumId: album, type: 'like' })).body.message, refusal.message);
  for (const path of ['activities', 'activities/statistics']) {
    const { status, body } = await server.request(`/api/${path}?albumId=${album}`, { session: stranger });
    assert.deepEqual([status, body.message], [400, 'Not found or no album.read access']);
  }
});

test('of a photo that is hidden nothing is told', async () => {
  const shy = (await server.upload(jpeg(), { session: owner, fields: { fileCreatedAt: '2031-01-01T00:00:00Z' } })).body.id;
  const change = (visibility) => server.request(`/api/assets/${shy}`, { method: 'PUT', json: { visibility }, session: owner });
  const see = async () => {
    const { assetCount, endDate, albumThumbnailAssetId, contributorCounts } = await getAlbumInfo({ id: album }, as(member));
    return [assetCount, endDate.slice(0, 4) === '2031', albumThumbnailAssetId === shy, contributorCounts[0].assetCount];
  };
  const said = async () => [(await getActivities({ albumId: album }, as(member))).some((one) => one.assetId === shy), (await getActivityStatistics({ albumId: album, assetId: shy }, as(member))).comments];
  const say = async () => (await post(member, { albumId: album, assetId: shy, type: 'comment', comment: 'x' })).status;
  await addAssetsToAlbum({ id: album, bulkIdsDto: { ids: [shy] } }, as(owner));
  await updateAlbumInfo({ id: album, updateAlbumDto: { albumThumbnailAssetId: shy } }, as(owner));
  assert.equal(await say(), 201);
  assert.deepEqual([await see(), await said()], [[2, true, true, 2], [true, 1]]);
  await change('hidden');
  assert.equal(await say(), 400);
  assert.deepEqual([await see(), await said()], [[1, false, false, 1], [false, 0]]);
  await change('archive');
  assert.deepEqual([await see(), await said()], [[2, true, true, 2], [true, 1]]);
  await server.request(`/api/albums/${album}/assets`, { method: 'DELETE', json: { ids: [shy] }, session: owner });
});

test('one deletes what one said, and the owner what is said in the album', async () => {
  const remove = (id, session) => server.request(`/api/activities/${id}`, { method: 'DELETE', session });
  const mine = (await post(member, { albumId: album, type: 'comment', comment: 'mine' })).body.id;
  const theirs = (await post(owner, { albumId: album, type: 'comment', comment: 'theirs' })).body.id;
  assert.equal((await remove(theirs, member)).status, 400);
  assert.equal((await remove(mine, stranger)).status, 400);
  assert.equal((await remove(mine, member)).status, 204);
  const other = (await post(member, { albumId: album, type: 'comment', comment: 'other' })).body.id;
  await deleteActivity({ id: other }, as(owner));
  assert.equal((await remove(other, owner)).status, 400);
});

test('nothing is said where the owner does not want it', async () => {
  await updateAlbumInfo({ id: album, updateAlbumDto: { isActivityEnabled: false } }, as(owner));
  const { status, body } = await post(member, { albumId: album, type: 'comment', comment: 'hello?' });
  assert.deepEqual([status, body.message], [400, 'Not found or no activity.create access']);
  await updateAlbumInfo({ id: album, updateAlbumDto: { isActivityEnabled: true } }, as(owner));
  assert.equal((await post(member, { albumId: album, type: 'comment', comment: 'hello' })).status, 201);
});
