# SPDX-License-Identifier: Apache-2.0
"""Attacks before and at the login. Rows are those of docs/security.md."""
import base64
import contextlib
import hashlib
import shutil
import statistics

from bed import (LONG, PASSWORD, SECONDS, Closed, Failure, Server, Skip, closing, equal, json, run, soon, ssl, time, until,
                 want)

OPEN = (b"<?xml version='1.0'?><stream:stream xmlns='jabber:client' xmlns:stream='http://etherx.jabber.org/streams' to='localhost' version='1.0'>")
STARTTLS = b"<starttls xmlns='urn:ietf:params:xml:ns:xmpp-tls'/>"
SASL = "urn:ietf:params:xml:ns:xmpp-sasl"


def b64(data):
    return base64.b64encode(data if isinstance(data, bytes) else data.encode()).decode()


@contextlib.contextmanager
def stranger(server, *words, source=None, label="romeo/one", **options):
    """A client on a TLS stream, not logged in, with its features read."""
    client = server.client(label, *(words or ("tls",)), source=source, **options)
    client.prepare(soon())
    client.get_features(soon())
    with closing(client):
        yield client


def sasl(client, text):
    """The answer to one element of SASL."""
    client.say(text)
    return client.take(soon())


def plain(client, user, password, authzid=""):
    text = b64(f"{authzid}\0{user}\0{password}")
    return sasl(client, f"<auth xmlns='{SASL}' mechanism='PLAIN'>{text}</auth>")


def condition(answer):
    return answer.elements()[0].local if answer.local == "failure" else answer.local


def read_all(sock, seconds=SECONDS):
    """Everything until the peer ends it; Failure when it does not."""
    sock.settimeout(0.5)
    data, end = b"", soon(seconds)
    while time.monotonic() < end:
        try:
            part = sock.recv(65536)
        except TimeoutError:
            continue
        except (ConnectionError, ssl.SSLError):
            return data
        if not part:
            return data
        data += part
    raise Failure(f"the server did not end the connection within {seconds} s; it said {data[:300]!r}")


# ---- time and size before the login ----

def drip(sock, data, seconds):
    """Sends byte by byte until the peer ends it; gives back how long that took."""
    began = time.monotonic()
    sock.settimeout(0.05)
    at = 0
    while time.monotonic() - began < seconds:
        try:
            sock.send(data[at % len(data):][:1])
            at += 1
            if not sock.recv(4096):
                break
        except (TimeoutError, ssl.SSLWantReadError):
            continue
        except OSError:
            break
    return time.monotonic() - began


def check_slow_senders():
    """who sends a byte now and then is cut off when limits.login_time is over, at every step of the way in (row 4)"""
    with Server('limits = { login_time = "2s"; };', users=["romeo"]) as server:
        def tls(listener="xmpps"):
            sock = server.connect(listener)
            if listener == "xmpp":
                sock.sendall(OPEN + STARTTLS)
                data = b""
                while b"<proceed" not in data:
                    data += sock.recv(4096)
            context = ssl._create_unverified_context()  # a self-signed certificate on loopback
            return context.wrap_socket(sock, server_hostname="localhost")

        half_auth = OPEN + b"<auth xmlns='urn:ietf:params:xml:ns:xmpp-sasl' mechanism='PLAIN'>" + b"A" * 9000
        for what, sock, data in [("nothing", server.connect("xmpp"), b""), ("a header", server.connect("xmpp"), OPEN + b" " * 1000),
                                 ("blanks", server.connect("xmpp"), b" "), ("a hello", server.connect("xmpps"), b"\x16\x03\x01\x02\x00" + b"\x01" * 500),
                                 ("a login", tls(), half_auth), ("a login behind STARTTLS", tls("xmpp"), half_auth)]:
            if data:
                took = drip(sock, data, 2 * SECONDS)
            else:
                began = time.monotonic()
                read_all(sock, 2 * SECONDS)
                took = time.monotonic() - began
            sock.close()
            want(took < SECONDS + 2, f"{what}: still there after {took:.1f} s")
        client = server.login("romeo/one")  # who has logged in stays
        with closing(client):
            time.sleep(3)
            client.ping(soon())
        server.settle()


