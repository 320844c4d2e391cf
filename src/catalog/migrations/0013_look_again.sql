-- SPDX-License-Identifier: GPL-3.0-or-later
--
-- Earlier versions made no pictures of videos, camera RAW or TIFF, and read no keywords, faces, side files or motion
-- photos. Whatever is in the library is looked at again: newest first, behind all that people wait for.

INSERT INTO rebuilds (owner_id, is_all, is_trashed, day, taken_us, asset_id)
SELECT DISTINCT owner_id, 1, 0, 9223372036854775807, 9223372036854775807, 9223372036854775807 FROM assets WHERE true
ON CONFLICT (owner_id) DO NOTHING;
INSERT INTO jobs (kind, subject, priority, state, created_us, updated_us)
SELECT 'rebuild', owner_id, 5, 'waiting', 0, 0 FROM rebuilds WHERE true
ON CONFLICT (kind, subject) DO NOTHING;
