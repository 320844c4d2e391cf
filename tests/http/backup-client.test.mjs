// SPDX-License-Identifier: GPL-3.0-or-later
//
// The backup client against the real server: `ambrotype backup …` on folders that each test makes.
import assert from 'node:assert/strict';
import { execFile, spawn } from 'node:child_process';
import { appendFile, chmod, mkdir, mkdtemp, readdir, rm, stat, symlink, unlink, utimes, writeFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { after, before, test } from 'node:test';
import { promisify } from 'node:util';
import { delay, program, runProgram, startServer } from './server.mjs';
import { jpeg, sha1 } from './photo.mjs';

let server;
let account;
before(async () => {
  server = await startServer();
  account = await server.signUp();
});
after(() => server.stop());

const unprivileged = process.getuid() !== 0;

/** A client with a state and a folder of photos of its own. */
class Client {
  static async make(t, { from = server, signedIn = account, login = true } = {}) {
    const home = await mkdtemp(join(tmpdir(), 'ambrotype-client-'));
    t.after(() => rm(home, { recursive: true, force: true }));
    const client = new Client(home, from, signedIn);
    await mkdir(client.photos);
    if (login) await client.login();
    await client.ok(['add', client.photos]);
    return client;
  }

  constructor(home, from, signedIn) {
    Object.assign(this, { home, server: from, account: signedIn, photos: join(home, 'photos') });
    this.env = { AMBROTYPE_CLIENT_DIR: join(home, 'state') };
  }

  cli(words, options = {}) {
    return runProgram(['backup', ...words], { ...options, env: { ...this.env, ...options.env } });
  }

  async ok(words, options) {
    const result = await this.cli(words, options);
    assert.equal(result.code, 0, `backup ${words.join(' ')}: ${result.stdout}${result.stderr}`);
    return result.stdout;
  }

  login() {
    return this.ok(['login', this.server.url, '--email', this.account.email, '--password-stdin'], { input: `${this.account.password}\n` });
  }

  run(...words) {
    return this.ok(['run', ...words]);
  }

  /** A run that a test wants to disturb: {child, done}. */
  startRun(...words) {
    const child = spawn(program, ['backup', 'run', ...words], { env: { ...process.env, ...this.env }, stdio: ['ignore', 'pipe', 'pipe'] });
    let output = '';
    child.stdout.on('data', (piece) => (output += piece));
    child.stderr.on('data', (piece) => (output += piece));
    const done = new Promise((settle) => child.on('close', (code, signal) => settle({ code, signal, output })));
    return { child, done };
  }

  async put(name, bytes = jpeg()) {
    const path = join(this.photos, name);
    await mkdir(dirname(path), { recursive: true });
    await writeFile(path, bytes);
    return { path, bytes };
  }

  async status() {
    const { stdout } = await this.cli(['status', '--json']);
    return JSON.parse(stdout);
  }

  /** The ledger's items of this device, by their path below the folder. */
  async items() {
    const { device } = await this.status();
    const { body } = await this.server.request(`/api/backup/devices/${device.id}/items?limit=1000`, { session: this.account });
    return Object.fromEntries(body.items.map((item) => [item.key.slice(this.photos.length + 1), item]));
  }

  /** The server has these bytes, byte for byte. */
  async assertStored(files) {
    const items = await this.items();
    for (const { path, bytes } of files) {
      const item = items[path.slice(this.photos.length + 1)];
      assert.ok(['stored', 'verified'].includes(item?.state), `${path}: ${JSON.stringify(item)}`);
      assert.equal(sha1(await this.server.original(item.assetId, { session: this.account })), sha1(bytes), path);
    }
  }
}

/** How many requests of this kind the server has answered, by its log. */
const requests = (from, method, path) => from.log.split('\n').filter((line) => line.includes(`method=${method} path=${path} `)).length;

test('a first run stores everything, a second one sends nothing', async (t) => {
  const client = await Client.make(t);
  const files = [await client.put('a.jpg'), await client.put('b/c.jpg'), await client.put('b/d/ü b.jpg')];
  await client.put('notes.txt', 'no photo');
  await client.put('alone.xmp', '<x:xmpmeta xmlns:x="adobe:ns:meta/"/>');
  await client.put('b/lost.xmp', '<x:xmpmeta xmlns:x="adobe:ns:meta/"/>');
  await symlink(client.home, join(client.photos, 'up'));
  await client.put('b/copy.jpg', files[0].bytes);
  const first = await client.run();
  assert.match(first, /Stored 3 new .* 1 was there already, 0 skipped; all 4 items confirmed by the server/);
  assert.match(first, /^Left out: 1 file that is no photo or video, 2 side files without a photo, 1 link to a folder\.$/m);
  await client.assertStored(files);
  const uploads = requests(server, 'POST', '/api/assets');
  const checks = requests(server, 'POST', '/api/assets/bulk-upload-check');
  const second = await client.run();
  assert.match(second, /Stored 0 new .* 4 were there already, 0 skipped; all 4 items confirmed/);
  assert.equal(requests(server, 'POST', '/api/assets'), uploads);
  assert.equal(requests(server, 'POST', '/api/assets/bulk-upload-check'), checks, 'unchanged files are not even asked about');
  const { state, headline, device } = await client.status();
  assert.equal(state, 'complete', headline);
  assert.equal(device.counts.total, 4);
  const { lastRun } = await client.status();
  const { stdout } = await client.cli(['status'], { env: { TZ: 'Etc/GMT-5' } });
  const local = new Date(Date.parse(lastRun) + 5 * 3600_000).toISOString().slice(0, 16).replace('T', ' ');
  assert.match(stdout, new RegExp(`^  Last run: ${local}$`, 'm'));
});

test('what others uploaded is not sent again', async (t) => {
  const client = await Client.make(t);
  const { bytes } = await client.put('a.jpg');
  await server.upload(bytes, { session: account });
  assert.match(await client.run(), /Stored 0 new .* 1 was there already/);
});

test('dates, names and side files arrive', async (t) => {
  const client = await Client.make(t);
  const { path } = await client.put('strange "name"; ü\n.jpg');
  await utimes(path, new Date('2020-02-03T04:05:06.789Z'), new Date('2020-02-03T04:05:06.789Z'));
  await client.put('strange "name"; ü\n.jpg.xmp', '<x:xmpmeta xmlns:x="adobe:ns:meta/"/>');
  assert.match(await client.run(), /Stored 1 new/);
  const [item] = Object.values(await client.items());
  const { body } = await server.request(`/api/assets/${item.assetId}`, { session: account });
  assert.equal(body.fileModifiedAt, '2020-02-03T04:05:06.789Z');
  assert.match(body.originalFileName, /^strange "name"; ü.\.jpg$/su);
});

test('a side file that cannot go along is named', async (t) => {
  const client = await Client.make(t);
  await client.put('a.jpg');
  await client.put('a.jpg.xmp', Buffer.alloc(1_100_000, ' '));
  const output = await client.run();
  assert.match(output, /a\.jpg: stored, but its side file a\.jpg\.xmp stays behind/);
  assert.match(output, /Stored 1 new/);
});

test('a side file that comes later or changes is sent to its photo', async (t) => {
  const client = await Client.make(t);
  const rating = (stars) => `<x:xmpmeta xmlns:x="adobe:ns:meta/"><rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#"><rdf:Description xmlns:xmp="http://ns.adobe.com/xap/1.0/" xmp:Rating="${stars}"/></rdf:RDF></x:xmpmeta>`;
  await client.put('a.jpg');
  await client.run();
  const [{ assetId }] = Object.values(await client.items());
  const stars = async () => {
    const waited = await server.cli(['jobs', '--wait']);
    assert.equal(waited.code, 0, waited.stderr);
    return (await server.request(`/api/assets/${assetId}`, { session: account })).body.exifInfo.rating;
  };
  assert.equal(await stars(), null);
  await client.put('a.xmp', rating(3));
  assert.match(await client.run(), /1 side file/);
  assert.equal(await stars(), 3);
  assert.doesNotMatch(await client.run(), /side file/);
  await client.put('a.xmp', rating(5));
  assert.match(await client.run(), /1 side file/);
  assert.equal(await stars(), 5);
});

test('changed, new and deleted files', async (t) => {
  const client = await Client.make(t);
  const kept = await client.put('kept.jpg');
  const { path } = await client.put('changed.jpg');
  const gone = await client.put('gone.jpg');
  await client.run();
  const changed = await client.put('changed.jpg');
  await unlink(gone.path);
  const added = await client.put('added.jpg');
  assert.match(await client.run(), /Stored 2 new .* 1 was there already/);
  await client.assertStored([kept, changed, added]);
  const items = await client.items();
  assert.equal(items['gone.jpg'].isGone, true);
  assert.equal(items['gone.jpg'].state, 'stored', 'what was backed up stays');
  assert.equal(path, changed.path);
});

test('the ignore file is heeded', async (t) => {
  const client = await Client.make(t);
  await client.put('.ambrotypeignore', 'Screenshots/\n*.png\n!keep.png\n');
  for (const name of ['a.jpg', 'Screenshots/s.jpg', 'x.png', 'keep.png', '.hidden/h.jpg']) await client.put(name);
  const output = await client.run();
  assert.match(output, /Stored 2 new/);
  assert.match(output, /1 hidden or of other programs, 2 by \.ambrotypeignore/);
  assert.deepEqual(Object.keys(await client.items()).sort(), ['a.jpg', 'keep.png']);
});

test('what cannot be backed up is named, with its reason', async (t) => {
  const client = await Client.make(t);
  const { path } = await client.put('closed.jpg');
  await client.put('empty.jpg', '');
  await client.put('fine.jpg');
  await symlink(client.photos, join(client.photos, 'loop'));
  await symlink('nowhere', join(client.photos, 'dead.jpg'));
  await chmod(path, 0);
  const { code, stdout: output } = await client.cli(['run']);
  assert.equal(code, 1, 'a person wants dead.jpg');
  assert.match(output, /Skipped: .*empty\.jpg: it is empty\./);
  assert.match(output, /Skipped: .*dead\.jpg: it cannot be read/);
  assert.match(output, /loop is a link to a folder and was not followed/);
  if (unprivileged) assert.match(output, /Skipped: .*closed\.jpg: it cannot be read \(Permission denied\)/);
  const items = await client.items();
  assert.equal(items['empty.jpg'].reason, 'empty-file');
  assert.equal(items['dead.jpg'].reason, 'unreadable');
  assert.equal(items['fine.jpg'].state, 'stored');
  const { stdout } = await client.cli(['status']);
  assert.match(stdout, /the file is empty/);
});

test('what is left out by a rule does not fail the run', async (t) => {
  const client = await Client.make(t);
  await client.put('empty.jpg', '');
  await client.put('fine.jpg');
  assert.match(await client.run(), /1 skipped; 1 item confirmed/);
});

test('names that are not UTF-8 arrive', async (t) => {
  const client = await Client.make(t);
  for (const byte of [0xff, 0xfe]) await writeFile(Buffer.concat([Buffer.from(`${client.photos}/`), Buffer.from([byte]), Buffer.from('.jpg')]), jpeg());
  assert.match(await client.run(), /Stored 2 new .*all 2 items confirmed/);
  assert.equal(Object.keys(await client.items()).length, 2);
});

test('killed in the midst, it goes on', async (t) => {
  const client = await Client.make(t);
  const files = [];
  for (let i = 0; i < 60; i++) files.push(await client.put(`${i}.jpg`, jpeg({ bytes: 300_000 })));
  const before = requests(server, 'POST', '/api/assets');
  const { child, done } = client.startRun();
  await server.until(() => requests(server, 'POST', '/api/assets') > before + 5 || child.exitCode !== null, { what: 'the first uploads' });
  child.kill('SIGKILL');
  await done;
  await client.run();
  await client.assertStored(files);
  assert.match(await client.run(), /Stored 0 new .* 60 were there already/);
});

test('Ctrl-C ends it in order, with words', async (t) => {
  const client = await Client.make(t);
  const files = [];
  for (let i = 0; i < 60; i++) files.push(await client.put(`${i}.jpg`, jpeg({ bytes: 500_000 })));
  const before = requests(server, 'POST', '/api/assets');
  const { child, done } = client.startRun('--uploads', '1');
  await server.until(() => requests(server, 'POST', '/api/assets') > before + 2 || child.exitCode !== null, { what: 'the first uploads' });
  child.kill('SIGINT');
  const { code, signal, output } = await done;
  assert.equal(signal, null);
  if (code !== 0) {
    assert.equal(code, 1, output);
    assert.match(output, /Stopped\./);
    assert.match(output, /Stored \d+ new .* \d+ waiting/);
  }
  await client.run();
  await client.assertStored(files);
});

test('a large file goes on in its middle when the server was killed', async (t) => {
  const own = await startServer();
  t.after(() => own.stop());
  const me = await own.signUp();
  const client = await Client.make(t, { from: own, signedIn: me });
  const big = await client.put('big.jpg', jpeg({ bytes: 40_000_000 }));
  const { port } = new URL(own.url);
  const { done } = client.startRun('--retry-for', '60');
  await own.until(() => /method=PATCH path=\/api\/uploads\/\S+ .*status=204/.test(own.log), { what: 'the first part' });
  await own.kill();
  own.args = ['--listen', `127.0.0.1:${port}`];
  await own.start();
  const { code, output } = await done;
  assert.equal(code, 0, output);
  await client.assertStored([big]);
  assert.equal(requests(own, 'POST', '/api/uploads'), 0, 'the upload was not begun anew');
  const received = [...own.log.matchAll(/method=PATCH path=\/api\/uploads\/\S+ .*received=(\d+)/g)].reduce((sum, match) => sum + Number(match[1]), 0);
  assert.ok(received <= 24_000_000, `${received} bytes were sent after the restart, of which 16 MB were there`);
});

test('a large file goes on in its middle when the client was killed', async (t) => {
  const client = await Client.make(t);
  const big = await client.put('big.jpg', jpeg({ bytes: 50_000_000 }));
  const before = (server.log.match(/method=PATCH path=\/api\/uploads\//g) ?? []).length;
  const { child, done } = client.startRun();
  await server.until(() => (server.log.match(/method=PATCH path=\/api\/uploads\//g) ?? []).length > before, { what: 'the first part' });
  child.kill('SIGKILL');
  const { signal } = await done;
  const begun = requests(server, 'POST', '/api/uploads');
  await client.run();
  await client.assertStored([big]);
  if (signal) assert.equal(requests(server, 'POST', '/api/uploads'), begun, 'the upload was not begun anew');
});

test('a file that changes all the time waits, the others go on', async (t) => {
  const client = await Client.make(t);
  const still = await client.put('still.jpg');
  const { path } = await client.put('growing.jpg', jpeg({ bytes: 20_000_000 }));
  let isGrowing = true;
  const growing = (async () => {
    while (isGrowing) {
      await appendFile(path, Buffer.alloc(1000));
      await delay(1);
    }
  })();
  const { code, stdout } = await client.cli(['run']);
  isGrowing = false;
  await growing;
  assert.equal(code, 1, stdout);
  assert.match(stdout, /Waiting: .*growing\.jpg: it is being changed/);
  const items = await client.items();
  assert.equal(items['growing.jpg'].state, 'waiting');
  assert.equal(items['growing.jpg'].reason, 'changing');
  await client.assertStored([still]);
  assert.match(await client.run(), /Stored 1 new/);
});

test('without the server it waits for the connection, and says so', async (t) => {
  const own = await startServer();
  const me = await own.signUp();
  const client = await Client.make(t, { from: own, signedIn: me });
  await client.put('a.jpg');
  await own.stop({ keep: true });
  t.after(() => own.forget());
  const { code, stderr } = await client.cli(['run', '--retry-for', '0']);
  assert.equal(code, 1);
  assert.match(stderr, /Waiting for connection/);
  const status = await client.cli(['status']);
  assert.equal(status.code, 1);
  assert.match(status.stdout, /^Waiting for connection\n/);
  assert.equal((await client.status()).state, 'waiting');
});

test('a full quota ends the run with plain words', async (t) => {
  const own = await startServer();
  t.after(() => own.stop());
  const me = await own.signUp();
  const client = await Client.make(t, { from: own, signedIn: me });
  // No command sets a quota yet; Python's own SQLite writes it beside the server.
  const sql = "import sqlite3, sys; c = sqlite3.connect(sys.argv[1]); c.execute('UPDATE users SET quota_bytes = 10'); c.commit()";
  await promisify(execFile)('python3', ['-c', sql, join(own.data, 'ambrotype.db')]);
  await client.put('a.jpg');
  await client.put('b.jpg');
  const { code, stderr } = await client.cli(['run']);
  assert.equal(code, 1);
  assert.match(stderr, /Your quota on the server is used up/);
  assert.equal((await client.items())['a.jpg'].reason, 'quota');
});

test('signing in tells plainly what is wrong', async (t) => {
  const client = await Client.make(t, { login: false });
  const login = async (url, input = 'wrong\n') => {
    const { code, stderr } = await client.cli(['login', url, '--email', account.email, '--password-stdin'], { input });
    assert.equal(code, 1, stderr);
    return stderr;
  };
  assert.match(await login(server.url), /E-mail or password are wrong/);
  assert.match(await login('http://127.0.0.1:1'), /cannot be reached/);
  assert.match(await login('ftp://127.0.0.1'), /must begin with http/);
  assert.match(await login(server.url.replace('http:', 'https:')), /No secure connection/);
  const other = createServer((request, answer) => answer.writeHead(404).end('nothing here')).listen(0, '127.0.0.1');
  t.after(() => other.close());
  await new Promise((settle) => other.once('listening', settle));
  assert.match(await login(`http://127.0.0.1:${other.address().port}`), /no Ambrotype server/);
  const { code, stderr } = await client.cli(['run']);
  assert.equal(code, 1);
  assert.match(stderr, /signed in nowhere/);
  assert.equal((await client.cli(['login'])).code, 2);
  assert.equal((await client.cli(['nonsense'])).code, 2);
});

test('the password is not kept, and a key that was deleted is told', async (t) => {
  const client = await Client.make(t);
  const { body: keys } = await server.request('/api/api-keys', { session: account });
  const key = keys.filter(({ name }) => name.endsWith(' backup')).sort((a, b) => a.createdAt.localeCompare(b.createdAt)).at(-1);
  assert.deepEqual([...key.permissions].sort(), ['asset.read', 'asset.upload', 'user.read']);
  const conf = join(client.env.AMBROTYPE_CLIENT_DIR, 'client.conf');
  assert.equal((await stat(conf)).mode & 0o777, 0o600);
  await server.request(`/api/api-keys/${key.id}`, { method: 'DELETE', session: account });
  await client.put('a.jpg');
  const { code, stderr } = await client.cli(['run']);
  assert.equal(code, 1);
  assert.match(stderr, /not signed in any more/);
});

test('folders: within each other, twice, removed', async (t) => {
  const client = await Client.make(t);
  await client.put('in/a.jpg');
  assert.match(await client.ok(['add', join(client.photos, 'in')]), /backed up already, as part of/);
  assert.equal((await client.ok(['list'])).trim(), client.photos);
  assert.match(await client.run(), /Stored 1 new/);
  await client.ok(['remove', client.photos]);
  const { code, stderr } = await client.cli(['run']);
  assert.equal(code, 1);
  assert.match(stderr, /Backup is off/);
  assert.equal((await client.status()).state, 'off');
  assert.equal((await client.cli(['add', join(client.home, 'missing')])).code, 1);
});

test('a disk that is not there takes nothing away', async (t) => {
  const client = await Client.make(t);
  const { path } = await client.put('a.jpg');
  await client.run();
  await unlink(path);
  const emptied = await client.cli(['run']);
  assert.match(emptied.stdout, /holds no photos any more/);
  assert.equal(emptied.code, 1);
  assert.equal((await client.items())['a.jpg'].isGone, false);
  await rm(client.photos, { recursive: true });
  const { code, stdout } = await client.cli(['run']);
  assert.match(stdout, /The folder .*photos does not exist: connect the disk or remove it with `ambrotype backup remove`/);
  assert.doesNotMatch(stdout, /right to read/);
  assert.equal(code, 1);
  assert.equal((await client.items())['a.jpg'].isGone, false);
});

test('what the server lost is sent again', async (t) => {
  const client = await Client.make(t);
  const file = await client.put('a.jpg');
  await client.run();
  const [item] = Object.values(await client.items());
  const { body: proof } = await server.request(`/api/assets/${item.assetId}/proof`, { session: account });
  await unlink(join(server.data, 'store', proof.sha256.slice(0, 2), proof.sha256.slice(2, 4), proof.sha256));
  await server.cli(['verify']);
  const output = await client.run();
  await client.assertStored([file]);
  assert.match(output, /1 sent again that the server had lost/);
  assert.ok((await readdir(join(server.data, 'store'))).length > 0);
});

/** A server between: @answer(request, body) gives {status, json} for what it answers itself, or nothing: passed on. */
async function between(t, answer) {
  const proxy = createServer(async (request, reply) => {
    const pieces = [];
    for await (const piece of request) pieces.push(piece);
    const body = Buffer.concat(pieces);
    const own = answer(request, body);
    if (own) return reply.writeHead(own.status, { 'content-type': 'application/json', ...own.headers }).end(own.text ?? JSON.stringify(own.json));
    const { host, connection, 'content-length': length, 'transfer-encoding': encoding, ...headers } = request.headers;
    const { status, headers: back, body: bytes } = await server.request(request.url, { method: request.method, headers, body: body.length > 0 ? body : undefined, raw: true });
    reply.writeHead(status, { 'content-type': back.get('content-type') ?? 'text/plain' }).end(bytes);
  }).listen(0, '127.0.0.1');
  t.after(() => (proxy.closeAllConnections(), proxy.close()));
  await new Promise((settle) => proxy.once('listening', settle));
  return { url: `http://127.0.0.1:${proxy.address().port}` };
}

test('a photo of which the server says that it is stored, and is not, fails the run until it is', async (t) => {
  let isLying = true;
  const liar = await between(t, ({ method, url }) => isLying && method === 'POST' && url === '/api/assets' && { status: 201, json: { id: '00000000-0000-4000-8000-000000000000', status: 'created' } });
  const client = await Client.make(t, { from: liar });
  await client.put('a.jpg');
  const { code, stdout } = await client.cli(['run']);
  assert.match(stdout, /does not confirm that it has it/);
  assert.equal(code, 1);
  isLying = false;
  assert.match(await client.run(), /Stored 1 new/);
});

test('a redirect or a foreign page in answer to an upload is an outage, not a refusal of the file', async (t) => {
  const page = '<html>Welcome to the hotel</html>';
  let own;
  const hotel = await between(t, ({ method, url }) => method === 'POST' && url === '/api/assets' && own);
  const client = await Client.make(t, { from: hotel });
  await client.put('a.jpg');
  for (own of [
    { status: 302, headers: { location: 'http://hotel.example/' }, text: '' },
    { status: 200, text: page },
    { status: 403, text: page },
  ]) {
    const { code, stdout, stderr } = await client.cli(['run', '--retry-for', '0']);
    assert.equal(code, 1, stdout);
    assert.match(stderr, /Waiting for connection/, `status ${own.status}`);
    assert.match(stdout, /0 skipped, 1 waiting/, `status ${own.status}`);
  }
  own = undefined;
  assert.match(await client.run(), /Stored 1 new/);
});

test('a server that gives the same page of its ledger for ever ends the run', async (t) => {
  const turning = await between(t, ({ url }) => url.includes('/items?state=') && { status: 200, json: { items: [], nextCursor: '5' } });
  const client = await Client.make(t, { from: turning });
  await client.put('a.jpg');
  const { child, done } = client.startRun();
  const timer = setTimeout(() => child.kill('SIGKILL'), 180_000);
  const { signal } = await done;
  clearTimeout(timer);
  assert.equal(signal, null, 'it had to be killed');
});
