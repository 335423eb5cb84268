# SPDX-License-Identifier: Apache-2.0
"""Two servers that speak to one another (RFC 6120, RFC 6121, XEP-0220)."""
import contextlib
import socket
import threading

from bed import Server, certificate, closing, equal, json, os, soon, ssl, until, want
from check_certificate import issue
from tarpit import Nameserver

PATIENCE = 30


def free_ports(count):
    socks = [socket.socket() for _ in range(count)]
    try:
        for sock in socks:
            sock.bind(("127.0.0.1", 0))
        return [sock.getsockname()[1] for sock in socks]
    finally:
        for sock in socks:
            sock.close()


def hosts(**ports):
    rows = ", ".join(f'{{ domain = "{name}"; address = "127.0.0.1:{port}"; }}'
                     for domain, port in ports.items() for name in (f"{domain}.localhost", f"conference.{domain}.localhost",
                                                                      f"pubsub.{domain}.localhost"))
    return f"( {rows} )"


class Verona:
    """Two servers: a.localhost with romeo, b.localhost with juliet."""

    def __init__(self, a="", b="", s2s="", workers=2):
        ports = free_ports(2)
        common = f'workers = {workers};\ns2s = {{ hosts = {hosts(a=ports[0], b=ports[1])}; {s2s} }};\n'
        self.ports = ports
        self.a = Server(common + a, {"server": f"127.0.0.1:{ports[0]}"}, domain="a.localhost", users=["romeo", "mercutio"])
        self.b = Server(common + b, {"server": f"127.0.0.1:{ports[1]}"}, domain="b.localhost", users=["juliet", "nurse"])

    def certify(self):
        """Certificates of one authority for both, which both trust."""
        certificate(self.a.home, "ca", "Authority")
        for server, other in ((self.a, self.b), (self.b, self.a)):
            if server is self.b:
                for name in ("ca.pem", "ca.key"):
                    with open(os.path.join(other.home, name), "rb") as source, open(os.path.join(server.home, name), "wb") as copy:
                        copy.write(source.read())
            names = [f"DNS:{server.domain}", f"DNS:*.{server.domain}"]
            issue(server.home, "server", names, usage="serverAuth")
        return 'tls = { certificate = "server.pem"; key = "server.key"; };\n'

    def __enter__(self):
        self.stack = contextlib.ExitStack()
        self.stack.enter_context(self.a)
        try:
            self.stack.enter_context(self.b)
        except BaseException:
            self.stack.close()
            raise
        return self

    def __exit__(self, *why):
        return self.stack.__exit__(*why)


def hear(client, body):
    return client.hear_body(body, PATIENCE)


def befriend(romeo, juliet):
    """Mutual subscription (RFC 6121 3.1) across servers."""
    romeo.say("<presence to='juliet@b.localhost' type='subscribe'/>")
    juliet.wait_for(lambda e: e.local == "presence" and e.attrs.get("type") == "subscribe", soon(PATIENCE))
    juliet.say("<presence to='romeo@a.localhost' type='subscribed'/><presence to='romeo@a.localhost' type='subscribe'/>")
    romeo.wait_for(lambda e: e.local == "presence" and e.attrs.get("type") == "subscribe", soon(PATIENCE))
    romeo.say("<presence to='juliet@b.localhost' type='subscribed'/>")


def check_messages():
    """messages in order, both ways, and the answers to requests"""
    with Verona() as v:
        romeo, juliet = v.a.login("romeo/one"), v.b.login("juliet/two")
        with closing(romeo, juliet):
            for number in range(50):
                romeo.message("juliet@b.localhost/two", f"there {number}")
            for number in range(50):
                got = hear(juliet, f"there {number}")
                equal(got.attrs["from"], "romeo@a.localhost/one")
            juliet.message("romeo@a.localhost/one", "back")
            hear(romeo, "back")
            romeo.say("<iq type='get' to='b.localhost' id='d1'><query xmlns='http://jabber.org/protocol/disco#info'/></iq>")
            found = romeo.wait_for(lambda e: e.attrs.get("id") == "d1", soon(PATIENCE))
            equal(found.attrs["type"], "result")
            romeo.say("<iq type='get' to='juliet@b.localhost/two' id='p1'><ping xmlns='urn:xmpp:ping'/></iq>")
            asked = juliet.wait_for(lambda e: e.attrs.get("id") == "p1", soon(PATIENCE))
            juliet.say(f"<iq type='result' to='{asked.attrs['from']}' id='p1'/>")
            romeo.wait_for(lambda e: e.attrs.get("id") == "p1" and e.attrs["type"] == "result", soon(PATIENCE))


