#!/usr/bin/env node
// SPDX-License-Identifier: GPL-3.0-or-later
//
// bench/memory.mjs: memory of all server processes at rest, as PSS (shared pages counted by their share) from
// /proc/PID/smaps_rollup: an empty library, and one that has just taken 200 photos and waited for its workers to end.
import { readFileSync, readdirSync } from 'node:fs';
import { jpeg } from '../tests/http/photo.mjs';
import { delay, startServer } from '../tests/http/server.mjs';

const BUDGET_MB = 30;
const IDLE_S = 2;

/** The process and all below it. */
function family(pid) {
  const parents = new Map();
  for (const name of readdirSync('/proc').filter((entry) => /^\d+$/.test(entry))) {
    try {
      parents.set(Number(name), Number(/^PPid:\s+(\d+)/m.exec(readFileSync(`/proc/${name}/status`, 'utf8'))[1]));
    } catch {
      // it ended meanwhile
    }
  }
  const found = [pid];
  for (const one of found) for (const [child, parent] of parents) if (parent === one) found.push(child);
  return found;
}

function measure(server) {
  const all = family(server.pid);
  const kilobytes = (word) =>
    all.reduce((sum, pid) => sum + Number(new RegExp(`^${word}:\\s+(\\d+) kB`, 'm').exec(readFileSync(`/proc/${pid}/smaps_rollup`, 'utf8'))[1]), 0);
  return { processes: all.length, pss: kilobytes('Pss') / 1024, rss: kilobytes('Rss') / 1024 };
}

let missed = false;
function report(what, { processes, pss, rss }) {
  const ok = pss <= BUDGET_MB;
  missed ||= !ok;
  console.log(`memory   ${what}: ${pss.toFixed(1)} MB PSS, ${rss.toFixed(1)} MB RSS in ${processes} process${processes === 1 ? '' : 'es'} (budget ≤ ${BUDGET_MB} MB) ${ok ? 'ok' : 'MISSED'}`);
}

const server = await startServer({ env: { AMBROTYPE_WORKER_IDLE_SECONDS: String(IDLE_S) }, checks: false });
const session = await server.signUp();
await delay(2000);
report('idle, empty library', measure(server));
for (let i = 0; i < 200; i += 8) {
  await Promise.all(Array.from({ length: 8 }, () => server.upload(jpeg({ width: 2000, height: 1504, bytes: 1_000_000 }), { session })));
}
await server.until(() => family(server.pid).length === 1, { timeoutMs: 120_000, what: 'the end of the workers' });
await delay(2000);
report('idle after 200 uploads', measure(server));
await server.stop();
process.exitCode = missed ? 1 : 0;
