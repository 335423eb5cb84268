# SPDX-License-Identifier: Apache-2.0
"""Backups of a server that works, and what comes back out of them."""
import glob
import hashlib
import random
import shutil
import sqlite3
import threading

from bed import PARLEYCTL, PARLEYD, Server, certificate, closing, equal, json, os, run, subprocess, time, until, want

PAIRS = 3
KILLS = 8


def ctl(server, *words, code=0):
    found, out, err = run(PARLEYCTL, "--config", server.config, *words, "--json", cwd=server.home)
    equal(found, code, f"{' '.join(words)}: {out}{err}")
    return json.loads(out)


def restore(server, backup, code=0):
    """(stdout, stderr) of parleyd --restore."""
    found, out, err = run(PARLEYD, "--config", server.config, "--restore", backup, cwd=server.home)
    equal(found, code, f"--restore {backup}: {out}{err}")
    return out, err


def empty(domain="localhost", extra=""):
    return Server(extra, is_started=False, domain=domain)


def bodies(data):
    base = sqlite3.connect(f"file:{data}/parley.db?mode=ro", uri=True)
    try:
        return [bytes(row[0]).decode() for row in base.execute("SELECT stanza FROM body")]
    finally:
        base.close()


class Load:
    """Pairs of clients that say things to one another as fast as they can; heard is what was acknowledged."""

    def __init__(self, server):
        self.clients, self.heard, self.failed, self.is_over = [], [], [], False
        for i in range(PAIRS):
            self.clients += [server.login(f"romeo{i}/one"), server.login(f"juliet{i}/one")]
        self.threads = [threading.Thread(target=self.talk, args=(i,), daemon=True) for i in range(PAIRS)]
        for thread in self.threads:
            thread.start()

    def talk(self, i):
        romeo, juliet = self.clients[2 * i:2 * i + 2]
        n = 0
        try:
            while not self.is_over:
                body = f"word-{i}-{n}-end"
                romeo.message(f"juliet{i}@localhost", body)
                juliet.hear_body(body)
                self.heard.append(body)
                n += 1
        except Exception as error:  # the main thread tells
            self.failed.append(error)

    def stop(self):
        self.is_over = True
        for thread in self.threads:
            thread.join(30)
        want(not self.failed, f"the load broke: {self.failed}")


USERS = [f"{name}{i}" for i in range(PAIRS) for name in ("romeo", "juliet")]


def check_under_load():
    """everything that was acknowledged before a backup began is in it, and what is in it is whole; the load goes on meanwhile"""
    with Server(users=USERS) as server:
        load = Load(server)
        with closing(*load.clients):
            goals, acknowledged = [], []
            for n in range(3):
                until(lambda: len(load.heard) > 60 * (n + 1), "messages")
                acknowledged.append(list(load.heard))
                goals.append(os.path.join(server.home, f"backup{n}"))
                made = ctl(server, "backup", goals[-1])
                want(made["accounts"] == len(USERS) and made["messages"] >= len(acknowledged[-1]), made)
            count = len(load.heard)
            until(lambda: len(load.heard) > count + 20, "messages after the backups")
            load.stop()
        for goal, words in zip(goals, acknowledged):
            with empty() as other:
                out, _ = restore(other, goal)
                want(f"{len(USERS)} accounts" in out, out)
                kept = "".join(bodies(os.path.join(other.home, "data")))
                missing = [word for word in words if f">{word}<" not in kept]
                equal(missing, [], f"acknowledged of {len(words)}, and not in the backup")
                other.start()
                with closing(other.login("juliet0/again"), other.login("romeo0/again")) as (juliet, romeo):  # with the old passwords
                    romeo.message("juliet0@localhost", "we live")
                    juliet.hear_body("we live")


