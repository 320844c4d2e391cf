-- SPDX-License-Identifier: GPL-3.0-or-later
--
-- Moving photos: why a still has its motion half, and videos that lie inside of a photo's own file.

-- enum live_by (asset_private.h): 0 nothing was decided, 1 a client or a person said so (also that there is none), 2 both
-- halves carry the same identifier, 3 names, times and folder agree.
ALTER TABLE assets ADD COLUMN live_by INTEGER NOT NULL DEFAULT 0 CHECK (live_by BETWEEN 0 AND 3);
UPDATE assets SET live_by = 1 WHERE live_video_id IS NOT NULL;

-- What may be the motion half of a still of the same name: few videos are that short.
CREATE INDEX assets_short_videos ON assets (owner_id, file_name COLLATE NOCASE)
    WHERE type = 1 AND duration_ms BETWEEN 1 AND 4000;

-- The video inside of a motion photo: a stretch of the asset's blob. Clients know it as an asset of its own, hidden as
-- the motion half of a live photo is.
CREATE TABLE motion_parts (
    asset_id INTEGER PRIMARY KEY REFERENCES assets (id) ON DELETE CASCADE,
    uuid BLOB NOT NULL UNIQUE CHECK (length(uuid) = 16), -- stays the same when the photo is read again
    offset_bytes INTEGER NOT NULL CHECK (offset_bytes > 0),
    size_bytes INTEGER NOT NULL CHECK (size_bytes > 0)
) STRICT;

-- What the timeline and the sync stream say moves a photo: the uuid of its motion half, else of the video inside of it.
-- Kept by the triggers below and part of the timeline's index: looking up the other row for each photo of a month took
-- four times as long as all the rest.
ALTER TABLE assets ADD COLUMN live_uuid BLOB CHECK (live_uuid IS NULL OR length(live_uuid) = 16);
UPDATE assets SET live_uuid = (SELECT v.uuid FROM assets v WHERE v.id = assets.live_video_id) WHERE live_video_id IS NOT NULL;

CREATE TRIGGER assets_live_uuid AFTER UPDATE OF live_video_id ON assets
WHEN OLD.live_video_id IS NOT NEW.live_video_id
BEGIN
    UPDATE assets SET live_uuid = coalesce((SELECT v.uuid FROM assets v WHERE v.id = NEW.live_video_id),
                                           (SELECT m.uuid FROM motion_parts m WHERE m.asset_id = NEW.id))
    WHERE id = NEW.id;
END;

CREATE TRIGGER motion_parts_in AFTER INSERT ON motion_parts BEGIN
    UPDATE assets SET live_uuid = NEW.uuid WHERE id = NEW.asset_id AND live_video_id IS NULL;
END;

CREATE TRIGGER motion_parts_out AFTER DELETE ON motion_parts BEGIN
    UPDATE assets SET live_uuid = NULL WHERE id = OLD.asset_id AND live_video_id IS NULL;
END;

-- A smaller file in the place of the original (High quality) keeps all that lies behind the picture, byte by byte; until
-- it is read anew, the video is where it was, counted from the end.
CREATE TRIGGER motion_parts_moved AFTER UPDATE OF blob_id ON assets WHEN OLD.blob_id <> NEW.blob_id BEGIN
    UPDATE motion_parts SET offset_bytes = offset_bytes + NEW.size_bytes - OLD.size_bytes
    WHERE asset_id = NEW.id AND offset_bytes + NEW.size_bytes > OLD.size_bytes;
END;

DROP INDEX assets_timeline;
CREATE INDEX assets_timeline ON assets (owner_id, is_trashed, day, taken_us, id, visibility, is_favorite, type, uuid,
    width_px, height_px, local_us, uploaded_us, duration_ms, thumbhash, projection, live_uuid);
