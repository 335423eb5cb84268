# SPDX-License-Identifier: Apache-2.0
"""Accounts of other servers: Debian's prosody and ejabberd are filled over XMPP, stopped, and imported. Every account must log in with its
old password and find everything."""
import base64
import contextlib
import glob
import hashlib
import shutil
import sqlite3
import subprocess
import tempfile
import threading

from bed import Guest, HERE, PARLEYCTL, Server, Skip, certificate, closing, equal, json, os, run, signal, socket, soon, until, want

ROSTER, RSM, PUBSUB = "jabber:iq:roster", "http://jabber.org/protocol/rsm", "http://jabber.org/protocol/pubsub"
PASSWORDS = {"romeo": "wherefore é", "juliet": "capulet-1", "nurse": "nurse & <co>"}
PICTURE = base64.b64encode(b"\x89PNG" + bytes(range(256)) * 8).decode()
BOOKMARKS = "<storage xmlns='storage:bookmarks'><conference name='Council &amp; co' jid='council@rooms.example' autojoin='true'><nick>R</nick></conference></storage>"
QUOTES = "quotes \" ' \\ and\nlines, é, 日本, 😀"

PROSODY = """
run_as_root = true; daemonize = false; pidfile = "{place}/prosody.pid"; data_path = "{place}/data"
log = {{ warn = "{place}/prosody.log" }}
interfaces = {{ "127.0.0.1" }}; c2s_ports = {{ {port} }}; c2s_direct_tls_ports = {{ }}; s2s_ports = {{ }}; http_ports = {{ }}; https_ports = {{ }}
modules_enabled = {{ "disco"; "roster"; "saslauth"; "tls"; "blocklist"; "carbons"; "pep"; "private"; "vcard_legacy"; "register"; "posix"; "mam" }}
modules_disabled = {{ "s2s" }}
ssl = {{ certificate = "{cert}"; key = "{key}" }}
authentication = "{auth}"; allow_registration = true; storage = "{storage}"; default_archive_policy = true
sql = {{ driver = "SQLite3"; database = "{place}/prosody.sqlite" }}
VirtualHost "localhost"
"""

EJABBERD = """
loglevel: error
hosts: [localhost]
certfiles: ["{both}"]
listen:
  - {{ port: {port}, ip: "127.0.0.1", module: ejabberd_c2s, starttls_required: true, access: all }}
auth_password_format: scram
auth_scram_hash: {hash}
{sql}
registration_timeout: infinity
access_rules: {{ pubsub_createnode: {{ allow: all }} }}
acl: {{ admin: {{ user: [juliet@localhost] }} }}
modules:
  mod_adhoc: {{}}
  mod_blocking: {{}}
  mod_caps: {{}}
  mod_disco: {{}}
  mod_mam: {{ assume_mam_usage: true, default: always }}
  mod_offline: {{}}
  mod_ping: {{}}
  mod_privacy: {{}}
  mod_private: {{}}
  mod_pubsub: {{ access_createnode: pubsub_createnode, plugins: [flat, pep] }}
  mod_register: {{ ip_access: all, access: all }}
  mod_roster: {{ versioning: true }}
  mod_vcard: {{ search: false }}
"""


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


class Peer:
    """A server of other people in a folder of its own, as the player's clients see it."""
    domain = "localhost"
    pings = 0

    def __init__(self, place, argv, env):
        self.place, self.argv, self.env, self.child = place, argv, env, None

    def address(self, _listener):
        return "127.0.0.1", self.port

    def is_open(self):
        want(self.child.poll() is None, f"{self.argv[0]} has ended")
        with contextlib.suppress(OSError):
            socket.create_connection(("127.0.0.1", self.port), 1).close()
            return True
        return False

    def __enter__(self):
        with open(os.path.join(self.place, "output"), "ab") as out:
            self.child = subprocess.Popen(self.argv, cwd=self.place, env={**os.environ, **self.env}, stdout=out, stderr=out, stdin=subprocess.DEVNULL)
        until(self.is_open, f"{self.argv[0]} to listen", 40)
        return self

    def __exit__(self, *_):
        self.child.send_signal(signal.SIGTERM)
        try:
            self.child.wait(20)
        except subprocess.TimeoutExpired:
            self.child.kill()
            self.child.wait()

    def register(self, user):
        client = Guest(f"{user}/x", None, {}, self)
        client.prepare(soon())
        with closing(client):
            client.say(f"<iq type='set' id='r'><query xmlns='jabber:iq:register'><username>{user}</username>"
                       f"<password>{escape(PASSWORDS[user])}</password></query></iq>")
            equal(client.hear(lambda e: e.attrs.get("id") == "r").attrs["type"], "result", f"registration of {user}")

    def login(self, user, *words):
        client = Guest(f"{user}/old", (user, PASSWORDS[user]), {word: True for word in words}, self)
        client.login(soon(20))
        return client


