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
