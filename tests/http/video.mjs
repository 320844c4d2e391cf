// SPDX-License-Identifier: GPL-3.0-or-later
//
// Videos for the tests, made by ffmpeg: short, small, of every codec and container that the server opens.
import { execFile, execFileSync } from 'node:child_process';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';

const run = promisify(execFile);

/** Is there an ffmpeg? Tests that need one skip and say so. */
export const hasFfmpeg = (() => {
  try {
    execFileSync('ffmpeg', ['-version'], { stdio: 'ignore' });
    return true;
  } catch {
    return false;
  }
})();

/** Moving colours with a tone. */
export const pattern = ({ size = '128x96', rate = 25, seconds = 1, sound = true } = {}) => [
  '-f', 'lavfi', '-i', `testsrc2=size=${size}:rate=${rate}:duration=${seconds}`,
  ...(sound ? ['-f', 'lavfi', '-i', `sine=440:duration=${seconds}`] : []),
];

/** A video: ffmpeg's words after its input, by @name with the ending that says the container. @rotate: degrees that a
 *  player turns it clockwise, as phones write it. */
export async function video(name, words, input = pattern(), { rotate = 0 } = {}) {
  const folder = await mkdtemp(join(tmpdir(), 'ambrotype-video-'));
  const make = (...all) => run('ffmpeg', ['-v', 'error', '-nostdin', '-y', ...all]);
  try {
    const file = join(folder, name);
    await make(...input, ...words.split(' '), file);
    if (rotate === 0) return await readFile(file);
    const turned = join(folder, `turned-${name}`);
    await make('-i', file, '-c', 'copy', '-metadata:s:v', `rotate=${rotate}`, turned); // only taken where streams are copied
    return await readFile(turned);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

export const H264 = '-c:v libx264 -preset ultrafast -pix_fmt yuv420p';
export const AAC = '-c:a aac';