def escape(text):
    return text.replace("&", "&amp;").replace("<", "&lt;")


def place_files(folder):
    cert, key = certificate(folder, "cert", "localhost")
    both = os.path.join(folder, "both.pem")
    with open(both, "w", encoding="ascii") as file:
        for path in (cert, key):
            with open(path, encoding="ascii") as part:
                file.write(part.read())
    os.chmod(both, 0o600)
    return cert, key, both


class Statements(threading.Thread):
    """The other side of prosody_dbi.lua."""

    def __init__(self, place):
        super().__init__(daemon=True)
        self.pipe, self.path = os.path.join(place, "dbi"), os.path.join(place, "prosody.sqlite")
        for end in (".in", ".out"):
            os.mkfifo(self.pipe + end)
        shutil.copy(os.path.join(HERE, "prosody_dbi.lua"), os.path.join(place, "DBI.lua"))
        self.env = {"PROSODY_DBI": self.pipe, "LUA_PATH": f"{place}/?.lua;;", "LUA_PATH_5_4": f"{place}/?.lua;;"}
        self.start()

    def run(self):
        with open(self.pipe + ".in", "rb") as asked, open(self.pipe + ".out", "wb") as answers, \
                contextlib.closing(sqlite3.connect(self.path, isolation_level=None)) as store:
            def get():
                line = asked.readline()
                return asked.read(int(line)).decode() if line else None

            while (sql := get()) is not None:
                values = [get() for _ in range(int(get()))]
                cursor = store.execute(sql, [float(v[1:]) if v[0] == "n" and "." in v else int(v[1:]) if v[0] == "n" else v[1:] for v in values])
                rows = cursor.fetchall()
                words = [str(cursor.rowcount), str(len(rows)), str(len(rows[0]) if rows else 0)]
                words += ["-" if v is None else f"s{v}" if isinstance(v, str) else f"n{v}" for row in rows for v in row]
                answers.write(b"".join(b"%d\n%s" % (len(word.encode()), word.encode()) for word in words))
                answers.flush()


@contextlib.contextmanager
def prosody(auth="internal_hashed", storage="internal"):
    if not shutil.which("prosody"):
        raise Skip("prosody is not installed")
    with tempfile.TemporaryDirectory() as place:
        cert, key, _ = place_files(place)
        port = free_port()
        path = os.path.join(place, "prosody.cfg.lua")
        with open(path, "w", encoding="utf-8") as file:
            file.write(PROSODY.format(place=place, port=port, cert=cert, key=key, auth=auth, storage=storage))
        peer = Peer(place, ["prosody", "--config", path, "-F"], Statements(place).env if storage == "sql" else {})
        peer.port = port
        yield peer


