# SPDX-License-Identifier: Apache-2.0
"""The servers that bench-run compares: how each is configured alike and started in the foreground.

A peer is a function (place, port) -> (argv, environment, note) that has written its configuration into the folder place.
Alike: TLS required with place/cert.pem, archive on for both sides, limits off, stream management loaded, XEP-0077 open."""
import glob
import os
import shutil

PROSODY = """
run_as_root = true; daemonize = false; pidfile = "{place}/prosody.pid"; data_path = "{place}"
gc = {{ mode = "generational" }}
log = {{ warn = "{place}/prosody.log" }}
interfaces = {{ "127.0.0.1" }}; c2s_ports = {{ {port} }}; c2s_direct_tls_ports = {{ }}; s2s_ports = {{ }}
http_ports = {{ }}; https_ports = {{ }}
modules_enabled = {{ "disco"; "roster"; "saslauth"; "tls"; "blocklist"; "bookmarks"; "carbons"; "pep"; "private"; "smacks";
	"vcard4"; "vcard_legacy"; "csi_simple"; "invites"; "ping"; "register"; "time"; "uptime"; "version"; "posix"; "mam" }}
modules_disabled = {{ "s2s" }}
c2s_require_encryption = true; ssl = {{ certificate = "{place}/cert.pem"; key = "{place}/key.pem" }}
authentication = "internal_hashed"; allow_registration = true
storage = "internal"; default_archive_policy = true; archive_expires_after = "never"
storage_archive_item_limit_cache_size = 100000
VirtualHost "localhost"
Component "conference.localhost" "muc"
	modules_enabled = {{ "muc_mam" }}
"""

EJABBERD = """
loglevel: error
hosts: [localhost]
certfiles: ["{place}/both.pem"]
listen:
  - {{ port: {port}, ip: "127.0.0.1", module: ejabberd_c2s, max_stanza_size: 262144, starttls_required: true,
      access: all, backlog: 1024 }}
auth_password_format: scram
registration_timeout: infinity
disable_sasl_mechanisms: ["digest-md5", "X-OAUTH2"]
{sql}shaper_rules: {{ max_user_sessions: infinity, max_user_offline_messages: infinity }}
access_rules: {{ pubsub_createnode: {{ allow: all }} }}
modules:
  mod_adhoc: {{}}
  mod_blocking: {{}}
  mod_caps: {{}}
  mod_carboncopy: {{}}
  mod_client_state: {{}}
  mod_disco: {{}}
  mod_last: {{}}
  mod_mam: {{ assume_mam_usage: true, default: always, db_type: {archive} }}
  mod_muc: {{ max_users: 5000, max_user_conferences: 1000, default_room_options: {{ mam: true, max_users: 5000 }} }}
  mod_offline: {{}}
  mod_ping: {{}}
  mod_privacy: {{}}
  mod_private: {{}}
  mod_pubsub: {{ access_createnode: pubsub_createnode, plugins: [flat, pep] }}
  mod_push: {{}}
  mod_register: {{ ip_access: all, access: all }}
  mod_roster: {{ versioning: true }}
  mod_stream_mgmt: {{ resend_on_timeout: if_offline }}
  mod_vcard: {{ search: false }}
  mod_version: {{}}
"""

PARLEYD = """
domain = "localhost";
data_dir = "{place}/data";
listen = {{ xmpp = "127.0.0.1:{port}"; xmpps = ""; server = ""; component = ""; http = ""; https = ""; metrics = ""; }};
tls = {{ certificate = "{place}/cert.pem"; key = "{place}/key.pem"; }};
registration = {{ open = true; }};
workers = 1;
limits = {{ trusted = [ "127.0.0.0/8" ]; }};
"""


def write(place, name, text):
    path = os.path.join(place, name)
    with open(path, "w", encoding="utf-8") as file:
        file.write(text)
    return path


def relay(tools):
    def prepare(place, port):
        return [os.path.join(tools, "relay"), str(port), f"{place}/cert.pem", f"{place}/key.pem"], {}, ""
    return prepare


def prosody(place, port):
    config = write(place, "prosody.cfg.lua", PROSODY.format(place=place, port=port))
    return ["prosody", "--config", config, "-F"], {}, 'gc = { mode = "generational" }, internal store'


def ejabberd(place, port):
    """Without a node name, so that no epmd is left behind."""
    libraries = os.path.dirname(glob.glob("/usr/lib/*/ejabberd-*")[0])
    has_sqlite = bool(glob.glob(f"{libraries}/p1_sqlite3-*") + glob.glob("/usr/lib/erlang/lib/p1_sqlite3-*"))
    sql = f'sql_type: sqlite\nsql_database: "{place}/archive.db"\n' if has_sqlite else ""
    with open(f"{place}/cert.pem", encoding="ascii") as cert, open(f"{place}/key.pem", encoding="ascii") as key:
        write(place, "both.pem", cert.read() + key.read())
    os.chmod(f"{place}/both.pem", 0o600)
    config = write(place, "ejabberd.yml", EJABBERD.format(place=place, port=port, sql=sql,
                                                          archive="sql" if has_sqlite else "mnesia"))
    environment = {"EJABBERD_CONFIG_PATH": config, "EJABBERD_LOG_PATH": f"{place}/ejabberd.log", "ERL_LIBS": libraries,
                   "ERL_CRASH_DUMP": f"{place}/crash.dump", "ERL_MAX_PORTS": "32000", "HOME": place}
    note = "SQLite archive" if has_sqlite else "**Mnesia archive: erlang-p1-sqlite3 is not installed, the chat rows are too high**"
    return ["erl", "+K", "true", "+P", "250000", "-noinput", "-mnesia", "dir", f'"{place}/mnesia"', "-s", "ejabberd"], \
        environment, note


def parleyd(program):
    def prepare(place, port):
        os.makedirs(f"{place}/data", mode=0o700, exist_ok=True)
        config = write(place, "parley.conf", PARLEYD.format(place=place, port=port))
        return [program, "--config", config], {}, "durable SQLite archive"
    return prepare


def known(tools, program):
    """name -> (prepare, why it cannot run or None)."""
    def missing(what):
        return None if shutil.which(what) else f"{what} is not installed"
    return {
        "relay": (relay(tools), None),
        "parleyd": (parleyd(program), None if os.access(program, os.X_OK) else f"{program} is not built"),
        "prosody": (prosody, missing("prosody")),
        "ejabberd": (ejabberd, missing("erl") if missing("erl") else
                     None if glob.glob("/usr/lib/*/ejabberd-*") else "ejabberd is not installed"),
    }
