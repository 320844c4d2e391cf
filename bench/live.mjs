#!/usr/bin/env node
// SPDX-License-Identifier: GPL-3.0-or-later
//
// bench/live.mjs [SOCKETS]: what live events cost: memory of the server for each connection at rest, over HTTP and over HTTPS; processor
// time of as many at rest; how soon all of an account hear of a change; and that readers who stopped cost nothing for ever.
import { readFileSync } from 'node:fs';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import net from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import tls from 'node:tls';
import { certificate } from '../tests/http/certificate.mjs';
import { delay, startServer } from '../tests/http/server.mjs';

const SOCKETS = Number(process.argv[2] ?? 500);
const AN_ACCOUNT = 100; // the server takes no more of one
const PLAIN_BUDGET_KB = 100;
const TLS_BUDGET_KB = 200;
const HEAR_BUDGET_MS = 50;

let missed = false;
function report(what, figure, ok, budget) {
  missed ||= !ok;
  console.log(`live     ${what}: ${figure}${budget ? ` (budget ${budget}) ${ok ? 'ok' : 'MISSED'}` : ''}`);
}

const pss = (server) => Number(/^Pss:\s+(\d+) kB/m.exec(readFileSync(`/proc/${server.pid}/smaps_rollup`, 'utf8'))[1]);
function cpuMs(server) {
  const fields = readFileSync(`/proc/${server.pid}/stat`, 'utf8').split(') ')[1].split(' ');
  return (Number(fields[11]) + Number(fields[12])) * 10;
}

/** One client, connected and welcome: {socket, heard: how often @word came}. */
function enter(server, token, { ca, word = 'on_album_update' } = {}) {
  const { hostname, port, host } = new URL(server.url);
  return new Promise((settle, fail) => {
    const socket = ca ? tls.connect({ host: hostname, port: Number(port), ca }) : net.connect(Number(port), hostname);
    const client = { socket, heard: 0, onHeard: () => {} };
    socket.on(ca ? 'secureConnect' : 'connect', () =>
      socket.write(`GET /api/socket.io/?EIO=4&transport=websocket HTTP/1.1\r\nHost: ${host}\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n` +
        `Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nx-immich-user-token: ${token}\r\n\r\n`));
    socket.on('error', fail);
    socket.on('close', () => fail(new Error('the server closed a connection')));
    let isOpen = false;
    let rest = '';
    socket.on('data', (piece) => {
      rest += piece.toString('latin1');
      if (!isOpen && rest.includes('"maxPayload"')) {
        isOpen = true;
        socket.write(Buffer.from([0x81, 0x82, 0, 0, 0, 0, 0x34, 0x30])); // "40"
      }
      if (rest.includes('on_server_version')) settle(client);
      if (rest.includes('\x81\x012')) socket.write(Buffer.from([0x81, 0x81, 0, 0, 0, 0, 0x33])); // a pong for the ping
      if (rest.includes(word)) client.onHeard(++client.heard);
      if (isOpen) rest = rest.slice(Math.max(rest.lastIndexOf(']'), 0)).slice(-100);
    });
  });
}

async function crowd(server, tokens, options) {
  const clients = [];
  for (let i = 0; i < SOCKETS; i += 20) {
    const some = Array.from({ length: Math.min(20, SOCKETS - i) }, (_, j) => enter(server, tokens[Math.floor((i + j) / AN_ACCOUNT)], options));
    clients.push(...(await Promise.all(some)));
  }
  return clients;
}

/** Accounts by the command line, as many as are needed, and a token of each by a request of @ask. */
async function accounts(server, signIn) {
  const tokens = [];
  for (let i = 0; i < Math.ceil(SOCKETS / AN_ACCOUNT); i++) {
    const email = `user${i}@example.org`;
    await server.cli(['user', 'add', '--email', email, '--name', 'U', '--password-stdin'], { input: 'correct horse battery\n' });
    tokens.push(await signIn(email));
  }
  return tokens;
}

