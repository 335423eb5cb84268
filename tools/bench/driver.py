# SPDX-License-Identifier: Apache-2.0
"""Builds the load tool, runs one server at a time pinned to the first core, and the load tool pinned to the last."""
import json
import os
import signal
import socket
import subprocess
import sys
import time

HOUSE = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
CORES = sorted(os.sched_getaffinity(0))
STOP_SECONDS, START_SECONDS, SWARM_SECONDS, APART_SECONDS = 20, 60, 150, 600


def build_tools(folder):
    """The folder with swarm and relay, built optimised."""
    own = os.path.join(folder, "tests/swarm")
    if not os.access(os.path.join(own, "swarm"), os.X_OK):
        build = os.path.join(HOUSE, "build/swarm")
        again = ["--reconfigure"] if os.path.exists(f"{build}/build.ninja") else []
        for command in (["meson", "setup", *again, build, HOUSE, "--buildtype=release"],
                        ["ninja", "-C", build, "tests/swarm/swarm", "tests/swarm/relay"]):
            done = subprocess.run(command, capture_output=True, text=True, check=False)
            if done.returncode:
                sys.exit(done.stdout[-3000:] + done.stderr[-3000:])
        own = os.path.join(build, "tests/swarm")
    return own


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


class Server:
    """One peer's process; its data outlive it, so it can be started again."""
    def __init__(self, prepare, place):
        self.place, self.port, self.process = place, free_port(), None
        self.argv, self.environment, self.note = prepare(place, self.port)

    def __enter__(self):
        with open(os.path.join(self.place, "output.log"), "ab") as log:
            self.process = subprocess.Popen(["taskset", "-c", str(CORES[0]), *self.argv], cwd=self.place, stdout=log, stderr=log,
                                            stdin=subprocess.DEVNULL, env={**os.environ, **self.environment}, start_new_session=True)
        end = time.monotonic() + START_SECONDS
        while time.monotonic() < end and self.process.poll() is None:
            try:
                socket.create_connection(("127.0.0.1", self.port), 1).close()
                time.sleep(1)
                return self
            except OSError:
                time.sleep(0.1)
        self.__exit__()
        with open(os.path.join(self.place, "output.log"), encoding="utf-8", errors="replace") as log:
            raise RuntimeError(f"{self.argv[0]} does not start:\n{log.read()[-2000:]}")

    def __exit__(self, *_):
        self.process.send_signal(signal.SIGTERM)
        try:
            self.process.wait(STOP_SECONDS)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()


def swarm(tools, server, mode, *words):
    """One run of the load tool: what its line of JSON says, or None."""
    command = ["taskset", "-c", str(CORES[-1]), os.path.join(tools, "swarm"), mode, "--port", str(server.port), "--pid",
               str(server.process.pid), "--from-addr", "64", "--keys", os.path.join(server.place, "keys"), *map(str, words)]
    try:
        done = subprocess.run(command, stdout=subprocess.PIPE, text=True, check=False, timeout=SWARM_SECONDS)
    except subprocess.TimeoutExpired:
        return None
    print(f"  {mode} {' '.join(map(str, words))}\n  {done.stdout.strip()}", file=sys.stderr, flush=True)
    return json.loads(done.stdout) if done.stdout else None


def apart(name, tools, program, *words):
    """run -> result of a program beside this one: two servers that talk with each other (federation.py), others that hang (hanging.py)."""
    command = [os.path.join(HOUSE, f"tools/bench/{name}.py"), "--tools", tools, "--program", program, *map(str, words)]
    try:
        done = subprocess.run(command, stdout=subprocess.PIPE, text=True, check=False, timeout=APART_SECONDS)
    except subprocess.TimeoutExpired:
        return {name: None}
    print(f"  {name}\n{done.stdout.strip()}", file=sys.stderr, flush=True)
    return dict(map(json.loads, done.stdout.splitlines())) if done.returncode == 0 else {name: None}


def make_certificate(place):
    subprocess.run(["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes",
                    "-days", "30", "-subj", "/CN=localhost", "-addext", "subjectAltName=DNS:localhost",
                    "-keyout", f"{place}/key.pem", "-out", f"{place}/cert.pem"], check=True, capture_output=True)
