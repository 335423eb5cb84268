# SPDX-License-Identifier: Apache-2.0
"""Histories of several devices against a small model of what is unread (docs/inbox.md): whatever they do, in whatever order, the
counts are exact and the same on all of them, and no mark goes back. INBOX_HISTORIES: how many (500; 10,000 in the long form)."""
import os
import random
import string

from bed import LONG, PASSWORD, Client, Failure, Server, equal, soon, want

HISTORIES = int(os.environ.get("INBOX_HISTORIES", "10000" if LONG else "500"))
KILLS = 60 if LONG else 8
SEED = int(os.environ.get("INBOX_SEED", "1"))
PATIENCE = 30  # seconds for each step
STEPS, LOOK_BACK = 10, 150  # of one history; messages among which a device finds one
ROOM = "den@conference.localhost"
PEERS = ("juliet", "paris", "nurse")
INBOX, MORE, MAM = "urn:xmpp:inbox:1", "urn:parley:inbox:0", "urn:xmpp:mam:2"


class Talk:
    """What the model knows of one conversation: its messages in the order of the archive."""

    def __init__(self, jid):
        self.jid, self.messages, self.mark, self.marked = jid, [], -1, False

    def add(self, archive_id, message_id, is_own, counts, is_text):
        self.messages.append({"archive": archive_id, "id": message_id, "own": is_own, "counts": counts, "text": is_text})

    def displayed(self, place):
        if place >= self.mark:
            self.mark, self.marked = place, False

    def unread(self):
        return sum(1 for m in self.messages[self.mark + 1:] if m["counts"])

    def mentions(self):
        return sum(1 for m in self.messages[self.mark + 1:] if m["counts"] and m.get("mention"))

    def last_text(self):
        return next((m["archive"] for m in reversed(self.messages) if m["text"]), None)

    def wanted(self):
        return {"unread": self.unread(), "mentions": self.mentions(), "marked": self.marked, "id": self.messages[-1]["archive"],
                "displayed": self.messages[self.mark]["archive"] if self.mark >= 0 else None, "result": self.last_text()}


def login(server, user, resource, **options):
    client = Client(f"{user}/{resource}", (user, PASSWORD), {"tls": True, "strict": False, **options}, server)
    client.options = {word: value for word, value in client.options.items() if value is not False}
    client.login(soon(PATIENCE))
    return client


