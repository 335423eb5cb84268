# SPDX-License-Identifier: Apache-2.0
"""slixmpp's ComponentXMPP (Debian: python3-slixmpp): a bot at a domain of its own answers a user."""
import json
import os

import with_slixmpp

HERE = os.path.dirname(os.path.abspath(__file__))
DOMAIN, SECRET = "birds.localhost", "pieces-of-eight-and-more"
CONFIG = f'components = ( {{ name = "{DOMAIN}"; secret = "{SECRET}"; }} );'


def needs():
    return with_slixmpp.needs()


def run(house):
    job = {"server": house.address("xmpp"), "component": house.address("component"), "domain": DOMAIN, "secret": SECRET,
           "certificate": house.certificate(), "romeo": [house.jid("romeo"), house.password("romeo")]}
    python = with_slixmpp.python()
    code, output = house.finish([python, os.path.join(HERE, "slixmpp_component.py"), json.dumps(job)])
    done = [line[3:] for line in output.splitlines() if line.startswith("OK ")]
    for what in ("the component has connected", "the bot answers", "discovery and pings", "presence both ways"):
        yield what, what in done, output
    yield "left in order", code == 0, output