def check_slow_handshakes():
    """a TLS handshake that never ends is cut off even when the login may take long"""
    if not LONG:
        raise Skip("30 s: in the long form; tests/unit/net/tls_test.c has it with a clock of its own")
    with Server('limits = { login_time = "1h"; };') as server:
        socks = [server.connect(listener) for listener in ("xmpps", "https")]
        for sock in socks:
            sock.sendall(b"\x16\x03\x01")
        for sock in socks:
            read_all(sock, 45)
            sock.close()


def check_ten_kilobytes():
    """10 kB before the login and no more, on each kind of listener (row 4)"""
    with Server(users=["romeo"]) as server:
        for words in (("tls",), ("starttls",), ("websocket",)):
            with stranger(server, *words) as client:
                padding = "x" * 10200
                answer = None
                client.say(f"<auth xmlns='{SASL}' mechanism='PLAIN'>{padding}</auth>")
                try:
                    answer = client.take(soon())
                    want("policy-violation" in str(answer), f"{words}: {answer}")
                except Closed:
                    want(client.close_code in (None, 1009), f"{words}: {client.close_code}")
        client = server.login("romeo/one")
        with closing(client):
            client.message(client.jid, "x" * 100000)
            client.hear_body("x" * 100000)


def check_login_failures():
    """after limits.login_failures the stream ends"""
    with Server("limits = { login_failures = 3; };", users=["romeo"]) as server:
        with stranger(server) as client:
            for _ in range(3):
                equal(condition(plain(client, "romeo", "wrong")), "not-authorized")
            client.error("policy-violation")


# ---- TLS ----

def openssl(server, listener, *words, stdin="", seconds=8):
    if not shutil.which("openssl"):
        raise Skip("openssl is not installed")
    host, port = server.address(listener)
    code, out, err = run("openssl", "s_client", "-connect", f"{host}:{port}", *words, stdin=stdin, seconds=seconds)
    return code, out + err


def check_old_tls():
    """TLS 1.0 and 1.1 are refused, 1.2 and 1.3 are spoken (row 30)"""
    with Server() as server:
        for listener, words in (("xmpps", ()), ("https", ()), ("xmpp", ("-starttls", "xmpp", "-xmpphost", "localhost"))):
            for version in ("-tls1", "-tls1_1"):
                _, text = openssl(server, listener, version, "-cipher", "ALL:@SECLEVEL=0", *words)
                want("New, (NONE)" in text or "alert" in text, f"{listener} speaks {version}: {text[-600:]}")
                want("alert protocol version" in text or "protocol version" in text, f"{listener} {version}: refused for another reason: {text[-600:]}")
            for version, name in (("-tls1_2", "TLSv1.2"), ("-tls1_3", "TLSv1.3")):
                _, text = openssl(server, listener, version, *words)
                want(f"New, {name}" in text, f"{listener} does not speak {version}: {text[-600:]}")
            _, text = openssl(server, listener, "-tls1_2", "-cipher", "NULL:eNULL:aNULL:RC4:3DES:EXPORT:@SECLEVEL=0", *words)
            want("New, (NONE)" in text or "alert" in text or "no cipher" in text.lower(), f"{listener} takes a weak cipher: {text[-600:]}")


def check_renegotiation():
    """renegotiation, the client's at its will, is refused (row 10)"""
    with Server() as server:
        for listener in ("xmpps", "https"):
            _, text = openssl(server, listener, "-tls1_2", "-legacy_renegotiation", stdin="R\nR\nR\nR\n")
            want("RENEGOTIATING" in text, f"openssl did not ask for it: {text[-600:]}")
            after = text.partition("RENEGOTIATING")[2]
            want("error:" in after and "verify return" not in after, f"{listener} has negotiated again: {after}")


