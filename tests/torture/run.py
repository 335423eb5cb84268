#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""run.py [--samples N] [--pairs N] [--only CALL:HOW]: the n-th call fails (shim.c), for n spread over a short conversation.

Each time: the server does not crash; it still answers, or it has ended in order and said why; and after a start without
faults every message that it had acknowledged (XEP-0198) is in the recipient's archive, once and in order, and none that
it had answered with an error. TAP; the last line is "N passed, N failed". PARLEYD, PARLEYCTL and PARLEY_SHIM name the
programs and the library."""
import argparse
import concurrent.futures
import os
import random
import re
import shutil
import subprocess
import sys
import tempfile
import threading
import time

sys.dont_write_bytecode = True
sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "../talk"))
from player.client import Client, Closed, Failure, Late  # noqa: E402
from player.server import Parleyd  # noqa: E402
from player.tree import Bad  # noqa: E402

FAULTS = ["fsync:EIO", "fsync:ENOSPC", "fwrite:ENOSPC", "fwrite:EIO", "fwrite:short", "fread:EIO", "fread:short", "fwrite:EINTR",
          "read:EIO", "read:ECONNRESET", "read:EINTR", "read:short", "write:EPIPE", "write:EAGAIN", "write:short", "write:EINTR",
          "accept:EMFILE", "accept:ECONNRESET", "accept:EINTR", "open:EMFILE", "open:EIO",
          "fsync:EIO:forever", "fwrite:ENOSPC:forever"]
ACCOUNTS = {"romeo": "sesame-romeo", "juliet": "sesame-juliet"}
MESSAGES, BATCH, AFTERWARDS = 12, 3, 100
LEAST_STRUCK = 0.7  # of the faults: the last calls of a round do not come in each one
STEP_SECONDS = float(os.environ.get("TALK_SECONDS", "5"))
GOES_WRONG = (Failure, Closed, Late, Bad, OSError, AttributeError)
CRASHED = re.compile(r"Sanitizer|runtime error:|Assertion|assertion|stack smashing|double free")
SAYS_WHY = re.compile(r"error|fail|cannot|could not|no space|no descriptors|too many|input/output|refus", re.I)


def client(who, server, *words):
    return Client(f"{who}/{words[0] if words else 'x'}", (who, ACCOUNTS[who]), {word: True for word in words[1:]}, server)


def deadline(seconds=STEP_SECONDS):
    return time.monotonic() + seconds


def converse(server):
    """Romeo sends in batches and asks for acknowledgements; connections may break at any time. Gives back the ids that
    were acknowledged, those that were answered with an error, and those that were sent."""
    acknowledged, errors, sent, romeo, number = [], set(), [], None, 0
    tries = 0
    while number < MESSAGES and tries < 6:
        try:
            if romeo is None:
                tries += 1
                romeo = client("romeo", server, f"try{tries}", "sm")
                romeo.login(deadline())
                base = {}
            for _ in range(BATCH):
                name = f"m{number}"
                number += 1
                sent.append(name)
                romeo.send(f"<message to='juliet@localhost' type='chat' id='{name}'><body>{name}</body></message>", deadline())
                base[name] = romeo.sent
            romeo.send("<r xmlns='urn:xmpp:sm:3'/>", deadline())
            answer = romeo.wait_for(lambda e: e.local == "a" and e.ns == "urn:xmpp:sm:3", deadline())
            # a message that came back as an error was handled, but not kept
            refused = {e.attrs.get("id") for _, e in romeo.pending if e is not None and e.attrs.get("type") == "error"}
            errors |= refused
            acknowledged += [name for name, at in base.items() if at <= int(answer.attrs["h"]) and name not in refused
                             and name not in acknowledged]
        except GOES_WRONG:
            if romeo.wire:
                romeo.wire.close()
            romeo = None
            if not server.is_running():
                break
    try:
        if romeo:
            romeo.disconnect(deadline(2))
    except GOES_WRONG:
        pass
    return acknowledged, errors, sent


def answers(server):
    """Whether somebody can log in and send a message that is kept. The first try may still meet the fault."""
    for at in range(3):
        try:
            guest = client("romeo", server, f"guest{at}", "sm")
            guest.login(deadline())
            guest.send(f"<message to='juliet@localhost' type='chat' id='m{AFTERWARDS + at}'><body>afterwards</body></message>"
                       "<r xmlns='urn:xmpp:sm:3'/>", deadline())
            guest.wait_for(lambda e: e.local == "a" and e.ns == "urn:xmpp:sm:3", deadline())
            refused = any(e is not None and e.attrs.get("type") == "error" for _, e in guest.pending)
            guest.disconnect(deadline(2))
            if refused:
                continue
            return True
        except GOES_WRONG:
            time.sleep(0.2)
    return False


def archive(server):
    """The ids of the messages in juliet's archive."""
    juliet = client("juliet", server, "reader", "unavailable")
    juliet.login(deadline())
    query = "<query xmlns='urn:xmpp:mam:2'><set xmlns='http://jabber.org/protocol/rsm'><max>100</max></set></query>"
    answer = juliet.request("set", query, deadline())
    if answer.attrs["type"] != "result":
        raise Failure(f"the archive cannot be read: {answer}")
    found = []
    for kind, element in juliet.pending:
        result = element.find("result", "urn:xmpp:mam:2") if kind == "element" else None
        if result is not None:
            found.append(result.find("forwarded").find("message").attrs.get("id"))
    juliet.disconnect(deadline())
    return found


