# SPDX-License-Identifier: Apache-2.0
"""The web side: pages, the web client, host metadata, metrics, WebSocket over TLS, forwarding headers."""
import base64
import gzip
import hashlib
import xml.etree.ElementTree as tree

from bed import (PASSWORD, SECONDS, Closed, Failure, Guest, Late, Server, Tcp, certificate, closing, equal, has_client, http, json, os, re, run, soon, time,
                 until, want)
from player.tree import StreamReader
from player.wire import WebSocket

XRD = "{http://docs.oasis-open.org/ns/xri/xrd-1.0}"
WEBSOCKET = "urn:xmpp:alt-connections:websocket"


class Wss(Guest):
    """A client over a WebSocket in TLS (RFC 7395)."""

    def connect(self, deadline):
        self.options["websocket"] = True
        address = self.server.address("https")
        self.wire = self.socket = Tcp(address, deadline)
        self.socket.start_tls(deadline, ["http/1.1"])
        self.reader, self.features, self.bound, self.close_code, self.close_sent = StreamReader(), None, False, None, False
        self.wire = WebSocket(self.socket, f"localhost:{address[1]}", "/xmpp-websocket", deadline)


def wss(server, label, *words):
    user = label.partition("/")[0]
    return Wss(label, (user, PASSWORD), {word: True for word in words}, server)


def check_landing():
    """the page about the server is served by http on loopback and by https, whole, with nothing from elsewhere and a strict policy"""
    with Server('contact = { support = [ "mailto:help@localhost", "https://<script>" ]; };') as server:
        for listener in ("http", "https"):
            status, headers, body = http(server, "/about", listener)
            text = body.decode()
            equal((status, headers["Content-Type"]), (200, "text/html; charset=utf-8"))
            policy = headers["Content-Security-Policy"]
            for part in ("default-src 'none'", "base-uri 'none'", "form-action 'none'", "frame-ancestors 'none'"):
                want(part in policy, f"{part} is missing in {policy}")
            want("unsafe" not in policy and "*" not in policy, policy)
            equal((headers["X-Content-Type-Options"], headers["Referrer-Policy"]), ("nosniff", "no-referrer"))
            want("<script" not in text and "mailto:help@localhost" in text and "&lt;script&gt;" in text, "markup in a contact was not escaped")
            want(not re.search(r"(src|href)=\"(https?:)?//", text), "the page loads or links to another host")
            want(f"wss://localhost:{server.address('https')[1]}/xmpp-websocket" in text, "the WebSocket is not named")
            code, headers, body = http(server, "/about", listener, "HEAD")
            equal((code, body, int(headers["Content-Length"])), (200, b"", len(text.encode())), "HEAD")


VIEWS = ("/c/romeo%40localhost", "/c/a/b?x=1", "/login", "/join?invite=abc", "/settings", "/settings/devices", "/search", "/threads", "/later",
         "/catch-up", "/people", "/rooms", "/admin", "/admin/users")
FIELDS = {"X-Content-Type-Options": "nosniff", "Referrer-Policy": "no-referrer", "Vary": "Accept-Encoding"}


def check_no_client():
    """without the web client (http.client, or a build without it) / presents the server, and the client's addresses are not there"""
    with Server("http = { client = false; };") as server:
        for listener in ("http", "https"):
            status, _, body = http(server, "/", listener)
            equal((status, body), (200, http(server, "/about", listener)[2]))
            want(b"<h1>localhost</h1>" in body, "another page stands at /")
            for path in VIEWS + ("/index.html", "/sw.js", "/assets/", "/manifest.webmanifest"):
                equal(http(server, path, listener)[0], 404, path)
    with Server() as server:
        if not has_client(server):
            equal([http(server, path)[0] for path in VIEWS], [404] * len(VIEWS))


