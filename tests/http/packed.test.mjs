// SPDX-License-Identifier: GPL-3.0-or-later
//
// Packed originals: what the store keeps as JPEG XL is downloaded as the JPEG that came, whole and in ranges, whatever
// happens to it meanwhile.
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { chmod, readFile, readdir, unlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { jpeg, png, sha256 } from './photo.mjs';
import { program, startServer } from './server.mjs';

const ON = { AMBROTYPE_STORE_PACK: 'jpegxl' };
const SOON = { timeoutMs: 120_000, what: 'packing' };

/** A JPEG that packing makes smaller. */
const photo = () => jpeg({ width: 640, height: 480, grey: (x, y) => (x * 3 + y * 5) % 200 });

/** The files of the store by their ends: {plain: [names], packed: [names]}. */
async function forms(server) {
  const names = (await readdir(join(server.data, 'store'), { recursive: true })).map((name) => name.split('/').pop());
  return { plain: names.filter((name) => /^[0-9a-f]{64}$/.test(name)), packed: names.filter((name) => /^[0-9a-f]{64}\.jxl$/.test(name)) };
}

const counts = async (server) => {
  const { plain, packed } = await forms(server);
  return `${plain.length} plain, ${packed.length} packed`;
};

const untilForms = (server, wanted) => server.until(async () => (await counts(server)) === wanted, SOON);

const packedFile = (server, bytes) => {
  const name = sha256(bytes);
  return join(server.data, 'store', name.slice(0, 2), name.slice(2, 4), `${name}.jxl`);
};

async function uploadAll(server, session, n) {
  const photos = [];
  for (let i = 0; i < n; i++) {
    const bytes = photo();
    const { status, body } = await server.upload(bytes, { session, name: `IMG_${i}.jpg` });
    assert.equal(status, 201, JSON.stringify(body));
    photos.push({ id: body.id, bytes });
  }
  return photos;
}

async function assertSame(server, session, photos) {
  for (const { id, bytes } of photos) assert.equal(sha256(await server.original(id, { session })), sha256(bytes));
}

/** Paths below browse/ of all that lies there. */
const browsed = async (server) =>
  (await readdir(join(server.data, 'browse'), { recursive: true, withFileTypes: true })).filter((entry) => entry.isFile()).map((entry) => entry.name).sort();

test('a packed original is downloaded as it came', async (t) => {
  const server = await startServer({ env: ON });
  t.after(() => server.stop());
  const me = await server.signUp();
  const photos = await uploadAll(server, me, 5);
  const picture = await server.upload(png(), { session: me, name: 'other.png' });
  assert.equal(picture.status, 201);
  await untilForms(server, '1 plain, 5 packed');

  await t.test('whole, and in parts', async () => {
    const { id, bytes } = photos[0];
    const ask = (headers, method = 'GET') => server.request(`/api/assets/${id}/original`, { session: me, headers, method, raw: true });
    const whole = await ask({});
    assert.equal(whole.status, 200);
    assert.ok(whole.body.equals(bytes));
    assert.equal(whole.headers.get('etag'), `"${sha256(bytes)}"`);
    assert.equal(whole.headers.get('content-type'), 'image/jpeg');
    for (const [range, first, last] of [['bytes=0-0', 0, 0], ['bytes=100-4095', 100, 4095], ['bytes=-77', bytes.length - 77, bytes.length - 1], [`bytes=${bytes.length - 5}-`, bytes.length - 5, bytes.length - 1]]) {
      const part = await ask({ range });
      assert.equal(part.status, 206, range);
      assert.equal(part.headers.get('content-range'), `bytes ${first}-${last}/${bytes.length}`);
      assert.ok(part.body.equals(bytes.subarray(first, last + 1)), range);
    }
    assert.equal((await ask({ range: `bytes=${bytes.length}-` })).status, 416);
    assert.equal((await ask({ 'if-none-match': `"${sha256(bytes)}"` })).status, 304);
    const head = await ask({}, 'HEAD');
    assert.equal(head.headers.get('content-length'), String(bytes.length));
    const shown = await server.request(`/api/assets/${id}/thumbnail?size=fullsize`, { session: me, raw: true });
    assert.ok(shown.body.equals(bytes));
    await assertSame(server, me, photos);
  });

  await t.test('browse/ shows the packed file', async () => {
    await server.until(async () => (await browsed(server)).join() === 'IMG_0.jpg.jxl,IMG_1.jpg.jxl,IMG_2.jpg.jxl,IMG_3.jpg.jxl,IMG_4.jpg.jxl,other.png', SOON);
  });

  await t.test('the administrator is told what it saves', async () => {
    const { body: packed } = await server.request('/api/server/packed', { session: me });
    assert.equal(packed.originals, 5);
    assert.equal(packed.kept, 0);
    assert.equal(packed.originalBytes, photos.reduce((sum, { bytes }) => sum + bytes.length, 0));
    assert.equal(packed.savedBytes, packed.originalBytes - packed.packedBytes);
    assert.ok(packed.savedBytes > 0);
  });

  await t.test('the same file again is a duplicate, and nothing is stored', async () => {
    for (const announce of [false, true]) {
      const again = await server.upload(photos[1].bytes, { session: me, name: 'IMG_1.jpg', announce });
      assert.equal(again.status, 200);
      assert.equal(again.body.id, photos[1].id);
    }
    assert.equal(await counts(server), '1 plain, 5 packed');
  });

  await t.test("another person's same file is stored, and packed again", async () => {
    const other = await server.addUser();
    const { status, body } = await server.upload(photos[2].bytes, { session: other, name: 'mine.jpg' });
    assert.equal(status, 201);
    assert.equal(sha256(await server.original(body.id, { session: other })), sha256(photos[2].bytes));
    await untilForms(server, '1 plain, 5 packed');
    assert.equal(sha256(await server.original(body.id, { session: other })), sha256(photos[2].bytes));
  });

  await t.test('verify and export know it', async () => {
    for (const words of [['verify'], ['verify', '--sample', '0%']]) {
      const { code, stdout, stderr } = await server.cli(words);
      assert.equal(code, 0, stdout + stderr);
      assert.match(stdout, words.length > 1 ? /Verified: 0 originals checked/ : /Verified: 6 originals checked.*6 as they must be, 0 missing, 0 damaged/);
    }
    const target = mkdtempSync(join(tmpdir(), 'ambrotype-export-'));
    t.after(() => rmSync(target, { recursive: true, force: true }));
    const { code, stdout } = await server.cli(['export', '--user', me.email, target]);
    assert.equal(code, 0, stdout);
    const files = (await readdir(target, { recursive: true })).filter((name) => name.endsWith('.jpg'));
    const hashes = await Promise.all(files.map(async (name) => sha256(await readFile(join(target, name)))));
    assert.deepEqual(hashes.sort(), photos.map(({ bytes }) => sha256(bytes)).sort());
  });

  await t.test('its pictures are made again from what is packed', async () => {
    for (const folder of await readdir(join(server.data, 'derived'))) rmSync(join(server.data, 'derived', folder), { recursive: true });
    const ask = () => server.request(`/api/assets/${photos[0].id}/thumbnail`, { session: me, raw: true });
    const { body } = await server.until(async () => {
      const answer = await ask();
      return answer.status === 200 && answer;
    }, SOON);
    assert.equal(body.subarray(8, 12).toString(), 'WEBP');
    assert.equal(await counts(server), '1 plain, 5 packed');
  });

  await t.test('deleted for good, it is gone in every form', async () => {
    const { id, bytes } = photos[3];
    const { status } = await server.request('/api/assets', { method: 'DELETE', session: me, json: { ids: [id], force: true } });
    assert.equal(status, 204);
    await server.stop({ keep: true });
    await server.start(); // the upkeep of the start takes the bytes out
    await server.until(async () => (await counts(server)) === '1 plain, 4 packed', SOON);
    await assert.rejects(readFile(packedFile(server, bytes)), /ENOENT/);
  });
});

test('a damaged packed file is told, never handed out, and healed by the next upload', async (t) => {
  const server = await startServer({ env: ON });
  t.after(() => server.stop());
  const me = await server.signUp();
  const [{ id, bytes }] = await uploadAll(server, me, 1);
  await untilForms(server, '0 plain, 1 packed');
  const path = packedFile(server, bytes);
  const good = await readFile(path);

  for (const at of [12, 40, good.length >> 1, good.length - 3]) {
    const bad = Buffer.from(good);
    bad[at] ^= 0x41;
    await unlink(path);
    await writeFile(path, bad);
    await server.stop({ keep: true }); // what was rebuilt before is kept for a while, and right
    await server.start();
    const { status, body } = await server.request(`/api/assets/${id}/original`, { session: me, raw: true });
    // Not every bit is one that the original depends on.
    if (status === 200) assert.equal(sha256(body), sha256(bytes));
    else assert.match(JSON.parse(body).message, /^The .*\.$/);
    if (at === good.length >> 1) assert.equal(status, 500);
  }
  await chmod(path, 0o600);
  await writeFile(path, good.subarray(0, good.length >> 1));
  const verified = await server.cli(['verify']);
  assert.equal(verified.code, 3, verified.stdout + verified.stderr);
  assert.match(verified.stdout, new RegExp(`DAMAGED ${sha256(bytes)}: The stored file is damaged`));
  const proof = await server.request(`/api/assets/${id}/proof`, { session: me });
  assert.equal(proof.body.verifyResult, 'corrupt');

  const again = await server.upload(bytes, { session: me, name: 'IMG_0.jpg' });
  assert.equal(again.status, 200);
  assert.equal(sha256(await server.original(id, { session: me })), sha256(bytes));
  await untilForms(server, '0 plain, 1 packed');
  assert.equal(sha256(await server.original(id, { session: me })), sha256(bytes));
  const { code, stdout } = await server.cli(['verify']);
  assert.equal(code, 0, stdout);
});

test('not one wrong byte while originals are packed and unpacked', async (t) => {
  const server = await startServer();
  t.after(() => server.stop());
  const me = await server.signUp();
  const photos = await uploadAll(server, me, 6);
  assert.equal((await server.cli(['jobs', '--wait'])).code, 0);
  let going = true;
  let answers = 0;
  const readers = Array.from({ length: 4 }, async (_, reader) => {
    for (let i = reader; going; i++) {
      const { id, bytes } = photos[i % photos.length];
      const first = (i * 997) % bytes.length;
      const headers = i % 3 ? { range: `bytes=${first}-` } : {};
      const { status, body } = await server.request(`/api/assets/${id}/original`, { session: me, headers, raw: true });
      assert.equal(status, i % 3 ? 206 : 200, body.toString());
      assert.ok(body.equals(i % 3 ? bytes.subarray(first) : bytes), 'other bytes than were uploaded');
      answers++;
    }
  });
  const work = (async () => {
    for (const [word, wanted] of [['pack', '0 plain, 6 packed'], ['unpack', '6 plain, 0 packed']]) {
      const { code, stdout, stderr } = await server.cli([word]);
      assert.equal(code, 0, stdout + stderr);
      assert.match(stdout, word === 'pack' ? /^Packed 6 now: .* became /m : /^Unpacked 6 now\.$/m);
      assert.equal(await counts(server), wanted);
    }
  })().finally(() => (going = false));
  await Promise.all([work, ...readers]);
  assert.ok(answers >= photos.length, `only ${answers} answers were read meanwhile`);
});

test('alone: packed, interrupted, gone on with, and all of it back', async (t) => {
  const server = await startServer();
  t.after(() => server.forget());
  const me = await server.signUp();
  const photos = await uploadAll(server, me, 12);
  const odd = Buffer.concat([photo().subarray(0, 400)]); // begins as a JPEG does, and ends at once
  assert.equal((await server.upload(odd, { session: me, name: 'cut.jpg' })).status, 201);
  assert.equal((await server.cli(['jobs', '--wait'])).code, 0);
  await server.stop({ keep: true });

  const child = spawn(program, ['pack', '--data', server.data], { stdio: 'ignore' });
  const ended = new Promise((settle) => child.on('close', settle));
  await server.until(async () => (await forms(server)).packed.length > 0 || child.exitCode !== null, SOON);
  child.kill('SIGINT');
  await ended;

  const packed = await server.cli(['pack']);
  assert.equal(packed.code, 0, packed.stdout + packed.stderr);
  assert.match(packed.stdout, /In all 12 originals are packed, which saves /);
  assert.match(packed.stdout, /1 stays as it is:\n {2}1 × .*\./);
  assert.equal(await counts(server), '1 plain, 12 packed');
  assert.equal((await server.cli(['verify'])).code, 0);

  // A server for which packing is off serves them, and packs nothing.
  await server.start();
  await assertSame(server, me, photos);
  const late = await server.upload(photo(), { session: me, name: 'late.jpg' });
  assert.equal(late.status, 201);
  assert.equal((await server.cli(['jobs', '--wait'])).code, 0);
  assert.equal(await counts(server), '2 plain, 12 packed');
  await server.stop({ keep: true });

  const unpacked = await server.cli(['unpack']);
  assert.equal(unpacked.code, 0, unpacked.stdout + unpacked.stderr);
  assert.match(unpacked.stdout, /Unpacked 12 now\.\nIn all 0 originals are packed/);
  assert.equal(await counts(server), '14 plain, 0 packed');
  assert.equal((await server.cli(['verify'])).code, 0);
  assert.equal((await browsed(server)).filter((name) => name.endsWith('.jxl')).length, 0);
});

test('words that are off', async (t) => {
  const wrong = await startServer({ env: { AMBROTYPE_STORE_PACK: 'zip' } }).catch((error) => error);
  assert.match(String(wrong), /store-pack takes off or jpegxl, not "zip"/);
  const nowhere = mkdtempSync(join(tmpdir(), 'ambrotype-nowhere-'));
  t.after(() => rmSync(nowhere, { recursive: true, force: true }));
  const { runProgram } = await import('./server.mjs');
  for (const word of ['pack', 'unpack']) {
    const { code, stderr } = await runProgram([word, '--data', nowhere]);
    assert.equal(code, 1);
    assert.match(stderr, /There is no library in/);
    assert.deepEqual(await readdir(nowhere), [], 'nothing is made');
    assert.equal((await runProgram([word, 'now'])).code, 2);
  }
});