def check_presence():
    """subscriptions, presence, probes at login"""
    with Verona() as v:
        romeo, juliet = v.a.login("romeo/one"), v.b.login("juliet/two")
        with closing(romeo, juliet):
            befriend(romeo, juliet)
            romeo.wait_for(lambda e: e.local == "presence" and e.attrs["from"] == "juliet@b.localhost/two", soon(PATIENCE))
            juliet.wait_for(lambda e: e.local == "presence" and e.attrs["from"] == "romeo@a.localhost/one", soon(PATIENCE))
            again = v.a.login("romeo/three")
            with closing(again):
                again.wait_for(lambda e: e.local == "presence" and e.attrs["from"] == "juliet@b.localhost/two", soon(PATIENCE))
                juliet.wait_for(lambda e: e.local == "presence" and e.attrs["from"] == "romeo@a.localhost/three", soon(PATIENCE))
            juliet.wait_for(lambda e: e.local == "presence" and e.attrs["from"] == "romeo@a.localhost/three"
                            and e.attrs.get("type") == "unavailable", soon(PATIENCE))


def logged_in_by(server):
    """How other servers have logged in, by the log."""
    return {part[3:] for line in server.tail(5000).splitlines() if "another server has logged in" in line
            for part in line.split() if part.startswith("by=")}


def refused(client, to, condition, kind="message"):
    """What is sent to the address comes back with this error."""
    client.say(f"<{kind} to='{to}' id='r-{condition}'><body>lost</body></{kind}>")
    got = client.wait_for(lambda e: e.attrs.get("from") == to and e.attrs.get("type") == "error", soon(PATIENCE))
    want(got.find("error").find(condition) is not None, f"wanted {condition}, got {got}")


def check_certificates():
    """EXTERNAL (XEP-0178) with certificates of an authority; where they are demanded, others are not spoken to"""
    v = Verona()
    config = v.certify()
    for server in (v.a, v.b):
        ours = server.extra.replace("s2s = {", 's2s = { ca = "ca.pem"; certificates = "valid";')
        server.set_config(config + ours)
    with v:
        romeo, juliet = v.a.login("romeo/one"), v.b.login("juliet/two")
        with closing(romeo, juliet):
            romeo.message("juliet@b.localhost/two", "shown")
            hear(juliet, "shown")
            juliet.message("romeo@a.localhost/one", "shown, too")
            hear(romeo, "shown, too")
            equal(logged_in_by(v.a), {"certificate"})
            equal(logged_in_by(v.b), {"certificate"})
    with Verona(s2s='certificates = "valid";') as v:
        romeo = v.a.login("romeo/one")
        with closing(romeo):
            refused(romeo, "juliet@b.localhost", "policy-violation")


def check_policy():
    """domains that the operator does not want, servers that are not there, and who looks like us"""
    with Verona(s2s='deny = [ "*.evil.example" ];', a="") as v:
        romeo = v.a.login("romeo/one")
        with closing(romeo):
            refused(romeo, "x@spam.evil.example", "policy-violation")
            v.b.stop()
            refused(romeo, "juliet@b.localhost", "remote-server-not-found")
            v.b.start()


