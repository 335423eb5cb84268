# SPDX-License-Identifier: Apache-2.0
"""A client on asyncio for tests in which the server dies: direct TLS, SASL or SASL2 with Bind 2, XEP-0198 by the book."""
import asyncio
import base64
import collections
import os
import ssl
import sys
import uuid

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "../talk"))
from player import sasl  # noqa: E402
from player.tree import STREAM_NS, StreamReader  # noqa: E402

SASL, SASL2, SM = "urn:ietf:params:xml:ns:xmpp-sasl", "urn:xmpp:sasl:2", "urn:xmpp:sm:3"
BIND, BIND2, MAM = "urn:ietf:params:xml:ns:xmpp-bind", "urn:xmpp:bind:0", "urn:xmpp:mam:2"
RSM, SID, STATES = "http://jabber.org/protocol/rsm", "urn:xmpp:sid:0", "http://jabber.org/protocol/chatstates"
LOGIN_SECONDS = 20
PASSWORD = "sesame"


class Gone(Exception):
    """The connection has ended: the server was killed, or the connection broken on purpose."""


def tls_context():
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE  # a self-signed certificate on loopback
    context.set_alpn_protocols(["xmpp-client"])
    return context


TLS_CONTEXT = tls_context()


class Peer:
    """One client with its memory. ledger.wrong(check, text) hears of what a server must not do."""
    archive = ""  # the address whose archive it pages; empty: its own

    def __init__(self, ledger, user, resource, sasl2=True, sm=True):
        self.ledger, self.user, self.resource, self.sasl2, self.sm = ledger, user, resource, sasl2, sm
        self.bare = f"{user}@localhost"
        self.agent = str(uuid.uuid4())
        self.reader = self.writer = self.stream = None
        self.events = collections.deque()
        self.answers, self.number = {}, 0
        # XEP-0198: counts of this session; unacked: (text, what it is), the first one is number acked + 1.
        self.sm_id, self.counting, self.handled, self.acked = None, False, 0, 0
        self.unacked = collections.deque()
        self.is_resumed = False

    # --- bytes ------------------------------------------------------------------------------------------------------

    def write(self, text):
        if self.writer is None or self.writer.is_closing():
            raise Gone("closed")
        self.writer.write(text.encode())

    async def take(self):
        """The next element."""
        while not self.events:
            try:
                data = await self.reader.read(65536)
            except (OSError, ssl.SSLError) as error:
                raise Gone(str(error)) from None
            if not data:
                raise Gone("end of the connection")
            self.events.extend(self.stream.feed(data))
        kind, element = self.events.popleft()
        if kind == "close":
            raise Gone("end of the stream")
        if kind == "element":
            if element.name == STREAM_NS + "}error":
                raise Gone(str(element))
            if self.counting and element.is_stanza():
                self.handled = (self.handled + 1) % 2**32
        return element

    async def connect(self, address):
        try:
            self.reader, self.writer = await asyncio.open_connection(*address, ssl=TLS_CONTEXT, server_hostname="localhost")
        except (OSError, ssl.SSLError, ConnectionError) as error:
            raise Gone(str(error)) from None

    def abort(self):
        """The connection breaks, without a word."""
        if self.writer is not None:
            self.writer.transport.abort()

    # --- login ------------------------------------------------------------------------------------------------------

    async def login(self):
        """On a connection: resumes the session, or binds a new one. After it `is_resumed` says which."""
        self.counting, self.is_resumed, self.answers = False, False, {}
        async with asyncio.timeout(LOGIN_SECONDS):
            await self._open()
            if self.sasl2:
                await self._login2()
            else:
                await self._login1()
        if not self.is_resumed:
            self.before_resending()
        for text, _ in self.unacked:
            self.write(text)
        if self.unacked:
            self.write(f"<r xmlns='{SM}'/>")

    async def _open(self):
        self.stream = StreamReader()
        self.events.clear()
        self.write(f"<?xml version='1.0'?><stream:stream xmlns='jabber:client' xmlns:stream='{STREAM_NS}' to='localhost' version='1.0'>")
        await self.take()
        await self._features()

    async def _features(self):
        element = await self.take()
        if element.name != STREAM_NS + "}features":
            raise Gone(f"no features: {element}")

    async def _exchange(self, ns, extra=""):
        steps = sasl.choose("PLAIN", self.user, PASSWORD, None)
        first = base64.b64encode(steps.first()).decode()
        if ns == SASL:
            self.write(f"<auth xmlns='{SASL}' mechanism='PLAIN'>{first}</auth>")
        else:
            self.write(f"<authenticate xmlns='{SASL2}' mechanism='PLAIN'><initial-response>{first}</initial-response>"
                       f"<user-agent id='{self.agent}'/>{extra}</authenticate>")
        answer = await self.take()
        if answer.local != "success":
            self.ledger.wrong("login", f"{self.bare}: {answer}")
            raise Gone("login")
        return answer

    def _resume(self):
        return f"<resume xmlns='{SM}' previd='{self.sm_id}' h='{self.handled}'/>" if self.sm_id else ""

    async def _login2(self):
        enable = f"<enable xmlns='{SM}' resume='true'/>" if self.sm else ""
        bind = f"<bind xmlns='{BIND2}'><tag>{self.resource}</tag>{enable}</bind>"
        success = await self._exchange(SASL2, self._resume() + bind)
        if not self._resumed(success.find("resumed", SM)):
            self._failed(success.find("failed", SM))
            bound = success.find("bound", BIND2)
            self._enabled(bound.find("enabled", SM) if bound else None)
            await self._features()

    async def _login1(self):
        await self._exchange(SASL)
        await self._open()
        if self.sm_id:
            self.write(self._resume())
            answer = await self.take()
            if self._resumed(answer):
                return
            self._failed(answer)
        await self._ask(f"<iq type='set' id='bind'><bind xmlns='{BIND}'><resource>{self.resource}</resource></bind></iq>")
        if self.sm:
            self._enabled(await self._ask(f"<enable xmlns='{SM}' resume='true'/>"))

    async def _ask(self, text):
        self.write(text)
        return await self.take()

    def _resumed(self, element):
        if element is None or element.local != "resumed":
            return False
        self.counting = self.is_resumed = True
        self.take_ack(element)
        return True

    def _failed(self, element):
        if not self.sm_id:
            return
        if element is None or element.local != "failed":
            self.ledger.wrong("counting", f"{self.bare}: no answer to <resume/>: {element}")
        elif "h" in element.attrs:
            self.take_ack(element, is_failed=True)
        else:
            self.ledger.count("sessions unknown to the store")
        self.sm_id = None

    def _enabled(self, element):
        if not self.sm:
            return
        if element is None or element.local != "enabled":
            self.ledger.wrong("counting", f"{self.bare}: no <enabled/>: {element}")
            raise Gone("enable")
        self.sm_id, self.counting, self.handled, self.acked = element.attrs.get("id"), True, 0, 0
        self.unacked = collections.deque(kept for kept in self.unacked if kept[1] is not None)  # nobody waits for old answers

    def take_ack(self, element, is_failed=False):
        """h of <a/>, <resumed/> or <failed/>."""
        h = int(element.attrs["h"])
        if h < self.acked and is_failed:
            return  # what is not stored (chat states) may be counted before a crash and not after it
        if h < self.acked or h - self.acked > len(self.unacked):
            self.ledger.wrong("counting", f"{self.bare}: h={h} in {element}, but {self.acked} were acknowledged and "
                              f"{len(self.unacked)} more sent")
            self.sm_id = None  # such a session is of no use any more
            raise Gone("counting")
        while self.acked < h:
            self.acked += 1
            self.on_acked(self.unacked.popleft()[1], element.local)

    # --- life -------------------------------------------------------------------------------------------------------

    def put(self, text, item):
        """Sends a stanza, counted."""
        if self.sm:
            self.unacked.append((text, item))
        self.write(text)

    async def listen(self):
        """Handles what comes until the connection ends."""
        while True:
            element = await self.take()
            if element.ns == SM and element.local == "r":
                self.write(f"<a xmlns='{SM}' h='{self.handled}'/>")
            elif element.ns == SM and element.local == "a":
                self.take_ack(element)
            elif element.local == "iq" and element.attrs.get("id") in self.answers:
                future = self.answers.pop(element.attrs["id"])
                if not future.done():
                    future.set_result(element)
            else:
                self.on_element(element)

    async def ask(self, kind, inner, to=""):
        """An iq, to the own account unless it says to whom, and its answer. Somebody else must listen."""
        self.number += 1
        name = f"q{self.number}"
        self.answers[name] = asyncio.get_running_loop().create_future()
        where = f" to='{to}'" if to else ""
        self.put(f"<iq type='{kind}' id='{name}'{where}>{inner}</iq>", None)
        return await self.answers[name]

    async def page(self, after, size, queryid):
        """One page of the archive behind an id; its messages go to on_element. Gives back whether it was the last one."""
        where = f"<after>{after}</after>" if after else ""
        answer = await self.ask("set", f"<query xmlns='{MAM}' queryid='{queryid}'><set xmlns='{RSM}'><max>{size}</max>{where}</set></query>",
                                self.archive)
        fin = answer.find("fin", MAM)
        if answer.attrs.get("type") != "result" or fin is None:
            self.ledger.wrong("reader", f"{self.bare}: asked for what is after {after}: {answer}")
            raise Gone("archive")
        return fin.attrs.get("complete") in ("true", "1")

    def before_resending(self):
        """A new session: what is in unacked now will be sent in it."""

    def on_acked(self, item, how):
        """The server has taken over responsibility for a stanza. how: "a", "resumed" or "failed"."""

    def on_element(self, element):
        """Anything else."""
