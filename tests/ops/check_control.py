# SPDX-License-Identifier: Apache-2.0
"""parleyctl and the control socket."""
import shutil

from bed import PARLEYCTL, PASSWORD, SECONDS, Server, Skip, closing, equal, json, os, run, signal, socket, soon, time, until, want


def ctl(server, *words, stdin=""):
    return run(PARLEYCTL, "--config", server.config, *words, stdin=stdin)


def fine(server, *words, stdin=""):
    """The answer as JSON; the same command must work as text, too, when it may be asked twice."""
    code, out, err = ctl(server, *words, "--json", stdin=stdin)
    equal((code, err), (0, ""), f"{' '.join(words)} --json")
    return json.loads(out)


def refused(server, code, word, *words, stdin=""):
    found, out, err = ctl(server, *words, stdin=stdin)
    want(found == code and word in err and not out, f"{' '.join(words)}: wanted {code} and {word!r}, got {found}: {out}{err}")
    found, out, err = ctl(server, *words, "--json", stdin=stdin)
    equal(found, code, f"{' '.join(words)} --json")
    if code == 1:
        want(json.loads(out)["error"]["code"], f"{' '.join(words)} --json: {out}")


def check_accounts():
    """user add, list, passwd, disable, enable, admin, delete do what they say, as text and as JSON"""
    with Server() as server:
        equal(fine(server, "user", "list"), [], "accounts of a new server")
        equal(fine(server, "user", "add", "romeo@localhost", stdin=PASSWORD + "\n")["jid"], "romeo@localhost")
        code, out, _ = ctl(server, "user", "add", "Juliet", "--admin", stdin=PASSWORD)
        want(code == 0 and "juliet@localhost" in out, f"user add by a bare name: {out}")
        rows = {row["jid"]: row for row in fine(server, "user", "list")}
        equal(sorted(rows), ["juliet@localhost", "romeo@localhost"])
        equal([rows[jid]["admin"] for jid in sorted(rows)], [True, False])
        want("romeo@localhost" in ctl(server, "user", "list")[1], "user list as text")
        equal([row["jid"] for row in fine(server, "user", "list", "--after", "juliet@localhost", "--max", "1")], ["romeo@localhost"])
        client = server.login("romeo/one")
        with closing(client):
            fine(server, "user", "passwd", "romeo", stdin="another one\n")
            client.ping(soon())
            fine(server, "user", "disable", "romeo")
            client.error("not-authorized")
        late = server.client("romeo/two", "tls")
        late.prepare(soon())
        late.get_features(soon())
        with closing(late):
            answer = late.exchange("SCRAM-SHA-1", soon(), password="another one")
            equal(answer.local, "failure", "login of a disabled account")
            fine(server, "user", "enable", "romeo")
            equal(late.exchange("SCRAM-SHA-1", soon(), password=PASSWORD).local, "failure", "the old password")
            equal(late.exchange("SCRAM-SHA-1", soon(), password="another one").local, "success", "the new password")
        fine(server, "user", "admin", "romeo")
        want({row["jid"]: row["admin"] for row in fine(server, "user", "list")}["romeo@localhost"], "romeo is no administrator")
        fine(server, "user", "admin", "romeo", "--off")
        want(not {row["jid"]: row["admin"] for row in fine(server, "user", "list")}["romeo@localhost"], "romeo is still one")
        fine(server, "user", "delete", "romeo")
        equal([row["jid"] for row in fine(server, "user", "list")], ["juliet@localhost"])


