// SPDX-License-Identifier: GPL-3.0-or-later
//
// The page of a shared link, as a visitor without an account sees it, on a desk and on a phone.
import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { after, before, test } from 'node:test';
import { jpeg, sha256 } from '../http/photo.mjs';
import { startServer } from '../http/server.mjs';
import { PHONE, checkAccess, close, open, picked, shot, startBrowser } from './browser.mjs';

let server;
let browser;
let me;
let album;
const photos = [];

const SHAPES = [[960, 640], [640, 960], [960, 640], [640, 640], [1280, 560], [960, 720], [720, 960]];

before(async () => {
  server = await startServer();
  browser = await startBrowser();
  me = await server.signUp({ name: 'Ada' });
  for (const [i, [width, height]] of SHAPES.entries()) {
    const bytes = jpeg({ width, height, grey: (x, y) => (x * (3 + i) + y * 5 + i * 30) % 256, exif: { date: `2024:08:0${i + 1} 12:00:00` } });
    const { body } = await server.upload(bytes, { session: me, name: `IMG_${i}.jpg` });
    photos.push({ id: body.id, bytes });
  }
  await server.cli(['jobs', '--wait']);
  album = await post('/api/albums', { albumName: 'A week at the sea', description: 'Seven days, and no rain.', assetIds: photos.map((photo) => photo.id) });
});
after(async () => {
  await browser?.close();
  await server?.stop();
});

async function post(path, json) {
  const { status, body } = await server.request(path, { method: 'POST', json, session: me });
  assert.equal(status, 201, JSON.stringify(body));
  return body;
}

const share = (more = {}) => post('/api/shared-links', { type: 'ALBUM', albumId: album.id, ...more });
const tiles = (page) => page.locator('a.tile');

/** The page of @link, once its pictures are there. */
async function visit(link, options) {
  const page = await open(browser, server, options);
  await page.goto(link.slug ? `/s/${link.slug}` : `/share/${link.key}`);
  return page;
}
const shown = (page, n) => page.waitForFunction((count) => document.querySelectorAll('a.tile[data-picture="shown"]').length === count, n);

test('an album is looked at, photo by photo, and taken home', async () => {
  const page = await visit(await share({ description: 'With love' }));
  await page.getByRole('heading', { name: 'A week at the sea' }).waitFor();
  await shown(page, SHAPES.length);
  await page.getByText('Shared by Ada').waitFor();
  await page.getByText('Seven days, and no rain.').waitFor();
  await page.getByText('With love').waitFor();
  await checkAccess(page, 'shared album');
  await shot(page, 'shared-album');
  // Every row fills the width, and no photo is cut to a sliver.
  const boxes = await tiles(page).evaluateAll((all) => all.map((tile) => tile.getBoundingClientRect()).map(({ left, right, width, height }) => ({ left, right, width, height })));
  assert.ok(boxes.every(({ width, height }) => width > 80 && height > 100));
  // The newest first, as the album's order says.
  assert.match(await tiles(page).first().getAttribute('aria-label'), /^Photo 1 of 7, 7 August 2024/);

  await tiles(page).nth(1).click();
  await page.getByRole('dialog').waitFor();
  await page.getByText('IMG_5.jpg').waitFor();
  await checkAccess(page, 'shared photo');
  await shot(page, 'shared-photo');
  await page.keyboard.press('ArrowRight');
  await page.getByText('IMG_4.jpg').waitFor();
  const [download] = await Promise.all([page.waitForEvent('download'), page.getByRole('link', { name: 'Download the original' }).click()]);
  assert.equal(sha256(await readFile(await download.path())), sha256(photos[4].bytes));
  assert.equal(download.suggestedFilename(), 'IMG_4.jpg');
  await page.goBack();
  await page.getByRole('dialog').waitFor({ state: 'detached' });

  const [all] = await Promise.all([page.waitForEvent('download'), page.getByRole('link', { name: 'Download all' }).click()]);
  assert.equal(all.suggestedFilename(), 'A week at the sea.zip');
  const zip = await readFile(await all.path());
  for (const { bytes } of photos) assert.ok(zip.includes(bytes));
  await close(page);
});

test('on a phone', async () => {
  const page = await visit(await share(), PHONE);
  await shown(page, SHAPES.length);
  assert.equal(await page.evaluate(() => document.documentElement.scrollWidth), 390);
  await shot(page, 'shared-album-phone');
  await tiles(page).first().tap();
  await page.getByRole('dialog').waitFor();
  await shot(page, 'shared-photo-phone');
  await page.getByRole('button', { name: 'Back to all photos' }).tap();
  await page.getByRole('dialog').waitFor({ state: 'detached' });
  await close(page);
});

test('an address with a photo in it shows that photo', async () => {
  const link = await share();
  const page = await open(browser, server);
  await page.goto(`/share/${link.key}#${photos[2].id}`);
  await page.getByText('IMG_2.jpg').waitFor();
  await page.keyboard.press('Escape');
  await page.getByRole('dialog').waitFor({ state: 'detached' });
  await close(page);
});

test('without downloads and metadata nothing offers or tells them', async () => {
  const page = await visit(await share({ allowDownload: false, showMetadata: false, allowUpload: false }));
  await shown(page, SHAPES.length);
  assert.equal(await page.getByRole('link', { name: 'Download all' }).count(), 0);
  assert.equal(await page.getByRole('button', { name: 'Add photos' }).count(), 0);
  await tiles(page).first().click();
  await page.getByRole('dialog').waitFor();
  await page.waitForTimeout(300);
  assert.equal(await page.getByRole('link', { name: 'Download the original' }).count(), 0);
  assert.ok(!(await page.content()).includes('IMG_'));
  assert.ok(!(await page.content()).includes('2024'));
  await close(page);
});

test('a password opens it, and the browser keeps it open', async () => {
  const page = await visit(await share({ password: 'sea', slug: 'week' }));
  await page.getByRole('heading', { name: 'This link has a password' }).waitFor();
  await checkAccess(page, 'link password');
  await shot(page, 'shared-password');
  await page.getByLabel('Password').fill('see');
  await page.getByRole('button', { name: 'Open' }).click();
  await page.getByText('That is not the password of this link.').waitFor();
  await page.getByLabel('Password').fill('sea');
  await page.getByRole('button', { name: 'Open' }).click();
  await shown(page, SHAPES.length);
  await page.reload();
  await shown(page, SHAPES.length);
  await close(page);
});

test('links that have run out or never were say so', async () => {
  const page = await visit(await share({ expiresAt: '2020-01-01T00:00:00.000Z' }));
  await page.getByRole('heading', { name: 'This link has expired' }).waitFor();
  await checkAccess(page, 'expired link');
  await shot(page, 'shared-expired');
  await page.goto('/share/nothing');
  await page.getByRole('heading', { name: 'There is nothing behind this link' }).waitFor();
  await close(page);
});

test('a visitor adds photos', async () => {
  const link = await share();
  const page = await visit(link);
  await shown(page, SHAPES.length);
  const input = page.locator('input[type=file]');
  await input.setInputFiles([picked('guest.jpg', jpeg({ width: 640, height: 480 })), picked('none.jpg', Buffer.alloc(0))]);
  await page.getByText('1 file was added').waitFor();
  await page.getByText('none.jpg could not be added.').waitFor();
  await shown(page, SHAPES.length + 1);
  await shot(page, 'shared-added');
  await close(page);
});
