// SPDX-License-Identifier: GPL-3.0-or-later
//
// What is still to do: waiting for it, stopping it, what failed, making derived/ again; by the API and by `ambrotype jobs`.
import assert from 'node:assert/strict';
import { mkdtemp, readdir, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { QueueName } from '@immich/sdk';
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

/** GET /api/jobs, and one command. */
const queues = async (on, session) => (await on.request('/api/jobs', { session })).body;
const order = (on, session, name, command, force) => on.request(`/api/jobs/${name}`, { method: 'PUT', session, json: { command, ...(force === undefined ? {} : { force }) } });
const thumbnail = async (on, session, id) => (await on.request(`/api/assets/${id}/thumbnail`, { session, raw: true })).status;

describe('the queues of the Immich API', () => {
  test('have its names and shapes', async () => {
    const all = await queues(server, account);
    assert.deepEqual(Object.keys(all).sort(), Object.values(QueueName).sort());
    for (const { jobCounts, queueStatus } of Object.values(all)) {
      assert.deepEqual(Object.keys(jobCounts).sort(), ['active', 'completed', 'delayed', 'failed', 'paused', 'waiting']);
      assert.deepEqual(Object.keys(queueStatus).sort(), ['isActive', 'isPaused']);
    }
    const list = (await server.request('/api/queues', { session: account })).body;
    assert.deepEqual(list.map(({ name }) => name).sort(), Object.keys(all).sort());
    const one = await server.request('/api/queues/videoConversion', { session: account });
    assert.deepEqual(one.body, list.find(({ name }) => name === 'videoConversion'));
  });

  test('refuse what they do not know, and who is no administrator', async () => {
    assert.equal((await order(server, account, 'tidyingUp', 'pause')).status, 400);
    assert.equal((await order(server, account, 'library', 'explode')).status, 400);
    assert.equal((await server.request('/api/queues/nothing', { session: account })).status, 400);
    assert.equal((await server.request('/api/queues/library/jobs?status=odd', { session: account })).status, 400);
    const other = await server.addUser();
    for (const path of ['/api/jobs', '/api/queues', '/api/queues/library', '/api/queues/library/jobs', '/api/problems']) {
      assert.equal((await server.request(path, { session: other })).status, 403, path);
    }
    assert.equal((await order(server, other, 'library', 'pause')).status, 403);
  });

  test('stand still as immich-go asks for it, also after a restart, and go on', async (t) => {
    const own = await startServer();
    t.after(() => own.stop());
    const session = await own.signUp();
    const { body: made } = await own.request('/api/api-keys', { method: 'POST', session, json: { name: 'immich-go', permissions: ['all'] } });
    const NAMES = ['thumbnailGeneration', 'metadataExtraction', 'videoConversion', 'faceDetection', 'smartSearch'];
    const each = async (command) => {
      for (const name of NAMES) {
        const { status, body } = await own.request(`/api/jobs/${name}`, { method: 'PUT', key: made.secret, json: { command, force: false } });
        assert.equal(status, 200);
        assert.equal(body.queueStatus.isPaused, command === 'pause');
      }
    };
    await each('pause');
    const { id } = (await own.upload(jpeg(), { session })).body;
    await own.stop({ keep: true });
    await own.start();
    const { jobCounts, queueStatus } = (await queues(own, session)).thumbnailGeneration;
    assert.deepEqual([jobCounts.paused, jobCounts.waiting, jobCounts.active, queueStatus.isPaused], [1, 0, 0, true]);
    assert.equal(await thumbnail(own, session, id), 404);
    assert.match((await own.cli(['jobs'])).stdout, /media: 1 waiting, 0 at work, 0 failed, PAUSED/);
    assert.equal((await own.cli(['jobs', '--wait'])).code, 0); // there is nothing to wait for
    await order(own, session, 'thumbnailGeneration', 'resume');
    assert.equal(await thumbnail(own, session, id), 404); // the other name of the same work still stands
    await each('resume');
    await own.until(async () => (await thumbnail(own, session, id)) === 200, { what: 'the thumbnail' });
    assert.ok((await queues(own, session)).thumbnailGeneration.jobCounts.completed >= 1);
  });

  test('can be emptied; what is missing then is made when asked for, and everything anew by force', async (t) => {
    const own = await startServer();
    t.after(() => own.stop());
    const session = await own.signUp();
    await order(own, session, 'thumbnailGeneration', 'pause');
    const ids = [];
    for (let i = 0; i < 3; i++) ids.push((await own.upload(jpeg(), { session })).body.id);
    const { status, body } = await own.request('/api/queues/thumbnailGeneration/jobs?status=waiting', { session });
    assert.equal(status, 200);
    assert.deepEqual(body.map(({ data }) => data.id).sort(), [...ids].sort());
    assert.equal(body[0].data.fileName, 'photo.jpg');
    assert.equal((await order(own, session, 'thumbnailGeneration', 'empty')).body.jobCounts.paused, 0);
    await order(own, session, 'thumbnailGeneration', 'resume');
    await order(own, session, 'thumbnailGeneration', 'start', false);
    for (const id of ids) await own.until(async () => (await thumbnail(own, session, id)) === 200, { what: 'the thumbnail' });
    assert.equal((await own.cli(['jobs', '--wait'])).code, 0);
    const before = await looks(join(own.data, 'derived'));
    const store = await looks(join(own.data, 'store'));
    await order(own, session, 'thumbnailGeneration', 'start', true);
    assert.equal((await own.cli(['jobs', '--wait'])).code, 0);
    const after = await looks(join(own.data, 'derived'));
    for (const path of Object.keys(before)) assert.notEqual(after[path], before[path], `${path} was not made anew`);
    assert.deepEqual(await looks(join(own.data, 'store')), store);
  });
});

test('a file without a picture is named with the reason: to the administrator, in the ledger, on the command line; and can be tried again', async (t) => {
  const own = await startServer();
  t.after(() => own.stop());
  const session = await own.signUp();
  const { id } = (await own.upload(Buffer.from('these are no pixels'), { name: 'broken holiday.jpg', session })).body;
  const problems = async () => (await own.request('/api/problems', { session })).body;
  const listed = await own.until(async () => (await problems()).items.length > 0 && problems(), { what: 'the problem' });
  assert.equal(listed.files, 1);
  assert.deepEqual([listed.items[0].id, listed.items[0].fileName, listed.items[0].kind, listed.items[0].ownerName], [id, 'broken holiday.jpg', 'no-picture', 'First']);
  assert.match(listed.items[0].reason, /^[A-Z].+\.$/);

  const { body: devices } = await own.request('/api/backup/devices', { session });
  const { body: ledger } = await own.request(`/api/backup/devices/${devices[0].id}/items`, { session });
  assert.equal(ledger.items[0].problem, `Stored, but no picture of it could be made: ${listed.items[0].reason}`);
  assert.equal(ledger.items[0].state, 'stored');

  const { stdout } = await own.cli(['jobs', 'list-failed']);
  assert.equal(stdout, `broken holiday.jpg (First): ${listed.items[0].reason}\n`);
  await order(own, session, 'thumbnailGeneration', 'pause'); // so that the next attempt can be seen
  const again = await own.request('/api/problems/retry', { method: 'POST', session, json: { ids: [id] } });
  assert.deepEqual([again.status, again.body.retried], [200, 1]);
  assert.equal((await queues(own, session)).thumbnailGeneration.jobCounts.paused, 1);
  assert.match((await own.cli(['jobs', 'resume'])).stdout, /going on/);
  await own.until(async () => (await queues(own, session)).thumbnailGeneration.jobCounts.completed === 2, { what: 'the second attempt' });
  assert.match((await own.cli(['jobs', 'retry-failed'])).stdout, /Tried again: 1\./);
  await own.until(async () => (await queues(own, session)).thumbnailGeneration.jobCounts.completed === 3, { what: 'the third attempt' });
  assert.equal((await own.request('/api/problems/retry', { method: 'POST', session, json: { ids: ['nonsense'] } })).status, 400);
});

test('the command line stops kinds of jobs and lets them go on, and says what it does not know', async (t) => {
  const own = await startServer();
  t.after(() => own.stop());
  const session = await own.signUp();
  assert.match((await own.cli(['jobs', 'pause', 'media'])).stdout, /media: paused/);
  const { id } = (await own.upload(jpeg(), { session })).body;
  assert.match((await own.cli(['jobs'])).stdout, /media: 1 waiting, .*PAUSED/);
  assert.match((await own.cli(['jobs', 'resume', 'media'])).stdout, /media: going on/);
  await own.until(async () => (await thumbnail(own, session, id)) === 200, { what: 'the thumbnail' });
  assert.match((await own.cli(['jobs', 'rebuild', '--all'])).stdout, /All pictures will be made again/);
  for (const words of [['pause', 'tea'], ['dance'], ['list-failed', 'media'], ['--all']]) {
    const { code, stderr } = await own.cli(['jobs', ...words]);
    assert.notEqual(code, 0, words.join(' '));
    assert.match(stderr, /^ambrotype: /);
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
