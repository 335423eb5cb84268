#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""installed.py ROOT NEW: the life of the real package in a bare Debian at ROOT, where an older one is installed already. For
./dev fresh, as root, in a network of its own. NEW is the path of the newer package inside ROOT. With --fill instead of it only
people, messages, a room and a file are made; with --look they are looked for.

There is no systemd in a chroot: the server is started by the ExecStart line of its unit, as the unit's user."""
import http.client
import json
import os
import re
import signal
import subprocess
import sys
import time
import urllib.parse

sys.dont_write_bytecode = True
sys.path[:0] = [os.path.join(os.path.dirname(os.path.abspath(__file__)), "../talk")]
from player.client import Client  # noqa: E402

SECONDS = 30
MESSAGES = 20
FILE = bytes(range(256)) * 400
CONFIG = "etc/parley/parley.conf"


def want(condition, what):
    if not condition:
        sys.exit(f"not ok: {what}")


class Installed:
    """The server of the package, on its default ports."""

    def __init__(self, root):
        self.root, self.child, self.domain = root, None, "chat.example"

    def path(self, name):
        return os.path.join(self.root, name)

    def read(self, name):
        with open(self.path(name), encoding="utf-8") as file:
            return file.read()

    def inside(self, *words, stdin="", code=0):
        done = subprocess.run(["chroot", self.root, *words], input=stdin, text=True, capture_output=True, timeout=300, check=False,
                              env={"PATH": "/usr/sbin:/usr/bin:/sbin:/bin", "LANG": "C.UTF-8", "DEBIAN_FRONTEND": "noninteractive"})
        want(done.returncode == code, f"{' '.join(words)}: {done.returncode}\n{done.stdout}{done.stderr}")
        return done.stdout

    def address(self, listener):
        return "127.0.0.1", {"xmpp": 5222, "http": 5280, "metrics": 9280}[listener]

    def start(self):
        line = re.search(r"^ExecStart=(.*)$", self.read("lib/systemd/system/parley.service"), re.M)[1]
        log = self.path("tmp/parleyd.log")
        with open(log, "w", encoding="utf-8") as out:
            self.child = subprocess.Popen(["chroot", self.root, "setpriv", "--reuid=parley", "--regid=parley", "--init-groups",
                                           "--no-new-privs", "--bounding-set=-all,+net_bind_service", *line.split()],
                                          stdin=subprocess.DEVNULL, stdout=out, stderr=out)
        end = time.monotonic() + SECONDS
        while "parleyd ready" not in self.read("tmp/parleyd.log"):
            want(self.child.poll() is None and time.monotonic() < end, self.read("tmp/parleyd.log"))
            time.sleep(0.1)

    def stop(self):
        self.child.send_signal(signal.SIGTERM)
        want(self.child.wait(SECONDS) == 0, self.read("tmp/parleyd.log"))

    def login(self, user, *words):
        client = Client(f"{user}/one", (user, f"{user}-knows-it"), dict.fromkeys(words, True), self)
        client.login(time.monotonic() + SECONDS)
        return client

    def version(self):
        return self.inside("dpkg-query", "-W", "-f", "${db:Status-Status} ${Version}", "parley")


def say(text):
    print(f"ok: {text}", flush=True)


def begin(server):
    """From the package's own configuration to the first message."""
    server.start()
    server.stop()
    say("started as it was installed, on this machine's addresses alone")
    with open(server.path(CONFIG), "r+", encoding="utf-8") as file:
        text = file.read().replace('domain = "localhost"', f'domain = "{server.domain}"')
        file.seek(0)
        file.write(text)
    server.start()
    for user in ("juliet", "romeo"):
        server.inside("parleyctl", "user", "add", user, *(["--admin"] if user == "juliet" else []), stdin=f"{user}-knows-it\n")
    client = server.login("juliet")
    client.send(f"<message to='romeo@{server.domain}' type='chat' id='m1'><body>before the upgrade</body></message>",
                time.monotonic() + SECONDS)
    client.ping(time.monotonic() + SECONDS)
    client.disconnect(time.monotonic() + SECONDS)
    say("another domain; parleyctl finds the server; juliet logs in and writes to romeo, who is away")
    return text


def soon():
    return time.monotonic() + SECONDS


def ask(client, kind, inner, to=None):
    answer = client.request(kind, inner, soon(), to)
    want(answer.attrs["type"] == "result", answer)
    return answer


def visit(client, room):
    client.send(f"<presence to='{room}/{client.account[0]}'><x xmlns='http://jabber.org/protocol/muc'/></presence>", soon())
    client.wait_for(lambda e: e.local == "message" and e.find("subject") is not None, soon())


def over_http(verb, url, headers=None, body=None):
    connection = http.client.HTTPConnection("127.0.0.1", 5280, timeout=SECONDS)
    connection.request(verb, urllib.parse.urlsplit(url).path, body, headers or {})
    answer = connection.getresponse()
    return answer.status, answer.read()


