# SPDX-License-Identifier: Apache-2.0
"""Run by with_slixmpp_account.py: what an account has beside messages; prints a line "OK what" for each thing that worked."""
import asyncio
import hashlib
import json
import sys

import slixmpp
from slixmpp.exceptions import IqError
from slixmpp.plugins.xep_0048.stanza import Bookmarks
from slixmpp.xmlstream import ET
from slixmpp_pair import SECONDS, Actor, done

PLUGINS = ("xep_0004", "xep_0048", "xep_0049", "xep_0050", "xep_0054", "xep_0060", "xep_0084", "xep_0115", "xep_0163",
           "xep_0191")
IMAGE = bytes.fromhex("89504e470d0a1a0a0000000d4948445200000001000000010804000000b51c0c020000000b4944415478da63fcff1f00"
                      "0302000001e526dea10000000049454e44ae426082")
BOOKMARKS = "urn:xmpp:bookmarks:1"
INVITE = "urn:xmpp:invite#invite"
PAGE = 3


def meet(*actors):
    for actor in actors:
        for plugin in PLUGINS:
            actor.register_plugin(plugin)
        actor.avatars, actor.blocks = asyncio.Queue(), asyncio.Queue()
        actor.add_event_handler("avatar_metadata_publish", actor.avatars.put_nowait)
        actor.add_event_handler("blocked", actor.blocks.put_nowait)
        actor.begin()
    return asyncio.wait_for(asyncio.gather(*(actor.ready.wait() for actor in actors)), SECONDS)


async def befriend(romeo, juliet):
    """Both ways: each asks, and each grants (slixmpp does so by itself)."""
    seen = asyncio.Event()
    juliet.add_event_handler("got_online", lambda presence: presence["from"] == romeo.boundjid and seen.set())
    juliet.send_presence_subscription(pto=romeo.boundjid.bare)
    await asyncio.wait_for(seen.wait(), SECONDS)
    assert juliet.client_roster[romeo.boundjid.bare]["subscription"] in ("to", "both"), juliet.client_roster
    done("they became contacts")


async def avatar(romeo, juliet):
    digest = hashlib.sha1(IMAGE).hexdigest()
    await romeo["xep_0084"].publish_avatar(IMAGE, timeout=SECONDS)
    await romeo["xep_0084"].publish_avatar_metadata({"id": digest, "type": "image/png", "bytes": len(IMAGE)}, timeout=SECONDS)
    while True:
        event = await asyncio.wait_for(juliet.avatars.get(), SECONDS)
        if event["from"].bare == romeo.boundjid.bare:
            break
    info = event["pubsub_event"]["items"]["item"]["avatar_metadata"].xml.find("{urn:xmpp:avatar:metadata}info")
    assert info.get("id") == digest and info.get("bytes") == str(len(IMAGE)), event
    answer = await juliet["xep_0084"].retrieve_avatar(romeo.boundjid.bare, digest, timeout=SECONDS)
    assert answer["pubsub"]["items"]["item"]["avatar_data"]["value"] == IMAGE, answer
    done("an avatar was published, told of and fetched")


async def bookmarks(romeo):
    pubsub = romeo["xep_0060"]
    room = "garden@conference." + romeo.boundjid.domain
    entry = ET.fromstring(f"<conference xmlns='{BOOKMARKS}' name='Garden' autojoin='true'><nick>Romeo</nick></conference>")
    options = romeo["xep_0004"].make_form(ftype="submit")
    for name, value in (("FORM_TYPE", "http://jabber.org/protocol/pubsub#publish-options"), ("pubsub#persist_items", "true"),
                        ("pubsub#max_items", "max"), ("pubsub#send_last_published_item", "never"),
                        ("pubsub#access_model", "whitelist")):
        options.add_field(var=name, ftype="hidden" if name == "FORM_TYPE" else None, value=value)
    await pubsub.publish(romeo.boundjid.bare, BOOKMARKS, id=room, payload=entry, options=options, timeout=SECONDS)
    answer = await pubsub.get_items(romeo.boundjid.bare, BOOKMARKS, timeout=SECONDS)
    items = list(answer["pubsub"]["items"])
    assert [item["id"] for item in items] == [room] and items[0]["payload"].get("name") == "Garden", answer
    done("a bookmark is kept as an item")
    kept = Bookmarks()
    kept.add_conference(room, "Romeo", name="Garden", autojoin=True)
    await romeo["xep_0048"].set_bookmarks(kept, method="xep_0049", timeout=SECONDS)
    answer = await romeo["xep_0048"].get_bookmarks(method="xep_0049", timeout=SECONDS)
    assert [str(entry["jid"]) for entry in answer["private"]["bookmarks"]["conferences"]] == [room], answer
    done("and in private storage")


