// SPDX-License-Identifier: GPL-3.0-or-later
//
// The page "Server" of administrators, in Chromium: what is still to do, stopping it, what did not work and trying again.
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
  await server.upload(jpeg(), { session, name: 'fine.jpg' });
  await server.upload(Buffer.from('no picture, only words'), { session, name: 'broken holiday with a name that is rather long.jpg' });
  assert.equal((await server.cli(['jobs', '--wait'])).code, 0);
  browser = await startBrowser();
  page = await open(browser, server, { session });
});
after(async () => {
  await browser?.close();
  await server?.stop();
});

const pictures = () => page.getByRole('article', { name: 'Pictures and dates' });

test('the navigation of an administrator leads there; what did not work has its name and reason', async () => {
  await page.goto('/');
  await page.getByRole('link', { name: 'Server' }).click();
  await page.waitForURL('**/server');
  await pictures().getByText('Nothing to do').waitFor();
  const problem = page.getByRole('listitem').filter({ hasText: 'broken holiday' });
  await problem.getByText(/^No picture ·/).waitFor();
  assert.match(await problem.innerText(), /of Ada/);
  assert.match(await problem.locator('span').first().innerText(), /^[A-Z].+\.$/s);
  await checkAccess(page, 'server');
  await shot(page, 'server');
});

test('work is stopped and goes on, and what failed is tried again', async () => {
  await pictures().getByRole('button', { name: 'Pause: Pictures and dates' }).click();
  await pictures().getByText('Paused').waitFor();
  await page.getByRole('button', { name: /^Try again: broken/ }).click();
  await page.getByText('1 file is tried again').waitFor();
  await pictures().getByText('1 waiting').waitFor();
  await server.upload(jpeg(), { session, name: 'later.jpg' });
  await pictures().getByText('2 waiting').waitFor();
  await shot(page, 'server-paused');
  await pictures().getByRole('button', { name: 'Go on: Pictures and dates' }).click();
  await pictures().getByText('Nothing to do').waitFor();
  await page.getByRole('button', { name: 'Make missing pictures' }).click();
  await page.getByText('broken holiday').waitFor(); // once more in vain
});

test('it speaks German and Japanese, and fits a phone', async () => {
  const phone = await open(browser, server, { session, ...PHONE, colorScheme: 'dark' });
  for (const [locale, word] of [['de', 'Was nicht gelang'], ['ja', 'うまくいかなかったもの']]) {
    await phone.goto('/');
    await phone.evaluate((language) => localStorage.setItem('ambrotype.language', language), locale);
    await phone.goto('/server');
    await phone.getByRole('heading', { name: word }).waitFor();
    await phone.getByText('broken holiday').waitFor();
    assert.equal(await phone.evaluate(() => document.documentElement.scrollWidth > innerWidth), false, `${locale} is wider than the screen`);
    await checkAccess(phone, `server in ${locale} on a phone`);
    await shot(phone, `server-phone-${locale}`);
  }
  await close(phone);
});

test('who is no administrator finds nothing there', async () => {
  const other = await open(browser, server, { session: await server.addUser() });
  await other.goto('/server');
  await other.getByRole('link', { name: 'Go to your photos' }).waitFor();
  await other.getByRole('button', { name: 'Account' }).click();
  await other.getByRole('button', { name: 'Sign out' }).waitFor();
  assert.equal(await other.getByRole('link', { name: 'Server' }).count(), 0);
  await close(other);
  await close(page);
});
