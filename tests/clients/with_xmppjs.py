# SPDX-License-Identifier: Apache-2.0
"""The JavaScript library @xmpp/client over STARTTLS, direct TLS and WebSocket: xmppjs/pair.js. Node 22 is the first that
has a WebSocket of its own."""
import os
import shutil
import subprocess

HERE = os.path.dirname(os.path.abspath(__file__))
TOKENS = ("a token was given", "the token is enough for the next login", "another token is not")


def needs():
    return None if shutil.which("npm") else "npm is missing"


def _npm(folder, *words):
    done = subprocess.run(["npm", "--prefix", folder, *words, "--ignore-scripts", "--no-audit", "--no-fund"], cwd=folder,
                          capture_output=True, text=True, timeout=240, check=False)
    return done.returncode == 0, done.stdout + done.stderr


def _node():
    """The node that the web client is built with."""
    done = subprocess.run([os.path.join(HERE, "../../tools/bring-node")], capture_output=True, text=True, timeout=240, check=False)
    return os.path.join(done.stdout.strip(), "node"), done.stderr


def run(house):
    folder = os.path.join(house.scratch, "xmppjs")
    os.makedirs(folder, exist_ok=True)
    for name in ("package.json", "package-lock.json", "pair.js"):
        shutil.copy(os.path.join(HERE, "xmppjs", name), folder)
    mark = os.path.join(folder, "node_modules/.package-lock.json")
    good, output = True, ""
    if not os.path.exists(mark) or os.path.getmtime(mark) < os.path.getmtime(os.path.join(HERE, "xmppjs/package-lock.json")):
        good, output = _npm(folder, "ci")
    yield "npm ci", good, output
    if not good:
        return
    node, output = _node()
    yield "a node that is new enough", os.path.exists(node), output
    env = {**os.environ, "NODE_EXTRA_CA_CERTS": house.certificate()}
    schemes = {"xmpp": "xmpp://localhost:{}", "xmpps": "xmpps://localhost:{}", "http": "ws://localhost:{}/xmpp-websocket",
               "https": "wss://localhost:{}/xmpp-websocket"}
    for listener, scheme in schemes.items():
        service = scheme.format(house.address(listener)[1])
        code, output = house.finish([node, os.path.join(folder, "pair.js"), service, house.domain, *house.accounts["romeo"],
                                     *house.accounts["juliet"]], env=env)
        for what in ("both have logged in", "the message has arrived", "the answer has arrived", "the archive has both",
                     "the session goes on after a broken connection", "and what came meanwhile is there",
                     *TOKENS):
            yield f"{listener}: {what}", f"OK {what}" in output, output
        yield f"{listener}: left in order", code == 0, output
