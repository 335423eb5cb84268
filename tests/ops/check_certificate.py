# SPDX-License-Identifier: Apache-2.0
"""Login with a certificate of the client (EXTERNAL: XEP-0178 2, RFC 6120 13.7). Rows are those of docs/security.md."""
import base64
import contextlib
import functools
import time

import player.wire
from bed import (PASSWORD, SECONDS, Closed, Late, Server, certificate, closing, equal, os, peer_certificate, run, soon, ssl, until,
                 want)

SASL, SASL2 = "urn:ietf:params:xml:ns:xmpp-sasl", "urn:xmpp:sasl:2"
XMPP_ADDR = "1.3.6.1.5.5.7.8.5"


def openssl(*words):
    code, _, text = run("openssl", *words)
    want(code == 0, text)


def xmpp(*addresses):
    return [f"otherName:{XMPP_ADDR};UTF8:{address}" for address in addresses]


def issue(folder, name, names, authority="ca", subject="/CN=somebody", days="30", usage="clientAuth"):
    """A client's certificate from an authority of the folder: (its path, the key's). names: as openssl writes them."""
    base = os.path.join(folder, name)
    lines = [f"extendedKeyUsage={usage}"] if usage else ["basicConstraints=CA:FALSE"]
    if names:
        lines.append("subjectAltName=@names\n[names]")
        for i, each in enumerate(names):
            kind, _, value = each.partition(":")
            lines.append(f"{kind}.{i}={value}")
    with open(base + ".ext", "w", encoding="utf-8") as file:
        file.write("\n".join(lines) + "\n")
    root = os.path.join(folder, authority)
    openssl("req", "-new", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-keyout", base + ".key",
            "-out", base + ".csr", "-utf8", "-subj", subject)
    openssl("x509", "-req", "-in", base + ".csr", "-CA", root + ".pem", "-CAkey", root + ".key", "-CAcreateserial",
            "-days", days, "-extfile", base + ".ext", "-out", base + ".pem")
    return base + ".pem", base + ".key"


def alone(folder, name):
    """The same, signed with its own key."""
    base = os.path.join(folder, "alone")
    openssl("req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-keyout", base + ".key",
            "-out", base + ".pem", "-subj", "/CN=Authority", "-addext", f"subjectAltName={name}")
    return base + ".pem", base + ".key"


@contextlib.contextmanager
def house(more=""):
    """A running server that trusts the clients of ca.pem."""
    with Server(is_started=False) as server:
        certificate(server.home, "ca", "Authority")
        server.set_config('tls = { client_ca = "ca.pem"; };\n' + more)
        server.start()
        for user in ("romeo", "juliet"):
            server.add_user(user, PASSWORD)
        yield server


@contextlib.contextmanager
def showing(paths, version=None):
    """What the player's clients show in their handshakes."""
    before = player.wire.tls_context

    def shown(alpn):
        context = before(alpn)
        if version:
            context.maximum_version = version
        if paths:
            context.load_cert_chain(*paths)
        return context
    player.wire.tls_context = shown
    try:
        yield
    finally:
        player.wire.tls_context = before


@contextlib.contextmanager
def guest(server, paths, listener="tls", version=None):
    with showing(paths, version):
        client = server.client("romeo/one", listener)
        client.prepare(soon())
        client.get_features(soon())
    with closing(client):
        yield client


def offered(client):
    """The mechanisms of SASL and of SASL 2, which must be the same."""
    both = [[each.text() for each in client.features.find(holder, ns).elements() if each.local == "mechanism"]
            for holder, ns in (("mechanisms", SASL), ("authentication", SASL2))]
    equal(both[0], both[1], "mechanisms of SASL 2")
    return both[0]


def ask(client, authzid="", is_two=False, more=""):
    """The answer to EXTERNAL with this authorization identity; None: no initial response."""
    text = None if authzid is None else base64.b64encode(authzid.encode()).decode() or "="
    if is_two:
        initial = "" if text is None else f"<initial-response>{text}</initial-response>"
        client.say(f"<authenticate xmlns='{SASL2}' mechanism='EXTERNAL'>{initial}{more}</authenticate>")
    else:
        client.say(f"<auth xmlns='{SASL}' mechanism='EXTERNAL'>{text or ''}</auth>")
    return client.take(soon())


def outcome(answer):
    return answer.elements()[0].local if answer.local == "failure" else answer.local


def bound_as(client):
    client.open_stream(soon())
    client.features = None
    client.get_features(soon())
    client.bind(soon())
    return client.jid.partition("/")[0]


