// SPDX-License-Identifier: GPL-3.0-or-later
//
// Finding photos through the real @immich/sdk: by rules and branches, in orders, page by page while photos come and go, by
// parts of their names; and on the map. What needs recognition says that there is none.
import assert from 'node:assert/strict';
import { File } from 'node:buffer'; // a global only from Node 20 on
import { after, before, test } from 'node:test';
import * as sdk from '@immich/sdk';
import { checkedFetch } from './answers.mjs';
import { jpeg, sha1 } from './photo.mjs';
import { readDeclarations } from './sdk.mjs';
import { startServer } from './server.mjs';

let server, declared, me, stranger;
/** Ids by name. */
const photos = {};
const bytes = {};
before(async () => {
  declared = readDeclarations();
  server = await startServer();
  me = await server.signUp();
  stranger = await server.addUser();
  sdk.init({ baseUrl: `${server.url}/api`, headers: by(me).headers });
  sdk.defaults.fetch = checkedFetch;
  await upload('beach', { date: '2020:01:01 12:00:00', make: 'Canon', position: [48.5, 2.25], bytes: 9000 }, 'IMG_0001 beach.jpg');
  await upload('lake', { date: '2021:01:01 12:00:00', make: 'Canon', position: [-33.9, 151.2], bytes: 5000 }, 'IMG_0002.jpg');
  await upload('tower', { date: '2022:01:01 12:00:00', make: 'Nikon', bytes: 7000 }, '100%_sure.jpg');
  await upload('plain', { date: '2023:01:01 12:00:00' }, 'Ürlaub.jpg');
  await server.cli(['jobs', '--wait']);
  await sdk.updateAsset({ id: photos.lake, updateAssetDto: { rating: 5, isFavorite: true } });
  await sdk.updateAsset({ id: photos.tower, updateAssetDto: { rating: 3, description: 'A tower in the "old" town' } });
  await sdk.updateAsset({ id: photos.plain, updateAssetDto: { visibility: 'archive' } });
  const [sea] = await sdk.upsertTags({ tagUpsertDto: { tags: ['water/sea'] } });
  photos.sea = sea.id;
  photos.water = sea.parentId;
  await sdk.tagAssets({ id: sea.id, bulkIdsDto: { ids: [photos.beach] } });
  photos.album = (await sdk.createAlbum({ createAlbumDto: { albumName: 'Trip', assetIds: [photos.beach, photos.lake] } })).id;
});
after(() => server?.stop());

const by = (account) => ({ headers: { authorization: `Bearer ${account.accessToken}` } });
const refused = (words) => (error) => error.status === 400 && (!words || (error.data.message ?? JSON.parse(error.data).message) === words);
const NOBODY = '00000000-0000-4000-8000-000000000000';

async function upload(name, { date, make, position, bytes: size }, fileName) {
  bytes[name] = jpeg({ exif: { date, make, position }, bytes: size });
  photos[name] = (await sdk.uploadAsset({ assetMediaCreateDto: { assetData: new File([bytes[name]], fileName), fileCreatedAt: '2023-01-01T00:00:00.000Z', fileModifiedAt: '2023-01-01T00:00:00.000Z' } })).id;
}

async function call(operation, options = {}, opts) {
  const value = await sdk[operation](options, opts);
  assert.deepEqual(declared.faults(value, declared.answerOf(operation), operation), [], `${operation}: ${JSON.stringify(value)}`);
  return value;
}

const nameOf = (id) => Object.keys(photos).find((name) => photos[name] === id);
const names = (assets) => assets.map((asset) => nameOf(asset.id)).join(' ');
const find = async (metadataSearchDto, opts) => names((await call('searchAssets', { metadataSearchDto }, opts)).assets.items);

