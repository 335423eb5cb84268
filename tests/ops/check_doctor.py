# SPDX-License-Identifier: Apache-2.0
"""parleyctl doctor on installations that are fine, and on broken ones."""
import contextlib
import resource
import sqlite3
import struct
import threading

from bed import PARLEYCTL, Server, Skip, certificate, closing, equal, json, os, run, socket, time, want


def examine(server):
    """(grade, {check: its worst grade})"""
    code, out, err = run(PARLEYCTL, "--config", server.config, "doctor", "--json")
    equal((code, err), (0, ""))
    answer, worst = json.loads(out), {}
    for row in answer["checks"]:
        worst[row["check"]] = max(worst.get(row["check"], "A"), row["grade"])
        want(bool(row["advice"]) == (row["grade"] != "A") and row["found"], f"a finding without words: {row}")
    equal(answer["grade"], max(worst.values()), "the grade is that of the worst finding")
    return answer["grade"], worst


def expired(folder, name):
    """A self-signed certificate of the past: (path of certificate, path of key)."""
    key = certificate(folder, "past", name)[1]
    cert, request, config = (os.path.join(folder, "past." + word) for word in ("crt", "csr", "cnf"))
    with open(config, "w", encoding="ascii") as file:
        file.write(f"[ca]\ndefault_ca=d\n[d]\ndatabase={folder}/index\nserial={folder}/serial\nnew_certs_dir={folder}\ndefault_md=sha256\n"
                   f"policy=p\nx509_extensions=e\n[p]\ncommonName=supplied\n[e]\nsubjectAltName=DNS:{name}\n")
    for word, text in (("index", ""), ("serial", "01\n")):
        with open(os.path.join(folder, word), "w", encoding="ascii") as file:
            file.write(text)
    for words in (("req", "-new", "-key", key, "-out", request, "-subj", f"/CN={name}"),
                  ("ca", "-batch", "-selfsign", "-config", config, "-keyfile", key, "-in", request, "-out", cert, "-notext",
                   "-startdate", "20200101000000Z", "-enddate", "20200201000000Z")):
        code, _, text = run("openssl", *words)
        equal(code, 0, text)
    return cert, key


def check_backup_age():
    """without a backup, and with one from long ago, it asks for one; a fresh one is fine"""
    with Server() as server:
        equal(examine(server)[1]["backup"], "C")
        equal(run(PARLEYCTL, "--config", server.config, "backup", os.path.join(server.home, "copy"))[0], 0)
        equal(examine(server)[1]["backup"], "A")
        with open(os.path.join(server.home, "data/last-backup"), "w", encoding="ascii") as file:
            file.write("1000000000000000 /somewhere\n")
        equal(examine(server)[1]["backup"], "C")


def check_certificates():
    """a certificate of another name, and one that has expired or soon will, are found"""
    rows = [("other.example", ("-days", "30"), "F", "A"), ("chat.example", ("-days", "30"), "A", "A"),
            ("chat.example", ("-days", "5"), "A", "C"), ("chat.example", None, "A", "F")]
    for i, (name, days, by_name, by_date) in enumerate(rows):
        with Server(is_started=False, domain="chat.example") as server:
            cert, key = certificate(server.home, f"c{i}", name, extra=days) if days else expired(server.home, name)
            server.set_config(f'tls = {{ certificate = "{cert}"; key = "{key}"; }};')
            server.start()
            _, worst = examine(server)
            equal((worst["certificate-name"], worst["certificate-date"]), (by_name, by_date), f"{name} {days}")


def check_rights():
    """secrets that others may read are found"""
    with Server() as server:
        equal(examine(server)[1]["rights"], "A")
        os.chmod(os.path.join(server.home, "data/secrets"), 0o640)
        grade, worst = examine(server)
        equal((grade, worst["rights"]), ("F", "F"))


def check_descriptors():
    """fewer descriptors than connections are found"""
    with Server("limits = { connections = 500; };") as server:
        equal(examine(server)[1]["descriptors"], "A")
        _, hard = resource.prlimit(server.child.pid, resource.RLIMIT_NOFILE)
        resource.prlimit(server.child.pid, resource.RLIMIT_NOFILE, (300, hard))
        equal(examine(server)[1]["descriptors"], "C")