def check_client_page():
    """the page of the web client stands at / and at all its views, under a policy that lets it load and reach nothing but this server"""
    with Server() as server:
        if not has_client(server):
            return
        secure = server.address("https")[1]
        for listener, scheme in (("http", "ws"), ("https", "wss")):
            host = ":".join(map(str, server.address(listener)))
            status, headers, page = http(server, "/", listener)
            equal((status, headers["Content-Type"], headers["Cache-Control"]), (200, "text/html; charset=utf-8", "no-cache"))
            equal({name: headers[name] for name in FIELDS}, FIELDS)
            equal(headers["Cross-Origin-Opener-Policy"], "same-origin")
            for name in ("camera", "microphone", "display-capture"):
                want(f"{name}=(self)" in headers["Permissions-Policy"], headers["Permissions-Policy"])
            policy = dict(part.strip().partition(" ")[::2] for part in headers["Content-Security-Policy"].split(";"))
            own = f"https://localhost:{secure}"
            equal(policy, {
                "default-src": "'none'", "script-src": "'self'", "style-src": "'self'", "font-src": "'self'", "worker-src": "'self'",
                "manifest-src": "'self'", "form-action": "'self'", "frame-src": "'none'", "object-src": "'none'", "base-uri": "'none'",
                "frame-ancestors": "'none'", "img-src": f"'self' blob: data: {own}", "media-src": f"'self' blob: {own}",
                "connect-src": f"'self' {scheme}://{host} wss://localhost:{secure}/xmpp-websocket {own}",
                "require-trusted-types-for": "'script'", "trusted-types": "parley"})
            want(not re.search(rb"<style|<script(?![^>]* src=)|\son\w+=|\sstyle=", page), "the policy forbids what stands in the page")
            want(b'href="/about"' in page, "without script the page leads nowhere")
            for path in VIEWS + ("/index.html",):
                equal(http(server, path, listener)[::2], (200, page), path)
            equal(http(server, "/login", listener, "HEAD")[::2], (200, b""))
            equal(http(server, "/login", listener, "POST", body=b"x")[0], 405)
            for path in ("/loginx", "/login/", "/C/x", "/assets/", "/assets", "/assets/../index.html", "/c/..%2f", "/index.html.br", "/index.html%00"):
                status, _, body = http(server, path, listener)
                want(status in (400, 404) or body == page, f"{path}: {status}")


def inflate(body, coding):
    """The plain bytes; None for a form that Python cannot read."""
    return {None: lambda: body, "gzip": lambda: gzip.decompress(body)}.get(coding, lambda: None)()


def check_client_files():
    """all that the page loads is there in every form it comes in, with tags that are asked for again, for ever under /assets/"""
    with Server() as server:
        if not has_client(server):
            return
        paths = set(re.findall(r'(?:src|href)="(/[^"]+)"', http(server, "/")[2].decode())) - {"/about"}
        for path in sorted(paths | {"/", "/sw.js"}):
            plain = http(server, path)[2]
            for wish, listener in ((None, "http"), ("gzip", "https"), ("gzip, deflate, br", "http"), ("br;q=0, *;q=0.5", "https"), ("identity", "http")):
                asked = {"Accept-Encoding": wish} if wish else {}
                status, headers, body = http(server, path, listener, headers=asked)
                coding = headers["Content-Encoding"]
                equal((status, int(headers["Content-Length"])), (200, len(body)), path)
                want(coding in ((None, "br", "gzip") if wish and "br" in wish and "br;" not in wish else (None, "gzip") if wish and "identity" not in wish
                                else (None,)), f"{path}: {wish} got {coding}")
                want(coding is None or len(body) < len(plain), f"{path}: as {coding} it is not smaller")
                want(inflate(body, coding) in (plain, None), f"{path}: as {coding} it is something else")
                equal({name: headers[name] for name in FIELDS}, FIELDS)
                equal(headers["Cache-Control"], "public, max-age=31536000, immutable" if path.startswith("/assets/") else "no-cache")
                again = http(server, path, listener, headers={**asked, "If-None-Match": f'"x", {headers["ETag"]}'})
                equal((again[0], again[2], again[1]["ETag"], again[1]["Vary"]), (304, b"", headers["ETag"], "Accept-Encoding"), path)
                equal(http(server, path, listener, headers={**asked, "If-None-Match": '"other"'})[::2], (200, body), path)
                code, more, body = http(server, path, listener, "HEAD", asked)
                equal((code, body, more["ETag"], more["Content-Length"]), (200, b"", headers["ETag"], headers["Content-Length"]), path)
            if path == "/sw.js":
                equal(headers["Service-Worker-Allowed"], "/")
        types = {path.rpartition(".")[2]: http(server, path)[1]["Content-Type"] for path in paths}
        known = {"js": "text/javascript; charset=utf-8", "css": "text/css; charset=utf-8", "svg": "image/svg+xml", "webmanifest": "application/manifest+json",
                 "png": "image/png", "ico": "image/vnd.microsoft.icon", "woff2": "font/woff2"}
        equal(types, {ending: known[ending] for ending in types})