test('rules of a filter', async () => {
  const cases = [
    [{}, 'plain tower lake beach'],
    [{ make: { eq: 'Canon' } }, 'lake beach'],
    [{ make: { ne: 'Canon' } }, 'tower'],
    [{ make: { eq: null } }, 'plain'],
    [{ make: { ne: null } }, 'tower lake beach'],
    [{ make: { in: ['Nikon', 'Sony'] } }, 'tower'],
    [{ make: { notIn: ['Nikon'] } }, 'lake beach'],
    [{ make: { in: [] } }, ''],
    [{ rating: { gte: 3 } }, 'tower lake'],
    [{ rating: { gt: 3, lte: 5 } }, 'lake'],
    [{ rating: { in: [3, 4] } }, 'tower'],
    [{ rating: { eq: null } }, 'plain beach'],
    [{ isFavorite: { eq: true } }, 'lake'],
    [{ isFavorite: { eq: false } }, 'plain tower beach'],
    [{ isMotion: { eq: true } }, ''],
    [{ isOffline: { eq: false } }, 'plain tower lake beach'],
    [{ hasTags: { eq: true } }, 'beach'],
    [{ hasAlbums: { eq: false } }, 'plain tower'],
    [{ hasPeople: { eq: true } }, ''],
    [{ takenAt: { gte: '2021-01-01T00:00:00.000Z', lt: '2022-01-01T00:00:00.000Z' } }, 'lake'],
    [{ createdAt: { gt: '2030-01-01T00:00:00.000Z' } }, ''],
    [{ fileSizeInBytes: { gte: 7000 } }, 'tower beach'],
    [{ id: { ne: photos.lake } }, 'plain tower beach'],
    [{ libraryId: { eq: null } }, 'plain tower lake beach'],
    [{ libraryId: { eq: NOBODY } }, ''],
    [{ type: { eq: 'IMAGE' } }, 'plain tower lake beach'],
    [{ type: { notIn: ['IMAGE'] } }, ''],
    [{ visibility: { eq: 'archive' } }, 'plain'],
    [{ visibility: { in: ['timeline', 'hidden'] } }, 'tower lake beach'],
    [{ checksum: { eq: sha1(bytes.tower) } }, 'tower'],
    [{ checksum: { notIn: [sha1(bytes.tower)] } }, 'plain lake beach'],
    [{ originalFileName: { like: 'img_' } }, 'lake beach'],
    [{ originalFileName: { startsWith: '100%' } }, 'tower'],
    [{ originalFileName: { endsWith: 'BEACH.jpg' } }, 'beach'],
    [{ originalFileName: { notLike: 'img' } }, 'plain tower'],
    [{ originalFileName: { eq: 'IMG_0002.jpg' } }, 'lake'],
    [{ description: { like: '"old"' } }, 'tower'],
    [{ originalPath: { like: '2021-01' } }, 'lake'],
    [{ encodedVideoPath: { eq: 'x' } }, ''],
    [{ ocr: { matches: 'x' } }, ''],
    [{ albumIds: { any: [photos.album, NOBODY] } }, 'lake beach'],
    [{ albumIds: { all: [photos.album, NOBODY] } }, ''],
    [{ albumIds: { none: [photos.album] } }, 'plain tower'],
    [{ tagIds: { any: [photos.water] } }, 'beach'],
    [{ tagIds: { none: [photos.sea] } }, 'plain tower lake'],
    [{ personIds: { any: [NOBODY] } }, ''],
    [{ personIds: { none: [NOBODY] } }, 'plain tower lake beach'],
    [{ trashedAt: { ne: null } }, ''],
    [{ make: { eq: 'Canon' }, isFavorite: { eq: true } }, 'lake'],
    [{ or: [{ make: { eq: 'Nikon' } }, { rating: { eq: 5 } }] }, 'tower lake'],
    [{ make: { eq: 'Canon' }, or: [{ rating: { eq: 5 } }, { hasTags: { eq: true } }] }, 'lake beach'],
    [{ or: [] }, 'plain tower lake beach'],
  ];
  for (const [filter, expected] of cases) assert.equal(await find({ filter }), expected, JSON.stringify(filter));
  assert.equal((await call('searchAssetStatistics', { statisticsSearchDto: { filter: { make: { eq: 'Canon' } } } })).total, 2);
  assert.equal((await call('searchRandom', { randomSearchDto: { filter: { make: { eq: 'Nikon' } } } })).length, 1);
  assert.equal(await find({ make: 'Canon', filter: { rating: { eq: null } } }), 'beach'); // together with the others
  assert.equal(await find({ filter: { make: { eq: 'Canon' } } }, by(stranger)), '');
});