def check_refusals():
    """wrong commands end with 2, refused ones with 1, each with a sentence on stderr and JSON when asked"""
    with Server(users=["romeo"]) as server:
        refused(server, 1, "exists", "user", "add", "romeo", stdin=PASSWORD)
        refused(server, 1, "not found", "user", "delete", "nobody")
        refused(server, 1, "not found", "user", "passwd", "nobody", stdin=PASSWORD)
        refused(server, 1, "serves localhost only", "user", "add", "romeo@elsewhere.example", stdin=PASSWORD)
        refused(server, 1, "address of an account", "user", "add", "ro meo@localhost", stdin=PASSWORD)
        refused(server, 1, "address of an account", "user", "add", "romeo@localhost/one", stdin=PASSWORD)
        refused(server, 2, "password is too long", "user", "add", "tybalt", stdin="x" * 5000)
        refused(server, 1, "password cannot be used", "user", "add", "tybalt", stdin="\x01\n")
        refused(server, 1, "no such session", "sessions", "kick", "romeo")
        refused(server, 1, "level", "log", "level", "loud")
        refused(server, 1, "max", "user", "list", "--max", "0")
        refused(server, 2, "unknown command", "user", "praise", "romeo")
        refused(server, 2, "no password", "user", "add", "tybalt", stdin="")
        refused(server, 2, "jid is missing", "user", "delete")
        refused(server, 2, "one word too many", "user", "delete", "romeo", "juliet")
        refused(server, 2, "unknown option", "user", "delete", "romeo", "--gently")
        refused(server, 2, "never from the command line", "user", "add", "tybalt", "--password", "x")
        code, _, err = run(PARLEYCTL, "--config", os.path.join(server.home, "none.conf"), "stats")
        want(code == 2 and "none.conf" in err, f"a missing configuration: {code} {err}")
        equal(fine(server, "user", "list")[0]["jid"], "romeo@localhost")


def check_help():
    """help lists every command, for one of them its arguments; every command of the table is known to these checks"""
    with Server() as server:
        code, out, _ = ctl(server, "help")
        table = json.loads(ctl(server, "help", "--json")[1])
        names = [row["command"] for row in table]
        want(code == 0 and all(name in out for name in names), f"help: {out}")
        here, text = os.path.dirname(os.path.abspath(__file__)), ""
        for check in sorted(os.listdir(here)):
            if check.startswith("check_"):
                with open(os.path.join(here, check), encoding="utf-8") as file:
                    text += file.read()
        for name in names:
            words = name.split()
            want(", ".join(f'"{word}"' for word in words) in text, f"no check uses the command {name}")
            code, out, _ = ctl(server, "help", *words)
            want(code == 0 and name in out, f"help {name}: {out}")
        equal(ctl(server, "help", "nonsense")[0], 2, "help on nonsense")


def check_moving():
    """export and import answer (what they do: check_move.py)"""
    with Server(users=["romeo"]) as server:
        path = os.path.join(server.home, "all.xml")
        refused(server, 1, "not found", "export", "nobody", path)
        equal(fine(server, "export", "--all", path)["counts"][0], {"kind": "accounts", "found": 1, "taken": 1})
        refused(server, 1, "here already", "import", path)
        code, out, _ = ctl(server, "import", path, "--skip-existing")
        want(code == 0 and "kind" in out and "is here already" in out, f"import as text: {out}")
        refused(server, 1, "exists", "export", "romeo", path)
        refused(server, 1, "not found", "import", "ejabberd", os.path.join(server.home, "none"))
        refused(server, 1, "no readable folder", "import", "prosody", server.home)


def check_retention():
    """user retention sets how long messages of an account are kept"""
    with Server(users=["romeo"]) as server:
        names = [row["command"] for row in json.loads(ctl(server, "help", "--json")[1])]
        if "user retention" not in names:
            raise Skip("this parleyctl has no user retention")
        fine(server, "user", "retention", "romeo", "30d")
        fine(server, "user", "retention", "romeo", "forever")
        fine(server, "user", "retention", "romeo", "default")
        refused(server, 1, "", "user", "retention", "romeo", "soon")
        refused(server, 1, "not found", "user", "retention", "nobody", "30d")


def check_components():
    """components list answers (what components do: check_component.py)"""
    with Server() as server:
        equal(fine(server, "components", "list"), [])


def check_reports():
    """reports list shows what users report (XEP-0377), also after a crash, until it is resolved"""
    block = ("<block xmlns='urn:xmpp:blocking'><item jid='spam@bad.example'><report xmlns='urn:xmpp:reporting:1' reason='urn:xmpp:reporting:spam'>"
             "<stanza-id xmlns='urn:xmpp:sid:0' by='juliet@localhost' id='7'/><text>Buy now</text></report></item></block>")
    with Server("s2s = { enabled = false; };", users=["juliet"]) as server:  # no DNS is asked about bad.example
        equal(fine(server, "reports", "list"), [])
        with closing(server.login("juliet/one")) as (juliet,):
            juliet.request("set", block, soon(), None)
        server.kill()
        server.start()
        rows = fine(server, "reports", "list")
        equal(len(rows), 1)
        equal({name: rows[0][name] for name in ("about", "by", "reason", "text", "messages")},
              {"about": "spam@bad.example", "by": "juliet@localhost", "reason": "urn:xmpp:reporting:spam", "text": "Buy now", "messages": ["7"]})
        equal(fine(server, "reports", "list", "--after", rows[0]["id"]), [])
        equal(fine(server, "reports", "show", rows[0]["id"]), dict(rows[0], copies=[], contacts=[]))
        refused(server, 1, "no report", "reports", "show", "x")
        fine(server, "reports", "resolve", rows[0]["id"])
        equal(fine(server, "reports", "list"), [])
        refused(server, 1, "no report", "reports", "resolve", rows[0]["id"])


