#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""federation.py KIND [OPTION...]: two servers of one kind, a.test and b.test, and people of the one who talk with people of the other.

All of it is in namespaces of its own (tests/net/lab.py) with a server of names. Both servers are pinned to the first core, the load tool to
the last; processor time is that of both servers. Streams between them have TLS and certificates of a test authority (EXTERNAL); stream
management, archives on both sides, no limits. Prints a line of JSON for each run: its name and what the load tool said."""
import argparse
import json
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time

HOUSE = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
sys.path.insert(0, os.path.join(HOUSE, "tests", "net"))
import driver  # noqa: E402
import lab  # noqa: E402

CLIENTS, START_SECONDS = 5222, 60
RUNS = ["fed_w1", "fed_w10", "fed_open"]

PROSODY = """
run_as_root = true; daemonize = false; pidfile = "{place}/prosody.pid"; data_path = "{place}"
gc = {{ mode = "generational" }}
log = {{ warn = "{place}/prosody.log" }}
c2s_interfaces = {{ "{inside}" }}; s2s_interfaces = {{ "{outside}" }}; c2s_ports = {{ {port} }}; c2s_direct_tls_ports = {{ }}
http_ports = {{ }}; https_ports = {{ }}
modules_enabled = {{ "disco"; "roster"; "saslauth"; "tls"; "dialback"; "blocklist"; "bookmarks"; "carbons"; "pep"; "private"; "smacks";
	"vcard4"; "vcard_legacy"; "csi_simple"; "invites"; "ping"; "register"; "time"; "uptime"; "version"; "posix"; "mam" }}
