// SPDX-License-Identifier: GPL-3.0-or-later
//
// Stacks, tags and memories through the real @immich/sdk: what a person makes of them, what files and the calendar make,
// and that nobody else sees any of it.
import assert from 'node:assert/strict';
import { File } from 'node:buffer'; // a global only from Node 20 on
import { after, before, test } from 'node:test';
import * as sdk from '@immich/sdk';
import { checkedFetch } from './answers.mjs';
import { jpeg } from './photo.mjs';
import { readDeclarations } from './sdk.mjs';
import { startServer } from './server.mjs';

let server, declared, me, stranger;
before(async () => {
  declared = readDeclarations();
  server = await startServer();
  me = await server.signUp();
  stranger = await server.addUser();
  as(me);
});
after(() => server?.stop());

function as(account) {
  sdk.init({ baseUrl: `${server.url}/api`, headers: { authorization: `Bearer ${account.accessToken}` } });
  sdk.defaults.fetch = checkedFetch;
}

/** Options that make a call another account's. */
const by = (account) => ({ headers: { authorization: `Bearer ${account.accessToken}` } });

/** Calls @operation and holds its answer against its declaration. */
async function call(operation, options = {}) {
  const value = await sdk[operation](options);
  assert.deepEqual(declared.faults(value, declared.answerOf(operation), operation), [], `${operation}: ${JSON.stringify(value)}`);
  return value;
}

const NOBODY = '00000000-0000-4000-8000-000000000000';
const messageOf = ({ data }) => (typeof data === 'string' ? JSON.parse(data) : data).message;
const refused = (words) => (error) => error.status === 400 && (!words || messageOf(error) === words);
const idle = () => server.cli(['jobs', '--wait']);
const ids = (assets) => assets.map((asset) => asset.id);

async function upload({ date = '2024:08:01 12:00:00', name = 'photo.jpg', sidecar, options = {} } = {}, account = me) {
  const dto = { assetData: new File([jpeg({ exif: { date }, ...options })], name), fileCreatedAt: '2023-01-01T00:00:00.000Z', fileModifiedAt: '2023-01-01T00:00:00.000Z' };
  if (sidecar) dto.sidecarData = new File([sidecar], 'photo.xmp');
  return (await sdk.uploadAsset({ assetMediaCreateDto: dto }, by(account))).id;
}

async function uploads(n, options) {
  const made = [];
  for (let i = 0; i < n; i++) made.push(await upload(options));
  await idle();
  return made;
}

// ---- stacks ----

test('stacks: a stack is made, shown as its primary, changed and taken apart', async () => {
  const [a, b, c, d] = await uploads(4, { date: '2020:03:01 12:00:00' });
  const stack = await call('createStack', { stackCreateDto: { assetIds: [b, a, c] } });
  assert.equal(stack.primaryAssetId, b);
  assert.deepEqual(ids(stack.assets), [b, a, c]);
  for (const id of [a, b, c]) assert.deepEqual((await call('getAssetInfo', { id })).stack, { id: stack.id, primaryAssetId: b, assetCount: 3 });
  assert.equal((await call('getAssetInfo', { id: d })).stack, null);
  assert.deepEqual((await call('searchStacks', { primaryAssetId: b })).map((one) => one.id), [stack.id]);
  assert.deepEqual(await call('searchStacks', { primaryAssetId: a }), []);
  assert.equal((await call('getStack', { id: stack.id })).assets.length, 3);
  const chosen = await call('updateStack', { id: stack.id, stackUpdateDto: { primaryAssetId: a } });
  assert.deepEqual(ids(chosen.assets).slice(0, 1), [a]);
  await assert.rejects(sdk.updateStack({ id: stack.id, stackUpdateDto: { primaryAssetId: d } }), refused());
  await assert.rejects(sdk.removeAssetFromStack({ id: stack.id, assetId: a }), refused());
  await sdk.removeAssetFromStack({ id: stack.id, assetId: b });
  assert.equal((await call('getAssetInfo', { id: b })).stack, null);
  await sdk.deleteStack({ id: stack.id });
  await assert.rejects(sdk.getStack({ id: stack.id }), refused('Not found or no stack.read access'));
  assert.equal((await call('getAssetInfo', { id: a })).stack, null);
});

