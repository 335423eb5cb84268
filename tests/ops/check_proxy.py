# SPDX-License-Identifier: Apache-2.0
"""The set-ups of packaging/proxy with the real nginx and Caddy in front of a real server: pages, WebSocket, files, and who asks."""
import contextlib
import shutil

from bed import HERE, PASSWORD, Server, Tcp, certificate, closing, equal, http, os, re, socket, soon, subprocess, until, want
from check_upload import PATCH, slot, tus
from check_web import Wss
from player.wire import WebSocket

FOLDER = os.path.join(HERE, "../../packaging/proxy")
PATIENCE = 30
NGINX = """daemon off;
master_process off;
pid {home}/nginx.pid;
error_log {home}/proxy.log;
events {{ worker_connections 64; }}
http {{
    access_log off;
    client_body_temp_path {home}/body;
    proxy_temp_path {home}/proxied;
    fastcgi_temp_path {home}/f;
    uwsgi_temp_path {home}/u;
    scgi_temp_path {home}/s;
{site}
}}
"""
CADDY = """{{
    admin off
    auto_https off
    storage file_system {home}/caddy
}}
{site}
"""


class Proxy:
    """What a client takes for the server: an address, and who it is for."""
    domain = "localhost"

    def __init__(self, server):
        self.server, self.child = server, None
        with socket.create_server(("127.0.0.1", 0)) as free:
            self.port = free.getsockname()[1]

    def address(self, _listener):
        return "localhost", self.port  # a name: Caddy goes by it

    def site(self, name):
        """The file of packaging/proxy for this machine: only names, addresses and files are others."""
        cert, key = certificate(self.server.home, "proxy", "localhost")
        with open(os.path.join(FOLDER, name), encoding="utf-8") as file:
            text = file.read().replace("127.0.0.1:5280", "{}:{}".format(*self.server.address("http")))
        for pattern, by in ((r"listen 443 ssl;", f"listen 127.0.0.1:{self.port} ssl;"), (r"\n +listen \[::\]:443 ssl;", ""),
                            (r"(ssl_certificate +)\S+;", rf"\1{cert};"), (r"(ssl_certificate_key +)\S+;", rf"\1{key};"),
                            (r"\nchat\.example {", f"\nhttps://localhost:{self.port} {{\n\tbind 127.0.0.1\n\ttls {cert} {key}"),
                            (r"server_name chat\.example;", "server_name localhost;")):
            text = re.sub(pattern, by, text)
        want("chat.example {" not in text and ":443" not in text, text)
        return text

    def start(self, frame, name, *words):
        path = os.path.join(self.server.home, name)
        with open(path, "w", encoding="utf-8") as file:
            file.write(frame.format(home=self.server.home, site=self.site(name)))
        with open(os.path.join(self.server.home, "proxy.out"), "wb") as out:
            self.child = subprocess.Popen([*words, path], stdin=subprocess.DEVNULL, stdout=out, stderr=out,
                                          env={**os.environ, "HOME": self.server.home})
        until(self.answers, self.said, PATIENCE)

    def said(self):
        with open(os.path.join(self.server.home, "proxy.out"), encoding="utf-8", errors="replace") as file:
            return f"the proxy: {file.read()[-2000:]}"

    def answers(self):
        want(self.child.poll() is None, self.said)
        with contextlib.suppress(OSError), socket.create_connection(self.address(""), 1):
            return True
        return False

    def stop(self):
        if self.child:
            self.child.terminate()
            self.child.wait(PATIENCE)


@contextlib.contextmanager
def behind(kind, extra):
    """(server, proxy), both running."""
    program = shutil.which(kind, path=os.environ.get("PATH", "") + ":/usr/sbin")
    want(program, f"{kind} is not there (./dev deps test)")
    with Server(extra, users=["romeo", "juliet"]) as server:
        proxy = Proxy(server)
        try:
            if kind == "nginx":
                proxy.start(NGINX, "nginx.conf", program, "-c")
            else:
                proxy.start(CADDY, "Caddyfile", program, "run", "--adapter", "caddyfile", "--config")
            yield server, proxy
        finally:
            proxy.stop()


