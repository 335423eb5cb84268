# SPDX-License-Identifier: Apache-2.0
"""Stream management between servers (XEP-0198 4, 5), with a server that is played: acknowledgements, streams that go on; and streams for
both ways (XEP-0288)."""
import contextlib
import re

from bed import Failure, closing, equal, soon, time, until, want
from check_federation import Verona, befriend
from check_foe import FOE, PATIENCE, STREAM, US, Foe, key, line_to, logged_in, message, siege

SM = "xmlns='urn:xmpp:sm:3'"


def enabled(server):
    """A stream that counts; gives it with its id."""
    line = logged_in(server)
    line.send(f"<enable {SM} resume='true' max='60'/>")
    tag = line.until(r"<enabled xmlns='urn:xmpp:sm:3' ([^>]*)/>").group(1)
    attrs = dict(re.findall(r"(\w+)='([^']*)'", tag))
    equal((attrs["resume"], attrs["max"]), ("true", "600"), "what is promised")
    want(len(attrs["id"]) >= 26, "an id that can be guessed")
    return line, attrs["id"]


def acknowledged(line):
    line.send(f"<r {SM}/>")
    return int(line.until(r"<a xmlns='urn:xmpp:sm:3' h='(\d+)'/>").group(1))


def resumed(server, ident, h=0):
    line = logged_in(server)
    line.send(f"<resume {SM} previd='{ident}' h='{h}'/>")
    return line, line.until(r"<(resumed|failed) xmlns='urn:xmpp:sm:3'([^>]*)>").group(0)


def check_acknowledgements():
    """what was handled is counted from <enable/> on, and is with the account when it is acknowledged (XEP-0198 4)"""
    with siege() as (server, _):
        with contextlib.closing(logged_in(server)) as line:
            line.send(f"<r {SM}/>")
            line.until("<failed xmlns='urn:xmpp:sm:3'><unexpected-request ")
            line.send(message(body="before"))
            line.send(f"<enable {SM}/>")
            equal(line.until("<enabled ([^>]*)/>").group(1), SM, "without resumption there is no id")
            line.send(f"<enable {SM}/>")
            line.until("<failed xmlns='urn:xmpp:sm:3'><unexpected-request ")
            equal(acknowledged(line), 0)
            for number in range(100):
                line.send(message(body=f"n{number}"))
            line.send(message("nobody@" + FOE, "nobody@" + US) + f"<presence from='x@{FOE}' to='romeo@{US}'/>")
            equal(acknowledged(line), 102)
        with contextlib.closing(line_to(server)) as line:
            line.send(f"<enable {SM} resume='true'/>")
            line.until("<failed xmlns='urn:xmpp:sm:3'><unexpected-request ")
        server.kill()  # what was acknowledged is there
        server.start()
        romeo = server.login("romeo/one")
        with closing(romeo):
            romeo.say("<presence/>")
            for body in ("before", "n0", "n99"):
                romeo.hear_body(body, PATIENCE)


def check_resumed():
    """a stream whose connection broke, and one that is there still, goes on with its count; its id is good for one stream at a time"""
    with siege() as (server, _):
        line, ident = enabled(server)
        line.send(message(body="one") + message(body="two"))
        equal(acknowledged(line), 2)
        line.send(message(body="three"))
        line.sock.close()  # without a word
        line, answer = resumed(server, ident)
        want(f"previd='{ident}'" in answer and "h='3'" in answer, answer)
        with contextlib.closing(line):
            line.send(message(body="four"))
            equal(acknowledged(line), 4)
            other, answer = resumed(server, ident)
            with contextlib.closing(other):
                want("<resumed" in answer and "h='4'" in answer, answer)
                line.ends_with("conflict")
                other.send(f"<resume {SM} previd='{ident}' h='0'/>")
                other.until("<failed xmlns='urn:xmpp:sm:3'><unexpected-request ")
                equal(acknowledged(other), 4)
                other.send("</stream:stream>")
                other.until("</stream:stream>")
        line, answer = resumed(server, ident)  # it was closed in order (7)
        with contextlib.closing(line):
            want("<failed" in answer and "h=" not in answer, answer)
            line.until("<item-not-found ")
            line.send(f"<enable {SM} resume='true'/>")
            line.until("<enabled ")
        romeo = server.login("romeo/one")
        with closing(romeo):
            romeo.say("<presence/>")
            for body in ("one", "two", "three", "four"):
                romeo.hear_body(body, PATIENCE)


