# SPDX-License-Identifier: Apache-2.0
"""Who talks while the server dies: senders, receivers, readers; and the ledger in which they write what they saw."""
import asyncio
import collections
import random

from peer import MAM, SID, SM, STATES, Gone, Peer

WINDOW, PAGE, REPORTS_MAX = 24, 20, 5
MESSAGE, TYPING, LEAVE = range(3)
NAMES = ("message", "typing", "leave")


class Ledger:
    """What was promised, and what went wrong: {check: [text]}."""

    def __init__(self):
        self.faults = collections.defaultdict(list)
        self.fault_counts, self.counts = collections.Counter(), collections.Counter()
        self.sent = collections.Counter()  # (from, to): number of the last message
        self.acked = collections.defaultdict(set)  # (from, to): numbers
        self.shown = {}  # (owner, stanza-id): (from, to, number)
        self.round, self.is_whole = 0, False

    def wrong(self, check, text):
        self.fault_counts[check] += 1
        if len(self.faults[check]) < REPORTS_MAX:
            self.faults[check].append(f"[round {self.round}] {text}")

    def count(self, what, by=1):
        self.counts[what] += by

    def show(self, owner, stanza_id, key):
        """Somebody saw this message under this id."""
        known = self.shown.setdefault((owner, stanza_id), key)
        if known != key:
            self.wrong("gone", f"{owner}: the id {stanza_id} was {known} and is {key} now")


def read_message(element):
    """(from, to, number) of a test's message, or None."""
    body = element.find("body")
    words = body.text().split() if body is not None else []
    return (words[0], words[1], int(words[2])) if len(words) == 3 else None


def own_id(element, bare):
    found = [child.attrs.get("id") for child in element.elements()
             if child.local == "stanza-id" and child.ns == SID and child.attrs.get("by") == bare]
    return found[0] if len(found) == 1 else None


class Person(Peer):
    """Lives through restarts. place: has address (None while the server is down), is_over."""

    def __init__(self, place, ledger, user, resource, **options):
        super().__init__(ledger, user, resource, **options)
        self.place, self.is_connected, self.is_asking = place, False, False

    async def live(self):
        while not self.place.is_over:
            address = self.place.address
            if address is None:
                await asyncio.sleep(0.005)
                continue
            tasks = []
            try:
                await self.connect(address)
                await self.login()
                self.is_connected = True
                tasks = [asyncio.create_task(self.listen()), asyncio.create_task(self.act())]
                done, _ = await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
                for task in done:
                    task.result()
            except (Gone, OSError):
                await asyncio.sleep(0.005)
            except TimeoutError:
                if self.place.address == address:
                    self.ledger.wrong("login", f"{self.bare}/{self.resource}: the login hangs")
            finally:
                self.is_connected = False
                for task in tasks:
                    task.cancel()
                await asyncio.gather(*tasks, return_exceptions=True)
                self.abort()

    def ask_friend(self):
        """A subscription that comes and goes: it is stored and then routed, and the account handles nothing else meanwhile."""
        self.is_asking = not self.is_asking
        self.put(f"<presence to='friend@localhost' type='{'subscribe' if self.is_asking else 'unsubscribe'}'/>", ())

    async def act(self):
        """What it does once it is connected."""
        await asyncio.Event().wait()


class Sender(Person):
    """Sends numbered messages, and behind some of them a typing notice and a leave (a directed presence that ends)."""

    def __init__(self, place, ledger, user, targets, is_stubborn=False, **options):
        super().__init__(place, ledger, user, "out", **options)
        self.targets, self.is_stubborn, self.kept, self.said = targets, is_stubborn, collections.deque(), []
        self.share_of_friends = 0.0

    def say(self):
        if random.random() < self.share_of_friends:
            self.ask_friend()
        target = random.choice(self.targets)
        key = (self.bare, target)
        self.ledger.sent[key] += 1
        number = self.ledger.sent[key]
        name = f"{self.user}-{target.partition('@')[0]}-{number}"
        self._put(f"<message to='{target}' type='chat' id='{name}'><body>{self.bare} {target} {number}</body>"
                  f"<origin-id xmlns='{SID}' id='{name}'/></message>", (*key, number, MESSAGE))
        if not self.is_stubborn and random.random() < 0.4:
            self._put(f"<message to='{target}' type='chat' id='{name}-typing'><composing xmlns='{STATES}'/></message>",
                      (*key, number, TYPING))
        if not self.is_stubborn and random.random() < 0.15:
            self._put(f"<presence to='{target}' id='{name}-come'/>", ())
            self._put(f"<presence to='{target}' type='unavailable' id='{name}-leave'/>", (*key, number, LEAVE))

    def _put(self, text, item):
        if item:
            self.said.append(item)
        if item and self.is_stubborn:
            self.kept.append((text, item))
        self.put(text, item)

    async def act(self):
        while True:
            if self.place.is_producing and len(self.unacked) < WINDOW:
                for _ in range(random.randint(1, 6)):
                    self.say()
                self.write(f"<r xmlns='{SM}'/>")
            elif self.unacked and random.random() < 0.1:
                self.write(f"<r xmlns='{SM}'/>")
            await self.writer.drain()
            await asyncio.sleep(random.choice((0, 0.002, 0.01)))

    def before_resending(self):
        """As a client would that does not believe in <failed h=''/>: all since the last <a/>, with the same ids."""
        if self.is_stubborn:
            self.ledger.count("sent again in spite of h", len(self.kept) - len(self.unacked))
            self.unacked = collections.deque(self.kept)

    def on_acked(self, item, how):
        if not item or item[3] != MESSAGE:
            return
        key = item[:2]
        self.ledger.acked[key].add(item[2])
        self.place.acks += 1
        self.ledger.count("counted, and then the server died" if how == "failed" else "acknowledged")
        if self.is_stubborn and how != "failed":
            while self.kept and (self.kept[0][1] is item or self.kept[0][1][2] in self.ledger.acked[self.kept[0][1][:2]]):
                self.kept.popleft()

    def on_element(self, element):
        if element.local == "message" and element.attrs.get("type") == "error":
            self.ledger.wrong("refused", f"{self.bare}: {element}")


