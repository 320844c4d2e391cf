// SPDX-License-Identifier: GPL-3.0-or-later
//
// A library of an earlier version: what could not be shown then is looked at again by itself.
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import { jpeg } from './photo.mjs';
import { startServer } from './server.mjs';

test('what an earlier version made no picture of gets one after the upgrade, and the catalog was copied before', async (t) => {
  const server = await startServer();
  t.after(() => server.stop());
  const me = await server.signUp();
  const { id } = (await server.upload(jpeg({ exif: { date: '2024:08:01 12:00:00', make: 'Acme' } }), { session: me })).body;
  await server.cli(['jobs', '--data', server.data, '--wait']);
  await server.stop({ keep: true });
  // As the version before 0013_look_again left it.
  execFileSync('python3', ['-c', `
import sqlite3, sys
db = sqlite3.connect(sys.argv[1])
db.execute("UPDATE assets SET media_state = 2, media_reason = 'Pictures of videos cannot be made yet.', thumbhash = NULL")
db.execute("UPDATE exif SET make = NULL")
db.execute("UPDATE db_state SET version = 12")
db.commit()`, join(server.data, 'ambrotype.db')]);
  await server.start();
  await server.cli(['jobs', '--data', server.data, '--wait']);
  const { body } = await server.request(`/api/assets/${id}`, { session: me });
  assert.ok(body.thumbhash);
  assert.equal(body.exifInfo.make, 'Acme');
  const proof = (await server.request(`/api/assets/${id}/proof`, { session: me })).body;
  assert.deepEqual(proof.media, { state: 'ready', reason: null });
  assert.equal((await readdir(join(server.data, 'backups'))).filter((name) => name.endsWith('-v12.db')).length, 1);
});
