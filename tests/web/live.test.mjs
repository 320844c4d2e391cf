// SPDX-License-Identifier: GPL-3.0-or-later
//
// The page hears of what happens elsewhere, without a touch.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { jpeg } from '../http/photo.mjs';
import { startServer } from '../http/server.mjs';
import { close, open, startBrowser } from './browser.mjs';

let server;
let browser;
let session;
before(async () => {
  server = await startServer();
  browser = await startBrowser();
  session = await server.signUp();
});
after(async () => {
  await browser?.close();
  await server?.stop();
});

const tiles = (page) => page.locator('a.tile[data-picture=shown]');

test('a photo that another device uploads appears, and goes when it is thrown away there', async () => {
  await server.upload(jpeg({ exif: { date: '2024:08:01 12:00:00' } }), { session });
  const page = await open(browser, server, { session });
  await page.goto('/');
  await tiles(page).first().waitFor();
  const { body } = await server.upload(jpeg({ exif: { date: '2024:08:02 12:00:00' } }), { session });
  await tiles(page).nth(1).waitFor();
  await server.request('/api/assets', { method: 'DELETE', json: { ids: [body.id] }, session });
  await tiles(page).nth(1).waitFor({ state: 'detached' });
  await server.request('/api/trash/restore/assets', { method: 'POST', json: { ids: [body.id] }, session });
  await tiles(page).nth(1).waitFor();
  await close(page);
});

test('a session that is ended from elsewhere is over on the page at once', async () => {
  const here = await server.login(session);
  const page = await open(browser, server, { session: here });
  await page.goto('/');
  await tiles(page).first().waitFor();
  const { body: sessions } = await server.request('/api/sessions', { session: here });
  const mine = sessions.find((one) => one.current);
  const gone = await server.request(`/api/sessions/${mine.id}`, { method: 'DELETE', session });
  assert.equal(gone.status, 204);
  await page.locator('input[type=password]').waitFor();
  await close(page);
});
