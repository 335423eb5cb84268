#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""installed.py ROOT NEW: the life of the real package in a bare Debian at ROOT, where an older one is installed already. For
./dev fresh, as root, in a network of its own. NEW is the path of the newer package inside ROOT.

There is no systemd in a chroot: the server is started by the ExecStart line of its unit, as the unit's user."""
import json
import os
import re
import signal
import subprocess
import sys
import time

sys.dont_write_bytecode = True
sys.path[:0] = [os.path.join(os.path.dirname(os.path.abspath(__file__)), "../talk")]
from player.client import Client  # noqa: E402

SECONDS = 30
CONFIG = "etc/parley/parley.conf"


def want(condition, what):
    if not condition:
        sys.exit(f"not ok: {what}")


class Installed:
    """The server of the package, on its default ports."""

    def __init__(self, root):
        self.root, self.child, self.domain = root, None, "chat.example"

    def path(self, name):
        return os.path.join(self.root, name)

    def read(self, name):
        with open(self.path(name), encoding="utf-8") as file:
            return file.read()

    def inside(self, *words, stdin="", code=0):
        done = subprocess.run(["chroot", self.root, *words], input=stdin, text=True, capture_output=True, timeout=300, check=False,
                              env={"PATH": "/usr/sbin:/usr/bin:/sbin:/bin", "LANG": "C.UTF-8", "DEBIAN_FRONTEND": "noninteractive"})
        want(done.returncode == code, f"{' '.join(words)}: {done.returncode}\n{done.stdout}{done.stderr}")
        return done.stdout

    def address(self, listener):
        return "127.0.0.1", {"xmpp": 5222, "http": 5280, "metrics": 9280}[listener]

    def start(self):
        line = re.search(r"^ExecStart=(.*)$", self.read("lib/systemd/system/parley.service"), re.M)[1]
        log = self.path("tmp/parleyd.log")
        with open(log, "w", encoding="utf-8") as out:
            self.child = subprocess.Popen(["chroot", self.root, "setpriv", "--reuid=parley", "--regid=parley", "--init-groups",
                                           "--no-new-privs", "--bounding-set=-all,+net_bind_service", *line.split()],
                                          stdin=subprocess.DEVNULL, stdout=out, stderr=out)
        end = time.monotonic() + SECONDS
        while "parleyd ready" not in self.read("tmp/parleyd.log"):
            want(self.child.poll() is None and time.monotonic() < end, self.read("tmp/parleyd.log"))
            time.sleep(0.1)

    def stop(self):
        self.child.send_signal(signal.SIGTERM)
        want(self.child.wait(SECONDS) == 0, self.read("tmp/parleyd.log"))

    def login(self, user):
        client = Client(f"{user}/one", (user, f"{user}-knows-it"), {}, self)
        client.login(time.monotonic() + SECONDS)
        return client

    def version(self):
        return self.inside("dpkg-query", "-W", "-f", "${db:Status-Status} ${Version}", "parley")


def say(text):
    print(f"ok: {text}", flush=True)


def begin(server):
    """From the package's own configuration to the first message."""
    server.start()
    server.stop()
    say("started as it was installed, on this machine's addresses alone")
    with open(server.path(CONFIG), "r+", encoding="utf-8") as file:
        text = file.read().replace('domain = "localhost"', f'domain = "{server.domain}"')
        file.seek(0)
        file.write(text)
    server.start()
    for user in ("juliet", "romeo"):
        server.inside("parleyctl", "user", "add", user, *(["--admin"] if user == "juliet" else []), stdin=f"{user}-knows-it\n")
    client = server.login("juliet")
    client.send(f"<message to='romeo@{server.domain}' type='chat' id='m1'><body>before the upgrade</body></message>",
                time.monotonic() + SECONDS)
    client.ping(time.monotonic() + SECONDS)
    client.disconnect(time.monotonic() + SECONDS)
    say("another domain; parleyctl finds the server; juliet logs in and writes to romeo, who is away")
    return text


def upgrade(server, new, text):
    old = server.version()
    server.inside("dpkg", "-i", new)
    want(server.version() != old, f"still {old}")
    want(server.child.poll() is None, "the old server did not live through the upgrade")
    want(server.read(CONFIG) == text, "the configuration was changed")
    server.stop()
    server.start()
    client = server.login("romeo")
    client.send("<presence/>", time.monotonic() + SECONDS)
    client.wait_for(lambda e: e.local == "message" and e.find("body") is not None and e.find("body").text() == "before the upgrade",
                    time.monotonic() + SECONDS)
    client.disconnect(time.monotonic() + SECONDS)
    stats = json.loads(server.inside("parleyctl", "stats", "--json"))
    want(stats["accounts"] == 2 and stats["stored_messages"] == 1, stats)
    say(f"{old} became {server.version()}: romeo logs in and reads it, the configuration is as it was")


def restore(server):
    """As docs/operations.md has it."""
    server.inside("parleyctl", "backup", "/var/backups/parley/last")
    server.stop()
    server.inside("mv", "/var/lib/parley", "/var/lib/parley.before")
    server.inside("parleyctl", "restore", "/var/backups/parley/last")
    server.inside("chown", "-R", "parley:parley", "/var/lib/parley")
    server.start()
    client = server.login("romeo")
    client.disconnect(time.monotonic() + SECONDS)
    server.stop()
    say("backed up and restored: romeo logs in")


def remove(server):
    server.inside("dpkg", "-r", "parley")
    want(not os.path.exists(server.path("usr/sbin/parleyd")), "parleyd is still there")
    want(os.path.exists(server.path("var/lib/parley/parley.db")) and os.path.exists(server.path(CONFIG)), "the removal took too much")
    server.inside("dpkg", "-P", "parley")
    want(not os.path.exists(server.path("var/lib/parley")) and not os.path.exists(server.path("etc/parley")), "the purge left something")
    want(os.path.exists(server.path("var/backups/parley/last/manifest.json")), "the purge took a backup")
    say("removed: data and configuration stay; purged: both are gone, the backup is not")


def main(root, new):
    server = Installed(root)
    try:
        text = begin(server)
        upgrade(server, new, text)
        restore(server)
        remove(server)
    finally:
        if server.child and server.child.poll() is None:
            server.child.kill()


if __name__ == "__main__":
    main(*sys.argv[1:])
