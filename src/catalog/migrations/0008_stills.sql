-- SPDX-License-Identifier: GPL-3.0-or-later
--
-- Beside its picture the file holds one that makes it brighter on screens that can: kept in the original, noted here.
ALTER TABLE exif ADD COLUMN has_gain_map INTEGER NOT NULL DEFAULT 0 CHECK (has_gain_map IN (0, 1));
