// SPDX-License-Identifier: GPL-3.0-or-later
//
// Finding photos in the page: words, suggestions, filters, addresses that hold the question.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { jpeg } from '../http/photo.mjs';
import { startServer } from '../http/server.mjs';
import { PHONE, checkAccess, close, open, shot, startBrowser } from './browser.mjs';

const PHOTOS = [
  { name: 'harbour.jpg', exif: { date: '2021:05:03 10:00:00', make: 'Canon', model: 'R5' }, edit: { description: 'Boats at <i>noon</i>', rating: 5 } },
  { name: 'garden.jpg', exif: { date: '2022:06:07 10:00:00', make: 'Nikon', model: 'Z6' }, edit: { isFavorite: true } },
  { name: 'boat race.jpg', exif: { date: '2022:07:01 10:00:00', make: 'Canon', model: 'R6' }, edit: { rating: 3 } },
  { name: 'invoice.jpg', exif: { date: '2023:01:09 10:00:00' }, edit: { visibility: 'archive' } },
];

let server;
let browser;
let session;
let page;
let ids;
let album;

before(async () => {
  server = await startServer();
  session = await server.signUp({ name: 'Ada' });
  ids = [];
  for (const { name, exif } of PHOTOS) ids.push((await server.upload(jpeg({ width: 320, height: 240, exif: { offset: '+00:00', ...exif } }), { session, name })).body.id);
  assert.equal((await server.cli(['jobs', '--wait'])).code, 0);
  for (const [n, { edit }] of PHOTOS.entries()) await server.request(`/api/assets/${ids[n]}`, { method: 'PUT', session, json: edit });
  album = (await server.request('/api/albums', { method: 'POST', session, json: { albumName: 'Boat trips', assetIds: [ids[0]] } })).body.id;
  browser = await startBrowser();
  page = await open(browser, server, { session });
  await page.goto('/');
  await page.locator('a.tile').first().waitFor();
});
after(async () => {
  await browser?.close();
  await server?.stop();
});

const field = (on = page) => on.getByRole('combobox', { name: 'Search', exact: true });
const option = (name) => page.getByRole('option', { name });
const chip = (name) => page.getByRole('group', { name: 'Filters' }).getByRole('button', { name, exact: true });

/** Waits until exactly these are shown. */
async function found(numbers, on = page) {
  const wanted = numbers.map((n) => ids[n]);
  await on.getByText(`${numbers.length} ${numbers.length === 1 ? 'item' : 'items'} found`).waitFor();
  await on.waitForFunction((list) => {
    const shown = [...document.querySelectorAll('a.tile')].map((tile) => tile.dataset.id);
    return shown.length === list.length && list.every((id, i) => shown[i] === id);
  }, wanted);
}

test('a key leads to the field; words are looked for in names and descriptions', async () => {
  await page.keyboard.press('/');
  await page.keyboard.type('boat');
  await option('Boat trips').waitFor();
  await checkAccess(page, 'suggestions');
  await shot(page, 'search-suggestions');
  await page.keyboard.press('Enter');
  await page.waitForURL('**/search?q=boat');
  await found([2, 0]);
  await checkAccess(page, 'search');
  await shot(page, 'search');
  assert.equal(await page.title(), 'Search · Ambrotype');
});

test('what was found opens in the viewer, which walks through it; its address can be opened again', async () => {
  await page.locator('a.tile').first().click();
  await page.waitForURL(`**/search/photos/${ids[2]}?q=boat`);
  await page.getByRole('button', { name: 'Next photo' }).waitFor();
  await page.keyboard.press('ArrowRight');
  await page.waitForURL(`**/search/photos/${ids[0]}?q=boat`);
  await page.reload();
  await page.getByRole('button', { name: 'Previous photo' }).waitFor();
  await page.keyboard.press('Escape');
  await page.waitForURL('**/search?q=boat');
  await found([2, 0]);
});