test('rules that make no sense', async () => {
  for (const filter of [{ rating: { eq: 'x' } }, { rating: { in: ['x'] } }, { type: { in: ['FILM'] } }, { visibility: { eq: 'nowhere' } }, { visibility: { notIn: ['x'] } }, { checksum: { eq: 'x' } },
    { isFavorite: {} }, { takenAt: { gt: 'x' } }, { albumIds: { any: ['x'] } }, { or: [{ checksum: { in: ['x'] } }] }, { isEncoded: { eq: true } }, [], 'x'])
    await assert.rejects(sdk.searchAssets({ metadataSearchDto: { filter } }), refused(), JSON.stringify(filter));
  await assert.rejects(sdk.searchAssets({ metadataSearchDto: { filter: { visibility: { eq: 'locked' } } } }), (error) => error.status === 401);
  for (const wrong of [{ cursor: 'x' }, { cursor: btoa('9.9.9.9.9.9') }, { orderBy: { field: 'colour' } }, { orderBy: { direction: 'up' } }])
    await assert.rejects(sdk.searchAssets({ metadataSearchDto: wrong }), refused(), JSON.stringify(wrong));
});

test('what is not known, and not tagged', async () => {
  assert.equal(await find({ make: null }), 'plain');
  assert.equal(await find({ city: null }), 'plain tower lake beach');
  assert.equal(await find({ tagIds: null }), 'plain tower lake');
  assert.equal(await find({ rating: null }), 'plain beach');
});

test('orders, and cursors that hold while photos come and go', async () => {
  assert.equal(await find({ orderBy: { field: 'fileCreatedAt', direction: 'asc' } }), 'beach lake tower plain');
  assert.equal(await find({ orderBy: { field: 'localDateTime' } }), 'plain tower lake beach');
  assert.equal(await find({ orderBy: { field: 'fileSizeInBytes' } }), 'beach tower lake plain');
  assert.equal(await find({ orderBy: { field: 'rating' } }), 'lake tower plain beach');
  assert.equal(names(await call('searchLargeAssets', { minFileSize: 5000, size: 2 })), 'beach tower');
  for (const order of [{}, { order: 'asc' }, { orderBy: { field: 'rating' } }, { orderBy: { field: 'fileSizeInBytes', direction: 'asc' } }, { withDeleted: true }]) {
    const all = await find(order);
    const seen = [];
    for (let cursor; ;) {
      const { assets } = await call('searchAssets', { metadataSearchDto: { ...order, size: 1, cursor } });
      seen.push(names(assets.items));
      if (!(cursor = assets.nextCursor)) break;
    }
    assert.equal(seen.join(' '), all, JSON.stringify(order));
  }
  const first = (await sdk.searchAssets({ metadataSearchDto: { size: 2 } })).assets;
  assert.equal(names(first.items), 'plain tower');
  await sdk.deleteAssets({ assetBulkDeleteDto: { ids: [photos.plain] } });
  assert.equal(await find({ size: 2, cursor: first.nextCursor }), 'lake beach');
  assert.equal(await find({ size: 2, page: 2 }), 'beach'); // pages count from the beginning
  await assert.rejects(sdk.searchAssets({ metadataSearchDto: { cursor: first.nextCursor, order: 'asc' } }), refused());
  assert.equal(await find({ filter: { trashedAt: { ne: null } } }), 'plain');
  await sdk.restoreAssets({ bulkIdsDto: { ids: [photos.plain] } });
});

