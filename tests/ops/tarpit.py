# SPDX-License-Identifier: Apache-2.0
"""Servers of other domains that hang, each at its own step (docs/federation.md, "When a server is away")."""
import contextlib
import os
import re
import socket
import ssl
import subprocess
import tempfile
import threading
import time

STREAM = ("<?xml version='1.0'?><stream:stream xmlns='jabber:server' xmlns:db='jabber:server:dialback'"
          " xmlns:stream='http://etherx.jabber.org/streams' version='1.0' id='{}'>")
TLS = "<stream:features><starttls xmlns='urn:ietf:params:xml:ns:xmpp-tls'/></stream:features>"
PROCEED = "<proceed xmlns='urn:ietf:params:xml:ns:xmpp-tls'/>"
DIALBACK = "<stream:features><dialback xmlns='urn:xmpp:features:dialback'><errors/></dialback></stream:features>"
# What is said before nothing is said any more; "tls" is the handshake, "drip" a byte now and then.
STEPS = {"full": None,  # the kernel does not even answer the connection
         "silent": (), "header": ("stream",), "drip": ("stream", "drip"), "proceed": ("stream", TLS, "tls?", PROCEED),
         "secure": ("stream", TLS, "tls?", PROCEED, "tls"), "bare": ("stream", TLS, "tls?", PROCEED, "tls", "stream"),
         "verdict": ("stream", TLS, "tls?", PROCEED, "tls", "stream", DIALBACK)}


class Nameserver:
    """Answers questions to the DNS: that there is no such name, or nothing at all."""

    def __init__(self, says_no):
        self.sock = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self.sock.bind(("127.0.0.1", 0))
        self.port, self.says_no, self.asked = self.sock.getsockname()[1], says_no, threading.Event()
        threading.Thread(target=self._serve, daemon=True).start()

    def _serve(self):
        while True:
            data, sender = self.sock.recvfrom(4096)
            end = data.index(0, 12) + 5  # one question: name, type, class
            self.asked.set()
            if self.says_no:
                self.sock.sendto(data[:2] + b"\x81\x83" + data[4:6] + bytes(6) + data[12:end], sender)


class Tarpit:
    """count domains, as evenly as can be over all steps, and over names that nobody resolves."""

    def __init__(self, count):
        self.folder = tempfile.TemporaryDirectory(prefix="tarpit-")
        base = os.path.join(self.folder.name, "pit")
        subprocess.run(["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-days", "2",
                        "-subj", "/CN=pit", "-keyout", base + ".key", "-out", base + ".pem"], check=True, capture_output=True)
        self.context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        self.context.load_cert_chain(base + ".pem", base + ".key")
        self.names, self.socks, self.callers, self.lock = Nameserver(False), [], [], threading.Lock()
        self.reached = {step: 0 for step in STEPS}
        ports = {step: self._listen(step) for step in STEPS}
        steps = [*STEPS, "names"]
        self.domains = [f"{steps[i % len(steps)]}{i}.example" for i in range(count)]
        rows = [f'{{ domain = "{domain}"; address = "127.0.0.1:{ports[step]}"; }}'
                for i, domain in enumerate(self.domains) if (step := steps[i % len(steps)]) != "names"]
        self.config = (f'resolve = {{ servers = [ "127.0.0.1:{self.names.port}" ]; trust_anchor = "none"; }};\n'
                       f's2s = {{ hosts = ( {", ".join(rows)} ); }};\n')

    def _listen(self, step):
        listener = socket.create_server(("127.0.0.1", 0), backlog=0 if step == "full" else 128)
        self.socks.append(listener)
        if step == "full":
            for _ in range(4):  # the queue of the kernel is full, the next connection has to wait
                caller = socket.socket()
                caller.setblocking(False)
                caller.connect_ex(listener.getsockname())
                self.callers.append(caller)
        else:
            threading.Thread(target=self._accept, args=(listener, step), daemon=True).start()
        return listener.getsockname()[1]

    def _accept(self, listener, step):
        while True:
            try:
                sock, _ = listener.accept()
            except OSError:
                return
            threading.Thread(target=self._serve, args=(sock, step), daemon=True).start()

    def _serve(self, sock, step):
        with contextlib.suppress(OSError, ValueError):
            for what in STEPS[step]:
                if what == "tls":
                    sock = self.context.wrap_socket(sock, server_side=True)
                elif what == "tls?":
                    self._read(sock, b"<starttls")
                elif what == "stream":
                    self._read(sock, b"<stream:stream[^>]*>")
                    sock.sendall(STREAM.format(os.urandom(8).hex()).encode())
                elif what == "drip":
                    sock.sendall(b"<stream:features>")
                else:
                    sock.sendall(what.encode())
            with self.lock:
                self.reached[step] += 1
            if step == "drip":
                threading.Thread(target=self._drip, args=(sock,), daemon=True).start()
            while sock.recv(65536):
                pass
        sock.close()

    @staticmethod
    def _read(sock, pattern):
        text = b""
        while not re.search(pattern, text):
            if not (data := sock.recv(65536)):
                raise OSError
            text += data

    @staticmethod
    def _drip(sock):
        with contextlib.suppress(OSError):
            while True:
                sock.sendall(b"x")
                time.sleep(1)

    def close(self):
        for sock in [*self.socks, *self.callers]:
            with contextlib.suppress(OSError):
                sock.shutdown(socket.SHUT_RDWR)
            sock.close()
        self.folder.cleanup()
