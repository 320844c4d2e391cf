-- SPDX-License-Identifier: GPL-3.0-or-later
--
-- Partners: who shows their timeline to whom. A delete leaves two rows in `changes` (entity partner, key1 who shared,
-- key2 with whom), one for each of both.

CREATE TABLE partners (
    shared_by_id INTEGER NOT NULL REFERENCES users (id),
    shared_with_id INTEGER NOT NULL REFERENCES users (id),
    in_timeline INTEGER NOT NULL DEFAULT 0 CHECK (in_timeline IN (0, 1)), -- mixed into the timeline of who sees it
    created_us INTEGER NOT NULL,
    updated_us INTEGER NOT NULL,
    create_id INTEGER NOT NULL,
    update_id INTEGER NOT NULL,
    PRIMARY KEY (shared_by_id, shared_with_id),
    CHECK (shared_by_id <> shared_with_id)
) STRICT, WITHOUT ROWID;
CREATE INDEX partners_by_shared_with ON partners (shared_with_id);
