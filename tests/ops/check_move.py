# SPDX-License-Identifier: Apache-2.0
"""Moving accounts: export and import (XEP-0227), and what broken or hostile files get."""
import datetime
import stat
import tempfile

from bed import PARLEYCTL, PASSWORD, Failure, Server, closing, equal, json, os, run, signal, soon, subprocess, time, until, want

ROSTER, RSM = "jabber:iq:roster", "http://jabber.org/protocol/rsm"
HEAD = "<server-data xmlns='urn:xmpp:pie:0'><host jid='localhost'>"
TAIL = "</host></server-data>"
PUBSUB = "http://jabber.org/protocol/pubsub"
# What must be answered alike before and after.
SAME = ("<query xmlns='jabber:iq:private'><a xmlns='urn:example:a'/></query>", "<blocklist xmlns='urn:xmpp:blocking'/>", "<prefs xmlns='urn:xmpp:mam:2'/>",
        f"<pubsub xmlns='{PUBSUB}'><items node='urn:example:n'/></pubsub>", f"<pubsub xmlns='{PUBSUB}#owner'><configure node='urn:example:n'/></pubsub>")


def ctl(server, *words, code=0):
    found, out, err = run(PARLEYCTL, "--config", server.config, *words, "--json", seconds=60)
    equal(found, code, f"{' '.join(words)}: {out}{err}")
    return json.loads(out)


def counts(answer):
    return {row["kind"]: (row["found"], row["taken"]) for row in answer["counts"]}


def reader(server, user, password=PASSWORD):
    client = server.client(f"{user}/reader", "unavailable")
    client.account = (user, password)
    client.login(soon())
    return client


def archive(server, user, password=PASSWORD):
    """[(from, body, stamp)] of the user's archive."""
    client = reader(server, user, password)
    with closing(client):
        client.result(f"<query xmlns='urn:xmpp:mam:2'><set xmlns='{RSM}'><max>200</max></set></query>", soon())
        found = []
        for kind, element in client.pending:
            result = element.find("result", "urn:xmpp:mam:2") if kind == "element" else None
            if result is not None:
                forwarded = result.find("forwarded")
                message = forwarded.find("message")
                found.append((message.attrs["from"], message.find("body").text(), forwarded.find("delay").attrs["stamp"]))
        return found


def apart(one, other):
    """Microseconds between two stamps."""
    return abs(datetime.datetime.fromisoformat(one[:-1]) - datetime.datetime.fromisoformat(other[:-1])) / datetime.timedelta(microseconds=1)


def roster(client):
    query = client.result(f"<query xmlns='{ROSTER}'/>", soon(), "get").find("query")
    return {item.attrs["jid"]: (item.attrs["subscription"], item.attrs.get("ask"), item.attrs.get("name"),
                                sorted(group.text() for group in item.elements())) for item in query.elements()}


def fill(server):
    """Two accounts with everything."""
    with closing(server.login("romeo/one", "roster"), server.login("juliet/one", "roster")) as (romeo, juliet):
        romeo.say("<presence to='juliet@localhost' type='subscribe'/>")
        juliet.hear(lambda e: e.attrs.get("type") == "subscribe")
        juliet.say("<presence to='romeo@localhost' type='subscribed'/>")
        romeo.hear(lambda e: e.attrs.get("type") == "subscribed")
        juliet.result(f"<query xmlns='{ROSTER}'><item jid='friar@localhost' name='F &amp; &lt;r&apos;'><group>Cell</group><group>Ü</group>"
                      "</item></query>", soon())
        romeo.result("<vCard xmlns='vcard-temp'><FN>Roméo</FN><PHOTO><BINVAL>AAAA</BINVAL></PHOTO></vCard>", soon())
        romeo.say("<presence to='nurse@localhost' type='subscribe'><nick xmlns='http://jabber.org/protocol/nick'>R</nick></presence>")
        romeo.result(f"<pubsub xmlns='{PUBSUB}'><publish node='urn:example:n'><item id='1'><a xmlns='urn:example:n'>&lt;b&gt;</a></item></publish>"
                     f"<publish-options><x xmlns='jabber:x:data' type='submit'><field var='FORM_TYPE' type='hidden'><value>{PUBSUB}#publish-options</value>"
                     "</field><field var='pubsub#access_model'><value>open</value></field><field var='pubsub#max_items'><value>7</value></field></x>"
                     "</publish-options></pubsub>", soon())
        romeo.result("<query xmlns='jabber:iq:private'><a xmlns='urn:example:a'><b/></a></query>", soon())
        romeo.result("<block xmlns='urn:xmpp:blocking'><item jid='tybalt@far.example'/></block>", soon())
        romeo.result("<prefs xmlns='urn:xmpp:mam:2' default='roster'><always><jid>nurse@localhost</jid></always><never/></prefs>", soon())
        romeo.message("juliet@localhost", "wherefore")
        juliet.hear_body("wherefore")
        juliet.message("romeo@localhost", "art thou")
        romeo.hear_body("art thou")
        romeo.message("nurse@localhost", "while you were away")
        romeo.ping(soon())
    ctl(server, "user", "retention", "romeo", "30d")
    ctl(server, "user", "disable", "tybalt")