@contextlib.contextmanager
def ejabberd(scram_hash="sha", sql=""):
    libraries = [os.path.dirname(path) for path in glob.glob("/usr/lib/*/ejabberd-*")]
    if not shutil.which("erl") or not libraries:
        raise Skip("ejabberd is not installed")
    with tempfile.TemporaryDirectory() as place:
        _, _, both = place_files(place)
        port = free_port()
        path = os.path.join(place, "ejabberd.yml")
        with open(path, "w", encoding="utf-8") as file:
            file.write(EJABBERD.format(port=port, both=both, hash=scram_hash, sql=sql.format(place=place)))
        env = {"EJABBERD_CONFIG_PATH": path, "EJABBERD_LOG_PATH": f"{place}/ejabberd.log", "ERL_LIBS": libraries[0],
               "ERL_CRASH_DUMP": f"{place}/crash.dump", "HOME": place}
        # Without a node name, so that no epmd is left behind. A file named go makes it write what an administrator would ask for.
        dump = ("Go = fun(G) -> case filelib:is_file(\"go\") of true -> "
                f"file:make_dir(\"pie\"), ejabberd_piefxis:export_server(<<\"{place}/pie\">>), mnesia:dump_to_textfile(\"{place}/dump.txt\"), "
                "file:rename(\"go\", \"gone\"); false -> timer:sleep(100), G(G) end end, spawn(fun() -> Go(Go) end).")
        peer = Peer(place, ["erl", "-noinput", "-mnesia", "dir", f'"{place}/mnesia"', "-s", "ejabberd", "-eval", dump], env)
        peer.port = port
        yield peer


# --- what is put in, and what must come out


def iq(client, payload, kind="set"):
    return client.result(payload, soon(20), kind)


def publish(client, node, item, payload, options=""):
    iq(client, f"<pubsub xmlns='{PUBSUB}'><publish node='{node}'><item id='{item}'>{payload}</item></publish>{options}</pubsub>")


CLOSED = ("<publish-options><x xmlns='jabber:x:data' type='submit'><field var='FORM_TYPE' type='hidden'><value>" + PUBSUB + "#publish-options</value>"
          "</field><field var='pubsub#access_model'><value>whitelist</value></field></x></publish-options>")


def items(client, node):
    """The items of a node of romeo's, or None where they are refused."""
    answer = client.request("get", f"<pubsub xmlns='{PUBSUB}'><items node='{node}'/></pubsub>", soon(), to="romeo@localhost")
    return answer.find("pubsub").find("items").elements() if answer.attrs["type"] == "result" else None


def befriend(one, other):
    one.say(f"<presence to='{other.account[0]}@localhost' type='subscribe'/>")
    other.hear(lambda e: e.attrs.get("type") == "subscribe", 20)
    other.say(f"<presence to='{one.account[0]}@localhost' type='subscribed'/>")
    one.hear(lambda e: e.attrs.get("type") == "subscribed", 20)


def fill(peer):
    for user in PASSWORDS:
        peer.register(user)
    sha = hashlib.sha1(base64.b64decode(PICTURE)).hexdigest()
    with closing(peer.login("romeo", "roster"), peer.login("juliet", "roster")) as (romeo, juliet):
        befriend(romeo, juliet)
        befriend(juliet, romeo)
        iq(juliet, f"<query xmlns='{ROSTER}'><item jid='friar@far.example' name='F &amp; &lt;r&apos;'><group>Cell</group><group>Ünder</group></item></query>")
        romeo.say("<presence to='nurse@localhost' type='subscribe'/>")
        iq(juliet, "<vCard xmlns='vcard-temp'><FN>Juliet C.</FN></vCard>")
        iq(romeo, f"<query xmlns='jabber:iq:private'>{BOOKMARKS}</query>")
        iq(romeo, "<block xmlns='urn:xmpp:blocking'><item jid='tybalt@far.example'/></block>")
        publish(romeo, "urn:xmpp:avatar:data", sha, f"<data xmlns='urn:xmpp:avatar:data'>{PICTURE}</data>")
        publish(romeo, "urn:xmpp:avatar:metadata", sha, f"<metadata xmlns='urn:xmpp:avatar:metadata'><info bytes='2052' id='{sha}' type='image/png'/></metadata>")
        publish(romeo, "http://jabber.org/protocol/nick", "current", "<nick xmlns='http://jabber.org/protocol/nick'>Romy</nick>")
        publish(romeo, "urn:example:diary", "1", "<page xmlns='urn:example:diary'>for nobody else</page>", CLOSED)
        romeo.message("juliet@localhost", escape(QUOTES))
        juliet.hear_body(QUOTES, 20)
        juliet.message("romeo@localhost", "art thou")
        romeo.hear_body("art thou", 20)
        romeo.message("nurse@localhost", "while you were away")
        romeo.ping(soon())
        juliet.ping(soon())


