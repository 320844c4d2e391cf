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
const photos = [];

before(async () => {
  assertFaultBuild();
  server = await startServer();
  me = await server.signUp();
  for (let i = 0; i < 2; i++) {
    const bytes = jpeg({ width: 640, height: 480, grey: (x, y) => (x * 3 + y * 5 + i) % 200 });
    const { status, body } = await server.upload(bytes, { session: me, name: `IMG_${i}.jpg` });
    assert.equal(status, 201);
    photos.push({ id: body.id, bytes });
  }
  assert.equal((await server.cli(['jobs', '--wait'])).code, 0);
  await server.stop({ keep: true });
});

after(() => server.forget());

/** "2 plain, 0 packed": the files of the store. */
async function counts() {
  const names = (await readdir(join(server.data, 'store'), { recursive: true })).filter((name) => name.length > 5);
  const packed = names.filter((name) => name.endsWith('.jxl')).length;
  return `${names.length - packed} plain, ${packed} packed`;
}

/** Whatever state the store is in: what a client gets is what was uploaded, and verify agrees. */
async function assertWhole() {
  await server.start({});
  for (const { id, bytes } of photos) assert.equal(sha256(await server.original(id, { session: me })), sha256(bytes));
  await server.stop({ keep: true });
  await assertVerified(server);
  assert.deepEqual(await stagedFiles(server), []);
}

/** From wherever it stands to the end of @word, without faults. */
async function finish(word) {
  const { code, stdout, stderr } = await server.cli([word]);
  assert.equal(code, 0, stdout + stderr);
  assert.equal(await counts(), word === 'pack' ? '0 plain, 2 packed' : '2 plain, 0 packed');
}

const passed = new Set();

for (const point of packPoints()) {
  for (const word of ['pack', 'unpack']) {
    test(`${word} killed at ${point}`, async () => {
      const other = word === 'pack' ? 'unpack' : 'pack';
      for (let pass = 1; ; pass++) {
        assert.ok(pass < 10, `${point} is passed too often`);
        await finish(other);
        const { code, signal } = await server.cli([word], { env: { AMBROTYPE_FAULT: `${point}:kill@${pass}` } });
        if (signal !== 'SIGKILL') {
          assert.equal(code, 0);
          break;
        }
        passed.add(point);
        await assertWhole();
        await finish(word);
        await assertWhole();
      }
    });
  }
}

test('each point was passed', () => {
  assert.deepEqual([...passed].sort(), packPoints());
});

for (const point of ['store.pack.link', 'store.pack.drop', 'media.pack.linked', 'store.write', 'store.fsync-file', 'store.fsync-dir']) {
  test(`the disk refuses at ${point}`, async () => {
    await finish('unpack');
    for (const fault of ['enospc', 'eio']) {
      const { code, stdout, stderr } = await server.cli(['pack'], { env: { AMBROTYPE_FAULT: `${point}:${fault}` } });
      assert.equal(code, 1, stdout + stderr);
      assert.match(stdout + stderr, /(NOT PACKED [0-9a-f]{64}|ambrotype): [A-Z].*\.\n/);
      await assertWhole();
    }
    await finish('pack');
    await assertWhole();
  });
}