def check_starttls_injection():
    """what came in clear behind <starttls/> is never read as if it had been encrypted (row 27)"""
    with Server(users=["romeo"]) as server:
        injected = OPEN + f"<auth xmlns='{SASL}' mechanism='PLAIN'>{b64(chr(0) + 'romeo' + chr(0) + PASSWORD)}</auth>".encode()
        for extra in (injected, injected[len(OPEN):], b" " * 100 + injected, b"<presence/>"):
            sock = server.connect("xmpp")
            sock.sendall(OPEN)
            data = b""
            while b"</stream:features>" not in data:
                data += sock.recv(4096)
            sock.sendall(STARTTLS + extra)
            data = b""
            while b"<proceed" not in data:
                data += sock.recv(4096)
            context = ssl._create_unverified_context()  # a self-signed certificate on loopback
            try:
                tls = context.wrap_socket(sock, server_hostname="localhost")
                tls.sendall(OPEN)
                data, end = b"", soon(2)
                tls.settimeout(0.3)
                while time.monotonic() < end and b"</stream:features>" not in data:
                    try:
                        data += tls.recv(4096)
                    except TimeoutError:
                        pass
                want(b"<mechanism" in data and b"<success" not in data and b"xmpp-bind'" not in data, f"what was injected counts: {data!r}")
                want(data.count(b"<stream:stream") == 1 and b"</stream:stream>" not in data, f"what was injected was read: {data!r}")
                tls.close()
            except (ssl.SSLError, ConnectionError):
                sock.close()  # the handshake failed on the injected bytes: as good
        equal(server.metrics()['parley_logins_total{result="ok"}'], 0, "logins")


# ---- SASL ----

def check_bad_base64():
    """broken base64 hurts only the exchange that sent it; logins beside it go on (row 14)"""
    with Server(users=["romeo", "juliet"]) as server:
        others = [server.login(f"juliet/{i}") for i in range(3)]
        with closing(*others):
            for bad in ("!", "=", "====", "A", "AA=A", "AAAA=", "A===", "\u00e9", "AAA", "AA==AA==", "A A A A", "AAAA\n", "=AAA", "A" * 8000 + "!"):
                for two in (False, True):
                    with stranger(server) as client:
                        for mechanism in ("PLAIN", "SCRAM-SHA-1"):
                            if two:
                                answer = sasl(client, f"<authenticate xmlns='urn:xmpp:sasl:2' mechanism='{mechanism}'>"
                                                      f"<initial-response>{bad}</initial-response></authenticate>")
                            else:
                                answer = sasl(client, f"<auth xmlns='{SASL}' mechanism='{mechanism}'>{bad}</auth>")
                            want(answer.local in ("failure", "challenge"), f"{bad!r}: {answer}")
                            if answer.local == "challenge":  # "=" is no bytes: the server begins
                                equal(condition(sasl(client, f"<abort xmlns='{answer.ns}'/>")), "aborted")
                        if not two:
                            first = sasl(client, f"<auth xmlns='{SASL}' mechanism='SCRAM-SHA-1'>{b64('n,,n=romeo,r=abcdefgh')}</auth>")
                            equal(first.local, "challenge")
                            equal(condition(sasl(client, f"<response xmlns='{SASL}'>{bad}</response>")) in
                                  ("incorrect-encoding", "malformed-request", "not-authorized"), True, f"response {bad!r}")
                        equal(plain(client, "romeo", PASSWORD).local, "success", f"the login after {bad!r}")
            for other in others:
                other.ping(soon())