def check_registration():
    """open registration is told"""
    with Server("registration = { open = true; };") as server:
        equal(examine(server)[1]["registration"], "B")


def check_block_lists():
    """lists of blocked addresses: silence without any, one that is missing at the start, one that is wrong or newer than what was read"""
    with Server() as server:
        want("block-lists" not in examine(server)[1], "a finding without lists")
        path = os.path.join(server.home, "blocked.txt")
        server.set_config(f'block = {{ lists = [ "{path}" ]; }};')
        server.stop()
        server.start()
        equal(examine(server)[1]["block-lists"], "F", "nothing is in force")
        for text, grade in (("spam.example\n", "A"), ("spam.example\nthis is no address\n", "D")):
            with open(path, "w", encoding="ascii") as file:
                file.write(text)
            server.hang_up()
            equal(examine(server)[1]["block-lists"], grade)
        with open(path, "w", encoding="ascii") as file:
            file.write("spam.example\n")
        server.hang_up()
        os.utime(path, (time.time() + 60,) * 2)
        equal(examine(server)[1]["block-lists"], "C")
        os.unlink(path)
        equal(examine(server)[1]["block-lists"], "C", "gone, but not read again")


def check_listeners():
    """every listener is called, up to where a secret would be needed; those of strangers are told"""
    names = ("xmpp", "xmpps", "http", "https", "metrics", "server", "server_tls", "component", "component_tls")
    part = 'components = ({ name = "irc.localhost"; secret = "a-secret-of-components"; });'
    with Server(part, listen={name: "127.0.0.1:0" for name in names}) as server:
        worst = examine(server)[1]
        equal({name: worst["listener-" + name] for name in names}, dict.fromkeys(names, "A"))
        equal(worst["components"], "C", "a component that is not connected")
    with Server(listen={"metrics": "0.0.0.0:0", "xmpp": "[::]:0"}) as server:
        worst = examine(server)[1]
        equal((worst["metrics"], worst["listener-metrics"], worst["listener-xmpp"]), ("C", "A", "A"))


def authority(folder):
    """A root, an issuer under it, and a certificate of chat.example: (root, issuer, certificate, key)."""
    root, root_key = certificate(folder, "root", "root.example", extra=("-addext", "keyUsage=critical,keyCertSign"))
    made = {}
    for name, by, extension in (("issuer", (root, root_key), "basicConstraints=critical,CA:TRUE\nkeyUsage=critical,keyCertSign"),
                                ("leaf", "issuer", "subjectAltName=DNS:chat.example")):
        by = made.get(by, by)
        path, key = os.path.join(folder, name + ".pem"), os.path.join(folder, name + ".key")
        with open(path + ".ext", "w", encoding="ascii") as file:
            file.write(extension + "\n")
        for words in (("req", "-new", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-keyout", key, "-out", path + ".csr",
                       "-subj", f"/CN={name}.chat.example"),
                      ("x509", "-req", "-in", path + ".csr", "-CA", by[0], "-CAkey", by[1], "-CAcreateserial", "-days", "30", "-out", path,
                       "-extfile", path + ".ext")):
            code, _, text = run("openssl", *words)
            equal(code, 0, text)
        made[name] = (path, key)
    return root, made["issuer"][0], *made["leaf"]


def check_chain():
    """a chain without its middle is told, a whole one is trusted; another key, a renewed file and a readable key are found"""
    with Server(is_started=False, domain="chat.example") as server:
        root, issuer, leaf, key = authority(server.home)
        whole = os.path.join(server.home, "whole.pem")
        with open(whole, "w", encoding="ascii") as file:
            file.write("".join(open(path, encoding="ascii").read() for path in (leaf, issuer)))
        server.env = {**(server.env or {}), "SSL_CERT_FILE": root}
        server.set_config(f'tls = {{ certificate = "{leaf}"; key = "{key}"; }};')
        server.start()
        equal(examine(server)[1]["certificate-chain"], "D")
        server.set_config(f'tls = {{ certificate = "{whole}"; key = "{key}"; }};')
        server.hang_up()
        worst = examine(server)[1]
        equal([worst["certificate-" + word] for word in ("chain", "name", "file")], ["A", "A", "A"])
        os.chmod(key, 0o644)
        equal(examine(server)[1]["rights"], "F")
        os.chmod(key, 0o600)
        os.replace(certificate(server.home, "new", "chat.example", key=key)[0], whole)
        equal(examine(server)[1]["certificate-file"], "C", "renewed, but not loaded")
        os.replace(certificate(server.home, "strange", "chat.example")[1], key)
        equal(examine(server)[1]["certificate-file"], "F", "a key of another certificate")


