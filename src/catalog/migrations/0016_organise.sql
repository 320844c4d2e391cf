-- SPDX-License-Identifier: GPL-3.0-or-later
--
-- Stacks, tags, memories, and an index for parts of names and descriptions. Stacks, memories and memory_assets carry
-- change ids for the sync stream; deletes leave a row in `changes` (entities stack, memory, memory_asset: key1 the stack
-- or the memory, key2 the asset).

-- ---- stacks ----

-- Some assets of one owner shown as one: by its primary.
CREATE TABLE stacks (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    uuid BLOB NOT NULL UNIQUE CHECK (length(uuid) = 16),
    owner_id INTEGER NOT NULL REFERENCES users (id),
    primary_asset_id INTEGER NOT NULL UNIQUE REFERENCES assets (id), -- one of its own; outside of the trash if one is
    chosen_asset_id INTEGER NOT NULL UNIQUE REFERENCES assets (id), -- the primary, unless that lies in the trash
    created_us INTEGER NOT NULL,
    updated_us INTEGER NOT NULL,
    create_id INTEGER NOT NULL,
    update_id INTEGER NOT NULL
) STRICT;
CREATE INDEX stacks_by_change ON stacks (owner_id, update_id);

ALTER TABLE assets ADD COLUMN stack_id INTEGER REFERENCES stacks (id);
-- In a stack, but not its primary, which lies in the same timeline or archive: shown as one, the stack leaves it out.
ALTER TABLE assets ADD COLUMN is_behind INTEGER NOT NULL DEFAULT 0 CHECK (is_behind IN (0, 1));
CREATE INDEX assets_by_stack ON assets (stack_id) WHERE stack_id IS NOT NULL;

DROP INDEX assets_timeline;
CREATE INDEX assets_timeline ON assets (owner_id, is_trashed, day, taken_us, id, visibility, is_favorite, type, uuid,
    width_px, height_px, local_us, uploaded_us, duration_ms, thumbhash, projection, live_uuid, stack_id, is_behind);

-- How many assets outside of the trash stand behind others: what timeline_months counts too many where stacks are shown
-- as one. Rows may stand at zero. Kept by the triggers below.
CREATE TABLE timeline_behind (
    owner_id INTEGER NOT NULL,
    basis INTEGER NOT NULL, -- as in timeline_months
    month INTEGER NOT NULL,
    visibility INTEGER NOT NULL,
    is_favorite INTEGER NOT NULL,
    assets INTEGER NOT NULL CHECK (assets >= 0),
    PRIMARY KEY (owner_id, basis, month, visibility, is_favorite)
) STRICT, WITHOUT ROWID;

CREATE TRIGGER assets_behind_deleted AFTER DELETE ON assets WHEN OLD.is_behind AND NOT OLD.is_trashed BEGIN
    UPDATE timeline_behind SET assets = assets - 1
    WHERE owner_id = OLD.owner_id AND visibility = OLD.visibility AND is_favorite = OLD.is_favorite
        AND (basis, month) IN (VALUES (0, OLD.month), (1, OLD.upload_month));
END;

CREATE TRIGGER assets_behind_out AFTER UPDATE OF owner_id, is_behind, visibility, is_favorite, trashed_us, local_us, uploaded_us
ON assets WHEN OLD.is_behind AND NOT OLD.is_trashed BEGIN
    UPDATE timeline_behind SET assets = assets - 1
    WHERE owner_id = OLD.owner_id AND visibility = OLD.visibility AND is_favorite = OLD.is_favorite
        AND (basis, month) IN (VALUES (0, OLD.month), (1, OLD.upload_month));
END;

CREATE TRIGGER assets_behind_in AFTER UPDATE OF owner_id, is_behind, visibility, is_favorite, trashed_us, local_us, uploaded_us
ON assets WHEN NEW.is_behind AND NOT NEW.is_trashed BEGIN
    INSERT INTO timeline_behind VALUES
        (NEW.owner_id, 0, NEW.month, NEW.visibility, NEW.is_favorite, 1),
        (NEW.owner_id, 1, NEW.upload_month, NEW.visibility, NEW.is_favorite, 1)
    ON CONFLICT DO UPDATE SET assets = assets + 1;
END;

-- ---- tags ----

-- Words for photos, as a tree: `value` is the path ("trips/2024/sea"), `name` its last part.
CREATE TABLE tags (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    uuid BLOB NOT NULL UNIQUE CHECK (length(uuid) = 16),
    owner_id INTEGER NOT NULL REFERENCES users (id),
    parent_id INTEGER REFERENCES tags (id) ON DELETE CASCADE,
    name TEXT NOT NULL CHECK (name <> ''),
    value TEXT NOT NULL,
    color TEXT,
    by_person INTEGER NOT NULL CHECK (by_person IN (0, 1)), -- 0: keywords of files made it, and it goes with the last
    created_us INTEGER NOT NULL,
    updated_us INTEGER NOT NULL,
    UNIQUE (owner_id, value)
) STRICT;
CREATE INDEX tags_by_parent ON tags (parent_id) WHERE parent_id IS NOT NULL;