def check_somebody_else():
    """who logs in as A gets no session of B: authzid, stream `to` and resource tricks (row 19)"""
    with Server("registration = { open = true; };", users=["romeo", "juliet"]) as server:
        for authzid in ("juliet", "juliet@localhost", "juliet@localhost/x", "romeo@elsewhere.example", "romeo@localhost/x", "admin@localhost"):
            with stranger(server) as client:
                equal(condition(plain(client, "romeo", PASSWORD, authzid)) in ("invalid-authzid", "not-authorized"), True, f"authzid {authzid}")
        with stranger(server) as client:
            equal(condition(plain(client, "romeo", PASSWORD, "romeo@localhost")), "success", "the own name as authzid")
        for header in ("n,a=juliet@localhost,", "n,a=juliet,"):
            with stranger(server) as client:
                answer = sasl(client, f"<auth xmlns='{SASL}' mechanism='SCRAM-SHA-1'>{b64(header + 'n=romeo,r=abcdefgh')}</auth>")
                want(answer.local == "failure" or condition_after_proof(client, answer, header) != "success", f"SCRAM with {header}")
        for to in ("elsewhere.example", "juliet@localhost", "", "localhost.", "LOCALHOST.evil.example"):
            client = server.client("romeo/one", "tls")
            client.connect(soon())
            with closing(client):
                client.say(OPEN.decode().replace("'localhost'", f"'{to}'"))
                client.next_event(soon())
                element = client.hear(lambda e: e.local in ("error", "features"))
                want(element.local == "error" or to == "localhost.", f"to={to!r}: {element}")
        with stranger(server) as client:  # another `to` in the middle of the way
            equal(condition(plain(client, "romeo", PASSWORD)), "success")
            client.reader = type(client.reader)()
            client.say(OPEN.decode().replace("'localhost'", "'elsewhere.example'"))
            client.next_event(soon())
            client.error("host-unknown")
        with stranger(server) as client:  # a session of somebody else by the resource
            client.authenticate(soon())
            client.bind(soon(), "juliet@localhost/x")
            want(client.jid.startswith("romeo@localhost/"), client.jid)
            client.say("<message from='juliet@localhost' to='romeo@localhost' type='chat'><body>I am Juliet</body></message>")
            element = client.take(soon())
            want(element.name.endswith("}error") or element.attrs.get("from", "").startswith("romeo@"), f"a forged from: {element}")


def condition_after_proof(client, challenge, header):
    """Goes on with a SCRAM exchange that began with a header of our own."""
    from player import sasl as mechanisms
    steps = mechanisms.Scram("sha1", "romeo", PASSWORD)
    steps.nonce, steps.gs2, steps.bare = "abcdefgh", header, "n=romeo,r=abcdefgh"
    answer = steps.answer(base64.b64decode(challenge.text()))
    return condition(sasl(client, f"<response xmlns='{SASL}'>{b64(answer)}</response>"))


def check_mechanisms_not_offered():
    """a mechanism that is not in the list is refused; the two forms of SASL do not mix (row 20)"""
    with Server(users=["romeo"]) as server:
        with stranger(server) as client:
            offered = {e.text() for e in client.features.find("mechanisms", SASL).elements()}
        want(offered and "ANONYMOUS" not in offered, str(offered))
        for name in ("EXTERNAL", "ANONYMOUS", "CRAM-MD5", "DIGEST-MD5", "LOGIN", "NTLM", "OAUTHBEARER", "X-OAUTH2", "scram-sha-1", "SCRAM-SHA-1-PLUS ",
                     "SCRAM-MD5", "SCRAM-SHA-384", "HT-SHA-256-NONE", "plain", "", "PLAINX", "GSSAPI"):
            if name in offered:
                continue
            with stranger(server) as client:
                answer = sasl(client, f"<auth xmlns='{SASL}' mechanism='{name}'>{b64(chr(0) + 'romeo' + chr(0) + PASSWORD)}</auth>")
                equal(condition(answer) in ("invalid-mechanism", "malformed-request"), True, f"mechanism {name!r}: {answer}")
        with stranger(server) as client:  # without a mechanism
            equal(condition(sasl(client, f"<auth xmlns='{SASL}'/>")) in ("invalid-mechanism", "malformed-request"), True)
        with stranger(server) as client:  # begun in one form, answered in the other
            equal(sasl(client, f"<auth xmlns='{SASL}' mechanism='SCRAM-SHA-1'>{b64('n,,n=romeo,r=abcdefgh')}</auth>").local, "challenge")
            client.say("<response xmlns='urn:xmpp:sasl:2'/>")
            client.error("not-authorized")
        with stranger(server) as client:  # twice at the same time
            equal(sasl(client, f"<auth xmlns='{SASL}' mechanism='SCRAM-SHA-1'>{b64('n,,n=romeo,r=abcdefgh')}</auth>").local, "challenge")
            client.say(f"<auth xmlns='{SASL}' mechanism='PLAIN'>{b64(chr(0) + 'romeo' + chr(0) + PASSWORD)}</auth>")
            client.error("not-authorized")
        with stranger(server) as client:  # again after the login
            equal(plain(client, "romeo", PASSWORD).local, "success")
            client.open_stream(soon())
            client.get_features(soon())
            client.say(f"<auth xmlns='{SASL}' mechanism='PLAIN'>{b64(chr(0) + 'romeo' + chr(0) + PASSWORD)}</auth>")
            client.error("not-authorized")
        with stranger(server) as client:  # proof before the challenge
            client.say(f"<response xmlns='{SASL}'>{b64('c=biws,r=abc,p=AAAA')}</response>")
            client.error("not-authorized")


