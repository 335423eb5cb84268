# SPDX-License-Identifier: Apache-2.0
"""Lists of blocked addresses: files, SIGHUP, commands, and what others publish."""
import concurrent.futures
import hashlib
import json
import os

from bed import Server, closing, equal, soon, until, want
from check_component import components, group, logged_in


def write(path, text):
    with open(path, "w", encoding="utf-8") as out:
        out.write(text)


def blocked_by(server, address):
    return json.loads(server.ctl("block", "test", address, "--json"))["by"]


def check_files_and_commands():
    """a file is read at the start and on SIGHUP, one that is wrong changes nothing; commands hold at once, and after a restart"""
    with Server(is_started=False) as server:
        path = os.path.join(server.home, "blocked.txt")
        write(path, "# cats\n  tybalt@localhost  # their prince\n\n*.evil.example\nspam.example\n")
        server.set_config(f'block = {{ lists = [ "{path}" ]; }};')
        server.start()
        until(lambda: blocked_by(server, "tybalt@localhost/sword"), "the list of the start")
        for address, entry in (("a@b.evil.example", ".evil.example"), ("evil.example", None), ("x@spam.example/y", "spam.example"),
                               ("x@no.spam.example", None), ("romeo@localhost", None)):
            equal(blocked_by(server, address), entry, address)
        write(path, "spam.example\n")
        want("not reloaded" not in server.hang_up(), server.tail(3))
        until(lambda: blocked_by(server, "tybalt@localhost") is None, "the list of the reload")
        write(path, "spam.example\nthis is no address\n")
        server.hang_up()
        until(lambda: "line=2" in server.tail(20), "word of the second line")
        equal(blocked_by(server, "spam.example"), "spam.example")
        server.ctl("block", "add", "*.worse.example", "--reason", "worms")
        server.ctl("block", "add", "Paris@localhost")
        equal(blocked_by(server, "a.worse.example"), ".worse.example")
        equal(blocked_by(server, "paris@localhost"), "paris@localhost")
        rows = {row["address"]: row["reason"] for row in json.loads(server.ctl("block", "list", "--json"))}
        equal(rows, {"*.worse.example": "worms", "paris@localhost": ""})
        write(path, "spam.example\n")
        server.stop()
        server.start()
        until(lambda: blocked_by(server, "paris@localhost"), "what was added, after a restart")
        equal(blocked_by(server, "spam.example"), "spam.example")
        server.ctl("block", "remove", "paris@localhost")
        equal(blocked_by(server, "paris@localhost"), None)
        server.ctl("s2s", "block", "bad.example", "--reason", "worms")
        equal(blocked_by(server, "a@bad.example"), "bad.example")
        server.ctl("s2s", "unblock", "bad.example")
        equal(blocked_by(server, "a@bad.example"), None)


def pubsub(client, inner, owner=""):
    answer = client.request("set", f"<pubsub xmlns='http://jabber.org/protocol/pubsub{owner}'>{inner}</pubsub>", soon(), "pubsub.localhost")
    equal(answer.attrs["type"], "result", inner)


def refused(found, stanza, number, condition):
    found.send(stanza, soon())
    answer = found.wait_for(lambda e: e.attrs.get("id") == number and e.attrs.get("type") == "error", soon())
    want(answer.find("error").find(condition) is not None, answer)


