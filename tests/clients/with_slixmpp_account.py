# SPDX-License-Identifier: Apache-2.0
"""slixmpp: contacts, avatar, bookmarks, pages of the archive, blocking, commands."""
import with_slixmpp


def needs():
    return with_slixmpp.needs()


def run(house):
    yield from with_slixmpp.play(house, "slixmpp_account.py", "xmpp", (
        "they became contacts", "an avatar was published, told of and fetched",
        "a bookmark is kept as an item", "and in private storage", "the archive was paged through both ways",
        "and says what can be asked", "a contact was blocked and let in again", "a command was run, and another refused"))
