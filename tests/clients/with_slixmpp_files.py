# SPDX-License-Identifier: Apache-2.0
"""slixmpp's xep_0363 (Debian: python3-slixmpp, with python3-aiohttp for the requests): a file is sent, shared in a room, and fetched."""
import with_slixmpp


def needs():
    return None if with_slixmpp.python("slixmpp, aiohttp") else "python3-slixmpp or python3-aiohttp is missing"


def run(house):
    yield from with_slixmpp.play(house, "slixmpp_files.py", "xmpp", (
        "the service was found, with what it takes", "a file was sent and is there, byte for byte", "a part of it, too",
        "its link was shared in a room", "who came later read it in the room's archive", "and fetched the file",
        "a slot is good for one file"))
