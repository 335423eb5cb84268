# SPDX-License-Identifier: Apache-2.0
"""Run by with_slixmpp_pubsub.py: a node of an administrator, a space of romeo; prints a line "OK what" for each thing that worked."""
import asyncio
import json
import sys

from slixmpp.exceptions import IqError
from slixmpp.xmlstream import ET
from slixmpp_pair import SECONDS, Actor, done

ATOM, BOOKMARKS, SPACES = "http://www.w3.org/2005/Atom", "urn:xmpp:bookmarks:1", "urn:xmpp:spaces:0"
CONFIG = "http://jabber.org/protocol/pubsub#node_config"
EVENTS = ("publish", "retract", "purge", "delete", "subscription")
NODE, SPACE = "gazette", "verona"


class Reader(Actor):
    def __init__(self, who, job):
        super().__init__(job[who][0] + "/" + who, job[who][1], job)
        for plugin in ("xep_0004", "xep_0060", "xep_0128"):
            self.register_plugin(plugin)
        self.pubsub, self.service = self["xep_0060"], "pubsub." + self.boundjid.domain
        self.told = {event: asyncio.Queue() for event in EVENTS}
        for event, queue in self.told.items():
            self.add_event_handler("pubsub_" + event, lambda message, queue=queue: message["from"] == self.service and queue.put_nowait(message))

    async def hears(self, event):
        return (await asyncio.wait_for(self.told[event].get(), SECONDS))["pubsub_event"]

    async def does(self, what, *words, **more):
        """A request of the plugin to the service, with what it answers."""
        return (await getattr(self.pubsub, what)(self.service, *words, timeout=SECONDS, **more))["pubsub"]

    async def refused(self, condition, what, *words, **more):
        try:
            await self.does(what, *words, **more)
        except IqError as error:
            assert error.iq["error"]["condition"] == condition, error.iq
            return
        raise AssertionError(f"{what} went well")

    def config(self, **values):
        form = self["xep_0004"].make_form(ftype="submit")
        form.add_field(var="FORM_TYPE", ftype="hidden", value=CONFIG)
        for name, value in values.items():
            form.add_field(var="pubsub#" + name, value=value)
        return form


def entry(title):
    return ET.fromstring(f"<entry xmlns='{ATOM}'><title>{title}</title></entry>")


def title(item):
    return item["payload"].findtext(f"{{{ATOM}}}title")


async def nodes_of(reader):
    listed = await reader["xep_0030"].get_items(reader.service, timeout=SECONDS)
    return {item[1] for item in listed["disco_items"]["items"]}


async def make(admin, romeo):
    await admin.does("create_node", NODE, config=admin.config(title="The Gazette", notify_retract="1", notify_delete="1", max_items="10"))
    form = (await admin.pubsub.get_node_config(admin.service, NODE, timeout=SECONDS))["pubsub_owner"]["configure"]["form"]
    assert form.get_values()["pubsub#title"] == "The Gazette", form
    about = (await romeo["xep_0030"].get_info(romeo.service, node=NODE, timeout=SECONDS))["disco_info"]
    assert ("pubsub", "leaf") in {identity[:2] for identity in about["identities"]} and NODE in await nodes_of(romeo), about
    done("an administrator made a node, and it is found")
    await romeo.refused("forbidden", "create_node", "mine")
    done("others may not")


async def publish(admin, romeo):
    answer = await romeo.does("subscribe", NODE)
    assert (answer["subscription"]["jid"].bare, answer["subscription"]["subscription"]) == (romeo.boundjid.bare, "subscribed"), answer
    listed = [row["node"] for row in (await romeo.does("get_subscriptions"))["subscriptions"]]
    assert listed == [NODE], listed
    done("one subscribed")
    for number in range(3):
        await admin.does("publish", NODE, id=f"no{number}", payload=entry(f"Issue {number} <&>".replace("&", "&amp;").replace("<", "&lt;")))
        items = list((await romeo.hears("publish"))["items"])
        assert [item["id"] for item in items] == [f"no{number}"] and title(items[0]) == f"Issue {number} <&>", items
    done("what is published arrives")
    await read(romeo)
    await romeo.refused("forbidden", "publish", NODE, id="forged", payload=entry("Forged"))
    done("who does not own it does not publish")