def check_search():
    """search status counts what the index has, search rebuild makes it anew while the server works"""
    def ready(wanted):
        def look():
            row = fine(server, "search", "status")
            return row if (row["state"], row["entries"], row["waiting"]) == ("ready", wanted, 0) else None
        return until(look, f"{wanted} entries in the index")

    with Server(users=["romeo", "juliet"]) as server:
        with closing(server.login("romeo/one")) as (romeo,):
            for number in range(5):
                romeo.message("juliet@localhost", f"rose {number}")
            romeo.request("get", "<ping xmlns='urn:xmpp:ping'/>", soon())
        want(ready(10)["bytes"] > 0, "the index has no size")
        equal(fine(server, "search", "rebuild"), {"state": "started"})
        ready(10)
        server.stop()
        os.unlink(os.path.join(server.home, "data/search.db"))
        server.start()
        ready(10)


def check_usage():
    """user usage counts what an account keeps, and user list --usage says the same of each, page by page"""
    with Server(users=["romeo", "juliet"]) as server:
        empty = fine(server, "user", "usage", "romeo")
        equal([empty[key] for key in ("jid", "archive_count", "archive_bytes", "private_count", "pep_count")], ["romeo@localhost", 0, 0, 0, 0])
        with closing(server.login("romeo/one"), server.login("juliet/one")) as (romeo, juliet):
            romeo.message("juliet@localhost", "x" * 5000)
            juliet.hear_body("x" * 5000)
            romeo.request("set", f"<query xmlns='jabber:iq:private'><a xmlns='test:a'>{'y' * 3000}</a></query>", soon())
            romeo.request("set", f"<vCard xmlns='vcard-temp'><FN>{'z' * 2000}</FN></vCard>", soon())
            romeo.request("set", "<pubsub xmlns='http://jabber.org/protocol/pubsub'><publish node='test:n'><item id='1'>"
                          f"<a xmlns='test:a'>{'w' * 1000}</a></item></publish></pubsub>", soon())
        full = fine(server, "user", "usage", "romeo")
        equal([full[key] for key in ("archive_count", "private_count", "vcard_count", "pep_count")], [1, 1, 1, 1], str(full))
        for key, least in (("archive_bytes", 5000), ("private_bytes", 3000), ("vcard_bytes", 2000), ("pep_bytes", 1000)):
            want(least < full[key] < least + 1000, f"{key}: {full}")
        equal(full["total_bytes"], sum(full[key] for key in full if key.endswith("_bytes") and key != "total_bytes"))
        rows = {row["jid"]: row for row in fine(server, "user", "list", "--usage")}
        still = [key for key in full if not key.startswith(("other_", "total_"))]  # what the end of a session writes comes later
        equal([rows["romeo@localhost"][key] for key in still], [full[key] for key in still], "the row of the list")
        equal(rows["juliet@localhost"]["archive_count"], 1, "the other side's copy")
        equal(rows["juliet@localhost"]["private_count"], 0)
        rows = fine(server, "user", "list", "--usage", "--max", "1", "--after", "juliet@localhost")
        equal([(row["jid"], row["private_count"]) for row in rows], [("romeo@localhost", 1)])
        refused(server, 1, "nobody@localhost", "user", "usage", "nobody")
        refused(server, 1, "1000", "user", "list", "--usage", "--max", "1001")