def check_unknown_users():
    """whoever asks for an account cannot tell whether it exists: salt, iterations and errors are alike; times are told, not judged (row 22)"""
    with Server(users=["romeo", "tybalt"]) as server:
        server.ctl("user", "disable", "tybalt")
        salts = {}
        for name in ("romeo", "nobody", "somebody", "tybalt", "NOBODY"):
            found = set()
            for mechanism in ("SCRAM-SHA-1", "SCRAM-SHA-256", "SCRAM-SHA-1"):
                with stranger(server) as client:
                    answer = sasl(client, f"<auth xmlns='{SASL}' mechanism='{mechanism}'>{b64(f'n,,n={name},r=abcdefgh')}</auth>")
                    equal(answer.local, "challenge", name)
                    fields = dict(part.split("=", 1) for part in base64.b64decode(answer.text()).decode().split(","))
                    found.add((mechanism, fields["s"], fields["i"], len(base64.b64decode(fields["s"]))))
                    final = b64(f"c=biws,r={fields['r']},p={b64(hashlib.new(mechanism[6:].replace('-', ''), b'').digest())}")
                    equal(condition(sasl(client, f"<response xmlns='{SASL}'>{final}</response>")), "not-authorized", name)
            equal(len(found), 2, f"salts of {name} in two tries")
            salts[name] = {mechanism: rest for mechanism, *rest in found}
        for mechanism in ("SCRAM-SHA-1", "SCRAM-SHA-256"):
            equal({tuple(salts[name][mechanism][1:]) for name in salts} == {tuple(salts["romeo"][mechanism][1:])}, True, f"iterations and length: {salts}")
            equal(salts["nobody"][mechanism], salts["NOBODY"][mechanism], "salt of one name in two spellings")
            equal(len({salts[name][mechanism][0] for name in salts}), 4, "different names have different salts")
        with stranger(server) as client:
            for name in ("nobody", "romeo", "tybalt", "no body", "x" * 1000):
                equal(condition(plain(client, name, "wrong")) in ("not-authorized", "malformed-request"), True, f"PLAIN for {name}")
        server.stop()
        server.start()  # and after a restart
        with stranger(server) as client:
            answer = sasl(client, f"<auth xmlns='{SASL}' mechanism='SCRAM-SHA-1'>{b64('n,,n=nobody,r=abcdefgh')}</auth>")
            fields = dict(part.split("=", 1) for part in base64.b64decode(answer.text()).decode().split(","))
            equal(fields["s"], salts["nobody"]["SCRAM-SHA-1"][0], "salt after a restart")
        times = {}
        for name in ("romeo", "nobody"):
            spent = []
            for _ in range(20):
                with stranger(server) as client:
                    began = time.monotonic()
                    plain(client, name, "wrong")
                    spent.append((time.monotonic() - began) * 1000)
            times[name] = statistics.median(spent)
        return f"PLAIN with a wrong password, median: known {times['romeo']:.2f} ms, unknown {times['nobody']:.2f} ms"


def fail_until_refused(server, user, source, most, label=None):
    """Wrong passwords from source until the answer changes; gives back how many were looked at."""
    for number in range(most):
        with stranger(server, source=source) as client:
            found = condition(plain(client, user(number) if callable(user) else user, "wrong"))
            if found == "temporary-auth-failure":
                return number
            equal(found, "not-authorized", label)
    return most