def check_reload():
    """what a reload changes at once: a domain that is denied loses its streams, and other servers of names are asked"""
    with Verona() as v:
        romeo, juliet = v.a.login("romeo/one"), v.b.login("juliet/two")
        with closing(romeo, juliet):
            juliet.message("romeo@a.localhost/one", "before")
            hear(romeo, "before")
            romeo.message("juliet@b.localhost/two", "back")
            hear(juliet, "back")
            v.a.set_config(v.a.extra.replace("s2s = {", 's2s = { deny = [ "b.localhost" ];'))
            want("not reloaded" not in v.a.hang_up(), v.a.tail(3))
            until(lambda: not [row for row in json.loads(v.a.ctl("s2s", "list", "--json")) if row["state"] == "open"], "the streams to end")
            refused(romeo, "juliet@b.localhost", "policy-violation")
    deaf, dull = Nameserver(False), Nameserver(True)
    names = 'resolve = {{ servers = [ "127.0.0.1:{}" ]; trust_anchor = "none"; }};\n'
    with Server(names.format(deaf.port), domain="a.localhost", users=["romeo"]) as server, closing(server.login("romeo/one")) as (romeo,):
        romeo.say("<message to='x@other.example' id='r-1'><body>lost</body></message>")
        want(deaf.asked.wait(PATIENCE), "nobody was asked")
        server.set_config(names.format(dull.port))
        want("not reloaded" not in server.hang_up(), server.tail(3))
        want(dull.asked.wait(PATIENCE), "the new one was not asked")
        got = romeo.wait_for(lambda e: e.attrs.get("id") == "r-1", soon(PATIENCE))
        want(got.find("error").find("remote-server-not-found") is not None, f"got {got}")


def greet(sock, wanted):
    """Opens a stream of other.example, and reads until what is wanted has come."""
    sock.settimeout(PATIENCE)
    sock.sendall(b"<?xml version='1.0'?><stream:stream xmlns='jabber:server' xmlns:stream='http://etherx.jabber.org/streams'"
                 b" from='other.example' to='a.localhost' version='1.0'>")
    text = b""
    while wanted not in text:
        data = sock.recv(65536)
        want(data, f"the connection ended: {text}")
        text += data


def check_silent_names():
    """RFC 7673: where only the DNS could say whose certificate it is, and does not, the stream goes on without; so it does at a reload"""
    deaf, other = Nameserver(False), Nameserver(False)
    with Server(is_started=False, domain="a.localhost") as server:
        with open(os.path.join(server.home, "anchor"), "w", encoding="ascii") as file:
            file.write(". IN DS 20326 8 2 E06D44B80B8F1D39A95C0B0D7C65D08458E880409BBC683457104237C7F8EC8D\n")
        names = 'resolve = {{ servers = [ "127.0.0.1:{}" ]; trust_anchor = "anchor"; }};\n'
        server.set_config(names.format(deaf.port))
        server.start()
        context = ssl._create_unverified_context()
        context.load_cert_chain(*certificate(server.home, "peer", "other.example"))
        for is_reloaded in (False, True):
            deaf.asked.clear()
            sock = server.connect("server")
            greet(sock, b"</stream:features>")
            sock.sendall(b"<starttls xmlns='urn:ietf:params:xml:ns:xmpp-tls'/>")
            want(b"<proceed" in sock.recv(65536), "no proceed")
            with context.wrap_socket(sock) as secure:
                greet(secure, b"<stream:stream")
                want(deaf.asked.wait(PATIENCE), "the DNS was not asked")
                if is_reloaded:
                    server.set_config(names.format(other.port))
                    want("not reloaded" not in server.hang_up(), server.tail(3))
                secure.sendall(b"<db:verify xmlns:db='jabber:server:dialback' from='other.example' to='a.localhost' id='x'>y</db:verify>")
                text = b""
                while b"type='invalid'" not in text:  # what was said meanwhile is read when the features are out
                    text += secure.recv(65536)
                want(b"</stream:features>" in text and b"EXTERNAL" not in text, f"got {text}")


