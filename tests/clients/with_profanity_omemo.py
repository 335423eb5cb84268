# SPDX-License-Identifier: Apache-2.0
"""Two profanities make OMEMO keys, publish them, and talk so that the server cannot read it (XEP-0384 0.3)."""
import os

import with_profanity
from with_profanity import Screen

PLAIN = ("the brightness of her cheek", "parting is such sweet sorrow")


def needs():
    return with_profanity.needs()


def kept(server, text):
    """Whether a file of the server has that text: what it stores, and what waits in the log of its database."""
    wanted = text.encode()
    for folder, _, names in os.walk(server.home):
        for name in names:
            path = os.path.join(folder, name)
            if os.path.isfile(path):
                with open(path, "rb") as file:
                    if wanted in file.read():
                        return True
    return False


def make_keys(screen):
    screen.type("/omemo trustmode blind")
    screen.type("/omemo gen")
    return screen.sees("OMEMO crytographic materials generated", 30) or screen.sees("materials generated", 1)


def says(screen, other, text):
    """Until the keys of the other side are there, profanity refuses to send: then once more."""
    for _ in range(5):
        screen.type(text)
        if other.sees(text, 3):
            return True
    return False


def run(house):
    romeo, juliet = Screen(house, "romeo", "xmpp"), Screen(house, "juliet", "xmpp")
    try:
        good = romeo.login() and juliet.login()
        yield "both log in", good, romeo.text() + juliet.text()
        good = make_keys(romeo) and make_keys(juliet)
        yield "both make and publish keys", good, romeo.text() + juliet.text()
        romeo.type(f"/msg {house.jid('juliet')}")
        romeo.type("/omemo start")
        juliet.type(f"/msg {house.jid('romeo')}")
        juliet.type("/omemo start")
        good = says(romeo, juliet, PLAIN[0])
        yield "an encrypted message is read there", good, romeo.text() + juliet.text()
        good = says(juliet, romeo, PLAIN[1])
        yield "and its answer here", good, romeo.text() + juliet.text()
    finally:
        romeo.close()
        juliet.close()
    yield "the server has kept them", kept(house.server, "eu.siacs.conversations.axolotl"), ""
    yield "and cannot read them", not any(kept(house.server, text) for text in PLAIN), ""