test('stacks: the timeline shows it as one where that is asked for, and counts so', async () => {
  const [a, b, c] = await uploads(3, { date: '2020:04:01 12:00:00' });
  const month = { timeBucket: '2020-04-01' };
  const count = async (query) => (await sdk.getTimeBuckets(query)).find((bucket) => bucket.timeBucket === month.timeBucket)?.count;
  const stack = await call('createStack', { stackCreateDto: { assetIds: [a, b] } });
  assert.deepEqual([await count({}), await count({ withStacked: true })], [3, 2]);
  const plain = await call('getTimeBucket', month);
  assert.deepEqual([plain.id.sort(), plain.stack], [[a, b, c].sort(), undefined]);
  const stacked = await call('getTimeBucket', { ...month, withStacked: true });
  assert.deepEqual(Object.fromEntries(stacked.id.map((id, i) => [id, stacked.stack[i]])), { [a]: [stack.id, '2'], [c]: null });
  await sdk.deleteAssets({ assetBulkDeleteDto: { ids: [a] } });
  assert.deepEqual([await count({}), await count({ withStacked: true })], [2, 2]); // no other is hidden by what lies in the trash
  assert.deepEqual((await sdk.getTimeBucket({ ...month, withStacked: true })).stack, [null, null]);
  assert.equal((await sdk.getStack({ id: stack.id })).primaryAssetId, b);
  await sdk.restoreAssets({ bulkIdsDto: { ids: [a] } });
  assert.equal((await sdk.getStack({ id: stack.id })).primaryAssetId, a);
  await sdk.deleteAssets({ assetBulkDeleteDto: { ids: [a], force: true } });
  await assert.rejects(sdk.getStack({ id: stack.id }), refused());
  assert.equal((await call('getAssetInfo', { id: b })).stack, null);
});

test('stacks: a primary brings its stack along, and several stacks go at once', async () => {
  const [a, b, c, d] = await uploads(4, { date: '2020:05:01 12:00:00' });
  await sdk.createStack({ stackCreateDto: { assetIds: [a, b] } });
  const merged = await call('createStack', { stackCreateDto: { assetIds: [c, a] } });
  assert.deepEqual(ids(merged.assets).sort(), [a, b, c].sort());
  assert.equal(merged.primaryAssetId, c);
  const other = await call('createStack', { stackCreateDto: { assetIds: [d, b] } }); // a mere member only leaves
  assert.deepEqual(ids((await sdk.getStack({ id: merged.id })).assets), [c, a]);
  await assert.rejects(sdk.deleteStacks({ bulkIdsDto: { ids: [other.id, NOBODY] } }), refused());
  await sdk.deleteStacks({ bulkIdsDto: { ids: [other.id, merged.id] } });
  assert.deepEqual(await call('searchStacks', {}), []);
});

test('stacks: what makes no stack', async () => {
  const [a, b] = await uploads(2);
  for (const assetIds of [[], [a], [a, a], [a, NOBODY], [a, 'x']]) await assert.rejects(sdk.createStack({ stackCreateDto: { assetIds } }), refused(), String(assetIds));
  const stack = await sdk.createStack({ stackCreateDto: { assetIds: [a, b] } });
  const theirs = await upload({}, stranger);
  await assert.rejects(sdk.createStack({ stackCreateDto: { assetIds: [theirs, a] } }, by(stranger)), refused('Not found or no asset.update access'));
  await assert.rejects(sdk.getStack({ id: stack.id }, by(stranger)), refused());
  await assert.rejects(sdk.deleteStack({ id: stack.id }, by(stranger)), refused('Not found or no stack.delete access'));
  assert.deepEqual(await sdk.searchStacks({}, by(stranger)), []);
  await sdk.updateAsset({ id: a, updateAssetDto: { visibility: 'locked' } });
  await assert.rejects(sdk.getStack({ id: stack.id }), refused());
  await assert.rejects(sdk.createStack({ stackCreateDto: { assetIds: [a, b] } }), refused());
});

