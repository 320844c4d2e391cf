#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""Random histories of people with phones, which the model of the app (app.py) must survive.

tests/phone/phone.py URL EMAIL PASSWORD [--histories N] [--seed N] [--workers N] [--with-jobs]

URL is a server that does nothing else, EMAIL and PASSWORD are its administrator's. A few people upload, edit, trash,
restore, delete and upload again; they share albums and their timelines, stop it, leave; they stack photos and keep
memories; one may be deleted with all that is theirs. Meanwhile their phones stream, and streams are cut off,
acknowledgements get lost, apps are installed anew. After each history each phone's database must equal that of a phone
which was signed in just now, and that must hold of others what the server lets this person see.

Jobs stand still, so that a seed gives the same history again; --with-jobs lets the server look into the photos
meanwhile. Ends with status 0, or with 1 and the seed and steps of the history that failed.
tests/http/sync.test.mjs runs it.
"""
import argparse
import concurrent.futures
import hashlib
import http.client
import json
import multiprocessing
import random
import sqlite3
import sys
import time

from app import Phone, TABLES
from client import Refused, sign_in

TRIES = 100
PIN = "123456"
QUEUES = ["metadataExtraction", "thumbnailGeneration", "videoConversion"]
PHOTO, VIDEO = b"\xff\xd8\xff", b"\0\0\0\x14ftypqt  "


class Person:
    """An account in one history: a browser, phones, and what it has made."""

    def __init__(self, account, chance):
        self.name, self.id, self.browser = account.name, account.id, account.browser
        self.spare = account.spare
        self.phones = [Phone(client, chance.choice([1, 2, 5, 20, 5000, 5000]), chance.random() < 0.3)
                       for client in account.phones[:chance.randint(1, len(account.phones))]]
        self.roll, self.stacks, self.memories = {}, [], []


class Album:
    def __init__(self, album_id, owner, members):
        self.id, self.owner, self.members = album_id, owner, members


class History:
    """What happens. Ids may be stale: nobody knows yet what went on elsewhere, and the server refuses what makes no
    sense."""

    def __init__(self, world, seed):
        self.world, self.random, self.steps = world, random.Random(seed), []
        self.is_thorough = seed % 5 == 0
        self.people = [Person(account, self.random) for account in world.accounts]
        self.has_guest = self.random.random() < 0.05
        self.guest = None
        self.assets, self.bytes, self.put_aside, self.shown = [], {}, [], set()
        self.motions = set()
        self.albums, self.pairs = [], []
        self.count = 0

    # ---- choices ----

    def anybody(self):
        return self.random.choice(self.people)

    def somebody_else(self, person):
        return self.random.choice([one for one in self.people if one is not person])

    def phone(self, person):
        return self.random.choice(person.phones)

    def some(self, person, most=3):
        """Mostly one's own assets, rather new ones, and often such as somebody has put into an album."""
        stray = self.random.random() < 0.1
        shown = [asset for asset, owner in self.assets if owner is person and asset in self.shown][-4:]
        if shown and self.random.random() < 0.5:
            return self.random.sample(shown, min(len(shown), self.random.randint(1, most)))
        ids = [asset for asset, owner in self.assets if owner is person or stray and self.random.random() < 0.3]
        ids = ids[-self.random.choice([3, 6, 1000]):]
        return self.random.sample(ids, min(len(ids), self.random.randint(1, most)))

    def some_put_away(self, person):
        """What was put away, perhaps."""
        owners = dict(self.assets)
        ids = [asset for asset in self.put_aside if owners.get(asset) is person][-4:]
        return self.random.sample(ids, min(len(ids), 2)) if ids and self.random.random() < 0.8 else self.some(person)

    def name(self, ending):
        self.count += 1
        return f"{self.count}.{ending}"

    def try_to(self, person, method, path, body=None):
        """What was answered, or True; None where it was refused."""
        status, data = person.browser.ask(method, path, body)
        if status not in (200, 201, 204, 400, 403):
            raise Refused(f"{method} {path}: {status} {data[:300]!r}")
        return (json.loads(data) if data else True) if status < 300 else None

    # ---- photos ----

    def made(self, person, ids):
        self.assets += [(asset, person) for asset in ids]

    def take_photo(self, person):
        person.roll[self.name("jpg")] = PHOTO + self.random.randbytes(60)

    def back_up(self, person):
        self.made(person, self.phone(person).backup(person.roll))

    def upload(self, person):
        """With the browser; only what lies in the roll is uploaded again."""
        visibility = self.random.choice(["timeline"] * 6 + ["archive", "hidden"])
        favorite = self.random.choice(["true", "false"])
        name, data = self.name("jpg"), PHOTO + self.random.randbytes(60)
        asset = person.browser.upload(name, data, visibility=visibility, isFavorite=favorite)
        self.made(person, [asset])
        self.bytes[asset] = name, data

    def upload_live(self, person):
        name = self.name("jpg")
        motion = person.browser.upload(name + ".mov", VIDEO + self.random.randbytes(60), visibility="hidden")
        self.motions.add(motion)
        self.made(person, [motion, person.browser.upload(name, PHOTO + self.random.randbytes(60), livePhotoVideoId=motion)])

    def bring_back(self, person):
        """Bytes that were deleted, perhaps."""
        whose = self.anybody()
        if whose.roll:
            name = self.random.choice(sorted(whose.roll))
            person.browser.upload_on_the_page(name, whose.roll[name])
            person.roll[name] = whose.roll[name]

    def replace(self, person):
        """The same bytes as another asset, in the same albums."""
        ids = [asset for asset, owner in self.assets if owner is person and asset in self.bytes]
        if not ids:
            return
        old = self.random.choice(ids[-4:])
        if self.delete(person, [old]):
            person.browser.upload_on_the_page(*self.bytes[old])
            found = person.browser.json("POST", "/assets/bulk-upload-check", {"assets": [
                {"id": "1", "checksum": hashlib.sha1(self.bytes[old][1]).hexdigest()}]})["results"][0]
            self.bytes[found["assetId"]] = self.bytes.pop(old)
            self.made(person, [found["assetId"]])
            if self.random.random() < 0.7:
                self.edit_album(person, self.album(person), "PUT", "/assets", {"ids": [found["assetId"]]})

    def edit(self, person, method, path, body, ids=None):
        ids = ids or self.some(person)
        if ids:
            self.try_to(person, method, path, {"ids": ids} | body)

    def trash(self, person):
        ids = self.some(person)
        self.put_aside += ids
        self.edit(person, "DELETE", "/assets", {}, ids)

    def delete(self, person, ids):
        done = ids and self.try_to(person, "DELETE", "/assets", {"ids": ids, "force": True})
        if done:
            self.assets = [(asset, owner) for asset, owner in self.assets if asset not in ids or self.random.random() < 0.2]
        return done

    def delete_for_good(self, person):
        self.delete(person, self.some(person))

    def restore(self, person):
        self.edit(person, "POST", "/trash/restore/assets", {}, self.some_put_away(person))

    def empty_trash(self, person):
        person.browser.json("POST", "/trash/empty")

    def restore_all(self, person):
        person.browser.json("POST", "/trash/restore")

    def change_by_hand(self, person):
        self.edit(person, "PUT", "/assets", self.random.choice([
            {"isFavorite": True}, {"isFavorite": False}, {"rating": self.random.randint(1, 5)},
            {"description": self.name("words")}, {"dateTimeRelative": 60}, {"latitude": 1.5, "longitude": 2}]))

    def put_away(self, person):
        ids = self.some(person)
        self.put_aside += ids
        visibility = self.random.choice(["archive", "archive", "hidden", "locked"])
        self.edit(person, "PUT", "/assets", {"visibility": visibility}, ids)

    def put_back(self, person):
        self.edit(person, "PUT", "/assets", {"visibility": self.random.choice(["timeline", "timeline", "archive"])},
                  self.some_put_away(person))

    def keep_app_data(self, person):
        ids = self.some(person, 1)
        if ids and self.random.random() < 0.7:
            items = [{"key": "mobile-app", "value": {"iCloudId": self.name("cloud")}}]
            self.try_to(person, "PUT", f"/assets/{ids[0]}/metadata", {"items": items})
        elif ids:
            self.try_to(person, "DELETE", f"/assets/{ids[0]}/metadata/mobile-app")

    # ---- albums ----

    def make_album(self, person):
        wish, members = {"albumName": self.name("album"), "assetIds": self.some(person)}, {person}
        if self.random.random() < 0.6:
            other = self.somebody_else(person)
            members.add(other)
            wish["albumUsers"] = [{"userId": other.id, "role": self.random.choice(["editor", "viewer"])}]
        answer = self.try_to(person, "POST", "/albums", wish)
        if answer:
            self.shown.update(wish["assetIds"])
            self.albums.append(Album(answer["id"], person, members))

    def album(self, person, of_others=None):
        """Mostly one that the person is a member of: the owner, or with @of_others not."""
        albums = [album for album in self.albums if self.random.random() < 0.1 or person in album.members
                  and (of_others is None or (album.owner is not person) == of_others)]
        return self.random.choice(albums[-4:]) if albums else None

    def edit_album(self, person, album, method, path, body=None):
        return album and self.try_to(person, method, f"/albums/{album.id}{path}", body)

    def fill_album(self, person):
        ids = self.some(person, 5)
        self.edit_album(person, self.album(person), "PUT", "/assets", {"ids": ids})
        self.shown.update(ids)

    def thin_out_album(self, person):
        some = [asset for asset, _ in self.assets[-20:] if self.random.random() < 0.3]
        self.edit_album(person, self.album(person), "DELETE", "/assets", {"ids": some or self.some(person)})

    def change_album(self, person):
        ids = self.some(person, 1)
        cover = {"albumThumbnailAssetId": ids[0]} if ids and self.random.random() < 0.5 else {}
        self.edit_album(person, self.album(person, of_others=False), "PATCH", "", {"albumName": self.name("album")} | cover)

    def delete_album(self, person):
        album = self.album(person, of_others=False)
        self.edit_album(person, album, "DELETE", "")
        if album and album.owner is person:
            self.albums.remove(album)

    def member(self, person, album):
        """Who was let in, or anybody."""
        members = [one for one in self.people if album and one in album.members and one is not album.owner]
        return self.random.choice(members) if members and self.random.random() < 0.8 else self.somebody_else(person)

    def share_album(self, person):
        album = self.album(person, of_others=False)
        others = [one for one in self.people if album and one not in album.members]
        other = self.random.choice(others) if others and self.random.random() < 0.8 else self.somebody_else(person)
        users = [{"userId": other.id, "role": self.random.choice(["editor", "editor", "viewer"])}]
        if self.edit_album(person, album, "PUT", "/users", {"albumUsers": users}):
            album.members.add(other)

    def change_role(self, person):
        album = self.album(person, of_others=False)
        self.edit_album(person, album, "PUT", f"/user/{self.member(person, album).id}",
                        {"role": self.random.choice(["editor", "viewer"])})

    def put_out_of_album(self, person):
        album = self.album(person, of_others=False)
        other = self.member(person, album)
        self.edit_album(person, album, "DELETE", f"/user/{other.id}")
        if album and album.owner is person:
            album.members.discard(other)

    def leave_album(self, person):
        album = self.album(person, of_others=True)
        self.edit_album(person, album, "DELETE", "/user/me")
        if album and album.owner is not person:
            album.members.discard(person)

    # ---- partners ----

    def share_timeline(self, person):
        other = self.somebody_else(person)
        if self.try_to(person, "POST", "/partners", {"sharedWithId": other.id}):
            self.pairs.append((person, other))

    def pair(self):
        return self.random.choice(self.pairs) if self.pairs else (self.people[0], self.people[1])

    def show_partner(self, person):
        by, with_whom = self.pair()
        self.try_to(with_whom, "PUT", f"/partners/{by.id}", {"inTimeline": self.random.random() < 0.5})

    def stop_sharing_timeline(self, person):
        by, with_whom = self.pair()
        self.try_to(by, "DELETE", f"/partners/{with_whom.id}")
        self.pairs = [pair for pair in self.pairs if pair != (by, with_whom)]
        if self.random.random() < 0.3:
            self.try_to(by, "POST", "/partners", {"sharedWithId": with_whom.id})
            self.pairs.append((by, with_whom))

    # ---- stacks and memories ----

    def stack(self, person):
        own = [asset for asset, owner in self.assets if owner is person and asset not in self.motions]
        while len(own) < 2:
            self.upload(person)
            own.append(self.assets[-1][0])
        own = own[-self.random.randint(2, 5):]
        answer = self.try_to(person, "POST", "/stacks", {"assetIds": own})
        if answer:
            person.stacks.append(answer["id"])

    def unstack(self, person):
        if person.stacks:
            self.try_to(person, "DELETE", f"/stacks/{self.random.choice(person.stacks)}")

    def make_memory(self, person):
        answer = self.try_to(person, "POST", "/memories", {
            "type": "on_this_day", "data": {"year": self.random.randint(2000, 2020)}, "memoryAt": "2024-08-13T00:00:00.000Z",
            "assetIds": self.some(person)})
        if answer:
            person.memories.append(answer["id"])

    def change_memory(self, person):
        if person.memories:
            memory = f"/memories/{self.random.choice(person.memories)}"
            method, path, body = self.random.choice([
                ("PUT", "", {"isSaved": self.random.random() < 0.5}), ("PUT", "/assets", {"ids": self.some(person)}),
                ("DELETE", "/assets", {"ids": self.some(person)}), ("DELETE", "", None)])
            self.try_to(person, method, memory + path, body)

    # ---- accounts ----

    def change_account(self, person):
        if self.random.random() < 0.5:
            person.browser.json("PUT", "/users/me/preferences", {"people": {"minimumFaces": self.random.randint(1, 9)}})
        else:
            person.browser.json("PUT", "/users/me", {"name": f"{person.name} {self.random.randint(1, 9)}"})

    def invite_guest(self, person):
        if self.has_guest and not self.guest:
            self.guest = Person(self.world.new_account(phones=1), self.random)
            self.people.append(self.guest)
            self.upload(self.guest)
            self.share_timeline(self.guest)

    def delete_guest(self, person):
        if self.guest and self.guest in self.people:
            self.people.remove(self.guest)
            self.pairs = [pair for pair in self.pairs if self.guest not in pair]
            self.albums = [album for album in self.albums if album.owner is not self.guest]
            self.world.admin.json("DELETE", f"/admin/users/{self.guest.id}", {"force": True})

    # ---- phones ----

    def sync(self, person):
        assert self.phone(person).sync(), "a stream ended without SyncCompleteV1"

    def sync_cut_off(self, person):
        self.phone(person).sync(most_lines=self.random.randint(0, 30))

    def sync_with_acks_lost(self, person):
        self.phone(person).sync(most_acks=self.random.randint(0, 10))

    def install_anew(self, person):
        phone = self.phone(person)
        for types in (["AlbumV1"], ["AssetExifV1", "PartnerAssetExifV1"], ["AssetV1"], ["AssetV1", "AssetV2"]):
            phone.client.json("DELETE", "/sync/ack", {"types": types}, wanted=(204,))
        phone.client.json("DELETE", "/sync/ack", {}, wanted=(204,))  # a new session has none
        phone.install()

    def begin_again(self, person):
        """As a newer version of the app does it, whose rows have one more column."""
        phone, kind = self.phone(person), self.random.choice(sorted(Phone.SENT_AS))
        phone.client.json("DELETE", "/sync/ack", {"types": [kind]}, wanted=(204,))
        phone.spoil(kind)

    def ask_for_all(self, person):
        phone = self.phone(person)
        phone.wipe()
        phone.sync(reset=True)

    def be_reset(self, person):
        me = next(one for one in self.phone(person).client.json("GET", "/sessions") if one["current"])
        person.browser.json("PUT", f"/sessions/{me['id']}", {"isPendingSyncReset": True})

    STEPS = [(take_photo, 3), (back_up, 4), (upload, 10), (upload_live, 1), (bring_back, 2), (replace, 4), (trash, 4),
             (delete_for_good, 4), (restore, 4), (empty_trash, 1), (restore_all, 1), (change_by_hand, 7),
             (put_away, 5), (put_back, 5), (keep_app_data, 2), (make_album, 5), (fill_album, 6), (thin_out_album, 3),
             (change_album, 2), (delete_album, 2), (share_album, 5), (change_role, 2), (put_out_of_album, 2),
             (leave_album, 2), (share_timeline, 4), (show_partner, 1), (stop_sharing_timeline, 3), (stack, 5),
             (unstack, 1), (make_memory, 2), (change_memory, 2), (change_account, 1), (invite_guest, 3),
             (delete_guest, 1), (sync, 16), (sync_cut_off, 8), (sync_with_acks_lost, 5), (install_anew, 1),
             (begin_again, 1), (ask_for_all, 1), (be_reset, 1)]

    # ---- the whole ----

    def do(self, step, person):
        self.steps.append(f"{step.__name__}({person.name})")
        step(self, person)

    def run(self):
        kinds, weights = zip(*self.STEPS)
        for person in self.people:
            if self.random.random() < 0.7:  # what comes later is then news to a phone that has had everything
                self.do(History.sync, person)
        for step in (History.upload, History.upload, History.share_timeline, History.make_album, History.fill_album):
            self.do(step, self.people[self.random.randint(0, 1)])
        for step in self.random.choices(kinds, weights, k=self.random.randint(15, 60)):
            self.do(step, self.anybody())
        for person in list(self.people):
            if person is self.guest:
                self.do(History.delete_guest, person)
        self.steps.append("the end")
        for person in self.people:
            fresh = self.compare(person)
            if self.is_thorough:
                self.compare_rights(person, fresh)

    def compare(self, person):
        """The server may still be at work: until it is not, one phone may be a change ahead of another."""
        for attempt in range(TRIES):
            for phone in person.phones:
                assert phone.sync(), "a stream ended without SyncCompleteV1"
            fresh = Phone(person.spare)
            fresh.look()
            pictures, expected = [phone.picture() for phone in person.phones], fresh.picture()
            if all(picture == expected for picture in pictures) and self.has_guest_gone(fresh):
                return fresh
            if attempt > 2 and not self.guest and not self.world.has_company:
                break  # waiting would not help: nobody else is at work
            time.sleep(0.1)
        for number, picture in enumerate(pictures):
            self.explain(f"phone {number} of {person.name}", person.phones[number], picture, expected)
        raise AssertionError("an account that was deleted is still there")

    def has_guest_gone(self, phone):
        return not self.guest or not phone.db.execute("SELECT 1 FROM user WHERE id = ?", (self.guest.id,)).fetchone()

    @staticmethod
    def explain(name, phone, picture, expected):
        for table in TABLES:
            assert picture[table] == expected[table], (
                f"table {table} of {name} (batch {phone.batch}, prunes {phone.prunes}) differs:\n"
                f"  has   {set(picture[table]) - set(expected[table])}\n  lacks {set(expected[table]) - set(picture[table])}")

    def compare_rights(self, person, fresh):
        """Of others a phone has what its person may look at, and nothing else; of stacks nothing but partners'."""
        for owner, body in fresh.db.execute("SELECT owner_id, body FROM asset WHERE owner_id NOT IN"
                                            " (SELECT id FROM auth_user UNION SELECT by_id FROM partner)"):
            assert json.loads(body)["stackId"] is None, f"{person.name} is told of a stack of {owner}"
        has = {row[0] for row in fresh.db.execute("SELECT id FROM asset WHERE owner_id <> ?", (person.id,))}
        hidden = self.hidden_ones()
        for asset, owner in self.assets:
            if owner is not person and asset not in hidden:
                status, _ = person.browser.ask("GET", f"/assets/{asset}")
                assert (status == 200) == (asset in has), f"{person.name} has {asset}: {asset in has}, may look: {status}"

    def hidden_ones(self):
        """Motion halves may be looked at by who sees their still, but phones need no rows of them."""
        ids = set()
        for person in self.people:
            fresh = Phone(person.spare)
            fresh.look()
            ids |= {row[0] for row in fresh.db.execute("SELECT id, body FROM asset")
                    if json.loads(row[1])["visibility"] == "hidden"}
        return ids


