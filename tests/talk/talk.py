#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""talk.py [options] FILE-or-FOLDER...: plays conversations and prints TAP; the last line is "N passed, N failed".

Each file gets a fresh parleyd (PARLEYD and PARLEYCTL, or --parleyd and --parleyctl name the programs), or the
server of --server, which must allow in-band registration."""
import argparse
import concurrent.futures
import glob
import os
import secrets
import sys
import threading
import traceback

sys.dont_write_bytecode = True
from player import script as scripts  # noqa: E402
from player.client import Failure  # noqa: E402
from player.peer import AUTHORITY, Peer, configure  # noqa: E402
from player.play import Play  # noqa: E402
from player.server import Foreign, Parleyd  # noqa: E402

OWN_VERBS = ("restarts", "killed", "starts", "stops", "runs")


def alone(config):
    """Nothing leaves this machine: foreign domains would be looked for in the DNS."""
    return config if "s2s" in config else f"{config}\ns2s = {{ enabled = false; }};"


def arguments():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--server", help="host:port, or xmpp=host:port,xmpps=host:port,http=host:port")
    parser.add_argument("--has", action="append", default=[], help="a `server` line that holds for --server")
    parser.add_argument("--parleyd", default=os.environ.get("PARLEYD"))
    parser.add_argument("--parleyctl", default=os.environ.get("PARLEYCTL"))
    parser.add_argument("--seconds", type=float, default=float(os.environ.get("TALK_SECONDS", "5")), help="for each step")
    parser.add_argument("--list", action="store_true", help="print files and blocks, play nothing")
    parser.add_argument("--keep", action="store_true", help="leave the data folders of the servers")
    parser.add_argument("--go-on", action="store_true", help="after a failure go on with the next block")
    parser.add_argument("-j", type=int, default=2, help="how many files at once (2)")
    parser.add_argument("files", nargs="+")
    return parser.parse_args()


def find(names):
    for name in names:
        if os.path.isdir(name):
            yield from sorted(glob.glob(os.path.join(name, "**", "*.talk"), recursive=True))
        else:
            yield name


def foreign(text):
    parts = dict(part.split("=", 1) if "=" in part else ("xmpp", part) for part in text.split(","))
    return Foreign({name: (part.rpartition(":")[0], int(part.rpartition(":")[2])) for name, part in parts.items()})


def cannot(script, args):
    """Why a foreign server cannot play this file, or None."""
    if any(step.verb in OWN_VERBS for step in script.steps):
        return "needs a server that can be restarted"
    if script.peers:
        return "needs a server that knows its peers"
    missing = [line for line in script.config.splitlines() if line not in args.has]
    return f"needs a server with: {missing[0]}" if missing else None


def play(script, args):
    """({number of a block: report of its failure, or "" if it was not reached}, reason to skip)."""
    if args.server and (reason := cannot(script, args)):
        return {}, reason
    server = None
    acting = None
    peers = []
    try:
        for words in script.peers:
            peers.append(Peer(*words))
        config = alone(configure(script.config, peers))
        server = foreign(args.server) if args.server else Parleyd(args.parleyd, args.parleyctl, config, keep=args.keep)
        if peers:
            server.move(server.domain, {"server_tls": "127.0.0.1:0"})
        server.start()
        acting = Play(script, server, "-" + secrets.token_hex(3) if args.server else "", args.seconds, peers)
        failed = acting.run(args.go_on)
        acting.close()
        server.stop()
        return failed, None
    except Failure as failure:
        tail = server.tail() if server else ""
        report = str(failure) + ("\n  --- last of the server:\n" + tail if tail and tail not in str(failure) else "")
        at = acting.done_blocks if acting else 1
        return stopped(script, at, report), None
    except Exception:  # pylint: disable=broad-except  # the player is wrong: one file must not stop the others
        return stopped(script, 1, f"the player fell over:\n{traceback.format_exc()}"), None
    finally:
        if acting:
            acting.close()
        for peer in peers:
            peer.close()
        if server:
            server.remove()


def stopped(script, at, report):
    """All blocks from the one that failed have not passed."""
    last = len(script.blocks) - 1
    at = max(1, min(at, last))
    return {at: report, **{later: "" for later in range(at + 1, last + 1)}}


def main():
    args = arguments()
    try:
        all_scripts = [scripts.parse(name) for name in find(args.files)]
    except (scripts.Wrong, OSError) as error:
        print(f"Bail out! {error}\n0 passed, 1 failed")
        return 1
    if args.list:
        for script in all_scripts:
            print(script.name(), "-", script.title, *("   " + block for block in script.blocks[1:]), sep="\n")
        return 0
    if not args.server and not (args.parleyd and args.parleyctl):
        print("Bail out! PARLEYD and PARLEYCTL must name the programs\n0 passed, 1 failed")
        return 1
    print(f"1..{sum(len(script.blocks) - 1 for script in all_scripts)}", flush=True)
    counts, number, lock = {"ok": 0, "not ok": 0, "skipped": 0}, 0, threading.Lock()

    def one(script):
        nonlocal number
        failed, skip = play(script, args)
        with lock:
            for at, block in enumerate(script.blocks[1:], 1):
                number += 1
                good = skip or at not in failed
                late = " (not reached)" if failed.get(at) == "" else ""
                print(f"{'ok' if good else 'not ok'} {number} - {script.name()} {block}{late}{f' # SKIP {skip}' if skip else ''}")
                counts["skipped" if skip else "ok" if good else "not ok"] += 1
                if report := failed.get(at):
                    print("\n".join("# " + line for line in report.splitlines()))
            sys.stdout.flush()

    with concurrent.futures.ThreadPoolExecutor(args.j) as pool:
        list(pool.map(one, all_scripts))
    skipped = f", {counts['skipped']} skipped" if counts["skipped"] else ""
    print(f"{counts['ok']} passed, {counts['not ok']} failed{skipped}", flush=True)
    return 1 if counts["not ok"] or not all_scripts else 0


if __name__ == "__main__":
    try:
        sys.exit(main())
    finally:
        AUTHORITY.remove()