def check_service_worker():
    """the service worker stands under one name that is asked for again, and names every file of the client, each of which is there as it says"""
    with Server() as server:
        if not has_client(server):
            return
        status, headers, body = http(server, "/sw.js")
        equal((status, headers["Content-Type"], headers["Cache-Control"]), (200, "text/javascript; charset=utf-8", "no-cache"))
        want("'self'" in headers["Content-Security-Policy"], "a service worker without a policy")
        text, page = body.decode(), http(server, "/")[2]
        build = re.search(rb'<meta name="build" content="([0-9a-f]{16})"', page)
        want(build and build[1].decode() in text, "page and service worker are of two builds")
        files = dict(re.findall(r'"(/[A-Za-z0-9_./-]*)":[`"\'](sha256-[A-Za-z0-9+/=]+)?[`"\']', text))
        want("/" in files and len(files) > 20, f"{len(files)} files")
        want(set(re.findall(r'(?:src|href)="(/[^"]+)"', page.decode())) - {"/about"} <= set(files), "the page loads what the service worker does not keep")
        for path, integrity in files.items():
            status, headers, body = http(server, path)
            equal((status, headers["Location"]), (200, None), path)
            want(path.startswith("/assets/") or integrity, f"{path}: nothing says what is in it")
            if integrity:
                equal(integrity, "sha256-" + base64.b64encode(hashlib.sha256(body).digest()).decode(), path)


def check_errors():
    """what is not there is 404, what cannot be done 405 with Allow, and hostile paths find nothing"""
    with Server() as server:
        equal(http(server, "/nothing")[0], 404)
        status, headers, _ = http(server, "/", verb="POST", body=b"x")
        equal((status, headers["Allow"]), (405, "GET, HEAD"))
        for path in ("/..%2f..%2fetc/passwd", "/%2e%2e/%2e%2e/etc/passwd", "/.well-known/../../etc/passwd", "//etc/passwd", "/%00", "/..%5c..%5c",
                     "/%u002e%u002e/x", "/.git/config", "/parley.db", "/cert.pem", "/secrets", "/metrics", "/.well-known/host-meta/.."):
            for listener in ("http", "https"):
                status, _, body = http(server, path, listener)
                want(status in (400, 404) and b"root:" not in body, f"{path}: {status}")
        equal(http(server, "/xmpp-websocket")[0], 426, "a WebSocket without an upgrade")


