// SPDX-License-Identifier: GPL-3.0-or-later
//
// A timeline of many months: only what is looked at is asked for, what is far is dropped, and the view never jumps when
// a month turns out higher or lower than it was guessed.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { jpeg } from '../http/photo.mjs';
import { delay, startServer } from '../http/server.mjs';
import { close, open, shot, startBrowser } from './browser.mjs';

const MONTHS = 48;
const PER_MONTH = 40;
const PARALLEL = 8;

let server;
let browser;
let session;
let page;
let asked;

/** Months back from December 2023, each with photos of odd shapes on several days, so that no guess is right. */
function plan() {
  return Array.from({ length: MONTHS * PER_MONTH }, (_, n) => {
    const month = Math.floor(n / PER_MONTH);
    const day = 1 + ((n * 7 + month) % (2 + (month % 9)));
    const date = new Date(Date.UTC(2023, 11 - month, day, 12, 0, n % 60));
    return { date, width: month % 3 === 0 ? 24 : 96, height: month % 4 === 0 ? 96 : 40 };
  });
}

before(async () => {
  server = await startServer();
  session = await server.signUp();
  const queue = plan();
  const worker = async () => {
    for (let next = queue.pop(); next; next = queue.pop()) {
      const stamp = next.date.toISOString();
      const { status } = await server.upload(jpeg({ width: next.width, height: next.height }), {
        session,
        fields: { fileCreatedAt: stamp, fileModifiedAt: stamp },
      });
      assert.equal(status, 201);
    }
  };
  await Promise.all(Array.from({ length: PARALLEL }, worker));
  await server.until(async () => {
    const { body } = await server.request('/api/timeline/bucket?timeBucket=2020-01-01', { session });
    return body.thumbhash.every((hash) => hash !== null) && body;
  }, { timeoutMs: 600_000, what: 'the thumbnails' });
  browser = await startBrowser();
  page = await open(browser, server, { session });
  asked = [];
  page.on('request', (request) => {
    const month = new URL(request.url()).searchParams.get('timeBucket');
    if (month) asked.push(month);
  });
});
after(async () => {
  await browser?.close();
  await server?.stop();
});

const settled = () => page.waitForFunction(() => document.querySelector('a.tile') && !document.querySelector('section.ghost'));
const slider = () => page.getByRole('slider', { name: 'Go to date' });

test('only the months in view are asked for', async () => {
  await page.goto('/');
  await settled();
  await page.waitForTimeout(400);
  assert.ok(asked.length >= 1 && asked.length <= 6, `asked for ${asked.length} of ${MONTHS} months`);
  assert.equal(asked[0], '2023-12-01');
});

test('scrolling through everything keeps few pictures in the page and asks for each month once on the way', async () => {
  const scroller = page.locator('main');
  let most = 0;
  for (let n = 0; n < 60; n++) {
    await scroller.evaluate((element) => element.scrollBy(0, element.clientHeight * 0.8));
    await page.waitForTimeout(110);
    most = Math.max(most, await page.locator('a.tile').count());
  }
  assert.ok(most > 0 && most < 400, `${most} pictures at once`);
  assert.equal(new Set(asked).size, asked.length, 'no month twice while going one way');
});

test('the rail reaches both ends and every year, by keyboard and by mouse', async () => {
  await slider().focus();
  await page.keyboard.press('End');
  await page.waitForFunction(() => document.querySelector('[role=slider]').getAttribute('aria-valuetext') === 'January 2020');
  await settled();
  await page.keyboard.press('Home');
  await page.waitForFunction(() => document.querySelector('[role=slider]').getAttribute('aria-valuetext') === 'December 2023');
  await page.keyboard.press('PageDown');
  await page.waitForFunction(() => document.querySelector('[role=slider]').getAttribute('aria-valuetext')?.endsWith('2022'));
  const rail = await slider().boundingBox();
  await page.mouse.move(rail.x + rail.width / 2, rail.y + 10);
  await page.mouse.down();
  await page.mouse.move(rail.x + rail.width / 2, rail.y + rail.height * 0.5, { steps: 5 });
  await page.mouse.up();
  await settled();
  assert.match(await slider().getAttribute('aria-valuetext'), /202[12]/);
  await shot(page, 'timeline-long');
});

