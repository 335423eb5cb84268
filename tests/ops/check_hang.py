# SPDX-License-Identifier: Apache-2.0
"""Other servers that hang at every step, all at once (XMPP.md 5; RFC 6120 8.3.3.16)."""
import contextlib

from bed import Server, closing, equal, json, soon, time, want
from tarpit import STEPS, Tarpit

DOMAINS, ROUNDS, PATIENCE = 100, 200, 120
QUEUE, ALL_QUEUES, GROWTH = 64 * 1024, 1024 * 1024, 96 * 2**20
BODY = "x" * 8000


def round_trips(romeo, juliet, name):
    """p50 and p99 in ms of a message here and one back."""
    took = []
    for number in range(ROUNDS):
        begin = time.monotonic()
        romeo.message("juliet@localhost", f"{name} {number}")
        juliet.hear_body(f"{name} {number}", PATIENCE)
        took.append(time.monotonic() - begin)
    took.sort()
    return f"{took[ROUNDS // 2] * 1000:.1f} / {took[ROUNDS * 99 // 100] * 1000:.1f}"


def check_hundred():
    """100 domains that hang: messages here go on, what waits is bounded, and all of it comes back"""
    with contextlib.closing(Tarpit(DOMAINS)) as pit:
        more = f'limits = {{ server_queue = "{QUEUE // 1024}KiB"; server_queues = "{ALL_QUEUES // 1024}KiB"; }};\n'
        with Server(pit.config + more, users=["romeo", "juliet", "nag"]) as server:
            romeo, juliet, nag = server.login("romeo/one"), server.login("juliet/two"), server.login("nag/three")
            with closing(romeo, juliet, nag):
                still = round_trips(romeo, juliet, "still")
                before = server.rss()
                for domain in pit.domains:
                    nag.say(f"<message to='x@{domain}' id='{domain}'><body>hello</body></message>")
                nag.ping(soon(PATIENCE))
                busy = round_trips(romeo, juliet, "busy")
                waiting = json.loads(server.ctl("s2s", "list", "--json"))
                want(len(waiting) >= DOMAINS * 3 // 4, f"only {len(waiting)} wait")

                # One domain gets more than its queue takes; all of them more than all queues do.
                for number in range(12):
                    nag.say(f"<message to='x@{pit.domains[0]}' id='one{number}'><body>{BODY}</body></message>")
                hear_error(nag, lambda at: at.startswith("one"), "resource-constraint")
                for number, domain in enumerate(pit.domains * 2):
                    nag.say(f"<message to='x@{domain}' id='all{number}'><body>{BODY}</body></message>")
                hear_error(nag, lambda at: at.startswith("all"), "resource-constraint")
                want(server.metrics()["parley_server_queue_bytes"] <= ALL_QUEUES + QUEUE, "the queues are over their limit")
                want(server.rss() - before < GROWTH, f"it grew by {server.rss() - before}")

                back = {domain: hear_error(nag, lambda at, domain=domain: at == domain, None) for domain in pit.domains}
                for domain, condition in back.items():
                    equal(condition, "remote-server-not-found" if domain.startswith("names") else "remote-server-timeout", domain)
                equal(server.metrics()["parley_server_queue_bytes"], 0)
                want(all(pit.reached[step] for step in STEPS if step != "full"), f"not all steps were reached: {pit.reached}")
    return f"p50 / p99 of a message: {still} ms, and {busy} ms while they hang"


def hear_error(client, is_it, condition):
    """The error that comes back for such an id: its condition, which must be this one if one is given."""
    got = client.wait_for(lambda e: e.attrs.get("type") == "error" and is_it(e.attrs.get("id", ""))
                          and (condition is None or e.find("error").find(condition) is not None), soon(PATIENCE))
    return got.find("error").elements()[0].local