def check_published():
    """a list at a node (XEP-0060), of addresses and their hashes: in force while it says so, also after a restart; never for contacts and members"""
    lists = 'block = { nodes = [ "xmpp:pubsub.localhost" ]; refresh = "1s"; };\n'
    hashed = hashlib.sha256(b"tybalt@far.localhost").hexdigest()
    with Server(lists + components(group("far.localhost")), users=["admin", "juliet"]) as server:
        far, admin, juliet = logged_in(server, "far.localhost"), server.login("admin/one"), server.login("juliet/one")
        with closing(far, admin, juliet):
            pubsub(admin, "<create node='muc_bans_sha256'/>")
            pubsub(admin, f"<publish node='muc_bans_sha256'><item id='{hashed}'><report xmlns='urn:xmpp:reporting:1' reason='urn:xmpp:reporting:spam'/></item></publish>")
            until(lambda: blocked_by(server, "tybalt@far.localhost/sword"), "the list to be read")
            equal(blocked_by(server, "paris@far.localhost"), None)
            refused(far, "<message from='tybalt@far.localhost/x' to='juliet@localhost' id='m1' type='chat'><body>Buy</body></message>", "m1", "service-unavailable")
            refused(far, "<presence from='tybalt@far.localhost/x' to='feast@conference.localhost/t' id='p1'><x xmlns='http://jabber.org/protocol/muc'/></presence>",
                    "p1", "forbidden")
            juliet.send("<presence to='tybalt@far.localhost' type='subscribe'/>", soon())
            far.wait_for(lambda e: e.attrs.get("type") == "subscribe", soon())
            far.send("<message from='tybalt@far.localhost/x' to='juliet@localhost' id='m2' type='chat'><body>I come</body></message>", soon())
            juliet.hear_body("I come")
            pubsub(admin, "<publish node='muc_bans_sha256'><item id='far.localhost'><x xmlns='urn:test'/></item></publish>")
            until(lambda: blocked_by(server, "paris@far.localhost"), "what was published later")
            pubsub(admin, "<publish node='muc_bans_sha256'><item id='localhost'><x xmlns='urn:test'/></item></publish>")
            until(lambda: server.metrics()["parley_published_blocks"] == 3, "the third item")
            equal(blocked_by(server, "juliet@localhost"), None)
            juliet.message("admin@localhost", "still here")
            admin.hear_body("still here")
            pubsub(admin, "<retract node='muc_bans_sha256'><item id='far.localhost'/></retract>")
            until(lambda: blocked_by(server, "paris@far.localhost") is None, "what was taken back")
        server.kill()
        server.start()
        until(lambda: blocked_by(server, "tybalt@far.localhost"), "the list after a crash")
        with closing(server.login("admin/two")) as (admin,):
            pubsub(admin, "<delete node='muc_bans_sha256'/>", "#owner")
            until(lambda: blocked_by(server, "tybalt@far.localhost") is None, "the end of the list")


def code_of(element):
    """The numbers that a room says with a presence (XEP-0045 15.6)."""
    x = element.find("x", "http://jabber.org/protocol/muc#user")
    return {e.attrs["code"] for e in x.elements() if e.local == "status"} if x is not None else set()


def check_occupants():
    """who is in a room when a published list names him is put out as if banned, but a member stays until the server's own list names him"""
    room, muc = "feast@conference.localhost", "http://jabber.org/protocol/muc"
    lists = 'block = { nodes = [ "xmpp:pubsub.localhost" ]; refresh = "1s"; };\n'
    with Server(lists + components(group("far.localhost")), users=["admin", "juliet"]) as server:
        far, admin, juliet = logged_in(server, "far.localhost"), server.login("admin/one"), server.login("juliet/one")
        with closing(far, admin, juliet):
            def enter(client, nick, sender=""):
                client.send(f"<presence {sender} to='{room}/{nick}'><x xmlns='{muc}'/></presence>", soon())
                client.wait_for(lambda e: e.attrs.get("from") == f"{room}/{nick}" and "110" in code_of(e), soon())

            def put_out(nick, others):
                for client in (far, *others):
                    gone = client.wait_for(lambda e: e.local == "presence" and e.attrs.get("from") == f"{room}/{nick}" and
                                           e.attrs.get("type") == "unavailable" and (client is not far or "110" in code_of(e)), soon())
                    item = gone.find("x", f"{muc}#user").find("item")
                    equal((item.attrs["affiliation"], item.attrs["role"], "301" in code_of(gone)), ("outcast", "none", True), gone)

            enter(juliet, "juliet")
            equal(juliet.request("set", f"<query xmlns='{muc}#owner'><x xmlns='jabber:x:data' type='submit'/></query>", soon(), room).attrs["type"], "result")
            equal(juliet.request("set", f"<query xmlns='{muc}#admin'><item affiliation='member' jid='nurse@far.localhost'/></query>", soon(), room).attrs["type"],
                  "result")
            for nick in ("nurse", "paris"):
                enter(far, nick, f"from='{nick}@far.localhost/x'")
            pubsub(admin, "<create node='muc_bans_sha256'/>")
            pubsub(admin, "<publish node='muc_bans_sha256'><item id='far.localhost'><x xmlns='urn:test'/></item></publish>")
            put_out("paris", (juliet,))
            far.send(f"<message from='nurse@far.localhost/x' to='{room}' type='groupchat' id='n1'><body>I stay</body></message>", soon())
            juliet.hear_body("I stay")
            refused(far, f"<presence from='paris@far.localhost/x' to='{room}/paris'  id='p1'><x xmlns='{muc}'/></presence>", "p1", "forbidden")
            server.ctl("block", "add", "nurse@far.localhost")
            put_out("nurse", (juliet,))
            juliet.message(room, "alone", kind="groupchat")
            juliet.hear_body("alone")