class House:
    """Programs, and a data folder with the accounts from which each round gets a copy."""

    def __init__(self, args):
        self.args = args
        self.template = None
        self.strikes = 0
        self.log_folder = tempfile.mkdtemp(prefix="parley-torture-")

    def server(self, fault=None, log=None):
        env = {"ASAN_OPTIONS": os.environ.get("ASAN_OPTIONS", "") + ":verify_asan_link_order=0"}
        if log:
            env.update({"LD_PRELOAD": self.args.shim, "PARLEY_FAULT_LOG": log})
        if fault:
            env["PARLEY_FAULT"] = fault
        made = Parleyd(self.args.parleyd, self.args.parleyctl, env=env)
        if self.template:
            shutil.copytree(self.template, os.path.join(made.home, "data"))
        return made

    def prepare(self):
        """The accounts, made without faults; then how many calls of each kind a round has."""
        first = self.server()
        try:
            first.start()
            for who, password in ACCOUNTS.items():
                first.add_user(who, password)
            first.stop()
            self.template = os.path.join(self.log_folder, "template")
            shutil.copytree(os.path.join(first.home, "data"), self.template,
                            ignore=lambda _, names: [name for name in names if name.endswith(".sock")])
        finally:
            first.remove()
        log = os.path.join(self.log_folder, "count")
        quiet = self.server(log=log)
        try:
            quiet.start()
            acknowledged, _, sent = converse(quiet)
            if acknowledged != sent:
                raise Failure(f"without a fault only {len(acknowledged)} of {len(sent)} messages are acknowledged\n{quiet.tail()}")
            if archive(quiet) != sent:
                raise Failure(f"without a fault the archive has {archive(quiet)}\n{quiet.tail()}")
            quiet.stop()
        finally:
            quiet.remove()
        with open(log, encoding="ascii") as file:
            return {line.split()[1]: int(line.split()[2]) for line in file if line.startswith("total")}

    def round(self, fault):
        """One fault: None if all went well, else a report."""
        log = os.path.join(self.log_folder, re.sub("[:,]", "-", fault))
        server = self.server(fault, log)
        acknowledged, errors = [], set()
        started = True
        try:
            try:
                server.start()
            except Failure:
                started = False
                if server.child is not None and not self._ends(server):
                    return f"the server is neither ready nor has it ended\n{server.tail()}"
            if started:
                acknowledged, errors, _ = converse(server)
            lives = server.is_running()
            stays_broken = fault.endswith("forever")
            if lives and not stays_broken and not answers(server):
                return f"the server runs, but serves nobody\n{server.tail()}"
            if errors and "commit failed" not in server.tail(2000) and "could not be read" not in server.tail(2000):
                return f"messages came back as errors, and the log does not say why\n{server.tail()}"
            if lives:
                try:
                    server.stop()
                except Failure as failure:
                    if not stays_broken or "did not stop" in str(failure):
                        return str(failure)
            elif server.child is not None:
                code = server.child.wait()
                if code < 0 or code in (66, 99):
                    return f"the server ended with {code}\n{server.tail()}"
                if not SAYS_WHY.search(server.tail()):
                    return f"the server ended with {code} and did not say why\n{server.tail()}"
            if CRASHED.search(server.tail(200)):
                return f"the server crashed\n{server.tail(200)}"
            with open(log, encoding="ascii") as file:
                self.strikes += "struck" in file.read()
            return self._afterwards(server, acknowledged, errors)
        finally:
            server.remove()

    @staticmethod
    def _ends(server):
        try:
            server.child.wait(10)
        except subprocess.TimeoutExpired:
            return False
        return True

    def _afterwards(self, broken, acknowledged, errors):
        again = Parleyd(self.args.parleyd, self.args.parleyctl)
        try:
            shutil.rmtree(os.path.join(again.home, "data"), ignore_errors=True)
            shutil.copytree(os.path.join(broken.home, "data"), os.path.join(again.home, "data"),
                            ignore=lambda _, names: [name for name in names if name.endswith(".sock")])
            again.start()
            found = archive(again)
            again.stop()
        except GOES_WRONG as error:
            return f"afterwards the server does not work: {error}\n{broken.tail()}\n{again.tail()}"
        finally:
            again.remove()
        missing = [name for name in acknowledged if name not in found]
        if missing:
            return f"acknowledged, but lost: {missing}; the archive has {found}\n{broken.tail()}"
        kept = [name for name in found if name in errors]
        if kept:
            return f"answered with an error, but kept: {kept}; the archive has {found}\n{broken.tail()}"
        if len(found) != len(set(found)):
            return f"doubled: {found}"
        if found != sorted(found, key=lambda name: int(name[1:])):
            return f"out of order: {found}"
        return None


