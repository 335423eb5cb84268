# SPDX-License-Identifier: Apache-2.0
"""A server that breaks the rules of federation (XEP-0220, RFC 6120 8.1; rows are those of docs/security.md)."""
import contextlib
import re
import socket
import threading

from bed import Server, closing, equal, soon, time, want
from check_federation import free_ports, refused

STREAM = ("<?xml version='1.0'?><stream:stream xmlns='jabber:server' xmlns:db='jabber:server:dialback'"
          " xmlns:stream='http://etherx.jabber.org/streams' version='1.0'")
US, FOE = "a.localhost", "c.localhost"
PATIENCE = 30


class Line:
    """A connection in clear, read as text."""

    def __init__(self, sock):
        self.sock, self.text = sock, ""
        sock.settimeout(PATIENCE)

    def send(self, text):
        self.sock.sendall(text.encode())

    def until(self, pattern):
        """Reads until the pattern has come; gives the match, and goes on behind it."""
        while not (match := re.search(pattern, self.text, re.S)):
            data = self.sock.recv(65536)
            want(data, f"the connection ended; wanted {pattern}, got {self.text[-800:]}")
            self.text += data.decode("utf-8", "replace")
        self.text = self.text[match.end():]
        return match

    def ends_with(self, condition):
        """The stream ends with this error."""
        self.until(f"<stream:error><{condition} xmlns='urn:ietf:params:xml:ns:xmpp-streams'/>")
        self.until("</stream:stream>")

    def is_silent(self, pattern):
        """Until the other side closes nothing like that comes."""
        while True:
            try:
                data = self.sock.recv(65536)
            except OSError:
                break
            if not data:
                break
            self.text += data.decode("utf-8", "replace")
        want(not re.search(pattern, self.text), f"came: {self.text}")

    def close(self):
        self.sock.close()


class Foe:
    """Listens as the server of c.localhost. verdict: what it says to a question, from its attributes (id, from, to); result: what
    it says to a key."""

    def __init__(self, port):
        self.listener = socket.create_server(("127.0.0.1", port))
        self.verdict = lambda id, ours, theirs: f"<db:verify from='{ours}' to='{theirs}' id='{id}' type='valid'/>"
        self.result = lambda ours, theirs: f"<db:result from='{ours}' to='{theirs}' type='valid'/>"
        self.received, self.lines = [], []
        self.thread = threading.Thread(target=self._accept, daemon=True)
        self.thread.start()

    def _accept(self):
        while True:
            try:
                sock, _ = self.listener.accept()
            except OSError:
                return
            line = Line(sock)
            self.lines.append(line)
            threading.Thread(target=self._serve, args=(line,), daemon=True).start()

    def _serve(self, line):
        try:
            line.until("<stream:stream [^>]*>")
            line.send(STREAM + f" id='foe{len(self.lines)}' from='{FOE}' to='{US}'>"
                      "<stream:features><dialback xmlns='urn:xmpp:features:dialback'><errors/></dialback></stream:features>")
            while True:
                got = line.until(r"<db:(verify|result) ([^>]*)>([^<]*)</db:\1>|<(message|iq|presence)\b.*?(?:</\4>|/>)")
                if not got.group(1):
                    self.received.append(got.group(0))
                    continue
                attrs = dict(re.findall(r"(\w+)='([^']*)'", got.group(2)))
                line.send(self.verdict(attrs["id"], attrs["to"], attrs["from"]) if got.group(1) == "verify"
                          else self.result(attrs["to"], attrs["from"]))
        except Exception:  # pylint: disable=broad-except  # it was closed
            return

    def close(self):
        self.listener.close()
        for line in self.lines:
            line.close()


@contextlib.contextmanager
def siege(encryption="optional", more="", kind=Foe, s2s=""):
    """Our server, which looks for c.localhost at the foe."""
    ours, theirs = free_ports(2)
    rows = ", ".join(f'{{ domain = "{name}"; address = "127.0.0.1:{theirs}"; }}' for name in (FOE, "d.localhost", *(f"c{number}.localhost" for number in range(5))))
    with Server(f's2s = {{ encryption = "{encryption}"; hosts = ( {rows} ); {s2s} }};\n{more}', {"server": f"127.0.0.1:{ours}"}, domain=US,
                users=["romeo"]) as server, contextlib.closing(kind(theirs)) as foe:
        yield server, foe


