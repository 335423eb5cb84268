# SPDX-License-Identifier: Apache-2.0
"""Other servers of a conversation (RFC 6120, XEP-0220): what they open to the server, and what it opens to them."""
import hashlib
import hmac
import queue
import re
import secrets
import shutil
import socket
import ssl
import subprocess
import tempfile
import threading
import time

from .client import SASL, SM, TLS, Client, Failure
from .tree import STREAM_NS, Bad, StreamReader
from .wire import Closed, Late, Tcp, tls_context

SERVER, DIALBACK, DIALBACK_FEATURE = "jabber:server", "jabber:server:dialback", "urn:xmpp:features:dialback"
PEER_WORDS = ("by-hand", "clear", "certificate", "expired", "external", "sm", "trusting", "refuses")
STREAM_WORDS = ("manual", "prepared", "clear", "tls", "external")
BOTH = "serverAuth,clientAuth"
FOREVER = 3600


class Authority:
    """Certificates for tests, made by openssl(1) when somebody asks for the first."""

    def __init__(self):
        self.lock, self.folder, self.count = threading.Lock(), None, 0

    def _openssl(self, *words):
        done = subprocess.run(["openssl", *words], capture_output=True, text=True, check=False)
        if done.returncode:
            raise Failure(f"openssl {words[0]}: {done.stderr}")

    def _key(self, name):
        return ("-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-keyout", f"{self.folder}/{name}.key")

    def root(self):
        if self.folder is None:
            self.folder = tempfile.mkdtemp(prefix="parley-talk-ca-")
            self._openssl("req", "-x509", *self._key("ca"), "-out", f"{self.folder}/ca.pem", "-subj", "/CN=Authority", "-days", "2")
        return f"{self.folder}/ca.pem"

    def issue(self, names, days, is_ours):
        """(certificate, key) for these domains; is_ours: of the authority, else signed with its own key."""
        with self.lock:
            self.root()
            self.count += 1
            name = f"peer{self.count}"
            base = f"{self.folder}/{name}"
            text = "subjectAltName=" + ",".join(f"DNS:{each}" for each in names)
            if not is_ours:
                self._openssl("req", "-x509", *self._key(name), "-out", base + ".pem", "-subj", "/CN=alone", "-addext", text)
                return base + ".pem", base + ".key"
            with open(base + ".ext", "w", encoding="utf-8") as file:
                file.write(f"extendedKeyUsage={BOTH}\n{text}\n")
            self._openssl("req", "-new", *self._key(name), "-out", base + ".csr", "-subj", "/CN=peer")
            self._openssl("x509", "-req", "-in", base + ".csr", "-CA", self.root(), "-CAkey", f"{self.folder}/ca.key",
                          "-CAcreateserial", "-days", str(days), "-extfile", base + ".ext", "-out", base + ".pem")
            return base + ".pem", base + ".key"

    def remove(self):
        if self.folder:
            shutil.rmtree(self.folder, ignore_errors=True)


AUTHORITY = Authority()


def options_of(words, known, what):
    options = {}
    for word in words.replace(",", " ").split():
        name, _, value = word.partition("=")
        if name not in known:
            raise Failure(f"{what} cannot be '{word}'")
        options[name] = value or True
    return options


def as_client(element):
    """The stream's namespace, read as conversations write stanzas."""
    if element.ns == SERVER:
        element.name = "jabber:client}" + element.local
    for child in element.elements():
        as_client(child)