def check_clock():
    """messages and files of the future are found"""
    with Server(users=("romeo", "juliet")) as server:
        equal(examine(server)[1]["clock"], "A")
        romeo = server.login("romeo/one")
        with closing(romeo):
            romeo.message("juliet@localhost", "by the clock")
            romeo.say("<iq type='get' id='p'><ping xmlns='urn:xmpp:ping'/></iq>")
            romeo.hear(lambda e: e.local == "iq")
        server.stop()
        with contextlib.closing(sqlite3.connect(os.path.join(server.home, "data/parley.db"))) as store, store:
            equal(store.execute("UPDATE body SET wall_time = wall_time + 3600000000").rowcount, 1)
        server.start()
        equal(examine(server)[1]["clock"], "D")
    with Server() as server:
        os.utime(os.path.join(server.home, "data/secrets"), (time.time() + 3600,) * 2)
        equal(examine(server)[1]["clock"], "D")


class Names(threading.Thread):
    """A DNS server that knows some names: {(name, type): [rdata]}."""

    def __init__(self, table):
        super().__init__(daemon=True)
        self.table, self.socket, self.asked = table, socket.socket(socket.AF_INET, socket.SOCK_DGRAM), []
        self.socket.bind(("127.0.0.1", 0))
        self.address = f"127.0.0.1:{self.socket.getsockname()[1]}"
        self.start()

    def run(self):
        with contextlib.suppress(OSError):
            while True:
                question, peer = self.socket.recvfrom(4096)
                self.socket.sendto(self.answer(question), peer)

    def answer(self, question):
        at, labels = 12, []
        while question[at]:
            labels.append(question[at + 1:at + 1 + question[at]].decode())
            at += 1 + question[at]
        kind = struct.unpack("!H", question[at + 1:at + 3])[0]
        self.asked.append((".".join(labels), kind))
        rows = self.table.get(self.asked[-1], [])
        code = 0 if rows or any(name == self.asked[-1][0] for name, _ in self.table) else 3
        head = question[:2] + struct.pack("!HHHHH", 0x8180 | code, 1, len(rows), 0, 0) + question[12:at + 5]
        return head + b"".join(struct.pack("!HHHIH", 0xC00C, kind, 1, 60, len(row)) + row for row in rows)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.socket.close()


def srv(port, target):
    labels = b"".join(bytes([len(part)]) + part.encode() for part in target.split(".")) if target else b""
    return struct.pack("!HHH", 0, 0, port) + labels + b"\0"


