# SPDX-License-Identifier: Apache-2.0
"""People of two servers: what they publish, keys for OMEMO among it, pictures, moves from one server to the other."""
import base64
import hashlib
import os
import sys
import tempfile

import bed
from bed import Skip, equal, soon, want
from check_federation import NICK, befriend, capable, pair
from lab import Lab
from servers import Ejabberd, Parley, Prosody, add_names, running

sys.path.append(os.path.join(bed.HERE, "../clients"))
import with_profanity  # noqa: E402
import with_profanity_omemo as omemo  # noqa: E402


# Profanity 0.13 makes its list when it has got that of the account, even if there is none. It does not take prosody's answer for one,
# which has no "from" (RFC 6120 8.1.2.1): at prosody there must have been another device.
FIRST_LIST = ("<pubsub xmlns='http://jabber.org/protocol/pubsub'><publish node='eu.siacs.conversations.axolotl.devicelist'><item id='current'>"
              "<list xmlns='eu.siacs.conversations.axolotl'/></item></publish></pubsub>")


class House:
    """What a profanity needs to know of the server that it talks to (tests/clients/run.py)."""

    def __init__(self, home, server):
        self.home, self.server, self.accounts = home, server, {"romeo": ("romeo",), "juliet": ("juliet",)}

    def address(self, listener):
        return self.server.address(listener)

    def jid(self, who):
        return f"{who}@{self.server.domain}"

    @staticmethod
    def password(_who):
        return bed.PASSWORD

    @staticmethod
    def wait_until(question, seconds=bed.SECONDS):
        end = soon(3 * seconds)  # busy machines
        while not (answer := question()) and bed.time.monotonic() < end:
            bed.time.sleep(0.1)
        return answer


def look(good, *screens):
    want(good, lambda: "\n".join(screen.text() for screen in screens))


def kept(folder, text):
    """Whether a file there has that text."""
    return omemo.kept(type("Place", (), {"home": folder}), text)


def secret_talk(kind, **options):
    """Each makes keys and finds those of the other by what is published; both talk, and no server can read it."""
    if missing := with_profanity.needs():
        raise Skip(missing)
    with tempfile.TemporaryDirectory(prefix="parley-omemo-") as home, Lab() as lab:
        hosts = [lab.host("a", 11), lab.host("b", 12)]
        for host, domain in zip(hosts, ("a.example", "b.example")):
            add_names(lab, host, domain)
        lab.start_names()
        servers = Parley(lab, hosts[0], "a.example"), kind(lab, hosts[1], "b.example", **options)
        with running(*servers) as guests:
            befriend(*guests)
            if kind is Prosody:
                guests[1].request("set", FIRST_LIST, soon())
            romeo, juliet = screens = [with_profanity.Screen(House(home, server), who, "xmpp")
                                       for server, who in zip(servers, ("romeo", "juliet"))]
            try:
                for screen in screens:
                    look(screen.login(), screen)
                    look(omemo.make_keys(screen), screen)
                for screen, other in ((romeo, juliet), (juliet, romeo)):
                    screen.type(f"/msg {other.house.jid(other.who)}")
                    screen.type("/omemo start")
                look(omemo.says(romeo, juliet, omemo.PLAIN[0]), romeo, juliet)
                look(omemo.says(juliet, romeo, omemo.PLAIN[1]), romeo, juliet)
            finally:
                for screen in screens:
                    screen.close()
            homes = [servers[0].home, getattr(servers[1], "home", hosts[1].place)]
            for folder in homes:
                want(kept(folder, "eu.siacs.conversations.axolotl"), f"{folder}: nothing encrypted was kept")
                want(not any(kept(folder, text) for text in omemo.PLAIN), f"{folder}: what was encrypted can be read")


def check_omemo_parleyd():
    """XEP-0384 0.3: profanity at our own server and profanity at another of our own talk by keys that the servers carry"""
    secret_talk(Parley)


def check_omemo_prosody():
    """XEP-0384 0.3: the same with profanity at prosody"""
    secret_talk(Prosody)


# --- what is published --------------------------------------------------------------------------------------------------

PICTURE = base64.b64decode("iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==")
DATA, ABOUT = "urn:xmpp:avatar:data", "urn:xmpp:avatar:metadata"


