# SPDX-License-Identifier: Apache-2.0
"""Plays one script against one server: the verbs of the language, each a method."""
import re
import time
from xml.sax.saxutils import escape

from . import pattern
from .client import WORDS, Client, Closed, Failure, Late
from .component import Component
from .peer import STREAM_WORDS, Stream, options_of
from .tree import STREAM_NS, Bad, parse_fragment
from .wire import BINARY, CLOSE, PING, TEXT, Tcp, WebSocket

CAPS, DISCO = "http://jabber.org/protocol/caps", "http://jabber.org/protocol/disco#info"
STREAMS_NS = "urn:ietf:params:xml:ns:xmpp-streams"
OPCODES = {"text": TEXT, "binary": BINARY, "continuation": 0, "ping": PING, "close": CLOSE}
ESCAPE = re.compile(rb"\\(x[0-9a-fA-F]{2}|[nrt\\])")
ESCAPES = {b"n": b"\n", b"r": b"\r", b"t": b"\t", b"\\": b"\\"}


class Names:
    """What {…} means now: captures, and what the player knows of clients and accounts."""

    def __init__(self, play):
        self.play, self.captured = play, {}

    def get(self, word):
        if word in self.captured:
            return self.captured[word]
        if word == "domain":
            return self.play.server.domain
        if found := re.fullmatch(r"(\S+)\.key of (\S+)", word):  # {verona/one.key of mantua.example}
            stream = self.play.clients[found[1]]
            return stream.peer.key(self.play.server.domain, found[2], stream.id)
        who, _, what = word.rpartition(".")
        if client := self.play.clients.get(who):
            known = {"jid": client.jid, "h": client.handled, "sent": client.sent, "sm": client.sm_id, "agent": client.agent}
            if what in known:
                return known[what]
            if what in ("id", "key") and isinstance(client, Stream):
                return getattr(client, what)
            if what == "endpoint":
                return client.socket.end_point_hash().hex()
        if who in self.play.accounts:
            user, password = self.play.accounts[who]
            return {"user": user, "password": password}.get(what)
        return None


