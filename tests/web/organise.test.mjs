// SPDX-License-Identifier: GPL-3.0-or-later
//
// Tags, stacks and memories in the page.
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
let memory;

before(async () => {
  server = await startServer();
  session = await server.signUp({ name: 'Ada' });
  ids = [];
  for (let n = 0; n < 5; n++) {
    const exif = { date: `2023:05:0${8 - n} 12:00:00`, offset: '+00:00' };
    ids.push((await server.upload(jpeg({ width: 320, height: 240, exif }), { session, name: `IMG_${n}.jpg` })).body.id);
  }
  assert.equal((await server.cli(['jobs', '--wait'])).code, 0);
  const at = new Date();
  const json = {
    type: 'on_this_day',
    data: { year: at.getFullYear() - 3 },
    memoryAt: new Date(Date.UTC(at.getFullYear() - 3, at.getMonth(), at.getDate())).toISOString(),
    showAt: new Date(at.getTime() - 48 * 3600_000).toISOString(),
    hideAt: new Date(at.getTime() + 48 * 3600_000).toISOString(),
    assetIds: ids.slice(3),
  };
  memory = (await server.request('/api/memories', { method: 'POST', session, json })).body.id;
  browser = await startBrowser();
  page = await open(browser, server, { session });
  await page.goto('/');
  await page.locator('a.tile[data-picture=shown]').nth(4).waitFor();
});
after(async () => {
  await browser?.close();
  await server?.stop();
});

const tile = (n, on = page) => on.locator(`a.tile[data-id="${ids[n]}"]`);
const toast = (words) => page.locator('.toast', { hasText: words });
const bar = () => page.getByRole('toolbar', { name: 'Actions for the selection' });
const details = () => page.getByRole('complementary', { name: 'Details' });
const tagsOf = async (n) => (await server.request(`/api/assets/${ids[n]}`, { session })).body.tags.map(({ value }) => value).sort();

async function choose(...numbers) {
  for (const n of numbers) {
    await tile(n).focus();
    await page.keyboard.press('x');
  }
}

test('on this day: shown above the timeline, opened, kept, sent away', async () => {
  const card = page.getByRole('link', { name: '3 years ago' });
  await card.waitFor();
  await checkAccess(page, 'memories');
  await shot(page, 'memories');
  await card.click();
  await page.getByRole('heading', { name: '3 years ago' }).waitFor();
  await tile(3).waitFor();
  assert.equal(await page.locator('a.tile').count(), 2);
  await page.getByRole('button', { name: 'Keep this memory' }).click();
  await page.getByRole('button', { name: 'Kept' }).waitFor();
  const { body } = await server.request(`/api/memories/${memory}`, { session });
  assert.equal(body.isSaved, true);
  assert.ok(body.seenAt, 'it was seen');
  await checkAccess(page, 'memory');
  await shot(page, 'memory');
  await tile(3).click();
  await page.waitForURL(`**/memories/${memory}/photos/${ids[3]}`);
  await page.getByRole('button', { name: 'Next photo' }).waitFor();
  await page.keyboard.press('Escape');
  await page.getByRole('button', { name: 'Show no more' }).click();
  await page.getByRole('dialog').getByRole('button', { name: 'Show no more' }).click();
  await tile(0).waitFor();
  await page.reload();
  await tile(0).waitFor();
  assert.equal(await page.getByRole('link', { name: '3 years ago' }).count(), 0);
});

test('a photo gets tags in its details and loses them there', async () => {
  await tile(0).click();
  await page.keyboard.press('i');
  await details().getByLabel('Add a tag').fill('trips/2023');
  await page.keyboard.press('Enter');
  await details().getByRole('link', { name: 'trips › 2023' }).waitFor();
  await details().getByLabel('Add a tag').fill('sea');
  await details().getByRole('button', { name: 'Add', exact: true }).click();
  await details().getByRole('link', { name: 'sea' }).waitFor();
  assert.deepEqual(await tagsOf(0), ['sea', 'trips/2023']);
  await checkAccess(page, 'tags of a photo');
  await shot(page, 'tags-details');
  await details().getByRole('button', { name: 'Take off: sea' }).click();
  await details().getByRole('link', { name: 'sea' }).waitFor({ state: 'detached' });
  assert.deepEqual(await tagsOf(0), ['trips/2023']);
  await page.keyboard.press('Escape');
  await page.keyboard.press('Escape');
  await page.waitForURL('**/');
});

