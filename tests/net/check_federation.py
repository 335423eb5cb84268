# SPDX-License-Identifier: Apache-2.0
"""Two servers, found by names: messages, presence, questions and rooms in both directions, between parleyd, prosody, ejabberd."""
import base64
import contextlib
import hashlib
import json

from bed import Late, equal, soon, until, want
from lab import Lab
from servers import Ejabberd, Parley, Prosody, add_names, arrives, running

ROOM, VERSION = "http://jabber.org/protocol/muc", "jabber:iq:version"
MAM, DISCO, NICK = "urn:xmpp:mam:2", "http://jabber.org/protocol/disco#info", "http://jabber.org/protocol/nick"


@contextlib.contextmanager
def pair(kind, other_kind, **options):
    """Two servers with a user each, who are logged in: (romeo, juliet)."""
    with Lab() as lab:
        hosts = [lab.host("a", 11), lab.host("b", 12)]
        for host, domain in zip(hosts, ("a.example", "b.example")):
            add_names(lab, host, domain)
        lab.start_names()
        servers = kind(lab, hosts[0], "a.example"), other_kind(lab, hosts[1], "b.example", **options)
        with running(*servers) as (romeo, juliet):
            yield romeo, juliet


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
    archive(guest, name, ["in the hall by owner", "in the hall by guest"])
    guest.say(f"<presence to='{name}/guest' type='unavailable'/>")
    owner.hear(lambda e: e.local == "presence" and e.attrs["from"] == f"{name}/guest" and e.attrs.get("type") == "unavailable")


def archived(reader, place=None, sender=None):
    """XEP-0313: the bodies of the archive of place (None: one's own), in their order."""
    to = f" to='{place}'" if place else ""
    reader.say(f"<iq type='set' id='mam'{to}><query xmlns='{MAM}' queryid='f'><x xmlns='jabber:x:data' type='submit'>"
               f"<field var='FORM_TYPE' type='hidden'><value>{MAM}</value></field>"
               + (f"<field var='with'><value>{sender}</value></field>" if sender else "")
               + "</x><set xmlns='http://jabber.org/protocol/rsm'><max>50</max></set></query></iq>")
    found = []

    def note(element):
        result = element.find("result", MAM) if element.local == "message" else None
        if result is not None:
            body = result.find("forwarded").find("message").find("body")
            found.append(body.text() if body is not None else "")
        return element.attrs.get("id") == "mam" or result is not None

    while reader.hear(note).attrs.get("id") != "mam":
        pass
    return found


def archive(reader, place, wanted, sender=None):
    """The archive has these bodies once, in their order."""
    equal([body for body in archived(reader, place, sender) if body in wanted], wanted, "archive")


def capable(client):
    """XEP-0115: says which events it wants, and answers who asks. Gives back what answers."""
    features = sorted(["http://jabber.org/protocol/caps", "http://jabber.org/protocol/disco#info", f"{NICK}+notify"])
    text = "client/pc//lab<" + "".join(feature + "<" for feature in features)
    ver = base64.b64encode(hashlib.sha1(text.encode()).digest()).decode()
    client.say(f"<presence><c xmlns='http://jabber.org/protocol/caps' hash='sha-1' node='https://lab.example' ver='{ver}'/></presence>")
    inner = "<identity category='client' type='pc' name='lab'/>" + "".join(f"<feature var='{feature}'/>" for feature in features)

    def answer(element):
        query = element.find("query", DISCO) if element.local == "iq" and element.attrs.get("type") == "get" else None
        if query is not None:
            node = f" node='{query.attrs['node']}'" if "node" in query.attrs else ""
            client.say(f"<iq type='result' id='{element.attrs['id']}' to='{element.attrs['from']}'>"
                       f"<query xmlns='{DISCO}'{node}>{inner}</query></iq>")
    return answer


def event(one, other):
    """XEP-0163: what one publishes comes to the other one, who is a contact and has asked for it by its presence."""
    answer = capable(other)
    owner = one.jid.partition("/")[0]

    def is_event(element):
        answer(element)
        return (element.local == "message" and element.attrs["from"] == owner and element.find("event") is not None
                and NICK in str(element))

    def publish():
        one.request("set", f"<pubsub xmlns='http://jabber.org/protocol/pubsub'><publish node='{NICK}'><item id='current'>"
                           f"<nick xmlns='{NICK}'>the one</nick></item></publish></pubsub>", soon())
        with contextlib.suppress(Late):
            return other.hear(is_event, 2)
        return None

    # The server of one learns from the other one's answer, which takes a moment.
    until(publish, "an event")


def all_of_it(kind, **options):
    with pair(Parley, kind, **options) as (romeo, juliet):
        talk(romeo, juliet)
        befriend(romeo, juliet)
        question(romeo, juliet)
        question(juliet, romeo)
        room(juliet, romeo)
        room(romeo, juliet)
        archive(romeo, None, [f"{number} é 日本 <&> of romeo/one" for number in range(5)], "juliet@b.example")
        event(juliet, romeo)
        event(romeo, juliet)


def check_parleyd():
    """RFC 6120, RFC 6121, XEP-0045: two of our own"""
    all_of_it(Parley)


def check_prosody():
    """The same with Debian's prosody"""
    all_of_it(Prosody)


def check_ejabberd():
    """The same with Debian's ejabberd"""
    all_of_it(Ejabberd)


def check_both_ways():
    """Parley and prosody with one connection for both ways (XEP-0288), where we open it; all of the above besides"""
    with pair(Parley, Prosody, modules='"s2s_bidi"; ') as (romeo, juliet):
        for number in range(30):
            arrives(romeo, juliet, f"there {number}")
            arrives(juliet, romeo, f"back {number}")
        want("Requested bidirectional stream" in juliet.server.tail(100000), "prosody was not asked")
        rows = json.loads(romeo.server.ctl("s2s", "list", "--json"))
        equal([row["direction"] for row in rows if row["domain"] == "b.example"], ["out"], "streams")
    all_of_it(Prosody, modules='"s2s_bidi"; ')
