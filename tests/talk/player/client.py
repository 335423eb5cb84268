# SPDX-License-Identifier: Apache-2.0
"""One client of a conversation: stream, login, stream management, and what it has received and not yet been asked for."""
import base64
import collections
import time
import uuid
from xml.sax.saxutils import escape

from . import sasl
from .tree import STREAM_NS, Bad, Element, StreamReader, parse_document, parse_fragment
from .wire import CLOSE, PONG, TEXT, Closed, Late, Tcp, WebSocket

SASL, SASL2, SM = "urn:ietf:params:xml:ns:xmpp-sasl", "urn:xmpp:sasl:2", "urn:xmpp:sm:3"
TLS, BIND, BIND2 = "urn:ietf:params:xml:ns:xmpp-tls", "urn:ietf:params:xml:ns:xmpp-bind", "urn:xmpp:bind:0"
FRAMING, CARBONS, PING = "urn:ietf:params:xml:ns:xmpp-framing", "urn:xmpp:carbons:2", "urn:xmpp:ping"
TRANSPORTS = ("starttls", "tls", "websocket", "plain")
WORDS = TRANSPORTS + ("sasl2", "bind2", "sm", "carbons", "csi", "roster", "unavailable", "strict", "manual", "bare", "acks", "mute", "hashed")
LOG_LINES = 14


class Failure(Exception):
    """What the server did is not what the conversation says."""


