// SPDX-License-Identifier: GPL-3.0-or-later
//
// Chromium for the tests of the page: the installed one, without its own talk to the network. Every page that open()
// gives fails its test for errors of scripts, for words of the content security policy and for requests to other hosts.
import assert from 'node:assert/strict';
import { mkdir, readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { dirname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { chromium } from 'playwright-core';

const output = resolve(dirname(fileURLToPath(import.meta.url)), '../output');
const ARGUMENTS = ['--disable-gpu', '--disable-quic', '--no-first-run', '--disable-background-networking', '--disable-component-update', '--disable-sync'];
const SERIOUS = ['serious', 'critical'];

export const DESKTOP = { viewport: { width: 1280, height: 800 } };
export const PHONE = { viewport: { width: 390, height: 844 }, deviceScaleFactor: 2, isMobile: true, hasTouch: true };

export async function startBrowser() {
  await mkdir(output, { recursive: true });
  const isRoot = process.getuid?.() === 0; // Chromium's own sandbox refuses to work for root
  return chromium.launch({
    executablePath: process.env.CHROMIUM ?? '/usr/bin/chromium',
    args: isRoot ? [...ARGUMENTS, '--no-sandbox'] : ARGUMENTS,
  });
}

/** A page in a context of its own. @session: of server.login(), to be signed in already. */
export async function open(browser, server, { session, ...options } = {}) {
  const context = await browser.newContext({ locale: 'en-GB', timezoneId: 'Europe/Berlin', baseURL: server.url, ...DESKTOP, ...options });
  if (session) {
    const cookies = session.cookie.split('; ').map((pair) => {
      const [name, ...value] = pair.split('=');
      return { name, value: value.join('='), url: server.url };
    });
    await context.addCookies(cookies);
  }
  const page = await context.newPage();
  page.setDefaultTimeout(120_000); // it ends what hangs; a busy machine must not come near it
  page.complaints = [];
  page.on('pageerror', (error) => page.complaints.push(`script: ${error.stack ?? error}`));
  page.on('console', (message) => {
    if (/content security policy|svelte/i.test(message.text())) page.complaints.push(message.text());
  });
  page.on('request', (request) => {
    const url = new URL(request.url());
    if (url.protocol.startsWith('http') && url.origin !== server.url) page.complaints.push(`asked another host: ${url}`);
  });
  return page;
}

/** Closes the page's context; fails for anything it complained of. */
export async function close(page) {
  await page.context().close();
  assert.deepEqual(page.complaints, []);
}

export const shot = (page, name) => page.screenshot({ path: join(output, `${name}.png`) });

const axe = await readFile(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');

/** Fails for what axe-core calls serious or critical. */
export async function checkAccess(page, what) {
  await page.evaluate(axe);
  const { violations, passes } = await page.evaluate(() => globalThis.axe.run());
  assert.ok(passes.length > 5, `${what}: axe-core looked at nothing`);
  const serious = violations.filter(({ impact }) => SERIOUS.includes(impact));
  const words = serious.map(({ id, help, nodes }) => `${id}: ${help}\n  ${nodes.map(({ html }) => html.slice(0, 200)).join('\n  ')}`);
  assert.deepEqual(words, [], `${what}: problems for people with assistive technology`);
}

/** Drops files on the window as a file manager does; @files: [{name, bytes, type?}]. */
export async function drop(page, files) {
  const plain = files.map(({ name, bytes, type = 'image/jpeg' }) => ({ name, type, base64: bytes.toString('base64') }));
  const transfer = await page.evaluateHandle((list) => {
    const made = new DataTransfer();
    for (const { name, type, base64 } of list) {
      const bytes = Uint8Array.from(atob(base64), (char) => char.charCodeAt(0));
      made.items.add(new File([bytes], name, { type, lastModified: Date.UTC(2024, 0, 1) }));
    }
    return made;
  }, plain);
  await page.dispatchEvent('body', 'dragenter', { dataTransfer: transfer });
  await page.getByText('Drop to upload').waitFor();
  await page.dispatchEvent('body', 'dragover', { dataTransfer: transfer });
  await page.dispatchEvent('body', 'drop', { dataTransfer: transfer });
}

export const picked = (name, bytes, mimeType = 'image/jpeg') => ({ name, mimeType, buffer: bytes });