async function rest(server, what, clients, before, budget) {
  await delay(1500);
  const each = (pss(server) - before) / clients.length;
  report(`memory of a connection at rest, ${what}, of ${clients.length}`, `${each.toFixed(1)} kB PSS`, each <= budget, `≤ ${budget} kB`);
  const begun = cpuMs(server);
  await delay(5000);
  report(`processor time of all at rest, ${what}`, `${((cpuMs(server) - begun) / 5).toFixed(1)} ms a second`, true);
}

// ---- HTTP ----
// All come from one address here.
const env = { AMBROTYPE_MAX_PER_ADDRESS: '2000' };
const server = await startServer({ env, checks: false });
await server.signUp();
const sessions = [];
const tokens = await accounts(server, async (email) => (sessions.push(await server.login({ email, password: 'correct horse battery' })), sessions.at(-1).accessToken));
await delay(1000);
const clients = await (async (before) => {
  const all = await crowd(server, tokens);
  await rest(server, 'HTTP', all, before, PLAIN_BUDGET_KB);
  return all;
})(pss(server));

const mine = clients.slice(0, AN_ACCOUNT);
const { body: album } = await server.request('/api/albums', { method: 'POST', json: { albumName: 'A' }, session: sessions[0] });
await delay(500);
const times = [];
for (let i = 0; i < 20; i++) {
  const all = Promise.all(mine.map((client) => new Promise((settle) => (client.onHeard = settle))));
  const begun = performance.now();
  await server.request(`/api/albums/${album.id}`, { method: 'PATCH', json: { description: `${i}` }, session: sessions[0] });
  await all;
  times.push(performance.now() - begun);
}
times.sort((a, b) => a - b);
report(`a change until all ${mine.length} of an account have heard of it`, `${times[10].toFixed(1)} ms (median of 20)`, times[10] <= HEAR_BUDGET_MS, `≤ ${HEAR_BUDGET_MS} ms`);

// Twenty who read nothing any more, and more events than any line holds: they are dropped.
const ids = [];
const { jpeg } = await import('../tests/http/photo.mjs');
for (let i = 0; i < 100; i++) ids.push((await server.upload(jpeg(), { session: sessions[0] })).body.id);
await server.until(async () => (await server.request('/api/assets/statistics', { session: sessions[0] })).body.total === 100);
await delay(3000);
const before = pss(server);
for (const client of mine.slice(0, 20)) client.socket.pause();
let most = before;
for (let i = 0; i < 150; i++) {
  await server.request('/api/assets', { method: 'PUT', json: { ids, isFavorite: i % 2 === 0 }, session: sessions[0] });
  most = Math.max(most, pss(server));
}
await delay(1000);
report('memory while 18 MB of events meet 20 readers who stopped, and after', `${((most - before) / 1024).toFixed(1)} MB more at most, ${((pss(server) - before) / 1024).toFixed(1)} MB after`, most - before < 64 * 1024, '≤ 64 MB');
for (const client of clients) client.socket.destroy();
await server.stop();

// ---- HTTPS ----
const folder = await mkdtemp(join(tmpdir(), 'ambrotype-bench-'));
const { cert, key } = certificate(folder, 'bench');
const ca = await readFile(cert);
const secure = await startServer({ env, args: ['--tls-cert', cert, '--tls-key', key], checks: false });
await rm(folder, { recursive: true, force: true });
const { request } = await import('node:https');
const secureTokens = await accounts(secure, (email) => new Promise((settle, fail) => {
  const asked = request(new URL('/api/auth/login', secure.url), { method: 'POST', ca, headers: { 'content-type': 'application/json' } }, async (answer) => {
    const pieces = [];
    for await (const piece of answer) pieces.push(piece);
    settle(JSON.parse(Buffer.concat(pieces).toString()).accessToken);
  });
  asked.on('error', fail);
  asked.end(JSON.stringify({ email, password: 'correct horse battery' }));
}));
await delay(1000);
const secureBefore = pss(secure);
const secureClients = await crowd(secure, secureTokens, { ca });
await rest(secure, 'HTTPS', secureClients, secureBefore, TLS_BUDGET_KB);
for (const client of secureClients) client.socket.destroy();
await secure.stop();
process.exitCode = missed ? 1 : 0;
