#!/usr/bin/env node
// SPDX-License-Identifier: GPL-3.0-or-later
//
// bench/api.mjs [ASSETS]     default: 100,000; 1,000,000 is the size of the budgets of the timeline and the hashes
//
// What phones and importers ask of a large library: the whole of it by the sync stream, 5,000 hashes at once, a search, the
// timeline; and pictures. Times are the server's own processor time (/proc/PID/stat), which a busy machine blurs less than the
// clock.
import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { Agent, get } from 'node:http';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { jpeg } from '../tests/http/photo.mjs';
import { startServer } from '../tests/http/server.mjs';

const here = dirname(fileURLToPath(import.meta.url));
const assets = Number(process.argv[2] ?? 100_000);
const ROUNDS = 5;
const TICK_MS = 1000 / Number(execFileSync('getconf', ['CLK_TCK']));
let missed = false;

const server = await startServer({ checks: false });
const account = await server.signUp();
const photo = await server.upload(jpeg({ width: 1600, height: 1200 }), { session: account });
await server.cli(['jobs', '--wait']); // its thumbnail is there
await server.stop({ keep: true });
execFileSync('python3', [join(here, 'fill.py'), join(server.data, 'ambrotype.db'), String(assets)]);
await server.start();

const stat = () => readFileSync(`/proc/${server.pid}/stat`, 'utf8').split(') ')[1].split(' ');
const cpuMs = () => (Number(stat()[11]) + Number(stat()[12])) * TICK_MS;
// Memory of its own: the pages of the database that the system keeps for everybody are not counted.
const ownMb = () => Number(/^RssAnon:\s+(\d+) kB/m.exec(readFileSync(`/proc/${server.pid}/status`, 'utf8'))[1]) / 1024;
let peak = 0;

/** The smallest processor time of some rounds. */
async function measure(what, budgetMs, action) {
  let best = Infinity;
  let bytes = 0;
  for (let i = 0; i < ROUNDS; i++) {
    const before = cpuMs();
    bytes = await action();
    best = Math.min(best, cpuMs() - before);
  }
  const ok = budgetMs === null || best <= budgetMs;
  missed ||= !ok;
  console.log(`api      ${what}: ${best.toFixed(0)} ms of processor time, ${(bytes / 1e6).toFixed(1)} MB${budgetMs === null ? '' : ` (budget ≤ ${budgetMs} ms) ${ok ? 'ok' : 'MISSED'}`}`);
}

const scale = assets / 100_000;
let end = ''; // of the last answer
const post = async (path, body, who = account) => {
  const answer = await fetch(new URL(path, server.url), {
    method: 'POST', headers: { cookie: who.cookie, 'content-type': 'application/json' }, body: JSON.stringify(body),
  });
  let bytes = 0;
  for await (const piece of answer.body ?? []) {
    bytes += piece.length;
    peak = Math.max(peak, ownMb());
    end = end.slice(-1000) + Buffer.from(piece.subarray(-1000)).toString();
  }
  if (answer.status >= 300) throw new Error(`${path}: ${answer.status}`);
  return bytes;
};

const idle = ownMb();
await post('/api/sync/stream', { types: ['AssetsV2'], reset: true });
const memory = peak;
await measure(`sync stream, ${assets} assets`, 300 * scale, () => post('/api/sync/stream', { types: ['AuthUsersV1', 'UsersV1', 'AssetsV2'] }));
await measure(`sync stream, ${assets} assets with metadata`, 600 * scale,
  () => post('/api/sync/stream', { types: ['AuthUsersV1', 'UsersV1', 'AssetsV2', 'AssetExifsV1'] }));
const all = { types: ['AuthUsersV1', 'UsersV1', 'AssetsV2', 'AssetExifsV1', 'PartnersV1', 'PartnerAssetsV2', 'PartnerAssetExifsV1',
  'PartnerStacksV1', 'StacksV1', 'AlbumsV2', 'AlbumUsersV1', 'AlbumAssetsV2', 'AlbumAssetExifsV1', 'AlbumToAssetsV1', 'MemoriesV1',
  'MemoryToAssetsV1', 'UserMetadataV1', 'AssetMetadataV1'] };
