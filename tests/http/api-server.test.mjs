// SPDX-License-Identifier: GPL-3.0-or-later
//
// What the server says of itself and its numbers, and that its configuration does what docs/server.md says.
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { mkdtemp, readFile, rm, statfs, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { runProgram, startServer } from './server.mjs';
import { jpeg } from './photo.mjs';

describe('the numbers', () => {
  let server, admin, other;
  const sizes = {};
  before(async () => {
    server = await startServer();
    admin = await server.signUp();
    other = await server.addUser({ name: 'Bob' });
    const put = async (name, session, more = {}) => {
      const bytes = more.content ?? jpeg(more);
      const { status, body } = await server.upload(bytes, { session, ...more.upload });
      assert.equal(status, 201, JSON.stringify(body));
      sizes[name] = bytes.length;
      return body.id;
    };
    await put('kept', admin);
    const thrown = await put('thrown', admin, { bytes: 5000 });
    const gone = await put('gone', admin);
    await put('theirs', other, { bytes: 9000 });
    // The content decides what a video is; what is nothing known goes by its name.
    await put('film', other, { content: Buffer.alloc(7000, 'reel'), upload: { name: 'film.mp4' } });
    const away = (json) => server.request('/api/assets', { method: 'DELETE', session: admin, json });
    assert.equal((await away({ ids: [thrown] })).status, 204);
    assert.equal((await away({ ids: [gone], force: true })).status, 204);
  });
  after(() => server.stop());
  const get = async (path, session = admin) => (await server.request(`/api/server/${path}`, { session })).body;

  test('count the trash and both accounts, and not what was deleted for good', async () => {
    const mine = sizes.kept + sizes.thrown;
    assert.deepEqual(await get('statistics'), {
      photos: 3, videos: 1, usage: mine + sizes.theirs + sizes.film, usagePhotos: mine + sizes.theirs, usageVideos: sizes.film,
      usageByUser: [
        { userId: admin.userId, userName: 'First', photos: 2, videos: 0, usage: mine, usagePhotos: mine, usageVideos: 0, quotaSizeInBytes: null },
        { userId: other.userId, userName: 'Bob', photos: 1, videos: 1, usage: sizes.theirs + sizes.film, usagePhotos: sizes.theirs, usageVideos: sizes.film, quotaSizeInBytes: null },
      ],
    });
    assert.equal((await server.request('/api/server/statistics', { session: other })).status, 403);
    const statistics = async (query, session) => (await server.request(`/api/assets/statistics${query}`, { session })).body;
    assert.deepEqual(await statistics('', admin), { images: 1, videos: 0, total: 1 });
    assert.deepEqual(await statistics('?isTrashed=true', admin), { images: 1, videos: 0, total: 1 });
    assert.deepEqual(await statistics('', other), { images: 1, videos: 1, total: 2 });
  });

  test('of the disk are those of the data folder', async () => {
    const { bsize, blocks, bavail } = await statfs(server.data);
    const storage = await get('storage', other);
    assert.equal(storage.diskSizeRaw, bsize * blocks);
    assert.equal(storage.diskUseRaw + storage.diskAvailableRaw, storage.diskSizeRaw);
    const drift = Math.abs(storage.diskAvailableRaw - bsize * bavail); // others write to the same disk meanwhile
    assert.ok(drift < 1e9, `${drift} bytes off`);
    assert.equal(storage.diskUsagePercentage, Math.round((10000 * storage.diskUseRaw) / storage.diskSizeRaw) / 100);
    for (const key of ['diskSize', 'diskUse', 'diskAvailable']) assert.match(storage[key], /^[\d.]+\s([kMGT]?B|bytes?)$/);
  });

  test('of the version are the API\'s and our own', async () => {
    const about = await get('about', other);
    const { major, minor, patch } = await get('version');
    assert.equal(about.version, `v${major}.${minor}.${patch}`);
    const { stdout } = await runProgram(['--version']);
    assert.ok(stdout.trim().endsWith(about.build), `${stdout} and ${about.build}`);
    assert.equal(about.licensed, false);
  });
});

describe('the configuration', () => {
  test('has every key with its default in the documentation, and no other', async () => {
    const { stdout, code } = await runProgram(['serve', '--print-config']);
    assert.equal(code, 0);
    const printed = stdout.split('\n').filter((line) => /^[a-z]/.test(line)).map((line) => line.split(/=(.*)/).slice(0, 2));
    const page = await readFile(new URL('../../docs/server.md', import.meta.url), 'utf8');
    const rows = [...page.matchAll(/^\| `([a-z-]+)` \| `(AMBROTYPE_[A-Z_]+)` \| (?:`(.*?)`)? ?\| /gm)];
    assert.deepEqual(rows.map(([, key, , fallback]) => [key, fallback ?? '']), printed);
    for (const [, key, variable] of rows) assert.equal(variable, `AMBROTYPE_${key.toUpperCase().replaceAll('-', '_')}`);
  });

  test('has an example that is taken', async () => {
    const page = await readFile(new URL('../../docs/server.md', import.meta.url), 'utf8');
    const folder = await mkdtemp(join(tmpdir(), 'ambrotype-config-'));
    await writeFile(join(folder, 'example.conf'), /```ini\n(\[server\][^`]*)```/.exec(page)[1]);
    const { stdout, stderr, code } = await runProgram(['serve', '--print-config', '--config', join(folder, 'example.conf')]);
    await rm(folder, { recursive: true });
    assert.deepEqual([code, stderr], [0, '']);
    assert.match(stdout, /^trash-days=60$/m);
  });

  test('ends a session that was not used for its days', async () => {
    const server = await startServer({ env: { AMBROTYPE_SESSION_DAYS: '2' } });
    try {
      const session = await server.signUp();
      const age = async (days) => {
        await server.stop({ keep: true });
        const sql = 'import sqlite3, sys; c = sqlite3.connect(sys.argv[1]); c.execute("UPDATE sessions SET updated_us = updated_us - ?", (int(float(sys.argv[2]) * 86400e6),)); c.commit()';
        execFileSync('python3', ['-c', sql, join(server.data, 'ambrotype.db'), String(days)]);
        await server.start();
        return (await server.request('/api/users/me', { session })).status;
      };
      assert.equal(await age(1.9), 200); // and it counts anew from here
      assert.equal(await age(1.9), 200);
      assert.equal(await age(2.1), 401);
      await server.until(() => server.log.includes('upkeep.sessions-ended'), { what: 'the removal' });
      assert.equal((await server.login()).cookie.length > 0, true);
    } finally {
      await server.stop();
      await server.forget();
    }
  });

  test('reaches what it is for: trash, message, size of a file', async () => {
    const server = await startServer({ env: { AMBROTYPE_TRASH_DAYS: '7', AMBROTYPE_LOGIN_MESSAGE: 'Ask Ann', AMBROTYPE_MAX_UPLOAD_MB: '1' } });
    try {
      const session = await server.signUp();
      const { body } = await server.request('/api/server/config');
      assert.deepEqual([body.trashDays, body.loginPageMessage], [7, 'Ask Ann']);
      const large = await server.upload(jpeg({ bytes: 1_000_100 }), { session });
      assert.deepEqual([large.status, /larger than this server takes/.test(large.body.message)], [413, true]);
      assert.equal((await server.upload(jpeg({ bytes: 900_000 }), { session })).status, 201);
      const options = await server.request('/api/uploads', { method: 'OPTIONS' });
      assert.equal(options.headers.get('tus-max-size'), '1000000');
    } finally {
      await server.stop();
    }
  });
});
