// SPDX-License-Identifier: GPL-3.0-or-later
//
// Videos on the page: they really play, whatever they are made of; what is being prepared says so, and begins by itself.
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { startServer } from '../http/server.mjs';
import { AAC, H264, hasFfmpeg, pattern, video } from '../http/video.mjs';
import { DESKTOP, PHONE, checkAccess, close, open, shot, startBrowser } from './browser.mjs';

const KINDS = [
  ['h264.mp4', `${H264} ${AAC}`, pattern()],
  ['h264.mov', `${H264} ${AAC} -f mov`, pattern()],
  ['h264.3gp', `${H264} ${AAC}`, pattern()],
  ['vp9.webm', '-c:v libvpx-vp9 -deadline realtime -cpu-used 8 -c:a libopus', pattern()],
  ['av1.mp4', '-c:v libaom-av1 -cpu-used 8 -usage realtime -pix_fmt yuv420p', pattern({ sound: false })],
  ['h264.mkv', `${H264} ${AAC}`, pattern()],
  ['hevc.mov', `-c:v libx265 -preset ultrafast -x265-params log-level=none -pix_fmt yuv420p10le -tag:v hvc1 ${AAC}`, pattern()],
  ['asp.avi', '-c:v mpeg4 -vtag XVID -c:a libmp3lame', pattern()],
  ['mjpeg.mov', '-c:v mjpeg -pix_fmt yuvj422p -c:a pcm_s16le', pattern()],
  ['prores.mov', '-c:v prores_ks -c:a pcm_s16le', pattern()],
  ['avchd.mts', `${H264} -c:a ac3 -f mpegts -mpegts_m2ts_mode 1`, pattern()],
];

describe('videos on the page', { skip: !hasFfmpeg && 'there is no ffmpeg here' }, () => {
  let server;
  let browser;
  let session;
  const ids = {};

  before(async () => {
    server = await startServer();
    browser = await startBrowser();
    session = await server.signUp();
  });
  after(async () => {
    await browser?.close();
    await server?.stop();
  });

  const jobs = async (...words) => {
    const { code, stderr } = await server.cli(['jobs', ...words]);
    assert.equal(code, 0, stderr);
  };
  const upload = async (name, bytes) => (ids[name] = (await server.upload(bytes, { name, session })).body.id);
  /** Its clock runs, and it has a picture. */
  async function plays(page, what) {
    await page.locator('video').waitFor();
    await page.waitForFunction(() => {
      const film = document.querySelector('video');
      if (film?.paused && !film.ended) void film.play().catch(() => {});
      return film && film.currentTime > 0.2 && film.videoWidth > 0;
    });
    assert.equal(await page.locator('video').evaluate((film) => film.error), null, what);
    return page.locator('video').evaluate((film) => [film.videoWidth, film.videoHeight]);
  }

  test('what is being prepared says so, and begins by itself when it is ready', async () => {
    await jobs('pause', 'convert');
    await jobs('pause', 'convert-now');
    await upload('soon.avi', await video('soon.avi', '-c:v mpeg4 -vtag XVID -c:a libmp3lame', pattern({ seconds: 2 })));
    const page = await open(browser, server, { session, ...PHONE });
    await page.goto(`/photos/${ids['soon.avi']}`);
    await page.getByText('This video is being prepared for playing').waitFor();
    await page.locator('.film img').evaluate((image) => image.decode());
    await shot(page, 'video-preparing-phone');
    await checkAccess(page, 'a video that is being prepared');
    await jobs('resume');
    assert.deepEqual(await plays(page, 'soon.avi'), [128, 96]);
    await close(page);
  });

  test('videos of every kind play', async () => {
    for (const [name, words, input] of KINDS) await upload(name, await video(name, words, input));
    const page = await open(browser, server, { session });
    for (const [name] of KINDS) {
      await page.goto(`/photos/${ids[name]}`);
      assert.deepEqual(await plays(page, name), [128, 96], name);
    }
    await shot(page, 'video-plays');
    await close(page);
  });

  test('the tile shows the poster and the length; turned and wide ones stand as they should', async () => {
    const turned = await video('turned.mp4', H264, pattern({ size: '160x90', seconds: 65, rate: 2, sound: false }), { rotate: 90 });
    await upload('turned.mp4', turned);
    await upload('wide.mpg', await video('wide.mpg', '-vf setsar=64/45 -c:v mpeg2video -q:v 3 -f vob', pattern({ size: '180x144', sound: false })));
    await jobs('--wait');
    const page = await open(browser, server, { session });
    await page.goto('/');
    const tile = page.locator(`a.tile[data-id="${ids['turned.mp4']}"][data-picture=shown]`);
    await tile.waitFor();
    assert.match(await tile.innerText(), /1:05/);
    const { width, height } = await tile.boundingBox();
    assert.ok(Math.abs(width / height - 90 / 160) < 0.1, `${width} × ${height}`);
    await shot(page, 'video-tiles');
    await page.goto(`/photos/${ids['turned.mp4']}`);
    assert.deepEqual(await plays(page, 'turned.mp4'), [90, 160]);
    await page.keyboard.press('i');
    await page.getByText('1:05 · 90 × 160').waitFor();
    await page.goto(`/photos/${ids['wide.mpg']}`);
    assert.deepEqual(await plays(page, 'wide.mpg'), [256, 144]);
    await close(page);
  });

  test('what cannot be played says why, and can be downloaded', async () => {
    const whole = await video('cut.mp4', H264, pattern({ size: '96x64', sound: false }));
    await upload('cut.mp4', whole.subarray(0, whole.length / 2));
    await jobs('--wait');
    for (const [look, device] of [['desktop', DESKTOP], ['phone', PHONE]]) {
      const page = await open(browser, server, { session, ...device });
      await page.goto(`/photos/${ids['cut.mp4']}`);
      await page.getByText('This video cannot be played here').waitFor();
      assert.equal(await page.locator('.film a.button').getAttribute('href'), `/api/assets/${ids['cut.mp4']}/original`);
      await shot(page, `video-broken-${look}`);
      await close(page);
    }
  });
});
