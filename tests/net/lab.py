# SPDX-License-Identifier: Apache-2.0
"""A small Internet of its own: hosts in network namespaces on one bridge, a server of names with signed zones, an authority.

enter() moves the program into namespaces that nobody else sees (network, mounts, processes); when it ends, the kernel takes everything in
them away, however it ends. This program is the hub, 10.77.0.1, which reaches all hosts."""
import glob
import hashlib
import os
import shutil
import socket
import subprocess
import sys
import tempfile
import time

HUB, NAMES, SECONDS = "10.77.0.1", "10.77.0.53", 30
ENTERED = "PARLEY_LAB_ENTERED"
NEEDED = "the test networks need CAP_NET_ADMIN and CAP_SYS_ADMIN (or user namespaces) to make namespaces"


def run(*words, cwd=None, stdin=None):
    """stdout of a program that must end well."""
    done = subprocess.run(words, cwd=cwd, input=stdin, text=True, capture_output=True, timeout=60, check=False)
    if done.returncode != 0:
        raise RuntimeError(f"{' '.join(words)}: {done.returncode}\n{done.stdout}{done.stderr}")
    return done.stdout


def enter():
    """Starts this program anew inside of the lab. Gives back only in there; the sentence that says why not ends the program."""
    if os.environ.get(ENTERED):
        try:
            prepare()
        except (OSError, RuntimeError) as fault:
            sys.exit(f"Bail out! {NEEDED}: {fault}\n0 passed, 1 failed")
        return
    walls = ["--net", "--mount", "--pid", "--fork", "--kill-child", "--mount-proc"]
    for way in ([], ["--user", "--map-root-user"]):
        if subprocess.run(["unshare", *way, *walls, "true"], capture_output=True, check=False).returncode == 0:
            child = subprocess.run(["unshare", *way, *walls, sys.executable, *sys.argv], env={**os.environ, ENTERED: "1"}, check=False)
            sys.exit(child.returncode)
    print(f"Bail out! {NEEDED}\n0 passed, 1 failed")
    sys.exit(1)


def prepare():
    """The hub, and files of the system that the lab has its own of."""
    run("mount", "-t", "tmpfs", "tmpfs", "/run")
    os.makedirs("/run/netns")
    for path, text in (("/etc/resolv.conf", f"nameserver {NAMES}\n"), ("/etc/hosts", "127.0.0.1 localhost\n::1 localhost\n")):
        place = os.path.realpath(path)
        if not os.path.exists(place):  # a link into /run
            os.makedirs(os.path.dirname(place), exist_ok=True)
            with open(place, "w", encoding="ascii"):
                pass
        mine = os.path.join("/run", "lab-" + os.path.basename(path))
        with open(mine, "w", encoding="ascii") as file:
            file.write(text)
        run("mount", "--bind", mine, place)
    run("ip", "link", "set", "lo", "up")
    run("ip", "link", "add", "lab", "type", "bridge")
    run("ip", "addr", "add", f"{HUB}/16", "dev", "lab")
    run("ip", "addr", "add", "fd77::1/64", "dev", "lab", "nodad")
    run("ip", "link", "set", "lab", "up")


class Host:
    """A machine: its name, its addresses, and programs that run there."""

    def __init__(self, lab, name, number):
        self.lab, self.name, self.ip, self.ip6 = lab, name, f"10.77.0.{number}", f"fd77::{number}"
        self.place = os.path.join(lab.place, name)
        self.port = f"lab-{name}"[:15]
        os.makedirs(self.place)
        run("ip", "netns", "add", name)
        try:
            run("ip", "link", "add", self.port, "type", "veth", "peer", "name", "eth0", "netns", name)
            run("ip", "link", "set", self.port, "master", "lab", "up")
            for words in (("link", "set", "lo", "up"), ("addr", "add", f"{self.ip}/16", "dev", "eth0"),
                          ("addr", "add", f"{self.ip6}/64", "dev", "eth0", "nodad"), ("link", "set", "eth0", "up")):
                run("ip", "-n", name, *words)
        except BaseException:
            self.remove()
            raise

    def words(self, *words):
        return ["ip", "netns", "exec", self.name, *words]

    def run(self, *words):
        return run(*self.words(*words))

    def wrapper(self, program):
        """A program that runs program here, for those who start it by its name alone."""
        path = os.path.join(self.place, os.path.basename(program) + "-here")
        with open(path, "w", encoding="ascii") as file:
            file.write(f'#!/bin/sh\nexec ip netns exec {self.name} {program} "$@"\n')
        os.chmod(path, 0o755)
        return path

    def cut(self):
        """What it sends and gets is lost from now on, and nobody tells it."""
        run("bridge", "link", "set", "dev", self.port, "state", "0")

    def heal(self):
        run("bridge", "link", "set", "dev", self.port, "state", "3")

    def remove(self):
        subprocess.run(["ip", "link", "del", self.port], capture_output=True, check=False)
        subprocess.run(["ip", "netns", "del", self.name], capture_output=True, check=False)