def check_bookmarks():
    """bookmarks of an old private storage are items when the first client comes, and both views stay one"""
    kept = "<storage xmlns='storage:bookmarks'><conference jid='Council@rooms.example' autojoin='1'><nick>R</nick></conference></storage>"
    items = f"<pubsub xmlns='{PUBSUB}'><items node='urn:xmpp:bookmarks:1'/></pubsub>"
    with Server() as server:
        path = os.path.join(server.home, "old.xml")
        with open(path, "w", encoding="utf-8") as file:
            file.write(f"{HEAD}<user name='romeo' password='{PASSWORD}'><query xmlns='jabber:iq:private'>{kept}</query></user>{TAIL}")
        ctl(server, "import", path)
        with closing(server.login("romeo/one", "unavailable")) as (romeo,):
            found = romeo.result(items, soon(), "get").find("pubsub").find("items").elements()
            equal([(item.attrs["id"], item.find("conference").find("nick").text()) for item in found], [("council@rooms.example", "R")])
            romeo.result(f"<pubsub xmlns='{PUBSUB}'><retract node='urn:xmpp:bookmarks:1'><item id='council@rooms.example'/></retract></pubsub>", soon())
        server.stop()
        server.start()
        with closing(server.login("romeo/two", "unavailable")) as (romeo,):
            equal(romeo.result(items, soon(), "get").find("pubsub").find("items").elements(), [], "items that were taken away")
            view = romeo.result("<query xmlns='jabber:iq:private'><storage xmlns='storage:bookmarks'/></query>", soon(), "get")
            equal(view.find("query").find("storage").elements(), [], "the other view")


def check_bookmarks_copy():
    """bookmarks of another server in any of their three forms are in all three when the first client comes (XEP-0402 4.3, XEP-0411 4)"""
    room = "<conference jid='council@rooms.example' autojoin='true'><nick>R</nick></conference>"
    item = "<item id='council@rooms.example'><conference xmlns='urn:xmpp:bookmarks:1' autojoin='true'><nick>R</nick></conference></item>"
    kept = f"<storage xmlns='storage:bookmarks'>{room}</storage>"
    forms = {"private": f"<query xmlns='jabber:iq:private'>{kept}</query>",
             "copy": f"<pubsub xmlns='{PUBSUB}'><items node='storage:bookmarks'><item id='current'>{kept}</item></items></pubsub>",
             "items": f"<pubsub xmlns='{PUBSUB}'><items node='urn:xmpp:bookmarks:1'>{item}</items></pubsub>"}
    views = ("<query xmlns='jabber:iq:private'><storage xmlns='storage:bookmarks'/></query>",
             *(f"<pubsub xmlns='{PUBSUB}'><items node='{node}'/></pubsub>" for node in ("storage:bookmarks", "urn:xmpp:bookmarks:1")))

    def shows(client, view):
        try:
            answer = str(client.result(view, soon(), "get"))
        except Failure:  # the node is not there yet
            return False
        return "council@rooms.example" in answer and "<nick>R</nick>" in answer

    with Server() as server:
        path = os.path.join(server.home, "old.xml")
        with open(path, "w", encoding="utf-8") as file:
            file.write(HEAD + "".join(f"<user name='{name}' password='{PASSWORD}'>{form}</user>" for name, form in forms.items()) + TAIL)
        ctl(server, "import", path)
        for name in forms:
            with closing(server.login(f"{name}/one", "unavailable")) as (client,):
                for view in views:
                    until(lambda: shows(client, view), f"{name} in {view}")


