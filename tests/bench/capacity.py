#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""capacity.py PARLEYD [TOOLS]: memory for an idle connection, and disk for an account and a message (docs/capacity.md).

TOOLS is the folder of the load tool (build/swarm/tests/swarm, built if it is not there). Memory is the growth of the server's
resident size from no connection to 500, 1,000 and 2,000; disk that of its data folder from one clean end to the next one, in which
nothing waits in a log. Prints lines of Markdown. By hand, with a program that was built optimised."""
import os
import sys
import tempfile

HOUSE = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
sys.path.insert(0, os.path.join(HOUSE, "tools", "bench"))
import driver  # noqa: E402
import peers  # noqa: E402

IDLE = (500, 1000, 2000)
BODIES = (100, 1000)  # bytes
SEARCH_SECONDS = 5  # that the index has after the last message


def sizes(place):
    """{name: bytes} of the data folder, by what allocated blocks hold."""
    found = {}
    for folder, _, names in os.walk(os.path.join(place, "data")):
        for name in names:
            if not name.endswith(".sock"):
                found[name] = found.get(name, 0) + os.stat(os.path.join(folder, name)).st_blocks * 512
    return found


def resident(server):
    with open(f"/proc/{server.process.pid}/statm", encoding="ascii") as file:
        return int(file.read().split()[1]) * os.sysconf("SC_PAGESIZE")


def growth(after, before):
    """(bytes of the store, bytes of everything else)."""
    store = after.get("parley.db", 0) - before.get("parley.db", 0)
    return store, sum(after.values()) - sum(before.values()) - store


def row(what, *cells):
    print(f"| {what} | " + " | ".join(cells) + " |", flush=True)


def idle(server, tools):
    """A server of its own for each count: what one run has left would serve the next one."""
    with server:
        row("the server without anybody", f"{resident(server) / 2**20:.0f} MiB", "")
    for count in IDLE:
        with server:
            told = driver.swarm(tools, server, "idle", "--users", count, "--sm", 1)
        if not told or not told["good"]:
            sys.exit(f"idle with {count} failed: {told}")
        row(f"an idle connection over TLS, one of {count}", f"{told['rss_kib_each']:.1f} KiB", "")


def main():
    program = os.path.abspath(sys.argv[1])
    tools = os.path.abspath(sys.argv[2]) if len(sys.argv) > 2 else driver.build_tools(os.path.join(HOUSE, "build/swarm"))
    with tempfile.TemporaryDirectory(prefix="bench-capacity-") as place:
        driver.make_certificate(place)
        server = driver.Server(peers.known(tools, program)["parleyd"][0], place)
        print("| what | memory or store | search index and the rest |\n|---|---|---|", flush=True)
        with server:
            pass
        before = sizes(place)
        with server:
            driver.swarm(tools, server, "register", "--users", IDLE[-1])
        idle(server, tools)
        after = sizes(place)
        row("an account that has logged in", *(f"{bytes_ / IDLE[-1] / 1024:.1f} KiB" for bytes_ in growth(after, before)))
        for body in BODIES:
            before = after
            with server:
                told = driver.swarm(tools, server, "chat", "--users", 200, "--window", 4, "--body", body, "--measure", 20000)
                driver.time.sleep(SEARCH_SECONDS)
            after = sizes(place)
            row(f"a message of {body} bytes, in both archives", *(f"{bytes_ / told['sent']:.0f} B" for bytes_ in growth(after, before)))


if __name__ == "__main__":
    main()