CREATE TABLE tag_assets (
    tag_id INTEGER NOT NULL REFERENCES tags (id) ON DELETE CASCADE,
    asset_id INTEGER NOT NULL REFERENCES assets (id) ON DELETE CASCADE,
    by_person INTEGER NOT NULL CHECK (by_person IN (0, 1)), -- 0: a keyword of the file says so
    PRIMARY KEY (tag_id, asset_id)
) STRICT, WITHOUT ROWID;
CREATE INDEX tag_assets_by_asset ON tag_assets (asset_id);

-- Keywords of files that a person does not want to see as tags of the asset.
CREATE TABLE tags_taken_off (
    asset_id INTEGER NOT NULL REFERENCES assets (id) ON DELETE CASCADE,
    value TEXT NOT NULL,
    PRIMARY KEY (asset_id, value)
) STRICT, WITHOUT ROWID;

-- Keywords that were read before there were tags.
WITH RECURSIVE
    paths (owner_id, value) AS (
        SELECT a.owner_id, replace(replace(k.keyword, '/', '∕'), '|', '/') FROM asset_keywords k
        JOIN assets a ON a.id = k.asset_id
        UNION
        SELECT owner_id, rtrim(rtrim(value, replace(value, '/', '')), '/') FROM paths WHERE instr(value, '/') > 0)
INSERT INTO tags (uuid, owner_id, name, value, by_person, created_us, updated_us)
SELECT CAST(randomblob(6) || x'4a' || randomblob(1) || x'8a' || randomblob(7) AS BLOB), owner_id,
    substr(value, length(rtrim(value, replace(value, '/', ''))) + 1), value, 0,
    CAST(strftime('%s', 'now') AS INTEGER) * 1000000, CAST(strftime('%s', 'now') AS INTEGER) * 1000000
FROM paths WHERE value <> '';
UPDATE tags SET parent_id = (SELECT p.id FROM tags p WHERE p.owner_id = tags.owner_id
                             AND p.value = rtrim(rtrim(tags.value, replace(tags.value, '/', '')), '/'))
WHERE instr(value, '/') > 0;
INSERT OR IGNORE INTO tag_assets (tag_id, asset_id, by_person)
SELECT t.id, k.asset_id, 0 FROM asset_keywords k JOIN assets a ON a.id = k.asset_id
JOIN tags t ON t.owner_id = a.owner_id AND t.value = replace(replace(k.keyword, '/', '∕'), '|', '/');

-- ---- memories ----

-- Photos to be shown again, such as those of this day in an earlier year.
CREATE TABLE memories (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    uuid BLOB NOT NULL UNIQUE CHECK (length(uuid) = 16),
    owner_id INTEGER NOT NULL REFERENCES users (id),
    type INTEGER NOT NULL CHECK (type = 0), -- 0: on_this_day
    year INTEGER NOT NULL,
    memory_at_us INTEGER NOT NULL, -- the day that is remembered
    show_at_us INTEGER, -- shown from … to; NULL: no limit
    hide_at_us INTEGER,
    seen_at_us INTEGER,
    is_saved INTEGER NOT NULL DEFAULT 0 CHECK (is_saved IN (0, 1)),
    deleted_us INTEGER,
    created_us INTEGER NOT NULL,
    updated_us INTEGER NOT NULL,
    create_id INTEGER NOT NULL,
    update_id INTEGER NOT NULL
) STRICT;
CREATE INDEX memories_by_change ON memories (owner_id, update_id);

CREATE TABLE memory_assets (
    memory_id INTEGER NOT NULL REFERENCES memories (id) ON DELETE CASCADE,
    asset_id INTEGER NOT NULL REFERENCES assets (id) ON DELETE CASCADE,
    create_id INTEGER NOT NULL,
    update_id INTEGER NOT NULL,
    PRIMARY KEY (memory_id, asset_id)
) STRICT, WITHOUT ROWID;
CREATE INDEX memory_assets_by_asset ON memory_assets (asset_id);
CREATE INDEX memory_assets_by_change ON memory_assets (update_id);

-- Memories that the server has made: one that its owner deleted is not made again.
CREATE TABLE memories_made (
    owner_id INTEGER NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    day INTEGER NOT NULL, -- that it is shown on, since 1970
    year INTEGER NOT NULL,
    PRIMARY KEY (owner_id, day, year)
) STRICT, WITHOUT ROWID;

-- ---- places ----

CREATE INDEX exif_by_city ON exif (owner_id, city) WHERE city IS NOT NULL;

-- ---- parts of texts ----

-- All stretches of three letters of file names and descriptions, for LIKE '%part%'. The texts themselves stay where they
-- are. Kept by asset_words.c, not by triggers: those may not write virtual tables where the schema is not trusted.
CREATE VIRTUAL TABLE asset_names USING fts5 (file_name, content = 'assets', content_rowid = 'id', tokenize = 'trigram',
    detail = 'none');
INSERT INTO asset_names (rowid, file_name) SELECT id, file_name FROM assets;
CREATE VIRTUAL TABLE asset_descriptions USING fts5 (description, content = 'exif', content_rowid = 'asset_id',
    tokenize = 'trigram', detail = 'none');
INSERT INTO asset_descriptions (rowid, description)
SELECT asset_id, description FROM exif WHERE description IS NOT NULL;
