#!/usr/bin/env node
// SPDX-License-Identifier: GPL-3.0-or-later
//
// bench/upload.mjs [FILES [MEGABYTES [CONNECTIONS]]]     default: 500 files of 3 MB, 8 connections
//
// How fast photos become durable: new photos over HTTP, each answered only once it is safe, against `cp`, `sync` and
// `sha256sum` of the same files on the same disk. The better of two runs of each counts, taken in turns.
//
// TMPDIR says on which disk; a tmpfs makes the figure meaningless, so that one is refused.
import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { Agent } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { jpeg } from '../tests/http/photo.mjs';
import { startServer } from '../tests/http/server.mjs';
import { sendPhoto } from './send.mjs';

const BUDGET = 0.5;
const [files, megabytes, connections] = [500, 3, 8].map((value, i) => Number(process.argv[2 + i] ?? value));
const work = mkdtempSync(join(tmpdir(), 'ambrotype-bench-'));
const seconds = async (action) => {
  const began = process.hrtime.bigint();
  await action();
  return Number(process.hrtime.bigint() - began) / 1e9;
};
const shell = (command) => execFileSync('bash', ['-c', command], { cwd: work });

function makePhotos(folder) {
  mkdirSync(join(work, folder));
  for (let i = 0; i < files; i++) writeFileSync(join(work, folder, `photo-${i}.jpg`), jpeg({ bytes: megabytes * 1_000_000 }));
  shell('sync');
}

async function uploadAll(server, key, folder) {
  const names = readdirSync(join(work, folder));
  const agent = new Agent({ keepAlive: true, maxSockets: connections });
  await Promise.all(Array.from({ length: connections }, async () => {
    for (let name; (name = names.pop()); ) await sendPhoto(agent, server, key, [readFileSync(join(work, folder, name))], name);
  }));
  agent.destroy();
}

try {
  if (shell('stat --file-system --format=%T .').toString().trim() === 'tmpfs') throw new Error('TMPDIR is a tmpfs, where nothing is durable; name a folder on a disk');
  // Media work goes on meanwhile, as it does in life; on tiny pictures, so that it is the way in that is measured.
  const server = await startServer({ data: join(work, 'data'), checks: false });
  await server.signUp();
  const key = (await server.cli(['key', 'add', '--user', 'first@example.org', '--name', 'bench'])).stdout.trim();
  let best = [Infinity, Infinity];
  for (const round of ['one', 'two']) {
    makePhotos(round);
    const plain = await seconds(() => shell(`mkdir copy && cp ${round}/* copy/ && sync && sha256sum copy/* >sums`));
    shell('rm -rf copy && sync');
    const ours = await seconds(() => uploadAll(server, key, round));
    best = [Math.min(best[0], plain), Math.min(best[1], ours)];
    rmSync(join(work, round), { recursive: true });
  }
  await server.stop();
  const ratio = best[0] / best[1];
  const rate = (time) => `${time.toFixed(2)} s, ${((files * megabytes) / time).toFixed(0)} MB/s`;
  console.log(`upload   ${files} files of ${megabytes} MB over ${connections} connections: ${rate(best[1])}; cp + sync + sha256sum: ${rate(best[0])}`);
  console.log(`upload   ratio ${ratio.toFixed(2)} (budget ≥ ${BUDGET}) ${ratio >= BUDGET ? 'ok' : 'MISSED'}`);
  process.exitCode = ratio >= BUDGET ? 0 : 1;
} finally {
  rmSync(work, { recursive: true, force: true });
}