def check_redirect():
    """on an address that is not loopback, http only redirects to https under the own name, and offers no WebSocket"""
    with Server(listen={"http": "0.0.0.0:0"}, domain="chat.example") as server:
        port, plain = server.address("https")[1], ("127.0.0.1", server.address("http")[1])
        server.addresses["http"] = plain
        status, headers, _ = http(server, "/a/b?c=d", headers={"Host": "evil.example"})
        equal((status, headers["Location"]), (308, f"https://chat.example:{port}/a/b?c=d"))
        equal(http(server, "/", verb="POST", body=b"x")[0], 404)
        status, headers, _ = http(server, "/xmpp-websocket")
        want(status == 308, f"{status}: a stream without TLS is offered beyond loopback")
        try:
            sock = Tcp(plain, soon())
            WebSocket(sock, "chat.example", "/xmpp-websocket", soon())
            raise Failure("a WebSocket was opened without TLS")
        except Closed as error:
            want(" 308 " in f"{error} ", str(error))
        finally:
            sock.close()
        for path in ("//evil.example/", "/\\evil.example"):
            status, headers, _ = http(server, path)
            want(status in (400, 404) or headers["Location"].startswith(f"https://chat.example:{port}/"), f"{path}: {status} {headers['Location']}")


def check_host_meta():
    """host-meta in both forms is valid, may be read by pages of other hosts, and names the WebSocket that is really there"""
    with Server(users=["romeo"]) as server:
        url = f"wss://localhost:{server.address('https')[1]}/xmpp-websocket"
        for listener in ("http", "https"):
            status, headers, body = http(server, "/.well-known/host-meta", listener)
            equal((status, headers["Access-Control-Allow-Origin"]), (200, "*"))
            want(headers["Content-Type"].startswith("application/xrd+xml"), headers["Content-Type"])
            links = [(link.get("rel"), link.get("href")) for link in tree.fromstring(body).findall(XRD + "Link")]
            equal(links, [(WEBSOCKET, url)])
            status, headers, body = http(server, "/.well-known/host-meta.json", listener)
            equal((status, headers["Access-Control-Allow-Origin"], headers["Content-Type"]), (200, "*", "application/json"))
            equal(json.loads(body)["links"], [{"rel": WEBSOCKET, "href": url}])
        client = wss(server, "romeo/web")
        client.login(soon())
        client.leave()


def check_host_meta_without_https():
    """without https, host-meta names the WebSocket of http; without both there is none"""
    with Server(listen={"https": ""}) as server:
        body = http(server, "/.well-known/host-meta.json")[2]
        equal([link["href"] for link in json.loads(body)["links"]], [f"ws://localhost:{server.address('http')[1]}/xmpp-websocket"])


def check_host_meta_elsewhere():
    """host-meta names the WebSocket below http.url, where a proxy passes it on; a domain of other letters stands there, and in redirects, in ASCII"""
    def found(server, host):
        return [link["href"] for link in json.loads(http(server, "/.well-known/host-meta.json", headers={"Host": host})[2])["links"]]

    with Server('http = { url = "https://web.chat.example"; };', domain="chat.example") as server:
        for host in ("chat.example", "conference.chat.example", "web.chat.example"):
            equal(found(server, host), ["wss://web.chat.example/xmpp-websocket"], host)
        server.set_config('http = { url = "http://localhost:8080"; };')
        server.hang_up()
        equal(found(server, "localhost"), ["ws://localhost:8080/xmpp-websocket"])
    with Server(listen={"http": "0.0.0.0:0"}, domain="b\u00fccher.example") as server:
        port = server.address("https")[1]
        server.addresses["http"] = "127.0.0.1", server.address("http")[1]
        equal(http(server, "/a")[1]["Location"], f"https://xn--bcher-kva.example:{port}/a")
        answer = http(server, "/.well-known/host-meta.json", "https")
        equal([link["href"] for link in json.loads(answer[2])["links"]], [f"wss://xn--bcher-kva.example:{port}/xmpp-websocket"])


