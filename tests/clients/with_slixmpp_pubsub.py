# SPDX-License-Identifier: Apache-2.0
"""slixmpp's xep_0060 at the publish-subscribe service: a node from its making to its end, and a space."""
import with_slixmpp

CONFIG = "pubsub = { open = false; };"  # administrators make nodes there, users spaces alone
ADMIN, PASSWORD = "admin", "sesame-admin"


def needs():
    return with_slixmpp.needs()


def run(house):
    house.server.add_user(ADMIN, PASSWORD)
    yield from with_slixmpp.play(house, "slixmpp_pubsub.py", "xmpp", (
        "an administrator made a node, and it is found", "others may not", "one subscribed", "what is published arrives",
        "items are read: all, the newest, one", "who does not own it does not publish",
        "who comes later gets the newest", "what was retracted is told, and gone",
        "one stops to subscribe, and hears no more", "a node was purged and deleted, and both are told",
        "a user made a space, with a room in it"), admin=[f"{ADMIN}@{house.domain}", PASSWORD])