test('parts of names, however short, and of descriptions', async () => {
  for (const [part, expected] of [['IMG_0002.JPG', 'lake'], ['mg_0', 'lake beach'], ['%_s', 'tower'], ['%', 'tower'], ['_', 'tower lake beach'], ['rl', 'plain'], ['Ürl', 'plain'], ['laub', 'plain'], ['"', ''], ['nothing', '']])
    assert.equal(await find({ originalFileName: part }), expected, part);
  assert.equal(await find({ description: 'TOWER in' }), 'tower');
  assert.equal(await find({ description: 'ow' }), 'tower');
  await sdk.updateAsset({ id: photos.tower, updateAssetDto: { description: 'Gone' } });
  assert.equal(await find({ description: 'tower' }), '');
  assert.equal(await find({ description: 'gone' }), 'tower');
  assert.equal(await find({ originalFileName: 'img', make: 'Canon', description: 'gone' }), '');
});

test('the map shows what has a place, to whom it is shown', async () => {
  const where = (markers) => markers.map(({ id, lat, lon }) => `${nameOf(id)} ${lat} ${lon}`).sort();
  assert.deepEqual(where(await call('getMapMarkers', {})), ['beach 48.5 2.25', 'lake -33.9 151.2']);
  assert.deepEqual(where(await call('getMapMarkers', { isFavorite: true })), ['lake -33.9 151.2']);
  assert.deepEqual(where(await call('getMapMarkers', { fileCreatedBefore: '2020-12-31T00:00:00.000Z' })), ['beach 48.5 2.25']);
  assert.deepEqual(where(await call('getMapMarkers', { fileCreatedAfter: '2020-12-31T00:00:00.000Z' })), ['lake -33.9 151.2']);
  await sdk.updateAsset({ id: photos.beach, updateAssetDto: { visibility: 'archive' } });
  assert.deepEqual(where(await call('getMapMarkers', {})), ['lake -33.9 151.2']);
  assert.equal((await call('getMapMarkers', { isArchived: true })).length, 2);
  await sdk.updateAsset({ id: photos.beach, updateAssetDto: { visibility: 'timeline' } });
  assert.deepEqual(await call('getMapMarkers', { withPartners: true, withSharedAlbums: true }, by(stranger)), []);
  assert.equal((await call('getAlbumMapMarkers', { id: photos.album })).length, 2);
  await assert.rejects(sdk.getAlbumMapMarkers({ id: photos.album }, by(stranger)), refused('Not found or no album.read access'));
  await sdk.addUsersToAlbum({ id: photos.album, addUsersDto: { albumUsers: [{ userId: stranger.userId, role: 'viewer' }] } });
  await sdk.createPartner({ partnerCreateDto: { sharedWithId: stranger.userId } });
  assert.deepEqual(await call('getMapMarkers', {}, by(stranger)), []);
  assert.equal((await call('getMapMarkers', { withSharedAlbums: true }, by(stranger))).length, 2);
  assert.deepEqual(await call('getMapMarkers', { withPartners: true }, by(stranger)), []); // not in their timeline yet
  await sdk.updatePartner({ id: me.userId, partnerUpdateDto: { inTimeline: true } }, by(stranger));
  assert.equal((await call('getMapMarkers', { withPartners: true, withSharedAlbums: true }, by(stranger))).length, 2);
  assert.deepEqual(await call('getMapMarkers', { withPartners: true, isFavorite: true }, by(stranger)), []);
  assert.equal((await call('getAlbumMapMarkers', { id: photos.album }, by(stranger))).length, 2);
  await sdk.deleteAssets({ assetBulkDeleteDto: { ids: [photos.lake] } });
  assert.deepEqual(where(await call('getMapMarkers', { withSharedAlbums: true }, by(stranger))), ['beach 48.5 2.25']);
  await sdk.restoreAssets({ bulkIdsDto: { ids: [photos.lake] } });
  // The timeline of a box, also one around the back of the earth.
  const within = async (bbox) => (await sdk.getTimeBuckets({ bbox })).map((bucket) => bucket.timeBucket);
  assert.deepEqual(await within('0,40,10,50'), ['2020-01-01']);
  assert.deepEqual(await within('150,-40,10,50'), ['2021-01-01', '2020-01-01']);
  await assert.rejects(sdk.getTimeBuckets({ bbox: '1,2,3' }), refused());
});

