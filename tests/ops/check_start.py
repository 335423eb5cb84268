# SPDX-License-Identifier: Apache-2.0
"""Start and end of the server: configuration, listeners, data folder, certificates, signals, systemd."""
import hashlib
import sqlite3
import threading

from bed import (PARLEYD, PASSWORD, SECONDS, Server, Skip, certificate, closing, equal, os, re, run, signal, socket, soon, subprocess, time, until,
                 want)

# What is wrong in a configuration of one line, and what the sentence about it must hold.
WRONG = [
    ('domian = "x";', ["unknown key 'domian'", "did you mean 'domain'"]),
    ('limits = { stanza_byte = "1MiB"; };', ["unknown key 'limits.stanza_byte'", "limits.stanza_bytes"]),
    ('workers = "two";', ["'workers'", "whole number"]),
    ('registration = { open = 1; };', ["'registration.open'", "true or false"]),
    ('admins = "admin";', ["'admins'", "list"]),
    ('workers = 300;', ["'workers' is 300", "0 to 256"]),
    ('limits = { login_time = "2d"; };', ["'limits.login_time'", "1h"]),
    ('limits = { stanza_bytes = "1KiB"; };', ["'limits.stanza_bytes'", "10KiB"]),
    ('listen = { xmpp = "nonsense"; };', ["'listen.xmpp'", "address"]),
    ('domain = "a', ["no end"]),
    ('workers = 1; workers = 2;', ["duplicate"]),
]
# The same for values of the right type that make no sense together with what they mean.
SENSELESS = [
    ('domain = "exa mple";', ["domain", "exa mple"]),
    ('domain = "";', ["domain"]),
    ('domain = "user@example.org";', ["domain", "user@example.org"]),
    ('log = { level = "loud"; };', ["log.level", "loud", "debug"]),
    ('log = { form = "xml"; };', ["log.form", "xml", "json"]),
    ('proxies = [ "10.0.0.300" ];', ["proxies", "10.0.0.300"]),
    ('limits = { trusted = [ "everybody" ]; };', ["limits.trusted", "everybody"]),
    ('admins = [ "@@" ];', ["admins", "@@"]),
    ('outage = { status = [ "https://ok.example/a", "ftp://x.example/a" ]; };', ["outage.status", "ftp://x.example/a"]),
    ('outage = { status = [ "https://" ]; };', ["outage.status", "https://"]),
    ('outage = { status = [ "https://a b.example/" ]; };', ["outage.status", "a b.example"]),
    ('tls = { certificate = "cert.pem"; };', ["tls.key"]),
    ('tls = { key = "key.pem"; };', ["tls.certificate"]),
]


def write(server, text):
    path = os.path.join(server.home, "wrong.conf")
    with open(path, "w", encoding="utf-8") as file:
        file.write(f'# A comment.\n{text}\n')
    return path


def refuse_all(rows, line):
    with Server(is_started=False) as server:
        for text, words in rows:
            for flags in (["--check"], []):
                code, out, err = run(PARLEYD, *flags, "--config", write(server, text), cwd=server.home)
                equal(code, 1, f"exit code with {text}")
                want(not out, f"{text}: stdout has {out!r}")
                want(all(word in err for word in words), f"{text}: wanted {words} in: {err}")
                want(line not in err or "wrong.conf:2:" in err, f"{text}: the line is not named: {err}")
        want(not os.path.exists(os.path.join(server.home, "parley-data")), "a refused configuration made a data folder")


def check_wrong_configuration():
    """a wrong key, type, bound or text is refused, by --check and at the start, with file and line"""
    refuse_all(WRONG, "")


def check_senseless_configuration():
    """values that cannot mean anything are refused, too, by --check and at the start"""
    refuse_all(SENSELESS, "wrong.conf:")


def check_flags():
    """--check, --sample, --docs, --version and wrong flags end with the right code, and the sample is a fine configuration"""
    with Server(is_started=False) as server:
        equal(run(PARLEYD, "--check", "--config", server.config)[:2], (0, "configuration is fine\n"))
        equal(run(PARLEYD, "--check")[0], 0, "--check of the built-in configuration")
        code, sample, _ = run(PARLEYD, "--sample")
        path = os.path.join(server.home, "sample.conf")
        with open(path, "w", encoding="utf-8") as file:
            file.write(sample)
        equal((code, run(PARLEYD, "--check", "--config", path)[0]), (0, 0), "--sample and its check")
        want(run(PARLEYD, "--version")[1].startswith("parleyd "), "--version")
        for page in ("config", "commands"):
            equal(run(PARLEYD, "--docs", page)[0], 0, f"--docs {page}")
        for words in (["--nonsense"], ["--docs", "nonsense"], ["word"], ["--config"]):
            equal(run(PARLEYD, *words)[0], 2, f"exit code of {words}")
        code, _, err = run(PARLEYD, "--config", os.path.join(server.home, "not-there"))
        want(code == 1 and "not-there" in err, f"a missing file: {code} {err}")


