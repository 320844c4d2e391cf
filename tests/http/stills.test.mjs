// SPDX-License-Identifier: GPL-3.0-or-later
//
// Stills of all kinds through the whole server: taken by their content, shown, and told where a name lies.
import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { film } from './moving.mjs';
import { jpeg } from './photo.mjs';
import { corpus, startServer } from './server.mjs';
import { cr2, movingGif, movingPng, still } from './stills.mjs';

let server;
let me;
before(async () => {
  server = await startServer();
  me = await server.signUp();
});
after(() => server?.stop());

async function send(name, bytes) {
  const { status, body } = await server.upload(bytes, { name, session: me });
  assert.equal(status, 201, `${name}: ${JSON.stringify(body)}`);
  return body.id;
}

/** The asset of these bytes and its proof, once they have been looked at. */
async function looked(name, bytes) {
  const id = await send(name, bytes);
  let proof;
  await server.until(async () => {
    ({ body: proof } = await server.request(`/api/assets/${id}/proof`, { session: me }));
    return proof.media.state !== 'waiting';
  }, { what: `${name} to be looked at` });
  const { body: asset } = await server.request(`/api/assets/${id}`, { session: me });
  return { id, asset, proof };
}

async function pictures(id) {
  for (const [size, type] of [['thumbnail', 'image/webp'], ['preview', 'image/jpeg']]) {
    const { status, headers, body } = await server.request(`/api/assets/${id}/thumbnail?size=${size}`, { session: me, raw: true });
    assert.equal(status, 200, `${size}: ${body}`);
    assert.equal(headers.get('content-type'), type);
  }
}

describe('stills are taken and shown by their content', () => {
  const kinds = [
    ['scan.tif', () => still('tif'), 'image/tiff', 64, 48],
    ['paint.bmp', () => still('bmp'), 'image/bmp', 64, 48],
    ['moving.gif', movingGif, 'image/gif', 64, 48],
    ['moving.apng', movingPng, 'image/png', 64, 48],
    ['IMG_0001.CR2', cr2, 'image/x-canon-cr2', 1504, 2000],
  ];
  for (const [name, make, mime, width, height] of kinds)
    test(name, async () => {
      const { id, asset, proof } = await looked(name, make());
      assert.deepEqual(proof.media, { state: 'ready', reason: null });
      assert.equal(asset.originalMimeType, mime);
      assert.deepEqual([asset.width, asset.height], [width, height]);
      assert.equal(asset.type, 'IMAGE');
      assert.equal(proof.mismatch, null);
      await pictures(id);
    });

  test('an animation tells how long it is', async () => {
    const { asset } = await looked('five.gif', still('gif', { frames: 5, source: 'testsrc2' }));
    assert.equal(asset.duration, 500);
    const { asset: image } = await looked('one.bmp', still('bmp', { source: 'testsrc2' }));
    assert.equal(image.duration, null);
  });

  test('HEIC of the corpus', { skip: corpus ? false : 'no corpus' }, async () => {
    const { id, asset, proof } = await looked('IMG_2682.heic', await readFile(join(corpus, 'formats/heic/IMG_2682.heic')));
    assert.equal(asset.originalMimeType, 'image/heic');
    assert.equal(proof.media.state, 'ready');
    await pictures(id);
  });
});

describe('a name that lies', () => {
  test('is noted, and stays', async () => {
    const bytes = still('tif', { source: 'smptebars' });
    const { id, asset, proof } = await looked('holiday.jpg', bytes);
    assert.equal(asset.originalFileName, 'holiday.jpg');
    assert.equal(asset.originalMimeType, 'image/tiff');
    assert.deepEqual(proof.mismatch, { name: 'JPEG', content: 'TIFF', note: 'The name says JPEG, the content is TIFF.' });
    assert.equal(proof.media.state, 'ready');
    const { headers, body } = await server.request(`/api/assets/${id}/original?download`, { session: me, raw: true });
    assert.match(headers.get('content-disposition'), /holiday\.jpg/);
    assert.deepEqual(body, bytes);
  });

  test('is no reason to refuse: none at all, or that of a text', async () => {
    for (const name of ['IMG_0001', 'notes.txt']) {
      const { asset, proof } = await looked(name, jpeg());
      assert.equal(asset.originalMimeType, 'image/jpeg', name);
      assert.equal(proof.mismatch, null, name);
    }
    const { asset } = await looked('raw', cr2(jpeg({ width: 1600, height: 1600 })));
    assert.equal(asset.originalMimeType, 'image/x-canon-cr2');
  });

  test('makes no video of a photo, nor a photo of a video', async () => {
    const { asset: photo, proof } = await looked('clip.mp4', jpeg());
    assert.equal(photo.type, 'IMAGE');
    assert.equal(proof.mismatch.note, 'The name says MP4 video, the content is JPEG.');
    const { asset: video } = await looked('photo.jpg', film());
    assert.equal(video.type, 'VIDEO');
  });
});

test('drawings are refused with the reason', async () => {
  const svg = Buffer.from('<?xml version="1.0"?><svg xmlns="http://www.w3.org/2000/svg"><script>alert(1)</script></svg>');
  for (const name of ['drawing.svg', 'drawing']) {
    const { status, body } = await server.upload(svg, { name, session: me });
    assert.equal(status, 400);
    assert.match(body.message, /SVG/);
  }
  // Under the name of a photo it is taken (a file is a file) and never shown.
  const { proof } = await looked('drawing.png', svg);
  assert.match(proof.media.reason, /SVG/);
});

test('the list of media types says what cannot be shown, and all of it is taken', async () => {
  const { body } = await server.request('/api/server/media-types');
  assert.ok(body.image.includes('.heic') && body.image.includes('.cr3') && body.image.includes('.psd') && body.video.includes('.mov'));
  assert.ok(!body.image.includes('.svg'));
  for (const shown of ['.jpg', '.png', '.gif', '.webp', '.tif', '.bmp', '.heic', '.avif', '.jxl', '.dng', '.cr3', '.nef', '.mp4', '.mov', '.mkv'])
    assert.ok(!body.withoutPictures.includes(shown), shown);
  for (const kept of ['.psd', '.jp2']) assert.ok(body.withoutPictures.includes(kept), kept);
  await server.until(() => /media\.formats .*\.psd/.test(server.log), { what: 'the log to say what is missing' });
});
