#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""crash.py [--kills N] [--pairs N] [--breaks N] [--resume-stanzas N]: SIGKILL at random moments under load, also between commit and acknowledgement.

Part one kills the server; clients come back, resume or bind again, and send again exactly what was not counted (XEP-0198).
Part two only breaks connections, and resumes from another loop. Then everything is compared: what senders saw acknowledged,
what receivers saw, what readers saw while the server died, and the archives. Prints TAP; the last line is
"N passed, N failed". PARLEYD, PARLEYCTL and PARLEY_SLOW (the library of slow.c) name the programs. --seed repeats the choices of a
run, not its timing."""
import argparse
import asyncio
import collections
import glob
import logging
import os
import random
import sys
import time

sys.dont_write_bytecode = True
sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "../talk"))
import people  # noqa: E402
from peer import PASSWORD, Gone  # noqa: E402
from player.client import Failure  # noqa: E402
from player.server import Parleyd  # noqa: E402

SETTLE_SECONDS, TRAFFIC_SECONDS, SAME_LOOP_TRIES, LONG_LIFE, STALL_MSEC = 40, 20, 10, 20, 500
WORDS = {
    "server": "the server starts after each SIGKILL, serves, and ends in order on SIGTERM",
    "login": "everybody can log in again",
    "counting": "the counts of XEP-0198 are possible ones",
    "refused": "no message came back as an error",
    "kept": "what was acknowledged or counted is in the archives of both sides",
    "once": "each message is in an archive once",
    "order": "an archive has the messages of a sender in their order, and leaves none out",
    "reader": "readers that page by after-id missed nothing and saw nothing that is gone",
    "reached": "receivers got every message, once and in order",
    "live": "message, typing and leave came in the order in which they were sent",
    "gone": "nobody saw a message that is gone afterwards",
    "teeth": "kills fell into commits, and between commit and acknowledgement",
}
BREAK_WORDS = {
    "resumed": "a session goes on over a connection on another loop, each time",
    "exactly": "nothing is lost, doubled or out of order: message, typing and leave",
    "farewell": "who sends and closes the stream is seen to leave after the messages, which all arrive",
}


class Place:
    """The server, and what the people must know of it."""

    def __init__(self, args, ledger):
        self.args, self.ledger = args, ledger
        self.address, self.is_over, self.is_producing, self.acks, self.died_at = None, False, True, 0, 0
        limits = f"limits = {{ resume_stanzas = {args.resume_stanzas}; }};\n" if args.resume_stanzas else ""
        self.server = Parleyd(args.parleyd, args.parleyctl, config=f'workers = 2;\n{limits}log = {{ level = "{args.log}"; }};', keep=args.keep)
        self.plain_env = {**self.server.env, "ASAN_OPTIONS": os.environ.get("ASAN_OPTIONS", "") + ":verify_asan_link_order=0"}

    async def start(self, is_slow=False, stall_msec=0):
        stalls = {"PARLEY_STALL_MSEC": str(stall_msec)} if stall_msec else {}
        slow = {"LD_PRELOAD": self.args.slow, "PARLEY_SLOW_MSEC": "20", **stalls} if is_slow and self.args.slow else {}
        self.server.env = {**self.plain_env, **slow}
        await asyncio.to_thread(self.server.start)
        self.address = self.server.address("xmpps")

    async def kill(self):
        self.address = None
        self.died_at += 1
        if not self.server.is_running():
            self.ledger.wrong("server", f"the server has ended by itself with {self.server.child.poll()}:\n{self.server.tail()}")
        await asyncio.to_thread(self.server.kill)

    async def stop(self):
        self.address = None
        try:
            await asyncio.to_thread(self.server.stop)
        except Failure as failure:
            self.ledger.wrong("server", str(failure))

    async def add_users(self, names):
        for name in names:
            await asyncio.to_thread(self.server.add_user, name, PASSWORD)


async def until(condition, seconds):
    end = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > end:
            return False
        await asyncio.sleep(0.01)
    return True


async def start_people(everybody):
    return [asyncio.create_task(person.live()) for person in everybody]


async def end_people(place, tasks):
    place.is_over = True
    for task in tasks:
        task.cancel()
    for result in await asyncio.gather(*tasks, return_exceptions=True):
        if isinstance(result, Exception):
            raise result


# --- part one: SIGKILL ------------------------------------------------------------------------------------------------


class Kills:
    def __init__(self, args):
        self.args, self.ledger = args, people.Ledger()
        self.place = Place(args, self.ledger)
        names = [f"r{n}@localhost" for n in range(args.pairs)]
        self.senders = [people.Sender(self.place, self.ledger, f"s{n}", [names[n], names[n], names[(n + 1) % args.pairs]],
                                      is_stubborn=n == 2, sasl2=n % 2 == 0) for n in range(args.pairs)]
        # The second one relies on what the server keeps for those who are away, the others read the archive.
        self.receivers = [people.Receiver(self.place, self.ledger, f"r{n}", reads_archive=n != 1, sasl2=n % 2 == 0)
                          for n in range(args.pairs)]
        self.readers = [people.Reader(self.place, self.ledger, name) for name in ("r0", "r1", "s0")]

    async def run(self):
        place = self.place
        await place.start()
        await place.add_users([person.user for person in self.senders + self.receivers] + ["friend"])
        for receiver in self.receivers[1:]:
            receiver.has_friend = True
        tasks = await start_people(self.senders + self.receivers + self.readers)
        try:
            for self.ledger.round in range(1, self.args.kills + 1):
                await self._die()
                if self.args.kills > 100 and self.ledger.round % 100 == 0:
                    print(f"# {self.ledger.round} kills, {sum(self.ledger.fault_counts.values())} faults", flush=True)
            await self._settle()
        finally:
            await end_people(place, tasks)
        await self._audit()
        await place.stop()
        self._check_teeth()

    async def _die(self):
        """Traffic flows, the server dies at some moment, and is started again."""
        place = self.place
        if random.random() < 0.2:
            await asyncio.sleep(random.uniform(0, 0.2))  # whatever they are at
        else:
            acks = place.acks
            if not await until(lambda: place.acks > acks + 5, TRAFFIC_SECONDS):
                raise Failure("nothing is acknowledged any more")
            await asyncio.sleep(random.uniform(0.02, 0.3))
        if self.ledger.round % LONG_LIFE == 0:  # the server notes once a second what the client without an archive has got
            await asyncio.sleep(1.5)
        self.ledger.count("not acknowledged when the server died", sum(len(sender.unacked) for sender in self.senders))
        await place.kill()
        await place.start(is_slow=self.ledger.round % 2 == 1)

    async def _settle(self):
        """No more kills: all becomes quiet, and everybody has everything."""
        place, ledger = self.place, self.ledger
        acks = place.acks
        await until(lambda: place.acks > acks + 20, TRAFFIC_SECONDS)
        place.is_producing = False
        if not await until(lambda: not any(sender.unacked for sender in self.senders), SETTLE_SECONDS):
            ledger.wrong("kept", f"not all is acknowledged in the end: {[len(sender.unacked) for sender in self.senders]}")
        missing = []

        def is_all_there():
            missing[:] = [(key, number, receiver.newest[key[0]]) for key, number in ledger.sent.items()
                          for receiver in self.receivers if receiver.bare == key[1] and receiver.newest[key[0]] < number]
            return not missing

        if not await until(is_all_there, SETTLE_SECONDS / 4):
            ledger.wrong("reached", f"(from, to), last number, last one that came: {missing}")
        polls = [reader.polls for reader in self.readers]
        if not await until(lambda: all(reader.polls > seen + 2 for reader, seen in zip(self.readers, polls)), TRAFFIC_SECONDS):
            ledger.wrong("reader", "a reader gets no answers")

    async def _audit(self):
        archives = {}
        for person in self.senders + self.receivers:
            archives[person.bare] = await people.Auditor(self.place, self.ledger, person.user).read(self.place.address)
        for bare, rows in archives.items():
            self._check_archive(bare, rows)
        ledger = self.ledger
        for key, numbers in ledger.acked.items():
            for owner in key:
                there = {row[1][2] for row in archives[owner] if row[1] and row[1][:2] == key}
                if lost := sorted(numbers - there):
                    ledger.wrong("kept", f"not in the archive of {owner}: {key} {lost}")
        for reader in self.readers:
            self._check_reader(reader, archives[reader.bare])
        ids = {(bare, row[0]): row[1] for bare, rows in archives.items() for row in rows}
        for shown, key in ledger.shown.items():
            if ids.get(shown) != key:
                ledger.wrong("gone", f"{shown[0]} saw {key} as {shown[1]}, in the archive that is {ids.get(shown)}")
        for receiver in self.receivers:
            seen = {ids[(receiver.bare, stanza_id)] for stanza_id in receiver.ids if (receiver.bare, stanza_id) in ids}
            if lost := sorted({row[1] for row in archives[receiver.bare]} - seen):
                ledger.wrong("reached", f"{receiver.bare} never saw {lost[:10]} ({len(lost)})")

    def _check_archive(self, bare, rows):
        found = {}
        for stanza_id, key in rows:
            if key is None:
                self.ledger.wrong("once", f"{bare}: {stanza_id} is not a message of ours")
                continue
            found.setdefault(key[:2], []).append(key[2])
        if len({row[0] for row in rows}) != len(rows):
            self.ledger.wrong("once", f"{bare}: ids are not unique")
        for key, numbers in found.items():
            if len(set(numbers)) != len(numbers):
                double = sorted(n for n, count in collections.Counter(numbers).items() if count > 1)
                self.ledger.wrong("once", f"{bare}: doubled: {key} {double}")
        for key, last in self.ledger.sent.items():
            if bare in key and sorted(set(found.get(key, []))) != list(range(1, last + 1)):
                lost = sorted(set(range(1, last + 1)) - set(found.get(key, [])))
                self.ledger.wrong("order", f"{bare}: {key}: left out: {lost}")
            if bare in key and found.get(key, []) != sorted(found.get(key, [])):
                numbers = found[key]
                at = next(i for i in range(1, len(numbers)) if numbers[i] < numbers[i - 1])
                self.ledger.wrong("order", f"{bare}: {key}: {numbers[max(0, at - 3):at + 3]}")

    def _check_reader(self, reader, rows):
        if reader.rows == rows:
            return
        seen, there = {row[0] for row in reader.rows}, {row[0] for row in rows}
        missed = [row for row in rows if row[0] not in seen]
        gone = [row for row in reader.rows if row[0] not in there]
        self.ledger.wrong("reader", f"reader of {reader.bare}: {len(reader.rows)} of {len(rows)} rows; missed {missed[:5]} "
                          f"({len(missed)}), gone {gone[:5]} ({len(gone)})" + ("" if missed or gone else "; not in the same order"))

    def _check_teeth(self):
        """A run in which no kill met anything proves nothing."""
        counts = self.ledger.counts
        for what in ("counted, and then the server died", "not acknowledged when the server died"):
            if self.args.kills >= 20 and not counts[what]:
                self.ledger.wrong("teeth", f"never: {what}")
        if self.args.kills >= 20 and counts["counted, and then the server died"] >= counts["not acknowledged when the server died"]:
            self.ledger.wrong("teeth", "no kill lost anything")


# --- part two: connections break ------------------------------------------------------------------------------------------


def loop_of(pid, client_port, server_port):
    """Which epoll set of a process waits for a connection: what tells loops apart from outside."""
    ends = f"{server_port:04X}", f"{client_port:04X}"
    with open("/proc/net/tcp", encoding="ascii") as file:
        inodes = [f[9] for f in map(str.split, file) if f[1].endswith(":" + ends[0]) and f[2].endswith(":" + ends[1])]
    for entry in glob.glob(f"/proc/{pid}/fd/*"):
        try:
            if not inodes or os.readlink(entry) != f"socket:[{inodes[0]}]":
                continue
        except OSError:
            continue
        number = os.path.basename(entry)
        for info in glob.glob(f"/proc/{pid}/fdinfo/*"):
            with open(info, encoding="ascii") as file:
                if any(line.startswith("tfd:") and line.split()[1] == number for line in file):
                    return os.path.basename(info)
    return None


class Wanderer:
    """Mixed into a person: each new connection is on another loop than the one before, when that can be had."""
    loop = None
    new_sessions = same_loop = moved = gave_up = 0
    is_hasty = False  # it asks for its session, and gives up the connection at once: another one may overtake that

    async def connect(self, address):
        for tries in range(SAME_LOOP_TRIES):
            await super().connect(address)
            found = None
            for _ in range(50):
                found = loop_of(self.place.server.child.pid, self.writer.get_extra_info("sockname")[1], address[1])
                if found:
                    break
                await asyncio.sleep(0.01)
            if found != self.loop or tries == SAME_LOOP_TRIES - 1:
                break
            self.abort()
        self.moved += self.loop is not None and found is not None and found != self.loop
        self.same_loop += found is None or found == self.loop
        self.loop = found

    def write(self, text):
        super().write(text)
        if self.is_hasty and "<resume" in text:
            self.is_hasty = False
            self.gave_up += 1
            self.abort()

    async def login(self):
        await super().login()
        self.new_sessions += not self.is_resumed


class WanderingSender(Wanderer, people.Sender):
    """Resumes elsewhere."""


class WanderingReceiver(Wanderer, people.Receiver):
    """Resumes elsewhere."""


class Breaks:
    def __init__(self, args):
        self.args, self.ledger = args, people.Ledger()
        self.place = Place(args, self.ledger)
        self.place.is_producing = False
        self.pairs = [(WanderingSender(self.place, self.ledger, f"s{n}", [f"r{n}@localhost"], sasl2=n == 0),
                       WanderingReceiver(self.place, self.ledger, f"r{n}", reads_archive=False, sasl2=n == 0)) for n in range(2)]
        for sender, _ in self.pairs:  # keeps the account busy: stanzas wait in its inbox when the connection breaks
            sender.share_of_friends = 0.1
        self.readers = [people.Reader(self.place, self.ledger, name) for name in ("s0", "r0", "s1")]

    async def run(self):
        place, ledger = self.place, self.ledger
        await place.start(is_slow=True, stall_msec=STALL_MSEC)
        await place.add_users([person.user for pair in self.pairs for person in pair] + ["friend"])
        travellers = [person for pair in self.pairs for person in pair]
        tasks = await start_people(travellers + self.readers)
        try:
            if not await until(lambda: all(person.is_connected for person in travellers), TRAFFIC_SECONDS):
                ledger.wrong("resumed", "not everybody could log in")
            await asyncio.sleep(0.3)
            place.is_producing = True
            for ledger.round in range(1, self.args.breaks + 1):
                acks = place.acks
                await until(lambda: place.acks > acks + 5, TRAFFIC_SECONDS)
                await asyncio.sleep(random.uniform(0, 0.1))
                if not place.server.is_running():
                    raise Failure("the server has ended by itself")
                person = random.choice(travellers)
                person.is_hasty = random.random() < 0.5
                person.abort()
            place.is_producing = False
            if not await until(lambda: not any(pair[0].unacked for pair in self.pairs), SETTLE_SECONDS):
                ledger.wrong("exactly", f"not all is acknowledged: {[len(pair[0].unacked) for pair in self.pairs]}")
            await until(lambda: all(len(pair[1].lived) >= len(pair[0].said) for pair in self.pairs), 5)
            await asyncio.sleep(0.2)
            self._compare(travellers)
            await self._farewells()
        finally:
            await end_people(place, tasks)
        await place.stop()

    def _compare(self, travellers):
        for sender, receiver in self.pairs:
            if sender.said == receiver.lived:
                continue
            came = collections.Counter(receiver.lived)
            missing = [item for item in sender.said if not came[item]]
            double = [item for item, count in came.items() if count > 1]
            at = next((i for i, (a, b) in enumerate(zip(sender.said, receiver.lived)) if a != b), -1)
            self.ledger.wrong("exactly", f"{sender.bare}: {len(sender.said)} sent, {len(receiver.lived)} came; missing "
                              f"{missing[:5]} ({len(missing)}), doubled {double[:5]} ({len(double)}), first difference at {at}: "
                              f"{sender.said[at]}, {receiver.lived[at:at + 1]}")
        for person in travellers:
            if person.new_sessions != 1:
                self.ledger.wrong("resumed", f"{person.bare} had to begin {person.new_sessions} sessions")
            self.ledger.count("resumed on another loop", person.moved)
            self.ledger.count("given up right after the request", person.gave_up)
        if not self.ledger.counts["resumed on another loop"]:
            self.ledger.wrong("resumed", "no connection landed on another loop")

    async def _farewells(self):
        """Says things, comes and goes at once."""
        receiver = self.pairs[0][1]
        for turn in range(self.args.breaks // 2):
            guest = people.Person(self.place, self.ledger, "s0", f"guest{turn}", sasl2=False, sm=False)
            guest.on_element = lambda element: None
            await guest.connect(self.place.address)
            await guest.login()
            receiver.lived.clear()
            guest.write(f"<presence to='{receiver.bare}'/>")
            guest.write(f"<presence to='friend@localhost' type='{'un' if turn % 2 else ''}subscribe'/>")
            expected = []
            for _ in range(10):
                self.ledger.sent[(guest.bare, receiver.bare)] += 1
                number = self.ledger.sent[(guest.bare, receiver.bare)]
                guest.write(f"<message to='{receiver.bare}' type='chat' id='g-g-{number}'>"
                            f"<body>{guest.bare} {receiver.bare} {number}</body></message>")
                expected.append((guest.bare, receiver.bare, number, people.MESSAGE))
            guest.write("</stream:stream>")
            expected_leave = f"{guest.bare}/{guest.resource}"
            receiver.watched = expected_leave
            try:
                await asyncio.wait_for(guest.listen(), 5)
            except (Gone, TimeoutError):
                pass
            await until(lambda: receiver.lived[-1:] == [("left", expected_leave)] or len(receiver.lived) > 10, 3)
            if receiver.lived != expected + [("left", expected_leave)]:
                short = [item[2] if item[0] != "left" else "left" for item in receiver.lived]
                self.ledger.wrong("farewell", f"turn {turn}: wanted {expected[0][2]} to {expected[-1][2]} and the leave, got {short}")
            guest.abort()


# --- report ---------------------------------------------------------------------------------------------------------------


def report(parts):
    number, failed = 0, 0
    for title, ledger, words in parts:
        print("# " + title + ": " + ", ".join(f"{count} {what}" for what, count in sorted(ledger.counts.items())))
        for check, sentence in words.items():
            number += 1
            faults = ledger.fault_counts[check]
            is_bad = bool(faults) or not ledger.is_whole
            failed += is_bad
            print(f"{'not ok' if is_bad else 'ok'} {number} - {title}: {sentence}{'' if ledger.is_whole else ' (not reached)'}")
            for text in ledger.faults[check]:
                print("\n".join("#   " + line for line in text[:3000].splitlines()))
            if faults > len(ledger.faults[check]):
                print(f"#   and {faults - len(ledger.faults[check])} more of this kind")
    return number - failed, failed


async def run(args):
    parts = []
    if args.kills:
        kills = Kills(args)
        parts.append((f"{args.kills} kills", kills.ledger, WORDS, kills))
    if args.breaks:
        breaks = Breaks(args)
        words = {check: WORDS[check] for check in ("server", "login", "counting", "refused", "reached", "live")}
        parts.append((f"{args.breaks} breaks", breaks.ledger, {**words, **BREAK_WORDS}, breaks))
    print(f"1..{sum(len(part[2]) for part in parts)}", flush=True)
    try:
        for part in parts:
            try:
                await part[3].run()
                part[1].is_whole = True
            except (Failure, Gone) as failure:
                part[1].wrong("server", f"{failure}\n{part[3].place.server.tail()}")
    finally:
        for part in parts:
            part[3].place.server.remove()
    return report([part[:3] for part in parts])


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--parleyd", default=os.environ.get("PARLEYD"))
    parser.add_argument("--parleyctl", default=os.environ.get("PARLEYCTL"))
    parser.add_argument("--slow", default=os.environ.get("PARLEY_SLOW"))
    parser.add_argument("--kills", type=int, default=int(os.environ.get("CRASH_KILLS", "50")))
    parser.add_argument("--breaks", type=int, default=20)
    parser.add_argument("--pairs", type=int, default=4, choices=range(3, 65), metavar="N")
    parser.add_argument("--seed", type=int, default=int(time.time()))
    parser.add_argument("--resume-stanzas", type=int, default=0, metavar="N", help="limits.resume_stanzas: what waits comes in portions of half")
    parser.add_argument("--log", default="warn", help="how much the server says")
    parser.add_argument("--keep", action="store_true", help="leave the folders of the servers")
    args = parser.parse_args()
    if not args.parleyd or not args.parleyctl:
        print("Bail out! PARLEYD and PARLEYCTL must name the programs\n0 passed, 1 failed")
        return 1
    random.seed(args.seed)
    logging.getLogger("asyncio").setLevel(logging.ERROR)  # it warns of writing to a server that was killed
    print(f"# seed {args.seed}")
    passed, failed = asyncio.run(run(args))
    print(f"{passed} passed, {failed} failed", flush=True)
    return 1 if failed or not passed else 0


if __name__ == "__main__":
    sys.exit(main())
