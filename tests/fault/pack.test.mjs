// SPDX-License-Identifier: GPL-3.0-or-later
//
// The promise while originals change their form: killed at each named point of packing and unpacking, or refused by the
// disk there, every original is there byte for byte, and the next run puts in order what was left.
import assert from 'node:assert/strict';
import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { startServer } from '../http/server.mjs';
import { jpeg, sha256 } from '../http/photo.mjs';
import { assertFaultBuild, assertVerified, packPoints, stagedFiles } from './library.mjs';

let server;
let me;
let photo;

before(async () => {
  assertFaultBuild();
  server = await startServer();
  me = await server.signUp();
  const bytes = jpeg({ width: 640, height: 480, grey: (x, y) => (x * 3 + y * 5) % 200 });
  const { status, body } = await server.upload(bytes, { session: me, name: 'IMG_1.jpg' });
  assert.equal(status, 201);
  photo = { id: body.id, hash: sha256(bytes) };
  assert.equal((await server.cli(['jobs', '--wait'])).code, 0);
  await server.stop({ keep: true });
});

after(() => server.forget());

/** "1 plain, 0 packed": the files of the store. */
async function counts() {
  const names = (await readdir(join(server.data, 'store'), { recursive: true })).filter((name) => name.length > 5);
  const packed = names.filter((name) => name.endsWith('.jxl')).length;
  return `${names.length - packed} plain, ${packed} packed`;
}

/** Whatever state the store is in: what a client gets is what was uploaded, and verify agrees. */
async function assertWhole() {
  await server.start({});
  assert.equal(sha256(await server.original(photo.id, { session: me })), photo.hash);
  await server.kill(); // so that its jobs put nothing in order
  await assertVerified(server);
}

/** From wherever it stands to the end of @word, without faults. */
async function finish(word) {
  const { code, stdout, stderr } = await server.cli([word]);
  assert.equal(code, 0, stdout + stderr);
  assert.equal(await counts(), word === 'pack' ? '0 plain, 1 packed' : '1 plain, 0 packed');
}

/** Which of the two passes @point: the names say it, but for those that both have. */
const words = (point) => (/\.(drop|one-form)$/.test(point) ? ['pack', 'unpack'] : [point.includes('.unpack.') ? 'unpack' : 'pack']);

for (const point of packPoints()) {
  for (const word of words(point)) {
    test(`${word} killed at ${point}`, async () => {
      await finish(word === 'pack' ? 'unpack' : 'pack');
      const { signal } = await server.cli([word], { env: { AMBROTYPE_FAULT: `${point}:kill` } });
      assert.equal(signal, 'SIGKILL', `${word} does not pass ${point}`);
      await assertWhole();
      await finish(word);
      await assertVerified(server);
    });
  }
}

for (const fault of ['store.pack.link:enospc', 'store.pack.drop:eio', 'media.pack.linked:eio', 'store.write:enospc', 'store.fsync-file:eio', 'store.fsync-dir:eio']) {
  test(`the disk refuses: ${fault}`, async () => {
    await finish('unpack');
    const { code, stdout, stderr } = await server.cli(['pack'], { env: { AMBROTYPE_FAULT: fault } });
    assert.equal(code, 1, stdout + stderr);
    assert.match(stdout + stderr, /(NOT PACKED [0-9a-f]{64}|ambrotype): [A-Z].*\.\n/);
    await assertVerified(server);
    await finish('pack');
  });
}

test('after all of it staging is swept, and the original is there', async () => {
  await assertWhole();
  assert.deepEqual(await stagedFiles(server), []);
});
