#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""files.py [--mib N] [--rounds N] [--turns N] [--key]: uploads and ranged downloads of N different files over TLS, beside nginx (dav and
static files) with the same kind of certificate and the same client, in turns. Prints bytes per CPU second of the server, its RSS while files
move, and how the medians compare. --key: ours encrypted on the disk, too. PARLEYD and PARLEYCTL name the programs; nginx(8) and openssl(1) must be there."""
import argparse
import http.client
import os
import shutil
import ssl
import statistics
import subprocess
import sys
import tempfile
import time

sys.dont_write_bytecode = True
sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "../talk"))
from player.client import Client  # noqa: E402
from player.server import Parleyd  # noqa: E402
from player.upload import ask  # noqa: E402

PIECE, TICKS = 1024 * 1024, os.sysconf("SC_CLK_TCK")
NGINX = """daemon off; master_process off; worker_processes 1; pid %(at)s/pid; error_log %(at)s/log;
events { worker_connections 64; }
http { access_log off; client_body_temp_path %(at)s/tmp; client_max_body_size 0; sendfile on; tcp_nopush on;
  server { listen 127.0.0.1:%(port)d ssl; ssl_certificate %(cert)s; ssl_certificate_key %(key)s; ssl_protocols TLSv1.3;
    root %(at)s/root; location / { dav_methods PUT; create_full_put_path on; } } }
"""


def cpu(pid):
    with open(f"/proc/{pid}/stat", encoding="ascii") as file:
        words = file.read().rpartition(")")[2].split()
    return (int(words[11]) + int(words[12])) / TICKS


def rss(pid):
    with open(f"/proc/{pid}/statm", encoding="ascii") as file:
        return int(file.read().split()[1]) * os.sysconf("SC_PAGESIZE")


class Meter:
    def __init__(self, pid, name, count):
        self.pid, self.name, self.count, self.peak = pid, name, count, 0

    def __enter__(self):
        self.began, self.wall = cpu(self.pid), time.monotonic()
        return self

    def look(self):
        self.peak = max(self.peak, rss(self.pid))

    def __exit__(self, *_):
        used, wall = cpu(self.pid) - self.began, time.monotonic() - self.wall
        self.rate = self.count / max(used, 1 / TICKS)
        print(f"{self.name}: {self.rate / 1e6:.0f} MB per CPU second ({used:.2f} s CPU, {wall:.1f} s), RSS up to {self.peak >> 20} MiB",
              flush=True)


def connect(port):
    return http.client.HTTPSConnection("127.0.0.1", port, context=ssl._create_unverified_context(), timeout=120)


def put(port, path, headers, size, meter):
    conn = connect(port)
    conn.putrequest("PUT", path)
    for name, value in {**headers, "Content-Length": str(size)}.items():
        conn.putheader(name, value)
    conn.endheaders()
    left, mark = size, os.urandom(16)  # no two files are the same
    while left:
        conn.send((mark + PATTERN)[:min(left, PIECE)])
        left -= min(left, PIECE)
        meter.look()
    answer = conn.getresponse()
    answer.read()
    conn.close()
    if answer.status not in (201, 204):
        raise SystemExit(f"PUT: {answer.status}")


def get(port, path, first, last, meter):
    conn = connect(port)
    conn.request("GET", path, headers={"Range": f"bytes={first}-{last}"})
    answer = conn.getresponse()
    left = last - first + 1
    while left:
        part = answer.read(min(left, PIECE))
        if not part:
            raise SystemExit("the body is short")
        left -= len(part)
        meter.look()
    conn.close()


def measure(name, pid, port, paths, headers, size):
    """(upload, download) in bytes per CPU second."""
    with Meter(pid, f"{name} upload", size * len(paths)) as up:
        for path, head in zip(paths, headers):
            put(port, path, head, size, up)
    with Meter(pid, f"{name} ranges", (size - 2) * len(paths)) as down:
        for path in paths:
            get(port, path, 1, size // 2, down)
            get(port, path, size // 2 + 1, size - 2, down)
    return up.rate, down.rate


def nginx(folder, size, rounds):
    at = os.path.join(folder, "nginx")
    for name in ("root", "tmp"):
        os.makedirs(os.path.join(at, name))
    cert, key, port = (os.path.join(folder, "cert.pem"), os.path.join(folder, "key.pem"), 18443)
    subprocess.run(["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-keyout", key,
                    "-out", cert, "-days", "2", "-subj", "/CN=localhost"], check=True, capture_output=True)
    conf = os.path.join(at, "conf")
    with open(conf, "w", encoding="ascii") as file:
        file.write("user root;\n" * (os.getuid() == 0) + NGINX % {"at": at, "port": port, "cert": cert, "key": key})
    child = subprocess.Popen(["nginx", "-c", conf, "-p", at, "-e", f"{at}/log"])
    try:
        time.sleep(1)
        return measure("nginx", child.pid, port, [f"/f{n}" for n in range(rounds)], [{}] * rounds, size)
    finally:
        child.terminate()
        child.wait()


def parley(size, rounds, is_sealed):
    files = 'files = { key_file = "keys"; quota = "0"; };' if is_sealed else 'files = { quota = "0"; };'
    server = Parleyd(os.environ["PARLEYD"], os.environ["PARLEYCTL"], config=f"workers = 1; {files}")
    try:
        with open(os.path.join(os.path.dirname(server.config), "keys"), "w", encoding="ascii") as file:
            file.write("ab" * 32 + "\n")
        server.start()
        server.add_user("romeo", "sesame-open-7")
        romeo = Client("romeo/x", ("romeo", "sesame-open-7"), {}, server)
        romeo.login(time.monotonic() + 30)
        slots = [ask(romeo, size, time.monotonic() + 30) for _ in range(rounds)]
        return measure("parley, encrypted" if is_sealed else "parley", server.child.pid, server.address("https")[1],
                       [slot.path for slot in slots], [slot.headers for slot in slots], size)
    finally:
        server.remove()


def main():
    words = argparse.ArgumentParser()
    words.add_argument("--mib", type=int, default=200)
    words.add_argument("--rounds", type=int, default=4)
    words.add_argument("--turns", type=int, default=1)
    words.add_argument("--key", action="store_true")
    args = words.parse_args()
    size, found = args.mib << 20, {}
    for _ in range(args.turns):
        folder = tempfile.mkdtemp(prefix="parley-files-")
        try:
            found.setdefault("nginx", []).append(nginx(folder, size, args.rounds))
        finally:
            shutil.rmtree(folder)
        for is_sealed in (False, True)[:1 + args.key]:
            found.setdefault("parley, encrypted" if is_sealed else "parley", []).append(parley(size, args.rounds, is_sealed))
    tell(found)


def tell(found):
    theirs = found.pop("nginx")
    for name, ours in found.items():
        for at, what in enumerate(("upload", "ranges")):
            pairs = sorted(one[at] / other[at] for one, other in zip(ours, theirs))
            print(f"{name}, {what}: median {statistics.median(one[at] for one in ours) / 1e6:.0f} MB per CPU second "
                  f"(nginx {statistics.median(one[at] for one in theirs) / 1e6:.0f}); of nginx in the same turn "
                  f"{statistics.median(pairs):.2f} ({pairs[0]:.2f} to {pairs[-1]:.2f})")


PATTERN = os.urandom(PIECE)
if __name__ == "__main__":
    main()
