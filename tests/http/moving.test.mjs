// SPDX-License-Identifier: GPL-3.0-or-later
//
// Live Photos and motion photos, from the upload of their files to one photo that moves.
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { mkdir, mkdtemp, readFile, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { boxedPhoto, film, googlePhoto, liveStill, liveVideo, microVideo, samsungPhoto } from './moving.mjs';
import { jpeg, sha1 } from './photo.mjs';
import { corpus, runProgram, startServer } from './server.mjs';

let server;
before(async () => {
  server = await startServer();
  await server.signUp();
});
after(() => server?.stop());

/** Until the files of these ids have been looked at. */
async function settle(session, ...ids) {
  for (const id of ids) {
    for (;;) {
      const { body } = await server.request(`/api/assets/${id}/proof`, { session });
      if (body.media.state !== 'waiting') break;
      await new Promise((later) => setTimeout(later, 100));
    }
  }
}

async function send(session, name, bytes, fields = {}) {
  const { status, body } = await server.upload(bytes, { name, session, fields });
  assert.ok(status === 201 || status === 200, JSON.stringify(body));
  return body.id;
}

const asset = async (session, id) => (await server.request(`/api/assets/${id}`, { session })).body;
const bytesOf = async (session, id, what = 'original', headers = {}) => server.request(`/api/assets/${id}/${what}`, { session, headers, raw: true });

/** All photos of the timeline: [id, livePhotoVideoId]. */
async function timeline(session, query = '') {
  const buckets = (await server.request(`/api/timeline/buckets?${query}`, { session })).body;
  const months = await Promise.all(buckets.map(async ({ timeBucket }) => (await server.request(`/api/timeline/bucket?timeBucket=${timeBucket}&${query}`, { session })).body));
  return months.flatMap(({ id, livePhotoVideoId }) => id.map((each, i) => [each, livePhotoVideoId[i]]));
}

/** What the phone apps' sync stream says of these assets: [livePhotoVideoId, visibility] of each; undefined: nothing. */
async function streamed(session, ...ids) {
  const { body } = await server.request('/api/sync/stream', { method: 'POST', json: { types: ['AssetsV2'], reset: true }, session, raw: true });
  const lines = body.toString().trim().split('\n').map((line) => JSON.parse(line));
  const assets = new Map(lines.filter(({ type }) => type === 'AssetV2').map(({ data }) => [data.id, [data.livePhotoVideoId, data.visibility]]));
  return ids.map((id) => assets.get(id));
}

describe('a Live Photo', () => {
  for (const order of ['still first', 'video first']) {
    test(`is one photo, whichever half comes first: ${order}`, async () => {
      const me = await server.addUser();
      const halves = [['IMG_1.JPG', liveStill('5A1E-LIVE')], ['IMG_1.MOV', liveVideo('5A1E-LIVE')]];
      if (order === 'video first') halves.reverse();
      const ids = {};
      for (const [name, bytes] of halves) {
        ids[name] = await send(me, name, bytes);
        await settle(me, ids[name]); // the first is looked at for itself before the other comes
      }
      const still = ids['IMG_1.JPG'];
      const video = ids['IMG_1.MOV'];
      assert.deepEqual(await timeline(me), [[still, video]]);
      assert.equal((await asset(me, still)).livePhotoVideoId, video);
      assert.equal((await asset(me, video)).visibility, 'hidden');
      assert.deepEqual(await streamed(me, still, video), [[video, 'timeline'], [null, 'hidden']]);
      assert.equal((await server.request(`/api/assets/${still}/proof`, { session: me })).body.motion, 'live-photo');
      assert.deepEqual((await server.request('/api/assets/statistics', { session: me })).body, { images: 1, videos: 0, total: 1 });

      // Trashed, restored and deleted together.
      await server.request('/api/assets', { method: 'DELETE', json: { ids: [still] }, session: me });
      assert.equal((await asset(me, video)).isTrashed, true);
      assert.deepEqual(await timeline(me, 'isTrashed=true'), [[still, video]]);
      await server.request('/api/trash/restore/assets', { method: 'POST', json: { ids: [still] }, session: me });
      assert.equal((await asset(me, video)).isTrashed, false);
      assert.deepEqual(await timeline(me), [[still, video]]);
      await server.request('/api/assets', { method: 'DELETE', json: { ids: [still], force: true }, session: me });
      assert.equal((await server.request(`/api/assets/${video}`, { session: me })).status, 400);
    });
  }

  test('is what the app says, whatever the files say', async () => {
    const me = await server.addUser();
    const video = await send(me, 'IMG_2.MOV', liveVideo('SAID'), { visibility: 'hidden' });
    await settle(me, video, await send(me, 'IMG_2.JPG', liveStill('SAID')));
    const said = await send(me, 'OTHER.JPG', liveStill('SOMETHING ELSE'), { livePhotoVideoId: video });
    await settle(me, said);
    assert.equal((await asset(me, said)).livePhotoVideoId, video);
    const paired = (await timeline(me)).filter(([, half]) => half);
    assert.deepEqual(paired, [[said, video]]);
  });

  test('does not reach into another account', async () => {
    const [me, other] = [await server.addUser(), await server.addUser()];
    const still = await send(me, 'IMG_3.JPG', liveStill('SHARED'));
    const video = await send(other, 'IMG_3.MOV', liveVideo('SHARED'));
    await settle(me, still);
    await settle(other, video);
    assert.deepEqual(await timeline(me), [[still, null]]);
    assert.deepEqual(await timeline(other), [[video, null]]);
  });
});

describe('a motion photo', () => {
  const video = film();
  let me;
  let other;
  before(async () => {
    [me, other] = [await server.addUser(), await server.addUser()];
  });
  const kinds = {
    'of Google': () => ['PXL_1.MP.jpg', googlePhoto(video)],
    'of Google, older': () => ['MVIMG_1.jpg', microVideo(video)],
    'of Samsung': () => ['20240801_120000.jpg', samsungPhoto(video)],
    'without any tag': () => ['plain.jpg', Buffer.concat([jpeg(), video])],
    'in a box (AVIF)': () => ['boxed.avif', boxedPhoto(video, avif())],
  };

  function avif() {
    const file = join(tmpdir(), `ambrotype-${process.pid}.avif`);
    execFileSync('ffmpeg', ['-v', 'error', '-y', '-f', 'lavfi', '-i', 'testsrc2=size=64x48', '-frames:v', '1', '-pix_fmt', 'yuv420p', file]);
    const bytes = execFileSync('cat', [file]);
    execFileSync('rm', [file]);
    return bytes;
  }

  for (const [kind, make] of Object.entries(kinds)) {
    test(`${kind} stays one file whose video can be had`, async () => {
      const [name, bytes] = make();
      const id = await send(me, name, bytes);
      await settle(me, id);
      const photo = await asset(me, id);
      const part = photo.livePhotoVideoId;
      assert.match(part ?? 'none', /^[0-9a-f-]{36}$/);
      assert.equal(photo.type, 'IMAGE');
      assert.deepEqual(await timeline(me), [[id, part]]);
      assert.deepEqual(await streamed(me, id), [[part, 'timeline']]);
      assert.equal((await server.request(`/api/assets/${id}/proof`, { session: me })).body.motion, 'motion-photo');
      // The original is what was sent.
      assert.equal(sha1((await bytesOf(me, id)).body), sha1(bytes));
      // The video is what lies in it, under an id of its own.
      const half = await asset(me, part);
      assert.equal(half.type, 'VIDEO');
      assert.equal(half.visibility, 'hidden');
      assert.equal(half.originalFileName, name.replace(/\.\w+$/, '.mp4'));
      assert.equal(half.exifInfo.fileSizeInByte, video.length);
      assert.equal(half.checksum, Buffer.from(sha1(video), 'hex').toString('base64'));
      const whole = await bytesOf(me, part);
      assert.equal(sha1(whole.body), sha1(video));
      assert.equal(whole.headers.get('content-type'), 'video/mp4');
      assert.notEqual(whole.headers.get('etag'), (await bytesOf(me, id)).headers.get('etag'));
      const piece = await bytesOf(me, part, 'original', { range: 'bytes=4-11' });
      assert.equal(piece.status, 206);
      assert.equal(piece.headers.get('content-range'), `bytes 4-11/${video.length}`);
      assert.deepEqual(piece.body, video.subarray(4, 12));
      assert.equal((await bytesOf(me, part, 'original', { range: `bytes=${video.length}-` })).status, 416);
      assert.equal((await bytesOf(me, part, 'thumbnail')).status, 200);
      // Played under its own id and under the photo's.
      for (const each of [part, id]) {
        const played = await bytesOf(me, each, 'video/playback', { range: 'bytes=0-99' });
        assert.equal(played.status, 206);
        assert.equal(played.headers.get('content-type'), 'video/mp4');
        assert.equal(played.headers.get('content-range'), `bytes 0-99/${video.length}`);
        assert.deepEqual(played.body, video.subarray(0, 100));
      }
      assert.deepEqual((await server.request('/api/assets/statistics', { session: me })).body, { images: 1, videos: 0, total: 1 });
      // Nobody else's, and not to be deleted for itself.
      assert.equal((await server.request(`/api/assets/${part}`, { session: other })).status, 400);
      assert.notEqual((await bytesOf(other, part)).status, 200);
      assert.equal((await server.request('/api/assets', { method: 'DELETE', json: { ids: [part] }, session: me })).status, 400);
      await server.request('/api/assets', { method: 'DELETE', json: { ids: [id], force: true }, session: me });
      assert.equal((await server.request(`/api/assets/${part}`, { session: me })).status, 400);
    });
  }

  test('under lock keeps its video under lock, as a Live Photo does', async () => {
    const ids = [await send(me, 'PXL_3.MP.jpg', googlePhoto(video)), await send(me, 'IMG_5.JPG', liveStill('UNDER LOCK')), await send(me, 'IMG_5.MOV', liveVideo('UNDER LOCK'))];
    await settle(me, ...ids);
    for (const id of ids.slice(0, 2)) {
      const { livePhotoVideoId } = await asset(me, id);
      const { status, body } = await server.request(`/api/assets/${id}`, { method: 'PUT', json: { visibility: 'locked' }, session: me });
      assert.equal(status, 200, JSON.stringify(body));
      for (const each of [id, livePhotoVideoId]) {
        for (const what of ['', '/original', '/thumbnail', '/video/playback']) {
          assert.notEqual((await server.request(`/api/assets/${each}${what}`, { session: me, raw: true })).status, 200, `${each}${what}`);
        }
      }
    }
  });

  test('whose video is cut off is a photo', async () => {
    const id = await send(me, 'cut.jpg', googlePhoto(video).subarray(0, -400));
    await settle(me, id);
    assert.deepEqual(await timeline(me), [[id, null]]);
    assert.equal((await bytesOf(me, id, 'thumbnail')).status, 200);
    await server.request('/api/assets', { method: 'DELETE', json: { ids: [id], force: true }, session: me });
  });

  test('whose video browsers do not know is converted for them, and for nobody else', async () => {
    const hevc = film({ codec: 'libx265', size: '128x96' });
    const id = await send(me, 'PXL_2.MP.jpg', googlePhoto(hevc));
    await settle(me, id);
    const part = (await asset(me, id)).livePhotoVideoId;
    let state;
    while ((state = (await server.request(`/api/assets/${part}/video`, { session: me })).body.state) !== 'conversion') {
      assert.notEqual(state, 'failed');
      await new Promise((later) => setTimeout(later, 100));
    }
    const { body, status } = await bytesOf(me, part, 'video/playback', { 'user-agent': 'Mozilla/5.0' });
    assert.equal(status, 200);
    const probe = (bytes) => execFileSync('ffprobe', ['-v', 'error', '-show_entries', 'stream=codec_name', '-of', 'csv=p=0', '-'], { input: bytes }).toString().trim();
    assert.equal(probe(body), 'h264');
    assert.equal(probe((await bytesOf(me, part)).body), 'hevc');
    assert.equal(sha1((await bytesOf(me, part)).body), sha1(hevc));
  });

  test('of a real Samsung phone (HEIC) gives its whole video', { skip: !corpus && 'no corpus' }, async () => {
    const file = join(corpus, 'formats/motionphoto/samsung-one-ui-6.heic');
    const id = await send(me, 'samsung.heic', await readFile(file));
    await settle(me, id);
    const part = (await asset(me, id)).livePhotoVideoId;
    const { body } = await bytesOf(me, part);
    assert.equal(body.length, 3226469);
    const oracle = execFileSync('exiftool', ['-b', '-MotionPhotoVideo', file], { maxBuffer: 1 << 24 });
    assert.equal(sha1(body), sha1(oracle));
  });
});

describe('a folder of a computer', () => {
  test('with pairs becomes photos that move, and comes back whole', async (t) => {
    const home = await mkdtemp(join(tmpdir(), 'ambrotype-pairs-'));
    t.after(() => rm(home, { recursive: true, force: true }));
    const me = await server.addUser();
    const photos = join(home, 'photos');
    const files = {
      'IMG_7.JPG': liveStill('FOLDER 7'),
      'IMG_7.MOV': liveVideo('FOLDER 7'),
      // Without identifiers, but of one name, time and folder.
      'trip/IMG_8.JPG': jpeg({ exif: { date: '2024:08:01 12:00:01', offset: '+02:00' } }),
      'trip/IMG_8.MOV': film({ format: 'mov', tags: { 'com.apple.quicktime.creationdate': '2024-08-01T12:00:00+0200' } }),
      // As these are, but in another folder each.
      'here/IMG_9.JPG': jpeg({ exif: { date: '2024:08:01 12:00:01', offset: '+02:00' } }),
      'there/IMG_9.MOV': film({ format: 'mov', tags: { 'com.apple.quicktime.creationdate': '2024-08-01T12:00:00+0200', title: 'another' } }),
      'PXL_1.MP.jpg': googlePhoto(film({ seconds: 2 })),
    };
    for (const [name, bytes] of Object.entries(files)) {
      await mkdir(join(photos, name, '..'), { recursive: true });
      await writeFile(join(photos, name), bytes);
    }
    const env = { AMBROTYPE_CLIENT_DIR: join(home, 'state') };
    const backup = async (words, input) => {
      const { code, stdout, stderr } = await runProgram(['backup', ...words], { env, input });
      assert.equal(code, 0, `backup ${words.join(' ')}: ${stdout}${stderr}`);
      return stdout;
    };
    await backup(['login', server.url, '--email', me.email, '--password-stdin'], `${me.password}\n`);
    await backup(['add', photos]);
    assert.match(await backup(['run']), /all 7 items confirmed by the server/);

    // The ledger has each file as stored; the library has one photo a pair.
    const { device } = JSON.parse(await backup(['status', '--json']));
    const { items } = (await server.request(`/api/backup/devices/${device.id}/items?limit=100`, { session: me })).body;
    assert.deepEqual(items.map(({ state }) => state), Array(7).fill('stored'));
    await settle(me, ...items.map(({ assetId }) => assetId));
    const ids = Object.fromEntries(items.map(({ key, assetId }) => [key.slice(photos.length + 1), assetId]));
    const halves = new Map(await timeline(me));
    assert.equal(halves.size, 5);
    assert.equal(halves.get(ids['IMG_7.JPG']), ids['IMG_7.MOV']);
    assert.equal(halves.get(ids['trip/IMG_8.JPG']), ids['trip/IMG_8.MOV']);
    assert.equal(halves.get(ids['here/IMG_9.JPG']), null);
    assert.equal(halves.get(ids['there/IMG_9.MOV']), null);
    assert.match(halves.get(ids['PXL_1.MP.jpg']), /^[0-9a-f-]{36}$/);

    const target = join(home, 'export');
    const { code, stderr } = await server.cli(['export', '--user', me.email, target]);
    assert.equal(code, 0, stderr);
    const out = (await walk(target)).filter((path) => /\.(jpe?g|mov)$/i.test(path));
    const hashes = await Promise.all(out.map(async (path) => sha1(await readFile(path))));
    assert.deepEqual(hashes.sort(), Object.values(files).map(sha1).sort());
  });
});

async function walk(folder) {
  const entries = await readdir(folder, { withFileTypes: true });
  const lists = await Promise.all(entries.map((entry) => (entry.isDirectory() ? walk(join(folder, entry.name)) : [join(folder, entry.name)])));
  return lists.flat();
}