def check_brute_force():
    """wrong passwords are limited by account and address, and by address; nobody can lock out somebody else (row 32)"""
    with Server("limits = { trusted = [ ]; };", users=["romeo", "juliet"]) as server:
        many = fail_until_refused(server, "romeo", "127.0.0.9", 40)
        want(5 <= many <= 12, f"{many} passwords of one account could be tried from one address")
        with stranger(server, source="127.0.0.9") as client:
            equal(condition(plain(client, "romeo", PASSWORD)), "temporary-auth-failure", "the right password from the attacker's address")
            answer = sasl(client, f"<auth xmlns='{SASL}' mechanism='SCRAM-SHA-1'>{b64('n,,n=romeo,r=abcdefgh')}</auth>")
            equal(condition(answer), "temporary-auth-failure", "SCRAM")
            equal(condition(plain(client, "juliet", PASSWORD)), "success", "another account from there")
        with stranger(server, source="127.0.0.2") as client:
            equal(condition(plain(client, "romeo", PASSWORD)), "success", "the victim from his own address")
        many = fail_until_refused(server, lambda number: f"user{number}", "127.0.0.8", 80)
        want(30 <= many <= 55, f"{many} passwords of many accounts could be tried from one address")
        with stranger(server, source="127.0.0.8") as client:
            equal(condition(plain(client, "juliet", PASSWORD)), "temporary-auth-failure", "any account from there")
        with stranger(server, source="127.0.0.2") as client:
            equal(condition(plain(client, "juliet", PASSWORD)), "success")
        # From many addresses: the account is slow for those who guess wrong, never locked.
        for last in range(20, 33):
            fail_until_refused(server, "juliet", f"127.0.0.{last}", 8)
        began = time.monotonic()
        with stranger(server, source="127.0.0.40") as client:
            equal(condition(plain(client, "juliet", "wrong")), "not-authorized")
            slow = time.monotonic() - began
            want(slow > 1.5, f"after a hundred failures a wrong answer took only {slow:.2f} s")
            began = time.monotonic()
            equal(condition(plain(client, "juliet", PASSWORD)), "success", "the victim of a distributed attack")
            want(time.monotonic() - began < 1.5, "the right password is slow, too")
        want(server.metrics()['parley_logins_total{result="throttled"}'] >= 4, "the metric of what was throttled")


def check_brute_force_from_a_network():
    """all addresses of one IPv6 network (/64) count as one: who has 2^64 of them has no more tries (row 32)"""
    with Server('proxies = [ "127.0.0.1" ];\nlimits = { trusted = [ ]; };', users=["romeo"]) as server:
        def attempt(address):
            sock = server.connect("xmpps")
            sock.sendall(f"PROXY TCP6 {address} ::1 4711 5223\r\n".encode())
            with ssl._create_unverified_context().wrap_socket(sock) as tls:  # a self-signed certificate on loopback
                tls.sendall(OPEN + f"<auth xmlns='{SASL}' mechanism='PLAIN'>{b64(chr(0) + 'romeo' + chr(0) + 'wrong')}</auth>".encode())
                data = b""
                while b"</failure>" not in data:
                    part = tls.recv(8192)
                    want(part, f"closed: {data!r}")
                    data += part
                return b"temporary-auth-failure" in data
        results = [attempt(f"2001:db8::{number:x}") for number in range(1, 15)]
        want(results[0] is False and results[-1] is True, f"throttled: {results}")
        want(attempt("2001:db8:0:1::1") is False, "another network is throttled, too")
        want("2001:db8::1" in server.tail(100), "the log does not name the whole address")


def check_trusted_addresses():
    """addresses of limits.trusted are never throttled"""
    with Server('limits = { trusted = [ "127.0.0.0/24" ]; login_failures = 100; };', users=["romeo"]) as server:
        with stranger(server, source="127.0.0.9") as client:
            for _ in range(60):
                equal(condition(plain(client, "romeo", "wrong")), "not-authorized")
            equal(condition(plain(client, "romeo", PASSWORD)), "success")


