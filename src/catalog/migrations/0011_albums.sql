-- SPDX-License-Identifier: GPL-3.0-or-later
--
-- Albums: what of whose, shown to whom. Rows carry create_id and update_id for the sync stream; deletes leave a row in
-- `changes` (entities album, album_user, album_asset: key1 the album, key2 the user or the asset).

CREATE TABLE albums (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    uuid BLOB NOT NULL UNIQUE CHECK (length(uuid) = 16),
    owner_id INTEGER NOT NULL REFERENCES users (id),
    name TEXT NOT NULL,
    description TEXT NOT NULL,
    thumbnail_asset_id INTEGER REFERENCES assets (id) ON DELETE SET NULL,
    is_activity_enabled INTEGER NOT NULL DEFAULT 1 CHECK (is_activity_enabled IN (0, 1)),
    is_ascending INTEGER NOT NULL DEFAULT 0 CHECK (is_ascending IN (0, 1)), -- oldest first
    created_us INTEGER NOT NULL,
    updated_us INTEGER NOT NULL,
    create_id INTEGER NOT NULL,
    update_id INTEGER NOT NULL
) STRICT;
CREATE INDEX albums_by_owner ON albums (owner_id);
CREATE INDEX albums_by_thumbnail ON albums (thumbnail_asset_id) WHERE thumbnail_asset_id IS NOT NULL;

-- Who may see an album; its owner has a row too, as the phones ask for it.
CREATE TABLE album_users (
    album_id INTEGER NOT NULL REFERENCES albums (id) ON DELETE CASCADE,
    user_id INTEGER NOT NULL REFERENCES users (id),
    role INTEGER NOT NULL CHECK (role BETWEEN 0 AND 2), -- enum album_role
    create_id INTEGER NOT NULL,
    update_id INTEGER NOT NULL,
    PRIMARY KEY (album_id, user_id)
) STRICT, WITHOUT ROWID;
CREATE INDEX album_users_by_user ON album_users (user_id);

CREATE TABLE album_assets (
    album_id INTEGER NOT NULL REFERENCES albums (id) ON DELETE CASCADE,
    asset_id INTEGER NOT NULL REFERENCES assets (id) ON DELETE CASCADE,
    create_id INTEGER NOT NULL,
    update_id INTEGER NOT NULL,
    PRIMARY KEY (album_id, asset_id)
) STRICT, WITHOUT ROWID;
CREATE INDEX album_assets_by_asset ON album_assets (asset_id);
CREATE INDEX album_assets_by_change ON album_assets (update_id);