def check_round():
    """export --all and import on another server: passwords, rosters, requests, cards, archives, offline messages and settings are there"""
    with Server(users=("romeo", "juliet", "nurse", "tybalt")) as old, Server() as new:
        fill(old)
        before = {user: archive(old, user) for user in ("romeo", "juliet", "nurse")}
        with closing(old.login("romeo/two")) as (romeo,):
            same = {payload: str(romeo.result(payload, soon(), "get").elements()[0]) for payload in SAME}
        path = os.path.join(old.home, "all.xml")
        # archive() above has read, not received: what waits for nurse still waits.
        made = counts(ctl(old, "export", "--all", path))
        equal(made["accounts"], (4, 4))
        equal(stat.S_IMODE(os.stat(path).st_mode), 0o600, "mode of the file")
        equal(ctl(old, "export", "--all", path, code=1)["error"]["code"], "exists")
        dry = ctl(new, "import", path, "--dry-run")
        equal(ctl(new, "user", "list"), [], "accounts after a dry run")
        answer = ctl(new, "import", path)
        equal(counts(answer), counts(dry), "a dry run and the import")
        want("left_out" not in answer, f"left out: {answer}")
        equal(counts(answer), {kind: (n, n) for kind, (n, _) in made.items()}, "in and out")
        for user, wanted in before.items():
            found = archive(new, user)
            equal([row[:2] for row in found], [row[:2] for row in wanted], f"archive of {user}")
            want(all(apart(a[2], b[2]) <= 1 for a, b in zip(found, wanted)), f"times of {user}: {found}, {wanted}")
        with closing(new.login("nurse/one", "roster")) as (nurse,):
            request = nurse.hear(lambda e: e.attrs.get("type") == "subscribe")
            equal((request.attrs["from"], request.find("nick").text()), ("romeo@localhost", "R"))
            nurse.hear_body("while you were away")
        with closing(new.login("romeo/one", "roster"), new.login("juliet/one", "roster")) as (romeo, juliet):
            equal(roster(romeo), {"juliet@localhost": ("to", None, None, []), "nurse@localhost": ("none", "subscribe", None, [])})
            equal(roster(juliet)["friar@localhost"], ("none", None, "F & <r'", ["Cell", "Ü"]))
            equal(roster(juliet)["romeo@localhost"][0], "from")
            card = romeo.result("<vCard xmlns='vcard-temp'/>", soon(), "get").find("vCard")
            equal(card.find("FN").text(), "Roméo")
            for payload in SAME:
                equal(same[payload], str(romeo.result(payload, soon(), "get").elements()[0]), payload)
            romeo.message("juliet@localhost", "still here")
            juliet.hear_body("still here")
        equal([row["jid"] for row in ctl(new, "user", "list") if row["disabled"]], ["tybalt@localhost"])
        equal([body for _, body, _ in archive(new, "juliet")][-1], "still here")
        late = new.login("nurse/two")
        with closing(late):
            late.ping(soon())
            want(not [e for kind, e in late.pending if kind == "element" and e.find("body") is not None], "delivered twice")