def check_websocket_over_tls():
    """/xmpp-websocket over https: login, both ways, resumption, and large stanzas after login only"""
    with Server(users=["romeo", "juliet"]) as server:
        romeo, juliet = wss(server, "romeo/web", "sm", "sasl2"), server.login("juliet/one")
        with closing(romeo, juliet):
            romeo.login(soon())
            romeo.message(juliet.jid, "to the balcony ☃ " + "x" * 60000)
            juliet.hear_body("to the balcony ☃ " + "x" * 60000)
            juliet.message(romeo.jid, "down " + "y" * 60000)
            romeo.hear_body("down " + "y" * 60000)
            romeo.socket.reset()
            juliet.message(romeo.jid, "are you there?")
            juliet.ping(soon())
            romeo.resume(soon())
            romeo.hear_body("are you there?")
        big = wss(server, "romeo/big")
        with closing(big):
            big.connect(soon())
            big.send_raw(b"<open xmlns='urn:ietf:params:xml:ns:xmpp-framing' to='localhost' version='1.0' a='" + b"x" * 20000 + b"'/>", soon())
            ended(big)


def ended(client, codes=()):
    """The server must end the connection; with codes, by a close frame that has one of them."""
    end = soon()
    try:
        while time.monotonic() < end:
            client.next_event(end)
    except Closed:
        pass
    want(time.monotonic() < end, "the server did not end the connection")
    want(not codes or client.close_code in codes, f"closed with {client.close_code}, not {codes}")


def frame(client, opcode, payload, **options):
    client.wire.send_frame(opcode, payload, soon(), **options)


def check_websocket_abuse():
    """over https, too: unmasked, oversize, endless, flooding, inflating and foreign WebSockets end, and the others do not notice"""
    with Server(users=["romeo", "juliet"]) as server:
        juliet = server.login("juliet/one")
        open_element = b"<open xmlns='urn:ietf:params:xml:ns:xmpp-framing' to='localhost' version='1.0'/>"

        def unmasked(client):
            frame(client, 1, open_element, masked=False)
            return (1002,)

        def oversize(client):
            frame(client, 1, b"<open " + b" " * 200000 + b"/>")
            return (1009, None)

        def endless(client):
            frame(client, 1, b"<open ", final=False)
            for _ in range(100000):
                frame(client, 0, b" ", final=False)
            return (1008, 1009, None)

        def empty_fragments(client):
            frame(client, 1, b"", final=False)
            for _ in range(100000):
                frame(client, 0, b"", final=False)
            return (1008, 1009, None)

        def reserved(client):
            client.socket.send(b"\xf1\x80\0\0\0\0", soon())
            return (1002,)

        def compressed(client):  # not negotiated: the bit is reserved
            client.socket.send(b"\xc1\x82\0\0\0\0\x4b\x04", soon())
            return (1002,)

        def long_length(client):
            client.socket.send(b"\x81\xff\x7f\xff\xff\xff\xff\xff\xff\xff\0\0\0\0", soon())
            return (1009, 1002)

        def long_control(client):
            client.socket.send(b"\x89\xfe\x01\x00\0\0\0\0" + b"x" * 256, soon())
            return (1002,)

        for attack in (unmasked, oversize, endless, empty_fragments, reserved, compressed, long_length, long_control):
            client = wss(server, "romeo/bad")
            client.connect(soon())
            codes = ()
            try:
                codes = attack(client)
            except Closed:  # in the middle of what we sent: a reset may overtake the close frame
                pass
            with closing(client):
                ended(client, () if None in codes else codes)
            juliet.ping(soon())
        with closing(juliet):
            until(lambda: server.metrics()["parley_connections"] == 1, "the bad ones to go")


def check_websocket_ping_flood():
    """a flood of pings whose answers nobody reads ends, or is held back; memory stays"""
    with Server(users=["romeo"]) as server:
        client = wss(server, "romeo/flood")
        client.connect(soon())
        before, sent = server.rss(), 0
        try:
            while sent < 64 * 1024 * 1024:
                data = b"".join(b"\x89\xfd\0\0\0\0" + b"x" * 125 for _ in range(500))
                client.socket.send(data, soon(2))
                sent += len(data)
        except (Late, Closed):  # held back, or ended
            pass
        grown = server.rss() - before
        with closing(client):
            want(grown < 24 * 2**20, f"{grown} bytes more after {sent} bytes of pings")


