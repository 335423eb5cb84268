# SPDX-License-Identifier: Apache-2.0
"""What programs with windows need: a screen (Xvfb), a session bus and a home of their own, and a user who is not root. All of it ends with
the check, by process id. The other side of their talk is slixmpp_peer.py."""
import json
import os
import pwd
import shlex
import shutil
import subprocess
import threading

import with_slixmpp

HERE = os.path.dirname(os.path.abspath(__file__))
STOP_SECONDS = 10
PROGRAMS = ("Xvfb", "dbus-daemon", "gdbus", "setpriv")


def needs(program):
    missing = [name for name in (program, *PROGRAMS) if not shutil.which(name)]
    return f"{' and '.join(missing)} missing" if missing else with_slixmpp.needs()


class Desktop:
    """One screen, one bus, one home, and what runs there."""

    def __init__(self, house):
        self.house, self.children, self.logs = house, [], []
        self.home = os.path.join(house.home, "desktop")
        self.env = {"HOME": self.home, "PATH": os.environ["PATH"], "LANG": "C.UTF-8", "XDG_RUNTIME_DIR": self.path("run"), "NO_AT_BRIDGE": "1",
                    "XDG_CONFIG_HOME": self.path("config"), "XDG_DATA_HOME": self.path("data"), "XDG_CACHE_HOME": self.path("cache"),
                    "GDK_BACKEND": "x11", "LIBGL_ALWAYS_SOFTWARE": "1", "GSETTINGS_BACKEND": "memory", "TMPDIR": self.path("tmp")}
        for name in ("run", "config", "data", "cache", "tmp"):
            os.makedirs(self.path(name), mode=0o700)

    def path(self, *parts):
        return os.path.join(self.home, *parts)

    def __enter__(self):
        try:
            self.give_away()
            self.env["DISPLAY"] = ":" + self.first_line(["Xvfb", "-displayfd", "1", "-screen", "0", "1024x768x24", "-nolisten", "tcp"])
            self.env["DBUS_SESSION_BUS_ADDRESS"] = self.first_line(["dbus-daemon", "--session", "--nofork", "--print-address=1"])
        except BaseException:
            self.close()
            raise
        return self

    def __exit__(self, *_):
        self.close()

    def give_away(self):
        """Programs with windows refuse to run as root: the home belongs to nobody then."""
        self.as_user = []
        if os.geteuid() != 0:
            return
        user = pwd.getpwnam("nobody")
        self.as_user = ["setpriv", f"--reuid={user.pw_uid}", f"--regid={user.pw_gid}", "--clear-groups", "--inh-caps=-all", "--"]
        os.chmod(self.house.home, 0o711)
        for folder, names, files in os.walk(self.home):
            for name in [".", *names, *files]:
                os.chown(os.path.join(folder, name), user.pw_uid, user.pw_gid)

    def spawn(self, words, is_user=True, **more):
        child = subprocess.Popen([*(self.as_user if is_user else []), *words], cwd=self.home, env=self.env, text=True, stdin=subprocess.DEVNULL, **more)
        self.children.append(child)
        return child

    def first_line(self, words):
        child = self.spawn(words, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)
        line = child.stdout.readline().strip()
        if not line:
            raise OSError(f"{words[0]} did not start")
        threading.Thread(target=child.stdout.read, daemon=True).start()
        return line

    def start(self, words, instead=None, **env):
        """A program; what it says is kept for failures. instead: {path of the system: file that stands there for this program alone}; takes root."""
        self.env.update(env)
        log = open(os.path.join(self.house.home, "program.log"), "a", encoding="utf-8")
        self.logs.append(log)
        if instead:
            mounts = " && ".join(f"mount --bind {shlex.quote(file)} {path}" for path, file in instead.items())
            words = ["unshare", "--mount", "sh", "-c", f'{mounts} && exec "$@"', "sh", *self.as_user, *words]
        return self.spawn(words, not instead, stdout=log, stderr=subprocess.STDOUT)

    def stop(self, child):
        self.children.remove(child)
        child.terminate()
        try:
            child.wait(STOP_SECONDS)
        except subprocess.TimeoutExpired:
            child.kill()
            child.wait()

    def log(self):
        with open(os.path.join(self.house.home, "program.log"), encoding="utf-8", errors="replace") as file:
            return file.read()[-4000:]

    def call(self, name, path, method, *values):
        """What a method of an object on the bus answers, or None."""
        done = subprocess.run([*self.as_user, "gdbus", "call", "--session", "--timeout", "20", "--dest", name, "--object-path", path, "--method", method, *values],
                              cwd=self.home, env=self.env, capture_output=True, text=True, timeout=30, check=False)
        return done.stdout.strip() if done.returncode == 0 else None

    def close(self):
        for child in reversed(list(self.children)):
            self.stop(child)
        for log in self.logs:
            log.close()


class Peer:
    """slixmpp_peer.py, asked step by step."""

    def __init__(self, house, room):
        self.house = house
        job = {"server": house.address("xmpp"), "direct": False, "certificate": house.certificate(), "room": room,
               "romeo": [house.jid("romeo"), house.password("romeo")], "juliet": [house.jid("juliet"), house.password("juliet")]}
        self.child = subprocess.Popen([with_slixmpp.python(), os.path.join(HERE, "slixmpp_peer.py")], cwd=house.home, text=True,
                                      stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
        self.say(json.dumps(job))

    def say(self, line):
        self.child.stdin.write(line + "\n")
        self.child.stdin.flush()

    def begin(self, step):
        self.say(step)

    def end(self):
        """(good, what it said) of the step that was begun."""
        said = []
        for line in self.child.stdout:
            said.append(line)
            if line.startswith(("OK ", "no ")):
                return line.startswith("OK "), "".join(said)
        return False, "".join(said)

    def does(self, step):
        self.begin(step)
        return self.end()

    def close(self):
        self.child.stdin.close()
        try:
            self.child.wait(STOP_SECONDS)
        except subprocess.TimeoutExpired:
            self.child.kill()
            self.child.wait()
        self.child.stdout.close()