c2s_require_encryption = true; s2s_require_encryption = true; s2s_secure_auth = true
ssl = {{ certificate = "{cert}"; key = "{key}"; cafile = "{ca}" }}
authentication = "internal_hashed"; allow_registration = true
storage = "internal"; default_archive_policy = true; archive_expires_after = "never"
storage_archive_item_limit_cache_size = 100000
VirtualHost "{domain}"
"""

PARLEYD = """
domain = "{domain}";
data_dir = "{place}/data";
listen = {{ xmpp = "{inside}:{port}"; server = "{outside}:5269"; xmpps = ""; component = ""; http = ""; https = ""; metrics = ""; }};
tls = {{ certificate = "{cert}"; key = "{key}"; }};
resolve = {{ servers = [ "{names}" ]; trust_anchor = "none"; }};
s2s = {{ ca = "{ca}"; certificates = "valid"; }};
strangers = {{ people = 0; domain_people = 0; messages = 0; }};
registration = {{ open = true; }};
workers = 1;
limits = {{ trusted = [ "127.0.0.0/8", "10.77.0.0/16" ]; server_stanzas = 1000000; server_bytes = "1GiB"; }};
"""


def prosody(_args, shown):
    with open(f"{shown['place']}/prosody.cfg.lua", "w", encoding="utf-8") as file:
        file.write(PROSODY.format(**shown))
    return ["prosody", "--config", file.name, "-F"]


def parleyd(args, shown):
    os.makedirs(f"{shown['place']}/data", mode=0o700, exist_ok=True)
    with open(f"{shown['place']}/parley.conf", "w", encoding="utf-8") as file:
        file.write(PARLEYD.format(**shown))
    return [args.program, "--config", file.name]


KINDS = {"parleyd": parleyd, "prosody": prosody}


class Server:
    """One of the two; number tells its addresses: clients come over loopback, the other server from outside."""

    def __init__(self, args, net, number, name):
        self.place, self.inside = os.path.join(args.place, name), f"127.0.0.{number}"
        self.domain, self.outside = f"{name}.test", f"10.77.0.{number}"
        os.makedirs(self.place)
        lab.run("ip", "addr", "add", f"{self.outside}/32", "dev", "lab")
        net.zone(self.domain, [f"xmpp IN A {self.outside}", "_xmpp-server._tcp IN SRV 0 0 5269 xmpp"])
        cert, key = net.ca.issue(self.place, self.domain)
        self.argv = KINDS[args.kind](args, {"place": self.place, "inside": self.inside, "outside": self.outside, "port": CLIENTS, "cert": cert,
                                            "key": key, "ca": net.ca.path, "domain": self.domain, "names": lab.NAMES})
        self.process = None

    def __enter__(self):
        with open(os.path.join(self.place, "output.log"), "ab") as log:
            self.process = subprocess.Popen(["taskset", "-c", str(driver.CORES[0]), *self.argv], cwd=self.place, stdout=log, stderr=log,
                                            stdin=subprocess.DEVNULL)
        end = time.monotonic() + START_SECONDS
        while not (lab.listens(self.inside, CLIENTS) and lab.listens(self.outside, 5269)):
            if time.monotonic() > end or self.process.poll() is not None:
                self.__exit__()
                with open(os.path.join(self.place, "output.log"), encoding="utf-8", errors="replace") as log:
                    raise RuntimeError(f"{self.domain} does not start:\n{log.read()[-2000:]}")
            time.sleep(0.1)
        return self

    def __exit__(self, *_):
        self.process.send_signal(signal.SIGTERM)
        try:
            self.process.wait(driver.STOP_SECONDS)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()


def swarm(args, one, other, mode, *words):
    """One run of the load tool: what its line of JSON says, or None."""
    command = ["taskset", "-c", str(driver.CORES[-1]), os.path.join(args.tools, "swarm"), mode, "--users", args.users, "--sasl", args.sasl,
               "--from-addr", 64, "--port", CLIENTS, "--keys", os.path.join(args.place, "keys"), *words]
    for prefix, server in (("--", one), ("--other-", other)):
        command += [f"{prefix}host", server.inside, f"{prefix}domain", server.domain, f"{prefix}pid", server.process.pid]
    try:
        done = subprocess.run([str(word) for word in command], stdout=subprocess.PIPE, text=True, check=False, timeout=driver.SWARM_SECONDS)
    except subprocess.TimeoutExpired:
        return None
    return json.loads(done.stdout) if done.stdout else None


def measure(args):
    chat = ["--measure", int(args.seconds * 1000), "--warmup", int(args.warmup * 1000)]
    words = {"fed_w1": ["--window", 1], "fed_w10": ["--window", 10], "fed_open": ["--rate", args.rate]}
    with lab.Lab() as net:
        one, other = Server(args, net, 2, "a"), Server(args, net, 3, "b")
        net.start_names()
        with one, other:
            print(json.dumps(["fed_register", swarm(args, one, other, "register")]), flush=True)
            for run in args.runs:
                print(json.dumps([run, swarm(args, one, other, "chat", *words[run], *chat)]), flush=True)


def main():
    args = argparse.ArgumentParser(description=__doc__.split("\n", maxsplit=1)[0])
    args.add_argument("kind", choices=list(KINDS))
    args.add_argument("--program", default=os.path.join(HOUSE, "build/release/src/parleyd"))
    args.add_argument("--tools", default=os.path.join(HOUSE, "build/swarm/tests/swarm"), help="folder of the load tool")
    args.add_argument("--data", help="where the servers keep data")
    args.add_argument("--runs", type=lambda text: text.split(","), default=RUNS, metavar=",".join(RUNS))
    args.add_argument("--users", type=int, default=200)
    args.add_argument("--seconds", type=float, default=6)
    args.add_argument("--warmup", type=float, default=2)
    args.add_argument("--rate", type=int, default=1000)
    args.add_argument("--sasl", choices=("scram", "plain"), default="scram")
    args = args.parse_args()
    lab.enter()
    args.place = tempfile.mkdtemp(prefix=f"bench-fed-{args.kind}-", dir=args.data)
    try:
        measure(args)
    finally:
        shutil.rmtree(args.place, ignore_errors=True)


if __name__ == "__main__":
    main()