def refused_start(server, *words, what=""):
    """Starts parleyd, which must refuse; gives back what it said."""
    code, _, err = run(PARLEYD, "--config", server.config, cwd=server.home)
    equal(code, 1, f"exit code ({what})")
    want("ready" not in err.replace("already", ""), f"{what}: it said that it is ready: {err}")
    want(all(word in err for word in words), f"{what}: wanted {words} in: {err}")
    return err


def check_taken_port():
    """a port that somebody else has is named, and nothing else is served"""
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        for listener in ("xmpp", "http", "metrics"):
            with Server(listen={listener: f"127.0.0.1:{port}"}, is_started=False) as server:
                refused_start(server, f"listen.{listener}", str(port), what="taken port")


def check_two_servers_one_port():
    """two servers do not share a port"""
    with Server() as first:
        port = first.address("xmpp")[1]
        with Server(listen={"xmpp": f"127.0.0.1:{port}"}, is_started=False) as second:
            refused_start(second, "listen.xmpp", str(port), what="port of another parleyd")


def check_two_servers_one_folder():
    """a data folder belongs to one server at a time, and the second one does no harm to the first"""
    with Server(users=["romeo"]) as first:
        with Server(is_started=False) as second:
            with open(second.config, encoding="utf-8") as file:
                text = file.read().replace(second.home + "/data", first.home + "/data")
            with open(second.config, "w", encoding="utf-8") as file:
                file.write(text)
            refused_start(second, "data_dir", what="data folder in use")
        want("romeo@localhost" in first.ctl("user", "list"), "the first server does not answer any more")
        client = first.login("romeo/one")
        client.leave()


def tree(folder):
    """{name: hash} of all files, but the lock."""
    found = {}
    for at, _, names in os.walk(folder):
        for name in names:
            path = os.path.join(at, name)
            if name != "lock":
                with open(path, "rb") as file:
                    found[os.path.relpath(path, folder)] = hashlib.sha256(file.read()).hexdigest()
    return found


def check_newer_data():
    """data that a newer version wrote is refused and stays as it is"""
    with Server(users=["romeo"]) as server:
        server.stop()
        folder = os.path.join(server.home, "data")
        base = sqlite3.connect(os.path.join(folder, "parley.db"))
        base.execute("PRAGMA journal_mode = DELETE")
        base.execute("PRAGMA user_version = 9999")
        base.commit()
        base.close()
        before = tree(folder)
        refused_start(server, "newer", what="newer data")
        code, _, text = run(PARLEYD, "--check", "--config", server.config)
        want(code == 1 and "newer" in text, f"--check: {text}")
        equal(tree(folder), before, "the files of the data folder")


def check_foreign_data():
    """a database of another program in the place of ours is refused and stays as it is"""
    with Server(is_started=False) as server:
        folder = os.path.join(server.home, "data")
        os.makedirs(folder, 0o700)
        base = sqlite3.connect(os.path.join(folder, "parley.db"))
        base.execute("CREATE TABLE theirs (x)")
        base.commit()
        base.close()
        before = tree(folder)
        refused_start(server, "parley.db", what="foreign data")
        equal(tree(folder), before, "the files of the data folder")


def check_data_modes():
    """what the server keeps is for its own user only"""
    with Server(users=["romeo"]) as server:
        folder = os.path.join(server.home, "data")
        equal(os.stat(folder).st_mode & 0o077, 0, "rights of others on the data folder")
        for name in os.listdir(folder):
            if name != "cert.pem":
                equal(os.stat(os.path.join(folder, name)).st_mode & 0o077, 0, f"rights of others on {name}")


def check_certificates():
    """a certificate that is missing, broken, or does not go with its key stops the start, and the file is named"""
    with Server(is_started=False) as server:
        cert, key = certificate(server.home, "one", "localhost")
        other = certificate(server.home, "two", "localhost")[1]
        broken = os.path.join(server.home, "broken.pem")
        with open(broken, "w", encoding="ascii") as file:
            file.write("-----BEGIN CERTIFICATE-----\nnonsense\n-----END CERTIFICATE-----\n")
        rows = [("missing.pem", key, "missing.pem"), (cert, "missing.key", "missing.key"), (cert, other, "two.key"), (broken, key, "broken.pem"),
                (cert, broken, "broken.pem")]
        for cert_path, key_path, word in rows:
            server.set_config(f'tls = {{ certificate = "{cert_path}"; key = "{key_path}"; }};')
            refused_start(server, word, "certificate", what=f"certificate with {word}")