def check_dns():
    """records are compared with the listeners; a DNS that does not answer is no fault"""
    here, client, direct = "chat.example", ("_xmpp-client._tcp.chat.example", 33), ("_xmpps-client._tcp.chat.example", 33)
    address = {(here, 1): [b"\x7f\0\0\1"]}
    with Server(domain=here) as server:
        ports = {name: server.address(name)[1] for name in ("xmpp", "xmpps", "server")}
        names = [here] + [f"{part}.{here}" for part in ("conference", "pubsub", "upload")]
        all_of_it = {**{(name, 1): [b"\x7f\0\0\1"] for name in names}, client: [srv(ports["xmpp"], here)], direct: [srv(ports["xmpps"], here)],
                     **{(f"_xmpp-server._tcp.{name}", 33): [srv(ports["server"], here)] for name in names}}
        rows = [(all_of_it, "A", "A"), ({**address, client: [srv(ports["xmpp"], here)], direct: [srv(ports["xmpps"], here)]}, "A", "B"),
                ({**address, client: [srv(1, here)]}, "B", "B"),
                ({**address, client: [srv(ports["xmpp"], "nowhere.example")]}, "D", "B"),
                ({**address, client: [srv(0, "")]}, "C", "B"),
                (address, "C", "B"),  # port 5222 is not ours
                ({}, "C", "B"),
                ({**address, client: [srv(ports["xmpp"], here)], ("_xmpp-server._tcp.chat.example", 33): [srv(5269, here)]}, "A", "B"),
                ({client: [b"\0\0\0"]}, "A", None),  # nothing that can be read
                ({client: [struct.pack("!HHH", 0, 0, 1) + b"\xc0\x0c\xff"] * 40}, "B", "B")]
        for number, (table, grade, zone) in enumerate(rows):
            with Names(table) as names:
                server.set_config(f'dns = {{ resolver = "{names.address}"; }};')
                server.hang_up()
                worst = examine(server)[1]
                equal((worst["dns"], worst.get("dns-zone")), (grade, zone), f"row {number}")
                want(client in names.asked, f"row {number}: asked {names.asked}")
                if ("_xmpp-server._tcp.chat.example", 33) in table:
                    equal(worst["dns-servers"], "A" if table is all_of_it else "B", f"row {number}")
        server.hang_up()  # the last one is gone
        equal(examine(server)[1]["dns"], "A")
        for anchor, grade in (("none", "B"), (server.config, "A")):
            server.set_config(f'resolve = {{ trust_anchor = "{anchor}"; }};')
            server.hang_up()
            equal(examine(server)[1]["dns-dane"], grade, anchor)
        with Names({**address, client: [srv(ports["xmpp"], here)], ("_xmpp-server._tcp.chat.example", 33): [srv(5269, here)]}) as names:
            server.set_config(f's2s = {{ enabled = false; }}; dns = {{ resolver = "{names.address}"; }};')
            server.hang_up()
            worst = examine(server)[1]
            equal((worst["dns-servers"], worst.get("dns-dane")), ("B", None), "nobody speaks to other servers")
    with Server(is_started=False) as server:
        server.set_config('dns = { resolver = "[::1]:53"; };')
        code, _, text = run(server.parleyd, "--check", "--config", server.config)
        want(code == 1 and "dns.resolver" in text, text)


def caa(tag, value, flags=0):
    return bytes([flags, len(tag)]) + tag.encode() + value.encode()


def check_proof():
    """TLSA records are compared with the certificate, CAA records with the authority, its account and how names are shown to it"""
    here = "chat.example"
    with Server(domain=here) as server:
        port = server.address("server")[1]
        cert = os.path.join(server.home, "data/cert.pem")
        code, digest, _ = run("sh", "-c", f"openssl x509 -in {cert} -noout -pubkey | openssl pkey -pubin -outform DER | openssl dgst -sha256 -r")
        equal(code, 0)
        ours, other = b"\3\1\1" + bytes.fromhex(digest.split()[0]), b"\3\1\1" + bytes(32)
        base = {(here, 1): [b"\x7f\0\0\1"], (f"_xmpp-server._tcp.{here}", 33): [srv(port, here)]}
        for number, (rows, grade) in enumerate((([ours], "A"), ([other, ours], "A"), ([other], "D"), ([b"\3\1"], "C"), ([], None))):
            with Names({**base, (f"_{port}._tcp.{here}", 52): rows}) as names:
                server.set_config(f'dns = {{ resolver = "{names.address}"; }};')
                server.hang_up()
                equal(examine(server)[1].get("dns-tlsa"), grade, f"TLSA {number}")
        # The authority is never called: nobody answers there.
        acme = ('acme = { agree = true; challenge = "tls-alpn-01"; directory = "https://127.0.0.1:9/directory"; private = [ "127.0.0.1" ]; '
                'caa = "letsencrypt.org"; };')
        service = f"conference.{here}"
        for number, (more, grade) in enumerate((
                ({}, "A"), ({(here, 257): [caa("issue", "letsencrypt.org")]}, "A"), ({(here, 257): [caa("issue", "other.example")]}, "D"),
                ({("example", 257): [caa("issue", ";")]}, "D"),
                ({("example", 257): [caa("issue", ";")], (here, 257): [caa("issue", "letsencrypt.org")]}, "A"),
                ({(here, 257): [caa("issue", "letsencrypt.org; validationmethods=http-01")]}, "D"),
                ({(here, 257): [caa("issue", "letsencrypt.org"), caa("strange", "x", 128)]}, "D"),
                ({(here, 257): [caa("issue", "letsencrypt.org")], (service, 257): [caa("issue", "other.example")]}, "D"))):
            with Names({**base, **more}) as names:
                server.set_config(f'{acme} dns = {{ resolver = "{names.address}"; }};')
                server.hang_up()
                equal(examine(server)[1].get("dns-caa"), grade, f"CAA {number}")