def ctl(server, *words, code=0):
    found, out, err = run(PARLEYCTL, "--config", server.config, *words, "--json", seconds=60)
    equal(found, code, f"{' '.join(words)}: {out}{err}")
    return json.loads(out)


def counts(answer):
    return {row["kind"]: (row["found"], row["taken"]) for row in answer["counts"]}


def login(server, user, *words):
    client = server.client(f"{user}/new", *words)
    client.account = (user, PASSWORDS[user])
    client.login(soon())
    return client


def archive(client):
    client.result(f"<query xmlns='urn:xmpp:mam:2'><set xmlns='{RSM}'><max>100</max></set></query>", soon())
    results = [element.find("result", "urn:xmpp:mam:2") for kind, element in client.pending if kind == "element"]
    messages = [result.find("forwarded").find("message") for result in results if result is not None]
    return [(message.attrs["from"].partition("/")[0], message.find("body").text()) for message in messages]


def roster(client):
    query = client.result(f"<query xmlns='{ROSTER}'/>", soon(), "get").find("query")
    return {item.attrs["jid"]: (item.attrs["subscription"], item.attrs.get("ask"), item.attrs.get("name"),
                                sorted(group.text() for group in item.elements())) for item in query.elements()}


def find_all(server):
    """What must be there, whatever it came from."""
    with closing(login(server, "nurse", "roster")) as (nurse,):
        equal(nurse.hear(lambda e: e.attrs.get("type") == "subscribe").attrs["from"], "romeo@localhost", "a request that waits")
        nurse.hear_body("while you were away")
    with closing(login(server, "romeo", "roster"), login(server, "juliet", "roster")) as (romeo, juliet):
        shown = juliet.hear(lambda e: e.local == "presence" and e.attrs["from"].startswith("romeo@") and e.find("x", "vcard-temp:x:update") is not None)
        equal(shown.find("x", "vcard-temp:x:update").find("photo").text(), hashlib.sha1(base64.b64decode(PICTURE)).hexdigest(), "the first presence")
        equal(roster(romeo), {"juliet@localhost": ("both", None, None, []), "nurse@localhost": ("none", "subscribe", None, [])})
        equal(roster(juliet), {"romeo@localhost": ("both", None, None, []), "friar@far.example": ("none", None, "F & <r'", ["Cell", "Ünder"])})
        card = juliet.result("<vCard xmlns='vcard-temp'/>", soon(), "get").find("vCard")
        equal(card.find("FN").text(), "Juliet C.")
        kept = romeo.result("<query xmlns='jabber:iq:private'><storage xmlns='storage:bookmarks'/></query>", soon(), "get").find("query").find("storage")
        equal((kept.find("conference").attrs["name"], kept.find("conference").find("nick").text()), ("Council & co", "R"))
        equal(items(juliet, "http://jabber.org/protocol/nick")[0].find("nick").text(), "Romy")
        sha = hashlib.sha1(base64.b64decode(PICTURE)).hexdigest()
        picture = items(juliet, "urn:xmpp:avatar:data")[0]
        equal((picture.attrs["id"], picture.find("data").text()), (sha, PICTURE), "the avatar")
        equal(items(romeo, "urn:example:diary")[0].find("page").text(), "for nobody else")
        equal(items(juliet, "urn:example:diary"), None, "a node that is closed to others")
        blocked = romeo.result("<blocklist xmlns='urn:xmpp:blocking'/>", soon(), "get").find("blocklist")
        equal([item.attrs["jid"] for item in blocked.elements()], ["tybalt@far.example"])
    with closing(login(server, "romeo", "unavailable"), login(server, "juliet", "unavailable"), login(server, "nurse", "unavailable")) as clients:
        wanted = [("romeo@localhost", QUOTES), ("juliet@localhost", "art thou"), ("romeo@localhost", "while you were away")]
        for client, skipped in zip(clients, ((), (2,), (0, 1))):
            equal(archive(client), [row for number, row in enumerate(wanted) if number not in skipped], f"archive of {client.account[0]}")


