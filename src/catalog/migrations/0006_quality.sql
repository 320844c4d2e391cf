-- SPDX-License-Identifier: GPL-3.0-or-later
--
-- High quality: who wants it, and what it made of which file. assets.sha1 stays the hash of the file that came: by it
-- phones and clients know that they need not send it again. assets.size_bytes is what is stored.

ALTER TABLE users ADD COLUMN quality INTEGER NOT NULL DEFAULT 0 CHECK (quality IN (0, 1)); -- enum quality
ALTER TABLE devices ADD COLUMN quality INTEGER CHECK (quality IN (0, 1)); -- NULL: as the account says

ALTER TABLE assets ADD COLUMN quality INTEGER NOT NULL DEFAULT 0 CHECK (quality BETWEEN 0 AND 3); -- enum asset_quality
ALTER TABLE assets ADD COLUMN quality_note TEXT; -- what was done, or why nothing was, for people
-- Of reduced ones: the file that came. Its SHA-256 is known only where the server made the smaller one itself.
ALTER TABLE assets ADD COLUMN original_bytes INTEGER CHECK (original_bytes >= 0);
ALTER TABLE assets ADD COLUMN original_sha256 BLOB CHECK (original_sha256 IS NULL OR length(original_sha256) = 32);
ALTER TABLE assets ADD COLUMN reduced_sha1 BLOB CHECK (reduced_sha1 IS NULL OR length(reduced_sha1) = 20);
CREATE INDEX assets_by_reduced ON assets (owner_id, reduced_sha1) WHERE reduced_sha1 IS NOT NULL;

-- What it saved, by owner and device (0: none). Rows may stand at zero. Kept by the triggers below.
CREATE TABLE quality_saved (
    owner_id INTEGER NOT NULL,
    device_id INTEGER NOT NULL,
    files INTEGER NOT NULL CHECK (files >= 0),
    bytes INTEGER NOT NULL,
    PRIMARY KEY (owner_id, device_id)
) STRICT, WITHOUT ROWID;

CREATE TRIGGER assets_saved_in AFTER INSERT ON assets WHEN NEW.original_bytes IS NOT NULL BEGIN
    INSERT INTO quality_saved VALUES
        (NEW.owner_id, coalesce(NEW.device_id, 0), 1, NEW.original_bytes - NEW.size_bytes)
    ON CONFLICT DO UPDATE SET files = files + 1, bytes = bytes + excluded.bytes;
END;

CREATE TRIGGER assets_saved_out AFTER DELETE ON assets WHEN OLD.original_bytes IS NOT NULL BEGIN
    UPDATE quality_saved SET files = files - 1, bytes = bytes - (OLD.original_bytes - OLD.size_bytes)
    WHERE owner_id = OLD.owner_id AND device_id = coalesce(OLD.device_id, 0);
END;

CREATE TRIGGER assets_saved_anew AFTER UPDATE OF owner_id, device_id, original_bytes, size_bytes ON assets
WHEN OLD.original_bytes IS NOT NULL OR NEW.original_bytes IS NOT NULL BEGIN
    UPDATE quality_saved SET files = files - 1, bytes = bytes - (OLD.original_bytes - OLD.size_bytes)
    WHERE OLD.original_bytes IS NOT NULL AND owner_id = OLD.owner_id AND device_id = coalesce(OLD.device_id, 0);
    INSERT INTO quality_saved SELECT
        NEW.owner_id, coalesce(NEW.device_id, 0), 1, NEW.original_bytes - NEW.size_bytes
    WHERE NEW.original_bytes IS NOT NULL
    ON CONFLICT DO UPDATE SET files = files + 1, bytes = bytes + excluded.bytes;
END;