def check_not_resumed():
    """ids that are nobody's, somebody else's, too old; requests before anybody was shown"""
    with siege(more='limits = { server_resume = "1s"; };') as (server, _):
        line = logged_in(server)
        line.send(f"<enable {SM} resume='true'/>")
        ident = line.until("<enabled [^>]*id='([^']*)'").group(1)
        line.send(message(body="one"))
        equal(acknowledged(line), 1)
        with contextlib.closing(line_to(server)) as other:
            other.send(f"<resume {SM} previd='{ident}' h='0'/>")
            other.until("<failed xmlns='urn:xmpp:sm:3'><unexpected-request ")
        with contextlib.closing(line_to(server, f" from='d.localhost' to='{US}'")) as other:
            other.send(key("d.localhost"))
            other.until("type='valid'>")
            other.send(f"<resume {SM} previd='{ident}' h='0'/>")
            equal(other.until("<failed ([^>]*)><item-not-found ").group(1), SM, "what a stranger is told")
        for words in ("previd='x' h='0'", f"previd='{'x' * 26}' h='0'", "h='0'"):
            with contextlib.closing(logged_in(server)) as other:
                other.send(f"<resume {SM} {words}/>")
                equal(other.until("<failed ([^>]*)><item-not-found ").group(1), SM, words)
        with contextlib.closing(logged_in(server)) as other:
            other.send(f"<resume {SM} previd='{ident}' h='-1'/>")
            other.until("<failed xmlns='urn:xmpp:sm:3'><bad-request ")
        equal(acknowledged(line), 1)  # it is there still
        line.sock.close()

        while True:
            time.sleep(1.5)  # longer than it may be resumed, once the server has seen that it has gone
            other, answer = resumed(server, ident)
            with contextlib.closing(other):
                if "<failed" in answer:
                    other.until("<item-not-found ")
                    break
        want("h='1'" in answer, "how far it had come (XEP-0198 5)")


def with_id(body):
    return message(body=body).replace("<message ", f"<message id='{body}' type='chat' ")


def heard(server, last):
    """The bodies that wait for romeo, up to one."""
    bodies, romeo = [], server.login("romeo/one")
    with closing(romeo):
        romeo.say("<presence/>")
        while last not in bodies:
            bodies.append(romeo.hear(lambda e: e.local == "message" and e.find("body") is not None, PATIENCE).find("body").text())
    return bodies


def check_killed():
    """a server that is killed knows its streams no more, but what it has got of them: all that is sent again is there once"""
    with siege() as (server, _):
        line, ident = enabled(server)
        for number in range(20):
            line.send(with_id(f"n{number}"))
        equal(acknowledged(line), 20)
        server.kill()
        server.start()
        line, answer = resumed(server, ident)
        with contextlib.closing(line):
            want("<failed" in answer and "h=" not in answer, answer)
            line.until("<item-not-found ")
            line.send(f"<enable {SM} resume='true'/>")
            line.until("<enabled ")
            for number in range(10, 30):
                line.send(with_id(f"n{number}"))
            line.send(message(body="without an id") * 2 + with_id("end"))
            equal(acknowledged(line), 23)
        equal(heard(server, "end"), [f"n{number}" for number in range(30)] + ["without an id"] * 2 + ["end"])


def archived(client):
    """The bodies in the archive of the client's account."""
    bodies, after, number = [], "", 0
    while True:
        number += 1
        client.say(f"<iq type='set' id='mam{number}'><query xmlns='urn:xmpp:mam:2' queryid='q{number}'>"
                   f"<set xmlns='http://jabber.org/protocol/rsm'><max>50</max>{after}</set></query></iq>")
        while (got := client.hear(lambda e: e.attrs.get("id") == f"mam{number}" or e.find("result") is not None, PATIENCE)).local == "message":
            bodies += [e.text() for e in got.find("result").find("forwarded").find("message").children if getattr(e, "local", "") == "body"]
        fin = got.find("fin")
        if fin.attrs.get("complete") == "true":
            return bodies
        after = f"<after>{fin.find('set').find('last').text()}</after>"