def check_reset_link():
    """user reset-link makes a link by which a new password can be set"""
    with Server(users=["romeo"]) as server:
        names = [row["command"] for row in json.loads(ctl(server, "help", "--json")[1])]
        if "user reset-link" not in names:
            raise Skip("this parleyctl has no user reset-link")
        first, second = (fine(server, "user", "reset-link", "romeo", "--expires", "12h") for _ in range(2))
        want(first["path"].startswith("/reset/") and first["path"] != second["path"], f"paths {first} {second}")
        refused(server, 1, "", "user", "reset-link", "romeo", "--expires", "31d")
        refused(server, 1, "not found", "user", "reset-link", "nobody")


def check_clients():
    """clients list names who has logged in; clients remove ends sessions, and says that the password must change"""
    with Server(users=["romeo"]) as server:
        names = [row["command"] for row in json.loads(ctl(server, "help", "--json")[1])]
        if "clients list" not in names:
            raise Skip("this parleyctl has no clients list")
        equal(fine(server, "clients", "list", "romeo"), [])
        with closing(server.login("romeo/one", "bind2"), server.login("romeo/two", "sm")) as (one, two):
            rows = fine(server, "clients", "list", "romeo")
            equal([row["connected"] for row in rows], [True, True])
            equal([row["software"] for row in rows], ["talk", ""])
            equal([row["mechanism"] for row in rows], ["SCRAM-SHA-1", ""])
            equal(fine(server, "clients", "remove", "romeo", rows[0]["id"]),
                  {"jid": "romeo@localhost", "removed": 1, "change-password": True})
            one.error("reset")
            two.ping(soon())
            equal(fine(server, "clients", "remove", "romeo")["removed"], 2)
            two.error("reset")
        fine(server, "user", "passwd", "romeo", stdin="another")
        equal(fine(server, "clients", "remove", "romeo"), {"jid": "romeo@localhost", "removed": 1, "change-password": False})
        equal(fine(server, "clients", "list", "romeo"), [])
        refused(server, 1, "not found", "clients", "remove", "romeo", rows[0]["id"])
        refused(server, 1, "not found", "clients", "list", "nobody")


def check_sessions():
    """sessions list tells who is there, from where and whether by TLS; sessions kick ends one or all of a user"""
    with Server("login = { plaintext_on_loopback = true; };", users=["romeo", "juliet"]) as server:
        one, two, plain = server.login("romeo/one", "sm"), server.login("romeo/two", "tls"), server.login("juliet/plain", "plain")
        with closing(one, two, plain):
            rows = {row["jid"]: row for row in fine(server, "sessions", "list")}
            equal(sorted(rows), ["juliet@localhost/plain", "romeo@localhost/one", "romeo@localhost/two"])
            equal([rows[jid]["tls"] for jid in sorted(rows)], [False, True, True])
            equal({row["from"] for row in rows.values()}, {"127.0.0.1"})
            equal(len(fine(server, "sessions", "list", "romeo@localhost")), 2)
            want("romeo@localhost/one" in ctl(server, "sessions", "list")[1], "sessions list as text")
            one.socket.reset()
            until(lambda: any(row["detached"] for row in fine(server, "sessions", "list", "romeo@localhost")), "a detached session")
            equal(fine(server, "sessions", "kick", "romeo@localhost/two"), {"ended": 1})
            two.error("policy-violation")
            plain.ping(soon())
            equal(fine(server, "sessions", "kick", "romeo@localhost")["ended"], 1)  # the detached one
            until(lambda: len(fine(server, "sessions", "list")) == 1, "the others to go")


def check_stats():
    """stats counts, stats --json is JSON, and log level says and sets the level"""
    with Server(users=["romeo", "juliet"]) as server:
        romeo, juliet = server.login("romeo/one"), server.login("juliet/one")
        with closing(romeo, juliet):
            romeo.message(juliet.jid, "hello")
            juliet.hear_body("hello")
            stats = fine(server, "stats")
            equal([stats[name] for name in ("domain", "connections", "sessions", "logins", "messages_chat", "accounts", "stored_messages")],
                  ["localhost", 2, 2, 2, 1, 2, 1])
            equal(stats["stored_entries"], 2)
        want("logins" in ctl(server, "stats")[1], "stats as text")
        equal(fine(server, "log", "level"), {"level": "info"})
        equal(fine(server, "log", "level", "debug"), {"level": "debug"})
        equal(fine(server, "log", "level"), {"level": "debug"})


