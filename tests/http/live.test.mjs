// SPDX-License-Identifier: GPL-3.0-or-later
//
// Live events over Socket.IO, heard by socket.io-client: what comes when, who hears it, who does not, and how it ends.
import assert from 'node:assert/strict';
import { mkdtemp, readFile, readdir, rm } from 'node:fs/promises';
import http from 'node:http';
import https from 'node:https';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { certificate } from './certificate.mjs';
import { listen } from './live.mjs';
import { hasFfmpeg } from './video.mjs';
import { liveStill, liveVideo } from './moving.mjs';
import { jpeg } from './photo.mjs';
import { delay, startServer } from './server.mjs';

let server;
let me;
let ear;
let dismissed; // somebody whose account a command deletes while the other tests run
const ears = [];
const hear = (options, url = server.url) => {
  const made = listen(url, options);
  ears.push(made);
  return made;
};
before(async () => {
  server = await startServer();
  me = await server.signUp();
  ear = hear({ session: me });
  await ear.event('connect');
  const leaver = await server.addUser();
  dismissed = hear({ session: leaver });
  await dismissed.event('on_server_version');
  const { code, stderr } = await server.cli(['user', 'delete', '--email', leaver.email]);
  assert.equal(code, 0, stderr);
});
after(async () => {
  for (const one of ears) one.close();
  await server?.stop();
});

const upload = async (session = me, bytes = jpeg()) => (await server.upload(bytes, { session })).body.id;
/** Uploads and waits until it is ready. */
async function ready(session = me, by = ear) {
  const id = await upload(session);
  await by.event('on_upload_success', (asset) => asset.id === id);
  return id;
}
const ask = (method, path, json, session = me) => server.request(path, { method, json, session });

test('who connects is told the version, and is welcome with every kind of credential', async () => {
  const { body: key } = await ask('POST', '/api/api-keys', { name: 'all', permissions: ['all'] });
  const token = me.accessToken;
  const ways = [
    { session: me },
    { headers: { authorization: `Bearer ${token}` } },
    { headers: { 'x-immich-user-token': token } },
    { headers: { 'x-immich-session-token': token } },
    { headers: { 'x-api-key': key.secret } },
    { query: { sessionKey: token } },
    { query: { apiKey: key.secret } },
  ];
  for (const way of ways) {
    const one = hear(way);
    assert.deepEqual(await one.event('on_server_version'), { major: 3, minor: 2, patch: 2, prerelease: null });
    one.close();
  }
  const { body } = await server.request('/api/server/version');
  assert.deepEqual(ear.all('on_server_version'), [body]);
});

test('an upload is announced once its pictures are there, as the sync stream would tell it', async () => {
  const id = await upload(me, jpeg({ exif: { date: '2024:08:01 12:00:00', offset: '+02:00', make: 'Acme', position: [48.5, 11.25] } }));
  const mine = (given) => (given.asset ?? given).id === id;
  const { asset, exif } = await ear.event('AssetUploadReadyV2', mine);
  const response = await ear.event('on_upload_success', mine);
  const thumbnail = await server.request(`/api/assets/${id}/thumbnail`, { session: me, raw: true });
  assert.equal(thumbnail.status, 200);
  assert.ok(asset.thumbhash);
  assert.deepEqual(response, (await server.request(`/api/assets/${id}`, { session: me })).body);
  const stream = await server.request('/api/sync/stream', { method: 'POST', json: { types: ['AssetsV2', 'AssetExifsV1'], reset: true }, session: me, raw: true });
  const lines = stream.body.toString().trim().split('\n').map((line) => JSON.parse(line));
  assert.deepEqual(asset, lines.find((line) => line.type === 'AssetV2' && line.data.id === id).data);
  assert.deepEqual(exif, lines.find((line) => line.type === 'AssetExifV1' && line.data.assetId === id).data);
});