class Play:
    def __init__(self, script, server, suffix, seconds, peers=()):
        self.script, self.server, self.suffix, self.seconds = script, server, suffix, seconds
        self.accounts = {name: (name + suffix, password) for name, password in script.accounts.items()}
        self.clients = {}
        for peer in peers:
            peer.server = server
            self.clients[peer.label] = peer
        self.names = Names(self)
        self.done_blocks = 0
        self.renamed = re.compile(r"\b(" + "|".join(script.accounts) + r")(?=@)") if suffix and script.accounts else None

    # --- running ----------------------------------------------------------------------------------------------------

    def run(self, go_on=False):
        """Plays all steps. Raises Failure with the whole report; with go_on a failure costs only the rest of its block,
        and what is given back is {block: report}."""
        failed = {}
        try:
            for name in self.accounts:
                self.server.add_user(*self.accounts[name])
        except (Failure, Closed, Late, OSError) as error:
            raise Failure(f"could not make the accounts: {error}") from None
        for step in self.script.steps:
            if step.block in failed:
                continue
            self.done_blocks = step.block
            try:
                self._run_step(step)
            except (Failure, Closed, Late, Bad, pattern.Unknown) as error:
                report = self._report(step, error)
                if not go_on or not self.server.is_running():
                    raise Failure(report) from None
                failed[step.block] = report
                for client in self.clients.values():
                    client.pending.clear()
        self.done_blocks = len(self.script.blocks)
        return failed

    def _run_step(self, step):
        method = getattr(self, "do_" + step.verb)
        if not step.subjects:
            method(step)
            return
        for label in step.subjects:
            if step.verb in ("client", "component", "stream", "called"):
                method(step, label)
            else:
                method(step, self._client(label))

    def _client(self, label):
        if label in self.clients:
            return self.clients[label]
        found = [client for name, client in self.clients.items() if name.startswith(label + "/")]
        if len(found) != 1:
            raise Failure(f"{label} is {'nobody' if not found else 'more than one client'} here")
        return found[0]

    def deadline(self):
        return time.monotonic() + self.seconds

    def _report(self, step, error):
        for client in self.clients.values():
            client.drain()
        with open(self.script.path, encoding="utf-8") as file:
            said = file.read().splitlines()[step.line - 1]
        lines = [f"{self.script.path}:{step.line}: {said}", f"  {type(error).__name__.lower()}: {error}"]
        for label, client in self.clients.items():
            lines.append(f"  --- last of {label} ({client.jid or 'not bound'}):")
            lines += ["      " + line for line in client.log]
        return "\n".join(lines)

    def close(self):
        for client in self.clients.values():
            if client.wire:
                client.wire.close()

    # --- text -------------------------------------------------------------------------------------------------------

    def _rename(self, text):
        return self.renamed.sub(lambda found: found[1] + self.suffix, text) if self.renamed else text

    def _expand(self, text):
        text = self._rename(text)
        for _ in range(3):
            if "{" not in text:
                break
            text = pattern.expand(text, self.names)
        return text

    def _patterns(self, text):
        text = pattern.expand_pattern(pattern.expand_pattern(self._rename(text), self.names), self.names)
        found = parse_fragment(text)
        if not found:
            raise Failure("the step names nothing to wait for")
        return found

    # --- whole-server steps -----------------------------------------------------------------------------------------

    def do_restarts(self, _step):
        self.server.stop()
        self.server.start()

    def do_stops(self, _step):
        self.server.stop()

    def do_killed(self, _step):
        self.server.kill()

    def do_starts(self, _step):
        self.server.start()

    def do_runs(self, step):
        """parleyctl with these words, which must succeed."""
        self.server.ctl(*step.args[0])

    def do_settle(self, _step):
        for client in self.clients.values():
            if client.bound:
                client.ping(self.deadline())

    def do_friends(self, step):
        """Mutual subscription, made by two clients that are gone again afterwards."""
        pair = [Client(f"{name}/befriends", self.accounts[name], {"roster": True}, self.server) for name in step.args]
        for client in pair:
            client.login(self.deadline())
        bare = [client.jid.partition("/")[0] for client in pair]
        for one, other, to, me in ((pair[0], pair[1], bare[1], bare[0]), (pair[1], pair[0], bare[0], bare[1])):
            one.send(f"<presence type='subscribe' to='{to}'/>", self.deadline())
            other.wait_for(lambda e: e.local == "presence" and e.attrs.get("type") == "subscribe", self.deadline())
            other.send(f"<presence type='subscribed' to='{me}'/>", self.deadline())
            one.wait_for(lambda e: e.local == "presence" and e.attrs.get("type") == "subscribed", self.deadline())
        for client in pair:  # what they leave behind must not reach those who come next
            client.send("<presence type='unavailable'/>", self.deadline())
            client.ping(self.deadline())
            client.disconnect(self.deadline())

    # --- connections ------------------------------------------------------------------------------------------------

    def do_client(self, step, label):
        later, words = step.args
        options = {}
        for word in words.replace(",", " ").split():
            name, _, value = word.partition("=")
            if name.upper().startswith(("SCRAM", "PLAIN")) and name != "plain":
                name, value = "mechanism", name
            if name not in WORDS + ("mechanism", "priority"):
                raise Failure(f"a client cannot be '{word}'")
            options[name] = value or True
        client = Client(label, self.accounts.get(label.partition("/")[0]), options, self.server)
        self.clients[label] = client
        if not later:
            self.do_connects(step, client)

    def do_component(self, step, label):
        domain, secret, later, words = step.args
        options = dict.fromkeys((words or "").split(), True)
        self.clients[label] = component = Component(label, domain, secret, options, self.server)
        if not later:
            self.do_connects(step, component)

    def do_stream(self, step, label):
        peer, words = step.args
        self.clients[label] = stream = Stream(label, self.clients[peer], options_of(words, STREAM_WORDS, "a stream"), self.server)
        self.do_connects(step, stream)

    def do_called(self, step, label):
        peer, words = step.args
        self.clients[label] = self.clients[peer].called(label, options_of(words, (), "a stream"), self.deadline())

    def do_prepares(self, _step, client):
        client.prepare(self.deadline())

    def do_answers_stream(self, step, client):
        client.answer_stream(self.deadline(), self._expand(step.args[0] or ""))

    def do_answers_tls(self, _step, client):
        client.answer_tls(self.deadline())

    def do_begins_tls(self, _step, client):
        client.begin_tls(self.deadline())

    def do_shows_key(self, _step, client):
        client.show_key(self.deadline())

    def do_goes_away(self, _step, peer):
        peer.go_away()

    def do_comes_back(self, _step, peer):
        peer.come_back()

    def do_shakes_hands(self, _step, client):
        client.handshake(self.deadline())

    def do_connects(self, _step, client):
        deadline = self.deadline()
        if "manual" in client.options:
            client.connect(deadline)
        else:
            client.login(deadline)

    def do_opens_stream(self, step, client):
        client.open_stream(self.deadline(), self._expand(step.args[0] or ""))

    def do_starts_tls(self, _step, client):
        client.start_tls(self.deadline())

    def do_authenticates(self, step, client):
        client.authenticate(self.deadline(), step.args[0])

    def do_fails_to_authenticate(self, step, client):
        mechanism, password, condition = step.args
        client.get_features(self.deadline())
        client.features = client.features or True
        answer = client.exchange(mechanism, self.deadline(), password=password)
        if answer.local != "failure":
            raise Failure(f"{client.label} could log in: {answer}")
        if condition and not any(answer.find(one, "urn:ietf:params:xml:ns:xmpp-sasl") for one in condition.split(" or ")):
            raise Failure(f"wanted {condition}, got {answer}")

    def do_binds(self, step, client):
        client.bind(self.deadline(), step.args[0] or client.resource)

    def do_enables_sm(self, _step, client):
        client.enable_sm(self.deadline())

    def do_settles(self, _step, client):
        client.ping(self.deadline())

    def do_resumes(self, _step, client):
        client.resume(self.deadline())

    def do_disconnects(self, _step, client):
        client.disconnect(self.deadline())

    def do_closes_stream(self, _step, client):
        client.close_stream(self.deadline())

    def do_breaks(self, _step, client):
        client.log.append("-- breaks the connection")
        client.wire.reset()
        client.bound = False

    # --- what is sent -----------------------------------------------------------------------------------------------

    def do_sends(self, step, client):
        client.send(self._expand(step.text), self.deadline())

    def _bytes(self, text):
        data = self._expand(text).encode()
        return ESCAPE.sub(lambda f: ESCAPES.get(f[1]) or bytes.fromhex(f[1][1:].decode()), data)

    def do_sends_raw(self, step, client):
        client.send_raw(self._bytes(step.text), self.deadline())

    def do_sends_frame(self, step, client):
        words = (step.args[0] or "").split()
        opcode = next((OPCODES[word] for word in words if word in OPCODES), TEXT)
        client.log.append(f">> frame {words} {step.text[:200]}")
        client.wire.send_frame(opcode, self._bytes(step.text), self.deadline(), "unfinished" not in words,
                               "unmasked" not in words)

    # --- what is received -------------------------------------------------------------------------------------------

    def _match(self, wanted, element, exactly):
        trial = Trial(self.names)
        reason = pattern.why_not(wanted, element, trial, exactly)
        if reason is None:
            self.names.captured.update(trial)
        return reason

    def _receive(self, client, wanted, exactly, in_order):
        deadline = self.deadline()
        left = list(wanted)
        while left:
            try:
                element = client.take(deadline)
            except (Late, Closed) as error:
                raise Failure(f"{client.label}: {error}; still wanted:\n    " + "\n    ".join(map(str, left))) from None
            reasons = []
            for candidate in left[:1] if in_order else left:
                reason = self._match(candidate, element, exactly)
                if reason is None:
                    client.is_noise(element, deadline)  # an <r/> is answered although it was wanted
                    left.remove(candidate)
                    break
                reasons.append(reason)
            else:
                if client.is_noise(element, deadline):
                    continue
                raise Failure(f"{client.label} wanted:\n    {left[0]}\n  but got:\n    {element}\n  " + "\n  ".join(reasons))

    def do_receives(self, step, client):
        self._receive(client, self._patterns(step.text), False, True)

    def do_receives_exactly(self, step, client):
        self._receive(client, self._patterns(step.text), True, True)

    def do_receives_any_order(self, step, client):
        self._receive(client, self._patterns(step.text), False, False)

    def _round_trips(self, client, deadline):
        """Of everybody, then of this client twice: what was on its way has come by then."""
        for other in self.clients.values():
            if other.bound and other is not client:
                other.ping(deadline)
        for _ in range(2):
            client.ping(deadline)

    def do_may_receive(self, step, client):
        """Takes what fits, if it has come: for answers that the document leaves to the server."""
        self._round_trips(client, self.deadline())
        for wanted in self._patterns(step.text):
            for event in list(client.pending):
                if event[0] == "element" and self._match(wanted, event[1], False) is None:
                    client.pending.remove(event)
                    break

    def do_receives_nothing(self, _step, client):
        deadline = self.deadline()
        self._round_trips(client, deadline)
        kept = [element for kind, element in client.pending
                if kind == "element" and not client.is_noise(element, deadline)]
        if kept:
            raise Failure(f"{client.label} should have got nothing, but got:\n    " + "\n    ".join(map(str, kept)))
        client.pending.clear()

    # --- ends -------------------------------------------------------------------------------------------------------

    def do_end_of_stream(self, _step, client):
        deadline = self.deadline()
        if left := client.wait_end(deadline):
            raise Failure(f"before the end came {left[0]}")
        self._after_end(client, deadline)

    def _after_end(self, client, deadline):
        """Answers the server's end with ours; then the connection must end, too (RFC 6120 4.4)."""
        try:
            client.close_stream(deadline)
            while True:
                client.next_event(deadline)
        except Closed:
            pass
        client.wire.close()
        client.bound = client.sm_on = False

    def do_stream_error(self, step, client):
        deadline = self.deadline()
        element = client.take(deadline)
        while element.name != STREAM_NS + "}error" and (client.is_noise(element, deadline)
                                                        or element.name == STREAM_NS + "}features"):
            element = client.take(deadline)
        conditions = step.args[0].split(" or ")
        if element.name != STREAM_NS + "}error" or not any(element.find(one, STREAMS_NS) for one in conditions):
            raise Failure(f"{client.label} wanted the stream error {step.args[0]}, got {element}")
        if left := client.wait_end(deadline):
            raise Failure(f"after the stream error came {left[0]}")
        self._after_end(client, deadline)

    def do_features(self, step, client):
        """The last stream features, which a login takes by itself."""
        if client.features.find(*step.args) is None:
            raise Failure(f"{client.label}: the features are {client.features}")

    def do_checks_caps(self, step, client):
        """XEP-0115 5.1: the hash in the stream features is that of the answer to disco#info."""
        caps = next((each.features.find("c", CAPS) for each in self.clients.values()
                     if each.features is not None and each.features.find("c", CAPS) is not None), None)
        if caps is None or caps.attrs.get("hash") != "sha-1":
            raise Failure(f"{client.label}: no stream features had a caps hash: {caps}")
        node = f"{caps.attrs['node']}#{caps.attrs['ver']}"
        for ask in (f"<query xmlns='{DISCO}' node='{escape(node)}'/>", f"<query xmlns='{DISCO}'/>"):
            answer = client.request("get", ask, self.deadline(), to=step.args[0])
            query = answer.find("query")
            if answer.attrs["type"] != "result" or (hashed := pattern.caps_hash(query)) != caps.attrs["ver"]:
                raise Failure(f"{client.label}: the features say {caps}, but the answer is {answer}"
                              + (f", whose hash is {hashed}" if answer.attrs["type"] == "result" else ""))

    def do_gets_pong(self, _step, client):
        deadline = self.deadline()
        while not client.pongs:
            kind, element = client.next_event(deadline)
            client.pending.append((kind, element))

    def do_asks_in_vain(self, step, client):
        """A WebSocket handshake that the server must refuse with an HTTP error."""
        deadline = self.deadline()
        address = self.server.address("http")
        origin = step.args[0].partition("from ")[2] or None
        tcp = Tcp(address, deadline)
        try:
            WebSocket(tcp, f"localhost:{address[1]}", "/xmpp-websocket", deadline, "xmpp" if origin else None, origin)
        except Closed as refusal:
            if "no WebSocket: HTTP/1.1 4" not in str(refusal):
                raise Failure(f"{client.label}: {refusal}") from None
        else:
            raise Failure(f"{client.label} got a WebSocket {step.args[0]}")
        finally:
            tcp.close()

    def do_limits(self, step, client):
        """XEP-0478: the limit that the last features have announced."""
        limits = client.features.find("limits", "urn:xmpp:stream-limits:0")
        most = limits.find("max-bytes") if limits is not None else None
        if most is None or int(most.text()) < int(step.args[0]):
            raise Failure(f"{client.label}: the features announce {limits}")

    def do_is_refused(self, _step, client):
        """An answer that says no, in whatever form the document leaves open; or the end of the stream."""
        deadline = self.deadline()
        try:
            element = client.take(deadline)
            while client.is_noise(element, deadline):
                element = client.take(deadline)
        except Closed:
            return
        if element.local not in ("failure", "failed", "error") and element.attrs.get("type") != "error":
            raise Failure(f"{client.label} should be refused, but got {element}")

    def do_encrypts(self, _step, client):
        """After <proceed/>: TLS, and then a stream on which nothing from before TLS has happened."""
        deadline = self.deadline()
        try:
            client.socket.start_tls(deadline)
            client.open_stream(deadline)
            element = client.take(deadline)
        except (Closed, OSError):
            return
        if element.name != STREAM_NS + "}features" or element.find("bind") is not None:
            raise Failure(f"after TLS came {element}")
        answer = client.exchange("PLAIN", deadline, password="wrong")
        if answer.local != "failure":
            raise Failure(f"{client.label}: what was sent before TLS counts: {answer}")

    def do_is_disconnected(self, _step, client):
        """The connection ends, whatever the server still says."""
        deadline = self.deadline()
        try:
            while True:
                client.next_event(deadline)
        except Closed:
            pass
        client.wire.close()
        client.bound = client.sm_on = False

    def do_websocket_close(self, step, client):
        self.do_is_disconnected(step, client)
        if client.close_code != int(step.args[0]):
            raise Failure(f"{client.label}: the WebSocket was closed with {client.close_code}")


class Trial(dict):
    """Captures of an attempt, above what is known."""

    def __init__(self, names, inside=None):
        super().__init__(inside or {})
        self.names = names

    def get(self, word, default=None):
        return self[word] if word in self else self.names.get(word)

    def copy(self):
        return Trial(self.names, self)