def check_interrupted():
    """a server killed in the middle of a backup leaves a whole one or none: what has another name is refused, and the data is unharmed"""
    with Server(users=["romeo", "juliet"]) as server:
        with closing(server.login("romeo/one")) as (romeo,):
            for n in range(40):
                romeo.message("juliet@localhost", f"long-{n} " + "x" * 20000)
            until(lambda: ctl(server, "stats")["stored_messages"] == 40, "messages")
        whole = halves = 0
        for n in range(KILLS):
            goal = os.path.join(server.home, f"backup{n}")
            asked = subprocess.Popen([PARLEYCTL, "--config", server.config, "backup", goal], stdout=subprocess.DEVNULL,
                                     stderr=subprocess.DEVNULL)
            if n:
                time.sleep(random.uniform(0, 0.12))
            else:
                until(lambda: glob.glob(goal + ".part-*") or os.path.exists(goal), "the backup to begin")
            server.kill()
            asked.wait(20)
            for part in glob.glob(goal + ".part-*"):
                with empty() as other:  # all but the name may be there: then it is as good as whole
                    data = os.path.join(other.home, "data")
                    code, _, err = run(PARLEYD, "--config", other.config, "--restore", part)
                    want(code == 1 and "no whole backup" in err or len(bodies(data)) == 40, f"{code} {err}")
                    want(code == 0 or not os.path.exists(data), "a half backup was restored")
                    halves += code
            if os.path.exists(goal):
                whole += 1
                with empty() as other:
                    restore(other, goal)
            server.start()
        want(halves, f"no backup was hit in its middle ({whole} whole ones)")
        equal(sum("long-" in body for body in bodies(os.path.join(server.home, "data"))), 40, "messages")


def sign(backup, change):
    """Changes the manifest, with the right sum."""
    path = os.path.join(backup, "manifest.json")
    with open(path, encoding="utf-8") as file:
        manifest = json.load(file)
    change(manifest)
    text = json.dumps(manifest).encode()
    with open(path, "wb") as file:
        file.write(text)
    with open(os.path.join(backup, "manifest.sha256"), "w", encoding="utf-8") as file:
        file.write(f"{hashlib.sha256(text).hexdigest()}  manifest.json\n")


