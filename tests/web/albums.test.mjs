// SPDX-License-Identifier: GPL-3.0-or-later
//
// Albums in the page: made, filled from the timeline, named, described, put in order, given a cover, emptied, deleted.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { jpeg } from '../http/photo.mjs';
import { startServer } from '../http/server.mjs';
import { PHONE, checkAccess, close, open, shot, startBrowser } from './browser.mjs';

const PHOTOS = 9;

let server;
let browser;
let session;
let page;
let ids;

before(async () => {
  server = await startServer();
  session = await server.signUp({ name: 'Ada' });
  ids = [];
  for (let n = 0; n < PHOTOS; n++) {
    const exif = { date: `2023:0${9 - n}:05 12:00:00`, offset: '+00:00' };
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

const tile = (n, on = page) => on.locator(`a.tile[data-id="${ids[n]}"]`);
const toast = (words) => page.locator('.toast', { hasText: words });
const bar = () => page.getByRole('toolbar', { name: 'Actions for the selection' });
const albums = async () => (await server.request('/api/albums', { session })).body;
const order = () => page.locator('a.tile').evaluateAll((all) => all.map((tile) => tile.dataset.id));

/** Chooses photos of the grid that is shown. */
async function choose(...numbers) {
  for (const n of numbers) {
    await tile(n).focus();
    await page.keyboard.press('x');
  }
}

test('an album is made and filled from the timeline', async () => {
  await page.goto('/');
  await page.getByRole('link', { name: 'Albums' }).click();
  await page.getByText('No albums yet.').waitFor();
  await checkAccess(page, 'no albums');
  await shot(page, 'albums-none');
  await page.getByRole('button', { name: 'New album' }).click();
  await page.getByRole('dialog').getByLabel('Name of the album').fill('Lisbon <b>2023</b>');
  await page.getByRole('button', { name: 'Create', exact: true }).click();
  await page.waitForURL(/\/albums\/[0-9a-f-]{36}$/);
  await page.getByText('Nothing here yet.').waitFor();
  await page.getByRole('button', { name: 'Add photos' }).click();
  await page.getByText('Select photos for “Lisbon <b>2023</b>”').waitFor();
  for (const n of [0, 2, 4]) await tile(n).click();
  await shot(page, 'album-pick');
  await page.getByRole('button', { name: 'Add', exact: true }).click();
  await page.waitForURL(/\/albums\/[0-9a-f-]{36}$/);
  await tile(4).waitFor();
  assert.deepEqual(await order(), [ids[0], ids[2], ids[4]]);
  await page.locator('.facts', { hasText: '3 items' }).waitFor();
  assert.match(await page.locator('.facts').innerText(), /5 May\s–\s5 Sept? 2023/);
});

test('its name and its description are changed where they stand', async () => {
  const name = page.getByLabel('Name of the album');
  await name.fill('Lisbon & Porto');
  await Promise.all([page.waitForResponse((answer) => answer.request().method() === 'PATCH'), name.press('Enter').then(() => page.getByLabel('Description').fill('Trams,'))]);
  await page.getByLabel('Description').press('End'); // what was typed outlives the answer
  await page.keyboard.type('\ntiles and custard');
  await page.getByLabel('Description').press('Control+Enter');
  await server.until(async () => {
    const [album] = await albums();
    return album.albumName === 'Lisbon & Porto' && album.description === 'Trams,\ntiles and custard';
  }, { what: 'both to be kept' });
  await name.fill('never mind');
  await name.press('Escape');
  assert.equal(await name.inputValue(), 'Lisbon & Porto');
  await checkAccess(page, 'album');
  await page.locator('a.tile[data-picture=shown]').nth(2).waitFor();
  await shot(page, 'album');
});

test('order, cover, and photos that go out again', async () => {
  await page.getByRole('button', { name: 'More for this album' }).click();
  await page.getByRole('button', { name: 'Oldest first' }).click();
  await page.waitForFunction((id) => document.querySelector('a.tile')?.dataset.id === id, ids[4]);
  assert.deepEqual(await order(), [ids[4], ids[2], ids[0]]);
  await choose(2);
  await bar().getByRole('button', { name: 'Use as cover' }).click();
  await toast('This is the cover now').waitFor();
  assert.equal((await albums())[0].albumThumbnailAssetId, ids[2]);
  await choose(0);
  await bar().getByRole('button', { name: 'Remove from album' }).click();
  await tile(0).waitFor({ state: 'detached' });
  await page.locator('.facts', { hasText: '2 items' }).waitFor();
  await toast('1 item removed from the album').getByRole('button', { name: 'Undo' }).click();
  await tile(0).waitFor();
});

test('photos of the timeline are added: to it, to a new one, and what was there stays once', async () => {
  await page.getByRole('link', { name: 'Photos', exact: true }).click();
  await choose(0, 1);
  await page.keyboard.press('b');
  const dialog = page.getByRole('dialog', { name: 'Add to album' });
  await dialog.getByRole('button', { name: /Lisbon & Porto/ }).waitFor();
  await checkAccess(page, 'add to album');
  await shot(page, 'add-to-album');
  await dialog.getByRole('button', { name: /Lisbon & Porto/ }).click();
  await toast('1 item added to “Lisbon & Porto”').waitFor();
  await bar().waitFor({ state: 'detached' });
  await choose(5);
  await bar().getByRole('button', { name: 'Add to album' }).click();
  await dialog.getByLabel('Find an album or name a new one').fill('Garden');
  await page.keyboard.press('Enter');
  await toast('The album “Garden” is made').waitFor();
  assert.deepEqual((await albums()).map(({ albumName, assetCount }) => `${albumName} ${assetCount}`).sort(), ['Garden 1', 'Lisbon & Porto 4']);
});

test('the list finds and orders; the viewer walks inside of the album and its details name the albums', async () => {
  await page.getByRole('link', { name: 'Albums' }).click();
  const cards = () => page.locator('main li strong').allTextContents();
  await page.getByRole('link', { name: /Garden/ }).waitFor();
  await page.getByLabel('Order').selectOption('size');
  assert.deepEqual(await cards(), ['Lisbon & Porto', 'Garden']);
  await checkAccess(page, 'albums');
  await shot(page, 'albums');
  await page.getByRole('searchbox', { name: 'Find an album' }).fill('gard');
  assert.deepEqual(await cards(), ['Garden']);
  await page.getByRole('searchbox', { name: 'Find an album' }).fill('');
  await page.getByRole('link', { name: /Lisbon/ }).click();
  await tile(2).click();
  await page.waitForURL(`**/albums/*/photos/${ids[2]}`);
  await page.getByRole('button', { name: 'Next photo' }).waitFor();
  await page.keyboard.press('ArrowRight');
  await page.waitForURL(`**/photos/${ids[1]}`);
  await page.keyboard.press('i');
  await page.getByRole('complementary', { name: 'Details' }).getByRole('link', { name: 'Lisbon & Porto' }).waitFor();
  await page.reload();
  await page.getByRole('dialog').getByRole('button', { name: 'Next photo' }).waitFor();
  await page.keyboard.press('Escape');
  await page.waitForURL(/\/albums\/[0-9a-f-]{36}$/);
});

test('deleted after a question; the photos stay', async () => {
  await page.getByRole('button', { name: 'More for this album' }).click();
  await page.getByRole('button', { name: 'Delete album' }).click();
  const question = page.getByRole('dialog', { name: 'Delete the album “Lisbon & Porto”?' });
  await question.getByRole('button', { name: 'Cancel' }).click();
  await tile(1).waitFor();
  await page.getByRole('button', { name: 'More for this album' }).click();
  await page.getByRole('button', { name: 'Delete album' }).click();
  await checkAccess(page, 'question');
  await question.getByRole('button', { name: 'Delete album' }).click();
  await page.waitForURL('**/albums');
  await page.getByRole('link', { name: /Garden/ }).waitFor();
  assert.equal((await albums()).length, 1);
  assert.equal((await server.request(`/api/assets/${ids[0]}`, { session })).status, 200);
  await page.goto('/albums/00000000-0000-4000-8000-000000000000');
  await page.getByText('This album does not exist').waitFor();
  await close(page);
});

for (const [locale, words] of [['de-DE', 'Neues Album'], ['ja-JP', '新しいアルバム']])
  test(`on a phone, in the dark, in ${locale}`, async () => {
    const phone = await open(browser, server, { session, ...PHONE, locale, colorScheme: 'dark' });
    await phone.goto('/albums');
    await phone.getByRole('button', { name: words }).waitFor();
    await phone.getByRole('link', { name: /Garden/ }).waitFor();
    assert.equal(await phone.evaluate(() => document.documentElement.scrollWidth > innerWidth), false);
    await checkAccess(phone, `albums, ${locale}`);
    await shot(phone, `phone-albums-${locale}`);
    await phone.getByRole('link', { name: /Garden/ }).tap();
    await tile(5, phone).waitFor();
    await checkAccess(phone, `album, ${locale}`);
    await shot(phone, `phone-album-${locale}`);
    await close(phone);
  });
