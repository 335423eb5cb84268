# SPDX-License-Identifier: Apache-2.0
"""Run by with_slixmpp_component.py: a bot on slixmpp's ComponentXMPP, and romeo who talks to it; "OK what" for what worked."""
import asyncio
import json
import sys

import slixmpp
from slixmpp.componentxmpp import ComponentXMPP

SECONDS = 10


def done(what):
    print("OK " + what, flush=True)


class Bot(ComponentXMPP):
    """Says again what it hears, answers disco and pings, and takes everybody as a contact."""

    def __init__(self, job):
        host, port = job["component"]
        super().__init__(job["domain"], job["secret"], host, port)
        self.ready, self.presences = asyncio.Event(), asyncio.Queue()
        for plugin in ("xep_0030", "xep_0092", "xep_0199"):
            self.register_plugin(plugin)
        self.add_event_handler("session_start", lambda _: self.ready.set())
        self.add_event_handler("message", self.on_message)
        self.add_event_handler("presence_subscribe", self.on_subscribe)
        self.add_event_handler("presence_available", self.presences.put_nowait)
        self.auto_subscribe = self.auto_authorize = None

    def on_message(self, message):
        if message["type"] in ("chat", "normal"):
            message.reply("echo: " + message["body"]).send()

    def on_subscribe(self, presence):
        self.send_presence(pto=presence["from"].bare, pfrom=presence["to"].bare, ptype="subscribed")
        self.send_presence(pto=presence["from"].bare, pfrom=presence["to"].bare + "/bot", pstatus="listening")
        self.send_presence(pto=presence["from"].bare, pfrom=presence["to"].bare, ptype="subscribe")


class Romeo(slixmpp.ClientXMPP):
    def __init__(self, job):
        super().__init__(*job["romeo"])
        self.job, self.ready = job, asyncio.Event()
        self.messages, self.statuses = asyncio.Queue(), asyncio.Queue()
        self.ca_certs = job["certificate"]
        for plugin in ("xep_0030", "xep_0199"):
            self.register_plugin(plugin)
        self.add_event_handler("session_start", self.on_start)
        self.add_event_handler("message", self.messages.put_nowait)
        self.add_event_handler("presence_available", lambda p: p["status"] and self.statuses.put_nowait(p))

    async def on_start(self, _event):
        self.send_presence()
        await self.get_roster()
        self.ready.set()


async def play(job):
    bot, romeo = Bot(job), Romeo(job)
    bot.connect()
    romeo.connect(address=tuple(job["server"]))
    await asyncio.wait_for(asyncio.gather(bot.ready.wait(), romeo.ready.wait()), SECONDS)
    done("the component has connected")

    romeo.send_message(mto="parrot@" + job["domain"], mbody="Pretty <Polly> & \U0001f99c", mtype="chat")
    message = await asyncio.wait_for(romeo.messages.get(), SECONDS)
    assert message["body"] == "echo: Pretty <Polly> & \U0001f99c", message
    assert message["from"] == "parrot@" + job["domain"], message
    done("the bot answers")

    info = await romeo["xep_0030"].get_info(jid=job["domain"], timeout=SECONDS)
    assert "urn:xmpp:ping" in info["disco_info"]["features"], info
    items = await romeo["xep_0030"].get_items(jid=romeo.boundjid.host, timeout=SECONDS)
    assert job["domain"] in [item[0] for item in items["disco_items"]["items"]], items
    await bot["xep_0199"].ping(romeo.boundjid.host, timeout=SECONDS, ifrom=job["domain"])
    done("discovery and pings")

    romeo.send_presence_subscription(pto="parrot@" + job["domain"])
    status = await asyncio.wait_for(romeo.statuses.get(), SECONDS)
    assert status["from"] == "parrot@" + job["domain"] + "/bot" and status["status"] == "listening", status
    seen = await asyncio.wait_for(bot.presences.get(), SECONDS)
    assert seen["from"] == romeo.boundjid.full and seen["to"] == "parrot@" + job["domain"], seen
    done("presence both ways")
    await romeo.disconnect(wait=2)
    await bot.disconnect(wait=2)


if __name__ == "__main__":
    asyncio.get_event_loop().run_until_complete(play(json.loads(sys.argv[1])))