test('a file of which no picture can be made is announced as well', async () => {
  const id = await upload(me, Buffer.from(`no JPEG ${process.hrtime.bigint()}`));
  const { asset } = await ear.event('AssetUploadReadyV2', (given) => given.asset.id === id);
  assert.equal(asset.thumbhash, null);
  await ear.event('on_upload_success', (given) => given.id === id);
});

test('changes, the trash, restoring and deleting are told', async () => {
  const ids = [await ready(), await ready()];
  await ask('PUT', `/api/assets/${ids[0]}`, { description: 'the sea' });
  const changed = await ear.event('on_asset_update', (asset) => asset.id === ids[0]);
  assert.equal(changed.exifInfo.description, 'the sea');
  await ask('PUT', '/api/assets', { ids, isFavorite: true });
  await ear.event('on_asset_update', (asset) => asset.id === ids[1] && asset.isFavorite);

  await ask('DELETE', '/api/assets', { ids });
  assert.deepEqual((await ear.event('on_asset_trash')).sort(), [...ids].sort());
  await ask('POST', '/api/trash/restore/assets', { ids: [ids[0]] });
  assert.deepEqual(await ear.event('on_asset_restore'), [ids[0]]);
  await ask('POST', '/api/trash/restore');
  await ear.event('on_asset_restore', (restored) => restored.length === 1 && restored[0] === ids[1]);
  await ask('DELETE', '/api/assets', { ids: [ids[0]], force: true });
  await ear.event('on_asset_delete', (id) => id === ids[0]);
  await ask('DELETE', '/api/assets', { ids: [ids[1]] });
  await ask('POST', '/api/trash/empty');
  await ear.event('on_asset_delete', (id) => id === ids[1]);
});

test('what is refused is not told', async () => {
  const other = await server.addUser();
  const theirs = hear({ session: other });
  await theirs.event('connect');
  const id = await ready(other, theirs);
  ear.forget();
  assert.equal((await ask('DELETE', '/api/assets', { ids: [id] })).status, 400);
  assert.equal((await ask('PUT', `/api/assets/${id}`, { description: 'mine' })).status, 400);
  const own = await ready();
  assert.deepEqual(ear.heard.map(([name]) => name).sort(), ['AssetUploadReadyV2', 'on_upload_success']);
  assert.ok(!JSON.stringify(theirs.heard).includes(own));
  assert.ok(!JSON.stringify(theirs.heard).includes('on_asset_trash'));
});

test('of what is locked away no more is told than a session may see', async () => {
  const { body: key } = await ask('POST', '/api/api-keys', { name: 'all', permissions: ['all'] });
  const program = hear({ headers: { 'x-api-key': key.secret } });
  await program.event('connect');
  ear.forget();
  const { body } = await server.upload(jpeg(), { session: me, fields: { visibility: 'locked' } });
  await ear.event('AssetUploadReadyV2', (given) => given.asset.id === body.id);
  await program.event('on_upload_success', ((id) => (asset) => asset.id === id)(await ready()));
  assert.ok(!ear.all('on_upload_success').some((asset) => asset.id === body.id));
  assert.ok(!JSON.stringify(program.heard).includes(body.id));
});

test('the video half of a live photo is told to be hidden', { skip: !hasFfmpeg && 'no ffmpeg' }, async () => {
  const video = (await server.upload(await liveVideo('LIVE-EVENT'), { session: me, name: 'IMG_1.MOV' })).body.id;
  await ear.event('on_upload_success', (asset) => asset.id === video);
  const still = (await server.upload(liveStill('LIVE-EVENT'), { session: me, name: 'IMG_1.JPG' })).body.id;
  const { asset } = await ear.event('AssetUploadReadyV2', (given) => given.asset.id === still);
  assert.equal(asset.livePhotoVideoId, video);
  await ear.event('on_asset_hidden', (id) => id === video);
});