def move(server, *words):
    """Imports what the words say: a dry run must say the same, and change nothing. What was left out, by kind."""
    dry = ctl(server, "import", *words, "--dry-run")
    equal(ctl(server, "user", "list"), [], "accounts after a dry run")
    answer = ctl(server, "import", *words)
    equal(counts(answer), counts(dry), "a dry run and the import")
    found = counts(answer)
    equal([found[kind] for kind in ("accounts", "contacts", "requests", "blocked", "private", "cards", "archived", "offline")],
          [(3, 3), (4, 4), (1, 1), (1, 1), (1, 1), (1, 1), (6, 6), (1, 1)], f"counts in and out: {answer}")
    want(found["credentials"] == (3, 3), f"credentials: {answer}")
    want(found["nodes"][0] >= 4 and found["nodes"][0] == found["nodes"][1] and found["items"][0] >= 4 and found["items"][0] == found["items"][1],
         f"nodes and items: {answer}")
    return {row["kind"]: row["why"] for row in answer.get("left_out", [])}


def check_prosody():
    """Prosody's files with SCRAM verifiers: every account logs in with its old password and finds everything"""
    with prosody() as peer, Server() as server:
        with peer:
            fill(peer)
        move(server, "prosody", os.path.join(peer.place, "data"))
        find_all(server)


def check_prosody_plain():
    """Prosody's files with passwords in the clear"""
    with prosody("internal_plain") as peer, Server() as server:
        with peer:
            fill(peer)
        move(server, "prosody", os.path.join(peer.place, "data"))
        find_all(server)


def check_prosody_sql():
    """Prosody's database (mod_storage_sql over SQLite), with SCRAM verifiers and with passwords in the clear"""
    for auth in ("internal_hashed", "internal_plain"):
        with prosody(auth, "sql") as peer, Server() as server:
            with peer:
                fill(peer)
            move(server, "prosody", os.path.join(peer.place, "prosody.sqlite"))
            find_all(server)


SQL = """auth_method: [sql]
default_db: sql
sql_type: sqlite
sql_database: "{place}/ejabberd.sqlite"
new_sql_schema: """


def check_ejabberd_sql():
    """ejabberd's database in SQLite, in both forms of its tables"""
    if not glob.glob("/usr/lib/*/p1_sqlite3-*") + glob.glob("/usr/lib/erlang/lib/p1_sqlite3-*"):
        raise Skip("erlang-p1-sqlite3 is not installed")
    for form in ("false", "true"):
        with ejabberd(sql=SQL + form) as peer, Server() as server:
            with peer:
                fill(peer)
            move(server, "ejabberd", os.path.join(peer.place, "ejabberd.sqlite"))
            find_all(server)


def check_ejabberd():
    """ejabberd's dump and its file of XEP-0227: every account logs in with its old password and finds everything"""
    with ejabberd() as peer:
        with peer:
            fill(peer)
            with open(os.path.join(peer.place, "go"), "w", encoding="ascii"):
                pass
            until(lambda: os.path.exists(os.path.join(peer.place, "gone")), "ejabberd's dump", 30)
        with Server() as server:
            move(server, "ejabberd", os.path.join(peer.place, "dump.txt"))
            find_all(server)
        with Server() as server:
            path = min(glob.glob(os.path.join(peer.place, "pie/*.xml")), key=len)
            answer = ctl(server, "import", path)
            found = counts(answer)
            equal([found[kind] for kind in ("accounts", "credentials", "contacts", "requests", "offline", "private", "cards", "blocked")],
                  [(3, 3), (3, 3), (4, 4), (1, 1), (1, 1), (1, 1), (1, 1), (1, 1)], f"counts in and out: {answer}")
            with closing(login(server, "romeo", "roster"), login(server, "nurse", "roster")) as (romeo, nurse):
                equal(sorted(roster(romeo)), ["juliet@localhost", "nurse@localhost"])
                nurse.hear_body("while you were away")


DUMP = "{tables,[{passwd,[]}]}.\n{passwd,{<<\"romeo\">>,<<\"localhost\">>},<<\"x\">>}.\n"


