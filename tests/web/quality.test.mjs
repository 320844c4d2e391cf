// SPDX-License-Identifier: GPL-3.0-or-later
//
// Choosing a quality on the page: for a device on its card, for the account in its menu; and what the card then tells.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { jpeg, sha1 } from '../http/photo.mjs';
import { startServer } from '../http/server.mjs';
import { checkAccess, close, open, startBrowser } from './browser.mjs';

const DEVICE = '11111111-1111-4111-8111-111111111111';
let server;
let browser;
let me;

before(async () => {
  server = await startServer();
  me = await server.signUp();
  browser = await startBrowser();
  const device = { name: 'Shelf', kind: 'computer', os: 'Linux', client: 'a test' };
  assert.equal((await server.request(`/api/backup/devices/${DEVICE}`, { method: 'PUT', session: me, json: device })).status, 200);
  // What a client made smaller before it sent it.
  const original = jpeg({ bytes: 2_000_000 });
  const fields = { deviceId: DEVICE, deviceAssetId: 'large.jpg', originalChecksum: sha1(original), originalSize: String(original.length), qualityNote: 'High quality: 48 MP → 16 MP, 2 MB → 1 kB' };
  assert.equal((await server.upload(jpeg(), { session: me, name: 'large.jpg', fields })).status, 201);
});
after(async () => {
  await browser?.close();
  await server?.stop();
});

const devices = async () => (await server.request('/api/backup/devices', { session: me })).body;

test('a device gets a quality of its own on its card, which tells what was saved', async () => {
  const page = await open(browser, server, { session: me });
  await page.goto('/backup');
  const choice = page.getByRole('combobox', { name: 'Quality of Shelf' });
  assert.equal(await choice.inputValue(), 'account');
  await page.getByText('2 MB saved on 1 file').waitFor();
  await choice.selectOption('high');
  await server.until(async () => (await devices()).find(({ id }) => id === DEVICE).quality === 'high');
  const [{ name, os, client }] = (await devices()).filter(({ id }) => id === DEVICE);
  assert.deepEqual([name, os, client], ['Shelf', 'Linux', 'a test'], 'nothing else of the device changes');
  await page.getByRole('button', { name: 'Show all items' }).click();
  await page.getByText('High quality: 48 MP → 16 MP').waitFor();
  await checkAccess(page, 'the card with a quality');
  await close(page);
});

test('the account’s quality is chosen in its menu and counts for devices without a choice', async () => {
  const page = await open(browser, server, { session: me });
  await page.goto('/backup');
  await page.getByRole('button', { name: 'Account' }).click();
  await page.getByText('2 MB saved by High quality').waitFor();
  await page.getByRole('combobox', { name: 'Quality of this account' }).selectOption('high');
  await server.until(async () => (await server.request('/api/backup/preferences', { session: me })).body.quality === 'high');
  await close(page);
});
