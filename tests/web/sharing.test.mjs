// SPDX-License-Identifier: GPL-3.0-or-later
//
// Sharing in the page: albums with people, links with anybody, one's timeline with a partner; and many photos as one archive.
import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { after, before, test } from 'node:test';
import { jpeg } from '../http/photo.mjs';
import { startServer } from '../http/server.mjs';
import { PHONE, checkAccess, close, open, shot, startBrowser } from './browser.mjs';

let server;
let browser;
let ada;
let bob;
let page;
let ids;
let album;

before(async () => {
  server = await startServer();
  ada = await server.signUp({ name: 'Ada' });
  bob = await server.addUser({ name: 'Bob' });
  ids = [];
  for (let n = 0; n < 4; n++) {
    const exif = { date: `2023:0${8 - n}:05 12:00:00`, offset: '+00:00' };
    ids.push((await server.upload(jpeg({ width: 320, height: 240, exif }), { session: ada, name: `IMG_${n}.jpg` })).body.id);
  }
  assert.equal((await server.cli(['jobs', '--wait'])).code, 0);
  album = (await server.request('/api/albums', { method: 'POST', session: ada, json: { albumName: 'Lake', assetIds: ids.slice(0, 2) } })).body.id;
  browser = await startBrowser();
  page = await open(browser, server, { session: ada, permissions: ['clipboard-read', 'clipboard-write'], acceptDownloads: true });
});
after(async () => {
  await browser?.close();
  await server?.stop();
});

const tile = (n, on = page) => on.locator(`a.tile[data-id="${ids[n]}"]`);
const toast = (words, on = page) => on.locator('.toast', { hasText: words });
const bar = (on = page) => on.getByRole('toolbar', { name: 'Actions for the selection' });
const links = async () => (await server.request('/api/shared-links', { session: ada })).body;

async function choose(on, ...numbers) {
  for (const n of numbers) {
    await tile(n, on).focus();
    await on.keyboard.press('x');
  }
}

test('an album is shared with a person, as viewer and then as editor', async () => {
  await page.goto(`/albums/${album}`);
  await page.getByRole('button', { name: 'Share', exact: true }).click();
  const dialog = page.getByRole('dialog', { name: 'Share “Lake”' });
  await dialog.getByLabel('Choose a person').selectOption({ label: (await dialog.getByRole('option', { name: /^Bob/ }).textContent()).trim() });
  await dialog.getByRole('button', { name: 'Add', exact: true }).click();
  await dialog.getByLabel('Role of Bob').waitFor();
  await checkAccess(page, 'share album');
  await shot(page, 'share-album');
  await dialog.getByLabel('Role of Bob').selectOption('editor');
  await server.until(async () => {
    const { body } = await server.request(`/api/albums/${album}`, { session: ada });
    return body.albumUsers.some(({ user, role }) => user.name === 'Bob' && role === 'editor');
  }, { what: 'the role to be kept' });
});

test('a link is made with a password and an end, copied, changed and deleted', async () => {
  const dialog = page.getByRole('dialog', { name: 'Share “Lake”' });
  await dialog.getByRole('button', { name: 'New link' }).click();
  const form = page.getByRole('dialog', { name: 'New link' });
  await form.getByLabel('Title (who opens the link sees it)').fill('For grandma');
  await form.getByLabel('Lasts').selectOption('7');
  await form.getByLabel('Asks for a password').check();
  await form.getByLabel('Password', { exact: true }).fill('lakeside');
  await form.getByLabel('Originals can be downloaded').uncheck();
  await checkAccess(page, 'new link');
  await shot(page, 'link-new');
  await form.getByRole('button', { name: 'Make the link' }).click();
  await dialog.getByText(/with password · without downloads/).waitFor();
  const [link] = await links();
  assert.equal(link.type, 'ALBUM');
  assert.equal(link.allowDownload, false);
  const days = (Date.parse(link.expiresAt) - Date.now()) / 86_400_000;
  assert.ok(days > 6.9 && days <= 7, `${days}`);
  await dialog.getByRole('button', { name: 'Copy the link' }).click();
  assert.equal(await page.evaluate(() => navigator.clipboard.readText()), `${server.url}/share/${link.key}`);
  await dialog.getByRole('button', { name: 'Change the link' }).click();
  const change = page.getByRole('dialog', { name: 'Change the link' });
  await change.getByLabel('Asks for a password').uncheck();
  await change.getByLabel('Address of your own').fill('the-lake');
  await change.getByRole('button', { name: 'Save' }).click();
  await dialog.getByRole('link', { name: /\/s\/the-lake$/ }).waitFor();
  const [changed] = await links();
  assert.deepEqual([changed.password, changed.slug, changed.expiresAt, changed.description], [null, 'the-lake', link.expiresAt, 'For grandma']);
  await shot(page, 'share-album-link');
  await dialog.getByRole('button', { name: 'Delete the link' }).click();
  await page.getByRole('dialog', { name: 'Delete this link?' }).getByRole('button', { name: 'Delete the link' }).click();
  await dialog.getByText('the-lake').waitFor({ state: 'detached' });
  assert.deepEqual(await links(), []);
  await page.keyboard.press('Escape');
  await dialog.waitFor({ state: 'detached' });
});

