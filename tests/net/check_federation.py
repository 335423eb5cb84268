# SPDX-License-Identifier: Apache-2.0
"""Two servers, found by names: messages, presence, questions and rooms in both directions, between parleyd, prosody, ejabberd."""
import contextlib

from bed import equal, soon
from lab import Lab
from servers import Ejabberd, Parley, Prosody, add_names

# Where the others are, for parleyd.
HOSTS = "hosts = (%s);" % ", ".join(f'{{ domain = "{domain}.example"; address = "10.77.0.{number}:5269"; }}' for domain, number in (
    ("a", 11), ("conference.a", 11), ("b", 12), ("conference.b", 12)))
ROOM, VERSION = "http://jabber.org/protocol/muc", "jabber:iq:version"


def make(kind, *place, **options):
    return kind(*place, **({"s2s": HOSTS, **options} if kind is Parley else options))


@contextlib.contextmanager
def pair(kind, other_kind, **options):
    """Two servers with a user each, who are logged in: (lab, [servers], romeo, juliet)."""
    with Lab() as lab, contextlib.ExitStack() as stack:
        hosts = [lab.host("a", 11), lab.host("b", 12)]
        for host, domain in zip(hosts, ("a.example", "b.example")):
            add_names(lab, host, domain)
        lab.start_names()
        servers = [make(each, lab, host, domain, **more)
                   for each, host, domain, more in zip((kind, other_kind), hosts, ("a.example", "b.example"), ({}, options))]
        for server, user in zip(servers, ("romeo", "juliet")):
            stack.enter_context(server)
            server.add_user(user)
        clients = [servers[0].login("romeo/one"), servers[1].login("juliet/one")]
        for client in clients:  # without a look at the roster subscriptions are none of its business (RFC 6121 2.2)
            client.request("get", "<query xmlns='jabber:iq:roster'/>", soon())
            client.say("<presence/>")
        yield lab, servers, *clients
        for client in clients:
            client.leave()


def is_message(body, sender):
    return lambda e: (e.local == "message" and e.find("body") is not None and e.find("body").text() == body
                      and e.attrs["from"].startswith(sender))


def talk(one, other):
    """Messages in both directions, in their order."""
    for sender, receiver in ((one, other), (other, one)):
        for number in range(5):
            sender.message(receiver.jid, f"{number} é 日本 <&> of {sender.label}".replace("&", "&amp;").replace("<", "&lt;"))
        for number in range(5):
            body = receiver.hear(lambda e: e.local == "message" and e.find("body") is not None).find("body").text()
            equal(body, f"{number} é 日本 <&> of {sender.label}", "order")


def befriend(one, other):
    """RFC 6121 3: a subscription in both directions, and presence by it."""
    mine, theirs = (client.jid.partition("/")[0] for client in (one, other))
    for sender, receiver, to, by in ((one, other, theirs, mine), (other, one, mine, theirs)):
        sender.say(f"<presence to='{to}' type='subscribe'/>")
        receiver.hear(lambda e, by=by: e.local == "presence" and e.attrs.get("type") == "subscribe" and e.attrs["from"] == by)
        receiver.say(f"<presence to='{by}' type='subscribed'/>")
        sender.hear(lambda e, to=to: e.local == "presence" and e.attrs.get("type") == "subscribed" and e.attrs["from"] == to)
    for sender, receiver in ((one, other), (other, one)):
        sender.say("<presence><show>dnd</show></presence>")
        receiver.hear(lambda e, jid=sender.jid: e.local == "presence" and e.attrs["from"] == jid and e.find("show") is not None)


def question(one, other):
    """An iq to the other server, to a device, and to nobody."""
    domain = other.jid.partition("@")[2].partition("/")[0]
    answer = one.request("get", f"<query xmlns='{VERSION}'/>", soon(), to=domain)
    equal(answer.attrs["type"], "result", str(answer))
    equal(answer.attrs["from"], domain)
    one.say(f"<iq type='get' id='q1' to='{other.jid}'><ping xmlns='urn:xmpp:ping'/></iq>")
    asked = other.hear(lambda e: e.local == "iq" and e.attrs.get("type") == "get" and e.attrs["from"] == one.jid)
    other.say(f"<iq type='result' id='{asked.attrs['id']}' to='{one.jid}'/>")
    equal(one.hear(lambda e: e.attrs.get("id") == "q1").attrs["type"], "result")
    answer = one.request("get", f"<query xmlns='{VERSION}'/>", soon(), to=f"nobody@{domain}/x")
    equal(answer.attrs["type"], "error", str(answer))


def room(owner, guest):
    """XEP-0045: a room of the owner's server; the guest comes from the other one."""
    domain = owner.jid.partition("@")[2].partition("/")[0]
    name = f"hall@conference.{domain}"
    owner.say(f"<presence to='{name}/owner'><x xmlns='{ROOM}'/></presence>")
    owner.hear(lambda e: e.local == "presence" and e.attrs["from"] == f"{name}/owner" and e.attrs.get("type") is None)
    owner.request("set", f"<query xmlns='{ROOM}#owner'><x xmlns='jabber:x:data' type='submit'/></query>", soon(), to=name)
    guest.say(f"<presence to='{name}/guest'><x xmlns='{ROOM}'/></presence>")
    guest.hear(lambda e: e.local == "presence" and e.attrs["from"] == f"{name}/guest" and e.attrs.get("type") is None)
    owner.hear(lambda e: e.local == "presence" and e.attrs["from"] == f"{name}/guest")
    for sender, receiver, nick in ((owner, guest, "owner"), (guest, owner, "guest")):
        sender.message(name, f"in the hall by {nick}", kind="groupchat")
        for each in (sender, receiver):
            each.hear(is_message(f"in the hall by {nick}", f"{name}/{nick}"))
    guest.say(f"<presence to='{name}/guest' type='unavailable'/>")
    owner.hear(lambda e: e.local == "presence" and e.attrs["from"] == f"{name}/guest" and e.attrs.get("type") == "unavailable")


def all_of_it(kind, **options):
    with pair(Parley, kind, **options) as (_, _, romeo, juliet):
        talk(romeo, juliet)
        befriend(romeo, juliet)
        question(romeo, juliet)
        question(juliet, romeo)
        room(juliet, romeo)
        room(romeo, juliet)


def check_parleyd():
    """RFC 6120, RFC 6121, XEP-0045: two of our own"""
    all_of_it(Parley)


def check_prosody():
    """The same with Debian's prosody"""
    all_of_it(Prosody)


def check_ejabberd():
    """The same with Debian's ejabberd"""
    all_of_it(Ejabberd)
