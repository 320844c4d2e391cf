-- SPDX-License-Identifier: GPL-3.0-or-later
--
-- The first schema. Instants are microseconds since 1970 UTC (*_us). Ids of rows are internal; `uuid` is what the world
-- sees. Rows that the sync stream sends carry create_id and update_id, change ids in commit order (see base/id.h).

-- Which library this is; the same id stands in DATA/identity.
CREATE TABLE library (
    id INTEGER PRIMARY KEY CHECK (id = 1),
    identity BLOB NOT NULL CHECK (length(identity) = 16),
    created_us INTEGER NOT NULL
) STRICT;

-- Accounts. Deleted ones keep their row: their uuid stays theirs.
CREATE TABLE users (
    id INTEGER PRIMARY KEY,
    uuid BLOB NOT NULL UNIQUE CHECK (length(uuid) = 16),
    email TEXT NOT NULL,
    email_key TEXT UNIQUE, -- the address in lower case; NULL for deleted ones, so that it is free again
    name TEXT NOT NULL,
    password_hash TEXT NOT NULL,
    is_admin INTEGER NOT NULL CHECK (is_admin IN (0, 1)),
    should_change_password INTEGER NOT NULL CHECK (should_change_password IN (0, 1)),
    avatar_color TEXT NOT NULL,
    storage_label TEXT UNIQUE,
    quota_bytes INTEGER CHECK (quota_bytes >= 0),
    usage_bytes INTEGER NOT NULL DEFAULT 0 CHECK (usage_bytes >= 0), -- kept by triggers on assets
    preferences TEXT,
    profile_changed_us INTEGER NOT NULL,
    created_us INTEGER NOT NULL,
    updated_us INTEGER NOT NULL,
    deleted_us INTEGER,
    create_id INTEGER NOT NULL,
    update_id INTEGER NOT NULL
) STRICT;
CREATE INDEX users_by_change ON users (update_id);

CREATE TABLE sessions (
    id INTEGER PRIMARY KEY,
    uuid BLOB NOT NULL UNIQUE CHECK (length(uuid) = 16),
    user_id INTEGER NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    token_hash BLOB NOT NULL UNIQUE CHECK (length(token_hash) = 32),
    device_type TEXT NOT NULL,
    device_os TEXT NOT NULL,
    app_version TEXT,
    created_us INTEGER NOT NULL,
    updated_us INTEGER NOT NULL,
    expires_us INTEGER,
    is_pending_sync_reset INTEGER NOT NULL DEFAULT 0 CHECK (is_pending_sync_reset IN (0, 1))
) STRICT;
CREATE INDEX sessions_by_user ON sessions (user_id);

CREATE TABLE api_keys (
    id INTEGER PRIMARY KEY,
    uuid BLOB NOT NULL UNIQUE CHECK (length(uuid) = 16),
    user_id INTEGER NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    secret_hash BLOB NOT NULL UNIQUE CHECK (length(secret_hash) = 32),
    name TEXT NOT NULL,
    permissions TEXT NOT NULL CHECK (permissions <> ''),
    created_us INTEGER NOT NULL,
    updated_us INTEGER NOT NULL
) STRICT;
CREATE INDEX api_keys_by_user ON api_keys (user_id);

-- ---- bytes ----

CREATE TABLE blobs (
    id INTEGER PRIMARY KEY AUTOINCREMENT, -- never reused: a verify run reads them in pages while others change
    sha256 BLOB NOT NULL UNIQUE CHECK (length(sha256) = 32),
    sha1 BLOB NOT NULL CHECK (length(sha1) = 20),
    size_bytes INTEGER NOT NULL CHECK (size_bytes >= 0),
    stored_us INTEGER NOT NULL,
    verify INTEGER NOT NULL DEFAULT 0 CHECK (verify BETWEEN 0 AND 3), -- enum blob_check
    verified_us INTEGER
) STRICT;