class Client:
    """account: (user, password) or None for a stranger; options: {word: value}; server: has address(listener), domain."""

    def __init__(self, label, account, options, server):
        self.label, self.account, self.options, self.server = label, account, options, server
        self.resource = label.partition("/")[2]
        self.agent = str(uuid.uuid4())
        self.wire = self.socket = self.reader = self.features = self.jid = None
        self.log = collections.deque(maxlen=LOG_LINES)
        self.pending = collections.deque()
        self.sm_id, self.sm_on, self.handled, self.sent, self.unacked = None, False, 0, 0, []
        self.header, self.bound, self.close_code, self.pings = None, False, None, 0
        self.close_sent = False
        self.pongs = 0

    # --- bytes and elements ---------------------------------------------------------------------------------------

    @property
    def transport(self):
        return next((word for word in TRANSPORTS if word in self.options), "starttls")

    @property
    def listener(self):
        return {"tls": "xmpps", "websocket": "http"}.get(self.transport, "xmpp")

    def connect(self, deadline):
        """TCP, and TLS or the WebSocket upgrade where the transport begins with it."""
        listener = self.listener
        host, port = self.server.address(listener)
        try:
            self.wire = self.socket = Tcp((host, port), deadline)
        except OSError as error:
            raise Failure(f"could not connect to {host}:{port}: {error}") from None
        self.reader, self.features, self.bound, self.close_code = StreamReader(), None, False, None
        self.close_sent = False
        self.log.append(f"-- connected to {listener}")
        if self.transport == "tls":
            self.socket.start_tls(deadline, ["xmpp-client"] if listener == "xmpps" else None)
        elif self.transport == "websocket":
            self.wire = WebSocket(self.socket, f"localhost:{port}", "/xmpp-websocket", deadline)

    def send(self, text, deadline):
        """Sends text as it is; counts it for stream management when it is a stanza."""
        if "id='talk-" not in text:
            self.log.append(f">> {text[:600]}")
        if self.sm_on:
            try:
                stanzas = [element for element in parse_fragment(text) if element.is_stanza()]
            except Bad:
                stanzas = []
            self.sent += len(stanzas)
            if stanzas:
                self.unacked.append((self.sent, text))
        if not isinstance(self.wire, WebSocket):
            self.wire.send(text.encode(), deadline)
            return
        for element in parse_fragment(text):  # one element a message, each with its namespace (RFC 7395 3.3)
            self.wire.send(element.write("").encode(), deadline)

    def send_raw(self, data, deadline):
        self.log.append(f">> raw {data[:300]!r}")
        self.wire.send(data, deadline)

    def _read(self, deadline):
        """Reads once, puts what came into self.pending."""
        if isinstance(self.wire, WebSocket):
            opcode, data = self.wire.receive(deadline)
            if opcode == PONG:
                self.pongs += 1
                return
            if opcode == CLOSE:
                self.close_code = int.from_bytes(data[:2], "big") if len(data) >= 2 else 1005
                self.log.append(f"<< WebSocket close {self.close_code}")
                raise Closed(f"the server has closed the WebSocket ({self.close_code})")
            if opcode != TEXT:
                raise Failure(f"{self.label} got a WebSocket frame of kind {opcode}")
            try:
                element = parse_document(data)
            except Bad as error:
                raise Failure(f"{self.label}: a WebSocket message of the server is {error}: {data[:300]!r}") from None
            events = [({(FRAMING, "open"): "open", (FRAMING, "close"): "close"}.get((element.ns, element.local), "element"),
                       element)]
        else:
            data = self.wire.receive(deadline)
            try:
                events = self.reader.feed(data)
            except Bad as error:
                raise Failure(f"{self.label}: the server's stream is {error}: {data[-300:]!r}") from None
        for event in events:
            self._note(*event)
            self.pending.append(event)

    def _note(self, kind, element):
        if kind != "element":
            self.log.append(f"<< -- stream {kind} {element.attrs if element else ''}")
            return
        if not element.attrs.get("id", "").startswith("talk-"):
            self.log.append(f"<< {str(element)[:900]}")
        if self.sm_on and element.is_stanza():
            self.handled = (self.handled + 1) % 2**32
        if element.ns == SM and element.local == "a":
            self._acked(int(element.attrs.get("h", "0")))
        if element.name == STREAM_NS + "}features":
            self.features = element

    def _acked(self, count):
        self.unacked = [(number, text) for number, text in self.unacked if number > count]

    def next_event(self, deadline):
        while not self.pending:
            self._read(deadline)
        return self.pending.popleft()

    def is_noise(self, element, deadline):
        """Things that come by themselves and that a conversation need not name. Acknowledgement requests are answered here."""
        if element.ns == SM and element.local in ("r", "a") and "acks" not in self.options:
            if element.local == "r" and "mute" not in self.options:
                try:
                    self.send(f"<a xmlns='{SM}' h='{self.handled}'/>", deadline)
                except Closed:
                    pass  # what the server said last is still to be read
            return True
        if "strict" in self.options:
            return False
        if element.local != "presence" or not self.jid:
            return False
        sender, _, resource = element.attrs.get("from", "").partition("/")
        if element.attrs.get("type") == "unavailable":
            # "nobody is there", an answer to a probe that a server may give (RFC 6121 4.3.2); and the end of what made friends
            return not resource or resource == "befriends"
        return "type" not in element.attrs and sender == self.jid.partition("/")[0]

    def take(self, deadline):
        """The next element that a conversation cares for."""
        while True:
            kind, element = self.next_event(deadline)
            if kind == "close":
                raise Closed("the server has closed the stream")
            if kind == "open":
                continue
            return element

    def wait_for(self, wanted, deadline):
        """The first element for which wanted(element); what else comes stays in order for later steps."""
        kept = []
        try:
            while True:
                kind, element = self.next_event(deadline)
                if kind == "element" and wanted(element):
                    return element
                if kind == "element" and self.is_noise(element, deadline):
                    continue
                kept.append((kind, element))
                if kind == "close" or (kind == "element" and element.name == STREAM_NS + "}error"):
                    raise Closed(f"the stream ended: {element or ''}")
        finally:
            self.pending.extendleft(reversed(kept))

    # --- the steps of a login ---------------------------------------------------------------------------------------

    def open_stream(self, deadline, attrs=""):
        if isinstance(self.wire, WebSocket):
            text = f"<open xmlns='{FRAMING}' to='{self.server.domain}' version='1.0'{attrs}/>"
        else:
            self.reader = StreamReader()
            text = (f"<?xml version='1.0'?><stream:stream xmlns='jabber:client' xmlns:stream='{STREAM_NS}'"
                    f" to='{self.server.domain}' version='1.0'{attrs}>")
        self.features = None
        self.send(text, deadline)
        kind, self.header = self.next_event(deadline)
        if kind != "open":
            raise Failure(f"{self.label}: wanted the server's stream header, got {self.header}")

    def get_features(self, deadline):
        if self.features is None:
            self.wait_for(lambda element: element.name == STREAM_NS + "}features", deadline)
        else:
            self.pending = collections.deque(e for e in self.pending if e[1] is not self.features)
        return self.features

    def start_tls(self, deadline):
        self.get_features(deadline)
        self.send(f"<starttls xmlns='{TLS}'/>", deadline)
        answer = self.take(deadline)
        if answer.name != TLS + "}proceed":
            raise Failure(f"{self.label}: wanted <proceed/>, got {answer}")
        self.socket.start_tls(deadline)

    def _mechanism(self):
        return self.options.get("mechanism", "SCRAM-SHA-1")

    def _announced(self, ns):
        """What the server's features say, for XEP-0474; None when they were not looked at."""
        holder = self.features and self.features.find("authentication" if ns == SASL2 else "mechanisms", ns)
        if not holder:
            return None
        bindings = self.features.find("sasl-channel-binding", "urn:xmpp:sasl-cb:0")
        return sasl.announced([each.text() for each in holder.elements() if each.local == "mechanism"],
                              [each.attrs["type"] for each in bindings.elements()] if bindings is not None else [])

    def exchange(self, mechanism, deadline, extra="", password=None):
        """Runs the mechanism; gives back <success/> or <failure/>."""
        user, known = self.account
        steps = sasl.choose(mechanism, user, password or known, self.socket)
        first = base64.b64encode(steps.first()).decode() or "="
        two = "sasl2" in self.options or "bind2" in self.options
        ns = SASL2 if two else SASL
        steps.announced, steps.is_hashed = self._announced(ns), "hashed" in self.options
        if two:
            self.send(f"<authenticate xmlns='{ns}' mechanism='{mechanism}'><initial-response>{first}</initial-response>"
                      f"<user-agent id='{self.agent}'><software>talk</software></user-agent>{extra}</authenticate>", deadline)
        else:
            self.send(f"<auth xmlns='{ns}' mechanism='{mechanism}'>{first}</auth>", deadline)
        while True:
            answer = self.take(deadline)
            if answer.ns != ns or answer.local not in ("challenge", "success", "failure"):
                raise Failure(f"{self.label}: in the login came {answer}")
            if answer.local == "failure":
                return answer
            try:
                if answer.local == "success":
                    data = answer.find("additional-data") if two else answer
                    data = base64.b64decode(data.text()) if data is not None else b""
                    steps.check(b"" if data == b"=" else data)
                    return answer
                text = base64.b64encode(steps.answer(base64.b64decode(answer.text()))).decode()
            except sasl.Refused as error:
                raise Failure(f"{self.label}: {mechanism}: {error}") from None
            self.send(f"<response xmlns='{ns}'>{text}</response>", deadline)

    def authenticate(self, deadline, mechanism=None, extra=""):
        """Logs in and opens the stream again where SASL asks for that. Gives back <success/>."""
        self.get_features(deadline)
        answer = self.exchange(mechanism or self._mechanism(), deadline, extra)
        if answer.local != "success":
            raise Failure(f"{self.label}: could not log in: {answer}")
        if answer.ns == SASL:
            self.open_stream(deadline)
            self.get_features(deadline)
        elif answer.find("resumed") is None:
            self.features = None
            self.get_features(deadline)
        return answer

    def request(self, iq_type, inner, deadline, to=None):
        """Sends an iq and gives back the answer, whatever it is."""
        self.pings += 1
        number = f"talk-{self.pings}"
        to = f" to='{escape(to)}'" if to else ""
        self.send(f"<iq type='{iq_type}' id='{number}'{to}>{inner}</iq>", deadline)
        return self.wait_for(lambda e: e.local == "iq" and e.attrs.get("id") == number
                             and e.attrs.get("type") in ("result", "error"), deadline)

    def result(self, inner, deadline, iq_type="set"):
        answer = self.request(iq_type, inner, deadline)
        if answer.attrs["type"] != "result":
            raise Failure(f"{self.label}: {answer}")
        return answer

    def bind(self, deadline, resource=None):
        resource = resource if resource is not None else self.resource
        inner = f"<resource>{escape(resource)}</resource>" if resource else ""
        answer = self.result(f"<bind xmlns='{BIND}'>{inner}</bind>", deadline)
        self.jid = answer.find("bind").find("jid").text()
        self.bound = True

    def ping(self, deadline):
        """A round trip: everything that the server sent before its answer is here afterwards."""
        return self.request("get", f"<ping xmlns='{PING}'/>", deadline, to=self.server.domain)

    def enable_sm(self, deadline):
        self.sm_on, self.handled, self.sent, self.unacked = False, 0, 0, []
        self.send(f"<enable xmlns='{SM}' resume='true'/>", deadline)
        self.take_enabled(self.wait_for(lambda e: e.ns == SM, deadline))

    def take_enabled(self, element):
        if element is None or element.local != "enabled":
            raise Failure(f"{self.label}: wanted <enabled/>, got {element}")
        self.sm_id, self.sm_on = element.attrs.get("id"), True
        self.handled, self.sent, self.unacked = 0, 0, []

    def _bind2_inline(self):
        parts = [f"<tag>{escape(self.resource or 'talk')}</tag>"]
        if "sm" in self.options:
            parts.append(f"<enable xmlns='{SM}' resume='true'/>")
        if "carbons" in self.options:
            parts.append(f"<enable xmlns='{CARBONS}'/>")
        return f"<bind xmlns='{BIND2}'>{''.join(parts)}</bind>"

    def _take_bound(self, success):
        bound = success.find("bound", BIND2)
        if bound is None:
            raise Failure(f"{self.label}: no <bound/> in {success}")
        self.jid, self.bound = success.find("authorization-identifier").text(), True
        if "sm" in self.options:
            self.take_enabled(bound.find("enabled", SM))

    def prepare(self, deadline):
        """Up to the stream on which a login may begin."""
        self.connect(deadline)
        self.open_stream(deadline)
        if self.transport == "starttls":
            self.start_tls(deadline)
            self.open_stream(deadline)

    def login(self, deadline):
        """Everything that the options say, up to the initial presence and the answers to it."""
        self.pending.clear()
        self.sm_on = False
        self.prepare(deadline)
        if "bind2" in self.options:
            self._take_bound(self.authenticate(deadline, extra=self._bind2_inline()))
        else:
            self.authenticate(deadline)
            if "bare" in self.options:
                return
            self.bind(deadline)
            if "sm" in self.options:
                self.enable_sm(deadline)
            if "carbons" in self.options:
                self.result(f"<enable xmlns='{CARBONS}'/>", deadline)
        if "roster" in self.options:
            self.result("<query xmlns='jabber:iq:roster'/>", deadline, "get")
        if "unavailable" not in self.options:
            priority = self.options.get("priority")
            self.send(f"<presence><priority>{priority}</priority></presence>" if priority else "<presence/>", deadline)
        self.ping(deadline)

    def resume(self, deadline):
        """A new connection for the old session (XEP-0198 5); resends what the server had not handled."""
        if not self.sm_id:
            raise Failure(f"{self.label} has no session to resume")
        kept, self.pending = self.pending, collections.deque()
        self.pending.extend(event for event in kept if event[0] == "element")
        sm_on, self.sm_on = self.sm_on, False
        ask = f"<resume xmlns='{SM}' previd='{escape(self.sm_id)}' h='{self.handled}'/>"
        waiting, self.pending = self.pending, collections.deque()
        self.prepare(deadline)
        if "sasl2" in self.options or "bind2" in self.options:
            answer = self.authenticate(deadline, extra=ask).find("resumed", SM)
        else:
            self.authenticate(deadline)
            self.send(ask, deadline)
            answer = self.take(deadline)
        if answer is None or answer.name != SM + "}resumed":
            raise Failure(f"{self.label}: wanted <resumed/>, got {answer}")
        late, self.pending = self.pending, waiting
        self.sm_on, self.bound = sm_on, True
        for kind, element in late:  # came in the same read, before counting was on again
            if kind == "element" and element.is_stanza():
                self.handled = (self.handled + 1) % 2**32
            self.pending.append((kind, element))
        self._acked(int(answer.attrs["h"]))
        again, self.unacked = self.unacked, []
        self.sent = int(answer.attrs["h"])
        for _, text in again:
            self.send(text, deadline)

    # --- leaving ----------------------------------------------------------------------------------------------------

    def close_stream(self, deadline):
        if self.close_sent:
            return
        self.close_sent = True
        self.send(f"<close xmlns='{FRAMING}'/>" if isinstance(self.wire, WebSocket) else "</stream:stream>", deadline)

    def wait_end(self, deadline):
        """Reads until the server has closed the stream or the connection. Gives back elements that came before."""
        left = []
        try:
            while True:
                kind, element = self.next_event(deadline)
                if kind == "close":
                    return left
                if kind == "element" and not self.is_noise(element, deadline):
                    left.append(element)
        except Closed:
            return left

    def disconnect(self, deadline):
        """RFC 6120 4.4: closes the stream, waits for the server's end, then closes the connection."""
        self.close_stream(deadline)
        self.wait_end(deadline)
        self.wire.close()
        self.sm_on = self.bound = False

    def drain(self, seconds=0.2):
        """Only for the report of a failure: what else lies there."""
        try:
            while self.wire:
                self._read(time.monotonic() + seconds)
        except (Closed, Late, Failure, OSError, ValueError):
            pass


__all__ = ["Client", "Closed", "Element", "Failure", "Late"]
