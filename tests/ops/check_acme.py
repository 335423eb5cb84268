# SPDX-License-Identifier: Apache-2.0
"""Certificates by ACME (RFC 8555, RFC 8737) from the authority of authority.py, which comes for its challenges."""
import contextlib
import threading

from authority import Authority
from bed import PASSWORD, Server, certificate, closing, equal, json, os, peer_certificate, re, run, socket, ssl, time, until, want

PATIENCE = 60  # seconds, for what a busy machine must still do
HERE = "chat.example"
NAMES = [HERE] + [f"{part}.{HERE}" for part in ("conference", "pubsub", "upload")]


def settings(authority, more="", directory=None):
    return (f'acme = {{ agree = true; directory = "{directory or authority.url("directory")}"; contact = [ "mailto:admin@{HERE}" ];\n'
            f'ca_file = "{authority.path("root.pem")}"; private = [ "127.0.0.0/8" ]; http = "127.0.0.1:0"; retry = "1s"; {more} }};\n')


@contextlib.contextmanager
def house(authority, more="", names=(HERE,), **options):
    """A server that wants a certificate from this authority. The port for its challenges is known before it asks. names: none are all."""
    if names:
        more += f" names = [ {', '.join(json.dumps(name) for name in names)} ];"
    with Server(is_started=False, domain=HERE, **options) as server:
        with socket.create_server(("127.0.0.1", 0)) as http, socket.create_server(("127.0.0.1", 0)) as tls:
            authority.http, authority.tls = http.getsockname(), tls.getsockname()
        server.listen["https"] = "127.0.0.1:%d" % authority.tls[1]
        server.set_config(settings(authority, more).replace('http = "127.0.0.1:0"', 'http = "127.0.0.1:%d"' % authority.http[1]))
        server.start()
        yield server


def seen(server, listener="https"):
    """The certificate that a client is shown, in DER."""
    context = ssl._create_unverified_context()
    with server.connect(listener) as link, context.wrap_socket(link, server_hostname=HERE) as over:
        return over.getpeercert(True)


def trusted(server, authority, name=HERE):
    """Whether a client that trusts the authority's root trusts the server."""
    context = ssl.create_default_context(cafile=authority.path("root.pem"))
    try:
        with server.connect("https") as link, context.wrap_socket(link, server_hostname=name):
            return True
    except ssl.SSLError:
        return False


def kept(server):
    path = os.path.join(server.home, "data/acme/certificate.pem")
    with open(path, "rb") as file:
        return file.read()


def key_of(text):
    return re.search(rb"-----BEGIN PRIVATE KEY-----.*?-----END PRIVATE KEY-----", text, re.S).group()


def until_trusted(server, authority):
    until(lambda: trusted(server, authority), "a certificate of the authority", PATIENCE)


def fine(authority):
    equal(authority.failures, [], "what the authority complains of")


def check_http():
    """http-01: with a self-signed certificate at first, soon one for all names; some nonces are bad; nobody is cut off; files are private"""
    with Authority() as authority:
        authority.bad_nonces = 4
        with house(authority, 'challenge = "http-01";', names=()) as server:
            until_trusted(server, authority)
            for name in NAMES:
                want(trusted(server, authority, name), f"not for {name}")
            fine(authority)
            equal({row["contact"][0] for row in authority.accounts.values()}, {f"mailto:admin@{HERE}"})
            folder = os.path.join(server.home, "data/acme")
            until(lambda: os.path.exists(os.path.join(folder, "state")), "the state", PATIENCE)
            for name in os.listdir(folder):
                equal(os.stat(os.path.join(folder, name)).st_mode & 0o777, 0o600, name)
            orders = len(authority.orders)
            before = kept(server)
            server.stop()
            server.start()
            want(trusted(server, authority), "another certificate after a restart")
            equal((len(authority.orders), kept(server)), (orders, before), "a restart asks again")
            server.stop()
            with open(os.path.join(folder, "certificate.pem"), "wb") as file:
                file.write(before[:300])
            server.start()  # a damaged one is put aside, and another one is got
            until_trusted(server, authority)
            equal(len(authority.orders), orders + 1)


def check_tls_alpn():
    """tls-alpn-01, over the https listener; who asks for acme-tls/1 without a challenge is refused; afterwards nothing is shown any more"""
    with Authority() as authority:
        authority.ways = ("dns-01", "tls-alpn-01")
        with house(authority, 'challenge = "tls-alpn-01";') as server:
            until_trusted(server, authority)
            fine(authority)
            equal({auth["way"] for auth in authority.authorizations.values()}, {"tls-alpn-01"})
            context = ssl._create_unverified_context()
            context.set_alpn_protocols(["acme-tls/1"])
            for listener in ("https", "xmpps"):
                with server.connect(listener) as link:
                    try:
                        context.wrap_socket(link, server_hostname=HERE)
                        want(False, "acme-tls/1 without a challenge")
                    except (ssl.SSLError, ConnectionError):
                        pass
            want(trusted(server, authority), "other clients")


