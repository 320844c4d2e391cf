# SPDX-License-Identifier: GPL-3.0-or-later
"""A model of the phone app: what it asks for, the database that it keeps, and how it applies the lines of a stream."""
import base64
import hashlib
import json
import sqlite3

REQUEST_TYPES = """AuthUsersV1 UsersV1 AssetsV2 AssetExifsV1 AssetEditsV1 AssetMetadataV1 PartnersV1 PartnerAssetsV2
PartnerAssetExifsV1 AlbumsV2 AlbumUsersV1 AlbumAssetsV2 AlbumAssetExifsV1 AlbumToAssetsV1 MemoriesV1 MemoryToAssetsV1
StacksV1 PartnerStacksV1 UserMetadataV1 PeopleV1 AssetFacesV2 AssetOcrV1""".split()

# The keys that the app enforces; `body` is the rest of an entity, compared as a whole. What the server does not have yet
# (people, faces, texts, edits) has no table: a line of it fails.
SCHEMA = """
PRAGMA foreign_keys = ON;
CREATE TABLE user (id TEXT PRIMARY KEY, body TEXT NOT NULL);
CREATE TABLE auth_user (id TEXT PRIMARY KEY, body TEXT NOT NULL);
CREATE TABLE user_metadata (user_id TEXT NOT NULL REFERENCES user (id) ON DELETE CASCADE, key TEXT NOT NULL,
    body TEXT NOT NULL, PRIMARY KEY (user_id, key));
CREATE TABLE partner (by_id TEXT NOT NULL REFERENCES user (id) ON DELETE CASCADE,
    with_id TEXT NOT NULL REFERENCES user (id) ON DELETE CASCADE, body TEXT NOT NULL, PRIMARY KEY (by_id, with_id));
CREATE TABLE asset (id TEXT PRIMARY KEY, owner_id TEXT NOT NULL REFERENCES user (id) ON DELETE CASCADE,
    checksum TEXT NOT NULL, body TEXT NOT NULL, UNIQUE (owner_id, checksum));
CREATE TABLE stack (id TEXT PRIMARY KEY, owner_id TEXT NOT NULL REFERENCES user (id) ON DELETE CASCADE,
    body TEXT NOT NULL);
CREATE TABLE album (id TEXT PRIMARY KEY, thumbnail_id TEXT REFERENCES asset (id) ON DELETE SET NULL, body TEXT NOT NULL);
CREATE TABLE album_user (album_id TEXT NOT NULL REFERENCES album (id) ON DELETE CASCADE,
    user_id TEXT NOT NULL REFERENCES user (id) ON DELETE CASCADE, body TEXT NOT NULL, PRIMARY KEY (album_id, user_id));
CREATE TABLE album_asset (album_id TEXT NOT NULL REFERENCES album (id) ON DELETE CASCADE,
    asset_id TEXT NOT NULL REFERENCES asset (id) ON DELETE CASCADE, PRIMARY KEY (album_id, asset_id));
CREATE TABLE exif (asset_id TEXT PRIMARY KEY REFERENCES asset (id) ON DELETE CASCADE, body TEXT NOT NULL);
CREATE TABLE memory (id TEXT PRIMARY KEY, owner_id TEXT NOT NULL REFERENCES user (id) ON DELETE CASCADE,
    body TEXT NOT NULL);
CREATE TABLE memory_asset (memory_id TEXT NOT NULL REFERENCES memory (id) ON DELETE CASCADE,
    asset_id TEXT NOT NULL REFERENCES asset (id) ON DELETE CASCADE, PRIMARY KEY (memory_id, asset_id));
CREATE TABLE asset_metadata (asset_id TEXT NOT NULL REFERENCES asset (id) ON DELETE CASCADE, key TEXT NOT NULL,
    body TEXT NOT NULL, PRIMARY KEY (asset_id, key));
CREATE INDEX user_metadata_user ON user_metadata (user_id);
"""
TABLES = ["auth_user", "user", "user_metadata", "partner", "asset", "stack", "album", "album_user", "album_asset", "exif",
          "memory", "memory_asset", "asset_metadata"]