def check_certificate_of_another_domain():
    """a certificate that does not name the domain is taken, but the log says which name is missing"""
    with Server(is_started=False, domain="chat.example") as server:
        cert, key = certificate(server.home, "one", "other.example")
        server.set_config(f'tls = {{ certificate = "{cert}"; key = "{key}"; }};')
        server.start()
        lines = [line for line in server.tail().splitlines() if "does not name the domain" in line]
        want(lines and "chat.example" in lines[0] and cert in lines[0], f"the log: {server.tail()}")


def check_own_certificate():
    """the self-signed certificate follows the domain and is made again before its end, with the same key; one of somebody else stays"""
    def facts():
        cert = f"{server.home}/data/cert.pem"
        code, text, _ = run("openssl", "x509", "-in", cert, "-noout", "-ext", "subjectAltName", "-serial", "-pubkey")
        equal(code, 0)
        return re.findall(r"DNS:([^,\s]+)", text), re.search(r"serial=(\S+)", text)[1], text[text.index("-----BEGIN"):]

    def start_as(domain):
        server.set_config("")
        server.move(domain, {})
        server.start()
        server.stop()
        return facts()

    with Server(is_started=False) as server:
        names, serial, key = start_as("localhost")
        want("localhost" in names, names)
        equal(start_as("localhost")[1], serial, "the same domain, the same certificate")
        names, second, key_then = start_as("b\u00fccher.example")
        equal((names[0], second != serial, key_then), ("xn--bcher-kva.example", True, key), "of another domain, in ASCII")
        data = f"{server.home}/data"
        for days, stays in (("300", False), ("400", True)):
            code, _, text = run("openssl", "req", "-x509", "-new", "-key", f"{data}/key.pem", "-out", f"{data}/cert.pem", "-days", days, "-subj",
                                "/CN=own", "-addext", "subjectAltName=DNS:xn--bcher-kva.example")
            equal(code, 0, text)
            serial = facts()[1]
            equal(start_as("b\u00fccher.example")[1] == serial, stays, f"{days} days are left")
        # Signed by another: whatever it says, it is not ours.
        root, root_key = certificate(server.home, "root", "root.example")
        for words in (("req", "-new", "-key", f"{data}/key.pem", "-out", f"{data}/csr", "-subj", "/CN=leaf"),
                      ("x509", "-req", "-in", f"{data}/csr", "-CA", root, "-CAkey", root_key, "-CAcreateserial", "-days", "3", "-out", f"{data}/cert.pem")):
            code, _, text = run("openssl", *words)
            equal(code, 0, text)
        with open(f"{data}/cert.pem", "rb") as file:
            before = file.read()
        server.start()
        server.stop()
        with open(f"{data}/cert.pem", "rb") as file:
            equal(file.read(), before, "somebody else's")


def check_relative_paths():
    """paths in the configuration are relative to its folder, not to where the server was started"""
    with Server(is_started=False) as server:
        certificate(server.home, "rel", "localhost")
        server.set_config('tls = { certificate = "rel.pem"; key = "rel.key"; };')
        with open(server.config, encoding="utf-8") as file:
            text = file.read().replace(server.home + "/data", "inside")
        with open(server.config, "w", encoding="utf-8") as file:
            file.write(text)
        equal(run(PARLEYD, "--check", "--config", server.config, cwd="/")[0], 0)
        server.start()
        want(os.path.exists(os.path.join(server.home, "inside/parley.db")), "the data are not beside the configuration")


def check_end():
    """SIGTERM: clients hear system-shutdown, the server ends within 5 s with code 0, messages are kept"""
    with Server(users=["romeo", "juliet"]) as server:
        romeo, juliet = server.login("romeo/one", "sm"), server.login("juliet/one", "tls")
        idle = server.connect("xmpp")  # one that never says a word
        half = server.connect("https")
        half.send(b"\x16\x03\x01")
        with closing(romeo, juliet):
            romeo.message("juliet@localhost", "before the end")
            juliet.hear_body("before the end")
            began = time.monotonic()
            server.child.send_signal(signal.SIGTERM)
            romeo.error("system-shutdown")
            juliet.error("system-shutdown")
            code = server.child.wait(SECONDS)
            took = time.monotonic() - began
        idle.close()
        half.close()
        server._gone()  # pylint: disable=protected-access
        equal(code, 0, "exit code")
        want(took < 5, f"it took {took:.1f} s")
        server.start()
        juliet = server.login("juliet/two")
        with closing(juliet):
            answer = juliet.request("set", "<query xmlns='urn:xmpp:mam:2' queryid='q'/>", soon())
            equal(answer.attrs["type"], "result")
            want(any("before the end" in str(event[1]) for event in juliet.pending), "the archive has lost the message")