def check_registration_limit():
    """accounts made from one address are limited; names that look like one that is there are the same account or refused (rows 17, 32)"""
    with Server("registration = { open = true; };\nlimits = { trusted = [ ]; };", users=["romeo"]) as server:
        def register(name, source):
            with stranger(server, source=source) as client:
                answer = client.request("set", f"<query xmlns='jabber:iq:register'><username>{name}</username><password>x-{PASSWORD}</password></query>",
                                        soon())
                return "result" if answer.attrs["type"] == "result" else answer.find("error").elements()[0].local
        results = [register(f"user{number}", "127.0.0.9") for number in range(8)]
        want(results[:5] == ["result"] * 5 and results[5:] == ["resource-constraint"] * 3, str(results))
        equal(register("other", "127.0.0.2"), "result", "from another address")
        for number, name in enumerate(("Romeo", "ROMEO", "\uff52\uff4f\uff4d\uff45\uff4f")):  # the same name after preparation
            equal(register(name, f"127.0.1.{number}"), "conflict", name)
        for number, name in enumerate(("ro meo", "ro@meo", "ro/meo", "ro\u200bmeo", "ro\u00admeo", "&lt;b&gt;", "a:b", "")):
            equal(register(name, f"127.0.2.{number}"), "not-acceptable", repr(name))
        equal(register("admin", "127.0.3.1"), "conflict", "the name of an administrator")


def check_one_normal_form():
    """every spelling of an address is the same account on every path: login, binding, messages, roster, iq, archive, administration (row 17)"""
    with Server(users=["straße", "juliet"]) as server:
        spellings = ["stra\u00dfe", "Stra\u00dfe", "STRA\u00dfE", "\uff33tra\u00dfe"]
        first = None
        for number, name in enumerate(spellings):
            client = server.client(f"x/{number}", "tls")
            client.account = (name, PASSWORD)
            client.login(soon())
            equal(client.jid.partition("/")[0], "stra\u00dfe@localhost", f"login as {name}")
            first = client if first is None else first
            if client is not first:
                client.leave()
        juliet = server.login("juliet/one")
        with closing(first, juliet):
            for number, name in enumerate(spellings):
                for domain in ("localhost", "LOCALHOST", "localhost."):
                    juliet.message(f"{name}@{domain}", f"to {number} {domain}")
                    first.hear_body(f"to {number} {domain}")
                answer = juliet.request("set", f"<query xmlns='jabber:iq:roster'><item jid='{name}@localhost' name='n{number}'/></query>", soon())
                equal(answer.attrs["type"], "result", f"roster item {name}")
            roster = juliet.request("get", "<query xmlns='jabber:iq:roster'/>", soon()).find("query").elements()
            equal([(item.attrs["jid"], item.attrs["name"]) for item in roster], [("stra\u00dfe@localhost", f"n{len(spellings) - 1}")], "roster")
            for name in spellings:
                juliet.pending.clear()
                juliet.request("set", f"<query xmlns='urn:xmpp:mam:2'><x xmlns='jabber:x:data' type='submit'><field var='FORM_TYPE'><value>urn:xmpp:mam:2"
                                      f"</value></field><field var='with'><value>{name}@localhost</value></field></x></query>", soon())
                equal(sum("urn:xmpp:mam:2" in str(event[1]) for event in juliet.pending), len(spellings) * 3, f"messages with {name} in the archive")
            for name in spellings:
                want("straße@localhost" in server.ctl("sessions", "list", f"{name}@localhost"), f"sessions of {name}")
            code, _, err = run(server.parleyctl, "--config", server.config, "user", "add", spellings[1], stdin="x\n")
            want(code == 1 and "exists" in err, f"a second account by another spelling: {err}")


# ---- sessions ----

def resume(client, previd, h="0"):
    return sasl(client, f"<resume xmlns='urn:xmpp:sm:3' previd='{previd}' h='{h}'/>")