def check_hidden():
    """messages that wait but are not to be archived (XEP-0334, XEP-0441) come along as such: delivered once, and in no archive"""
    hint = "<no-permanent-store xmlns='urn:xmpp:hints'/>"
    with Server(users=("romeo", "juliet")) as old, Server() as new:
        with closing(reader(old, "juliet")) as (juliet,):
            juliet.result("<prefs xmlns='urn:xmpp:mam:2' default='always'><never><jid>romeo@localhost/quiet</jid></never></prefs>", soon())
        with closing(old.login("romeo/loud"), old.login("romeo/quiet")) as (loud, quiet):
            loud.message("juliet@localhost", "kept")
            loud.message("juliet@localhost", "hinted", extra=hint)
            loud.ping(soon())
            quiet.message("juliet@localhost", "unwanted")
            quiet.ping(soon())
        equal([body for _, body, _ in archive(old, "juliet")], ["kept"])
        path = os.path.join(old.home, "juliet.xml")
        equal(counts(ctl(old, "export", "juliet", path))["offline"], (3, 3))
        with open(path, encoding="utf-8") as file:
            equal(file.read().count(hint), 2, "one hint for each")
        equal(counts(ctl(new, "import", path))["offline"], (3, 3))
        equal([body for _, body, _ in archive(new, "juliet")], ["kept"])
        equal(counts(ctl(new, "export", "juliet", os.path.join(new.home, "again.xml")))["offline"], (3, 3))
        with open(os.path.join(new.home, "again.xml"), encoding="utf-8") as file:
            equal(file.read().count(hint), 2, "and no second one")
        with closing(new.login("juliet/one")) as (juliet,):
            for body in ("kept", "hinted", "unwanted"):
                juliet.hear_body(body)
            juliet.ping(soon())
            juliet.leave()
        new.stop()
        new.start()
        equal([body for _, body, _ in archive(new, "juliet")], ["kept"])
        with closing(new.login("juliet/two")) as (juliet,):
            juliet.ping(soon())
            want(not [e for kind, e in juliet.pending if kind == "element" and e.find("body") is not None], "delivered twice")


def check_one():
    """export of one account writes that one; a second import is refused, --skip-existing leaves it alone"""
    with Server(users=("romeo", "juliet")) as server, Server(users=("juliet",)) as other, tempfile.TemporaryDirectory() as folder:
        path = os.path.join(folder, "romeo.xml")
        equal(counts(ctl(server, "export", "romeo", path))["accounts"], (1, 1))
        ctl(server, "export", "nobody", os.path.join(folder, "x"), code=1)
        equal(os.listdir(folder), ["romeo.xml"], "files left by an export that failed")
        want("is here already" in ctl(server, "import", path, code=1)["error"]["text"], "an account that exists")
        both = os.path.join(folder, "both.xml")
        ctl(server, "export", "--all", both)
        equal(ctl(other, "import", both, code=1)["error"]["code"], "exists")
        equal([row["jid"] for row in ctl(other, "user", "list")], ["juliet@localhost"], "after a refused import")
        answer = ctl(other, "import", both, "--skip-existing")
        equal(counts(answer)["accounts"], (2, 1))
        equal(answer["left_out"][0]["why"], "is here already")
        reader(other, "romeo").socket.close()


def message(body, stamp, sender="juliet@localhost/x", to="romeo@localhost"):
    return (f"<result xmlns='urn:xmpp:mam:2'><forwarded xmlns='urn:xmpp:forward:0'><delay xmlns='urn:xmpp:delay' stamp='{stamp}'/>"
            f"<message xmlns='jabber:client' from='{sender}' to='{to}' id='i-{body}' type='chat'><body>{body}</body></message></forwarded></result>")