def check_broken():
    """broken and hostile stores are refused with the line, and nothing is changed"""
    with Server() as server, tempfile.TemporaryDirectory() as folder:
        for store in ("accounts", "roster"):
            os.makedirs(os.path.join(folder, "localhost", store))
        with open(os.path.join(folder, "localhost/accounts/romeo.dat"), "w", encoding="utf-8") as file:
            file.write('return { ["password"] = "x" };\n')
        roster_file = os.path.join(folder, "localhost/roster/romeo.dat")
        for text, words in (("return {\n\n", "roster/romeo.dat:3"), ("return os.exit()", "romeo.dat:1: this is not"), ("x", "not what Prosody"),
                            ("return {\n" + "{" * 500, "larger")):
            with open(roster_file, "w", encoding="utf-8") as file:
                file.write(text)
            error = ctl(server, "import", "prosody", folder, code=1)["error"]["text"]
            want(words in error, f"{text[:20]!r}: {error}")
        os.remove(roster_file)
        os.mkfifo(roster_file)
        ctl(server, "import", "prosody", folder, code=1)
        want("is no domain" in ctl(server, "import", "prosody", folder, "--domain", "../x", code=1)["error"]["text"], "a strange domain")
        dump = os.path.join(folder, "dump")
        for text, words in ((DUMP + "\n{vcard,{<<\"romeo\">>,", "dump:4"), ("{passwd,{<<\"romeo\">>,<<\"localhost\">>},<<\"x\">>}.\n", "dump:1"),
                            (DUMP + "{passwd,{<<\"ro meo\">>,<<\"localhost\">>},<<\"x\">>}.\n", "dump:3: \"ro meo\" cannot"), ("\x7fELF", "dump:1"),
                            (DUMP + "{passwd,{<<\"ROMEO\">>,<<\"localhost\">>},<<\"x\">>}.\n", "twice")):
            with open(dump, "w", encoding="utf-8") as file:
                file.write(text)
            error = ctl(server, "import", "ejabberd", dump, code=1)["error"]["text"]
            want(words in error, f"{text!r}: {error}")
        equal(ctl(server, "user", "list"), [], "accounts")
        with open(dump, "w", encoding="utf-8") as file:
            file.write(DUMP + "{vcard,{<<\"romeo\">>,<<\"localhost\">>},{xmlel,<<\"a b\">>,[],[]}}.\n{route,<0.1.0>}.\n")
        answer = ctl(server, "import", "ejabberd", dump)
        equal((counts(answer)["accounts"], counts(answer)["cards"]), ((1, 1), (1, 0)))


PROSODY_TABLES = ("CREATE TABLE prosody (host TEXT, user TEXT, store TEXT, key TEXT, type TEXT, value TEXT)",
                  "CREATE TABLE prosodyarchive (sort_id INTEGER PRIMARY KEY, host TEXT, user TEXT, store TEXT, key TEXT, \"when\" INTEGER, "
                  "\"with\" TEXT, type TEXT, value TEXT)",
                  "INSERT INTO prosody VALUES ('localhost', 'romeo', 'accounts', 'password', 'string', 'x')")
EJABBERD_TABLES = ("CREATE TABLE users (username TEXT, password TEXT, serverkey TEXT, salt TEXT, iterationcount INTEGER)",
                   "CREATE TABLE archive (username TEXT, timestamp BIGINT, xml TEXT, id INTEGER PRIMARY KEY)",
                   "INSERT INTO users VALUES ('romeo', 'x', '', '', 0)")


