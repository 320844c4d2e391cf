// SPDX-License-Identifier: GPL-3.0-or-later
//
// High quality on the server: large photos become smaller after they were stored, with all that they hold; phones and
// clients know them by the file that came; limits skip what is too large, and say so.
import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { mkdtemp, readdir, rm, stat, unlink } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { assertFaultBuild } from '../fault/library.mjs';
import { SMALL, jpegSize, largePhoto, largeVideo } from './large_photo.mjs';
import { jpeg, sha1, sha256 } from './photo.mjs';
import { startServer } from './server.mjs';

let server;
let me;
before(async () => {
  assertFaultBuild();
  server = await startServer({ env: SMALL });
  me = await server.signUp();
});
after(() => server?.stop());

const ask = async (path, options = {}) => (await server.request(path, { session: me, ...options })).body;
const proofOf = (id) => ask(`/api/assets/${id}/proof`);

async function choose(quality) {
  const answer = await ask('/api/backup/preferences', { method: 'PUT', json: { quality } });
  assert.equal(answer.quality, quality);
}

async function send(bytes, options) {
  const { status, body } = await server.upload(bytes, { session: me, ...options });
  assert.equal(status, 201, JSON.stringify(body));
  return body.id;
}

/** Waits until it is decided what becomes of the file, and all jobs are done. */
async function settled(id) {
  const proof = await server.until(async () => {
    const now = await proofOf(id);
    return now.media.state !== 'waiting' && now.quality.state !== 'waiting' && now;
  }, { what: 'the decision on the quality' });
  const jobs = await server.cli(['jobs', '--wait']);
  assert.equal(jobs.code, 0, jobs.stderr);
  return proof;
}

async function files(folder, found = []) {
  for (const entry of await readdir(join(server.data, folder), { withFileTypes: true })) {
    if (entry.isDirectory()) await files(join(folder, entry.name), found);
    else found.push(join(server.data, folder, entry.name));
  }
  return found;
}

async function register(quality) {
  const id = randomUUID();
  const { status, body } = await server.request(`/api/backup/devices/${id}`, { method: 'PUT', session: me, json: { name: 'Shelf', kind: 'computer', ...(quality ? { quality } : {}) } });
  assert.equal(status, 200, JSON.stringify(body));
  return body;
}

test('a photo above the limit becomes smaller and keeps everything else', async () => {
  await choose('high');
  const video = Buffer.from('\0\0\0\x10ftypmp42\0\0\0\0moving');
  const photo = largePhoto({ video });
  const device = await register();
  assert.equal(device.qualityInForce, 'high');
  const id = await send(photo, { name: 'large.jpg', fields: { deviceId: device.id, deviceAssetId: 'camera/large.jpg' } });
  const before = await ask(`/api/assets/${id}`);
  const proof = await settled(id);
  assert.equal(proof.quality.state, 'reduced', proof.quality.note);
  assert.equal(proof.quality.originalSize, photo.length);
  assert.match(proof.quality.note, /^High quality: 0\.3 MP → 0\.1 MP, [\d.]+\skB → [\d.]+\skB$/);
  assert.equal(proof.sha1, sha1(photo), 'it is known by the file that came');
  assert.equal(proof.verifyResult, 'ok');
  assert.equal(proof.media.state, 'ready');

  const small = await server.original(id, { session: me });
  assert.deepEqual(jpegSize(small), { width: 424, height: 282 });
  assert.equal(sha256(small), proof.sha256);
  assert.ok(small.length === proof.size && small.length <= photo.length * 0.9);
  assert.ok(small.subarray(-video.length).equals(video), 'the video at its end');
  const now = await ask(`/api/assets/${id}`);
  assert.equal(now.checksum, before.checksum);
  assert.equal(now.exifInfo.dateTimeOriginal, '2024-08-01T10:00:00.000Z');
  assert.equal(now.exifInfo.latitude, 52.5);
  assert.equal(now.exifInfo.make, 'Acme');
  assert.deepEqual([now.width, now.height, now.exifInfo.exifImageWidth], [424, 282, 424]);
  assert.equal(now.exifInfo.fileSizeInByte, small.length);
  for (const size of ['thumbnail', 'preview']) assert.equal((await server.request(`/api/assets/${id}/thumbnail?size=${size}`, { session: me, raw: true })).status, 200);

  // The ledger, the card, what it saved.
  const { items } = await ask(`/api/backup/devices/${device.id}/items`);
  assert.deepEqual(items.map(({ key, size, state, note }) => [key, size, state, note]), [['camera/large.jpg', photo.length, 'verified', proof.quality.note]]);
  const [card] = (await ask('/api/backup/devices')).filter((one) => one.id === device.id);
  assert.equal(card.state, 'complete');
  assert.deepEqual(card.saved, { files: 1, bytes: photo.length - small.length });
  assert.deepEqual((await ask('/api/backup/preferences')).saved, card.saved);

  // The original is gone from the disk, and browse/ shows the smaller file.
  assert.deepEqual((await files('store')).map((path) => path.slice(-64)), [proof.sha256]);
  assert.deepEqual(await files('staging'), []);
  const [link] = await files('browse');
  assert.equal((await stat(link)).ino, (await stat((await files('store'))[0])).ino);

  // Nobody sends it again: neither the file that came, nor what became of it.
  const { results } = await ask('/api/assets/bulk-upload-check', { method: 'POST', json: { assets: [photo, small].map((bytes, i) => ({ id: String(i), checksum: sha1(bytes) })) } });
  assert.deepEqual(results.map(({ action, assetId }) => [action, assetId]), [['reject', id], ['reject', id]]);
  for (const announce of [false, true]) {
    const again = await server.upload(photo, { session: me, announce });
    assert.deepEqual([again.status, again.body], [200, { id, status: 'duplicate' }]);
  }
  const { results: reported } = await ask(`/api/backup/devices/${device.id}/items`, { method: 'POST', json: { items: [{ key: 'copy/large.jpg', name: 'large.jpg', size: photo.length, modifiedAt: '2024-08-01T10:00:00.000Z', state: 'stored', checksum: sha1(photo) }] } });
  assert.deepEqual(reported, [{ key: 'copy/large.jpg', state: 'stored', assetId: id }]);
  assert.deepEqual((await files('store')).length, 1);

  const target = await mkdtemp(join(tmpdir(), 'ambrotype-export-'));
  const exported = await server.cli(['export', target]);
  assert.equal(exported.code, 0, exported.stderr);
  const [name] = (await readdir(target, { recursive: true, withFileTypes: true })).filter((entry) => entry.isFile()).map((entry) => entry.name);
  assert.equal(name, 'large.jpg');
  await rm(target, { recursive: true });
  const verified = await server.cli(['verify']);
  assert.equal(verified.code, 0, verified.stdout + verified.stderr);
});