def flip(path):
    with open(path, "r+b") as file:
        file.seek(os.path.getsize(path) // 2)
        byte = file.read(1)[0]
        file.seek(-1, os.SEEK_CUR)
        file.write(bytes([byte ^ 1]))


def cut(path):
    with open(path, "r+b") as file:
        file.truncate(os.path.getsize(path) - 1)


def rename_file(name):
    def change(manifest):
        manifest["files"][0]["name"] = name
    return change


def drop_store(manifest):
    manifest["files"] = [file for file in manifest["files"] if file["name"] != "data/parley.db"]


DAMAGE = [
    ("a bit of the store", lambda b: flip(b + "/data/parley.db"), "data/parley.db"),
    ("a bit of the secrets", lambda b: flip(b + "/data/secrets"), "data/secrets"),
    ("a shorter file", lambda b: cut(b + "/data/cert.pem"), "data/cert.pem"),
    ("a missing file", lambda b: os.unlink(b + "/data/key.pem"), "data/key.pem"),
    ("a bit of the configuration's copy", lambda b: flip(b + "/settings/parley.conf"), "settings/parley.conf"),
    ("a link in the place of a file", lambda b: (os.unlink(b + "/data/secrets"), os.mkfifo(b + "/data/secrets")), "data/secrets"),
    ("a bit of the manifest", lambda b: flip(b + "/manifest.json"), "manifest"),
    ("no manifest", lambda b: os.unlink(b + "/manifest.json"), "no whole backup"),
    ("no sum of the manifest", lambda b: os.unlink(b + "/manifest.sha256"), "no whole backup"),
    ("a manifest that is no JSON", lambda b: sign_text(b, b"{"), "damaged"),
    ("a manifest of a newer form", lambda b: sign(b, lambda m: m.update(format=2)), "newer"),
    ("a wrong count", lambda b: sign(b, lambda m: m.update(accounts=m["accounts"] + 1)), "manifest says"),
    ("no store", lambda b: sign(b, drop_store), "parley.db"),
    ("a negative number", lambda b: sign(b, lambda m: m.update(messages=-1)), "damaged"),
    ("another domain", lambda b: sign(b, lambda m: m.update(domain="other.example")), "other.example"),
] + [(f"the name {name!r}", lambda b, name=name: sign(b, rename_file(name)), "damaged") for name in
     ("../x", "data/../../x", "data//x", "/etc/passwd", "data/", "data/.x", "x", "data/a/b/c/d/e/f", "data/a\u0000b", "data/a b", 7)]


def sign_text(backup, text):
    with open(os.path.join(backup, "manifest.json"), "wb") as file:
        file.write(text)
    with open(os.path.join(backup, "manifest.sha256"), "w", encoding="utf-8") as file:
        file.write(hashlib.sha256(text).hexdigest())


def check_damaged():
    """a backup with any damage is refused with its place, and nothing is left where it should have gone"""
    with Server(users=["romeo"]) as server:
        good = os.path.join(server.home, "good")
        ctl(server, "backup", good)
        with empty() as other:
            for what, damage, words in DAMAGE:
                bad = os.path.join(server.home, "bad")
                shutil.copytree(good, bad)
                damage(bad)
                _, err = restore(other, bad, code=1)
                want(words in err, f"{what}: wanted {words!r} in {err!r}")
                equal([name for name in os.listdir(other.home) if name.startswith("data")], [], f"left by {what}")
                shutil.rmtree(bad)
            restore(other, good)


def check_newer_tables():
    """a backup whose store is of a newer version is refused, and so is a database that is none of ours"""
    with Server(users=["romeo"]) as server:
        good = os.path.join(server.home, "good")
        ctl(server, "backup", good)
        path = good + "/data/parley.db"
        for pragma, words in (("user_version = 99", "newer"), ("application_id = 7", "parley.db")):
            base = sqlite3.connect(path)
            base.execute(f"PRAGMA {pragma}")
            base.commit()
            base.close()

            def fit(manifest):
                with open(path, "rb") as file:
                    sum_ = hashlib.sha256(file.read()).hexdigest()
                for row in manifest["files"]:
                    if row["name"] == "data/parley.db":
                        row.update(sha256=sum_, size=os.path.getsize(path))
            sign(good, fit)
            with empty() as other:
                _, err = restore(other, good, code=1)
                want(words in err, err)


def check_target():
    """nothing is restored over something, while a server runs, or from nowhere; an empty folder is taken"""
    with Server(users=["romeo"]) as server:
        goal = os.path.join(server.home, "b")
        ctl(server, "backup", "b")  # relative: meant from where parleyctl stands
        want(os.path.isfile(goal + "/manifest.json"), "the relative path was taken in another sense")
        _, err = restore(server, goal, code=1)
        want("not an empty folder" in err, err)
        restore(server, os.path.join(server.home, "nowhere"), code=1)
        with empty() as other:
            os.mkdir(os.path.join(other.home, "data"), 0o700)
            restore(other, goal)
            with open(os.path.join(other.home, "data", "parley.db"), "rb") as file:
                before = file.read()
            restore(other, goal, code=1)
            with open(os.path.join(other.home, "data", "parley.db"), "rb") as file:
                equal(file.read() == before, True, "the data is as it was")
            for path, _, files in os.walk(os.path.join(other.home, "data")):
                equal(os.stat(path).st_mode & 0o777, 0o700, path)
                for name in files:
                    equal(os.stat(os.path.join(path, name)).st_mode & 0o777, 0o600, name)


def check_tool():
    """parleyctl restore does the same where no server runs, and refuses where one does, where something stands, and what is damaged"""
    with Server(users=["romeo"]) as server:
        ctl(server, "backup", "b")
        goal = os.path.join(server.home, "b")
        answer = ctl(server, "restore", goal, code=1)
        equal(answer["error"]["code"], "running")
        server.stop()
        tool = (PARLEYCTL, "--config", server.config, "restore")
        code, out, err = run(*tool, goal)
        want(code == 1 and not out and "not an empty folder" in err, f"{code} {out} {err}")
        shutil.rmtree(os.path.join(server.home, "data"))
        for words in ((), (goal, goal), ("--help",)):
            equal(run(*tool, *words)[0], 2, words)
        with open(os.path.join(goal, "data/secrets"), "r+b") as file:
            first = file.read(1)
            file.seek(0)
            file.write(bytes([first[0] ^ 1]))
        code, out, err = run(*tool, goal)
        want(code == 1 and not out and "damaged" in err, f"{code} {out} {err}")
        equal(os.path.exists(os.path.join(server.home, "data")), False, "half of a restore")
        with open(os.path.join(goal, "data/secrets"), "r+b") as file:
            file.write(first)
        code, out, err = run(*tool, "b", "--json", cwd=server.home)
        equal((code, err), (0, ""))
        equal((json.loads(out)["accounts"], json.loads(out)["data_dir"]), (1, os.path.join(server.home, "data")))
        server.start()
        server.login().leave()
        server.stop()
        shutil.rmtree(os.path.join(server.home, "data"))
        code, out, err = run(*tool, goal)
        want(code == 0 and "1 accounts" in out and not err, f"{code} {out} {err}")
        with open(server.config, "a", encoding="ascii") as file:
            file.write('domain_of_others = "x";')  # what only the server judges
        code, _, err = run(PARLEYCTL, "--config", server.config, "restore", goal)
        want(code == 1, err)


def check_refusals():
    """a backup is refused where something stands, where nothing can be made, and leaves nothing there"""
    with Server(users=["romeo"]) as server:
        os.mkdir(os.path.join(server.home, "taken"))
        for path, code in (("taken", "exists"), ("no/such/folder", "not-found"), ("", "invalid"), ("/", "invalid"),
                           ("x" * 300, "failed"), ("/proc/b", "not-found")):
            answer = ctl(server, "backup", path, code=1)
            want(answer["error"]["code"] == code, f"{path}: {answer}")
        equal([name for name in os.listdir(server.home) if "part" in name], [], "left behind")


def check_settings():
    """configuration, certificate, key, secrets of components, block lists and what ACME has got come along; a restore says where they stood"""
    with empty() as server:
        cert, key = certificate(server.home, "own", "localhost")
        with open(os.path.join(server.home, "irc.secret"), "w", encoding="utf-8") as file:
            file.write("a secret of some length\n")
        server.set_config(f'tls = {{ certificate = "{cert}"; key = "{key}"; }};\n'
                          'components = ( { name = "irc.localhost"; secret_file = "irc.secret"; } );\n'
                          'block = { lists = [ "bad.list" ]; };')
        with open(os.path.join(server.home, "bad.list"), "w", encoding="utf-8") as file:
            file.write("spam.example\n")
        server.start()
        os.mkdir(os.path.join(server.home, "data/acme"), 0o700)
        for name in ("certificate.pem", "account"):
            with open(os.path.join(server.home, "data/acme", name), "w", encoding="utf-8") as file:
                file.write("got from the authority: " + name)
        goal = os.path.join(server.home, "b")
        ctl(server, "backup", goal)
        for name in ("parley.conf", "own.pem", "own.key", "irc.secret", "bad.list"):
            with open(os.path.join(server.home, name), "rb") as one, open(f"{goal}/settings/{name}", "rb") as other:
                equal(one.read() == other.read(), True, name)
        with empty() as other:
            out, _ = restore(other, goal)
            want(all(path in out for path in (cert, key, "irc.secret", "bad.list")), out)
            for name in ("certificate.pem", "account"):
                with open(os.path.join(other.home, "data/acme", name), encoding="utf-8") as file:
                    equal(file.read(), "got from the authority: " + name)
