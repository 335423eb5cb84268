# SPDX-License-Identifier: Apache-2.0
"""The way to the server of a domain, by the DNS of a lab: src/resolve and src/net/tls_peer, before any stream."""
import contextlib
import os
import re
import socket
import ssl
import subprocess
import threading

from bed import equal, want
from lab import HUB, NAMES, Authority, Lab

LAB_DIAL = os.environ.get("LAB_DIAL")
NOBODY = "fd77::dead"


class Door(threading.Thread):
    """Listens on the hub; with a certificate it speaks TLS with ALPN xmpp-server, and asks for one."""

    def __init__(self, paths=None):
        super().__init__(daemon=True)
        self.sock = socket.create_server((HUB, 0))
        self.port = self.sock.getsockname()[1]
        self.context = None
        if paths:
            self.context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
            self.context.load_cert_chain(*paths)
            self.context.set_alpn_protocols(["xmpp-server"])
        self.start()

    def run(self):
        while True:
            try:
                sock, _ = self.sock.accept()
            except OSError:
                return
            if self.context:
                with contextlib.suppress(OSError), self.context.wrap_socket(sock, server_side=True) as wrapped:
                    wrapped.recv(1)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()

    def close(self):
        with contextlib.suppress(OSError):
            self.sock.shutdown(socket.SHUT_RDWR)  # also wakes the one that accepts
        self.sock.close()


class Answer(dict):
    """The words of the line that lab_dial prints."""

    def __init__(self, line):
        super().__init__((name, quoted or plain) for name, quoted, plain in re.findall(r'(\w+)=(?:"([^"]*)"|(\S*))', line))
        self.line = line

    def expect(self, **words):
        for name, wanted in words.items():
            equal(self.get(name), str(wanted), f"{name} of {self.line}")
        return self


def dial(host, domain, anchor="-", *certificates):
    done = subprocess.run(host.words(LAB_DIAL, NAMES, anchor, domain, *certificates), text=True, capture_output=True, timeout=150,
                          check=False)
    want(done.returncode == 0, f"lab_dial {domain}: {done.returncode} {done.stdout}{done.stderr}")
    return Answer(done.stdout)


def check_records():
    """RFC 6120 3.2, RFC 2782, XEP-0368: records of both services by priority, the domain itself only without any, "." means no"""
    with Lab() as lab, Door() as near, Door() as far, Door() as six:
        host = lab.host("a", 11)
        lab.zone("both.example", [f"_xmpp-server._tcp IN SRV 10 0 {near.port} hub", f"_xmpps-server._tcp IN SRV 5 0 {far.port} hub",
                                  f"hub IN A {HUB}"])
        lab.zone("none.example", [f"@ IN A {HUB}"])
        lab.zone("off.example", ["_xmpp-server._tcp IN SRV 0 0 0 .", f"@ IN A {HUB}"])
        lab.zone("ring.example", ["_xmpp-server._tcp IN SRV 0 0 5269 one", "one IN CNAME two", "two IN CNAME one"])
        lab.zone("big.example", [f"_xmpp-server._tcp IN SRV {i} 0 {near.port} a-name-of-some-length-{i}" for i in range(200)])
        # the first one has an address where nobody is, and another one: RFC 8305
        lab.zone("six.example", [f"_xmpp-server._tcp IN SRV 0 0 {six.port} hub", f"hub IN AAAA {NOBODY}", f"hub IN A {HUB}"])
        lab.start_names()
        dial(host, "both.example").expect(why="ok", direct=1, peer=f"{HUB}:{far.port}", target="hub.both.example", secure=0)
        far.close()
        dial(host, "both.example").expect(why="ok", direct=0, peer=f"{HUB}:{near.port}")
        near.close()
        dial(host, "both.example").expect(why="refused", reason=f"hub.both.example port {near.port}: Connection refused")
        dial(host, "six.example").expect(why="ok", peer=f"{HUB}:{six.port}")
        dial(host, "none.example").expect(why="refused", reason="none.example port 5269: Connection refused")
        dial(host, "off.example").expect(why="no-service")
        dial(host, "gone.none.example").expect(why="no-name")
        want(dial(host, "ring.example")["why"] in ("no-address", "unresolved"), "a ring of aliases leads nowhere")
        dial(host, "big.example").expect(why="no-address")