test('a video above the limit becomes a smaller MP4 of the same date, place and camera', async () => {
  await choose('high');
  const video = await largeVideo();
  const id = await send(video, { name: 'large.mov' });
  const proof = await settled(id);
  assert.equal(proof.quality.state, 'reduced', proof.quality.note);
  assert.match(proof.quality.note, /^High quality: 272p → 180p, /);
  assert.equal(proof.sha1, sha1(video));
  const small = await server.original(id, { session: me });
  assert.ok(small.length <= video.length * 0.9);
  assert.equal(small.subarray(4, 8).toString(), 'ftyp');
  const now = await ask(`/api/assets/${id}`);
  assert.deepEqual([now.type, now.height, now.exifInfo.dateTimeOriginal, now.exifInfo.make, now.exifInfo.latitude], ['VIDEO', 180, '2024-08-01T10:00:00.000Z', 'Acme', 52.5]);
  assert.equal((await server.request(`/api/assets/${id}/thumbnail`, { session: me, raw: true })).status, 200);
  assert.equal((await server.request(`/api/assets/${id}/video/playback`, { session: me, raw: true })).status, 200);
  assert.deepEqual((await server.upload(video, { session: me, name: 'again.mov' })).body, { id, status: 'duplicate' });
});

test('what was lost comes back by the file that came, and is made smaller again', async () => {
  await choose('high');
  const photo = largePhoto();
  const id = await send(photo, { name: 'lost.jpg' });
  const first = await settled(id);
  assert.equal(first.quality.state, 'reduced');
  const path = (await files('store')).find((one) => one.endsWith(first.sha256));
  await unlink(path);
  assert.notEqual((await server.cli(['verify'])).code, 0);
  assert.equal((await proofOf(id)).verifyResult, 'missing');
  const again = await server.upload(photo, { session: me, announce: true });
  assert.deepEqual([again.status, again.body], [200, { id, status: 'duplicate' }]);
  const healed = await settled(id);
  assert.equal(healed.quality.state, 'reduced');
  assert.equal(healed.sha1, sha1(photo));
  assert.equal(healed.quality.originalSize, photo.length);
  assert.deepEqual(jpegSize(await server.original(id, { session: me })), { width: 424, height: 282 });
  assert.equal((await server.cli(['verify'])).code, 0);
});

