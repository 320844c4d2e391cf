#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""A model of the phone app, and random histories that it must survive.

tests/phone/phone.py URL EMAIL PASSWORD [--histories N] [--seed N]

The model does what the app does: it signs in, streams /api/sync/stream, applies every line to a SQLite database whose
foreign keys and unique constraints are the app's, acknowledges each run of lines of one type, hashes its own camera roll
and uploads what the database does not know. Histories mix that with what goes on around a phone: photos are trashed,
restored and deleted elsewhere, streams are cut off, acknowledgements get lost, the app is installed anew. After each
history the database must equal that of a phone which was signed in just now.

Ends with status 0, or with 1 and the seed and steps of the history that failed. tests/http/sync.test.mjs runs it.
"""
import argparse
import base64
import hashlib
import http.client
import json
import random
import sqlite3
import sys
import time
import urllib.parse

REQUEST_TYPES = """AuthUsersV1 UsersV1 AssetsV2 AssetExifsV1 AssetEditsV1 AssetMetadataV1 PartnersV1 PartnerAssetsV2
PartnerAssetExifsV1 AlbumsV2 AlbumUsersV1 AlbumAssetsV2 AlbumAssetExifsV1 AlbumToAssetsV1 MemoriesV1 MemoryToAssetsV1
StacksV1 PartnerStacksV1 UserMetadataV1 PeopleV1 AssetFacesV2 AssetOcrV1""".split()

# The keys that the app enforces; `body` is the rest of an entity, compared as a whole.
SCHEMA = """
PRAGMA foreign_keys = ON;
CREATE TABLE user (id TEXT PRIMARY KEY, body TEXT NOT NULL);
CREATE TABLE auth_user (id TEXT PRIMARY KEY, body TEXT NOT NULL);
CREATE TABLE user_metadata (user_id TEXT NOT NULL REFERENCES user (id) ON DELETE CASCADE, key TEXT NOT NULL,
    body TEXT NOT NULL, PRIMARY KEY (user_id, key));
CREATE TABLE asset (id TEXT PRIMARY KEY, owner_id TEXT NOT NULL REFERENCES user (id) ON DELETE CASCADE,
    checksum TEXT NOT NULL, deleted_at TEXT, body TEXT NOT NULL, UNIQUE (owner_id, checksum));
CREATE TABLE album (id TEXT PRIMARY KEY, thumbnail_id TEXT REFERENCES asset (id) ON DELETE SET NULL, body TEXT NOT NULL);
CREATE TABLE album_user (album_id TEXT NOT NULL REFERENCES album (id) ON DELETE CASCADE,
    user_id TEXT NOT NULL REFERENCES user (id) ON DELETE CASCADE, role TEXT NOT NULL, PRIMARY KEY (album_id, user_id));
CREATE TABLE album_asset (album_id TEXT NOT NULL REFERENCES album (id) ON DELETE CASCADE,
    asset_id TEXT NOT NULL REFERENCES asset (id) ON DELETE CASCADE, PRIMARY KEY (album_id, asset_id));
