// SPDX-License-Identifier: GPL-3.0-or-later
//
// High quality by the backup client: it makes large photos smaller before it sends them, and the server knows them by
// the files that the computer has. Without the worker program it sends them as they are, and the server does it.
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { copyFile, mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { assertFaultBuild } from '../fault/library.mjs';
import { SMALL, jpegSize, largePhoto, largeVideo } from './large_photo.mjs';
import { jpeg, sha1 } from './photo.mjs';
import { program, startServer } from './server.mjs';

let server;
let me;
before(async () => {
  assertFaultBuild();
  server = await startServer({ env: SMALL });
  me = await server.signUp();
});
after(() => server?.stop());

/** A computer with a folder of photos: its backup(words) rejects where the command fails. */
async function computer(t, bin = program) {
  const home = await mkdtemp(join(tmpdir(), 'ambrotype-computer-'));
  t.after(() => rm(home, { recursive: true, force: true }));
  const photos = join(home, 'photos');
  await mkdir(photos);
  const backup = (words, { input = '', mayFail = false } = {}) =>
    new Promise((settle, fail) => {
      const child = execFile(bin, ['backup', ...words], { env: { ...process.env, ...SMALL, AMBROTYPE_CLIENT_DIR: join(home, 'state') } }, (error, stdout, stderr) =>
        error && !mayFail ? fail(new Error(`backup ${words.join(' ')}: ${stdout}${stderr}`)) : settle(stdout + stderr),
      );
      child.stdin.end(input);
    });
  await backup(['login', server.url, '--email', me.email, '--password-stdin'], { input: `${me.password}\n` });
  return { photos, backup };
}

const ask = async (path) => (await server.request(path, { session: me })).body;
async function items() {
  const devices = (await ask('/api/backup/devices')).filter((device) => device.kind === 'computer');
  const lists = await Promise.all(devices.map(async ({ id }) => (await ask(`/api/backup/devices/${id}/items`)).items));
  return lists.flat();
}
const itemOf = async (name) => (await items()).find((item) => item.name === name);

test('large photos are made smaller before they are sent, and not sent again', async (t) => {
  const { photos, backup } = await computer(t);
  const photo = largePhoto();
  const plain = jpeg({ bytes: 30000 });
  await writeFile(join(photos, 'large.jpg'), photo);
  await writeFile(join(photos, 'plain.jpg'), plain);
  assert.match(await backup(['add', photos, '--quality', 'high']), /This computer backs up in High quality\./);
  const words = await backup(['run', '--quiet']);
  assert.match(words, /Stored 2 new .* saved by High quality/);
  const item = await itemOf('large.jpg');
  assert.equal(item.size, photo.length);
  assert.equal(item.checksum, sha1(photo));
  assert.match(item.note, /^High quality: 0\.3 MP → 0\.1 MP/);
  const small = await server.original(item.assetId, { session: me });
  assert.deepEqual(jpegSize(small), { width: 424, height: 282 });
  // Less came over the line than the files are long.
  const received = [...server.log.matchAll(/path=\/api\/assets status=201 bytes=\d+ received=(\d+)/g)].reduce((sum, [, n]) => sum + Number(n), 0);
  assert.ok(received < photo.length * 0.7 + plain.length, `${received} bytes were sent`);
  assert.equal(sha1(await server.original((await itemOf('plain.jpg')).assetId, { session: me })), sha1(plain));

  assert.match(await backup(['run', '--quiet']), /Stored 0 new .*2 were there already/);
  const other = await computer(t);
  await writeFile(join(other.photos, 'copy.jpg'), photo);
  await other.backup(['add', other.photos]);
  assert.match(await other.backup(['run', '--quiet']), /Stored 0 new .*1 was there already/);
  assert.equal((await itemOf('copy.jpg')).assetId, item.assetId);
  assert.match(await backup(['quality', 'original']), /This computer backs up in Original quality\./);
  const late = largePhoto();
  await writeFile(join(photos, 'late.jpg'), late);
  await backup(['run', '--quiet']);
  assert.equal(sha1(await server.original((await itemOf('late.jpg')).assetId, { session: me })), sha1(late));
});

test('large videos are made smaller before they are sent, and keep their date and place', async (t) => {
  const { photos, backup } = await computer(t);
  const video = await largeVideo();
  await writeFile(join(photos, 'large.mov'), video);
  await writeFile(join(photos, 'broken.mp4'), video.subarray(0, 2000));
  await backup(['add', photos, '--quality', 'high']);
  assert.match(await backup(['run', '--quiet']), /Stored 2 new .* saved by High quality/);
  const item = await itemOf('large.mov');
  assert.deepEqual([item.size, item.checksum], [video.length, sha1(video)]);
  assert.match(item.note, /^High quality: \d+p → 180p/);
  const small = await server.original(item.assetId, { session: me });
  assert.ok(small.length <= video.length * 0.9);
  assert.ok(small.subarray(4, 8).equals(Buffer.from('ftyp')));
  const asset = await server.until(async () => {
    const now = await ask(`/api/assets/${item.assetId}`);
    return now.exifInfo.dateTimeOriginal && now;
  }, { what: 'the look into the video' });
  assert.deepEqual([asset.type, asset.height, asset.exifInfo.dateTimeOriginal, asset.exifInfo.latitude], ['VIDEO', 180, '2024-08-01T10:00:00.000Z', 52.5]);
  const broken = await server.original((await itemOf('broken.mp4')).assetId, { session: me });
  assert.ok(broken.equals(video.subarray(0, 2000)), 'what cannot be converted is sent as it is');
  assert.match(await backup(['run', '--quiet']), /Stored 0 new .*2 were there already/);
});

test('without the worker program the server makes it smaller', async (t) => {
  const folder = await mkdtemp(join(tmpdir(), 'ambrotype-alone-'));
  t.after(() => rm(folder, { recursive: true, force: true }));
  await copyFile(program, join(folder, 'ambrotype'));
  const { photos, backup } = await computer(t, join(folder, 'ambrotype'));
  const photo = largePhoto();
  await writeFile(join(photos, 'alone.jpg'), photo);
  await backup(['add', photos, '--quality', 'high']);
  assert.doesNotMatch(await backup(['run', '--quiet']), /saved by High quality/);
  const item = await itemOf('alone.jpg');
  await server.until(async () => (await itemOf('alone.jpg')).note);
  assert.match((await itemOf('alone.jpg')).note, /^High quality: 0\.3 MP/);
  assert.deepEqual(jpegSize(await server.original(item.assetId, { session: me })), { width: 424, height: 282 });
});

test('what is above the limits is skipped before it is sent, by name', async (t) => {
  const { photos, backup } = await computer(t);
  await writeFile(join(photos, 'poster.jpg'), jpeg({ bytes: 75_000_100 }));
  await backup(['add', photos, '--quality', 'high']);
  const words = await backup(['run', '--quiet'], { mayFail: true });
  assert.match(words, /Skipped: .*poster\.jpg: it is larger than the server takes \(75 MB\)\. Choose Original quality/);
  const item = await itemOf('poster.jpg');
  assert.deepEqual([item.state, item.reason, item.note], ['skipped', 'too-large', '75 MB']);
  const card = (await ask('/api/backup/devices')).find((device) => device.reasons.length > 0);
  assert.equal(card.headline, '1 photo was skipped: larger than 75 MB');
  await backup(['quality', 'original']);
  assert.match(await backup(['run', '--quiet']), /Stored 1 new/);
});

test('an account’s quality is set beside the server, too', async () => {
  const { code, stdout } = await server.cli(['user', 'quality', 'high', '--email', me.email]);
  assert.equal(code, 0);
  assert.match(stdout, /backs up in High quality/);
  assert.equal((await ask('/api/backup/preferences')).quality, 'high');
  assert.notEqual((await server.cli(['user', 'quality', 'low', '--email', me.email])).code, 0);
});
