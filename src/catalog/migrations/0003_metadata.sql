-- SPDX-License-Identifier: GPL-3.0-or-later
--
-- What else the metadata of a file says: keywords, faces, where the zone is from, bursts, side files. Written whole by
-- each look into the file; what people make of it (tags, recognised faces) stands in tables of its own.

CREATE TABLE asset_metadata (
    asset_id INTEGER PRIMARY KEY REFERENCES assets (id) ON DELETE CASCADE,
    owner_id INTEGER NOT NULL REFERENCES users (id), -- the asset's
    zone_source TEXT,                                -- ZONE_SOURCE_…; NULL: the zone is not known
    burst_id TEXT,
    focal_35mm INTEGER CHECK (focal_35mm > 0),
    sidecar INTEGER NOT NULL CHECK (sidecar BETWEEN 0 AND 2) -- enum sidecar_state
) STRICT;
CREATE INDEX asset_metadata_by_burst ON asset_metadata (owner_id, burst_id) WHERE burst_id IS NOT NULL;

-- Keywords as the file has them, in its order; parts of a path are divided by "|" ("People|Marie Curie").
CREATE TABLE asset_keywords (
    asset_id INTEGER NOT NULL REFERENCES assets (id) ON DELETE CASCADE,
    position INTEGER NOT NULL,
    keyword TEXT NOT NULL CHECK (keyword <> ''),
    PRIMARY KEY (asset_id, position)
) STRICT, WITHOUT ROWID;
CREATE INDEX asset_keywords_by_word ON asset_keywords (keyword, asset_id);

-- Faces as the file has them: left upper corner and size as parts of the upright picture.
CREATE TABLE asset_faces (
    asset_id INTEGER NOT NULL REFERENCES assets (id) ON DELETE CASCADE,
    position INTEGER NOT NULL,
    name TEXT, -- NULL: framed, but not named
    x REAL NOT NULL CHECK (x BETWEEN 0 AND 1),
    y REAL NOT NULL CHECK (y BETWEEN 0 AND 1),
    width REAL NOT NULL CHECK (width > 0 AND width <= 1),
    height REAL NOT NULL CHECK (height > 0 AND height <= 1),
    PRIMARY KEY (asset_id, position)
) STRICT, WITHOUT ROWID;
CREATE INDEX asset_faces_by_name ON asset_faces (name, asset_id) WHERE name IS NOT NULL;