# Of a line that adds or changes something: the table, its columns, and where their values are in the data.
UPSERTS = {
    "AuthUserV1": ("auth_user", {"id": "id"}),
    "UserV1": ("user", {"id": "id"}),
    "UserMetadataV1": ("user_metadata", {"user_id": "userId", "key": "key"}),
    "PartnerV1": ("partner", {"by_id": "sharedById", "with_id": "sharedWithId"}),
    "AssetV2": ("asset", {"id": "id"}, {"owner_id": "ownerId", "checksum": "checksum"}),
    "StackV1": ("stack", {"id": "id"}, {"owner_id": "ownerId"}),
    "AlbumV2": ("album", {"id": "id"}, {"thumbnail_id": "thumbnailAssetId"}),
    "AlbumUserV1": ("album_user", {"album_id": "albumId", "user_id": "userId"}),
    "AlbumToAssetV1": ("album_asset", {"album_id": "albumId", "asset_id": "assetId"}, None),
    "AssetExifV1": ("exif", {"asset_id": "assetId"}),
    "MemoryV1": ("memory", {"id": "id"}, {"owner_id": "ownerId"}),
    "MemoryToAssetV1": ("memory_asset", {"memory_id": "memoryId", "asset_id": "assetId"}, None),
    "AssetMetadataV1": ("asset_metadata", {"asset_id": "assetId", "key": "key"}),
}
DELETES = {
    "UserDeleteV1": ("user", {"id": "userId"}),
    "PartnerDeleteV1": ("partner", {"by_id": "sharedById", "with_id": "sharedWithId"}),
    "AssetDeleteV1": ("asset", {"id": "assetId"}),
    "PartnerAssetDeleteV1": ("asset", {"id": "assetId"}),
    "StackDeleteV1": ("stack", {"id": "stackId"}),
    "PartnerStackDeleteV1": ("stack", {"id": "stackId"}),
    "AlbumDeleteV1": ("album", {"id": "albumId"}),
    "AlbumUserDeleteV1": ("album_user", {"album_id": "albumId", "user_id": "userId"}),
    "AlbumToAssetDeleteV1": ("album_asset", {"album_id": "albumId", "asset_id": "assetId"}),
    "MemoryDeleteV1": ("memory", {"id": "memoryId"}),
    "MemoryToAssetDeleteV1": ("memory_asset", {"memory_id": "memoryId", "asset_id": "assetId"}),
    "AssetMetadataDeleteV1": ("asset_metadata", {"asset_id": "assetId", "key": "key"}),
}
SAME_AS = {"AlbumUserBackfillV1": "AlbumUserV1", "AlbumToAssetBackfillV1": "AlbumToAssetV1"}
OTHERS = {"AssetV2": ["PartnerAssetV2", "PartnerAssetBackfillV2", "AlbumAssetCreateV2", "AlbumAssetUpdateV2",
                      "AlbumAssetBackfillV2"],
          "AssetExifV1": ["PartnerAssetExifV1", "PartnerAssetExifBackfillV1", "AlbumAssetExifCreateV1",
                          "AlbumAssetExifUpdateV1", "AlbumAssetExifBackfillV1"],
          "StackV1": ["PartnerStackV1", "PartnerStackBackfillV1"]}
SAME_AS |= {other: own for own, others in OTHERS.items() for other in others}


def upsert_sql(table, keys, fields):
    if fields is None:  # nothing but keys
        return f"INSERT INTO {table} ({', '.join(keys)}) VALUES ({', '.join('?' * len(keys))}) ON CONFLICT DO NOTHING"
    columns = [*keys, *fields, "body"]
    changes = ", ".join(f"{column} = excluded.{column}" for column in [*fields, "body"])
    return (f"INSERT INTO {table} ({', '.join(columns)}) VALUES ({', '.join('?' * len(columns))})"
            f" ON CONFLICT ({', '.join(keys)}) DO UPDATE SET {changes}")


def statements():
    """(sql, names of the values in the data, is there a body?) by type of line."""
    made = {}
    for kind, (table, keys, *more) in UPSERTS.items():
        fields = more[0] if more else {}
        made[kind] = (upsert_sql(table, keys, fields), [*keys.values(), *(fields or {}).values()], fields is not None)
    for kind, (table, keys) in DELETES.items():
        made[kind] = (f"DELETE FROM {table} WHERE {' AND '.join(f'{key} = ?' for key in keys)}", [*keys.values()], False)
    return made | {kind: made[same] for kind, same in SAME_AS.items()}


STATEMENTS = statements()


class CutOff(Exception):
    """The run ended before its end."""


