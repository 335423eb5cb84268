# SPDX-License-Identifier: Apache-2.0
"""tus-js-client: a resumable upload (docs/uploads.md), broken off in the middle, goes on and becomes the file of its slot."""
import os
import shutil
import time

import with_xmppjs
from player.client import Client
from player.upload import ask, send

HERE, SIZE = os.path.dirname(os.path.abspath(__file__)), 8 * 1024 * 1024 + 5
STEPS = ("an upload was begun, and broken off", "it went on to its end", "what is whole is known to be")


def needs():
    return with_xmppjs.needs()


def run(house):
    folder = os.path.join(house.scratch, "tusjs")
    os.makedirs(folder, exist_ok=True)
    for name in ("package.json", "package-lock.json", "resume.js"):
        shutil.copy(os.path.join(HERE, "tusjs", name), folder)
    good, output = with_xmppjs._npm(folder, "ci")
    yield "npm ci", good, output
    if not good:
        return
    node, _ = with_xmppjs._node()
    romeo = Client("romeo/x", house.accounts["romeo"], {}, house.server)
    romeo.login(time.monotonic() + 30)
    slot = ask(romeo, SIZE, time.monotonic() + 30)
    romeo.disconnect(time.monotonic() + 30)
    host, port = house.address("http")
    env = {**os.environ, "NODE_EXTRA_CA_CERTS": house.certificate()}
    code, output = house.finish([node, os.path.join(folder, "resume.js"), f"https://localhost:{house.address('https')[1]}{slot.tus}",
                                 slot.headers["Authorization"], str(SIZE)], env=env)
    for step in STEPS:
        yield step, "OK " + step in output, output
    yield "it has ended well", code == 0, output
    status, _, body = send((host, port), "GET", slot.path)
    yield "the file is what was sent", status == 200 and body == bytes((i * 7 + i // 251) & 255 for i in range(SIZE)), f"{status}, {len(body)}"