def check_administration():
    """parleyctl s2s list and test, and the numbers"""
    with Verona(s2s='deny = [ "evil.example" ];') as v:
        equal(json.loads(v.a.ctl("s2s", "list", "--json")), [])
        equal(json.loads(v.a.ctl("s2s", "test", "b.localhost", "--json")), {"domain": "b.localhost", "reached": True, "trouble": ""})
        want("does not exchange" in json.loads(v.a.ctl("s2s", "test", "evil.example", "--json"))["trouble"], "a domain that is denied")
        rows = {(row["direction"], row["domain"]): row for row in json.loads(v.a.ctl("s2s", "list", "--json"))}
        out, came = rows["out", "b.localhost"], {row["direction"]: row for row in json.loads(v.b.ctl("s2s", "list", "--json"))}
        equal((out["state"], out["for"], out["waiting"]), ("open", "a.localhost", 0))
        want(out["since"], "since when")
        equal((came["in"]["state"], came["in"]["domain"], came["in"]["for"]), ("open", "a.localhost", "b.localhost"))
        equal(v.a.metrics()['parley_server_streams{direction="out"}'], 1)
        v.b.stop()
        until(lambda: not json.loads(v.a.ctl("s2s", "list", "--json")), "the stream to be gone")
        want("cannot be reached" in json.loads(v.a.ctl("s2s", "test", "b.localhost", "--json"))["trouble"], "a server that is gone")
        v.b.start()


def check_restart():
    """a server that was there and comes back: what waits for it arrives, once and in order"""
    with Verona() as v:
        romeo, juliet = v.a.login("romeo/one"), v.b.login("juliet/two")
        with closing(romeo, juliet):
            romeo.message("juliet@b.localhost", "before")
            hear(juliet, "before")
            v.b.stop()
            for number in range(10):
                romeo.message("juliet@b.localhost", f"while away {number}")
            romeo.ping(soon(PATIENCE))
            v.b.start()
            again = v.b.login("juliet/two")
            with closing(again):
                bodies = []
                while len(bodies) < 10:
                    got = again.wait_for(lambda e: e.local == "message" and e.find("body") is not None, soon(PATIENCE))
                    bodies.append(got.find("body").text())
                equal(bodies, [f"while away {number}" for number in range(10)])


class Cutter:
    """A wire to a port, which can be cut."""

    def __init__(self, target):
        self.listener, self.target, self.socks = socket.create_server(("127.0.0.1", 0)), target, []
        self.port = self.listener.getsockname()[1]
        threading.Thread(target=self._accept, daemon=True).start()

    def _accept(self):
        while True:
            try:
                near, _ = self.listener.accept()
                far = socket.create_connection(("127.0.0.1", self.target))
            except OSError:
                return
            self.socks += [near, far]
            for one, other in ((near, far), (far, near)):
                threading.Thread(target=self._copy, args=(one, other), daemon=True).start()

    @staticmethod
    def _copy(one, other):
        try:
            while data := one.recv(65536):
                other.sendall(data)
        except OSError:
            pass
        for sock in (one, other):
            with contextlib.suppress(OSError):
                sock.shutdown(socket.SHUT_RDWR)

    def cut(self):
        socks, self.socks = self.socks, []
        for sock in socks:
            with contextlib.suppress(OSError):
                sock.shutdown(socket.SHUT_RDWR)

    def close(self):
        self.listener.close()
        self.cut()


def hear_some(client, last, bodies):
    """Adds the bodies that come, up to one."""
    while last not in bodies:
        got = client.wait_for(lambda e: e.local == "message" and e.find("body") is not None, soon(2 * PATIENCE))
        bodies.append(got.find("body").text())


def check_cut():
    """connections that are cut in the middle: all that was said comes once and in order, for streams are resumed (XEP-0198 5)"""
    with Verona() as v:
        with contextlib.closing(Cutter(v.ports[1])) as cutter:
            v.a.set_config(v.a.extra.replace(f"127.0.0.1:{v.ports[1]}", f"127.0.0.1:{cutter.port}"))
            want("not reloaded" not in v.a.hang_up(), v.a.tail(3))
            romeo, juliet = v.a.login("romeo/one"), v.b.login("juliet/two")
            with closing(romeo, juliet):
                befriend(romeo, juliet)  # strangers have limits
                romeo.wait_for(lambda e: e.local == "presence" and e.attrs["from"] == "juliet@b.localhost/two", soon(PATIENCE))
                bodies = []
                for number in range(300):
                    romeo.message("juliet@b.localhost", f"n{number}")
                    if number % 100 == 50:
                        hear_some(juliet, f"n{number - 20}", bodies)
                        cutter.cut()
                hear_some(juliet, "n299", bodies)
                equal(bodies, [f"n{number}" for number in range(300)])