const xmp = (...words) => `<x:xmpmeta xmlns:x="adobe:ns:meta/"><rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#">
<rdf:Description xmlns:lr="http://ns.adobe.com/lightroom/1.0/"><lr:hierarchicalSubject><rdf:Bag>${words.map((word) => `<rdf:li>${word}</rdf:li>`).join('')}</rdf:Bag></lr:hierarchicalSubject></rdf:Description></rdf:RDF></x:xmpmeta>`;
const values = (tags) => tags.map((tag) => tag.value).sort();

// ---- tags ----

test('tags: a tree of them', async () => {
  const [sea, boat] = await call('upsertTags', { tagUpsertDto: { tags: ['trips/2024/sea', 'boat'] } });
  assert.deepEqual([sea.name, sea.value, boat.parentId], ['sea', 'trips/2024/sea', undefined]);
  assert.deepEqual(values(await call('getAllTags')), ['boat', 'trips', 'trips/2024', 'trips/2024/sea']);
  assert.equal((await call('upsertTags', { tagUpsertDto: { tags: ['trips/2024/sea'] } }))[0].id, sea.id);
  const red = await call('createTag', { tagCreateDto: { name: 'red', parentId: boat.id, color: '#ff0000' } });
  assert.deepEqual([red.value, red.parentId, red.color], ['boat/red', boat.id, '#ff0000']);
  await assert.rejects(sdk.createTag({ tagCreateDto: { name: 'red', parentId: boat.id } }), refused('A tag with that name already exists'));
  for (const wrong of [{ name: '' }, { name: 'a/b' }, { name: 'x', color: 'red' }, { name: 'x', parentId: NOBODY }])
    await assert.rejects(sdk.createTag({ tagCreateDto: wrong }), refused(), JSON.stringify(wrong));
  const renamed = await call('updateTag', { id: boat.id, tagUpdateDto: { name: 'ship', color: '#0000ff' } });
  assert.deepEqual([renamed.value, renamed.color], ['ship', '#0000ff']);
  assert.equal((await call('getTagById', { id: red.id })).value, 'ship/red');
  assert.equal((await call('updateTag', { id: red.id, tagUpdateDto: { color: null } })).color, undefined);
  await sdk.deleteTag({ id: boat.id });
  await assert.rejects(sdk.getTagById({ id: red.id }), refused('Not found or no tag.read access'));
  await assert.rejects(sdk.getTagById({ id: sea.id }, by(stranger)), refused());
  await assert.rejects(sdk.deleteTag({ id: sea.id }, by(stranger)), refused('Not found or no tag.delete access'));
  assert.deepEqual(await sdk.getAllTags(by(stranger)), []);
});

