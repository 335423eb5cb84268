# SPDX-License-Identifier: Apache-2.0
"""The other side of a client with windows (with_gajim.py, with_dino.py): prepares the account of romeo, then chats with him as juliet.
Reads a JSON job on stdin, then one word a line for each step; answers each with "OK word …" on stdout."""
import asyncio
import json
import sys
import uuid

import slixmpp
from slixmpp.xmlstream import ET
from slixmpp_pair import Actor

SECONDS = 30  # for each step; programs with windows are slow on a busy machine
BOOKMARKS = "urn:xmpp:bookmarks:1"
OPTIONS = {"persist_items": "true", "max_items": "max", "send_last_published_item": "never", "access_model": "whitelist"}


class Peer(Actor):
    def __init__(self, who, job):
        super().__init__(job[who][0] + "/" + who, job[who][1], job)
        for plugin in ("xep_0045", "xep_0060", "xep_0184"):
            self.register_plugin(plugin)
        self.heard = {name: asyncio.Queue() for name in ("message", "groupchat_message", "receipt_received", "presence_available", "groupchat_presence")}
        for name, queue in self.heard.items():
            self.add_event_handler(name, queue.put_nowait)

    async def online(self):
        self.begin()
        await asyncio.wait_for(self.ready.wait(), SECONDS)

    async def offline(self):
        await self.disconnect(wait=2)

    async def hears(self, name, wanted):
        while True:
            stanza = await asyncio.wait_for(self.heard[name].get(), SECONDS)
            if wanted(stanza):
                return stanza


async def bookmark(romeo, room):
    """The room among the bookmarks, to be joined at login (XEP-0402)."""
    item = ET.fromstring(f"<conference xmlns='{BOOKMARKS}' name='Council' autojoin='true'><nick>Romeo</nick></conference>")
    options = romeo["xep_0004"].make_form(ftype="submit")
    options.add_field(var="FORM_TYPE", ftype="hidden", value="http://jabber.org/protocol/pubsub#publish-options")
    for name, value in OPTIONS.items():
        options.add_field(var="pubsub#" + name, value=value)
    await romeo["xep_0060"].publish(slixmpp.JID(romeo.boundjid.bare), BOOKMARKS, id=room, payload=item, options=options, timeout=SECONDS)


async def befriend(romeo, juliet):
    for one, other in ((romeo, juliet), (juliet, romeo)):
        one.send_presence_subscription(pto=other.boundjid.bare, ptype="subscribe")
    for _ in range(100):
        if all(one.client_roster[other.boundjid.bare]["subscription"] == "both" for one, other in ((romeo, juliet), (juliet, romeo))):
            return
        await asyncio.sleep(SECONDS / 100)
    raise TimeoutError("no friends")


async def prepare(job, juliet):
    """What the other client shall find: a contact, a bookmark, a room with history, a message that waits."""
    romeo = Peer("romeo", job)
    await romeo.online()
    await befriend(romeo, juliet)
    await juliet["xep_0045"].join_muc_wait(slixmpp.JID(job["room"]), "Juliet", timeout=SECONDS)
    await juliet["xep_0045"].set_room_config(slixmpp.JID(job["room"]), await persistent(juliet, job["room"]), timeout=SECONDS)
    juliet.send_message(mto=job["room"], mbody="said before he came", mtype="groupchat")
    await juliet.hears("groupchat_message", lambda m: m["body"] == "said before he came")
    await bookmark(romeo, job["room"])
    await romeo.offline()
    juliet.send_message(mto=romeo.boundjid.bare, mbody="sent while he was away", mtype="chat")
    await juliet["xep_0199"].ping(timeout=SECONDS)
    return "prepared"


async def persistent(juliet, room):
    form = await juliet["xep_0045"].get_room_config(slixmpp.JID(room), timeout=SECONDS)
    form["values"] = {"FORM_TYPE": "http://jabber.org/protocol/muc#roomconfig", "muc#roomconfig_persistentroom": True}
    return form


def from_other(job, resource="romeo"):
    """Of romeo, but not of our own session in his name."""
    return lambda s: s["from"].bare == job["romeo"][0] and s["from"].resource != resource


async def sees(job, juliet):
    presence = await juliet.hears("presence_available", from_other(job))
    return "sees " + presence["from"].resource


async def sees_in_room(job, juliet):
    await juliet.hears("groupchat_presence", lambda p: p["from"] == slixmpp.JID(job["room"] + "/Romeo") and p["type"] == "available")
    return "sees_in_room"


async def asks(job, juliet):
    """A message with a request for a receipt: the other client alone can answer it (XEP-0184)."""
    message = juliet.make_message(mto=job["romeo"][0], mbody="wherefore art thou", mtype="chat")
    message["id"] = uuid.uuid4().hex
    message["request_receipt"] = True
    message.send()
    await juliet.hears("receipt_received", lambda m: m["receipt"] == message["id"])
    juliet.send_message(mto=job["room"], mbody="said when he was there", mtype="groupchat")
    return "asks"


async def hears(_job, juliet):
    await juliet.hears("message", lambda m: m["type"] == "chat" and m["body"] == "but soft, what light")
    return "hears"


async def hears_in_room(job, juliet):
    await juliet.hears("groupchat_message", lambda m: m["body"] == "hear me, all" and m["from"].resource == "Romeo")
    return "hears_in_room"


STEPS = {step.__name__: step for step in (prepare, sees, sees_in_room, asks, hears, hears_in_room)}


async def main():
    loop = asyncio.get_running_loop()
    job = json.loads(sys.stdin.readline())
    juliet = Peer("juliet", job)
    await juliet.online()
    while word := (await loop.run_in_executor(None, sys.stdin.readline)).strip():
        try:
            print("OK", await STEPS[word](job, juliet), flush=True)
        except Exception as error:  # pylint: disable=broad-except  # said to the driver, which judges
            print(f"no {word}: {type(error).__name__}: {error}", flush=True)
    await juliet.offline()


asyncio.run(main())