class Stream(Client):
    """One stream between a peer and the server, opened by the peer; Taken is the other way round."""

    def __init__(self, label, peer, options, server):
        super().__init__(label, None, {**options, "strict": True}, server)
        self.peer, self.id, self.greeting = peer, "", None

    @property
    def key(self):
        return self.peer.key(self.server.domain, self.peer.domain, self.id)

    def _note(self, kind, element):
        if kind == "element":
            as_client(element)
        super()._note(kind, element)

    def connect(self, deadline):
        listener = "server_tls" if "tls" in self.options else "server"
        try:
            self.wire = self.socket = Tcp(self.server.address(listener), deadline)
        except OSError as error:
            raise Failure(f"{self.label} could not connect: {error}") from None
        self.reader, self.features, self.bound, self.close_sent = StreamReader(), None, False, False
        self.log.append(f"-- connected to {listener}")
        if "tls" in self.options:
            self._encrypt(deadline, ["xmpp-server"])

    def _encrypt(self, deadline, alpn=None):
        self.socket.start_tls(deadline, context=self.peer.context(tls_context(alpn)))

    def _header(self, attrs):
        known = {"from": self.peer.domain, "to": self.server.domain, "version": "1.0", "xmlns": SERVER, "xmlns:db": DIALBACK,
                 "xmlns:stream": STREAM_NS}
        for name in re.findall(r" without ([\w:]+)", attrs):
            known.pop(name)
        attrs = re.sub(r" without [\w:]+", "", attrs)
        known = "".join(f" {name}='{value}'" for name, value in known.items() if f" {name}=" not in attrs)
        return f"<?xml version='1.0'?><stream:stream{known}{attrs}>"

    def open_stream(self, deadline, attrs=""):
        self.reader, self.features, self.close_sent = StreamReader(), None, False
        self.send(self._header(attrs), deadline)
        kind, self.header = self.next_event(deadline)
        if kind != "open":
            raise Failure(f"{self.label}: wanted the server's stream header, got {self.header}")
        self.id = self.header.attrs.get("id", "")

    def begin_tls(self, deadline):
        self._encrypt(deadline)
        self.reader = StreamReader()

    def start_tls(self, deadline):
        self.get_features(deadline)
        self.send(f"<starttls xmlns='{TLS}'/>", deadline)
        answer = self.take(deadline)
        if answer.name != TLS + "}proceed":
            raise Failure(f"{self.label}: wanted <proceed/>, got {answer}")
        self.begin_tls(deadline)

    def prepare(self, deadline):
        self.connect(deadline)
        self.open_stream(deadline)
        if "clear" not in self.options and "tls" not in self.options:
            self.start_tls(deadline)
            self.open_stream(deadline)
        self.get_features(deadline)

    def show_key(self, deadline):
        """XEP-0220 2.1.1: the peer itself answers for the key."""
        to, me = self.server.domain, self.peer.domain
        self.send(f"<db:result from='{me}' to='{to}'>{self.key}</db:result>", deadline)
        answer = self.take(deadline)
        if answer.name != DIALBACK + "}result" or answer.attrs.get("type") != "valid":
            raise Failure(f"{self.label}: wanted a valid result, got {answer}")

    def authenticate(self, deadline, mechanism=None, extra=""):
        """XEP-0178 3: EXTERNAL, with what the certificate says."""
        self.send(f"<auth xmlns='{SASL}' mechanism='{mechanism or 'EXTERNAL'}'>{extra or '='}</auth>", deadline)
        answer = self.take(deadline)
        if answer.name != SASL + "}success":
            raise Failure(f"{self.label}: could not log in: {answer}")
        self.open_stream(deadline)
        self.get_features(deadline)
        return answer

    def login(self, deadline):
        self.pending.clear()
        self.prepare(deadline)
        if "prepared" in self.options:
            return
        if "external" in self.options:
            self.authenticate(deadline)
        else:
            self.show_key(deadline)

    def ping(self, deadline):
        """A round trip on this very stream, which needs no login: a question about a key that the server has not made."""
        self.pings += 1
        number = f"talk-{self.pings}"
        self.send(f"<db:verify from='{self.peer.domain}' to='{self.server.domain}' id='{number}'>none</db:verify>", deadline)
        self.wait_for(lambda e: e.name == DIALBACK + "}verify" and e.attrs.get("id") == number, deadline)


