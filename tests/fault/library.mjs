// SPDX-License-Identifier: GPL-3.0-or-later
//
// What the fault tests share: the named fault points, uploads whose bytes and fate are remembered, and the look at the
// library afterwards: whatever was acknowledged is there byte for byte, whatever is there is whole.
import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { readdir } from 'node:fs/promises';
import { dirname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { program } from '../http/server.mjs';
import { jpeg, sha1, sha256 } from '../http/photo.mjs';

const source = resolve(dirname(fileURLToPath(import.meta.url)), '../../src');

/** Points of packing and unpacking: no upload passes them; pack.test.mjs does. */
export const packPoints = () => points(/\bFAULT\("((?:store|media)\.(?:un)?pack\.[^"]+)"\)/g);
const ofUploads = (name) => !packPoints().includes(name) && !name.startsWith('reduce.');

/** Every FAULT("…") of the source that @pattern finds, so that a point added there is tested from that day. */
function points(pattern) {
  const names = new Set();
  for (const room of readdirSync(source)) {
    for (const file of readdirSync(join(source, room)).filter((name) => name.endsWith('.c'))) {
      for (const match of readFileSync(join(source, room, file), 'utf8').matchAll(pattern)) names.add(match[1]);
    }
  }
  return [...names].sort();
}

/** All points: the program can be killed there. */
export const faultPoints = () => points(/\bFAULT\("([^"]+)"\)/g).filter(ofUploads);

/** Points whose call can fail: those that do not throw the errno away. */
export const failingPoints = () => points(/(?<!\(void\))\bFAULT\("([^"]+)"\)/g).filter(ofUploads);

/** Points of making a stored file smaller. */
export const reducePoints = () => points(/\bFAULT\("(reduce\.[^"]+)"\)/g);

/** Has the program under test fault points at all? Without, these tests would pass for nothing. */
export function assertFaultBuild() {
  assert.ok(readFileSync(program).includes('AMBROTYPE_FAULT'), `${program} was built without -Dfaults=true`);
}

/** Uploads by one account and what became of each. */
export class Uploads {
  constructor(session) {
    this.session = session;
    this.acknowledged = new Map(); // asset id → sha256 of the bytes
    this.sent = new Map(); // sha256 → bytes, of all whose sending began
  }

  /** Sends a new photo; the answer, or null where the connection broke. Only a whole answer of 200 or 201 acknowledges. */
  async send(server, { bytes = 20_000, signal } = {}) {
    const photo = jpeg({ bytes });
    this.sent.set(sha256(photo), photo);
    let answer;
    try {
      answer = await server.upload(photo, { session: this.session, name: `photo-${this.sent.size}.jpg`, signal });
    } catch {
      return null;
    }
    if (answer.status === 200 || answer.status === 201) this.acknowledged.set(answer.body.id, sha256(photo));
    return answer;
  }

  /** The same through the resumable path, in two parts. */
  async sendResumable(server, { bytes = 20_000 } = {}) {
    const photo = jpeg({ bytes });
    this.sent.set(sha256(photo), photo);
    const base64 = (text) => Buffer.from(text).toString('base64');
    const tus = { 'tus-resumable': '1.0.0' };
    try {
      const begun = await server.request('/api/uploads', {
        method: 'POST',
        session: this.session,
        headers: { ...tus, 'upload-length': String(photo.length), 'upload-metadata': `filename ${base64(`resumable-${this.sent.size}.jpg`)},checksum ${base64(sha1(photo))}` },
      });
      if (begun.status !== 201) return begun;
      const half = photo.length >> 1;
      for (const [from, to] of [[0, half], [half, photo.length]]) {
        const part = await server.request(begun.headers.get('location'), {
          method: 'PATCH',
          session: this.session,
          headers: { ...tus, 'upload-offset': String(from), 'content-type': 'application/offset+octet-stream' },
          body: photo.subarray(from, to),
        });
        if (part.status !== 204) return part;
        const id = part.headers.get('x-ambrotype-asset-id');
        if (id) this.acknowledged.set(id, sha256(photo));
        if (to === photo.length) return { ...part, body: { id } };
      }
    } catch {
      return null;
    }
  }

  /** Looks at the library of a server that was started anew. @exact: not one asset beyond what was acknowledged. */
  async check(server, { exact = false, only } = {}) {
    const visible = await visibleAssets(server, this.session);
    const shown = new Set(visible);
    for (const [id, hash] of only ?? this.acknowledged) {
      assert.ok(shown.has(id), `asset ${id} was acknowledged and is not in the timeline`);
      assert.equal(sha256(await server.original(id, { session: this.session })), hash, `asset ${id} does not have the bytes that were sent`);
    }
    const unasked = visible.filter((id) => !this.acknowledged.has(id));
    if (exact) assert.deepEqual(unasked, [], 'assets are visible that were never acknowledged');
    // Killed between the commit and the answer: it may be there, but then it is whole.
    for (const id of unasked) {
      const bytes = await server.original(id, { session: this.session });
      assert.ok(this.sent.has(sha256(bytes)), `asset ${id} has bytes that nobody sent`);
      this.acknowledged.set(id, sha256(bytes));
    }
    return visible.length;
  }
}

/** Ids of all assets in the account's timeline. */
export async function visibleAssets(server, session) {
  const { status, body: buckets } = await server.request('/api/timeline/buckets', { session });
  assert.equal(status, 200, JSON.stringify(buckets));
  const ids = [];
  for (const { timeBucket } of buckets) {
    const { body } = await server.request(`/api/timeline/bucket?timeBucket=${encodeURIComponent(timeBucket)}`, { session });
    ids.push(...body.id);
  }
  return ids;
}

/** Names of files left in staging/. */
export const stagedFiles = (server) => readdir(join(server.data, 'staging'));

/** The store and the catalog agree, says the program itself. */
export async function assertVerified(server) {
  const { code, stdout, stderr } = await server.cli(['verify']);
  assert.equal(code, 0, `verify: ${stdout}${stderr}`);
}
