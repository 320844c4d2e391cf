// SPDX-License-Identifier: GPL-3.0-or-later
//
// Stills of less common kinds in the page: animations move in the viewer, and a name that lies is told of.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { startServer } from '../http/server.mjs';
import { movingGif, movingPng, still } from '../http/stills.mjs';
import { close, open, shot, startBrowser } from './browser.mjs';

let server;
let session;
let browser;
before(async () => {
  server = await startServer();
  session = await server.signUp();
  browser = await startBrowser();
});
after(async () => {
  await browser?.close();
  await server?.stop();
});

/** Uploads, and waits until it is looked at. */
async function keep(name, bytes) {
  const { body } = await server.upload(bytes, { name, session });
  await server.until(async () => (await server.request(`/api/assets/${body.id}/proof`, { session })).body.media.state === 'ready', { what: name });
  return body.id;
}

/** Images that are seen and come from @path. */
const shown = (page, path) => page.locator(`img.ready[src*="${path}"]`);

for (const [name, make] of [['moving.gif', movingGif], ['moving.png', movingPng]])
  test(`${name} moves in the viewer: its original is shown`, async () => {
    const id = await keep(name, make());
    const page = await open(browser, server, { session });
    await page.goto(`/photos/${id}`);
    await shown(page, `/${id}/original`).waitFor();
    await shot(page, name.replace('.', '-'));
    await close(page);
  });

test('a still is shown by its preview, and a lying name is told of', async () => {
  const id = await keep('holiday.jpg', still('tif', { size: '640x480' }));
  const page = await open(browser, server, { session });
  await page.goto(`/photos/${id}`);
  await shown(page, `/${id}/thumbnail`).waitFor();
  assert.equal(await shown(page, `/${id}/original`).count(), 0);
  await page.keyboard.press('i');
  await page.getByText('The name says JPEG, the content is TIFF').waitFor();
  await shot(page, 'lying-name');
  await close(page);
});