class Taken(Stream):
    """A stream that the server has opened to the peer."""

    def __init__(self, label, peer, options, server, sock):
        super().__init__(label, peer, options, server)
        self.wire = self.socket = Tcp.over(sock)
        self.reader, self.is_shown = StreamReader(), False

    def _encrypt(self, deadline, alpn=None):
        self.socket.start_tls(deadline, context=self.peer.context(ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)))

    def answer_stream(self, deadline, attrs=""):
        """Takes the server's header, and sends the peer's."""
        kind, self.header = self.next_event(deadline)
        if kind != "open":
            raise Failure(f"{self.label}: wanted a stream header, got {self.header}")
        self.id = secrets.token_hex(8)
        if " id=" not in attrs and "without id" not in attrs:
            attrs = f" id='{self.id}'" + attrs
        self.send(self._header(attrs.replace(" without id", "")), deadline)

    def answer_tls(self, deadline):
        got = self.take(deadline)
        if got.name != TLS + "}starttls":
            raise Failure(f"{self.label}: wanted <starttls/>, got {got}")
        self.send(f"<proceed xmlns='{TLS}'/>", deadline)
        self.begin_tls(deadline)

    def offer(self, deadline):
        """The features that the peer's words say."""
        inner = ""
        if "clear" not in self.peer.options and not self.socket.is_tls:
            inner += f"<starttls xmlns='{TLS}'><required/></starttls>"
        elif not self.is_shown:
            inner += f"<dialback xmlns='{DIALBACK_FEATURE}'><errors/></dialback>"
            if "external" in self.peer.options:
                inner += f"<mechanisms xmlns='{SASL}'><mechanism>EXTERNAL</mechanism></mechanisms>"
        if "sm" in self.peer.options:
            inner += f"<sm xmlns='{SM}'/>"
        self.send(f"<stream:features>{inner}</stream:features>", deadline)

    def prepare(self, deadline):
        """Up to the features behind TLS."""
        self.answer_stream(deadline)
        self.offer(deadline)
        if "clear" not in self.peer.options:
            self.answer_tls(deadline)
            self.answer_stream(deadline)
            self.offer(deadline)

    def ping(self, deadline):
        """The server answers nothing on a stream of its own: what comes within a moment counts."""
        self.drain(0.3)