await measure(`sync stream, all kinds of the owner of ${assets} assets`, 700 * scale, () => post('/api/sync/stream', all));
const partner = await server.addUser();
await post('/api/partners', { sharedWithId: partner.userId });
await measure(`sync stream, all kinds of their partner`, 900 * scale, () => post('/api/sync/stream', all, partner));
for (const [who, name] of [[account, 'the owner'], [partner, 'the partner']]) {
  await post('/api/sync/stream', all, who);
  await post('/api/sync/ack', { acks: [JSON.parse(end.trimEnd().split('\n').at(-1)).ack] }, who);
  const times = 20; // the counter has steps of 10 ms
  await measure(`sync stream, ${times} times to a phone of ${name} that is up to date`, 100, async () => {
    let bytes = 0;
    for (let i = 0; i < times; i++) bytes += await post('/api/sync/stream', all, who);
    return bytes;
  });
}
console.log(`api      memory of its own: ${idle.toFixed(1)} MB at rest, at most ${memory.toFixed(1)} MB in one stream, ${peak.toFixed(1)} MB in all`);
if (peak > idle + 16) {
  missed = true;
  console.log('api      memory grows with the library: MISSED');
}
const hash = (i) => i.toString(16).padStart(40, '0');
await measure('5,000 hashes in the bulk check', 20,
  () => post('/api/assets/bulk-upload-check', { assets: Array.from({ length: 5000 }, (_, i) => ({ id: String(i), checksum: hash(i) })) }));
await measure('search by camera, a page of 100', null, () => post('/api/search/metadata', { make: 'Canon', size: 100 }));
await measure('search by file name, a page of 100', null, () => post('/api/search/metadata', { originalFileName: '7777', size: 100 }));

// Many at once, so that the counter's steps of 10 ms do not matter; both are answered while the next one waits.
const cookie = { headers: { cookie: account.cookie } };
async function each(what, count, budget, path) {
  const agent = new Agent({ keepAlive: true, maxSockets: 4 });
  const one = () => new Promise((settle, fail) => {
    get(new URL(path, server.url), { ...cookie, agent }, (answer) => {
      if (answer.statusCode !== 200) fail(new Error(`${path}: ${answer.statusCode}`));
      answer.resume();
      answer.on('end', settle);
    }).on('error', fail);
  });
  let left = count;
  let best = Infinity;
  for (let round = 0; round < ROUNDS; round++) {
    const before = cpuMs();
    left = count;
    await Promise.all(Array.from({ length: 4 }, async () => { while (left-- > 0) await one(); }));
    best = Math.min(best, (cpuMs() - before) / count);
  }
  agent.destroy();
  const ok = budget === null || best <= budget;
  missed ||= !ok;
  const words = best < 1 ? `${(best * 1000).toFixed(0)} µs (${Math.round(1000 / best)} a second and core)` : `${best.toFixed(1)} ms`;
  console.log(`api      ${what}: ${words} of processor time${budget === null ? '' : ` (budget ≤ ${budget} ms) ${ok ? 'ok' : 'MISSED'}`}`);
}

const buckets = await (await fetch(new URL('/api/timeline/buckets', server.url), cookie)).json();
const month = buckets[Math.floor(buckets.length / 2)];
await each(`months of the timeline of ${assets} assets`, 200, 2, '/api/timeline/buckets');
await each(`one month of it, ${month.count} assets`, 50, 15, `/api/timeline/bucket?timeBucket=${month.timeBucket}`);
await each('a thumbnail', 4000, 0.1, `/api/assets/${photo.body.id}/thumbnail`);
await server.stop();
process.exitCode = missed ? 1 : 0;
