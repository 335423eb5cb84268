# SPDX-License-Identifier: Apache-2.0
"""Servers on hosts of the lab, with certificates and names: ours, Debian's prosody and ejabberd. All have domain, address(), add_user()
and login(), and run within `with`."""
import contextlib
import glob
import os
import signal
import subprocess
import xml.sax.saxutils

import bed
from bed import Guest, equal, soon, until, want
from lab import NAMES, listens

HOSTED = ("conference", "pubsub", "upload", "push")  # what a domain has below itself
PASSWORD = bed.PASSWORD
SECRET = "correct-horse-battery"

PARLEY = """
tls = {{ certificate = "{cert}"; key = "{key}"; }};
resolve = {{ servers = [ "{names}" ]; trust_anchor = "{anchor}"; }};
limits = {{ trusted = [ "10.77.0.0/16" ]; {limits} }};
s2s = {{ ca = "{ca}"; {s2s} }};
"""

PROSODY = """
run_as_root = true; daemonize = false; pidfile = "{place}/prosody.pid"; data_path = "{place}/data"
log = {{ debug = "{place}/prosody.log" }}
interfaces = {{ "{ip}" }}; c2s_direct_tls_ports = {{ }}; http_ports = {{ }}; https_ports = {{ }}
modules_enabled = {{ "disco"; "roster"; "saslauth"; "tls"; "dialback"; "carbons"; "pep"; "smacks"; "vcard4"; "ping"; "register"; "version";
	"posix"; "mam"; {modules} }}
ssl = {{ certificate = "{cert}"; key = "{key}"; cafile = "{ca}" }}
authentication = "internal_hashed"; allow_registration = true; storage = "internal"; default_archive_policy = true
s2s_secure_auth = {strict}; s2s_require_encryption = true
component_ports = {{ 5347 }}; component_interfaces = {{ "{ip}" }}
VirtualHost "{domain}"
Component "conference.{domain}" "muc"
	modules_enabled = {{ "muc_mam" }}
Component "push.{domain}"
	component_secret = "{secret}"
"""

EJABBERD = """
loglevel: debug
hosts: ["{domain}"]
certfiles: ["{both}"]
ca_file: "{ca}"
s2s_use_starttls: required
listen:
  - {{ port: 5222, ip: "{ip}", module: ejabberd_c2s, starttls_required: true, access: all }}
  - {{ port: 5269, ip: "{ip}", module: ejabberd_s2s_in }}
auth_password_format: scram
registration_timeout: infinity
access_rules: {{ pubsub_createnode: {{ allow: all }} }}
modules:
  mod_adhoc: {{}}
  mod_caps: {{}}
  mod_disco: {{}}
  mod_mam: {{ assume_mam_usage: true, default: always }}
  mod_muc: {{ default_room_options: {{ mam: true }} }}
  mod_offline: {{}}
  mod_ping: {{}}
  mod_pubsub: {{ access_createnode: pubsub_createnode, plugins: [flat, pep] }}
  mod_register: {{ ip_access: all, access: all }}
  mod_roster: {{}}
  mod_s2s_dialback: {{}}
  mod_stream_mgmt: {{}}
  mod_version: {{}}
"""


def add_names(lab, host, domain, kind="plain", more=()):
    """The zone of a domain whose server is host; what it hosts is found by addresses alone (RFC 6120 3.2.2)."""
    rows = [f"@ IN A {host.ip}", f"xmpp IN A {host.ip}", f"xmpp IN AAAA {host.ip6}", "_xmpp-server._tcp IN SRV 0 0 5269 xmpp"]
    lab.zone(domain, [*rows, *(f"{name} IN A {host.ip}" for name in HOSTED), *more], kind)


def certificate(lab, host, domain, authority=None, **options):
    return (authority or lab.ca).issue(host.place, domain, *(f"{name}.{domain}" for name in HOSTED), **options)


@contextlib.contextmanager
def running(*servers, users=("romeo", "juliet")):
    """A user of each server, logged in."""
    with contextlib.ExitStack() as stack:
        clients = []
        for server, user in zip(servers, users):
            stack.enter_context(server)
            server.add_user(user)
            clients.append(server.login(f"{user}/one"))
        for client in clients:  # without a look at the roster subscriptions are none of its business (RFC 6121 2.2)
            client.request("get", "<query xmlns='jabber:iq:roster'/>", soon())
            client.say("<presence/>")
        yield clients
        for client in clients:
            client.leave()


def arrives(sender, receiver, body):
    sender.message(receiver.jid, body)
    receiver.hear_body(body)


def refused(sender, jid, *conditions):
    """The message comes back with one of these conditions."""
    sender.pings += 1
    number = f"refused-{sender.pings}"
    sender.say(f"<message to='{jid}' type='chat' id='{number}'><body>?</body></message>")
    error = sender.hear(lambda e: e.local == "message" and e.attrs.get("id") == number and e.attrs.get("type") == "error").find("error")
    want(any(error.find(condition) is not None for condition in conditions), f"wanted {conditions}, got {error}")


