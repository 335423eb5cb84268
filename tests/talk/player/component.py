# SPDX-License-Identifier: Apache-2.0
"""An external component of a conversation (XEP-0114): a client without login, whose stream has another namespace."""
import hashlib

from .client import Client, Failure
from .tree import STREAM_NS, StreamReader

ACCEPT = "jabber:component:accept"


def _as_client(element):
    """The stream's namespace, read as conversations write stanzas."""
    if element.ns == ACCEPT:
        element.name = "jabber:client}" + element.local
    for child in element.elements():
        _as_client(child)


class Component(Client):
    """label, its domain and secret; options: manual (only connects), tls."""

    def __init__(self, label, domain, secret, options, server):
        super().__init__(label, None, {**options, "strict": True}, server)
        self.domain, self.secret = domain, secret

    @property
    def listener(self):
        return "component_tls" if "tls" in self.options else "component"

    def _note(self, kind, element):
        if kind == "element":
            _as_client(element)
        super()._note(kind, element)

    def open_stream(self, deadline, attrs=""):
        self.reader = StreamReader()
        to = "" if " to=" in attrs else f" to='{self.domain}'"
        self.send(f"<stream:stream xmlns='{ACCEPT}' xmlns:stream='{STREAM_NS}'{to}{attrs}>", deadline)
        kind, self.header = self.next_event(deadline)
        if kind != "open" or self.header.name != STREAM_NS + "}stream":
            raise Failure(f"{self.label}: wanted the server's stream header, got {self.header}")

    def handshake(self, deadline):
        digest = hashlib.sha1((self.header.attrs.get("id", "") + self.secret).encode()).hexdigest()
        self.send(f"<handshake>{digest}</handshake>", deadline)

    def login(self, deadline):
        self.pending.clear()
        self.connect(deadline)
        self.open_stream(deadline)
        self.handshake(deadline)
        answer = self.take(deadline)
        if answer.local != "handshake" or answer.children:
            raise Failure(f"{self.label}: wanted <handshake/>, got {answer}")
        self.jid, self.bound = self.domain, True

    def request(self, iq_type, inner, deadline, to=None):
        self.pings += 1
        number = f"talk-{self.pings}"
        self.send(f"<iq type='{iq_type}' id='{number}' from='{self.domain}' to='{to or self.server.domain}'>{inner}</iq>",
                  deadline)
        return self.wait_for(lambda e: e.local == "iq" and e.attrs.get("id") == number
                             and e.attrs.get("type") in ("result", "error"), deadline)
