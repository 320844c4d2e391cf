// SPDX-License-Identifier: GPL-3.0-or-later
//
// HTTPS by the server itself: certificates read again on SIGHUP, cookies that say Secure, large bodies, refusals in the
// middle of a body, and clear words for files that cannot be used.
import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { copyFile, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import https from 'node:https';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { certificate } from './certificate.mjs';
import { jpeg, sha256 } from './photo.mjs';
import { runProgram, startServer } from './server.mjs';

let folder;
let server;
let ca;
before(async () => {
  folder = await mkdtemp(join(tmpdir(), 'ambrotype-tls-'));
  for (const name of ['first', 'second']) certificate(folder, name);
  await copyFile(join(folder, 'first.crt'), join(folder, 'server.crt'));
  await copyFile(join(folder, 'first.key'), join(folder, 'server.key'));
  ca = [await readFile(join(folder, 'first.crt')), await readFile(join(folder, 'second.crt'))];
  server = await startServer({ args: ['--tls-cert', join(folder, 'server.crt'), '--tls-key', join(folder, 'server.key')] });
});
after(async () => {
  await server?.stop();
  await rm(folder, { recursive: true, force: true });
});

/** One request on a connection of its own: {status, headers, body, subject of the certificate}. */
function ask(path, { method = 'GET', headers = {}, body, cookie } = {}) {
  return new Promise((settle, fail) => {
    const request = https.request(new URL(path, server.url), { method, ca, agent: false, headers: { ...headers, ...(cookie ? { cookie } : {}) } }, (answer) => {
      const subject = answer.socket.getPeerCertificate().subject?.CN;
      const pieces = [];
      answer.on('data', (piece) => pieces.push(piece));
      answer.on('end', () => settle({ status: answer.statusCode, headers: answer.headers, body: Buffer.concat(pieces), subject }));
      answer.on('error', fail);
    });
    request.on('error', fail);
    request.end(body);
  });
}

const json = (value) => ({ headers: { 'content-type': 'application/json' }, body: JSON.stringify(value) });

let cookie;
test('a sign-in over HTTPS gets cookies that a browser sends over HTTPS alone', async () => {
  assert.match(server.url, /^https:/);
  const person = { email: 'first@example.org', password: 'correct horse battery', name: 'First' };
  assert.equal((await ask('/api/auth/admin-sign-up', { method: 'POST', ...json(person) })).status, 201);
  const { status, headers } = await ask('/api/auth/login', { method: 'POST', ...json(person) });
  assert.equal(status, 201);
  for (const line of headers['set-cookie']) assert.match(line, /; Secure/);
  cookie = headers['set-cookie'].map((line) => line.split(';')[0]).join('; ');
});

test('a file goes up and comes back whole, also in ranges', async () => {
  const photo = Buffer.concat([jpeg(), randomBytes(5_000_000)]);
  const boundary = 'tls-test';
  const field = (name, value) => `--${boundary}\r\nContent-Disposition: form-data; name="${name}"\r\n\r\n${value}\r\n`;
  const body = Buffer.concat([Buffer.from(`${field('fileCreatedAt', '2024-08-01T10:00:00Z')}${field('fileModifiedAt', '2024-08-01T10:00:00Z')}--${boundary}\r\n`
    + 'Content-Disposition: form-data; name="assetData"; filename="a.jpg"\r\n\r\n'), photo, Buffer.from(`\r\n--${boundary}--\r\n`)]);
  const made = await ask('/api/assets', { method: 'POST', cookie, body, headers: { 'content-type': `multipart/form-data; boundary=${boundary}` } });
  assert.equal(made.status, 201, made.body.toString());
  const { id } = JSON.parse(made.body);
  const whole = await ask(`/api/assets/${id}/original`, { cookie });
  assert.equal(sha256(whole.body), sha256(photo));
  const part = await ask(`/api/assets/${id}/original`, { cookie, headers: { range: 'bytes=1000000-1999999' } });
  assert.equal(part.status, 206);
  assert.ok(part.body.equals(photo.subarray(1_000_000, 2_000_000)));
});

test('a refusal in the middle of a body is read by the client', async () => {
  const { status, body } = await ask('/api/assets', { method: 'POST', cookie, body: randomBytes(300_000), headers: { 'content-type': 'multipart/form-data; boundary=x' } });
  assert.equal(status, 400, body.toString());
});

test('a renewed certificate is shown after SIGHUP; one that cannot be used is not', async () => {
  assert.equal((await ask('/api/server/ping')).subject, 'first');
  await copyFile(join(folder, 'second.crt'), join(folder, 'server.crt'));
  process.kill(server.pid, 'SIGHUP'); // its key is not there yet
  await server.until(() => server.log.includes('server.certificate-kept'), { what: 'the refusal' });
  assert.equal((await ask('/api/server/ping')).subject, 'first');
  await copyFile(join(folder, 'second.key'), join(folder, 'server.key'));
  process.kill(server.pid, 'SIGHUP');
  await server.until(() => server.log.includes('server.certificate-reloaded'), { what: 'the reload' });
  assert.equal((await ask('/api/server/ping')).subject, 'second');
});

test('who speaks HTTP or an old TLS gets nothing, and harms nobody', async () => {
  const plain = await server.rawExchange(['GET /api/server/ping HTTP/1.1\r\nHost: x\r\n\r\n'], { timeoutMs: 5000 });
  assert.equal(plain, null);
  await assert.rejects(new Promise((settle, fail) => {
    https.get(new URL('/api/server/ping', server.url), { ca, agent: false, maxVersion: 'TLSv1.1', minVersion: 'TLSv1' }, settle).on('error', fail);
  }));
  assert.equal((await ask('/api/server/ping')).status, 200);
});

test('files that cannot be used stop the start with a sentence', async (t) => {
  const data = await mkdtemp(join(tmpdir(), 'ambrotype-tls-'));
  t.after(() => rm(data, { recursive: true, force: true }));
  await writeFile(join(folder, 'nonsense.pem'), 'nonsense');
  const start = (cert, key) => runProgram(['serve', '--data', data, '--listen', '127.0.0.1:0', '--tls-cert', join(folder, cert), ...(key ? ['--tls-key', join(folder, key)] : [])]);
  for (const [cert, key, words] of [['nonsense.pem', 'first.key', /nonsense\.pem cannot be used for TLS/], ['first.crt', 'nonsense.pem', /nonsense\.pem cannot be used for TLS/],
    ['missing.pem', 'first.key', /missing\.pem cannot be used for TLS/], ['first.crt', 'second.key', /second\.key is not the key of the certificate/], ['first.crt', null, /tls-cert and tls-key belong together/]]) {
    const { code, stderr } = await start(cert, key);
    assert.notEqual(code, 0);
    assert.match(stderr, words);
  }
});
