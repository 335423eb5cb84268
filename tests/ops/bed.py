# SPDX-License-Identifier: Apache-2.0
"""What all checks of this room share: a parleyd of its own for each check, small clients, and the numbers of a process."""
import contextlib
import json
import os
import re
import signal
import socket
import ssl
import subprocess
import sys
import time
import urllib.error
import urllib.request

sys.dont_write_bytecode = True
HERE = os.path.dirname(os.path.abspath(__file__))
sys.path[:0] = [os.path.join(HERE, "../talk")]
from player.client import Client, Failure  # noqa: E402
from player.server import Parleyd  # noqa: E402
from player.wire import Closed, Late, Tcp  # noqa: E402

PARLEYD, PARLEYCTL = os.environ.get("PARLEYD"), os.environ.get("PARLEYCTL")
SECONDS = float(os.environ.get("OPS_SECONDS", "10"))  # for each step that waits for the server
LONG = os.environ.get("OPS_LONG") == "1"
PASSWORD = "sesame-open-7"


class Skip(Exception):
    """This machine cannot run the check."""


def soon(seconds=SECONDS):
    return time.monotonic() + seconds


def want(condition, what):
    if not condition:
        raise Failure(what() if callable(what) else str(what))


def equal(found, wanted, what=""):
    want(found == wanted, f"{what or 'value'}: wanted {wanted!r}, got {found!r}")


def until(question, what, seconds=SECONDS):
    """Asks again and again until the answer is true, and gives it back."""
    end = soon(seconds)
    while not (answer := question()):
        want(time.monotonic() < end, f"waited {seconds:.0f} s for: {what}")
        time.sleep(0.02)
    return answer


class Server(Parleyd):
    """A parleyd on free ports. Within `with` it runs; at the end it must stop by itself with exit code 0."""

    def __init__(self, extra="", listen=None, env=None, domain="localhost", users=(), is_started=True):
        self.domain, self.is_started, self.users = domain, is_started, users
        super().__init__(PARLEYD, PARLEYCTL, extra, env)
        self.listen.update(listen or {})
        self._write_config()

    def __enter__(self):
        if self.is_started:
            try:
                self.start()
                for user in self.users:
                    self.add_user(user, PASSWORD)
            except BaseException:
                self.remove()
                raise
        return self

    def __exit__(self, kind, value, trace):
        try:
            if kind is None and self.is_running():
                self.stop()
            elif kind is not None and issubclass(kind, Failure):
                value.args = (f"{value}\n  --- last of the server:\n{self.tail(25)}",)
        finally:
            self.remove()

    def set_config(self, extra):
        self.extra = extra
        self._write_config()

    def hang_up(self):
        """SIGHUP; waits until the server has said what came of it, and gives that line back."""
        before = self.tail(100000).count("reloaded")
        self.child.send_signal(signal.SIGHUP)
        until(lambda: self.tail(100000).count("reloaded") > before, "an answer to SIGHUP in the log")
        return [line for line in self.tail(100000).splitlines() if "reloaded" in line][-1]

    def client(self, label="romeo/one", *words, source=None, **options):
        """A client of the player, not yet connected. label: user/resource."""
        user = label.partition("/")[0]
        return Guest(label, (user, PASSWORD), {**{word: True for word in words}, **options}, self, source)

    def login(self, label="romeo/one", *words, **options):
        client = self.client(label, *words, **options)
        client.login(soon())
        return client

    def connect(self, listener, source="127.0.0.1"):
        sock = socket.create_connection(self.address(listener), timeout=SECONDS, source_address=(source, 0))
        sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        return sock

    def metrics(self):
        """{name{labels}: number} of /metrics."""
        host, port = self.address("metrics")
        with urllib.request.urlopen(f"http://{host}:{port}/metrics", timeout=SECONDS) as answer:
            lines = answer.read().decode().splitlines()
        return {name: float(value) for name, value in
                (line.rsplit(" ", 1) for line in lines if line and not line.startswith("#"))}

    def rss(self):
        """Resident bytes."""
        with open(f"/proc/{self.child.pid}/statm", encoding="ascii") as file:
            return int(file.read().split()[1]) * os.sysconf("SC_PAGESIZE")

    def settle(self):
        """Until no connection is left but the one that asks."""
        until(lambda: self.metrics()["parley_connections"] == 0, "all connections to end", 3 * SECONDS)

    def is_sanitized(self):
        with open(self.parleyd, "rb") as file:
            return b"__asan_init" in file.read()


