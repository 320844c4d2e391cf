// SPDX-License-Identifier: GPL-3.0-or-later
//
// The peer: Node sharp makes the same two files on one core.
//
//   sharp.mjs time ROUNDS FILE…          one line a file: processor time a photo in microseconds (the least of the rounds, of
//                                        which the first is not counted), peak memory in bytes, path
//   sharp.mjs reference FILE OUT.png     the preview as it should be: every pixel decoded, then Lanczos
//   sharp.mjs preview FILE OUT.jpg BYTES the preview by sharp at its quality 80, and at the first quality that is no smaller than
//                                        BYTES (OUT.jpg.same.jpg); one line: both sizes in bytes, and that quality
//   sharp.mjs avif FILE OUT.avif         FILE as AVIF
//   sharp.mjs grown FILE WIDTH HEIGHT OUT.jpg   a photo of that size: FILE enlarged, with the grain of a sensor
import sharp from 'sharp';
import { readFileSync, writeFileSync } from 'node:fs';

sharp.concurrency(1);
sharp.cache(false);

const upright = (bytes, options) => sharp(bytes, options).rotate().toColourspace('srgb').flatten({ background: '#fff' });
async function sizer(bytes) {
    const { width, height, orientation } = await sharp(bytes).metadata();
    const [shown, other] = orientation >= 5 ? [height, width] : [width, height];
    return (short) => ({ [shown <= other ? 'width' : 'height']: Math.min(short, width, height) });
}

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
    const by = await sizer(bytes);
    const before = process.cpuUsage();
    await make(() => upright(bytes), by);
    const used = process.cpuUsage(before);
    return used.user + used.system;
}

const commands = {
    async time(rounds, ...files) {
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
    },
    async reference(file, out) {
        const bytes = readFileSync(file);
        const by = await sizer(bytes);
        await upright(bytes).resize({ ...by(1440), kernel: 'lanczos3', fastShrinkOnLoad: false }).png({ compressionLevel: 1 }).toFile(out);
    },
    async preview(file, out, wanted) {
        const bytes = readFileSync(file);
        const by = await sizer(bytes);
        const raw = await upright(bytes).resize(by(1440)).raw().toBuffer({ resolveWithObject: true });
        const at = (quality) => sharp(raw.data, { raw: raw.info }).jpeg({ quality }).toBuffer();
        const usual = await at(80);
        let quality = 60;
        let same = await at(quality);
        while (same.length < Number(wanted) && quality < 100) same = await at(++quality);
        writeFileSync(out, usual);
        writeFileSync(`${out}.same.jpg`, same);
        console.log(usual.length, same.length, quality);
    },
    async avif(file, out) {
        await sharp(readFileSync(file)).rotate().avif({ quality: 60, effort: 1 }).toFile(out);
    },
    async grown(file, width, height, out) {
        const size = { width: Number(width), height: Number(height) };
        const large = await sharp(readFileSync(file)).rotate().resize({ ...size, fit: 'cover', kernel: 'lanczos3' }).toBuffer();
        const grain = await sharp({ create: { ...size, channels: 3, background: '#808080', noise: { type: 'gaussian', mean: 128, sigma: 9 } } })
            .blur(0.6).png({ compressionLevel: 0 }).toBuffer();
        await sharp(large).composite([{ input: grain, blend: 'soft-light' }]).jpeg({ quality: 92 }).toFile(out);
    },
};

const [command, ...words] = process.argv.slice(2);
await commands[command](...words);
