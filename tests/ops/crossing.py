#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""crossing.py FOLDER: a client of the installed server that goes on writing while the package is upgraded. It begins when FOLDER/crossing.begin
is there, makes crossing.ready, and tells in crossing.done (JSON) how long there was nobody, what became of the session, and which messages
are in the archive of whom it wrote to: each must be there once. In the network of the server, for tests/ops/boot."""
import json
import os
import sys
import time

sys.dont_write_bytecode = True
sys.path[:0] = [os.path.join(os.path.dirname(os.path.abspath(__file__)), "../talk")]
from player.client import SM, Client, Closed, Failure, Late  # noqa: E402

PATIENCE = 60
AFTER = 20  # messages once the server is back
GONE = (Closed, Late, Failure, OSError)


class Place:
    domain = "chat.example"

    @staticmethod
    def address(_listener):
        return "127.0.0.1", 5222


def soon():
    return time.monotonic() + PATIENCE


def client(user):
    return Client(f"{user}/crossing", (user, f"{user}-knows-it"), {"sm": True}, Place)


def write(romeo, number):
    romeo.send(f"<message to='juliet@{Place.domain}' type='chat' id='c{number}'><body>crossing {number}</body>"
               f"<origin-id xmlns='urn:xmpp:sid:0' id='c{number}'/></message>", soon())


def come_back(romeo):
    """A new connection; what became of the session, and what must be said again."""
    kept, romeo.sm_on = romeo.unacked, False
    romeo.pending.clear()
    romeo.prepare(soon())
    romeo.authenticate(soon())
    romeo.send(f"<resume xmlns='{SM}' previd='{romeo.sm_id}' h='{romeo.handled}'/>", soon())
    answer = romeo.wait_for(lambda e: e.ns == SM and e.local in ("resumed", "failed"), soon())
    counted = int(answer.attrs.get("h", "0"))
    if answer.local == "resumed":
        romeo.sm_on, romeo.sent = True, counted
    else:
        romeo.bind(soon())
        romeo.enable_sm(soon())
    romeo.unacked = []
    return answer.local, [text for number, text in kept if number > counted]


def until_gone(romeo):
    """Writes until the server goes; how many, and when it answered for the last time."""
    number, answered = 0, time.monotonic()
    try:
        while True:
            write(romeo, number)
            number += 1
            romeo.ping(soon())
            answered = time.monotonic()
    except GONE:
        return number, answered


def bodies():
    juliet = client("juliet")
    juliet.login(soon())
    found, after = [], ""
    while True:
        done = juliet.request("set", "<query xmlns='urn:xmpp:mam:2'><set xmlns='http://jabber.org/protocol/rsm'><max>100</max>"
                                     f"{after}</set></query>", soon()).find("fin", "urn:xmpp:mam:2")
        for kind, element in juliet.pending:
            result = element.find("result", "urn:xmpp:mam:2") if kind == "element" and element.local == "message" else None
            body = result and result.find("forwarded").find("message").find("body")
            found += [body.text()] if body is not None and body else []
        juliet.pending.clear()
        if done.attrs.get("complete") == "true":
            return [text for text in found if text.startswith("crossing ")]
        after = f"<after>{done.find('set').find('last').text()}</after>"


def main(folder):
    end = soon()
    while not os.path.exists(f"{folder}/crossing.begin"):
        if time.monotonic() > end:
            sys.exit("nobody said that it may begin")
        time.sleep(0.05)
    romeo = client("romeo")
    romeo.login(soon())
    with open(f"{folder}/crossing.ready", "w", encoding="ascii"):
        pass
    count, answered = until_gone(romeo)
    end = soon()
    while True:
        try:
            fate, again = come_back(romeo)
            break
        except GONE:
            if time.monotonic() > end:
                raise
            time.sleep(0.02)
    for text in again:
        romeo.send(text, soon())
    romeo.ping(soon())
    gap = time.monotonic() - answered
    for number in range(count, count + AFTER):
        write(romeo, number)
    romeo.ping(soon())
    found = bodies()
    wanted = [f"crossing {number}" for number in range(count + AFTER)]
    with open(f"{folder}/crossing.part", "w", encoding="ascii") as out:
        json.dump({"seconds": round(gap, 2), "session": fate, "said again": len(again), "messages": len(wanted),
                   "good": sorted(found) == sorted(wanted)}, out)
    os.rename(f"{folder}/crossing.part", f"{folder}/crossing.done")


if __name__ == "__main__":
    main(sys.argv[1])