def log_in(proxy, label):
    client = Wss(label, (label.partition("/")[0], PASSWORD), {}, proxy)
    client.login(soon(PATIENCE))
    return client


def fail_from(proxy, source, lies):
    """A wrong password over a WebSocket, from source, by a client that says that it is somebody else."""
    connect, send = socket.create_connection, Tcp.send
    socket.create_connection = lambda address, timeout=None: connect(address, timeout, (source, 0))
    try:
        sock = Tcp(proxy.address(""), soon(PATIENCE))
    finally:
        socket.create_connection = connect
    sock.start_tls(soon(PATIENCE), ["http/1.1"])

    def send_lies(self, data, deadline):
        Tcp.send = send
        send(self, data.replace(b"\r\n\r\n", b"\r\n" + lies + b"\r\n"), deadline)
    Tcp.send = send_lies
    try:
        web = WebSocket(sock, f"localhost:{proxy.port}", "/xmpp-websocket", soon(PATIENCE))
    finally:
        Tcp.send = send
    web.send(b"<open xmlns='urn:ietf:params:xml:ns:xmpp-framing' to='localhost' version='1.0'/>", soon(PATIENCE))
    web.receive(soon(PATIENCE))
    web.send(b"<auth xmlns='urn:ietf:params:xml:ns:xmpp-sasl' mechanism='PLAIN'>AHJvbWVvAHdyb25n</auth>", soon(PATIENCE))
    web.receive(soon(PATIENCE))
    sock.sock.close()


def files(proxy, client):
    content = os.urandom(3 * 1024 * 1024 + 1)
    where = slot(client, "film.mp4", len(content), "video/mp4")
    equal(http(proxy, where.path, "https", "PUT", where.headers(Content_Type="video/mp4"), content)[0], 201, "PUT")
    want(http(proxy, where.path, "https")[2] == content, "what was sent by PUT comes otherwise")
    where = slot(client, "film.mp4", len(content), "video/mp4")
    status, headers = tus(proxy, where, "POST", listener="https", Upload_Length=str(len(content)))
    equal(status, 201, "tus POST")
    at = 0
    for end in (len(content) // 3, len(content)):
        status, answer = tus(proxy, where, "PATCH", headers["Location"], "https", content[at:end], Upload_Offset=str(at), **PATCH)
        equal((status, answer["Upload-Offset"]), (204, str(end)), "tus PATCH")
        at = end
    want(http(proxy, where.path, "https")[2] == content, "what was sent by tus comes otherwise")


def everything(kind):
    with behind(kind, 'proxies = [ "127.0.0.1" ];\nlimits = { trusted = [ ]; };') as (server, proxy):
        for path in ("/", "/about", "/.well-known/host-meta"):
            equal(http(proxy, path, "https")[::2], http(server, path)[::2], path)
        romeo, juliet = log_in(proxy, "romeo/one"), log_in(proxy, "juliet/one")
        with closing(romeo, juliet):
            juliet.say("<presence/>")
            juliet.ping(soon(PATIENCE))
            romeo.message("juliet@localhost", "through " + kind)
            juliet.hear_body("through " + kind, PATIENCE)
            files(proxy, romeo)
        for number, lies in enumerate((b"", b"X-Forwarded-For: 192.0.2.9\r\n", b"Forwarded: for=192.0.2.9\r\nX-Real-IP: 192.0.2.9\r\n"), 2):
            fail_from(proxy, f"127.0.0.{number}", lies)
            until(lambda place=f"127.0.0.{number}": any(place in line and "login" in line for line in server.tail().splitlines()),
                  lambda: f"the client's address in {server.tail(10)}", PATIENCE)
        want("192.0.2.9" not in server.tail(10000), "a client's own word was taken for its address")


def check_nginx():
    """behind nginx as packaging/proxy has it: pages, WebSocket with login, PUT and tus, and the client's own address whatever it says"""
    everything("nginx")


def check_caddy():
    """behind Caddy as packaging/proxy has it: the same"""
    everything("caddy")


def check_unknown_proxy():
    """a proxy that the configuration does not name is refused"""
    with behind("nginx", "") as (_, proxy):
        equal(http(proxy, "/", "https")[0], 400)