test('tags: on photos, and off again', async () => {
  const [a, b] = await uploads(2, { date: '2020:06:01 12:00:00' });
  const [city, country] = await sdk.upsertTags({ tagUpsertDto: { tags: ['Japan/Kyoto', 'Japan'] } });
  assert.deepEqual((await call('tagAssets', { id: city.id, bulkIdsDto: { ids: [a, NOBODY] } })).map((one) => [one.success, one.error]), [[true, undefined], [false, 'no_permission']]);
  assert.equal((await call('tagAssets', { id: city.id, bulkIdsDto: { ids: [a] } }))[0].error, 'duplicate');
  assert.deepEqual(await call('bulkTagAssets', { tagBulkAssetsDto: { tagIds: [city.id, country.id], assetIds: [a, b] } }), { count: 3 });
  assert.deepEqual(values((await call('getAssetInfo', { id: a })).tags), ['Japan', 'Japan/Kyoto']);
  assert.deepEqual((await call('untagAssets', { id: country.id, bulkIdsDto: { ids: [a, b] } })).map((one) => one.success), [true, true]);
  assert.equal((await call('untagAssets', { id: country.id, bulkIdsDto: { ids: [a] } }))[0].error, 'not_found');
  // A tag stands for those below it, too.
  for (const tagId of [city.id, country.id]) {
    assert.deepEqual((await call('getTimeBuckets', { tagId })).map((bucket) => bucket.count), [2]);
    assert.deepEqual((await sdk.getTimeBucket({ tagId, timeBucket: '2020-06-01' })).id.sort(), [a, b].sort());
    assert.deepEqual(ids((await call('searchAssets', { metadataSearchDto: { tagIds: [tagId] } })).assets.items).sort(), [a, b].sort());
  }
  const [other] = await sdk.upsertTags({ tagUpsertDto: { tags: ['other'] } });
  await sdk.tagAssets({ id: other.id, bulkIdsDto: { ids: [b] } });
  assert.deepEqual(ids((await sdk.searchAssets({ metadataSearchDto: { tagIds: [other.id, country.id] } })).assets.items), [b]);
  const theirs = await upload({}, stranger);
  assert.deepEqual((await sdk.searchAssets({ metadataSearchDto: { tagIds: [other.id] } }, by(stranger))).assets.items, []);
  assert.deepEqual(await sdk.getTimeBuckets({ tagId: other.id }, by(stranger)), []);
  await assert.rejects(sdk.tagAssets({ id: other.id, bulkIdsDto: { ids: [theirs] } }, by(stranger)), refused('Not found or no tag.asset access'));
  assert.equal((await sdk.tagAssets({ id: other.id, bulkIdsDto: { ids: [theirs] } }))[0].error, 'no_permission');
});

test('tags: keywords of a file become tags, and what a person says stays when it is read again', async () => {
  const id = await upload({ sidecar: xmp('People|Marie Curie', 'Nobel') });
  await idle();
  const tagsOf = async () => values((await sdk.getAssetInfo({ id })).tags);
  assert.deepEqual(await tagsOf(), ['Nobel', 'People/Marie Curie']);
  const [nobel, mine] = await sdk.upsertTags({ tagUpsertDto: { tags: ['Nobel', 'mine'] } });
  await sdk.untagAssets({ id: nobel.id, bulkIdsDto: { ids: [id] } });
  await sdk.tagAssets({ id: mine.id, bulkIdsDto: { ids: [id] } });
  const answer = await server.request(`/api/assets/${id}/sidecar`, { method: 'PUT', body: xmp('People|Marie Curie', 'Nobel', 'Radium'), session: me, headers: { 'content-type': 'application/rdf+xml' } });
  assert.equal(answer.status, 204);
  await idle();
  assert.deepEqual(await tagsOf(), ['People/Marie Curie', 'Radium', 'mine']);
});

// ---- memories ----

const day = (year, plus = 0) => {
  const date = new Date(Date.now() + plus * 86_400_000);
  return new Date(Date.UTC(year ?? date.getUTCFullYear(), date.getUTCMonth(), date.getUTCDate()));
};
const exifDate = (date) => `${date.toISOString().slice(0, 10).replaceAll('-', ':')} 12:00:00`;

