// SPDX-License-Identifier: GPL-3.0-or-later
//
// Our answers about metadata against exiftool's, field by field, on every still of the corpus.
import assert from 'node:assert/strict';
import { readFile, readdir } from 'node:fs/promises';
import { basename, extname, join, relative } from 'node:path';
import { after, before, test } from 'node:test';
import { differences, expected, hasExiftool, observed, readTags } from './exiftool.mjs';
import { corpus, startServer } from './server.mjs';

let server;
let session;
before(async () => {
  server = await startServer();
  session = await server.signUp();
});
after(() => server?.stop());

const ACCEPTED = {};

async function stills(folder) {
  const entries = await readdir(folder, { withFileTypes: true });
  const lists = await Promise.all(entries.map((entry) => (entry.isDirectory() ? stills(join(folder, entry.name)) : [join(folder, entry.name)])));
  return lists.flat().filter((path) => /\.(jpe?g|heic|avif|jxl|png|webp)$/i.test(path)).sort();
}

async function compare(t, files, accepted) {
  const ids = new Map();
  for (const [path, name, sidecar] of files) {
    const { status, body } = await server.upload(await readFile(path), { name, session, fields: sidecar ? { sidecarData: sidecar } : {} });
    assert.ok(status === 201 || status === 200, `${name}: ${status} ${JSON.stringify(body)}`);
    ids.set(path, body.id);
  }
  const waited = await server.cli(['jobs', '--wait']);
  assert.equal(waited.code, 0, waited.stderr);
}

test('corpus', { skip: !hasExiftool ? 'exiftool is not installed' : !corpus ? 'there is no corpus' : false }, async (t) => {
  const files = await stills(corpus);
  const tags = readTags(files);
  const ids = new Map();
  for (const path of files) ids.set(path, (await server.upload(await readFile(path), { name: basename(path), session })).body.id);
  const waited = await server.cli(['jobs', '--wait']);
  assert.equal(waited.code, 0, waited.stderr);
  for (const path of files) {
    const [asset, proof] = await Promise.all(['', '/proof'].map(async (end) => (await server.request(`/api/assets/${ids.get(path)}${end}`, { session })).body));
    for (const { words } of differences(observed(asset, proof), expected(tags.get(path)))) console.log(relative(corpus, path), words);
  }
});
