# SPDX-License-Identifier: Apache-2.0
"""Profanity in a terminal of tmux: logs in over STARTTLS and over direct TLS, chats, is read on the screen."""
import os
import shutil
import subprocess


def needs():
    missing = [name for name in ("profanity", "tmux") if not shutil.which(name)]
    return f"{' and '.join(missing)} missing" if missing else None


class Screen:
    """One profanity in one tmux server of its own."""

    def __init__(self, house, who, listener):
        self.house, self.who, self.listener = house, who, listener
        self.socket = os.path.join(house.home, f"tmux-{who}-{listener}")
        home = os.path.join(house.home, f"{who}-{listener}")
        os.makedirs(home)
        self.env = {"HOME": home, "PATH": os.environ["PATH"], "LANG": "C.UTF-8", "TERM": "screen",
                    "XDG_CONFIG_HOME": home + "/config", "XDG_DATA_HOME": home + "/data"}
        self.tmux("-f", "/dev/null", "new-session", "-d", "-x", "160", "-y", "50", "profanity")

    def tmux(self, *words):
        return subprocess.run(["tmux", "-S", self.socket, *words], env=self.env, capture_output=True, text=True,
                              timeout=10, check=False)

    def type(self, text):
        self.tmux("send-keys", "-l", text)
        self.tmux("send-keys", "Enter")

    def text(self):
        return self.tmux("capture-pane", "-p", "-J").stdout

    def sees(self, what, seconds=15):
        return self.house.wait_until(lambda: what in self.text(), seconds)

    def login(self):
        host, port = self.house.address(self.listener)
        self.sees("Profanity")
        mode = "legacy" if self.listener == "xmpps" else "trust"
        self.type(f"/connect {self.house.jid(self.who)} server {host} port {port} tls {mode}")
        if not self.sees("password:", 5):
            return False
        self.type(self.house.password(self.who))
        if self.sees("/tls allow", 3):  # asks about the certificate: once
            self.type("/tls allow")
        return self.sees("logged in successfully") or self.sees(self.house.jid(self.who) + " logged in")

    def close(self):
        self.type("/quit")
        self.house.wait_until(lambda: self.tmux("has-session").returncode != 0, 5)
        self.tmux("kill-server")


def run(house):
    for listener in ("xmpp", "xmpps"):
        romeo, juliet = Screen(house, "romeo", listener), Screen(house, "juliet", listener)
        try:
            good = romeo.login() and juliet.login()
            yield f"{listener}: both log in", good, romeo.text() + juliet.text()
            romeo.type(f"/msg {house.jid('juliet')} what light through yonder window")
            juliet.sees(house.accounts["romeo"][0])
            juliet.type(f"/msg {house.jid('romeo')} ay me")
            yield f"{listener}: a message goes there", juliet.sees("what light through yonder window"), juliet.text()
            yield f"{listener}: and comes back", romeo.sees("ay me"), romeo.text()
        finally:
            romeo.close()
            juliet.close()
