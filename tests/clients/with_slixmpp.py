# SPDX-License-Identifier: Apache-2.0
"""slixmpp (Debian: python3-slixmpp): STARTTLS and direct TLS, chat, carbons, receipts, archive."""
import json
import os
import subprocess
import sys

HERE = os.path.dirname(os.path.abspath(__file__))


def python(modules="slixmpp"):
    """An interpreter that has slixmpp: Debian's, if the one that runs is another."""
    for python in (sys.executable, "/usr/bin/python3"):
        if subprocess.run([python, "-c", "import " + modules], capture_output=True, check=False).returncode == 0:
            return python
    return None


def needs():
    return None if python() else "python3-slixmpp is missing"


def play(house, program, listener, wanted, **more):
    """Runs a program of this folder with both accounts, and more in its job; each of wanted must be among its lines "OK what"."""
    job = {"server": house.address(listener), "direct": listener == "xmpps", "certificate": house.certificate(),
           "romeo": [house.jid("romeo"), house.password("romeo")],
           "juliet": [house.jid("juliet"), house.password("juliet")], **more}
    env = {**os.environ, "SSL_CERT_FILE": job["certificate"]}  # what aiohttp trusts
    code, output = house.finish([python(), os.path.join(HERE, program), json.dumps(job)], env=env)
    done = [line[3:] for line in output.splitlines() if line.startswith("OK ")]
    for what in wanted:
        yield f"{listener}: {what}", what in done, output
    yield f"{listener}: left in order", code == 0, output


def run(house):
    for listener in ("xmpp", "xmpps"):
        yield from play(house, "slixmpp_pair.py", listener, (
            "both have logged in", "a message went there", "and an answer came back", "a carbon copy came",
            "the archive has both"))