def check_origin():
    """a page of another host may not open a WebSocket; a page of ours and those of http.origins may"""
    with Server('http = { origins = [ "https://chat.example" ]; };') as server:
        port = server.address("https")[1]
        for origin, good in [("https://evil.example", False), (f"https://localhost:{port}", True), ("https://chat.example", True), ("null", False),
                             (f"https://localhost:{port}.evil.example", False), ("https://evil.example/https://chat.example", False),
                             ("https://chat.example.evil.example", False), (None, True)]:
            sock = Tcp(("127.0.0.1", port), soon())
            sock.start_tls(soon())
            try:
                WebSocket(sock, f"localhost:{port}", "/xmpp-websocket", soon(), origin=origin)
                found = True
            except Closed as error:
                found = False
                want(" 403" in str(error), f"{origin}: {error}")
            finally:
                sock.close()
            equal(found, good, f"a WebSocket for {origin}")


SAMPLE = re.compile(r'^([a-zA-Z_:][a-zA-Z0-9_:]*)(\{[a-zA-Z_]\w*="(?:[^"\\\n]|\\["\\n])*"(?:,[a-zA-Z_]\w*="(?:[^"\\\n]|\\["\\n])*")*\})? '
                    r'([+-]?(?:\d+(?:\.\d+)?(?:[eE][+-]?\d+)?|Inf)|NaN)$')


def parse_metrics(text):
    """Prometheus text format 0.0.4; Failure when it is not."""
    kinds, seen, values = {}, set(), {}
    want(text.endswith("\n"), "no newline at the end")
    for line in text.splitlines():
        if line.startswith("# TYPE "):
            _, _, name, kind = line.split(" ")
            want(name not in kinds and kind in ("counter", "gauge", "histogram"), line)
            kinds[name] = kind
        elif line.startswith("# HELP "):
            want(len(line.split(" ", 3)) == 4, line)
        elif line:
            found = SAMPLE.match(line)
            want(found, f"not a sample: {line}")
            name, labels, value = found.groups()
            base = next((name[:-len(end)] for end in ("_bucket", "_sum", "_count") if name.endswith(end) and kinds.get(name[:-len(end)]) == "histogram"),
                        name)
            want(base in kinds, f"{name} has no TYPE before it")
            want((name, labels) not in seen, f"twice: {line}")
            want(kinds[base] != "counter" or (name.endswith("_total") and float(value) >= 0), f"a counter: {line}")
            seen.add((name, labels))
            values[name + (labels or "")] = float(value)
    for name in (name for name, kind in kinds.items() if kind == "histogram"):
        buckets = [(float(re.search(r'le="([^"]+)"', key)[1].replace("+Inf", "inf")), value) for key, value in values.items()
                   if key.startswith(name + "_bucket")]
        want([count for _, count in buckets] == sorted(count for _, count in buckets) and buckets == sorted(buckets), f"buckets of {name}")
        want(buckets[-1][0] == float("inf") and buckets[-1][1] == values[name + "_count"] and name + "_sum" in values, f"sums of {name}")
    return values