test('names of places: none are looked up', async () => {
  assert.deepEqual(await call('reverseGeocode', { lat: 48.5, lon: 2.25 }), []);
  await assert.rejects(sdk.reverseGeocode({ lat: 91, lon: 0 }), refused());
  assert.deepEqual(await call('searchPlaces', { name: 'Paris' }), []);
  assert.deepEqual(await call('getAssetsByCity'), []);
  assert.deepEqual(await call('getExploreData'), [{ fieldName: 'exifInfo.city', items: [] }]);
});

test('nobody is recognised, and nothing is kept of who should be', async () => {
  const features = await call('getServerFeatures');
  for (const name of ['facialRecognition', 'importFaces', 'smartSearch', 'duplicateDetection', 'reverseGeocoding', 'ocr']) assert.equal(features[name], false, name);
  assert.deepEqual(await call('getAllPeople', {}), { people: [], total: 0, hidden: 0, hasNextPage: false });
  assert.deepEqual(await call('searchPerson', { name: 'Marie' }), []);
  assert.deepEqual(await call('getFaces', { id: photos.beach }), []);
  assert.deepEqual(await call('getAssetDuplicates'), []);
  assert.deepEqual(await call('updatePeople', { peopleUpdateDto: { people: [{ id: NOBODY, name: 'X' }] } }), [{ id: NOBODY, success: false, error: 'not_found' }]);
  assert.deepEqual(await call('resolveDuplicates', { duplicateResolveDto: { groups: [{ duplicateId: NOBODY, keepAssetIds: [], trashAssetIds: [photos.beach] }] } }), [{ id: NOBODY, success: false, error: 'not_found' }]);
  assert.equal((await sdk.getAssetInfo({ id: photos.beach })).isTrashed, false);
  await sdk.deletePeople({ bulkIdsDto: { ids: [] } });
  await sdk.deleteDuplicates({ bulkIdsDto: { ids: [] } });
  for (const [operation, options, words] of [
    ['createPerson', { personCreateDto: { name: 'Marie' } }], ['getPerson', { id: NOBODY }, 'Not found or no person.read access'], ['updatePerson', { id: NOBODY, personUpdateDto: {} }, 'Not found or no person.update access'],
    ['deletePerson', { id: NOBODY }, 'Not found or no person.delete access'], ['getPersonStatistics', { id: NOBODY }], ['getPersonThumbnail', { id: NOBODY }], ['mergePeople', { mergePersonDto: { ids: [NOBODY] } }],
    ['mergePersonLegacy', { id: NOBODY, mergePersonDto: { ids: [] } }], ['reassignFaces', { id: NOBODY, assetFaceUpdateDto: { data: [] } }], ['deletePeople', { bulkIdsDto: { ids: [NOBODY] } }],
    ['getFaces', { id: NOBODY }, 'Not found or no asset.read access'], ['createFace', { assetFaceCreateDto: {} }], ['deleteFace', { id: NOBODY, assetFaceDeleteDto: { force: true } }], ['reassignFacesById', { id: NOBODY, faceDto: { id: NOBODY } }],
    ['deleteDuplicates', { bulkIdsDto: { ids: [NOBODY] } }], ['deleteDuplicate', { id: NOBODY }], ['searchSmart', { smartSearchDto: { query: 'sea' } }, 'Smart search is not enabled'],
  ]) await assert.rejects(sdk[operation](options), refused(words), operation);
});