def check_resume_hijack():
    """a session is resumed by its account alone, once, and by an id that cannot be guessed (row 33)"""
    with Server(users=["romeo", "juliet"]) as server:
        ids = set()
        for number in range(20):
            client = server.login(f"romeo/{number}", "sm")
            ids.add(client.sm_id)
            client.socket.reset()
        want(len(ids) == 20 and all(len(one) >= 20 for one in ids), f"ids of sessions: {ids}")
        equal(len({one[:8] for one in ids}), 20, "beginnings of the ids")
        romeo = server.login("romeo/phone", "sm")
        old = romeo.sm_id
        romeo.socket.reset()
        thief = server.client("juliet/thief", "tls")
        thief.prepare(soon())
        thief.authenticate(soon())
        with closing(thief):
            equal(resume(thief, old).local, "failed", "a session of somebody else")
            thief.bind(soon())  # the stream is still good
            want(thief.jid.startswith("juliet@"), thief.jid)
            want(resume_inline(server, "juliet", old) is None, "a session of somebody else, inline in SASL2")
        romeo.resume(soon())
        again = server.client("romeo/again", "tls")
        again.prepare(soon())
        again.authenticate(soon())
        with closing(romeo, again):
            for previd in (old[:-1] + ("A" if old[-1] != "A" else "B"), old + "A", old[:-1], old.swapcase(), "", "%s%n", "x" * 5000):
                equal(resume(again, previd).local, "failed", f"id {previd[:40]!r}")
            romeo.leave()
        client = server.client("romeo/late", "tls")
        client.prepare(soon())
        client.authenticate(soon())
        with closing(client):
            equal(resume(client, old).local, "failed", "a session that was closed")


def resume_inline(server, user, previd):
    client = server.client(f"{user}/inline", "tls", "sasl2")
    client.prepare(soon())
    with closing(client):
        answer = client.authenticate(soon(), extra=f"<resume xmlns='urn:xmpp:sm:3' previd='{previd}' h='0'/>")
        want(user in answer.find("authorization-identifier").text(), str(answer))
        return answer.find("resumed")


def check_resume_takes_over():
    """resuming a session whose connection still lives ends the old connection: never two at once"""
    with Server(users=["romeo", "juliet"]) as server:
        romeo, juliet = server.login("romeo/phone", "sm"), server.login("juliet/one")
        old_socket = romeo.socket
        thief = server.client("romeo/x", "tls")
        thief.prepare(soon())
        thief.authenticate(soon())
        with closing(thief, juliet):
            equal(resume(thief, romeo.sm_id, romeo.handled).local, "resumed")
            data, end = b"", soon()
            try:
                while time.monotonic() < end:
                    data += old_socket.receive(end)
            except Closed:
                pass
            want(b"<conflict" in data or not data, f"the old connection heard {data!r}")
            juliet.message("romeo@localhost/phone", "who hears this?")
            thief.sm_on = True
            thief.hear_body("who hears this?")
            equal(len(json.loads(server.ctl("sessions", "list", "romeo@localhost", "--json"))), 1, "sessions of the account")
        old_socket.close()


def check_half_open():
    """logins that break off at every step leave nothing behind"""
    with Server(users=["romeo"]) as server:
        base = server.metrics()
        for step in range(6):
            for _ in range(10):
                client = server.client("romeo/one", "tls")
                client.connect(soon())
                if step > 0:
                    client.open_stream(soon())
                if step > 1:
                    client.say(f"<auth xmlns='{SASL}' mechanism='SCRAM-SHA-1'>{b64('n,,n=romeo,r=abcdefgh')}</auth>")
                if step > 2:
                    client.hear(lambda e: e.local == "challenge")
                if step > 3:
                    client.say(f"<response xmlns='{SASL}'>{b64('c=biws')}")
                if step == 5:
                    client.say("</response>")
                client.socket.reset()
        server.settle()
        until(lambda: server.metrics()['parley_memory_bytes{subsystem="connections"}'] == base['parley_memory_bytes{subsystem="connections"}'],
              "the bytes of connections to go")
        equal(server.metrics()["parley_sessions"], 0)