def check_no_server():
    """without a server the exit code is 3 and the sentence says what to do"""
    with Server(is_started=False) as server:
        code, _, err = ctl(server, "stats")
        want(code == 3 and "start it first" in err, f"{code} {err}")
        server.start()
        server.kill()  # leaves its socket behind
        code, _, err = ctl(server, "stats")
        want(code == 3 and "start it first" in err, f"{code} {err}")
        server.start()  # and replaces it
        equal(ctl(server, "stats")[0], 0)


def check_socket_rights():
    """the control socket is for the server's user alone: mode 0600, and another user is refused even where he can reach it"""
    with Server(users=["romeo"]) as server:
        path = os.path.join(server.home, "data", "control.sock")
        equal(os.stat(path).st_mode & 0o777, 0o600, "mode of control.sock")
        if os.geteuid() != 0 or not shutil.which("setpriv"):
            raise Skip("only root can become somebody else")
        for folder, mode in ((server.home, 0o755), (os.path.join(server.home, "data"), 0o755), (path, 0o666), (server.config, 0o644)):
            os.chmod(folder, mode)
        nobody = ["setpriv", "--reuid=65534", "--regid=65534", "--clear-groups"]
        code, out, err = run(*nobody, "python3", "-c", "import socket,sys; s = socket.socket(socket.AF_UNIX); s.settimeout(5); "
                             "s.connect(sys.argv[1]); s.sendall(b'{\"command\":\"user list\"}\\n'); print(s.recv(4096))", path, cwd="/")
        want("romeo" not in out and (out.strip() == "b''" or "ConnectionResetError" in err or "BrokenPipeError" in err), f"{code}: {out}{err}")
        until(lambda: "stranger at the control socket" in server.tail(), "a line in the log")
        equal(fine(server, "user", "list")[0]["jid"], "romeo@localhost")


def talk(server, data, seconds=SECONDS):
    """What the control socket answers to bytes, until it has been quiet or closed."""
    with socket.socket(socket.AF_UNIX) as sock:
        sock.settimeout(seconds)
        sock.connect(os.path.join(server.home, "data", "control.sock"))
        answer = b""
        try:
            sock.sendall(data)
            sock.shutdown(socket.SHUT_WR)
            while part := sock.recv(65536):
                answer += part
        except (BrokenPipeError, ConnectionResetError):
            pass
        return answer


def check_odd_requests():
    """bytes that are no request are answered or cut off, and the next one is served"""
    with Server(users=["romeo"]) as server:
        for data in (b"nonsense\n", b"{}\n", b"[]\n", b'{"command": 5}\n', b'{"command":"user list","args":[]}\n', b"\0\n", b"\xff\xfe\n",
                     b'{"command":"user list","args":{"max":"many"}}\n', b"{" * 5000 + b"\n", b"x" * 2000000):
            answer = talk(server, data)
            want(not answer or b'"ok":false' in answer, f"{data[:40]!r}: {answer[:200]!r}")
            equal(fine(server, "user", "list")[0]["jid"], "romeo@localhost")


def check_many_at_the_door():
    """more connections than the control socket takes at once only wait; one that says nothing does not stop the others for ever"""
    with Server(users=["romeo"]) as server:
        path = os.path.join(server.home, "data", "control.sock")
        idle = []
        for _ in range(12):
            sock = socket.socket(socket.AF_UNIX)
            sock.connect(path)
            idle.append(sock)
        equal(ctl(server, "stats")[0], 0, "with 12 idle connections")
        for sock in idle:
            sock.close()
        began = time.monotonic()
        equal(ctl(server, "stats")[0], 0)
        want(time.monotonic() - began < SECONDS, "it took too long")


def check_stop_during_a_command():
    """SIGTERM while commands are under way ends the server in order"""
    with Server(users=["romeo"]) as server:
        path = os.path.join(server.home, "data", "control.sock")
        socks = []
        for number in range(10):
            sock = socket.socket(socket.AF_UNIX)
            sock.connect(path)
            sock.sendall(json.dumps({"command": "user add", "args": {"jid": f"user{number}", "password": "x"}}).encode() + b"\n")
            socks.append(sock)
        server.child.send_signal(signal.SIGTERM)
        equal(server.child.wait(SECONDS), 0, "exit code")
        for sock in socks:
            sock.close()
        server._gone()  # pylint: disable=protected-access
        server.start()
        names = [row["jid"] for row in fine(server, "user", "list")]
        want("romeo@localhost" in names and len(set(names)) == len(names), f"accounts: {names}")
