#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""fanout.py BUILD [OCCUPANTS [WORKERS...]]: how long the last occupant of one large room waits.

One room of OCCUPANTS (10,000), for each number of WORKERS (1 2): one occupant speaks, his next message goes out when all have the one
before (tests/swarm). What the load tool sees has its own reading of all connections in it; the server's share is parley_fanout_seconds,
from the server's reading of the message to its last write. The server has the first core when it has one worker, the load tool the last.
Prints lines of Markdown. By hand, after `meson setup BUILD --buildtype=release` and `ninja -C BUILD`."""
import os
import re
import subprocess
import sys
import tempfile
import urllib.request

HOUSE = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
sys.path.insert(0, os.path.join(HOUSE, "tools", "bench"))
import driver  # noqa: E402
import peers  # noqa: E402

SECONDS = driver.SWARM_SECONDS = 600


def server_with(prepare, place, workers):
    """parleyd with so many workers and its metrics, and its control tool's words."""
    metrics = driver.free_port()

    def prepared(*words):
        argv, environment, note = prepare(*words)
        config = next(word for word in argv if word.endswith(".conf"))
        with open(config, encoding="utf-8") as file:
            text = file.read()
        with open(config, "w", encoding="utf-8") as file:
            file.write(text.replace("workers = 1;", f"workers = {workers};").replace('metrics = ""', f'metrics = "127.0.0.1:{metrics}"'))
        return argv, environment, note
    return driver.Server(prepared, place), metrics


def add_accounts(tools, control, server, place, count):
    """The first registers; the others are copies of it, so that all have one salt and the load tool derives one key."""
    driver.swarm(tools, server, "register", "--users", 1)
    one, many = os.path.join(place, "one.xml"), os.path.join(place, "many.xml")
    subprocess.run([*control, "export", "bee0@localhost", one], check=True, stdout=subprocess.DEVNULL)
    with open(one, encoding="utf-8") as file:
        head, user, tail = re.fullmatch(r"(.*?)(<user .*</user>)(.*)", file.read(), re.S).groups()
    with open(many, "w", encoding="utf-8") as file:
        file.write(head + "".join(user.replace("bee0", f"bee{i}") for i in range(1, count)) + tail)
    subprocess.run([*control, "import", many], check=True, stdout=subprocess.DEVNULL)


def fanouts(port):
    """The server's histogram: {seconds: count of all that took no longer}, and the seconds of all."""
    with urllib.request.urlopen(f"http://127.0.0.1:{port}/metrics") as answer:
        text = answer.read().decode()
    buckets = {float(le): int(n) for le, n in re.findall(r'parley_fanout_seconds_bucket\{le="([^"]+)"\} (\d+)', text)}
    return buckets, float(re.search(r"parley_fanout_seconds_sum (\S+)", text).group(1))


def told(before, after):
    """Mean, and the smallest bound of the histogram that 95 of 100 do not pass, of what came between: in ms."""
    (old, old_sum), (new, new_sum) = before, after
    total = new[float("inf")] - old[float("inf")]
    bound = min(le for le in new if new[le] - old[le] >= 0.95 * total)
    return (new_sum - old_sum) / total * 1000, bound * 1000


def main():
    build, occupants = os.path.abspath(sys.argv[1]), int(sys.argv[2]) if len(sys.argv) > 2 else 10000
    tools = os.path.join(build, "tests/swarm")
    print("| workers | occupants | messages | load tool: last p50 ms | p95 ms | server, to its last write: mean ms | p95 ms | server CPU us a delivery | tool's |\n"
          "|---|---|---|---|---|---|---|---|---|")
    for workers in sys.argv[3:] or ["1", "2"]:
        with tempfile.TemporaryDirectory(prefix="bench-fanout-") as place:
            driver.make_certificate(place)
            prepare, fault = peers.known(tools, os.path.join(build, "src/parleyd"))["parleyd"]
            if fault:
                sys.exit(fault)
            server, metrics = server_with(prepare, place, workers)
            config = next(word for word in server.argv if word.endswith(".conf"))
            with server:
                if int(workers) > 1:
                    subprocess.run(["taskset", "-a", "-p", "-c", f"{driver.CORES[0]}-{driver.CORES[-1]}", str(server.process.pid)], check=True,
                                   stdout=subprocess.DEVNULL)
                add_accounts(tools, [os.path.join(build, "src/parleyctl"), "--config", config], server, place, occupants)
                before = fanouts(metrics)
                line = driver.swarm(tools, server, "rooms", "--users", occupants, "--senders", 1, "--concurrency", 200, "--measure", 15000,
                                    "--limit", (SECONDS - 10) * 1000)
                if not line or not line["good"]:
                    sys.exit("the run failed")
                mean, most = told(before, fanouts(metrics))
            print(f"| {workers} | {occupants} | {line['sent']} | {line['last_p50_ms']:.0f} | {line['last_p95_ms']:.0f} | {mean:.0f} | "
                  f"<= {most:.0f} | {line['server_us']:.1f} | {line['tool_us']:.1f} |", flush=True)


if __name__ == "__main__":
    main()
