# SPDX-License-Identifier: Apache-2.0
"""Run by with_slixmpp_rooms.py: romeo makes a room, juliet comes; prints a line "OK what" for each thing that worked."""
import asyncio
import json
import sys

import slixmpp
from slixmpp.exceptions import PresenceError
from slixmpp_pair import SECONDS, Actor, done

PLUGINS = ("xep_0004", "xep_0030", "xep_0045", "xep_0203")


class Guest(Actor):
    def __init__(self, who, job):
        super().__init__(job[who][0] + "/" + who, job[who][1], job)
        for plugin in PLUGINS:
            self.register_plugin(plugin)
        self.said, self.presences, self.invited = asyncio.Queue(), asyncio.Queue(), asyncio.Queue()
        self.add_event_handler("groupchat_message", self.said.put_nowait)
        self.add_event_handler("groupchat_presence", self.presences.put_nowait)
        self.add_event_handler("groupchat_invite", self.invited.put_nowait)
        self.subjects = asyncio.Queue()
        self.add_event_handler("groupchat_subject", self.subjects.put_nowait)
        self.muc = self["xep_0045"]

    def join(self, room, nick, **more):
        return self.muc.join_muc_wait(room, nick, timeout=SECONDS, **more)

    async def hears(self, text):
        while True:
            message = await asyncio.wait_for(self.said.get(), SECONDS)
            if message["body"] == text:
                return message

    async def sees(self, nick, kind="unavailable"):
        """The presence of that occupant."""
        while True:
            presence = await asyncio.wait_for(self.presences.get(), SECONDS)
            if presence["from"].resource == nick and presence["type"] == kind:
                return presence


async def make(romeo, room):
    presence, _, _, _ = await romeo.join(room, "Romeo")
    assert 201 in presence["muc"]["status_codes"], presence
    assert (presence["muc"]["affiliation"], presence["muc"]["role"]) == ("owner", "moderator"), presence
    form = await romeo.muc.get_room_config(room, timeout=SECONDS)
    form["values"] = {"FORM_TYPE": "http://jabber.org/protocol/muc#roomconfig", "muc#roomconfig_roomname": "The orchard",
                      "muc#roomconfig_persistentroom": True, "muc#roomconfig_publicroom": True,
                      "muc#roomconfig_changesubject": False}
    await romeo.muc.set_room_config(room, form, timeout=SECONDS)
    about = await romeo["xep_0030"].get_info(room, timeout=SECONDS)
    names = {identity[3] for identity in about["disco_info"]["identities"]}
    assert names == {"The orchard"} and "muc_persistent" in about["disco_info"]["features"], about
    rooms = await romeo["xep_0030"].get_items(room.domain, timeout=SECONDS)
    assert str(room) in {str(item[0]) for item in rooms["disco_items"]["items"]}, rooms
    done("a room was made, configured and found")


async def talk(romeo, juliet, room):
    romeo.muc.set_subject(room, "Night & <stars>")
    while not (await asyncio.wait_for(romeo.subjects.get(), SECONDS))["subject"]:
        pass
    romeo.send_message(mto=room, mbody="alack the day", mtype="groupchat")
    mine = await romeo.hears("alack the day")
    assert mine["from"] == slixmpp.JID(f"{room}/Romeo"), mine
    done("what is said comes back")

    romeo.muc.invite(room, slixmpp.JID(juliet.boundjid.bare), reason="come down")
    assert (await asyncio.wait_for(juliet.invited.get(), SECONDS))["from"].bare == room
    _, subject, occupants, history = await juliet.join(room, "Juliet", maxstanzas=5)
    assert subject["subject"] == "Night & <stars>", subject
    assert "Romeo" in {presence["from"].resource for presence in occupants}, occupants
    assert [message["body"] for message in history] == ["alack the day"], history
    done("who was invited joins, with occupants, history and subject")

    await juliet.hears("alack the day")
    juliet.send_message(mto=room, mbody="who is there", mtype="groupchat")
    for guest in (romeo, juliet):
        assert (await guest.hears("who is there"))["from"].resource == "Juliet"
    done("both hear what one says")
    juliet.send_message(mto=slixmpp.JID(f"{room}/Romeo"), mbody="softly", mtype="chat")
    while (message := await asyncio.wait_for(romeo.messages.get(), SECONDS))["type"] != "chat":
        pass
    assert (message["from"], message["body"]) == (slixmpp.JID(f"{room}/Juliet"), "softly"), message
    done("a private message goes to one")

    refused = asyncio.Queue()
    juliet.add_event_handler("groupchat_message_error", refused.put_nowait)
    juliet.muc.set_subject(room, "mine now")
    assert (await asyncio.wait_for(refused.get(), SECONDS))["error"]["condition"] == "forbidden"
    done("who may not change the subject is told so")


async def past(romeo, room):
    answer = await romeo["xep_0313"].retrieve(jid=room, rsm={"max": 50}, timeout=SECONDS)
    bodies = [result["mam_result"]["forwarded"]["stanza"]["body"] for result in answer["mam"]["results"]]
    assert [body for body in bodies if body] == ["alack the day", "who is there"], bodies
    done("the room's archive has it")


async def govern(romeo, juliet, room):
    await romeo.muc.set_role(room, "Juliet", "none", reason="late", timeout=SECONDS)
    gone = await juliet.sees("Juliet")
    assert {307, 110} <= set(gone["muc"]["status_codes"]), gone
    await romeo.sees("Juliet")
    done("one was kicked, and both are told")
    await juliet.join(room, "Juliet", maxstanzas=0)
    await romeo.muc.set_affiliation(room, "outcast", jid=slixmpp.JID(juliet.boundjid.bare), timeout=SECONDS)
    assert 301 in (await juliet.sees("Juliet"))["muc"]["status_codes"]
    listed = await romeo.muc.get_affiliation_list(room, "outcast", timeout=SECONDS)
    assert [str(jid) for jid in listed] == [juliet.boundjid.bare], listed
    try:
        await juliet.join(room, "Juliet")
        raise AssertionError("an outcast came in")
    except PresenceError as error:
        assert error.presence["error"]["condition"] == "forbidden", error
    done("one was banned, and does not come in again")
    await romeo.muc.destroy(room, reason="dawn", timeout=SECONDS)
    await romeo.sees("Romeo")
    rooms = await romeo["xep_0030"].get_items(room.domain, timeout=SECONDS)
    assert str(room) not in {str(item[0]) for item in rooms["disco_items"]["items"]}, rooms
    done("the room was destroyed")


async def play(job):
    romeo, juliet = Guest("romeo", job), Guest("juliet", job)
    for guest in (romeo, juliet):
        guest.begin()
    await asyncio.wait_for(asyncio.gather(romeo.ready.wait(), juliet.ready.wait()), SECONDS)
    room = slixmpp.JID(f"orchard-{romeo.boundjid.user}@conference.{romeo.boundjid.domain}")
    await make(romeo, room)
    await talk(romeo, juliet, room)
    await past(romeo, room)
    await govern(romeo, juliet, room)
    await asyncio.gather(*(guest.disconnect(wait=2) for guest in (romeo, juliet)))


if __name__ == "__main__":
    asyncio.get_event_loop().run_until_complete(play(json.loads(sys.argv[1])))
