-- SPDX-License-Identifier: GPL-3.0-or-later
--
-- Packed originals: blobs that the store keeps in a smaller form. The store's folder is what counts (a database brought
-- back from a copy may know less); here stands what cannot be seen there.

ALTER TABLE blobs ADD COLUMN pack INTEGER NOT NULL DEFAULT 0 CHECK (pack BETWEEN 0 AND 2); -- enum blob_pack
ALTER TABLE blobs ADD COLUMN packed_bytes INTEGER CHECK ((packed_bytes IS NOT NULL) = (pack = 1));
ALTER TABLE blobs ADD COLUMN packed_sha256 BLOB CHECK ((packed_sha256 IS NOT NULL) = (pack = 1)); -- of the packed file
ALTER TABLE blobs ADD COLUMN pack_reason TEXT CHECK ((pack_reason IS NOT NULL) = (pack = 2)); -- why it stays as it is

CREATE INDEX blobs_packed ON blobs (id, size_bytes, packed_bytes) WHERE pack = 1;
CREATE INDEX blobs_kept ON blobs (pack_reason) WHERE pack = 2;
