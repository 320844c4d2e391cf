// SPDX-License-Identifier: GPL-3.0-or-later
//
// Moving photos on the page: one tile that plays while it is looked at, a viewer that lays the video over the still,
// both halves to be had.
import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { after, before, test } from 'node:test';
import { film, googlePhoto, liveStill, liveVideo } from '../http/moving.mjs';
import { jpeg, sha1 } from '../http/photo.mjs';
import { startServer } from '../http/server.mjs';
import { PHONE, checkAccess, close, open, shot, startBrowser } from './browser.mjs';

let server;
let browser;
let session;
const clip = film({ seconds: 2 });
const still = liveStill('PAGE', { width: 480, height: 360, date: '2024:08:03 12:00:00' });
const half = liveVideo('PAGE', { date: '2024-08-03T12:00:00+0200', seconds: 2 });
const motion = googlePhoto(clip, jpeg({ width: 480, height: 360, exif: { date: '2024:08:02 12:00:00' } }));

before(async () => {
  server = await startServer();
  browser = await startBrowser();
  session = await server.signUp();
  await server.upload(half, { name: 'IMG_1.MOV', session });
  await server.upload(still, { name: 'IMG_1.JPG', session });
  await server.upload(motion, { name: 'PXL_2.MP.jpg', session });
  await server.upload(jpeg({ exif: { date: '2024:08:01 12:00:00' } }), { name: 'calm.jpg', session });
  const { code, stderr } = await server.cli(['jobs', '--wait']);
  assert.equal(code, 0, stderr);
});
after(async () => {
  await browser?.close();
  await server?.stop();
});

const tiles = (page) => page.locator('a.tile[data-picture=shown]');
const playing = (place) => place.locator('video.shown');
/** The video moves: its clock runs, or has come to its end. */
const moves = (video) => video.evaluate((element) => element.currentTime > 0 && element.videoWidth > 0);

test('a tile says that it moves, and plays under the mouse', async () => {
  const page = await open(browser, server, { session });
  await page.goto('/');
  await tiles(page).nth(2).waitFor();
  assert.equal(await tiles(page).count(), 3, 'the video half is no photo of its own');
  const labels = await tiles(page).evaluateAll((all) => all.map((tile) => tile.getAttribute('aria-label')));
  assert.deepEqual(labels.map((label) => label.includes('moving photo')), [true, true, false]);
  assert.equal(await page.locator('a.tile .badge', { hasText: 'Live' }).count(), 2);
  await checkAccess(page, 'tiles that move');
  for (const i of [0, 1]) {
    await tiles(page).nth(i).hover();
    await playing(tiles(page).nth(i)).waitFor();
    assert.ok(await moves(playing(tiles(page).nth(i))));
    if (i === 0) await shot(page, 'moving-tile');
    await page.mouse.move(2, 2);
    await tiles(page).nth(i).locator('video').waitFor({ state: 'detached' });
  }
  await tiles(page).nth(2).hover();
  await page.waitForTimeout(600); // nothing to wait for: it must not begin
  assert.equal(await page.locator('video').count(), 0);
  await close(page);
});