def check_dnssec():
    """RFC 4035, RFC 7673: what DNSSEC proves is secure, what it refutes is a failure and never "no records"; without keys nothing is"""
    with Lab() as lab, Door() as door:
        host = lab.host("a", 11)
        rows = ["_xmpp-server._tcp IN SRV 0 0 {} hub", f"hub IN A {HUB}"]
        for kind in ("plain", "signed", "stranger", "old"):
            lab.zone(f"{kind}.example", [row.format(door.port) for row in rows], kind)
        lab.zone("forged.example", [row.format(5269) for row in rows], "forged")
        lab.zone("bare.example", [f"@ IN A {HUB}"], "signed")
        lab.start_names()
        anchor = lab.anchor
        dial(host, "signed.example", anchor).expect(why="ok", secure=1, dane=0)
        dial(host, "plain.example", anchor).expect(why="ok", secure=0)
        dial(host, "signed.example").expect(why="ok", secure=0)
        for kind in ("stranger", "old", "forged"):
            answer = dial(host, f"{kind}.example", anchor).expect(why="bogus")
            want("_xmpp" in answer["reason"], answer.line)
        # That there are no records is proven, too.
        dial(host, "bare.example", anchor).expect(why="refused", reason="bare.example port 5269: Connection refused")
        dial(host, "stranger.example").expect(why="ok", secure=0)


def check_dane():
    """RFC 7671, RFC 7673, row 37: the certificate that the DNS names is the only one; wrong, self-signed and ended ones without it"""
    with Lab() as lab:
        host = lab.host("a", 11)
        other = Authority(lab.place, "other")
        place = {name: os.path.join(lab.place, f"door-{name}") for name in ("good", "alien", "old", "wrong", "ta", "thief")}
        for folder in place.values():
            os.makedirs(folder)
        paths = {"good": lab.ca.issue(place["good"], "good.example"),
                 "alien": other.issue(place["alien"], "alien.example"),
                 "old": lab.ca.issue(place["old"], "old.example", days=-1),
                 "wrong": lab.ca.issue(place["wrong"], "evilwrong.example", "*.b.wrong.example"),
                 "ta": other.issue(place["ta"], "hub.ta.example"),
                 "thief": lab.ca.issue(place["thief"], "thief.example")}
        tlsa = {"alien": lab.dane(3, paths["alien"][0]), "ta": lab.dane(2, other.path, False), "thief": lab.dane(3, paths["good"][0])}
        mine = lab.ca.issue(host.place, "a.example")
        with contextlib.ExitStack() as stack:
            doors = {name: stack.enter_context(Door(paths[name])) for name in paths}
            for name, door in doors.items():
                rows = [f"_xmpps-server._tcp IN SRV 0 0 {door.port} hub", f"hub IN A {HUB}"]
                if name in tlsa:
                    rows.append(f"_{door.port}._tcp.hub IN TLSA {tlsa[name]}")
                lab.zone(f"{name}.example", rows, "signed")
            # The same records say nothing where nobody has signed them.
            lab.zone("unsigned.example", [f"_xmpps-server._tcp IN SRV 0 0 {doors['alien'].port} hub", f"hub IN A {HUB}",
                                          f"_{doors['alien'].port}._tcp.hub IN TLSA {tlsa['alien']}"])
            lab.start_names()
            anchor = lab.anchor

            def judge(domain, **words):
                dial(host, domain, anchor, lab.ca.path, *mine).expect(why="ok", direct=1, alpn="xmpp-server", **words)

            judge("good.example", proof="pkix", dane=0)
            judge("alien.example", proof="dane", dane=1)
            judge("ta.example", proof="dane")
            judge("thief.example", proof="impostor", judged="its certificate is not the one of its TLSA records")
            judge("unsigned.example", proof="unknown", dane=0)
            judge("old.example", proof="unknown", judged="its certificate has expired")
            judge("wrong.example", proof="unknown", judged="its certificate is for evilwrong.example, not for this domain")


def check_cut():
    """Names that do not answer are a failure that passes: no answer, then the same question again"""
    with Lab() as lab, Door() as door:
        host = lab.host("a", 11)
        lab.zone("far.example", [f"_xmpp-server._tcp IN SRV 0 0 {door.port} hub", f"hub IN A {HUB}"])
        lab.start_names()
        lab.names.cut()
        dial(host, "far.example").expect(why="unresolved")
        lab.names.heal()
        dial(host, "far.example").expect(why="ok")
