-- SPDX-License-Identifier: GPL-3.0-or-later
--
-- Links that show an album or a list of photos to whoever has them, and what members of an album say of it.

CREATE TABLE shared_links (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    uuid BLOB NOT NULL UNIQUE CHECK (length(uuid) = 16),
    owner_id INTEGER NOT NULL REFERENCES users (id),
    key BLOB NOT NULL UNIQUE CHECK (length(key) = 50), -- as it is: its owner is shown it again
    slug TEXT UNIQUE,
    album_id INTEGER REFERENCES albums (id) ON DELETE CASCADE, -- NULL: a list, in shared_link_assets
    description TEXT,
    password_hash TEXT,
    expires_us INTEGER,
    allow_upload INTEGER NOT NULL CHECK (allow_upload IN (0, 1)),
    allow_download INTEGER NOT NULL CHECK (allow_download IN (0, 1)),
    show_metadata INTEGER NOT NULL CHECK (show_metadata IN (0, 1)),
    created_us INTEGER NOT NULL
) STRICT;
CREATE INDEX shared_links_by_owner ON shared_links (owner_id);
CREATE INDEX shared_links_by_album ON shared_links (album_id) WHERE album_id IS NOT NULL;

CREATE TABLE shared_link_assets (
    link_id INTEGER NOT NULL REFERENCES shared_links (id) ON DELETE CASCADE,
    asset_id INTEGER NOT NULL REFERENCES assets (id) ON DELETE CASCADE,
    PRIMARY KEY (link_id, asset_id)
) STRICT, WITHOUT ROWID;
CREATE INDEX shared_link_assets_by_asset ON shared_link_assets (asset_id);

-- What is said of an asset goes when that leaves the album.
CREATE TABLE activities (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    uuid BLOB NOT NULL UNIQUE CHECK (length(uuid) = 16),
    album_id INTEGER NOT NULL REFERENCES albums (id) ON DELETE CASCADE,
    asset_id INTEGER, -- NULL: of the album itself
    user_id INTEGER NOT NULL REFERENCES users (id),
    comment TEXT, -- NULL: a like
    created_us INTEGER NOT NULL,
    FOREIGN KEY (album_id, asset_id) REFERENCES album_assets (album_id, asset_id) ON DELETE CASCADE
) STRICT;
CREATE INDEX activities_by_album ON activities (album_id, asset_id);
CREATE INDEX activities_by_user ON activities (user_id);
CREATE UNIQUE INDEX activities_likes ON activities (album_id, coalesce(asset_id, 0), user_id) WHERE comment IS NULL;
