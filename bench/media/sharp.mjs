// SPDX-License-Identifier: GPL-3.0-or-later
//
// The peer: Node sharp makes the same two files on one core. sharp.mjs ROUNDS FILE…; one line a file: processor time a
// photo in microseconds (the least of the rounds, of which the first is not counted), peak memory in bytes, path.
import sharp from 'sharp';
import { readFileSync } from 'node:fs';

const [rounds, ...files] = process.argv.slice(2);
sharp.concurrency(1);
sharp.cache(false);

// Two ways to write it; which is faster depends on the file, and the faster one counts.
const ways = [
    // One decode: the thumbnail is made of the preview's pixels.
    async (open, by) => {
        const preview = await open().resize(by(1440)).raw().toBuffer({ resolveWithObject: true });
        const again = () => sharp(preview.data, { raw: preview.info });
        await again().jpeg({ quality: 80 }).toBuffer();
        await again().resize(by(250)).webp({ quality: 80 }).toBuffer();
    },
    // Two decodes, the second at a smaller scale.
    async (open, by) => {
        await open().resize(by(1440)).jpeg({ quality: 80 }).toBuffer();
        await open().resize(by(250)).webp({ quality: 80 }).toBuffer();
    },
];

async function measure(bytes, make) {
    const { width, height, orientation } = await sharp(bytes).metadata();
    const [shown, other] = orientation >= 5 ? [height, width] : [width, height];
    const by = short => ({ [shown <= other ? 'width' : 'height']: Math.min(short, width, height) });
    const open = () => sharp(bytes).rotate().toColourspace('srgb').flatten({ background: '#fff' });
    const before = process.cpuUsage();
    await make(open, by);
    const used = process.cpuUsage(before);
    return used.user + used.system;
}

for (const file of files) {
    const bytes = readFileSync(file);
    let best = Infinity;
    for (const make of ways)
        for (let round = 0; round <= Number(rounds); round++) {
            const used = await measure(bytes, make);
            if (round > 0) best = Math.min(best, used);
        }
    console.log(best, process.resourceUsage().maxRSS * 1024, file);
}