def check_foreign():
    """a file of another server: passwords in the clear, split by XInclude, other prefixes, old times, one message in both stores"""
    with Server() as server, tempfile.TemporaryDirectory() as folder:
        os.makedirs(os.path.join(folder, "old.example"))
        with open(os.path.join(folder, "main.xml"), "w", encoding="utf-8") as file:
            file.write("<?xml version='1.0'?>\n<!-- made by hand -->\n<p:server-data xmlns:p='urn:xmpp:pie:0' xmlns:xi='http://www.w3.org/2001/XInclude'>"
                       "<p:host jid='other.example'><p:user name='x' password='y'/></p:host><xi:include href='old.xml'/></p:server-data>")
        with open(os.path.join(folder, "old.xml"), "w", encoding="utf-8") as file:
            file.write("<host xmlns='urn:xmpp:pie:0' xmlns:xi='http://www.w3.org/2001/XInclude' jid='old.example'>"
                       "<xi:include href='old.example/r%6fmeo.xml'/></host>")
        twin = message("twice", "2020-01-02T00:00:00Z", "juliet@old.example/x", "romeo@old.example")
        with open(os.path.join(folder, "old.example", "romeo.xml"), "w", encoding="utf-8") as file:
            file.write("<user xmlns='urn:xmpp:pie:0' name='Romeo' password='an old password'>"
                       "<offline-messages><message xmlns='jabber:client' from='juliet@old.example/x' to='romeo@old.example' id='i-twice' type='chat'>"
                       "<body>twice</body><delay xmlns='urn:xmpp:delay' stamp='2020-01-02T00:00:01Z'/></message></offline-messages>"
                       "<query xmlns='jabber:iq:roster'><item jid='juliet@old.example' subscription='both'/><item jid='@@' subscription='both'/></query>"
                       "<presence xmlns='jabber:client' type='subscribe' from='nurse@far.example'/>"
                       "<x xmlns='urn:nobody:knows'><deep/></x>"
                       "<archive xmlns='urn:xmpp:pie:0#mam'>"
                       + message("first", "2019-05-06T07:08:09Z", "romeo@old.example/a", "juliet@old.example")
                       + message("second", "2019-05-06T07:08:09Z", "juliet@old.example/x", "romeo@old.example") + twin +
                       "</archive></user>")
        path = os.path.join(folder, "main.xml")
        want("the host other.example is not localhost" in ctl(server, "import", path, code=1)["error"]["text"], "a foreign host")
        equal(ctl(server, "user", "list"), [], "after a refused import")
        answer = ctl(server, "import", path, "--domain", "old.example")
        found = counts(answer)
        equal([found[kind] for kind in ("accounts", "contacts", "requests", "offline", "archived")], [(1, 1), (2, 1), (1, 1), (1, 1), (3, 3)])
        equal(sorted(row["why"] for row in answer["left_out"]), ["not an address", "not known here", "of another host"])
        equal([row[:2] for row in archive(server, "romeo", "an old password")],
              [("romeo@localhost/a", "first"), ("juliet@localhost/x", "second"), ("juliet@localhost/x", "twice")])
        equal(archive(server, "romeo", "an old password")[0][2][:19], "2019-05-06T07:08:09")
        with closing(reader(server, "romeo", "an old password")) as (client,):  # before presence finds that there is no juliet here
            equal(roster(client), {"juliet@localhost": ("both", None, None, [])})
        client = server.client("romeo/one")
        client.account = ("romeo", "an old password")
        with closing(client):
            client.login(soon())
            equal(client.hear_body("twice").find("delay").attrs["stamp"][:19], "2020-01-02T00:00:01")


def bad_files(folder):
    """name -> (text, words of the refusal)"""
    user = HEAD + "<user name='romeo' password='x'/>"
    big = "<x xmlns='urn:x'>" + "a" * (17 << 20) + "</x>"
    yield "entity", "<!DOCTYPE x [<!ENTITY a 'aaaa'><!ENTITY b '&a;&a;'>]>\n" + user + TAIL, ":1: a DTD"
    yield "unknown entity", user + "<user name='a'><vCard xmlns='vcard-temp'>&b;</vCard></user>" + TAIL, "an entity"
    yield "cut off", user + "\n\n<user name='a'><vCard", ":3: the file ends"
    yield "cut short", user + "\n<user name='a'>", ":2: the file ends inside of <user>"
    yield "wrong end", user + "\n\n</server-data></host>", ":3: this end"
    yield "text", user + "hello" + TAIL, "text stands"
    yield "no format", "<html><body/></html>", "XEP-0227"
    yield "empty", "", "no element"
    yield "twice", user + "\n<user name='ROMEO' password='y'/>" + TAIL, ":2: the account romeo@localhost stands there twice"
    yield "name", user + "<user name='a b'/>" + TAIL, "cannot be the name"
    yield "no name", user + "<user/>" + TAIL, "without a name"
    yield "host", user + "</host>\n<host jid='evil.example'><user name='a'/></host></server-data>", ":2: the host evil.example"
    yield "deep", user + "<user name='a'><vCard xmlns='vcard-temp'>" + "<a>" * 400 + "</a>" * 400 + "</vCard></user>" + TAIL, "too deep"
    yield "wide", user + "<user name='a'><vCard xmlns='vcard-temp'>" + "<a/>" * 70000 + "</vCard></user>" + TAIL, "too many parts"
    yield "big", user + f"<user name='a'><vCard xmlns='vcard-temp'>{big}</vCard></user>" + TAIL, "too large"
    yield "prefix", user + "<user name='a'><vCard xmlns='vcard-temp'><y:x/></vCard></user>" + TAIL, "prefix"
    yield "utf-8", user + "<user name='a'><vCard xmlns='vcard-temp'>\udcff</vCard></user>" + TAIL, "not well-formed"
    yield "behind", user + TAIL + "<more/>", "behind the end"
    yield "comment in data", user + "<user name='a'><vCard xmlns='vcard-temp'><!-- x --></vCard></user>" + TAIL, "no comment"
    for href, words in (("/etc/passwd", "relative path"), ("../out.xml", "outside"), ("file:x.xml", "relative path"), ("x%00.xml", "relative path"),
                        ("self.xml", "too many includes"), ("none.xml", "cannot be included"), ("link.xml", "outside"), ("fifo.xml", "cannot be included")):
        text = f"<server-data xmlns='urn:xmpp:pie:0'><xi:include xmlns:xi='http://www.w3.org/2001/XInclude' href='{href}'/></server-data>"
        yield "include " + href, text, words


