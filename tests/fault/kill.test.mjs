// SPDX-License-Identifier: GPL-3.0-or-later
//
// The promise under SIGKILL: at each named point of the way in, at each time it is passed, and at random moments under
// load. Afterwards every acknowledged upload is there byte for byte, everything visible is whole, staging is swept.
import assert from 'node:assert/strict';
import { after, afterEach, before, test } from 'node:test';
import { delay, startServer } from '../http/server.mjs';
import { Uploads, assertFaultBuild, assertVerified, faultPoints, stagedFiles } from './library.mjs';

const ROUNDS = Number(process.env.AMBROTYPE_KILL_ROUNDS ?? 200);
// A slow machine does fewer rounds, not a longer test: what it would send meanwhile is looked at again and again.
const ROUNDS_LEAST = Math.min(ROUNDS, 40);
const ROUNDS_MS = Number(process.env.AMBROTYPE_KILL_SECONDS ?? 120) * 1000;
const WINDOW_MOST_MS = 4000;
const PASSES = 24; // of one point in one start and one upload: more would be a loop that nobody meant
const UPLOADERS = 8;
// Points that an upload passes before the catalog's commit: killed there, nothing of it may be visible.
const BEFORE_COMMIT = /^store\.(begin|write|fsync-file|link|fsync-dir|after-commit)$|^ingest\.before-commit$/;

let server;
let uploads;

before(async () => {
  assertFaultBuild();
  server = await startServer();
  uploads = new Uploads(await server.signUp());
  assert.equal((await uploads.send(server)).status, 201);
  await server.kill();
});

afterEach(async () => {
  if (server.isRunning) await server.kill(); // what a failed test left
});

after(async () => {
  await server.forget();
});

/** Starts with the point armed for its Nth pass: 'died' at start or in the upload, or 'lived' through both. */
async function tryPass(point, pass, send) {
  try {
    await server.start({ AMBROTYPE_FAULT: `${point}:kill@${pass}` });
  } catch {
    return 'died';
  }
  const answer = await send();
  const alive = await Promise.race([server.exited.then(() => false), delay(answer ? 20 : 60_000).then(() => true)]);
  if (alive) {
    assert.ok(answer, 'an upload failed though the server lives');
    await server.kill();
    return 'lived';
  }
  return 'died';
}

async function killAtEachPass(point, send) {
  for (let pass = 1; pass <= PASSES; pass++) {
    const outcome = await tryPass(point, pass, send);
    await server.start({});
    await uploads.check(server, { exact: BEFORE_COMMIT.test(point) });
    const answer = await uploads.send(server);
    assert.equal(answer?.status, 201, 'the restarted server takes no upload');
    await server.kill();
    if (outcome === 'lived') return pass - 1;
  }
  assert.fail(`${point} is passed more than ${PASSES} times by one upload`);
}

const reached = new Set();
for (const point of faultPoints()) {
  test(`killed at ${point}`, async () => {
    if ((await killAtEachPass(point, () => uploads.send(server))) > 0) reached.add(point);
  });
  test(`killed at ${point}, resumable upload`, async () => {
    if ((await killAtEachPass(point, () => uploads.sendResumable(server))) > 0) reached.add(point);
    assert.ok(reached.has(point), `no upload passes ${point}: is it misspelt, or does it need a test of its own?`);
  });
}

test(`killed at up to ${ROUNDS} random moments under ${UPLOADERS} parallel uploads`, async () => {
  // Long enough for several uploads, on a machine of whatever pace.
  await server.start({});
  const began = Date.now();
  await Promise.all(Array.from({ length: UPLOADERS }, () => uploads.send(server, { bytes: 150_000 })));
  const window = Math.min(Math.max(400, 4 * (Date.now() - began)), WINDOW_MOST_MS);
  await server.kill();
  let acknowledged = 0;
  let fresh = new Map(); // acknowledged in the round before, looked at by the restarted server
  const until = Date.now() + ROUNDS_MS;
  let rounds = 0;
  while (rounds < ROUNDS && (rounds < ROUNDS_LEAST || Date.now() < until)) {
    rounds++;
    await server.start({});
    await uploads.check(server, { only: fresh });
    const known = new Set(uploads.acknowledged.keys());
    const running = Array.from({ length: UPLOADERS }, async (_, i) => {
      while (await uploads.send(server, { bytes: 2_000 + i * 40_000 }));
    });
    await delay(Math.random() * window);
    await server.kill();
    await Promise.all(running);
    fresh = new Map([...uploads.acknowledged].filter(([id]) => !known.has(id)));
    acknowledged += fresh.size;
  }
  await server.start({});
  await uploads.check(server);
  await server.kill();
  assert.ok(acknowledged >= rounds, `only ${acknowledged} uploads were acknowledged in ${rounds} rounds: the kills came too early to mean much`);
});

test('after all of it staging is swept and the store agrees with the catalog', async () => {
  await server.start({});
  // Begun resumable uploads may wait for their rest; each is known to the server, all else is swept.
  const kept = await stagedFiles(server);
  for (const name of kept) {
    const { status } = await server.request(`/api/uploads/${name}`, { method: 'HEAD', session: uploads.session, headers: { 'tus-resumable': '1.0.0' } });
    assert.equal(status, 200, `staging/${name} belongs to no upload that can be resumed`);
  }
  await uploads.check(server);
  await assertVerified(server);
  await server.stop({ keep: true });
});