def check_reach():
    """where the DNS sends others is called; an address that only this network knows is told; host-meta is asked for as others do"""
    here, host = "chat.example", "127.93.17.5"  # an address that other checks do not use
    try:
        with socket.create_server((host, 443)):
            pass
    except OSError as error:
        raise Skip(f"port 443: {error}") from None
    with Names({}) as names, Server(f'dns = {{ resolver = "{names.address}"; }};', domain=here, listen={"https": f"{host}:443"}) as server:
        port = server.address("xmpp")[1]
        names.table.update({(here, 1): [socket.inet_aton(host)], (f"_xmpp-client._tcp.{here}", 33): [srv(port, "main.example"), srv(1, "gone.example")],
                            ("main.example", 1): [b"\x7f\0\0\1"], ("gone.example", 28): [b"\0" * 15 + b"\1"]})
        found = [row for row in json.loads(run(PARLEYCTL, "--config", server.config, "doctor", "--json")[1])["checks"]
                 if row["check"] in ("reach", "host-meta")]
        grades = [(row["check"], row["grade"]) for row in found]
        equal(grades, [("reach", "C"), ("reach", "A"), ("reach", "C"), ("reach", "D"), ("reach", "C"), ("host-meta", "A")], found)
        want("[::1]:1" in found[3]["found"] and "main.example answers" in found[1]["found"], found)
        server.set_config(f'dns = {{ resolver = "{names.address}"; }}; http = {{ url = "https://web.chat.example"; }};')
        server.hang_up()
        equal(examine(server)[1]["host-meta"], "A", "another address of the WebSocket, which host-meta names, too")
        names.table[(here, 1)] = [b"\x7f\x5d\x11\x06"]
        equal(examine(server)[1]["host-meta"], "B", "nobody is there")


def check_ascii():
    """a domain of other letters is looked for in its ASCII form: in the certificate, in the DNS, in the zone"""
    ascii_form = "xn--bcher-kva.example"
    with Names({}) as names, Server(f'dns = {{ resolver = "{names.address}"; }};', domain="b\u00fccher.example") as server:
        worst = examine(server)[1]
        equal((worst["certificate-name"], worst["listener-xmpp"], worst["listener-https"]), ("A", "A", "A"))
        want((f"_xmpp-client._tcp.{ascii_form}", 33) in names.asked, names.asked)
        want(f"conference.{ascii_form}. IN CNAME {ascii_form}." in run(PARLEYCTL, "--config", server.config, "dns")[1], "the zone")


def check_zone():
    """parleyctl dns prints the records of the listeners, with the key of the certificate, and the address that it is told"""
    with Server(domain="chat.example") as server:
        code, out, err = run(PARLEYCTL, "--config", server.config, "dns", "192.0.2.7")
        equal((code, err), (0, ""))
        lines = out.splitlines()
        cert = os.path.join(server.home, "data/cert.pem")
        code, key, _ = run("sh", "-c", f"openssl x509 -in {cert} -noout -pubkey | openssl pkey -pubin -outform DER | openssl dgst -sha256 -r")
        equal(code, 0)
        for line in ("chat.example. IN A 192.0.2.7", "conference.chat.example. IN CNAME chat.example.",
                     "_xmpp-client._tcp.chat.example. IN SRV 0 5 %d chat.example." % server.address("xmpp")[1],
                     "_xmpps-client._tcp.chat.example. IN SRV 0 5 %d chat.example." % server.address("xmpps")[1],
                     "_xmpp-server._tcp.conference.chat.example. IN SRV 0 5 %d chat.example." % server.address("server")[1],
                     "_%d._tcp.chat.example. IN TLSA 3 1 1 %s" % (server.address("xmpp")[1], key.split()[0])):
            want(line in lines, f"{line!r} is not in:\n{out}")
        want("_xmpps-server" not in out, "a listener that is off")
        equal(json.loads(run(PARLEYCTL, "--config", server.config, "dns", "192.0.2.7", "--json")[1]), lines)
        want("; chat.example. IN A (the address" in run(PARLEYCTL, "--config", server.config, "dns")[1], "without an address")
        equal(run(PARLEYCTL, "--config", server.config, "dns", "here")[0], 1)