class Lab:
    """with Lab() as lab: hosts are added one by one, zones before start_names()."""

    def __init__(self):
        self.place = tempfile.mkdtemp(prefix="parley-lab-")
        os.chmod(self.place, 0o755)
        self.hosts, self.children, self.zones, self.anchors = [], [], [], []
        self.names = None

    def __enter__(self):
        try:
            self.names = self.host("names", 53)
            self.ca = Authority(self.place, "ca")
        except BaseException:
            self.remove()
            raise
        return self

    def __exit__(self, *_):
        self.remove()

    def remove(self):
        for child in self.children:
            child.kill()
            child.wait()
        for host in self.hosts:
            host.remove()
        shutil.rmtree(self.place, ignore_errors=True)

    def host(self, name, number):
        self.hosts.append(Host(self, name, number))
        return self.hosts[-1]

    def start(self, host, *words, env=None):
        """A program on a host; it ends with the lab."""
        with open(os.path.join(host.place, "output"), "ab") as output:
            child = subprocess.Popen(host.words(*words), cwd=host.place, stdout=output, stderr=output, stdin=subprocess.DEVNULL,
                                     env={**os.environ, **(env or {})})
        self.children.append(child)
        return child

    # --- names -------------------------------------------------------------------------------------------------------

    def zone(self, domain, rows, kind="plain"):
        """Records of a domain, as in a zone file. kind: plain; signed; stranger: signed, but not with the key that is trusted;
        forged: changed after it was signed; old: its signatures have ended."""
        path = os.path.join(self.names.place, domain)
        text = (f"$ORIGIN {domain}.\n$TTL 5\n@ IN SOA names.{domain}. lab.{domain}. 1 3600 600 86400 5\n@ IN NS names.{domain}.\n"
                f"names IN A {NAMES}\n" + "".join(row + "\n" for row in rows))
        with open(path, "w", encoding="ascii") as file:
            file.write(text)
        if kind != "plain":
            self.sign(domain, path, kind)
            path += ".signed"
        self.zones.append((domain, path))

    def sign(self, domain, path, kind):
        folder = self.names.place
        key = run("ldns-keygen", "-a", "ECDSAP256SHA256", "-k", domain, cwd=folder).strip()
        dates = ["-i", "20200101000000", "-e", "20200201000000"] if kind == "old" else []
        run("ldns-signzone", *dates, path, key, cwd=folder)
        if kind == "stranger":
            key = run("ldns-keygen", "-a", "ECDSAP256SHA256", "-k", domain, cwd=folder).strip()
        if kind == "forged":
            with open(path + ".signed", encoding="ascii") as file:
                text = file.read()
            with open(path + ".signed", "w", encoding="ascii") as file:
                file.write(text.replace("5269 ", "5270 "))
        with open(os.path.join(folder, key + ".ds"), encoding="ascii") as file:
            self.anchors.append(file.read())

    @property
    def anchor(self):
        """The file of what is trusted."""
        path = os.path.join(self.place, "anchor.key")
        with open(path, "w", encoding="ascii") as file:
            file.writelines(self.anchors)
        return path

    def start_names(self):
        """The server of names answers when this comes back."""
        zones = "".join(f'auth-zone:\n  name: "{domain}."\n  zonefile: "{path}"\n  for-downstream: yes\n  for-upstream: no\n'
                        for domain, path in self.zones)
        config = os.path.join(self.names.place, "unbound.conf")
        with open(config, "w", encoding="ascii") as file:
            file.write(f'server:\n  interface: {NAMES}\n  access-control: 0.0.0.0/0 allow\n  username: ""\n  chroot: ""\n  directory: "/"\n'
                       f'  pidfile: ""\n  use-syslog: no\n  logfile: ""\n  do-daemonize: no\n  module-config: "iterator"\n'
                       f'  local-zone: "." static\n' + "".join(f'  local-zone: "{domain}." transparent\n' for domain, _ in self.zones) +
                       f'remote-control:\n  control-enable: no\n{zones}')
        child = self.start(self.names, "unbound", "-d", "-c", config)
        wait(lambda: child.poll() is not None or ask(self.zones[0][0]), "the server of names to answer")
        if child.poll() is not None:
            with open(os.path.join(self.names.place, "output"), encoding="utf-8") as file:
                raise RuntimeError(f"unbound has ended: {file.read()}")

    def dane(self, usage, certificate, is_key=True):
        """The rdata of a TLSA record for the certificate (PEM), with SHA-256."""
        if is_key:
            key = run("openssl", "x509", "-in", certificate, "-noout", "-pubkey")
            der = subprocess.run(["openssl", "pkey", "-pubin", "-outform", "DER"], input=key.encode(), capture_output=True, check=True)
        else:
            der = subprocess.run(["openssl", "x509", "-in", certificate, "-outform", "DER"], capture_output=True, check=True)
        return f"{usage} {int(is_key)} 1 {hashlib.sha256(der.stdout).hexdigest()}"


