#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""uploads.py [--kills N] [--seed N]: SIGKILL while files are sent, whole and resumable, and deleted. After each start: what was
acknowledged with 201 is there, whole; what was not is there whole, or not at all; a resumable upload has at least what a PATCH
was told; what was deleted stays away. At the end nothing lies on the disk that no file needs. TAP; the last line is
"N passed, N failed". PARLEYD and PARLEYCTL name the programs."""
import argparse
import glob
import hashlib
import http.client
import json
import os
import random
import sys
import threading
import time

sys.dont_write_bytecode = True
sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "../talk"))
from player.client import Client, Closed, Failure, Late  # noqa: E402
from player.server import Parleyd  # noqa: E402
from player.upload import PATCH, TUS, ask, send  # noqa: E402

PASSWORD, PATIENCE, SENDERS, SLOTS = "sesame-open-7", 30, 3, 60
BROKEN = (OSError, http.client.HTTPException)
WORDS = {
    "kept": "a file whose sender got 201 is there, whole, after every kill",
    "whole": "a file whose sender got no answer is there whole, or not at all",
    "offset": "a resumable upload has at least the bytes that were acknowledged, and ends as the file that was sent",
    "gone": "what was deleted stays away",
    "clean": "nothing is on the disk that no file needs",
    "teeth": "kills fell into uploads",
}


class Book:
    """What the senders know."""

    def __init__(self):
        self.lock = threading.Lock()
        self.has_begun = threading.Condition(self.lock)
        self.begun = 0
        self.kept, self.doubtful, self.gone, self.parts = {}, {}, set(), []
        self.faults, self.broken = {}, 0

    def wrong(self, word, text):
        with self.lock:
            self.faults.setdefault(word, []).append(text)


def digest(content):
    return hashlib.sha256(content).hexdigest()


def deadline():
    return time.monotonic() + PATIENCE


class Part:
    def __init__(self, slot, content):
        self.slot, self.content, self.known, self.is_made = slot, content, 0, False

    def go_on(self, address, book, chance):
        path = self.slot.tus + self.slot.id
        if not self.is_made:
            status = send(address, "POST", self.slot.tus, {**self.slot.headers, **TUS, "Upload-Length": str(len(self.content))})[0]
            if status != 201:
                raise Failure(f"POST: {status}")
            self.is_made = True
        status, headers, _ = send(address, "HEAD", path, {**self.slot.headers, **TUS})
        if status != 200:
            book.wrong("offset", f"HEAD after {self.known} bytes: {status}")
            return True
        at = int(headers["Upload-Offset"])
        if at < self.known:
            book.wrong("offset", f"{self.known} bytes were acknowledged, {at} are there")
        if at == len(self.content):
            book.kept[self.slot.path] = digest(self.content)
            return True
        piece = self.content[at:at + chance.randrange(1, 400000)]
        status, headers, _ = send(address, "PATCH", path, {**self.slot.headers, **PATCH, "Upload-Offset": str(at)}, piece)
        if status == 204:
            self.known = int(headers["Upload-Offset"])
        return False


def live(address, book, chance, slots, until):
    """Sends until the server dies, or the time is over."""
    try:
        while time.monotonic() < until and slots:
            slot, size = slots.pop()
            what = chance.random()
            with book.has_begun:
                book.begun += 1
                book.has_begun.notify_all()
            content = bytes(chance.choice((b"a", b"b"))) * size if what < 0.1 else chance.randbytes(size)
            with book.lock:
                if what > 0.7 or not book.parts:
                    part = Part(slot, content)
                    book.parts.append(part)
                else:
                    part = chance.choice(book.parts) if what > 0.4 else None
            if part:
                with book.lock:
                    if part not in book.parts:
                        continue
                    book.parts.remove(part)
                try:
                    is_over = part.go_on(address, book, chance)
                except BROKEN:
                    is_over = False
                    raise
                finally:
                    if not is_over:
                        with book.lock:
                            book.parts.append(part)
                continue
            with book.lock:
                book.doubtful[slot.path] = digest(content)
            status = send(address, "PUT", slot.path, slot.headers, content)[0]
            if status != 201:
                raise Failure(f"PUT: {status}")
            with book.lock:
                book.kept[slot.path] = book.doubtful.pop(slot.path)
            if what < 0.05:
                with book.lock:
                    del book.kept[slot.path]
                if send(address, "DELETE", slot.path, slot.headers)[0] == 204:
                    with book.lock:
                        book.gone.add(slot.path)
    except BROKEN:
        with book.lock:
            book.broken += 1
    except Failure as why:
        book.wrong("kept", str(why))


def look(address, book, paths=None):
    for path, wanted in book.kept.items():
        if paths is None or path in paths:
            status, _, body = send(address, "GET", path)
            if status != 200 or digest(body) != wanted:
                book.wrong("kept", f"{path}: {status}, {len(body)} bytes")
    for path, wanted in list(book.doubtful.items()):
        status, _, body = send(address, "GET", path)
        if status == 200 and digest(body) == wanted:
            book.kept[path] = book.doubtful.pop(path)
        elif status == 404:
            del book.doubtful[path]
            book.gone.add(path)
        else:
            book.wrong("whole", f"{path}: {status}, {len(body)} bytes")
    for path in book.gone:
        if send(address, "GET", path)[0] != 404:
            book.wrong("gone", path)


def login(server):
    romeo = Client("romeo/x", ("romeo", PASSWORD), {}, server)
    romeo.login(deadline())
    return romeo


def one_round(server, book, chance):
    romeo = login(server)
    slots = [(ask(romeo, size, deadline()), size) for size in (chance.choice((100, 5000, 300000, 900000)) for _ in range(SLOTS))]
    romeo.wire.close()
    book.begun = 0
    until = time.monotonic() + PATIENCE
    threads = [threading.Thread(target=live, args=(server.address("http"), book, random.Random(chance.random()), slots, until))
               for _ in range(SENDERS)]
    for thread in threads:
        thread.start()
    with book.has_begun:  # by what was sent, not by the clock: on a fast machine all is over before a time that suits a slow one
        last = chance.randrange(1, SLOTS // 2)
        book.has_begun.wait_for(lambda: book.begun >= last, PATIENCE)
    time.sleep(chance.uniform(0, 0.004))
    server.kill()
    for thread in threads:
        thread.join()
    server.start()
    recent = set(chance.sample(sorted(book.kept), min(30, len(book.kept))))
    look(server.address("http"), book, recent)


def check_clean(server, book):
    """As many names as rows, and a content for each different file."""
    def state():
        names = [os.path.relpath(path, os.path.join(server.home, "data/blobs"))
                 for path in glob.glob(os.path.join(server.home, "data/blobs/**"), recursive=True) if os.path.isfile(path)]
        rows = json.loads(server.ctl("--json", "files", "list"))
        whole = {row["id"] for row in rows if row["whole"]}
        parts = {row["id"] for row in rows if not row["whole"]}
        on_disk = {name.split("/")[1] for name in names if len(name.split("/")[0]) == 2}
        return (whole == on_disk, parts >= {name.split("/")[1] for name in names if name.startswith("part/")},
                not [name for name in names if name.startswith("tmp/")])

    end = deadline()
    while not all(state()):
        if time.monotonic() > end:
            book.wrong("clean", f"names as rows, parts as rows, no half file: {state()}")
            return
        time.sleep(0.1)


def main():
    words = argparse.ArgumentParser()
    words.add_argument("--kills", type=int, default=12)
    words.add_argument("--seed", type=int, default=int(time.time()))
    args = words.parse_args()
    chance, book = random.Random(args.seed), Book()
    server = Parleyd(os.environ["PARLEYD"], os.environ["PARLEYCTL"], config="workers = 2;")
    print(f"# seed {args.seed}", flush=True)
    try:
        server.start()
        server.add_user("romeo", PASSWORD)
        for _ in range(args.kills):
            one_round(server, book, chance)
        address = server.address("http")
        for part in book.parts:
            while not part.go_on(address, book, chance):
                pass
        look(address, book)
        check_clean(server, book)
        server.stop()
    except (Failure, Closed, Late, *BROKEN) as why:
        book.wrong("kept", f"{type(why).__name__}: {why}\n{server.tail(20)}")
    finally:
        server.remove()
    if book.broken < args.kills // 2:
        book.wrong("teeth", f"{book.broken} of {args.kills}")
    for number, (word, text) in enumerate(WORDS.items(), 1):
        print(f"{'not ok' if word in book.faults else 'ok'} {number} - {text}")
        for fault in book.faults.get(word, [])[:5]:
            print("# " + fault.replace("\n", "\n# "))
    failed = len(book.faults)
    print(f"# {len(book.kept)} files kept, {len(book.gone)} gone, {book.broken} connections broken by {args.kills} kills")
    print(f"1..{len(WORDS)}\n{len(WORDS) - failed} passed, {failed} failed")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
