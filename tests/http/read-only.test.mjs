// SPDX-License-Identifier: GPL-3.0-or-later
//
// `verify` and `export` on a data folder that cannot be written: a snapshot of a server that was killed.
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { chmodSync, mkdtempSync, rmSync } from 'node:fs';
import { cp, readdir, readFile, stat, unlink } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { jpeg, sha256 } from './photo.mjs';
import { runProgram, startServer } from './server.mjs';

/** Root passes over modes, so for it the folder is mounted on itself, read-only. Answers how to undo it, or null. */
function makeUnwritable(folder) {
  if (process.geteuid() !== 0) {
    chmodSync(folder, 0o500);
    return () => chmodSync(folder, 0o700);
  }
  try {
    execFileSync('mount', ['--bind', folder, folder], { stdio: 'pipe' });
  } catch {
    return null;
  }
  execFileSync('mount', ['-o', 'remount,bind,ro', folder], { stdio: 'pipe' });
  return () => execFileSync('umount', ['--lazy', folder]);
}

/** A folder that goes with the test. */
function folderFor(t, name) {
  const folder = mkdtempSync(join(tmpdir(), `ambrotype-${name}-`));
  t.after(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}

/** What stands in @folder, with the times of it. */
async function listing(folder) {
  const names = (await readdir(folder)).sort();
  return Promise.all(names.map(async (name) => [name, (await stat(join(folder, name))).mtimeMs]));
}

test('a snapshot that cannot be written is verified and exported, with what was committed last', async (t) => {
  const server = await startServer();
  const me = await server.signUp();
  const photos = [jpeg({ bytes: 9_000 }), jpeg({ bytes: 7_000 })];
  for (const [i, photo] of photos.entries()) assert.equal((await server.upload(photo, { session: me, name: `${i}.jpg` })).status, 201);
  await server.kill(); // so that the rows stand in the WAL
  const snapshot = folderFor(t, 'snapshot');
  await cp(server.data, snapshot, { recursive: true });
  await server.forget();
  await unlink(join(snapshot, 'ambrotype.db-shm'));
  assert.ok((await stat(join(snapshot, 'ambrotype.db-wal'))).size > 0);

  const locked = async (check) => {
    const undo = makeUnwritable(snapshot);
    if (!undo) return t.skip('making a folder unwritable needs the right to mount');
    const before = await listing(snapshot);
    try {
      await check();
      assert.deepEqual(await listing(snapshot), before);
    } finally {
      undo();
    }
  };
  const temporary = folderFor(t, 'tmp');
  const run = (...words) => runProgram([...words, '--data', snapshot], { env: { TMPDIR: temporary } });

  await locked(async () => {
    const { code, stdout, stderr } = await run('verify');
    assert.equal(code, 0, stdout + stderr);
    assert.match(stdout, /Verified: 2 originals checked/);
    assert.match(stdout, /The results could not be written down: the data folder is read-only\./);
    const target = folderFor(t, 'export');
    const exported = await run('export', target);
    assert.equal(exported.code, 0, exported.stdout + exported.stderr);
    const files = execFileSync('find', [target, '-name', '*.jpg'], { encoding: 'utf8' }).trim().split('\n');
    const hashes = await Promise.all(files.map(async (file) => sha256(await readFile(file))));
    assert.deepEqual(hashes.sort(), photos.map(sha256).sort());
    const refused = await run('user', 'delete', '--email', me.email, '--with-photos');
    assert.equal(refused.code, 1);
    assert.match(refused.stderr, /open for reading only/);
    assert.deepEqual(await readdir(temporary), [], 'the copy of the catalog is removed');
  });

  const hash = sha256(photos[0]);
  await unlink(join(snapshot, 'store', hash.slice(0, 2), hash.slice(2, 4), hash));
  await locked(async () => {
    const { code, stdout, stderr } = await run('verify');
    assert.equal(code, 3, stdout + stderr);
    assert.match(stdout, new RegExp(`MISSING ${hash}`));
    assert.match(stdout, /could not be written down/);
  });
});

test('packed originals of a folder that cannot be written are verified and exported', async (t) => {
  const server = await startServer({ env: { AMBROTYPE_STORE_PACK: 'jpegxl' } });
  const me = await server.signUp();
  const photo = jpeg({ width: 640, height: 480, grey: (x, y) => (x * 3 + y * 5) % 200 });
  assert.equal((await server.upload(photo, { session: me, name: 'packed.jpg' })).status, 201);
  const hash = sha256(photo);
  const file = (data, form) => join(data, 'store', hash.slice(0, 2), hash.slice(2, 4), hash + form);
  const isThere = (path) => stat(path).then(() => true, () => false);
  await server.until(async () => (await isThere(file(server.data, '.jxl'))) && !(await isThere(file(server.data, ''))), { timeoutMs: 120_000 });
  await server.stop({ keep: true });
  const snapshot = folderFor(t, 'packed');
  await cp(server.data, snapshot, { recursive: true });
  await server.forget();
  const undo = makeUnwritable(snapshot);
  if (!undo) return t.skip('making a folder unwritable needs the right to mount');
  try {
    const { code, stdout, stderr } = await runProgram(['verify', '--data', snapshot]);
    assert.equal(code, 0, stdout + stderr);
    assert.match(stdout, /Verified: 1 original checked/);
    const target = folderFor(t, 'export');
    assert.equal((await runProgram(['export', '--data', snapshot, target])).code, 0);
    const [found] = execFileSync('find', [target, '-name', 'packed.jpg'], { encoding: 'utf8' }).trim().split('\n');
    assert.equal(sha256(await readFile(found)), hash);
    const packed = await runProgram(['unpack', '--data', snapshot]);
    assert.equal(packed.code, 1);
    assert.match(packed.stderr, /^ambrotype: [A-Z]/);
  } finally {
    undo();
  }
});
