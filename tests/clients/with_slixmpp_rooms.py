# SPDX-License-Identifier: Apache-2.0
"""slixmpp: a room from its making to its end (XEP-0045)."""
import with_slixmpp


def needs():
    return with_slixmpp.needs()


def run(house):
    yield from with_slixmpp.play(house, "slixmpp_rooms.py", "xmpp", (
        "a room was made, configured and found", "what is said comes back",
        "who was invited joins, with occupants, history and subject", "both hear what one says", "a private message goes to one",
        "who may not change the subject is told so", "the room's archive has it", "one was kicked, and both are told",
        "one was banned, and does not come in again", "the room was destroyed"))