def check_good():
    """RFC 6120 13.7.1.4: who shows a certificate with an address is let in as it, in each way that there is"""
    with house() as server:
        paths = issue(server.home, "juliet", xmpp("Juliet@LOCALHOST"), subject="/CN=romeo@localhost")
        for listener in ("tls", "starttls"):
            for version in (ssl.TLSVersion.TLSv1_2, ssl.TLSVersion.TLSv1_3):
                with guest(server, paths, listener, version) as client:
                    equal(offered(client)[0], "EXTERNAL", "the first mechanism")
                    equal(outcome(ask(client)), "success")
                    equal(bound_as(client), "juliet@localhost")
        with guest(server, paths) as client:
            answer = ask(client, is_two=True)
            equal(answer.find("authorization-identifier").text(), "juliet@localhost")
        with guest(server, paths) as client:  # without an initial response
            equal(outcome(ask(client, None)), "challenge")
            client.say(f"<response xmlns='{SASL}'/>")
            equal(outcome(client.take(soon())), "success")
            equal(bound_as(client), "juliet@localhost")


def check_no_certificate():
    """a certificate is asked for, not demanded; over the web it is not asked for"""
    with house() as server:
        for listener in ("tls", "starttls"):
            with guest(server, None, listener) as client:
                want("EXTERNAL" not in offered(client), "EXTERNAL without a certificate")
                equal(outcome(ask(client)), "invalid-mechanism")
                client.authenticate(soon())
        for listener, is_asked in (("xmpps", True), ("https", False)):
            host, port = server.address(listener)
            _, text, _ = run("openssl", "s_client", "-connect", f"{host}:{port}", *(["-alpn", "xmpp-client"] if is_asked else []))
            equal("Acceptable client certificate CA names" in text, is_asked, f"question at {listener}")


def refused(server, paths, what):
    with guest(server, paths) as client:
        want("EXTERNAL" not in offered(client), f"{what}: EXTERNAL is offered")
        equal(outcome(ask(client, "romeo@localhost")), "invalid-mechanism", what)
        client.authenticate(soon())  # with the password, as anybody


def check_bad():
    """row 26: only an address in a certificate of our roots, now valid, for clients, counts; never the subject"""
    with house() as server:
        make, romeo = functools.partial(issue, server.home), xmpp("romeo@localhost")
        certificate(server.home, "other", "Authority")  # the same name, another key
        for what, paths in [
                ("of another authority", make("a", romeo, authority="other")),
                ("self-signed", alone(server.home, romeo[0])),
                ("that has ended", make("c", romeo, days="-1")),
                ("for servers", make("d", romeo, usage="serverAuth")),
                ("with a common name only", make("e", [], subject="/CN=romeo@localhost")),
                ("with a name within a name", make("f", [], subject="/OU=CN=romeo@localhost/CN=x,CN=romeo@localhost")),
                ("with a mail address", make("g", ["email:romeo@localhost"], subject="/emailAddress=romeo@localhost")),
                ("with a host name and a URI", make("h", ["DNS:localhost", "URI:xmpp:romeo@localhost"])),
                ("of another domain", make("i", xmpp("romeo@localhost.example", "romeo@example.org"))),
                ("with a resource, or without a localpart", make("j", xmpp("romeo@localhost/one", "localhost", "@localhost"))),
                ("of another kind of name", make("k", ["otherName:1.3.6.1.4.1.311.20.2.3;UTF8:romeo@localhost"])),
                ("of another kind of text", make("l", [f"otherName:{XMPP_ADDR};IA5STRING:romeo@localhost"])),
                ("with more names than are looked at", make("m", xmpp(*(f"u{i}@localhost" for i in range(64))) + romeo))]:
            refused(server, paths, what)
        with guest(server, make("n", xmpp(*(f"u{i}@localhost" for i in range(63))) + romeo)) as client:
            equal(outcome(ask(client, "romeo@localhost")), "success", "as many names as are looked at")


def check_authzid():
    """XEP-0178 2: one address need not be said, several must; and none but those of the certificate will do"""
    with house() as server:
        make = functools.partial(issue, server.home)
        one = make("one", xmpp("romeo@localhost", "romeo@example.org", "ROMEO@localhost"))
        two = make("two", xmpp("romeo@localhost", "juliet@localhost"))
        for paths, authzid, wanted in [(one, "", "romeo"), (one, "romeo@localhost", "romeo"), (one, "Romeo@Localhost", "romeo"),
                                       (one, "juliet@localhost", None), (one, "romeo@example.org", None),
                                       (one, "romeo@localhost/one", None), (one, "romeo", None), (one, "localhost", None),
                                       (one, "romeo@localhost\0", None), (two, "", None),
                                       (two, "romeo@localhost", "romeo"), (two, "juliet@localhost", "juliet"),
                                       (two, "nurse@localhost", None)]:
            for is_two in (False, True):
                with guest(server, paths) as client:
                    answer = ask(client, authzid, is_two)
                    equal(outcome(answer), "success" if wanted else "invalid-authzid", f"{authzid!r} of {paths[0]}")
                    if wanted and is_two:
                        equal(answer.find("authorization-identifier").text(), wanted + "@localhost")
                    elif wanted:
                        equal(bound_as(client), wanted + "@localhost")
                    else:
                        client.authenticate(soon())  # and another mechanism may follow


