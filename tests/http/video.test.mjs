// SPDX-License-Identifier: GPL-3.0-or-later
//
// Videos over the API: what they are by their content, what a player gets and when, by ranges; and what becomes of a
// conversion that is stopped, killed, or whose file is gone.
import assert from 'node:assert/strict';
import { readdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { jpeg } from './photo.mjs';
import { startServer } from './server.mjs';
import { AAC, H264, hasFfmpeg, pattern, video } from './video.mjs';

const BROWSER = { 'user-agent': 'Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 Chrome/120 Safari/537.36' };

describe('videos', { skip: !hasFfmpeg && 'there is no ffmpeg here' }, () => {
  let server;
  let session;
  before(async () => {
    server = await startServer();
    session = await server.signUp();
  });
  after(() => server?.stop());

  const upload = async (bytes, name) => (await server.upload(bytes, { name, session })).body.id;
  const state = async (id) => (await server.request(`/api/assets/${id}/video`, { session })).body;
  const asset = async (id) => (await server.request(`/api/assets/${id}`, { session })).body;
  const settled = (id) =>
    server.until(async () => {
      const now = await state(id);
      return ['original', 'conversion', 'failed'].includes(now.state) && now;
    }, { what: 'the end of the work on a video', timeoutMs: 120_000 });
  const play = (id, headers = {}) => server.request(`/api/assets/${id}/video/playback`, { session, raw: true, headers: { ...BROWSER, ...headers } });
  const queue = async (word) => {
    for (const kind of ['convert', 'convert-now']) {
      const { code, stderr } = await server.cli(['jobs', word, kind]);
      assert.equal(code, 0, stderr);
    }
  };
  const unfinished = async () => (await readdir(join(server.data, 'derived'))).filter((name) => name.startsWith('.making-'));

  test('the original is played where browsers can, by ranges', async () => {
    const bytes = await video('clip.mp4', `${H264} ${AAC}`);
    const id = await upload(bytes, 'clip.mp4');
    assert.deepEqual(await settled(id), { state: 'original', progress: 0, reason: null, videoCodec: 'h264', audioCodec: 'aac' });
    const { type, duration, width, height, originalMimeType } = await asset(id);
    assert.deepEqual({ type, width, height, originalMimeType }, { type: 'VIDEO', width: 128, height: 96, originalMimeType: 'video/mp4' });
    assert.ok(Math.abs(duration - 1000) <= 100, `${duration} ms`);
    const whole = await play(id);
    assert.equal(whole.status, 200);
    assert.equal(whole.headers.get('content-type'), 'video/mp4');
    assert.ok(whole.body.equals(bytes));
    const part = await play(id, { range: 'bytes=100-199' });
    assert.equal(part.status, 206);
    assert.equal(part.headers.get('content-range'), `bytes 100-199/${bytes.length}`);
    assert.ok(part.body.equals(bytes.subarray(100, 200)));
    const tail = await play(id, { range: 'bytes=-50' });
    assert.ok(tail.body.equals(bytes.subarray(-50)));
    assert.equal((await play(id, { range: `bytes=${bytes.length}-` })).status, 416);
    const picture = await server.request(`/api/assets/${id}/thumbnail?size=preview`, { session, raw: true });
    assert.equal(picture.headers.get('content-type'), 'image/jpeg');
  });

  test('a conversion is played where browsers need one; the original stays as it is', async () => {
    const bytes = await video('old.avi', '-c:v mpeg4 -vtag XVID -c:a libmp3lame');
    const id = await upload(bytes, 'old.avi');
    assert.equal((await settled(id)).state, 'conversion');
    const whole = await play(id);
    assert.equal(whole.status, 200);
    assert.equal(whole.headers.get('content-type'), 'video/mp4');
    assert.equal(whole.body.subarray(4, 8).toString(), 'ftyp');
    const part = await play(id, { range: 'bytes=0-9' });
    assert.equal(part.status, 206);
    assert.ok(part.body.equals(whole.body.subarray(0, 10)));
    assert.ok((await server.original(id, { session })).equals(bytes));
    assert.deepEqual(await unfinished(), []);
  });

  test('while a conversion waits, a browser is told so and a phone gets the original', async () => {
    await queue('pause');
    const bytes = await video('film.mov', '-c:v prores_ks -c:a pcm_s16le');
    const id = await upload(bytes, 'film.mov');
    await server.until(async () => (await state(id)).state === 'waiting', { what: 'a conversion that waits' });
    const told = await play(id);
    assert.equal(told.status, 409);
    assert.match(JSON.parse(told.body).message, /^This video is being prepared for playing\.$/);
    const phone = await play(id, { 'user-agent': 'AppleCoreMedia/1.0.0.21A329 (iPhone; U; CPU OS 17_0 like Mac OS X)' });
    assert.equal(phone.status, 200);
    assert.ok(phone.body.equals(bytes));
    await queue('resume');
    assert.equal((await settled(id)).state, 'conversion');
    assert.equal((await play(id)).status, 200);
  });

  test('a conversion whose file is gone is made again when somebody looks', async () => {
    const id = await upload(await video('again.avi', '-c:v mjpeg -c:a pcm_s16le'), 'again.avi');
    assert.equal((await settled(id)).state, 'conversion');
    await queue('pause'); // the server notices the missing folder at its start, and might be done before anybody looks
    await rm(join(server.data, 'derived'), { recursive: true });
    await server.stop({ keep: true });
    await server.start();
    session = await server.login();
    assert.equal((await play(id)).status, 409);
    await queue('resume');
    assert.equal((await settled(id)).state, 'conversion');
    assert.equal((await play(id)).status, 200);
  });

  test('content decides, whatever the name says', async () => {
    const film = await upload(await video('x.mp4', `${H264} ${AAC}`, pattern({ size: '160x90' })), 'photo.jpg');
    assert.equal((await server.until(async () => ['original', 'failed'].includes((await state(film)).state) && asset(film))).type, 'VIDEO');
    const photo = await upload(jpeg({ width: 64, height: 48 }), 'film.mp4');
    const shown = await server.until(async () => { const now = await asset(photo); return now.width && now; }, { what: 'the look at a photo' });
    assert.equal(shown.type, 'IMAGE');
    assert.equal(shown.originalMimeType, 'image/jpeg');
    assert.equal((await server.request(`/api/assets/${photo}/video`, { session })).status, 404);
  });

  test('a file that is broken says so, in words, and is kept', async () => {
    const whole = await video('cut.mp4', `${H264} ${AAC}`, pattern({ size: '96x96' }));
    const cut = whole.subarray(0, whole.length / 2); // without its index, which stands at the end
    const id = await upload(cut, 'cut.mp4');
    const { media } = await server.until(async () => {
      const { body } = await server.request(`/api/assets/${id}/proof`, { session });
      return body.media.state !== 'waiting' && body;
    });
    assert.equal(media.state, 'failed');
    assert.match(media.reason, /damaged or incomplete/);
    assert.equal((await state(id)).state, 'failed');
    assert.ok((await server.original(id, { session })).equals(cut));
  });

  test('a server that is stopped or killed in the middle of a conversion leaves nothing half, and begins again', async () => {
    // A minute of noise: some seconds of work.
    const long = await video('long.avi', '-vf noise=alls=60:allf=t -c:v mpeg4 -q:v 3', pattern({ size: '640x480', seconds: 40, sound: false }));
    const id = await upload(long, 'long.avi');
    const underWay = () => server.until(async () => (await state(id)).state === 'converting' && (await unfinished()).length > 0, { what: 'a conversion under way', timeoutMs: 120_000 });
    await underWay();
    await server.kill();
    assert.equal((await unfinished()).length, 1);
    await server.start();
    session = await server.login();
    await underWay();
    assert.equal((await unfinished()).length, 1, 'what was left is swept');
    await server.stop({ keep: true });
    assert.deepEqual(await unfinished(), []);
    await server.start();
    session = await server.login();
    assert.notEqual((await state(id)).state, 'failed');
    // Deleted for good: nobody wants it any more.
    await underWay();
    const { status } = await server.request('/api/assets', { method: 'DELETE', json: { ids: [id], force: true }, session });
    assert.equal(status, 204);
    await server.until(async () => (await unfinished()).length === 0, { what: 'the end of a conversion that nobody wants' });
    const { stdout } = await server.cli(['jobs', '--wait']);
    assert.match(stdout, /0 waiting, 0 at work/);
  });
});
