// SPDX-License-Identifier: GPL-3.0-or-later
//
// What the viewer lets one change, the slideshow, and the list of keys.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { jpeg } from '../http/photo.mjs';
import { startServer } from '../http/server.mjs';
import { PHONE, checkAccess, close, open, shot, startBrowser } from './browser.mjs';

let server;
let browser;
let session;
let page;
let ids;

before(async () => {
  server = await startServer();
  session = await server.signUp({ name: 'Ada' });
  ids = [];
  for (let n = 0; n < 3; n++) {
    const exif = { date: `2023:05:0${8 - n} 12:00:00`, offset: '+00:00' };
    ids.push((await server.upload(jpeg({ width: 320, height: 240, exif }), { session, name: `IMG_${n}.jpg` })).body.id);
  }
  assert.equal((await server.cli(['jobs', '--wait'])).code, 0);
  browser = await startBrowser();
  page = await open(browser, server, { session });
});
after(async () => {
  await browser?.close();
  await server?.stop();
});

const details = (on = page) => on.getByRole('complementary', { name: 'Details' });
const exif = async (n) => (await server.request(`/api/assets/${ids[n]}`, { session })).body.exifInfo;

test('the description and the rating are changed in the details', async () => {
  await page.goto(`/photos/${ids[0]}`);
  await page.getByRole('dialog').waitFor();
  await page.keyboard.press('i');
  await details().getByLabel('Description').fill('Swans, in the morning');
  await page.keyboard.press('Control+Enter');
  await details().getByRole('button', { name: '4 stars' }).click();
  await server.until(async () => {
    const { description, rating } = await exif(0);
    return description === 'Swans, in the morning' && rating === 4;
  }, { what: 'both to be kept' });
  await checkAccess(page, 'details that can be changed');
  await shot(page, 'viewer-edit');
  await page.waitForFunction(() => document.querySelector('[aria-label="4 stars"]')?.getAttribute('aria-pressed') === 'true');
  await details().getByRole('button', { name: '4 stars' }).click();
  await server.until(async () => (await exif(0)).rating === null, { what: 'the stars to go' });
  await details().getByLabel('Description').fill('i, f and Delete are letters here');
  await page.keyboard.press('Escape');
  assert.equal(await details().getByLabel('Description').inputValue(), 'Swans, in the morning');
});

test('the date is changed from the details, which then tell it', async () => {
  await details().getByRole('button', { name: 'Change date' }).click();
  const dialog = page.getByRole('dialog', { name: 'Change date' });
  await dialog.getByLabel('Date and time').fill('2020-02-03T04:05:06');
  await dialog.getByLabel('Time zone').selectOption('Europe/Berlin');
  await dialog.getByRole('button', { name: 'Save' }).click();
  await details().getByText(/3 February 2020/).waitFor();
  const asset = (await server.request(`/api/assets/${ids[0]}`, { session })).body;
  assert.equal(asset.localDateTime.slice(0, 19), '2020-02-03T04:05:06');
  assert.equal(asset.fileCreatedAt.slice(0, 19), '2020-02-03T03:05:06');
  await details().getByRole('button', { name: 'Add a place' }).click();
  await page.getByRole('dialog', { name: 'Change place' }).getByLabel('Position').fill('48.8584, 2.2945');
  await page.getByRole('button', { name: 'Save' }).click();
  await details().getByText(/48.8584/).first().waitFor();
});

test('a slideshow goes on by itself, can be halted, and ends', async () => {
  await page.goto('/');
  await page.locator(`a.tile[data-id="${ids[1]}"]`).click();
  await page.getByRole('button', { name: 'Next photo' }).waitFor();
  await page.keyboard.press('s');
  const bar = page.getByRole('toolbar', { name: 'Slideshow' });
  await bar.waitFor();
  await page.locator('.viewer header[inert]').waitFor({ state: 'attached' });
  await checkAccess(page, 'slideshow');
  await page.keyboard.press(' ');
  await bar.getByRole('button', { name: 'Go on' }).waitFor();
  await shot(page, 'slideshow');
  await page.keyboard.press(' ');
  await page.waitForURL(`**/photos/${ids[2]}`);
  await page.keyboard.press('s');
  await bar.waitFor({ state: 'detached' });
  await page.getByRole('button', { name: 'Back', exact: true }).waitFor();
});

test('the question mark tells the keys', async () => {
  await page.keyboard.press('?');
  const dialog = page.getByRole('dialog', { name: 'Keyboard shortcuts' });
  await dialog.getByText('Previous, next').waitFor();
  await checkAccess(page, 'keys');
  await shot(page, 'keys');
  await page.keyboard.press('Escape');
  await dialog.waitFor({ state: 'detached' });
  assert.equal(new URL(page.url()).pathname, `/photos/${ids[2]}`, 'the viewer is still open');
  await page.keyboard.press('Escape');
  await page.waitForURL('**/');
  await page.getByRole('button', { name: 'Account' }).click();
  await page.getByRole('button', { name: 'Keyboard shortcuts' }).click();
  await dialog.waitFor();
  await close(page);
});

test('on a phone the details are changed, too', async () => {
  const phone = await open(browser, server, { session, ...PHONE, colorScheme: 'dark' });
  await phone.goto(`/photos/${ids[1]}`);
  await phone.getByRole('button', { name: 'Details' }).tap();
  await details(phone).getByLabel('Description').fill('From a phone');
  await details(phone).getByRole('button', { name: '2 stars' }).tap();
  await server.until(async () => {
    const { description, rating } = await exif(1);
    return description === 'From a phone' && rating === 2;
  }, { what: 'both to be kept' });
  await checkAccess(phone, 'details on a phone');
  await shot(phone, 'phone-viewer-edit');
  await close(phone);
});
