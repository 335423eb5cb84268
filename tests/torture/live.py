#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""live.py: faults that come and go while the server works: no space, no synced writes, no descriptors, and what is left of
a start or a reload then. Writers get an error for what is not kept, readers and talk that needs no store go on, and when
the fault is over everything works again without a restart. TAP; the last line is "N passed, N failed, N skipped".
PARLEYD, PARLEYCTL and PARLEY_SHIM name the programs and the library."""
import os
import resource
import shutil
import signal
import sqlite3
import subprocess
import sys
import time

sys.dont_write_bytecode = True
HERE = os.path.dirname(os.path.abspath(__file__))
sys.path[:0] = [HERE, os.path.join(HERE, "../talk")]
from run import ACCOUNTS, GOES_WRONG, archive, client, deadline  # noqa: E402
from player.client import Closed, Failure  # noqa: E402
from player.server import Parleyd  # noqa: E402

SM, STANZAS = "urn:xmpp:sm:3", "urn:ietf:params:xml:ns:xmpp-stanzas"
ROSTER = "jabber:iq:roster"
TMPFS = "size=3m"


class Skip(Exception):
    """The test cannot run here."""


def check(is_true, words):
    if not is_true:
        raise Failure(words)


class Bed:
    """A server with romeo and juliet in it, whose calls fail while the switch is on."""

    def __init__(self, fault=None, prepare=None):
        env = {"ASAN_OPTIONS": os.environ.get("ASAN_OPTIONS", "") + ":verify_asan_link_order=0"}
        self.server = Parleyd(os.environ["PARLEYD"], os.environ["PARLEYCTL"], config="workers = 2;")
        self.switch = os.path.join(self.server.home, "switch")
        if fault:
            env.update({"LD_PRELOAD": os.environ["PARLEY_SHIM"], "PARLEY_FAULT": fault, "PARLEY_FAULT_SWITCH": self.switch})
        self.server.env.update(env)
        self.ctl_env = {key: value for key, value in self.server.env.items() if key != "LD_PRELOAD"}
        self.clients = []
        try:
            if prepare:
                prepare(self.server)
            self.start()
            for who, password in ACCOUNTS.items():
                self.ctl("user", "add", f"{who}@localhost", stdin=password + "\n")
        except BaseException:
            self.server.remove()
            raise

    def start(self):
        self.server.start()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        for one in self.clients:
            if one.wire:
                one.wire.close()
        self.server.remove()

    def ctl(self, *words, stdin="", code=0):
        done = subprocess.run([self.server.parleyctl, "--config", self.server.config, *words], input=stdin, text=True,
                              env=self.ctl_env, capture_output=True, timeout=60, check=False)
        check(done.returncode == code, f"parleyctl {words}: {done.returncode}\n{done.stdout}{done.stderr}{self.server.tail(20)}")
        return done.stdout + done.stderr

    def turn(self, is_on):
        if is_on:
            with open(self.switch, "w", encoding="ascii"):
                pass
        else:
            os.unlink(self.switch)

    def login(self, who, *words):
        one = client(who, self.server, *words)
        self.clients.append(one)
        one.login(deadline())
        return one

    def say(self, sender, number):
        """Gives back None when the message was acknowledged, or the condition of its error."""
        sender.send(f"<message to='juliet@localhost' type='chat' id='{number}'><body>{number}</body></message>"
                    f"<r xmlns='{SM}'/>", deadline())
        sender.wait_for(lambda e: e.local == "a" and e.ns == SM, deadline())
        for event in list(sender.pending):
            element = event[1]
            if element is not None and element.attrs.get("id") == number and element.attrs.get("type") == "error":
                sender.pending.remove(event)
                error = element.find("error")
                return next(name for name in ("resource-constraint", "internal-server-error", "?")
                            if name == "?" or error.find(name, STANZAS) is not None)
        return None

    def log_has(self, words, seconds=3):
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            if words in self.server.tail(5000):
                return True
            time.sleep(0.05)
        return False


def live_through(bed, begin, end, condition, reason):
    """The whole of a fault of the store: before, while it lasts, and after."""
    romeo, juliet = bed.login("romeo", "balcony", "sm"), bed.login("juliet", "chamber")
    check(bed.say(romeo, "m0") is None, "m0 was refused")
    juliet.wait_for(lambda e: e.attrs.get("id") == "m0", deadline())
    begin()
    for number in ("m1", "m2", "m3"):
        answer = bed.say(romeo, number)
        check(answer == condition, f"{number} was answered with {answer}, not {condition}")
    asked = romeo.request("set", f"<query xmlns='{ROSTER}'><item jid='nurse@localhost'/></query>", deadline())
    check(asked.attrs["type"] == "error", f"a roster change was answered with {asked}")
    # what needs no store goes on, in both directions
    romeo.send("<message to='juliet@localhost/chamber' type='chat' id='typing'>"
               "<composing xmlns='http://jabber.org/protocol/chatstates'/></message>", deadline())
    juliet.wait_for(lambda e: e.attrs.get("id") == "typing", deadline())
    check(not any(e is not None and e.attrs.get("id") in ("m1", "m2", "m3") for _, e in juliet.pending),
          "a message that was refused was delivered")
    # readers
    check(archive(bed.server) == ["m0"], f"meanwhile the archive has {archive(bed.server)}")
    guest = bed.login("romeo", "late")
    listed = guest.result(f"<query xmlns='{ROSTER}'/>", deadline(), "get")
    check(listed.find("query").find("item") is None, "a roster change that was refused is seen")
    guest.disconnect(deadline())
    bed.ctl("user", "add", "nurse@localhost", stdin="sesame-nurse\n", code=1)
    check(bed.log_has("commit failed") and bed.log_has(reason), f"the log does not name the reason\n{bed.server.tail(40)}")
    end()
    check(bed.say(romeo, "m4") is None, "after the fault messages are still refused")
    juliet.wait_for(lambda e: e.attrs.get("id") == "m4", deadline())
    bed.ctl("user", "add", "nurse@localhost", stdin="sesame-nurse\n")
    check(bed.say(romeo, "m1") is None, "what was refused cannot be sent again")
    romeo.disconnect(deadline())
    juliet.disconnect(deadline())
    check(archive(bed.server) == ["m0", "m4", "m1"], f"afterwards the archive has {archive(bed.server)}")
    bed.server.stop()
    bed.start()
    check(archive(bed.server) == ["m0", "m4", "m1"], f"after a start the archive has {archive(bed.server)}")


def disk_full():
    with Bed("fwrite:1:ENOSPC:forever") as bed:
        live_through(bed, lambda: bed.turn(True), lambda: bed.turn(False), "resource-constraint", "no space left")


def disk_does_not_sync():
    with Bed("fsync:1:EIO:forever") as bed:
        live_through(bed, lambda: bed.turn(True), lambda: bed.turn(False), "internal-server-error", "input or output failed")


def file_system_full():
    """The real thing: a small file system of our own."""
    if os.geteuid() != 0:
        raise Skip("only root may mount")
    mounted = []

    def prepare(server):
        folder = os.path.join(server.home, "data")
        os.mkdir(folder)
        if subprocess.run(["mount", "-t", "tmpfs", "-o", TMPFS, "tmpfs", folder], capture_output=True, check=False).returncode:
            shutil.rmtree(server.home, ignore_errors=True)
            raise Skip("mounting is not allowed here")
        mounted.append(folder)

    def fill():
        with open(os.path.join(mounted[0], "filler"), "wb", buffering=0) as file:
            try:
                while True:
                    file.write(b"x" * 512)
            except OSError:
                pass

    try:
        with Bed(prepare=prepare) as bed:
            live_through(bed, fill, lambda: os.unlink(os.path.join(mounted[0], "filler")), "resource-constraint", "no space left")
            bed.server.stop()
            subprocess.run(["umount", mounted.pop()], check=False)
    finally:
        for folder in mounted:
            subprocess.run(["umount", "-l", folder], check=False)
            shutil.rmtree(os.path.dirname(folder), ignore_errors=True)


def killed_while_broken():
    """A power cut behind refused messages: what was acknowledged is there. Each that was refused came back as an error;
    that of a write that was not synced may have reached the disk all the same, but nothing is there twice."""
    for fault in ("fwrite:1:ENOSPC:forever", "fwrite:1:EIO:forever", "fsync:1:EIO:forever"):
        with Bed(fault) as bed:
            romeo = bed.login("romeo", "balcony", "sm")
            check(bed.say(romeo, "m0") is None, "m0 was refused")
            bed.turn(True)
            check(bed.say(romeo, "m1") is not None, "m1 was not refused")
            bed.server.kill()
            bed.turn(False)
            bed.start()
            romeo = bed.login("romeo", "balcony", "sm")
            check(bed.say(romeo, "m1") is None and bed.say(romeo, "m2") is None, "after the start messages are refused")
            found = archive(bed.server)
            check(found == ["m0", "m1", "m2"], f"{fault}: the archive has {found}")


def cpu_seconds(pid):
    with open(f"/proc/{pid}/stat", encoding="ascii") as file:
        fields = file.read().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def no_descriptors():
    """The server's limit of open files is reached: who is in talks on, nothing spins, and then strangers come in."""
    with Bed() as bed:
        romeo, juliet = bed.login("romeo", "balcony", "sm"), bed.login("juliet", "chamber")
        check(bed.say(romeo, "m0") is None, "m0 was refused")
        pid = bed.server.child.pid
        before = resource.prlimit(pid, resource.RLIMIT_NOFILE)
        resource.prlimit(pid, resource.RLIMIT_NOFILE, (len(os.listdir(f"/proc/{pid}/fd")), before[1]))
        late = client("romeo", bed.server, "late")
        bed.clients.append(late)
        late.connect(deadline())  # the kernel's queue takes it
        began = cpu_seconds(pid)
        time.sleep(1)
        spent = cpu_seconds(pid) - began
        check(spent < 0.3, f"without descriptors the server works for {spent:.2f} s in a second")
        check(bed.say(romeo, "m1") is None, "m1 was refused")
        juliet.wait_for(lambda e: e.attrs.get("id") == "m1", deadline())
        resource.prlimit(pid, resource.RLIMIT_NOFILE, before)
        late.open_stream(deadline())
        late.start_tls(deadline())
        bed.login("romeo", "later").disconnect(deadline())
        check(archive(bed.server) == ["m0", "m1"], f"the archive has {archive(bed.server)}")
        late.wire.close()
        romeo.disconnect(deadline())
        juliet.disconnect(deadline())
        bed.server.stop()