def check_crash():
    """two of our servers, one of which is killed again and again: all that was said is in the archive once, in its order"""
    with Verona() as v:
        romeo, juliet = v.a.login("romeo/one"), v.b.login("juliet/two")
        with closing(romeo):
            with closing(juliet):
                befriend(romeo, juliet)  # strangers have limits
                romeo.wait_for(lambda e: e.local == "presence" and e.attrs["from"] == "juliet@b.localhost/two", soon(PATIENCE))
                for number in range(300):
                    romeo.message("juliet@b.localhost", f"n{number}")
                    if number % 100 == 50:
                        v.b.kill()
                        v.b.start()
                romeo.ping(soon(PATIENCE))
            juliet = v.b.login("juliet/three")
            with closing(juliet):
                until(lambda: "n299" in archived(juliet), "the last one", 3 * PATIENCE)
                equal([body for body in archived(juliet) if body[:1] == "n"], [f"n{number}" for number in range(300)])


class Counter(Foe):
    """Counts, and lets resume. keeps: whether it knows a stream that has broken; lost: what it says of h if not. is_deaf: it takes
    stanzas (heard), but handles none (received)."""

    def __init__(self, port):
        self.more, self.ways = "", 0
        self.keeps, self.is_deaf, self.handled, self.lost, self.asks, self.heard = True, False, 0, "", {}, ""
        super().__init__(port)

    def _serve(self, line):
        try:
            line.until("<stream:stream [^>]*>")
            line.send(STREAM + f" id='foe{len(self.lines)}' from='{FOE}' to='{US}'><stream:features>"
                      f"<dialback xmlns='urn:xmpp:features:dialback'><errors/></dialback><sm {SM}/>{self.more}</stream:features>")
            while True:
                got = line.until(r"<db:(?:verify|result) ([^>]*)>([^<]*)</db:\w+>|<(message|iq|presence)\b.*?(?:</\3>|/>)"
                                 r"|<(enable|resume|r|a|bidi) ([^>]*)/>")
                self._take(line, got)
        except Exception:  # pylint: disable=broad-except  # it was closed
            return

    def _take(self, line, got):
        attrs = dict(re.findall(r"(\w+)='([^']*)'", got.group(1) or got.group(5) or ""))
        what = got.group(4)
        if got.group(3):
            self.heard += got.group(0)
            if not self.is_deaf:
                self.received.append(got.group(0))
                self.handled += 1
        elif got.group(1):
            line.send(self.verdict(attrs["id"], attrs["to"], attrs["from"]) if "db:verify" in got.group(0)
                      else self.result(attrs["to"], attrs["from"]))
        elif what == "bidi":
            self.ways += 1
        elif what == "a":
            self.answered = attrs["h"]
        elif what == "enable":
            self.handled, self.asks = 0, attrs
            line.send(f"<enabled {SM} id='stream &amp; {len(self.lines)}' resume='1'/>")
        elif what == "resume":
            self.asks = attrs
            if self.keeps:
                line.send(f"<resumed {SM} previd='{attrs['previd']}' h='{self.handled}'/>")
            else:
                self.handled = 0
                line.send(f"<failed {SM}{self.lost}><item-not-found xmlns='urn:ietf:params:xml:ns:xmpp-stanzas'/></failed>")
        elif not self.is_deaf:
            line.send(f"<a {SM} h='{self.handled}'/>")

    def bodies(self):
        return re.findall("<body>(.*?)</body>", "".join(list(self.received)))

    def hang_up(self):
        self.lines[-1].sock.shutdown(2)


def said(romeo, *bodies):
    for body in bodies:
        romeo.message(f"juliet@{FOE}", body)


def settled(foe, *bodies):
    """These have come, once and in this order."""
    until(lambda: len(foe.received) >= len(bodies), f"{bodies}", PATIENCE)
    equal(foe.bodies(), list(bodies))


def swallowed(romeo, foe, body):
    """They get it, and handle it not; then the connection breaks."""
    foe.is_deaf = True
    said(romeo, body)
    until(lambda: body in foe.heard, "what they do not handle", PATIENCE)
    foe.is_deaf = False
    foe.hang_up()


def check_resumes():
    """where a connection breaks the stream goes on: what they have handled is not sent again, the rest is, in order"""
    with siege(kind=Counter) as (server, foe):
        romeo = server.login("romeo/one")
        with closing(romeo):
            said(romeo, "one", "two")
            settled(foe, "one", "two")
            equal(foe.asks["resume"], "true")
            swallowed(romeo, foe, "three")
            said(romeo, "four")
            settled(foe, "one", "two", "three", "four")
            equal((foe.asks["previd"], foe.asks["h"]), ("stream &amp; 1", "0"), "what it asks for")
            foe.keeps, foe.lost = False, " h='4'"  # they know how far they had come: nothing twice
            swallowed(romeo, foe, "five")
            said(romeo, "six")
            settled(foe, "one", "two", "three", "four", "five", "six")
            foe.lost = ""  # they do not
            swallowed(romeo, foe, "seven")
            settled(foe, "one", "two", "three", "four", "five", "six", "seven")