def check_accounts():
    """an account that is not there, or disabled, is not let in; guesses at its password keep nobody with a certificate out"""
    with house("limits = { trusted = [ ]; };") as server:
        paths = {name: issue(server.home, name, xmpp(name + "@localhost")) for name in ("nurse", "juliet")}
        server.ctl("user", "disable", "juliet")
        for _ in range(2):
            with guest(server, paths["nurse"]) as client:
                equal(outcome(ask(client)), "not-authorized")
            with guest(server, paths["juliet"]) as client:
                equal(outcome(ask(client)), "account-disabled")
        server.ctl("user", "enable", "juliet")
        wrong, said = base64.b64encode(b"\0juliet\0wrong").decode(), ""
        for _ in range(20):
            with guest(server, None) as client:
                client.say(f"<auth xmlns='{SASL}' mechanism='PLAIN'>{wrong}</auth>")
                said = outcome(client.take(soon()))
        equal(said, "temporary-auth-failure", "after so many guesses")
        with guest(server, paths["juliet"]) as client:
            equal(outcome(ask(client)), "success")


def check_no_token():
    """a login by certificate gets no token (XEP-0484), which would outlive it"""
    with house() as server:
        more = ("<user-agent xmlns='urn:xmpp:sasl:2' id='d4565fa7-4d72-4749-b3d3-740edbf87770'/>"
                "<request-token xmlns='urn:xmpp:fast:0' mechanism='HT-SHA-256-NONE'/>")
        with guest(server, issue(server.home, "romeo", xmpp("romeo@localhost"))) as client:
            answer = ask(client, is_two=True, more=more)
            equal(outcome(answer), "success")
            want(answer.find("token") is None, str(answer))


def check_huge():
    """row 9: a certificate with 10,000 names costs the server next to nothing, whoever signed it"""
    with house() as server:
        certificate(server.home, "other", "Stranger")
        for authority in ("ca", "other"):
            for count in (600, 10000):
                paths = issue(server.home, f"{authority}{count}", xmpp(*(f"u{i}@localhost" for i in range(count))), authority=authority)
                began = time.monotonic()
                try:
                    with guest(server, paths) as client:
                        want(count == 600, "so many bytes of certificates were taken")
                        want("EXTERNAL" not in offered(client), "EXTERNAL is offered")
                except (Closed, Late):
                    want(count == 10000, "the connection has ended")
                want(time.monotonic() - began < SECONDS / 2, "it takes long")
        with guest(server, None) as client:
            client.authenticate(soon())


def revoke(folder, paths):
    """Adds a list of revocations with this certificate to ca.pem."""
    base = os.path.join(folder, "revoked")
    with open(base + ".cnf", "w", encoding="utf-8") as file:
        file.write(f"[ca]\ndefault_ca=x\n[x]\ndatabase={base}.db\ndefault_md=sha256\ndefault_crl_days=7\n")
    with open(base + ".db", "w", encoding="utf-8"):
        pass
    root = ("-config", base + ".cnf", "-cert", os.path.join(folder, "ca.pem"), "-keyfile", os.path.join(folder, "ca.key"))
    openssl("ca", *root, "-revoke", paths[0])
    openssl("ca", *root, "-gencrl", "-out", base + ".crl")
    with open(base + ".crl", encoding="ascii") as crl, open(os.path.join(folder, "ca.pem"), "a", encoding="ascii") as roots:
        roots.write(crl.read())


def until_offered(server, paths, wanted):
    def is_so():
        with guest(server, paths) as client:
            return ("EXTERNAL" in offered(client)) == wanted
    for _ in range(3):  # a letter to each loop
        until(is_so, f"EXTERNAL is {'' if wanted else 'not '}offered")


def check_reload():
    """SIGHUP reads roots and revocations again; files that are wrong change nothing"""
    with house() as server:
        kept, lost = (issue(server.home, name, xmpp(name + "@localhost")) for name in ("romeo", "juliet"))
        with guest(server, lost) as before:
            revoke(server.home, lost)
            want("not reloaded" not in server.hang_up(), server.tail(3))
            until_offered(server, lost, False)
            until_offered(server, kept, True)
            want(peer_certificate(before.socket.sock), "the connection is gone")
        certificate(server.home, "other", "Other")
        server.set_config('tls = { client_ca = "other.pem"; };')
        want("not reloaded" not in server.hang_up(), server.tail(3))
        until_offered(server, kept, False)
        for wrong in ("gone.pem", "other.key"):
            server.set_config(f'tls = {{ client_ca = "{wrong}"; }};')
            line = server.hang_up()
            want("not reloaded" in line and wrong in line, line)
        until_offered(server, issue(server.home, "new", xmpp("romeo@localhost"), authority="other"), True)