def nothing_can_be_read():
    """Reading fails: who asks gets an answer or an error in time (what is cached may be enough), no session and no stanza
    hangs, and afterwards all is there."""
    with Bed("fread:1:EIO:forever") as bed:
        romeo = bed.login("romeo", "balcony", "sm")
        check(bed.say(romeo, "m0") is None, "m0 was refused")
        romeo.disconnect(deadline())
        bed.server.stop()
        bed.start()
        bed.turn(True)
        for who in ACCOUNTS:
            guest = client(who, bed.server, "guest")
            bed.clients.append(guest)
            try:
                guest.login(deadline())
                guest.request("set", "<query xmlns='urn:xmpp:mam:2'/>", deadline())
                guest.disconnect(deadline())
            except (Closed, Failure):
                guest.wire.close()
        bed.turn(False)
        check(archive(bed.server) == ["m0"], f"afterwards the archive has {archive(bed.server)}")
        romeo = bed.login("romeo", "balcony", "sm")
        check(bed.say(romeo, "m1") is None, "m1 was refused")
        romeo.disconnect(deadline())
        check(archive(bed.server) == ["m0", "m1"], f"the archive has {archive(bed.server)}")
        bed.server.stop()


def reload_fails():
    """SIGHUP when no file can be opened: the old settings and certificate stay, the log says why; the next one works."""
    with Bed("open:1:EMFILE:forever") as bed:
        juliet = bed.login("juliet", "chamber", "tls")
        bed.turn(True)
        bed.server.child.send_signal(signal.SIGHUP)
        check(bed.log_has("not reloaded"), f"nothing was said of the reload\n{bed.server.tail(20)}")
        juliet.ping(deadline())
        bed.login("romeo", "balcony", "tls").disconnect(deadline())
        bed.turn(False)
        os.rename(os.path.join(bed.server.home, "data/cert.pem"), os.path.join(bed.server.home, "cert.kept"))
        shutil.copy(bed.server.config, bed.server.config + ".kept")
        with open(bed.server.config, "a", encoding="ascii") as file:
            file.write('tls = { certificate = "nowhere.pem"; key = "nowhere.key"; };\n')
        bed.server.child.send_signal(signal.SIGHUP)
        check(bed.log_has("nowhere.pem"), f"the certificate that is missing is not named\n{bed.server.tail(20)}")
        bed.login("romeo", "balcony", "tls").disconnect(deadline())
        os.rename(os.path.join(bed.server.home, "cert.kept"), os.path.join(bed.server.home, "data/cert.pem"))
        os.rename(bed.server.config + ".kept", bed.server.config)
        bed.server.child.send_signal(signal.SIGHUP)
        check(bed.log_has("configuration reloaded"), f"the reload fails for good\n{bed.server.tail(20)}")
        bed.login("romeo", "balcony", "tls").disconnect(deadline())
        juliet.ping(deadline())
        juliet.disconnect(deadline())
        bed.server.stop()


