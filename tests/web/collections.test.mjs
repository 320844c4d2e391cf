// SPDX-License-Identifier: GPL-3.0-or-later
//
// Places beside the timeline: favourites, archive, what came last, the trash and the locked folder.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { jpeg } from '../http/photo.mjs';
import { startServer } from '../http/server.mjs';
import { PHONE, checkAccess, close, open, shot, startBrowser } from './browser.mjs';

const ACCOUNT = { email: 'ada@example.org', password: 'correct horse battery' };
const PIN = '271828';

let server;
let browser;
let session;
let page;
let ids;

before(async () => {
  server = await startServer();
  session = await server.signUp({ ...ACCOUNT, name: 'Ada' });
  ids = [];
  for (let n = 0; n < 6; n++) {
    const exif = { date: `20${10 + n}:05:05 12:00:00`, offset: '+00:00' };
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
const to = (name) => page.getByRole('link', { name, exact: true }).click();
const order = () => page.locator('a.tile').evaluateAll((all) => all.map((tile) => tile.dataset.id));

async function choose(...numbers) {
  for (const n of numbers) {
    await tile(n).focus();
    await page.keyboard.press('x');
  }
}

test('each place is empty and says what it is for', async () => {
  await page.goto('/');
  await tile(0).waitFor();
  for (const [name, words] of [['Favourites', 'No favourites yet'], ['Archive', 'The archive is empty'], ['Trash', 'The trash is empty']]) {
    await to(name);
    await page.getByText(words).waitFor();
    assert.equal(await page.title(), `${name} · Ambrotype`);
  }
  await checkAccess(page, 'empty trash');
  await shot(page, 'trash-empty');
});

test('what came last stands first, under the day it came, whenever it was taken', async () => {
  await to('Photos');
  await tile(5).waitFor();
  assert.deepEqual(await order(), [...ids].reverse());
  const late = (await server.upload(jpeg({ exif: { date: '1999:01:01 12:00:00' } }), { session, name: 'old.jpg' })).body.id;
  await to('Recently added');
  await page.getByRole('heading', { name: 'Today' }).waitFor();
  await page.waitForFunction((id) => document.querySelector('a.tile')?.dataset.id === id, late);
  await shot(page, 'recent');
  await server.request('/api/assets', { method: 'DELETE', session, json: { ids: [late], force: true } });
});

test('a favourite is found, opened, and leaves when it is none any more', async () => {
  await to('Photos');
  await choose(1, 2);
  await page.keyboard.press('f');
  await to('Favourites');
  await tile(2).click();
  await page.waitForURL(`**/favorites/photos/${ids[2]}`);
  await page.getByRole('button', { name: 'Remove from favourites' }).click();
  await page.waitForURL(`**/favorites/photos/${ids[1]}`);
  await page.keyboard.press('Escape');
  await tile(2).waitFor({ state: 'detached' });
  await page.getByRole('heading', { name: 'Favourites', level: 1 }).waitFor();
});

test('the trash gives back all, and is emptied after a question', async () => {
  await to('Photos');
  await choose(3, 4);
  await page.keyboard.press('Delete');
  await to('Trash');
  await tile(4).getByText('30 days left').waitFor();
  await shot(page, 'trash-days');
  await page.getByRole('button', { name: 'Restore all' }).click();
  await toast('2 items restored').waitFor();
  await to('Photos');
  await choose(4);
  await page.keyboard.press('Delete');
  await to('Trash');
  await tile(4).waitFor();
  await page.getByRole('button', { name: 'Empty trash' }).click();
  const question = page.getByRole('dialog', { name: 'Delete 1 item for good?' });
  await question.waitFor();
  await page.keyboard.press('Escape');
  await question.waitFor({ state: 'detached' });
  await page.getByRole('button', { name: 'Empty trash' }).click();
  await question.getByRole('button', { name: 'Empty trash' }).click();
  await page.getByText('The trash is empty').waitFor();
  assert.equal((await server.request(`/api/assets/${ids[4]}`, { session })).status, 400);
});

test('the locked folder: a PIN is set, photos go in, it is locked and opened', async () => {
  await to('Locked folder');
  await page.getByLabel('New PIN').fill(PIN);
  await page.getByLabel('The same PIN again').fill('000000');
  await page.getByRole('button', { name: 'Set the PIN' }).click();
  await page.getByRole('alert').getByText('The two PINs differ.').waitFor();
  await page.getByLabel('The same PIN again').fill(PIN);
  await checkAccess(page, 'new PIN');
  await shot(page, 'pin-new');
  await page.getByRole('button', { name: 'Set the PIN' }).click();
  await page.getByText('Nothing here').waitFor();
  await to('Photos');
  await choose(5);
  await bar().getByRole('button', { name: 'More actions' }).click();
  await page.getByRole('button', { name: 'Move to the locked folder' }).click();
  await page.getByRole('dialog', { name: 'Move 1 item to the locked folder?' }).getByRole('button', { name: 'Move to the locked folder' }).click();
  await tile(5).waitFor({ state: 'detached' });
  await to('Locked folder');
  await tile(5).waitFor();
  await page.locator('a.tile[data-picture=shown]').waitFor();
  await checkAccess(page, 'locked folder');
  await shot(page, 'locked');
  await page.getByRole('button', { name: 'Lock now' }).click();
  await page.getByLabel('PIN').fill('111111');
  await page.getByRole('button', { name: 'Open' }).click();
  await page.getByRole('alert').getByText('Wrong PIN code').waitFor();
  assert.equal(await page.locator('a.tile').count(), 0);
});

test('a forgotten PIN is made anew by the password, and photos come out again', async () => {
  await page.getByRole('button', { name: 'I forgot the PIN' }).click();
  await page.getByLabel('Password').fill(ACCOUNT.password);
  await page.getByLabel('New PIN').fill('314159');
  await page.getByLabel('The same PIN again').fill('314159');
  await server.until(async () => {
    if (await tile(5).isVisible()) return true;
    await page.getByRole('button', { name: 'Set the PIN' }).click({ timeout: 1000 }).catch(() => {}); // after wrong guesses one waits
    return tile(5).isVisible();
  }, { what: 'the folder to open' });
  await choose(5);
  await bar().getByRole('button', { name: 'Move out of the locked folder' }).click();
  await page.getByText('Nothing here').waitFor();
  await to('Photos');
  await tile(5).waitFor();
  await close(page);
});

test('on a phone the places are behind "More"', async () => {
  const phone = await open(browser, server, { session, ...PHONE });
  await phone.goto('/');
  await tile(0, phone).waitFor();
  await phone.getByRole('button', { name: 'More' }).tap();
  await checkAccess(phone, 'more places');
  await shot(phone, 'phone-more');
  await phone.getByRole('link', { name: 'Trash' }).tap();
  await phone.getByText('The trash is empty').waitFor();
  await phone.getByRole('button', { name: 'More' }).tap();
  await phone.getByRole('link', { name: 'Recently added' }).tap();
  await tile(0, phone).waitFor();
  assert.equal(await phone.evaluate(() => document.documentElement.scrollWidth > innerWidth), false);
  await close(phone);
});