test('photos that are chosen get a link of their own, which the page of sharing lists', async () => {
  await page.goto('/');
  await tile(3).waitFor();
  await choose(page, 2, 3);
  await bar().getByRole('button', { name: 'Share by link' }).click();
  await page.getByRole('button', { name: 'Make the link' }).click();
  const ready = page.getByRole('dialog', { name: 'The link is ready' });
  await ready.getByRole('link', { name: /\/share\// }).waitFor();
  await shot(page, 'link-ready');
  await ready.getByRole('button', { name: 'Close' }).click();
  await bar().waitFor({ state: 'detached' });
  assert.deepEqual((await links())[0].assets.map(({ id }) => id).sort(), ids.slice(2).sort());
  await page.getByRole('link', { name: 'Sharing' }).click();
  await page.getByRole('listitem').filter({ hasText: '2 items' }).getByRole('link', { name: /\/share\// }).waitFor();
  await page.getByRole('link', { name: /Lake/ }).waitFor();
  await checkAccess(page, 'sharing');
  await shot(page, 'sharing');
});

test('many photos come as one archive', async () => {
  await page.goto('/');
  await choose(page, 0, 1, 2);
  const [download] = await Promise.all([page.waitForEvent('download'), bar().getByRole('button', { name: 'Download' }).click()]);
  assert.match(download.suggestedFilename(), /^photos \d{4}-\d\d-\d\d\.zip$/);
  const zip = await readFile(await download.path());
  for (const n of [0, 1, 2]) assert.ok(zip.includes(`IMG_${n}.jpg`), `IMG_${n}.jpg is in it`);
});

test('a partner is shown the whole timeline, mixes it into their own, and changes nothing of it', async () => {
  await page.getByRole('link', { name: 'Sharing' }).click();
  await page.getByLabel('Choose a person').selectOption('Bob');
  await page.getByRole('button', { name: 'Show my photos' }).click();
  await page.getByRole('button', { name: 'Stop showing: Bob' }).waitFor();
  const other = await open(browser, server, { session: bob });
  await other.goto('/sharing');
  await other.getByRole('link', { name: /Lake/ }).waitFor();
  await other.getByRole('link', { name: 'Ada', exact: true }).click();
  await other.getByRole('heading', { name: 'Photos of Ada' }).waitFor();
  await tile(3, other).waitFor();
  await tile(0, other).focus();
  await other.keyboard.press('x');
  await bar(other).getByRole('button', { name: 'Download' }).waitFor();
  for (const name of ['Move to trash', 'Favourite', 'Add to album']) assert.equal(await bar(other).getByRole('button', { name }).count(), 0, name);
  await shot(other, 'partner-selection');
  await other.goto('/sharing');
  await other.getByLabel('in my timeline').check();
  await other.getByRole('link', { name: 'Photos', exact: true }).click();
  await tile(3, other).waitFor();
  await other.reload();
  await tile(3, other).click();
  await other.getByRole('dialog').locator('.preview.ready').waitFor();
  assert.equal(await other.getByRole('button', { name: 'Move to trash' }).count(), 0);
  await other.keyboard.press('i');
  await other.getByRole('complementary', { name: 'Details' }).getByText('from Ada').waitFor();
  await close(other);
});

test('an editor sees the album and may leave it', async () => {
  const other = await open(browser, server, { session: bob, ...PHONE });
  await other.goto(`/albums/${album}`);
  await tile(1, other).waitFor();
  await other.getByText(/from Ada/).waitFor();
  assert.equal(await other.evaluate(() => document.documentElement.scrollWidth > innerWidth), false);
  await other.getByRole('button', { name: 'People' }).tap();
  await other.getByRole('dialog', { name: 'Lake' }).getByText('Editor').waitFor();
  await checkAccess(other, 'members of an album');
  await shot(other, 'phone-members');
  await other.keyboard.press('Escape');
  await other.getByRole('button', { name: 'Leave album' }).tap();
  await other.getByRole('dialog').getByRole('button', { name: 'Leave album' }).tap();
  await other.waitForURL('**/albums');
  await other.getByText('No albums yet.').waitFor();
  await close(other);
  await close(page);
});