async def archive(romeo, juliet):
    for number in range(2 * PAGE + 1):
        romeo.send_message(mto=juliet.boundjid.bare, mbody=f"line {number}", mtype="chat")
        await asyncio.wait_for(juliet.messages.get(), SECONDS)
    wanted = [f"line {number}" for number in range(2 * PAGE + 1)]

    async def read(reverse):
        pages = juliet["xep_0313"].retrieve(with_jid=slixmpp.JID(romeo.boundjid.bare), rsm={"max": PAGE}, iterator=True,
                                            reverse=reverse)
        return [[result["mam_result"]["forwarded"]["stanza"]["body"] for result in page["mam"]["results"]] async for page in pages]

    forward = await asyncio.wait_for(read(False), SECONDS)
    assert [len(page) for page in forward] == [PAGE, PAGE, 1] and sum(forward, []) == wanted, forward
    backward = await asyncio.wait_for(read(True), SECONDS)
    assert sum(reversed(backward), []) == wanted, backward
    done("the archive was paged through both ways")
    form = await juliet["xep_0313"].get_fields(timeout=SECONDS)
    assert {"with", "start", "end"} <= set(form.get_fields()), form
    done("and says what can be asked")


async def blocking(romeo, juliet):
    await juliet["xep_0191"].get_blocked(timeout=SECONDS)  # who asked is told of changes
    await juliet["xep_0191"].block(slixmpp.JID(romeo.boundjid.bare), timeout=SECONDS)
    await asyncio.wait_for(juliet.blocks.get(), SECONDS)
    answer = await juliet["xep_0191"].get_blocked(timeout=SECONDS)
    assert {jid.bare for jid in answer["blocklist"]["items"]} == {romeo.boundjid.bare}, answer
    refused = asyncio.Queue()
    romeo.add_event_handler("message_error", refused.put_nowait)
    romeo.send_message(mto=juliet.boundjid.bare, mbody="hear me", mtype="chat")
    error = await asyncio.wait_for(refused.get(), SECONDS)
    assert error["error"]["condition"] == "service-unavailable", error
    assert juliet.messages.empty()
    await juliet["xep_0191"].unblock(slixmpp.JID(romeo.boundjid.bare), timeout=SECONDS)
    romeo.send_message(mto=juliet.boundjid.bare, mbody="and now", mtype="chat")
    assert (await asyncio.wait_for(juliet.messages.get(), SECONDS))["body"] == "and now"
    done("a contact was blocked and let in again")


async def commands(romeo):
    adhoc, domain = romeo["xep_0050"], romeo.boundjid.domain
    listed = await adhoc.get_commands(domain, timeout=SECONDS)
    nodes = {item[1] for item in listed["disco_items"]["items"]}
    assert INVITE in nodes and not any(node.startswith("http://jabber.org/protocol/admin") for node in nodes), nodes
    try:
        await adhoc.send_command(domain, "http://jabber.org/protocol/admin#delete-user", timeout=SECONDS)
        raise AssertionError("it may not")
    except IqError as error:
        assert error.iq["error"]["condition"] == "forbidden", error.iq
    answer = await adhoc.send_command(domain, INVITE, timeout=SECONDS)
    assert answer["command"]["status"] == "completed", answer
    uri = answer["command"]["form"].get_values()["uri"]
    assert uri.startswith(f"xmpp:{romeo.boundjid.bare}?roster;preauth="), uri
    done("a command was run, and another refused")


async def play(job):
    romeo = Actor(job["romeo"][0] + "/balcony", job["romeo"][1], job)
    juliet = Actor(job["juliet"][0] + "/chamber", job["juliet"][1], job)
    await meet(romeo, juliet)
    await befriend(romeo, juliet)
    await avatar(romeo, juliet)
    await bookmarks(romeo)
    await archive(romeo, juliet)
    await blocking(romeo, juliet)
    await commands(romeo)
    await asyncio.gather(*(actor.disconnect(wait=2) for actor in (romeo, juliet)))


if __name__ == "__main__":
    asyncio.get_event_loop().run_until_complete(play(json.loads(sys.argv[1])))
