# SPDX-License-Identifier: Apache-2.0
"""libstrophe (Debian: libstrophe-dev): the program strophe.c beside this file."""
import os
import shutil
import subprocess

HERE = os.path.dirname(os.path.abspath(__file__))


def needs():
    if not shutil.which("pkg-config") or not shutil.which("gcc"):
        return "gcc or pkg-config is missing"
    found = subprocess.run(["pkg-config", "--exists", "libstrophe"], check=False).returncode == 0
    return None if found else "libstrophe-dev is missing"


def run(house):
    program = os.path.join(house.home, "strophe")
    flags = subprocess.run(["pkg-config", "--cflags", "--libs", "libstrophe"], capture_output=True, text=True, check=True).stdout
    code, output = house.finish(["gcc", "-std=gnu17", "-Wall", "-Wextra", "-o", program, os.path.join(HERE, "strophe.c"),
                                 *flags.split()])
    yield "the program builds", code == 0, output
    if code != 0:
        return
    for listener in ("xmpp", "xmpps"):
        host, port = house.address(listener)
        code, output = house.finish([program, host, str(port), "direct" if listener == "xmpps" else "starttls",
                                     house.jid("romeo") + "/balcony", house.password("romeo"),
                                     house.jid("juliet") + "/chamber", house.password("juliet")])
        for what in ("both have logged in", "the message has arrived", "the answer has arrived"):
            yield f"{listener}: {what}", f"OK {what}" in output, output
        yield f"{listener}: left in order", code == 0, output
