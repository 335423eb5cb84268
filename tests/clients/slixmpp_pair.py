# SPDX-License-Identifier: Apache-2.0
"""Run by with_slixmpp.py: romeo (two devices) and juliet talk; prints a line "OK what" for each thing that worked."""
import asyncio
import json
import sys

import slixmpp

SECONDS = 10


class Actor(slixmpp.ClientXMPP):
    def __init__(self, jid, password, job):
        super().__init__(jid, password)
        self.job, self.ready = job, asyncio.Event()
        self.messages, self.copies = asyncio.Queue(), asyncio.Queue()
        self.ca_certs = job["certificate"]
        for plugin in ("xep_0030", "xep_0059", "xep_0184", "xep_0198", "xep_0199", "xep_0280", "xep_0313"):
            self.register_plugin(plugin)
        self.add_event_handler("session_start", self.on_start)
        self.add_event_handler("message", lambda message: message["body"] and self.messages.put_nowait(message))
        self.add_event_handler("carbon_sent", lambda message: self.copies.put_nowait(message))
        self.add_event_handler("failed_all_auth", lambda _: print("failed_all_auth", flush=True))

    async def on_start(self, _event):
        self.send_presence()
        await self.get_roster()
        await self["xep_0280"].enable()
        self.ready.set()

    def begin(self):
        host, port = self.job["server"]
        self.connect(address=(host, port), use_ssl=self.job["direct"], force_starttls=not self.job["direct"])


def done(what):
    print("OK " + what, flush=True)


async def play(job):
    romeo = Actor(job["romeo"][0] + "/balcony", job["romeo"][1], job)
    garden = Actor(job["romeo"][0] + "/garden", job["romeo"][1], job)
    juliet = Actor(job["juliet"][0] + "/chamber", job["juliet"][1], job)
    everybody = (romeo, garden, juliet)
    for actor in everybody:
        actor.begin()
    await asyncio.wait_for(asyncio.gather(*(actor.ready.wait() for actor in everybody)), SECONDS)
    done("both have logged in")

    romeo.send_message(mto=juliet.boundjid.full, mbody="But soft & low <what> light \U0001f339", mtype="chat")
    message = await asyncio.wait_for(juliet.messages.get(), SECONDS)
    assert message["body"] == "But soft & low <what> light \U0001f339", message
    assert message["from"] == romeo.boundjid, message
    done("a message went there")

    copy = await asyncio.wait_for(garden.copies.get(), SECONDS)
    assert copy["carbon_sent"]["body"].startswith("But soft"), copy
    done("a carbon copy came")

    juliet.send_message(mto=romeo.boundjid.full, mbody="Ay me", mtype="chat")
    message = await asyncio.wait_for(romeo.messages.get(), SECONDS)
    assert message["body"] == "Ay me", message
    done("and an answer came back")

    answer = await romeo["xep_0313"].retrieve(with_jid=slixmpp.JID(juliet.boundjid.bare), rsm={"max": 50}, timeout=SECONDS)
    bodies = [result["mam_result"]["forwarded"]["stanza"]["body"] for result in answer["mam"]["results"]]
    assert bodies[-2:] == ["But soft & low <what> light \U0001f339", "Ay me"], bodies
    done("the archive has both")
    await asyncio.gather(*(actor.disconnect(wait=2) for actor in everybody))


if __name__ == "__main__":
    asyncio.get_event_loop().run_until_complete(play(json.loads(sys.argv[1])))