def check_other_way():
    """any: after a failure the other way is tried"""
    with Authority() as authority, house(authority) as server:
        authority.http = authority.tls  # not plain HTTP
        until_trusted(server, authority)
        equal([auth["way"] for auth in authority.authorizations.values() if auth["status"] != "pending"][0], "http-01")
        equal({auth["way"] for auth in authority.authorizations.values() if auth["status"] == "valid"}, {"tls-alpn-01"})


def check_renewal():
    """at two thirds of its life a certificate is followed by another with the same key; connections live on"""
    with Authority() as authority:
        authority.life, authority.backdate = 15, 1
        with house(authority) as server:
            until_trusted(server, authority)
            server.add_user("romeo", PASSWORD)
            romeo = server.login("romeo/one", "tls")
            with closing(romeo):
                first, before = peer_certificate(romeo.socket.sock), key_of(kept(server))
                until(lambda: seen(server) != first, "another certificate", PATIENCE)
                want(trusted(server, authority), "the new one is not trusted")
                want(seen(server, "xmpps") != first, "direct TLS has the old one")
                equal(key_of(kept(server)), before, "key")
                equal(peer_certificate(romeo.socket.sock), first)
                romeo.message("romeo@chat.example/one", "still here")
                romeo.hear_body("still here")
                equal(len(authority.accounts), 1, "accounts")
                want(server.metrics()['parley_certificate_attempts_total{result="ok"}'] >= 2, "the metric")
                end = server.metrics()["parley_certificate_end_timestamp_seconds"]
                want(abs(end - time.time()) < 40, f"the metric of the end: {end}")
            fine(authority)


def check_binding():
    """external account binding: the right key opens an account; of the ways that the authority has the one that we know is taken"""
    with Authority() as authority:
        authority.ways = ("dns-01", "tls-alpn-01")
        authority.binding = {"kid-1": b"0123456789abcdef0123456789abcdef"}
        with house(authority, 'key_id = "kid-1"; hmac_key = "MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3ODlhYmNkZWY";') as server:
            until_trusted(server, authority)
            fine(authority)


def failed(server, words):
    """Waits until the log says that an attempt failed, with these words; the server goes on as before."""
    until(lambda: words in server.tail(10000), lambda: f"{words!r} in the log", PATIENCE)
    line = [line for line in server.tail(10000).splitlines() if words in line][0]
    want("no certificate could be got" in line, line)
    want(len(seen(server)) > 0, "no TLS any more")


def answered(status, kind, detail, headers=None):
    """A trick: refuses with this problem."""
    def trick(handler, _payload):
        authority = handler.server.authority
        problem = {"type": "urn:ietf:params:acme:error:" + kind, "detail": detail}
        authority.answer(handler, status, problem, headers, "application/problem+json")
        return True
    return trick


def raw(data):
    """A trick: answers with these bytes under a good head."""
    def trick(handler, _payload):
        handler.server.authority.answer(handler, 200, data)
        return True
    return trick


def endless(handler, _payload):
    handler.send_response(200)
    handler.send_header("Replay-Nonce", "abc")
    handler.end_headers()
    with contextlib.suppress(OSError):
        while True:
            handler.wfile.write(b" " * 65536)
    handler.close_connection = True
    return True


def endless_head(handler, _payload):
    with contextlib.suppress(OSError):
        handler.wfile.write(b"HTTP/1.1 200 OK\r\n")
        for i in range(10 ** 6):
            handler.wfile.write(b"X-%d: %s\r\n" % (i, b"x" * 1000))
    handler.close_connection = True
    return True