def check_hostile():
    """broken and hostile files are refused with the line, and nothing is changed"""
    with Server() as server, tempfile.TemporaryDirectory() as folder:
        inner = os.path.join(folder, "in")
        os.mkdir(inner)
        with open(os.path.join(folder, "out.xml"), "w", encoding="utf-8") as file:
            file.write("<host xmlns='urn:xmpp:pie:0' jid='localhost'/>")
        os.symlink("../out.xml", os.path.join(inner, "link.xml"))
        os.mkfifo(os.path.join(inner, "fifo.xml"))
        with open(os.path.join(inner, "self.xml"), "w", encoding="utf-8") as file:
            file.write("<xi:include xmlns:xi='http://www.w3.org/2001/XInclude' href='self.xml'/>")
        before = server.rss()
        for name, text, words in bad_files(folder):
            path = os.path.join(inner, "bad.xml")
            with open(path, "w", encoding="utf-8", errors="surrogateescape") as file:
                file.write(text)
            error = ctl(server, "import", path, code=1)["error"]
            want(words in error["text"], f"{name}: wanted {words!r}, got {error}")
            equal(ctl(server, "user", "list"), [], f"accounts after {name}")
        want(server.rss() - before < 400 << 20, "memory")
        ctl(server, "import", os.path.join(folder, "none.xml"), code=1)
        ctl(server, "import", folder, code=1)


def check_interrupted():
    """a kill in the midst of an import leaves nothing of it; the same import then works"""
    with Server() as server, tempfile.TemporaryDirectory() as folder:
        path = os.path.join(folder, "big.xml")
        with open(path, "w", encoding="utf-8") as file:
            file.write(HEAD)
            for number in range(20):
                file.write(f"<user name='user{number}' password='{PASSWORD}'><query xmlns='jabber:iq:roster'><item jid='a@b.example'/></query>"
                           "<archive xmlns='urn:xmpp:pie:0#mam'>")
                file.writelines(message(f"{n}", "2020-01-01T00:00:00Z", to=f"user{number}@localhost") for n in range(150))
                file.write("</archive></user>")
            file.write(TAIL)
        child = subprocess.Popen([PARLEYCTL, "--config", server.config, "import", path], stderr=subprocess.DEVNULL)
        until(lambda: ctl(server, "stats")["stored_messages"] > 300, "some messages of the import")
        equal(ctl(server, "user", "list"), [], "accounts in the midst of an import")
        equal(ctl(server, "import", path, code=1)["error"]["code"], "busy")
        want("exists" in run(PARLEYCTL, "--config", server.config, "user", "add", "user1", stdin="x")[2], "a name that is reserved")
        server.child.send_signal(signal.SIGKILL)
        server.child.wait()
        child.wait()
        server.start()
        stats = ctl(server, "stats")
        equal((stats["accounts"], stats["stored_messages"]), (0, 0), "what is left after a kill")
        want("interrupted has been removed" in server.tail(1000), "the log does not say so")
        began = time.monotonic()
        equal(counts(ctl(server, "import", path))["archived"], (3000, 3000))
        equal(len(ctl(server, "user", "list")), 20)
        return f"3,000 messages of 20 accounts in {time.monotonic() - began:.1f} s"