test('suggestions: a date, a camera, an album, what was searched for last', async () => {
  await field().fill('June 2022');
  await option('June 2022 Date').waitFor();
  await page.keyboard.press('Enter');
  await page.waitForURL('**/search?from=2022-06-01&until=2022-06-30');
  await found([1]);
  await field().fill('nik');
  await option(/^Nikon/).waitFor();
  await page.keyboard.press('ArrowDown');
  await page.keyboard.press('Enter');
  await page.waitForURL('**/search?make=Nikon');
  await found([1]);
  await field().fill('');
  await option('boat').click();
  await page.waitForURL('**/search?q=boat');
  await field().fill('trip');
  await option(/Boat trips/).click();
  await page.waitForURL(`**/albums/${album}`);
});

test('filters narrow what is found, tell what they are, and go again', async () => {
  await page.goto('/search');
  await page.getByText('Or begin with').waitFor();
  await checkAccess(page, 'empty search');
  await shot(page, 'search-empty');
  await page.getByRole('link', { name: 'In no album' }).click();
  await found([3, 2, 1]);
  await chip('Camera').click();
  await page.getByLabel('Make').selectOption('Canon');
  await found([2]);
  await page.getByLabel('Model').selectOption('R6'); // the panel is still open
  await found([2]);
  await shot(page, 'search-camera');
  await page.keyboard.press('Escape');
  await page.getByRole('button', { name: 'Remove the filter: Album' }).click();
  await found([2]);
  await page.getByRole('button', { name: 'Remove the filter: Camera' }).click();
  await page.getByText('Or begin with').waitFor();
  await chip('Rating').click();
  await page.getByRole('combobox', { name: 'Rating' }).selectOption('5');
  await found([0]);
  await page.getByRole('combobox', { name: 'Rating' }).selectOption('none');
  await found([3, 1]);
  await page.keyboard.press('Escape');
  await page.getByRole('button', { name: 'Favourites' }).click();
  await found([1]);
  await page.getByRole('button', { name: 'Favourites' }).click();
  await page.getByRole('button', { name: 'Remove the filter: Rating' }).click();
  await chip('Date').click();
  await page.getByLabel('From').fill('2022-06-08');
  await found([3, 2]);
  await page.keyboard.press('Escape');
  await chip('Name, description').click();
  await page.getByLabel('File name').fill('race');
  await page.keyboard.press('Tab');
  await found([2]);
  await page.getByLabel('File name').fill('nothing like it');
  await page.keyboard.press('Tab');
  await page.getByText('Nothing found').waitFor();
  assert.equal(await page.getByLabel('File name').isVisible(), true, 'the panel stays where nothing is found');
  await checkAccess(page, 'nothing found');
});

test('photos are chosen among what was found', async () => {
  await page.goto('/search?q=boat');
  await found([2, 0]);
  await page.locator('a.tile').first().focus();
  await page.keyboard.press('x');
  await page.keyboard.press('Delete');
  await found([0]);
  await page.keyboard.press('Control+z');
  await found([2, 0]);
  await close(page);
});

test('on a phone the field is on the page of the search; nothing is cut off', async () => {
  const phone = await open(browser, server, { session, ...PHONE, colorScheme: 'dark' });
  await phone.goto('/');
  await phone.getByRole('link', { name: 'Search' }).tap();
  await phone.getByText('Or begin with').waitFor();
  await field(phone).fill('garden');
  await shot(phone, 'phone-search-suggestions');
  await phone.keyboard.press('Enter');
  await found([1], phone);
  assert.equal(await phone.evaluate(() => document.documentElement.scrollWidth > innerWidth), false);
  await phone.getByRole('button', { name: 'Rating', exact: true }).tap();
  const panel = await phone.getByRole('group', { name: 'Rating' }).boundingBox();
  assert.ok(panel.x >= 0 && panel.x + panel.width <= 390, `the panel is seen whole: ${panel.x}, ${panel.width}`);
  await checkAccess(phone, 'search on a phone');
  await shot(phone, 'phone-search');
  await close(phone);
});