class Guest(Client):
    """A client of the player that may come from another address of this machine."""

    def __init__(self, label, account, options, server, source=None):
        super().__init__(label, account, options, server)
        self.source = source

    def connect(self, deadline):
        if not self.source:
            super().connect(deadline)
            return
        want(self.transport in ("tls", "starttls"), "another address is for TLS only")
        before = socket.create_connection
        try:  # the player's Tcp has no place for it
            socket.create_connection = lambda address, timeout=None: before(address, timeout, (self.source, 0))
            super().connect(deadline)
        finally:
            socket.create_connection = before

    def say(self, text):
        self.send(text, soon())

    def hear(self, wanted, seconds=SECONDS):
        """The first element for which wanted(element)."""
        return self.wait_for(wanted, soon(seconds))

    def hear_body(self, body, seconds=SECONDS):
        return self.hear(lambda e: e.local == "message" and e.find("body") is not None and e.find("body").text() == body, seconds)

    def message(self, to, body, kind="chat", extra=""):
        self.pings += 1
        self.say(f"<message to='{to}' type='{kind}' id='ops-{self.pings}'><body>{body}</body>{extra}</message>")

    def leave(self):
        self.disconnect(soon())

    def error(self, condition):
        """Waits for the stream error with this condition."""
        element = self.hear(lambda e: e.local == "error" and "streams" in e.ns)
        want(element.find(condition) is not None, f"wanted the stream error {condition}, got {element}")


def run(*words, stdin="", seconds=30, env=None, cwd=None):
    """(exit code, stdout, stderr) of a program that ends by itself."""
    try:
        done = subprocess.run(words, input=stdin, text=True, capture_output=True, timeout=seconds, check=False, cwd=cwd,
                              env={**os.environ, **(env or {})})
    except subprocess.TimeoutExpired as late:
        raise Failure(f"{words[0]} did not end within {seconds} s: {late.stderr!r}") from None
    want(done.returncode >= 0, f"{' '.join(words)} died of signal {-done.returncode}: {done.stderr}")
    return done.returncode, done.stdout, done.stderr


def http(server, path, listener="http", verb="GET", headers=None, body=None):
    """(status, headers, body) without following redirects; https without trust."""
    host, port = server.address(listener)

    class Stay(urllib.request.HTTPRedirectHandler):
        def redirect_request(self, *_args, **_more):
            return None

    context = ssl._create_unverified_context() if listener == "https" else None  # a self-signed certificate on loopback
    handlers = [Stay()] + ([urllib.request.HTTPSHandler(context=context)] if context else [])
    scheme = "https" if listener == "https" else "http"
    request = urllib.request.Request(f"{scheme}://{host}:{port}{path}", body, headers or {}, method=verb)
    try:
        with urllib.request.build_opener(*handlers).open(request, timeout=SECONDS) as answer:
            return answer.status, answer.headers, answer.read()
    except urllib.error.HTTPError as answer:
        with answer:
            return answer.code, answer.headers, answer.read()


def has_client(server):
    """Whether the server has the web client, and shows it: without it the page about the server, with its <h1>, stands at /."""
    return b"<h1>" not in http(server, "/")[2]


def certificate(folder, name, domain, key=None, extra=()):
    """A self-signed certificate with openssl(1): (path of certificate, path of key)."""
    cert_path, key_path = os.path.join(folder, name + ".pem"), key or os.path.join(folder, name + ".key")
    if not key:
        code, _, text = run("openssl", "ecparam", "-name", "prime256v1", "-genkey", "-noout", "-out", key_path)
        want(code == 0, text)
    code, _, text = run("openssl", "req", "-x509", "-new", "-key", key_path, "-out", cert_path, "-days", "30", "-subj", f"/CN={domain}",
                        "-addext", f"subjectAltName=DNS:{domain}", *extra)
    want(code == 0, text)
    return cert_path, key_path


def peer_certificate(sock):
    return sock.getpeercert(True)


@contextlib.contextmanager
def closing(*clients):
    """Cuts what is still open when a check ends."""
    try:
        yield clients
    finally:
        for client in clients:
            if client.socket:
                client.socket.close()


__all__ = ["Closed", "Failure", "Guest", "HERE", "LONG", "Late", "PARLEYCTL", "PARLEYD", "PASSWORD", "SECONDS", "Server", "Skip", "Tcp",
           "certificate", "closing", "equal", "http", "json", "os", "peer_certificate", "re", "run", "signal", "socket", "soon", "ssl",
           "subprocess", "time", "until", "want"]
