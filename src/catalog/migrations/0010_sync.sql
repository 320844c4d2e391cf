-- SPDX-License-Identifier: GPL-3.0-or-later
--
-- How far the phone apps are: one checkpoint a session and kind of entity, as its last acknowledgement says.

CREATE TABLE sync_checkpoints (
    session_id INTEGER NOT NULL REFERENCES sessions (id) ON DELETE CASCADE,
    entity TEXT NOT NULL CHECK (entity <> ''), -- "AssetV2", "AssetDeleteV1", …
    change_id INTEGER NOT NULL, -- all up to here has arrived
    acked_us INTEGER NOT NULL,
    PRIMARY KEY (session_id, entity)
) STRICT, WITHOUT ROWID;
