// SPDX-License-Identifier: GPL-3.0-or-later
//
// Walks the table of who is answered what (authorisation.mjs): every route, as everybody, with ids of things that are
// there and belong to somebody.
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { randomUUID } from 'node:crypto';
import { PEOPLE, TABLE } from './authorisation.mjs';
import { jpeg, sha1 } from './photo.mjs';
import { runProgram, startServer } from './server.mjs';

const TUS = { 'tus-resumable': '1.0.0' };

let server, routes;
/** Sessions by the name of who asks; `key` has a key, `link` that of a shared link, `nobody` nothing. */
const people = {};
/** What the requests name: things of `owner`, and accounts. What was spent is made anew. */
const scene = { me: 'me' };

before(async () => {
  server = await startServer();
  routes = await readRoutes();
  people.admin = await server.signUp();
  for (const name of ['stranger', 'partner', 'viewer', 'editor', 'owner'])
    people[name] = await server.addUser({ email: `${name}@example.org`, name });
  people.key = { key: (await must('POST', '/api/api-keys', { name: 'Narrow', permissions: ['plugin.read'] })).secret };
  people.nobody = {};
  people.link = {}; // made with the album
  for (const name of ['owner', 'partner', 'viewer']) scene[`${name}User`] = people[name].userId;
  for (const make of Object.values(makers)) await make();
});
after(() => server?.stop());

/** The body (or the headers, where there is none) of what the owner may do. */
async function must(method, path, json, headers = {}, body) {
  const answer = await server.request(path, { method, json, body, session: people.owner, headers });
  assert.ok(answer.status < 300, `${method} ${path}: ${answer.status} ${JSON.stringify(answer.body)}`);
  return answer.body || answer.headers;
}

async function upload(bytes, fields, name = 'photo.jpg') {
  const { status, body } = await server.upload(bytes, { session: people.owner, fields, name });
  assert.equal(status, 201, JSON.stringify(body));
  return body.id;
}

/** An account that knows nobody. */
const addFriend = async () => (await server.addUser()).userId;

/** How the things of the scene come to be, in this order. */
const makers = {
  friend: async () => (scene.friend = await addFriend()),
  otherFriend: async () => (scene.otherFriend = await addFriend()),
  video: async () => (scene.video = await upload(Buffer.from('not much of a film'), {}, 'film.mp4')),
  secret: async () => (scene.secret = await upload(jpeg(), { visibility: 'archive' })),
  partner: () => must('POST', '/api/partners', { sharedWithId: scene.partnerUser }),
  apiKey: async () => (scene.apiKey = (await must('POST', '/api/api-keys', { name: 'K', permissions: ['asset.read'] })).apiKey.id),
  device: async () => (scene.device = (await must('PUT', `/api/backup/devices/${randomUUID()}`, { name: 'D', kind: 'computer' })).id),
  session: async () => {
    await server.login(people.owner);
    scene.session = (await must('GET', '/api/sessions')).find((one) => !one.current).id;
  },
  upload: async () => {
    const begun = await must('POST', '/api/uploads', undefined, { ...TUS, 'upload-length': '10', 'upload-metadata': 'filename YS5qcGc=' });
    scene.upload = begun.get('location').split('/').pop();
  },
  asset: async () => {
    const bytes = jpeg();
    Object.assign(scene, { asset: await upload(bytes), checksum: sha1(bytes) });
    await must('PUT', `/api/assets/${scene.asset}/metadata`, { items: [{ key: 'mobile-app', value: {} }] });
    await must('PUT', `/api/assets/${scene.asset}/sidecar`, undefined, { 'content-type': 'application/json' }, '<x:xmpmeta xmlns:x="adobe:ns:meta/"/>');
    await makers.album();
  },
  stack: async () => {
    scene.first ??= await upload(jpeg());
    scene.second ??= await upload(jpeg());
    scene.stack = (await must('POST', '/api/stacks', { assetIds: [scene.first, scene.second] })).id;
  },
  tag: async () => (scene.tag = (await must('PUT', '/api/tags', { tags: ['sea'] }))[0].id),
  memory: async () => (scene.memory = (await must('POST', '/api/memories', { type: 'on_this_day', data: { year: 2020 }, memoryAt: '2020-01-01T00:00:00.000Z' })).id),
  album: async () => {
    const albumUsers = ['viewer', 'editor'].map((role) => ({ userId: people[role].userId, role }));
    scene.album = (await must('POST', '/api/albums', { albumName: 'Sea', assetIds: [scene.asset, scene.video], albumUsers })).id;
    await makers.sharedLink();
    await makers.activity();
  },
  sharedLink: async () => {
    const link = await must('POST', '/api/shared-links', { type: 'ALBUM', albumId: scene.album });
    people.link.query = `key=${link.key}`;
    scene.sharedLink = link.id;
    scene.listLink = (await must('POST', '/api/shared-links', { type: 'INDIVIDUAL', assetIds: [scene.asset] })).id;
  },
  activity: async () => (scene.activity = (await must('POST', '/api/activities', { albumId: scene.album, type: 'comment', comment: 'x' })).id),
};