# ---- the server ----

class Account:
    """One with sessions. `spare` acknowledges nothing, so each of its streams has all."""

    def __init__(self, world, email, name, phones):
        self.name, self.password = name, "correct horse battery"
        self.id = world.admin.json("POST", "/admin/users", {"email": email, "password": self.password, "name": name})["id"]
        sessions = [sign_in(world.url, email, self.password) for _ in range(phones + 2)]
        self.browser, self.spare, *self.phones = sessions
        self.browser.json("POST", "/auth/pin-code", {"pinCode": PIN})
        self.unlock()

    def unlock(self):
        """Opens the locked folder, for a while."""
        self.browser.json("POST", "/auth/session/unlock", {"pinCode": PIN})

    def clear(self):
        """As if nothing had been: the next history begins with little, whatever came before."""
        for album in self.browser.json("GET", "/albums?isOwned=true"):
            self.browser.json("DELETE", f"/albums/{album['id']}")
        for partner in self.browser.json("GET", "/partners?direction=shared-by"):
            self.browser.json("DELETE", f"/partners/{partner['id']}")
        fresh = Phone(self.spare)
        fresh.look()
        for memory, in fresh.db.execute("SELECT id FROM memory").fetchall():
            self.browser.json("DELETE", f"/memories/{memory}")
        ids = [row[0] for row in fresh.db.execute("SELECT id FROM asset WHERE owner_id = ?", (self.id,))]
        if ids and self.browser.ask("DELETE", "/assets", {"ids": ids, "force": True})[0] != 204:
            self.unlock()
            self.browser.json("DELETE", "/assets", {"ids": ids, "force": True})
        for phone in self.phones:
            phone.json("DELETE", "/sync/ack", {}, wanted=(204,))