def check_metrics():
    """/metrics is valid Prometheus text and counts logins, messages, connections and sessions right; nothing else is served there"""
    with Server(users=["romeo", "juliet"]) as server:
        def read():
            status, headers, body = http(server, "/metrics", "metrics")
            equal((status, headers["Content-Type"]), (200, "text/plain; version=0.0.4; charset=utf-8"))
            return parse_metrics(body.decode())
        before = read()
        romeo, juliet = server.login("romeo/one", "sm"), server.login("juliet/one", "tls", "bind2")
        bad = server.client("romeo/bad", "tls")
        bad.prepare(soon())
        bad.get_features(soon())
        with closing(romeo, juliet, bad):
            equal(bad.exchange("SCRAM-SHA-1", soon(), password="wrong").local, "failure")
            bad.socket.close()
            for number in range(7):
                romeo.message(juliet.jid, f"m{number}")
                juliet.hear_body(f"m{number}")
            romeo.message(juliet.jid, "n", "normal")
            juliet.hear_body("n")
            romeo.say("<presence/>")
            romeo.ping(soon())
            until(lambda: read()["parley_connections"] == 2, "the refused one to go")
            after = read()
            grown = {name: after[name] - before.get(name, 0) for name in after}
            equal([grown[name] for name in ('parley_logins_total{result="ok"}', 'parley_logins_total{result="failed"}',
                                            'parley_messages_total{type="chat"}', 'parley_messages_total{type="normal"}',
                                            'parley_presence_total', 'parley_connections', 'parley_sessions')], [2, 1, 7, 1, 3, 2, 2])
            want(grown["parley_delivered_total"] >= 8 and grown["parley_store_records_total"] >= 8, str(grown))
            want(grown["parley_delivery_seconds_count"] >= 8, "the histogram of deliveries")
            want(after["process_resident_memory_bytes"] > 1e6 and after["process_open_fds"] > 5, "numbers of the process")
            want(grown["process_cpu_seconds_total"] >= 0 and abs(after["process_start_time_seconds"] - time.time()) < 120, "times of the process")
            romeo.socket.reset()
            until(lambda: read()["parley_sessions_detached"] == 1, "a detached session")
            romeo.resume(soon())
            equal((read()["parley_sessions_detached"], read()["parley_resumed_total"]), (0, 1))
            romeo.leave()
            juliet.leave()
        server.settle()
        equal([read()[name] for name in ("parley_sessions", "parley_sessions_detached")], [0, 0])
        for path in ("/", "/xmpp-websocket", "/.well-known/host-meta", "/metrics/", "/metrics2"):
            equal(http(server, path, "metrics")[0], 404, path)
        equal(http(server, "/metrics", "http")[0], 404, "metrics for everybody")
        equal(http(server, "/metrics", "https")[0], 404, "metrics for everybody")


def check_forwarded():
    """forwarding headers are refused from anybody but a proxy of the configuration (row 58)"""
    with Server() as server:
        for name, value in [("Forwarded", "for=192.0.2.1"), ("X-Forwarded-For", "192.0.2.1"), ("X-Real-IP", "192.0.2.1"), ("X-Forwarded-Proto", "https"),
                            ("X-Forwarded-Host", "evil.example"), ("x-forwarded-for", "")]:
            for listener in ("http", "https"):
                equal(http(server, "/", listener, headers={name: value})[0], 400, f"{name} on {listener}")
        equal(http(server, "/")[0], 200)
        with server.connect("http") as sock:
            sock.sendall(b"PROXY TCP4 192.0.2.1 192.0.2.2 1 2\r\nGET / HTTP/1.1\r\nHost: localhost\r\n\r\n")
            want(b" 200 " not in sock.recv(4096), "a PROXY header of a stranger was taken")
        with server.connect("xmpp") as sock:
            sock.sendall(b"PROXY TCP4 192.0.2.1 192.0.2.2 1 2\r\n<stream:stream xmlns='jabber:client' to='localhost' version='1.0' "
                         b"xmlns:stream='http://etherx.jabber.org/streams'>")
            data = b""
            while part := sock.recv(4096):
                data += part
            want(b"<stream:features" not in data, "a PROXY header of a stranger was taken")