test('the choice of a device counts before that of the account', async () => {
  await choose('high');
  const plain = await register('original');
  assert.deepEqual([plain.quality, plain.qualityInForce, plain.limits.photoBytes], ['original', 'original', null]);
  const kept = largePhoto();
  const id = await send(kept, { name: 'plain.jpg', fields: { deviceId: plain.id } });
  assert.equal((await settled(id)).quality.state, 'original');
  assert.equal(sha1(await server.original(id, { session: me })), sha1(kept));
  await choose('original');
  const thrifty = await register('high');
  assert.deepEqual([thrifty.quality, thrifty.qualityInForce, thrifty.limits.photoBytes], ['high', 'high', 75000000]);
  const other = await send(largePhoto(), { name: 'thrifty.jpg', fields: { deviceId: thrifty.id } });
  assert.equal((await settled(other)).quality.state, 'reduced');
  const followed = await server.request(`/api/backup/devices/${thrifty.id}`, { method: 'PUT', session: me, json: { name: 'Shelf', kind: 'computer', quality: 'account' } });
  assert.deepEqual([followed.body.quality, followed.body.qualityInForce], ['account', 'original']);
  const untouched = await server.request(`/api/backup/devices/${plain.id}`, { method: 'PUT', session: me, json: { name: 'Shelf', kind: 'computer' } });
  assert.equal(untouched.body.quality, 'original', 'a device that registers again keeps its choice');
  assert.equal((await server.request('/api/backup/preferences', { method: 'PUT', session: me, json: { quality: 'low' } })).status, 400);
});

test('what is small already, and what cannot be carried over, is kept and says why', async () => {
  await choose('high');
  const small = jpeg({ width: 64, height: 48 });
  const id = await send(small);
  const proof = await settled(id);
  assert.deepEqual([proof.quality.state, proof.quality.note], ['kept', null]);
  assert.equal(sha1(await server.original(id, { session: me })), sha1(small));
  const whole = largePhoto();
  const cut = whole.subarray(0, whole.length * 0.7);
  const damaged = await send(cut, { name: 'cut.jpg' });
  const { quality } = await settled(damaged);
  assert.equal(quality.state, 'kept');
  assert.match(quality.note, /^Kept as it came: The file is damaged/);
  assert.equal(sha1(await server.original(damaged, { session: me })), sha1(cut));
});

test('a client that made the file smaller itself names the original', async () => {
  await choose('high');
  const original = jpeg({ bytes: 60000 });
  const smaller = jpeg({ width: 32, height: 24 });
  const fields = { originalChecksum: sha1(original), originalSize: String(original.length), qualityNote: 'High quality: made by a test' };
  const id = await send(smaller, { name: 'mine.jpg', fields });
  const proof = await settled(id);
  assert.deepEqual(proof.quality, { state: 'reduced', note: 'High quality: made by a test', originalSize: original.length });
  assert.equal(proof.sha1, sha1(original));
  assert.equal(sha1(await server.original(id, { session: me })), sha1(smaller));
  // The original itself, or another program's smaller one: known.
  assert.deepEqual((await server.upload(original, { session: me })).body, { id, status: 'duplicate' });
  assert.deepEqual((await server.upload(jpeg(), { session: me, fields })).body, { id, status: 'duplicate' });
  for (const wrong of [{ originalChecksum: 'nonsense' }, { originalSize: undefined }, { originalSize: '-1' }, { qualityNote: 'two\nlines' }, { originalChecksum: undefined }]) {
    const { status } = await server.upload(jpeg(), { session: me, fields: { ...fields, ...wrong } });
    assert.equal(status, 400, JSON.stringify(wrong));
  }
});

test('what is above the limits is skipped, by name and with the reason', async () => {
  const base64 = (text) => Buffer.from(text).toString('base64');
  const begin = (at, session, length, name) => at.request('/api/uploads', { method: 'POST', session, headers: { 'tus-resumable': '1.0.0', 'upload-length': String(length), 'upload-metadata': `filename ${base64(name)}` } });
  await choose('high');
  const tooLarge = await begin(server, me, 75_000_001, 'panorama.jpg');
  assert.equal(tooLarge.status, 413);
  assert.match(tooLarge.body.message, /^panorama\.jpg is larger than 75 MB, the most that High quality takes for a photo\. .*Original/);
  assert.equal((await begin(server, me, 75_000_001, 'clip.mp4')).status, 201);
  assert.equal((await begin(server, me, 10_000_000_001, 'film.mp4')).status, 413);
  await choose('original');
  assert.equal((await begin(server, me, 75_000_001, 'panorama.jpg')).status, 201, 'Original has no limit of its own');

  const strict = await startServer({ env: { AMBROTYPE_MAX_PHOTO_MB: '1' } });
  try {
    const session = await strict.signUp();
    const refused = await strict.upload(jpeg({ bytes: 1_000_100 }), { session, name: 'poster.jpg' });
    assert.equal(refused.status, 413);
    assert.match(refused.body.message, /^poster\.jpg is larger than 1 MB, the most that this server takes for a photo\.$/);
    const [device] = (await strict.request('/api/backup/devices', { session })).body;
    assert.equal(device.headline, '1 photo was skipped: larger than 1 MB');
    assert.equal(device.reasons[0].example, 'poster.jpg');
    assert.equal(device.limits.photoBytes, 1000000);
    const { items } = (await strict.request(`/api/backup/devices/${device.id}/items`, { session })).body;
    assert.deepEqual(items.map(({ name, state, reason, note }) => [name, state, reason, note]), [['poster.jpg', 'skipped', 'too-large', '1 MB']]);
  } finally {
    await strict.stop();
  }
});