def line_to(server, attrs=f" from='{FOE}' to='{US}'"):
    """A stream to our server: it is open, and its features are there."""
    line = Line(server.connect("server"))
    line.send(STREAM + attrs + ">")
    line.id = line.until("<stream:stream [^>]*id='([^']*)'").group(1)
    line.until("</stream:features>")
    return line


def key(theirs=FOE, ours=US):
    return f"<db:result from='{theirs}' to='{ours}'>key</db:result>"


def logged_in(server):
    line = line_to(server)
    line.send(key())
    line.until(f"<db:result from='{US}' to='{FOE}' type='valid'>")
    return line


def message(sender=f"juliet@{FOE}", to=f"romeo@{US}", body="hello"):
    return f"<message from='{sender}' to='{to}'><body>{body}</body></message>"


def check_login():
    """a key that is good, and one that is not: its stream ends (XEP-0220 2.2.1)"""
    with siege() as (server, foe):
        romeo = server.login("romeo/one")
        with closing(romeo), contextlib.closing(logged_in(server)) as line:
            line.send(message())
            romeo.hear_body("hello", PATIENCE)
            foe.verdict = lambda id, ours, theirs: f"<db:verify from='{ours}' to='{theirs}' id='{id}' type='invalid'/>"
            line.send(key("d.localhost"))  # the pair that is good stays
            line.until("type='error'><error type='cancel'><forbidden ")
            line.send(message(body="still"))
            romeo.hear_body("still", PATIENCE)
            bad = line_to(server)
            bad.send(key())
            bad.until(f"<db:result from='{US}' to='{FOE}' type='invalid'>")
            bad.until("</stream:stream>")


def check_answers_that_are_not():
    """row 35: a verdict for another stream, for another pair, from who was not asked"""
    with siege() as (server, foe):
        for verdict in (lambda id, ours, theirs: f"<db:verify from='{ours}' to='{theirs}' id='other' type='valid'/>",
                        lambda id, ours, theirs: f"<db:verify from='d.localhost' to='{theirs}' id='{id}' type='valid'/>",
                        lambda id, ours, theirs: f"<db:verify from='{theirs}' to='{ours}' id='{id}' type='valid'/>",
                        lambda id, ours, theirs: f"<db:result from='{ours}' to='{theirs}' type='valid'/>",
                        lambda id, ours, theirs: "<db:verify type='valid'/>"):
            foe.verdict = verdict
            with contextlib.closing(line_to(server)) as line:
                line.send(key())
                line.until("type='error'>")
                line.send(message())
                line.ends_with("not-authorized")
        with contextlib.closing(line_to(server)) as line:
            line.send(f"<db:result from='{FOE}' to='{US}' type='valid'/>" + message())
            line.ends_with("not-authorized")
        with contextlib.closing(line_to(server)) as line:
            line.send(f"<db:verify from='{FOE}' to='{US}' id='{line.id}' type='valid'/>" + message())
            line.ends_with("not-authorized")


def check_spoofed():
    """row 36: stanzas of domains that were not shown, without addresses, for others"""
    with siege() as (server, _):
        for stanza, condition in ((message("x@d.localhost"), "invalid-from"), (message(f"romeo@{US}"), "invalid-from"),
                                  (message(f"x@evil{FOE}"), "invalid-from"), (message(to=f"hall@conference.{US}"), "invalid-from"),
                                  (f"<message to='romeo@{US}'/>", "improper-addressing"),
                                  (f"<message from='x@{FOE}'/>", "improper-addressing"),
                                  (message(to="x@elsewhere.example"), "host-unknown"),
                                  (f"<foo from='x@{FOE}' to='{US}'/>", "unsupported-stanza-type"),
                                  ("<!DOCTYPE x [<!ENTITY a 'b'>]>", "restricted-xml")):
            with contextlib.closing(logged_in(server)) as line:
                line.send(stanza)
                line.ends_with(condition)


