// SPDX-License-Identifier: GPL-3.0-or-later
//
// Choosing photos of the timeline by mouse, finger and keyboard, and what is done with them; each of it can be undone.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { jpeg } from '../http/photo.mjs';
import { startServer } from '../http/server.mjs';
import { PHONE, checkAccess, close, open, shot, startBrowser } from './browser.mjs';

const DAYS = 6;
const PER_DAY = 5;

let server;
let browser;
let session;
let page;
/** newest first, as the timeline has them */
let ids;

before(async () => {
  server = await startServer();
  session = await server.signUp({ name: 'Ada' });
  ids = [];
  for (let n = 0; n < DAYS * PER_DAY; n++) {
    const [day, hour] = [28 - Math.floor(n / PER_DAY), 20 - (n % PER_DAY)];
    const exif = { date: `2024:05:${day} ${hour}:00:00`, offset: '+00:00' };
    const { body } = await server.upload(jpeg({ width: 320, height: 240, exif }), { session, name: `IMG_${n}.jpg` });
    ids.push(body.id);
  }
  assert.equal((await server.cli(['jobs', '--wait'])).code, 0);
  browser = await startBrowser();
  page = await open(browser, server, { session });
  await page.goto('/');
  await page.locator('a.tile[data-picture=shown]').nth(7).waitFor();
});
after(async () => {
  await browser?.close();
  await server?.stop();
});

const tile = (n, on = page) => on.locator(`a.tile[data-id="${ids[n]}"]`);
const check = (n, on = page) => on.locator(`[data-check="${ids[n]}"]`);
const bar = (on = page) => on.getByRole('toolbar', { name: 'Actions for the selection' });
const count = (n, on = page) => bar(on).getByText(`${n} selected`, { exact: true }).waitFor();
const toast = (words, on = page) => on.locator('.toast', { hasText: words });
const chosen = (on = page) => on.locator('a.tile.chosen').evaluateAll((all) => all.map((tile) => tile.dataset.id));
const focused = () => page.evaluate(() => document.activeElement?.dataset?.id);
const asset = async (n) => (await server.request(`/api/assets/${ids[n]}`, { session })).body;

test('the check mark chooses, then every click does, and Shift takes what lies between', async () => {
  await tile(2).hover();
  await check(2).click();
  await count(1);
  await tile(0).click();
  await count(2);
  assert.equal(new URL(page.url()).pathname, '/');
  await tile(7).click({ modifiers: ['Shift'] });
  await count(8);
  assert.deepEqual((await chosen()).sort(), ids.slice(0, 8).sort());
  await tile(4).click({ modifiers: ['Shift'] });
  await count(5); // the range ends at the fourth now
  await checkAccess(page, 'selection');
  await shot(page, 'selection');
  await page.keyboard.press('Escape');
  await bar().waitFor({ state: 'detached' });
});

test('a day is chosen as a whole, and a mouse draws over photos', async () => {
  await page.getByRole('heading', { name: /28 May/ }).hover();
  await page.getByRole('checkbox', { name: /^Select all of .*28 May/ }).click();
  await count(PER_DAY);
  const [from, until] = [await tile(6).boundingBox(), await tile(9).boundingBox()];
  await page.mouse.move(from.x + 60, from.y + 60);
  await page.mouse.down();
  await page.mouse.move(from.x + 90, from.y + 60, { steps: 3 });
  await page.mouse.move(until.x + 60, until.y + 60, { steps: 6 });
  await page.mouse.up();
  await count(PER_DAY + 4);
  assert.equal(new URL(page.url()).pathname, '/', 'the end of the drawing is no click');
  await page.getByRole('button', { name: 'Clear the selection' }).click();
  await bar().waitFor({ state: 'detached' });
});

test('the keyboard chooses: x, Shift with arrows, Ctrl+A, Escape', async () => {
  await tile(1).focus();
  await page.keyboard.press('x');
  await count(1);
  await page.keyboard.press('Shift+ArrowRight');
  await page.keyboard.press('Shift+ArrowRight');
  await count(3);
  assert.equal(await focused(), ids[3]);
  await page.keyboard.press('Shift+ArrowLeft');
  await count(2);
  await page.keyboard.press('ArrowRight');
  await page.keyboard.press(' ');
  await count(3);
  await page.keyboard.press('Control+a');
  await count(DAYS * PER_DAY);
  await page.keyboard.press('Escape');
  await bar().waitFor({ state: 'detached' });
  assert.equal(await focused(), ids[3], 'the focus stays');
});

test('favourites, and not: said, shown, undone', async () => {
  await tile(0).focus();
  await page.keyboard.press('x');
  await page.keyboard.press('f');
  await toast('1 item is a favourite now').waitFor();
  await tile(0).locator('.heart').waitFor();
  assert.equal((await asset(0)).isFavorite, true);
  await bar().waitFor({ state: 'detached' });
  await toast('1 item is a favourite now').getByRole('button', { name: 'Undo' }).click();
  await tile(0).locator('.heart').waitFor({ state: 'detached' });
  await toast('Undone').waitFor();
  assert.equal((await asset(0)).isFavorite, false);
});

test('to the archive and back by Ctrl+Z', async () => {
  await tile(1).focus();
  await page.keyboard.press('x');
  await page.keyboard.press('Shift+ArrowRight');
  await page.keyboard.press('Shift+A');
  await toast('2 items archived').waitFor();
  await tile(1).waitFor({ state: 'detached' });
  assert.equal((await asset(2)).visibility, 'archive');
  await page.getByRole('link', { name: 'Archive' }).click();
  await page.getByRole('heading', { name: 'Archive', level: 1 }).waitFor();
  await tile(2).waitFor();
  await checkAccess(page, 'archive');
  await shot(page, 'archive');
  await page.goBack();
  await tile(0).waitFor();
  await page.keyboard.press('Control+z');
  await tile(1).waitFor();
  assert.equal((await asset(1)).visibility, 'timeline');
});

