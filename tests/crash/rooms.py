#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""rooms.py [--kills N] [--seconds N] [--seed N]: SIGKILL at random moments while people talk in rooms. They come back, enter again, and
send again exactly what was not counted (XEP-0198); one of them more than that. Then what was acknowledged, what was heard and what was
read meanwhile is compared with the rooms' archives. TAP; the last line is "N passed, N failed". PARLEYD, PARLEYCTL and PARLEY_SLOW name
the programs, as for crash.py."""
import argparse
import asyncio
import logging
import os
import random
import sys
import time

sys.dont_write_bytecode = True
sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import people  # noqa: E402
from crash import SETTLE_SECONDS, TRAFFIC_SECONDS, Place, end_people, report, start_people, until  # noqa: E402
from peer import SID, Gone  # noqa: E402
from player.client import Failure  # noqa: E402

ROOMS, SPEAKERS, KILLS_MIN = ("verona@conference.localhost", "mantua@conference.localhost"), 4, 3
MUC, OWNER = "http://jabber.org/protocol/muc", "http://jabber.org/protocol/muc#owner"
WORDS = {
    "server": "the server starts after each SIGKILL, serves, and ends in order on SIGTERM",
    "login": "everybody can log in and enter again",
    "counting": "the counts of XEP-0198 are possible ones",
    "refused": "no message came back as an error",
    "kept": "what was acknowledged or counted is in the archive of its room",
    "once": "each message is in it once",
    "order": "it has the messages of a speaker in their order, and leaves none out",
    "live": "who is in a room hears everything, once and in order",
    "gone": "nobody heard or read a message that is gone afterwards",
    "reader": "who pages the archive by after-id missed nothing",
    "teeth": "kills fell between sending and acknowledgement",
}


def entering(room, nick):
    return f"<presence to='{room}/{nick}'><x xmlns='{MUC}'><history maxstanzas='0'/></x></presence>"


class Speaker(people.Sender):
    """Says numbered lines in the rooms, and hears what the others say."""

    def say(self):
        room = random.choice(self.targets)
        key = (self.bare, room)
        self.ledger.sent[key] += 1
        number = self.ledger.sent[key]
        name = f"{self.user}-{room.partition('@')[0]}-{number}"
        self._put(f"<message to='{room}' type='groupchat' id='{name}'><body>{self.bare} {room} {number}</body>"
                  f"<origin-id xmlns='{SID}' id='{name}'/></message>", (*key, number, people.MESSAGE))

    def before_resending(self):
        """A new session is in no room: it enters, then come the lines."""
        super().before_resending()
        self.heard = {}
        self.unacked.extendleft((entering(room, self.user), None) for room in self.targets)

    def on_element(self, element):
        if element.attrs.get("type") == "error":
            self.ledger.wrong("login" if element.local == "presence" else "refused", f"{self.bare}: {element}")
        elif element.local == "message" and (key := people.read_message(element)):
            self._hear(element, key)

    def _hear(self, element, key):
        stanza_id = people.own_id(element, key[1])
        if stanza_id is None:
            self.ledger.wrong("once", f"{self.bare} heard a message without a stanza-id: {element}")
            return
        self.ledger.count("heard")
        self.ledger.show(key[1], stanza_id, key)
        newest = self.heard.get(key[:2], key[2] - 1)
        if key[2] != newest + 1:
            self.ledger.wrong("live", f"{self.bare}: {key} came after number {newest}")
        self.heard[key[:2]] = key[2]


class RoomReader(people.Reader):
    """Pages a room's archive, all the time."""

    def __init__(self, place, ledger, user, room):
        super().__init__(place, ledger, user)
        self.archive = self.bare = room  # under this name it shows what it saw


class RoomAuditor(people.Auditor):
    """Reads it once."""

    def __init__(self, place, ledger, user, room):
        super().__init__(place, ledger, user)
        self.archive = self.bare = room


class Maker(people.Person):
    """Makes the rooms, which stay."""

    async def make(self):
        await self.connect(self.place.address)
        await self.login()
        listening = asyncio.create_task(self.listen())
        try:
            for room in ROOMS:
                self.put(entering(room, "maker"), None)
                answer = await asyncio.wait_for(self.ask("set", f"<query xmlns='{OWNER}'><x xmlns='jabber:x:data' type='submit'/></query>", room),
                                                TRAFFIC_SECONDS)
                if answer.attrs["type"] != "result":
                    raise Failure(f"{room} was not made: {answer}")
        finally:
            listening.cancel()
            await asyncio.gather(listening, return_exceptions=True)
            self.abort()