class World:
    """Accounts on the server. A history hands them on: to sign in takes a password hash."""

    def __init__(self, url, email, password, number, seed, has_company):
        self.url, self.number, self.seed, self.has_company = url, number, seed, has_company
        self.admin = sign_in(url, email, password)
        self.made = 0
        self.accounts = [self.new_account(phones=2), self.new_account(phones=2), self.new_account(phones=1)]

    def new_account(self, phones):
        self.made += 1
        name = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"[(self.made - 1) % 26]
        return Account(self, f"s{self.seed}w{self.number}p{self.made}@example.org", name, phones)

    def clear(self):
        for account in self.accounts:
            account.clear()


failed = multiprocessing.Event()  # somebody's history: the others need not go on


def run_histories(words, number):
    """Every words.workers-th history, from the number-th on. What failed, or None."""
    world = World(words.url, words.email, words.password, number, words.seed, words.workers > 1 or words.with_jobs)
    for seed in range(words.seed + number, words.seed + words.histories, words.workers):
        history = History(world, seed)
        try:
            history.run()
            world.clear()
        except (AssertionError, Refused, sqlite3.Error, http.client.HTTPException, OSError) as problem:
            failed.set()
            return (f"history {seed} failed after: {', '.join(history.steps)}\n{type(problem).__name__}: {problem}\n"
                    f"To see it again: tests/phone/phone.py URL EMAIL PASSWORD --seed {seed} --histories 1")
        if failed.is_set():
            break
    return None


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("url")
    parser.add_argument("email")
    parser.add_argument("password")
    parser.add_argument("--histories", type=int, default=10)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--workers", type=int, default=1)
    parser.add_argument("--with-jobs", action="store_true")
    words = parser.parse_args()
    admin = sign_in(words.url, words.email, words.password)
    for queue in QUEUES:
        admin.json("PUT", f"/jobs/{queue}", {"command": "resume" if words.with_jobs else "pause", "force": False})
    with concurrent.futures.ProcessPoolExecutor(words.workers) as pool:
        for failure in pool.map(run_histories, [words] * words.workers, range(words.workers)):
            if failure:
                print(failure)
    if failed.is_set():
        return 1
    print(f"{words.histories} histories went well")
    return 0


if __name__ == "__main__":
    sys.exit(main())
