-- SPDX-License-Identifier: GPL-3.0-or-later
--
-- Administration: accounts that are to be deleted wait a while, pictures of people, sessions of devices that a session
-- casts to, and what the phone apps want to have kept with an asset.

-- An administrator deleted the account: nobody signs in any more; at purge_us all of it goes for good, until then it
-- can be brought back.
ALTER TABLE users ADD COLUMN removed_us INTEGER;
ALTER TABLE users ADD COLUMN purge_us INTEGER;
ALTER TABLE users ADD COLUMN is_onboarded INTEGER NOT NULL DEFAULT 1 CHECK (is_onboarded IN (0, 1));
ALTER TABLE users ADD COLUMN has_profile_image INTEGER NOT NULL DEFAULT 0 CHECK (has_profile_image IN (0, 1));
CREATE INDEX users_to_purge ON users (purge_us) WHERE purge_us IS NOT NULL;

-- A small square JPEG, as a worker made it.
CREATE TABLE profile_images (
    user_id INTEGER PRIMARY KEY REFERENCES users (id) ON DELETE CASCADE,
    jpeg BLOB NOT NULL CHECK (length(jpeg) > 0)
) STRICT;

-- A session that another one opened ends with it.
ALTER TABLE sessions ADD COLUMN parent_id INTEGER REFERENCES sessions (id) ON DELETE CASCADE;
CREATE INDEX sessions_by_parent ON sessions (parent_id) WHERE parent_id IS NOT NULL;

-- What clients want to have kept with an asset, by keys of their own ("mobile-app"). Deletes leave a row in `changes`:
-- entity asset_metadata, key1 the asset, key2 the key's bytes. (What the file itself says is in asset_metadata.)
CREATE TABLE asset_app_data (
    asset_id INTEGER NOT NULL REFERENCES assets (id) ON DELETE CASCADE,
    owner_id INTEGER NOT NULL REFERENCES users (id), -- the asset's, here for the sync stream
    key TEXT NOT NULL CHECK (key <> ''),
    value TEXT NOT NULL, -- a JSON object
    updated_us INTEGER NOT NULL,
    create_id INTEGER NOT NULL,
    update_id INTEGER NOT NULL,
    PRIMARY KEY (asset_id, key)
) STRICT, WITHOUT ROWID;
CREATE INDEX asset_app_data_by_change ON asset_app_data (owner_id, update_id);

-- The folders of an account, and what is in one.
CREATE INDEX assets_by_browse ON assets (owner_id, browse_path) WHERE browse_path IS NOT NULL;