async def read(romeo):
    everything = list((await romeo.does("get_items", NODE))["items"])
    assert sorted((item["id"], title(item)) for item in everything) == [(f"no{n}", f"Issue {n} <&>") for n in range(3)], everything
    newest = list((await romeo.does("get_items", NODE, max_items=1))["items"])
    assert [item["id"] for item in newest] == ["no2"], newest
    one = list((await romeo.does("get_item", NODE, "no1"))["items"])
    assert [(item["id"], title(item)) for item in one] == [("no1", "Issue 1 <&>")], one
    done("items are read: all, the newest, one")


async def join(juliet, newest):
    """Who comes later gets the newest item with its subscription (XEP-0060 6.1.7)."""
    await juliet.does("subscribe", NODE)
    assert [item["id"] for item in (await juliet.hears("publish"))["items"]] == [newest]


async def end(admin, romeo, juliet):
    await join(juliet, "no2")
    done("who comes later gets the newest")
    await admin.does("retract", NODE, "no1", notify=True)
    for reader in (romeo, juliet):
        assert [item["id"] for item in (await reader.hears("retract"))["items"]] == ["no1"]
    left = {item["id"] for item in (await romeo.does("get_items", NODE))["items"]}
    assert left == {"no0", "no2"}, left
    done("what was retracted is told, and gone")
    await juliet.does("unsubscribe", NODE)
    await admin.does("publish", NODE, id="no3", payload=entry("Issue 3"))
    await romeo.hears("publish")
    await juliet["xep_0199"].ping(romeo.service, timeout=SECONDS)  # whatever the service had for her came before its answer
    assert juliet.told["publish"].empty(), juliet.told["publish"]
    done("one stops to subscribe, and hears no more")
    await join(juliet, "no3")
    await admin.does("purge", NODE)
    await admin.does("delete_node", NODE)
    for reader in (romeo, juliet):
        for event in ("purge", "delete"):
            assert (await reader.hears(event))[event]["node"] == NODE
    assert NODE not in await nodes_of(romeo)
    await romeo.refused("item-not-found", "get_items", NODE)
    done("a node was purged and deleted, and both are told")


async def space(romeo, juliet):
    """XEP-0503."""
    await romeo.does("create_node", SPACE, config=romeo.config(type=SPACES, title="Verona"))
    await juliet.does("subscribe", SPACE)
    joined = (await romeo.hears("subscription"))["subscription"]
    assert (joined["node"], joined["jid"].bare, joined["subscription"]) == (SPACE, juliet.boundjid.bare, "subscribed"), joined
    room = "garden@conference." + romeo.boundjid.domain
    await romeo.does("publish", SPACE, id=room, payload=ET.fromstring(f"<conference xmlns='{BOOKMARKS}' name='Garden'/>"))
    item = list((await juliet.hears("publish"))["items"])[0]
    assert (item["id"], item["payload"].get("name")) == (room, "Garden"), item
    about = (await juliet["xep_0030"].get_info(juliet.service, node=SPACE, timeout=SECONDS))["disco_info"]
    said = [form.get_values() for form in about.iterables]
    assert [(form["pubsub#type"], form["pubsub#title"]) for form in said] == [(SPACES, "Verona")], about
    done("a user made a space, with a room in it")


async def play(job):
    admin, romeo, juliet = people = [Reader(who, job) for who in ("admin", "romeo", "juliet")]
    for reader in people:
        reader.begin()
    await asyncio.wait_for(asyncio.gather(*(reader.ready.wait() for reader in people)), SECONDS)
    await make(admin, romeo)
    await publish(admin, romeo)
    await end(admin, romeo, juliet)
    await space(romeo, juliet)
    await asyncio.gather(*(reader.disconnect(wait=2) for reader in people))


if __name__ == "__main__":
    asyncio.get_event_loop().run_until_complete(play(json.loads(sys.argv[1])))