test('albums are told of when they are made, filled, changed, emptied and deleted', async () => {
  const id = await ready();
  const steps = [
    ['PUT', 'assets', { ids: [id] }], ['PATCH', '', { albumName: 'By the sea' }], ['DELETE', 'assets', { ids: [id] }], ['DELETE', '', undefined],
  ];
  ear.forget();
  const { body: album } = await ask('POST', '/api/albums', { albumName: 'Sea' });
  assert.equal(await ear.event('on_album_update'), album.id);
  for (const [method, rest, json] of steps) {
    ear.forget();
    const answer = await ask(method, `/api/albums/${album.id}${rest && `/${rest}`}`, json);
    assert.ok(answer.status < 300, `${method} ${rest}: ${JSON.stringify(answer.body)}`);
    assert.equal(await ear.event('on_album_update'), album.id);
  }
});

test('who shares an album hears of it, up to the moment when it is not shared any more', async () => {
  const other = await server.addUser();
  const theirs = hear({ session: other });
  await theirs.event('connect');
  const { body: album } = await ask('POST', '/api/albums', { albumName: 'Ours' });
  const steps = [
    ['PUT', 'users', { albumUsers: [{ userId: other.userId, role: 'viewer' }] }], ['PUT', `user/${other.userId}`, { role: 'editor' }],
    ['PATCH', '', { description: 'both of us' }], ['DELETE', `user/${other.userId}`, undefined],
  ];
  for (const [method, rest, json] of steps) {
    theirs.forget();
    ear.forget();
    const answer = await ask(method, `/api/albums/${album.id}${rest && `/${rest}`}`, json);
    assert.ok(answer.status < 300, `${method} ${rest}: ${JSON.stringify(answer.body)}`);
    for (const one of [ear, theirs]) assert.equal(await one.event('on_album_update'), album.id);
  }
  theirs.forget();
  ear.forget();
  await ask('DELETE', `/api/albums/${album.id}`);
  await ear.event('on_album_update');
  const own = await ready(other, theirs);
  assert.deepEqual(theirs.heard.filter(([name]) => name === 'on_album_update'), [], own);
});

test('a session that ends is told so, and its connection closed', async () => {
  const sessions = async () => (await ask('GET', '/api/sessions')).body;
  const mine = (await sessions()).find((session) => session.current).id;
  const known = new Set((await sessions()).map((session) => session.id));
  const begin = async () => {
    const session = await server.login(me);
    const one = hear({ session });
    await one.event('connect');
    return { session, one, id: (await sessions()).find((each) => !known.has(each.id) && known.add(each.id)).id };
  };
  const ended = async ({ one, id }) => {
    assert.equal(await one.event('on_session_delete'), id);
    assert.equal(await one.event('disconnect'), 'io server disconnect');
  };
  const first = await begin();
  await ask('POST', '/api/auth/logout', {}, first.session);
  await ended(first);
  const second = await begin();
  await ask('DELETE', `/api/sessions/${second.id}`);
  await ended(second);
  const [third, fourth] = [await begin(), await begin()];
  await ask('DELETE', '/api/sessions');
  await ended(third);
  await ended(fourth);
  const fifth = await begin();
  await ask('POST', '/api/auth/change-password', { password: me.password, newPassword: me.password });
  await ended(fifth);
  assert.ok(ear.socket.connected);
  assert.deepEqual(ear.all('on_session_delete').filter((id) => id === mine), []);
});

