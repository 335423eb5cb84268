# SPDX-License-Identifier: Apache-2.0
"""Links between servers that are cut and healed, and servers that go and come: nothing is lost, doubled or out of order, or its sender
hears of it."""
import time

from bed import LONG, Late, equal, soon, until, want
from lab import Lab
from check_federation import archived
from servers import Parley, Prosody, add_names, arrives, refused, running

LATE = ("remote-server-timeout", "remote-server-not-found")


def two(lab, **options):
    hosts = [lab.host("a", 11), lab.host("b", 12)]
    for host, domain in zip(hosts, ("a.example", "b.example")):
        add_names(lab, host, domain)
    lab.start_names()
    return hosts, [Parley(lab, host, domain, **options) for host, domain in zip(hosts, ("a.example", "b.example"))]


def bodies_until(client, last, seconds=30):
    found = []
    while last not in found:
        found.append(client.hear(lambda e: e.local == "message" and e.find("body") is not None, seconds).find("body").text())
    return found


def check_cut():
    """What is said while a link is down comes when it is up again, once and in its order, in both directions"""
    with Lab() as lab:
        hosts, servers = two(lab, limits='server_wait = "10m";')
        with running(*servers) as (romeo, juliet):
            arrives(romeo, juliet, "before")
            arrives(juliet, romeo, "before")
            hosts[1].cut()
            for number in range(20):
                romeo.message(juliet.jid, f"r{number}")
                juliet.message(romeo.jid, f"j{number}")
            time.sleep(100 if LONG else 2)  # the cut itself; the long one ends the connections
            hosts[1].heal()
            romeo.message(juliet.jid, "end")
            juliet.message(romeo.jid, "end")
            equal(bodies_until(juliet, "end", 180), [f"r{number}" for number in range(20)] + ["end"], "what juliet has heard")
            equal(bodies_until(romeo, "end", 180), [f"j{number}" for number in range(20)] + ["end"], "what romeo has heard")
            if LONG:  # where the link itself is down the kernel does not even try, and need not notice
                want(any("resumed=true" in server.tail(10000) for server in servers), "no stream was resumed")


def comes(sender, receiver, body):
    """Whether a message gets there by now; an error may come instead."""
    sender.message(receiver.jid, body)
    try:
        return receiver.hear_body(body, 2)
    except Late:
        return None


def check_unreachable():
    """Who cannot be reached at first: the sender hears of it after limits.server_wait; when the link is there, messages come"""
    with Lab() as lab:
        hosts, servers = two(lab, limits='server_wait = "3s";')
        with running(*servers) as (romeo, juliet):
            hosts[1].cut()
            refused(romeo, juliet.jid, *LATE)
            romeo.ping(soon())
            hosts[1].heal()
            until(lambda: comes(romeo, juliet, "at last"), "a message over the healed link", 60)


def with_prosody(lab):
    hosts = [lab.host("a", 11), lab.host("b", 12)]
    for host, domain in zip(hosts, ("a.example", "b.example")):
        add_names(lab, host, domain)
    lab.start_names()
    return Parley(lab, hosts[0], "a.example", limits='server_wait = "10m";'), Prosody(lab, hosts[1], "b.example")


def check_prosody_gone():
    """Prosody is stopped and started again while it is written to: all that was said is in its archive, in its order"""
    with Lab() as lab:
        a, b = with_prosody(lab)
        with running(a, b) as (romeo, juliet):
            arrives(romeo, juliet, "before")
            juliet.leave()
            for number in range(30):
                if number == 15:
                    b.stop()
                romeo.message("juliet@b.example", f"n{number}")
            romeo.ping(soon())
            b.start()
            juliet.login(soon())
            wanted = [f"n{number}" for number in range(30)]
            until(lambda: set(wanted) <= set(archived(juliet)), "all in the archive", 90)
            equal([body for body in dict.fromkeys(archived(juliet)) if body in wanted], wanted)


def accounted(romeo, juliet, number, errors):
    """The messages of juliet that have come, or come back."""
    while True:
        try:
            errors.add(juliet.hear(lambda e: e.local == "message" and e.attrs.get("type") == "error", 0.5).attrs["id"])
        except Late:
            break
    come = set(archived(romeo))
    return all(f"n{n}" in come or f"n{n}" in errors for n in range(number))


def check_killed():
    """Ours is killed and started again while prosody writes to it: what was said is in the archive, or its sender hears of it"""
    with Lab() as lab:
        a, b = with_prosody(lab)
        with running(a, b) as (romeo, juliet):
            arrives(juliet, romeo, "before")
            for number in range(30):
                if number == 15:
                    a.kill()
                juliet.say(f"<message to='romeo@a.example' type='chat' id='n{number}'><body>n{number}</body></message>")
            a.start()
            romeo.login(soon())
            errors = set()
            until(lambda: accounted(romeo, juliet, 30, errors), "all to be accounted for", 90)


def check_gone():
    """A server that is stopped and started again: an error while it is away, messages afterwards"""
    with Lab() as lab:
        _, (a, b) = two(lab, limits='server_wait = "3s";')
        with running(a, b) as (romeo, juliet):
            arrives(romeo, juliet, "before")
            juliet.leave()
            b.stop()
            refused(romeo, juliet.jid, *LATE)
            b.start()
            juliet.login(soon())
            juliet.say("<presence/>")
            until(lambda: comes(romeo, juliet, "again"), "a message after the restart", 60)
            arrives(juliet, romeo, "and back")