class World:
    def __init__(self, server):
        self.server, self.number, self.asked = server, 0, 0
        self.random = random.Random(SEED)
        self.peers = {name: login(server, name, "home") for name in PEERS}
        self.devices = [self.device(i) for i in range(3)]
        self.talks = {f"{name}@localhost": Talk(f"{name}@localhost") for name in PEERS}
        self.open_room()

    def device(self, number):
        client = login(self.server, "romeo", f"device{number}", carbons=True)
        client.result(f"<enable xmlns='{MORE}'/>", soon(PATIENCE))
        return client

    def enter(self):
        host = self.peers["nurse"]
        host.send(f"<presence to='{ROOM}/Nurse'><x xmlns='http://jabber.org/protocol/muc'><history maxstanzas='0'/></x></presence>", soon(PATIENCE))
        host.wait_for(lambda e: e.local == "message" and e.find("subject") is not None, soon(PATIENCE))

    def open_room(self):
        host = self.peers["nurse"]
        self.enter()
        for ns, inside in (("owner", "<x xmlns='jabber:x:data' type='submit'/>"),
                           ("admin", "<item affiliation='member' jid='romeo@localhost' nick='Romeo'/>")):
            host.request("set", f"<query xmlns='http://jabber.org/protocol/muc#{ns}'>{inside}</query>", soon(PATIENCE), to=ROOM)
        self.talks[ROOM] = Talk(ROOM)
        self.say_in_room()
        for name in PEERS:
            self.from_peer(self.talks[f"{name}@localhost"], "<body>first</body>")

    def come_back(self):
        """All clients, after a crash; the room is there, but nobody is in it."""
        self.peers = {name: login(self.server, name, f"home{self.number}") for name in PEERS}
        self.devices = [self.device(i) for i in range(3)]
        self.enter()

    # --- what happens -------------------------------------------------------------------------------------------------

    def name(self):
        self.number += 1
        return f"m{self.number}"

    def heard(self, client, name):
        """The archive's id of the message called so, as this client gets it."""
        element = client.wait_for(lambda e: e.local == "message" and e.attrs.get("id") == name, soon(PATIENCE))
        found = element.find("stanza-id", "urn:xmpp:sid:0")
        want(found is not None, f"no stanza-id: {element}")
        return found.attrs["id"]

    def any_talk(self, with_room=True):
        return self.talks[self.random.choice([jid for jid in self.talks if with_room or jid != ROOM])]

    def from_peer(self, talk, inside, counts=True, is_text=True):
        name = self.name()
        peer = self.peers[talk.jid.partition("@")[0]]
        peer.send(f"<message to='romeo@localhost' type='chat' id='{name}'>{inside}</message>", soon(PATIENCE))
        talk.add(self.heard(self.devices[0], name), name, False, counts, is_text)

    def receive(self):
        self.from_peer(self.any_talk(False), "<body>hello</body>")

    def receive_encrypted(self):
        self.from_peer(self.any_talk(False), "<encrypted xmlns='eu.siacs.conversations.axolotl'><header sid='1'/><payload>eA==</payload></encrypted><store xmlns='urn:xmpp:hints'/>")

    def receive_other(self):
        inside = self.random.choice(["<reactions xmlns='urn:xmpp:reactions:0' id='m1'><reaction>x</reaction></reactions>",
                                     "<received xmlns='urn:xmpp:receipts' id='m1'/>", "<displayed xmlns='urn:xmpp:chat-markers:0' id='m1'/>"])
        self.from_peer(self.any_talk(False), inside, counts=False, is_text=False)

    def receive_correction(self):
        self.from_peer(self.any_talk(False), "<body>hallo</body><replace xmlns='urn:xmpp:message-correct:0' id='m1'/>", counts=False)

    def send(self):
        talk, name, device = self.any_talk(False), self.name(), self.random.choice(self.devices[1:])
        device.send(f"<message to='{talk.jid}' type='chat' id='{name}'><body>said</body></message>", soon(PATIENCE))
        copy = self.devices[0].wait_for(lambda e: e.local == "message" and name in str(e), soon(PATIENCE))
        sent = copy.find("sent").find("forwarded").find("message")
        talk.add(sent.find("stanza-id").attrs["id"], name, True, False, True)

    def say_in_room(self):
        name, body, mention = self.name(), self.random.choice(["Romeo, come", "nobody comes", "Romeos come"]), False
        mention = body.startswith("Romeo,")
        host = self.peers["nurse"]
        host.send(f"<message to='{ROOM}' type='groupchat' id='{name}'><body>{body}</body></message>", soon(PATIENCE))
        talk = self.talks[ROOM]
        talk.add(self.heard(host, name), name, False, True, True)
        talk.messages[-1]["mention"] = mention

    def moderate(self):
        talk = self.talks[ROOM]
        place = self.pick(talk)
        if not talk.messages[place]["text"]:
            return
        self.peers["nurse"].request("set", f"<moderate xmlns='urn:xmpp:message-moderate:1' id='{talk.messages[place]['archive']}'>"
                                    "<retract xmlns='urn:xmpp:message-retract:1'/></moderate>", soon(PATIENCE), to=ROOM)
        talk.messages[place].update(counts=False, text=False)
        told = self.peers["nurse"].wait_for(lambda e: e.local == "message" and e.find("retract") is not None, soon(PATIENCE))
        talk.add(told.find("stanza-id").attrs["id"], "", False, False, False)

    def retract(self):
        talk = self.any_talk(False)
        if not talk.messages:
            return
        place = self.pick(talk)
        name = talk.messages[place]["id"]
        self.from_peer(talk, f"<retract xmlns='urn:xmpp:message-retract:1' id='{name}'/><body>taken back</body>", counts=False, is_text=False)
        if not talk.messages[place]["own"]:  # nobody takes back what others said
            talk.messages[place].update(counts=False, text=False)

    def pick(self, talk):
        first = max(0, len(talk.messages) - LOOK_BACK)
        return self.random.randrange(first, len(talk.messages))

    def publish(self, device, jid, by, archive_id):
        device.result("<pubsub xmlns='http://jabber.org/protocol/pubsub'><publish node='urn:xmpp:mds:displayed:0'>"
                      f"<item id='{jid}'><displayed xmlns='urn:xmpp:mds:displayed:0'><stanza-id xmlns='urn:xmpp:sid:0' by='{by}' id='{archive_id}'/>"
                      "</displayed></item></publish></pubsub>", soon(PATIENCE))

    def read(self):
        talk = self.any_talk()
        if talk.messages:
            place = self.pick(talk)
            self.publish(self.random.choice(self.devices), talk.jid, ROOM if talk.jid == ROOM else "romeo@localhost", talk.messages[place]["archive"])
            talk.displayed(place)

    def read_all(self):
        talk = self.any_talk()
        if talk.messages:
            self.publish(self.random.choice(self.devices), talk.jid, ROOM if talk.jid == ROOM else "romeo@localhost", talk.messages[-1]["archive"])
            talk.displayed(len(talk.messages) - 1)

    def read_nonsense(self):
        """Ids that nobody gave, and those of another conversation: kept, and not counted."""
        talk, other, device = self.any_talk(), self.any_talk(), self.random.choice(self.devices)
        made = "".join(self.random.choice(string.ascii_lowercase + "234567") for _ in range(13))
        if other is not talk and other.messages and self.random.random() < 0.5:
            made = self.random.choice(other.messages)["archive"]
        self.publish(device, talk.jid, ROOM if talk.jid == ROOM else "romeo@localhost", made)

    def displayed(self):
        """XEP-0333, with the sender's id; the server keeps this message, too."""
        talk, name, device = self.any_talk(False), self.name(), self.random.choice(self.devices[1:])
        if not talk.messages:
            return
        place = self.pick(talk)
        device.send(f"<message to='{talk.jid}' type='chat' id='{name}'><displayed xmlns='urn:xmpp:chat-markers:0' id='{talk.messages[place]['id']}'/></message>",
                    soon(PATIENCE))
        copy = self.devices[0].wait_for(lambda e: e.local == "message" and f'"{name}"' in str(e).replace("'", '"'), soon(PATIENCE))
        sent = copy.find("sent").find("forwarded").find("message")
        talk.displayed(place)
        talk.add(sent.find("stanza-id").attrs["id"], name, True, False, False)

    def mark(self):
        talk, is_unread = self.any_talk(), self.random.random() < 0.7
        if not talk.messages:
            return
        self.random.choice(self.devices).result(f"<mark xmlns='{MORE}' jid='{talk.jid}' unread='{str(is_unread).lower()}'/>", soon(PATIENCE))
        talk.marked = is_unread
        if not is_unread:
            talk.displayed(len(talk.messages) - 1)

    def reconnect(self):
        number = self.random.randrange(3)
        self.devices[number].disconnect(soon(PATIENCE))
        self.devices[number] = self.device(number)

    def history(self):
        steps = self.random.choices(list(WEIGHTS), list(WEIGHTS.values()), k=STEPS)
        for step in steps:
            getattr(self, step)()
        return " ".join(steps)

    # --- what is seen -------------------------------------------------------------------------------------------------

    def look(self, device):
        self.asked += 1
        name = f"inbox{self.asked}"
        device.send(f"<iq type='get' id='{name}'><inbox xmlns='{INBOX}'/></iq>", soon(PATIENCE))
        found, order = {}, []
        while True:
            element = device.wait_for(lambda e: e.attrs.get("id") == name or e.find("entry", INBOX) is not None, soon(PATIENCE))
            if element.local == "iq":
                want(element.attrs["type"] == "result", element)
                return found, element.find("fin").attrs
            entry, more, result = element.find("entry"), element.find("conversation", MORE), element.find("result", MAM)
            jid = entry.attrs["jid"]
            if result is None or result.attrs.get("queryid") != name:
                self.check_news(entry, more)
                continue
            order.append(jid)
            found[jid] = {"unread": int(entry.attrs["unread"]), "mentions": int(more.attrs.get("mentions", 0)), "marked": more.attrs["marked"] == "true",
                          "id": entry.attrs["id"], "displayed": more.attrs.get("displayed"), "result": result.attrs["id"]}

    def check_news(self, entry, more):
        """What came by itself was true at its time: its mark was reached."""
        displayed, talk = more.attrs.get("displayed"), self.talks[entry.attrs["jid"]]
        if displayed:
            want(any(m["archive"] == displayed for m in talk.messages[:talk.mark + 1]), f"a mark that was never set: {displayed}")

    def compare(self, what):
        wanted = {jid: talk.wanted() for jid, talk in self.talks.items() if talk.messages}
        wanted = {jid: one for jid, one in wanted.items() if one["result"]}
        for device in self.devices:
            found, fin = self.look(device)
            equal(found, wanted, f"{device.label} after {what}")
            equal(int(fin["all-unread"]), sum(one["unread"] for one in wanted.values()), what)
            equal(int(fin["unread"]), sum(1 for one in wanted.values() if one["unread"]), what)
            device.pending.clear()
        for peer in self.peers.values():
            peer.pending.clear()


WEIGHTS = {"receive": 6, "receive_encrypted": 2, "receive_other": 2, "receive_correction": 1, "send": 3, "say_in_room": 5, "moderate": 1,
           "retract": 1, "read": 5, "read_all": 2, "read_nonsense": 2, "displayed": 3, "mark": 3, "reconnect": 1}


def check_histories():
    """whatever devices do, counts are those of the model on all of them, and marks never go back"""
    with Server(users=("romeo",) + PEERS) as server:
        world = World(server)
        for history in range(HISTORIES):
            world.compare(f"history {history}: {world.history()}")
        return f"{HISTORIES} histories of {STEPS} steps, seed {SEED}"


def check_kills():
    """what a device was told is read is read after a crash, and nothing else is"""
    with Server(users=("romeo",) + PEERS) as server:
        world = World(server)
        for kill in range(KILLS):
            told = world.history()
            server.kill()
            server.start()
            world.come_back()
            world.compare(f"kill {kill}: {told}")
        return f"{KILLS} kills, seed {SEED}"


__all__ = ["Failure"]