async function readRoutes() {
  const { code, stdout } = await runProgram(['routes']);
  assert.equal(code, 0);
  return new Map(stdout.trim().split('\n').map((line) => {
    const [method, pattern, , permission, who] = line.split('\t');
    return [`${method} ${pattern}`, { method, pattern, permission, who }];
  }));
}

/** The rows of one route: the table has one, or a list. */
const rowsOf = (entry) => (Array.isArray(entry[0]) ? entry : [entry]);

function addressOf(route, row, person) {
  const path = (row.path ?? route.pattern).replace('{id}', scene[row.id]).replace('{userId}', scene[row.userId]).replace('{assetId}', scene[row.assetId]).replace(/\{(name|key)\}/, row.name);
  const query = [row.query?.(scene), people[person].query].filter(Boolean).join('&');
  return query ? `${path}?${query}` : path;
}

async function ask(route, row, person) {
  const { key, cookie } = people[person];
  const options = { method: route.method, key, session: cookie ? people[person] : undefined, headers: { ...row.headers } };
  if (row.json) options.json = row.json(scene, people[person]);
  if (row.body) {
    options.body = row.body();
    options.headers['content-type'] ??= 'application/json';
  }
  if (row.picture) {
    options.body = new FormData();
    options.body.append('file', new Blob([jpeg({ width: 64, height: 64 })]), 'me.jpg');
  }
  if (row.upload) {
    options.body = new FormData();
    options.body.append('fileCreatedAt', '2024-08-01T10:00:00.000Z');
    options.body.append('fileModifiedAt', '2024-08-01T10:00:00.000Z');
    options.body.append('assetData', new Blob([jpeg()]), 'a.jpg');
  }
  const asked = `${addressOf(route, row, person)} ${JSON.stringify(options.json) ?? ''}`;
  const { status, body } = await server.request(addressOf(route, row, person), { ...options, raw: true });
  return { asked, status, text: body.toString('latin1') };
}

/** What @person is answered by the table: [status, message]. */
function expected(route, [rule, status, row = {}], person) {
  if (person === 'link' && !['public', 'link'].includes(route.who)) return [403, 'Forbidden'];
  if (person === 'link' && row.linkIs) return row.linkIs;
  if (person === 'nobody' && route.who !== 'public') return [401, 'Authentication required'];
  if (person === 'key' && route.permission !== '-') return [403, `Missing required permission: ${route.permission}`];
  if (person === 'key' && row.keyIs) return row.keyIs;
  if (rule.may.includes(person)) return [status];
  const [refusal, message] = rule.refusal;
  return [refusal, message?.replace('%s', row.access)];
}

/** Ids of the owner's things that are nobody's business, but were not part of the question. */
function leaks(answer, row, person) {
  if (['owner', 'key'].includes(person)) return [];
  const isFriend = ['partner', 'viewer', 'editor', 'link'].includes(person);
  const names = ['secret', 'upload', 'apiKey', 'listLink', 'tag', 'memory', ...(isFriend ? [] : ['asset', 'video', 'album'])];
  return names.filter((name) => !row.tells?.includes(name) && answer.text.includes(scene[name]) && !answer.asked.includes(scene[name]));
}

/** Makes anew what the request has spent. */
async function settle(row, person, answer) {
  if (answer.status >= 300) return;
  if (row.ends && people[person].cookie) people[person] = await server.login(people[person]);
  for (const name of row.spends ?? []) await makers[name]();
}

const messageOf = (text) => {
  try {
    return JSON.parse(text).message;
  } catch {
    return undefined;
  }
};

/** What is wrong with the answer to @person. */
async function faults(route, spec, person) {
  const row = spec[2] ?? {};
  if (row.waits) await server.cli(['jobs', '--wait']);
  const answer = await ask(route, row, person);
  const [status, message] = expected(route, spec, person);
  const said = messageOf(answer.text);
  const found = leaks(answer, row, person).map((name) => `learns of ${name}`);
  if (answer.status !== status) found.push(`${answer.status} ${said ?? ''} instead of ${status}`);
  else if (message && route.method !== 'HEAD' && said !== message) found.push(`"${said}" instead of "${message}"`);
  await settle(row, person, answer);
  return found.map((fault) => `${person}: ${fault} (${answer.asked})`);
}

describe('who is answered what', () => {
  test('the table has a row for every route, and no others', () => {
    const [rows, there] = [Object.keys(TABLE), [...routes.keys()]];
    assert.deepEqual({ withoutRow: there.filter((name) => !TABLE[name]), withoutRoute: rows.filter((name) => !routes.has(name)) }, { withoutRow: [], withoutRoute: [] });
  });

  for (const [name, entry] of Object.entries(TABLE)) {
    test(name, async () => {
      const wrong = [];
      for (const spec of rowsOf(entry)) for (const person of PEOPLE) wrong.push(...(await faults(routes.get(name), spec, person)));
      assert.deepEqual(wrong, []);
    });
  }
});
