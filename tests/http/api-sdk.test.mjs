// SPDX-License-Identifier: GPL-3.0-or-later
//
// Every operation of the Immich API that this server claims, called by the real @immich/sdk, and its answer compared
// with the types that the SDK declares: each required field there, with its type and nullability, and none besides.
import assert from 'node:assert/strict';
import { File } from 'node:buffer'; // a global only from Node 20 on
import { readFile } from 'node:fs/promises';
import { after, before, describe, test } from 'node:test';
import * as sdk from '@immich/sdk';
import { checkedFetch } from './answers.mjs';
import { Declarations, readDeclarations } from './sdk.mjs';
import { runProgram, startServer } from './server.mjs';
import { jpeg, sha1 } from './photo.mjs';

let server, declared, bytes;
const called = new Set();
/** What our answers say beyond the declared: clients ignore fields that they do not know, our page reads them. */
const OWN_FIELDS = ['getSupportedMediaTypes.withoutPictures'];
/** Calls @operation and holds its answer against its declaration. */
async function call(operation, options = {}) {
  called.add(operation);
  const value = await sdk[operation](options);
  const faults = declared.faults(value, declared.answerOf(operation), operation)
    .filter((fault) => !OWN_FIELDS.some((field) => fault.startsWith(`${field}: not in `)));
  assert.deepEqual(faults, [], `${operation}: ${JSON.stringify(value)}`);
  return value;
}

before(async () => {
  declared = readDeclarations();
  server = await startServer();
  sdk.init({ baseUrl: `${server.url}/api` });
  sdk.defaults.fetch = checkedFetch;
  bytes = jpeg({ exif: { date: '2024:08:01 12:00:00', offset: '+02:00', orientation: 6, make: 'Test' }, width: 64, height: 32 });
});
after(() => server.stop());

test('the reader of declarations finds mistakes', () => {
  const small = new Declarations('export type A = {\n    /** x */\n    a: number;\n    b?: (C) | null;\n    "type": E;\n};\nexport type C = {\n    l: (string | null)[];\n};\nexport declare enum E {\n    X = "x"\n}\n');
  assert.deepEqual(small.faults({ a: 1, type: 'x' }, 'A'), []);
  assert.deepEqual(small.faults({ a: 1, b: null, type: 'x' }, 'A'), []);
  assert.deepEqual(small.faults({ a: 1, b: { l: ['y', null] }, type: 'x' }, 'A'), []);
  assert.equal(small.faults({ type: 'x' }, 'A').length, 1);
  assert.equal(small.faults({ a: null, type: 'x' }, 'A').length, 1);
  assert.equal(small.faults({ a: 1, type: 'y' }, 'A').length, 1);
  assert.equal(small.faults({ a: 1, b: { l: [1] }, type: 'x' }, 'A').length, 1);
  assert.equal(small.faults({ a: 1, c: 1, type: 'x' }, 'A').length, 1);
});

