// SPDX-License-Identifier: GPL-3.0-or-later
//
// What a photo costs: the sandboxed worker's whole job (preview 1440 px and thumbnail 250 px by the short side, metadata,
// thumbhash) in processor time, against others that make the same two files; all on one core, turn by turn, the least of the
// rounds. How to read it: docs/benchmarks.md.
//
//   node bench/media.mjs [PART…]    parts: jpeg quality avif heic raw; all without a word
//   ROUNDS=5                        rounds of each side
import { execFileSync, spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { rawPhoto } from './media/raw.mjs';

const here = dirname(fileURLToPath(import.meta.url));
const build = process.env.BUILD ?? join(here, '..', 'build');
const corpus = process.env.AMBROTYPE_CORPUS ?? join(here, '..', '..', 'shared', 'corpus');
const rounds = process.env.ROUNDS ?? '3';
const parts = process.argv.length > 2 ? process.argv.slice(2) : ['jpeg', 'quality', 'avif', 'heic', 'raw'];
const work = mkdtempSync(join(tmpdir(), 'ambrotype-bench-media-'));
process.on('exit', () => rmSync(work, { recursive: true, force: true }));

let missed = false;
function judge(what, value, budget, isLeast, unit = 'x') {
  const ok = isLeast ? value >= budget : value <= budget;
  missed ||= !ok;
  console.log(`media: ${value.toFixed(2)}${unit} ${what} (budget ${isLeast ? '≥' : '≤'} ${budget}${unit}) ${ok ? 'ok' : 'MISSED'}`);
}
const mean = (values) => values.reduce((product, value) => product * value, 1) ** (1 / values.length);
const run = (command, args, options) => execFileSync(command, args, { encoding: 'utf8', maxBuffer: 1 << 26, stdio: ['ignore', 'pipe', 'pipe'], ...options });
const has = (command) => spawnSync('bash', ['-c', `command -v ${command}`]).status === 0;
const onOneCore = (command, args, options) => run('taskset', ['-c', '0', command, ...args], options);

if (!existsSync(join(here, 'media', 'node_modules')))
  run('npm', ['ci', '--silent', '--no-audit', '--no-fund'], { cwd: join(here, 'media') });
run('ninja', ['-C', build, 'src/media/bench_media', 'src/media/bench_heif', 'ambrotype-media']);

// ---- the sides: each answers processor time in ms of one file ----

const sharp = (...words) => onOneCore('node', [join(here, 'media', 'sharp.mjs'), ...words.map(String)]);
function bySharp(file) {
  return Number(sharp('time', 1, file).split(' ')[0]) / 1000;
}
function ours(file, previews = '') {
  const [us, bytes] = onOneCore(join(build, 'src/media/bench_media'), [join(build, 'ambrotype-media'), '1', file], {
    env: { ...process.env, ...(previews && { PREVIEWS: previews }) },
  }).split(' ').map(Number);
  return { ms: us / 1000, megabytes: bytes / 1e6 };
}
const largest = (a, b) => (b && b.megabytes > a.megabytes ? b : a);
function byVips(file) {
  // The box that gives the short side: wide enough for a landscape photo, high enough for an upright one.
  const [width, height] = ['width', 'height'].map((field) => Number(run('vipsheader', ['-f', field, file])));
  const box = (short) => (width >= height ? `${short * 10}x${short}` : `${short}x${short * 10}`);
  const words = `vipsthumbnail --size ${box(1440)} -o ${work}/v.jpg[Q=80,strip] "$1" && vipsthumbnail --size ${box(250)} -o ${work}/v.webp[Q=80,strip] "$1" && exiftool -json "$1" >/dev/null`;
  const timed = spawnSync('taskset', ['-c', '0', 'bash', '-c', `TIMEFORMAT='%U %S'; time { ${words}; }`, '-', file], {
    encoding: 'utf8', env: { ...process.env, VIPS_CONCURRENCY: '1' },
  });
  const [user, system] = timed.stderr.trim().split('\n').pop().split(' ').map(Number);
  return (user + system) * 1000;
}
const byLibheif = (file) => Number(onOneCore(join(build, 'src/media/bench_heif'), ['1', file]).split(' ')[0]) / 1000;

// Turn by turn, so that a busy minute hits all sides; the least counts, as nothing makes a program faster than it is.
function compare(file, sides) {
  const least = Object.fromEntries(Object.keys(sides).map((name) => [name, Infinity]));
  let peak = { megabytes: 0 };
  for (let round = 0; round < Number(rounds); round++) {
    const one = ours(file);
    least.ours = Math.min(least.ours ?? Infinity, one.ms);
    peak = largest(peak, one);
    for (const [name, side] of Object.entries(sides)) least[name] = Math.min(least[name], side(file));
  }
  return { ...least, megabytes: peak.megabytes };
}

// ---- photos ----

const inCorpus = (...names) => names.map((name) => join(corpus, name)).filter(existsSync);
const sources = inCorpus('albums/text/book-beside-flowers.jpg', 'albums/text/craft-beer.jpg');
if (!sources.length) {
  console.log(`media: skipped, no photos in ${corpus}`);
  process.exit(0);
}
function grown(width, height) {
  return sources.map((source, i) => {
    const out = join(work, `${(width * height) / 1e6}-megapixels-${i + 1}.jpg`);
    sharp('grown', source, width, height, out);
    return out;
  });
}
const made = parts.some((part) => part === 'jpeg' || part === 'quality') ? [...grown(4000, 3000), ...grown(6000, 4000)] : [];
const photos = inCorpus('albums/text/book-beside-flowers.jpg', 'albums/text/japanese-shop.jpg', 'metadata/gps-position/empty_gps.jpg',
  'albums/text/craft-beer.jpg', 'albums/nature/prairie_falcon.jpg', 'albums/nature/tanners_ridge.jpg', 'metadata/faces/portrait.jpg');
const named = (file) => (file.startsWith(corpus) ? file.slice(corpus.length + 1) : basename(file));
const inFolder = (folder, ending) => {
  const path = join(corpus, folder);
  return existsSync(path) ? readdirSync(path).filter((name) => name.endsWith(ending)).map((name) => join(path, name)) : [];
};

// ---- parts ----

function jpeg() {
  const vips = has('vipsthumbnail') && has('exiftool');
  if (!vips) console.log('media: vipsthumbnail or exiftool is missing (packages libvips-tools, libimage-exiftool-perl): not compared');
  const ratios = { sharp: [], vips: [] };
  let peak = 0;
  for (const file of [...made, ...photos]) {
    const row = compare(file, { sharp: bySharp, ...(vips && { vips: byVips }) });
    ratios.sharp.push(row.sharp / row.ours);
    if (vips) ratios.vips.push(row.vips / row.ours);
    if (file.includes('12-megapixels')) peak = Math.max(peak, row.megabytes);
    console.log(`media: ${row.ours.toFixed(0)} ms, ${row.megabytes.toFixed(0)} MB; sharp ${row.sharp.toFixed(0)} ms, ${(row.sharp / row.ours).toFixed(2)}x`
      + (vips ? `; vipsthumbnail twice and exiftool ${row.vips.toFixed(0)} ms, ${(row.vips / row.ours).toFixed(2)}x` : '') + `  ${named(file)}`);
  }
  judge("sharp's processor time, JPEG, on average", mean(ratios.sharp), 1.6, true);
  if (vips) judge('that of vipsthumbnail twice and exiftool once, on average', mean(ratios.vips), 2.5, true);
  judge('at most for a baseline JPEG of 12 megapixels, as cameras write it', peak, 40, false, ' MB');
}

// The distance by butteraugli from the preview as it should be; smaller is better, below 1 nobody sees it.
function quality() {
  if (!has('butteraugli')) {
    console.log('media: butteraugli is missing (package butteraugli): quality not compared');
    return;
  }
  const distance = (a, b) => Number(run('butteraugli', [a, b]).trim().split('\n').pop());
  const ratios = [], same = [];
  for (const file of [...made, ...photos.slice(0, 4)]) {
    const [reference, ourPreview, theirs] = ['reference.png', 'ours-0.jpg', 'sharp.jpg'].map((name) => join(work, name));
    ours(file, work);
    sharp('reference', file, reference);
    const size = statSync(ourPreview).size;
    const [usual, equal, at] = sharp('preview', file, theirs, size).trim().split(' ').map(Number);
    const distances = [ourPreview, theirs, `${theirs}.same.jpg`].map((one) => distance(reference, one));
    ratios.push(distances[0] / distances[1]);
    same.push(distances[0] / distances[2]);
    console.log(`media: butteraugli ${distances[0].toFixed(2)} at ${(size / 1000).toFixed(0)} kB; sharp at quality 80 ${distances[1].toFixed(2)} at ${(usual / 1000).toFixed(0)} kB,`
      + ` at quality ${at} ${distances[2].toFixed(2)} at ${(equal / 1000).toFixed(0)} kB  ${named(file)}`);
  }
  judge("sharp's distance to the perfect preview, on average", mean(ratios), 1, false);
  judge("sharp's distance in a file that is no smaller, on average", mean(same), 1, false);
}

function avif() {
  const own = join(work, '12-megapixels.avif');
  sharp('avif', sources[0], own);
  const ratios = [own, ...inFolder('formats/avif', '.avif')].flatMap((file) => {
    let row;
    try {
      row = compare(file, { sharp: bySharp });
    } catch (error) {
      const { ms, megabytes } = ours(file);
      console.log(`media: ${ms.toFixed(0)} ms, ${megabytes.toFixed(0)} MB; sharp cannot read it (${/Error: (.*)/.exec(error.stderr)?.[1]})  ${named(file)}`);
      return [];
    }
    console.log(`media: ${row.ours.toFixed(0)} ms, ${row.megabytes.toFixed(0)} MB; sharp ${row.sharp.toFixed(0)} ms, ${(row.sharp / row.ours).toFixed(2)}x  ${named(file)}`);
    return [row.sharp / row.ours];
  });
  if (ratios.length) judge("sharp's processor time, AVIF, on average", mean(ratios), 3, true);
}

function heic() {
  for (const file of [...inFolder('formats/heic', '.heic'), ...inFolder('formats/motionphoto', '.heic')]) {
    const row = compare(file, { libheif: byLibheif });
    console.log(`media: ${row.ours.toFixed(0)} ms, ${row.megabytes.toFixed(0)} MB; bare decode by libheif ${row.libheif.toFixed(0)} ms  ${named(file)}`);
    judge("libheif's bare decode, the whole job", row.ours / row.libheif, 1.15, false);
  }
}

// Reported only: there is no one to compare with.
function raw() {
  const preview = readFileSync(sources[0]);
  for (const [name, bytes] of [['with the camera\'s own preview', rawPhoto(4000, 3000, preview)], ['developed', rawPhoto(4000, 3000)]]) {
    const file = join(work, 'photo.dng');
    writeFileSync(file, bytes);
    const row = compare(file, {});
    console.log(`media: ${row.ours.toFixed(0)} ms, ${row.megabytes.toFixed(0)} MB  DNG of 12 megapixels, ${name}`);
  }
}

const all = { jpeg, quality, avif, heic, raw };
for (const part of parts) all[part]();
process.exitCode = missed ? 1 : 0;