class RoomKills:
    def __init__(self, args):
        self.args, self.ledger = args, people.Ledger()
        self.place = Place(args, self.ledger)
        self.speakers = [Speaker(self.place, self.ledger, f"s{n}", ROOMS, is_stubborn=n == 2, sasl2=n % 2 == 0) for n in range(SPEAKERS)]
        self.readers = [RoomReader(self.place, self.ledger, "maker", room) for room in ROOMS]
        self.kills = 0

    async def run(self):
        place = self.place
        await place.start()
        await place.add_users(["maker"] + [speaker.user for speaker in self.speakers])
        await Maker(place, self.ledger, "maker", "desk", sm=False).make()
        tasks = await start_people(self.speakers + self.readers)
        end = time.monotonic() + self.args.seconds
        try:
            while self.kills < self.args.kills and (self.kills < KILLS_MIN or time.monotonic() < end):
                await self._die()
            await self._settle()
        finally:
            await end_people(place, tasks)
        for room, reader in zip(ROOMS, self.readers):
            self._check(room, await RoomAuditor(place, self.ledger, "maker", room).read(place.address), reader)
        await place.stop()
        self.ledger.count("kills", self.kills)
        if not self.ledger.counts["not acknowledged when the server died"] or not self.ledger.counts["heard"]:
            self.ledger.wrong("teeth", f"{dict(self.ledger.counts)}")

    async def _die(self):
        """Lines are acknowledged, the server dies at some moment, and is started again; every other time with slow commits."""
        place, acks = self.place, self.place.acks
        if not await until(lambda: place.acks > acks + 20, TRAFFIC_SECONDS):
            raise Failure(f"nothing is acknowledged any more\n{place.server.tail()}")
        await asyncio.sleep(random.uniform(0, 0.2))
        self.kills += 1
        self.ledger.round = self.kills
        self.ledger.count("not acknowledged when the server died", sum(len(speaker.unacked) for speaker in self.speakers))
        await place.kill()
        await place.start(is_slow=self.kills % 2 == 1)

    async def _settle(self):
        place, acks = self.place, self.place.acks
        await until(lambda: place.acks > acks + 20, TRAFFIC_SECONDS)
        place.is_producing = False
        if not await until(lambda: not any(speaker.unacked for speaker in self.speakers), SETTLE_SECONDS):
            self.ledger.wrong("kept", f"not all is acknowledged in the end: {[len(speaker.unacked) for speaker in self.speakers]}")
        polls = [reader.polls for reader in self.readers]
        if not await until(lambda: all(reader.polls > seen + 2 for reader, seen in zip(self.readers, polls)), TRAFFIC_SECONDS):
            self.ledger.wrong("reader", "a reader gets no answers")

    def _check(self, room, rows, reader):
        ledger, found = self.ledger, {}
        for stanza_id, key in rows:
            if key is None or key[1] != room:
                ledger.wrong("once", f"{room}: {stanza_id} is not a message of ours: {key}")
            else:
                found.setdefault(key[0], []).append(key[2])
        for speaker in self.speakers:
            key, numbers = (speaker.bare, room), found.get(speaker.bare, [])
            if lost := sorted(ledger.acked[key] - set(numbers)):
                ledger.wrong("kept", f"{key}: {lost}")
            if len(set(numbers)) != len(numbers):
                ledger.wrong("once", f"{key}: doubled: {sorted(n for n in set(numbers) if numbers.count(n) > 1)}")
            if sorted(set(numbers)) != list(range(1, ledger.sent[key] + 1)) or numbers != sorted(numbers):
                ledger.wrong("order", f"{key}: {ledger.sent[key]} were sent: {numbers}")
        ids = dict(rows)
        for (where, stanza_id), key in ledger.shown.items():
            if where == room and ids.get(stanza_id) != key:
                ledger.wrong("gone", f"{room}: {key} was seen as {stanza_id}, in the archive that is {ids.get(stanza_id)}")
        if reader.rows != rows:
            missed = sorted(set(rows) - set(reader.rows))
            ledger.wrong("reader", f"{room}: {len(reader.rows)} of {len(rows)} rows, missed {missed[:5]}")


async def run(args):
    kills = RoomKills(args)
    try:
        await kills.run()
        kills.ledger.is_whole = True
    except (Failure, Gone, TimeoutError) as failure:
        kills.ledger.wrong("server", f"{type(failure).__name__}: {failure}\n{kills.place.server.tail()}")
    finally:
        kills.place.server.remove()
    print(f"1..{len(WORDS)}")
    return report([("rooms", kills.ledger, WORDS)])


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--kills", type=int, default=10)
    parser.add_argument("--seconds", type=int, default=20, help=f"no more kills after that, once there were {KILLS_MIN}")
    parser.add_argument("--seed", type=int, default=int(time.time()))
    parser.add_argument("--log", default="warn", help="how much the server says")
    parser.add_argument("--keep", action="store_true", help="leave the folder of the server")
    args = parser.parse_args()
    args.parleyd, args.parleyctl, args.slow = (os.environ.get(name) for name in ("PARLEYD", "PARLEYCTL", "PARLEY_SLOW"))
    args.resume_stanzas = 0
    random.seed(args.seed)
    logging.getLogger("asyncio").setLevel(logging.ERROR)  # it warns of writing to a server that was killed
    print(f"# seed {args.seed}", flush=True)
    passed, failed = asyncio.run(run(args))
    print(f"{passed} passed, {failed} failed", flush=True)
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