def check_end_of_many():
    """SIGTERM with clients that do not read ends in time, too"""
    with Server(users=["romeo"]) as server:
        clients = [server.login(f"romeo/{i}") for i in range(20)]
        with closing(*clients):
            began = time.monotonic()
            server.child.send_signal(signal.SIGTERM)
            code = server.child.wait(SECONDS)
            took = time.monotonic() - began
        server._gone()  # pylint: disable=protected-access
        want(code == 0 and took < 5, f"code {code} after {took:.1f} s")


def check_second_signal():
    """SIGTERM twice and SIGINT end the server in order"""
    with Server() as server:
        server.child.send_signal(signal.SIGINT)
        server.child.send_signal(signal.SIGTERM)
        server.child.send_signal(signal.SIGTERM)
        equal(server.child.wait(SECONDS), 0, "exit code")
        server._gone()  # pylint: disable=protected-access


def check_systemd():
    """systemd is told READY=1 once the ports are open, and STOPPING=1 at the end"""
    with Server(is_started=False) as server:
        path = os.path.join(server.home, "notify")
        with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as notify:
            notify.bind(path)
            notify.settimeout(SECONDS)
            server.env["NOTIFY_SOCKET"] = path
            server.start()
            want(b"READY=1" in notify.recv(4096), "no READY=1")
            server.connect("xmpp").close()
            server.child.send_signal(signal.SIGTERM)
            want(b"STOPPING=1" in notify.recv(4096), "no STOPPING=1")
            equal(server.child.wait(SECONDS), 0, "exit code")
        server._gone()  # pylint: disable=protected-access


def check_watchdog():
    """systemd's watchdog hears of all loops again and again where it asks this process, and nothing where it asks another one"""
    for pid in (None, "1"):
        with Server("workers = 3;", users=(), is_started=False) as server, socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as notify:
            notify.bind(os.path.join(server.home, "notify"))
            notify.settimeout(3 * SECONDS)
            server.env.update({"NOTIFY_SOCKET": os.path.join(server.home, "notify"), "WATCHDOG_USEC": "60000"},
                              **({"WATCHDOG_PID": pid} if pid else {}))
            server.start()
            time.sleep(1)  # nobody reads: the socket is full, and the server must not wait for that
            server.add_user("romeo", PASSWORD)
            equal(notify.recv(4096), b"READY=1")
            for _ in range(0 if pid else 5):
                equal(notify.recv(4096), b"WATCHDOG=1")
            server.login().leave()
            server.child.send_signal(signal.SIGTERM)
            while (said := notify.recv(4096)) != b"STOPPING=1":
                equal((pid, said), (None, b"WATCHDOG=1"))


def check_ready_line():
    """the ready line names every listener that is on, and those that are off are not there"""
    with Server(listen={"http": "", "metrics": ""}) as server:
        line = [line for line in server.tail().splitlines() if "ready" in line][0]
        equal(sorted(re.findall(r"(\w+)=127\.0\.0\.1:[1-9]\d*", line)), ["https", "server", "xmpp", "xmpps"], "listeners in the ready line")
        want("domain=localhost" in line, line)


def check_default_folder():
    """without --config the server starts on its defaults, in ./parley-data"""
    with Server(is_started=False) as server:
        ports = [5222, 5223, 5280, 5443, 9280]
        for port in ports:
            try:
                socket.create_server(("127.0.0.1", port)).close()
            except OSError:
                raise Skip(f"port {port} is taken") from None
        with subprocess.Popen([PARLEYD], cwd=server.home, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT) as child:
            lines = []
            thread = threading.Thread(target=lambda: lines.extend(child.stdout), daemon=True)
            thread.start()
            try:
                until(lambda: any(b"ready" in line for line in lines) or child.poll() is not None, "the ready line", 3 * SECONDS)
            finally:
                child.terminate()
                code = child.wait(SECONDS)
            thread.join(SECONDS)
        want(code == 0 and os.path.exists(os.path.join(server.home, "parley-data/parley.db")), f"{code}: {b''.join(lines)}")