describe('answers have the fields that the SDK declares', () => {
  const credentials = { email: 'sdk@example.org', password: 'a long password' };

  test('before anybody is there', async () => {
    await call('pingServer');
    await call('getServerVersion');
    await call('getServerFeatures');
    assert.equal((await call('getServerConfig')).isInitialized, false);
    const types = await call('getSupportedMediaTypes');
    assert.ok(types.image.includes('.heic') && types.video.includes('.mp4') && types.sidecar.includes('.xmp'));
  });

  test('signing up and in', async () => {
    const user = await call('signUpAdmin', { signUpDto: { ...credentials, name: 'SDK' } });
    const session = await call('login', { loginCredentialDto: credentials });
    assert.equal(session.userId, user.id);
    sdk.init({ baseUrl: `${server.url}/api`, headers: { authorization: `Bearer ${session.accessToken}` } });
    await call('validateAccessToken');
    await call('getAuthStatus');
    assert.equal((await call('getServerConfig')).isInitialized, true);
  });

  test('the account', async () => {
    await call('getMyUser');
    const changed = await call('updateMyUser', { userUpdateMeDto: { name: 'Renamed', avatarColor: 'blue' } });
    assert.deepEqual([changed.name, changed.avatarColor], ['Renamed', 'blue']);
    const before_ = await call('getMyPreferences');
    assert.equal(before_.download.includeEmbeddedVideos, false);
    const after_ = await call('updateMyPreferences', { userPreferencesUpdateDto: { download: { includeEmbeddedVideos: true }, memories: { duration: 9 } } });
    assert.deepEqual([after_.download.includeEmbeddedVideos, after_.memories.duration, after_.download.archiveSize], [true, 9, before_.download.archiveSize]);
    await assert.rejects(sdk.updateMyPreferences({ userPreferencesUpdateDto: { memories: { duration: 'long' } } }), (error) => error.status === 400);
    await sdk.updateMyPreferences({ userPreferencesUpdateDto: { avatar: { color: 'green' } } });
    assert.equal((await sdk.getMyUser()).avatarColor, 'green');
    await assert.rejects(sdk.updateMyPreferences({ userPreferencesUpdateDto: { avatar: { color: 'puce' } } }), (error) => error.status === 400);
    assert.deepEqual(await call('getMyPreferences'), after_);
    await call('changePassword', { changePasswordDto: { password: credentials.password, newPassword: 'another password' } });
  });

  test('keys and sessions', async () => {
    const key = await call('createApiKey', { apiKeyCreateDto: { name: 'k', permissions: ['asset.read', 'asset.upload'] } });
    await call('getApiKeys');
    await call('getApiKey', { id: key.id });
    await call('updateApiKey', { id: key.id, apiKeyUpdateDto: { name: 'l', permissions: ['asset.read'] } });
    called.add('getMyApiKey');
    const mine = await sdk.getMyApiKey({ headers: { authorization: '', 'x-api-key': key.secret } });
    assert.deepEqual(declared.faults(mine, 'ApiKeyResponseDto'), []);
    called.add('deleteApiKey');
    await sdk.deleteApiKey({ id: key.id });
    assert.equal((await call('getApiKeys')).length, 0);

    const other = await sdk.login({ loginCredentialDto: { ...credentials, password: 'another password' } }, { headers: { authorization: '' } });
    const sessions = await call('getSessions');
    assert.equal(sessions.filter((session) => session.current).length, 1);
    called.add('deleteSession');
    await sdk.deleteSession({ id: sessions.find((session) => !session.current).id });
    called.add('deleteAllSessions');
    await sdk.deleteAllSessions();
    assert.equal((await call('getSessions')).length, 1);
    assert.ok(other.accessToken);
  });

  test('the server', async () => {
    const about = await call('getAboutInfo');
    assert.equal(about.version, 'v3.2.2');
    await call('getStorage');
    await call('getServerStatistics');
  });

  test('assets, before and after their pictures are made', async () => {
    const made = await call('uploadAsset', { assetMediaCreateDto: { assetData: new File([bytes], 'photo.jpg'), fileCreatedAt: '2023-01-01T00:00:00.000Z', fileModifiedAt: '2023-01-01T00:00:00.000Z', isFavorite: true } });
    assert.equal(made.status, 'created');
    const again = await call('checkBulkUpload', { assetBulkUploadCheckDto: { assets: [{ id: 'a', checksum: sha1(bytes) }, { id: 'b', checksum: sha1('new') }] } });
    assert.deepEqual(again.results.map((result) => result.action), ['reject', 'accept']);
    await call('getAssetInfo', { id: made.id });
    const ready = await server.until(async () => {
      const asset = await sdk.getAssetInfo({ id: made.id });
      return asset.thumbhash && asset;
    }, { what: 'the thumbnail' });
    const asset = await call('getAssetInfo', { id: made.id });
    assert.equal(asset.exifInfo.make, 'Test');
    assert.equal(asset.exifInfo.orientation, '6');
    assert.equal(asset.fileCreatedAt, '2024-08-01T10:00:00.000Z');
    assert.equal(asset.localDateTime, '2024-08-01T12:00:00.000Z');
    assert.deepEqual([asset.width, asset.height], [32, 64]);
    assert.equal(ready.isFavorite, true);
    const edited = await call('updateAsset', { id: made.id, updateAssetDto: { description: 'words', rating: 3 } });
    assert.deepEqual([edited.exifInfo.description, edited.exifInfo.rating], ['words', 3]);
    called.add('updateAssets');
    await sdk.updateAssets({ assetBulkUpdateDto: { ids: [made.id], isFavorite: true, dateTimeRelative: 0 } });

    called.add('playAssetVideo');
    await assert.rejects(sdk.playAssetVideo({ id: made.id }), (error) => [400, 404].includes(error.status)); // it is a photo
    called.add('downloadAsset');
    assert.ok(Buffer.from(await (await sdk.downloadAsset({ id: made.id })).arrayBuffer()).equals(bytes));
    called.add('viewAsset');
    for (const size of ['thumbnail', 'preview', 'fullsize']) {
      const blob = await sdk.viewAsset({ id: made.id, size });
      assert.match(blob.type, /^image\//, size);
      assert.ok(blob.size > 0);
    }
    assert.deepEqual(await call('getAssetStatistics', {}), { images: 1, videos: 0, total: 1 });
  });

  test('the timeline', async () => {
    const buckets = await call('getTimeBuckets', {});
    assert.deepEqual(buckets, [{ timeBucket: '2024-08-01', count: 1 }]);
    const bucket = await call('getTimeBucket', { timeBucket: '2024-08-01', withCoordinates: true });
    for (const [name, list] of Object.entries(bucket)) assert.equal(list.length, 1, name);
    assert.deepEqual([bucket.fileCreatedAt[0], bucket.localOffsetHours[0], bucket.ratio[0]], ['2024-08-01T10:00:00.000', 2, 0.5]);
  });

  test('the trash', async () => {
    const id = (await sdk.getTimeBucket({ timeBucket: '2024-08-01' })).id[0];
    called.add('deleteAssets');
    await sdk.deleteAssets({ assetBulkDeleteDto: { ids: [id] } });
    assert.equal((await call('getAssetInfo', { id })).isTrashed, true);
    assert.deepEqual(await call('getTimeBuckets', {}), []);
    assert.equal((await call('getTimeBuckets', { isTrashed: true })).length, 1);
    assert.deepEqual(await call('restoreAssets', { bulkIdsDto: { ids: [id] } }), { count: 1 });
    assert.equal((await call('getTimeBuckets', {})).length, 1);
    await sdk.deleteAssets({ assetBulkDeleteDto: { ids: [id] } });
    assert.deepEqual(await call('restoreTrash'), { count: 1 });
    assert.deepEqual(await call('restoreTrash'), { count: 0 });
    assert.equal((await call('getAssetInfo', { id })).isTrashed, false);
    await sdk.deleteAssets({ assetBulkDeleteDto: { ids: [id] } });
    assert.deepEqual(await call('emptyTrash'), { count: 1 });
    await assert.rejects(sdk.getAssetInfo({ id }), (error) => error.status === 400);
  });

  test('albums', async () => {
    const first = await call('uploadAsset', { assetMediaCreateDto: { assetData: new File([jpeg()], 'a.jpg'), fileCreatedAt: '2023-01-01T00:00:00.000Z', fileModifiedAt: '2023-01-01T00:00:00.000Z' } });
    const made = await call('createAlbum', { createAlbumDto: { albumName: 'Holiday', description: 'by the sea' } });
    assert.equal(made.assetCount, 0);
    assert.equal(made.albumUsers[0].role, 'owner');
    const added = await call('addAssetsToAlbum', { id: made.id, bulkIdsDto: { ids: [first.id, made.id] } });
    assert.deepEqual(added.map((one) => [one.success, one.error]), [[true, undefined], [false, 'no_permission']]);
    const again = await call('addAssetsToAlbum', { id: made.id, bulkIdsDto: { ids: [first.id] } });
    assert.deepEqual([again[0].success, again[0].error], [false, 'duplicate']);
    const filled = await call('getAlbumInfo', { id: made.id });
    assert.deepEqual([filled.assetCount, filled.albumThumbnailAssetId], [1, first.id]);
    assert.ok(filled.startDate && filled.endDate && filled.lastModifiedAssetTimestamp);
    const renamed = await call('updateAlbumInfo', { id: made.id, updateAlbumDto: { albumName: 'Trip', order: 'asc', albumThumbnailAssetId: first.id } });
    assert.deepEqual([renamed.albumName, renamed.order, renamed.description], ['Trip', 'asc', 'by the sea']);
    const other = await call('createAlbum', { createAlbumDto: { albumName: 'Other', assetIds: [first.id] } });
    assert.equal(other.assetCount, 1);
    assert.equal((await call('addAssetsToAlbums', { albumsAddAssetsDto: { albumIds: [made.id, other.id], assetIds: [first.id] } })).error, 'duplicate');
    assert.equal((await call('getAllAlbums', {})).length, 2);
    assert.deepEqual((await call('getAllAlbums', { name: 'Trip' })).map((album) => album.id), [made.id]);
    assert.equal((await call('getAllAlbums', { assetId: first.id, isOwned: true })).length, 2);
    assert.deepEqual(await call('getAllAlbums', { isShared: true }), []);
    assert.deepEqual(await call('getAlbumStatistics'), { owned: 2, shared: 0, notShared: 2 });
    const buckets = await sdk.getTimeBuckets({ albumId: made.id });
    assert.deepEqual(buckets.map((bucket) => bucket.count), [1]);
    assert.deepEqual((await sdk.getTimeBucket({ albumId: made.id, timeBucket: buckets[0].timeBucket })).id, [first.id]);
    assert.deepEqual((await call('removeAssetFromAlbum', { id: made.id, bulkIdsDto: { ids: [first.id] } }))[0].success, true);
    assert.deepEqual(await sdk.getTimeBuckets({ albumId: made.id }), []);
    const shared = { albumName: 'Shared', albumUsers: [{ userId: '00000000-0000-4000-8000-000000000000', role: 'editor' }] };
    await assert.rejects(sdk.createAlbum({ createAlbumDto: shared }), (error) => error.status === 400);
    called.add('deleteAlbum');
    await sdk.deleteAlbum({ id: other.id });
    await assert.rejects(sdk.getAlbumInfo({ id: other.id }), (error) => error.status === 400);
    assert.equal((await sdk.getAssetInfo({ id: first.id })).isTrashed, false);
  });

  test('sharing with others', async () => {
    const { userId: other, email } = await server.addUser();
    assert.equal((await call('searchUsers')).length, 2);
    await call('getUser', { id: other });
    const album = await call('createAlbum', { createAlbumDto: { albumName: 'Ours', albumUsers: [{ userId: other, role: 'viewer' }] } });
    assert.ok(album.shared && album.albumUsers.length === 2);
    called.add('updateAlbumUser').add('removeUserFromAlbum').add('removePartner');
    await sdk.updateAlbumUser({ id: album.id, userId: other, updateAlbumUserDto: { role: 'editor' } });
    await sdk.removeUserFromAlbum({ id: album.id, userId: other });
    assert.equal((await call('addUsersToAlbum', { id: album.id, addUsersDto: { albumUsers: [{ userId: other }] } })).albumUsers[1].role, 'editor');
    await call('createPartner', { partnerCreateDto: { sharedWithId: other } });
    assert.deepEqual((await call('getPartners', { direction: 'shared-by' })).map((one) => one.id), [other]);
    await sdk.removePartner({ id: other });
    await call('createPartnerDeprecated', { id: other });
    called.add('updatePartner'); // the other one's to say: sharing.test.mjs
    assert.equal((await server.cli(['user', 'delete', '--email', email])).code, 0);
  });

  test('the locked folder', async () => {
    assert.deepEqual(await call('getAuthStatus'), { pinCode: false, password: true, isElevated: false });
    called.add('setupPinCode');
    await sdk.setupPinCode({ pinCodeSetupDto: { pinCode: '123456' } });
    called.add('unlockAuthSession');
    await sdk.unlockAuthSession({ sessionUnlockDto: { pinCode: '123456' } });
    assert.equal((await call('getAuthStatus')).isElevated, true);
    called.add('lockAuthSession');
    await sdk.lockAuthSession();
    assert.equal((await call('getAuthStatus')).isElevated, false);
    called.add('changePinCode');
    await sdk.changePinCode({ pinCodeChangeDto: { pinCode: '123456', newPinCode: '654321' } });
    called.add('resetPinCode');
    await sdk.resetPinCode({ pinCodeResetDto: { pinCode: '654321' } });
    assert.equal((await call('getAuthStatus')).pinCode, false);
  });

  test('searching', async () => {
    const photo = jpeg({ exif: { date: '2024:08:01 12:00:00', make: 'Found', model: 'One' } });
    await sdk.uploadAsset({ assetMediaCreateDto: { assetData: new File([photo], 'holiday photo.jpg'), fileCreatedAt: '2023-01-01T00:00:00.000Z', fileModifiedAt: '2023-01-01T00:00:00.000Z' } });
    const found = await server.until(async () => {
      const answer = await call('searchAssets', { metadataSearchDto: { make: 'Found' } });
      return answer.assets.count === 1 && answer;
    }, { what: 'the photo among what was found' });
    assert.equal(found.assets.items[0].exifInfo.make, 'Found');
    assert.equal((await call('searchAssets', { metadataSearchDto: { originalFileName: 'PHOTO', size: 1, page: 2 } })).assets.count, 0);
    const first = await call('searchAssets', { metadataSearchDto: { size: 1 } });
    assert.equal(first.assets.nextPage, '2');
    assert.equal((await call('searchAssets', { metadataSearchDto: { checksum: sha1(photo), withDeleted: true, isNotInAlbum: true } })).assets.count, 1);
    assert.equal((await call('searchAssets', { metadataSearchDto: { personIds: ['00000000-0000-4000-8000-000000000000'] } })).assets.count, 0);
    await assert.rejects(sdk.searchAssets({ metadataSearchDto: { takenAfter: 'x' } }), (error) => error.status === 400);
    assert.ok((await call('searchRandom', { randomSearchDto: { size: 1 } })).length === 1);
    assert.equal((await call('searchAssetStatistics', { statisticsSearchDto: { make: 'Found' } })).total, 1);
    assert.deepEqual(await call('getSearchSuggestions', { $type: 'camera-make' }), ['Found']);
  });

  test('the lines of a sync stream, and its acknowledgements', async () => {
    await call('uploadAsset', { assetMediaCreateDto: { assetData: new File([jpeg()], 'synced.jpg'), fileCreatedAt: '2023-01-01T00:00:00.000Z', fileModifiedAt: '2023-01-01T00:00:00.000Z' } });
    called.add('getSyncStream');
    const types = ['AuthUsersV1', 'UsersV1', 'AssetsV2', 'AssetExifsV1', 'UserMetadataV1', 'MemoriesV1', 'PeopleV1', 'AlbumsV2', 'AlbumUsersV1', 'AlbumToAssetsV1'];
    const trip = (await sdk.getAllAlbums({}))[0];
    await sdk.addAssetsToAlbum({ id: trip.id, bulkIdsDto: { ids: (await sdk.getTimeBucket({ timeBucket: (await sdk.getTimeBuckets({}))[0].timeBucket })).id } });
    const lines = (await sdk.getSyncStream({ syncStreamDto: { types } })).trimEnd().split('\n').map((line) => JSON.parse(line));
    assert.ok(lines.length >= 6);
    for (const line of lines) {
      assert.ok(Object.values(sdk.SyncEntityType).includes(line.type), line.type);
      assert.deepEqual(declared.faults(line.data, `Sync${line.type.replace(/^Sync/, '')}`), [], line.type);
    }
    called.add('sendSyncAck');
    await sdk.sendSyncAck({ syncAckSetDto: { acks: lines.map((line) => line.ack) } });
    assert.ok((await call('getSyncAck')).length >= 6);
    called.add('deleteSyncAck');
    await sdk.deleteSyncAck({ syncAckDeleteDto: { types: ['AssetV2'] } });
    const session = (await sdk.getSessions()).find((one) => one.current);
    assert.equal((await call('updateSession', { id: session.id, sessionUpdateDto: { isPendingSyncReset: true } })).isPendingSyncReset, true);
    await sdk.sendSyncAck({ syncAckSetDto: { acks: ['SyncResetV1|reset'] } });
    assert.equal((await call('getSyncAck')).length, 0);
  });

  test('the queues', async () => {
    await sdk.uploadAsset({ assetMediaCreateDto: { assetData: new File([jpeg()], 'queued.jpg'), fileCreatedAt: '2023-01-01T00:00:00.000Z', fileModifiedAt: '2023-01-01T00:00:00.000Z' } });
    assert.equal(Object.keys(await call('getQueuesLegacy')).length, Object.keys(sdk.QueueName).length);
    assert.equal((await call('runQueueCommandLegacy', { name: 'library', queueCommandDto: { command: 'pause' } })).queueStatus.isPaused, true);
    assert.equal((await call('getQueue', { name: 'library' })).isPaused, true);
    assert.equal((await call('updateQueue', { name: 'library', queueUpdateDto: { isPaused: false } })).isPaused, false);
    assert.ok((await call('getQueues')).every((queue) => !queue.isPaused));
    await call('updateQueue', { name: 'thumbnailGeneration', queueUpdateDto: { isPaused: true } });
    await sdk.uploadAsset({ assetMediaCreateDto: { assetData: new File([jpeg()], 'paused.jpg'), fileCreatedAt: '2023-01-02T00:00:00.000Z', fileModifiedAt: '2023-01-02T00:00:00.000Z' } });
    assert.ok((await call('getQueueJobs', { name: 'thumbnailGeneration', status: ['waiting'] })).some((job) => job.data.fileName === 'paused.jpg'));
    called.add('emptyQueue');
    await sdk.emptyQueue({ name: 'thumbnailGeneration', queueDeleteDto: { failed: true } });
    assert.deepEqual(await sdk.getQueueJobs({ name: 'thumbnailGeneration', status: ['waiting'] }), []);
  });

  test('what is left of accounts and the server', async () => {
    const key = await sdk.createApiKey({ apiKeyCreateDto: { name: 'k', permissions: ['asset.read'] } });
    assert.notEqual((await call('rotateApiKey', { id: key.id })).secret, key.secret);
    const cast = await call('createSession', { sessionCreateDto: { deviceType: 'TV', duration: 60 } });
    called.add('lockSession').add('deleteUserOnboarding').add('deleteUserLicense').add('deleteServerLicense').add('updateAdminOnboarding');
    await sdk.lockSession({ id: cast.id });
    assert.equal((await call('getUserOnboarding')).isOnboarded, true);
    await call('setUserOnboarding', { onboardingDto: { isOnboarded: true } });
    await sdk.deleteUserOnboarding();
    await Promise.all([sdk.deleteUserLicense(), sdk.deleteServerLicense(), sdk.updateAdminOnboarding({ adminOnboardingUpdateDto: { isOnboarded: true } })]);
    for (const operation of ['getApkLinks', 'getVersionCheck', 'getVersionHistory', 'getAdminOnboarding', 'getReverseGeocodingState', 'getVersionCheckState',
      'getNotifications', 'getPublicConfig', 'getPublicConfigDefaults', 'getUserConfig', 'getUserConfigDefaults', 'getAdminConfig', 'getAdminConfigDefaults',
      'getConfig', 'getConfigDefaults', 'getStorageTemplateOptions']) await call(operation, {});
    const id = '00000000-0000-4000-8000-000000000000';
    const licenseKeyDto = { licenseKey: 'a', activationKey: 'b' };
    for (const [operation, options, status] of [
      ['getUserLicense', {}, 404], ['getServerLicense', {}, 404], ['setUserLicense', { licenseKeyDto }, 400], ['setServerLicense', { licenseKeyDto }, 400],
      ['updateNotifications', { notificationUpdateAllDto: { ids: [id] } }, 400], ['deleteNotifications', { notificationDeleteAllDto: { ids: [id] } }, 400],
      ['getNotification', { id }, 400], ['updateNotification', { id, notificationUpdateDto: {} }, 400], ['deleteNotification', { id }, 400],
      ['startOAuth', { oAuthConfigDto: {} }, 400], ['finishOAuth', { oAuthCallbackDto: {} }, 400], ['linkOAuthAccount', { oAuthCallbackDto: {} }, 400],
      ['unlinkOAuthAccount', {}, 400], ['redirectOAuthToMobile', {}, 400], ['updateAdminConfig', { adminConfigDto: {} }, 400], ['updateConfig', { adminConfigDto: {} }, 400],
    ]) {
      called.add(operation);
      await assert.rejects(sdk[operation](options), (error) => error.status === status, operation);
    }
  });

  test('a picture of oneself', async () => {
    const me = await sdk.getMyUser();
    assert.equal((await call('createProfileImage', { createProfileImageDto: { file: new File([jpeg()], 'me.jpg') } })).userId, me.id);
    called.add('getProfileImage').add('deleteProfileImage');
    assert.equal((await sdk.getProfileImage({ id: me.id })).type, 'image/jpeg');
    assert.notEqual((await call('getMyUser')).profileImagePath, '');
    await sdk.deleteProfileImage();
    assert.equal((await call('getMyUser')).profileImagePath, '');
  });

  test('chores of assets', async () => {
    const upload = async (name) => (await sdk.uploadAsset({ assetMediaCreateDto: { assetData: new File([jpeg()], name), fileCreatedAt: '2023-01-01T00:00:00.000Z', fileModifiedAt: '2023-01-01T00:00:00.000Z' } })).id;
    const [sourceId, targetId] = [await upload('from.jpg'), await upload('to.jpg')];
    assert.equal((await call('getDownloadInfo', { downloadInfoDto: { assetIds: [sourceId, targetId] } })).archives.length, 1);
    called.add('downloadArchive').add('copyAsset').add('runAssetJobs');
    assert.ok((await sdk.downloadArchive({ downloadArchiveDto: { assetIds: [sourceId] } })).size > 0);
    await sdk.copyAsset({ assetCopyDto: { sourceId, targetId } });
    await sdk.runAssetJobs({ assetJobsDto: { assetIds: [sourceId], name: 'refresh-metadata' } });
    await call('getAssetOcr', { id: sourceId });
    assert.deepEqual((await call('getAssetEdits', { id: sourceId })).edits, []);
    called.add('editAsset').add('removeAssetEdits');
    await assert.rejects(sdk.editAsset({ id: sourceId, assetEditsCreateDto: { edits: [{ action: 'rotate', parameters: { angle: 90 } }] } }), (error) => error.status === 400);
    await sdk.removeAssetEdits({ id: sourceId });
    const [folder] = await server.until(async () => {
      const folders = await call('getUniqueOriginalPaths');
      return folders.length > 0 && folders;
    }, { what: 'a folder' });
    assert.ok((await call('getAssetsByOriginalPath', { path: folder })).length > 0);
  });

  test('administration', async () => {
    const user = await call('createUserAdmin', { userAdminCreateDto: { email: 'made@example.org', name: 'Made', password: 'a password here', quotaSizeInBytes: 5000 } });
    assert.equal((await call('searchUsersAdmin', {})).length, 2);
    assert.deepEqual(await call('getUserAdmin', { id: user.id }), user);
    assert.equal((await call('updateUserAdmin', { id: user.id, userAdminUpdateDto: { storageLabel: 'made' } })).storageLabel, 'made');
    await call('getUserPreferencesAdmin', { id: user.id });
    await call('updateUserPreferencesAdmin', { id: user.id, userPreferencesUpdateDto: { tags: { enabled: true } } });
    assert.deepEqual(await call('getUserStatisticsAdmin', { id: user.id }), { images: 0, videos: 0, total: 0 });
    assert.deepEqual(await call('getUserSessionsAdmin', { id: user.id }), []);
    assert.equal((await call('deleteUserAdmin', { id: user.id, userAdminDeleteDto: {} })).status, 'deleted');
    assert.equal((await call('restoreUserAdmin', { id: user.id })).status, 'active');
  });

  test('what clients keep with an asset', async () => {
    const { id } = await sdk.uploadAsset({ assetMediaCreateDto: { assetData: new File([jpeg()], 'kept.jpg'), fileCreatedAt: '2023-01-01T00:00:00.000Z', fileModifiedAt: '2023-01-01T00:00:00.000Z', metadata: [{ key: 'mobile-app', value: { iCloudId: 'x' } }] } });
    const items = [{ key: 'mobile-app', value: { iCloudId: 'y' } }];
    assert.equal((await call('updateAssetMetadata', { id, assetMetadataUpsertDto: { items } }))[0].value.iCloudId, 'y');
    await call('updateBulkAssetMetadata', { assetMetadataBulkUpsertDto: { items: items.map((item) => ({ ...item, assetId: id })) } });
    assert.equal((await call('getAssetMetadata', { id })).length, 1);
    await call('getAssetMetadataByKey', { id, key: 'mobile-app' });
    called.add('deleteAssetMetadata').add('deleteBulkAssetMetadata');
    await sdk.deleteAssetMetadata({ id, key: 'mobile-app' });
    await sdk.deleteBulkAssetMetadata({ assetMetadataBulkDeleteDto: { items: [{ assetId: id, key: 'mobile-app' }] } });
    assert.deepEqual(await sdk.getAssetMetadata({ id }), []);
  });

  test('links, what is said of albums, and downloads', async () => {
    const upload = async () => (await sdk.uploadAsset({ assetMediaCreateDto: { assetData: new File([jpeg()], 'shown.jpg'), fileCreatedAt: '2023-01-01T00:00:00.000Z', fileModifiedAt: '2023-01-01T00:00:00.000Z' } })).id;
    const [one, two] = [await upload(), await upload()];
    const album = await sdk.createAlbum({ createAlbumDto: { albumName: 'Shown', assetIds: [one] } });
    await call('createSharedLink', { sharedLinkCreateDto: { type: 'ALBUM', albumId: album.id, expiresAt: '2100-01-01T00:00:00.000Z', slug: 'shown' } });
    const link = await call('createSharedLink', { sharedLinkCreateDto: { type: 'INDIVIDUAL', assetIds: [one], password: 'p' } });
    assert.equal((await call('getAllSharedLinks', {})).length, 2);
    assert.equal((await call('addSharedLinkAssets', { id: link.id, assetIdsDto: { assetIds: [two, one] } }))[1].error, 'duplicate');
    await call('removeSharedLinkAssets', { id: link.id, assetIdsDto: { assetIds: [two] } });
    await call('sharedLinkLogin', { key: link.key, sharedLinkLoginDto: { password: 'p' } });
    await call('updateSharedLink', { id: link.id, sharedLinkEditDto: { password: null } });
    await call('getMySharedLink', { key: link.key });
    await call('getMySharedLink', { slug: 'shown' });
    await call('getSharedLinkById', { id: link.id });
    called.add('removeSharedLink').add('deleteActivity').add('downloadArchive');
    await sdk.removeSharedLink({ id: link.id });
    const said = await call('createActivity', { activityCreateDto: { albumId: album.id, assetId: one, type: 'comment', comment: 'x' } });
    await call('createActivity', { activityCreateDto: { albumId: album.id, type: 'like' } });
    assert.equal((await call('getActivities', { albumId: album.id })).length, 2);
    assert.deepEqual(await call('getActivityStatistics', { albumId: album.id }), { comments: 1, likes: 1 });
    await sdk.deleteActivity({ id: said.id });
    const { archives } = await call('getDownloadInfo', { downloadInfoDto: { albumId: album.id } });
    assert.ok((await sdk.downloadArchive({ downloadArchiveDto: { assetIds: archives[0].assetIds } })).size > 100);
  });

  test('signing out', async () => {
    await call('logout');
    await assert.rejects(sdk.validateAccessToken(), (error) => error.status === 401);
  });

  test('no operation of the table was left out', async () => {
    const { stdout } = await runProgram(['routes']);
    const claimed = stdout.trim().split('\n').map((line) => line.split('\t')[2]).filter((operation) => typeof sdk[operation] === 'function');
    assert.ok(claimed.length > 30);
    // Those with a file of tests of their own are called there, and held against the same declarations.
    const files = ['organise', 'search'].map((name) => readFile(new URL(`./${name}.test.mjs`, import.meta.url), 'utf8'));
    const elsewhere = (await Promise.all(files)).join('\n');
    const isCalled = (operation) => called.has(operation) || new RegExp(`'${operation}'|sdk\\.${operation}\\(`).test(elsewhere);
    assert.deepEqual([...new Set(claimed)].filter((operation) => !isCalled(operation)), []);
  });
});
