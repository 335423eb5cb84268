# SPDX-License-Identifier: Apache-2.0
"""Gajim on a screen of its own, prepared through its settings and asked through its bus: what it does is judged by what its peer gets, and by
what stands in its history."""
import contextlib
import glob
import json
import os
import shutil
import sqlite3

import desktop

NAME, OBJECT, INTERFACE = "org.gajim.Gajim", "/org/gajim/dbus/RemoteObject", "org.gajim.dbus.RemoteInterface."


def needs():
    if missing := desktop.needs("gajim"):
        return missing
    return None if glob.glob("/usr/lib/python3/dist-packages/gajim-1.[4-7].*") else "its settings are written as Gajim 1.4 to 1.7 reads them"


def settings(house, screen):
    """Its database as it would have written it: one account, a server to connect to, remote control."""
    host, port = house.address("xmpp")
    user = house.accounts["romeo"][0]
    account = {"name": user, "hostname": house.domain, "password": house.password("romeo"), "savepass": True, "active": True, "autoconnect": True,
               "use_custom_host": True, "custom_host": host, "custom_port": port, "custom_type": "START TLS", "resource": "gajim", "account_label": "romeo"}
    app = {"remote_control": True, "use_keyring": False, "check_for_update": False, "autodetect_browser_mailer": False}
    os.makedirs(screen.path("config", "gajim"))
    os.makedirs(screen.path("data", "gajim", "cert_store"))
    shutil.copy(house.certificate(), screen.path("data", "gajim", "cert_store", "server"))
    with contextlib.closing(sqlite3.connect(screen.path("config", "gajim", "settings.sqlite"))) as store, store:
        store.execute("CREATE TABLE settings (name TEXT UNIQUE, settings TEXT)")
        store.execute("CREATE TABLE account_settings (account TEXT UNIQUE, settings TEXT)")
        workspace = {"00000000-0000-4000-8000-000000000000": {"name": "W", "color": "rgb(10,20,30)", "avatar_sha": "", "chats": []}}
        rows = {"app": app, "soundevents": {}, "status_presets": {}, "proxies": {}, "plugins": {}, "workspaces": workspace}
        store.executemany("INSERT INTO settings VALUES (?, ?)", [(name, json.dumps(value)) for name, value in rows.items()])
        store.execute("INSERT INTO account_settings VALUES (?, ?)", ("romeo", json.dumps({"account": account, "contact": {}, "group_chat": {}})))
        store.execute("PRAGMA user_version = 5")


def history(screen):
    """All texts of its history."""
    path = screen.path("data", "gajim", "logs.db")
    if not os.path.exists(path):
        return []
    with contextlib.suppress(sqlite3.Error), contextlib.closing(sqlite3.connect(f"file:{path}?mode=ro", uri=True)) as store:
        return [row[0] for row in store.execute("SELECT message FROM logs ORDER BY time")]
    return []


def say(house, screen, method, jid, text):
    """Its remote control stands a while after it has logged in."""
    return house.wait_until(lambda: screen.call(NAME, OBJECT, INTERFACE + method, jid, text, "romeo") == "(true,)")


def run(house):
    screen, peer = desktop.Desktop(house), desktop.Peer(house, "council@conference." + house.domain)
    try:
        settings(house, screen)
        good, said = peer.does("prepare")
        yield "a contact, a room with history and a message wait for it", good, said
        with screen:
            yield from play(house, screen, peer)
    finally:
        peer.close()


def play(house, screen, peer):
    screen.start(["gajim"], PYTHON_KEYRING_BACKEND="keyring.backends.null.Keyring")
    good, said = peer.does("sees")
    yield "logs in, and its contact sees it", good, said + screen.log()
    good, said = peer.does("sees_in_room")
    yield "joins the room that it finds among its bookmarks", good, said + screen.log()
    good, said = peer.does("asks")
    yield "gets a message, and confirms it", good, said + screen.log()
    room = "council@conference." + house.domain
    yield "is asked to speak", say(house, screen, "send_chat_message", house.jid("juliet"), "but soft, what light"), screen.log()
    good, said = peer.does("hears")
    yield "what it says arrives", good, said + screen.log()
    yield "is asked to speak in the room", say(house, screen, "send_groupchat_message", room, "hear me, all"), screen.log()
    good, said = peer.does("hears_in_room")
    yield "and in the room", good, said + screen.log()
    wanted = {"sent while he was away", "wherefore art thou", "but soft, what light", "said before he came", "said when he was there", "hear me, all"}
    yield "its history has it all, also of before it came", house.wait_until(lambda: wanted <= set(history(screen))), f"{history(screen)}\n{screen.log()}"
