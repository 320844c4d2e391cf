// SPDX-License-Identifier: GPL-3.0-or-later
//
// Metadata as docs/metadata.md promises it: our answers against exiftool's, field by field, on every still of the corpus
// and on files tagged for each rule; then what only the server knows: names, side files, and what a person edited.
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { mkdtemp, readFile, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { basename, join, relative } from 'node:path';
import { after, before, test } from 'node:test';
import { differences, exiftool, expected, hasExiftool, observed, readTags } from './exiftool.mjs';
import { jpeg, png } from './photo.mjs';
import { corpus, startServer } from './server.mjs';

let server;
let session;
let folder;
before(async () => {
  server = await startServer();
  session = await server.signUp();
  folder = await mkdtemp(join(tmpdir(), 'ambrotype-metadata-'));
});
after(async () => {
  await server?.stop();
  await rm(folder, { recursive: true, force: true });
});

async function settle() {
  const { code, stdout, stderr } = await server.cli(['jobs', '--wait']);
  assert.equal(code, 0, stderr + stdout);
}

/** Both answers about one asset. */
async function look(id) {
  const [asset, proof] = await Promise.all(
    ['', '/proof'].map(async (end) => {
      const { status, body } = await server.request(`/api/assets/${id}${end}`, { session });
      assert.equal(status, 200, JSON.stringify(body));
      return body;
    }),
  );
  return { asset, proof, exif: asset.exifInfo };
}

/** As server.upload(), also with a side file; the id. */
async function send(bytes, name, sidecar) {
  const fields = sidecar === undefined ? {} : { sidecarData: new Blob([sidecar]) };
  const { status, body } = await server.upload(bytes, { name, session, fields });
  assert.ok(status === 201 || status === 200, `${name}: ${status} ${JSON.stringify(body)}`);
  return body.id;
}

/* ---- against exiftool ---- */

/** "FILE field": why exiftool is not followed there. */
const ACCEPTED = {
  '16bit-HDR-P3-nclx.jxl size': 'exiftool 12.57 does not find the size in this container; the decoder does',
  'latin-1.jpg description': 'exiftool takes EXIF text for UTF-8 and writes question marks; the bytes are Latin-1',
};

/** Uploads @files, and fails with every difference that nobody has accepted. */
async function compare(t, files, root) {
  const tags = readTags(files);
  const ids = new Map();
  for (const path of files) ids.set(path, await send(await readFile(path), basename(path)));
  await settle();
  const unexplained = [];
  for (const path of files) {
    const { asset, proof } = await look(ids.get(path));
    for (const { field, words } of differences(observed(asset, proof), expected(tags.get(path)))) {
      const reason = ACCEPTED[`${basename(path)} ${field}`];
      t.diagnostic(`${relative(root, path)} ${words}${reason ? ` (accepted: ${reason})` : ''}`);
      if (!reason) unexplained.push(`${relative(root, path)} ${words}`);
    }
  }
  assert.deepEqual(unexplained, []);
}

async function stills(at) {
  const entries = await readdir(at, { withFileTypes: true });
  const lists = await Promise.all(entries.map((entry) => (entry.isDirectory() ? stills(join(at, entry.name)) : [join(at, entry.name)])));
  return lists.flat().filter((path) => /\.(jpe?g|heic|avif|jxl|png|webp)$/i.test(path)).sort();
}

test('the corpus, as exiftool reads it', { skip: !hasExiftool ? 'exiftool is not installed' : !corpus ? 'there is no corpus' : false }, async (t) => {
  await compare(t, await stills(corpus), corpus);
});

const GPS_NEPAL = ['-GPSDateStamp=2024:08:13', '-GPSTimeStamp=06:49:50'];
const ORIGINAL = '-ExifIFD:DateTimeOriginal=2024:08:13 12:34:56';
const REGIONS = (size) =>
  `-XMP-mwg-rs:RegionInfo={AppliedToDimensions={${size},Unit=pixel},RegionList=[` +
  '{Name=Ann,Type=Face,Area={X=0.3,Y=0.4,W=0.2,H=0.1,Unit=normalized}},' +
  '{Name=Rex,Type=Pet,Area={X=0.7,Y=0.4,W=0.2,H=0.1,Unit=normalized}},' +
  '{Type=Face,Area={X=0.6,Y=0.8,W=0.1,H=0.1,Unit=normalized}}]}';

/** Arguments of exiftool for one file each. */
const TAGGED = {
  'original.jpg': [ORIGINAL, '-IFD0:ModifyDate=2025:01:01 00:00:00'],
  'original-zoned.jpg': [ORIGINAL, '-SubSecTimeOriginal=789', '-OffsetTimeOriginal=+05:30', '-OffsetTime=+01:00', '-ExifIFD:CreateDate=2020:01:01 00:00:00'],
  'offset-of-edit.jpg': [ORIGINAL, '-OffsetTime=-03:30'],
  'gps-clock.jpg': [ORIGINAL, ...GPS_NEPAL],
  'gps-clock-stale.jpg': [ORIGINAL, '-GPSDateStamp=2024:08:13', '-GPSTimeStamp=10:28:00'],
  'blank-original.jpg': ['-ExifIFD:DateTimeOriginal=0000:00:00 00:00:00', '-ExifIFD:CreateDate=2020:01:02 03:04:05', '-OffsetTimeDigitized=-08:00'],
  'xmp-original.jpg': ['-XMP-exif:DateTimeOriginal=2011:01:01 01:00:00.25+02:00', '-XMP-xmp:CreateDate=2012:01:01 01:00:00', '-ExifIFD:CreateDate=2013:01:01 01:00:00'],
  'xmp-created.jpg': ['-XMP-xmp:CreateDate=2012:01:01 01:00:00-08:00', '-XMP-photoshop:DateCreated=2013:01:01 01:00:00'],
  'xmp-photoshop.jpg': ['-XMP-photoshop:DateCreated=2013:01:01', '-IPTC:DateCreated=2014:01:01'],
  'iptc.jpg': ['-IPTC:DateCreated=2014:01:01', '-IPTC:TimeCreated=01:02:03+02:00', '-XMP-exif:GPSDateTime=2015:01:01 01:00:00Z'],
  'iptc-adobe.jpg': ['-IPTC:DateCreated=2014:01:01', '-IPTC:TimeCreated=01:02:03+00:00'],
  'same-minute.jpg': [ORIGINAL, '-XMP-photoshop:DateCreated=2024:08:13 12:34:56+09:00'],
  'gps-only.jpg': [...GPS_NEPAL, '-GPSLatitude=33.856967', '-GPSLatitudeRef=S', '-GPSLongitude=70.5', '-GPSLongitudeRef=W', '-GPSAltitude=12.5', '-GPSAltitudeRef=1'],
  'gps-xmp.jpg': ['-XMP-exif:GPSLatitude=-39.115', '-XMP-exif:GPSLongitude=108.51', '-XMP-exif:GPSAltitude=1483.9', '-XMP-exif:ISO=160', '-XMP-exif:ExposureTime=0.0008'],
  'gps-nowhere.jpg': ['-GPSLatitude=0', '-GPSLatitudeRef=N', '-GPSLongitude=0', '-GPSLongitudeRef=E'],
  'gps-half.jpg': ['-GPSLatitude=10', '-GPSLatitudeRef=N', '-GPSAltitude=3000', '-GPSAltitudeRef=0'],
  'rating-exif.jpg': ['-IFD0:Rating=5'],
  'rating-percent.jpg': ['-XMP-microsoft:RatingPercent=75'],
  'rating-none.jpg': ['-XMP-xmp:Rating=0'],
  'rating-rejected.jpg': ['-XMP-xmp:Rating=-1'],
  'junk.jpg': ['-IFD0:ImageDescription=OLYMPUS DIGITAL CAMERA         ', '-IPTC:Caption-Abstract=A boat'],
  'comment.jpg': ['-ExifIFD:UserComment=Привет, мир', '-IFD0:ImageDescription=SONY DSC'],
  'settings.jpg': ['-ExifIFD:UserComment={"sceneMode":0}'],
  'windows.jpg': ['-IFD0:XPComment=Ein Gruß 🌍', '-IFD0:XPKeywords=Meer;Boot', '-IFD0:XPTitle=Titel'],
  'latin-1.jpg': ['-charset', 'exif=Latin', '-IFD0:ImageDescription=Grüße', '-IPTC:Keywords=Küste', '-codedcharacterset='],
  'keywords.jpg': ['-XMP-lr:HierarchicalSubject=People|Marie Curie', '-XMP-digiKam:TagsList=People/Marie Curie', '-XMP-digiKam:TagsList=Places/Paris', '-XMP-dc:Subject=Marie Curie', '-XMP-dc:Subject=AC/DC', '-XMP-dc:Subject=2010', '-IPTC:Keywords=ac/dc', '-IPTC:Keywords=Straße', '-codedcharacterset=utf8'],
  'faces.jpg': [REGIONS('W=64,H=48'), '-n', '-IFD0:Orientation=8'],
  'faces-mirrored.jpg': [REGIONS('W=64,H=48'), '-n', '-IFD0:Orientation=2'],
  'sphere.jpg': ['-XMP-GPano:ProjectionType=equirectangular', '-XMP-GCamera:BurstID=7c0e4b43-9d3f-4e7c-8f6e-3a4f5b6c7d8e'],
  'camera.jpg': ['-Make=Canon', '-Model=Canon EOS R5', '-ExifIFD:LensInfo=24 105 4 4', '-ExifIFD:ExposureTime=2.5', '-FNumber=1.8', '-ISO=400', '-FocalLength=50', '-FocalLengthIn35mmFormat=75'],
  'tagged.png': [ORIGINAL, '-OffsetTimeOriginal=+02:00', '-XMP-dc:Description=In a PNG', '-XMP-xmp:Rating=2'],
};

test('files tagged for each rule, as exiftool reads them', { skip: hasExiftool ? false : 'exiftool is not installed' }, async (t) => {
  const files = Object.keys(TAGGED).map((name) => join(folder, name));
  for (const path of files) await writeFile(path, path.endsWith('.png') ? png() : jpeg());
  const { stderr } = exiftool(files.map((path) => ['-overwrite_original', ...TAGGED[basename(path)], path]));
  assert.doesNotMatch(stderr, /Error|Warning: Tag/, stderr);
  await compare(t, files, folder);
});

/* ---- what the server adds ---- */

test('a name gives the date where the file has none', async () => {
  const rows = [
    ['IMG_20240813_123456.jpg', {}, '2024-08-13T12:34:56.000Z', 'file-name', null],
    ['PXL_20240813_103456789.jpg', {}, '2024-08-13T10:34:56.000Z', 'file-name', 'utc'],
    ['IMG-20240813-WA0001.jpg', {}, '2024-08-13T12:00:00.000Z', 'file-name', null],
    ['FB_IMG_1723552496789.jpg', {}, '2024-08-13T12:34:56.789Z', 'file-name', 'utc'],
    ['IMG_20240813_123456_1.jpg', { date: '2023:01:02 03:04:05', offset: '+01:00' }, '2023-01-02T03:04:05.000Z', 'exif-original', 'tag'],
    ['DSC00001.jpg', {}, '2024-08-01T10:00:00.000Z', 'file-time', null],
  ];
  const ids = [];
  for (const [name, exif] of rows) ids.push(await send(jpeg({ exif }), name));
  const told = await server.upload(jpeg(), { name: 'DSC00002.jpg', session, fields: { fileCreatedAt: '2024-07-01T10:00:00.000Z' } });
  rows.push(['DSC00002.jpg', {}, '2024-07-01T10:00:00.000Z', 'client', null]);
  ids.push(told.body.id);
  await settle();
  for (const [i, [name, , local, source, zone]] of rows.entries()) {
    const { asset, proof } = await look(ids[i]);
    assert.deepEqual([name, asset.localDateTime, proof.dateSource, proof.zoneSource], [name, local, source, zone]);
  }
});

test('names of a burst hold its pictures together', async () => {
  const names = ['IMG_20170801_123456_BURST001_COVER.jpg', 'IMG_20170801_123456_BURST002.jpg', 'IMG_20170801_123456.jpg'];
  const ids = [];
  for (const name of names) ids.push(await send(jpeg(), name));
  await settle();
  const bursts = [];
  for (const id of ids) bursts.push((await look(id)).proof.burst);
  assert.deepEqual(bursts, [{ id: 'IMG_20170801_123456', size: 2 }, { id: 'IMG_20170801_123456', size: 2 }, null]);
});

/* ---- videos ---- */

const hasFfmpeg = spawnSync('ffmpeg', ['-version']).status === 0;

/** A second of grey; @tags as "name=value". */
async function video(name, tags) {
  const path = join(folder, name);
  const metadata = tags.flatMap((tag) => ['-metadata', tag]);
  const made = spawnSync('ffmpeg', ['-v', 'error', '-y', '-f', 'lavfi', '-i', `color=gray:s=64x48:r=5:d=1,noise=alls=${name.length}`, ...metadata, '-movflags', 'use_metadata_tags', '-pix_fmt', 'yuv420p', path]);
  assert.equal(made.status, 0, made.stderr.toString());
  return readFile(path);
}

test('dates and zones of videos', { skip: hasFfmpeg ? false : 'ffmpeg is not installed' }, async () => {
  const instant = 'creation_time=2024-08-13T10:34:57Z';
  const rows = [
    ['VID_20240813_123456.mp4', [instant], '2024-08-13T12:34:57.000Z', 'container', 'file-name', 'UTC+2'],
    ['PXL_20240813_103456789.mp4', [instant], '2024-08-13T10:34:57.000Z', 'container', 'utc', 'UTC'],
    ['clip.mp4', [instant], '2024-08-13T10:34:57.000Z', 'container', 'utc', 'UTC'],
    ['IMG_0001.mov', [instant, 'com.apple.quicktime.creationdate=2024-08-13T12:34:56+0200'], '2024-08-13T12:34:56.000Z', 'container', 'tag', 'UTC+2'],
    ['VID-20240813-WA0001.mp4', [], '2024-08-13T12:00:00.000Z', 'file-name', null, null],
  ];
  const ids = [];
  for (const [name, tags] of rows) ids.push(await send(await video(name, tags), name));
  const beside = await send(await video('sidecar.mp4', [instant, 'rating=1']), 'sidecar.mp4', packet("exif:DateTimeOriginal='2020-02-03T04:05:06+01:00' xmp:Rating='4'", words('Sea')));
  const tagged = join(folder, 'tagged.mp4');
  await writeFile(tagged, await video('to-be-tagged.mp4', [instant]));
  const inside = hasExiftool && exiftool([['-overwrite_original', '-XMP-dc:Subject=Lake', '-XMP-xmp:Rating=3', '-XMP-xmp:CreateDate=1999:01:01 00:00:00', tagged]]).status === 0 ? await send(await readFile(tagged), 'tagged.mp4') : null;
  await settle();
  for (const [i, [name, , local, source, zoneSource, zone]] of rows.entries()) {
    const { asset, proof, exif } = await look(ids[i]);
    assert.deepEqual([name, asset.type, asset.localDateTime, proof.dateSource, proof.zoneSource, exif.timeZone], [name, 'VIDEO', local, source, zoneSource, zone]);
  }
  if (inside) {
    const { proof, exif } = await look(inside);
    assert.deepEqual([proof.keywords, exif.rating, proof.dateSource], [['Lake'], 3, 'container']);
  }
  const { asset, proof, exif } = await look(beside);
  assert.deepEqual([asset.localDateTime, proof.dateSource, exif.timeZone, exif.rating, proof.keywords, proof.sidecar], ['2020-02-03T04:05:06.000Z', 'sidecar', 'UTC+1', 4, ['Sea'], 'read']);
});

/* ---- side files ---- */

const packet = (attributes, body = '') =>
  `<?xpacket begin='\ufeff' id='W5M0MpCehiHzreSzNTczkc9d'?><x:xmpmeta xmlns:x='adobe:ns:meta/'><rdf:RDF xmlns:rdf='http://www.w3.org/1999/02/22-rdf-syntax-ns#'>` +
  `<rdf:Description rdf:about='' xmlns:xmp='http://ns.adobe.com/xap/1.0/' xmlns:dc='http://purl.org/dc/elements/1.1/' xmlns:exif='http://ns.adobe.com/exif/1.0/' ${attributes}>` +
  `${body}</rdf:Description></rdf:RDF></x:xmpmeta><?xpacket end='w'?>`;
const words = (...all) => `<dc:subject><rdf:Bag>${all.map((word) => `<rdf:li>${word}</rdf:li>`).join('')}</rdf:Bag></dc:subject>`;
const EMBEDDED = { date: '2023:01:02 03:04:05', make: 'Canon', position: [10, 20] };

test('a side file wins over its photo, field by field', async () => {
  const id = await send(jpeg({ exif: EMBEDDED }), 'a.jpg', packet("xmp:CreateDate='2020-02-03T04:05:06+02:00' xmp:Rating='4'", words('Sea')));
  await settle();
  const { asset, proof, exif } = await look(id);
  assert.deepEqual([asset.localDateTime, proof.dateSource, exif.timeZone, exif.rating, proof.keywords, proof.sidecar], ['2020-02-03T04:05:06.000Z', 'sidecar', 'UTC+2', 4, ['Sea'], 'read']);
  assert.deepEqual([exif.make, exif.latitude, exif.longitude], ['Canon', 10, 20]);
});

test('a side file that comes later, changes, or makes no sense', async () => {
  const id = await send(jpeg({ exif: EMBEDDED }), 'later.jpg');
  await settle();
  const put = async (body) => (await server.request(`/api/assets/${id}/sidecar`, { method: 'PUT', session, body })).status;
  assert.equal(await put(packet("xmp:Rating='3'")), 204);
  await settle();
  assert.equal((await look(id)).exif.rating, 3);
  assert.equal(await put(packet("xmp:Rating='5'")), 204);
  await settle();
  assert.equal((await look(id)).exif.rating, 5);
  assert.equal(await put('no XMP at all'), 204);
  await settle();
  const { exif, proof } = await look(id);
  assert.deepEqual([exif.rating, proof.sidecar, proof.media.state, proof.dateSource], [null, 'unreadable', 'ready', 'exif-original']);
  const { body } = await server.request(`/api/assets/${id}/sidecar`, { session, raw: true });
  assert.equal(body.toString(), 'no XMP at all');
  assert.equal(await put(''), 400);
  const other = await server.addUser();
  assert.equal((await server.request(`/api/assets/${id}/sidecar`, { method: 'PUT', session: other, body: packet('') })).status, 400);
  assert.equal((await server.request(`/api/assets/${id}/sidecar`, { session: other })).status, 400);
});

test('a date that only a side file had goes with it', async () => {
  const id = await send(jpeg(), 'dateless.jpg', packet("xmp:CreateDate='2020-02-03T04:05:06'"));
  await settle();
  assert.equal((await look(id)).proof.dateSource, 'sidecar');
  await server.request(`/api/assets/${id}/sidecar`, { method: 'PUT', session, body: packet("xmp:Rating='1'") });
  await settle();
  const { asset, proof, exif } = await look(id);
  assert.deepEqual([asset.localDateTime, proof.dateSource, exif.rating], ['2024-08-01T10:00:00.000Z', 'file-time', 1]);
});

test('a side file sent again with a photo that is known', async () => {
  const photo = jpeg({ exif: EMBEDDED });
  const id = await send(photo, 'known.jpg');
  assert.equal(await send(photo, 'known.jpg', packet("xmp:Rating='2'")), id);
  await settle();
  assert.equal((await look(id)).exif.rating, 2);
});

test('a side file sent alone finds its photo, or says why not', async () => {
  const id = await send(jpeg({ exif: EMBEDDED }), 'alone-1.jpg');
  assert.equal(await send(packet("xmp:Rating='1'"), 'alone-1.jpg.xmp'), id);
  await settle();
  assert.equal((await look(id)).exif.rating, 1);
  assert.equal(await send(packet("xmp:Rating='2'"), 'alone-1.xmp'), id);
  await settle();
  assert.equal((await look(id)).exif.rating, 2);
  const lost = await server.upload(packet(''), { name: 'alone-2.xmp', session });
  assert.equal(lost.status, 400);
  assert.match(lost.body.message, /alone-2\.xmp is a side file, and the photo or video it belongs to is not here/);
  await send(jpeg(), 'alone-1.jpg');
  const unclear = await server.upload(packet("xmp:Rating='3'"), { name: 'alone-1.jpg.xmp', session });
  assert.equal(unclear.status, 409);
  assert.match(unclear.body.message, /several photos of that name/);
  assert.equal((await look(id)).exif.rating, 2);
});

test('what a person wrote wins over both', async () => {
  const id = await send(jpeg({ exif: EMBEDDED }), 'edited.jpg');
  await settle();
  const edited = await server.request(`/api/assets/${id}`, { method: 'PUT', session, json: { description: 'By hand', rating: 1, dateTimeOriginal: '2000-01-01T00:00:00.000+03:00' } });
  assert.equal(edited.status, 200, JSON.stringify(edited.body));
  const title = "<dc:description><rdf:Alt><rdf:li xml:lang='x-default'>By a program</rdf:li></rdf:Alt></dc:description>";
  await server.request(`/api/assets/${id}/sidecar`, { method: 'PUT', session, body: packet("xmp:Rating='5' exif:DateTimeOriginal='2020-02-03T04:05:06'", title + words('Sea')) });
  await settle();
  const { asset, proof, exif } = await look(id);
  assert.deepEqual([exif.description, exif.rating, asset.localDateTime, proof.dateSource, proof.zoneSource, proof.keywords], ['By hand', 1, '2000-01-01T00:00:00.000Z', 'person', 'person', ['Sea']]);
});

test('a hostile side file costs nothing but itself', async () => {
  const deep = packet('', '<dc:a>'.repeat(150_000));
  const wide = packet("xmp:Rating='2'", words(...Array(20_000).fill('word').map((word, i) => `${word}${i}`)));
  const bomb = `<!DOCTYPE x [<!ENTITY a "aaaaaaaaaa">${[...'bcdefghij'].map((c, i) => `<!ENTITY ${c} "${`&${'abcdefghij'[i]};`.repeat(10)}">`).join('')}]>${packet("xmp:Rating='3'", '<dc:title>&j;</dc:title>')}`;
  const ids = [];
  for (const [i, text] of [deep, wide, bomb].entries()) ids.push(await send(jpeg({ exif: EMBEDDED }), `hostile-${i}.jpg`, text));
  await settle();
  for (const id of ids) {
    const { proof } = await look(id);
    assert.equal(proof.media.state, 'ready', proof.media.reason);
    assert.ok(proof.keywords.length <= 500);
  }
  assert.equal((await look(ids[1])).exif.rating, 2);
  assert.equal((await look(ids[2])).proof.sidecar, 'unreadable');
});
