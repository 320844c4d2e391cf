#!/usr/bin/env node
// SPDX-License-Identifier: GPL-3.0-or-later
//
// bench/jobs.mjs [PAIRS [FILES [CONNECTIONS]]]     default: 10 pairs of 2 × 120 photos, 4 connections
//
// Do uploads wait for jobs? The rate of uploads while the jobs of the photos before them run, against the rate while
// jobs are paused: in pairs whose order takes turns, in one server and one run, so that what else the machine does falls
// on both. The photos are JPEGs of 12 megapixels, so that each job is real work. The median of the pairs counts.
//
// TMPDIR says on which disk; a tmpfs makes the figure meaningless, so that one is refused.
import { execFileSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { Agent } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { startServer } from '../tests/http/server.mjs';
import { sendPhoto } from './send.mjs';

const BUDGET = 0.9;
const [pairs, files, connections] = [10, 120, 4].map((value, i) => Number(process.argv[2 + i] ?? value));
const work = mkdtempSync(join(tmpdir(), 'ambrotype-bench-'));

let photo;
async function uploads(server, key) {
  let left = files;
  const agent = new Agent({ keepAlive: true, maxSockets: connections });
  const began = process.hrtime.bigint();
  await Promise.all(Array.from({ length: connections }, async () => {
    // The same picture each time, and a file of its own by what stands behind its end.
    while (left-- > 0) await sendPhoto(agent, server, key, [photo, randomBytes(16)], `${process.hrtime.bigint()}.jpg`);
  }));
  agent.destroy();
  return files / (Number(process.hrtime.bigint() - began) / 1e9);
}

try {
  if (execFileSync('stat', ['--file-system', '--format=%T', work]).toString().trim() === 'tmpfs') throw new Error('TMPDIR is a tmpfs, where nothing is durable; name a folder on a disk');
  execFileSync('ffmpeg', ['-v', 'error', '-f', 'lavfi', '-i', 'testsrc2=s=4000x3000,noise=alls=12:allf=t', '-frames:v', '1', '-q:v', '3', join(work, 'photo.jpg')]);
  photo = readFileSync(join(work, 'photo.jpg'));
  const server = await startServer({ data: join(work, 'data'), checks: false });
  const session = await server.signUp();
  const key = (await server.cli(['key', 'add', '--user', 'first@example.org', '--name', 'bench'])).stdout.trim();
  const command = async (word) => (await server.request('/api/jobs/thumbnailGeneration', { method: 'PUT', session, json: { command: word } })).body.jobCounts;
  const counts = async () => (await server.request('/api/jobs', { session })).body.thumbnailGeneration.jobCounts;
  const phases = {
    paused: async () => {
      await command('pause');
      await server.until(async () => (await counts()).active === 0, { what: 'the end of the running jobs' });
      return uploads(server, key);
    },
    running: async () => {
      await command('resume');
      await server.until(async () => (await counts()).active > 0, { what: 'a job that runs' });
      const rate = await uploads(server, key);
      const { active, waiting } = await counts();
      if (active + waiting === 0) throw new Error('the jobs were done before the uploads: take more files');
      return rate;
    },
  };
  await phases.paused(); // the first to be worked on
  const ratios = [];
  const sums = { paused: 0, running: 0 };
  for (let i = 0; i < pairs; i++) {
    const rate = {};
    for (const name of i % 2 ? ['running', 'paused'] : ['paused', 'running']) sums[name] += rate[name] = await phases[name]();
    ratios.push(rate.running / rate.paused);
  }
  await command('empty');
  await server.stop();
  const sorted = [...ratios].sort((a, b) => a - b);
  const median = (sorted[Math.floor((pairs - 1) / 2)] + sorted[Math.ceil((pairs - 1) / 2)]) / 2;
  console.log(`jobs     ${files} photos of ${(photo.length / 1e6).toFixed(1)} MB over ${connections} connections, ${pairs} pairs: ${(sums.running / pairs).toFixed(1)} a second while jobs run, ${(sums.paused / pairs).toFixed(1)} while they are paused`);
  console.log(`jobs     ratios ${sorted.map((ratio) => ratio.toFixed(2)).join(' ')}`);
  console.log(`jobs     median ${median.toFixed(2)} (budget ≥ ${BUDGET}) ${median >= BUDGET ? 'ok' : 'MISSED'}`);
  process.exitCode = median >= BUDGET ? 0 : 1;
} finally {
  rmSync(work, { recursive: true, force: true });
}