CREATE TABLE exif (asset_id TEXT PRIMARY KEY REFERENCES asset (id) ON DELETE CASCADE, body TEXT NOT NULL);
"""
TRIES = 50
TABLES = ["auth_user", "user", "user_metadata", "asset", "album", "album_user", "album_asset", "exif"]


class Refused(Exception):
    """An answer that the step did not expect."""


class Client:
    """HTTP with a session token, one connection."""

    def __init__(self, url, token=None):
        parts = urllib.parse.urlsplit(url)
        self.address = (parts.hostname, parts.port)
        self.token = token
        self.connection = http.client.HTTPConnection(*self.address, timeout=120)

    def ask(self, method, path, body=None, headers=None):
        """(status, bytes). A connection that the server closed meanwhile is opened again once."""
        headers = dict(headers or {})
        if self.token:
            headers["x-immich-user-token"] = self.token
        if body is not None and not isinstance(body, bytes):
            body = json.dumps(body).encode()
            headers["Content-Type"] = "application/json"
        for attempt in (1, 2):
            try:
                self.connection.request(method, "/api" + path, body, headers)
                answer = self.connection.getresponse()
                return answer.status, answer.read()
            except (http.client.HTTPException, OSError):
                self.connection.close()
                if attempt == 2:
                    raise
        raise AssertionError

    def json(self, method, path, body=None, wanted=(200, 201, 204)):
        status, data = self.ask(method, path, body)
        if status not in wanted:
            raise Refused(f"{method} {path}: {status} {data[:300]!r}")
        return json.loads(data) if data else None

    def stream(self, body, most_lines=None):
        """The lines of a stream; with @most_lines the connection is cut off after so many."""
        connection = http.client.HTTPConnection(*self.address, timeout=120)
        connection.request("POST", "/api/sync/stream", json.dumps(body),
                           {"Content-Type": "application/json", "x-immich-user-token": self.token})
        answer = connection.getresponse()
        if answer.status != 200:
            raise Refused(f"POST /sync/stream: {answer.status} {answer.read()[:300]!r}")
        count = 0
        try:
            while most_lines is None or count < most_lines:
                line = answer.readline()
                if not line:
                    return
                assert line.endswith(b"\n") and len(line) > 1, f"an unterminated or empty line: {line!r}"
                yield json.loads(line)
                count += 1
        finally:
            connection.close()


def sign_in(url, email, password):
    client = Client(url)
    client.token = client.json("POST", "/auth/login", {"email": email, "password": password})["accessToken"]
    return client


class Phone:
    """The app on one phone: its session and its database."""

    def __init__(self, client):
        self.client = client
        self.install()

    def install(self):
        self.db = sqlite3.connect(":memory:", isolation_level=None)
        self.db.executescript(SCHEMA)

    def wipe(self):
        for table in reversed(TABLES):
            self.db.execute(f"DELETE FROM {table}")

    # ---- applying lines ----

    def apply(self, line):
        kind, data = line["type"], line["data"]
        body = json.dumps(data, sort_keys=True)
        run = self.db.execute
        if kind == "AuthUserV1":
            run("INSERT INTO auth_user VALUES (?, ?) ON CONFLICT (id) DO UPDATE SET body = excluded.body", (data["id"], body))
        elif kind == "UserV1":
            run("INSERT INTO user VALUES (?, ?) ON CONFLICT (id) DO UPDATE SET body = excluded.body", (data["id"], body))
        elif kind == "UserDeleteV1":
            run("DELETE FROM user WHERE id = ?", (data["userId"],))
        elif kind == "UserMetadataV1":
            run("INSERT INTO user_metadata VALUES (?, ?, ?) ON CONFLICT (user_id, key) DO UPDATE SET body = excluded.body",
                (data["userId"], data["key"], body))
        elif kind == "AssetV2":
            assert data["width"] != 0 and data["height"] != 0, "sizes are null where they are not known"
            run("INSERT INTO asset VALUES (?, ?, ?, ?, ?) ON CONFLICT (id) DO UPDATE SET owner_id = excluded.owner_id,"
                " checksum = excluded.checksum, deleted_at = excluded.deleted_at, body = excluded.body",
                (data["id"], data["ownerId"], data["checksum"], data["deletedAt"], body))
        elif kind == "AssetDeleteV1":
            run("DELETE FROM asset WHERE id = ?", (data["assetId"],))
        elif kind == "AlbumV2":
            run("INSERT INTO album VALUES (?, ?, ?) ON CONFLICT (id) DO UPDATE SET thumbnail_id = excluded.thumbnail_id,"
                " body = excluded.body", (data["id"], data["thumbnailAssetId"], body))
        elif kind == "AlbumDeleteV1":
            run("DELETE FROM album WHERE id = ?", (data["albumId"],))
        elif kind == "AlbumUserV1":
            run("INSERT INTO album_user VALUES (?, ?, ?) ON CONFLICT DO UPDATE SET role = excluded.role",
                (data["albumId"], data["userId"], data["role"]))
        elif kind == "AlbumToAssetV1":
            run("INSERT INTO album_asset VALUES (?, ?) ON CONFLICT DO NOTHING", (data["albumId"], data["assetId"]))
        elif kind == "AlbumToAssetDeleteV1":
            run("DELETE FROM album_asset WHERE album_id = ? AND asset_id = ?", (data["albumId"], data["assetId"]))
        elif kind == "AssetExifV1":
            run("INSERT INTO exif VALUES (?, ?) ON CONFLICT (asset_id) DO UPDATE SET body = excluded.body",
                (data["assetId"], body))
        elif kind == "SyncResetV1":
            self.wipe()
        elif kind != "SyncCompleteV1":
            raise AssertionError(f"a line of no known type: {kind}")

    def sync(self, most_lines=None, lose_acks=False, reset=False):
        """One run as the app does it. True where it was complete."""
        again, complete = True, False
        while again:
            again = False
            pending = None  # the last line of the run of one type
            for line in self.client.stream({"types": REQUEST_TYPES, "reset": reset}, most_lines):
                if pending and pending["type"] != line["type"] and not lose_acks:
                    self.ack(pending)
                self.apply(line)
                pending = line
                again |= line["type"] == "SyncResetV1"
                complete |= line["type"] == "SyncCompleteV1"
            if pending and not lose_acks:
                self.ack(pending)
            reset = False
            again = again and not lose_acks and most_lines is None
        return complete

    def ack(self, line):
        self.client.json("POST", "/sync/ack", {"acks": [line["ack"]]}, wanted=(204,))

    # ---- backing up ----

    def backup(self, roll):
        """Uploads what of @roll (name → bytes) the database does not know as the app decides it: by its own copy."""
        known = {row[0] for row in self.db.execute("SELECT checksum FROM asset")}
        for name, data in roll.items():
            if base64.b64encode(hashlib.sha1(data).digest()).decode() not in known:
                upload(self.client, name, data)

    def picture(self):
        """All that the database holds."""
        return {table: sorted(self.db.execute(f"SELECT * FROM {table}").fetchall(), key=repr) for table in TABLES}


def upload(client, name, data):
    boundary = "phone-model-boundary"
    fields = {"fileCreatedAt": "2024-08-13T10:00:00.000Z", "fileModifiedAt": "2024-08-13T10:00:00.000Z",
              "isFavorite": "false", "duration": "0", "deviceAssetId": name, "deviceId": "model"}
    parts = [f'--{boundary}\r\nContent-Disposition: form-data; name="{key}"\r\n\r\n{value}\r\n' for key, value in fields.items()]
    parts.append(f'--{boundary}\r\nContent-Disposition: form-data; name="assetData"; filename="{name}"\r\n'
                 "Content-Type: application/octet-stream\r\n\r\n")
    body = "".join(parts).encode() + data + f"\r\n--{boundary}--\r\n".encode()
    status, answer = client.ask("POST", "/assets", body, {"Content-Type": f"multipart/form-data; boundary={boundary}"})
    if status not in (200, 201):
        raise Refused(f"upload of {name}: {status} {answer[:300]!r}")
    return json.loads(answer)["id"]


def upload_on_the_page(client, name, data):
    """As the web page does it: what was deleted for good comes back as a new asset."""
    encode = lambda text: base64.b64encode(text.encode()).decode()
    headers = {"Cookie": f"immich_access_token={client.token}", "Tus-Resumable": "1.0.0"}
    connection = http.client.HTTPConnection(*client.address, timeout=120)
    connection.request("POST", "/api/uploads", b"", headers | {
        "Upload-Length": str(len(data)), "Upload-Metadata": f"filename {encode(name)}"})
    answer = connection.getresponse()
    answer.read()
    if answer.status != 201:
        raise Refused(f"POST /uploads: {answer.status}")
    connection.request("PATCH", answer.headers["Location"], data, headers | {
        "Upload-Offset": "0", "Content-Type": "application/offset+octet-stream"})
    answer = connection.getresponse()
    answer.read()
    connection.close()
    if answer.status != 204:
        raise Refused(f"PATCH of {name}: {answer.status}")


# ---- histories ----

class History:
    """One random history of one phone, another one of the same account, and a browser."""

    def __init__(self, world, seed):
        self.world, self.random, self.steps = world, random.Random(seed), []
        self.phone, self.other = Phone(world.new_client()), Phone(world.new_client())
        self.roll = {}

    def ids(self):
        rows = self.phone.db.execute("SELECT id FROM asset").fetchall()
        return [row[0] for row in rows]

    def some_ids(self):
        ids = self.ids()
        return self.random.sample(ids, min(len(ids), self.random.randint(1, 3)))

    # What may happen. Ids may be stale: a phone does not know yet what went on elsewhere.

    def take_photo(self):
        name = f"IMG_{self.random.randint(1, 10 ** 9)}.jpg"
        self.roll[name] = b"\xff\xd8\xff" + self.random.randbytes(200)

    def back_up(self):
        self.phone.backup(self.roll)

    def sync(self):
        assert self.phone.sync(), "a stream ended without SyncCompleteV1"

    def sync_cut_off(self):
        self.phone.sync(most_lines=self.random.randint(0, 8))

    def sync_without_acks(self):
        self.phone.sync(lose_acks=True)

    def sync_other(self):
        self.other.sync()

    def upload_elsewhere(self):
        upload(self.other.client, "DSC_1.jpg", b"\xff\xd8\xff" + self.random.randbytes(100))

    def trash(self):
        self.edit("DELETE", "/assets", lambda ids: {"ids": ids})

    def delete_for_good(self):
        self.edit("DELETE", "/assets", lambda ids: {"ids": ids, "force": True})

    def restore(self):
        self.edit("POST", "/trash/restore/assets", lambda ids: {"ids": ids})

    def empty_trash(self):
        self.other.client.json("POST", "/trash/empty")

    def edit(self, method, path, body):
        ids = self.some_ids()
        if ids:
            self.other.client.json(method, path, body(ids), wanted=(200, 204, 400))

    def bring_back(self):
        if self.roll:
            name = self.random.choice(sorted(self.roll))
            upload_on_the_page(self.other.client, name, self.roll[name])

    def change_by_hand(self):
        wish = self.random.choice([{"isFavorite": True}, {"isFavorite": False}, {"visibility": "archive"}, {"rating": 5},
                                   {"description": "words"}, {"dateTimeRelative": 60}, {"latitude": 1.5, "longitude": 2}])
        self.edit("PUT", "/assets", lambda ids: {"ids": ids} | wish)

    def make_album(self):
        self.other.client.json("POST", "/albums", {"albumName": f"Album {self.random.randint(1, 99)}"})

    def some_album(self):
        albums = [row[0] for row in self.phone.db.execute("SELECT id FROM album")]
        return self.random.choice(albums) if albums else None

    def edit_album(self, method, path, body):
        album = self.some_album()
        if album:
            self.other.client.json(method, f"/albums/{album}{path}", body, wanted=(200, 204, 400))

    def fill_album(self):
        self.edit_album("PUT", "/assets", {"ids": self.some_ids()})

    def thin_out_album(self):
        self.edit_album("DELETE", "/assets", {"ids": self.some_ids()})

    def change_album(self):
        ids = self.some_ids()
        cover = {"albumThumbnailAssetId": ids[0]} if ids and self.random.random() < 0.5 else {}
        self.edit_album("PATCH", "", {"albumName": f"Album {self.random.randint(1, 99)}"} | cover)

    def delete_album(self):
        self.edit_album("DELETE", "", None)

    def lock_away(self):
        self.edit("PUT", "/assets", lambda ids: {"ids": ids, "visibility": "locked"})

    def change_preferences(self):
        self.other.client.json("PUT", "/users/me/preferences", {"people": {"minimumFaces": self.random.randint(1, 9)}})

    def install_anew(self):
        for types in (["AlbumV1"], ["AssetExifV1", "PartnerAssetExifV1"], ["AssetV1"], ["AssetV1", "AssetV2"]):
            self.phone.client.json("DELETE", "/sync/ack", {"types": types}, wanted=(204,))
        self.phone = Phone(self.world.new_client())

    def ask_for_all(self):
        self.phone.wipe()
        self.phone.sync(reset=True)

    def be_reset(self):
        me = next(one for one in self.phone.client.json("GET", "/sessions") if one["current"])
        self.other.client.json("PUT", f"/sessions/{me['id']}", {"isPendingSyncReset": True})

    STEPS = [(take_photo, 5), (back_up, 4), (sync, 5), (sync_cut_off, 3), (sync_without_acks, 2), (sync_other, 1),
             (upload_elsewhere, 3), (trash, 3), (delete_for_good, 3), (restore, 2), (empty_trash, 1), (bring_back, 3), (change_by_hand, 3),
             (make_album, 2), (fill_album, 5), (thin_out_album, 2), (change_album, 2), (delete_album, 1), (lock_away, 1),
             (change_preferences, 1), (install_anew, 1), (ask_for_all, 1), (be_reset, 1)]

    def run(self):
        kinds, weights = zip(*self.STEPS)
        for step in self.random.choices(kinds, weights, k=self.random.randint(10, 40)):
            self.steps.append(step.__name__)
            step(self)
        self.steps.append("the end")
        fresh = Phone(self.world.new_client())
        # The server still looks into photos: until it has, either of the two may be a change ahead of the other.
        for attempt in range(TRIES):
            self.sync()
            assert fresh.sync(), "a fresh phone's stream ended without SyncCompleteV1"
            ours, theirs = self.phone.picture(), fresh.picture()
            if ours == theirs:
                return
            time.sleep(0.2)
        for table in TABLES:
            assert ours[table] == theirs[table], \
                f"table {table} differs:\n  phone {set(ours[table]) - set(theirs[table])}\n  fresh {set(theirs[table]) - set(ours[table])}"


class World:
    """The server, and sessions on it. A history hands its sessions on: to sign in takes a password hash, and a session
    that has forgotten its acknowledgements is as good as a new one."""

    def __init__(self, url, email, password):
        self.url, self.email, self.password = url, email, password
        self.idle, self.lent = [], []

    def new_client(self):
        client = self.idle.pop() if self.idle else sign_in(self.url, self.email, self.password)
        client.json("DELETE", "/sync/ack", {}, wanted=(204,))
        self.lent.append(client)
        return client

    def take_back(self):
        self.idle += self.lent
        self.lent = []


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("url")
    parser.add_argument("email")
    parser.add_argument("password")
    parser.add_argument("--histories", type=int, default=10)
    parser.add_argument("--seed", type=int, default=1)
    words = parser.parse_args()
    world = World(words.url, words.email, words.password)
    for seed in range(words.seed, words.seed + words.histories):
        history = History(world, seed)
        try:
            history.run()
            world.take_back()
        except (AssertionError, Refused, sqlite3.Error, http.client.HTTPException, OSError) as problem:
            print(f"history {seed} failed after: {', '.join(history.steps)}\n{type(problem).__name__}: {problem}")
            return 1
    print(f"{words.histories} histories went well")
    return 0


if __name__ == "__main__":
    sys.exit(main())