class Peer(Client):
    """A server of one or more domains. It listens, and answers by itself unless it is by-hand: questions about its keys, keys of the
    server (all are good, unless it refuses), EXTERNAL. What it sends goes over a stream of its own, which it opens then."""

    def __init__(self, label, domains, words):
        super().__init__(label, None, {**options_of(words, PEER_WORDS, "a peer"), "strict": True}, None)
        self.domains, self.domain = domains, domains[0]
        self.secret, self.queue, self.out, self.streams = secrets.token_bytes(16), queue.Queue(), None, []
        self.calls = queue.Queue()
        self.files = None
        self.jid, self.bound = self.domain, "by-hand" not in self.options
        self.door = socket.create_server(("127.0.0.1", 0), backlog=128)
        self.port = self.door.getsockname()[1]
        self._listen()

    def key(self, to, me, stream_id):
        return hmac.new(self.secret, f"{to} {me} {stream_id}".encode(), hashlib.sha256).hexdigest()

    def context(self, context):
        if self.files is None:
            value = self.options.get("certificate")
            names = value.split("+") if isinstance(value, str) else self.domains
            days = -1 if "expired" in self.options else 2
            self.files = AUTHORITY.issue(names, days, "certificate" in self.options or "expired" in self.options)
        context.load_cert_chain(*self.files)
        return context

    # --- what the server opens ----------------------------------------------------------------------------------------

    def _listen(self):
        threading.Thread(target=self._accept, args=(self.door,), daemon=True).start()

    def _accept(self, listener):
        while True:
            try:
                sock, _ = listener.accept()
            except OSError:
                return
            if "by-hand" in self.options:
                self.calls.put(sock)
                continue
            taken = Taken(f"{self.label}/taken", self, {}, self.server, sock)
            self.streams.append(taken)
            threading.Thread(target=self._serve, args=(taken,), daemon=True).start()

    def _serve(self, taken):
        deadline = time.monotonic() + FOREVER
        try:
            taken.prepare(deadline)
            while True:
                self._answer(taken, taken.take(deadline), deadline)
        except (Closed, Late, Failure, Bad, OSError, ValueError) as error:
            self.log.append(f"-- a stream of the server has ended: {error}")
            taken.wire.close()

    def _answer(self, taken, element, deadline):
        me, they, stream_id = (element.attrs.get(name, "") for name in ("to", "from", "id"))
        if element.name == DIALBACK + "}verify":
            good = "trusting" in self.options or hmac.compare_digest(element.text().strip(), self.key(they, me, stream_id))
            taken.send(f"<db:verify from='{me}' to='{they}' id='{stream_id}' type='{'valid' if good else 'invalid'}'/>", deadline)
        elif element.name == DIALBACK + "}result":
            verdict = "invalid" if "refuses" in self.options else "valid"
            taken.send(f"<db:result from='{me}' to='{they}' type='{verdict}'/>", deadline)
        elif element.name == SASL + "}auth":
            taken.is_shown = True
            taken.send(f"<success xmlns='{SASL}'/>", deadline)
            taken.reader = StreamReader()
            taken.answer_stream(deadline)
            taken.offer(deadline)
        elif element.name == STREAM_NS + "}error":
            raise Closed(str(element))
        elif element.ns == SM:
            if element.local == "enable":
                taken.sm_on, taken.handled = True, 0
                taken.send(f"<enabled xmlns='{SM}'/>", deadline)
        else:
            self.queue.put(element)

    def called(self, label, options, deadline):
        """The next stream that the server opens, by hand."""
        try:
            sock = self.calls.get(timeout=max(0.1, deadline - time.monotonic()))
        except queue.Empty:
            raise Failure(f"the server has not called {self.label}") from None
        taken = Taken(label, self, options, self.server, sock)
        self.streams.append(taken)
        return taken

    # --- as a client of a conversation ------------------------------------------------------------------------------

    def _read(self, deadline):
        try:
            element = self.queue.get(timeout=max(0.001, deadline - time.monotonic()))
        except queue.Empty:
            raise Late("nothing came") from None
        self._note("element", element)
        self.pending.append(("element", element))

    def send(self, text, deadline):
        if self.out is None:
            self.out = Stream(f"{self.label}/own", self, {name: True for name in ("clear", "external") if name in self.options}, self.server)
            self.out.login(deadline)
        self.log.append(f">> {text[:600]}")
        self.out.send(text, deadline)

    def request(self, iq_type, inner, deadline, to=None):
        self.pings += 1
        number = f"talk-{self.pings}"
        self.send(f"<iq type='{iq_type}' id='{number}' from='{self.domain}' to='{to or self.server.domain}'>{inner}</iq>", deadline)
        return self.wait_for(lambda e: e.local == "iq" and e.attrs.get("id") == number
                             and e.attrs.get("type") in ("result", "error"), deadline)

    def ping(self, deadline):
        """One that is by-hand cannot ask, but it knows whether it was called."""
        if "by-hand" not in self.options:
            super().ping(deadline)
        elif not self.calls.empty():
            raise Failure(f"the server has called {self.label}")

    def hang_up(self):
        """All its connections end."""
        streams, self.streams = self.streams, []
        for stream in streams:
            stream.wire.reset()
        if self.out:
            self.out.wire.reset()
            self.out = None

    def go_away(self):
        self._deafen()
        self.hang_up()

    def _deafen(self):
        """A thread waits in accept(2), which close(2) alone does not end."""
        for end in (lambda: self.door.shutdown(socket.SHUT_RDWR), self.door.close):
            try:
                end()
            except OSError:
                pass

    def come_back(self):
        self.door = socket.create_server(("127.0.0.1", self.port), backlog=128)
        self._listen()

    def close(self):
        self._deafen()
        for stream in [*self.streams, *([self.out] if self.out else [])]:
            stream.wire.close()


def configure(config, peers):
    """The configuration with the peers' addresses in it."""
    if not peers:
        return config
    rows = ", ".join(f'{{ domain = "{domain}"; address = "127.0.0.1:{peer.port}"; }}' for peer in peers for domain in peer.domains)
    found = re.search(r"^s2s = \{(.*)\};$", config, re.M)
    with AUTHORITY.lock:
        root = AUTHORITY.root()
    ours = f's2s = {{ ca = "{root}"; hosts = ( {rows} ); {found[1] if found else ""} }};'
    return (config.replace(found[0], "") if found else config) + ours + "\n"