def check_refusals():
    """what an authority refuses is said in its words; the old certificate stays; afterwards it is tried again"""
    rows = [("account", answered(403, "userActionRequired", "read the terms"), "refuses the new account: read the terms (userActionRequired)"),
            ("order", answered(403, "rejectedIdentifier", "we do not serve \\u001b[31m chat.example\\n"), "refuses the new order: we do not serve"),
            ("order", answered(429, "rateLimited", "too many orders", {"Retry-After": "1"}), "too many orders (rateLimited)"),
            ("directory", raw(b"<html>maintenance</html>"), "answer to the directory makes no sense"),
            ("directory", raw(b'{"newNonce":"http://localhost/","newAccount":"file:///etc/passwd","newOrder":"x"}'), "makes no sense"),
            ("directory", raw(b'{"newNonce":"https://e.com/","newAccount":"https://e.com/","newOrder":"https://e.com/","meta":{"externalAccountRequired":true}}'),
             "set acme.key_id and acme.hmac_key"),
            ("directory", endless, "the answer is too long"), ("directory", endless_head, "no answer to the directory"),
            ("order", raw(b"[" * 100000), "answer to the new order makes no sense"),
            ("certificate", raw(b"no chain"), "the certificate that came is none"),
            ("authorization", raw(b"{}"), "answer to the authorization makes no sense")]
    with Authority() as authority:
        authority.tricks = {rows[0][0]: rows[0][1]}
        with house(authority) as server:
            failed(server, rows[0][2])
            before = seen(server)
            for resource, trick, words in rows[1:]:
                authority.tricks = {resource: trick}
                code, _, text = ctl(server, "cert", "renew")
                want(code != 0 and words in text, f"wanted {words!r}, got {code}: {text}")
                want("\x1b" not in text + server.tail(10000), "control characters")
                equal(seen(server), before, f"certificate after {words}")
            authority.tricks = {}
            equal(ctl(server, "cert", "renew")[0], 0)
            until_trusted(server, authority)


def check_failures():
    """a challenge that fails, a certificate for another key: said; Retry-After holds over a restart, and parleyctl cert renew goes before it"""
    with Authority() as authority:
        authority.tricks = {"order": answered(429, "rateLimited", "too many", {"Retry-After": "3600"})}
        with house(authority, 'challenge = "http-01";') as server:
            failed(server, "too many (rateLimited)")
            server.stop()
            before = len(authority.log)
            authority.tricks = {}
            server.start()
            row = shown(server)["renewal"]
            want(row["failures"] == 1 and "too many" in row["error"] and row["next"], row)
            equal(len(authority.log), before, "requests before the time")
            equal(doctor(server)["certificate-renewal"], "D")
            right, authority.http = authority.http, authority.tls
            code, _, text = ctl(server, "cert", "renew")
            want(code != 0 and f"has not found {HERE} to be ours: http-01" in text, text)
            authority.http, authority.wrong_key = right, True
            code, _, text = ctl(server, "cert", "renew")
            want(code != 0 and "another key" in text, text)
            authority.wrong_key = False
            equal(ctl(server, "cert", "renew")[0], 0)
            row = shown(server)
            equal((row["source"], row["names"], row["renewal"]["failures"], row["renewal"]["error"]), ("acme", [HERE], 0, ""))
            want(row["renewal"]["account"] in authority.accounts and row["renewal"]["next"] < row["until"], row)
            found = doctor(server)
            equal([found["certificate-" + word] for word in ("name", "date", "renewal", "file")], ["A"] * 4)


def check_own_files():
    """own files win; without acme.agree there is nothing to renew; settings that mean nothing are refused"""
    with Authority() as authority, house(authority) as server:
        until_trusted(server, authority)
        own = certificate(server.home, "own", HERE)
        agreed = server.extra
        server.set_config(agreed + f'tls = {{ certificate = "{own[0]}"; key = "{own[1]}"; }};')
        server.hang_up()
        until(lambda: not trusted(server, authority), "the own certificate", PATIENCE)
        equal(shown(server)["source"], "files")
        code, _, text = ctl(server, "cert", "renew")
        want(code != 0 and "acme.agree" in text, text)
        for key, value in (("directory", "http://localhost/"), ("names", ["*.chat.example"]), ("names", ["127.0.0.1"]), ("challenge", "dns-01"),
                           ("hmac_key", "a"), ("contact", ["admin"]), ("private", ["10.0.0.1/8"])):
            server.set_config(f"acme = {{ agree = true; {key} = {json.dumps(value)}; }};")
            code, _, text = run(server.parleyd, "--check", "--config", server.config)
            want(code == 1 and "acme." in text, f"{key}: {text}")


def ctl(server, *words):
    return run(server.parleyctl, "--config", server.config, *words, seconds=PATIENCE)


def shown(server):
    return json.loads(server.ctl("cert", "show", "--json"))


def doctor(server):
    return {row["check"]: row["grade"] for row in json.loads(server.ctl("doctor", "--json"))["checks"]}


def check_hang():
    """an authority that takes the request and never answers keeps nobody: clients are served, and the server stops in time"""
    done = threading.Event()

    def hang(_handler, _payload):
        done.wait(PATIENCE)
        return True
    with Authority() as authority:
        authority.tricks = {"directory": hang}
        try:
            with house(authority) as server:
                until(lambda: ("GET", "directory") in authority.log, "the request", PATIENCE)
                row = shown(server)
                equal((row["source"], row["renewal"]["running"]), ("self-signed", True))
                want(len(seen(server)) > 0, "no TLS")
                server.stop()
                equal(server.exit_code, 0)
        finally:
            done.set()
