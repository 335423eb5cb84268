# SPDX-License-Identifier: Apache-2.0
"""The server of a conversation: a fresh parleyd in a folder of its own, or one that runs already."""
import os
import re
import shutil
import signal
import subprocess
import tempfile
import threading
import time

from .client import Client, Failure

LISTENERS = ("xmpp", "xmpps", "server", "component", "component_tls", "http", "https", "metrics")
READY_SECONDS = 30
STOP_SECONDS = 15


class Parleyd:
    """Ports are free ones of 127.0.0.1; the data folder goes with stop(), unless keep."""
    domain = "localhost"
    is_own = True

    def __init__(self, parleyd, parleyctl, config="", env=None, keep=False):
        self.parleyd, self.parleyctl, self.keep = parleyd, parleyctl, keep
        self.env = {**os.environ, **(env or {})}
        self.home = tempfile.mkdtemp(prefix="parley-talk-")
        self.config = os.path.join(self.home, "parley.conf")
        self.log_path = os.path.join(self.home, "log")
        self.child = None
        self.addresses, self.is_ready, self.reader, self.exit_code = {}, threading.Event(), None, None
        self.listen = {name: "127.0.0.1:0" for name in LISTENERS}
        self.extra = config
        self._write_config()

    def _write_config(self):
        listen = " ".join(f'{name} = "{address}";' for name, address in self.listen.items())
        with open(self.config, "w", encoding="utf-8") as file:
            file.write(f'domain = "{self.domain}";\ndata_dir = "{self.home}/data";\nlisten = {{ {listen} }};\n'
                       f'admins = [ "admin@{self.domain}" ];\n{self.extra}\n')

    def move(self, domain, listen):
        """Before the start: another domain, and addresses of some listeners."""
        self.domain = domain
        self.listen.update(listen)
        self._write_config()

    def address(self, listener):
        if listener not in self.addresses:
            raise Failure(f"the server has no listener {listener}: {self.addresses}")
        return self.addresses[listener]

    def start(self):
        """Starts and waits for the line with "ready"."""
        self.addresses = {}
        self.is_ready.clear()
        self.exit_code = None
        try:
            self.child = subprocess.Popen([self.parleyd, "--config", self.config], cwd=self.home, env=self.env,
                                          stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
        except OSError as error:
            raise Failure(f"could not start {self.parleyd}: {error}") from None
        self.reader = threading.Thread(target=self._follow, args=(self.child.stdout,), daemon=True)
        self.reader.start()
        if not self.is_ready.wait(READY_SECONDS) or not self.addresses:
            code = self.child.poll()
            raise Failure(f"parleyd is not ready ({'runs' if code is None else f'ended with {code}'}):\n{self.tail()}")

    def _follow(self, pipe):
        with open(self.log_path, "ab") as log:
            for line in pipe:
                log.write(line)
                log.flush()
                if not self.is_ready.is_set() and re.search(rb"\bready\b", line):
                    for name, host, port in re.findall(r'\b(\w+)="?\[?([\w.:]+?)\]?:(\d+)', line.decode("utf-8", "replace")):
                        self.addresses[name] = (host, int(port))
                    self.is_ready.set()
        self.is_ready.set()

    def tail(self, lines=300):
        try:
            with open(self.log_path, encoding="utf-8", errors="replace") as file:
                return "".join(file.readlines()[-lines:])
        except OSError:
            return ""

    def is_running(self):
        return self.child is not None and self.child.poll() is None

    def _gone(self):
        self.exit_code = self.child.wait()
        self.reader.join(5)
        self.child.stdout.close()
        self.child = None

    def kill(self):
        """As a power cut would: SIGKILL."""
        self.child.kill()
        self._gone()

    def stop(self):
        """SIGTERM, and it must end by itself and well."""
        if self.child is None:
            return
        self.child.send_signal(signal.SIGTERM)
        try:
            self.child.wait(STOP_SECONDS)
        except subprocess.TimeoutExpired:
            self.kill()
            raise Failure(f"parleyd did not stop within {STOP_SECONDS} s of SIGTERM:\n{self.tail()}") from None
        self._gone()
        if self.exit_code != 0:
            raise Failure(f"parleyd ended with {self.exit_code}:\n{self.tail()}")

    def ctl(self, *words, stdin=""):
        done = subprocess.run([self.parleyctl, "--config", self.config, *words], input=stdin, text=True, env=self.env,
                              cwd=self.home, capture_output=True, timeout=60, check=False)
        if done.returncode != 0:
            raise Failure(f"parleyctl {' '.join(words)}: {done.returncode}\n{done.stdout}{done.stderr}{self.tail(10)}")
        return done.stdout

    def add_user(self, user, password):
        self.ctl("user", "add", f"{user}@{self.domain}", stdin=password + "\n")

    def remove(self):
        if self.child is not None:
            self.kill()
        if not self.keep:
            shutil.rmtree(self.home, ignore_errors=True)


class Foreign:
    """A server that somebody else runs, with open registration (XEP-0077)."""
    is_own = False

    def __init__(self, addresses, domain="localhost"):
        self.addresses, self.domain = addresses, domain

    def address(self, listener):
        if listener not in self.addresses:
            raise Failure(f"no address was given for {listener}")
        return self.addresses[listener]

    def start(self):
        pass

    def stop(self):
        pass

    def remove(self):
        pass

    def is_running(self):
        return True

    def tail(self, lines=300):
        return ""

    def add_user(self, user, password):
        deadline = time.monotonic() + 10
        guest = Client("registration", None, {}, self)
        guest.prepare(deadline)
        guest.get_features(deadline)
        guest.result(f"<query xmlns='jabber:iq:register'><username>{user}</username><password>{password}</password></query>",
                     deadline)
        guest.disconnect(deadline)
