# SPDX-License-Identifier: Apache-2.0
"""go-sendxmpp: sends from the command line, and listens on it. STARTTLS and direct TLS."""
import os
import shutil
import signal
import threading


def needs():
    return None if shutil.which("go-sendxmpp") else "go-sendxmpp is missing"


def _command(house, who, listener, *more):
    host, port = house.address(listener)
    direct = ["-t"] if listener == "xmpps" else []
    return ["go-sendxmpp", "-n", *direct, "-u", house.jid(who), "-p", house.password(who), "-j", f"{host}:{port}", *more]


def _converse(house, listener):
    env = {**os.environ, "HOME": house.home, "XDG_CONFIG_HOME": house.home, "XDG_DATA_HOME": house.home}
    heard = []
    ear = house.start(_command(house, "juliet", listener, "-l"), env=env)
    reader = threading.Thread(target=lambda: heard.extend(ear.stdout), daemon=True)
    reader.start()
    try:
        for number in range(40):  # it says nothing when it is there: try until the first message is heard
            code, output = house.finish(_command(house, "romeo", listener, house.jid("juliet")), env=env,
                                        input=f"try {number}\n")
            if code != 0 or house.wait_until(lambda: any("try" in line for line in heard), 1):
                break
        yield f"{listener}: logs in and sends", code == 0, output
        yield f"{listener}: the other hears it", any("try" in line for line in heard), "".join(heard)
        code, output = house.finish(_command(house, "romeo", listener, house.jid("juliet")), env=env,
                                    input="first line\nsecond <line> & more\n")
        good = house.wait_until(lambda: "second <line> & more" in "".join(heard), 10)
        yield f"{listener}: lines and markup arrive as they were", code == 0 and good, output + "".join(heard)
    finally:
        ear.send_signal(signal.SIGINT)
        try:
            ear.wait(5)
        except Exception:  # pylint: disable=broad-except
            ear.kill()
            ear.wait()
        reader.join(2)


def run(house):
    for listener in ("xmpp", "xmpps"):
        yield from _converse(house, listener)
    code, output = house.finish([*_command(house, "romeo", "xmpp", house.jid("juliet"))[:-1], house.jid("juliet"), "-p", "wrong"],
                                input="x\n", env={**os.environ, "HOME": house.home})
    yield "a wrong password is refused", code != 0, output