def fill(server):
    """A contact, a bookmark, a room with a member and words in it, a file: what look() must find. Gives back where the file is."""
    juliet, romeo = server.login("juliet"), server.login("romeo", "unavailable")  # something still waits for him
    room, muc = f"feast@conference.{server.domain}", "http://jabber.org/protocol/muc"
    ask(juliet, "set", f"<query xmlns='jabber:iq:roster'><item jid='romeo@{server.domain}' name='Montague'><group>Verona</group></item></query>")
    ask(juliet, "set", "<pubsub xmlns='http://jabber.org/protocol/pubsub'><publish node='urn:xmpp:bookmarks:1'>"
                       f"<item id='{room}'><conference xmlns='urn:xmpp:bookmarks:1' name='The feast'/></item></publish></pubsub>")
    visit(juliet, room)
    ask(juliet, "set", f"<query xmlns='{muc}#owner'><x xmlns='jabber:x:data' type='submit'/></query>", room)
    ask(juliet, "set", f"<query xmlns='{muc}#admin'><item affiliation='member' jid='romeo@{server.domain}'/></query>", room)
    for number in range(MESSAGES):
        juliet.send(f"<message to='{room}' type='groupchat' id='r{number}'><body>dance {number}</body></message>", soon())
        romeo.send(f"<message to='juliet@{server.domain}' type='chat' id='d{number}'><body>word {number}</body></message>", soon())
    juliet.ping(soon())
    romeo.ping(soon())
    slot = ask(juliet, "get", f"<request xmlns='urn:xmpp:http:upload:0' filename='rose.bin' size='{len(FILE)}'/>", f"upload.{server.domain}").find("slot")
    put = slot.find("put")
    headers = {header.attrs["name"]: header.text() for header in put.elements()}
    want(over_http("PUT", put.attrs["url"], headers, FILE)[0] == 201, "the file was not taken")
    server.file = slot.find("get").attrs["url"]
    with open(server.path("root/file.url"), "w", encoding="utf-8") as out:
        out.write(server.file)
    for client in (juliet, romeo):
        client.disconnect(soon())


def archived(client, to=None):
    ask(client, "set", "<query xmlns='urn:xmpp:mam:2'><set xmlns='http://jabber.org/protocol/rsm'><max>200</max></set></query>", to)
    found = [e.find("result", "urn:xmpp:mam:2") for kind, e in client.pending if kind == "element" and e.local == "message"]
    client.pending.clear()
    inner = [result.find("forwarded").find("message").find("body") for result in found if result is not None]
    return [body.text() for body in inner if body is not None]


def look(server):
    """All that fill() has made is there."""
    juliet = server.login("juliet")
    room = f"feast@conference.{server.domain}"
    item = ask(juliet, "get", "<query xmlns='jabber:iq:roster'/>").find("query").find("item")
    want(item is not None and item.attrs["name"] == "Montague" and item.find("group").text() == "Verona", f"the roster: {item}")
    marks = ask(juliet, "get", "<pubsub xmlns='http://jabber.org/protocol/pubsub'><items node='urn:xmpp:bookmarks:1'/></pubsub>")
    want("The feast" in str(marks), f"the bookmark: {marks}")
    words = archived(juliet)
    want([f"word {n}" for n in range(MESSAGES)] == [w for w in words if w.startswith("word ")], f"the archive: {words}")
    want(archived(juliet, room) == [f"dance {n}" for n in range(MESSAGES)], "the room's archive")
    admins = ask(juliet, "get", "<query xmlns='http://jabber.org/protocol/muc#admin'><item affiliation='member'/></query>", room)
    want(f"romeo@{server.domain}" in str(admins), f"the room's members: {admins}")
    want(over_http("GET", server.read("root/file.url"))[1] == FILE, "the file")
    juliet.disconnect(soon())


def upgrade(server, new, text):
    old = server.version()
    server.inside("dpkg", "-i", new)
    want(server.version() != old, f"still {old}")
    want(server.child.poll() is None, "the old server did not live through the upgrade")
    want(server.read(CONFIG) == text, "the configuration was changed")
    server.stop()
    server.start()
    client = server.login("romeo")
    client.send("<presence/>", time.monotonic() + SECONDS)
    client.wait_for(lambda e: e.local == "message" and e.find("body") is not None and e.find("body").text() == "before the upgrade",
                    time.monotonic() + SECONDS)
    client.disconnect(time.monotonic() + SECONDS)
    stats = json.loads(server.inside("parleyctl", "stats", "--json"))
    want(stats["accounts"] == 2, stats)
    look(server)
    say(f"{old} became {server.version()}: romeo logs in and reads it; contacts, archives, bookmarks, the room, its members and the file are "
        "there; the configuration is as it was, and nothing was asked")


def restore(server):
    """As docs/operations.md has it."""
    server.inside("parleyctl", "backup", "/var/backups/parley/last")
    server.stop()
    server.inside("mv", "/var/lib/parley", "/var/lib/parley.before")
    server.inside("parleyctl", "restore", "/var/backups/parley/last")
    server.inside("chown", "-R", "parley:parley", "/var/lib/parley")
    server.start()
    look(server)
    server.stop()
    say("backed up and restored: all of it is there")


def remove(server):
    server.inside("dpkg", "-r", "parley")
    want(not os.path.exists(server.path("usr/sbin/parleyd")), "parleyd is still there")
    want(os.path.exists(server.path("var/lib/parley/parley.db")) and os.path.exists(server.path(CONFIG)), "the removal took too much")
    server.inside("dpkg", "-P", "parley")
    want(not os.path.exists(server.path("var/lib/parley")) and not os.path.exists(server.path("etc/parley")), "the purge left something")
    want(os.path.exists(server.path("var/backups/parley/last/manifest.json")), "the purge took a backup")
    say("removed: data and configuration stay; purged: both are gone, the backup is not")


def main(root, new):
    server = Installed(root)
    try:
        if new == "--look":
            text = re.sub(r"^ +https .*\n", "", server.read(CONFIG), flags=re.M)  # port 443 is systemd's to give
            with open(server.path(CONFIG), "w", encoding="utf-8") as file:
                file.write(text)
            server.start()
            look(server)
            server.stop()
            say("all that was there before the upgrade is there")
            return
        text = begin(server)
        fill(server)
        if new == "--fill":
            server.stop()
            return
        upgrade(server, new, text)
        restore(server)
        remove(server)
    finally:
        if server.child and server.child.poll() is None:
            server.child.kill()


if __name__ == "__main__":
    main(*sys.argv[1:])