test('many photos get a tag; its place shows them, and those of the tags below it', async () => {
  await choose(1, 2);
  await bar().getByRole('button', { name: 'More actions' }).click();
  await page.getByRole('button', { name: 'Add a tag' }).click();
  await page.getByRole('dialog', { name: 'Add a tag' }).getByLabel('Add a tag').fill('trips');
  await page.keyboard.press('Enter');
  await toast('2 items have the tag “trips”').waitFor();
  await page.getByRole('link', { name: 'Tags', exact: true }).click();
  await page.getByRole('link', { name: /2023/ }).waitFor();
  await checkAccess(page, 'tags');
  await shot(page, 'tags');
  await page.getByRole('link', { name: /^trips/ }).first().click();
  await tile(2).waitFor();
  assert.equal(await page.locator('a.tile').count(), 3);
  await page.getByLabel('Name of the tag').fill('journeys');
  await page.keyboard.press('Enter');
  await server.until(async () => (await tagsOf(0))[0] === 'journeys/2023', { what: 'the new name' });
  await choose(2);
  await bar().getByRole('button', { name: /^Take off/ }).click();
  await tile(2).waitFor({ state: 'detached' });
  await checkAccess(page, 'tag');
  await shot(page, 'tag');
});

test('tags are found', async () => {
  await page.keyboard.press('/');
  await page.keyboard.type('journ');
  await page.getByRole('option', { name: /journeys › 2023/ }).click();
  await page.getByRole('heading', { name: 'journeys/2023' }).waitFor({ state: 'attached' });
  await tile(0).waitFor();
  await page.goto('/search');
  await page.getByRole('group', { name: 'Filters' }).getByRole('button', { name: 'Tag', exact: true }).click();
  await page.getByRole('combobox', { name: 'Tag' }).selectOption('journeys');
  await page.getByText('2 items found').waitFor();
});

test('photos are stacked: one stands for them, the others are below it in the viewer', async () => {
  await page.goto('/');
  await tile(4).waitFor();
  await choose(0, 1, 2);
  await bar().getByRole('button', { name: 'More actions' }).click();
  await page.getByRole('button', { name: 'Stack', exact: true }).click();
  await toast('3 items stacked').waitFor();
  await tile(1).waitFor({ state: 'detached' });
  await tile(0).locator('.stack').getByText('3').waitFor();
  assert.match(await tile(0).getAttribute('aria-label'), /stack of 3/);
  await shot(page, 'stack');
  await tile(0).click();
  const strip = page.getByRole('list', { name: 'Stack' });
  await strip.getByRole('link', { name: /IMG_2/ }).click();
  await page.waitForURL(`**/photos/${ids[2]}`);
  await page.getByRole('button', { name: 'Next photo' }).waitFor();
  await checkAccess(page, 'stack in the viewer');
  await page.locator('.preview.ready').first().waitFor();
  await shot(page, 'stack-viewer');
  await page.getByRole('button', { name: 'Let this one stand for the stack' }).click();
  await toast('This one stands for the stack now').waitFor();
  await page.keyboard.press('Escape');
  await tile(2).locator('.stack').waitFor();
  await tile(0).waitFor({ state: 'detached' });
  await tile(2).click();
  await page.getByRole('button', { name: 'Take the stack apart' }).click();
  await page.keyboard.press('Escape');
  await tile(0).waitFor();
  await page.keyboard.press('Control+z');
  await tile(0).waitFor({ state: 'detached' });
  await tile(2).locator('.stack').waitFor();
  await close(page);
});

test('on a phone', async () => {
  const phone = await open(browser, server, { session, ...PHONE, colorScheme: 'dark' });
  await phone.goto(`/photos/${ids[2]}`);
  await phone.getByRole('list', { name: 'Stack' }).waitFor();
  await phone.locator('.preview.ready').first().waitFor();
  await checkAccess(phone, 'stack on a phone');
  await shot(phone, 'phone-stack');
  await phone.goto('/tags');
  await phone.getByRole('link', { name: /journeys/ }).first().waitFor();
  assert.equal(await phone.evaluate(() => document.documentElement.scrollWidth > innerWidth), false);
  await close(phone);
});