def check_contacts():
    """whoever looks at a report sees the abuse addresses of the other server, asked for then (XEP-0157); only plain characters, and not for long"""
    with Server(components(group("far.localhost")), users=["juliet"]) as server:
        far, juliet = logged_in(server, "far.localhost"), server.login("juliet/one")
        with closing(far, juliet):
            for name in ("tybalt@far.localhost", "romeo@localhost"):
                equal(juliet.request("set", f"<block xmlns='urn:xmpp:blocking'><item jid='{name}'><report xmlns='urn:xmpp:reporting:1' "
                                            "reason='urn:xmpp:reporting:spam'/></item></block>", soon()).attrs["type"], "result")
            until(lambda: len(json.loads(server.ctl("reports", "list", "--json"))) == 2, "both reports")
            number = {row["about"]: row["id"] for row in json.loads(server.ctl("reports", "list", "--json"))}

            def contacts(about, form=None):
                with concurrent.futures.ThreadPoolExecutor(1) as pool:
                    shown = pool.submit(server.ctl, "reports", "show", number[about], "--json")
                    if form is not None:
                        asked = far.wait_for(lambda e: e.local == "iq" and e.attrs.get("type") == "get", soon())
                        equal((asked.attrs["from"], asked.attrs["to"]), ("localhost", "far.localhost"))
                        far.send(f"<iq type='result' from='a@far.localhost' to='localhost' id='{asked.attrs['id']}'/>"
                                 f"<iq type='result' from='far.localhost' to='localhost' id='{asked.attrs['id']}'>"
                                 f"<query xmlns='http://jabber.org/protocol/disco#info'>{form}</query></iq>", soon())
                    return json.loads(shown.result())["contacts"]

            def serverinfo(*addresses):
                values = "".join(f"<value>{address}</value>" for address in addresses)
                return ("<x xmlns='jabber:x:data' type='result'><field var='FORM_TYPE' type='hidden'><value>http://jabber.org/network/serverinfo</value>"
                        f"</field><field var='abuse-addresses' type='list-multi'>{values}</field></x>")

            equal(contacts("romeo@localhost"), [], "people of ours")
            equal(contacts("tybalt@far.localhost", serverinfo("mailto:abuse@far.localhost", "xmpp:a b", "xmpp:a\u202eb", "xmpp:admin@far.localhost", "x" * 300)),
                  ["mailto:abuse@far.localhost", "xmpp:admin@far.localhost"])
            equal(contacts("tybalt@far.localhost", serverinfo(*[f"mailto:{n}@far.localhost" for n in range(9)])),
                  [f"mailto:{n}@far.localhost" for n in range(5)], "no more than five")
            equal(contacts("tybalt@far.localhost", ""), [], "no form")
            equal(contacts("tybalt@far.localhost"), [], "no answer")
            with concurrent.futures.ThreadPoolExecutor(1) as pool:
                shown = pool.submit(server.ctl, "reports", "show", number["tybalt@far.localhost"], "--json")
                far.wait_for(lambda e: e.local == "iq" and e.attrs.get("type") == "get", soon())
                far.wait_for(lambda e: e.local == "iq" and e.attrs.get("type") == "get", soon())
                server.stop()
                equal(json.loads(shown.result())["contacts"], [], "the end of the server")
