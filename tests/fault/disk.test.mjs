// SPDX-License-Identifier: GPL-3.0-or-later
//
// The disk refuses: full, broken, or failing when asked to make bytes durable. The client gets a clear error, nothing
// half-made stays, the server goes on, and the same upload succeeds once the disk is well again.
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmdirSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, afterEach, before, test } from 'node:test';
import { startServer } from '../http/server.mjs';
import { Uploads, assertFaultBuild, assertVerified, failingPoints, stagedFiles } from './library.mjs';

const STATUS = { enospc: 507, eio: 500 };
// How many passes after the start are tried. The database is written for more than the upload: its device, its session.
const passes = (point) => (point.startsWith('db.') ? 8 : 2);
// A staged file that cannot be removed is swept later; the upload is none the worse.
const TOLERATED = ['store.unlink-staging'];

let server;
let uploads;

before(async () => {
  assertFaultBuild();
  server = await startServer();
  uploads = new Uploads(await server.signUp());
  await server.stop({ keep: true });
});

afterEach(async () => {
  if (server.isRunning) await server.kill(); // what a failed test left
});

after(async () => {
  await server.forget();
});

/** Starts with @fault armed and sends three uploads: 'no start', 'refused' (exactly one of them) or 'stored' (all). */
async function meet(fault, status, send) {
  try {
    await server.start({ AMBROTYPE_FAULT: fault });
  } catch (error) {
    // The start itself meets the fault: it ends in order and says what is wrong.
    assert.doesNotMatch(String(error), /Another Ambrotype server/);
    assert.match(String(error), /"code":1,"signal":null[^]*ambrotype: [A-Z].{10,}\.\n/);
    return 'no start';
  }
  let outcome = 'stored';
  for (let i = 0; i < 3; i++) {
    const answer = await send();
    assert.ok(answer, 'the connection broke instead of an answer');
    if (answer.status === 201 || answer.status === 204) continue;
    assert.equal(answer.status, status, JSON.stringify(answer.body));
    assert.match(answer.body.message ?? '', /^[A-Z].{10,}[.!]$/s, 'the message is no sentence');
    assert.doesNotMatch(answer.body.message, /errno|ENOSPC|EIO|staging|sqlite|\/tmp/i, 'the message shows the inside of the server');
    assert.equal(outcome, 'stored', 'an upload after the refused one is refused too');
    outcome = 'refused';
  }
  assert.equal((await server.request('/api/server/ping')).status, 200, 'the server no longer answers');
  // An error after the commit means "unknown": the asset may be there, but whole.
  await uploads.check(server, { exact: !fault.startsWith('db.after-commit') });
  await server.stop({ keep: true });
  return outcome;
}

for (const point of failingPoints()) {
  for (const [fault, usual] of Object.entries(STATUS)) {
    // After the commit it is not known what the disk holds: no word of "full", whatever the errno.
    const status = point === 'db.after-commit' ? 500 : usual;
    test(`${point} fails with ${fault}`, async () => {
      const seen = { 'no start': 0, refused: 0, stored: 0 };
      const met = () => seen.refused + seen.stored;
      // What the server does by itself after its start (memories, upkeep) commits too, and comes before the uploads.
      const isMissing = () => seen.refused === 0 && !TOLERATED.includes(point);
      for (let pass = 1; met() < 2 * passes(point) || isMissing(); pass++) {
        assert.ok(pass < 40, `no upload meets the fault: ${JSON.stringify(seen)}`);
        seen[await meet(`${point}:${fault}@${pass}`, status, () => uploads.send(server))]++;
        seen[await meet(`${point}:${fault}@${pass}`, status, () => uploads.sendResumable(server))]++;
      }
    });
  }
}

test('no write ever succeeds: each upload is refused, the server lives, nothing stays', async () => {
  await server.start({ AMBROTYPE_FAULT: 'store.write:enospc' });
  for (let i = 0; i < 20; i++) assert.equal((await uploads.send(server))?.status, 507);
  assert.equal((await server.request('/api/server/ping')).status, 200);
  await uploads.check(server, { exact: true });
  assert.equal((await stagedFiles(server)).length, await countResumable(), 'staging keeps what was refused');
  await server.stop({ keep: true });
});

/** Resumable uploads of the tests above that wait for their rest. */
async function countResumable() {
  let count = 0;
  for (const name of await stagedFiles(server)) {
    const { status } = await server.request(`/api/uploads/${name}`, { method: 'HEAD', session: uploads.session, headers: { 'tus-resumable': '1.0.0' } });
    if (status === 200) count++;
  }
  return count;
}

test('a disk that is really full', async (t) => {
  const mount = mkdtempSync(join(tmpdir(), 'ambrotype-full-'));
  try {
    execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=48m', 'tmpfs', mount], { stdio: 'pipe' });
  } catch {
    rmdirSync(mount);
    return t.skip('mounting a small file system needs root');
  }
  try {
    const small = await startServer({ data: join(mount, 'data'), env: { AMBROTYPE_RESERVE_MB: '0' } });
    const mine = new Uploads(await small.signUp());
    let answer;
    for (let i = 0; i < 60; i++) {
      answer = await mine.send(small, { bytes: 2_000_000 });
      if (answer?.status !== 201) break;
    }
    assert.equal(answer?.status, 507, JSON.stringify(answer));
    assert.match(answer.body.message, /full|space|room/i);
    assert.ok(mine.acknowledged.size >= 10, 'the disk was full too early');
    assert.equal((await small.request('/api/server/ping')).status, 200);
    await mine.check(small, { exact: true });
    assert.deepEqual(await stagedFiles(small), []);

    execFileSync('mount', ['-o', 'remount,size=96m', mount]);
    assert.equal((await mine.send(small, { bytes: 2_000_000 }))?.status, 201, 'with room again uploads are still refused');
    await assertVerified(small);
    await small.stop();
  } finally {
    execFileSync('umount', ['--lazy', mount]);
    rmdirSync(mount);
  }
});

test('with less than the reserve left an upload is refused before its bytes are taken', async () => {
  await server.start({ AMBROTYPE_RESERVE_MB: '1048576' });
  const answer = await uploads.send(server, { bytes: 100_000 });
  assert.equal(answer?.status, 507);
  await uploads.check(server, { exact: true });
  await server.stop({ keep: true });
});

test('after all of it the store agrees with the catalog', async () => {
  await server.start({});
  await uploads.check(server, { exact: true });
  await assertVerified(server);
  await server.stop({ keep: true });
});
