-- SPDX-License-Identifier: GPL-3.0-or-later
-- Jobs: their order within a priority, how far long ones have come, which kinds stand still; rebuilding of derived/.

-- src/jobs
ALTER TABLE jobs ADD COLUMN sort INTEGER NOT NULL DEFAULT 0; -- within a priority the highest first: capture time, where there is one
ALTER TABLE jobs ADD COLUMN progress INTEGER NOT NULL DEFAULT 0 CHECK (progress BETWEEN 0 AND 1000); -- of an active one, permille
DROP INDEX jobs_to_pick;
CREATE INDEX jobs_to_pick ON jobs (state, kind, priority, sort, id);
CREATE INDEX jobs_delayed ON jobs (not_before_us) WHERE not_before_us > 0;

-- What an administrator has stopped: a kind of jobs, or a name of the Immich API that no kind stands behind.
CREATE TABLE job_pauses (
    name TEXT PRIMARY KEY CHECK (name <> ''),
    since_us INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

-- src/media: derivatives that are being made again, one row an owner while it lasts. The place that was reached in the
-- owner's timeline, newest first.
CREATE TABLE rebuilds (
    owner_id INTEGER PRIMARY KEY REFERENCES users (id) ON DELETE CASCADE,
    is_all INTEGER NOT NULL CHECK (is_all IN (0, 1)), -- 0: only what is missing
    is_trashed INTEGER NOT NULL DEFAULT 0 CHECK (is_trashed IN (0, 1)), -- the trash comes last
    day INTEGER NOT NULL,
    taken_us INTEGER NOT NULL,
    asset_id INTEGER NOT NULL
) STRICT;
