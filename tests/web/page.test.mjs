// SPDX-License-Identifier: GPL-3.0-or-later
//
// A person's first hour with the page, in Chromium against the real server: signing up, uploading, looking, getting
// a photo back, reading the proof, signing out. The steps build on each other, in one browser session.
import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { after, before, test } from 'node:test';
import { jpeg, sha256 } from '../http/photo.mjs';
import { startServer } from '../http/server.mjs';
import { PHONE, checkAccess, close, drop, open, picked, shot, startBrowser } from './browser.mjs';

const ACCOUNT = { email: 'ada@example.org', password: 'correct horse battery' };
const camera = (date, more = {}) => ({ exif: { date, make: 'Voigt', model: 'Bessa', ...more } });
const summer = jpeg({ width: 960, height: 640, ...camera('2024:08:03 14:05:06', { offset: '+02:00' }) });
const upright = jpeg({ width: 960, height: 640, ...camera('2024:08:02 09:00:00', { orientation: 6 }) });
const winter = jpeg({ width: 640, height: 640, ...camera('2019:12:24 18:30:00') });
// Late in the evening at the camera, the next day in UTC: it belongs to the camera's day.
const evening = jpeg({ width: 960, height: 640, ...camera('2024:08:01 23:30:00', { offset: '-05:00' }) });
const brokenPhoto = Buffer.from('this is no photograph at all, whatever its name says');

let server;
let browser;
let page;

before(async () => {
  server = await startServer();
  browser = await startBrowser();
  page = await open(browser, server);
});
after(async () => {
  await browser?.close();
  await server?.stop();
});

const tiles = () => page.locator('a.tile');
const labels = () => tiles().evaluateAll((all) => all.map((tile) => tile.getAttribute('aria-label')));
const uploads = () => page.getByRole('region', { name: 'Uploads' });

test('the first visit creates the first account', async () => {
  await page.goto('/');
  await page.getByRole('heading', { name: 'Welcome' }).waitFor();
  await checkAccess(page, 'sign-up');
  await shot(page, 'sign-up');
  await page.getByLabel('Your name').fill('Ada');
  await page.getByLabel('E-mail').fill(ACCOUNT.email);
  await page.getByLabel('Password', { exact: true }).fill('short');
  await page.getByRole('button', { name: 'Create account' }).click();
  assert.equal(await page.getByLabel('Password', { exact: true }).evaluate((input) => input.validity.valid), false);
  await page.getByLabel('Password', { exact: true }).fill(ACCOUNT.password);
  await page.getByRole('button', { name: 'Create account' }).click();
  await page.getByRole('heading', { name: 'No photos yet' }).waitFor();
  await checkAccess(page, 'empty library');
  await shot(page, 'empty');
});

test('files that are picked are stored; what is no photo is named as skipped', async () => {
  await page.locator('#upload-files').setInputFiles([
    picked('summer.jpg', summer),
    picked('upright.jpg', upright),
    picked('winter.jpg', winter),
    picked('notes.txt', Buffer.from('notes'), 'text/plain'),
    picked('hollow.jpg', Buffer.alloc(0)),
  ]);
  await uploads().getByText('All done').waitFor();
  for (const name of ['summer.jpg', 'upright.jpg', 'winter.jpg']) {
    await uploads().getByRole('listitem').filter({ hasText: name }).getByText('Stored').waitFor();
  }
  await uploads().getByRole('listitem').filter({ hasText: 'notes.txt' }).getByText('Skipped').waitFor();
  await uploads().getByRole('listitem').filter({ hasText: 'hollow.jpg' }).getByText('the file is empty').waitFor();
  await shot(page, 'uploads');
});