test('so it goes with a key, and with an account', async () => {
  const { body: key } = await ask('POST', '/api/api-keys', { name: 'all', permissions: ['all'] });
  const program = hear({ headers: { 'x-api-key': key.secret } });
  await program.event('connect');
  await ask('PUT', `/api/api-keys/${key.apiKey.id}`, { permissions: ['asset.read'] });
  assert.equal(await program.event('disconnect'), 'io server disconnect');
  assert.deepEqual(program.all('on_session_delete'), []);
  const { body: second } = await ask('POST', '/api/api-keys', { name: 'second', permissions: ['all'] });
  const old = hear({ headers: { 'x-api-key': second.secret } });
  await old.event('connect');
  const { body: rotated } = await ask('POST', `/api/api-keys/${second.apiKey.id}/rotate`);
  assert.equal(await old.event('disconnect'), 'io server disconnect');
  const renewed = hear({ headers: { 'x-api-key': rotated.secret } });
  await renewed.event('on_server_version');
  await ask('DELETE', `/api/api-keys/${second.apiKey.id}`);
  assert.equal(await renewed.event('disconnect'), 'io server disconnect');

  const other = await server.addUser();
  const theirs = hear({ session: other });
  await theirs.event('connect');
  const gone = await ask('DELETE', `/api/admin/users/${other.userId}`, { force: true });
  assert.equal(gone.status, 200);
  assert.equal(await theirs.event('disconnect'), 'io server disconnect');
  assert.equal(theirs.all('on_session_delete').length, 1);
  assert.equal(await ear.event('on_user_delete'), other.userId);
});

test('bad credentials are told so, then the connection ends', async () => {
  const { body: narrow } = await ask('POST', '/api/api-keys', { name: 'narrow', permissions: ['asset.read'] });
  const offers = [{}, { headers: { cookie: 'immich_access_token=nobody' } }, { headers: { 'x-api-key': 'nothing' } },
    { headers: { 'x-api-key': narrow.secret } }, { query: { key: 'no-such-link' } }];
  for (const offer of offers) {
    const stranger = hear(offer);
    assert.equal(await stranger.event('error'), 'unauthorized');
    assert.equal(await stranger.event('disconnect'), 'io server disconnect');
    assert.deepEqual(stranger.heard.map(([name]) => name), ['connect', 'error', 'disconnect']);
  }
});

test('a page of another site gets nowhere with the cookie', async () => {
  const refused = [{ origin: 'https://evil.example.org' }, { origin: 'null' }, { origin: server.url, 'sec-fetch-site': 'cross-site' }];
  for (const headers of refused) {
    const page = hear({ session: me, headers });
    await page.event('connect_error');
    assert.deepEqual(page.all('connect'), []);
  }
  const answer = await server.rawExchange([
    `GET /api/socket.io/?EIO=4&transport=websocket HTTP/1.1\r\nHost: ${new URL(server.url).host}\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n` +
    `Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nOrigin: https://evil.example.org\r\nCookie: ${me.cookie}\r\n\r\n`, 200]
  , { timeoutMs: 1000 });
  assert.equal(answer.status, 403);
  assert.match(answer.body, /another site/);
  for (const way of [{ session: me, headers: { origin: server.url } }, { query: { sessionKey: me.accessToken }, headers: { origin: 'https://evil.example.org' } }])
    await hear(way).event('connect');
});

test('who comes by another transport or protocol is told which one is spoken', async () => {
  for (const [query, words] of [['?EIO=4&transport=polling', /WebSocket only/], ['', /WebSocket only/], ['?EIO=3&transport=websocket', /version 4/],
    ['?EIO=4&transport=websocket', /WebSocket only/]]) {
    const { status, body } = await server.request(`/api/socket.io/${query}`, { session: me });
    assert.equal(status, 400, query);
    assert.match(body.message, words);
  }
  const other = hear({ session: me, more: { transports: ['polling'] } });
  await other.event('connect_error');
  const space = listen(`${server.url}/admin`, { session: me });
  ears.push(space);
  assert.match((await space.event('connect_error')).message, /Invalid namespace/);
});

