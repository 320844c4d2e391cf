// SPDX-License-Identifier: GPL-3.0-or-later
//
// `ambrotype jobs`: what is still to do, and waiting for it.
import assert from 'node:assert/strict';
import { mkdtemp, readdir, rm } from 'node:fs/promises';
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
