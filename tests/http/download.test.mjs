// SPDX-License-Identifier: GPL-3.0-or-later
//
// Downloads of many: the archives are read by unzip and by Python, byte by byte.
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, readdirSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { chmod, readdir, truncate, unlink } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { downloadArchive, getDownloadInfo } from '@immich/sdk';
import { film, googlePhoto } from './moving.mjs';
import { jpeg, sha256 } from './photo.mjs';
import { startServer } from './server.mjs';

let server;
let me;
let folder;

before(async () => {
  server = await startServer();
  me = await server.signUp();
  folder = mkdtempSync(join(tmpdir(), 'ambrotype-download-'));
});
after(async () => {
  rmSync(folder, { recursive: true, force: true });
  await server.stop();
});

const sdk = (session = me) => ({ baseUrl: `${server.url}/api`, headers: { 'x-immich-user-token': session.accessToken } });

async function store(bytes, name, fields = {}, session = me) {
  const { status, body } = await server.upload(bytes, { session, name, fields });
  assert.equal(status, 201, JSON.stringify(body));
  return body.id;
}

const archive = (assetIds, more = {}, session = me) =>
  server.request('/api/download/archive', { method: 'POST', json: { assetIds, ...more }, session, raw: true });

/** What lies in @bytes, by unzip: {name: Buffer}. */
function unpack(bytes) {
  const file = join(folder, 'archive.zip');
  const out = mkdtempSync(join(folder, 'out-'));
  writeFileSync(file, bytes);
  execFileSync('unzip', ['-tqq', file]);
  execFileSync('unzip', ['-qq', file, '-d', out]);
  execFileSync('python3', ['-c', 'import sys, zipfile; assert zipfile.ZipFile(sys.argv[1]).testzip() is None', file]);
  return Object.fromEntries(readdirSync(out).map((name) => [name, { bytes: readFileSync(join(out, name)), mtime: statSync(join(out, name)).mtimeMs }]));
}

const blobFile = (bytes) => {
  const name = sha256(bytes);
  return join(server.data, 'store', name.slice(0, 2), name.slice(2, 4), name);
};

test('an archive holds the originals, byte by byte, under names of their own', async () => {
  const files = [
    [jpeg({ bytes: 300_000 }), 'IMG_0001.JPG'],
    [jpeg(), 'img_0001.jpg'],
    [jpeg({ bytes: 1_000_000 }), 'IMG_0001.JPG'],
    [jpeg(), 'Zürich – 東京 🗼.jpg'],
  ];
  const ids = [];
  for (const [bytes, name] of files) ids.push(await store(bytes, name, { fileModifiedAt: '2019-02-03T04:05:06.000Z' }));
  const { status, headers, body } = await archive(ids, { archiveName: 'Sommer „2019“' });
  assert.equal(status, 200);
  assert.equal(headers.get('content-type'), 'application/octet-stream');
  assert.equal(headers.get('content-length'), String(body.length));
  assert.match(headers.get('content-disposition'), /^attachment; filename=".*"; filename\*=UTF-8''Sommer%20%E2%80%9E2019%E2%80%9C\.zip$/);
  const found = unpack(body);
  assert.deepEqual(Object.keys(found).sort(), ['IMG_0001 (2).JPG', 'IMG_0001.JPG', 'Zürich – 東京 🗼.jpg', 'img_0001 (1).jpg'].sort());
  const names = ['IMG_0001.JPG', 'img_0001 (1).jpg', 'IMG_0001 (2).JPG', 'Zürich – 東京 🗼.jpg'];
  files.forEach(([bytes], i) => {
    assert.ok(found[names[i]].bytes.equals(bytes), names[i]);
    assert.equal(found[names[i]].mtime, Date.parse('2019-02-03T04:05:06Z'));
  });
  const blob = await downloadArchive({ downloadArchiveDto: { assetIds: ids } }, sdk());
  assert.equal(blob.size, body.length);
  assert.ok((await archive([])).body.length === 22);
});

