-- SPDX-License-Identifier: GPL-3.0-or-later
--
-- What phones learn of others: partners' photos, and those of others in shared albums.

-- Of SyncCompleteV1 the kinds that the stream had (bits); of a backfill how far it has come within the album or partner
-- of change_id; of what is backfilled the change id up to which all albums or partners were.
ALTER TABLE sync_checkpoints ADD COLUMN extra INTEGER NOT NULL DEFAULT 0;

-- Links that are gone, for whatever reason: taken out, the album deleted, the asset deleted. Kept as long as `changes`.
CREATE TABLE album_assets_gone (
    change_id INTEGER NOT NULL,
    album_uuid BLOB NOT NULL,
    asset_uuid BLOB NOT NULL,
    at_us INTEGER NOT NULL,
    PRIMARY KEY (change_id, album_uuid, asset_uuid)
) STRICT, WITHOUT ROWID;
INSERT INTO album_assets_gone SELECT id, key1, key2, at_us FROM changes WHERE entity = 'album_asset';
DELETE FROM changes WHERE entity = 'album_asset';

-- In the order of changes, whoever made them: a phone that is up to date finds nothing behind its last one.
CREATE INDEX assets_by_any_change ON assets (update_id, owner_id);
CREATE INDEX assets_put_away ON assets (update_id, owner_id) WHERE visibility <> 0 OR trashed_us IS NOT NULL;
CREATE INDEX exif_by_any_change ON exif (update_id, owner_id);
CREATE INDEX albums_by_change ON albums (update_id);
CREATE INDEX album_users_by_change ON album_users (update_id);
-- What came before somebody joined, for who joined since.
CREATE INDEX album_assets_in_order ON album_assets (album_id, update_id);
DROP INDEX album_users_by_user;
CREATE INDEX album_users_by_user ON album_users (user_id, create_id);
DROP INDEX partners_by_shared_with;
CREATE INDEX partners_by_shared_with ON partners (shared_with_id, create_id);

-- What nobody but its owner was to see and others may see now is news to their phones, which forgot it: its metadata,
-- its place in albums, and that it stands for an album.
CREATE TRIGGER assets_shown AFTER UPDATE OF visibility, trashed_us ON assets
WHEN NEW.trashed_us IS NULL AND NEW.visibility IN (0, 1)
    AND (OLD.trashed_us IS NOT NULL OR OLD.visibility NOT IN (0, 1) OR (OLD.visibility = 1 AND NEW.visibility = 0))
BEGIN
    UPDATE exif SET update_id = NEW.update_id WHERE asset_id = NEW.id
        AND (EXISTS (SELECT 1 FROM album_assets WHERE asset_id = NEW.id)
             OR EXISTS (SELECT 1 FROM partners WHERE shared_by_id = NEW.owner_id));
    UPDATE album_assets SET update_id = NEW.update_id WHERE asset_id = NEW.id;
    UPDATE albums SET update_id = NEW.update_id WHERE thumbnail_asset_id = NEW.id;
END;
