# SPDX-License-Identifier: Apache-2.0
"""What must never be readable: secrets and bodies in the log, passwords in the files of the server (rows 18 and 60)."""
import base64

from bed import PASSWORD, Server, Skip, closing, equal, os, re, soon, time, until, want
from player import sasl

BODY, SUBJECT, STATUS = "unrepeatable-body-4711", "unrepeatable-subject-4712", "unrepeatable-status-4713"
CARD, NOTE = "unrepeatable-card-4714", "unrepeatable-private-4715"
NEW, CTL, WRONG, GUEST = "new-password-4716", "ctl-password-4717", "wrong-password-4718", "guest-password-4719"


class Witness:
    """Keeps all that went over the wire in SASL, and every token that the server gave."""

    def __init__(self):
        self.secrets = set()

    def watch(self, client):
        send, note = client.send, client._note  # pylint: disable=protected-access

        def keep_sent(text, deadline):
            if "xmpp-sasl" in text or "urn:xmpp:sasl" in text:
                self.keep(text)
            send(text, deadline)

        def keep_heard(kind, element):
            if element is not None and kind == "element" and element.local in ("challenge", "success"):
                data = element.find("additional-data")
                self.keep(f"<response>{(element if data is None else data).text()}</response>")
            note(kind, element)
        client.send, client._note = keep_sent, keep_heard  # pylint: disable=protected-access
        return client

    def keep(self, text):
        for part in re.findall(r"<(?:auth|response|initial-response)[^>]*>([^<]{12,})<", text):
            self.secrets.add(part)
            try:
                plain = base64.b64decode(part, validate=True).decode()
            except ValueError:
                continue
            self.secrets.update(field.partition("=")[2] for field in plain.split(",") if field[:2] in ("p=", "v=", "s=", "r=") and len(field) > 12)


def drive(server, witness):
    """Logins of all kinds, chats, password changes, wrong and broken attempts."""
    romeo = witness.watch(server.client("romeo/one", "tls", "sm"))
    romeo.login(soon())
    clients = [romeo]
    for number, words in enumerate((("starttls", "sasl2"), ("tls", "bind2", "sm", "carbons"), ("websocket",))):
        over_tls = ("PLAIN", "SCRAM-SHA-512-PLUS") if "websocket" not in words else ()
        for mechanism in ("SCRAM-SHA-1", "SCRAM-SHA-256", *over_tls):
            client = witness.watch(server.client(f"juliet/{number}{mechanism}", *words, mechanism=mechanism))
            client.login(soon())
            clients.append(client)
            if client.sm_id:
                witness.secrets.add(client.sm_id)
    witness.secrets.add(romeo.sm_id)
    juliet = clients[-1]
    for number in range(5):
        romeo.message(juliet.jid, f"{BODY} {number}", extra=f"<subject>{SUBJECT}</subject>")
        juliet.hear_body(f"{BODY} {number}")
    romeo.message("nobody@localhost", BODY)
    romeo.message("tybalt@localhost", BODY)  # waits in the archive
    romeo.say(f"<presence><status>{STATUS}</status></presence>")
    romeo.request("set", f"<vCard xmlns='vcard-temp'><NOTE>{CARD}</NOTE></vCard>", soon())
    romeo.request("set", f"<query xmlns='jabber:iq:private'><x xmlns='x:y'>{NOTE}</x></query>", soon())
    romeo.say(f"<message to='{juliet.jid}'><body>{BODY}</body><broken")
    romeo.say(f" {BODY}></message>")
    for text in (f"<message to='@@' type='chat'><body>{BODY}</body></message>", f"<iq type='set' id='x'><query xmlns='jabber:iq:roster'>{BODY}</query></iq>"):
        if romeo.wire and not romeo.close_sent:
            try:
                romeo.say(text)
            except Exception:  # pylint: disable=broad-except  # the broken element has ended the stream
                break
    juliet.result(f"<query xmlns='jabber:iq:register'><username>juliet</username><password>{NEW}</password></query>", soon())
    server.ctl("user", "passwd", "juliet", stdin=CTL + "\n")
    for mechanism in ("PLAIN", "SCRAM-SHA-256"):
        bad = witness.watch(server.client("romeo/bad", "tls"))
        bad.prepare(soon())
        bad.get_features(soon())
        equal(bad.exchange(mechanism, soon(), password=WRONG).local, "failure")
        steps = sasl.Plain("romeo", WRONG)
        bad.say(f"<auth xmlns='urn:ietf:params:xml:ns:xmpp-sasl' mechanism='PLAIN'>{base64.b64encode(steps.first()).decode()[:-1]}!</auth>")
        bad.take(soon())
        clients.append(bad)
    guest = server.client("guest/one", "tls")
    guest.prepare(soon())
    guest.request("set", f"<query xmlns='jabber:iq:register'><username>guest</username><password>{GUEST}</password></query>", soon())
    guest.request("set", f"<query xmlns='jabber:iq:register'><username>guest</username><password>{GUEST}</password></query>", soon())
    clients.append(guest)
    return clients


