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

const migrations = new URL('../../src/catalog/migrations/', import.meta.url).pathname;

/** Makes of the database at @path what the program of that version would have left: its tables, with the rows that fit in;
 *  then runs @python, where `db` is the database. */
async function asOfVersion(version, path, python) {
  const names = (await readdir(migrations)).sort().filter((name) => Number(name.slice(0, 4)) <= version);
  execFileSync('python3', ['-c', `
import os, sqlite3, sys
path, version, files = sys.argv[1], int(sys.argv[2]), sys.argv[3:]
os.rename(path, path + ".new")
db = sqlite3.connect(path, isolation_level=None)
db.execute("PRAGMA journal_mode = WAL")
db.executescript("CREATE TABLE db_state (id INTEGER PRIMARY KEY CHECK (id = 1), version INTEGER NOT NULL, change_id INTEGER NOT NULL) STRICT")
for file in files:
    db.executescript(open(file).read())
for table in ("jobs", "rebuilds"):
    db.execute(f"DELETE FROM {table}")
triggers = db.execute("SELECT name, sql FROM sqlite_schema WHERE type = 'trigger'").fetchall()
for name, _ in triggers:
    db.execute(f"DROP TRIGGER {name}")
db.execute("ATTACH ? AS new", (path + ".new",))
for name, in db.execute("SELECT name FROM main.sqlite_schema WHERE type = 'table' AND name NOT LIKE 'sqlite_%'").fetchall():
    columns = ", ".join(row[1] for row in db.execute(f"PRAGMA main.table_xinfo({name})") if row[6] == 0)
    db.execute(f"INSERT INTO main.{name} ({columns}) SELECT {columns} FROM new.{name}")
for _, sql in triggers:
    db.execute(sql)
db.execute("UPDATE db_state SET version = ?", (version,))
db.execute("DETACH new")
os.remove(path + ".new")
${python}
`, path, String(version), ...names.map((name) => join(migrations, name))]);
}

test('what an earlier version made no picture of gets one after the upgrade, and the catalog was copied before', async (t) => {
  const server = await startServer();
  t.after(() => server.stop());
  const me = await server.signUp();
  const { id } = (await server.upload(jpeg({ exif: { date: '2024:08:01 12:00:00', make: 'Acme' } }), { session: me })).body;
  await server.cli(['jobs', '--data', server.data, '--wait']);
  await server.stop({ keep: true });
  await asOfVersion(12, join(server.data, 'ambrotype.db'), `
db.execute("UPDATE assets SET media_state = 2, media_reason = 'Pictures of videos cannot be made yet.', thumbhash = NULL")
db.execute("UPDATE exif SET make = NULL")`);
  await server.start();
  await server.cli(['jobs', '--data', server.data, '--wait']);
  const { body } = await server.request(`/api/assets/${id}`, { session: me });
  assert.ok(body.thumbhash);
  assert.equal(body.exifInfo.make, 'Acme');
  const proof = (await server.request(`/api/assets/${id}/proof`, { session: me })).body;
  assert.deepEqual(proof.media, { state: 'ready', reason: null });
  assert.equal((await readdir(join(server.data, 'backups'))).filter((name) => name.endsWith('-v12.db')).length, 1);
});
