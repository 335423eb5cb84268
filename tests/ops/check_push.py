# SPDX-License-Identifier: Apache-2.0
"""Web Push (RFC 8030, 8291, 8292) against a push service on loopback; what it gets is read by http_ece, as a browser does."""
import base64
import contextlib
import http.server
import shutil
import threading

from bed import HERE, Server, Skip, certificate, closing, equal, json, os, run, socket, soon, ssl, subprocess, until, want

PATIENCE = 30  # seconds, for what a busy machine must still do
SCRATCH = os.path.join(HERE, "../../build/ops/webpush")
# A browser's keys that belong to nobody, where nobody reads.
P256DH = "BCVxsr7N_eNgVRqvHtD0zTZsEc6-VV-JvLexhqUzORcxaOzi6-AYWXvTBHm4bjyPjs7Vd8pZGH6SRpkNtoIAiw4"
AUTH = "BTBZMqHH6r4Tts7J_aSIgg"
CONFIG = ('push = {{ interval = "0s"; grace = "0s"; retry = "{retry}"; contact = "mailto:push@localhost"; }};\n'
          'fetch = {{ private = [ {nets} ]; plain = {plain}; ca_file = "{ca}"; }};\n')


class PushService:
    """Keeps what it is sent; answers by path: /503-201/x says 503 first, then 201 for ever."""

    def __init__(self, tls=None):
        service = self

        class Handler(http.server.BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_POST(self):
                body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
                status, headers = service.take(self.path, {name.lower(): value for name, value in self.headers.items()}, body)
                self.send_response(status)
                for name, value in headers.items():
                    self.send_header(name, value)
                self.send_header("Content-Length", "0")
                self.end_headers()

            def log_message(self, *_args):
                pass

        self.requests, self.seen, self.headers = [], {}, {}
        self.lock = threading.Lock()
        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.server.daemon_threads = True
        if tls:
            context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
            context.load_cert_chain(*tls)
            self.server.socket = context.wrap_socket(self.server.socket, server_side=True)
        self.port = self.server.server_address[1]
        self.origin = f"{'https' if tls else 'http'}://localhost:{self.port}"
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    def take(self, path, headers, body):
        with self.lock:
            self.requests.append((path, headers, body))
            answers = path.split("/")[1].split("-")
            count = self.seen[path] = self.seen.get(path, 0) + 1
            return int(answers[min(count, len(answers)) - 1]), self.headers.get(path, {})

    def at(self, path):
        with self.lock:
            return [(headers, body) for where, headers, body in self.requests if where == path]

    def wait(self, path, count=1):
        return until(lambda: len(self.at(path)) >= count and self.at(path), f"{count} requests at {path}", PATIENCE)

    def close(self):
        self.server.shutdown()
        self.server.server_close()


def config(retry="1h", nets='"127.0.0.0/8", "::1"', plain="true", ca=""):
    return CONFIG.format(retry=retry, nets=nets, plain=plain, ca=ca)


@contextlib.contextmanager
def ground(tls=None, **settings):
    """A server with romeo and juliet, and a push service."""
    service = PushService(tls)
    try:
        with Server(config(**settings), users=["romeo", "juliet"]) as server:
            yield server, service
    finally:
        service.close()


def ask(client, name, inside, kind="set", to=None):
    address = f" to='{to}'" if to else ""
    client.say(f"<iq type='{kind}' id='{name}'{address}>{inside}</iq>")
    return client.hear(lambda e: e.local == "iq" and e.attrs.get("id") == name, PATIENCE)


def form(endpoint, p256dh=P256DH, auth=AUTH, **more):
    fields = {"endpoint": endpoint, "p256dh": p256dh, "auth": auth, **more}
    rows = "".join(f"<field var='{name}'><value>{value}</value></field>" for name, value in fields.items() if value is not None)
    return (f"<x xmlns='jabber:x:data' type='submit'><field var='FORM_TYPE'><value>urn:parley:webpush:0</value></field>{rows}</x>")


def enable(server, endpoint, node="n", user="romeo", **more):
    """Enables a subscription and leaves: the answer."""
    client = server.login(f"{user}/{node}")
    with closing(client):
        answer = ask(client, "enable", f"<enable xmlns='urn:xmpp:push:0' jid='localhost' node='{node}'>{form(endpoint, **more)}</enable>")
        client.leave()
    return answer


def refused(answer, condition, what=""):
    want(answer.attrs["type"] == "error" and answer.find("error").find(condition) is not None, f"{what}: {answer}")


def accepted(answer):
    equal(answer.attrs["type"], "result", str(answer))


def say(server, body, extra=""):
    juliet = server.login("juliet/chamber")
    with closing(juliet):
        juliet.message("romeo@localhost", body, extra=extra)
        juliet.ping(soon(PATIENCE))
        juliet.leave()


def vapid_of(server):
    client = server.login("romeo/asks")
    with closing(client):
        answer = ask(client, "disco", "<query xmlns='http://jabber.org/protocol/disco#info'/>", "get", "localhost")
        client.leave()
    for x in answer.find("query").elements():
        fields = {f.attrs.get("var"): f.find("value").text() for f in x.elements() if f.local == "field"}
        if fields.get("FORM_TYPE") == "urn:parley:webpush:0":
            return fields["vapid"]
    raise AssertionError(f"no key in {answer}")


class Browser:
    """webpush/browser.js."""

    def __init__(self):
        node, npm = shutil.which("node"), shutil.which("npm")
        if not (node and npm):
            raise Skip("npm and node are missing")
        os.makedirs(SCRATCH, exist_ok=True)
        for name in ("package.json", "package-lock.json", "browser.js"):
            shutil.copy(os.path.join(HERE, "webpush", name), SCRATCH)
        if not os.path.exists(os.path.join(SCRATCH, "node_modules/http_ece")):
            code, out, err = run(npm, "--prefix", SCRATCH, "ci", "--ignore-scripts", "--no-audit", "--no-fund", seconds=240, cwd=SCRATCH)
            if code:
                raise Skip(f"npm ci: {out}{err}")
        self.child = subprocess.Popen([node, os.path.join(SCRATCH, "browser.js")], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        self.keys = json.loads(self.child.stdout.readline())

    def read(self, request, vapid, origin):
        headers, body = request
        line = {"body": base64.b64encode(body).decode(), "authorization": headers.get("authorization"), "vapid": vapid, "origin": origin}
        self.child.stdin.write(json.dumps(line) + "\n")
        self.child.stdin.flush()
        answer = json.loads(self.child.stdout.readline())
        want("error" not in answer, answer)
        return answer

    def close(self):
        self.child.stdin.close()
        self.child.wait(PATIENCE)


def check_browser():
    """a browser reads what it is sent over HTTPS, and that this server has sent it; calls are short-lived"""
    browser = Browser()
    folder = os.path.join(SCRATCH, "tls")
    os.makedirs(folder, exist_ok=True)
    tls = certificate(folder, "push", "localhost")
    try:
        with ground(tls, plain="false", ca=tls[0]) as (server, service):
            vapid = vapid_of(server)
            accepted(enable(server, f"{service.origin}/201/a", "all", **browser.keys))
            accepted(enable(server, f"{service.origin}/201/b", "sender", content="sender", **browser.keys))
            accepted(enable(server, f"{service.origin}/201/c", "none", content="none", **browser.keys))
            say(server, "Wherefore art &quot;thou&quot;, R\u00f6meo?")
            read = {path: browser.read(service.wait(path)[0], vapid, service.origin) for path in ("/201/a", "/201/b", "/201/c")}
            equal(read["/201/a"]["claims"]["sub"], "mailto:push@localhost")
            payload = read["/201/a"]["payload"]
            equal(payload, {"type": "message", "account": "romeo@localhost", "count": 1, "mention": False,
                            "conversation": "juliet@localhost", "sender": "juliet@localhost/chamber",
                            "body": 'Wherefore art "thou", R\u00f6meo?'})
            del payload["body"]
            equal(read["/201/b"]["payload"], payload)
            del payload["sender"], payload["conversation"]
            equal(read["/201/c"]["payload"], payload)
            headers = service.at("/201/a")[0][0]
            equal([headers.get(name) for name in ("ttl", "urgency", "content-encoding", "expect")], ["86400", "high", "aes128gcm", None])
            want(0 < len(headers["topic"]) <= 32, headers)
            say(server, "x" * 5000)
            equal(len(browser.read(service.wait("/201/a", 2)[1], vapid, service.origin)["payload"]["body"]), 1024)
            juliet = server.login("juliet/chamber")
            with closing(juliet):
                juliet.say("<message to='romeo@localhost' type='chat'><propose xmlns='urn:xmpp:jingle-message:0' id='c'/></message>")
                call = service.wait("/201/a", 3)[2]
                equal(browser.read(call, vapid, service.origin)["payload"]["type"], "call")
                equal(call[0]["ttl"], "60")
                juliet.leave()
    finally:
        browser.close()


def check_unified():
    """an endpoint without keys is only woken, one that wants no signature gets none (UnifiedPush)"""
    with ground() as (server, service):
        accepted(enable(server, f"{service.origin}/201/bare", p256dh=None, auth=None, vapid="false"))
        say(server, "one")
        headers, body = service.wait("/201/bare")[0]
        equal((body, headers.get("authorization"), headers.get("content-encoding")), (b"", None, None))


def check_private():
    """no way to addresses that are not public: named by number, by a name that leads there, or by a redirect"""
    with ground(nets="") as (server, service):
        for host in ("127.0.0.1", "10.1.2.3", "169.254.169.254", "192.168.0.1", "[::1]", "[::ffff:127.0.0.1]", "[fd00::1]", "100.64.0.1"):
            refused(enable(server, f"https://{host}:{service.port}/201/x"), "not-acceptable", host)
        for odd in ("http://127.0.0.1/", "ftp://push.example/", "https://user@push.example/", "https://push.example/#x", "https://", ""):
            refused(enable(server, odd), "not-acceptable", odd)
        for host in ("localhost", "0x7f.1", "2130706433", "127.1"):  # what a resolver may make an address of
            accepted(enable(server, f"https://{host}:{service.port}/201/{host}", node="n" + host.replace(".", "")))
        say(server, "one")
        until(lambda: server.metrics()['parley_pushes_total{result="failed"}'] >= 4, "four failures", PATIENCE)
        equal(service.requests, [])
    with ground(nets='"127.0.0.0/8", "::1"') as (server, service):
        service.headers["/307/x"] = {"Location": f"{service.origin}/201/inside"}
        accepted(enable(server, f"{service.origin}/307/x"))
        say(server, "one")
        service.wait("/307/x")
        until(lambda: server.metrics()['parley_pushes_total{result="failed"}'] == 1, "the failure", PATIENCE)
        say(server, "two")  # it is disabled
        equal(len(service.requests), 1)


def check_plain():
    """http only to the addresses that the switch is for"""
    with ground(plain="false") as (server, service):
        refused(enable(server, f"{service.origin}/201/x"), "not-acceptable")
    with ground(plain="true", nets='"127.0.0.9"') as (server, service):
        accepted(enable(server, f"{service.origin}/201/x"))
        say(server, "one")
        until(lambda: server.metrics()['parley_pushes_total{result="failed"}'] == 1, "the failure", PATIENCE)
        equal(service.requests, [])


def check_keys():
    """keys that are none are refused when they come"""
    with ground() as (server, service):
        url = f"{service.origin}/201/x"
        off = P256DH[:-2] + ("AA" if not P256DH.endswith("AA") else "BA")
        for p256dh, auth in ((None, AUTH), (P256DH, None), (P256DH[:-4], AUTH), (off, AUTH), (P256DH, AUTH[:-2]), ("!!", AUTH)):
            refused(enable(server, url, p256dh=p256dh, auth=auth), "not-acceptable", f"{p256dh} {auth}")
        refused(enable(server, url, content="everything"), "bad-request")


def check_answers():
    """410 ends a subscription, 413 takes its payload, 503 is tried again, 400 disables; all of it lasts"""
    with ground(retry="50ms") as (server, service):
        for path in ("410/a", "404/b", "413-201/c", "503-429-201/d", "400/e", "201/f"):
            accepted(enable(server, f"{service.origin}/{path}", node=path[-1]))
        say(server, "one")
        equal([bool(body) for _, body in service.wait("/413-201/c", 2)], [True, False])
        service.wait("/503-429-201/d", 3)
        for path in ("/410/a", "/404/b", "/400/e", "/201/f"):
            service.wait(path)
        failed = 'parley_pushes_total{result="failed"}'
        until(lambda: server.metrics()[failed] == 5, lambda: server.metrics()[failed], PATIENCE)
        until(lambda: server.metrics()["parley_fetch_queue"] == 0, "an empty queue", PATIENCE)
        server.stop()
        server.start()
        say(server, "two")
        service.wait("/201/f", 2)
        service.wait("/413-201/c", 3)
        service.wait("/503-429-201/d", 4)
        until(lambda: server.metrics()["parley_fetch_queue"] == 0, "an empty queue", PATIENCE)
        equal([len(service.at(path)) for path in ("/410/a", "/404/b", "/400/e")], [1, 1, 1])


def check_silence():
    """a push service that takes the connection and says nothing holds up neither others nor the end of the server"""
    with socket.create_server(("127.0.0.1", 0)) as deaf, ground() as (server, service):
        accepted(enable(server, f"https://127.0.0.1:{deaf.getsockname()[1]}/x", node="deaf"))
        accepted(enable(server, f"{service.origin}/201/x", node="good"))
        say(server, "one")
        service.wait("/201/x")


def check_list():
    """parleyctl tells the last push and the last answer, but not what is as good as a key"""
    with ground() as (server, service):
        accepted(enable(server, f"{service.origin}/201/secret", node="a-node-with-a-long-name"))
        accepted(enable(server, f"{service.origin}/400/x", node="bad"))
        say(server, "one")
        service.wait("/400/x")

        def listed():
            return {row["device"]: row for row in json.loads(server.ctl("user", "push", "romeo@localhost", "--json"))}

        rows = until(lambda: all(row["last-answer"] for row in listed().values()) and listed(), "the answers", PATIENCE)
        good, bad = rows["a-node-with-a-long-name"], rows["bad"]
        equal([good[key] for key in ("service", "node", "web", "answer", "failures", "disabled")],
              [service.origin, "a-node-with-", True, "HTTP 201", 0, False])
        equal([bad[key] for key in ("answer", "failures", "disabled")], ["HTTP 400", 1, True])
        want(good["enabled"] <= good["last-push"] <= good["last-answer"], good)
        code, _, text = run(server.parleyctl, "--config", server.config, "user", "push", "nobody@localhost")
        want(code != 0 and "nobody" in text, text)