def comes(romeo, foe, body):
    """Whether a message gets there by now; an error may come instead."""
    said(romeo, body)
    try:
        until(lambda: body in foe.bodies(), "it", 2)
    except Failure:
        return False
    return True


def check_lies():
    """who acknowledges what was not sent, or says that without a number: the stream ends, and there is another one"""
    with siege(kind=Counter) as (server, foe):
        romeo = server.login("romeo/one")
        with closing(romeo):
            said(romeo, "one")
            settled(foe, "one")
            for number, text in enumerate((f"<a {SM} h='77'/>", f"<a {SM}/>", f"<a {SM} h='x'/>", f"<resumed {SM} previd='x' h='0'/>" * 2)):
                foe.lines[-1].send(text)
                until(lambda: comes(romeo, foe, f"more {number} {time.monotonic()}"), "a message on the next stream", 2 * PATIENCE)
            equal(len(foe.bodies()), len(set(foe.bodies())), "what has come twice")


def both_ways(server, foe, romeo):
    """The line of a stream on which they may send, too."""
    foe.more = "<bidi xmlns='urn:xmpp:features:bidi'/>"
    before = foe.ways
    until(lambda: comes(romeo, foe, f"there {time.monotonic()}"), "a message", 2 * PATIENCE)
    equal(foe.ways - before, 1, "<bidi/>")
    return foe.lines[-1]


def check_both_ways():
    """XEP-0288: who offers it may send on a stream that we have opened, for its two domains, and what it sends is acknowledged"""
    with siege(kind=Counter) as (server, foe):
        romeo = server.login("romeo/one")
        with closing(romeo):
            romeo.say("<presence/>")
            line = both_ways(server, foe, romeo)
            want("resume" not in foe.asks, "a stream that is to go on")
            for number in range(100):
                line.send(message(body=f"back {number}"))
            line.send(f"<iq type='get' id='v' from='juliet@{FOE}' to='{US}'><ping xmlns='urn:xmpp:ping'/></iq><r {SM}/>")
            for number in range(100):
                romeo.hear_body(f"back {number}", PATIENCE)
            until(lambda: any("id='v'" in text for text in foe.received), "the answer", PATIENCE)
            until(lambda: getattr(foe, "answered", "") == "101", "what was handled", PATIENCE)
            equal(len(foe.lines), 1, "streams")
            for stanza in (message("x@d.localhost"), message(to=f"hall@conference.{US}"), message(f"romeo@{US}"), "<foo/>",
                           f"<message to='romeo@{US}'/>", f"<db:verify from='{FOE}' to='{US}' id='x' type='valid'/>"):
                before = line
                before.send(stanza)
                until(lambda: comes(romeo, foe, f"on {time.monotonic()}") and foe.lines[-1] is not before, f"another stream after {stanza}",  # pylint: disable=cell-var-from-loop
                      3 * PATIENCE)
                line = foe.lines[-1]
            line.send(key("d.localhost"))
            line.send(message(body="still there"))
            romeo.hear_body("still there", PATIENCE)


def check_one_way():
    """who does not offer it, or where s2s.bidi is off: nothing is taken on a stream that we have opened"""
    for more, config in (("", ""), ("<bidi xmlns='urn:xmpp:features:bidi'/>", "bidi = false;")):
        with siege(kind=Counter, s2s=config) as (server, foe):
            foe.more = more
            romeo = server.login("romeo/one")
            with closing(romeo):
                romeo.say("<presence/>")
                said(romeo, "one")
                settled(foe, "one")
                equal(foe.ways, 0, "<bidi/>")
                line = foe.lines[-1]
                line.send(message(body="unasked"))
                until(lambda: comes(romeo, foe, f"on {time.monotonic()}") and foe.lines[-1] is not line, "another stream", 3 * PATIENCE)
                romeo.ping(soon(PATIENCE))
                want(not any("unasked" in str(event[1]) for event in romeo.pending), "it was taken")