def check_before_login():
    """what a stream may not do before anybody was shown"""
    with siege() as (server, _):
        for text, condition in ((message(), "not-authorized"), ("<x>" + "y" * 20000 + "</x>", "policy-violation"),
                                ("<a>" * 40, "policy-violation"), ("<?pi x?>", "restricted-xml"), ("<a></b>", "not-well-formed"),
                                ("<db:result from='x@y' to='z'>k</db:result>", "improper-addressing"),
                                (f"<db:result from='{FOE}' to='{US}'/>", "improper-addressing")):
            with contextlib.closing(line_to(server)) as line:
                line.send(text)
                line.ends_with(condition)
        for attrs, condition in ((f" from='{FOE}'", "improper-addressing"), (f" from='{FOE}' to='b.localhost'", "host-unknown"),
                                 (f" from='{US}' to='{US}'", "invalid-from"), (f" from='a b' to='{US}'", "invalid-from")):
            with contextlib.closing(Line(server.connect("server"))) as line:
                line.send(STREAM + attrs + ">")
                line.ends_with(condition)
        with contextlib.closing(line_to(server)) as line:
            for sender, to, condition in ((US, US, "not-acceptable"), (f"conference.{US}", US, "not-acceptable"),
                                          (FOE, "elsewhere.example", "item-not-found")):
                line.send(key(sender, to))
                line.until(f"<db:result from='{to}' to='{sender}' type='error'><error type='cancel'><{condition} ")
            line.send(f"<db:verify from='{FOE}' to='{US}' id='guess'>{'0' * 64}</db:verify>")
            line.until(f"<db:verify from='{US}' to='{FOE}' id='guess' type='invalid'>")
            line.send(f"<db:verify from='{FOE}' to='elsewhere.example' id='guess'>{'0' * 64}</db:verify>")
            line.until("id='guess' type='error'><error type='cancel'><item-not-found ")
    with siege("required") as (server, _):
        with contextlib.closing(line_to(server)) as line:
            line.send(key())
            line.until("type='error'><error type='cancel'><policy-violation ")
            line.send(message())
            line.ends_with("not-authorized")


def check_results_that_are_not():
    """what we send to a server that does not let us in comes back (XEP-0220 2.1.1)"""
    cases = ((lambda ours, theirs: f"<db:result from='{ours}' to='{theirs}' type='invalid'/>", "internal-server-error"),
             (lambda ours, theirs: f"<db:result from='{ours}' to='{theirs}' type='error'><error type='cancel'>"
              "<item-not-found xmlns='urn:ietf:params:xml:ns:xmpp-stanzas'/></error></db:result>", "remote-server-timeout"),
             (lambda ours, theirs: f"<db:result from='{theirs}' to='{ours}' type='valid'/>", "remote-server-timeout"),
             (lambda ours, theirs: f"<db:result from='d.localhost' to='{theirs}' type='valid'/>", "remote-server-timeout"),
             (lambda ours, theirs: "<stream:error><host-unknown xmlns='urn:ietf:params:xml:ns:xmpp-streams'/>"
              "</stream:error></stream:stream>", "remote-server-not-found"))
    with siege() as (server, foe):
        romeo = server.login("romeo/one")
        with closing(romeo):
            for number, (result, condition) in enumerate(cases):
                foe.result = result
                refused(romeo, f"juliet@c{number}.localhost", condition)
            equal(foe.received, [], "what the foe has got")
    with siege("required") as (server, foe):  # no TLS, no message
        romeo = server.login("romeo/one")
        with closing(romeo):
            refused(romeo, f"juliet@{FOE}", "policy-violation")
            equal(foe.received, [], "what the foe has got")


def check_slow_reader():
    """row 6: a server that takes nothing: what waits is bounded, senders hear of the rest"""
    with siege(more='limits = { server_queue = "64KiB"; };') as (server, foe):
        romeo = server.login("romeo/one")
        with closing(romeo):
            got = []
            foe.result = lambda ours, theirs: (got.append(1), time.sleep(0.1), "")[2]  # the key is never judged
            before = server.rss()
            for number in range(40):
                romeo.say(f"<message to='juliet@{FOE}' id='n{number}' type='headline'><body>{'x' * 5000}</body></message>")
            romeo.wait_for(lambda e: e.attrs.get("type") == "error" and e.find("error").find("resource-constraint") is not None,
                           soon(PATIENCE))
            want(server.metrics()["parley_server_queue_bytes"] <= 64 * 1024, "the queue is over its limit")
            want(server.rss() - before < 64 * 2**20, "it grew")
