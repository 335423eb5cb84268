# SPDX-License-Identifier: Apache-2.0
"""Certificates by ACME (RFC 8555, RFC 8737) from the authority of authority.py, which comes for its challenges."""
import contextlib

from authority import Authority
from bed import PASSWORD, Server, closing, equal, json, os, peer_certificate, re, socket, ssl, time, until, want

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
    """any: what the authority offers is taken; after a failure the other way is tried"""
    with Authority() as authority:
        authority.ways = ("tls-alpn-01",)
        with house(authority) as server:
            until_trusted(server, authority)
            fine(authority)
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
    """external account binding: the right key opens an account, without one it is said what is missing"""
    with Authority() as authority:
        authority.binding = {"kid-1": b"0123456789abcdef0123456789abcdef"}
        with house(authority, 'key_id = "kid-1"; hmac_key = "MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3ODlhYmNkZWY";') as server:
            until_trusted(server, authority)
            fine(authority)
        with house(authority) as server:
            failed(server, "set acme.key_id and acme.hmac_key")


def failed(server, words):
    """Waits until the log says that an attempt failed, with these words; the server goes on as before."""
    until(lambda: words in server.tail(10000), lambda: f"{words!r} in the log", PATIENCE)
    line = [line for line in server.tail(10000).splitlines() if words in line][0]
    want("no certificate could be got" in line, line)
    want(len(seen(server)) > 0, "no TLS any more")