-- Bytes that nothing refers to any more, until they are unlinked.
CREATE TABLE doomed_blobs (
    sha256 BLOB PRIMARY KEY CHECK (length(sha256) = 32),
    doomed_us INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TABLE verifications (
    id INTEGER PRIMARY KEY,
    started_us INTEGER NOT NULL,
    finished_us INTEGER,
    sample REAL NOT NULL,
    checked INTEGER NOT NULL DEFAULT 0,
    ok INTEGER NOT NULL DEFAULT 0,
    missing INTEGER NOT NULL DEFAULT 0,
    corrupt INTEGER NOT NULL DEFAULT 0,
    unknown INTEGER NOT NULL DEFAULT 0,
    stray INTEGER NOT NULL DEFAULT 0
) STRICT;

-- ---- devices ----

CREATE TABLE devices (
    id INTEGER PRIMARY KEY,
    uuid BLOB NOT NULL CHECK (length(uuid) = 16),
    owner_id INTEGER NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    origin TEXT, -- of implicit ones: what finds them again; NULL for registered ones
    name TEXT NOT NULL,
    kind TEXT NOT NULL CHECK (kind IN ('computer', 'phone', 'browser', 'app')),
    os TEXT,
    client TEXT,
    created_us INTEGER NOT NULL,
    last_contact_us INTEGER NOT NULL,
    activity INTEGER NOT NULL DEFAULT 0 CHECK (activity BETWEEN 0 AND 5), -- enum device_activity
    activity_reason TEXT,
    activity_done INTEGER NOT NULL DEFAULT 0,
    activity_total INTEGER NOT NULL DEFAULT 0,
    bytes_per_second INTEGER,
    seconds_left INTEGER,
    activity_us INTEGER NOT NULL DEFAULT 0,
    UNIQUE (owner_id, uuid), -- the client makes the id: two people of one computer may send the same
    UNIQUE (owner_id, origin)
) STRICT;

-- ---- assets ----

CREATE TABLE assets (
    id INTEGER PRIMARY KEY AUTOINCREMENT, -- never reused: jobs and exports hold ids
    uuid BLOB NOT NULL UNIQUE CHECK (length(uuid) = 16),
    owner_id INTEGER NOT NULL REFERENCES users (id),
    blob_id INTEGER NOT NULL REFERENCES blobs (id),
    sidecar_blob_id INTEGER REFERENCES blobs (id),
    device_id INTEGER REFERENCES devices (id) ON DELETE SET NULL,
    sha1 BLOB NOT NULL CHECK (length(sha1) = 20), -- the blob's, here for the key below
    size_bytes INTEGER NOT NULL CHECK (size_bytes >= 0), -- the blob's
    file_name TEXT NOT NULL CHECK (file_name <> ''),
    mime_type TEXT,
    type INTEGER NOT NULL CHECK (type BETWEEN 0 AND 3), -- enum asset_type
    visibility INTEGER NOT NULL CHECK (visibility BETWEEN 0 AND 3), -- enum asset_visibility
    is_favorite INTEGER NOT NULL CHECK (is_favorite IN (0, 1)),
    trashed_us INTEGER,
    taken_us INTEGER NOT NULL, -- the instant
    local_us INTEGER NOT NULL, -- the camera's wall clock as if it were UTC
    modified_us INTEGER NOT NULL, -- the file's own time
    uploaded_us INTEGER NOT NULL,
    updated_us INTEGER NOT NULL,
    date_source TEXT NOT NULL,
    width_px INTEGER,
    height_px INTEGER,
    duration_ms INTEGER,
    thumbhash BLOB,
    projection TEXT,
    live_video_id INTEGER REFERENCES assets (id) ON DELETE SET NULL,
    media_state INTEGER NOT NULL DEFAULT 0 CHECK (media_state BETWEEN 0 AND 2), -- enum media_state
    media_reason TEXT,
    browse_path TEXT,
    create_id INTEGER NOT NULL,
    update_id INTEGER NOT NULL,
    -- Local day since 1970 (rounded down, also before) and first day of the month as yyyymmdd, of the picture and of
    -- the upload. Computed, so that they cannot drift.
    is_trashed INTEGER NOT NULL GENERATED ALWAYS AS (trashed_us IS NOT NULL) VIRTUAL,
    day INTEGER NOT NULL GENERATED ALWAYS AS
        ((local_us - CASE WHEN local_us < 0 THEN 86399999999 ELSE 0 END) / 86400000000) VIRTUAL,
    month INTEGER NOT NULL GENERATED ALWAYS AS
        (CAST(strftime('%Y%m01', (local_us - CASE WHEN local_us < 0 THEN 999999 ELSE 0 END) / 1000000, 'unixepoch')
              AS INTEGER)) VIRTUAL,
    upload_month INTEGER NOT NULL GENERATED ALWAYS AS
        (CAST(strftime('%Y%m01', uploaded_us / 1000000, 'unixepoch') AS INTEGER)) VIRTUAL
) STRICT;
CREATE UNIQUE INDEX assets_by_content ON assets (owner_id, sha1);
CREATE INDEX assets_by_change ON assets (owner_id, update_id);
CREATE INDEX assets_by_blob ON assets (blob_id);
CREATE INDEX assets_by_sidecar ON assets (sidecar_blob_id) WHERE sidecar_blob_id IS NOT NULL;
CREATE INDEX assets_by_device ON assets (device_id) WHERE device_id IS NOT NULL;
CREATE INDEX assets_by_live_video ON assets (live_video_id) WHERE live_video_id IS NOT NULL;
CREATE INDEX assets_in_trash ON assets (owner_id, trashed_us) WHERE trashed_us IS NOT NULL;
CREATE INDEX assets_unready ON assets (owner_id, media_state) WHERE media_state <> 1;
-- A month of the timeline in its order, with all that the grid shows: read from one stretch of the index alone. Looking
-- up the rows instead costs a page of the file each (measured: 441 assets of 50,000 in 2.0 ms against 0.4).
CREATE INDEX assets_timeline ON assets (owner_id, is_trashed, day, taken_us, id, visibility, is_favorite, type, uuid,
    width_px, height_px, local_us, uploaded_us, duration_ms, thumbhash, projection, live_video_id);
CREATE INDEX assets_uploads ON assets (owner_id, is_trashed, uploaded_us, id, visibility, is_favorite);

-- What the metadata said. One row an asset, made with it.
CREATE TABLE exif (
    asset_id INTEGER PRIMARY KEY REFERENCES assets (id) ON DELETE CASCADE,
    owner_id INTEGER NOT NULL REFERENCES users (id), -- the asset's, here for the sync stream
    description TEXT,
    raw_width_px INTEGER,
    raw_height_px INTEGER,
    orientation INTEGER CHECK (orientation BETWEEN 1 AND 8),
    has_taken INTEGER NOT NULL DEFAULT 0 CHECK (has_taken IN (0, 1)), -- is the asset's taken_us from a date in the file?
    modified_us INTEGER,
    time_zone TEXT,
    latitude REAL CHECK (latitude BETWEEN -90 AND 90),
    longitude REAL CHECK (longitude BETWEEN -180 AND 180),
    altitude_m REAL,
    city TEXT,
    state TEXT,
    country TEXT,
    make TEXT,
    model TEXT,
    lens TEXT,
    f_number REAL,
    focal_length_mm REAL,
    iso INTEGER,
    exposure_time TEXT,
    profile TEXT,
    live_id TEXT,
    is_motion_photo INTEGER NOT NULL DEFAULT 0 CHECK (is_motion_photo IN (0, 1)),
    fps REAL,
    rating INTEGER CHECK (rating BETWEEN -1 AND 5),
    edited INTEGER NOT NULL DEFAULT 0, -- what a person set by hand: 1 time, 2 description, 4 rating, 8 position
    create_id INTEGER NOT NULL,
    update_id INTEGER NOT NULL,
    CHECK ((latitude IS NULL) = (longitude IS NULL))
) STRICT;
CREATE INDEX exif_by_change ON exif (owner_id, update_id);
CREATE INDEX exif_by_live_id ON exif (owner_id, live_id) WHERE live_id IS NOT NULL;

-- What its owner deleted for good, so that automatic uploads do not bring it back.
CREATE TABLE tombstones (
    owner_id INTEGER NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    sha1 BLOB NOT NULL CHECK (length(sha1) = 20),
    sha256 BLOB NOT NULL CHECK (length(sha256) = 32),
    uuid BLOB NOT NULL CHECK (length(uuid) = 16), -- of the asset it was
    deleted_us INTEGER NOT NULL,
    PRIMARY KEY (owner_id, sha1)
) STRICT, WITHOUT ROWID;

-- Deletes, for the sync stream: one row each, kept 31 days. id is a change id.
CREATE TABLE changes (
    id INTEGER PRIMARY KEY,
    entity TEXT NOT NULL,
    owner_id INTEGER NOT NULL,
    key1 BLOB NOT NULL,
    key2 BLOB,
    at_us INTEGER NOT NULL
) STRICT;
CREATE INDEX changes_by_entity ON changes (entity, owner_id, id);

-- ---- counters of assets ----

-- How many assets fall into which month, and how many bytes. basis 0: by the camera's clock, 1: by the upload. Rows may
-- stand at zero. Kept by the triggers below, so that no writer can forget it.
CREATE TABLE timeline_months (
    owner_id INTEGER NOT NULL,
    basis INTEGER NOT NULL,
    is_trashed INTEGER NOT NULL,
    month INTEGER NOT NULL,
    visibility INTEGER NOT NULL,
    is_favorite INTEGER NOT NULL,
    type INTEGER NOT NULL,
    assets INTEGER NOT NULL CHECK (assets >= 0),
    bytes INTEGER NOT NULL CHECK (bytes >= 0),
    PRIMARY KEY (owner_id, basis, is_trashed, month, visibility, is_favorite, type)
) STRICT, WITHOUT ROWID;

CREATE TRIGGER assets_counted_in AFTER INSERT ON assets BEGIN
    INSERT INTO timeline_months VALUES
        (NEW.owner_id, 0, NEW.is_trashed, NEW.month, NEW.visibility, NEW.is_favorite, NEW.type, 1, NEW.size_bytes),
        (NEW.owner_id, 1, NEW.is_trashed, NEW.upload_month, NEW.visibility, NEW.is_favorite, NEW.type, 1, NEW.size_bytes)
    ON CONFLICT DO UPDATE SET assets = assets + 1, bytes = bytes + excluded.bytes;
    UPDATE users SET usage_bytes = usage_bytes + NEW.size_bytes, update_id = NEW.update_id WHERE id = NEW.owner_id;
END;

CREATE TRIGGER assets_counted_out AFTER DELETE ON assets BEGIN
    UPDATE timeline_months SET assets = assets - 1, bytes = bytes - OLD.size_bytes
    WHERE owner_id = OLD.owner_id AND basis = 0 AND is_trashed = OLD.is_trashed AND month = OLD.month
        AND visibility = OLD.visibility AND is_favorite = OLD.is_favorite AND type = OLD.type;
    UPDATE timeline_months SET assets = assets - 1, bytes = bytes - OLD.size_bytes
    WHERE owner_id = OLD.owner_id AND basis = 1 AND is_trashed = OLD.is_trashed AND month = OLD.upload_month
        AND visibility = OLD.visibility AND is_favorite = OLD.is_favorite AND type = OLD.type;
    UPDATE users SET usage_bytes = usage_bytes - OLD.size_bytes WHERE id = OLD.owner_id;
END;

CREATE TRIGGER assets_recounted
AFTER UPDATE OF owner_id, size_bytes, type, visibility, is_favorite, trashed_us, local_us, uploaded_us ON assets
WHEN (OLD.owner_id, OLD.size_bytes, OLD.type, OLD.visibility, OLD.is_favorite, OLD.is_trashed, OLD.month, OLD.upload_month)
    IS NOT (NEW.owner_id, NEW.size_bytes, NEW.type, NEW.visibility, NEW.is_favorite, NEW.is_trashed, NEW.month,
            NEW.upload_month)
BEGIN
    UPDATE timeline_months SET assets = assets - 1, bytes = bytes - OLD.size_bytes
    WHERE owner_id = OLD.owner_id AND basis = 0 AND is_trashed = OLD.is_trashed AND month = OLD.month
        AND visibility = OLD.visibility AND is_favorite = OLD.is_favorite AND type = OLD.type;
    UPDATE timeline_months SET assets = assets - 1, bytes = bytes - OLD.size_bytes
    WHERE owner_id = OLD.owner_id AND basis = 1 AND is_trashed = OLD.is_trashed AND month = OLD.upload_month
        AND visibility = OLD.visibility AND is_favorite = OLD.is_favorite AND type = OLD.type;
    INSERT INTO timeline_months VALUES
        (NEW.owner_id, 0, NEW.is_trashed, NEW.month, NEW.visibility, NEW.is_favorite, NEW.type, 1, NEW.size_bytes),
        (NEW.owner_id, 1, NEW.is_trashed, NEW.upload_month, NEW.visibility, NEW.is_favorite, NEW.type, 1, NEW.size_bytes)
    ON CONFLICT DO UPDATE SET assets = assets + 1, bytes = bytes + excluded.bytes;
    UPDATE users SET usage_bytes = usage_bytes - OLD.size_bytes WHERE id = OLD.owner_id;
    UPDATE users SET usage_bytes = usage_bytes + NEW.size_bytes WHERE id = NEW.owner_id;
END;

-- ---- ledger ----

CREATE TABLE ledger_items (
    id INTEGER PRIMARY KEY AUTOINCREMENT, -- never reused: it is the cursor of a listing
    device_id INTEGER NOT NULL REFERENCES devices (id) ON DELETE CASCADE,
    key TEXT NOT NULL CHECK (key <> ''), -- the item's path on the device
    name TEXT NOT NULL,
    size_bytes INTEGER NOT NULL CHECK (size_bytes >= 0),
    modified_us INTEGER NOT NULL,
    state INTEGER NOT NULL CHECK (state BETWEEN 0 AND 4), -- enum item_state
    reason TEXT,
    note TEXT,
    sha1 BLOB CHECK (sha1 IS NULL OR length(sha1) = 20),
    asset_id INTEGER REFERENCES assets (id) ON DELETE SET NULL,
    verify INTEGER NOT NULL DEFAULT 0, -- of a stored item: the blob's last result and its time
    verified_us INTEGER,
    stored_us INTEGER,
    updated_us INTEGER NOT NULL,
    is_gone INTEGER NOT NULL DEFAULT 0 CHECK (is_gone IN (0, 1)),
    UNIQUE (device_id, key),
    CHECK ((state = 4) = (stored_us IS NOT NULL)),
    CHECK (state = 4 OR (verify = 0 AND verified_us IS NULL)),
    CHECK (state <> 4 OR asset_id IS NOT NULL)
) STRICT;
CREATE INDEX ledger_items_by_asset ON ledger_items (asset_id) WHERE asset_id IS NOT NULL;
CREATE INDEX ledger_items_by_device ON ledger_items (device_id); -- with the row id: a listing in its order
CREATE INDEX ledger_items_by_reason ON ledger_items (device_id, reason) WHERE reason IS NOT NULL;
CREATE INDEX ledger_items_verified ON ledger_items (device_id, verified_us) WHERE state = 4 AND is_gone = 0;
CREATE INDEX ledger_items_stored ON ledger_items (device_id, stored_us) WHERE state = 4;

-- Items by state, kept by the triggers below. Rows may stand at zero.
CREATE TABLE ledger_counts (
    device_id INTEGER NOT NULL REFERENCES devices (id) ON DELETE CASCADE,
    is_gone INTEGER NOT NULL,
    state INTEGER NOT NULL,
    verify INTEGER NOT NULL,
    reason TEXT NOT NULL, -- '' for none
    items INTEGER NOT NULL CHECK (items >= 0),
    bytes INTEGER NOT NULL CHECK (bytes >= 0),
    PRIMARY KEY (device_id, is_gone, state, verify, reason)
) STRICT, WITHOUT ROWID;

CREATE TRIGGER ledger_counted_in AFTER INSERT ON ledger_items BEGIN
    INSERT INTO ledger_counts VALUES
        (NEW.device_id, NEW.is_gone, NEW.state, NEW.verify, coalesce(NEW.reason, ''), 1, NEW.size_bytes)
    ON CONFLICT DO UPDATE SET items = items + 1, bytes = bytes + excluded.bytes;
END;

CREATE TRIGGER ledger_counted_out AFTER DELETE ON ledger_items BEGIN
    UPDATE ledger_counts SET items = items - 1, bytes = bytes - OLD.size_bytes
    WHERE device_id = OLD.device_id AND is_gone = OLD.is_gone AND state = OLD.state AND verify = OLD.verify
        AND reason = coalesce(OLD.reason, '');
END;

CREATE TRIGGER ledger_recounted AFTER UPDATE OF device_id, is_gone, state, verify, reason, size_bytes ON ledger_items
WHEN (OLD.device_id, OLD.is_gone, OLD.state, OLD.verify, OLD.reason, OLD.size_bytes)
    IS NOT (NEW.device_id, NEW.is_gone, NEW.state, NEW.verify, NEW.reason, NEW.size_bytes)
BEGIN
    UPDATE ledger_counts SET items = items - 1, bytes = bytes - OLD.size_bytes
    WHERE device_id = OLD.device_id AND is_gone = OLD.is_gone AND state = OLD.state AND verify = OLD.verify
        AND reason = coalesce(OLD.reason, '');
    INSERT INTO ledger_counts VALUES
        (NEW.device_id, NEW.is_gone, NEW.state, NEW.verify, coalesce(NEW.reason, ''), 1, NEW.size_bytes)
    ON CONFLICT DO UPDATE SET items = items + 1, bytes = bytes + excluded.bytes;
END;

-- ---- other rooms' tables ----

-- src/jobs
CREATE TABLE jobs (
    id INTEGER PRIMARY KEY,
    kind TEXT NOT NULL,
    subject INTEGER NOT NULL, -- row id of what it works on
    priority INTEGER NOT NULL,
    state TEXT NOT NULL CHECK (state IN ('waiting', 'active', 'failed')),
    rerun INTEGER NOT NULL DEFAULT 0 CHECK (rerun IN (0, 1)), -- asked for again while it was active
    attempts INTEGER NOT NULL DEFAULT 0,
    not_before_us INTEGER NOT NULL DEFAULT 0,
    lease_us INTEGER, -- of an active one: until when it is its runner's
    error TEXT,
    created_us INTEGER NOT NULL,
    updated_us INTEGER NOT NULL,
    UNIQUE (kind, subject)
) STRICT;
CREATE INDEX jobs_to_pick ON jobs (state, kind, priority, id);

-- src/ingest
CREATE TABLE uploads (
    id BLOB PRIMARY KEY CHECK (length(id) = 16),
    owner_id INTEGER NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    device_id INTEGER REFERENCES devices (id) ON DELETE SET NULL,
    length_bytes INTEGER NOT NULL,
    offset_bytes INTEGER NOT NULL,
    expires_us INTEGER NOT NULL,
    metadata TEXT NOT NULL,
    result_asset BLOB CHECK (result_asset IS NULL OR length(result_asset) = 16),
    result_outcome INTEGER,
    created_us INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
CREATE INDEX uploads_by_expiry ON uploads (expires_us);
CREATE INDEX uploads_by_owner ON uploads (owner_id);