def migration_fails():
    """A database of version 1, and a disk that fills up somewhere in the copy or in the migration: the start is refused with
    a reason, and the next one migrates and finds everything."""
    for nth in (1, 2, 4, 8, 16, 24):
        with Bed(f"fwrite:{nth}:ENOSPC:forever") as bed:
            romeo = bed.login("romeo", "balcony", "sm")
            check(bed.say(romeo, "m0") is None, "m0 was refused")
            romeo.disconnect(deadline())
            bed.server.stop()
            path = os.path.join(bed.server.home, "data/parley.db")
            base = sqlite3.connect(path)
            base.executescript("""INSERT OR IGNORE INTO entry (owner, seq, body, peer, flags, dedup)
                    SELECT owner_a, seq_a, id, peer_a, flags_a, dedup_a FROM body WHERE owner_a <> 0;
                INSERT OR IGNORE INTO entry (owner, seq, body, peer, flags, dedup)
                    SELECT owner_b, seq_b, id, peer_b, flags_b, dedup_b FROM body WHERE owner_b <> 0;
                ALTER TABLE session DROP COLUMN wall_time;
                DROP TRIGGER body_blanked; DROP TRIGGER entry_gone; DROP TABLE gone;
                CREATE TRIGGER entry_gone AFTER DELETE ON entry BEGIN SELECT 1; END;
                ALTER TABLE body DROP COLUMN owner_a; ALTER TABLE body DROP COLUMN seq_a;
                ALTER TABLE body DROP COLUMN owner_b; ALTER TABLE body DROP COLUMN seq_b;
                ALTER TABLE body DROP COLUMN peer_a; ALTER TABLE body DROP COLUMN flags_a; ALTER TABLE body DROP COLUMN dedup_a;
                ALTER TABLE body DROP COLUMN peer_b; ALTER TABLE body DROP COLUMN flags_b; ALTER TABLE body DROP COLUMN dedup_b;
                DROP TABLE young_state;
                PRAGMA user_version = 1""")
            base.commit()
            base.execute("PRAGMA wal_checkpoint(TRUNCATE)")
            base.close()
            bed.turn(True)
            try:
                bed.start()
                is_up = True
            except Failure:
                is_up = False
                check(bed.server.child.wait(10) == 1, f"the start ended with {bed.server.child.returncode}")
                bed.server.reader.join(5)
                check("parleyd: data_dir: " in bed.server.tail(), f"the start was refused without a reason\n{bed.server.tail()}")
            bed.turn(False)
            if is_up:
                bed.server.kill()
            bed.start()
            check(archive(bed.server) == ["m0"], f"{nth}: the archive has {archive(bed.server)}")
            check(os.path.exists(path + ".v1"), "there is no copy of the old version")
            check(bed.log_has("store migrated"), "the migration was not told")
            bed.server.stop()


TESTS = (disk_full, disk_does_not_sync, file_system_full, killed_while_broken, nothing_can_be_read, no_descriptors, reload_fails, migration_fails)


def main():
    chosen = [test for test in TESTS if len(sys.argv) < 2 or test.__name__ in sys.argv[1:]]
    passed = failed = skipped = 0
    print(f"1..{len(chosen)}", flush=True)
    for at, test in enumerate(chosen, 1):
        began = time.monotonic()
        try:
            test()
            passed += 1
            print(f"ok {at} - {test.__name__} ({time.monotonic() - began:.1f} s)", flush=True)
        except Skip as why:
            skipped += 1
            print(f"ok {at} - {test.__name__} # SKIP {why}", flush=True)
        except GOES_WRONG + (StopIteration, subprocess.SubprocessError) as error:
            failed += 1
            print(f"not ok {at} - {test.__name__}\n# " + f"{type(error).__name__}: {error}".replace("\n", "\n# "), flush=True)
    print(f"{passed} passed, {failed} failed, {skipped} skipped")
    return 1 if failed or not passed else 0


if __name__ == "__main__":
    sys.exit(main())