def check_log(form="text"):
    """logins, chats and password changes at log level trace leave no password, proof, token or body in the log (row 60)"""
    with Server(f'log = {{ level = "trace"; form = "{form}"; }};\nregistration = {{ open = true; }};', users=["romeo", "juliet", "tybalt"]) as server:
        witness = Witness()
        clients = drive(server, witness)
        with closing(*clients):
            until(lambda: "account registered" in server.tail(100000), "the log of the registration")
            time.sleep(0.2)
        server.stop()
        log = server.tail(10**9)
        want(log.count("logged in") >= 11 and "login failed" in log, "the log is not of this server")
        secrets = {BODY, SUBJECT, STATUS, CARD, NOTE, NEW, CTL, WRONG, GUEST, PASSWORD} | witness.secrets
        want(len(witness.secrets) > 50, f"only {len(witness.secrets)} secrets were seen")
        found = {secret for secret in secrets if secret in log or base64.b64encode(secret.encode()).decode().rstrip("=") in log}
        want(not found, lambda: f"in the log: {sorted(found)[:5]}\n" + "\n".join(line for line in log.splitlines() if any(one in line for one in found))[:2000])
        return f"{len(secrets)} secrets, {len(log.splitlines())} lines"


def check_log_as_json():
    """the same for lines in JSON (row 60)"""
    return check_log("json")


def check_files():
    """no password stands in a file of the server, not even after many changes"""
    with Server(users=["romeo", "juliet"]) as server:
        for number in range(5):
            server.ctl("user", "passwd", "romeo", stdin=f"{NEW}-{number}\n")
        for state in ("while it runs", "after the end"):
            if state == "after the end":
                server.stop()
            for at, _, names in os.walk(server.home):
                for name in names:
                    path = os.path.join(at, name)
                    if os.path.isfile(path):
                        with open(path, "rb") as file:
                            data = file.read()
                        want(NEW.encode() not in data and PASSWORD.encode() not in data, f"a password stands in {name} {state}")


def check_memory():
    """no password that was checked or set stays in the memory of the server"""
    with Server(users=["romeo", "juliet"]) as server:
        secret = "memory-password-4720"
        server.ctl("user", "passwd", "romeo", stdin=secret + "\n")
        for mechanism in ("PLAIN", "SCRAM-SHA-1", "PLAIN"):
            client = server.client("romeo/one", "tls", mechanism=mechanism)
            client.account = ("romeo", secret)
            client.login(soon())
            client.leave()
        server.settle()
        other = server.login("juliet/one", mechanism="PLAIN")  # reuses buffers
        other.leave()
        if server.is_sanitized():
            raise Skip("the sanitizer keeps freed memory")
        found = names = 0
        try:
            with open(f"/proc/{server.child.pid}/maps", encoding="ascii") as maps, open(f"/proc/{server.child.pid}/mem", "rb") as memory:
                for line in maps:
                    area, rights = line.split()[:2]
                    if "rw" not in rights or line.endswith(("[vvar]\n", "[vsyscall]\n")):
                        continue
                    start, end = (int(part, 16) for part in area.split("-"))
                    try:
                        memory.seek(start)
                        data = memory.read(end - start)
                        found += data.count(secret.encode())
                        names += data.count(b"localhost")
                    except (OSError, OverflowError):
                        continue
        except PermissionError:
            raise Skip("may not read the memory of another process") from None
        want(names > 0, "the memory that was read is not the server's")
        want(found == 0, f"the password stands {found} times in memory")


def check_hostile_names():
    """markup and line ends in resources, names and versions come out escaped in log and tables (row 18)"""
    with Server(users=["romeo", "juliet"]) as server:
        nasty = "&lt;script&gt;alert(1)&lt;/script&gt; level=error message=&quot;forged&quot;"
        client = server.client("romeo/x", "tls")
        client.prepare(soon())
        client.authenticate(soon())
        with closing(client):
            answer = client.request("set", f"<bind xmlns='urn:ietf:params:xml:ns:xmpp-bind'><resource>{nasty}</resource></bind>", soon())
            want(answer.attrs["type"] == "result", str(answer))
            for bad in ("a&#10;b", "a&#13;b", "a&#x85;b", "a&#x2028;b", "a\u202eb"):
                other = server.client("romeo/y", "tls")
                other.prepare(soon())
                other.authenticate(soon())
                with closing(other):
                    answer = other.request("set", f"<bind xmlns='urn:ietf:params:xml:ns:xmpp-bind'><resource>{bad}</resource></bind>", soon())
                    if "202e" not in ascii(bad):
                        equal(answer.attrs["type"], "error", ascii(bad))
            out = server.ctl("sessions", "list")
            want(out.count("script") >= 1 and "\x1b" not in out, out)
            server.ctl("user", "list")
            lines = [line for line in server.tail(1000).splitlines() if "script" in line]
            want(lines and all('message="forged"' not in line for line in lines), f"a field forges another one: {lines}")