class Authority:
    """Signs certificates; self.path is what others trust."""

    def __init__(self, place, name):
        self.base = os.path.join(place, name)
        self.path = self.base + ".pem"
        run("openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-keyout", self.base + ".key",
            "-out", self.path, "-subj", f"/CN=Test authority {name}", "-days", "30", "-addext", "keyUsage=critical,keyCertSign,cRLSign")

    def issue(self, folder, *names, days=30, usage="serverAuth", name="cert"):
        """A certificate for the names, its own first; the paths of the chain and of the key."""
        base = os.path.join(folder, name)
        with open(base + ".ext", "w", encoding="ascii") as file:
            file.write(f"subjectAltName={','.join('DNS:' + n for n in names)}\nextendedKeyUsage={usage}\nbasicConstraints=critical,CA:FALSE\n")
        run("openssl", "req", "-new", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-keyout", base + ".key",
            "-out", base + ".csr", "-subj", f"/CN={names[0]}")
        run("openssl", "x509", "-req", "-in", base + ".csr", "-CA", self.path, "-CAkey", self.base + ".key", "-CAcreateserial",
            "-days", str(days), "-extfile", base + ".ext", "-out", base + ".pem")
        with open(base + ".pem", "a", encoding="ascii") as file, open(self.path, encoding="ascii") as root:
            file.write(root.read())
        os.chmod(base + ".key", 0o644)
        return base + ".pem", base + ".key"


def wait(question, what, seconds=SECONDS):
    end = time.monotonic() + seconds
    while not (answer := question()):
        if time.monotonic() > end:
            raise RuntimeError(f"waited {seconds} s for {what}")
        time.sleep(0.05)
    return answer


def ask(domain):
    """Whether the server of names has the domain."""
    labels = b"".join(bytes([len(label)]) + label.encode() for label in domain.split(".")) + b"\0"
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sock:
        sock.settimeout(1)
        try:
            sock.sendto(b"\1\2\1\0\0\1\0\0\0\0\0\0" + labels + b"\0\6\0\1", (NAMES, 53))
            return sock.recv(4096)[3] & 15 == 0
        except OSError:
            return False


def listens(address, port):
    try:
        socket.create_connection((address, port), 1).close()
    except OSError:
        return False
    return True


def leftovers():
    """What a lab should not leave in this process's folders."""
    return glob.glob(os.path.join(tempfile.gettempdir(), "parley-lab-*"))
