#!/usr/bin/env node
// SPDX-License-Identifier: GPL-3.0-or-later
//
// bench/phones.mjs [PAIRS [FILES [ASSETS]]]     default: 10 pairs of 2 × 400 photos, a library of 100,000 assets
//
// Do uploads wait for phones? The rate of uploads while eight phones take the whole library by the sync stream, again and
// again, against the rate without them: in pairs whose order takes turns, in one server and one run. The phones are curl,
// each with a session of its own, at the rate of a phone's line (20 MB/s) and at the lowest priority: in life they are
// other machines. The median of the pairs counts.
//
// TMPDIR says on which disk; a tmpfs makes the figure meaningless, so that one is refused.
import { execFileSync, spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { Agent } from 'node:http';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { jpeg } from '../tests/http/photo.mjs';
import { startServer } from '../tests/http/server.mjs';
import { sendPhoto } from './send.mjs';

const BUDGET = 0.8;
const PHONES = 8;
const [pairs, files, assets] = [10, 400, 100_000].map((value, i) => Number(process.argv[2 + i] ?? value));
const work = mkdtempSync(join(tmpdir(), 'ambrotype-bench-'));
const photo = jpeg({ bytes: 2_000_000 });

async function uploads(server, key) {
  const agent = new Agent({ keepAlive: true, maxSockets: 3 }); // as many as the app has
  let left = files;
  const began = process.hrtime.bigint();
  await Promise.all(Array.from({ length: 3 }, async () => {
    while (left-- > 0) await sendPhoto(agent, server, key, [photo, randomBytes(16)], `${process.hrtime.bigint()}.jpg`);
  }));
  agent.destroy();
  return files / (Number(process.hrtime.bigint() - began) / 1e9);
}

/** A phone that begins anew for ever, until stop(). */
function phone(server, session) {
  let streams = 0;
  let child = null;
  let isStopped = false;
  const next = () => {
    child = spawn('nice', ['-n', '15', 'curl', '-s', '--limit-rate', '20M', '-o', '/dev/null', '-H', `cookie: ${session.cookie}`, '-H', 'content-type: application/json', '-d',
      '{"types":["AssetsV2","AssetExifsV1"],"reset":true}', `${server.url}/api/sync/stream`]);
    child.on('close', () => {
      if (isStopped) return;
      streams++;
      next();
    });
  };
  next();
  return { streams: () => streams, stop: () => { isStopped = true; child.kill(); } };
}

try {
  if (execFileSync('stat', ['--file-system', '--format=%T', work]).toString().trim() === 'tmpfs') throw new Error('TMPDIR is a tmpfs, where nothing is durable; name a folder on a disk');
  const server = await startServer({ data: join(work, 'data') });
  const account = await server.signUp();
  await server.upload(jpeg(), { session: account }); // a library whose store is empty would not start
  await server.stop({ keep: true });
  execFileSync('python3', [join(dirname(fileURLToPath(import.meta.url)), 'fill.py'), join(work, 'data', 'ambrotype.db'), String(assets)]);
  await server.start();
  const key = (await server.cli(['key', 'add', '--user', 'first@example.org', '--name', 'bench'])).stdout.trim();
  const sessions = await Promise.all(Array.from({ length: PHONES }, () => server.login()));
  await server.request('/api/jobs/thumbnailGeneration', { method: 'PUT', session: account, json: { command: 'pause' } });
  let streams = 0;
  const phases = {
    alone: () => uploads(server, key),
    together: async () => {
      const phones = sessions.map((session) => phone(server, session));
      const rate = await uploads(server, key);
      for (const one of phones) {
        one.stop();
        streams += one.streams();
      }
      return rate;
    },
  };
  const ratios = [];
  for (let i = 0; i < pairs; i++) {
    const rates = {};
    for (const phase of i % 2 ? ['together', 'alone'] : ['alone', 'together']) rates[phase] = await phases[phase]();
    ratios.push(rates.together / rates.alone);
    console.log(`phones   pair ${i + 1}: ${rates.together.toFixed(0)} photos/s with ${PHONES} phones, ${rates.alone.toFixed(0)} without: ${ratios[i].toFixed(2)}×`);
  }
  await server.stop();
  const median = ratios.sort((a, b) => a - b)[Math.floor(pairs / 2)];
  console.log(`phones   uploads while ${PHONES} phones take ${assets} assets each (${streams} whole streams meanwhile), median of ${pairs} pairs: ${median.toFixed(2)}× (budget ≥ ${BUDGET}×) ${median >= BUDGET ? 'ok' : 'MISSED'}`);
  process.exitCode = median >= BUDGET ? 0 : 1;
} finally {
  rmSync(work, { recursive: true, force: true });
}
