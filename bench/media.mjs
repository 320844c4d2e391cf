// SPDX-License-Identifier: GPL-3.0-or-later
//
// Both derivatives of a photo (WebP 250 px, JPEG 1440 px, by the short side): processor time of the sandboxed worker
// against Node sharp making the same two files on one core. Budget: sharp takes at least 1.3 times as long.
import { execFileSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const here = dirname(fileURLToPath(import.meta.url));
const build = process.env.BUILD ?? join(here, '..', 'build');
const corpus = process.env.AMBROTYPE_CORPUS ?? join(here, '..', '..', 'shared', 'corpus');
const rounds = process.env.ROUNDS ?? '5';
const budget = 1.3;
const files = [
    'albums/text/book-beside-flowers.jpg', // 12 MP
    'albums/text/japanese-shop.jpg', // 12 MP
    'metadata/gps-position/empty_gps.jpg', // 16 MP
    'albums/text/craft-beer.jpg', // 24 MP
    'albums/nature/prairie_falcon.jpg', // small
].map(file => join(corpus, file)).filter(existsSync);

if (!files.length) {
    console.log(`media: skipped, no photos in ${corpus}`);
    process.exit(0);
}
const run = (command, args, options) => execFileSync(command, args, { encoding: 'utf8', ...options });
if (!existsSync(join(here, 'media', 'node_modules')))
    run('npm', ['ci', '--silent', '--no-audit', '--no-fund'], { cwd: join(here, 'media') });
run('ninja', ['-C', build, 'src/media/bench_media', 'ambrotype-media']);

const parse = text => text.trim().split('\n').map(line => line.split(' ').slice(0, 2).map(Number));
// One core for both, so that neither hides work on another.
const ours = parse(run('taskset', ['-c', '0', join(build, 'src/media/bench_media'), join(build, 'ambrotype-media'), rounds, ...files]));
const peers = files.flatMap(file => parse(run('taskset', ['-c', '0', 'node', join(here, 'media', 'sharp.mjs'), rounds, file])));

let product = 1;
files.forEach((file, i) => {
    const ratio = peers[i][0] / ours[i][0];
    product *= ratio;
    console.log(`media: ${ratio.toFixed(2)}x  ${(ours[i][0] / 1000).toFixed(0)} ms, ${(ours[i][1] / 1e6).toFixed(0)} MB`
        + ` (sharp ${(peers[i][0] / 1000).toFixed(0)} ms, ${(peers[i][1] / 1e6).toFixed(0)} MB)  ${file.slice(corpus.length + 1)}`);
});
const mean = product ** (1 / files.length);
console.log(`media: ${mean.toFixed(2)}x sharp's processor time on average (budget ${budget}x) ${mean >= budget ? 'ok' : 'MISSED'}`);
process.exit(mean >= budget ? 0 : 1);