def check_forwarded_by_a_proxy():
    """a proxy of the configuration names the client: what is logged and counted is that address"""
    with Server('proxies = [ "127.0.0.1" ];', users=["romeo"]) as server:
        host, port = server.address("http")
        sock = Tcp((host, port), soon())
        before = Tcp.send

        def send(self, data, deadline):  # the handshake is the first thing that is sent
            Tcp.send = before
            before(self, data.replace(b"\r\n\r\n", b"\r\nForwarded: for=192.0.2.7;proto=https\r\n\r\n"), deadline)
        Tcp.send = send
        try:
            web = WebSocket(sock, f"localhost:{port}", "/xmpp-websocket", soon())
        finally:
            Tcp.send = before
        web.send(b"<open xmlns='urn:ietf:params:xml:ns:xmpp-framing' to='localhost' version='1.0'/>", soon())
        web.receive(soon())
        web.send(b"<auth xmlns='urn:ietf:params:xml:ns:xmpp-sasl' mechanism='PLAIN'>AHJvbWVvAHdyb25n</auth>", soon())
        until(lambda: "login failed" in server.tail() or "stream error" in server.tail(), "a line in the log", SECONDS)
        want("192.0.2.7" in server.tail(5), f"the client's address is not known: {server.tail(5)}")
        sock.close()
        equal(http(server, "/", headers={"Forwarded": "for=nonsense"})[0], 400)
        equal(http(server, "/", headers={"X-Forwarded-For": "192.0.2.1, 127.0.0.1"})[0], 200)


def raw_http(server, data, seconds=3):
    with server.connect("http") as sock:
        sock.settimeout(seconds)
        sock.sendall(data)
        answer = b""
        try:
            while part := sock.recv(65536):
                answer += part
        except (TimeoutError, ConnectionResetError):
            pass
        return answer


def check_smuggling():
    """requests that two servers would read differently are refused and end the connection"""
    with Server() as server:
        good = b"GET / HTTP/1.1\r\nHost: localhost\r\n\r\n"
        for head in (b"Content-Length: 4\r\nTransfer-Encoding: chunked\r\n", b"Content-Length: 4\r\nContent-Length: 5\r\n", b"Host : localhost\r\n",
                     b"Host: evil.example\r\n", b"X: a\r\n b\r\n", b"X: a\rY: b\r\n", b"X\0: a\r\n", b"Transfer-Encoding: xchunked\r\n",
                     b"Content-Length: +4\r\n", b"Content-Length: 4, 4\r\n"):
            answer = raw_http(server, b"POST / HTTP/1.1\r\nHost: localhost\r\n" + head + b"\r\nAAAA" + good)
            want(answer.startswith(b"HTTP/1.1 4") or answer.startswith(b"HTTP/1.1 5"), f"{head!r}: {answer[:80]!r}")
            want(answer.count(b"HTTP/1.1 ") == 1, f"{head!r}: the smuggled request was answered")
        want(raw_http(server, good, 0.5).startswith(b"HTTP/1.1 200"), "the next request")


def check_certificate_with_many_names():
    """a certificate with a thousand names does not slow the start or a handshake down (row 9)"""
    with Server(is_started=False) as server:
        names = ",".join(f"DNS:n{number}.example" for number in range(1000))
        path = os.path.join(server.home, "names.cnf")
        with open(path, "w", encoding="ascii") as file:
            file.write(f"[req]\ndistinguished_name=dn\nx509_extensions=v3\n[dn]\n[v3]\nsubjectAltName=DNS:localhost,{names}\n")
        cert, key = certificate(server.home, "many", "localhost")
        os.unlink(cert)
        code, _, text = run("openssl", "req", "-x509", "-new", "-key", key, "-out", cert, "-days", "30", "-subj", "/CN=x", "-config", path)
        want(code == 0, text)
        server.set_config(f'tls = {{ certificate = "{cert}"; key = "{key}"; }};')
        began = time.monotonic()
        server.start()
        equal(http(server, "/", "https")[0], 200)
        want(time.monotonic() - began < SECONDS, "it took too long")
        want("does not name" not in server.tail(), server.tail())