test('files that are dropped are stored, and the same bytes only once', async () => {
  await drop(page, [
    { name: 'evening.jpg', bytes: evening },
    { name: 'summer again.jpg', bytes: summer },
    { name: 'broken.jpg', bytes: brokenPhoto },
  ]);
  await uploads().getByRole('listitem').filter({ hasText: 'evening.jpg' }).getByText('Stored').waitFor();
  await uploads().getByRole('listitem').filter({ hasText: 'summer again.jpg' }).getByText('Already here').waitFor();
  await uploads().getByRole('listitem').filter({ hasText: 'broken.jpg' }).getByText('Stored').waitFor();
  await uploads().getByText('All done').waitFor();
  await uploads().getByRole('button', { name: 'Clear the list' }).click();
  await uploads().waitFor({ state: 'detached' });
});

test("the timeline shows the cameras' days, newest first, with pictures the right way up", async () => {
  await page.locator('a.tile[data-picture=shown]').nth(3).waitFor();
  await page.reload();
  await page.locator('a.tile[data-picture=shown]').nth(3).waitFor();
  const days = await page.locator('main h2').allTextContents();
  const expected = ['Sat, 3 Aug 2024', 'Fri, 2 Aug 2024', 'Thu, 1 Aug 2024', 'Tue, 24 Dec 2019'];
  assert.deepEqual(days.map((day) => day.trim()).filter((day) => expected.includes(day)), expected);
  const taken = (await labels()).filter((label) => !label.includes('Cannot be shown'));
  assert.match(taken[0], /3 August 2024 at 14:05/);
  assert.match(taken[2], /1 August 2024 at 23:30/);
  const box = await tiles().filter({ has: page.locator('img.shown') }).nth(1).boundingBox();
  assert.ok(box.height > box.width * 1.3, `orientation 6 stands upright, got ${box.width} × ${box.height}`);
  await page.locator('a.tile[data-picture=none]').waitFor();
  await checkAccess(page, 'timeline');
  await shot(page, 'timeline');
});

test('the arrow keys walk the grid and Enter opens the viewer', async () => {
  await tiles().first().focus();
  const ids = await tiles().evaluateAll((all) => all.map((tile) => tile.dataset.id));
  const focused = () => page.evaluate(() => document.activeElement?.dataset?.id);
  await page.keyboard.press('ArrowRight');
  assert.equal(await focused(), ids[1]);
  await page.keyboard.press('ArrowLeft');
  assert.equal(await focused(), ids[0]);
  await page.keyboard.press('Enter');
  await page.waitForURL(`**/photos/${ids[0]}`);
  await page.getByRole('dialog').waitFor();
});

const name = () => page.getByRole('dialog').locator('header strong');
const frame = () => page.locator('.frame .preview.ready').first().boundingBox();

/** Goes through the viewer until it shows the photo of that name. */
async function show(file) {
  const ids = await tiles().evaluateAll((all) => all.map((tile) => tile.dataset.id));
  for (const id of ids) {
    await page.goto(`/photos/${id}`);
    await page.waitForFunction(() => document.querySelector('[role=dialog] header strong')?.textContent);
    if ((await name().textContent()) === file) return id;
  }
  return assert.fail(`${file} is not in the timeline`);
}

test('the viewer obeys the keyboard', async () => {
  const id = await show('summer.jpg');
  await page.locator('.preview.ready').first().waitFor();
  const fit = await frame();
  await page.keyboard.press('+');
  await page.waitForFunction((width) => document.querySelector('.frame .preview').getBoundingClientRect().width > width * 1.4, fit.width);
  await page.keyboard.press('0');
  await page.waitForFunction((width) => Math.abs(document.querySelector('.frame .preview').getBoundingClientRect().width - width) < 2, fit.width);
  await page.getByRole('button', { name: 'Next photo' }).waitFor();
  await page.keyboard.press('ArrowRight');
  await page.waitForFunction(() => document.querySelector('[role=dialog] header strong')?.textContent === 'upright.jpg');
  await page.getByRole('button', { name: 'Previous photo' }).waitFor();
  await page.keyboard.press('ArrowLeft');
  await page.waitForURL(`**/photos/${id}`);
  await page.keyboard.press('Escape');
  await page.waitForURL('**/');
  await page.getByRole('dialog').waitFor({ state: 'detached' });
  await page.waitForFunction((wanted) => document.activeElement?.dataset?.id === wanted, id);
});

