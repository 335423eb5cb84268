#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""hanging.py [OPTION...]: an open loop of messages on one parleyd, undisturbed, and then while 100 servers of other domains hang.

They hang each at its own step of a connection (tests/ops/tarpit.py), and somebody goes on writing to all of them. Prints a line of JSON for
each run: its name and what the load tool said."""
import argparse
import contextlib
import json
import os
import shutil
import sys
import tempfile
import threading
import time

HOUSE = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
sys.path += [os.path.join(HOUSE, "tests", "ops"), os.path.join(HOUSE, "tests", "talk")]
import driver  # noqa: E402
import peers  # noqa: E402
from player.client import Client, Closed, Late  # noqa: E402
from player.server import Foreign  # noqa: E402
from tarpit import Tarpit  # noqa: E402

DOMAINS, NAG_EVERY, PATIENCE = 100, 0.01, 30


class Nag:
    """Writes to one domain after the other, 100 messages a second; the first round is over when it is made."""

    def __init__(self, port, domains):
        house = Foreign({"xmpp": ("127.0.0.1", port)})
        house.add_user("nag", "sesame")
        self.client, self.domains, self.sent, self.is_over = Client("nag/one", ("nag", "sesame"), {}, house), domains, 0, threading.Event()
        self.client.login(time.monotonic() + PATIENCE)
        for _ in domains:
            self._send()
        self.client.ping(time.monotonic() + PATIENCE)
        self.thread = threading.Thread(target=self._run)
        self.thread.start()

    def _send(self):
        domain = self.domains[self.sent % len(self.domains)]
        self.client.send(f"<message to='x@{domain}' id='{self.sent}'><body>hello</body></message>", time.monotonic() + PATIENCE)
        self.sent += 1

    def _run(self):
        while not self.is_over.is_set():
            self._send()
            with contextlib.suppress(Late):
                self.client.next_event(time.monotonic() + NAG_EVERY)

    def close(self):
        self.is_over.set()
        self.thread.join()
        with contextlib.suppress(Closed, Late):
            self.client.disconnect(time.monotonic() + PATIENCE)


def prepare(program, pit):
    """As the other runs have it, with the addresses of those that hang."""
    plain = peers.parleyd(program)

    def both(place, port):
        done = plain(place, port)
        with open(f"{place}/parley.conf", "a", encoding="utf-8") as file:
            file.write(pit.config)
        return done
    return both


def measure(args):
    chat = ["--users", args.users, "--rate", args.rate, "--measure", int(args.seconds * 1000), "--warmup", int(args.warmup * 1000),
            "--sasl", args.sasl]
    with contextlib.closing(Tarpit(DOMAINS)) as pit, driver.Server(prepare(args.program, pit), args.place) as server:
        driver.swarm(args.tools, server, "register", "--users", args.users)
        print(json.dumps(["hang_still", driver.swarm(args.tools, server, "chat", *chat)]), flush=True)
        with contextlib.closing(Nag(server.port, pit.domains)):
            print(json.dumps(["hang", driver.swarm(args.tools, server, "chat", *chat)]), flush=True)


def main():
    args = argparse.ArgumentParser(description=__doc__.split("\n", maxsplit=1)[0])
    args.add_argument("--program", default=os.path.join(HOUSE, "build/release/src/parleyd"))
    args.add_argument("--tools", default=os.path.join(HOUSE, "build/swarm/tests/swarm"), help="folder of the load tool")
    args.add_argument("--data", help="where the server keeps data")
    args.add_argument("--users", type=int, default=200)
    args.add_argument("--seconds", type=float, default=6)
    args.add_argument("--warmup", type=float, default=2)
    args.add_argument("--rate", type=int, default=1000)
    args.add_argument("--sasl", choices=("scram", "plain"), default="scram")
    args = args.parse_args()
    os.sched_setaffinity(0, {driver.CORES[-1]})
    args.place = tempfile.mkdtemp(prefix="bench-hang-", dir=args.data)
    try:
        driver.make_certificate(args.place)
        measure(args)
    finally:
        shutil.rmtree(args.place, ignore_errors=True)


if __name__ == "__main__":
    main()
