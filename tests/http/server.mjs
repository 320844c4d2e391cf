// SPDX-License-Identifier: GPL-3.0-or-later
//
// The real server for tests: started on a free port with a data folder of its own, asked over real HTTP, stopped and
// looked at. Used by tests/http, tests/web, tests/fault and bench.
//
//   const server = await startServer();
//   const me = await server.signUp();
//   const { status, body } = await server.upload(jpeg(), { session: me });
//   await server.stop();
//
// AMBROTYPE_BIN names the program (default build/ambrotype); ambrotype-media is expected beside it.
import assert from 'node:assert/strict';
import { execFile, spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { checkAnswer } from './answers.mjs';
import { sha1 } from './photo.mjs';
import { program, root } from './program.mjs';

/** The Set-Cookie lines of an answer. Debian's Node 18 has no Headers.getSetCookie(); joined by commas they can be told
 *  apart, as the comma of a date is followed by no name and `=`. */
export function setCookies(headers) {
  return (headers.get('set-cookie') ?? '').split(/, (?=[^;,= ]+=)/).filter(Boolean);
}

export { program };
/** Folder of real photos, or null where this machine has none: tests that want them skip and say so. */
export const corpus = [resolve(root, process.env.AMBROTYPE_CORPUS ?? '../shared/corpus')].find((folder) => existsSync(folder)) ?? null;

/** Servers that run: whatever way the tests end, none outlives them. */
const running = new Set();
process.on('exit', () => running.forEach((child) => child.kill('SIGKILL')));

const READY = /Ambrotype is ready: (https?:\S+)/;
// They end what hangs; a slow, busy machine must not come near them.
const START_MS = 120_000;
const STOP_MS = 120_000;
const UNTIL_MS = 180_000;
const SANITIZER = /(ERROR: \w+Sanitizer|runtime error:|WARNING: \w+Sanitizer)[^\n]*/;

/**
 * Starts a server. Rejects with the program's own words when it does not get ready.
 * @param {object} [options]
 * @param {string} [options.data] data folder; by default a new temporary one that stop() deletes
 * @param {Record<string, string>} [options.env] added to the environment
 * @param {string[]} [options.args] added to `serve`
 * @param {boolean} [options.checks] hold the answers against the API's document (answers.mjs); benchmarks do without
 */
export async function startServer({ data, env = {}, args = [], checks = true } = {}) {
  const ownsData = data === undefined;
  const folder = data ?? (await mkdtemp(join(tmpdir(), 'ambrotype-test-')));
  const server = new Server(folder, ownsData, env, args);
  server.checks = checks;
  await server.start();
  return server;
}

class Server {
  constructor(data, ownsData, env, args) {
    this.data = data;
    this.ownsData = ownsData;
    this.env = env;
    this.args = args;
    this.accounts = 0;
    this.log = '';
  }

  /** Starts (again) on the same data folder, on a new port; @env replaces what startServer() was given. */
  async start(env = this.env) {
    this.child = spawn(program, ['serve', '--data', this.data, '--listen', '127.0.0.1:0', ...this.args], {
      env: { ...process.env, ...env },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    const { child } = this;
    running.add(child);
    this.log = '';
    this.exited = new Promise((settle) => {
      child.on('error', (error) => settle({ error }));
      child.on('close', (code, signal) => settle({ code, signal }));
    }).finally(() => running.delete(child));
    let output = '';
    const ready = new Promise((found) => {
      this.child.stdout.on('data', (piece) => {
        output += piece;
        const match = READY.exec(output);
        if (match) found(match[1]);
      });
    });
    this.child.stderr.on('data', (piece) => (this.log += piece));
    const outcome = await Promise.race([ready, this.exited, late(START_MS)]);
    if (typeof outcome !== 'string' || outcome === 'late') {
      this.child.kill('SIGKILL');
      const why = outcome === 'late' ? `was not ready after ${START_MS / 1000} s` : `ended: ${JSON.stringify(outcome)}`;
      throw new Error(`${program} serve ${why}\n${output}${this.log}`);
    }
    this.url = outcome;
    this.#hold(false);
  }

  /** Does the server keep this program from ending? Only while its end is waited for: a test that failed before it
   *  stopped its server must not hang. */
  #hold(yes) {
    for (const handle of [this.child, this.child.stdout, this.child.stderr]) yes ? handle.ref() : handle.unref();
  }

  get pid() {
    return this.child.pid;
  }

  /** What a sanitizer said, from its first word on; null where none did. */
  #complaint() {
    const found = SANITIZER.exec(this.log);
    return found && this.log.slice(found.index, found.index + 4000);
  }

  /** A request that got no answer: where the server is dead, its last words are what matters. */
  async #explain(error) {
    this.#hold(true); // nothing else may keep this program waiting for the server's end
    await Promise.race([this.exited, late(1000)]);
    this.#hold(false);
    if (this.isRunning) return error;
    return new Error(`the server is dead (${this.child.exitCode ?? this.child.signalCode}):\n${this.#complaint() ?? this.log.slice(-4000)}`, { cause: error });
  }

  get isRunning() {
    return this.child.exitCode === null && this.child.signalCode === null;
  }

  /** Asks it to stop as an administrator would, and demands a clean end: status 0, no word from a sanitizer. A data
   *  folder that startServer() made goes with it, unless @keep. */
  async stop({ keep = !this.ownsData } = {}) {
    this.#hold(true);
    this.child.kill('SIGTERM');
    const outcome = await Promise.race([this.exited, late(STOP_MS)]);
    if (outcome === 'late') this.child.kill('SIGKILL');
    if (!keep) await this.forget();
    assert.notEqual(outcome, 'late', `the server did not stop within ${STOP_MS / 1000} s of SIGTERM\n${this.log}`);
    const complaint = this.#complaint();
    assert.ok(!complaint, `a sanitizer complained:\n${complaint}`); // of equal() the whole log would be shown too
    assert.doesNotMatch(this.log, /api\.undeclared/, 'what a handler reads is not what its operation declares');
    assert.deepEqual(outcome, { code: 0, signal: null }, `the server did not end well\n${this.log.slice(-4000)}`);
  }

  /** Kills it without warning, as a power cut would end it. The data folder stays for start(). */
  async kill() {
    this.#hold(true);
    this.child.kill('SIGKILL');
    return this.exited;
  }

  /** Deletes the data folder. */
  async forget() {
    await rm(this.data, { recursive: true, force: true });
  }

  /** Runs `ambrotype ARGS… --data DATA` beside the server; @input goes to its standard input. Never rejects. */
  async cli(words, { input = '', env = {} } = {}) {
    return runProgram([...words, '--data', this.data], { input, env });
  }

  /**
   * One request. The body of the answer is parsed where it is JSON.
   * @param {string} path from the root, or an absolute URL
   * @param {object} [options] json: a value to send; body: bytes, FormData or a stream; session: of signUp() or login();
   *        key: an API key; headers; raw: true for the body as a Buffer
   * @returns {Promise<{status: number, headers: Headers, body: any}>}
   */
  async request(path, { method = 'GET', json, body, session, key, headers = {}, raw = false, signal } = {}) {
    const all = { ...headers };
    if (session) all.cookie = session.cookie;
    if (key) all['x-api-key'] = key;
    if (json !== undefined) all['content-type'] = 'application/json';
    const answer = await fetch(new URL(path, this.url), {
      method,
      headers: all,
      body: json !== undefined ? JSON.stringify(json) : body,
      redirect: 'manual',
      signal,
      ...(body && typeof body.getReader === 'function' ? { duplex: 'half' } : {}),
    }).catch(async (error) => {
      throw signal?.aborted ? error : await this.#explain(error);
    });
    const bytes = Buffer.from(await answer.arrayBuffer());
    const type = answer.headers.get('content-type');
    const isJson = (type ?? '').includes('json');
    if (this.checks) checkAnswer({ method, path: new URL(answer.url).pathname, status: answer.status, type, bytes });
    return { status: answer.status, headers: answer.headers, body: raw ? bytes : isJson && bytes.length > 0 ? JSON.parse(bytes) : bytes.toString() };
  }

  /** Creates the first account over the API and signs in. */
  async signUp({ email = 'first@example.org', password = 'correct horse battery', name = 'First' } = {}) {
    const { status, body } = await this.request('/api/auth/admin-sign-up', { method: 'POST', json: { email, password, name } });
    assert.equal(status, 201, `sign-up: ${JSON.stringify(body)}`);
    return this.login({ email, password });
  }

  /** Creates a further account by the command line and signs in. */
  async addUser({ email = `user${++this.accounts}@example.org`, password = 'another horse staple', name = 'Other' } = {}) {
    const { code, stderr } = await this.cli(['user', 'add', '--email', email, '--name', name, '--password-stdin'], { input: `${password}\n` });
    assert.equal(code, 0, `user add: ${stderr}`);
    return this.login({ email, password });
  }

  /** Signs in: {cookie, accessToken, userId, email, password}. */
  async login({ email = 'first@example.org', password = 'correct horse battery' } = {}) {
    const { status, headers, body } = await this.request('/api/auth/login', { method: 'POST', json: { email, password } });
    assert.equal(status, 201, `login: ${JSON.stringify(body)}`);
    const cookie = setCookies(headers).map((line) => line.split(';')[0]).join('; ');
    return { cookie, accessToken: body.accessToken, userId: body.userId, email, password };
  }

  /** POST /api/assets as the web page does it. @fields are added to or replace the usual ones; undefined leaves one out. */
  async upload(bytes, { name = 'photo.jpg', session, key, fields = {}, headers = {}, announce = false, signal } = {}) {
    const all = { fileCreatedAt: '2024-08-01T10:00:00.000Z', fileModifiedAt: '2024-08-01T10:00:00.000Z', isFavorite: 'false', ...fields };
    const form = new FormData();
    for (const [field, value] of Object.entries(all)) if (value !== undefined) value instanceof Blob ? form.append(field, value, field) : form.append(field, value);
    form.append('assetData', new Blob([bytes]), name);
    const checksum = announce ? { 'x-immich-checksum': sha1(bytes) } : {};
    return this.request('/api/assets', { method: 'POST', body: form, session, key, headers: { ...checksum, ...headers }, signal });
  }

  /** The stored original's bytes; fails the test where the answer is not 200. */
  async original(id, { session, key } = {}) {
    const { status, body } = await this.request(`/api/assets/${id}/original`, { session, key, raw: true });
    assert.equal(status, 200, `original of ${id}: ${body}`);
    return body;
  }

  /** Bytes written as they are, for requests that no client library would send: {status, head, body}, or null where the
   *  server closed without an answer. @pieces may hold numbers, pauses in milliseconds, and promises, which are waited for. */
  async rawExchange(pieces, { timeoutMs = UNTIL_MS } = {}) {
    const { connect } = await import('node:net');
    const { hostname, port } = new URL(this.url);
    const socket = connect(Number(port), hostname);
    let answer = Buffer.alloc(0);
    socket.on('data', (piece) => (answer = Buffer.concat([answer, piece])));
    const closed = new Promise((settle) => {
      socket.on('close', () => settle('closed'));
      socket.on('error', () => settle('closed'));
    });
    for (const piece of pieces) {
      if (typeof piece === 'number') await Promise.race([closed, delay(piece)]);
      else if (piece instanceof Promise) await Promise.race([closed, piece]);
      else if (!socket.destroyed) socket.write(piece);
    }
    const outcome = await Promise.race([closed, late(timeoutMs)]);
    socket.destroy();
    const text = answer.toString('latin1');
    const match = /^HTTP\/1\.1 (\d{3})/.exec(text);
    const split = text.indexOf('\r\n\r\n');
    return match ? { status: Number(match[1]), head: text.slice(0, split), body: text.slice(split + 4), outcome } : null;
  }

  /** Waits until @check (async) answers something true, and answers that. The test fails after @timeoutMs. */
  async until(check, { timeoutMs = UNTIL_MS, what = 'what was waited for' } = {}) {
    const end = Date.now() + timeoutMs;
    for (;;) {
      const result = await check();
      if (result) return result;
      assert.ok(Date.now() < end, `${what} did not come within ${timeoutMs / 1000} s\n${this.log.slice(-2000)}`);
      await delay(50);
    }
  }
}

/** Runs `ambrotype ARGS…`: {code, signal, stdout, stderr}. Never rejects for what the program does. */
export async function runProgram(args, { input = '', env = {}, cwd } = {}) {
  const child = execFile(program, args, { env: { ...process.env, ...env }, cwd, maxBuffer: 64 << 20, encoding: 'utf8' }, () => {});
  let stdout = '';
  let stderr = '';
  child.stdout.on('data', (piece) => (stdout += piece));
  child.stderr.on('data', (piece) => (stderr += piece));
  child.stdin.on('error', () => {}); // a program may end without reading it
  child.stdin.end(input);
  return new Promise((settle) => {
    child.on('error', (error) => settle({ code: null, signal: null, stdout, stderr: String(error) }));
    child.on('close', (code, signal) => settle({ code, signal, stdout, stderr }));
  });
}

export const delay = (ms) => new Promise((settle) => setTimeout(settle, ms));

/** For races: 'late' after @ms, without keeping the program alive for it. */
const late = (ms) => new Promise((settle) => setTimeout(settle, ms, 'late').unref());
