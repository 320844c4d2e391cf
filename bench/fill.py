#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""bench/fill.py DATABASE ASSETS: writes that many assets, with metadata and thumbhashes, into the catalog of a server that is
not running. They belong to the first account, and have no bytes: good for lists, not for files."""
import hashlib
import random
import sqlite3
import sys
import uuid

PIECE = 20_000
FIRST_US, SPAN_US = 1_420_070_400_000_000, 315_360_000_000_000  # ten years from 2015 on


def main():
    path, count = sys.argv[1], int(sys.argv[2])
    db = sqlite3.connect(path, isolation_level=None)
    db.execute("PRAGMA synchronous = OFF")
    owner, = db.execute("SELECT min(id) FROM users").fetchone()
    last, = db.execute("SELECT change_id FROM db_state").fetchone()
    blob, = db.execute("SELECT coalesce(max(id), 0) FROM blobs").fetchone()
    asset, = db.execute("SELECT coalesce(max(id), 0) FROM assets").fetchone()
    chance = random.Random(1)
    for start in range(0, count, PIECE):
        blobs, assets, exifs = [], [], []
        for i in range(start, min(count, start + PIECE)):
            sha1, sha256 = hashlib.sha1(b"%d" % i).digest(), hashlib.sha256(b"%d" % i).digest()
            taken, number = FIRST_US + chance.randrange(SPAN_US), i + 1
            change = last + 2 * number
            blobs.append((blob + number, sha256, sha1, 3_000_000, taken))
            assets.append((asset + number, uuid.UUID(int=chance.getrandbits(128), version=4).bytes, owner, blob + number, sha1,
                           3_000_000, f"IMG_{i:08}.jpg", "image/jpeg", taken, taken + 7_200_000_000, taken, taken, taken,
                           "exif-original", 4000, 3000, chance.randbytes(24), change, change))
            exifs.append((asset + number, owner, 4000, 3000, 1, 1, "UTC+2", 52.5, 13.4, "Canon", "EOS R5", "RF 24-70mm", 2.8,
                          50.0, 100, "1/250", change + 1, change + 1))
        db.execute("BEGIN")
        db.executemany("INSERT INTO blobs (id, sha256, sha1, size_bytes, stored_us) VALUES (?, ?, ?, ?, ?)", blobs)
        db.executemany("INSERT INTO assets (id, uuid, owner_id, blob_id, sha1, size_bytes, file_name, mime_type, type, visibility,"
                       " is_favorite, taken_us, local_us, modified_us, uploaded_us, updated_us, date_source, width_px, height_px,"
                       " thumbhash, media_state, create_id, update_id)"
                       " VALUES (?, ?, ?, ?, ?, ?, ?, ?, 0, 0, 0, ?, ?, ?, ?, ?, ?, ?, ?, ?, 1, ?, ?)", assets)
        db.executemany("INSERT INTO exif (asset_id, owner_id, raw_width_px, raw_height_px, orientation, has_taken, time_zone,"
                       " latitude, longitude, make, model, lens, f_number, focal_length_mm, iso, exposure_time, create_id, update_id)"
                       " VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)", exifs)
        db.execute("INSERT INTO asset_names (rowid, file_name) SELECT id, file_name FROM assets WHERE id > ? AND id <= ?",
                   (asset + start, asset + start + PIECE))
        db.execute("UPDATE db_state SET change_id = ?", (last + 2 * (start + PIECE) + 2,))
        db.execute("COMMIT")
    db.execute("PRAGMA wal_checkpoint(TRUNCATE)")


main()
