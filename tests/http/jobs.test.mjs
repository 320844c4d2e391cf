// SPDX-License-Identifier: GPL-3.0-or-later
//
// `ambrotype jobs`: what is still to do, and waiting for it.
import assert from 'node:assert/strict';
import { mkdtemp, readdir, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { startServer } from './server.mjs';
import { jpeg } from './photo.mjs';

let server;
let account;
before(async () => {
  server = await startServer();
  account = await server.signUp();
});
after(() => server?.stop());

test('after waiting, every photo has its picture and nothing is left to do', async () => {
  const ids = [];
  for (let i = 0; i < 12; i++) ids.push((await server.upload(jpeg(), { name: `${i}.jpg`, session: account })).body.id);
  const waited = await server.cli(['jobs', '--data', server.data, '--wait']);
  assert.equal(waited.code, 0, waited.stderr);
  assert.match(waited.stdout, /^Jobs: 0 waiting, 0 at work, 0 failed\.\n$/);
  for (const id of ids) {
    const { status } = await server.request(`/api/assets/${id}/thumbnail`, { session: account, raw: true });
    assert.equal(status, 200);
  }
});

/** Size, inode and time of each file below a folder, by its path. */
async function looks(folder) {
  const found = {};
  for (const entry of await readdir(folder, { withFileTypes: true })) {
    const path = join(folder, entry.name);
    if (entry.isDirectory()) Object.assign(found, await looks(path));
    else await stat(path, { bigint: true }).then(({ size, ino, mtimeNs, ctimeNs }) => (found[path] = [size, ino, mtimeNs, ctimeNs].join(' ')));
  }
  return found;
}

test('pictures that were deleted are made again, and no original is touched', async (t) => {
  const own = await startServer();
  t.after(() => own.stop());
  const session = await own.signUp();
  const ids = [];
  for (let i = 0; i < 9; i++) ids.push((await own.upload(jpeg({ width: 64 + i }), { name: `${i}.jpg`, session })).body.id);
  assert.equal((await own.cli(['jobs', '--wait'])).code, 0);
  const [store, derived] = [join(own.data, 'store'), join(own.data, 'derived')];
  const originals = await looks(store);
  const pictures = Object.keys(await looks(derived)).sort();
  assert.equal(pictures.length, 18);
  const allBack = async () => {
    const waited = await own.cli(['jobs', '--wait']);
    assert.equal(waited.code, 0, waited.stderr);
    assert.deepEqual(Object.keys(await looks(derived)).sort(), pictures);
    assert.deepEqual(await looks(store), originals);
    for (const id of ids) assert.equal((await own.request(`/api/assets/${id}/thumbnail`, { session, raw: true })).status, 200);
  };

  await t.test('while the server does not run: found at its start', async () => {
    await own.stop({ keep: true });
    await rm(derived, { recursive: true });
    await own.start();
    await allBack();
  });
  await t.test('under the running server: found when somebody looks', async () => {
    await rm(derived, { recursive: true });
    assert.equal((await own.request(`/api/assets/${ids[4]}/thumbnail`, { session, raw: true })).status, 404);
    await allBack();
  });
});

test('an export tells of photos whose dates are not read yet', async (t) => {
  const target = await mkdtemp(join(tmpdir(), 'ambrotype-export-'));
  t.after(() => rm(target, { recursive: true, force: true }));
  // Without a worker program nothing is looked into.
  const blind = await startServer({ env: { AMBROTYPE_WORKER: '/bin/false' } });
  t.after(() => blind.stop());
  const session = await blind.signUp();
  await blind.upload(jpeg(), { session });
  const exported = await blind.cli(['export', '--data', blind.data, target]);
  assert.equal(exported.code, 0, exported.stderr);
  assert.match(exported.stdout, /1 photos? (is|are) not looked into yet/);
  assert.notEqual((await readdir(target)).length, 0);
  const { stdout } = await blind.cli(['jobs', '--data', blind.data]);
  assert.match(stdout, /1 photos? (is|are) not looked into yet/);
});