def publish(client, node, item, payload):
    answer = client.request("set", f"<pubsub xmlns='http://jabber.org/protocol/pubsub'><publish node='{node}'><item id='{item}'>{payload}</item>"
                                   f"</publish></pubsub>", soon())
    equal(answer.attrs["type"], "result", str(answer))


def news(one, other):
    """XEP-0163 4.3.2: who comes online gets what his contact published, who is not online himself; then he fetches the picture."""
    owner, number = one.jid.partition("/")[0], hashlib.sha1(PICTURE).hexdigest()
    befriend(one, other)
    publish(one, NICK, "current", f"<nick xmlns='{NICK}'>the one</nick>")
    publish(one, DATA, number, f"<data xmlns='{DATA}'>{base64.b64encode(PICTURE).decode()}</data>")
    publish(one, ABOUT, number, f"<metadata xmlns='{ABOUT}'><info bytes='{len(PICTURE)}' id='{number}' type='image/png'/></metadata>")
    other.say("<presence type='unavailable'/>")
    one.hear(lambda e: e.local == "presence" and e.attrs["from"] == other.jid and e.attrs.get("type") == "unavailable")
    one.say("<presence type='unavailable'/>")
    other.ping(soon())
    answer = capable(other)

    def is_event(element):
        answer(element)
        return element.local == "message" and element.attrs["from"] == owner and element.find("event") is not None and NICK in str(element)
    other.hear(is_event)
    answer = other.request("get", f"<pubsub xmlns='http://jabber.org/protocol/pubsub'><items node='{DATA}'><item id='{number}'/></items></pubsub>",
                           soon(), to=owner)
    want(base64.b64encode(PICTURE).decode() in str(answer), str(answer))
    if isinstance(one.server, Parley):  # XEP-0398: for clients that know cards only
        answer = other.request("get", "<vCard xmlns='vcard-temp'/>", soon(), to=owner)
        want(base64.b64encode(PICTURE).decode() in str(answer), str(answer))


def check_news_parleyd():
    """XEP-0163, XEP-0084: what one has published while the other was away, between two of our own"""
    with pair(Parley, Parley) as (romeo, juliet):
        news(romeo, juliet)


def check_news_prosody():
    """The same from ours to prosody, and the other way round"""
    with pair(Parley, Prosody) as (romeo, juliet):
        news(romeo, juliet)
    with pair(Parley, Prosody) as (romeo, juliet):
        news(juliet, romeo)


def check_news_ejabberd():
    """The same from ours to ejabberd, which itself says nothing in the name of who is not online"""
    with pair(Parley, Ejabberd) as (romeo, juliet):
        news(romeo, juliet)


# --- moves --------------------------------------------------------------------------------------------------------------

MOVED = "urn:xmpp:moved:1"


def moves(old, new, contact):
    """XEP-0283: the contact takes the new address without being asked, because the old one says so."""
    bare = {client: client.jid.partition("/")[0] for client in (old, new, contact)}
    befriend(old, contact)
    publish(old, MOVED, "current", f"<moved xmlns='{MOVED}'><new-jid>{bare[new]}</new-jid></moved>")
    new.say(f"<presence type='subscribe' to='{bare[contact]}'><moved xmlns='{MOVED}'><old-jid>{bare[old]}</old-jid></moved></presence>")
    new.hear(lambda e: e.local == "presence" and e.attrs.get("type") == "subscribed" and e.attrs["from"] == bare[contact])
    new.hear(lambda e: e.local == "presence" and e.attrs.get("type") is None and e.attrs["from"] == contact.jid)
    old.hear(lambda e: e.local == "presence" and e.attrs.get("type") == "unsubscribed" and e.attrs["from"] == bare[contact])


def check_moved():
    """XEP-0283: from one server to that of the contact, and between two users of another server"""
    for is_far in (False, True):
        with pair(Parley, Parley) as (romeo, juliet):
            romeo.server.add_user("capulet")
            capulet = romeo.server.login("capulet/one")
            capulet.request("get", "<query xmlns='jabber:iq:roster'/>", soon())
            capulet.say("<presence/>")
            if is_far:
                moves(romeo, capulet, juliet)
            else:
                moves(juliet, capulet, romeo)
            capulet.leave()