test('memories: those that a person makes', async () => {
  const [a, b, c] = await uploads(3, { date: '2019:07:01 12:00:00' });
  const memory = await call('createMemory', { memoryCreateDto: { type: 'on_this_day', data: { year: 2019 }, memoryAt: '2019-07-01T00:00:00.000Z', assetIds: [b, a] } });
  assert.deepEqual([memory.isSaved, memory.seenAt, memory.assets.length, memory.data.year], [false, undefined, 2, 2019]);
  const seen = await call('updateMemory', { id: memory.id, memoryUpdateDto: { isSaved: true, seenAt: '2026-01-02T03:04:05.678Z' } });
  assert.deepEqual([seen.isSaved, seen.seenAt], [true, '2026-01-02T03:04:05.678Z']);
  assert.deepEqual((await call('addMemoryAssets', { id: memory.id, bulkIdsDto: { ids: [c, a, NOBODY] } })).map((one) => one.error), [undefined, 'duplicate', 'no_permission']);
  await sdk.deleteAssets({ assetBulkDeleteDto: { ids: [a] } });
  await sdk.updateAsset({ id: b, updateAssetDto: { visibility: 'archive' } });
  assert.deepEqual(ids((await call('getMemory', { id: memory.id })).assets), [c]);
  assert.deepEqual((await call('removeMemoryAssets', { id: memory.id, bulkIdsDto: { ids: [c, NOBODY] } })).map((one) => one.error), [undefined, 'not_found']);
  assert.deepEqual((await call('searchMemories', { isSaved: true })).map((one) => one.id), [memory.id]);
  assert.deepEqual(await call('searchMemories', { isSaved: false }), []);
  assert.deepEqual(await call('searchMemories', { isTrashed: true }), []);
  assert.deepEqual(await call('memoriesStatistics', { isSaved: true }), { total: 1 });
  for (const wrong of [{ data: { year: 2019 }, memoryAt: 'x', type: 'on_this_day' }, { data: {}, memoryAt: '2019-07-01T00:00:00.000Z', type: 'on_this_day' },
    { data: { year: 2019 }, memoryAt: '2019-07-01T00:00:00.000Z', type: 'else' }, { data: { year: 2019 }, memoryAt: '2019-07-01T00:00:00.000Z', type: 'on_this_day', assetIds: [NOBODY] }])
    await assert.rejects(sdk.createMemory({ memoryCreateDto: wrong }), refused(), JSON.stringify(wrong));
  await assert.rejects(sdk.getMemory({ id: memory.id }, by(stranger)), refused('Not found or no memory.read access'));
  await assert.rejects(sdk.updateMemory({ id: memory.id, memoryUpdateDto: { isSaved: false } }, by(stranger)), refused());
  assert.deepEqual(await sdk.searchMemories({}, by(stranger)), []);
  await sdk.deleteMemory({ id: memory.id });
  assert.deepEqual(await sdk.searchMemories({}), []);
});

test('memories: this day in earlier years, made by the server some days ahead', async () => {
  const today = day();
  const year = today.getUTCFullYear();
  const last = await upload({ date: exifDate(day(year - 1)) });
  const older = await upload({ date: exifDate(day(year - 6)) });
  const soon = await upload({ date: exifDate(new Date(day(null, 2).getTime() - 0)).replace(/^\d+/, String(day(null, 2).getUTCFullYear() - 3)) });
  await idle();
  await server.stop({ keep: true });
  await server.start(); // as every hour
  as(me);
  const memories = await server.until(async () => {
    const all = await call('searchMemories', { $for: today.toISOString().slice(0, 10) });
    return all.length >= 2 && all;
  }, { what: 'the memories of today' });
  assert.deepEqual(memories.map((memory) => [memory.data.year, ids(memory.assets)]), [[year - 1, [last]], [year - 6, [older]]]);
  assert.deepEqual([memories[0].showAt, memories[0].hideAt], [today.toISOString(), `${today.toISOString().slice(0, 10)}T23:59:59.999Z`]);
  const upcoming = await call('searchMemories', { isUpcoming: true });
  assert.deepEqual(upcoming.map((memory) => ids(memory.assets)), [[soon]]);
  assert.equal((await call('searchMemories', { order: 'asc', size: 1 }))[0].data.year, year - 6);
  // What its owner threw away does not come again.
  await sdk.deleteMemory({ id: memories[0].id });
  await server.stop({ keep: true });
  await server.start();
  as(me);
  await server.until(async () => /./.test((await server.request('/api/server/ping')).body.res));
  assert.deepEqual((await sdk.searchMemories({ $for: today.toISOString() })).map((memory) => memory.data.year), [year - 6]);
});
