# SPDX-License-Identifier: Apache-2.0
"""Lists of blocked addresses: files, SIGHUP, and commands."""
import json
import os

from bed import Server, equal, until, want


def write(path, text):
    with open(path, "w", encoding="utf-8") as out:
        out.write(text)


def blocked_by(server, address):
    return json.loads(server.ctl("block", "test", address, "--json"))["by"]


def check_files_and_commands():
    """a file is read at the start and on SIGHUP, one that is wrong changes nothing; commands hold at once, and after a restart"""
    with Server(is_started=False) as server:
        path = os.path.join(server.home, "blocked.txt")
        write(path, "# cats\n  tybalt@localhost  # their prince\n\n*.evil.example\nspam.example\n")
        server.set_config(f'block = {{ lists = [ "{path}" ]; }};')
        server.start()
        until(lambda: blocked_by(server, "tybalt@localhost/sword"), "the list of the start")
        for address, entry in (("a@b.evil.example", ".evil.example"), ("evil.example", None), ("x@spam.example/y", "spam.example"),
                               ("x@no.spam.example", None), ("romeo@localhost", None)):
            equal(blocked_by(server, address), entry, address)
        write(path, "spam.example\n")
        want("not reloaded" not in server.hang_up(), server.tail(3))
        until(lambda: blocked_by(server, "tybalt@localhost") is None, "the list of the reload")
        write(path, "spam.example\nthis is no address\n")
        server.hang_up()
        until(lambda: "line=2" in server.tail(20), "word of the second line")
        equal(blocked_by(server, "spam.example"), "spam.example")
        server.ctl("block", "add", "*.worse.example", "--reason", "worms")
        server.ctl("block", "add", "Paris@localhost")
        equal(blocked_by(server, "a.worse.example"), ".worse.example")
        equal(blocked_by(server, "paris@localhost"), "paris@localhost")
        rows = {row["address"]: row["reason"] for row in json.loads(server.ctl("block", "list", "--json"))}
        equal(rows, {"*.worse.example": "worms", "paris@localhost": ""})
        write(path, "spam.example\n")
        server.stop()
        server.start()
        until(lambda: blocked_by(server, "paris@localhost"), "what was added, after a restart")
        equal(blocked_by(server, "spam.example"), "spam.example")
        server.ctl("block", "remove", "paris@localhost")
        equal(blocked_by(server, "paris@localhost"), None)
