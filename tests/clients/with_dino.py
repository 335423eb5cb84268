# SPDX-License-Identifier: Apache-2.0
"""Dino on a screen of its own. It cannot be told where a server is, nor which certificate to trust: for this program alone names are resolved and
roots are read from files of the test, which takes root. Its account is put into the database that it has made at a first start. It has no remote
control: it is judged by what it answers by itself, and by its history."""
import contextlib
import os
import secrets
import shutil
import sqlite3
import subprocess

import desktop

DOMAIN, ROOTS = "dino.example", "/etc/ssl/certs/ca-certificates.crt"
ADDRESS = ".".join(["127", *(str(2 + secrets.randbelow(250)) for _ in range(3))])  # the port is the standard one: an address of our own
PLACE = (DOMAIN, {"xmpp": ADDRESS + ":5222"})


def needs():
    if missing := desktop.needs("dino-im"):
        return missing
    if os.geteuid() != 0 or not os.path.exists(ROOTS) or subprocess.run(["unshare", "--mount", "true"], capture_output=True, check=False).returncode != 0:
        return "it takes root, unshare(1) and ca-certificates to give it names and roots of its own"
    return None


def read(screen, question):
    with contextlib.suppress(sqlite3.Error), contextlib.closing(sqlite3.connect(f"file:{screen.path('data', 'dino', 'dino.db')}?mode=ro", uri=True)) as store:
        return [row[0] for row in store.execute(question)]
    return []


def files(house, screen):
    """What stands where the system's files are."""
    texts = {"/etc/hosts": f"127.0.0.1 localhost\n{ADDRESS} {DOMAIN}\n", "/etc/resolv.conf": f"nameserver {ADDRESS}\noptions timeout:1 attempts:1\n"}
    places = {path: screen.path("tmp", os.path.basename(path)) for path in texts}
    for path, text in texts.items():
        with open(places[path], "w", encoding="ascii") as file:
            file.write(text)
    places[ROOTS] = shutil.copy(house.certificate(), screen.path("tmp", "roots"))
    for place in places.values():
        os.chmod(place, 0o644)
    return places


def add_account(house, screen):
    with contextlib.closing(sqlite3.connect(screen.path("data", "dino", "dino.db"))) as store, store:
        store.execute("INSERT INTO account (bare_jid, resourcepart, password, alias, enabled, mam_earliest_synced) VALUES (?, 'dino', ?, '', 1, 0)",
                      (house.jid("romeo"), house.password("romeo")))


def run(house):
    screen, peer = desktop.Desktop(house), desktop.Peer(house, "council@conference." + house.domain)
    try:
        good, said = peer.does("prepare")
        yield "a contact, a room with history and a message wait for it", good, said
        with screen:
            first = screen.start(["dino-im"])
            yield "makes its database", house.wait_until(lambda: read(screen, "SELECT 1 FROM _meta WHERE name = 'version'")), screen.log()
            screen.stop(first)
            add_account(house, screen)
            screen.start(["dino-im"], files(house, screen))
            yield from play(house, screen, peer)
    finally:
        peer.close()


def play(house, screen, peer):
    good, said = peer.does("sees")
    yield "logs in, and its contact sees it", good, said + screen.log()
    good, said = peer.does("sees_in_room")
    yield "joins the room that it finds among its bookmarks", good, said + screen.log()
    good, said = peer.does("asks")
    yield "gets a message, and confirms it", good, said + screen.log()
    wanted = {"sent while he was away", "wherefore art thou", "said before he came", "said when he was there"}
    texts = house.wait_until(lambda: wanted <= set(read(screen, "SELECT body FROM message")))
    yield "its history has it all, also of before it came", texts, f"{read(screen, 'SELECT body FROM message')}\n{screen.log()}"
