# SPDX-License-Identifier: Apache-2.0
"""What is kept, how long, and that nothing stays of an account that was removed."""
import glob
import sqlite3

from bed import PARLEYCTL, PASSWORD, Server, closing, equal, json, os, run, soon, time, until, want

ROSTER, RSM = "jabber:iq:roster", "http://jabber.org/protocol/rsm"
GONE = "rosaline-of-verona"


def ctl(server, *words, code=0):
    found, out, err = run(PARLEYCTL, "--config", server.config, *words, "--json")
    equal(found, code, f"{' '.join(words)}: {out}{err}")
    return json.loads(out)


def archive(server, user, password=PASSWORD):
    """The bodies in the user's archive."""
    reader = server.client(f"{user}/reader", "unavailable")
    reader.account = (user, password)
    with closing(reader):
        reader.login(soon())
        reader.result(f"<query xmlns='urn:xmpp:mam:2'><set xmlns='{RSM}'><max>100</max></set></query>", soon())
        results = [element.find("result", "urn:xmpp:mam:2") for kind, element in reader.pending if kind == "element"]
        return [result.find("forwarded").find("message").find("body").text() for result in results if result is not None]


def roster(client):
    query = client.result(f"<query xmlns='{ROSTER}'/>", soon(), "get").find("query")
    return {item.attrs["jid"]: item.attrs["subscription"] for item in query.elements()}


def check_retention():
    """archive.keep and parleyctl user retention: what is older goes from one archive, and stays in another"""
    with Server('archive = { keep = "2s"; };', users=("romeo", "juliet", "nurse")) as server:
        equal(ctl(server, "user", "retention", "juliet", "forever")["jid"], "juliet@localhost")
        ctl(server, "user", "retention", "nurse", "30d")
        equal(ctl(server, "user", "retention", "nobody", "30d", code=1)["error"]["code"], "not-found")
        for wrong in ("sometimes", "-1d", "0s", "90000d", ""):
            equal(ctl(server, "user", "retention", "romeo", wrong, code=1)["error"]["code"], "wrong-argument", wrong)
        with closing(server.login("romeo/one")) as (romeo,):
            romeo.message("juliet@localhost", "first")
            romeo.message("nurse@localhost", "second")
            equal(archive(server, "romeo"), ["first", "second"])
            until(lambda: not archive(server, "romeo"), "old messages to go")
            equal(archive(server, "juliet"), ["first"], "an account that keeps all")
            equal(archive(server, "nurse"), ["second"], "an account that keeps more")
            want(server.metrics()["parley_archive_expired_total"] >= 2, "entries that went are not counted")
            romeo.message("juliet@localhost", "third")
            equal(archive(server, "romeo"), ["third"], "a new message")
        server.stop()
        server.start()
        until(lambda: not archive(server, "romeo"), "old messages to go after a start")
        equal(archive(server, "juliet"), ["first", "third"], "an account that keeps all, after a start")
        ctl(server, "user", "retention", "juliet", "default")
        until(lambda: not archive(server, "juliet"), "the default to hold again")


def check_retention_off():
    """without archive.keep nothing goes, until one account says so or a reload does"""
    with Server(users=("romeo", "juliet")) as server:
        with closing(server.login("romeo/one")) as (romeo,):
            romeo.message("juliet@localhost", "first")
            romeo.ping(soon())
        time.sleep(1.5)
        equal(archive(server, "romeo"), ["first"])
        ctl(server, "user", "retention", "romeo", "1s")
        server.stop()
        server.start()
        until(lambda: not archive(server, "romeo"), "the account's own limit")
        equal(archive(server, "juliet"), ["first"], "the other one's archive")


def fill(server, gone, juliet):
    """Everything that an account can have."""
    for one, other in ((gone, juliet), (juliet, gone)):
        one.say(f"<presence to='{other.jid.partition('/')[0]}' type='subscribe'/>")
        other.hear(lambda e: e.attrs.get("type") == "subscribe")
        other.say(f"<presence to='{one.jid.partition('/')[0]}' type='subscribed'/>")
        one.hear(lambda e: e.attrs.get("type") == "subscribed")
    gone.result(f"<query xmlns='{ROSTER}'><item jid='friar@localhost' name='Confessor'><group>Cell</group></item></query>", soon())
    gone.result("<vCard xmlns='vcard-temp'><NOTE>a secret note</NOTE></vCard>", soon())
    gone.say("<presence to='nurse@localhost' type='subscribe'/>")
    gone.message("juliet@localhost", "farewell")
    juliet.hear_body("farewell")
    gone.message(f"{GONE}@localhost", "note to myself")
    ctl(server, "user", "retention", GONE, "30d")
    gone.ping(soon())


