#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""run.py [--server …] [NAME…]: clients of other people log in, chat and read history. TAP; last line "N passed, N failed".

Each with_NAME.py beside this file drives one client: needs() says what is missing on this machine (then it is skipped),
run(house) yields (what, good, detail). PARLEYD and PARLEYCTL name the programs, PARLEY_SCRATCH a folder for what is built."""
import argparse
import glob
import importlib
import os
import secrets
import ssl
import subprocess
import sys
import tempfile
import time

sys.dont_write_bytecode = True
HERE = os.path.dirname(os.path.abspath(__file__))
sys.path[:0] = [HERE, os.path.join(HERE, "../talk")]
from player.client import Failure  # noqa: E402
from player.server import Foreign, Parleyd  # noqa: E402

SECONDS = float(os.environ.get("CLIENT_SECONDS", "30"))


class House:
    """What a driver needs: addresses, two accounts, the certificate, a folder of its own."""

    def __init__(self, server, name, scratch):
        self.server, self.domain, self.scratch = server, server.domain, scratch
        tag = secrets.token_hex(3)
        self.home = tempfile.mkdtemp(prefix=f"parley-{name}-")
        self.accounts = {who: (f"{who}-{name}-{tag}", f"sesame-{who}") for who in ("romeo", "juliet")}
        for user, password in self.accounts.values():
            server.add_user(user, password)

    def address(self, listener):
        return self.server.address(listener)

    def jid(self, who):
        return f"{self.accounts[who][0]}@{self.domain}"

    def password(self, who):
        return self.accounts[who][1]

    def certificate(self):
        """The server's certificate as a file, to be trusted."""
        path = os.path.join(self.home, "server.pem")
        with open(path, "w", encoding="ascii") as file:
            file.write(ssl.get_server_certificate(self.address("xmpps")))
        return path

    def start(self, command, **more):
        return subprocess.Popen(command, cwd=self.home, stdin=more.pop("stdin", subprocess.DEVNULL), text=True,
                                stdout=subprocess.PIPE, stderr=subprocess.STDOUT, **more)

    def finish(self, command, seconds=SECONDS, **more):
        """(exit code, output) of a command that ends by itself."""
        try:
            done = subprocess.run(command, cwd=self.home, text=True, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                                  timeout=seconds, check=False, **more)
        except subprocess.TimeoutExpired as late:
            text = late.stdout or b""
            return 124, text.decode("utf-8", "replace") if isinstance(text, bytes) else text
        return done.returncode, done.stdout

    @staticmethod
    def wait_until(question, seconds=SECONDS):
        """Asks again and again; gives back the first answer that is true, or the last."""
        end = time.monotonic() + seconds
        while not (answer := question()) and time.monotonic() < end:
            time.sleep(0.1)
        return answer


def parse():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--server", help="xmpp=host:port,xmpps=host:port,http=host:port, with open registration")
    parser.add_argument("--parleyd", default=os.environ.get("PARLEYD"))
    parser.add_argument("--parleyctl", default=os.environ.get("PARLEYCTL"))
    parser.add_argument("--scratch", default=os.environ.get("PARLEY_SCRATCH", os.path.join(tempfile.gettempdir(), "parley-clients")))
    parser.add_argument("names", nargs="*")
    return parser.parse_args()


def open_server(args, config):
    if args.server:
        parts = dict(part.split("=", 1) for part in args.server.split(","))
        return Foreign({name: (at.rpartition(":")[0], int(at.rpartition(":")[2])) for name, at in parts.items()})
    return Parleyd(args.parleyd, args.parleyctl, config)


def drive(driver, name, server, scratch):
    """All checks of one client; a driver that falls over is a failed check."""
    try:
        yield from driver.run(House(server, name, scratch))
    except (Failure, OSError, ValueError, KeyError, subprocess.SubprocessError) as error:
        yield f"{type(error).__name__}", False, str(error)


def play(name, args):
    """Everything about one client: a server of its own, the checks, and that the server ends well."""
    driver = importlib.import_module("with_" + name)
    if missing := driver.needs():
        yield f"SKIP {missing}", None, ""
        return
    config = getattr(driver, "CONFIG", "")  # what the server must have for this client
    if (config or hasattr(driver, "PLACE")) and args.server:
        yield "SKIP it wants a server of its own", None, ""
        return
    server = open_server(args, config)
    if place := getattr(driver, "PLACE", None):  # (domain, {listener: address}), for clients that cannot be told
        server.move(*place)
    try:
        server.start()
        for what, good, detail in drive(driver, name, server, args.scratch):
            yield what, good, detail if good or server.is_running() else f"{detail}\nthe server has ended:\n{server.tail()}"
        server.stop()
    except Failure as failure:
        yield "the server", False, str(failure)
    finally:
        server.remove()


def main():
    args = parse()
    os.makedirs(args.scratch, exist_ok=True)
    names = args.names or sorted(os.path.basename(path)[5:-3] for path in glob.glob(os.path.join(HERE, "with_*.py")))
    counts = {"ok": 0, "not ok": 0, "skipped": 0}
    for name in names:
        for what, good, detail in play(name, args):
            result = "skipped" if good is None else "ok" if good else "not ok"
            counts[result] += 1
            number = sum(counts.values())
            print(f"{'not ok' if good is False else 'ok'} {number} - {name}{' #' if good is None else ':'} {what}", flush=True)
            if result == "not ok":
                print("\n".join("# " + line for line in str(detail).splitlines()[-400:]))
    print(f"1..{sum(counts.values())}\n{counts['ok']} passed, {counts['not ok']} failed, {counts['skipped']} skipped")
    return 1 if counts["not ok"] or not counts["ok"] + counts["skipped"] else 0


if __name__ == "__main__":
    sys.exit(main())