test('the viewer plays it to its end by a button or a key, and while it is held', async () => {
  const page = await open(browser, server, { session });
  await page.goto('/');
  await tiles(page).first().click();
  const dialog = page.getByRole('dialog');
  const live = dialog.getByRole('button', { name: 'Live: play the moving photo' });
  await live.waitFor();
  await dialog.locator('.preview.ready').waitFor();
  await checkAccess(page, 'viewer of a moving photo');
  await live.click();
  await playing(dialog).waitFor();
  await shot(page, 'moving-viewer');
  await dialog.locator('video').waitFor({ state: 'detached' }); // its end: the still is back
  assert.equal(await live.getAttribute('aria-pressed'), 'false');
  await page.keyboard.press('l');
  await playing(dialog).waitFor();
  await page.keyboard.press('l');
  await dialog.locator('video').waitFor({ state: 'detached' });
  // Held with the mouse.
  const box = await dialog.locator('.frame').boundingBox();
  await page.mouse.move(box.x + box.width / 2, box.y + box.height / 2);
  await page.mouse.down();
  await playing(dialog).waitFor();
  await page.mouse.up();
  await dialog.locator('video').waitFor({ state: 'detached' });
  // The next one is a motion photo, the one after it no moving photo at all.
  const forward = async () => {
    await dialog.getByRole('button', { name: 'Next photo' }).waitFor(); // it is known that there is one
    await page.keyboard.press('ArrowRight');
  };
  await forward();
  await dialog.getByText('PXL_2.MP.jpg').waitFor();
  await page.keyboard.press('l');
  await playing(dialog).waitFor();
  await page.keyboard.press('i');
  await dialog.getByText('Motion photo', { exact: false }).waitFor();
  await forward();
  await dialog.getByText('calm.jpg').first().waitFor();
  await live.waitFor({ state: 'detached' });
  assert.equal(await dialog.locator('video').count(), 0);
  await close(page);
});

test('both halves can be had', async () => {
  const page = await open(browser, server, { session, acceptDownloads: true });
  await page.goto('/');
  await page.locator('a.tile').first().click();
  const dialog = page.getByRole('dialog');
  const taken = async (choice, count) => {
    await dialog.getByRole('button', { name: 'Download the original' }).click();
    const downloads = [];
    const all = new Promise((settle) => page.on('download', (download) => downloads.push(download) === count && settle()));
    await dialog.locator('.choice', { hasText: choice }).click();
    await all;
    page.removeAllListeners('download');
    return Promise.all(downloads.map(async (download) => [download.suggestedFilename(), sha1(await readFile(await download.path()))]));
  };
  assert.deepEqual(await taken('The photo', 1), [['IMG_1.JPG', sha1(still)]]);
  assert.deepEqual(await taken('The video', 1), [['IMG_1.MOV', sha1(half)]]);
  assert.deepEqual((await taken('Both', 2)).sort(), [['IMG_1.JPG', sha1(still)], ['IMG_1.MOV', sha1(half)]]);
  await dialog.getByRole('button', { name: 'Next photo' }).waitFor();
  await page.keyboard.press('ArrowRight');
  await dialog.getByText('PXL_2.MP.jpg').waitFor();
  assert.deepEqual(await taken('The video', 1), [['PXL_2.MP.mp4', sha1(clip)]]);
  await close(page);
});

test('a finger that is held chooses the tile and lets it move, and does not open it', async () => {
  const page = await open(browser, server, { session, ...PHONE });
  await page.goto('/');
  await tiles(page).nth(2).waitFor();
  const tile = tiles(page).first();
  const box = await tile.boundingBox();
  const [x, y] = [box.x + box.width / 2, box.y + box.height / 2];
  const touch = await page.context().newCDPSession(page);
  await touch.send('Input.dispatchTouchEvent', { type: 'touchStart', touchPoints: [{ x, y }] });
  await playing(tile).waitFor();
  await shot(page, 'moving-phone');
  await touch.send('Input.dispatchTouchEvent', { type: 'touchEnd', touchPoints: [] });
  await tile.locator('video').waitFor({ state: 'detached' });
  assert.equal(new URL(page.url()).pathname, '/');
  await page.locator('a.tile.chosen').waitFor();
  await page.getByRole('button', { name: 'Clear the selection' }).tap();
  // A tap opens it; there a held finger plays, too.
  await tile.tap();
  const dialog = page.getByRole('dialog');
  await dialog.locator('.preview.ready').waitFor();
  await touch.send('Input.dispatchTouchEvent', { type: 'touchStart', touchPoints: [{ x: 195, y: 420 }] });
  await playing(dialog).waitFor();
  await shot(page, 'moving-phone-viewer');
  await touch.send('Input.dispatchTouchEvent', { type: 'touchEnd', touchPoints: [] });
  await dialog.locator('video').waitFor({ state: 'detached' });
  await dialog.getByRole('button', { name: 'Live: play the moving photo' }).waitFor(); // the controls are still there
  await close(page);
});