class Phone:
    """The app on one phone: its session and its database. @batch: so many lines are taken at once, what is left of a
    stream that was cut off is lost (the app: 5000). @prunes: at the end it forgets photos of others that nothing in the
    database shows it any more, as some versions do."""

    def __init__(self, client, batch=5000, prunes=False):
        self.client, self.batch, self.prunes = client, batch, prunes
        self.install()

    def install(self):
        self.db = sqlite3.connect(":memory:", isolation_level=None)
        self.db.executescript(SCHEMA)

    def wipe(self):
        for table in reversed(TABLES):
            self.db.execute(f"DELETE FROM {table}")

    # What is sent again where the acknowledgement of a type is forgotten.
    SENT_AS = {
        "AssetV2": "UPDATE asset SET body = '' WHERE owner_id IN (SELECT id FROM auth_user)",
        "AlbumAssetCreateV2": "UPDATE asset SET body = '' WHERE owner_id NOT IN (SELECT id FROM auth_user)"
                              " AND id IN (SELECT asset_id FROM album_asset)",
        "PartnerAssetV2": "UPDATE asset SET body = '' WHERE owner_id IN (SELECT by_id FROM partner)"
                          " AND owner_id NOT IN (SELECT id FROM auth_user) AND id NOT IN (SELECT asset_id FROM album_asset)",
        "AssetExifV1": "UPDATE exif SET body = '' WHERE asset_id IN (SELECT id FROM asset WHERE owner_id IN"
                       " (SELECT id FROM auth_user))",
        "AlbumUserV1": "UPDATE album_user SET body = ''",
        "AlbumToAssetV1": "DELETE FROM album_asset",
        "StackV1": "UPDATE stack SET body = '' WHERE owner_id IN (SELECT id FROM auth_user)",
        "UserV1": "UPDATE user SET body = ''",
    }

    def spoil(self, kind):
        self.db.execute(self.SENT_AS[kind])

    # ---- applying lines ----

    def check(self, kind, data):
        """What a line must not say."""
        if SAME_AS.get(kind, kind) == "AssetV2":
            assert data["width"] != 0 and data["height"] != 0, "sizes are null where they are not known"
        if SAME_AS.get(kind) == "AssetV2":
            assert not data["isFavorite"], f"a favourite of somebody else: {kind} {data}"
            shown = ["timeline"] if kind.startswith("Partner") else ["timeline", "archive"]
            assert data["visibility"] in shown and not data["deletedAt"], f"not to be seen by others: {kind} {data}"

    def apply(self, line):
        kind, data = line["type"], line["data"]
        if kind in STATEMENTS:
            sql, names, has_body = STATEMENTS[kind]
            self.check(kind, data)
            rest = {name: value for name, value in data.items() if name not in names}
            body = [json.dumps(rest, sort_keys=True)] if has_body else []
            try:
                self.db.execute(sql, [data[name] for name in names] + body)
            except sqlite3.Error as problem:
                raise AssertionError(f"{type(problem).__name__}: {problem} at {line}") from problem
        elif kind == "SyncResetV1":
            self.wipe()
        elif kind == "SyncCompleteV1":
            if self.prunes:
                self.prune()
        elif kind != "SyncAckV1":
            raise AssertionError(f"a line of no known type: {kind}")

    def prune(self):
        self.db.execute("DELETE FROM asset WHERE owner_id NOT IN (SELECT id FROM auth_user UNION SELECT by_id FROM partner"
                        " WHERE with_id IN (SELECT id FROM auth_user)) AND id NOT IN (SELECT asset_id FROM album_asset)")

    def sync(self, most_lines=None, most_acks=None, reset=False):
        """A run as the app does it: a second stream where the first said to begin anew. True where it was complete. Cut
        off after @most_lines, or where an acknowledgement fails after @most_acks."""
        acks_left = [most_acks]
        try:
            first = self.run(most_lines, acks_left, reset)
            return (self.run(most_lines, acks_left, False) if "SyncResetV1" in first else first) == {"SyncCompleteV1"}
        except CutOff:
            return False

    def run(self, most_lines, acks_left, reset):
        """One stream. Which of the lines that end one it had."""
        lines, ends = [], set()
        for line in self.client.stream({"types": REQUEST_TYPES, "reset": reset}, most_lines):
            lines.append(line)
            ends |= {line["type"]} & {"SyncResetV1", "SyncCompleteV1"}
            if len(lines) == self.batch:
                self.take(lines, acks_left)
                lines = []
        if ends:
            self.take(lines, acks_left)
        return ends

    def take(self, lines, acks_left):
        """Applies them, and acknowledges each run of lines of one type by its last."""
        for i, line in enumerate(lines):
            self.apply(line)
            if i + 1 == len(lines) or lines[i + 1]["type"] != line["type"]:
                self.ack(line, acks_left)

    def ack(self, line, acks_left):
        if acks_left[0] is not None:
            acks_left[0] -= 1
            if acks_left[0] < 0:
                raise CutOff
        self.client.json("POST", "/sync/ack", {"acks": [line["ack"]]}, wanted=(204,))

    def look(self):
        """A stream of which nothing is acknowledged, as a phone gets it that was signed in just now."""
        ends = False
        for line in self.client.stream({"types": REQUEST_TYPES}):
            self.apply(line)
            ends |= line["type"] == "SyncCompleteV1"
        assert ends, "a stream ended without SyncCompleteV1"

    # ---- backing up ----

    def backup(self, roll):
        """Uploads what of @roll (name → bytes) the database does not know as the app decides it: by its own copy of this
        owner's. The new assets."""
        known = {row[0] for row in self.db.execute(
            "SELECT checksum FROM asset WHERE owner_id IN (SELECT id FROM auth_user)")}
        return [self.client.upload(name, data) for name, data in roll.items()
                if base64.b64encode(hashlib.sha1(data).digest()).decode() not in known]

    def picture(self):
        """All that the database holds."""
        return {table: sorted(self.db.execute(f"SELECT * FROM {table}").fetchall(), key=repr) for table in TABLES}
