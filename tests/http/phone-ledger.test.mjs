// SPDX-License-Identifier: GPL-3.0-or-later
//
// Phones with the Immich app in the ledger: each has a card from its sign-in on; what it sent is counted, and what only
// the phone knows is a guess, and called one.
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { promisify } from 'node:util';
import { runProgram, setCookies, startServer } from './server.mjs';
import { jpeg } from './photo.mjs';

let server, me;
before(async () => {
  server = await startServer();
  me = await server.signUp();
});
after(() => server.stop());

/** Signs in as the app does: it names its model in a header of its own. */
async function signIn(model, { os = 'Android', version = '3.2.0' } = {}) {
  const headers = { 'user-agent': `immich-${os.toLowerCase()}/${version}`, devicemodel: model, devicetype: os };
  const { status, headers: back } = await server.request('/api/auth/login', { method: 'POST', headers, json: { email: me.email, password: me.password } });
  assert.equal(status, 201);
  return { cookie: setCookies(back).map((line) => line.split(';')[0]).join('; '), headers };
}
const cards = async () => (await server.request('/api/backup/devices', { session: me })).body;
const card = async (name) => (await cards()).find((one) => one.name === name);
const send = (phone, deviceAssetId, { bytes = jpeg(), name = 'IMG_0001.jpg', fields = {} } = {}) =>
  server.upload(bytes, { session: phone, headers: phone.headers, name, fields: { deviceAssetId, deviceId: 'a word of the app', ...fields } });

/** Moves what the catalog knows of a device into the past, as if it had been silent. */
async function age(name, days, column) {
  const script = `import sqlite3,sys\nwith sqlite3.connect(sys.argv[1], timeout=60) as db:\n db.execute("UPDATE devices SET last_contact_us = last_contact_us - ? WHERE name = ?", (int(sys.argv[3]) * 86400000000, sys.argv[2]))\n db.execute("UPDATE ledger_items SET stored_us = stored_us - ? WHERE ? = 'stored' AND device_id = (SELECT id FROM devices WHERE name = ?)", (int(sys.argv[3]) * 86400000000, sys.argv[4], sys.argv[2]))`;
  await promisify(execFile)('python3', ['-c', script, join(server.data, 'ambrotype.db'), name, String(days), column]);
}

describe('a phone', () => {
  test('has its card from the sign-in on, with a guess why it sent nothing', async () => {
    await signIn('Pixel 8');
    const { kind, os, client, state, headline, guess, reports, counts, lastContactAt } = await card('Pixel 8 on Android');
    assert.deepEqual([kind, os, client, state, headline, reports, counts.total], ['phone', 'Android', 'Immich 3.2.0', 'empty', 'Nothing backed up yet', false, 0]);
    assert.equal(guess.guess, 'nothing-sent');
    assert.match(guess.text, /perhaps/);
    assert.ok(Date.now() - Date.parse(lastContactAt) < 60_000);
  });

  test('is told by the photos that it sent, each one item, whatever their names', async () => {
    const phone = await signIn('iPhone 15', { os: 'iOS' });
    for (const id of ['a/L0/001', 'b/L0/001']) assert.equal((await send(phone, id)).status, 201);
    assert.equal((await send(phone, 'c/L0/001', { bytes: jpeg(), fields: { visibility: 'hidden' } })).status, 201);
    assert.equal((await send(phone, 'c/L0/001')).status, 201); // the still of a live photo has the id of its motion half
    const one = await card('iPhone 15 on iOS');
    assert.deepEqual([one.counts.total, one.counts.stored, one.counts.verified], [3, 3, 0]);
    assert.deepEqual([one.state, one.headline, one.guess], ['complete', '3 items from this phone stored, not verified yet', null]);
    assert.equal((await server.cli(['verify'])).code, 0);
    assert.match((await card('iPhone 15 on iOS')).headline, /^3 items from this phone stored, verified just now$/);
    const { body } = await server.request(`/api/backup/devices/${one.id}/items`, { session: me });
    assert.deepEqual(body.items.map((item) => [item.name, item.state]), Array(3).fill(['IMG_0001.jpg', 'verified']));
  });

  test('counts photos of one name also where the app tells no more than the name', async () => {
    const phone = await signIn('Pixel 9');
    for (let i = 0; i < 3; i++) await send(phone, undefined);
    const again = jpeg();
    await send(phone, undefined, { bytes: again });
    await send(phone, undefined, { bytes: again });
    assert.equal((await card('Pixel 9 on Android')).counts.stored, 4);
  });

  test('that signs in again is the same one, with its newer app', async () => {
    await signIn('iPhone 15', { os: 'iOS', version: '3.2.2' });
    const all = (await cards()).filter((one) => one.name === 'iPhone 15 on iOS');
    assert.deepEqual(all.map((one) => [one.client, one.counts.stored]), [['Immich 3.2.2', 3]]);
  });

  test('that is silent is so called, and why is a guess', async () => {
    await age('iPhone 15 on iOS', 5, '');
    const quiet = await card('iPhone 15 on iOS');
    assert.deepEqual([quiet.state, quiet.guess.guess, quiet.guess.days], ['complete', 'quiet', 5]);
    assert.match(quiet.guess.text, /not been in touch for 5 days: perhaps .*Wi-Fi.*battery saver.*system closed the app/);
    await age('iPhone 15 on iOS', 3, '');
    const stale = await card('iPhone 15 on iOS');
    assert.deepEqual([stale.state, stale.headline], ['stale', 'Not heard from for 8 days']);
    const { cookie } = await signIn('iPhone 15', { os: 'iOS' }); // in touch again
    assert.ok(cookie);
    await age('iPhone 15 on iOS', 0, '');
    assert.equal((await card('iPhone 15 on iOS')).guess, null);
  });

  test('that is in touch but sends nothing new is told apart', async () => {
    await age('Pixel 9 on Android', 20, 'stored');
    await signIn('Pixel 9');
    const { guess } = await card('Pixel 9 on Android');
    assert.deepEqual([guess.guess, guess.days], ['nothing-new', 20]);
  });

  test('that signed out sends nothing, which is known', async () => {
    const phone = await signIn('Old phone');
    await send(phone, 'x');
    await server.request('/api/auth/logout', { method: 'POST', session: phone, json: {} });
    const { state, headline, guess, counts } = await card('Old phone on Android');
    assert.deepEqual([state, headline, guess, counts.stored], ['off', 'Signed out: it sends nothing until it signs in again', null, 1]);
  });
});

test('`backup status` of a computer tells of the phones, too', async (t) => {
  const home = await mkdtemp(join(tmpdir(), 'ambrotype-client-'));
  t.after(() => rm(home, { recursive: true, force: true }));
  const env = { AMBROTYPE_CLIENT_DIR: join(home, 'state') };
  const backup = (words, input = '') => runProgram(['backup', ...words], { env, input });
  assert.equal((await backup(['login', server.url, '--email', me.email, '--password-stdin'], `${me.password}\n`)).code, 0);
  assert.equal((await backup(['add', home])).code, 0);
  const { stdout } = await backup(['status']);
  assert.match(stdout, /^Other devices of this account:$/m);
  assert.match(stdout, /^ {2}Pixel 8 on Android: Nothing backed up yet\n {4}A guess, as the phone's app does not tell: It signed in, but has sent nothing/m);
  const { otherDevices } = JSON.parse((await backup(['status', '--json'])).stdout);
  assert.ok(otherDevices.some((one) => one.name === 'iPhone 15 on iOS' && one.kind === 'phone'));
});