test('wheel and double click zoom where the pointer is', async () => {
  await show('summer.jpg');
  await page.locator('.preview.ready').first().waitFor();
  const fit = await frame();
  await page.mouse.move(fit.x + fit.width * 0.25, fit.y + fit.height * 0.5);
  await page.mouse.wheel(0, -400);
  await page.waitForFunction((width) => document.querySelector('.frame .preview').getBoundingClientRect().width > width * 1.5, fit.width);
  await server.until(async () => {
    const near = await frame();
    const held = (fit.x + fit.width * 0.25 - near.x) / near.width;
    return Math.abs(held - 0.25) < 0.02; // once the glide has ended
  }, { what: 'the point under the pointer staying where it is' });
  await page.mouse.dblclick(640, 400);
  await page.waitForFunction((width) => Math.abs(document.querySelector('.frame .preview').getBoundingClientRect().width - width) < 2, fit.width);
});

test('the details tell date, camera, size and proof', async () => {
  await show('summer.jpg');
  await page.keyboard.press('i');
  const details = page.getByRole('complementary', { name: 'Details' });
  await details.getByText('SHA-256').waitFor();
  const text = await details.innerText();
  assert.match(text, /Saturday,? 3 August 2024/);
  assert.match(text, /14:05:06/);
  assert.match(text, /\+\s?2/);
  assert.match(text, /from the camera/);
  assert.match(text, /Voigt Bessa/);
  assert.match(text, /960 × 640/);
  assert.ok(text.replaceAll(/\s/g, '').includes(sha256(summer)), `the SHA-256 of the file stands there:\n${text}`);
  await checkAccess(page, 'viewer with details');
  await shot(page, 'viewer-details');
});

test('the download is the file, byte for byte', async () => {
  await show('evening.jpg');
  const [download] = await Promise.all([page.waitForEvent('download'), page.keyboard.press('d')]);
  assert.equal(download.suggestedFilename(), 'evening.jpg');
  assert.ok((await readFile(await download.path())).equals(evening));
});

test('a file that cannot be shown says why and can be downloaded', async () => {
  await show('broken.jpg');
  const notice = page.getByRole('status');
  await notice.getByText('This file cannot be shown here').waitFor();
  assert.notEqual((await notice.locator('.reason').textContent()).trim(), '');
  await shot(page, 'not-shown');
  const [download] = await Promise.all([page.waitForEvent('download'), notice.getByRole('link').click()]);
  assert.ok((await readFile(await download.path())).equals(brokenPhoto));
});

test('an address of a photo that does not exist says so', async () => {
  await page.goto('/photos/00000000-0000-4000-8000-000000000000');
  await page.getByText('This photo does not exist').waitFor();
  await page.keyboard.press('Escape');
  await tiles().first().waitFor();
});

test('the backup page has a card for this browser, with its items', async () => {
  await page.getByRole('link', { name: 'Backup' }).first().click();
  const card = page.getByRole('article', { name: /Chrom/ });
  await card.waitFor();
  assert.match(await card.locator('.headline').textContent(), /5/);
  assert.equal(await card.getAttribute('data-state'), 'complete');
  await checkAccess(page, 'backup');
  await card.getByRole('button', { name: 'Show all items' }).click();
  await card.getByRole('link', { name: 'winter.jpg' }).waitFor();
  await card.getByRole('searchbox').fill('even');
  await card.getByRole('link', { name: 'winter.jpg' }).waitFor({ state: 'detached' });
  await card.getByRole('link', { name: 'evening.jpg' }).waitFor();
  await card.getByRole('combobox', { name: 'State', exact: true }).selectOption('skipped');
  await card.getByText('No item fits.').waitFor();
  await page.getByText(`ambrotype backup login ${server.url}`).waitFor();
  await shot(page, 'backup');
});