class Receiver(Person):
    """Sees messages live, and what it missed: by the archive (reads_archive), or because the server keeps it for those who are away."""

    def __init__(self, place, ledger, user, reads_archive=True, **options):
        super().__init__(place, ledger, user, "in", **options)
        self.reads_archive = reads_archive
        self.gets_all_twice = reads_archive and not self.sasl2  # without Bind 2 the server sends it what waits (XEP-0160), too
        self.cursor, self.is_caught_up = None, False
        self.ids, self.newest, self.lived = set(), collections.Counter(), []
        self.session_ids, self.session_newest = set(), {}
        self.has_friend = False  # asks for a subscription now and then: what is sent to it must wait, and so must what follows
        self.watched = None  # a full address whose leaving is noted

    async def act(self):
        if not self.is_resumed:
            self.is_caught_up = not self.reads_archive
            self.session_ids, self.session_newest = set(), {}
            self.put("<presence/>", None)
        while not self.is_caught_up:
            self.is_caught_up = await self.page(self.cursor, PAGE, "catch-up")
        while True:
            await asyncio.sleep(random.uniform(0.01, 0.1))
            if self.has_friend and self.place.is_producing:
                self.ask_friend()
                self.write(f"<r xmlns='{SM}'/>")

    def on_element(self, element):
        result = element.find("result", MAM)
        if result is not None:
            message = result.find("forwarded").find("message")
            self.cursor = result.attrs["id"]
            self._see(self.cursor, read_message(message), is_live=False)
            return
        sender = element.attrs.get("from", "").partition("/")[0]
        if sender == self.bare:
            return
        if element.local == "presence":
            if element.attrs.get("type") == "unavailable" and element.attrs.get("id"):
                self._see_notice(sender, element, LEAVE)
            elif element.attrs.get("type") == "unavailable" and element.attrs.get("from") == self.watched:
                self.lived.append(("left", self.watched))
            return
        key = read_message(element)
        if key:
            self._see_live(element, key)
        elif element.find("composing") is not None:
            self._see_notice(sender, element, TYPING)

    def _see_live(self, element, key):
        stanza_id = own_id(element, self.bare)
        if stanza_id is None:
            self.ledger.wrong("once", f"{self.bare} got a message without a stanza-id: {element}")
            return
        if stanza_id in self.session_ids:
            self.ledger.wrong("live", f"{self.bare}: {key} came twice in one session")
        self.session_ids.add(stanza_id)
        if key[2] <= self.session_newest.get(key[0], 0):
            self.ledger.wrong("live", f"{self.bare}: {key} came live after number {self.session_newest[key[0]]}")
        self.session_newest[key[0]] = key[2]
        if self.is_caught_up:
            self.cursor = stanza_id
        self.lived.append((*key, MESSAGE))
        self._see(stanza_id, key, is_live=True)

    def _see(self, stanza_id, key, is_live):
        if key is None:
            self.ledger.wrong("once", f"{self.bare}: {stanza_id} is not a message of ours")
            return
        if self.place.died_at and not is_live:
            self.ledger.count("seen by catching up")
        self.ledger.show(self.bare, stanza_id, key)
        if key[1] != self.bare or stanza_id in self.ids:
            return
        self.ids.add(stanza_id)
        if not self.is_caught_up and self.reads_archive:
            self.newest[key[0]] = max(key[2], self.newest[key[0]])  # live ones come between those from the archive
            return
        if key[2] != self.newest[key[0]] + 1:
            self.ledger.wrong("reached", f"{self.bare}: {key} came after number {self.newest[key[0]]}")
        self.newest[key[0]] = key[2]

    def _see_notice(self, sender, element, kind):
        number = int(element.attrs["id"].split("-")[2])
        # What it reads in the archive may be ahead of what is sent to it: then the place among what is sent counts.
        newest = self.session_newest.get(sender, number) if self.gets_all_twice else self.newest[sender]
        self.lived.append((sender, self.bare, number, kind))
        if newest > number or (newest < number and self.is_caught_up):
            self.ledger.wrong("live", f"{self.bare}: the {NAMES[kind]} behind {number} of {sender} came after message {newest}")


class Reader(Person):
    """Pages somebody's archive by after-id, all the time."""

    def __init__(self, place, ledger, user):
        super().__init__(place, ledger, user, f"reader{random.randrange(10**9)}", sasl2=False, sm=False)
        self.cursor, self.rows, self.polls = None, [], 0

    async def act(self):
        while True:
            if await self.page(self.cursor, PAGE, "reader"):
                self.polls += 1
                await asyncio.sleep(random.choice((0, 0.005, 0.03)))

    def on_element(self, element):
        result = element.find("result", MAM)
        if result is None:
            return
        key = read_message(result.find("forwarded").find("message"))
        self.cursor = result.attrs["id"]
        self.rows.append((self.cursor, key))
        self.ledger.show(self.bare, self.cursor, key)


class Auditor(Reader):
    """Reads the whole archive once."""

    async def read(self, address):
        await self.connect(address)
        await self.login()
        listening = asyncio.create_task(self.listen())
        try:
            while not await asyncio.wait_for(self.page(self.cursor, 200, "audit"), 20):
                pass
        finally:
            listening.cancel()
            await asyncio.gather(listening, return_exceptions=True)
            self.abort()
        return self.rows
