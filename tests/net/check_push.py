# SPDX-License-Identifier: Apache-2.0
"""XEP-0357: the app server is a component of another server, as those of the makers of clients are."""
import contextlib

from bed import Late, closing, equal, soon, until, want
from lab import Lab
from player.component import Component
from servers import SECRET, Parley, Prosody, add_names, running

ROOM = "http://jabber.org/protocol/muc"
SETTINGS = 'push = { interval = "0s"; grace = "0s"; include_body = true; include_sender = true; };'


@contextlib.contextmanager
def place(kind):
    """A phone of romeo's that has gone, juliet at the other server, and the app server there."""
    with Lab() as lab:
        hosts = [lab.host("a", 11), lab.host("b", 12)]
        for host, domain in zip(hosts, ("a.example", "b.example")):
            add_names(lab, host, domain)
        lab.start_names()
        servers = Parley(lab, hosts[0], "a.example", more=SETTINGS), kind(lab, hosts[1], "b.example")
        with running(*servers) as (romeo, juliet):
            app = Component("app", "push.b.example", SECRET, {"tls": True} if kind is Parley else {}, servers[1])
            with closing(app):
                app.login(soon())
                yield romeo, juliet, app
                app.disconnect(soon())


def enable(client, node, to=None):
    answer = client.request("set", f"<enable xmlns='urn:xmpp:push:0' jid='push.b.example' node='{node}'/>", soon(), to=to)
    equal(answer.attrs["type"], "result", str(answer))


def pushed(app, node, body, is_taken=True):
    """What the app server hears next is of the message with this body; it takes it or not."""
    asked = app.wait_for(lambda e: e.local == "iq" and e.attrs.get("type") == "set", soon())
    equal(asked.find("pubsub").find("publish").attrs["node"], node)
    want(body in str(asked), str(asked))
    answer = "" if is_taken else ("<error type='cancel'><item-not-found xmlns='urn:ietf:params:xml:ns:xmpp-stanzas'/></error>")
    app.send(f"<iq type='{'result' if is_taken else 'error'}' id='{asked.attrs['id']}' from='push.b.example' to='{asked.attrs['from']}'>"
             f"{answer}</iq>", soon())
    return asked


def is_quiet_now(romeo, juliet, app):
    """Whether what juliet says leads to no push any more."""
    juliet.message(romeo, "still there?")
    try:
        app.wait_for(lambda e: e.local == "iq" and "still there?" in str(e), soon(3))
    except Late:
        return True
    return False


def open_hall(owner, guest, hall):
    owner.say(f"<presence to='{hall}/lord'><x xmlns='{ROOM}'/></presence>")
    owner.hear(lambda e: e.local == "presence" and e.attrs["from"] == f"{hall}/lord" and e.attrs.get("type") is None)
    owner.request("set", f"<query xmlns='{ROOM}#owner'><x xmlns='jabber:x:data' type='submit'/></query>", soon(), to=hall)
    guest.say(f"<presence to='{hall}/guest'><x xmlns='{ROOM}'/></presence>")
    guest.hear(lambda e: e.local == "presence" and e.attrs["from"] == f"{hall}/guest" and e.attrs.get("type") is None)


def all_of_it(kind):
    with place(kind) as (romeo, juliet, app):
        hall, mine = "hall@conference.a.example", "romeo@a.example"
        open_hall(romeo, juliet, hall)
        enable(romeo, "phone")
        romeo.leave()
        juliet.message(mine, "wherefore art thou")
        asked = pushed(app, "phone", "wherefore art thou")
        equal(asked.attrs["from"], mine)
        juliet.message(hall, "for nobody", "groupchat")
        juliet.message(hall, "come to the hall", "groupchat", f"<reference xmlns='urn:xmpp:reference:0' type='mention' uri='xmpp:{mine}'/>")
        pushed(app, "phone", "come to the hall")
        juliet.message(mine, "no such phone")
        pushed(app, "phone", "no such phone", is_taken=False)
        until(lambda: is_quiet_now(mine, juliet, app), "no pushes to who does not want them")


def at_a_room(kind):
    """As Conversations does: it enables pushes at the room, and in the name of the room they come."""
    with place(kind) as (romeo, juliet, app):
        hall = "hall@conference.a.example"
        open_hall(romeo, juliet, hall)
        enable(romeo, "hall", hall)
        romeo.leave()
        juliet.message(hall, "come to the hall", "groupchat", "<reference xmlns='urn:xmpp:reference:0' type='mention' uri='xmpp:romeo@a.example'/>")
        equal(pushed(app, "hall", "come to the hall").attrs["from"], hall)
        juliet.message(hall, "and now", "groupchat", "<reference xmlns='urn:xmpp:reference:0' type='mention' uri='xmpp:romeo@a.example'/>")
        pushed(app, "hall", "and now")


def check_room_prosody():
    """XEP-0357 at a room (XEP-0045): its pushes go to a component of prosody, and the answers come back to it"""
    at_a_room(Prosody)


def check_room_parleyd():
    """The same to a component of our own"""
    at_a_room(Parley)


def check_prosody():
    """A message and a mention in a room wake a phone by a component of prosody; what it refuses is not sent any more"""
    all_of_it(Prosody)


def check_parleyd():
    """The same by a component of our own"""
    all_of_it(Parley)