test('to the trash with Delete; undone, and deleted again to be had back from there', async () => {
  await tile(3).focus();
  await page.keyboard.press('x');
  await page.keyboard.press('Delete');
  await toast('1 item moved to trash').waitFor();
  await tile(3).waitFor({ state: 'detached' });
  await toast('1 item moved to trash').getByRole('button', { name: 'Undo' }).click();
  await tile(3).waitFor();
  assert.equal((await asset(3)).isTrashed, false);
  await tile(3).focus();
  await page.keyboard.press('x');
  await bar().getByRole('button', { name: 'Move to trash' }).click();
  await page.getByRole('link', { name: 'Trash' }).click();
  await page.getByText('What lies here for 30 days is deleted for good.').waitFor();
  await check(3).click();
  await checkAccess(page, 'trash');
  await shot(page, 'trash');
  await bar().getByRole('button', { name: 'Restore' }).click();
  await page.getByText('The trash is empty').waitFor();
  assert.equal((await asset(3)).isTrashed, false);
});

test('a date for many is shifted, a place is typed', async () => {
  await page.getByRole('link', { name: 'Photos', exact: true }).click();
  await tile(4).focus();
  await page.keyboard.press('x');
  await page.keyboard.press('Shift+ArrowRight');
  await bar().getByRole('button', { name: 'More actions' }).click();
  await page.getByRole('button', { name: 'Change date' }).click();
  const dialog = page.getByRole('dialog', { name: 'Change date' });
  await dialog.getByLabel('Hours').fill('-2');
  await dialog.getByText(/The earliest then is of/).waitFor();
  await checkAccess(page, 'change date');
  await shot(page, 'change-date');
  await dialog.getByRole('button', { name: 'Save' }).click();
  await toast('2 items changed').waitFor();
  assert.equal((await asset(4)).localDateTime.slice(0, 16), '2024-05-28T14:00');
  assert.equal((await asset(5)).localDateTime.slice(0, 16), '2024-05-27T18:00');
  await tile(4).focus();
  await page.keyboard.press('x');
  await bar().getByRole('button', { name: 'More actions' }).click();
  await page.getByRole('button', { name: 'Change place' }).click();
  const place = page.getByRole('dialog', { name: 'Change place' });
  await place.getByLabel('Position').fill('somewhere');
  await place.getByText('This is not read as a position.').waitFor();
  await place.getByLabel('Position').fill('48° 51′ 30″ N, 2° 17′ 42″ W');
  await place.getByRole('button', { name: 'Save' }).click();
  await toast('1 item changed').waitFor();
  const { latitude, longitude } = (await asset(4)).exifInfo;
  assert.ok(Math.abs(latitude - 48.858333) < 1e-4 && Math.abs(longitude + 2.295) < 1e-4, `${latitude}, ${longitude}`);
});

test('many are downloaded, byte for byte', async () => {
  await tile(8).focus();
  await page.keyboard.press('x');
  const [download] = await Promise.all([page.waitForEvent('download'), bar().getByRole('button', { name: 'Download' }).click()]);
  assert.equal(download.suggestedFilename(), 'IMG_8.jpg');
  await bar().waitFor({ state: 'detached' });
});

test('the viewer does the same, and goes on to the next photo', async () => {
  await tile(10).click();
  const viewer = page.getByRole('dialog');
  await viewer.getByRole('button', { name: 'Favourite' }).click();
  await viewer.getByRole('button', { name: 'Remove from favourites' }).waitFor();
  assert.equal((await asset(10)).isFavorite, true);
  await viewer.getByRole('button', { name: 'Next photo' }).waitFor();
  await page.keyboard.press('Delete');
  await page.waitForURL(`**/photos/${ids[11]}`);
  await checkAccess(page, 'viewer with actions');
  await shot(page, 'viewer-actions');
  await page.keyboard.press('Escape');
  await tile(10).waitFor({ state: 'detached' });
  await page.keyboard.press('Control+z');
  await tile(10).waitFor();
  await close(page);
});

test('a finger that is held chooses, and draws', async () => {
  const phone = await open(browser, server, { session, ...PHONE });
  await phone.goto('/');
  await phone.locator('a.tile[data-picture=shown]').nth(5).waitFor();
  const middle = async (n) => {
    const box = await tile(n, phone).boundingBox();
    return [{ x: box.x + box.width / 2, y: box.y + box.height / 2 }];
  };
  const touch = await phone.context().newCDPSession(phone);
  const send = (type, touchPoints) => touch.send('Input.dispatchTouchEvent', { type, touchPoints });
  await send('touchStart', await middle(0));
  await count(1, phone);
  await send('touchMove', await middle(1));
  await send('touchMove', await middle(2));
  await count(3, phone);
  await send('touchEnd', []);
  await tile(2, phone).tap();
  await count(2, phone);
  assert.equal(await phone.evaluate(() => document.documentElement.scrollWidth > innerWidth), false);
  await checkAccess(phone, 'selection on a phone');
  await shot(phone, 'phone-selection');
  await bar(phone).getByRole('button', { name: 'Favourite', exact: true }).tap();
  await toast('2 items are favourites now', phone).waitFor();
  await shot(phone, 'phone-toast');
  await phone.getByRole('button', { name: 'More', exact: true }).tap();
  await phone.getByRole('link', { name: 'Favourites' }).tap();
  await tile(1, phone).waitFor();
  await shot(phone, 'phone-favourites');
  await close(phone);
});
