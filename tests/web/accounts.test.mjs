// SPDX-License-Identifier: GPL-3.0-or-later
//
// Accounts on the page "Server" of administrators, and phones on the page "Backup", in Chromium.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { jpeg } from '../http/photo.mjs';
import { startServer } from '../http/server.mjs';
import { PHONE, checkAccess, close, open, shot, startBrowser } from './browser.mjs';

let server;
let browser;
let session;
let page;

before(async () => {
  server = await startServer();
  session = await server.signUp({ name: 'Ada' });
  browser = await startBrowser();
  page = await open(browser, server, { session });
});
after(async () => {
  await browser?.close();
  await server?.stop();
});

const row = (name) => page.getByRole('listitem').filter({ hasText: name });
const users = async () => (await server.request('/api/admin/users?withDeleted=true', { session })).body;

test('an administrator adds an account with a quota, and changes it', async () => {
  await page.goto('/server');
  await page.getByRole('button', { name: 'Add an account' }).click();
  const form = page.getByRole('form', { name: 'Add an account' });
  assert.equal(await form.getByLabel('Name').evaluate((one) => one === document.activeElement), true);
  await form.getByLabel('Name').fill('Grace');
  await form.getByLabel('E-mail').fill('grace@example.org');
  await form.getByLabel('Password', { exact: true }).fill('a password here');
  await form.getByLabel('Quota in GB').fill('2.5');
  await checkAccess(page, 'adding an account');
  await shot(page, 'accounts-add');
  await form.getByRole('button', { name: 'Save' }).click();
  await row('grace@example.org').getByText('of 2.5 GB').waitFor();
  assert.equal(await page.getByRole('button', { name: 'Add an account' }).evaluate((one) => one === document.activeElement), true);
  const made = (await users()).find((one) => one.name === 'Grace');
  assert.deepEqual([made.quotaSizeInBytes, made.isAdmin, made.shouldChangePassword], [2_500_000_000, false, true]);
  await server.login({ email: 'grace@example.org', password: 'a password here' });

  await page.getByRole('button', { name: 'Change the account of Grace' }).click();
  const change = page.getByRole('form', { name: 'Change the account of Grace' });
  await change.getByLabel('Quota in GB').fill('');
  await change.getByLabel('Name').fill('Grace H.');
  await change.getByRole('button', { name: 'Save' }).click();
  await row('Grace H.').getByText(/^0 bytes? stored/).waitFor();
  assert.equal((await users()).find((one) => one.name === 'Grace H.').quotaSizeInBytes, null);
});

test('what the server refuses is said where it was asked', async () => {
  await page.getByRole('button', { name: 'Add an account' }).click();
  const form = page.getByRole('form', { name: 'Add an account' });
  await form.getByLabel('E-mail').fill('grace@example.org');
  await form.getByLabel('Password', { exact: true }).fill('a password here');
  await form.getByRole('button', { name: 'Save' }).click();
  await form.getByRole('alert').getByText(/email belongs to another account/).waitFor();
  await form.getByRole('button', { name: 'Cancel' }).click();
  assert.equal(await form.isVisible(), false);
});

test('an account is deleted with a delay that is said, and brought back', async () => {
  const asked = [];
  page.on('dialog', (dialog) => {
    asked.push(dialog.message());
    void dialog.accept();
  });
  assert.equal(await page.getByRole('button', { name: 'Delete the account of Ada' }).count(), 0); // nobody deletes themselves
  await page.getByRole('button', { name: 'Delete the account of Grace H.' }).click();
  await row('Grace H.').getByText(/^Deleted for good after/).waitFor();
  assert.match(asked[0], /deleted for good in 7 days/);
  await checkAccess(page, 'a deleted account');
  await shot(page, 'accounts-deleted');
  await page.getByRole('button', { name: 'Bring back the account of Grace H.' }).click();
  await page.getByRole('button', { name: 'Delete the account of Grace H.' }).waitFor();
  assert.deepEqual((await users()).map((one) => one.status), ['active', 'active']);
});

test('accounts speak German and Japanese, and fit a phone', async () => {
  const phone = await open(browser, server, { session, ...PHONE, colorScheme: 'dark' });
  for (const [locale, heading, add] of [['de', 'Konten', 'Konto anlegen'], ['ja', 'アカウント', 'アカウントを追加']]) {
    await phone.goto('/');
    await phone.evaluate((language) => localStorage.setItem('ambrotype.language', language), locale);
    await phone.goto('/server');
    await phone.getByRole('heading', { name: heading }).waitFor();
    await phone.getByRole('button', { name: add }).click();
    await phone.getByRole('form', { name: add }).scrollIntoViewIfNeeded();
    assert.equal(await phone.evaluate(() => document.documentElement.scrollWidth > innerWidth), false, `${locale} is wider than the screen`);
    await checkAccess(phone, `accounts in ${locale} on a phone`);
    await shot(phone, `accounts-phone-${locale}`);
  }
  await close(phone);
});

/** Signs in as the app does. */
async function app(model, os) {
  const headers = { 'user-agent': `immich-${os.toLowerCase()}/3.2.0`, devicemodel: model, devicetype: os };
  const { body } = await server.request('/api/auth/login', { method: 'POST', headers, json: { email: session.email, password: session.password } });
  return { 'x-immich-user-token': body.accessToken, ...headers };
}

test('phones have their cards, with what can only be guessed said to be so', async () => {
  await app('Pixel 8', 'Android');
  const headers = await app('iPhone 15', 'iOS');
  for (let i = 0; i < 3; i++) await server.upload(jpeg(), { headers, fields: { deviceAssetId: `${i}` } });
  await page.goto('/backup');
  const idle = page.getByRole('article', { name: 'Pixel 8 on Android' });
  await idle.getByText('A guess, since only the phone knows').waitFor();
  await idle.getByText(/perhaps backup is not switched on in the app/).waitFor();
  const busy = page.getByRole('article', { name: 'iPhone 15 on iOS' });
  await busy.getByText('3 items from this phone stored, not verified yet').waitFor();
  assert.equal(await busy.getByText('Complete', { exact: true }).count(), 0); // the server cannot know
  await checkAccess(page, 'phones in the ledger');
  await shot(page, 'backup-phones');
  const phone = await open(browser, server, { session, ...PHONE });
  for (const [locale, words] of [['de', /Vielleicht ist die Sicherung/], ['ja', /可能性があります/]]) {
    await phone.goto('/');
    await phone.evaluate((language) => localStorage.setItem('ambrotype.language', language), locale);
    await phone.goto('/backup');
    await phone.getByText(words).waitFor();
    assert.equal(await phone.evaluate(() => document.documentElement.scrollWidth > innerWidth), false, `${locale} is wider than the screen`);
    await checkAccess(phone, `phones in ${locale} on a phone`);
    await shot(phone, `backup-phones-${locale}`);
  }
  await close(phone);
});

test('nothing complained', async () => {
  assert.deepEqual(page.complaints, []);
});