/** A client that says just what it is told, after the handshake. */
async function rawClient(session = me) {
  const { hostname, port, host } = new URL(server.url);
  const socket = connect(Number(port), hostname);
  socket.on('error', () => {});
  const closed = new Promise((settle) => socket.on('close', () => settle('closed')));
  await new Promise((settle) => {
    socket.once('data', settle);
    socket.write(`GET /api/socket.io/?EIO=4&transport=websocket HTTP/1.1\r\nHost: ${host}\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n` +
      `Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nCookie: ${session.cookie}\r\n\r\n`);
  });
  const say = (text) => socket.write(Buffer.concat([Buffer.from([0x81, 0x80 | text.length, 0, 0, 0, 0]), Buffer.from(text)]));
  return { socket, closed, say };
}

test('clients that send nonsense or die in the middle harm nobody', async () => {
  for (const nonsense of ['x', '451-["a"]', '0{}', '47']) {
    const { say, closed } = await rawClient();
    say('40');
    say(nonsense);
    assert.equal(await closed, 'closed', nonsense);
  }
  for (let i = 0; i < 20; i++) {
    const { socket, say } = await rawClient();
    if (i % 2) say('40');
    socket.write(Buffer.from([0x81, 0xfe].slice(0, i % 3)));
    if (i % 4 === 3) socket.resetAndDestroy();
    else socket.destroy();
  }
  await ready();
});

test('who takes nothing of what is sent is dropped, and costs no memory', async () => {
  const other = await server.addUser(); // the other listeners of this program are none of the fastest
  const ids = [];
  for (let i = 0; i < 50; i++) ids.push(await upload(other));
  const { socket, closed, say } = await rawClient(other);
  say('40');
  await new Promise((settle) => socket.on('data', (piece) => piece.includes('on_server_version') && settle()));
  socket.pause();
  const before = await memory();
  // 60 kB of events each time: more than the line itself holds, and 4 MB.
  for (let i = 0; i < 300; i++) await ask('PUT', '/api/assets', { ids, isFavorite: i % 2 === 0 }, other);
  socket.resume();
  const late = new Promise((settle) => setTimeout(settle, 60_000, 'late').unref());
  assert.equal(await Promise.race([closed, late]), 'closed');
  const grown = (await memory()) - before;
  if (!process.env.ASAN_OPTIONS) assert.ok(grown < 30_000, `${grown} kB more`);
});

/** Resident memory of @own in kB. */
async function memory(own = server) {
  return Number(/VmRSS:\s+(\d+)/.exec(await readFile(`/proc/${own.pid}/status`, 'utf8'))[1]);
}

/** Processor time of @own so far, in ms. */
async function busy(own) {
  const fields = (await readFile(`/proc/${own.pid}/stat`, 'utf8')).split(') ')[1].split(' ');
  return (Number(fields[11]) + Number(fields[12])) * 10;
}

test('the same over HTTPS', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'ambrotype-live-'));
  const { cert, key } = certificate(folder, 'live');
  const ca = await readFile(cert);
  const own = await startServer({ args: ['--tls-cert', cert, '--tls-key', key] });
  await rm(folder, { recursive: true, force: true });
  // fetch() of Node has no way to trust a certificate: the account comes from the command line.
  const added = await own.cli(['user', 'add', '--email', 'tls@example.org', '--name', 'T', '--admin', '--password-stdin'], { input: 'correct horse battery\n' });
  assert.equal(added.code, 0, added.stderr);
  const session = await login(own.url, ca);
  const all = Array.from({ length: 20 }, () => hear({ session, more: { ca } }, own.url));
  await Promise.all(all.map((one) => one.event('on_server_version')));
  const before = await busy(own);
  await delay(1500);
  assert.ok((await busy(own)) - before < 500, 'open connections cost time');
  for (let i = 0; i < 5; i++) {
    const { body } = await askTls(own.url, ca, 'POST', '/api/albums', { albumName: `Album ${i}`, description: 'x'.repeat(900) }, session);
    for (const one of all) await one.event('on_album_update', (id) => id === body.id);
  }
  const descriptors = async () => (await readdir(`/proc/${own.pid}/fd`)).length;
  const full = await descriptors();
  for (const one of all.slice(0, 5)) one.close();
  for (const one of all.slice(5, 10)) one.socket.io.engine.transport.ws.terminate(); // without a goodbye
  // Three each; who left is noticed at once, not at the next ping.
  await own.until(async () => (await descriptors()) <= full - 30, { timeoutMs: 20_000, what: 'the end of ten connections' });
  await askTls(own.url, ca, 'POST', '/api/auth/logout', {}, session);
  for (const one of all.slice(10)) assert.equal(await one.event('disconnect'), 'io server disconnect');
  const again = await login(own.url, ca);
  const last = hear({ session: again, more: { ca } }, own.url);
  await last.event('connect');
  const begun = Date.now();
  await own.stop();
  assert.ok(Date.now() - begun < 20_000);
  assert.match(await last.event('disconnect'), /transport (close|error)/);
});

