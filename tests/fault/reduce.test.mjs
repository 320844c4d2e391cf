// SPDX-License-Identifier: GPL-3.0-or-later
//
// High quality under SIGKILL and failing disks: at each named point of making a stored photo smaller, the original or
// the smaller file is there, whole, never none; and after the next start the work is done.
import assert from 'node:assert/strict';
import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { after, afterEach, before, test } from 'node:test';
import { SMALL, jpegSize, largePhoto } from '../http/large_photo.mjs';
import { sha1, sha256 } from '../http/photo.mjs';
import { startServer } from '../http/server.mjs';
import { assertFaultBuild, assertVerified, reducePoints, stagedFiles } from './library.mjs';

let server;
let session;

before(async () => {
  assertFaultBuild();
  server = await startServer({ env: SMALL });
  session = await server.signUp();
  await server.request('/api/backup/preferences', { method: 'PUT', session, json: { quality: 'high' } });
  await server.kill();
});
afterEach(async () => {
  if (server.isRunning) await server.kill();
});
after(() => server.forget());

const proofOf = async (id) => (await server.request(`/api/assets/${id}/proof`, { session })).body;

/** The bytes of the asset, which must be those of @photo or a whole smaller picture. */
async function assertWhole(id, photo) {
  const bytes = await server.original(id, { session });
  const proof = await proofOf(id);
  assert.equal(sha256(bytes), proof.sha256);
  assert.equal(proof.sha1, sha1(photo), 'it is known by the file that came');
  if (sha1(bytes) !== sha1(photo)) assert.deepEqual(jpegSize(bytes), { width: 424, height: 282 });
}

async function storedBlobs(folder = join(server.data, 'store'), found = []) {
  for (const entry of await readdir(folder, { withFileTypes: true }))
    entry.isDirectory() ? await storedBlobs(join(folder, entry.name), found) : found.push(entry.name);
  return found;
}

/** After a plain start everything comes to its end: reduced, nothing left over. */
async function assertDone(id, photo, n) {
  const proof = await server.until(async () => {
    const now = await proofOf(id);
    return now.quality.state !== 'waiting' && now;
  });
  assert.equal(proof.quality.state, 'reduced', proof.quality.note);
  await server.cli(['jobs', '--wait']);
  await assertWhole(id, photo);
  await assertVerified(server);
  assert.deepEqual(await stagedFiles(server), []);
  await server.until(async () => (await storedBlobs()).length === n, { what: 'the originals leave' });
}

let n = 0;
for (const point of reducePoints()) {
  test(`killed at ${point}`, async () => {
    const photo = largePhoto();
    await server.start({ ...SMALL, AMBROTYPE_FAULT: `${point}:kill` });
    const { status, body } = await server.upload(photo, { session, name: `${point}.jpg` });
    assert.equal(status, 201);
    await server.until(() => !server.isRunning, { what: `passing ${point}` });
    await server.start(SMALL);
    await assertWhole(body.id, photo);
    await assertDone(body.id, photo, ++n);
    await server.kill();
  });
}

test('a disk that fails at any of the points leaves the original and nothing else', async () => {
  const points = reducePoints().filter((name) => name !== 'reduce.after-rows');
  await server.start({ ...SMALL, AMBROTYPE_FAULT: points.map((point) => `${point}:eio@1`).join(',') });
  const photos = new Map();
  for (const point of points) {
    const photo = largePhoto();
    photos.set((await server.upload(photo, { session, name: `${point}.jpg` })).body.id, photo);
  }
  const failed = new RegExp(`Jobs: ${points.length} waiting, 0 at work`);
  await server.until(async () => failed.test((await server.cli(['jobs'])).stdout), { what: 'the failures' });
  // Each is tried again half a minute later; until then the file that came is what there is.
  for (const [id, photo] of photos) assert.equal(sha1(await server.original(id, { session })), sha1(photo));
  await server.until(async () => (await storedBlobs()).length === n + photos.size, { what: 'the smaller files leave' });
  await assertVerified(server);
  await server.kill();
});