class Parley(bed.Server):
    """Our own. s2s, limits: more settings of these groups; more: other settings."""

    def __init__(self, lab, host, domain, paths=None, s2s="", limits="", more=""):
        cert, key = paths or certificate(lab, host, domain)
        settings = PARLEY.format(cert=cert, key=key, names=NAMES, anchor=lab.anchor if lab.anchors else "none", ca=lab.ca.path, s2s=s2s,
                                 limits=limits)
        settings += f'components = ( {{ name = "push.{domain}"; secret = "{SECRET}"; }} );\n{more}\n'
        listen = {name: "" for name in ("xmpps", "component", "http", "https", "metrics")}
        super().__init__(settings, {**listen, "xmpp": f"{host.ip}:5222", "server": f"{host.ip}:5269", "component_tls": f"{host.ip}:5347"},
                         domain=domain)
        self.host, self.parleyd = host, host.wrapper(bed.PARLEYD)

    def add_user(self, user, password=PASSWORD):
        super().add_user(user, password)

    def __exit__(self, kind, value, trace):
        if kind is not None and issubclass(kind, (bed.Late, bed.Closed)):
            value.args = (f"{value}\n  --- last of {self}:\n{self.tail(25)}",)
        super().__exit__(kind, value, trace)

    def __str__(self):
        return f"parleyd {self.domain}"


class Other:
    """A server of other people."""
    pings = 0

    def __init__(self, lab, host, domain, paths=None):
        self.lab, self.host, self.domain, self.child = lab, host, domain, None
        self.cert, self.key = paths or certificate(lab, host, domain)
        self.argv, self.env = self.prepare()

    def address(self, listener):
        return self.host.ip, 5347 if listener == "component" else 5222

    def __enter__(self):
        with open(os.path.join(self.host.place, "output"), "ab") as out:
            self.child = subprocess.Popen(self.host.words(*self.argv), cwd=self.host.place, env={**os.environ, **self.env}, stdout=out,
                                          stderr=out, stdin=subprocess.DEVNULL)

        def is_open():
            want(self.child.poll() is None, lambda: f"{self} has ended:\n{self.tail()}")
            return listens(self.host.ip, 5222) and listens(self.host.ip, 5269)
        until(is_open, f"{self} to listen", 60)
        return self

    def __exit__(self, kind, value, _trace):
        if kind is not None and issubclass(kind, (bed.Failure, bed.Late, bed.Closed)):
            value.args = (f"{value}\n  --- last of {self}:\n{self.tail()}",)
        self.child.send_signal(signal.SIGTERM)
        try:
            self.child.wait(20)
        except subprocess.TimeoutExpired:
            self.child.kill()
            self.child.wait()

    def stop(self):
        self.child.send_signal(signal.SIGTERM)
        self.child.wait(30)

    def start(self):
        self.__enter__()

    def tail(self, lines=40):
        found = [os.path.join(self.host.place, name) for name in (self.log_name, "output")]
        text = []
        for path in filter(os.path.exists, found):
            with open(path, encoding="utf-8", errors="replace") as file:
                text += file.readlines()[-lines:]
        return "".join(text)

    def add_user(self, user, password=PASSWORD):
        client = Guest(f"{user}/x", None, {}, self)
        client.prepare(soon())
        with bed.closing(client):
            client.say(f"<iq type='set' id='r'><query xmlns='jabber:iq:register'><username>{user}</username>"
                       f"<password>{xml.sax.saxutils.escape(password)}</password></query></iq>")
            equal(client.hear(lambda e: e.attrs.get("id") == "r").attrs["type"], "result", f"registration of {user}")

    def login(self, label, *words):
        client = Guest(label, (label.partition("/")[0], PASSWORD), {word: True for word in words}, self)
        client.login(soon())
        return client

    def write(self, name, text):
        path = os.path.join(self.host.place, name)
        with open(path, "w", encoding="utf-8") as file:
            file.write(text)
        return path


class Prosody(Other):
    """modules: more of them, as '"name"; '. is_strict: no dialback, certificates only."""
    log_name = "prosody.log"

    def __init__(self, lab, host, domain, paths=None, is_strict=False, modules=""):
        self.is_strict, self.modules = is_strict, modules
        super().__init__(lab, host, domain, paths)

    def __str__(self):
        return f"prosody {self.domain}"

    def prepare(self):
        os.makedirs(os.path.join(self.host.place, "data"), exist_ok=True)
        config = self.write("prosody.cfg.lua", PROSODY.format(
            place=self.host.place, ip=self.host.ip, domain=self.domain, cert=self.cert, key=self.key, ca=self.lab.ca.path,
            strict="true" if self.is_strict else "false", modules=self.modules, secret=SECRET))
        return ["prosody", "--config", config, "-F"], {}


class Ejabberd(Other):
    log_name = "ejabberd.log"

    def __str__(self):
        return f"ejabberd {self.domain}"

    def prepare(self):
        place = self.host.place
        with open(self.cert, encoding="ascii") as cert, open(self.key, encoding="ascii") as key:
            both = self.write("both.pem", cert.read() + key.read())
        os.chmod(both, 0o600)
        config = self.write("ejabberd.yml", EJABBERD.format(domain=self.domain, ip=self.host.ip, both=both, ca=self.lab.ca.path))
        libraries = os.path.dirname(glob.glob("/usr/lib/*/ejabberd-*")[0])
        environment = {"EJABBERD_CONFIG_PATH": config, "EJABBERD_LOG_PATH": f"{place}/ejabberd.log", "ERL_LIBS": libraries,
                       "ERL_CRASH_DUMP": f"{place}/crash.dump", "HOME": place}
        return ["erl", "+K", "true", "-noinput", "-mnesia", "dir", f'"{place}/mnesia"', "-s", "ejabberd"], environment