def tables_with(path, name):
    """{table: rows that hold the name}, of all tables."""
    base = sqlite3.connect(f"file:{path}?mode=ro", uri=True)
    base.text_factory = bytes
    found = {}
    for (table,) in base.execute("SELECT name FROM sqlite_master WHERE type = 'table'").fetchall():
        rows = base.execute(f"SELECT * FROM {table.decode()}").fetchall()
        found[table.decode()] = [row for row in rows if any(isinstance(cell, bytes) and name in cell for cell in row)]
    base.close()
    return {table: rows for table, rows in found.items() if rows}


def check_deletion():
    """user delete: contacts hear of it, only their own copies stay, and a new account of that name begins empty"""
    with Server("workers = 2;", users=("juliet", "nurse", GONE)) as server:
        gone, juliet = server.login(f"{GONE}/one", "sm"), server.login("juliet/one", "roster")
        with closing(juliet):
            fill(server, gone, juliet)
            gone.wire.close()  # its session waits to be resumed
            late = server.login(f"{GONE}/two")
            juliet.pending.clear()
            ctl(server, "user", "delete", GONE)
            late.error("not-authorized")
            kinds = {"unsubscribe", "unsubscribed", "unavailable"}
            heard = {juliet.hear(lambda e: e.local == "presence" and e.attrs.get("type") in kinds).attrs["type"] for _ in range(4)}
            want({"unsubscribe", "unsubscribed"} <= heard, f"juliet heard only {heard}")
            equal(roster(juliet), {f"{GONE}@localhost": "none"}, "the roster of a contact")
            equal(archive(server, "juliet"), ["farewell"], "the archive of a contact")
            equal([row["jid"] for row in ctl(server, "user", "list")], ["juliet@localhost", "nurse@localhost"])
            equal(ctl(server, "user", "delete", GONE, code=1)["error"]["code"], "not-found")
            juliet.message(f"{GONE}@localhost", "are you there?")
            juliet.hear(lambda e: e.local == "message" and e.attrs.get("type") == "error")
            server.stop()
            begin_again(server)


def begin_again(server):
    left = tables_with(os.path.join(server.home, "data/parley.db"), GONE.encode())
    want(set(left) <= {"keyval", "body"}, f"tables that still know the account: {left}")
    server.start()
    server.add_user(GONE, "another one")
    new = server.client(f"{GONE}/new", "roster")
    new.account = (GONE, "another one")
    with closing(new):
        new.login(soon())
        equal(roster(new), {}, "the roster of a new account of that name")
        equal(archive(server, GONE, "another one"), [], "its archive")
        want(new.request("get", "<vCard xmlns='vcard-temp'/>", soon()).find("vCard", "vcard-temp") is None
             or not str(new.request("get", "<vCard xmlns='vcard-temp'/>", soon())).count("secret"), "the vCard of before is there")
        with closing(server.login("juliet/two", "roster")) as (juliet,):
            juliet.message(f"{GONE}@localhost", "who are you?")
            new.hear_body("who are you?")
            want(not any(e is not None and e.local == "presence" and e.attrs.get("from", "").startswith("juliet")
                         for _, e in new.pending), "the new account sees the presence of an old contact")


def check_deletion_leaves_no_byte():
    """user delete: of an account that nobody has talked with, not one byte of its name or words stays in the files"""
    with Server(users=("juliet", GONE)) as server:
        with closing(server.login(f"{GONE}/one", "sm")) as (gone,):
            gone.result(f"<query xmlns='{ROSTER}'><item jid='friar@localhost' name='the-confessor'/></query>", soon())
            gone.result("<vCard xmlns='vcard-temp'><NOTE>a-secret-note</NOTE></vCard>", soon())
            for number in range(200):
                gone.message(f"{GONE}@localhost", f"a-note-to-myself {number} " + "and so on " * 20)
            gone.ping(soon())
        ctl(server, "user", "delete", GONE)
        server.stop()  # a checkpoint, too
        for path in glob.glob(os.path.join(server.home, "data/**"), recursive=True):
            if os.path.isfile(path):
                with open(path, "rb") as file:
                    content = file.read()
                for word in (GONE, "the-confessor", "a-secret-note", "a-note-to-myself"):
                    equal(content.count(word.encode()), 0, f"{word} in {os.path.basename(path)}")