def check_broken_sql():
    """broken and hostile databases are refused, with the store, and nothing is changed; what cannot be read is left out"""
    row, row_of_archive = "INSERT INTO prosody VALUES ('localhost', ", "INSERT INTO prosodyarchive VALUES (NULL, 'localhost', 'romeo', "
    item = "CREATE TABLE privacy_list_data (id, t, value, action, ord, match_all, match_iq, match_message, match_presence_in, match_presence_out)"
    bad = [("prosody", PROSODY_TABLES[:2], "no accounts of this host"), ("prosody", PROSODY_TABLES[:1], "the table prosodyarchive is missing"),
           ("prosody", PROSODY_TABLES + (row + "'romeo', 'roster', 'a@b', 'json', '{')",), "roster of romeo: this is not what"),
           ("prosody", PROSODY_TABLES + (row + "'romeo', 'roster', '', 'string', 'x')",), "roster of romeo"),
           ("prosody", PROSODY_TABLES + (row + "'romeo', 'roster', 'a', 'json', '" + "[" * 1000 + "]" * 1000 + "')",), "roster of romeo"),
           ("prosody", PROSODY_TABLES + (row + "'ro meo', 'accounts', 'password', 'string', 'x')",), "cannot"),
           ("prosody", PROSODY_TABLES + (row + "'ROMEO', 'accounts', 'password', 'string', 'x')",), "twice"),
           ("prosody", PROSODY_TABLES + (row + "'', 'accounts', 'password', 'string', 'x')",), "a name is missing"),
           ("prosody", PROSODY_TABLES + (row_of_archive + "'archive', 'k', 1, '', 'xml', zeroblob(40000000))",), "too big"),
           ("prosody", ("CREATE VIEW prosody AS SELECT 1", PROSODY_TABLES[1]), "prosody is no table"),
           ("prosody", ("CREATE VIRTUAL TABLE prosody USING fts5(host, user, store, key, type, value)", PROSODY_TABLES[1]), "prosody is no table"),
           ("prosody", ("CREATE TABLE prosody (host TEXT)", PROSODY_TABLES[1]), "no such column"),
           ("ejabberd", EJABBERD_TABLES[1:2], "the table users is missing"),
           ("ejabberd", EJABBERD_TABLES + ("CREATE VIEW vcard AS SELECT 'romeo' AS username, 'x' AS vcard",), "vcard is no table"),
           ("ejabberd", EJABBERD_TABLES + ("INSERT INTO users VALUES ('RoMeo', 'y', '', '', 0)",), "twice"),
           ("ejabberd", EJABBERD_TABLES + ("CREATE TABLE privacy_list (username)", "CREATE TABLE privacy_default_list (username, name)", item), "no such column")]
    with Server() as server, tempfile.TemporaryDirectory() as folder:
        def file_of(statements):
            path = os.path.join(folder, "store.sqlite")
            with contextlib.suppress(FileNotFoundError):
                os.remove(path)
            with contextlib.closing(sqlite3.connect(path)) as store, store:
                for statement in statements:
                    store.execute(statement)
            return path

        for kind, statements, words in bad:
            error = ctl(server, "import", kind, file_of(statements), code=1)["error"]["text"]
            want(words in error, f"{statements[-1][:80]}: {error}")
        path = file_of(PROSODY_TABLES)
        with open(path, "r+b") as file:
            file.seek(4096)
            file.write(b"\xff" * 4096)
        ctl(server, "import", "prosody", path, code=1)
        with open(path, "wb") as file:
            file.write(b"SQLite format 3\0" + b"\xff" * 200)
        ctl(server, "import", "ejabberd", path, code=1)
        equal(ctl(server, "user", "list"), [], "accounts")
        answer = ctl(server, "import", "prosody", file_of(PROSODY_TABLES + (
            row_of_archive + "'archive', 'k', 1, '', 'xml', '<message')", row_of_archive + "'pep_n', 'k', 1, '', 'xml', '<a xmlns=\"b\"/>')")))
        equal((counts(answer)["accounts"], counts(answer)["archived"]), ((1, 1), (1, 0)))
        ctl(server, "user", "delete", "romeo")
        until(lambda: ctl(server, "user", "list") == [], "the account to go")
        answer = ctl(server, "import", "ejabberd", file_of(EJABBERD_TABLES + (
            "INSERT INTO archive VALUES ('romeo', 1, '<m>', NULL)", "CREATE TABLE archive_prefs (username, def, always, never)",
            "INSERT INTO archive_prefs VALUES ('romeo', 'always', '[x', '[]')")))
        equal((counts(answer)["accounts"], counts(answer)["archived"], counts(answer)["preferences"]), ((1, 1), (1, 0), (1, 0)))