test('nothing jumps while months above turn out higher or lower than guessed', async () => {
  await page.reload();
  await settled();
  await slider().focus();
  await page.keyboard.press('End');
  await settled();
  await page.waitForTimeout(500);
  const scroller = page.locator('main');
  const middle = () =>
    page.evaluate(() => {
      const tiles = [...document.querySelectorAll('a.tile')].map((tile) => ({ id: tile.dataset.id, y: tile.getBoundingClientRect().y }));
      return tiles.filter(({ y }) => y > 130 && y < 540)[0];
    });
  const yOf = (id) => page.evaluate((wanted) => document.querySelector(`[data-id="${wanted}"]`)?.getBoundingClientRect().y, id);
  let steps = 0;
  for (let n = 0; n < 60; n++) {
    const tile = await middle();
    if (!tile) {
      await page.waitForTimeout(100);
      continue;
    }
    await scroller.evaluate((element) => element.scrollBy(0, -230));
    await page.waitForTimeout(260); // months above arrive, and the position is put in order again
    let y;
    await server.until(async () => Math.abs((y = await yOf(tile.id)) - tile.y - 230) < 3, { timeoutMs: 5000 }).catch(() =>
      assert.fail(`step ${n}: a photo at ${tile.y} moved to ${y} instead of ${tile.y + 230}`));
    steps++;
  }
  assert.ok(steps > 40, `${steps} steps could be measured`);
});

test('a new width keeps the photo that was looked at', async () => {
  const first = await page.evaluate(() => {
    const tiles = [...document.querySelectorAll('a.tile')];
    return tiles.find((tile) => tile.getBoundingClientRect().y > 110).dataset.id;
  });
  await page.setViewportSize({ width: 820, height: 800 });
  await page.waitForTimeout(600);
  let y;
  await server.until(async () => {
    y = await page.evaluate((id) => document.querySelector(`[data-id="${id}"]`)?.getBoundingClientRect().y, first);
    return y > -400 && y < 800;
  }, { timeoutMs: 10_000 }).catch(() => assert.fail(`it is at ${y} now`));
  await page.setViewportSize({ width: 1280, height: 800 });
});

test('a photo far below, opened by its address, has neighbours also where answers take long', async () => {
  const { body } = await server.request('/api/timeline/bucket?timeBucket=2021-02-01', { session });
  const slow = async (route) => {
    await delay(700); // the timeline, at its top, has long made up its mind about what is far away
    await route.continue();
  };
  await page.route('**/api/timeline/bucket?*', slow);
  await page.goto(`/photos/${body.id[20]}`);
  await page.getByRole('button', { name: 'Next photo' }).waitFor();
  await page.getByRole('button', { name: 'Previous photo' }).waitFor();
  await page.unroute('**/api/timeline/bucket?*', slow);
  await page.keyboard.press('Escape');
  await settled();
});

test('the viewer walks over the edge of what the timeline has loaded', async () => {
  const ids = await page.evaluate(() => [...document.querySelectorAll('a.tile')].map((tile) => tile.dataset.id));
  const start = ids[Math.floor(ids.length / 2)];
  const { body } = await server.request(`/api/assets/${start}`, { session });
  await page.goto(`/photos/${start}`);
  let month = body.localDateTime.slice(0, 7);
  const seen = new Set([month]);
  for (let n = 0; n < PER_MONTH * 2 + 5; n++) {
    await page.getByRole('button', { name: 'Next photo' }).waitFor();
    const before = page.url();
    await page.keyboard.press('ArrowRight');
    await page.waitForFunction((url) => location.href !== url, before);
    const asset = await server.request(`/api/assets/${page.url().split('/').pop()}`, { session });
    const now = asset.body.localDateTime.slice(0, 7);
    assert.ok(now <= month, `from ${month} to ${now}: never back in time`);
    seen.add((month = now));
  }
  assert.ok(seen.size >= 3, `walked through ${seen.size} months`);
  await page.keyboard.press('Escape');
  await page.locator('a.tile').first().waitFor();
  await close(page);
});