test('info divides by size and keeps halves together', async () => {
  const other = await server.addUser();
  const up = (bytes, name, fields) => store(bytes, name, fields, other);
  const [a, b, c] = [jpeg({ bytes: 40_000 }), jpeg({ bytes: 40_000 }), jpeg({ bytes: 200_000 })];
  const motion = film();
  const ids = [
    await up(a, 'a.jpg', { fileCreatedAt: '2024-01-01T00:00:00Z' }),
    await up(b, 'b.jpg', { fileCreatedAt: '2024-01-02T00:00:00Z' }),
    await up(c, 'c.jpg', { fileCreatedAt: '2024-01-03T00:00:00Z' }),
  ];
  const video = await up(motion, 'd.mp4', { visibility: 'hidden' });
  const live = jpeg({ bytes: 10_000 });
  const still = await up(live, 'd.jpg', { livePhotoVideoId: video, fileCreatedAt: '2024-01-04T00:00:00Z' });
  const ask = (downloadInfoDto) => getDownloadInfo({ downloadInfoDto }, sdk(other));
  const total = a.length + b.length + c.length + live.length + motion.length;
  assert.deepEqual(await ask({ assetIds: [...ids, still] }), { totalSize: total, archives: [{ assetIds: [...ids, still, video], size: total }] });
  assert.deepEqual(await ask({ assetIds: [...ids, still], archiveSize: 100_000 }), {
    totalSize: total,
    archives: [
      { assetIds: [ids[0], ids[1]], size: a.length + b.length },
      { assetIds: [ids[2]], size: c.length },
      { assetIds: [still, video], size: live.length + motion.length },
    ],
  });
  await up(jpeg(), 'archived.jpg', { visibility: 'archive' });
  const gone = await up(jpeg(), 'gone.jpg');
  assert.equal((await server.request('/api/assets', { method: 'DELETE', json: { ids: [gone] }, session: other })).status, 204);
  const all = await ask({ userId: other.userId });
  assert.deepEqual(all.archives.flatMap((one) => one.assetIds).length, 6);
  assert.ok(!all.archives[0].assetIds.includes(gone));
  const { body: album } = await server.request('/api/albums', { method: 'POST', json: { albumName: 'Two', assetIds: [ids[0], still] }, session: other });
  assert.deepEqual(await ask({ albumId: album.id }), { totalSize: a.length + live.length + motion.length, archives: [{ assetIds: [ids[0], still, video], size: a.length + live.length + motion.length }] });
  const { body } = await archive([still, video], {}, other);
  assert.ok(unpack(body)['d.mp4'].bytes.equals(motion));
});

test('a video inside of a photo comes as a file of its own where that is wanted', async () => {
  const clip = film();
  const photo = googlePhoto(clip);
  const id = await store(photo, 'PXL_1.MP.jpg');
  const part = await server.until(async () => (await server.request(`/api/assets/${id}`, { session: me })).body.livePhotoVideoId, { what: 'the motion part' });
  const ask = async () => (await getDownloadInfo({ downloadInfoDto: { assetIds: [id] } }, sdk())).archives;
  assert.deepEqual(await ask(), [{ assetIds: [id], size: photo.length }]);
  await server.request('/api/users/me/preferences', { method: 'PUT', json: { download: { includeEmbeddedVideos: true } }, session: me });
  assert.deepEqual(await ask(), [{ assetIds: [id, part], size: photo.length + clip.length }]);
  const found = unpack((await archive([id, part])).body);
  assert.ok(found['PXL_1.MP.jpg'].bytes.equals(photo));
  assert.ok(found['PXL_1.MP.mp4'].bytes.equals(clip));
});

test('nobody gets what is not theirs', async () => {
  const other = await server.addUser();
  const mine = await store(jpeg(), 'mine.jpg');
  const theirs = await store(jpeg(), 'theirs.jpg', {}, other);
  const locked = await store(jpeg(), 'locked.jpg', { visibility: 'locked' });
  const refused = { message: 'Not found or no asset.download access' };
  for (const ids of [[theirs], [mine, theirs], [locked], ['00000000-0000-4000-8000-000000000000']]) {
    const one = await server.request('/api/download/archive', { method: 'POST', json: { assetIds: ids }, session: me });
    const two = await server.request('/api/download/info', { method: 'POST', json: { assetIds: ids }, session: me });
    assert.deepEqual([one.status, one.body.message, two.status, two.body.message], [400, refused.message, 400, refused.message]);
  }
  assert.equal((await server.request('/api/download/info', { method: 'POST', json: { userId: other.userId }, session: me })).status, 400);
  assert.equal((await server.request('/api/download/info', { method: 'POST', json: {}, session: me })).status, 400);
  assert.equal((await archive([mine], {}, null)).status, 401);
});