/** One request over HTTPS: {headers, body}. */
function askTls(url, ca, method, path, json, session) {
  return new Promise((settle, fail) => {
    const headers = { 'content-type': 'application/json', ...(session ? { cookie: session.cookie } : {}) };
    const request = https.request(new URL(path, url), { method, ca, agent: false, headers }, async (answer) => {
      const pieces = [];
      for await (const piece of answer) pieces.push(piece);
      settle({ headers: answer.headers, body: JSON.parse(Buffer.concat(pieces).toString() || 'null') });
    });
    request.on('error', fail);
    request.end(JSON.stringify(json));
  });
}

async function login(url, ca) {
  const { headers } = await askTls(url, ca, 'POST', '/api/auth/login', { email: 'tls@example.org', password: 'correct horse battery' });
  return { cookie: headers['set-cookie'].map((line) => line.split(';')[0]).join('; ') };
}

test('behind a proxy that has the certificate', async () => {
  const target = new URL(server.url);
  // As docs/https.md has nginx do it: the connection is passed on with what the proxy knows.
  const proxy = http.createServer();
  proxy.on('upgrade', (request, client, head) => {
    const headers = { ...request.headers, host: 'photos.example.org', 'x-forwarded-for': '203.0.113.7', 'x-forwarded-proto': 'https' };
    const up = connect(Number(target.port), target.hostname, () => {
      up.write(`${request.method} ${request.url} HTTP/1.1\r\n${Object.entries(headers).map(([name, value]) => `${name}: ${value}\r\n`).join('')}\r\n`);
      up.write(head);
      up.pipe(client).pipe(up);
    });
    for (const end of [up, client]) end.on('error', () => (up.destroy(), client.destroy()));
  });
  await new Promise((settle) => proxy.listen(0, '127.0.0.1', settle));
  const url = `http://127.0.0.1:${proxy.address().port}`;
  const page = hear({ session: me, headers: { origin: 'https://photos.example.org' } }, url);
  await page.event('connect');
  const id = await ready();
  await page.event('on_upload_success', (asset) => asset.id === id);
  const stranger = hear({ session: me, headers: { origin: 'http://photos.example.org' } }, url);
  await stranger.event('connect_error');
  page.close();
  proxy.close();
});

test('a server that stops says goodbye to all, and does not wait', async () => {
  const own = await startServer();
  const session = await own.signUp();
  const all = [];
  for (let i = 0; i < 30; i++) all.push(hear({ session }, own.url));
  await Promise.all(all.map((one) => one.event('connect')));
  const begun = Date.now();
  await own.stop();
  assert.ok(Date.now() - begun < 20_000);
  for (const one of all) assert.match(await one.event('disconnect'), /transport (close|error)/);
});

test('what a command ends beside the server is over with the next ping, and who answers pings stays', async () => {
  assert.equal(await dismissed.event('disconnect'), 'io server disconnect');
  assert.equal(dismissed.all('on_session_delete').length, 1);
  assert.ok(ear.socket.connected);
});