test('the words of the page come in three languages', async () => {
  await page.goto('/');
  await page.getByRole('button', { name: 'Account' }).click();
  await page.getByText('5 photos').waitFor();
  await page.getByLabel(/^(Language|Sprache|言語)/).selectOption('de');
  await page.getByRole('button', { name: 'Abmelden' }).waitFor();
  assert.equal(await page.locator('html').getAttribute('lang'), 'de');
  await page.reload();
  await page.getByRole('link', { name: 'Sicherung' }).first().waitFor();
  await page.getByRole('button', { name: 'Konto' }).click();
  await page.getByLabel(/^(Language|Sprache|言語)/).selectOption('ja');
  await page.getByRole('button', { name: 'サインアウト' }).waitFor();
  await shot(page, 'japanese');
  await page.getByLabel(/^(Language|Sprache|言語)/).selectOption('en');
});

test('signing out ends the session; a wrong password is refused, the right one opens', async () => {
  await page.getByRole('button', { name: 'Sign out' }).click();
  await page.getByRole('button', { name: 'Sign in' }).waitFor();
  assert.equal((await page.request.get('/api/users/me')).status(), 401);
  await checkAccess(page, 'sign-in');
  await page.getByLabel('E-mail').fill(ACCOUNT.email);
  await page.getByLabel('Password', { exact: true }).fill('wrong horse battery');
  await page.getByRole('button', { name: 'Sign in' }).click();
  await page.getByRole('alert').waitFor();
  assert.match(await page.getByRole('alert').textContent(), /Incorrect email or password/);
  await shot(page, 'sign-in');
  await page.getByLabel('Password', { exact: true }).fill(ACCOUNT.password);
  await page.getByRole('button', { name: 'Sign in' }).click();
  await tiles().first().waitFor();
});

test('nothing went wrong on the way', async () => {
  await close(page);
});

for (const [look, colorScheme] of [['phone', 'light'], ['phone-dark', 'dark']]) {
  test(`on a phone's width nothing is cut off (${look})`, async () => {
    const session = await server.login(ACCOUNT);
    const phone = await open(browser, server, { session, ...PHONE, colorScheme });
    for (const path of ['/', '/backup']) {
      await phone.goto(path);
      await (path === '/' ? phone.locator('a.tile[data-picture=shown]').nth(3) : phone.getByRole('article')).waitFor();
      const wide = await phone.evaluate(() => document.documentElement.scrollWidth > innerWidth);
      assert.equal(wide, false, `${path} is wider than the screen`);
      await checkAccess(phone, `${path} on a phone, ${colorScheme}`);
      await shot(phone, `${look}${path === '/' ? '' : '-backup'}`);
    }
    const background = await phone.evaluate(() => getComputedStyle(document.body).backgroundColor);
    const light = background.match(/\d+/g).slice(0, 3).reduce((sum, part) => sum + Number(part), 0) / 765;
    assert.equal(light < 0.5, colorScheme === 'dark', background);
    await close(phone);
  });
}

test('a swipe goes to the next photo', async () => {
  const session = await server.login(ACCOUNT);
  const phone = await open(browser, server, { session, ...PHONE });
  await phone.goto('/');
  await phone.locator('a.tile').nth(2).waitFor();
  const ids = await phone.locator('a.tile').evaluateAll((all) => all.map((tile) => tile.dataset.id));
  await phone.locator('a.tile').nth(1).tap();
  await phone.waitForURL(`**/photos/${ids[1]}`);
  await phone.locator('button[aria-label="Next photo"]').waitFor({ state: 'attached' });
  const touch = await phone.context().newCDPSession(phone);
  const at = (x) => [{ x, y: 420 }];
  await touch.send('Input.dispatchTouchEvent', { type: 'touchStart', touchPoints: at(300) });
  for (const x of [260, 200, 140, 90]) await touch.send('Input.dispatchTouchEvent', { type: 'touchMove', touchPoints: at(x) });
  await touch.send('Input.dispatchTouchEvent', { type: 'touchEnd', touchPoints: [] });
  await phone.waitForURL(`**/photos/${ids[2]}`);
  await shot(phone, 'phone-viewer');
  await close(phone);
});