test('an archive says what it lacks', async () => {
  const [good, gone, short] = [jpeg(), jpeg(), jpeg({ bytes: 5000 })];
  const ids = [await store(good, 'good.jpg'), await store(gone, 'gone.jpg'), await store(short, 'short.jpg')];
  await server.cli(['jobs', '--wait']); // a worker maps the file it reads: it would be killed by the cut
  await unlink(blobFile(gone));
  await chmod(blobFile(short), 0o600);
  await truncate(blobFile(short), 100);
  const { headers, body } = await archive(ids);
  assert.equal(headers.get('content-length'), String(body.length));
  const found = unpack(body);
  assert.deepEqual(Object.keys(found).sort(), ['MISSING OR DAMAGED.txt', 'good.jpg']);
  assert.ok(found['good.jpg'].bytes.equals(good));
  assert.match(found['MISSING OR DAMAGED.txt'].bytes.toString(), /^gone\.jpg: is missing .*\r\nshort\.jpg: is missing .*\r\n$/);
});

test('what fails amid the archive cuts it off', async () => {
  const ids = [await store(jpeg({ bytes: 40_000_000 }), 'first.jpg')];
  const last = jpeg();
  ids.push(await store(last, 'last.jpg'));
  const answer = await fetch(`${server.url}/api/download/archive`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', cookie: me.cookie },
    body: JSON.stringify({ assetIds: ids }),
  });
  assert.equal(answer.status, 200);
  await unlink(blobFile(last));
  await assert.rejects(answer.arrayBuffer());
  assert.match(server.log, /download\.cut-off/);
});

test('memory stays flat, and a client who leaves is let go', async () => {
  const ids = [];
  for (let i = 0; i < 6; i++) ids.push(await store(jpeg({ bytes: 20_000_000 }), `large${i}.jpg`));
  const resident = () => Number(/VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${server.pid}/status`, 'utf8'))[1]);
  await archive(ids.slice(0, 1));
  const start = resident();
  const controller = new AbortController();
  const answers = await Promise.all(
    Array.from({ length: 20 }, () =>
      fetch(`${server.url}/api/download/archive`, {
        method: 'POST',
        headers: { 'content-type': 'application/json', cookie: me.cookie },
        body: JSON.stringify({ assetIds: ids }),
        signal: controller.signal,
      }),
    ),
  );
  // None of them reads on; the server answers others meanwhile.
  assert.ok(answers.every((answer) => answer.status === 200));
  assert.equal((await server.request('/api/server/ping')).status, 200);
  const grown = resident() - start;
  assert.ok(grown < 40_000, `20 archives of 120 MB took ${grown} kB`);
  controller.abort();
  const { body } = await archive(ids);
  assert.ok(body.length > 120_000_000);
});

test('packed originals come out of an archive as they went in', async (t) => {
  const packing = await startServer({ env: { AMBROTYPE_STORE_PACK: 'jpegxl' } });
  t.after(() => packing.stop());
  const session = await packing.signUp();
  const photos = Array.from({ length: 3 }, () => jpeg({ width: 640, height: 480, grey: (x, y) => (x * 3 + y * 5) % 200 }));
  const assetIds = [];
  for (const [i, bytes] of photos.entries()) assetIds.push((await packing.upload(bytes, { session, name: `${i}.jpg` })).body.id);
  const packed = async () => (await readdir(join(packing.data, 'store'), { recursive: true })).filter((name) => name.endsWith('.jxl')).length === 3;
  await packing.until(packed, { what: 'packing' });
  const { body } = await packing.request('/api/download/archive', { method: 'POST', json: { assetIds }, session, raw: true });
  const found = unpack(body);
  photos.forEach((bytes, i) => assert.ok(found[`${i}.jpg`].bytes.equals(bytes)));
});