def spread(total, samples):
    """Up to `samples` numbers between 1 and total."""
    return sorted({1 + (total - 1) * at // max(1, samples - 1) for at in range(samples)}) if total > 0 else []


def pairs(totals, count, seed):
    """Two faults in a round."""
    if not count:
        return []
    seed = random.randrange(10**6) if seed is None else seed
    print(f"# pairs are those of --seed {seed}")
    chance = random.Random(seed)

    def one():
        call, how = chance.choice([fault for fault in FAULTS if "forever" not in fault]).split(":")
        return f"{call}:{chance.randint(1, max(1, totals[call]))}:{how}"
    return [f"{one()},{one()}" for _ in range(count)]


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--parleyd", default=os.environ.get("PARLEYD"))
    parser.add_argument("--parleyctl", default=os.environ.get("PARLEYCTL"))
    parser.add_argument("--shim", default=os.environ.get("PARLEY_SHIM"))
    parser.add_argument("--samples", type=int, default=int(os.environ.get("TORTURE_SAMPLES", "3")))
    parser.add_argument("--pairs", type=int, default=0, help="so many rounds with two faults, chosen by chance")
    parser.add_argument("--seed", type=int, default=None)
    parser.add_argument("--only", help="one fault, as fsync:EIO, or exactly one, as fsync:3:EIO: tried N times")
    parser.add_argument("-j", type=int, default=2)
    args = parser.parse_args()
    house = House(args)
    try:
        totals = house.prepare()
        print("# calls in a round: " + ", ".join(f"{name} {count}" for name, count in totals.items()))
        plans = []
        if args.only and re.match(r"\w+:\d+:", args.only):
            plans, args.only = [args.only] * args.samples, ""
        for fault in FAULTS if args.only is None else args.only.split():
            call, how = fault.split(":", 1)
            plans += [f"{call}:{nth}:{how}" for nth in spread(totals[call], args.samples)]
        plans += pairs(totals, args.pairs, args.seed)
        print(f"1..{len(plans)}", flush=True)
        counts, lock = {True: 0, False: 0}, threading.Lock()

        def one(fault):
            report = house.round(fault)
            with lock:
                counts[report is None] += 1
                print(f"{'ok' if report is None else 'not ok'} {counts[True] + counts[False]} - {fault}", flush=True)
                if report:
                    print("\n".join("# " + line for line in report.splitlines()), flush=True)

        with concurrent.futures.ThreadPoolExecutor(args.j) as pool:
            list(pool.map(one, plans))
        print(f"# {house.strikes} of {len(plans)} faults struck")
        if house.strikes < len(plans) * LEAST_STRUCK:
            print("Bail out! the faults do not strike: the library is not loaded, or counts other calls\n0 passed, 1 failed")
            return 1
    except GOES_WRONG as error:
        print(f"Bail out! {error}\n0 passed, 1 failed")
        return 1
    finally:
        shutil.rmtree(house.log_folder, ignore_errors=True)
    print(f"{counts[True]} passed, {counts[False]} failed")
    return 1 if counts[False] or not counts[True] else 0


if __name__ == "__main__":
    sys.exit(main())
